package audit

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"doudi/record/store"
)

// What was sealed years ago must verify years from now: the form of a digest is for ever.
func TestDigestsAreLasting(t *testing.T) {
	e := &Entry{ID: "019ca78d-9600-7000-8b7e-183e574a3eaf", Instant: time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC), Actor: store.Actor{ID: "u-1", Name: "王窗口", Post: "经办"},
		Kind: Command, Name: "bill.settle", Subject: "b-1", Content: []byte(`{"a":1}`), Persons: []Person{{ID: "p-1", sealed: "c2VhbGVk"}}}
	if got, want := digestOf("999901", e), "e1d719aac91a879d85cb2bd8b622f3aa8793d94aec179c4b1cc0cd0735e7c9c7"; got != want {
		t.Errorf("digest of the entry %s, want %s", got, want)
	}
	s := Sealed{Batch: 1, Instant: "2026-03-01T04:00:00.000000Z", Entries: 1, EntriesDigest: digest("a"), Previous: ""}
	if got, want := s.digest("999901"), "f11fc3703e9e6085e121b828d0dd8215863c29a8c86065806a998ad1d125c24a"; got != want {
		t.Errorf("digest of the seal %s, want %s", got, want)
	}
}

// No two entries may have the same digest because a text moved from one part to the next.
func TestPartsDoNotRunTogether(t *testing.T) {
	if digest("ab", "c") == digest("a", "bc") || digest("a") == digest("a", "") {
		t.Error("two lists of parts have the same digest")
	}
}

// A map of texts is written as any other value is.
func TestTextsAreCanonical(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.MapOf(rapid.String(), rapid.String()).Draw(rt, "texts")
		other := map[string]any{}
		for name, text := range texts {
			other[name] = text
		}
		got, err := canonical(texts)
		want, errOther := canonical(other)
		if err != nil || errOther != nil || !bytes.Equal(got, want) {
			rt.Fatalf("%s (%v), want %s (%v)", got, err, want, errOther)
		}
	})
}
