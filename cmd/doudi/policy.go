package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/serve/present"
)

func (a *app) policyCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "policy",
		Short: "检查、测试、解释、比较、测算政策包 · check, test, explain, compare and simulate packs",
	}
	command.AddCommand(a.checkCommand(), a.testCommand(), a.coverageCommand(), a.explainCommand(), a.diffCommand(), a.simulateCommand(), a.newCommand())
	return command
}

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [PACK…]",
		Short: "检查政策包写得对不对 · check that packs are well formed",
		Long:  "逐个读入政策包，列出全部错误及其位置；不带参数检查全部内置政策包。\n\nReads packs and lists everything wrong with them; without arguments every shipped pack.",
		Example: `  doudi policy check
  doudi policy check packs/pingyin-2021`,
		RunE: func(_ *cobra.Command, args []string) error {
			packs, err := a.chosen(args)
			if a.json && err == nil {
				return a.printJSON(present.ViewCheck(packs))
			}
			if a.json {
				return err
			}
			for _, p := range packs {
				a.printf("%s %s %s  %s\n", p.ID, p.Version, a.say("通过", "ok"), a.counts(p))
			}
			return err
		},
	}
}

// chosen loads the packs that arguments name, or all; every pack's errors are reported together.
func (a *app) chosen(args []string) ([]*policy.Pack, error) {
	if len(args) == 0 {
		library, err := a.all()
		if library == nil {
			return nil, err
		}
		return library.Packs, err
	}
	r := &text.Report{}
	var packs []*policy.Pack
	for _, name := range args {
		p, err := a.load(name)
		r.Add(err)
		if err == nil {
			packs = append(packs, p)
		}
	}
	return packs, r.Err()
}

func (a *app) counts(p *policy.Pack) string {
	return fmt.Sprintf(a.say("条文 %d · 规则块 %d · 案例 %d · 疑义 %d", "%d clauses · %d blocks · %d cases · %d questions"), len(p.Clauses), len(p.Blocks), len(p.Cases), len(p.Questions))
}
