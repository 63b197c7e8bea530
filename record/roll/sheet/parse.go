package sheet

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// parser reads a cell that is not blank, trimmed. The fact it answers has a value and nothing else.
type parser func(f *Field, c Cell) (rule.Fact, error)

// parsers are the readers of each type.
var parsers = map[Type]parser{
	TextType: readText, CodeType: readCode, PhoneType: readPhone, AccountType: readAccount, PersonIDType: readPersonID,
	CertificateType: readCertificate, IntType: readInt, BoolType: readBool, DayType: readDay, MonthType: readMonth, MoneyType: readMoney,
	MomentType: readMoment, WordsType: readWord, DivisionType: readDivision, RateType: readRate, ListType: readList,
}

// read reads a cell as the field: what it states, whether it states anything, and what is wrong with it.
func (f *Field) read(c Cell) (fact rule.Fact, stated bool, err error) {
	switch c.Kind {
	case Blank:
		return fact, false, nil
	case Failed:
		return fact, false, formulaFailed(c.Text)
	case Uncomputed:
		return fact, false, formulaUncomputed()
	}
	if c.Merged && !f.Shared {
		return fact, false, merged()
	}
	if c.Text = strings.TrimSpace(unguarded(strings.TrimSpace(c.Text))); c.Text == "" {
		return fact, false, nil
	}
	if garbled(c.Text) {
		return fact, false, garbledCell()
	}
	fact, err = parsers[f.Type](f, c)
	if err != nil {
		return rule.Fact{}, false, err
	}
	fact.Span, fact.Learned = always, rule.Beginning
	return fact, true, nil
}

// garbled tells whether characters were lost on the way: U+FFFD, and what becomes of two of them read as GBK.
func garbled(s string) bool {
	return strings.ContainsRune(s, unicode.ReplacementChar) || strings.Contains(s, "锟斤拷")
}

func readText(f *Field, c Cell) (rule.Fact, error) {
	if c.Kind == Date {
		if day, ok := ofSerial(c.Text); ok {
			c.Text = day.String()
		}
	}
	if strings.ContainsFunc(c.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }) {
		return rule.Fact{}, garbledCell()
	}
	if f.Name == nameFact && strings.ContainsAny(c.Text, "?？") {
		return rule.Fact{}, characterLost()
	}
	return rule.Fact{Value: rule.Text(c.Text)}, nil
}

// nameFact is what a person is called; a question mark in it stands for a character that an old character set lacked.
const nameFact = "person.name"

// scientific is a number as Excel shows it when it is too long.
var scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$`)

// digitsOf is a number that is no quantity, in half-width capitals. Excel keeps 15 digits of a number; a longer one that was not stored
// as text is lost.
func digitsOf(c Cell) (string, error) {
	s := strings.ToUpper(fault.HalfWidth(c.Text))
	number := c.Kind == Number || c.Kind == Date
	switch {
	case number && (len(s) > exactDigits || strings.Contains(s, "E")):
		return "", digitsLost()
	case number && strings.Contains(s, "."):
		return "", notWhole()
	case scientific.MatchString(s):
		return "", scientificNumber()
	}
	return s, nil
}

// exactDigits is how many digits of a number Excel keeps.
const exactDigits = 15

// unguarded takes off what keeps a number text in a CSV file: a leading apostrophe, or ="…".
func unguarded(s string) string {
	if inner, ok := strings.CutPrefix(s, `="`); ok {
		if inner, ok := strings.CutSuffix(inner, `"`); ok {
			return inner
		}
	}
	return strings.TrimPrefix(s, "'")
}

// longestCode bounds codes, in characters.
const longestCode = 64

func readCode(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	if len(s) > longestCode || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) }) {
		return rule.Fact{}, malformed(text.Say("编号过长", "the number is too long"))
	}
	return rule.Fact{Value: rule.Text(s)}, nil
}

var phone = regexp.MustCompile(`^\+?[0-9]{5,15}$`)

func readPhone(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	if !phone.MatchString(unbroken.Replace(s)) {
		return rule.Fact{}, malformed(text.Say("这不是一个电话号码", "this is not one telephone number"))
	}
	return rule.Fact{Value: rule.Text(s)}, nil
}

var account = regexp.MustCompile(`^[0-9]{8,32}$`)

func readAccount(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	s = unbroken.Replace(s)
	if !account.MatchString(s) {
		return rule.Fact{}, malformed(text.Say("银行账号应为 8 至 32 位数字", "an account number has 8 to 32 digits"))
	}
	if endsInZeros(s) && !ident.Luhn(s) {
		return rule.Fact{}, digitsLost()
	}
	return rule.Fact{Value: rule.Text(s)}, nil
}

// endsInZeros tells whether every digit behind the fifteenth, and there are at least three, is a zero.
func endsInZeros(s string) bool {
	return len(s) >= exactDigits+3 && strings.Trim(s[exactDigits:], "0") == ""
}

func readPersonID(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	id, err := ident.ParsePersonID(s)
	switch {
	case err == nil:
		return rule.Fact{Value: rule.Text(string(id))}, nil
	case fault.CodeOf(err) == "ident.id-check" && endsInZeros(s):
		return rule.Fact{}, digitsLost()
	}
	return rule.Fact{}, err
}

func readCertificate(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	n, err := ident.ParseCertificate(s)
	if err != nil {
		if endsInZeros(s) {
			err = digitsLost()
		}
		return rule.Fact{}, err
	}
	return rule.Fact{Value: rule.Text(string(n))}, nil
}

func readInt(f *Field, c Cell) (rule.Fact, error) {
	s, _ := strings.CutSuffix(fault.HalfWidth(c.Text), ".0")
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return rule.Fact{}, malformed(text.Say("这里应为整数", "a whole number is expected here"))
	}
	if f.fact != nil && f.fact.Range != nil && (n < f.fact.Range[0] || n > f.fact.Range[1]) {
		return rule.Fact{}, malformed(text.Say("应在 %d 至 %d 之间", "expected %d to %d", f.fact.Range[0], f.fact.Range[1]))
	}
	return rule.Fact{Value: rule.Int(n)}, nil
}

var yesAndNo = map[string]bool{"是": true, "有": true, "√": true, "✓": true, "y": true, "yes": true, "true": true, "1": true,
	"否": false, "无": false, "×": false, "n": false, "no": false, "false": false, "0": false}

func readBool(_ *Field, c Cell) (rule.Fact, error) {
	yes, ok := yesAndNo[strings.ToLower(fault.HalfWidth(c.Text))]
	if !ok {
		return rule.Fact{}, malformed(text.Say("这里应为“是”或“否”", "yes or no is expected here"))
	}
	return rule.Fact{Value: rule.Bool(yes)}, nil
}

func readMoney(_ *Field, c Cell) (rule.Fact, error) {
	fen, err := money.ParseYuan(c.Text)
	if err != nil {
		return rule.Fact{}, unquoted(err)
	}
	return rule.Fact{Value: rule.Money(fen)}, nil
}

func readRate(_ *Field, c Cell) (rule.Fact, error) {
	rate, err := money.ParseRate(c.Text)
	if err != nil {
		return rule.Fact{}, unquoted(err)
	}
	return rule.Fact{Value: rule.Rate(rate)}, nil
}

var moment = regexp.MustCompile(`^[0-9]{14}$`)

func readMoment(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	if !moment.MatchString(s) || s[8:10] > "23" || s[10:12] > "59" || s[12:] > "59" {
		return rule.Fact{}, malformed(text.Say("时间应写成 14 位，如 20211108153000", "a time has 14 digits, such as 20211108153000"))
	}
	if _, err := period.ParseDay(s[:8]); err != nil {
		return rule.Fact{}, unquoted(err)
	}
	return rule.Fact{Value: rule.Text(s)}, nil
}

func readWord(f *Field, c Cell) (rule.Fact, error) {
	value, ok := f.words[fold(c.Text)]
	if !ok {
		return rule.Fact{}, wordUnknown(c.Text, f.known)
	}
	return rule.Fact{Value: rule.Text(value)}, nil
}

func readDivision(_ *Field, c Cell) (rule.Fact, error) {
	s, err := digitsOf(c)
	if err != nil {
		return rule.Fact{}, err
	}
	d, err := ident.ParseDivision(s)
	if err != nil {
		return rule.Fact{}, err
	}
	return rule.Fact{Value: rule.Division(d)}, nil
}

func readList(f *Field, c Cell) (rule.Fact, error) {
	items := several(c.Text)
	for i, item := range items {
		if f.fact == nil || f.fact.Values == nil {
			continue
		}
		value, ok := f.words[fold(item)]
		if !ok {
			return rule.Fact{}, wordUnknown(item, f.known)
		}
		items[i] = value
	}
	return rule.Fact{Value: rule.Texts(items)}, nil
}

// several are the entries of a cell that lists them.
func several(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;\n", r) })
	items := parts[:0]
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			items = append(items, p)
		}
	}
	return items
}

// fold is a header or word without what offices write differently: width, case, blanks, the kind of brackets, colons and the marks of required
// columns.
func fold(s string) string { return strings.ToLower(unmarked.Replace(unspaced(s))) }

var (
	unmarked = strings.NewReplacer("*", "", ":", "")
	unbroken = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")
)

// unspaced is a text in half-width characters without blanks.
func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, fault.HalfWidth(s))
}

// plain is a folded header without what stands in brackets.
func plain(s string) string {
	for {
		open := strings.IndexByte(s, '(')
		if open <= 0 {
			return s
		}
		shut := strings.IndexByte(s[open:], ')')
		if shut < 0 {
			return s
		}
		s = s[:open] + s[open+shut+1:]
	}
}

// unquoted is a fault of the kernel without its place, which would show the cell.
func unquoted(err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	bare := *e
	bare.At = nil
	return &bare
}
