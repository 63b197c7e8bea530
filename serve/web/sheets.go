package web

import (
	"bytes"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/calendar"
	tables "doudi/record/roll/sheet"
	"doudi/record/store"
)

// listSheet is a list of the administration as a file: all that its filters choose, not the page that is shown.
type listSheet struct {
	Title   string
	Filters []string // those used, in words
	Columns []string
	Rows    [][]string
}

// sheetRoutes are the lists of the administration as files, for who may open the list.
var sheetRoutes = slices.Concat(
	filesOf("/admin/staff", auth.ManageStaff, (*view).staffSheet),
	filesOf("/admin/keys", auth.ManageStaff, (*view).keysSheet),
	filesOf("/admin/institutions", auth.SeeStanding, (*view).institutionsSheet),
	filesOf("/admin/divisions", auth.SeeStanding, (*view).divisionsSheet),
	filesOf("/admin/calendar", auth.SeeStanding, (*view).calendarSheet),
	filesOf("/admin/parameters", auth.SeeStanding, (*view).parametersSheet),
)

// filesOf are the addresses of a list as a workbook and as CSV.
func filesOf(path string, may auth.Permission, read func(*view, *store.Tx) (listSheet, error)) []route {
	return []route{
		{pattern: "GET " + path + ".xlsx", may: only(may), do: func(v *view) error { return v.sendList(path, tables.XLSX, read) }},
		{pattern: "GET " + path + ".csv", may: only(may), do: func(v *view) error { return v.sendList(path, tables.CSV, read) }},
	}
}

// sendList writes a list into a file, with the filters above it, and keeps in the log that it was taken out and by which filters: without that
// nothing is sent.
func (v *view) sendList(path string, format tables.Format, read func(*view, *store.Tx) (listSheet, error)) error {
	var s listSheet
	err := v.look(func(tx *store.Tx) (err error) {
		if s, err = read(v, tx); err != nil {
			return err
		}
		_, err = v.Record.Log.Record(tx, audit.Note{Name: "web.export", Content: map[string]any{"purpose": v.purpose(), "list": s.Title, "filters": s.Filters, "rows": len(s.Rows)}})
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := v.writeList(&b, format, s); err != nil {
		return err
	}
	media, suffix := "text/csv; charset=utf-8", ".csv"
	if format == tables.XLSX {
		media, suffix = workbook, ".xlsx"
	}
	return v.attach(strings.TrimPrefix(path, "/admin/")+"-"+v.today().String()+suffix, media, b.Bytes())
}

func (v *view) writeList(b *bytes.Buffer, format tables.Format, s listSheet) error {
	out, err := tables.NewWriter(b, format, tables.Export{Title: s.Title, Filters: s.Filters, By: v.Operator.Name, At: v.today().String() + " " + clock(v.now), Columns: s.Columns})
	if err != nil {
		return err
	}
	for _, row := range s.Rows {
		cells := make([]tables.Cell, len(row))
		for i, text := range row {
			cells[i] = tables.Cell{Text: text, Kind: tables.Text}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	return out.Close()
}

// sheetOf begins the file of a list: its columns are those of the page, its filters the tab and the fields in use.
func (v *view) sheetOf(l listing) listSheet {
	s := listSheet{Title: l.Title}
	for _, t := range l.Tabs {
		if t.Here {
			s.Filters = append(s.Filters, t.Name)
		}
	}
	for _, f := range l.Fields {
		if f.Value != "" {
			s.Filters = append(s.Filters, f.Label+v.say("：", ": ")+f.shown())
		}
	}
	for _, c := range l.Table.Columns {
		s.Columns = append(s.Columns, c.Name)
	}
	return s
}

// files are the addresses of this list as files, with the filters it has.
func (v *view) files() []link {
	q := v.r.URL.Query()
	for _, name := range append(cursors, "done") {
		q.Del(name)
	}
	return []link{{v.say("导出 Excel", "Export to Excel"), addressWith(v.r.URL.Path+".xlsx", q)}, {"CSV", addressWith(v.r.URL.Path+".csv", q)}}
}

// wrongDay refuses to write a list as of a day that is none.
func wrongDay(problem string) error {
	if problem == "" {
		return nil
	}
	return refuse(fault.Invalid, "span", fault.Text{ZH: "截至日期写错了，没有导出", EN: "the day is wrong; nothing was exported"}, fault.Text{ZH: "回到列表，改好日期再导出", EN: "go back to the list and mend it"})
}

func (v *view) staffSheet(tx *store.Tx) (listSheet, error) {
	list, err := v.members(tx)
	s := v.sheetOf(v.staffList(len(list)))
	for _, m := range list {
		var posts []string
		for _, p := range m.Posts {
			posts = append(posts, v.postName(p))
		}
		factor := v.say("未开通", "not set up")
		if m.Factor {
			factor = v.say("已开通", "set up")
		}
		state, _ := v.accountState(m.Account)
		s.Rows = append(s.Rows, []string{m.Name, m.Login, listed(posts), factor, state})
	}
	return s, err
}

// keysSheet is the keys without what cannot be read in a file: the last column of the page holds a form.
func (v *view) keysSheet(tx *store.Tx) (listSheet, error) {
	lines, err := v.keyLines(tx)
	s := v.sheetOf(v.keysList(len(lines)))
	s.Columns = append([]string{v.say("密钥", "Key")}, s.Columns[:len(s.Columns)-1]...)
	for _, k := range lines {
		s.Rows = append(s.Rows, []string{k.Name, k.Party, listed(k.Names), v.spanWords(k.Span), v.orNever(k.LastUsed), k.State})
	}
	return s, err
}

func (v *view) institutionsSheet(tx *store.Tx) (listSheet, error) {
	p := institutionsPage{Kind: v.askedKind()}
	p.At, p.Typed = v.askedDay()
	s := v.sheetOf(v.institutionsList(p))
	lines, err := v.allInstitutions(tx, p)
	for _, l := range lines {
		s.Rows = append(s.Rows, []string{l.Name, listed(l.Known), l.Place, l.State})
	}
	if wrong := wrongDay(p.Typed); wrong != nil {
		return s, wrong
	}
	return s, err
}

// allInstitutions are those of a kind, page after page.
func (v *view) allInstitutions(tx *store.Tx, p institutionsPage) ([]institutionLine, error) {
	if p.Kind == auth.OfficeKind {
		return v.officeLines(tx, p.At)
	}
	var all []institutionLine
	for after, more := "", true; more; more = after != "" {
		lines, next, err := v.providerLines(tx, p, after)
		if err != nil {
			return nil, err
		}
		all, after = append(all, lines...), next
	}
	return all, nil
}

// divisionsSheet is the towns and their villages, one after another: what the page leads to is all in the file.
func (v *view) divisionsSheet(tx *store.Tx) (listSheet, error) {
	p := divisionsPage{}
	if p.At, p.Typed = v.askedDay(); p.Typed != "" {
		return listSheet{}, wrongDay(p.Typed)
	}
	all, err := v.Record.Register.Divisions(tx, p.At, rule.Forever)
	p.count(all)
	s := v.sheetOf(v.divisionsList(p))
	s.Columns = []string{v.say("名称", "Name"), v.say("代码", "Code"), v.say("属于", "Belongs to"), v.say("起止", "Days")}
	for _, t := range called(p.Towns, all, v.asked("q")) {
		s.Rows = append(s.Rows, []string{t.Name, string(t.Code), t.Parent, v.spanWords(t.Span)})
	}
	return s, err
}

func (v *view) calendarSheet(tx *store.Tx) (listSheet, error) {
	p := calendarPage{Year: v.askedYear()}
	c, err := calendar.Of(tx)
	if err != nil {
		return listSheet{}, err
	}
	own, err := calendar.Own(tx)
	p.fill(c, own)
	s := listSheet{Title: v.say("工作日历", "Working days"), Filters: []string{v.say("年份：%d", "year: %d", p.Year)},
		Columns: []string{v.say("日期", "Day"), v.say("星期", "Weekday"), v.say("名称", "Name"), v.say("上班还是放假", "Worked or off"), v.say("来自", "From")}}
	for _, d := range p.Days {
		working, source := v.say("放假", "off"), v.say("程序自带（国务院办公厅通知）", "came with the program (State Council)")
		if d.Working {
			working = v.say("上班", "worked")
		}
		if d.Own {
			source = v.say("本县：", "the county: ") + d.Source
		}
		s.Rows = append(s.Rows, []string{d.Day.String(), v.weekdayOf(d.Day), d.Name, working, source})
	}
	return s, err
}

// parametersSheet is the parameters and readings of all policies of the day. Catalogues are files of their policies.
func (v *view) parametersSheet(tx *store.Tx) (listSheet, error) {
	p := parametersPage{}
	if p.At, p.Typed = v.askedDay(); p.Typed != "" {
		return listSheet{}, wrongDay(p.Typed)
	}
	s := listSheet{Title: v.say("参数与读法", "Parameters and readings"), Filters: []string{v.say("截至：", "as of: ") + p.At.String()},
		Columns: []string{v.say("政策", "Policy"), v.say("文号", "Number"), v.say("适用", "Where"), v.say("参数或读法", "Parameter or reading"), v.say("值", "Value"), v.say("单位", "Unit"), v.say("来自", "From")}}
	err := v.fillParameters(tx, &p)
	for _, x := range p.List {
		for _, l := range append(x.Parameters, x.Questions...) {
			s.Rows = append(s.Rows, []string{x.Title, x.Number, x.Place, l.Label, l.Value, l.Unit, v.from(l.Local)})
		}
	}
	return s, err
}
