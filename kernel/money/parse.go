package money

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"doudi/kernel/fault"
)

// longestInput bounds what is read as one figure, in runes. The longest that
// can be in range, written out with every separator, is half as long.
const longestInput = 64

// ParseYuan reads an amount in yuan as people write it: "100", "100.5",
// "1,286.30", "-3.20", "¥100", "100元", and the same in full-width characters.
// It refuses, with code "money.malformed", anything else: blanks, exponents,
// commas that do not set thousands apart, leading zeros. More than two decimals
// have code "money.too-precise": nobody has said how to round them. An amount
// out of range has code "money.overflow".
func ParseYuan(s string) (Fen, error) {
	const op = "money.ParseYuan"
	r, err := newReader(s, op, amountText)
	if err != nil {
		return 0, err
	}
	negative := r.takeMinus()
	r.take('¥')
	negative = negative || r.takeMinus()
	whole, err := r.grouped()
	if err != nil {
		return 0, err
	}
	decimals, err := r.decimals()
	if err != nil {
		return 0, err
	}
	r.take('元')
	if err := r.end(); err != nil {
		return 0, err
	}
	if len(decimals) > 2 {
		return 0, tooPrecise(r, len(decimals), 2)
	}
	magnitude, err := digitsOf(whole, decimals, 2)
	if err != nil {
		return 0, overflowIn(op, s, amountText)
	}
	fen, err := signed(magnitude, negative, op)
	if err != nil {
		return 0, overflowIn(op, s, amountText)
	}
	return fen, nil
}

// ParseRate reads a rate: "75%", "60 %", "12.5％", "0.75", "1.3". At most six
// decimals of the plain number, so four of a percentage. Codes: malformed as
// for [ParseYuan], "money.too-precise", "money.overflow", and
// "money.negative-rate".
func ParseRate(s string) (Rate, error) {
	const op = "money.ParseRate"
	r, err := newReader(s, op, rateText)
	if err != nil {
		return 0, err
	}
	if r.takeMinus() {
		return 0, negativeRate(op)
	}
	whole, err := r.digits()
	if err != nil {
		return 0, err
	}
	decimals, err := r.decimals()
	if err != nil {
		return 0, err
	}
	places := 6
	if r.takePercent() {
		places = 4
	}
	if err := r.end(); err != nil {
		return 0, err
	}
	if len(decimals) > places {
		return 0, tooPrecise(r, len(decimals), places)
	}
	millionths, err := digitsOf(whole, decimals, places)
	if err != nil || millionths > math.MaxInt64 {
		return 0, overflowIn(op, s, rateText)
	}
	return Rate(millionths), nil
}

// digitsOf joins a whole number and its decimals, filled up to the given number
// of places, into one whole number.
func digitsOf(whole, decimals string, places int) (uint64, error) {
	return strconv.ParseUint(whole+decimals+strings.Repeat("0", places-len(decimals)), 10, 64)
}

// reader walks over one figure and names the place where it goes wrong.
type reader struct {
	op     string
	what   fault.Text // "金额" / "amount"
	source string     // as typed, for the message
	runes  []rune     // in half-width forms; rune n stands for rune n of source
	next   int
}

func newReader(s, op string, what fault.Text) (*reader, error) {
	r := &reader{op: op, what: what, source: s, runes: []rune(fault.HalfWidth(s))}
	switch {
	case len(r.runes) == 0:
		return nil, empty(op, what)
	case len(r.runes) > longestInput:
		return nil, tooLong(r)
	}
	return r, nil
}

func (r *reader) peek() rune {
	if r.next < len(r.runes) {
		return r.runes[r.next]
	}
	return 0
}

func (r *reader) take(wanted rune) bool {
	if r.peek() != wanted {
		return false
	}
	r.next++
	return true
}

// takeMinus accepts the hyphen and the mathematical minus sign.
func (r *reader) takeMinus() bool { return r.take('-') || r.take('−') }

// takePercent accepts a percent sign, and blanks before it only if it follows.
func (r *reader) takePercent() bool {
	start := r.next
	for r.take(' ') {
	}
	if r.take('%') {
		return true
	}
	r.next = start
	return false
}

func (r *reader) run() string {
	start := r.next
	for '0' <= r.peek() && r.peek() <= '9' {
		r.next++
	}
	return string(r.runes[start:r.next])
}

// digits reads a whole number without leading zeros. Zeros in front are how
// machines pad a figure in fen; read as yuan it would be a hundred times too much.
func (r *reader) digits() (string, error) {
	start := r.next
	run := r.run()
	switch {
	case run == "":
		return "", r.unexpected()
	case len(run) > 1 && run[0] == '0':
		return "", leadingZero(r, start)
	}
	return run, nil
}

// grouped reads a whole number whose thousands may be set apart by commas.
func (r *reader) grouped() (string, error) {
	whole, err := r.digits()
	if err != nil {
		return "", err
	}
	first := len(whole)
	for r.peek() == ',' {
		comma := r.next
		r.next++
		group := r.run()
		if len(group) != 3 || first > 3 || whole == "0" {
			return "", misplacedComma(r, comma)
		}
		whole += group
	}
	return whole, nil
}

// decimals reads a point and the digits after it; without a point there are none.
func (r *reader) decimals() (string, error) {
	if !r.take('.') {
		return "", nil
	}
	run := r.run()
	if run == "" {
		return "", r.unexpected()
	}
	return run, nil
}

func (r *reader) end() error {
	if r.next < len(r.runes) {
		return r.unexpected()
	}
	return nil
}

// jsonText returns the text of a JSON string or number.
func jsonText(data []byte) (string, error) {
	if len(data) > 0 && data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return "", notJSON(err)
		}
		return text, nil
	}
	if string(data) == "null" {
		return "", unknownAmount()
	}
	return string(data), nil
}
