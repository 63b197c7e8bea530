// Package entitle decides everything but the division of bills: benefits with their stacking, quotas and exits, services,
// procedures, screens, duties and transitions. Every function is pure: the basis, the subject and the day decide alone.
package entitle

import (
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

// Decision is every benefit of a pack for one subject on one day, in written order and with stacking resolved.
type Decision struct {
	Basis    *policy.Basis
	On       period.Day
	Outcomes []*Outcome
}

// Outcome is one benefit for one subject on one day.
type Outcome struct {
	Basis   *policy.Basis
	Benefit *policy.Benefit
	Verdict explain.Verdict
	On      period.Day
	Status  period.Day  // when facts were read; On when the day is not known
	Period  period.Span // the one payment stands for (every), holding On; for once and event all time

	// Amount is what is due for one Period. Its Value is final; its Figure is the rule's own formula, before what
	// Members, Exit, Decided, Stacking and Idle did to it.
	Amount   explain.Amount
	Members  *Members          // the amount was taken for each member of the household
	Exit     *Exit             // it is a step of a gradual exit
	Decided  *subject.Decision // a person decided it
	Stacking *Stacking         // another benefit lowered it or took its place
	Idle     bool              // On lies in a month that does not count: nothing this month, the verdict stands

	About        *explain.Reason // whether it concerns the subject at all; nil when it concerns everybody
	Starts, Ends *period.Day     // nil when the rule has none or it is not fixed yet
	Reasons      []explain.Reason
	Missing      []string     // names of facts that would answer it, once each
	Unmet        []fault.Text // labels of the conditions that are not met
	Instead      *policy.Instead
	Nearest      *Nearest
	Bound        *money.Fen // the most a person may decide
	Questions    []string   // ids of the questions the result stood on
	Note         fault.Text // why a verdict is what it is where no condition says so
	Counters     []counter.Movement
}

// Members is an amount taken once for each member of a household.
type Members struct {
	Each  money.Fen
	Count int64
}

// Exit is a step of a gradual exit: the Step-th month after the last paid one.
type Exit struct {
	Last  period.Month
	Was   money.Fen // a month, until Last
	Step  int       // from 1
	Rate  money.Rate
	Known bool // the schedule is known
}

// Stacking is how another benefit bears on this one.
type Stacking struct {
	Kind   string // excludes, higher-of or tops-up
	Scheme string // id of the other one; pack/id when it belongs to another pack
	Name   fault.Text
	Amount money.Fen // of the other one
	Before money.Fen // of this one, had the other not been
	Note   fault.Text
}

// Nearest says what stands between a subject and an amount: the conditions that are not met, and what would be due if
// they were.
type Nearest struct {
	Unmet  []fault.Text
	Amount money.Fen
	Known  bool // the amount could be computed
}

// MonthAmount is a benefit's outcome for one month, quarter or other period of its rule.
type MonthAmount struct {
	Month   period.Month // the period's first
	Period  period.Span
	On      period.Day // the day it was decided for
	Verdict explain.Verdict
	Amount  money.Fen
	Known   bool // the amount is known; false when documents are needed
}

// Payment is what falls due in one period of payment (paid).
type Payment struct {
	Period period.Span
	Amount money.Fen
	Months []period.Month // that pay
}

// Selection is a quota decided over a roster.
type Selection struct {
	Basis      *policy.Basis
	Benefit    *policy.Benefit
	On         period.Day
	Share      money.Rate
	Rounding   money.Mode
	Eligible   int64 // how many of the roster meet the conditions
	Places     int64 // share × eligible, rounded
	Known      bool  // every condition, rank and the share are known, so the selection stands
	Missing    []string
	Candidates []Candidate // in the roster's order
}

// Candidate is one of a roster.
type Candidate struct {
	Subject  *subject.Subject
	Outcome  *Outcome // Pays, NotSelected, or why the conditions are not met
	Eligible bool
	Selected bool
	Position int   // among the eligible, from 1; 0 when not eligible or not known
	Rank     int64 // smallest first
	Ties     int64
}

// ServiceOutcome is what one subject is owed.
type ServiceOutcome struct {
	Basis       *policy.Basis
	Service     *policy.Service
	Verdict     explain.Verdict // Covered (it is owed), NotPayable, NotConcerned or DocumentsNeeded
	On          period.Day
	Reasons     []explain.Reason
	Missing     []string
	Unmet       []fault.Text
	Obligations []ObligationState // none unless Covered
	Pays        *explain.Amount   // nil when the provider is paid nothing for it
	Period      period.Span       // that Pays stands for
	Questions   []string
}

// ObligationState is one act that is owed every so often.
type ObligationState struct {
	Obligation *policy.Obligation
	Window     period.Span // holding the asked day; ending on it when Rolling
	Rolling    bool
	Known      bool // whether the window is calendar or rolling is known
	Missing    []string
	Done       int64       // in the window
	Last       *period.Day // the last time it was done, up to the asked day
	Due        *period.Day // when the next one must have been done; nil when nothing more is due
	Met        bool        // as often as owed
}

// ProcedureOutcome is an application's way for one subject.
type ProcedureOutcome struct {
	Basis     *policy.Basis
	Procedure *policy.Procedure
	On        period.Day
	Documents []DocumentState // every document; those not needed too
	Steps     []StepState     // every step, in written order
	Missing   []string
	Questions []string
}

// Needed are the documents to bring; those of which it is not known whether they are needed are left out.
func (p *ProcedureOutcome) Needed() []DocumentState {
	var needed []DocumentState
	for _, d := range p.Documents {
		if d.Needed == rule.Met {
			needed = append(needed, d)
		}
	}
	return needed
}

// Copies is how many papers the needed documents come to.
func (p *ProcedureOutcome) Copies() int64 {
	copies := int64(0)
	for _, d := range p.Needed() {
		copies += d.Document.Copies
	}
	return copies
}

// Taken are the steps to be taken as far as known.
func (p *ProcedureOutcome) Taken() []StepState {
	var taken []StepState
	for _, s := range p.Steps {
		if s.Taken() {
			taken = append(taken, s)
		}
	}
	return taken
}

// DocumentState is one paper.
type DocumentState struct {
	Document *policy.Document
	Needed   rule.Truth
	Missing  []string
}

// StepState is one act of a procedure.
type StepState struct {
	Step       *policy.Step
	Applies    rule.Truth // its when; NotMet is not part of this procedure
	Skipped    rule.Truth
	Simplified rule.Truth
	From       *period.Day // the day its deadline runs from
	Due        *period.Day
	Done       *period.Day
	Late       bool // done after it was due, or not done by the asked day
	Missing    []string
}

// Taken tells whether the step has to be taken as far as known.
func (s StepState) Taken() bool { return s.Applies != rule.NotMet && s.Skipped != rule.Met }

// Finding is the result of a screen for one subject.
type Finding struct {
	Basis     *policy.Basis
	Screen    *policy.Screen
	Verdict   explain.Verdict // Covered, DocumentsNeeded or NotConcerned
	Found     rule.Truth      // meaningful when not NotConcerned
	On        period.Day
	Due       *period.Day
	Reasons   []explain.Reason // of the when, then the finding itself
	Missing   []string
	Unmet     []fault.Text
	Questions []string
}

// DutyOutcome is where an office stands with what it owes.
type DutyOutcome struct {
	Basis     *policy.Basis
	Duty      *policy.Duty
	On        period.Day
	Due       *period.Day // the next one on or after On; of a duty due once its day; else that of the target; nil when there is none
	Rolled    bool        // moved from a day off
	Value     ref.Val     // of the indicator, rate or int; nil when not known
	Figure    *rule.Figure
	Target    ref.Val // in force on On; nil when none or not known
	TargetBy  *period.Day
	Met       rule.Truth // Unknown when there is no indicator or something is missing
	Missing   []string
	Questions []string
}

// TransitionOutcome is what a change of policy means for the time before, for one subject.
type TransitionOutcome struct {
	Basis      *policy.Basis
	Transition *policy.Transition
	On         period.Day
	Applies    rule.Truth
	Span       *period.Span // nil when an end is not known
	Benefits   []BackPay
	Amount     money.Fen  // of all benefits
	Covered    rule.Truth // of settlements: the visit lies in Span
	Due        *period.Day
	Missing    []string
	Questions  []string
}

// BackPay is one benefit of a transition.
type BackPay struct {
	Benefit *policy.Benefit
	Months  []MonthAmount // those that pay
	Amount  money.Fen
}
