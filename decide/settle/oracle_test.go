package settle_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// The two calculations of this file are written a second time from the documents, in plain fen and plain loops, and know
// nothing of packs, expressions or the engine. Fees are four numbers: in scope, self-paid first, over the limit, outside.

type slowLine struct {
	item      string
	diagnosis string
	date      string // of the cost, "" when the line states none
	days      int64
	listed    bool
	planned   bool
	fee       [4]int64
	insurance int64 // paid by basic insurance, when it is stated by line
}

func slowSum(fee [4]int64) int64 { return fee[0] + fee[1] + fee[2] + fee[3] }

// slowFloor is total × part ÷ whole, downwards.
func slowFloor(total, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	product := new(big.Int).Mul(big.NewInt(total), big.NewInt(part))
	return product.Div(product, big.NewInt(whole)).Int64()
}

// slowHalfUp is amount × percent ÷ 100 to the nearest fen, a half upwards.
func slowHalfUp(amount, percent int64) int64 { return (amount*percent + 50) / 100 }

// slowCut takes a price cut off all four parts of a line, by cumulative floors.
func slowCut(fee *[4]int64, cut int64) {
	whole, before, cumulative := slowSum(*fee), int64(0), int64(0)
	original := *fee
	for part := range 4 {
		cumulative += original[part]
		upTo := slowFloor(cut, cumulative, whole)
		fee[part] -= upTo - before
		before = upTo
	}
}

// slowPay takes an upstream payment off two piles of fees, in the order of the parts; within a part the first pile bears
// its share downwards and the second the rest.
func slowPay(first, second *[4]int64, paid int64) {
	for part := range 4 {
		all := first[part] + second[part]
		take := min(paid, all)
		toFirst := slowFloor(take, first[part], all)
		first[part] -= toFirst
		second[part] -= take - toFirst
		paid -= take
	}
}

// slowPayLine takes a payment off one line, in the order of the parts.
func slowPayLine(fee *[4]int64, paid int64) {
	for part := range 4 {
		take := min(paid, fee[part])
		fee[part] -= take
		paid -= take
	}
}

// slowOutpatient is 平阴 二（三）1 and 2: three fees free in the convenience clinic and six halved anywhere, then basic
// insurance, then all that is left of listed drugs within the plan and a month for the ten diseases, then medical
// assistance, then of what is left in scope of the rest half below 1,000 yuan and four fifths from there on.
type slowOutpatient struct {
	eligible    bool
	convenience bool
	lines       []slowLine
	byLine      bool
	insurance   int64 // when it is not stated by line
	assistance  int64

	reduction, chronic, aid, patient int64
	billed, chronicBilled            int64
}

var (
	slowFree    = map[string]bool{"registration_ordinary": true, "consultation": true, "general_treatment": true, "record_book": true}
	slowHalved  = map[string]bool{"ecg": true, "b_ultrasound": true, "chest_fluoroscopy": true, "treatment": true, "consultation_expert": true, "large_equipment": true, "ct": true, "mri": true}
	slowChronic = map[string]bool{"I10": true, "E11.9": true, "I63.9": true, "J44.1": true, "K75.4": true, "N40": true} // of the ten; others are not
)

// settle fills in what was paid upstream, by a share of what there was left to pay, and then the results.
func (o *slowOutpatient) settle(upstream func(most int64) int64) {
	fees := make([][4]int64, len(o.lines))
	for i, line := range o.lines {
		fees[i] = line.fee
		o.billed += slowSum(line.fee)
		cut := int64(0)
		switch {
		case slowFree[line.item] && o.convenience:
			cut = slowSum(fees[i])
		case slowHalved[line.item]:
			cut = slowHalfUp(slowSum(fees[i]), 50)
		}
		if o.eligible && cut > 0 {
			o.reduction += cut
			slowCut(&fees[i], cut)
		}
	}
	if o.byLine {
		for i := range fees {
			o.lines[i].insurance = upstream(slowSum(fees[i]))
			o.insurance += o.lines[i].insurance
			slowPayLine(&fees[i], o.lines[i].insurance)
		}
	}
	var chronic, other [4]int64
	for i, line := range o.lines {
		month := line.days <= 31
		pile := &other
		if line.item == "drug" && slowChronic[line.diagnosis] && line.listed && line.planned && month {
			pile = &chronic
			o.chronicBilled += slowSum(line.fee)
		}
		for part := range 4 {
			pile[part] += fees[i][part]
		}
	}
	if !o.byLine {
		o.insurance = upstream(slowSum(chronic) + slowSum(other))
		slowPay(&chronic, &other, o.insurance)
	}
	if o.eligible {
		o.chronic = slowSum(chronic)
		chronic = [4]int64{}
	}
	o.assistance = upstream(slowSum(chronic) + slowSum(other))
	slowPay(&chronic, &other, o.assistance)
	if o.eligible {
		below, above := min(other[0], 100_000), max(other[0]-100_000, 0)
		o.aid = (below*50 + above*80 + 50) / 100
	}
	o.patient = slowSum(chronic) + slowSum(other) - o.aid
}

// slowCycle is 广西 四（四）2（4): what the twenty-nine diseases cost a person in a cycle is lifted to 80 % of it, after all
// that others have paid of it.
type slowCycle struct {
	eligible                     bool
	visit                        string
	lines                        []slowLine
	byLine                       bool
	insurance, serious, assisted int64
	other                        int64

	lift, patient int64
	cost, billed  int64
	due           string
}

var slowOfTwentyNine = map[string]bool{"I10.x00": true, "E11.900": true, "C34.900": true, "Z94.000": true} // others are not

// slowCycles are the days of each cycle, and the day by which it is paid.
var slowCycles = [][3]string{{"2018-01-01", "2018-11-30", "2018-12-15"}, {"2018-12-01", "2019-11-30", "2019-12-15"}, {"2019-12-01", "2020-11-30", "2020-12-15"}}

func (o *slowCycle) settle(upstream func(most int64) int64) {
	var span [3]string
	for _, cycle := range slowCycles {
		if cycle[0] <= o.visit && o.visit <= cycle[1] {
			span = cycle
		}
	}
	o.due = span[2]
	var inside, outside [4]int64
	for i := range o.lines {
		line := &o.lines[i]
		date, pile := line.date, &outside
		if date == "" {
			date = o.visit
		}
		if slowOfTwentyNine[line.diagnosis] && span[0] <= date && date <= span[1] {
			pile = &inside
			o.cost += slowSum(line.fee)
		}
		fee := line.fee
		o.billed += slowSum(fee)
		if o.byLine {
			line.insurance = upstream(slowSum(fee))
			o.insurance += line.insurance
			slowPayLine(&fee, line.insurance)
		}
		for part := range 4 {
			pile[part] += fee[part]
		}
	}
	pay := func() int64 {
		paid := upstream(slowSum(inside) + slowSum(outside))
		slowPay(&inside, &outside, paid)
		return paid
	}
	if !o.byLine {
		o.insurance = pay()
	}
	o.serious = pay()
	o.assisted = pay()
	o.other = pay()
	if o.eligible {
		paid := o.cost - slowSum(inside)
		o.lift = max(slowHalfUp(o.cost, 80)-paid, 0)
	}
	o.patient = slowSum(inside) + slowSum(outside) - o.lift
}

// Random bills. Small fees are as likely as large ones, so that halves and band edges are met.

func slowFee(r *rand.Rand) (fee [4]int64) {
	for part := range fee {
		switch r.IntN(4) {
		case 0:
			fee[part] = r.Int64N(20)
		case 1:
			fee[part] = r.Int64N(30_000)
		case 2:
			fee[part] = 50_000 * r.Int64N(5)
		}
	}
	return fee
}

// slowUpstream is what a payer upstream has paid: nothing, all, or something between.
func slowUpstream(r *rand.Rand) func(int64) int64 {
	return func(most int64) int64 {
		switch r.IntN(4) {
		case 0:
			return 0
		case 1:
			return most
		default:
			return r.Int64N(most + 1)
		}
	}
}

func oneOf[T any](r *rand.Rand, items ...T) T { return items[r.IntN(len(items))] }

// billOf writes the lines as a bill.
func billOf(lines []slowLine, byLine bool, paid map[string]int64) *subject.Bill {
	bill := &subject.Bill{Paid: map[string]money.Fen{}}
	for payer, amount := range paid {
		if payer != "basic_insurance" || !byLine {
			bill.Paid[payer] = money.Fen(amount)
		}
	}
	for _, line := range lines {
		facts := rule.Facts{}
		facts.Set("line.item", rule.Text(line.item))
		facts.Set("line.diagnosis", rule.Text(line.diagnosis))
		facts.Set("line.listed_drug", rule.Bool(line.listed))
		facts.Set("line.in_plan", rule.Bool(line.planned))
		facts.Set("line.days_supply", rule.Int(line.days))
		if line.date != "" {
			facts.Set("line.date", dayValue(line.date))
		}
		written := subject.Line{Facts: facts}
		for part, amount := range line.fee {
			written.Fee[part] = money.Fen(amount)
		}
		if byLine {
			written.Paid = map[string]money.Fen{"basic_insurance": money.Fen(line.insurance)}
		}
		bill.Lines = append(bill.Lines, written)
	}
	return bill
}

func dayValue(date string) rule.Day {
	day, err := period.ParseDay(date)
	if err != nil {
		panic(err) // the dates of this file are constants
	}
	return rule.Day(day)
}

// agree compares the engine's result with the slow one's figures.
func agree(t *testing.T, n int, r *settle.Result, want map[string]int64, patient int64) {
	t.Helper()
	for _, p := range r.Payers {
		if !p.Known || int64(p.Amount) != want[p.Payer.ID] {
			t.Fatalf("bill %d: %s pays %s, want %s: %s", n, p.Payer.ID, p.Amount, money.Fen(want[p.Payer.ID]), told(r))
		}
		delete(want, p.Payer.ID)
	}
	for payer, amount := range want {
		if amount != 0 {
			t.Fatalf("bill %d: %s is missing: %s", n, payer, told(r))
		}
	}
	if !r.PatientKnown || int64(r.Patient) != patient {
		t.Fatalf("bill %d: the patient bears %s, want %s", n, r.Patient, money.Fen(patient))
	}
}

const slowBills = 5000

func TestOutpatientAgreesWithTheDocument(t *testing.T) {
	basis := policy.NewBasis(shipped(t, "pingyin-2021"), nil)
	r := rand.New(rand.NewPCG(20211108, 1))
	for n := range slowBills {
		o := &slowOutpatient{eligible: r.IntN(8) > 0, convenience: r.IntN(2) == 0, byLine: r.IntN(2) == 0}
		for range 1 + r.IntN(5) {
			o.lines = append(o.lines, slowLine{fee: slowFee(r), days: oneOf[int64](r, 7, 30, 31, 32, 90), listed: r.IntN(4) > 0, planned: r.IntN(4) > 0,
				item:      oneOf(r, "drug", "drug", "drug", "laboratory", "registration_ordinary", "consultation", "general_treatment", "record_book", "ecg", "b_ultrasound", "chest_fluoroscopy", "treatment", "consultation_expert", "large_equipment", "ct", "mri"),
				diagnosis: oneOf(r, "I10", "E11.9", "I63.9", "J44.1", "K75.4", "N40", "J18.9", "I15.0", "E10.9", "K75.2")})
		}
		o.settle(slowUpstream(r))
		facts := rule.Facts{}
		facts.Set("roster.out_of_poverty_with_policy", rule.Bool(o.eligible))
		facts.Set("roster.registered_poor", rule.Bool(false))
		facts.Set("visit.kind", rule.Text("outpatient"))
		facts.Set("visit.date", dayValue("2021-11-08"))
		facts.Set("visit.clinic", rule.Text(map[bool]string{true: "convenience", false: "ordinary"}[o.convenience]))
		facts.Set("visit.hospital.designated", rule.Bool(true))
		s := &subject.Subject{Facts: facts, Bill: billOf(o.lines, o.byLine, map[string]int64{"basic_insurance": o.insurance, "medical_assistance": o.assistance})}
		result, err := settle.Settle(basis, s)
		if err != nil {
			t.Fatalf("bill %d: %s", n, fault.RenderError(err, "zh"))
		}
		agree(t, n, result, map[string]int64{"hospital_reduction": o.reduction, "basic_insurance": o.insurance, "chronic_aid": o.chronic,
			"medical_assistance": o.assistance, "outpatient_aid": o.aid}, o.patient)
		if result.Groups["chronic"] != money.Fen(o.chronicBilled) || result.Bill.Total() != money.Fen(o.billed) {
			t.Fatalf("bill %d: chronic drugs of %s", n, result.Groups["chronic"])
		}
	}
}

func TestCycleAgreesWithTheDocument(t *testing.T) {
	basis := policy.NewBasis(shipped(t, "guangxi-2018"), &policy.Adoption{Division: "999901", From: period.Day(dayValue("2018-01-01")), To: rule.Forever})
	r := rand.New(rand.NewPCG(20181215, 1))
	for n := range slowBills {
		o := &slowCycle{eligible: r.IntN(8) > 0, byLine: r.IntN(2) == 0,
			visit: oneOf(r, "2018-01-01", "2018-06-20", "2018-11-30", "2018-12-01", "2019-02-28", "2019-11-30", "2019-12-01")}
		for range 1 + r.IntN(5) {
			o.lines = append(o.lines, slowLine{item: oneOf(r, "drug", "laboratory"), fee: slowFee(r),
				diagnosis: oneOf(r, "I10.x00", "E11.900", "C34.900", "Z94.000", "J45.900", "I15.900"),
				date:      oneOf(r, "", "2018-01-01", "2018-07-07", "2018-11-30", "2018-12-01", "2019-11-30", "2019-12-01", "2020-11-30")})
		}
		o.settle(slowUpstream(r))
		facts := rule.Facts{}
		facts.Set("roster.registered_poor", rule.Bool(o.eligible))
		facts.Set("roster.out_of_poverty_with_policy", rule.Bool(false))
		facts.Set("person.insured", rule.Bool(true))
		facts.Set("visit.kind", rule.Text("outpatient"))
		facts.Set("visit.clinic", rule.Text("chronic"))
		facts.Set("visit.date", dayValue(o.visit))
		facts.Set("visit.diagnosis", rule.Text("I10.x00"))
		facts.Set("visit.hospital.designated", rule.Bool(true))
		s := &subject.Subject{Facts: facts, Bill: billOf(o.lines, o.byLine, map[string]int64{"basic_insurance": o.insurance, "serious_illness": o.serious, "medical_assistance": o.assisted, "other_compensation": o.other})}
		result, err := settle.Settle(basis, s)
		if err != nil {
			t.Fatalf("bill %d: %s", n, fault.RenderError(err, "zh"))
		}
		agree(t, n, result, map[string]int64{"basic_insurance": o.insurance, "serious_illness": o.serious, "medical_assistance": o.assisted, "other_compensation": o.other, "health_insurance": o.lift}, o.patient)
		if result.Groups["cycle_cost"] != money.Fen(o.cost) || o.eligible && fmt.Sprint(result.Due) != o.due {
			t.Fatalf("bill %d: cost %s, due %v, want %s by %s", n, result.Groups["cycle_cost"], result.Due, money.Fen(o.cost), o.due)
		}
	}
}
