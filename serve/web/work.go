package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/calendar"
	"doudi/record/store"
)

// workRoutes are the work queue: where somebody's day begins, the next thing that waits, and what was taken note of.
var workRoutes = []route{
	{pattern: "GET /{$}", do: (*view).home},
	{pattern: "GET /next", do: (*view).next},
	{pattern: "POST /seen", do: (*view).seen},
}

// matter is what a task is about; a queue can be narrowed to one.
type matter string

// The matters, in the order in which a queue offers them.
const (
	ofReviews   matter = "reviews"
	ofDocuments matter = "documents"
	ofImports   matter = "imports"
	ofRuns      matter = "runs"
	ofBatches   matter = "batches"
	ofMoney     matter = "money"
	ofDebts     matter = "debts"
	ofPolicies  matter = "policies"
	ofStanding  matter = "standing"
	ofJobs      matter = "jobs"
	ofSlips     matter = "slips"
)

var matters = []matter{ofReviews, ofDocuments, ofImports, ofRuns, ofBatches, ofMoney, ofDebts, ofPolicies, ofStanding, ofJobs, ofSlips}

var matterNames = map[matter]fault.Text{
	ofReviews:   {ZH: "年度复核", EN: "Yearly review"},
	ofDocuments: {ZH: "补材料", EN: "Documents"},
	ofImports:   {ZH: "名册", EN: "Roll"},
	ofRuns:      {ZH: "月度核定", EN: "Monthly run"},
	ofBatches:   {ZH: "发放批次", EN: "Payment batch"},
	ofMoney:     {ZH: "专账记账", EN: "Special account"},
	ofDebts:     {ZH: "应付款", EN: "Money owed"},
	ofPolicies:  {ZH: "政策采用", EN: "Adoption"},
	ofStanding:  {ZH: "区划机构日历", EN: "Standing data"},
	ofJobs:      {ZH: "后台任务", EN: "Background job"},
	ofSlips:     {ZH: "督办单", EN: "Supervision slip"},
}

// task is one line of the work queue: something that waits for who is signed in, or all of a kind that waits in one place.
type task struct {
	Matter matter
	Name   string         // what is to be done, and about what
	Place  ident.Division // "" where it lies nowhere in particular
	Count  int            // of what waits
	Due    period.Day     // by when, as a document says; 0 where none does
	Left   int            // working days until then, below 0 when it is past
	Since  time.Time      // it waits since; zero where that is not known
	Check  bool           // another person made it, and it waits for a second pair of eyes
	Back   bool           // it came back to who made it
	By     string         // who made it, or sent it back
	Said   string         // for what reason
	Path   string
	Seen   string // under what it is kept that it was taken note of; "" for what goes by being done
}

// show is one of the counts above a queue, which narrows it to what is counted.
type show struct {
	id     string
	name   fault.Text
	chosen func(t task) bool
}

var queueShows = []show{
	{"", fault.Text{ZH: "待我办", EN: "My tasks"}, func(task) bool { return true }},
	{"today", fault.Text{ZH: "今天到期", EN: "Due today"}, func(t task) bool { return t.Due != 0 && t.Left == 0 }},
	{"overdue", fault.Text{ZH: "已逾期", EN: "Overdue"}, func(t task) bool { return t.Due != 0 && t.Left < 0 }},
	{"returned", fault.Text{ZH: "被退回", EN: "Returned to me"}, func(t task) bool { return t.Back }},
	{"check", fault.Text{ZH: "待我复核", EN: "Awaiting my check"}, func(t task) bool { return t.Check }},
}

// workPage is the work queue as it is shown.
type workPage struct {
	Counts    []tab // of all that waits, whatever the queue is narrowed to
	Fields    []field
	Tasks     []task
	Hidden    int // tasks beyond those that are shown
	Places    names
	Reminders []link
	Numbers   []number
	NumbersOf string // what the numbers are of
	Last      *audit.Entry
	Begin     link // what one may begin with when nothing waits
}

// number is one of the figures below a queue.
type number struct{ Name, Value string }

// pageTasks is how many tasks are shown at once, the most pressing first.
const pageTasks = 100

// home is where somebody's day begins: a cashier's window, a leader's figures, everybody else's queue.
func (v *view) home() error {
	if access, ok := v.session.May(auth.Settle); ok {
		v.permission, v.access = auth.Settle, access
		return v.window()
	}
	if v.may(auth.SeeOverview) {
		return v.overview()
	}
	var p workPage
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		p = workPage{}
		return v.fillWork(tx, &p)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("工作台", "Work queue"), workPageOf(v, p))
}

func (v *view) fillWork(tx *store.Tx, p *workPage) error {
	all, err := v.tasks(tx)
	if err != nil {
		return err
	}
	if p.Places, err = v.divisionNames(tx); err != nil {
		return err
	}
	p.Counts, p.Fields = v.queueCounts(all), v.queueFields(all, p.Places)
	p.Tasks = v.narrowedTasks(all)
	if len(p.Tasks) > pageTasks {
		p.Tasks, p.Hidden = p.Tasks[:pageTasks], len(p.Tasks)-pageTasks
	}
	if len(all) == 0 {
		if p.Last, err = v.lastDone(tx); err != nil {
			return err
		}
		p.Begin = v.beginning()
	}
	if p.Reminders, err = v.reminders(tx); err != nil {
		return err
	}
	return v.fillNumbers(tx, p)
}

// queueCounts are how much waits in all, and of it what is due today, late, sent back, or to be checked.
func (v *view) queueCounts(all []task) (tabs []tab) {
	for _, show := range queueShows {
		count := 0
		for _, t := range all {
			if show.chosen(t) {
				count += t.Count
			}
		}
		q := url.Values{}
		if show.id != "" {
			q.Set("show", show.id)
		}
		tabs = append(tabs, tab{link{v.in(show.name), addressWith("/", q)}, thousands(int64(count)), v.asked("show") == show.id})
	}
	return tabs
}

// queueFields are the matters and places of what waits, to narrow the queue by; a choice of one is none.
func (v *view) queueFields(all []task, places names) (fields []field) {
	about := field{Name: "matter", Label: v.say("事项", "Matter"), Value: v.asked("matter")}
	for _, m := range matters {
		if slices.ContainsFunc(all, func(t task) bool { return t.Matter == m }) {
			about.Options = append(about.Options, option{string(m), v.in(matterNames[m])})
		}
	}
	where := field{Name: "place", Label: v.say("乡镇、村", "Town, village"), Value: v.asked("place")}
	for _, t := range all {
		if t.Place != "" && !slices.ContainsFunc(where.Options, func(o option) bool { return o.Value == string(t.Place) }) {
			where.Options = append(where.Options, option{string(t.Place), places.of(t.Place)})
		}
	}
	slices.SortFunc(where.Options, func(a, b option) int { return cmp.Compare(a.Value, b.Value) })
	for _, f := range []field{about, where} {
		if len(f.Options) > 1 || f.Value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// narrowedTasks are those the address asks for. A word that chooses nothing shows an empty queue, as a filter does.
func (v *view) narrowedTasks(all []task) (list []task) {
	about, where := matter(v.asked("matter")), ident.Division(v.asked("place"))
	i := slices.IndexFunc(queueShows, func(s show) bool { return s.id == v.asked("show") })
	if i < 0 {
		return nil
	}
	for _, t := range all {
		if queueShows[i].chosen(t) && (about == "" || t.Matter == about) && (where == "" || t.Place == where) {
			list = append(list, t)
		}
	}
	return list
}

// narrowedQueue tells whether the address asks for less than everything.
func (v *view) narrowedQueue() bool {
	return v.asked("show") != "" || v.asked("matter") != "" || v.asked("place") != ""
}

// next opens what waits after the thing somebody has just dealt with.
func (v *view) next() error {
	var items []string
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		items = nil
		all, err := v.tasks(tx)
		for _, t := range all {
			items = append(items, t.Path)
		}
		return err
	})
	if err != nil {
		return err
	}
	from := slices.Index(items, v.asked("from"))
	if len(items) == 0 || from >= 0 && len(items) == 1 {
		return v.see("/")
	}
	return v.see(items[(from+1)%len(items)])
}

// seen keeps that somebody has taken note of what came back.
func (v *view) seen() error {
	return v.orSee(v.act("desk.seen", func(tx *store.Tx) error { return v.Record.Desks.Saw(tx, v.session.Account.ID, v.asked("seen")) }), "/")
}

// tasks are all that waits for the post that is acted in, what presses most first: by working days left, then what came back, then the oldest. What
// somebody has made does not wait for the same person's check.
func (v *view) tasks(tx *store.Tx) ([]task, error) {
	var all []task
	for _, source := range taskSources {
		if !slices.ContainsFunc(source.may, v.may) {
			continue
		}
		more, err := source.of(v, tx)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	seen, err := v.Record.Desks.Seen(tx, v.session.Account.ID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(t task) bool { return t.Count == 0 || t.Seen != "" && seen[t.Seen] })
	days, err := calendar.Of(tx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Due != 0 {
			if all[i].Left, err = leftUntil(days, v.today(), all[i].Due); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(all, pressing)
	return all, nil
}

// leftUntil is how many working days are left. In a year whose holidays nobody has stated yet the days of the week count.
func leftUntil(days *period.Calendar, today, due period.Day) (int, error) {
	left, err := workingDays(days, today, due)
	if fault.CodeOf(err) == "calendar.year-missing" {
		return int(due - today), nil
	}
	return left, err
}

// pressing orders tasks by what presses most.
func pressing(a, b task) int {
	dated, returned := order(a.Due != 0, b.Due != 0), order(a.Back, b.Back)
	if a.Due == 0 || b.Due == 0 {
		return cmp.Or(dated, returned, a.Since.Compare(b.Since))
	}
	return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Due, b.Due), returned)
}

// order sets what is so before what is not.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// urgency is how long a task has, and how that is coloured; nothing where no document says by when.
func (v *view) urgency(t task) (words, class string) {
	switch {
	case t.Due == 0:
		return "", ""
	case t.Left < 0:
		class = "bad"
	case t.Left == 0:
		class = "warn"
	}
	return v.left(deadline{Left: t.Left}), class
}

// lastDone is what somebody did last today; nil for nothing.
func (v *view) lastDone(tx *store.Tx) (*audit.Entry, error) {
	day := time.Unix(int64(v.today())*86400-8*3600, 0)
	list, err := audit.Search(tx, audit.Query{From: day, To: v.now.Add(time.Second), Actor: v.Operator.ID, Kind: audit.Command}, "", 10)
	for _, e := range list {
		if !strings.HasPrefix(e.Name, "auth.") && !strings.HasPrefix(e.Name, "desk.") {
			return e, err
		}
	}
	return nil, err
}

// beginning is what somebody may begin with when nothing waits: the first thing of the menu that is theirs.
func (v *view) beginning() link {
	for _, begin := range []struct {
		may auth.Permission
		link
	}{
		{auth.MakeImports, link{v.say("上传一份名册", "Upload a roll"), "/imports/new"}},
		{auth.CheckRuns, link{v.say("看看月度核定", "Look at the monthly runs"), "/runs"}},
		{auth.SeePeople, link{v.say("查一个人、一户", "Look somebody up"), "/search"}},
		{auth.MakeFunds, link{v.say("看看资金专账", "Look at the special accounts"), "/funds"}},
		{auth.SeeSystem, link{v.say("看看开办清单", "Look at what opens an office"), "/admin/start"}},
		{auth.SeePolicies, link{v.say("打开政策库", "Open the policy library"), "/policies"}},
	} {
		if v.may(begin.may) {
			return begin.link
		}
	}
	return link{v.say("我的账户", "My account"), "/account"}
}

// shownQueue is what the queue is called as the address narrows it.
func (v *view) shownQueue() string {
	i := slices.IndexFunc(queueShows, func(s show) bool { return s.id == v.asked("show") })
	return v.in(queueShows[max(i, 0)].name)
}

// hiddenTasks says that there are more tasks than are shown.
func (v *view) hiddenTasks(p workPage) string {
	if p.Hidden == 0 {
		return ""
	}
	return v.say("先列最紧的 %d 行，另有 %d 行；用上面的筛选缩小", "the %d most pressing come first; %d more are behind the filters above", pageTasks, p.Hidden)
}
