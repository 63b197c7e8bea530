package web_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/dated"
	"doudi/record/job"
	"doudi/record/simulation"
	"doudi/record/store"
	"doudi/serve/present"
)

// simulates works in the background until the page of a simulation shows what came of it.
func (d *desk) simulates(path string) {
	d.Helper()
	ctx, enough := context.WithTimeout(context.Background(), time.Minute)
	worker := &job.Worker{Jobs: d.Jobs, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Simulated: func(a *simulation.Answer) ([]byte, error) {
		return json.Marshal(present.ViewSimulation(&present.Simulation{Simulation: a.Simulation, Sample: a.Selected, County: a.County, Draft: a.Draft, Towns: a.Towns}, present.Options{HideSensitive: true}))
	}}
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	for d.get(path); ctx.Err() == nil && !strings.Contains(d.lastAnswer, "各乡镇"); d.get(path) {
		if d.lastCode != 200 || strings.Contains(d.lastAnswer, "未办成") {
			d.Errorf("%d\n%s", d.lastCode, d.lastAnswer)
			break
		}
	}
	enough()
	if err := <-ended; err != nil && ctx.Err() == nil {
		d.Error(err)
	}
}

// disabled registers that the listed patient has a severe disability.
func (d *desk) disabled() {
	d.Helper()
	must(d.T, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		for name, value := range map[string]rule.Fact{"person.has_disability": {Value: rule.Bool(true)}, "person.disability.level": {Value: rule.Int(2)}, "person.disability.certificate_generation": {Value: rule.Int(2)}} {
			value.Span, value.Source = dated.Always, "县残联"
			if _, err := d.Register.Record(tx, d.listed, name, value, ""); err != nil {
				return err
			}
		}
		return nil
	}))
}

// A maker sees what a change would mean before proposing it, and the checker before approving it.
func TestSimulationOfAnAdoption(t *testing.T) {
	d := office(t)
	d.disabled()
	d.signIn("policy")
	d.get("/policies/pingyin-2021/simulate")
	d.is(200, "开始测算", "2021-12", "2022-02")
	for _, months := range [][2]string{{"2021-13", "2021-12"}, {"2021-12", ""}, {"2021-12", "2021-10"}, {"2011-12", "2021-10"}} {
		d.post("/policies/pingyin-2021/simulate", url.Values{"key": {"m" + months[0] + months[1]}, "from": {months[0]}, "to": {months[1]}})
		d.is(422, "填写的内容都还在")
	}
	form := d.proposal("p.disability.monthly", "120.00", "from", "20211201", "step", "simulate")
	d.post("/policies/pingyin-2021/adopt", form)
	if d.lastCode != 303 || !strings.HasPrefix(d.lastAddress, "/policies/pingyin-2021/simulate?job=") {
		t.Fatalf("%d %s\n%s", d.lastCode, d.lastAddress, d.lastAnswer)
	}
	at := d.lastAddress
	d.simulates(at)
	d.is(200, "2021-12 – 2021-12 的影响", "重度残疾人补助", "+20.00", "没有住址登记", "100.00 → 120.00", "李**", "照此送复核")
	d.not("李桂芳", d.identity, "县残联")
	d.post("/policies/pingyin-2021/adopt", with(d.form(), "step", "propose", "job", at[strings.Index(at, "job=")+4:], "reason", "常务会议"))
	proposed := d.lastAddress
	if d.lastCode != 303 || !strings.HasPrefix(proposed, "/adoptions/") {
		t.Fatalf("%d %s\n%s", d.lastCode, proposed, d.lastAnswer)
	}
	d.get("/jobs/" + at[strings.Index(at, "job=")+4:])
	d.is(200, "href=\""+at+"\"", "pingyin-2021 2021-12 – 2021-12")
	d.signIn("checker")
	d.get(proposed)
	d.is(200, "增加 1 人", "支出 +20.00 元", "按乡镇、待遇和人看", "同意，2021-12-01 起施行")
	d.signIn("town")
	d.get(at)
	d.is(404, "没有这个页面")
	d.get(proposed)
	d.is(200, "100.00 → 120.00")
	d.not("支出 +20.00 元")
	d.signIn("policy")
	for _, path := range []string{"/policies/pingyin-2021/simulate?job=nothing", "/policies/guangxi-2018/simulate?" + at[strings.Index(at, "job="):]} {
		d.get(path)
		d.is(404, "没有这次测算")
	}
}
