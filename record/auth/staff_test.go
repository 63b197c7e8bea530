package auth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const (
	town     = "999901100"
	village  = "999901100001"
	password = "three words, 4 you"
)

// people is a county with an account for each test to use.
type people struct {
	world
	staff    *auth.Staff
	register *register.Register
	account  string // 孙倩, login sunqian
	now      time.Time
}

func withPeople(t *testing.T, test func(p *people)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(openPeople(t, s)) })
}

func openPeople(t *testing.T, s *store.Store) *people {
	t.Helper()
	w := open(t, s)
	p := &people{world: w, now: noon(today)}
	p.register = recordtest.Register(w.log)
	p.staff = auth.NewStaff(p.register, provider.New(vocabulary()), w.log)
	p.must(func(tx *store.Tx) (err error) {
		for code, name := range map[ident.Division]string{town: "城关镇"} {
			if err := p.register.AddDivision(tx, register.Division{Code: code, Name: name, Span: dated.Always}, dated.Said{}); err != nil {
				return err
			}
		}
		if err := p.register.AddDivision(tx, register.Division{Code: village, Name: "示范村", Span: dated.Always}, dated.Said{}); err != nil {
			return err
		}
		p.account, err = p.staff.Open(tx, auth.NewAccount{Login: " SunQian ", Name: "孙倩", Password: password, Own: true})
		return err
	})
	return p
}

// appoint gives the account a post for good.
func (p *people) appoint(account, role, organisation string) (id string) {
	p.Helper()
	p.must(func(tx *store.Tx) (err error) {
		id, err = p.staff.Appoint(tx, account, role, organisation, dated.From(today))
		return err
	})
	return id
}

// enter signs in with a password and a code.
func (p *people) enter(login, password, code string) (token string, err error) {
	return p.staff.SignIn(context.Background(), p.store, auth.Attempt{County: county, Login: login, Password: password, Code: code, Address: "test", Instant: p.now})
}

func (p *people) session(token string) (s *auth.Session, err error) {
	err = p.look(county, func(tx *store.Tx) (err error) { s, err = p.staff.Session(tx, token, p.now); return err })
	return s, err
}

// in signs in, and fails the test when that is refused.
func (p *people) in(login string) *auth.Session {
	p.Helper()
	token, err := p.enter(login, password, "")
	if err != nil {
		p.Fatal(err)
	}
	s, err := p.session(token)
	if err != nil {
		p.Fatal(err)
	}
	return s
}

func TestTables(t *testing.T) {
	for _, r := range auth.Roles() {
		if r.Name.ZH == "" || r.Name.EN == "" {
			t.Errorf("%s has no name", r.ID)
		}
	}
	cashier, village, leader := auth.RoleOf("cashier"), auth.RoleOf("village"), auth.RoleOf("leader")
	if _, ok := cashier.May(auth.SeePeople); ok {
		t.Error("a cashier opens files")
	}
	if a, ok := village.May(auth.SeePeople); !ok || a.Shows(rule.Health) || !a.Shows(rule.Plain) || a.Reach != auth.InDivision {
		t.Errorf("a village clerk sees %+v", a)
	}
	if _, ok := leader.May(auth.SeePeople); ok {
		t.Error("a leader opens files")
	}
	if auth.RoleOf("nobody") != nil {
		t.Error("a role nobody has written down")
	}
	for _, r := range auth.Roles() { // separation of duties starts in the table
		for _, pair := range [][2]auth.Permission{{auth.MakeImports, auth.CheckImports}, {auth.MakeRuns, auth.CheckRuns}, {auth.MakeBatches, auth.CheckBatches}} {
			_, makes := r.May(pair[0])
			_, checks := r.May(pair[1])
			if makes && checks {
				t.Errorf("%s makes and checks: %v", r.ID, pair)
			}
		}
	}
}

// Pages of imports show a roll whole and lead to whoever it names: they are for posts that look at the whole county. Before towns get them, they must show a town no import
// but its own.
func TestImportsAreTheCountys(t *testing.T) {
	for _, role := range auth.Roles() {
		for _, p := range []auth.Permission{auth.SeeImports, auth.MakeImports, auth.CheckImports} {
			if _, may := role.May(p); may && !slices.Equal(role.Organisations, []provider.Kind{auth.OfficeKind}) {
				t.Errorf("the role %s of %v may %s", role.ID, role.Organisations, p)
			}
		}
	}
}

func TestPosts(t *testing.T) { withPeople(t, posts) }

func posts(p *people) {
	if s := p.in("sunqian"); s.Post.Role != nil || s.Actor().ID != p.account {
		p.Errorf("without a post: %+v", s.Post)
	}
	p.appoint(p.account, "town", town)
	s := p.in("SUNQIAN")
	if got := s.Actor(); got.Name != "孙倩" || got.Post != "城关镇 镇经办" {
		p.Errorf("acts as %+v", got)
	}
	if !s.Covers(village) || !s.Covers(town) || s.Covers("999901200001") || s.Covers("999901") || s.Covers("999902100001") {
		p.Error("a town looks at its villages and nothing else")
	}
	if _, ok := s.May(auth.SeePeople); !ok {
		p.Error("a town clerk may not open files")
	}
	if _, ok := s.May(auth.MakeBatches); ok {
		p.Error("a town clerk makes batches")
	}
	// A town that went into another: its posts belong to that one, and look at that one's villages.
	p.must(func(tx *store.Tx) error {
		if err := p.register.AddDivision(tx, register.Division{Code: "999901200", Name: "东关镇", Span: dated.Always}, dated.Said{}); err != nil {
			return err
		}
		return p.register.EndDivision(tx, town, today, "999901200", dated.Said{})
	})
	p.now = noon(today + 1)
	if s := p.in("sunqian"); s.Post.Organisation.Name != "东关镇" || !s.Covers("999901200001") || s.Covers(village) {
		p.Errorf("after the merger: %+v", s.Post)
	}
}

func TestOffices(t *testing.T) { withPeople(t, offices) }

// Who took over from an office has its posts.
func offices(p *people) {
	p.appoint(p.account, "insurance", office)
	p.must(func(tx *store.Tx) error {
		providers := provider.New(vocabulary())
		if err := providers.AddOffice(tx, provider.Office{ID: "new-insurance", Name: "县医疗保障局", Span: dated.From(today + 5)}, dated.Said{}); err != nil {
			return err
		}
		return providers.Succeed(tx, office, "new-insurance", today+5, dated.Said{})
	})
	for day, want := range map[period.Day]string{today: "县医保局 医保经办", today + 5: "县医疗保障局 医保经办"} {
		p.now = noon(day)
		if got := p.in("sunqian").Post.Title(); got != want {
			p.Errorf("on %s %s, want %s", day, got, want)
		}
	}
}

func TestAppointRefuses(t *testing.T) { withPeople(t, appointRefuses) }

func appointRefuses(p *people) {
	for _, tt := range []struct {
		name, account, role, organisation string
		span                              period.Span
		code                              string
	}{
		{"nobody", "nobody", "town", town, dated.From(today), "auth.account-unknown"},
		{"no such role", p.account, "king", town, dated.From(today), "auth.role-unknown"},
		{"no such place", p.account, "town", "999901999", dated.From(today), "auth.party-unknown"},
		{"a town's post in a village", p.account, "town", village, dated.From(today), "auth.role-kind"},
		{"a cashier in an office", p.account, "cashier", office, dated.From(today), "auth.role-kind"},
		{"no day", p.account, "town", town, period.Span{From: today, To: today - 1}, "auth.span"},
	} {
		err := p.do(county, func(tx *store.Tx) error {
			_, err := p.staff.Appoint(tx, tt.account, tt.role, tt.organisation, tt.span)
			return err
		})
		if fault.CodeOf(err) != tt.code {
			p.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

func TestCover(t *testing.T) { withPeople(t, cover) }

// A deputy acts in the post on the days of the cover, under the own id.
func cover(p *people) {
	post := p.appoint(p.account, "checker", office)
	var deputy, covered string
	p.must(func(tx *store.Tx) (err error) {
		if deputy, err = p.staff.Open(tx, auth.NewAccount{Login: "liwei", Name: "李伟", Password: password, Own: true}); err != nil {
			return err
		}
		covered, err = p.staff.Cover(tx, post, deputy, period.Span{From: today + 1, To: today + 3}, " 产假 ")
		return err
	})
	for day, want := range map[period.Day]string{today: "", today + 1: "县医保局 县复核（代孙倩）", today + 3: "县医保局 县复核（代孙倩）", today + 4: ""} {
		p.now = noon(day)
		if s := p.in("liwei"); s.Actor().Post != want || s.Actor().ID != deputy {
			p.Errorf("on %s acts as %+v, want %q", day, s.Actor(), want)
		}
	}
	for _, tt := range []struct {
		deputy, reason string
		span           period.Span
		code           string
	}{
		{p.account, "产假", period.Span{From: today, To: today}, "auth.deputy-self"},
		{deputy, " ", period.Span{From: today, To: today}, "auth.reason"},
		{deputy, "产假", period.Span{From: today, To: today - 1}, "auth.span"},
		{deputy, "产假", dated.From(today), "auth.span"}, // a cover ends
		{"nobody", "产假", period.Span{From: today, To: today}, "auth.account-unknown"},
	} {
		p.want(p.do(county, func(tx *store.Tx) error {
			_, err := p.staff.Cover(tx, post, tt.deputy, tt.span, tt.reason)
			return err
		}), tt.code)
	}
	p.must(func(tx *store.Tx) error { return p.staff.EndCover(tx, covered) })
	p.want(p.do(county, func(tx *store.Tx) error { return p.staff.EndCover(tx, covered) }), "auth.deputy-unknown")
	p.now = noon(today + 2)
	if s := p.in("liwei"); s.Post.Role != nil {
		p.Errorf("after the cover was ended: %+v", s.Post)
	}
	// The holder's own post over, nobody stands in for it.
	p.must(func(tx *store.Tx) error { return p.staff.Leave(tx, post, today) })
	p.now = noon(today + 1)
	if s := p.in("sunqian"); s.Post.Role != nil {
		p.Errorf("after leaving: %+v", s.Post)
	}
}

func TestChoose(t *testing.T) { withPeople(t, choose) }

func choose(p *people) {
	first, second := p.appoint(p.account, "town", town), p.appoint(p.account, "village", village)
	token, err := p.enter("sunqian", password, "")
	if err != nil {
		p.Fatal(err)
	}
	s, err := p.session(token)
	if err != nil || s.Post.ID != first || len(s.Posts) != 2 {
		p.Fatalf("%+v %v", s, err)
	}
	p.must(func(tx *store.Tx) error { return p.staff.Choose(tx, s, second) })
	p.want(p.do(county, func(tx *store.Tx) error { return p.staff.Choose(tx, s, "another's") }), "auth.post-unknown")
	if s, err = p.session(token); err != nil || s.Post.ID != second {
		p.Errorf("chose %s: %+v %v", second, s, err)
	}
}

func TestSignInRefuses(t *testing.T) { withPeople(t, signInRefuses) }

// Whoever is refused learns nothing: the answers are the same to the letter.
func signInRefuses(p *people) {
	var closed string
	p.must(func(tx *store.Tx) (err error) {
		if closed, err = p.staff.Open(tx, auth.NewAccount{Login: "closed", Name: "离任", Password: password, Own: true}); err != nil {
			return err
		}
		return p.staff.Close(tx, closed, "离任")
	})
	answers := map[string]bool{}
	for _, try := range [][2]string{{"sunqian", "wrong"}, {"nobody", password}, {"closed", password}, {"", ""}, {"' OR 1=1 --", "x"}, {strings.Repeat("a", 100_000), strings.Repeat("b", 100_000)}, {"孙倩\x00", "\x00"}} {
		_, err := p.enter(try[0], try[1], "")
		p.want(err, "auth.sign-in")
		answers[fault.RenderError(err, "zh")+fault.RenderError(err, "en")] = true
	}
	for range 4 { // five wrong tries in all
		_, err := p.enter("sunqian", "wrong", "")
		answers[fault.RenderError(err, "zh")+fault.RenderError(err, "en")] = true
		_, err = p.enter("nobody", "wrong", "")
		answers[fault.RenderError(err, "zh")+fault.RenderError(err, "en")] = true
	}
	_, err := p.enter("sunqian", password, "")
	p.want(err, "auth.sign-in")
	answers[fault.RenderError(err, "zh")+fault.RenderError(err, "en")] = true
	if len(answers) != 1 {
		p.Errorf("%d different answers: %v", len(answers), answers)
	}
	p.now = p.now.Add(auth.LockWindow)
	p.in("sunqian")
	if got := p.named("auth.locked"); len(got) != 1 || got[0] != p.account {
		p.Errorf("the log tells of locks of %v", got)
	}
}

// named are the subjects of the log's entries of a name.
func (p *people) named(name string) (subjects []string) {
	p.Helper()
	for _, e := range p.entries() {
		if e.Name == name {
			subjects = append(subjects, e.Subject)
		}
	}
	return subjects
}

func TestGuardOfSignIn(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	p := openPeople(t, s)
	for i := range 20 {
		_, err := p.enter(fmt.Sprint("name", i), "wrong", "")
		p.want(err, "auth.sign-in")
	}
	_, err := p.enter("sunqian", password, "")
	p.want(err, "auth.too-many")
}

func TestManyAtOnce(t *testing.T) { withPeople(t, manyAtOnce) }

// Wrong tries that come together are all counted.
func manyAtOnce(p *people) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := p.enter("sunqian", "wrong", ""); fault.CodeOf(err) != "auth.sign-in" {
				p.Error(err)
			}
		})
	}
	group.Wait()
	_, err := p.enter("sunqian", password, "")
	p.want(err, "auth.sign-in")
}

func TestSessionEnds(t *testing.T) { withPeople(t, sessionEnds) }

func sessionEnds(p *people) {
	begin := p.now
	token, err := p.enter("sunqian", password, "")
	if err != nil || auth.SessionCounty(token) != county {
		p.Fatal(token, err)
	}
	p.now = begin.Add(auth.SessionIdle - time.Second)
	s, err := p.session(token)
	if err != nil || !s.Stale(p.now) || s.Stale(begin) {
		p.Fatal(err)
	}
	_, err = p.store.Write(context.Background(), store.Command{Name: "use", County: county, Actor: clerk, Instant: p.now}, func(tx *store.Tx) (any, error) { return nil, p.staff.Use(tx, s) })
	if err != nil {
		p.Fatal(err)
	}
	p.now = p.now.Add(auth.SessionIdle - time.Second)
	if _, err := p.session(token); err != nil {
		p.Errorf("used in the meantime: %v", err)
	}
	p.now = p.now.Add(time.Second)
	_, err = p.session(token)
	p.want(err, "auth.signed-out")
	p.now = begin
	for _, wrong := range []string{"", token + "x", county + ".", strings.ToLower(token)} {
		_, err := p.session(wrong)
		p.want(err, "auth.signed-out")
	}
	for _, wrong := range []string{"", "x", county, county + ".", "99990x.abc", "9999011.abc"} {
		if auth.SessionCounty(wrong) != "" {
			p.Errorf("%q is a token of a county", wrong)
		}
	}
	if s, err = p.session(token); err != nil {
		p.Fatal(err)
	}
	p.must(func(tx *store.Tx) error { return p.staff.SignOut(tx, s) })
	_, err = p.session(token)
	p.want(err, "auth.signed-out")
}

func TestPasswords(t *testing.T) { withPeople(t, passwords) }

func passwords(p *people) {
	for _, tt := range []struct{ present, password, code string }{
		{"wrong", "another 1 of mine", "auth.password-wrong"},
		{password, password, "auth.password-same"},
		{password, "short 1", "auth.password"},
		{password, "onlylettersinhere", "auth.password"},
		{password, "1234567890", "auth.password"},
		{password, "a1a1a1a1a1a1", "auth.password"},
		{password, "my SunQian 2021", "auth.password"},
		{password, "孙倩的密码 2021年度", "auth.password"},
		{password, "Password123", "auth.password"},
		{password, strings.Repeat("long 1 ", 30), "auth.password"},
		{password, "control \x07 character 1", "auth.password"},
		{password, "另一个很长的密码 8", ""},
	} {
		p.want(p.do(county, func(tx *store.Tx) error {
			return p.staff.ChangePassword(tx, p.account, tt.present, tt.password)
		}), tt.code)
	}
	_, err := p.enter("sunqian", password, "")
	p.want(err, "auth.sign-in")
	token, err := p.enter("sunqian", "另一个很长的密码 8", "")
	if err != nil {
		p.Fatal(err)
	}
	p.must(func(tx *store.Tx) error { return p.staff.Reset(tx, p.account, password) })
	_, err = p.session(token)
	p.want(err, "auth.signed-out")
	p.appoint(p.account, "town", town)
	s := p.in("sunqian")
	if _, ok := s.May(auth.SeePeople); ok || !s.Account.Temporary || !s.Unfinished() {
		p.Error("somebody works with a password that another has set")
	}
	for _, e := range p.entries() {
		if text := string(e.Content); strings.Contains(text, "word") {
			p.Errorf("the log holds a password: %s", text)
		}
	}
}

func TestSecondFactor(t *testing.T) { withPeople(t, secondFactor) }

func secondFactor(p *people) {
	f, err := auth.NewFactor("sunqian")
	if err != nil || len(f.Square) == 0 || !strings.HasPrefix(f.Link, "otpauth://totp/") {
		p.Fatal(f, err)
	}
	if again, err := auth.SameFactor("sunqian", f.Secret); err != nil || again.Secret != f.Secret {
		p.Errorf("the same factor is %+v: %v", again, err)
	}
	if _, err := auth.SameFactor("sunqian", "nonsense!"); fault.CodeOf(err) != "auth.factor-wrong" {
		p.Errorf("a secret that is none: %v", err)
	}
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(f.Secret, at)
		if err != nil {
			p.Fatal(err)
		}
		return c
	}
	p.want(p.do(county, func(tx *store.Tx) error { return p.staff.SetFactor(tx, p.account, f.Secret, "000000x") }), "auth.factor-wrong")
	p.want(p.do(county, func(tx *store.Tx) error { return p.staff.SetFactor(tx, p.account, "short", "123456") }), "auth.factor-wrong")
	p.must(func(tx *store.Tx) error { return p.staff.SetFactor(tx, p.account, f.Secret, code(p.now)) })
	for _, wrong := range []string{"", "123", code(p.now), code(p.now.Add(-5 * time.Minute))} { // none, none, used, old
		_, err := p.enter("sunqian", password, wrong)
		p.want(err, "auth.sign-in")
	}
	p.now = p.now.Add(time.Minute)
	if _, err := p.enter("sunqian", password, code(p.now)); err != nil {
		p.Error(err)
	}
	_, err = p.enter("sunqian", password, code(p.now))
	p.want(err, "auth.sign-in") // used
	if _, err := p.enter("sunqian", password, code(p.now.Add(30*time.Second))); err != nil {
		p.Errorf("a clock half a minute ahead: %v", err)
	}
}

func TestRoleAsksForFactor(t *testing.T) {
	var s auth.Session
	s.Posts = []auth.Post{{Role: auth.RoleOf("finance")}}
	s.Post = s.Posts[0]
	if !s.NeedsFactor() || !s.Unfinished() {
		t.Error("finance works without a second factor")
	}
	if _, ok := s.May(auth.SeeFunds); ok {
		t.Error("finance sees funds before it is set up")
	}
	s.Account.Factor = true
	if _, ok := s.May(auth.SeeFunds); !ok || s.NeedsFactor() {
		t.Error("finance with a second factor does not see funds")
	}
}

func TestSetUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		p := &people{world: w, now: noon(today)}
		p.register = recordtest.Register(w.log)
		p.staff = auth.NewStaff(p.register, provider.New(vocabulary()), w.log)
		setUp(p)
	})
}

func setUp(p *people) {
	var code string
	p.must(func(tx *store.Tx) (err error) { code, err = p.staff.SetupCode(tx); return err })
	n := auth.Setup{Code: code, Organisation: "县民政局", NewAccount: auth.NewAccount{Login: "admin1", Name: "杨管理", Password: password}}
	for _, tt := range []struct {
		change func(*auth.Setup)
		code   string
	}{
		{func(n *auth.Setup) { n.Code = "AAAA-AAAA-AAAA-AAAA" }, "auth.setup-code"},
		{func(n *auth.Setup) { n.Organisation = " " }, "auth.organisation"},
		{func(n *auth.Setup) { n.Login = "1" }, "auth.login"},
		{func(n *auth.Setup) { n.Name = "" }, "auth.person-name"},
		{func(n *auth.Setup) { n.Password = "12345" }, "auth.password"},
	} {
		wrong := n
		tt.change(&wrong)
		p.want(p.do(county, func(tx *store.Tx) error { _, err := p.staff.SetUp(tx, wrong); return err }), tt.code)
	}
	n.Code = " " + strings.ToLower(code) + " "
	p.must(func(tx *store.Tx) error { _, err := p.staff.SetUp(tx, n); return err })
	p.want(p.do(county, func(tx *store.Tx) error { _, err := p.staff.SetUp(tx, n); return err }), "auth.setup-code")
	p.must(func(tx *store.Tx) (err error) { code, err = p.staff.SetupCode(tx); return err })
	if code != "" {
		p.Error("a second code for a county that is set up")
	}
	s := p.in("admin1")
	if _, ok := s.May(auth.ManageStaff); !ok || s.Post.Organisation.Name != "县民政局" {
		p.Errorf("the first account is %+v", s.Post)
	}
	p.want(p.do(county, func(tx *store.Tx) error {
		_, err := p.staff.Open(tx, auth.NewAccount{Login: "ADMIN1", Name: "另一人", Password: password})
		return err
	}), "auth.login-taken")
}

// What is kept of an account tells nobody the password: it is argon2id with its own salt.
func TestKeptPasswords(t *testing.T) {
	p := openPeople(t, storetest.Open(t, storetest.SQLite(t)))
	p.must(func(tx *store.Tx) error {
		_, err := p.staff.Open(tx, auth.NewAccount{Login: "other", Name: "同密码", Password: password})
		return err
	})
	kept, err := p.column(`SELECT password FROM auth_account WHERE county_code = ?1`)
	if err != nil || len(kept) != 2 || kept[0] == kept[1] {
		t.Fatal(kept, err)
	}
	for _, k := range kept {
		if !strings.HasPrefix(k, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(k, password) {
			t.Error(k)
		}
	}
	tokens, err := p.column(`SELECT digest FROM auth_session WHERE county_code = ?1`)
	written, _ := json.Marshal(tokens)
	token, signErr := p.enter("sunqian", password, "")
	if err != nil || signErr != nil || strings.Contains(string(written), token) {
		t.Error("the record keeps what the browser keeps", err, signErr)
	}
}

func (p *people) column(query string) (list []string, err error) {
	err = p.look(county, func(tx *store.Tx) (err error) { list, err = store.All(tx, store.Text, query, county); return err })
	return list, err
}
