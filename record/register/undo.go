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
	ours := map[string]bool{}
	for _, id := range statements {
		ours[id] = true
	}
	for _, id := range slices.Backward(statements) {
		s, err := r.book.Get(tx, id)
		if err != nil {
			return err
		}
		if err := r.unsay(tx, s, ours, said); err != nil {
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

// unsay takes one statement back. One that another of ours corrects went with that.
func (r *Register) unsay(tx *store.Tx, s dated.Statement, ours map[string]bool, said dated.Said) error {
	others, err := r.CorrectedBut(tx, s.ID, ours)
	if err != nil {
		return err
	}
	corrected, err := r.book.IsCorrected(tx, s)
	if err != nil || corrected && !others || s.Withdrawn && ours[s.Corrects] {
		return err
	}
	if s.Withdrawn { // nothing corrects a withdrawal: what it withdrew is stated anew
		again := s
		again.Said, again.Withdrawn, again.Corrects = said, false, ""
		again.Source = s.Source
		if _, err := r.book.Add(tx, again); err != nil {
			return err
		}
		return r.enter(tx, s.Subject, s.Name, s.Value)
	}
	if s.Corrects == "" || ours[s.Corrects] {
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
	return r.CorrectedBut(tx, statement, nil)
}

// CorrectedBut is [Register.Corrected] by a statement that is none of ours.
func (r *Register) CorrectedBut(tx *store.Tx, statement string, ours map[string]bool) (bool, error) {
	s, err := r.book.Get(tx, statement)
	if err != nil {
		return false, err
	}
	corrected, err := r.book.IsCorrected(tx, s)
	if err != nil || !corrected || len(ours) == 0 {
		return corrected, err
	}
	history, err := r.book.History(tx, s.Subject)
	return slices.ContainsFunc(history, func(h dated.Statement) bool { return h.Corrects == s.ID && !ours[h.ID] }), err
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
