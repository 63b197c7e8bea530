package entitle

import (
	"cel.dev/cel-go/common/types"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/period"
)

// Steps is an application's way for a subject: the papers it needs, and for each step whether it is taken and by when.
// A step without a deadline has no due day, and those counted from it have none before it is done. Codes: those of
// [policy.Basis.InForce], "entitle.deadline", "calendar.year-missing".
func Steps(b *policy.Basis, s *subject.Subject, x *policy.Procedure, on period.Day) (*ProcedureOutcome, error) {
	if err := b.InForce(on); err != nil {
		return nil, err
	}
	out := &ProcedureOutcome{Basis: b, Procedure: x, On: on}
	w := &way{ruling: newRuling(b, s, x.Block, on), out: out, reached: map[string]*period.Day{}}
	if err := w.start(); err != nil {
		return nil, err
	}
	if err := w.documents(); err != nil {
		return nil, err
	}
	for i := range x.Steps {
		if err := w.step(&x.Steps[i]); err != nil {
			return nil, err
		}
	}
	out.Questions = w.questions(nil, nil, nil)
	return out, nil
}

// way is a procedure being walked.
type way struct {
	*ruling
	out     *ProcedureOutcome
	reached map[string]*period.Day // by step: the day it was or must be done; nil when not known
	before  *period.Day            // of the step before
}

// start is the day stated, or else the one the procedure says it begins on.
func (w *way) start() (err error) {
	start := &w.subject.Procedure.Start
	if !w.subject.Procedure.Started {
		if start, w.out.Missing, err = w.day(w.out.Procedure.Begins); err != nil {
			return err
		}
	}
	w.reached["start"], w.before = start, start
	return nil
}

func (w *way) documents() error {
	for i := range w.out.Procedure.Documents {
		d := &w.out.Procedure.Documents[i]
		needed, missing, err := w.truth(d.When)
		if err != nil {
			return err
		}
		w.out.Documents = append(w.out.Documents, DocumentState{Document: d, Needed: needed, Missing: missing})
		w.out.Missing = join(w.out.Missing, missing...)
	}
	return nil
}

func (w *way) step(x *policy.Step) error {
	state := StepState{Step: x}
	if err := w.ways(&state); err != nil {
		return err
	}
	if day, done := w.subject.Procedure.Done[x.ID]; done {
		state.Done = &day
	}
	if state.From = w.before; x.From != "" {
		state.From = w.reached[x.From]
	}
	if err := w.due(&state); err != nil {
		return err
	}
	w.pass(&state)
	w.out.Steps = append(w.out.Steps, state)
	w.out.Missing = join(w.out.Missing, state.Missing...)
	return nil
}

// ways asks whether a step is taken at all, left out, or taken in short.
func (w *way) ways(state *StepState) (err error) {
	var missing []string
	if state.Applies, state.Missing, err = w.truth(state.Step.When); err != nil {
		return err
	}
	state.Skipped, state.Simplified = rule.NotMet, rule.NotMet
	if state.Step.Skipped != nil {
		if state.Skipped, missing, err = w.truth(state.Step.Skipped); err != nil {
			return err
		}
		state.Missing = join(state.Missing, missing...)
	}
	if state.Step.Simplified != nil {
		if state.Simplified, missing, err = w.truth(state.Step.Simplified); err != nil {
			return err
		}
		state.Missing = join(state.Missing, missing...)
	}
	return nil
}

func (w *way) due(state *StepState) error {
	if state.From == nil || state.Step.Within == nil || !state.Taken() {
		return nil
	}
	due, missing, err := w.deadline(state.Step.Within, *state.From)
	if err != nil {
		return err
	}
	state.Due, state.Missing = due, join(state.Missing, missing...)
	switch {
	case due == nil:
	case state.Done != nil:
		state.Late = *state.Done > *due
	default:
		state.Late = w.on > *due
	}
	return nil
}

// pass remembers where the next step counts from. A step that is not taken takes no time.
func (w *way) pass(state *StepState) {
	reached := state.Due
	if state.Done != nil {
		reached = state.Done
	}
	if state.Done == nil && !state.Taken() {
		reached = state.From
	}
	w.reached[state.Step.ID], w.before = reached, reached
}

// deadline is the last day of a deadline that runs from a day, that day not counted; nil with what is missing for it.
func (r *ruling) deadline(d *policy.Deadline, from period.Day) (*period.Day, []string, error) {
	count := int64(d.Fixed)
	if d.Count != nil {
		value, err := r.eval(d.Count)
		if err != nil {
			return nil, nil, err
		}
		number, known := value.(types.Int)
		if !known {
			return nil, rule.Missing(value), nil
		}
		count = int64(number)
	}
	if count < 0 || count > 10_000 {
		return nil, nil, tooLong(r.block, count)
	}
	roll, missing, err := r.rolls(d.Roll)
	if err != nil || missing != nil {
		return nil, missing, err
	}
	end, err := r.count(d.Unit, from, int(count), roll)
	return &end, nil, err
}

// rolls tells whether an end on a day off moves to the next working day; no expression is no.
func (r *ruling) rolls(x *rule.Expression) (bool, []string, error) {
	if x == nil {
		return false, nil, nil
	}
	truth, missing, err := r.truth(x)
	return truth == rule.Met, missing, err
}

func (r *ruling) count(unit string, from period.Day, count int, roll bool) (period.Day, error) {
	calendar := r.basis.Pack.Calendar
	switch unit {
	case "working-days":
		return calendar.AddWorking(from, count)
	case "months":
		return calendar.Natural(from.AddMonths(count), 0, roll)
	default:
		return calendar.Natural(from, count, roll)
	}
}
