// Package money holds exact amounts of money, exact rates, and the few ways in
// which one is taken of the other.
//
// Amounts are whole fen (分, a hundredth of a yuan) in 64 bits; rates are whole
// millionths. No floating point takes part anywhere. Every operation that can
// leave the range of 64 bits reports it, and every operation that can leave a
// fraction of a fen takes a [Rounding], applies it once and at the end.
package money

import (
	"math"
	"math/bits"
	"strconv"
)

// Fen is an amount of money in fen; 1 yuan = 100 fen. The range is about
// ±92 quadrillion (9.2×10^16) yuan.
type Fen int64

const fenPerYuan = 100

// Yuan returns n yuan. It is meant for figures written in a program: beyond
// ±92,233,720,368,547,758 it returns the amount of that sign farthest from zero.
func Yuan(n int64) Fen {
	fen, err := Mul(fenPerYuan, n)
	if err == nil {
		return fen
	}
	if n < 0 {
		return math.MinInt64
	}
	return math.MaxInt64
}

// Add returns a + b. The error has code "money.overflow".
func Add(a, b Fen) (Fen, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, overflow("money.Add")
	}
	return sum, nil
}

// Sub returns a - b. The error has code "money.overflow".
func Sub(a, b Fen) (Fen, error) {
	difference := a - b
	if (difference < a) != (b > 0) && b != 0 {
		return 0, overflow("money.Sub")
	}
	return difference, nil
}

// Mul returns a taken n times. The error has code "money.overflow".
func Mul(a Fen, n int64) (Fen, error) {
	high, low := bits.Mul64(a.magnitude(), Fen(n).magnitude())
	if high != 0 {
		return 0, overflow("money.Mul")
	}
	return signed(low, (a < 0) != (n < 0), "money.Mul")
}

// Sum returns the sum of the amounts. The error has code "money.overflow"; it
// is reported as soon as a sum from the left leaves the range.
func Sum(amounts ...Fen) (Fen, error) {
	var total Fen
	for _, amount := range amounts {
		sum, err := Add(total, amount)
		if err != nil {
			return 0, err
		}
		total = sum
	}
	return total, nil
}

// Min returns the smaller amount.
func Min(a, b Fen) Fen { return min(a, b) }

// Max returns the larger amount.
func Max(a, b Fen) Fen { return max(a, b) }

// magnitude is the distance from zero; it exists for the smallest amount too,
// which has no positive counterpart in 64 bits.
func (f Fen) magnitude() uint64 {
	if f < 0 {
		return -uint64(f)
	}
	return uint64(f)
}

// signed puts the sign back, or reports that the amount cannot be held.
func signed(magnitude uint64, negative bool, op string) (Fen, error) {
	switch {
	case negative && magnitude <= 1<<63:
		return Fen(-magnitude), nil
	case !negative && magnitude < 1<<63:
		return Fen(magnitude), nil
	}
	return 0, overflow(op)
}

// String returns the amount in yuan with two decimals: "1286.30".
func (f Fen) String() string { return string(f.append(nil)) }

func (f Fen) append(text []byte) []byte {
	m := f.magnitude()
	text = strconv.AppendUint(append(text, f.sign("-")...), m/fenPerYuan, 10)
	return append(text, '.', '0'+byte(m%fenPerYuan/10), '0'+byte(m%10))
}

// Grouped returns the amount in yuan with its thousands set apart: "1,286.30".
func (f Fen) Grouped() string {
	text := f.String()
	for i := len(text) - len("000.00"); i > len(f.sign("-")); i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func (f Fen) sign(minus string) string {
	if f < 0 {
		return minus
	}
	return ""
}

// UnmarshalJSON reads a string as [ParseYuan] does, or a plain decimal number
// taken by its digits. It refuses null: an amount that is not known is not zero.
func (f *Fen) UnmarshalJSON(data []byte) error {
	text, err := jsonText(data)
	if err != nil {
		return err
	}
	return f.UnmarshalText([]byte(text))
}

// MarshalText writes the amount in yuan: 1286.30. In JSON it is a string, so
// that no reader takes it for a floating-point number.
func (f Fen) MarshalText() ([]byte, error) { return f.append(nil), nil }

// UnmarshalText reads an amount as [ParseYuan] does.
func (f *Fen) UnmarshalText(text []byte) error {
	amount, err := ParseYuan(string(text))
	if err != nil {
		return err
	}
	*f = amount
	return nil
}
