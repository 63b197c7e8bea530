package money_test

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/money"
)

// outpatient is a scale of 50 % below 1,000 yuan and 80 % from there on.
var outpatient = []money.Band{{From: 0, Rate: money.Percent(50)}, {From: money.Yuan(1000), Rate: money.Percent(80)}}

func TestTiersAndWholeTier(t *testing.T) {
	tests := []struct {
		name         string
		fen          money.Fen
		tiers, whole money.Fen
	}{
		{"nothing", 0, 0, 0},
		{"one fen", 1, 1, 1},
		{"a fen below the second band", 99999, 50000, 50000},
		{"the start of the second band belongs to it", 100000, 50000, 80000},
		{"a fen above", 100001, 50001, 80001},
		{"1,500 yuan: 500 + 400", 150000, 90000, 120000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := money.Tiers(test.fen, outpatient, halfUpFen); err != nil || got != test.tiers {
				t.Errorf("Tiers = %d, %v; want %d", got, err, test.tiers)
			}
			if got, err := money.WholeTier(test.fen, outpatient, halfUpFen); err != nil || got != test.whole {
				t.Errorf("WholeTier = %d, %v; want %d", got, err, test.whole)
			}
		})
	}
}

func TestTiersRoundsOnce(t *testing.T) {
	// Three slices of half a fen each: rounded one by one they would make 3.
	bands := []money.Band{{0, 500000}, {1, 500000}, {2, 500000}}
	if got, err := money.Tiers(3, bands, halfUpFen); err != nil || got != 2 {
		t.Errorf("Tiers = %d, %v; want 1.5 rounded to 2", got, err)
	}
	if got, err := money.Tiers(3, bands, downFen); err != nil || got != 1 {
		t.Errorf("Tiers = %d, %v; want 1.5 rounded down to 1", got, err)
	}
}

func TestScalesRefuse(t *testing.T) {
	tests := []struct {
		name  string
		bands []money.Band
		zh    string
	}{
		{"no band", nil, "第 1 段应从 0 元起"},
		{"does not start at zero", []money.Band{{1, 0}}, "第 1 段应从 0 元起"},
		{"starts below zero", []money.Band{{-1, 0}}, "第 1 段应从 0 元起"},
		{"same start twice", []money.Band{{0, 0}, {100, 0}, {100, 0}}, "第 3 段的起点 1.00 元不大于上一段的起点"},
		{"descending", []money.Band{{0, 0}, {200, 0}, {100, 0}}, "第 3 段"},
		{"negative rate", []money.Band{{0, 0}, {100, -10000}}, "第 2 段的比例 -1% 为负"},
		{"negative rate first", []money.Band{{0, -1}}, "第 1 段的比例"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := money.CheckBands(test.bands)
			wantCode(t, err, "money.bands")
			if !strings.Contains(err.Error(), test.zh) {
				t.Errorf("%v lacks %s", err, test.zh)
			}
			_, err = money.Tiers(1, test.bands, halfUpFen)
			wantCode(t, err, "money.bands")
			_, err = money.WholeTier(1, test.bands, halfUpFen)
			wantCode(t, err, "money.bands")
			if got := money.Slices(1000, test.bands); got != nil {
				t.Errorf("Slices of a wrong scale = %v", got)
			}
		})
	}
	if err := money.CheckBands(outpatient); err != nil {
		t.Error(err)
	}
	for _, apply := range []func(money.Fen, []money.Band, money.Rounding) (money.Fen, error){money.Tiers, money.WholeTier} {
		_, err := apply(-1, outpatient, halfUpFen)
		wantCode(t, err, "money.negative")
		_, err = apply(1, outpatient, money.Rounding{Mode: 8})
		wantCode(t, err, "money.rounding")
		_, err = apply(math.MaxInt64, []money.Band{{0, math.MaxInt64}}, halfUpFen)
		wantCode(t, err, "money.overflow")
	}
}

func TestSlices(t *testing.T) {
	tests := []struct {
		fen  money.Fen
		want []money.Slice
	}{
		{-1, nil},
		{0, nil},
		{100, []money.Slice{{100, 500000}}},
		{100000, []money.Slice{{100000, 500000}}},
		{150000, []money.Slice{{100000, 500000}, {50000, 800000}}},
	}
	for _, test := range tests {
		if got := money.Slices(test.fen, outpatient); !slices.Equal(got, test.want) {
			t.Errorf("Slices(%d) = %v, want %v", test.fen, got, test.want)
		}
	}
}

func anyBands() *rapid.Generator[[]money.Band] {
	return rapid.Custom(func(t *rapid.T) []money.Band {
		bands := []money.Band{{From: 0, Rate: anyRate().Draw(t, "rate")}}
		for range rapid.IntRange(0, 5).Draw(t, "more") {
			last := bands[len(bands)-1].From
			step := rapid.OneOf(rapid.Int64Range(1, 200000), rapid.Int64Range(1, math.MaxInt64/8)).Draw(t, "step")
			bands = append(bands, money.Band{From: last + money.Fen(step), Rate: anyRate().Draw(t, "rate")})
		}
		return bands
	})
}

func TestTiersAgreeWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := max(anyFen().Draw(t, "fen"), 0)
		bands, rd := anyBands().Draw(t, "bands"), anyRounding().Draw(t, "rounding")

		exact, holding := new(big.Rat), bands[0]
		for i, band := range bands {
			if f < band.From {
				break
			}
			holding = band
			slice := f - band.From
			if i+1 < len(bands) {
				slice = min(slice, bands[i+1].From-band.From)
			}
			exact.Add(exact, exactShare(slice, band.Rate))
		}
		got, err := money.Tiers(f, bands, rd)
		wantBig(t, "Tiers", got, err, roundBig(exact, rd))
		got, err = money.WholeTier(f, bands, rd)
		wantBig(t, "WholeTier", got, err, roundBig(exactShare(f, holding.Rate), rd))

		var sum money.Fen
		for _, slice := range money.Slices(f, bands) {
			if slice.Amount <= 0 {
				t.Fatalf("an empty slice: %v", slice)
			}
			sum += slice.Amount
		}
		if sum != f {
			t.Fatalf("the slices sum to %d, want %d", sum, f)
		}
	})
}

func TestApportion(t *testing.T) {
	tests := []struct {
		name    string
		total   money.Fen
		weights []money.Fen
		want    []money.Fen
	}{
		{"even", 100, []money.Fen{1, 1}, []money.Fen{50, 50}},
		{"thirds", 100, []money.Fen{1, 1, 1}, []money.Fen{33, 33, 34}},
		{"thirds of two hundred", 200, []money.Fen{1, 1, 1}, []money.Fen{66, 67, 67}},
		{"one party", 77, []money.Fen{5}, []money.Fen{77}},
		{"a zero weight takes nothing", 100, []money.Fen{0, 3, 0, 1, 0}, []money.Fen{0, 75, 0, 25, 0}},
		{"nothing to divide", 0, []money.Fen{3, 4}, []money.Fen{0, 0}},
		{"nothing to divide by zeros", 0, []money.Fen{0, 0}, []money.Fen{0, 0}},
		{"nothing to divide by nobody", 0, nil, []money.Fen{}},
		{"the whole", 7, []money.Fen{3, 4}, []money.Fen{3, 4}},
		{"more than the weights", 14, []money.Fen{3, 4}, []money.Fen{6, 8}},
		{"the largest total", math.MaxInt64, []money.Fen{1, 1}, []money.Fen{math.MaxInt64 / 2, math.MaxInt64/2 + 1}},
		{"the largest weights", 3, []money.Fen{math.MaxInt64 - 1, 1}, []money.Fen{2, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := money.Apportion(test.total, test.weights); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("Apportion = %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestApportionRefuses(t *testing.T) {
	tests := []struct {
		name    string
		total   money.Fen
		weights []money.Fen
		code    string
	}{
		{"negative total", -1, []money.Fen{1}, "money.negative"},
		{"negative weight", 1, []money.Fen{2, -1}, "money.negative"},
		{"only zero weights", 1, []money.Fen{0, 0}, "money.no-weights"},
		{"nobody", 1, nil, "money.no-weights"},
		{"weights out of range", 1, []money.Fen{math.MaxInt64, 1}, "money.overflow"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := money.Apportion(test.total, test.weights)
			wantCode(t, err, test.code)
			if got != nil {
				t.Errorf("got parts %v with an error", got)
			}
		})
	}
}

func anyWeights() *rapid.Generator[[]money.Fen] {
	weight := rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Range(0, math.MaxInt64/16))
	return rapid.SliceOfN(rapid.Map(weight, func(n int64) money.Fen { return money.Fen(n) }), 1, 12)
}

func TestApportionProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := anyWeights().Draw(t, "weights")
		total := max(anyFen().Draw(t, "total"), 0)
		whole, err := money.Sum(weights...)
		if err != nil {
			t.Fatal(err)
		}
		if whole == 0 {
			total = 0
		}
		parts, err := money.Apportion(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Int)
		for i, part := range parts {
			sum.Add(sum, bigFen(part))
			if part < 0 || (weights[i] == 0 && part != 0) {
				t.Fatalf("part %d is %d for weight %d", i, part, weights[i])
			}
			if total <= whole && part > weights[i] {
				t.Fatalf("part %d is %d, above its weight %d", i, part, weights[i])
			}
			if whole > 0 && !withinOneFen(part, total, weights[i], whole) {
				t.Fatalf("part %d of %v is %d, a fen or more from its exact share", i, weights, part)
			}
		}
		if sum.Cmp(bigFen(total)) != 0 {
			t.Fatalf("the parts %v sum to %s, want %d", parts, sum, total)
		}
	})
}

func withinOneFen(part, total, weight, whole money.Fen) bool {
	exact := new(big.Rat).SetFrac(new(big.Int).Mul(bigFen(total), bigFen(weight)), bigFen(whole))
	gap := exact.Sub(exact, new(big.Rat).SetInt(bigFen(part)))
	return gap.Abs(gap).Cmp(big.NewRat(1, 1)) < 0
}

func TestApportionAgreesWithBigFloors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := append(anyWeights().Draw(t, "weights"), 1)
		total := max(anyFen().Draw(t, "total"), 0)
		parts, err := money.Apportion(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		whole, cumulative, before := new(big.Int), new(big.Int), new(big.Int)
		for _, weight := range weights {
			whole.Add(whole, bigFen(weight))
		}
		for i, weight := range weights {
			cumulative.Add(cumulative, bigFen(weight))
			upTo := new(big.Int).Mul(bigFen(total), cumulative)
			upTo.Quo(upTo, whole)
			if want := new(big.Int).Sub(upTo, before); want.Cmp(bigFen(parts[i])) != 0 {
				t.Fatalf("part %d is %d, want %s", i, parts[i], want)
			}
			before = upTo
		}
	})
}

func TestApportionNeverFallsBetweenTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := []money.Fen{
			money.Fen(rapid.Int64Range(0, 1000).Draw(t, "a")),
			money.Fen(rapid.Int64Range(1, 1000).Draw(t, "b")),
		}
		total := money.Fen(rapid.Int64Range(0, 5000).Draw(t, "total"))
		less, err := money.Apportion(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		more, err := money.Apportion(total+1, weights)
		if err != nil {
			t.Fatal(err)
		}
		if more[0] < less[0] || more[1] < less[1] {
			t.Fatalf("one fen more turns %v into %v", less, more)
		}
	})
}
