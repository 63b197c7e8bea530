package auth

import (
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// Staff keeps the accounts of those who sign in, their posts and who stands in for whom. It may be used by many goroutines.
type Staff struct {
	register  *register.Register
	providers *provider.Providers
	log       *audit.Log
	guard     Guard
}

// NewStaff keeps the staff of those on a register and a list of providers.
func NewStaff(register *register.Register, providers *provider.Providers, log *audit.Log) *Staff {
	return &Staff{register: register, providers: providers, log: log}
}

// Account is somebody who signs in.
type Account struct {
	ID        string
	Login     string
	Name      string
	Temporary bool   // the password is one that somebody else has set, and is to be changed
	Factor    bool   // a second factor is set up
	Closed    string // when, as [store.FormatInstant] writes it; "" while it is open

	password, factor string
	step             int64
}

// NewAccount is what an account is opened with.
type NewAccount struct {
	Login    string // what is typed to sign in: 3 to 32 letters, digits, points, hyphens
	Name     string
	Password string
	Own      bool // the password is the holder's own and need not be changed
}

var loginForm = regexp.MustCompile(`\A[a-z][a-z0-9.-]{2,31}\z`)

// Open opens an account and answers its id. Codes: auth.login, auth.login-taken, auth.person-name, auth.password.
func (s *Staff) Open(tx *store.Tx, n NewAccount) (id string, err error) {
	n.Login, n.Name = strings.ToLower(strings.TrimSpace(n.Login)), strings.TrimSpace(n.Name)
	switch {
	case !loginForm.MatchString(n.Login):
		return "", loginMalformed()
	case n.Name == "" || utf8.RuneCountInString(n.Name) > longestName || strings.ContainsFunc(n.Name, unicode.IsControl):
		return "", personNameMalformed()
	}
	if err := acceptable(n.Password, n.Login, n.Name); err != nil {
		return "", err
	}
	_, err = byLogin(tx, n.Login)
	switch {
	case err == nil:
		return "", loginTaken()
	case !errors.Is(err, sql.ErrNoRows):
		return "", err
	}
	id = tx.NewID()
	_, err = tx.Exec(`INSERT INTO auth_account (county_code, account_id, login, name, password, temporary, factor, factor_step, closed, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0, '', ?7, ?8)`, tx.County, id, n.Login, n.Name, hashed(n.Password), truth(!n.Own), store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return "", err
	}
	return id, s.record(tx, "auth.open", id, map[string]string{"login": n.Login, "name": n.Name})
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Post is a post as it is kept.
type Post struct {
	ID           string
	Account      string
	Role         *Role
	Organisation Organisation
	Span         period.Span
	For          string // the name of whom the holder stands in for; "" in an own post
}

// acts tells whether somebody can act in the post: the program knows its role, and its organisation is there.
func (p Post) acts() bool { return p.Role != nil && p.Organisation.Kind != "" }

// Organisation is what a post belongs to, as it is on a day: who took over from it, if it is no more.
type Organisation struct {
	ID       string
	Kind     provider.Kind
	Name     string
	Division ident.Division // where its posts look: of an office the county
}

// Appoint gives an account a post and answers its id. Codes: auth.account-unknown, auth.role-unknown, auth.party-unknown,
// auth.role-kind when an organisation of the kind has no such posts, auth.span.
func (s *Staff) Appoint(tx *store.Tx, account, role, organisation string, span period.Span) (id string, err error) {
	if _, err := s.Account(tx, account); err != nil {
		return "", err
	}
	r := RoleOf(role)
	if r == nil {
		return "", roleUnknown(role)
	}
	o, err := s.organisation(tx, organisation, dated.Today(tx))
	if err != nil {
		return "", err
	}
	if !slices.Contains(r.Organisations, o.Kind) {
		return "", roleKind(r, o.Name)
	}
	if span = writable(span); span.Empty() {
		return "", spanMalformed(span)
	}
	id = tx.NewID()
	_, err = tx.Exec(`INSERT INTO auth_post (county_code, post_id, account_id, role, party_id, from_day, to_day, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
		tx.County, id, account, role, organisation, span.From.String(), span.To.String(), store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return "", err
	}
	return id, s.record(tx, "auth.appoint", account, map[string]string{"post": id, "role": role, "organisation": organisation, "from": span.From.String(), "to": span.To.String()})
}

// writable is a span with its open ends at the first and last day that are written.
func writable(s period.Span) period.Span {
	return period.Span{From: max(s.From, period.Earliest), To: min(s.To, period.Latest)}
}

// Leave ends a post with a last day. Codes: auth.post-unknown, auth.span, auth.last-administrator when nobody else would manage the staff.
func (s *Staff) Leave(tx *store.Tx, post string, last period.Day) error {
	row, err := postRow(tx, post)
	if err != nil {
		return err
	}
	if last < row.span.From-1 || last > row.span.To {
		return spanMalformed(period.Span{From: row.span.From, To: last})
	}
	if err := s.stillManaged(tx, row, last+1); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE auth_post SET to_day = ?3 WHERE county_code = ?1 AND post_id = ?2`, tx.County, post, last.String()); err != nil {
		return err
	}
	return s.record(tx, "auth.leave", row.account, map[string]string{"post": post, "to": last.String()})
}

// stillManaged refuses that a post ends which is the last one that manages the staff from a day on: nobody could appoint anybody any more.
func (s *Staff) stillManaged(tx *store.Tx, ending post, from period.Day) error {
	if _, manages := RoleOf(ending.role).May(ManageStaff); !manages {
		return nil
	}
	rows, err := store.All(tx, func(rows *store.Rows) (post, error) { return scanPost(rows) }, postColumns+`AND post_id <> ?2 AND account_id IN
		(SELECT account_id FROM auth_account WHERE county_code = ?1 AND closed = '')`, tx.County, ending.id)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(p post) bool {
		_, manages := RoleOf(p.role).May(ManageStaff)
		return manages && p.span.Contains(from)
	}) {
		return nil
	}
	return lastAdministrator()
}

// Cover lets another account act in a post over a span, while its holder is away. What a deputy makes the deputy does not check: acts
// carry the deputy's own id. Codes: auth.post-unknown, auth.account-unknown, auth.deputy-self, auth.span, auth.reason.
func (s *Staff) Cover(tx *store.Tx, post, deputy string, span period.Span, reason string) (id string, err error) {
	row, err := postRow(tx, post)
	if err != nil {
		return "", err
	}
	if _, err := s.Account(tx, deputy); err != nil {
		return "", err
	}
	switch {
	case row.account == deputy:
		return "", deputySelf()
	case span.Empty() || span.From < period.Earliest || span.To >= period.Latest:
		return "", spanMalformed(span)
	case strings.TrimSpace(reason) == "":
		return "", coverReason()
	}
	id = tx.NewID()
	_, err = tx.Exec(`INSERT INTO auth_deputy (county_code, deputy_id, post_id, account_id, from_day, to_day, reason, ended, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', ?8, ?9)`,
		tx.County, id, post, deputy, span.From.String(), span.To.String(), strings.TrimSpace(reason), store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return "", err
	}
	return id, s.record(tx, "auth.cover", deputy, map[string]string{"post": post, "from": span.From.String(), "to": span.To.String(), "reason": strings.TrimSpace(reason)})
}

// EndCover ends a deputy's time at once. Code: auth.deputy-unknown.
func (s *Staff) EndCover(tx *store.Tx, deputy string) error {
	ended, err := tx.Exec(`UPDATE auth_deputy SET ended = ?3 WHERE county_code = ?1 AND deputy_id = ?2 AND ended = ''`, tx.County, deputy, store.FormatInstant(tx.Instant))
	if err == nil && ended == 0 {
		return deputyUnknown()
	}
	if err != nil {
		return err
	}
	return s.record(tx, "auth.cover-end", deputy, nil)
}

// Reset gives an account another password, which its holder changes at the next sign-in, and takes its second factor away. Whoever is
// signed in with it is signed out. Codes: auth.account-unknown, auth.password.
func (s *Staff) Reset(tx *store.Tx, account, password string) error {
	a, err := s.Account(tx, account)
	if err != nil {
		return err
	}
	if err := s.setPassword(tx, &a, password, true); err != nil {
		return err
	}
	if err := dropFactor(tx, account); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM auth_attempt WHERE county_code = ?1 AND token = ?2`, tx.County, attemptToken(a.Login)); err != nil {
		return err
	}
	return s.record(tx, "auth.reset", account, nil)
}

func dropFactor(tx *store.Tx, account string) error {
	_, err := tx.Exec(`UPDATE auth_account SET factor = '', factor_step = 0 WHERE county_code = ?1 AND account_id = ?2`, tx.County, account)
	return err
}

// ResetFactor takes the second factor of an account away, whose holder has lost it, and ends its sessions. A role that asks for one asks for a new one at
// the next sign-in. Code: auth.account-unknown.
func (s *Staff) ResetFactor(tx *store.Tx, account string) error {
	if _, err := s.Account(tx, account); err != nil {
		return err
	}
	if err := dropFactor(tx, account); err != nil {
		return err
	}
	if err := endSessions(tx, account); err != nil {
		return err
	}
	return s.record(tx, "auth.factor-reset", account, nil)
}

// SignedIn is a session of an account as an administrator sees it.
type SignedIn struct {
	Began, Seen string // as [store.FormatInstant] writes them
	Issuer      string // the identity provider it came by; "" for a password
}

// Sessions are the sessions of an account that last at an instant, in the order they began.
func Sessions(tx *store.Tx, account string, at time.Time) ([]SignedIn, error) {
	return store.All(tx, func(rows *store.Rows) (s SignedIn, err error) { return s, rows.Scan(&s.Began, &s.Seen, &s.Issuer) },
		`SELECT began, seen, issuer FROM auth_session WHERE county_code = ?1 AND account_id = ?2 AND began > ?3 AND seen > ?4 ORDER BY began`,
		tx.County, account, store.FormatInstant(at.Add(-SessionLong)), store.FormatInstant(at.Add(-SessionIdle)))
}

// EndSessions signs an account out everywhere. Code: auth.account-unknown.
func (s *Staff) EndSessions(tx *store.Tx, account string) error {
	if _, err := s.Account(tx, account); err != nil {
		return err
	}
	if err := endSessions(tx, account); err != nil {
		return err
	}
	return s.record(tx, "auth.sessions-end", account, nil)
}

// ChangePassword changes the holder's own password, who shows the present one. Other sessions end. Codes: auth.password-wrong,
// auth.password, auth.password-same.
func (s *Staff) ChangePassword(tx *store.Tx, account, present, password string) error {
	a, err := s.Account(tx, account)
	if err != nil {
		return err
	}
	switch {
	case !matches(present, a.password):
		return passwordWrong()
	case present == password:
		return passwordSame()
	}
	if err := s.setPassword(tx, &a, password, false); err != nil {
		return err
	}
	return s.record(tx, "auth.password", account, nil)
}

func (s *Staff) setPassword(tx *store.Tx, a *Account, password string, temporary bool) error {
	if err := acceptable(password, a.Login, a.Name); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE auth_account SET password = ?3, temporary = ?4 WHERE county_code = ?1 AND account_id = ?2`, tx.County, a.ID, hashed(password), truth(temporary))
	if err != nil {
		return err
	}
	return endSessions(tx, a.ID)
}

// Close closes an account for ever. Codes: auth.account-unknown, auth.reason, auth.close-self.
func (s *Staff) Close(tx *store.Tx, account, reason string) error {
	if _, err := s.Account(tx, account); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(reason) == "":
		return coverReason()
	case account == tx.Actor.ID:
		return closeSelf()
	}
	if _, err := tx.Exec(`UPDATE auth_account SET closed = ?3 WHERE county_code = ?1 AND account_id = ?2 AND closed = ''`, tx.County, account, store.FormatInstant(tx.Instant)); err != nil {
		return err
	}
	if err := endSessions(tx, account); err != nil {
		return err
	}
	return s.record(tx, "auth.close", account, map[string]string{"reason": strings.TrimSpace(reason)})
}

func endSessions(tx *store.Tx, account string) error {
	_, err := tx.Exec(`DELETE FROM auth_session WHERE county_code = ?1 AND account_id = ?2`, tx.County, account)
	return err
}

const accountColumns = `SELECT account_id, login, name, password, temporary, factor, factor_step, closed FROM auth_account WHERE county_code = ?1 `

func scanAccount(row interface{ Scan(...any) error }) (a Account, err error) {
	err = row.Scan(&a.ID, &a.Login, &a.Name, &a.password, &a.Temporary, &a.factor, &a.step, &a.Closed)
	a.Factor = a.factor != ""
	return a, err
}

// Account is one account. Code: auth.account-unknown.
func (s *Staff) Account(tx *store.Tx, id string) (Account, error) {
	a, err := scanAccount(tx.QueryRow(accountColumns+`AND account_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return a, accountUnknown()
	}
	return a, err
}

// byLogin is the account of a login; sql.ErrNoRows when there is none.
func byLogin(tx *store.Tx, login string) (Account, error) {
	return scanAccount(tx.QueryRow(accountColumns+`AND login = ?2`, tx.County, login))
}

// Accounts are all accounts of the county by login.
func (s *Staff) Accounts(tx *store.Tx) ([]Account, error) {
	return store.All(tx, func(rows *store.Rows) (Account, error) { return scanAccount(rows) }, accountColumns+`ORDER BY login COLLATE "C"`, tx.County)
}

// post is a row of the table of posts.
type post struct {
	id, account, role, party string
	span                     period.Span
}

const postColumns = `SELECT post_id, account_id, role, party_id, from_day, to_day FROM auth_post WHERE county_code = ?1 `

func scanPost(row interface{ Scan(...any) error }) (p post, err error) {
	var from, to string
	if err := row.Scan(&p.id, &p.account, &p.role, &p.party, &from, &to); err != nil {
		return p, err
	}
	p.span, err = spanOf(from, to)
	return p, err
}

func spanOf(from, to string) (s period.Span, err error) {
	var errs [2]error
	s.From, errs[0] = period.ParseDay(from)
	s.To, errs[1] = period.ParseDay(to)
	return s, errors.Join(errs[:]...)
}

func postRow(tx *store.Tx, id string) (post, error) {
	p, err := scanPost(tx.QueryRow(postColumns+`AND post_id = ?2`, tx.County, id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, postUnknown()
	}
	return p, err
}

// Posts are all posts an account ever had itself, as its organisations are on a day, in the order they were given.
func (s *Staff) Posts(tx *store.Tx, account string, day period.Day) ([]Post, error) {
	rows, err := store.All(tx, func(rows *store.Rows) (post, error) { return scanPost(rows) }, postColumns+`AND account_id = ?2 ORDER BY post_id`, tx.County, account)
	if err != nil {
		return nil, err
	}
	var list []Post
	for _, row := range rows {
		p, err := s.filled(tx, row, day)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// Deputy is somebody who stands in for a post.
type Deputy struct {
	ID, Post, Account string
	Span              period.Span
	Reason            string
	Ended             string
}

// Deputies are all who ever stood in for the posts of the county, in order.
func (s *Staff) Deputies(tx *store.Tx) ([]Deputy, error) {
	return deputies(tx, ``)
}

func deputies(tx *store.Tx, where string, args ...any) ([]Deputy, error) {
	return store.All(tx, func(rows *store.Rows) (d Deputy, err error) {
		var from, to string
		if err := rows.Scan(&d.ID, &d.Post, &d.Account, &from, &to, &d.Reason, &d.Ended); err != nil {
			return d, err
		}
		d.Span, err = spanOf(from, to)
		return d, err
	}, `SELECT deputy_id, post_id, account_id, from_day, to_day, reason, ended FROM auth_deputy WHERE county_code = ?1 `+where+`ORDER BY deputy_id`, append([]any{tx.County}, args...)...)
}

// acting are the posts an account may act in on a day: its own, and those it stands in for while their holders still have them.
func (s *Staff) acting(tx *store.Tx, account string, day period.Day) ([]Post, error) {
	own, err := s.Posts(tx, account, day)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(own, func(p Post) bool { return !p.Span.Contains(day) || !p.acts() })
	covers, err := deputies(tx, `AND account_id = ?2 AND ended = '' `, account)
	if err != nil {
		return nil, err
	}
	for _, d := range covers {
		row, err := postRow(tx, d.Post)
		if err != nil {
			return nil, err
		}
		if !d.Span.Contains(day) || !row.span.Contains(day) {
			continue
		}
		holder, err := s.Account(tx, row.account)
		if err != nil {
			return nil, err
		}
		p, err := s.filled(tx, row, day)
		if err != nil {
			return nil, err
		}
		if p.For = holder.Name; p.acts() {
			list = append(list, p)
		}
	}
	return list, nil
}

func (s *Staff) filled(tx *store.Tx, row post, day period.Day) (Post, error) {
	p := Post{ID: row.id, Account: row.account, Role: RoleOf(row.role), Span: row.span}
	o, err := s.organisation(tx, row.party, day)
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.OutOfForce { // gone without anybody taking over: a post nobody acts in
		o, err = Organisation{ID: row.party, Name: row.party}, nil
	}
	p.Organisation = o
	return p, err
}

// organisation is an organisation as it is on a day: the office that took over its work, the division it went into.
func (s *Staff) organisation(tx *store.Tx, id string, day period.Day) (Organisation, error) {
	kind, err := dated.KindOf(tx, id)
	if err != nil {
		return Organisation{}, err
	}
	if kind == register.DivisionKind {
		return s.division(tx, ident.Division(id), day)
	}
	return s.institution(tx, id, provider.Kind(kind), day)
}

// institution is an office, hospital, pharmacy or school as an organisation.
func (s *Staff) institution(tx *store.Tx, id string, kind provider.Kind, day period.Day) (Organisation, error) {
	switch kind {
	case "":
		return Organisation{}, partyUnknown(id)
	case OfficeKind:
		office, err := s.providers.OfficeOn(tx, id, day)
		return Organisation{office.ID, OfficeKind, office.Name, ident.Division(tx.County)}, err
	}
	p, err := s.providers.Profile(tx, id, day, rule.Forever)
	if fault.CodeOf(err) == "provider.unknown" {
		return Organisation{}, partyUnknown(id)
	}
	return Organisation{id, p.Kind, p.Name, p.Division}, err
}

// division is a town or village as an organisation.
func (s *Staff) division(tx *store.Tx, code ident.Division, day period.Day) (Organisation, error) {
	now, err := s.register.Successor(tx, code, day)
	if err != nil {
		return Organisation{}, err
	}
	divisions, err := s.register.Divisions(tx, day, rule.Forever)
	if err != nil {
		return Organisation{}, err
	}
	name := ""
	for _, d := range divisions {
		if d.Code == now {
			name = d.Name
		}
	}
	return placeOf(now, name), nil
}

// placeOf is a town or village as an organisation, by its name.
func placeOf(code ident.Division, name string) Organisation {
	o := Organisation{ID: string(code), Kind: VillageKind, Name: name, Division: code}
	if code.Level() == ident.Town {
		o.Kind = TownKind
	}
	return o
}

// Organisations are those that posts can belong to on a day: divisions, offices, hospitals, pharmacies and schools.
func (s *Staff) Organisations(tx *store.Tx, day period.Day) ([]Organisation, error) {
	divisions, err := s.register.Divisions(tx, day, rule.Forever)
	if err != nil {
		return nil, err
	}
	var list []Organisation
	for _, d := range divisions {
		list = append(list, placeOf(d.Code, d.Name))
	}
	type party struct {
		id   string
		kind provider.Kind
	}
	parties, err := store.All(tx, func(rows *store.Rows) (p party, err error) { return p, rows.Scan(&p.id, &p.kind) },
		`SELECT party_id, kind FROM party WHERE county_code = ?1 AND kind IN ('office', 'hospital', 'pharmacy', 'school') ORDER BY kind, party_id`, tx.County)
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		o, err := s.institution(tx, p.id, p.kind, day)
		if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.OutOfForce {
			continue // not there yet, or gone without anybody taking over
		}
		if err != nil {
			return nil, err
		}
		if o.ID == p.id {
			list = append(list, o)
		}
	}
	return list, nil
}
