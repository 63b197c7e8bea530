package api

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/file"
	"doudi/record/store"
)

// Shown is what papers show, kept as it was written.
type shown struct{ json.RawMessage }

// Schema says what papers may show: the groups of facts of a bill, without the bill.
func (shown) Schema(registry huma.Registry) *huma.Schema {
	schema := document{}.Schema(registry)
	delete(schema.Properties, "bill")
	schema.Required, schema.Description = nil, "材料证明的情况，写法同账单文件 what the papers show, as a bill file is written"
	return schema
}

type papersBody struct {
	Document string `json:"document" maxLength:"40" doc:"已归档的材料编号 id of the document on file"`
	Day      string `json:"day" maxLength:"10" doc:"收到材料的日期 the day on which it was handed in"`
	By       string `json:"by,omitempty" maxLength:"100" doc:"交件人 who brought it"`
	Shows    shown  `json:"shows"`
}

// awaitedView says which papers may still follow.
type awaitedView struct {
	Procedure string   `json:"procedure"`
	Step      string   `json:"step"`
	Act       string   `json:"act" doc:"要补办什么 what is to be done"`
	Clause    string   `json:"clause"`
	Facts     []string `json:"facts" nullable:"false" doc:"材料证明的情况 the facts that the papers show"`
	Due       string   `json:"due" doc:"最后一天 the last day"`
}

func (c *call) viewAwaited(a *claim.Awaited) *awaitedView {
	if a == nil {
		return nil
	}
	return &awaitedView{a.Procedure, a.Step, fault.Text(a.Act).In(c.lang), a.Clause, a.Facts, a.Due.String()}
}

type papersDueView struct {
	Awaited *awaitedView `json:"awaited,omitempty" doc:"没有则不能补交 left out when none may follow"`
}

type advanceBody struct {
	Bill    billBody `json:"bill"`
	Deposit string   `json:"deposit" maxLength:"20" doc:"病人已交的押金，没有写 0.00 what the patient left with the hospital, 0.00 for nothing"`
	Day     string   `json:"day" maxLength:"10" doc:"出院日期 day of the discharge"`
	Reason  string   `json:"reason" minLength:"1" maxLength:"200" doc:"为什么不能当时结算 why it could not be settled"`
}

type completeBody struct {
	Bill billBody `json:"bill" doc:"完整的账单；不写 replaces the whole bill, without replaces"`
}

// advanceView is what a hospital put up.
type advanceView struct {
	ID       string    `json:"id"`
	Bill     string    `json:"bill" doc:"结清后是结清它的账单 once settled, the bill it was settled with"`
	Provider string    `json:"provider"`
	Amount   money.Fen `json:"amount" doc:"医院垫付 what the hospital put up"`
	Deposit  money.Fen `json:"deposit"`
	Day      string    `json:"day"`
	Age      int       `json:"age" doc:"已垫付天数 for how many days"`
	State    string    `json:"state" enum:"open,settled,withdrawn"`
	Closed   string    `json:"closed,omitempty"`
	Balance  money.Fen `json:"balance" doc:"结清时病人还要补交的；负数是要退的 what the patient still had to pay when it was closed; negative was to be given back"`
}

func (c *call) viewAdvance(a *claim.Advance) *advanceView {
	if a == nil {
		return nil
	}
	return &advanceView{a.ID, a.Claim, a.Provider, a.Amount, a.Deposit, a.Day.String(), a.Age(c.today()), string(a.State), a.Closed, a.Balance}
}

type advancesView struct {
	Advances []advanceView `json:"advances" nullable:"false"`
	Next     string        `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type providerParams struct {
	Provider string `query:"provider" doc:"哪家机构的；机构自己的密钥不写 of which provider; left out with an institution's own key"`
	Cursor   string `query:"cursor"`
	Limit    string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

// advanceOperations registers papers that follow, and advances.
func (s *server) advanceOperations() {
	reads(s, operation{method: http.MethodGet, path: "/bills/{id}/papers", id: "read-papers-due", scope: auth.Bills, summary: "可补交的材料 · papers that may follow",
		description: "已结算的账单还可以补交什么、到哪一天。未结算的见试算。\n\nWhat may still be handed in for a settled bill, and until when; of one that is not settled the preview says so."}, readPapersDue)
	writes(s, operation{method: http.MethodPost, path: "/bills/{id}/papers", id: "hand-in-papers", scope: auth.Settlements, summary: "补交材料 · hand in papers",
		example:     map[string]any{"document": "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17", "day": "2021-10-12", "shows": map[string]any{"visit": map[string]any{"referred": true, "referral_day": "2021-10-12"}}},
		description: "材料证明的情况代替账单所写的；已结算的按原位置重新结算，只记差额。逾期不收。\n\nWhat they show stands instead of what the bill says; a settled bill is settled again in its place, and only the differences are entered. What is late is refused."}, handInPapers)
	writes(s, operation{method: http.MethodPost, path: "/advances", id: "advance-bill", scope: auth.Bills, summary: "收单并记垫付 · receive a bill as an advance",
		example:     map[string]any{"bill": billExample, "deposit": "0.00", "day": "2021-11-08", "reason": "医保接口不通"},
		description: "上游各方付多少还不知道，医院先垫付，病人先出院。\n\nWhat others pay is not known yet; the hospital puts up the costs and lets the patient go."}, advanceBill)
	writes(s, operation{method: http.MethodPost, path: "/bills/{id}/completion", id: "complete-bill", scope: auth.Settlements, summary: "垫付补结 · settle an advanced bill",
		example: map[string]any{"bill": billExample}, description: "交来完整的账单并结算，垫付随之结清，答复写明病人应补或应退。\n\nThe whole bill is settled and the advance closed with it; the answer says what the patient still owes or gets back."}, completeBill)
	reads(s, operation{method: http.MethodGet, path: "/advances", id: "list-advances", scope: auth.Bills, summary: "未结垫付 · open advances",
		description: "一家机构的，早的在前。\n\nOf one provider, the oldest first."}, listAdvances)
}

func readPapersDue(c *call, p *oneBill, _ *none) (view papersDueView, err error) {
	err = c.read(func(tx *store.Tx) error {
		if _, err := c.own(tx, p.ID); err != nil {
			return err
		}
		a, found, err := c.Record.Claims.PapersDue(tx, p.ID)
		if found {
			view.Awaited = c.viewAwaited(&a)
		}
		return err
	})
	return view, err
}

func handInPapers(c *call, tx *store.Tx, p *oneBill, b *papersBody) (settlementView, error) {
	if _, err := c.own(tx, p.ID); err != nil {
		return settlementView{}, err
	}
	day, err := period.ParseDay(b.Day)
	if err != nil {
		return settlementView{}, err
	}
	done, err := c.Record.Claims.HandIn(tx, claim.Papers{Claim: p.ID, Document: b.Document, Day: day, By: b.By, Name: bodyName, Content: b.Shows.RawMessage})
	if fault.CodeOf(err) == "file.other-owner" && !c.key.County() {
		err = file.Unknown(b.Document)
	}
	if err != nil {
		return settlementView{}, c.placed(err, b.Shows.RawMessage)
	}
	return c.viewSettlement(tx, done)
}

func advanceBill(c *call, tx *store.Tx, _ *none, b *advanceBody) (advanceView, error) {
	bill, err := c.bill(tx, &b.Bill)
	if err != nil {
		return advanceView{}, err
	}
	d := claim.Discharge{Reason: b.Reason}
	if d.Deposit, err = money.ParseYuan(b.Deposit); err != nil {
		return advanceView{}, err
	}
	if d.Day, err = period.ParseDay(b.Day); err != nil {
		return advanceView{}, err
	}
	a, err := c.Record.Claims.Advance(tx, bill, d)
	if err != nil {
		return advanceView{}, c.placed(err, b.Bill.Document.RawMessage)
	}
	return *c.viewAdvance(&a), nil
}

func completeBill(c *call, tx *store.Tx, p *oneBill, b *completeBody) (settlementView, error) {
	if _, err := c.own(tx, p.ID); err != nil {
		return settlementView{}, err
	}
	b.Bill.Replaces = p.ID
	bill, err := c.bill(tx, &b.Bill)
	if err != nil {
		return settlementView{}, err
	}
	done, err := c.Record.Claims.Complete(tx, bill)
	if err != nil {
		return settlementView{}, c.placed(err, b.Bill.Document.RawMessage)
	}
	return c.viewSettlement(tx, done)
}

// provider is whose list is asked for: an institution sees its own.
func (c *call) provider(stated string) (string, error) {
	switch {
	case c.key.County() && stated == "":
		return "", providerNeeded()
	case c.key.County():
		return stated, nil
	case stated != "" && stated != c.key.Party:
		return "", providerForeign()
	}
	return c.key.Party, nil
}

// advanceMark is the place of an advance in a list.
type advanceMark struct {
	Day period.Day
	ID  string
}

func listAdvances(c *call, p *providerParams, _ *none) (advancesView, error) {
	view := advancesView{Advances: []advanceView{}}
	of, err := c.provider(p.Provider)
	if err != nil {
		return view, err
	}
	page, err := readPage[advanceMark](p.Limit, p.Cursor)
	if err != nil {
		return view, err
	}
	err = c.read(func(tx *store.Tx) error {
		found, err := claim.OpenAdvances(tx, of, claim.Advance{Day: page.after.Day, ID: page.after.ID}, page.more())
		view = advancesView{Advances: []advanceView{}} // it may be read again
		found, view.Next = cut(page, found, func(a claim.Advance) advanceMark { return advanceMark{a.Day, a.ID} })
		for i := range found {
			view.Advances = append(view.Advances, *c.viewAdvance(&found[i]))
		}
		return err
	})
	return view, err
}
