package settle

import (
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Settle divides the subject's bill by the one settlement of the pack that claims it. A bill that none claims is not
// concerned; where facts are missing the result names them.
//
// What cannot be settled is an error with a place: the day lies outside the pack's time ("pack.out-of-force"), the bill
// contradicts itself or names payers nobody knows (codes "bill.…"), or a rule gives an amount that cannot be paid
// (codes "settle.…", naming rule, clause and figures).
func Settle(b *policy.Basis, s *subject.Subject) (*Result, error) {
	if s.Bill == nil {
		return nil, noBill()
	}
	certain, possible, err := claims(b, s)
	if err != nil {
		return nil, err
	}
	if certain == nil {
		return unclaimed(b, s, possible), nil
	}
	if certain.timed {
		if err := b.InForce(certain.decided); err != nil {
			return nil, err
		}
	}
	if !certain.dated {
		return undated(b, s, certain)
	}
	r, err := settle(b, s, certain, "")
	if err != nil {
		return nil, err
	}
	r.Nearest = nearest(r, s, certain)
	return r, nil
}

// unclaimed is a bill that is nobody's matter here, or may be somebody's once facts are known.
func unclaimed(b *policy.Basis, s *subject.Subject, possible []*claim) *Result {
	r := &Result{Basis: b, Verdict: explain.NotConcerned, Bill: s.Bill.Total()}
	for _, c := range possible {
		r.Verdict = explain.DocumentsNeeded
		r.Possible = append(r.Possible, c.settlement)
		r.Missing = union(r.Missing, c.missing)
	}
	return r
}

// undated is a bill whose settlement is known but not its day: only what the bill states upstream can be shown.
func undated(b *policy.Basis, s *subject.Subject, c *claim) (*Result, error) {
	r := &Result{Basis: b, Settlement: c.settlement, Verdict: explain.DocumentsNeeded, Decided: c.decided, Bill: s.Bill.Total(), Missing: c.missing}
	stated, err := statements(s.Bill, c.settlement)
	if err != nil {
		return nil, err
	}
	for _, p := range c.settlement.Payers {
		if statement, ok := stated[p.ID]; ok {
			r.Payers = append(r.Payers, Payment{Payer: p, Given: true, Known: true, Amount: statement.total})
		}
	}
	return r, nil
}

// nearest settles the bill once more as if the only gate that is not met were. What then cannot be computed is not shown.
func nearest(r *Result, s *subject.Subject, c *claim) *Nearest {
	if len(r.Unmet) != 1 || anyUnknown(r) {
		return nil
	}
	then, err := settle(r.Basis, s, c, r.Unmet[0].ZH)
	if err != nil || then.PatientKnown && own(then) <= own(r) {
		return nil
	}
	if !then.PatientKnown {
		return &Nearest{Label: r.Unmet[0]}
	}
	return &Nearest{Label: r.Unmet[0], Amount: own(then), Known: true}
}

func anyUnknown(r *Result) bool {
	unknown := func(reason explain.Reason) bool { return reason.Truth == rule.Unknown }
	return slices.ContainsFunc(r.Reasons, unknown) ||
		slices.ContainsFunc(r.Payers, func(p Payment) bool { return slices.ContainsFunc(p.Reasons, unknown) })
}

// own is what this pack's own payers pay together.
func own(r *Result) money.Fen {
	sum := money.Fen(0)
	for i := range r.Payers {
		if p := &r.Payers[i]; p.Group == nil && p.Own() {
			sum += p.Amount
		}
	}
	return sum
}

// settler settles one bill by one settlement, step by step.
type settler struct {
	basis  *policy.Basis
	person *subject.Subject
	bill   *subject.Bill
	rule   *policy.Settlement
	scope  *rule.Scope // for one expression at a time, see in; its Vars are the settler's own
	result *Result
	as     string // Chinese label of a gate taken as met, "" for none

	lines  []line
	sorted bool       // every line's group is known
	left   *remainder // what is left
	gross  *remainder // as billed
	stated map[string]statement

	payer   *policy.Payer // whose turn it is
	takes   int           // its line group
	steps   []Step        // computed for it
	traced  bool          // what is left is known
	waiting []string      // the facts for want of which it is not
	paid    money.Fen     // by all payers so far, as far as known
	base    map[string]money.Fen

	eligible rule.Truth // by the settlement's own gates
	barred   bool       // an own payer has a gate that is not met
	able     bool       // an own payer has none in the way
	counters []tally
}

func settle(b *policy.Basis, s *subject.Subject, c *claim, as string) (*Result, error) {
	st := newSettler(b, s, c, as)
	for _, step := range []func() error{st.span, st.readLines, st.readBill, st.openCounters, st.gates, st.sortLines, st.payInOrder, st.close} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return st.result, nil
}

func newSettler(b *policy.Basis, s *subject.Subject, c *claim, as string) *settler {
	scope := *c.scope
	scope.Vars = make(map[string]ref.Val, 24) // names, about as many as a settlement gives a value
	maps.Copy(scope.Vars, c.scope.Vars)
	st := &settler{basis: b, person: s, bill: s.Bill, rule: c.settlement, scope: &scope, as: as, takes: everyLine, traced: true, base: map[string]money.Fen{}}
	st.result = &Result{Basis: b, Settlement: c.settlement, Decided: c.decided, Status: c.status, Bill: s.Bill.Total(),
		Span: period.Span{From: c.decided, To: c.decided - 1}, Groups: map[string]money.Fen{}}
	st.ask(c.settlement.For.Refs)
	st.ask(c.settlement.DecidedOn.Refs)
	st.ask(c.settlement.StatusOn.Refs)
	return st
}

// span finds the visit or the cycle, for span.from and span.to.
func (st *settler) span() (err error) {
	var span period.Span
	known := false
	switch st.rule.Over {
	case "visit":
		span, known = st.visit()
	case "cycle":
		if span, err = st.basis.Pack.Cycles[st.rule.Cycle].Containing(st.result.Decided); err != nil {
			return text.Placed(err, st.rule.Node)
		}
		known = true
	}
	switch {
	case !known:
		return nil
	case span.Empty():
		return st.backwards(span)
	}
	st.result.Span = span
	st.set("span.from", rule.Day(span.From))
	st.set("span.to", rule.Day(span.To))
	return nil
}

// visit is the stay from admission to discharge, or the day of the visit.
func (st *settler) visit() (period.Span, bool) {
	from, admitted := st.scope.Value("visit.admitted").(rule.Day)
	to, discharged := st.scope.Value("visit.discharged").(rule.Day)
	if admitted && discharged {
		return period.Span{From: period.Day(from), To: period.Day(to)}, true
	}
	day, known := st.scope.Value("visit.date").(rule.Day)
	return period.Span{From: period.Day(day), To: period.Day(day)}, known
}

// readBill reads what the bill states of payers upstream.
func (st *settler) readBill() (err error) {
	st.set("paid.total", rule.Money(0))
	st.set("rounding", rule.Rounding(st.rounding(nil)))
	st.stated, err = statements(st.bill, st.rule)
	return err
}

// gates answers the settlement's own conditions.
func (st *settler) gates() error {
	st.eligible = rule.Met
	st.result.Reasons = slices.Grow(st.result.Reasons, len(st.rule.When))
	for _, condition := range st.rule.When {
		reason, err := st.answer(condition)
		if err != nil {
			return err
		}
		st.result.Reasons = append(st.result.Reasons, reason)
		st.eligible = explain.And(st.eligible, reason.Truth)
		if reason.Truth == rule.NotMet {
			st.unmet(condition.Label)
		}
	}
	if st.eligible == rule.Unknown {
		st.miss(explain.Missing(st.result.Reasons))
	}
	return nil
}

// answer answers one gate; the one that is taken as met is met.
func (st *settler) answer(c policy.Condition) (explain.Reason, error) {
	st.ask(c.Test.Refs)
	reason, err := explain.Answer(st.in(c.Test), c)
	if st.as != "" && c.Label.ZH == st.as {
		reason.Truth, reason.Missing = rule.Met, nil
	}
	return reason, err
}

// close states what stays with the patient, moves the counters and gives the verdict.
func (st *settler) close() error {
	r := st.result
	if st.traced {
		r.PatientKnown = true
		r.PatientParts = st.left.of(everyLine)
		r.Patient = r.PatientParts.Total()
		if err := st.closed(); err != nil {
			return err
		}
	}
	st.payer, st.takes = nil, everyLine
	st.set("rounding", rule.Rounding(st.rounding(nil)))
	if st.eligible == rule.Met && r.PatientKnown {
		if err := st.moveCounters(); err != nil {
			return err
		}
	}
	r.Verdict = st.verdict()
	if r.Verdict != explain.Pays && r.Verdict != explain.Covered {
		r.Counters, r.Invoices = nil, nil
	}
	if n := st.rule.Notch; n != nil {
		r.Notch = policy.Same(st.basis.Reading(n.Question), n.Reading)
	}
	return st.due()
}

// closed proves that the waterfall closes: no rule may make or lose a fen.
func (st *settler) closed() error {
	sum := st.result.Patient
	for i := range st.result.Payers {
		if p := &st.result.Payers[i]; p.Group == nil {
			sum += p.Amount
		}
	}
	if sum != st.result.Bill.Total() || st.result.Patient < 0 {
		return st.notClosed(sum)
	}
	return nil
}

func (st *settler) verdict() explain.Verdict {
	switch {
	case st.eligible == rule.NotMet:
		return explain.NotPayable
	case len(st.result.Missing) > 0 || !st.result.PatientKnown:
		return explain.DocumentsNeeded
	case own(st.result) > 0:
		return explain.Pays
	case st.barred && !st.able: // every payer of this pack has a gate of its own in the way
		return explain.NotPayable
	default:
		return explain.Covered
	}
}

func (st *settler) due() error {
	if st.rule.Due == nil || st.result.Verdict == explain.NotPayable {
		return nil
	}
	day, known, err := st.rule.Due.Day(st.in(st.rule.Due))
	if known {
		st.result.Due = &day
		st.ask(st.rule.Due.Refs)
	}
	return err
}

// set gives a name of the engine its value.
func (st *settler) set(name string, value ref.Val) { st.scope.Vars[name] = value }

func (st *settler) miss(names []string) { st.result.Missing = union(st.result.Missing, names) }

// ask notes the questions among the names that something stood on, those of named steps too.
func (st *settler) ask(names []string) {
	for _, name := range names {
		if id, ok := strings.CutPrefix(name, "question."); ok {
			if !slices.Contains(st.result.Questions, id) {
				st.result.Questions = append(st.result.Questions, id)
			}
		} else if step := st.named(name); step != nil {
			st.ask(step.Value.Refs)
		}
	}
}

func (st *settler) unmet(label fault.Text) {
	if !slices.Contains(st.result.Unmet, label) {
		st.result.Unmet = append(st.result.Unmet, label)
	}
}

// union appends the names a list does not hold yet.
func union(list, names []string) []string {
	for _, name := range names {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
