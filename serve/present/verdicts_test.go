package present_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/serve/present"
)

// Verdicts say what is due and why; what the reader's purpose does not need shows neither as a value nor by which benefits are told.
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
	withheld := present.Options{Lang: "zh", Withhold: present.Guards{rule.Health, rule.Finance}}
	ill, well := tell(disabled, withheld), tell("person: {name: 王桂英}", withheld)
	for _, secret := range []string{"残疾等级", "5,400.00"} {
		if strings.Contains(ill, secret) {
			t.Errorf("%s is shown:\n%s", secret, ill)
		}
	}
	if a, b := strings.Count(ill, "<details"), strings.Count(well, "<details"); a != b {
		t.Errorf("of who is ill %d benefits are told, of who is not %d", a, b)
	}
}
