package payment

import (
	"doudi/decide/text"
	"doudi/kernel/fault"
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
