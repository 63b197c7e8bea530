// Package sheettest makes the broken files that imports are tested with: for each template a folder of files as offices send them, each wrong
// in one way. The small ones stand in testdata/<template>, each with what reading it says beside it (….read); [Folders] opens
// them. The large ones, a cell of 10 MB and a zip bomb, are made when they are needed.
package sheettest

import (
	"bytes"
	"embed"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/encoding/simplifiedchinese"

	"doudi/record/roll/sheet"
)

//go:embed testdata
var testdata embed.FS

// Folders holds one folder for each template, named by its id, with the small broken files and what reading them says.
func Folders() fs.FS {
	sub, err := fs.Sub(testdata, "testdata")
	must(err)
	return sub
}

// File is a file that somebody sends.
type File struct {
	Name    string
	Content []byte
}

// Source is the file to be read.
func (f File) Source() sheet.Source {
	return sheet.Source{Name: f.Name, Content: bytes.NewReader(f.Content), Size: int64(len(f.Content))}
}

// broken are the ways in which a file is made; nil when a template has no column that can be wrong in this way.
var broken = []struct {
	name string
	make func(Roll) []byte
}{
	{"clean.xlsx", func(r Roll) []byte { return Workbook{Tabs: []Tab{r.Tab("花名册", r.title())}}.Bytes() }},
	{"gbk.csv", func(r Roll) []byte { return gbk(CSV(r.Table())) }},
	{"bom-tabs.txt", func(r Roll) []byte {
		return append([]byte("\xef\xbb\xbf"), bytes.ReplaceAll(CSV(r.Table()), []byte(","), []byte("\t"))...)
	}},
	{"second-sheet.xlsx", func(r Roll) []byte {
		return Workbook{Tabs: []Tab{instructions, r.Tab("花名册", "")}}.Bytes()
	}},
	{"wrong-sheet.xlsx", func(Roll) []byte { return Workbook{Tabs: []Tab{instructions}}.Bytes() }},
	{"two-sheets.xlsx", func(r Roll) []byte {
		return Workbook{Tabs: []Tab{r.Tab("东河镇", ""), r.Tab("西河镇", "")}}.Bytes()
	}},
	{"merged.xlsx", merged},
	{"shifted.csv", shifted},
	{"columns-moved.csv", columnsMoved},
	{"column-renamed.csv", columnRenamed},
	{"column-twice.csv", columnTwice},
	{"mojibake.csv", func(r Roll) []byte { return mojibake(CSV(r.Table())) }},
	{"garbled-row.csv", func(r Roll) []byte { return garbled(r.Clone()) }},
	{"scientific.csv", scientific},
	{"numbers.xlsx", numbers},
	{"days.csv", days},
	{"days.xlsx", dayCells},
	{"duplicate-rows.csv", func(r Roll) []byte { return CSV(append(r.Table(), r.Rows[1], r.Rows[1])) }},
	{"formulas.xlsx", formulas},
	{"two-people-one-id.csv", twoPeopleOneID},
	{"one-person-two-ids.csv", onePersonTwoIDs},
	{"sums-and-signatures.csv", sums},
	{"quote-missing.csv", quoteMissing},
	{"old.xls", func(Roll) []byte { return append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 512)...) }},
	{"page.xls", func(r Roll) []byte {
		return []byte("<html><table><tr><td>" + strings.Join(r.Header(), "</td><td>") + "</td></tr></table></html>")
	}},
	{"cut-off.xlsx", func(r Roll) []byte { return cutOff(Workbook{Tabs: []Tab{r.Tab("花名册", "")}}.Bytes()) }},
}

// Files are the small files of a template.
func Files(t *sheet.Template) []File {
	var files []File
	for _, b := range broken {
		if content := b.make(Clean(t)); content != nil {
			files = append(files, File{b.name, content})
		}
	}
	return files
}

// Large are the files of a template that are too large to be kept: a cell of 10 MB, as workbook and as text, and a zip bomb.
func Large(t *sheet.Template) []File {
	r := Clean(t)
	r.Rows[2][len(r.Rows[2])-1] = long()
	bomb := Workbook{Tabs: []Tab{Clean(t).Tab("花名册", "")}, Extra: map[string]string{"xl/media/image1.png": strings.Repeat("\x00", 16<<20)}}
	return []File{
		{"cell-10mb.xlsx", Workbook{Tabs: []Tab{r.Tab("花名册", "")}}.Bytes()},
		{"cell-10mb.csv", CSV(r.Table())},
		{"bomb.xlsx", bomb.Bytes()},
	}
}

// long is a text of 10 MB that does not pack to almost nothing.
var long = sync.OnceValue(func() string {
	chance := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < 10<<20 {
		b.WriteRune('一' + rune(chance.IntN(20000)))
	}
	return b.String()
})

// instructions is a sheet that stands before the data, or instead of them.
var instructions = Tab{Name: "填表说明", Rows: [][]string{
	Texts([]string{"填表说明"}), Texts([]string{"一、姓名与身份证一致。"}), Texts([]string{"二、每人一行，不得合并单元格。"}),
}}

func gbk(utf8 []byte) []byte {
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes(utf8)
	must(err)
	return b
}

// mojibake is what becomes of UTF-8 that is opened as GBK and saved as UTF-8.
func mojibake(utf8 []byte) []byte {
	b, err := simplifiedchinese.GBK.NewDecoder().Bytes(utf8)
	must(err)
	return b
}

// garbled loses characters of a name, or of whatever text comes first, in two ways.
func garbled(r Roll) []byte {
	column := max(r.First("person.name", "payee.name", "head.name"), 0)
	r.Rows[1][column] = "锟斤拷"
	r.Rows[2][column] = "王?"
	return CSV(r.Table())
}

// merged has a header over two rows, a place or household that counts for three rows, and an identity that counts for two people.
func merged(r Roll) []byte {
	tab := Tab{Name: "花名册"}
	last := sheet.Letter(len(r.Columns))
	group := Texts(r.Header())
	group[0] = Text("基本情况")
	for i := range group[1:] {
		group[i+1] = ""
	}
	tab.Rows = append(tab.Rows, Texts([]string{r.title()}), group)
	tab.Merges = append(tab.Merges, "A1:"+last+"1", "A2:"+last+"2")
	for _, row := range r.Table() {
		tab.Rows = append(tab.Rows, Texts(row))
	}
	tab.merge(r.First("member.household", "place.village", "place.town", "head.name"), 4, 6)
	tab.merge(r.Identity(), 7, 8)
	return Workbook{Tabs: []Tab{tab}}.Bytes()
}

// merge merges a column over rows; all but the first lose what they hold.
func (t *Tab) merge(column, from, to int) {
	if column < 0 {
		return
	}
	for row := from; row < to; row++ {
		t.Rows[row][column] = ""
	}
	letter := sheet.Letter(column + 1)
	t.Merges = append(t.Merges, letter+strconv.Itoa(from)+":"+letter+strconv.Itoa(to))
}

// shifted has a row that slipped one column to the right from its identity on.
func shifted(r Roll) []byte {
	r = r.Clone()
	r.Rows[2] = slices.Insert(r.Rows[2], r.Identity(), "")
	return CSV(r.Table())
}

// columnsMoved has the columns the other way round, and one of nobody's.
func columnsMoved(r Roll) []byte {
	table := r.Table()
	for i := range table {
		table[i] = append(slices.Clone(table[i]), "")
		slices.Reverse(table[i])
	}
	table[0][0] = "镇里自用"
	return CSV(table)
}

// needed is the last column without which a file is not of the template.
func (r Roll) needed() int {
	last := r.Template.Need[len(r.Template.Need)-1]
	return slices.IndexFunc(r.Columns, func(c Column) bool { return c.Header == last })
}

// columnRenamed has a slip of the pen in a header that is needed.
func columnRenamed(r Roll) []byte {
	table := r.Table()
	header := []rune(table[0][r.needed()])
	table[0] = slices.Clone(table[0])
	table[0][r.needed()] = string(header[:1]) + "X" + string(header[1:])
	return CSV(table)
}

func columnTwice(r Roll) []byte {
	table := r.Table()
	for i := range table {
		table[i] = append(slices.Clone(table[i]), table[i][r.needed()])
	}
	return CSV(table)
}

// scientific has numbers as Excel writes them into CSV.
func scientific(r Roll) []byte {
	r = r.Clone()
	r.Rows[0][r.Identity()] = "9.99901E+17"
	if i := r.First("account"); i >= 0 {
		r.Rows[1][i] = "6.2179999E+18"
	}
	if i := r.First("person-id"); i >= 0 {
		r.Rows[2][i] = r.Rows[2][i][:15] + "000"
	}
	return CSV(r.Table())
}

// numbers has identities as numbers, so that Excel kept fifteen digits of them.
func numbers(r Roll) []byte {
	tab := r.Tab("花名册", "")
	for i := range r.Rows {
		if s := r.Rows[i][r.Identity()]; strings.Trim(s, "0123456789") == "" {
			tab.Rows[i+1][r.Identity()] = Number(s)
		}
	}
	if i := r.First("account"); i >= 0 {
		tab.Rows[2][i] = Number("6.2179999000000001E+18")
	}
	return Workbook{Tabs: []Tab{tab}}.Bytes()
}

// days has days as offices write them, some of which cannot be told.
func days(r Roll) []byte {
	r = r.Clone()
	column := r.First("day")
	if column < 0 {
		return nil
	}
	for i, s := range []string{"08/11/2021", "2021-13-08", "44508", "20211108", "2021年11月8日"} {
		r.Rows[i][column] = s
	}
	return CSV(r.Table())
}

// dayCells has days as cells.
func dayCells(r Roll) []byte {
	column := r.First("day")
	if column < 0 {
		return nil
	}
	tab := r.Tab("花名册", "")
	for i, cell := range []string{Day("44508"), Day("44508.75"), Number("44508"), Number("20211108"), Day("99999")} {
		tab.Rows[i+1][column] = cell
	}
	return Workbook{Tabs: []Tab{tab}}.Bytes()
}

// formulas has identities that are computed: with a value, without, failed, and from another workbook.
func formulas(r Roll) []byte {
	tab := r.Tab("花名册", "")
	column := r.Identity()
	tab.Rows[1][column] = Formula(`TEXT(Z1,"0")`, r.Rows[0][column])
	tab.Rows[2][column] = Formula(`TEXT(Z2,"0")`, "")
	tab.Rows[3][column] = Failed(`VLOOKUP(A3,Z:Z,1,0)`, "#N/A")
	tab.Rows[4][column] = Formula(`[1]Sheet1!A4`, r.Rows[3][column])
	return Workbook{Tabs: []Tab{tab}}.Bytes()
}

func twoPeopleOneID(r Roll) []byte {
	r = r.Clone()
	r.Rows[4][r.Identity()] = r.Rows[3][r.Identity()]
	return CSV(r.Table())
}

func onePersonTwoIDs(r Roll) []byte {
	r = r.Clone()
	again := slices.Clone(r.Rows[4])
	again[r.Identity()] = another(again[r.Identity()])
	r.Rows = append(r.Rows, again)
	return CSV(r.Table())
}

// another is an identity like the given one, but another; a number of somebody with the same birthday.
func another(id string) string {
	if valid(id) {
		return IdentityNumber(id[:14] + "999")
	}
	return id + "9"
}

// sums has a repeated header, as if it had been printed on pages, and ends in a sum and signatures.
func sums(r Roll) []byte {
	table := slices.Insert(r.Table(), 4, r.Header())
	last := len(r.Columns)
	for _, words := range []string{"合计", "填表人：甲　　审核人：乙"} {
		row := make([]string, last)
		row[0] = words
		table = append(table, row)
	}
	return CSV(table)
}

func quoteMissing(r Roll) []byte {
	content := CSV(r.Table())
	i := bytes.IndexByte(content, '\n') + 1
	return slices.Concat(content[:i], []byte(`"`), content[i:])
}

// cutOff loses the end of a file.
func cutOff(content []byte) []byte { return content[:len(content)*2/3] }
