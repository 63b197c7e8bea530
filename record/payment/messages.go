package payment

import (
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
)

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "payment." + code, Op: "payment", Message: message, Hint: hint}
}

// None of these repeats a number or a name: who holds the card needs neither, and nobody else should have them.

func accountUnknown() error {
	return refused(fault.NotFound, "account-unknown", text.Tell("没有这一账户登记", "there is no such statement of an account"), text.Tell("刷新后重试", "look again"))
}

func accountNumber() error {
	return refused(fault.Invalid, "account-number", text.Tell("银行账号应为 %d 到 %d 位数字，没有登记", "the number of a bank account has %d to %d digits; it was not kept", shortestNumber, longestNumber),
		text.Tell("对照存折或银行卡逐位核对；表格里账号要存为文本", "compare it with the passbook or card; spreadsheets must hold it as text"))
}

func accountCheck() error {
	return refused(fault.Invalid, "account-check", text.Tell("银行卡号的校验位不符，没有登记", "the check digit of the card's number does not fit; it was not kept"),
		text.Tell("对照银行卡逐位核对；确与卡面一致的，注明已核对（compared）", "compare it with the card; if it is the same all the same, say so (compared)"))
}

func accountBank() error {
	return refused(fault.Missing, "account-bank", text.Tell("没有写明开户银行，或过长，没有登记", "the bank is missing or too long; the account was not kept"), fault.Text{})
}

func accountHolding(as Holding) error {
	return refused(fault.Invalid, "account-holding", text.Tell("账户归属 %s 不认识，没有登记", "%s says not whose the account is; it was not kept", fault.Quote(string(as))),
		text.Tell("写 own（本人）、head（户主）或 guardian（监护人）", "write own, head or guardian"))
}

func accountReason() error {
	return refused(fault.Missing, "account-reason", text.Tell("不是本人的账户要写明代收理由，没有登记", "an account of somebody else needs a reason; it was not kept"),
		text.Tell("例如：未成年，由监护人代收；并附代收证明", "for instance: under age, received by the guardian; with the paper that shows it"))
}

func accountHolder(as Holding) error {
	return refused(fault.Conflict, "account-name", text.Tell("户名与应为%s的姓名不符，没有登记", "the account is not in the name it must have (%s); it was not kept", as.Label()),
		text.Tell("核对户名；确由他人代收的，写明归属和理由", "check the name; if somebody else receives it, say who and why"))
}

func batchUnknown(id string) error {
	return refused(fault.NotFound, "batch-unknown", text.Tell("没有发放批次 %s", "there is no batch %s", fault.Quote(id)), text.Tell("核对批次号", "check its number"))
}

// notOne is that nothing, or more than one payer, is found for what a request names. The scheme is told by its name.
func (p *Payments) notOne(r Request, found []key) error {
	name := p.quoted(r.Scheme)
	if len(found) == 0 {
		return refused(fault.NotFound, "scheme-unclear", text.Tell("%s 没有已批准的%s应发", "no approved run calls %[2]s to be paid for %[1]s", r.Month, name),
			text.Tell("核对是哪一项待遇，并先批准该月的核发", "check which scheme it is, and let the month's run be approved first"))
	}
	var zh, en []string
	for _, k := range found {
		payer, account := p.placeNames(k)
		way := k.payer + "/" + k.fund
		if payer.ZH == k.payer && account.ZH == k.fund {
			zh, en = append(zh, way), append(en, way)
			continue
		}
		zh, en = append(zh, way+"（"+payer.ZH+"，"+account.ZH+"）"), append(en, way+" ("+payer.In("en")+", "+account.In("en")+")")
	}
	return refused(fault.Invalid, "scheme-unclear", text.Tell("%s由几处发放，要写明发放单位和专账", "%s is paid by several; name the payer and the fund", name),
		fault.Text{ZH: "可选：" + strings.Join(zh, " "), EN: "one of: " + strings.Join(en, " ")})
}

func runMissing(months []string) error {
	return refused(fault.Conflict, "run-missing", text.Tell("这一期还有月份没有批准核发：%s，没有生成批次", "months of the period have no approved run: %s; no batch was made", strings.Join(months, " ")),
		text.Tell("先核发并批准这些月份", "run and approve these months first"))
}

func nothingDue(b *Batch, name fault.Text) error {
	return refused(fault.Conflict, "nothing-due", text.Tell("%s 到 %s 没有待发的%s，没有生成批次", "nothing is left to be paid of %[3]s for %[1]s to %[2]s; no batch was made", b.From, b.To, name), fault.Text{})
}

func fundShort(b *Batch, left money.Fen) error {
	return refused(fault.Conflict, "fund-short", text.Tell("专账 %s 可用额度 %s 元，不够本批 %s 元，没有生成批次", "the fund %s has %s yuan left, which does not cover the batch of %s; no batch was made", b.Fund, left, b.Total),
		text.Tell("申请拨款或追加用款额度后再生成", "make it again once money was appropriated or the limit raised"))
}

func unbalanced(b *Batch, s Sums) error {
	return refused(fault.Conflict, "unbalanced", text.Tell("批次 %s 勾稽不一致：批次 %s，名单 %s，明细 %s，专账 %s；没有办理", "the batch %s does not reconcile: batch %s, lines %s, items %s, fund %s; nothing was done",
		b.Number, b.Total, s.Lines.Amount, s.Items.Amount, s.Claimed.Amount), text.Tell("用 doudi verify 查明第一处不一致", "find the first difference with doudi verify"))
}

func notCounted(c *Counting) error {
	return refused(fault.Conflict, "not-counted", text.Tell("%s还没有核实这份名册的人数，没有锁定", "the number of the list has still to be verified (%s); it was not locked", c.Name),
		text.Tell("等其核实后再锁定", "lock it once that is done"))
}

func wrongState(b *Batch) error {
	return refused(fault.Conflict, "state", text.Tell("批次 %s %s，不能这样办，没有改动", "the batch %s is %s, so this cannot be done; nothing was changed", b.Number, b.State.Label()),
		text.Tell("已锁定的批次不再改动，更正列入下一批；刷新后重试", "a locked batch is never changed, corrections come in the next; look again"))
}

func samePerson() error {
	return refused(fault.Forbidden, "same-person", text.Tell("制单人不能复核自己的批次，没有办理", "who made the batch cannot check it; nothing was done"), text.Tell("请另一人办理", "let somebody else do it"))
}

func noteMissing() error {
	return refused(fault.Missing, "note-missing", text.Tell("没有写明理由，没有办理", "the reason is missing; nothing was done"), fault.Text{})
}

func lineUnknown() error {
	return refused(fault.NotFound, "line-unknown", text.Tell("本批没有这一待发对象", "the batch pays no such person or household"), text.Tell("可能已经移出，刷新后再看", "it may have been moved out; look again"))
}

func empty(b *Batch) error {
	return refused(fault.Conflict, "empty", text.Tell("批次 %s 没有可以发放的人，不能送复核", "the batch %s pays nobody, so it cannot be handed in", b.Number), text.Tell("补齐账户后作废重新生成", "make it void and anew once the accounts are there"))
}

func accountChanged(n int) error {
	return refused(fault.Conflict, "account-changed", text.Tell("送复核后有 %d 个账户变动，没有锁定", "%d accounts have changed since it was handed in; it was not locked", n),
		text.Tell("退回制单，重新送复核", "send it back to be handed in again"))
}

func ordered(b *Batch) error {
	return refused(fault.Conflict, "ordered", text.Tell("批次 %s 没有要送银行的：名单已全部送出，退回的还没有处理好", "nothing of the batch %s is left to be sent: everybody was, and none that came back was mended", b.Number),
		text.Tell("下载已生成的银行文件；退回的先逐笔处理", "fetch the file that was drawn up; mend what came back first"))
}

func mendedYourself(n int64) error {
	return refused(fault.Forbidden, "same-person", text.Tell("待补发的有 %d 笔由您更正了账户，补发文件须由另一人生成，没有办理", "you mended %d of those to be paid again, so another person draws up their file; nothing was done", n),
		text.Tell("请另一人生成补发文件", "let somebody else draw it up"))
}

func orderUnknown() error {
	return refused(fault.NotFound, "order-unknown", text.Tell("本批没有这一笔", "the batch has no such order"), text.Tell("从批次里打开", "open it from the batch"))
}

func fileUnknown() error {
	return refused(fault.NotFound, "file-unknown", text.Tell("本批没有这份银行文件", "the batch has no such file for the bank"), text.Tell("从批次里下载", "fetch it from the batch"))
}

func orderState(o Order) error {
	return refused(fault.Conflict, "order-state", text.Tell("这一笔%s，不用处理，没有改动", "this order is %s; there is nothing to mend, and nothing was changed", o.State.Label()), text.Tell("刷新后再看", "look again"))
}

func atBank(b *Batch) error {
	return refused(fault.Conflict, "at-bank", text.Tell("批次 %s 已送银行，不能作废，没有改动", "the batch %s was sent to the bank and cannot be made void; nothing was changed", b.Number),
		text.Tell("等回盘；多付的由核定列为追回", "wait for what the bank returns; what is too much becomes a recovery"))
}

func keptDiffer(b *Batch) error {
	return refused(fault.Conflict, "unbalanced", text.Tell("批次 %s 页面上的合计与逐笔相加的不同", "the sums that the pages of the batch %s show are not those of its lines", b.Number), text.Tell("用 doudi verify 查明第一处不一致", "find the first difference with doudi verify"))
}

func returnEmpty() error {
	return refused(fault.Invalid, "return-empty", text.Tell("回盘文件里没有一笔结果，没有记账", "the file of the bank says nothing of any order; nothing was entered"), text.Tell("核对是不是选错了文件", "see whether it is the right file"))
}

func returnKnown() error {
	return refused(fault.Conflict, "return-known", text.Tell("这份回盘文件已经导入过，没有重复记账", "this file of the bank was read before; nothing was entered twice"), text.Tell("结果见批次；银行另有结果的，导入新的回盘", "the batch shows it; read the next file when there is one"))
}

func returnAccount(n int) error {
	return refused(fault.Invalid, "return-account", text.Tell("专账有 %d 个可以支付的账户，没有写明从哪个支付，没有记账", "the special account has %d accounts to pay from, and none was named; nothing was entered", n),
		text.Tell("选定支付账户；没有的先在资金专账里开立", "choose one; open one in the special account where there is none"))
}

// returnRows says what is wrong with a file of the bank, the first few rows of it.
func returnRows(w *wrongRows) error {
	var zh, en []string
	for i, row := range w.rows {
		zh, en = append(zh, text.Tell("第 %d 行：%s", "", row, w.texts[i].ZH).ZH), append(en, text.Tell("", "row %d: %s", row, w.texts[i].In("en")).EN)
	}
	if w.more > 0 {
		zh, en = append(zh, text.Tell("另有 %d 行", "", w.more).ZH), append(en, text.Tell("", "%d more rows", w.more).EN)
	}
	return refused(fault.Invalid, "return-rows", fault.Text{ZH: "回盘文件有不能记账的行，整份没有记账。" + strings.Join(zh, "；"), EN: "some rows of the file cannot be entered, so nothing was. " + strings.Join(en, "; ")},
		text.Tell("请银行更正后重新回盘", "let the bank mend it and send it again"))
}

func notOrdered(item string, b *Batch) fault.Text {
	return text.Tell("%s 不是批次 %s 送出的", "%s was not sent with the batch %s", fault.Quote(item), b.Number)
}

func answeredTwice(item string) fault.Text {
	return text.Tell("%s 出现了两次", "%s comes twice", fault.Quote(item))
}

func otherAmount(a Answer, o Order) fault.Text {
	return text.Tell("实发 %s 元，应发 %s 元", "%s yuan were paid, %s were ordered", a.Amount, o.Amount)
}

func paidInLater(item string) fault.Text {
	return text.Tell("%s 已在后一份文件里补发，又报成功，请先与银行核实是否付了两次", "%s stands in a later file and is said to be paid after all: ask the bank whether it was paid twice", fault.Quote(item))
}
