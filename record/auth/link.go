package auth

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"doudi/record/dated"
	"doudi/record/store"
)

// An office's own identity provider (OpenID Connect) may say who somebody is. Who that is here an administrator has said before, by the
// provider's word for the person: nobody gets an account, or a post, by signing in elsewhere.

// Verified is what an identity provider has said, once it was checked by who speaks with it.
type Verified struct {
	County  string
	Issuer  string
	Subject string
	Strong  bool   // the provider has seen a second factor
	Address string // where the browser comes from
	Instant time.Time
}

// longestSubject is that of OpenID Connect.
const longestSubject = 255

// ticketTime is how long who has come from the provider may take to show the second factor.
const ticketTime = 5 * time.Minute

// Link says who an account is at an identity provider, in place of what was said before. Codes: auth.account-unknown, auth.subject, auth.linked
// when somebody else is that person.
func (s *Staff) Link(tx *store.Tx, account, issuer, subject string) error {
	if _, err := s.Account(tx, account); err != nil {
		return err
	}
	subject = strings.TrimSpace(subject)
	if subject == "" || len(subject) > longestSubject || strings.ContainsFunc(subject, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return subjectMalformed()
	}
	other, err := linked(tx, issuer, subject)
	switch {
	case err == nil && other == account:
		return nil
	case err == nil:
		return alreadyLinked()
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if err := s.unlink(tx, account, issuer); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO auth_link (county_code, issuer, subject, account_id, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		tx.County, issuer, subject, account, store.FormatInstant(tx.Instant), tx.Actor.ID); err != nil {
		return err
	}
	return s.record(tx, "auth.link", account, map[string]string{"issuer": issuer, "subject": subject})
}

// Unlink takes the link of an account away and ends the sessions that came by it.
func (s *Staff) Unlink(tx *store.Tx, account, issuer string) error {
	if err := s.unlink(tx, account, issuer); err != nil {
		return err
	}
	return s.record(tx, "auth.unlink", account, map[string]string{"issuer": issuer})
}

func (s *Staff) unlink(tx *store.Tx, account, issuer string) error {
	for _, statement := range []string{`DELETE FROM auth_link WHERE county_code = ?1 AND account_id = ?2 AND issuer = ?3`,
		`DELETE FROM auth_ticket WHERE county_code = ?1 AND account_id = ?2 AND issuer = ?3`,
		`DELETE FROM auth_session WHERE county_code = ?1 AND account_id = ?2 AND issuer = ?3`} {
		if _, err := tx.Exec(statement, tx.County, account, issuer); err != nil {
			return err
		}
	}
	return nil
}

// linked is the account of a person of a provider; sql.ErrNoRows when there is none.
func linked(tx *store.Tx, issuer, subject string) (account string, err error) {
	err = tx.QueryRow(`SELECT account_id FROM auth_link WHERE county_code = ?1 AND issuer = ?2 AND subject = ?3`, tx.County, issuer, subject).Scan(&account)
	return account, err
}

// Linked is who an account is at a provider; "" when nobody has said so.
func Linked(tx *store.Tx, account, issuer string) (subject string, err error) {
	found, err := store.All(tx, store.Text, `SELECT subject FROM auth_link WHERE county_code = ?1 AND account_id = ?2 AND issuer = ?3`, tx.County, account, issuer)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// SignInLinked signs somebody in whom an identity provider has vouched for. Where the second factor is still to be shown here, there is no token
// but a ticket for [Staff.FinishLinked]. Code: auth.not-linked, also for an account that is closed.
func (s *Staff) SignInLinked(ctx context.Context, st *store.Store, who Verified) (token, ticket string, err error) {
	var known Account
	err = st.Read(ctx, who.County, func(tx *store.Tx) error {
		id, err := linked(tx, who.Issuer, who.Subject)
		if errors.Is(err, sql.ErrNoRows) {
			return notLinked()
		}
		if err == nil {
			known, err = s.Account(tx, id)
		}
		if err == nil && known.Closed != "" {
			return notLinked()
		}
		return err
	})
	if err != nil {
		return "", "", err
	}
	if known.Factor && !who.Strong {
		ticket, err = s.giveTicket(ctx, st, who, known)
		return "", ticket, err
	}
	token, err = s.begin(ctx, st, Attempt{County: who.County, Login: known.Login, Address: who.Address, Instant: who.Instant}, beginning{Account: known, issuer: who.Issuer, strong: who.Strong})
	return token, "", err
}

func ticketDigest(ticket string) string { return sum("doudi ticket\n" + ticket) }

// giveTicket keeps who has come, until the second factor was shown.
func (s *Staff) giveTicket(ctx context.Context, st *store.Store, who Verified, known Account) (ticket string, err error) {
	ticket = who.County + "." + rand.Text() + rand.Text()
	c := store.Command{Name: "auth.ticket", County: who.County, Actor: store.Actor{ID: known.ID, Name: known.Name}, Instant: who.Instant}
	_, err = st.Write(ctx, c, func(tx *store.Tx) (any, error) {
		if _, err := tx.Exec(`DELETE FROM auth_ticket WHERE county_code = ?1 AND instant <= ?2`, tx.County, store.FormatInstant(tx.Instant.Add(-ticketTime))); err != nil {
			return nil, err
		}
		_, err := tx.Exec(`INSERT INTO auth_ticket (county_code, digest, account_id, issuer, instant) VALUES (?1, ?2, ?3, ?4, ?5)`, tx.County, ticketDigest(ticket), known.ID, who.Issuer, store.FormatInstant(tx.Instant))
		return nil, err
	})
	return ticket, err
}

// FinishLinked signs in who has come with a ticket and shows the second factor. Wrong codes count and lock as wrong passwords do. Codes:
// auth.ticket when it is over, auth.sign-in for a wrong code or a locked name, auth.too-many.
func (s *Staff) FinishLinked(ctx context.Context, st *store.Store, ticket string, a Attempt) (token string, err error) {
	if err := s.guard.Allows(a.Address, a.Instant); err != nil {
		return "", err
	}
	var known Account
	var issuer, secret string
	err = st.Read(ctx, a.County, func(tx *store.Tx) error {
		var id string
		err := tx.QueryRow(`SELECT account_id, issuer FROM auth_ticket WHERE county_code = ?1 AND digest = ?2 AND instant > ?3`, tx.County, ticketDigest(ticket), store.FormatInstant(a.Instant.Add(-ticketTime))).Scan(&id, &issuer)
		if errors.Is(err, sql.ErrNoRows) {
			return ticketOver()
		}
		if err == nil {
			known, err = s.Account(tx, id)
		}
		if err == nil {
			secret, err = s.secretOf(tx, &known)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	a.Login = known.Login
	locked := false
	if err := st.Read(ctx, a.County, func(tx *store.Tx) error {
		n, err := failuresOf(tx, a.Login, a.Instant)
		locked = n >= lockFailures
		return err
	}); err != nil {
		return "", err
	}
	step := stepOf(secret, strings.ReplaceAll(a.Code, " ", ""), a.Instant, known.step)
	if step == 0 || locked || known.Closed != "" {
		s.guard.Wrong(a.Address, a.Instant)
		if err := s.failed(ctx, st, a, known); err != nil {
			return "", err
		}
		return "", codeWrong()
	}
	return s.begin(ctx, st, a, beginning{Account: known, step: step, issuer: issuer, strong: true, ticket: ticketDigest(ticket)})
}

// administers tells whether an account may act today in a post that manages the staff.
func (s *Staff) administers(tx *store.Tx, account string, at time.Time) (bool, error) {
	posts, err := s.acting(tx, account, dated.Day(at))
	return slices.ContainsFunc(posts, func(p Post) bool { _, ok := p.Role.May(ManageStaff); return ok }), err
}
