package web

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/job"
	"doudi/record/roll"
	rolls "doudi/record/roll/sheet"
	"doudi/record/store"
)

// rollUpload is a roll as a page takes it. More comes by doudi import.
var rollUpload = upload{90 << 20, fault.Text{ZH: "按乡镇分成几个文件，或请管理员用 doudi import 导入", EN: "divide the file by towns, or have it brought in with doudi import"}}

// importRoutes are the rolls that offices bring in: looked at row by row, applied by another person, taken back as a whole.
var importRoutes = []route{
	{pattern: "GET /imports", may: only(auth.SeeImports), do: (*view).imports},
	{pattern: "GET /imports/new", may: only(auth.MakeImports), do: (*view).newImport},
	{pattern: "POST /imports/new", may: only(auth.MakeImports), do: (*view).upload, upload: &rollUpload},
	{pattern: "GET /imports/{import}", may: only(auth.SeeImports), do: (*view).oneImport},
	{pattern: "GET /imports/{import}/refused", may: only(auth.SeeImports), do: (*view).refusedRows},
	{pattern: "GET /imports/{import}/columns", may: only(auth.MakeImports), do: (*view).askColumns},
	{pattern: "POST /imports/{import}/columns", may: only(auth.MakeImports), do: (*view).sayColumns},
	{pattern: "GET /mappings", may: only(auth.MakeImports), do: (*view).mappings},
	{pattern: "GET /mappings/{source}", may: only(auth.MakeImports), do: (*view).mapping},
	{pattern: "POST /mappings/{source}", may: only(auth.MakeImports), do: (*view).changeMapping},
	{pattern: "POST /mappings/{source}/forget", may: only(auth.MakeImports), do: (*view).forgetMapping},
	{pattern: "POST /imports/{import}/decide", may: only(auth.MakeImports, auth.CheckImports), do: (*view).decideRow},
	{pattern: "POST /imports/{import}/stage", may: only(auth.MakeImports, auth.CheckImports), do: (*view).stageImport},
	{pattern: "POST /imports/{import}/apply", may: only(auth.CheckImports), do: (*view).applyImport},
	{pattern: "POST /imports/{import}/undo", may: only(auth.CheckImports), do: (*view).undoImport},
	{pattern: "POST /imports/{import}/drop", may: only(auth.MakeImports, auth.CheckImports), do: (*view).dropImport},
}

// importPage is one import with a page of its rows.
type importPage struct {
	Import  roll.Import
	Verdict roll.Verdict // whose rows are shown
	Rows    []roll.Row
	Next    int64    // the row to go on after, 0 at the end
	Own     bool     // who looks is the maker
	Job     *job.Job // the last one about it
	Key     string
	Problem error
}

// compared tells whether the rows have their verdicts.
func (p importPage) compared() bool {
	switch p.Import.State {
	case roll.Receiving, roll.Asking, roll.Staging, roll.Comparing:
		return false
	}
	return true
}

const (
	pageImports = 50
	pageStaged  = 50
)

func (v *view) imports() error {
	var list []roll.Import
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		list, err = v.Record.Rolls.List(tx, roll.Filter{Sender: v.sender()}, v.asked("before"), pageImports)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("名册导入", "Imports"), importsPage(v, list))
}

// sender is the organisation whose imports alone the post sees: its own; "" for all of the county.
func (v *view) sender() string {
	if a, ok := v.session.May(auth.SeeImports); ok && a.Reach == auth.Own {
		return cmp.Or(v.Provider, "nobody")
	}
	return ""
}

// offices are those whose facts alone the post's rolls may state; none for all.
func (v *view) offices() []string {
	if v.sender() == "" {
		return nil
	}
	a, _ := v.session.May(auth.SeeImports)
	return a.Keeps
}

// importAsked is the import that the address names, as far as the post sees it: one of another office does not exist for who sees its own.
func (v *view) importAsked(tx *store.Tx) (roll.Import, error) {
	i, err := v.Record.Rolls.Get(tx, v.r.PathValue("import"))
	if own := v.sender(); err == nil && own != "" && i.Sender != own {
		return roll.Import{}, noImport()
	}
	return i, unknownImport(err)
}

// seesImport answers that the import of the address does not exist, to who does not see it.
func (v *view) seesImport() error {
	return v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		_, err := v.importAsked(tx)
		return err
	})
}

func (v *view) oneImport() error { return v.showImport(http.StatusOK, nil) }

func (v *view) showImport(status int, problem error) error {
	var p importPage
	after, err := strconv.ParseInt(cmp.Or(v.r.URL.Query().Get("after"), "0"), 10, 64)
	if err != nil {
		after = 0
	}
	err = v.look(func(tx *store.Tx) (err error) {
		p = importPage{Key: newKey(), Problem: problem}
		if p.Import, err = v.importAsked(tx); err != nil {
			return err
		}
		p.Own, p.Verdict = p.Import.Maker.ID == v.Operator.ID, v.shownVerdict(p.Import)
		if p.Job, err = v.lastJob(tx, p.Import.ID); err != nil {
			return err
		}
		if !p.compared() || !p.Import.Lasting {
			return nil
		}
		if p.Rows, err = v.Record.Rolls.Rows(tx, p.Import.ID, p.Verdict, after, pageStaged); err != nil {
			return err
		}
		if len(p.Rows) == pageStaged {
			p.Next = p.Rows[len(p.Rows)-1].No
		}
		return v.lookedAtRows(tx, p)
	})
	if err != nil {
		return err
	}
	return v.show(status, v.say("名册导入", "Import"), importOf(v, p))
}

// refusedRows sends back what was refused or is not decided, as it stands in the file, with the reasons.
func (v *view) refusedRows() error {
	id := v.r.PathValue("import")
	if err := v.seesImport(); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := v.Record.Rolls.WriteRefused(v.r.Context(), v.by(), id, v.lang, &b); err != nil {
		return unknownImport(err)
	}
	return v.attach("refused-"+id+".xlsx", workbook, b.Bytes())
}

// lookedAtRows records whom the rows shown are about.
func (v *view) lookedAtRows(tx *store.Tx, p importPage) error {
	people := map[string]bool{}
	var list []string
	for _, r := range p.Rows {
		for _, id := range append([]string{r.Person}, r.Others...) {
			if id != "" && !people[id] {
				people[id] = true
				list = append(list, id)
			}
		}
	}
	return v.looked(tx, "web.import", p.Import.ID, list...)
}

// shownVerdict is the one asked for, or the first that any row has, in the order people look at them.
func (v *view) shownVerdict(i roll.Import) roll.Verdict {
	asked := roll.Verdict(v.r.URL.Query().Get("verdict"))
	for _, verdict := range roll.Verdicts {
		if verdict == asked {
			return verdict
		}
	}
	for _, verdict := range roll.Verdicts {
		if i.Counts.Verdicts[verdict] > 0 {
			return verdict
		}
	}
	return roll.New
}

func unknownImport(err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return noImport()
}

func noImport() error {
	return refuse(fault.NotFound, "import-unknown", fault.Text{ZH: "没有这次导入", EN: "there is no such import"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

// importAddress is an import's page with a filter.
func importAddress(id string, verdict roll.Verdict, after int64) string {
	q := url.Values{"verdict": {string(verdict)}}
	if after > 0 {
		q.Set("after", strconv.FormatInt(after, 10))
	}
	return "/imports/" + url.PathEscape(id) + "?" + q.Encode()
}

func importClass(s roll.State) string {
	return map[roll.State]string{roll.Ready: "warn", roll.Applied: "ok"}[s]
}

// importsList is the list of imports, the latest first.
func (v *view) importsList(list []roll.Import) listing {
	title := v.say("名册导入", "Imports")
	l := listing{Title: title, Table: table{Name: title, Shown: len(list), Empty: v.say("还没有导入过名册。上传的和用 doudi import 交来的会出现在这里，逐行审阅后再生效。", "No roll was brought in yet. Those that are uploaded or handed in with doudi import appear here, to be looked at row by row."),
		Columns: []column{{Name: v.say("名册", "Roll")}, {Name: v.say("来源", "Source")}, {Name: v.say("状态", "State")}, {Name: v.say("行", "Rows"), Figures: true}, {Name: v.say("导入人", "Brought in by")}}}}
	if v.may(auth.MakeImports) {
		l.Act = link{v.say("上传名册", "Upload a roll"), "/imports/new"}
	}
	if len(list) == pageImports {
		l.Table.Next = v.further("before", list[len(list)-1].ID)
	}
	return l
}

// importTabs are an import's rows by verdict.
func (v *view) importTabs(p importPage) (tabs []tab) {
	for _, x := range roll.Verdicts {
		if x == roll.Absent && len(p.Import.Offices) == 0 || x == roll.New && len(p.Import.Offices) > 0 {
			continue // such a roll has none
		}
		tabs = append(tabs, tab{link{v.in(x.Label()), importAddress(p.Import.ID, x, 0)}, strconv.FormatInt(p.Import.Counts.Verdicts[x], 10), x == p.Verdict})
	}
	return tabs
}

// importSum says that every row that was read has a verdict.
func (v *view) importSum(i roll.Import) string {
	words, next := v.say("勾稽：读入 %s 行 ＝ ", "reconciled: %s rows read = ", thousands(i.Rows)), ""
	for _, x := range roll.Verdicts {
		if n := i.Counts.Verdicts[x]; n > 0 {
			words += next + v.in(x.Label()) + " " + thousands(n)
			next = v.say(" ＋ ", " + ")
		}
	}
	return words + v.say("，差 %d", ", difference %d", i.Rows-i.Counts.Sum())
}

// rowCells are what stands in the cells of a row, each with the heading of its column; a column without one is named by its letter. Blank cells say nothing.
func (v *view) rowCells(i roll.Import, r roll.Row) (cells [][2]string) {
	for k, text := range r.Cells {
		if text == "" {
			continue
		}
		heading := ""
		if k < len(i.Headings) {
			heading = i.Headings[k]
		}
		cells = append(cells, [2]string{cmp.Or(heading, v.say("%s 列", "column %s", rolls.Letter(k+1))), text})
	}
	return cells
}

// importNext is the address of an import's next page of rows.
func (v *view) importNext(p importPage) string {
	if p.Next == 0 {
		return ""
	}
	return importAddress(p.Import.ID, p.Verdict, p.Next)
}

// importDecision is what the post may do with an import as it stands.
func (v *view) importDecision(p importPage) decision {
	i := p.Import
	here := "/imports/" + i.ID
	d := decision{Title: v.say("复核并写入登记", "Check and apply"), State: v.in(i.State.Label()), Class: importClass(i.State), Key: p.Key, Hands: []hand{{v.say("导入", "Brought in by"), i.Maker.Name, i.Begun}}}
	if i.State != roll.Ready && i.Changer.Name != "" {
		d.Hands = append(d.Hands, hand{v.say("最近办理", "Last changed by"), i.Changer.Name, i.Changed})
	}
	if p.Job != nil && p.Job.State.Open() {
		d.Why = v.say("后台正在办理，办完再决定。", "It is being worked on in the background; decide when that is done.")
		return d
	}
	making, checking := v.may(auth.MakeImports), v.may(auth.CheckImports)
	switch i.State {
	case roll.Asking:
		if making {
			d.Why = v.say("文件已收下，还不知道各列是什么：先说明各列。", "The file is kept, but nobody knows yet what its columns are: say that first.")
			d.Acts = append(d.Acts, act{v.say("不用了", "Give it up"), here + "/drop", true})
		}
	case roll.Staging, roll.Comparing:
		if making || checking {
			d.Acts = append(d.Acts, act{v.say("放弃这份名册", "Give it up"), here + "/drop", true}, act{v.say("读取并比对", "Read and compare it"), here + "/stage", false})
		}
	case roll.Ready, roll.Applying:
		if i.State == roll.Ready && (making || checking) {
			d.Acts = append(d.Acts, act{v.say("放弃这份名册", "Give it up"), here + "/drop", true})
		}
		if p.Own {
			d.Why = v.say("这份名册是您导入的，须由另一人复核写入。", "You brought this in; another person applies it.")
		} else if checking {
			d.Acts = append(d.Acts, act{v.say("复核无误，应用 %d 行", "Apply %d rows", i.Counts.Verdicts[roll.New]+i.Counts.Verdicts[roll.Changed]), here + "/apply", false})
		}
	case roll.Applied, roll.Undoing:
		if checking {
			d.Acts = []act{{v.say("整份撤回", "Take the whole back"), here + "/undo", true}}
		}
	}
	return d
}

// by is who works on an import, and when.
func (v *view) by() roll.By {
	return roll.By{County: v.County, Actor: v.Operator, Instant: v.now}
}

// decideRow says what an ambiguous row is about.
func (v *view) decideRow() error {
	id := v.r.PathValue("import")
	row, err := strconv.ParseInt(v.asked("row"), 10, 64)
	if err != nil {
		return refuse(fault.Invalid, "row", fault.Text{ZH: "没有这一行", EN: "there is no such row"}, fault.Text{ZH: "从列表选择", EN: "choose one from the list"})
	}
	d := roll.Decision{Take: roll.Take(v.asked("take")), Person: v.asked("person")}
	if d.Take != roll.TakePerson {
		d.Person = ""
	}
	err = v.once("web.import.decide", func(tx *store.Tx) (any, error) {
		if _, err := v.importAsked(tx); err != nil {
			return nil, err
		}
		return nil, v.Record.Rolls.Decide(tx, id, row, d)
	})
	return v.afterImport(err, importAddress(id, roll.Ambiguous, 0))
}

// stageImport reads an import's rows in the background.
func (v *view) stageImport() error {
	return v.startOn(func(i roll.Import) (job.Work, error) { return job.Work{Kind: job.StageImport, Import: i.ID}, nil })
}

// applyImport lets an import take effect, in the background. Whoever brought it in does not: another person has looked at it.
func (v *view) applyImport() error {
	return v.startOn(func(i roll.Import) (job.Work, error) {
		if i.Maker.ID == v.Operator.ID {
			return job.Work{}, refuse(fault.Forbidden, "same-person", fault.Text{ZH: "这份名册是您导入的，须由另一人复核写入", EN: "you brought this roll in; another person checks and applies it"}, fault.Text{ZH: "请复核人办理", EN: "ask a checker"})
		}
		return job.Work{Kind: job.ApplyImport, Import: i.ID}, nil
	})
}

func (v *view) undoImport() error {
	return v.startOn(func(i roll.Import) (job.Work, error) {
		return job.Work{Kind: job.UndoImport, Import: i.ID, Leave: v.asked("leave") == "1"}, nil
	})
}

// startOn starts a job about a whole import.
func (v *view) startOn(what func(i roll.Import) (job.Work, error)) error {
	id := v.r.PathValue("import")
	err := v.once("web.import.job", func(tx *store.Tx) (any, error) {
		i, err := v.importAsked(tx)
		if err != nil {
			return nil, err
		}
		work, err := what(i)
		if err != nil {
			return nil, err
		}
		_, err = v.Record.Jobs.Start(tx, work)
		return nil, err
	})
	return v.afterImport(err, "/imports/"+url.PathEscape(id))
}

func (v *view) dropImport() error {
	err := v.once("web.import.drop", func(tx *store.Tx) (any, error) {
		if _, err := v.importAsked(tx); err != nil {
			return nil, err
		}
		return nil, v.Record.Rolls.Drop(tx, v.r.PathValue("import"))
	})
	return v.afterImport(err, "/imports")
}

// afterImport goes on, or shows the import again with what stood in the way.
func (v *view) afterImport(err error, path string) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showImport(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, path)
}
