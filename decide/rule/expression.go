package rule

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Expression is a checked expression, ready to be evaluated any number of times.
type Expression struct {
	Node *text.Node // where it stands
	Type Type
	Refs []string    // the variables it names, in order of first appearance
	Vars []*Variable // their declarations, in the same order

	env     *Env
	checked *cel.Ast
	program cel.Program
	tracked func() (cel.Program, error)
	test    test    // of a condition the everyday ones need no interpreter for
	operand operand // of a single name or constant
}

// Source is the expression as written.
func (x *Expression) Source() string { return x.Node.Value }

// Tree is the checked tree; a columnar evaluator compiles it.
func (x *Expression) Tree() *ast.AST { return x.checked.NativeRep() }

// Env is what the expression was checked against.
func (x *Expression) Env() *Env { return x.env }

// Compile parses and checks an expression that must have a type; NoType takes whatever type it has. What is wrong is
// recorded with its place, and nil returned.
func (e *Env) Compile(r *text.Report, n *text.Node, want Type) *Expression {
	if n.IsNull() {
		return nil
	}
	if n.Kind != text.Scalar {
		r.At(n, "rule.not-an-expression", text.Say("这里要写表达式", "expected an expression"), fault.Text{})
		return nil
	}
	c := &checker{env: e, report: r, node: n, seen: map[string]bool{}}
	checked := c.check(want)
	if checked == nil {
		return nil
	}
	program, err := e.cel.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		r.At(n, "rule.program", text.Say("表达式无法编译：%s", "the expression cannot be compiled: %s", err), fault.Text{})
		return nil
	}
	if want == NoType {
		want = typeOf(checked.OutputType())
	}
	x := &Expression{Node: n, Type: want, Refs: c.refs, env: e, checked: checked, program: program,
		tracked: sync.OnceValues(func() (cel.Program, error) { return e.cel.Program(checked, cel.EvalOptions(cel.OptTrackState)) })}
	for _, name := range c.refs {
		x.Vars = append(x.Vars, e.variables[name])
	}
	if x.operand = (direct{e}).value(x.Tree().Expr()); want == BoolType {
		x.test = direct{e}.test(x.Tree().Expr())
	}
	return x
}

func typeOf(t *cel.Type) Type {
	for known, celType := range celTypes {
		if celType != nil && t.IsExactType(celType) {
			return Type(known)
		}
	}
	return NoType
}

// Print is the expression in canonical form; compiling it again gives the same tree, save that -(1) has become -1.
func (x *Expression) Print() (string, error) { return cel.AstToString(x.checked) }

// Eval is the value for a case: of the expression's type, or unknown (see Missing). An error names the place.
func (x *Expression) Eval(s *Scope) (ref.Val, error) {
	if truth, sure := x.Directly(s); sure && truth != Unknown { // what is unknown is asked of the interpreter, which names what is missing
		return Bool(truth == Met), nil
	}
	if value := x.Plainly(s); value != nil && isPlain(value) {
		return value, nil
	}
	return x.interpret(s)
}

func (x *Expression) interpret(s *Scope) (ref.Val, error) {
	value, _, err := x.program.Eval(s)
	if err != nil {
		return nil, x.fault(err)
	}
	return value, nil
}

// Trace is Eval that also remembers every step, for an explanation or a measurement of coverage.
func (x *Expression) Trace(s *Scope) (Figure, error) {
	if kind := x.Tree().Expr().Kind(); kind == ast.IdentKind || kind == ast.LiteralKind { // a bare name has no steps
		value, err := x.Eval(s)
		return Figure{Expression: x, Value: value, scope: s}, err
	}
	program, err := x.tracked()
	if err != nil {
		return Figure{}, x.fault(err)
	}
	value, details, err := program.Eval(s)
	if err != nil {
		return Figure{}, x.fault(err)
	}
	f := Figure{Expression: x, Value: value, state: details.State(), scope: s}
	f.look()
	return f, nil
}

// fault moves an evaluation's error to the expression's place, keeping a named cause.
func (x *Expression) fault(err error) error {
	var cause *fault.Error
	if errors.As(err, &cause) {
		placed := *cause
		placed.At = x.Node.Position()
		return &placed
	}
	if strings.Contains(err.Error(), "integer overflow") { // of the int operators, which are cel-go's own
		return &fault.Error{Kind: fault.Invalid, Code: "rule.overflow", Cause: err, At: x.Node.Position(),
			Message: text.Say("整数超出可以表示的范围", "a whole number is out of range"), Hint: text.Say("核对各项数目", "check the counts")}
	}
	return &fault.Error{Kind: fault.Invalid, Code: "rule.evaluation", Cause: err, At: x.Node.Position(),
		Message: text.Say("这条规则算不出结果：%s", "this rule cannot be computed: %s", err)}
}

// Truth is the answer of a condition.
type Truth uint8

// Unknown is not no.
const (
	Unknown Truth = iota
	Met
	NotMet
)

// String is the truth's word in results for machines.
func (t Truth) String() string { return [...]string{"unknown", "met", "not-met"}[t] }

// MarshalText gives the word.
func (t Truth) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Holds evaluates a condition.
func (x *Expression) Holds(s *Scope) (Truth, error) {
	value, err := x.Eval(s)
	if err != nil {
		return Unknown, err
	}
	switch value {
	case types.True:
		return Met, nil
	case types.False:
		return NotMet, nil
	}
	return Unknown, nil
}

// Day evaluates an expression of a day; false when it is unknown.
func (x *Expression) Day(s *Scope) (period.Day, bool, error) {
	value, err := x.Eval(s)
	day, ok := value.(Day)
	return period.Day(day), ok && err == nil, err
}

// Money evaluates an expression of an amount; false when it is unknown.
func (x *Expression) Money(s *Scope) (money.Fen, bool, error) {
	value, err := x.Eval(s)
	amount, ok := value.(Money)
	return money.Fen(amount), ok && err == nil, err
}

// Figure is a value with the steps that led to it.
type Figure struct {
	Expression *Expression
	Value      ref.Val
	state      interpreter.EvalState
	scope      *Scope
	used       []string
	rounded    bool
}

// Step is the value of a part of the expression; nil when it was not needed.
func (f Figure) Step(e ast.Expr) ref.Val {
	if f.state == nil {
		return nil
	}
	if v, ok := f.state.Value(e.ID()); ok {
		return v
	}
	if e.Kind() == ast.IdentKind { // a name standing alone as a branch of a choice is not observed by cel-go
		return f.scope.Value(e.AsIdent())
	}
	return nil
}

// Reached walks the parts of the expression that were needed: of a choice only the branch that was taken.
func (f Figure) Reached(visit func(ast.Expr)) {
	if f.state != nil {
		f.reach(f.Expression.Tree().Expr(), visit)
	}
}

func (f Figure) reach(e ast.Expr, visit func(ast.Expr)) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Conditional {
		visit(e)
		for _, inner := range children(e) {
			f.reach(inner, visit)
		}
		return
	}
	visit(e)
	args := e.AsCall().Args()
	f.reach(args[0], visit)
	switch f.Step(args[0]) {
	case types.True:
		f.reach(args[1], visit)
	case types.False:
		f.reach(args[2], visit)
	}
}

// look finds which variables were really needed, in written order, and whether anything was rounded.
func (f *Figure) look() {
	names := f.Expression.Refs
	reached := make([]bool, len(names))
	f.used = make([]string, 0, len(names))
	f.Reached(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		if i := slices.Index(names, e.AsIdent()); i >= 0 {
			reached[i] = true
		}
		f.rounded = f.rounded || e.AsIdent() == "rounding"
	})
	for i, name := range names {
		if reached[i] {
			f.used = append(f.used, name)
		}
	}
}

// Used are the variables whose values were really needed, in written order.
func (f Figure) Used() []string {
	if f.state == nil {
		return f.Expression.Refs
	}
	return f.used
}

// Rounded tells whether the computation rounded, so that the rounding is named beside it.
func (f Figure) Rounded() bool { return f.rounded }

// Visit walks the expression's parts in written order.
func (x *Expression) Visit(f func(ast.Expr)) { Visit(x.Tree().Expr(), f) }

// Visit walks a part of an expression and everything in it, in written order.
func Visit(e ast.Expr, f func(ast.Expr)) {
	f(e)
	for _, inner := range children(e) {
		Visit(inner, f)
	}
}

func children(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			return append([]ast.Expr{call.Target()}, call.Args()...)
		}
		return call.Args()
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	}
	return nil
}
