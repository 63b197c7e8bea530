package main

import (
	"errors"

	"github.com/spf13/cobra"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/serve/present"
)

func (a *app) entitleCommand() *cobra.Command {
	var g given
	var month, day, scheme string
	command := &cobra.Command{
		Use:   "entitle PERSON",
		Short: "谁该享受什么：逐项判定并说明理由 · what a person is due, benefit by benefit, with reasons",
		Long: `判定一个人或一户在某月（或某日）的各项待遇：结论、标准、当期应发、每个条件的依据、要改变结论还差什么；文件补发以前月份的，一并算出。
PERSON 是 YAML 或 JSON 文件，“-”为标准输入；写法见 docs/pack-language.md 第7节。

Decides every benefit for a person or household in a month or on a day: verdict, amount, what falls due in the payment
period, every condition with its fact and source, what would change a refusal, and arrears that a document grants.`,
		Example: `  doudi entitle person.yaml --month 2021-11
  doudi entitle person.json --day 2021-11-08 --pack pingyin-2021 --scheme severe-disability`,
		Args: a.needs("PERSON"),
		RunE: func(_ *cobra.Command, args []string) error {
			span, err := a.asked(month, day)
			if err != nil {
				return err
			}
			return a.entitle(args[0], &g, span, scheme)
		},
	}
	g.flags(command)
	command.Flags().StringVar(&month, "month", "", "判定的月份，如 2021-11 month to decide")
	command.Flags().StringVar(&day, "day", "", "判定的日期，如 2021-11-08 day to decide")
	command.Flags().StringVar(&scheme, "scheme", "", "只判定这一项 this benefit only")
	return command
}

// asked is the month or the day of the flags, as a span.
func (a *app) asked(month, day string) (period.Span, error) {
	switch {
	case day != "":
		on, err := parse(a, "day", day, period.ParseDay)
		return period.Span{From: on, To: on}, err
	case month != "":
		m, err := parse(a, "month", month, period.ParseMonth)
		return m.Span(), err
	default:
		return period.Span{}, usage{errors.New(a.say("请用 --month 或 --day 写明判定的月份或日期", "name the month with --month or the day with --day"))}
	}
}

func (a *app) entitle(file string, g *given, span period.Span, scheme string) error {
	basis, s, err := a.decide(file, g, func(*subject.Subject) (period.Day, bool) { return span.To, true })
	if err != nil {
		return err
	}
	on := dayIn(basis, span)
	if scheme != "" {
		return a.entitleOne(basis, s, scheme, on, g)
	}
	return a.entitleAll(basis, s, on, g)
}

func (a *app) entitleAll(basis *policy.Basis, s *subject.Subject, on period.Day, g *given) error {
	decision, err := entitle.Decide(basis, s, on)
	if err != nil {
		return a.pointed(err, basis, on)
	}
	dues, err := allDue(basis, s, decision.Outcomes)
	if err != nil {
		return err
	}
	back, err := arrears(basis, s, on)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(present.ViewDecision(decision, s, dues, back, a.options(g)))
	}
	return a.print(present.Decision(decision, s, dues, back, a.options(g)))
}

// dayIn is the last day of a month on which the pack is in force, as payment rolls are made; the month's last day when it
// is never in force in it, so that the refusal names it.
func dayIn(b *policy.Basis, span period.Span) period.Day {
	if within := span.Intersect(b.Span()); !within.Empty() {
		return within.To
	}
	return span.To
}

func (a *app) entitleOne(b *policy.Basis, s *subject.Subject, scheme string, on period.Day, g *given) error {
	benefit, err := benefitOf(b.Pack, scheme)
	if err != nil {
		return err
	}
	outcome, err := entitle.One(b, s, benefit, on)
	if err != nil {
		return a.pointed(err, b, on)
	}
	due, err := dueNow(b, s, outcome)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(present.ViewBenefit(due, s, a.options(g)))
	}
	return a.print(present.Benefit(due, s, a.options(g)))
}

func benefitOf(p *policy.Pack, id string) (*policy.Benefit, error) {
	var known []string
	for _, b := range p.Benefits {
		if b.ID == id {
			return b, nil
		}
		known = append(known, b.ID)
	}
	return nil, unknownBlock(p, id, known)
}

func unknownBlock(p *policy.Pack, id string, known []string) error {
	return &fault.Error{Kind: fault.NotFound, Code: "pack.unknown-block", Message: text.Say("政策包 %s 没有 %s", "pack %s has no %s", p.ID, id), Hint: text.OneOf(id, known)}
}

// allDue adds to each outcome what falls due in its period of payment.
func allDue(b *policy.Basis, s *subject.Subject, outcomes []*entitle.Outcome) ([]present.Due, error) {
	var dues []present.Due
	for _, outcome := range outcomes {
		due, err := dueNow(b, s, outcome)
		if err != nil {
			return nil, err
		}
		dues = append(dues, due)
	}
	return dues, nil
}

// dueNow adds what falls due in the period of payment.
func dueNow(b *policy.Basis, s *subject.Subject, o *entitle.Outcome) (present.Due, error) {
	payment, err := entitle.Falling(b, s, o)
	return present.Due{Outcome: o, Payment: payment}, err
}

// arrears are the changes of policy that leave months before the approval to be paid.
func arrears(b *policy.Basis, s *subject.Subject, on period.Day) ([]*entitle.TransitionOutcome, error) {
	if _, approved := s.Facts.At("approval.day", on); !approved {
		return nil, nil
	}
	var list []*entitle.TransitionOutcome
	for _, t := range b.Pack.Transition {
		if len(t.Benefits) == 0 {
			continue
		}
		outcome, err := entitle.Cross(b, s, t, on)
		if err != nil {
			return nil, err
		}
		if outcome.Applies == rule.Met && outcome.Amount > 0 {
			list = append(list, outcome)
		}
	}
	return list, nil
}
