package web

import (
	"net/http"
	"net/url"
	"strings"

	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/record/claim"
	"doudi/record/store"
	"doudi/serve/present"
)

// heading is what is done with a bill.
func (v *view) heading(s settlement) string {
	name := v.say("一站式结算", "Settlement")
	if s.Waterfall != nil && s.Waterfall.Name != "" {
		name = s.Waterfall.Name
	}
	return name
}

// stepNames are the steps of settling a bill.
func (v *view) stepNames() []string {
	return []string{v.say("身份识别", "Identity"), v.say("资格与转诊", "Entitlement"), v.say("费用核对", "Fees"), v.say("分层结算", "Settlement"), v.say("打印签字", "Print and sign")}
}

// step is how far a bill is.
func step(s settlement) int {
	switch {
	case s.Claim.State == claim.Confirmed:
		return 4
	case s.Payable:
		return 3
	case s.Waterfall != nil:
		return 1
	default:
		return 2
	}
}

// takeBack is how taking a bill back is called.
func (v *view) takeBack(c claim.Claim) string {
	if c.State == claim.Confirmed {
		return v.say("冲销…", "Reverse…")
	}
	return v.say("作废…", "Put away…")
}

func stateClass(s claim.State) string {
	return map[claim.State]string{claim.Received: "warn", claim.Previewed: "warn", claim.Advanced: "warn", claim.Confirmed: "ok"}[s]
}

func checkClass(m present.Mark) string {
	return map[present.Mark]string{present.No: "x", present.Open: "w", present.NoMark: "w"}[m]
}

func (v *view) answer(m present.Mark) string {
	return map[present.Mark]string{present.Yes: v.say("通过：", "passed: "), present.No: v.say("不符合：", "not met: "), present.Open: v.say("注意：", "note: ")}[m]
}

// left is how long something can still be done.
func (v *view) left(d deadline) string {
	switch {
	case d.Left < 0:
		return v.say("逾期 %d 个工作日", "%d working days late", -d.Left)
	case d.Left == 0:
		return v.say("今天到期", "due today")
	default:
		return v.say("剩 %d 个工作日", "%d working days left", d.Left)
	}
}

// due is what stays with the patient.
func (s settlement) due() string {
	for _, t := range s.Waterfall.Totals {
		if t.Due {
			return t.Value
		}
	}
	return ""
}

// visit is what the card says of the visit; where the person lives stands above it.
func (s settlement) visit() []present.Field { return s.Waterfall.Visit }

// payerIn is the name of a payer of the settlement shown.
func (v *view) payerIn(s settlement, id string) string {
	if s.Waterfall != nil {
		if name := s.Waterfall.Names[id]; name != "" {
			return name
		}
	}
	return id
}

func lines(s string) []string { return strings.Split(s, "\n") }

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func query(s string) string { return url.QueryEscape(s) }

// newAddress is where a bill of a kind is entered for a person.
func newAddress(person string, k kind) string {
	return "/settlements/new?" + url.Values{"person": {person}, "policy": {k.Series}, "rule": {k.id()}}.Encode()
}

// fee is one line of a bill with its amount and parts.
type fee struct {
	Name    string
	Amounts [subject.Parts + 1]string
}

// fees are a bill as billed.
type fees struct {
	Lines []fee
	Total fee
	Paid  []present.Field
	Sum   money.Fen // of what was paid
}

// parts are the names of the parts of a fee.
func (v *view) parts() []string {
	var names []string
	for _, label := range subject.PartLabels {
		names = append(names, v.in(label))
	}
	return names
}

// fees shows a bill as it was billed.
func (v *view) fees() error {
	var s settlement
	var f fees
	err := v.look(func(tx *store.Tx) error {
		r, who, err := v.result(tx, &s)
		if err != nil {
			return err
		}
		f = fees{Total: feeOf("", who.Bill.Total())}
		for i, l := range who.Bill.Lines {
			name := v.say("第 %d 项", "line %d", i+1)
			for _, fact := range []string{"line.item", "line.name"} {
				if known, ok := l.Facts.At(fact, 0); ok {
					name = v.Record.Claims.Vocabulary.Facts[fact].Show(known.Value, v.lang)
				}
			}
			f.Lines = append(f.Lines, feeOf(name, l.Fee))
		}
		for i := range r.Payers {
			if p := &r.Payers[i]; p.Given {
				f.Sum += p.Amount
				f.Paid = append(f.Paid, present.Field{Name: v.in(p.Payer.Name), Value: p.Amount.Grouped()})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, s.Claim.Number+" "+v.say("费用明细", "fees"), feesPage(v, s, f))
}

func feeOf(name string, v subject.Vector) fee {
	f := fee{Name: name}
	f.Amounts[0] = v.Total().Grouped()
	for i, part := range v {
		f.Amounts[i+1] = money.Fen(part).Grouped()
	}
	return f
}

// moment is an instant of the record as people read it.
func (v *view) moment(instant string) string {
	t, err := store.ParseInstant(instant)
	if err != nil {
		return instant
	}
	return dayOf(t).String() + " " + clock(t)
}
