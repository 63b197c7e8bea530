package ident

import (
	"doudi/kernel/fault"
)

// CertificateNumber is the number of a second-generation disability
// certificate (残疾人证号) in its normal form: the holder's personal id, one digit
// of category (1–7), one of level (1–4), and on some certificates two more
// characters. What the last two stand for is not laid down in any text we have
// seen (they appear on replacement certificates); they are kept as they are.
type CertificateNumber string

const (
	certificateLength     = idLength + 2
	longCertificateLength = idLength + 4

	// MaxCategory is the highest category, multiple disabilities.
	MaxCategory = 7
	// MaxLevel is the slightest level; level 1 is the gravest.
	MaxLevel = 4
)

var categoryNames = [MaxCategory + 1]fault.Text{
	1: {ZH: "视力残疾", EN: "visual"},
	2: {ZH: "听力残疾", EN: "hearing"},
	3: {ZH: "言语残疾", EN: "speech"},
	4: {ZH: "肢体残疾", EN: "physical"},
	5: {ZH: "智力残疾", EN: "intellectual"},
	6: {ZH: "精神残疾", EN: "mental"},
	7: {ZH: "多重残疾", EN: "multiple"},
}

var levelNames = [MaxLevel + 1]fault.Text{
	1: {ZH: "一级", EN: "level 1"},
	2: {ZH: "二级", EN: "level 2"},
	3: {ZH: "三级", EN: "level 3"},
	4: {ZH: "四级", EN: "level 4"},
}

// CategoryName returns the name of a category, 1 to 7, or "".
func CategoryName(category int, lang string) string {
	if category < 1 || category > MaxCategory {
		return ""
	}
	return categoryNames[category].In(lang)
}

// LevelName returns the name of a level, 1 to 4, or "".
func LevelName(level int, lang string) string {
	if level < 1 || level > MaxLevel {
		return ""
	}
	return levelNames[level].In(lang)
}

// ParseCertificate reads a certificate number of 20 or 22 characters. Codes:
// "ident.certificate-length", "ident.certificate-holder" if the first 18 are
// not a personal id (the error wraps what is wrong with it),
// "ident.certificate-category", "ident.certificate-level",
// "ident.certificate-suffix".
func ParseCertificate(s string) (CertificateNumber, error) {
	text := normal(s)
	if n := runeCount(text); n != certificateLength && n != longCertificateLength {
		return "", certificateLengthWrong(n)
	}
	holder := firstRunes(text, idLength)
	if _, err := parseID("ident.ParseCertificate", holder); err != nil {
		return "", certificateHolder(err)
	}
	rest := text[idLength:] // a sound id is all ASCII, so bytes and runes agree up to here
	if rest[0] < '1' || rest[0] > '0'+MaxCategory {
		return "", certificateCategory()
	}
	if rest[1] < '1' || rest[1] > '0'+MaxLevel {
		return "", certificateLevel()
	}
	if !soundSuffix(rest[2:]) {
		return "", certificateSuffix()
	}
	return CertificateNumber(text), nil
}

// soundSuffix accepts nothing, two digits, or a B and a digit.
func soundSuffix(suffix string) bool {
	switch len(suffix) {
	case 0:
		return true
	case 2:
		return (isDigit(suffix[0]) || suffix[0] == 'B') && isDigit(suffix[1])
	}
	return false
}

// firstRunes is called on texts of at least n runes.
func firstRunes(s string, n int) string { return string([]rune(s)[:n]) }

func (n CertificateNumber) wellFormed() bool { return len(n) >= certificateLength }

// String returns the whole number. Use [CertificateNumber.Mask] for anything
// that is shown.
func (n CertificateNumber) String() string { return string(n) }

// Holder returns the personal id of the holder.
func (n CertificateNumber) Holder() PersonID {
	if !n.wellFormed() {
		return ""
	}
	return PersonID(n[:idLength])
}

// Category returns the category of disability, 1 to 7, or 0 for a number that
// did not pass [ParseCertificate].
func (n CertificateNumber) Category() int { return n.digit(idLength) }

// Level returns the level of disability, 1 (gravest) to 4, or 0 for a number
// that did not pass [ParseCertificate].
func (n CertificateNumber) Level() int { return n.digit(idLength + 1) }

func (n CertificateNumber) digit(at int) int {
	if !n.wellFormed() || !isDigit(n[at]) {
		return 0
	}
	return int(n[at] - '0')
}

// Suffix returns the two characters after the level, or "".
func (n CertificateNumber) Suffix() string {
	if !n.wellFormed() {
		return ""
	}
	return string(n[certificateLength:])
}

// Fictional reports whether the holder belongs to the fictional county.
func (n CertificateNumber) Fictional() bool { return isFictional(string(n)) }

// Mask returns the number as it may be shown: the holder's id masked, category
// and level, which tell a person's health, hidden.
func (n CertificateNumber) Mask() string { return MaskID(string(n)) }

// Agrees reports whether the certificate is the holder's. The error has kind
// Conflict and code "ident.certificate-holder-differs".
func (n CertificateNumber) Agrees(holder PersonID) error {
	if n.Holder() != holder || holder == "" {
		return holderDiffers()
	}
	return nil
}

// AgreesStated reports whether the certificate says what a form states. A
// stated value of 0 is one the form leaves out. Errors have kind Conflict and
// codes "ident.certificate-category-differs", "ident.certificate-level-differs".
func (n CertificateNumber) AgreesStated(category, level int) error {
	if category != 0 && category != n.Category() {
		return categoryDiffers(n.Category(), category)
	}
	if level != 0 && level != n.Level() {
		return levelDiffers(n.Level(), level)
	}
	return nil
}
