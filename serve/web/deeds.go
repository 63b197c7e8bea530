package web

import (
	"bytes"
	_ "embed" // the table of deeds
	"encoding/csv"
	"sync"

	"doudi/kernel/fault"
)

//go:embed deeds.csv
var deedsTable []byte

// deeds are what entries of the log are about, in words, by the name they are kept under.
var deeds = sync.OnceValue(func() map[string]fault.Text {
	lines, err := csv.NewReader(bytes.NewReader(deedsTable)).ReadAll()
	if err != nil {
		panic(err) // the table is part of the program, and a test reads it
	}
	list := map[string]fault.Text{}
	for _, l := range lines[1:] {
		list[l[0]] = fault.Text{ZH: l[1], EN: l[2]}
	}
	return list
})

// deed is what an entry is about; a name that nobody has put into words yet is shown as it is.
func (v *view) deed(name string) string {
	if words, ok := deeds()[name]; ok {
		return v.in(words)
	}
	return name
}
