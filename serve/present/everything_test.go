package present_test

import (
	"slices"
	"strings"
	"testing"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

// Whatever the cases of the shipped packs decide can be told: every page fits its width in both languages and says
// everything it begins to say, and every view is as docs/schema describes it.
func TestEveryShippedCase(t *testing.T) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	if err := library.LoadAll(packs.Files); err != nil {
		t.Fatal(err)
	}
	all := readSchemas(t)
	for _, p := range library.Packs {
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			cases, err := proof.Read(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				if c.Refused == nil {
					tellCase(t, all, c)
				}
			}
		})
	}
}

func tellCase(t *testing.T, all schemas, c *proof.Case) {
	t.Helper()
	var blocks []string
	for _, field := range c.Expect {
		blocks = append(blocks, field.Key.Value)
	}
	b, s := c.Basis(), c.Subject
	for _, o := range []present.Options{zh, en, {Lang: "en", HideSensitive: true, Short: true}} {
		for _, told := range tell(t, b, s, c.On, blocks, o) {
			wellDrawn(t, c.Name, present.Draw(told.page, false), o)
			if o == zh { // what is said is the same in every language, and it is said above
				wellMade(t, c.Name, render(t, present.Fragment(told.page)), o)
			}
			all.view(t, told.view)
		}
	}
}

// told is a result as a page and as a view.
type told struct {
	page *present.Page
	view any
}

// tell decides the blocks of a pack that are asked for; what refuses to be decided has nothing to tell.
func tell(t *testing.T, b *policy.Basis, s *subject.Subject, on period.Day, blocks []string, o present.Options) []told {
	var list []told
	add := func(err error, page func() *present.Page, view func() any) {
		if err == nil {
			list = append(list, told{page(), view()})
		}
	}
	asked := func(id string) bool { return slices.Contains(blocks, id) }
	if s.Bill != nil {
		r, err := settle.Settle(b, s)
		if err == nil && o == zh {
			if w := present.Layers(r, s, o); w != nil {
				wellMade(t, "desk", render(t, present.Desk(w)), o)
			}
		}
		add(err, func() *present.Page { return present.Statement(r, s, o) }, func() any { return present.ViewStatement(r, s, o) })
	}
	for _, x := range b.Pack.Benefits {
		if asked(x.ID) {
			r, err := entitle.One(b, s, x, on)
			due := present.Due{Outcome: r}
			add(err, func() *present.Page { return present.Benefit(due, s, o) }, func() any { return present.ViewBenefit(due, s, o) })
		}
	}
	for _, x := range b.Pack.Services {
		if asked(x.ID) {
			r, err := entitle.Serve(b, s, x, on)
			add(err, func() *present.Page { return present.Service(r, s, o) }, func() any { return present.ViewService(r, s, o) })
		}
	}
	for _, x := range b.Pack.Procedures {
		if asked(x.ID) {
			r, err := entitle.Steps(b, s, x, on)
			add(err, func() *present.Page { return present.Procedure(r, s, o) }, func() any { return present.ViewProcedure(r, s, o) })
		}
	}
	for _, x := range b.Pack.Screens {
		if asked(x.ID) {
			r, err := entitle.Find(b, s, x, on)
			add(err, func() *present.Page { return present.Screen(r, s, o) }, func() any { return present.ViewScreen(r, s, o) })
		}
	}
	for _, x := range b.Pack.Duties {
		if asked(x.ID) {
			r, err := entitle.Owe(b, s, x, on)
			add(err, func() *present.Page { return present.Duty(r, s, o) }, func() any { return present.ViewDuty(r, s, o) })
		}
	}
	for _, x := range b.Pack.Transition {
		if asked(x.ID) {
			r, err := entitle.Cross(b, s, x, on)
			add(err, func() *present.Page { return present.Transition(r, s, o) }, func() any { return present.ViewTransition(r, s, o) })
		}
	}
	return list
}

// wellDrawn finds lines that are too wide, and places where a sentence lost its words.
func wellDrawn(t *testing.T, name, drawn string, o present.Options) {
	t.Helper()
	for _, line := range strings.Split(drawn, "\n") {
		if fault.Columns(line) > present.Width {
			t.Errorf("%s: a line of %d columns: %s", name, fault.Columns(line), line)
		}
	}
	wellSaid(t, name, drawn, o)
}

// wellSaid finds places where a sentence lost its words.
func wellSaid(t *testing.T, name, drawn string, o present.Options) {
	t.Helper()
	for _, broken := range []string{"%!", "（）", " ()", "“”", "<nil>"} {
		if strings.Contains(drawn, broken) {
			t.Errorf("%s (%s) shows %s:\n%s", name, o.Lang, broken, drawn)
		}
	}
}

// wellMade finds tags that are not closed and places where a sentence lost its words.
func wellMade(t *testing.T, name, made string, o present.Options) {
	t.Helper()
	wellSaid(t, name, made, o)
	for _, tag := range []string{"table", "tr", "td", "th", "ul", "li", "dl", "section", "span", "small"} {
		if open, closed := strings.Count(made, "<"+tag+">")+strings.Count(made, "<"+tag+" "), strings.Count(made, "</"+tag+">"); open != closed {
			t.Errorf("%s: %d <%s>, %d closed:\n%s", name, open, tag, closed, made)
		}
	}
}
