package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/serve/present"
)

func (a *app) explainCommand() *cobra.Command {
	var g given
	var on, block string
	command := &cobra.Command{
		Use:   "explain PACK PERSON|BILL",
		Short: "说明理由：任一规则对某人或某账单的结果 · the reasons of any rule for a person or bill",
		Long: `按政策包说明理由。文件有账单时说明结算，否则说明全部待遇；--block 只说明一个规则块：待遇、结算、服务、程序、比对、职责或过渡。

Explains by the rules of a pack: the settlement if the file holds a bill, every benefit otherwise, or the one block that
--block names: a benefit, settlement, service, procedure, screen, duty or transition.`,
		Example: `  doudi policy explain pingyin-2021 person.yaml --on 2021-11-08
  doudi policy explain pingyin-2021 person.yaml --on 2021-11-08 --block severe-disability-application`,
		Args: a.needs("PACK", "PERSON|BILL"),
		RunE: func(_ *cobra.Command, args []string) error {
			g.pack, g.why = args[0], true
			return a.explain(args[1], &g, on, block)
		},
	}
	command.Flags().StringVar(&g.adopt, "adopt", "", "采用文件：读法、参数、目录 adoption file: readings, parameters, rows")
	command.Flags().BoolVar(&g.hide, "hide-sensitive", false, "隐去健康、收入、儿童、身份情况 withhold facts on health, finance, children and identity")
	command.Flags().StringVar(&on, "on", "", "判定日，如 2021-11-08 day to decide")
	command.Flags().StringVar(&block, "block", "", "规则块名称 id of one rule")
	return command
}

func (a *app) explain(file string, g *given, on, block string) error {
	basis, s, err := a.decide(file, g, visitDay)
	if err != nil {
		return err
	}
	kind := ""
	if block != "" {
		found, err := deciding(basis.Pack, block)
		if err != nil {
			return err
		}
		kind = found.Kind
	}
	if kind == "settlement" || kind == "" && s.Bill != nil {
		return a.explainBill(basis, s, block, g)
	}
	if on == "" {
		return usage{errors.New(a.say("请用 --on 写明判定日", "name the day with --on"))}
	}
	day, err := parse(a, "on", on, period.ParseDay)
	if err != nil {
		return err
	}
	if block == "" {
		return a.entitleAll(basis, s, day, g)
	}
	return a.explainBlock(basis, s, block, day, g)
}

// kinds that decide something.
var kinds = []string{"benefit", "settlement", "service", "procedure", "screen", "duty", "transition"}

// deciding is a block that can be asked about; the others only serve those.
func deciding(p *policy.Pack, id string) (*policy.Block, error) {
	var known []string
	for _, b := range p.Blocks {
		decides := slices.Contains(kinds, b.Kind)
		if b.ID == id && decides {
			return b, nil
		}
		if decides {
			known = append(known, b.ID)
		}
	}
	for _, b := range p.Blocks {
		if b.ID == id {
			return nil, &fault.Error{Kind: fault.Invalid, Code: "explain.kind", Message: text.Say("%s 是 %s，没有可说明的结果", "%s is of kind %s and has no result to explain", id, b.Kind),
				Hint: text.Say("可以说明的有：%s", "these can be explained: %s", strings.Join(kinds, " "))}
		}
	}
	return nil, unknownBlock(p, id, known)
}

func (a *app) explainBill(b *policy.Basis, s *subject.Subject, block string, g *given) error {
	result, err := settle.Settle(b, s)
	if err != nil {
		day, _ := visitDay(s)
		return a.pointed(err, b, day)
	}
	if block != "" && result.Settlement != nil && result.Settlement.ID != block {
		return &fault.Error{Kind: fault.Invalid, Code: "explain.other-settlement", Message: text.Say("这张账单由 %s 结算，不由 %s", "this bill is settled by %s, not by %s", result.Settlement.ID, block),
			Hint: text.Say("去掉 --block", "leave out --block")}
	}
	if a.json {
		return a.printJSON(present.ViewStatement(result, s, a.options(g)))
	}
	return a.print(present.Statement(result, s, a.options(g)))
}

func (a *app) explainBlock(b *policy.Basis, s *subject.Subject, id string, on period.Day, g *given) error {
	for _, x := range b.Pack.Benefits {
		if x.ID == id {
			return a.entitleOne(b, s, id, on, g)
		}
	}
	page, view, err := ruleResult(b, s, id, on, a.options(g))
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(view)
	}
	return a.print(page)
}

// ruleResult evaluates a block that is neither a benefit nor a settlement.
func ruleResult(b *policy.Basis, s *subject.Subject, id string, on period.Day, o present.Options) (*present.Page, any, error) {
	if x := find(b.Pack.Services, id); x != nil {
		r, err := entitle.Serve(b, s, *x, on)
		return shown(r, err, s, o, present.Service, present.ViewService)
	}
	if x := find(b.Pack.Procedures, id); x != nil {
		r, err := entitle.Steps(b, s, *x, on)
		return shown(r, err, s, o, present.Procedure, present.ViewProcedure)
	}
	if x := find(b.Pack.Screens, id); x != nil {
		r, err := entitle.Find(b, s, *x, on)
		return shown(r, err, s, o, present.Screen, present.ViewScreen)
	}
	if x := find(b.Pack.Duties, id); x != nil {
		r, err := entitle.Owe(b, s, *x, on)
		return shown(r, err, s, o, present.Duty, present.ViewDuty)
	}
	x := find(b.Pack.Transition, id)
	r, err := entitle.Cross(b, s, *x, on)
	return shown(r, err, s, o, present.Transition, present.ViewTransition)
}

func find[T interface{ Identity() string }](blocks []T, id string) *T {
	for i := range blocks {
		if blocks[i].Identity() == id {
			return &blocks[i]
		}
	}
	return nil
}

// shown is a result as a page and as a view.
func shown[R, V any](r R, err error, s *subject.Subject, o present.Options, page func(R, *subject.Subject, present.Options) *present.Page, view func(R, *subject.Subject, present.Options) V) (*present.Page, any, error) {
	if err != nil {
		return nil, nil, err
	}
	return page(r, s, o), view(r, s, o), nil
}
