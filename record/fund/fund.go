package fund

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// Fund is one special account of a county.
type Fund struct {
	Code    string      // unique in the county: lower-case letters, digits and hyphens, at most 40
	Name    fault.Text  // Chinese needed
	Purpose fault.Text  // neutral words for receipts and notices, that tell nothing of the payee's situation; Chinese needed
	Span    period.Span // the days on which money may be received, granted and committed
	Uses    []Use       // what it may be used for, at least one; in the order of kind and name when read
	Blocks  int         // into how many parts the headroom is divided, 1 to 256; 0 means 64
}

const (
	defaultBlocks = 64
	mostBlocks    = 256
	longestCode   = 40
	longestText   = 200 // characters of a name, a reason, an id
)

// Use is one thing a fund may be used for: a scheme or a settlement of a pack by its id, or a category of them.
type Use struct {
	Kind UseKind
	Name string
}

// UseKind tells what a use names.
type UseKind string

// The kinds of uses.
const (
	Scheme     UseKind = "scheme"
	Settlement UseKind = "settlement"
	Category   UseKind = "category"
)

var useLabels = map[UseKind]fault.Text{
	Scheme:     {ZH: "待遇", EN: "scheme"},
	Settlement: {ZH: "结算", EN: "settlement"},
	Category:   {ZH: "类别", EN: "category"},
}

// Label is how the use is called in messages and statements.
func (u Use) Label() fault.Text {
	kind := useLabels[u.Kind]
	return fault.Text{ZH: kind.ZH + fault.Quote(u.Name), EN: kind.EN + " " + fault.QuoteEN(u.Name)}
}

func (u Use) check() error {
	if useLabels[u.Kind].ZH == "" || !isText(u.Name) {
		return malformed("fund.use-malformed", text.Tell("用途 %s/%s 写法不对", "the use %s/%s is malformed", u.Kind, u.Name),
			text.Tell("种类为 scheme、settlement 或 category，后面是策略包里的编号或类别名", "its kind is scheme, settlement or category, followed by an id of the pack or the name of a category"))
	}
	return nil
}

// isText tells whether s can be a name or an id: a few characters, none of them a control character.
func isText(s string) bool { return s != "" && isLine(s) }

func isLine(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= longestText && !strings.ContainsFunc(s, unicode.IsControl)
}

func isCode(s string) bool {
	if s == "" || len(s) > longestCode {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && c != '-' {
			return false
		}
	}
	return true
}

// check refuses a fund that cannot be opened and fills in the default.
func (f *Fund) check() error {
	if f.Blocks == 0 {
		f.Blocks = defaultBlocks
	}
	hint := fault.Text{ZH: "代码用小写字母、数字和连字符，至多 40 个；名称和用途要有中文", EN: "the code is of lower-case letters, digits and hyphens, at most 40; name and purpose need Chinese words"}
	switch {
	case !isCode(f.Code):
		return malformed("fund.code-malformed", text.Tell("专账代码“%s”写法不对", "the fund's code “%s” is malformed", f.Code), hint)
	case !isText(f.Name.ZH), !isText(f.Purpose.ZH), !isLine(f.Name.EN), !isLine(f.Purpose.EN):
		return malformed("fund.name-missing", text.Tell("专账“%s”缺少名称或用途说明，或过长", "the fund “%s” lacks a name or a purpose, or they are too long", f.Code), hint)
	case f.Span.Empty():
		return malformed("fund.span-empty", text.Tell("专账“%s”的结束日早于开始日（%s）", "the fund “%s” ends before it begins (%s)", f.Code, f.Span), fault.Text{})
	case f.Blocks < 1 || f.Blocks > mostBlocks:
		return malformed("fund.blocks", text.Tell("额度分块数为 1 到 %d，写的是 %d", "the headroom is divided into 1 to %d parts, not %d", mostBlocks, f.Blocks), fault.Text{})
	case len(f.Uses) == 0:
		return malformed("fund.use-missing", text.Tell("专账“%s”没有写明可以用于什么", "the fund “%s” does not say what it may be used for", f.Code),
			text.Tell("至少列出一项待遇、结算或类别", "list at least one scheme, settlement or category"))
	}
	for _, u := range f.Uses {
		if err := u.check(); err != nil {
			return err
		}
	}
	return nil
}

// Open opens a fund with its suspense and reserve account, and one appropriation account for each use. Source, bank and limit
// accounts are added by [OpenAccount]. Codes: fund.exists; fund.code-malformed, fund.name-missing, fund.span-empty, fund.blocks,
// fund.use-missing, fund.use-malformed.
func Open(tx *store.Tx, f Fund) error {
	if err := f.check(); err != nil {
		return err
	}
	added, err := tx.Exec(`INSERT INTO fund (county_code, fund_code, name_zh, name_en, purpose_zh, purpose_en, from_day, to_day, blocks, instant, actor_id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING`,
		tx.County, f.Code, f.Name.ZH, f.Name.EN, f.Purpose.ZH, f.Purpose.EN, f.Span.From.String(), f.Span.To.String(), f.Blocks, store.FormatInstant(tx.Instant), tx.Actor.ID)
	if err != nil {
		return err
	}
	if added == 0 {
		return exists(text.Tell("专账“%s”", "the fund “%s”", f.Code))
	}
	if err := tx.StandingChanged(); err != nil {
		return err
	}
	for block := range f.Blocks {
		if _, err := tx.Exec(`INSERT INTO fund_block (county_code, fund_code, block, amount_left) VALUES (?1, ?2, ?3, 0)`, tx.County, f.Code, block); err != nil {
			return err
		}
	}
	for _, kind := range []Kind{Suspense, Reserve} {
		if _, err := addAccount(tx, f.Code, Account{AccountID{Kind: kind}, kindLabels[kind]}); err != nil {
			return err
		}
	}
	return allow(tx, f.Code, f.Uses)
}

// Allow adds uses to a fund; those it has already stay. Uses are never taken away: what was committed for them remains
// theirs. Codes: fund.unknown, fund.use-malformed.
func Allow(tx *store.Tx, code string, uses ...Use) error {
	for _, u := range uses {
		if err := u.check(); err != nil {
			return err
		}
	}
	if _, err := Find(tx, code); err != nil {
		return err
	}
	return allow(tx, code, uses)
}

func allow(tx *store.Tx, code string, uses []Use) error {
	if err := tx.StandingChanged(); err != nil {
		return err
	}
	for _, u := range uses {
		if _, err := tx.Exec(`INSERT INTO fund_use (county_code, fund_code, use_kind, use_name, instant, actor_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`,
			tx.County, code, string(u.Kind), u.Name, store.FormatInstant(tx.Instant), tx.Actor.ID); err != nil {
			return err
		}
		if _, err := addAccount(tx, code, Account{u.account(), u.accountName()}); err != nil {
			return err
		}
	}
	return nil
}

// found is the key under which a fund is remembered, by its code.
type found string

// Find reads a fund. Code: fund.unknown.
func Find(tx *store.Tx, code string) (Fund, error) {
	if !isCode(code) {
		return Fund{}, unknownFund(tx, code)
	}
	return store.Standing(tx, found(code), func() (Fund, error) { return read(tx, code) })
}

func read(tx *store.Tx, code string) (Fund, error) {
	f := Fund{Code: code}
	var from, to string
	err := tx.QueryRow(`SELECT name_zh, name_en, purpose_zh, purpose_en, from_day, to_day, blocks FROM fund WHERE county_code = ?1 AND fund_code = ?2`, tx.County, code).
		Scan(&f.Name.ZH, &f.Name.EN, &f.Purpose.ZH, &f.Purpose.EN, &from, &to, &f.Blocks)
	if errors.Is(err, sql.ErrNoRows) {
		return Fund{}, unknownFund(tx, code)
	}
	if err != nil {
		return Fund{}, err
	}
	if f.Span, err = parseSpan(from, to); err != nil {
		return Fund{}, err
	}
	f.Uses, err = store.All(tx, func(rows *store.Rows) (u Use, err error) { return u, rows.Scan(&u.Kind, &u.Name) },
		`SELECT use_kind, use_name FROM fund_use WHERE county_code = ?1 AND fund_code = ?2`, tx.County, code)
	sortBy(f.Uses, func(u Use) string { return u.account().Code })
	return f, err
}

// Codes lists the funds of the county, in the order of their codes.
func Codes(tx *store.Tx) ([]string, error) {
	codes, err := store.All(tx, func(rows *store.Rows) (code string, err error) { return code, rows.Scan(&code) },
		`SELECT fund_code FROM fund WHERE county_code = ?1`, tx.County)
	slices.Sort(codes)
	return codes, err
}

// Available is what may still be committed. Code: fund.unknown.
func Available(tx *store.Tx, code string) (money.Fen, error) {
	if _, err := Find(tx, code); err != nil {
		return 0, err
	}
	return headroom(tx, code)
}

// on refuses a day outside of the fund's.
func (f Fund) on(day period.Day) error {
	if f.Span.Contains(day) {
		return nil
	}
	return &fault.Error{Kind: fault.OutOfForce, Code: "fund.not-in-force", Op: "fund",
		Message: text.Tell("专账“%s”（%s）自 %s 起至 %s 止，%s 不在其内，没有记账", "the fund “%s” (%s) runs from %s to %s, which leaves out %s; nothing was entered",
			f.Name, f.Code, f.Span.From, f.Span.To, day),
		Hint: text.Tell("核对日期，或改用该日有效的专账", "check the day, or use the fund in force on it")}
}

// allows refuses a purpose the fund does not allow, and otherwise tells the use that allows it.
func (f Fund) allows(p Purpose) (Use, error) {
	asked := []Use{p.Use, {Category, p.Category}}
	for _, want := range asked {
		for _, u := range f.Uses {
			if u == want {
				return u, nil
			}
		}
	}
	return Use{}, notAllowed(f, p)
}

func parseSpan(from, to string) (s period.Span, err error) {
	if s.From, err = period.ParseDay(from); err != nil {
		return s, err
	}
	s.To, err = period.ParseDay(to)
	return s, err
}
