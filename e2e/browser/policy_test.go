package browser_test

import (
	"strings"
	"testing"
)

// The library of policies as everybody reads it: a clause beside its rules and its cases.
func TestPolicyLibrary(t *testing.T) {
	d := open(t)
	d.signIn("town")
	for _, path := range []string{"/policies", "/policies?q=失能", "/policies/pingyin-2021", "/policies/pingyin-2021/diff?from=guangxi-2018", "/policies/pingyin-2021/tests", "/questions", "/en/policies/pingyin-2021"} {
		d.size(1366, 768)
		d.see(path)
		d.sound()
		d.fits()
		name := strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path)
		d.picture("policy" + name)
		d.size(390, 844)
		d.fits()
		d.picture("policy" + name + "-phone")
	}
	d.size(1366, 768)
	d.see("/policies/pingyin-2021#c-" + "二（二）1")
	d.picture("policy-clause")
}
