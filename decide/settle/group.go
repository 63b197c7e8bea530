package settle

import (
	"slices"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
)

// members shares a group's total among its members. Their rules see what remained at the group's beginning. Where one of
// them waits for a fact the total stands and the division is provisional; else it must add up ("settle.group-open").
func (st *settler) members(group *Payment) ([]Payment, error) {
	members := make([]Payment, 0, len(group.Payer.Members))
	known, sum := true, money.Fen(0)
	for _, p := range group.Payer.Members {
		member, err := st.member(p, group)
		if err != nil {
			return nil, err
		}
		known = known && member.Known
		sum += member.Amount
		members = append(members, member)
	}
	if group.Known {
		if sum > group.Amount || known && sum != group.Amount {
			return nil, st.groupOpen(group.Payer, group.Amount, sum)
		}
		st.result.Groups[group.Payer.ID] = group.Amount
	}
	err := st.take(group)
	rest := group.Drawn
	for i := range members {
		m := &members[i]
		m.Provisional = group.Known && !known
		if m.Traced = group.Traced && group.Known && known; m.Traced {
			m.Before, m.After = group.Before, group.Before-group.Amount
			m.Drawn = drawFrom(&rest, m.Amount, slices.Concat(parts(m.Payer), allParts))
		}
	}
	return members, err
}

// drawFrom takes an amount from a vector, part by part.
func drawFrom(v *subject.Vector, amount money.Fen, order []subject.Part) (drawn subject.Vector) {
	for _, part := range order {
		take := min(amount, v[part])
		v[part] -= take
		drawn[part] += take
		amount -= take
	}
	return drawn
}

// member finds what one member pays of a group's total.
func (st *settler) member(p *policy.Payer, group *Payment) (Payment, error) {
	m := Payment{Payer: p, Group: group.Payer, Note: group.Note}
	statement, stated := st.stated[p.ID]
	var err error
	switch {
	case !group.Known:
		m.Detail.Missing = group.Detail.Missing
	case group.Amount == 0: // nothing to share, whatever the members' rules say
		m.Known = true
	case stated:
		m.Given, m.Known, m.Amount = true, true, statement.total
	default:
		err = st.share(&m)
	}
	st.set("paid."+p.ID, rule.Money(m.Amount))
	if !m.Known {
		st.set("paid."+p.ID, st.wanting(m.Detail.Missing))
	}
	return m, err
}

// share evaluates a member's own gates and amount.
func (st *settler) share(m *Payment) error {
	st.payer, st.steps = m.Payer, nil
	st.set("rounding", rule.Rounding(st.rounding(m.Payer)))
	open, err := st.allowed(m)
	switch {
	case err != nil || !open:
		return err
	case m.Payer.Amount == nil:
		st.unknown(m, []string{"bill.paid." + m.Payer.ID})
		return nil
	}
	return st.detail(m, m.Payer.Amount)
}
