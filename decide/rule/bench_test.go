package rule_test

import (
	"testing"

	"doudi/decide/rule"
	"doudi/decide/text"
)

var benchmarked = map[string]string{
	"condition": "on_roster('registered_poor') && person.rural && person.disability.level <= 2 && person.disability.kind in ['sight', 'mental']",
	"amount":    "cap(share(remaining.in_scope - yuan(500), help.rate), yuan(1000)) + tiers(remaining.in_scope, help.bands)",
	"constants": "yuan('0.50') + yuan('1.50') + yuan(2) + (on < day('2021-01-01') ? yuan(3) : yuan('4.00'))",
}

func BenchmarkCompile(b *testing.B) {
	env := environment(b)
	for name, source := range benchmarked {
		node := parse(b, "rule: |\n  "+source+"\n").Get("rule")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := &text.Report{}
				if x := env.Compile(r, node, rule.NoType); x == nil {
					b.Fatal(r.Err())
				}
			}
		})
	}
}

func BenchmarkEval(b *testing.B) {
	env := environment(b)
	s := scope(env)
	for name, source := range benchmarked {
		x := mustCompile(b, env, source, rule.NoType)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := x.Eval(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTrace(b *testing.B) {
	env := environment(b)
	s := scope(env)
	x := mustCompile(b, env, benchmarked["amount"], rule.MoneyType)
	b.ReportAllocs()
	for b.Loop() {
		figure, err := x.Trace(s)
		if err != nil || figure.Formula("zh") == "" {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewEnv(b *testing.B) {
	for b.Loop() {
		environment(b)
	}
}
