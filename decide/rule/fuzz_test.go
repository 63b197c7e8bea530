package rule_test

import (
	"encoding/json"
	"sync"
	"testing"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// FuzzCompile: no text makes the compiler, the evaluation or its explanation panic; what is refused is refused by name, in
// both languages, at a place inside the file.
func FuzzCompile(f *testing.F) {
	for _, source := range benchmarked {
		f.Add(source)
	}
	for _, source := range []string{
		"", "true", "(", "person.", "person.orfan", "yuan('0.50') + 1", "1.5", "'", "'\\'", "a ? b", "[1, 'x']", "{'a': 1}", "x{y: 1}", "person.rural ? help.monthly : help.unset",
		"share(help.monthly, pct(50))", "share()", "on_roster('a.b.c')", "on_roster(1)", "determined('dibao')", "total('')", "grants.grant('一中', 2)", "levels.rate('sight', 1) > pct('12.5')",
		"-9223372036854775808", "9223372036854775808", "help.monthly * 9223372036854775807", "known(known(help.undated))", "diseases.has_any([])", "[] == []", "[[]] == [[]]", "step(help.schedule, -1)",
		"县", "'县' in ['县']", "a.b(c).d", "rounding", "!!!!true", "- - -1", "\"\\u53bf\"", "r'\\'", "'''a\nb'''", "// x\ntrue", "true && // 县\n false", "`a`", "a.?b", "a[?b]", "b'x'", "1u", "null", "in", "if", "\u00a0true",
		"help.bands == help.bands", "grants == grants", "min(on, on)", "per(help.monthly, 0)", "date(2021, 2, 30)", "add_days(on, 9999999)", "person.name.startsWith('')", "startsWith('a')",
	} {
		f.Add(source)
	}
	env := environment(f)
	f.Fuzz(func(t *testing.T, source string) {
		written, err := json.Marshal(map[string]string{"rule": source})
		if err != nil {
			return
		}
		doc, err := text.Parse("f.json", written)
		if err != nil {
			return // characters that no document holds
		}
		for _, want := range []rule.Type{rule.NoType, rule.BoolType, rule.MoneyType} {
			r := &text.Report{}
			x := env.Compile(r, doc.Get("rule"), want)
			if (x == nil) != (r.Err() != nil) {
				t.Fatalf("compiled %v and said %v", x != nil, r.Err())
			}
			for _, e := range r.List {
				named(t, e, utf8.RuneCount(written))
			}
			if x != nil {
				used(t, x, scope(env))
			}
		}
	})
}

func named(t *testing.T, e *fault.Error, length int) {
	t.Helper()
	if e.Code == "" || e.Kind == "" || e.Message.ZH == "" || e.Message.EN == "" {
		t.Errorf("an error lacks its name or words: %+v", e)
	}
	if e.At == nil || e.At.Line != 1 || e.At.Column < 1 || e.At.Column > length+1 || e.At.Width < 1 {
		t.Errorf("%s is placed at %+v", e.Code, e.At)
	}
}

// used does everything that is done with an expression.
func used(t *testing.T, x *rule.Expression, s *rule.Scope) {
	t.Helper()
	value, err := x.Eval(s)
	figure, traced := x.Trace(s)
	if fault.CodeOf(err) != fault.CodeOf(traced) || err == nil && outcome(value, nil) != outcome(figure.Value, nil) {
		t.Errorf("%s evaluated: %s, traced: %s", x.Source(), outcome(value, err), outcome(figure.Value, traced))
	}
	if err != nil {
		if refused, ok := err.(*fault.Error); !ok || refused.Code == "" || refused.At == nil {
			t.Errorf("%s: %v", x.Source(), err)
		}
		return
	}
	figure.Formula("zh")
	figure.Formula("en")
	figure.Used()
	if printed, err := x.Print(); err != nil || printed == "" {
		t.Errorf("%s is printed as %q (%v)", x.Source(), printed, err)
	}
}

// One expression and one frame serve many at once, even when a parameter has no value on the day: an error is not shared
// between those who meet it.
func TestManyAtOnce(t *testing.T) {
	env := environment(t)
	s := scope(env)
	expressions := []*rule.Expression{
		mustCompile(t, env, "help.undated > yuan(0) && person.rural", rule.BoolType),
		mustCompile(t, env, "share(help.undated, help.rate)", rule.MoneyType),
		mustCompile(t, env, "tiers(remaining.in_scope, help.bands)", rule.MoneyType),
	}
	want := []string{"error pack.parameter-undated", "error pack.parameter-undated", "900.00"}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				for i, x := range expressions {
					figure, err := x.Trace(s)
					if got := outcome(figure.Value, err); got != want[i] {
						t.Errorf("%s: %s", x.Source(), got)
					}
					if got := outcome(x.Eval(s)); got != want[i] {
						t.Errorf("%s: %s", x.Source(), got)
					}
				}
			}
		})
	}
	group.Wait()
}
