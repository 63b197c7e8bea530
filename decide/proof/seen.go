package proof

import (
	"fmt"
	"maps"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// Seen is what the cases of a pack showed while they ran.
type Seen struct {
	cases  map[string]int // by block
	truths map[*rule.Expression]map[rule.Truth]bool
	marks  map[mark]bool
}

// mark is one thing that a part of an expression was seen to do. Amounts that are written alike in several blocks prove
// one another; conditions do not, since each gate must be shown to stand.
type mark struct {
	expression string
	part       int64
	what       string
}

func newSeen() *Seen {
	return &Seen{cases: map[string]int{}, truths: map[*rule.Expression]map[rule.Truth]bool{}, marks: map[mark]bool{}}
}

func (s *Seen) ran(block string) { s.cases[block]++ }

func (s *Seen) benefit(o *entitle.Outcome) {
	if o.About != nil {
		s.reasons([]explain.Reason{*o.About})
	}
	s.reasons(o.Reasons)
	s.figure(o.Amount.Figure)
}

func (s *Seen) settlement(r *run, result *settle.Result) {
	s.reasons(result.Reasons)
	for i := range result.Payers {
		p := &result.Payers[i]
		s.reasons(p.Reasons)
		s.figure(p.Detail.Figure)
		if p.Payer.EachLine != nil && p.Known {
			for index := range r.of.Subject.Bill.Lines { // a line that is not cut shows the other branch
				s.line(r, result, p.Payer.EachLine, index)
			}
		}
	}
}

// line traces again how the rate of one bill line was found.
func (s *Seen) line(r *run, result *settle.Result, x *rule.Expression, index int) {
	scope := r.basis.Scope(r.of.Subject, result.Decided, result.Status)
	scope.Facts = maps.Clone(scope.Facts)
	maps.Copy(scope.Facts, r.of.Subject.Bill.Lines[index].Facts)
	if figure, err := x.Trace(scope); err == nil {
		s.figure(figure)
	}
}

func (s *Seen) reasons(reasons []explain.Reason) {
	for _, reason := range reasons {
		if reason.Scope != nil {
			s.condition(reason.Test, reason.Scope)
		}
	}
}

// condition traces a condition again to see its answer and how near its comparisons came to their bounds.
func (s *Seen) condition(x *rule.Expression, scope *rule.Scope) {
	figure, err := x.Trace(scope)
	if err != nil {
		return
	}
	truth := map[ref.Val]rule.Truth{types.True: rule.Met, types.False: rule.NotMet}[figure.Value]
	if s.truths[x] == nil {
		s.truths[x] = map[rule.Truth]bool{}
	}
	s.truths[x][truth] = true
	s.figure(figure)
}

// figure records what the parts of a traced expression did.
func (s *Seen) figure(f rule.Figure) {
	if f.Expression == nil {
		return
	}
	f.Reached(func(e ast.Expr) {
		if e.Kind() == ast.CallKind {
			for _, what := range did(f, e) {
				s.marks[mark{f.Expression.Source(), e.ID(), what}] = true
			}
		}
	})
}

// wanted are the things a part of an expression must have been seen to do for its boundaries to count as tried.
func wanted(e ast.Expr) []string {
	switch e.AsCall().FunctionName() {
	case operators.LessEquals, operators.Greater:
		return []string{"at the bound", "just above the bound"}
	case operators.Less, operators.GreaterEquals:
		return []string{"at the bound", "just below the bound"}
	case "cap", "min", "atleast", "max":
		return []string{"first", "second"}
	case "guarantee":
		return []string{"tops up", "already reached"}
	case "tiers", "whole_tier":
		return []string{"at a band's edge", "just below a band's edge"}
	case operators.Conditional:
		return []string{"yes", "no"}
	}
	return nil
}

func did(f rule.Figure, e ast.Expr) []string {
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case operators.LessEquals, operators.Greater, operators.Less, operators.GreaterEquals:
		return distance(f.Step(args[0]), f.Step(args[1]))
	case "cap", "min", "atleast", "max":
		return chosen(f, e, args)
	case "guarantee":
		return map[bool][]string{true: {"already reached"}, false: {"tops up"}}[f.Step(e) == rule.Money(0)]
	case "tiers", "whole_tier":
		return edges(f.Step(args[0]), f.Step(args[1]))
	case operators.Conditional:
		return map[ref.Val][]string{types.True: {"yes"}, types.False: {"no"}}[f.Step(args[0])]
	}
	return nil
}

func chosen(f rule.Figure, e ast.Expr, args []ast.Expr) []string {
	result := f.Step(e)
	var what []string
	for i, word := range []string{"first", "second"} {
		if v := value(f, args[i]); v != nil && v.Equal(result) == types.True {
			what = append(what, word)
		}
	}
	return what
}

func value(f rule.Figure, e ast.Expr) ref.Val {
	if v := f.Step(e); v != nil {
		return v
	}
	if e.Kind() == ast.LiteralKind {
		return e.AsLiteral()
	}
	return nil
}

// distance says how two compared values lie to one another, in the smallest unit of their type.
func distance(a, b ref.Val) []string {
	x, okA := units(a)
	y, okB := units(b)
	if !okA || !okB {
		return nil
	}
	switch x - y {
	case 0:
		return []string{"at the bound"}
	case 1:
		return []string{"just above the bound"}
	case -1:
		return []string{"just below the bound"}
	}
	return nil
}

func units(v ref.Val) (int64, bool) {
	switch v := v.(type) {
	case rule.Money:
		return int64(v), true
	case rule.Rate:
		return int64(v), true
	case rule.Day:
		return int64(v), true
	case types.Int:
		return int64(v), true
	}
	return 0, false
}

func edges(amount, scale ref.Val) []string {
	x, okX := amount.(rule.Money)
	bands, okB := scale.(rule.Bands)
	if !okX || !okB {
		return nil
	}
	var what []string
	for _, band := range bands[min(1, len(bands)):] {
		switch money.Fen(x) {
		case band.From:
			what = append(what, "at a band's edge")
		case band.From - 1:
			what = append(what, "just below a band's edge")
		}
	}
	return what
}

var zh = map[string]string{"at the bound": "正好在界上", "just above the bound": "刚过界上一个单位", "just below the bound": "差界上一个单位",
	"first": "取前一个数", "second": "取后一个数", "tops up": "需要补足", "already reached": "已达到、不补",
	"at a band's edge": "正好在分段点", "just below a band's edge": "差分段点一分", "yes": "条件成立", "no": "条件不成立"}

// gaps are what the cases have not shown of an expression.
func (s *Seen) gaps(x *rule.Expression, condition bool, about *rule.Expression) []Gap {
	if x == nil {
		return nil
	}
	var gaps []Gap
	if condition {
		gaps = append(gaps, s.truthGaps(x, about)...)
	}
	x.Visit(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || !bounded(x, e) {
			return
		}
		for _, what := range wanted(e) {
			if !s.marks[mark{x.Source(), e.ID(), what}] {
				gaps = append(gaps, Gap{x.Node, fault.Text{ZH: part(x, e) + "：没有“" + zh[what] + "”的案例", EN: part(x, e) + ": no case shows “" + what + "”"}})
			}
		}
	})
	return gaps
}

// bounded leaves out comparisons and choices between things no case can move, such as a date of the document.
func bounded(x *rule.Expression, e ast.Expr) bool {
	moves := false
	rule.Visit(e, func(inner ast.Expr) {
		if inner.Kind() == ast.IdentKind {
			v := x.Env().Variable(inner.AsIdent())
			moves = moves || v != nil && v.Origin != rule.FromParameter && v.Name != "rounding" && v.Name != "issued" && v.Name != "in_force_from"
		}
	})
	return moves
}

func part(x *rule.Expression, e ast.Expr) string {
	location := x.Tree().SourceInfo().GetStartLocation(e.ID())
	lines := strings.Split(x.Source(), "\n")
	if location.Line() < 1 || location.Line() > len(lines) {
		return x.Source()
	}
	return around([]rune(lines[location.Line()-1]), location.Column())
}

// around is the part of a line near a column, cut between words.
func around(line []rune, column int) string {
	const reach = 28
	from, to := max(0, column-reach), min(len(line), column+reach)
	for from > 0 && line[from] != ' ' {
		from--
	}
	for to < len(line) && line[to] != ' ' {
		to++
	}
	return strings.TrimSpace(string(line[from:to]))
}

func (s *Seen) truthGaps(x, about *rule.Expression) []Gap {
	if onlyQuestions(x) { // another reading, which the questions' own cases prove
		return nil
	}
	var gaps []Gap
	for _, want := range []struct {
		truth rule.Truth
		zh    string
	}{{rule.Met, "满足"}, {rule.NotMet, "不满足"}, {rule.Unknown, "未知"}} {
		if want.truth == rule.Unknown && (!canBeUnknown(x) || guarded(about, x)) || s.truths[x][want.truth] {
			continue
		}
		gaps = append(gaps, Gap{x.Node, fault.Text{ZH: "条件没有“" + want.zh + "”的案例", EN: "no case shows the condition “" + want.truth.String() + "”"}})
	}
	return gaps
}

func onlyQuestions(x *rule.Expression) bool {
	for _, name := range x.Refs {
		if v := x.Env().Variable(name); v == nil || v.Origin != rule.FromQuestion {
			return false
		}
	}
	return true
}

// guarded tells whether a benefit whose about asks known(x) is not concerned wherever a condition's facts are missing.
func guarded(about, x *rule.Expression) bool {
	if about == nil || about == x {
		return false
	}
	for _, v := range x.Vars {
		if v.Fact != nil && !strings.Contains(about.Source(), "known("+v.Name+")") {
			return false
		}
	}
	return !strings.Contains(about.Source(), "||")
}

// canBeUnknown tells whether a missing fact can leave a condition open.
func canBeUnknown(x *rule.Expression) bool {
	if strings.Contains(x.Source(), "known(") {
		return false
	}
	for _, name := range x.Refs {
		if v := x.Env().Variable(name); v != nil && (v.Origin == rule.FromFact || v.Origin == rule.FromRoster) {
			return true
		}
	}
	return false
}

// Gap is something the cases do not show.
type Gap struct {
	Node *text.Node
	Text fault.Text
}

// String names the place and the gap in Chinese.
func (g Gap) String() string { return g.In("zh") }

// In names the place and the gap in a language.
func (g Gap) In(lang string) string {
	at := g.Node.Position()
	if at == nil {
		return g.Text.In(lang)
	}
	return fmt.Sprintf("%s:%d: %s", at.File, at.Line, g.Text.In(lang))
}
