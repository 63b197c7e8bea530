package sheet

import (
	"maps"
	"slices"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Type is how the cells of a field are read.
type Type string

// The types of fields.
const (
	TextType        Type = "text"
	CodeType        Type = "code" // digits and letters kept as written, with their leading zeros
	PhoneType       Type = "phone"
	AccountType     Type = "account" // of a bank: digits, at most 32
	PersonIDType    Type = "person-id"
	CertificateType Type = "certificate" // of disability
	IntType         Type = "int"
	BoolType        Type = "bool"
	DayType         Type = "day"
	MonthType       Type = "month" // its first day
	MoneyType       Type = "money" // yuan
	RateType        Type = "rate"
	MomentType      Type = "moment" // YYYYMMDDHHmmss
	WordsType       Type = "words"  // one of a few
	DivisionType    Type = "division"
	ListType        Type = "list" // texts set apart by 、 or ；
)

// Field is something a column may state: a field of imports, a fact or a roster.
type Field struct {
	Name   string
	Type   Type
	Label  fault.Text
	Shared bool // a merged cell over several rows counts for each of them
	fact   *rule.FactType
	words  map[string]string // of WordsType: value by word as folded
	known  []string          // the words as written
}

var always = period.Span{From: rule.Beginning, To: rule.Forever}

func (f *Field) addWord(word, value string) {
	if f.words == nil {
		f.words = map[string]string{}
	}
	f.words[fold(word)] = value
	f.known = append(f.known, word)
}

func typeOf(t *rule.FactType) Type {
	switch {
	case t.Format == "person-id":
		return PersonIDType
	case t.Format == "disability-certificate":
		return CertificateType
	case t.Type == rule.TextType && t.Values != nil:
		return WordsType
	}
	return map[rule.Type]Type{rule.TextType: TextType, rule.IntType: IntType, rule.BoolType: BoolType, rule.DayType: DayType, rule.MoneyType: MoneyType,
		rule.RateType: RateType, rule.DivisionType: DivisionType, rule.ListType: ListType}[t.Type]
}

// Values are the values that a column of words may state, sorted; none of other types.
func (f *Field) Values() []string {
	return slices.Compact(slices.Sorted(maps.Values(f.words)))
}
