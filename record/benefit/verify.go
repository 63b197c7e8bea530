package benefit

import (
	"cmp"
	"fmt"
	"slices"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Checked is what Verify looked at.
type Checked struct {
	Runs           int // approved
	Determinations int
	Destroyed      int // subjects whose determinations cannot be computed again, because the key was destroyed
}

// keyDestroyed is how package audit answers when retention has ended.
const keyDestroyed = "audit.key-destroyed"

// Verify computes every determination of the approved runs again from what was frozen with it, compares the differences with the determinations, and
// reconciles each run for its month. It answers the first difference as a fault of kind Conflict that names it. Codes: benefit.determination-differs,
// benefit.difference-differs, benefit.frozen-missing, benefit.sum-differs; adoption.pack-missing when this program does not have a pack.
func (b *Benefits) Verify(tx *store.Tx) (Checked, error) {
	done, err := VerifySums(tx)
	if err != nil {
		return done, err
	}
	runs, err := Approved(tx, 0)
	if err != nil {
		return done, err
	}
	all := int64(done.Determinations)
	done.Determinations = 0 // counted anew as they are computed
	for i := range runs {
		if err := b.verifyRun(tx, &runs[i], &done, all); err != nil {
			return done, err
		}
	}
	return done, nil
}

// VerifySums is the part of Verify that needs no keys: what is sealed is not looked at. Determinations are only counted.
func VerifySums(tx *store.Tx) (done Checked, err error) {
	runs, err := Approved(tx, 0)
	if err != nil {
		return done, err
	}
	for i := range runs {
		if err := verifySum(tx, &runs[i]); err != nil {
			return done, err
		}
	}
	done.Runs = len(runs)
	err = tx.QueryRow(`SELECT COUNT(*) FROM benefit_determination d JOIN benefit_run r ON r.county_code = d.county_code AND r.run_id = d.run_id WHERE d.county_code = ?1 AND r.state = 'approved'`, tx.County).
		Scan(&done.Determinations)
	return done, err
}

// verifySum adds a run up again, and compares what is kept of it.
func verifySum(tx *store.Tx, r *Run) error {
	balance, err := addedUp(tx, r)
	if err != nil {
		return err
	}
	if balance.Difference() != 0 || balance.Expected != balance.Evaluated {
		return differs("sum-differs", text.Say("%s 的核定不平：此前 %s，变动 %s，现行合计 %s", "the run of %s does not close: %s before, %s of differences, %s determined",
			r.Month, balance.Carried, balance.Differences, balance.Determined))
	}
	kept, err := BalanceOf(tx, r)
	if err != nil {
		return err
	}
	tallies, err := Tallies(tx, r.ID)
	if err != nil {
		return err
	}
	counted, err := countedTallies(tx, r.ID)
	slices.SortFunc(tallies, inOrder)
	slices.SortFunc(counted, inOrder)
	if err == nil && (kept != balance || !slices.Equal(tallies, counted)) {
		err = differs("sum-differs", text.Say("%s 的核定留存的汇总与明细不符", "the sums kept of the run of %s are not those of its differences", r.Month))
	}
	return err
}

func inOrder(a, b Tally) int {
	return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Kind, b.Kind))
}

// verifyPage is how many subjects are computed again together.
const verifyPage = 300

func (b *Benefits) verifyRun(tx *store.Tx, r *Run, done *Checked, all int64) error {
	for after := ""; ; {
		tx.Told(int64(done.Determinations), all)
		subjects, err := store.All(tx, store.Text, `SELECT DISTINCT subject_id FROM benefit_determination WHERE county_code = ?1 AND run_id = ?2 AND subject_id > ?3 ORDER BY subject_id LIMIT ?4`,
			tx.County, r.ID, after, verifyPage)
		if err != nil || len(subjects) == 0 {
			return err
		}
		after = subjects[len(subjects)-1]
		if err := b.verifySubjects(tx, r, subjects, done); err != nil {
			return err
		}
	}
}

func (b *Benefits) verifySubjects(tx *store.Tx, r *Run, subjects []string, done *Checked) error {
	kept, said, err := ownOf(tx, r.ID, between(subjects))
	if err != nil {
		return err
	}
	frozen, err := ask(tx, between(subjects), scanKept, func(k *frozenRow) string { return k.subject }, keptColumns+` AND {subject_id}`, tx.County, r.ID)
	if err != nil {
		return err
	}
	parts, holders := map[string][]*frozenRow{}, []string{}
	for i := range frozen {
		parts[frozen[i].subject], holders = append(parts[frozen[i].subject], &frozen[i]), append(holders, frozen[i].party)
	}
	if b.Cipher.Fetch != nil {
		if err := b.Cipher.Fetch(tx, holders); err != nil {
			return err
		}
	}
	for _, id := range subjects {
		n, err := b.verifySubject(tx, r, parts[id], of(kept, id), differencesOf(said, id))
		if fault.CodeOf(err) == keyDestroyed {
			done.Destroyed++
			continue
		}
		if err != nil {
			return err
		}
		done.Determinations += n
	}
	return nil
}

func of(all []Determination, subject string) []Determination {
	var list []Determination
	for _, d := range all {
		if d.Subject == subject {
			list = append(list, d)
		}
	}
	return list
}

func differencesOf(all []Difference, subject string) []Difference {
	var list []Difference
	for _, d := range all {
		if d.Subject == subject {
			list = append(list, d)
		}
	}
	return list
}

// verifySubject computes what a run says about a subject again.
func (b *Benefits) verifySubject(tx *store.Tx, r *Run, parts []*frozenRow, kept []Determination, said []Difference) (int, error) {
	again, id := &found{}, kept[0].Subject
	for _, part := range parts {
		m, f, err := b.open(tx, r, part)
		if err != nil {
			return 0, err
		}
		more, err := m.again(f, part.scheme)
		if err != nil {
			return 0, err
		}
		again.determinations, again.differences = append(again.determinations, more.determinations...), append(again.differences, more.differences...)
	}
	ordered(again.differences)
	slices.SortFunc(again.determinations, func(a, b Determination) int {
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.From, b.From))
	})
	for i := range again.determinations {
		d := &again.determinations[i]
		if d.Run = r.ID; i < len(kept) && kept[i].ReviewBy == 0 { // kept before the day was noted
			d.ReviewBy = 0
		}
	}
	if !slices.Equal(kept, again.determinations) {
		return 0, differs("determination-differs", text.Say("核定 %s 对 %s 的结果与按封存情况重算的不符：%s", "what the run of %s determined for %s is not what follows from what was frozen: %s",
			r.Month, id, firstUnlike(kept, again.determinations)))
	}
	if !slices.Equal(said, again.differences) {
		return 0, differs("difference-differs", text.Say("核定 %s 对 %s 的变动与按封存情况重算的不符：%s", "the differences of the run of %s for %s are not what follows from what was frozen: %s",
			r.Month, id, firstUnlike(said, again.differences)))
	}
	return len(kept), nil
}

// firstUnlike names the first place at which two lists differ.
func firstUnlike[T comparable](kept, again []T) string {
	for i := range max(len(kept), len(again)) {
		switch {
		case i >= len(kept):
			return fmt.Sprintf("- / %+v", again[i])
		case i >= len(again):
			return fmt.Sprintf("%+v / -", kept[i])
		case kept[i] != again[i]:
			return fmt.Sprintf("%+v / %+v", kept[i], again[i])
		}
	}
	return ""
}

// again is what follows from what was frozen. A selection stands on everybody: whether the candidate qualified and what a place gives is computed, the place itself
// is the one that was kept.
func (m *matter) again(f *frozen, part string) (*found, error) {
	if f.Place != nil {
		return m.placed(f, part)
	}
	s, err := m.sweep(f.From)
	if err != nil {
		return nil, err
	}
	return m.compare(s, func(scheme string, month period.Month, c *cell) (Reason, error) { return m.reason(s, scheme, month, c) })
}

// placed is what a selection gave the candidate.
func (m *matter) placed(f *frozen, scheme string) (*found, error) {
	found := &found{}
	day, _ := m.dayIn(m.month)
	for _, force := range m.policies.in(m.county, m.home(day), day) {
		x := force.scheme(scheme)
		if x == nil {
			continue
		}
		c := &contest{force: &force, scheme: x, matters: []*matter{m}}
		c.place = f.Place
		_, cells, err := c.decide(m.month)
		if err != nil {
			return nil, err
		}
		m.difference(found, scheme, m.month, standing(m.before, scheme, m.month), cells[0])
		d := m.determination(scheme, m.month, cells[0])
		d.To = cells[0].to
		found.determinations = append(found.determinations, d)
	}
	return found, nil
}
