package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

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
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"tamper": tamper, "damage": damage},
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
