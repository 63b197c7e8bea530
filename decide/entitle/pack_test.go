package entitle_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// vocabulary is what the small packs of these tests may speak of.
const vocabulary = `
fee_items: {drug: {zh: 药, en: drug}}
events: {dispensing: {zh: 配发, en: dispensing}}
facts:
  person.age: {type: int, zh: 年龄, en: age, office: 派出所, sensitivity: identity}
  person.level: {type: int, zh: 等级, en: level, office: 县残联, sensitivity: health}
  person.hukou: {type: text, zh: 户籍, en: registered at, office: 派出所, sensitivity: identity}
  person.generation: {type: int, zh: 证件代次, en: generation, office: 县残联, sensitivity: health}
  person.stage: {type: text, zh: 学段, en: stage, office: 学校, sensitivity: plain}
  person.poor: {type: bool, zh: 困难, en: poor, office: 民政局, sensitivity: finance}
  person.enrolled: {type: bool, zh: 在籍, en: enrolled, office: 学校, sensitivity: plain}
  person.insured: {type: bool, zh: 参保, en: insured, office: 医保局, sensitivity: plain}
  person.local: {type: bool, zh: 本县, en: local, office: 派出所, sensitivity: plain}
  person.income: {type: money, zh: 收入, en: income, office: 民政局, sensitivity: finance}
  person.rank: {type: int, zh: 名次, en: rank, office: 学校, sensitivity: plain}
  person.ties: {type: int, zh: 并列次序, en: ties, office: 学校, sensitivity: plain}
  person.death: {type: day, zh: 死亡日期, en: died on, office: 派出所, sensitivity: identity}
  household.size: {type: int, zh: 人口, en: size, office: 派出所, sensitivity: plain}
  visit.date: {type: day, zh: 就诊日期, en: visit, office: 医院, sensitivity: health}
  visit.inpatient: {type: bool, zh: 住院, en: inpatient, office: 医院, sensitivity: health}
  approval.day: {type: day, zh: 审核日期, en: approved on, office: 民政局, sensitivity: plain}
  application.sudden: {type: bool, zh: 突发, en: sudden, office: 乡镇, sensitivity: plain}
rosters:
  exited: {zh: 脱贫, en: exited, office: 扶贫办, sensitivity: finance}
  poor: {zh: 在册, en: on the roster, office: 扶贫办, sensitivity: finance}
`

const header = `
id: small
version: 1.0.0
series: small
title: {zh: 小包, en: Small}
jurisdiction: "999901"
jurisdiction_name: {zh: 示例县, en: Example}
attribution: stated
issuer: {zh: 县政府, en: County}
issued: 2021-06-28
status: issued
in_force: {from: 2021-01-01, to: 2022-12-31}
items: SM
funds: {fund: {zh: 资金, en: Fund}}
offices: {town: {zh: 乡镇, en: Town}, county: {zh: 县, en: County}}
cycles: {winter: {first: [2021-01-01, 2021-11-30], then: 12-01}}
`

// labels are the Chinese labels of conditions that small packs use, with their English.
const labels = `
条件一: one
条件二: two
条件三: three
条件四: four
条件五: five
条件六: six
`

// b is the beginning that every block of a small pack has.
const b = "name: {zh: 名称, en: Name}\n"

// ben is the beginning that every benefit of a small pack has.
const ben = b + "public_name: {zh: 补助, en: Aid}\nfor: person\n"

// question is a block that asks one, with its readings; the first is applied.
func question(id string, readings ...string) string {
	s := "question " + id + "\nabout: []\nwording: {zh: 字, en: word}\nreadings:\n"
	for _, key := range readings {
		s += "  " + key + ": {zh: 读, en: read}\n"
	}
	return s + "applied: " + readings[0] + "\nwhy: {zh: 因, en: why}\n"
}

// small is a basis of a pack with the given blocks, each written "kind id\nyaml".
func small(t testing.TB, blocks ...string) *policy.Basis {
	t.Helper()
	return adopted(t, nil, blocks...)
}

// adopted is small under other readings of its questions.
func adopted(t testing.TB, readings map[string]ref.Val, blocks ...string) *policy.Basis {
	t.Helper()
	return policy.NewBasis(load(t, blocks...), &policy.Adoption{From: rule.Beginning, To: rule.Forever, Readings: readings})
}

// fataler is a test or a check of rapid.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// load reads a pack of the given blocks.
func load(t fataler, blocks ...string) *policy.Pack {
	t.Helper()
	var md strings.Builder
	md.WriteString("## 一 条款 · Clause\n\n条款。\n")
	for _, block := range blocks {
		md.WriteString("\n```yaml " + strings.TrimSpace(block) + "\n```\n")
	}
	files := fstest.MapFS{
		"vocabulary.yaml":      {Data: []byte(vocabulary)},
		"small/pack.yaml":      {Data: []byte(header)},
		"small/locale/en.yaml": {Data: []byte(labels)},
		"small/policy.md":      {Data: []byte(md.String())},
	}
	l, err := policy.OpenLibrary(files, period.DefaultCalendar())
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	p, err := l.Load(files, "small")
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return p
}

// who is a subject from YAML.
func who(t testing.TB, basis *policy.Basis, yaml string) *subject.Subject {
	t.Helper()
	doc, err := text.Parse("subject.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	s, err := subject.Read(basis.Pack.Vocabulary, doc)
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return s
}

func day(t testing.TB, s string) period.Day {
	t.Helper()
	d, err := period.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func yuan(t testing.TB, s string) money.Fen {
	t.Helper()
	f, err := money.ParseYuan(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func benefit(t testing.TB, basis *policy.Basis, id string) *policy.Benefit {
	t.Helper()
	for _, x := range basis.Pack.Benefits {
		if x.ID == id {
			return x
		}
	}
	t.Fatalf("no benefit %s", id)
	return nil
}

// one decides a benefit and holds Quick to the same answer.
func one(t testing.TB, basis *policy.Basis, s *subject.Subject, id, on string) *entitle.Outcome {
	t.Helper()
	x := benefit(t, basis, id)
	out, err := entitle.One(basis, s, x, day(t, on))
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	verdict, amount, err := entitle.Quick(basis, s, x, day(t, on))
	if err != nil || verdict != out.Verdict || amount != out.Due() {
		t.Errorf("%s: Quick says %s %s (%v), One says %s %s", id, verdict, amount, err, out.Verdict, out.Due())
	}
	return out
}

// shipped are the packs of the tree.
func shipped(t testing.TB) *policy.Library {
	t.Helper()
	files := os.DirFS("../../packs")
	l, err := policy.OpenLibrary(files, period.DefaultCalendar())
	if err == nil {
		err = l.LoadAll(files)
	}
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	return l
}
