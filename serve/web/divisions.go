package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/register"
	rolls "doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// townLine is a town of a list with how many villages it has.
type townLine struct {
	register.Division
	Villages int
	Parent   string // the town of a village that was looked for
}

// divisionsPage is the towns of the county on a day, or the villages of one.
type divisionsPage struct {
	At       period.Day
	Typed    string     // the day as it was typed, when it is none
	Towns    []townLine // or the divisions whose name or code was asked for
	Sought   bool       // by name or code
	Count    int        // of all towns
	Villages int
}

// askedDay is the day of the address, today unless one was asked for.
func (v *view) askedDay() (on period.Day, problem string) {
	typed := v.asked("at")
	if typed == "" {
		return v.today(), ""
	}
	day, err := period.ParseDay(tidied(typed))
	if err != nil {
		return v.today(), v.trouble(err).Message
	}
	return day, ""
}

func (v *view) divisions() error {
	var p divisionsPage
	var problem string
	if p.At, problem = v.askedDay(); problem != "" {
		p.Typed = problem
	}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		list, err := v.Record.Register.Divisions(tx, p.At, rule.Forever)
		p.count(list)
		if p.Sought = v.asked("q") != ""; p.Sought {
			p.Towns = called(p.Towns, list, v.asked("q"))
		}
		return err
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Typed != "" {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, v.say("行政区划", "Divisions"), divisionsPageOf(v, p))
}

// count puts the villages of a day to their towns.
func (p *divisionsPage) count(list []register.Division) {
	p.Towns, p.Villages = nil, 0
	for _, d := range list { // in the order of codes: a town before its villages
		if d.Code.Level() == ident.Town {
			p.Towns = append(p.Towns, townLine{Division: d})
			continue
		}
		p.Villages++
		if n := len(p.Towns); n > 0 && ident.Contains(p.Towns[n-1].Code, d.Code) {
			p.Towns[n-1].Villages++
		}
	}
	p.Count = len(p.Towns)
}

// called are the towns and villages whose name or code holds what was typed.
func called(towns []townLine, all []register.Division, typed string) (found []townLine) {
	var last townLine
	for _, d := range all {
		l := townLine{Division: d}
		if i := slices.IndexFunc(towns, func(t townLine) bool { return t.Code == d.Code }); i >= 0 {
			l, last = towns[i], towns[i]
		} else {
			l.Parent = last.Name
		}
		if strings.Contains(d.Name, typed) || strings.Contains(string(d.Code), typed) {
			found = append(found, l)
		}
	}
	return found
}

// divisionsList is the towns of a day, or what was looked for.
func (v *view) divisionsList(p divisionsPage) listing {
	l := listing{Title: v.say("行政区划", "Divisions"), Fields: []field{{Name: "q", Label: v.say("名称或代码", "Name or code"), Value: v.asked("q")}, v.dayField(p.At, p.Typed)}, Files: v.files(),
		Table: table{Name: v.say("乡镇", "Towns"), Shown: len(p.Towns), Empty: v.say("这一天还没有登记乡镇。", "No town is on record for that day."),
			Foot:    v.say("共 %d 个乡镇、街道，%d 个村、社区", "towns: %d, villages: %d", p.Count, p.Villages),
			Columns: []column{{Name: v.say("乡镇、街道", "Town")}, {Name: v.say("代码", "Code")}, {Name: v.say("村、社区", "Villages"), Figures: true}, {Name: v.say("起止", "Days")}}}}
	if p.Sought {
		l.Table.Columns[0], l.Table.Columns[2] = column{Name: v.say("名称", "Name")}, column{Name: v.say("属于", "Belongs to")}
		l.Table.Empty = v.say("没有名称或代码里有“%s”的乡镇、村。", "No town or village has %q in its name or code.", v.asked("q"))
	}
	if v.may(auth.MakeStanding) {
		l.Act = link{v.say("登记乡镇、村", "Add towns, villages"), "/admin/divisions/new"}
	}
	return l
}

// dayField asks as of which day a list is shown.
func (v *view) dayField(at period.Day, problem string) field {
	return field{Name: "at", Label: v.say("截至", "As of"), Value: v.typedOr("at", cmp.Or(v.asked("at"), at.String())), Problem: problem}
}

// longAgo is the day from which places are usually said to exist.
const longAgo = "1949-10-01"

func (v *view) newDivisions() error { return v.showNewDivisions(http.StatusOK, nil) }

func (v *view) showNewDivisions(status int, err error) error {
	e := v.proposal("new", "/admin/divisions/new", "", v.say("提交复核", "Hand in for a check"))
	e.Lead = v.say("每行一个：代码、名称，中间用空格、逗号或制表符；可以从表格里复制两列粘贴进来，也可以选一个 xlsx 或 CSV 文件。乡镇、街道写 9 位或 12 位代码，村、社区写 12 位。先有乡镇，才有它的村；同一次提交里顺序不限。",
		"One a line: code and name, with a blank, comma or tab between; two columns of a spreadsheet can be pasted, or a file in xlsx or CSV be chosen. Towns have 9 or 12 digits, villages 12. A village needs its town; within one hand-in the order does not matter.")
	e.Rows = &field{Name: "new.rows", Label: v.say("代码和名称", "Codes and names"), Need: true, Value: v.typed("new.rows")}
	e.File = true
	e.field(v, "from", v.say("自", "From"), longAgo, true).Hint = v.say("新设立的写设立日期", "of a new one the day it was set up")
	e.why(v)
	e.mark(v, err)
	return v.show(status, v.errorTitle(e.Problems, v.say("登记区划", "Add divisions")), newDivisionsPage(v, e))
}

func (v *view) addDivisions() error {
	return v.propose("new", func() ([]upkeep.Step, error) {
		from, err := v.typedDay("new", "from")
		if err != nil {
			return nil, err
		}
		if err := v.takeTable(); err != nil {
			return nil, misplaced{err, "rows"}
		}
		rows, err := codesAndNames(v.r.PostFormValue("new.rows"))
		var steps []upkeep.Step
		for _, row := range rows {
			steps = append(steps, &upkeep.AddDivision{Code: row.Code, Name: row.Name, From: from})
		}
		return steps, err
	}, v.showNewDivisions)
}

// divisionUpload is a table of towns and villages as a page takes it.
var divisionUpload = upload{4 << 20, fault.Text{ZH: "按乡镇分成几个文件", EN: "divide it by towns"}}

// takeTable puts the codes and names of a table that was sent into the lines of the form, where they can be looked at and mended. What has no code in a row is a heading.
func (v *view) takeTable() error {
	if v.r.MultipartForm == nil || len(v.r.MultipartForm.File["file"]) == 0 || v.r.MultipartForm.File["file"][0].Size == 0 {
		return nil
	}
	head := v.r.MultipartForm.File["file"][0]
	content, err := head.Open()
	if err != nil {
		return unreadable(err)
	}
	defer func() { _ = content.Close() }() // only read
	book, err := rolls.Open(rolls.Source{Name: head.Filename, Content: content, Size: head.Size})
	if err != nil {
		return err
	}
	var rows strings.Builder
	for line, err := range book.Lines(book.Sheets[0]) {
		if err != nil {
			return err
		}
		i := slices.IndexFunc(line.Cells, func(c rolls.Cell) bool { _, err := ident.ParseDivision(strings.TrimSpace(c.Text)); return err == nil })
		if i < 0 {
			continue
		}
		rows.WriteString(strings.TrimSpace(line.Cells[i].Text))
		for _, c := range slices.Concat(line.Cells[i+1:], line.Cells[:i]) {
			if name := strings.TrimSpace(c.Text); strings.Trim(name, "0123456789") != "" {
				rows.WriteString(" " + name)
				break
			}
		}
		rows.WriteString("\n")
	}
	if rows.Len() == 0 {
		return refuse(fault.Invalid, "no-codes", fault.Text{ZH: "表里没有找到区划代码，没有提交", EN: "no codes of divisions were found in the table; nothing was handed in"}, fault.Text{ZH: "表里要有一列 9 位或 12 位代码，一列名称", EN: "it needs a column of codes of 9 or 12 digits, and one of names"})
	}
	v.r.PostForm.Set("new.rows", rows.String())
	v.r.Form.Set("new.rows", rows.String())
	return nil
}

// codesAndNames reads lines of a code and a name, and orders them so that a town comes before its villages.
func codesAndNames(typed string) ([]register.Division, error) {
	var list []register.Division
	for i, l := range strings.Split(typed, "\n") {
		fields := strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune(" \t\r,，、　", r) })
		if len(fields) == 0 {
			continue
		}
		code, err := ident.ParseDivision(fields[0])
		name := strings.TrimSpace(visible(strings.Join(fields[1:], " ")))
		if err == nil && (name == "" || len([]rune(name)) > 60) {
			err = refuse(fault.Invalid, "division-name", fault.Text{ZH: "没有名称，或名称过长", EN: "the name is missing or too long"}, fault.Text{ZH: "代码后面写名称", EN: "write the name behind the code"})
		}
		if err != nil {
			return nil, misplaced{inLine(i+1, err), "rows"}
		}
		list = append(list, register.Division{Code: code, Name: name})
	}
	slices.SortStableFunc(list, func(a, b register.Division) int { return a.Code.Level() - b.Code.Level() })
	return list, nil
}

// inLine is an error with the number of the line it was found in.
func inLine(n int, err error) error {
	said := fault.Text{ZH: "内容不对", EN: "it is not usable"}
	hint := fault.Text{}
	var f *fault.Error
	if errors.As(err, &f) {
		said, hint = f.Message, f.Hint
	}
	number := itoa(n)
	return refuse(fault.Invalid, "line", fault.Text{ZH: "第 " + number + " 行：" + said.ZH, EN: "line " + number + ": " + said.EN}, hint)
}

// divisionPage is one town or village through time.
type divisionPage struct {
	register.Lineage
	Name     string // today's, or the last one
	Here     bool   // exists today
	Parent   register.Division
	Villages []register.Division
	Into     string // the name of what it went into
	Forms    []proposal
}

func (v *view) division() error { return v.showDivision(http.StatusOK, nil) }

func (v *view) showDivision(status int, wrong error) error {
	var p divisionPage
	var all []register.Division
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		code, err := ident.ParseDivision(v.r.PathValue("division"))
		if err != nil {
			return v.nowhere()
		}
		if p.Lineage, err = v.Record.Register.Lineage(tx, code); err != nil {
			return err
		}
		all, err = v.Record.Register.Divisions(tx, v.today(), rule.Forever)
		return err
	})
	if err != nil {
		return err
	}
	last := p.Names[len(p.Names)-1]
	p.Name, p.Here = last.Name, false
	for _, d := range all {
		switch {
		case d.Code == p.Code:
			p.Name, p.Here = d.Name, true
		case d.Code == p.Code.Parent():
			p.Parent = d
		case d.Code.Parent() == p.Code:
			p.Villages = append(p.Villages, d)
		}
		if d.Code == p.Lineage.Into {
			p.Into = d.Name
		}
	}
	if p.Here {
		p.Forms = v.divisionForms(p, all)
	}
	for i := range p.Forms {
		p.Forms[i].mark(v, wrong)
	}
	return v.show(status, v.errorTitle(problemsOf(p.Forms), p.Name), divisionPageOf(v, p))
}

// divisionForms are what can be changed of a town or village that exists.
func (v *view) divisionForms(p divisionPage, all []register.Division) []proposal {
	here := "/admin/divisions/" + string(p.Code)
	rename := v.proposal("rename", here+"/rename", v.say("更名", "Another name"), v.say("提交复核", "Hand in for a check"))
	rename.field(v, "name", v.say("新名称", "New name"), "", true)
	rename.field(v, "from", v.say("自", "From"), v.today().String(), true)
	rename.why(v)
	end := v.proposal("end", here+"/end", v.say("撤并", "End, or merge into another"), v.say("提交复核", "Hand in for a check"))
	end.Lead = v.say("撤并后，原来的人和户仍在这里；归并到的乡镇、村接着看得到、管得着。", "The people and households stay where they are on record; the division they go into sees and serves them from then on.")
	into := end.field(v, "into", v.say("并入", "Goes into"), "", false)
	for _, d := range all {
		if d.Code.Level() == p.Code.Level() && d.Code != p.Code {
			into.Options = append(into.Options, option{string(d.Code), d.Name + " " + string(d.Code)})
		}
	}
	end.field(v, "last", v.say("最后一天", "Last day"), "", true)
	end.why(v)
	return []proposal{rename, end}
}

func (v *view) renameDivision() error {
	return v.propose("rename", func() ([]upkeep.Step, error) {
		from, err := v.typedDay("rename", "from")
		if name := v.asked("rename.name"); err == nil && name == "" {
			err = misplaced{refuse(fault.Invalid, "division-name", fault.Text{ZH: "没有写新名称", EN: "the new name is missing"}, fault.Text{ZH: "写上新名称", EN: "write it"}), "name"}
		}
		return []upkeep.Step{&upkeep.RenameDivision{Code: ident.Division(v.r.PathValue("division")), Name: v.asked("rename.name"), From: from}}, err
	}, v.showDivision)
}

func (v *view) endDivision() error {
	return v.propose("end", func() ([]upkeep.Step, error) {
		last, err := v.typedDay("end", "last")
		return []upkeep.Step{&upkeep.EndDivision{Code: ident.Division(v.r.PathValue("division")), Last: last, Into: ident.Division(v.asked("end.into"))}}, err
	}, v.showDivision)
}

// divisionAddress is a division's page.
func divisionAddress(code ident.Division) string {
	return "/admin/divisions/" + url.PathEscape(string(code))
}
