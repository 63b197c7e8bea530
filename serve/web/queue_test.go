package web_test

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/calendar"
	"doudi/record/dated"
	"doudi/record/store"
)

var counted = regexp.MustCompile(`<span>([^<]*)</span> <b>([\d,]+)</b>`)

// waits is one of the counts above the queue.
func (d *desk) waits(name string) string {
	d.Helper()
	for _, m := range counted.FindAllStringSubmatch(d.lastAnswer, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	d.Fatalf("no count %s:\n%s", name, d.lastAnswer)
	return ""
}

// waiting compares the five counts above the queue: all, due today, overdue, returned, to be checked.
func (d *desk) waiting(want string) {
	d.Helper()
	var found []string
	for _, m := range counted.FindAllStringSubmatch(d.lastAnswer, -1) {
		found = append(found, m[2])
	}
	if got := strings.Join(found, " "); got != want {
		d.Errorf("the counts are %q, want %q:\n%s", got, want, d.lastAnswer)
	}
}

// A yearly review is counted by working days of the county's own calendar: it comes, is due today, and is late; each has its words and its filter.
func TestQueueByWorkingDays(t *testing.T) {
	f := openFamilySince(t, period.MustDay(2020, 12, 10)) // a Friday a year later
	f.month(2021, 11)
	for _, tt := range []struct {
		day, reminder string
	}{
		{"2021-11-09", ""}, {"2021-11-26", "年度复核 1 人次 30 天内到期"}, {"2021-12-10", "年度复核 1 人次 30 天内到期"},
	} {
		f.at(tt.day)
		for _, who := range []string{"disability", "town", "register"} {
			f.signIn(who)
			f.get("/")
			f.waiting("0 0 0 0 0")
			if told := strings.Contains(f.lastAnswer, "天内到期</a>"); told != (tt.reminder != "") || !strings.Contains(f.lastAnswer, tt.reminder) {
				t.Errorf("%s: %s reads of reviews that come: %t", tt.day, who, told)
			}
		}
	}
	f.get(f.link(`/waiting\?verdict=coming`))
	f.is(200, "李桂芳", "2021-12-10", "今天到期")
	f.month(2021, 12) // on the 25th, which finds it late
	must(t, f.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		return calendar.Set(tx, calendar.Day{Day: period.MustDay(2021, 12, 13), Name: "县庆日", Said: dated.Said{Source: "县政府"}})
	}))
	for _, tt := range []struct{ day, words, counts string }{
		{"2021-12-09", "剩 1 个工作日", "1 0 0 0 0"}, {"2021-12-10", "今天到期", "1 1 0 0 0"}, {"2021-12-14", "逾期 1 个工作日", "1 0 1 0 0"}, {"2021-12-15", "逾期 2 个工作日", "1 0 1 0 0"},
	} {
		f.at(tt.day)
		f.signIn("town")
		f.get("/")
		f.is(200, tt.words, "2021-12-10 到期", "城关镇 示范村")
		f.waiting(tt.counts)
		for show, here := range map[string]bool{"today": strings.HasPrefix(tt.counts, "1 1"), "overdue": strings.HasPrefix(tt.counts, "1 0 1"), "returned": false, "check": false, "nothing": false} {
			f.get("/?show=" + show)
			f.waiting(tt.counts)
			if found := regexp.MustCompile(`class="tag[^"]*">` + tt.words).MatchString(f.lastAnswer); found != here {
				t.Errorf("%s: among those of %q: %t", tt.day, show, found)
			}
		}
	}
	f.get("/?place=" + string(fiction.FirstVillage) + "&matter=reviews")
	f.is(200, "逾期 2 个工作日", "清空")
	f.get("/?place=999901999001")
	f.is(200, "没有这样的待办")
	f.get("/")
	f.get(f.link(`/waiting\?place=[^"]*verdict=review-due`))
	f.is(200, "李桂芳", "逾期 2 个工作日")
	f.get("/waiting?verdict=review-due&place=999901200")
	f.not("李桂芳")
	f.get("/waiting?verdict=review-due&place=%25")
	f.not("李桂芳")
	f.signIn("auditor")
	f.get("/")
	f.waiting("0 0 0 0 0") // who audits has no cases to see to
	f.is(200, "没有待办", "查一个人、一户", "享受人次")
	f.get("/en/")
	f.is(200, "Nothing waits for you", "My tasks", "Due today", "Overdue", "Returned to me", "Awaiting my check")
}

// at opens the office on a day.
func (d *desk) at(day string) {
	d.Helper()
	on, err := period.ParseDay(day)
	must(d.T, err)
	d.openOffice(time.Unix(int64(on)*86400+2*3600, 0))
}

// What was sent back lies with who made it, with the reason, until it was taken note of.
func TestReturnedIsSeen(t *testing.T) {
	f := openFamily(t)
	f.signIn("admin")
	f.get("/admin/divisions/new")
	change := f.proposed("/admin/divisions/new", url.Values{"proposal": {"new"}, "new.from": {"2021-12-01"}, "new.reason": {"民政部门通知"}, "new.rows": {"999901300 河口镇"}, "key": {"n1"}})
	f.ran(f.as("register"))
	f.signIn("checker")
	f.get("/")
	f.waiting("2 0 0 0 2")
	f.post(change+"/reject", url.Values{"key": {"r1"}, "note": {"缺批复文号"}})
	f.sends(change + "?done=2")
	f.post("/runs/1/void", url.Values{"key": {"r2"}, "reason": {"名册还没导入"}})
	f.sends("/runs/1")
	f.get("/")
	f.is(200, "没有待办。", "上次办理 10:42：月度核定作废。")
	for who, said := range map[string]string{"admin": "缺批复文号", "register": "名册还没导入"} {
		f.signIn(who)
		f.get("/")
		f.is(200, said, "被退回", "李审核", "知道了")
		f.waiting("1 0 0 1 0")
		form := f.form()
		f.post("/seen", url.Values{"seen": {""}})
		f.is(422, "没有写明")
		f.post("/seen", form)
		f.sends("/")
		f.post("/seen", form) // twice
		f.sends("/")
		f.get("/")
		f.waiting("0 0 0 0 0")
	}
}

// What special accounts owe a hospital by a day that a document sets stands in finance's queue, by its day.
func TestDebtsAreDue(t *testing.T) {
	d := openPaid(t)
	d.signIn("finance")
	d.get("/")
	here := d.link(`/funds/[^"]*/debts\?payee=[^"]*`)
	d.is(200, "付给 县人民医院", `class="tag warn">今天到期`)
	d.at("2022-03-01")
	d.signIn("finance")
	d.get("/?show=overdue")
	d.is(200, "付给 县人民医院", "逾期 ", here)
}

// Nobody's menu is long, everything in it opens, and what shares an entry is one click further.
func TestMenuIsShort(t *testing.T) {
	d := office(t)
	entries := regexp.MustCompile(`(?s)<nav class="side".*?</nav>`)
	for _, role := range auth.Roles() {
		d.signIn(role.ID)
		d.get("/")
		menu := entries.FindString(d.lastAnswer)
		var paths []string
		for _, m := range regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(menu, -1) {
			paths = append(paths, m[1])
		}
		if len(paths) < 3 || len(paths) > 11 || len(slices.Compact(slices.Sorted(slices.Values(paths)))) != len(paths) {
			t.Errorf("%s has %d entries: %v", role.ID, len(paths), paths)
		}
		for _, path := range paths {
			d.get(path)
			d.is(200, fmt.Sprintf(`href="%s" aria-current="page"`, path))
			for _, m := range regexp.MustCompile(`(?s)<nav class="tabs" aria-label="同类页面">.*?</nav>`).FindAllString(d.lastAnswer, -1) {
				for _, beside := range regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(m, -1) {
					d.get(beside[1])
					d.is(200, fmt.Sprintf(`href="%s" aria-current="page"`, path))
				}
			}
		}
	}
}

// A leader reads which town is late in what and for how many working days, the list behind each number, and what should have been paid; nobody is named.
func TestLeaderReadsWhatIsLate(t *testing.T) {
	f := openFamilySince(t, period.MustDay(2020, 11, 12))
	f.month(2021, 10)
	f.month(2021, 11)
	f.at("2021-11-12")
	f.signIn("leader")
	f.get("/")
	f.is(200, "逾期事项", "没有逾期的事项")
	f.at("2021-11-16")
	f.signIn("leader")
	f.get("/")
	f.is(200, "城关镇", "重度残疾人补助", "逾期 2 个工作日")
	behind, _, _ := strings.Cut(f.link(`/overview/`+string(fiction.FirstTown)+`\?matter=[^"]*`), "#")
	f.get(behind)
	f.is(200, "示范村", "年度复核 · 重度残疾人补助", "逾期 2 个工作日", "最早 2021-11-12 到期")
	f.not("李桂芳")
	f.get("/overview/" + string(fiction.FirstTown) + "?matter=x/y")
	f.is(200, "这里没有逾期的这类事项")
	f.get("/en/overview/" + string(fiction.FirstTown))
	f.is(200, "2 working days late", "yearly review")
	f.signIn("cashier")
	f.confirmed()
	f.at("2022-03-01")
	f.signIn("leader")
	f.get("/")
	f.is(200, "逾期未付", "县人民医院")
	f.get(f.link(`/funds/[^"]*/debts\?payee=[^"]*`))
	f.is(200, "逐笔", "逾期")
	f.not("李桂芳")
}

// A leader sends a slip from what is overdue; the town answers it, and the leader sends it back and closes it in the end. What is not so is refused in the
// form, with everything that was typed.
func TestSupervision(t *testing.T) {
	f := openFamilySince(t, period.MustDay(2020, 11, 12))
	f.month(2021, 10)
	f.month(2021, 11)
	f.at("2021-11-16")
	f.signIn("leader")
	f.get("/tasks")
	f.is(200, "没有这样的督办单", "在全县进展里")
	form := "/tasks/new?" + url.Values{"division": {string(fiction.FirstTown)}, "matter": {fiction.Pingyin + "/severe-disability"}}.Encode()
	f.get(form)
	f.is(200, "截至 2021-11-16，城关镇重度残疾人补助年度复核逾期 1 人次，最早 2021-11-12 到期。")
	f.get("/en" + form)
	f.is(200, "the yearly review of")
	f.get("/tasks/new?division=999901999&matter=x")
	f.is(404)
	f.get("/tasks/new?division=" + string(fiction.FirstTown) + "&matter=x")
	f.sends("/overview/" + string(fiction.FirstTown) + "?matter=x#late")
	sent := url.Values{"content": {"请速办"}, "due": {"2021-11-15"}, "key": {"s1"}}
	f.post(form, sent)
	f.is(422, "错误：", "已经过去", "请速办", `href="#due"`)
	f.post(form, with(sent, "due", "改日", "key", "s2"))
	f.is(422, "不是日期", "请速办", `value="改日"`)
	f.post(form, with(sent, "content", "  ", "key", "s3"))
	f.is(422, "督办内容要写", `href="#content"`)
	f.post("/tasks/new?division="+string(fiction.FirstTown)+"&matter=x", with(sent, "due", "", "key", "s4"))
	f.is(409, "已经没有逾期")
	for i, hostile := range slices.Sorted(maps.Values(hostile)) {
		for _, name := range []string{"content", "due"} {
			f.tried(blankForm{role: "leader", action: form}, name, with(sent, name, hostile, "key", fmt.Sprint(name, i)))
		}
	}
	f.post(form, with(sent, "due", "2021-11-18", "content", "<b>请速办</b>\n第二行", "key", "s5"))
	slip := strings.TrimSuffix(f.lastAddress, "?done=sent")
	f.get(f.lastAddress)
	f.is(200, "督办单已发出", "待办", "剩 2 个工作日", "&lt;b&gt;请速办", "县领导")
	f.get(slip + "/print")
	f.is(200, "督办单", "签发人", "承办单位盖章", "最早到期")
	f.get("/en" + slip)
	f.is(200, "2 working days left", "Earliest due")
	f.get("/overview/" + string(fiction.FirstTown) + "?matter=" + url.QueryEscape(fiction.Pingyin+"/severe-disability"))
	f.is(200, "发督办单", slip)

	f.signIn("town")
	f.get("/?matter=slips")
	f.is(200, slip, "剩 2 个工作日", "第二行")
	f.post(slip+"/answer", url.Values{"step": {"1"}, "note": {""}, "key": {"a1"}})
	f.is(422, "要写明情况", `href="#note"`)
	f.post(slip+"/answer", url.Values{"step": {"7"}, "note": {"晚了一步"}, "key": {"a2"}})
	f.is(409, "有人办过了", "晚了一步")
	f.post(slip+"/answer", url.Values{"step": {"1"}, "note": {"已入户"}, "key": {"a3"}})
	f.sends(slip + "?done=1")
	f.get("/")
	f.not(`<a href="` + slip)

	f.signIn("leader")
	f.get("/")
	f.is(200, slip, "已入户", "待我办")
	f.post(slip+"/return", url.Values{"step": {"2"}, "note": {""}, "key": {"r1"}})
	f.is(422, "要写明情况")
	f.post(slip+"/return", url.Values{"step": {"2"}, "note": {"还有一人"}, "key": {"r2"}})
	f.sends(slip + "?done=1")

	f.signIn("town")
	f.get("/?show=returned")
	f.is(200, slip, "还有一人", "被退回")
	f.post(slip+"/answer", url.Values{"step": {"3"}, "note": {"都办了"}, "key": {"a4"}})
	f.sends(slip + "?done=1")

	f.signIn("leader")
	f.post(slip+"/close", url.Values{"step": {"4"}, "note": {""}, "key": {"c1"}})
	f.sends(slip + "?done=1")
	f.get(slip)
	f.is(200, "已办结", "还有一人", "都办了")
	f.not("剩 ", `name="note"`)
	f.get("/tasks?state=closed")
	f.is(200, slip)
	f.get("/tasks?state=open")
	f.not(slip)
	for _, path := range []string{"/tasks/1", "/tasks/DB99999", "/tasks/DB99999/print"} {
		f.get(path)
		f.is(404, "没有这张督办单")
	}
}
