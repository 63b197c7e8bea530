package rule

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// checker compiles one expression and turns everything that can be wrong with it into messages with a place.
type checker struct {
	env    *Env
	report *text.Report
	node   *text.Node
	tree   *ast.AST
	refs   []string
	seen   map[string]bool
	failed bool
}

func (c *checker) check(want Type) *cel.Ast {
	parsed, issues := c.env.cel.Parse(c.node.Value)
	if issues.Err() != nil {
		c.issues(issues)
		return nil
	}
	c.tree = parsed.NativeRep()
	c.names(c.tree.Expr())
	if c.failed {
		return nil
	}
	checked, issues := c.env.cel.Check(parsed)
	if issues.Err() != nil {
		c.issues(issues)
		return nil
	}
	c.tree = checked.NativeRep()
	if want != NoType && !checked.OutputType().IsExactType(celTypes[want]) {
		c.say(c.tree.Expr(), "rule.result-type", wrongResult(want, checked.OutputType()), fault.Text{})
	}
	Visit(c.tree.Expr(), c.words)
	if c.failed {
		return nil
	}
	return checked
}

// say records a message at a part of the expression.
func (c *checker) say(e ast.Expr, code string, message, hint fault.Text) {
	c.failed = true
	err := &fault.Error{Kind: fault.Invalid, Code: code, Message: message, Hint: hint}
	if line, column, width := c.place(e); line < 1 {
		err.At = c.node.Position()
	} else {
		err.At = c.node.Inside(line, column, width)
	}
	c.report.Add(err)
}

// place is where a part begins in the expression and how far it is underlined: an operator, or a name. For cel-go a call
// stands at its parenthesis and a dotted name at its last dot.
func (c *checker) place(e ast.Expr) (line, column, width int) {
	location := c.tree.SourceInfo().GetStartLocation(e.ID())
	line, column, width = location.Line(), location.Column(), len([]rune(name(e)))
	if sign, ok := operators.FindReverse(name(e)); ok {
		return line, column, len(sign)
	}
	lines := strings.Split(c.node.Value, "\n")
	if line < 1 || line > len(lines) {
		return line, column, width
	}
	written := []rune(lines[line-1])
	switch from := column; {
	case column >= len(written):
	case written[column] == '(':
		for from > 0 && (written[from-1] == '_' || unicode.IsLetter(written[from-1])) {
			from--
		}
		return line, from, column - from
	case written[column] == '.':
		return line, max(column-strings.LastIndex(name(e), "."), 0), width
	}
	return line, column, width
}

func (c *checker) issues(issues *cel.Issues) {
	c.failed = true
	for _, issue := range issues.Errors() {
		code, message, hint, function := translate(issue.Message)
		width := len([]rune(function))
		c.report.Add(&fault.Error{Kind: fault.Invalid, Code: code, Message: message, Hint: hint,
			At: c.node.Inside(issue.Location.Line(), issue.Location.Column()-width, max(width, 1))})
	}
}

// name is the dotted name an expression is, or "".
func name(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		if operand := name(e.AsSelect().Operand()); operand != "" {
			return operand + "." + e.AsSelect().FieldName()
		}
	case ast.CallKind:
		return e.AsCall().FunctionName()
	}
	return ""
}

func root(e ast.Expr) ast.Expr {
	for e.Kind() == ast.SelectKind {
		e = e.AsSelect().Operand()
	}
	return e
}

// names refuses what the language does not have, before the checker of CEL would say it in its own words.
func (c *checker) names(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		c.variable(e)
	case ast.CallKind:
		c.call(e)
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			c.names(item)
		}
	case ast.LiteralKind:
		switch literal(e).(type) {
		case types.Int, types.String, types.Bool:
		default:
			c.say(e, "rule.literal", literalRefused, literalHint)
		}
	default:
		c.say(e, "rule.construct", constructRefused, constructHint)
	}
}

func (c *checker) variable(e ast.Expr) {
	dotted := name(e)
	if e.Kind() == ast.SelectKind && root(e).Kind() == ast.CallKind {
		dotted = ""
	}
	if c.env.variables[dotted] == nil {
		message, hint := c.env.undeclared(dotted)
		c.sayName(e, dotted, message, hint)
		return
	}
	if !c.seen[dotted] && dotted != "rounding" {
		c.seen[dotted] = true
		c.refs = append(c.refs, dotted)
	}
}

func (c *checker) sayName(e ast.Expr, dotted string, message, hint fault.Text) {
	c.say(root(e), "rule.unknown-name", message, hint)
	at := c.report.List[len(c.report.List)-1].At
	if at == nil || dotted == "" {
		return
	}
	behind := string([]rune(at.Source)[min(at.Column-1+at.Width, len([]rune(at.Source))):])
	if argument, ok := strings.CutPrefix(behind, "("); ok { // on_roster('…') became a name
		argument, _, _ = strings.Cut(argument, ")")
		at.Column, at.Width = at.Column+at.Width+1, len([]rune(argument))
	} else {
		at.Width = len([]rune(dotted))
	}
}

// Names are the variables of the environment, for the nearest name.
func (e *Env) Names() []string { return sortedKeys(e.variables) }

func (c *checker) call(e ast.Expr) {
	call := e.AsCall()
	function := call.FunctionName()
	if call.IsMemberFunction() {
		if !c.member(e) {
			return
		}
	} else if !allowed[function] && !slices.Contains(libraryNames, function) {
		message, hint := undeclaredFunction(function, libraryNames)
		c.say(e, "rule.unknown-function", message, hint)
	}
	for _, arg := range call.Args() {
		c.names(arg)
	}
	c.constant(e)
}

// member checks a call on a table; false when the arguments are not worth reading.
func (c *checker) member(e ast.Expr) bool {
	call := e.AsCall()
	if call.FunctionName() == "startsWith" {
		c.names(call.Target())
		return true
	}
	table := c.env.variables[name(call.Target())]
	if table == nil || table.Table == nil {
		if k := call.Target().Kind(); k == ast.IdentKind && table == nil {
			c.names(call.Target())
			return false
		}
		message, hint := undeclaredFunction(call.FunctionName(), libraryNames)
		c.say(e, "rule.unknown-function", message, hint)
		return false
	}
	c.names(call.Target())
	known := []string{"has", "has_any"}
	for _, column := range table.Table.Values {
		known = append(known, column.Name)
	}
	if !slices.Contains(known, call.FunctionName()) {
		message, hint := noColumn(table.Table.Name, call.FunctionName(), known)
		c.say(e, "rule.unknown-column", message, hint)
		return false
	}
	return true
}

// constant evaluates yuan('…') and its like when the pack is loaded, so that a slip is found then.
func (c *checker) constant(e ast.Expr) {
	call := e.AsCall()
	if !slices.Contains([]string{"yuan", "pct", "day", "division"}, call.FunctionName()) || len(call.Args()) != 1 {
		return
	}
	value := literal(call.Args()[0])
	if value == nil {
		c.say(e, "rule.constant", text.Say("%s(…) 里只能写常数", "%s(…) takes a constant", call.FunctionName()), fault.Text{})
		return
	}
	for _, o := range functions(nil)[call.FunctionName()] {
		if celTypes[o.args[0]].TypeName() != value.Type().TypeName() {
			continue
		}
		if err, ok := o.call(value).(*types.Err); ok {
			c.say(e, "rule.constant", text.Say("常数写错了：%s", "bad constant: %s", err), fault.Text{})
		}
	}
}

// words checks texts that a fact is compared with against the fact's permitted words.
func (c *checker) words(e ast.Expr) {
	if e.Kind() != ast.CallKind {
		return
	}
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.Equals, operators.NotEquals, operators.In:
		c.comparable(e, args)
		c.wordsOf(args[0], args[1])
		c.wordsOf(args[1], args[0])
	}
}

// comparable refuses comparisons of values that have no order or identity for people.
func (c *checker) comparable(e ast.Expr, args []ast.Expr) {
	t := c.tree.GetType(args[0].ID())
	for _, refused := range []Type{BandsType, RatesType} {
		if t.IsExactType(celTypes[refused]) {
			c.say(e, "rule.comparison", text.Say("分段和档次表不能直接比较", "bands and schedules cannot be compared"), fault.Text{})
		}
	}
}

func (c *checker) wordsOf(variable, words ast.Expr) {
	declared := c.env.variables[name(variable)]
	if declared == nil || declared.Words == nil {
		return
	}
	items := []ast.Expr{words}
	if words.Kind() == ast.ListKind {
		items = words.AsList().Elements()
	}
	for _, item := range items {
		word, ok := literal(item).(types.String)
		if ok && !slices.Contains(declared.Words, string(word)) {
			c.say(item, "rule.unknown-word", unknownWord(cmp.Or(declared.Label, fault.Text{ZH: declared.Name}), string(word)), text.OneOf(string(word), declared.Words))
		}
	}
}

var libraryNames = func() []string {
	names := []string{"known", "on_roster", "roster_since", "determined", "total", "number"}
	for function := range functions(nil) {
		if !strings.HasPrefix(function, "_") && !strings.HasPrefix(function, "-") {
			names = append(names, function)
		}
	}
	slices.Sort(names)
	return names
}()
