package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/calendar"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// systemRoutes are who else may come in, how the program is, and what is left to do before an office can open.
var systemRoutes = []route{
	{pattern: "GET /admin/keys", may: only(auth.ManageStaff), do: (*view).apiKeys},
	{pattern: "GET /admin/keys/new", may: only(auth.ManageStaff), do: (*view).newKeyForm},
	{pattern: "POST /admin/keys/new", may: only(auth.ManageStaff), do: (*view).issueKey},
	{pattern: "POST /admin/keys/{apikey}/revoke", may: only(auth.ManageStaff), do: (*view).revokeKey},
	{pattern: "GET /admin/system", may: only(auth.SeeSystem), do: (*view).system},
	{pattern: "GET /admin/start", may: only(auth.SeeSystem), do: (*view).start},
}

// keyLine is a key of a list, with whose it is.
type keyLine struct {
	auth.Key
	Party, State, Class string
	Names               []string // of the scopes
}

type keyList struct {
	Lines   []keyLine
	Revoke  field
	Problem trouble
	Done    string
}

// scopeName is what may be asked for with a key, for people.
func (v *view) scopeName(s auth.Scope) string {
	names := map[auth.Scope]fault.Text{auth.Bills: {ZH: "交账单、查账单、试算", EN: "hand in, read and try bills"}, auth.Settlements: {ZH: "结算、冲销、读结算单", EN: "settle, reverse, read statements"},
		auth.RegisterRead: {ZH: "凭身份证号查登记", EN: "read the register by identity number"}, auth.RegisterSearch: {ZH: "按姓名查登记", EN: "search the register by name"}, auth.RegisterWrite: {ZH: "登记人和情况", EN: "register people and facts"},
		auth.FundsRead: {ZH: "读专账", EN: "read special accounts"}, auth.FundsOwed: {ZH: "读欠本机构的款", EN: "read what is owed to it"}, auth.BenefitsRead: {ZH: "读月度核定", EN: "read monthly runs"},
		auth.BenefitsWrite: {ZH: "办月度核定", EN: "run and approve months"}, auth.PaymentsRead: {ZH: "读账户和发放批次", EN: "read accounts and batches"}, auth.PaymentsWrite: {ZH: "办发放批次", EN: "make and check batches"},
		auth.Scope("transfers"): {ZH: "转出、转入人员", EN: "hand people over to other counties, take them in"}, auth.IdentityFacts: {ZH: "看身份类内容", EN: "see identity facts"}, auth.FinanceFacts: {ZH: "看经济类内容", EN: "see finance facts"}, auth.HealthFacts: {ZH: "看健康类内容", EN: "see health facts"}, auth.ChildFacts: {ZH: "看未成年人内容", EN: "see facts of children"}}
	if name, known := names[s]; known {
		return v.in(name)
	}
	return string(s)
}

func (v *view) apiKeys() error { return v.showKeys(http.StatusOK, nil) }

func (v *view) showKeys(status int, problem error) error {
	l := keyList{Revoke: field{Name: "reason", Label: v.say("吊销理由", "Reason"), Value: v.asked("reason")}}
	if problem != nil {
		l.Problem = v.trouble(problem)
	}
	if v.asked("done") != "" {
		l.Done = v.say("已吊销，立即生效", "The key was revoked at once")
	}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) { l.Lines, err = v.keyLines(tx); return err })
	if err != nil {
		return err
	}
	return v.show(status, v.say("接口密钥", "Keys"), keyListPage(v, l))
}

// keyLines are the keys that the tab asks for, the latest first.
func (v *view) keyLines(tx *store.Tx) (lines []keyLine, err error) {
	names, err := v.partyNames(tx)
	if err != nil {
		return nil, err
	}
	all, err := auth.List(tx)
	for _, k := range slices.Backward(all) {
		if (k.Revoked != "") != (v.asked("state") == "revoked") {
			continue
		}
		line := keyLine{Key: k, Party: names[k.Party], State: v.say("在用", "in use"), Class: "ok"}
		switch {
		case k.Revoked != "":
			line.State, line.Class = v.say("已吊销 %s", "revoked %s", v.moment(k.Revoked)), ""
		case !k.Span.Contains(v.today()):
			line.State, line.Class = v.say("不在有效期", "not in its time"), "warn"
		}
		for _, s := range k.Scopes {
			line.Names = append(line.Names, v.scopeName(s))
		}
		lines = append(lines, line)
	}
	return lines, err
}

// keysList is the keys of the county.
func (v *view) keysList(shown int) listing {
	return listing{Title: v.say("接口密钥", "Keys"), Act: link{v.say("发放密钥", "Issue a key"), "/admin/keys/new"}, Files: v.files(),
		Tabs: v.tabsBy("state", []string{"", "revoked"}, func(state string) string {
			return map[string]string{"": v.say("没有吊销的", "Not revoked"), "revoked": v.say("已吊销", "Revoked")}[state]
		}),
		Table: table{Name: v.say("密钥", "Keys"), Shown: shown, Empty: map[bool]string{true: v.say("没有吊销过密钥。", "No key was revoked."), false: v.say("还没有发过密钥。医院系统传账单要用一把。", "No key was issued yet. A hospital's system needs one to send bills.")}[v.asked("state") == "revoked"],
			Columns: []column{{Name: v.say("给谁用", "For whom")}, {Name: v.say("可以做什么", "What for")}, {Name: v.say("有效", "Valid")}, {Name: v.say("最近使用", "Last used")}, {Name: v.say("状态", "State")}, {Name: v.say("办理", "Act")}}}}
}

// partyNames are the organisations of today by id.
func (v *view) partyNames(tx *store.Tx) (map[string]string, error) {
	list, err := v.Record.Staff.Organisations(tx, v.today())
	names := map[string]string{}
	for _, o := range list {
		names[o.ID] = o.Name
	}
	return names, err
}

// keyForm is the form for a new key, or the new key itself.
type keyForm struct {
	Fields   []field
	Scopes   []scopeBox
	Key      string // of the form
	Written  string // the key; it is shown this once
	Problems []problem
}

// scopeBox is one thing that a key may be given.
type scopeBox struct {
	Scope auth.Scope
	Name  string
	On    bool
}

func (v *view) newKeyForm() error { return v.showNewKey(http.StatusOK, nil) }

func (v *view) showNewKey(status int, problem error) error {
	f := keyForm{Key: newKey()}
	if k := v.asked("key"); k != "" {
		f.Key = k
	}
	party := field{Name: "party", Label: v.say("机构", "Institution"), Need: true, Value: v.typed("party")}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		list, err := v.Record.Staff.Organisations(tx, v.today())
		for _, o := range list {
			if len(auth.ScopesOf(o.Kind)) > 0 {
				party.Options = append(party.Options, option{o.ID, o.Name})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	begins := v.asked("from")
	if begins == "" {
		begins = v.today().String()
	}
	f.Fields = []field{party, {Name: "name", Label: v.say("给哪个系统用", "For which system"), Need: true, Value: v.typed("name"), Hint: v.say("例如：医院信息系统", "for example: hospital information system")},
		{Name: "from", Label: v.say("自", "From"), Need: true, Value: begins}, {Name: "to", Label: v.say("至", "To"), Need: true, Value: v.typed("to")}}
	for _, s := range auth.ScopesOf(auth.OfficeKind) {
		f.Scopes = append(f.Scopes, scopeBox{s, v.scopeName(s), v.asked("scope."+string(s)) != ""})
	}
	f.Problems = v.keyProblems(f.Fields, problem)
	return v.show(status, v.errorTitle(f.Problems, v.say("发放密钥", "Issue a key")), newKeyPage(v, f))
}

// keyProblems marks the field an error of a key is about.
func (v *view) keyProblems(fields []field, err error) []problem {
	if err == nil {
		return nil
	}
	at := map[string]string{"auth.name": "name", "auth.span": "to", "auth.party-unknown": "party", "auth.no-keys": "party"}[fault.CodeOf(err)]
	var m misplaced
	if errors.As(err, &m) {
		at = m.field
	}
	t := v.trouble(err)
	message := t.Message + v.say("。", ". ") + t.Hint
	for i := range fields {
		if fields[i].Name == at {
			fields[i].Problem = message
		}
	}
	return []problem{{at, message}}
}

// keyIssued is a form for a key that was sent twice: the key is kept nowhere and cannot be shown again.
func keyIssued() error {
	return refuse(fault.Conflict, "key-issued", fault.Text{ZH: "这张表单已经发过一把密钥，没有再发", EN: "a key was issued by this form already; none was issued again"},
		fault.Text{ZH: "没有抄下密钥的，吊销它再发一把", EN: "if you have not kept it, revoke it and issue another"})
}

func (v *view) issueKey() error {
	g := auth.Grant{Party: v.asked("party"), Name: v.asked("name")}
	for _, s := range auth.ScopesOf(auth.OfficeKind) {
		if v.asked("scope."+string(s)) != "" {
			g.Scopes = append(g.Scopes, s)
		}
	}
	var errs [2]error
	g.Span.From, errs[0] = period.ParseDay(tidied(v.asked("from")))
	g.Span.To, errs[1] = period.ParseDay(tidied(v.asked("to")))
	for i, name := range []string{"from", "to"} {
		if errs[i] != nil {
			return v.showNewKey(http.StatusUnprocessableEntity, misplaced{errs[i], name})
		}
	}
	written := ""
	content := []byte(v.r.URL.Path + "\n" + v.r.PostForm.Encode())
	done, err := v.Record.Store.Write(v.r.Context(), v.command("web.key.issue", v.asked("key"), content), func(tx *store.Tx) (any, error) {
		key, w, err := v.Record.Keys.Issue(tx, g)
		written = w
		return key.ID, err
	})
	if err == nil && done.Replayed { // what was written now was not kept
		err = keyIssued()
	}
	switch kind := fault.KindOf(err); {
	case err == nil:
		return v.show(http.StatusOK, v.say("新密钥", "New key"), newKeyPage(v, keyForm{Written: written}))
	case kind == fault.Internal, kind == fault.Unavailable:
		return err
	default:
		return v.showNewKey(statuses[kind], err)
	}
}

func (v *view) revokeKey() error {
	err := v.once("web.key.revoke", func(tx *store.Tx) (any, error) {
		return nil, v.Record.Keys.Revoke(tx, v.r.PathValue("apikey"), v.asked("reason"))
	})
	if kind := fault.KindOf(err); kind == fault.Invalid || kind == fault.Conflict || kind == fault.Forbidden {
		return v.showKeys(statuses[kind], err)
	}
	return v.orSee(err, "/admin/keys?state=revoked&done=1")
}

// systemState is how the program and its database are.
type systemState struct {
	Program  string
	Health   store.Health
	Seal     audit.Sealed
	Waiting  int64 // entries not sealed yet
	Counties []string
	Provider string // the identity provider's issuer
	HTTPS    bool
}

// program is what was built: the revision of its sources.
func program() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision += " " + s.Value
		}
	}
	return revision + " " + info.GoVersion
}

func (v *view) system() error {
	s := systemState{Program: program(), Counties: v.Counties, HTTPS: v.Secure}
	if v.OIDC != nil {
		s.Provider = v.OIDC.Issuer
	}
	var err error
	if s.Health, err = v.Record.Store.Health(v.r.Context()); err != nil {
		return err
	}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		s.Seal, s.Waiting, err = audit.Newest(tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("系统状态", "System"), systemPage(v, s))
}

// facts are the state as lines of a name and a value.
func (v *view) facts(s systemState) [][2]string {
	kind := map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}[s.Health.Kind]
	backup := v.say("还没有备份记录；用 doudi backup 备份，另存密钥目录和证件", "no backup is noted; make one with doudi backup, and keep the secrets and the evidence besides")
	if s.Health.Backup != "" {
		backup = v.moment(s.Health.Backup) + v.say("，%d 行", ", %d rows", s.Health.Rows)
	}
	seal := v.say("还没有封存", "nothing is sealed yet")
	if s.Seal.Batch > 0 {
		seal = v.say("第 %d 批，%s", "batch %d, %s", s.Seal.Batch, v.moment(s.Seal.Instant))
	}
	provider := v.say("没有接", "none")
	if s.Provider != "" {
		provider = s.Provider
	}
	https := v.say("没有写明（--https）：只在本机试用时可以", "not said (--https): for trials on this machine alone")
	if s.HTTPS {
		https = v.say("只经 HTTPS", "over HTTPS alone")
	}
	return [][2]string{{v.say("程序", "Program"), s.Program}, {v.say("数据库", "Database"), kind}, {v.say("表结构", "Tables"), v.say("第 %d 版", "step %d", s.Health.Step)}, {v.say("数据库大小", "Size"), size(s.Health.Size)},
		{v.say("最近备份", "Last backup"), backup}, {v.say("审计封存", "Log sealed"), seal}, {v.say("等待封存", "Waiting for a seal"), v.say("%d 条", "%d entries", s.Waiting)},
		{v.say("统一身份认证", "Identity provider"), provider}, {v.say("访问", "Reached"), https}}
}

// size is so many bytes for people.
func size(bytes int64) string {
	const mega = 1 << 20
	if bytes < mega {
		return fmt.Sprintf("%d kB", bytes>>10)
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}

// todo is one thing to be done before an office can open.
type todo struct {
	Name, Why, Path string
	Done            bool
	State           string
}

// start is the list of what an office needs before it opens, with what is there already.
func (v *view) start() error {
	health, err := v.Record.Store.Health(v.r.Context())
	if err != nil {
		return err
	}
	var list []todo
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		list, err = v.todos(tx, health.Backup)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("开办清单", "Opening an office"), openingPage(v, list))
}

// todos are what is to be done, in its order; backup is when the last one was made, "" for never.
func (v *view) todos(tx *store.Tx, backup string) ([]todo, error) {
	divisions, err := v.Record.Register.Divisions(tx, v.today(), rule.Forever)
	if err != nil {
		return nil, err
	}
	towns := 0
	for _, d := range divisions {
		if d.Code.Level() == ident.Town {
			towns++
		}
	}
	checkers, err := v.holders(tx, auth.CheckStanding)
	if err != nil {
		return nil, err
	}
	policies, err := v.holders(tx, auth.MakePolicies)
	if err != nil {
		return nil, err
	}
	providers, err := v.Record.Providers.List(tx, "", "", pageInstitutions)
	if err != nil {
		return nil, err
	}
	count, err := inForce(tx, v.today())
	if err != nil {
		return nil, err
	}
	waiting, err := upkeep.Waiting(tx, upkeep.Standing)
	if err != nil {
		return nil, err
	}
	funds, err := fund.Codes(tx)
	if err != nil {
		return nil, err
	}
	people, err := dated.Parties(tx, "person", "", 1)
	if err != nil {
		return nil, err
	}
	year, last := v.today().Year(), v.say("还没有", "none yet")
	held, err := calendar.Of(tx)
	if err != nil {
		return nil, err
	}
	if backup != "" {
		last = v.moment(backup)
	}
	return []todo{
		{v.say("系统管理员", "Administrator"), v.say("已经是您。开通二次验证。", "It is you. Set up the second factor."), "/account", v.session.Account.Factor || v.session.Demo, ""},
		{v.say("第二个人：县复核", "A second person: county checker"), v.say("区划、机构、政策都要另一人复核才生效。", "Divisions, institutions and policies take effect when another person approves."), "/admin/staff/new", checkers > 0, v.say("%d 人", "%d", checkers)},
		{v.say("政策管理员", "Policy officer"), v.say("提出采用政策的人。", "Who proposes to adopt policies."), "/admin/staff/new", policies > 0, v.say("%d 人", "%d", policies)},
		{v.say("乡镇、村", "Towns and villages"), v.say("从民政部门的名册复制代码和名称，一次粘贴进来。", "Paste codes and names from the civil affairs' list, all at once."), "/admin/divisions/new", towns > 0, v.say("%d 个乡镇，%d 个村", "%d towns, %d villages", towns, len(divisions)-towns)},
		{v.say("部门、医院、学校", "Offices, hospitals, schools"), v.say("医院的等级和定点决定报多少。", "A hospital's level and designation decide what is paid."), "/admin/institutions/new?kind=hospital", len(providers) > 0, v.say("%d 家", "%d", len(providers))},
		{v.say("复核上面的变更", "Check what was proposed"), v.say("由县复核登录后办理。", "The county checker does it."), "/admin/changes", len(waiting) == 0 && towns > 0, v.say("待复核 %d 项", "%d wait", len(waiting))},
		{v.say("采用政策", "Adopt policies"), v.say("政策管理员提出，另一人复核。", "A policy officer proposes, another person approves."), v.pathFor(auth.SeePolicies, "/policies"), count > 0, v.say("%d 份在施行", "%d in force", count)},
		{v.say("资金专账", "Special accounts"), v.say("财政开立每个专账，写明能支出什么；另一人复核后开立。没有专账，结算和发放占不到额度。", "Finance proposes each special account with what it may pay for; it is open when another person approves. Without one nothing can be paid."), v.pathFor(auth.SeeFunds, "/funds"), len(funds) > 0, v.say("已开立 %d 个", "%d are open", len(funds))},
		{v.say("登记居民：导入名册", "The register: import rolls"), v.say("县经办上传名册，逐行审阅，另一人应用。", "A county clerk brings in rolls; another person applies them."), v.pathFor(auth.SeeImports, "/imports"), len(people) > 0, ""},
		{v.say("工作日历", "Working days"), v.say("今年的放假安排；程序自带的不用再录，没有的照国务院办公厅通知录入。", "The holidays of this year: those that came with the program are there, others are taken in from the State Council's notice."), v.pathFor(auth.SeeStanding, "/admin/calendar"), slices.Contains(held.Years(), year), v.say("%d 年", "%d", year)},
		{v.say("备份", "Backups"), v.say("每天 doudi backup 一次，另存到别的机器；恢复单和备份不要放在一起。", "Run doudi backup every day and keep it on another machine, never together with the recovery sheet."), "/admin/system", backup != "", last},
		{v.say("其他人的用户和岗位", "Everybody else's accounts"), v.say("每人一个用户，按岗位给权限；请假时安排代岗。", "One account each, rights by post; arrange cover for leave."), "/admin/staff", checkers > 0 && policies > 0, ""},
	}, nil
}

func (v *view) openingTable(list []todo) table {
	done := 0
	for _, t := range list {
		if t.Done {
			done++
		}
	}
	return table{Name: v.say("开办清单", "Opening an office"), Shown: len(list), Foot: v.say("共 %d 项，已办 %d 项", "%d things, %d done", len(list), done),
		Columns: []column{{Name: v.say("事项", "What")}, {Name: v.say("说明", "Why")}, {Name: v.say("状态", "State")}}}
}

// pathFor is an address for those who may open it.
func (v *view) pathFor(p auth.Permission, path string) string {
	if v.may(p) {
		return path
	}
	return ""
}

// holders counts the open accounts that hold a post with a permission today.
func (v *view) holders(tx *store.Tx, p auth.Permission) (n int, err error) {
	accounts, err := v.Record.Staff.Accounts(tx)
	if err != nil {
		return 0, err
	}
	for _, a := range accounts {
		posts, err := v.Record.Staff.Posts(tx, a.ID, v.today())
		if err != nil {
			return 0, err
		}
		if a.Closed == "" && slices.ContainsFunc(posts, func(post auth.Post) bool { _, ok := post.Role.May(p); return ok && post.Span.Contains(v.today()) }) {
			n++
		}
	}
	return n, nil
}

// inForce counts the adoptions in force on a day.
func inForce(tx *store.Tx, on period.Day) (n int, err error) {
	all, err := adoption.All(tx)
	for _, a := range all {
		if a.Span.Contains(on) && (a.State == adoption.Approved || a.State == adoption.Withdrawn) {
			n++
		}
	}
	return n, err
}

func revokeAddress(id string) string { return "/admin/keys/" + url.PathEscape(id) + "/revoke" }

// orNever is a day, or that there was none.
func (v *view) orNever(day string) string {
	if day == "" {
		return v.say("从未", "never")
	}
	return day
}

// listed are words with commas.
func listed(words []string) string { return strings.Join(words, "、") }
