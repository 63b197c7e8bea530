package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// standingRoutes are what is done once for all work: what it stands on, and how the system is.
var standingRoutes = slices.Concat(upkeepRoutes, systemRoutes, sheetRoutes)

// upkeepRoutes are what all work stands on: divisions, institutions, working days, and what is adopted. Changes are proposed here and
// answered by another person.
var upkeepRoutes = []route{
	{pattern: "GET /admin/changes", may: only(auth.SeeStanding), do: of(upkeep.Standing, (*view).changes)},
	{pattern: "GET /admin/changes/{change}", may: only(auth.SeeStanding), do: of(upkeep.Standing, (*view).oneChange)},
	{pattern: "POST /admin/changes/{change}/approve", may: only(auth.CheckStanding), do: of(upkeep.Standing, (*view).approveChange)},
	{pattern: "POST /admin/changes/{change}/reject", may: only(auth.MakeStanding, auth.CheckStanding), do: of(upkeep.Standing, (*view).rejectChange)},

	{pattern: "GET /admin/divisions", may: only(auth.SeeStanding), do: (*view).divisions},
	{pattern: "GET /admin/divisions/new", may: only(auth.MakeStanding), do: (*view).newDivisions},
	{pattern: "POST /admin/divisions/new", may: only(auth.MakeStanding), do: (*view).addDivisions, upload: &divisionUpload},
	{pattern: "GET /admin/divisions/{division}", may: only(auth.SeeStanding), do: (*view).division},
	{pattern: "POST /admin/divisions/{division}/rename", may: only(auth.MakeStanding), do: (*view).renameDivision},
	{pattern: "POST /admin/divisions/{division}/end", may: only(auth.MakeStanding), do: (*view).endDivision},

	{pattern: "GET /admin/institutions", may: only(auth.SeeStanding), do: (*view).institutions},
	{pattern: "GET /admin/institutions/new", may: only(auth.MakeStanding), do: (*view).newInstitution},
	{pattern: "POST /admin/institutions/new", may: only(auth.MakeStanding), do: (*view).addInstitution},
	{pattern: "GET /admin/institutions/{party}", may: only(auth.SeeStanding), do: (*view).institution},
	{pattern: "POST /admin/institutions/{party}/{act}", may: only(auth.MakeStanding), do: (*view).changeInstitution},

	{pattern: "GET /admin/calendar", may: only(auth.SeeStanding), do: (*view).calendarYear},
	{pattern: "POST /admin/calendar/{act}", may: only(auth.MakeStanding), do: (*view).changeCalendar},

	{pattern: "GET /admin/parameters", may: only(auth.SeeStanding), do: (*view).parameters},
}

// changes are the proposals of an area as pages show them: where, who makes and who checks them, and what is said of them.
type changes struct {
	area        upkeep.Area
	path        string
	make, check auth.Permission
	name        fault.Text // as the menu calls them
	title       fault.Text
	from        fault.Text // where they are proposed
	foot        fault.Text
}

var changesOf = map[upkeep.Area]*changes{
	upkeep.Standing: {upkeep.Standing, "/admin/changes", auth.MakeStanding, auth.CheckStanding, fault.Text{ZH: "变更复核", EN: "Changes"},
		fault.Text{ZH: "区划、机构和日历的变更", EN: "Changes of divisions, institutions and calendar"},
		fault.Text{ZH: "从行政区划、部门与机构、工作日历提出变更。", EN: "Changes are proposed on the pages of divisions, institutions and calendar."},
		fault.Text{ZH: "这些数据决定钱怎么算，所以一人提出、另一人复核后才生效；旧的情况都留着。", EN: "Money is computed from these, so one person proposes and another approves; what was true before is kept."}},
	upkeep.Money: {upkeep.Money, "/fund-changes", auth.MakeFunds, auth.CheckFunds, fault.Text{ZH: "记账复核", EN: "Entries to check"},
		fault.Text{ZH: "专账的拨款、额度、预留和更正", EN: "What special accounts are given, and corrections"},
		fault.Text{ZH: "从资金专账打开一个专账，在“记账”里提出；更正从凭证提出。", EN: "They are proposed on the page of a special account; corrections on that of the entry."},
		fault.Text{ZH: "一人提出、另一人复核后才记账；记过的账不改，只用新的凭证更正。接口密钥不能记这些账。", EN: "One person proposes, and it is entered when another approves; what was entered is never changed, only corrected by a new entry. No key of another system may enter these."}},
}

// of is what a page does with the changes of an area.
func of(area upkeep.Area, do func(*view, *changes) error) func(*view) error {
	return func(v *view) error { return do(v, changesOf[area]) }
}

// change is where one of them is looked at.
func (c *changes) change(id string, more ...string) string {
	return c.path + "/" + url.PathEscape(id) + strings.Join(more, "")
}

// proposal is a form of the administration: what is asked, what was typed and what is to be mended. Several stand on one page, so the names of
// their fields begin with the form's.
type proposal struct {
	Name, Action        string
	Title, Lead, Button string
	Fields              []field
	Rows                *field // many lines, typed or pasted
	File                bool   // the lines may come as a table
	Problems            []problem
	Key                 string
}

// proposal is an empty form, or the one that was sent.
func (v *view) proposal(name, action, title, button string) proposal {
	e := proposal{Name: name, Action: action, Title: title, Button: button, Key: newKey()}
	if v.sent(name) {
		e.Key = cmp.Or(v.asked("key"), e.Key)
	}
	return e
}

// sent tells whether the request is a form of this name.
func (v *view) sent(name string) bool { return v.asked("proposal") == name }

// field is a field of the form with what was typed in it, or what it begins with.
func (e *proposal) field(v *view, name, label, begins string, need bool) *field {
	f := field{Name: e.Name + "." + name, Label: label, Need: need}
	f.Value = v.typedOr(f.Name, begins)
	e.Fields = append(e.Fields, f)
	return &e.Fields[len(e.Fields)-1]
}

// why asks for the document that a change goes by.
func (e *proposal) why(v *view) {
	e.field(v, "reason", v.say("依据", "By what"), "", true).Hint = v.say("文件、文号或理由", "the document, its number, or why")
}

// misplaced is an error with the field it is about.
type misplaced struct {
	error
	field string
}

func (m misplaced) Unwrap() error { return m.error }

// ofField is the field of a form that an error of a step is about.
var ofField = map[string]string{"upkeep.reason": "reason", "upkeep.empty": "rows", "upkeep.too-many": "rows", "upkeep.office-id": "id", "calendar.name": "name", "calendar.not-set": "day", "calendar.held": "year",
	"register.division-parent": "rows", "register.division-overlap": "rows", "register.division-outside": "rows", "register.division-unknown": "into", "provider.name-missing": "name", "provider.code-known": "code",
	"provider.fictional": "code", "provider.not-fictional": "code", "provider.office-overlap": "id", "provider.office-unknown": "by", "provider.office-circle": "by", "provider.list-overlap": "list",
	"dated.party-exists": "id", "provider.closed": "last", "dated.span-empty": "to",
	"fund.code-malformed": "code", "fund.exists": "code", "fund.account-malformed": "code", "fund.name-missing": "name", "fund.span-empty": "to", "fund.use-missing": "use", "fund.use-malformed": "use",
	"fund.amount": "amount", "fund.short": "amount", "fund.reserve-short": "amount", "fund.account-short": "amount", "fund.adjust-nothing": "amount", "money.overflow": "amount",
	"fund.account-unknown": "into", "fund.not-in-force": "day", "fund.day-backwards": "day", "fund.reason": "note", "fund.origin-malformed": "reason"}

// mark marks the field an error is about.
func (e *proposal) mark(v *view, err error) {
	if err == nil || !v.sent(e.Name) {
		return
	}
	t := v.trouble(err)
	message := t.Message + v.say("。", ". ") + t.Hint
	at := ofField[fault.CodeOf(err)]
	var m misplaced
	if errors.As(err, &m) {
		at = m.field
	}
	if e.Rows != nil && e.Rows.Name == e.Name+"."+at {
		e.Rows.Problem, e.Problems = message, []problem{{e.Rows.id(), message}}
		return
	}
	for i := range e.Fields {
		if e.Fields[i].Name == e.Name+"."+at {
			e.Fields[i].Problem, e.Problems = message, []problem{{e.Fields[i].id(), message}}
			return
		}
	}
	e.Problems = []problem{{"", message}}
}

// markForms marks the field an error is about in the one form of a page that was sent, and answers an error that is of none of them.
func (v *view) markForms(forms []proposal, wrong error) error {
	for i := range forms {
		forms[i].mark(v, wrong)
	}
	if wrong != nil && len(problemsOf(forms)) == 0 {
		return wrong
	}
	return nil
}

// problemsOf are what is to be mended in any of several forms.
func problemsOf(forms []proposal) (list []problem) {
	for _, e := range forms {
		list = append(list, e.Problems...)
	}
	return list
}

// typedDay is a day that was typed into a form.
func (v *view) typedDay(form, name string) (period.Day, error) {
	d, err := period.ParseDay(tidied(v.asked(form + "." + name)))
	if err != nil {
		return 0, misplaced{err, name}
	}
	return d, nil
}

// until is a day that may be left open.
func (v *view) until(form, name string) (period.Day, error) {
	if v.asked(form+"."+name) == "" {
		return period.Latest, nil
	}
	return v.typedDay(form, name)
}

// propose tries the steps that a form asks for and proposes them; what would not go is shown in the form again.
func (v *view) propose(form string, steps func() ([]upkeep.Step, error), again func(status int, err error) error) error {
	if form == "" || !v.sent(form) {
		return unreadable(nil)
	}
	list, err := steps()
	if err == nil {
		err = v.Record.Upkeep.Try(v.r.Context(), v.Record.Store, v.command("web.standing.try", "", nil), list, v.asked(form+".reason"))
	}
	var made store.Outcome
	if err == nil {
		content := []byte(v.r.URL.Path + "\n" + v.r.PostForm.Encode())
		made, err = v.Record.Store.Write(v.r.Context(), v.command("web.standing.propose", v.asked("key"), content), func(tx *store.Tx) (any, error) {
			return v.Record.Upkeep.Propose(tx, list, v.asked(form+".reason"))
		})
	}
	switch kind := fault.KindOf(err); {
	case err == nil:
	case kind == fault.Internal, kind == fault.Unavailable, kind == fault.NotFound && ofField[fault.CodeOf(err)] == "":
		return err
	case kind == fault.NotFound: // what one of the fields names, not what the address does
		return again(http.StatusUnprocessableEntity, err)
	default:
		return again(statuses[kind], err)
	}
	var id string
	if err := json.Unmarshal(made.Result, &id); err != nil {
		return err
	}
	return v.see(changesOf[upkeep.AreaOf(list)].change(id, "?done=1"))
}

// changeLine is a change of a list.
type changeLine struct {
	upkeep.Change
	Told  []string
	State string // in words
	Class string
}

// line puts a change into words.
func (v *view) changeLine(tx *store.Tx, c upkeep.Change) (changeLine, error) {
	l := changeLine{Change: c, State: v.say("待复核", "waits for a check"), Class: "warn"}
	if c.Answer != nil {
		l.State, l.Class = v.say("已退回", "sent back"), "bad"
		if c.Answer.Approved {
			l.State, l.Class = v.say("已生效", "in effect"), "ok"
		}
	}
	told, err := v.Record.Upkeep.Tell(tx, c, v.today())
	for _, t := range told {
		l.Told = append(l.Told, v.in(t))
	}
	return l, err
}

// pageChanges is how many answered changes a page shows.
const pageChanges = 50

// changesPage is the changes of an area that wait, or the last ones that were answered.
type changesPage struct {
	*changes
	Lines   []changeLine
	Waiting bool
}

func (v *view) changes(of *changes) error {
	p := changesPage{changes: of, Waiting: v.asked("state") == ""}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		p.Lines, err = v.changeLines(tx, func(tx *store.Tx) ([]upkeep.Change, error) {
			if p.Waiting {
				return upkeep.Waiting(tx, of.area)
			}
			return upkeep.Answered(tx, of.area, pageChanges)
		})
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.in(of.title), changesPageOf(v, p))
}

// changesList heads the list of changes.
func (v *view) changesList(p changesPage) listing {
	l := listing{Title: v.in(p.title), Tabs: v.tabsBy("state", []string{"", "answered"}, func(state string) string {
		return map[string]string{"": v.say("待复核", "Waiting for a check"), "answered": v.say("办过的", "Answered")}[state]
	}), Table: v.changeTable(v.say("变更", "Changes"), len(p.Lines))}
	l.Table.Empty = v.say("还没有办过变更。", "No change was answered yet.")
	if p.Waiting {
		l.Table.Empty = v.say("没有待复核的变更。", "Nothing waits for a check.")
		if v.may(p.make) {
			l.Table.Empty += v.say("", " ") + v.in(p.from)
		}
	}
	if len(p.Lines) == pageChanges {
		l.Table.Foot = v.say("最近 %d 项；更早的在审计里", "the last %d; earlier ones are in the log", pageChanges)
	}
	if p.area == upkeep.Money && v.may(p.make) {
		l.Act = link{v.say("开立专账", "Open a special account"), "/fund-changes/new"}
	}
	return l
}

// changeTable is the columns of changes.
func (v *view) changeTable(name string, shown int) table {
	return table{Name: name, Shown: shown, Columns: []column{{Name: v.say("变更", "Change")}, {Name: v.say("依据", "By")}, {Name: v.say("提出", "Proposed")}, {Name: v.say("复核", "Answered")}, {Name: v.say("状态", "State")}}}
}

func (v *view) changeLines(tx *store.Tx, list func(*store.Tx) ([]upkeep.Change, error)) (lines []changeLine, err error) {
	all, err := list(tx)
	for _, c := range all {
		l, err := v.changeLine(tx, c)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, err
}

// changePage is one change with what can be done about it.
type changePage struct {
	*changes
	changeLine
	Money    *moneyChange // of a special account; nil for others
	Key      string
	Note     field
	Problems []problem
	Done     string
}

// changeOf is the change of the address. One of another area does not exist here.
func (v *view) changeOf(tx *store.Tx, of *changes) (upkeep.Change, error) {
	c, err := upkeep.Get(tx, v.r.PathValue("change"))
	if err == nil && c.Area() != of.area {
		c, err = upkeep.Change{}, refuse(fault.NotFound, "change-unknown", fault.Text{ZH: "没有这一项变更", EN: "there is no such change"}, fault.Text{ZH: "回到列表重新打开", EN: "open it from the list"})
	}
	return c, err
}

func (v *view) oneChange(of *changes) error { return v.showChange(of, http.StatusOK, nil) }

func (v *view) showChange(of *changes, status int, wrong error) error {
	p := changePage{changes: of, Key: newKey(), Note: field{Name: "note", Label: v.say("意见（退回时必填）", "Note (needed to send it back)"), Value: v.typed("note")}}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		c, err := v.changeOf(tx, of)
		if err == nil {
			p.changeLine, err = v.changeLine(tx, c)
		}
		if err == nil && of.area == upkeep.Money {
			p.Money, err = v.moneyChange(tx, c)
		}
		return err
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		t := v.trouble(wrong)
		message := t.Message + v.say("。", ". ") + t.Hint
		p.Problems = []problem{{"", message}}
		if fault.CodeOf(wrong) == "upkeep.note" {
			p.Note.Problem, p.Problems[0].Field = message, "note"
		}
	}
	p.Done = map[string]string{"1": v.say("已提交，等另一人复核后生效。", "Handed in; it takes effect when another person has approved it."), "2": v.say("已记下。", "Your answer was kept."),
		"3": v.say("文件已存档。", "The document is on file.")}[v.asked("done")]
	return v.show(status, v.errorTitle(p.Problems, v.say("变更", "Change")), changePageOf(v, p))
}

// mayApprove tells whether the reader may let a change take effect: another person than its maker.
func (v *view) mayApprove(c upkeep.Change) bool {
	return c.Answer == nil && v.may(changesOf[c.Area()].check) && c.Maker.ID != v.Operator.ID
}

// mayReject tells whether the reader may send a change back, or take the own one back.
func (v *view) mayReject(c upkeep.Change) bool {
	of := changesOf[c.Area()]
	return c.Answer == nil && (v.may(of.check) || v.may(of.make) && c.Maker.ID == v.Operator.ID)
}

func (v *view) approveChange(of *changes) error {
	return v.answerChange(of, func(tx *store.Tx, c upkeep.Change) error { return v.Record.Upkeep.Approve(tx, c.ID, v.asked("note")) })
}

func (v *view) rejectChange(of *changes) error {
	return v.answerChange(of, func(tx *store.Tx, c upkeep.Change) error {
		if !v.mayReject(c) && c.Answer == nil {
			return v.nowhere()
		}
		return v.Record.Upkeep.Reject(tx, c.ID, v.asked("note"))
	})
}

func (v *view) answerChange(of *changes, do func(tx *store.Tx, c upkeep.Change) error) error {
	err := v.once("web.standing.answer", func(tx *store.Tx) (any, error) {
		c, err := v.changeOf(tx, of)
		if err == nil {
			err = do(tx, c)
		}
		return nil, err
	})
	switch kind := fault.KindOf(err); {
	case err == nil, kind == fault.Internal, kind == fault.Unavailable, kind == fault.NotFound && strings.HasPrefix(fault.CodeOf(err), "upkeep."), strings.HasPrefix(fault.CodeOf(err), "web."):
		return v.orSee(err, of.change(v.r.PathValue("change"), "?done=2"))
	default:
		return v.showChange(of, statuses[kind], err)
	}
}

// summed is what a change is about on one line.
func (v *view) summed(told []string) string {
	if len(told) == 1 {
		return told[0]
	}
	return told[0] + v.say(" 等 %d 项", " and more, %d in all", len(told))
}

// from says where a parameter, reading or catalogue comes from.
func (v *view) from(local bool) string {
	if local {
		return v.say("本县采用时规定", "the adoption")
	}
	return v.say("文件", "the document")
}
