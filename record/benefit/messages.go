package benefit

import (
	"fmt"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Every message of this package stands in this file.

func refused(kind fault.Kind, code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: kind, Code: "benefit." + code, Op: "benefit", Message: message, Hint: hint}
}

func subjectUnknown(id string) error {
	return refused(fault.NotFound, "subject-unknown", text.Say("登记里没有这个人或家庭：%s", "no person or household %s is on the register", fault.Quote(id)), text.Say("核对编号", "check the id"))
}

func schemeUnknown(scheme string) error {
	return refused(fault.NotFound, "scheme-unknown", text.Say("没有待遇 %s", "there is no benefit %s", fault.Quote(scheme)),
		text.Say("写成“政策系列/待遇”，如 example/elder-allowance", "write SERIES/BENEFIT, such as example/elder-allowance"))
}

func actIncomplete(kind ActKind) error {
	return refused(fault.Invalid, "act-incomplete", text.Say("决定 %s 写得不完整，没有记下", "the act %s is not complete; nothing was kept", fault.Quote(string(kind))),
		text.Say("种类是 approve、review、grant 或 hold；写明待遇、理由；金额只在 grant 写，不能为负；截止日不早于开始日", "its kind is approve, review, grant or hold; state the scheme and the reason; an amount belongs to a grant and is not negative; it ends no earlier than it begins"))
}

func factUnusable(name string, cause error) error {
	f := refused(fault.Invalid, "fact-unusable", text.Say("申请或批准的情况 %s 不能用，没有记下", "what is said of the application, %s, cannot be used; nothing was kept", fault.Quote(name)),
		text.Say("只写词汇表里 application. 和 approval. 开头的事实，值按它的类型", "state facts of the vocabulary that begin with application. or approval., with a value of their type"))
	f.Cause = cause
	return f
}

func actUnknown(id string) error {
	return refused(fault.NotFound, "act-unknown", text.Say("没有这项决定：%s", "there is no act %s", fault.Quote(id)), text.Say("核对编号", "check the id"))
}

func actWithdrawn() error {
	return refused(fault.Conflict, "act-withdrawn", text.Say("这项决定已经撤回，没有改动", "the act has been withdrawn already; nothing was changed"), text.Say("刷新后查看", "look again"))
}

func damaged(cause error) error {
	f := refused(fault.Internal, "damaged", text.Say("待遇记录无法读出", "a record of benefits cannot be read"), text.Say("运行 doudi verify 查明", "run doudi verify"))
	f.Cause = cause
	return f
}

func runUnknown(id string) error {
	return refused(fault.NotFound, "run-unknown", text.Say("没有这次核定：%s", "there is no run %s", fault.Quote(id)), text.Say("核对编号", "check the id"))
}

func runOpen(r *Run) error {
	return refused(fault.Conflict, "run-open", fault.Text{
		ZH: fmt.Sprintf("%s 的核定（第 %d 次）%s，本次没有开始", r.Month, r.Number, r.State.Label().ZH),
		EN: fmt.Sprintf("the run of %s (number %d) is %s; this one was not begun", r.Month, r.Number, r.State.Label().EN)},
		text.Say("先批准或作废它", "approve or void it first"))
}

func runState(r *Run) error {
	return refused(fault.Conflict, "run-state", fault.Text{
		ZH: fmt.Sprintf("%s 的核定（第 %d 次）%s，不能这样办理，没有改动", r.Month, r.Number, r.State.Label().ZH),
		EN: fmt.Sprintf("the run of %s (number %d) is %s, so this cannot be done; nothing was changed", r.Month, r.Number, r.State.Label().EN)},
		text.Say("刷新后查看它现在的状态", "look again at where it stands"))
}

func samePerson() error {
	return refused(fault.Forbidden, "same-person", text.Say("开始核定的人不能自己批准，没有改动", "who began the run may not approve it; nothing was changed"), text.Say("由另一人批准", "let another person approve it"))
}

func reasonMissing() error {
	return refused(fault.Missing, "reason-missing", text.Say("没有写明理由，没有改动", "the reason is missing; nothing was changed"), text.Say("写明理由", "state it"))
}

func beforeOpening(month, opening period.Month) error {
	return refused(fault.OutOfForce, "before-opening", text.Say("本县从 %s 起由本系统核定，%s 在此之前，没有开始", "this county is run from %s on; %s lies before, nothing was begun", opening, month),
		text.Say("核对月份", "check the month"))
}

func openedAlready(opening period.Month) error {
	return refused(fault.Conflict, "opened-already", text.Say("本县已从 %s 起核定，不能再改起始月份，没有开始", "this county is run from %s on, which cannot be changed any more; nothing was begun", opening),
		text.Say("不写起始月份，再运行一次", "run again without naming the first month"))
}

func earlierMonth(month, last period.Month) error {
	return refused(fault.Conflict, "month-passed", text.Say("%s 已经批准，%s 在它之前，没有开始", "%s has been approved; %s lies before it, nothing was begun", last, month),
		text.Say("以前月份的补发和追回由最近月份的核定给出", "what is late or too much for months before is found by a run of the latest month or a later one"))
}

func unbalanced(b Balance) error {
	return refused(fault.Internal, "unbalanced", text.Say("核定不平：此前 %s，变动 %s，现行合计 %s，规则合计 %s 对 %s；未转入待审核",
		"the run does not close: %s before, %s of differences, %s determined, %s by the rules against %s; it was not put in review",
		b.Carried, b.Differences, b.Determined, b.Evaluated, b.Expected), text.Say("运行 doudi verify 查明", "run doudi verify"))
}

func nothingExplained(subject, scheme string, month period.Month) error {
	return refused(fault.NotFound, "not-explained", text.Say("这次核定没有改变 %s 的 %s（%s）", "this run changed nothing for %s in %s (%s)", fault.Quote(subject), scheme, month),
		text.Say("查看写下它的那次核定", "look at the run that determined it"))
}

func differs(code string, message fault.Text) error {
	return refused(fault.Conflict, code, message, text.Say("保留数据库原样，查明谁改动过", "keep the database as it is and find out who changed it"))
}

func debtReason(scheme string) string { return fmt.Sprintf("%s 追回", scheme) }
