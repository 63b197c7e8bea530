// Package ident holds the numbers by which people, bodies and places are known:
// the personal id (GB 11643), the disability certificate, the unified social
// credit code (GB 32100) and the division code, together with how each is
// masked when it is shown.
//
// Parsing accepts what Chinese input methods and spreadsheets produce
// (full-width characters, lower-case letters) and returns the one normal form.
// It checks structure only: that a number may exist, not that it was issued.
// Messages name the part that is wrong by its position and do not repeat a
// person's number, because messages end up in logs and on screens.
//
// Numbers of the fictional county used for demonstrations and tests begin with
// 9999; Fictional tells them apart. They pass every structural check.
package ident

import (
	"fmt"
	"strings"

	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// PersonID is a personal id of 18 characters (公民身份号码, GB 11643) in its normal
// form: six digits of the division, eight of the birth date, three of the
// sequence, one check character. Get one from [ParsePersonID]; the methods of a
// PersonID that did not pass it return empty values.
type PersonID string

// Sex as the personal id states it: odd sequence numbers are male.
type Sex string

const (
	// Male is 男.
	Male Sex = "male"
	// Female is 女.
	Female Sex = "female"
)

// Label returns 男 or 女, "male" or "female"; "" for an empty Sex.
func (s Sex) Label(lang string) string {
	switch s {
	case Male:
		return fault.Text{ZH: "男", EN: "male"}.In(lang)
	case Female:
		return fault.Text{ZH: "女", EN: "female"}.In(lang)
	}
	return ""
}

const (
	idLength     = 18
	oldIDLength  = 15
	idWeights    = "\x07\x09\x0a\x05\x08\x04\x02\x01\x06\x03\x07\x09\x0a\x05\x08\x04\x02"
	idCheckChars = "10X98765432"
)

// ParsePersonID reads an id of 18 characters. Codes: "ident.id-length",
// "ident.id-old" for the 15 digits of the first generation (see
// [UpgradePersonID]), "ident.id-character", "ident.id-region", "ident.id-birth",
// "ident.id-check".
func ParsePersonID(s string) (PersonID, error) {
	id, err := parseID("ident.ParsePersonID", normal(s))
	if err != nil {
		return "", err
	}
	return id, nil
}

// parseID returns the concrete error type so that a certificate can say that
// the fault lies in its holder's number.
func parseID(op, text string) (PersonID, *fault.Error) {
	switch n := runeCount(text); {
	case n == oldIDLength && allDigits(text):
		return "", oldID(op)
	case n != idLength:
		return "", idLengthWrong(op, n)
	}
	if place := badDigit(text[:min(len(text), idLength-1)]); place > 0 {
		return "", idCharacter(op, place)
	}
	if check := text[idLength-1]; !isDigit(check) && check != 'X' {
		return "", idCharacter(op, idLength)
	}
	if err := checkRegionAndBirth(op, text, 14); err != nil {
		return "", err
	}
	if text[idLength-1] != idCheck(text) {
		return "", idCheckWrong(op)
	}
	return PersonID(text), nil
}

// UpgradePersonID turns a personal id of the first generation, 15 digits, into
// one of 18 by writing the century and computing the check character. The old
// form has no check character, so a slip in it cannot be noticed: show the
// result to be confirmed. Sequence numbers from 996 up were kept for people a
// hundred years old at the time, whose century the number does not tell; they
// are refused with code "ident.id-century". Other codes as for [ParsePersonID].
func UpgradePersonID(s string) (PersonID, error) {
	const op = "ident.UpgradePersonID"
	text := normal(s)
	if n := runeCount(text); n != oldIDLength {
		return "", oldIDLengthWrong(op, n)
	}
	if place := badDigit(text); place > 0 {
		return "", idCharacter(op, place)
	}
	if text[12:] >= "996" {
		return "", idCentury(op)
	}
	upgraded := text[:6] + "19" + text[6:]
	if err := checkRegionAndBirth(op, upgraded, 12); err != nil {
		return "", err
	}
	return PersonID(upgraded + string(rune(idCheck(upgraded)))), nil
}

// NewPersonID makes the number that somebody born on a day in a county would have: its sequence has three digits, odd for men, even for
// women. It serves those who invent people; a real number is read from a document. Codes as for [ParsePersonID].
func NewPersonID(county Division, birth period.Day, sequence int) (PersonID, error) {
	year, month, day := birth.Date()
	text := fmt.Sprintf("%.6s%04d%02d%02d%03d", string(county), year, month, day, sequence)
	if len(text) != idLength-1 || badDigit(text) > 0 {
		return ParsePersonID(text)
	}
	return ParsePersonID(text + string(rune(idCheck(text))))
}

// checkRegionAndBirth takes at least the first 14 characters of the long form.
// The birth date is named by where it ends in the form that was typed.
func checkRegionAndBirth(op, text string, birthEnds int) *fault.Error {
	if text[0] == '0' {
		return idRegion(op)
	}
	if _, err := birthIn(text); err != nil {
		return idBirth(op, birthEnds, err)
	}
	return nil
}

func birthIn(text string) (period.Day, error) {
	return period.NewDay(number(text[6:10]), number(text[10:12]), number(text[12:14]))
}

// idCheck computes the check character from the first 17 digits.
func idCheck(text string) byte {
	sum := 0
	for i := range len(idWeights) {
		sum += int(text[i]-'0') * int(idWeights[i])
	}
	return idCheckChars[sum%len(idCheckChars)]
}

func (id PersonID) wellFormed() bool {
	return len(id) == idLength && badDigit(string(id[:idLength-1])) == 0
}

// String returns the whole id. Use [PersonID.Mask] for anything that is shown.
func (id PersonID) String() string { return string(id) }

// Birth returns the birth date, or period.Earliest, which no one living has,
// for an id that did not pass ParsePersonID.
func (id PersonID) Birth() period.Day {
	if !id.wellFormed() {
		return period.Earliest
	}
	birth, err := birthIn(string(id))
	if err != nil {
		return period.Earliest
	}
	return birth
}

// Sex returns the sex the sequence number states.
func (id PersonID) Sex() Sex {
	switch {
	case !id.wellFormed():
		return ""
	case (id[16]-'0')%2 == 1:
		return Male
	}
	return Female
}

// Division returns the county of first registration, the first six digits. It
// is the code of that time, which may no longer exist, and says nothing about
// where the person lives now.
func (id PersonID) Division() Division {
	if !id.wellFormed() {
		return ""
	}
	return Division(id[:6])
}

// Fictional reports whether the id belongs to the fictional county.
func (id PersonID) Fictional() bool { return isFictional(string(id)) }

// Mask returns the id as it may be shown; see [MaskID].
func (id PersonID) Mask() string { return MaskID(string(id)) }

const fictionalPrefix = "9999"

func isFictional(code string) bool { return strings.HasPrefix(code, fictionalPrefix) }
