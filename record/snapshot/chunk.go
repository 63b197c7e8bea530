package snapshot

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/register"
)

// Chunk is a part of a county as columns. The fields are how it is kept; a row is a place in Parties.
type Chunk struct {
	Parties []Party
	Columns []Column

	places [][]place // of the facts of each row, made when first asked for
}

// Party is a row without its facts.
type Party struct {
	ID, Kind, Holds string // as in register.Row
	Dead            bool
	Died            period.Day
	Here            []register.Stay
	Homes           []register.Home
}

// Column is all values of one fact in a chunk, in the order of rows, of each row in the order of learning.
type Column struct {
	Name     string
	Type     rule.Type
	Rows     []int32
	From, To []period.Day
	Learned  []period.Day
	Source   []int32 // place in Sources
	Sources  []string
	Numbers  []int64 // of money, rates, days, whole numbers and truths
	Words    []int32 // of all others the place in Texts
	Texts    [][]string

	words []rule.Fact // with the values of Texts
}

// place is an entry of a column.
type place struct{ column, entry int32 }

// unneeded are facts that no rule asks for.
var unneeded = []string{"person.name", "person.id"}

// builder makes a chunk of rows.
type builder struct {
	chunk   Chunk
	columns map[string]*building
}

type building struct {
	Column
	sources map[string]int32
	texts   map[string]int32
}

// newChunk writes rows as columns. Facts that the vocabulary does not know any more are left out.
func newChunk(v *rule.Vocabulary, rows []register.Row) *Chunk {
	b := &builder{columns: map[string]*building{}}
	for i := range rows {
		b.add(v, &rows[i])
	}
	for _, c := range b.columns {
		b.chunk.Columns = append(b.chunk.Columns, c.Column)
	}
	slices.SortFunc(b.chunk.Columns, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
	return &b.chunk
}

func (b *builder) add(v *rule.Vocabulary, row *register.Row) {
	at := int32(len(b.chunk.Parties))
	party := Party{ID: row.ID, Kind: row.Kind, Holds: row.Holds, Here: row.Here, Homes: row.Homes}
	if row.Died != nil {
		party.Dead, party.Died = true, *row.Died
	}
	b.chunk.Parties = append(b.chunk.Parties, party)
	for name, facts := range row.Facts {
		t := v.TypeOf(name)
		if t == nil || slices.Contains(unneeded, name) {
			continue
		}
		c := b.columns[name]
		if c == nil {
			c = &building{Column: Column{Name: name, Type: t.Type}, sources: map[string]int32{}, texts: map[string]int32{}}
			b.columns[name] = c
		}
		for i := range facts {
			c.add(at, &facts[i])
		}
	}
}

func (c *building) add(row int32, f *rule.Fact) {
	c.Rows = append(c.Rows, row)
	c.From, c.To, c.Learned = append(c.From, f.Span.From), append(c.To, f.Span.To), append(c.Learned, f.Learned)
	source, known := c.sources[f.Source]
	if !known {
		source = int32(len(c.Sources))
		c.sources[f.Source], c.Sources = source, append(c.Sources, f.Source)
	}
	c.Source = append(c.Source, source)
	number, words, isNumber := split(f)
	if isNumber {
		c.Numbers = append(c.Numbers, number)
		return
	}
	key := ""
	for _, w := range words {
		key += w + "\x00"
	}
	word, known := c.texts[key]
	if !known {
		word = int32(len(c.Texts))
		c.texts[key], c.Texts = word, append(c.Texts, words)
	}
	c.Words = append(c.Words, word)
}

// split takes a value apart: a number, or words.
func split(f *rule.Fact) (number int64, words []string, isNumber bool) {
	switch v := f.Value.Value().(type) {
	case int64:
		return v, nil, true
	case bool:
		if v {
			return 1, nil, true
		}
		return 0, nil, true
	case money.Fen:
		return int64(v), nil, true
	case money.Rate:
		return int64(v), nil, true
	case period.Day:
		return int64(v), nil, true
	case string:
		return 0, []string{v}, false
	case ident.Division:
		return 0, []string{string(v)}, false
	}
	list, err := f.Value.ConvertToNative(reflect.TypeFor[[]string]())
	if err != nil {
		return 0, nil, false // a list of the vocabulary is one of words
	}
	words, _ = list.([]string)
	return 0, words, false
}

// fact puts an entry together again.
func (c *Column) fact(entry int32) rule.Fact {
	f := rule.Fact{Span: period.Span{From: c.From[entry], To: c.To[entry]}, Source: c.Sources[c.Source[entry]], Learned: c.Learned[entry]}
	switch c.Type {
	case rule.IntType:
		f.Value = rule.Int(c.Numbers[entry])
	case rule.BoolType:
		f.Value = rule.Bool(c.Numbers[entry] != 0)
	case rule.MoneyType:
		f.Value = rule.Money(c.Numbers[entry])
	case rule.RateType:
		f.Value = rule.Rate(c.Numbers[entry])
	case rule.DayType:
		f.Value = rule.Day(c.Numbers[entry])
	default:
		f.Value = c.words[c.Words[entry]].Value
	}
	return f
}

// ready makes the values of words, once for all rows that share them.
func (c *Column) ready() {
	c.words = make([]rule.Fact, len(c.Texts))
	for i, words := range c.Texts {
		switch {
		case c.Type == rule.ListType:
			c.words[i].Value = rule.Texts(words)
		case len(words) == 0:
			c.words[i].Value = rule.Text("")
		case c.Type == rule.DivisionType:
			c.words[i].Value = rule.Division(words[0])
		default:
			c.words[i].Value = rule.Text(words[0])
		}
	}
}

// encode writes the chunk as bytes.
func (c *Chunk) encode() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(c)
	return b.Bytes(), err
}

// decode reads what encode wrote, ready to be asked.
func decode(content []byte) (*Chunk, error) {
	var c Chunk
	if err := gob.NewDecoder(bytes.NewReader(content)).Decode(&c); err != nil {
		return nil, err
	}
	c.places = make([][]place, len(c.Parties))
	for i := range c.Columns {
		c.Columns[i].ready()
		for entry, row := range c.Columns[i].Rows {
			c.places[row] = append(c.places[row], place{int32(i), int32(entry)})
		}
	}
	return &c, nil
}

// Subject is what is known of a row.
func (c *Chunk) Subject(row int) *subject.Subject {
	s := &subject.Subject{Facts: make(rule.Facts, len(c.Columns))}
	for _, p := range c.places[row] {
		column := &c.Columns[p.column]
		s.Facts[column.Name] = append(s.Facts[column.Name], column.fact(p.entry))
	}
	return s
}

// without is the chunk without some of its rows; nil when none of them is in it.
func (c *Chunk) without(gone func(*Party) bool) *Chunk {
	to := make([]int32, len(c.Parties))
	left := &Chunk{}
	for i := range c.Parties {
		if to[i] = -1; !gone(&c.Parties[i]) {
			to[i] = int32(len(left.Parties))
			left.Parties = append(left.Parties, c.Parties[i])
		}
	}
	if len(left.Parties) == len(c.Parties) {
		return nil
	}
	for i := range c.Columns {
		left.Columns = append(left.Columns, c.Columns[i].without(to))
	}
	return left
}

// without keeps the entries whose rows have a new place. A word that nobody has any more goes too.
func (c *Column) without(to []int32) Column {
	b := &building{Column: Column{Name: c.Name, Type: c.Type}, sources: map[string]int32{}, texts: map[string]int32{}}
	c.ready()
	for entry, row := range c.Rows {
		if to[row] >= 0 {
			f := c.fact(int32(entry))
			b.add(to[row], &f)
		}
	}
	return b.Column
}
