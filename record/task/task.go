// Package task keeps supervision slips (督办单): somebody in charge sees what is overdue in a place and asks the place to see to it.
//
// A slip freezes what was found when it was sent: the place, the benefit, how many were overdue and since when. It is addressed to a division, whose
// office answers it ([Tasks.Answer]); who is in charge then closes it ([Tasks.Close]) or sends it back with a reason ([Tasks.Return]), and it waits
// for another answer:
//
//	open → answered → closed
//	          ↓ ↑
//	        returned
//
// Nothing of it is changed or deleted: each step is one more line, with who took it in which post. A step names the one it follows, so that nobody
// answers what somebody else has answered meanwhile. Whoever acts hands in the division the post looks at: to others a slip does not exist.
package task

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/store"
)

// Tasks keeps the slips of a county. It may be used by many goroutines.
type Tasks struct{ Log *audit.Log }

// Number is what a slip is called by: of the county, and never given twice.
type Number int64

// String is the number as it is written: DB00012.
func (n Number) String() string { return fmt.Sprintf("DB%05d", int64(n)) }

var written = regexp.MustCompile(`^(?i:DB)0*([1-9][0-9]{0,15})$`)

// ParseNumber reads a number as it is written; false for what is none.
func ParseNumber(s string) (Number, bool) {
	m := written.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return Number(n), err == nil
}

// State is how a slip stands.
type State string

// The states.
const (
	Open     State = "open"     // sent, and waits for an answer
	Answered State = "answered" // waits for whoever is in charge
	Returned State = "returned" // waits for another answer
	Closed   State = "closed"
)

// States are all of them, in their order.
var States = []State{Open, Answered, Returned, Closed}

// Label is a state in words, empty for none.
func (s State) Label() fault.Text {
	return map[State]fault.Text{Open: {ZH: "待办", EN: "open"}, Answered: {ZH: "已答复", EN: "answered"}, Returned: {ZH: "退回再办", EN: "sent back"}, Closed: {ZH: "已办结", EN: "closed"}}[s]
}

// waits tells whether an answer is waited for.
func (s State) waits() bool { return s == Open || s == Returned }

// Matter is what was found overdue, where.
type Matter struct {
	Division  ident.Division
	Addressee string // the name of the division
	Scheme    string
	Overdue   int
	First     period.Day // the earliest day that was missed; 0 where none was noted
}

// Slip is one of them, with the last step taken.
type Slip struct {
	Number
	Matter
	Content string
	Due     period.Day // an answer is asked for by; 0 for no day
	Last    Step
}

// Step is what was done about a slip.
type Step struct {
	Step  int // 1, 2, …
	State State
	Note  string // the answer, or the reason; "" of the sending
	Actor store.Actor
	When  time.Time
}

// longest is how many characters a slip, an answer or a reason may have.
const longest = 1000

// Send sends a slip. Codes: task.nothing when nothing is overdue, task.content, task.due for a day that is over.
func (t *Tasks) Send(tx *store.Tx, m Matter, content string, due period.Day) (Number, error) {
	content = strings.TrimSpace(content)
	switch {
	case m.Overdue <= 0:
		return 0, refused(fault.Conflict, "nothing", text.Say("这里已经没有逾期的这类事项，没有发出", "nothing of this kind is overdue there any more; nothing was sent"), text.Say("回到进展页看最新的情况", "go back to the overview"))
	case !sayable(content):
		return 0, refused(fault.Invalid, "content", text.Say("督办内容要写，最多 %d 个字；没有发出", "what is asked is needed, in at most %d characters; nothing was sent", longest), text.Say("写明要办什么", "say what is to be done"))
	case due != 0 && due < dated.Today(tx):
		return 0, refused(fault.Invalid, "due", text.Say("答复期限 %s 已经过去，没有发出", "the day %s is over; nothing was sent", due), text.Say("写今天或以后的日期，或者不写", "state today or a later day, or none"))
	}
	var last int64
	if err := tx.QueryRow(`SELECT COALESCE(MAX(number), 0) FROM task_slip WHERE county_code = ?1`, tx.County).Scan(&last); err != nil {
		return 0, err
	}
	n := Number(last + 1)
	given, err := tx.Exec(`INSERT INTO task_slip (county_code, number, division, addressee, scheme, overdue, first, content, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING`,
		tx.County, int64(n), string(m.Division), m.Addressee, m.Scheme, m.Overdue, dated.DayOr(m.First, 0), content, dated.DayOr(due, 0))
	if err == nil && given == 0 { // somebody else has just taken the number
		err = store.Surprise()
	}
	if err != nil {
		return 0, err
	}
	if err := step(tx, n, 1, Open, ""); err != nil {
		return 0, err
	}
	return n, t.record(tx, "task.send", n, map[string]any{"division": m.Division, "scheme": m.Scheme, "overdue": m.Overdue, "content": content, "due": dated.DayOr(due, 0)})
}

// Seen is a slip as whoever acts has it before them.
type Seen struct {
	Within ident.Division // where the post looks
	Number Number
	Step   int // the last one they saw
}

// Answer says what was done about a slip. Codes: task.unknown, task.moved when something was done about it meanwhile, task.state, task.note.
func (t *Tasks) Answer(tx *store.Tx, s Seen, answer string) error {
	return t.act(tx, s, Answered, answer)
}

// Return sends an answered slip back with a reason. Codes: those of [Tasks.Answer]; task.same-person for who has answered it.
func (t *Tasks) Return(tx *store.Tx, s Seen, reason string) error {
	return t.act(tx, s, Returned, reason)
}

// Close ends an answered slip. Codes: those of [Tasks.Return]; a note need not be given.
func (t *Tasks) Close(tx *store.Tx, s Seen, note string) error { return t.act(tx, s, Closed, note) }

// act takes a slip to a state.
func (t *Tasks) act(tx *store.Tx, s Seen, to State, note string) error {
	slip, err := Get(tx, s.Within, s.Number)
	if err != nil {
		return err
	}
	note = strings.TrimSpace(note)
	answers := to == Answered
	switch last := slip.Last; {
	case last.Step != s.Step:
		return refused(fault.Conflict, "moved", text.Say("这张督办单在您打开以后有人办过了，这一步没有记", "somebody did something about this slip after you had opened it; this step was not kept"), text.Say("看过最新的情况再办", "look at it as it is now, then go on"))
	case answers != last.State.waits() || !answers && last.State != Answered:
		return refused(fault.Conflict, "state", text.Tell("督办单现在是“%s”，不能这样办；这一步没有记", "the slip is “%s”, and this cannot be done; the step was not kept", last.State.Label()), text.Say("看过最新的情况再办", "look at it as it is now, then go on"))
	case !answers && last.Actor.ID == tx.Actor.ID:
		return refused(fault.Forbidden, "same-person", text.Say("答复是您自己写的，不能由您办结或退回", "you wrote the answer yourself and cannot close it or send it back"), text.Say("请另一人办理", "let another person do it"))
	case to == Closed && note == "":
	case !sayable(note):
		return refused(fault.Invalid, "note", text.Say("要写明情况或理由，最多 %d 个字；这一步没有记", "an answer or reason is needed, in at most %d characters; the step was not kept", longest), text.Say("写一句话", "write a sentence"))
	}
	if err := step(tx, s.Number, s.Step+1, to, note); err != nil {
		return err
	}
	name := map[State]string{Answered: "task.answer", Returned: "task.return", Closed: "task.close"}[to]
	return t.record(tx, name, s.Number, map[string]any{"step": s.Step + 1, "note": note})
}

// sayable tells whether something was written that can be kept.
func sayable(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= longest && !strings.ContainsRune(s, 0)
}

// step keeps what was done about a slip.
func step(tx *store.Tx, n Number, at int, to State, note string) error {
	kept, err := tx.Exec(`INSERT INTO task_step (county_code, number, step, state, note, actor_id, actor_name, post, instant) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING`,
		tx.County, int64(n), at, string(to), note, tx.Actor.ID, tx.Actor.Name, tx.Actor.Post, store.FormatInstant(tx.Instant))
	if err == nil && kept == 0 { // somebody else has just taken the step
		return store.Surprise()
	}
	return err
}

func (t *Tasks) record(tx *store.Tx, name string, n Number, content map[string]any) error {
	_, err := t.Log.Record(tx, audit.Note{Name: name, Subject: n.String(), Content: content})
	return err
}

const slipSQL = `SELECT s.number, s.division, s.addressee, s.scheme, s.overdue, s.first, s.content, s.due, t.step, t.state, t.note, t.actor_id, t.actor_name, t.post, t.instant
	FROM task_slip s JOIN task_step t ON t.county_code = s.county_code AND t.number = s.number
		AND t.step = (SELECT MAX(x.step) FROM task_step x WHERE x.county_code = s.county_code AND x.number = s.number)
	WHERE s.county_code = ?1 AND SUBSTR(s.division, 1, LENGTH(?2)) = ?2`

// Get is the slip of a number, of those in a division. Code: task.unknown.
func Get(tx *store.Tx, within ident.Division, n Number) (Slip, error) {
	list, err := store.All(tx, scan, slipSQL+` AND s.number = ?3`, tx.County, string(within), int64(n))
	if err == nil && len(list) == 0 {
		return Slip{}, refused(fault.NotFound, "unknown", text.Say("没有这张督办单", "there is no such slip"), text.Say("回到督办单列表重新打开", "open it from the list"))
	}
	if err != nil {
		return Slip{}, err
	}
	return list[0], nil
}

// Filter narrows a list.
type Filter struct {
	Within ident.Division // where the reader's post looks
	State  State          // "" for all
	Scheme string         // "" for all
	Before Number         // those sent before this one; 0 for the last
}

// List are the last slips, the latest first, so many at most.
func List(tx *store.Tx, f Filter, most int) ([]Slip, error) {
	return store.All(tx, scan, slipSQL+` AND (?3 = '' OR t.state = ?3) AND (?4 = '' OR s.scheme = ?4) AND (?5 = 0 OR s.number < ?5) ORDER BY s.number DESC LIMIT ?6`,
		tx.County, string(f.Within), string(f.State), f.Scheme, int64(f.Before), most)
}

// Steps are what was done about a slip, in order.
func Steps(tx *store.Tx, n Number) ([]Step, error) {
	return store.All(tx, func(r *store.Rows) (s Step, err error) {
		return s, scanStep(r, &s)
	}, `SELECT step, state, note, actor_id, actor_name, post, instant FROM task_step WHERE county_code = ?1 AND number = ?2 ORDER BY step`, tx.County, int64(n))
}

func scan(r *store.Rows) (s Slip, err error) {
	var first, due string
	if err := scanStep(r, &s.Last, &s.Number, &s.Division, &s.Addressee, &s.Scheme, &s.Overdue, &first, &s.Content, &due); err != nil {
		return s, err
	}
	var errs [2]error
	s.First, errs[0] = dated.DayFrom(first, 0)
	s.Due, errs[1] = dated.DayFrom(due, 0)
	return s, errors.Join(errs[:]...)
}

// scanStep reads a step, which stands behind other columns.
func scanStep(r *store.Rows, s *Step, before ...any) error {
	var when string
	if err := r.Scan(append(before, &s.Step, &s.State, &s.Note, &s.Actor.ID, &s.Actor.Name, &s.Actor.Post, &when)...); err != nil {
		return err
	}
	var err error
	s.When, err = store.ParseInstant(when)
	return err
}

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "task." + code, Op: "task", Message: message, Hint: hint}
}
