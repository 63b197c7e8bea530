package county_test

import (
	"context"
	"maps"
	"path/filepath"
	"testing"

	"doudi/decide/rule"
	"doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// writer is a small county with an empty record.
func writer(t *testing.T, dsn string, size county.Size) *county.Writer {
	t.Helper()
	secrets := filepath.Join(t.TempDir(), "secrets")
	if err := record.CreateSecrets(secrets, county.Code); err != nil {
		t.Fatal(err)
	}
	r, err := record.Open(context.Background(), record.Config{DSN: dsn, Secrets: secrets, Files: t.TempDir(), Library: library()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return county.NewWriter(r, newCounty(t, 1, size))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSmallCountyOnRecord writes the small county, and what verify looks at holds.
func TestSmallCountyOnRecord(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		w := writer(t, dsn, county.Small)
		must(t, w.Found(ctx))
		must(t, w.People(ctx))
		must(t, w.Year(ctx))
		seal(t, w)
		must(t, w.Store.Read(ctx, county.Code, func(tx *store.Tx) error {
			checked, err := audit.Verify(tx)
			must(t, err)
			if checked.Tail > 0 {
				t.Errorf("%d entries of the log are not sealed", checked.Tail)
			}
			must(t, fund.Verify(tx))
			_, err = w.Claims.Verify(tx)
			return err
		}))
		blocks := settled(t, w)
		for _, town := range newCounty(t, 1, county.Small).Towns {
			for _, block := range town.Pack.Settlement {
				if blocks[town.Series()+" "+block.ID] == 0 {
					t.Errorf("%s: no bill of %s was settled", town.Pack.ID, block.ID)
				}
			}
		}
		must(t, w.Found(ctx))
		must(t, w.People(ctx))
		must(t, w.Year(ctx)) // once more
		if again := settled(t, w); !maps.Equal(again, blocks) {
			t.Errorf("written twice there are %v, not %v", again, blocks)
		}
	})
}

func seal(t *testing.T, w *county.Writer) {
	t.Helper()
	for n := 1; n > 0; {
		_, err := w.Store.Write(context.Background(), store.Command{Name: "seal", County: county.Code, Actor: county.Checker, Instant: county.Morning(period.MustDay(2022, 1, 1))}, func(tx *store.Tx) (_ any, err error) {
			n, err = audit.Seal(tx)
			return nil, err
		})
		must(t, err)
	}
}

// settled counts the bills on record by what they were settled by.
func settled(t *testing.T, w *county.Writer) map[string]int {
	t.Helper()
	found := map[string]int{}
	for h := range newCounty(t, 1, county.Small).Households() {
		for _, p := range h.Members {
			if len(p.Bills) == 0 {
				continue
			}
			must(t, w.Store.Read(context.Background(), county.Code, func(tx *store.Tx) error {
				id, err := w.Register.ByNumber(tx, p.Number)
				must(t, err)
				claims, err := claim.Of(tx, id)
				must(t, err)
				if len(claims) != len(p.Bills) {
					t.Errorf("household %d (%s): %d of %d bills are on record", h.Number, h.Situation, len(claims), len(p.Bills))
				}
				for _, c := range claims {
					result, _, _, err := w.Claims.Statement(tx, c.ID)
					must(t, err)
					found[c.Series+" "+result.Settlement.ID]++
				}
				return nil
			}))
		}
	}
	return found
}

// TestAccountsOnRecord keeps every account that is in its person's name, once.
func TestAccountsOnRecord(t *testing.T) {
	ctx := context.Background()
	w := writer(t, storetest.SQLite(t), county.Small)
	must(t, w.Found(ctx))
	must(t, w.People(ctx))
	must(t, w.Accounts(ctx))
	must(t, w.Accounts(ctx)) // once more
	kept, misnamed := 0, 0
	must(t, w.Store.Read(ctx, county.Code, func(tx *store.Tx) error {
		for h := range newCounty(t, 1, county.Small).Households() {
			for _, p := range h.Members {
				if h.Group == "" || p.Account == nil {
					continue
				}
				id, err := w.Register.ByNumber(tx, p.Number)
				must(t, err)
				accounts, err := w.Payments.Accounts(tx, id)
				must(t, err)
				switch own := p.Account.Holder == p.Name; {
				case own && len(accounts) == 1 && accounts[0].Number == p.Account.Number:
					kept++
				case !own && len(accounts) == 0:
					misnamed++
				default:
					t.Errorf("household %d: %d accounts of a person on record", h.Number, len(accounts))
				}
			}
		}
		return nil
	}))
	if kept < 300 || misnamed == 0 {
		t.Errorf("%d accounts are kept, %d are in another's name", kept, misnamed)
	}
}

// TestYearOnRecord reads back what happened in the year: who was born, who died, who has another head, who left a roster.
func TestYearOnRecord(t *testing.T) {
	ctx := context.Background()
	w := writer(t, storetest.SQLite(t), county.Small)
	must(t, w.Found(ctx))
	must(t, w.People(ctx))
	must(t, w.Year(ctx))
	seen := map[county.ChangeKind]int{}
	must(t, w.Store.Read(ctx, county.Code, func(tx *store.Tx) error {
		for h := range newCounty(t, 1, county.Small).Households() {
			for _, c := range h.Changes {
				seen[c.Kind]++
				happened(t, w, tx, h, c)
			}
		}
		return nil
	}))
	for _, kind := range []county.ChangeKind{county.Birth, county.Death, county.Move, county.News, county.Exit} {
		if seen[kind] == 0 {
			t.Errorf("nothing of the kind %s happened: %v", kind, seen)
		}
	}
}

func happened(t *testing.T, w *county.Writer, tx *store.Tx, h *county.Household, c county.Change) {
	t.Helper()
	const known = rule.Forever
	who := c.Person
	if who == nil {
		who = h.Head()
	}
	id, err := w.Register.ByNumber(tx, who.Number)
	must(t, err)
	s, err := w.Register.Subject(tx, id, c.Day, known)
	must(t, err)
	at := func(name string, day period.Day) string {
		if fact, ok := s.Facts.At(name, day); ok {
			return rule.Display(fact.Value, "")
		}
		return ""
	}
	var ok bool
	switch c.Kind {
	case county.Birth:
		household, err := w.Register.HouseholdOf(tx, id, c.Day, known)
		ok = err == nil && household != ""
	case county.Death:
		ok = at("person.death", c.Day) == c.Day.String()
	case county.Exit:
		ok = at("roster."+c.Roster, c.Day) == rule.Display(rule.Bool(true), "") && at("roster."+c.Roster, c.Day+1) == rule.Display(rule.Bool(false), "")
	case county.News:
		ok = true
		for name, facts := range c.Facts {
			ok = ok && at(name, c.Day) == rule.Display(facts[0].Value, "")
		}
	case county.Move:
		household, err := w.Register.HouseholdOf(tx, id, c.Day, known)
		must(t, err)
		lives, err := w.Register.Household(tx, household, c.Day, known)
		ok = err == nil && lives.Division == c.To.Code
	}
	if !ok {
		t.Errorf("household %d (%s): %s on %s is not on record", h.Number, h.Situation, c.Kind, c.Day)
	}
}
