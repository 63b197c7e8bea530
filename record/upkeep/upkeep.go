// Package upkeep lets two persons change what all work stands on: towns and villages, offices and who took over from them, hospitals,
// pharmacies, schools and doctors with their levels and designation, and the days the county works; and the money that special accounts are
// given, where it comes from, what it may be used for, what of it is set aside, and what of this was entered wrongly.
//
// Money hangs on all of it: a hospital's level decides the share that is paid, a village the policies that apply, a
// working day whether papers came in time. So a maker proposes ([Keeper.Propose]) and another person answers ([Keeper.Approve], [Keeper.Reject]),
// once. A change is one or many steps, such as all villages of a county at its beginning; it is done as a whole, in the
// transaction of the approval, or not at all. Until then it has no effect.
//
// The steps themselves are the commands of the packages they are about (register, provider, calendar, fund), with their codes, and what they state
// names the reason of the change as its source. A change of a special account is of that one alone, and lies in an [Area] of its own: other people
// propose and answer it.
package upkeep

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// Keeper changes the standing data of a county. It may be used by many goroutines.
type Keeper struct {
	Vocabulary *rule.Vocabulary
	Register   *register.Register
	Providers  *provider.Providers
	Log        *audit.Log
	Packs      []*policy.Pack // whose benefits and settlements special accounts pay for
}

// by is what steps go by: the document, and the change they are part of, "" while it is only tried.
type by struct {
	dated.Said
	change string
}

// Step is one thing to be done. Its types stand in step.go and money.go.
type Step interface {
	do(tx *store.Tx, k *Keeper, why by) error
	tell(tx *store.Tx, k *Keeper, day period.Day) (fault.Text, error)
}

// Change is what somebody proposed, and what came of it.
type Change struct {
	ID     string
	Fund   string // code of the special account it is about; "" for standing data
	Steps  []Step
	Reason string // the document it goes by
	Maker  store.Actor
	Made   time.Time
	Answer *Answer // nil while it waits
}

// Answer is what another person said to a change.
type Answer struct {
	Approved bool
	Note     string
	Checker  store.Actor
	Given    time.Time
}

// Area is whose business changes are.
type Area string

// The areas.
const (
	Standing Area = "standing" // divisions, offices, institutions, working days
	Money    Area = "money"    // special accounts
)

// in are the changes of an area.
var in = map[Area]string{Standing: `AND s.fund_code = '' `, Money: `AND s.fund_code <> '' `}

// Area is whose business the change is.
func (c Change) Area() Area {
	if c.Fund != "" {
		return Money
	}
	return Standing
}

// AreaOf is whose business a change of these steps is.
func AreaOf(steps []Step) Area {
	if len(steps) == 0 {
		return Standing
	}
	return Change{Fund: fundOf(steps[0])}.Area()
}

// mostSteps bounds a change: the largest counties have some two thousand villages.
const (
	mostSteps     = 5000
	longestReason = 200 // characters
)

// errTried ends a trial without keeping anything.
var errTried = errors.New("upkeep: tried")

// Try does the steps and keeps nothing of it, so that who proposes learns at once what would not go. Codes: those of the steps.
func (k *Keeper) Try(ctx context.Context, st *store.Store, c store.Command, steps []Step, reason string) error {
	c.Key = ""
	_, err := st.Write(ctx, c, func(tx *store.Tx) (any, error) {
		if err := k.run(tx, steps, by{Said: dated.Said{Source: cmp.Or(strings.TrimSpace(reason), "-")}}); err != nil {
			return nil, err
		}
		return nil, errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// Propose keeps a change, to be approved by another person, and answers its id. Codes: upkeep.empty, upkeep.too-many,
// upkeep.reason; upkeep.mixed when the steps are not all about one special account, or all about none.
func (k *Keeper) Propose(tx *store.Tx, steps []Step, reason string) (id string, err error) {
	reason = strings.TrimSpace(reason)
	switch {
	case len(steps) == 0:
		return "", empty()
	case len(steps) > mostSteps:
		return "", tooMany(len(steps))
	case reason == "" || utf8.RuneCountInString(reason) > longestReason:
		return "", reasonMissing()
	}
	of := fundOf(steps[0])
	if slices.ContainsFunc(steps, func(s Step) bool { return fundOf(s) != of }) {
		return "", mixed()
	}
	content, err := write(steps)
	if err != nil {
		return "", err
	}
	id = tx.NewID()
	if _, err := tx.Exec(`INSERT INTO standing_change (county_code, change_id, content, reason, maker_id, maker_name, instant, fund_code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		tx.County, id, string(content), reason, tx.Actor.ID, tx.Actor.Name, store.FormatInstant(tx.Instant), of); err != nil {
		return "", err
	}
	return id, k.record(tx, "upkeep.propose", id, map[string]string{"steps": string(content), "reason": reason})
}

// fundOf is the special account that a step is about; "" for none.
func fundOf(s Step) string {
	if a, is := s.(about); is {
		return a.fund()
	}
	return ""
}

// Approve does a change. Codes: upkeep.unknown, upkeep.answered, upkeep.same-person (kind Forbidden); those of the steps,
// when something else was done in the meantime: then nothing of the change is done, and it goes on waiting.
func (k *Keeper) Approve(tx *store.Tx, id, note string) error {
	c, err := waiting(tx, id)
	if err != nil {
		return err
	}
	if c.Maker.ID == tx.Actor.ID {
		return samePerson()
	}
	if err := k.run(tx, c.Steps, by{Said: dated.Said{Source: c.Reason}, change: id}); err != nil {
		return err
	}
	return k.answer(tx, id, true, note)
}

// Reject ends a change without effect; the note says why. The maker may take the own one back. Codes: upkeep.unknown,
// upkeep.answered, upkeep.note.
func (k *Keeper) Reject(tx *store.Tx, id, note string) error {
	if _, err := waiting(tx, id); err != nil {
		return err
	}
	if strings.TrimSpace(note) == "" {
		return noteMissing()
	}
	return k.answer(tx, id, false, note)
}

// run does steps in order.
func (k *Keeper) run(tx *store.Tx, steps []Step, why by) error {
	for _, s := range steps {
		if err := s.do(tx, k, why); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) answer(tx *store.Tx, id string, approved bool, note string) error {
	yes, name := 0, "upkeep.reject"
	if approved {
		yes, name = 1, "upkeep.approve"
	}
	note = strings.TrimSpace(note)
	if _, err := tx.Exec(`INSERT INTO standing_check (county_code, change_id, approved, note, checker_id, checker_name, instant) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		tx.County, id, yes, note, tx.Actor.ID, tx.Actor.Name, store.FormatInstant(tx.Instant)); err != nil {
		return err
	}
	return k.record(tx, name, id, map[string]string{"note": note})
}

func (k *Keeper) record(tx *store.Tx, name, id string, content map[string]string) error {
	_, err := k.Log.Record(tx, audit.Note{Name: name, Subject: id, Content: content})
	return err
}

// waiting is a change nobody has answered.
func waiting(tx *store.Tx, id string) (Change, error) {
	c, err := Get(tx, id)
	if err == nil && c.Answer != nil {
		return c, answered()
	}
	return c, err
}

const columns = `SELECT s.change_id, s.fund_code, s.content, s.reason, s.maker_id, s.maker_name, s.instant,
	COALESCE(c.approved, -1), COALESCE(c.note, ''), COALESCE(c.checker_id, ''), COALESCE(c.checker_name, ''), COALESCE(c.instant, '')
	FROM standing_change s LEFT JOIN standing_check c ON c.county_code = s.county_code AND c.change_id = s.change_id WHERE s.county_code = ?1 `

// Get is one change. Code: upkeep.unknown.
func Get(tx *store.Tx, id string) (Change, error) {
	c, err := scan(tx.QueryRow(columns+`AND s.change_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, unknown()
	}
	return c, err
}

// Waiting are the changes of an area nobody has answered, the oldest first.
func Waiting(tx *store.Tx, of Area) ([]Change, error) {
	return store.All(tx, func(rows *store.Rows) (Change, error) { return scan(rows) }, columns+in[of]+`AND c.change_id IS NULL ORDER BY s.change_id`, tx.County)
}

// Answered are the changes of an area that were answered, the newest first, at most so many.
func Answered(tx *store.Tx, of Area, limit int) ([]Change, error) {
	return store.All(tx, func(rows *store.Rows) (Change, error) { return scan(rows) }, columns+in[of]+`AND c.change_id IS NOT NULL ORDER BY s.change_id DESC LIMIT ?2`, tx.County, limit)
}

// Tell puts the steps of a change into words, with the names things have on a day.
func (k *Keeper) Tell(tx *store.Tx, c Change, day period.Day) ([]fault.Text, error) {
	var told []fault.Text
	for _, s := range c.Steps {
		t, err := s.tell(tx, k, day)
		if err != nil {
			return nil, err
		}
		told = append(told, t)
	}
	return told, nil
}

func scan(row interface{ Scan(...any) error }) (c Change, err error) {
	var content, made, note, checker, name, given string
	var approved int64
	if err := row.Scan(&c.ID, &c.Fund, &content, &c.Reason, &c.Maker.ID, &c.Maker.Name, &made, &approved, &note, &checker, &name, &given); err != nil {
		return c, err
	}
	if c.Made, err = store.ParseInstant(made); err != nil {
		return c, err
	}
	if c.Steps, err = read([]byte(content)); err != nil || approved < 0 {
		return c, err
	}
	c.Answer = &Answer{Approved: approved == 1, Note: note, Checker: store.Actor{ID: checker, Name: name}}
	c.Answer.Given, err = store.ParseInstant(given)
	return c, err
}

// written is a step with the word for its kind.
type written struct {
	Kind string          `json:"kind"`
	Step json.RawMessage `json:"step"`
}

func write(steps []Step) ([]byte, error) {
	var list []written
	for _, s := range steps {
		content, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		list = append(list, written{kindOf(s), content})
	}
	return json.Marshal(list)
}

func read(content []byte) ([]Step, error) {
	var list []written
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, err
	}
	var steps []Step
	for _, w := range list {
		s, err := readStep(w)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "upkeep." + code, Op: "upkeep", Message: message, Hint: hint}
}

func empty() error {
	return refused(fault.Invalid, "empty", text.Say("没有写明要改什么", "nothing to be changed was given"), text.Say("至少填写一项", "state at least one thing"))
}

func mixed() error {
	return refused(fault.Invalid, "mixed", text.Say("一项变更只能是一个专账的", "one change is of one special account"), text.Say("分开提出", "propose them one by one"))
}

func tooMany(n int) error {
	return refused(fault.Invalid, "too-many", text.Say("一次改 %d 项太多", "%d things are too many for one change", n), text.Say("每次至多 %d 项，分几次提交", "at most %d at a time", mostSteps))
}

func reasonMissing() error {
	return refused(fault.Invalid, "reason", text.Say("没有写明依据，或写得过长", "the document or reason is missing or too long"), text.Say("写文件名称、文号或理由，至多 %d 个字", "name the document, its number, or the reason, in at most %d characters", longestReason))
}

func noteMissing() error {
	return refused(fault.Invalid, "note", text.Say("没有写明退回的理由", "the reason for sending it back is missing"), text.Say("写明理由，方便对方改正", "say why, so that it can be mended"))
}

func unknown() error {
	return refused(fault.NotFound, "unknown", text.Say("没有这一项变更", "there is no such change"), text.Say("回到列表重新打开", "open it from the list"))
}

func answered() error {
	return refused(fault.Conflict, "answered", text.Say("这项变更已经复核过，没有再改动", "this change was answered already; nothing was changed again"), text.Say("刷新后查看结果", "look again to see the answer"))
}

func samePerson() error {
	return refused(fault.Forbidden, "same-person", text.Say("提出变更的人不能自己复核", "who proposed a change cannot approve it"), text.Say("请另一人复核", "let another person approve it"))
}
