package dated

import (
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

func spanMissing() error {
	return &fault.Error{Kind: fault.Invalid, Code: "dated.span-missing", Message: text.Say("没有写明从哪天到哪天", "the days from and to are missing"),
		Hint: text.Say("写明起止日期；没有起点或终点的要明确写成不限", "state both; say so when there is no beginning or no end")}
}

func spanEmpty(s period.Span) error {
	return &fault.Error{Kind: fault.Invalid, Code: "dated.span-empty", Message: text.Say("结束日期早于开始日期（%s）", "it ends before it begins (%s)", s),
		Hint: text.Say("核对起止日期", "check the days from and to")}
}

func spanOutside() error {
	return &fault.Error{Kind: fault.Invalid, Code: "dated.span-outside", Message: text.Say("日期应在 %s 到 %s 之间", "days lie between %s and %s", period.Earliest, period.Latest)}
}

func learnedLater(learned, today period.Day) error {
	return &fault.Error{Kind: fault.Invalid, Code: "dated.learned-later", Message: text.Say("获知日期 %s 晚于办理当天 %s", "it is said to be learnt on %s, after today, %s", learned, today),
		Hint: text.Say("获知日期不能是将来；从将来某天起的情况写在开始日期", "what begins later is stated by the day it begins")}
}

func learnedBefore(learned, old period.Day) error {
	return &fault.Error{Kind: fault.Conflict, Code: "dated.learned-before", Message: text.Say("更正的获知日期 %s 早于被更正内容的获知日期 %s", "the correction was learnt on %s, before what it corrects, on %s", learned, old),
		Hint: text.Say("核对获知日期", "check the day it was learnt")}
}

func alreadyCorrected() error {
	return &fault.Error{Kind: fault.Conflict, Code: "dated.already-corrected", Message: text.Say("这一条已被更正或撤销，没有改动", "this statement has been corrected or withdrawn already; nothing was changed"),
		Hint: text.Say("刷新后更正最新的一条", "look again and correct the newest one")}
}

func partyExists(id string) error {
	return &fault.Error{Kind: fault.Conflict, Code: "dated.party-exists", Message: text.Say("编号 %s 已经登记", "%s is registered already", id)}
}

// PartyUnknown is the error for an id the county has not registered.
func PartyUnknown(id string) error {
	return &fault.Error{Kind: fault.NotFound, Code: "dated.party-unknown", Message: text.Say("本县没有登记 %s", "this county has no %s on its register", fault.Quote(id)),
		Hint: text.Say("先登记，或核对编号", "register it first, or check the id")}
}

// StatementUnknown is the error for a statement the county does not have.
func StatementUnknown() error {
	return &fault.Error{Kind: fault.NotFound, Code: "dated.statement-unknown", Message: text.Say("没有这一条记录", "there is no such statement"), Hint: text.Say("刷新后重试", "look again")}
}

func damaged(id string, cause error) error {
	return &fault.Error{Kind: fault.Internal, Code: "dated.damaged", Cause: cause, Message: text.Say("记录 %s 无法读出", "statement %s cannot be read", id)}
}

func valueMissing(t *rule.FactType) error {
	return &fault.Error{Kind: fault.Invalid, Code: "dated.value-missing", Message: text.Say("%s 没有写值", "%s has no value", t.Label.ZH),
		Hint: text.Say("不知道就不登记；登记错了就撤销", "leave out what is not known; withdraw what was wrong")}
}

func valueKind(t *rule.FactType, cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "dated.value-kind", Cause: cause, Message: text.Say("%s 的值不是 %s 类型", "the value of %s is not of type %s", t.Label.ZH, t.Type)}
}

func noSuchFact(name string) error {
	return &fault.Error{Kind: fault.Internal, Code: "dated.no-such-fact", Op: "dated.Freeze", Message: text.Say("词汇表里没有 %s", "the vocabulary has no %s", name)}
}
