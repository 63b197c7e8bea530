package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/dated"
	prove "doudi/record/evidence"
	"doudi/record/register"
	"doudi/record/store"
)

var update = flag.Bool("update", false, "rewrite the outputs that scripts compare; read the difference before keeping it")

// TestMain makes this binary the program that scripts call.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"doudi": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs each script of testdata/script as a person would type it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"tamper": tamper, "damage": damage, "grab": grab, "found": found, "replace": replace, "proved": proved},
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			return nil
		},
	})
}

// tamper changes a database behind the program's back: tamper DSN COUNTY SQL.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	dsn := "sqlite:" + ts.MkAbs(strings.TrimPrefix(args[0], "sqlite:"))
	s, err := store.Open(context.Background(), dsn)
	ts.Check(err)
	_, err = s.Write(context.Background(), store.Command{Name: "tamper", County: args[1], Actor: program, Instant: time.Unix(0, 0)}, func(tx *store.Tx) (any, error) {
		rows, err := tx.Exec(args[2])
		if err == nil && rows == 0 {
			err = errors.New("nothing was changed")
		}
		return nil, err
	})
	ts.Check(errors.Join(err, s.Close()))
}

// damage overwrites pages in the middle of a file, as a failing disk does.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	content, err := os.ReadFile(name)
	ts.Check(err)
	copy(content[8<<10:], bytes.Repeat([]byte("damaged "), len(content)/16))
	ts.Check(os.WriteFile(name, content, 0o600))
}

// grab keeps what the group of an expression finds in the last output: grab NAME EXPRESSION.
func grab(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("the output holds no %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// found sets up a county in a new folder, with a database and secrets of its own, which has adopted 平阴's pack: found FOLDER COUNTY. With NAME a couple lives
// there; the wife is due the allowance for severe disability, and NAME is her id.
func found(ts *testscript.TestScript, _ bool, args []string) {
	ctx, folder, code := context.Background(), ts.MkAbs(args[0]), args[1]
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	ts.Check(err)
	pack, err := library.Load(packs.Files, "pingyin-2021")
	ts.Check(err)
	dsn, secrets := "sqlite:"+filepath.Join(folder, "doudi.db"), filepath.Join(folder, "secrets")
	ts.Check(os.Mkdir(folder, 0o700))
	ts.Check(record.CreateSecrets(secrets, code))
	s, err := store.Connect(ctx, dsn)
	ts.Check(err)
	ts.Check(errors.Join(s.Migrate(ctx), s.Close()))
	r, err := record.Open(ctx, record.Config{DSN: dsn, Secrets: secrets, Library: library})
	ts.Check(err)
	town := register.Division{Code: ident.Division(code + "100"), Name: "城关镇", Span: dated.Always}
	place := county.Place{Code: code, Day: period.MustDay(2021, 1, 4), Money: money.Yuan(1000), Divisions: []register.Division{town},
		Adoptions: []county.Adoption{{Pack: pack, Name: "采用.yaml", Content: fmt.Sprintf("pack: %s\ndivision: %q\nlabel: {zh: 示例, en: example}\n", pack.ID, code)}}}
	office := county.Office{Record: r, Code: code, Vocabulary: library.Vocabulary}
	_, err = office.Found(ctx, place)
	ts.Check(err)
	if len(args) > 2 {
		id, err := couple(ctx, office, town.Code)
		ts.Check(err)
		ts.Setenv(args[2], id)
	}
	ts.Check(r.Close())
}

// couple registers the couple that found speaks of.
func couple(ctx context.Context, o county.Office, town ident.Division) (wife string, err error) {
	facts := rule.Facts{}
	for name, fact := range map[string]rule.Fact{"person.has_disability": {Value: rule.Bool(true)}, "person.disability.level": {Value: rule.Int(1)}, "person.disability.certificate_generation": {Value: rule.Int(2)},
		"person.hukou": {Value: rule.Division(town)}, "roster.registered_poor": {Value: rule.Bool(true)}} {
		fact.Span, fact.Source = dated.Always, "县残联"
		facts[name] = []rule.Fact{fact}
	}
	h := &county.Household{Village: county.Village{Code: town}, Members: []*county.Person{
		{Name: "赵长河", Number: county.Number("19600101", "001"), Relation: register.Head}, {Name: "钱素云", Number: county.Number("19620101", "002"), Relation: "spouse", Facts: facts}}}
	var ids []string
	day := period.MustDay(2021, 1, 5)
	err = o.Do(ctx, county.Step{Name: "couple", Day: day, By: county.Clerk}, &ids, func(tx *store.Tx) (any, error) {
		ids, err := county.AddHousehold(tx, o.Register, h, day)
		if err != nil {
			return nil, err
		}
		_, err = o.Benefits.Act(tx, benefit.Act{Subject: ids[1], Scheme: "pingyin-medical-help/severe-disability", Kind: benefit.Approve, Day: period.MustDay(2020, 12, 10)})
		return ids, err
	})
	if err != nil {
		return "", err
	}
	return ids[1], nil
}

// replace changes the first place of a text in a file: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	before := ts.ReadFile(args[0])
	after := strings.Replace(before, args[1], args[2], 1)
	if after == before {
		ts.Fatalf("%s does not say %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o600))
}

// proved writes the evidence package of a settlement, and one of which a byte of the bill was changed: proved PACKAGE CHANGED.
func proved(ts *testscript.TestScript, _ bool, args []string) {
	ctx, at := context.Background(), time.Date(2021, 11, 8, 2, 0, 0, 0, time.UTC)
	folder := ts.MkAbs("proved")
	ts.Check(os.Mkdir(folder, 0o700))
	desk, err := county.OpenOn(ctx, "sqlite:"+filepath.Join(folder, "doudi.db"), folder)
	ts.Check(err)
	person, err := desk.Add(county.Named{Name: "李桂芳", Number: county.Number("19540302", "002"), Listed: true, Insured: true})
	ts.Check(err)
	var file bytes.Buffer
	ts.Check(desk.Do(at, county.Cashier, func(tx *store.Tx) error {
		_, err := desk.Claims.Settle(tx, desk.Stay(person, "ZY20211108-0037"))
		return err
	}))
	ts.Check(desk.Do(at, county.Clerk, func(tx *store.Tx) error { _, err := audit.Seal(tx); return err }))
	ts.Check(desk.Do(at, county.Clerk, func(tx *store.Tx) error {
		c, err := claim.ByNumber(tx, desk.Hospital, "ZY20211108-0037", 0)
		if err != nil {
			return err
		}
		settled, err := desk.Claims.Evidence(tx, c.ID)
		if err != nil {
			return err
		}
		_, err = prove.Make(tx, prove.Order{Settled: settled, Provider: "县人民医院", Purpose: "审计"}, &file)
		return err
	}))
	ts.Check(errors.Join(desk.Close(), os.WriteFile(ts.MkAbs(args[0]), file.Bytes(), 0o600)))
	z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	ts.Check(err)
	var changed bytes.Buffer
	to := zip.NewWriter(&changed)
	for _, f := range z.File {
		from, err := f.Open()
		ts.Check(err)
		content, err := io.ReadAll(from)
		ts.Check(err)
		if f.Name == "bill.json" {
			content[len(content)/2] ^= 1
		}
		w, err := to.Create(f.Name)
		ts.Check(err)
		_, err = w.Write(content)
		ts.Check(err)
	}
	ts.Check(errors.Join(to.Close(), os.WriteFile(ts.MkAbs(args[1]), changed.Bytes(), 0o600)))
}
