package settle_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

const vocabularyText = `
facts:
  person.class: {type: text, zh: 类别, en: Class, office: 民政, sensitivity: finance}
  person.insured: {type: bool, zh: 参保, en: Insured, office: 医保, sensitivity: plain}
  visit.kind: {type: text, zh: 就诊类别, en: Kind, office: 医院, sensitivity: health, values: {outpatient: {zh: 门诊, en: outpatient}, inpatient: {zh: 住院, en: inpatient}}}
  visit.date: {type: day, zh: 就诊日期, en: Day, office: 医院, sensitivity: health}
  visit.admitted: {type: day, zh: 入院日期, en: Admitted, office: 医院, sensitivity: health}
  visit.discharged: {type: day, zh: 出院日期, en: Discharged, office: 医院, sensitivity: health}
  visit.disease: {type: text, zh: 病种, en: Disease, office: 医院, sensitivity: health}
  approval.day: {type: day, zh: 批准日期, en: Approved, office: 县, sensitivity: plain}
  line.item: {type: text, zh: 费用类别, en: Fee item, office: 医院, sensitivity: plain, values: fee_items}
  line.code: {type: text, zh: 收费编码, en: Fee code, office: 医院, sensitivity: plain}
  line.name: {type: text, zh: 项目名称, en: Item name, office: 医院, sensitivity: health}
  line.date: {type: day, zh: 费用日期, en: Day of the cost, office: 医院, sensitivity: health}
  line.invoice: {type: text, zh: 发票号码, en: Invoice, office: 药店, sensitivity: plain}
  line.listed: {type: bool, zh: 目录内, en: Listed, office: 卫健, sensitivity: plain}
rosters:
  poor: {zh: 在册, en: Registered, office: 扶贫办, sensitivity: finance}
fee_items:
  drug: {zh: 药品, en: Drug}
  bed: {zh: 床位, en: Bed}
  test: {zh: 化验, en: Test}
events:
  visits: {zh: 看望, en: Visits}
`

const packHeader = `
id: small
version: 1.0.0
title: {zh: 小例, en: Small}
jurisdiction: "999901"
jurisdiction_name: {zh: 示例县, en: Sample county}
attribution: stated
issuer: {zh: 示例县, en: Sample county}
issued: 2021-01-01
status: issued
in_force: {from: 2021-01-01, to: 2021-12-31}
items: SM
funds: {aid: {zh: 帮扶资金, en: Aid fund}}
offices: {office: {zh: 办公室, en: Office}}
cycles: {own: {first: [2021-01-01, 2021-11-30], then: 12-01}}
`

// block is a settlement with the parts that most tests do not care about filled in; what a test writes replaces them.
func block(id, body string) string {
	defaults := []string{"name: {zh: 结算, en: Settlement}", "items: [SM-1]", "for: visit.kind == 'outpatient'", "over: visit", "decided_on: visit.date", "patient: remaining"}
	out := "```yaml settlement " + id + "\n"
	for _, line := range defaults {
		key, _, _ := strings.Cut(line, ":")
		if !strings.Contains("\n"+body, "\n"+key+":") {
			out += line + "\n"
		}
	}
	return out + strings.TrimSpace(body) + "\n```\n"
}

// pack loads a small pack from its blocks.
func pack(t testing.TB, blocks ...string) *policy.Pack {
	t.Helper()
	document := "# 小例\n\n## 一 结算 · Settlement\n\n" + strings.Join(blocks, "\n")
	fsys := fstest.MapFS{
		"vocabulary.yaml":      {Data: []byte(vocabularyText)},
		"small/pack.yaml":      {Data: []byte(packHeader)},
		"small/policy.md":      {Data: []byte(document)},
		"small/locale/en.yaml": {Data: []byte("资格: Eligible\n本院: This hospital\n参保: Insured\n先: First\n后: Later\n一: One\n二: Two\n")},
	}
	library, err := policy.OpenLibrary(fsys, period.DefaultCalendar())
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	p, err := library.Load(fsys, "small")
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return p
}

func person(t testing.TB, p *policy.Pack, source string) *subject.Subject {
	t.Helper()
	doc, err := text.Parse("bill.yaml", []byte(source))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	s, err := subject.Read(p.Vocabulary, doc)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return s
}

func adoption(t testing.TB, p *policy.Pack, source string) *policy.Adoption {
	t.Helper()
	doc, err := text.Parse("adoption.yaml", []byte(source))
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	a, err := policy.ReadAdoption(p, doc)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return a
}

// try settles a bill written as YAML, under an adoption written as YAML ("" for none).
func try(t testing.TB, p *policy.Pack, bill, adopted string) (*settle.Result, error) {
	t.Helper()
	var a *policy.Adoption
	if adopted != "" {
		a = adoption(t, p, adopted)
	}
	return settle.Settle(policy.NewBasis(p, a), person(t, p, bill))
}

func mustSettle(t testing.TB, p *policy.Pack, bill string) *settle.Result {
	t.Helper()
	r, err := try(t, p, bill, "")
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return r
}

// told is a result in one line: verdict, payers in order, patient, then what else is not empty.
func told(r *settle.Result) string {
	out := []string{string(r.Verdict)}
	for _, p := range r.Payers {
		amount := p.Amount.String()
		if !p.Known {
			amount = "?"
		}
		if p.Provisional {
			amount += "~"
		}
		name := p.Payer.ID
		if p.Group != nil {
			name = p.Group.ID + "." + name
		}
		out = append(out, name+" "+amount)
	}
	if r.Settlement != nil {
		if r.PatientKnown {
			out = append(out, "patient "+r.Patient.String())
		} else {
			out = append(out, "patient ?")
		}
	}
	if len(r.Missing) > 0 {
		out = append(out, "missing "+strings.Join(r.Missing, " "))
	}
	for _, label := range r.Unmet {
		out = append(out, "unmet "+label.ZH)
	}
	for _, m := range r.Counters {
		if m.IsCount {
			out = append(out, fmt.Sprintf("%s %d+%d=%d", m.ID, m.CountBefore, m.CountDelta, m.CountAfter))
		} else {
			out = append(out, fmt.Sprintf("%s %s+%s=%s", m.ID, m.Before, m.Delta, m.After))
		}
	}
	return strings.Join(out, " | ")
}

// faultOf is an error's code and Chinese text, "" for none.
func faultOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.CodeOf(err) + " " + fault.RenderError(err, "zh")
}

var verdicts = []explain.Verdict{explain.Pays, explain.Covered, explain.NotPayable, explain.DocumentsNeeded, explain.NotConcerned}
