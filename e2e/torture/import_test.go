package torture_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// importing is a run in which doudi import is killed again and again.
type importing struct {
	*world
	rows   int
	file   string
	chance *rand.Rand
	kills  int
}

// TestKillImport kills the program at random moments of reading a roll, of applying it and of taking it back, and starts it again each time: every row is
// applied once, and nothing remains of what was taken back.
func TestKillImport(t *testing.T) {
	rows := fromEnvironment(t, "ROWS", 2400)
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		t.Parallel()
		run := &importing{world: newWorld(t, dsn, 0), rows: rows, file: filepath.Join(t.TempDir(), "roll.csv"), chance: rand.New(rand.NewPCG(uint64(fromEnvironment(t, "SEED", seed)), 1))}
		run.write()
		run.must(day("2024-01-01"), clerk, func(tx *store.Tx) error { return run.record.Rolls.KeepMapping(tx, "县医保局", rollColumns) })
		run.close()

		id := run.staged()
		run.until(roll.Applied, "--id", id, "--apply")
		run.applied(id)
		run.until(roll.Undone, "--id", id, "--undo")
		run.undone(id)
		if out, err := run.doudi("verify").CombinedOutput(); err != nil {
			t.Errorf("doudi verify: %v\n%s", err, out)
		}
		t.Logf("%d rows, %d kills", rows, run.kills)
		if run.kills < 6 {
			t.Errorf("only %d kills", run.kills)
		}
	})
}

var rollColumns = sheet.Mapping{Columns: []sheet.Column{{Header: "乡镇", As: "place.town"}, {Header: "户", As: "member.household"}, {Header: "关系", As: "member.relation"},
	{Header: "姓名", As: "person.name"}, {Header: "证号", As: "person.id"}, {Header: "参保", As: "person.insured"}, {Header: "收入", As: "household.income_per_head"}}}

// numberOf is the identity number of the person in a row.
func numberOf(row int) ident.PersonID {
	base := fmt.Sprintf("%s1960%02d%02d%03d", county, row/28%12+1, row%28+1, row/336+1)
	for _, check := range "0123456789X" {
		if id, err := ident.ParsePersonID(base + string(check)); err == nil {
			return id
		}
	}
	panic("no check character fits")
}

// write writes the roll: households of three, the head in the middle.
func (run *importing) write() {
	run.Helper()
	var b bytes.Buffer
	b.WriteString("乡镇,户,关系,姓名,证号,参保,收入\n")
	for row := range run.rows {
		relation, income := "子", ""
		if row%3 == 1 {
			relation, income = "户主", fmt.Sprint(3000+row)
		}
		fmt.Fprintf(&b, "城关镇,H%d,%s,王%c%c,%s,是,%s\n", row/3, relation, '一'+rune(row%800), '丁'+rune(row%701), numberOf(row), income)
	}
	run.ok(os.WriteFile(run.file, b.Bytes(), 0o600))
}

// doudi is one run of the program on the world's database.
func (run *importing) doudi(args ...string) *exec.Cmd {
	built := program(run)
	return exec.Command(built, append(args, "--db", run.dsn, "--secrets", run.secrets, "--packs", filepath.Join(filepath.Dir(built), "packs"))...)
}

// life is one run of doudi import, killed a moment after it began; done tells whether it ended before.
func (run *importing) life(moment time.Duration, args ...string) (done bool) {
	run.Helper()
	cmd := run.doudi(append([]string{"import", "--county", county}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	run.ok(cmd.Start())
	timer := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	switch {
	case err == nil:
		return true
	case !cmd.ProcessState.Exited(): // killed
		run.kills++
		return false
	}
	run.Fatalf("doudi import %s: %v: %s", strings.Join(args, " "), err, said.String())
	return false
}

// The moments at which the program is killed come later and later, so that it comes to an end on a slow machine too.
const (
	firstMoment = 200 * time.Millisecond
	laterBy     = 1.6
)

func (run *importing) moments(yield func(time.Duration) bool) {
	for window := float64(firstMoment); yield(time.Duration(window/2 + run.chance.Float64()*window/2)); window *= laterBy {
	}
}

// staged hands the roll in and has it read and compared. Of a roll that was killed before it had arrived whole nothing goes on: it is handed in again.
func (run *importing) staged() (id string) {
	run.Helper()
	for moment := range run.moments {
		args := []string{run.file, "--source", "县医保局", "--since", "2024-01-01"}
		if id != "" {
			args = []string{"--id", id}
		}
		done := run.life(moment, args...)
		newest := run.newest()
		if newest.State != roll.Receiving {
			id = newest.ID
		}
		if done {
			if newest.State != roll.Ready || newest.Rows != int64(run.rows) || newest.Counts.Verdicts[roll.New] != int64(run.rows) {
				run.Fatalf("staged: %+v", newest)
			}
			break
		}
	}
	return id
}

// newest is the import that was begun last.
func (run *importing) newest() (newest roll.Import) {
	run.Helper()
	run.open()
	defer run.close()
	run.ok(run.record.Store.Read(context.Background(), county, func(tx *store.Tx) error {
		list, err := run.record.Rolls.List(tx, roll.Filter{}, "", 1)
		if len(list) > 0 {
			newest = list[0]
		}
		return err
	}))
	return newest
}

// until runs the program until it comes to an end by itself.
func (run *importing) until(state roll.State, args ...string) {
	run.Helper()
	for moment := range run.moments {
		if run.life(moment, args...) {
			break
		}
	}
	if i := run.newest(); i.State != state {
		run.Fatalf("the import is %s, not %s", i.State, state)
	}
}

// look reads the record after a phase.
func (run *importing) look(id string, do func(tx *store.Tx, i roll.Import) error) {
	run.Helper()
	run.open()
	defer run.close()
	run.ok(run.record.Store.Read(context.Background(), county, func(tx *store.Tx) error {
		i, err := run.record.Rolls.Get(tx, id)
		if err != nil {
			return err
		}
		return do(tx, i)
	}))
}

// applied holds the register against the roll: each row is there once.
func (run *importing) applied(id string) {
	run.Helper()
	run.look(id, func(tx *store.Tx, i roll.Import) error {
		people, err := dated.Parties(tx, register.PersonKind, "", run.rows+1)
		if err != nil {
			return err
		}
		if i.Counts.Applied != int64(run.rows) || i.Counts.LeftOut != 0 || len(people) != run.rows {
			run.Errorf("%d rows, %d people are on the register: %+v", run.rows, len(people), i.Counts)
		}
		r := run.record.Register
		return r.Rehearse(tx, register.Ahead{Parties: people}, func(many *register.Register) error {
			for row := range run.rows {
				person, err := many.ByNumber(tx, numberOf(row))
				if err != nil {
					return err
				}
				history, err := many.History(tx, person)
				if err != nil {
					return err
				}
				names := map[string]int{}
				for _, e := range history {
					names[e.Name]++
				}
				if names["person.name"] != 1 || names["person.insured"] != 1 {
					run.Errorf("of the person in row %d is said %v", row+1, names)
				}
				home, err := many.HouseholdOf(tx, person, day("2024-06-01"), rule.Forever)
				if err != nil {
					return err
				}
				if h, err := many.Household(tx, home, day("2024-06-01"), rule.Forever); err != nil || len(h.Members) != 3 {
					return fmt.Errorf("the household of row %d has %d members: %w", row+1, len(h.Members), err)
				}
			}
			return nil
		})
	})
}

// undone looks for anything that is left of the roll.
func (run *importing) undone(id string) {
	run.Helper()
	run.look(id, func(tx *store.Tx, i roll.Import) error {
		if i.Counts.Undone != int64(run.rows) {
			run.Errorf("%d rows: %+v", run.rows, i.Counts)
		}
		people, err := dated.Parties(tx, register.PersonKind, "", run.rows+1)
		if err != nil {
			return err
		}
		return run.record.Register.Rehearse(tx, register.Ahead{Parties: people}, func(many *register.Register) error {
			for _, person := range people {
				if facts, err := many.Facts(tx, person, rule.Forever); err != nil || len(facts) > 0 {
					return fmt.Errorf("%d facts count of a person who was taken back: %w", len(facts), err)
				}
			}
			for row := range run.rows {
				if person, err := many.ByNumber(tx, numberOf(row)); err != nil || person != "" {
					return fmt.Errorf("the number of row %d still finds somebody: %w", row+1, err)
				}
			}
			return nil
		})
	})
}
