package rule

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/kernel/period"
)

// Scope is what the names of an expression mean for one case: the facts of a subject on a day, the pack's parameters,
// questions and tables, and what the engine has computed so far.
type Scope struct {
	Env   *Env
	Facts Facts
	Line  Facts              // of the fee that is looked at; nil for none
	Day   period.Day         // when facts are read
	Frame map[string]ref.Val // parameters, readings and tables of the pack on a day, for an adoption
	Vars  map[string]ref.Val // computed by the engine for this case
}

// ResolveName finds a name's value; a declared name without one is unknown. It makes a Scope a cel.Activation.
func (s *Scope) ResolveName(name string) (any, bool) {
	if v, ok := s.Vars[name]; ok {
		return v, true
	}
	if fact, ok := s.Fact(name); ok {
		return fact.Value, true
	}
	if v, ok := s.Frame[name]; ok {
		return private(v), true
	}
	if roster, ok := strings.CutPrefix(name, "roster_since."); ok {
		if since, known := s.Facts.RosterSince(roster, s.Day); known {
			return Day(since), true
		}
	}
	if declared := s.Env.variables[name]; declared != nil {
		return declared.unknown, true
	}
	return nil, false
}

// Fact is what is known by a name of the vocabulary, of the fee that is looked at or of the subject.
func (s *Scope) Fact(name string) (*Fact, bool) {
	if fact, ok := s.Line.At(name, s.Day); ok {
		return fact, true
	}
	return s.Facts.At(name, s.Day)
}

// private is a value that this evaluation may keep: cel-go writes the place of use into an error, and a frame is shared.
func private(v ref.Val) ref.Val {
	if err, ok := v.(*types.Err); ok {
		return types.WrapErr(err.Unwrap())
	}
	return v
}

// Parent is nil: a scope is complete.
func (s *Scope) Parent() cel.Activation { return nil }

// Value is a name's value as an expression would see it.
func (s *Scope) Value(name string) ref.Val {
	v, _ := s.ResolveName(name)
	value, _ := v.(ref.Val)
	return value
}

// With is the scope with further computed values.
func (s *Scope) With(vars map[string]ref.Val) *Scope {
	merged := make(map[string]ref.Val, len(s.Vars)+len(vars))
	for name, v := range s.Vars {
		merged[name] = v
	}
	for name, v := range vars {
		merged[name] = v
	}
	inner := *s
	inner.Vars = merged
	return &inner
}

// On is the scope with facts read on another day.
func (s *Scope) On(day period.Day) *Scope {
	moved := *s
	moved.Day = day
	return &moved
}
