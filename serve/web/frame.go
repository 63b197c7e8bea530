package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
)

func (v *view) product() string {
	return v.say("兜底 · 民生保障经办", "doudi · benefits desk")
}

func (v *view) htmlLang() string {
	if v.english() {
		return "en"
	}
	return "zh-CN"
}

func (v *view) otherLang() string {
	if v.english() {
		return "zh-CN"
	}
	return "en"
}

func (v *view) otherName() string {
	if v.english() {
		return "中文"
	}
	return "EN"
}

func (v *view) size() string {
	if v.large {
		return "lg"
	}
	return "md"
}

// entryOf is an entry of the menu.
type entryOf struct{ group, path, icon, name string }

// menu are the entries of who is signed in: what the post may not open is not there. There are eleven at most; what belongs together shares an entry, and its
// pages lead to one another ([view.section]).
func (v *view) menu() []entryOf {
	if v.session == nil {
		return nil
	}
	settling, objects, work, money := v.say("一站式结算", "Settlement"), v.say("对象", "People"), v.say("经办", "Work"), v.say("资金", "Money")
	policies, supervision, administration := v.say("政策", "Policies"), v.say("监管", "Supervision"), v.say("管理", "Administration")
	list := []entryOf{{"", "/", "i-home", v.say("工作台", "Work queue")}}
	if v.may(auth.Settle) {
		list = []entryOf{{settling, "/", "i-home", v.say("窗口", "Desk")}}
	}
	for _, e := range []struct {
		entryOf
		shown bool
	}{
		{entryOf{settling, "/settlements", "i-list", v.say("结算单", "Settlements")}, v.may(auth.Settle)},
		{entryOf{settling, "/search", "i-find", v.say("查找", "Find")}, v.may(auth.Settle)},
		{entryOf{objects, "/search", "i-file", v.say("一户一档", "Households")}, v.may(auth.SeePeople)},
		{entryOf{objects, "/waiting", "i-list", v.say("待复核与待补", "Open cases")}, v.collects()},
		{entryOf{work, "/imports", "i-in", v.say("名册导入", "Imports")}, v.may(auth.SeeImports)},
		{entryOf{work, "/runs", "i-ok", v.say("月度核定", "Monthly runs")}, v.may(auth.SeeRuns)},
		{entryOf{work, "/payments/batches", "i-coin", v.say("发放批次", "Payments")}, v.may(auth.SeeBatches)},
		{entryOf{work, "/lists", "i-coin", v.say("发放名册", "Lists")}, v.may(auth.SeeLists)},
		{entryOf{work, "/jobs", "i-list", v.say("后台任务", "Background jobs")}, len(v.jobKinds(false)) > 0 && !v.onlyReadsPolicies()},
		{entryOf{money, "/funds", "i-coin", v.say("资金专账", "Special accounts")}, v.may(auth.SeeFunds)},
		{entryOf{policies, "/policies", "i-book", v.say("政策库", "Policy library")}, v.may(auth.SeePolicies)},
		{entryOf{supervision, "/tasks", "i-ask", v.say("督办单", "Slips")}, v.may(auth.SeeTasks)},
		{entryOf{supervision, "/audit", "i-book", v.say("审计", "Audit")}, v.may(auth.SeeAudit)},
		{entryOf{administration, "/admin/changes", "i-list", v.say("区划机构日历", "Standing data")}, v.may(auth.SeeStanding)},
		{entryOf{administration, "/admin/staff", "i-key", v.say("用户与岗位", "Accounts and posts")}, v.may(auth.ManageStaff)},
		{entryOf{administration, "/admin/keys", "i-key", v.say("接口密钥", "Keys")}, v.may(auth.ManageStaff)},
		{entryOf{administration, "/admin/system", "i-list", v.say("系统状态", "System")}, v.may(auth.SeeSystem)},
	} {
		if e.shown {
			list = append(list, e.entryOf)
		}
	}
	return append(list, entryOf{v.say("我的", "Mine"), "/account", "i-ask", v.say("账户与帮助", "Account and help")})
}

// onlyReadsPolicies tells whether the only jobs the post could see are simulations that it may not begin.
func (v *view) onlyReadsPolicies() bool {
	return !slices.ContainsFunc(only(auth.SeeImports, auth.SeeRuns, auth.SeeBatches, auth.SeeAudit, auth.MakePolicies), v.may)
}

// sections are pages that share an entry of the menu, the first being where it leads.
var sections = [][]struct {
	path string
	name fault.Text
}{
	{{"/funds", fault.Text{ZH: "专账", EN: "Accounts"}}, {"/fund-changes", fault.Text{ZH: "记账复核", EN: "Entries to check"}}},
	{{"/policies", fault.Text{ZH: "政策库", EN: "Library"}}, {"/questions", fault.Text{ZH: "政策疑义", EN: "Open questions"}}},
	{{"/admin/changes", fault.Text{ZH: "变更复核", EN: "Changes"}}, {"/admin/divisions", fault.Text{ZH: "行政区划", EN: "Divisions"}}, {"/admin/institutions", fault.Text{ZH: "部门与机构", EN: "Institutions"}},
		{"/admin/calendar", fault.Text{ZH: "工作日历", EN: "Calendar"}}, {"/admin/parameters", fault.Text{ZH: "参数与目录", EN: "Parameters"}}},
	{{"/account", fault.Text{ZH: "我的账户", EN: "My account"}}, {"/help", fault.Text{ZH: "操作说明", EN: "How to"}}},
}

// section are the pages beside the one asked for, which share its entry of the menu; none where it has one alone. Of what the post may not open nothing
// is said, here neither.
func (v *view) section() (tabs []tab) {
	for _, group := range sections {
		here := false
		tabs = nil
		for _, page := range group {
			if r, _ := v.routeOf(http.MethodGet, page.path); len(r.may) > 0 && !slices.ContainsFunc(r.may, v.may) {
				continue
			}
			at := v.r.URL.Path == page.path
			here = here || at
			tabs = append(tabs, tab{link: link{v.in(page.name), page.path}, Here: at})
		}
		if here {
			return tabs
		}
	}
	return nil
}

// headOf is the page that the entry of the menu leads to which a page belongs to.
func headOf(path string) string {
	for _, group := range sections {
		for _, page := range group {
			if path == page.path || strings.HasPrefix(path, page.path+"/") {
				return group[0].path
			}
		}
	}
	return path
}

func (v *view) may(p auth.Permission) bool {
	if v.session == nil {
		return false
	}
	_, ok := v.session.May(p)
	return ok
}

// finds tells whether the search in the bar is of use.
func (v *view) finds() bool {
	return v.may(auth.Settle) || v.may(auth.SeePeople) || v.may(auth.SeeFunds)
}

func (v *view) findHint() string {
	if v.may(auth.Settle) {
		return v.say("身份证号 / 姓名 / 结算单号", "ID / name / settlement no.")
	}
	if !v.may(auth.SeePeople) {
		return v.say("凭证号", "entry no.")
	}
	return v.say("身份证号 / 姓名 / 编号", "ID / name / number")
}

func (v *view) findLabel() string {
	if v.may(auth.Settle) {
		return v.say("刷卡，或输入身份证号、姓名、拼音首字母、结算单号", "Swipe a card, or type an identity number, name, pinyin initials or settlement number")
	}
	if !v.may(auth.SeePeople) {
		return v.say("输入专账凭证号", "Type the number of an entry of a special account")
	}
	return v.say("输入身份证号、姓名、拼音首字母、户编号或人员编号", "Type an identity number, a name, its pinyin initials, or the number of a household or person")
}

// place is the organisation and the post that is acted in.
func (v *view) place() string {
	p := v.session.Post
	if p.Role == nil {
		return v.say("没有岗位", "no post")
	}
	place := p.Organisation.Name + " · " + v.in(p.Role.Name)
	if p.For != "" {
		place += v.say("（代%s）", " (for %s)", p.For)
	}
	return place
}

// inside tells whether the page asked for belongs to an entry of the menu.
func (v *view) inside(path string) bool {
	here := headOf(v.r.URL.Path)
	people := strings.HasPrefix(here, "/people/") || strings.HasPrefix(here, "/households/")
	switch {
	case path == "/":
		return here == "/" || people && v.may(auth.Settle)
	case path == "/search":
		return here == path || people && !v.may(auth.Settle)
	case path == "/policies" && strings.HasPrefix(here, "/adoptions/"), path == "/imports" && (here == "/mappings" || strings.HasPrefix(here, "/mappings/")):
		return true
	}
	return here == path || strings.HasPrefix(here, path+"/")
}

// keys are the keys of the desk and what they do.
func (v *view) keys() [][2]string {
	return [][2]string{
		{"/", v.say("到查找框", "to the search")},
		{"F2", v.say("新办一件", "begin a new one")},
		{"F4", v.say("下一件待办", "the next one that waits")},
		{"F8", v.say("暂存，先办别的", "put aside, do something else")},
		{"F9", v.say("本页的主要操作，例如确认结算并打印", "what the page is for, such as settling and printing")},
		{"Esc", v.say("返回", "back")},
		{"↑ ↓", v.say("列表里逐行移动，回车打开", "from row to row of a list, Enter opens")},
		{"Enter", v.say("填费用时到下一格", "to the next field of a bill")},
		{"Ctrl+Enter", v.say("填费用时直接提交", "send the bill")},
		{"?", v.say("打开这一页", "open this page")},
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// class is a CSS class where something holds.
func class(name string, when bool) string {
	if when {
		return name
	}
	return ""
}

// accountWords and accountClass say where an account stands.
func (v *view) accountWords(a auth.Account) string { words, _ := v.accountState(a); return words }

func (v *view) accountClass(a auth.Account) string { _, class := v.accountState(a); return class }

// spanWords is a span for people, with an open end left open.
func (v *view) spanWords(s period.Span) string {
	switch {
	case s.To < period.Latest && s.From <= period.Earliest:
		return v.say("至 %s", "to %s", s.To)
	case s.From <= period.Earliest:
		return v.say("一直", "always")
	case s.To >= period.Latest:
		return v.say("%s 起", "from %s", s.From)
	}
	return v.say("%s 至 %s", "%s to %s", s.From, s.To)
}

// weekday is today's day of the week in words.
func (v *view) weekday() string { return v.weekdayOf(v.today()) }

func (v *view) weekdayOf(day period.Day) string {
	days := [7][2]string{{"星期日", "Sunday"}, {"星期一", "Monday"}, {"星期二", "Tuesday"}, {"星期三", "Wednesday"}, {"星期四", "Thursday"}, {"星期五", "Friday"}, {"星期六", "Saturday"}}
	const thursday = 4 // 1970-01-01
	name := days[((int(day)+thursday)%7+7)%7]
	return v.say(name[0], name[1])
}
