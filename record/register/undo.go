package register

import (
	"slices"

	"doudi/record/dated"
	"doudi/record/store"
)

// Unsay takes back statements that were made together, memberships and registrations included: what was stated is withdrawn, what was
// corrected is stated again as it was. Nothing is deleted. A household that would be left without a head is an error, and so is a statement
// that was corrected since. Codes: dated.already-corrected, dated.statement-unknown, register.head-needed, register.two-heads.
func (r *Register) Unsay(tx *store.Tx, statements []string, said dated.Said) error {
	var households []string
	for _, id := range slices.Backward(statements) {
		s, err := r.book.Get(tx, id)
		if err != nil {
			return err
		}
		if err := r.unsay(tx, s, said); err != nil {
			return err
		}
		if s.Name == memberName {
			households = append(households, s.Object)
		}
	}
	for _, household := range unique(households) {
		if err := r.consistent(tx, household); err != nil {
			return err
		}
	}
	return nil
}

func (r *Register) unsay(tx *store.Tx, s dated.Statement, said dated.Said) error {
	if s.Withdrawn { // nothing corrects a withdrawal: what it withdrew is stated anew
		again := s
		again.Said, again.Withdrawn, again.Corrects = said, false, ""
		again.Source = s.Source
		if _, err := r.book.Add(tx, again); err != nil {
			return err
		}
		return r.enter(tx, s.Subject, s.Name, s.Value)
	}
	if s.Corrects == "" {
		if _, err := r.book.Withdraw(tx, s, said); err != nil {
			return err
		}
		return r.release(tx, s)
	}
	before, err := r.book.Get(tx, s.Corrects)
	if err != nil {
		return err
	}
	said.Source = before.Source
	if _, err := r.book.Correct(tx, s, before.Value, before.Span, said); err != nil {
		return err
	}
	if s.Value == before.Value {
		return nil
	}
	if err := r.release(tx, s); err != nil {
		return err
	}
	return r.enter(tx, s.Subject, s.Name, before.Value)
}

// Corrected tells whether a statement was corrected or withdrawn by another. Code: dated.statement-unknown.
func (r *Register) Corrected(tx *store.Tx, statement string) (bool, error) {
	s, err := r.book.Get(tx, statement)
	if err != nil {
		return false, err
	}
	return r.book.IsCorrected(tx, s)
}

// Standing are all statements that count now about a person or household and, for a household, towards it: memberships and registration
// as well as facts.
func (r *Register) Standing(tx *store.Tx, party string) ([]dated.Statement, error) {
	about, err := r.book.Of(tx, party, now)
	if err != nil {
		return nil, err
	}
	towards, err := r.book.Towards(tx, party, now)
	return slices.Concat(about, towards), err
}
