package county

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// amount is a sum of whole yuan as plans write it.
var amount = regexp.MustCompile(`\b\d+\.00\b`)

// scaled are the sums of a bill at so many percent: of whole yuan that is exact to the fen, and what added up still does.
func scaled(content string, percent int) string {
	return amount.ReplaceAllStringFunc(content, func(s string) string {
		yuan, err := strconv.Atoi(strings.TrimSuffix(s, ".00"))
		if err != nil {
			return s // as many digits as that is no sum
		}
		fen := yuan * percent
		return strconv.Itoa(fen/100) + "." + strconv.Itoa(100 + fen%100)[1:]
	})
}

// banks are where people have their accounts, most at the first.
var banks = []string{"县农村信用合作联社", "县农村商业银行", "邮政储蓄银行县支行", "农业银行县支行"}

// account is the one on file of a grown-up: of one in fourteen there is none, and of one in forty the name is not that of the person.
func (d dice) account(name string) *Account {
	if d.of(70) {
		return nil
	}
	a := &Account{Number: d.cardNumber(), Bank: banks[d.choose([]int{55, 20, 15, 10})], Holder: name}
	if d.of(25) {
		runes := []rune(name)
		runes[len(runes)-1] = rarer[d.IntN(len(rarer))]
		a.Holder = string(runes)
	}
	return a
}

// cardNumber is one of 19 digits that ends in its check digit.
func (d dice) cardNumber() string {
	digits := "9999" + strconv.Itoa(1_000_000+d.IntN(9_000_000)) + strconv.Itoa(1_000_000+d.IntN(9_000_000))
	for check := range 10 {
		if whole := digits + strconv.Itoa(check); ident.Luhn(whole) {
			return whole
		}
	}
	return digits
}

// live is what comes of a household in the year beyond its situation: one may die, one be born, and it may move within its town.
func (s *stream) live(d dice, h *Household) {
	if !slices.ContainsFunc(h.Changes, func(c Change) bool { return c.Kind == Death }) {
		s.mayDie(d, h)
	}
	s.mayBear(d, h)
	if d.of(8) && len(h.Town.Villages) > 1 {
		day := d.dayOfYear()
		to := h.Town.Villages[d.IntN(len(h.Town.Villages))]
		if to != h.Village {
			h.Changes = append(h.Changes, Change{Kind: Move, Day: day, Learned: d.heard(day, 20), To: to})
		}
	}
	s.order(h)
}

// dayOfYear is a day of the year, not one of the last month, so that the office hears of what happened before the year is out.
func (d dice) dayOfYear() period.Day { return Opening.AddDays(1 + d.IntN(330)) }

// heard is when the office hears of something: mostly within days, of one in ten only months later.
func (d dice) heard(day period.Day, days int) period.Day {
	heard := day.AddDays(1 + d.IntN(days))
	if d.of(100) {
		heard = day.AddDays(d.between(45, 100))
	}
	return min(heard, period.MustDay(Year, 12, 28))
}

// deaths in a thousand people of an age in a year.
func deaths(age int) int {
	switch {
	case age < 50:
		return 1
	case age < 60:
		return 4
	case age < 70:
		return 12
	case age < 80:
		return 38
	}
	return 110
}

func (s *stream) mayDie(d dice, h *Household) {
	for _, p := range h.Members {
		if d.of(deaths(p.Age(Opening))) {
			day := d.dayOfYear()
			h.Changes = append(h.Changes, Change{Kind: Death, Day: day, Learned: d.heard(day, 15), Person: p})
			return
		}
	}
}

// mayBear: a couple of the right age has a child.
func (s *stream) mayBear(d dice, h *Household) {
	mother := slices.IndexFunc(h.Members, func(p *Person) bool {
		return (p.Relation == "head" || p.Relation == "spouse") && p.Number.Sex() == ident.Female && p.Age(Opening) >= 21 && p.Age(Opening) <= 38
	})
	if mother < 0 || len(h.Members) < 2 || h.Members[1].Relation != "spouse" || !d.of(70) {
		return
	}
	day := d.dayOfYear()
	at := child(d, 0)
	surname := string([]rune(h.Head().Name)[:1])
	baby := s.person(d, h, at, surname, day)
	for _, c := range h.Town.plan.persons {
		c.apply(d, h, baby)
	}
	for _, roster := range []string{"registered_poor", "out_of_poverty_with_policy", "unexited_poor", "dibao"} { // a child of a listed family is listed
		if membership, listed := h.Head().Facts["roster."+roster]; listed {
			baby.Facts["roster."+roster] = []rule.Fact{{Value: membership[0].Value, Span: period.Span{From: day, To: rule.Forever}, Learned: rule.Beginning}}
		}
	}
	h.Changes = append(h.Changes, Change{Kind: Birth, Day: day, Learned: d.heard(day, 30), Person: baby})
}

// order puts changes in order and leaves out what would happen to the dead.
func (s *stream) order(h *Household) {
	died := map[*Person]period.Day{}
	for i := range h.Changes {
		if c := &h.Changes[i]; c.Kind == Death {
			died[c.Person] = c.Day
			if c.Person == h.Head() {
				c.Heir = h.heir()
			}
		}
	}
	for p, day := range died {
		p.Bills = slices.DeleteFunc(p.Bills, func(b Bill) bool { return b.Day >= day })
		h.Changes = slices.DeleteFunc(h.Changes, func(c Change) bool { return c.Person == p && c.Kind != Death && c.Day >= day })
	}
	slices.SortStableFunc(h.Changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Learned, b.Learned), cmp.Compare(a.Day, b.Day)) })
}

// heir is who is head after the head: the eldest of the others, nil for nobody.
func (h *Household) heir() (eldest *Person) {
	for _, p := range h.Members[1:] {
		if eldest == nil || p.Number.Birth() < eldest.Number.Birth() {
			eldest = p
		}
	}
	return eldest
}
