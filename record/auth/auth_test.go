package auth_test

import (
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
