package rule

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"doudi/kernel/money"
)

// Formula is the computation with its figures put in: “(37,356.20 − 500.00) × 75%”. Branches not taken are left out.
func (f Figure) Formula(lang string) string {
	if f.state == nil {
		return Display(f.Value, lang)
	}
	w := formulaWriter{figure: f, lang: lang}
	return w.write(f.Expression.Tree().Expr(), 0)
}

type formulaWriter struct {
	figure Figure
	lang   string
}

// Binding strengths of the signs, for parentheses.
const (
	weak   = iota // a list of choices
	sums          // + −
	shares        // × ÷
)

func (w formulaWriter) value(e ast.Expr) string {
	v := w.figure.Step(e)
	if v == nil {
		v = literal(e)
	}
	if v == nil || types.IsUnknown(v) {
		return map[bool]string{true: "unknown", false: "未知"}[w.lang == "en"]
	}
	return Display(v, w.lang)
}

func (w formulaWriter) say(zh, en string) string {
	if w.lang == "en" {
		return en
	}
	return zh
}

func (w formulaWriter) write(e ast.Expr, strength int) string {
	if e.Kind() != ast.CallKind || e.AsCall().IsMemberFunction() {
		return w.value(e)
	}
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.Add:
		return w.infix(args, " + ", sums, strength)
	case operators.Subtract:
		return w.infix(args, " − ", sums, strength)
	case operators.Multiply:
		return w.infix(args, " × ", shares, strength)
	case "share":
		return w.infix(args[:2], " × ", shares, strength)
	case "per":
		return w.infix(args[:2], " ÷ ", shares, strength)
	case "half":
		return paren(w.write(args[0], shares)+" × 50%", shares, strength)
	case "rounded":
		return w.write(args[0], strength)
	case operators.Conditional:
		switch w.figure.Step(args[0]) {
		case types.True:
			return w.write(args[1], strength)
		case types.False:
			return w.write(args[2], strength)
		}
	}
	return w.special(e, strength)
}

func (w formulaWriter) infix(args []ast.Expr, sign string, own, strength int) string {
	left, right := w.write(args[0], own), w.write(args[1], own+1)
	return paren(left+sign+right, own, strength)
}

func paren(s string, own, strength int) string {
	if own < strength {
		return "(" + s + ")"
	}
	return s
}

// special writes the functions whose meaning is more than a sign.
func (w formulaWriter) special(e ast.Expr, strength int) string {
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case "tiers":
		return w.tiers(e, args, strength)
	case "whole_tier":
		return w.wholeTier(e, args, strength)
	case "guarantee":
		return w.guarantee(e, args, strength)
	case "cap":
		return w.bounded(e, args, " "+w.say("封顶", "capped at")+" ", strength)
	case "atleast":
		return w.bounded(e, args, " "+w.say("不低于", "at least")+" ", strength)
	case "min", "max":
		name := w.say(map[string]string{"min": "取低", "max": "取高"}[e.AsCall().FunctionName()], e.AsCall().FunctionName())
		return name + "(" + w.write(args[0], weak) + ", " + w.write(args[1], weak) + ")"
	}
	return w.value(e)
}

func (w formulaWriter) tiers(e ast.Expr, args []ast.Expr, strength int) string {
	amount, ok := w.figure.Step(args[0]).(Money)
	scale, known := w.figure.Step(args[1]).(Bands)
	if !ok || !known {
		return w.value(e)
	}
	slices := money.Slices(money.Fen(amount), scale)
	if len(slices) == 0 {
		return money.Fen(amount).Grouped()
	}
	s := ""
	for i, slice := range slices {
		if i > 0 {
			s += " + "
		}
		s += slice.Amount.Grouped() + " × " + slice.Rate.String()
	}
	if len(slices) == 1 {
		return paren(s, shares, strength)
	}
	return paren(s, sums, strength)
}

func (w formulaWriter) wholeTier(e ast.Expr, args []ast.Expr, strength int) string {
	amount, ok := w.figure.Step(args[0]).(Money)
	scale, known := w.figure.Step(args[1]).(Bands)
	if !ok || !known {
		return w.value(e)
	}
	found := money.Rate(0)
	for _, band := range scale {
		if band.From <= money.Fen(amount) {
			found = band.Rate
		}
	}
	return paren(money.Fen(amount).Grouped()+" × "+found.String(), shares, strength)
}

func (w formulaWriter) guarantee(e ast.Expr, args []ast.Expr, strength int) string {
	s := w.write(args[0], shares) + " × " + w.write(args[1], shares+1) + " − " + w.write(args[2], shares)
	if w.figure.Step(e) == Money(0) {
		return paren(s, sums, strength) + w.say("，已达到，不再补", " — already reached, nothing more")
	}
	return paren(s, sums, strength)
}

// bounded writes cap and atleast: the first value alone when the bound does not bind, both when it does.
func (w formulaWriter) bounded(e ast.Expr, args []ast.Expr, word string, strength int) string {
	result, first := w.figure.Step(e), w.figure.Step(args[0])
	if result == first {
		return w.write(args[0], strength)
	}
	return paren(w.write(args[0], sums)+word+w.value(args[1]), weak, strength)
}
