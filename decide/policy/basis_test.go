package policy_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// onAdoption is the good pack in force only from the day a division adopts it.
func onAdoption(t testing.TB) *policy.Pack {
	t.Helper()
	files := smallFiles(t)
	header := string(files["small/pack.yaml"].Data)
	return small(t, with(files, map[string]string{"small/pack.yaml": strings.Replace(header, "from: 2021-01-01, ", "from: on-adoption, ", 1)}))
}

// valueError is the error that stands in place of a value, or nil.
func valueError(v ref.Val) error {
	var named *fault.Error
	if e, ok := v.(*types.Err); ok && errors.As(e, &named) {
		return named
	}
	return nil
}

// shown is a value of the frame as people read it; "unknown" when it has none, an error by its code.
func shown(v ref.Val) string {
	switch {
	case v == nil:
		return "unknown"
	case valueError(v) != nil:
		return fault.CodeOf(valueError(v))
	default:
		return rule.Display(v, "en")
	}
}

func TestFrame(t *testing.T) {
	p := small(t, smallFiles(t))
	published := policy.NewBasis(p, nil)
	adopting := adopted(t, p, "division: \"999901001\"\nfrom: 2021-03-01\nreadings: {mode: whole, round: up jiao}\nparameters: {aid.limit: 90.00, aid.ratio: 75%}\n")
	tests := []struct {
		basis           *policy.Basis
		on, name, value string
	}{
		{published, "2020-12-31", "aid.monthly", "pack.parameter-undated"},
		{published, "2021-01-01", "aid.monthly", "100.00"},
		{published, "2021-12-31", "aid.monthly", "100.00"}, // the values are written latest first
		{published, "2022-01-01", "aid.monthly", "120.00"},
		{published, "2022-01-02", "aid.monthly", "120.00"},
		{published, "9999-12-31", "aid.monthly", "120.00"},
		{published, "2021-06-30", "aid.ratio", "pack.parameter-undated"},
		{published, "2021-07-01", "aid.ratio", "80%"},
		{published, "2021-07-01", "aid.limit", "unknown"},
		{published, "2021-05-01", "question.mode", "each"},
		{published, "2021-05-01", "question.round", rule.Display(rule.Rounding(money.Rounding{Mode: money.HalfUp, Unit: money.ToYuan}), "en")},
		{published, "2021-05-01", "jurisdiction", "999901"},
		{published, "2021-05-01", "issued", "2020-12-20"},
		{published, "2021-05-01", "in_force_from", "2021-01-01"},
		{published, "2021-05-01", "aid.nothing", "unknown"},
		{adopting, "2021-05-01", "aid.limit", "90.00"},
		{adopting, "2020-05-01", "aid.ratio", "75%"}, // what a division states holds on every day
		{adopting, "2022-01-01", "aid.monthly", "120.00"},
		{adopting, "2021-05-01", "question.mode", "whole"},
		{adopting, "2021-05-01", "question.round", rule.Display(rule.Rounding(money.Rounding{Mode: money.Up, Unit: money.ToJiao}), "en")},
		{adopting, "2021-05-01", "jurisdiction", "999901001"},
		{adopting, "2021-05-01", "in_force_from", "2021-03-01"},
	}
	for _, test := range tests {
		if got := shown(test.basis.Frame(day(t, test.on))[test.name]); got != test.value {
			t.Errorf("%s on %s: %s, want %s", test.name, test.on, got, test.value)
		}
	}
}

// The error of a parameter without a value says which and when, and is met only by a rule that needs it.
func TestUndatedParameterInARule(t *testing.T) {
	p := small(t, smallFiles(t))
	basis := policy.NewBasis(p, nil)
	amount := p.Benefits[0].Amount
	undated := day(t, "2020-12-31")
	_, err := amount.Eval(basis.Scope(&subject.Subject{}, undated, undated))
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != "pack.parameter-undated" || e.Kind != fault.OutOfForce {
		t.Fatalf("error %v", err)
	}
	if !strings.Contains(e.Message.ZH, "aid.monthly") || !strings.Contains(e.Message.EN, "2020-12-31") || e.At == nil || e.At.File != "small/policy.md" {
		t.Errorf("said %s", e.Render("en"))
	}
	dated := day(t, "2021-05-01")
	value, err := amount.Eval(basis.Scope(&subject.Subject{}, dated, dated))
	if missing := rule.Missing(value); err != nil || !slices.Equal(missing, []string{"aid.limit"}) {
		t.Errorf("missing %v, error %v: an unset parameter is unknown, not zero", missing, err)
	}
	whole := adopted(t, p, "readings: {mode: whole}\n")
	value, err = amount.Eval(whole.Scope(&subject.Subject{}, dated, dated))
	if err != nil || shown(value) != "100.00" {
		t.Errorf("%s, error %v: the other reading does not need the limit", shown(value), err)
	}
}

func TestTableOfABasis(t *testing.T) {
	p := small(t, smallFiles(t))
	adopting := adopted(t, p, "tables: {drugs: {rows: [[I10, 50%], [E11, null]], complete: true}, schools: {rows: [[senior, 9.00, 1.00]]}}\n")
	open := adopted(t, p, "tables: {drugs: {rows: [[I10, 50%]]}}\n")
	tests := []struct {
		basis             *policy.Basis
		expression, value string
	}{
		{policy.NewBasis(p, nil), "schools.grant('junior')", "1,000.00"},
		{policy.NewBasis(p, nil), "schools.has('senior')", "no"},
		{policy.NewBasis(p, nil), "schools.grant('senior')", "rule.table-miss"},
		{policy.NewBasis(p, nil), "schools.waiver('primary')", "rule.table-miss"}, // a cell that the document leaves empty
		{policy.NewBasis(p, nil), "drugs.share('I63.9')", "70%"},
		{policy.NewBasis(p, nil), "drugs.has('I10')", "unknown"},
		{policy.NewBasis(p, nil), "drugs.share('I10')", "unknown"},
		{adopting, "drugs.share('I10.x')", "50%"},
		{adopting, "drugs.has('I63.9')", "no"}, // the adopted rows stand in place of the pack's own
		{adopting, "drugs.share('E11')", "rule.table-miss"},
		{adopting, "schools.grant('senior')", "9.00"},
		{adopting, "schools.has('junior')", "no"},
		{open, "drugs.has('I63.9')", "unknown"},
	}
	for _, test := range tests {
		r := &text.Report{}
		n, err := text.Parse("x.yaml", []byte(test.expression))
		if err != nil {
			t.Fatal(err)
		}
		x := p.Env.Compile(r, n, rule.NoType)
		if x == nil {
			t.Fatal(r.Err())
		}
		on := day(t, "2021-05-01")
		value, err := x.Eval(test.basis.Scope(&subject.Subject{}, on, on))
		got := fault.CodeOf(err)
		if err == nil && rule.Missing(value) != nil {
			got = "unknown"
		} else if err == nil {
			got = shown(value)
		}
		if got != test.value {
			t.Errorf("%s: %s, want %s", test.expression, got, test.value)
		}
	}
}

func TestInForce(t *testing.T) {
	p, waiting := small(t, smallFiles(t)), onAdoption(t)
	tests := []struct {
		name, on, code string
		basis          *policy.Basis
	}{
		{"the eve", "2020-12-31", "pack.out-of-force", policy.NewBasis(p, nil)},
		{"the first day", "2021-01-01", "", policy.NewBasis(p, nil)},
		{"the last day", "2022-12-31", "", policy.NewBasis(p, nil)},
		{"the day after", "2023-01-01", "pack.out-of-force", policy.NewBasis(p, nil)},
		{"adopted later, the eve", "2021-03-31", "pack.out-of-force", adopted(t, p, "from: 2021-04-01\n")},
		{"adopted later, the first day", "2021-04-01", "", adopted(t, p, "from: 2021-04-01\n")},
		{"adopted earlier than in force", "2020-12-31", "pack.out-of-force", adopted(t, p, "from: 2020-04-01\n")},
		{"given up, the last day", "2022-06-30", "", adopted(t, p, "to: 2022-06-30\n")},
		{"given up, the day after", "2022-07-01", "pack.out-of-force", adopted(t, p, "to: 2022-06-30\n")},
		{"given up after its end", "2023-01-01", "pack.out-of-force", adopted(t, p, "to: 2024-06-30\n")},
		{"not adopted", "2021-05-01", "pack.not-adopted", policy.NewBasis(waiting, nil)},
		{"adopted without a day", "2021-05-01", "pack.not-adopted", adopted(t, waiting, "division: \"999901\"\n")},
		{"adopted, the eve", "2021-04-30", "pack.out-of-force", adopted(t, waiting, "from: 2021-05-01\n")},
		{"adopted, the first day", "2021-05-01", "", adopted(t, waiting, "from: 2021-05-01\n")},
		{"adopted, after the pack's end", "2023-01-01", "pack.out-of-force", adopted(t, waiting, "from: 2021-05-01\n")},
	}
	for _, test := range tests {
		err := test.basis.InForce(day(t, test.on))
		if got := fault.CodeOf(err); got != test.code {
			t.Errorf("%s: code %q, want %q", test.name, got, test.code)
		}
		if err != nil && (fault.KindOf(err) != fault.OutOfForce || !strings.Contains(err.Error(), p.Title.ZH)) {
			t.Errorf("%s: said %v", test.name, err)
		}
	}
}

func TestShowSpan(t *testing.T) {
	p := small(t, smallFiles(t))
	tests := map[string]*policy.Basis{
		"2021-01-01 – 2022-12-31": policy.NewBasis(p, nil),
		"2021-03-01 – 2022-12-31": adopted(t, p, "from: 2021-03-01\n"),
		" – 2022-12-31":           policy.NewBasis(onAdoption(t), nil),
	}
	for want, basis := range tests {
		if got := policy.ShowSpan(basis.Span()); got != want {
			t.Errorf("span %q, want %q", got, want)
		}
	}
}

func TestRoundingOfABasis(t *testing.T) {
	p := small(t, smallFiles(t))
	declared := p.Benefits[0].Rounding
	whole, down := money.Rounding{Mode: money.HalfUp, Unit: money.ToYuan}, money.Rounding{Mode: money.Down, Unit: money.ToYuan}
	if got := policy.NewBasis(p, nil).Rounding(declared); got != whole {
		t.Errorf("rounding %v, want %v", got, whole)
	}
	if got := adopted(t, p, "readings: {round: down yuan}\n").Rounding(declared); got != down {
		t.Errorf("adopted rounding %v, want %v", got, down)
	}
	if got := adopted(t, p, "readings: {round: down yuan}\n").Rounding(policy.RoundingRule{Fixed: whole}); got != whole {
		t.Errorf("a fixed rounding became %v", got)
	}
}

func TestAdoption(t *testing.T) {
	p := small(t, smallFiles(t))
	a, err := adoption(t, p, "pack: small\ndivision: \"999901001000\"\nlabel: {zh: 示例, en: Sample}\nreadings: {mode: whole}\n")
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	if a.Division != "999901001000" && a.Division != "999901001" || a.From != rule.Beginning || a.To != rule.Forever || a.Label != (fault.Text{ZH: "示例", EN: "Sample"}) {
		t.Errorf("read %+v", a)
	}
	if basis := policy.NewBasis(p, a); basis.Division() != a.Division || shown(basis.Reading("mode")) != "whole" || basis.Reading("none") != nil {
		t.Errorf("division %s, reading %v", basis.Division(), basis.Reading("mode"))
	}
	for _, yaml := range []string{"", "{}", "readings: \nparameters: \ntables: \n"} {
		if _, err := adoption(t, p, yaml); err != nil {
			t.Errorf("%q: %v", yaml, err)
		}
	}
}

// A basis is asked from several goroutines and about more days than it keeps.
func TestFrameFromManySides(t *testing.T) {
	basis := policy.NewBasis(small(t, smallFiles(t)), nil)
	first := day(t, "2021-06-01")
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 500 {
				on := first.AddDays((i*7 + worker*13) % 600)
				want := "100.00"
				if on.Year() >= 2022 {
					want = "120.00"
				}
				if got := shown(basis.Frame(on)["aid.monthly"]); got != want {
					t.Errorf("%s on %s", got, on)
				}
			}
		})
	}
	wait.Wait()
}
