package money

import "math/bits"

// Band is one step of a scale: from this amount on, this rate. It reaches to
// the start of the next band; the last has no end.
type Band struct {
	From Fen
	Rate Rate
}

// Slice is the part of an amount that falls into one band.
type Slice struct {
	Amount Fen
	Rate   Rate
}

// CheckBands reports what is wrong with a scale: it needs at least one band,
// the first from 0, then strictly ascending, no rate negative. The error has
// code "money.bands".
func CheckBands(bands []Band) error {
	if len(bands) == 0 || bands[0].From != 0 {
		return badBands(0, "应从 0 元起", "must start from 0 yuan")
	}
	for i, band := range bands {
		if band.Rate < 0 {
			return badBands(i, "的比例 "+band.Rate.String()+" 为负", "has the negative rate "+band.Rate.String())
		}
		if i > 0 && band.From <= bands[i-1].From {
			return badBands(i,
				"的起点 "+band.From.Grouped()+" 元不大于上一段的起点",
				"starts at "+band.From.Grouped()+" yuan, which is not above the start of the band before")
		}
	}
	return nil
}

// Tiers returns the sum of each slice of f at the rate of its own band (分段累计):
// with 50 % from 0 and 80 % from 1,000 yuan, 1,500 yuan give 500 + 400. The sum
// is exact and rounded once, at the end. Codes: "money.negative" if f < 0,
// "money.bands", "money.rounding", "money.overflow".
func Tiers(f Fen, bands []Band, rd Rounding) (Fen, error) {
	const op = "money.Tiers"
	if err := checkScale(op, f, bands, rd); err != nil {
		return 0, err
	}
	var sum wide
	for i := range bands {
		sum = sum.plus(productOf(inBand(f, bands, i).magnitude(), bands[i].Rate))
	}
	return sum.over(uint64(Whole), rd, false, op)
}

// WholeTier returns all of f at the rate of the one band that holds it (全额套档).
// A band holds its own start (以上含本数). Codes as for [Tiers].
func WholeTier(f Fen, bands []Band, rd Rounding) (Fen, error) {
	const op = "money.WholeTier"
	if err := checkScale(op, f, bands, rd); err != nil {
		return 0, err
	}
	holding := bands[0]
	for _, band := range bands {
		if band.From <= f {
			holding = band
		}
	}
	return productOf(f.magnitude(), holding.Rate).over(uint64(Whole), rd, false, op)
}

// Slices returns the parts of f that [Tiers] takes at each rate, without the
// empty ones, for explanations. It returns nothing for an amount that is not
// positive or a scale that [CheckBands] refuses.
func Slices(f Fen, bands []Band) []Slice {
	if CheckBands(bands) != nil {
		return nil
	}
	var slices []Slice
	for i, band := range bands {
		if amount := inBand(f, bands, i); amount > 0 {
			slices = append(slices, Slice{Amount: amount, Rate: band.Rate})
		}
	}
	return slices
}

func checkScale(op string, f Fen, bands []Band, rd Rounding) error {
	if err := rd.check(op); err != nil {
		return err
	}
	if f < 0 {
		return negativeAmount(op, f, "分段计算的金额", "the amount to be tiered")
	}
	return CheckBands(bands)
}

func inBand(f Fen, bands []Band, i int) Fen {
	upper := f
	if i+1 < len(bands) {
		upper = min(f, bands[i+1].From)
	}
	return max(upper-bands[i].From, 0)
}

// Apportion divides total over the weights so that the parts sum to it exactly.
// Part i is floor(total×Wᵢ/W) − floor(total×Wᵢ₋₁/W), where Wᵢ is the sum of the
// first i weights and W the sum of all.
//
// Taking floors of cumulative sums, instead of rounding each part and mending
// the last, keeps every part at its exact share to within one fen, never
// negative, never above its weight as long as total is not above W, and zero
// where the weight is zero. Between two parties both parts never fall as total
// grows; among three or more a middle part may be one fen less for a larger
// total, as with every method that keeps the sum.
//
// No weights, or only zero ones, divide a total of zero into zeros. Codes:
// "money.negative" for a negative total or weight, "money.no-weights" if there
// is something to divide and nothing to divide it by, "money.overflow".
func Apportion(total Fen, weights []Fen) ([]Fen, error) {
	const op = "money.Apportion"
	if total < 0 {
		return nil, negativeAmount(op, total, "要分摊的金额", "the total to be apportioned")
	}
	for _, weight := range weights {
		if weight < 0 {
			return nil, negativeAmount(op, weight, "分摊的权重", "a weight")
		}
	}
	sum, err := Sum(weights...)
	if err != nil {
		return nil, err
	}
	parts := make([]Fen, len(weights))
	if sum == 0 {
		if total > 0 {
			return nil, nothingToWeigh(total)
		}
		return parts, nil
	}
	var cumulative, before Fen
	for i, weight := range weights {
		cumulative += weight
		upTo := shareFloor(total, cumulative, sum)
		parts[i] = upTo - before
		before = upTo
	}
	return parts, nil
}

// shareFloor is floor(total×part/whole) for 0 ≤ part ≤ whole and whole > 0; the
// quotient is then at most total, which also keeps the division in range.
func shareFloor(total, part, whole Fen) Fen {
	high, low := bits.Mul64(uint64(total), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return Fen(quotient)
}
