package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
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
	d.signIn("policy")
	for _, path := range []string{"/policies/pingyin-2021", "/policies/pingyin-2021/simulate", "/policies/guangxi-2018/adopt"} {
		d.see(path)
		d.sound()
		d.fits()
	}
	d.size(1366, 768)
	d.picture("policy-adopt-guangxi")
	d.see("/policies/pingyin-2021#c-" + "二（二）1")
	d.picture("policy-clause")
}

// A policy officer changes a value and proposes it; another person approves. The budget of the first is seven clicks and two fields.
func TestPolicyOfficerChangesAValue(t *testing.T) {
	d := open(t)
	d.signIn("policy")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`#side a[href="/policies"]`)
	d.click(`main a[href="/policies/pingyin-2021"]`)
	d.click(`.tabs a[href$="/adoptions"]`)
	d.sound()
	d.picture("policy-adoptions")
	d.press(kb.F2)
	d.has("月补助标准", "施行首日")
	d.sound()
	d.fits()
	d.write("#p-disability-monthly", "120")
	d.write("#from", "20211201")
	d.press(kb.F9)
	d.has("100.00 → 120.00", "接替")
	d.sound()
	d.fits()
	d.picture("policy-proposal")
	d.size(390, 844)
	d.fits()
	d.picture("policy-proposal-phone")
	d.size(1366, 768)
	d.press(kb.F9)
	d.has("这是您提出的", "待复核")
	d.picture("policy-proposed")
	if d.clicks > 7 || d.typed > 2 {
		t.Errorf("%d clicks and %d fields, want at most 7 and 2", d.clicks, d.typed)
	}
	d.signIn("checker")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`main a[href^="/adoptions/"]`)
	d.has("100.00 → 120.00", "同意，2021-12-01 起施行")
	d.sound()
	d.fits()
	d.picture("policy-to-check")
	d.press(kb.F9)
	d.has("待施行", "李审核")
	if d.clicks > 3 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields", d.clicks, d.typed)
	}
	d.size(390, 844)
	d.fits()
	d.picture("policy-adopted-phone")
}
