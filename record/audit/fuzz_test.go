package audit_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"doudi/record/audit"
)

// FuzzCheckOffline: whatever an auditor is handed, the check neither breaks nor accepts a file that tells another story when it
// is written out again.
func FuzzCheckOffline(f *testing.F) {
	f.Add([]byte(`{"form":"doudi monthly seal 1","county":"999901","month":"2026-03","before":{"batch":0},"seals":[]}`))
	f.Add([]byte(`{"form":"doudi monthly seal 1","county":"999901","month":"2026-03","before":{"batch":0},"seals":[{"batch":1,"entries":1,"digests":["a"]}]}`))
	f.Add([]byte(`{"form":"doudi monthly seal 1","before":{"batch":-1},"seals":[{"batch":0,"entries":-1,"digests":null}]}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := audit.CheckOffline(bytes.NewReader(content))
		if err != nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		other, err := audit.CheckOffline(bytes.NewReader(again))
		if err != nil || other.Last() != m.Last() || other.Entries() != m.Entries() {
			t.Errorf("accepted %s, but its own writing gives %+v, %v", content, other, err)
		}
	})
}
