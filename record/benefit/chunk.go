package benefit

import (
	"context"
	"errors"
	"slices"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// part is what a chunk is decided from: its columns, and what is known of its rows beside the register.
type part struct {
	chunk   *snapshot.Chunk
	rows    []snapshot.Row
	before  map[string][]Determination
	acts    map[string][]Act
	carried map[string][]carried
}

// result is what comes of a part.
type result struct {
	subjects       []string
	determinations []Determination
	differences    []Difference
	frozen         []sealing
	carried        money.Fen
	changes        money.Fen // of the run's month
	evaluated      money.Fen
	unknown        int64
	selection      *selection
}

// sealing is what is to be frozen of a subject, under whose key.
type sealing struct {
	subject, scheme, party string
	plain                  []byte
}

// chunk decides one part of the run and keeps what it finds, unless somebody else has kept it already.
func (c *computation) chunk(ctx context.Context, name string) error {
	var res *result
	err := c.db.Read(ctx, c.ask.County, func(tx *store.Tx) (err error) {
		if quota, is := strings.CutPrefix(name, quotaPrefix); is {
			res, err = c.quota(tx, quota)
			return err
		}
		p, err := c.part(tx, name, c.run.since)
		if err == nil {
			res, err = c.evaluate(p)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = c.db.Write(ctx, c.ask.command("benefit.chunk"), func(tx *store.Tx) (any, error) { return nil, c.keep(tx, name, res) })
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// part reads a chunk of the snapshot with everything else that is known of its rows, of those read after a generation.
func (c *computation) part(tx *store.Tx, name string, since int64) (*part, error) {
	p := &part{}
	var err error
	if p.chunk, p.rows, err = c.benefits.Snapshots.Chunk(tx, name); err != nil {
		return nil, err
	}
	p.rows = slices.DeleteFunc(p.rows, func(r snapshot.Row) bool { return r.Generation <= since })
	ids := make([]string, len(p.rows))
	for i, row := range p.rows {
		ids[i] = p.chunk.Parties[row.Index].ID
	}
	all, err := scattered(tx, ids)
	if err != nil {
		return nil, err
	}
	if p.before, err = approvedOf(tx, all, c.run.Number); err != nil {
		return nil, err
	}
	if p.acts, err = c.benefits.actsOf(tx, all); err != nil {
		return nil, err
	}
	p.carried, err = carriedOf(tx, all)
	return p, err
}

// evaluate decides a part. It is all that would change if whole columns were decided at once: it takes columns, and asks no database.
func (c *computation) evaluate(p *part) (*result, error) {
	res := &result{}
	for _, row := range p.rows {
		m, err := c.matter(p, row)
		if err != nil {
			return nil, err
		}
		if err := c.decide(res, m, c.first(row, m)); err != nil {
			return nil, err
		}
	}
	ordered(res.differences)
	return res, nil
}

// first is the first month that is decided of a row: all of them when it was read again since the runs before or a hold has run out, else what those
// did not reach.
func (c *computation) first(row snapshot.Row, m *matter) period.Month {
	reached := max(c.opening, min(c.run.Month, c.run.CalledFrom))
	ranOut := slices.ContainsFunc(m.acts, func(a Act) bool {
		return a.Kind == Hold && !a.Withdrawn && reached-1 <= a.Until.Month() && a.Until.Month() < c.run.Month
	})
	if row.Generation > c.run.sweep || ranOut {
		return c.opening
	}
	return reached
}

func (c *computation) matter(p *part, row snapshot.Row) (*matter, error) {
	party := p.chunk.Parties[row.Index]
	m := &matter{policies: c.policies, county: c.ask.County, party: party, subject: p.chunk.Subject(row.Index), acts: p.acts[party.ID], carried: p.carried[party.ID],
		before: p.before[party.ID], opening: c.opening, month: c.run.Month}
	return m, c.benefits.readActs(m)
}

// decide adds a subject to the result.
func (c *computation) decide(res *result, m *matter, from period.Month) error {
	res.subjects = append(res.subjects, m.party.ID)
	s, err := m.sweep(from)
	if err != nil {
		return err
	}
	f, err := m.compare(s, func(scheme string, month period.Month, cell *cell) (Reason, error) {
		return m.reason(s, scheme, month, cell)
	})
	if err != nil {
		return err
	}
	res.carried += f.carried
	res.evaluated += f.evaluated
	res.unknown += m.unknown
	return c.take(res, m, f, from, "", nil)
}

// take adds what was found about a subject, and freezes what it stands on.
func (c *computation) take(res *result, m *matter, f *found, from period.Month, scheme string, place *frozenPlace) error {
	if len(f.determinations) == 0 {
		return nil
	}
	for i := range f.determinations {
		f.determinations[i].Run = c.run.ID
	}
	for i := range f.differences {
		if d := &f.differences[i]; d.Month == c.run.Month {
			res.changes += d.After - d.Before
		}
	}
	res.determinations, res.differences = append(res.determinations, f.determinations...), append(res.differences, f.differences...)
	plain, err := c.benefits.freeze(m, from, place)
	res.frozen = append(res.frozen, sealing{m.party.ID, scheme, m.party.Holds, plain})
	return err
}

// errDone says that somebody else has done the chunk, or that the run went on without it.
var errDone = errors.New("benefit: the chunk is done")

// keep writes what was found, once.
func (c *computation) keep(tx *store.Tx, name string, res *result) error {
	n, err := tx.Exec(`UPDATE benefit_chunk SET done = 1, subjects = ?5, carried = ?6, differences = ?7, evaluated = ?8, unknown = ?9
		WHERE county_code = ?1 AND run_id = ?2 AND pass = ?3 AND chunk = ?4 AND done = 0
		AND EXISTS (SELECT 1 FROM benefit_run r WHERE r.county_code = ?1 AND r.run_id = ?2 AND r.pass = ?3 AND r.state = 'computing')`,
		tx.County, c.run.ID, c.run.Pass, name, len(res.subjects), int64(res.carried), int64(res.changes), int64(res.evaluated), res.unknown)
	if err != nil {
		return err
	}
	if n == 0 {
		return errDone
	}
	if c.run.Pass > 1 {
		if err := c.forget(tx, res.subjects); err != nil {
			return err
		}
	}
	if err := c.keepDeterminations(tx, res.determinations); err != nil {
		return err
	}
	if err := c.keepDifferences(tx, res.differences); err != nil {
		return err
	}
	if res.selection != nil {
		if err := res.selection.keep(tx, c.run.ID); err != nil {
			return err
		}
	}
	return c.keepFrozen(tx, res.frozen)
}

// forget takes away what an earlier pass of this run said about subjects, selections apart.
func (c *computation) forget(tx *store.Tx, subjects []string) error {
	for _, id := range subjects {
		for _, table := range []string{"benefit_determination", "benefit_difference"} {
			err := tx.Later(nil, `DELETE FROM `+table+` WHERE county_code = ?1 AND run_id = ?2 AND subject_id = ?3
				AND NOT EXISTS (SELECT 1 FROM benefit_selection s WHERE s.county_code = ?1 AND s.run_id = ?2 AND s.scheme = `+table+`.scheme)`, tx.County, c.run.ID, id)
			if err != nil {
				return err
			}
		}
		if err := tx.Later(nil, `DELETE FROM benefit_frozen WHERE county_code = ?1 AND run_id = ?2 AND subject_id = ?3 AND scheme = ''`, tx.County, c.run.ID, id); err != nil {
			return err
		}
	}
	return nil
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (c *computation) keepDeterminations(tx *store.Tx, list []Determination) error {
	rows := make([][]any, len(list))
	for i, d := range list {
		rows[i] = []any{tx.County, d.Subject, d.Scheme, c.run.ID, d.From.String(), d.To.String(), string(d.Every), string(d.Verdict), string(d.Reason), int64(d.Amount),
			truth(d.Held), truth(d.Exit), d.Adoption, string(d.Division), dated.DayOr(d.ReviewBy, 0)}
	}
	return tx.Load("benefit_determination", []string{"county_code", "subject_id", "scheme", "run_id", "from_month", "to_month", "every", "verdict", "reason", "amount", "held", "exit",
		"adoption_id", "division", "review_day"}, rows)
}

func (c *computation) keepDifferences(tx *store.Tx, list []Difference) error {
	rows := make([][]any, len(list))
	for i, d := range list {
		rows[i] = []any{tx.County, c.run.ID, d.Subject, d.Scheme, d.Month.String(), string(d.Kind), int64(d.Before), int64(d.After), string(d.Reason), string(d.Division)}
	}
	return tx.Load("benefit_difference", []string{"county_code", "run_id", "subject_id", "scheme", "month", "kind", "before", "after", "reason", "division"}, rows)
}

// keepFrozen seals what was frozen under the keys of those it is about. Of somebody whose key was destroyed meanwhile nothing can be kept, and the next snapshot is
// without them.
func (c *computation) keepFrozen(tx *store.Tx, list []sealing) error {
	holders := make([]string, len(list))
	for i, f := range list {
		holders[i] = f.party
	}
	gone, err := register.Destroyed(tx, holders)
	if err != nil {
		return err
	}
	cipher := c.benefits.Cipher
	if cipher.Fetch != nil {
		if err := cipher.Fetch(tx, holders); err != nil {
			return err
		}
	}
	var rows [][]any
	for _, f := range list {
		if gone[f.party] {
			continue
		}
		content, err := cipher.Seal(tx, f.party, f.plain)
		if err != nil {
			return err
		}
		rows = append(rows, []any{tx.County, c.run.ID, f.subject, f.scheme, f.party, content})
	}
	return tx.Load("benefit_frozen", []string{"county_code", "run_id", "subject_id", "scheme", "party_id", "content"}, rows)
}

// selection is a quota that was decided.
type selection struct {
	scheme, adoption string
	from, to         period.Month
	*entitle.Selection
}

func (s *selection) keep(tx *store.Tx, run string) error {
	selected := 0
	for i := range s.Candidates {
		if s.Candidates[i].Selected {
			selected++
		}
	}
	_, err := tx.Exec(`INSERT INTO benefit_selection (county_code, run_id, scheme, adoption_id, from_month, to_month, eligible, places, selected, known) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
		tx.County, run, s.scheme, s.adoption, s.from.String(), s.to.String(), s.Eligible, s.Places, selected, truth(s.Known))
	return err
}

// quota decides a quota over everybody on the snapshot.
func (c *computation) quota(tx *store.Tx, name string) (*result, error) {
	adoption, id, _ := strings.Cut(name, "/")
	contest := c.contest(adoption, id)
	res := &result{}
	if contest == nil {
		return res, nil
	}
	places, err := snapshot.All(tx)
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		p, err := c.part(tx, place.Chunk, 0)
		if err != nil {
			return nil, err
		}
		for _, row := range p.rows {
			m, err := c.matter(p, row)
			if err != nil {
				return nil, err
			}
			contest.enter(m, c.run.Month)
		}
	}
	return res, c.decideQuota(res, contest)
}

// contest is a quota by its adoption and benefit; nil when the run has no such.
func (c *computation) contest(adoption, id string) *contest {
	for i := range c.policies.bases {
		b := &c.policies.bases[i]
		if b.ID != adoption {
			continue
		}
		for j := range b.schemes {
			if x := &b.schemes[j]; x.x.ID == id {
				return &contest{force: &force{b, min(c.run.Month.Last(), b.basis.Span().To)}, scheme: x}
			}
		}
	}
	return nil
}

func (c *computation) decideQuota(res *result, contest *contest) error {
	sel, cells, err := contest.decide(c.run.Month)
	if err != nil {
		return err
	}
	_, to := contest.scheme.window(contest.force.day)
	res.selection = &selection{contest.scheme.name, contest.force.ID, c.run.Month, to, sel}
	for i, m := range contest.matters {
		f := &found{}
		was := standing(m.before, contest.scheme.name, c.run.Month)
		if gives(was.verdict) || cells[i].verdict == explain.DocumentsNeeded && !sel.Candidates[i].Eligible {
			continue // counted, like others of whom it is not known whether it concerns them
		}
		f.evaluated = cells[i].due(c.run.Month)
		m.difference(f, contest.scheme.name, c.run.Month, was, cells[i])
		d := m.determination(contest.scheme.name, c.run.Month, cells[i])
		d.To = to
		f.determinations = append(f.determinations, d)
		res.evaluated += f.evaluated
		candidate := &sel.Candidates[i]
		place := &frozenPlace{candidate.Eligible, candidate.Selected, candidate.Outcome.Verdict, candidate.Position, sel.Eligible, sel.Places}
		if err := c.take(res, m, f, c.run.Month, contest.scheme.name, place); err != nil {
			return err
		}
	}
	ordered(res.differences)
	return nil
}
