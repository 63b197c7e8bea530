package present

import (
	"slices"
	"strconv"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Waterfall is a settlement as a desk works with it: totals, who pays which part in the legal order as a bar and as a table,
// and what it was decided by. The order and the number of payers are the document's.
type Waterfall struct {
	Link      string // address of the settlement's clause; "" for none
	Lang      string
	Title     string            // the name that papers of citizens carry
	Name      string            // of the settlement, as the document calls it
	Names     map[string]string // of the payers, by id
	Mark      string
	Verdict   string
	Tone      Tone
	Decided   string // by the rules of which day; "" while it is not known
	Person    string // name and what tells people of one name apart
	Visit     []Field
	Totals    []Total
	Bar       []Part
	Target    *Target
	Columns   [6]string
	Layers    []Layer
	Closing   Layer
	Closed    bool
	Notes     []string
	Checks    []Check
	Missing   []Item
	PublicRef string // the document as papers of citizens name it: its number, else its version and day
	Exact     *Field // what a program finds the document by, at a desk
}

// Check is a condition as it was answered: which list or office it was answered from, and of which day, without what else
// that says of somebody.
type Check struct {
	Mark   Mark
	Text   string
	Source string
}

// Total is a figure at the head.
type Total struct {
	Name, Value, Share string
	Due                bool // what stays with the patient
}

// Part is one payer's part of the bar, in thousandths of its width.
type Part struct {
	Class    string // of the colour; the table's rows carry the same
	Name     string
	Share    string
	From, To int
}

// Target is a share of the bill that a payer fills up to.
type Target struct {
	At    int // thousandths of the bar
	Label string
}

// anchor puts the target's words on the side of its mark that has room for them.
func (t *Target) anchor() string {
	if t.At > 500 {
		return "end"
	}
	return "start"
}

// sign is the target's words with an arrow at its mark.
func (t *Target) sign() string {
	if t.At > 500 {
		return t.Label + " ▲"
	}
	return "▲ " + t.Label
}

// Layer is one row: a payer in the legal order, a member of a group, a line, the patient.
type Layer struct {
	Kind   RowKind
	Class  string // of the colour; "" for rows that have no part of their own
	Order  string
	Payer  string
	How    string
	Amount string
	Share  string
	After  string
	Basis  string
	Zero   bool // pays nothing, and How says why
}

// Layers is a bill divided as a desk works with it; nil when no settlement certainly claims the bill, which [Statement] tells of.
func Layers(r *settle.Result, s *subject.Subject, o Options) *Waterfall {
	if r.Settlement == nil {
		return nil
	}
	t := statement{teller: teller{Options: o, basis: r.Basis, settled: r.Settlement}, result: r, subject: s}
	w := &Waterfall{Lang: t.lang(), Title: t.title(), Name: t.in(r.Settlement.Name), Names: map[string]string{}, Mark: t.mark(), Verdict: t.verdict(r.Verdict), Tone: verdictTones[r.Verdict],
		Person: t.person(s, t.day()), Visit: t.visitFields(), Totals: t.totals(), PublicRef: t.publicRef(), Missing: t.missingItems(),
		Columns: [6]string{t.say("支付顺序", "Order of payers"), t.say("怎么算的", "How it was computed"), t.say("支付（元）", "Pays (yuan)"),
			t.say("占比", "Share"), t.say("付后剩余", "Remaining"), t.say("依据", "Clause")}}
	if r.Decided != 0 {
		w.Decided = r.Decided.String()
	}
	if t.Desk {
		exact := t.exactly()
		w.Exact = &exact
	}
	t.stack(w)
	w.Closing, w.Closed = layerOf(t.total(), ""), r.PatientKnown
	w.Notes = t.layerNotes()
	w.Checks = t.checks()
	return w
}

// checks are the conditions of the settlement and of the payers it decides.
func (t statement) checks() []Check {
	var list []Check
	add := func(reasons []explain.Reason) {
		for _, r := range reasons {
			if c := (Check{markOf(r.Truth), t.in(r.Label), t.answered(r)}); !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	add(t.result.Reasons)
	for i := range t.result.Payers {
		add(t.result.Payers[i].Reasons)
	}
	return list
}

// answered says where an answer comes from: of lists those that decided it, of other facts the offices that state them.
func (t statement) answered(r explain.Reason) string {
	var sources []string
	for _, use := range r.Uses {
		if use.Variable.Fact == nil || unspoken(use.Variable) || use.Value == nil && r.Truth != rule.Unknown {
			continue
		}
		source := t.office(use.Source())
		listed := use.Value == rule.Bool(true)
		switch {
		case use.Value == nil:
			source = t.say("待 %s：%s", "%s to supply: %s", source, t.in(use.Variable.Label))
		case use.Variable.Origin == rule.FromRoster && listed != (r.Truth == rule.Met):
			continue
		case use.Variable.Origin == rule.FromRoster && r.Truth == rule.Met:
			source += t.say(" ", ", ") + t.days(use.Span())
		case use.Variable.Origin == rule.FromRoster:
			source = t.say("%s“%s”名单，查 %s：未列入", "%s, roster “%s” as of %s: not on it", source, t.in(use.Variable.Label), t.day())
		}
		if !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	return strings.Join(sources, t.say("；", "; "))
}

// stack puts the payers into the table and the bar, one on the other. A group whose division is known stands there as its members: who bears what of it is
// what is asked.
func (t statement) stack(w *Waterfall) {
	number, hue, reached := 0, 0, money.Fen(0)
	divided := t.divided()
	for i := range t.result.Payers {
		p := &t.result.Payers[i]
		w.Names[p.Payer.ID] = t.in(p.Payer.Name)
		if p.Group == nil {
			number++
		}
		drawn, class := p.Group == nil && !divided[p.Payer] || divided[p.Group], ""
		if drawn {
			class = colour(hue)
			hue++
		}
		layer := layerOf(t.payer(p, number), class)
		if layer.Zero = p.Known && p.Amount == 0; layer.Zero {
			layer.How = t.nothing(p, layer.How)
		}
		w.Layers = append(w.Layers, layer)
		for _, row := range t.lines(p) {
			w.Layers = append(w.Layers, layerOf(row, ""))
		}
		if drawn && p.Known && p.Amount > 0 {
			w.Bar = append(w.Bar, t.part(class, t.in(p.Payer.Name), reached, p.Amount))
			reached += p.Amount
			w.Target = t.target(w.Target, p, reached)
		}
	}
	w.Layers = append(w.Layers, layerOf(t.patient(), patientClass))
	if t.result.PatientKnown && t.result.Patient > 0 {
		w.Bar = append(w.Bar, t.part(patientClass, t.say("个人", "Patient"), reached, t.result.Patient))
	}
	if rest := t.result.Bill.Total() - reached; !t.result.PatientKnown && rest > 0 {
		w.Bar = append(w.Bar, t.part(openClass, t.say("待定", "open"), reached, rest))
	}
	widen(w.Bar)
}

// divided are the groups of which every member's part is known.
func (t statement) divided() map[*policy.Payer]bool {
	groups := map[*policy.Payer]bool{}
	for i := range t.result.Payers {
		if p := &t.result.Payers[i]; p.Group != nil {
			before, met := groups[p.Group]
			groups[p.Group] = p.Known && (before || !met)
		}
	}
	return groups
}

// nothing says why a payer bears nothing where its formula does not: nothing of the bill is its own, the bill states nothing of it, or a counter is full.
func (t statement) nothing(p *settle.Payment, how string) string {
	switch {
	case how == "" && p.Payer.EachLine != nil:
		return t.say("账单里没有由它承担的项目", "nothing on the bill is for it to bear")
	case p.Payer.Given && how == p.Amount.Grouped():
		return t.say("账单没有载明，按 0.00 计", "not stated by the bill, taken as 0.00")
	}
	for _, use := range p.Detail.Uses {
		if used, ok := use.Value.(rule.Money); ok && used > 0 && strings.HasPrefix(use.Variable.Name, "counter.") {
			return how + "\n" + t.say("限额内以前已用 %s", "of its limit %s were used before", money.Fen(used).Grouped())
		}
	}
	return how
}

// thinnest is how many thousandths of the bar a part is drawn at least, so that it can be seen.
const thinnest = 7

// widen makes parts too thin to be seen a little wider, at the cost of the widest.
func widen(bar []Part) {
	widest, extra := 0, 0
	sizes := make([]int, len(bar))
	for i, part := range bar {
		sizes[i] = max(part.To-part.From, thinnest)
		extra += sizes[i] - (part.To - part.From)
		if sizes[i] > sizes[widest] {
			widest = i
		}
	}
	if len(bar) == 0 || sizes[widest] <= extra+thinnest {
		return
	}
	sizes[widest] -= extra
	at := 0
	for i := range bar {
		bar[i].From, bar[i].To = at, at+sizes[i]
		at += sizes[i]
	}
}

// patientClass is the colour of what stays with the patient: red, which nothing else on the bar is.
const patientClass = "c0"

// openClass is that of what nobody is known to bear yet.
const openClass = "open"

// colours is how many the style sheet has for payers; more of them begin again.
const colours = 7

func colour(number int) string { return "c" + strconv.Itoa(number%colours+1) }

func (t statement) part(class, name string, before, amount money.Fen) Part {
	whole := t.result.Bill.Total()
	return Part{Class: class, Name: name, Share: tenths(amount, whole), From: thousandths(before, whole), To: thousandths(before+amount, whole)}
}

// thousandths is a share of the bill, rounded half up; a bill is positive where somebody pays of it.
func thousandths(part, whole money.Fen) int {
	return int((2*int64(part)*1000 + int64(whole)) / (2 * int64(whole)))
}

// target marks where a payer that fills up to a share of the bill stops: the expression says so itself.
func (t statement) target(found *Target, p *settle.Payment, reached money.Fen) *Target {
	x := p.Detail.Figure.Expression
	if x == nil || !strings.Contains(x.Source(), "guarantee(") {
		return found
	}
	for _, use := range p.Detail.Uses {
		if use.Variable.Type == rule.RateType && use.Value != nil {
			return &Target{At: thousandths(reached, t.result.Bill.Total()), Label: t.say("至 %s", "up to %s", use.Show(t.Lang))}
		}
	}
	return found
}

// layerOf is a row of the statement's table, which has the number and the name in two columns.
func layerOf(r Row, class string) Layer {
	return Layer{Kind: r.Kind, Class: class, Order: r.cell(0), Payer: r.cell(1), How: r.cell(2), Amount: r.cell(3), Share: r.cell(4), After: r.cell(5), Basis: r.cell(6)}
}

// totals are the four figures everybody asks for first.
func (t statement) totals() []Total {
	r := t.result
	whole := r.Bill.Total()
	list := []Total{{Name: t.say("总费用", "Total"), Value: whole.Grouped()},
		{Name: t.say("医保统筹范围内", "In scope"), Value: r.Bill[subject.InScope].Grouped()}}
	if !r.PatientKnown {
		open := t.say("待定", "open")
		return append(list, Total{Name: t.say("各方共支付", "Payers together"), Value: open}, Total{Name: t.say("个人应付", "Patient pays"), Value: open, Due: true})
	}
	paid := whole - r.Patient
	return append(list, Total{Name: t.say("各方共支付", "Payers together"), Value: paid.Grouped(), Share: tenths(paid, whole)},
		Total{Name: t.say("个人应付", "Patient pays"), Value: r.Patient.Grouped(), Share: tenths(r.Patient, whole), Due: true})
}

// visitFields say what was treated where and when, as far as the options let it be said.
func (t statement) visitFields() []Field {
	var fields []Field
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, Field{Name: name, Value: value})
		}
	}
	known := func(name string) string { return t.known(t.subject, name, t.day()) }
	if place := known("person.hukou"); place != "" {
		add(t.say("户籍", "Registered at"), place)
	}
	kind := t.list(nonEmpty(known("visit.kind"), known("visit.clinic")))
	add(t.say("就诊", "Visit"), strings.TrimSpace(kind+"\n"+t.stay()))
	add(t.say("诊断", "Diagnosis"), known("visit.diagnosis_name"))
	add(t.say("医院", "Hospital"), strings.TrimSpace(known("visit.hospital.name")+"\n"+known("visit.hospital.tier")))
	return fields
}

func nonEmpty(words ...string) []string {
	var list []string
	for _, word := range words {
		if word != "" {
			list = append(list, word)
		}
	}
	return list
}

// stay is when somebody was treated: 2021-10-29 至 2021-11-08（10 天）.
func (t statement) stay() string {
	span := t.result.Span
	switch {
	case span.Empty() || span == (period.Span{}):
		if t.result.Decided != 0 {
			return t.result.Decided.String()
		}
		return ""
	case span.From == span.To || span.From == rule.Beginning || span.To == rule.Forever:
		return t.days(span)
	default:
		return t.days(span) + t.brackets(t.say("%d 天", "%d days", int(span.To-span.From)))
	}
}

// publicRef names the document without its title, which may say of somebody what a paper need not.
func (t statement) publicRef() string {
	p := t.basis.Pack
	if p.Number != "" {
		return p.Number
	}
	if !t.Desk {
		return p.ID + " " + p.Version
	}
	ref := t.say("政策文件 ", "the document, ") + t.edition()
	if p.HasIssued {
		ref += t.say("，%s 印发", ", issued %s", p.Issued)
	}
	return ref
}

func (t statement) missingItems() []Item {
	var items []Item
	for _, section := range t.wanted(t.result.Missing) {
		items = append(items, section.Items...)
	}
	return items
}

// layerNotes are what stands below the table.
func (t statement) layerNotes() []string {
	r := t.result
	var notes []string
	if r.PatientKnown {
		notes = append(notes, t.inWords())
	}
	if r.Due != nil {
		notes = append(notes, t.say("各方应于 %s 前付清", "payers pay by %s", *r.Due))
	}
	if r.Nearest != nil {
		notes = append(notes, t.nearest(r.Nearest))
	}
	for _, section := range t.remarks() {
		notes = append(notes, section.Notes...)
	}
	return notes
}

// told is the bar in words, for those who do not see it.
func (w *Waterfall) told() string {
	var parts []string
	for _, part := range w.Bar {
		parts = append(parts, part.tell())
	}
	join := fault.Text{ZH: "，", EN: ", "}.In(w.Lang)
	if w.Target != nil {
		parts = append(parts, w.Target.Label)
	}
	return fault.Text{ZH: "各方承担比例：", EN: "shares of the payers: "}.In(w.Lang) + strings.Join(parts, join)
}

func (w *Waterfall) say(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(w.Lang) }

// The bar's measures are percentages of its width, which its picture takes as they are.

func (p Part) x() string     { return percent(p.From) }
func (p Part) width() string { return percent(p.To - p.From) }
func (p Part) middle() string {
	return percent((p.From + p.To) / 2)
}

// label is how much can be written on a part of the bar: its name and share, its share, or nothing.
func (p Part) label() string {
	switch size := p.To - p.From; {
	case size >= 12*len([]rune(p.Name))+60:
		return p.tell()
	case size >= 45:
		return p.Share
	default:
		return ""
	}
}

// tell is what the pointer shows of a part.
func (p Part) tell() string { return printable(p.Name + " " + p.Share) }

func percent(thousandths int) string {
	return strconv.Itoa(thousandths/10) + "." + strconv.Itoa(thousandths%10) + "%"
}

// dark tells whether what stands on a colour is written in ink.
func (p Part) dark() bool {
	return p.Class == "c2" || p.Class == "c5" || p.Class == "c6" || p.Class == openClass
}

// paperNotes are the notes of a paper: what is due, in words and in figures, and by which document.
func (w *Waterfall) paperNotes() []string {
	var notes []string
	if w.Closed && len(w.Notes) > 0 {
		notes = append(notes, w.Notes[0])
	}
	return append(notes, w.say("依据 ", "by ")+w.PublicRef)
}
