package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/serve/present"
)

func (a *app) diffCommand() *cobra.Command {
	var people, on string
	var hide bool
	command := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "两个政策包有什么不同，影响哪些人 · what changed between two packs, and for whom",
		Long: `按条文次序用文字说明两个政策包的不同：条文、规则、参数（带日期）、目录、读法、条件、金额、支付方。
--people 给出名册时，逐项测算谁新享受、谁不再享受、谁增谁减、支出多少；两个包都按 --on 当日施行测算。
名册是 YAML：人员文件名的列表，或 roster: 下直接写人员。

Says in words and in the order of the document what is new, gone or different: clauses, rules, parameters with their
dates, tables, readings, conditions, amounts, payers. With --people it works out who enters, leaves, gains or loses and what
it costs, both packs taken as in force on the day of --on. The roster is YAML: a list of subject files, or people under roster:.`,
		Example: `  doudi policy diff packs/pingyin-2021 packs/pingyin-2022
  doudi policy diff old new --people roster.yaml --on 2021-11-30`,
		Args: a.needs("OLD", "NEW"),
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(args[0], args[1], people, on, hide) },
	}
	command.Flags().StringVar(&people, "people", "", "名册文件 roster of people to work out the impact for")
	command.Flags().StringVar(&on, "on", "", "测算日 day of the impact")
	command.Flags().BoolVar(&hide, "hide-sensitive", false, "姓名只显示姓 mask names")
	return command
}

func (a *app) diff(oldName, newName, people, on string, hide bool) error {
	if (people == "") != (on == "") {
		return usage{errors.New(a.say("测算影响要同时写 --people 和 --on", "an impact needs both --people and --on"))}
	}
	old, err := a.open(oldName)
	if err != nil {
		return err
	}
	latest, err := a.open(newName)
	if err != nil {
		return err
	}
	var impact *present.Impact
	if people != "" {
		if impact, err = a.impact(old, latest, people, on); err != nil {
			return err
		}
	}
	difference := policy.Compare(old, latest)
	if a.json {
		return a.printJSON(present.ViewDifference(difference, impact, present.Options{Lang: a.lang, HideSensitive: hide}))
	}
	return a.print(present.Diff(difference, impact, present.Options{Lang: a.lang, HideSensitive: hide}))
}

func (a *app) impact(old, latest *policy.Pack, people, on string) (*present.Impact, error) {
	day, err := parse(a, "on", on, period.ParseDay)
	if err != nil {
		return nil, err
	}
	roster, err := a.people(people, latest.Vocabulary)
	if err != nil {
		return nil, err
	}
	m := &measure{before: policy.Trial(old, nil), after: policy.Trial(latest, nil), day: day, impact: &present.Impact{On: day, People: len(roster)}}
	for _, b := range latest.Benefits {
		if err := m.benefit(benefitNamed(old, b.ID), b, roster); err != nil {
			return nil, err
		}
	}
	for _, b := range old.Benefits {
		if benefitNamed(latest, b.ID) == nil {
			if err := m.benefit(b, nil, roster); err != nil {
				return nil, err
			}
		}
	}
	return m.impact, nil
}

// people reads a roster: a list of subject files beside it or of subjects, or subjects under roster:.
func (a *app) people(file string, v *rule.Vocabulary) ([]*subject.Subject, error) {
	doc, err := a.read(file)
	if err != nil {
		return nil, err
	}
	items := doc
	if roster := doc.Get("roster"); roster != nil {
		items = roster
	}
	if items.Kind != text.List || len(items.Items) == 0 {
		return nil, doc.Fault("roster.form", text.Say("名册里没有人", "the roster names nobody"), text.Say("写成人员文件名的列表，或在 roster: 下写人员", "list subject files, or write people under roster:"))
	}
	r := &text.Report{}
	var list []*subject.Subject
	for _, item := range items.Items {
		if item.Kind == text.Scalar {
			name := filepath.Join(filepath.Dir(file), filepath.FromSlash(item.Value))
			if item, err = a.read(name); err != nil {
				r.Add(err)
				continue
			}
		}
		s, err := subject.Read(v, item)
		r.Add(err)
		list = append(list, s)
	}
	return list, r.Err()
}

func benefitNamed(p *policy.Pack, id string) *policy.Benefit {
	for _, b := range p.Benefits {
		if b.ID == id {
			return b
		}
	}
	return nil
}

type measure struct {
	before, after *policy.Basis
	day           period.Day
	impact        *present.Impact
}

// benefit decides one benefit for everybody under both packs; nil is a benefit that one of them does not have.
func (m *measure) benefit(old, latest *policy.Benefit, roster []*subject.Subject) error {
	either := latest
	if either == nil {
		either = old
	}
	row := present.ImpactBenefit{ID: either.ID, Name: either.Name, Every: resolved(m.after, either.Every)}
	for _, s := range roster {
		before, openBefore, err := due(m.before, s, old, m.day)
		if err != nil {
			return err
		}
		after, openAfter, err := due(m.after, s, latest, m.day)
		if err != nil {
			return err
		}
		if openBefore || openAfter {
			row.Unknown++
		}
		if err := tally(&row, before, after); err != nil {
			return err
		}
		if !same(before, after) {
			m.impact.Persons = append(m.impact.Persons, present.ImpactPerson{Name: s.Name, Benefit: either.Name, Before: before, After: after})
		}
	}
	m.impact.Benefits = append(m.impact.Benefits, row)
	return nil
}

// due is what a benefit pays, nil when it pays nothing, and whether facts are missing to say.
func due(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (*money.Fen, bool, error) {
	if x == nil {
		return nil, false, nil
	}
	verdict, amount, err := entitle.Quick(b, s, x, on)
	if err != nil {
		return nil, false, err
	}
	switch verdict {
	case explain.Pays, explain.Covered, explain.ReviewDue:
		return &amount, false, nil
	case explain.DocumentsNeeded:
		return nil, true, nil
	}
	return nil, false, nil
}

func tally(row *present.ImpactBenefit, before, after *money.Fen) (err error) {
	switch {
	case before == nil && after != nil:
		row.Enter++
	case before != nil && after == nil:
		row.Leave++
	case before != nil && *after > *before:
		row.Gain++
	case before != nil && *after < *before:
		row.Lose++
	}
	if before != nil {
		row.Before, err = money.Add(row.Before, *before)
	}
	if after != nil && err == nil {
		row.After, err = money.Add(row.After, *after)
	}
	return err
}

func same(a, b *money.Fen) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func resolved(b *policy.Basis, r policy.PeriodRule) policy.Period {
	if r.Question != "" {
		return policy.Period(rule.Display(b.Reading(r.Question), ""))
	}
	return r.Fixed
}
