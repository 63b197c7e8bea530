package main

import (
	"bytes"
	"encoding/json"
	"os"

	"doudi/serve/present"
)

// options are how results are told here.
func (a *app) options(g *given) present.Options {
	return present.Options{Lang: a.lang, HideSensitive: g.hide, Why: g.why}
}

// print puts a finished page on the output. Everything is drawn before the first byte goes out, so that an error never
// follows half a result.
func (a *app) print(pages ...*present.Page) error {
	var b bytes.Buffer
	for i, page := range pages {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(present.Draw(page, a.coloured()))
	}
	_, err := a.out.Write(b.Bytes())
	return err
}

// printJSON puts a view on the output.
func (a *app) printJSON(view any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(view); err != nil {
		return err
	}
	_, err := a.out.Write(b.Bytes())
	return err
}

// coloured tells whether the output is a terminal that shows colours; NO_COLOR is respected.
func (a *app) coloured() bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && isTerminal(a.out)
}
