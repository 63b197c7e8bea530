package doudi_test

import (
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strings"
	"testing"
)

// lawText says which package may import which. It is a decision, not a description: change it on purpose and say why in
// the commit.
//
//	a < b        b may import a, and whatever a may import
//	a < b, c     the same for b and for c; b and c do not know each other
//	a !< b       b must never come to import a, however the other lines are changed
//	a            a package that imports nothing of ours
//
// A name in capitals is a floor: everything that stands on it, so that a line need not list the packages below. A line
// may name a package that is not written yet; a package in the tree that no line names is a breach.
const lawText = `
	# kernel: values of the field. The standard library and nothing else.
	# An identity number holds a birthday, so ident stands on period.
	kernel/fault < kernel/money, kernel/period < KERNEL
	kernel/period < kernel/ident < KERNEL

	# decide: pure functions of policy, facts and day.
	KERNEL < decide/text < decide/rule < decide/subject < decide/policy < decide/explain < decide/counter
	decide/counter < decide/settle, decide/entitle < decide/proof < DECIDE
	decide/entitle < decide/simulate < DECIDE

	# record: what is kept. It calls decide, never the reverse. A money movement stands on whom it concerns and where it was
	# spent; storetest gives tests both databases.
	DECIDE < record/store < record/audit < record/dated < record/file < record/register, record/provider, record/adoption < record/fund < record/claim < record < RECORD
	record/store/logfile < record/store < record/store/storetest < RECORD
	# What the tests of the record have in common; nobody else uses it.
	record/register < record/recordtest
	packs < record/recordtest
	record/register, record/provider < record/auth < record
	# How a county works its days; and what two persons change of everything that stands, and of the money that is given.
	record/dated < record/calendar < record
	record/calendar, record/register, record/provider, record/fund < record/upkeep < record
	# What lies on somebody's desk is sealed like what is said of people, and is no record of anything.
	record/dated < record/desk < record
	# A slip freezes what it is about and knows no benefit.
	record/dated < record/task < record
	# What everybody is due each month is decided from one picture of the whole register.
	record/register, record/adoption < record/snapshot < record/benefit < record
	record/fund, record/benefit, record/roll/sheet < record/payment < record
	# Who moves to another county takes along what was used, paid and is owed.
	record/claim, record/payment < record/move < record
	record/claim, record/payment < record/voucher < RECORD
	# A settlement is proved by a file to whoever has no database.
	record/claim < record/evidence < RECORD
	record/benefit < record/simulation < RECORD
	# Files of tables are read and written without knowing who is registered.
	DECIDE < record/roll/sheet < record/roll/sheet/sheettest < RECORD
	record/register, record/roll/sheet < record/roll < record
	# An office that is set up for the first time opens the whole record at its end.
	record < record/setup < RECORD
	# What takes long is done by nobody who waits for it.
	record/roll, record/benefit, record/payment, record/simulation < record/job < record

	# serve: what people and other systems touch. The renderer is given what it shows; it fetches nothing.
	RECORD < SERVE
	DECIDE < serve/present < serve/web, serve/api < SERVE
	RECORD < serve/web, serve/api

	# It speaks with an identity provider and knows nobody here.
	KERNEL < serve/oidc < serve/web < SERVE
	DECIDE < serve/oidc
	RECORD !< serve/oidc
	serve/oidc < serve/oidc/oidctest
	RECORD !< serve/present
	# Printing knows nothing of what stands on the paper.
	kernel/fault < serve/pdf < serve/web

	# packs: policy as data. Whoever decides is handed a pack; only the program knows which packs come with it.
	packs < cmd/doudi
	packs !< DECIDE
	packs !< SERVE

	SERVE < cmd/doudi

	# Money and days know nothing of each other: what a yuan is does not depend on the date.
	kernel/money !< kernel/period
	kernel/period !< kernel/money

	# The whole program under faults: killed, cut off, out of room.
	RECORD < e2e/torture
	packs < e2e/torture

	# A second opinion on what a year of runs pays.
	RECORD < e2e/oracle
	packs < e2e/oracle
	internal/county < e2e/oracle

	# The house's own tools and the root, which holds the checks of the whole tree.
	internal/tally
	internal/debian < record/store/storetest, serve/pdf
	internal/crawl
	doudi

	# An invented county for demonstrations, measurements and tests.
	packs < internal/county
	RECORD < internal/county < cmd/doudi, e2e/browser

	# The people of a demonstration, with their accounts.
	RECORD < internal/staff < cmd/doudi, e2e/browser
	SERVE < e2e/browser
	packs < e2e/browser

	# The documents' own tests: what the tutorial shows is what the program says.
	DECIDE < docs
	packs < docs
`

// library is a module from outside that we import, and the only folders that may. "tests" stands for every test file.
type library struct {
	path  string
	users []string
	why   string
}

// libraries are all the modules from outside. A new one is added here with its reason, and with a page in
// docs/decisions when the choice was not obvious.
var libraries = []library{
	{"cel.dev/cel-go", []string{"decide"}, "parses, checks and evaluates the expressions of packs; elsewhere only our own types are known"},
	{"github.com/goccy/go-yaml", []string{"decide"}, "YAML with positions; decide/text wraps it, so that all documents have the same errors"},
	{"github.com/go-json-experiment/json", []string{"decide", "record"}, "JSON token by token, in decide/text, and what is read most often, in record/dated; what becomes encoding/json/v2 (docs/decisions/0003)"},
	{"github.com/yuin/goldmark", []string{"decide", "doudi"}, "reads the Markdown of packs; the house rules read the links of our documents with it"},
	{"github.com/spf13/cobra", []string{"cmd"}, "the command line; below cmd nobody knows how a question was asked"},
	{"golang.org/x/term", []string{"cmd", "serve"}, "whether the output is a terminal, and how wide"},
	{"github.com/a-h/templ", []string{"serve"}, "pages as Go that the compiler checks, everything escaped"},
	{"github.com/danielgtaylor/huma", []string{"serve/api"}, "operations with their OpenAPI 3.1 document from one set of types"},
	{"github.com/google/go-cmp", []string{"tests"}, "differences that can be read"},
	{"github.com/emmansun/gmsm", []string{"record"}, "the digests and ciphers of Chinese law, SM3 and SM4, which the standard library lacks"},
	{"github.com/coreos/go-oidc", []string{"serve/oidc"}, "checks the tokens of an office's own identity provider; signatures and keys are nothing to write oneself (docs/decisions/0024)"},
	{"golang.org/x/oauth2", []string{"serve/oidc"}, "the code flow with PKCE that go-oidc stands on"},
	{"github.com/go-jose/go-jose", []string{"serve/oidc/oidctest", "tests"}, "signs the tokens of the identity provider that runs inside a test"},
	{"golang.org/x/net", []string{"tests", "serve/web"}, "html, by which tests walk every form of every page, and Chinese on English pages is marked as such"},
	{"golang.org/x/crypto", []string{"record/auth"}, "argon2id, which the standard library lacks"},
	{"github.com/pquerna/otp", []string{"record/auth", "tests"}, "the codes of a second factor (RFC 6238), and the square they are set up with"},
	{"gocloud.dev", []string{"record/file"}, "one way to a folder and to S3-compatible storage; elsewhere only file.Box is known (docs/decisions/0009)"},
	{"github.com/xuri/excelize", []string{"record/roll/sheet"}, "writes workbooks row by row; reading them needs more than it tells (docs/decisions/0016)"},
	{"golang.org/x/text", []string{"record/roll/sheet"}, "GBK and UTF-16, in which offices keep their tables"},
	{"github.com/gabriel-vasile/mimetype", []string{"record/file"}, "finds the type of a file in its content; names lie"},
	{"github.com/johannesboyne/gofakes3", []string{"tests"}, "S3-compatible storage inside a test, spoken to over real HTTP"},
	{"github.com/klauspost/compress", []string{"record/claim", "record/snapshot", "record/benefit", "serve/web"}, "S2, which makes what is sealed half as long in no time; a settlement cannot wait for flate or zstd. Pages go out by its gzip, which hides by padding how well they were compressed"},
	{"github.com/mozillazg/go-pinyin", []string{"record/register"}, "the pinyin initials by which people are searched; a table of characters nobody should write twice"},
	{"github.com/jackc/pgx", []string{"record/store"}, "speaks to PostgreSQL; elsewhere only store.Tx is known"},
	{"modernc.org/sqlite", []string{"record/store"}, "SQLite without a C compiler; elsewhere only store.Tx is known"},
	{"modernc.org/libc", []string{"record/store/logfile"}, "how SQLite's C is called without a C compiler (docs/decisions/0030)"},
	{"github.com/pressly/goose", []string{"record/store"}, "runs the numbered steps of our tables"},
	{"github.com/riverqueue/river", []string{"record/store"}, "the job queue on the same transaction, for one process or many (docs/decisions/0006)"},
	{"github.com/chromedp", []string{"tests"}, "drives Chromium in the tests of pages"},
	{"github.com/rogpeppe/go-internal", []string{"tests"}, "scripts that drive the real program, and txtar fixtures"},
	{"go.uber.org/goleak", []string{"tests"}, "goroutines that a test left behind, with their stacks"},
	{"pgregory.net/rapid", []string{"tests"}, "properties over many generated values"},
}

// ban forbids folders an import that the law and the libraries would allow. It covers what stands below it as well:
// "os" forbids "os/exec".
type ban struct {
	folders []string
	path    string
	why     string
}

var (
	pure = []string{"kernel", "decide"}
	bans = []ban{
		{pure, "os", "kernel and decide are pure: files come in as fs.FS, the environment does not come in at all"},
		{pure, "net", "kernel and decide are pure: the same facts give the same answer on a laptop without a network"},
		{pure, "database/sql", "kernel and decide are pure: facts are handed over by record, which keeps them"},
		{pure, "math/rand", "kernel and decide are pure: chance would make a decision impossible to repeat"},
		{pure, "crypto/rand", "kernel and decide are pure: chance would make a decision impossible to repeat"},
		{pure, "log", "kernel and decide are pure: what there is to say is part of the result, not of a log"},
		{pure, "path/filepath", "depends on the machine and reads its disk; paths inside an fs.FS are for package path"},
		{pure, "syscall", "kernel and decide are pure: nothing is asked of the operating system"},
		{pure, "unsafe", "a wrong amount must come from a wrong rule, never from a wrong pointer"},
		{[]string{"decide"}, "time", "decide is pure: the day is an argument (kernel/period), nobody reads a clock"},
		{[]string{"record"}, "net/http", "only serve and cmd know HTTP"},
	}
)

// floors are the folders of the house from the lowest to the highest.
var floors = []string{"kernel", "decide", "record", "serve", "cmd"}

func TestImportLaw(t *testing.T) {
	tr, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	l, err := parseLaw(lawText)
	if err != nil {
		t.Fatal(err)
	}
	report(t, l.breaches(tr))
}

// law is the parsed text: for each name, the names directly below it.
type law struct {
	below map[string][]string
}

// parseLaw reads the text and refuses one that contradicts itself.
func parseLaw(text string) (*law, error) {
	l := &law{below: map[string][]string{}}
	var never [][2]string
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if low, high, found := strings.Cut(line, "!<"); found {
			never = append(never, [2]string{strings.TrimSpace(low), strings.TrimSpace(high)})
			continue
		}
		if err := l.chain(line); err != nil {
			return nil, fmt.Errorf("law line %d: %w", i+1, err)
		}
	}
	return l, l.contradiction(never)
}

// chain adds the line "a < b, c < d".
func (l *law) chain(line string) error {
	var lower []string
	for _, step := range strings.Split(line, "<") {
		var names []string
		for _, name := range strings.Split(step, ",") {
			name = strings.TrimSpace(name)
			if name == "" || strings.ContainsAny(name, " \t!") {
				return fmt.Errorf("%q is not the name of a package or floor in %q", name, line)
			}
			names = append(names, name)
			l.below[name] = append(l.below[name], lower...)
		}
		lower = names
	}
	return nil
}

// contradiction reports a name that stands above itself, and a pair that must never meet but does.
func (l *law) contradiction(never [][2]string) error {
	for name := range l.below {
		if l.allows(name, name) {
			return fmt.Errorf("law: %s stands above itself", name)
		}
	}
	for _, pair := range never {
		for _, name := range pair {
			if !l.knows(name) {
				return fmt.Errorf("law: %s !< %s names %q, which no other line knows", pair[0], pair[1], name)
			}
		}
		if l.allows(pair[1], pair[0]) {
			return fmt.Errorf("law: %s !< %s is broken by the other lines", pair[0], pair[1])
		}
	}
	return nil
}

func (l *law) knows(name string) bool {
	_, ok := l.below[name]
	return ok
}

// allows reports whether importer may import imported.
func (l *law) allows(importer, imported string) bool {
	seen := map[string]bool{}
	queue := slices.Clone(l.below[importer])
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if name == imported {
			return true
		}
		if !seen[name] {
			seen[name] = true
			queue = append(queue, l.below[name]...)
		}
	}
	return false
}

// may lists the packages importer may import, for the message of a breach.
func (l *law) may(importer string) string {
	var names []string
	for name := range l.below {
		if name != strings.ToUpper(name) && l.allows(importer, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "nothing of ours"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// breaches checks every import of the tree, and that packs are data.
func (l *law) breaches(tr *tree) []string {
	var found []string
	unknown := map[string]bool{}
	for _, f := range tr.gos {
		if !l.knows(f.folder) && !unknown[f.folder] {
			unknown[f.folder] = true
			found = append(found, fmt.Sprintf("%s: the law in arch_test.go does not know package %s; add it to the line of its floor", f.path, f.folder))
		}
		if under(f.folder, "packs") && f.path != "packs/embed.go" && !f.isTest {
			found = append(found, fmt.Sprintf("%s: a pack is data; the only Go file under packs is packs/embed.go", f.path))
		}
		f.imports(func(spec *ast.ImportSpec, path string) {
			if why := l.forbids(f, path); why != "" {
				found = append(found, fmt.Sprintf("%s: %s imports %s: %s", f.at(spec.Pos()), f.folder, path, why))
			}
		})
	}
	return found
}

// forbids says why the file must not import path, or "" when it may.
func (l *law) forbids(f goFile, path string) string {
	switch {
	case under(path, module):
		return l.forbidsOurs(f, strings.TrimPrefix(path, module+"/"))
	case strings.Contains(strings.Split(path, "/")[0], "."):
		return forbidsLibrary(f, path)
	case f.isTest: // a test may read its fixtures from disk
		return ""
	}
	for _, b := range bans {
		if under(path, b.path) && underAny(f.folder, b.folders) {
			return b.why
		}
	}
	return ""
}

func (l *law) forbidsOurs(f goFile, imported string) string {
	switch {
	case l.allows(f.folder, imported):
		return ""
	case !f.isTest:
		return "it may import " + l.may(f.folder)
	case floor(imported) > floor(f.folder) && floor(f.folder) >= 0:
		return "a test uses its own floor and those below, so that a floor can be tested without what is above it"
	}
	return ""
}

// floor is the height of the package's floor, or -1 when it stands on none.
func floor(folder string) int {
	first, _, _ := strings.Cut(folder, "/")
	return slices.Index(floors, first)
}

func forbidsLibrary(f goFile, path string) string {
	for _, lib := range libraries {
		switch {
		case !under(path, lib.path):
			continue
		case underAny(f.folder, lib.users), f.isTest && slices.Contains(lib.users, "tests"):
			return ""
		}
		return fmt.Sprintf("only for %s (%s)", strings.Join(lib.users, ", "), lib.why)
	}
	return "a library that arch_test.go does not list; prefer the standard library, or add it there with the reason"
}

// The law must be able to fail: each tree below breaks it in one way.
func TestImportLawFindsBreaches(t *testing.T) {
	const file = "package x\n\nimport _ %q\n"
	tests := []struct {
		name, path, imports, finds string
	}{
		{"upward between floors", "kernel/money/a.go", "doudi/decide/rule", "kernel/money/a.go:3: kernel/money imports doudi/decide/rule: it may import kernel/fault"},
		{"upward inside a floor", "decide/rule/a.go", "doudi/decide/policy", "it may import decide/text, kernel/fault, kernel/ident, kernel/money, kernel/period"},
		{"sideways", "decide/settle/a.go", "doudi/decide/entitle", "decide/settle imports doudi/decide/entitle"},
		{"the lowest", "kernel/fault/a.go", "doudi/kernel/money", "it may import nothing of ours"},
		{"packs from below", "decide/policy/a.go", "doudi/packs", "decide/policy imports doudi/packs"},
		{"packs import nothing", "packs/embed.go", "doudi/kernel/fault", "packs imports doudi/kernel/fault"},
		{"a package of ours nobody knows", "decide/rule/a.go", "doudi/decide/guess", "decide/rule imports doudi/decide/guess"},
		{"the root", "kernel/ident/a.go", "doudi", "kernel/ident imports doudi"},
		{"unknown package", "decide/guess/a.go", "strings", "does not know package decide/guess"},
		{"Go inside a pack", "packs/pingyin-2021/a.go", "strings", "the only Go file under packs"},
		{"second Go file of packs", "packs/more.go", "strings", "the only Go file under packs"},
		{"disk", "decide/policy/a.go", "os", "kernel and decide are pure: files come in as fs.FS"},
		{"processes", "decide/policy/a.go", "os/exec", "decide are pure"},
		{"network", "decide/rule/a.go", "net/http", "without a network"},
		{"clock", "decide/entitle/a.go", "time", "nobody reads a clock"},
		{"chance", "decide/proof/a.go", "math/rand/v2", "impossible to repeat"},
		{"database", "kernel/ident/a.go", "database/sql", "handed over by record"},
		{"HTTP in record", "record/store/a.go", "net/http", "only serve and cmd know HTTP"},
		{"library in kernel", "kernel/money/a.go", "cel.dev/cel-go/cel", "only for decide"},
		{"command line below cmd", "serve/present/a.go", "github.com/spf13/cobra", "only for cmd"},
		{"test library in the product", "decide/rule/a.go", "pgregory.net/rapid", "only for tests"},
		{"unlisted library", "cmd/doudi/a.go", "example.org/left-pad", "does not list"},
		{"unlisted library in a test", "cmd/doudi/a_test.go", "example.org/left-pad", "does not list"},
		{"library whose name only begins alike", "decide/rule/a.go", "cel.dev/cel-gopher", "does not list"},
		{"a test that looks upward", "kernel/money/a_test.go", "doudi/decide/rule", "own floor and those below"},
	}
	l, err := parseLaw(lawText + "\nDECIDE < record/store < RECORD\npacks < packs/pingyin-2021\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expectFindings(t, l.breaches(seeded(t, tt.path, fmt.Sprintf(file, tt.imports))), tt.finds)
		})
	}
}

func TestImportLawAllows(t *testing.T) {
	l, err := parseLaw(lawText)
	if err != nil {
		t.Fatal(err)
	}
	expectFindings(t, l.breaches(seeded(t,
		"kernel/period/a.go", "package period\nimport _ \"time\"\nimport _ \"doudi/kernel/fault\"\n",
		"decide/settle/a.go", "package settle\nimport _ \"doudi/kernel/money\"\nimport _ \"cel.dev/cel-go/cel\"\n",
		"decide/rule/a_test.go", "package rule_test\nimport _ \"os\"\nimport _ \"doudi/decide/proof\"\nimport _ \"pgregory.net/rapid\"\n",
		"decide/policy/a_test.go", "package policy_test\nimport _ \"doudi/packs\"\n",
		"serve/present/a.go", "package present\nimport _ \"doudi/decide/settle\"\n",
		"packs/embed.go", "package packs\nimport _ \"embed\"\n",
		"packs/embed_test.go", "package packs_test\nimport _ \"doudi/decide/policy\"\n",
		"cmd/doudi/main.go", "package main\nimport _ \"doudi/packs\"\nimport _ \"doudi/serve/present\"\nimport _ \"github.com/spf13/cobra\"\n",
	)))
}

func TestParseLawRefuses(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"cycle", "a < b < c\nc < a", "stands above itself"},
		{"itself", "a < a", "stands above itself"},
		{"missing name", "a < , b", `"" is not the name`},
		{"two names without a comma", "\na b < c", "law line 2"},
		{"broken promise", "a < b < c\na !< c", "a !< c is broken"},
		{"promise about a stranger", "a < b\na !< d", `names "d"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseLaw(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v does not say %q", err, tt.says)
			}
		})
	}
}
