package audit

import (
	"crypto/cipher"
	"errors"
	"runtime"
	"sync"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// SealAll is [Log.Seal] for much at once: the i-th content is about the i-th person. Keys are read and made together, and all processors seal.
func (l *Log) SealAll(tx *store.Tx, persons []string, plain [][]byte) ([]string, error) {
	keys, err := l.keysOrNew(tx, persons)
	if err != nil {
		return nil, err
	}
	sealed, faults := make([]string, len(plain)), make([]error, len(plain))
	Share(len(plain), func(i int) {
		sealed[i], faults[i] = seal(keys[persons[i]], plain[i], "content", tx.County, persons[i])
	})
	return sealed, errors.Join(faults...)
}

// Share does n pieces of work that have nothing to do with each other, on all processors.
func Share(n int, do func(i int)) {
	workers := runtime.GOMAXPROCS(0)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	group.Wait()
}

// keyRow is a person's key as it is kept.
type keyRow struct{ person, wrapped, master, destroyed string }

func scanKey(rows *store.Rows) (k keyRow, err error) {
	return k, rows.Scan(&k.person, &k.wrapped, &k.master, &k.destroyed)
}

// FetchKeys reads the keys of many persons at once, for the [Log.Open] that follows in the transaction. Who has none or a destroyed one is passed over:
// that is said when it is used.
func (l *Log) FetchKeys(tx *store.Tx, persons []string) error {
	_, err := l.fetchKeys(tx, persons)
	if fault.CodeOf(err) == "audit.key-destroyed" {
		return nil
	}
	return err
}

// fetchKeys answers the keys there are. Of destroyed ones it says so after all others are remembered.
func (l *Log) fetchKeys(tx *store.Tx, persons []string) (map[string]cipher.AEAD, error) {
	rows, err := store.Among(tx, scanKey, `SELECT person_id, wrapped, master, destroyed FROM person_key WHERE county_code = ?1 AND person_id = ?*`, persons, tx.County)
	if err != nil {
		return nil, err
	}
	opened, faults := make([]cipher.AEAD, len(rows)), make([]error, len(rows))
	Share(len(rows), func(i int) {
		k := rows[i]
		opened[i], faults[i] = l.unwrap(tx.County, k.person, k.wrapped, k.master, k.destroyed)
	})
	keys := map[string]cipher.AEAD{}
	var first error
	for i, k := range rows {
		if faults[i] != nil {
			if first == nil {
				first = faults[i]
			}
			continue
		}
		keys[k.person] = opened[i]
		if err := l.remember(tx, k.person, opened[i]); err != nil {
			return nil, err
		}
	}
	return keys, first
}

// remember keeps a key for the time of the transaction.
func (l *Log) remember(tx *store.Tx, person string, key cipher.AEAD) error {
	_, err := store.Once(tx, l.ownerOf(tx, person), func() (cipher.AEAD, error) { return key, nil })
	return err
}

// keysOrNew are the keys of persons, made for those who have none.
func (l *Log) keysOrNew(tx *store.Tx, persons []string) (map[string]cipher.AEAD, error) {
	wanted := distinct(persons)
	keys, err := l.fetchKeys(tx, wanted)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, person := range wanted {
		if keys[person] != nil {
			continue
		}
		wrapped, key, err := l.makeKey(tx.County, person)
		if err != nil {
			return nil, err
		}
		if err := l.remember(tx, person, key); err != nil {
			return nil, err
		}
		keys[person] = key
		rows = append(rows, []any{tx.County, person, wrapped, l.keys.name, store.FormatInstant(tx.Instant), ""})
	}
	return keys, tx.Load("person_key", []string{"county_code", "person_id", "wrapped", "master", "created", "destroyed"}, rows)
}

// distinct are the texts once each, in their order.
func distinct(all []string) []string {
	seen := make(map[string]bool, len(all))
	var found []string
	for _, s := range all {
		if !seen[s] {
			seen[s] = true
			found = append(found, s)
		}
	}
	return found
}
