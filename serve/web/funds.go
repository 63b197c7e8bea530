package web

import (
	"bytes"
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/fund"
	"doudi/record/payment"
	tables "doudi/record/roll/sheet"
	"doudi/record/store"
)

// fundRoutes are the special accounts: where their money stands, every entry with what it comes from, and who is owed what by when.
var fundRoutes = []route{
	{pattern: "GET /funds", may: only(auth.SeeFunds), do: (*view).funds},
	{pattern: "GET /funds/{fund}", may: only(auth.SeeFunds), do: (*view).oneFund},
	{pattern: "GET /funds/{fund}/ledger", may: only(auth.SeeFunds), do: (*view).ledger},
	{pattern: "GET /funds/{fund}/ledger.xlsx", may: only(auth.SeeFunds), do: (*view).ledgerWorkbook},
	{pattern: "GET /funds/{fund}/ledger.csv", may: only(auth.SeeFunds), do: (*view).ledgerCSV},
	{pattern: "GET /funds/{fund}/balance", may: only(auth.SeeFunds), do: (*view).trialBalance},
	{pattern: "GET /funds/{fund}/debts", may: only(auth.SeeFunds), do: (*view).debts},
	{pattern: "GET /funds/{fund}/entries/{entry}", may: only(auth.SeeFunds), do: (*view).fundEntry},
	{pattern: "GET /funds/{fund}/settlements/{claim}", may: only(auth.SeeFunds), do: (*view).fundBill},
}

// fundRow is a fund with where its money stands.
type fundRow struct {
	fund.Fund
	fund.Position
}

// executed is the share that was paid, in hundredths, and spent the share of the fund's time that has passed. Neither is known of a fund that
// was given nothing, or that has no end.
func (f fundRow) executed() (percent int64, ok bool) { return share(f.Paid(), f.Budget()) }

func share(part, whole money.Fen) (percent int64, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	return int64(part) / max(int64(whole)/100, 1), true
}

// elapsed is the share of the fund's time that has passed; ok is false for a fund without an end.
func (f fundRow) elapsed(on period.Day) (percent int64, ok bool) {
	if f.Span.To == period.Latest || on < f.Span.From {
		return 0, false
	}
	all, gone := int64(f.Span.To-f.Span.From)+1, int64(min(on, f.Span.To)-f.Span.From)+1
	return gone * 100 / all, true
}

// fundList is all special accounts of a county.
type fundList struct {
	Rows  []fundRow
	Total fund.Position
}

func (v *view) funds() error {
	var list fundList
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		list = fundList{}
		codes, err := fund.Codes(tx)
		if err != nil {
			return err
		}
		for _, code := range codes {
			row, err := fundOf(tx, code)
			if err != nil {
				return err
			}
			list.Rows = append(list.Rows, row)
			if list.Total, err = list.Total.Add(row.Position); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("资金专账", "Special accounts"), fundsPage(v, list))
}

// fundOf reads a fund and where its money stands.
func fundOf(tx *store.Tx, code string) (row fundRow, err error) {
	if row.Fund, err = fund.Find(tx, code); err != nil {
		return row, err
	}
	row.Position, err = fund.PositionOf(tx, code)
	return row, err
}

// accountRow is an account with its balance.
type accountRow struct {
	fund.Account
	Title   string // as people call it
	Balance money.Fen
}

// onePage is one fund: what it was given, what for, and where it stands.
type onePageOfFund struct {
	fundRow
	Accounts []accountRow // where money comes from and lies
	Uses     []accountRow // what it was used for, and how much
}

func (v *view) oneFund() error {
	var p onePageOfFund
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = onePageOfFund{}
		var err error
		if p.fundRow, err = fundOf(tx, code); err != nil {
			return err
		}
		accounts, err := v.books(tx, code)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if a.Balance, err = fund.BalanceBefore(tx, code, a.AccountID, period.Latest); err != nil {
				return err
			}
			switch a.Kind {
			case fund.Appropriation:
				p.Uses = append(p.Uses, a)
			case fund.Source, fund.Bank, fund.Limit, fund.Reserve:
				p.Accounts = append(p.Accounts, a)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.in(p.Name), fundPage(v, p))
}

// inFund reads something of the fund of the address. A code that is none is an address that does not exist.
func (v *view) inFund(read func(tx *store.Tx, code string) error) error {
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error { return read(tx, v.r.PathValue("fund")) })
	switch fault.CodeOf(err) {
	case "fund.unknown":
		return refuse(fault.NotFound, "fund-unknown", fault.Text{ZH: "没有这个专账", EN: "there is no such special account"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
	case "fund.entry-unknown":
		return refuse(fault.NotFound, "entry-unknown", fault.Text{ZH: "这个专账没有这张凭证", EN: "this special account has no such entry"}, fault.Text{ZH: "从明细账打开", EN: "open one from the ledger"})
	}
	return err
}

// books are the accounts whose lines can be looked at here: all but those on which persons are owed, who are a matter of their files and batches.
func (v *view) books(tx *store.Tx, code string) (rows []accountRow, err error) {
	all, err := fund.Accounts(tx, code)
	for _, a := range all {
		if ofPerson(a.AccountID) {
			continue
		}
		row := accountRow{Account: a}
		if row.Title, err = v.accountTitle(tx, a); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b accountRow) int { return slices.Index(bookOrder, a.Kind) - slices.Index(bookOrder, b.Kind) })
	return rows, err
}

// bookOrder is how accounts are listed: where money lies, where it comes from, what it was used for, whom it is owed to.
var bookOrder = []fund.Kind{fund.Bank, fund.Limit, fund.Source, fund.Appropriation, fund.Suspense, fund.Reserve, fund.Payable}

func ofPerson(a fund.AccountID) bool {
	return a.Kind == fund.Payable && strings.HasPrefix(a.Code, string(fund.Person)+"/")
}

// accountTitle is an account in words: uses by the name the document gives them, institutions by theirs.
func (v *view) accountTitle(tx *store.Tx, a fund.Account) (string, error) {
	kind, name, _ := strings.Cut(a.Code, "/")
	switch a.Kind {
	case fund.Appropriation:
		return v.in(a.Kind.Label()) + v.say("：", ": ") + v.useName(fund.Use{Kind: fund.UseKind(kind), Name: name}), nil
	case fund.Payable:
		payee, err := v.payeeName(tx, fund.Payee{Kind: fund.PayeeKind(kind), ID: name})
		return v.in(a.Kind.Label()) + v.say("：", ": ") + payee, err
	case fund.Suspense, fund.Reserve:
		return v.in(a.Kind.Label()), nil
	}
	return v.in(a.Kind.Label()) + v.say("：", ": ") + v.in(a.Name), nil
}

// useName is a use as the policies call it: the benefit, the settlement, or the category itself.
func (v *view) useName(u fund.Use) string {
	for _, p := range v.Record.Benefits.Packs {
		switch u.Kind {
		case fund.Scheme:
			for _, b := range p.Benefits {
				if b.ID == u.Name {
					return v.in(b.Name)
				}
			}
		case fund.Settlement:
			for _, s := range p.Settlement {
				if s.ID == u.Name {
					return v.in(s.Name)
				}
			}
		}
	}
	return u.Name
}

// usedFor is the use that an appropriation account is for.
func (v *view) usedFor(a accountRow) string {
	kind, name, _ := strings.Cut(a.Code, "/")
	return v.useName(fund.Use{Kind: fund.UseKind(kind), Name: name})
}

// payeeName is an institution's name. A person is told by the end of the id alone: who that is stands in the person's file.
func (v *view) payeeName(tx *store.Tx, p fund.Payee) (string, error) {
	if p.Kind == fund.Person {
		return v.say("个人 ", "person ") + shortID(p.ID), nil
	}
	profile, err := v.Record.Providers.Profile(tx, p.ID, v.today(), v.today())
	if fault.KindOf(err) == fault.NotFound {
		return p.ID, nil
	}
	return profile.Name, err
}

// spanAsked is the period of a statement: from the first of the year to today, unless the address says otherwise. The fields ask for another
// one, and say what is to be mended.
func (v *view) spanAsked() (s period.Span, fields []field, problems []problem) {
	s = period.Span{From: period.MustDay(v.today().Year(), 1, 1), To: v.today()}
	fields = []field{{Name: "from", Label: v.say("自", "From")}, {Name: "to", Label: v.say("至", "To")}}
	for i, day := range []*period.Day{&s.From, &s.To} {
		f := &fields[i]
		f.Value = cmp.Or(v.asked(f.Name), day.String())
		asked, err := period.ParseDay(tidied(f.Value))
		if err != nil {
			f.Problem = v.trouble(err).Message
			problems = append(problems, problem{f.Name, f.Problem})
			continue
		}
		*day = asked
	}
	if len(problems) == 0 && s.Empty() {
		fields[1].Problem = v.say("止日早于起日", "the last day lies before the first")
		problems = append(problems, problem{"to", fields[1].Problem})
	}
	return s, fields, problems
}

// ledgerRow is a line of an account with the balance after it.
type ledgerRow struct {
	fund.Line
	Origin  originLink
	Balance money.Fen
	By      string
}

// originLink is what a line comes from, and where it is looked at.
type originLink struct{ Words, Path string }

// ledgerPage is the lines of one account over a period.
type ledgerPage struct {
	fundRow
	Books    []accountRow
	Account  accountRow
	Span     period.Span
	Fields   []field
	Problems []problem
	Opening  money.Fen // of the period
	Carried  money.Fen // at the beginning of this page
	Debit    money.Fen // of the period
	Credit   money.Fen
	Closing  money.Fen
	Rows     []ledgerRow
	Next     string // the address of the next page
	First    bool   // the page begins with the period
}

const (
	pageLines = 50
	mostLined = 50_000 // of a file: more is asked for in shorter periods
)

func (v *view) ledger() error {
	p := ledgerPage{}
	p.Span, p.Fields, p.Problems = v.spanAsked()
	after, ok := v.lineAsked(p.Span)
	if !ok {
		return refuse(fault.Invalid, "page", fault.Text{ZH: "没有这一页", EN: "there is no such page"}, fault.Text{ZH: "从第一页看起", EN: "begin with the first"})
	}
	status := http.StatusOK
	if len(p.Problems) > 0 {
		status, p.Span = http.StatusUnprocessableEntity, period.Span{From: v.today(), To: v.today()}
	}
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = ledgerPage{Span: p.Span, Fields: p.Fields, Problems: p.Problems, First: after == fund.Mark{}}
		return v.fillLedger(tx, code, &p, after, pageLines)
	})
	if err != nil {
		return err
	}
	p.Fields = append([]field{v.bookField(p)}, p.Fields...)
	return v.show(status, v.errorTitle(p.Problems, v.in(p.Name)+v.say(" 明细账", " ledger")), ledgerOf(v, p))
}

// bookField asks for an account.
func (v *view) bookField(p ledgerPage) field {
	f := field{Name: "account", Label: v.say("账户", "Account"), Value: p.Account.String()}
	for _, a := range p.Books {
		f.Options = append(f.Options, option{a.String(), a.Title})
	}
	return f
}

// lineAsked is the line a page begins after.
func (v *view) lineAsked(s period.Span) (m fund.Mark, ok bool) {
	asked := v.asked("after")
	if asked == "" {
		return m, true
	}
	parts := strings.Split(asked, "_")
	if len(parts) != 3 {
		return m, false
	}
	day, err := period.ParseDay(parts[0])
	line, lineErr := strconv.Atoi(parts[2])
	return fund.Mark{Day: day, Entry: parts[1], Line: line}, err == nil && lineErr == nil && s.Contains(day)
}

// fillLedger reads the lines of the account asked for, at most so many; by default the first that money lies on.
func (v *view) fillLedger(tx *store.Tx, code string, p *ledgerPage, after fund.Mark, limit int) (err error) {
	if p.fundRow, err = fundOf(tx, code); err != nil {
		return err
	}
	if p.Books, err = v.books(tx, code); err != nil {
		return err
	}
	asked := v.asked("account")
	i := max(0, slices.IndexFunc(p.Books, func(a accountRow) bool { return a.String() == asked }))
	p.Account = p.Books[i] // suspense and reserve are always there
	if err := p.sums(tx, after); err != nil {
		return err
	}
	lines, err := fund.Lines(tx, code, p.Account.AccountID, p.Span, after, limit)
	if err != nil {
		return err
	}
	names, err := v.staffNames(tx)
	if err != nil {
		return err
	}
	balance := p.Carried
	for _, l := range lines {
		row := ledgerRow{Line: l, By: names[l.Actor]}
		if balance, err = money.Add(balance, l.Amount); err != nil {
			return err
		}
		row.Balance = balance
		if row.Origin, err = v.originOf(tx, p.Code, l.Origin); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	if len(lines) == limit {
		last := lines[len(lines)-1].Mark
		p.Next = ledgerAddress(p.Code, "", p.Account.String(), p.Span, last)
	}
	return nil
}

// sums are the opening, the movements and the closing of the period, and what is carried to the first line shown.
func (p *ledgerPage) sums(tx *store.Tx, after fund.Mark) (err error) {
	a := p.Account.AccountID
	if p.Opening, err = fund.BalanceBefore(tx, p.Code, a, p.Span.From); err != nil {
		return err
	}
	if p.Debit, p.Credit, err = fund.Movements(tx, p.Code, a, p.Span); err != nil {
		return err
	}
	p.Closing = p.Opening + p.Debit - p.Credit
	p.Carried = p.Opening
	if after != (fund.Mark{}) {
		p.Carried, err = fund.BalanceAfter(tx, p.Code, a, after)
	}
	return err
}

// inward and outward are what debits and credits are called: of an account that money lies on, what came and what went.
func (v *view) inward(k fund.Kind) string {
	if k == fund.Bank || k == fund.Limit {
		return v.say("收入", "In")
	}
	return v.say("借方", "Debit")
}

func (v *view) outward(k fund.Kind) string {
	if k == fund.Bank || k == fund.Limit {
		return v.say("支出", "Out")
	}
	return v.say("贷方", "Credit")
}

// signed is a balance as books write it: on which side, and without a sign.
func (v *view) signed(balance money.Fen) string {
	switch {
	case balance > 0:
		return v.say("借 ", "Dr ") + balance.Grouped()
	case balance < 0:
		return v.say("贷 ", "Cr ") + (-balance).Grouped()
	}
	return v.say("平 ", "") + balance.Grouped()
}

// staffNames are the names of accounts by id. What another system entered has none.
func (v *view) staffNames(tx *store.Tx) (map[string]string, error) {
	accounts, err := v.Record.Staff.Accounts(tx)
	names := map[string]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	return names, err
}

// originOf says what a line comes from: the bill of a hospital, a batch, a letter.
func (v *view) originOf(tx *store.Tx, code string, o fund.Origin) (link originLink, err error) {
	switch o.Kind {
	case fund.FromSettlement:
		c, err := claim.Get(tx, o.ID)
		if fault.KindOf(err) == fault.NotFound {
			return originLink{Words: v.say("结算 ", "settlement ") + shortID(o.ID)}, nil
		}
		return originLink{v.say("结算单 ", "settlement ") + c.Number, "/funds/" + code + "/settlements/" + o.ID}, err
	case fund.FromBatch:
		b, err := payment.Get(tx, o.ID)
		if fault.KindOf(err) == fault.NotFound {
			return originLink{Words: v.say("批次 ", "batch ") + shortID(o.ID)}, nil
		}
		link = originLink{Words: v.say("批次 ", "batch ") + b.Number}
		if v.may(auth.SeeBatches) {
			link.Path = batchAddress(b.Number, "")
		}
		return link, err
	}
	return originLink{Words: v.say("文件 ", "document ") + o.ID}, nil
}

// ledgerAddress is an account's lines over a period, from a line on; suffix is that of a file.
func ledgerAddress(code, suffix, account string, s period.Span, after fund.Mark) string {
	q := url.Values{"account": {account}, "from": {s.From.String()}, "to": {s.To.String()}}
	if after != (fund.Mark{}) {
		q.Set("after", after.Day.String()+"_"+after.Entry+"_"+strconv.Itoa(after.Line))
	}
	return "/funds/" + code + "/ledger" + suffix + "?" + q.Encode()
}

func entryAddress(code, entry string) string { return "/funds/" + code + "/entries/" + entry }

func (v *view) ledgerWorkbook() error {
	return v.exportLedger(tables.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
}

func (v *view) ledgerCSV() error { return v.exportLedger(tables.CSV, "text/csv; charset=utf-8", "csv") }

// exportLedger writes the lines of a period into a file, with what was asked for above them. Nothing in it is a formula.
func (v *view) exportLedger(format tables.Format, media, suffix string) error {
	var p ledgerPage
	var problems []problem
	if p.Span, _, problems = v.spanAsked(); len(problems) > 0 {
		return refuse(fault.Invalid, "span", fault.Text{ZH: "起止日期写错了，没有导出", EN: "the days are wrong; nothing was exported"}, fault.Text{ZH: "回到明细账，改好日期再导出", EN: "go back to the ledger and mend them"})
	}
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = ledgerPage{Span: p.Span}
		return v.fillLedger(tx, code, &p, fund.Mark{}, mostLined)
	})
	if err != nil {
		return err
	}
	if p.Next != "" {
		return refuse(fault.Invalid, "export-long", fault.Text{ZH: "这一期间的分录太多，没有导出", EN: "there are too many lines in this period; nothing was exported"}, fault.Text{ZH: "缩短期间，分几次导出", EN: "export shorter periods one by one"})
	}
	var b bytes.Buffer
	if err := v.writeLedger(&b, format, p); err != nil {
		return err
	}
	name := p.Code + "-" + p.Span.From.String() + "-" + p.Span.To.String() + "." + suffix
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.w.Header().Set("Content-Type", media)
	_, err = v.w.Write(b.Bytes())
	return err
}

func (v *view) writeLedger(b *bytes.Buffer, format tables.Format, p ledgerPage) error {
	kind := p.Account.Kind
	out, err := tables.NewWriter(b, format, tables.Export{
		Title:   v.in(p.Name) + v.say(" 明细账", " ledger"),
		Filters: []string{v.say("账户：", "account: ") + p.Account.Title, v.say("期间：", "period: ") + v.spanWords(p.Span)},
		By:      v.Operator.Name, At: v.today().String() + " " + clock(v.now),
		Columns: []string{v.say("日期", "Day"), v.say("凭证", "Entry"), v.say("摘要", "What"), v.inward(kind), v.outward(kind), v.say("余额", "Balance"), v.say("来源单", "From"), v.say("经手", "By")},
	})
	if err != nil {
		return err
	}
	write := func(day, entry, what string, in, out_, balance, from, by string) {
		if err == nil {
			err = out.Write([]tables.Cell{{Text: day, Kind: tables.Text}, {Text: entry, Kind: tables.Text}, {Text: what, Kind: tables.Text}, {Text: in, Kind: tables.Number},
				{Text: out_, Kind: tables.Number}, {Text: balance, Kind: tables.Number}, {Text: from, Kind: tables.Text}, {Text: by, Kind: tables.Text}})
		}
	}
	write(p.Span.From.String(), "", v.say("期初", "opening"), "", "", p.Opening.String(), "", "")
	for _, r := range p.Rows {
		in, out := "", r.Amount.String()
		if r.Amount > 0 {
			in, out = out, in
		} else {
			out = (-r.Amount).String()
		}
		write(r.Day.String(), r.Entry, v.summaryOf(r.Line), in, out, r.Balance.String(), r.Origin.Words, r.By)
	}
	write(p.Span.To.String(), "", v.say("本期合计与期末", "movements and closing"), p.Debit.String(), p.Credit.String(), p.Closing.String(), "", "")
	if err != nil {
		return err
	}
	return out.Close()
}

// summaryOf is what a line is about.
func (v *view) summaryOf(l fund.Line) string {
	words := v.in(l.Type.Label())
	if l.Reason != "" {
		words += v.say("：", ": ") + l.Reason
	}
	return words
}

// balanceRow is a line of a trial balance.
type balanceRow struct {
	Title string
	Path  string // of its ledger, "" for what stands for many accounts
	fund.Balance
}

// balancePage is the trial balance of a fund over a period.
type balancePage struct {
	fundRow
	Span     period.Span
	Fields   []field
	Problems []problem
	Rows     []balanceRow
	Total    fund.Balance
}

// trialBalance shows what happened on every account. What persons are owed stands in one line.
func (v *view) trialBalance() error {
	var p balancePage
	p.Span, p.Fields, p.Problems = v.spanAsked()
	status := http.StatusOK
	if len(p.Problems) > 0 {
		status, p.Span = http.StatusUnprocessableEntity, period.Span{From: v.today(), To: v.today()}
	}
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = balancePage{Span: p.Span, Fields: p.Fields, Problems: p.Problems}
		return v.fillBalance(tx, code, &p)
	})
	if err != nil {
		return err
	}
	return v.show(status, v.errorTitle(p.Problems, v.in(p.Name)+v.say(" 试算平衡", " trial balance")), balanceOf(v, p))
}

func (v *view) fillBalance(tx *store.Tx, code string, p *balancePage) (err error) {
	if p.fundRow, err = fundOf(tx, code); err != nil {
		return err
	}
	statement, err := fund.StatementOf(tx, code, p.Span)
	if err != nil {
		return err
	}
	p.Total = statement.Total
	books, err := v.books(tx, code)
	if err != nil {
		return err
	}
	persons := balanceRow{Title: v.say("应付：个人", "payable: persons")}
	for _, b := range books {
		if i := slices.IndexFunc(statement.Accounts, func(x fund.Balance) bool { return x.Account == b.AccountID }); i >= 0 {
			p.Rows = append(p.Rows, balanceRow{b.Title, ledgerAddress(code, "", b.String(), p.Span, fund.Mark{}), statement.Accounts[i]})
		}
	}
	for _, b := range statement.Accounts {
		if ofPerson(b.Account) {
			if persons.Balance, err = persons.Balance.Plus(b); err != nil {
				return err
			}
		}
	}
	if persons.Debit != 0 || persons.Credit != 0 || persons.Opening != 0 {
		p.Rows = append(p.Rows, persons)
	}
	return nil
}

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
	if !slices.ContainsFunc(p.Rows, func(r debtRow) bool { return r.Payee == payee }) {
		return refuse(fault.NotFound, "payee-unknown", fault.Text{ZH: "这个专账没有欠这家机构", EN: "this special account owes that institution nothing"}, fault.Text{ZH: "从应付汇总打开", EN: "open one from the summary"})
	}
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
	By      string
	Lines   []entryLine
	Bill    *billOrigin // when it comes from a settlement
	Debit   money.Fen
	Credit  money.Fen
	Instant string
}

// billOrigin is what a settlement says to those who keep the accounts: which bill of whom, and what every fund bears of it. Nothing of the person.
type billOrigin struct {
	claim.Claim
	Provider string
	Person   string // whose file may be opened, for those who may
	Parts    []itemRow
}

func (v *view) fundEntry() error {
	var p entryPage
	err := v.inFund(func(tx *store.Tx, code string) error {
		p = entryPage{}
		return v.fillEntry(tx, code, &p)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("凭证 ", "Entry ")+shortID(p.Entry.ID), entryOf_(v, p))
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
	accounts, err := fund.Accounts(tx, code)
	if err != nil {
		return err
	}
	for _, l := range p.Entry.Lines {
		line := entryLine{EntryLine: l, Title: v.in(l.Account.Kind.Label())}
		if i := slices.IndexFunc(accounts, func(a fund.Account) bool { return a.AccountID == l.Account }); i >= 0 {
			if line.Title, err = v.accountTitle(tx, accounts[i]); err != nil {
				return err
			}
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
	if o := p.Entry.Lines[0].Origin; o.Kind == fund.FromSettlement {
		p.Bill, err = v.billOrigin(tx, o.ID)
	}
	return err
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

// percent is a share for people, "—" when there is none.
func (v *view) percent(percent int64, ok bool) string {
	if !ok {
		return "—"
	}
	return strconv.FormatInt(percent, 10) + "%"
}

// fundTabs are the pages of a fund: name, address, words.
func (v *view) fundTabs(code string) [][3]string {
	at := "/funds/" + code
	return [][3]string{{"", at, v.say("概况", "Overview")}, {"ledger", at + "/ledger", v.say("明细账", "Ledger")}, {"balance", at + "/balance", v.say("试算平衡", "Trial balance")}, {"debts", at + "/debts", v.say("应付", "Owed")}}
}

// bookAddress is an account's ledger of the year.
func (v *view) bookAddress(code string, a accountRow) string {
	return ledgerAddress(code, "", a.String(), period.Span{From: period.MustDay(v.today().Year(), 1, 1), To: v.today()}, fund.Mark{})
}

func (v *view) dayOrDash(day period.Day) string {
	if day == 0 {
		return "—"
	}
	return day.String()
}

func commitmentClass(s fund.State) string {
	return map[fund.State]string{fund.StatePending: "warn", fund.StatePosted: "ok"}[s]
}

func (v *view) daysWords(c fund.Commitment) string { words, _ := v.days(c); return words }

func (v *view) daysClass(c fund.Commitment) string { _, class := v.days(c); return class }
