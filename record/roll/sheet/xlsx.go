package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// workbook is an xlsx file. It is read here and not by the library that writes ours: that one hands out texts only, so that a number is
// not told from digits written as text, or a formula from its value, and it ends a damaged sheet as if it were complete
// (docs/decisions/0016).
type workbook struct {
	parts   map[string]*zip.File
	sheets  []sheetPart
	strings *stringTable
	formats []format // of cells
	mac1904 bool
	limits  Limits
}

// format is how a cell shows its number.
type format struct {
	day   bool // as a day
	zeros int  // with zeros in front, up to so many digits
}

type sheetPart struct {
	name   string
	path   string
	hidden bool
	merges []area // nil until read
	read   bool
}

// openWorkbook reads what all sheets share.
func openWorkbook(source Source, limits Limits) (*workbook, error) {
	archive, err := zip.NewReader(source.Content, source.Size)
	if err != nil {
		return nil, broken(err)
	}
	w := &workbook{parts: map[string]*zip.File{}, limits: limits}
	for _, f := range archive.File {
		w.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	for _, check := range []func() error{w.known, w.plausible, w.readSheets, w.readStyles, w.readStrings} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *workbook) has(name string) bool { return w.parts[name] != nil }

// known refuses archives that are no workbooks, or hold programs.
func (w *workbook) known() error {
	switch {
	case w.has("xl/vbaproject.bin"):
		return macros()
	case w.has("xl/workbook.bin"):
		return binaryWorkbook()
	case w.has("xl/workbook.xml"):
		return nil
	case w.has("content.xml") && w.has("mimetype"):
		return openDocument()
	case w.has("word/document.xml"):
		return notATable("Word")
	}
	return notATable("ZIP")
}

// suspicious is the size under which a part is not measured: a short part of blanks packs to almost nothing.
const suspicious = 1 << 20

// plausible refuses what would unpack to more than a workbook can be. The archive says its sizes itself; a part that is longer than it says
// is found when it is read.
func (w *workbook) plausible() error {
	total := uint64(0)
	for _, f := range w.parts {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > suspicious && f.UncompressedSize64 > uint64(w.limits.Ratio)*max(f.CompressedSize64, 1) {
			return bomb()
		}
	}
	if total > uint64(w.limits.Unpacked) {
		return bomb()
	}
	return nil
}

// open opens a part; nobody reads more of it than it says.
func (w *workbook) open(name string) (io.ReadCloser, error) {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return nil, broken(errors.New("no part " + name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	return r, nil
}

// each walks through the elements of a part.
func (w *workbook) each(name string, size int, start func(*partReader, xml.StartElement) error) error {
	r, err := w.open(name)
	if err != nil {
		return err
	}
	p := newPartReader(r, size)
	defer p.close()
	for {
		token, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return partFault(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := start(p, e); err != nil {
				return partFault(err)
			}
		}
	}
}

// partFault leaves our faults alone; anything else means a damaged part.
func partFault(err error) error {
	switch {
	case err == nil, fromUs(err):
		return err
	case errors.Is(err, errRation):
		return bomb()
	}
	return broken(err)
}

// smallPart bounds what stands between two tags of the parts that describe a workbook.
const smallPart = 1 << 20

// readSheets finds the sheets in their order.
func (w *workbook) readSheets() error {
	targets := map[string]string{}
	err := w.each("xl/_rels/workbook.xml.rels", smallPart, func(_ *partReader, e xml.StartElement) error {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attribute(e, "Type"), "/worksheet") {
			targets[attribute(e, "Id")] = resolve(attribute(e, "Target"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.each("xl/workbook.xml", smallPart, func(_ *partReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			w.mac1904 = truth(attribute(e, "date1904"))
		case "sheet":
			if target := targets[attribute(e, "id")]; target != "" && w.has(strings.ToLower(target)) {
				state := attribute(e, "state")
				if len(w.sheets) == sheetsAtMost {
					return broken(errors.New("more sheets than anybody reads"))
				}
				w.sheets = append(w.sheets, sheetPart{name: attribute(e, "name"), path: target, hidden: state == "hidden" || state == "veryHidden"})
			}
		}
		return nil
	})
}

// sheetsAtMost bounds how many sheets a workbook may have.
const sheetsAtMost = 1000

func truth(s string) bool { return s == "1" || s == "true" }

// resolve is the path of a part that the workbook refers to.
func resolve(target string) string {
	if rooted, ok := strings.CutPrefix(target, "/"); ok {
		return rooted
	}
	return path.Join("xl", target)
}

func (w *workbook) visible() []string {
	var names []string
	for _, s := range w.sheets {
		if !s.hidden {
			names = append(names, s.name)
		}
	}
	return names
}

// readStyles finds out how cell formats show a number.
func (w *workbook) readStyles() error {
	if !w.has("xl/styles.xml") {
		return nil
	}
	custom := map[string]format{}
	inCells := false
	return w.each("xl/styles.xml", smallPart, func(_ *partReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			custom[attribute(e, "numFmtId")] = formatOf(attribute(e, "formatCode"))
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if id := attribute(e, "numFmtId"); inCells {
				shows, known := custom[id]
				if !known {
					shows.day = builtinDay(id)
				}
				w.formats = append(w.formats, shows)
			}
		}
		return nil
	})
}

func formatOf(code string) format {
	if code != "" && strings.Trim(code, "0") == "" {
		return format{zeros: len(code)}
	}
	return format{day: showsDay(code)}
}

// builtinDay knows the numbers of the formats that need not be described (ECMA-376 part 1, 18.8.30, Chinese ones included).
func builtinDay(id string) bool {
	switch id {
	case "14", "15", "16", "17", "22", "27", "28", "29", "30", "31", "36", "50", "51", "52", "53", "54", "57", "58":
		return true
	}
	return false
}

// showsDay tells whether a format has a year or a day in it; what stands in brackets or quotes is a colour, a language or a text.
func showsDay(format string) bool {
	bracket, quoted := false, false
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case !bracket && strings.IndexByte("yYdD", c) >= 0:
			return true
		case c == ';': // what follows is for negative numbers and text
			return false
		}
	}
	return false
}

// stringTable holds the texts that cells share, one behind the other. It is all of a workbook that is kept in memory.
type stringTable struct {
	text []byte
	ends []uint32
}

func (t *stringTable) at(i int) (string, bool) {
	if t == nil || i < 0 || i >= len(t.ends) {
		return "", false
	}
	begin := uint32(0)
	if i > 0 {
		begin = t.ends[i-1]
	}
	return string(t.text[begin:t.ends[i]]), true
}

func (w *workbook) readStrings() error {
	name := "xl/sharedstrings.xml"
	if !w.has(name) {
		return nil
	}
	w.strings = &stringTable{}
	return w.each(name, w.limits.Cell, func(p *partReader, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		var err error
		w.strings.text, err = p.texts(w.strings.text, "si")
		w.strings.ends = append(w.strings.ends, uint32(len(w.strings.text)))
		if len(w.strings.text)+4*len(w.strings.ends) > w.limits.Texts {
			return textsTooMany(w.limits.Texts)
		}
		return err
	})
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
