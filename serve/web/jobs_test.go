package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"doudi/record/job"
	"doudi/record/roll"
	"doudi/record/simulation"
	"doudi/record/store"

	fiction "doudi/internal/county"
)

// worked does all jobs that wait, as doudi serve does in the background.
func (d *desk) worked() {
	d.Helper()
	worker := &job.Worker{Jobs: d.Jobs, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Simulated: func(*simulation.Answer) ([]byte, error) { return []byte(`{}`), nil }}
	must(d.T, worker.Once(context.Background()))
}

// uploads sends a form with a file.
func (d *desk) uploads(name, content string, form url.Values) string {
	d.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field, values := range form {
		must(d.T, w.WriteField(field, values[0]))
	}
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		must(d.T, err)
		_, err = part.Write([]byte(content))
		must(d.T, err)
	}
	must(d.T, w.Close())
	r := httptest.NewRequest("POST", "/imports/new", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return d.send(r)
}

// A roll is uploaded, read in the background, and waits for another person. What cannot be understood is refused with the reason beside the file.
func TestUpload(t *testing.T) {
	d := office(t)
	roster := "乡镇,姓名,身份证号码,残疾人证号,补贴类型,补贴对象类型,补贴金额,享受补贴起始月份\n,李桂芳," + d.identity + ",,护理补贴,,100,2021-01\n,赵新,19990101,,护理补贴,,100,2021-01\n"
	d.signIn("register")
	d.get("/imports")
	d.is(200, "上传名册", "还没有导入过名册")
	d.get("/imports/new")
	d.is(200, "来源单位", "模板", `type="file"`, "2021-11-08")
	form := with(d.form(), "source", "县医保局", "since", "一直")
	d.uploads("", "", form)
	d.is(422, "没有选择文件", `href="#file"`, "县医保局")
	d.uploads("名册.csv", "", form)
	d.is(422, "没有选择文件")
	d.uploads("名册.csv", roster, with(form, "source", ""))
	d.is(422, "没有写明来源单位", `href="#source"`)
	d.uploads("名册.csv", roster, with(form, "since", "改天"))
	d.is(422, "日期写法不对", `href="#since"`)
	d.uploads("名册.xlsx", "%PDF-1.7 不是表格", form)
	d.is(422, "不是表格", `href="#file"`, "县医保局")
	d.post("/imports/new", url.Values{"source": {"县医保局"}, "since": {""}})
	d.is(422, "没有选择文件")
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		list, err := d.Rolls.List(tx, roll.Filter{}, "", 9)
		if len(list) != 0 {
			t.Errorf("refused files were kept: %v", list)
		}
		return err
	}))

	d.uploads(`C:\名册.csv`, roster, form)
	if d.lastCode != 303 || !strings.HasPrefix(d.lastAddress, "/imports/") {
		t.Fatalf("%d to %s:\n%s", d.lastCode, d.lastAddress, d.lastAnswer)
	}
	here := d.lastAddress
	d.get(here)
	d.is(200, "名册.csv", "读取并比对名册", "排队中")
	d.uploads(`C:\名册.csv`, roster, form) // sent twice
	d.sends(here)
	d.worked()
	d.get(here)
	d.is(200, "待审核", "须由另一人复核写入")
	d.get(here + "?verdict=refused")
	d.is(200, "赵新")
	d.signIn("checker")
	d.get(here)
	d.is(200, "应用")
	d.get("/imports/new")
	d.is(404, "没有这个页面")
}

// Only who may upload may send much; others are answered as for any form.
func TestUploadLimits(t *testing.T) {
	d := office(t)
	large := strings.Repeat("很", 2<<20)
	d.signIn("checker")
	d.uploads("名册.csv", large, url.Values{"key": {"k"}})
	d.is(422, "表单太大")
	d.signIn("register")
	d.uploads("名册.csv", large, url.Values{"key": {"k"}, "source": {"县医保局"}})
	d.is(422, "错误：")
	d.not("表单太大", "文件太大")
}

// A run and a batch are begun on their pages, and seen through on that of their job. What failed says why and is tried again; a post sees the jobs of its own work alone.
func TestJobs(t *testing.T) {
	f := openFamily(t)
	f.signIn("register")
	f.get("/jobs")
	f.is(200, "没有这样的后台任务")
	f.get("/runs")
	f.is(200, "核定一个月")
	f.get("/runs/new")
	f.is(200, `value="2021-11"`, "从哪个月起由本系统核定")
	form := f.form()
	f.post("/runs/new", with(form, "month", "十一月"))
	f.is(422, "月份写法不对", `href="#month"`, "十一月")
	f.post("/runs/new", with(form, "month", "2021-11", "since", "x"))
	f.is(422, `href="#since"`)
	f.post("/runs/new", with(form, "month", "2021-11", "since", ""))
	here := f.lastAddress
	if f.lastCode != 303 || !strings.HasPrefix(here, "/jobs/") {
		t.Fatalf("%d to %s:\n%s", f.lastCode, here, f.lastAnswer)
	}
	f.post("/runs/new", with(form, "month", "2021-11", "since", "")) // sent twice
	f.sends(here)
	f.post("/runs/new", with(form, "key", "another", "month", "2021-12"))
	f.is(409, "还没有办完", "2021-12")
	f.get(here)
	f.is(200, "月度核定", "排队中", "还没有轮到", "周经办", "取消任务", `hx-get="`+here+`?live=1"`)
	f.get(here + "?live=1")
	f.is(200, "排队中")
	f.not("<html")
	f.get("/jobs")
	f.is(200, "月度核定", "2021-11", "排队中", `hx-get="/jobs?live=1"`)
	f.get("/jobs?state=done")
	f.is(200, "没有这样的后台任务")

	f.signIn("checker") // sees it, and does not move it
	f.get(here)
	f.is(200, "排队中")
	f.not("取消任务")
	f.post(here+"/cancel", url.Values{"key": {"c"}})
	f.is(404, "没有这个后台任务")
	f.signIn("policy")
	f.get(here)
	f.is(404, "没有这个后台任务")
	f.get("/jobs")
	f.is(200)
	f.not("月度核定")

	f.signIn("register")
	f.get(here)
	f.post(here+"/cancel", f.form())
	f.sends(here)
	f.get(here)
	f.is(200, "已取消", "重试时接着算", "取消人")
	f.post(here+"/cancel", url.Values{"key": {"c2"}})
	f.is(409, "不能取消")
	f.get(here)
	f.post(here+"/retry", f.form())
	f.sends(here)
	f.worked()
	f.get(here + "?live=1")
	f.is(200, "已完成")
	if f.headers.Get("HX-Refresh") != "true" {
		t.Error("the page is not told that all is done")
	}
	f.get(here)
	f.is(200, "已完成", "去看结果", `href="/runs/1"`, "逐人核定")
	f.not("取消任务", "重试</button>")

	f.get("/payments/batches/new")
	f.is(200, "重度残疾人补助", "这一期里的任一个月")
	batch := with(f.form(), "scheme", fiction.Pingyin+"/severe-disability", "month", "2021-11", "again", "", "payer", "", "fund", "")
	f.post("/payments/batches/new", with(batch, "scheme", ""))
	f.is(422, `href="#scheme"`)
	f.post("/payments/batches/new", batch)
	failing := f.lastAddress
	f.worked()
	f.get(failing)
	f.is(200, "未办成", "没有生成批次", "重试", "重度残疾人补助 2021-11")
	f.get("/jobs")
	f.is(200, "未办成", "已完成")
	f.get("/en" + failing)
	f.is(200, "failed", "no batch was made")
	for _, nothing := range []string{"/jobs/nobody", "/jobs/nobody?live=1"} {
		f.get(nothing)
		f.is(404, "没有这个后台任务")
	}
}

// How far a job is is told in the unit of its work.
func TestProgressInWords(t *testing.T) {
	d := office(t)
	i := d.brought(d.as("register"), "姓名,证件号码,残疾等级\n李桂芳,"+d.identity+",2\n")
	d.signIn("checker")
	d.get("/imports/" + i.ID)
	d.post("/imports/"+i.ID+"/apply", d.form())
	d.worked()
	d.get("/jobs")
	link := regexp.MustCompile(`href="(/jobs/[0-9a-f-]{36})"`).FindStringSubmatch(d.lastAnswer)
	d.is(200, "正在写入 1 / 1 行", "名册.csv")
	d.get(link[1])
	d.is(200, "正在写入 1 / 1 行", `href="/imports/`+i.ID+`"`)
	d.get("/en" + link[1])
	d.is(200, "being applied: 1 of 1 rows")
}
