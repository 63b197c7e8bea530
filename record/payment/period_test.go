package payment_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/benefit"
	"doudi/record/payment"
	"doudi/record/store/storetest"
)

func TestPeriod(t *testing.T) {
	tests := []struct {
		paid            policy.Period
		month, from, to string
	}{
		{policy.EveryMonth, "2021-11", "2021-11", "2021-11"},
		{policy.EveryQuarter, "2021-10", "2021-10", "2021-12"},
		{policy.EveryQuarter, "2021-12", "2021-10", "2021-12"},
		{policy.EveryHalfYear, "2021-06", "2021-01", "2021-06"},
		{policy.EveryHalfYear, "2021-07", "2021-07", "2021-12"},
		{policy.EveryYear, "2021-07", "2021-01", "2021-12"},
		{policy.EverySchoolYear, "2021-08", "2020-09", "2021-08"},
		{policy.EverySchoolYear, "2021-09", "2021-09", "2022-08"},
		{policy.Once, "2021-07", "2021-07", "2021-07"},
		{"", "2021-07", "2021-07", "2021-07"},
	}
	for _, tt := range tests {
		if from, to := payment.Period(tt.paid, month(tt.month)); from != month(tt.from) || to != month(tt.to) {
			t.Errorf("%s of %s is %s–%s, want %s–%s", tt.paid, tt.month, from, to, tt.from, tt.to)
		}
	}
}

// A pupil's 180.00 for the ten months that count, paid each half-year: five months and 900.00 each time; February and August call nothing.
func TestHalfYearsOfTenSchoolMonths(t *testing.T) {
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	w.openFund(money.Yuan(5000))
	pupil := w.family("王大山", "王小明")
	names := map[string]string{pupil[1]: "学生"}
	w.account(pupil[1], "王小明")
	months := []string{"2021-01", "2021-02", "2021-03", "2021-04", "2021-05", "2021-06", "2021-07", "2021-08", "2021-09", "2021-10", "2021-11", "2021-12"}
	for _, m := range months {
		if m == "2021-02" || m == "2021-08" {
			w.run(m, nil)
			continue
		}
		w.run(m, nil, benefit.Line{Subject: pupil[1], Receiver: pupil[1], Month: month(m), Amount: money.Yuan(180)})
	}
	for i := range w.calls.lines {
		w.calls.lines[i].Paid = policy.EveryHalfYear
	}
	first := w.mustCreate("2021-03")
	if diff := cmp.Diff("FF2021H1-0001 2021-01–2021-06 draft 1人 900.00\n学生 5月 900.00 \n", w.told(first, names)); diff != "" {
		t.Error(diff)
	}
	w.lock(first)
	second := w.mustCreate("2021-11")
	if diff := cmp.Diff("FF2021H2-0002 2021-07–2021-12 draft 1人 900.00\n学生 5月 900.00 \n", w.told(second, names)); diff != "" {
		t.Error(diff)
	}
	if err := w.verify(); err != nil {
		t.Error(fault.RenderError(err, "zh"))
	}
}

// Where towns and the county pay the same scheme, the request says which.
func TestSeveralPayers(t *testing.T) {
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	w.openFund(money.Yuan(5000))
	people := append(w.family("甲一"), w.family("乙二")...)
	w.account(people[0], "甲一")
	w.account(people[1], "乙二")
	for _, m := range []string{"2021-10", "2021-11", "2021-12"} {
		w.run(m, people)
	}
	for i := range w.calls.lines {
		if w.calls.lines[i].Subject == people[1] {
			w.calls.lines[i].Payer = "county"
		}
	}
	if _, err := w.create("2021-12", false); fault.CodeOf(err) != "payment.scheme-unclear" || !strings.Contains(fault.RenderError(err, "zh"), "county/county-budget town/county-budget") {
		t.Errorf("two payers: %v", err)
	}
	for _, payer := range []string{"town", "county"} {
		b, err := w.createOf(payment.Request{Scheme: scheme, Payer: payer, Month: month("2021-12")})
		if err != nil || b.People != 1 || b.Total != money.Yuan(300) || b.Payer != payer {
			t.Errorf("%s pays %+v, %v", payer, b, err)
		}
	}
	if err := w.verify(); err != nil {
		t.Error(fault.RenderError(err, "zh"))
	}
}
