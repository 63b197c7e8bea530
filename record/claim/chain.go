package claim

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/store"
)

// chain is the confirmed bills of one person under one series, in their order.
type chain struct {
	person, series string
	carried        []string // ids of what was used in other counties (transfer.go)
	claims         []*Claim
	moved          map[string][]movement // by claim: what it uses of counters now
	invoices       map[string]string     // the claim that uses an invoice, of this person's bills of any series
	opened         []movement            // each window that has a row, as a movement of what is used of it
	turn           int64                 // of those who change it, this act's included; 0 when none was taken
}

// isFresh tells whether the chain begins with this act.
func (ch *chain) isFresh() bool { return ch.turn == 1 }

// movement is what a claim uses of a counter on a day; or by how much a settlement changes that.
type movement struct {
	counter string
	token   string // of key
	key     []string
	day     period.Day
	window  period.Span
	amount  int64 // fen, or how many
	counts  bool
	cap     *int64
}

// place of a movement: what is added up.
type spot struct {
	counter, token string
	day            period.Day
}

func (m movement) spot() spot { return spot{m.counter, m.token, m.day} }

// chainTurn is the turn of those who change a chain, or what was used of its counters in other counties.
var chainTurn = store.Turn{
	Take: `INSERT INTO claim_chain (county_code, person_id, series, moves) VALUES (?1, ?2, ?3, 1)
		ON CONFLICT (county_code, person_id, series) DO UPDATE SET moves = claim_chain.moves + 1 RETURNING moves`,
	Look: `SELECT moves FROM claim_chain WHERE county_code = ?1 AND person_id = ?2 AND series = ?3`,
	Pass: `INSERT INTO claim_chain (county_code, person_id, series, moves) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (county_code, person_id, series) DO UPDATE SET moves = excluded.moves WHERE claim_chain.moves = excluded.moves - 1`,
}

// lock makes the acts on a chain go one after the other, and reads it. Of a chain that begins with this act there is nothing to
// read: asking for rows that are not there would stand in the way of all who add some.
func (c *Claims) lock(tx *store.Tx, claim *Claim) (ch *chain, err error) {
	if ch, ok := recallChain(tx, claim); ok {
		return ch, tx.TakeTurnAfter(chainTurn, ch.turn-1, tx.County, claim.Person, claim.Series)
	}
	ch = newChain(claim.Person, claim.Series)
	tx.Forget(ch.key(tx))
	if ch.turn, err = tx.TakeTurn(chainTurn, tx.County, claim.Person, claim.Series); err != nil {
		return nil, err
	}
	if !ch.isFresh() {
		return ch, c.load(tx, ch)
	}
	if claim.namesNoInvoice() {
		return ch, nil
	}
	return ch, ch.loadInvoices(tx)
}

// chainOf is what a chain is remembered by.
type chainOf struct{ county, person, series string }

func (ch *chain) key(tx *store.Tx) chainOf { return chainOf{tx.County, ch.person, ch.series} }

// recallChain is the chain as a company left it, for the next act. What it uses of invoices is not remembered, for bills of other series use them too.
func recallChain(tx *store.Tx, claim *Claim) (*chain, bool) {
	if !claim.namesNoInvoice() {
		return nil, false
	}
	left, ok := store.Recall[chain](tx, chainOf{tx.County, claim.Person, claim.Series})
	if !ok {
		return nil, false
	}
	left.claims = copies(left.claims) // an act writes on them
	left.turn++
	return &left, true
}

// remember keeps the chain for the next act, if the plan added a bill and changed no other.
func (ch *chain) remember(tx *store.Tx, p *plan, m *moves) {
	if len(p.steps) != 1 || p.come == nil || p.steps[0].claim != p.come.claim || len(ch.invoices) > 0 || len(p.come.after.settled.Figures.Invoices) > 0 {
		return
	}
	left := *ch
	claim := *p.come.claim
	claim.State, claim.bill, claim.token = Confirmed, nil, ""
	left.claims = append(slices.Clone(ch.claims), &claim)
	slices.SortFunc(left.claims, byPlace)
	left.moved = maps.Clone(ch.moved)
	if moved := p.steps[0].after.moved; len(moved) > 0 {
		left.moved[claim.ID] = moved
	}
	left.opened = slices.Clone(ch.opened)
	for _, w := range m.windows(ch) {
		left.open(movement{counter: w.counter, token: w.token, window: w.window, amount: m.used(w)})
	}
	tx.Remember(ch.key(tx), left)
}

// copies are the same claims, to be written on.
func copies(claims []*Claim) []*Claim {
	list := make([]*Claim, len(claims))
	for i, claim := range claims {
		one := *claim
		list[i] = &one
	}
	return list
}

// open keeps what is used of a window.
func (ch *chain) open(window movement) {
	if i := slices.IndexFunc(ch.opened, window.sameWindow); i >= 0 {
		ch.opened[i] = window
		return
	}
	ch.opened = append(ch.opened, window)
}

// namesNoInvoice tells whether the bill was just received and names no invoices.
func (c *Claim) namesNoInvoice() bool {
	return c.bill != nil && !slices.ContainsFunc(c.bill.Bill.Lines, func(l subject.Line) bool { return len(l.Facts["line.invoice"]) > 0 })
}

func newChain(person, series string) *chain {
	return &chain{person: person, series: series, moved: map[string][]movement{}, invoices: map[string]string{}}
}

// load reads a chain.
func (c *Claims) load(tx *store.Tx, ch *chain) (err error) {
	if ch.claims, err = confirmed(tx, ch.person, ch.series); err != nil {
		return err
	}
	if err := c.loadMovements(tx, ch); err != nil {
		return err
	}
	return ch.loadInvoices(tx)
}

// prefetchChain says that a chain will be locked.
func prefetchChain(tx *store.Tx, person, series string) {
	if store.Recalls(tx, chainOf{tx.County, person, series}) {
		return
	}
	key := []any{tx.County, person, series}
	tx.PrefetchTurn(chainTurn, key...)
	for _, query := range []string{confirmedQuery, carriedMovements, movementsQuery, windowsQuery} {
		tx.PrefetchInCompany(query, key...)
	}
	tx.PrefetchInCompany(invoicesQuery, tx.County, person)
}

const invoicesQuery = `SELECT invoice, claim_id FROM claim_invoice WHERE county_code = ?1 AND person_id = ?2`

func (ch *chain) loadInvoices(tx *store.Tx) error {
	used, err := store.All(tx, func(rows *store.Rows) (pair [2]string, err error) { return pair, rows.Scan(&pair[0], &pair[1]) },
		invoicesQuery, tx.County, ch.person)
	for _, pair := range used {
		ch.invoices[pair[0]] = pair[1]
	}
	return err
}

// usesInvoices tells whether a claim uses invoices.
func (ch *chain) usesInvoices(c *Claim) bool {
	for _, by := range ch.invoices {
		if by == c.ID {
			return true
		}
	}
	return false
}

// isOpen tells whether the window of a movement has a row.
func (ch *chain) isOpen(m movement) bool {
	return slices.ContainsFunc(ch.opened, m.sameWindow)
}

// usedOf is what the row of an open window says.
func (ch *chain) usedOf(m movement) int64 {
	return ch.opened[slices.IndexFunc(ch.opened, m.sameWindow)].amount
}

func (m movement) sameCounter(other movement) bool {
	return m.counter == other.counter && m.token == other.token
}

func (m movement) sameWindow(other movement) bool {
	return m.sameCounter(other) && m.window == other.window
}

const windowsQuery = `SELECT counter, key_token, window_from, window_to, used FROM claim_counter WHERE county_code = ?1 AND person_id = ?2 AND series = ?3`

// loadWindows reads what is kept of each window.
func (ch *chain) loadWindows(tx *store.Tx) (err error) {
	ch.opened, err = store.All(tx, func(rows *store.Rows) (m movement, err error) {
		var from, to string
		if err := rows.Scan(&m.counter, &m.token, &from, &to, &m.amount); err != nil {
			return m, err
		}
		return m, m.readWindow(from, to)
	}, windowsQuery, tx.County, ch.person, ch.series)
	return err
}

func (m *movement) readWindow(from, to string) (err error) {
	if m.window.From, err = dated.DayFrom(from, rule.Beginning); err != nil {
		return err
	}
	m.window.To, err = readTo(to)
	return err
}

// row is a movement as it is stored.
type row struct {
	movement
	claim, sealed string
	on, from, to  string // the days, as they are written
	limit         sql.NullInt64
}

const movementsQuery = `SELECT claim_id, counter, key_token, key_sealed, day, window_from, window_to, amount, counts, cap FROM claim_movement
	WHERE county_code = ?1 AND person_id = ?2 AND series = ?3 ORDER BY settlement_id, line`

func scanMovement(rows *store.Rows) (*row, error) {
	r := &row{}
	err := rows.Scan(&r.claim, &r.counter, &r.token, &r.sealed, &r.on, &r.from, &r.to, &r.amount, &r.counts, &r.limit)
	if err != nil {
		return nil, err
	}
	if r.limit.Valid {
		r.cap = &r.limit.Int64
	}
	if r.day, err = period.ParseDay(r.on); err != nil {
		return nil, err
	}
	return r, r.readWindow(r.from, r.to)
}

// readTo reads the end of a window; the last day that can be written stands for none.
func readTo(written string) (period.Day, error) {
	day, err := period.ParseDay(written)
	if day == period.Latest {
		day = rule.Forever
	}
	return day, err
}

func writeTo(day period.Day) string { return min(day, period.Latest).String() }

// loadMovements adds up the movements of a chain by claim, counter and day.
func (c *Claims) loadMovements(tx *store.Tx, ch *chain) error {
	if err := c.loadCarried(tx, ch); err != nil {
		return err
	}
	rows, err := store.All(tx, scanMovement, movementsQuery, tx.County, ch.person, ch.series)
	if err != nil {
		return err
	}
	var sealed []string
	var keys []any
	for _, r := range rows {
		if r.sealed != "" {
			sealed, keys = append(sealed, r.sealed), append(keys, &r.key)
		}
	}
	if len(sealed) > 0 {
		if err := c.open(tx, ch.person, sealed, keys...); err != nil {
			return err
		}
	}
	for _, r := range rows {
		ch.moved[r.claim] = added(ch.moved[r.claim], r.movement)
	}
	return ch.loadWindows(tx)
}

// added adds a movement to those at its spot; what comes to nothing is left out.
func added(list []movement, m movement) []movement {
	i := slices.IndexFunc(list, func(other movement) bool { return other.spot() == m.spot() })
	if i < 0 {
		return append(list, m)
	}
	m.amount += list[i].amount
	if m.amount == 0 {
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	list = slices.Clone(list)
	list[i] = m
	return list
}

// followed is a history and the movements after it.
func followed(h []subject.Entry, by []movement) []subject.Entry {
	for _, m := range by {
		e := subject.Entry{Counter: m.counter, Key: m.key, Day: m.day}
		if m.counts {
			e.Count = m.amount
		} else {
			e.Amount = money.Fen(m.amount)
		}
		h = append(h, e)
	}
	return h
}

// movements are what a settlement uses of counters.
func (c *Claims) movements(person, series string, f Figures) ([]movement, error) {
	var list []movement
	for _, u := range f.Counters {
		m := movement{counter: u.Counter, key: u.Key, day: u.Day, amount: u.Delta, counts: u.Counts, cap: u.Cap}
		var err error
		if m.token, err = c.keyToken(person, series, u.Counter, u.Key); err != nil {
			return nil, err
		}
		if m.window.From, err = dated.DayFrom(u.From, rule.Beginning); err != nil {
			return nil, damaged(err)
		}
		if m.window.To, err = dated.DayFrom(u.To, rule.Forever); err != nil {
			return nil, damaged(err)
		}
		if m.amount != 0 {
			list = added(list, m)
		}
	}
	return list, nil
}

// keyToken is the blind token of a counter's key; "" when it has none beyond the person.
func (c *Claims) keyToken(person, series, counter string, key []string) (string, error) {
	if len(key) == 0 {
		return "", nil
	}
	text, err := json.Marshal(append([]string{person, series, counter}, key...))
	return c.Token("claim counter\n" + string(text)), err
}

// differences are by how much one list of movements is more than another, where they differ, in the order of spots.
func differences(before, after []movement) []movement {
	list := slices.Clone(after)
	for _, m := range before {
		m.amount = -m.amount
		list = added(list, m)
	}
	for i, d := range list { // of what is used now the window and the cap count
		for _, m := range after {
			if m.spot() == d.spot() {
				list[i].window, list[i].cap = m.window, m.cap
			}
		}
	}
	slices.SortFunc(list, func(a, b movement) int {
		return cmp.Or(cmp.Compare(a.counter, b.counter), cmp.Compare(a.token, b.token), cmp.Compare(a.day, b.day))
	})
	return list
}

func declares(id string) func(policy.Counter) bool {
	return func(c policy.Counter) bool { return c.ID == id }
}
