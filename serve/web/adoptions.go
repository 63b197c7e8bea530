package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/job"
	"doudi/record/store"
	"doudi/serve/present"
)

// adoptionsPage are the adoptions of a pack and of the others of its series, the newest first.
type adoptionsPage struct {
	packHead
	All []adopted
}

func (v *view) packAdoptions() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	var page adoptionsPage
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		page = adoptionsPage{}
		if page.packHead, err = v.packHead(tx, p, "adoptions"); err != nil {
			return err
		}
		places, err := v.places(tx)
		if err != nil {
			return err
		}
		records, err := adoption.Of(tx, seriesOf(p))
		for _, r := range slices.Backward(records) {
			page.All = append(page.All, adopted{r, v.placeName(places, r.Division), v.standing(r) && r.Span.Contains(v.today())})
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("采用", "Adoptions"), adoptionsPageOf(v, page))
}

// standing tells whether an adoption has been approved and has days.
func (v *view) standing(r adoption.Record) bool {
	return (r.State == adoption.Approved || r.State == adoption.Withdrawn) && !r.Span.Empty()
}

// adoptionPage is one adoption: what it says, what it changes, and what became of it.
type adoptionPage struct {
	adopted
	Pack    *policy.Pack // nil when this program does not have it
	Key     string
	Choices []string // what differs from the pack
	Effect  *effect  // of one that is not approved yet
	Job     *job.Job // the newest simulation of it; nil for none
	Result  *present.SimulationView
	Open    *adoption.Decision
	Last    field // to end it
	Reason  field
	Problem error
}

func (v *view) adoption() error { return v.showAdoption(http.StatusOK, nil) }

func (v *view) showAdoption(status int, problem error) error {
	p := adoptionPage{Key: newKey(), Problem: problem}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		r, err := v.adoptionAt(tx)
		if err != nil {
			return err
		}
		places, err := v.places(tx)
		if err != nil {
			return err
		}
		p.adopted = adopted{r, v.placeName(places, r.Division), v.standing(r) && r.Span.Contains(v.today())}
		if d, waits := undecided(r); waits {
			p.Open = &d
		}
		return v.fillAdoption(tx, &p)
	})
	if err != nil {
		return err
	}
	p.Last = field{Name: "last", Label: v.say("最后施行日", "Last day in force"), Need: true, Value: v.typedOr("last", v.today().Month().Last().String())}
	p.Reason = field{Name: "reason", Label: v.say("终止理由", "Why it ends"), Need: true, Value: v.typed("reason")}
	return v.show(status, v.say("采用", "Adoption"), adoptionPageOf(v, p))
}

// adoptionAt is the adoption of the address.
func (v *view) adoptionAt(tx *store.Tx) (adoption.Record, error) {
	r, err := adoption.Get(tx, v.r.PathValue("adoption"))
	if fault.KindOf(err) == fault.NotFound {
		return r, refuse(fault.NotFound, "adoption-unknown", fault.Text{ZH: "没有这项采用", EN: "there is no such adoption"}, fault.Text{ZH: "从政策库打开", EN: "open one from the library"})
	}
	return r, err
}

func (v *view) fillAdoption(tx *store.Tx, p *adoptionPage) error {
	i := slices.IndexFunc(v.Record.Benefits.Packs, func(x *policy.Pack) bool { return x.Hash == p.PackHash })
	if i < 0 {
		return nil
	}
	p.Pack = v.Record.Benefits.Packs[i]
	// As it was proposed: a withdrawal shortens it, even to nothing, and says nothing of what it said.
	basis, err := v.Record.Adoptions.AsStood(tx, adoption.Stood{ID: p.ID, Hash: p.PackHash, Division: p.Division, Span: p.Span})
	if err != nil {
		return err
	}
	p.Choices = v.changed(policy.CompareBases(policy.NewBasis(p.Pack, nil), basis, v.valued(basis)))
	if p.State == adoption.Proposed {
		if p.Effect, err = v.effectOf(tx, basis, p.ID); err != nil {
			return err
		}
		p.Job, p.Result, err = v.simulationOf(tx, p.Pack, p.Content)
	}
	return err
}

// adoptionDecision is what the post may do with what waits.
func (v *view) adoptionDecision(p adoptionPage) decision {
	first := p.Decisions[0]
	d := decision{Title: v.say("采用", "Adoption"), State: v.adoptionState(p.Record), Class: adoptionClass(p.Record), Key: p.Key,
		Hands: []hand{{v.say("提出", "Proposed by"), first.Maker.Name, first.Made}, {Step: v.say("复核", "Checked by")}}}
	if first.Answer != nil {
		d.Hands[1].Who, d.Hands[1].When = first.Answer.Checker.Name, first.Answer.Given
	}
	if p.Open == nil || !v.may(auth.MakePolicies) && !v.may(auth.CheckPolicies) {
		return d
	}
	if p.Open.ID != first.ID {
		d.Title = v.say("终止采用", "Ending the adoption")
		d.Hands = []hand{{v.say("提出", "Proposed by"), p.Open.Maker.Name, p.Open.Made}, {Step: v.say("复核", "Checked by")}}
	}
	own := p.Open.Maker.ID == v.Operator.ID
	here := "/adoptions/" + p.ID
	if own {
		d.Why = v.say("这是您提出的，复核人须是另一人；您可以撤回。", "You proposed this; another person checks it. You may take it back.")
	}
	d.Fields = []field{{Name: "note", Label: v.say("意见（退回必填）", "Note (needed to send it back)"), Value: v.typed("note")}}
	back := v.say("退回", "Send it back")
	if own {
		back = v.say("撤回", "Take it back")
	}
	if own || v.may(auth.CheckPolicies) {
		d.Acts = []act{{back, here + "/reject", true}}
	}
	if !own && v.may(auth.CheckPolicies) {
		d.Acts = append(d.Acts, act{v.approval(p), here + "/approve", false})
	}
	return d
}

// approval names what approving does.
func (v *view) approval(p adoptionPage) string {
	switch {
	case p.Open.ID == p.Decisions[0].ID:
		return v.say("同意，%s 起施行", "Approve, in force from %s", p.Span.From)
	case p.Open.LastDay == rule.Beginning:
		return v.say("同意，不再施行", "Approve, it is never in force")
	}
	return v.say("同意，施行到 %s", "Approve, it ends on %s", p.Open.LastDay)
}

func (v *view) adoptionState(r adoption.Record) string {
	switch {
	case r.State == adoption.Proposed:
		return v.say("待复核", "to be checked")
	case r.State == adoption.Rejected:
		return v.say("已退回", "sent back")
	case r.Span.Empty():
		return v.say("已撤销", "never in force")
	case v.today() < r.Span.From:
		return v.say("待施行", "approved, not yet in force")
	case v.today() > r.Span.To:
		return v.say("已期满", "ended")
	}
	return v.say("施行中", "in force")
}

func adoptionClass(r adoption.Record) string {
	return map[adoption.State]string{adoption.Proposed: "warn", adoption.Approved: "ok", adoption.Rejected: "bad"}[r.State]
}

// noted writes into the log what was done.
func (v *view) noted(tx *store.Tx, name, id string) error {
	_, err := v.Record.Log.Record(tx, audit.Note{Name: name, Subject: id, Content: map[string]string{"purpose": v.purpose()}})
	return err
}

func (v *view) approveAdoption() error {
	return v.answerAdoption("adoption.approve", func(tx *store.Tx, decision string) error {
		return v.Record.Adoptions.Approve(tx, decision, v.asked("note"))
	})
}

func (v *view) rejectAdoption() error {
	return v.answerAdoption("adoption.reject", func(tx *store.Tx, decision string) error { return adoption.Reject(tx, decision, v.asked("note")) })
}

// answerAdoption answers what waits about an adoption. Whoever may only propose takes back what is their own, nothing else.
func (v *view) answerAdoption(name string, do func(tx *store.Tx, decision string) error) error {
	return v.changeAdoption(name, func(tx *store.Tx, r adoption.Record) error {
		d, waits := undecided(r)
		switch {
		case !waits:
			return refuse(fault.Conflict, "adoption-answered", fault.Text{ZH: "这项采用没有待复核的事，没有改动", EN: "nothing about this adoption waits for an answer; nothing was changed"}, fault.Text{ZH: "刷新页面看最新的状态", EN: "load the page again to see where it stands"})
		case d.Maker.ID != v.Operator.ID && !v.may(auth.CheckPolicies):
			return refuse(fault.Forbidden, "adoption-others", fault.Text{ZH: "这是别人提出的，由复核人办理", EN: "somebody else proposed this; a checker answers it"}, fault.Text{})
		}
		return do(tx, d.ID)
	})
}

func (v *view) withdrawAdoption() error {
	return v.changeAdoption("adoption.withdraw", func(tx *store.Tx, r adoption.Record) error {
		last, err := period.ParseDay(tidied(v.asked("last")))
		if err != nil {
			return err
		}
		_, err = adoption.Withdraw(tx, r.ID, last, v.asked("reason"))
		return err
	})
}

// changeAdoption does something about the adoption of the address and shows it again: with what came of it, or with what stood in the way.
func (v *view) changeAdoption(name string, do func(tx *store.Tx, r adoption.Record) error) error {
	err := v.once("web."+name, func(tx *store.Tx) (any, error) {
		r, err := v.adoptionAt(tx)
		if err != nil {
			return nil, err
		}
		if err := do(tx, r); err != nil {
			return nil, err
		}
		return nil, v.noted(tx, name, r.ID)
	})
	switch kind := fault.KindOf(err); kind {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showAdoption(statuses[kind], err)
	}
	return v.orSee(err, "/adoptions/"+url.PathEscape(v.r.PathValue("adoption")))
}

// historyStep is one line of an adoption's history.
type historyStep struct {
	What, Who, When, Said, Class string
}

// adoptionSteps are what was proposed and answered about an adoption, in order.
func (v *view) adoptionSteps(r adoption.Record) (list []historyStep) {
	for i, d := range r.Decisions {
		what := v.say("提出采用", "proposed")
		if i > 0 {
			what = v.say("提出终止，施行到 %s", "proposed to end it on %s", d.LastDay)
			if d.LastDay == rule.Beginning {
				what = v.say("提出撤销", "proposed to undo it")
			}
			if d.For != "" {
				what += v.say("（由新的采用接替）", " (another takes its place)")
			}
		}
		list = append(list, historyStep{what, d.Maker.Name, v.when(d.Made), d.Reason, ""})
		if a := d.Answer; a != nil {
			step := historyStep{v.say("同意", "approved"), a.Checker.Name, v.when(a.Given), a.Note, "ok"}
			if !a.Approved {
				step.What, step.Class = v.say("退回", "sent back"), "bad"
			}
			list = append(list, step)
		}
	}
	return list
}

// packOf is what an adoption's pack is called.
func (v *view) packOf(p adoptionPage) string {
	if p.Pack == nil {
		return p.PackID
	}
	return cmp.Or(v.in(p.Pack.Title), p.PackID)
}
