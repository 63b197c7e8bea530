package api

import (
	"cmp"
	"net/http"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/payment"
	"doudi/record/store"
)

type bankAccountView struct {
	ID       string      `json:"id" doc:"这一条登记的编号 id of the statement"`
	Number   string      `json:"number" doc:"没有 facts.finance 的密钥只见后四位 its last four digits without facts.finance"`
	Bank     string      `json:"bank"`
	Holder   string      `json:"holder" doc:"户名，没有 facts.identity 时隐去 withheld without facts.identity"`
	As       string      `json:"as" enum:"own,head,guardian" doc:"本人、户主代收、监护人代收 the person's own, the head's, a guardian's"`
	From     *period.Day `json:"from"`
	To       *period.Day `json:"to" doc:"没有止日为 null when it has no end"`
	Source   string      `json:"source,omitempty"`
	Withheld bool        `json:"withheld"`
}

type bankAccountsView struct {
	Accounts []bankAccountView `json:"accounts" nullable:"false"`
}

type bankAccountBody struct {
	Number   string `json:"number" minLength:"1" maxLength:"40" doc:"存折或银行卡号 of the passbook or card"`
	Bank     string `json:"bank" minLength:"1" maxLength:"100" doc:"开户银行 the bank"`
	Holder   string `json:"holder" minLength:"1" maxLength:"100" doc:"户名 the name in which it is kept"`
	As       string `json:"as" enum:"own,head,guardian" doc:"本人、户主代收、监护人代收 the person's own, the head's, a guardian's"`
	Reason   string `json:"reason,omitempty" maxLength:"100" doc:"不是本人的要写理由 why it is another's"`
	Compared bool   `json:"compared,omitempty" doc:"true：校验位不符，已与银行卡核对 true when the check digit does not fit and the card was compared"`
	From     string `json:"from" minLength:"1" maxLength:"10" doc:"从哪天起 since when"`
	Saying
}

type closeAccountBody struct {
	Last string `json:"last" minLength:"1" maxLength:"10" doc:"使用的最后一天 the last day it was used"`
	Saying
}

type purposeParams struct {
	ID      string `path:"id" doc:"人员编号 id of the person"`
	Purpose string `query:"purpose" doc:"查看目的，记入日志 what the look is for, kept in the log"`
}

type oneAccount struct {
	ID string `path:"id" doc:"账户登记的编号 id of the statement"`
}

type payBatchView struct {
	Number string    `json:"number"`
	Scheme string    `json:"scheme" doc:"系列/待遇 series/benefit"`
	Payer  string    `json:"payer"`
	Fund   string    `json:"fund"`
	Paid   string    `json:"paid" doc:"发放周期 how often it is paid"`
	From   string    `json:"from" doc:"月 month"`
	To     string    `json:"to" doc:"月 month"`
	Part   int64     `json:"part" doc:"2 起是同期的补发批次 2 and more pay what was moved out of the one before"`
	State  string    `json:"state" enum:"draft,check,locked,void"`
	People int64     `json:"people"`
	Total  money.Fen `json:"total"`
}

type payBatchesView struct {
	Batches []payBatchView `json:"batches" nullable:"false"`
	Next    string         `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type payActView struct {
	Kind  string `json:"kind" enum:"create,move-out,hand-in,send-back,lock,void"`
	By    string `json:"by"`
	At    string `json:"at" doc:"时刻 when"`
	Note  string `json:"note,omitempty"`
	Label string `json:"label"`
}

type payTallyView struct {
	Division string    `json:"division" doc:"乡镇 town"`
	Out      string    `json:"out,omitempty" enum:"no-receiver,no-account,other-name,owes,by-hand" doc:"移出的原因，不写为发放 why it is left out; paid when not given"`
	People   int64     `json:"people"`
	Amount   money.Fen `json:"amount"`
}

type payDifferenceView struct {
	Subject string    `json:"subject" doc:"人员或家庭编号 id of the person or household"`
	Change  string    `json:"change" enum:"new,stopped,changed,out"`
	Before  money.Fen `json:"before"`
	After   money.Fen `json:"after"`
	Reason  string    `json:"reason,omitempty" doc:"核发给出的原因 the kind of reason that the run gives"`
	Out     string    `json:"out,omitempty"`
}

type payBatchDetail struct {
	Batch       payBatchView        `json:"batch"`
	Acts        []payActView        `json:"acts" nullable:"false"`
	Tallies     []payTallyView      `json:"tallies" nullable:"false" doc:"按乡镇和移出原因 by town and reason"`
	Differences []payDifferenceView `json:"differences" nullable:"false" doc:"与上期不同的，先看这些 to the period before: look at these first"`
}

type payItemView struct {
	Run    string    `json:"run" doc:"核发的编号 id of the run that calls it"`
	Month  string    `json:"month"`
	Amount money.Fen `json:"amount" doc:"负数为追回 what is recovered is negative"`
}

type payLineView struct {
	Subject  string        `json:"subject" doc:"人员或家庭编号 id of the person or household"`
	Receiver string        `json:"receiver,omitempty" doc:"收款人的人员编号 id of who receives it"`
	Division string        `json:"division,omitempty"`
	Amount   money.Fen     `json:"amount"`
	Months   int64         `json:"months" doc:"本期的月数 months of the period"`
	Out      string        `json:"out,omitempty" doc:"移出的原因 why it is left out"`
	Items    []payItemView `json:"items" nullable:"false"`
}

type payLinesView struct {
	Lines []payLineView `json:"lines" nullable:"false"`
	Next  string        `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type batchesParams struct {
	Scheme string `query:"scheme" doc:"系列/待遇 series/benefit"`
	State  string `query:"state" doc:"draft、check、locked 或 void one of draft, check, locked, void"`
	Cursor string `query:"cursor"`
	Limit  string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type oneBatch struct {
	ID string `path:"id" doc:"批次号 number of the batch"`
}

type batchLinesParams struct {
	ID      string `path:"id" doc:"批次号 number of the batch"`
	Purpose string `query:"purpose" doc:"查看目的，记入日志 what the look is for, kept in the log"`
	Cursor  string `query:"cursor"`
	Limit   string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type makeBatchBody struct {
	Scheme string `json:"scheme" minLength:"3" maxLength:"200" doc:"系列/待遇 series/benefit"`
	Month  string `json:"month" minLength:"7" maxLength:"7" doc:"这一期里的任一个月 any month of the period"`
	Payer  string `json:"payer,omitempty" maxLength:"100" doc:"有几个时要写 where there are several"`
	Fund   string `json:"fund,omitempty" maxLength:"100" doc:"有几个时要写 where there are several"`
	Again  bool   `json:"again,omitempty" doc:"true：已锁定的一期再生成一批 true for a further batch of a locked period"`
}

type batchStepBody struct {
	Step    string `json:"step" enum:"move-out,hand-in,send-back,lock,void" doc:"移出、送复核、退回、锁定、作废 what is done"`
	Subject string `json:"subject,omitempty" maxLength:"40" doc:"移出的人员或家庭 whom to move out"`
	Note    string `json:"note,omitempty" maxLength:"200" doc:"理由或意见 reason or opinion"`
}

// paymentOperations registers what is asked of bank accounts and batches.
func (s *server) paymentOperations() {
	const anyone = "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"
	reads(s, operation{method: http.MethodGet, path: "/people/{id}/accounts", id: "list-bank-accounts", scope: auth.PaymentsRead, summary: "一个人的收款账户 · a person's bank accounts",
		description: "每次都记入日志。\n\nEach look is kept in the log."}, listBankAccounts)
	writes(s, operation{method: http.MethodPost, path: "/people/{id}/accounts", id: "open-bank-account", scope: auth.PaymentsWrite, summary: "登记收款账户 · state a bank account",
		example:     map[string]any{"number": "9012345678", "bank": "农村信用社", "holder": "张三", "as": "own", "from": "2021-01-01", "source": "存折"},
		description: "户名须是本人，或写明理由由户主、监护人代收；以前的账户到前一天为止。\n\nIn the person's own name, or with a reason in that of the head of the household or a guardian; the one before ends the day before."}, openBankAccount)
	writes(s, operation{method: http.MethodPost, path: "/accounts/{id}/end", id: "close-bank-account", scope: auth.PaymentsWrite, summary: "停用收款账户 · close a bank account",
		example:     map[string]any{"last": "2021-12-31", "source": "本人"},
		description: "到某一天为止。\n\nUp to a day."}, closeBankAccount)
	reads(s, operation{method: http.MethodGet, path: "/batches", id: "list-batches", scope: auth.PaymentsRead, summary: "发放批次列表 · list batches of payments",
		description: "新的在前。\n\nThe newest first."}, listBatches)
	reads(s, operation{method: http.MethodGet, path: "/batches/{id}", id: "read-batch", scope: auth.PaymentsRead, summary: "一个发放批次 · a batch of payments",
		description: "经过、各乡镇合计和与上期的差异。\n\nWhat was done, sums by town, and the differences to the period before."}, readBatch)
	reads(s, operation{method: http.MethodGet, path: "/batches/{id}/lines", id: "batch-lines", scope: auth.PaymentsRead, summary: "批次明细 · lines of a batch",
		description: "每人（户）的金额和逐月依据。每次都记入日志。\n\nThe amount of each person or household, month by month with its run. Each look is kept in the log."}, batchLines)
	writes(s, operation{method: http.MethodPost, path: "/batches", id: "make-batch", scope: auth.PaymentsWrite, summary: "生成发放批次 · make a batch of payments",
		example:     map[string]any{"scheme": "pingyin-medical-help/severe-disability", "month": "2021-12"},
		description: "从已批准的核发生成；同一期只有一批。专账额度不够、还有月份没有批准时不办。\n\nFrom approved runs; a period has one batch. Refused when the special account cannot cover it or a month has no approved run."}, makeBatch)
	writes(s, operation{method: http.MethodPost, path: "/batches/{id}/steps", id: "move-batch", scope: auth.PaymentsWrite, summary: "办理发放批次 · move a batch on",
		example:     map[string]any{"step": "send-back", "note": "核对户名", "subject": anyone},
		description: "移出一人、送复核、退回、锁定、作废。制单的机构不能复核自己的批次。\n\nMove somebody out, hand it in, send it back, lock it, make it void. Who made a batch cannot check it."}, moveBatch)
}

func listBankAccounts(c *call, p *purposeParams, _ *none) (bankAccountsView, error) {
	view := bankAccountsView{Accounts: []bankAccountView{}}
	err := c.look("api.bank-accounts", func(tx *store.Tx) error {
		kept, err := c.Record.Payments.Accounts(tx, p.ID)
		if err != nil {
			return err
		}
		view.Accounts = []bankAccountView{}
		for _, k := range kept {
			view.Accounts = append(view.Accounts, c.viewBankAccount(k))
		}
		return c.seen(tx, "payment.accounts", p.ID, p.Purpose, p.ID)
	})
	return view, err
}

// viewBankAccount is an account as far as the key may see it.
func (c *call) viewBankAccount(k payment.Kept) bankAccountView {
	view := bankAccountView{ID: k.ID, Number: k.Number, Bank: k.Bank, Holder: k.Holder, As: string(k.As), Source: k.Source}
	if !c.key.Sees(rule.Finance) {
		view.Number, view.Withheld = k.Masked(), true
	}
	if !c.key.Sees(rule.Identity) {
		view.Holder, view.Withheld = "", true
	}
	view.From, view.To = ends(k.Span)
	return view
}

func openBankAccount(c *call, tx *store.Tx, p *onePerson, b *bankAccountBody) (idView, error) {
	from, said, err := c.since(b.From, &b.Saying)
	if err != nil {
		return idView{}, err
	}
	a := payment.Account{Number: b.Number, Bank: b.Bank, Holder: b.Holder, As: payment.Holding(b.As), Reason: b.Reason, Compared: b.Compared}
	id, err := c.Record.Payments.Open(tx, p.ID, a, from, said)
	if err != nil {
		return idView{}, err
	}
	_, err = c.Record.Log.Record(tx, audit.Note{Name: "payment.open-account", Subject: id, Persons: map[string]any{p.ID: nil}})
	return idView{id}, err
}

func closeBankAccount(c *call, tx *store.Tx, p *oneAccount, b *closeAccountBody) (idView, error) {
	last, err := c.written("last", b.Last, 0)
	if err != nil {
		return idView{}, err
	}
	said, err := c.said(&b.Saying)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Payments.Close(tx, p.ID, last, said)
	if err != nil {
		return idView{}, err
	}
	_, err = c.Record.Log.Record(tx, audit.Note{Name: "payment.close-account", Subject: id})
	return idView{id}, err
}

func viewPayBatch(b *payment.Batch) payBatchView {
	return payBatchView{b.Number, b.Scheme, b.Payer, b.Fund, string(b.Paid), b.From.String(), b.To.String(), b.Part, string(b.State), b.People, b.Total}
}

func listBatches(c *call, p *batchesParams, _ *none) (payBatchesView, error) {
	view := payBatchesView{Batches: []payBatchView{}}
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return view, err
	}
	state := payment.State(p.State)
	if p.State != "" && state.Label().ZH == "" {
		return view, parameter("state", p.State)
	}
	var list []payment.Batch
	err = c.read(func(tx *store.Tx) (err error) {
		list, err = payment.Batches(tx, payment.Filter{Scheme: p.Scheme, State: state}, page.after, page.more())
		return err
	})
	list, view.Next = cut(page, list, func(b payment.Batch) string { return b.Number })
	for i := range list {
		view.Batches = append(view.Batches, viewPayBatch(&list[i]))
	}
	return view, err
}

func readBatch(c *call, p *oneBatch, _ *none) (payBatchDetail, error) {
	var view payBatchDetail
	err := c.read(func(tx *store.Tx) error {
		b, err := payment.Get(tx, p.ID)
		if err != nil {
			return err
		}
		view = payBatchDetail{Batch: viewPayBatch(&b), Acts: []payActView{}, Tallies: []payTallyView{}, Differences: []payDifferenceView{}}
		for _, a := range b.Acts {
			view.Acts = append(view.Acts, payActView{string(a.Kind), a.Actor.Name, store.FormatInstant(a.When), a.Note, a.Kind.Label().In(c.lang)})
		}
		tallies, err := payment.Tallies(tx, b.ID)
		if err != nil {
			return err
		}
		for _, t := range tallies {
			view.Tallies = append(view.Tallies, payTallyView{string(t.Division), string(t.Out), t.People, t.Amount})
		}
		differences, err := c.Record.Payments.Differences(tx, b.ID)
		for _, d := range differences {
			view.Differences = append(view.Differences, payDifferenceView{d.Subject, string(d.Change), d.Before, d.After, string(d.Reason), string(d.Out)})
		}
		return err
	})
	return view, err
}

func batchLines(c *call, p *batchLinesParams, _ *none) (payLinesView, error) {
	view := payLinesView{Lines: []payLineView{}}
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return view, err
	}
	err = c.look("api.batch-lines", func(tx *store.Tx) error {
		b, err := payment.Get(tx, p.ID)
		if err != nil {
			return err
		}
		lines, err := c.Record.Payments.Lines(tx, b.ID, page.after, page.more())
		if err != nil {
			return err
		}
		view.Lines = []payLineView{}
		lines, view.Next = cut(page, lines, func(l payment.Line) string { return l.Subject })
		var people []string
		for _, l := range lines {
			line := payLineView{l.Subject, l.Receiver, string(l.Division), l.Amount, l.Months, string(l.Out), []payItemView{}}
			for _, i := range l.Items {
				line.Items = append(line.Items, payItemView{i.Run, i.Month.String(), i.Amount})
			}
			view.Lines = append(view.Lines, line)
			people = append(people, cmp.Or(l.Receiver, l.Subject))
		}
		return c.seen(tx, "payment.lines", b.Number, p.Purpose, people...)
	})
	return view, err
}

func makeBatch(c *call, tx *store.Tx, _ *none, b *makeBatchBody) (payBatchView, error) {
	month, err := period.ParseMonth(b.Month)
	if err != nil {
		return payBatchView{}, text.Placed(err, c.node.Get("month"))
	}
	made, err := c.Record.Payments.Create(tx, payment.Request{Scheme: b.Scheme, Payer: b.Payer, Fund: b.Fund, Month: month, Again: b.Again})
	if err != nil {
		return payBatchView{}, err
	}
	_, err = c.Record.Log.Record(tx, audit.Note{Name: "payment.create", Subject: made.Number})
	return viewPayBatch(&made), err
}

func moveBatch(c *call, tx *store.Tx, p *oneBatch, b *batchStepBody) (payBatchView, error) {
	payments := c.Record.Payments
	steps := map[string]func() error{
		"move-out":  func() error { return payments.MoveOut(tx, p.ID, b.Subject, b.Note) },
		"hand-in":   func() error { return payments.HandIn(tx, p.ID) },
		"send-back": func() error { return payments.SendBack(tx, p.ID, b.Note) },
		"lock":      func() error { return payments.Lock(tx, p.ID, b.Note) },
		"void":      func() error { return payments.Discard(tx, p.ID, b.Note) },
	}
	if err := steps[b.Step](); err != nil {
		return payBatchView{}, err
	}
	done, err := payment.Get(tx, p.ID)
	if err != nil {
		return payBatchView{}, err
	}
	_, err = c.Record.Log.Record(tx, audit.Note{Name: "payment." + b.Step, Subject: done.Number})
	return viewPayBatch(&done), err
}
