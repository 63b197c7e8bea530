package rule

import (
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
)

// Sensitivity says how a fact is protected wherever it is shown, exported or printed.
type Sensitivity string

// The kinds of sensitivity, from none to most.
const (
	Plain    Sensitivity = "plain"
	Identity Sensitivity = "identity"
	Finance  Sensitivity = "finance"
	Health   Sensitivity = "health"
	Child    Sensitivity = "child"
)

var sensitivities = []string{string(Plain), string(Identity), string(Finance), string(Health), string(Child)}

// FactType is one fact that rules may speak of.
type FactType struct {
	Name        string
	Type        Type
	Label       fault.Text
	Office      string // where the fact comes from, in the field's words
	Sensitivity Sensitivity
	Values      map[string]fault.Text // of a text or list that is one of a few words; nil when free
	Range       *[2]int64             // of an int, both bounds included
	Format      string                // of a text: person-id or disability-certificate
}

// Vocabulary is everything rules may speak of. It is read once and not changed.
type Vocabulary struct {
	Facts    map[string]*FactType
	Rosters  map[string]*FactType // named roster.<name> in expressions
	FeeItems map[string]fault.Text
	Events   map[string]fault.Text
	roots    []string            // the first words of facts' names, sorted
	under    map[string][]string // the words right below "person", "person.school", … every proper prefix of a fact's name; sorted
}

// TypeOf is the type of a fact, or of a roster by its name in expressions (roster.NAME); nil when there is none.
func (v *Vocabulary) TypeOf(name string) *FactType {
	if roster, ok := strings.CutPrefix(name, "roster."); ok {
		return v.Rosters[roster]
	}
	return v.Facts[name]
}

// ReadVocabulary reads vocabulary.yaml.
func ReadVocabulary(doc *text.Node) (*Vocabulary, error) {
	r := &text.Report{}
	m := r.Map(doc)
	v := &Vocabulary{Facts: map[string]*FactType{}, Rosters: map[string]*FactType{}, under: map[string][]string{}}
	v.FeeItems = readLabels(r, m.Need("fee_items"))
	v.Events = readLabels(r, m.Need("events"))
	for _, field := range fields(m.Need("facts")) {
		v.addFact(r, field)
	}
	for _, field := range fields(m.Need("rosters")) {
		name := field.Key.Value
		v.Rosters[name] = readRoster(r, name, field.Value)
	}
	m.Done()
	return v, r.Err()
}

func fields(n *text.Node) []text.Field {
	if n == nil {
		return nil
	}
	return n.Fields
}

func readLabels(r *text.Report, n *text.Node) map[string]fault.Text {
	labels := map[string]fault.Text{}
	for _, field := range fields(n) {
		m := r.Map(field.Value)
		labels[field.Key.Value] = fault.Text{ZH: r.Text(m.Need("zh")), EN: r.Text(m.Need("en"))}
		m.Done()
	}
	return labels
}

func readRoster(r *text.Report, name string, n *text.Node) *FactType {
	m := r.Map(n)
	f := readCommon(r, m, "roster."+name)
	f.Type = BoolType
	m.Done()
	return f
}

func readCommon(r *text.Report, m *text.Map, name string) *FactType {
	f := &FactType{Name: name, Office: m.Text("office"), Sensitivity: Sensitivity(m.Text("sensitivity"))}
	f.Label = fault.Text{ZH: r.Text(m.Need("zh")), EN: r.Text(m.Need("en"))}
	if !slices.Contains(sensitivities, string(f.Sensitivity)) {
		r.At(m.Node, "vocabulary.sensitivity", text.Say("%s 没有写明保护类别", "%s has no sensitivity", name),
			text.Say("写 sensitivity: %s 之一", "write sensitivity: one of %s", strings.Join(sensitivities, " ")))
	}
	return f
}

func (v *Vocabulary) addFact(r *text.Report, field text.Field) {
	name := field.Key.Value
	m := r.Map(field.Value)
	f := readCommon(r, m, name)
	typeName := m.Need("type")
	if f.Type = ParseType(r.Text(typeName)); f.Type == NoType && typeName != nil {
		r.At(typeName, "vocabulary.type", text.Say("不认识的类型 %s", "unknown type %s", typeName.Value), text.DidYouMean(typeName.Value, TypeNames()))
	}
	if f.Format = m.Text("format"); f.Format != "" && f.Format != "person-id" && f.Format != "disability-certificate" {
		r.At(m.Get("format"), "vocabulary.format", text.Say("不认识的格式 %s", "unknown format %s", f.Format), text.Say("可用：person-id disability-certificate", "known: person-id disability-certificate"))
	}
	if values := m.Get("values"); values != nil {
		if f.Values = readLabels(r, values); values.Kind == text.Scalar {
			f.Values = v.FeeItems
			if values.Value != "fee_items" {
				r.At(values, "vocabulary.values", text.Say("values 写成 {词: {zh: …, en: …}}，或 fee_items", "values reads {word: {zh: …, en: …}} or fee_items"), fault.Text{})
			}
		}
	}
	if bounds := m.Get("range"); bounds != nil {
		f.Range = readRange(r, bounds)
	}
	m.Done()
	v.Facts[name] = f
	for i, c := range name {
		if c == '.' {
			v.addGroup(name[:i], name[i+1:])
		}
	}
}

func readRange(r *text.Report, n *text.Node) *[2]int64 {
	bounds := r.Items(n)
	if len(bounds) != 2 {
		r.At(n, "vocabulary.range", text.Say("range 写成 [下限, 上限]", "range reads [lowest, highest]"), fault.Text{})
		return nil
	}
	return &[2]int64{r.Int(bounds[0]), r.Int(bounds[1])}
}

// addGroup notes that a name stands below a group.
func (v *Vocabulary) addGroup(group, name string) {
	if !strings.Contains(group, ".") {
		v.roots = insert(v.roots, group)
	}
	word, _, _ := strings.Cut(name, ".")
	v.under[group] = insert(v.under[group], word)
}

// insert puts a word in its place of a sorted list, once.
func insert(words []string, word string) []string {
	at, found := slices.BinarySearch(words, word)
	if found {
		return words
	}
	return slices.Insert(words, at, word)
}

// IsGroup tells whether a name is a proper prefix of facts' names, such as person.school.
func (v *Vocabulary) IsGroup(name string) bool { return v.under[name] != nil }

// Roots are the first words of facts' names: person, household, visit … The list is the vocabulary's own.
func (v *Vocabulary) Roots() []string { return v.roots }

// Under are the names of the facts and groups right below a group. The list is the vocabulary's own.
func (v *Vocabulary) Under(group string) []string { return v.under[group] }

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Words are the permitted words of the fact, sorted; nil when any are.
func (f *FactType) Words() []string {
	if f.Values == nil {
		return nil
	}
	return sortedKeys(f.Values)
}

// Show displays a value of the fact: a word by its label, an identity number masked.
func (f *FactType) Show(v ref.Val, lang string) string {
	if word, ok := v.(types.String); ok {
		if label, known := f.Values[string(word)]; known {
			return label.In(lang)
		}
		if f.Format == "person-id" {
			return ident.MaskID(string(word))
		}
	}
	return Display(v, lang)
}

// Read reads a value of the fact from a document and checks it against words, range and format.
func (f *FactType) Read(r *text.Report, n *text.Node) ref.Val {
	value := ReadValue(r, n, f.Type)
	if value == nil {
		return nil
	}
	before := len(r.List)
	switch v := value.(type) {
	case types.Int:
		f.checkRange(r, n, int64(v))
	case types.String:
		value = f.checkWord(r, n, string(v))
	default:
		if f.Type == ListType {
			for _, item := range r.Items(n) {
				f.checkWord(r, item, item.Value)
			}
		}
	}
	if len(r.List) > before {
		return nil
	}
	return value
}

func (f *FactType) checkRange(r *text.Report, n *text.Node, v int64) {
	if f.Range != nil && (v < f.Range[0] || v > f.Range[1]) {
		r.At(n, "fact.out-of-range", outOfRange(f, v), fault.Text{})
	}
}

func (f *FactType) checkWord(r *text.Report, n *text.Node, v string) ref.Val {
	if _, ok := f.Values[v]; f.Values != nil && !ok {
		r.At(n, "fact.unknown-word", unknownWord(f.Label, v), text.OneOf(v, f.Words()))
	}
	switch f.Format {
	case "person-id":
		id, err := ident.ParsePersonID(v)
		r.Add(text.Placed(err, n))
		return Text(string(id))
	case "disability-certificate":
		number, err := ident.ParseCertificate(v)
		r.Add(text.Placed(err, n))
		return Text(string(number))
	}
	return Text(v)
}
