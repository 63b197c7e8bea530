package upkeep

import (
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/fund"
	"doudi/record/store"
)

// The steps of changes of a special account. What they enter names the document of the change as its origin, and the change as the part of it.

// about is a step of a special account.
type about interface{ fund() string }

// moving is a step after which the money of a special account stands elsewhere.
type moving interface {
	moves(tx *store.Tx) (fund.Position, error)
}

// origin is what a line of money comes from.
func (b by) origin() fund.Origin {
	return fund.Origin{Kind: fund.FromDocument, ID: b.Source, Line: b.change}
}

// OpenFund is a special account with what it may be used for. Its other accounts are steps of their own.
type OpenFund struct {
	Fund    string     `json:"fund"`
	Name    string     `json:"name"`
	Purpose string     `json:"purpose"`
	From    period.Day `json:"from"`
	To      period.Day `json:"to"`
	Uses    []fund.Use `json:"uses"`
}

func (s *OpenFund) fund() string { return s.Fund }

func (s *OpenFund) do(tx *store.Tx, _ *Keeper, _ by) error {
	return fund.Open(tx, fund.Fund{Code: s.Fund, Name: fault.Text{ZH: s.Name}, Purpose: fault.Text{ZH: s.Purpose}, Span: period.Span{From: s.From, To: s.To}, Uses: s.Uses})
}

func (s *OpenFund) tell(_ *store.Tx, k *Keeper, _ period.Day) (fault.Text, error) {
	return text.Tell("开立专账“%s”（%s），%s，用于%s；对外名称：%s", "open the special account “%s” (%s), %s, to be used for %s; in public: %s", s.Name, s.Fund, told(s.From, s.To), k.uses(s.Uses), s.Purpose), nil
}

// OpenAccount is a source, bank or limit account of a special account.
type OpenAccount struct {
	Fund string    `json:"fund"`
	Kind fund.Kind `json:"kind"`
	Code string    `json:"code"`
	Name string    `json:"name"`
}

func (s *OpenAccount) fund() string { return s.Fund }

func (s *OpenAccount) do(tx *store.Tx, _ *Keeper, _ by) error {
	return fund.OpenAccount(tx, s.Fund, fund.Account{AccountID: fund.AccountID{Kind: s.Kind, Code: s.Code}, Name: fault.Text{ZH: s.Name}})
}

func (s *OpenAccount) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Tell("增加%s账户“%s”（%s）", "add the %s account “%s” (%s)", s.Kind.Label(), s.Name, s.Code), nil
}

// AllowUse is what a special account may be used for besides.
type AllowUse struct {
	Fund string     `json:"fund"`
	Uses []fund.Use `json:"uses"`
}

func (s *AllowUse) fund() string { return s.Fund }

func (s *AllowUse) do(tx *store.Tx, _ *Keeper, _ by) error { return fund.Allow(tx, s.Fund, s.Uses...) }

func (s *AllowUse) tell(_ *store.Tx, k *Keeper, _ period.Day) (fault.Text, error) {
	return text.Tell("增加用途：%s", "it may be used for %s besides", k.uses(s.Uses)), nil
}

func (k *Keeper) uses(list []fund.Use) (t fault.Text) {
	for i, u := range list {
		if i > 0 {
			t.ZH, t.EN = t.ZH+"、", t.EN+", "
		}
		name := k.UseName(u)
		t.ZH, t.EN = t.ZH+fault.Quote(name.ZH), t.EN+fault.QuoteEN(name.In("en"))
	}
	return t
}

// UseName is what a special account is used for as the policies call it: the benefit, the settlement, or the category itself.
func (k *Keeper) UseName(u fund.Use) fault.Text {
	for _, p := range k.Packs {
		for _, b := range p.Benefits {
			if u.Kind == fund.Scheme && b.ID == u.Name {
				return b.Name
			}
		}
		for _, s := range p.Settlement {
			if u.Kind == fund.Settlement && s.ID == u.Name {
				return s.Name
			}
		}
	}
	return fault.Text{ZH: u.Name}
}

// Enter is money that a special account is given, or that is set aside in it or released from there.
type Enter struct {
	Fund   string     `json:"fund"`
	What   Entering   `json:"what"`
	Amount money.Fen  `json:"amount"`
	Source string     `json:"source"`
	Into   string     `json:"into"` // the bank or limit account; "" when it is set aside or released
	Day    period.Day `json:"day"`
	Note   string     `json:"note"`
}

// Entering is what happens to money that nobody is paid.
type Entering string

// What is entered.
const (
	Receive  Entering = "receive"
	Grant    Entering = "grant"
	SetAside Entering = "set-aside"
	Release  Entering = "release"
)

// entering is how each is called, entered, and what it does to the position.
var entering = map[Entering]struct {
	label fault.Text
	enter func(*store.Tx, fund.Movement) (string, error)
	moves func(amount money.Fen) fund.Position
}{
	Receive:  {fault.Text{ZH: "拨入", EN: "received"}, fund.Receive, func(a money.Fen) fund.Position { return fund.Position{Received: a, Held: a, Available: a} }},
	Grant:    {fault.Text{ZH: "下达用款额度", EN: "limit granted"}, fund.Budget, func(a money.Fen) fund.Position { return fund.Position{Granted: a, Held: a, Available: a} }},
	SetAside: {fault.Text{ZH: "预留", EN: "set aside"}, fund.SetAside, func(a money.Fen) fund.Position { return fund.Position{SetAside: a, Available: -a} }},
	Release:  {fault.Text{ZH: "释放预留", EN: "released"}, fund.Release, func(a money.Fen) fund.Position { return fund.Position{SetAside: -a, Available: a} }},
}

// Label is how it is called.
func (e Entering) Label() fault.Text { return entering[e].label }

func (s *Enter) fund() string { return s.Fund }

func (s *Enter) do(tx *store.Tx, _ *Keeper, why by) error {
	e, known := entering[s.What]
	if !known {
		return empty()
	}
	_, err := e.enter(tx, fund.Movement{Fund: s.Fund, Amount: s.Amount, Source: s.Source, Into: s.Into, Day: s.Day, Origin: why.origin(), Reason: s.Note})
	return err
}

func (s *Enter) moves(*store.Tx) (fund.Position, error) { return s.What.moves(s.Amount), nil }

// moves is what an amount does to the position; of what is not known, nothing.
func (e Entering) moves(amount money.Fen) (p fund.Position) {
	if known, is := entering[e]; is {
		p = known.moves(amount)
	}
	return p
}

func (s *Enter) tell(tx *store.Tx, _ *Keeper, _ period.Day) (fault.Text, error) {
	name, err := fundName(tx, s.Fund)
	t := text.Tell("“%s”%s %s 元，%s", "“%s”: %s %s yuan on %s", name, s.What.Label(), s.Amount.Grouped(), s.Day)
	if s.Note != "" {
		t.ZH, t.EN = t.ZH+"，"+s.Note, t.EN+", "+s.Note
	}
	return t, err
}

// Correct is what an entry should have said.
type Correct struct {
	Fund  string     `json:"fund"`
	Entry string     `json:"entry"`
	To    money.Fen  `json:"to"` // 0 when it should not be there
	Day   period.Day `json:"day"`
	Why   string     `json:"why"`
}

func (s *Correct) fund() string { return s.Fund }

func (s *Correct) do(tx *store.Tx, _ *Keeper, why by) error {
	if _, err := fund.EntryOf(tx, s.Fund, s.Entry); err != nil {
		return err
	}
	_, err := fund.Adjust(tx, fund.Adjustment{Entry: s.Entry, To: s.To, Day: s.Day, Origin: why.origin(), Reason: s.Why})
	return err
}

func (s *Correct) moves(tx *store.Tx) (p fund.Position, err error) {
	e, err := fund.EntryOf(tx, s.Fund, s.Entry)
	if err != nil {
		return p, err
	}
	now, err := fund.StandsAt(tx, e)
	if err != nil {
		return p, err
	}
	what, _ := EnteredAs(e)
	more, err := money.Sub(s.To, now)
	return what.moves(more), err
}

func (s *Correct) tell(tx *store.Tx, _ *Keeper, _ period.Day) (t fault.Text, err error) {
	name, err := fundName(tx, s.Fund)
	if err != nil {
		return t, err
	}
	e, err := fund.EntryOf(tx, s.Fund, s.Entry)
	if err != nil {
		return t, err
	}
	what, was := EnteredAs(e)
	return text.Tell("“%s”%s的%s %s 元更正为 %s 元，记账日 %s，原因：%s", "“%s”: what was entered on %s as %s, %s yuan, is put right to %s yuan, on %s, because: %s",
		name, e.Day, what.Label(), was.Grouped(), s.To.Grouped(), s.Day, s.Why), nil
}

// EnteredAs is what an entry of a special account did, and its amount as it was entered; "" for one that [Correct] is not for.
func EnteredAs(e fund.Entry) (what Entering, amount money.Fen) {
	if len(e.Lines) == 0 {
		return "", 0
	}
	amount = e.Lines[0].Amount
	switch {
	case e.Type == fund.TypeReceive:
		return Receive, amount
	case e.Type == fund.TypeBudget:
		return Grant, amount
	case e.Type == fund.TypeReserve && amount > 0:
		return SetAside, amount
	case e.Type == fund.TypeReserve:
		return Release, -amount
	}
	return "", 0
}

// fundName is a special account by its name; by its code while there is none.
func fundName(tx *store.Tx, code string) (fault.Text, error) {
	f, err := fund.Find(tx, code)
	if fault.KindOf(err) == fault.NotFound {
		return fault.Text{ZH: code, EN: code}, nil
	}
	return f.Name, err
}

// Effect is where the money of a change's special account stands, and where it would with the change. ok is false for one that moves none.
func Effect(tx *store.Tx, c Change) (before, after fund.Position, ok bool, err error) {
	for _, s := range c.Steps {
		m, is := s.(moving)
		if !is {
			continue
		}
		if !ok {
			if before, err = fund.PositionOf(tx, c.Fund); err != nil {
				return before, after, false, err
			}
			after, ok = before, true
		}
		more, err := m.moves(tx)
		if err != nil {
			return before, after, false, err
		}
		if after, err = after.Add(more); err != nil {
			return before, after, false, err
		}
	}
	return before, after, ok, nil
}
