package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// The tests below need a table of their own; it follows the rules of ours.
const scratch = `CREATE TABLE scratch (county_code TEXT NOT NULL, name TEXT NOT NULL, used BIGINT NOT NULL, PRIMARY KEY (county_code, name))`

// eachScratch is storetest.Each with the table scratch.
func eachScratch(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		exec(t, s, scratch)
		test(t, s)
	})
}

// exec runs one statement as a command.
func exec(t *testing.T, s *store.Store, query string, args ...any) {
	t.Helper()
	if _, err := s.Write(context.Background(), command("", ""), run(query, args...)); err != nil {
		t.Fatal(err)
	}
}

func run(query string, args ...any) func(*store.Tx) (any, error) {
	return func(tx *store.Tx) (any, error) { return tx.Exec(query, args...) }
}

// number asks for one number.
func number(t *testing.T, s *store.Store, query string, args ...any) int64 {
	t.Helper()
	var n int64
	err := s.Read(context.Background(), county, func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const insert = `INSERT INTO scratch (county_code, name, used) VALUES (?1, ?2, ?3)`

func rows(t *testing.T, s *store.Store) int64 {
	t.Helper()
	return number(t, s, `SELECT COUNT(*) FROM scratch WHERE county_code = ?1`, county)
}

func wantCode(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		t.Errorf("error %v of kind %s, code %q; want %s, %q", err, fault.KindOf(err), fault.CodeOf(err), kind, code)
	}
}

func TestKeyForOtherContentIsRefused(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if _, err := s.Write(ctx, command("k", "a"), run(insert, county, "a", 0)); err != nil {
			t.Fatal(err)
		}
		other := map[string]func(*store.Command){
			"content": func(c *store.Command) { c.Content = []byte("b") },
			"name":    func(c *store.Command) { c.Name = "test.other" },
			"actor":   func(c *store.Command) { c.Actor.ID = "u-2" },
		}
		for name, change := range other {
			c := command("k", "a")
			change(&c)
			_, err := s.Write(ctx, c, run(insert, county, name, 0))
			wantCode(t, err, fault.Conflict, "store.key-reused")
		}
		c := command("k", "b")
		c.County = "999902" // keys belong to a county
		if _, err := s.Write(ctx, c, run(insert, c.County, "c", 0)); err != nil {
			t.Error(err)
		}
		if n := rows(t, s); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestSameKeyAtOnceIsDoneOnce(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		exec(t, s, insert, county, "a", 0)
		var group sync.WaitGroup
		replayed := make(chan bool, 16)
		for range cap(replayed) {
			group.Go(func() {
				out, err := s.Write(context.Background(), command("k", "a"), run(`UPDATE scratch SET used = used + 1 WHERE county_code = ?1 AND name = ?2`, county, "a"))
				if err != nil {
					t.Error(err)
				}
				replayed <- out.Replayed
			})
		}
		group.Wait()
		close(replayed)
		fresh := 0
		for again := range replayed {
			if !again {
				fresh++
			}
		}
		if used := number(t, s, `SELECT used FROM scratch WHERE county_code = ?1 AND name = 'a'`, county); used != 1 || fresh != 1 {
			t.Errorf("done %d times, %d answers said so; want 1 and 1", used, fresh)
		}
	})
}

func TestNothingIsKeptOfAFailedCommand(t *testing.T) {
	refused := errors.New("refused")
	eachScratch(t, func(t *testing.T, s *store.Store) {
		_, err := s.Write(context.Background(), command("k", "a"), func(tx *store.Tx) (any, error) {
			if _, err := tx.Exec(insert, county, "a", 0); err != nil {
				return nil, err
			}
			return nil, refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("error %v, want the domain's own", err)
		}
		if _, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
			_, err := tx.Exec(insert, county, "b", 0)
			return func() {}, err // no JSON
		}); err == nil {
			t.Error("a result that is no JSON must be an error")
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
				_, _ = tx.Exec(insert, county, "c", 0)
				panic("a defect")
			})
		}()
		if n := rows(t, s); n != 0 {
			t.Errorf("%d rows, want none", n)
		}
		if out, err := s.Write(context.Background(), command("k", "a"), run(insert, county, "a", 0)); err != nil || out.Replayed {
			t.Errorf("the key of a failed command must be free: %v, replayed %v", err, out.Replayed)
		}
	})
}

func TestBadCommands(t *testing.T) {
	tests := []struct {
		name, code string
		change     func(*store.Command)
	}{
		{"no county", "store.bad-county", func(c *store.Command) { c.County = "" }},
		{"county of letters", "store.bad-county", func(c *store.Command) { c.County = "99990a" }},
		{"no name", "store.command-invalid", func(c *store.Command) { c.Name = "" }},
		{"no actor", "store.command-invalid", func(c *store.Command) { c.Actor = store.Actor{} }},
		{"no instant", "store.command-invalid", func(c *store.Command) { c.Instant = time.Time{} }},
		{"endless key", "store.command-invalid", func(c *store.Command) { c.Key = fmt.Sprint(make([]byte, 200)) }},
	}
	s := storetest.Open(t, storetest.SQLite(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := command("", "")
			tt.change(&c)
			_, err := s.Write(context.Background(), c, func(*store.Tx) (any, error) { t.Error("it ran"); return nil, nil })
			wantCode(t, err, fault.Invalid, tt.code)
		})
	}
	wantCode(t, s.Read(context.Background(), "1", func(*store.Tx) error { return nil }), fault.Invalid, "store.bad-county")
}

func TestReadRefusesWrites(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		tries := map[string]func(*store.Tx) error{
			"Exec":    func(tx *store.Tx) error { _, err := tx.Exec(insert, county, "a", 0); return err },
			"Enqueue": func(tx *store.Tx) error { return tx.Enqueue("test.later", nil) },
			"Query": func(tx *store.Tx) error {
				var name string
				return tx.QueryRow(insert+` RETURNING name`, county, "b", 0).Scan(&name)
			},
		}
		for name, try := range tries {
			if err := s.Read(context.Background(), county, try); err == nil {
				t.Errorf("%s wrote in a read", name)
			}
		}
		if n := rows(t, s); n != 0 {
			t.Errorf("%d rows, want none", n)
		}
	})
}

func TestReadSeesOneState(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		err := s.Read(context.Background(), county, func(tx *store.Tx) error {
			var before, after int
			const count = `SELECT COUNT(*) FROM scratch WHERE county_code = ?1`
			if err := tx.QueryRow(count, county).Scan(&before); err != nil {
				return err
			}
			exec(t, s, insert, county, "a", 0)
			if err := tx.QueryRow(count, county).Scan(&after); err != nil {
				return err
			}
			if before != 0 || after != 0 {
				t.Errorf("saw %d, then %d rows; want 0 and 0", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := rows(t, s); n != 1 {
			t.Errorf("%d rows afterwards, want 1", n)
		}
	})
}

// Thirty-two at once on the last hundred of one row: real conflicts, each tried again until it is decided.
func TestConflictsAreTriedAgain(t *testing.T) {
	const people, each, limit = 32, 7, 100
	eachScratch(t, func(t *testing.T, s *store.Store) {
		exec(t, s, insert, county, "counter", 0)
		var group sync.WaitGroup
		for i := range people {
			group.Go(func() {
				_, err := s.Write(context.Background(), command(fmt.Sprint("k", i), ""), func(tx *store.Tx) (any, error) {
					n, err := tx.Exec(`UPDATE scratch SET used = used + ?3 WHERE county_code = ?1 AND name = ?2 AND used + ?3 <= ?4`, county, "counter", each, limit)
					if err == nil && n == 1 {
						_, err = tx.Exec(insert, county, fmt.Sprint("served ", i), each)
					}
					return n, err
				})
				if err != nil {
					t.Errorf("cashier %d: %v", i, err)
				}
			})
		}
		group.Wait()
		if used := number(t, s, `SELECT used FROM scratch WHERE county_code = ?1 AND name = 'counter'`, county); used != limit/each*each {
			t.Errorf("used %d, want %d", used, limit/each*each)
		}
		if n := rows(t, s); n != 1+limit/each {
			t.Errorf("%d rows, want %d", n, 1+limit/each)
		}
	})
}

// Each reads what the other writes: no order of the two explains both, so PostgreSQL must refuse one and Write try it again.
func TestWriteSkewIsImpossible(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		exec(t, s, insert, county, "a", 1)
		exec(t, s, insert, county, "b", 1)
		var group sync.WaitGroup
		for _, name := range []string{"a", "b"} {
			group.Go(func() {
				_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
					var sum int64
					if err := tx.QueryRow(`SELECT CAST(SUM(used) AS BIGINT) FROM scratch WHERE county_code = ?1`, county).Scan(&sum); err != nil || sum < 2 {
						return nil, err
					}
					return tx.Exec(`UPDATE scratch SET used = 0 WHERE county_code = ?1 AND name = ?2`, county, name)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if sum := number(t, s, `SELECT CAST(SUM(used) AS BIGINT) FROM scratch WHERE county_code = ?1`, county); sum != 1 {
			t.Errorf("%d left, want 1: one of the two must have seen the other", sum)
		}
	})
}

func TestUniqueIsRecognised(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		exec(t, s, insert, county, "a", 0)
		if _, err := s.Write(context.Background(), command("", ""), run(insert, county, "a", 0)); !store.IsUnique(err) {
			t.Errorf("error %v is not known as a row that exists", err)
		}
	})
}

func TestDeadline(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := s.Write(ctx, command("k", "a"), func(tx *store.Tx) (any, error) {
			n, err := tx.Exec(insert, county, "a", 0)
			cancel() // the caller gives up between the last statement and the commit
			return n, err
		})
		wantCode(t, err, fault.Unavailable, "store.timeout")
		if n := rows(t, s); n != 0 {
			t.Errorf("%d rows, want none", n)
		}

		// A statement that would run for ever is cut off.
		ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		endless := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n WHERE i < 0`
		_, err = s.Write(ctx, command("", ""), func(tx *store.Tx) (any, error) {
			var count int64
			return nil, tx.QueryRow(endless).Scan(&count)
		})
		wantCode(t, err, fault.Unavailable, "store.timeout")
		exec(t, s, insert, county, "b", 0) // and the next one is served
	})
}

func TestIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		last := ""
		for _, instant := range []time.Time{noon, noon, noon.Add(time.Hour), noon.Add(-time.Hour)} {
			c := command("", "")
			c.Instant = instant
			_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
				if !tx.Instant.Equal(instant) {
					t.Errorf("instant %s, want %s as given", tx.Instant, instant)
				}
				for range 5000 { // more than one millisecond's counter holds
					id := tx.NewID()
					if id <= last || len(id) != 36 || id[14] != '7' {
						t.Fatalf("id %s after %s", id, last)
					}
					last = id
				}
				return nil, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestTextIsOrderedByBytes(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		for _, name := range []string{"b", "B", "a", "Ä", "县", "_"} {
			exec(t, s, insert, county, name, 0)
		}
		for _, order := range []string{`name`, `name COLLATE "C"`} {
			got := ""
			err := s.Read(context.Background(), county, func(tx *store.Tx) error {
				rows, err := tx.Query(`SELECT name FROM scratch WHERE county_code = ?1 ORDER BY `+order, county)
				if err != nil {
					return err
				}
				for rows.Next() {
					var name string
					if err := rows.Scan(&name); err != nil {
						return err
					}
					got += name
				}
				return rows.Err()
			})
			if err != nil {
				t.Fatal(err)
			}
			if got != "B_abÄ县" {
				t.Errorf("ORDER BY %s: %s", order, got)
			}
		}
	})
}
