package auth

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/store"
)

// How long a session lasts without anything done in it, and at most; how many wrong sign-ins lock a name, and for how long.
const (
	SessionIdle  = 30 * time.Minute
	SessionLong  = 12 * time.Hour
	seenStep     = time.Minute // a session's last use is kept to this
	lockFailures = 5
	LockWindow   = 15 * time.Minute
)

// Attempt is somebody's try to sign in.
type Attempt struct {
	County   string
	Login    string
	Password string
	Code     string // of the second factor; "" when there is none
	Address  string // where the try comes from
	Instant  time.Time

	// Administrators says that passwords are switched off but for those who manage the staff: an identity provider that is away must not
	// lock everybody out.
	Administrators bool
}

// Session is who a browser is signed in as.
type Session struct {
	County  string
	Account Account
	Post    Post   // acted in; zero when the account has none today
	Posts   []Post // that may be acted in
	Demo    bool   // of a county of demonstration, where nothing is real

	Issuer string // the identity provider it came by; "" for a password
	Strong bool   // a second factor was seen there

	digest, seen string
}

// Actor is who acts, for a command.
func (s *Session) Actor() store.Actor {
	return store.Actor{ID: s.Account.ID, Name: s.Account.Name, Post: s.Post.Title()}
}

// Title is a post as it is named in the log and on paper: 孝直镇 镇经办（代孙倩）.
func (p Post) Title() string {
	if p.Role == nil {
		return ""
	}
	title := p.Organisation.Name + " " + p.Role.Name.ZH
	if p.For != "" {
		title += "（代" + p.For + "）"
	}
	return title
}

// May is what the session's post may do under a permission. Nothing while the password or the second factor is still to be set.
func (s *Session) May(p Permission) (Access, bool) {
	if s.Unfinished() {
		return Access{}, false
	}
	return s.Post.Role.May(p)
}

// Covers tells whether a division lies where the post looks.
func (s *Session) Covers(d ident.Division) bool {
	return s.Post.Role != nil && s.Post.Organisation.Division != "" && ident.Contains(s.Post.Organisation.Division, d)
}

// Unfinished tells whether something is to be set before anything else can be done: an own password, or the second factor that the
// role asks for.
func (s *Session) Unfinished() bool { return s.NeedsPassword() || s.NeedsFactor() }

// NeedsPassword tells whether the holder still has to set an own password. Who comes by an identity provider uses none.
func (s *Session) NeedsPassword() bool { return s.Account.Temporary && s.Issuer == "" }

// NeedsFactor tells whether a second factor is still to be set up. A county of demonstration asks for none.
func (s *Session) NeedsFactor() bool {
	return !s.Demo && !s.Strong && !s.Account.Factor && slices.ContainsFunc(s.Posts, func(p Post) bool { return p.Role.Factor })
}

// SignIn signs somebody in and answers the token that the browser keeps. The password is compared outside of any transaction, for that
// takes long. Whatever is wrong, and whether or not there is such an account, the answer is the same and takes as long: code
// auth.sign-in. Codes besides: auth.too-many for an address with too many tries.
func (s *Staff) SignIn(ctx context.Context, st *store.Store, a Attempt) (token string, err error) {
	if err := s.guard.Allows(a.Address, a.Instant); err != nil {
		return "", err
	}
	known, locked, secret, err := s.claimed(ctx, st, &a)
	if err != nil {
		return "", err
	}
	barred, err := s.barred(ctx, st, a, known)
	if err != nil {
		return "", err
	}
	kept := known.password
	if known.ID == "" {
		kept = nobodys()
	}
	right := matches(a.Password, kept) && known.ID != "" && known.Closed == "" && !locked && !barred
	step := int64(0)
	if secret != "" {
		step = stepOf(secret, strings.ReplaceAll(a.Code, " ", ""), a.Instant, known.step)
		right = right && step > 0
	}
	if !right {
		s.guard.Wrong(a.Address, a.Instant)
		if err := s.failed(ctx, st, a, known); err != nil {
			return "", err
		}
		return "", signInWrong()
	}
	return s.begin(ctx, st, a, beginning{Account: known, step: step})
}

// barred tells whether an account may not use a password.
func (s *Staff) barred(ctx context.Context, st *store.Store, a Attempt, known Account) (barred bool, err error) {
	if !a.Administrators || known.ID == "" {
		return false, nil
	}
	err = st.Read(ctx, a.County, func(tx *store.Tx) error {
		administers, err := s.administers(tx, known.ID, a.Instant)
		barred = !administers
		return err
	})
	return barred, err
}

// claimed reads what is known about who somebody says to be.
func (s *Staff) claimed(ctx context.Context, st *store.Store, a *Attempt) (known Account, locked bool, secret string, err error) {
	a.Login = strings.ToLower(strings.TrimSpace(a.Login))
	err = st.Read(ctx, a.County, func(tx *store.Tx) (err error) {
		failures, err := failuresOf(tx, a.Login, a.Instant)
		if err != nil {
			return err
		}
		locked = failures >= lockFailures
		if !loginForm.MatchString(a.Login) { // nobody's
			return nil
		}
		known, err = byLogin(tx, a.Login)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		secret, err = s.secretOf(tx, &known)
		return err
	})
	return known, locked, secret, err
}

func attemptToken(login string) string { return sum("doudi sign-in\n" + login) }

func sum(text string) string {
	digest := sm3.Sum([]byte(text))
	return hex.EncodeToString(digest[:])
}

// failuresOf is how often a name was tried in vain in the window that holds an instant.
func failuresOf(tx *store.Tx, login string, at time.Time) (n int, err error) {
	var began string
	err = tx.QueryRow(`SELECT failures, began FROM auth_attempt WHERE county_code = ?1 AND token = ?2`, tx.County, attemptToken(login)).Scan(&n, &began)
	if errors.Is(err, sql.ErrNoRows) || err == nil && began <= store.FormatInstant(at.Add(-LockWindow)) {
		return 0, nil
	}
	return n, err
}

// failed counts a wrong try. The one that locks a name goes into the log.
func (s *Staff) failed(ctx context.Context, st *store.Store, a Attempt, known Account) error {
	c := store.Command{Name: "auth.failed", County: a.County, Actor: store.Actor{ID: "sign-in", Name: "sign-in"}, Instant: a.Instant}
	_, err := st.Write(ctx, c, func(tx *store.Tx) (any, error) {
		over := store.FormatInstant(tx.Instant.Add(-LockWindow))
		if _, err := tx.Exec(`DELETE FROM auth_attempt WHERE county_code = ?1 AND began <= ?2`, tx.County, over); err != nil {
			return nil, err
		}
		_, err := tx.Exec(`INSERT INTO auth_attempt (county_code, token, failures, began) VALUES (?1, ?2, 1, ?3)
			ON CONFLICT (county_code, token) DO UPDATE SET failures = auth_attempt.failures + 1`, tx.County, attemptToken(a.Login), store.FormatInstant(tx.Instant))
		if err != nil {
			return nil, err
		}
		n, err := failuresOf(tx, a.Login, tx.Instant)
		if err != nil || n != lockFailures || known.ID == "" {
			return nil, err
		}
		return nil, s.record(tx, "auth.locked", known.ID, nil)
	})
	return err
}

// beginning is what a session begins with.
type beginning struct {
	Account
	step   int64  // of the second factor's code; 0 when none was shown
	issuer string // of the identity provider; "" for a password
	strong bool   // a second factor was seen
	ticket string // digest of the ticket that is used up
}

// begin opens a session.
func (s *Staff) begin(ctx context.Context, st *store.Store, a Attempt, known beginning) (token string, err error) {
	step := known.step
	token = a.County + "." + rand.Text() + rand.Text()
	c := store.Command{Name: "auth.sign-in", County: a.County, Actor: store.Actor{ID: known.ID, Name: known.Name}, Instant: a.Instant}
	_, err = st.Write(ctx, c, func(tx *store.Tx) (any, error) {
		if step > 0 {
			used, err := tx.Exec(`UPDATE auth_account SET factor_step = ?3 WHERE county_code = ?1 AND account_id = ?2 AND factor_step < ?3`, tx.County, known.ID, step)
			if err != nil {
				return nil, err
			}
			if used == 0 { // somebody was quicker with the same code
				return nil, signInWrong()
			}
		}
		if known.ticket != "" {
			used, err := tx.Exec(`DELETE FROM auth_ticket WHERE county_code = ?1 AND digest = ?2`, tx.County, known.ticket)
			if err != nil {
				return nil, err
			}
			if used == 0 {
				return nil, ticketOver()
			}
		}
		posts, err := s.acting(tx, known.ID, dated.Today(tx))
		if err != nil {
			return nil, err
		}
		first := ""
		if len(posts) > 0 {
			first = posts[0].ID
		}
		if _, err := tx.Exec(`DELETE FROM auth_attempt WHERE county_code = ?1 AND token = ?2`, tx.County, attemptToken(a.Login)); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(`DELETE FROM auth_session WHERE county_code = ?1 AND (began <= ?2 OR seen <= ?3)`, tx.County,
			store.FormatInstant(tx.Instant.Add(-SessionLong)), store.FormatInstant(tx.Instant.Add(-SessionIdle))); err != nil {
			return nil, err
		}
		now := store.FormatInstant(tx.Instant)
		if _, err := tx.Exec(`INSERT INTO auth_session (county_code, digest, account_id, post_id, began, seen, issuer, strong) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)`,
			tx.County, sessionDigest(token), known.ID, first, now, known.issuer, truth(known.strong)); err != nil {
			return nil, err
		}
		return nil, s.record(tx, "auth.sign-in", known.ID, by(known.issuer))
	})
	return token, err
}

// by is what the log says of a sign-in by an identity provider.
func by(issuer string) map[string]string {
	if issuer == "" {
		return nil
	}
	return map[string]string{"issuer": issuer}
}

func sessionDigest(token string) string { return sum("doudi session\n" + token) }

// SessionCounty is the county a token is written for; "" when it cannot be one.
func SessionCounty(token string) string {
	county, rest, ok := strings.Cut(token, ".")
	if !ok || rest == "" || len(county) != 6 || strings.ContainsFunc(county, func(r rune) bool { return r < '0' || '9' < r }) {
		return ""
	}
	return county
}

// Session is who a token was given to, in the transaction of its county, as it stands at an instant. Code: auth.signed-out when it is
// over, or never was.
func (s *Staff) Session(tx *store.Tx, token string, at time.Time) (*Session, error) {
	session := &Session{County: tx.County, digest: sessionDigest(token)}
	var account, chosen, began string
	var strong int64
	err := tx.QueryRow(`SELECT account_id, post_id, began, seen, issuer, strong FROM auth_session WHERE county_code = ?1 AND digest = ?2`, tx.County, session.digest).Scan(&account, &chosen, &began, &session.seen, &session.Issuer, &strong)
	session.Strong = strong == 1
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, signedOut()
	case err != nil:
		return nil, err
	case began <= store.FormatInstant(at.Add(-SessionLong)), session.seen <= store.FormatInstant(at.Add(-SessionIdle)):
		return nil, signedOut()
	}
	if session.Account, err = s.Account(tx, account); err != nil {
		return nil, err
	}
	if session.Account.Closed != "" {
		return nil, signedOut()
	}
	if session.Demo, err = s.register.IsDemo(tx); err != nil {
		return nil, err
	}
	if session.Posts, err = s.acting(tx, account, dated.Day(at)); err != nil {
		return nil, err
	}
	session.Post = chosenPost(session.Posts, chosen)
	return session, nil
}

// chosenPost is the post that was chosen, or the first when that one is over.
func chosenPost(posts []Post, id string) Post {
	if i := slices.IndexFunc(posts, func(p Post) bool { return p.ID == id }); i >= 0 {
		return posts[i]
	}
	if len(posts) > 0 {
		return posts[0]
	}
	return Post{}
}

// Stale tells whether a session's last use should be kept anew: at most once a minute, so that reading writes nothing.
func (s *Session) Stale(at time.Time) bool { return s.seen <= store.FormatInstant(at.Add(-seenStep)) }

// Use keeps that a session was used.
func (s *Staff) Use(tx *store.Tx, session *Session) error {
	_, err := tx.Exec(`UPDATE auth_session SET seen = ?3 WHERE county_code = ?1 AND digest = ?2 AND seen < ?3`, tx.County, session.digest, store.FormatInstant(tx.Instant))
	return err
}

// Choose goes over to another post. Code: auth.post-unknown.
func (s *Staff) Choose(tx *store.Tx, session *Session, post string) error {
	if !slices.ContainsFunc(session.Posts, func(p Post) bool { return p.ID == post }) {
		return postUnknown()
	}
	_, err := tx.Exec(`UPDATE auth_session SET post_id = ?3 WHERE county_code = ?1 AND digest = ?2`, tx.County, session.digest, post)
	return err
}

// SignOut ends a session.
func (s *Staff) SignOut(tx *store.Tx, session *Session) error {
	if _, err := tx.Exec(`DELETE FROM auth_session WHERE county_code = ?1 AND digest = ?2`, tx.County, session.digest); err != nil {
		return err
	}
	return s.record(tx, "auth.sign-out", session.Account.ID, nil)
}

// setupTime is how long a code for setting up holds.
const setupTime = 24 * time.Hour

// SetupCode is a new code with which the first account of a county can be made; "" when it has accounts already.
func (s *Staff) SetupCode(tx *store.Tx) (string, error) {
	if begun, err := s.Begun(tx); err != nil || begun {
		return "", err
	}
	code := rand.Text()[:16]
	code = code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
	_, err := tx.Exec(`INSERT INTO auth_setup (county_code, digest, instant) VALUES (?1, ?2, ?3)`, tx.County, setupDigest(code), store.FormatInstant(tx.Instant))
	return code, err
}

func setupDigest(code string) string {
	return sum("doudi set-up\n" + strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), " ", "")))
}

// Begun tells whether a county has accounts.
func (s *Staff) Begun(tx *store.Tx) (bool, error) {
	found, err := store.All(tx, store.Text, `SELECT account_id FROM auth_account WHERE county_code = ?1 LIMIT 1`, tx.County)
	return len(found) > 0, err
}

// Setup is what the first account of a county is made with: its organisation is an office ready to be named.
type Setup struct {
	Code         string
	Organisation string // the office's name
	NewAccount
}

// SetupOffice is the id of the office that is named when a county is set up.
const SetupOffice = "county-office"

// SetUp makes the first account of a county, an administrator. It is done once: where there are accounts already the code is wrong.
// Codes: auth.setup-code; auth.organisation; those of [Staff.Open].
func (s *Staff) SetUp(tx *store.Tx, n Setup) (account string, err error) {
	begun, err := s.Begun(tx)
	if err != nil {
		return "", err
	}
	found, err := store.All(tx, store.Text, `SELECT digest FROM auth_setup WHERE county_code = ?1 AND digest = ?2 AND instant > ?3`,
		tx.County, setupDigest(n.Code), store.FormatInstant(tx.Instant.Add(-setupTime)))
	if err != nil {
		return "", err
	}
	if begun || len(found) == 0 {
		return "", setupWrong()
	}
	return s.first(tx, n)
}

// first makes the administrator.
func (s *Staff) first(tx *store.Tx, n Setup) (account string, err error) {
	if strings.TrimSpace(n.Organisation) == "" {
		return "", organisationMissing()
	}
	today := dated.Today(tx)
	kind, err := dated.KindOf(tx, SetupOffice)
	if err == nil && kind == "" {
		err = s.providers.AddOffice(tx, provider.Office{ID: SetupOffice, Name: strings.TrimSpace(n.Organisation), Span: dated.From(today)}, dated.Said{})
	}
	if err != nil {
		return "", err
	}
	n.Own = true
	if account, err = s.Open(tx, n.NewAccount); err != nil {
		return "", err
	}
	if _, err := s.Appoint(tx, account, "admin", SetupOffice, period.Span{From: today, To: period.Latest}); err != nil {
		return "", err
	}
	_, err = tx.Exec(`DELETE FROM auth_setup WHERE county_code = ?1`, tx.County)
	return account, err
}
