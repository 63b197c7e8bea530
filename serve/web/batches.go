package web

import (
	"net/http"
	"net/url"
	"slices"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/fund"
	"doudi/record/payment"
	"doudi/record/store"
)

// batchRoutes are the batches that are to be paid: made by one person, locked by another.
var batchRoutes = []route{
	{pattern: "GET /payments/batches", may: only(auth.SeeBatches), do: (*view).batches},
	{pattern: "GET /payments/batches/new", may: only(auth.MakeBatches), do: (*view).newBatch},
	{pattern: "POST /payments/batches/new", may: only(auth.MakeBatches), do: (*view).makeBatch},
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
	Fund        string // the name of the special account it is paid from
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
		p = batchPage{Key: newKey(), Note: v.typed("note"), Problem: problem}
		if p.Batch, err = payment.Get(tx, v.r.PathValue("batch")); err != nil {
			return unknownBatch(err)
		}
		if p.Fund, err = v.fundName(tx, p.Batch.Fund); err != nil {
			return err
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

// fundName is what a special account is called; by its code when there is none such.
func (v *view) fundName(tx *store.Tx, code string) (string, error) {
	f, err := fund.Find(tx, code)
	if fault.KindOf(err) == fault.NotFound {
		return code, nil
	}
	return v.in(f.Name), err
}

func (v *view) fillBatch(tx *store.Tx, p *batchPage) error {
	shown, of, err := v.Record.Payments.FirstDifferences(tx, p.Batch.ID, pageDifferences)
	if err != nil {
		return err
	}
	p.Hidden = of - len(shown)
	names, err := v.Record.Payments.Names(tx, shown)
	if err != nil {
		return err
	}
	people := map[string]bool{}
	for i, d := range shown {
		p.Differences = append(p.Differences, batchDifference{d, names[i]})
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

// batchesList is the list of batches, by state.
func (v *view) batchesList(list []payment.Batch) listing {
	states := []string{"", string(payment.Draft), string(payment.ToCheck), string(payment.Locked), string(payment.Void)}
	l := listing{Title: v.say("发放批次", "Payment batches"), Tabs: v.tabsBy("state", states, func(s string) string {
		if s == "" {
			return v.say("全部", "All")
		}
		return v.in(payment.State(s).Label())
	})}
	l.Table = table{Name: l.Title, Shown: len(list), Empty: v.say("没有这样的批次。月度核定通过后，按待遇和发放周期生成。", "There are no such batches. They are made for a scheme and period once a monthly run is approved."),
		Columns: []column{{Name: v.say("批次", "Batch")}, {Name: v.say("待遇", "Benefit")}, {Name: v.say("期间", "Period")}, {Name: v.say("状态", "State")},
			{Name: v.say("人数", "People"), Figures: true}, {Name: v.say("金额（元）", "Yuan"), Figures: true}}}
	if v.may(auth.MakeBatches) {
		l.Act = link{v.say("生成批次", "Make a batch"), "/payments/batches/new"}
	}
	if len(list) == pageBatches {
		l.Table.Next = v.further("before", list[len(list)-1].ID)
	}
	return l
}

// batchDifferences heads the table of differences to the period before.
func (v *view) batchDifferences(p batchPage) table {
	return table{Name: v.say("与上期差异", "Differences"), Shown: len(p.Differences), Empty: v.say("与上期没有差异。", "Nothing differs."),
		Columns: []column{{Name: v.say("对象", "Whom")}, {Name: v.say("差异", "Difference")}, {Name: v.say("上期（元）", "Before"), Figures: true}, {Name: v.say("本期（元）", "Now"), Figures: true}, {Name: v.say("理由", "Reason")}}}
}

// batchRoster heads the table of who is in a batch.
func (v *view) batchRoster(p batchPage) table {
	t := table{Name: v.say("名单", "Roster"), Shown: len(p.Rows), Empty: v.say("没有更多的人。", "Nobody else."),
		Columns: []column{{Name: v.say("姓名", "Name")}, {Name: v.say("账户", "Account")}, {Name: v.say("月数", "Months"), Figures: true}, {Name: v.say("金额（元）", "Yuan"), Figures: true}, {Name: v.say("校验", "Check")}}}
	if p.Next != "" {
		t.Next = batchAddress(p.Batch.Number, p.Next)
	}
	return t
}

// batchDecision is what the post may do with a batch as it stands.
func (v *view) batchDecision(p batchPage) decision {
	b := p.Batch
	here := batchAddress(b.Number, "")
	d := decision{Title: v.say("办理", "Act"), State: v.in(b.State.Label()), Class: batchClass(b.State), Key: p.Key}
	for _, step := range []struct {
		name string
		kind payment.ActKind
	}{{v.say("制单", "Made by"), payment.Create}, {v.say("送审", "Handed in by"), payment.HandIn}, {v.say("复核", "Locked by"), payment.Lock}} {
		h := hand{Step: step.name}
		if a := b.Last(step.kind); a != nil {
			h.Who, h.When = a.Actor.Name, a.When
		}
		d.Hands = append(d.Hands, h)
	}
	making, checking := v.may(auth.MakeBatches), v.may(auth.CheckBatches)
	if b.State != payment.Draft && b.State != payment.ToCheck || b.State == payment.Draft && !making || !making && !checking {
		return d
	}
	d.Fields = []field{{Name: "note", Label: v.say("意见（退回、作废必填）", "Note (needed to send it back or make it void)"), Value: p.Note}}
	d.Acts = []act{{v.say("作废", "Make it void"), here + "/void", true}}
	switch {
	case b.State == payment.Draft:
		d.Acts = append(d.Acts, act{v.say("送复核 %d 人 %s 元", "Hand in: %d people, %s yuan", b.People, b.Total.Grouped()), here + "/hand-in", false})
	case p.Own:
		d.Why = v.say("这个批次您参与了制单，复核人须是另一人。", "You had a hand in making this batch; another person checks it.")
	case checking:
		d.Acts = append(d.Acts, act{v.say("退回制单", "Send back"), here + "/send-back", false},
			act{v.say("复核通过并锁定 %d 人 %s 元", "Lock: %d people, %s yuan", b.People, b.Total.Grouped()), here + "/lock", false})
	}
	return d
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
			q.Items = append(q.Items, batchAddress(b.Number, ""))
		}
	}
	q.Count = len(q.Items)
	*list = append(*list, q)
	return nil
}
