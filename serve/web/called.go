package web

import (
	"cmp"
	"strings"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/voucher"
)

// called is what a party is called by where it has no name for this post: what it is, and its number.
func (v *view) called(tx *store.Tx, id string) (string, error) {
	kind, err := dated.KindOf(tx, id)
	if err != nil {
		return "", err
	}
	number, err := dated.NumberOf(tx, id)
	if err != nil {
		return "", err
	}
	words := map[string]string{register.PersonKind: v.say("个人", "person"), register.HouseholdKind: v.say("户", "household")}[kind]
	if words == "" {
		words = v.say("机构", "institution")
	}
	if number == 0 {
		return words, nil
	}
	return words + " " + number.String(), nil
}

// subjectOf is what an entry of the log is about: a bill and a batch by their numbers, somebody by theirs. What has no number is not named.
func (v *view) subjectOf(tx *store.Tx, id string) (string, error) {
	if kind, err := dated.KindOf(tx, id); err != nil || kind != "" && kind != register.DivisionKind && kind != dated.CountyKind {
		return v.called(tx, id)
	}
	c, err := claim.Get(tx, id)
	if err == nil {
		return v.say("结算单 ", "settlement ") + c.Number, nil
	}
	if err := unlessNone(err); err != nil {
		return "", err
	}
	b, err := payment.Get(tx, id)
	if err == nil {
		return v.say("批次 ", "batch ") + b.Number, nil
	}
	if !isID(id) {
		return id, unlessNone(err)
	}
	return v.say("同一对象的记录", "entries about the same"), unlessNone(err)
}

// isID tells whether something is an id of our own making, which says nothing to anybody.
func isID(s string) bool {
	const length, dashes = 36, 4
	return len(s) == length && strings.Count(s, "-") == dashes
}

// unlessNone is an error, unless it is that there is none of what was asked for.
func unlessNone(err error) error {
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.OutOfForce {
		return nil
	}
	return err
}

// entryNumber is what an entry of a special account is called by.
func entryNumber(tx *store.Tx, code, id string) (string, error) {
	number, err := voucher.NumberOf(tx, code, id)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	return number, err
}

// byCalled is the address of what a number is of, "" when it is of nothing that this post looks at: a person, a household, an entry of an account.
func (v *view) byCalled(tx *store.Tx, typed string) (string, error) {
	if v.may(auth.SeeFunds) {
		code, id, err := voucher.Find(tx, typed)
		if err != nil || id != "" {
			return entryAddress(code, id), err
		}
	}
	n, ok := dated.ParseNumber(typed)
	if !ok {
		return "", nil
	}
	party, kind, err := dated.Numbered(tx, n)
	switch {
	case err != nil:
		return "", err
	case kind == register.PersonKind && v.may(auth.SeePeople):
		if _, err = v.reached(tx, party, v.today()); err != nil {
			return "", unlessNone(err)
		}
		return "/people/" + party, nil
	case kind == register.HouseholdKind && v.may(auth.SeePeople):
		if _, err = v.householdHere(tx, party); err != nil {
			return "", unlessNone(err)
		}
		return "/households/" + n.String(), nil
	}
	return "", nil
}

// householdAddress is the page of a household, by its number.
func householdAddress(tx *store.Tx, id string) (string, error) {
	n, err := dated.NumberOf(tx, id)
	return "/households/" + cmp.Or(n.String(), id), err
}

// householdAsked is the household of an address: by its number, as pages lead there, or by its id, as other systems know it.
func (v *view) householdAsked(tx *store.Tx) (string, error) {
	asked := v.r.PathValue("household")
	n, ok := dated.ParseNumber(asked)
	if !ok {
		return asked, nil
	}
	id, _, err := dated.Numbered(tx, n)
	return id, err
}
