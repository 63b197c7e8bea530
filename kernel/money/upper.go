package money

import "strings"

var (
	upperDigits = [...]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}
	upperPlaces = [...]string{"", "拾", "佰", "仟"}
)

// Upper returns the amount in the capital numerals of cheques and receipts
// (人民币大写), which cannot be altered by adding a stroke: 壹仟贰佰捌拾陆元叁角整.
// An amount that ends before the fen closes with 整; a zero jiao before a fen is
// written (元零叁分); zeros at the end of a group of four digits are not (壹拾万柒仟元).
// Above 亿 the groups are counted again: 壹万亿, 壹亿亿. A negative amount begins
// with 负.
func (f Fen) Upper() string {
	m := f.magnitude()
	yuan, jiao, fen := m/fenPerYuan, m/10%10, m%10
	text := f.sign("负")
	if yuan > 0 {
		text += upperNumber(yuan) + "元"
	}
	switch {
	case m == 0:
		return "零元整"
	case jiao == 0 && fen == 0:
		return text + "整"
	case jiao > 0:
		text += upperDigits[jiao] + "角"
	case yuan > 0:
		text += "零"
	}
	if fen == 0 {
		return text + "整"
	}
	return text + upperDigits[fen] + "分"
}

// upperNumber splits at 亿, then at 万, and reads both sides alike.
func upperNumber(n uint64) string {
	const yi, wan = 1_0000_0000, 1_0000
	switch {
	case n >= yi:
		return upperSplit(n, yi, "亿")
	case n >= wan:
		return upperSplit(n, wan, "万")
	}
	return upperGroup(n)
}

func upperSplit(n, at uint64, name string) string {
	high, low := n/at, n%at
	text := upperNumber(high) + name
	if low == 0 {
		return text
	}
	if low < at/10 {
		text += upperDigits[0]
	}
	return text + upperNumber(low)
}

// upperGroup reads 1 to 9999: one 零 for any run of zeros between digits.
func upperGroup(n uint64) string {
	var b strings.Builder
	zeros := false
	for place, scale := 3, uint64(1000); place >= 0; place, scale = place-1, scale/10 {
		digit := n / scale % 10
		if digit == 0 {
			zeros = b.Len() > 0
			continue
		}
		if zeros {
			b.WriteString(upperDigits[0])
			zeros = false
		}
		b.WriteString(upperDigits[digit] + upperPlaces[place])
	}
	return b.String()
}
