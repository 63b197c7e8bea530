package settle

import (
	"maps"
	"slices"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// line is one line of the bill as rules see it.
type line struct {
	*subject.Line
	facts rule.Facts // with the fee item its code stands for
	group int        // of the settlement's line groups
}

// readLines prepares the lines and checks what an application or a cycle asks of them.
func (st *settler) readLines() error {
	codes := st.feeCodes()
	st.lines = make([]line, len(st.bill.Lines))
	for i := range st.bill.Lines {
		st.lines[i] = line{Line: &st.bill.Lines[i], facts: st.bill.Lines[i].Facts, group: everyLine}
		if codes != nil {
			if err := codes.item(&st.lines[i], st.result.Status); err != nil {
				return err
			}
		}
	}
	st.left, st.gross = newRemainder(st.bill.Lines), newRemainder(st.bill.Lines)
	st.sorted = len(st.rule.Groups) == 0
	switch {
	case st.rule.Over == "application":
		return st.invoices()
	case st.rule.Over == "cycle" && st.sorted:
		return st.insideCycle()
	}
	return nil
}

// enter makes a line's facts those of line.* in expressions.
func (st *settler) enter(i int) { st.scope.Line = st.lines[i].facts }

func (st *settler) leave() { st.scope.Line = nil }

// feeCodes is the pack's table of what fee item a charge code stands for, or nil.
type feeCodes struct {
	table  *rule.Table
	column int
	index  map[string]ref.Val
}

func (st *settler) feeCodes() *feeCodes {
	table, ok := st.scope.Frame["fee_codes"].(*rule.Table)
	if !ok || len(table.Keys) != 1 {
		return nil
	}
	column := slices.IndexFunc(table.Values, func(c rule.Column) bool { return c.Name == "item" && c.Type == rule.TextType })
	if column < 0 {
		return nil
	}
	return &feeCodes{table: table, column: 1 + column}
}

// item gives a line without an item the one that its code stands for. In a table that is still to be verified an absent
// code says nothing.
func (f *feeCodes) item(l *line, on period.Day) error {
	code, coded := l.facts.At("line.code", on)
	if _, known := l.facts.At("line.item", on); known || !coded {
		return nil
	}
	if f.index == nil {
		f.index = make(map[string]ref.Val, len(f.table.Rows))
		for _, row := range f.table.Rows {
			f.index[rule.Display(row[0], "")] = row[f.column]
		}
	}
	written := rule.Display(code.Value, "")
	item := f.index[written]
	switch {
	case item != nil:
		l.facts = maps.Clone(l.facts)
		l.facts.Set("line.item", item)
	case !f.table.ToVerify:
		return unknownFeeCode(l.Line, written, slices.Sorted(maps.Keys(f.index)))
	}
	return nil
}

// invoices checks that each line belongs to a dated invoice and that no invoice is used twice: not in the record, and not
// under two dates.
func (st *settler) invoices() error {
	seen := map[string]period.Day{}
	for i := range st.lines {
		l := &st.lines[i]
		number, numbered := l.facts.At("line.invoice", st.result.Status)
		date, dated := l.facts.At("line.date", st.result.Status)
		if !numbered {
			st.miss([]string{"line.invoice"})
		}
		if !dated {
			st.miss([]string{"line.date"})
		}
		if !numbered || !dated {
			continue
		}
		invoice, day := rule.Display(number.Value, ""), dayIn(date)
		if slices.Contains(st.person.History.Invoices, invoice) {
			return usedInvoice(l.Line, invoice)
		}
		if first, again := seen[invoice]; again && first != day {
			return twoInvoices(l.Line, invoice, first, day)
		} else if !again {
			seen[invoice] = day
			st.result.Invoices = append(st.result.Invoices, invoice)
		}
	}
	return nil
}

func dayIn(fact *rule.Fact) period.Day {
	day, _ := fact.Value.(rule.Day) // the vocabulary has made sure that line.date is a day
	return period.Day(day)
}

// insideCycle refuses costs of another cycle. A settlement that sorts its lines into groups says itself what becomes of
// them.
func (st *settler) insideCycle() error {
	for i := range st.lines {
		date, dated := st.lines[i].facts.At("line.date", st.result.Status)
		if !dated {
			continue
		}
		if day := dayIn(date); !st.result.Span.Contains(day) {
			return outsideCycle(st.lines[i].Line, day, st.result.Span)
		}
	}
	return nil
}

// sortLines finds the group of every line. Where a fact is missing to do so, what is drawn cannot be placed.
func (st *settler) sortLines() error {
	if len(st.rule.Groups) == 0 {
		return nil
	}
	var missing []string
	for i := range st.lines {
		names, err := st.sortLine(i)
		if err != nil {
			return err
		}
		missing = union(missing, names)
	}
	st.leave()
	for _, group := range st.rule.Groups {
		if group.Test != nil {
			st.ask(group.Test.Refs)
		}
	}
	if missing != nil {
		st.waiting = missing
		if st.eligible != rule.NotMet { // else only upstream payers stand, mostly of the whole bill: see begin
			st.traced = false
			st.miss(missing)
		}
		return nil
	}
	st.group()
	return nil
}

// sortLine answers every group's test for one line: groups must not overlap.
func (st *settler) sortLine(i int) (missing []string, err error) {
	st.enter(i)
	l := &st.lines[i]
	rest := everyLine
	for g, group := range st.rule.Groups {
		if group.Test == nil {
			rest = g
			continue
		}
		value, err := group.Test.Eval(st.in(group.Test))
		switch {
		case err != nil:
			return nil, err
		case value == rule.Bool(true) && l.group != everyLine:
			return nil, st.twoGroups(i, st.rule.Groups[l.group].ID, group.ID)
		case value == rule.Bool(true):
			l.group = g
		case value != rule.Bool(false):
			missing = union(missing, rule.Missing(value))
		}
	}
	switch {
	case l.group != everyLine: // certainly in one, so in no other
		return nil, nil
	case missing == nil && rest == everyLine:
		return nil, st.noGroup(i)
	case missing == nil:
		l.group = rest
	}
	return missing, nil
}

func (st *settler) group() {
	groups := make([][]int, len(st.rule.Groups))
	for i := range st.lines {
		groups[st.lines[i].group] = append(groups[st.lines[i].group], i)
	}
	st.left.groups, st.gross.groups, st.sorted = groups, groups, true
	for g, group := range st.rule.Groups {
		st.result.Groups[group.ID] = st.gross.of(g).Total()
	}
}

// statement is what a bill states of one payer upstream.
type statement struct {
	total  money.Fen
	byLine []money.Fen // nil when only the total is stated
}

// statements reads what the bill states of payers. Every payer it names must be one that the settlement expects to be
// stated ("bill.unknown-payer"), and figures by line must add up to the total ("bill.payer-lines-disagree").
func statements(bill *subject.Bill, settlement *policy.Settlement) (map[string]statement, error) {
	expected := givenIDs(settlement.Payers)
	if err := checkPayers(bill.Node, bill.Paid, expected); err != nil {
		return nil, err
	}
	stated := map[string]statement{}
	for id, total := range bill.Paid {
		stated[id] = statement{total: total}
	}
	for i := range bill.Lines {
		if err := checkPayers(bill.Lines[i].Node, bill.Lines[i].Paid, expected); err != nil {
			return nil, err
		}
	}
	for _, id := range expected {
		byLine, sum := figures(bill, id)
		if byLine == nil {
			continue
		}
		if total, both := bill.Paid[id]; both && total != sum {
			return nil, linesDisagree(bill, id, total, sum)
		}
		stated[id] = statement{total: sum, byLine: byLine}
	}
	return stated, nil
}

func checkPayers(n *text.Node, paid map[string]money.Fen, expected []string) error {
	var unknown []string
	for id := range paid {
		if !slices.Contains(expected, id) {
			unknown = append(unknown, id)
		}
	}
	if unknown != nil {
		return unknownPayer(n, slices.Min(unknown), expected)
	}
	return nil
}

// figures are what the lines state of one payer, nil when none does.
func figures(bill *subject.Bill, id string) (byLine []money.Fen, sum money.Fen) {
	for i := range bill.Lines {
		amount, stated := bill.Lines[i].Paid[id]
		if !stated {
			continue
		}
		if byLine == nil {
			byLine = make([]money.Fen, len(bill.Lines))
		}
		byLine[i] = amount
		sum += amount
	}
	return byLine, sum
}

func givenIDs(payers []*policy.Payer) []string {
	var ids []string
	for _, p := range payers {
		if p.Given {
			ids = append(ids, p.ID)
		}
		ids = append(ids, givenIDs(p.Members)...)
	}
	return ids
}
