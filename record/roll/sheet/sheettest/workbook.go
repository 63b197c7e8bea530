package sheettest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"doudi/record/roll/sheet"
)

// Workbook is an xlsx file being made, part by part, so that what is wrong with it can be chosen: a library would mend it.
type Workbook struct {
	Tabs  []Tab
	Extra map[string]string // further parts by name
}

// Tab is one sheet.
type Tab struct {
	Name   string
	Hidden bool
	Rows   [][]string // XML of cells without their places: see Text, Number, Day, Formula; "" is no cell
	Merges []string   // such as A1:C1
}

// Text is a cell of text.
func Text(s string) string { return `<c %s t="inlineStr"><is><t>` + escape(s) + `</t></is></c>` }

// Number is a cell of a number as the file keeps it.
func Number(s string) string { return `<c %s><v>` + s + `</v></c>` }

// Day is a number that is shown as a day.
func Day(serial string) string { return `<c %s s="1"><v>` + serial + `</v></c>` }

// Formula is a cell with a formula and the value that was saved with it; "" for none.
func Formula(formula, value string) string {
	if value == "" {
		return `<c %s><f>` + escape(formula) + `</f></c>`
	}
	return `<c %s t="str"><f>` + escape(formula) + `</f><v>` + escape(value) + `</v></c>`
}

// Failed is a formula that failed.
func Failed(formula, shown string) string {
	return `<c %s t="e"><f>` + escape(formula) + `</f><v>` + escape(shown) + `</v></c>`
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// Texts is a row of texts.
func Texts(cells []string) []string {
	row := make([]string, len(cells))
	for i, s := range cells {
		if s != "" {
			row[i] = Text(s)
		}
	}
	return row
}

const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	main       = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	relations  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packageRel = `http://schemas.openxmlformats.org/package/2006/relationships`
	types      = `http://schemas.openxmlformats.org/package/2006/content-types`
	sheetML    = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
)

// Bytes is the file. The same workbook gives the same bytes.
func (w Workbook) Bytes() []byte {
	var buffer bytes.Buffer
	z := zip.NewWriter(&buffer)
	for _, part := range w.parts() {
		header := &zip.FileHeader{Name: part[0], Method: zip.Deflate}
		if len(part[1]) > 1<<20 && strings.HasPrefix(part[0], "xl/worksheets/") {
			header.Method = zip.Store // packing it would only take time
		}
		f, err := z.CreateHeader(header)
		if err == nil {
			_, err = f.Write([]byte(part[1]))
		}
		must(err)
	}
	must(z.Close())
	return buffer.Bytes()
}

// must stops the test: writing to memory does not fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (w Workbook) parts() [][2]string {
	var overrides, sheets, rels strings.Builder
	var parts [][2]string
	for i, tab := range w.Tabs {
		n := i + 1
		fmt.Fprintf(&overrides, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, sheetML)
		state := ""
		if tab.Hidden {
			state = ` state="hidden"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, escape(tab.Name), n, state, n)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relations, n)
		parts = append(parts, [2]string{fmt.Sprintf("xl/worksheets/sheet%d.xml", n), tab.xml()})
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/>`, len(w.Tabs)+1, relations)
	parts = append(parts,
		[2]string{"[Content_Types].xml", xmlHead + `<Types xmlns="` + types + `"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + sheetML + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + sheetML + `styles+xml"/>` + overrides.String() + `</Types>`},
		[2]string{"_rels/.rels", xmlHead + `<Relationships xmlns="` + packageRel + `"><Relationship Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		[2]string{"xl/workbook.xml", xmlHead + `<workbook xmlns="` + main + `" xmlns:r="` + relations + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		[2]string{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + packageRel + `">` + rels.String() + `</Relationships>`},
		[2]string{"xl/styles.xml", xmlHead + `<styleSheet xmlns="` + main + `"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`},
	)
	for name, content := range w.Extra {
		parts = append(parts, [2]string{name, content})
	}
	return parts
}

func (t Tab) xml() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<worksheet xmlns="` + main + `"><sheetData>`)
	for i, row := range t.Rows {
		fmt.Fprintf(&b, `<row r="%d">`, i+1)
		for j, cell := range row {
			if cell != "" {
				fmt.Fprintf(&b, strings.Replace(cell, "%s", "%[1]s", 1), fmt.Sprintf(`r="%s%d"`, sheet.Letter(j+1), i+1))
			}
		}
		b.WriteString(`</row>`)
	}
	b.WriteString(`</sheetData>`)
	if len(t.Merges) > 0 {
		fmt.Fprintf(&b, `<mergeCells count="%d">`, len(t.Merges))
		for _, m := range t.Merges {
			fmt.Fprintf(&b, `<mergeCell ref="%s"/>`, m)
		}
		b.WriteString(`</mergeCells>`)
	}
	b.WriteString(`</worksheet>`)
	return b.String()
}
