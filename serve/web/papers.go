package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/serve/present"
)

// paperRoutes are what is printed about a person. With ?as=pdf the server makes the PDF.
var paperRoutes = []route{
	{pattern: "GET /people/{person}/papers", may: only(auth.SeePeople), do: (*view).papers},
	{pattern: "GET /people/{person}/print", may: only(auth.SeePeople), do: (*view).printPerson},
	{pattern: "GET /people/{person}/forms/{pack}/{form}", may: only(auth.SeePeople), do: (*view).printForm},
}

// asPDF asks for a paper as a file.
const asPDF = "?as=pdf"

// sendPaper answers with a paper, or with its PDF when that is asked for. name is that of the file; it holds nothing about a person.
func (v *view) sendPaper(paper templ.Component, name string) error {
	if v.asked("as") != "pdf" {
		return v.write(http.StatusOK, paper)
	}
	var b bytes.Buffer
	if err := paper.Render(v.r.Context(), &b); err != nil {
		return err
	}
	content, err := v.printer.Print(v.r.Context(), selfContained(b.String()))
	if err != nil {
		return err
	}
	return v.sendFile("inline", name+".pdf", "application/pdf", bytes.NewReader(content), int64(len(content)))
}

// selfContained is a paper that carries its style in itself, and no script: it is printed where nothing can be fetched.
func selfContained(page string) []byte {
	style, err := assets.ReadFile("assets/desk.css")
	if err != nil { // what is embedded can be read
		panic(err)
	}
	page = strings.Replace(page, `<link rel="stylesheet" href="`+asset("desk.css")+`">`, "<style>"+string(style)+"</style>", 1)
	return []byte(strings.Replace(page, `<script src="`+asset("desk.js")+`" defer></script>`, "", 1))
}

// barred is the frame of a paper that is printed from here, with its bar on a screen.
func (v *view) barred(title, back string) present.Frame {
	return present.Frame{Title: title, Stylesheet: asset("desk.css"), Script: asset("desk.js"), Bar: printBar(v, title, back)}
}

// inForce are the policies that apply where somebody lives on a day.
func (v *view) inForce(tx *store.Tx, s *subject.Subject, on period.Day) ([]adoption.Force, error) {
	division := v.livesIn(tx, s, on)
	all, err := adoption.All(tx)
	if err != nil {
		return nil, err
	}
	var list []adoption.Force
	seen := map[string]bool{}
	for _, a := range all {
		if seen[a.Series] {
			continue
		}
		seen[a.Series] = true
		force, err := v.Record.Adoptions.InForce(tx, division, on, a.Series)
		if outOfForce(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, force)
	}
	return list, nil
}

// formOf is a form of a policy that can be printed.
type formOf struct {
	Pack *policy.Pack
	policy.Form
}

// path is where the form is printed for a person.
func (f formOf) path(person string) string {
	return "/people/" + person + "/forms/" + url.PathEscape(f.Pack.ID) + "/" + url.PathEscape(f.ID)
}

// formsOf are the forms of the policies in force that are laid out.
func formsOf(forces []adoption.Force) (list []formOf) {
	for _, f := range forces {
		for _, x := range f.Basis.Pack.Procedures {
			for _, form := range x.Forms {
				if form.Paper != nil {
					list = append(list, formOf{f.Basis.Pack, form})
				}
			}
		}
	}
	return list
}

// papers lists what can be printed about a person. Which forms there are follows from the place, and says nothing about who lives there.
func (v *view) papers() error {
	id := v.r.PathValue("person")
	var who card
	var forms []formOf
	err := v.look(func(tx *store.Tx) error {
		s, err := v.reached(tx, id, v.today())
		if err != nil {
			return err
		}
		if who, err = v.card(tx, id); err != nil {
			return err
		}
		forces, err := v.inForce(tx, s, v.today())
		forms = formsOf(forces)
		return errors.Join(err, v.looked(tx, "web.papers", id, id))
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("打印与表格", "Papers and forms"), papersPage(v, who, forms))
}

// printForm is a form of the document, filled in with what the record knows and the post may see; the rest stays blank.
func (v *view) printForm() error {
	id := v.r.PathValue("person")
	var form formOf
	var values map[string]string
	err := v.look(func(tx *store.Tx) error {
		s, err := v.reached(tx, id, v.today())
		if err != nil {
			return err
		}
		forces, err := v.inForce(tx, s, v.today())
		if err != nil {
			return err
		}
		found := false
		for _, f := range formsOf(forces) {
			if f.Pack.ID == v.r.PathValue("pack") && f.ID == v.r.PathValue("form") {
				form, found = f, true
			}
		}
		if !found {
			return refuse(fault.NotFound, "form-unknown", fault.Text{ZH: "这个地方今天没有这张表", EN: "there is no such form here today"}, fault.Text{ZH: "从一人一档打开", EN: "open one from the person's file"})
		}
		if values, err = v.filled(tx, form.Paper, s); err != nil {
			return err
		}
		return v.looked(tx, "web.paper", id, id)
	})
	if err != nil {
		return err
	}
	return v.sendPaper(present.FormPaper(form.Paper, form.Copies, values, v.barred(form.Paper.Heading, "/people/"+id+"/papers")), form.Pack.ID+"-"+form.ID)
}

// filled are the values of a form's cells by what they show.
func (v *view) filled(tx *store.Tx, p *policy.Paper, s *subject.Subject) (map[string]string, error) {
	values := map[string]string{}
	for _, row := range p.Rows {
		for _, c := range row {
			if c.Show == "" {
				continue
			}
			value, err := v.shownOnForm(tx, c.Show, s)
			if err != nil {
				return nil, err
			}
			values[c.Show] = value
		}
	}
	return values, nil
}

// shownOnForm is what is filled in; "" for what the record does not know or the post does not see. A form asks for whole numbers.
func (v *view) shownOnForm(tx *store.Tx, show string, s *subject.Subject) (string, error) {
	switch show {
	case "home":
		return v.homeAddress(tx, s)
	case "age":
		fact, ok := s.Facts.At("person.birth", v.today())
		if birth, is := fact.Value.(rule.Day); ok && is && v.access.Shows(rule.Identity) {
			return strconv.Itoa(years(period.Day(birth), v.today())), nil
		}
		return "", nil
	case "person.name":
		return s.Name, nil
	}
	t := v.Record.Claims.Vocabulary.Facts[show]
	fact, ok := s.Facts.At(show, v.today())
	if t == nil || !ok || !v.access.Shows(t.Sensitivity) {
		return "", nil
	}
	if t.Format != "" {
		return rule.Display(fact.Value, "zh"), nil
	}
	return t.Show(fact.Value, "zh"), nil
}

// homeAddress is where somebody lives: county, town and village, and the household's own address.
func (v *view) homeAddress(tx *store.Tx, s *subject.Subject) (string, error) {
	place, err := v.placeOf(tx, s)
	if err != nil {
		return "", err
	}
	place = strings.ReplaceAll(place, " ", "")
	household, err := v.Record.Register.HouseholdOf(tx, v.r.PathValue("person"), v.today(), rule.Forever)
	if fault.KindOf(err) == fault.Internal {
		return "", err
	}
	if household == "" {
		return place, nil
	}
	h, err := v.Record.Register.Household(tx, household, v.today(), rule.Forever)
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.OutOfForce {
		return place, nil
	}
	return place + strings.ReplaceAll(h.Address, " ", ""), err
}

// printPerson is a person's file on paper: who it is, and what is paid, under neutral names; services have none and are told at the window. It goes into people's hands, so it says neither why nor by
// which roster: that stays in the file.
func (v *view) printPerson() error {
	id := v.r.PathValue("person")
	var page *present.Page
	var f personFile
	err := v.look(func(tx *store.Tx) error {
		f = personFile{On: v.today()}
		s, err := v.reached(tx, id, v.today())
		if err != nil {
			return err
		}
		if f.No, err = dated.NumberOf(tx, id); err != nil {
			return err
		}
		if f.card, err = v.card(tx, id); err != nil {
			return err
		}
		home, err := v.homeAddress(tx, s)
		if err != nil {
			return err
		}
		if f.Decided, err = v.decide(tx, s, f.On); err != nil {
			return err
		}
		page = v.filePaper(f, home)
		return v.looked(tx, "web.paper", id, id)
	})
	if err != nil {
		return err
	}
	frame := v.barred(v.say("一人一档", "Person's file"), "/people/"+id+"/papers")
	frame.Line = v.say("打印 %s　经办 %s · %s", "printed %s by %s · %s", dated.Day(v.now).String()+" "+clock(v.now), v.Operator.Name, v.place())
	frame.Signatures = []string{v.say("本人（家属）签字：", "The person, or family:"), v.say("经办人签字：", "Clerk:"), v.say("经办机构盖章：", "Office's seal:")}
	return v.sendPaper(present.Paper(page, frame), "file-"+cmp.Or(f.No.String(), "person"))
}

// filePaper puts a file into words for paper.
func (v *view) filePaper(f personFile, home string) *present.Page {
	page := &present.Page{Lang: v.lang, Title: v.say("一人一档", "Person's file"), Fields: []present.Field{{Name: v.say("姓名", "Name"), Value: f.Name, Strong: true}, {Name: v.say("性别", "Sex"), Value: f.Sex},
		{Name: v.say("年龄", "Age"), Value: f.Age}, {Name: v.say("身份证号", "Identity number"), Value: f.Number}, {Name: v.say("人员编号", "Person no."), Value: f.No.String()}, {Name: v.say("住址", "Address"), Value: home}, {Name: v.say("判定日期", "As of"), Value: f.On.String()}}}
	table := &present.Table{Columns: []present.Column{{Title: v.say("事项", "Matter"), Flex: true}, {Title: v.say("结论", "Answer")}, {Title: v.say("标准", "Standard"), Right: true}, {Title: v.say("下次", "Next")}}}
	for _, d := range f.Decided {
		for _, x := range d.Verdicts {
			if x.Tone == present.Good && !x.None && x.Public != "" {
				table.Rows = append(table.Rows, present.Row{Cells: []string{x.Public, x.Verdict, x.Standard, x.Next}})
				f.Monthly += x.Monthly
			}
		}
	}
	section := present.Section{Title: v.say("可享补助", "What is due"), Table: table}
	if len(table.Rows) == 0 {
		section = present.Section{Title: section.Title, Notes: []string{v.say("判定日期没有可享的补助。", "Nothing is due as of this day.")}}
	}
	section.Notes = append(section.Notes, v.say("每月合计 %s 元。对结果有疑问，可以到经办窗口查询理由。", "%s yuan a month. Ask at the window for the reasons.", f.Monthly.Grouped()))
	page.Sections = []present.Section{section}
	return page
}
