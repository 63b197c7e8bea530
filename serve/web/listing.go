package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Pages that list things, and cards on which two people decide, are drawn alike everywhere: by [listPage], [tableOf] and [decisionCard]. A page
// says what is in them, never how they look. The rows of a table are the children of its template:
//
//	@listPage(v, listing{
//		Title: v.say("发放批次", "Payment batches"),
//		Tabs:  tabs,
//		Table: table{Name: …, Columns: []column{{Name: v.say("批次", "Batch")}, {Name: v.say("金额（元）", "Yuan"), Figures: true}},
//			Shown: len(list), Empty: v.say("没有这样的批次。…", "…"), Next: v.further("before", last)},
//	}) {
//		for _, b := range list {
//			<tr><th scope="row"><a href={ … }>{ b.Number }</a></th><td class="num amt">{ b.Total.Grouped() }</td></tr>
//		}
//	}
//
// In a row, what names the thing is the only th and its link the only one; on a phone a cell shows the word of its data-l, and the amount
// (class amt) stands beside the name.

// listing is a page that lists things.
type listing struct {
	Title  string
	Act    link    // what one comes to begin, on F2; none without a name
	Files  []link  // the list as files
	Tabs   []tab   // of one state or kind each
	Fields []field // by which the list can be narrowed, four at most; they travel in the address
	Table  table
}

// link is an address with its name.
type link struct{ Name, Path string }

// tab is a list narrowed in one way.
type tab struct {
	link
	Count string // of what is in it; "" where nobody counted
	Here  bool
}

// table is a table with what is said when it is empty, and where it goes on.
type table struct {
	Name    string // said to who cannot see it
	Columns []column
	Shown   int      // how many rows; with none, Empty is said instead
	Empty   string   // why nothing is there, and what to do next
	Next    string   // the address of the next page; "" at the end
	Foot    string   // how many rows there are; "" where nobody counted
	Sum     []string // what all rows of the list come to, not only those shown, column by column: the first says of what; none where there is no money
}

// column is the head of one column; figures are set to the right.
type column struct {
	Name    string
	Figures bool
}

// tabsBy are tabs by the values of one part of the address, "" for all.
func (v *view) tabsBy(name string, values []string, label func(string) string) (list []tab) {
	for _, value := range values {
		q := url.Values{}
		if value != "" {
			q.Set(name, value)
		}
		list = append(list, tab{link: link{label(value), addressWith(v.r.URL.Path, q)}, Here: v.r.URL.Query().Get(name) == value})
	}
	return list
}

// further is the address of this list from a row on, with the filters it has.
func (v *view) further(cursor, from string) string {
	q := v.r.URL.Query()
	q.Set(cursor, from)
	return addressWith(v.r.URL.Path, q)
}

// cursors are the parts of an address that say where in a list one is.
var cursors = []string{"before", "after", "page"}

// narrowed are the filters of the address that a list can be freed of: each with the list without it.
func (v *view) narrowed(fields []field) (list []link) {
	for _, f := range fields {
		q := v.r.URL.Query()
		if q.Get(f.Name) == "" {
			continue
		}
		for _, name := range append(cursors, f.Name) {
			q.Del(name)
		}
		list = append(list, link{f.Label + v.say("：", ": ") + f.shown(), addressWith(v.r.URL.Path, q)})
	}
	return list
}

// orAny is a filter whose choice of none leaves everything in the list.
func (f field) orAny(v *view) field {
	if f.Unchosen == "" {
		f.Unchosen = v.say("全部", "All")
	}
	return f
}

// shown is a field's value as people read it.
func (f field) shown() string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	return f.Value
}

// later tells whether a list is not shown from its beginning, and where it begins.
func (v *view) later() (begins string, later bool) {
	q := v.r.URL.Query()
	later = slices.ContainsFunc(cursors, q.Has)
	for _, name := range cursors {
		q.Del(name)
	}
	return addressWith(v.r.URL.Path, q), later && v.r.Method == http.MethodGet
}

// carried are the tabs' parts of the address, which narrowing a list further keeps.
func (v *view) carried(fields []field) (list [][2]string) {
	for name, values := range v.r.URL.Query() {
		filter := slices.ContainsFunc(fields, func(f field) bool { return f.Name == name })
		if !filter && !slices.Contains(cursors, name) {
			list = append(list, [2]string{name, values[0]})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return list
}

func addressWith(path string, q url.Values) string {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// decision is what stands to be decided about something by two people: where it stands, who made and who checked it, and what the post
// that looks may do now. Its buttons stay at the foot of the page; the last one is what the page is for, on F9.
type decision struct {
	Title  string
	State  string // in words
	Class  string // of the state's colour
	Hands  []hand
	Why    string // why the one who looks may not decide it
	Fields []field
	Acts   []act // none: nothing is to be done, or not by this post
	Key    string
}

// hand is a step that one of the people took, or has yet to take.
type hand struct {
	Step, Who string
	When      time.Time
}

// act is one of the things that can be done: its name says with what consequence.
type act struct {
	Name, Path string
	Danger     bool
}

// when is an instant for people.
func (v *view) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return dayOf(t).String() + " " + clock(t)
}
