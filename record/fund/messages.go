package fund

import (
	"cmp"
	"slices"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/store"
)

func malformed(code string, message, hint fault.Text) error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Op: "fund", Message: message, Hint: hint}
}

func conflict(code string, message, hint fault.Text) error {
	return &fault.Error{Kind: fault.Conflict, Code: code, Op: "fund", Message: message, Hint: hint}
}

// defect is an error of this package itself.
func defect(code string, message fault.Text) error {
	return &fault.Error{Kind: fault.Internal, Code: code, Op: "fund", Message: message}
}

// damaged is a record that contradicts itself, which no command of ours leaves behind.
func damaged(message fault.Text) error {
	return conflict("fund.damaged", message, text.Tell("用 doudi verify 查明第一处不一致，从备份核对", "find the first inconsistency with doudi verify and compare with a backup"))
}

func exists(what fault.Text) error {
	return conflict("fund.exists", text.Tell("%s已经存在，没有改动", "%s exists already and was not changed", what), fault.Text{})
}

func unknownFund(tx *store.Tx, code string) error {
	codes, err := Codes(tx)
	if err != nil {
		return err
	}
	e := &fault.Error{Kind: fault.NotFound, Code: "fund.unknown", Op: "fund", Message: text.Tell("本县没有专账“%s”", "this county has no fund “%s”", code)}
	if near := fault.Nearest(code, codes); near != "" {
		e.Hint = text.Tell("是否指“%s”？", "did you mean “%s”?", near)
	}
	return e
}

func unknownEntry(id string) error {
	return &fault.Error{Kind: fault.NotFound, Code: "fund.entry-unknown", Op: "fund", Message: text.Tell("没有编号为“%s”的分录", "there is no entry “%s”", id)}
}

func unknownCommitment(id string) error {
	return &fault.Error{Kind: fault.NotFound, Code: "fund.commitment-unknown", Op: "fund", Message: text.Tell("没有编号为“%s”的占用记录", "there is no commitment “%s”", id)}
}

func (f Fund) unknownAccount(tx *store.Tx, a AccountID, kinds []Kind) error {
	all, err := Books(tx, f.Code)
	if err != nil {
		return err
	}
	var names []string
	for _, known := range all {
		if slices.Contains(kinds, known.Kind) {
			names = append(names, known.String())
		}
	}
	e := &fault.Error{Kind: fault.NotFound, Code: "fund.account-unknown", Op: "fund",
		Message: text.Tell("专账“%s”没有可用的账户 %s，没有记账", "the fund “%s” has no account %s to be used for this; nothing was entered", f.Name, a)}
	if near := fault.Nearest(a.String(), names); near != "" {
		e.Hint = text.Tell("是否指 %s？", "did you mean %s?", near)
	} else {
		e.Hint = text.Tell("先开立账户", "open the account first")
	}
	return e
}

func notAllowed(f Fund, p Purpose) error {
	return conflict("fund.use-not-allowed", text.Tell("专账“%s”（%s）不得用于%s，没有记账", "the fund “%s” (%s) may not be used for %s; nothing was entered", f.Name, f.Code, p.Use.Label()),
		text.Tell("可用于：%s。改由其他专账支付，或经批准后增加用途", "it may be used for: %s. Let another fund pay, or add the use once it is approved", usesText(f.Uses)))
}

// usesText lists uses.
func usesText(uses []Use) fault.Text {
	var all fault.Text
	for i, u := range uses {
		label := u.Label()
		if i > 0 {
			all.ZH, all.EN = all.ZH+"、", all.EN+", "
		}
		all.ZH, all.EN = all.ZH+label.ZH, all.EN+label.EN
	}
	return all
}

func (f Fund) accountShort(a AccountID, now, asked money.Fen) error {
	return conflict("fund.account-short", text.Tell("专账“%s”的账户 %s 余额 %s 元，不够 %s 元，没有记账", "the account %[2]s of the fund “%[1]s” holds %[3]s yuan, which does not cover %[4]s; nothing was entered", f.Name, a, now, asked),
		text.Tell("改从其他账户支付，或等拨款到账", "pay from another account, or wait until money arrives"))
}

// sortBy puts the items in the order of their keys' bytes, the same on both databases.
func sortBy[T any](items []T, key func(T) string) {
	slices.SortStableFunc(items, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
