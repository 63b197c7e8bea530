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
	Numbers   []ident.PersonID // of the persons to be registered or found; whoever has them is read as well
	Namesakes []Namesake       // to be asked for
	Parties   []string         // persons and households that are there already
}

// Bulk does many acts of one command together. Inside do, many is the same register with the same checks and answers, but it reads what ahead names at
// once, writes in memory, and what was written goes to the database in few statements at the end. A thousand persons or so make
// a good command: on PostgreSQL a hundred times as fast as one by one.
//
// Within do, all that is written to the register is written through many. What stands in the transaction beside the register does not see it yet.
func (r *Register) Bulk(tx *store.Tx, ahead Ahead, do func(many *Register) error) error {
	many, err := r.inMemory(tx, ahead)
	if err != nil {
		return err
	}
	if err := do(many); err != nil {
		return err
	}
	return many.flush(tx)
}

// Rehearse is [Register.Bulk] without keeping anything: it tells whether acts would be refused.
func (r *Register) Rehearse(tx *store.Tx, ahead Ahead, do func(many *Register) error) error {
	many, err := r.inMemory(tx, ahead)
	if err != nil {
		return err
	}
	return do(many)
}

// Together is the same register for a page that is about many: what is known of these persons and households is read at once, of others when it is asked.
// It is for reading, in this transaction alone.
func (r *Register) Together(tx *store.Tx, parties []string) (*Register, error) {
	return r.inMemory(tx, Ahead{Parties: parties})
}

func (r *Register) inMemory(tx *store.Tx, ahead Ahead) (*Register, error) {
	many := &Register{vocabulary: r.vocabulary, book: r.book.Draft(), keys: r.keys, index: newIndex()}
	return many, many.fetch(tx, ahead)
}

// Attempt does acts within [Register.Bulk] of which nothing stays when they end with an error, so that the others can go on. Acts with evidence are
// not for it: they make what is in memory be written.
func (r *Register) Attempt(do func() error) error { return r.book.Attempt(do) }

// Made are the ids of the statements that were made so far within [Register.Bulk], in their order.
func (r *Register) Made() []string { return r.book.Made() }

// fetch reads what will be needed: who has the numbers, what is said of them and of the parties, and of the households they are members of.
func (r *Register) fetch(tx *store.Tx, ahead Ahead) error {
	parties := append([]string{tx.County}, ahead.Parties...)
	owners, err := r.fetchNumbers(tx, ahead.Numbers)
	if err != nil {
		return err
	}
	parties = append(parties, owners...)
	alike, err := r.fetchNamesakes(tx, ahead.Namesakes)
	if err != nil {
		return err
	}
	parties = append(parties, alike...)
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
	found, err := owners(tx, numberTable, tokens)
	for _, e := range found {
		r.index.owners[e.token] = e.party
		persons = append(persons, e.party)
	}
	return persons, err
}

// fetchNamesakes reads who has the names and birthdays.
func (r *Register) fetchNamesakes(tx *store.Tx, list []Namesake) (persons []string, err error) {
	tokens := make([]string, len(list))
	for i, n := range list {
		tokens[i] = r.keys.bornToken(n)
		r.index.born[tokens[i]] = nil
	}
	found, err := owners(tx, nameTable, tokens)
	for _, e := range found {
		r.index.born[e.token] = append(r.index.born[e.token], e.party)
		persons = append(persons, e.party)
	}
	return persons, err
}

// owners are whom tokens find.
func owners(tx *store.Tx, table string, tokens []string) ([]entry, error) {
	return store.Among(tx, func(rows *store.Rows) (entry, error) {
		e := entry{table: table}
		return e, rows.Scan(&e.token, &e.party)
	}, `SELECT token, party_id FROM `+table+` WHERE county_code = ?1 AND token = ?*`, unique(tokens), tx.County)
}

// flush writes what is in memory. A register that is not used in bulk has written everything.
func (r *Register) flush(tx *store.Tx) error {
	if r.index == nil {
		return nil
	}
	if err := r.book.Flush(tx); err != nil {
		return err
	}
	return r.index.flush(tx, r.keys, r.book.IsNew)
}

// index is by what persons are found, in memory until it is written. Tokens of names are made when they are written: a rehearsal makes none.
type index struct {
	owners   map[string]string     // by token of a number; "" for nobody's
	born     map[string][]string   // by token of a name and birthday, as the database has it
	fresh    map[Namesake][]string // who is to be written under a name and birthday
	entered  map[entry]bool        // of which the rows are
	rows     []entry
	released []entry
	called   map[called]bool // of which the names are
	names    []called
}

// called says that a party is found by a name, by name and birthday together, or among those of its home.
type called struct {
	party string
	Namesake
	born bool           // the birthday counts
	home ident.Division // "" for a name
}

func newIndex() *index {
	return &index{owners: map[string]string{}, born: map[string][]string{}, fresh: map[Namesake][]string{}, entered: map[entry]bool{}, called: map[called]bool{}}
}

// enter says that the token of a number finds a party, and answers how to take that back.
func (x *index) enter(e entry) (back func()) {
	owner := x.owners[e.token]
	if x.entered[e] || owner == e.party {
		return func() {}
	}
	x.entered[e] = true
	x.rows = append(x.rows, e)
	x.owners[e.token] = e.party
	return func() {
		delete(x.entered, e)
		x.rows = x.rows[:len(x.rows)-1]
		x.owners[e.token] = owner
	}
}

// call says by what name a party is found, and answers how to take that back.
func (x *index) call(c called) (back func()) {
	if x.called[c] {
		return func() {}
	}
	x.called[c] = true
	x.names = append(x.names, c)
	if c.born {
		x.fresh[c.Namesake] = append(x.fresh[c.Namesake], c.party)
	}
	return func() {
		delete(x.called, c)
		x.names = x.names[:len(x.names)-1]
		if c.born {
			x.fresh[c.Namesake] = x.fresh[c.Namesake][:len(x.fresh[c.Namesake])-1]
		}
	}
}

// release frees a number, and answers how to take that back.
func (x *index) release(e entry) (back func()) {
	x.owners[e.token] = ""
	wasEntered := x.entered[e]
	delete(x.entered, e)
	if i := slices.Index(x.rows, e); i >= 0 {
		x.rows = slices.Delete(x.rows, i, i+1)
		return func() {
			x.owners[e.token], x.entered[e] = e.party, true
			x.rows = slices.Insert(x.rows, i, e)
		}
	}
	x.released = append(x.released, e)
	return func() {
		x.owners[e.token] = e.party
		if wasEntered {
			x.entered[e] = true
		}
		x.released = x.released[:len(x.released)-1]
	}
}

// flush writes the rows in the order of the tokens, which is that of the databases' indexes. Only those of parties that were there before
// may be there already.
func (x *index) flush(tx *store.Tx, k *Keys, isNew func(party string) bool) error {
	for _, e := range x.released {
		if err := releaseToken(tx, e); err != nil {
			return err
		}
	}
	rows := append(x.rows, k.entries(x.names)...)
	slices.SortFunc(rows, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.token, b.token), cmp.Compare(a.party, b.party))
	})
	fresh := map[string][][]any{}
	for _, e := range slices.Compact(rows) {
		if row := []any{tx.County, e.token, e.party}; isNew(e.party) {
			fresh[e.table] = append(fresh[e.table], row)
		} else if err := tx.Later(nil, `INSERT INTO `+e.table+` (county_code, token, party_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`, row...); err != nil {
			return err
		}
	}
	x.rows, x.released, x.names = nil, nil, nil
	for _, table := range []string{numberTable, nameTable} {
		if err := tx.Load(table, []string{"county_code", "token", "party_id"}, fresh[table]); err != nil {
			return err
		}
	}
	return nil
}

// entries are the rows of names. Many names begin alike, and the token of a beginning is made once.
func (k *Keys) entries(names []called) (rows []entry) {
	tokens := map[beginning]string{}
	token := func(b beginning) string {
		if tokens[b] == "" {
			tokens[b] = k.shortToken(b.purpose, b.text)
		}
		return tokens[b]
	}
	for _, c := range names {
		for _, b := range c.beginnings() {
			rows = append(rows, entry{nameTable, token(b), c.party})
		}
	}
	return rows
}

// beginnings are what the party is found by.
func (c called) beginnings() []beginning {
	switch {
	case c.home != "":
		return homes(c.home)
	case c.born:
		return []beginning{bornOf(c.Namesake)}
	}
	return beginnings(c.Name)
}
