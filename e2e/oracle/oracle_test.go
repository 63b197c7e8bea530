package oracle_test

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

//go:embed *.sql
var queries embed.FS

// size is a county in which every situation of the plans comes up.
var size = county.Size{People: 1_600, Assisted: 1_000, Towns: 7, Villages: 2}

var library = sync.OnceValue(func() *policy.Library {
	l, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	for _, name := range []string{"pingyin-2021", "huining-2020", "guangxi-2018", "jiangmen-draft", "xinbin-2018", "zhengan-2018"} {
		if err == nil {
			_, err = l.Load(packs.Files, name)
		}
	}
	if err != nil {
		panic(fault.RenderError(err, "en"))
	}
	return l
})

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"), err)
	}
}

// world is the county on record, and beside it a plain database for the second opinion.
type world struct {
	testing.TB
	*county.Writer
	county *county.County
	plain  *sql.DB
}

func newWorld(t testing.TB, dsn string) *world {
	t.Helper()
	secrets := filepath.Join(t.TempDir(), "secrets")
	ok(t, record.CreateSecrets(secrets, county.Code))
	r, err := record.Open(context.Background(), record.Config{DSN: dsn, Secrets: secrets, Files: t.TempDir(), Library: library()})
	ok(t, err)
	t.Cleanup(func() { ok(t, r.Close()) })
	c, err := county.New(library(), county.Code, 1, size)
	ok(t, err)
	w := &world{TB: t, Writer: county.NewWriter(r, c), county: c}
	w.plain, err = sql.Open("sqlite", filepath.Join(t.TempDir(), "plain.db"))
	ok(t, err)
	t.Cleanup(func() { ok(t, w.plain.Close()) })
	w.plain.SetMaxOpenConns(1)
	ok(t, w.Found(context.Background()))
	ok(t, w.People(context.Background()))
	return w
}

// query is one of the files.
func (w *world) query(name string) string {
	content, err := queries.ReadFile(name + ".sql")
	ok(w, err)
	return string(content)
}

// copyOut writes down for the queries what the register knows at the end of the year.
func (w *world) copyOut() {
	w.Helper()
	_, err := w.plain.Exec(w.query("schema"))
	ok(w, err)
	tx, err := w.plain.Begin()
	ok(w, err)
	o := &copying{world: w, into: tx}
	for m := county.Opening.Month(); m.Year() == county.Year; m++ {
		o.days = append(o.days, m.First(), m.Last())
		o.row(`INSERT INTO month VALUES (?, ?, ?)`, m.String(), m.First().String(), m.Last().String())
	}
	ok(w, w.Store.Read(context.Background(), county.Code, func(tx *store.Tx) error {
		return errors.Join(o.each(tx, register.PersonKind, o.person), o.each(tx, register.HouseholdKind, o.household))
	}))
	ok(w, tx.Commit())
	_, err = w.plain.Exec(w.query("holds"))
	ok(w, err)
}

// copying is what copies.
type copying struct {
	*world
	into *sql.Tx
	days []period.Day
	nth  int
}

func (o *copying) row(statement string, args ...any) {
	_, err := o.into.Exec(statement, args...)
	ok(o, err)
}

func (o *copying) each(tx *store.Tx, kind string, do func(tx *store.Tx, party string) error) error {
	for after := ""; ; {
		parties, err := dated.Parties(tx, kind, after, 500)
		if err != nil || len(parties) == 0 {
			return err
		}
		for _, party := range parties {
			if err := do(tx, party); err != nil {
				return err
			}
		}
		after = parties[len(parties)-1]
	}
}

// facts writes down what is known of a party.
func (o *copying) facts(tx *store.Tx, party string) error {
	entries, err := o.Register.Facts(tx, party, rule.Forever)
	for _, e := range entries {
		o.nth++
		o.row(`INSERT INTO said VALUES (?, ?, ?, ?, ?, ?)`, party, e.Name, plain(e.Value), text(e.Span.From), text(e.Span.To), o.nth)
	}
	return err
}

// text is a day, of four digits of the year also where a span has no beginning or no end.
func text(day period.Day) string {
	return min(max(day, period.Earliest), period.Latest).String()
}

// plain is a value without the quotes of JSON.
func plain(value string) string {
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	return value
}

// person writes down a person, and where somebody who died lived on that day.
func (o *copying) person(tx *store.Tx, person string) error {
	if err := o.facts(tx, person); err != nil {
		return err
	}
	var died string
	err := o.into.QueryRow(`SELECT COALESCE(MAX(value), '') FROM said WHERE party = ? AND name = 'person.death'`, person).Scan(&died)
	if err != nil {
		return err
	}
	o.row(`INSERT INTO person VALUES (?, ?)`, person, died)
	if err := o.approvals(tx, person); err != nil {
		return err
	}
	if died == "" {
		return nil
	}
	last, err := period.ParseDay(died)
	if err != nil {
		return err
	}
	household, err := o.Register.HouseholdOf(tx, person, last, rule.Forever)
	if err != nil || household == "" {
		return err
	}
	h, err := o.Register.Household(tx, household, last, rule.Forever)
	o.lives(person, last, h)
	return err
}

// approvals writes down which applications of a person were approved, and when.
func (o *copying) approvals(tx *store.Tx, person string) error {
	acts, err := o.Benefits.Acts(tx, person)
	for _, a := range acts {
		if a.Kind == benefit.Approve && !a.Withdrawn {
			o.row(`INSERT INTO approved VALUES (?, ?, ?)`, person, a.Scheme, a.Day.String())
		}
	}
	return err
}

// household writes down a household, and who lives in it on each first and last day of a month.
func (o *copying) household(tx *store.Tx, household string) error {
	if err := o.facts(tx, household); err != nil {
		return err
	}
	for _, day := range o.days {
		h, err := o.Register.Household(tx, household, day, rule.Forever)
		if err != nil {
			return err
		}
		for _, m := range h.Members {
			o.lives(m.Person, day, h)
		}
	}
	return nil
}

// lives writes down where somebody lives, with the policy that the town applies.
func (o *copying) lives(person string, day period.Day, h register.Household) {
	for _, town := range o.county.Towns {
		if strings.HasPrefix(string(h.Division), string(town.Code)) {
			o.row(`INSERT OR IGNORE INTO lives VALUES (?, ?, ?, ?)`, person, day.String(), h.ID, town.Series())
		}
	}
}
