package entitle

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/ident"
)

// A plan answers the everyday conditions of a benefit without the interpreter: comparisons of facts with parameters and
// constants, rosters, readings, and what joins them; and an amount that is one parameter. Whole rosters are asked that way. What it does not cover, and every
// value that is not as expected, goes to the interpreter, so that answers and errors are its own.
type plan struct {
	about  test
	when   []test
	amount value
}

// test answers a condition; sure is false when only the interpreter can. A nil test is never sure.
type test func(s *rule.Scope) (truth rule.Truth, sure bool)

// value is an operand of a comparison: nil when it is unknown.
type value func(s *rule.Scope) ref.Val

func newPlan(x *policy.Benefit) *plan {
	p := &plan{when: make([]test, len(x.When))}
	if x.About != nil {
		p.about = directly(x.About)
	}
	for i := range x.When {
		p.when[i] = directly(x.When[i].Test)
	}
	if x.Amount != nil {
		p.amount = direct{x.Amount.Env()}.value(x.Amount.Tree().Expr())
	}
	return p
}

func directly(x *rule.Expression) test {
	return direct{x.Env()}.test(x.Tree().Expr())
}

// direct turns a checked expression into functions; a nil result is an expression it does not cover.
type direct struct{ env *rule.Env }

func (d direct) test(e ast.Expr) test {
	if e.Kind() == ast.CallKind {
		if e.AsCall().IsMemberFunction() {
			return d.begins(e.AsCall())
		}
		return d.call(e.AsCall())
	}
	v := d.value(e)
	if v == nil {
		return nil
	}
	return func(s *rule.Scope) (rule.Truth, bool) {
		switch v(s) {
		case nil:
			return rule.Unknown, true
		case types.True:
			return rule.Met, true
		case types.False:
			return rule.NotMet, true
		}
		return rule.Unknown, false
	}
}

func (d direct) call(call ast.CallExpr) test {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalNot:
		return not(d.test(args[0]))
	case operators.LogicalAnd:
		return join2(d.test(args[0]), d.test(args[1]), rule.NotMet)
	case operators.LogicalOr:
		return join2(d.test(args[0]), d.test(args[1]), rule.Met)
	case operators.In:
		return d.oneOf(args[0], args[1])
	case "within":
		return compare(d.value(args[0]), d.value(args[1]), lies)
	default:
		holds := comparisons[name]
		if holds == nil {
			return nil
		}
		return compare(d.value(args[0]), d.value(args[1]), holds)
	}
}

// begins is startsWith; the other member functions look into tables and are left to the interpreter.
func (d direct) begins(call ast.CallExpr) test {
	if call.FunctionName() != "startsWith" {
		return nil
	}
	return compare(d.value(call.Target()), d.value(call.Args()[0]), func(a, b ref.Val) (bool, bool) {
		word, ok := a.(types.String)
		start, both := b.(types.String)
		return ok && both && strings.HasPrefix(string(word), string(start)), ok && both
	})
}

func not(t test) test {
	if t == nil {
		return nil
	}
	return func(s *rule.Scope) (rule.Truth, bool) {
		truth, sure := t(s)
		switch truth {
		case rule.Met:
			return rule.NotMet, sure
		case rule.NotMet:
			return rule.Met, sure
		}
		return truth, sure
	}
}

// join2 is and, or or: either side that is decisive decides, else an unknown one does.
func join2(a, b test, decisive rule.Truth) test {
	if a == nil || b == nil {
		return nil
	}
	return func(s *rule.Scope) (rule.Truth, bool) {
		left, sure := a(s)
		if !sure || left == decisive {
			return left, sure
		}
		right, sure := b(s)
		if sure && left == rule.Unknown && right != decisive {
			return rule.Unknown, true
		}
		return right, sure
	}
}

// compare answers a comparison; one with something unknown is unknown.
func compare(a, b value, holds func(a, b ref.Val) (bool, bool)) test {
	if a == nil || b == nil {
		return nil
	}
	return func(s *rule.Scope) (rule.Truth, bool) {
		left, right := a(s), b(s)
		if left == nil || right == nil { // the other side may be an error
			return rule.Unknown, plain(left) && plain(right)
		}
		truth, sure := holds(left, right)
		return truthOf(truth), sure
	}
}

func truthOf(b bool) rule.Truth {
	if b {
		return rule.Met
	}
	return rule.NotMet
}

// plain tells whether a value is one that comparisons know.
func plain(v ref.Val) bool {
	switch v.(type) {
	case nil, types.Int, types.String, rule.Money, rule.Day, rule.Rate, rule.Division:
		return true
	}
	return false
}

var comparisons = map[string]func(a, b ref.Val) (bool, bool){
	operators.Equals:        func(a, b ref.Val) (bool, bool) { ok := plain(a) && plain(b); return ok && a == b, ok },
	operators.NotEquals:     func(a, b ref.Val) (bool, bool) { ok := plain(a) && plain(b); return ok && a != b, ok },
	operators.Less:          func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x < y, ok },
	operators.LessEquals:    func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x <= y, ok },
	operators.Greater:       func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x > y, ok },
	operators.GreaterEquals: func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x >= y, ok },
}

func lies(a, b ref.Val) (bool, bool) {
	inner, ok := a.(rule.Division)
	outer, both := b.(rule.Division)
	return ok && both && ident.Contains(ident.Division(outer), ident.Division(inner)), ok && both
}

// numbers are two values of the same ordered type; the checker has seen to that where both are ordered.
func numbers(a, b ref.Val) (int64, int64, bool) {
	x, ok := number(a)
	y, both := number(b)
	return x, y, ok && both
}

func number(v ref.Val) (int64, bool) {
	switch v := v.(type) {
	case types.Int:
		return int64(v), true
	case rule.Money:
		return int64(v), true
	case rule.Day:
		return int64(v), true
	case rule.Rate:
		return int64(v), true
	}
	return 0, false
}

func (d direct) oneOf(e, list ast.Expr) test {
	v := d.value(e)
	if v == nil || list.Kind() != ast.ListKind {
		return nil
	}
	var words []ref.Val
	for _, item := range list.AsList().Elements() {
		if item.Kind() != ast.LiteralKind {
			return nil
		}
		words = append(words, item.AsLiteral())
	}
	return func(s *rule.Scope) (rule.Truth, bool) {
		found := v(s)
		if found == nil {
			return rule.Unknown, true
		}
		return truthOf(slices.Contains(words, found)), plain(found)
	}
}

// value is a constant or a name whose place is known beforehand.
func (d direct) value(e ast.Expr) value {
	switch e.Kind() {
	case ast.LiteralKind:
		constant := e.AsLiteral()
		return func(*rule.Scope) ref.Val { return constant }
	case ast.IdentKind: // the checker has made dotted names one
		return d.named(e.AsIdent())
	}
	return nil
}

func (d direct) named(name string) value {
	variable := d.env.Variable(name)
	switch {
	case variable == nil || variable.Type == rule.NoType:
		return nil
	case variable.Origin == rule.FromFact, variable.Origin == rule.FromRoster && variable.Type == rule.BoolType:
		return func(s *rule.Scope) ref.Val {
			if fact, ok := s.Facts.At(name, s.Day); ok {
				return fact.Value
			}
			return nil
		}
	case variable.Origin == rule.FromParameter, variable.Origin == rule.FromQuestion, name == "jurisdiction":
		return func(s *rule.Scope) ref.Val { return s.Frame[name] }
	}
	return nil
}
