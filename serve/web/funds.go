package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// fundRoutes are the special accounts: where their money stands, every entry with what it comes from, and who is owed what by when.
var fundRoutes = slices.Concat(fundChangeRoutes, []route{
	{pattern: "GET /funds", may: only(auth.SeeFunds), do: (*view).funds},
	{pattern: "GET /funds/{fund}", may: only(auth.SeeFunds), do: (*view).oneFund},
	{pattern: "GET /funds/{fund}/ledger", may: only(auth.SeeFunds), do: (*view).ledger},
	{pattern: "GET /funds/{fund}/ledger.xlsx", may: only(auth.SeeFunds), do: (*view).ledgerWorkbook},
	{pattern: "GET /funds/{fund}/ledger.csv", may: only(auth.SeeFunds), do: (*view).ledgerCSV},
	{pattern: "GET /funds/{fund}/balance", may: only(auth.SeeFunds), do: (*view).trialBalance},
	{pattern: "GET /funds/{fund}/debts", may: only(auth.SeeFunds), do: (*view).debts},
	{pattern: "GET /funds/{fund}/entries/{entry}", may: only(auth.SeeFunds), do: (*view).fundEntry},
	{pattern: "GET /funds/{fund}/settlements/{claim}", may: only(auth.SeeFunds), do: (*view).fundBill},
})

// fundRow is a fund with where its money stands.
type fundRow struct {
	fund.Fund
	fund.Position
}

// executed is the share that was paid, in hundredths, and spent the share of the fund's time that has passed. Neither is known of a fund that
// was given nothing, or that has no end.
func (f fundRow) executed() (percent int64, ok bool) { return share(f.Paid, f.Budget()) }

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
	Spent    money.Fen    // all of it together, from the lines of the uses
	Waiting  []changeLine // what is proposed for it
}

// unused is what the lines of the uses say beyond what was paid and is due, which come from other accounts and from the commitments: zero, or something is wrong.
func (p onePageOfFund) unused() money.Fen { return p.Spent - p.Used() }

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
				if p.Spent, err = money.Add(p.Spent, a.Balance); err != nil {
					return err
				}
			case fund.Source, fund.Bank, fund.Limit, fund.Reserve:
				p.Accounts = append(p.Accounts, a)
			}
		}
		p.Waiting, err = v.changeLines(tx, func(tx *store.Tx) ([]upkeep.Change, error) {
			waiting, err := upkeep.Waiting(tx, upkeep.Money)
			return slices.DeleteFunc(waiting, func(c upkeep.Change) bool { return c.Fund != code }), err
		})
		return err
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
	all, err := fund.Books(tx, code)
	for _, a := range all {
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
		return v.in(a.Kind.Label()) + v.say("：", ": ") + v.useName(parseUse(a.Code)), nil
	case fund.Payable:
		payee, err := v.payeeName(tx, fund.Payee{Kind: fund.PayeeKind(kind), ID: name})
		return v.in(a.Kind.Label()) + v.say("：", ": ") + payee, err
	case fund.Suspense, fund.Reserve:
		return v.in(a.Kind.Label()), nil
	}
	return v.in(a.Kind.Label()) + v.say("：", ": ") + v.in(a.Name), nil
}

// useName is a use as the policies call it.
func (v *view) useName(u fund.Use) string { return v.in(v.Record.Upkeep.UseName(u)) }

// parseUse reads a use as accounts and forms write it: kind/name.
func parseUse(written string) fund.Use {
	kind, name, _ := strings.Cut(written, "/")
	return fund.Use{Kind: fund.UseKind(kind), Name: name}
}

// usedFor is the use that an appropriation account is for.
func (v *view) usedFor(a accountRow) string {
	return v.useName(parseUse(a.Code))
}

// payeeName is an institution's name. A person is told by the number alone: who that is stands in the person's file.
func (v *view) payeeName(tx *store.Tx, p fund.Payee) (string, error) {
	if p.Kind == fund.Person {
		return v.called(tx, p.ID)
	}
	profile, err := v.Record.Providers.Profile(tx, p.ID, v.today(), v.today())
	if fault.KindOf(err) == fault.NotFound {
		return p.ID, nil
	}
	return profile.Name, err
}

// used is the share of a fund that was paid. Of one that was given neither money nor a limit there is none.
func (v *view) used(f fundRow) string {
	percent, ok := f.executed()
	if !ok {
		return v.say("未设限额", "no limit set")
	}
	return strconv.FormatInt(percent, 10) + "%"
}

// fundTabs are the pages of a fund: name, address, words.
func (v *view) fundTabs(code string) [][3]string {
	at := "/funds/" + code
	tabs := [][3]string{{"", at, v.say("概况", "Overview")}, {"ledger", at + "/ledger", v.say("明细账", "Ledger")}, {"balance", at + "/balance", v.say("试算平衡", "Trial balance")}, {"debts", at + "/debts", v.say("应付", "Owed")}}
	if v.may(auth.MakeFunds) {
		tabs = append(tabs, [3]string{"enter", enterAddress(code), v.say("记账", "Propose an entry")})
	}
	return tabs
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
