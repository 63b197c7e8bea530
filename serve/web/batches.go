package web

import (
	"net/http"
	"net/url"
	"slices"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/payment"
	"doudi/record/store"
)

// batchRoutes are the batches that are to be paid: made by one person, locked by another.
var batchRoutes = []route{
	{pattern: "GET /payments/batches", may: only(auth.SeeBatches), do: (*view).batches},
	{pattern: "GET /payments/batches/{batch}", may: only(auth.SeeBatches), do: (*view).batch},
	{pattern: "POST /payments/batches/{batch}/hand-in", may: only(auth.MakeBatches), do: (*view).handIn},
	{pattern: "POST /payments/batches/{batch}/move-out", may: only(auth.MakeBatches), do: (*view).moveOut},
	{pattern: "POST /payments/batches/{batch}/lock", may: only(auth.CheckBatches), do: (*view).lockBatch},
	{pattern: "POST /payments/batches/{batch}/send-back", may: only(auth.CheckBatches), do: (*view).sendBack},
	{pattern: "POST /payments/batches/{batch}/void", may: only(auth.MakeBatches, auth.CheckBatches), do: (*view).voidBatch},
}

// batchDifference is a difference to the period before, with whom it is about.
type batchDifference struct {
	payment.Difference
	Name string
}

// batchPage is one batch: differences first, then who is in it.
type batchPage struct {
	Batch       payment.Batch
	Differences []batchDifference
	Hidden      int // differences that are not shown
	Rows        []payment.Row
	Next        string
	After       bool // not the first page of rows
	Own         bool // who looks had a hand in making it
	Key         string
	Note        string
	Problem     error
}

const (
	pageBatches = 50
	pageRoster  = 50
)

func (v *view) batches() error {
	var list []payment.Batch
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		list, err = payment.Batches(tx, payment.Filter{State: payment.State(v.asked("state"))}, v.asked("before"), pageBatches)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("发放批次", "Payment batches"), batchesPage(v, list))
}

func (v *view) batch() error { return v.showBatch(http.StatusOK, nil) }

func (v *view) showBatch(status int, problem error) error {
	var p batchPage
	err := v.look(func(tx *store.Tx) (err error) {
		p = batchPage{Key: newKey(), Note: v.asked("note"), Problem: problem}
		if p.Batch, err = payment.Get(tx, v.r.PathValue("batch")); err != nil {
			return unknownBatch(err)
		}
		p.Own = madeBy(p.Batch, v.Operator.ID)
		return v.fillBatch(tx, &p)
	})
	if err != nil {
		return err
	}
	return v.show(status, p.Batch.Number, batchOf(v, p))
}

// madeBy tells whether somebody had a hand in making a batch, and so does not lock it.
func madeBy(b payment.Batch, actor string) bool {
	return slices.ContainsFunc(b.Acts, func(a payment.Act) bool {
		return a.Actor.ID == actor && (a.Kind == payment.Create || a.Kind == payment.HandIn || a.Kind == payment.MoveOut)
	})
}

func (v *view) fillBatch(tx *store.Tx, p *batchPage) error {
	differences, err := v.Record.Payments.Differences(tx, p.Batch.ID)
	if err != nil {
		return err
	}
	shown := differences[:min(len(differences), pageDifferences)]
	p.Hidden = len(differences) - len(shown)
	people := map[string]bool{}
	for _, d := range shown {
		name, err := v.Record.Payments.NameOf(tx, d.Subject, d.Receiver)
		if err != nil {
			return err
		}
		p.Differences = append(p.Differences, batchDifference{d, name})
		people[d.Receiver] = true
	}
	after := v.r.URL.Query().Get("after")
	p.After = after != ""
	if p.Rows, err = v.Record.Payments.Roster(tx, &p.Batch, after, pageRoster); err != nil {
		return err
	}
	if len(p.Rows) == pageRoster {
		p.Next = p.Rows[len(p.Rows)-1].Subject
	}
	for _, r := range p.Rows {
		people[r.Receiver] = true
	}
	delete(people, "")
	var list []string
	for id := range people {
		list = append(list, id)
	}
	return v.looked(tx, "web.batch", p.Batch.ID, list...)
}

func unknownBatch(err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return refuse(fault.NotFound, "batch-unknown", fault.Text{ZH: "没有这个批次", EN: "there is no such batch"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

// answerBatch does something to a batch and comes back to its page, with what stood in the way if something did.
func (v *view) answerBatch(do func(tx *store.Tx, batch string) error) error {
	err := v.once("web.batch", func(tx *store.Tx) (any, error) {
		b, err := payment.Get(tx, v.r.PathValue("batch"))
		if err != nil {
			return nil, unknownBatch(err)
		}
		return nil, do(tx, b.ID)
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showBatch(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, batchAddress(v.r.PathValue("batch"), ""))
}

func (v *view) handIn() error {
	return v.answerBatch(func(tx *store.Tx, batch string) error { return v.Record.Payments.HandIn(tx, batch) })
}

func (v *view) moveOut() error {
	return v.answerBatch(func(tx *store.Tx, batch string) error {
		return v.Record.Payments.MoveOut(tx, batch, v.asked("subject"), v.asked("note"))
	})
}

func (v *view) lockBatch() error {
	return v.answerBatch(func(tx *store.Tx, batch string) error { return v.Record.Payments.Lock(tx, batch, v.asked("note")) })
}

func (v *view) sendBack() error {
	return v.answerBatch(func(tx *store.Tx, batch string) error { return v.Record.Payments.SendBack(tx, batch, v.asked("note")) })
}

func (v *view) voidBatch() error {
	return v.answerBatch(func(tx *store.Tx, batch string) error { return v.Record.Payments.Discard(tx, batch, v.asked("note")) })
}

// batchAddress is a batch's page, from a row on.
func batchAddress(number, after string) string {
	path := "/payments/batches/" + url.PathEscape(number)
	if after != "" {
		path += "?" + url.Values{"after": {after}}.Encode()
	}
	return path
}

func batchClass(s payment.State) string {
	return map[payment.State]string{payment.Draft: "", payment.ToCheck: "warn", payment.Locked: "ok"}[s]
}

func changeClass(c payment.Change) string {
	return map[payment.Change]string{payment.Begins: "ok", payment.Stops: "bad", payment.Alters: "warn", payment.OutHere: "warn"}[c]
}

// actor is who did something last, or nobody.
func actor(a *payment.Act) string {
	if a == nil {
		return "—"
	}
	return a.Actor.Name
}

func (v *view) batchQueue(tx *store.Tx, list *[]queue) error {
	q := queue{Name: v.say("待复核的发放批次", "Batches to check"), Path: "/payments/batches?state=check", Empty: v.say("没有", "none")}
	state := payment.ToCheck
	if v.may(auth.MakeBatches) {
		q.Name, q.Path, state = v.say("待送审的发放批次", "Batches to hand in"), "/payments/batches?state=draft", payment.Draft
	}
	waiting, err := payment.Batches(tx, payment.Filter{State: state}, "", pageBatches)
	if err != nil {
		return err
	}
	for _, b := range waiting {
		whole, err := payment.Get(tx, b.ID)
		if err != nil {
			return err
		}
		if v.may(auth.MakeBatches) || v.may(auth.CheckBatches) && !madeBy(whole, v.Operator.ID) {
			q.Count++
		}
	}
	*list = append(*list, q)
	return nil
}
