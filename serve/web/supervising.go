package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/calendar"
	"doudi/record/store"
	slips "doudi/record/task"
	"doudi/serve/present"
)

// supervisionRoutes are supervision slips: who leads sends one from what is overdue, the town answers, and who leads closes it or sends it back.
var supervisionRoutes = []route{
	{pattern: "GET /tasks", may: only(auth.SeeTasks), do: (*view).slips},
	{pattern: "GET /tasks/new", may: only(auth.MakeTasks), do: (*view).newSlip},
	{pattern: "POST /tasks/new", may: only(auth.MakeTasks), do: (*view).sendSlip},
	{pattern: "GET /tasks/{slip}", may: only(auth.SeeTasks), do: (*view).oneSlip},
	{pattern: "GET /tasks/{slip}/print", may: only(auth.SeeTasks), do: (*view).printSlip},
	{pattern: "POST /tasks/{slip}/answer", may: only(auth.AnswerTasks), do: (*view).answerSlip},
	{pattern: "POST /tasks/{slip}/return", may: only(auth.MakeTasks), do: (*view).returnSlip},
	{pattern: "POST /tasks/{slip}/close", may: only(auth.MakeTasks), do: (*view).closeSlip},
}

// slipAddress is where a slip is looked at.
func slipAddress(n slips.Number, more string) string { return "/tasks/" + n.String() + more }

// newSlipAddress is where a slip about a town and a matter is written.
func newSlipAddress(town ident.Division, matter string) string {
	return addressWith("/tasks/new", url.Values{"division": {string(town)}, "matter": {matter}})
}

// pageSlips is how many slips a page shows.
const pageSlips = 50

// slips lists the slips the post may see, the latest first.
func (v *view) slips() error {
	before, _ := slips.ParseNumber(v.asked("before")) // what is no number begins at the first
	var list []slips.Slip
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		list, err = slips.List(tx, slips.Filter{Within: v.area(), State: slips.State(v.asked("state")), Before: before}, pageSlips)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("督办单", "Supervision slips"), slipsPage(v, list))
}

// slipsList heads the list of slips.
func (v *view) slipsList(list []slips.Slip) listing {
	states := []string{""}
	for _, s := range slips.States {
		states = append(states, string(s))
	}
	l := listing{Title: v.say("督办单", "Supervision slips"), Tabs: v.tabsBy("state", states, func(s string) string {
		if s == "" {
			return v.say("全部", "All")
		}
		return v.in(slips.State(s).Label())
	})}
	l.Table = table{Name: l.Title, Shown: len(list), Empty: v.say("没有这样的督办单。", "There are no such slips."), Columns: []column{{Name: v.say("编号", "Number")}, {Name: v.say("发给", "To")}, {Name: v.say("事项", "Matter")},
		{Name: v.say("逾期人次", "Overdue"), Figures: true}, {Name: v.say("发出时逾期自", "Overdue since")}, {Name: v.say("答复期限", "Answer by")}, {Name: v.say("状态", "State")}}}
	if v.may(auth.MakeTasks) {
		l.Table.Empty += v.say("在全县进展里点一个逾期数字，就能发督办单。", " Open a number of what is overdue in the overview to send one.")
	}
	if len(list) == pageSlips {
		l.Table.Next = v.further("before", list[len(list)-1].String())
	}
	return l
}

// slipMatter is what a slip is about, in words.
func (v *view) slipMatter(scheme string) string {
	return v.say("年度复核 · ", "yearly review · ") + v.schemeName(scheme)
}

// slipClass is how a state is coloured, besides being named.
func slipClass(s slips.State) string {
	return map[slips.State]string{slips.Open: "warn", slips.Returned: "bad", slips.Closed: "ok"}[s]
}

// lateNow is what is overdue in a town in a matter.
func (v *view) lateNow(tx *store.Tx) (m slips.Matter, err error) {
	m = slips.Matter{Division: ident.Division(v.asked("division")), Scheme: v.asked("matter")}
	places, err := v.divisionNames(tx)
	if err != nil {
		return m, err
	}
	m.Addressee = places[m.Division]
	if len(m.Division) != townDigits || m.Addressee == "" || !v.session.Covers(m.Division) {
		return m, v.nowhere()
	}
	s, err := v.monthEnd(tx)
	for _, r := range v.lateIn(s, m.Division, townDigits) {
		if r.Matter == m.Scheme {
			m.Overdue, m.First = r.Count, r.Due
		}
	}
	return m, err
}

// slipForm is a slip that is being written.
type slipForm struct {
	slips.Matter
	Key      string
	Fields   []field
	Problems []problem
}

func (v *view) newSlip() error { return v.showNewSlip(http.StatusOK, nil) }

func (v *view) showNewSlip(status int, wrong error) error {
	p := slipForm{Key: newKey()}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		p.Matter, err = v.lateNow(tx)
		return err
	})
	if err != nil {
		return err
	}
	if p.Overdue == 0 { // it was seen to since the link was shown; the list says so
		return v.see(lateAddress(p.Division, p.Scheme))
	}
	p.Fields = []field{
		{Name: "content", Label: v.say("督办内容", "What is asked"), Long: true, Need: true, Value: v.typedOr("content", v.slipText(p.Matter)), Hint: v.say("可以直接用，也可以改", "use it as it is, or change it")},
		{Name: "due", Label: v.say("请在哪天前答复", "Answer by"), Value: v.typed("due"), Hint: v.say("写成 2021-11-30；不写就不定期限", "like 2021-11-30; leave it empty for no day")},
	}
	p.Problems = v.marked(p.Fields, wrong)
	return v.show(status, v.errorTitle(p.Problems, v.say("发督办单", "Send a slip")), newSlipPage(v, p))
}

// slipText is the sentence a slip begins with.
func (v *view) slipText(m slips.Matter) string {
	since := ""
	if m.First != 0 {
		since = v.say("，最早 %s 到期", ", the earliest due on %s", m.First)
	}
	return v.say("截至 %s，%s%s年度复核逾期 %d 人次%s。请尽快办结，并答复逾期原因和办理情况。", "By %s, in %s, the yearly review of %s is overdue for %d subjects%s. Please see to it soon, and answer why it was late and what was done.",
		v.today(), m.Addressee, v.schemeName(m.Scheme), m.Overdue, since)
}

// sendSlip sends a slip about what is overdue at this moment.
func (v *view) sendSlip() error {
	var due period.Day
	if typed := tidied(v.asked("due")); typed != "" {
		var err error
		if due, err = period.ParseDay(typed); err != nil {
			return v.showNewSlip(http.StatusUnprocessableEntity, refuse(fault.Invalid, "due", fault.Text{ZH: "答复期限不是日期，没有发出", EN: "the day for the answer is no day; nothing was sent"}, fault.Text{ZH: "写成 2021-11-30，或者不写", EN: "write it like 2021-11-30, or leave it empty"}))
		}
	}
	made, err := v.onceFor("web.task.send", func(tx *store.Tx) (any, error) {
		m, err := v.lateNow(tx)
		if err != nil {
			return nil, err
		}
		return v.Record.Tasks.Send(tx, m, v.asked("content"), due)
	})
	if fault.KindOf(err) == fault.Invalid {
		return v.showNewSlip(http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	var n slips.Number
	if err := json.Unmarshal(made.Result, &n); err != nil {
		return err
	}
	return v.see(slipAddress(n, "?done=sent"))
}

// slipPage is one slip with what was done about it and what can be done.
type slipPage struct {
	slips.Slip
	Steps    []slips.Step
	Left     int // working days until the answer is due
	Key      string
	Fields   []field // of what the reader may do; none for nothing
	Problems []problem
	Done     string
}

// fillSlip reads the slip of the address.
func (v *view) fillSlip(tx *store.Tx, p *slipPage) error {
	n, ok := slips.ParseNumber(v.r.PathValue("slip"))
	if !ok {
		n = 0 // which is nobody's
	}
	var err error
	if p.Slip, err = slips.Get(tx, v.area(), n); err != nil {
		return err
	}
	if p.Steps, err = slips.Steps(tx, p.Number); err != nil || p.Due == 0 {
		return err
	}
	days, err := calendar.Of(tx)
	if err != nil {
		return err
	}
	p.Left, err = leftUntil(days, v.today(), p.Due)
	return err
}

func (v *view) oneSlip() error { return v.showSlip(http.StatusOK, nil) }

func (v *view) showSlip(status int, wrong error) error {
	var p slipPage
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		p = slipPage{Key: newKey()}
		return v.fillSlip(tx, &p)
	})
	if err != nil {
		return err
	}
	switch {
	case v.answers(p.Slip):
		p.Fields = []field{{Name: "note", Label: v.say("答复", "Answer"), Long: true, Need: true, Hint: v.say("逾期的原因、办理情况", "why it was late, and what was done")}}
	case v.decidesOn(p.Slip):
		p.Fields = []field{{Name: "note", Label: v.say("意见（退回时必填）", "Note (needed to send it back)"), Long: true}}
	}
	for i := range p.Fields {
		p.Fields[i].Value = v.typed(p.Fields[i].Name)
	}
	p.Problems = v.marked(p.Fields, wrong)
	p.Done = map[string]string{"sent": v.say("督办单已发出，承办单位的工作台里能看到。", "The slip was sent; it stands in the work queue of the town."), "1": v.say("已记下。", "It was kept.")}[v.asked("done")]
	return v.show(status, v.errorTitle(p.Problems, v.say("督办单 ", "Slip ")+p.String()), slipPageOf(v, p))
}

// answers tells whether the reader may answer a slip as it stands.
func (v *view) answers(s slips.Slip) bool {
	return v.may(auth.AnswerTasks) && (s.Last.State == slips.Open || s.Last.State == slips.Returned)
}

// decidesOn tells whether the reader may close a slip as it stands, or send it back.
func (v *view) decidesOn(s slips.Slip) bool {
	return v.may(auth.MakeTasks) && s.Last.State == slips.Answered && s.Last.Actor.ID != v.Operator.ID
}

// slipLeft is how long the answer to a slip has, and how that is coloured; nothing once it was given.
func (v *view) slipLeft(p slipPage) (words, class string) {
	if p.Last.State == slips.Closed || p.Last.State == slips.Answered {
		return "", ""
	}
	return v.urgency(task{Due: p.Due, Left: p.Left})
}

func (v *view) answerSlip() error { return v.actOnSlip("web.task.answer", v.Record.Tasks.Answer) }
func (v *view) returnSlip() error { return v.actOnSlip("web.task.return", v.Record.Tasks.Return) }
func (v *view) closeSlip() error  { return v.actOnSlip("web.task.close", v.Record.Tasks.Close) }

// actOnSlip takes a step of a slip as the reader had it before them.
func (v *view) actOnSlip(name string, act func(*store.Tx, slips.Seen, string) error) error {
	n, _ := slips.ParseNumber(v.r.PathValue("slip"))
	step, _ := strconv.Atoi(v.asked("step")) // what is no number is no step that was seen
	err := v.once(name, func(tx *store.Tx) (any, error) {
		return nil, act(tx, slips.Seen{Within: v.area(), Number: n, Step: step}, v.asked("note"))
	})
	switch kind := fault.KindOf(err); {
	case err == nil:
		return v.see(slipAddress(n, "?done=1"))
	case kind == fault.Invalid, kind == fault.Conflict && fault.CodeOf(err) != "store.key-reused":
		return v.showSlip(statuses[kind], err)
	}
	return err
}

// slipTasks are the slips that wait for the reader: a town's to answer, and a leader's that were answered.
func (v *view) slipTasks(tx *store.Tx) (list []task, err error) {
	for _, state := range []slips.State{slips.Open, slips.Returned, slips.Answered} {
		all, err := slips.List(tx, slips.Filter{Within: v.area(), State: state}, pageTasks)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			if !v.answers(s) && !v.decidesOn(s) {
				continue
			}
			t := task{Matter: ofSlips, Name: s.String() + " · " + v.slipMatter(s.Scheme), Place: s.Division, Count: 1, Since: s.Last.When, By: s.Last.Actor.Name, Said: s.Last.Note, Path: slipAddress(s.Number, "")}
			switch state {
			case slips.Answered:
				t.Check = true
			case slips.Returned:
				t.Back, t.Due = true, s.Due
			default:
				t.Said, t.Due = s.Content, s.Due
			}
			list = append(list, t)
		}
	}
	return list, nil
}

// fillSlips finds what was sent already about the town and the matter of a list.
func (v *view) fillSlips(tx *store.Tx, l *latePart) error {
	if l.Asked == "" || !v.may(auth.SeeTasks) {
		return nil
	}
	all, err := slips.List(tx, slips.Filter{Within: l.Town, Scheme: l.Asked}, pageSlips)
	for _, s := range all {
		if s.Last.State != slips.Closed {
			l.Slips = append(l.Slips, s)
		}
	}
	return err
}

// slipFacts are what a slip states, for a page and for paper.
func (v *view) slipFacts(s slips.Slip, sent slips.Step) []present.Field {
	list := []present.Field{{Name: v.say("编号", "Number"), Value: s.String(), Strong: true}, {Name: v.say("发给", "To"), Value: s.Addressee}, {Name: v.say("事项", "Matter"), Value: v.slipMatter(s.Scheme)},
		{Name: v.say("发出时逾期", "Overdue when sent"), Value: v.say("%d 人次", "%d subjects", s.Overdue)}}
	if s.First != 0 {
		list = append(list, present.Field{Name: v.say("最早到期", "Earliest due"), Value: s.First.String()})
	}
	due := v.say("不定期限", "no day was set")
	if s.Due != 0 {
		due = s.Due.String()
	}
	return append(list, present.Field{Name: v.say("答复期限", "Answer by"), Value: due}, present.Field{Name: v.say("发出", "Sent"), Value: sent.Actor.Name + " " + sent.Actor.Post + " " + v.when(sent.When)})
}

// stepName is what was done in a step.
func (v *view) stepName(s slips.Step) string {
	if s.Step == 1 {
		return v.say("发出", "sent")
	}
	return v.in(map[slips.State]fault.Text{slips.Answered: {ZH: "答复", EN: "answered"}, slips.Returned: {ZH: "退回再办", EN: "sent back"}, slips.Closed: {ZH: "办结", EN: "closed"}}[s.State])
}

// printSlip is the slip on paper.
func (v *view) printSlip() error {
	var p slipPage
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		p = slipPage{}
		return v.fillSlip(tx, &p)
	})
	if err != nil {
		return err
	}
	steps := &present.Table{Columns: []present.Column{{Title: v.say("办理", "What was done")}, {Title: v.say("何人何时", "Who and when")}, {Title: v.say("情况", "Said"), Flex: true}}}
	for _, s := range p.Steps {
		steps.Rows = append(steps.Rows, present.Row{Cells: []string{v.stepName(s), s.Actor.Name + " " + v.when(s.When), s.Note}})
	}
	page := &present.Page{Lang: v.lang, Title: v.say("督办单", "Supervision slip"), Fields: v.slipFacts(p.Slip, p.Steps[0]),
		Sections: []present.Section{{Title: v.say("督办内容", "What is asked"), Notes: []string{p.Content}}, {Title: v.say("办理情况", "What was done"), Status: v.in(p.Last.State.Label()), Table: steps}}}
	frame := v.barred(v.say("督办单 ", "Slip ")+p.String(), slipAddress(p.Number, ""))
	frame.Line = v.say("打印 %s　%s · %s", "printed %s by %s · %s", v.when(v.now), v.Operator.Name, v.place())
	frame.Signatures = []string{v.say("签发人：", "Sent by:"), v.say("承办人签字：", "Answered by:"), v.say("承办单位盖章：", "Seal of the town:")}
	return v.sendPaper(present.Paper(page, frame), "slip-"+p.String())
}
