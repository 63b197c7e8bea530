package entitle_test

import (
	"fmt"
	"strings"
	"testing"

	"doudi/decide/entitle"
	"doudi/kernel/period"
)

func TestOver(t *testing.T) {
	year := strings.Replace(grant, "every: month", "every: year", 1)
	tests := []struct {
		name, block, who, from, to, total string
		months                            string // of those that pay
	}{
		{"a quarter", grant, met, "2021-10-01", "2021-12-31", "300.00", "2021-10 2021-11 2021-12"},
		{"parts of months", grant, met, "2021-10-31", "2021-12-01", "300.00", "2021-10 2021-11 2021-12"},
		{"one day", grant, met, "2021-10-05", "2021-10-05", "100.00", "2021-10"},
		{"an empty span", grant, met, "2021-10-05", "2021-10-04", "0.00", ""},
		{"only the time in force", grant, met, "2020-11-01", "2021-02-28", "200.00", "2021-01 2021-02"},
		{"wholly out of force", grant, met, "2019-01-01", "2019-12-31", "0.00", ""},
		{"from the first month", with(grant, "starts: approval.day"), met + "approval: {day: 2021-11-30}", "2021-10-01", "2021-12-31", "200.00", "2021-11 2021-12"},
		{"to the last month", with(grant, "ends: approval.day"), met + "approval: {day: 2021-11-01}", "2021-10-01", "2021-12-31", "200.00", "2021-10 2021-11"},
		{"months that count", with(grant, "months: '[10, 12]'"), met, "2021-10-01", "2021-12-31", "200.00", "2021-10 2021-12"},
		{"status of every month", with(grant, "status_on: month-start"), "person: {local: true, level: 2, poor: [{value: true, to: 2021-11-15}, {value: false, from: 2021-11-16}]}", "2021-10-01", "2021-12-31", "200.00", "2021-10 2021-11"},
		{"a yearly one", year, met, "2021-01-01", "2022-12-31", "200.00", "2021-01 2022-01"},
		{"a yearly one in a quarter", year, met, "2021-10-01", "2021-12-31", "100.00", "2021-01"},
		{"a yearly one that ended in between", with(year, "ends: approval.day"), met + "approval: {day: 2021-05-31}", "2021-01-01", "2022-12-31", "100.00", "2021-01"},
		{"once", strings.Replace(grant, "every: month", "every: once", 1), met, "2021-01-01", "2022-12-31", "100.00", "2021-01"},
		{"not known is nothing", grant, "person: {local: true, level: 2}", "2021-10-01", "2021-12-31", "0.00", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			basis := small(t, tt.block)
			total, months, err := entitle.Over(basis, who(t, basis, tt.who), benefit(t, basis, "grant"), period.Span{From: day(t, tt.from), To: day(t, tt.to)})
			if err != nil {
				t.Fatal(err)
			}
			var paying []string
			for _, month := range months {
				if month.Amount > 0 {
					paying = append(paying, month.Month.String())
				}
				if known := tt.name != "not known is nothing"; month.Known != known {
					t.Errorf("%s known: %v", month.Month, month.Known)
				}
			}
			if total != yuan(t, tt.total) || strings.Join(paying, " ") != tt.months {
				t.Errorf("%s for %v, want %s for %s", total, paying, tt.total, tt.months)
			}
		})
	}
}

func TestPayments(t *testing.T) {
	basis := small(t, with(grant, "paid: quarter", "months: '[1, 2, 4, 7]'"))
	x := benefit(t, basis, "grant")
	_, months, err := entitle.Over(basis, who(t, basis, met), x, period.Span{From: day(t, "2021-02-01"), To: day(t, "2021-12-31")})
	if err != nil {
		t.Fatal(err)
	}
	payments, err := entitle.Payments(basis, x, months)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, p := range payments {
		got += fmt.Sprintf("%s %s %v; ", p.Period.To, p.Amount, p.Months)
	}
	want := "2021-03-31 100.00 [2021-02]; 2021-06-30 100.00 [2021-04]; 2021-09-30 100.00 [2021-07]; 2021-12-31 0.00 []; "
	if got != want {
		t.Errorf("payments %s, want %s", got, want)
	}
}
