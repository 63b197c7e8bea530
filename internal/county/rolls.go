package county

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/record/roll/sheet"
)

// Roll is a table of people or households as an office has it, in the columns of a template of package sheet.
type Roll struct {
	Template string // its id
	Name     string // of the file, without what it ends in
	columns  []column
	lists    func(h *Household, p *Person) bool // p is nil for a list of households
	of       *County
	whole    bool // a row is a household
}

// column is a column with what stands in it.
type column struct {
	header string
	value  func(l line) string
}

// line is whom a row is about.
type line struct {
	n int // from 1
	*Household
	*Person
	member int // which one of the household, from 1
}

// Columns are the headers.
func (r Roll) Columns() (headers []string) {
	for _, c := range r.columns {
		headers = append(headers, c.header)
	}
	return headers
}

// Rows are the rows in the order of the households.
func (r Roll) Rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		n := 0
		for h := range r.of.Households() {
			for i, p := range h.Members {
				if r.whole && i > 0 || !r.lists(h, p) {
					continue
				}
				n++
				if !yield(r.row(line{n, h, p, i + 1})) {
					return
				}
			}
		}
	}
}

func (r Roll) row(l line) []string {
	cells := make([]string, len(r.columns))
	for i, c := range r.columns {
		cells[i] = c.value(l)
	}
	return cells
}

// Write writes the roll as an office would send it.
func (r Roll) Write(w io.Writer, format sheet.Format) error {
	out, err := sheet.NewWriter(w, format, sheet.Export{Title: r.Name, By: Clerk.Name, At: Opening.String(), Columns: r.Columns()})
	if err != nil {
		return err
	}
	for row := range r.Rows() {
		cells := make([]sheet.Cell, len(row))
		for i, s := range row {
			cells[i] = sheet.Cell{Text: s, Kind: sheet.Text}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	return out.Close()
}

// Rolls are the tables of the county's offices, one for each template of package sheet.
func (c *County) Rolls() []Roll {
	person, household := c.numbers()
	place := []column{{"县(市、区、旗)", always("示例县")}, {"乡(镇)", town}, {"行政村", village}, {"自然村", always("")}}
	member := slices.Concat(place, []column{{"户编号", household}, {"人编号", person}, {"姓名", name}})
	known := []column{{"人数", size}, {"与户主关系", relation}, {"民族", always("汉族")}, {"文化程度", education}, {"在校生状况", schooling}, {"健康状况", health},
		{"劳动技能", labour}, {"务工时间（月）", always("")}}
	rolls := []Roll{
		{Template: "prevention_export", Name: "防返贫系统导出", lists: onRoster("out_of_poverty_with_policy", "prevention"), columns: slices.Concat([]column{{"序号", number}}, member,
			[]column{{"证件号码", id}}, known, []column{{"是否参加大病保险", always("是")}, {"致贫原因1", cause}, {"危房户", always("否")}, {"是否解决安全饮用水", always("是")}, {"人均纯收入", income},
				{"户联系电话", always("")}, {"人联系电话", always("")}, {"首次识别时间", monitoredSince}, {"人员识别时间", monitoredSince}, {"户类型", householdKind},
				{"易返贫致贫户(监测对象)类型", monitoring}, {"风险是否消除", riskState}, {"风险识别时间", monitoredSince}, {"风险消除时间", always("")}})},
		{Template: "registered_poor_old", Name: "建档立卡贫困户明细", lists: onRoster("registered_poor"), columns: slices.Concat(member, []column{{"身份证", id}}, known,
			[]column{{"参加大病医疗", always("是")}, {"脱贫属性", exited}, {"贫困户属性", always("一般贫困户")}, {"致贫原因1", cause}})},
		{Template: "card_roster", Name: "一卡通发放花名册", lists: paid, columns: []column{{"序号", number}, {"支付状态", always("未支付")}, {"户主姓名", headName}, {"户主身份证号", headID},
			{"收款人姓名", holder}, {"收款人身份证号", id}, {"银行账号", account}, {"开户银行", bank}, {"村(居)委会", village}, {"村(居)民小组", always("")}, {"享受人", name}, {"享受人身份证号", id},
			{"联系电话", always("")}, {"现居住地", address}, {"年龄", age}, {"补贴金额", always("100.00")}, {"填报日期", always("2021-03-01")}}},
		{Template: "bank_order", Name: "送银行文件", lists: paid, columns: []column{{"批次明细ID", item}, {"姓名", holder}, {"银行卡号", account}, {"应发金额", always("100.00")}, {"持卡人身份证号", id},
			{"补贴项目名称(银行摘要)", always("专项生活补助")}}},
		{Template: "bank_return", Name: "银行回盘文件", lists: paid, columns: []column{{"批次明细ID", item}, {"姓名", holder}, {"银行卡号", account}, {"实发金额", byName("100.00", "0.00")},
			{"发放状态(01成功 02失败)", byName("01", "02")}, {"提示信息", byName("", "户名不符")}, {"银行资金发放流水号", item}, {"发放时间YYYYMMDDHHmmss", always("20210305093000")}}},
		{Template: "disability_allowances", Name: "残疾人两项补贴花名册", lists: allowed, columns: []column{{"乡镇", town}, {"姓名", name}, {"身份证号码", id}, {"残疾人证号", certificate},
			{"补贴类型", allowance}, {"补贴对象类型", always("困难残疾人")}, {"补贴金额", always("100.00")}, {"享受补贴起始月份", always("2020-01")}}},
		{Template: "premium_aid", Name: "资助参保对象全量明细", lists: aided, columns: []column{{"序号", number}, {"身份证号", id}, {"姓名", name}, {"医疗救助身份", identity}, {"镇（街）", town}, {"村（居）", village},
			{"纳入资助时间", always("2020-01-01")}, {"缴费时间", paidOn}}},
		{Template: "premium_claim", Name: "税务请款明细", lists: aided, columns: []column{{"序号", number}, {"镇（街）", town}, {"姓名", name}, {"身份证号码", id}, {"人员编号", person}, {"代缴类别", identity},
			{"参保类别", always("城乡居民")}, {"代缴金额", always("180.00")}, {"个人缴费金额", always("100.00")}, {"缴费总额", always("280.00")}, {"请款批次", always("2021-01")}}},
		{Template: "deaths", Name: "死亡人员名单", lists: dead, columns: []column{{"序号", number}, {"姓名", name}, {"身份证号码", id}, {"死亡时间", death}, {"镇街", town}, {"备注", always("")}}},
		{Template: "premium_ledger", Name: "特殊对象资助参保台账", lists: aided, columns: []column{{"序号", number}, {"纳入资助时间", always("2020-01-01")}, {"身份取消时间", always("")}, {"身份变更情况", identity},
			{"镇（街）", town}, {"村（居）", village}, {"姓名", name}, {"身份证号码", id}, {"缴费时间", paidOn}, {"资助地或参保地（区外备注）", always("本县")}, {"备注（卫健委死亡时间）", death},
			{"未参保原因", always("")}, {"人工备注", always("")}}},
		{Template: "monitoring_ledger", Name: "监测户台账", whole: true, lists: onRoster("prevention"), columns: []column{{"户主姓名", headName}, {"户主身份证号", headID},
			{"监测类别(脱贫不稳定户/边缘易致贫户/突发严重困难户)", monitoring}, {"风险类型", cause}, {"风险消除时间", always("")}, {"状态(风险未消除/风险已消除)", riskState}}},
		{Template: "guarantee_ledger", Name: "低保户台账", whole: true, lists: onRoster("dibao"), columns: []column{{"户主姓名", headName}, {"户主身份证号", headID}, {"保障人数", size},
			{"月保障金", guarantee}, {"低保类别(农村低保/城市低保)", always("农村低保")}}},
	}
	for i := range rolls {
		rolls[i].of = c
	}
	return rolls
}

// numbers are those by which another office knows a person and a household.
func (c *County) numbers() (person, household func(line) string) {
	household = func(l line) string { return fmt.Sprintf("%s%08d", c.Code, l.Household.Number) }
	person = func(l line) string { return fmt.Sprintf("%s%02d", household(l), l.member) }
	return person, household
}

func always(s string) func(line) string { return func(line) string { return s } }

func number(l line) string   { return strconv.Itoa(l.n) }
func name(l line) string     { return l.Name }
func id(l line) string       { return string(l.Person.Number) }
func town(l line) string     { return l.Town.Name }
func village(l line) string  { return l.Village.Name }
func address(l line) string  { return l.Address }
func headName(l line) string { return l.Head().Name }
func headID(l line) string   { return string(l.Head().Number) }
func size(l line) string     { return strconv.Itoa(len(l.Members)) }
func age(l line) string      { return strconv.Itoa(l.Age(Opening)) }
func holder(l line) string   { return l.Account.Holder }
func account(l line) string  { return l.Account.Number }
func bank(l line) string     { return l.Account.Bank }
func item(l line) string     { return fmt.Sprintf("202103%08d", l.n) }

// has tells whether a fact of a person is true on the opening day.
func (p *Person) has(fact string) bool {
	known, ok := p.Facts.At(fact, Opening)
	return ok && known.Value == rule.Bool(true)
}

// word is a fact as a word, "" when it is not known on the opening day.
func word(facts rule.Facts, name string) string {
	if known, ok := facts.At(name, Opening); ok {
		return rule.Display(known.Value, "")
	}
	return ""
}

func onRoster(rosters ...string) func(*Household, *Person) bool {
	return func(_ *Household, p *Person) bool {
		return slices.ContainsFunc(rosters, func(r string) bool { return p.has("roster." + r) })
	}
}

func paid(h *Household, p *Person) bool { return h.Group != "" && p.Account != nil }

func dead(h *Household, p *Person) bool {
	return slices.ContainsFunc(h.Changes, func(c Change) bool { return c.Kind == Death && c.Person == p })
}

func death(l line) string {
	for _, c := range l.Changes {
		if c.Kind == Death && c.Person == l.Person {
			return c.Day.String()
		}
	}
	return ""
}

// allowed are those who draw one of the two allowances.
func allowed(_ *Household, p *Person) bool {
	return p.has("person.has_disability") && word(p.Facts, "person.disability.kind") != "" && (severe(p) || p.has("roster.dibao"))
}

func severe(p *Person) bool {
	level := word(p.Facts, "person.disability.level")
	return level == "1" || level == "2"
}

func allowance(l line) string {
	if severe(l.Person) {
		return "重度残疾人护理补贴"
	}
	return "困难残疾人生活补贴"
}

// certificate is the number of the disability certificate: the identity number, the kind and the level.
func certificate(l line) string {
	kind := slices.Index([]string{"sight", "hearing", "speech", "limb", "intellectual", "mental", "multiple"}, word(l.Person.Facts, "person.disability.kind"))
	return fmt.Sprintf("%s%d%s", l.Person.Number, kind+1, word(l.Person.Facts, "person.disability.level"))
}

// identities are those for which premiums are aided, the one that counts most first.
var identities = []struct{ roster, zh string }{{"tekun", "特困人员"}, {"orphan_support", "孤儿"}, {"dibao", "低保对象"}, {"prevention", "防止返贫监测对象"}, {"registered_poor", "脱贫人口"}}

func identity(l line) string {
	for _, i := range identities {
		if l.has("roster." + i.roster) {
			return i.zh
		}
	}
	return ""
}

func aided(h *Household, p *Person) bool {
	return identity(line{Household: h, Person: p}) != ""
}

func paidOn(l line) string {
	if l.has("person.insured") {
		return "2020-12-10"
	}
	return ""
}

func relation(l line) string {
	male := l.Person.Number.Sex() == ident.Male
	switch l.Relation {
	case "head":
		return "户主"
	case "spouse":
		return "配偶"
	case "son":
		return "之子"
	case "daughter":
		return "之女"
	case "grandchild":
		return map[bool]string{true: "之孙子", false: "之孙女"}[male]
	case "parent":
		return map[bool]string{true: "之父", false: "之母"}[male]
	}
	return "其他"
}

func education(l line) string {
	switch age := l.Age(Opening); {
	case age < 12:
		return ""
	case age < 25:
		return "初中"
	case age < 60:
		return "小学"
	}
	return "文盲或半文盲"
}

func schooling(l line) string {
	switch word(l.Person.Facts, "person.school.stage") {
	case "kindergarten":
		return "学前教育"
	case "primary":
		return "小学"
	case "junior":
		return "初中"
	case "senior":
		return "普通高中"
	case "vocational":
		return map[string]string{"2": "中职二年级", "3": "中职三年级"}[word(l.Person.Facts, "person.school.year")]
	case "college":
		return "高职高专二年级"
	case "undergraduate":
		return "本科二年级"
	case "none":
		return "非在校生"
	}
	return ""
}

func health(l line) string {
	switch {
	case l.has("person.has_disability"):
		return "残疾"
	case l.has("person.serious_illness"):
		return "患有大病"
	case word(l.Person.Facts, "person.diagnoses") != "":
		return "长期慢性病"
	}
	return "健康"
}

func labour(l line) string {
	switch age := l.Age(Opening); {
	case age < 16 || age >= 70:
		return "无劳动力"
	case age >= 60 || l.has("person.has_disability"):
		return "弱劳动力或半劳动力"
	}
	return "普通劳动力"
}

func cause(l line) string {
	for _, p := range l.Members {
		switch {
		case p.has("person.has_disability"):
			return "因残"
		case p.has("person.serious_illness") || word(p.Facts, "person.diagnoses") != "":
			return "因病"
		}
	}
	return "缺技术"
}

func income(l line) string         { return word(l.Household.Facts, "household.income_per_head") }
func guarantee(l line) string      { return word(l.Household.Facts, "household.guarantee_monthly") }
func monitoredSince(l line) string { return word(l.Household.Facts, "household.monitored_since") }

func monitoring(l line) string {
	switch word(l.Household.Facts, "household.monitoring_class") {
	case "unstable":
		return "脱贫不稳定户"
	case "marginal":
		return "边缘易致贫户"
	case "sudden":
		return "突发严重困难户"
	}
	return "非监测对象"
}

func riskState(l line) string {
	if monitoring(l) == "非监测对象" {
		return ""
	}
	return "风险未消除"
}

func householdKind(l line) string {
	if l.has("roster.registered_poor") {
		return "脱贫户"
	}
	return "一般农户"
}

func exited(l line) string {
	if l.has("roster.unexited_poor") {
		return "未脱贫"
	}
	return "已脱贫"
}

// byName is one thing for an account in the person's own name, and another for one that is not.
func byName(own, other string) func(line) string {
	return func(l line) string {
		if l.Account.Holder == l.Name {
			return own
		}
		return other
	}
}
