package web

import (
	"testing"

	"pgregory.net/rapid"

	"doudi/decide/text"
)

// Whatever is typed becomes a file that can be read, and comes back into the form as it was typed; each value stands on the line that its
// input is told about.
func TestFormAndFile(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("a0.\"\\/<>{}[]:,#' 九𠮷\u202e\t")), 0, 12, -1)
		f := form{Number: field{Name: numberField, Value: "x" + word.Draw(r, "number") + "x"},
			Visit: []field{{Name: "visit.kind", Value: word.Draw(r, "kind")}}, More: []field{{Name: "application.matter", Value: word.Draw(r, "matter")}},
			Upstream: []field{{Name: "paid.basic_insurance", Value: word.Draw(r, "paid")}}}
		for n := range rapid.IntRange(1, 4).Draw(r, "lines") {
			f.Lines = append(f.Lines, line{From: -1, Fields: []field{{Name: linePrefix(n) + "item", Value: word.Draw(r, "item")}},
				Amounts: []field{{Name: linePrefix(n) + "amount", Value: word.Draw(r, "amount")}}})
		}
		content, places := f.file(nil)
		node, err := text.Parse(fileName, content)
		if err != nil {
			r.Skip() // control characters are refused with their line, which the summary of the form tells
		}
		back := values(node)
		for _, input := range f.inputs() {
			if want := tidied(input.Value); want != "" && back.Get(input.Name) != want {
				r.Fatalf("%s was %q and came back as %q:\n%s", input.Name, want, back.Get(input.Name), content)
			}
		}
		if at := node.Get("bill").Get("no"); places[at.Line] != numberField {
			r.Fatalf("line %d is told about at %q:\n%s", at.Line, places[at.Line], content)
		}
	})
}
