package main

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/kernel/fault"
	"doudi/packs"
	"doudi/serve/present"
)

func (a *app) testCommand() *cobra.Command {
	var verbose, update bool
	var only string
	command := &cobra.Command{
		Use:   "test [PACK…]",
		Short: "运行政策包的案例 · run the worked cases of packs",
		Long: `逐个运行案例，列出与预期不符之处；不带参数运行全部内置政策包。

Runs the worked cases and lists what was not as expected; without arguments those of every shipped pack.`,
		Example: `  doudi policy test
  doudi policy test packs/pingyin-2021 --run 门诊 -v
  doudi policy test packs/pingyin-2021 --update`,
		RunE: func(_ *cobra.Command, args []string) error {
			chosen, err := a.chosen(args)
			if err != nil {
				return err
			}
			return a.test(chosen, testOptions{only: only, verbose: verbose, update: update})
		},
	}
	command.Flags().BoolVarP(&verbose, "verbose", "v", false, "逐个列出案例 list every case")
	command.Flags().BoolVar(&update, "update", false, "重写说明文字供 diff 审阅，不改结论和数额 rewrite explanation texts, never a verdict or amount")
	command.Flags().StringVar(&only, "run", "", "只运行名称含此文字的案例 only cases whose name contains this")
	return command
}

// testOptions are how cases are run.
type testOptions struct {
	only    string
	verbose bool
	update  bool
}

// test runs cases and prints in the manner of go test: failures in full, then a line a pack.
func (a *app) test(chosen []*policy.Pack, o testOptions) error {
	v := present.ViewTest()
	for _, p := range chosen {
		tested, err := a.testPack(p, o)
		if err != nil {
			return err
		}
		bad := 0
		for _, c := range tested.Cases {
			if !c.Passed {
				bad++
			}
		}
		v.Passed, v.Failed, v.Packs = v.Passed+len(tested.Cases)-bad, v.Failed+bad, append(v.Packs, tested)
		if !a.json {
			word := map[bool]string{true: "ok  ", false: "FAIL"}[bad == 0]
			a.printf("%s %s  %s\n", word, p.ID, fmt.Sprintf(a.say("%d 个案例，%d 个不符", "%d cases, %d failed"), len(tested.Cases), bad))
		}
	}
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		a.printf("%d passed, %d failed\n", v.Passed, v.Failed)
	}
	if v.Failed > 0 {
		return errSilent
	}
	return nil
}

func (a *app) testPack(p *policy.Pack, o testOptions) (present.TestedView, error) {
	tested := present.Tested(p)
	cases, err := proof.Read(p)
	if err != nil {
		return tested, err
	}
	if o.update {
		if err := a.update(p, cases); err != nil {
			return tested, err
		}
	}
	kept := explanations(p.Explained)
	for _, c := range cases {
		if !strings.Contains(c.Name, o.only) {
			continue
		}
		failures := proof.Run(c)
		if err := explained(c, kept); err != nil && !o.update {
			failures = append(failures, proof.Failure{Case: c, Message: fault.Text{ZH: fault.RenderError(err, "zh"), EN: fault.RenderError(err, "en")}})
		}
		tested.Cases = append(tested.Cases, present.ViewCase(c, failures))
		if !a.json {
			a.printCase(c, failures, o.verbose)
		}
	}
	return tested, nil
}

func (a *app) printCase(c *proof.Case, failures []proof.Failure, verbose bool) {
	at := c.Node.Position()
	if len(failures) == 0 {
		if verbose {
			a.printf("--- PASS: %s (%s:%d)\n", c.Name, at.File, at.Line)
		}
		return
	}
	a.printf("--- FAIL: %s (%s:%d)\n", c.Name, at.File, at.Line)
	for _, failure := range failures {
		line := ""
		if failure.At != nil {
			line = fmt.Sprintf("%d: ", failure.At.Line)
		}
		a.printf("    %s%s\n", line, failure.Message.In(a.lang))
	}
	if c.Because != "" {
		a.printf("    %s%s\n", a.say("理由：", "because: "), c.Because)
	}
}

func (a *app) coverageCommand() *cobra.Command {
	var gaps, every bool
	command := &cobra.Command{
		Use:   "coverage [PACK…]",
		Short: "逐项列出清单事项由哪些规则块和案例落实 · which blocks and cases carry out each item",
		Long: `对照事项清单，逐项列出条文、规则块、所用构造和案例数；计算项还要求每个条件都有满足、不满足、未知的案例，
每个界线两侧都有案例；每条疑义都要有换一种读法就改变结果的案例。有缺口时退出码为 1。

Lists, item by item, the clause, blocks, constructs and number of cases. A computable item also needs every condition met,
not met and unknown and every boundary tried on both sides; every question needs a case that another reading changes.
Exits with 1 when anything is missing.`,
		Example: `  doudi policy coverage --all
  doudi policy coverage packs/guangxi-2018 --gaps`,
		RunE: func(_ *cobra.Command, args []string) error {
			chosen, err := a.chosen(args)
			if err != nil {
				return err
			}
			items, err := a.items()
			if err != nil {
				return err
			}
			return a.coverage(chosen, items, gaps)
		},
	}
	command.Flags().BoolVar(&gaps, "gaps", false, "只列缺口 list only what is missing")
	command.Flags().BoolVar(&every, "all", false, "全部内置政策包 every shipped pack")
	return command
}

func (a *app) items() ([]proof.Item, error) {
	content, err := fs.ReadFile(packs.Files, "items.csv")
	if err != nil {
		return nil, err
	}
	return proof.ReadItems("items.csv", content)
}

func (a *app) coverage(chosen []*policy.Pack, items []proof.Item, onlyGaps bool) error {
	var list []*proof.Coverage
	for _, p := range chosen {
		c, err := proof.Measure(p, items)
		if err != nil {
			return err
		}
		list = append(list, c)
	}
	v := present.ViewCoverage(list)
	done := v.Done && (len(chosen) == 1 || len(v.Constructs.Unused) == 0)
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		for _, c := range list {
			a.printCoverage(c, onlyGaps)
		}
		if len(chosen) > 1 {
			a.printConstructs(v.Constructs)
		}
	}
	if !done {
		return errSilent
	}
	return nil
}

func (a *app) printCoverage(c *proof.Coverage, onlyGaps bool) {
	covered := 0
	for _, item := range c.Items {
		if item.Done() {
			covered++
		}
		if !onlyGaps {
			a.printItem(item)
		}
		for _, gap := range item.Gaps {
			a.printf("    ✗ %s %s\n", item.Item.Code, gap.In(a.lang))
		}
	}
	for _, gap := range c.Gaps {
		a.printf("    ✗ %s\n", gap.In(a.lang))
	}
	a.printf("%s  %s\n\n", c.Pack.ID, fmt.Sprintf(a.say("事项 %d，已落实 %d；案例 %d，不符 %d；疑义 %d", "%d items, %d carried out; %d cases, %d failed; %d questions"),
		len(c.Items), covered, c.Cases, len(c.Failures), len(c.Pack.Questions)))
}

func (a *app) printItem(item proof.Covered) {
	var blocks, clauses []string
	for _, b := range item.Blocks {
		blocks = append(blocks, b.ID)
		if len(clauses) == 0 || clauses[len(clauses)-1] != b.Clause.Number {
			clauses = append(clauses, b.Clause.Number)
		}
	}
	sign := map[bool]string{true: "✓", false: "✗"}[item.Done()]
	a.printf("%s %s %s %s %s %s\n", sign, pad(item.Item.Code, 6), pad(item.Item.Tags, 3), pad(strings.Join(clauses, " "), 16),
		pad(fmt.Sprintf(a.say("案例 %d", "%d cases"), item.Cases), 9), strings.Join(blocks, " "))
	a.printf("             %s\n", item.Item.Text.In(a.lang))
	a.printf("             %s\n", strings.Join(item.Constructs, " · "))
}

// printConstructs lists the powers of the language that no item uses, or says that there are none.
func (a *app) printConstructs(c present.ConstructsView) {
	if len(c.Unused) > 0 {
		a.printf("%s%s\n", a.say("没有案例用到的构造：", "constructs no case uses: "), strings.Join(c.Unused, " · "))
		return
	}
	a.printf("%s\n", fmt.Sprintf(a.say("语言的 %d 种构造都有通过的案例", "each of the language's %d constructs has a passing case"), len(c.Used)))
}

// pad fills a text with blanks to a display width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-fault.Columns(s)))
}
