package api

import (
	"net/http"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

type factBody struct {
	Party string `json:"party" minLength:"1" maxLength:"40" doc:"人员或家庭编号 id of a person or household"`
	Name  string `json:"name" minLength:"1" maxLength:"100" doc:"词汇表里的名称，名册写 roster.名称 its name in the vocabulary; roster.NAME for a roster"`
	FactValue
}

// FactValue is what a body says of a fact. It is exported because the library describes embedded fields only of exported types.
type FactValue struct {
	Value    any     `json:"value" doc:"写法同人员文件；金额写成文字 as in a file about a person; amounts as text"`
	From     *string `json:"from" nullable:"true" maxLength:"10" doc:"从哪天起；null 是一直 since when; null for always"`
	To       *string `json:"to,omitempty" nullable:"true" maxLength:"10" doc:"到哪天为止；不写或 null 是没有止日 the last day; open when left out or null"`
	Source   string  `json:"source" minLength:"1" maxLength:"200" doc:"谁说的：县残联、户口簿 who says so"`
	Evidence string  `json:"evidence,omitempty" maxLength:"40" doc:"凭证编号 id of the document that shows it"`
	Learned  string  `json:"learned,omitempty" maxLength:"10" doc:"得知的日期，不写为今天 when it was learnt, by default today"`
}

type endBody struct {
	Last     string `json:"last" minLength:"1" maxLength:"10" doc:"最后一天 the last day"`
	Source   string `json:"source" minLength:"1" maxLength:"200"`
	Evidence string `json:"evidence,omitempty" maxLength:"40"`
}

type withdrawBody struct {
	Source   string `json:"source" minLength:"1" maxLength:"200"`
	Evidence string `json:"evidence,omitempty" maxLength:"40"`
}

type oneFact struct {
	ID string `path:"id" doc:"记录编号 id of the record"`
}

// factOperations registers how facts are stated and put right.
func (s *server) factOperations() {
	example := map[string]any{"party": "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17", "name": "person.insured", "value": true, "from": "2021-01-01", "source": "县医保局"}
	writes(s, operation{method: http.MethodPost, path: "/facts", id: "record-fact", scope: auth.RegisterWrite, summary: "登记一条情况 · record a fact", example: example,
		description: "个人、家庭或名册的一条情况。先前登记的不动；同一天有几条时，最后得知的算数。密钥看不到的类别不能登记。\n\n" +
			"A fact of a person or household, or a place on a roster. What was recorded before stays; of two that hold on a day the one learnt last counts. What the key may not see it may not record."}, recordFact)
	writes(s, operation{method: http.MethodPost, path: "/facts/{id}/correction", id: "correct-fact", scope: auth.RegisterWrite, summary: "更正 · correct a fact",
		example:     map[string]any{"value": false, "from": "2021-01-01", "source": "县医保局"},
		description: "用另一条代替；原来的留着，看得到当时所知。\n\nPuts another in its place; the first stays, so that what was known then can be told."}, correctFact)
	writes(s, operation{method: http.MethodPost, path: "/facts/{id}/end", id: "end-fact", scope: auth.RegisterWrite, summary: "终止 · end a fact", example: map[string]any{"last": "2021-06-30", "source": "县民政局"},
		description: "到某一天为止：退出名册、收入停止。\n\nIt held no longer than to a day: a roster was left, an income ended."}, endFact)
	writes(s, operation{method: http.MethodPost, path: "/facts/{id}/withdrawal", id: "withdraw-fact", scope: auth.RegisterWrite, summary: "撤销 · withdraw a fact", example: map[string]any{"source": "县民政局"},
		description: "从来不是这样。\n\nIt never was so."}, withdrawFact)
}

func recordFact(c *call, tx *store.Tx, _ *none, b *factBody) (idView, error) {
	kind, err := c.Record.Register.Type(b.Name)
	if err != nil {
		return idView{}, err
	}
	if !c.key.Sees(kind.Sensitivity) {
		return idView{}, factHidden(kind.Label)
	}
	fact, err := c.fact(kind, &b.FactValue)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.Record(tx, b.Party, b.Name, fact, b.Evidence)
	return c.changed(tx, "register.record", id, b.Party, b.Name, err)
}

// fact reads what the body says of a fact.
func (c *call) fact(kind *rule.FactType, b *FactValue) (fact rule.Fact, err error) {
	var r text.Report
	fact.Value = kind.Read(&r, c.node.Get("value"))
	if err := r.Err(); err != nil {
		return fact, err
	}
	if fact.Span.From, err = c.open("from", b.From, rule.Beginning); err != nil {
		return fact, err
	}
	if fact.Span.To, err = c.open("to", b.To, rule.Forever); err != nil {
		return fact, err
	}
	fact.Source = b.Source
	fact.Learned, err = c.written("learned", b.Learned, 0)
	return fact, err
}

// open reads an end of a span, which null leaves open.
func (c *call) open(field string, day *string, otherwise period.Day) (period.Day, error) {
	if day == nil {
		return otherwise, nil
	}
	return c.written(field, *day, otherwise)
}

// entry is a record that the key may see; one that it may not is as unknown as none. Codes: dated.statement-unknown, register.not-a-fact.
func (c *call) entry(tx *store.Tx, id string) (register.Entry, error) {
	found, err := c.Record.Register.Entry(tx, id)
	if err == nil && !c.key.Sees(found.Type.Sensitivity) {
		return found, dated.StatementUnknown()
	}
	return found, err
}

func correctFact(c *call, tx *store.Tx, p *oneFact, b *FactValue) (idView, error) {
	old, err := c.entry(tx, p.ID)
	if err != nil {
		return idView{}, err
	}
	fact, err := c.fact(old.Type, b)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.Correct(tx, p.ID, fact, b.Evidence)
	return c.changed(tx, "register.correct", id, old.Subject, old.Name, err)
}

func endFact(c *call, tx *store.Tx, p *oneFact, b *endBody) (idView, error) {
	old, err := c.entry(tx, p.ID)
	if err != nil {
		return idView{}, err
	}
	last, err := c.written("last", b.Last, 0)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.End(tx, p.ID, last, dated.Said{Source: b.Source, Evidence: b.Evidence})
	return c.changed(tx, "register.end", id, old.Subject, old.Name, err)
}

func withdrawFact(c *call, tx *store.Tx, p *oneFact, b *withdrawBody) (idView, error) {
	old, err := c.entry(tx, p.ID)
	if err != nil {
		return idView{}, err
	}
	id, err := c.Record.Register.Withdraw(tx, p.ID, dated.Said{Source: b.Source, Evidence: b.Evidence})
	return c.changed(tx, "register.withdraw", id, old.Subject, old.Name, err)
}

// changed keeps a change of the register in the log. Which fact it was is said under the key of whom it is about.
func (c *call) changed(tx *store.Tx, act, id, party, fact string, err error) (idView, error) {
	if err != nil {
		return idView{}, err
	}
	_, err = c.Record.Log.Record(tx, audit.Note{Name: act, Subject: id, Persons: map[string]any{party: map[string]string{"fact": fact}}})
	return idView{id}, err
}
