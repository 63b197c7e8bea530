package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
)

// staffRoutes are the accounts and posts of an office.
var staffRoutes = []route{
	{pattern: "GET /admin/staff", may: only(auth.ManageStaff), do: (*view).staff},
	{pattern: "GET /admin/staff/new", may: only(auth.ManageStaff), do: (*view).newStaff},
	{pattern: "POST /admin/staff/new", may: only(auth.ManageStaff), do: (*view).openStaff, secret: true},
	{pattern: "GET /admin/staff/{account}", may: only(auth.ManageStaff), do: (*view).oneStaff},
	{pattern: "POST /admin/staff/{account}/post", may: only(auth.ManageStaff), do: (*view).appoint},
	{pattern: "POST /admin/staff/{account}/leave", may: only(auth.ManageStaff), do: (*view).leavePost},
	{pattern: "POST /admin/staff/{account}/cover", may: only(auth.ManageStaff), do: (*view).cover},
	{pattern: "POST /admin/staff/{account}/uncover", may: only(auth.ManageStaff), do: (*view).uncover},
	{pattern: "POST /admin/staff/{account}/reset", may: only(auth.ManageStaff), do: (*view).resetStaff, secret: true},
	{pattern: "POST /admin/staff/{account}/factor", may: only(auth.ManageStaff), do: (*view).resetFactor},
	{pattern: "POST /admin/staff/{account}/sessions", may: only(auth.ManageStaff), do: (*view).endSessions},
	{pattern: "POST /admin/staff/{account}/close", may: only(auth.ManageStaff), do: (*view).closeStaff},
}

// member is an account of a list with its posts.
type member struct {
	auth.Account
	Posts []auth.Post
}

func (v *view) staff() error {
	var list []member
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) { list, err = v.members(tx); return err })
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("用户与岗位", "Accounts and posts"), staffPage(v, list))
}

// members are the accounts that the filters ask for, with their posts of today.
func (v *view) members(tx *store.Tx) (list []member, err error) {
	accounts, err := v.Record.Staff.Accounts(tx)
	for _, a := range accounts {
		posts, err := v.Record.Staff.Posts(tx, a.ID, v.today())
		if err != nil {
			return nil, err
		}
		m := member{a, slices.DeleteFunc(posts, func(p auth.Post) bool { return !p.Span.Contains(v.today()) })}
		if v.wanted(m) {
			list = append(list, m)
		}
	}
	return list, err
}

// wanted tells whether an account is among those that the filters ask for.
func (v *view) wanted(m member) bool {
	q, role, state := v.asked("q"), v.asked("role"), v.asked("state")
	named := strings.Contains(m.Name, q) || strings.Contains(m.Login, strings.ToLower(q)) || slices.ContainsFunc(m.Posts, func(p auth.Post) bool { return strings.Contains(p.Organisation.Name, q) })
	acts := role == "" || slices.ContainsFunc(m.Posts, func(p auth.Post) bool { return p.Role != nil && p.Role.ID == role })
	return named && acts && (state == "closed") == (m.Closed != "")
}

// staffList is the accounts of the county.
func (v *view) staffList(shown int) listing {
	role := field{Name: "role", Label: v.say("角色", "Role"), Value: v.asked("role")}
	for _, r := range auth.Roles() {
		role.Options = append(role.Options, option{r.ID, v.in(r.Name)})
	}
	return listing{Title: v.say("用户与岗位", "Accounts and posts"), Act: link{v.say("新用户", "New account"), "/admin/staff/new"}, Files: v.files(),
		Tabs: v.tabsBy("state", []string{"", "closed"}, func(state string) string {
			return map[string]string{"": v.say("在用", "Open"), "closed": v.say("已停用", "Closed")}[state]
		}),
		Fields: []field{{Name: "q", Label: v.say("姓名、用户名或机构", "Name, user name or office"), Value: v.asked("q")}, role},
		Table: table{Name: v.say("用户", "Accounts"), Shown: shown, Empty: v.say("没有这样的用户。清空筛选，或开新用户。", "There is no such account. Clear the filters, or open one."), Foot: v.say("共 %d 人", "%d accounts", shown),
			Columns: []column{{Name: v.say("姓名", "Name")}, {Name: v.say("用户名", "User name")}, {Name: v.say("岗位", "Posts")}, {Name: v.say("二次验证", "Second factor")}, {Name: v.say("状态", "State")}}}}
}

// postName is a post for people: whose it is, what it is, and whom one stands in for.
func (v *view) postName(p auth.Post) string {
	name := p.Organisation.Name
	if p.Role != nil {
		name += " · " + v.in(p.Role.Name)
	}
	if p.For != "" {
		name += v.say("（代%s）", " (for %s)", p.For)
	}
	return name
}

// accountState is where an account stands.
func (v *view) accountState(a auth.Account) (words, class string) {
	switch {
	case a.Closed != "":
		return v.say("已停用", "closed"), ""
	case a.Temporary:
		return v.say("待改密码", "password to be changed"), "warn"
	default:
		return v.say("正常", "open"), "ok"
	}
}

// postFields ask for a role and an organisation.
func (v *view) postFields(tx *store.Tx) ([]field, error) {
	role := field{Name: "role", Label: v.say("角色", "Role"), Need: true, Value: v.typed("role")}
	for _, r := range auth.Roles() {
		role.Options = append(role.Options, option{r.ID, v.in(r.Name)})
	}
	organisation := field{Name: "organisation", Label: v.say("机构", "Organisation"), Need: true, Value: v.typed("organisation")}
	list, err := v.Record.Staff.Organisations(tx, v.today())
	for _, o := range list {
		organisation.Options = append(organisation.Options, option{o.ID, o.Name})
	}
	return []field{role, organisation}, err
}

// staffForm is a page with fields, and what is to be mended in them.
type staffForm struct {
	member
	Covers             []auth.Deputy
	Names              map[string]string // of accounts, by id
	New                []field           // a new account
	Post, Cover, Reset []field
	Close, Subject     field
	Linked             string // who the account is at the identity provider
	Sessions           []auth.SignedIn
	Problems           []problem
	Key                string
	Done               string
}

func (v *view) newStaff() error { return v.showNewStaff(http.StatusOK, nil) }

func (v *view) showNewStaff(status int, problem error) error {
	f := staffForm{Key: cmp.Or(v.asked("key"), newKey())}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		post, err := v.postFields(tx)
		f.New = append([]field{
			{Name: "name", Label: v.say("姓名", "Name"), Need: true, Value: v.typed("name")},
			{Name: "login", Label: v.say("用户名", "User name"), Need: true, Value: v.typed("login"), Hint: v.say("小写字母和数字", "small letters and digits")},
			{Name: "password", Label: v.say("临时密码", "Temporary password"), Need: true, Hidden: true, Hint: v.say("本人首次登录时改掉", "changed by the holder at the first sign-in")},
		}, post...)
		return err
	})
	if err != nil {
		return err
	}
	f.Problems = v.marked(f.New, problem)
	return v.show(status, v.errorTitle(f.Problems, v.say("新用户", "New account")), newStaffPage(v, f))
}

// errorTitle is a page's title, which begins with the word when something is to be mended.
func (v *view) errorTitle(problems []problem, title string) string {
	if len(problems) > 0 {
		return v.say("错误：", "Error: ") + title
	}
	return title
}

// once runs a command under the key of its form, so that sending the form twice does nothing twice. What it holds of passwords is no part
// of what the key stands for.
func (v *view) once(name string, do func(tx *store.Tx) (any, error)) error {
	_, err := v.onceFor(name, do)
	return err
}

// onceFor is once with what came of the command the first time.
func (v *view) onceFor(name string, do func(tx *store.Tx) (any, error)) (store.Outcome, error) {
	content := url.Values{}
	for field, values := range v.r.PostForm {
		if field != "password" && field != "again" {
			content[field] = values
		}
	}
	return v.Record.Store.Write(v.r.Context(), v.command(name, v.asked("key"), []byte(v.r.URL.Path+"\n"+content.Encode())), do)
}

// mendable tells whether an error is one that who filled in a form can mend there.
func mendable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict:
		return true
	case fault.NotFound:
		return fieldOf[fault.CodeOf(err)] != ""
	}
	return false
}

func (v *view) openStaff() error {
	err := v.once("web.staff.open", func(tx *store.Tx) (any, error) {
		id, err := v.Record.Staff.Open(tx, auth.NewAccount{Login: v.asked("login"), Name: v.asked("name"), Password: v.r.PostFormValue("password")})
		if err != nil {
			return nil, err
		}
		_, err = v.Record.Staff.Appoint(tx, id, v.asked("role"), v.asked("organisation"), dated.From(v.today()))
		return id, err
	})
	if mendable(err) {
		return v.showNewStaff(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, "/admin/staff")
}

func (v *view) oneStaff() error { return v.showStaff(http.StatusOK, nil) }

func (v *view) showStaff(status int, problem error) error {
	f := staffForm{Key: newKey(), Names: map[string]string{}}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		if f.Account, err = v.Record.Staff.Account(tx, v.r.PathValue("account")); err != nil {
			return err
		}
		return v.fillStaff(tx, &f)
	})
	if err != nil {
		return err
	}
	fields := slices.Concat(f.Post, f.Cover, f.Reset, []field{f.Close, f.Subject})
	f.Problems = v.marked(fields, problem)
	f.Post, f.Cover, f.Reset, f.Close, f.Subject = fields[:4], fields[4:9], fields[9:10], fields[10], fields[11]
	f.Done = map[string]string{"post": v.say("已任命", "appointed"), "leave": v.say("已离岗", "the post was ended"), "cover": v.say("已安排代岗", "cover was arranged"),
		"uncover": v.say("代岗已结束", "the cover was ended"), "reset": v.say("密码已重置，请当面告诉本人", "the password was reset; tell the holder in person"), "close": v.say("已停用", "the account was closed"),
		"factor": v.say("二次验证已取消，请本人重新开通", "the second factor was taken away; its holder sets up another"), "sessions": v.say("已让此人退出登录", "the person was signed out everywhere"),
		"link": v.say("已对应", "the account was linked"), "unlink": v.say("已解除对应", "the link was taken away")}[v.asked("done")]
	return v.show(status, v.errorTitle(f.Problems, f.Name), onePage(v, f))
}

func (v *view) fillStaff(tx *store.Tx, f *staffForm) (err error) {
	if f.Posts, err = v.Record.Staff.Posts(tx, f.ID, v.today()); err != nil {
		return err
	}
	if f.Covers, err = v.Record.Staff.Deputies(tx); err != nil {
		return err
	}
	f.Covers = slices.DeleteFunc(f.Covers, func(d auth.Deputy) bool {
		return !slices.ContainsFunc(f.Posts, func(p auth.Post) bool { return p.ID == d.Post })
	})
	if f.Post, err = v.postFields(tx); err != nil {
		return err
	}
	f.Post = append(f.Post, field{Name: "from", Label: v.say("自", "From"), Value: v.typedOr("from", v.today().String())}, field{Name: "to", Label: v.say("至（可空）", "To (may be empty)"), Value: v.typed("to")})
	deputy := field{Name: "deputy", Label: v.say("代岗人", "Deputy"), Need: true, Value: v.typed("deputy")}
	accounts, err := v.Record.Staff.Accounts(tx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		f.Names[a.ID] = a.Name
		if a.Closed == "" && a.ID != f.ID {
			deputy.Options = append(deputy.Options, option{a.ID, a.Name + " · " + a.Login})
		}
	}
	covered := field{Name: "covered", Label: v.say("岗位", "Post"), Need: true, Value: v.typed("covered")}
	for _, p := range f.Posts {
		if p.Span.To >= v.today() {
			covered.Options = append(covered.Options, option{p.ID, v.postName(p)})
		}
	}
	f.Cover = []field{covered, deputy, {Name: "begins", Label: v.say("自", "From"), Need: true, Value: v.typed("begins")}, {Name: "ends", Label: v.say("至", "To"), Need: true, Value: v.typed("ends")},
		{Name: "why", Label: v.say("理由", "Reason"), Need: true, Value: v.typed("why")}}
	f.Reset = []field{{Name: "password", Label: v.say("新的临时密码", "New temporary password"), Need: true, Hidden: true}}
	f.Subject = field{Name: "subject", Label: v.say("对方系统里的标识（sub）", "The provider's word for the person (sub)"), Need: true, Value: v.asked("subject")}
	if v.OIDC != nil {
		if f.Linked, err = auth.Linked(tx, f.ID, v.OIDC.Issuer); err != nil {
			return err
		}
	}
	if f.Sessions, err = auth.Sessions(tx, f.ID, v.now); err != nil {
		return err
	}
	f.Close = field{Name: "reason", Label: v.say("停用理由", "Reason for closing"), Need: true, Value: v.typed("reason")}
	return err
}

// change does something to an account and comes back to its page: with what was done, or with what is to be mended.
func (v *view) change(done string, do func(tx *store.Tx, account string) error) error {
	id := v.r.PathValue("account")
	err := v.once("web.staff."+done, func(tx *store.Tx) (any, error) { return nil, do(tx, id) })
	if mendable(err) {
		return v.showStaff(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, "/admin/staff/"+url.PathEscape(id)+"?done="+done)
}

// span is what two fields say; an empty end is open when that is allowed.
func (v *view) span(from, to string, open bool) (s period.Span, err error) {
	if s.From, err = period.ParseDay(tidied(v.asked(from))); err != nil {
		return s, err
	}
	if s.To = period.Latest; open && v.asked(to) == "" {
		return s, nil
	}
	s.To, err = period.ParseDay(tidied(v.asked(to)))
	return s, err
}

func (v *view) appoint() error {
	return v.change("post", func(tx *store.Tx, account string) error {
		span, err := v.span("from", "to", true)
		if err == nil {
			_, err = v.Record.Staff.Appoint(tx, account, v.asked("role"), v.asked("organisation"), span)
		}
		return err
	})
}

func (v *view) leavePost() error {
	return v.change("leave", func(tx *store.Tx, _ string) error { return v.Record.Staff.Leave(tx, v.asked("post"), v.today()) })
}

func (v *view) cover() error {
	return v.change("cover", func(tx *store.Tx, _ string) error {
		span, err := v.span("begins", "ends", false)
		if err == nil {
			_, err = v.Record.Staff.Cover(tx, v.asked("covered"), v.asked("deputy"), span, v.asked("why"))
		}
		return err
	})
}

func (v *view) uncover() error {
	return v.change("uncover", func(tx *store.Tx, _ string) error { return v.Record.Staff.EndCover(tx, v.asked("cover")) })
}

func (v *view) resetStaff() error {
	return v.change("reset", func(tx *store.Tx, account string) error {
		return v.Record.Staff.Reset(tx, account, v.r.PostFormValue("password"))
	})
}

func (v *view) resetFactor() error {
	return v.change("factor", func(tx *store.Tx, account string) error { return v.Record.Staff.ResetFactor(tx, account) })
}

func (v *view) endSessions() error {
	return v.change("sessions", func(tx *store.Tx, account string) error { return v.Record.Staff.EndSessions(tx, account) })
}

func (v *view) closeStaff() error {
	return v.change("close", func(tx *store.Tx, account string) error { return v.Record.Staff.Close(tx, account, v.asked("reason")) })
}
