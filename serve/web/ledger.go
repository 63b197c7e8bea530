package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
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
	archive "doudi/record/file"
	"doudi/record/fund"
	"doudi/record/payment"
	tables "doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/upkeep"
	"doudi/record/voucher"
)

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
	Number  string // of the entry
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
		return noSuchPage()
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
		if row.Number, err = voucher.Number(tx, voucher.Of(l)); err != nil {
			return err
		}
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
			return originLink{Words: v.say("结算（没有记录）", "settlement (not on record)")}, nil
		}
		return originLink{v.say("结算单 ", "settlement ") + c.Number, "/funds/" + code + "/settlements/" + o.ID}, err
	case fund.FromBatch:
		b, err := payment.Get(tx, o.ID)
		if fault.KindOf(err) == fault.NotFound {
			return originLink{Words: v.say("批次（没有记录）", "batch (not on record)")}, nil
		}
		link = originLink{Words: v.say("批次 ", "batch ") + b.Number}
		if v.may(auth.SeeBatches) {
			link.Path = batchAddress(b.Number, "")
		}
		return link, err
	}
	link = originLink{Words: v.say("文件 ", "document ") + o.ID}
	if o.Line != "" { // the change by which it was entered
		link.Path = changesOf[upkeep.Money].change(o.Line)
	}
	return link, nil
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
	return v.exportLedger(tables.XLSX, workbook, "xlsx")
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
	return v.attach(name, media, b.Bytes())
}

// workbook is the media type of xlsx.
const workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// attach sends a file to be kept.
func (v *view) attach(name, media string, content []byte) error {
	return v.sendFile("attachment", name, media, bytes.NewReader(content), int64(len(content)))
}

// sendFile sends a file, to be kept (attachment) or to be looked at (inline). That the reader has gone, or that what is sent ends short of its length, is
// seen by the reader alone: nothing else can be said after the first byte.
func (v *view) sendFile(how, name, media string, content io.Reader, size int64) error {
	h := v.w.Header()
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if _, err := io.Copy(v.w, content); err != nil {
		slog.Debug("file not sent whole", "error", private(err))
	}
	return nil
}

// sendDocument sends a document of the county's archive.
func (v *view) sendDocument(find func(*store.Tx) (archive.Content, error)) error {
	var content archive.Content
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) { content, err = find(tx); return err })
	if err != nil {
		return err
	}
	from, err := content.Open(context.WithoutCancel(v.r.Context()))
	if err != nil {
		return err
	}
	v.takeTime()
	return errors.Join(v.sendFile("attachment", content.Name, content.Media, from, content.Size), from.Close())
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
		write(r.Day.String(), r.Number, v.summaryOf(r.Line), in, out, r.Balance.String(), r.Origin.Words, r.By)
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
