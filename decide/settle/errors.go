package settle

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/counter"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Every message of this package stands in this file.

// waits is the note of a payment that rests on facts not known yet, or comes after one that does.
var waits = fault.Text{ZH: "补齐所需材料后才能计算", EN: "computed once the facts that are needed are known"}

// notEligible is the note of a payment that a gate keeps at nothing.
func notEligible(labels []fault.Text) fault.Text {
	var zh, en []string
	for _, label := range labels {
		zh, en = append(zh, label.ZH), append(en, label.In("en"))
	}
	return fault.Text{ZH: "不符合：" + strings.Join(zh, "；"), EN: "not met: " + strings.Join(en, "; ")}
}

func noBill() error {
	return &fault.Error{Kind: fault.Missing, Code: "bill.missing",
		Message: text.Say("没有账单，无法结算", "there is no bill to settle"),
		Hint:    text.Say("在 bill 里写明费用：lines，或 amount 与 in_scope", "state the fees under bill: lines, or amount and in_scope")}
}

func twoClaims(a, b *policy.Settlement) error {
	return &fault.Error{Kind: fault.Conflict, Code: "settle.two-claims", At: b.For.Node.Position(),
		Message: text.Tell("“%s”（%s）与“%s”（%s）都要结算这张账单", "“%s” (%s) and “%s” (%s) both claim this bill", a.Name, a.ID, b.Name, b.ID),
		Hint:    text.Say("收窄其中一个的 for，使同一账单只归一个结算", "narrow the for of one of them: a bill belongs to one settlement")}
}

// broken is an error of the settlement's rules: it names rule and clause and stands at the payer.
func (st *settler) broken(code string, at *text.Node, message, hint fault.Text) error {
	clause := ""
	if st.rule.Clause != nil {
		clause = st.rule.Clause.Number
	}
	message.ZH = "规则 " + st.rule.ID + "（" + clause + "）：" + message.ZH
	message.EN = "rule " + st.rule.ID + " (" + clause + "): " + message.In("en")
	return &fault.Error{Kind: fault.Conflict, Code: code, At: at.Position(), Message: message, Hint: hint}
}

func (st *settler) exceeds(p *policy.Payer, amount, open money.Fen) error {
	return st.broken("settle.payer-exceeds", p.Node,
		text.Tell("“%s”算得 %s 元，可支付的剩余只有 %s 元", "“%s” comes to %s yuan, but only %s yuan remain that it may pay", p.Name, amount, open),
		text.Say("用 cap(…, remaining.…) 限定，或核对 draws 和 takes", "bound it with cap(…, remaining.…), or check draws and takes"))
}

func (st *settler) negative(p *policy.Payer, amount money.Fen) error {
	return st.broken("settle.payer-negative", p.Node,
		text.Tell("“%s”算得 %s 元，支付不能为负", "“%s” comes to %s yuan; a payment cannot be negative", p.Name, amount),
		text.Say("用 atleast(…, yuan(0)) 限定", "bound it with atleast(…, yuan(0))"))
}

func (st *settler) groupOpen(p *policy.Payer, total, sum money.Fen) error {
	return st.broken("settle.group-open", p.Node,
		text.Tell("“%s”应共同承担 %s 元，各方合计却是 %s 元", "“%s” shares %s yuan, but its payers add up to %s", p.Name, total, sum),
		text.Say("让最后一方承担 remaining 减去前面各方所付", "let the last payer bear what remains after the others"))
}

func (st *settler) notClosed(sum money.Fen) error {
	return st.broken("settle.not-closed", st.rule.Node,
		text.Tell("账单 %s 元，各方与个人合计 %s 元，对不上", "the bill is %s yuan, payers and patient add up to %s", st.result.Bill.Total(), sum),
		text.Say("这是程序的缺陷，请连同账单报告", "this is a defect of the program; please report it with the bill"))
}

func (st *settler) overCap(m counter.Movement, limit ref.Val) error {
	after := m.After.Grouped()
	if m.IsCount {
		after = fmt.Sprint(m.CountAfter)
	}
	return st.broken("settle.counter-over-cap", m.Counter.Position,
		text.Tell("累计 %s 本次之后为 %s，超过上限 %s", "counter %s would stand at %s, above its cap of %s", m.ID, after, rule.Display(limit, "")),
		text.Say("用 cap(…, 上限 - counter.…) 限定支付，或核对历史累计", "bound the payment by what is left of the cap, or check the history"))
}

func (st *settler) backwards(span period.Span) error {
	return &fault.Error{Kind: fault.Invalid, Code: "bill.visit-span", At: st.bill.Node.Position(),
		Message: text.Say("出院日期 %[2]s 早于入院日期 %[1]s", "discharged on %[2]s, before admission on %[1]s", span.From, span.To),
		Hint:    text.Say("核对入院和出院日期", "check both dates")}
}

// onBill is an error of the bill, at a place of it.
func onBill(kind fault.Kind, code string, at *text.Node, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: code, At: at.Position(), Message: message, Hint: hint}
}

func unknownPayer(n *text.Node, id string, expected []string) error {
	at := n
	if paid := n.Get("paid"); paid != nil {
		for _, field := range paid.Fields {
			if field.Key.Value == id {
				at = field.Key
			}
		}
	}
	hint := text.DidYouMeanOr(id, expected, text.Say("这里可以写明的支付方：%s", "payers that can be stated here: %s", strings.Join(expected, " ")))
	return onBill(fault.NotFound, "bill.unknown-payer", at, text.Say("这项结算没有上游支付方 %s", "this settlement has no upstream payer %s", id), hint)
}

func linesDisagree(bill *subject.Bill, id string, total, sum money.Fen) error {
	return onBill(fault.Conflict, "bill.payer-lines-disagree", bill.Node.Get("paid").Get(id),
		text.Tell("%s 合计写 %s 元，各行相加是 %s 元", "%s is stated as %s yuan in all, its lines add up to %s", id, total, sum),
		text.Say("核对 bill.paid 与各行的 paid", "check bill.paid against the lines' paid"))
}

// statedAt is where the bill states what a payer paid.
func (st *settler) statedAt(id string) *text.Node {
	if n := st.bill.Node.Get("paid").Get(id); n != nil {
		return n
	}
	return st.bill.Node
}

func (st *settler) payersExceed(p *policy.Payer, amount, open money.Fen) error {
	return onBill(fault.Conflict, "bill.payers-exceed", st.statedAt(p.ID),
		text.Tell("“%s”已付 %s 元，轮到它时可支付的只剩 %s 元", "“%s” is stated to have paid %s yuan, but only %s yuan remained that it could pay", p.Name, amount, open),
		text.Say("核对账单：各上游支付合计不能超过费用", "check the bill: what is paid upstream cannot exceed the fees"))
}

func (st *settler) lineExceeds(p *policy.Payer, i int, amount, open money.Fen) error {
	l := st.lines[i].Line
	return onBill(fault.Conflict, "bill.payers-exceed", l.Node,
		text.Tell("第 %d 行（%s）“%s”已付 %s 元，这一行可支付的只剩 %s 元", "line %d (%s): “%s” is stated to have paid %s yuan, but only %s yuan of the line remained that it could pay", i+1, l.Label, p.Name, amount, open),
		text.Say("核对这一行的 paid", "check this line's paid"))
}

func (st *settler) twoGroups(i int, a, b string) error {
	return st.broken("settle.line-in-two-groups", st.rule.Groups[st.groupIndex(b)].Node,
		text.Tell("第 %d 行（%s）同时属于费用组 %s 和 %s", "line %d (%s) is in both line groups %s and %s", i+1, st.lines[i].Label, a, b),
		text.Say("费用组不能重叠：收窄其中一个条件", "line groups must not overlap: narrow one of the conditions"))
}

func (st *settler) noGroup(i int) error {
	return st.broken("settle.line-in-no-group", st.rule.Node,
		text.Tell("第 %d 行（%s）不属于任何费用组", "line %d (%s) is in no line group", i+1, st.lines[i].Label),
		text.Say("最后加一组 otherwise", "end the groups with otherwise"))
}

func unknownFeeCode(l *subject.Line, code string, known []string) error {
	return onBill(fault.NotFound, "bill.unknown-fee-code", l.Node,
		text.Say("收费编码 %s 不在目录 fee_codes 中", "the charge code %s is not in the table fee_codes", code), text.DidYouMean(code, known))
}

func usedInvoice(l *subject.Line, invoice string) error {
	return onBill(fault.Conflict, "bill.invoice-used", l.Node,
		text.Say("发票 %s 已用于以前的结算", "the invoice %s was used in an earlier settlement", invoice),
		text.Say("一张发票只能用一次：去掉这张发票的各行", "an invoice is used once: leave out its lines"))
}

func twoInvoices(l *subject.Line, invoice string, first, second period.Day) error {
	return onBill(fault.Conflict, "bill.invoice-used", l.Node,
		text.Say("发票 %s 在本单出现了两个日期：%s 和 %s", "the invoice %s appears with two dates: %s and %s", invoice, first, second),
		text.Say("核对发票号码和日期", "check the number and the dates"))
}

func outsideCycle(l *subject.Line, day period.Day, span period.Span) error {
	return onBill(fault.OutOfForce, "bill.outside-cycle", l.Node,
		text.Say("%s 的费用不在本结算周期（%s 至 %s）内", "the cost of %s lies outside this cycle (%s to %s)", day, span.From, span.To),
		text.Say("这笔费用归入它所在的周期结算", "settle it with the cycle it belongs to"))
}
