package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/payment"
	"doudi/record/register"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// payable makes a record in which two people, one of them a child, are due 100.00 a month by approved runs of the last quarter of 2021, and as long
// back as the document pays what was before their approval: twelve months. It answers the grown-up's id.
func (o office) payable() (grown string) {
	o.t.Helper()
	o.run(0, "secrets @keys --county 999901")
	o.run(0, "migrate --db sqlite:@a.db")
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := library.Load(packs.Files, "pingyin-2021"); err != nil {
		o.t.Fatal(err)
	}
	o.onePack()
	ctx := context.Background()
	r, err := record.Open(ctx, record.Config{DSN: "sqlite:" + o.path("a.db"), Secrets: o.path("keys"), Library: library})
	if err != nil {
		o.t.Fatal(err)
	}
	maker, checker := store.Actor{ID: "r1", Name: "核发员", Post: "核发"}, store.Actor{ID: "r2", Name: "审批员", Post: "审批"}
	at := time.Date(2022, 1, 4, 2, 0, 0, 0, time.UTC)
	do := func(by store.Actor, act func(tx *store.Tx) error) {
		o.t.Helper()
		if _, err := r.Store.Write(ctx, store.Command{Name: "test", County: "999901", Actor: by, Instant: at}, func(tx *store.Tx) (any, error) { return nil, act(tx) }); err != nil {
			o.t.Fatal(fault.RenderError(err, "zh"), err)
		}
	}
	p, err := library.Pack("pingyin-2021")
	if err != nil {
		o.t.Fatal(err)
	}
	decision := ""
	do(maker, func(tx *store.Tx) (err error) {
		if err := errors.Join(r.Register.MarkDemo(tx), r.Register.AddDivision(tx, register.Division{Code: "999901100", Name: "城关镇", Span: dated.Always}, dated.Said{}), openBudget(tx)); err != nil {
			return err
		}
		_, decision, err = r.Adoptions.Propose(tx, p, "采用.yaml", []byte("pack: pingyin-2021\nlabel: 示例\ndivision: \"999901\"\nfrom: 2021-01-01\n"), "")
		return err
	})
	do(checker, func(tx *store.Tx) error { return r.Adoptions.Approve(tx, decision, "") })
	do(maker, func(tx *store.Tx) error {
		for _, person := range []register.Person{{Name: "张三丰", Birth: new(period.MustDay(1980, 5, 5))}, {Name: "王小明", Birth: new(period.MustDay(2012, 5, 5))}} {
			person.From = period.MustDay(2010, 1, 1)
			id, err := addPayable(tx, r, person)
			if err != nil {
				return err
			}
			if grown == "" {
				grown = id
			}
		}
		return nil
	})
	for m := period.MustDay(2021, 10, 1).Month(); m <= period.MustDay(2021, 12, 1).Month(); m++ {
		ask := benefit.Ask{As: snapshot.As{County: "999901", Actor: maker, Instant: at}, Month: m}
		run, err := r.Benefits.Start(ctx, r.Store, ask)
		if err == nil {
			run, err = r.Benefits.Compute(ctx, r.Store, ask, run.ID, 1)
		}
		if err != nil {
			o.t.Fatal(fault.RenderError(err, "zh"))
		}
		do(checker, func(tx *store.Tx) error { _, err := r.Benefits.Approve(tx, run.ID, ""); return err })
	}
	if err := r.Close(); err != nil {
		o.t.Fatal(err)
	}
	return grown
}

func openBudget(tx *store.Tx) error {
	err := fund.Open(tx, fund.Fund{Code: "county-budget", Name: fault.Text{ZH: "县财政"}, Purpose: fault.Text{ZH: "专项补助"}, Span: period.Span{From: period.MustDay(2021, 1, 1), To: period.MustDay(2099, 12, 31)},
		Uses: []fund.Use{{Kind: fund.Category, Name: payment.Category}}})
	for _, a := range []fund.AccountID{{Kind: fund.Source, Code: "finance"}, {Kind: fund.Bank, Code: "main"}} {
		err = errors.Join(err, fund.OpenAccount(tx, "county-budget", fund.Account{AccountID: a, Name: fault.Text{ZH: "财政"}}))
	}
	if err != nil {
		return err
	}
	_, err = fund.Receive(tx, fund.Movement{Fund: "county-budget", Amount: money.Yuan(10000), Source: "finance", Into: "main", Day: period.MustDay(2021, 1, 4), Origin: fund.Origin{Kind: fund.FromDocument, ID: "1号"}})
	return err
}

// addPayable registers somebody who meets the conditions of the allowance, with an account.
func addPayable(tx *store.Tx, r *record.Record, person register.Person) (string, error) {
	id, err := r.Register.AddPerson(tx, person)
	if err != nil {
		return "", err
	}
	if _, err := r.Register.AddHousehold(tx, register.Dwelling{Division: "999901100"}, id, person.From, dated.Said{}); err != nil {
		return "", err
	}
	for name, fact := range map[string]rule.Fact{"person.hukou": {Value: rule.Division("999901100")}, "person.function_loss": {Value: rule.Bool(false)}, "roster.registered_poor": {Value: rule.Bool(true)},
		"person.disability.level": {Value: rule.Int(1)}, "person.disability.certificate_generation": {Value: rule.Int(2)}} {
		fact.Span = dated.Always
		if _, err := r.Register.Record(tx, id, name, fact, ""); err != nil {
			return "", err
		}
	}
	if _, err := r.Payments.Open(tx, id, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: person.Name, As: payment.Own}, period.MustDay(2021, 1, 1), dated.Said{}); err != nil {
		return "", err
	}
	_, err = r.Benefits.Act(tx, benefit.Act{Subject: id, Scheme: "pingyin-medical-help/severe-disability", Kind: benefit.Approve, Day: period.MustDay(2021, 9, 10), Reason: "批准",
		Facts: map[string]string{"application.day": `"2021-09-01"`, "approval.day": `"2021-09-10"`}})
	return id, err
}

// onePack makes a folder of packs with one in it.
func (o office) onePack() {
	o.t.Helper()
	one, err := fs.Sub(packs.Files, "pingyin-2021")
	if err != nil {
		o.t.Fatal(err)
	}
	vocabulary, err := packs.Files.ReadFile("vocabulary.yaml")
	if err = errors.Join(err, os.CopyFS(o.path("packs/pingyin-2021"), one), os.WriteFile(o.path("packs/vocabulary.yaml"), vocabulary, 0o600)); err != nil {
		o.t.Fatal(err)
	}
}

// A batch goes from approved runs to a locked list, by two persons.
func TestBatch(t *testing.T) {
	o := office{t, t.TempDir()}
	grown := o.payable()
	t.Setenv(databaseVariable, "sqlite:"+o.path("a.db"))
	t.Setenv(secretsVariable, o.path("keys"))
	run := func(status int, args string, says ...string) { // with one pack, which is read anew each time
		t.Helper()
		o.run(status, args+" --packs @packs", says...)
	}
	const create = "batch create --county 999901 --scheme pingyin-medical-help/severe-disability --month 2021-11 --operator u1,孙倩,经办"
	run(0, create, "发放批次 FF2021Q4-0001", "重度残疾人补助", "2021-10 – 2021-12", "2,400.00 元", "贰仟肆佰元整", "新增", "张**", "草稿", "制单  孙倩")
	run(0, create, "FF2021Q4-0001")
	run(0, "batch list --county 999901 --operator u1,孙倩,经办", "FF2021Q4-0001", "草稿")
	run(0, "batch list --county 999901 --operator u1,孙倩,经办 --json", `"total": "2400.00"`, `"state": "draft"`)
	run(0, "batch move-out FF2021Q4-0001 --county 999901 --operator u1,孙倩,经办 --note 本人申请缓发 --subject "+grown, "1,200.00 元", "人工移出")
	run(0, "batch void FF2021Q4-0001 --county 999901 --operator u1,孙倩,经办 --note 本人撤回", "已作废")
	run(0, create, "FF2021Q4-0002", "2,400.00 元")
	run(0, "batch hand-in FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办", "待复核")
	run(1, "batch lock FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办", "制单人不能复核")
	run(0, "batch send-back FF2021Q4-0002 --county 999901 --operator u2,周敏,复核 --note 再核", "草稿")
	run(0, "batch hand-in FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办", "待复核")
	run(0, "batch lock FF2021Q4-0002 --county 999901 --operator u2,周敏,复核 --note 同意", "已锁定", "复核锁定  周敏")
	run(1, "batch lock FF2021Q4-0002 --county 999901 --operator u2,周敏,复核", "已锁定")
	run(1, create+" --again", "没有待发的")
	run(0, "batch roster FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办", "发放花名册", "张三丰", "王小明", "9012345678", "100.00 × 3", "补发 100.00 ×", "合计 2 人", "贰仟肆佰元整", "城关镇", "差 0.00")
	run(0, "batch roster FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办 --out @roster.html")
	run(1, "batch roster FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办 --out @roster.html", "不能新建文件")
	run(0, "batch roster FF2021Q4-0002 --county 999901 --operator u1,孙倩,经办 --public --out @public.html")
	run(2, "batch list --county 999901 --operator u1", "--operator")
	run(1, "batch show x --county 999901 --operator u1,孙倩,经办", "没有发放批次")
	run(0, "verify", "999901 payment：2 个发放批次", "没有发现不符")
	t.Setenv(secretsVariable, "")
	run(0, "verify --lang en", "the sums and special accounts of 2 batches")

	page := func(name string) string {
		content, err := os.ReadFile(o.path(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if paper := page("roster.html"); !strings.Contains(paper, "size:A4 landscape") || !strings.Contains(paper, "张三丰") {
		t.Error(paper)
	}
	public := page("public.html")
	for _, hidden := range []string{"残", "王", "小明", "三丰", "9012345678", "信用社"} {
		if strings.Contains(public, hidden) {
			t.Errorf("what is put up in public tells %q:\n%s", hidden, public)
		}
	}
	if !strings.Contains(public, "专项生活补助") || !strings.Contains(public, "张**") {
		t.Error(public)
	}
}
