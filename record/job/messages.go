package job

import (
	"errors"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Every message of this package stands in this file.

func refused(kind fault.Kind, code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: kind, Code: "job." + code, Op: "job", Message: message, Hint: hint}
}

func unknown(id string) error {
	return refused(fault.NotFound, "unknown", text.Say("没有编号为 %s 的后台任务", "there is no job %s", fault.Quote(id)), text.Say("刷新列表", "look at the list again"))
}

func kindUnknown(k Kind) error {
	return refused(fault.Invalid, "kind", text.Say("没有 %s 这种后台任务", "there is no kind of job %s", fault.Quote(string(k))), fault.Text{})
}

func incomplete(k Kind) error {
	return refused(fault.Invalid, "incomplete", text.Tell("%s：写得不完整，没有开始", "%s: what is asked for is not complete; nothing was begun", k.Label()),
		text.Say("核定写明月份；批次写明待遇和月份；测算写明草案和起止月份", "a run names its month, a batch its scheme and month, a simulation its draft and months"))
}

func packUnknown(id string) error {
	return refused(fault.NotFound, "pack-unknown", text.Say("没有编号为 %s 的政策包，没有开始", "there is no pack %s; nothing was begun", fault.Quote(id)), text.Say("从政策库里选择", "choose one of the library"))
}

func outOfTurn(k Kind, state fault.Text) error {
	return refused(fault.Conflict, "out-of-turn", text.Tell("这份名册现在是“%s”，不能%s，没有开始", "the roll is %s, so it is too early or too late to %s; nothing was begun", state, k.Label()),
		text.Say("刷新后查看它走到哪一步", "look where it stands"))
}

func busy(other *Job) error {
	return refused(fault.Conflict, "busy", text.Tell("%s 的“%s”还没有办完，这次没有开始", "what %s asked for (%s) is not done yet; this was not begun", fault.Text{ZH: other.Asker.Name}, other.Work.Kind.Label()),
		text.Say("等它办完，或先在后台任务里取消它", "wait until it is done, or cancel it among the jobs first"))
}

func over(s State) error {
	return refused(fault.Conflict, "over", text.Tell("这个任务%s，不能取消，没有改动", "the job is %s and cannot be cancelled; nothing was changed", s.Label()), text.Say("刷新后查看", "look again"))
}

func notEnded(s State) error {
	return refused(fault.Conflict, "not-ended", text.Tell("这个任务%s，不需要重试，没有改动", "the job is %s and need not be tried again; nothing was changed", s.Label()), text.Say("刷新后查看", "look again"))
}

func noAnswer() error {
	return refused(fault.NotFound, "no-answer", text.Say("这个任务没有留下结果", "the job has left no answer"), text.Say("任务完成后再看", "look again once it is done"))
}

// lostTooOften is the failure of a job that nobody gets on with.
func lostTooOften() error {
	return refused(fault.Internal, "lost", text.Say("办理它的程序接连 %d 次中途退出，没有再试", "the program ended %d times in a row while at it; it was not tried again", mostLost),
		text.Say("请管理员查看程序日志和内存，再重试", "have the program's log and its memory looked at, then try again"))
}

// failureOf is what is kept of an error. What is no fault is a defect of the program: it is told to the log, and to people as that.
func failureOf(err error) Failure {
	var known *fault.Error
	if !errors.As(err, &known) {
		known = refused(fault.Internal, "defect", text.Say("程序出错，没有办完", "a defect of the program; it did not come to its end"), text.Say("请管理员查看程序日志", "have the program's log looked at"))
	}
	return Failure{known.Code, known.Message, known.Hint}
}
