// Package explain holds the words every decision is told in: the verdict, each condition with the person's fact and its
// source, each amount with its formula and figures. The same evaluation that decides fills them; nothing is explained
// after the fact.
package explain

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Verdict is the outcome of a decision.
type Verdict string

// The verdicts.
const (
	Pays            Verdict = "pays"
	Covered         Verdict = "covered"
	NotPayable      Verdict = "not-payable"
	NotSelected     Verdict = "not-selected"
	DocumentsNeeded Verdict = "documents-needed"
	ReviewDue       Verdict = "review-due"
	NotConcerned    Verdict = "not-concerned"
)

var verdictLabels = map[Verdict]fault.Text{
	Pays: {ZH: "发放", EN: "pays"}, Covered: {ZH: "已保障", EN: "covered"}, NotPayable: {ZH: "不符合条件", EN: "not payable"},
	NotSelected: {ZH: "符合条件未入选", EN: "eligible, not selected"}, DocumentsNeeded: {ZH: "需补充材料", EN: "documents needed"},
	ReviewDue: {ZH: "待复核", EN: "review due"}, NotConcerned: {ZH: "不涉及", EN: "not concerned"},
}

// Label is the verdict in people's words.
func (v Verdict) Label() fault.Text { return verdictLabels[v] }

// Use is one value a condition or amount stood on.
type Use struct {
	Variable *rule.Variable
	Value    ref.Val // nil when unknown
	Source   string  // the office or paper a fact comes from
	Span     period.Span
	Learned  period.Day // rule.Beginning when not stated
}

// Show is the value for people.
func (u Use) Show(lang string) string {
	switch {
	case u.Value == nil:
		return fault.Text{ZH: "未知", EN: "unknown"}.In(lang)
	case u.Variable.Fact != nil:
		return u.Variable.Fact.Show(u.Value, lang)
	default:
		return rule.Display(u.Value, lang)
	}
}

// Reason is one condition as it was answered.
type Reason struct {
	Label   fault.Text
	Test    *rule.Expression
	Truth   rule.Truth
	Uses    []Use
	Missing []string // names of the facts that would answer it

	Scope *rule.Scope // what it was answered in, so that it can be traced again
}

// Amount is an amount as it was computed.
type Amount struct {
	Value    money.Fen
	Known    bool
	Missing  []string
	Figure   rule.Figure
	Rounding *money.Rounding // nil when nothing was rounded
	Uses     []Use
}

// Conditions answers a when in its written order. All is NotMet if any condition is not met, else Unknown if any is unknown.
func Conditions(s *rule.Scope, when []policy.Condition) (reasons []Reason, all rule.Truth, err error) {
	all = rule.Met
	reasons = make([]Reason, 0, len(when))
	for _, condition := range when {
		reason, err := Answer(s, condition)
		if err != nil {
			return nil, rule.Unknown, err
		}
		reasons = append(reasons, reason)
		all = And(all, reason.Truth)
	}
	return reasons, all, nil
}

// And joins two answers: not met wins over unknown, unknown over met.
func And(a, b rule.Truth) rule.Truth {
	switch {
	case a == rule.NotMet || b == rule.NotMet:
		return rule.NotMet
	case a == rule.Unknown || b == rule.Unknown:
		return rule.Unknown
	default:
		return rule.Met
	}
}

// Answer evaluates one condition with everything it stood on.
func Answer(s *rule.Scope, c policy.Condition) (Reason, error) {
	reason := Reason{Label: c.Label, Test: c.Test, Uses: UsesOf(s, c.Test.Vars), Scope: s}
	if truth, sure := c.Test.Directly(s); sure && truth != rule.Unknown { // what is unknown is asked of the interpreter, which names what is missing
		reason.Truth = truth
		return reason, nil
	}
	value, err := c.Test.Eval(s)
	if err != nil {
		return Reason{}, err
	}
	switch value {
	case rule.Bool(true):
		reason.Truth = rule.Met
	case rule.Bool(false):
		reason.Truth = rule.NotMet
	default:
		reason.Missing = rule.Missing(value)
	}
	return reason, nil
}

// Compute evaluates an amount with its formula. An unknown amount names what is missing.
func Compute(s *rule.Scope, x *rule.Expression) (Amount, error) {
	figure, err := x.Trace(s)
	if err != nil {
		return Amount{}, err
	}
	amount := Amount{Figure: figure, Uses: Uses(s, figure.Used())}
	value, ok := figure.Value.(rule.Money)
	if !ok {
		amount.Missing = rule.Missing(figure.Value)
		return amount, nil
	}
	amount.Value, amount.Known = money.Fen(value), true
	if figure.Rounded() {
		if rounding, ok := s.Value("rounding").(rule.Rounding); ok {
			declared := money.Rounding(rounding)
			amount.Rounding = &declared
		}
	}
	return amount, nil
}

// Uses are the values behind names, in order; the engine's own names (on, remaining …) are kept too.
func Uses(s *rule.Scope, names []string) []Use {
	variables := make([]*rule.Variable, 0, len(names))
	for _, name := range names {
		if variable := s.Env.Variable(name); variable != nil {
			variables = append(variables, variable)
		}
	}
	return UsesOf(s, variables)
}

// UsesOf is Uses for names that are already found.
func UsesOf(s *rule.Scope, variables []*rule.Variable) []Use {
	uses := make([]Use, 0, len(variables))
	for _, variable := range variables {
		if variable.Table == nil {
			uses = append(uses, use(s, variable))
		}
	}
	return uses
}

func use(s *rule.Scope, variable *rule.Variable) Use {
	u := Use{Variable: variable, Span: period.Span{From: rule.Beginning, To: rule.Forever}, Learned: rule.Beginning}
	if variable.Fact != nil {
		u.Source = variable.Fact.Office
		if fact, ok := s.Facts.At(variable.Name, s.Day); ok {
			u.Value, u.Span, u.Learned = fact.Value, fact.Span, fact.Learned
			if fact.Source != "" {
				u.Source = fact.Source
			}
			return u
		}
	}
	if value := s.Value(variable.Name); value != nil && !types.IsUnknown(value) {
		u.Value = value
	}
	return u
}

// Missing gathers the names missing from several reasons, once each and in order.
func Missing(reasons []Reason) []string {
	var names []string
	for _, reason := range reasons {
		for _, name := range reason.Missing {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Questions are the ids of the pack's questions that uses speak of, once each and in order.
func Questions(uses ...[]Use) []string {
	var ids []string
	for _, list := range uses {
		for _, use := range list {
			if id, ok := strings.CutPrefix(use.Variable.Name, "question."); ok && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
