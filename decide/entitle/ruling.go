package entitle

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/counter"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// ruling is the evaluation of one block for one subject on one day. It tells expressions what the engine knows (on,
// period, counters, events, earlier determinations), each name when an expression first asks for it.
type ruling struct {
	basis   *policy.Basis
	subject *subject.Subject
	block   *policy.Block
	own     []policy.Counter // that the block itself declares
	on      period.Day
	every   policy.Period
	days    *period.Span // period.from to period.to, once it is asked for
	scope   rule.Scope
	explain bool
	uses    []explain.Use // behind what is not explained line by line, for the questions; only when explaining
}

func newRuling(b *policy.Basis, s *subject.Subject, block *policy.Block, on period.Day) *ruling {
	r := &ruling{}
	r.begin(b, s, block, on)
	r.explain = true
	return r
}

// begin makes r the evaluation of another block; its map is used again.
func (r *ruling) begin(b *policy.Basis, s *subject.Subject, block *policy.Block, on period.Day) {
	vars := r.scope.Vars
	clear(vars)
	*r = ruling{basis: b, subject: s, block: block, on: on, every: policy.PerEvent, uses: r.uses[:0],
		scope: rule.Scope{Env: b.Pack.Env, Facts: s.Facts, Day: on, Frame: b.Frame(on), Vars: vars}}
}

// round declares how amounts of the block are rounded; the frame holds what holds without a declaration.
func (r *ruling) round(declared money.Rounding) {
	if declared != (money.Rounding{}) {
		r.put("rounding", rule.Rounding(declared))
	}
}

// put gives a name of the engine its value. Most decisions need none.
func (r *ruling) put(name string, v ref.Val) {
	if r.scope.Vars == nil {
		r.scope.Vars = make(map[string]ref.Val, 4)
	}
	r.scope.Vars[name] = v
}

// span is the period that holds the day. What is paid once stands for all the time the pack is in force.
func (r *ruling) span() period.Span {
	if r.days != nil {
		return *r.days
	}
	var span period.Span
	switch r.every {
	case policy.Once, policy.Lifetime, "":
		span = r.basis.Span()
	case policy.PerEvent:
		span = period.Span{From: r.on, To: r.on}
	default:
		span = counter.Calendar(r.every, r.on)
	}
	r.days = &span
	return span
}

// provide gives an expression the names of the engine that it uses.
func (r *ruling) provide(x *rule.Expression) error {
	for _, name := range x.Refs {
		if ours(name) {
			if err := r.provideName(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// ours tells whether the engine itself gives a name its value.
func ours(name string) bool {
	switch name[0] {
	case 'o':
		return name == "on"
	case 'p':
		return strings.HasPrefix(name, "period.")
	case 'c':
		return strings.HasPrefix(name, "counter.")
	case 'd':
		return strings.HasPrefix(name, "determined.")
	case 'e':
		return strings.HasPrefix(name, "events.")
	}
	return false
}

func (r *ruling) provideName(name string) error {
	if _, known := r.scope.Vars[name]; known {
		return nil
	}
	switch head, rest, _ := strings.Cut(name, "."); head {
	case "on":
		r.put(name, rule.Day(r.on))
	case "period":
		if r.put(name, rule.Day(r.span().From)); rest == "to" {
			r.put(name, rule.Day(r.span().To))
		}
	case "determined":
		r.put(name, rule.Bool(holds(r.basis.Pack.ID, r.subject.History, rest, r.on.Month()) != nil))
	case "events":
		return r.provideEvents(rest)
	case "counter":
		return r.provideCounter(rest)
	}
	return nil
}

// provideEvents adds up what happened in the period. A kind that is not listed did not happen.
func (r *ruling) provideEvents(name string) error {
	kind, _, _ := strings.Cut(name, ".")
	total, number, span := money.Fen(0), int64(0), r.span()
	for _, event := range r.subject.Events[kind] {
		if !span.Contains(event.Day) {
			continue
		}
		var err error
		if total, err = money.Add(total, event.Amount); err != nil {
			return err
		}
		number++
	}
	r.put("events."+kind+".total", rule.Money(total))
	r.put("events."+kind+".number", rule.Int(number))
	return nil
}

// provideCounter reads what was used before in the window that holds the asked day, of a counter that any block declares.
func (r *ruling) provideCounter(id string) error {
	name := "counter." + id
	r.put(name, r.scope.Env.Unknown(name)) // also what a counter sees that refers to itself
	variants := r.declaring(id)
	if variants == nil {
		return nil
	}
	if err := r.provideForCounter(variants); err != nil {
		return err
	}
	scope := r.inside(variants[0].DatedBy)
	chosen, missing, err := counter.Select(variants, id, scope)
	if err != nil || chosen == nil {
		r.lack(name, missing)
		return err
	}
	m, missing, err := counter.At(r.basis, chosen, scope, r.subject.History, r.on)
	if err != nil || m.Counter == nil {
		r.lack(name, missing)
		return err
	}
	r.put(name, m.Value())
	return nil
}

// lack makes a name unknown for want of others, so that what is asked for is what somebody can bring.
func (r *ruling) lack(name string, missing []string) {
	if len(missing) == 0 {
		return
	}
	unknown := types.NewUnknown(1, types.NewAttributeTrail(missing[0]))
	for i, other := range missing[1:] {
		unknown = types.MergeUnknowns(unknown, types.NewUnknown(int64(i+2), types.NewAttributeTrail(other)))
	}
	r.put(name, unknown)
}

// declaring are the variants of a counter: the block's own, or those of the first other block that has it.
func (r *ruling) declaring(id string) []policy.Counter {
	has := func(list []policy.Counter) bool {
		return slices.ContainsFunc(list, func(c policy.Counter) bool { return c.ID == id })
	}
	if has(r.own) {
		return r.own
	}
	for _, s := range r.basis.Pack.Settlement {
		if has(s.Accumulate) {
			return s.Accumulate
		}
	}
	for _, b := range r.basis.Pack.Benefits {
		if has(b.Accumulate) {
			return b.Accumulate
		}
	}
	return nil
}

func (r *ruling) provideForCounter(variants []policy.Counter) error {
	for i := range variants {
		c := &variants[i]
		for _, x := range append([]*rule.Expression{c.When, c.DatedBy, c.Cap, c.Sum}, c.Key...) {
			if x == nil {
				continue
			}
			if err := r.provide(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// inside is the scope with the names of the block an expression was written in, so that those without a value are unknown.
func (r *ruling) inside(x *rule.Expression) *rule.Scope {
	if x == nil || x.Env() == r.scope.Env {
		return &r.scope
	}
	scope := r.scope
	scope.Env = x.Env()
	return &scope
}

// eval is an expression's value.
func (r *ruling) eval(x *rule.Expression) (ref.Val, error) {
	if err := r.provide(x); err != nil {
		return nil, err
	}
	r.note(x)
	return x.Eval(r.inside(x))
}

// note remembers what an expression stands on, for the questions of the explanation.
func (r *ruling) note(x *rule.Expression) {
	if r.explain {
		r.uses = append(r.uses, explain.UsesOf(r.inside(x), x.Vars)...)
	}
}

// truth answers an expression of bool; nil is met.
func (r *ruling) truth(x *rule.Expression) (rule.Truth, []string, error) {
	if x == nil {
		return rule.Met, nil, nil
	}
	value, err := r.eval(x)
	switch {
	case err != nil:
		return rule.Unknown, nil, err
	case value == types.True:
		return rule.Met, nil, nil
	case value == types.False:
		return rule.NotMet, nil, nil
	case !r.explain:
		return rule.Unknown, nil, nil
	}
	return rule.Unknown, rule.Missing(value), nil
}

// day is the value of an expression of a day; nil with the names that are missing when it is not known, and nil alone
// when there is no expression.
func (r *ruling) day(x *rule.Expression) (*period.Day, []string, error) {
	if x == nil {
		return nil, nil, nil
	}
	value, err := r.eval(x)
	if err != nil {
		return nil, nil, err
	}
	day, ok := value.(rule.Day)
	if !ok {
		return nil, rule.Missing(value), nil
	}
	found := period.Day(day)
	return &found, nil, nil
}

// answer is one condition with everything it stood on, put into a room if there is one.
func (r *ruling) answer(c policy.Condition, room []explain.Use) (explain.Reason, error) {
	if err := r.provide(c.Test); err != nil {
		return explain.Reason{}, err
	}
	return explain.AnswerIn(r.inside(c.Test), c, room)
}

// conditions answers all lines. A line that is not met decides, whatever the others are: neither an unknown one nor one
// that cannot be computed can change that any more.
func (r *ruling) conditions(when []policy.Condition) (reasons []explain.Reason, all rule.Truth, err error) {
	all = rule.Met
	reasons = make([]explain.Reason, len(when))
	room := explain.Room(when)
	var failed error
	for i, c := range when {
		if reasons[i], err = r.answer(c, room); err == nil {
			room = room[:len(room)+len(reasons[i].Uses)]
		} else {
			reasons[i] = explain.Reason{Label: c.Label, Test: c.Test}
			if failed == nil {
				failed = err
			}
		}
		all = explain.And(all, reasons[i].Truth)
	}
	if all == rule.NotMet {
		failed = nil
	}
	return reasons, all, failed
}

// quickly is conditions without the reasons; it stops at the first line that is not met.
func (r *ruling) quickly(x *policy.Benefit) (all rule.Truth, err error) {
	all = rule.Met
	var failed error
	for i := range x.When {
		truth, err := r.answerQuickly(x.When[i].Test)
		switch {
		case err != nil && failed == nil:
			failed = err
		case truth == rule.NotMet:
			return rule.NotMet, nil
		}
		all = explain.And(all, truth)
	}
	return all, failed
}

// answerQuickly asks the interpreter only where it must; no expression is met.
func (r *ruling) answerQuickly(x *rule.Expression) (rule.Truth, error) {
	if x != nil {
		if truth, sure := x.Directly(&r.scope); sure {
			return truth, nil
		}
	}
	truth, _, err := r.truth(x)
	return truth, err
}

// amountOf is compute for a benefit's amount. One that is a parameter alone has no steps to trace.
func (r *ruling) amountOf(x *policy.Benefit) (explain.Amount, error) {
	found, known := x.Amount.Plainly(&r.scope).(rule.Money)
	if !known {
		return r.compute(x.Amount)
	}
	amount := explain.Amount{Value: money.Fen(found), Known: true}
	if r.explain {
		amount.Figure = rule.Figure{Expression: x.Amount, Value: found}
		amount.Uses = explain.UsesOf(&r.scope, x.Amount.Vars)
	}
	return amount, nil
}

// compute is an amount with its formula, or without when nothing is explained.
func (r *ruling) compute(x *rule.Expression) (explain.Amount, error) {
	if err := r.provide(x); err != nil {
		return explain.Amount{}, err
	}
	scope := r.inside(x)
	if r.explain {
		return explain.Compute(scope, x)
	}
	value, known, err := x.Money(scope)
	return explain.Amount{Value: value, Known: known}, err
}

// questions are the ids of the questions that reasons, an amount and whatever else was evaluated stood on.
func (r *ruling) questions(about *explain.Reason, reasons []explain.Reason, amount []explain.Use) []string {
	var ids []string
	if about != nil {
		ids = asked(ids, about.Uses)
	}
	for i := range reasons {
		ids = asked(ids, reasons[i].Uses)
	}
	return asked(asked(ids, amount), r.uses)
}

func asked(ids []string, uses []explain.Use) []string {
	for i := range uses {
		if uses[i].Variable.Origin == rule.FromQuestion {
			ids = join(ids, strings.TrimPrefix(uses[i].Variable.Name, "question."))
		}
	}
	return ids
}

// unmet are the labels of the conditions that are not met.
func unmet(reasons []explain.Reason) []fault.Text {
	var labels []fault.Text
	for _, reason := range reasons {
		if reason.Truth == rule.NotMet {
			labels = append(labels, reason.Label)
		}
	}
	return labels
}

// join adds names that a list does not hold yet.
func join(names []string, more ...string) []string {
	for _, name := range more {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// holds is the determination of a scheme that covers a month, or nil. A scheme of this pack may be named with or without
// the pack.
func holds(pack string, h subject.History, scheme string, month period.Month) *subject.Determination {
	for i := len(h.Determinations) - 1; i >= 0; i-- {
		d := &h.Determinations[i]
		if d.From <= month && month <= d.To && sameScheme(pack, d.Scheme, scheme) {
			return d
		}
	}
	return nil
}

func sameScheme(pack, a, b string) bool {
	return a == b || strings.TrimPrefix(a, pack+"/") == strings.TrimPrefix(b, pack+"/")
}
