package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/job"
	"doudi/record/register"
	"doudi/record/roll"
	rolls "doudi/record/roll/sheet"
	"doudi/record/store"
)

// columnsPage asks what the columns of a roll are whose headings nobody knows.
type columnsPage struct {
	roll.Question
	Columns []saidColumn
	Choices []choices
	Keep    field
	Tried   []triedRow // the first rows as they are read by what was said; none while nobody looked
	Key     string
	Problem []problem
}

// saidColumn is one column with what it is said to state.
type saidColumn struct {
	Number  int // by which its fields are named
	Letter  string
	Header  string
	Samples []string
	As      string
	Words   string
}

// choices are fields of one kind that a column may state.
type choices struct {
	Label   string
	Options []option
}

// triedRow is a row of the preview.
type triedRow struct {
	Line     int
	Said     []string
	Problems []string
}

// triedRows is how many rows of a file are shown as they would be read.
const triedRows = 5

// seeAsked goes to an import, or to the question about its columns.
func (v *view) seeAsked(id string) error {
	var i roll.Import
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		i, err = v.Record.Rolls.Get(tx, id)
		return err
	})
	if err == nil && i.State == roll.Asking {
		return v.see("/imports/" + id + "/columns")
	}
	return v.orSee(err, "/imports/"+id)
}

func (v *view) askColumns() error { return v.showColumns(http.StatusOK, nil, nil) }

// showColumns shows the question, with what was tried or what is wrong.
func (v *view) showColumns(status int, tried []triedRow, failed error) error {
	q, err := v.question()
	if err != nil {
		return unknownImport(err)
	}
	if q.Import.State != roll.Asking {
		return v.see("/imports/" + q.Import.ID)
	}
	if err := v.look(func(tx *store.Tx) error {
		_, err := v.Record.Log.Look(tx, audit.Note{Name: "web.import", Subject: q.Import.ID, Content: map[string]string{"purpose": v.purpose()}})
		return err
	}); err != nil {
		return err
	}
	p := columnsPage{Question: q, Key: newKey(), Tried: tried, Keep: field{Name: "keep", Label: v.say("以后这个来源的文件都按这样读", "Read this office's files so from now on"), Value: v.typedOr("keep", "1"),
		Options: []option{{"1", v.say("是", "yes")}, {"0", v.say("只这一份", "only this one")}}}}
	if p.Choices, err = v.choices(nil); err != nil {
		return err
	}
	for _, h := range q.Headings {
		c := v.saidColumn(h.Number, h.Column)
		for _, line := range q.Rows {
			if text := line.Cell(h.Number).Text; text != "" && len(c.Samples) < 3 {
				c.Samples = append(c.Samples, text)
			}
		}
		p.Columns = append(p.Columns, c)
	}
	p.Problem = v.marked(nil, failed)
	return v.show(status, v.errorTitle(p.Problem, v.say("说明各列", "Name the columns")), columnsOf(v, p))
}

// question is the question about the import, for the sheet and the row of the header that were chosen; for others what looks most like it.
func (v *view) question() (roll.Question, error) {
	if err := v.seesImport(); err != nil {
		return roll.Question{}, err
	}
	ask := func(sheet string, row int) (roll.Question, error) {
		return v.Record.Rolls.Ask(v.r.Context(), v.County, v.r.PathValue("import"), sheet, row)
	}
	q, err := ask(v.r.FormValue("sheet"), v.chosenRow())
	if fault.CodeOf(err) == "sheet.sheet" || err == nil && q.Header == 0 {
		return ask("", 0)
	}
	return q, err
}

// chosenRow is the row of the header, as the address or the form has it.
func (v *view) chosenRow() int {
	row, err := strconv.Atoi(v.asked("row"))
	if err != nil {
		return 0 // whatever looks most like it
	}
	return row
}

// saidColumn is a column as it was typed, or else as it is known.
func (v *view) saidColumn(number int, c rolls.Column) saidColumn {
	return saidColumn{Number: number, Letter: rolls.Letter(number), Header: c.Header, As: v.typedOr(asField(number), c.As), Words: v.typedOr(wordsField(number), writtenWords(c.Words))}
}

func asField(number int) string    { return "as-" + strconv.Itoa(number) }
func wordsField(number int) string { return "words-" + strconv.Itoa(number) }

// choices are what a column may state: the columns of a template first, if the mapping is by one.
func (v *view) choices(t *rolls.Template) (list []choices, err error) {
	catalogue, err := v.Record.Rolls.Catalogue()
	if err != nil {
		return nil, err
	}
	if t != nil {
		own := choices{Label: v.in(t.Label)}
		for _, c := range t.Columns {
			if c.Field == nil || v.Record.Rolls.May(v.offices(), c.Field.Name) {
				own.Options = append(own.Options, option{c.Header, c.Header})
			}
		}
		list = append(list, own)
	}
	kind := ""
	for _, f := range catalogue.Choices() {
		if !v.Record.Rolls.May(v.offices(), f.Name) {
			continue
		}
		if f.Kind() != kind {
			kind = f.Kind()
			list = append(list, choices{Label: v.in(kindsOfFields[kind])})
		}
		last := &list[len(list)-1]
		last.Options = append(last.Options, option{f.Name, v.in(f.Label)})
	}
	return list, nil
}

var kindsOfFields = map[string]fault.Text{
	"person": {ZH: "本人", EN: "The person"}, "member": {ZH: "在户里", EN: "In the household"}, "head": {ZH: "户主", EN: "The head"}, "place": {ZH: "住处", EN: "Where they live"},
	"household": {ZH: "家庭", EN: "The household"}, "roster": {ZH: "在册情况", EN: "On which rosters"},
}

// sayColumns tries what the columns are said to be, or lets the roll be read by it.
func (v *view) sayColumns() error {
	q, err := v.question()
	if err != nil {
		return unknownImport(err)
	}
	m, err := v.saidMapping(q.Headings)
	var tried []triedRow
	if err == nil {
		tried, err = v.try(q, m)
	}
	if err == nil && v.asked("step") != "look" {
		err = v.once("web.import.columns", func(tx *store.Tx) (any, error) { return nil, v.understand(tx, q, m) })
		if err == nil {
			return v.see("/imports/" + q.Import.ID)
		}
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Missing, fault.Conflict, fault.NotFound:
		if q.Import.State == roll.Asking {
			return v.showColumns(http.StatusUnprocessableEntity, tried, err)
		}
	}
	if err != nil {
		return err
	}
	return v.showColumns(http.StatusOK, tried, nil)
}

// understand keeps what the columns are and lets the rows be read in the background.
func (v *view) understand(tx *store.Tx, q roll.Question, m rolls.Mapping) error {
	if err := v.Record.Rolls.Understand(tx, q.Import.ID, q.Sheet, m); err != nil {
		return err
	}
	if v.asked("keep") != "0" {
		if err := v.Record.Rolls.KeepMapping(tx, q.Import.Source, m); err != nil {
			return err
		}
	}
	_, err := v.Record.Jobs.Start(tx, job.Work{Kind: job.StageImport, Import: q.Import.ID})
	return err
}

// saidMapping is what the form says of the columns. Code: web.words.
func (v *view) saidMapping(headings []rolls.Heading) (m rolls.Mapping, err error) {
	for _, h := range headings {
		c := rolls.Column{Header: h.Header, As: v.asked(asField(h.Number))}
		if c.Words, err = readWords(v.asked(wordsField(h.Number))); err != nil {
			return m, err
		}
		m.Columns = append(m.Columns, c)
	}
	return m, nil
}

// readWords reads what words of a file mean: 老公=配偶；闺女=女儿. Code: web.words.
func readWords(text string) (map[string]string, error) {
	var words map[string]string
	for _, pair := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("；;，,、", r) }) {
		word, meant, found := strings.Cut(fault.HalfWidth(pair), "=")
		if !found || word == "" || meant == "" {
			return nil, refuse(fault.Invalid, "words", fault.Text{ZH: "词语对照写法不对，没有保存", EN: "the words are not understood; nothing was kept"}, fault.Text{ZH: "写作 老公=配偶；闺女=女儿", EN: "write them as 老公=配偶；闺女=女儿"})
		}
		if words == nil {
			words = map[string]string{}
		}
		words[word] = meant
	}
	return words, nil
}

func writtenWords(words map[string]string) string {
	var pairs []string
	for _, word := range slices.Sorted(maps.Keys(words)) {
		pairs = append(pairs, word+"="+words[word])
	}
	return strings.Join(pairs, "；")
}

// try reads the first rows by a mapping.
func (v *view) try(q roll.Question, m rolls.Mapping) ([]triedRow, error) {
	rows, err := v.Record.Rolls.Try(v.r.Context(), v.County, q.Import.ID, q.Sheet, m, triedRows)
	var tried []triedRow
	for _, r := range rows {
		one := triedRow{Line: r.Place.Row}
		for _, d := range r.Data {
			one.Said = append(one.Said, v.statedBy(d))
		}
		for _, p := range r.Problems {
			one.Problems = append(one.Problems, p.Render(v.lang))
		}
		tried = append(tried, one)
	}
	return tried, err
}

// statedBy is what a row states, with the label of the field.
func (v *view) statedBy(d rolls.Datum) string {
	label, value := d.Field, rule.Display(d.Value, v.lang)
	if catalogue, err := v.Record.Rolls.Catalogue(); err == nil {
		if f := catalogue.Field(d.Field); f != nil {
			label = v.in(f.Label)
		}
	}
	if t, err := v.Record.Register.Type(d.Field); err == nil {
		value = t.Show(d.Value, v.lang)
	} else if relation, ok := d.Value.Value().(string); ok && d.Field == "member.relation" {
		value = v.in(register.Relations[relation])
	}
	return label + v.say("：", ": ") + value
}

// headLabel is a row that may be the header, by its number and first texts.
func headLabel(v *view, line rolls.Line) string {
	var texts []string
	for _, cell := range line.Cells {
		if cell.Text != "" && len(texts) < 4 {
			texts = append(texts, string([]rune(cell.Text)[:min(12, utf8.RuneCountInString(cell.Text))]))
		}
	}
	return v.say("第 %d 行：%s", "row %d: %s", line.Place.Row, strings.Join(texts, " · "))
}

// mappingPage is what is kept of one source's columns.
type mappingPage struct {
	Source  string
	Columns []saidColumn
	Choices []choices
	Key     string
	Problem []problem
}

func (v *view) mappings() error {
	var list []roll.KeptMapping
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		list, err = v.Record.Rolls.Mappings(tx)
		return err
	})
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(k roll.KeptMapping) bool { return !v.seesSource(k.Source) })
	return v.show(http.StatusOK, v.say("列的对照", "Kept columns"), mappingsPage(v, list))
}

// mappingsList is the list of what is kept, by source.
func (v *view) mappingsList(list []roll.KeptMapping) listing {
	title := v.say("列的对照", "Kept columns")
	return listing{Title: title, Table: table{Name: title, Shown: len(list),
		Empty:   v.say("还没有保存过哪一列是什么。上传列名不认识的名册时，说明一次，以后同一来源就按这样读。", "Nothing is kept yet. When a roll with unknown headings is uploaded, its columns are named once, and the office's files are read so from then on."),
		Columns: []column{{Name: v.say("来源", "Office")}, {Name: v.say("列", "Columns"), Figures: true}, {Name: v.say("保存时间", "Kept")}}}}
}

// seesSource tells whether the post sees what is kept of a source's columns: who sees its own imports, its own.
func (v *view) seesSource(source string) bool {
	return v.sender() == "" || strings.TrimSpace(source) == v.session.Post.Organisation.Name
}

// kept is what is kept of a source's columns.
func (v *view) kept() (m rolls.Mapping, err error) {
	if !v.seesSource(v.r.PathValue("source")) {
		return m, v.nowhere()
	}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		m, err = v.Record.Rolls.KnownMapping(tx, v.r.PathValue("source"))
		return err
	})
	if fault.KindOf(err) == fault.NotFound {
		err = v.nowhere() // another one's is as absent
	}
	return m, err
}

func (v *view) mapping() error { return v.showMapping(http.StatusOK, nil) }

func (v *view) showMapping(status int, failed error) error {
	m, err := v.kept()
	if err != nil {
		return err
	}
	catalogue, err := v.Record.Rolls.Catalogue()
	if err != nil {
		return err
	}
	p := mappingPage{Source: v.r.PathValue("source"), Key: newKey(), Problem: v.marked(nil, failed)}
	if p.Choices, err = v.choices(catalogue.Template(m.Template)); err != nil {
		return err
	}
	for i, c := range m.Columns {
		p.Columns = append(p.Columns, v.saidColumn(i+1, c))
	}
	return v.show(status, v.errorTitle(p.Problem, v.say("列的对照", "Kept columns")), mappingOf(v, p))
}

// changeMapping keeps what the columns of a source are from now on.
func (v *view) changeMapping() error {
	m, err := v.kept()
	if err != nil {
		return err
	}
	for i := range m.Columns {
		c := &m.Columns[i]
		c.As = v.asked(asField(i + 1))
		if c.Words, err = readWords(v.asked(wordsField(i + 1))); err != nil {
			return v.showMapping(http.StatusUnprocessableEntity, err)
		}
	}
	err = v.once("web.mapping", func(tx *store.Tx) (any, error) {
		if err := v.Record.Rolls.Within(v.offices(), m); err != nil {
			return nil, err
		}
		return nil, v.Record.Rolls.KeepMapping(tx, v.r.PathValue("source"), m)
	})
	if err != nil && (mendable(err) || fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Missing) {
		return v.showMapping(http.StatusUnprocessableEntity, err)
	}
	return v.orSee(err, "/mappings")
}

// forgetMapping lets the files of a source be recognised by their headings again.
func (v *view) forgetMapping() error {
	err := v.once("web.mapping.forget", func(tx *store.Tx) (any, error) {
		if !v.seesSource(v.r.PathValue("source")) {
			return nil, v.nowhere()
		}
		return nil, v.Record.Rolls.ForgetMapping(tx, v.r.PathValue("source"))
	})
	if fault.KindOf(err) == fault.NotFound {
		return v.nowhere()
	}
	return v.orSee(err, "/mappings")
}

// mappingAddress is the page of what is kept of a source.
func mappingAddress(source string) string { return "/mappings/" + url.PathEscape(source) }
