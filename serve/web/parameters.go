package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/store"
	"doudi/serve/present"
)

// applied is a policy as a division applies it on a day.
type applied struct {
	Title, Place, Number string
	Span                 period.Span
	Parameters           []parameterLine
	Questions            []parameterLine
	Tables               []catalogue
}

// parameterLine is a named value, and whether the document or the adoption gives it.
type parameterLine struct {
	Name, Label, Value, Unit string
	Local                    bool
}

// catalogue is a table of a policy with its rows as they apply.
type catalogue struct {
	Label   string
	Head    []string
	Rows    [][]string
	More    int // rows that are not shown
	Local   bool
	Unknown bool // the document does not print it, and nobody has supplied it yet
}

// parametersPage is what is adopted on a day.
type parametersPage struct {
	At    period.Day
	Typed string
	List  []applied
}

// mostRows is how many rows of a catalogue a page shows.
const mostRows = 40

func (v *view) parameterTable(rows int) table {
	return table{Name: v.say("参数", "Parameters"), Shown: rows, Columns: []column{{Name: v.say("参数", "Parameter")}, {Name: v.say("值", "Value"), Figures: true}, {Name: v.say("单位", "Unit")}, {Name: v.say("来自", "From")}}}
}

// parameters shows what the county's policies are applied with. It is read here; what is to change is adopted.
func (v *view) parameters() error {
	p := parametersPage{}
	p.At, p.Typed = v.askedDay()
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error { return v.fillParameters(tx, &p) })
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Typed != "" {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, v.say("参数与目录", "Parameters and catalogues"), parametersPageOf(v, p))
}

// fillParameters reads what is adopted on the day.
func (v *view) fillParameters(tx *store.Tx, p *parametersPage) error {
	p.List = nil
	all, err := adoption.All(tx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range all {
		if key := a.Series + string(a.Division); !seen[key] && a.Span.Contains(p.At) && (a.State == adoption.Approved || a.State == adoption.Withdrawn) {
			seen[key] = true
			if err := v.addApplied(tx, p, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *view) addApplied(tx *store.Tx, p *parametersPage, a adoption.Record) error {
	force, err := v.Record.Adoptions.InForce(tx, a.Division, p.At, a.Series)
	if outOfForce(err) || fault.CodeOf(err) == "adoption.pack-missing" {
		return nil
	}
	if err != nil {
		return err
	}
	b := force.Basis
	x := applied{Title: v.in(b.Pack.Title), Number: b.Pack.Number, Span: b.Span(), Place: string(a.Division)}
	if a.Division == ident.Division(v.County) {
		x.Place = v.say("全县", "the whole county")
	} else if names, err := v.placeNames(tx); err != nil {
		return err
	} else if names[a.Division] != "" {
		x.Place = names[a.Division]
	}
	x.Parameters, x.Questions, x.Tables = v.parameterLines(b, p.At), v.questionLines(b), v.catalogues(b)
	p.List = append(p.List, x)
	return nil
}

func (v *view) parameterLines(b *policy.Basis, on period.Day) (lines []parameterLine) {
	frame := b.Frame(on)
	for _, name := range slices.Sorted(maps.Keys(b.Pack.Parameters)) {
		q := b.Pack.Parameters[name]
		l := parameterLine{Name: name, Label: v.in(q.Label), Unit: v.unitName(q.Unit), Value: v.say("文件没有写明，未补充", "the document does not say, and nobody has")}
		if value, known := frame[name]; known && !isError(value) {
			l.Value = rule.Display(value, v.lang)
		}
		_, l.Local = b.Adoption.Parameters[name]
		lines = append(lines, l)
	}
	return lines
}

// unitName is the unit of a parameter in words: of money by the time it is for, of days by their kind; a number or a rate says itself what it is.
func (v *view) unitName(unit string) string {
	what, each, per := strings.Cut(unit, "/")
	name := map[string]fault.Text{"yuan": {ZH: "元", EN: "yuan"}, "day": {ZH: "日期", EN: "date"}, "natural-days": {ZH: "天", EN: "days"}, "working-days": {ZH: "个工作日", EN: "working days"},
		"household": {ZH: "户", EN: "households"}, "member": {ZH: "人", EN: "members"}, "bands": {ZH: "分段", EN: "bands"}}[what]
	if !per || each == "" {
		return v.in(name)
	}
	if time, known := map[string]fault.Text{"month": {ZH: "月", EN: "month"}, "half-year": {ZH: "半年", EN: "half-year"}, "year": {ZH: "年", EN: "year"}}[each]; known {
		each = v.in(time)
	}
	return v.in(name) + "/" + each
}

// isError tells whether a value of a frame stands for why there is none.
func isError(value any) bool {
	_, is := value.(error)
	return is
}

func (v *view) questionLines(b *policy.Basis) (lines []parameterLine) {
	for _, id := range slices.Sorted(maps.Keys(b.Pack.Questions)) {
		q := b.Pack.Questions[id]
		l := parameterLine{Name: id, Label: v.in(q.Wording), Value: rule.Display(b.Reading(id), v.lang)}
		for _, r := range q.Readings {
			if rule.Display(r.Value, "zh") == rule.Display(b.Reading(id), "zh") {
				l.Value = v.in(r.Label)
			}
		}
		_, l.Local = b.Adoption.Readings[id]
		lines = append(lines, l)
	}
	return lines
}

func (v *view) catalogues(b *policy.Basis) (list []catalogue) {
	for _, id := range slices.Sorted(maps.Keys(b.Pack.Tables)) {
		t := b.Pack.Tables[id]
		c := catalogue{Label: v.in(t.Type.Label)}
		_, c.Local = b.Adoption.Tables[id]
		count := 0
		c.Head, c.Rows, count = present.Catalogue(b, id, mostRows, v.told())
		c.Unknown, c.More = count == 0 && t.ToVerify, max(count-mostRows, 0)
		list = append(list, c)
	}
	return list
}
