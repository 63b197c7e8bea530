package fund

import (
	"errors"
	"slices"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/store"
)

// Kind is what an account is for.
type Kind string

// The kinds of accounts, as the package comment explains them.
const (
	Source        Kind = "source"
	Bank          Kind = "bank"
	Limit         Kind = "limit"
	Appropriation Kind = "appropriation"
	Suspense      Kind = "suspense"
	Payable       Kind = "payable"
	Reserve       Kind = "reserve"
)

var kindLabels = map[Kind]fault.Text{
	Source:        {ZH: "拨款来源", EN: "source"},
	Bank:          {ZH: "专户存款", EN: "bank"},
	Limit:         {ZH: "用款额度", EN: "treasury limit"},
	Appropriation: {ZH: "用款", EN: "appropriation"},
	Suspense:      {ZH: "待结", EN: "suspense"},
	Payable:       {ZH: "应付", EN: "payable"},
	Reserve:       {ZH: "预留", EN: "reserve"},
}

// Label is how the kind is called in statements.
func (k Kind) Label() fault.Text { return kindLabels[k] }

// AccountID tells an account within its fund.
type AccountID struct {
	Kind Kind
	Code string // "" for suspense and reserve, of which there is one; appropriation: use kind/name; payable: payee kind/id
}

// String is the account as it is written in messages: kind/code.
func (a AccountID) String() string {
	if a.Code == "" {
		return string(a.Kind)
	}
	return string(a.Kind) + "/" + a.Code
}

// Account is one account of a fund.
type Account struct {
	AccountID
	Name fault.Text
}

// PayeeKind tells what a payee's id is an id of.
type PayeeKind string

// The kinds of payees.
const (
	Provider PayeeKind = "provider" // a hospital, a pharmacy, a school
	Person   PayeeKind = "person"
)

var payeeLabels = map[PayeeKind]fault.Text{
	Provider: {ZH: "机构", EN: "provider"},
	Person:   {ZH: "个人", EN: "person"},
}

// Payee is who gets the money.
type Payee struct {
	Kind PayeeKind
	ID   string // of the register of providers or of persons; never a name
}

func (p Payee) check() error {
	if payeeLabels[p.Kind].ZH == "" || !isText(p.ID) {
		return malformed("fund.payee-malformed", text.Tell("收款方 %s/%s 写法不对", "the payee %s/%s is malformed", p.Kind, p.ID),
			text.Tell("种类为 provider 或 person，后面是登记的编号", "its kind is provider or person, followed by the id on the register"))
	}
	return nil
}

func (p Payee) account() AccountID { return AccountID{Payable, string(p.Kind) + "/" + p.ID} }

func (p Payee) accountName() fault.Text {
	label := payeeLabels[p.Kind]
	return fault.Text{ZH: "应付" + label.ZH + " " + p.ID, EN: "payable to " + label.EN + " " + p.ID}
}

func (u Use) account() AccountID { return AccountID{Appropriation, string(u.Kind) + "/" + u.Name} }

func (u Use) accountName() fault.Text {
	label := u.Label()
	return fault.Text{ZH: "用款：" + label.ZH, EN: "used for " + label.EN}
}

// OpenAccount adds a source, bank or limit account to a fund; its code is written as a fund's. The other accounts come by
// themselves. Codes: fund.unknown, fund.account-malformed, fund.exists.
func OpenAccount(tx *store.Tx, code string, a Account) error {
	if (a.Kind != Source && a.Kind != Bank && a.Kind != Limit) || !isCode(a.Code) || !isText(a.Name.ZH) {
		return malformed("fund.account-malformed", text.Tell("账户 %s 不能这样开立", "the account %s cannot be opened like this", a.AccountID),
			text.Tell("可开立拨款来源 source、专户 bank 和用款额度 limit；代码用小写字母、数字和连字符，并写明中文名称", "source, bank and limit accounts can be opened; the code is of lower-case letters, digits and hyphens, the name needs Chinese words"))
	}
	if _, err := Find(tx, code); err != nil {
		return err
	}
	added, err := addAccount(tx, code, a)
	if err == nil && !added {
		err = exists(text.Tell("专账“%s”的账户 %s", "the account %[2]s of the fund “%[1]s”", code, a.AccountID))
	}
	return err
}

const addAccountSQL = `INSERT INTO fund_account (county_code, fund_code, account_kind, account_code, name_zh, name_en)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`

// addAccount adds an account and tells whether it was not there before.
func addAccount(tx *store.Tx, code string, a Account) (bool, error) {
	added, err := tx.Exec(addAccountSQL, a.columns(tx, code)...)
	return added == 1, err
}

// seen is the key under which it is remembered that a provider's account is there.
type seen struct{ fund, account string }

// needAccount adds an account if it is not there. That a provider has one is remembered; persons are too many.
func needAccount(tx *store.Tx, code string, p Payee) error {
	a := Account{p.account(), p.accountName()}
	add := func() error { return tx.Later(nil, addAccountSQL, a.columns(tx, code)...) }
	if p.Kind != Provider {
		return add()
	}
	there, err := store.Standing(tx, seen{code, a.Code}, func() (bool, error) { return hasAccount(tx, code, a.AccountID) })
	if err != nil || there {
		return err
	}
	return errors.Join(tx.StandingChanged(), add())
}

// hasAccount tells whether a fund has an account.
func hasAccount(tx *store.Tx, code string, a AccountID) (bool, error) {
	var found int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM fund_account WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = ?3 AND account_code = ?4`,
		tx.County, code, string(a.Kind), a.Code).Scan(&found)
	return found > 0, err
}

func (a Account) columns(tx *store.Tx, code string) []any {
	return []any{tx.County, code, string(a.Kind), a.Code, a.Name.ZH, a.Name.EN}
}

const (
	accountsSQL = `SELECT account_kind, account_code, name_zh, name_en FROM fund_account WHERE county_code = ?1 AND fund_code = ?2`
	// booksSQL reads two ranges of the key: all kinds but what is payable, and of that the part of the providers ('0' follows '/').
	booksSQL = accountsSQL + ` AND account_kind IN ('source', 'bank', 'limit', 'appropriation', 'suspense', 'reserve')
		UNION ALL ` + accountsSQL + ` AND account_kind = 'payable' AND account_code > 'provider/' AND account_code < 'provider0'`
)

// Accounts lists the accounts of a fund, in the order of kind and code. Code: fund.unknown.
func Accounts(tx *store.Tx, code string) ([]Account, error) { return accounts(tx, code, accountsSQL) }

// Books lists the accounts of a fund without those on which persons are owed, of which there may be a million. Code: fund.unknown.
func Books(tx *store.Tx, code string) ([]Account, error) { return accounts(tx, code, booksSQL) }

func accounts(tx *store.Tx, code, query string) ([]Account, error) {
	if _, err := Find(tx, code); err != nil {
		return nil, err
	}
	all, err := store.All(tx, func(rows *store.Rows) (a Account, err error) {
		return a, rows.Scan(&a.Kind, &a.Code, &a.Name.ZH, &a.Name.EN)
	}, query, tx.County, code)
	sortBy(all, func(a Account) string { return a.String() })
	return all, err
}

// open refuses an account that the fund does not have, or that is of none of the kinds.
func (f Fund) open(tx *store.Tx, a AccountID, kinds ...Kind) error {
	var there int
	if slices.Contains(kinds, a.Kind) {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM fund_account WHERE county_code = ?1 AND fund_code = ?2 AND account_kind = ?3 AND account_code = ?4`,
			tx.County, f.Code, string(a.Kind), a.Code).Scan(&there); err != nil {
			return err
		}
	}
	if there == 1 {
		return nil
	}
	return f.unknownAccount(tx, a, kinds)
}
