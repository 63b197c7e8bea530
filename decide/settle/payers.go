package settle

import (
	"slices"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// payInOrder goes through the legal order.
func (st *settler) payInOrder() error {
	st.result.Payers = make([]Payment, 0, len(st.rule.Payers))
	for _, p := range st.rule.Payers {
		left, err := st.leftOut(p)
		if err != nil {
			return err
		}
		if left {
			st.skip(p)
			continue
		}
		if err := st.turn(p); err != nil {
			return err
		}
	}
	return nil
}

// leftOut tells whether an unmet gate of a payer speaks of questions only: then the payer belongs to another reading of
// the document and is not part of the statement. What a bill states is never left out.
func (st *settler) leftOut(p *policy.Payer) (bool, error) {
	if _, stated := st.stated[p.ID]; stated {
		return false, nil
	}
	for _, condition := range p.When {
		if !speaksOfQuestions(condition.Test.Refs) {
			continue
		}
		st.ask(condition.Test.Refs)
		truth, err := condition.Test.Holds(st.in(condition.Test))
		if err != nil || truth == rule.NotMet {
			return true, err
		}
	}
	return false, nil
}

func speaksOfQuestions(names []string) bool {
	question := func(name string) bool { return strings.HasPrefix(name, "question.") }
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !question(name) })
}

// skip books nothing for a payer and its members, so that later rules can name them.
func (st *settler) skip(p *policy.Payer) {
	st.pay(p.ID, 0)
	for _, member := range p.Members {
		st.pay(member.ID, 0)
	}
}

// turn is one payer's turn.
func (st *settler) turn(p *policy.Payer) error {
	st.result.Payers = append(st.result.Payers, st.begin(p))
	payment := &st.result.Payers[len(st.result.Payers)-1]
	err := st.fill(payment)
	if err != nil {
		return err
	}
	var members []Payment
	if p.Members != nil {
		if members, err = st.members(payment); err != nil {
			return err
		}
	}
	st.book(payment)
	st.result.Payers = append(st.result.Payers, members...)
	return nil
}

// begin makes ready for a payer's turn. While the line groups are unknown one that takes a group cannot be placed, and what
// is left after it is not known; a payer of this pack that pays nothing leaves all as it is.
func (st *settler) begin(p *policy.Payer) Payment {
	st.payer, st.steps = p, nil
	st.takes = st.groupIndex(p.Takes)
	st.set("rounding", rule.Rounding(st.rounding(p)))
	unplaced := st.takes != everyLine && !st.sorted
	if unplaced && p.Given {
		st.traced = false
	}
	payment := Payment{Payer: p, Traced: st.traced}
	if st.traced {
		payment.Before = st.left.of(everyLine).Total()
	}
	if st.traced && !unplaced {
		st.base[p.ID] = st.left.open(st.takes, parts(p))
	}
	return payment
}

// parts are what a payer draws on. A price cut by line falls on all parts alike.
func parts(p *policy.Payer) []subject.Part {
	if p.EachLine != nil || len(p.Draws) == 0 {
		return allParts
	}
	return p.Draws
}

// rounding is a payer's own, or the settlement's; of no payer (nil) it is the settlement's.
func (st *settler) rounding(p *policy.Payer) money.Rounding {
	return st.basis.Rounding(st.declared(p))
}

func (st *settler) declared(p *policy.Payer) policy.RoundingRule {
	if p != nil && p.Rounding != nil {
		return *p.Rounding
	}
	return st.rule.Rounding
}

func (st *settler) askRounding(p *policy.Payer) {
	if declared := st.declared(p); declared.Question != "" {
		st.ask([]string{"question." + declared.Question})
	}
}

// fill finds what a payer pays and takes it from what is left.
func (st *settler) fill(payment *Payment) error {
	p := payment.Payer
	if stated, ok := st.stated[p.ID]; ok {
		return st.given(payment, stated)
	}
	if !p.Given && st.eligible != rule.Met {
		st.ineligible(payment)
		return nil
	}
	open, err := st.allowed(payment)
	if err != nil || !open {
		return err
	}
	switch {
	case p.Given && p.Amount == nil:
		st.unknown(payment, []string{"bill.paid." + p.ID})
		return nil
	case !p.Given && !st.traced:
		payment.Note, payment.Detail.Missing = waits, st.waiting
		return nil
	case p.EachLine != nil:
		return st.eachLine(payment)
	case p.Members != nil: // drawn by members, whose rules see what remained before
		return st.detail(payment, p.Total)
	}
	if err := st.detail(payment, p.Amount); err != nil {
		return err
	}
	return st.take(payment)
}

// book makes a payer's amount known to those after it.
func (st *settler) book(payment *Payment) {
	switch {
	case !payment.Known:
		payment.Traced = false
		st.wait(payment.Payer.ID, payment.Detail.Missing)
	case st.traced:
		payment.After = st.left.of(everyLine).Total()
		st.pay(payment.Payer.ID, payment.Amount)
	default:
		st.pay(payment.Payer.ID, payment.Amount)
	}
}

// ineligible is an own payer of a settlement whose gates are not met, or not known to be.
func (st *settler) ineligible(payment *Payment) {
	payment.Note = waits
	if payment.Known = st.eligible == rule.NotMet; payment.Known {
		payment.Note = notEligible(st.result.Unmet)
	} else {
		payment.Detail.Missing = explain.Missing(st.result.Reasons)
	}
}

// allowed answers a payer's own gates; without them, or with all met, it is open.
func (st *settler) allowed(payment *Payment) (open bool, err error) {
	truth := rule.Met
	for _, condition := range payment.Payer.When {
		reason, err := st.answer(condition)
		if err != nil {
			return false, err
		}
		payment.Reasons = append(payment.Reasons, reason)
		truth = explain.And(truth, reason.Truth)
		if reason.Truth == rule.NotMet {
			st.unmet(condition.Label)
		}
	}
	switch truth {
	case rule.Unknown:
		st.unknown(payment, explain.Missing(payment.Reasons))
		return false, nil
	case rule.NotMet:
		payment.Known, payment.Note = true, notEligible(unmetOf(payment.Reasons))
		st.barred = st.barred || payment.Group == nil && payment.Own()
		return false, nil
	}
	st.able = st.able || payment.Group == nil && payment.Own()
	return true, nil
}

// unknown leaves a payment open and notes the facts it waits for.
func (st *settler) unknown(payment *Payment, names []string) {
	payment.Known, payment.Note, payment.Detail.Missing = false, waits, names
	if payment.Group == nil && (payment.Payer.Given || st.eligible == rule.Met) {
		st.miss(names) // what only the division inside a group waits for holds nothing up
	}
}

// detail evaluates an amount with everything it stood on.
func (st *settler) detail(payment *Payment, x *rule.Expression) (err error) {
	if payment.Detail, err = explain.Compute(st.in(x), x); err != nil {
		return err
	}
	used := payment.Detail.Figure.Used()
	st.ask(used)
	payment.Steps = st.stood(used)
	if payment.Detail.Rounding != nil || slices.ContainsFunc(payment.Steps, func(s Step) bool { return s.Rounding != nil }) {
		st.askRounding(payment.Payer)
	}
	payment.Amount, payment.Known = payment.Detail.Value, payment.Detail.Known
	switch {
	case !payment.Known:
		st.unknown(payment, payment.Detail.Missing)
	case payment.Amount < 0:
		return st.negative(payment.Payer, payment.Amount)
	}
	return nil
}

// take draws a payment from what is left; a rule that gives more than that is wrong.
func (st *settler) take(payment *Payment) (err error) {
	if !st.traced || payment.Amount == 0 {
		return nil
	}
	p := payment.Payer
	if open := st.base[p.ID]; payment.Amount > open {
		return st.exceeds(p, payment.Amount, open)
	}
	payment.Drawn, err = st.left.draw(payment.Amount, st.takes, parts(p))
	return err
}

// given takes what the bill states of a payer upstream: line by line where it says so.
func (st *settler) given(payment *Payment, stated statement) (err error) {
	p := payment.Payer
	payment.Given, payment.Known, payment.Amount = true, true, stated.total
	if !st.traced {
		if most := st.result.Bill.Total() - st.paid; payment.Amount > most {
			return st.payersExceed(p, payment.Amount, most)
		}
		return nil
	}
	if open := st.base[p.ID]; payment.Amount > open {
		return st.payersExceed(p, payment.Amount, open)
	}
	if stated.byLine == nil {
		payment.Drawn, err = st.left.draw(payment.Amount, st.takes, parts(p))
		return err
	}
	return st.givenByLine(payment, stated.byLine)
}

func (st *settler) givenByLine(payment *Payment, byLine []money.Fen) error {
	p := payment.Payer
	for i, amount := range byLine {
		open := drawable(st.left.lines[i], parts(p))
		if st.takes != everyLine && st.lines[i].group != st.takes {
			open = 0
		}
		if amount > open {
			return st.lineExceeds(p, i, amount, open)
		}
		payment.Drawn = plus(payment.Drawn, st.left.drawLine(i, amount, parts(p)))
	}
	return nil
}

// eachLine pays by line: its rate of what is left of each.
func (st *settler) eachLine(payment *Payment) error {
	p := payment.Payer
	rounding := st.rounding(p)
	payment.Detail.Rounding = &rounding
	var missing []string
	scope := st.in(p.EachLine)
	st.ask(p.EachLine.Refs)
	for _, lines := range st.left.in(st.takes) {
		for _, i := range lines {
			st.enter(i)
			names, err := st.cut(payment, scope, i)
			if err != nil {
				return err
			}
			missing = union(missing, names)
		}
	}
	st.leave()
	if missing != nil {
		payment.Lines = nil
		st.unknown(payment, missing)
		return nil
	}
	payment.Known, payment.Detail.Known = true, true
	return st.cutAll(payment)
}

// cut finds what a payer by line pays of one line. Of a line that is used up it pays nothing, whatever the rate.
func (st *settler) cut(payment *Payment, scope *rule.Scope, i int) (missing []string, err error) {
	x := payment.Payer.EachLine
	base := st.left.lines[i].Total()
	if base == 0 {
		return nil, nil
	}
	value, err := x.Eval(scope)
	if err != nil {
		return nil, err
	}
	rate, known := value.(rule.Rate)
	switch {
	case !known:
		return rule.Missing(value), nil
	case rate == 0:
		return nil, nil
	}
	amount, err := money.Share(base, money.Rate(rate), *payment.Detail.Rounding)
	if err != nil {
		return nil, err
	}
	if money.Rate(rate) <= money.Whole {
		amount = min(amount, base) // rounding up to a jiao must not take more than the line holds
	}
	if amount > base {
		return nil, st.exceeds(payment.Payer, amount, base)
	}
	payment.Lines = append(payment.Lines, LinePayment{Index: i, Label: st.lines[i].Label, Base: base, Rate: money.Rate(rate), Amount: amount,
		Uses: explain.Uses(scope, x.Refs)})
	return nil, nil
}

func (st *settler) cutAll(payment *Payment) (err error) {
	st.askRounding(payment.Payer)
	for k := range payment.Lines {
		l := &payment.Lines[k]
		if l.Drawn, err = st.left.cutLine(l.Index, l.Amount); err != nil {
			return err
		}
		payment.Amount += l.Amount
		payment.Drawn = plus(payment.Drawn, l.Drawn)
	}
	payment.Detail.Value = payment.Amount
	return nil
}

func unmetOf(reasons []explain.Reason) (labels []fault.Text) {
	for _, reason := range reasons {
		if reason.Truth == rule.NotMet {
			labels = append(labels, reason.Label)
		}
	}
	return labels
}
