package api

import (
	"net/http"
	"strings"

	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

type fundView struct {
	Code    string        `json:"code"`
	Name    present.Label `json:"name"`
	Purpose present.Label `json:"purpose"`
	From    period.Day    `json:"from"`
	To      period.Day    `json:"to"`
	Uses    []string      `json:"uses" nullable:"false" doc:"可以用于：scheme、settlement 或 category 加名称 what it may be used for"`
}

type fundsView struct {
	Funds []fundView `json:"funds" nullable:"false"`
}

type accountView struct {
	Fund    string    `json:"fund"`
	Account string    `json:"account" doc:"种类/代码 kind/code"`
	Opening money.Fen `json:"opening"`
	Debit   money.Fen `json:"debit"`
	Credit  money.Fen `json:"credit"`
	Closing money.Fen `json:"closing" doc:"借方为正，贷方为负 debit positive, credit negative"`
}

type ledgerView struct {
	From     period.Day    `json:"from"`
	To       period.Day    `json:"to"`
	Accounts []accountView `json:"accounts" nullable:"false"`
	Debit    money.Fen     `json:"debit" doc:"借方合计，等于贷方合计 debits of all accounts, which equal the credits"`
	Credit   money.Fen     `json:"credit"`
}

type balanceView struct {
	Fund      string        `json:"fund"`
	Day       period.Day    `json:"day" doc:"账户余额的日期 day of the accounts' balances"`
	Available money.Fen     `json:"available" doc:"现在还可以使用的 what may still be committed now"`
	Accounts  []accountView `json:"accounts" nullable:"false"`
}

type entryView struct {
	Day        period.Day `json:"day"`
	Entry      string     `json:"entry"`
	Line       int        `json:"line"`
	Type       string     `json:"type"`
	Amount     money.Fen  `json:"amount" doc:"借方为正，贷方为负 debit positive, credit negative"`
	Commitment string     `json:"commitment,omitempty"`
	Origin     originView `json:"origin"`
	Corrects   string     `json:"corrects,omitempty" doc:"被它更正的一笔 the entry it corrects"`
	Reason     string     `json:"reason,omitempty"`
	Entered    string     `json:"entered" doc:"记账的时刻 when it was entered"`
}

type originView struct {
	Kind string `json:"kind" enum:"settlement,batch,document"`
	ID   string `json:"id"`
	Line string `json:"line,omitempty"`
}

type linesView struct {
	Lines []entryView `json:"lines" nullable:"false"`
	Next  string      `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type debtView struct {
	Fund    string    `json:"fund"`
	Payee   string    `json:"payee" doc:"provider/机构编号 或 person/人员编号 provider/ID or person/ID"`
	Amount  money.Fen `json:"amount" doc:"尚未支付的 what is not paid yet"`
	Posted  money.Fen `json:"posted" doc:"其中已入账的 of it what is owed already"`
	Overdue money.Fen `json:"overdue" doc:"其中已过付款期限的 of it what is past its day"`
	Count   int       `json:"count" doc:"几笔 how many commitments"`
	Due     string    `json:"due,omitempty" doc:"最早的付款期限 the earliest day by which some of it is due"`
}

type debtsView struct {
	Day   period.Day `json:"day"`
	Debts []debtView `json:"debts" nullable:"false"`
}

type owedView struct {
	ID       string     `json:"id"`
	Fund     string     `json:"fund"`
	State    string     `json:"state" enum:"pending,posted"`
	Amount   money.Fen  `json:"amount"`
	Paid     money.Fen  `json:"paid"`
	Returned money.Fen  `json:"returned"`
	Unpaid   money.Fen  `json:"unpaid"`
	Since    period.Day `json:"since" doc:"记账日 day it was committed"`
	Due      string     `json:"due,omitempty" doc:"付款期限 the day by which it must be paid"`
	Origin   originView `json:"origin" doc:"结算的 id 是账单编号 of a settlement: the bill's id"`
}

type owedListView struct {
	Owed []owedView `json:"owed" nullable:"false"`
	Next string     `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type oneFund struct {
	Code string `path:"code" doc:"专账代码 code of the fund"`
	Day  string `query:"day" doc:"到这一天为止，不写为今天 up to this day, by default today"`
}

type linesParams struct {
	Code    string `path:"code" doc:"专账代码 code of the fund"`
	Account string `query:"account" required:"true" doc:"账户，例如 bank/main the account, such as bank/main"`
	From    string `query:"from" doc:"不写为当年第一天 by default the first of the year"`
	To      string `query:"to" doc:"不写为今天 by default today"`
	Purpose string `query:"purpose" doc:"个人的应付账户必须写明查看目的 needed for what is payable to a person: what the look is for"`
	Cursor  string `query:"cursor"`
	Limit   string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type ledgerParams struct {
	Fund string `query:"fund" doc:"专账代码，不写为全县 code of a fund, by default all of the county"`
	From string `query:"from" doc:"不写为当年第一天 by default the first of the year"`
	To   string `query:"to" doc:"不写为今天 by default today"`
}

type debtsParams struct {
	Payee   string `query:"payee" doc:"provider/机构编号 或 person/人员编号；机构自己的密钥不写 provider/ID or person/ID; left out with an institution's own key"`
	Purpose string `query:"purpose" doc:"收款方是个人时必须写明查看目的 needed when the payee is a person: what the look is for"`
}

type owedParams struct {
	Payee   string `query:"payee" doc:"provider/机构编号 或 person/人员编号；机构自己的密钥不写 provider/ID or person/ID; left out with an institution's own key"`
	Purpose string `query:"purpose" doc:"收款方是个人时必须写明查看目的 needed when the payee is a person: what the look is for"`
	Cursor  string `query:"cursor"`
	Limit   string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

// fundOperations registers what is asked of special accounts.
func (s *server) fundOperations() {
	reads(s, operation{method: http.MethodGet, path: "/funds", id: "list-funds", scope: auth.FundsRead, summary: "专账列表 · list special accounts",
		description: "全县的专账、期限和用途。接口只读专账：开立、拨款、额度、预留和更正由一人在页面上提出、另一人复核，密钥背后没有可以被复核的人。\n\nThe special accounts of the county with their time and uses. Keys only read them: opening one, what it is given, granted or sets aside, and corrections are proposed by one person on the pages and approved by another; behind a key there is nobody who could be checked."}, listFunds)
	reads(s, operation{method: http.MethodGet, path: "/funds/{code}/balance", id: "fund-balance", scope: auth.FundsRead, summary: "专账余额 · balance of a special account",
		description: "现在还可使用多少，和各账户到某一天的余额。\n\nWhat may still be committed now, and each account's balance on a day."}, fundBalance)
	reads(s, operation{method: http.MethodGet, path: "/funds/{code}/lines", id: "fund-lines", scope: auth.FundsRead, summary: "账户明细 · lines of an account",
		description: "一个账户在一段时间内的分录，按日期。查看个人的应付账户要写明目的，并记入日志。\n\nThe entries of one account over a span, by day. A look at what is payable to a person needs a purpose and is kept in the log."}, fundLines)
	reads(s, operation{method: http.MethodGet, path: "/trial-balance", id: "trial-balance", scope: auth.FundsRead, summary: "试算平衡 · trial balance",
		description: "一个专账或全县专账在一段时间内各账户的期初、发生额和期末。\n\nOpening, movements and closing of each account over a span, of one special account or of all."}, trialBalance)
	reads(s, operation{method: http.MethodGet, path: "/funds/{code}/debts", id: "fund-debts", scope: auth.FundsRead, summary: "专账应付汇总 · what a special account owes, by payee",
		description: "每个收款方尚未支付多少、逾期多少。\n\nWhat each payee has not been paid yet, and what of it is late."}, fundDebts)
	reads(s, operation{method: http.MethodGet, path: "/debts", id: "debts-to-payee", scope: auth.FundsOwed, summary: "应付给一方的合计 · what is owed to a payee",
		description: "各专账合计。机构只见自己的，不写 payee。\n\nBy special account. An institution sees its own only and leaves payee out."}, debtsTo)
	reads(s, operation{method: http.MethodGet, path: "/debts/items", id: "debt-items", scope: auth.FundsOwed, summary: "应付给一方的明细 · each debt to a payee",
		description: "逐笔，先到期的在前。机构只见自己的，不写 payee。\n\nOne by one, what is due first before what is due later. An institution sees its own only and leaves payee out."}, debtItems)
}

func listFunds(c *call, _ *none, _ *none) (fundsView, error) {
	var view fundsView
	err := c.read(func(tx *store.Tx) error {
		view.Funds = []fundView{} // it may be read again
		codes, err := fund.Codes(tx)
		if err != nil {
			return err
		}
		for _, code := range codes {
			f, err := fund.Find(tx, code)
			if err != nil {
				return err
			}
			one := fundView{f.Code, labelOf(f.Name), labelOf(f.Purpose), f.Span.From, f.Span.To, []string{}}
			for _, use := range f.Uses {
				one.Uses = append(one.Uses, string(use.Kind)+"/"+use.Name)
			}
			view.Funds = append(view.Funds, one)
		}
		return nil
	})
	return view, err
}

func viewAccounts(balances []fund.Balance) []accountView {
	views := []accountView{}
	for _, b := range balances {
		views = append(views, accountView{b.Fund, b.Account.String(), b.Opening, b.Debit, b.Credit, b.Closing})
	}
	return views
}

func fundBalance(c *call, p *oneFund, _ *none) (balanceView, error) {
	day, err := c.day("day", p.Day)
	if err != nil {
		return balanceView{}, err
	}
	view := balanceView{Fund: p.Code, Day: day}
	err = c.read(func(tx *store.Tx) (err error) {
		if view.Available, err = fund.Available(tx, p.Code); err != nil {
			return err
		}
		ledger, err := fund.TrialBalance(tx, p.Code, day)
		view.Accounts = viewAccounts(ledger.Accounts)
		return err
	})
	return view, err
}

func trialBalance(c *call, p *ledgerParams, _ *none) (ledgerView, error) {
	span, err := c.span(p.From, p.To)
	if err != nil {
		return ledgerView{}, err
	}
	var ledger fund.Statement
	err = c.read(func(tx *store.Tx) (err error) { ledger, err = fund.StatementOf(tx, p.Fund, span); return err })
	return ledgerView{span.From, span.To, viewAccounts(ledger.Accounts), ledger.Total.Debit, ledger.Total.Credit}, err
}

func fundLines(c *call, p *linesParams, _ *none) (linesView, error) {
	span, err := c.span(p.From, p.To)
	if err != nil {
		return linesView{}, err
	}
	page, err := readPage[fund.Mark](p.Limit, p.Cursor)
	if err != nil {
		return linesView{}, err
	}
	if p.Cursor != "" && !span.Contains(page.after.Day) {
		return linesView{}, parameter("cursor", p.Cursor)
	}
	view := linesView{Lines: []entryView{}}
	err = c.look("api.fund-lines", func(tx *store.Tx) error {
		account, err := accountOf(tx, p.Code, p.Account)
		if err != nil {
			return err
		}
		if payee, is := strings.CutPrefix(account.Code, "person/"); is && account.Kind == fund.Payable {
			if err := c.seen(tx, "fund.lines", p.Code, p.Purpose, payee); err != nil {
				return err
			}
		}
		lines, err := fund.Lines(tx, p.Code, account, span, page.after, page.more())
		lines, view.Next = cut(page, lines, func(l fund.Line) fund.Mark { return l.Mark })
		view.Lines = viewLines(lines)
		return err
	})
	return view, err
}

// accountOf is the account of a fund that is written as kind/code. Codes: fund.unknown, api.account.
func accountOf(tx *store.Tx, code, written string) (fund.AccountID, error) {
	accounts, err := fund.Accounts(tx, code)
	if err != nil {
		return fund.AccountID{}, err
	}
	for _, a := range accounts {
		if a.String() == written {
			return a.AccountID, nil
		}
	}
	return fund.AccountID{}, accountUnknown(written)
}

func viewLines(lines []fund.Line) []entryView {
	views := []entryView{}
	for _, l := range lines {
		views = append(views, entryView{l.Day, l.Entry, l.Line, string(l.Type), l.Amount, l.Commitment, viewOrigin(l.Origin), l.Corrects, l.Reason, l.Instant})
	}
	return views
}

func viewOrigin(o fund.Origin) originView { return originView{string(o.Kind), o.ID, o.Line} }

func fundDebts(c *call, p *struct {
	Code string `path:"code" doc:"专账代码 code of the fund"`
}, _ *none) (debtsView, error) {
	var totals []fund.Total
	err := c.read(func(tx *store.Tx) (err error) {
		if _, err = fund.Find(tx, p.Code); err == nil {
			totals, err = fund.TotalsOf(tx, p.Code, c.today())
		}
		return err
	})
	return c.viewDebts(totals), err
}

func debtsTo(c *call, p *debtsParams, _ *none) (debtsView, error) {
	var totals []fund.Total
	err := c.look("api.debts-to-payee", func(tx *store.Tx) error {
		payee, err := c.payee(tx, p.Payee, p.Purpose)
		if err != nil {
			return err
		}
		totals, err = fund.TotalsTo(tx, payee, c.today())
		return err
	})
	return c.viewDebts(totals), err
}

func (c *call) viewDebts(totals []fund.Total) debtsView {
	view := debtsView{c.today(), []debtView{}}
	for _, t := range totals {
		view.Debts = append(view.Debts, debtView{t.Fund, string(t.Payee.Kind) + "/" + t.Payee.ID, t.Amount, t.Posted, t.Late, t.Count, dayOrNone(t.First)})
	}
	return view
}

func dayOrNone(day period.Day) string {
	if day == 0 {
		return ""
	}
	return day.String()
}

// payee is who is asked about: an institution itself, for an office anybody. A look at a person's money is kept in the log. Codes:
// api.payee, api.purpose.
func (c *call) payee(tx *store.Tx, asking, purpose string) (fund.Payee, error) {
	own := fund.Payee{Kind: fund.Provider, ID: c.key.Party}
	kind, id, written := strings.Cut(asking, "/")
	asked := fund.Payee{Kind: fund.PayeeKind(kind), ID: id}
	switch {
	case !c.key.County() && (asking == "" || asked == own):
		return own, nil
	case !c.key.County():
		return asked, payeeUnknown()
	case asking == "":
		return asked, payeeNeeded()
	case !written || asked.Kind != fund.Provider && asked.Kind != fund.Person:
		return asked, payeeUnknown()
	}
	found, err := dated.KindOf(tx, id)
	if err != nil {
		return asked, err
	}
	if found == "" || (asked.Kind == fund.Person) != (found == register.PersonKind) {
		return asked, payeeUnknown()
	}
	if asked.Kind == fund.Person {
		err = c.seen(tx, "fund.debts", id, purpose, id)
	}
	return asked, err
}

// debtMark is the place of a debt in a list.
type debtMark struct {
	Fund, ID string
	Due      period.Day
}

func debtItems(c *call, p *owedParams, _ *none) (owedListView, error) {
	page, err := readPage[debtMark](p.Limit, p.Cursor)
	if err != nil {
		return owedListView{}, err
	}
	view := owedListView{Owed: []owedView{}}
	err = c.look("api.debt-items", func(tx *store.Tx) error {
		payee, err := c.payee(tx, p.Payee, p.Purpose)
		if err != nil {
			return err
		}
		found, err := fund.OutstandingTo(tx, payee, fund.Commitment{Fund: page.after.Fund, ID: page.after.ID, Due: page.after.Due}, page.more())
		found, view.Next = cut(page, found, func(d fund.Commitment) debtMark { return debtMark{d.Fund, d.ID, d.Due} })
		view.Owed = viewOwed(found)
		return err
	})
	return view, err
}

func viewOwed(found []fund.Commitment) []owedView {
	views := []owedView{}
	for _, d := range found {
		views = append(views, owedView{d.ID, d.Fund, string(d.State), d.Amount, d.Paid, d.Returned, d.Unpaid(), d.FirstDay, dayOrNone(d.Due), viewOrigin(d.Origin)})
	}
	return views
}
