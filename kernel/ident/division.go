package ident

import (
	"slices"
	"strings"
)

// Division is a code of an administrative division: two digits each of
// province, city and county (GB/T 2260), then three of the town and three of
// the village. It is written with 6, 9 or 12 digits, and zeros stand for the
// parts below its level, so "370124", "370124000" and "370124000000" are the
// same county. Compare codes by [Division.Normalise] or [Contains], not by ==.
type Division string

// The levels of division.
const (
	Province = 1 // 省
	City     = 2 // 市
	County   = 3 // 县
	Town     = 4 // 乡镇、街道
	Village  = 5 // 村、社区
)

// levelEnds[n] is how many digits tell a division of level n.
var levelEnds = [...]int{0, 2, 4, 6, 9, 12}

// ParseDivision reads a division code of 6, 9 or 12 digits and returns it as
// [Division.Normalise] does. Whether the division exists is for the register
// to say. Codes: "ident.division-length", "ident.division-character",
// "ident.division-structure" if a part is zero above one that is not (only the
// county part may be: some cities have towns directly below them).
func ParseDivision(s string) (Division, error) {
	text := normal(s)
	if n := runeCount(text); n != 6 && n != 9 && n != 12 {
		return "", divisionLengthWrong(n)
	}
	if place := badDigit(text); place > 0 {
		return "", divisionCharacter(place)
	}
	if place := structureFault(text); place > 0 {
		return "", divisionStructure(place)
	}
	return Division(text).Normalise(), nil
}

// structureFault returns the place of a part that is zero although the code
// goes on below it, or 0.
func structureFault(text string) int {
	known := len(significant(text))
	for level := Province; level < len(levelEnds); level++ {
		from, to := levelEnds[level-1], levelEnds[level]
		skipped := level == County && known > to
		if level == Province || (to < known && !skipped) {
			if zeros(text[from:to]) {
				return from + 1
			}
		}
	}
	return 0
}

func zeros(s string) bool { return strings.Trim(s, "0") == "" }

// significant cuts a code after its last part that is not zero: "37", "3701",
// "370124", "370124102" or "370124102001".
func significant(code string) string {
	for level := len(levelEnds) - 1; level > 0; level-- {
		from, to := levelEnds[level-1], levelEnds[level]
		if len(code) >= to && !zeros(code[from:to]) {
			return code[:to]
		}
	}
	return ""
}

func (d Division) significant() string {
	if !d.wellFormed() {
		return ""
	}
	return significant(string(d))
}

func (d Division) wellFormed() bool {
	n := len(d)
	return (n == 6 || n == 9 || n == 12) && badDigit(string(d)) == 0
}

// String returns the code as it is written.
func (d Division) String() string { return string(d) }

// Normalise returns the shortest way to write the same division: 6 digits down
// to the county, 9 for a town, 12 for a village; "" if d is not a code.
func (d Division) Normalise() Division { return padded(d.significant()) }

func padded(code string) Division {
	if code == "" || len(code) >= 6 {
		return Division(code)
	}
	return Division((code + "000000")[:6])
}

// Full returns the code with all twelve digits, as statistics write it, or ""
// if d is not a code.
func (d Division) Full() string {
	code := d.significant()
	if code == "" {
		return ""
	}
	return (code + "000000000000")[:12]
}

// Level returns Province (1) to Village (5), or 0 if d is not a code.
func (d Division) Level() int {
	return slices.Index(levelEnds[:], len(d.significant()))
}

// Parent returns the division d belongs to, normalised: the city of a county,
// the county of a town. A town directly below a city has the city as parent. A
// province has none, "".
func (d Division) Parent() Division {
	level := d.Level()
	if level <= Province {
		return ""
	}
	return padded(significant(string(d)[:levelEnds[level-1]]))
}

// Contains reports whether inner is outer or lies in it. Codes that are not
// well formed neither contain nor are contained.
func Contains(outer, inner Division) bool {
	code := outer.significant()
	return code != "" && inner.wellFormed() && strings.HasPrefix(string(inner), code)
}

// Fictional reports whether the division lies in the fictional county or city.
func (d Division) Fictional() bool { return isFictional(string(d)) }
