package api

import (
	"encoding/json"
	"net/http"

	"doudi/decide/text"
	"doudi/kernel/ident"
	"doudi/record/auth"
	"doudi/record/move"
	"doudi/record/register"
	"doudi/record/store"
)

// SignedDocument is a document under a county's signature.
type SignedDocument struct {
	County    string `json:"county" minLength:"6" maxLength:"6" doc:"签名的县 the county that signed"`
	Content   string `json:"content" minLength:"2" doc:"逐字是签名时的内容 letter by letter what was signed"`
	Signature string `json:"signature" minLength:"1" maxLength:"400"`
}

func (d *SignedDocument) signed() register.Signed { return register.Signed(*d) }

type offerBody struct {
	Person string      `json:"person" minLength:"1" maxLength:"40" doc:"人员编号 id of the person"`
	To     string      `json:"to" minLength:"6" maxLength:"6" doc:"迁往的县，六位区划代码 code of the county"`
	Last   string      `json:"last" minLength:"1" maxLength:"10" doc:"在本县的最后一天 the last day in this county"`
	Next   *Succession `json:"next,omitempty" doc:"迁走的是户主时，由谁接 who is head when the head goes"`
	Saying
}

type refuseBody struct {
	Document SignedDocument `json:"document"`
	Reason   string         `json:"reason" minLength:"1" maxLength:"200"`
}

type transferView struct {
	Transfer string `json:"transfer" doc:"编号，用它读取文件 id, by which the document is read"`
}

type transfersView struct {
	Unanswered []string `json:"unanswered" nullable:"false" doc:"还没有回执的，旧的在前 without a receipt yet, the oldest first"`
	Untold     []string `json:"untold" nullable:"false" doc:"迁走以后累计又有变动、要告知对方县的人 people who moved and of whose counters the other county has to be told anew"`
}

type arrivalView struct {
	Person   string         `json:"person" doc:"在本县的编号 the id here"`
	Counters int            `json:"counters" doc:"带来几项累计 how many movements of counters came along"`
	Paid     int            `json:"paid" doc:"几项待遇写明发到哪个月 of how many schemes the last month paid is known"`
	Debts    int            `json:"debts" doc:"几项欠款 how many debts"`
	Receipt  SignedDocument `json:"receipt" doc:"交还迁出县 for the county that was left"`
	Replayed bool           `json:"replayed" doc:"true：以前已接收，没有重复 it had been accepted before; nothing was done twice"`
}

type answerView struct {
	Person   string `json:"person"`
	Accepted bool   `json:"accepted"`
	Rejoined bool   `json:"rejoined" doc:"退回后又是原来家庭的成员 after a refusal a member of the household again"`
	Left     string `json:"left,omitempty" doc:"当时离开的家庭 the household that was left"`
	Replayed bool   `json:"replayed"`
}

type heardView struct {
	Person   string `json:"person"`
	Onward   string `json:"onward,omitempty" doc:"此人又迁往的县，把同一份文件转去 the county the person has moved on to, which needs the same document"`
	Replayed bool   `json:"replayed"`
}

type oneTransfer struct {
	ID string `path:"id" doc:"转移或告知的编号 id of the transfer or of what was told"`
}

// transferOperations registers the moves between counties.
func (s *server) transferOperations() {
	const anyone = "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"
	document := map[string]any{"county": "999902", "content": "{}", "signature": "30"}
	reads(s, operation{method: http.MethodGet, path: "/transfers", id: "list-transfers", scope: auth.Transfers, summary: "要办的转移 · what is to be done about moves",
		description: "还没有回执的，和要再告知的。\n\nOffers without a receipt, and people of whom the other county has to be told anew."}, listTransfers)
	writes(s, operation{method: http.MethodPost, path: "/transfers", id: "offer-transfer", scope: auth.Transfers, summary: "提出转移 · offer a person to another county",
		example:     map[string]any{"person": anyone, "to": "999902", "last": "2021-06-30", "source": "县公安局"},
		description: "此人到这一天为止是本县的。带上登记情况、累计、发到的月份和欠款。答复是编号，文件另行读取。\n\nUp to that day the person is this county's. Facts, counters, last months paid and debts go along. Answers with the id; the document is read with it."}, offerTransfer)
	reads(s, operation{method: http.MethodGet, path: "/transfers/{id}", id: "read-transfer", scope: auth.Transfers, summary: "读取转移文件 · the signed document of a transfer",
		description: "送交对方县的原件，可以再读。里面有此人的全部情况，密钥要有全部 facts 权限。每次都记入日志。\n\nThe document for the other county; it can be read again. It holds all that is known of the person, so the key needs all facts scopes. Each look is kept in the log."}, readTransfer)
	writes(s, operation{method: http.MethodPost, path: "/transfers/arrivals", id: "accept-transfer", scope: auth.Transfers, summary: "接收迁入的人 · take somebody in", example: document,
		description: "验签，登记，接过累计、发到的月份和欠款，答复带回执。改动一个字也验不过；同一份再来一次不重复。\n\nChecks the signature, registers the person and takes over counters, last months paid and debts; the answer holds the receipt. One changed letter is refused; what comes twice is done once."}, acceptTransfer)
	writes(s, operation{method: http.MethodPost, path: "/transfers/refusals", id: "refuse-transfer", scope: auth.Transfers, summary: "退回 · refuse a transfer", example: map[string]any{"document": document, "reason": "户口未迁入"},
		description: "答复是回执，交还迁出县。\n\nAnswers with the receipt for the county that was left."}, refuseTransfer)
	writes(s, operation{method: http.MethodPost, path: "/transfers/answers", id: "answer-transfer", scope: auth.Transfers, summary: "收下回执 · take in a receipt", example: document,
		description: "被退回的，此人又是本县的。\n\nAfter a refusal the person is this county's again."}, answerTransfer)
	writes(s, operation{method: http.MethodPost, path: "/people/{id}/told", id: "tell-counters", scope: auth.Transfers, summary: "告知现在的累计 · tell what is used of counters now",
		description: "迁走以后结算或冲销了以前的账单。答复是编号，文件另行读取。\n\nFor a bill of the time before the move that was settled or reversed later. Answers with the id; the document is read with it."}, tellCounters)
	writes(s, operation{method: http.MethodPost, path: "/transfers/told", id: "hear-counters", scope: auth.Transfers, summary: "收下告知的累计 · take in what is used elsewhere now", example: document,
		description: "每份都写全，新的一份就够。\n\nEach says all of it: the newest one is enough."}, hearCounters)
}

func listTransfers(c *call, _, _ *none) (view transfersView, err error) {
	err = c.look("api.list-transfers", func(tx *store.Tx) error {
		w, err := c.Record.Moves.Waiting(tx)
		view = transfersView{append([]string{}, w.Unanswered...), append([]string{}, w.Untold...)}
		return err
	})
	return view, err
}

func offerTransfer(c *call, tx *store.Tx, _ *none, b *offerBody) (transferView, error) {
	l := move.Leaving{Person: b.Person, To: b.To}
	var err error
	if _, err := ident.ParseDivision(b.To); err != nil {
		return transferView{}, text.Placed(err, c.node.Get("to"))
	}
	if l.Last, err = c.written("last", b.Last, 0); err != nil {
		return transferView{}, err
	}
	if l.Said, err = c.said(&b.Saying); err != nil {
		return transferView{}, err
	}
	if l.Next, err = b.Next.succession(); err != nil {
		return transferView{}, err
	}
	return idOf(c.Record.Moves.Offer(tx, l))
}

// idOf is the id that a document of ours has.
func idOf(s register.Signed, err error) (view transferView, _ error) {
	if err != nil {
		return view, err
	}
	var of struct{ ID string }
	err = json.Unmarshal([]byte(s.Content), &of)
	return transferView{of.ID}, err
}

func readTransfer(c *call, p *oneTransfer, _ *none) (view SignedDocument, err error) {
	if !c.seesAll() {
		return view, transferHidden()
	}
	err = c.look("api.read-transfer", func(tx *store.Tx) error {
		s, err := c.Record.Moves.Again(tx, p.ID)
		view = SignedDocument(s)
		return err
	})
	return view, err
}

func acceptTransfer(c *call, tx *store.Tx, _ *none, b *SignedDocument) (arrivalView, error) {
	a, err := c.Record.Moves.Accept(tx, b.signed())
	t := a.Transfer
	return arrivalView{a.Person, len(t.Counters), len(t.Paid), len(t.Debts), SignedDocument(a.Receipt), a.Replayed}, err
}

func refuseTransfer(c *call, tx *store.Tx, _ *none, b *refuseBody) (SignedDocument, error) {
	s, err := c.Record.Moves.Refuse(tx, b.Document.signed(), b.Reason)
	return SignedDocument(s), err
}

func answerTransfer(c *call, tx *store.Tx, _ *none, b *SignedDocument) (answerView, error) {
	a, err := c.Record.Moves.Answered(tx, b.signed())
	return answerView(a), err
}

func tellCounters(c *call, tx *store.Tx, p *onePerson, _ *none) (transferView, error) {
	return idOf(c.Record.Moves.Tell(tx, p.ID))
}

func hearCounters(c *call, tx *store.Tx, _ *none, b *SignedDocument) (heardView, error) {
	h, err := c.Record.Moves.Hear(tx, b.signed())
	return heardView{h.Person, h.Onward, h.Replayed}, err
}
