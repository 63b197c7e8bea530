package docs_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/serve/present"
)

// The tutorial grows this pack; folder is the reader's copy of it and the shipped one it must end as.
const (
	tutorial = "policy-authoring.md"
	folder   = "example"
)

var update = flag.Bool("update", false, "rewrite the outputs that the tutorial shows; read the difference before keeping it")

// A step is an HTML comment of the tutorial with the blocks below it. The comment says what the reader does:
//
//	file: NAME            writes the file
//	add: NAME             writes at its end; “, before: LINE” writes above that line instead
//	change: NAME          replaces the lines with “ ” and “-” by those with “ ” and “+”
//	remove: NAME          deletes the file
//	adopt: NAME           writes an adoption beside the pack
//	subject: NAME         writes a person beside the pack
//	check                 the pack loads and its cases pass; the output is shown
//	holds: NAME           with this change everything still passes; that is shown, then what the change is called in words
//	broken, broken: NAME  with this change (or as it stands) something is refused; the message is shown
//	fails: NAME           with this change the pack loads and cases fail; the output is shown
//	gaps: NAME            with this change these gaps of coverage appear
type step struct {
	line   int // of the comment
	verb   string
	file   string
	before string
	body   string
	shown  []output
}

// output is a block that shows what the program says.
type output struct {
	lang string
	from int // index of its first line
	text string
}

func (s step) wantsBody() bool { return s.file != "" && s.verb != "remove" }

// isVariant tells whether the change of the step is tried and then dropped.
func (s step) isVariant() bool {
	return slices.Contains([]string{"holds", "broken", "fails", "gaps"}, s.verb)
}

var (
	comment = regexp.MustCompile(`^<!-- (file|add|change|remove|adopt|subject|check|holds|broken|fails|gaps)(?:: ([^ ,]+))?(?:, before: (.+))? -->$`)
	fence   = regexp.MustCompile("^(`{3,})([a-z]+)?(?: ([a-z]+))?$")
)

// reader takes the tutorial apart.
type reader struct {
	steps []step
	open  bool // the last step still waits for its block
}

// readSteps refuses a block that no comment speaks for: it would not be tested.
func readSteps(lines []string) ([]step, error) {
	r := &reader{}
	for i := 0; i < len(lines); i++ {
		if found := comment.FindStringSubmatch(lines[i]); found != nil {
			if r.open {
				return nil, fmt.Errorf("line %d: the comment above has no block", i+1)
			}
			r.steps = append(r.steps, step{line: i + 1, verb: found[1], file: found[2], before: found[3]})
			r.open = r.steps[len(r.steps)-1].wantsBody()
			continue
		}
		mark := fence.FindStringSubmatch(lines[i])
		if mark == nil {
			if strings.HasPrefix(lines[i], "<!--") || strings.HasPrefix(lines[i], "```") || r.open && lines[i] != "" {
				return nil, fmt.Errorf("line %d: expected a block: %s", i+1, lines[i])
			}
			continue
		}
		length := slices.Index(lines[i+1:], mark[1])
		if length < 0 {
			return nil, fmt.Errorf("line %d: the block does not end", i+1)
		}
		if !r.block(mark[2], output{lang: mark[3], from: i + 1, text: strings.Join(lines[i+1:i+1+length], "\n")}) {
			return nil, fmt.Errorf("line %d: no comment says what this block is", i+1)
		}
		i += length + 1
	}
	return r.steps, nil
}

// block gives a block to the step above it; false when there is none that it could belong to.
func (r *reader) block(kind string, o output) bool {
	switch {
	case kind == "sh":
	case len(r.steps) == 0:
		return false
	case kind == "text" && !r.open:
		last := &r.steps[len(r.steps)-1]
		last.shown = append(last.shown, o)
	case r.open:
		r.steps[len(r.steps)-1].body, r.open = o.text, false
	default:
		return false
	}
	return true
}

// work is what the reader has written so far.
type work struct {
	library *policy.Library
	files   map[string]string // by name inside the pack's folder
	beside  map[string]string // of files that stand beside the pack: adopt or subject
}

// after is the work with a step taken.
func (w work) after(s step) (work, error) {
	w.files, w.beside = maps.Clone(w.files), maps.Clone(w.beside)
	old, there := w.files[s.file]
	switch {
	case s.verb == "file" || s.verb == "adopt" || s.verb == "subject":
		w.files[s.file] = s.body + "\n"
		if s.verb != "file" {
			w.beside[s.file] = s.verb
		}
	case s.file == "":
	case !there:
		return w, fmt.Errorf("there is no file %s yet", s.file)
	case s.verb == "remove":
		delete(w.files, s.file)
	case s.verb == "add":
		return w, w.add(s, old)
	default:
		changed, err := edited(old, s.body)
		w.files[s.file] = changed
		return w, err
	}
	return w, nil
}

func (w work) add(s step, old string) error {
	gap := ""
	if path.Ext(s.file) == ".md" {
		gap = "\n"
	}
	if s.before == "" {
		w.files[s.file] = old + gap + s.body + "\n"
		return nil
	}
	above, below, found := strings.Cut(old, "\n"+s.before)
	if !found {
		return fmt.Errorf("%s has no line that begins with %s", s.file, s.before)
	}
	w.files[s.file] = above + "\n" + s.body + "\n" + gap + s.before + below
	return nil
}

// edited applies a change whose old lines must stand in the text exactly once.
func edited(old, change string) (string, error) {
	var before, after []string
	for line := range strings.SplitSeq(change, "\n") {
		sign, rest := byte(' '), ""
		if line != "" {
			sign, rest = line[0], line[1:]
		}
		if sign != '+' {
			before = append(before, rest)
		}
		if sign != '-' {
			after = append(after, rest)
		}
	}
	lines := strings.Split(old, "\n")
	var found []int
	for i := range len(lines) - len(before) + 1 {
		if slices.Equal(lines[i:i+len(before)], before) {
			found = append(found, i)
		}
	}
	if len(found) != 1 {
		return old, fmt.Errorf("the old lines stand there %d times, not once:\n%s", len(found), strings.Join(before, "\n"))
	}
	return strings.Join(slices.Replace(lines, found[0], found[0]+len(before), after...), "\n"), nil
}

// load reads the pack, its cases and what stands beside it, as the program does.
func (w work) load() (*policy.Pack, []*proof.Case, error) {
	fsys := fstest.MapFS{}
	for name, content := range w.files {
		if w.beside[name] == "" {
			fsys[path.Join(folder, name)] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	p, err := w.library.Load(fsys, folder)
	if err != nil {
		return nil, nil, err
	}
	cases, err := proof.Read(p)
	for _, name := range slices.Sorted(maps.Keys(w.beside)) {
		if err == nil {
			err = w.readBeside(p, name)
		}
	}
	return p, cases, err
}

func (w work) readBeside(p *policy.Pack, name string) error {
	node, err := text.Parse(name, []byte(w.files[name]))
	if err != nil {
		return err
	}
	if w.beside[name] == "adopt" {
		_, err = policy.ReadAdoption(p, node)
	} else {
		_, err = subject.Read(p.Vocabulary, node)
	}
	return err
}

// pack is the pack alone, which must load.
func (w work) pack(t *testing.T) *policy.Pack {
	t.Helper()
	p, _, err := w.load()
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return p
}

// checked is what the two commands print about a pack that is in order, or whose cases fail.
func checked(p *policy.Pack, cases []*proof.Case, summary bool) (said string, failed int) {
	var b strings.Builder
	if summary {
		fmt.Fprintf(&b, "%s %s 通过  条文 %d · 规则块 %d · 案例 %d · 疑义 %d\n", p.ID, p.Version, len(p.Clauses), len(p.Blocks), len(p.Cases), len(p.Questions))
	}
	for _, c := range cases {
		failures := proof.Run(c)
		if len(failures) == 0 {
			continue
		}
		failed++
		fmt.Fprintf(&b, "--- FAIL: %s (%s:%d)\n", c.Name, c.Node.Position().File, c.Node.Position().Line)
		for _, failure := range failures {
			fmt.Fprintf(&b, "    %d: %s\n", failure.At.Line, failure.Message.ZH)
		}
		fmt.Fprintf(&b, "    理由：%s\n", c.Because)
	}
	if len(cases) > 0 {
		word := map[bool]string{true: "ok  ", false: "FAIL"}[failed == 0]
		fmt.Fprintf(&b, "%s %s  %d 个案例，%d 个不符\n%d passed, %d failed\n", word, p.ID, len(cases), failed, len(cases)-failed, failed)
	}
	return strings.TrimSuffix(b.String(), "\n"), failed
}

// gaps are what coverage misses, without the places, which move when a case is taken out.
func gaps(t *testing.T, p *policy.Pack) []string {
	t.Helper()
	content, err := fs.ReadFile(packs.Files, "items.csv")
	if err != nil {
		t.Fatal(err)
	}
	items, err := proof.ReadItems("items.csv", content)
	if err != nil {
		t.Fatal(err)
	}
	coverage, err := proof.Measure(p, items)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, item := range coverage.Items {
		for _, gap := range item.Gaps {
			found = append(found, "    ✗ "+item.Item.Code+" "+gap.String())
		}
	}
	for _, gap := range coverage.Gaps {
		found = append(found, "    ✗ "+gap.String())
	}
	return found
}

// page is the tutorial while it is being checked: shown outputs are compared, or rewritten with -update.
type page struct {
	lines   []string
	changes []change
}

type change struct {
	from, length int
	text         string
}

func (p *page) show(t *testing.T, o output, got string) {
	t.Helper()
	if got == o.text {
		return
	}
	if !*update {
		t.Errorf("line %d of the tutorial shows\n%s\nthe program says\n%s", o.from+1, o.text, got)
		return
	}
	length := 0
	if p.lines[o.from] != "```" {
		length = strings.Count(o.text, "\n") + 1
	}
	p.changes = append(p.changes, change{o.from, length, got})
}

func (p *page) save(t *testing.T) {
	slices.SortFunc(p.changes, func(a, b change) int { return b.from - a.from })
	for _, c := range p.changes {
		p.lines = slices.Replace(p.lines, c.from, c.from+c.length, strings.Split(c.text, "\n")...)
	}
	if err := os.WriteFile(tutorial, []byte(strings.Join(p.lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) (*page, []step, work) {
	t.Helper()
	content, err := os.ReadFile(tutorial)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{lines: strings.Split(string(content), "\n")}
	steps, err := readSteps(p.lines)
	if err != nil {
		t.Fatalf("%s: %v", tutorial, err)
	}
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	return p, steps, work{library: library, files: map[string]string{}, beside: map[string]string{}}
}

func TestTutorial(t *testing.T) {
	p, steps, w := open(t)
	for _, s := range steps {
		next, err := w.after(s)
		if err != nil {
			t.Fatalf("%s:%d: %v", tutorial, s.line, err)
		}
		if !s.isVariant() {
			w = next
		}
		if s.verb == "check" || len(s.shown) > 0 {
			t.Run(fmt.Sprintf("%s on line %d", s.verb, s.line), func(t *testing.T) { p.try(t, s, w, next) })
		}
	}
	if *update {
		p.save(t)
	}
	t.Run("all of it loads", func(t *testing.T) {
		if _, _, err := w.load(); err != nil {
			t.Error(fault.RenderError(err, "zh"))
		}
	})
	t.Run("ends as the example", func(t *testing.T) { endsAsExample(t, w) })
}

// try runs the pack a step leads to and compares what is shown. now is the pack without a variant's change.
func (p *page) try(t *testing.T, s step, now, next work) {
	if len(s.shown) == 0 || s.verb == "holds" && len(s.shown) != 2 {
		t.Fatal("the output is not shown")
	}
	loaded, cases, err := next.load()
	if s.verb == "broken" {
		if err == nil {
			t.Fatal("nothing is refused")
		}
		for _, o := range s.shown {
			p.show(t, o, fault.RenderError(err, o.lang))
		}
		return
	}
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	if s.verb == "gaps" {
		p.newGaps(t, s.shown[0], gaps(t, now.pack(t)), gaps(t, loaded))
		return
	}
	said, failed := checked(loaded, cases, s.verb == "check")
	if (failed > 0) != (s.verb == "fails") {
		t.Errorf("%d cases fail:\n%s", failed, said)
	}
	p.show(t, s.shown[0], said)
	if s.verb == "holds" {
		page := present.Diff(policy.Compare(now.pack(t), loaded), nil, present.Options{Lang: "zh"})
		p.show(t, s.shown[1], strings.TrimSuffix(present.Draw(page, false), "\n"))
	}
}

// newGaps wants exactly the gaps that the change makes to be shown.
func (p *page) newGaps(t *testing.T, o output, before, after []string) {
	place := regexp.MustCompile(`:\d+:`)
	known := map[string]bool{}
	for _, gap := range before {
		known[place.ReplaceAllString(gap, "")] = true
	}
	after = slices.DeleteFunc(after, func(gap string) bool { return known[place.ReplaceAllString(gap, "")] })
	p.show(t, o, strings.Join(after, "\n"))
}

// endsAsExample compares the reader's pack with the shipped one: whole files, and of the longer ones each clause, case and
// label, since the tutorial leaves some clauses to the shipped pack.
func endsAsExample(t *testing.T, w work) {
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		if w.beside[name] != "" {
			continue
		}
		content, err := fs.ReadFile(packs.Files, path.Join(folder, name))
		if err != nil {
			t.Errorf("the example has no %s", name)
			continue
		}
		shipped := parts(name, string(content))
		for _, part := range parts(name, w.files[name]) {
			if !slices.Contains(shipped, part) {
				t.Errorf("%s of the tutorial has what the example has not:\n%s", name, part)
			}
		}
	}
	page, err := os.ReadFile(tutorial)
	if err != nil {
		t.Fatal(err)
	}
	content, err := fs.ReadFile(packs.Files, path.Join(folder, "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, clause := range parts("policy.md", string(content))[1:] {
		if number := strings.Fields(clause)[1]; !strings.Contains(string(page), number) {
			t.Errorf("the tutorial does not name clause %s of the example", number)
		}
	}
}

// parts divides a file into what must be equal to the byte: clauses, cases, labels, or the file as a whole.
func parts(name, content string) []string {
	begins := ""
	switch {
	case name == "policy.md":
		begins = "## "
	case path.Dir(name) == "cases":
		begins = "- name: "
	case name == "locale/en.yaml":
		return strings.Split(strings.TrimSpace(content), "\n")
	default:
		return []string{content}
	}
	var found []string
	for i, part := range strings.Split("\n"+content, "\n"+begins) {
		if i > 0 {
			part = begins + part
		}
		if part = strings.TrimSpace(part); i > 0 || name == "policy.md" {
			found = append(found, part)
		}
	}
	return found
}

// The test of the tutorial must be able to fail.
func TestReadStepsRefuses(t *testing.T) {
	tests := []struct{ name, page, says string }{
		{"a block nobody speaks for", "Text\n\n```yaml\na: 1\n```", "line 3: no comment says what this block is"},
		{"a comment without a block", "<!-- file: a.yaml -->\nText", "line 2: expected a block"},
		{"two comments", "<!-- file: a.yaml -->\n<!-- check -->", "line 2: the comment above has no block"},
		{"an unknown comment", "<!-- paste: a.yaml -->", "line 1: expected a block"},
		{"a block without an end", "<!-- file: a.yaml -->\n```yaml\na: 1", "line 2: the block does not end"},
		{"an output of nothing", "```text\nok\n```", "line 1: no comment says"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readSteps(strings.Split(tt.page, "\n"))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v does not say %q", err, tt.says)
			}
		})
	}
}

func TestEdited(t *testing.T) {
	const old = "a: 1\n\nb: 2\nb: 2\n"
	tests := []struct{ name, change, want string }{
		{"a line", "-a: 1\n+a: 2", "a: 2\n\nb: 2\nb: 2\n"},
		{"between", " a: 1\n \n+c: 3", "a: 1\n\nc: 3\nb: 2\nb: 2\n"},
		{"a blank line without its space", " a: 1\n\n+c: 3", "a: 1\n\nc: 3\nb: 2\nb: 2\n"},
		{"removal", "-a: 1", "\nb: 2\nb: 2\n"},
		{"absent", "-a: 3", ""},
		{"twice", "-b: 2", ""},
		{"only the start of a line", "-a:", ""},
		{"longer than the text", "-a: 1\n-b: 1\n-b: 2\n-b: 2\n-b: 2\n-b: 2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edited(old, tt.change)
			if (err != nil) != (tt.want == "") || err == nil && got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
