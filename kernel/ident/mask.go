package ident

import "strings"

// MaskID returns a personal id as it may be shown: the first six and last four
// characters of the id stay, the birth date is hidden. Of a disability
// certificate number everything after the id is hidden too, since it tells the
// disability. A number of any other length is hidden altogether.
func MaskID(s string) string {
	switch n := runeCount(s); n {
	case oldIDLength, idLength:
		return keep(s, 6, 4)
	case certificateLength, longCertificateLength:
		return keep(firstRunes(s, idLength), 6, 4) + stars(n-idLength)
	default:
		return stars(n)
	}
}

// MaskName returns a name as it may be shown: its first character, then a star
// for each that follows. A name of one character is hidden.
func MaskName(s string) string {
	if runeCount(s) < 2 {
		return stars(runeCount(s))
	}
	return keep(s, 1, 0)
}

// MaskAccount returns a bank account or card number as it may be shown: its
// last four characters. One shorter than eight is hidden altogether.
func MaskAccount(s string) string {
	if runeCount(s) < 8 {
		return stars(runeCount(s))
	}
	return keep(s, 0, 4)
}

// MaskPhone returns a telephone number as it may be shown: the first three and
// last four characters of a mobile number of eleven, the last four of another
// with at least eight; a shorter one is hidden altogether.
func MaskPhone(s string) string {
	switch n := runeCount(s); {
	case n == 11:
		return keep(s, 3, 4)
	case n >= 8:
		return keep(s, 0, 4)
	default:
		return stars(n)
	}
}

// keep leaves the first and last characters and stars those between.
func keep(s string, first, last int) string {
	runes := []rune(s)
	end := len(runes) - last
	return string(runes[:first]) + stars(end-first) + string(runes[end:])
}

func stars(n int) string { return strings.Repeat("*", n) }
