package present

import (
	"fmt"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Batch is a batch of payments as it is looked at and printed.
type Batch struct {
	Number      string
	Scheme      fault.Text // as the office calls it
	PublicName  fault.Text // neutral, for what is put up in public
	Payer, Fund string
	From, To    period.Month
	State       fault.Text
	Total       money.Fen
	People      int64
	Done        []BatchAct
	Differences []BatchDifference
	Rows        []BatchRow
}

// BatchAct is who did what with it.
type BatchAct struct {
	What fault.Text
	Who  string
	When string
	Note string
}

// BatchDifference is somebody who is paid otherwise than in the period before.
type BatchDifference struct {
	Change        fault.Text
	Name, Place   string
	Before, After money.Fen
	Why           fault.Text
}

// BatchRow is one line.
type BatchRow struct {
	Name, Place  string
	Child        bool // never named in public
	Bank, Holder string
	Account      string // the whole number
	Parts        []BatchPart
	Months       int64
	Amount       money.Fen
	Out          fault.Text // why it is not paid now; the zero value when it is
	Note         string
}

// BatchPart is what so many months of one amount come to; months before the period, and what is taken back, are told apart.
type BatchPart struct {
	Amount  money.Fen // a month
	Months  int64
	Arrears bool
}

// BatchOverview is a batch with its differences first: what a checker reads before the list.
func BatchOverview(b *Batch, o Options) *Page {
	t := teller{Options: o}
	page := &Page{Lang: t.lang(), Title: t.say("发放批次 ", "Batch ") + b.Number, Fields: t.batchFields(b, b.Scheme)}
	table := &Table{Columns: []Column{{Title: t.say("差异", "Difference")}, {Title: t.say("姓名", "Name")}, {Title: t.say("地方", "Place"), Flex: true}, {Title: t.say("上期（元）", "Before"), Right: true},
		{Title: t.say("本期（元）", "Now"), Right: true}, {Title: t.say("原因", "Why"), Flex: true}}}
	for _, d := range b.Differences {
		table.Rows = append(table.Rows, Row{Cells: []string{t.in(d.Change), t.name(d.Name), d.Place, d.Before.Grouped(), d.After.Grouped(), t.in(d.Why)}})
	}
	s := Section{Title: t.say("与上期差异", "Differences to the period before"), Table: table}
	if len(b.Differences) == 0 {
		s.Table, s.Notes = nil, []string{t.say("与上期没有不同", "nothing differs from the period before")}
	}
	page.Sections = append(page.Sections, s, t.batchActs(b))
	return page
}

func (t teller) batchFields(b *Batch, name fault.Text) []Field {
	return []Field{{Name: t.say("批次号", "Number"), Value: b.Number}, {Name: t.say("事项", "Scheme"), Value: t.in(name)}, {Name: t.say("所属期", "Period"), Value: t.monthSpan(b.From, b.To)},
		{Name: t.say("发放单位", "Payer"), Value: b.Payer}, {Name: t.say("专账", "Fund"), Value: b.Fund}, {Name: t.say("状态", "State"), Value: t.in(b.State)},
		{Name: t.say("人数", "People"), Value: fmt.Sprint(b.People)}, {Name: t.say("合计", "Total"), Value: t.yuan(b.Total) + t.brackets(b.Total.Upper()), Strong: true}}
}

func (t teller) batchActs(b *Batch) Section {
	s := Section{Title: t.say("经过", "What was done")}
	for _, a := range b.Done {
		text := a.When + "  " + t.in(a.What) + "  " + a.Who
		if a.Note != "" {
			text += t.say("：", ": ") + a.Note
		}
		s.Items = append(s.Items, Item{Text: text})
	}
	return s
}

// Roster is the list of a batch for the office (发放花名册): names, accounts and amounts, with the sum in figures and words.
func Roster(b *Batch, o Options) *Page {
	t := teller{Options: o}
	page := &Page{Lang: t.lang(), Title: t.say("发放花名册", "List of payments"), Fields: t.batchFields(b, b.Scheme)}
	table := &Table{Columns: []Column{{Title: t.say("序号", "No."), Right: true}, {Title: t.say("姓名", "Name")}, {Title: t.say("地方", "Place"), Flex: true}, {Title: t.say("开户银行", "Bank"), Flex: true},
		{Title: t.say("户名", "Holder")}, {Title: t.say("账号", "Account"), Right: true}, {Title: t.say("标准×月数", "Standard × months"), Flex: true}, {Title: t.say("金额（元）", "Yuan"), Right: true}, {Title: t.say("签收", "Signed")}}}
	sum, out := money.Fen(0), &Table{Columns: []Column{{Title: t.say("姓名", "Name")}, {Title: t.say("地方", "Place"), Flex: true}, {Title: t.say("金额（元）", "Yuan"), Right: true}, {Title: t.say("移出原因", "Why it is left out"), Flex: true}}}
	for _, r := range b.Rows {
		if r.Out != (fault.Text{}) {
			why := t.in(r.Out)
			if r.Note != "" && !t.HideSensitive {
				why += t.say("：", ": ") + r.Note
			}
			out.Rows = append(out.Rows, Row{Cells: []string{t.name(r.Name), r.Place, r.Amount.Grouped(), why}})
			continue
		}
		sum += r.Amount
		table.Rows = append(table.Rows, Row{Cells: []string{fmt.Sprint(len(table.Rows) + 1), t.name(r.Name), r.Place, r.Bank, t.name(r.Holder), t.account(r.Account), t.parts(r.Parts), r.Amount.Grouped(), ""}})
	}
	count := len(table.Rows)
	table.Rows = append(table.Rows, Row{Kind: Sum, Cells: []string{"", "", t.say("合计 %d 人", "%d together", count), "", "", "", "", sum.Grouped(), ""}})
	page.Sections = append(page.Sections, Section{Table: table, Notes: []string{t.say("金额大写：", "In words: ") + sum.Upper(),
		t.say("勾稽：名单合计 %s，批次合计 %s，差 %s", "reconciled: list %s, batch %s, difference %s", sum.Grouped(), b.Total.Grouped(), (sum - b.Total).Grouped())}})
	if len(out.Rows) > 0 {
		page.Sections = append(page.Sections, Section{Title: t.say("移出本批、下期再发", "Left out, and taken up by the next batch"), Table: out})
	}
	return page
}

func (t teller) account(number string) string {
	if t.HideSensitive {
		return ident.MaskAccount(number)
	}
	return number
}

// parts are the amounts of a row: 100.00 × 3, then what belongs to other months.
func (t teller) parts(list []BatchPart) string {
	var words []string
	for _, p := range list {
		word := p.Amount.Grouped() + " × " + fmt.Sprint(p.Months)
		switch {
		case p.Amount < 0:
			word = t.say("追回 ", "recovered ") + (-p.Amount).Grouped() + " × " + fmt.Sprint(p.Months)
		case p.Arrears:
			word = t.say("补发 ", "arrears ") + word
		}
		words = append(words, word)
	}
	return strings.Join(words, t.say("；", "; "))
}

// PublicRoster is what may be put up in public: the neutral name, masked names, places and amounts. Children do not appear, not even as
// a number, nor does why anybody is paid.
func PublicRoster(b *Batch, o Options) *Page {
	o.HideSensitive = true
	t := teller{Options: o}
	page := &Page{Lang: t.lang(), Title: t.say("发放公示", "Payments"), Fields: []Field{{Name: t.say("事项", "Scheme"), Value: t.in(b.PublicName)}, {Name: t.say("所属期", "Period"), Value: t.monthSpan(b.From, b.To)}}}
	table := &Table{Columns: []Column{{Title: t.say("序号", "No."), Right: true}, {Title: t.say("姓名", "Name")}, {Title: t.say("地方", "Place"), Flex: true}, {Title: t.say("金额（元）", "Yuan"), Right: true}}}
	for _, r := range b.Rows {
		if r.Child || r.Out != (fault.Text{}) {
			continue
		}
		table.Rows = append(table.Rows, Row{Cells: []string{fmt.Sprint(len(table.Rows) + 1), t.name(r.Name), r.Place, r.Amount.Grouped()}})
	}
	page.Sections = append(page.Sections, Section{Table: table})
	return page
}

// BatchView is a batch for machines.
type BatchView struct {
	Number string    `json:"number"`
	Scheme string    `json:"scheme"`
	Payer  string    `json:"payer"`
	Fund   string    `json:"fund"`
	Paid   string    `json:"paid"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Part   int64     `json:"part"`
	State  string    `json:"state"`
	People int64     `json:"people"`
	Total  money.Fen `json:"total"`
}

// OneBatchView is a batch as an answer of its own.
type OneBatchView struct {
	Format string    `json:"format"`
	Batch  BatchView `json:"batch"`
}

// BatchesView are batches as an answer.
type BatchesView struct {
	Format  string      `json:"format"`
	Batches []BatchView `json:"batches"`
}

// ViewBatch is a batch as an answer of its own.
func ViewBatch(b BatchView) OneBatchView { return OneBatchView{"doudi.batch/1", b} }

// ViewBatches are batches as an answer.
func ViewBatches(list []BatchView) BatchesView {
	if list == nil {
		list = []BatchView{}
	}
	return BatchesView{"doudi.batches/1", list}
}
