package browser_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	fiction "doudi/internal/county"
	"doudi/kernel/period"
	"doudi/record/job"
)

// works lets a worker do what is asked for in the background, as doudi serve does, until it is told to stop.
func (d *desk) works() (stop func()) {
	d.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	worker := &job.Worker{Jobs: d.Jobs, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Beat: 50 * time.Millisecond}
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	return func() {
		cancel()
		must(d.T, <-ended)
	}
}

// roster is a roll of the two allowances for disabled people with so many people nobody knows, one of them wrong.
func roster(t *testing.T, people int) (path string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("乡镇,姓名,身份证号码,残疾人证号,补贴类型,补贴对象类型,补贴金额,享受补贴起始月份\n,王错号,123,,护理补贴,,100,2021-01\n")
	first := period.MustDay(1950, 1, 1)
	for i := range people {
		fmt.Fprintf(&b, ",赵%d,%s,,护理补贴,,100,2021-01\n", i, fiction.Number(strings.ReplaceAll(first.AddDays(i).String(), "-", ""), "101"))
	}
	path = filepath.Join(t.TempDir(), "残疾人两项补贴.csv")
	must(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// A clerk uploads a roll, sees how it is read, and another person reviews and applies it: the budget is six clicks and one file.
func TestRollFromUploadToRegister(t *testing.T) {
	d := open(t)
	file := roster(t, 60)
	d.signIn("register")
	d.see("/imports")
	d.clicks, d.typed = 0, 0
	d.press(kb.F2)
	d.at("/imports/new")
	d.sound()
	d.fits()
	d.press(kb.F9)
	d.has("没有选择文件")
	d.sound()
	d.write("#source", "县残联")
	d.do(chromedp.SetUploadFiles("#file", []string{file}))
	d.picture("upload")
	d.press(kb.F9)
	d.has("残疾人两项补贴.csv", "排队中")
	d.picture("upload-waits")
	d.sound()
	d.fits()
	stop := d.works()
	d.do(chromedp.WaitNotPresent("[data-live]")) // the page goes on by itself
	d.has("待审核", "新增 60", "不能导入 1", "须由另一人复核写入")
	if d.clicks > 6 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 6 and 1", d.clicks, d.typed)
	}
	stop()

	d.signIn("checker")
	d.see("/imports")
	d.clicks = 0
	d.click(`main a[href^="/imports/"]`)
	d.has("王错号", "应用 60 行")
	d.press(kb.F9)
	d.has("应用名册", "排队中", "办完再决定")
	d.click(`main .card a[href^="/jobs/"]`)
	d.has("排队中", "取消任务")
	d.picture("job-waits")
	stop = d.works()
	d.do(chromedp.WaitNotPresent("[data-live]"))
	d.has("已完成", "正在写入 61 / 61 行")
	d.picture("job-done")
	d.sound()
	d.fits()
	d.press(kb.F9)
	d.has("已应用 60 行")
	if d.clicks > 6 {
		t.Errorf("%d clicks, want at most 6", d.clicks)
	}
	stop()
}

// A roll with headings that nobody knows: its columns are named on one page, tried, and the verdicts follow. The next one of the office is read by itself.
func TestColumnsFromUploadToVerdicts(t *testing.T) {
	d := open(t)
	content := "甲,乙,丙\n" + "李桂芳," + d.number + ",2\n赵新," + string(fiction.Number("19600101", "101")) + ",二级\n王错号,123,3\n"
	file := filepath.Join(t.TempDir(), "花名册.csv")
	must(t, os.WriteFile(file, []byte(content), 0o600))
	d.signIn("register")
	upload := func() {
		d.see("/imports/new")
		d.write("#source", "县残联")
		d.do(chromedp.SetUploadFiles("#file", []string{file}))
		d.press(kb.F9)
	}
	upload()
	d.has("说明各列", "李桂芳 · 赵新")
	d.sound()
	d.fits()
	d.press(kb.F9)
	d.has("有 1 处要改")
	d.sound()
	for id, as := range map[string]string{"#as-1": "person.name", "#as-2": "person.id", "#as-3": "person.disability.level"} {
		d.do(chromedp.SetValue(id, as))
	}
	d.click(`button[value="look"]`)
	d.has("前几行读成这样", "姓名：李桂芳", "这里应为整数")
	d.write("#words-3", "二级=2")
	d.click(`button[value="look"]`)
	d.waitFor(`#words-3[value="二级=2"]`)
	d.picture("columns")
	d.sound()
	d.fits()
	d.press(kb.F9)
	d.has("花名册.csv", "排队中")
	stop := d.works()
	d.do(chromedp.WaitNotPresent("[data-live]"))
	d.has("待审核", "不能导入 1")
	stop()
	d.see("/mappings")
	d.has("县残联")
	d.click(`main table a`)
	d.has("不再按这份对照读")
	d.picture("mapping")
	d.sound()
	d.fits()
	upload()
	d.has("花名册.csv", "排队中")
}

// The list of jobs refreshes itself without taking the cursor away, and works on a phone and without JavaScript.
func TestJobsPage(t *testing.T) {
	d := open(t)
	d.signIn("register")
	d.see("/runs/new")
	d.sound()
	d.fits()
	d.picture("run-new")
	d.press(kb.F9)
	d.has("月度核定", "还没有轮到")
	d.see("/payments/batches/new")
	d.sound()
	d.fits()
	d.picture("batch-new")
	d.write("#scheme", fiction.Pingyin+"/severe-disability")
	d.press(kb.F9)
	d.has("生成发放批次")
	d.see("/jobs")
	d.has("月度核定", "生成发放批次", "排队中")
	d.sound()
	d.fits()
	d.do(chromedp.Focus(`.filters a`))
	stop := d.works()
	d.do(chromedp.WaitVisible(`[data-live] .tag.ok, [data-live] .tag.bad, main:not(:has([data-live])) .tag.bad`))
	d.do(chromedp.WaitNotPresent("[data-live]"))
	d.has("已完成", "未办成")
	stop()
	d.picture("jobs")
	d.click(`main tbody a[href^="/jobs/"]`)
	d.picture("job-failed")
	d.has("未办成", "没有生成批次", "重试")
	d.sound()
	d.size(390, 844)
	d.fits()
	d.picture("job-failed-phone")
	d.see("/jobs")
	d.fits()
	d.sound()
	d.picture("jobs-phone")
	d.see("/imports/new")
	d.fits()
	d.see("/en/jobs")
	d.fits()
	d.has("Background jobs", "failed")
	d.withoutScript()
	d.size(1366, 768)
	d.see("/runs/new")
	d.click(`form.entry .act .pri`)
	d.has("月度核定", "刷新")
}
