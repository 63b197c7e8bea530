package money_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/money"
)

func TestUpper(t *testing.T) {
	tests := []struct {
		yuan, want string
	}{
		{"0", "零元整"},
		{"0.01", "壹分"},
		{"0.10", "壹角整"},
		{"0.35", "叁角伍分"},
		{"1", "壹元整"},
		{"10", "壹拾元整"},
		{"10.05", "壹拾元零伍分"},
		{"10.50", "壹拾元伍角整"},
		{"100.01", "壹佰元零壹分"},
		{"325.04", "叁佰贰拾伍元零肆分"},
		{"1001", "壹仟零壹元整"},
		{"1010", "壹仟零壹拾元整"},
		{"1286.30", "壹仟贰佰捌拾陆元叁角整"},
		{"1680.32", "壹仟陆佰捌拾元叁角贰分"},
		{"10005.03", "壹万零伍元零叁分"},
		{"10050", "壹万零伍拾元整"},
		{"16409.02", "壹万陆仟肆佰零玖元零贰分"},
		{"107000.53", "壹拾万柒仟元伍角叁分"},
		{"1000500", "壹佰万零伍佰元整"},
		{"1005000", "壹佰万伍仟元整"},
		{"6007", "陆仟零柒元整"},
		{"20100000", "贰仟零壹拾万元整"},
		{"100000000", "壹亿元整"},
		{"100005000", "壹亿零伍仟元整"},
		{"105000000", "壹亿零伍佰万元整"},
		{"150000000", "壹亿伍仟万元整"},
		{"1000000000000", "壹万亿元整"},
		{"1000000010000", "壹万亿零壹万元整"},
		{"10000000000000000", "壹亿亿元整"},
		{"10000000100000000", "壹亿零壹亿元整"},
		{"-3.20", "负叁元贰角整"},
		{"-0.05", "负伍分"},
		{"92233720368547758.07", "玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零柒分"},
		{"-92233720368547758.08", "负玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零捌分"},
	}
	for _, test := range tests {
		fen, err := money.ParseYuan(test.yuan)
		if err != nil {
			t.Fatal(err)
		}
		if got := fen.Upper(); got != test.want {
			t.Errorf("Upper(%s) = %s, want %s", test.yuan, got, test.want)
		}
	}
}

// slowUpper writes the same numerals from the decimal digits alone, one digit
// after the other, by the rule for zeros: between two digits that are not zero
// and have zeros between them stands one 零, unless those zeros only fill the
// group of four to which the first digit belongs.
func slowUpper(f money.Fen) string {
	text, negative := strings.CutPrefix(f.String(), "-")
	yuan, rest, _ := strings.Cut(text, ".")
	var b strings.Builder
	if negative {
		b.WriteString("负")
	}
	if yuan != "0" {
		b.WriteString(slowNumber(yuan) + "元")
	}
	switch jiao, fen := rest[:1], rest[1:]; {
	case rest == "00" && yuan == "0":
		return "零元整"
	case rest == "00":
		b.WriteString("整")
	case fen == "0":
		b.WriteString(numeral(jiao) + "角整")
	case jiao == "0" && yuan == "0":
		b.WriteString(numeral(fen) + "分")
	case jiao == "0":
		b.WriteString("零" + numeral(fen) + "分")
	default:
		b.WriteString(numeral(jiao) + "角" + numeral(fen) + "分")
	}
	return b.String()
}

func numeral(digit string) string {
	n, _ := strconv.Atoi(digit)
	return string([]rune("零壹贰叁肆伍陆柒捌玖")[n])
}

func slowNumber(digits string) string {
	var b strings.Builder
	last := -1 // power of ten of the digit written last
	for i := range digits {
		power := len(digits) - 1 - i
		if digits[i] == '0' {
			continue
		}
		if last >= 0 {
			b.WriteString(groupNames(last/4, power/4))
			fillsGroup := power/4 == last/4-1 && power%4 == 3
			if last-power > 1 && !fillsGroup {
				b.WriteString("零")
			}
		}
		b.WriteString(numeral(digits[i:i+1]) + strings.TrimSpace(string([]rune(" 拾佰仟")[power%4])))
		last = power
	}
	return b.String() + groupNames(last/4, 0)
}

// groupNames are the names to write when going down from one group of four
// digits to another: 万 when leaving an odd group, 亿 when passing below the
// groups 4 and 2.
func groupNames(from, to int) string {
	if from == to {
		return ""
	}
	names := ""
	if from%2 == 1 {
		names = "万"
	}
	for _, boundary := range []int{4, 2} {
		if from >= boundary && to < boundary {
			names += "亿"
		}
	}
	return names
}

func TestUpperAgreesWithTheSlowWay(t *testing.T) {
	check := func(t fatal, f money.Fen) {
		if got, want := f.Upper(), slowUpper(f); got != want {
			t.Fatalf("Upper(%s) = %s, want %s", f, got, want)
		}
	}
	for _, f := range []money.Fen{math.MinInt64, math.MaxInt64, 0} {
		check(t, f)
	}
	for f := money.Fen(-200); f < 200_000; f++ {
		check(t, f)
	}
	sparse := rapid.StringMatching(`[1-9][0-9]?0{0,15}[0-9]?0{0,4}[0-9]{0,2}`)
	rapid.Check(t, func(t *rapid.T) {
		check(t, anyFen().Draw(t, "fen"))
		if n, err := strconv.ParseInt(sparse.Draw(t, "digits"), 10, 64); err == nil {
			check(t, money.Fen(n))
		}
	})
}

func TestUpperIsUnambiguous(t *testing.T) {
	seen := map[string]money.Fen{}
	for f := money.Fen(0); f < 3_000_000; f += 7 {
		text := f.Upper()
		if other, taken := seen[text]; taken {
			t.Fatalf("%s and %s are both %s", f, other, text)
		}
		seen[text] = f
	}
}
