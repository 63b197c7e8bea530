// Package explain holds the words every decision is told in: the verdict, each condition with the person's fact and its
// source, each amount with its formula and figures. The same evaluation that decides fills them; nothing is explained
// after the fact.
package explain

import (
	"slices"

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

	fact *rule.Fact // it was read from; nil of what is no fact, or unknown
}

// Source is the office or paper a fact comes from; "" for what is no fact.
func (u Use) Source() string {
	switch {
	case u.fact != nil && u.fact.Source != "":
		return u.fact.Source
	case u.Variable.Fact != nil:
		return u.Variable.Fact.Office
	}
	return ""
}

// Span is the days on which a fact holds; all time when it does not say.
func (u Use) Span() period.Span {
	if u.fact == nil {
		return period.Span{From: rule.Beginning, To: rule.Forever}
	}
	return u.fact.Span
}

// Learned is the day a fact was learnt; rule.Beginning when that is not stated.
func (u Use) Learned() period.Day {
	if u.fact == nil {
		return rule.Beginning
	}
	return u.fact.Learned
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
	return AnswerIn(s, c, Room([]policy.Condition{c}))
}

// Room is space for the values of several conditions, so that a decision over a whole roster asks for it once.
func Room(conditions []policy.Condition) []Use {
	count := 0
	for i := range conditions {
		count += len(conditions[i].Test.Vars)
	}
	return make([]Use, 0, count)
}

// AnswerIn is Answer with the values put behind those that a room holds already.
func AnswerIn(s *rule.Scope, c policy.Condition, room []Use) (Reason, error) {
	from := len(room)
	room = uses(s, c.Test.Vars, room)
	reason := Reason{Label: c.Label, Test: c.Test, Uses: room[from:len(room):len(room)], Scope: s}
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
	return uses(s, variables, make([]Use, 0, len(variables)))
}

func uses(s *rule.Scope, variables []*rule.Variable, list []Use) []Use {
	for _, variable := range variables {
		if variable.Table != nil {
			continue
		}
		list = append(list, Use{Variable: variable})
		list[len(list)-1].find(s)
	}
	return list
}

// find reads the value as a condition sees it.
func (u *Use) find(s *rule.Scope) {
	if u.Variable.Fact != nil {
		if fact, ok := s.Fact(u.Variable.Name); ok {
			u.Value, u.fact = fact.Value, fact
			return
		}
	}
	if value := s.Value(u.Variable.Name); value != nil && !types.IsUnknown(value) {
		u.Value = value
	}
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
