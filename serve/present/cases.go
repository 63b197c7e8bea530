package present

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// WorkedCase is a worked case of a pack in words: what comes of whom, why, and whether the program agrees.
type WorkedCase struct {
	Name    string
	Day     string
	Expect  []string
	Because string
	Failed  []string // what the program finds instead; none when it agrees
}

// WorkedCases are the cases of a pack by the clause they prove.
func WorkedCases(p *policy.Pack, proven *proof.Coverage, o Options) map[string][]WorkedCase {
	t := teller{Options: o, basis: policy.NewBasis(p, nil)}
	list := map[string][]WorkedCase{}
	for _, c := range proven.Run {
		w := WorkedCase{Name: c.Name, Day: c.On.String(), Because: c.Because}
		for _, field := range c.Expect {
			w.Expect = append(w.Expect, t.expected(field))
		}
		for _, failure := range proven.Failures {
			if failure.Case == c {
				w.Failed = append(w.Failed, t.in(failure.Message))
			}
		}
		number := t.proves(c)
		list[number] = append(list[number], w)
	}
	return list
}

// proves is the clause that a case is about: the one it names, or that of the first rule it expects something of.
func (t teller) proves(c *proof.Case) string {
	if c.Clause != "" {
		return c.Clause
	}
	for _, field := range c.Expect {
		for _, b := range t.basis.Pack.Blocks {
			if b.ID == field.Key.Value {
				return b.Clause.Number
			}
		}
	}
	return ""
}

// expectWords are what cases expect, in words.
var expectWords = map[string]fault.Text{"month": {ZH: "每月", EN: "a month"}, "quarter": {ZH: "季", EN: "quarter"}, "half_year": {ZH: "半年", EN: "half-year"}, "year": {ZH: "全年", EN: "year"}, "once": {ZH: "一次性", EN: "once"},
	"event": {ZH: "每次", EN: "each time"}, "amount": {ZH: "金额", EN: "amount"}, "patient": {ZH: "个人", EN: "the person"}, "missing": {ZH: "还缺", EN: "missing"}, "unmet": {ZH: "不满足", EN: "not met"},
	"starts": {ZH: "起发", EN: "starts"}, "ends": {ZH: "止发", EN: "ends"}, "instead": {ZH: "改由", EN: "instead"}, "due": {ZH: "期限", EN: "due"}, "done": {ZH: "已做", EN: "done"}, "pays": {ZH: "报酬", EN: "pays"},
	"finding": {ZH: "疑点", EN: "finding"}, "value": {ZH: "现值", EN: "value"}, "target": {ZH: "目标", EN: "target"}, "met": {ZH: "达标", EN: "reached"}, "months": {ZH: "月份", EN: "months"}, "covered": {ZH: "涉及", EN: "covered"},
	"counters": {ZH: "累计", EN: "counters"}, "error": {ZH: "应拒绝办理", EN: "must be refused"}, "groups": {ZH: "费用组", EN: "lines"}, "provisional": {ZH: "待分", EN: "provisional"}, "skipped": {ZH: "免办", EN: "skipped"}, "simplified": {ZH: "简化", EN: "simplified"},
	"documents": {ZH: "材料", EN: "documents"}, "steps": {ZH: "步骤", EN: "steps"}, "who": {ZH: "责任单位", EN: "who"}, "to": {ZH: "报送", EN: "to"}, "lead": {ZH: "牵头", EN: "lead"}, "responsible": {ZH: "配合", EN: "with"}, "selected": {ZH: "入选", EN: "selected"}, "applicants": {ZH: "谁可以申请", EN: "who may apply"}, "bound": {ZH: "金额线", EN: "bound"}, "forms": {ZH: "表格", EN: "forms"}, "not_selected": {ZH: "未入选", EN: "not selected"}}

// refusals are why something is refused, in words, by the code of the refusal.
var refusals = map[string]fault.Text{"pack.out-of-force": {ZH: "不在文件施行期内", EN: "the document is not in force"}, "pack.not-adopted": {ZH: "当地没有采用", EN: "not adopted there"}, "bill.invoice-used": {ZH: "发票已经用过", EN: "the invoice was used before"},
	"bill.outside-cycle": {ZH: "不在结算周期内", EN: "outside the cycle"}, "rule.table-miss": {ZH: "目录里没有", EN: "the catalogue does not list it"}}

// expected is what a case expects of a rule.
func (t teller) expected(field text.Field) string {
	name := field.Key.Value
	i := slices.IndexFunc(t.basis.Pack.Blocks, func(b *policy.Block) bool { return b.ID == name })
	if i >= 0 && t.in(t.basis.Pack.Blocks[i].Name) != "" {
		name = t.in(t.basis.Pack.Blocks[i].Name)
	}
	if field.Value != nil && field.Key.Value == "error" {
		return t.in(expectWords["error"]) + t.say("：", ": ") + cmp.Or(t.in(refusals[field.Value.Value]), field.Value.Value)
	}
	if field.Value == nil || field.Value.Kind != text.Mapping {
		if word, ok := expectWords[field.Key.Value]; ok {
			name = t.in(word)
		}
		return name + " " + t.flow(field.Value)
	}
	var parts []string
	for _, x := range field.Value.Fields {
		parts = append(parts, t.expectedPart(x))
	}
	return name + t.say("：", ": ") + strings.Join(parts, t.say("，", ", "))
}

func (t teller) expectedPart(x text.Field) string {
	switch x.Key.Value {
	case "verdict":
		if words, ok := short[explain.Verdict(x.Value.Value)]; ok {
			return t.say(words[0], words[1])
		}
	case "who", "to", "lead", "responsible":
		var names []string
		for _, office := range append(slices.Clone(x.Value.Items), x.Value) {
			if office.Kind == text.Scalar {
				names = append(names, t.who(office.Value))
			}
		}
		return t.in(expectWords[x.Key.Value]) + " " + t.list(names)
	case "missing":
		if x.Value.Kind == text.List {
			var names []string
			for _, fact := range x.Value.Items {
				names = append(names, t.lacking(fact.Value))
			}
			return t.in(expectWords["missing"]) + t.say("：", ": ") + t.list(names)
		}
	case "payers":
		var parts []string
		for _, p := range x.Value.Fields {
			parts = append(parts, t.payerName(p.Key.Value)+" "+t.flow(p.Value))
		}
		return strings.Join(parts, t.say("，", ", "))
	}
	word, ok := expectWords[x.Key.Value]
	if !ok {
		return t.idName(x.Key.Value) + " " + t.flow(x.Value)
	}
	return t.in(word) + " " + strings.Trim(t.flow(x.Value), "[]{}")
}

// idWord is a word of a case that may be what the pack calls something.
var idWord = regexp.MustCompile(`[a-z][a-z0-9_-]*[a-z0-9]`)

// flow is what a case says, on one line, with everything that has a name called by it.
func (t teller) flow(n *text.Node) string { return idWord.ReplaceAllStringFunc(n.Flow(), t.idName) }

// plainWords are answers of cases.
var plainWords = map[string]fault.Text{"yes": {ZH: "有", EN: "yes"}, "no": {ZH: "无", EN: "no"}, "unknown": {ZH: "待定", EN: "unknown"}, "true": {ZH: "是", EN: "yes"}, "false": {ZH: "否", EN: "no"}}

// idName is how something of the pack is called: a rule, a step, an obligation. Lines that are grouped and what adds up have no name in a document; they are
// counted in the order in which their settlement states them.
func (t teller) idName(id string) string {
	if word, ok := plainWords[id]; ok {
		return t.in(word)
	}
	p := t.basis.Pack
	for _, x := range p.Procedures {
		for _, step := range x.Steps {
			if step.ID == id {
				return t.in(step.Act)
			}
		}
	}
	for _, x := range p.Services {
		for _, o := range x.Obligations {
			if o.ID == id {
				return t.in(o.Label)
			}
		}
	}
	for _, b := range p.Blocks {
		if b.ID == id && t.in(b.Name) != "" {
			return t.in(b.Name)
		}
	}
	for _, x := range p.Settlement {
		if i := slices.IndexFunc(x.Groups, func(g policy.LineGroup) bool { return g.ID == id }); i >= 0 {
			return t.say("第 %d 组费用", "line group %d", i+1)
		}
		if i := slices.IndexFunc(x.Accumulate, func(c policy.Counter) bool { return c.ID == id }); i >= 0 {
			return t.say("第 %d 项累计", "counter %d", i+1)
		}
	}
	return id
}

// step is how a step of a settlement's computation is called, which has no name in a document either.
func (t teller) step(name string) string {
	for _, x := range t.basis.Pack.Settlement {
		if i := slices.IndexFunc(x.Let, func(l policy.Let) bool { return l.Name == name }); i >= 0 {
			return t.say("第 %d 步", "step %d", i+1)
		}
	}
	return name
}
