package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/store"
	"doudi/serve/oidc"
)

// oidcRoutes are signing in by the office's own identity provider. Without one they do not exist.
var oidcRoutes = []route{
	{pattern: "GET /sign-in/oidc", do: (*view).beginOIDC, open: true},
	{pattern: "GET " + oidc.CallbackPath, do: (*view).finishOIDC, open: true},
	{pattern: "POST /sign-in/code", do: (*view).showCode, open: true, secret: true},
	{pattern: "POST /admin/staff/{account}/link", may: only(auth.ManageStaff), do: (*view).linkStaff},
	{pattern: "POST /admin/staff/{account}/unlink", may: only(auth.ManageStaff), do: (*view).unlinkStaff},
}

// The cookies of who is on the way: what the browser was sent with, and the ticket of who still has to show the second factor.
const (
	startedCookie = "oidc"
	ticketCookie  = "ticket"
	startedAge    = 600 // seconds
	ticketAge     = 300
)

// sentOff is what a browser keeps while its holder is at the provider.
type sentOff struct {
	oidc.Started
	County string `json:"c"`
	To     string `json:"to"`
}

// keep lets a browser keep something while its holder is on the way; an age below zero takes it away.
func (v *view) keep(name, value string, age int) {
	http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: v.Secure || v.r.TLS != nil, SameSite: http.SameSiteLaxMode})
}

// identityProvider is what the identity provider is called.
func (v *view) identityProvider() string {
	if v.OIDC == nil || v.OIDC.Name == "" {
		return v.say("统一身份认证", "the office's single sign-on")
	}
	return v.OIDC.Name
}

// onlyAdministrators tells whether passwords are switched off for everybody else.
func (v *view) onlyAdministrators() bool {
	return v.OIDC != nil && v.OIDC.Password == "administrators"
}

// beginOIDC sends a browser to the identity provider.
func (v *view) beginOIDC() error {
	county := v.asked("county")
	if v.OIDC == nil || !slices.Contains(v.Counties, county) {
		return v.nowhere()
	}
	address, started, err := v.OIDC.Begin(v.r.Context())
	if err != nil {
		return v.oidcFailed(err, county)
	}
	content, err := json.Marshal(sentOff{started, county, v.asked("to")})
	if err != nil {
		return err
	}
	v.keep(startedCookie, base64.RawURLEncoding.EncodeToString(content), startedAge)
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
	return nil
}

// oidcFailed shows on the page to sign in on what went wrong.
func (v *view) oidcFailed(err error, county string) error {
	return v.showSignIn(statuses[fault.KindOf(err)], signingIn{County: county, Problem: v.trouble(err)})
}

// wasSentOff is what the browser was sent off with; the zero value when it was not.
func (v *view) wasSentOff() (s sentOff) {
	cookie, err := v.r.Cookie(startedCookie)
	if err != nil {
		return s
	}
	content, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(content, &s) != nil {
		return sentOff{}
	}
	return s
}

// finishOIDC takes in who comes back from the identity provider.
func (v *view) finishOIDC() error {
	if v.OIDC == nil {
		return v.nowhere()
	}
	was := v.wasSentOff()
	if strings.HasPrefix(was.To, "/en/") { // the provider knows one way back for all languages
		v.lang = "en"
	}
	v.keep(startedCookie, "", -1) // it serves once
	who, err := v.OIDC.Finish(v.r.Context(), was.Started, v.r.URL.Query(), v.now)
	if err == nil && !slices.Contains(v.Counties, was.County) {
		return v.nowhere()
	}
	var token, ticket string
	if err == nil {
		token, ticket, err = v.Record.Staff.SignInLinked(v.r.Context(), v.Record.Store, auth.Verified{County: was.County, Issuer: who.Issuer, Subject: who.Subject, Strong: who.Strong, Address: v.address(), Instant: v.now})
	}
	switch kind := fault.KindOf(err); {
	case kind == fault.Forbidden, fault.CodeOf(err) == "oidc.away":
		return v.oidcFailed(err, was.County)
	case err != nil:
		return err
	case ticket != "":
		v.keep(ticketCookie, ticket, ticketAge)
		return v.askCode(http.StatusOK, was.To, nil)
	}
	v.remember(token)
	return v.goOn(was.To)
}

// askCode asks for the second factor of who has come from the identity provider.
func (v *view) askCode(status int, to string, problem error) error {
	f := []field{{Name: "code", Label: v.say("动态码", "Code"), Need: true}}
	problems := v.marked(f, problem)
	if len(problems) > 0 {
		f[0].Problem, problems[0].Field = problems[0].Message, "code"
	}
	v.here = "/sign-in"
	return v.show(status, v.errorTitle(problems, v.say("二次验证", "Second factor")), codePage(v, to, f[0], problems))
}

// showCode signs in who shows the second factor.
func (v *view) showCode() error {
	cookie, err := v.r.Cookie(ticketCookie)
	if v.OIDC == nil || err != nil || !slices.Contains(v.Counties, auth.SessionCounty(cookie.Value)) {
		return v.see("/sign-in")
	}
	county := auth.SessionCounty(cookie.Value)
	token, err := v.Record.Staff.FinishLinked(v.r.Context(), v.Record.Store, cookie.Value, auth.Attempt{County: county, Code: v.asked("code"), Address: v.address(), Instant: v.now})
	switch code := fault.CodeOf(err); {
	case code == "auth.sign-in", code == "auth.too-many":
		return v.askCode(statuses[fault.KindOf(err)], v.asked("to"), err)
	case code == "auth.ticket":
		v.keep(ticketCookie, "", -1)
		return v.oidcFailed(err, county)
	case err != nil:
		return err
	}
	v.keep(ticketCookie, "", -1)
	v.remember(token)
	return v.goOn(v.asked("to"))
}

func (v *view) linkStaff() error {
	if v.OIDC == nil {
		return v.nowhere()
	}
	return v.change("link", func(tx *store.Tx, account string) error {
		return v.Record.Staff.Link(tx, account, v.OIDC.Issuer, v.asked("subject"))
	})
}

func (v *view) unlinkStaff() error {
	if v.OIDC == nil {
		return v.nowhere()
	}
	return v.change("unlink", func(tx *store.Tx, account string) error {
		return v.Record.Staff.Unlink(tx, account, v.OIDC.Issuer)
	})
}
