package sheettest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/ident"
	"doudi/record/roll/sheet"
)

// Roll is a clean file of a template: two households of the fictional county, three and two people.
type Roll struct {
	Template *sheet.Template
	Columns  []Column
	Rows     [][]string
}

// Column is a column of a roll.
type Column struct {
	Header string
	Field  string     // "" when its words say what it states
	Type   sheet.Type // of the field
}

// people is how many rows a roll has.
const people = 5

var names = [people]string{"王一", "李二", "王三", "赵四", "钱五"}

// IdentityNumber is the identity number of a person of the fictional county, complete with its check.
func IdentityNumber(first17 string) string {
	for _, check := range "0123456789X" {
		if id := first17 + string(check); valid(id) {
			return id
		}
	}
	panic("no identity number begins with " + first17)
}

func valid(id string) bool {
	_, err := ident.ParsePersonID(id)
	return err == nil
}

func number(i int) string { return IdentityNumber(fmt.Sprintf("999901%d0307%03d", 1948+7*i, 11+i)) }

// card is an account number whose check holds, as those of cards do.
func card(i int) string {
	for check := range 10 {
		if s := fmt.Sprintf("62179999000000012%d%d", i, check); ident.Luhn(s) {
			return s
		}
	}
	panic("no account number")
}

// head is the row of the head of the household of a row.
func head(i int) int {
	if i < 3 {
		return 0
	}
	return 3
}

// Clean is the clean roll of a template. One that does not say who a row is about gets the columns of the head in front.
func Clean(t *sheet.Template) Roll {
	r := Roll{Template: t}
	if !slices.ContainsFunc(t.Columns, func(c *sheet.TemplateColumn) bool { return c.Field != nil && slices.Contains(t.Who, c.Field.Name) }) {
		r.Columns = append(r.Columns, Column{"户编号", "member.household", sheet.CodeType}, Column{"户主姓名", "head.name", sheet.TextType}, Column{"户主身份证号", "head.id", sheet.PersonIDType})
	}
	for _, c := range t.Columns {
		column := Column{Header: c.Header}
		if c.Field != nil {
			column.Field, column.Type = c.Field.Name, c.Field.Type
		}
		r.Columns = append(r.Columns, column)
	}
	for i := range people {
		row := make([]string, len(r.Columns))
		for j, column := range r.Columns {
			row[j] = sample(t, column, i)
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// perPerson are the columns whose words are said of one person; the other words are said of a household.
var perPerson = []string{"在校生状况", "健康状况", "劳动技能", "补贴类型", "年级", "就读方式(走读/住校)", "学籍状态(在校/休学/转出/退学/毕业)"}

// household is the row of the head of a row's household: in a roll of households every row is its own.
func household(t *sheet.Template, i int) int {
	if slices.ContainsFunc(t.Columns, func(c *sheet.TemplateColumn) bool { return c.Field != nil && strings.HasSuffix(c.Field.Name, ".id") }) {
		return head(i)
	}
	return i
}

// sample is what stands in a column for a person. The members of a household have the same in what is said of it.
func sample(t *sheet.Template, c Column, i int) string {
	h := household(t, i)
	switch c.Field {
	case "row.number":
		return strconv.Itoa(i + 1)
	case "person.name":
		return names[i]
	case "payee.name", "head.name":
		return names[h]
	case "person.id":
		return number(i)
	case "payee.id", "head.id":
		if h != head(i) {
			return number(people + i) // of a household that only a roll of households has
		}
		return number(h)
	case "member.household":
		return fmt.Sprintf("9999010000%02d", h+1)
	case "member.number":
		return fmt.Sprintf("9999010000%02d%02d", h+1, i+1)
	case "member.relation":
		return [people]string{"户主", "配偶", "之子", "户主", "之女"}[i]
	case "member.count", "note.supported":
		return [people]string{"3", "3", "3", "2", "2"}[i]
	case "person.disability.certificate_number":
		return number(i) + "42"
	case "person.birth":
		return ident.PersonID(number(i)).Birth().String()
	case "person.sex":
		return [2]string{"女", "男"}[(number(i)[16]-'0')%2]
	case "person.death":
		return fmt.Sprintf("2024-03-%02d", i+1)
	case "span.to":
		return ""
	case "place.county":
		return "示例县"
	case "place.town":
		return "东河镇"
	case "place.village":
		return [people]string{"上村", "上村", "上村", "下村", "下村"}[i]
	case "payment.result":
		return "01"
	}
	one := h
	if slices.Contains(perPerson, c.Header) || strings.HasPrefix(c.Field, "person.") || strings.HasPrefix(c.Field, "payment.") {
		one = i
	}
	if j := slices.IndexFunc(t.Columns, func(tc *sheet.TemplateColumn) bool { return tc.Header == c.Header }); j >= 0 && len(t.Columns[j].Words()) > 0 {
		words := t.Columns[j].Words()
		return words[one%len(words)]
	}
	return sampleOf(c.Type, one)
}

func sampleOf(t sheet.Type, i int) string {
	switch t {
	case sheet.CodeType:
		return fmt.Sprintf("A%04d", i+1)
	case sheet.PhoneType:
		return fmt.Sprintf("1390000000%d", i)
	case sheet.AccountType:
		return card(head(i))
	case sheet.IntType:
		return strconv.Itoa(60 + i)
	case sheet.BoolType:
		return [2]string{"是", "否"}[i%2]
	case sheet.DayType:
		return fmt.Sprintf("2021-11-%02d", 8+i)
	case sheet.MonthType:
		return "2021-01"
	case sheet.MoneyType:
		return fmt.Sprintf("%d.50", 1200+i)
	case sheet.MomentType:
		return fmt.Sprintf("202111081530%02d", i)
	}
	return "甲"
}

// Clone is a copy that can be broken.
func (r Roll) Clone() Roll {
	c := Roll{Template: r.Template, Columns: slices.Clone(r.Columns)}
	for _, row := range r.Rows {
		c.Rows = append(c.Rows, slices.Clone(row))
	}
	return c
}

// First is the first column of one of the types, or of a field, or -1.
func (r Roll) First(fieldOrTypes ...string) int {
	return slices.IndexFunc(r.Columns, func(c Column) bool {
		return slices.Contains(fieldOrTypes, c.Field) || slices.Contains(fieldOrTypes, string(c.Type))
	})
}

// Identity is the column that tells who a row is about.
func (r Roll) Identity() int {
	for _, who := range append([]string{"person.id", "payee.id"}, r.Template.Who...) {
		if i := r.First(who); i >= 0 {
			return i
		}
	}
	return 0
}

// Header is the header of the file.
func (r Roll) Header() []string {
	header := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		header[i] = c.Header
	}
	return header
}

// Table is the header and the rows.
func (r Roll) Table() [][]string { return append([][]string{r.Header()}, r.Rows...) }

// CSV is a table as text with commas.
func CSV(table [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	must(w.WriteAll(table))
	return b.Bytes()
}

// Tab is a table as a sheet, under a title over all columns when there is one.
func (r Roll) Tab(name, title string) Tab {
	t := Tab{Name: name}
	if title != "" {
		t.Rows = append(t.Rows, Texts([]string{title}))
		t.Merges = []string{"A1:" + sheet.Letter(max(len(r.Columns), 2)) + "1"}
	}
	for _, row := range r.Table() {
		t.Rows = append(t.Rows, Texts(row))
	}
	return t
}

// title is what stands over a roll.
func (r Roll) title() string {
	return "示例县" + strings.ReplaceAll(r.Template.Label.ZH, "/", "、")
}
