package money_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/money"
)

var (
	halfUpFen  = money.Rounding{}
	downFen    = money.Rounding{Mode: money.Down}
	upFen      = money.Rounding{Mode: money.Up}
	halfUpJiao = money.Rounding{Unit: money.ToJiao}
	downYuan   = money.Rounding{Mode: money.Down, Unit: money.ToYuan}
	upYuan     = money.Rounding{Mode: money.Up, Unit: money.ToYuan}
)

func TestParseRate(t *testing.T) {
	tests := []struct {
		s    string
		want money.Rate
	}{
		{"75%", 750000}, {"60 %", 600000}, {"60  %", 600000}, {"0.75", 750000}, {"1.3", 1300000}, {"130%", 1300000}, {"0", 0}, {"0%", 0},
		{"１２．５％", 125000}, {"12.5%", 125000}, {"0.000001", 1}, {"0.0001%", 1}, {"100%", money.Whole}, {"1", money.Whole},
		{"60　%", 600000},
		{"9223372036854.775807", math.MaxInt64}, {"922337203685477.5807%", math.MaxInt64},
	}
	for _, test := range tests {
		if got, err := money.ParseRate(test.s); err != nil || got != test.want {
			t.Errorf("ParseRate(%q) = %d, %v; want %d", test.s, got, err, test.want)
		}
	}
}

func TestParseRateRefuses(t *testing.T) {
	tests := []struct{ s, code string }{
		{"", "money.malformed"}, {"%", "money.malformed"}, {"75 ", "money.malformed"}, {" 75%", "money.malformed"},
		{"7 5%", "money.malformed"}, {"75%%", "money.malformed"}, {"75% ", "money.malformed"}, {"1e-2", "money.malformed"},
		{"1,000%", "money.malformed"}, {".5", "money.malformed"}, {"5.", "money.malformed"}, {"5.%", "money.malformed"},
		{"075%", "money.malformed"}, {"七成", "money.malformed"}, {"75‰", "money.malformed"}, {"+5%", "money.malformed"},
		{strings.Repeat("1", 65), "money.malformed"},
		{"-5%", "money.negative-rate"}, {"−0.5", "money.negative-rate"}, {"-", "money.negative-rate"},
		{"0.0000001", "money.too-precise"}, {"0.00001%", "money.too-precise"},
		{"9223372036854.775808", "money.overflow"}, {"99999999999999999999", "money.overflow"},
	}
	for _, test := range tests {
		got, err := money.ParseRate(test.s)
		wantCode(t, err, test.code)
		if got != 0 {
			t.Errorf("ParseRate(%q): a refused rate must be 0, got %d", test.s, got)
		}
	}
	_, err := money.ParseRate("七成")
	if got := fault.RenderError(err, "zh"); !strings.Contains(got, "比例写作 75% 或 0.75") {
		t.Errorf("the hint speaks of something else: %s", got)
	}
}

func TestRateString(t *testing.T) {
	tests := []struct {
		rate money.Rate
		want string
	}{
		{0, "0%"}, {750000, "75%"}, {125000, "12.5%"}, {1300000, "130%"}, {1, "0.0001%"}, {100, "0.01%"}, {1010100, "101.01%"},
		{-50000, "-5%"}, {math.MaxInt64, "922337203685477.5807%"}, {math.MinInt64, "-922337203685477.5808%"},
	}
	for _, test := range tests {
		if got := test.rate.String(); got != test.want {
			t.Errorf("String(%d) = %s, want %s", test.rate, got, test.want)
		}
	}
}

func TestPercent(t *testing.T) {
	tests := []struct {
		n    int64
		want money.Rate
	}{
		{75, 750000}, {0, 0}, {-1, -10000}, {922337203685477, 9223372036854770000},
		{922337203685478, math.MaxInt64}, {-922337203685478, math.MinInt64}, {math.MinInt64, math.MinInt64},
	}
	for _, test := range tests {
		if got := money.Percent(test.n); got != test.want {
			t.Errorf("Percent(%d) = %d, want %d", test.n, got, test.want)
		}
	}
}

func TestRateTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := money.Rate(rapid.Int64Range(0, math.MaxInt64).Draw(t, "rate"))
		if got, err := money.ParseRate(rate.String()); err != nil || got != rate {
			t.Fatalf("%s reads as %d, %v", rate, got, err)
		}
	})
	data, err := json.Marshal(money.Percent(75))
	if err != nil || string(data) != `"75%"` {
		t.Errorf("Marshal = %s, %v", data, err)
	}
	var rate money.Rate
	if err := json.Unmarshal([]byte(`"12.5%"`), &rate); err != nil || rate != 125000 {
		t.Errorf("Unmarshal = %d, %v", rate, err)
	}
	wantCode(t, json.Unmarshal([]byte(`"12.5.5"`), &rate), "money.malformed")
	if rate != 125000 {
		t.Errorf("a refused rate must leave the old one, got %d", rate)
	}
}

func TestShare(t *testing.T) {
	tests := []struct {
		name string
		fen  money.Fen
		rate money.Rate
		rd   money.Rounding
		want money.Fen
	}{
		{"(37,356.20 − 500.00) × 75 % = 27,642.15", 3685620, 750000, halfUpFen, 2764215},
		{"half a fen goes up", 1, 500000, halfUpFen, 1},
		{"just under half", 1, 499999, halfUpFen, 0},
		{"half of a negative fen goes away from zero", -1, 500000, halfUpFen, -1},
		{"down", 199, 500000, downFen, 99},
		{"down is toward zero", -199, 500000, downFen, -99},
		{"up", 101, 10000, upFen, 2},
		{"up is away from zero", -101, 10000, upFen, -2},
		{"up leaves whole results", 200, 500000, upFen, 100},
		{"to the jiao", 1045, money.Whole, halfUpJiao, 1050},
		{"below half a jiao", 1044, money.Whole, halfUpJiao, 1040},
		{"one rounding, not two: 44.5 fen to the jiao", 89, 500000, halfUpJiao, 40},
		{"down to the yuan", 19999, money.Whole, downYuan, 19900},
		{"up to the yuan", 19901, money.Whole, upYuan, 20000},
		{"above the whole", 10000, 1300000, halfUpFen, 13000},
		{"nothing of something", 10000, 0, upFen, 0},
		{"something of nothing", 0, money.Whole, upYuan, 0},
		{"the largest amount", math.MaxInt64, money.Whole, halfUpFen, math.MaxInt64},
		{"the smallest amount", math.MinInt64, money.Whole, halfUpFen, math.MinInt64},
		{"the smallest amount, halved", math.MinInt64, 500000, halfUpFen, math.MinInt64 / 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := money.Share(test.fen, test.rate, test.rd); err != nil || got != test.want {
				t.Errorf("Share = %d, %v; want %d", got, err, test.want)
			}
		})
	}
}

func TestShareRefuses(t *testing.T) {
	_, err := money.Share(100, -1, halfUpFen)
	wantCode(t, err, "money.negative-rate")
	_, err = money.Share(100, 1, money.Rounding{Unit: 7})
	wantCode(t, err, "money.rounding")
	_, err = money.Share(100, 1, money.Rounding{Mode: 3})
	wantCode(t, err, "money.rounding")
	_, err = money.Share(math.MaxInt64, money.Whole+1, halfUpFen)
	wantCode(t, err, "money.overflow")
	_, err = money.Share(math.MaxInt64, math.MaxInt64, halfUpFen)
	wantCode(t, err, "money.overflow")
	_, err = money.Share(math.MaxInt64, money.Whole, upYuan)
	wantCode(t, err, "money.overflow")
	_, err = money.Share(math.MaxInt64, money.Percent(10000), upYuan) // out of range only once yuan are turned into fen
	wantCode(t, err, "money.overflow")
	// The quotient 2^64−1 with a rest: rounding up must not wrap to zero.
	_, err = money.Share(math.MaxInt64, 2*money.Whole+1, upFen)
	wantCode(t, err, "money.overflow")
}

// roundBig is the oracle: a rational number of fen to a whole multiple of the unit.
func roundBig(exact *big.Rat, rd money.Rounding) *big.Int {
	unit := int64(rd.Unit)
	if unit == 0 {
		unit = 1
	}
	units := new(big.Rat).Quo(new(big.Rat).Abs(exact), big.NewRat(unit, 1))
	switch rd.Mode {
	case money.HalfUp:
		units.Add(units, big.NewRat(1, 2))
	case money.Up:
		if !units.IsInt() {
			units.Add(units, big.NewRat(1, 1))
		}
	}
	whole := new(big.Int).Quo(units.Num(), units.Denom())
	whole.Mul(whole, big.NewInt(unit))
	if exact.Sign() < 0 {
		whole.Neg(whole)
	}
	return whole
}

func exactShare(f money.Fen, r money.Rate) *big.Rat {
	product := new(big.Int).Mul(bigFen(f), big.NewInt(int64(r)))
	return new(big.Rat).SetFrac(product, big.NewInt(int64(money.Whole)))
}

func anyRounding() *rapid.Generator[money.Rounding] {
	return rapid.Custom(func(t *rapid.T) money.Rounding {
		return money.Rounding{
			Mode: rapid.SampledFrom([]money.Mode{money.HalfUp, money.Down, money.Up}).Draw(t, "mode"),
			Unit: rapid.SampledFrom([]money.Unit{0, money.ToFen, money.ToJiao, money.ToYuan}).Draw(t, "unit"),
		}
	})
}

func anyRate() *rapid.Generator[money.Rate] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(0, 150), func(n int64) money.Rate { return money.Percent(n) }),
		rapid.Map(rapid.Int64Range(0, 2_000_000), func(n int64) money.Rate { return money.Rate(n) }),
		rapid.Map(rapid.Int64Range(0, math.MaxInt64), func(n int64) money.Rate { return money.Rate(n) }),
	)
}

func TestShareAndRoundAgreeWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, r, rd := anyFen().Draw(t, "fen"), anyRate().Draw(t, "rate"), anyRounding().Draw(t, "rounding")
		got, err := money.Share(f, r, rd)
		wantBig(t, "Share", got, err, roundBig(exactShare(f, r), rd))
		got, err = money.Round(f, rd)
		wantBig(t, "Round", got, err, roundBig(new(big.Rat).SetInt(bigFen(f)), rd))
	})
}

func TestShareUndoesItselfWithOppositeSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := money.Fen(rapid.Int64Range(0, 1<<40).Draw(t, "fen"))
		r := money.Rate(rapid.Int64Range(0, 2_000_000).Draw(t, "rate"))
		rd := anyRounding().Draw(t, "rounding")
		paid, err := money.Share(f, r, rd)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := money.Share(-f, r, rd); err != nil || back != -paid {
			t.Fatalf("paid %d, taken back %d, %v", paid, back, err)
		}
	})
}

func TestRound(t *testing.T) {
	tests := []struct {
		fen  money.Fen
		rd   money.Rounding
		want money.Fen
	}{
		{149, money.Rounding{Unit: money.ToYuan}, 100}, {150, money.Rounding{Unit: money.ToYuan}, 200},
		{-150, money.Rounding{Unit: money.ToYuan}, -200}, {149, halfUpFen, 149}, {101, upYuan, 200}, {-199, downYuan, -100},
	}
	for _, test := range tests {
		if got, err := money.Round(test.fen, test.rd); err != nil || got != test.want {
			t.Errorf("Round(%d, %s) = %d, %v; want %d", test.fen, test.rd, got, err, test.want)
		}
	}
	_, err := money.Round(math.MaxInt64, upYuan)
	wantCode(t, err, "money.overflow")
	_, err = money.Round(1, money.Rounding{Unit: -1})
	wantCode(t, err, "money.rounding")
}

func TestRoundingText(t *testing.T) {
	tests := []struct {
		text, zh, en string
		rd           money.Rounding
	}{
		{"half-up fen", "四舍五入到分", "rounded half up to the fen", money.Rounding{Mode: money.HalfUp, Unit: money.ToFen}},
		{"down jiao", "只舍不入到角", "rounded down to the jiao", money.Rounding{Mode: money.Down, Unit: money.ToJiao}},
		{"up yuan", "只入不舍到元", "rounded up to the yuan", money.Rounding{Mode: money.Up, Unit: money.ToYuan}},
	}
	for _, test := range tests {
		got, err := money.ParseRounding(test.text)
		if err != nil || got != test.rd || got.String() != test.text {
			t.Errorf("ParseRounding(%q) = %+v, %v", test.text, got, err)
		}
		if got.Label("zh") != test.zh || got.Label("en") != test.en {
			t.Errorf("labels of %s: %s / %s", got, got.Label("zh"), got.Label("en"))
		}
	}
	if got := (money.Rounding{}).String(); got != "half-up fen" {
		t.Errorf("the zero value is %q", got)
	}
	if got := (money.Rounding{}).Label("zh"); got != "四舍五入到分" {
		t.Errorf("the zero value reads %q", got)
	}
	wrong := money.Rounding{Mode: 9, Unit: 7}
	if got := wrong.String(); got != "mode(9) unit(7)" || wrong.Label("zh") != got {
		t.Errorf("a wrong rounding reads %q, %q", got, wrong.Label("zh"))
	}
}

func TestParseRoundingRefuses(t *testing.T) {
	tests := []struct{ s, zh string }{
		{"", "不是由一个空格隔开的两个词"},
		{"half-up", "不是由一个空格隔开的两个词"},
		{"halfup fen", "是否指 half-up"},
		{"down jio", "是否指 jiao"},
		{"sideways fen", "没有“sideways”这个词"},
		{"down  fen", "没有“ fen”这个词"},
		{"Down fen", "是否指 down"},
		{"down fen ", "没有“fen ”这个词"},
	}
	for _, test := range tests {
		got, err := money.ParseRounding(test.s)
		wantCode(t, err, "money.rounding")
		if got != (money.Rounding{}) || !strings.Contains(err.Error(), test.zh) {
			t.Errorf("%q: %v, lacks %s", test.s, err, test.zh)
		}
	}
}

func TestRoundingJSON(t *testing.T) {
	data, err := json.Marshal(upYuan)
	if err != nil || string(data) != `"up yuan"` {
		t.Fatalf("Marshal = %s, %v", data, err)
	}
	var rd money.Rounding
	if err := json.Unmarshal(data, &rd); err != nil || rd != upYuan {
		t.Errorf("Unmarshal = %v, %v", rd, err)
	}
	wantCode(t, json.Unmarshal([]byte(`"up"`), &rd), "money.rounding")
	_, err = json.Marshal(money.Rounding{Mode: 9})
	wantCode(t, err, "money.rounding")
}

func FuzzParseRate(f *testing.F) {
	for _, seed := range []string{"75%", "60 %", "0.75", "1.3", "12.5％", "-1%", "1e2", "0.0000001", "%", "9223372036854.775808", "５０％"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rate, err := money.ParseRate(s)
		if err != nil {
			if fault.CodeOf(err) == "" || rate != 0 {
				t.Fatalf("ParseRate(%q) = %d, %v", s, rate, err)
			}
			return
		}
		plain, percent := strings.CutSuffix(fault.HalfWidth(s), "%")
		want, ok := new(big.Rat).SetString(strings.TrimRight(plain, " "))
		if !ok || strings.ContainsAny(plain, "eE/_pPxX+-") {
			t.Fatalf("ParseRate(%q) = %d, which is no plain number", s, rate)
		}
		if percent {
			want.Quo(want, big.NewRat(100, 1))
		}
		if want.Cmp(big.NewRat(int64(rate), int64(money.Whole))) != 0 {
			t.Fatalf("ParseRate(%q) = %d, want %s", s, rate, want)
		}
		if again, err := money.ParseRate(rate.String()); err != nil || again != rate {
			t.Fatalf("%s does not read back: %d, %v", rate, again, err)
		}
	})
}

func FuzzShare(f *testing.F) {
	f.Add(int64(3685620), int64(750000), uint8(0), uint8(0))
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), uint8(2), uint8(2))
	f.Add(int64(math.MaxInt64), int64(2*money.Whole+1), uint8(2), uint8(0))
	units := []money.Unit{money.ToFen, money.ToJiao, money.ToYuan}
	f.Fuzz(func(t *testing.T, fen, rate int64, mode, unit uint8) {
		if rate < 0 {
			return
		}
		rd := money.Rounding{Mode: money.Mode(mode % 3), Unit: units[int(unit)%len(units)]}
		got, err := money.Share(money.Fen(fen), money.Rate(rate), rd)
		wantBig(t, fmt.Sprint(rd), got, err, roundBig(exactShare(money.Fen(fen), money.Rate(rate)), rd))
	})
}

func TestDivide(t *testing.T) {
	tests := []struct {
		fen  money.Fen
		n    int64
		rd   money.Rounding
		want money.Fen
	}{
		{100, 3, halfUpFen, 33}, {200, 3, halfUpFen, 67}, {200, 3, downFen, 66}, {100, 3, upFen, 34}, {-100, 8, halfUpFen, -13},
		{100000, 3, money.Rounding{Mode: money.Up, Unit: money.ToYuan}, 33400}, {0, 5, upYuan, 0}, {77, 1, halfUpFen, 77},
		{math.MinInt64, 1, halfUpFen, math.MinInt64}, {math.MaxInt64, 1_000_000_000, downFen, 9223372036},
	}
	for _, test := range tests {
		if got, err := money.Divide(test.fen, test.n, test.rd); err != nil || got != test.want {
			t.Errorf("Divide(%d, %d, %s) = %d, %v; want %d", test.fen, test.n, test.rd, got, err, test.want)
		}
	}
	for _, n := range []int64{0, -1, 1_000_000_001, math.MinInt64} {
		_, err := money.Divide(100, n, halfUpFen)
		wantCode(t, err, "money.divisor")
	}
	_, err := money.Divide(100, 2, money.Rounding{Mode: 9})
	wantCode(t, err, "money.rounding")
	rapid.Check(t, func(t *rapid.T) {
		f, n, rd := anyFen().Draw(t, "fen"), rapid.Int64Range(1, 1_000_000_000).Draw(t, "n"), anyRounding().Draw(t, "rounding")
		got, err := money.Divide(f, n, rd)
		wantBig(t, "Divide", got, err, roundBig(new(big.Rat).SetFrac(bigFen(f), big.NewInt(n)), rd))
	})
}
