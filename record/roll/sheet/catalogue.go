package sheet

import (
	_ "embed"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

//go:embed data/templates.yaml
var templates []byte

// Catalogue knows what columns of rolls may state: the facts of a vocabulary, the fields of imports, and the templates.
type Catalogue struct {
	Templates  []*Template // in the order of the file
	vocabulary *rule.Vocabulary
	fields     map[string]*Field
	headers    map[string]*Field // by header as folded
	names      []string          // every header that is known, for near misses
	footers    []string          // folded
}

// Template is a spreadsheet whose columns are known.
type Template struct {
	ID      string
	Label   fault.Text
	Columns []*TemplateColumn
	Need    []string // the columns without which a file is not this template
	Who     []string // the fields of which each row must state one
	every   []stated // what each row states by being there
}

// TemplateColumn is one column of a template.
type TemplateColumn struct {
	Header string              // as the template prints it
	Field  *Field              // nil when the column states facts by its words only
	words  map[string][]stated // what each word states, by word as folded; nil when the words are free
	known  []string            // the words as written
	states statement
	folded string // the header as compared
	plain  string // the same without what stands in brackets
}

// stated is a fact with the value that a word, or a row, gives it.
type stated struct {
	field *Field
	fact  rule.Fact
}

// statement are facts with the columns that hold their first and last day.
type statement struct {
	facts    []stated
	from, to string // headers of the template; "" when it is not stated
}

// NewCatalogue reads the templates that come with the program against a vocabulary. An error is a fact of a template that the vocabulary
// lacks or that has another type there.
func NewCatalogue(v *rule.Vocabulary) (*Catalogue, error) {
	return ReadCatalogue(v, "templates.yaml", templates)
}

// ReadCatalogue reads templates in the form of data/templates.yaml. Errors name the line.
func ReadCatalogue(v *rule.Vocabulary, name string, content []byte) (*Catalogue, error) {
	doc, err := text.Parse(name, content)
	if err != nil {
		return nil, err
	}
	r := &catalogueReader{Report: &text.Report{}, c: &Catalogue{vocabulary: v, fields: map[string]*Field{}, headers: map[string]*Field{}}}
	m := r.Map(doc)
	r.fields(m.Need("fields"))
	r.headers(m.Need("headers"))
	r.lists = m.Get("words")
	for _, footer := range m.Texts("footers") {
		r.c.footers = append(r.c.footers, fold(footer))
	}
	for _, f := range r.Fields(m.Need("templates")) {
		r.template(f.Key.Value, f.Value)
	}
	m.Done()
	return r.c, r.Err()
}

// Field is a field of imports, a fact of the vocabulary or a roster (roster.dibao) by its name, or nil.
func (c *Catalogue) Field(name string) *Field {
	if f := c.fields[name]; f != nil {
		return f
	}
	t := c.vocabulary.Facts[name]
	if roster, ok := strings.CutPrefix(name, "roster."); ok {
		t = c.vocabulary.Rosters[roster]
	}
	if t == nil {
		return nil
	}
	f := &Field{Name: name, Label: t.Label, Type: typeOf(t), fact: t}
	for value, label := range t.Values {
		f.addWord(label.ZH, value)
		f.addWord(value, value)
	}
	return f
}

// Fields are the names of the fields of imports, sorted. Facts and rosters of the vocabulary are fields, too.
func (c *Catalogue) Fields() []string {
	var names []string
	for name, f := range c.fields {
		if f.fact == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Template is a template by its id, or nil.
func (c *Catalogue) Template(id string) *Template {
	i := slices.IndexFunc(c.Templates, func(t *Template) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return c.Templates[i]
}

// column is a column by the header the template prints, or nil.
func (t *Template) column(header string) *TemplateColumn {
	i := slices.IndexFunc(t.Columns, func(c *TemplateColumn) bool { return c.Header == header })
	if i < 0 {
		return nil
	}
	return t.Columns[i]
}

// catalogueReader reads a catalogue and collects everything that is wrong with it.
type catalogueReader struct {
	*text.Report
	c     *Catalogue
	lists *text.Node
}

func (r *catalogueReader) fields(n *text.Node) {
	for _, f := range r.Fields(n) {
		m := r.Map(f.Value)
		field := &Field{Name: f.Key.Value, Type: Type(m.Text("type")), Label: fault.Text{ZH: m.Text("zh"), EN: m.Text("en")}}
		if shared := m.Get("shared"); shared != nil {
			field.Shared = r.Bool(shared)
		}
		for _, word := range r.Fields(m.Get("words")) {
			for _, item := range r.Items(word.Value) {
				field.addWord(r.Text(item), word.Key.Value)
			}
		}
		if parsers[field.Type] == nil {
			r.At(f.Value, "sheet.type", text.Say("不认识的类型 %s", "unknown type %s", field.Type), fault.Text{})
		}
		m.Done()
		r.c.fields[field.Name] = field
	}
}

// headers makes the other names of a field known; the label always is.
func (r *catalogueReader) headers(n *text.Node) {
	for name, field := range r.c.fields {
		if !strings.HasPrefix(name, "span.") {
			r.c.addHeader(field.Label.ZH, field)
		}
	}
	for _, f := range r.Fields(n) {
		field := r.field(f.Key)
		for _, item := range r.Items(f.Value) {
			r.c.addHeader(r.Text(item), field)
		}
	}
	slices.Sort(r.c.names)
}

func (c *Catalogue) addHeader(header string, field *Field) {
	if field == nil {
		return
	}
	c.fields[field.Name] = field // of a fact: one Field for all rows
	c.headers[fold(header)] = field
	c.names = append(c.names, header)
}

// field is the field a node names.
func (r *catalogueReader) field(n *text.Node) *Field {
	f := r.c.Field(n.Value)
	if f == nil {
		r.At(n, "sheet.field", text.Say("没有 %s 这个字段或事实", "there is no field or fact %s", n.Value), text.DidYouMean(n.Value, r.c.known()))
		return nil
	}
	r.c.fields[f.Name] = f
	return f
}

// known are all names of fields and facts.
func (c *Catalogue) known() []string {
	names := c.Fields()
	for name := range c.vocabulary.Facts {
		names = append(names, name)
	}
	for name := range c.vocabulary.Rosters {
		names = append(names, "roster."+name)
	}
	return names
}

func (r *catalogueReader) template(id string, n *text.Node) {
	m := r.Map(n)
	t := &Template{ID: id, Label: fault.Text{ZH: m.Text("zh"), EN: m.Text("en")}, Need: m.Texts("need")}
	for _, item := range r.Items(m.Need("who")) {
		if f := r.field(item); f != nil {
			t.Who = append(t.Who, f.Name)
		}
	}
	for _, f := range r.Fields(m.Need("columns")) {
		t.Columns = append(t.Columns, r.column(f.Key.Value, f.Value))
	}
	t.every = r.stated(m.Get("every"))
	m.Done()
	for _, need := range t.Need {
		r.need(t, m.Get("need"), need)
	}
	for _, c := range t.Columns {
		r.need(t, n, c.states.from)
		r.need(t, n, c.states.to)
	}
	r.c.Templates = append(r.c.Templates, t)
}

func (r *catalogueReader) need(t *Template, n *text.Node, header string) {
	if header != "" && t.column(header) == nil {
		r.At(n, "sheet.column", text.Say("模板没有“%s”这一列", "the template has no column “%s”", header), fault.Text{})
	}
}

func (r *catalogueReader) column(header string, n *text.Node) *TemplateColumn {
	c := &TemplateColumn{Header: header, folded: fold(header)}
	c.plain = plain(c.folded)
	if n != nil && n.Kind == text.Scalar {
		c.Field = r.field(n)
		return c
	}
	m := r.Map(n)
	if is := m.Get("is"); is != nil {
		c.Field = r.field(is)
	}
	c.words, c.known = r.words(m.Get("words"))
	c.states = statement{facts: r.stated(m.Get("states")), from: m.Text("from"), to: m.Text("to")}
	m.Done()
	return c
}

// words reads what each word states; a scalar names a shared list.
func (r *catalogueReader) words(n *text.Node) (words map[string][]stated, known []string) {
	if n != nil && n.Kind == text.Scalar {
		list := r.lists.Get(n.Value)
		if list == nil {
			r.At(n, "sheet.words", text.Say("没有 %s 这个词表", "there is no list of words %s", n.Value), fault.Text{})
		}
		n = list
	}
	if n == nil {
		return nil, nil
	}
	words = map[string][]stated{}
	for _, f := range r.Fields(n) {
		words[fold(f.Key.Value)] = r.stated(f.Value)
		known = append(known, f.Key.Value)
	}
	return words, known
}

// stated reads facts with their values, checked by the vocabulary.
func (r *catalogueReader) stated(n *text.Node) []stated {
	var all []stated
	for _, f := range r.Fields(n) {
		field := r.field(f.Key)
		switch {
		case field == nil:
		case field.fact == nil:
			r.At(f.Key, "sheet.field", text.Say("%s 不是词汇表里的事实", "%s is no fact of the vocabulary", field.Name), fault.Text{})
		default:
			all = append(all, stated{field, rule.Fact{Value: field.fact.Read(r.Report, f.Value), Span: always, Learned: rule.Beginning}})
		}
	}
	return all
}

// Words are the words that may stand in the column, as written; none when any may.
func (tc *TemplateColumn) Words() []string {
	if tc.known == nil && tc.Field != nil {
		return tc.Field.known
	}
	return tc.known
}
