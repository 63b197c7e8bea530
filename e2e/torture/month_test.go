package torture_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// The months of the torture: very old people, each due 60 yuan a month until the month of the death. So what every run and batch together must have called
// and paid is plain arithmetic.
const (
	elder  = "example/elder-allowance"
	relief = "relief"
	old    = 850 // people, which is more than one part of a run
	banked = 150 // have a bank account; the others stay out of every batch
)

var (
	first, last = day("2024-01-01").Month(), day("2024-02-01").Month()
	allowance   = money.Yuan(60)
)

// months is a county whose months are run and paid while everything ends again and again.
type months struct {
	*world
	chance *rand.Rand
	died   map[string]period.Day
	lasts  time.Duration // what is killed next takes about so long
	kills  int
	cut    int // that were in the middle of something
}

// TestKillMonths kills doudi run and doudi batch at random moments, while people die of whom the office hears late, and lets two run the same month at once. Begun
// again, each month ends with one result: everybody has what is due, once, and verify finds nothing.
func TestKillMonths(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		t.Parallel()
		m := &months{world: newWorld(t, dsn, 0), chance: rand.New(rand.NewPCG(uint64(fromEnvironment(t, "SEED", seed)), 3)), died: map[string]period.Day{}, lasts: time.Second}
		m.settle()
		for month := first; month <= last; month++ {
			m.month(month)
		}
		m.complete(last) // who died while the last month was run is looked at once more
		m.called()
		for month := first; month <= last; month++ {
			m.pay(month)
		}
		m.paid()
		m.close()
		m.doudi("verify")
		if m.Logf("%d kills, %d in the middle of something", m.kills, m.cut); m.cut < m.kills/3 {
			m.Errorf("only %d of %d kills were in the middle of something", m.cut, m.kills)
		}
	})
}

// settle registers the people with their accounts, and opens the special account.
func (m *months) settle() {
	m.Helper()
	m.must(today(), clerk, func(tx *store.Tx) error {
		err := fund.Open(tx, fund.Fund{Code: relief, Name: fault.Text{ZH: "救助资金"}, Purpose: fault.Text{ZH: "津贴"}, Blocks: 4,
			Span: period.Span{From: day("2024-01-01"), To: day("2199-12-31")}, Uses: []fund.Use{{Kind: fund.Category, Name: payment.Category}}})
		for _, a := range []fund.Account{{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "财政"}}, {AccountID: fund.AccountID{Kind: fund.Bank, Code: "main"}, Name: fault.Text{ZH: "专户"}}} {
			err = errors.Join(err, fund.OpenAccount(tx, relief, a))
		}
		_, received := fund.Receive(tx, fund.Movement{Fund: relief, Amount: granted, Source: "finance", Into: "main", Day: day("2024-01-01"), Origin: fund.Origin{Kind: fund.FromDocument, ID: "2号"}})
		return errors.Join(err, received)
	})
	m.must(today(), clerk, func(tx *store.Tx) error {
		return m.record.Register.Bulk(tx, register.Ahead{}, func(many *register.Register) error {
			for i := range old {
				id, err := many.AddPerson(tx, register.Person{Name: "钱和", Birth: new(day("1930-01-01").AddDays(i)), From: rule.Beginning})
				if err != nil {
					return err
				}
				if _, err := many.Record(tx, id, "person.hukou", rule.Fact{Value: rule.Division(town), Span: dated.Always}, ""); err != nil {
					return err
				}
				m.people = append(m.people, id)
			}
			return nil
		})
	})
	m.must(today(), clerk, func(tx *store.Tx) error {
		for i, id := range m.people {
			if _, err := m.record.Benefits.Act(tx, benefit.Act{Subject: id, Scheme: elder, Kind: benefit.Approve, Day: day("2020-01-06")}); err != nil {
				return err
			}
			if i >= banked {
				continue
			}
			account := payment.Account{Number: fmt.Sprintf("90%08d", i), Bank: "农村信用社", Holder: "钱和", As: payment.Own}
			if _, err := m.record.Payments.Open(tx, id, account, day("2020-01-01"), dated.Said{Source: "存折"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func today() period.Day { return dated.Day(time.Now()) }

// dies lets the office hear that somebody has died.
func (m *months) dies() {
	m.Helper()
	id := m.people[m.chance.IntN(len(m.people))]
	if m.chance.IntN(2) == 0 {
		id = m.people[m.chance.IntN(banked)]
	}
	if m.died[id] != 0 {
		return
	}
	m.died[id] = first.First().AddDays(m.chance.IntN(int(last.Last() - first.First())))
	m.must(today(), clerk, func(tx *store.Tx) error {
		return m.record.Register.Die(tx, id, m.died[id], register.Succession{}, dated.Said{Source: "县公安局"})
	})
}

// command is a command line of the program on the world's database.
func (m *months) command(args ...string) *exec.Cmd {
	built := program(m)
	return exec.Command(built, append(args, "--db", m.dsn, "--secrets", m.secrets, "--packs", filepath.Join(filepath.Dir(built), "packs"))...)
}

// doudi runs the program to its end, which must be a good one.
func (m *months) doudi(args ...string) string {
	m.Helper()
	out, err := m.command(args...).CombinedOutput()
	if err != nil {
		m.Fatalf("doudi %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// killed runs the program and kills it at a random moment; meanwhile is done beside it.
func (m *months) killed(meanwhile func(), args ...string) {
	m.Helper()
	cmd := m.command(args...)
	began := time.Now()
	m.ok(cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the status of a killed program says nothing
		close(ended)
	}()
	meanwhile()
	moment := m.lasts/10 + time.Duration(m.chance.Int64N(int64(m.lasts)))
	select {
	case <-ended:
		m.lasts = max(time.Since(began), 50*time.Millisecond)
	case <-time.After(moment - time.Since(began)):
		m.cut++
	}
	m.kills++
	_ = cmd.Process.Kill() // it may have come to its end
	<-ended
}

func (m *months) run(month period.Month, more ...string) []string {
	return append([]string{"run", county, month.String(), "--since", first.String(), "--by", "u1,王经办,窗口", "--show", "0"}, more...)
}

var approving = []string{"--approve", "u2,李审核,审核"}

// month is run, killed and begun again, once as two at the same moment, and in the end approved.
func (m *months) month(month period.Month) {
	m.Helper()
	for i := range fromEnvironment(m, "RUN_KILLS", 3) {
		m.killed(m.dies, m.run(month, approving[:2*(i%2)]...)...)
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if out, err := m.command(m.run(month)...).CombinedOutput(); err != nil {
				m.Errorf("two at once: %v\n%s", err, out)
			}
		})
	}
	m.dies()
	both.Wait()
	m.complete(month)
}

// complete runs a month to its end.
func (m *months) complete(month period.Month) {
	m.Helper()
	m.doudi(m.run(month, approving...)...)
}

// called compares what all runs together call with what everybody is due.
func (m *months) called() {
	m.Helper()
	m.compare("called", func(tx *store.Tx, add func(subject string, month period.Month, amount money.Fen)) error {
		runs, err := benefit.Approved(tx, 0)
		if err != nil {
			return err
		}
		for _, r := range runs {
			for after := ""; ; {
				lines, next, err := m.record.Benefits.Lines(tx, r.ID, benefit.LineFilter{}, after, 500)
				if err != nil {
					return err
				}
				for _, l := range lines {
					add(l.Subject, l.Month, l.Amount)
				}
				if after = next; after == "" {
					break
				}
			}
		}
		_, err = m.record.Benefits.Verify(tx)
		return err
	})
}

// compare adds up amounts by person and month and compares them with what is due.
func (m *months) compare(what string, collect func(tx *store.Tx, add func(string, period.Month, money.Fen)) error) {
	m.Helper()
	type place struct {
		subject string
		month   period.Month
	}
	found := map[place]money.Fen{}
	m.ok(m.record.Store.Read(context.Background(), county, func(tx *store.Tx) error {
		clear(found)
		return collect(tx, func(subject string, month period.Month, amount money.Fen) { found[place{subject, month}] += amount })
	}))
	wrong := 0
	for _, id := range m.people {
		for month := first; month <= last; month++ {
			want := allowance
			if died := m.died[id]; died != 0 && died.Month() < month {
				want = 0
			}
			if got := found[place{id, month}]; got != want {
				if wrong++; wrong <= 5 {
					m.Errorf("%s for %s, who died on %v: %s is %s, want %s", month, id, m.died[id], what, got, want)
				}
			}
		}
	}
	if wrong > 0 {
		m.Errorf("%d amounts are wrong", wrong)
	}
}

// pay makes the batch of a month and takes it to its lock, each step killed before it is done for good.
func (m *months) pay(month period.Month) {
	m.Helper()
	where := []string{"--county", county, "--operator"}
	create := append([]string{"batch", "create", "--scheme", elder, "--month", month.String()}, append(where, "u1,王经办,窗口")...)
	m.step(create, func() bool { return len(m.batches(month)) == 1 })
	number := m.batches(month)[0].Number
	m.step(append([]string{"batch", "hand-in", number}, append(where, "u1,王经办,窗口")...), func() bool { return m.batches(month)[0].State != payment.Draft })
	m.step(append([]string{"batch", "lock", number}, append(where, "u2,李审核,审核")...), func() bool { return m.batches(month)[0].State == payment.Locked })
}

// step kills a command a few times, and does it for good unless it was done when it was killed.
func (m *months) step(args []string, done func() bool) {
	m.Helper()
	for range fromEnvironment(m, "BATCH_KILLS", 1) {
		m.killed(func() {}, args...)
	}
	if !done() {
		m.doudi(args...)
	}
	if !done() {
		m.Errorf("doudi %s was not done", strings.Join(args, " "))
	}
}

// batches are those of a month.
func (m *months) batches(month period.Month) (list []payment.Batch) {
	m.Helper()
	m.ok(m.record.Store.Read(context.Background(), county, func(tx *store.Tx) (err error) {
		all, err := payment.Batches(tx, payment.Filter{Scheme: elder}, "", 100)
		list = nil
		for _, b := range all {
			if b.From == month {
				list = append(list, b)
			}
		}
		return err
	}))
	return list
}

// paid compares what the batches pay with what everybody is due. Nothing is owed: who died was paid for no month that follows, or it was set off; what could not be, because
// nothing is due any more, stays out of every batch.
func (m *months) paid() {
	m.Helper()
	m.ok(m.record.Store.Read(context.Background(), county, func(tx *store.Tx) error { _, err := m.record.Payments.Verify(tx); return err }))
	total := money.Fen(0)
	for month := first; month <= last; month++ {
		for _, b := range m.batches(month) {
			total += b.Total
		}
	}
	due, owed := money.Fen(0), money.Fen(0)
	for _, id := range m.people[:banked] {
		until := last
		if died := m.died[id]; died != 0 {
			until = died.Month()
		}
		due += allowance * money.Fen(until-first+1)
	}
	m.ok(m.record.Store.Read(context.Background(), county, func(tx *store.Tx) error {
		owed = 0
		for _, id := range m.people[:banked] {
			if m.died[id] == 0 {
				continue
			}
			debts, err := m.record.Moves.Owed(tx, id)
			for _, d := range debts {
				owed += d.Amount
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
	if total != due+owed {
		m.Errorf("the batches pay %s; %s is due and %s was too much", total, due, owed)
	}
}
