package register_test

import (
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/register"
)

// Whatever a key file holds, it is read or refused with a code, and no error repeats a secret.
func FuzzReadKeys(f *testing.F) {
	good := string(keyFile())
	public, err := register.PublicKeys(keyFile())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good, string(public), "", "{}", `{"lookup": 1}`, strings.Replace(good, "04", "05", 1), strings.ToUpper(good),
		`{"lookup": "` + strings.Repeat("00", 32) + `", "counties": {"999901": {"public": "` + strings.Repeat("11", 32) + `"}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := register.ReadKeys(content)
		if code := fault.CodeOf(err); err != nil && !strings.HasPrefix(code, "register.keys") {
			t.Errorf("refused with %q: %v", code, err)
		}
		if trusted, err := register.TrustKeys(keyFile(), content); err == nil {
			if _, err := register.ReadKeys(trusted); err != nil {
				t.Errorf("what was taken in does not read: %v", err)
			}
		}
	})
}
