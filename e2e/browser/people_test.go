package browser_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	fiction "doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// approved runs a month and approves it on the 25th.
func (d *desk) approved(year int, month time.Month) {
	d.Helper()
	at := time.Date(year, month, 25, 2, 0, 0, 0, time.UTC)
	ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: d.account("register"), Instant: at}, Month: period.MustDay(year, int(month), 1).Month()}
	run, err := d.Benefits.Start(context.Background(), d.Store, ask)
	must(d.T, err)
	_, err = d.Benefits.Compute(context.Background(), d.Store, ask, run.ID, 1)
	must(d.T, err)
	must(d.T, d.Do(at, d.account("checker"), func(tx *store.Tx) error { _, err := d.Benefits.Approve(tx, run.ID, ""); return err }))
}

// A village cadre on a phone, from signing in: finds a household of the village, sees members and benefits, and reads why. Three clicks, one field.
func TestVillageCadreOnAPhone(t *testing.T) {
	d := open(t)
	d.family()
	d.size(390, 844)
	d.signIn("village")
	d.see("/")
	d.has("待我办", "今天到期", "已逾期", "没有待办")
	d.picture("village-work")
	d.sound()
	d.fits()
	d.clicks, d.typed = 0, 0
	d.write("#who", d.number)
	d.click(".hero button")
	d.at("/people/" + d.person)
	d.click(`main a[href^="/households/"]`)
	d.has("李桂芳 户", "张小明", "成员")
	d.picture("village-household")
	d.sound()
	d.fits()
	if d.clicks > 3 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 3 and 1", d.clicks, d.typed)
	}
	d.see("/people/" + d.person)
	d.do(chromedp.Click(`.ent summary`))
	d.fits()
	d.picture("village-why")
}

// The federation comes from the yearly list of reviews to somebody's file, and the town's clerk from the same queue: three clicks, nothing typed. The
// village is told neither of the benefit nor that anybody waits for it.
func TestReviewsAreAQueue(t *testing.T) {
	d := open(t)
	d.familySince(period.MustDay(2020, 10, 8)) // to be looked at again after a year
	d.approved(2021, 9)
	d.approved(2021, 10)
	for _, who := range []string{"disability", "town"} {
		d.signIn(who)
		d.see("/")
		d.clicks, d.typed = 0, 0
		d.picture("work-" + who)
		d.click(`main th a[href^="/waiting?"][href*="verdict=review-due"]`)
		d.sound()
		d.fits()
		d.has("李桂芳", "城关镇 示范村", "到期未复核", "重度残疾人补助")
		d.picture("waiting-" + who)
		d.click(`main a[href="/people/` + d.person + `"]`)
		d.has("李桂芳", "重度残疾人补助", "100.00")
		d.picture("review-" + who)
		if d.clicks > 3 || d.typed > 0 {
			t.Errorf("%s: %d clicks and %d fields, want at most 3 and none", who, d.clicks, d.typed)
		}
	}
	d.signIn("village")
	d.see("/waiting?verdict=review-due")
	d.has("没有")
	for _, secret := range []string{"李桂芳", "残疾", "专项生活补助"} {
		if strings.Contains(d.text("main"), secret) {
			t.Errorf("the village reads %s", secret)
		}
	}
}

// A leader sees on a phone and at a desk which town gives what and leaves what open, and nobody's name. Two clicks, nothing typed.
func TestLeaderLooks(t *testing.T) {
	d := open(t)
	d.family()
	d.signIn("leader")
	d.see("/")
	d.has("全县进展", "还没有批准过月度核定")
	d.approved(2021, 11)
	for _, width := range []int64{1366, 390} {
		d.size(width, 800)
		d.see("/")
		d.clicks = 0
		d.has("城关镇", "享受人次", "100.00", "重度残疾人补助")
		d.picture("leader")
		d.sound()
		d.fits()
		d.click(`main a[href="/overview/` + string(fiction.FirstTown) + `"]`)
		d.has("示范村", "100.00")
		d.sound()
		d.fits()
		if strings.Contains(d.text("main"), "李桂芳") {
			t.Error("a leader reads a name")
		}
		if d.clicks > 2 {
			t.Errorf("%d clicks", d.clicks)
		}
	}
}

// A leader sees at a desk and on a phone what is overdue where, and sends the town a slip about it: three clicks, one field. The town finds it in its queue
// and answers, and the leader closes it.
func TestLeaderSupervises(t *testing.T) {
	d := open(t)
	d.familySince(period.MustDay(2020, 10, 8)) // to be looked at again after a year
	d.approved(2021, 9)
	d.approved(2021, 10)
	for i, width := range []int64{1366, 390} {
		slip := []string{"DB00001", "DB00002"}[i]
		d.size(width, 844)
		d.signIn("leader")
		d.see("/")
		d.clicks, d.typed = 0, 0
		d.click(`#late a.late`)
		d.has("示范村", "年度复核 · 重度残疾人补助")
		d.picture("leader-late-" + strconv.FormatInt(width, 10))
		d.sound()
		d.fits()
		d.click("#supervise")
		d.has("城关镇", "1 人次")
		d.write("#due", "2021-11-15")
		d.picture("slip-new-" + strconv.FormatInt(width, 10))
		d.sound()
		d.fits()
		d.click(".act .btn.pri")
		d.at("/tasks/" + slip + "?done=sent")
		d.has("督办单已发出", "待办", "剩 5 个工作日")
		if d.clicks > 3 || d.typed > 1 {
			t.Errorf("%d clicks and %d fields, want at most 3 and 1", d.clicks, d.typed)
		}
		d.sound()
		d.fits()
		d.signIn("town")
		d.see("/")
		d.clicks, d.typed = 0, 0
		d.has("剩 5 个工作日")
		d.click(`main th a[href="/tasks/` + slip + `"]`)
		d.write("#note", "已入户复核，材料齐全")
		d.picture("slip-town-" + strconv.FormatInt(width, 10))
		d.sound()
		d.fits()
		d.click(".act .btn.pri")
		d.has("已答复", "已入户复核")
		if d.clicks > 2 || d.typed > 1 {
			t.Errorf("the town: %d clicks and %d fields, want at most 2 and 1", d.clicks, d.typed)
		}
		d.signIn("leader")
		d.see("/")
		d.picture("leader-answered-" + strconv.FormatInt(width, 10))
		d.sound()
		d.fits()
		d.click(`main th a[href="/tasks/` + slip + `"]`)
		d.picture("slip-answered-" + strconv.FormatInt(width, 10))
		d.sound()
		d.fits()
		d.click(".act .btn.pri")
		d.has("已办结")
		d.see("/tasks")
		d.has(slip, "城关镇", "已办结")
		d.sound()
		d.fits()
		d.see("/tasks/" + slip + "/print")
		d.picture("slip-paper-" + strconv.FormatInt(width, 10))
		d.sound()
	}
}
