package subject

import (
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// Part is a component of a medical fee, as the national settlement interface divides it: inscp_scp_amt,
// preselfpay_amt, overlmt_selfpay and fulamt_ownpay_amt add up to medfee_sumamt.
type Part int

// The parts of a fee, in the order a payer without a stated order draws on them.
const (
	InScope    Part = iota // 医保统筹范围内
	SelfFirst              // 乙类先自付
	OverLimit              // 超限价
	OutOfScope             // 范围外自费
	Parts                  // how many there are
)

// PartNames are the parts' names in expressions and files; PartLabels their names for people.
var (
	PartNames  = [Parts]string{"in_scope", "self_first", "over_limit", "out_of_scope"}
	PartLabels = [Parts]fault.Text{{ZH: "医保统筹范围内", EN: "in scope"}, {ZH: "乙类先自付", EN: "self-paid first"},
		{ZH: "超限价", EN: "over the price limit"}, {ZH: "范围外", EN: "out of scope"}}
)

// Vector is an amount by parts.
type Vector [Parts]money.Fen

// Total is the sum of the parts; a bill that was read cannot overflow it.
func (v Vector) Total() money.Fen {
	sum := money.Fen(0)
	for _, part := range v {
		sum += part
	}
	return sum
}

// Bill is one medical bill, or the invoices of an application, or the bills of a cycle.
type Bill struct {
	No    string
	Lines []Line
	Paid  map[string]money.Fen // what payers upstream have settled, by payer, in total
	Node  *text.Node
}

// Line is one fee of a bill.
type Line struct {
	Facts rule.Facts // line.*
	Label string     // item or name, for people
	Fee   Vector
	Paid  map[string]money.Fen // what upstream payers settled of this line, where they say so
	Node  *text.Node
}

// Total is the bill's gross amount by parts.
func (b *Bill) Total() Vector {
	var total Vector
	for _, line := range b.Lines {
		for i, part := range line.Fee {
			total[i] += part
		}
	}
	return total
}

// maxFee bounds a single line, so that no sum of lines can overflow: one hundred million yuan.
const maxFee = money.Fen(10_000_000_000)

func readBill(r *text.Report, v *rule.Vocabulary, n *text.Node) *Bill {
	if n.IsNull() {
		return nil
	}
	m := r.Map(n)
	bill := &Bill{No: m.Text("no"), Paid: readPaid(r, m.Get("paid")), Node: n}
	lines := m.Get("lines")
	if lines == nil {
		bill.Lines = []Line{{Fee: readFee(r, m), Facts: rule.Facts{}, Node: n}}
		m.Done()
		return bill
	}
	names := v.Under("line")
	for _, item := range r.Items(lines) {
		bill.Lines = append(bill.Lines, readLine(r, v, item, names))
	}
	m.Done()
	if len(bill.Lines) == 0 {
		r.At(n, "bill.empty", text.Say("账单没有费用", "the bill has no fees"), text.Say("写 lines，或写 amount 和 in_scope", "give lines, or amount and in_scope"))
	}
	if len(bill.Lines) > 100_000 {
		r.At(n, "bill.too-long", text.Say("账单超过十万行", "the bill has more than 100,000 lines"), fault.Text{})
	}
	return bill
}

// readLine reads a fee; names are those of the facts about lines.
func readLine(r *text.Report, v *rule.Vocabulary, n *text.Node, names []string) Line {
	m := r.Map(n)
	line := Line{Facts: rule.Facts{}, Fee: readFee(r, m), Paid: readPaid(r, m.Get("paid")), Node: n}
	facts := &text.Node{Kind: text.Mapping}
	for _, name := range names {
		if value := m.Get(name); value != nil {
			facts.Fields = append(facts.Fields, text.Field{Key: keyOf(n, name), Value: value})
		}
	}
	v.ReadGroup(r, line.Facts, "line", facts)
	m.Done()
	line.Label = label(v, line.Facts)
	return line
}

func keyOf(n *text.Node, name string) *text.Node {
	for _, field := range n.Fields {
		if field.Key.Value == name {
			return field.Key
		}
	}
	return n
}

func label(v *rule.Vocabulary, facts rule.Facts) string {
	for _, name := range []string{"line.name", "line.item"} {
		if fact, ok := facts.At(name, 0); ok {
			return v.Facts[name].Show(fact.Value, "zh")
		}
	}
	return ""
}

// readFee reads the amount and its parts; what no part states is out of scope.
func readFee(r *text.Report, m *text.Map) Vector {
	before := len(r.List)
	amountNode := m.Need("amount")
	amount := r.Money(amountNode)
	var fee Vector
	stated, sum := 0, money.Fen(0)
	for i, name := range PartNames {
		part := m.Get(name)
		if part == nil {
			continue
		}
		stated++
		if fee[i] = r.Money(part); fee[i] < 0 || fee[i] > maxFee {
			r.At(part, "bill.negative", text.Say("费用不能为负，也不能超过一亿元", "a fee cannot be negative or above 100 million yuan"), text.Say("退费请按原账单冲销", "reverse the original bill to refund"))
		}
		sum += fee[i]
	}
	if amountNode == nil || len(r.List) > before { // one mistake is said once: figures that were not read do not add up
		return Vector{}
	}
	return closeFee(r, amountNode, amount, fee, sum, stated)
}

func closeFee(r *text.Report, n *text.Node, amount money.Fen, fee Vector, sum money.Fen, stated int) Vector {
	switch {
	case amount < 0 || amount > maxFee:
		r.At(n, "bill.negative", text.Say("费用 %s 元不能为负，也不能超过一亿元", "a fee of %s yuan: it cannot be negative or above 100 million", amount.Grouped()), text.Say("退费请按原账单冲销", "reverse the original bill to refund"))
	case stated == 0:
		r.At(n, "bill.scope-missing", text.Say("没有写明医保统筹范围内的部分", "the part in scope is not stated"), text.Say("补上 in_scope；没有就写 0.00", "add in_scope; write 0.00 if there is none"))
	case sum > amount:
		r.At(n, "bill.parts-exceed", text.Say("各部分合计 %s 元，超过总额 %s 元", "the parts add up to %s yuan, more than the total of %s", sum.Grouped(), amount.Grouped()), text.Say("核对 in_scope、self_first、over_limit、out_of_scope", "check in_scope, self_first, over_limit, out_of_scope"))
	case sum < amount && fee[OutOfScope] != 0:
		r.At(n, "bill.parts-short", text.Say("各部分合计 %s 元，少于总额 %s 元", "the parts add up to %s yuan, less than the total of %s", sum.Grouped(), amount.Grouped()), text.Say("核对各部分", "check the parts"))
	default:
		fee[OutOfScope] += amount - sum
	}
	return fee
}

func readPaid(r *text.Report, n *text.Node) map[string]money.Fen {
	paid := map[string]money.Fen{}
	for _, field := range r.Fields(n) {
		if field.Value.IsNull() { // not stated, which is not zero
			continue
		}
		amount := r.Money(field.Value)
		if amount < 0 || amount > maxFee {
			r.At(field.Value, "bill.negative", text.Say("支付金额不能为负", "a payment cannot be negative"), text.Say("没有支付写 0.00", "write 0.00 if nothing was paid"))
			amount = 0
		}
		paid[field.Key.Value] = amount
	}
	return paid
}
