package main

import (
	"github.com/spf13/cobra"

	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/period"
	"doudi/serve/present"
)

func (a *app) settleCommand() *cobra.Command {
	var g given
	command := &cobra.Command{
		Use:   "settle BILL",
		Short: "分一张医疗账单：各方各付多少，出自哪一条 · divide a medical bill among its payers",
		Long: `按文件规定的先后次序分一张账单，合计与账单分毫不差。BILL 是 YAML 或 JSON 文件，“-”为标准输入；写法见 docs/pack-language.md 第7节。
政策包取 --pack、采用文件或账单文件的 pack:；都没有时，按户籍地和就诊日期查找施行中的政策包。

Divides a bill in the legal order of a document; the parts add up to the bill to the fen. BILL is YAML or JSON, "-" the
standard input. The pack is that of --pack, of the adoption or of the file, or the one in force at the person's household
registration on the day of the visit.`,
		Example: `  doudi settle bill.yaml
  doudi settle bill.json --pack xinbin-2018 --adopt limits.yaml --lang en
  doudi settle - --pack guangxi-2018 --json < bill.yaml`,
		Args: a.needs("BILL"),
		RunE: func(_ *cobra.Command, args []string) error { return a.settle(args[0], &g) },
	}
	g.flags(command)
	return command
}

func (a *app) settle(file string, g *given) error {
	basis, s, err := a.decide(file, g, visitDay)
	if err != nil {
		return err
	}
	result, err := settle.Settle(basis, s)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(present.ViewStatement(result, s, a.options(g)))
	}
	return a.print(present.Statement(result, s, a.options(g)))
}

// visitDay is the day by which a bill's pack is looked up: that of the visit, of leaving hospital or of the application.
func visitDay(s *subject.Subject) (period.Day, bool) {
	for _, name := range []string{"visit.date", "visit.discharged", "application.day", "visit.admitted"} {
		if fact, ok := s.Facts.At(name, rule.Forever); ok {
			if day, ok := fact.Value.(rule.Day); ok {
				return period.Day(day), true
			}
		}
	}
	return 0, false
}
