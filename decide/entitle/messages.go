package entitle

import (
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Every message of the package stands in this file.

// refuse is an error of a rule: it names the rule and its clause and stands at the rule's place.
func refuse(b *policy.Block, kind fault.Kind, code string, said, hint fault.Text) *fault.Error {
	clause := ""
	if b.Clause != nil {
		clause = b.Clause.Number
	}
	return &fault.Error{Kind: kind, Code: code, Hint: hint, At: b.Node.Position(),
		Message: text.Say("规则 %[1]s（%[2]s）：%[3]s", "rule %[1]s (%[2]s): %[4]s", b.ID, clause, said.ZH, said.EN)}
}

func decidedOverBound(b *policy.Block, decided, bound money.Fen) error {
	return refuse(b, fault.Invalid, "entitle.decision-over-bound",
		text.Say("核定金额 %s 元超过上限 %s 元，没有采用", "the decided amount of %s yuan is above the bound of %s; it was not used", decided.Grouped(), bound.Grouped()),
		text.Say("把核定金额改到上限以内", "lower the decided amount to the bound"))
}

func negativeAmount(b *policy.Block, amount money.Fen) error {
	return refuse(b, fault.Invalid, "entitle.negative-amount",
		text.Say("算出的金额为 %s 元，不能为负", "the amount comes to %s yuan; it cannot be negative", amount.Grouped()),
		text.Say("核对所填的金额；规则可用 max(yuan(0), …)", "check the amounts given; a rule can use max(yuan(0), …)"))
}

func counterOverCap(b *policy.Block, id, after, limit string) error {
	return refuse(b, fault.Invalid, "entitle.counter-over-cap",
		text.Say("累计 %s 将达到 %s，超过 %s", "counter %s would come to %s, above its cap of %s", id, after, limit),
		text.Say("核对此前的累计", "check what was counted before"))
}

func badWindow(b *policy.Block, word string) error {
	return refuse(b, fault.Invalid, "entitle.window",
		text.Say("window 得到“%s”", "window gives “%s”", word),
		text.Say("只能是 calendar 或 rolling", "it must be calendar or rolling"))
}

func noQuota(b *policy.Block) error {
	return refuse(b, fault.Invalid, "entitle.no-quota",
		text.Say("这项补助没有名额", "this benefit has no quota"),
		text.Say("逐人判定即可，不需要名册", "decide it person by person; it needs no roster"))
}

func tooLong(b *policy.Block, count int64) error {
	return refuse(b, fault.Invalid, "entitle.deadline",
		text.Say("期限为 %d，超出范围", "the deadline of %d is out of range", count),
		text.Say("期限应在 0 到 10000 之间", "a deadline lies between 0 and 10000"))
}

// Notes say why a verdict is what it is where no condition does.

// noteUnfixed says why a run does not pay what a case would be due.
var noteUnfixed = fault.Text{ZH: "条件符合，但从哪个月起发还定不下来", EN: "the conditions are met, but it is not known from which month it is paid"}

func noteStarts(first period.Month) fault.Text {
	return text.Say("自 %s 起计发", "paid from %s on", first)
}

func noteEnds(last period.Month) fault.Text {
	return text.Say("已于 %s 发放完毕", "the last month was %s", last)
}

var (
	noteAbout     = text.Say("涉及本人", "concerns the person")
	noteIdle      = text.Say("本月不计发", "this month does not count")
	noteUndecided = text.Say("须由人核定金额", "a person has to decide the amount")
	noteQuota     = text.Say("须按名册排序确定", "decided by ranking the roster")
	noteExitOver  = text.Say("渐退期已满", "the gradual exit is over")
	noteOpenRank  = text.Say("名册上还有资料未齐，名次未定", "facts are missing on the roster, so the rank is not settled yet")
	noteOutranked = text.Say("符合条件，名次在名额之外", "eligible, ranked outside the places")
)

func noteExit(step int, rate money.Rate, last period.Month) fault.Text {
	return text.Say("%[3]s 后渐退第 %[1]d 个月，按 %[2]s 发放", "month %[1]d of the gradual exit after %[3]s, at %[2]s", step, rate, last)
}

func noteOnce(d *subject.Determination) fault.Text {
	return text.Say("已于 %s 享受过，不能再次享受", "received in %s already; it cannot be received again", d.From)
}

func noteReview(reviewed, due period.Day) fault.Text {
	return text.Say("上次复核 %s，应于 %s 前再复核", "last reviewed on %s, the next review was due by %s", reviewed, due)
}

func noteExcluded(name fault.Text) fault.Text {
	return text.Say("与“%[1]s”不能同月享受", "not in the same month as “%[2]s”", name.ZH, name.In("en"))
}

func noteLower(name fault.Text, amount money.Fen) fault.Text {
	return text.Say("与“%[1]s”（%[3]s 元）择高，只发较高的一项", "only the higher is paid: “%[2]s”, %[3]s yuan", name.ZH, name.In("en"), amount.Grouped())
}

func noteHigher(name fault.Text, amount money.Fen) fault.Text {
	return text.Say("高于“%[1]s”（%[3]s 元），只发本项", "higher than “%[2]s” (%[3]s yuan), so only this one is paid", name.ZH, name.In("en"), amount.Grouped())
}

func noteTopped(name fault.Text, amount money.Fen) fault.Text {
	return text.Say("已有“%[1]s” %[3]s 元，只补差额", "“%[2]s” pays %[3]s yuan, only the difference is paid", name.ZH, name.In("en"), amount.Grouped())
}

func noteReached(name fault.Text, amount money.Fen) fault.Text {
	return text.Say("“%[1]s” %[3]s 元已达到标准，没有差额", "“%[2]s” pays %[3]s yuan, which reaches the standard already", name.ZH, name.In("en"), amount.Grouped())
}
