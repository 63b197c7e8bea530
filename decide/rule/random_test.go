package rule_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// An oracle for the language: random expressions are computed by a plain walk over their own tree, with big numbers, and
// must come to the same value, the same missing names or the same error as the engine gives, evaluated and traced.

// node is an expression as the generator makes it: an operator, function, name or constant over parts.
type node struct {
	op   string
	args []*node
	n    int64    // of “int”, and of “money” in fen and “rate” in millionths
	word string   // of “text” and “name”
	list []string // of “in”
}

// val is what the walk computes: exactly one field counts.
type val struct {
	kind    string // "bool", "int", "money", "rate", "text", "bands", "rates", "unknown" or "error"
	b       bool
	n       *big.Int
	s       string
	bands   []money.Band
	rates   []money.Rate
	missing []string // of unknown
}

// world is what the names mean in one case.
type world struct {
	names    map[string]val
	rounding money.Rounding
}

func integer(n int64) val            { return val{kind: "int", n: big.NewInt(n)} }
func boolean(b bool) val             { return val{kind: "bool", b: b} }
func wrong(code string) val          { return val{kind: "error", s: code} }
func unknown(names ...string) val    { return val{kind: "unknown", missing: names} }
func of(kind string, n *big.Int) val { return val{kind: kind, n: n} }

// String has the same form for both sides of the comparison.
func (v val) String() string {
	switch v.kind {
	case "error":
		return "error " + v.s
	case "unknown":
		names := slices.Clone(v.missing)
		slices.Sort(names)
		return "unknown " + strings.Join(slices.Compact(names), " ")
	case "bool":
		return strconv.FormatBool(v.b)
	case "text":
		return "text " + v.s
	}
	return v.kind + " " + v.n.String()
}

func seen(v ref.Val, err error) string {
	if err != nil {
		return "error " + fault.CodeOf(err)
	}
	switch v := v.(type) {
	case *types.Unknown:
		return "unknown " + strings.Join(rule.Missing(v), " ")
	case types.Bool:
		return strconv.FormatBool(bool(v))
	case types.Int:
		return fmt.Sprint("int ", int64(v))
	case types.String:
		return "text " + string(v)
	case rule.Money:
		return fmt.Sprint("money ", int64(v))
	case rule.Rate:
		return fmt.Sprint("rate ", int64(v))
	}
	return fmt.Sprintf("something else: %v", v)
}

// The sorts of expressions and how they are made. Of the alternatives the first are drawn most often, so that trees end.

func boolExpr(depth int) *rapid.Generator[*node] {
	if depth == 0 {
		return rapid.OneOf(name("person.rural", "person.orphan", "person.card"), rapid.Map(rapid.Bool(), func(b bool) *node { return &node{op: strconv.FormatBool(b)} }))
	}
	deeper := func() *rapid.Generator[*node] { return boolExpr(depth - 1) }
	return rapid.OneOf(
		call("&&", deeper(), deeper()), call("||", deeper(), deeper()), call("!", deeper()), call("?:", deeper(), deeper(), deeper()),
		compared(intExpr(depth-1)), compared(moneyExpr(depth-1)), compared(rateExpr(depth-1)),
		equal(textExpr(depth-1)), equal(deeper()), among(textExpr(depth-1), "'一中'", "'二中'"), among(intExpr(depth-1), "1", "2", "-3"),
		call("known", rapid.OneOf(deeper(), intExpr(depth-1), moneyExpr(depth-1), textExpr(depth-1))),
	)
}

func intExpr(depth int) *rapid.Generator[*node] {
	if depth == 0 {
		constant := rapid.OneOf(rapid.Int64Range(-3, 12), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, math.MaxInt64 / 2, 1 << 32}))
		return rapid.OneOf(name("household.size", "person.disability.level", "person.three_ones"), rapid.Map(constant, func(n int64) *node { return &node{op: "int", n: n} }))
	}
	deeper := func() *rapid.Generator[*node] { return intExpr(depth - 1) }
	return rapid.OneOf(
		call("+", deeper(), deeper()), call("-", deeper(), deeper()), call("*", deeper(), deeper()), call("neg", deeper()),
		call("min", deeper(), deeper()), call("max", deeper(), deeper()), call("cap", deeper(), deeper()), call("atleast", deeper(), deeper()),
		call("?:", boolExpr(depth-1), deeper(), deeper()),
	)
}

func moneyExpr(depth int) *rapid.Generator[*node] {
	if depth == 0 {
		constant := rapid.OneOf(rapid.Int64Range(-200_000, 2_000_000), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64 + 1, math.MaxInt64 / 3}))
		return rapid.OneOf(name("help.monthly", "help.unset", "remaining.in_scope", "person.premium"), rapid.Map(constant, func(n int64) *node { return &node{op: "money", n: n} }))
	}
	deeper := func() *rapid.Generator[*node] { return moneyExpr(depth - 1) }
	bands := name("help.bands")
	return rapid.OneOf(
		call("+", deeper(), deeper()), call("-", deeper(), deeper()), call("*", deeper(), intExpr(depth-1)), call("neg", deeper()),
		call("share", deeper(), rateExpr(depth-1)), call("half", deeper()), call("rounded", deeper()), call("per", deeper(), intExpr(depth-1)),
		call("tiers", deeper(), bands), call("whole_tier", deeper(), bands), call("guarantee", deeper(), rateExpr(depth-1), deeper()),
		call("min", deeper(), deeper()), call("max", deeper(), deeper()), call("cap", deeper(), deeper()), call("atleast", deeper(), deeper()),
		call("?:", boolExpr(depth-1), deeper(), deeper()),
	)
}

func rateExpr(depth int) *rapid.Generator[*node] {
	if depth == 0 {
		constant := rapid.Map(rapid.Int64Range(0, 1_500_000), func(n int64) *node { return &node{op: "rate", n: n} })
		return rapid.OneOf(name("help.rate"), constant)
	}
	return rapid.OneOf(rateExpr(0), call("?:", boolExpr(depth-1), rateExpr(depth-1), rateExpr(depth-1)),
		call("step", name("help.schedule"), intExpr(depth-1)), call("ratio", intExpr(depth-1), intExpr(depth-1)))
}

func textExpr(depth int) *rapid.Generator[*node] {
	if depth == 0 {
		constant := rapid.Map(rapid.SampledFrom([]string{"一中", "二中", "", `a"b'c\`}), func(s string) *node { return &node{op: "text", word: s} })
		return rapid.OneOf(name("person.school.name", "person.premium_class"), constant)
	}
	return rapid.OneOf(textExpr(0), call("?:", boolExpr(depth-1), textExpr(depth-1), textExpr(depth-1)))
}

func name(names ...string) *rapid.Generator[*node] {
	return rapid.Map(rapid.SampledFrom(names), func(s string) *node { return &node{op: "name", word: s} })
}

func call(op string, args ...*rapid.Generator[*node]) *rapid.Generator[*node] {
	return rapid.Custom(func(t *rapid.T) *node {
		n := &node{op: op}
		for _, arg := range args {
			n.args = append(n.args, arg.Draw(t, op))
		}
		return n
	})
}

func compared(sort *rapid.Generator[*node]) *rapid.Generator[*node] {
	return rapid.Custom(func(t *rapid.T) *node {
		sign := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "sign")
		return &node{op: sign, args: []*node{sort.Draw(t, "left"), sort.Draw(t, "right")}}
	})
}

func equal(sort *rapid.Generator[*node]) *rapid.Generator[*node] {
	return rapid.OneOf(call("==", sort, sort), call("!=", sort, sort))
}

func among(sort *rapid.Generator[*node], words ...string) *rapid.Generator[*node] {
	return rapid.Map(sort, func(n *node) *node { return &node{op: "in", args: []*node{n}, list: words} })
}

// source writes the expression as an author would, with every part in brackets.
func (n *node) source() string {
	arg := func(i int) string {
		if inner := n.args[i]; inner.op == "name" || inner.op == "text" || len(inner.args) > 0 && isWord(inner.op) {
			return inner.source()
		}
		return "(" + n.args[i].source() + ")"
	}
	switch n.op {
	case "true", "false":
		return n.op
	case "name":
		return n.word
	case "int":
		return strconv.FormatInt(n.n, 10)
	case "money":
		return "yuan('" + money.Fen(n.n).String() + "')"
	case "rate":
		return "pct('" + strings.TrimSuffix(money.Rate(n.n).String(), "%") + "')"
	case "text":
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(n.word) + "'"
	case "!":
		return "!" + arg(0)
	case "neg":
		return "-" + arg(0)
	case "?:":
		return arg(0) + " ? " + arg(1) + " : " + arg(2)
	case "in":
		return arg(0) + " in [" + strings.Join(n.list, ", ") + "]"
	}
	if isWord(n.op) {
		var args []string
		for _, a := range n.args {
			args = append(args, a.source())
		}
		return n.op + "(" + strings.Join(args, ", ") + ")"
	}
	return arg(0) + " " + n.op + " " + arg(1)
}

func isWord(op string) bool { return op != "in" && op != "neg" && op[0] >= 'a' && op[0] <= 'z' }

// eval is the plain walk.
func (w world) eval(n *node) val {
	switch n.op {
	case "true", "false":
		return boolean(n.op == "true")
	case "name":
		return w.names[n.word]
	case "int", "money", "rate":
		return of(n.op, big.NewInt(n.n))
	case "text":
		return val{kind: "text", s: n.word}
	case "&&", "||":
		return w.logic(n)
	case "?:":
		return w.choice(n)
	case "known":
		v := w.eval(n.args[0])
		if v.kind == "error" {
			return v
		}
		return boolean(v.kind != "unknown")
	}
	args, spoiled := w.args(n)
	if spoiled != nil {
		return *spoiled
	}
	return w.apply(n, args)
}

func (w world) logic(n *node) val {
	decides := n.op == "||" // the value that settles it alone
	left, right := w.eval(n.args[0]), w.eval(n.args[1])
	for _, v := range []val{left, right} {
		if v.kind == "bool" && v.b == decides {
			return boolean(decides)
		}
	}
	switch {
	case left.kind == "unknown" || right.kind == "unknown":
		return unknown(append(slices.Clone(left.missing), right.missing...)...)
	case left.kind == "error":
		return left
	case right.kind == "error":
		return right
	}
	return boolean(!decides)
}

func (w world) choice(n *node) val {
	condition := w.eval(n.args[0])
	switch {
	case condition.kind != "bool":
		return condition
	case condition.b:
		return w.eval(n.args[1])
	}
	return w.eval(n.args[2])
}

// hidden is how many arguments a function has when the block's rounding is counted.
var hidden = map[string]int{"share": 1, "half": 1, "rounded": 1, "per": 1, "tiers": 1, "whole_tier": 1, "guarantee": 1}

// args are the values of the arguments, or what makes the call as a whole unknown or an error: comparisons ask for errors
// first, two arguments are asked in order with an unknown left winning, of more the first error wins.
func (w world) args(n *node) ([]val, *val) {
	var args []val
	var missing []string
	var first *val
	for _, arg := range n.args {
		v := w.eval(arg)
		args = append(args, v)
		missing = append(missing, v.missing...)
		if v.kind == "error" && first == nil {
			first = &v
		}
	}
	leftUnknown := len(args)+hidden[n.op] == 2 && args[0].kind == "unknown" && n.op != "==" && n.op != "!="
	switch {
	case first != nil && !leftUnknown:
		return nil, first
	case len(missing) > 0:
		u := unknown(missing...)
		return nil, &u
	}
	return args, nil
}

func (w world) apply(n *node, a []val) val {
	number := func(result *big.Int) val { return inRange(a[0].kind, result) }
	switch n.op {
	case "!":
		return boolean(!a[0].b)
	case "neg":
		return number(new(big.Int).Neg(a[0].n))
	case "+":
		return number(new(big.Int).Add(a[0].n, a[1].n))
	case "-":
		return number(new(big.Int).Sub(a[0].n, a[1].n))
	case "*":
		return number(new(big.Int).Mul(a[0].n, a[1].n))
	case "min", "cap":
		return smaller(a[0], a[1], -1)
	case "max", "atleast":
		return smaller(a[0], a[1], 1)
	case "in":
		return boolean(slices.Contains(n.list, map[string]string{"text": "'" + a[0].s + "'"}[a[0].kind]) || a[0].kind == "int" && slices.Contains(n.list, a[0].n.String()))
	case "==", "!=":
		return boolean((a[0].String() == a[1].String()) == (n.op == "=="))
	case "<", "<=", ">", ">=":
		order := a[0].n.Cmp(a[1].n)
		return boolean(strings.Contains(n.op, "=") && order == 0 || order < 0 && n.op[0] == '<' || order > 0 && n.op[0] == '>')
	case "ratio":
		return ratio(a[0].n, a[1].n)
	case "step":
		if k := a[1].n; k.IsInt64() && k.Int64() >= 1 && k.Int64() <= int64(len(a[0].rates)) {
			return of("rate", big.NewInt(int64(a[0].rates[k.Int64()-1])))
		}
		return of("rate", big.NewInt(0))
	}
	return w.amount(n.op, a)
}

func smaller(a, b val, direction int) val {
	if a.n.Cmp(b.n) == direction {
		return a
	}
	return b
}

func inRange(kind string, n *big.Int) val {
	switch {
	case n.IsInt64():
		return of(kind, n)
	case kind == "int":
		return wrong("rule.overflow")
	}
	return wrong("money.overflow")
}

func ratio(a, b *big.Int) val {
	if b.Sign() <= 0 || a.Sign() < 0 {
		return wrong("rule.ratio")
	}
	q := new(big.Int).Mul(a, big.NewInt(1_000_000))
	if q.Quo(q, b); !q.IsInt64() {
		return wrong("rule.ratio")
	}
	return of("rate", q)
}

// amount are the functions that round.
func (w world) amount(op string, a []val) val {
	whole := big.NewInt(1_000_000)
	switch op {
	case "share":
		return w.round(new(big.Int).Mul(a[0].n, a[1].n), whole)
	case "half":
		return w.round(a[0].n, big.NewInt(2))
	case "rounded":
		return w.round(a[0].n, big.NewInt(1))
	case "per":
		if a[1].n.Sign() <= 0 || a[1].n.Cmp(big.NewInt(1_000_000_000)) > 0 {
			return wrong("money.divisor")
		}
		return w.round(a[0].n, a[1].n)
	case "guarantee":
		promised := w.round(new(big.Int).Mul(a[0].n, a[1].n), whole)
		if promised.kind == "error" {
			return promised
		}
		missing := inRange("money", new(big.Int).Sub(promised.n, a[2].n))
		if missing.kind == "money" && missing.n.Sign() < 0 {
			return of("money", big.NewInt(0))
		}
		return missing
	}
	if a[0].n.Sign() < 0 {
		return wrong("money.negative")
	}
	sum := new(big.Int)
	for i, band := range a[1].bands {
		from, to := big.NewInt(int64(band.From)), a[0].n
		if i+1 < len(a[1].bands) {
			to = smaller(of("", to), of("", big.NewInt(int64(a[1].bands[i+1].From))), -1).n
		}
		if op == "whole_tier" {
			from = new(big.Int)
			if a[0].n.Cmp(big.NewInt(int64(band.From))) >= 0 {
				sum.Mul(a[0].n, big.NewInt(int64(band.Rate)))
			}
		} else if part := new(big.Int).Sub(to, from); part.Sign() > 0 {
			sum.Add(sum, part.Mul(part, big.NewInt(int64(band.Rate))))
		}
	}
	return w.round(sum, whole)
}

// round is numerator ÷ denominator, rounded as the world declares.
func (w world) round(numerator, denominator *big.Int) val {
	unit := big.NewInt(max(int64(w.rounding.Unit), 1))
	d := new(big.Int).Mul(denominator, unit)
	q, rest := new(big.Int).QuoRem(new(big.Int).Abs(numerator), d, new(big.Int))
	up := w.rounding.Mode == money.Up && rest.Sign() > 0 || w.rounding.Mode == money.HalfUp && new(big.Int).Lsh(rest, 1).Cmp(d) >= 0
	if up {
		q.Add(q, big.NewInt(1))
	}
	q.Mul(q, unit)
	if numerator.Sign() < 0 {
		q.Neg(q)
	}
	return inRange("money", q)
}

// draw gives every name a value, leaves it unknown, or (of parameters) makes it an error, and the same to the engine.
func draw(t *rapid.T, env *rule.Env) (world, *rule.Scope) {
	w := world{names: map[string]val{}, rounding: money.Rounding{Mode: rapid.SampledFrom([]money.Mode{money.HalfUp, money.Down, money.Up}).Draw(t, "mode"),
		Unit: rapid.SampledFrom([]money.Unit{0, money.ToFen, money.ToJiao, money.ToYuan}).Draw(t, "unit")}}
	facts := rule.Facts{}
	s := &rule.Scope{Env: env, Facts: facts, Frame: map[string]ref.Val{}, Vars: map[string]ref.Val{"rounding": rule.Rounding(w.rounding)}}
	set := func(name string, mine val, theirs ref.Val, put func(string, ref.Val)) {
		switch rapid.SampledFrom([]string{"known", "known", "known", "unknown", "undated"}).Draw(t, name) {
		case "unknown":
			w.names[name] = unknown(name)
		case "undated":
			if put == nil {
				w.names[name] = wrong("pack.parameter-undated")
				s.Frame[name] = types.WrapErr(&fault.Error{Kind: fault.OutOfForce, Code: "pack.parameter-undated"})
				return
			}
			w.names[name] = unknown(name)
		default:
			w.names[name] = mine
			if put == nil {
				s.Frame[name] = theirs
				return
			}
			put(name, theirs)
		}
	}
	for _, name := range []string{"person.rural", "person.orphan", "person.card"} {
		b := rapid.Bool().Draw(t, "truth")
		set(name, boolean(b), rule.Bool(b), facts.Set)
	}
	for _, name := range []string{"household.size", "person.disability.level", "person.three_ones"} {
		n := rapid.Int64Range(-2, 30).Draw(t, "number")
		set(name, integer(n), rule.Int(n), facts.Set)
	}
	for _, name := range []string{"person.school.name", "person.premium_class"} {
		word := rapid.SampledFrom([]string{"一中", "二中", ""}).Draw(t, "word")
		set(name, val{kind: "text", s: word}, rule.Text(word), facts.Set)
	}
	fen := rapid.Int64Range(-1000, 10_000_000)
	premium, remaining, monthly := fen.Draw(t, "premium"), fen.Draw(t, "remaining"), fen.Draw(t, "monthly")
	set("person.premium", of("money", big.NewInt(premium)), rule.Money(premium), facts.Set)
	set("remaining.in_scope", of("money", big.NewInt(remaining)), rule.Money(remaining), func(name string, v ref.Val) { s.Vars[name] = v })
	set("help.monthly", of("money", big.NewInt(monthly)), rule.Money(monthly), nil)
	w.names["help.unset"] = unknown("help.unset")
	rate := rapid.Int64Range(0, 2_000_000).Draw(t, "rate")
	set("help.rate", of("rate", big.NewInt(rate)), rule.Rate(rate), nil)
	bands := []money.Band{{From: 0, Rate: money.Percent(50)}, {From: 100_000, Rate: money.Rate(812_345)}, {From: 300_001, Rate: money.Percent(130)}}
	set("help.bands", val{kind: "bands", bands: bands}, rule.Bands(bands), nil)
	schedule := []money.Rate{money.Percent(100), money.Percent(50)}
	set("help.schedule", val{kind: "rates", rates: schedule}, rule.Rates(schedule), nil)
	return w, s
}

func TestEngineAgreesWithPlainWalk(t *testing.T) {
	env := environment(t)
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(1, 3).Draw(t, "depth")
		n := rapid.OneOf(boolExpr(depth), moneyExpr(depth), intExpr(depth), rateExpr(depth), textExpr(depth)).Draw(t, "expression")
		source := n.source()
		x, err := compile(t, env, source, rule.NoType)
		if err != nil {
			if strings.Contains(err.Error(), "4096") {
				return // longer than the language allows
			}
			t.Fatalf("%s\n%s", source, fault.RenderError(err, "zh"))
		}
		printed, err := x.Print()
		if err != nil {
			t.Fatal(err)
		}
		again, err := compile(t, env, printed, rule.NoType)
		if err != nil {
			t.Fatalf("%s was printed as %s\n%s", source, printed, fault.RenderError(err, "zh"))
		}
		if twice, err := again.Print(); err != nil || twice != printed {
			t.Fatalf("%s is printed as %s, then as %s (%v)", source, printed, twice, err)
		}
		for range 5 {
			w, s := draw(t, env)
			want := w.eval(n).String()
			figure, traceErr := x.Trace(s)
			for how, got := range map[string]string{"evaluated": seen(x.Eval(s)), "traced": seen(figure.Value, traceErr), "printed and evaluated": seen(again.Eval(s))} {
				if got != want {
					t.Fatalf("%s\n%s: %s; the plain walk gives %s\nwith %v", source, how, got, want, w.names)
				}
			}
			if traceErr == nil {
				figure.Formula("zh") // whatever was computed can be said
				figure.Used()
			}
		}
	})
}
