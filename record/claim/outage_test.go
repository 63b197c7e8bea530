package claim_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"doudi/kernel/money"
	"doudi/record/claim"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// on is the day of the bills of this file.
const on = "2021-11-08"

// A disk that is full keeps nothing of a settlement, says so, and serves again when there is room.
func TestDiskFullInASettlement(t *testing.T) {
	dsn := storetest.SQLite(t)
	w := open(t, storetest.Open(t, dsn), map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
	person := w.resident()
	var pages int64
	w.look(func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT page_count FROM pragma_page_count`).Scan(&pages)
	})
	roomy := w.store
	w.store = storetest.Open(t, fmt.Sprintf("%s?_pragma=max_page_count(%d)", dsn, pages+10))
	settled, key := 0, ""
	var received claim.Claim
	var err error
	for err == nil && settled < 1000 {
		bill := w.outpatient(person, fmt.Sprint("F-", settled), on, "10.00")
		if received, err = w.receive(day(on), bill); err == nil {
			key = fmt.Sprint("confirm ", settled)
			_, err = w.try(day(on), key, clerk, func(tx *store.Tx) (any, error) { return w.Confirm(tx, received.ID, "") })
		}
		if err == nil {
			settled++
		}
	}
	expect(t, err, "store.disk-full")
	if checked := w.sound(); checked.Settlements != settled || settled == 0 {
		t.Errorf("%d settlements on record, want the %d that were acknowledged", checked.Settlements, settled)
	}
	w.store = roomy
	w.settled(day(on), w.outpatient(person, fmt.Sprint("F-", settled), on, "10.00")) // the same bill again
	if checked := w.sound(); checked.Settlements != settled+1 {
		t.Errorf("%d settlements on record, want %d", checked.Settlements, settled+1)
	}
}

// Whoever is in the way of a settlement for longer than its caller will wait: the caller is told in time, nothing is kept, and the
// next attempt succeeds.
func TestSlowDatabase(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		w := open(t, storetest.Open(t, dsn), map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		person := w.resident()
		w.settled(day(on), w.outpatient(person, "S-1", on, "10.00"))
		slow, err := w.receive(day(on), w.outpatient(person, "S-2", on, "20.00"))
		if err != nil {
			t.Fatal(err)
		}
		other, inTheWay, goOn := storetest.Open(t, dsn), make(chan struct{}), make(chan struct{})
		done := make(chan error, 1)
		go func() {
			_, err := other.Write(context.Background(), store.Command{Name: "test", County: county, Actor: clerk, Instant: noon(day(on))}, func(tx *store.Tx) (any, error) {
				_, err := tx.Exec(`UPDATE claim_chain SET moves = moves WHERE county_code = ?1`, tx.County)
				close(inTheWay)
				<-goOn
				return nil, err
			})
			done <- err
		}()
		<-inTheWay
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err = w.store.Write(ctx, store.Command{Key: "slow", Name: "test", County: county, Actor: clerk, Instant: noon(day(on))},
			func(tx *store.Tx) (any, error) { return w.Confirm(tx, slow.ID, "") })
		expect(t, err, "store.timeout")
		if waited := time.Since(began); waited > 4*time.Second {
			t.Errorf("the caller, who would wait 200 ms, was told after %s", waited)
		}
		close(goOn)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c, err := w.get(slow.ID); err != nil || c.State != claim.Received {
			t.Errorf("%+v, %v", c, err)
		}
		_, err = w.try(day(on), "slow", clerk, func(tx *store.Tx) (any, error) { return w.Confirm(tx, slow.ID, "") })
		expect(t, err, "")
		w.sound()
	})
}

// A clock that goes back: what was done stands, what is done then is entered where it fits, and facts that by that clock are not known
// yet are not used.
func TestClockGoesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s, map[string]string{"pingyin-2021": "from: 2021-01-01\n"})
		person, earlier := w.resident(), day(on)-3
		first := w.settled(day(on), w.outpatient(person, "C-1", "2021-11-05", "100.00"))
		w.settled(earlier, w.outpatient(person, "C-2", "2021-11-04", "200.00")) // before the first, by bill and by clock
		if left := w.left("assistance"); left != money.Yuan(999_850) {
			t.Errorf("%s left", left)
		}
		w.sound()
		if _, err := w.reverse(earlier, first); err != nil { // earlier than it was settled
			t.Errorf("reversing: %v", err)
		}
		w.sound()
		if left := w.left("assistance"); left != money.Yuan(999_900) {
			t.Errorf("%s left", left)
		}
		tooEarly, err := w.receive(day("2017-12-31"), w.outpatient(person, "C-3", on, "100.00"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.confirm(day("2017-12-31"), tooEarly.ID)
		if err == nil {
			t.Error("a bill was settled with facts that were learnt later")
		}
		w.sound()
		if _, err := w.confirm(day(on), tooEarly.ID); err != nil {
			t.Errorf("with the clock put right: %v", err)
		}
		w.sound()
	})
}
