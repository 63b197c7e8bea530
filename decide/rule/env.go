package rule

import (
	"fmt"
	"maps"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Origin says what a variable of an expression is, so that an explanation can say where a figure comes from.
type Origin uint8

// The origins of variables.
const (
	Computed      Origin = iota // by the engine: remaining.in_scope, counter.yearly, period.from …
	FromFact                    // of the vocabulary
	FromRoster                  // dated membership
	FromParameter               // of the pack
	FromQuestion                // the reading of a question
	FromTable                   // of the pack
)

// Variable is a name that expressions may use.
type Variable struct {
	Name   string
	Type   Type
	Origin Origin
	Label  fault.Text
	Fact   *FactType // of FromFact and FromRoster
	Words  []string  // permitted words of a text, when they are few
	Table  *TableType

	unknown ref.Val
}

// Env is the set of names and functions that expressions of one place may use.
type Env struct {
	cel        *cel.Env
	Vocabulary *Vocabulary
	variables  map[string]*Variable
}

// reserved names of the engine that every expression may use
var common = []Variable{
	{Name: "on", Type: DayType, Label: fault.Text{ZH: "判定日", EN: "day asked about"}},
	{Name: "jurisdiction", Type: DivisionType, Label: fault.Text{ZH: "适用地区", EN: "adopting division"}},
	{Name: "issued", Type: DayType, Label: fault.Text{ZH: "印发日期", EN: "day of issue"}},
	{Name: "in_force_from", Type: DayType, Label: fault.Text{ZH: "施行日期", EN: "in force from"}},
	{Name: "period.from", Type: DayType, Label: fault.Text{ZH: "期间开始", EN: "period from"}},
	{Name: "period.to", Type: DayType, Label: fault.Text{ZH: "期间结束", EN: "period to"}},
	{Name: "rounding", Type: RoundingType, Label: fault.Text{ZH: "舍入", EN: "rounding"}},
}

// NewEnv is the environment that every pack extends: the vocabulary, the library and the calendar.
func NewEnv(v *Vocabulary, calendar *period.Calendar) (*Env, error) {
	options := []cel.EnvOption{
		cel.ClearMacros(), cel.EnableMacroCallTracking(), cel.HomogeneousAggregateLiterals(),
		cel.ParserRecursionLimit(64), cel.ParserExpressionSizeLimit(4096), cel.CrossTypeNumericComparisons(false),
		cel.Macros(macros()...),
	}
	base, err := cel.NewEnv(append(options, library(calendar)...)...)
	if err != nil {
		return nil, err
	}
	env := &Env{cel: base, Vocabulary: v, variables: map[string]*Variable{}}
	var names []Variable
	for name, fact := range v.Facts {
		names = append(names, Variable{Name: name, Type: fact.Type, Origin: FromFact, Fact: fact, Label: fact.Label, Words: fact.Words()})
	}
	for name, roster := range v.Rosters {
		names = append(names, Variable{Name: "roster." + name, Type: BoolType, Origin: FromRoster, Fact: roster, Label: roster.Label},
			Variable{Name: "roster_since." + name, Type: DayType, Origin: FromRoster, Fact: roster, Label: roster.Label})
	}
	for name, label := range v.Events {
		names = append(names, Variable{Name: "events." + name + ".total", Type: MoneyType, Label: label},
			Variable{Name: "events." + name + ".number", Type: IntType, Label: label})
	}
	return env.Extend(append(names, common...))
}

// Extend is the environment with more variables; a table brings its lookup functions. A name that is taken keeps its
// meaning: to use it again is an error.
func (e *Env) Extend(variables []Variable) (*Env, error) {
	extended := &Env{Vocabulary: e.Vocabulary, variables: maps.Clone(e.variables)}
	var options []cel.EnvOption
	for _, v := range variables {
		if e.variables[v.Name] != nil {
			return nil, &fault.Error{Kind: fault.Conflict, Code: "rule.name-taken", Message: text.Say("名称 %s 已另有含义", "the name %s already means something else", v.Name)}
		}
		v.unknown = types.NewUnknown(1, types.NewAttributeTrail(v.Name))
		if v.Type == IntType || v.Type == TextType || v.Type != NoType {
			options = append(options, cel.Variable(v.Name, celTypes[v.Type]))
		}
		if v.Table != nil {
			options = append(options, v.Table.declare()...)
		}
		extended.variables[v.Name] = &v
	}
	var err error
	extended.cel, err = e.cel.Extend(options...)
	return extended, err
}

// Variable is the declaration of a name, or nil.
func (e *Env) Variable(name string) *Variable { return e.variables[name] }

// Unknown is the value of a declared name that nothing is known of.
func (e *Env) Unknown(name string) ref.Val {
	if v := e.variables[name]; v != nil {
		return v.unknown
	}
	return types.NewUnknown(1, types.NewAttributeTrail(name))
}

// Missing are the names behind an unknown value, in order and once each.
func Missing(v ref.Val) []string {
	unknown, ok := v.(*types.Unknown)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for _, id := range unknown.IDs() {
		trails, _ := unknown.GetAttributeTrails(id)
		for _, trail := range trails {
			seen[trail.Variable()] = true
		}
	}
	return sortedKeys(seen)
}

// macros rewrite the calls that need more than their arguments: the block's rounding, or a named variable.
func macros() []cel.Macro {
	list := []cel.Macro{
		named("on_roster", "roster.%s"), named("roster_since", "roster_since.%s"), named("determined", "determined.%s"),
		named("total", "events.%s.total"), named("number", "events.%s.number"),
	}
	for name, args := range map[string]int{"share": 2, "half": 1, "tiers": 2, "whole_tier": 2, "guarantee": 3, "per": 2, "rounded": 1} {
		list = append(list, cel.GlobalMacro(name, args, func(h cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			return h.NewCall(name, append(args, h.NewIdent("rounding"))...), nil
		}))
	}
	return list
}

// named turns call('x') into the variable of that name.
func named(call, format string) cel.Macro {
	return cel.GlobalMacro(call, 1, func(h cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
		word, ok := literal(args[0]).(types.String)
		if !ok {
			return nil, h.NewError(args[0].ID(), call+"('…') takes a name in quotes")
		}
		parts := strings.Split(fmt.Sprintf(format, string(word)), ".")
		expr := h.NewIdent(parts[0])
		for _, part := range parts[1:] {
			expr = h.NewSelect(expr, part)
		}
		return expr, nil
	})
}

func literal(e ast.Expr) ref.Val {
	if e.Kind() != ast.LiteralKind {
		return nil
	}
	return e.AsLiteral()
}
