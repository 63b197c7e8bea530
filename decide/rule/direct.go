package rule

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/kernel/ident"
)

// The everyday conditions of packs (comparisons of facts with parameters and constants, rosters, readings, and what joins
// them) are answered without the interpreter, because whole rosters are asked about them. What this does not cover, and
// every value that is not as expected, goes to the interpreter, so that answers and errors are its own.

// test answers a condition; sure is false when only the interpreter can. A nil test is never sure.
type test func(s *Scope) (truth Truth, sure bool)

// operand is one side of a comparison: nil when it is unknown.
type operand func(s *Scope) ref.Val

// Directly answers a condition without the interpreter; sure is false when only the interpreter can.
func (x *Expression) Directly(s *Scope) (truth Truth, sure bool) {
	if x.test == nil {
		return Unknown, false
	}
	return x.test(s)
}

// Plainly is the value of an expression that is a single fact, parameter or constant; nil for any other, and when it is
// unknown.
func (x *Expression) Plainly(s *Scope) ref.Val {
	if x.operand == nil {
		return nil
	}
	return x.operand(s)
}

// direct turns a checked expression into functions; a nil result is an expression it does not cover.
type direct struct{ env *Env }

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
	return func(s *Scope) (Truth, bool) {
		switch v(s) {
		case nil:
			return Unknown, true
		case types.True:
			return Met, true
		case types.False:
			return NotMet, true
		}
		return Unknown, false
	}
}

func (d direct) call(call ast.CallExpr) test {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalNot:
		return not(d.test(args[0]))
	case operators.LogicalAnd:
		return join2(d.test(args[0]), d.test(args[1]), NotMet)
	case operators.LogicalOr:
		return join2(d.test(args[0]), d.test(args[1]), Met)
	case operators.In:
		return d.oneOf(args[0], args[1])
	case "within":
		return comparing(d.value(args[0]), d.value(args[1]), lies)
	default:
		holds := comparisons[name]
		if holds == nil {
			return nil
		}
		return comparing(d.value(args[0]), d.value(args[1]), holds)
	}
}

// begins is startsWith; the other member functions look into tables and are left to the interpreter.
func (d direct) begins(call ast.CallExpr) test {
	if call.FunctionName() != "startsWith" {
		return nil
	}
	return comparing(d.value(call.Target()), d.value(call.Args()[0]), func(a, b ref.Val) (bool, bool) {
		word, ok := a.(types.String)
		start, both := b.(types.String)
		return ok && both && strings.HasPrefix(string(word), string(start)), ok && both
	})
}

func not(t test) test {
	if t == nil {
		return nil
	}
	return func(s *Scope) (Truth, bool) {
		truth, sure := t(s)
		switch truth {
		case Met:
			return NotMet, sure
		case NotMet:
			return Met, sure
		}
		return truth, sure
	}
}

// join2 is and, or or: either side that is decisive decides, else an unknown one does.
func join2(a, b test, decisive Truth) test {
	if a == nil || b == nil {
		return nil
	}
	return func(s *Scope) (Truth, bool) {
		left, sure := a(s)
		if !sure || left == decisive {
			return left, sure
		}
		right, sure := b(s)
		if sure && left == Unknown && right != decisive {
			return Unknown, true
		}
		return right, sure
	}
}

// compare answers a comparison; one with something unknown is unknown.
func comparing(a, b operand, holds func(a, b ref.Val) (bool, bool)) test {
	if a == nil || b == nil {
		return nil
	}
	return func(s *Scope) (Truth, bool) {
		left, right := a(s), b(s)
		if left == nil || right == nil { // the other side may be an error
			return Unknown, isPlain(left) && isPlain(right)
		}
		truth, sure := holds(left, right)
		return truthOf(truth), sure
	}
}

func truthOf(b bool) Truth {
	if b {
		return Met
	}
	return NotMet
}

// isPlain tells whether a value is one that comparisons know.
func isPlain(v ref.Val) bool {
	switch v.(type) {
	case nil, types.Int, types.String, Money, Day, Rate, Division:
		return true
	}
	return false
}

var comparisons = map[string]func(a, b ref.Val) (bool, bool){
	operators.Equals:        func(a, b ref.Val) (bool, bool) { ok := isPlain(a) && isPlain(b); return ok && a == b, ok },
	operators.NotEquals:     func(a, b ref.Val) (bool, bool) { ok := isPlain(a) && isPlain(b); return ok && a != b, ok },
	operators.Less:          func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x < y, ok },
	operators.LessEquals:    func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x <= y, ok },
	operators.Greater:       func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x > y, ok },
	operators.GreaterEquals: func(a, b ref.Val) (bool, bool) { x, y, ok := numbers(a, b); return x >= y, ok },
}

func lies(a, b ref.Val) (bool, bool) {
	inner, ok := a.(Division)
	outer, both := b.(Division)
	return ok && both && ident.Contains(ident.Division(outer), ident.Division(inner)), ok && both
}

// numbers are two values of the same ordered type; the checker has seen to that where both are ordered.
func numbers(a, b ref.Val) (int64, int64, bool) {
	x, ok := ordinal(a)
	y, both := ordinal(b)
	return x, y, ok && both
}

func ordinal(v ref.Val) (int64, bool) {
	switch v := v.(type) {
	case types.Int:
		return int64(v), true
	case Money:
		return int64(v), true
	case Day:
		return int64(v), true
	case Rate:
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
	return func(s *Scope) (Truth, bool) {
		found := v(s)
		if found == nil {
			return Unknown, true
		}
		return truthOf(slices.Contains(words, found)), isPlain(found)
	}
}

// value is a constant or a name whose place is known beforehand.
func (d direct) value(e ast.Expr) operand {
	switch e.Kind() {
	case ast.LiteralKind:
		constant := e.AsLiteral()
		return func(*Scope) ref.Val { return constant }
	case ast.IdentKind: // the checker has made dotted names one
		return d.named(e.AsIdent())
	}
	return nil
}

func (d direct) named(name string) operand {
	variable := d.env.Variable(name)
	switch {
	case variable == nil || variable.Type == NoType:
		return nil
	case variable.Origin == FromFact, variable.Origin == FromRoster && variable.Type == BoolType:
		return func(s *Scope) ref.Val {
			if fact, ok := s.Fact(name); ok {
				return fact.Value
			}
			return nil
		}
	case variable.Origin == FromParameter, variable.Origin == FromQuestion, name == "jurisdiction":
		return func(s *Scope) ref.Val { return s.Frame[name] }
	}
	return nil
}
