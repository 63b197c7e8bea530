package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/money"
)

// wantCode fails unless err carries the code and says something in both
// languages, with a hint.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("want an error with code %s, got %v", code, err)
	}
	if e.Code != code {
		t.Fatalf("code %s, want %s (%v)", e.Code, code, e)
	}
	for _, text := range []fault.Text{e.Message, e.Hint} {
		if text.ZH == "" || text.EN == "" {
			t.Fatalf("%s lacks words in one language: %+v", code, text)
		}
	}
	if e.Op == "" || e.Kind == "" {
		t.Fatalf("%s lacks operation or kind", code)
	}
}

func TestParseYuan(t *testing.T) {
	tests := []struct {
		s    string
		want money.Fen
	}{
		{"0", 0}, {"100", 10000}, {"100.5", 10050}, {"1286.30", 128630}, {"1,286.30", 128630}, {"-3.20", -320},
		{"0.01", 1}, {"-0.00", 0}, {"-0", 0}, {"¥100", 10000}, {"￥100", 10000}, {"100元", 10000}, {"¥1,000,000.00元", 100000000},
		{"-¥3.2", -320}, {"¥-3.2", -320}, {"−3.2", -320}, {"－３．２０", -320}, {"１，２８６．３０", 128630}, {"1，286.3", 128630},
		{"12,345", 1234500}, {"123,456", 12345600},
		{"92233720368547758.07", math.MaxInt64}, {"-92233720368547758.08", math.MinInt64},
		{"92,233,720,368,547,758.07", math.MaxInt64},
	}
	for _, test := range tests {
		got, err := money.ParseYuan(test.s)
		if err != nil || got != test.want {
			t.Errorf("ParseYuan(%q) = %d, %v; want %d", test.s, got, err, test.want)
		}
	}
}

func TestParseYuanRefuses(t *testing.T) {
	tests := []struct {
		s, code string
		column  int // of the caret; 0 if there is none
	}{
		{"", "money.malformed", 0},
		{" ", "money.malformed", 1},
		{" 1", "money.malformed", 1},
		{"1 ", "money.malformed", 2},
		{"1　", "money.malformed", 2},
		{"1 元", "money.malformed", 2},
		{"1e3", "money.malformed", 2},
		{"1E3", "money.malformed", 2},
		{"+1", "money.malformed", 1},
		{"--1", "money.malformed", 2},
		{"-¥-1", "money.malformed", 3},
		{"1-", "money.malformed", 2},
		{"1.", "money.malformed", 3},
		{".5", "money.malformed", 1},
		{"1.2.3", "money.malformed", 4},
		{"-", "money.malformed", 2},
		{"¥", "money.malformed", 2},
		{"元", "money.malformed", 1},
		{"1元元", "money.malformed", 3},
		{"1,2", "money.malformed", 2},
		{"1,2345", "money.malformed", 2},
		{"1234,567", "money.malformed", 5},
		{",123", "money.malformed", 1},
		{"1,,234", "money.malformed", 2},
		{"1,234,5", "money.malformed", 6},
		{"0,123", "money.malformed", 2},
		{"1.234,5", "money.malformed", 6},
		{"007", "money.malformed", 1},
		{"00", "money.malformed", 1},
		{"-01.50", "money.malformed", 2},
		{"1万", "money.malformed", 2},
		{"一百", "money.malformed", 1},
		{"٣", "money.malformed", 1},
		{"NaN", "money.malformed", 1},
		{"\xff", "money.malformed", 1},
		{"1\x00", "money.malformed", 2},
		{strings.Repeat("1", 65), "money.malformed", 1},
		{"1.234", "money.too-precise", 1},
		{"1.000", "money.too-precise", 1},
		{"92233720368547758.08", "money.overflow", 1},
		{"-92233720368547758.09", "money.overflow", 1},
		{"99999999999999999999", "money.overflow", 1},
		{strings.Repeat("9", 60), "money.overflow", 1},
	}
	for _, test := range tests {
		t.Run(test.s, func(t *testing.T) {
			got, err := money.ParseYuan(test.s)
			wantCode(t, err, test.code)
			if got != 0 {
				t.Errorf("a refused amount must be 0, got %d", got)
			}
			var e *fault.Error
			errors.As(err, &e)
			column := 0
			if e.At != nil {
				column = e.At.Column
			}
			if column != test.column {
				t.Errorf("caret at %d, want %d: %v", column, test.column, err)
			}
		})
	}
}

func TestMessagesNameTheTrouble(t *testing.T) {
	tests := []struct {
		s, zh, en string
	}{
		{"12e3", "金额“12e3”写法不对：第 3 个字符“e”不应出现在这里", `the amount "12e3" is malformed: character 3, 'e', does not belong there`},
		{"1 ", "第 2 个字符是空白", "character 2 is a blank"},
		{"12.", "后面缺少数字", "digits are missing"},
		{"1,2", "第 2 个字符的逗号不在千分位上", "the comma at character 2"},
		{"007", "开头有多余的 0", "superfluous zeros"},
		{"1.005", "金额“1.005”有 3 位小数，最多 2 位", "has 3 decimals, at most 2"},
	}
	for _, test := range tests {
		_, err := money.ParseYuan(test.s)
		if zh := fault.RenderError(err, "zh"); !strings.Contains(zh, test.zh) {
			t.Errorf("%q: %s\nlacks %s", test.s, zh, test.zh)
		}
		if en := fault.RenderError(err, "en"); !strings.Contains(en, test.en) {
			t.Errorf("%q: %s\nlacks %s", test.s, en, test.en)
		}
	}
	_, err := money.ParseYuan("12e3")
	if got := fault.RenderError(err, "zh"); !strings.Contains(got, "    | 12e3\n    |   ^\n") {
		t.Errorf("the caret is not under the e:\n%s", got)
	}
}

func TestYuan(t *testing.T) {
	tests := []struct {
		n    int64
		want money.Fen
	}{
		{0, 0}, {1, 100}, {-3, -300}, {92233720368547758, 9223372036854775800},
		{92233720368547759, math.MaxInt64}, {-92233720368547759, math.MinInt64},
		{math.MaxInt64, math.MaxInt64}, {math.MinInt64, math.MinInt64},
	}
	for _, test := range tests {
		if got := money.Yuan(test.n); got != test.want {
			t.Errorf("Yuan(%d) = %d, want %d", test.n, got, test.want)
		}
	}
}

func TestStringAndGrouped(t *testing.T) {
	tests := []struct {
		fen           money.Fen
		text, grouped string
	}{
		{0, "0.00", "0.00"},
		{1, "0.01", "0.01"},
		{-5, "-0.05", "-0.05"},
		{10, "0.10", "0.10"},
		{99999, "999.99", "999.99"},
		{100000, "1000.00", "1,000.00"},
		{-128630, "-1286.30", "-1,286.30"},
		{123456789, "1234567.89", "1,234,567.89"},
		{math.MaxInt64, "92233720368547758.07", "92,233,720,368,547,758.07"},
		{math.MinInt64, "-92233720368547758.08", "-92,233,720,368,547,758.08"},
	}
	for _, test := range tests {
		if got := test.fen.String(); got != test.text {
			t.Errorf("String(%d) = %s, want %s", test.fen, got, test.text)
		}
		if got := test.fen.Grouped(); got != test.grouped {
			t.Errorf("Grouped(%d) = %s, want %s", test.fen, got, test.grouped)
		}
	}
}

func anyFen() *rapid.Generator[money.Fen] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) money.Fen { return money.Fen(n) }),
		rapid.Map(rapid.Int64Range(-1_000_000, 1_000_000), func(n int64) money.Fen { return money.Fen(n) }),
	)
}

func bigFen(f money.Fen) *big.Int { return big.NewInt(int64(f)) }

func TestTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFen().Draw(t, "fen")
		for _, text := range []string{f.String(), f.Grouped(), "¥" + f.String(), f.Grouped() + "元"} {
			if got, err := money.ParseYuan(text); err != nil || got != f {
				t.Fatalf("%q reads as %d, %v; want %d", text, got, err, f)
			}
		}
	})
}

func TestSumsAgreeWithBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyFen().Draw(t, "a"), anyFen().Draw(t, "b")
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100)).Draw(t, "n")
		sum, err := money.Add(a, b)
		wantBig(t, "Add", sum, err, new(big.Int).Add(bigFen(a), bigFen(b)))
		difference, err := money.Sub(a, b)
		wantBig(t, "Sub", difference, err, new(big.Int).Sub(bigFen(a), bigFen(b)))
		product, err := money.Mul(a, n)
		wantBig(t, "Mul", product, err, new(big.Int).Mul(bigFen(a), big.NewInt(n)))
	})
}

// fatal is what testing.T and rapid.T have in common for these checks.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

func wantBig(t fatal, op string, got money.Fen, err error, want *big.Int) {
	t.Helper()
	switch {
	case !want.IsInt64() && fault.CodeOf(err) != "money.overflow":
		t.Fatalf("%s: %d, %v; want an overflow (%s)", op, got, err, want)
	case want.IsInt64() && (err != nil || int64(got) != want.Int64()):
		t.Fatalf("%s: %d, %v; want %s", op, got, err, want)
	}
}

func TestSumsAtTheEndsOfTheRange(t *testing.T) {
	ends := []money.Fen{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64 - 1, math.MaxInt64}
	for _, a := range ends {
		for _, b := range ends {
			sum, err := money.Add(a, b)
			wantBig(t, "Add", sum, err, new(big.Int).Add(bigFen(a), bigFen(b)))
			difference, err := money.Sub(a, b)
			wantBig(t, "Sub", difference, err, new(big.Int).Sub(bigFen(a), bigFen(b)))
			product, err := money.Mul(a, int64(b))
			wantBig(t, "Mul", product, err, new(big.Int).Mul(bigFen(a), bigFen(b)))
		}
	}
	_, err := money.Add(math.MaxInt64, 1)
	wantCode(t, err, "money.overflow")
}

func TestSum(t *testing.T) {
	if got, err := money.Sum(); got != 0 || err != nil {
		t.Errorf("the sum of nothing is %d, %v", got, err)
	}
	if got, err := money.Sum(100, -30, 7); got != 77 || err != nil {
		t.Errorf("Sum = %d, %v", got, err)
	}
	_, err := money.Sum(math.MaxInt64, 1, -1)
	wantCode(t, err, "money.overflow")
}

func TestMinMax(t *testing.T) {
	if money.Min(3, -4) != -4 || money.Max(3, -4) != 3 {
		t.Error("Min or Max is wrong")
	}
}

func TestJSON(t *testing.T) {
	type bill struct {
		Total money.Fen  `json:"total"`
		Paid  *money.Fen `json:"paid,omitempty"`
	}
	data, err := json.Marshal(bill{Total: -128630})
	if err != nil || string(data) != `{"total":"-1286.30"}` {
		t.Fatalf("Marshal = %s, %v", data, err)
	}
	tests := []struct {
		json string
		want money.Fen
	}{
		{`{"total":"1286.30"}`, 128630},
		{`{"total":"1,286.3元"}`, 128630},
		{`{"total":"\u00a512"}`, 1200},
		{`{"total":1286.30}`, 128630},
		{`{"total":-3}`, -300},
		{`{"total":0.1}`, 10},
		{`{"total":92233720368547758.07}`, math.MaxInt64}, // a float would lose the fen
		{`{"total":"1.00","paid":null}`, 100},
	}
	for _, test := range tests {
		var got bill
		if err := json.Unmarshal([]byte(test.json), &got); err != nil || got.Total != test.want {
			t.Errorf("%s: %d, %v; want %d", test.json, got.Total, err, test.want)
		}
	}
}

func TestJSONRefuses(t *testing.T) {
	tests := []struct{ json, code string }{
		{`null`, "money.unknown"},
		{`1e2`, "money.malformed"},
		{`1.005`, "money.too-precise"},
		{`""`, "money.malformed"},
		{`true`, "money.malformed"},
		{`{}`, "money.malformed"},
		{`[1]`, "money.malformed"},
		{`99999999999999999999`, "money.overflow"},
	}
	for _, test := range tests {
		kept := money.Fen(5)
		err := json.Unmarshal([]byte(test.json), &kept)
		wantCode(t, err, test.code)
		if kept != 5 {
			t.Errorf("%s: a refused value must leave the old one, got %d", test.json, kept)
		}
	}
	var f money.Fen
	wantCode(t, f.UnmarshalJSON([]byte(`"\q"`)), "money.malformed")
	wantCode(t, f.UnmarshalJSON(nil), "money.malformed")
}

func TestMapKeysAreYuan(t *testing.T) {
	data, err := json.Marshal(map[money.Fen]int{150: 1})
	if err != nil || string(data) != `{"1.50":1}` {
		t.Errorf("Marshal = %s, %v", data, err)
	}
	var back map[money.Fen]int
	if err := json.Unmarshal(data, &back); err != nil || back[150] != 1 {
		t.Errorf("Unmarshal = %v, %v", back, err)
	}
}

func FuzzParseYuan(f *testing.F) {
	for _, seed := range []string{"0", "1,286.30", "-3.20", "¥100元", "１２．５", "1e3", "92233720368547758.07", "1,23", " 1", "0,1", "\xff", "−1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fen, err := money.ParseYuan(s)
		if err != nil {
			if fault.CodeOf(err) == "" || fen != 0 {
				t.Fatalf("ParseYuan(%q) = %d, %v", s, fen, err)
			}
			return
		}
		// The oracle reads what is left of the figure as a rational number.
		plain := strings.NewReplacer(",", "", "¥", "", "元", "", "−", "-").Replace(fault.HalfWidth(s))
		want, ok := new(big.Rat).SetString(plain)
		if !ok || strings.ContainsAny(plain, "eE/_pPxX+ ") {
			t.Fatalf("ParseYuan(%q) = %d, which is no plain number", s, fen)
		}
		if want.Cmp(big.NewRat(int64(fen), 100)) != 0 {
			t.Fatalf("ParseYuan(%q) = %d, want %s", s, fen, want)
		}
		if again, err := money.ParseYuan(fen.String()); err != nil || again != fen {
			t.Fatalf("%s does not read back: %d, %v", fen, again, err)
		}
	})
}
