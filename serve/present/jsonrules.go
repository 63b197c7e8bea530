package present

import (
	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// DueView is what falls due in a period of payment.
type DueView struct {
	Period SpanView       `json:"period"`
	Amount money.Fen      `json:"amount"`
	Months []period.Month `json:"months"`
}

// InsteadView names the scheme that serves a case this one refuses.
type InsteadView struct {
	Scheme string `json:"scheme"`
	Reason Label  `json:"reason"`
}

// StackingView is how another benefit bears on this one.
type StackingView struct {
	Kind   string    `json:"kind"` // excludes, higher-of or tops-up
	Scheme string    `json:"scheme"`
	Name   Label     `json:"name"`
	Amount money.Fen `json:"amount"`
	Before money.Fen `json:"before"`
	Note   Label     `json:"note"`
}

// MembersView is an amount taken once for each member of a household.
type MembersView struct {
	Each  money.Fen `json:"each"`
	Count int64     `json:"count"`
}

// ExitView is a step of a gradual exit.
type ExitView struct {
	Last period.Month `json:"last"`
	Was  money.Fen    `json:"was"`
	Step int          `json:"step"`
	Rate *money.Rate  `json:"rate"`
}

// DecidedView is what a person decided.
type DecidedView struct {
	Amount money.Fen `json:"amount"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
}

// OutcomeView is one benefit.
type OutcomeView struct {
	ID         string        `json:"id"`
	Name       Label         `json:"name"`
	PublicName Label         `json:"public_name"`
	Clause     string        `json:"clause"`
	Kind       string        `json:"kind"`
	Verdict    string        `json:"verdict"`
	Status     Day           `json:"status"`
	Every      string        `json:"every"`
	Paid       string        `json:"paid"`
	Period     SpanView      `json:"period"`
	Amount     *money.Fen    `json:"amount"` // for one period; null when nothing is due or it is not known
	Detail     AmountView    `json:"detail"`
	Payment    *DueView      `json:"payment"`
	Starts     *Day          `json:"starts"`
	Ends       *Day          `json:"ends"`
	Conditions []ReasonView  `json:"conditions"`
	Missing    []MissingView `json:"missing"`
	Unmet      []Label       `json:"unmet"`
	Members    *MembersView  `json:"members"`
	Exit       *ExitView     `json:"exit"`
	Decided    *DecidedView  `json:"decided"`
	Bound      *money.Fen    `json:"bound"`
	Stacking   *StackingView `json:"stacking"`
	Instead    *InsteadView  `json:"instead"`
	Nearest    *NearestView  `json:"nearest"`
	Idle       bool          `json:"idle"`
	Note       Label         `json:"note"`
	Questions  []string      `json:"questions"`
	Counters   []CounterView `json:"counters"`
}

// DecisionView is every benefit for one person.
type DecisionView struct {
	Format      string         `json:"format"`
	Pack        PackView       `json:"pack"`
	Person      PersonView     `json:"person"`
	On          Day            `json:"on"`
	Benefits    []OutcomeView  `json:"benefits"`
	Transitions []ArrearsView  `json:"transitions"`
	Questions   []QuestionView `json:"questions"`
}

// ViewDecision is a decision for machines.
func ViewDecision(d *entitle.Decision, s *subject.Subject, dues []Due, back []*entitle.TransitionOutcome, o Options) DecisionView {
	t := teller{Options: o, basis: d.Basis}
	v := DecisionView{Format: "doudi.decision/1", Pack: t.packView(), Person: t.personView(s, d.On), On: d.On, Benefits: []OutcomeView{}, Transitions: []ArrearsView{},
		Questions: t.questionViews(questionsOf(dues, back))}
	for _, due := range dues {
		v.Benefits = append(v.Benefits, t.outcomeView(due))
	}
	for _, b := range back {
		v.Transitions = append(v.Transitions, ArrearsView{Rule: blockView(b.Transition.Block), BackView: backView(b)})
	}
	return v
}

func (t teller) outcomeView(due Due) OutcomeView {
	o, b := due.Outcome, due.Outcome.Benefit
	v := OutcomeView{ID: b.ID, Name: label(b.Name), PublicName: label(b.PublicName), Clause: blockView(b.Block).Clause, Kind: b.Form, Verdict: string(o.Verdict), Status: o.Status,
		Every: string(t.period(b.Every)), Paid: string(t.period(b.Paid)), Period: spanView(o.Period), Amount: known(o.Amount.Value, shows(o)), Detail: t.amountView(o.Amount),
		Starts: o.Starts, Ends: o.Ends, Conditions: t.reasonViews(o.Reasons), Missing: t.missingViews(o.Missing), Unmet: labels(o.Unmet), Bound: o.Bound, Idle: o.Idle,
		Note: label(o.Note), Questions: list(o.Questions), Counters: t.counterViews(o.Counters)}
	if p := due.Payment; p != nil {
		v.Payment = &DueView{Period: spanView(p.Period), Amount: p.Amount, Months: append([]period.Month{}, p.Months...)}
	}
	t.bearings(&v, o)
	return v
}

// bearings are the further things that bear on an outcome.
func (t teller) bearings(v *OutcomeView, o *entitle.Outcome) {
	if m := o.Members; m != nil {
		v.Members = &MembersView{Each: m.Each, Count: m.Count}
	}
	if x := o.Exit; x != nil {
		v.Exit = &ExitView{Last: x.Last, Was: x.Was, Step: x.Step}
		if x.Known {
			v.Exit.Rate = &x.Rate
		}
	}
	if d := o.Decided; d != nil {
		v.Decided = &DecidedView{Amount: d.Amount}
		if !t.HideSensitive { // what a person wrote down may say anything
			v.Decided.Reason, v.Decided.By = d.Reason, d.By
		}
	}
	if s := o.Stacking; s != nil {
		v.Stacking = &StackingView{Kind: s.Kind, Scheme: s.Scheme, Name: label(s.Name), Amount: s.Amount, Before: s.Before, Note: label(s.Note)}
	}
	if i := o.Instead; i != nil {
		v.Instead = &InsteadView{Scheme: i.Scheme, Reason: label(i.Reason)}
	}
	if n := o.Nearest; n != nil {
		v.Nearest = &NearestView{Unmet: labels(n.Unmet), Amount: known(n.Amount, n.Known)}
	}
}

// RuleView is what every view of one block begins with.
type RuleView struct {
	Format    string         `json:"format"`
	Pack      PackView       `json:"pack"`
	Person    PersonView     `json:"person"`
	On        Day            `json:"on"`
	Rule      BlockView      `json:"rule"`
	Missing   []MissingView  `json:"missing"`
	Questions []QuestionView `json:"questions"`
}

func (t teller) ruleView(kind string, b *policy.Block, s *subject.Subject, on period.Day, missing, questions []string) RuleView {
	return RuleView{Format: "doudi." + kind + "/1", Pack: t.packView(), Person: t.personView(s, on), On: on, Rule: blockView(b), Missing: t.missingViews(missing), Questions: t.questionViews(questions)}
}

// BenefitView is one benefit on its own.
type BenefitView struct {
	RuleView
	Benefit OutcomeView `json:"benefit"`
}

// ViewBenefit is one benefit for machines.
func ViewBenefit(due Due, s *subject.Subject, o Options) BenefitView {
	t := teller{Options: o, basis: due.Outcome.Basis}
	return BenefitView{RuleView: t.ruleView("benefit", due.Outcome.Benefit.Block, s, due.Outcome.On, due.Outcome.Missing, due.Outcome.Questions), Benefit: t.outcomeView(due)}
}

// ViewOutcome is what came of one benefit for machines, where the person and the pack are known already.
func ViewOutcome(due Due, o Options) OutcomeView {
	return teller{Options: o, basis: due.Outcome.Basis}.outcomeView(due)
}

// ObligationView is one act that is owed.
type ObligationView struct {
	ID     string   `json:"id"`
	Label  Label    `json:"label"`
	Who    string   `json:"who"`
	Every  string   `json:"every"`
	Times  int64    `json:"times"`
	Window SpanView `json:"window"`
	Done   int64    `json:"done"`
	Last   *Day     `json:"last"`
	Due    *Day     `json:"due"`
	Met    bool     `json:"met"`
}

// ServiceView is what somebody is owed.
type ServiceView struct {
	RuleView
	Verdict     string           `json:"verdict"`
	Conditions  []ReasonView     `json:"conditions"`
	Unmet       []Label          `json:"unmet"`
	Obligations []ObligationView `json:"obligations"`
	Pays        *AmountView      `json:"pays"`
}

// ViewService is a service for machines.
func ViewService(r *entitle.ServiceOutcome, s *subject.Subject, o Options) ServiceView {
	t := teller{Options: o, basis: r.Basis}
	v := ServiceView{RuleView: t.ruleView("service", r.Service.Block, s, r.On, r.Missing, r.Questions), Verdict: string(r.Verdict), Conditions: t.reasonViews(r.Reasons),
		Unmet: labels(r.Unmet), Obligations: []ObligationView{}}
	for _, ob := range r.Obligations {
		view := ObligationView{ID: ob.Obligation.ID, Label: label(ob.Obligation.Label), Who: ob.Obligation.Who, Every: string(ob.Obligation.Every), Times: ob.Obligation.Count, Done: ob.Done, Last: ob.Last, Met: ob.Met}
		if ob.Known {
			view.Window, view.Due = spanView(ob.Window), ob.Due
		}
		v.Obligations = append(v.Obligations, view)
	}
	if r.Pays != nil {
		pays := t.amountView(*r.Pays)
		v.Pays = &pays
	}
	return v
}

// DocumentView is one paper of a procedure.
type DocumentView struct {
	Name     Label  `json:"name"`
	Copies   int64  `json:"copies"`
	Original string `json:"original"` // kept, shown or none
	Needed   string `json:"needed"`   // met, not-met or unknown
}

// StepView is one act of a procedure.
type StepView struct {
	ID         string `json:"id"`
	Act        Label  `json:"act"`
	Office     string `json:"office"`
	Applies    string `json:"applies"` // met, not-met or unknown, like the next two
	Skipped    string `json:"skipped"`
	Simplified string `json:"simplified"`
	From       *Day   `json:"from"`
	Due        *Day   `json:"due"`
	Done       *Day   `json:"done"`
	Late       bool   `json:"late"`
}

// ProcedureView is an application's way.
type ProcedureView struct {
	RuleView
	Documents []DocumentView `json:"documents"`
	Steps     []StepView     `json:"steps"`
}

// ViewProcedure is a procedure for machines.
func ViewProcedure(r *entitle.ProcedureOutcome, s *subject.Subject, o Options) ProcedureView {
	t := teller{Options: o, basis: r.Basis}
	v := ProcedureView{RuleView: t.ruleView("procedure", r.Procedure.Block, s, r.On, r.Missing, r.Questions), Documents: []DocumentView{}, Steps: []StepView{}}
	for _, d := range r.Documents {
		v.Documents = append(v.Documents, DocumentView{Name: label(d.Document.Name), Copies: d.Document.Copies, Original: d.Document.Original, Needed: d.Needed.String()})
	}
	for _, step := range r.Steps {
		v.Steps = append(v.Steps, StepView{ID: step.Step.ID, Act: label(step.Step.Act), Office: step.Step.Office, Applies: step.Applies.String(), Skipped: step.Skipped.String(),
			Simplified: step.Simplified.String(), From: step.From, Due: step.Due, Done: step.Done, Late: step.Late})
	}
	return v
}

// ScreenView is a finding.
type ScreenView struct {
	RuleView
	Verdict    string       `json:"verdict"`
	Finding    string       `json:"finding"` // yes, no, unknown, or "" when it does not concern the person
	Label      Label        `json:"label"`
	Action     Label        `json:"action"`
	Office     string       `json:"office"`
	Due        *Day         `json:"due"`
	Conditions []ReasonView `json:"conditions"`
	Unmet      []Label      `json:"unmet"`
}

// ViewScreen is a finding for machines.
func ViewScreen(r *entitle.Finding, s *subject.Subject, o Options) ScreenView {
	t := teller{Options: o, basis: r.Basis}
	v := ScreenView{RuleView: t.ruleView("screen", r.Screen.Block, s, r.On, r.Missing, r.Questions), Verdict: string(r.Verdict), Label: label(r.Screen.Found), Action: label(r.Screen.Action),
		Office: r.Screen.Office, Due: r.Due, Conditions: t.reasonViews(r.Reasons), Unmet: labels(r.Unmet)}
	if r.Verdict != "not-concerned" {
		v.Finding = map[rule.Truth]string{rule.Met: "yes", rule.NotMet: "no", rule.Unknown: "unknown"}[r.Found]
	}
	return v
}

// DutyView is where an office stands.
type DutyView struct {
	RuleView
	Kind     string   `json:"kind"`
	Who      []string `json:"who"`
	To       []string `json:"to"`
	Content  Label    `json:"content"`
	Due      *Day     `json:"due"`
	Rolled   bool     `json:"rolled"` // moved from a day off
	Value    any      `json:"value"`
	Target   any      `json:"target"`
	TargetBy *Day     `json:"target_by"`
	Met      string   `json:"met"` // met, not-met or unknown; "" without an indicator
}

// ViewDuty is a duty for machines.
func ViewDuty(r *entitle.DutyOutcome, s *subject.Subject, o Options) DutyView {
	t := teller{Options: o, basis: r.Basis}
	v := DutyView{RuleView: t.ruleView("duty", r.Duty.Block, s, r.On, r.Missing, nil), Kind: r.Duty.Form, Who: list(r.Duty.Who), To: list(r.Duty.To), Content: label(r.Duty.Content),
		Due: r.Due, Rolled: r.Rolled, TargetBy: r.TargetBy}
	if r.Value != nil {
		v.Value = Native(r.Value)
	}
	if r.Target != nil {
		v.Target = Native(r.Target)
	}
	if r.Duty.Indicator != nil {
		v.Met = r.Met.String()
	}
	return v
}

// BackPayView is what one benefit leaves for the time before.
type BackPayView struct {
	Benefit string         `json:"benefit"`
	Name    Label          `json:"name"`
	Months  []period.Month `json:"months"`
	Amount  money.Fen      `json:"amount"`
}

// BackView is what a change of policy leaves for the time before.
type BackView struct {
	Applies  string        `json:"applies"` // met, not-met or unknown
	Span     *SpanView     `json:"span"`
	Benefits []BackPayView `json:"benefits"`
	Amount   money.Fen     `json:"amount"`
	Covered  string        `json:"covered"` // of a bill: met, not-met or unknown; "" when it speaks of none
	Due      *Day          `json:"due"`
}

// ArrearsView is a transition among the results of a decision.
type ArrearsView struct {
	Rule BlockView `json:"rule"`
	BackView
}

// TransitionView is a transition on its own.
type TransitionView struct {
	RuleView
	BackView
}

// ViewTransition is a transition for machines.
func ViewTransition(r *entitle.TransitionOutcome, s *subject.Subject, o Options) TransitionView {
	t := teller{Options: o, basis: r.Basis}
	return TransitionView{RuleView: t.ruleView("transition", r.Transition.Block, s, r.On, r.Missing, r.Questions), BackView: backView(r)}
}

// ViewBack is what a transition leaves for the time before, for machines.
func ViewBack(r *entitle.TransitionOutcome) BackView { return backView(r) }

func backView(r *entitle.TransitionOutcome) BackView {
	v := BackView{Applies: r.Applies.String(), Benefits: []BackPayView{}, Amount: r.Amount, Due: r.Due}
	if r.Span != nil {
		span := spanView(*r.Span)
		v.Span = &span
	}
	for _, b := range r.Benefits {
		view := BackPayView{Benefit: b.Benefit.ID, Name: label(b.Benefit.Name), Months: []period.Month{}, Amount: b.Amount}
		for _, m := range b.Months {
			view.Months = append(view.Months, m.Month)
		}
		v.Benefits = append(v.Benefits, view)
	}
	if len(r.Transition.Settlements) > 0 {
		v.Covered = r.Covered.String()
	}
	return v
}
