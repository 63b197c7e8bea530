package web

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/store"
)

// sessionCookie is the name under which a browser keeps who it is signed in as.
const sessionCookie = "session"

// recognise finds out who is asking. Somebody unknown is nobody, which is no error.
func (v *view) recognise() error {
	cookie, err := v.r.Cookie(sessionCookie)
	if err != nil || !slices.Contains(v.Counties, auth.SessionCounty(cookie.Value)) {
		return nil
	}
	if err := v.enter(auth.SessionCounty(cookie.Value), cookie.Value); err != nil || v.session == nil || !v.session.Stale(v.now) {
		return err
	}
	return v.act("auth.use", func(tx *store.Tx) error { return v.Record.Staff.Use(tx, v.session) })
}

// enter lets in who holds a token. One that is over lets nobody in, which is no error.
func (v *view) enter(county, token string) error {
	var session *auth.Session
	err := v.Record.Store.Read(v.r.Context(), county, func(tx *store.Tx) (err error) {
		if session, err = v.Record.Staff.Session(tx, token, v.now); err != nil {
			return err
		}
		return v.readDrafts(tx, session.Account.ID)
	})
	if fault.CodeOf(err) == "auth.signed-out" {
		return nil
	}
	if err != nil {
		return err
	}
	v.session, v.County, v.Provider, v.Operator = session, county, session.Post.Organisation.ID, session.Actor()
	return nil
}

// act runs a command of the one who is signed in.
func (v *view) act(name string, do func(tx *store.Tx) error) error {
	_, err := v.Record.Store.Write(v.r.Context(), v.command(name, "", nil), func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

// held is a form that came after the session was over: it waits in the page until somebody has signed in again.
type held struct {
	To   string // where it was sent
	Body string // as it was sent
}

// signingIn is the page to sign in on.
type signingIn struct {
	Counties []string
	County   string
	Login    string
	To       string // where to go afterwards
	Held     held
	Over     bool // a session was there before
	Problem  trouble

	ProviderOut string // where to sign out of the identity provider as well
}

// askSignIn asks who it is, whatever the address: nothing tells whether it exists. What a form carried is kept in the page.
func (v *view) askSignIn(route route) error {
	_, cookie := v.r.Cookie(sessionCookie)
	s := signingIn{Over: cookie == nil, To: string(v.href(v.here))}
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		if v.r.Header.Get("HX-Request") != "true" {
			return v.see("/sign-in?" + url.Values{"to": {s.To}}.Encode())
		}
	} else {
		s.To, s.Held = string(v.href("/")), held{To: string(v.href(v.here)), Body: v.shareable(route, v.r.PostForm).Encode()}
	}
	v.here = "/sign-in"
	return v.showSignIn(http.StatusUnauthorized, s)
}

func (v *view) signInForm() error {
	return v.showSignIn(http.StatusOK, signingIn{To: v.asked("to")})
}

func (v *view) showSignIn(status int, s signingIn) error {
	if v.OIDC != nil && v.asked("out") != "" {
		s.ProviderOut = v.OIDC.SignOut(v.r.Context())
	}
	s.Counties = v.Counties
	if s.County == "" && len(v.Counties) > 0 {
		s.County = v.Counties[0]
	}
	title := v.say("登录", "Sign in")
	if s.Problem.Message != "" {
		title = v.say("错误：", "Error: ") + title
	}
	return v.show(status, title, signInPage(v, s))
}

// signIn signs somebody in, and goes to where they were going; a form that was held is shown to be sent on.
func (v *view) signIn() error {
	s := signingIn{County: v.asked("county"), Login: v.asked("login"), To: v.asked("to"), Held: held{v.asked("held-to"), v.r.PostFormValue("held")}}
	if !slices.Contains(v.Counties, s.County) {
		s.Problem = v.trouble(refuse(fault.Invalid, "county", fault.Text{ZH: "没有选择县区，没有登录", EN: "no county was chosen; you are not signed in"}, fault.Text{ZH: "从列表选择", EN: "choose one from the list"}))
		s.County = ""
		return v.showSignIn(http.StatusUnprocessableEntity, s)
	}
	attempt := auth.Attempt{County: s.County, Login: s.Login, Password: v.r.PostFormValue("password"), Code: v.asked("code"), Address: v.address(), Instant: v.now, Administrators: v.onlyAdministrators()}
	token, err := v.Record.Staff.SignIn(v.r.Context(), v.Record.Store, attempt)
	switch fault.CodeOf(err) {
	case "":
	case "auth.sign-in", "auth.too-many":
		s.Problem = v.trouble(err)
		return v.showSignIn(statuses[fault.KindOf(err)], s)
	}
	if err != nil {
		return err
	}
	v.remember(token)
	if err := v.enter(s.County, token); err != nil {
		return err
	}
	if err := v.likeBefore(); err != nil {
		return err
	}
	if s.Held.Body == "" || !local(s.Held.To) {
		return v.goOn(s.To)
	}
	fields, err := url.ParseQuery(s.Held.Body)
	if err != nil {
		return unreadable(err)
	}
	form := strings.TrimPrefix(s.Held.To, "/en")
	if r, known := v.routeOf(http.MethodPost, form); known && r.secret {
		return v.keepHeld(form, r, fields)
	}
	return v.show(http.StatusOK, v.say("继续", "Go on"), heldPage(v, s.Held.To, fields))
}

// likeBefore shows pages to who has just signed in as that account likes them, at whatever computer.
func (v *view) likeBefore() error {
	return v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		size, err := v.Record.Desks.Size(tx, v.session.Account.ID)
		if err == nil && size != v.size() {
			v.keepSize(size)
		}
		return err
	})
}

// address is where a request comes from, for counting wrong tries.
func (v *view) address() string {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		return v.r.RemoteAddr
	}
	return host
}

// remember hands the browser its session; "" takes it away.
func (v *view) remember(token string) {
	age := 0
	if token == "" {
		age = -1
	}
	http.SetCookie(v.w, &http.Cookie{Name: sessionCookie, Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: v.Secure || v.r.TLS != nil, SameSite: http.SameSiteLaxMode})
}

// local tells whether an address is one of this host.
func local(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.Contains(to, "\\")
}

// goOn goes to an address that came with a request, or home when it is none of ours.
func (v *view) goOn(to string) error {
	if !local(to) || strings.HasPrefix(strings.TrimPrefix(to, "/en"), "/sign-in") {
		to = string(v.href("/"))
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

func (v *view) signOut() error {
	if err := v.act("auth.sign-out", func(tx *store.Tx) error { return v.Record.Staff.SignOut(tx, v.session) }); err != nil {
		return err
	}
	v.remember("")
	if v.session.Issuer != "" {
		return v.see("/sign-in?out=1")
	}
	return v.see("/sign-in")
}

// setupForm is the page on which the first account of a county is made. Where every county has one there is no such page.
func (v *view) setupForm() error {
	return v.whileWithoutAccounts(func() error { return v.showSetup(http.StatusOK, nil) })
}

// whileWithoutAccounts answers as long as there is a county in which nobody has an account. Afterwards there is nothing here.
func (v *view) whileWithoutAccounts(do func() error) error {
	waiting, err := v.withoutAccounts()
	switch {
	case err != nil:
		return err
	case len(waiting) == 0:
		return v.nowhere()
	}
	return do()
}

// withoutAccounts are the counties in which nobody has an account yet.
func (v *view) withoutAccounts() (list []string, err error) {
	for _, county := range v.Counties {
		begun := false
		err := v.Record.Store.Read(v.r.Context(), county, func(tx *store.Tx) (err error) {
			begun, err = v.Record.Staff.Begun(tx)
			return err
		})
		if err != nil {
			return nil, err
		}
		if !begun {
			list = append(list, county)
		}
	}
	return list, nil
}

// setupFields are the fields of the page with what was typed; passwords are never sent back.
func (v *view) setupFields() []field {
	return []field{
		{Name: "code", Label: v.say("设置代码（启动时显示）", "Set-up code (shown at the start)"), Need: true, Value: v.asked("code")},
		{Name: "organisation", Label: v.say("机构名称", "Name of the office"), Need: true, Value: v.asked("organisation"), Hint: v.say("例如：县民政局", "for example: County Civil Affairs Bureau")},
		{Name: "name", Label: v.say("您的姓名", "Your name"), Need: true, Value: v.asked("name")},
		{Name: "login", Label: v.say("用户名", "User name"), Need: true, Value: v.asked("login"), Hint: v.say("小写字母和数字，登录时用", "small letters and digits, to sign in with")},
		{Name: "password", Label: v.say("密码", "Password"), Need: true, Hidden: true, Hint: v.say("至少 10 个字符", "at least 10 characters")},
		{Name: "again", Label: v.say("再输一遍密码", "The password again"), Need: true, Hidden: true},
	}
}

// fieldOf is the field that an error of package auth is about.
var fieldOf = map[string]string{"auth.setup-code": "code", "auth.too-many": "code", "auth.organisation": "organisation", "auth.person-name": "name", "auth.login": "login", "auth.login-taken": "login",
	"auth.password": "password", "auth.password-wrong": "present", "auth.password-same": "password", "auth.factor-wrong": "code", "auth.role-unknown": "role", "auth.role-kind": "organisation",
	"auth.party-unknown": "organisation", "auth.span": "to", "auth.deputy-self": "deputy", "auth.reason": "reason", "auth.account-unknown": "deputy", "auth.subject": "subject", "auth.linked": "subject",
	"web.month": "month", "web.since": "since", "web.since-day": "since", "web.scheme": "scheme", "roll.source": "source", "sheet.sheet": "sheet", "sheet.several-sheets": "sheet", "sheet.template": "template", "sheet.several-templates": "template",
	"claim.advance-deposit": "deposit", "claim.advance-day": "day", "claim.advance-reason": "reason", "web.reason": "reason", "web.due": "due", "task.due": "due", "task.content": "content", "task.note": "note"}

func (v *view) showSetup(status int, problem error) error {
	fields := v.setupFields()
	problems := v.marked(fields, problem)
	title := v.say("首次设置", "First set-up")
	if len(problems) > 0 {
		title = v.say("错误：", "Error: ") + title
	}
	return v.show(status, title, setupPage(v, v.asked("county"), fields, problems))
}

// marked marks the field an error is about and answers what is to be mended, for the summary.
func (v *view) marked(fields []field, err error) []problem {
	if err == nil {
		return nil
	}
	t := v.trouble(err)
	message := t.Message + v.say("。", ". ") + t.Hint
	for i := range fields {
		if fields[i].Name == fieldOf[fault.CodeOf(err)] {
			fields[i].Problem = message
			return []problem{{fields[i].id(), message}}
		}
	}
	return []problem{{"", message}}
}

// setup makes the first account and signs its holder in.
func (v *view) setup() error { return v.whileWithoutAccounts(v.makeFirstAccount) }

func (v *view) makeFirstAccount() error {
	if err := v.tries.Allows(v.address(), v.now); err != nil {
		return v.showSetup(http.StatusTooManyRequests, err)
	}
	county := v.asked("county")
	if county == "" && len(v.Counties) == 1 {
		county = v.Counties[0]
	}
	if !slices.Contains(v.Counties, county) {
		return v.showSetup(http.StatusUnprocessableEntity, refuse(fault.Invalid, "county", fault.Text{ZH: "没有选择县区", EN: "no county was chosen"}, fault.Text{ZH: "从列表选择", EN: "choose one from the list"}))
	}
	if v.r.PostFormValue("password") != v.r.PostFormValue("again") {
		return v.showSetup(http.StatusUnprocessableEntity, passwordsDiffer())
	}
	n := auth.Setup{Code: v.asked("code"), Organisation: v.asked("organisation"), NewAccount: auth.NewAccount{Login: v.asked("login"), Name: v.asked("name"), Password: v.r.PostFormValue("password")}}
	c := store.Command{Name: "auth.set-up", County: county, Actor: store.Actor{ID: "set-up", Name: n.Name}, Instant: v.now}
	_, err := v.Record.Store.Write(v.r.Context(), c, func(tx *store.Tx) (any, error) { return v.Record.Staff.SetUp(tx, n) })
	if fault.CodeOf(err) == "auth.setup-code" {
		v.tries.Wrong(v.address(), v.now)
	}
	switch fault.KindOf(err) {
	case "":
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showSetup(statuses[fault.KindOf(err)], err)
	default:
		return err
	}
	token, err := v.Record.Staff.SignIn(v.r.Context(), v.Record.Store, auth.Attempt{County: county, Login: n.Login, Password: n.Password, Address: v.address(), Instant: v.now})
	if err != nil {
		return err
	}
	v.remember(token)
	return v.see("/admin/start")
}

func passwordsDiffer() error {
	return &fault.Error{Kind: fault.Invalid, Code: "auth.password", Op: "web", Message: fault.Text{ZH: "两次输入的密码不同", EN: "the two passwords differ"}, Hint: fault.Text{ZH: "重新输入", EN: "type them again"}}
}
