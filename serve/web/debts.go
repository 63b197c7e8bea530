package web

import (
	"net/http"
	"net/url"
	"slices"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/fund"
	"doudi/record/store"
)

// debtRow is what is owed to one payee, or to all persons together.
type debtRow struct {
	fund.Total
	Name string
	Path string
}

// debtsPage is who is owed what by when; with a payee, each debt.
type debtsPage struct {
	fundRow
	Rows  []debtRow
	Sum   fund.Total
	Payee string // whose debts are listed one by one
	Items []itemRow
	Owed  fund.Total // to that payee, listed or not
	Next  string
}

// itemRow is one debt.
type itemRow struct {
	fund.Commitment
	Use    string
	Origin originLink
}

const pageDebts = 50

func (v *view) debts() error {
	var p debtsPage
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = debtsPage{}
		return v.fillDebts(tx, code, &p)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.in(p.Name)+v.say(" 应付", " owed"), debtsOf(v, p))
}

func (v *view) fillDebts(tx *store.Tx, code string, p *debtsPage) (err error) {
	if p.fundRow, err = fundOf(tx, code); err != nil {
		return err
	}
	totals, err := fund.TotalsOf(tx, code, v.today())
	if err != nil {
		return err
	}
	people, persons := debtRow{Total: fund.Total{Fund: code}}, 0
	for _, t := range totals {
		p.Sum = together(p.Sum, t)
		if t.Payee.Kind == fund.Person {
			people.Total = together(people.Total, t)
			persons++
			continue
		}
		row := debtRow{Total: t, Path: debtsAddress(code, t.Payee.ID, fund.Commitment{})}
		if row.Name, err = v.payeeName(tx, t.Payee); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	if persons > 0 {
		people.Name = v.say("个人（%d 人）", "persons (%d)", persons)
		p.Rows = append(p.Rows, people)
	}
	return v.fillItems(tx, code, p)
}

// together adds two totals. Amounts of a county stay within 64 bits: the headroom of its funds does.
func together(a, b fund.Total) fund.Total {
	a.Amount, a.Posted, a.Late = a.Amount+b.Amount, a.Posted+b.Posted, a.Late+b.Late
	a.Count, a.Overdue = a.Count+b.Count, a.Overdue+b.Overdue
	if b.First != 0 && (a.First == 0 || b.First < a.First) {
		a.First = b.First
	}
	return a
}

// fillItems lists the debts to the institution asked for, what is due first before what is due later.
func (v *view) fillItems(tx *store.Tx, code string, p *debtsPage) error {
	payee := fund.Payee{Kind: fund.Provider, ID: v.asked("payee")}
	if payee.ID == "" {
		return nil
	}
	i := slices.IndexFunc(p.Rows, func(r debtRow) bool { return r.Payee == payee })
	if i < 0 {
		return refuse(fault.NotFound, "payee-unknown", fault.Text{ZH: "这个专账没有欠这家机构", EN: "this special account owes that institution nothing"}, fault.Text{ZH: "从应付汇总打开", EN: "open one from the summary"})
	}
	p.Owed = p.Rows[i].Total
	after := fund.Commitment{Payee: payee, ID: v.asked("after")}
	if day := v.asked("due"); day != "" {
		due, err := period.ParseDay(day)
		if err != nil {
			return err
		}
		after.Due = due
	}
	found, err := fund.OutstandingOf(tx, code, after, pageDebts)
	if err != nil {
		return err
	}
	if p.Payee, err = v.payeeName(tx, payee); err != nil {
		return err
	}
	for _, c := range found {
		if c.Payee != payee { // the list goes on with the next payee
			return nil
		}
		item := itemRow{Commitment: c, Use: v.useName(c.Use)}
		if item.Origin, err = v.originOf(tx, code, c.Origin); err != nil {
			return err
		}
		p.Items = append(p.Items, item)
	}
	if len(found) == pageDebts {
		p.Next = debtsAddress(code, payee.ID, found[len(found)-1])
	}
	return nil
}

func debtsAddress(code, payee string, after fund.Commitment) string {
	q := url.Values{"payee": {payee}}
	if after.ID != "" {
		q.Set("after", after.ID)
	}
	if after.Due != 0 {
		q.Set("due", after.Due.String())
	}
	return "/funds/" + code + "/debts?" + q.Encode()
}

// days is how long a debt still has, or is late.
func (v *view) days(c fund.Commitment) (words, class string) {
	switch {
	case c.Due == 0:
		return v.say("未定期限", "no day set"), ""
	case c.Overdue(v.today()) > 0:
		return v.say("逾期 %d 天", "%d days late", c.Overdue(v.today())), "bad"
	case c.Due == v.today():
		return v.say("今天到期", "due today"), "warn"
	}
	return v.say("还有 %d 天", "%d days left", int(c.Due-v.today())), ""
}

// entryLine is a line of an entry in words.
type entryLine struct {
	fund.EntryLine
	Title, Path string
	Origin      originLink
}

// entryPage is one entry (凭证).
type entryPage struct {
	fundRow
	Entry   fund.Entry
	Number  string
	Others  map[string]string // numbers of the entries that it corrects or that correct it, by id
	By      string
	Lines   []entryLine
	Bill    *billOrigin // when it comes from a settlement
	Debit   money.Fen
	Credit  money.Fen
	Instant string
	Correct *proposal // puts it right; nil when it is not put right like this
}

// billOrigin is what a settlement says to those who keep the accounts: which bill of whom, and what every fund bears of it. Nothing of the person.
type billOrigin struct {
	claim.Claim
	Provider string
	Person   string // whose file may be opened, for those who may
	Parts    []itemRow
}

func (v *view) fundEntry() error { return v.showEntry(http.StatusOK, nil) }

func (v *view) showEntry(status int, wrong error) error {
	var p entryPage
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = entryPage{}
		return v.fillEntry(tx, code, &p)
	})
	if err != nil {
		return err
	}
	title := v.say("凭证 ", "Entry ") + p.Number
	if wrong != nil {
		if p.Correct == nil {
			return wrong
		}
		p.Correct.mark(v, wrong)
		title = v.errorTitle(p.Correct.Problems, title)
	}
	return v.show(status, title, entryOf_(v, p))
}

func (v *view) fillEntry(tx *store.Tx, code string, p *entryPage) (err error) {
	if p.fundRow, err = fundOf(tx, code); err != nil {
		return err
	}
	if p.Entry, err = fund.EntryOf(tx, code, v.r.PathValue("entry")); err != nil {
		return err
	}
	entered, err := store.ParseInstant(p.Entry.Instant)
	if err != nil {
		return err
	}
	p.Instant = dayOf(entered).String() + " " + clock(entered)
	names, err := v.staffNames(tx)
	if err != nil {
		return err
	}
	p.By = names[p.Entry.Actor]
	books, err := fund.Books(tx, code)
	if err != nil {
		return err
	}
	for _, l := range p.Entry.Lines {
		line, account := entryLine{EntryLine: l}, fund.Account{AccountID: l.Account}
		if i := slices.IndexFunc(books, func(a fund.Account) bool { return a.AccountID == l.Account }); i >= 0 {
			account = books[i]
		}
		if line.Title, err = v.accountTitle(tx, account); err != nil {
			return err
		}
		if !ofPerson(l.Account) {
			line.Path = ledgerAddress(code, "", l.Account.String(), period.Span{From: p.Entry.Day, To: p.Entry.Day}, fund.Mark{})
		}
		if line.Origin, err = v.originOf(tx, code, l.Origin); err != nil {
			return err
		}
		p.Debit, p.Credit = p.Debit+max(l.Amount, 0), p.Credit-min(l.Amount, 0)
		p.Lines = append(p.Lines, line)
	}
	if err := p.call(tx); err != nil {
		return err
	}
	if p.Correct, err = v.correction(tx, code, p.Entry); err != nil {
		return err
	}
	if o := p.Entry.Lines[0].Origin; o.Kind == fund.FromSettlement {
		p.Bill, err = v.billOrigin(tx, o.ID)
	}
	return err
}

// call names the entry, and those that it corrects or that correct it, by their numbers.
func (p *entryPage) call(tx *store.Tx) (err error) {
	p.Others = map[string]string{}
	for _, id := range append([]string{p.Entry.ID, p.Entry.Corrects}, p.Entry.Later...) {
		if id == "" {
			continue
		}
		if p.Others[id], err = entryNumber(tx, p.Code, id); err != nil {
			return err
		}
	}
	p.Number = p.Others[p.Entry.ID]
	return nil
}

// billPage is what a settlement entered, for who keeps the accounts.
type billPage struct {
	fundRow
	Bill *billOrigin
}

// fundBill shows what a settlement entered in all funds.
func (v *view) fundBill() error {
	var p billPage
	err := v.inFund(func(tx *store.Tx, code string) (err error) {
		if p.fundRow, err = fundOf(tx, code); err != nil {
			return err
		}
		p.Bill, err = v.billOrigin(tx, v.r.PathValue("claim"))
		if err == nil && !slices.ContainsFunc(p.Bill.parts(), func(i itemRow) bool { return i.Fund == code }) {
			err = refuse(fault.NotFound, "settlement-unknown", fault.Text{ZH: "这个专账没有这张结算单的记录", EN: "this special account has nothing of such a settlement"}, fault.Text{ZH: "从明细账打开", EN: "open one from the ledger"})
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("结算单 ", "Settlement ")+p.Bill.Number, billOf(v, p))
}

func (b *billOrigin) parts() []itemRow {
	if b == nil {
		return nil
	}
	return b.Parts
}

// sum is what all special accounts bear of it, without what was made void.
func (b *billOrigin) sum() (all fund.Commitment) {
	for _, i := range b.Parts {
		if i.State == fund.StateVoided {
			continue
		}
		all.Amount, all.Paid, all.Returned = all.Amount+i.Amount, all.Paid+i.Paid, all.Returned+i.Returned
	}
	return all
}

// billOrigin reads what a settlement entered in all funds.
func (v *view) billOrigin(tx *store.Tx, id string) (*billOrigin, error) {
	c, err := claim.Get(tx, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b := &billOrigin{Claim: c}
	if b.Provider, err = v.payeeName(tx, fund.Payee{Kind: fund.Provider, ID: c.Provider}); err != nil {
		return nil, err
	}
	if v.may(auth.SeePeople) && v.wholeCounty() {
		b.Person = c.Person
	}
	commitments, err := fund.OfOrigin(tx, fund.FromSettlement, id)
	for _, x := range commitments {
		b.Parts = append(b.Parts, itemRow{Commitment: x, Use: v.useName(x.Use)})
	}
	return b, err
}
