// Package voucher is what people call the entries of special accounts by (凭证号): a number of the county that never changes, and that is found again.
//
// An entry that stands for itself (money received, a limit, a payment, something put right) is one of a row of numbers: PZ00012. Those about a
// commitment are numbered by what it comes from, which has a number already, so that thousands of settlements in a second wait for no counter:
//
//	00034-ZY20211108-0037-11   number of the hospital, its bill, then the commitment of the bill (1, 2, … by settlement and payer) and the step:
//	                           1 committed, 2 posted, 3 voided; r2 behind it for the second bill sent under one number
//	FF2021Q4-0007-000126-1     number of the batch, of the person or household that is paid, and the step
package voucher

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/payment"
	"doudi/record/store"
)

// Entry is what the number of an entry follows from.
type Entry struct {
	ID         string
	Type       fund.Type
	Commitment string
	Origin     fund.Origin
}

// Of is what the number of a line's entry follows from.
func Of(l fund.Line) Entry { return Entry{l.Entry, l.Type, l.Commitment, l.Origin} }

// Number is the number of an entry, "" for one that a damaged database has none of.
func Number(tx *store.Tx, e Entry) (string, error) {
	step := e.Type.Step(e.Origin)
	if step == 0 {
		n, err := fund.NumberOf(tx, e.ID)
		if n == 0 {
			return "", err
		}
		return fmt.Sprintf("PZ%05d", n), err
	}
	if e.Origin.Kind == fund.FromBatch {
		return ofBatch(tx, e.Origin, step)
	}
	return ofSettlement(tx, e, step)
}

// NumberOf is the number of an entry of a fund.
func NumberOf(tx *store.Tx, code, id string) (string, error) {
	e, err := fund.EntryOf(tx, code, id)
	if err != nil || len(e.Lines) == 0 {
		return "", err
	}
	return Number(tx, Entry{e.ID, e.Type, e.Lines[0].Commitment, e.Lines[0].Origin})
}

func ofBatch(tx *store.Tx, o fund.Origin, step int) (string, error) {
	b, err := payment.Get(tx, o.ID)
	if err != nil {
		return "", none(err)
	}
	paid, err := dated.NumberOf(tx, o.Line)
	return fmt.Sprintf("%s-%s-%d", b.Number, paid, step), err
}

func ofSettlement(tx *store.Tx, e Entry, step int) (string, error) {
	c, err := claim.Get(tx, e.Origin.ID)
	if err != nil {
		return "", none(err)
	}
	hospital, err := dated.NumberOf(tx, c.Provider)
	if err != nil {
		return "", err
	}
	all, err := inOrder(tx, c.ID)
	place := 1 + slices.IndexFunc(all, func(x fund.Commitment) bool { return x.ID == e.Commitment })
	if err != nil || place == 0 {
		return "", err
	}
	number := fmt.Sprintf("%s-%s-%d%d", hospital, c.Number, place, step)
	if c.Revision > 1 {
		number += "r" + strconv.Itoa(c.Revision)
	}
	return number, nil
}

// none takes an origin that is not on record for an entry without a number.
func none(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// inOrder are the commitments of a bill, settlement by settlement and in each by payer: one that is added later comes last.
func inOrder(tx *store.Tx, claim string) ([]fund.Commitment, error) {
	all, err := fund.OfOrigin(tx, fund.FromSettlement, claim)
	slices.SortFunc(all, func(a, b fund.Commitment) int {
		return cmp.Or(cmp.Compare(settlement(a), settlement(b)), strings.Compare(a.Origin.Line, b.Origin.Line), strings.Compare(a.Fund, b.Fund))
	})
	return all, err
}

// settlement is which one of its bill a commitment was made by: package claim writes it behind the payer.
func settlement(c fund.Commitment) int {
	_, version, _ := strings.Cut(c.Origin.Line, "/")
	n, _ := strconv.Atoi(version) // what is no number comes first
	return n
}

var (
	own       = regexp.MustCompile(`^(?i:PZ)0*([1-9][0-9]{0,15})$`)
	ofBill    = regexp.MustCompile(`^([0-9]{6,12})-(.+)-([1-9][0-9]{0,3})([1-3])(?:r([1-9][0-9]{0,3}))?$`)
	ofPayment = regexp.MustCompile(`^((?i:FF)[0-9A-Za-z]+-[0-9]+)-([0-9]{6,12})-([1-3])$`)
)

// Find is the fund and the id of the entry that somebody calls by a number; "" when there is none.
func Find(tx *store.Tx, number string) (code, id string, err error) {
	number = strings.TrimSpace(number)
	if m := own.FindStringSubmatch(number); m != nil {
		return fund.Numbered(tx, count(m[1]))
	}
	var of []fund.Commitment
	var step int64
	if m := ofPayment.FindStringSubmatch(number); m != nil {
		step = count(m[3])
		of, err = paid(tx, strings.ToUpper(m[1]), m[2])
	} else if m := ofBill.FindStringSubmatch(number); m != nil {
		step = count(m[4])
		of, err = billed(tx, m[1], m[2], int(max(count(m[5]), 1)))
		place := int(count(m[3]))
		of = of[min(place-1, len(of)):min(place, len(of))]
	}
	if none(err) != nil || len(of) == 0 {
		return "", "", none(err)
	}
	id, err = fund.EntryAt(tx, of[0], int(step))
	if id == "" {
		return "", "", err
	}
	return of[0].Fund, id, err
}

// count reads digits that are few enough, or nothing.
func count(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// called is the party of a number as it is written, "" for none.
func called(tx *store.Tx, written string) (string, error) {
	n, ok := dated.ParseNumber(written)
	if !ok {
		return "", nil
	}
	party, _, err := dated.Numbered(tx, n)
	return party, err
}

// paid are the commitments of a batch for whom it pays: one.
func paid(tx *store.Tx, batch, number string) ([]fund.Commitment, error) {
	b, err := payment.Get(tx, batch)
	if err != nil {
		return nil, err
	}
	party, err := called(tx, number)
	if err != nil || party == "" {
		return nil, err
	}
	return fund.OfLine(tx, fund.Origin{Kind: fund.FromBatch, ID: b.ID, Line: party})
}

// billed are the commitments of a hospital's bill.
func billed(tx *store.Tx, hospital, number string, revision int) ([]fund.Commitment, error) {
	party, err := called(tx, hospital)
	if err != nil || party == "" {
		return nil, err
	}
	c, err := claim.ByNumber(tx, party, number, revision)
	if err != nil {
		return nil, err
	}
	return inOrder(tx, c.ID)
}
