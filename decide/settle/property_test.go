package settle_test

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// settling are the shipped packs that divide bills.
func settling(t *testing.T) []*policy.Pack {
	t.Helper()
	found, err := fs.Glob(os.DirFS(packs), "*/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []*policy.Pack
	for _, name := range found {
		if p := shipped(t, strings.TrimSuffix(name, "/pack.yaml")); len(p.Settlement) > 0 {
			list = append(list, p)
		}
	}
	if len(list) < 4 {
		t.Fatalf("only %d packs divide bills", len(list))
	}
	return list
}

// random draws subjects that a pack's settlements may concern: mostly eligible, with some facts missing.
type random struct {
	*rapid.T
	pack  *policy.Pack
	day   period.Day
	codes []string // diagnoses that the pack's tables know, and one that none does
	full  bool     // no fact is missing, and most answers are yes
	unit  int64    // every amount is a multiple of this many fen
}

func newRandom(t *rapid.T, p *policy.Pack) *random {
	r := &random{T: t, pack: p, codes: []string{"Z99.9"}, full: rapid.IntRange(0, 2).Draw(t, "full") > 0, unit: 1}
	for _, id := range slices.Sorted(maps.Keys(p.Tables)) {
		table := p.Tables[id]
		for _, row := range table.Rows {
			if table.Type.Keys[0].ICD10 {
				code, _, _ := strings.Cut(strings.Split(rule.Display(row[0], ""), ";")[0], "-")
				r.codes = append(r.codes, code)
			}
		}
	}
	from, to := p.InForce.From, min(p.InForce.To, p.InForce.From.AddYears(2))
	if p.OnAdoption {
		from, to = p.InForce.To.AddDays(-300), p.InForce.To
	}
	r.day = period.Day(rapid.Int32Range(int32(from)+40, int32(to)-40).Draw(t, "day"))
	return r
}

// basis is the pack as adopted, with the readings that are applied or with random ones.
func (r *random) basis(readings bool) *policy.Basis {
	a := &policy.Adoption{Division: "999901", From: rule.Beginning, To: rule.Forever, Readings: map[string]ref.Val{}, Tables: map[string]policy.Overlay{}}
	if r.pack.Jurisdiction != "" {
		a.Division = r.pack.Jurisdiction
	}
	if r.pack.OnAdoption {
		a.From = r.day.AddDays(-200)
	}
	for _, id := range slices.Sorted(maps.Keys(r.pack.Tables)) {
		if table := r.pack.Tables[id]; table.ToVerify && rapid.IntRange(0, 3).Draw(r.T, id) > 0 {
			a.Tables[id] = policy.Overlay{Rows: r.rows(table.Type), Complete: true}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.pack.Questions)) {
		if q := r.pack.Questions[id]; readings && rapid.Bool().Draw(r.T, id) {
			a.Readings[id] = rapid.SampledFrom(q.Readings).Draw(r.T, "reading").Value
		}
	}
	return policy.NewBasis(r.pack, a)
}

// rows fills a list that the document does not print.
func (r *random) rows(t *rule.TableType) [][]ref.Val {
	var row []ref.Val
	for _, c := range slices.Concat(t.Keys, t.Values) {
		switch {
		case c.ICD10:
			row = append(row, rule.Text(rapid.SampledFrom([]string{"Z99", "C34", "I10"}).Draw(r.T, c.Name)))
		case c.Words != nil:
			row = append(row, rule.Text(rapid.SampledFrom(c.Words).Draw(r.T, c.Name)))
		case c.Type == rule.MoneyType:
			row = append(row, rule.Money(r.fen(900_000)))
		case c.Type == rule.RateType:
			row = append(row, rule.Rate(rapid.SampledFrom([]int64{0, 200_000, 500_000, 1_000_000}).Draw(r.T, c.Name)))
		default:
			row = append(row, rule.Text("甲"))
		}
	}
	return [][]ref.Val{row}
}

func (r *random) facts(prefixes ...string) rule.Facts {
	facts := rule.Facts{}
	for _, name := range slices.Sorted(maps.Keys(r.pack.Vocabulary.Facts)) {
		fact := r.pack.Vocabulary.Facts[name]
		root, _, _ := strings.Cut(name, ".")
		if !slices.Contains(prefixes, root) || !r.full && rapid.IntRange(0, 9).Draw(r.T, "missing "+name) == 0 {
			continue
		}
		if value := r.value(name, fact); value != nil {
			facts.Set(name, value)
		}
	}
	return facts
}

func (r *random) value(name string, fact *rule.FactType) ref.Val {
	switch {
	case strings.HasSuffix(name, "diagnosis"):
		return rule.Text(rapid.SampledFrom(r.codes).Draw(r.T, name))
	case len(fact.Values) > 0 && fact.Type == rule.TextType:
		return rule.Text(rapid.SampledFrom(slices.Sorted(maps.Keys(fact.Values))).Draw(r.T, name))
	}
	switch fact.Type {
	case rule.BoolType:
		return rule.Bool(rapid.IntRange(0, 9).Draw(r.T, name) > 0)
	case rule.DayType:
		return rule.Day(r.day.AddDays(rapid.IntRange(-30, 0).Draw(r.T, name)))
	case rule.MoneyType:
		return rule.Money(rapid.Int64Range(0, 2_000_000).Draw(r.T, name))
	case rule.IntType:
		low, high := int64(0), int64(100)
		if fact.Range != nil {
			low, high = fact.Range[0], fact.Range[1]
		}
		return rule.Int(rapid.Int64Range(low, high).Draw(r.T, name))
	case rule.DivisionType:
		return rule.Division(r.pack.Jurisdiction)
	case rule.TextType:
		return rule.Text("甲")
	}
	return nil
}

func (r *random) subject() *subject.Subject {
	s := &subject.Subject{Facts: r.facts("person", "household", "visit", "application", "approval")}
	for _, name := range []string{"visit.date", "visit.discharged", "application.day", "approval.day"} {
		s.Facts.Set(name, rule.Day(r.day))
	}
	for _, name := range slices.Sorted(maps.Keys(r.pack.Vocabulary.Rosters)) {
		if on := rapid.IntRange(0, 9).Draw(r.T, name); on > 0 || r.full {
			s.Facts["roster."+name] = []rule.Fact{{Value: rule.Bool(on > 2), Span: period.Span{From: r.day.AddDays(-500), To: rule.Forever}}}
		}
	}
	for _, settlement := range r.pack.Settlement {
		for _, c := range settlement.Accumulate {
			if rapid.Bool().Draw(r.T, c.ID) {
				s.History.Counters = append(s.History.Counters, subject.Entry{Counter: c.ID, Day: r.day, Amount: r.fen(30_000), Count: 1})
			}
		}
	}
	s.Bill = r.bill()
	return s
}

func (r *random) fen(most int64) money.Fen {
	return money.Fen(rapid.Int64Range(0, most).Draw(r.T, "fen") * r.unit)
}

func (r *random) bill() *subject.Bill {
	bill := &subject.Bill{Paid: map[string]money.Fen{}}
	most := 4
	if r.unit > 1 {
		most = 1
	}
	for i := range rapid.IntRange(1, most).Draw(r.T, "lines") {
		line := subject.Line{Facts: r.facts("line")}
		line.Facts.Set("line.invoice", rule.Text(strconv.Itoa(i)))
		for part := range line.Fee {
			line.Fee[part] = r.fen(rapid.SampledFrom([]int64{0, 50, 900, 90_000, 900_000}).Draw(r.T, "most") / min(r.unit, 1000))
		}
		bill.Lines = append(bill.Lines, line)
	}
	return bill
}

// stated adds what the payers upstream of a settlement have paid, never more than the bill.
func (r *random) stated(s *subject.Subject, settlement *policy.Settlement) {
	rest := s.Bill.Total()[subject.InScope] / 2
	for _, p := range settlement.Payers {
		if p.Given && rapid.IntRange(0, 9).Draw(r.T, "stated "+p.ID) > 0 {
			paid := r.fen(int64(rest) / r.unit)
			s.Bill.Paid[p.ID] = paid
			rest -= paid
		}
	}
}

// draw is a random subject with a bill, and the settlement that claims it (nil for none).
func (r *random) draw(b *policy.Basis) *subject.Subject {
	s := r.subject()
	r.stated(s, rapid.SampledFrom(r.pack.Settlement).Draw(r.T, "settlement"))
	if result, err := settle.Settle(b, s); err == nil && result.Settlement != nil {
		s.Bill.Paid = map[string]money.Fen{}
		r.stated(s, result.Settlement)
	} else if fault.CodeOf(err) == "bill.unknown-payer" {
		s.Bill.Paid = map[string]money.Fen{}
		if result, err = settle.Settle(b, s); err == nil && result.Settlement != nil {
			r.stated(s, result.Settlement)
		}
	}
	return s
}

// excused are errors that a random bill may deserve. A rule that gives what cannot be paid (settle.…) is never excused.
func excused(err error) bool {
	code := fault.CodeOf(err)
	return code == "rule.table-miss" || strings.HasPrefix(code, "bill.")
}

func eachPack(t *testing.T, property func(t *rapid.T, p *policy.Pack)) {
	for _, p := range settling(t) {
		t.Run(p.ID, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { property(t, p) })
		})
	}
}

// TestShippedPacksClose settles random bills under random readings: whatever comes out is whole, positive and in order.
func TestShippedPacksClose(t *testing.T) {
	eachPack(t, func(t *rapid.T, p *policy.Pack) {
		r := newRandom(t, p)
		b := r.basis(true)
		s := r.draw(b)
		result, err := settle.Settle(b, s)
		if err != nil {
			if !excused(err) {
				t.Fatal(fault.RenderError(err, "zh"))
			}
			return
		}
		sound(t, result)
		again, err := settle.Settle(b, s)
		if err != nil || told(again) != told(result) {
			t.Fatalf("not deterministic:\n%s\n%s", told(result), told(again))
		}
	})
}

// sound checks what holds of every result.
func sound(t *rapid.T, r *settle.Result) {
	if !slices.Contains(verdicts, r.Verdict) {
		t.Fatalf("verdict %q", r.Verdict)
	}
	if (r.Verdict == explain.DocumentsNeeded) != (len(r.Missing) > 0) && r.Verdict != explain.NotPayable {
		t.Fatalf("documents needed, and none named: %s", told(r))
	}
	if r.Settlement == nil {
		return
	}
	remaining, sum, left := r.Bill.Total(), money.Fen(0), r.Bill
	for i := range r.Payers {
		p := &r.Payers[i]
		if p.Amount < 0 || !p.Known && p.Amount != 0 {
			t.Fatalf("%s pays %s: %s", p.Payer.ID, p.Amount, told(r))
		}
		if p.Group != nil {
			continue
		}
		sum += p.Amount
		if !p.Traced {
			continue
		}
		if p.Before != remaining || p.Amount > p.Before || p.After != p.Before-p.Amount || p.Drawn.Total() != p.Amount {
			t.Fatalf("%s pays %s of %s, drawing %v: %s", p.Payer.ID, p.Amount, p.Before, p.Drawn, told(r))
		}
		remaining = p.After
		for part := range left {
			if left[part] -= p.Drawn[part]; left[part] < 0 || p.Drawn[part] < 0 {
				t.Fatalf("%s draws %v: %s", p.Payer.ID, p.Drawn, told(r))
			}
		}
	}
	if r.PatientKnown && (sum+r.Patient != r.Bill.Total() || r.Patient < 0 || r.PatientParts.Total() != r.Patient || r.PatientParts != left) {
		t.Fatalf("payers %s and patient %s of %s: %s", sum, r.Patient, r.Bill.Total(), told(r))
	}
}

// TestHigherFeesDoNotLowerThePatientsPart raises one part of one line by some fen. Under the readings that are applied no
// patient then bears less than before, but where the settlement says so (notch). Each amount that is rounded may move by
// up to a fen of its own, always in somebody's favour, so that much is allowed and no more.
func TestHigherFeesDoNotLowerThePatientsPart(t *testing.T) {
	eachPack(t, func(t *rapid.T, p *policy.Pack) {
		r := newRandom(t, p)
		r.raise(rapid.SampledFrom([]int64{1, 1, 2, 100, 12_345}).Draw(t, "more"), rounded)
	})
}

// TestHigherFeesNeverLowerThePatientsPart does the same with amounts so round that no rule has a fen to round: then
// nothing is allowed.
func TestHigherFeesNeverLowerThePatientsPart(t *testing.T) {
	eachPack(t, func(t *rapid.T, p *policy.Pack) {
		r := newRandom(t, p)
		r.unit = 1_000_000
		r.raise(rapid.Int64Range(1, 30).Draw(t, "more")*r.unit, func(*settle.Result) money.Fen { return 0 })
	})
}

func (r *random) raise(more int64, allowed func(*settle.Result) money.Fen) {
	b := r.basis(false)
	s := r.draw(b)
	before, err := settle.Settle(b, s)
	if err != nil || before.Notch || !before.PatientKnown {
		return
	}
	line := rapid.IntRange(0, len(s.Bill.Lines)-1).Draw(r.T, "line")
	part := rapid.IntRange(0, int(subject.Parts)-1).Draw(r.T, "part")
	s.Bill.Lines[line].Fee[part] += money.Fen(more)
	after, err := settle.Settle(b, s)
	switch {
	case err != nil && !excused(err):
		r.Fatal(fault.RenderError(err, "zh"))
	case err != nil || !after.PatientKnown: // a higher fee may ask for facts that a lower one did not
		return
	}
	if after.Patient < before.Patient-max(allowed(before), allowed(after)) {
		r.Fatalf("the patient bore %s and bears %s\nbefore %s\nafter  %s", before.Patient, after.Patient, told(before), told(after))
	}
}

// rounded is how many amounts of a result were rounded.
func rounded(r *settle.Result) money.Fen {
	n := 0
	for _, p := range r.Payers {
		switch {
		case len(p.Lines) > 0:
			n += len(p.Lines)
		case p.Detail.Rounding != nil || len(p.Steps) > 0:
			n++
		}
	}
	return money.Fen(n)
}
