package money

import (
	"fmt"

	"doudi/kernel/fault"
)

// maxDivisor keeps divisor × unit inside 64 bits; no list of people or months comes near it.
const maxDivisor = 1_000_000_000

// Divide is an amount divided by a whole number from 1 to 1,000,000,000, rounded once as declared: a sum shared by
// several people or months. Codes: "money.divisor", "money.rounding", "money.overflow".
func Divide(f Fen, n int64, rd Rounding) (Fen, error) {
	const op = "money.Divide"
	if err := rd.check(op); err != nil {
		return 0, err
	}
	if n < 1 || n > maxDivisor {
		return 0, &fault.Error{Kind: fault.Invalid, Code: "money.divisor", Op: op,
			Message: fault.Text{ZH: fmt.Sprintf("金额不能除以 %d", n), EN: fmt.Sprintf("an amount cannot be divided by %d", n)},
			Hint:    fault.Text{ZH: "除数应为 1 以上的整数，如人数、月数", EN: "divide by a whole number of at least 1, such as people or months"}}
	}
	return wide{low: f.magnitude()}.over(uint64(n), rd, f < 0, op)
}
