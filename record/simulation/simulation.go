// Package simulation tells what a draft of a policy would mean for the people of a county: it reads the register, person by person, decides under
// what applies and under the draft, and adds up. It writes nothing.
//
// What applies is what each person's town has adopted of the draft's series, or a pack to compare with. Readings, parameter values and rows of the
// adoption apply on both sides, except where the draft itself says something new. The draft, and a pack to compare with, are taken as in force
// in all months; what is adopted only in its own time. What approved runs determined before the months is on record on both sides, so that gradual exits go on and schemes that
// bear on one another do; a quota is decided over everybody whom one adoption applies to. Only who may have one of its places is kept in memory until then, so that a million people
// need no more of it than a thousand. Whoever has no application on the register counts as approved the day before the months
// begin, on both sides.
package simulation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/simulate"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// Question is what is asked.
type Question struct {
	Draft   *policy.Pack
	Adopt   *policy.Adoption // how the draft would be applied in the adoption's division; nil: everywhere, with what is adopted
	Against *policy.Pack     // nil: what is adopted
	From    period.Month
	To      period.Month
	Sample  int // people shown of each effect, at most
}

// Answer is what it would mean for a county.
type Answer struct {
	*simulate.Simulation
	County   ident.Division
	Draft    *policy.Pack
	Against  *policy.Pack
	Adopted  []Adopted // what applied before, where nothing else was to be compared with
	Towns    map[ident.Division]string
	Selected []*simulate.Shown
}

// Adopted is a pack that applied to somebody.
type Adopted struct {
	Division ident.Division // that adopted it
	Pack     *policy.Pack
}

// Simulator reads a register and its adoptions.
type Simulator struct {
	Register  *register.Register
	Adoptions *adoption.Adoptions
}

// MostMonths is how many months a question may be about.
const MostMonths = 60

// atOnce is how many people are read on one picture of the register: a long look must not hold up the cleaning of a database.
const atOnce = 200

// Run answers a question for a county. done, unless it is nil, is told now and then how many of how many have been looked at. Codes:
// simulation.months, simulation.nobody, and those of reading the register and of deciding.
func (s Simulator) Run(ctx context.Context, db *store.Store, county string, q Question, done func(people, of int)) (*Answer, error) {
	if q.To < q.From || q.To-q.From >= MostMonths {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "simulation.months", Op: "simulation",
			Message: text.Say("测算月份应从先到后，至多 %d 个月，写的是 %s 到 %s", "months run forwards, at most %d of them, not %s to %s", MostMonths, q.From, q.To)}
	}
	seed, err := json.Marshal([]string{q.Draft.Hash, county, q.From.String(), q.To.String()})
	if err != nil {
		return nil, err
	}
	w := &work{Simulator: s, question: q, bases: map[ident.Division]*both{}, applied: map[appliesTo]*both{}, names: map[string]string{},
		answer: &Answer{Simulation: simulate.New(q.From, q.To, seed, q.Sample), County: ident.Division(county), Draft: q.Draft, Against: q.Against, Towns: map[ident.Division]string{}}}
	of, err := w.count(ctx, db, county)
	if err != nil {
		return nil, err
	}
	for after := ""; ; {
		people, err := w.page(ctx, db, county, after)
		if err != nil {
			return nil, err
		}
		if len(people) == 0 {
			break
		}
		for _, c := range people {
			if c.Subject == nil {
				continue
			}
			if err := w.answer.Add(c); err != nil {
				return nil, err
			}
		}
		after = people[len(people)-1].Person
		if w.looked += len(people); done != nil {
			done(w.looked, of)
		}
	}
	if err := w.answer.Close(); err != nil {
		return nil, err
	}
	w.answer.Selected, err = w.answer.Sample()
	return w.answer, err
}

// work is a question being answered.
type work struct {
	Simulator
	question Question
	bases    map[ident.Division]*both // by town
	applied  map[appliesTo]*both      // so that those whom one adoption applies to compete for its quotas together
	asked    *policy.Basis            // the draft as the adoption in question applies it
	names    map[string]string        // of a series, by which the rules of others name its pack
	answer   *Answer
	looked   int
}

// both is what is decided by in a division.
type both struct{ before, after *policy.Basis }

// count tells how many people are on the register, and reads the names of its towns.
func (w *work) count(ctx context.Context, db *store.Store, county string) (of int, err error) {
	err = db.Read(ctx, county, func(tx *store.Tx) error {
		divisions, err := w.Register.Divisions(tx, w.question.To.Last(), rule.Forever)
		if err != nil {
			return err
		}
		for _, d := range divisions {
			w.answer.Towns[d.Code] = d.Name
		}
		records, err := adoption.All(tx)
		if err != nil {
			return err
		}
		for _, r := range records {
			w.names[r.Series] = r.PackID
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM party WHERE county_code = ?1 AND kind = ?2`, county, register.PersonKind).Scan(&of)
	})
	if err == nil && of == 0 {
		err = &fault.Error{Kind: fault.NotFound, Code: "simulation.nobody", Op: "simulation", Message: text.Say("%s 的登记里没有人", "nobody is on the register of %s", county),
			Hint: text.Say("核对 --db 和 --county", "check --db and --county")}
	}
	return of, err
}

// page reads the next people on one picture of the register. One without a subject is not this county's in these months.
func (w *work) page(ctx context.Context, db *store.Store, county, after string) (people []simulate.Case, err error) {
	err = db.Read(ctx, county, func(tx *store.Tx) error {
		people = nil
		ids, err := dated.Parties(tx, register.PersonKind, after, atOnce)
		if err != nil {
			return err
		}
		homes := map[string]register.Household{}
		var heads []string // their households, of others ""
		for _, id := range ids {
			c, household, err := w.person(tx, id, homes)
			if err != nil {
				return err
			}
			people, heads = append(people, c), append(heads, household)
		}
		return w.history(tx, people, heads)
	})
	return people, err
}

// history adds what approved runs determined before the months, of heads of households what is their household's too.
func (w *work) history(tx *store.Tx, people []simulate.Case, heads []string) error {
	var subjects []string
	for i, c := range people {
		if subjects = append(subjects, c.Person); heads[i] != "" {
			subjects = append(subjects, heads[i])
		}
	}
	found, err := benefit.OfMany(tx, subjects)
	for i := range people {
		for _, id := range []string{people[i].Person, heads[i]} {
			for _, s := range benefit.Stretches(found[id], w.question.From) {
				people[i].Past = append(people[i].Past, simulate.Past{Scheme: w.named(s.Scheme), From: s.From, To: s.To, Amount: s.Amount, Exit: s.Exit})
			}
		}
	}
	return err
}

// named is a scheme as the rules of the draft name it: its own by the id, another's as pack/id.
func (w *work) named(scheme string) string {
	series, id, _ := strings.Cut(scheme, "/")
	if series == cmp.Or(w.question.Draft.Series, w.question.Draft.ID) {
		return id
	}
	return cmp.Or(w.names[series], series) + "/" + id
}

// person reads somebody as the last of the months finds them, and the household of which the person is head.
func (w *work) person(tx *store.Tx, id string, homes map[string]register.Household) (c simulate.Case, household string, err error) {
	last := w.question.To.Last()
	c.Person = id
	s, err := w.Register.Subject(tx, id, last, rule.Forever)
	if outOfForce(err) {
		return c, "", nil
	}
	if err != nil {
		return c, "", err
	}
	if death, known := s.Facts.At("person.death", last); known {
		if day, isDay := death.Value.(rule.Day); isDay {
			if period.Day(day) < w.question.From.First() {
				return c, "", nil
			}
			c.Until = period.Day(day)
			last = min(last, c.Until)
		}
	}
	if c.Town, household, err = w.home(tx, id, last, homes); err != nil {
		return c, "", err
	}
	b, err := w.both(tx, c.Town)
	if err != nil {
		return c, "", err
	}
	w.asApproved(s)
	c.Head, c.Subject, c.Before, c.After = household != "", s, b.before, b.after
	return c, household, nil
}

// asApproved takes somebody whose application is not on the register as approved the day before the months begin: the question is what a policy
// would mean for those it is meant for, not who has been to the office.
func (w *work) asApproved(s *subject.Subject) {
	day := w.question.From.First() - 1
	for _, name := range []string{"application.day", "approval.day"} {
		if len(s.Facts[name]) == 0 {
			s.Facts[name] = []rule.Fact{{Value: rule.Day(day), Span: dated.Always, Source: "测算假定已批准"}}
		}
	}
}

func outOfForce(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Kind == fault.OutOfForce
}

// home is the town of a person's household on a day, and the household if the person is its head, else "".
func (w *work) home(tx *store.Tx, id string, day period.Day, homes map[string]register.Household) (town ident.Division, headOf string, err error) {
	household, err := w.Register.HouseholdOf(tx, id, day, rule.Forever)
	if err != nil || household == "" {
		return "", "", err
	}
	h, read := homes[household]
	if !read {
		if h, err = w.Register.Household(tx, household, day, rule.Forever); err != nil {
			return "", "", err
		}
		homes[household] = h
	}
	for _, m := range h.Members {
		if m.Person == id && m.Relation == register.Head {
			headOf = household
		}
	}
	return townOf(h.Division), headOf, nil
}

// townOf is the town that a village lies in; a division above it is itself.
func townOf(d ident.Division) ident.Division {
	const town = 9
	if len(d) > town {
		return d[:town]
	}
	return d
}

// both is what is decided by in a town, found once.
func (w *work) both(tx *store.Tx, town ident.Division) (*both, error) {
	if b := w.bases[town]; b != nil {
		return b, nil
	}
	q := w.question
	force, err := w.adopted(tx, cmp.Or(town, ident.Division(tx.County)), cmp.Or(q.Draft.Series, q.Draft.ID))
	if err != nil {
		return nil, err
	}
	at := cmp.Or(town, ident.Division(tx.County))
	under := appliesTo{force.ID, w.takes(at, force)}
	b := w.applied[under]
	if b == nil {
		b = &both{after: w.after(at, force)}
		switch {
		case q.Against != nil:
			b.before = policy.Trial(q.Against, force.Basis)
		case force.Basis != nil:
			b.before = force.Basis
			w.note(force)
		}
		w.applied[under] = b
	}
	w.bases[town] = b
	return b, nil
}

// after is what would be decided by in a town.
func (w *work) after(town ident.Division, force adoption.Force) *policy.Basis {
	switch {
	case w.question.Adopt == nil:
		return policy.Trial(w.question.Draft, force.Basis)
	case !w.takes(town, force):
		return force.Basis
	case w.asked == nil:
		w.asked = policy.Applied(w.question.Draft, w.question.Adopt)
	}
	return w.asked
}

// takes tells whether the adoption in question changes what a town is decided by: one changes what lies in its division and has adopted nothing of the series for itself.
func (w *work) takes(town ident.Division, force adoption.Force) bool {
	a := w.question.Adopt
	return a != nil && ident.Contains(a.Division, town) &&
		!(force.Basis != nil && a.Division != force.Adoption.Division && ident.Contains(a.Division, force.Adoption.Division))
}

// appliesTo is what tells towns that are decided by the same.
type appliesTo struct {
	adoption string // in force; "" for none
	asked    bool   // the adoption in question changes it
}

// adopted is what a division applies, in the first of the months that have anything; nothing is no error here.
func (w *work) adopted(tx *store.Tx, division ident.Division, series string) (adoption.Force, error) {
	for m := w.question.From; m <= w.question.To; m++ {
		force, err := w.Adoptions.InForce(tx, division, m.Last(), series)
		if err == nil || !outOfForce(err) {
			return force, err
		}
	}
	return adoption.Force{}, nil
}

func (w *work) note(f adoption.Force) {
	for _, a := range w.answer.Adopted {
		if a.Division == f.Adoption.Division && a.Pack == f.Basis.Pack {
			return
		}
	}
	w.answer.Adopted = append(w.answer.Adopted, Adopted{f.Adoption.Division, f.Basis.Pack})
}
