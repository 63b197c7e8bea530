package auth_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/record/auth"
)

// What is no key is refused before anything is read.
func TestCountyOf(t *testing.T) {
	id, secret := "0199f3c29d0070008f1e8c6f0a4b2d17", "4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a"
	for written, want := range map[string]string{
		"doudi_999901_" + id + "_" + secret:        "999901",
		"doudi_99990a_" + id + "_" + secret:        "",
		"doudi_999901_" + id + "_" + secret + "0":  "",
		"doudi_999901_" + id[1:] + "_" + secret:    "",
		"doudi_999901_" + id + "_" + secret[1:]:    "",
		"doudi_999901_" + id + "_" + secret + "_0": "",
		"DOUDI_999901_" + id + "_" + secret:        "",
		"":                                         "",
	} {
		got, err := auth.CountyOf(written)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is of county %q (%v), want %q", written, got, err, want)
		}
	}
}

// FuzzCountyOf holds what is taken for a key to how keys are written: nobody who comes with something else gets as far as the database.
func FuzzCountyOf(f *testing.F) {
	id, secret := "0199f3c29d0070008f1e8c6f0a4b2d17", "4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a4f1c9b2a"
	whole := "doudi_999901_" + id + "_" + secret
	for _, seed := range []string{whole, "", "doudi", "doudi_", "doudi___", whole + "_", whole[1:], whole + "\n", "doudi_99990x_" + id + "_" + secret, "doudi_九九_" + id + "_" + secret,
		"doudi_999901_" + secret + "_" + id, "doudi_999901_" + id[:31] + "_" + secret + "0", "doudi_\x00\x00\x00\x00\x00\x00_" + id + "_" + secret} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`\Adoudi_([0-9]{6})_[0-9a-f]{32}_[0-9a-f]{64}\z`)
	f.Fuzz(func(t *testing.T, written string) {
		want := ""
		if parts := form.FindStringSubmatch(written); parts != nil {
			want = parts[1]
		}
		got, err := auth.CountyOf(written)
		if got != want || (err == nil) != (want != "") || err != nil && fault.CodeOf(err) != "auth.key-wrong" {
			t.Errorf("%q is of county %q (%v), want %q", written, got, err, want)
		}
	})
}

func TestGuard(t *testing.T) {
	var g auth.Guard
	now := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for range 20 {
		if err := g.Allows("a", now); err != nil {
			t.Fatal(err)
		}
		g.Wrong("a", now)
	}
	if err := g.Allows("a", now.Add(59*time.Second)); fault.CodeOf(err) != "auth.too-many" {
		t.Errorf("the twenty-first try is answered %v", err)
	}
	if err := g.Allows("b", now); err != nil {
		t.Errorf("another address is refused: %v", err)
	}
	if err := g.Allows("a", now.Add(time.Minute)); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}

// A clock that goes back locks nobody out for longer than a window.
func TestGuardWhenTheClockGoesBack(t *testing.T) {
	var g auth.Guard
	now := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for range 20 {
		g.Wrong("a", now)
	}
	if err := g.Allows("a", now); fault.CodeOf(err) != "auth.too-many" {
		t.Errorf("after twenty tries: %v", err)
	}
	if err := g.Allows("a", now.Add(-time.Second)); err != nil {
		t.Errorf("a second earlier: %v", err)
	}
}

// So many addresses are remembered and no more, so that nobody fills the memory; those that are remembered stay bounded.
func TestGuardRemembersSoManyAddresses(t *testing.T) {
	var g auth.Guard
	now := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for i := range 10_000 {
		g.Wrong(fmt.Sprint("a", i), now)
	}
	for range 30 {
		g.Wrong("one more", now)
		g.Wrong("a1", now)
	}
	if err := g.Allows("one more", now); err != nil {
		t.Errorf("one address more than are remembered: %v", err)
	}
	if err := g.Allows("a1", now); fault.CodeOf(err) != "auth.too-many" {
		t.Errorf("a remembered address: %v", err)
	}
}
