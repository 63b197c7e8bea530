// Package subject is what is known about those a rule is about: a person or household with dated facts, a medical bill,
// what was decided, paid and counted before. It reads the one form that person files, bill files and cases share.
package subject

import (
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Subject is one person, household, provider or area with everything a decision may use.
type Subject struct {
	Name      string
	Pack      string // the pack a file names for itself; "" when it leaves that to the caller
	Facts     rule.Facts
	Bill      *Bill
	History   History
	Events    map[string][]Event // what happened in the period, by kind
	Decisions map[string]Decision
	Procedure Progress
	Measured  map[string]map[string]int64 // counts measured for a duty's indicator
	Roster    []*Subject                  // the frozen list a quota selects from
}

// Event is something countable that happened: drugs handed out, a check-up done.
type Event struct {
	Day    period.Day
	Amount money.Fen
}

// Decision is what a person decided where the document leaves it to judgement.
type Decision struct {
	Amount money.Fen
	Reason string
	By     string
}

// Progress is how far a procedure has come.
type Progress struct {
	Start   period.Day
	Started bool
	Done    map[string]period.Day
}

// History is what was decided, paid, counted and done before, as the record knows it. What it does not list did not
// happen: it is the office's own record, not a fact someone else must supply.
type History struct {
	Determinations []Determination
	Counters       []Entry
	Events         map[string][]period.Day
	Invoices       []string
}

// Determination is an earlier decision for a scheme and some months.
type Determination struct {
	Scheme   string
	From, To period.Month
	Amount   money.Fen // a month
	Reviewed period.Day
	HasDay   bool // Reviewed is stated
	Standing bool // it stood until the month before To; of To itself nothing is said yet but by the rules
}

// Entry is one earlier movement of a counter.
type Entry struct {
	Counter string
	Key     []string // beyond the person; none for a counter of the person alone
	Day     period.Day
	Amount  money.Fen
	Count   int64
}

// Read reads a subject file. Errors stand at their places; nothing is half-read.
func Read(v *rule.Vocabulary, doc *text.Node) (*Subject, error) {
	r := &text.Report{}
	m := r.Map(doc)
	s := ReadMap(r, m, v)
	m.Done()
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// ReadMap reads a subject out of a mapping that may hold further keys of its owner.
func ReadMap(r *text.Report, m *text.Map, v *rule.Vocabulary) *Subject {
	s := &Subject{Name: m.Text("name"), Pack: m.Text("pack"), Facts: v.ReadFacts(r, m)}
	agree(r, m.Get("person"), s.Facts)
	s.Bill = readBill(r, v, m.Get("bill"))
	s.History = readHistory(r, m.Get("history"))
	s.Events = readEvents(r, v, m.Get("events"))
	s.Decisions = readDecisions(r, m.Get("decisions"))
	s.Procedure = readProgress(r, m.Get("procedure"))
	s.Measured = readMeasured(r, m.Get("measured"))
	for _, item := range r.Items(m.Get("roster")) {
		inner := r.Map(item)
		s.Roster = append(s.Roster, ReadMap(r, inner, v))
		inner.Done()
	}
	return s
}

func readHistory(r *text.Report, n *text.Node) History {
	m := r.Map(n)
	h := History{Events: map[string][]period.Day{}}
	for _, item := range r.Items(m.Get("determinations")) {
		h.Determinations = append(h.Determinations, readDetermination(r, item))
	}
	for _, item := range r.Items(m.Get("counters")) {
		h.Counters = append(h.Counters, readEntry(r, item))
	}
	for _, field := range r.Fields(m.Get("events")) {
		for _, day := range r.Items(field.Value) {
			h.Events[field.Key.Value] = append(h.Events[field.Key.Value], r.Day(day))
		}
	}
	h.Invoices = m.Texts("invoices")
	m.Done()
	return h
}

func readDetermination(r *text.Report, n *text.Node) Determination {
	before := len(r.List)
	m := r.Map(n)
	d := Determination{Scheme: r.Text(m.Need("scheme")), From: r.Month(m.Need("from")), Amount: r.Money(m.Get("amount"))}
	if d.To = period.Latest.Month(); m.Get("to") != nil { // not ended yet
		d.To = r.Month(m.Get("to"))
	}
	if reviewed := m.Get("reviewed"); reviewed != nil {
		d.Reviewed, d.HasDay = r.Day(reviewed), true
	}
	if d.To < d.From && len(r.List) == before {
		r.At(n, "history.span", text.Say("结束月份早于开始月份", "it ends before it begins"), fault.Text{})
	}
	m.Done()
	return d
}

func readEntry(r *text.Report, n *text.Node) Entry {
	m := r.Map(n)
	e := Entry{Counter: r.Text(m.Need("counter")), Day: r.Day(m.Need("day")), Key: m.Texts("key"), Amount: r.Money(m.Get("amount")), Count: 1}
	if count := m.Get("count"); count != nil {
		e.Count = r.Int(count)
	}
	if e.Amount < 0 || e.Count < 0 {
		r.At(n, "history.negative", text.Say("累计不能为负", "a counter cannot be negative"), text.Say("冲销请删去原来的一条", "to reverse, remove the earlier entry"))
	}
	m.Done()
	return e
}

func readEvents(r *text.Report, v *rule.Vocabulary, n *text.Node) map[string][]Event {
	events := map[string][]Event{}
	for _, field := range r.Fields(n) {
		kind := field.Key.Value
		if _, known := v.Events[kind]; !known {
			r.At(field.Key, "fact.unknown-event", text.Say("词汇表里没有事项 %s", "the vocabulary has no event %s", kind), text.DidYouMean(kind, keys(v.Events)))
		}
		events[kind] = []Event{}
		for _, item := range r.Items(field.Value) {
			m := r.Map(item)
			event := Event{Day: r.Day(m.Need("day")), Amount: r.Money(m.Get("amount"))}
			if event.Amount < 0 {
				r.At(item, "event.negative", text.Say("金额不能为负", "the amount cannot be negative"), fault.Text{})
			}
			m.Done()
			events[kind] = append(events[kind], event)
		}
	}
	return events
}

func keys[T any](m map[string]T) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return names
}

func readDecisions(r *text.Report, n *text.Node) map[string]Decision {
	decisions := map[string]Decision{}
	for _, field := range r.Fields(n) {
		if field.Value.IsNull() { // not decided yet
			continue
		}
		m := r.Map(field.Value)
		d := Decision{Amount: r.Money(m.Need("amount")), Reason: r.Text(m.Need("reason")), By: m.Text("by")}
		if d.Amount < 0 {
			r.At(field.Value, "decision.negative", text.Say("核定金额不能为负", "the decided amount cannot be negative"), fault.Text{})
		}
		m.Done()
		decisions[field.Key.Value] = d
	}
	return decisions
}

func readProgress(r *text.Report, n *text.Node) Progress {
	m := r.Map(n)
	p := Progress{Done: map[string]period.Day{}}
	if start := m.Get("start"); start != nil {
		p.Start, p.Started = r.Day(start), true
	}
	for _, field := range r.Fields(m.Get("done")) {
		if field.Value.IsNull() { // not done yet
			continue
		}
		p.Done[field.Key.Value] = r.Day(field.Value)
	}
	m.Done()
	return p
}

func readMeasured(r *text.Report, n *text.Node) map[string]map[string]int64 {
	measured := map[string]map[string]int64{}
	for _, field := range r.Fields(n) {
		counts := map[string]int64{}
		for _, count := range r.Fields(field.Value) {
			if counts[count.Key.Value] = r.Int(count.Value); counts[count.Key.Value] < 0 {
				r.At(count.Value, "measured.negative", text.Say("数目不能为负", "a count cannot be negative"), fault.Text{})
			}
		}
		measured[field.Key.Value] = counts
	}
	return measured
}
