package register

import (
	"cmp"
	"slices"

	"doudi/kernel/ident"
	"doudi/record/dated"
	"doudi/record/store"
)

// Ahead is what [Register.Bulk] reads together before it begins. What is missing in it is read when it is needed, one by one.
type Ahead struct {
	Numbers []ident.PersonID // of the persons to be registered or found; whoever has them is read as well
	Parties []string         // persons and households that are there already
}

// Bulk does many acts of one command together. Inside do, many is the same register with the same checks and answers, but it reads what ahead names at
// once, writes in memory, and what was written goes to the database in few statements at the end. A thousand persons or so make
// a good command: on PostgreSQL a hundred times as fast as one by one.
//
// Within do, all that is written to the register is written through many. What stands in the transaction beside the register does not see it yet.
func (r *Register) Bulk(tx *store.Tx, ahead Ahead, do func(many *Register) error) error {
	many := &Register{vocabulary: r.vocabulary, book: r.book.Draft(), keys: r.keys, index: newIndex()}
	if err := many.fetch(tx, ahead); err != nil {
		return err
	}
	if err := do(many); err != nil {
		return err
	}
	return many.flush(tx)
}

// fetch reads what will be needed: who has the numbers, what is said of them and of the parties, and of the households they are members of.
func (r *Register) fetch(tx *store.Tx, ahead Ahead) error {
	parties := append([]string{tx.County}, ahead.Parties...)
	owners, err := r.fetchNumbers(tx, ahead.Numbers)
	if err != nil {
		return err
	}
	parties = append(parties, owners...)
	if err := r.book.Fetch(tx, unique(parties)); err != nil {
		return err
	}
	var households []string
	for _, party := range parties {
		said, err := r.book.History(tx, party)
		if err != nil {
			return err
		}
		for _, m := range dated.Named(said, memberName) {
			households = append(households, m.Object)
		}
	}
	return r.book.Fetch(tx, unique(households))
}

// unique are the texts once each, in order.
func unique(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// fetchNumbers reads who has the numbers.
func (r *Register) fetchNumbers(tx *store.Tx, numbers []ident.PersonID) (persons []string, err error) {
	tokens := make([]string, len(numbers))
	for i, number := range numbers {
		tokens[i] = r.keys.NumberToken(number)
		r.index.owners[tokens[i]] = ""
	}
	type owned struct{ token, party string }
	found, err := store.Among(tx, func(rows *store.Rows) (o owned, err error) { return o, rows.Scan(&o.token, &o.party) },
		`SELECT token, party_id FROM person_number WHERE county_code = ?1 AND token = ?*`, tokens, tx.County)
	for _, o := range found {
		r.index.owners[o.token] = o.party
		persons = append(persons, o.party)
	}
	return persons, err
}

// flush writes what is in memory. A register that is not used in bulk has written everything.
func (r *Register) flush(tx *store.Tx) error {
	if r.index == nil {
		return nil
	}
	if err := r.book.Flush(tx); err != nil {
		return err
	}
	return r.index.flush(tx, r.book.IsNew)
}

// index is by what persons are found, in memory until it is written.
type index struct {
	owners  map[string]string    // by token of a number; "" for nobody's
	tokens  map[beginning]string // many names begin alike
	entered map[entry]bool       // of which the rows are
	rows    []entry
}

// entry says that a token finds a party.
type entry struct{ table, token, party string }

const (
	numberTable = "person_number"
	nameTable   = "person_name"
)

func newIndex() *index {
	return &index{owners: map[string]string{}, tokens: map[beginning]string{}, entered: map[entry]bool{}}
}

// add makes a party findable by a name or number.
func (x *index) add(keys *Keys, party, fact, text string) {
	if fact == numberFact {
		token := keys.NumberToken(ident.PersonID(text))
		if x.owners[token] != party {
			x.owners[token] = party
			x.enter(entry{numberTable, token, party})
		}
		return
	}
	for _, b := range beginnings(text) {
		token, known := x.tokens[b]
		if !known {
			token = keys.shortToken(b.purpose, b.text)
			x.tokens[b] = token
		}
		x.enter(entry{nameTable, token, party})
	}
}

func (x *index) enter(e entry) {
	if !x.entered[e] {
		x.entered[e] = true
		x.rows = append(x.rows, e)
	}
}

// release frees a number.
func (x *index) release(token, party string) {
	delete(x.owners, token)
	delete(x.entered, entry{numberTable, token, party})
}

// flush writes the rows in the order of the tokens, which is that of the databases' indexes. Only those of parties that were there before
// may be there already.
func (x *index) flush(tx *store.Tx, isNew func(party string) bool) error {
	slices.SortFunc(x.rows, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.token, b.token), cmp.Compare(a.party, b.party))
	})
	fresh := map[string][][]any{}
	for _, e := range x.rows {
		if row := []any{tx.County, e.token, e.party}; isNew(e.party) {
			fresh[e.table] = append(fresh[e.table], row)
		} else if err := tx.Later(nil, `INSERT INTO `+e.table+` (county_code, token, party_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`, row...); err != nil {
			return err
		}
	}
	x.rows = nil
	for _, table := range []string{numberTable, nameTable} {
		if err := tx.Load(table, []string{"county_code", "token", "party_id"}, fresh[table]); err != nil {
			return err
		}
	}
	return nil
}
