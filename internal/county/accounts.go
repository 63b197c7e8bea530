package county

import (
	"context"
	"fmt"

	"doudi/kernel/fault"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/store"
)

// accountsAtOnce is how many accounts go into one command.
const accountsAtOnce = 200

// Accounts puts on record the bank accounts of the members of assisted households. One that is in another's name is refused there, and stays with the
// office: its person has none on record.
func (w *Writer) Accounts(ctx context.Context) error {
	var batch []*Person
	n := 0
	for h := range w.county.Households() {
		for _, p := range h.Members {
			if h.Group != "" && p.Account != nil {
				batch = append(batch, p)
			}
		}
		if len(batch) >= accountsAtOnce {
			if err := w.accounts(ctx, n, batch); err != nil {
				return err
			}
			batch, n = nil, n+1
		}
	}
	return w.accounts(ctx, n, batch)
}

// accounts writes a batch, unless it was written already.
func (w *Writer) accounts(ctx context.Context, n int, batch []*Person) error {
	there := len(batch) == 0
	err := w.Store.Read(ctx, w.Code, func(tx *store.Tx) error {
		for _, p := range batch {
			if p.Account.Holder != p.Name {
				continue
			}
			id, err := w.Register.ByNumber(tx, p.Number)
			if err != nil {
				return err
			}
			kept, err := w.Payments.Accounts(tx, id)
			there = len(kept) > 0
			return err
		}
		return nil
	})
	if err != nil || there {
		return err
	}
	return w.Do(ctx, Step{fmt.Sprint("accounts ", n), Opening, Clerk}, nil, func(tx *store.Tx) (any, error) {
		for _, p := range batch {
			if err := w.account(tx, p); err != nil {
				return nil, fmt.Errorf("the account of %s: %w", p.Number.Mask(), err)
			}
		}
		return nil, nil
	})
}

func (w *Writer) account(tx *store.Tx, p *Person) error {
	id, err := w.Register.ByNumber(tx, p.Number)
	if err != nil {
		return err
	}
	_, err = w.Payments.Open(tx, id, payment.Account{Number: p.Account.Number, Bank: p.Account.Bank, Holder: p.Account.Holder, As: payment.Own}, since, dated.Said{Source: p.Account.Bank})
	if p.Account.Holder != p.Name && fault.CodeOf(err) == "payment.account-name" {
		return nil // what another's account is for must be said by a person
	}
	return err
}
