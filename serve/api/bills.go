package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/serve/present"
)

// Document is what a bill says, kept as it was written.
type document struct{ json.RawMessage }

// Schema says what a document holds; what stands inside of its parts is the vocabulary's and is checked by package claim.
func (document) Schema(huma.Registry) *huma.Schema {
	part := func(description string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: description}
	}
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"bill"}, Properties: map[string]*huma.Schema{
		"visit": part("就诊 the visit"), "application": part("申请 the application"), "approval": part("核准 the approval"),
		"bill": part("账单：no、lines 或 amount 和 in_scope、paid the bill: no, lines or amount and in_scope, paid"),
	}, Description: "写法同账单文件（docs/pack-language.md 第7节） as a bill file is written"}
}

// billBody is a bill that is handed in.
type billBody struct {
	Person   string   `json:"person" maxLength:"40" doc:"人员编号 id of the person"`
	Provider string   `json:"provider,omitempty" maxLength:"40" doc:"机构编号；机构自己的密钥不写 id of the provider; left out with an institution's own key"`
	Series   string   `json:"series" maxLength:"100" doc:"按哪一项政策结算 the policy it is settled by"`
	PayTo    string   `json:"pay_to,omitempty" enum:"provider,person" doc:"付给谁；不写则由政策定 who is paid; the policy decides when left out"`
	Replaces string   `json:"replaces,omitempty" maxLength:"40" doc:"被它更正的、已冲销的账单 the reversed bill that it corrects"`
	Document document `json:"document"`
}

// claimView is a bill on record, without what it says.
type claimView struct {
	ID       string `json:"id"`
	Person   string `json:"person"`
	Provider string `json:"provider"`
	Series   string `json:"series"`
	Number   string `json:"number"`
	Revision int    `json:"revision"`
	Replaces string `json:"replaces,omitempty"`
	State    string `json:"state" enum:"received,previewed,advanced,confirmed,reversed"`
	Version  int    `json:"version"`
}

func viewClaim(c claim.Claim) claimView {
	return claimView{c.ID, c.Person, c.Provider, c.Series, c.Number, c.Revision, c.Replaces, string(c.State), c.Version}
}

// settlementView is what an act did, without anything about the person.
type settlementView struct {
	Bill    string       `json:"bill"`
	Version int          `json:"version"`
	Own     money.Fen    `json:"own" doc:"政策各付款方合计 what the policy's own payers pay together"`
	Patient money.Fen    `json:"patient" doc:"个人负担 what stays with the patient"`
	Due     string       `json:"due,omitempty" doc:"付款期限 the day by which it must be paid"`
	Changes []changeView `json:"changes" nullable:"false" doc:"因此重新结算的账单 bills that were settled again because of it"`
	Awaited *awaitedView `json:"awaited,omitempty" doc:"还可以补交的材料 papers that may still follow"`
	Advance *advanceView `json:"advance,omitempty" doc:"随之结清的垫付 the advance that is closed with it"`
}

type changeView struct {
	Bill   string    `json:"bill"`
	Number string    `json:"number"`
	Before money.Fen `json:"before"`
	After  money.Fen `json:"after"`
}

type previewView struct {
	Digest    string                `json:"digest" doc:"确认时交回 to be handed back when it is confirmed"`
	Statement present.StatementView `json:"statement"`
	Changes   []changeView          `json:"changes" nullable:"false"`
	Awaited   *awaitedView          `json:"awaited,omitempty" doc:"结算后还可以补交的材料 papers that may still follow when it is settled"`
}

type billsView struct {
	Bills []claimView `json:"bills" nullable:"false"`
	Next  string      `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type oneBill struct {
	ID string `path:"id" doc:"账单编号 id of the bill"`
}

type confirmBody struct {
	Digest string `json:"digest,omitempty" maxLength:"100" doc:"试算给出的摘要：结果已变则不结算 digest of the preview: if other figures come out now, nothing is done"`
}

type reverseBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"冲销的理由 why"`
}

type replaceBody struct {
	Reason string   `json:"reason" minLength:"1" maxLength:"500"`
	Bill   billBody `json:"bill" doc:"新的账单；不写 replaces the new bill, without replaces"`
}

type listParams struct {
	Person string `query:"person" doc:"只列此人的 of this person only"`
	State  string `query:"state" doc:"received、previewed、advanced、confirmed 或 reversed"`
	Cursor string `query:"cursor"`
	Limit  string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

var billExample = map[string]any{"person": "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17", "series": "pingyin-medical-help", "document": map[string]any{
	"visit": map[string]any{"kind": "outpatient", "date": "2021-11-08", "diagnosis": "J18.9", "clinic": "ordinary"},
	"bill": map[string]any{"no": "MZ20211108001", "lines": []any{map[string]any{"item": "laboratory", "amount": "120.00", "in_scope": "120.00"}},
		"paid": map[string]any{"basic_insurance": "60.00", "medical_assistance": "0.00"}}}}

// billOperations registers what is done with bills.
func (s *server) billOperations() {
	writes(s, operation{method: http.MethodPost, path: "/bills", id: "receive-bill", scope: auth.Bills, summary: "收单 · receive a bill", example: billExample,
		description: "收下一张账单，不结算。同一张账单再收一次是同一条记录。\n\nKeeps a bill without settling it. The same bill again is the same record."}, receiveBill)
	reads(s, operation{method: http.MethodGet, path: "/bills", id: "list-bills", scope: auth.Bills, summary: "账单列表 · list bills",
		description: "机构看到自己的，经办机构看到全县的。\n\nAn institution sees its own, an office the county's."}, listBills)
	reads(s, operation{method: http.MethodGet, path: "/bills/{id}", id: "read-bill", scope: auth.Bills, summary: "账单状态 · where a bill stands",
		description: "不含费用内容。\n\nWithout what the bill says."}, readBill)
	reads(s, operation{method: http.MethodPost, path: "/bills/{id}/preview", id: "preview-bill", scope: auth.Bills, summary: "试算 · preview a settlement",
		description: "各方各付多少，不记账。可以反复试算，不需要幂等键；每次都记入日志。\n\nWho would pay what; nothing is entered. It can be asked again and needs no idempotency key; each look is kept in the log."}, previewBill)
	writes(s, operation{method: http.MethodPost, path: "/bills/{id}/settlement", id: "confirm-bill", scope: auth.Settlements, summary: "确认结算 · settle a bill", example: map[string]any{},
		description: "按试算结算。交回 digest，则结果已变时不结算。\n\nSettles what was previewed; with the digest, only if the figures are still the same."}, confirmBill)
	writes(s, operation{method: http.MethodPost, path: "/settlements", id: "settle-bill", scope: auth.Settlements, together: true, summary: "收单并结算 · receive and settle in one act", example: billExample,
		description: "一步办完；不能结算则什么都不保存。\n\nAll in one act; if it cannot be settled, nothing is kept."}, settleBill)
	reads(s, operation{method: http.MethodGet, path: "/bills/{id}/settlement", id: "read-statement", scope: auth.Settlements, summary: "结算单 · the statement",
		description: "现行的结算，连同每一个数字的理由（docs/json.md 的 doudi.statement/1）。\n\nThe settlement as it stands, with the reason of every figure."}, readStatement)
	writes(s, operation{method: http.MethodPost, path: "/bills/{id}/reversal", id: "reverse-bill", scope: auth.Settlements, summary: "冲销 · reverse a bill", example: map[string]any{"reason": "录入有误"},
		description: "之后的账单随之重新结算，只记差额。\n\nLater bills are settled again and only the differences are entered."}, reverseBill)
	writes(s, operation{method: http.MethodPost, path: "/bills/{id}/replacement", id: "replace-bill", scope: auth.Settlements, summary: "更正 · replace a settled bill",
		example: map[string]any{"reason": "更正费用", "bill": billExample}, description: "冲销并以另一张代替，一步办完。\n\nReverses a bill and settles another in its place, in one act."}, replaceBill)
}

// bill is a body as the record takes it.
func (c *call) bill(tx *store.Tx, b *billBody) (claim.Bill, error) {
	taken := claim.Bill{Person: b.Person, Provider: b.Provider, Series: b.Series, Name: bodyName, Content: b.Document.RawMessage, PayTo: fund.PayeeKind(b.PayTo), Replaces: b.Replaces}
	if c.key.County() {
		if b.Provider == "" {
			return taken, providerNeeded()
		}
		return taken, nil
	}
	if b.Provider != "" && b.Provider != c.key.Party {
		return taken, providerForeign()
	}
	taken.Provider = c.key.Party
	if b.Replaces == "" {
		return taken, nil
	}
	_, err := c.own(tx, b.Replaces)
	return taken, err
}

// own is a bill that the key's holder may see; another's is as unknown as none.
func (c *call) own(tx *store.Tx, id string) (claim.Claim, error) {
	if c.key.County() {
		return claim.Get(tx, id)
	}
	return claim.GetOf(tx, id, c.key.Party)
}

func receiveBill(c *call, tx *store.Tx, _ *none, b *billBody) (claimView, error) {
	bill, err := c.bill(tx, b)
	if err != nil {
		return claimView{}, err
	}
	kept, err := c.Record.Claims.Receive(tx, bill)
	return viewClaim(kept), c.placed(err, b.Document.RawMessage)
}

func settleBill(c *call, tx *store.Tx, _ *none, b *billBody) (settlementView, error) {
	bill, err := c.bill(tx, b)
	if err != nil {
		return settlementView{}, err
	}
	done, err := c.Record.Claims.Settle(tx, bill)
	if err != nil {
		return settlementView{}, c.placed(err, b.Document.RawMessage)
	}
	return c.viewSettlement(tx, done)
}

func confirmBill(c *call, tx *store.Tx, p *oneBill, b *confirmBody) (settlementView, error) {
	if _, err := c.own(tx, p.ID); err != nil {
		return settlementView{}, err
	}
	done, err := c.Record.Claims.Confirm(tx, p.ID, b.Digest)
	if err != nil {
		return settlementView{}, err
	}
	return c.viewSettlement(tx, done)
}

func reverseBill(c *call, tx *store.Tx, p *oneBill, b *reverseBody) (settlementView, error) {
	if _, err := c.own(tx, p.ID); err != nil {
		return settlementView{}, err
	}
	done, err := c.Record.Claims.Reverse(tx, p.ID, b.Reason)
	if err != nil {
		return settlementView{}, err
	}
	return c.viewSettlement(tx, done)
}

func replaceBill(c *call, tx *store.Tx, p *oneBill, b *replaceBody) (settlementView, error) {
	if _, err := c.own(tx, p.ID); err != nil {
		return settlementView{}, err
	}
	b.Bill.Replaces = p.ID
	bill, err := c.bill(tx, &b.Bill)
	if err != nil {
		return settlementView{}, err
	}
	done, err := c.Record.Claims.Replace(tx, bill, b.Reason)
	if err != nil {
		return settlementView{}, c.placed(err, b.Bill.Document.RawMessage)
	}
	return c.viewSettlement(tx, done)
}

func readBill(c *call, p *oneBill, _ *none) (view claimView, err error) {
	err = c.read(func(tx *store.Tx) error {
		found, err := c.own(tx, p.ID)
		view = viewClaim(found)
		return err
	})
	return view, err
}

func listBills(c *call, p *listParams, _ *none) (billsView, error) {
	f := claim.Filter{Person: p.Person, State: claim.State(p.State)}
	if !c.key.County() {
		f.Provider = c.key.Party
	}
	if p.State != "" && f.State.Label().ZH == "" {
		return billsView{}, parameter("state", p.State)
	}
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return billsView{}, err
	}
	f.After, f.Limit = page.after, page.more()
	var view billsView
	err = c.read(func(tx *store.Tx) error {
		view = billsView{Bills: []claimView{}} // it may be read again
		found, err := claim.List(tx, f)
		found, view.Next = cut(page, found, func(one claim.Claim) string { return one.ID })
		for _, one := range found {
			view.Bills = append(view.Bills, viewClaim(one))
		}
		return err
	})
	return view, err
}

func previewBill(c *call, p *oneBill, _ *none) (view previewView, err error) {
	err = c.look("api.preview-bill", func(tx *store.Tx) error {
		if _, err := c.own(tx, p.ID); err != nil {
			return err
		}
		preview, err := c.Record.Claims.Preview(tx, p.ID, "api")
		if err != nil {
			return err
		}
		view = previewView{Digest: preview.Digest, Statement: present.ViewStatement(preview.Result, preview.Subject, c.options()), Awaited: c.viewAwaited(preview.Settled.Awaited)}
		view.Changes, err = c.changes(tx, preview.Changes)
		return err
	})
	return view, err
}

func readStatement(c *call, p *oneBill, _ *none) (view present.StatementView, err error) {
	err = c.look("api.read-statement", func(tx *store.Tx) error {
		result, subject, err := c.statement(tx, p.ID)
		if err == nil {
			view = present.ViewStatement(result, subject, c.options())
		}
		return err
	})
	return view, err
}

// statement is a settlement that the key's holder may see. The look is kept in the log.
func (c *call) statement(tx *store.Tx, bill string) (*settle.Result, *subject.Subject, error) {
	found, err := c.own(tx, bill)
	if err != nil {
		return nil, nil, err
	}
	result, subject, _, err := c.Record.Claims.Statement(tx, bill)
	if err != nil {
		return nil, nil, err
	}
	return result, subject, c.seen(tx, "claim.statement", bill, "api", found.Person)
}

// options hide what is protected unless the key opens all of it.
func (c *call) options() present.Options {
	hide := false
	for _, s := range []auth.Scope{auth.IdentityFacts, auth.FinanceFacts, auth.HealthFacts, auth.ChildFacts} {
		hide = hide || !c.key.May(s)
	}
	return present.Options{Lang: c.lang, HideSensitive: hide}
}

func (c *call) viewSettlement(tx *store.Tx, done claim.Confirmation) (settlementView, error) {
	changes, err := c.changes(tx, done.Changes)
	return settlementView{done.Claim, done.Version, done.Own, done.Patient, done.Due, changes, c.viewAwaited(done.Awaited), c.viewAdvance(done.Advance)}, err
}

// changes are those of bills that the key's holder may see.
func (c *call) changes(tx *store.Tx, all []claim.Change) ([]changeView, error) {
	views := []changeView{}
	for _, change := range all {
		_, err := c.own(tx, change.Claim)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		views = append(views, changeView{change.Claim, change.Number, change.Before, change.After})
	}
	return views, nil
}

// placed moves the places of errors from a document to the body it stands in.
func (c *call) placed(err error, document json.RawMessage) error {
	start := bytes.Index(c.content, document)
	if err == nil || start < 0 {
		return err
	}
	before := string(c.content[:start])
	lines := strings.Count(before, "\n")
	columns := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	move := func(e *fault.Error) *fault.Error {
		if e.At == nil || e.At.File != bodyName {
			return e
		}
		moved, at := *e, *e.At
		if at.Line == 1 {
			at.Column += columns
		}
		at.Line += lines
		moved.At = &at
		return &moved
	}
	var list fault.List
	var one *fault.Error
	switch {
	case errors.As(err, &list):
		for i := range list {
			list[i] = move(list[i])
		}
		return list
	case errors.As(err, &one):
		return move(one)
	}
	return err
}
