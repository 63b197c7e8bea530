package claim

import (
	"fmt"
	"maps"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/adoption"
	"doudi/record/fund"
	"doudi/record/store"
)

// Evidence is a settlement with all that it was computed from: who has it and the pack can compute it again, without the database.
type Evidence struct {
	Bill     ReceivedBill
	Frozen   FrozenWith
	Settled  Settled
	Postings Postings
}

// ReceivedBill is a bill as it was received.
type ReceivedBill struct {
	Claim   Claim  `json:"claim"`
	File    string `json:"file"`
	Content string `json:"content"`
}

// FrozenWith is what a bill was settled with besides what it says itself, and what the adoption states by which it was settled.
type FrozenWith struct {
	frozen
	Stated adoption.Papers `json:"stated"`
}

// Postings are what the special accounts hold about a settlement.
type Postings struct {
	Commitments []fund.Commitment `json:"commitments"`
	Recoveries  []Recovery        `json:"recoveries"` // paid, and not owed any more
}

// Compared is one figure of a settlement as it was kept, and as it is computed again.
type Compared struct {
	Name      fault.Text
	Kept, Now fault.Text
	Same      bool
	Exact     bool // what is compared are references for auditors, and no words
}

// Evidence reads what a confirmed bill was settled with. Whoever shows it to somebody records a look. Codes: claim.unknown, claim.state.
func (c *Claims) Evidence(tx *store.Tx, id string) (*Evidence, error) {
	claim, err := Get(tx, id)
	if err != nil {
		return nil, err
	}
	if claim.State != Confirmed {
		return nil, wrongState(&claim)
	}
	var kept document
	if err := c.open(tx, claim.Person, []string{claim.document}, &kept); err != nil {
		return nil, err
	}
	standings, err := c.standings(tx, claim.Person, []*Claim{&claim})
	if err != nil {
		return nil, err
	}
	s := standings[claim.ID]
	if s == nil {
		return nil, tampered("to-nothing", text.Say("账单 %s 没有结算", "the bill %s has no settlement", claim.ID))
	}
	adopted, err := adoption.Get(tx, s.frozen.Adopted.ID)
	if err != nil {
		return nil, err
	}
	b, err := bookedFor(tx, claim.ID)
	if err != nil {
		return nil, err
	}
	return &Evidence{ReceivedBill{claim, kept.Name, kept.Content}, FrozenWith{s.frozen, adopted.Papers()}, s.settled,
		Postings{append([]fund.Commitment{}, b.commitments...), append([]Recovery{}, b.recoveries...)}}, nil
}

// Recompute settles the bill again with what was frozen, and compares figure by figure, the payers in their legal order. The words are those of the
// vocabulary and the packs given. Codes: adoption.pack-missing, and those of what cannot be read any more.
func (e *Evidence) Recompute(v *rule.Vocabulary, packs []*policy.Pack) ([]Compared, error) {
	c := New(Config{Vocabulary: v})
	stood, err := e.Frozen.Adopted.stood()
	if err != nil {
		return nil, err
	}
	basis, err := e.Frozen.Stated.Bind(packs, stood)
	if err != nil {
		return nil, err
	}
	bill, err := c.read(document{e.Bill.File, e.Bill.Content})
	if err != nil {
		return nil, err
	}
	facts, err := c.thaw(e.Frozen.Facts)
	if err != nil {
		return nil, err
	}
	papers, err := c.thaw(e.Frozen.Papers)
	if err != nil {
		return nil, err
	}
	s := joined(bill, facts, papers, e.Frozen.history())
	result, err := settle.Settle(basis, s)
	if err != nil {
		return nil, err
	}
	return e.compare(result, figures(result, s)), nil
}

// Differs is the first figure that is not the same; nil for none.
func Differs(list []Compared) *Compared {
	for i := range list {
		if !list[i].Same {
			return &list[i]
		}
	}
	return nil
}

func (e *Evidence) compare(r *settle.Result, now Figures) []Compared {
	kept := e.Settled.Figures
	list := []Compared{
		compared(text.Say("结论", "Verdict"), kept.Verdict.Label(), now.Verdict.Label(), kept.Verdict == now.Verdict),
		reference(text.Say("准确引用（供审计）", "Exact reference (for auditors)"), e.Settled.Pack+"/"+e.Settled.Settlement, ruleOf(r)),
		alike(text.Say("决定日期（起止）", "Decided by (span)"), daysText(kept), daysText(now)),
		compared(text.Say("账单金额（元）", "Fees (yuan)"), yuan(kept.Bill.sum()), yuan(now.Bill.sum()), kept.Bill == now.Bill),
	}
	for i := range max(len(kept.Payers), len(now.Payers)) {
		list = append(list, comparePayer(r, kept.Payers, now.Payers, i))
	}
	list = append(list, compared(text.Say("个人负担（元）", "The patient bears (yuan)"), yuan(kept.Patient), yuan(now.Patient),
		kept.Patient == now.Patient && kept.PatientKnown == now.PatientKnown && kept.PatientParts == now.PatientParts))
	for i := range max(len(kept.Counters), len(now.Counters)) {
		list = append(list, compareUse(kept.Counters, now.Counters, i))
	}
	if Differs(list) == nil && !kept.same(now) {
		list = append(list, compared(text.Say("其他（发票、缺项、期限）", "Others (invoices, what is missing, days)"), text.Say("—", "—"), text.Say("不同", "otherwise"), false))
	}
	return append(list, e.compareMoney(kept))
}

// daysText is the day that decides, with the first and the last day of the visit or cycle.
func daysText(f Figures) string {
	if f.From == "" && f.To == "" {
		return f.Decided.String()
	}
	return fmt.Sprintf("%s (%s – %s)", f.Decided, f.From, f.To)
}

func ruleOf(r *settle.Result) string {
	if r.Settlement == nil {
		return r.Basis.Pack.ID + "/"
	}
	return r.Basis.Pack.ID + "/" + r.Settlement.ID
}

func comparePayer(r *settle.Result, kept, now []Share, i int) Compared {
	c := Compared{Name: text.Say("第 %d 位支付方", "payer %d", i+1), Same: i < len(kept) && i < len(now) && kept[i] == now[i]}
	if i < len(r.Payers) {
		c.Name = r.Payers[i].Payer.Name
	}
	c.Kept, c.Now = shareAt(kept, i), shareAt(now, i)
	return c
}

func shareAt(list []Share, i int) fault.Text {
	if i >= len(list) {
		return text.Say("—", "—")
	}
	return yuan(list[i].Amount)
}

// compareUse compares the i-th counter. Packs have no words for their counters; the computation below tells what each counts.
func compareUse(kept, now []Use, i int) Compared {
	show := func(list []Use) fault.Text {
		switch {
		case i >= len(list):
			return text.Say("—", "—")
		case list[i].Counts:
			return text.Say("%d ＋ %d", "%d + %d", list[i].Before, list[i].Delta)
		}
		return text.Say("%s ＋ %s", "%s + %s", money.Fen(list[i].Before).Grouped(), money.Fen(list[i].Delta).Grouped())
	}
	return compared(text.Say("第 %d 项累计（之前 ＋ 本次）", "Counter %d (before + now)", i+1), show(kept), show(now), i < len(kept) && i < len(now) && sameJSON(kept[i], now[i]))
}

// compareMoney compares what the settlement has its own payers pay with what the special accounts hold, payer by payer.
func (e *Evidence) compareMoney(kept Figures) Compared {
	want, total := map[string]money.Fen{}, money.Fen(0)
	for _, share := range kept.funded() {
		if share.Amount != 0 {
			want[share.ID] += share.Amount
			total += share.Amount
		}
	}
	have, held := booked{e.Postings.Commitments, e.Postings.Recoveries}.amounts(), money.Fen(0)
	for payer, amount := range have {
		held += amount
		if amount == 0 {
			delete(have, payer)
		}
	}
	return compared(text.Say("资金专账（元）：结算应付、专账所记", "Special accounts (yuan): as settled, as booked"), yuan(total), yuan(held), maps.Equal(want, have))
}

func compared(name, kept, now fault.Text, same bool) Compared {
	return Compared{Name: name, Kept: kept, Now: now, Same: same}
}

func reference(name fault.Text, kept, now string) Compared {
	c := alike(name, kept, now)
	c.Exact = true
	return c
}

func alike(name fault.Text, kept, now string) Compared {
	return compared(name, fault.Text{ZH: kept, EN: kept}, fault.Text{ZH: now, EN: now}, kept == now)
}

func yuan(f money.Fen) fault.Text { return fault.Text{ZH: f.Grouped(), EN: f.Grouped()} }

func (p Parts) sum() money.Fen { return p.InScope + p.SelfFirst + p.OverLimit + p.OutOfScope }
