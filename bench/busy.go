package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"doudi/decide/policy"
	invented "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/job"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/simulation"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// busy is a county in which people work: everybody is registered, two months have gone by with their bills and runs, batches wait to be paid, a roll waits to be
// looked at, and bills came in this morning.
type busy struct {
	*record.Record
	writer *invented.Writer
	county *invented.County
	begun  time.Time
	// who can be looked for, by where: a village, a hospital's patients
	people map[string][]sought
}

// sought is somebody a user looks for.
type sought struct {
	name   string
	number ident.PersonID
}

// workday is the day on which the office is measured.
var workday = period.MustDay(invented.Year, 3, 15)

// now is the time in the county: the morning of the workday, from which it runs as everywhere.
func (b *busy) now() time.Time { return invented.Morning(workday).Add(time.Since(b.begun)) }

// newBusy is a county that is set up, unless it was before.
func newBusy(ctx context.Context, r *record.Record, library *policy.Library, size int) (*busy, error) {
	c, err := invented.New(library, invented.Code, 1, sizeOf(size))
	if err != nil {
		return nil, err
	}
	b := &busy{Record: r, writer: invented.NewWriter(r, c), county: c, people: map[string][]sought{}}
	if err := b.writer.Found(ctx); err != nil {
		return nil, err
	}
	return b, b.learn()
}

// fill is what happened until the morning of the workday.
func (b *busy) fill(ctx context.Context) error {
	for _, step := range []func(context.Context) error{b.writer.People, b.writer.Accounts, b.month, b.monthAgain, b.batches, b.roll, b.sealed, b.morning, b.meet} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sizeOf is a county of so many people, as many of them assisted as in a large one.
func sizeOf(people int) invented.Size {
	return invented.Size{People: people, Assisted: people * 81 / 1000, Towns: 7, Villages: 3 + people/20_000}
}

func (b *busy) do(ctx context.Context, by store.Actor, at time.Time, act func(tx *store.Tx) error) error {
	_, err := b.Store.Write(ctx, store.Command{Name: "bench.prepare", County: invented.Code, Actor: by, Instant: at}, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

// ask is for the run of a month, on its last day.
func ask(m period.Month) benefit.Ask {
	return benefit.Ask{As: snapshot.As{County: invented.Code, Actor: invented.Clerk, Instant: invented.Morning(m.Last()).Add(time.Hour)}, Month: m, Since: invented.Opening.Month()}
}

// month is the first month, whose run is approved.
func (b *busy) month(ctx context.Context) error {
	m := invented.Opening.Month()
	if err := b.writer.Month(ctx, m); err != nil {
		return err
	}
	return decided(ctx, b.Record, ask(m))
}

// monthAgain is the second month, whose run was asked for as a job and waits for its check.
func (b *busy) monthAgain(ctx context.Context) error {
	a := ask(invented.Opening.Month() + 1)
	if err := b.writer.Month(ctx, a.Month); err != nil {
		return err
	}
	err := b.do(ctx, invented.Clerk, a.Instant, func(tx *store.Tx) error {
		return second(b.Jobs.Start(tx, job.Work{Kind: job.RunMonth, Month: a.Month}))
	})
	if err != nil {
		return err
	}
	worker := &job.Worker{Jobs: b.Jobs, Now: func() time.Time { return a.Instant }, Log: slog.New(slog.DiscardHandler), Parallel: runtime.GOMAXPROCS(0),
		Simulated: func(*simulation.Answer) ([]byte, error) { return []byte(`{}`), nil }}
	if err := worker.Once(ctx); err != nil {
		return err
	}
	return b.Store.Read(ctx, invented.Code, func(tx *store.Tx) error {
		open, err := benefit.Open(tx)
		if err == nil && (open == nil || open.State != benefit.Review) {
			err = fmt.Errorf("the run of %s does not wait for its check", a.Month)
		}
		return err
	})
}

// mostBatches is how many batches wait to be paid.
const mostBatches = 3

// batches makes those of the benefits that most people were newly due in the first month.
func (b *busy) batches(ctx context.Context) error {
	var tallies []benefit.Tally
	err := b.Store.Read(ctx, invented.Code, func(tx *store.Tx) error {
		all, err := benefit.Runs(tx)
		if err != nil {
			return err
		}
		first := slices.IndexFunc(all, func(r benefit.Run) bool { return r.Month == invented.Opening.Month() })
		tallies, err = benefit.Tallies(tx, all[first].ID)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(tallies, func(a, b benefit.Tally) int { return cmp.Compare(b.People, a.People) })
	made := 0
	for _, t := range tallies {
		if t.Kind != benefit.Added || made == mostBatches {
			continue
		}
		err := b.do(ctx, invented.Clerk, ask(invented.Opening.Month()).Instant.Add(time.Hour), func(tx *store.Tx) error {
			return second(b.Payments.Create(tx, payment.Request{Scheme: t.Scheme, Month: invented.Opening.Month()}))
		})
		switch fault.KindOf(err) {
		case "":
			made++
		case fault.Internal, fault.Unavailable:
			return err
		}
	}
	if made == 0 {
		return errors.New("nothing can be paid")
	}
	return nil
}

// roll is one that was read and compared, and waits to be looked at.
func (b *busy) roll(ctx context.Context) error {
	by := roll.By{County: invented.Code, Actor: invented.Clerk, Instant: invented.Morning(workday - 1)}
	for _, r := range b.county.Rolls() {
		if r.Template != "disability_allowances" {
			continue
		}
		var file bytes.Buffer
		if err := r.Write(&file, sheet.CSV); err != nil {
			return err
		}
		i, err := b.Rolls.Receive(ctx, by, roll.Upload{Source: "县残联", Name: r.Name + ".csv", Content: bytes.NewReader(file.Bytes()), Size: int64(file.Len()), Since: invented.Opening})
		if err != nil {
			return err
		}
		_, err = b.Rolls.Stage(ctx, by, i.ID, nil)
		return err
	}
	return errors.New("the offices have no roll of disability allowances")
}

// sealed chains the log, as doudi serve does every second.
func (b *busy) sealed(ctx context.Context) error {
	for {
		n := 0
		err := b.do(ctx, invented.Clerk, time.Now(), func(tx *store.Tx) (err error) { n, err = audit.Seal(tx); return err })
		if err != nil || n == 0 {
			return err
		}
	}
}

// The days of the hospital: one that is over, and today with as many settled and some that wait; in a county of a million a thousand bills each day.
var (
	busyDay      = period.MustDay(invented.Year, 2, 9)
	morningBills = 60
)

// mostSought is how many people of a village are looked for.
const mostSought = 40

// bills is how many the hospital sends a day.
func (b *busy) bills() int { return max(morningBills, b.county.People/1000) }

// learn finds whom people may look for.
func (b *busy) learn() error {
	var patients []sought
	every, n := max(1, b.county.People/len(b.county.Towns)/b.county.Villages/mostSought), 0
	for h := range b.county.Households() {
		if len(h.Changes) > 0 { // who died or moved is not found where they lived
			continue
		}
		for _, p := range h.Members {
			if h.Town == b.town() && listed(p) {
				patients = append(patients, sought{p.Name, p.Number})
			}
		}
		if n++; n%every == 0 {
			village := string(h.Village.Code)
			b.people[village] = append(b.people[village], sought{h.Head().Name, h.Head().Number})
		}
	}
	if len(patients) == 0 {
		return errors.New("nobody of the town is listed")
	}
	b.people[b.hospital()] = patients[:min(len(patients), b.bills())]
	return nil
}

// morning lets the hospital settle its bills.
func (b *busy) morning(ctx context.Context) error {
	patients := b.people[b.hospital()]
	for n := range 2*b.bills() + morningBills {
		day, do := workday, b.settled
		if n < b.bills() {
			day = busyDay
		}
		if n >= 2*b.bills() {
			do = func(tx *store.Tx, bill claim.Bill) error { return second(b.Claims.Receive(tx, bill)) }
		}
		who := patients[n%len(patients)]
		err := b.do(ctx, invented.Cashier, invented.Morning(day), func(tx *store.Tx) error {
			id, err := b.Register.ByNumber(tx, who.number)
			if err != nil {
				return err
			}
			return do(tx, claim.Bill{Person: id, Provider: b.hospital(), Series: series, Name: "bill.json", Content: visited(n, day)})
		})
		if err != nil {
			return fmt.Errorf("bill %d: %w", n, err)
		}
	}
	return nil
}

func (b *busy) settled(tx *store.Tx, bill claim.Bill) error { return second(b.Claims.Settle(tx, bill)) }

// town is the one that applies the pack whose bills are sent.
func (b *busy) town() *invented.Town {
	return b.county.Towns[slices.IndexFunc(b.county.Towns, func(t *invented.Town) bool { return t.Series() == series })]
}

// hospital is that of the town, at which the cashiers sit.
func (b *busy) hospital() string { return b.writer.Provider(b.town(), "hospital") }

// listed tells whether somebody is on the rosters that the pack's help is for.
func listed(p *invented.Person) bool {
	_, poor := p.Facts["roster.registered_poor"]
	_, out := p.Facts["roster.out_of_poverty_with_policy"]
	return poor && out
}

// meet tells PostgreSQL how much is in its tables, as it finds out by itself within a minute.
func (b *busy) meet(ctx context.Context) error {
	return b.do(ctx, invented.Clerk, invented.Morning(workday), func(tx *store.Tx) error { _, err := tx.Exec("ANALYZE"); return err })
}

// post is where a user works.
type post struct {
	login string
	role  *auth.Role
	auth.Organisation
}

// hired opens an account for each of so many users, as often in a role as it is there in a county of this size.
func (b *busy) hired(ctx context.Context, users int) (posts []post, err error) {
	at := invented.Morning(workday)
	if _, err := staff.Seed(ctx, b.Record, invented.Code, at); err != nil {
		return nil, err
	}
	err = b.do(ctx, invented.Clerk, at, func(tx *store.Tx) error {
		posts = nil
		organisations, err := b.Staff.Organisations(tx, dated.Today(tx))
		if err != nil {
			return err
		}
		for i := range users {
			p := post{login: fmt.Sprint("user", i), role: auth.RoleOf(roleOf(i))}
			of := slices.DeleteFunc(slices.Clone(organisations), func(o auth.Organisation) bool {
				return !slices.Contains(p.role.Organisations, o.Kind) || p.role.ID == "cashier" && o.ID != b.hospital() || p.role.ID == "village" && len(b.people[string(o.Division)]) == 0
			})
			if len(of) == 0 {
				return fmt.Errorf("there is no place for a %s", p.role.ID)
			}
			p.Organisation = of[i%len(of)]
			if _, err := staff.Open(tx, b.Record, staff.SignIn{Login: p.login, Name: invented.Name(7, uint64(i)), Role: p.role}, p.Organisation.ID); err != nil {
				return err
			}
			posts = append(posts, p)
		}
		return nil
	})
	return posts, err
}

// crew is how many of the next users have a role, after one of each.
var crew = []struct {
	role string
	n    int
}{{"cashier", 12}, {"town", 10}, {"village", 7}, {"register", 3}, {"checker", 2}, {"insurance", 1}, {"finance", 1}, {"auditor", 1}}

// roleOf is the role of the i-th user: one of each first, then as many as work in it.
func roleOf(i int) string {
	roles := auth.Roles()
	if i < len(roles) {
		return roles[i].ID
	}
	i -= len(roles)
	for at := 0; ; at++ {
		c := crew[at%len(crew)]
		if i < c.n {
			return c.role
		}
		i -= c.n
	}
}

// looksFor are those whom a post looks for: patients of the hospital, or people of the village, or of the villages of the town or county.
func (b *busy) looksFor(p post) (list []sought) {
	if p.role.ID == "cashier" {
		return b.people[p.ID]
	}
	for _, t := range b.county.Towns {
		for _, v := range t.Villages {
			if ident.Contains(p.Division, v.Code) {
				list = append(list, b.people[string(v.Code)]...)
			}
		}
	}
	return list
}
