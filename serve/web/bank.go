package web

import (
	"bytes"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"

	"doudi/kernel/fault"
	"doudi/record/fund"
	"doudi/record/payment"
	tables "doudi/record/roll/sheet"
	"doudi/record/store"
)

// A locked batch is paid here: what the bank is told, what it returns, and what came back is mended, one by one.

// returnUpload is a file of the bank as a page takes it: some hundred thousand lines.
var returnUpload = upload{20 << 20, fault.Text{ZH: "请银行分几份回盘", EN: "have the bank send it in several files"}}

// bankPart is how paying a locked batch has come along.
type bankPart struct {
	Files  []payment.File
	Back   []orderRow // that came back and wait for somebody
	More   bool       // others besides
	From   []option   // the accounts it can be paid from
	Key    string
	Chosen string // the account
}

// orderRow is an order with whom it pays.
type orderRow struct {
	payment.Order
	Name, Account string
	Path          string
}

// pageBack is how many payments that came back a page shows; whoever mends them sees the next ones.
const pageBack = 20

// bankOf reads how paying a batch has come along, and names those whose payment came back.
func (v *view) bankOf(tx *store.Tx, b payment.Batch, people map[string]bool) (*bankPart, error) {
	p := &bankPart{Key: newKey(), Chosen: v.typed("account")}
	var err error
	if p.Files, err = payment.Files(tx, &b); err != nil {
		return nil, err
	}
	accounts, err := payment.PaidFrom(tx, &b)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		p.From = append(p.From, option{a.String(), v.in(a.Kind.Label()) + v.say("：", ": ") + v.in(a.Name)})
	}
	back, err := v.Record.Payments.Orders(tx, &b, payment.CameBack, payment.Order{}, pageBack+1)
	if err != nil {
		return nil, err
	}
	p.More = len(back) > pageBack
	for _, o := range back[:min(len(back), pageBack)] {
		row, err := v.orderRow(tx, b, o)
		if err != nil {
			return nil, err
		}
		p.Back = append(p.Back, row)
		people[o.Receiver] = true
	}
	return p, nil
}

func (v *view) orderRow(tx *store.Tx, b payment.Batch, o payment.Order) (row orderRow, err error) {
	row = orderRow{Order: o, Path: orderAddress(b, o)}
	if row.Name, err = v.Record.Payments.NameOf(tx, o.Subject, o.Receiver); err != nil {
		return row, err
	}
	a, err := v.Record.Payments.AccountOf(tx, o.Account)
	row.Account = a.Bank + " " + a.Masked()
	return row, err
}

// orderAddress is where a payment that came back is mended: by the numbers the bank knows it by.
func orderAddress(b payment.Batch, o payment.Order) string {
	return batchAddress(b.Number, "") + "/orders/" + strconv.FormatInt(o.File, 10) + "-" + strconv.FormatInt(o.Seq, 10)
}

// bankFileAddress is a file for the bank.
func bankFileAddress(number string, file int64, suffix string) string {
	return batchAddress(number, "") + "/bank-files/" + strconv.FormatInt(file, 10) + "." + suffix
}

// orderBatch draws up the next file for the bank, and sends it.
func (v *view) orderBatch() error {
	var f payment.File
	err := v.answered("web.bank-file", &f, func(tx *store.Tx) (any, error) {
		b, err := payment.Get(tx, v.r.PathValue("batch"))
		if err != nil {
			return nil, unknownBatch(err)
		}
		f, err := v.Record.Payments.Order(tx, b.ID)
		if err != nil {
			return nil, err
		}
		return f, v.noted(tx, "payment.order", b.ID)
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Forbidden:
		return v.showBatch(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, bankFileAddress(v.r.PathValue("batch"), f.File, "xlsx"))
}

// bankFile sends a file for the bank. It holds whole numbers of accounts, so that fetching it is kept like a look.
func (v *view) bankFile() error {
	name, suffix, _ := strings.Cut(v.r.PathValue("file"), ".")
	number, err := strconv.ParseInt(name, 10, 64)
	formats := map[string]tables.Format{"xlsx": tables.XLSX, "csv": tables.CSV}
	media := map[string]string{"xlsx": workbook, "csv": "text/csv; charset=utf-8"}
	if err != nil || formats[suffix] == "" {
		return v.nowhere()
	}
	var content bytes.Buffer
	var b payment.Batch
	err = v.look(func(tx *store.Tx) (err error) {
		content.Reset()
		if b, err = payment.Get(tx, v.r.PathValue("batch")); err != nil {
			return unknownBatch(err)
		}
		people, err := v.Record.Payments.WriteFile(tx, &content, formats[suffix], &b, number)
		if err != nil {
			return err
		}
		return v.looked(tx, "web.bank-file", b.ID, people...)
	})
	if err != nil {
		return err
	}
	v.takeTime()
	return v.attach(b.Number+"-"+name+"."+suffix, media[suffix], content.Bytes())
}

// takeReturn enters what the bank returned.
func (v *view) takeReturn() error {
	r, err := v.returned()
	if err == nil {
		err = v.once("web.return", func(tx *store.Tx) (any, error) {
			b, err := payment.Get(tx, v.r.PathValue("batch"))
			if err != nil {
				return nil, unknownBatch(err)
			}
			kind, code, _ := strings.Cut(v.asked("account"), "/")
			done, err := v.Record.Payments.TakeReturn(tx, b.ID, fund.AccountID{Kind: fund.Kind(kind), Code: code}, r)
			if err != nil {
				return nil, err
			}
			return done, v.noted(tx, "payment.return", b.ID)
		})
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Missing, fault.Conflict, fault.Forbidden:
		return v.showBatch(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, batchAddress(v.r.PathValue("batch"), ""))
}

// returned reads the file of the form.
func (v *view) returned() (r payment.Returned, err error) {
	v.takeTime()
	content, head, err := v.r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || err == nil && head.Size == 0 {
		return r, refuse(fault.Invalid, "file", fault.Text{ZH: "没有选择回盘文件，或文件是空的，没有记账", EN: "no file of the bank was chosen, or it is empty; nothing was entered"}, fault.Text{ZH: "选择银行返回的 xlsx、CSV 或文本文件", EN: "choose what the bank sent, in xlsx, CSV or text"})
	}
	if err != nil {
		return r, unreadable(err)
	}
	defer func() { _ = content.Close() }() // only read
	return v.Record.Payments.ReadReturn(path.Base(visible(head.Filename)), content, head.Size)
}

// mendPage is a payment that came back.
type mendPage struct {
	Batch    payment.Batch
	Order    orderRow
	Fields   []field
	Problems []problem
	Key      string
	Problem  error
}

func (v *view) order() error { return v.showOrder(http.StatusOK, nil) }

func (v *view) showOrder(status int, problem error) error {
	p := mendPage{Key: newKey(), Problem: problem}
	file, seq, err := v.orderAsked()
	if err != nil {
		return err
	}
	err = v.look(func(tx *store.Tx) (err error) {
		if p.Batch, err = payment.Get(tx, v.r.PathValue("batch")); err != nil {
			return unknownBatch(err)
		}
		o, err := v.Record.Payments.OrderOf(tx, &p.Batch, file, seq)
		if err != nil {
			return err
		}
		if p.Order, err = v.orderRow(tx, p.Batch, o); err != nil {
			return err
		}
		return v.looked(tx, "web.order", p.Batch.ID, o.Receiver)
	})
	if err != nil {
		return err
	}
	p.Fields = []field{{Name: "number", Label: v.say("更正后的账号", "Number of the account"), Value: v.typed("number"), Hint: v.say("不填就按原账号再付一次", "left empty, the same account is paid again")}}
	p.Problems = v.marked(p.Fields, problem)
	title := v.say("处理退回", "Mend a payment")
	return v.show(status, v.errorTitle(p.Problems, title), mendOf(v, p))
}

// orderAsked are the numbers of the order in the address.
func (v *view) orderAsked() (file, seq int64, err error) {
	first, second, _ := strings.Cut(v.r.PathValue("order"), "-")
	file, fileErr := strconv.ParseInt(first, 10, 64)
	seq, seqErr := strconv.ParseInt(second, 10, 64)
	if fileErr != nil || seqErr != nil {
		return 0, 0, v.nowhere()
	}
	return file, seq, nil
}

func (v *view) mendOrder() error {
	file, seq, err := v.orderAsked()
	if err != nil {
		return err
	}
	err = v.once("web.order", func(tx *store.Tx) (any, error) {
		b, err := payment.Get(tx, v.r.PathValue("batch"))
		if err != nil {
			return nil, unknownBatch(err)
		}
		if err := v.Record.Payments.Mend(tx, b.ID, file, seq, v.asked("number"), ""); err != nil {
			return nil, err
		}
		return nil, v.noted(tx, "payment.mend", b.ID)
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Missing, fault.Conflict, fault.Forbidden:
		return v.showOrder(statuses[fault.KindOf(err)], err)
	}
	return v.orSee(err, batchAddress(v.r.PathValue("batch"), "")+"#returned")
}

// progressWord is how far paying a locked batch has come.
func (v *view) progressWord(p payment.Progress) string {
	return v.in(map[payment.Progress]fault.Text{
		payment.NotSent: {ZH: "待送银行", EN: "to be sent to the bank"}, payment.AtBank: {ZH: "已送银行", EN: "sent to the bank"}, payment.Partly: {ZH: "回盘中", EN: "partly returned"},
		payment.Missed: {ZH: "部分失败", EN: "some came back"}, payment.Done: {ZH: "已完结", EN: "paid"}}[p])
}

func (v *view) progressClass(p payment.Progress) string {
	switch p {
	case payment.Missed:
		return "bad"
	case payment.Done:
		return "ok"
	}
	return "warn"
}

// fileWords is what a file for the bank is called.
func (v *view) fileWords(b payment.Batch, f payment.File) string {
	name := b.Number + "-" + strconv.FormatInt(f.File, 10)
	if f.File > 1 {
		name += v.say("（补发）", " (paid again)")
	}
	return name
}

// sumsInWords are the figures that must be the same, each with its name.
func (v *view) sumsInWords(b payment.Batch, s payment.Sums) []string {
	lines := v.say("合计 %d 人 %s 元", "%d people, %s yuan", s.Lines.Number, s.Lines.Amount.Grouped())
	if s.Nothing.Number > 0 {
		lines += v.say("（%d 人抵扣后为零，不付）", " (%d of them get nothing after what they owe)", s.Nothing.Number)
	}
	parts := []string{lines, v.say("按月明细 %s 元", "months %s", s.Items.Amount.Grouped()), v.say("专账占用 %d 笔 %s 元", "held by the account: %d, %s", s.Claimed.Number, s.Claimed.Amount.Grouped())}
	if b.State != payment.Locked {
		return parts
	}
	if s.Ordered.Number == 0 {
		return append(parts, v.say("银行文件 未生成", "no file for the bank yet"))
	}
	back := payment.Sum{Number: s.Failed.Number + s.Mended.Number, Amount: s.Failed.Amount + s.Mended.Amount}
	return append(parts, v.say("银行文件 %d 笔 %s 元", "file for the bank: %d, %s", s.Ordered.Number, s.Ordered.Amount.Grouped()),
		v.say("回盘成功 %d 笔 %s 元，退回 %d 笔 %s 元，未回 %d 笔 %s 元", "paid: %d, %s; came back: %d, %s; not answered: %d, %s",
			s.Paid.Number, s.Paid.Amount.Grouped(), back.Number, back.Amount.Grouped(), s.Sent.Number, s.Sent.Amount.Grouped()),
		v.say("专账已支付 %s 元", "paid by the account: %s", s.Settled.Amount.Grouped()))
}

// changeWords are the differences to the period before in one line.
func (v *view) changeWords(s payment.Sums) string {
	c := s.Changes
	return v.say("上期 %d 人 %s 元｜新增 +%d｜停发 −%d｜变动 %d｜移出 %d｜本期 %d 人 %s 元", "before: %d people, %s yuan | new +%d | stopped −%d | changed %d | moved out %d | now: %d people, %s yuan",
		s.Before.Number, s.Before.Amount.Grouped(), c[payment.Begins].Number, c[payment.Stops].Number, c[payment.Alters].Number, c[payment.OutHere].Number, s.Lines.Number, s.Lines.Amount.Grouped())
}

// check is one thing that was looked at, in words.
type check struct{ Class, Word, Says string }

// checksOf are what was looked at: nothing twice, amounts by the standard, names of accounts.
func (v *view) checksOf(s payment.Sums) []check {
	good, bad, look := v.say("✓ 相符", "✓ agrees"), v.say("✕ 不符", "✕ differs"), v.say("! 留意", "! look")
	list := []check{{"ok", good, v.say("没有重复：同一人同一月只在一批里", "nothing twice: a month of somebody is in one batch")}}
	if s.Twice.Number > 0 {
		list[0] = check{"bad", bad, v.say("有 %d 个月在另一批里也发了", "%d months are paid by another batch, too", s.Twice.Number)}
	}
	paid := s.Lines.Number - s.Nothing.Number
	if other := paid - s.Plain.Number; other > 0 {
		list = append(list, check{"warn", look, v.say("金额＝标准×月数：%d 人相符；%d 人另含补发、扣回或中途变动", "amount = standard × months for %d people; for %d there are arrears, recoveries or changes besides", s.Plain.Number, other)})
	} else {
		list = append(list, check{"ok", good, v.say("金额＝标准×月数：%d 人", "amount = standard × months: %d people", s.Plain.Number)})
	}
	if s.Others.Number > 0 {
		return append(list, check{"bad", bad, v.say("%d 人账户户名不符，已移出本批", "the accounts of %d people are in another name; they were moved out", s.Others.Number)})
	}
	return append(list, check{"ok", good, v.say("账户户名都相符", "all accounts are in the right names")})
}

// orderWords is what the button that draws up a file says.
func (v *view) orderWords(s payment.Sums) string {
	if s.Ordered.Number == 0 {
		n := s.Lines.Number - s.Nothing.Number
		return v.say("导出银行文件 %d 笔 %s 元", "Draw up the file for the bank: %d orders, %s yuan", n, s.Lines.Amount.Grouped())
	}
	return v.say("生成补发文件 %d 笔 %s 元", "Draw up a further file: %d orders, %s yuan", s.Mended.Number, s.Mended.Amount.Grouped())
}

// toOrder tells whether the bank is to be told of something.
func toOrder(s payment.Sums) bool {
	return s.Ordered.Number == 0 && s.Lines.Amount > 0 || s.Mended.Number > 0
}
