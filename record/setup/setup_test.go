package setup_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record/auth"
	"doudi/record/recordtest"
	"doudi/record/setup"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

var expect = recordtest.Expect

func open(t *testing.T, folder string) *setup.Setup {
	t.Helper()
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(err)
	}
	s, err := setup.Open(t.Context(), setup.Config{Folder: folder, Library: library})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func at(t *testing.T, s *setup.Setup, want setup.Stage) {
	t.Helper()
	if got := s.Stage(); got != want {
		t.Errorf("at step %d, want %d", got, want)
	}
}

// tables makes them and waits.
func tables(t *testing.T, s *setup.Setup) {
	t.Helper()
	s.MakeTables(t.Context())
	if err := s.Wait(); err != nil {
		t.Fatal(err)
	}
}

// Every step is gone on from where somebody stopped, and none can be taken twice with another outcome.
func TestStepByStep(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	at(t, s, setup.Database)
	expect(t, s.UseDatabase(t.Context(), "mysql://x"), "store.bad-dsn")
	expect(t, s.UseDatabase(t.Context(), "sqlite:"), "store.bad-dsn")
	expect(t, s.UseDatabase(t.Context(), "sqlite:data/doudi.db"), "")
	s = open(t, folder)
	at(t, s, setup.Secrets)
	if want := "sqlite:" + filepath.Join(folder, "data", "doudi.db"); s.Settings().DB != want {
		t.Errorf("the database is %s, want %s", s.Settings().DB, want)
	}
	expect(t, s.MakeSecrets(t.Context(), "keys", "37"), "record.county")
	if _, err := os.Stat(filepath.Join(folder, "keys")); err == nil {
		t.Error("secrets were half made")
	}
	expect(t, s.MakeSecrets(t.Context(), ".", "370124"), "setup.folder")
	expect(t, s.MakeSecrets(t.Context(), setup.File+"/keys", "370124"), "setup.folder")
	expect(t, s.MakeSecrets(t.Context(), "keys", "370124"), "")
	s = open(t, folder)
	at(t, s, setup.Copy)
	sheet, err := s.Sheet()
	expect(t, err, "")
	expect(t, s.Confirm("0000-0000"), "setup.sheet-number")
	expect(t, s.Confirm(" "+strings.ToLower(sheet.Number[:4])+sheet.Number[5:]), "")
	s = open(t, folder)
	at(t, s, setup.Tables)
	tables(t, s)
	at(t, s, setup.Administrator)
	expect(t, s.UseDatabase(t.Context(), "sqlite:other.db"), "setup.too-late")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = open(t, folder)
	at(t, s, setup.Administrator)
	begin(t, s)
	_, err = s.Finish()
	expect(t, err, "")
	if found, err := setup.Read(folder); err != nil || !found.Done {
		t.Errorf("%+v %v", found, err)
	}
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	expect(t, err, "")
	_, err = setup.Open(t.Context(), setup.Config{Folder: folder, DB: "sqlite:other.db", Library: library})
	expect(t, err, "setup.other")
	if info, err := os.Stat(filepath.Join(folder, setup.File)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the choices can be read: %v %v", info, err)
	}
}

// begin makes an administrator with a second factor, whose secret is sealed.
func begin(t *testing.T, s *setup.Setup) {
	t.Helper()
	r := s.Record()
	c := store.Command{Name: "set up", County: "370124", Actor: store.Actor{ID: "set-up", Name: "杨"}, Instant: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)}
	_, err := r.Store.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
		code, err := r.Staff.SetupCode(tx)
		if err != nil {
			return nil, err
		}
		account, err := r.Staff.SetUp(tx, auth.Setup{Code: code, Organisation: "县民政局", NewAccount: auth.NewAccount{Login: "yang", Name: "杨", Password: "three words, 4 you"}})
		if err != nil {
			return nil, err
		}
		_, err = r.Log.Seal(tx, account, []byte("sealed"))
		return nil, err
	})
	expect(t, err, "")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A database that is in use takes its own secrets only: from their folder, or from the recovery sheet.
func TestAnotherMachine(t *testing.T) {
	first := t.TempDir()
	s := open(t, first)
	expect(t, s.UseDatabase(t.Context(), "sqlite:doudi.db"), "")
	expect(t, s.MakeSecrets(t.Context(), "keys", "370124"), "")
	sheet, err := s.Sheet()
	expect(t, err, "")
	expect(t, s.Confirm(sheet.Number), "")
	tables(t, s)
	begin(t, s)
	other := open(t, t.TempDir())
	expect(t, other.UseDatabase(t.Context(), "sqlite:x.db"), "")
	expect(t, other.MakeSecrets(t.Context(), "keys", "370124"), "")
	second := t.TempDir()
	s = open(t, second)
	expect(t, s.UseDatabase(t.Context(), "sqlite:"+filepath.Join(first, "doudi.db")), "")
	expect(t, s.MakeSecrets(t.Context(), "keys", "370124"), "setup.in-use")
	expect(t, s.MakeSecrets(t.Context(), filepath.Join(other.Folder, "keys"), ""), "setup.other-secrets")
	theirs, err := other.Sheet()
	expect(t, err, "")
	expect(t, s.Recover(t.Context(), "keys", []byte(theirs.Text)), "setup.other-secrets")
	for _, broken := range []string{"", sheet.Text[:len(sheet.Text)-20], strings.Replace(sheet.Text, sheet.Number, theirs.Number, 1), strings.Replace(theirs.Text, theirs.Number, sheet.Number, 1)} {
		expect(t, s.Recover(t.Context(), "keys", []byte(broken)), "record.sheet")
	}
	if left, err := os.ReadDir(second); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	expect(t, s.Recover(t.Context(), "keys", []byte(onPaper(sheet.Text))), "")
	expect(t, s.Confirm(sheet.Number), "")
	tables(t, s)
	at(t, s, setup.Done)
}

// onPaper is a sheet as it is typed from paper: with lines broken where they were full, and other ends of lines.
func onPaper(sheet string) string {
	before, secrets, _ := strings.Cut(sheet, "-----master-----")
	var b strings.Builder
	for i, r := range secrets {
		if b.WriteRune(r); i > 60 && i%45 == 0 && r != '-' {
			b.WriteString("\r\n")
		}
	}
	return before + "-----master-----" + b.String()
}

// Where nothing can be written one is told so, in words.
func TestTrouble(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	name := filepath.Join(folder, "a.txt")
	if err := os.WriteFile(name, []byte(strings.Repeat("no database ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for dsn, says := range map[string]string{
		"sqlite:" + name:                                 "不是数据库",
		"sqlite:" + name + "/doudi.db":                   "不能在",
		"sqlite:/proc/doudi/doudi.db":                    "不能在",
		"postgres://u:secret@127.0.0.1:1/doudi":          "127.0.0.1 的 1 端口上没有数据库",
		"postgres://u:secret@no-such-host.invalid/doudi": "找不到主机",
	} {
		err := s.UseDatabase(t.Context(), dsn)
		if told := fault.RenderError(err, "zh"); fault.CodeOf(err) != "store.try" || !strings.Contains(told, says) || strings.Contains(told, "secret") {
			t.Errorf("%s: %s", dsn, told)
		}
	}
	at(t, s, setup.Database)
	if err := os.WriteFile(filepath.Join(folder, setup.File), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := setup.Read(folder)
	expect(t, err, "setup.settings")
	if shown := setup.Shown("postgres://u:secret@h/d?password=secret"); strings.Contains(shown, "secret") {
		t.Error(shown)
	}
}

// A database server does as well, and evidence has a place all the same.
func TestOnServer(t *testing.T) {
	folder, dsn := t.TempDir(), storetest.EmptyPostgres(t)
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	expect(t, err, "")
	s, err := setup.Open(t.Context(), setup.Config{Folder: folder, DB: dsn, Library: library})
	expect(t, err, "")
	at(t, s, setup.Database)
	expect(t, s.UseDatabase(t.Context(), dsn), "")
	if want := filepath.Join(folder, "files"); s.Settings().Files != want {
		t.Errorf("evidence lies in %s, want %s", s.Settings().Files, want)
	}
	expect(t, s.MakeSecrets(t.Context(), "keys", "370124"), "")
	sheet, err := s.Sheet()
	expect(t, err, "")
	expect(t, s.Confirm(sheet.Number), "")
	tables(t, s)
	at(t, s, setup.Administrator)
	begin(t, s)
}
