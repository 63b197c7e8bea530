package rule

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/kernel/fault"
)

// Wording is how an expression is put into words.
type Wording struct {
	Lang  string
	Value func(name string) ref.Val // of a parameter or reading that applies; nil for none
	Name  func(v *Variable) string  // what a variable is called; "" leaves it to its label
}

// Words is the expression as people say it, before anybody is asked about: 残疾等级 ≤ 最轻可补等级（2）. What the readings that apply decide is left
// out: of a choice between readings only the branch taken stands.
func (x *Expression) Words(w Wording) string { return wordWriter{w, x.env}.write(x.Tree().Expr(), 0) }

// Settled is what the readings that apply already answer of a condition, whoever it is asked about.
func (x *Expression) Settled(w Wording) Truth { return wordWriter{w, x.env}.settled(x.Tree().Expr()) }

type wordWriter struct {
	Wording
	env *Env
}

// How strongly words bind, for parentheses.
const (
	choices = iota
	alternatives
	demands
	relations
	additions
	products
)

func (w wordWriter) say(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(w.Lang) }

func (w wordWriter) write(e ast.Expr, strength int) string {
	switch w.settled(e) {
	case Met:
		return w.say("按所用的读法总是成立", "always so by the reading applied")
	case NotMet:
		return w.say("按所用的读法不适用", "never so by the reading applied")
	}
	switch e.Kind() {
	case ast.IdentKind:
		return w.name(e.AsIdent())
	case ast.LiteralKind:
		return Display(e.AsLiteral(), w.Lang)
	case ast.ListKind:
		return w.list(e, nil)
	case ast.CallKind:
		return w.call(e, strength)
	}
	return ""
}

// name is what a variable is called; a reading is told by its value.
func (w wordWriter) name(name string) string {
	v := w.env.Variable(name)
	if v == nil {
		return name
	}
	if v.Origin == FromQuestion && w.Value != nil {
		return Display(w.Value(name), w.Lang)
	}
	if w.Name != nil {
		if said := w.Name(v); said != "" {
			return said
		}
	}
	label := v.Label.In(w.Lang)
	switch {
	case label == "":
		return name
	case v.Origin == FromRoster && v.Type == BoolType:
		return fmt.Sprintf(w.say("在“%s”名册", "on the roster “%s”"), label)
	case v.Origin == FromRoster:
		return fmt.Sprintf(w.say("列入“%s”名册的日期", "since when on the roster “%s”"), label)
	}
	return label
}

// list is several constants; those of a fact with few words are told in its words.
func (w wordWriter) list(e ast.Expr, of ast.Expr) string {
	var words []string
	for _, element := range e.AsList().Elements() {
		words = append(words, w.side(element, of))
	}
	return strings.Join(words, w.say("、", ", "))
}

// side is one side of a comparison; a word that the other side's fact knows is told in its label.
func (w wordWriter) side(e, other ast.Expr) string {
	word, isText := literal(e).(types.String)
	if isText && other != nil && other.Kind() == ast.IdentKind {
		if v := w.env.Variable(other.AsIdent()); v != nil && v.Fact != nil && v.Fact.Values[string(word)].ZH != "" {
			return v.Fact.Values[string(word)].In(w.Lang)
		}
	}
	return w.write(e, additions)
}

func (w wordWriter) call(e ast.Expr, strength int) string {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		return w.member(call)
	}
	switch call.FunctionName() {
	case operators.LogicalAnd:
		return w.joined(args, w.say(" 且 ", " and "), demands, strength)
	case operators.LogicalOr:
		return w.joined(args, w.say(" 或 ", " or "), alternatives, strength)
	case operators.LogicalNot:
		return w.say("不是（", "not (") + w.write(args[0], choices) + w.say("）", ")")
	case operators.Conditional:
		return w.choice(args, strength)
	case operators.In:
		return w.contained(args)
	}
	if sign, ok := signs[call.FunctionName()]; ok {
		return paren(w.side(args[0], args[1])+sign.In(w.Lang)+w.side(args[1], args[0]), relations, strength)
	}
	return w.function(call.FunctionName(), args, strength)
}

var signs = map[string]fault.Text{operators.Equals: {ZH: " 为 ", EN: " is "}, operators.NotEquals: {ZH: " 不为 ", EN: " is not "}, operators.Less: {ZH: " < ", EN: " < "},
	operators.LessEquals: {ZH: " ≤ ", EN: " ≤ "}, operators.Greater: {ZH: " > ", EN: " > "}, operators.GreaterEquals: {ZH: " ≥ ", EN: " ≥ "}}

// joined are conditions with a word between them, without those that a reading has answered.
func (w wordWriter) joined(args []ast.Expr, word string, own, strength int) string {
	var open []ast.Expr
	for _, arg := range args {
		if w.settled(arg) == Unknown {
			open = append(open, arg)
		}
	}
	if len(open) == 1 {
		return w.write(open[0], strength)
	}
	var parts []string
	for _, arg := range open {
		parts = append(parts, w.write(arg, own))
	}
	return paren(strings.Join(parts, word), own, strength)
}

func (w wordWriter) choice(args []ast.Expr, strength int) string {
	switch w.settled(args[0]) {
	case Met:
		return w.write(args[1], strength)
	case NotMet:
		return w.write(args[2], strength)
	}
	return paren(fmt.Sprintf(w.say("%s 时：%s；否则：%s", "if %s: %s; else: %s"), w.write(args[0], choices), w.write(args[1], demands), w.write(args[2], demands)), choices, strength)
}

func (w wordWriter) contained(args []ast.Expr) string {
	if args[1].Kind() == ast.ListKind {
		return fmt.Sprintf(w.say("%s 为 %s 之一", "%s is one of %s"), w.write(args[0], additions), w.list(args[1], args[0]))
	}
	return fmt.Sprintf(w.say("%s 含 %s", "%s holds %s"), w.write(args[1], additions), w.side(args[0], args[1]))
}

// settled is what the readings that apply already answer.
func (w wordWriter) settled(e ast.Expr) Truth {
	if e.Kind() != ast.CallKind || e.AsCall().IsMemberFunction() {
		return Unknown
	}
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case operators.LogicalNot:
		return map[Truth]Truth{Met: NotMet, NotMet: Met}[w.settled(args[0])]
	case operators.LogicalAnd:
		return w.settledBy(args, NotMet, Met)
	case operators.LogicalOr:
		return w.settledBy(args, Met, NotMet)
	case operators.Equals:
		return w.reads(args)
	case operators.NotEquals:
		return map[Truth]Truth{Met: NotMet, NotMet: Met}[w.reads(args)]
	}
	return Unknown
}

// settledBy is one answer as soon as one part gives it, and the other when all give that.
func (w wordWriter) settledBy(args []ast.Expr, one, all Truth) Truth {
	answer := all
	for _, arg := range args {
		switch w.settled(arg) {
		case one:
			return one
		case Unknown:
			answer = Unknown
		}
	}
	return answer
}

// reads compares a question's reading with a constant.
func (w wordWriter) reads(args []ast.Expr) Truth {
	if args[0].Kind() != ast.IdentKind || w.Value == nil {
		return Unknown
	}
	v, constant := w.env.Variable(args[0].AsIdent()), literal(args[1])
	if v == nil || v.Origin != FromQuestion || constant == nil {
		return Unknown
	}
	reading := w.Value(v.Name)
	switch {
	case reading == nil:
		return Unknown
	case reading.Equal(constant) == types.True:
		return Met
	}
	return NotMet
}

// phrases are the functions of the library in words; %[1]s and so on are what they are of.
var phrases = map[string]fault.Text{
	"tiers": {ZH: "%[1]s 按 %[2]s 逐段计算", EN: "%[1]s, slice by slice at %[2]s"}, "whole_tier": {ZH: "%[1]s 按所在段的 %[2]s 计算", EN: "%[1]s at the rate of its band of %[2]s"},
	"guarantee": {ZH: "补足到 %[1]s × %[2]s（已付 %[3]s）", EN: "filled up to %[1]s × %[2]s (%[3]s being paid)"},
	"cap":       {ZH: "%[1]s，最多 %[2]s", EN: "%[1]s, at most %[2]s"}, "atleast": {ZH: "%[1]s，至少 %[2]s", EN: "%[1]s, at least %[2]s"},
	"min": {ZH: "%[1]s 与 %[2]s 中较低的", EN: "the lower of %[1]s and %[2]s"}, "max": {ZH: "%[1]s 与 %[2]s 中较高的", EN: "the higher of %[1]s and %[2]s"},
	"step": {ZH: "%[1]s 的第 %[2]s 档", EN: "step %[2]s of %[1]s"}, "within": {ZH: "%[1]s 在 %[2]s 内", EN: "%[1]s lies in %[2]s"}, "known": {ZH: "登记有 %[1]s", EN: "%[1]s is on record"},
	"yuan": {ZH: "%[1]s 元", EN: "%[1]s yuan"}, "pct": {ZH: "%[1]s%%", EN: "%[1]s%%"}, "day": {ZH: "%[1]s", EN: "%[1]s"}, "division": {ZH: "%[1]s", EN: "%[1]s"}, "rounded": {ZH: "%[1]s", EN: "%[1]s"},
	"age": {ZH: "%[1]s 到 %[2]s 的周岁", EN: "years of age from %[1]s to %[2]s"}, "full_months": {ZH: "%[1]s 到 %[2]s 的整月数", EN: "whole months from %[1]s to %[2]s"},
	"days_between": {ZH: "%[1]s 到 %[2]s 的天数", EN: "days from %[1]s to %[2]s"}, "add_days": {ZH: "%[1]s 加 %[2]s 日", EN: "%[1]s plus %[2]s days"}, "add_months": {ZH: "%[1]s 加 %[2]s 个月", EN: "%[1]s plus %[2]s months"},
	"add_years": {ZH: "%[1]s 加 %[2]s 年", EN: "%[1]s plus %[2]s years"}, "working_days_after": {ZH: "%[1]s 后 %[2]s 个工作日", EN: "%[2]s working days after %[1]s"},
	"month_start": {ZH: "%[1]s 的当月一日", EN: "the first of the month of %[1]s"}, "month_end": {ZH: "%[1]s 的当月末日", EN: "the last of the month of %[1]s"}, "month_after": {ZH: "%[1]s 的次月一日", EN: "the first of the month after %[1]s"},
	"year_start": {ZH: "%[1]s 的当年一月一日", EN: "the first day of the year of %[1]s"}, "year_end": {ZH: "%[1]s 的当年末日", EN: "the last day of the year of %[1]s"},
	"year_of": {ZH: "%[1]s 的年份", EN: "the year of %[1]s"}, "month_of": {ZH: "%[1]s 的月份", EN: "the month of %[1]s"}, "date": {ZH: "%[1]s 年 %[2]s 月 %[3]s 日", EN: "day %[3]s of month %[2]s, %[1]s"},
}

func (w wordWriter) function(name string, args []ast.Expr, strength int) string {
	switch name {
	case operators.Add:
		return w.infix(args, " + ", additions, strength)
	case operators.Subtract:
		return w.infix(args, " − ", additions, strength)
	case operators.Multiply, "share":
		return w.infix(args, " × ", products, strength)
	case "per", "ratio", "rate_of":
		return w.infix(args, " ÷ ", products, strength)
	case "half":
		return paren(w.write(args[0], products)+" × 50%", products, strength)
	case operators.Negate:
		return "−" + w.write(args[0], products)
	}
	phrase, ok := phrases[name]
	if !ok {
		return name
	}
	var said []any
	for _, arg := range args {
		said = append(said, w.write(arg, additions))
	}
	used := strings.Count(phrase.ZH, "%[") // the block's rounding, which macros add, is told beside the amount
	if args[0].Kind() == ast.LiteralKind { // a constant needs no parentheses
		strength = choices
	}
	return paren(fmt.Sprintf(phrase.In(w.Lang), said[:min(used, len(said))]...), relations, strength)
}

func (w wordWriter) infix(args []ast.Expr, sign string, own, strength int) string {
	return paren(w.write(args[0], own)+sign+w.write(args[1], own+1), own, strength)
}

// member is a question to a table, or the beginning of a text.
func (w wordWriter) member(call ast.CallExpr) string {
	target := w.write(call.Target(), products)
	var keys []string
	for _, arg := range call.Args() {
		keys = append(keys, w.write(arg, additions))
	}
	of := strings.Join(keys, w.say("、", ", "))
	switch call.FunctionName() {
	case "has":
		return fmt.Sprintf(w.say("%s 在“%s”内", "%s is in “%s”"), of, target)
	case "has_any":
		return fmt.Sprintf(w.say("%s 有一项在“%s”内", "one of %s is in “%s”"), of, target)
	case "startsWith":
		return fmt.Sprintf(w.say("%s 以 %s 开头", "%s begins with %s"), target, of)
	}
	return fmt.Sprintf(w.say("“%s”中 %s 的 %s", "“%[1]s” for %[2]s: %[3]s"), target, of, call.FunctionName())
}
