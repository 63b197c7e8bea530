package ident

import (
	"strings"
	"unicode/utf8"

	"doudi/kernel/fault"
)

// normal is what was typed in half-width forms and capitals. Blanks stay, and
// are refused as characters with their place: a blank inside a number may
// stand for a digit that was lost.
func normal(s string) string { return strings.ToUpper(fault.HalfWidth(s)) }

func runeCount(s string) int { return utf8.RuneCountInString(s) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// badDigit returns the place, counted from 1, of the first character that is
// not a digit, or 0.
func badDigit(s string) int {
	place := 0
	for _, r := range s {
		place++
		if r < '0' || r > '9' {
			return place
		}
	}
	return 0
}

func allDigits(s string) bool { return s != "" && badDigit(s) == 0 }

// number reads a few digits that were checked to be digits.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}
