package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/auth"
	"doudi/record/store"
	"doudi/serve/present"
)

// policyRoutes are the library of policies: what documents say, what was adopted of them, and how that changes.
var policyRoutes = []route{
	{pattern: "GET /policies", may: only(auth.SeePolicies), do: (*view).policies},
	{pattern: "GET /policies/{pack}", may: only(auth.SeePolicies), do: (*view).policyPack},
	{pattern: "GET /policies/{pack}/original", may: only(auth.SeePolicies), do: (*view).originalFile},
	{pattern: "POST /policies/{pack}/original", may: only(auth.MakePolicies), do: (*view).uploadOriginal, upload: &originalUpload},
	{pattern: "POST /policies/{pack}/original/withdraw", may: only(auth.MakePolicies), do: (*view).withdrawOriginal},
	{pattern: "GET /policies/{pack}/diff", may: only(auth.SeePolicies), do: (*view).policyDiff},
	{pattern: "GET /policies/{pack}/tests", may: only(auth.SeePolicies), do: (*view).policyTests},
	{pattern: "GET /policies/{pack}/adoptions", may: only(auth.SeePolicies), do: (*view).packAdoptions},
	{pattern: "GET /policies/{pack}/adopt", may: only(auth.MakePolicies), do: (*view).adoptForm},
	{pattern: "POST /policies/{pack}/adopt", may: only(auth.MakePolicies), do: (*view).adopt},
	{pattern: "GET /policies/{pack}/simulate", may: only(auth.MakePolicies, auth.CheckPolicies), do: (*view).simulation},
	{pattern: "POST /policies/{pack}/simulate", may: only(auth.MakePolicies, auth.CheckPolicies), do: (*view).simulate},
	{pattern: "GET /adoptions/{adoption}", may: only(auth.SeePolicies), do: (*view).adoption},
	{pattern: "POST /adoptions/{adoption}/approve", may: only(auth.CheckPolicies), do: (*view).approveAdoption},
	{pattern: "POST /adoptions/{adoption}/reject", may: only(auth.MakePolicies, auth.CheckPolicies), do: (*view).rejectAdoption},
	{pattern: "POST /adoptions/{adoption}/withdraw", may: only(auth.MakePolicies), do: (*view).withdrawAdoption},
	{pattern: "GET /questions", may: only(auth.SeePolicies), do: (*view).questions},
}

// proofs are what the cases of packs prove. That follows from a pack alone, so it is found once.
type proofs struct {
	items []proof.Item // the checklist that packs are measured against
	mutex sync.Mutex
	known map[string]*proof.Coverage // by the pack's hash
}

func (p *proofs) of(pack *policy.Pack) (*proof.Coverage, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.known[pack.Hash] == nil {
		c, err := proof.Measure(pack, p.items)
		if err != nil {
			return nil, err
		}
		p.known[pack.Hash] = c
	}
	return p.known[pack.Hash], nil
}

// adopted is an adoption of a pack as lists show it.
type adopted struct {
	adoption.Record
	Place string // the name of the division
	Now   bool   // in force today
}

// packRow is a pack of the library.
type packRow struct {
	*policy.Pack
	Name    string
	Adopted []adopted // in force today or later
	Waiting int       // proposals that nobody has answered
	Others  []*policy.Pack
}

// clauseFound is a clause that a search found.
type clauseFound struct {
	Pack                  *policy.Pack
	Number, Title         string
	Before, Match, Behind string
}

// library is the page of all packs.
type library struct {
	Rows  []packRow
	Query string
	Found []clauseFound
	More  bool
}

// mostClauses is how many clauses a search shows.
const mostClauses = 60

// packs are those this program has, those of one series together and the later first.
func (v *view) packs() []*policy.Pack {
	list := slices.Clone(v.Record.Benefits.Packs)
	slices.SortStableFunc(list, func(a, b *policy.Pack) int {
		return cmp.Or(cmp.Compare(seriesOf(a), seriesOf(b)), cmp.Compare(b.InForce.From, a.InForce.From), cmp.Compare(b.Version, a.Version))
	})
	return list
}

func seriesOf(p *policy.Pack) string { return cmp.Or(p.Series, p.ID) }

// packName names a pack in an address: by its id, with its version where there are several of the id.
func (v *view) packName(p *policy.Pack) string {
	for _, other := range v.Record.Benefits.Packs {
		if other.ID == p.ID && other.Hash != p.Hash {
			return p.ID + "@" + p.Version
		}
	}
	return p.ID
}

func (v *view) packAddress(p *policy.Pack, more string) string {
	return "/policies/" + url.PathEscape(v.packName(p)) + more
}

// clauseAddress is a clause of a pack in the library, where 为什么 leads to.
func (v *view) clauseAddress(p *policy.Pack, number string) string {
	return v.packAddress(p, "#"+url.PathEscape(anchor(number)))
}

// anchor is a clause's id in its page.
func anchor(number string) string { return "c-" + strings.ReplaceAll(number, " ", "-") }

// packAt is the pack of the address.
func (v *view) packAt() (*policy.Pack, error) { return v.packNamed(v.r.PathValue("pack")) }

func (v *view) packNamed(name string) (*policy.Pack, error) {
	id, version, exact := strings.Cut(name, "@")
	for _, p := range v.packs() {
		if p.ID == id && (!exact || p.Version == version) {
			return p, nil
		}
	}
	return nil, refuse(fault.NotFound, "pack-unknown", fault.Text{ZH: "政策库里没有这份政策", EN: "there is no such policy in the library"}, fault.Text{ZH: "从政策库打开", EN: "open one from the library"})
}

// policies is the library, or what a search finds in its clauses.
func (v *view) policies() error {
	l := library{Query: v.asked("q")}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		l.Rows, err = v.packRows(tx)
		return err
	})
	if err != nil {
		return err
	}
	if l.Query != "" {
		if utf8.RuneCountInString(l.Query) > 100 {
			return refuse(fault.Invalid, "search-long", fault.Text{ZH: "查找的文字太长", EN: "the text to search for is too long"}, fault.Text{ZH: "用一两个词查找", EN: "search for a word or two"})
		}
		for _, p := range v.packs() {
			l.Found = append(l.Found, v.findIn(p, l.Query)...)
		}
		if l.More = len(l.Found) > mostClauses; l.More {
			l.Found = l.Found[:mostClauses]
		}
	}
	return v.show(http.StatusOK, v.say("政策库", "Policies"), policiesPage(v, l))
}

func (v *view) packRows(tx *store.Tx) ([]packRow, error) {
	all, err := adoption.All(tx)
	if err != nil {
		return nil, err
	}
	places, err := v.places(tx)
	if err != nil {
		return nil, err
	}
	var rows []packRow
	for _, p := range v.packs() {
		row := packRow{Pack: p, Name: v.in(p.Title)}
		for _, a := range all {
			if a.PackHash != p.Hash {
				continue
			}
			if _, waits := undecided(a); waits {
				row.Waiting++
			}
			if (a.State == adoption.Approved || a.State == adoption.Withdrawn) && a.Span.To >= v.today() && !a.Span.Empty() {
				row.Adopted = append(row.Adopted, adopted{a, v.placeName(places, a.Division), a.Span.Contains(v.today())})
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// undecided is the decision about an adoption that waits for an answer of its own.
func undecided(a adoption.Record) (d adoption.Decision, waits bool) {
	i := slices.IndexFunc(a.Decisions, func(d adoption.Decision) bool { return d.Answer == nil && d.For == "" })
	if i < 0 {
		return d, false
	}
	return a.Decisions[i], true
}

// places are the names of the county's divisions today.
func (v *view) places(tx *store.Tx) (map[ident.Division]string, error) {
	divisions, err := v.Record.Register.Divisions(tx, v.today(), rule.Forever)
	names := map[ident.Division]string{}
	for _, d := range divisions {
		names[d.Code] = d.Name
	}
	return names, err
}

// placeName is what a division is called; the county has no name of its own on the register.
func (v *view) placeName(names map[ident.Division]string, d ident.Division) string {
	if d == ident.Division(v.County) {
		return v.say("全县", "the whole county")
	}
	return cmp.Or(names[d], string(d))
}

// findIn are the clauses of a pack in which a text stands, or of whose rules one says it.
func (v *view) findIn(p *policy.Pack, text string) []clauseFound {
	var list []clauseFound
	for _, c := range present.Clauses(policy.NewBasis(p, nil), v.valued(policy.NewBasis(p, nil)), v.told()) {
		for _, said := range saidIn(c) {
			before, match, behind, ok := excerpt(said, text)
			if ok {
				list = append(list, clauseFound{p, c.Number, c.Title, before, match, behind})
				break
			}
		}
	}
	return list
}

// saidIn is everything that a clause and its rules say.
func saidIn(c present.Clause) []string {
	said := append([]string{c.Number + " " + c.Title}, c.Gist...)
	for _, r := range c.Rules {
		said = append(said, r.Title)
		for _, item := range r.Items {
			said = append(append(said, item.Text), item.Notes...)
		}
		for _, f := range r.Fields {
			said = append(said, f.Name+" "+f.Value)
		}
		if r.Table != nil {
			for _, row := range r.Table.Rows {
				said = append(said, strings.Join(row.Cells, " "))
			}
		}
		said = append(said, r.Notes...)
	}
	return said
}

// excerptReach is how many characters stand on each side of what was found.
const excerptReach = 24

// excerpt is where a text stands in what is said, letters small and large alike.
func excerpt(said, text string) (before, match, behind string, ok bool) {
	in, sought := []rune(said), []rune(strings.ToLower(text))
	for i := 0; i+len(sought) <= len(in); i++ {
		if strings.ToLower(string(in[i:i+len(sought)])) != string(sought) {
			continue
		}
		from, to := max(0, i-excerptReach), min(len(in), i+len(sought)+excerptReach)
		before, match, behind = string(in[from:i]), string(in[i:i+len(sought)]), string(in[i+len(sought):to])
		if from > 0 {
			before = "…" + before
		}
		if to < len(in) {
			behind += "…"
		}
		return before, match, behind, true
	}
	return "", "", "", false
}

// valued is the day whose values of a policy are shown: today, or the nearest day on which it is in force.
func (v *view) valued(b *policy.Basis) period.Day {
	span := b.Span()
	return min(max(v.today(), span.From), span.To)
}

// packHead is what stands above every page of a pack.
type packHead struct {
	*policy.Pack
	Tab     string
	Rows    []adopted // of this very pack, in force today or later
	Waiting int
	Others  []*policy.Pack // that it can be compared with: those of its series first
}

func (v *view) packHead(tx *store.Tx, p *policy.Pack, tab string) (packHead, error) {
	h := packHead{Pack: p, Tab: tab}
	rows, err := v.packRows(tx)
	for _, row := range rows {
		if row.Hash == p.Hash {
			h.Rows, h.Waiting = row.Adopted, row.Waiting
		} else {
			h.Others = append(h.Others, row.Pack)
		}
	}
	slices.SortStableFunc(h.Others, func(a, b *policy.Pack) int {
		return cmp.Compare(map[bool]int{true: 0, false: 1}[seriesOf(a) == seriesOf(p)], map[bool]int{true: 0, false: 1}[seriesOf(b) == seriesOf(p)])
	})
	return h, err
}

// clausePane is a clause with what stands beside it.
type clausePane struct {
	present.Clause
	Cases    []present.WorkedCase
	Original []string // the document's own words
}

// packPage is a pack clause by clause.
type packPage struct {
	packHead
	As       string // the adoption whose readings and values are shown; "" as published
	AsName   string
	Day      period.Day
	Clauses  []clausePane
	Cases    int
	Failed   int
	Original *original // nil while nobody has uploaded it
	Key      string
	Problem  error
}

// policyPack shows a pack: what it says, by what rules it is carried out, and the cases that prove them.
func (v *view) policyPack() error { return v.showPack(http.StatusOK, nil) }

func (v *view) showPack(status int, problem error) error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	var page packPage
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		page = packPage{Key: newKey(), Problem: problem}
		if page.packHead, err = v.packHead(tx, p, "rules"); err != nil {
			return err
		}
		basis, err := v.shownAs(tx, &page)
		if err != nil {
			return err
		}
		if page.Original, err = v.originalOf(tx, p); err == nil && page.Original != nil {
			err = v.readOriginal(tx, p, page.Original)
		}
		if err != nil {
			return err
		}
		return v.fillPack(&page, basis)
	})
	if err != nil {
		return err
	}
	return v.show(status, v.in(p.Title), packPageOf(v, page))
}

// shownAs is the pack as it is shown: as a division adopted it, by default the largest that has it in force today, or as it is published.
func (v *view) shownAs(tx *store.Tx, page *packPage) (*policy.Basis, error) {
	asked := v.asked("as")
	for _, a := range page.Rows {
		if a.ID == asked || asked == "" && a.Now && page.As == "" {
			page.As, page.AsName = a.ID, a.Place
		}
	}
	if page.As == "" {
		return policy.NewBasis(page.Pack, nil), nil
	}
	return v.Record.Adoptions.AsStood(tx, v.stood(page.Rows, page.As))
}

func (v *view) stood(rows []adopted, id string) adoption.Stood {
	i := slices.IndexFunc(rows, func(a adopted) bool { return a.ID == id })
	return adoption.Stood{ID: id, Hash: rows[i].PackHash, Division: rows[i].Division, Span: rows[i].Span}
}

func (v *view) fillPack(page *packPage, basis *policy.Basis) error {
	proven, err := v.proofs.of(page.Pack)
	if err != nil {
		return err
	}
	page.Day, page.Cases, page.Failed = v.valued(basis), proven.Cases, len(proven.Failures)
	cases := present.WorkedCases(page.Pack, proven, v.told())
	for _, c := range present.Clauses(basis, page.Day, v.told()) {
		pane := clausePane{Clause: c, Cases: cases[c.Number]}
		if page.Original != nil {
			pane.Original = page.Original.Clauses[c.Number]
		}
		page.Clauses = append(page.Clauses, pane)
	}
	return nil
}

// diffPage is what changed between two packs.
type diffPage struct {
	packHead
	From *policy.Pack
	Page *present.Page
}

// policyDiff tells a pack apart from another.
func (v *view) policyDiff() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	var d diffPage
	if from := v.asked("from"); from != "" {
		if d.From, err = v.packNamed(from); err != nil {
			return err
		}
	}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		d.packHead, err = v.packHead(tx, p, "diff")
		return err
	})
	if err != nil {
		return err
	}
	if d.From == nil && len(d.Others) > 0 && seriesOf(d.Others[0]) == seriesOf(p) {
		d.From = d.Others[0]
	}
	if d.From != nil {
		d.Page = present.Diff(policy.Compare(d.From, p), nil, v.told())
	}
	return v.show(http.StatusOK, v.say("版本对比", "What changed"), diffPageOf(v, d))
}

// testsPage is what the cases of a pack prove of each item of the checklist.
type testsPage struct {
	packHead
	*proof.Coverage
}

func (v *view) policyTests() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	var page testsPage
	if page.Coverage, err = v.proofs.of(p); err != nil {
		return err
	}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		page.packHead, err = v.packHead(tx, p, "tests")
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("用例与覆盖", "Cases and coverage"), testsPageOf(v, page))
}
