package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// company is a command that may go with others.
func company(key string) store.Command {
	c := command(key, "")
	c.Together = true
	return c
}

// rowTurn is the turn at a row.
var rowTurn = store.Turn{
	Take: `INSERT INTO scratch (county_code, name, used) VALUES (?1, ?2, 1) ON CONFLICT (county_code, name) DO UPDATE SET used = scratch.used + 1 RETURNING used`,
	Look: `SELECT used FROM scratch WHERE county_code = ?1 AND name = ?2`,
	Pass: `INSERT INTO scratch (county_code, name, used) VALUES (?1, ?2, ?3) ON CONFLICT (county_code, name) DO UPDATE SET used = excluded.used WHERE scratch.used = excluded.used - 1`,
}

func turn(tx *store.Tx, name string) (taken int64, err error) {
	tx.PrefetchTurn(rowTurn, tx.County, name)
	return tx.TakeTurn(rowTurn, tx.County, name)
}

// Whatever happens to some of those who go together, the others are kept, each once.
func TestTogether(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		refused := errors.New("refused")
		const each = 12
		acts := []struct {
			name string
			keep bool // a row of its own
			do   func(tx *store.Tx, name string) (any, error)
			err  string
		}{
			{"plain", true, func(tx *store.Tx, name string) (any, error) { return name, tx.Later(nil, insert, tx.County, name, 1) }, ""},
			{"asks", true, func(tx *store.Tx, name string) (any, error) {
				tx.Prefetch(`SELECT COUNT(*) FROM scratch WHERE county_code = ?1 AND name = ?2`, tx.County, name)
				var n int64
				if err := tx.QueryRow(`SELECT COUNT(*) FROM scratch WHERE county_code = ?1 AND name = ?2`, tx.County, name).Scan(&n); err != nil || n != 0 {
					return nil, fmt.Errorf("%d before: %w", n, err)
				}
				return n, tx.Later(nil, insert, tx.County, name, 1)
			}, ""},
			{"takes a turn", true, func(tx *store.Tx, name string) (any, error) {
				n, err := turn(tx, "turn of all")
				if err != nil {
					return nil, err
				}
				return n, tx.Later(nil, insert, tx.County, name, n)
			}, ""},
			{"cannot wait", true, func(tx *store.Tx, name string) (any, error) { return tx.Exec(insert, tx.County, name, 1) }, ""},
			{"asks after it wrote", true, func(tx *store.Tx, name string) (any, error) {
				if err := tx.Later(nil, insert, tx.County, name, 1); err != nil {
					return nil, err
				}
				var n int64
				err := tx.QueryRow(`SELECT COUNT(*) FROM scratch WHERE county_code = ?1 AND name = ?2`, tx.County, name).Scan(&n)
				if err == nil && n != 1 {
					err = fmt.Errorf("does not see what it wrote")
				}
				return n, err
			}, ""},
			{"leaves a job", true, func(tx *store.Tx, name string) (any, error) {
				return nil, errors.Join(tx.Later(nil, insert, tx.County, name, 1), tx.Enqueue("test.job", name))
			}, ""},
			{"is refused", false, func(tx *store.Tx, name string) (any, error) {
				return nil, errors.Join(tx.Later(nil, insert, tx.County, name, 1), refused)
			}, "refused"},
			{"is surprised", true, func(tx *store.Tx, name string) (any, error) {
				if tx.Careful {
					return nil, tx.Later(nil, insert, tx.County, name, 2)
				}
				return nil, tx.Later(func(n int64) error { return store.Surprise() }, insert, tx.County, name, 1)
			}, ""},
			{"breaks a rule of the table", false, func(tx *store.Tx, name string) (any, error) {
				return nil, errors.Join(tx.Later(nil, insert, tx.County, name, 1), tx.Later(nil, insert, tx.County, name, 1))
			}, "UNIQUE"},
		}
		var mutex sync.Mutex
		var wrong []string
		answers := storetest.Together(each*len(acts), func(i int) error {
			act := acts[i%len(acts)]
			name := fmt.Sprint(act.name, " ", i)
			_, err := s.Write(context.Background(), company(name), func(tx *store.Tx) (any, error) { return act.do(tx, name) })
			if (err == nil) != (act.err == "") {
				mutex.Lock()
				defer mutex.Unlock()
				wrong = append(wrong, fmt.Sprint(name, ": ", err))
			}
			return nil
		})
		if len(wrong) > 0 || len(answers) == 0 {
			t.Error(strings.Join(wrong, "\n"))
		}
		for i := range each * len(acts) {
			act := acts[i%len(acts)]
			want := int64(0)
			if act.keep {
				want = 1
			}
			if n := number(t, s, `SELECT COUNT(*) FROM scratch WHERE county_code = ?1 AND name = ?2`, county, fmt.Sprint(act.name, " ", i)); n != want {
				t.Errorf("%s %d: %d rows", act.name, i, n)
			}
		}
		if n := number(t, s, `SELECT COUNT(DISTINCT used) FROM scratch WHERE county_code = ?1 AND name LIKE 'takes a turn %'`, county); n != each {
			t.Errorf("%d took %d different turns", each, n)
		}
		if n := number(t, s, `SELECT COUNT(*) FROM command WHERE county_code = ?1`, county); n != int64(each*(len(acts)-2)) {
			t.Errorf("%d commands are kept", n)
		}
	})
}

// One key sent by many at once is done once, in company too.
func TestTogetherOnce(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		var mutex sync.Mutex
		first := 0
		for i, err := range storetest.Together(24, func(i int) error {
			key := fmt.Sprint("key ", i%3)
			out, err := s.Write(context.Background(), company(key), func(tx *store.Tx) (any, error) { return key, tx.Later(nil, insert, tx.County, key, 1) })
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil && !out.Replayed {
				first++
			}
			if err == nil && string(out.Result) != fmt.Sprintf("%q", key) {
				err = fmt.Errorf("answered %s", out.Result)
			}
			return err
		}) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		if n := rows(t, s); n != 3 || first != 3 {
			t.Errorf("%d rows, %d done for the first time", n, first)
		}
	})
}

// A defect in one command is that one's own.
func TestTogetherPanic(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		panicked := make([]bool, 16)
		for i, err := range storetest.Together(len(panicked), func(i int) error {
			defer func() { panicked[i] = recover() != nil }()
			_, err := s.Write(context.Background(), company(""), func(tx *store.Tx) (any, error) {
				if i%4 == 0 {
					panic("a defect")
				}
				return nil, tx.Later(nil, insert, tx.County, fmt.Sprint(i), 1)
			})
			return err
		}) {
			if err != nil || panicked[i] != (i%4 == 0) {
				t.Errorf("%d: %v, panicked %v", i, err, panicked[i])
			}
		}
		if n := rows(t, s); n != 12 {
			t.Errorf("%d rows", n)
		}
	})
}

// Together or one after the other: what is drawn from a common stock is never more than was there, and every answer is true.
func TestTogetherAgainstModel(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			stock := fmt.Sprint("stock ", round)
			left := rapid.Int64Range(0, 40).Draw(t, "stock")
			if _, err := s.Write(context.Background(), command("", ""), run(insert, county, stock, left)); err != nil {
				t.Fatal(err)
			}
			wants := rapid.SliceOfN(rapid.Int64Range(1, 12), 1, 12).Draw(t, "wants")
			short := errors.New("short")
			answers := storetest.Together(len(wants), func(i int) error {
				_, err := s.Write(context.Background(), company(fmt.Sprint(stock, " ", i)), func(tx *store.Tx) (any, error) {
					enough := func(n int64) error {
						if n == 0 {
							return short
						}
						return nil
					}
					return nil, tx.LaterSum(enough, `UPDATE scratch SET used = used - ?3 WHERE county_code = ?1 AND name = ?2 AND used >= ?3`, wants[i], tx.County, stock)
				})
				return err
			})
			for i, err := range answers {
				if err == nil {
					left -= wants[i]
				} else if !errors.Is(err, short) {
					t.Fatalf("%d: %v", i, err)
				}
			}
			var now int64
			if err := s.Read(context.Background(), county, func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT used FROM scratch WHERE county_code = ?1 AND name = ?2`, tx.County, stock).Scan(&now)
			}); err != nil || now != left || left < 0 {
				t.Fatalf("left %d, by the answers %d: %v", now, left, err)
			}
			for i, err := range answers { // who was refused really did not fit
				if err != nil && wants[i] <= left {
					t.Fatalf("%d of %d left were refused", wants[i], left)
				}
			}
		})
	})
}

// A caller who has gone is not served; the others are.
func TestTogetherDeadline(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		answers := storetest.Together(8, func(i int) error {
			ctx := context.Background()
			if i%2 == 0 {
				ctx = gone
			}
			_, err := s.Write(ctx, company(""), func(tx *store.Tx) (any, error) { return nil, tx.Later(nil, insert, tx.County, fmt.Sprint(i), 1) })
			return err
		})
		for i, err := range answers {
			if i%2 == 0 {
				wantCode(t, err, fault.Unavailable, "store.timeout")
			} else if err != nil {
				t.Error(err)
			}
		}
		if n := rows(t, s); n != 4 {
			t.Errorf("%d rows", n)
		}
	})
}

// A database that goes away under a company is told to each, and nothing is half written.
func TestTogetherOutage(t *testing.T) {
	server := storetest.NewServer(t)
	s := storetest.Open(t, server.CreateMigrated(t, "company"))
	exec(t, s, scratch)
	send := func(round string) []error {
		return storetest.Together(8, func(i int) error {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			name := fmt.Sprint(round, i)
			_, err := s.Write(ctx, company(name), func(tx *store.Tx) (any, error) {
				return nil, errors.Join(tx.Later(nil, insert, tx.County, name, 1), tx.Later(nil, insert, tx.County, name+" too", 1))
			})
			return err
		})
	}
	if err := errors.Join(send("before ")...); err != nil {
		t.Fatal(err)
	}
	server.Kill(t)
	for _, err := range send("during ") {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("while it is away: %v", err)
		}
	}
	server.Start(t)
	if err := errors.Join(send("during ")...); err != nil {
		t.Fatal(err)
	}
	if n := rows(t, s); n != 32 {
		t.Errorf("%d rows", n)
	}
}

// Who has little time gets an answer in time, also while another process holds the file.
func TestTogetherSlow(t *testing.T) {
	dsn := storetest.SQLite(t)
	s, other := storetest.Open(t, dsn), storetest.Open(t, dsn)
	exec(t, s, scratch)
	free := make(chan struct{})
	held := make(chan error, 1)
	holding := make(chan struct{})
	go func() {
		_, err := other.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
			close(holding)
			<-free
			return tx.Exec(insert, county, "other", 0)
		})
		held <- err
	}()
	<-holding
	answers := storetest.Together(4, func(i int) error {
		ctx, cancel := context.WithTimeout(context.Background(), 600*time.Millisecond)
		defer cancel()
		_, err := s.Write(ctx, company(""), func(tx *store.Tx) (any, error) { return nil, tx.Later(nil, insert, tx.County, fmt.Sprint(i), 1) })
		return err
	})
	for _, err := range answers {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("answered %v", err)
		}
	}
	close(free)
	if err := <-held; err != nil {
		t.Error(err)
	}
	exec(t, s, insert, county, "afterwards", 0)
	if n := rows(t, s); n != 2 {
		t.Errorf("%d rows", n)
	}
}

// A server that is slow is not waited for longer than the callers have time. Nobody knows then whether it will keep what it was told, and nobody is told that it did not.
func TestTogetherSlowServer(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	exec(t, s, scratch)
	free, holding, held := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) {
			n, err := tx.Exec(insert, county, "mine", 0)
			close(holding)
			<-free
			return n, err
		})
		held <- err
	}()
	<-holding
	send := func(key string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, err := s.Write(ctx, company(key), func(tx *store.Tx) (any, error) {
			return nil, errors.Join(tx.Later(nil, insert, tx.County, "other", 1), tx.Later(func(int64) error { return nil }, insert+" ON CONFLICT DO NOTHING", tx.County, "mine", 1))
		})
		return err
	}
	for _, key := range []string{"", "a key"} {
		wantCode(t, send(key), fault.Unavailable, "store.outcome-unknown")
	}
	close(free)
	if err := <-held; err != nil {
		t.Error(err)
	}
	if n := rows(t, s); n != 1 {
		t.Errorf("%d rows", n)
	}
}

const nameQuery = `SELECT COUNT(*) FROM scratch WHERE county_code = ?1 AND name IN (?2)`

// What a company stands on is asked again before anything is written: who computed from something that is no longer so does it
// again, by itself, and those in company with it too.
func TestTogetherStandsOn(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		for _, c := range []struct {
			name string
			news func(name string) error // while the company computes
			want int64                   // tries
		}{
			{"nothing new", func(string) error { return nil }, 1},
			{"news about something else", func(name string) error {
				_, err := s.Write(context.Background(), command("", ""), run(insert, county, name+" elsewhere", 1))
				return err
			}, 1},
			{"news", func(name string) error {
				_, err := s.Write(context.Background(), command("", ""), run(insert, county, name, 1))
				return err
			}, 2},
			{"somebody else's turn", func(name string) error {
				_, err := s.Write(context.Background(), command("", ""), func(tx *store.Tx) (any, error) { return turn(tx, name+" turn") })
				return err
			}, 2},
		} {
			t.Run(c.name, func(t *testing.T) {
				tries := int64(0)
				_, err := s.Write(context.Background(), company(c.name), func(tx *store.Tx) (any, error) {
					tries++
					taken, err := turn(tx, c.name+" turn")
					if err != nil {
						return nil, err
					}
					var seen int64
					if err := tx.QueryRow(nameQuery, tx.County, c.name).Scan(&seen); err != nil {
						return nil, err
					}
					tx.StandsOn(seen, nameQuery, tx.County, c.name)
					tx.StandsOn(0, nameQuery, tx.County, c.name+" of another")
					if tries == 1 {
						if err := c.news(c.name); err != nil {
							return nil, err
						}
					}
					return nil, tx.Later(nil, insert, tx.County, c.name+" seen", 10*taken+seen)
				})
				if err != nil || tries != c.want {
					t.Fatalf("%d tries, %v", tries, err)
				}
				taken := number(t, s, `SELECT used FROM scratch WHERE county_code = ?1 AND name = ?2`, county, c.name+" turn")
				there := number(t, s, `SELECT COUNT(*) FROM scratch WHERE county_code = ?1 AND name = ?2`, county, c.name)
				if seen := number(t, s, `SELECT used FROM scratch WHERE county_code = ?1 AND name = ?2`, county, c.name+" seen"); seen != 10*taken+there {
					t.Errorf("computed from %d, there are %d after %d turns", seen, there, taken)
				}
			})
		}
	})
}

// Counties whose standing data changed more or less often, or never, go together: nobody has to compute again.
func TestCountiesTogether(t *testing.T) {
	eachScratch(t, func(t *testing.T, s *store.Store) {
		counties := []string{county, "999902", "999903"}
		for changes, code := range counties {
			for range changes {
				c := command("", "")
				c.County = code
				if _, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, tx.StandingChanged() }); err != nil {
					t.Fatal(err)
				}
			}
		}
		var tries atomic.Int64
		const each = 8
		for _, err := range storetest.Together(each*len(counties), func(i int) error {
			c := company(fmt.Sprint(i))
			c.County = counties[i%len(counties)]
			_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
				tries.Add(1)
				tx.PrefetchStanding()
				_, err := store.Standing(tx, "what is standing", func() (string, error) { return "as ever", nil })
				return nil, errors.Join(err, tx.Later(nil, insert, tx.County, fmt.Sprint(i), 1))
			})
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if n := tries.Load(); n != each*int64(len(counties)) {
			t.Errorf("%d commands were begun %d times", each*len(counties), n)
		}
	})
}
