package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/store"
)

const issuer = "https://id.example"

// by signs in as somebody the identity provider vouches for.
func (p *people) by(subject string, strong bool) (token, ticket string, err error) {
	return p.staff.SignInLinked(context.Background(), p.store, auth.Verified{County: county, Issuer: issuer, Subject: subject, Strong: strong, Address: "test", Instant: p.now})
}

func (p *people) link(account, subject string) error {
	return p.do(county, func(tx *store.Tx) error { return p.staff.Link(tx, account, issuer, subject) })
}

func (p *people) refusedAs(err error, code string) {
	p.Helper()
	if fault.CodeOf(err) != code {
		p.Errorf("code %q, want %q: %v", fault.CodeOf(err), code, err)
	}
}

// Nobody is made by signing in elsewhere: an administrator says who is who, one for one.
func TestLink(t *testing.T) {
	withPeople(t, func(p *people) {
		p.appoint(p.account, "town", town)
		_, _, err := p.by("someone", true)
		p.refusedAs(err, "auth.not-linked")
		for _, bad := range []string{"", " ", "a\nb", strings.Repeat("x", 256)} {
			p.refusedAs(p.link(p.account, bad), "auth.subject")
		}
		p.refusedAs(p.link("nobody", "someone"), "auth.account-unknown")
		p.ok(p.link(p.account, " someone "))
		p.ok(p.link(p.account, "someone"))
		var other string
		p.must(func(tx *store.Tx) (err error) {
			other, err = p.staff.Open(tx, auth.NewAccount{Login: "chenmo", Name: "陈默", Password: password})
			return err
		})
		p.refusedAs(p.link(other, "someone"), "auth.linked")
		token, ticket, err := p.by("someone", false)
		if err != nil || ticket != "" {
			t.Fatal(ticket, err)
		}
		s, err := p.session(token)
		if err != nil || s.Account.ID != p.account || s.Issuer != issuer || s.Strong || s.Unfinished() {
			t.Errorf("the session is %+v, %v", s, err)
		}
		p.ok(p.link(p.account, "another word")) // takes the place of the first, with its sessions
		if _, err := p.session(token); fault.CodeOf(err) != "auth.signed-out" {
			t.Errorf("a session by a link that is no more: %v", err)
		}
		_, _, err = p.by("someone", true)
		p.refusedAs(err, "auth.not-linked")
		token, _, err = p.by("another word", true)
		p.ok(err)
		p.must(func(tx *store.Tx) error { return p.staff.Unlink(tx, p.account, issuer) })
		if _, err := p.session(token); fault.CodeOf(err) != "auth.signed-out" {
			t.Errorf("after the link was taken away: %v", err)
		}
		p.ok(p.link(p.account, "someone"))
		p.must(func(tx *store.Tx) error { return p.staff.Close(tx, p.account, "调离") })
		_, _, err = p.by("someone", true)
		p.refusedAs(err, "auth.not-linked")
	})
}

// Who comes by the provider uses no password, so a temporary one is in nobody's way.
func TestLinkedNeedsNoPassword(t *testing.T) {
	withPeople(t, func(p *people) {
		p.appoint(p.account, "town", town)
		p.ok(p.link(p.account, "someone"))
		p.must(func(tx *store.Tx) error { return p.staff.Reset(tx, p.account, "temporary 1 word") })
		token, _, err := p.by("someone", false)
		p.ok(err)
		if s, err := p.session(token); err != nil || s.Unfinished() {
			t.Errorf("unfinished: %+v, %v", s, err)
		}
	})
}

// A second factor is shown there or here, and a ticket serves once and not for long.
func TestLinkedSecondFactor(t *testing.T) {
	withPeople(t, func(p *people) {
		p.appoint(p.account, "town", town)
		p.ok(p.link(p.account, "someone"))
		f, err := auth.NewFactor("sunqian")
		p.ok(err)
		code := func() string {
			c, err := totp.GenerateCode(f.Secret, p.now)
			p.ok(err)
			return c
		}
		p.must(func(tx *store.Tx) error { return p.staff.SetFactor(tx, p.account, f.Secret, code()) })
		if token, _, err := p.by("someone", true); err != nil || token == "" {
			t.Errorf("shown there: %v", err)
		}
		p.now = p.now.Add(time.Minute)
		token, ticket, err := p.by("someone", false)
		if err != nil || token != "" || ticket == "" {
			t.Fatalf("not shown there: %q %q %v", token, ticket, err)
		}
		finish := func(ticket, code string) (string, error) {
			return p.staff.FinishLinked(context.Background(), p.store, ticket, auth.Attempt{County: county, Code: code, Address: "test", Instant: p.now})
		}
		_, err = finish(ticket, "000000")
		p.refusedAs(err, "auth.sign-in")
		_, err = finish(county+".made-up", code())
		p.refusedAs(err, "auth.ticket")
		token, err = finish(ticket, code())
		p.ok(err)
		if s, err := p.session(token); err != nil || !s.Strong {
			t.Errorf("after the code: %+v, %v", s, err)
		}
		p.now = p.now.Add(time.Minute)
		_, err = finish(ticket, code())
		p.refusedAs(err, "auth.ticket")
		_, ticket, err = p.by("someone", false)
		p.ok(err)
		p.now = p.now.Add(6 * time.Minute)
		_, err = finish(ticket, code())
		p.refusedAs(err, "auth.ticket")
		_, ticket, err = p.by("someone", false)
		p.ok(err)
		for range 5 {
			_, err = finish(ticket, "000000")
			p.refusedAs(err, "auth.sign-in")
		}
		_, err = finish(ticket, code()) // locked, whatever is typed
		p.refusedAs(err, "auth.sign-in")
	})
}

// A role that asks for a second factor takes the provider's; otherwise one is to be set up here.
func TestLinkedRoleWithFactor(t *testing.T) {
	withPeople(t, func(p *people) {
		p.must(func(tx *store.Tx) error { return p.office(tx, "county-office") })
		p.appoint(p.account, "admin", "county-office")
		p.ok(p.link(p.account, "someone"))
		for strong, unfinished := range map[bool]bool{true: false, false: true} {
			token, _, err := p.by("someone", strong)
			p.ok(err)
			s, err := p.session(token)
			if demo := err == nil && s.Demo; err != nil || s.Unfinished() != (unfinished && !demo) {
				t.Errorf("strong %t: %+v, %v", strong, s, err)
			}
		}
	})
}

// Passwords can be switched off, but never for those who could let the others in again; and the last of them cannot leave.
func TestPasswordsSwitchedOff(t *testing.T) {
	withPeople(t, func(p *people) {
		p.appoint(p.account, "town", town)
		var admin, post string
		p.must(func(tx *store.Tx) (err error) {
			if err := p.office(tx, "county-office"); err != nil {
				return err
			}
			if admin, err = p.staff.Open(tx, auth.NewAccount{Login: "yang", Name: "杨管理", Password: password, Own: true}); err != nil {
				return err
			}
			post, err = p.staff.Appoint(tx, admin, "admin", "county-office", dated.From(today))
			return err
		})
		enter := func(login, password string) error {
			_, err := p.staff.SignIn(context.Background(), p.store, auth.Attempt{County: county, Login: login, Password: password, Address: "test", Instant: p.now, Administrators: true})
			return err
		}
		p.refusedAs(enter("sunqian", password), "auth.sign-in")
		p.refusedAs(enter("nobody", password), "auth.sign-in")
		p.refusedAs(enter("yang", "wrong"), "auth.sign-in")
		p.ok(enter("yang", password))
		leave := func() error {
			return p.do(county, func(tx *store.Tx) error { return p.staff.Leave(tx, post, today) })
		}
		p.refusedAs(leave(), "auth.last-administrator")
		p.appoint(p.account, "admin", "county-office")
		p.ok(leave())
		p.ok(enter("sunqian", password))
	})
}

// An administrator signs somebody out everywhere, or takes a lost second factor away and nothing else.
func TestSessionsAndFactor(t *testing.T) {
	withPeople(t, func(p *people) {
		p.appoint(p.account, "town", town)
		f, err := auth.NewFactor("sunqian")
		p.ok(err)
		token, err := p.enter("sunqian", password, "")
		p.ok(err)
		code, err := totp.GenerateCode(f.Secret, p.now)
		p.ok(err)
		p.must(func(tx *store.Tx) error { return p.staff.SetFactor(tx, p.account, f.Secret, code) })
		count := func() (n int) {
			p.ok(p.look(county, func(tx *store.Tx) error {
				list, err := auth.Sessions(tx, p.account, p.now)
				n = len(list)
				return err
			}))
			return n
		}
		if count() != 1 {
			t.Errorf("%d sessions", count())
		}
		p.must(func(tx *store.Tx) error { return p.staff.EndSessions(tx, p.account) })
		if _, err := p.session(token); fault.CodeOf(err) != "auth.signed-out" || count() != 0 {
			t.Errorf("still signed in: %v", err)
		}
		_, err = p.enter("sunqian", password, "")
		p.refusedAs(err, "auth.sign-in")
		p.must(func(tx *store.Tx) error { return p.staff.ResetFactor(tx, p.account) })
		_, err = p.enter("sunqian", password, "")
		p.ok(err)
		for _, act := range []func(tx *store.Tx) error{func(tx *store.Tx) error { return p.staff.ResetFactor(tx, "x") }, func(tx *store.Tx) error { return p.staff.EndSessions(tx, "x") }} {
			p.refusedAs(p.do(county, act), "auth.account-unknown")
		}
	})
}

func (p *people) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// office registers an office of the county.
func (p *people) office(tx *store.Tx, id string) error {
	return provider.New(vocabulary()).AddOffice(tx, provider.Office{ID: id, Name: "县民政局", Span: dated.Always}, dated.Said{})
}
