package ident_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// wantCode fails unless err carries the code and says something in both
// languages, with a hint.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("want an error with code %s, got %v", code, err)
	}
	if e.Code != code {
		t.Fatalf("code %s, want %s (%v)", e.Code, code, e)
	}
	for _, text := range []fault.Text{e.Message, e.Hint} {
		if text.ZH == "" || text.EN == "" {
			t.Fatalf("%s lacks words in one language: %+v", code, text)
		}
	}
	if e.Op == "" || e.Kind == "" {
		t.Fatalf("%s lacks operation or kind", code)
	}
}

func TestPublicVectors(t *testing.T) {
	file, err := os.Open("testdata/id_test_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	accepts := map[string]func(string) bool{
		"GB11643": func(s string) bool { _, err := ident.ParsePersonID(s); return err == nil },
		"USCC":    func(s string) bool { _, err := ident.ParseCreditCode(s); return err == nil },
		"LUHN":    ident.Luhn,
	}
	tested := 0
	for _, row := range rows[1:] {
		kind, value, valid := row[0], row[1], strings.HasPrefix(row[2], "valid")
		accept, known := accepts[kind]
		if !known {
			t.Errorf("no parser for %s", kind)
			continue
		}
		if got := accept(value); got != valid {
			t.Errorf("%s %s: accepted %v, expected %s", kind, value, got, row[2])
		}
		tested++
	}
	if tested != 11 {
		t.Errorf("%d vectors tested, want 11", tested)
	}
}

// idOf completes the first 17 digits by the definition of the check character:
// the sum of digit × 2^(places to its right), check included, is 1 modulo 11.
func idOf(first17 string) string {
	for _, check := range "0123456789X" {
		value := int(check - '0')
		if check == 'X' {
			value = 10
		}
		sum := value
		for i, digit := range first17 {
			power := 1
			for range 17 - i {
				power = power * 2 % 11
			}
			sum += int(digit-'0') * power
		}
		if sum%11 == 1 {
			return first17 + string(check)
		}
	}
	return ""
}

// wang is a fictional man born on 1961-11-08.
var wang = idOf("99990119611108001")

func TestParsePersonID(t *testing.T) {
	id, err := ident.ParsePersonID(wang)
	if err != nil {
		t.Fatal(err)
	}
	if id.String() != wang || id.Birth() != period.MustDay(1961, 11, 8) || id.Sex() != ident.Male || id.Division() != "999901" || !id.Fictional() {
		t.Errorf("birth %s, sex %s, division %s, fictional %v", id.Birth(), id.Sex(), id.Division(), id.Fictional())
	}
	if got, want := id.Mask(), "999901********"+wang[14:]; got != want {
		t.Errorf("Mask() = %s, want %s", got, want)
	}
	woman, err := ident.ParsePersonID(idOf("37012419900228002"))
	if err != nil || woman.Sex() != ident.Female || woman.Fictional() {
		t.Errorf("sex %s, fictional %v, %v", woman.Sex(), woman.Fictional(), err)
	}
}

func TestParsePersonIDNormalises(t *testing.T) {
	for _, s := range []string{"11010519491231002X", "11010519491231002x", "11010519491231002Ｘ", "11010519491231002ｘ", "１１０１０５１９４９１２３１００２Ｘ"} {
		if id, err := ident.ParsePersonID(s); err != nil || id != "11010519491231002X" {
			t.Errorf("ParsePersonID(%q) = %s, %v", s, id, err)
		}
	}
}

func TestParsePersonIDRefuses(t *testing.T) {
	tests := []struct {
		name, s, code, zh string
	}{
		{"empty", "", "ident.id-length", "现有 0 位"},
		{"one missing", "1101051949123100X", "ident.id-length", "应为 18 位，现有 17 位"},
		{"one too many", "11010519491231002X1", "ident.id-length", "现有 19 位"},
		{"a blank behind", "11010519491231002X ", "ident.id-length", "空格"},
		{"first generation", "110105491231002", "ident.id-old", "15 位的第一代身份证号"},
		{"fifteen with a letter", "11010549123100A", "ident.id-length", "现有 15 位"},
		{"letter O for zero", "11O10519491231002X", "ident.id-character", "第 3 位"},
		{"blank inside", "110105 9491231002X", "ident.id-character", "第 7 位"},
		{"X inside", "1101051949123100XX", "ident.id-character", "第 17 位"},
		{"other letter at the end", "11010519491231002Y", "ident.id-character", "第 18 位"},
		{"Chinese at the end", "11010519491231002元", "ident.id-character", "第 18 位"},
		{"Chinese inside", "1101051949123100二X", "ident.id-character", "第 17 位"},
		{"foreign digits", "1101051949123100٢X", "ident.id-character", "第 17 位"},
		{"not text", "\xff1010519491231002X", "ident.id-character", "第 1 位"},
		{"begins with zero", "010105194912310021", "ident.id-region", "前 6 位（行政区划）"},
		{"month 13", idOf("11010519491331002"), "ident.id-birth", "第 7 至 14 位（出生日期）"},
		{"31 February", "110105194902310026", "ident.id-birth", "出生日期"},
		{"29 February of a common year", idOf("11010519490229002"), "ident.id-birth", "出生日期"},
		{"year 1799", idOf("11010517991231002"), "ident.id-birth", "出生日期"},
		{"check", "110105194912310021", "ident.id-check", "校验码"},
		{"check X", "44052418800101001X", "ident.id-check", "校验码"},
		{"digits swapped", "11010519491213002X", "ident.id-check", "至少有一位输错"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id, err := ident.ParsePersonID(test.s)
			wantCode(t, err, test.code)
			if id != "" {
				t.Errorf("a refused id must be empty, got %s", id)
			}
			if !strings.Contains(err.Error(), test.zh) {
				t.Errorf("%v lacks %s", err, test.zh)
			}
		})
	}
}

func TestErrorsDoNotRepeatTheNumber(t *testing.T) {
	for _, s := range []string{"110105194912310021", "110105194902310026", "11O10519491231002X", "1101051949123100", "010105194912310021", "110105491231002"} {
		_, err := ident.ParsePersonID(s)
		_, certificate := ident.ParseCertificate(s + "43")
		for _, err := range []error{err, certificate} {
			text := err.Error() + fault.RenderError(err, "en")
			for _, part := range []string{s, s[6:14], s[:6]} {
				if strings.Contains(text, part) {
					t.Errorf("%s repeats %s", text, part)
				}
			}
		}
	}
}

func TestOneWrongDigitIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := []byte(anyID().Draw(t, "id"))
		place := rapid.IntRange(0, 16).Draw(t, "place")
		wrong := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		if id[place] == wrong {
			return
		}
		id[place] = wrong
		if got, err := ident.ParsePersonID(string(id)); err == nil {
			t.Fatalf("%s passed", got)
		}
	})
}

func anyID() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		birth := period.MustDay(1900, 1, 1) + period.Day(rapid.IntRange(0, 45000).Draw(t, "birth"))
		division := rapid.IntRange(110000, 999999).Draw(t, "division")
		sequence := rapid.IntRange(0, 999).Draw(t, "sequence")
		return idOf(fmt.Sprintf("%06d%s%03d", division, strings.ReplaceAll(birth.String(), "-", ""), sequence))
	})
}

func TestPersonIDProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyID().Draw(t, "id")
		id, err := ident.ParsePersonID(text)
		if err != nil || id.String() != text {
			t.Fatalf("%s: %s, %v", text, id, err)
		}
		if birth := strings.ReplaceAll(id.Birth().String(), "-", ""); birth != text[6:14] {
			t.Fatalf("birth %s of %s", birth, text)
		}
		if string(id.Division()) != text[:6] || id.Fictional() != strings.HasPrefix(text, "9999") {
			t.Fatalf("division %s, fictional %v of %s", id.Division(), id.Fictional(), text)
		}
		if (id.Sex() == ident.Male) != (strings.IndexByte("13579", text[16]) >= 0) {
			t.Fatalf("sex %s of %s", id.Sex(), text)
		}
		if text[6:8] != "19" || text[14:17] >= "996" {
			return
		}
		old := text[:6] + text[8:17]
		if upgraded, err := ident.UpgradePersonID(old); err != nil || upgraded != id {
			t.Fatalf("%s upgrades to %s, %v; want %s", old, upgraded, err, id)
		}
	})
}

func TestNewPersonID(t *testing.T) {
	for _, tt := range []struct {
		county   ident.Division
		sequence int
		want     ident.PersonID
		code     string
	}{
		{"110105", 2, "11010519491231002X", ""},
		{"110105000000", 2, "11010519491231002X", ""},
		{"010105", 2, "", "ident.id-region"},
		{"110105", 1000, "", "ident.id-check"},
		{"110105", -1, "", "ident.id-length"},
		{"1101", 2, "", "ident.id-old"},
	} {
		got, err := ident.NewPersonID(tt.county, period.MustDay(1949, 12, 31), tt.sequence)
		if got != tt.want || fault.CodeOf(err) != tt.code {
			t.Errorf("NewPersonID(%s, %d) = %s, %v; want %s, %s", tt.county, tt.sequence, got, err, tt.want, tt.code)
		}
	}
}

func TestUpgradePersonID(t *testing.T) {
	for _, s := range []string{"110105491231002", "１１０１０５４９１２３１００２"} {
		if id, err := ident.UpgradePersonID(s); err != nil || id != "11010519491231002X" {
			t.Errorf("UpgradePersonID(%q) = %s, %v", s, id, err)
		}
	}
	tests := []struct{ s, code, zh string }{
		{"11010519491231002X", "ident.id-length", "应为 15 位，现有 18 位"},
		{"", "ident.id-length", "现有 0 位"},
		{"11010549123100X", "ident.id-character", "第 15 位"},
		{"010105491231002", "ident.id-region", "行政区划"},
		{"110105490231002", "ident.id-birth", "第 7 至 12 位（出生日期）"},
		{"110105491231996", "ident.id-century", "百岁老人"},
		{"110105491231999", "ident.id-century", "世纪"},
	}
	for _, test := range tests {
		id, err := ident.UpgradePersonID(test.s)
		wantCode(t, err, test.code)
		if id != "" || !strings.Contains(err.Error(), test.zh) {
			t.Errorf("UpgradePersonID(%q) = %s, %v", test.s, id, err)
		}
	}
	if _, err := ident.UpgradePersonID("110105491231995"); err != nil {
		t.Errorf("sequence 995 is an ordinary one: %v", err)
	}
}

func TestUnparsedValuesAnswerWithNothing(t *testing.T) {
	for _, id := range []ident.PersonID{"", "1", "abcdefghijklmnopqr", "110105194902310026", "11010519491231002元"} {
		if id != "110105194902310026" && (id.Sex() != "" || id.Division() != "") {
			t.Errorf("%q: sex %q, division %q", id, id.Sex(), id.Division())
		}
		if id.Birth() != period.Earliest {
			t.Errorf("%q was born on %s", id, id.Birth())
		}
	}
	for _, n := range []ident.CertificateNumber{"", "43", "11010519491231002X"} {
		if n.Holder() != "" || n.Category() != 0 || n.Level() != 0 || n.Suffix() != "" {
			t.Errorf("%q: holder %q, category %d, level %d, suffix %q", n, n.Holder(), n.Category(), n.Level(), n.Suffix())
		}
	}
	if n := ident.CertificateNumber("11010519491231002XAB"); n.Category() != 0 || n.Level() != 0 {
		t.Errorf("letters read as category %d, level %d", n.Category(), n.Level())
	}
	if c := ident.CreditCode("9135"); c.Division() != "" || c.Fictional() {
		t.Errorf("division %q", c.Division())
	}
}

func TestSexLabel(t *testing.T) {
	tests := []struct {
		sex    ident.Sex
		zh, en string
	}{{ident.Male, "男", "male"}, {ident.Female, "女", "female"}, {"", "", ""}}
	for _, test := range tests {
		if test.sex.Label("zh") != test.zh || test.sex.Label("en") != test.en {
			t.Errorf("%q is %s / %s", test.sex, test.sex.Label("zh"), test.sex.Label("en"))
		}
	}
}

func TestCertificate(t *testing.T) {
	tests := []struct {
		name, s         string
		category, level int
		suffix          string
	}{
		{"twenty", wang + "42", 4, 2, ""},
		{"lowest", wang + "11", 1, 1, ""},
		{"highest", wang + "74", 7, 4, ""},
		{"twenty-two", wang + "4201", 4, 2, "01"},
		{"replacement", wang + "42b1", 4, 2, "B1"},
		{"check X in the middle", "11010519491231002x63", 6, 3, ""},
		{"full width", "１１０１０５１９４９１２３１００２Ｘ６３", 6, 3, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := ident.ParseCertificate(test.s)
			if err != nil {
				t.Fatal(err)
			}
			if n.Category() != test.category || n.Level() != test.level || n.Suffix() != test.suffix {
				t.Errorf("category %d, level %d, suffix %q", n.Category(), n.Level(), n.Suffix())
			}
			if _, err := ident.ParsePersonID(n.Holder().String()); err != nil {
				t.Errorf("holder %s: %v", n.Holder(), err)
			}
			if err := n.Agrees(n.Holder()); err != nil {
				t.Error(err)
			}
			if again, err := ident.ParseCertificate(n.String()); err != nil || again != n {
				t.Errorf("reads back as %s, %v", again, err)
			}
		})
	}
	n, err := ident.ParseCertificate(wang + "42")
	if err != nil || !n.Fictional() {
		t.Errorf("fictional %v, %v", n.Fictional(), err)
	}
	if got, want := n.Mask(), "999901********"+wang[14:]+"**"; got != want {
		t.Errorf("Mask() = %s, want %s", got, want)
	}
}

func TestCertificateRefuses(t *testing.T) {
	tests := []struct{ name, s, code, zh string }{
		{"empty", "", "ident.certificate-length", "现有 0 位"},
		{"the id only", wang, "ident.certificate-length", "是否只填了身份证号"},
		{"nineteen", wang + "4", "ident.certificate-length", "应为 20 位或 22 位，现有 19 位"},
		{"twenty-one", wang + "421", "ident.certificate-length", "现有 21 位"},
		{"wrong check of the id", "11010519491231002142", "ident.certificate-holder", "前 18 位有误：身份证号最后一位"},
		{"wrong birth date", "11010519490231002642", "ident.certificate-holder", "出生日期"},
		{"Chinese in the id", "1101051949123100二X42", "ident.certificate-holder", "第 17 位"},
		{"category 0", wang + "02", "ident.certificate-category", "第 19 位（类别）应为 1 至 7"},
		{"category 8", wang + "82", "ident.certificate-category", "第 19 位"},
		{"category not a digit", wang + "肢2", "ident.certificate-category", "第 19 位"},
		{"level 0", wang + "40", "ident.certificate-level", "第 20 位（等级）应为 1 至 4"},
		{"level 5", wang + "45", "ident.certificate-level", "第 20 位"},
		{"level not a digit", wang + "4二", "ident.certificate-level", "第 20 位"},
		{"suffix", wang + "42A1", "ident.certificate-suffix", "第 21、22 位"},
		{"suffix of two letters", wang + "42BB", "ident.certificate-suffix", "第 21、22 位"},
		{"Chinese suffix", wang + "42补办", "ident.certificate-suffix", "第 21、22 位"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := ident.ParseCertificate(test.s)
			wantCode(t, err, test.code)
			if n != "" || !strings.Contains(err.Error(), test.zh) {
				t.Errorf("got %q, %v", n, err)
			}
		})
	}
	_, err := ident.ParseCertificate("11010519491231002142")
	if !errors.Is(err, &fault.Error{Code: "ident.id-check"}) {
		t.Errorf("the fault of the id must be found inside: %v", err)
	}
}

func TestCertificateAgreement(t *testing.T) {
	n, err := ident.ParseCertificate(wang + "42")
	if err != nil {
		t.Fatal(err)
	}
	for _, stated := range [][2]int{{4, 2}, {0, 2}, {4, 0}, {0, 0}} {
		if err := n.AgreesStated(stated[0], stated[1]); err != nil {
			t.Errorf("%v: %v", stated, err)
		}
	}
	tests := []struct {
		name, code, zh, en string
		err                error
	}{
		{"another holder", "ident.certificate-holder-differs", "与本人身份证号不一致", "are not the person's id", n.Agrees("11010519491231002X")},
		{"no holder", "ident.certificate-holder-differs", "不一致", "are not", n.Agrees("")},
		{"nothing against nothing", "ident.certificate-holder-differs", "不一致", "are not", ident.CertificateNumber("").Agrees("")},
		{"category", "ident.certificate-category-differs", "所填残疾类别为视力残疾，残疾人证号第 19 位为肢体残疾", "the stated category is visual", n.AgreesStated(1, 2)},
		{"category that does not exist", "ident.certificate-category-differs", "所填残疾类别为“9”", "“9”", n.AgreesStated(9, 2)},
		{"level", "ident.certificate-level-differs", "所填残疾等级为一级，残疾人证号第 20 位为二级", "says level 2", n.AgreesStated(4, 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantCode(t, test.err, test.code)
			if fault.KindOf(test.err) != fault.Conflict {
				t.Errorf("kind %s", fault.KindOf(test.err))
			}
			if zh, en := fault.RenderError(test.err, "zh"), fault.RenderError(test.err, "en"); !strings.Contains(zh, test.zh) || !strings.Contains(en, test.en) {
				t.Errorf("%s / %s", zh, en)
			}
		})
	}
}

func TestNames(t *testing.T) {
	names := map[string]bool{}
	for category := 1; category <= ident.MaxCategory; category++ {
		names[ident.CategoryName(category, "zh")] = true
		names[ident.CategoryName(category, "en")] = true
	}
	for level := 1; level <= ident.MaxLevel; level++ {
		names[ident.LevelName(level, "zh")] = true
		names[ident.LevelName(level, "en")] = true
	}
	if len(names) != 2*(ident.MaxCategory+ident.MaxLevel) || names[""] {
		t.Errorf("names are shared or empty: %v", names)
	}
	for _, n := range []int{-1, 0, 8, 1 << 40} {
		if ident.CategoryName(n, "zh") != "" || ident.LevelName(n, "zh") != "" {
			t.Errorf("%d has a name", n)
		}
	}
	if ident.CategoryName(1, "zh") != "视力残疾" || ident.CategoryName(2, "zh") != "听力残疾" {
		t.Error("1 is sight and 2 is hearing")
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"11010519491231002X", "11010519491231002ｘ", "110105491231002", "999901196111080017", "110105194902310026", "", "\xff\xfe", "1101051949123100二X"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (ident.PersonID, error){ident.ParsePersonID, ident.UpgradePersonID} {
			id, err := parse(s)
			if err != nil {
				if fault.CodeOf(err) == "" || id != "" {
					t.Fatalf("%q: %q, %v", s, id, err)
				}
				continue
			}
			text := id.String()
			if len(text) != 18 || idOf(text[:17]) != text {
				t.Fatalf("%q is read as %s, whose check does not fit", s, text)
			}
			if strings.ReplaceAll(id.Birth().String(), "-", "") != text[6:14] {
				t.Fatalf("%s was born on %s", text, id.Birth())
			}
			if again, err := ident.ParsePersonID(text); err != nil || again != id {
				t.Fatalf("%s does not read back: %s, %v", text, again, err)
			}
		}
		if masked := ident.MaskID(s); len(masked) > 64 && len(s) <= 22 {
			t.Fatalf("%q is masked as %q", s, masked)
		}
	})
}

func FuzzCertificate(f *testing.F) {
	for _, seed := range []string{wang + "42", wang + "42B1", "11010519491231002x63", wang + "42补办", wang + "肢2", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ident.ParseCertificate(s)
		if err != nil {
			if fault.CodeOf(err) == "" || n != "" {
				t.Fatalf("%q: %q, %v", s, n, err)
			}
			return
		}
		if n.Category() < 1 || n.Category() > ident.MaxCategory || n.Level() < 1 || n.Level() > ident.MaxLevel {
			t.Fatalf("%s: category %d, level %d", n, n.Category(), n.Level())
		}
		if want := fmt.Sprintf("%s%d%d%s", n.Holder(), n.Category(), n.Level(), n.Suffix()); want != n.String() {
			t.Fatalf("%s falls into %s", n, want)
		}
		if _, err := ident.ParsePersonID(n.Holder().String()); err != nil {
			t.Fatalf("holder %s: %v", n.Holder(), err)
		}
	})
}
