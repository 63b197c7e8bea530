package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// A bill is entered as a form and kept as a file. The form asks for what the rules of the settlement chosen ask for; what a file that came from
// elsewhere says beyond that is kept when the bill is corrected here.

// field is one input.
type field struct {
	Name, Label, Hint string
	Value             string
	Options           []option // of a choice
	Known             []option // values that are offered, beside which others may be typed
	Unchosen          string   // what it means that none of them is chosen; "" when nothing was said
	Amount            bool     // set to the right
	Long              bool     // several lines
	Need              bool
	Hidden            bool // a password: shown as points, never sent back
	Problem           string
	Theirs            *difference // what somebody else made of it since the form was opened; nil when nobody did
}

// id is the input's id in the page, to which the summary of what is wrong links.
func (f field) id() string { return strings.ReplaceAll(f.Name, ".", "-") }

// unchosen is what stands in a choice before one of its words is taken.
func (f field) unchosen(v *view) string {
	if f.Unchosen != "" {
		return f.Unchosen
	}
	if f.Need {
		return v.say("请选择", "choose one")
	}
	return v.say("—未说明—", "— not stated —")
}

// option is one word of a choice.
type option struct{ Value, Label string }

// line is one fee: the file's line it began as, for what the form does not show, and its inputs.
type line struct {
	From    int // of the lines of the bill that is corrected; -1 for a new one
	Fields  []field
	Amounts []field
}

// form is a bill being entered.
type form struct {
	card
	Kind      kind
	Illnesses []illness // that the settlement is for; nil when it looks none up
	Number    field
	Visit     []field
	More      []field // of the visit, needed only now and then
	Lines     []line
	Upstream  []field
	Reason    *field // why a settled bill is replaced; nil when none is
	Problems  []problem
	Key       string // it is sent once under
	Revision  int    // of the bill that is corrected; 0 for none
}

// problem is a line of the summary.
type problem struct{ Field, Message string }

const numberField = "bill.no"

// blank is the form of a kind with nothing in it but what follows from the kind.
func (v *view) blank(c card, k kind, values url.Values) form {
	f := form{card: c, Kind: k, Key: cmp.Or(values.Get("key"), newKey()), Number: field{Name: numberField, Label: v.say("账单号", "Bill number"), Need: true,
		Hint: v.say("本院的住院号或发票号", "your own number of the stay or invoice"), Value: visible(values.Get(numberField))}}
	for _, t := range k.asks(v.Record.Claims.Vocabulary) {
		if strings.HasPrefix(t.Name, "line.") {
			continue
		}
		input := v.input(t, t.Name)
		input.Value = visible(values.Get(t.Name))
		if input.Value == "" {
			input.Value = k.presumed(v, t)
		}
		switch t.Name {
		case diagnosisFact:
			f.Illnesses = k.illnesses(v)
			input.Known = typable(f.Illnesses)
		case "visit.date":
			input.Hint = cmp.Or(k.cycles(v), input.Hint)
		}
		if everyday(t.Name) {
			f.Visit = append(f.Visit, input)
		} else {
			f.More = append(f.More, input)
		}
	}
	for _, p := range k.upstream() {
		name := "paid." + p.ID
		input := field{Name: name, Label: v.in(p.Name), Amount: true, Value: visible(values.Get(name))}
		if p.Amount != nil {
			input.Hint = v.say("不填则按文件计算", "computed by the document when left empty")
		}
		f.Upstream = append(f.Upstream, input)
	}
	for n := range max(countLines(values), 1) {
		f.Lines = append(f.Lines, v.line(k, n, values))
	}
	return f
}

// typable are the codes of illnesses that can be typed as they are: a range such as E10-E14, or a list, holds several.
func typable(list []illness) (codes []option) {
	for _, one := range list {
		if !strings.ContainsAny(one.Code, "-;") {
			codes = append(codes, option{one.Code, one.Name})
		}
	}
	return codes
}

// countLines is how many lines a form that was sent has.
func countLines(values url.Values) int {
	n, err := strconv.Atoi(values.Get("lines"))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, mostLines)
}

// mostLines bounds what is entered or corrected by hand; longer bills come through the interface.
const mostLines = 500

func tooManyLines() error {
	return refuse(fault.Invalid, "too-many-lines", fault.Text{ZH: "费用超过 500 行，不能在窗口填写或更正", EN: "a bill of more than 500 lines cannot be entered or corrected at a desk"},
		fault.Text{ZH: "请由医院系统重新传送", EN: "let the hospital's system send it again"})
}

func (v *view) line(k kind, n int, values url.Values) line {
	prefix := linePrefix(n)
	l := line{From: -1}
	if from, err := strconv.Atoi(values.Get(prefix + "from")); err == nil {
		l.From = from
	}
	for _, t := range k.asks(v.Record.Claims.Vocabulary) {
		name, ok := strings.CutPrefix(t.Name, "line.")
		if !ok {
			continue
		}
		input := v.input(t, prefix+name)
		input.Need = t.Name == invoiceFact
		input.Value = visible(values.Get(input.Name))
		if item := v.Record.Claims.Vocabulary.FeeItems[values.Get(prefix+"item")]; input.Value == "" && t.Name == "line.name" { // a hospital's system may name the kind alone
			input.Value = v.in(item)
		}
		l.Fields = append(l.Fields, input)
	}
	amount := field{Name: prefix + "amount", Label: v.say("金额", "Amount"), Amount: true, Need: true, Value: visible(values.Get(prefix + "amount"))}
	l.Amounts = append(l.Amounts, amount)
	for part, label := range subject.PartLabels {
		name := prefix + subject.PartNames[part]
		l.Amounts = append(l.Amounts, field{Name: name, Label: v.in(label), Amount: true, Value: visible(values.Get(name))})
	}
	return l
}

// told tells whether something was said, or is to be mended, among what is needed only now and then.
func (f *form) told() bool {
	return slices.ContainsFunc(f.More, func(x field) bool { return x.Value != "" || x.Problem != "" })
}

// input is an empty input for a fact.
func (v *view) input(t *rule.FactType, name string) field {
	f := field{Name: name, Label: v.in(t.Label)}
	switch t.Type {
	case rule.BoolType:
		f.Options = []option{{"true", v.say("是", "yes")}, {"false", v.say("否", "no")}}
	case rule.TextType:
		if t.Values != nil {
			f.Options = v.byLabel(t)
		}
	case rule.DayType:
		f.Hint = v.say("例如 20211108", "such as 20211108")
	case rule.MoneyType:
		f.Amount = true
	}
	return f
}

// inputs are all inputs of a form, in order.
func (f *form) inputs() []*field {
	list := []*field{&f.Number}
	for i := range f.Visit {
		list = append(list, &f.Visit[i])
	}
	for i := range f.More {
		list = append(list, &f.More[i])
	}
	for i := range f.Lines {
		for j := range f.Lines[i].Fields {
			list = append(list, &f.Lines[i].Fields[j])
		}
		for j := range f.Lines[i].Amounts {
			list = append(list, &f.Lines[i].Amounts[j])
		}
	}
	for i := range f.Upstream {
		list = append(list, &f.Upstream[i])
	}
	if f.Reason != nil {
		list = append(list, f.Reason)
	}
	return list
}

// tidied is a value as it is meant: a day typed without hyphens gets them.
func tidied(value string) string {
	value = strings.TrimSpace(value)
	if len(value) == 8 && strings.Trim(value, "0123456789") == "" {
		return value[:4] + "-" + value[4:6] + "-" + value[6:]
	}
	return value
}

// sheet writes the bill file, one value a line, and remembers which input each line is.
type sheet struct {
	lines  []string
	places map[int]string
}

func (s *sheet) write(text string) { s.lines = append(s.lines, text) }

func quoted(value string) string {
	text, err := json.Marshal(value)
	if err != nil { // a string always marshals
		return `""`
	}
	return string(text)
}

// value is one entry that an input stands for.
func (s *sheet) value(key, value, input string) {
	s.open(quoted(key)+": "+quoted(value)+",", input)
}

// open begins a mapping or list; what is wrong with the whole of it is told at an input.
func (s *sheet) open(head, input string) {
	s.write(head)
	s.places[len(s.lines)] = input
}

// keep writes what the form does not show as it was.
func (s *sheet) keep(before *text.Node, shown map[string]bool) {
	if before == nil {
		return
	}
	for _, entry := range before.Fields {
		if !shown[entry.Key.Value] {
			s.write(quoted(entry.Key.Value) + ": " + jsonOf(entry.Value) + ",")
		}
	}
}

// close ends one. The comma before it is taken away, because JSON has none there.
func (s *sheet) close(tail string) {
	last := len(s.lines) - 1
	s.lines[last] = strings.TrimSuffix(s.lines[last], ",")
	s.write(tail)
}

// file writes a form as the bill it stands for. What was there before and is not on the form stays.
func (f *form) file(before *text.Node) ([]byte, map[int]string) {
	s := &sheet{places: map[int]string{}}
	s.write("{")
	for _, group := range groups {
		f.group(s, group, before.Get(group))
	}
	s.open(`"bill": {`, numberField)
	s.value("no", strings.TrimSpace(f.Number.Value), numberField)
	f.fees(s, before.Get("bill"))
	s.open(`"paid": {`, "paid")
	shown := map[string]bool{}
	for _, input := range f.Upstream {
		s.enter(input, "paid.", shown)
	}
	s.keep(before.Get("bill").Get("paid"), shown)
	s.close("}")
	s.close("}")
	s.close("}")
	return []byte(strings.Join(s.lines, "\n") + "\n"), s.places
}

// groups are the parts of a bill file beside the bill itself.
var groups = []string{"visit", "application", "approval"}

// enter writes what was typed into an input, if anything was.
func (s *sheet) enter(input field, prefix string, shown map[string]bool) {
	name := strings.TrimPrefix(input.Name, prefix)
	shown[name] = true
	if input.Value != "" {
		s.value(name, tidied(input.Value), input.Name)
	}
}

func (f *form) group(s *sheet, group string, before *text.Node) {
	s.open(quoted(group)+": {", group)
	shown := map[string]bool{}
	for _, input := range append(slices.Clone(f.Visit), f.More...) {
		if strings.HasPrefix(input.Name, group+".") {
			s.enter(input, group+".", shown)
		}
	}
	s.keep(before, shown)
	s.close("},")
}

func (f *form) fees(s *sheet, before *text.Node) {
	s.open(`"lines": [`, numberField)
	for n, l := range f.Lines {
		prefix := linePrefix(n)
		s.open("{", prefix+"amount")
		shown := map[string]bool{}
		for _, input := range append(slices.Clone(l.Fields), l.Amounts...) {
			s.enter(input, prefix, shown)
		}
		if old := before.Get("lines"); old != nil && 0 <= l.From && l.From < len(old.Items) {
			s.keep(old.Items[l.From], shown)
		}
		s.close("},")
	}
	s.close("],")
}

func linePrefix(n int) string { return "line." + strconv.Itoa(n) + "." }

// jsonOf writes a node as it was read, on one line; values are texts, which every reader of a bill takes.
func jsonOf(n *text.Node) string {
	if n.IsNull() {
		return "null"
	}
	var parts []string
	switch n.Kind {
	case text.Mapping:
		for _, field := range n.Fields {
			parts = append(parts, quoted(field.Key.Value)+": "+jsonOf(field.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case text.List:
		for _, item := range n.Items {
			parts = append(parts, jsonOf(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return quoted(n.Value)
	}
}

// values fill a form from a bill file.
func values(before *text.Node) url.Values {
	list := url.Values{}
	for _, group := range groups {
		if n := before.Get(group); n != nil {
			for _, field := range n.Fields {
				list.Set(group+"."+field.Key.Value, plain(field.Value))
			}
		}
	}
	bill := before.Get("bill")
	list.Set(numberField, plain(bill.Get("no")))
	if paid := bill.Get("paid"); paid != nil {
		for _, field := range paid.Fields {
			list.Set("paid."+field.Key.Value, plain(field.Value))
		}
	}
	items := []*text.Node{bill} // a bill without lines is its own only one
	if lines := bill.Get("lines"); lines != nil {
		items = lines.Items
	}
	list.Set("lines", strconv.Itoa(len(items)))
	for n, item := range items {
		prefix := linePrefix(n)
		if bill.Get("lines") != nil {
			list.Set(prefix+"from", strconv.Itoa(n))
		}
		for _, field := range item.Fields {
			if name := field.Key.Value; item != bill || name != "no" && name != "paid" {
				list.Set(prefix+name, plain(field.Value))
			}
		}
	}
	return list
}

// plain is a value as one types it; one with dates and a source is shown by its value.
func plain(n *text.Node) string {
	if n.IsNull() {
		return ""
	}
	if n.Kind == text.Mapping {
		return plain(n.Get("value"))
	}
	return n.Value
}

// explain puts what is wrong with a bill beside the inputs it concerns. It answers false for an error that is not about the form.
func (f *form) explain(v *view, err error, places map[int]string) bool {
	faults := faultsOf(err)
	if len(faults) == 0 {
		return false
	}
	inputs := f.inputs()
	for _, one := range faults {
		if one.Kind == fault.Internal || one.Kind == fault.Unavailable {
			return false
		}
		name := numberField
		if one.At != nil {
			name = places[one.At.Line]
		}
		i := slices.IndexFunc(inputs, func(x *field) bool { return x.Name == name })
		if i < 0 {
			i = slices.IndexFunc(inputs, func(x *field) bool { return strings.HasPrefix(x.Name, name+".") })
		}
		message := one.Message.In(v.lang)
		if i < 0 {
			f.Problems = append(f.Problems, problem{"", message})
			continue
		}
		inputs[i].Problem = message
		f.Problems = append(f.Problems, problem{inputs[i].id(), inputs[i].Label + v.say("：", ": ") + message})
	}
	return true
}

// faultsOf are the faults of a list, or the one there is.
func faultsOf(err error) fault.List {
	var list fault.List
	if errors.As(err, &list) {
		return list
	}
	var one *fault.Error
	if errors.As(err, &one) {
		return fault.List{one}
	}
	return nil
}

// check asks for what no bill can do without, before it is read.
func (f *form) check(v *view) {
	for _, input := range f.inputs() {
		if input.Need && strings.TrimSpace(input.Value) == "" {
			input.Problem = v.say("没有填写", "is not filled in")
			f.Problems = append(f.Problems, problem{input.id(), input.Label + v.say("：", ": ") + input.Problem})
		}
	}
}
