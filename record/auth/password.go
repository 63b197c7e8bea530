package auth

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed" // the passwords that are tried first
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password: 19 MiB, two passes, one lane. It is kept with each digest, so that it can be raised.
const (
	argonMemory  = 19 << 10 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonSize    = 32
	saltSize     = 16
	shortest     = 10  // characters of a password
	longest      = 128 // bytes
	argonWritten = "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
)

// hashed is a password as it is kept.
func hashed(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: package crypto/rand ends the program instead
	sum := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonSize)
	return fmt.Sprintf(argonWritten, argonMemory, argonPasses, argonLanes, encoded(salt), encoded(sum))
}

func encoded(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// nobody's password: who has no account is compared with it, so that the answer takes as long.
var nobodys = sync.OnceValue(func() string { return hashed(rand.Text()) })

// matches compares a password with what is kept. It takes the same time whether or not they match.
func matches(password, kept string) bool {
	var memory, passes uint32
	var lanes uint8
	fields := strings.Split(kept, "$")
	if len(fields) != 6 {
		return false
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || passes == 0 || lanes == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(fields[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(fields[5])
	if err != nil || len(want) == 0 || len(password) > longest {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

//go:embed passwords.txt
var common string

// acceptable refuses a password that is soon guessed. Code: auth.password.
func acceptable(password, login, name string) error {
	small := strings.ToLower(password)
	switch {
	case utf8.RuneCountInString(password) < shortest || len(password) > longest || !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return passwordLength()
	case !mixed(password):
		return passwordMixed()
	case strings.Contains(small, login), name != "" && strings.Contains(password, name):
		return passwordName()
	case slices.Contains(strings.Fields(common), small):
		return passwordCommon()
	}
	return nil
}

// mixed tells whether a password has letters and something else, and more than four different characters.
func mixed(password string) bool {
	letters, others, different := false, false, map[rune]bool{}
	for _, r := range password {
		different[r] = true
		if unicode.IsLetter(r) {
			letters = true
		} else {
			others = true
		}
	}
	const few = 4
	return letters && others && len(different) > few
}
