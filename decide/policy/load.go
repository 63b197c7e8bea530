package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// Load reads and checks one pack. On any error the pack is nil and the error lists everything that is wrong.
func Load(fsys fs.FS, dir string, v *rule.Vocabulary, calendar *period.Calendar) (*Pack, error) {
	base, err := rule.NewEnv(v, calendar)
	if err != nil {
		return nil, err
	}
	return load(fsys, dir, base, calendar)
}

// Library is every pack of a folder with the vocabulary they share.
type Library struct {
	Vocabulary *rule.Vocabulary
	Packs      []*Pack // by id
	base       *rule.Env
	calendar   *period.Calendar
}

// OpenLibrary reads the vocabulary of a folder; packs are added by Load or LoadAll.
func OpenLibrary(fsys fs.FS, calendar *period.Calendar) (*Library, error) {
	content, err := readFile(fsys, "vocabulary.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := text.Parse("vocabulary.yaml", content)
	if err != nil {
		return nil, err
	}
	v, err := rule.ReadVocabulary(doc)
	if err != nil {
		return nil, err
	}
	base, err := rule.NewEnv(v, calendar)
	return &Library{Vocabulary: v, base: base, calendar: calendar}, err
}

// Load adds one pack from a folder.
func (l *Library) Load(fsys fs.FS, dir string) (*Pack, error) {
	p, err := load(fsys, dir, l.base, l.calendar)
	if err == nil {
		l.Packs = append(l.Packs, p)
	}
	return p, err
}

// LoadAll adds every folder that holds a pack.yaml, in order of name. The errors of all packs come together.
func (l *Library) LoadAll(fsys fs.FS) error {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return unreadable(".", err)
	}
	r := &text.Report{}
	for _, entry := range entries {
		if _, err := fs.Stat(fsys, path.Join(entry.Name(), "pack.yaml")); entry.IsDir() && err == nil {
			_, err := l.Load(fsys, entry.Name())
			r.Add(err)
		}
	}
	return r.Err()
}

// Pack is the pack of an id, or an error naming the nearest.
func (l *Library) Pack(id string) (*Pack, error) {
	var known []string
	for _, p := range l.Packs {
		if p.ID == id {
			return p, nil
		}
		known = append(known, p.ID)
	}
	return nil, &fault.Error{Kind: fault.NotFound, Code: "pack.not-found", Message: text.Say("没有政策包 %s", "there is no pack %s", id), Hint: text.OneOf(id, known)}
}

// Applying are the packs in force on a day in a division that lies in their jurisdiction.
func (l *Library) Applying(division ident.Division, day period.Day) []*Pack {
	var found []*Pack
	for _, p := range l.Packs {
		if p.Jurisdiction != "" && ident.Contains(p.Jurisdiction, division) && p.InForce.Contains(day) {
			found = append(found, p)
		}
	}
	return found
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return content, nil
}

func unreadable(name string, cause error) error {
	return &fault.Error{Kind: fault.NotFound, Code: "pack.file", Cause: cause, Message: text.Say("读不到文件 %s", "cannot read %s", name),
		Hint: text.Say("核对路径；政策包目录里要有 pack.yaml 和 policy.md", "check the path; a pack's folder holds pack.yaml and policy.md")}
}

// loader reads one pack.
type loader struct {
	text.Report
	pack      *Pack
	env       *rule.Env // what expressions of the block being read may name
	raw       []rawBlock
	counters  map[string]bool // id → counts rather than adds up money
	fsys      fs.FS
	dir       string
	noEnglish map[string]*text.Node // labels without English, first place of each
}

func load(fsys fs.FS, dir string, base *rule.Env, calendar *period.Calendar) (*Pack, error) {
	l := &loader{fsys: fsys, dir: dir, env: base, counters: map[string]bool{}, noEnglish: map[string]*text.Node{},
		pack: &Pack{Vocabulary: base.Vocabulary, Calendar: calendar, Parameters: map[string]*Parameter{}, Tables: map[string]*TableBlock{}, Questions: map[string]*Question{}, English: map[string]string{}}}
	if err := l.files(); err != nil {
		return nil, err
	}
	l.declare()
	l.rules()
	l.references()
	l.untranslated()
	if err := l.Err(); err != nil {
		return nil, err
	}
	return l.pack, nil
}

// files reads every file of the pack; a missing or unparsable main file ends the loading.
func (l *loader) files() error {
	header, err := l.document("pack.yaml")
	if err != nil {
		return err
	}
	policy, err := readFile(l.fsys, path.Join(l.dir, "policy.md"))
	if err != nil {
		return err
	}
	if _, err := fs.Stat(l.fsys, path.Join(l.dir, "locale/en.yaml")); err == nil {
		l.english()
	}
	l.header(header)
	document, err := readDocument(&l.Report, path.Join(l.dir, "policy.md"), policy)
	if err != nil {
		return err
	}
	l.pack.Clauses, l.raw = document.clauses, document.raw
	l.cases()
	if changelog, err := fs.ReadFile(l.fsys, path.Join(l.dir, "CHANGELOG.md")); err == nil {
		l.pack.Changelog = string(changelog)
	}
	if explained, err := fs.ReadFile(l.fsys, path.Join(l.dir, explainedFile)); err == nil {
		l.pack.Explained = string(explained)
	}
	l.pack.Hash, err = hash(l.fsys, l.dir)
	return err
}

func (l *loader) document(name string) (*text.Node, error) {
	content, err := readFile(l.fsys, path.Join(l.dir, name))
	if err != nil {
		return nil, err
	}
	return text.Parse(path.Join(l.dir, name), content)
}

func (l *loader) english() {
	doc, err := l.document("locale/en.yaml")
	if err != nil {
		l.Add(err)
		l.noEnglish = nil // so that not every label is complained of as well
	}
	for _, field := range l.Report.Fields(doc) {
		l.pack.English[field.Key.Value] = l.Report.Text(field.Value)
	}
}

func (l *loader) cases() {
	names, _ := fs.Glob(l.fsys, path.Join(l.dir, "cases/*.yaml")) // the pattern is constant, so it cannot be malformed
	sort.Strings(names)
	for _, name := range names {
		content, err := readFile(l.fsys, name)
		l.Add(err)
		doc, err := text.Parse(name, content)
		l.Add(err)
		if doc != nil {
			l.pack.Cases = append(l.pack.Cases, l.Items(doc)...)
			l.pack.CaseFiles = append(l.pack.CaseFiles, name)
		}
	}
}

// explainedFile is how the program words some cases; a change of wording is not a change of the pack.
const explainedFile = "cases/explained.txt"

// hash is the content hash of the pack: of every file's name and bytes but the explanations, in order of name.
func hash(fsys fs.FS, dir string) (string, error) {
	digest := sha256.New()
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == path.Join(dir, explainedFile) {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		inside := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/") // the same wherever the folder stands
		digest.Write([]byte(fmt.Sprintf("%d %s %d ", len(inside), inside, len(content))))
		digest.Write(content)
		return err
	})
	if err != nil {
		return "", unreadable(dir, err)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func keysOf[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// readLabel reads a label: Chinese alone, or both languages.
func readLabel(r *text.Report, n *text.Node) fault.Text {
	if n == nil || n.Kind != text.Mapping {
		return fault.Text{ZH: r.Text(n)}
	}
	m := r.Map(n)
	label := fault.Text{ZH: r.Text(m.Need("zh")), EN: m.Text("en")}
	m.Done()
	return label
}

// label reads a label and gives it its English from the locale file.
func (l *loader) label(n *text.Node) fault.Text {
	return l.translated(n, readLabel(&l.Report, n))
}

func (l *loader) translated(n *text.Node, label fault.Text) fault.Text {
	if label.EN == "" && label.ZH != "" {
		if label.EN = l.pack.English[label.ZH]; label.EN == "" && l.noEnglish != nil && l.noEnglish[label.ZH] == nil {
			l.noEnglish[label.ZH] = n
		}
	}
	return label
}

func (l *loader) labels(n *text.Node) []fault.Text {
	var list []fault.Text
	for _, item := range l.Items(n) {
		list = append(list, l.label(item))
	}
	return list
}

// untranslated records each label without English once.
func (l *loader) untranslated() {
	for _, zh := range keysOf(l.noEnglish) {
		l.At(l.noEnglish[zh], "pack.untranslated", text.Say("标签“%s”没有英文", "the label “%s” has no English", zh),
			text.Say("写进 locale/en.yaml", "add it to locale/en.yaml"))
	}
}

var (
	snake = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	kebab = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// header reads pack.yaml.
func (l *loader) header(doc *text.Node) {
	p, m := l.pack, l.Map(doc)
	id := m.Need("id")
	p.ID, p.Version, p.Series = l.Report.Text(id), l.Report.Text(m.Need("version")), m.Text("series")
	if want := path.Base(l.dir); id != nil && p.ID != want && l.dir != "." {
		l.At(id, "pack.id", text.Say("id 应与目录名 %s 相同", "id must equal the folder's name %s", want), fault.Text{})
	}
	p.Title, p.Place, p.Issuer = l.label(m.Need("title")), l.label(m.Need("jurisdiction_name")), l.label(m.Need("issuer"))
	l.jurisdiction(m)
	p.Number, p.Draft = m.Text("document_number"), l.oneOf(m.Need("status"), "issued", "draft") == "draft"
	if issued := m.Get("issued"); issued != nil {
		p.Issued, p.HasIssued = l.Day(issued), true
	}
	l.inForce(m.Need("in_force"))
	p.ItemPrefix = l.Report.Text(m.Need("items"))
	p.Funds, p.Offices = l.labelMap(m.Get("funds")), l.labelMap(m.Get("offices"))
	p.Cycles = l.cycles(m.Get("cycles"))
	m.Done()
}

func (l *loader) jurisdiction(m *text.Map) {
	p := l.pack
	if code := m.Need("jurisdiction"); code != nil && code.Value != "unset" {
		division, err := ident.ParseDivision(l.Report.Text(code))
		l.Add(text.Placed(err, code))
		p.Jurisdiction = division
	}
	p.Attribution = l.oneOf(m.Need("attribution"), "stated", "inferred", "unset")
	if p.Attribution == "stated" {
		m.Get("attribution_note")
		return
	}
	p.Note = l.label(m.Need("attribution_note"))
}

func (l *loader) inForce(n *text.Node) {
	m := l.Map(n)
	l.pack.InForce = period.Span{From: rule.Beginning, To: rule.Forever}
	if from := m.Need("from"); from != nil && from.Value == "on-adoption" {
		l.pack.OnAdoption = true
	} else if from != nil {
		l.pack.InForce.From = l.Day(from)
	}
	if to := m.Get("to"); to != nil {
		l.pack.InForce.To = l.Day(to)
		forwards(&l.Report, to, l.pack.InForce, "pack.in-force")
	}
	m.Done()
}

// forwards refuses a span whose last day, written at a node, comes before its first.
func forwards(r *text.Report, n *text.Node, span period.Span, code string) {
	if span.Empty() && span.To != 0 {
		r.At(n, code, text.Say("结束日 %s 早于开始日 %s", "the last day %s comes before the first, %s", span.To, span.From), fault.Text{})
	}
}

func (l *loader) labelMap(n *text.Node) map[string]fault.Text {
	labels := map[string]fault.Text{}
	for _, field := range l.Report.Fields(n) {
		labels[field.Key.Value] = l.label(field.Value)
	}
	return labels
}

func (l *loader) cycles(n *text.Node) map[string]period.Cycle {
	cycles := map[string]period.Cycle{}
	for _, field := range l.Report.Fields(n) {
		m := l.Map(field.Value)
		first := l.Items(m.Need("first"))
		then := l.monthDay(m.Need("then"))
		m.Done()
		if len(first) != 2 {
			l.At(field.Value, "pack.cycle", text.Say("first 写成 [开始日, 结束日]", "first reads [from, to]"), fault.Text{})
			continue
		}
		cycle := period.Cycle{First: period.Span{From: l.Day(first[0]), To: l.Day(first[1])}, Month: then.Month, DayOfMonth: then.Day}
		if _, err := cycle.Containing(cycle.First.From); then != (MonthDay{}) {
			l.Add(text.Placed(err, field.Key))
		}
		cycles[field.Key.Value] = cycle
	}
	return cycles
}

// oneOf reads a word that must be one of a few.
func (l *loader) oneOf(n *text.Node, words ...string) string {
	word := l.Report.Text(n)
	if n != nil && !slices.Contains(words, word) {
		l.At(n, "pack.word", text.Say("这里没有“%s”这种写法", "“%s” cannot stand here", word), text.OneOf(word, words))
	}
	return word
}
