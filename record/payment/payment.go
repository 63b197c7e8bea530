package payment

import (
	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// Calls is what is to be paid, as package benefit says it: the approved runs after a number in their order, the lines of one,
// and why it differs from what was before.
type Calls struct {
	Approved func(tx *store.Tx, after int64) ([]benefit.Run, error)
	Lines    func(tx *store.Tx, run string, f benefit.LineFilter, after string, limit int) (lines []benefit.Line, next string, err error)
	Reasons  func(tx *store.Tx, run, scheme string, subjects []string) (map[string]benefit.Reason, error) // why a run pays them otherwise than before
}

// Config is what payments are made ready with.
type Config struct {
	Register *register.Register
	Cipher   dated.Cipher
	Token    func(name string) string // the blind token of a sealed statement's name
	Calls    Calls
	Packs    []*policy.Pack // that schemes are named after

	Catalogue func() (*sheet.Catalogue, error) // by which files of banks are read
}

// Payments keeps accounts and batches. It may be used by many goroutines.
type Payments struct {
	register *register.Register
	book     dated.Book
	calls    Calls
	packs    []*policy.Pack

	catalogue func() (*sheet.Catalogue, error)
}

// SchemeName is what the packs call a scheme, series/benefit; one that none of them has is told as it is written.
func (p *Payments) SchemeName(scheme string) fault.Text {
	for _, pack := range p.packs {
		for _, b := range pack.Benefits {
			if benefit.SchemeOf(pack, b) == scheme {
				return b.Name
			}
		}
	}
	return fault.Text{ZH: scheme}
}

// placeNames are what the packs call who pays and the special account; what none of them names is told as it is written.
func (p *Payments) placeNames(k key) (payer, account fault.Text) {
	payer, account = fault.Text{ZH: k.payer}, fault.Text{ZH: k.fund}
	for _, pack := range p.packs {
		if name, known := pack.Offices[k.payer]; known {
			payer = name
		}
		if name, known := pack.Funds[k.fund]; known {
			account = name
		}
	}
	return payer, account
}

// quoted is a scheme's name within a sentence.
func (p *Payments) quoted(scheme string) fault.Text {
	name := p.SchemeName(scheme)
	return fault.Text{ZH: fault.Quote(name.ZH), EN: fault.QuoteEN(name.In("en"))}
}

// Packs are the packs that schemes are named after, in the order they were given.
func (p *Payments) Packs() []*policy.Pack { return p.packs }

// New is the payments of a record.
func New(c Config) *Payments {
	return &Payments{register: c.Register, book: dated.Book{Cipher: c.Cipher, Token: c.Token}, calls: c.Calls, packs: c.Packs, catalogue: c.Catalogue}
}

// CallsOf is what package benefit says is to be paid.
func CallsOf(b *benefit.Benefits) Calls {
	return Calls{Approved: benefit.Approved, Lines: b.Lines, Reasons: benefit.ReasonsOf}
}
