package payment

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// Holding says whose an account is.
type Holding string

// Whose an account may be.
const (
	Own      Holding = "own"
	Head     Holding = "head"     // of the person's household
	Guardian Holding = "guardian" // of who cannot keep one
)

var holdingLabels = map[Holding]fault.Text{
	Own:      {ZH: "本人", EN: "the person's own"},
	Head:     {ZH: "户主代收", EN: "of the head of the household"},
	Guardian: {ZH: "监护人代收", EN: "of the guardian"},
}

// Label is how the holding is called.
func (h Holding) Label() fault.Text { return holdingLabels[h] }

// Account is a bank account (一卡通) to which a person is paid.
type Account struct {
	Number   string  `json:"number"` // of a card or passbook, digits
	Bank     string  `json:"bank"`
	Holder   string  `json:"holder"` // name in which it is kept
	As       Holding `json:"as"`
	Reason   string  `json:"reason,omitempty"`   // why it is another's; needed unless Own
	Compared bool    `json:"compared,omitempty"` // somebody compared the number with the card although its check digit is unusual
}

// Masked is the account as it may be shown.
func (a Account) Masked() string { return ident.MaskAccount(a.Number) }

// Kept is an account as it was stated.
type Kept struct {
	dated.Statement
	Account
}

// accountName is the name of the statement.
const accountName = "account"

// The lengths of an account's number. What banks give out lies well inside.
const (
	shortestNumber = 8
	longestNumber  = 32
	longestText    = 100
)

// Open states the account to which a person is paid from a day on; the one before ends the day before. Codes: payment.account-number,
// payment.account-check, payment.account-bank, payment.account-holding, payment.account-reason, payment.account-name, and those of
// [dated.Book.Add].
func (p *Payments) Open(tx *store.Tx, person string, a Account, from period.Day, said dated.Said) (id string, err error) {
	who, err := p.holder(tx, person, dated.Today(tx))
	if err != nil {
		return "", err
	}
	value, err := p.checked(tx, who, a)
	if err != nil {
		return "", err
	}
	for _, old := range who.accounts {
		if old.Span.To < from {
			continue
		}
		if _, err := p.book.EndOn(tx, old, from-1, said); err != nil {
			return "", err
		}
	}
	return p.book.Add(tx, dated.Statement{Subject: person, Name: accountName, Value: value, Sealed: true, Span: dated.From(from), Said: said})
}

// Correct replaces a statement about an account that was wrong. Codes as for Open, and those of [dated.Book.Correct].
func (p *Payments) Correct(tx *store.Tx, statement string, a Account, span period.Span, said dated.Said) (id string, err error) {
	old, err := p.account(tx, statement)
	if err != nil {
		return "", err
	}
	who, err := p.holder(tx, old.Subject, dated.Today(tx))
	if err != nil {
		return "", err
	}
	value, err := p.checked(tx, who, a)
	if err != nil {
		return "", err
	}
	return p.book.Correct(tx, old.Statement, value, span, said)
}

// Close says that an account was used no longer than to a day. Codes: payment.account-unknown and those of [dated.Book.EndOn].
func (p *Payments) Close(tx *store.Tx, statement string, last period.Day, said dated.Said) (id string, err error) {
	old, err := p.account(tx, statement)
	if err != nil {
		return "", err
	}
	return p.book.EndOn(tx, old.Statement, last, said)
}

// AccountOf is the account of a statement. Code: payment.account-unknown.
func (p *Payments) AccountOf(tx *store.Tx, statement string) (Account, error) {
	kept, err := p.account(tx, statement)
	return kept.Account, err
}

// account is a statement about an account. Code: payment.account-unknown.
func (p *Payments) account(tx *store.Tx, statement string) (Kept, error) {
	s, err := p.book.Get(tx, statement)
	if err != nil {
		return Kept{}, err
	}
	if s.Name != accountName {
		return Kept{}, accountUnknown()
	}
	return opened(s)
}

func opened(s dated.Statement) (Kept, error) {
	k := Kept{Statement: s}
	return k, json.Unmarshal([]byte(s.Value), &k.Account)
}

// Accounts are the accounts of a person that count today, in order of learning. Code: dated.party-unknown.
func (p *Payments) Accounts(tx *store.Tx, person string) ([]Kept, error) {
	who, err := p.holder(tx, person, rule.Forever)
	if err != nil {
		return nil, err
	}
	var all []Kept
	for _, s := range who.accounts {
		k, err := opened(s)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// holder is what an account of a person is compared with.
type holder struct {
	person   string
	name     string
	day      period.Day
	accounts []dated.Statement
}

// holder reads a person's name on a day and accounts. Code: dated.party-unknown.
func (p *Payments) holder(tx *store.Tx, person string, day period.Day) (holder, error) {
	h := holder{person: person, day: day}
	kind, err := dated.KindOf(tx, person)
	if err != nil {
		return h, err
	}
	if kind != register.PersonKind {
		return h, dated.PartyUnknown(person)
	}
	statements, err := p.book.Of(tx, person, rule.Forever)
	if err != nil {
		return h, err
	}
	h.accounts = dated.Named(statements, accountName)
	for _, s := range dated.Named(statements, nameFact) {
		if s.Holds(day) || h.name == "" {
			if err := json.Unmarshal([]byte(s.Value), &h.name); err != nil {
				return h, err
			}
		}
	}
	return h, nil
}

// nameFact is the fact of the vocabulary that is a person's name.
const nameFact = "person.name"

// at is the account of the person on the day, the one learnt last.
func (h holder) at() (Kept, bool, error) {
	for i := len(h.accounts) - 1; i >= 0; i-- {
		if h.accounts[i].Holds(h.day) {
			k, err := opened(h.accounts[i])
			return k, true, err
		}
	}
	return Kept{}, false, nil
}

// checked refuses an account that cannot be paid to, and otherwise writes it in its normal form.
func (p *Payments) checked(tx *store.Tx, who holder, a Account) (string, error) {
	a.Number = strings.NewReplacer(" ", "", "-", "").Replace(fault.HalfWidth(a.Number))
	a.Bank, a.Holder, a.Reason = strings.TrimSpace(a.Bank), strings.TrimSpace(a.Holder), strings.TrimSpace(a.Reason)
	switch {
	case !isNumber(a.Number):
		return "", accountNumber()
	case isCard(a.Number) && !ident.Luhn(a.Number) && !a.Compared:
		return "", accountCheck()
	case a.Bank == "" || utf8.RuneCountInString(a.Bank) > longestText:
		return "", accountBank()
	case holdingLabels[a.As].ZH == "":
		return "", accountHolding(a.As)
	case a.As != Own && a.Reason == "" || utf8.RuneCountInString(a.Reason) > longestText:
		return "", accountReason()
	}
	agrees, err := p.agrees(tx, who, a)
	if err != nil {
		return "", err
	}
	if !agrees {
		return "", accountHolder(a.As)
	}
	value, err := json.Marshal(a)
	return string(value), err
}

func isNumber(s string) bool {
	if len(s) < shortestNumber || longestNumber < len(s) {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// isCard tells whether a number is that of a bank card, which ends with a check digit; numbers of passbooks need not have one.
func isCard(s string) bool { return strings.HasPrefix(s, "62") && 16 <= len(s) && len(s) <= 19 }

// agrees tells whether the account is kept in the name of who may hold it.
func (p *Payments) agrees(tx *store.Tx, who holder, a Account) (bool, error) {
	switch a.As {
	case Own:
		return sameName(a.Holder, who.name), nil
	case Guardian: // whose name the register need not know; the reason says who it is
		return a.Holder != "" && utf8.RuneCountInString(a.Holder) <= longestText, nil
	}
	household, err := p.register.HouseholdOf(tx, who.person, who.day, rule.Forever)
	if err != nil || household == "" {
		return false, err
	}
	h, err := p.register.Household(tx, household, who.day, rule.Forever)
	if err != nil {
		return false, err
	}
	for _, m := range h.Members {
		if m.Relation != register.Head {
			continue
		}
		head, err := p.holder(tx, m.Person, who.day)
		return err == nil && sameName(a.Holder, head.name), err
	}
	return false, nil
}

// sameName compares names as people write them: blanks, the dot inside a name and the width of letters do not matter.
func sameName(a, b string) bool {
	plain := func(s string) string {
		return strings.ToUpper(strings.NewReplacer(" ", "", "　", "", "·", "", "•", "", "．", "", ".", "").Replace(fault.HalfWidth(s)))
	}
	return plain(a) != "" && plain(a) == plain(b)
}
