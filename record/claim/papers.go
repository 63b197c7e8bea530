package claim

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/file"
	"doudi/record/store"
)

// Awaited says which papers may be handed in for a bill after it came, and by when: the step of the policy that shows facts for
// want of which the bill is not payable.
type Awaited struct {
	Procedure string     `json:"procedure"` // id
	Step      string     `json:"step"`      // id
	Act       Label      `json:"act"`
	Clause    string     `json:"clause"`
	Facts     []string   `json:"facts"` // that the papers show
	Due       period.Day `json:"due"`   // the last day
}

// awaited finds the papers that may mend a result; nil when it is payable, when something else stands in its way too, or when no step
// of the policy with a deadline shows what is wanting.
func awaited(s *subject.Subject, r *settle.Result) (*Awaited, error) {
	if payable(r.Verdict) || r.Settlement == nil || r.Decided == 0 {
		return nil, nil
	}
	for _, x := range r.Basis.Pack.Procedures {
		if !slices.ContainsFunc(x.Steps, func(step policy.Step) bool { return mends(r.Reasons, step.Shows) }) {
			continue
		}
		walked, err := entitle.Steps(r.Basis, s, x, r.Decided)
		if err != nil {
			return nil, err
		}
		for _, state := range walked.Steps {
			if step := state.Step; state.Applies == rule.Met && state.Taken() && state.Due != nil && mends(r.Reasons, step.Shows) {
				return &Awaited{Procedure: x.ID, Step: step.ID, Act: label(step.Act), Clause: x.Clause.Number, Facts: slices.Clone(step.Shows), Due: *state.Due}, nil
			}
		}
	}
	return nil, nil
}

// mends tells whether every condition that is not met asks for one of the facts.
func mends(reasons []explain.Reason, facts []string) bool {
	found := false
	for _, reason := range reasons {
		if reason.Truth == rule.Met {
			continue
		}
		asks := func(name string) bool { return slices.Contains(reason.Test.Refs, name) }
		if found = slices.ContainsFunc(facts, asks); !found {
			return false
		}
	}
	return found
}

// PapersDue says which papers may still be handed in for a confirmed bill, by which day. found is false when none would help. Before a
// bill is confirmed its preview says so ([Settled].Awaited). Codes: claim.unknown, claim.state.
func (c *Claims) PapersDue(tx *store.Tx, id string) (a Awaited, found bool, err error) {
	claim, err := Get(tx, id)
	if err != nil {
		return a, false, err
	}
	if claim.State != Confirmed {
		return a, false, wrongState(&claim)
	}
	standings, err := c.standings(tx, claim.Person, []*Claim{&claim})
	if err != nil || standings[id].settled.Awaited == nil {
		return a, false, err
	}
	return *standings[id].settled.Awaited, true, nil
}

// Papers are handed in for a bill after it came.
type Papers struct {
	Claim    string
	Document string     // on file for the person (package file)
	Day      period.Day // on which they were handed in
	By       string     // who brought them; "" when not noted

	// Content is what they show: visit, application and approval, as in a bill file. Name is as of a [Bill].
	Name    string
	Content []byte
}

// shown is what papers show of a claim.
type shown struct {
	claim string
	facts dated.Frozen
}

// paper is what a row of claim_paper holds sealed.
type paper struct {
	By    string       `json:"by,omitempty"`
	Facts dated.Frozen `json:"facts"`
}

const longestBy = 100 // characters

// HandIn records papers for a bill. From now on what they show stands instead of what the bill says. A bill that was confirmed is
// settled again in its place with everything else as it was frozen, and so are those after it; only the differences are posted.
// One that was not confirmed yet is settled with them when it is. Codes: claim.unknown, claim.state; those of [file.Refer] and of
// the content with their places; claim.papers-day, claim.papers-by, claim.papers-empty, claim.papers-not-awaited,
// claim.papers-other-fact, claim.papers-late, which names the clause and the last day; claim.not-payable, claim.documents-needed
// when the bill is not payable with them either; claim.follower, claim.counter-full, and those of package fund.
func (c *Claims) HandIn(tx *store.Tx, p Papers) (Confirmation, error) {
	claim, err := Get(tx, p.Claim)
	if err != nil {
		return Confirmation{}, err
	}
	if claim.State == Reversed {
		return Confirmation{}, wrongState(&claim)
	}
	facts, err := c.readPapers(tx, &p, &claim)
	if err != nil {
		return Confirmation{}, err
	}
	ch, err := c.lock(tx, &claim)
	if err != nil {
		return Confirmation{}, err
	}
	now, err := c.now(tx, ch, &claim)
	if err != nil {
		return Confirmation{}, err
	}
	if err := p.inTime(now.settled.Awaited, facts); err != nil {
		return Confirmation{}, err
	}
	kept, err := dated.Freeze(c.Vocabulary, facts)
	if err != nil {
		return Confirmation{}, err
	}
	if err := c.insertPaper(tx, &claim, p, kept); err != nil {
		return Confirmation{}, err
	}
	done := Confirmation{Claim: claim.ID}
	if claim.State == Confirmed {
		if done, err = c.settleShown(tx, ch, &claim, kept); err != nil {
			return Confirmation{}, err
		}
	}
	content := map[string]string{"document": p.Document, "day": p.Day.String(), "changed": ids(done.Changes)}
	return done, c.record(tx, "claim.papers", &claim, content, map[string]string{"by": p.By})
}

// readPapers checks what is said of papers and reads what they show.
func (c *Claims) readPapers(tx *store.Tx, p *Papers, claim *Claim) (rule.Facts, error) {
	if err := file.Refer(tx, p.Document, claim.Person); err != nil {
		return nil, err
	}
	p.By = strings.TrimSpace(p.By)
	switch {
	case p.Day == 0 || p.Day > today(tx):
		return nil, papersDay()
	case utf8.RuneCountInString(p.By) > longestBy || strings.ContainsFunc(p.By, unicode.IsControl):
		return nil, papersBy()
	}
	node, err := text.Parse(p.Name, p.Content)
	if err != nil {
		return nil, err
	}
	r := &text.Report{}
	s := c.readGroups(r, node, billGroups)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(s.Facts) == 0 {
		return nil, papersEmpty()
	}
	return s.Facts, nil
}

// inTime refuses papers that nobody waits for, that show something else, or that came too late.
func (p *Papers) inTime(a *Awaited, facts rule.Facts) error {
	if a == nil {
		return papersNotAwaited()
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if !slices.Contains(a.Facts, name) {
			return papersOtherFact(name, a)
		}
	}
	if p.Day > a.Due {
		return papersLate(a)
	}
	return nil
}

// now is a bill as it stands: settled with what was frozen; one that was not settled yet, as it would come out.
func (c *Claims) now(tx *store.Tx, ch *chain, claim *Claim) (*outcome, error) {
	if claim.Version == 0 {
		would := *claim // it gets no place by being looked at
		return c.first(tx, &plan{chain: ch}, &would)
	}
	standings, err := c.standings(tx, claim.Person, []*Claim{claim})
	if err != nil {
		return nil, err
	}
	s := standings[claim.ID]
	return c.repeat(tx, claim, s.bill, s.frozen, s.frozen.history())
}

func (c *Claims) insertPaper(tx *store.Tx, claim *Claim, p Papers, kept dated.Frozen) error {
	sealed, err := c.seal(tx, claim.Person, paper{p.By, kept})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO claim_paper (county_code, claim_id, paper_id, document_id, day, version, sealed, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		tx.County, claim.ID, tx.NewID(), p.Document, p.Day.String(), claim.Version+1, sealed, store.FormatInstant(tx.Instant), tx.Actor.ID)
	return err
}

// settleShown settles a confirmed bill again with what papers show.
func (c *Claims) settleShown(tx *store.Tx, ch *chain, claim *Claim, kept dated.Frozen) (Confirmation, error) {
	p := &plan{chain: ch, shown: &shown{claim.ID, kept}}
	if err := c.follow(tx, p, claim.place); err != nil {
		return Confirmation{}, err
	}
	i := slices.IndexFunc(p.steps, func(s step) bool { return s.claim.ID == claim.ID })
	if i < 0 { // it was reversed in the meantime
		return Confirmation{}, wrongState(claim)
	}
	after := p.steps[i].after.settled
	if !payable(after.Figures.Verdict) {
		return Confirmation{}, notSettled(after)
	}
	if err := c.apply(tx, p, claim); err != nil {
		return Confirmation{}, err
	}
	return Confirmation{Claim: claim.ID, Version: p.steps[i].claim.Version, Own: after.Figures.own(), Patient: after.Figures.Patient, Due: after.Figures.Due, Changes: p.changes()}, nil
}

// Paper is what was handed in for a bill.
type Paper struct {
	Document string
	Day      period.Day
	By       string
	Version  int // of the bill's first settlement that stands on it

	facts dated.Frozen
}

// PapersOf lists what was handed in for a bill, the oldest first. Whoever shows it to somebody records a look. Code: claim.unknown.
func (c *Claims) PapersOf(tx *store.Tx, id string) ([]Paper, error) {
	claim, err := Get(tx, id)
	if err != nil {
		return nil, err
	}
	return c.papers(tx, &claim)
}

const papersQuery = `SELECT document_id, day, version, sealed FROM claim_paper WHERE county_code = ?1 AND claim_id = ?2 ORDER BY paper_id`

func (c *Claims) papers(tx *store.Tx, claim *Claim) ([]Paper, error) {
	var sealed []string
	list, err := store.All(tx, func(rows *store.Rows) (p Paper, err error) {
		var day, text string
		if err := rows.Scan(&p.Document, &day, &p.Version, &text); err != nil {
			return p, err
		}
		sealed = append(sealed, text)
		p.Day, err = period.ParseDay(day)
		return p, err
	}, papersQuery, tx.County, claim.ID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	said, into := make([]paper, len(list)), make([]any, len(list))
	for i := range said {
		into[i] = &said[i]
	}
	if err := c.open(tx, claim.Person, sealed, into...); err != nil {
		return nil, err
	}
	for i := range list {
		list[i].By, list[i].facts = said[i].By, said[i].Facts
	}
	return list, nil
}

// papersOf is what papers show that were handed in for a bill; what came later stands.
func (c *Claims) papersOf(tx *store.Tx, claim *Claim) (facts dated.Frozen, err error) {
	if claim.bill != nil { // it was just received
		return nil, nil
	}
	list, err := c.papers(tx, claim)
	for _, p := range list {
		facts = shownBesides(facts, p.facts)
	}
	return facts, err
}

// shownBesides adds what later papers show to what earlier ones did.
func shownBesides(earlier, later dated.Frozen) dated.Frozen {
	all := maps.Clone(earlier)
	if all == nil {
		all = dated.Frozen{}
	}
	maps.Copy(all, later)
	return all
}

// verifyPapers compares what was handed in for a bill with what its settlement stands on, and computes the settlements before it
// again.
func (c *Claims) verifyPapers(tx *store.Tx, claim *Claim, s *standing) error {
	shown, err := c.papersOf(tx, claim)
	if err != nil {
		return err
	}
	if !sameJSON(shown, s.frozen.Papers) {
		return tampered("paper-differs", text.Say("账单 %s 结算所依据的补交材料与收件记录不符", "the papers on which the settlement of the bill %s stands are not those that were handed in", claim.ID))
	}
	if claim.Version == 1 {
		return nil
	}
	return c.verifyEarlier(tx, claim, s.bill)
}

// verifyEarlier computes the settlements of a bill that do not count any more again.
func (c *Claims) verifyEarlier(tx *store.Tx, claim *Claim, bill *subject.Subject) error {
	var sealed []string
	var into []any
	earlier, err := store.All(tx, func(rows *store.Rows) (*standing, error) {
		s := &standing{bill: bill}
		var frozen, result string
		err := rows.Scan(&frozen, &result)
		sealed, into = append(sealed, frozen, result), append(into, &s.frozen, &s.settled)
		return s, err
	}, `SELECT frozen, result FROM claim_settlement WHERE county_code = ?1 AND claim_id = ?2 AND version < ?3 AND result <> '' ORDER BY version`, tx.County, claim.ID, claim.Version)
	if err != nil || len(earlier) == 0 {
		return err
	}
	if err := c.open(tx, claim.Person, sealed, into...); err != nil {
		return err
	}
	for _, s := range earlier {
		if _, err := c.recompute(tx, claim, s); err != nil {
			return err
		}
	}
	return nil
}
