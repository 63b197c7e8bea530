package payment

import (
	"strings"

	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/store"
)

// MoveOut takes a subject out of a draft, with the reason; the next batch takes up what it would have got. Codes: payment.batch-unknown,
// payment.state, payment.line-unknown, payment.note-missing.
func (p *Payments) MoveOut(tx *store.Tx, batch, subject, note string) error {
	b, err := in(tx, batch, Draft)
	if err != nil {
		return err
	}
	if note = strings.TrimSpace(note); note == "" {
		return noteMissing()
	}
	lines, err := store.All(tx, scanLine, `SELECT `+lineColumns+` FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 AND subject_id = ?3 AND moved_out = ''`, tx.County, b.ID, subject)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return lineUnknown()
	}
	l := lines[0]
	if l.Note, err = p.book.Cipher.Seal(tx, subject, []byte(note)); err != nil {
		return err
	}
	if err := b.out(tx, &l, ByHand); err != nil {
		return err
	}
	if err := compare(tx, &b, subject); err != nil {
		return err
	}
	if err := act(tx, &b, MoveOut, ""); err != nil {
		return err
	}
	return b.save(tx, Draft)
}

// out takes a line out of the sums and gives its money back.
func (b *Batch) out(tx *store.Tx, l *Line, reason Out) error {
	if l.Commitment != "" {
		if err := release(tx, l.Commitment, reason.Label().ZH); err != nil {
			return err
		}
	}
	if err := tx.Later(nil, `UPDATE payment_line SET moved_out = ?4, account_id = '', commitment_id = '', note = ?5 WHERE county_code = ?1 AND batch_id = ?2 AND subject_id = ?3`,
		tx.County, b.ID, l.Subject, string(reason), l.Note); err != nil {
		return err
	}
	b.People, b.Total = b.People-1, b.Total-l.Amount
	return tx.Later(nil, `UPDATE payment_item SET counts = 0 WHERE county_code = ?1 AND batch_id = ?2 AND subject_id = ?3`, tx.County, b.ID, l.Subject)
}

// release gives the money of a commitment back: a pending one is void, a posted one returned.
func release(tx *store.Tx, commitment, reason string) error {
	c, err := fund.Get(tx, commitment)
	if err != nil {
		return err
	}
	s := fund.Step{Commitment: commitment, Day: max(dated.Today(tx), c.LastDay), Reason: reason}
	if c.State == fund.StatePosted {
		_, err = fund.Return(tx, fund.Reversal{Step: s, Amount: c.Amount})
		return err
	}
	_, err = fund.Void(tx, s)
	return err
}

// HandIn gives a draft to be checked. Accounts are looked at again: whose is missing by now, or in another name, is moved out. Codes:
// payment.batch-unknown, payment.state, payment.empty when nobody would be paid.
func (p *Payments) HandIn(tx *store.Tx, batch string) error {
	b, err := in(tx, batch, Draft)
	if err != nil {
		return err
	}
	changed, err := p.changed(tx, &b)
	if err != nil {
		return err
	}
	for _, l := range changed {
		if l.Out != "" {
			err = b.out(tx, &l, l.Out)
		} else {
			err = tx.Later(nil, `UPDATE payment_line SET account_id = ?4 WHERE county_code = ?1 AND batch_id = ?2 AND subject_id = ?3`, tx.County, b.ID, l.Subject, l.Account)
		}
		if err != nil {
			return err
		}
	}
	if b.Total == 0 {
		return empty(&b)
	}
	if err := compare(tx, &b, ""); err != nil {
		return err
	}
	if err := act(tx, &b, HandIn, ""); err != nil {
		return err
	}
	b.State = ToCheck
	return b.save(tx, Draft)
}

// changed are the lines whose account is another one by now, or cannot be used any more.
func (p *Payments) changed(tx *store.Tx, b *Batch) ([]Line, error) {
	lines, err := linesAfter(tx, b.ID, "", everything)
	if err != nil {
		return nil, err
	}
	var changed []Line
	for _, l := range lines {
		if l.Out != "" || l.Amount == 0 {
			continue
		}
		was := l.Account
		if err := p.look(tx, &l); err != nil {
			return nil, err
		}
		if l.Account != was {
			changed = append(changed, l)
		}
	}
	return changed, nil
}

// SendBack gives a batch back to its maker, with the reason. Codes: payment.batch-unknown, payment.state, payment.same-person,
// payment.note-missing.
func (p *Payments) SendBack(tx *store.Tx, batch, note string) error {
	b, err := checking(tx, batch)
	if err != nil {
		return err
	}
	if note = strings.TrimSpace(note); note == "" {
		return noteMissing()
	}
	if err := act(tx, &b, SendBack, note); err != nil {
		return err
	}
	b.State = Draft
	return b.save(tx, ToCheck)
}

// Lock approves a batch: what it pays is owed from now on, and it is never changed again. Codes: payment.batch-unknown, payment.state;
// payment.same-person (kind Forbidden) for who had a hand in making it; payment.account-changed when an account is another one than when the
// batch was handed in; payment.not-counted when the pack has an office verify the number and it has not; payment.unbalanced.
func (p *Payments) Lock(tx *store.Tx, batch, note string) error {
	b, err := checking(tx, batch)
	if err != nil {
		return err
	}
	if err := p.counted(tx, &b); err != nil {
		return err
	}
	changed, err := p.changed(tx, &b)
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		return accountChanged(len(changed))
	}
	commitments, err := fund.OfOrigin(tx, fund.FromBatch, b.ID)
	if err != nil {
		return err
	}
	for _, c := range commitments {
		if c.State != fund.StatePending {
			continue
		}
		if _, err := fund.Post(tx, fund.Step{Commitment: c.ID, Day: max(dated.Today(tx), c.LastDay)}); err != nil {
			return err
		}
	}
	if err := act(tx, &b, Lock, strings.TrimSpace(note)); err != nil {
		return err
	}
	b.State = Locked
	return b.save(tx, ToCheck)
}

// Discard makes a batch void, with the reason; the next batch takes up what it would have paid, and the special account has its money back. A locked
// batch is made void by another person than who locked it, and only while nothing of it was paid. Codes: payment.batch-unknown,
// payment.state, payment.same-person, payment.note-missing, and those of [fund.Return].
func (p *Payments) Discard(tx *store.Tx, batch, note string) error {
	b, err := Get(tx, batch)
	if err != nil {
		return err
	}
	was := b.State
	switch {
	case was == Void:
		return wrongState(&b)
	case was == Locked && b.Last(Lock).Actor.ID == tx.Actor.ID:
		return samePerson()
	case b.Last(Ordered) != nil:
		return atBank(&b)
	}
	if note = strings.TrimSpace(note); note == "" {
		return noteMissing()
	}
	lines, err := linesAfter(tx, b.ID, "", everything)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Commitment == "" {
			continue
		}
		if err := release(tx, l.Commitment, "作废"); err != nil {
			return err
		}
	}
	if err := tx.Later(nil, `UPDATE payment_item SET counts = 0 WHERE county_code = ?1 AND batch_id = ?2`, tx.County, b.ID); err != nil {
		return err
	}
	if err := act(tx, &b, Discard, note); err != nil {
		return err
	}
	b.State = Void
	return b.save(tx, was)
}

// in is a batch that must stand in a state.
func in(tx *store.Tx, batch string, state State) (Batch, error) {
	b, err := Get(tx, batch)
	if err == nil && b.State != state {
		err = wrongState(&b)
	}
	return b, err
}

// checking is a batch to be checked, by somebody who had no hand in making it.
func checking(tx *store.Tx, batch string) (Batch, error) {
	b, err := in(tx, batch, ToCheck)
	if err == nil && b.made(tx.Actor.ID) {
		err = samePerson()
	}
	return b, err
}

// save keeps state and sums, if the batch still stands as it was read, and reconciles it.
func (b *Batch) save(tx *store.Tx, was State) error {
	changed, err := tx.Exec(`UPDATE payment_batch SET state = ?4, total = ?5, people = ?6 WHERE county_code = ?1 AND batch_id = ?2 AND state = ?3`,
		tx.County, b.ID, string(was), string(b.State), int64(b.Total), b.People)
	if err != nil {
		return err
	}
	if changed == 0 {
		return wrongState(b)
	}
	return reconcile(tx, b)
}
