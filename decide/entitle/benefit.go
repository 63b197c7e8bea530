package entitle

import (
	"cel.dev/cel-go/common/types"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Decide decides every benefit of the pack for a subject on a day, stacking resolved; benefits of providers and areas only
// for a subject that is one. Besides what evaluating can raise,
// the codes are "pack.out-of-force", "pack.not-adopted", "entitle.decision-over-bound", "entitle.negative-amount" and
// "entitle.counter-over-cap".
func Decide(b *policy.Basis, s *subject.Subject, on period.Day) (*Decision, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	m := &matter{basis: b, subject: s, on: on, explain: true}
	d := &Decision{Basis: b, On: on}
	for _, x := range b.Pack.Benefits {
		if !about(x.For, s) {
			continue
		}
		out, err := m.final(x)
		if err != nil {
			return nil, err
		}
		d.Outcomes = append(d.Outcomes, out)
	}
	return d, nil
}

// about tells whether a benefit of a provider or an area can concern a subject: a person's page is about the person.
func about(group string, s *subject.Subject) bool {
	if group != "provider" && group != "area" {
		return true
	}
	for name := range s.Facts {
		if strings.HasPrefix(name, group+".") {
			return true
		}
	}
	return false
}

// One decides one benefit; others of the pack are looked at where they bear on it. Codes as for [Decide].
func One(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (*Outcome, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	return (&matter{basis: b, subject: s, on: on, explain: true}).final(x)
}

// Quick is the verdict of [One] and what [Outcome.Due] says of it, without an explanation and with few allocations.
func Quick(b *policy.Basis, s *subject.Subject, x *policy.Benefit, on period.Day) (explain.Verdict, money.Fen, error) {
	if err := b.InForce(on); err != nil {
		return "", 0, err
	}
	m := matter{basis: b, subject: s, on: on}
	if m.alone(x) {
		var out Outcome
		r := rulings.Get().(*ruling)
		defer rulings.Put(r)
		r.begin(b, s, x.Block, on)
		err := m.single(r, x, &out)
		return out.Verdict, out.Due(), err
	}
	out, err := m.final(x)
	if err != nil {
		return "", 0, err
	}
	return out.Verdict, out.Due(), nil
}

// paying tells whether a verdict gives something.
func paying(v explain.Verdict) bool {
	return v == explain.Pays || v == explain.Covered || v == explain.ReviewDue
}

// Due is what the outcome gives for its Period in money: nothing unless the verdict gives something and the amount is known.
func (o *Outcome) Due() money.Fen {
	if !paying(o.Verdict) || !o.Amount.Known {
		return 0
	}
	return o.Amount.Value
}

// matter is one subject on one day; benefits that bear on one another are decided once in it.
type matter struct {
	basis   *policy.Basis
	subject *subject.Subject
	on      period.Day
	explain bool

	selecting bool        // a quota is decided by its selection
	status    *period.Day // when facts are read, in place of what the rule says
	waived    []string    // benefits whose starts does not count, because arrears are paid for the time before

	plainly, admitted, finally map[*policy.Benefit]*Outcome
	open                       map[*policy.Benefit]bool // being decided right now
}

// decide is a benefit by itself, as if there were no others.
func (m *matter) decide(r *ruling, x *policy.Benefit, out *Outcome) error {
	r.explain, r.own = m.explain, x.Accumulate
	out.Basis, out.Benefit, out.On, out.Status = m.basis, x, m.on, m.on
	r.every = periodOf(m.basis, x.Every)
	r.round(x.Rounding.Fixed)
	if x.Rounding.Question != "" {
		r.round(m.basis.Rounding(x.Rounding))
	}
	err := m.entitle(r, x, out)
	if m.explain {
		m.finish(r, x, out)
	}
	return err
}

// periodOf resolves a period that a question may decide.
func periodOf(b *policy.Basis, p policy.PeriodRule) policy.Period {
	if p.Question == "" {
		return p.Fixed
	}
	word, _ := b.Reading(p.Question).(types.String)
	return policy.Period(word)
}

// entitle asks about, the conditions and instead; what passes is paid.
func (m *matter) entitle(r *ruling, x *policy.Benefit, out *Outcome) error {
	statusMissing, err := m.readOn(r, x, out)
	if err != nil {
		return err
	}
	about, err := m.about(r, x, out)
	if err != nil || about == rule.NotMet {
		out.Verdict = explain.NotConcerned
		return err
	}
	out.Missing = join(out.Missing, statusMissing...)
	all, err := m.conditions(r, x, out)
	if err != nil {
		return err
	}
	switch {
	case statusMissing != nil: // read on another day the facts might be others
		return m.incomplete(r, x, out)
	case all == rule.NotMet:
		return m.refuse(r, x, out)
	case about == rule.Unknown:
		return m.incomplete(r, x, out)
	}
	served, err := m.instead(r, x, out)
	switch {
	case err != nil:
		return err
	case served == rule.Met:
		out.Verdict, out.Missing = explain.NotPayable, nil
		return nil
	case all == rule.Unknown || served == rule.Unknown:
		return m.incomplete(r, x, out)
	}
	return m.pay(r, x, out)
}

// readOn sets the day on which facts are read.
func (m *matter) readOn(r *ruling, x *policy.Benefit, out *Outcome) (missing []string, err error) {
	switch {
	case m.status != nil:
		out.Status = *m.status
	case x.StatusOn.MonthStart:
		out.Status = m.on.Month().First()
	case x.StatusOn.MonthEnd:
		out.Status = m.on.Month().Last()
	case x.StatusOn.Day != nil:
		day, missing, err := r.day(x.StatusOn.Day)
		if err != nil || day == nil {
			return missing, err
		}
		out.Status = *day
	}
	r.scope.Day = out.Status
	return nil, nil
}

// about asks whether the benefit concerns the subject.
func (m *matter) about(r *ruling, x *policy.Benefit, out *Outcome) (rule.Truth, error) {
	if x.About == nil {
		return rule.Met, nil
	}
	if !m.explain {
		return r.answerQuickly(x.About)
	}
	reason, err := r.answer(policy.Condition{Label: noteAbout, Test: x.About}, nil)
	out.About, out.Missing = &reason, join(out.Missing, reason.Missing...)
	return reason.Truth, err
}

func (m *matter) conditions(r *ruling, x *policy.Benefit, out *Outcome) (rule.Truth, error) {
	if !m.explain {
		return r.quickly(x)
	}
	reasons, all, err := r.conditions(x.When)
	out.Reasons, out.Unmet = reasons, unmet(reasons)
	if all != rule.NotMet {
		out.Missing = join(out.Missing, explain.Missing(reasons)...)
	}
	return all, err
}

// instead tells whether another scheme serves the case.
func (m *matter) instead(r *ruling, x *policy.Benefit, out *Outcome) (rule.Truth, error) {
	if x.Instead == nil {
		return rule.NotMet, nil
	}
	served, missing, err := r.truth(x.Instead.When)
	if err == nil && served == rule.Met {
		out.Instead, out.Note = x.Instead, x.Instead.Reason
	}
	out.Missing = join(out.Missing, missing...)
	return served, err
}

// refuse is the outcome of a condition that is not met, unless a gradual exit still pays.
func (m *matter) refuse(r *ruling, x *policy.Benefit, out *Outcome) error {
	out.Verdict, out.Missing = explain.NotPayable, nil
	if x.Exit != nil {
		if err := m.exit(r, x, out); err != nil || out.Verdict != explain.NotPayable {
			return err
		}
	}
	if !m.explain {
		return nil
	}
	if _, err := m.instead(r, x, out); err != nil {
		out.Instead = nil // it would only have been named beside the refusal
	}
	out.Missing = nil
	if x.Amount != nil {
		out.Nearest = nearest(r, x, out.Unmet)
	}
	return nil
}

// nearest is what would be due if only the given conditions were met. An amount that cannot be computed is not known.
func nearest(r *ruling, x *policy.Benefit, stands []fault.Text) *Nearest {
	amount, _, err := r.valued(x)
	if err != nil {
		return &Nearest{Unmet: stands}
	}
	return &Nearest{Unmet: stands, Amount: amount.Value, Known: amount.Known}
}

// incomplete asks for everything that is missing at once, for the amount too.
func (m *matter) incomplete(r *ruling, x *policy.Benefit, out *Outcome) error {
	out.Verdict = explain.DocumentsNeeded
	if !m.explain || x.Amount == nil {
		return nil
	}
	amount, _, err := r.valued(x)
	if err != nil {
		return nil // the conditions come first; the amount is asked again once they are known
	}
	out.Missing = join(out.Missing, amount.Missing...)
	out.Nearest = &Nearest{Amount: amount.Value, Known: amount.Known}
	return nil
}

// exit pays a step of the gradual exit: of what was paid until the last month, the rate of as many months after it.
func (m *matter) exit(r *ruling, x *policy.Benefit, out *Outcome) error {
	last := m.lastBefore(x.ID)
	if last == nil {
		return nil
	}
	applies, missing, err := r.truth(x.Exit.When)
	if err != nil || applies == rule.NotMet {
		return err
	}
	out.Exit = &Exit{Last: last.To, Was: last.Amount, Step: int(m.on.Month() - last.To)}
	schedule, err := r.eval(x.Exit.Schedule)
	if err != nil {
		return err
	}
	rates, known := schedule.(rule.Rates)
	if applies == rule.Unknown || !known {
		out.Verdict, out.Missing = explain.DocumentsNeeded, join(missing, rule.Missing(schedule)...)
		return nil
	}
	return m.exitStep(x, out, rates)
}

func (m *matter) exitStep(x *policy.Benefit, out *Outcome, rates rule.Rates) error {
	e := out.Exit
	e.Known = true
	if e.Step > len(rates) || rates[e.Step-1] == 0 {
		out.Note = noteExitOver
		return nil
	}
	e.Rate = rates[e.Step-1]
	rounding := m.basis.Rounding(x.Rounding)
	due, err := money.Share(e.Was, e.Rate, rounding)
	if err != nil {
		return err
	}
	out.Verdict, out.Note = explain.Pays, noteExit(e.Step, e.Rate, e.Last)
	out.Amount = given(due)
	out.Amount.Rounding = &rounding
	return nil
}

// given is an amount that no formula of the rule led to.
func given(amount money.Fen) explain.Amount {
	return explain.Amount{Value: amount, Known: true, Figure: rule.Figure{Value: rule.Money(amount)}}
}

// lastBefore is the latest determination of a scheme that ended before the month; nil when there is none or it still runs.
func (m *matter) lastBefore(scheme string) *subject.Determination {
	var last *subject.Determination
	for i := range m.subject.History.Determinations {
		d := &m.subject.History.Determinations[i]
		if sameScheme(m.basis.Pack.ID, d.Scheme, scheme) && (last == nil || d.To > last.To) {
			last = d
		}
	}
	if last == nil || last.To >= m.on.Month() {
		return nil
	}
	return last
}

// finish adds to the explanation what did not bear on the verdict.
func (m *matter) finish(r *ruling, x *policy.Benefit, out *Outcome) {
	if out.Starts == nil && out.Ends == nil && out.Verdict != explain.NotConcerned {
		if err := m.dates(r, x, out); err != nil {
			out.Starts, out.Ends = nil, nil // where the dates decide, their error has been returned
		}
	}
	out.Period = r.span()
	out.Questions = r.questions(out.About, out.Reasons, out.Amount.Uses)
	for _, id := range []string{x.Every.Question, x.Paid.Question} {
		if id != "" {
			out.Questions = join(out.Questions, id)
		}
	}
	if out.Amount.Rounding != nil && x.Rounding.Question != "" {
		out.Questions = join(out.Questions, x.Rounding.Question)
	}
}
