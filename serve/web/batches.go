package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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
	{pattern: "GET /payments/batches/{batch}/differences", may: only(auth.SeeBatches), do: (*view).batchChanges},
	{pattern: "POST /payments/batches/{batch}/bank-files", may: only(auth.PayBatches), do: (*view).orderBatch},
	{pattern: "GET /payments/batches/{batch}/bank-files/{file}", may: only(auth.PayBatches), do: (*view).bankFile},
	{pattern: "POST /payments/batches/{batch}/returns", may: only(auth.PayBatches), do: (*view).takeReturn, upload: &returnUpload},
	{pattern: "GET /payments/batches/{batch}/orders/{order}", may: only(auth.PayBatches), do: (*view).order},
	{pattern: "POST /payments/batches/{batch}/orders/{order}", may: only(auth.PayBatches), do: (*view).mendOrder},
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
	Sums        payment.Sums
	Bank        *bankPart // how paying it has come along; nil while it is not locked
	Differences []batchDifference
	More        bool // there are more differences than are shown
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

// batchList is a page of the batches in a state, with what all of them come to.
type batchList struct {
	Rows  []payment.Batch
	Count int64
	Total payment.Sum
}

func (v *view) batches() error {
	var list batchList
	f := payment.Filter{State: payment.State(v.asked("state"))}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		if list.Rows, err = payment.Batches(tx, f, v.asked("before"), pageBatches); err != nil {
			return err
		}
		list.Count, list.Total, err = payment.TotalOf(tx, f)
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

func (v *view) fillBatch(tx *store.Tx, p *batchPage) (err error) {
	if p.Sums, err = payment.SumsOf(tx, &p.Batch); err != nil {
		return err
	}
	people := map[string]bool{}
	if p.Differences, p.More, err = v.batchDifferencesAfter(tx, p.Batch, payment.Mark{}, people); err != nil {
		return err
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
	if p.Batch.State == payment.Locked {
		if p.Bank, err = v.bankOf(tx, p.Batch, people); err != nil {
			return err
		}
	}
	return v.lookedAtAll(tx, "web.batch", p.Batch.ID, people)
}

// lookedAtAll keeps in the log that people were seen.
func (v *view) lookedAtAll(tx *store.Tx, name, subject string, people map[string]bool) error {
	delete(people, "")
	return v.looked(tx, name, subject, slices.Sorted(maps.Keys(people))...)
}

// batchDifferencesAfter are those of a batch after a mark, a page of them, with the names of whom they are about; more tells whether there are others.
func (v *view) batchDifferencesAfter(tx *store.Tx, b payment.Batch, after payment.Mark, people map[string]bool) (list []batchDifference, more bool, err error) {
	shown, err := v.Record.Payments.DifferencesAfter(tx, b.ID, after, pageDifferences+1)
	if err != nil {
		return nil, false, err
	}
	more = len(shown) > pageDifferences
	shown = shown[:min(len(shown), pageDifferences)]
	names, err := v.Record.Payments.Names(tx, shown)
	if err != nil {
		return nil, false, err
	}
	for i, d := range shown {
		list = append(list, batchDifference{d, names[i]})
		people[d.Receiver] = true
	}
	return list, more, nil
}

// batchChangesPage is all differences of a batch, page by page.
type batchChangesPage struct {
	Batch payment.Batch
	Sums  payment.Sums
	Rows  []batchDifference
	Next  string
}

// batchChanges lists the differences of a batch to the period before.
func (v *view) batchChanges() error {
	after, err := markAsked(v.asked("after"))
	if err != nil {
		return err
	}
	var p batchChangesPage
	err = v.look(func(tx *store.Tx) (err error) {
		p = batchChangesPage{}
		if p.Batch, err = payment.Get(tx, v.r.PathValue("batch")); err != nil {
			return unknownBatch(err)
		}
		if p.Sums, err = payment.SumsOf(tx, &p.Batch); err != nil {
			return err
		}
		people, more := map[string]bool{}, false
		if p.Rows, more, err = v.batchDifferencesAfter(tx, p.Batch, after, people); err != nil {
			return err
		}
		if more {
			last := p.Rows[len(p.Rows)-1]
			p.Next = v.further("after", string(last.Change)+"_"+last.Subject)
		}
		return v.lookedAtAll(tx, "web.batch", p.Batch.ID, people)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, p.Batch.Number, changesOfBatch(v, p))
}

// markAsked is the difference a page begins after.
func markAsked(written string) (m payment.Mark, err error) {
	if written == "" {
		return m, nil
	}
	change, subject, ok := strings.Cut(written, "_")
	if !ok || payment.Change(change).Label() == (fault.Text{}) {
		return m, noSuchPage()
	}
	return payment.Mark{Change: payment.Change(change), Subject: subject}, nil
}

func noSuchPage() error {
	return refuse(fault.Invalid, "page", fault.Text{ZH: "没有这一页", EN: "there is no such page"}, fault.Text{ZH: "从第一页看起", EN: "begin with the first"})
}

func unknownBatch(err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return refuse(fault.NotFound, "batch-unknown", fault.Text{ZH: "没有这个批次", EN: "there is no such batch"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

// answerBatch does something to a batch and comes back to its page, with what stood in the way if something did.
func (v *view) answerBatch(name string, do func(tx *store.Tx, batch string) error) error {
	err := v.once("web.batch", func(tx *store.Tx) (any, error) {
		b, err := payment.Get(tx, v.r.PathValue("batch"))
		if err != nil {
			return nil, unknownBatch(err)
		}
		if err := do(tx, b.ID); err != nil {
			return nil, err
		}
		return nil, v.noted(tx, name, b.ID)
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showBatch(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, batchAddress(v.r.PathValue("batch"), ""))
}

func (v *view) handIn() error {
	return v.answerBatch("payment.hand-in", func(tx *store.Tx, batch string) error { return v.Record.Payments.HandIn(tx, batch) })
}

func (v *view) moveOut() error {
	return v.answerBatch("payment.move-out", func(tx *store.Tx, batch string) error {
		return v.Record.Payments.MoveOut(tx, batch, v.asked("subject"), v.asked("note"))
	})
}

func (v *view) lockBatch() error {
	return v.answerBatch("payment.lock", func(tx *store.Tx, batch string) error { return v.Record.Payments.Lock(tx, batch, v.asked("note")) })
}

func (v *view) sendBack() error {
	return v.answerBatch("payment.send-back", func(tx *store.Tx, batch string) error { return v.Record.Payments.SendBack(tx, batch, v.asked("note")) })
}

func (v *view) voidBatch() error {
	return v.answerBatch("payment.void", func(tx *store.Tx, batch string) error { return v.Record.Payments.Discard(tx, batch, v.asked("note")) })
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
func (v *view) batchesList(list batchList) listing {
	states := []string{"", string(payment.Draft), string(payment.ToCheck), string(payment.Locked), string(payment.Void)}
	l := listing{Title: v.say("发放批次", "Payment batches"), Tabs: v.tabsBy("state", states, func(s string) string {
		if s == "" {
			return v.say("全部", "All")
		}
		return v.in(payment.State(s).Label())
	})}
	l.Table = table{Name: l.Title, Shown: len(list.Rows), Sum: []string{v.say("合计 %d 批", "Total: %d batches", list.Count), "", "", "", strconv.FormatInt(list.Total.Number, 10), list.Total.Amount.Grouped()}, Empty: v.say("没有这样的批次。月度核定通过后，按待遇和发放周期生成。", "There are no such batches. They are made for a scheme and period once a monthly run is approved."),
		Columns: []column{{Name: v.say("批次", "Batch")}, {Name: v.say("待遇", "Benefit")}, {Name: v.say("期间", "Period")}, {Name: v.say("状态", "State")},
			{Name: v.say("人数", "People"), Figures: true}, {Name: v.say("金额（元）", "Yuan"), Figures: true}}}
	if v.may(auth.MakeBatches) {
		l.Act = link{v.say("生成批次", "Make a batch"), "/payments/batches/new"}
	}
	if len(list.Rows) == pageBatches {
		l.Table.Next = v.further("before", list.Rows[len(list.Rows)-1].Number)
	}
	return l
}

// batchDifferences heads the table of differences to the period before.
func (v *view) batchDifferences(s payment.Sums, shown int, next string) table {
	var all payment.Sum
	for _, c := range s.Changes {
		all.Number, all.Amount = all.Number+c.Number, all.Amount+c.Amount
	}
	return table{Name: v.say("与上期差异", "Differences"), Shown: shown, Next: next, Sum: []string{v.say("合计 %d 条（全部）", "Total: %d, all of them", all.Number), v.say("本期 − 上期", "now − before"), "", all.Amount.Grouped(), ""}, Empty: v.say("与上期没有差异。", "Nothing differs."),
		Columns: []column{{Name: v.say("对象", "Whom")}, {Name: v.say("差异", "Difference")}, {Name: v.say("上期（元）", "Before"), Figures: true}, {Name: v.say("本期（元）", "Now"), Figures: true}, {Name: v.say("理由", "Reason")}}}
}

// batchRoster heads the table of who is in a batch.
func (v *view) batchRoster(p batchPage) table {
	t := table{Name: v.say("名单", "Roster"), Shown: len(p.Rows), Sum: v.rosterSum(p.Sums), Empty: v.say("没有更多的人。", "Nobody else."),
		Columns: []column{{Name: v.say("姓名", "Name")}, {Name: v.say("账户", "Account")}, {Name: v.say("月数", "Months"), Figures: true}, {Name: v.say("金额（元）", "Yuan"), Figures: true}, {Name: v.say("校验", "Check")}}}
	if p.Next != "" {
		t.Next = batchAddress(p.Batch.Number, p.Next)
	}
	return t
}

// rosterSum is what everybody on the roster gets. Who was moved out stands on it, too, and gets nothing by this batch.
func (v *view) rosterSum(s payment.Sums) []string {
	out := ""
	if s.Out.Number > 0 {
		out = v.say("移出 %d 人 %s 元未计入", "%d moved out with %s yuan, not counted", s.Out.Number, s.Out.Amount.Grouped())
	}
	return []string{v.say("合计 %d 人（全部名单）", "Total: %d, the whole roster", s.Lines.Number), "", "", s.Lines.Amount.Grouped(), out}
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
		if step.kind == payment.Lock && v.Record.Payments.Counting(b.Scheme) != nil { // an office verifies the number before
			d.Hands = append(d.Hands, verified(v, b))
		}
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
