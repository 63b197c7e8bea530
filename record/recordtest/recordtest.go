// Package recordtest is what the tests of the record have in common: days as they are written, the packs the program comes with, a register under keys of
// its own, and how a command is done. What a test is about stands in the test: who lives in its county, and what is known of them.
package recordtest

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// Day reads a day of a test: 2026-03-01.
func Day(s string) period.Day { return written(period.ParseDay(s)) }

// Month reads a month of a test: 2026-03.
func Month(s string) period.Month { return written(period.ParseMonth(s)) }

// Noon is the instant of a day at noon in China.
func Noon(d period.Day) time.Time { return time.Unix(int64(d)*86400+4*3600, 0).UTC() }

// Library knows the packs named. It is not shared: a test package keeps its own.
func Library(names ...string) *policy.Library {
	l := written(policy.OpenLibrary(packs.Files, period.DefaultCalendar()))
	for _, name := range names {
		written(l.Load(packs.Files, name))
	}
	return l
}

// Vocabulary is that of the program.
var Vocabulary = sync.OnceValue(func() *rule.Vocabulary { return Library().Vocabulary })

var keyFile = sync.OnceValue(func() []byte { return written(register.NewKeys("999901", "999902", "999903")) })

// Keys are those of three counties, 999901 to 999903, the same for all tests of a package.
func Keys() *register.Keys { return written(register.ReadKeys(keyFile())) }

// Log is a log of its own, under the same master key each time.
func Log() *audit.Log { return audit.NewLog(written(audit.NewKeys([]byte("0123456789abcdef")))) }

// Register is a register whose content is sealed under the keys of a log, as the program does it.
func Register(log *audit.Log) *register.Register {
	return register.New(Vocabulary(), dated.CipherOf(log), Keys())
}

// written answers what stands in a test or in the program, and cannot be wrong.
func written[T any](v T, err error) T {
	if err != nil {
		panic(fault.RenderError(err, "zh"))
	}
	return v
}

// Desk is where somebody of a county does commands at an instant.
type Desk struct {
	testing.TB
	Store  *store.Store
	County string
	Actor  store.Actor
	At     time.Time
}

// Do does an act as one command.
func (d Desk) Do(act func(tx *store.Tx) error) error {
	c := store.Command{Name: "test", County: d.County, Actor: d.Actor, Instant: d.At}
	_, err := d.Store.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

// Must does an act that cannot fail.
func (d Desk) Must(act func(tx *store.Tx) error) { d.Helper(); d.ok(d.Do(act)) }

// Look reads in the county, which cannot fail either.
func (d Desk) Look(act func(tx *store.Tx) error) {
	d.Helper()
	d.ok(d.Store.Read(context.Background(), d.County, act))
}

func (d Desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(fault.RenderError(err, "zh"), err)
	}
}

// InUse is how many bytes of memory a collection of garbage leaves.
func InUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Expect compares the code of an error; "" is none.
func Expect(t testing.TB, err error, code string) {
	t.Helper()
	if got := fault.CodeOf(err); got != code || (err != nil) != (code != "") {
		t.Errorf("answer %q (%v), want %q", got, err, code)
	}
}
