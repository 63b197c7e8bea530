package settle

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
)

// in makes the scope ready for one expression: the names it uses that change from payer to payer are set anew, so what
// nobody asks for is not computed.
func (st *settler) in(x *rule.Expression) *rule.Scope {
	for _, name := range x.Refs {
		st.provide(name)
	}
	st.scope.Env = x.Env()
	return st.scope
}

func (st *settler) provide(name string) {
	root, rest, _ := strings.Cut(name, ".")
	switch root {
	case "bill":
		st.set(name, rule.Money(portion(st.result.Bill, rest)))
	case "remaining":
		st.amount(name, rest, st.left, st.takes, st.traced)
	case "part":
		st.amount(name, rest, st.gross, st.takes, st.sorted || st.takes == everyLine)
	case "left":
		id, part, _ := strings.Cut(rest, ".")
		st.amount(name, part, st.left, st.groupIndex(id), st.traced && st.sorted)
	case "determined":
		st.set(name, rule.Bool(st.determined(rest)))
	default:
		st.step(name)
	}
}

// amount sets what of a remainder a name stands for; what waits for facts is unknown for want of the same facts.
func (st *settler) amount(name, part string, r *remainder, group int, known bool) {
	if !known {
		st.set(name, st.wanting(st.waiting))
		return
	}
	st.set(name, rule.Money(portion(r.of(group), part)))
}

// portion is one part of an amount, or its total.
func portion(v subject.Vector, part string) money.Fen {
	for i, name := range subject.PartNames {
		if part == name {
			return v[i]
		}
	}
	return v.Total()
}

// step computes one of the settlement's named steps. An error in it is the value, so that it counts only where the step
// is used.
func (st *settler) step(name string) {
	step := st.named(name)
	if step == nil {
		return
	}
	figure, err := step.Value.Trace(st.in(step.Value))
	if err != nil {
		st.set(name, types.WrapErr(err))
		return
	}
	computed := Step{Name: name, Figure: figure}
	if rounding := st.rounding(st.payer); figure.Rounded() {
		computed.Rounding = &rounding
	}
	st.steps = slices.DeleteFunc(st.steps, func(s Step) bool { return s.Name == name })
	st.steps = append(st.steps, computed)
	st.set(name, figure.Value)
}

func (st *settler) named(name string) *policy.Let {
	for i := range st.rule.Let {
		if st.rule.Let[i].Name == name {
			return &st.rule.Let[i]
		}
	}
	return nil
}

// stood are the steps behind the names an amount used, those behind other steps too, in written order.
func (st *settler) stood(names []string) []Step {
	if len(st.steps) == 0 {
		return nil
	}
	used := map[string]bool{}
	var reach func(names []string)
	reach = func(names []string) {
		for _, name := range names {
			used[name] = true
			for _, s := range st.steps {
				if s.Name == name {
					reach(s.Figure.Used())
				}
			}
		}
	}
	reach(names)
	var stood []Step
	for _, let := range st.rule.Let {
		for _, s := range st.steps {
			if s.Name == let.Name && used[s.Name] {
				stood = append(stood, s)
			}
		}
	}
	return stood
}

// determined tells whether an earlier determination of a scheme holds in the month that decides.
func (st *settler) determined(scheme string) bool {
	month := st.result.Decided.Month()
	for _, d := range st.person.History.Determinations {
		if d.Scheme == scheme && d.From <= month && month <= d.To {
			return true
		}
	}
	return false
}

// wanting is the unknown value that names what is missing.
func (st *settler) wanting(names []string) ref.Val {
	var merged *types.Unknown
	for _, name := range names {
		merged = types.MergeUnknowns(merged, types.NewUnknown(1, types.NewAttributeTrail(name)))
	}
	if merged == nil {
		return types.NewUnknown(1, nil)
	}
	return merged
}

// groupIndex finds a line group by its id; "" is every line.
func (st *settler) groupIndex(id string) int {
	for g, group := range st.rule.Groups {
		if group.ID == id {
			return g
		}
	}
	return everyLine
}

// pay books what a payer takes, so that later expressions can name it.
func (st *settler) pay(id string, amount money.Fen) {
	st.paid += amount
	st.set("paid."+id, rule.Money(amount))
	if st.traced {
		st.set("paid.total", rule.Money(st.paid))
	}
}

// wait leaves a payer's amount open until facts are known; what is left after it is open too.
func (st *settler) wait(id string, names []string) {
	st.traced = false
	st.waiting = union(st.waiting, names)
	st.set("paid."+id, st.wanting(names))
	st.set("paid.total", st.wanting(st.waiting))
}
