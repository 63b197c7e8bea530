package ident_test

import (
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
)

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditOf completes the first 17 characters by the definition: the sum of
// value × 3^place, with the check counted once, is a multiple of 31.
func creditOf(first17 string) string {
	sum, power := new(big.Int), big.NewInt(1)
	for _, r := range first17 {
		term := new(big.Int).Mul(power, big.NewInt(int64(strings.IndexRune(creditAlphabet, r))))
		sum.Add(sum, term)
		power.Mul(power, big.NewInt(3))
	}
	for i := range len(creditAlphabet) {
		total := new(big.Int).Add(sum, big.NewInt(int64(i)))
		if total.Mod(total, big.NewInt(31)).Sign() == 0 {
			return first17 + creditAlphabet[i:i+1]
		}
	}
	return ""
}

func TestParseCreditCode(t *testing.T) {
	for _, s := range []string{"91350100M000100Y43", "91350100m000100y43", "９１３５０１００Ｍ０００１００Ｙ４３"} {
		if c, err := ident.ParseCreditCode(s); err != nil || c != "91350100M000100Y43" || c.Division() != "350100" || c.Fictional() {
			t.Errorf("ParseCreditCode(%q) = %s, %v", s, c, err)
		}
	}
	c, err := ident.ParseCreditCode(creditOf("11999901MA0000000"))
	if err != nil || !c.Fictional() || c.String() != creditOf("11999901MA0000000") {
		t.Errorf("the fictional county's office: %s, %v", c, err)
	}
	if zero, err := ident.ParseCreditCode(strings.Repeat("0", 18)); err != nil {
		t.Errorf("a check value of 31 is written 0: %s, %v", zero, err)
	}
}

func TestParseCreditCodeRefuses(t *testing.T) {
	tests := []struct{ name, s, code, zh string }{
		{"empty", "", "ident.credit-length", "现有 0 位"},
		{"organisation code", "M000100Y4", "ident.credit-length", "组织机构代码（9 位）"},
		{"letter O", "9135O100M000100Y43", "ident.credit-character", "第 5 位“O”"},
		{"letter I", "91350100M00I100Y43", "ident.credit-character", "第 12 位“I”"},
		{"small z", "91350100M000100Y4z", "ident.credit-character", "第 18 位“Z”"},
		{"hyphen", "91350100-000100Y43", "ident.credit-character", "第 9 位“-”"},
		{"blank", "91350100 000100Y43", "ident.credit-character", "第 9 位"},
		{"Chinese", "91350100元000100Y43", "ident.credit-character", "第 9 位“元”"},
		{"not text", "91350100\xff000100Y43", "ident.credit-character", "第 9 位"},
		{"letters in the division", "91A50100M000100Y43", "ident.credit-region", "第 3 至 8 位"},
		{"check", "91350100M000100Y44", "ident.credit-check", "校验码"},
		{"swapped", "91350100M000010Y43", "ident.credit-check", "校验码"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := ident.ParseCreditCode(test.s)
			wantCode(t, err, test.code)
			if c != "" || !strings.Contains(err.Error(), test.zh) {
				t.Errorf("got %q, %v", c, err)
			}
		})
	}
}

func TestCreditCodeProperties(t *testing.T) {
	anyCode := rapid.StringMatching(`[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}`)
	rapid.Check(t, func(t *rapid.T) {
		code := creditOf(anyCode.Draw(t, "code"))
		if c, err := ident.ParseCreditCode(strings.ToLower(code)); err != nil || c.String() != code {
			t.Fatalf("%s: %s, %v", code, c, err)
		}
		wrong := []byte(code)
		place := rapid.IntRange(0, 17).Draw(t, "place")
		wrong[place] = creditAlphabet[rapid.IntRange(0, 30).Draw(t, "value")]
		if _, err := ident.ParseCreditCode(string(wrong)); string(wrong) != code && err == nil {
			t.Fatalf("%s passed, one character from %s", wrong, code)
		}
	})
}

func FuzzCreditCode(f *testing.F) {
	for _, seed := range []string{"91350100M000100Y43", "91512081ma62k0260e", "91350100M000100Y4Z", "000000000000000000", "", "91350100元000100Y43"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ident.ParseCreditCode(s)
		if err != nil {
			if fault.CodeOf(err) == "" || c != "" {
				t.Fatalf("%q: %q, %v", s, c, err)
			}
			return
		}
		if len(c) != 18 || creditOf(c.String()[:17]) != c.String() {
			t.Fatalf("%q is read as %s, whose check does not fit", s, c)
		}
	})
}

func TestLuhn(t *testing.T) {
	tests := []struct {
		s    string
		want bool
	}{
		{"4111111111111111", true}, {"４１１１１１１１１１１１１１１１", true}, {"4111111111111112", false}, {"6222021234567890123", false},
		{"18", true}, {"00", true}, {"0", false}, {"", false}, {"4111 1111 1111 1111", false}, {"411111111111111X", false}, {"元", false},
	}
	for _, test := range tests {
		if got := ident.Luhn(test.s); got != test.want {
			t.Errorf("Luhn(%q) = %v", test.s, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{1,18}`).Draw(t, "digits")
		passing := 0
		for check := range 10 {
			if ident.Luhn(digits + string(rune('0'+check))) {
				passing++
			}
		}
		if passing != 1 {
			t.Fatalf("%d check digits fit %s, want exactly one", passing, digits)
		}
	})
}

func TestDivision(t *testing.T) {
	tests := []struct {
		s, normal, parent, full string
		level                   int
	}{
		{"370000", "370000", "", "370000000000", ident.Province},
		{"370000000000", "370000", "", "370000000000", ident.Province},
		{"370100", "370100", "370000", "370100000000", ident.City},
		{"370124", "370124", "370100", "370124000000", ident.County},
		{"370124000", "370124", "370100", "370124000000", ident.County},
		{"370124000000", "370124", "370100", "370124000000", ident.County},
		{"370124102", "370124102", "370124", "370124102000", ident.Town},
		{"370124102000", "370124102", "370124", "370124102000", ident.Town},
		{"620422108211", "620422108211", "620422108", "620422108211", ident.Village},
		{"370110", "370110", "370100", "370110000000", ident.County},
		{"441900003000", "441900003", "441900", "441900003000", ident.Town}, // a city without counties
		{"441900003001", "441900003001", "441900003", "441900003001", ident.Village},
		{"999901", "999901", "999900", "999901000000", ident.County},
		{"３７０１２４", "370124", "370100", "370124000000", ident.County},
	}
	for _, test := range tests {
		t.Run(test.s, func(t *testing.T) {
			d, err := ident.ParseDivision(test.s)
			if err != nil {
				t.Fatal(err)
			}
			if d.String() != test.normal || d.Level() != test.level || d.Parent().String() != test.parent || d.Full() != test.full {
				t.Errorf("%s, level %d, parent %s, full %s", d, d.Level(), d.Parent(), d.Full())
			}
			raw := ident.Division(fault.HalfWidth(test.s))
			if raw.Normalise() != d || raw.Level() != d.Level() || raw.Parent() != d.Parent() {
				t.Errorf("as written: %s, level %d, parent %s", raw.Normalise(), raw.Level(), raw.Parent())
			}
			if d.Fictional() != strings.HasPrefix(test.s, "9999") {
				t.Errorf("fictional %v", d.Fictional())
			}
		})
	}
}

func TestDivisionRefuses(t *testing.T) {
	tests := []struct{ s, code, zh string }{
		{"", "ident.division-length", "现有 0 位"},
		{"37", "ident.division-length", "应为 6、9 或 12 位，现有 2 位"},
		{"3701241", "ident.division-length", "现有 7 位"},
		{"3701240000000", "ident.division-length", "现有 13 位"},
		{"37012A", "ident.division-character", "第 6 位"},
		{"37 124", "ident.division-character", "第 3 位"},
		{"平阴县平阴县", "ident.division-character", "第 1 位"},
		{"000000", "ident.division-structure", "从第 1 位起"},
		{"000124", "ident.division-structure", "从第 1 位起"},
		{"370024", "ident.division-structure", "从第 3 位起"},
		{"370000102", "ident.division-structure", "从第 3 位起"},
		{"370124000201", "ident.division-structure", "从第 7 位起"},
		{"441900000001", "ident.division-structure", "从第 7 位起"},
	}
	for _, test := range tests {
		t.Run(test.s, func(t *testing.T) {
			d, err := ident.ParseDivision(test.s)
			wantCode(t, err, test.code)
			if d != "" || !strings.Contains(err.Error(), test.zh) {
				t.Errorf("got %q, %v", d, err)
			}
		})
	}
	for _, d := range []ident.Division{"", "37", "37012A", "000000", "平阴县"} {
		if d.Normalise() != "" || d.Level() != 0 || d.Parent() != "" || d.Full() != "" {
			t.Errorf("%q: %q, level %d, parent %q, full %q", d, d.Normalise(), d.Level(), d.Parent(), d.Full())
		}
	}
}

func TestContains(t *testing.T) {
	tests := []struct {
		outer, inner ident.Division
		want         bool
	}{
		{"370124", "370124", true},
		{"370124", "370124000000", true},
		{"370124000000", "370124", true},
		{"370124", "370124102001", true},
		{"370124102", "370124102001", true},
		{"370124102000", "370124102001", true},
		{"370100", "370124102001", true},
		{"370000", "370124", true},
		{"441900", "441900003", true},
		{"370124", "370125", false},
		{"370124102", "370124103001", false},
		{"370124102", "370124", false},
		{"370124", "370100", false},
		{"370100", "370000", false},
		{"370110", "370100", false}, // the zero of 10 is a digit, not padding
		{"370110", "370111", false},
		{"999901", "370124", false},
		{"", "370124", false},
		{"370124", "", false},
		{"000000", "370124", false},
		{"37", "370124", false},
		{"370124", "37012", false},
		{"370124", "370124x", false},
	}
	for _, test := range tests {
		if got := ident.Contains(test.outer, test.inner); got != test.want {
			t.Errorf("Contains(%q, %q) = %v", test.outer, test.inner, got)
		}
	}
}

func TestEveryDivisionLiesInItsParents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[1-9][0-9][0-9]{4}([0-9]{3}([0-9]{3})?)?`).Draw(t, "code")
		d, err := ident.ParseDivision(code)
		if err != nil {
			return
		}
		steps := 0
		for up := d; up != ""; up = up.Parent() {
			if !ident.Contains(up, d) || (up != d && ident.Contains(d, up)) || up.Normalise() != up {
				t.Fatalf("%s above %s", up, d)
			}
			if parent := up.Parent(); parent != "" && parent.Level() >= up.Level() {
				t.Fatalf("%s is the parent of %s", parent, up)
			}
			if steps++; steps > 5 {
				t.Fatalf("%s has no end of parents", d)
			}
		}
	})
}

func FuzzDivision(f *testing.F) {
	for _, seed := range []string{"370124", "370124000000", "441900003001", "000000", "370024", "999901101201", "", "平阴"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw := ident.Division(s)
		raw.Level()
		raw.Parent()
		ident.Contains(raw, raw)
		d, err := ident.ParseDivision(s)
		if err != nil {
			if fault.CodeOf(err) == "" || d != "" {
				t.Fatalf("%q: %q, %v", s, d, err)
			}
			return
		}
		if d.Level() < ident.Province || d.Level() > ident.Village || !ident.Contains(d, d) {
			t.Fatalf("%q is %s of level %d", s, d, d.Level())
		}
		if again, err := ident.ParseDivision(d.Full()); err != nil || again != d {
			t.Fatalf("%s does not read back: %s, %v", d.Full(), again, err)
		}
	})
}

func TestMasks(t *testing.T) {
	tests := []struct {
		name    string
		mask    func(string) string
		s, want string
	}{
		{"id", ident.MaskID, "440308199003071234", "440308********1234"},
		{"old id", ident.MaskID, "440308900307123", "440308*****7123"},
		{"certificate", ident.MaskID, "44030819900307123442", "440308********1234**"},
		{"long certificate", ident.MaskID, "440308199003071234420B", "440308********1234****"},
		{"other length", ident.MaskID, "4403081990", "**********"},
		{"no id", ident.MaskID, "", ""},
		{"full-width id", ident.MaskID, "４４０３０８１９９００３０７１２３４", "４４０３０８********１２３４"},
		{"name of two", ident.MaskName, "王强", "王*"},
		{"name of three", ident.MaskName, "王小强", "王**"},
		{"compound surname", ident.MaskName, "欧阳修文", "欧***"},
		{"name of one", ident.MaskName, "王", "*"},
		{"name with a point", ident.MaskName, "买买提·阿里", "买*****"},
		{"rare character", ident.MaskName, "𠮷野", "𠮷*"},
		{"no name", ident.MaskName, "", ""},
		{"card", ident.MaskAccount, "6222021234567890123", "***************0123"},
		{"shortest account", ident.MaskAccount, "12345678", "****5678"},
		{"short account", ident.MaskAccount, "1234567", "*******"},
		{"no account", ident.MaskAccount, "", ""},
		{"mobile", ident.MaskPhone, "13800005678", "138****5678"},
		{"landline", ident.MaskPhone, "0531-12345678", "*********5678"},
		{"landline without area", ident.MaskPhone, "87654321", "****4321"},
		{"short number", ident.MaskPhone, "12345", "*****"},
		{"no phone", ident.MaskPhone, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.mask(test.s); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestMasksKeepLengthAndHideSomething(t *testing.T) {
	masks := []func(string) string{ident.MaskID, ident.MaskName, ident.MaskAccount, ident.MaskPhone}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9王小]{0,30}`).Draw(t, "text")
		for _, mask := range masks {
			masked := mask(s)
			if utf8.RuneCountInString(masked) != utf8.RuneCountInString(s) || (s != "" && !strings.Contains(masked, "*")) {
				t.Fatalf("%s is shown as %s", s, masked)
			}
		}
	})
}
