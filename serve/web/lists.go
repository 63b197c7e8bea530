package web

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/register"
	rolls "doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/serve/present"
)

// listRoutes are the lists of payments as the offices see them that have a part in a benefit by its pack: that verify, approve or pay. An office sees those of its own
// benefits; the number is verified by the office the pack names, and the list locked by others.
var listRoutes = []route{
	{pattern: "GET /lists", may: only(auth.SeeLists), do: (*view).lists},
	{pattern: "GET /lists/{list}", may: only(auth.SeeLists), do: (*view).oneList},
	{pattern: "GET /lists/{list}/print", may: only(auth.SeeLists), do: (*view).printList},
	{pattern: "GET /lists/{list}/list.xlsx", may: only(auth.SeeLists), do: (*view).listWorkbook},
	{pattern: "GET /lists/{list}/list.csv", may: only(auth.SeeLists), do: (*view).listCSV},
	{pattern: "POST /lists/{list}/count", may: only(auth.CountLists), do: (*view).countList},
	{pattern: "POST /lists/{list}/send-back", may: only(auth.CountLists), do: (*view).sendListBack},
}

// listRow is a line of a list with what the office knows of the person.
type listRow struct {
	payment.Row
	ID    string   // the identity number, masked
	Place string   // the town or village
	Facts []string // by which the number is verified; "" for what nobody has stated
	Known bool     // something of these is stated
}

// paymentList is a list of payments: the whole of it, of which a page is shown.
type paymentList struct {
	Batch   payment.Batch
	Payer   string
	Count   *payment.Counting // how its number is verified; nil where no pack says
	Ours    bool              // by the office that looks
	Heads   []string          // of the facts
	Rows    []listRow         // that are paid
	Out     []listRow         // moved out
	Known   int               // of the rows, those of whom the office has stated something
	Sum     money.Fen         // of the rows
	Shown   []listRow
	Next    string
	Key     string
	Note    string
	Problem error
}

// pageList is how many rows a page of a list shows.
const pageList = 50

func (v *view) lists() error {
	var list []payment.Batch
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		schemes, err := v.ownSchemes(tx)
		if err == nil {
			list, err = payment.Batches(tx, payment.Filter{Of: schemes, State: payment.State(v.asked("state"))}, v.asked("before"), pageBatches)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("发放名册", "Lists of payments"), listsPage(v, list))
}

// ownSchemes are the benefits in which the organisation has a part: that pays, or whose procedure has a step of its own. Who took over from an office has its part.
func (v *view) ownSchemes(tx *store.Tx) ([]string, error) {
	schemes, own := []string{}, map[string]bool{}
	for _, p := range v.Record.Payments.Packs() {
		for _, b := range p.Benefits {
			has, err := v.hasPart(tx, own, p, b)
			if err != nil {
				return nil, err
			}
			if scheme := benefit.SchemeOf(p, b); has && !slices.Contains(schemes, scheme) {
				schemes = append(schemes, scheme)
			}
		}
	}
	return schemes, nil
}

func (v *view) hasPart(tx *store.Tx, own map[string]bool, p *policy.Pack, b *policy.Benefit) (bool, error) {
	offices := []string{b.Payer}
	for _, step := range payment.StepsOf(p, b) {
		offices = append(offices, step.Office)
	}
	for _, office := range offices {
		if _, looked := own[office]; !looked {
			is, err := v.isOwn(tx, office)
			if err != nil {
				return false, err
			}
			own[office] = is
		}
		if own[office] {
			return true, nil
		}
	}
	return false, nil
}

// isOwn tells whether an office of a pack is the organisation that is acted for.
func (v *view) isOwn(tx *store.Tx, office string) (bool, error) {
	if office == "" || v.Provider == "" {
		return false, nil
	}
	now, err := v.Record.Providers.OfficeOn(tx, office, v.today())
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return now.ID == v.Provider, err
}

// listAsked is the batch of the address, as far as the post sees it: a list of other benefits does not exist.
func (v *view) listAsked(tx *store.Tx) (payment.Batch, error) {
	b, err := payment.Get(tx, v.r.PathValue("list"))
	if err == nil {
		var schemes []string
		if schemes, err = v.ownSchemes(tx); err == nil && !slices.Contains(schemes, b.Scheme) {
			err = noList()
		}
	}
	if fault.KindOf(err) == fault.NotFound {
		err = noList()
	}
	return b, err
}

func noList() error {
	return refuse(fault.NotFound, "list-unknown", fault.Text{ZH: "没有这份发放名册", EN: "there is no such list"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

func (v *view) oneList() error { return v.showList(http.StatusOK, nil) }

func (v *view) showList(status int, problem error) error {
	p, err := v.readList("web.list-of-payments")
	if err != nil {
		return err
	}
	p.Key, p.Note, p.Problem = newKey(), v.typed("note"), problem
	all := slices.Concat(p.Rows, p.Out)
	from, _ := strconv.Atoi(v.r.URL.Query().Get("after")) // whatever is no number is the beginning
	from = min(max(from, 0), len(all))
	to := min(from+pageList, len(all))
	if p.Shown = all[from:to]; to < len(all) {
		p.Next = listAddress(p.Batch.Number) + "?after=" + strconv.Itoa(to)
	}
	return v.show(status, p.Batch.Number, listOf(v, p))
}

// readList reads a list with what is known of everybody on it, and records the look.
func (v *view) readList(look string) (p paymentList, err error) {
	err = v.look(func(tx *store.Tx) (err error) {
		p = paymentList{}
		if p.Batch, err = v.listAsked(tx); err != nil {
			return err
		}
		p.Count = v.Record.Payments.Counting(p.Batch.Scheme)
		if p.Ours, err = v.verifies(tx, p.Batch.Scheme); err != nil {
			return err
		}
		p.Payer = v.officeName(p.Batch)
		return v.fillList(tx, look, &p)
	})
	return p, err
}

// officeName is what the pack calls who pays a batch.
func (v *view) officeName(b payment.Batch) string {
	name := b.Payer
	for _, p := range v.Record.Payments.Packs() {
		for _, x := range p.Benefits {
			if label, ok := p.Offices[b.Payer]; ok && benefit.SchemeOf(p, x) == b.Scheme {
				name = v.in(label)
			}
		}
	}
	return name
}

func (v *view) fillList(tx *store.Tx, look string, p *paymentList) error {
	rows, err := v.Record.Payments.Roster(tx, &p.Batch, "", mostLined)
	if err != nil {
		return err
	}
	var people []string
	for _, r := range rows {
		people = append(people, r.Subject)
	}
	if err := v.ahead(tx, people); err != nil {
		return err
	}
	places, err := v.places(tx)
	if err != nil {
		return err
	}
	var facts []*rule.FactType
	if p.Count != nil {
		for _, name := range p.Count.Facts {
			if t := v.Record.Rolls.Vocabulary.TypeOf(name); t != nil && v.access.Shows(t.Sensitivity) {
				facts, p.Heads = append(facts, t), append(p.Heads, v.in(t.Label))
			}
		}
	}
	for _, r := range rows {
		row := listRow{Row: r, Place: v.placeName(places, r.Division)}
		if err := v.knownBy(tx, &row, facts, p.Batch); err != nil {
			return err
		}
		if r.Out != "" {
			p.Out = append(p.Out, row)
			continue
		}
		p.Rows, p.Sum = append(p.Rows, row), p.Sum+r.Amount // the batch holds the sum, and was compared with it
		if row.Known {
			p.Known++
		}
	}
	return v.looked(tx, look, p.Batch.ID, people...)
}

// knownBy fills in who a row is about and what is known by which the number is verified: as it stood on the last day of the period, or today while that is to come.
func (v *view) knownBy(tx *store.Tx, row *listRow, facts []*rule.FactType, b payment.Batch) error {
	row.Facts = make([]string, len(facts))
	kind, err := dated.KindOf(tx, row.Subject)
	if err != nil || kind != register.PersonKind {
		return err
	}
	on := min(b.To.Last(), v.today())
	s, err := v.register().Subject(tx, row.Subject, on, rule.Forever)
	if err != nil {
		if gone(err) {
			return nil
		}
		return err
	}
	if number, ok := s.Facts.At("person.id", on); ok && v.access.Shows(rule.Identity) {
		row.ID = ident.MaskID(rule.Display(number.Value, ""))
	}
	for i, t := range facts {
		if fact, ok := s.Facts.At(t.Name, on); ok {
			row.Facts[i], row.Known = t.Show(fact.Value, v.lang), true
		}
	}
	return nil
}

func (v *view) countList() error {
	return v.answerList(func(tx *store.Tx, b payment.Batch) error { return v.Record.Payments.Count(tx, b.ID, v.asked("note")) })
}

func (v *view) sendListBack() error {
	return v.answerList(func(tx *store.Tx, b payment.Batch) error {
		return v.Record.Payments.SendBack(tx, b.ID, v.asked("note"))
	})
}

// answerList does something to a list whose number the organisation verifies, and comes back to its page.
func (v *view) answerList(do func(tx *store.Tx, b payment.Batch) error) error {
	err := v.once("web.list-of-payments", func(tx *store.Tx) (any, error) {
		b, err := v.listAsked(tx)
		if err != nil {
			return nil, err
		}
		if ours, err := v.verifies(tx, b.Scheme); err != nil || !ours {
			return nil, cmp.Or(err, notOurs())
		}
		return nil, do(tx, b)
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Forbidden, fault.Missing:
		return v.showList(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, listAddress(v.r.PathValue("list")))
}

func notOurs() error {
	return refuse(fault.Forbidden, "list-others", fault.Text{ZH: "这份名册的人数不由本单位核实，没有办理", EN: "another office verifies the number of this list; nothing was done"}, fault.Text{ZH: "请政策文件指定的单位办理", EN: "ask the office that the policy names"})
}

func listAddress(number string) string { return "/lists/" + url.PathEscape(number) }

// listsList is the list of lists, by state.
func (v *view) listsList(list []payment.Batch) listing {
	l := v.batchesList(batchList{})
	l.Title, l.Act = v.say("发放名册", "Lists of payments"), link{}
	l.Table.Name, l.Table.Shown, l.Table.Foot = l.Title, len(list), ""
	l.Table.Empty = v.say("没有这样的名册。月度核定批准、县经办生成批次以后，本单位有份的待遇的名册会出现在这里。", "There are no such lists. Those of benefits in which this office has a part appear here once the months are approved and the batch is made.")
	if len(list) == pageBatches {
		l.Table.Next = v.further("before", list[len(list)-1].Number)
	}
	return l
}

// listSum reconciles a list: everybody on it, and what they get.
func (v *view) listSum(p paymentList) string {
	words := v.say("勾稽：名册 %d 人 %s 元，批次 %d 人 %s 元，差 %d 人 %s 元", "reconciled: list %d people %s yuan, batch %d people %s yuan, difference %d people %s yuan",
		len(p.Rows), p.Sum.Grouped(), p.Batch.People, p.Batch.Total.Grouped(), int64(len(p.Rows))-p.Batch.People, (p.Sum - p.Batch.Total).Grouped())
	if len(p.Heads) > 0 {
		words += v.say("；本部门有据 %d 人 ＋ 未见记载 %d 人 ＝ %d 人", "; on record %d + not on record %d = %d people", p.Known, len(p.Rows)-p.Known, len(p.Rows))
	}
	return words
}

// listDecision is what the office may do with a list as it stands.
func (v *view) listDecision(p paymentList) decision {
	b, here := p.Batch, listAddress(p.Batch.Number)
	d := decision{Title: v.say("核实人数", "Verify the number"), State: v.in(b.State.Label()), Class: batchClass(b.State), Key: p.Key}
	steps := []payment.ActKind{payment.Create, payment.HandIn, payment.Count, payment.Lock}
	for _, kind := range steps {
		h := hand{Step: v.in(kind.Label())}
		if a := b.Last(kind); a != nil {
			h.Who, h.When = a.Actor.Name, a.When
		}
		if kind == payment.Count {
			h = verified(v, b)
		}
		d.Hands = append(d.Hands, h)
	}
	switch {
	case b.State != payment.ToCheck || !v.may(auth.CountLists):
	case !p.Ours:
		d.Why = v.say("人数由政策指定的单位核实。", "The number is verified by the office that the policy names.")
	case b.Counted() != nil:
		d.Why = v.say("人数已核实：%d 人 %s 元。名册有变动的，要重新核实。", "The number is verified: %d people, %s yuan. A list that is changed is verified anew.", b.Counted().People, b.Counted().Total.Grouped())
	case madeBy(b, v.Operator.ID):
		d.Why = v.say("这份名册您参与了制单，人数由另一人核实。", "You had a hand in making this list; another person verifies it.")
	default:
		d.Fields = []field{{Name: "note", Label: v.say("意见（退回必填）", "Note (needed to send it back)"), Value: p.Note}}
		d.Acts = []act{{v.say("人数不符，退回", "It is wrong: send it back"), here + "/send-back", true},
			{v.say("核实 %d 人 %s 元", "Verify %d people, %s yuan", b.People, b.Total.Grouped()), here + "/count", false}}
	}
	return d
}

// verified is the step of verifying the number of a batch, by whom what stands in it was verified.
func verified(v *view, b payment.Batch) hand {
	h, a := hand{Step: v.in(payment.Count.Label())}, b.Counted()
	if b.State == payment.Locked {
		a = b.Last(payment.Count)
	}
	if a != nil {
		h.Who, h.When = a.Actor.Name, a.When
	}
	return h
}

// listHeads are the columns of a list.
func (v *view) listHeads(p paymentList) (columns []column) {
	columns = []column{{Name: v.say("姓名", "Name")}, {Name: v.say("证件号码", "Identity number")}}
	for _, head := range p.Heads {
		columns = append(columns, column{Name: head})
	}
	return append(columns, column{Name: v.say("地方", "Place")}, column{Name: v.say("月数", "Months"), Figures: true}, column{Name: v.say("金额（元）", "Yuan"), Figures: true}, column{Name: v.say("收款", "Paid to")})
}

func (v *view) listTable(p paymentList) table {
	return table{Name: v.say("名册", "List"), Columns: v.listHeads(p), Shown: len(p.Shown), Empty: v.say("没有人。", "Nobody."), Next: p.Next,
		Foot: v.say("合计 %d 人 %s 元", "%d people, %s yuan together", p.Batch.People, p.Batch.Total.Grouped())}
}

// paidTo is where a line goes: the account, masked, and in whose name where that is somebody else; or why it is not paid now.
func (v *view) paidTo(r listRow) string {
	if r.Out != "" {
		return v.say("移出：", "out: ") + v.in(r.Out.Label())
	}
	words := r.Account.Bank + " " + r.Account.Masked()
	if r.Account.Holder != r.Name {
		words = r.Account.Holder + " " + words
	}
	return words
}

// listCells are a line of a list as text, in the order of the columns.
func (v *view) listCells(r listRow) []string {
	cells := append([]string{r.Name, r.ID}, r.Facts...)
	return append(cells, r.Place, strconv.FormatInt(r.Months, 10), r.Amount.Grouped(), v.paidTo(r))
}

// sheetRows is how many people stand on one printed page.
const sheetRows = 18

// printList is the list on A4 in landscape: headed, each page with its own sum, signed by those whose steps it takes.
func (v *view) printList() error {
	p, err := v.readList("web.list-of-payments.print")
	if err != nil {
		return err
	}
	frame := v.barred(v.say("发放名册", "List of payments"), listAddress(p.Batch.Number))
	frame.Landscape = true
	frame.Line = v.say("编号 %s　所属期 %s 至 %s　状态 %s　打印 %s　%s · %s", "no. %s, %s to %s, %s, printed %s by %s · %s", p.Batch.Number, p.Batch.From, p.Batch.To, v.in(p.Batch.State.Label()), v.today().String()+" "+clock(v.now), v.Operator.Name, v.place())
	frame.Signatures = v.signers(p)
	return v.sendPaper(present.Paper(v.listPaper(p), frame), "list-"+p.Batch.Number)
}

// signers are who signs a list: each step of the procedure that an office takes, and the seal.
func (v *view) signers(p paymentList) (list []string) {
	for _, pack := range v.Record.Payments.Packs() {
		for _, b := range pack.Benefits {
			if benefit.SchemeOf(pack, b) != p.Batch.Scheme {
				continue
			}
			list = nil
			for _, step := range payment.StepsOf(pack, b) {
				if step.Office != "" {
					list = append(list, v.in(pack.Offices[step.Office])+v.say("（", " (")+v.in(step.Act)+v.say("）签章：", "):"))
				}
			}
		}
	}
	return list
}

// listPaper puts a list on paper: so many people a page, with the page's sum, and at the end that of all.
func (v *view) listPaper(p paymentList) *present.Page {
	page := &present.Page{Lang: v.lang, Title: v.session.Post.Organisation.Name + " " + v.schemeName(p.Batch.Scheme) + v.say(" 发放名册", " list of payments"), Mark: v.demoMark(),
		Fields: []present.Field{{Name: v.say("待遇", "Benefit"), Value: v.schemeName(p.Batch.Scheme)}, {Name: v.say("发放单位", "Payer"), Value: p.Payer}, {Name: v.say("人数", "People"), Value: strconv.FormatInt(p.Batch.People, 10), Strong: true},
			{Name: v.say("金额（元）", "Yuan"), Value: p.Batch.Total.Grouped(), Strong: true}}}
	columns := []present.Column{{Title: v.say("序", "No."), Right: true}}
	for i, c := range v.listHeads(p) {
		columns = append(columns, present.Column{Title: c.Name, Right: c.Figures, Flex: i > 1 && !c.Figures})
	}
	columns = append(columns, present.Column{Title: v.say("签收", "Signed")})
	for sheet := range slices.Chunk(p.Rows, sheetRows) {
		n := len(page.Sections) * sheetRows
		t := &present.Table{Columns: columns}
		sum := money.Fen(0)
		for i, r := range sheet {
			t.Rows = append(t.Rows, present.Row{Cells: append(append([]string{strconv.Itoa(n + i + 1)}, v.listCells(r)...), "")})
			sum += r.Amount
		}
		t.Rows = append(t.Rows, v.sumRow(columns, v.say("本页小计 %d 人", "this page: %d", len(sheet)), sum))
		page.Sections = append(page.Sections, present.Section{Table: t, Sheet: n > 0})
	}
	if len(page.Sections) == 0 {
		page.Sections = []present.Section{{Table: &present.Table{Columns: columns}}}
	}
	end := &page.Sections[len(page.Sections)-1]
	end.Table.Rows = append(end.Table.Rows, v.sumRow(columns, v.say("合计 %d 人", "all: %d", len(p.Rows)), p.Sum))
	end.Notes = []string{v.say("金额大写：", "In words: ") + p.Sum.Upper(), v.listSum(p)}
	if a := p.Batch.Counted(); a != nil || p.Batch.State == payment.Locked {
		if a == nil {
			a = p.Batch.Last(payment.Count)
		}
		if a != nil {
			end.Notes = append(end.Notes, v.say("核实人数：%d 人 %s 元，%s %s", "verified: %d people, %s yuan, %s %s", a.People, a.Total.Grouped(), a.Actor.Name, v.when(a.When)))
		}
	}
	return page
}

// sumRow is a row of a sum under the columns of a list.
func (v *view) sumRow(columns []present.Column, words string, sum money.Fen) present.Row {
	cells := make([]string, len(columns))
	cells[1], cells[len(cells)-3] = words, sum.Grouped()
	return present.Row{Kind: present.Sum, Cells: cells}
}

// demoMark is what stands beside the title of a paper of a county of demonstration.
func (v *view) demoMark() string {
	if ident.Division(v.County).Fictional() {
		return v.say("示例", "example")
	}
	return ""
}

func (v *view) listWorkbook() error { return v.exportList(rolls.XLSX, workbook, "xlsx") }

func (v *view) listCSV() error { return v.exportList(rolls.CSV, "text/csv; charset=utf-8", "csv") }

// exportList writes a list into a file, with those moved out at its end.
func (v *view) exportList(format rolls.Format, media, suffix string) error {
	p, err := v.readList("web.list-of-payments.export")
	if err != nil {
		return err
	}
	e := rolls.Export{Title: v.schemeName(p.Batch.Scheme) + v.say(" 发放名册", " list of payments"), By: v.Operator.Name, At: v.today().String() + " " + clock(v.now),
		Filters: []string{p.Batch.Number, v.say("所属期：", "period: ") + p.Batch.From.String() + " – " + p.Batch.To.String(), v.in(p.Batch.State.Label()), v.listSum(p)}}
	for _, c := range v.listHeads(p) {
		e.Columns = append(e.Columns, c.Name)
	}
	var b bytes.Buffer
	out, err := rolls.NewWriter(&b, format, e)
	if err != nil {
		return err
	}
	heads := v.listHeads(p)
	for _, r := range slices.Concat(p.Rows, p.Out) {
		cells := make([]rolls.Cell, len(heads))
		for i, text := range v.listCells(r) {
			cells[i] = rolls.Cell{Kind: rolls.Text, Text: text}
			if heads[i].Figures {
				cells[i].Kind = rolls.Number
			}
		}
		cells[len(cells)-2].Text = r.Amount.String()
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return v.attach("list-"+p.Batch.Number+"."+suffix, media, b.Bytes())
}

// listTasks are the lists whose number the organisation has still to verify.
func (v *view) listTasks(tx *store.Tx) (list []task, err error) {
	schemes, err := v.ownSchemes(tx)
	if err != nil {
		return nil, err
	}
	waiting, err := payment.Batches(tx, payment.Filter{Of: schemes, State: payment.ToCheck}, "", pageBatches)
	if err != nil {
		return nil, err
	}
	for _, b := range waiting {
		ours, err := v.verifies(tx, b.Scheme)
		if err != nil {
			return nil, err
		}
		whole, err := payment.Get(tx, b.ID)
		if err != nil {
			return nil, err
		}
		if !ours || whole.Counted() != nil || madeBy(whole, v.Operator.ID) {
			continue
		}
		t := task{Matter: ofBatches, Name: b.Number + " · " + v.schemeName(b.Scheme), Count: 1, Check: true, Path: listAddress(b.Number), Said: v.say("核实 %d 人 %s 元", "verify %d people, %s yuan", b.People, b.Total.Grouped())}
		if a := whole.Last(payment.HandIn); a != nil {
			t.Since, t.By = a.When, a.Actor.Name
		}
		list = append(list, t)
	}
	return list, nil
}

// verifies tells whether the organisation verifies the number on lists of a benefit.
func (v *view) verifies(tx *store.Tx, scheme string) (bool, error) {
	c := v.Record.Payments.Counting(scheme)
	if c == nil {
		return false, nil
	}
	return v.isOwn(tx, c.Office)
}
