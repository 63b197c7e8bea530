package money

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Rate is an exact share in millionths: 75 % is 750000. It has no upper bound
// but that of 64 bits: a guarantee may be 130 % of a standard.
type Rate int64

// Whole is 100 %.
const Whole Rate = 1_000_000

const perPercent = int64(Whole) / 100

// Percent returns n per cent. It is meant for figures written in a program:
// beyond ±922,337,203,685,477 it returns the rate of that sign farthest from zero.
func Percent(n int64) Rate {
	switch {
	case n > math.MaxInt64/perPercent:
		return math.MaxInt64
	case n < math.MinInt64/perPercent:
		return math.MinInt64
	}
	return Rate(n * perPercent)
}

// String returns the rate as a percentage without superfluous zeros: "75%",
// "12.5%", "130%". [ParseRate] reads it back.
func (r Rate) String() string {
	sign, magnitude := "", Fen(r).magnitude()
	if r < 0 {
		sign = "-"
	}
	const scale = uint64(perPercent)
	text := sign + strconv.FormatUint(magnitude/scale, 10)
	if rest := magnitude % scale; rest != 0 {
		places := strconv.FormatUint(scale+rest, 10)[1:]
		text += "." + strings.TrimRight(places, "0")
	}
	return text + "%"
}

// MarshalText writes the rate as a percentage.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a rate as [ParseRate] does.
func (r *Rate) UnmarshalText(text []byte) error {
	rate, err := ParseRate(string(text))
	if err != nil {
		return err
	}
	*r = rate
	return nil
}

// Share returns f at rate r, rounded once. The product is formed in 128 bits,
// so nothing is lost before the rounding. A negative amount mirrors the
// positive one. Codes: "money.negative-rate", "money.rounding",
// "money.overflow".
func Share(f Fen, r Rate, rd Rounding) (Fen, error) {
	const op = "money.Share"
	if err := rd.check(op); err != nil {
		return 0, err
	}
	if r < 0 {
		return 0, negativeRate(op)
	}
	product := productOf(f.magnitude(), r)
	return product.over(uint64(Whole), rd, f < 0, op)
}

// wide is a magnitude of 128 bits.
type wide struct{ high, low uint64 }

func productOf(magnitude uint64, r Rate) wide {
	high, low := bits.Mul64(magnitude, uint64(r))
	return wide{high, low}
}

// plus cannot overflow here: its only sums are of the slices of one amount,
// which stay below 2^63 (amount) × 2^63 (highest rate).
func (w wide) plus(v wide) wide {
	low, carry := bits.Add64(w.low, v.low, 0)
	high, _ := bits.Add64(w.high, v.high, carry)
	return wide{high, low}
}

// over divides by scale, rounds once to the unit, and gives the result its sign.
func (w wide) over(scale uint64, rd Rounding, negative bool, op string) (Fen, error) {
	unit := uint64(rd.unit())
	divisor := scale * unit // at most 10^11: scales reach 10^9, units 100
	if w.high >= divisor {
		return 0, overflow(op)
	}
	units, rest := bits.Div64(w.high, w.low, divisor)
	if units > 1<<63 { // out of range whatever the unit; checked here so that the next step cannot wrap
		return 0, overflow(op)
	}
	if rd.away(rest, divisor) {
		units++
	}
	high, magnitude := bits.Mul64(units, unit)
	if high != 0 {
		return 0, overflow(op)
	}
	return signed(magnitude, negative, op)
}
