package policy

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Adoption is how a division applies a pack: its readings of the questions, its parameter values and list rows.
type Adoption struct {
	Division   ident.Division
	From       period.Day // rule.Beginning when not stated
	To         period.Day // rule.Forever when not stated
	Readings   map[string]ref.Val
	Parameters map[string]ref.Val
	Tables     map[string]Overlay
	Label      fault.Text // shown with every output when not empty: 示例
}

// Overlay is the rows an adoption puts in place of a table's own.
type Overlay struct {
	Rows     [][]ref.Val
	Complete bool
}

// Basis is a pack as one division applies it: what every decision stands on.
type Basis struct {
	Pack     *Pack
	Adoption *Adoption

	mutex  sync.Mutex
	frames map[period.Day]map[string]ref.Val
}

// NewBasis binds a pack to an adoption; nil is the pack as published, for its own jurisdiction.
func NewBasis(pack *Pack, adoption *Adoption) *Basis {
	if adoption == nil {
		adoption = &Adoption{From: rule.Beginning, To: rule.Forever}
	}
	return &Basis{Pack: pack, Adoption: adoption, frames: map[period.Day]map[string]ref.Val{}}
}

// Division is the adopting division, or the document's own; "" when neither is known.
func (b *Basis) Division() ident.Division {
	return cmp.Or(b.Adoption.Division, b.Pack.Jurisdiction)
}

// Span is the days on which the pack is in force here.
func (b *Basis) Span() period.Span {
	return period.Span{From: max(b.Pack.InForce.From, b.Adoption.From), To: min(b.Pack.InForce.To, b.Adoption.To)}
}

// InForce refuses a day outside the pack's time, so that it is never silently zero. Codes: "pack.out-of-force",
// "pack.not-adopted".
func (b *Basis) InForce(day period.Day) error {
	if b.Pack.OnAdoption && b.Adoption.From == rule.Beginning {
		return &fault.Error{Kind: fault.OutOfForce, Code: "pack.not-adopted",
			Message: text.Say("《%s》尚未被采用，没有施行日期", "“%s” has not been adopted, so it is not in force", b.Pack.Title.ZH),
			Hint:    text.Say("先由该地区采用（采用文件写 from: 日期）", "let the division adopt it first (from: day in the adoption file)")}
	}
	if span := b.Span(); !span.Contains(day) {
		return &fault.Error{Kind: fault.OutOfForce, Code: "pack.out-of-force",
			Message: text.Say("%s 不在《%s》的施行期内（%s）", "%s is outside the time “%s” is in force (%s)", day, b.Pack.Title.ZH, ShowSpan(span)),
			Hint:    text.Say("改用施行期内的日期，或指定当时有效的政策包", "use a day inside it, or name the pack that was in force then")}
	}
	return nil
}

// ShowSpan is a span for people, with open ends left open.
func ShowSpan(s period.Span) string {
	from, to := "", ""
	if s.From != rule.Beginning {
		from = s.From.String()
	}
	if s.To != rule.Forever {
		to = s.To.String()
	}
	return from + " – " + to
}

// Scope is what expressions of the pack see: the subject's facts on a day, and parameters as of the day that decides.
func (b *Basis) Scope(s *subject.Subject, decided, status period.Day) *rule.Scope {
	vars := map[string]ref.Val{"on": rule.Day(decided)}
	return &rule.Scope{Env: b.Pack.Env, Facts: s.Facts, Day: status, Frame: b.Frame(decided), Vars: vars}
}

// Frame is every parameter, reading and table on a day. A parameter without a value on that day is an error where it is used.
func (b *Basis) Frame(day period.Day) map[string]ref.Val {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if frame, ok := b.frames[day]; ok {
		return frame
	}
	if len(b.frames) > 400 { // a run over many days must not keep them all
		clear(b.frames)
	}
	frame := b.build(day)
	b.frames[day] = frame
	return frame
}

func (b *Basis) build(day period.Day) map[string]ref.Val {
	p := b.Pack
	frame := map[string]ref.Val{"rounding": rule.Rounding(money.Rounding{})}
	if division := b.Division(); division != "" {
		frame["jurisdiction"] = rule.Division(division)
	}
	if p.HasIssued {
		frame["issued"] = rule.Day(p.Issued)
	}
	if from := b.Span().From; from != rule.Beginning {
		frame["in_force_from"] = rule.Day(from)
	}
	for name, parameter := range p.Parameters {
		if v := b.parameter(parameter, day); v != nil {
			frame[name] = v
		}
	}
	for id := range p.Questions {
		frame["question."+id] = b.Reading(id)
	}
	for id, table := range p.Tables {
		frame[id] = b.table(table)
	}
	return frame
}

func (b *Basis) parameter(p *Parameter, day period.Day) ref.Val {
	if v, ok := b.Adoption.Parameters[p.Name]; ok {
		return v
	}
	i, _ := slices.BinarySearchFunc(p.Values, day, func(d Dated, day period.Day) int {
		return cmp.Compare(int64(d.From), int64(day)+1)
	})
	switch {
	case i > 0:
		return p.Values[i-1].Value
	case p.Unset != nil:
		return nil // unknown
	default:
		return types.WrapErr(&fault.Error{Kind: fault.OutOfForce, Code: "pack.parameter-undated",
			Message: text.Say("参数 %s 在 %s 还没有值", "parameter %s has no value on %s", p.Name, day),
			Hint:    text.Say("为它补上更早的日期，或换一个日期", "give it an earlier date, or ask about another day")})
	}
}

func (b *Basis) table(t *TableBlock) *rule.Table {
	if overlay, ok := b.Adoption.Tables[t.ID]; ok {
		return rule.NewTable(t.Type, overlay.Rows, t.ToVerify && !overlay.Complete)
	}
	return rule.NewTable(t.Type, t.Rows, t.ToVerify)
}

// Reading is the reading of a question that applies here.
func (b *Basis) Reading(id string) ref.Val {
	if v, ok := b.Adoption.Readings[id]; ok {
		return v
	}
	if q := b.Pack.Questions[id]; q != nil {
		return q.Applied
	}
	return nil
}

// Rounding resolves a declared rounding.
func (b *Basis) Rounding(r RoundingRule) money.Rounding {
	if reading, ok := b.Reading(r.Question).(rule.Rounding); ok {
		return money.Rounding(reading)
	}
	return r.Fixed
}

// ReadAdoption reads an adoption file for a pack: every reading, parameter and row is checked against what the pack declares.
func ReadAdoption(p *Pack, n *text.Node) (*Adoption, error) {
	r := &text.Report{}
	m := r.Map(n)
	a := ReadAdoptionMap(r, m, p)
	m.Done()
	return a, r.Err()
}

// ReadAdoptionMap reads an adoption out of a mapping.
func ReadAdoptionMap(r *text.Report, m *text.Map, p *Pack) *Adoption {
	a := &Adoption{From: rule.Beginning, To: rule.Forever, Readings: map[string]ref.Val{}, Parameters: map[string]ref.Val{}, Tables: map[string]Overlay{}}
	if pack := m.Get("pack"); pack != nil && r.Text(pack) != p.ID {
		r.At(pack, "adoption.pack", text.Say("这份采用文件写的是政策包 %s，读的是 %s", "this adoption is of the pack %s, it is read for %s", pack.Value, p.ID), fault.Text{})
	}
	a.Label = readLabel(r, m.Get("label"))
	if division := m.Get("division"); division != nil {
		code, err := ident.ParseDivision(r.Text(division))
		r.Add(text.Placed(err, division))
		a.Division = code
	}
	if from := m.Get("from"); from != nil {
		a.From = r.Day(from)
	}
	if to := m.Get("to"); to != nil {
		a.To = r.Day(to)
		forwards(r, to, period.Span{From: a.From, To: a.To}, "adoption.span")
	}
	for _, field := range r.Fields(m.Get("readings")) {
		p.adoptReading(r, a, field)
	}
	for _, field := range r.Fields(m.Get("parameters")) {
		p.adoptParameter(r, a, field)
	}
	for _, field := range r.Fields(m.Get("tables")) {
		p.adoptTable(r, a, field)
	}
	return a
}

func (p *Pack) adoptReading(r *text.Report, a *Adoption, field text.Field) {
	id := field.Key.Value
	q := p.Questions[id]
	if q == nil {
		r.At(field.Key, "adoption.unknown-question", text.Say("政策包 %s 没有疑义 %s", "pack %s has no question %s", p.ID, id), text.DidYouMean(id, keysOf(p.Questions)))
		return
	}
	if v := rule.ReadValue(r, field.Value, q.Type); v != nil {
		if !q.Open && !slices.ContainsFunc(q.Readings, func(x Reading) bool { return Same(x.Value, v) }) {
			var known []string
			for _, reading := range q.Readings {
				known = append(known, reading.Key)
			}
			r.At(field.Value, "adoption.unknown-reading", text.Say("疑义 %s 没有读法 %s", "question %s has no reading %s", id, rule.Display(v, "zh")), text.Known(known))
		}
		a.Readings[id] = v
	}
}

// Same compares two values of one type, lists included.
func Same(a, b ref.Val) bool {
	return a.Equal(b) == types.True || rule.Display(a, "") == rule.Display(b, "") && a.Type() == b.Type()
}

func (p *Pack) adoptParameter(r *text.Report, a *Adoption, field text.Field) {
	name := field.Key.Value
	parameter := p.Parameters[name]
	if parameter == nil {
		r.At(field.Key, "adoption.unknown-parameter", text.Say("政策包 %s 没有参数 %s", "pack %s has no parameter %s", p.ID, name), text.DidYouMean(name, keysOf(p.Parameters)))
		return
	}
	if v := rule.ReadValue(r, field.Value, parameter.Type); v != nil {
		a.Parameters[name] = v
	}
}

func (p *Pack) adoptTable(r *text.Report, a *Adoption, field text.Field) {
	table := p.Tables[field.Key.Value]
	if table == nil {
		r.At(field.Key, "adoption.unknown-table", text.Say("政策包 %s 没有目录 %s", "pack %s has no table %s", p.ID, field.Key.Value), text.DidYouMean(field.Key.Value, keysOf(p.Tables)))
		return
	}
	m := r.Map(field.Value)
	overlay := Overlay{Complete: r.Bool(m.Get("complete"))}
	for _, row := range r.Items(m.Get("rows")) {
		if values := readRow(r, table.Type, row); values != nil {
			overlay.Rows = append(overlay.Rows, values)
		}
	}
	m.Done()
	a.Tables[table.ID] = overlay
}

// Value is the reading that applies here of a question by its name in expressions (question.ID); nil of any other name.
func (b *Basis) Value(name string) ref.Val {
	id, isQuestion := strings.CutPrefix(name, "question.")
	if !isQuestion {
		return nil
	}
	return b.Reading(id)
}
