package claim

import (
	"errors"
	"fmt"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
)

// Every message of this package stands in this file.

const beginning = rule.Beginning

func refused(kind fault.Kind, code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: kind, Code: "claim." + code, Op: "claim", Message: message, Hint: hint}
}

func unknown(id string) error {
	return refused(fault.NotFound, "unknown", text.Say("没有账单记录 %s", "there is no bill %s on record", fault.Quote(id)), text.Say("核对编号", "check the id"))
}

func wrongState(c *Claim) error {
	label := c.State.Label()
	return refused(fault.Conflict, "state", fault.Text{ZH: fmt.Sprintf("账单 %s %s，不能这样办理，没有改动", c.Number, label.ZH), EN: fmt.Sprintf("the bill %s is %s, so this cannot be done; nothing was changed", c.Number, label.EN)},
		text.Say("刷新后查看它现在的状态", "look again at where it stands"))
}

func notInBill(key *text.Node) *fault.Error {
	return key.Fault("claim.not-in-bill", text.Say("账单文件里不能写 %s", "a bill file does not hold %s", key.Value),
		text.Say("只写 visit、application、approval 和 bill；个人情况以登记为准", "it holds visit, application, approval and bill; what is known of the person is on the register"))
}

func hospitalStated(n *text.Node) *fault.Error {
	return n.Fault("claim.hospital-stated", text.Say("账单文件里不能写医疗机构的情况", "a bill file does not describe the hospital"), text.Say("以机构登记为准", "what is known of it is on the list of providers"))
}

func billMissing() *fault.Error {
	return refused(fault.Missing, "bill-missing", text.Say("没有费用", "there are no fees"), text.Say("写 bill", "state them under bill"))
}

func numberMissing(n *text.Node) *fault.Error {
	return n.Fault("claim.number-missing", text.Say("没有写明账单号，或账单号过长", "the bill's number is missing or too long"), text.Say("写 bill.no，至多 %d 个字", "write bill.no, at most %d characters", longestNumber))
}

func dayMissing() *fault.Error {
	return refused(fault.Missing, "day-missing", text.Say("没有写明日期", "there is no day"), text.Say("写 visit.date、visit.discharged 或 application.day", "write visit.date, visit.discharged or application.day"))
}

func seriesMissing() error {
	return refused(fault.Invalid, "series-missing", text.Say("没有写明按哪一项政策结算", "by which policy it is to be settled is missing"), text.Say("写政策包的 series", "state the series of its packs"))
}

func payTo(kind fund.PayeeKind) error {
	return refused(fault.Invalid, "pay-to", text.Say("不认识的收款方种类 %s", "unknown kind of payee %s", fault.Quote(string(kind))), text.Say("写 provider 或 person，或不写", "write provider or person, or nothing"))
}

func providerKind() error {
	return refused(fault.Invalid, "provider-kind", text.Say("账单只能来自医疗机构或药店", "only a hospital or a pharmacy has bills"), text.Say("核对机构编号", "check the id of the provider"))
}

func numberUsed(c *Claim) error {
	return refused(fault.Conflict, "number-used", text.Say("这家机构的账单号 %s 已经收过，内容不同，没有收单", "the provider's bill number %s is on record with another content; it was not taken in", fault.Quote(c.Number)),
		text.Say("核对账单号；更正原账单，先冲销，再以 replaces 写明它", "check the number; to correct the bill, reverse it and name it as the one that is replaced"))
}

func cannotReplace(c *Claim) error {
	return refused(fault.Conflict, "replaces", text.Say("账单 %s 不能被这一张替代", "the bill %s cannot be replaced by this one", fault.Quote(c.Number)),
		text.Say("被替代的须已冲销，属同一人、同一政策，内容不同，且未被替代过", "it must be reversed, of the same person and policy, have another content, and not be replaced yet"))
}

func reasonMissing() error {
	return refused(fault.Invalid, "reason-missing", text.Say("没有写明理由", "the reason is missing"), text.Say("冲销要写明理由", "a reversal needs a reason"))
}

func afterDeath(died, day period.Day) error {
	return refused(fault.Conflict, "after-death", text.Say("登记的死亡日期是 %s，账单日期却是 %s", "the person died on %s by the register, yet the bill is of %s", died, day), text.Say("核对人员、账单日期和死亡登记", "check the person, the bill's day and the register"))
}

func notSettled(k Settled) error {
	f := k.Figures
	switch f.Verdict {
	case explain.DocumentsNeeded:
		return refused(fault.Missing, "documents-needed", text.Say("还缺材料，不能结算：%s", "facts are needed before it can be settled: %s", strings.Join(f.Missing, " ")), text.Say("补齐后再结算", "supply them and settle it then"))
	case explain.NotConcerned:
		return refused(fault.Conflict, "not-concerned", text.Say("《%s》不管这张账单", "“%s” does not concern this bill", k.Words.Document.ZH), text.Say("核对就诊类别和所选政策", "check the kind of visit and the policy"))
	}
	var zh, en []string
	for _, unmet := range k.Words.Unmet {
		zh, en = append(zh, unmet.ZH), append(en, fault.Text(unmet).In("en"))
	}
	return refused(fault.Conflict, "not-payable", fault.Text{ZH: "不符合条件：" + strings.Join(zh, "；"), EN: "conditions are not met: " + strings.Join(en, "; ")},
		text.Say("试算里写明了每一条的依据", "the preview shows what each was answered from"))
}

// orChanged is the error, or else that figures changed since they were shown.
func orChanged(err error) error {
	if err != nil {
		return err
	}
	return refused(fault.Conflict, "changed", text.Say("试算之后情况有变，结果不同，没有结算", "something changed since the preview and other figures come out; it was not settled"), text.Say("重新试算，核对后再确认", "preview it again and check the figures"))
}

func followerStops(c *Claim, cause error) error {
	return &fault.Error{Kind: fault.Conflict, Code: "claim.follower", Op: "claim", Cause: cause,
		Message: fault.Text{ZH: fmt.Sprintf("之后的账单 %s 因此不能重新结算，没有改动：%s", fault.Quote(c.Number), told(cause, "zh")),
			EN: fmt.Sprintf("the later bill %s could not be settled again, so nothing was changed: %s", fault.QuoteEN(c.Number), told(cause, "en"))},
		Hint: text.Say("先处理那一张，再办这一张", "see to that one first")}
}

// told is what an error says to people, without the line of the bill it stands at.
func told(err error, lang string) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Internal {
		return f.Message.In(lang)
	}
	return fault.RenderError(err, lang)
}

func counterFull(m movement) error {
	shown := money.Fen(m.amount).Grouped()
	if m.counts {
		shown = fmt.Sprint(m.amount)
	}
	return refused(fault.Conflict, "counter-full", text.Say("累计 %s 余额不够再用 %s，没有结算", "the counter %s has not enough left for %s; it was not settled", m.counter, shown), text.Say("重新试算", "preview it again"))
}

func invoiceUsed(invoice string) error {
	return refused(fault.Conflict, "invoice-used", text.Say("发票 %s 已经用过", "the invoice %s has been used", fault.Quote(invoice)), text.Say("每张发票只用一次", "an invoice is used once"))
}

func cycleSettled(c *Claim, f Figures) error {
	return refused(fault.Conflict, "cycle-settled", text.Say("%s 至 %s 这一周期已由账单 %s 结算", "the cycle from %s to %s was settled by the bill %s", f.From, f.To, fault.Quote(c.Number)),
		text.Say("一个周期的费用一起结算：更正时以新的账单替代原来的", "the costs of a cycle are settled together: replace that bill by one with all of them"))
}

func divisionOpen(payer string) error {
	return refused(fault.Missing, "division-open", text.Say("“%s”的份额还没有定下来，不能记入专账", "the share of “%s” is not settled yet and cannot be entered into a special account", payer), text.Say("先补齐分摊所需的情况", "supply what its division waits for"))
}

func recoveryUnknown() error {
	return refused(fault.NotFound, "recovery-unknown", text.Say("没有这笔应收回款", "there is nothing like that to be recovered"), text.Say("核对编号", "check the id"))
}

func recoveryLess(r Recovery, asked money.Fen) error {
	return refused(fault.Conflict, "recovery-less", text.Say("只有 %s 元待收回，不是 %s 元，没有记账", "only %s yuan are to be recovered, not %s; nothing was entered", r.Open(), asked), text.Say("核对退款金额", "check the amount"))
}

func papersDay() error {
	return refused(fault.Invalid, "papers-day", text.Say("没有写明交件日期，或日期在今天之后", "the day on which the papers were handed in is missing, or later than today"), text.Say("写收到材料的日期", "state the day on which they came"))
}

func papersBy() error {
	return refused(fault.Invalid, "papers-by", text.Say("交件人过长或有控制字符", "who brought the papers is too long a text or has control characters"), text.Say("至多 %d 个字", "at most %d characters", longestBy))
}

func papersEmpty() error {
	return refused(fault.Invalid, "papers-empty", text.Say("没有写明材料证明了什么", "what the papers show is missing"), text.Say("写 visit、application 或 approval 里的情况", "state facts of visit, application or approval"))
}

func papersNotAwaited() error {
	return refused(fault.Conflict, "papers-not-awaited", text.Say("这张账单没有可以补交的材料，没有改动", "no papers can be handed in for this bill; nothing was changed"),
		text.Say("只有因缺这些材料而不予支付、政策又允许补办的才能补交；账单有误，请以新的账单替代", "they can be where only they are wanting and the policy lets them follow; a bill that is wrong is replaced by another"))
}

func papersOtherFact(name string, a *Awaited) error {
	return refused(fault.Invalid, "papers-other-fact", text.Say("补交的材料不能改变 %s", "the papers cannot change %s", name),
		text.Say("“%s”只证明：%s", "“%[1]s” shows only: %[2]s", a.Act.ZH, strings.Join(a.Facts, " ")))
}

func papersLate(a *Awaited) error {
	return refused(fault.Conflict, "papers-late", fault.Text{ZH: fmt.Sprintf("%s的期限已于 %s 届满（%s），没有收件", a.Act.ZH, a.Due, a.Clause), EN: fmt.Sprintf("the time for this ended on %s (clause %s): %s; the papers were not taken in", a.Due, a.Clause, fault.Text(a.Act).In("en"))},
		text.Say("核对交件日期；逾期的按未补办结算", "check the day on which they were handed in; what is late counts as not done"))
}

func advancePayee() error {
	return refused(fault.Conflict, "advance-payee", text.Say("医院垫付的账单，款项只能付给医院", "what a hospital put up is paid to the hospital"), text.Say("pay_to 写 provider，或不写", "write provider as pay_to, or nothing"))
}

func advanceDeposit(total money.Fen) error {
	return refused(fault.Invalid, "advance-deposit", text.Say("押金应不少于 0，且少于费用合计 %s 元", "the deposit is at least 0 and less than the fees, %s yuan", total), text.Say("全额收取的不是垫付", "where all was collected nothing is put up"))
}

func advanceDay() error {
	return refused(fault.Invalid, "advance-day", text.Say("没有写明垫付日期，或日期在今天之后", "the day of the advance is missing, or later than today"), text.Say("写出院日期", "state the day of the discharge"))
}

func advanceReason() error {
	return refused(fault.Invalid, "advance-reason", text.Say("没有写明垫付理由，或理由过长", "the reason of the advance is missing or too long"), text.Say("至多 %d 个字", "at most %d characters", longestAdvanceReason))
}

func damaged(cause error) error {
	return &fault.Error{Kind: fault.Internal, Code: "claim.damaged", Op: "claim", Cause: cause, Message: text.Say("账单记录无法读出", "the record of a bill cannot be read")}
}

// tampered is a difference that only something besides our commands can have made.
func tampered(code string, message fault.Text) error {
	return refused(fault.Conflict, code, message, text.Say("记录已被命令以外的途径改动；保留现状，与备份核对", "something other than our commands changed the record; keep it as it is and compare with a backup"))
}

func moneyDiffers(c *Claim, payer string, amount money.Fen) error {
	return tampered("money-differs", text.Say("账单 %s 的“%s”与专账相差 %s 元", "the payer “%[2]s” of the bill %[1]s differs from the special accounts by %[3]s yuan", c.ID, payer, amount))
}
