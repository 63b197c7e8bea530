package money

import (
	"fmt"
	"unicode"

	"doudi/kernel/fault"
)

// This file holds the messages of the package.

var (
	amountText = fault.Text{ZH: "金额", EN: "amount"}
	rateText   = fault.Text{ZH: "比例", EN: "rate"}

	amountForms = fault.Text{
		ZH: "金额以元为单位，至多两位小数，例如 1286.30 或 1,286.30",
		EN: "write amounts in yuan with at most two decimals, such as 1286.30 or 1,286.30",
	}
	rateForms = fault.Text{
		ZH: "比例写作 75% 或 0.75",
		EN: "write rates as 75% or 0.75",
	}
)

func formsOf(what fault.Text) fault.Text {
	if what == rateText {
		return rateForms
	}
	return amountForms
}

func overflow(op string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.overflow", Op: op,
		Message: fault.Text{
			ZH: "金额超出可以表示的范围（约正负 9.2 亿亿元），没有得出结果",
			EN: "the amount is out of range (about ±92 quadrillion yuan); nothing was computed",
		},
		Hint: fault.Text{
			ZH: "请核对各项金额和倍数，通常是多输了几位",
			EN: "check the figures: usually some digits too many were entered",
		},
	}
}

func overflowIn(op, source string, what fault.Text) *fault.Error {
	e := overflow(op)
	e.Message = fault.Text{
		ZH: what.ZH + fault.Quote(source) + "超出可以表示的范围",
		EN: "the " + what.EN + " " + fault.QuoteEN(source) + " is out of range",
	}
	e.At = fault.InText(source, 1, len([]rune(source)))
	return e
}

func empty(op string, what fault.Text) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.malformed", Op: op,
		Message: fault.Text{ZH: what.ZH + "为空", EN: "the " + what.EN + " is empty"},
		Hint:    formsOf(what),
	}
}

// malformed is the common shape of what a reader refuses.
func malformed(r *reader, at, width int, zh, en string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.malformed", Op: r.op,
		Message: fault.Text{
			ZH: r.what.ZH + fault.Quote(r.source) + "写法不对：" + zh,
			EN: "the " + r.what.EN + " " + fault.QuoteEN(r.source) + " is malformed: " + en,
		},
		Hint: formsOf(r.what),
		At:   fault.InText(r.source, at+1, width),
	}
}

func tooLong(r *reader) *fault.Error {
	return malformed(r, 0, longestInput,
		fmt.Sprintf("有 %d 个字符，最多 %d 个", len(r.runes), longestInput),
		fmt.Sprintf("it has %d characters, at most %d are read", len(r.runes), longestInput))
}

func (r *reader) unexpected() *fault.Error {
	place := r.next + 1
	if r.next >= len(r.runes) {
		return malformed(r, r.next, 1, "后面缺少数字", "digits are missing at its end")
	}
	found := r.runes[r.next]
	if unicode.IsSpace(found) {
		return malformed(r, r.next, 1,
			fmt.Sprintf("第 %d 个字符是空白", place), fmt.Sprintf("character %d is a blank", place))
	}
	return malformed(r, r.next, 1,
		fmt.Sprintf("第 %d 个字符“%c”不应出现在这里", place, found),
		fmt.Sprintf("character %d, %q, does not belong there", place, found))
}

func leadingZero(r *reader, at int) *fault.Error {
	return malformed(r, at, 1,
		"开头有多余的 0，可能是以分为单位补齐的数字",
		"it begins with superfluous zeros and may be a padded figure in fen")
}

func misplacedComma(r *reader, comma int) *fault.Error {
	return malformed(r, comma, 1,
		fmt.Sprintf("第 %d 个字符的逗号不在千分位上", comma+1),
		fmt.Sprintf("the comma at character %d does not set thousands apart", comma+1))
}

func tooPrecise(r *reader, found, allowed int) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.too-precise", Op: r.op,
		Message: fault.Text{
			ZH: fmt.Sprintf("%s%s有 %d 位小数，最多 %d 位", r.what.ZH, fault.Quote(r.source), found, allowed),
			EN: fmt.Sprintf("the %s %s has %d decimals, at most %d are allowed", r.what.EN, fault.QuoteEN(r.source), found, allowed),
		},
		Hint: fault.Text{
			ZH: "请先按规定的舍入方式取整后再录入",
			EN: "round it as the rules prescribe before entering it",
		},
		At: fault.InText(r.source, 1, len(r.runes)),
	}
}

func negativeRate(op string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.negative-rate", Op: op,
		Message: fault.Text{ZH: "比例不能为负", EN: "a rate cannot be negative"},
		Hint:    rateForms,
	}
}

func unknownAmount() *fault.Error {
	return &fault.Error{
		Kind: fault.Missing, Code: "money.unknown", Op: "money.UnmarshalJSON",
		Message: fault.Text{ZH: "金额为 null，即尚不知道", EN: "the amount is null, that is, not known"},
		Hint: fault.Text{
			ZH: "不知道的金额请省略该项；确为零时请写 \"0.00\"",
			EN: "leave the field out if the amount is not known; write \"0.00\" if it is zero",
		},
	}
}

func notJSON(cause error) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.malformed", Op: "money.UnmarshalJSON", Cause: cause,
		Message: fault.Text{ZH: "金额不是有效的 JSON 字符串", EN: "the amount is not a valid JSON string"},
		Hint:    amountForms,
	}
}

func badRounding(op string, zh, en string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.rounding", Op: op,
		Message: fault.Text{ZH: "舍入方式" + zh, EN: "the rounding " + en},
		Hint: fault.Text{
			ZH: "写作“方式 单位”：方式为 half-up（四舍五入）、down（只舍不入）、up（只入不舍），单位为 fen、jiao、yuan，例如 half-up fen",
			EN: "write “mode unit” with mode half-up, down or up and unit fen, jiao or yuan, such as half-up fen",
		},
	}
}

func badBands(index int, zh, en string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.bands", Op: "money.CheckBands",
		Message: fault.Text{
			ZH: fmt.Sprintf("分段表第 %d 段%s", index+1, zh),
			EN: fmt.Sprintf("band %d %s", index+1, en),
		},
		Hint: fault.Text{
			ZH: "各段按起点从小到大排列，第一段从 0 元起，比例不为负",
			EN: "list the bands by ascending start, the first from 0 yuan, with rates that are not negative",
		},
	}
}

func negativeAmount(op string, amount Fen, zh, en string) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.negative", Op: op,
		Message: fault.Text{
			ZH: fmt.Sprintf("%s为负（%s 元），没有得出结果", zh, amount),
			EN: fmt.Sprintf("%s is negative (%s yuan); nothing was computed", en, amount),
		},
		Hint: fault.Text{
			ZH: "冲销和退款请按原金额计算后再取相反数",
			EN: "for reversals and refunds compute the original amount and then negate it",
		},
	}
}

func nothingToWeigh(total Fen) *fault.Error {
	return &fault.Error{
		Kind: fault.Invalid, Code: "money.no-weights", Op: "money.Apportion",
		Message: fault.Text{
			ZH: fmt.Sprintf("要分摊 %s 元，但各项权重都是零，没有分摊", total),
			EN: fmt.Sprintf("%s yuan are to be apportioned but all weights are zero; nothing was apportioned", total),
		},
		Hint: fault.Text{
			ZH: "至少要有一项的金额大于零",
			EN: "at least one weight must be greater than zero",
		},
	}
}
