package present_test

import (
	"os"
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

// Whatever a bill file holds, it is refused with a named error or told in full.
func FuzzStatement(f *testing.F) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		f.Fatal(err)
	}
	p, err := library.Load(os.DirFS("testdata"), "pack")
	if err != nil {
		f.Fatal(err)
	}
	b := policy.NewBasis(p, nil)
	f.Add([]byte(stay))
	f.Add([]byte(disabled))
	f.Add([]byte("visit: {kind: inpatient}\nbill: {amount: 1.00, in_scope: 1.00}"))
	f.Add([]byte("name: \"\\e[2J\"\nvisit: {kind: inpatient, discharged: 2024-05-01}\nbill: {amount: 0.00, in_scope: 0.00}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		doc, err := text.Parse("bill.yaml", content)
		if err != nil {
			named(t, err)
			return
		}
		s, err := subject.Read(p.Vocabulary, doc)
		if err != nil {
			named(t, err)
			return
		}
		result, err := settle.Settle(b, s)
		if err != nil {
			named(t, err)
			return
		}
		for _, o := range []present.Options{zh, {Lang: "en", HideSensitive: true}} {
			drawn := present.Draw(present.Statement(result, s, o), false)
			for _, line := range strings.Split(drawn, "\n") {
				if fault.Columns(line) > present.Width || strings.Contains(line, "\x1b") {
					t.Errorf("not fit for a terminal: %q", line)
				}
			}
		}
	})
}

func named(t *testing.T, err error) {
	t.Helper()
	if fault.KindOf(err) == fault.Internal {
		t.Errorf("an error without a name: %v", err)
	}
}
