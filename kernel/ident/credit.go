package ident

import "strings"

// CreditCode is a unified social credit code (统一社会信用代码, GB 32100) in its
// normal form of 18 capitals and digits: registering department, class of body,
// six digits of the division, nine of the body, one check character.
type CreditCode string

const (
	creditLength = 18
	// creditAlphabet leaves out I, O, S, V and Z, which are taken for digits and
	// other letters. The place of a character is its value.
	creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
)

// ParseCreditCode reads a credit code. Codes: "ident.credit-length",
// "ident.credit-character", "ident.credit-region", "ident.credit-check".
func ParseCreditCode(s string) (CreditCode, error) {
	text := normal(s)
	if n := runeCount(text); n != creditLength {
		return "", creditLengthWrong(n)
	}
	place := 0
	for _, r := range text {
		place++
		if !strings.ContainsRune(creditAlphabet, r) {
			return "", creditCharacter(place, r)
		}
	}
	if badDigit(text[2:8]) > 0 {
		return "", creditRegion()
	}
	if text[creditLength-1] != creditCheck(text) {
		return "", creditCheckWrong()
	}
	return CreditCode(text), nil
}

// creditCheck computes the check character: weights are the powers of three
// modulo 31, and a result of 31 is written 0.
func creditCheck(text string) byte {
	modulus := len(creditAlphabet)
	sum, weight := 0, 1
	for i := range creditLength - 1 {
		sum += strings.IndexByte(creditAlphabet, text[i]) * weight
		weight = weight * 3 % modulus
	}
	return creditAlphabet[(modulus-sum%modulus)%modulus]
}

// String returns the code. It is public by law and is not masked.
func (c CreditCode) String() string { return string(c) }

// Division returns the division of registration, or "" for a code that did not
// pass [ParseCreditCode].
func (c CreditCode) Division() Division {
	if len(c) != creditLength {
		return ""
	}
	return Division(c[2:8])
}

// Fictional reports whether the body is registered in the fictional county.
func (c CreditCode) Fictional() bool { return isFictional(string(c.Division())) }

// Luhn reports whether the number of a bank card passes the check of the last
// digit (ISO/IEC 7812-1). It is a reason to look twice and never one to refuse:
// accounts of passbooks need not satisfy it. Anything but digits does not pass.
func Luhn(s string) bool {
	digits := normal(s)
	if len(digits) < 2 || !allDigits(digits) {
		return false
	}
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum%10 == 0
}
