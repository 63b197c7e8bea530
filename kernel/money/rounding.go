package money

import (
	"fmt"
	"strings"

	"doudi/kernel/fault"
)

// Mode says which way a fraction goes. All modes treat a negative amount as the
// mirror image of the positive one, so that a reversal undoes what it reverses.
type Mode uint8

const (
	// HalfUp rounds to the nearest unit, a half away from zero (四舍五入).
	HalfUp Mode = iota
	// Down rounds toward zero (只舍不入).
	Down
	// Up rounds away from zero (只入不舍).
	Up
)

// Unit is what is rounded to, in fen.
type Unit int64

const (
	// ToFen rounds to the fen. A Unit of 0 means the same.
	ToFen Unit = 1
	// ToJiao rounds to the jiao, ten fen.
	ToJiao Unit = 10
	// ToYuan rounds to the yuan, a hundred fen.
	ToYuan Unit = 100
)

// Rounding is one way of rounding. The zero value rounds half up to the fen.
// Compare two of them by String, since a Unit of 0 and ToFen are the same.
type Rounding struct {
	Mode Mode
	Unit Unit
}

var modeNames = []struct {
	name  string
	label fault.Text
}{
	HalfUp: {"half-up", fault.Text{ZH: "四舍五入", EN: "rounded half up"}},
	Down:   {"down", fault.Text{ZH: "只舍不入", EN: "rounded down"}},
	Up:     {"up", fault.Text{ZH: "只入不舍", EN: "rounded up"}},
}

type namedUnit struct {
	unit  Unit
	name  string
	label fault.Text
}

var unitNames = []namedUnit{
	{ToFen, "fen", fault.Text{ZH: "分", EN: "fen"}},
	{ToJiao, "jiao", fault.Text{ZH: "角", EN: "jiao"}},
	{ToYuan, "yuan", fault.Text{ZH: "元", EN: "yuan"}},
}

// ParseRounding reads a mode and a unit with one blank between: "half-up fen",
// "down jiao", "up yuan". The error has code "money.rounding" and names the
// nearest word.
func ParseRounding(s string) (Rounding, error) {
	const op = "money.ParseRounding"
	mode, unit, found := strings.Cut(s, " ")
	if !found {
		return Rounding{}, badRounding(op, fault.Quote(s)+"不是由一个空格隔开的两个词", fault.QuoteEN(s)+" is not two words with one blank between")
	}
	var rd Rounding
	var known []string
	matched := false
	for m, named := range modeNames {
		known = append(known, named.name)
		if named.name == mode {
			rd.Mode, matched = Mode(m), true
		}
	}
	if !matched {
		return Rounding{}, unknownWord(op, mode, known)
	}
	known, matched = nil, false
	for _, named := range unitNames {
		known = append(known, named.name)
		if named.name == unit {
			rd.Unit, matched = named.unit, true
		}
	}
	if !matched {
		return Rounding{}, unknownWord(op, unit, known)
	}
	return rd, nil
}

func unknownWord(op, word string, known []string) *fault.Error {
	zh := "中没有" + fault.Quote(word) + "这个词"
	en := "knows no word " + fault.QuoteEN(word)
	if near := fault.Nearest(word, known); near != "" {
		zh += "，是否指 " + near
		en += "; did you mean " + near
	}
	return badRounding(op, zh, en)
}

// String returns what [ParseRounding] reads: "half-up fen".
func (rd Rounding) String() string {
	if rd.check("") != nil {
		return fmt.Sprintf("mode(%d) unit(%d)", rd.Mode, rd.Unit)
	}
	return modeNames[rd.Mode].name + " " + rd.unitName().name
}

// Label returns the rounding in words: 四舍五入到分, "rounded half up to the fen".
func (rd Rounding) Label(lang string) string {
	if rd.check("") != nil {
		return rd.String()
	}
	mode, unit := modeNames[rd.Mode].label, rd.unitName().label
	return fault.Text{ZH: mode.ZH + "到" + unit.ZH, EN: mode.EN + " to the " + unit.EN}.In(lang)
}

// MarshalText writes the rounding as [Rounding.String] does, and refuses one
// that is not valid.
func (rd Rounding) MarshalText() ([]byte, error) {
	if err := rd.check("money.Rounding.MarshalText"); err != nil {
		return nil, err
	}
	return []byte(rd.String()), nil
}

// UnmarshalText reads a rounding as [ParseRounding] does.
func (rd *Rounding) UnmarshalText(text []byte) error {
	rounding, err := ParseRounding(string(text))
	if err != nil {
		return err
	}
	*rd = rounding
	return nil
}

// Round returns f rounded to the unit. Codes: "money.rounding",
// "money.overflow".
func Round(f Fen, rd Rounding) (Fen, error) {
	const op = "money.Round"
	if err := rd.check(op); err != nil {
		return 0, err
	}
	return wide{0, f.magnitude()}.over(1, rd, f < 0, op)
}

func (rd Rounding) check(op string) error {
	if int(rd.Mode) >= len(modeNames) {
		return badRounding(op, fmt.Sprintf("的方式 %d 不存在", rd.Mode), fmt.Sprintf("has no mode %d", rd.Mode))
	}
	for _, named := range unitNames {
		if named.unit == rd.unit() {
			return nil
		}
	}
	return badRounding(op, fmt.Sprintf("的单位 %d 分不存在", rd.Unit), fmt.Sprintf("has no unit of %d fen", rd.Unit))
}

func (rd Rounding) unit() Unit {
	if rd.Unit == 0 {
		return ToFen
	}
	return rd.Unit
}

// unitName is called on a checked rounding only.
func (rd Rounding) unitName() (found namedUnit) {
	for _, named := range unitNames {
		if named.unit == rd.unit() {
			found = named
		}
	}
	return found
}

// away reports whether the rest left by a division goes away from zero.
func (rd Rounding) away(rest, divisor uint64) bool {
	switch rd.Mode {
	case Up:
		return rest > 0
	case HalfUp:
		return rest*2 >= divisor // no overflow: divisors are at most 10^11
	}
	return false
}
