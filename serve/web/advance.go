package web

import (
	"cmp"
	"net/http"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/store"
)

// advanceForm asks what the patient left when the hospital puts up the fees.
type advanceForm struct {
	card
	Claim    claim.Claim
	Key      string
	Fields   []field
	Problems []problem
}

func (v *view) askAdvance() error { return v.showAdvance(http.StatusOK, nil) }

func (v *view) showAdvance(status int, problem error) error {
	a := advanceForm{Key: cmp.Or(v.asked("key"), newKey()), Fields: []field{
		{Name: "deposit", Label: v.say("病人留下的押金（元）", "Deposit the patient leaves (yuan)"), Need: true, Amount: true, Value: v.typedOr("deposit", "0.00")},
		{Name: "day", Label: v.say("离院日期", "Day of the discharge"), Need: true, Value: v.typedOr("day", v.today().String())},
		{Name: "reason", Label: v.say("不能当场结算的原因", "Why it cannot be settled now"), Need: true, Value: v.typedOr("reason", v.say("医保接口不通", "the insurer does not answer")), Hint: v.say("不是这个原因的，改写", "write another one where it is not this")},
	}}
	err := v.look(func(tx *store.Tx) (err error) {
		if a.Claim, err = v.bill(tx); err != nil {
			return err
		}
		if a.card, err = v.card(tx, a.Claim.Person); err != nil {
			return err
		}
		return v.looked(tx, "web.advance", a.Claim.ID, a.Claim.Person)
	})
	if err != nil {
		return err
	}
	a.Problems = v.marked(a.Fields, problem)
	return v.show(status, v.errorTitle(a.Problems, v.say("先按垫付办理", "Put up the fees")), advancePage(v, a))
}

// advance keeps that the hospital let the patient go against a deposit. The bill stays as it was received.
func (v *view) advance() error {
	d, err := v.discharge()
	if err == nil {
		err = v.once("web.advance", func(tx *store.Tx) (any, error) {
			c, err := v.bill(tx)
			if err != nil {
				return nil, err
			}
			name, content, err := v.Record.Claims.Content(tx, c.ID)
			if err != nil {
				return nil, err
			}
			return v.Record.Claims.Advance(tx, claim.Bill{Person: c.Person, Provider: c.Provider, Series: c.Series, Name: name, Content: content, PayTo: c.PayTo}, d)
		})
	}
	if mendable(err) {
		return v.showAdvance(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, at(v.r.PathValue("no")))
}

// discharge reads the form. Codes: claim.advance-deposit, claim.advance-day.
func (v *view) discharge() (d claim.Discharge, err error) {
	if d.Deposit, err = money.ParseYuan(v.asked("deposit")); err != nil {
		return d, &fault.Error{Kind: fault.Invalid, Code: "claim.advance-deposit", Op: "web", Message: text.Say("押金金额写法不对", "the deposit is no amount"), Hint: text.Say("例如 500.00；没有收写 0.00", "for example 500.00; write 0.00 for none")}
	}
	if d.Day, err = period.ParseDay(tidied(v.asked("day"))); err != nil {
		return d, &fault.Error{Kind: fault.Invalid, Code: "claim.advance-day", Op: "web", Message: text.Say("离院日期写法不对", "the day is no day"), Hint: text.Say("例如 2021-11-08", "for example 2021-11-08")}
	}
	d.Reason = v.asked("reason")
	return d, nil
}
