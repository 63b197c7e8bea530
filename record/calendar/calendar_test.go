package calendar_test

import (
	"context"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/calendar"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const county = "999901"

func do(t *testing.T, s *store.Store, act func(tx *store.Tx) error) error {
	t.Helper()
	c := store.Command{Name: "test", County: county, Actor: store.Actor{ID: "u1"}, Instant: time.Date(2026, 11, 2, 4, 0, 0, 0, time.UTC)}
	_, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
}

func works(t *testing.T, s *store.Store, day period.Day) (working bool, err error) {
	t.Helper()
	must(t, s.Read(context.Background(), county, func(tx *store.Tx) error {
		c, readErr := calendar.Of(tx)
		if readErr == nil {
			working, err = c.IsWorking(day)
		}
		return readErr
	}))
	return working, err
}

// A county works as it says, and what it takes back counts no more.
func TestOwnDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		monday := period.MustDay(2026, 11, 9)
		if working, err := works(t, s, monday); !working || err != nil {
			t.Fatalf("an ordinary Monday: %t, %v", working, err)
		}
		why := dated.Said{Source: "县政府通知"}
		must(t, do(t, s, func(tx *store.Tx) error {
			return calendar.Set(tx, calendar.Day{Day: monday, Name: "县庆日", Said: why})
		}))
		if working, _ := works(t, s, monday); working {
			t.Error("the county's holiday is worked")
		}
		must(t, do(t, s, func(tx *store.Tx) error {
			return calendar.Set(tx, calendar.Day{Day: monday, Name: "县庆日改期", Working: true, Said: why})
		}))
		if working, _ := works(t, s, monday); !working {
			t.Error("what was said later does not count")
		}
		must(t, s.Read(context.Background(), county, func(tx *store.Tx) error {
			own, err := calendar.Own(tx)
			if len(own) != 1 || own[0].Name != "县庆日改期" || own[0].Source != "县政府通知" {
				t.Errorf("own days are %+v", own)
			}
			return err
		}))
		must(t, do(t, s, func(tx *store.Tx) error { return calendar.Unset(tx, monday, why) }))
		if code := fault.CodeOf(do(t, s, func(tx *store.Tx) error { return calendar.Unset(tx, monday, why) })); code != "calendar.not-set" {
			t.Errorf("taking back what was never said: %s", code)
		}
		for _, name := range []string{"", " ", "一行\n两行", string(make([]rune, 41))} {
			if code := fault.CodeOf(do(t, s, func(tx *store.Tx) error { return calendar.Set(tx, calendar.Day{Day: monday, Name: name}) })); code != "calendar.name" {
				t.Errorf("name %q: %s", name, code)
			}
		}
	})
}

// About a year that nobody has stated the calendar says nothing, until the county holds it.
func TestYears(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		newYear, friday := period.MustDay(2031, 1, 1), period.MustDay(2031, 1, 3)
		if _, err := works(t, s, friday); fault.CodeOf(err) != "calendar.year-missing" {
			t.Fatalf("an unknown year: %v", err)
		}
		must(t, do(t, s, func(tx *store.Tx) error {
			if err := calendar.Set(tx, calendar.Day{Day: newYear, Name: "元旦"}); err != nil {
				return err
			}
			return calendar.Hold(tx, 2031, dated.Said{Source: "国务院办公厅通知"})
		}))
		if working, err := works(t, s, friday); !working || err != nil {
			t.Errorf("a Friday of the year: %t, %v", working, err)
		}
		if working, err := works(t, s, newYear); working || err != nil {
			t.Errorf("New Year's Day: %t, %v", working, err)
		}
		for _, year := range []int{2031, 2021} {
			if code := fault.CodeOf(do(t, s, func(tx *store.Tx) error { return calendar.Hold(tx, year, dated.Said{}) })); code != "calendar.held" {
				t.Errorf("%d again: %s", year, code)
			}
		}
	})
}

// A program that starts takes over the years it did not come with, and no day of those it did.
func TestComplete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		known, later := period.MustDay(2026, 11, 9), period.MustDay(2031, 1, 1)
		must(t, do(t, s, func(tx *store.Tx) error {
			for _, d := range []period.Day{known, later} {
				if err := calendar.Set(tx, calendar.Day{Day: d, Name: "放假"}); err != nil {
					return err
				}
			}
			return calendar.Hold(tx, 2031, dated.Said{})
		}))
		c := period.DefaultCalendar()
		must(t, s.Read(context.Background(), county, func(tx *store.Tx) error { return calendar.Complete(tx, c) }))
		if working, err := c.IsWorking(known); !working || err != nil {
			t.Errorf("a day of a year the program knows: %t, %v", working, err)
		}
		if working, err := c.IsWorking(later); working || err != nil {
			t.Errorf("a day of a year it did not know: %t, %v", working, err)
		}
	})
}
