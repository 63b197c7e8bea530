package proof

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/counter"
	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// run is one case being run on one basis.
type run struct {
	of       *Case
	basis    *policy.Basis
	seen     *Seen // what the evaluation showed, for coverage; nil when nobody measures
	report   text.Report
	failures []Failure
}

// Run runs a case and returns what was not as expected.
func Run(c *Case) []Failure { return runOn(c, c.Basis(), nil) }

func runOn(c *Case, basis *policy.Basis, seen *Seen) []Failure {
	r := &run{of: c, basis: basis, seen: seen}
	if want := c.Node.Get("expect").Get("error"); want != nil {
		r.expectError(want)
		return r.failures
	}
	for _, field := range c.Expect {
		r.block(field)
	}
	return r.failures
}

// expectError runs everything the case could mean and wants the first error to have a code.
func (r *run) expectError(want *text.Node) {
	err := r.of.Refused
	if err == nil && r.of.Subject.Bill != nil {
		_, err = settle.Settle(r.basis, r.of.Subject)
	} else if err == nil {
		_, err = entitle.Decide(r.basis, r.of.Subject, r.of.On)
	}
	c := &checker{run: r, block: "error", node: want, asked: map[string]bool{}}
	c.code(want, err)
}

// code wants one of an error's codes.
func (c *checker) code(want *text.Node, err error) {
	codes := codesOf(err)
	if !slices.Contains(codes, want.Value) {
		c.fail(want, "应报错 %s，得到 %s", "should fail with %s, got %s", want.Value, strings.Join(codes, " "))
	}
}

func codesOf(err error) []string {
	switch e := err.(type) {
	case nil:
		return []string{"(none)"}
	case *fault.Error:
		return []string{e.Code}
	case fault.List:
		var codes []string
		for _, one := range e {
			codes = append(codes, one.Code)
		}
		return codes
	default:
		return []string{err.Error()}
	}
}

func find[T interface{ Identity() string }](blocks []T, id string) (found T, ok bool) {
	for _, b := range blocks {
		if b.Identity() == id {
			return b, true
		}
	}
	return found, false
}

// block evaluates the block a case expects something of.
func (r *run) block(field text.Field) {
	p, id := r.of.Pack, field.Key.Value
	c := &checker{run: r, block: id, node: field.Value, asked: map[string]bool{}}
	if r.seen != nil {
		r.seen.ran(id)
	}
	if b, ok := find(p.Benefits, id); ok {
		r.benefit(c, b)
	} else if b, ok := find(p.Settlement, id); ok {
		r.settlement(c, b)
	} else if b, ok := find(p.Services, id); ok {
		r.service(c, b)
	} else if b, ok := find(p.Procedures, id); ok {
		r.procedure(c, b)
	} else if b, ok := find(p.Screens, id); ok {
		r.screen(c, b)
	} else if b, ok := find(p.Duties, id); ok {
		r.duty(c, b)
	} else if b, ok := find(p.Transition, id); ok {
		r.transition(c, b)
	} else {
		var known []string
		for _, b := range p.Blocks {
			known = append(known, b.ID)
		}
		c.unknown(field.Key, known, "政策包没有规则块 %s", "the pack has no block %s")
		return
	}
	if !c.ended {
		c.done()
	}
}

// failed handles an error of an evaluation; true when there was one.
func (c *checker) failed(err error) bool {
	if want := c.get("error"); want != nil {
		c.code(want, err)
		return true
	}
	if err == nil {
		return false
	}
	c.ended = true // nothing else was compared, which is not the fault of the expectations
	c.fail(c.node, "%s", "%s", err.Error())
	return true
}

func (r *run) benefit(c *checker, b *policy.Benefit) {
	if c.node.Get("selected") != nil || c.node.Get("not_selected") != nil {
		r.selection(c, b)
		return
	}
	o, err := entitle.One(r.basis, r.of.Subject, b, r.of.On)
	if r.seen != nil && err == nil {
		r.seen.benefit(o)
	}
	if c.failed(err) {
		return
	}
	c.word("verdict", string(o.Verdict))
	c.money("amount", o.Amount.Value, o.Amount.Known)
	r.sums(c, b, o)
	c.day("starts", o.Starts)
	c.day("ends", o.Ends)
	c.set("missing", o.Missing)
	c.labels("unmet", o.Unmet)
	instead := ""
	if o.Instead != nil {
		instead = o.Instead.Scheme
	}
	c.word("instead", instead)
	if bound := c.get("bound"); bound != nil {
		c.amount(bound, "bound", deref(o.Bound), o.Bound != nil)
	}
	stacking := fault.Text{}
	if o.Stacking != nil {
		stacking = o.Stacking.Note
	}
	c.contains("note", o.Note, stacking)
	r.counters(c, o.Counters)
}

func deref(f *money.Fen) money.Fen {
	if f == nil {
		return 0
	}
	return *f
}

// sums compares month, quarter …: the benefit's own period is its amount, a longer one the sum over its calendar span.
func (r *run) sums(c *checker, b *policy.Benefit, o *entitle.Outcome) {
	every := r.every(b.Every)
	for _, s := range []struct {
		key  string
		p    policy.Period
		span func(period.Day) period.Span
	}{
		{"month", policy.EveryMonth, period.MonthOf}, {"quarter", policy.EveryQuarter, period.QuarterOf},
		{"half_year", policy.EveryHalfYear, period.HalfYearOf}, {"year", policy.EveryYear, period.YearOf},
		{"school_year", policy.EverySchoolYear, func(d period.Day) period.Span { return counter.Calendar(policy.EverySchoolYear, d) }},
		{"once", policy.Once, nil}, {"event", policy.PerEvent, nil},
	} {
		n := c.get(s.key)
		if n == nil {
			continue
		}
		if s.p == every || s.span == nil {
			c.amount(n, s.key, o.Amount.Value, o.Amount.Known)
			continue
		}
		total, _, err := entitle.Over(r.basis, r.of.Subject, b, s.span(r.of.On))
		if err != nil {
			c.fail(n, "%s", "%s", err.Error())
			continue
		}
		c.amount(n, s.key, total, true)
	}
}

func (r *run) every(p policy.PeriodRule) policy.Period {
	if p.Question != "" {
		return policy.Period(rule.Display(r.basis.Reading(p.Question), "zh"))
	}
	return p.Fixed
}

func (r *run) selection(c *checker, b *policy.Benefit) {
	s, err := entitle.Select(r.basis, b, r.of.Subject.Roster, r.of.On)
	if c.failed(err) {
		return
	}
	var selected, not []string
	for i := range s.Candidates {
		candidate := &s.Candidates[i]
		if candidate.Selected {
			selected = append(selected, candidate.Subject.Name)
		} else if candidate.Eligible {
			not = append(not, candidate.Subject.Name)
		}
		if r.seen != nil && candidate.Outcome != nil {
			r.seen.benefit(candidate.Outcome)
		}
	}
	c.set("selected", selected)
	c.set("not_selected", not)
	c.set("missing", s.Missing)
	c.number("places", s.Places)
}

func (r *run) settlement(c *checker, b *policy.Settlement) {
	result, err := settle.Settle(r.basis, r.of.Subject)
	if r.seen != nil && err == nil {
		r.seen.settlement(r, result)
	}
	if c.failed(err) {
		return
	}
	if result.Settlement != nil && result.Settlement != b && c.node.Get("verdict") != nil && c.node.Get("verdict").Value != "not-concerned" {
		c.fail(c.node, "账单归 %s 结算", "the bill is settled by %s", result.Settlement.ID)
		return
	}
	verdict := string(result.Verdict)
	if result.Settlement != nil && result.Settlement != b {
		verdict = "not-concerned"
	}
	c.word("verdict", verdict)
	c.money("patient", result.Patient, result.PatientKnown)
	c.payers(result)
	c.groups(result)
	c.day("due", result.Due)
	c.set("missing", result.Missing)
	c.labels("unmet", result.Unmet)
	c.set("invoices", result.Invoices)
	r.counters(c, result.Counters)
}

func (c *checker) payers(result *settle.Result) {
	var provisional []string
	for i := range result.Payers {
		if result.Payers[i].Provisional {
			provisional = append(provisional, result.Payers[i].Payer.ID)
		}
	}
	c.set("provisional", provisional)
	payers := c.get("payers")
	if payers == nil {
		return
	}
	for _, field := range payers.Fields {
		found := false
		for i := range result.Payers {
			if p := &result.Payers[i]; p.Payer.ID == field.Key.Value {
				c.amount(field.Value, "payers."+field.Key.Value, p.Amount, p.Known)
				found = true
			}
		}
		if !found && !field.Value.IsNull() {
			c.fail(field.Key, "没有支付方 %s", "there is no payer %s", field.Key.Value)
		}
	}
}

func (c *checker) groups(result *settle.Result) {
	groups := c.get("groups")
	if groups == nil {
		return
	}
	for _, field := range groups.Fields {
		amount, ok := result.Groups[field.Key.Value]
		c.amount(field.Value, "groups."+field.Key.Value, amount, ok)
	}
}

func (r *run) counters(c *checker, moved []counter.Movement) {
	counters := c.get("counters")
	if counters == nil {
		return
	}
	for _, field := range counters.Fields {
		i := slices.IndexFunc(moved, func(m counter.Movement) bool { return m.ID == field.Key.Value })
		switch {
		case i < 0:
			if !field.Value.IsNull() {
				c.fail(field.Key, "累计 %s 没有变动", "the counter %s did not move", field.Key.Value)
			}
		case moved[i].IsCount:
			if field.Value.Value != rule.Display(rule.Int(moved[i].CountDelta), "zh") {
				c.differ(field.Value, "counters."+field.Key.Value, field.Value.Value, moved[i].CountDelta)
			}
		default:
			c.amount(field.Value, "counters."+field.Key.Value, moved[i].Delta, true)
		}
	}
}

func (r *run) service(c *checker, b *policy.Service) {
	o, err := entitle.Serve(r.basis, r.of.Subject, b, r.of.On)
	if r.seen != nil && err == nil {
		r.seen.reasons(o.Reasons)
	}
	if c.failed(err) {
		return
	}
	c.word("verdict", string(o.Verdict))
	c.set("missing", o.Missing)
	c.labels("unmet", o.Unmet)
	if o.Pays != nil {
		c.money("pays", o.Pays.Value, o.Pays.Known)
	} else {
		c.money("pays", 0, false)
	}
	due, done := c.get("due"), c.get("done")
	for i := range o.Obligations {
		state := &o.Obligations[i]
		if n := due.Get(state.Obligation.ID); n != nil {
			c.dayAt(n, "due."+state.Obligation.ID, state.Due)
		}
		if n := done.Get(state.Obligation.ID); n != nil && n.Value != rule.Display(rule.Int(state.Done), "zh") {
			c.differ(n, "done."+state.Obligation.ID, n.Value, state.Done)
		}
	}
	for _, n := range []*text.Node{due, done} {
		c.unknownKeys(n, func(id string) bool {
			return slices.ContainsFunc(o.Obligations, func(s entitle.ObligationState) bool { return s.Obligation.ID == id })
		})
	}
}

// unknownKeys refuses expectations of parts that are not there.
func (c *checker) unknownKeys(n *text.Node, known func(string) bool) {
	if n == nil {
		return
	}
	for _, field := range n.Fields {
		if !known(field.Key.Value) {
			c.fail(field.Key, "没有 %s", "there is no %s", field.Key.Value)
		}
	}
}

func (r *run) procedure(c *checker, b *policy.Procedure) {
	o, err := entitle.Steps(r.basis, r.of.Subject, b, r.of.On)
	if c.failed(err) {
		return
	}
	var skipped, simplified []string
	taken := int64(0)
	due := c.get("due")
	for i := range o.Steps {
		s := &o.Steps[i]
		if s.Taken() {
			taken++
		} else {
			skipped = append(skipped, s.Step.ID)
		}
		if s.Simplified == rule.Met {
			simplified = append(simplified, s.Step.ID)
		}
		if n := due.Get(s.Step.ID); n != nil {
			c.dayAt(n, "due."+s.Step.ID, s.Due)
		}
	}
	c.unknownKeys(due, func(id string) bool {
		return slices.ContainsFunc(o.Steps, func(s entitle.StepState) bool { return s.Step.ID == id })
	})
	c.set("skipped", skipped)
	c.set("simplified", simplified)
	c.number("steps", taken)
	c.number("documents", int64(len(o.Needed())))
	c.labels("applicants", b.Applicants)
	c.labels("papers", b.Papers)
	c.forms(b)
	c.set("missing", o.Missing)
}

// forms compares the fields of each official form.
func (c *checker) forms(b *policy.Procedure) {
	forms := c.get("forms")
	for _, form := range b.Forms {
		if n := forms.Get(form.ID); n != nil {
			inner := &checker{run: c.run, block: c.block + "." + form.ID, node: forms, asked: map[string]bool{}}
			inner.labels(form.ID, form.Fields)
		}
	}
	c.unknownKeys(forms, func(id string) bool {
		return slices.ContainsFunc(b.Forms, func(f policy.Form) bool { return f.ID == id })
	})
}

func (r *run) screen(c *checker, b *policy.Screen) {
	o, err := entitle.Find(r.basis, r.of.Subject, b, r.of.On)
	if r.seen != nil && err == nil {
		r.seen.reasons(o.Reasons)
	}
	if c.failed(err) {
		return
	}
	word := map[rule.Truth]string{rule.Met: "yes", rule.NotMet: "no", rule.Unknown: "unknown"}[o.Found]
	if o.Verdict == "not-concerned" {
		word = "not-concerned"
	}
	if n := c.get("verdict"); n != nil && n.Value != string(o.Verdict) {
		c.differ(n, "verdict", n.Value, o.Verdict)
	}
	c.word("finding", word)
	c.day("due", o.Due)
	c.set("missing", o.Missing)
	c.labels("unmet", o.Unmet)
}

func (r *run) duty(c *checker, b *policy.Duty) {
	o, err := entitle.Owe(r.basis, r.of.Subject, b, r.of.On)
	if c.failed(err) {
		return
	}
	c.day("due", o.Due)
	c.word("value", shown(o.Value))
	c.word("target", shown(o.Target))
	c.word("met", map[rule.Truth]string{rule.Met: "true", rule.NotMet: "false", rule.Unknown: "unknown"}[o.Met])
	c.set("missing", o.Missing)
	c.set("who", b.Who)
	c.set("to", b.To)
	c.word("lead", b.Lead)
	c.set("responsible", b.Responsible)
	if b.Ledger != nil {
		c.labels("columns", b.Ledger.Columns)
	}
}

func shown(v ref.Val) string {
	if v == nil {
		return "unknown"
	}
	return rule.Display(v, "zh")
}

func (r *run) transition(c *checker, b *policy.Transition) {
	o, err := entitle.Cross(r.basis, r.of.Subject, b, r.of.On)
	if c.failed(err) {
		return
	}
	var months []string
	for _, back := range o.Benefits {
		for _, m := range back.Months {
			months = append(months, m.Month.String())
		}
	}
	c.set("months", months)
	c.money("amount", o.Amount, len(o.Missing) == 0)
	c.word("covered", map[rule.Truth]string{rule.Met: "true", rule.NotMet: "false", rule.Unknown: "unknown"}[o.Covered])
	c.word("applies", map[rule.Truth]string{rule.Met: "true", rule.NotMet: "false", rule.Unknown: "unknown"}[o.Applies])
	c.word("procedure", b.Procedure)
	c.word("bills", b.Bills)
	c.day("due", o.Due)
	c.set("missing", o.Missing)
}
