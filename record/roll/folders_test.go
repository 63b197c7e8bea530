package roll_test

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/roll/sheet/sheettest"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var update = flag.Bool("update", false, "write the verdicts of testdata/folders anew")

// judged are the files of each folder about which the register has something to say: all others are told apart by reading them, which
// sheettest proves.
var judged = []string{"clean.xlsx", "merged.xlsx", "shifted.csv", "scientific.csv", "formulas.xlsx", "garbled-row.csv", "duplicate-rows.csv",
	"two-people-one-id.csv", "one-person-two-ids.csv", "columns-moved.csv"}

// What becomes of the broken files of every template, each staged over the register of a county that knows the clean one.
func TestFolders(t *testing.T) {
	folders, err := fs.ReadDir(sheettest.Folders(), ".")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.addDonghe()
		w.applied("clean.xlsx", "prevention_export")
		for _, folder := range folders {
			var got strings.Builder
			for _, name := range judged {
				got.WriteString("# " + name + "\n" + w.staged(folder.Name(), name))
			}
			w.compare(folder.Name(), got.String())
		}
	})
}

// addDonghe registers the places that the files of the folders name.
func (w *world) addDonghe() {
	w.Helper()
	w.do(func(tx *store.Tx) error {
		for _, d := range []struct {
			code ident.Division
			name string
		}{{"999901102", "东河镇"}, {"999901102201", "上村"}, {"999901102202", "下村"}} {
			if err := w.Register.AddDivision(tx, register.Division{Code: d.code, Name: d.name, Span: dated.Always}, dated.Said{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// received hands in a file of a folder.
func (w *world) received(folder, name string) (roll.Import, error) {
	w.Helper()
	content, err := fs.ReadFile(sheettest.Folders(), path.Join(folder, name))
	if err != nil {
		w.Fatal(err)
	}
	i, err := w.Receive(context.Background(), w.by, roll.Upload{Source: "县民政局", Name: name, Content: strings.NewReader(string(content)), Size: int64(len(content)), Since: period.MustDay(2021, 1, 1)})
	if err == nil {
		i, err = w.Stage(context.Background(), w.by, i.ID, nil)
	}
	return i, err
}

func (w *world) applied(name, folder string) {
	w.Helper()
	i, err := w.received(folder, name)
	if err != nil {
		w.Fatal(err)
	}
	w.apply(i.ID)
}

// staged is what is said of each row of a file, or why it is refused whole.
func (w *world) staged(folder, name string) string {
	w.Helper()
	i, err := w.received(folder, name)
	if err != nil {
		return fault.CodeOf(err) + "\n"
	}
	return w.verdicts(i.ID)
}

// compare compares with the verdicts that are kept.
func (w *world) compare(folder, got string) {
	w.Helper()
	name := filepath.Join("testdata", "folders", folder+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			w.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			w.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		w.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		w.Errorf("%s is judged differently (-want +got):\n%s", folder, diff)
	}
}
