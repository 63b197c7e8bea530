package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Report collects everything that is wrong with a document, so that its author sees all of it at once.
type Report struct{ List fault.List }

// Add records an error; a nil error is nothing.
func (r *Report) Add(err error) {
	switch e := err.(type) {
	case nil:
	case *fault.Error:
		if e != nil {
			r.List = append(r.List, e)
		}
	case fault.List:
		r.List = append(r.List, e...)
	default:
		r.List = append(r.List, &fault.Error{Kind: fault.Internal, Code: "internal", Cause: err, Message: fault.Text{ZH: "内部错误", EN: "internal error"}})
	}
}

// At records an error at a node.
func (r *Report) At(n *Node, code string, message fault.Text, hint fault.Text) {
	r.Add(n.Fault(code, message, hint))
}

// Err is nil when nothing was recorded.
func (r *Report) Err() error { return r.List.Err() }

// Say is a message in both languages.
func Say(zh, en string, args ...any) fault.Text {
	if len(args) == 0 {
		return fault.Text{ZH: zh, EN: en}
	}
	return fault.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}

// Tell is Say with texts among the arguments put in each language, and amounts with separators.
func Tell(zh, en string, args ...any) fault.Text {
	in := func(lang string) []any {
		shown := make([]any, len(args))
		for i, arg := range args {
			switch arg := arg.(type) {
			case fault.Text:
				shown[i] = arg.In(lang)
			case money.Fen:
				shown[i] = arg.Grouped()
			default:
				shown[i] = arg
			}
		}
		return shown
	}
	return fault.Text{ZH: fmt.Sprintf(zh, in("zh")...), EN: fmt.Sprintf(en, in("en")...)}
}

// DidYouMean is the hint that names the nearest known word, or none.
func DidYouMean(name string, known []string) fault.Text {
	near := fault.Nearest(name, known)
	if near == "" {
		return fault.Text{}
	}
	return Say("是否想写 %s？", "did you mean %s?", near)
}

// DidYouMeanOr is that hint, or another one where no known word is near.
func DidYouMeanOr(name string, known []string, otherwise fault.Text) fault.Text {
	if near := DidYouMean(name, known); near.ZH != "" {
		return near
	}
	return otherwise
}

// OneOf is that hint, or where no known word is near the one that names them all.
func OneOf(name string, known []string) fault.Text { return DidYouMeanOr(name, known, Known(known)) }

// Known is the hint that names all known words, not too many of them.
func Known(words []string) fault.Text {
	const most = 20
	if len(words) > most {
		words = append(words[:most:most], "…")
	}
	return Say("可用：%s", "known: %s", strings.Join(words, " "))
}

// Map is a mapping being read: each key that is asked for is marked, the rest are refused by Done.
type Map struct {
	Node   *Node
	report *Report
	asked  []string
	refuse bool // the mapping is absent or none, which has been recorded: what it lacks is not recorded as well
}

// Map reads a node as a mapping; anything else is recorded and read as an empty one.
func (r *Report) Map(n *Node) *Map {
	if n.IsNull() {
		return &Map{Node: n, report: r, refuse: n == nil}
	}
	if n.Kind != Mapping {
		r.At(n, "text.not-a-mapping", Say("这里要写“键: 值”", "expected “key: value” pairs"), fault.Text{})
		return &Map{Node: &Node{Kind: Null, Line: n.Line, Column: n.Column, source: n.source}, report: r, refuse: true}
	}
	return &Map{Node: n, report: r}
}

// Get is the value of an optional key; nil when absent or null.
func (m *Map) Get(key string) *Node {
	if m.Node.IsNull() {
		return nil
	}
	m.asked = append(m.asked, key)
	if v := m.Node.Get(key); !v.IsNull() {
		return v
	}
	return nil
}

// Need is the value of a required key; its absence is recorded.
func (m *Map) Need(key string) *Node {
	v := m.Get(key)
	if v == nil && !m.refuse {
		m.report.At(m.Node, "text.missing-key", Say("缺少 %s", "%s is missing", key), fault.Text{})
	}
	return v
}

// Text is an optional scalar, "" when absent.
func (m *Map) Text(key string) string { return m.report.Text(m.Get(key)) }

// Texts is an optional list of scalars; a single scalar counts as a list of one.
func (m *Map) Texts(key string) []string {
	var texts []string
	for _, item := range m.report.Items(m.Get(key)) {
		texts = append(texts, m.report.Text(item))
	}
	return texts
}

// Fields are a mapping's keys and values in written order, whatever the keys are; none of nothing.
func (r *Report) Fields(n *Node) []Field {
	if m := r.Map(n); m.Node != nil {
		return m.Node.Fields
	}
	return nil
}

// Done records every key that nobody asked for, with the nearest known one.
func (m *Map) Done() {
	if m.Node == nil {
		return
	}
	for _, field := range m.Node.Fields {
		if !slices.Contains(m.asked, field.Key.Value) {
			m.report.At(field.Key, "text.unknown-key", Say("不认识的键 %s", "unknown key %s", field.Key.Value), DidYouMean(field.Key.Value, m.asked))
		}
	}
}

// Text reads a scalar; nil and null are "".
func (r *Report) Text(n *Node) string {
	if n.IsNull() {
		return ""
	}
	if n.Kind != Scalar {
		r.At(n, "text.not-a-value", Say("这里要写一个值", "expected a single value"), fault.Text{})
		return ""
	}
	return n.Value
}

// Items reads a list; a single scalar or mapping counts as a list of one.
func (r *Report) Items(n *Node) []*Node {
	switch {
	case n.IsNull():
		return nil
	case n.Kind == List:
		return n.Items
	default:
		return []*Node{n}
	}
}

// Int reads a whole number.
func (r *Report) Int(n *Node) int64 {
	if !r.written(n) {
		return 0
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		r.At(n, "text.not-a-number", Say("这里要写整数，写的是“%s”", "expected a whole number, found “%s”", n.Value), fault.Text{})
		return 0
	}
	return v
}

// Blank tells whether nothing stands at a node where a value belongs, and records it: unknown is neither zero nor no. An
// absent node (nil) has been recorded already, by Need, if it is required.
func (r *Report) Blank(n *Node) bool {
	if n != nil && n.Kind == Null {
		r.At(n, "text.blank", Say("这里空着", "nothing is written here"), Say("不知道就不写这一项；是零就写 0", "leave the entry out if it is not known; write 0 if it is zero"))
	}
	return n.IsNull()
}

// written tells whether a single value stands at a node, and records what stands there instead.
func (r *Report) written(n *Node) bool {
	if r.Blank(n) {
		return false
	}
	if n.Kind != Scalar {
		r.Text(n) // refuses it
		return false
	}
	return true
}

// Bool reads true or false.
func (r *Report) Bool(n *Node) bool {
	switch v := r.Text(n); v {
	case "true":
		return true
	case "false", "":
		return false
	default:
		r.At(n, "text.not-a-bool", Say("这里要写 true 或 false，写的是“%s”", "expected true or false, found “%s”", v), fault.Text{})
		return false
	}
}

// Money reads an amount in yuan.
func (r *Report) Money(n *Node) money.Fen { return parse(r, n, money.ParseYuan) }

// Rate reads a rate such as 80%.
func (r *Report) Rate(n *Node) money.Rate { return parse(r, n, money.ParseRate) }

// Day reads a day such as 2021-06-28.
func (r *Report) Day(n *Node) period.Day { return parse(r, n, period.ParseDay) }

// Month reads a month such as 2021-11.
func (r *Report) Month(n *Node) period.Month { return parse(r, n, period.ParseMonth) }

// parse runs a kernel parser on a scalar and moves its error to the scalar's place.
func parse[T any](r *Report, n *Node, parser func(string) (T, error)) T {
	var none T
	if !r.written(n) {
		return none
	}
	value, err := parser(n.Value)
	if err != nil {
		r.Add(Placed(err, n))
		return none
	}
	return value
}

// Placed gives an error that stands in no file the place of the node it was found at. A parser of the kernel knows the
// place inside the text it was given; that becomes the place in the file.
func Placed(err error, n *Node) error {
	e, ok := err.(*fault.Error)
	if !ok || e == nil || e.At != nil && e.At.Line > 0 {
		return err
	}
	placed := *e
	if placed.At = n.Position(); e.At != nil {
		placed.At = n.Inside(1, e.At.Column-1, e.At.Width)
	}
	return &placed
}
