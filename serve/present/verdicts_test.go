package present_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/serve/present"
)

// Verdicts say what is due and why; a value that the reader's purpose does not need is not shown.
func TestVerdicts(t *testing.T) {
	p := fixture(t)
	b := basis(t, p, "")
	on := day(t, "2024-05-31")
	tell := func(source string, o present.Options) string {
		s := person(t, p, source)
		d, dues, _ := decided(t, b, s, on)
		return render(t, present.VerdictList(present.Verdicts(d, s, dues, o), "x-", o))
	}
	for _, o := range []present.Options{zh, en} {
		page := tell(disabled, o)
		for _, words := range [][2]string{{"为什么发", "Why it is due"}, {"✓ 符合", "✓ met"}, {"条文大意", "In short"}, {"本人情况", "This person"}} {
			if word := map[string]string{"zh": words[0], "en": words[1]}[o.Lang]; !strings.Contains(page, word) {
				t.Errorf("%s: the list does not say %q:\n%s", o.Lang, word, page)
			}
		}
	}
	withheld := tell(disabled, present.Options{Lang: "zh", Withhold: present.Guards{rule.Health, rule.Finance}})
	for _, secret := range []string{"5,400.00", "一级"} {
		if strings.Contains(withheld, secret) {
			t.Errorf("%s is shown:\n%s", secret, withheld)
		}
	}
	if !strings.Contains(withheld, "〔已隐去〕") {
		t.Errorf("nothing says that something is withheld:\n%s", withheld)
	}
	if !strings.Contains(withheld, "另有待遇代替或影响这一项") || strings.Contains(withheld, "不能同月享受") {
		t.Errorf("a note tells what came of a benefit that is not read:\n%s", withheld)
	}
}
