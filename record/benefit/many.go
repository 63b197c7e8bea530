package benefit

import (
	"cmp"
	"slices"
	"strings"

	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// many are subjects that are asked about together.
type many struct {
	ids   []string // in order
	dense bool     // few others lie between the first and the last
}

// between are subjects that lie beside one another.
func between(ids []string) many { return many{ids, true} }

// scattered are subjects of which it is found out whether they lie beside one another on the snapshot.
func scattered(tx *store.Tx, ids []string) (m many, err error) {
	m.ids = slices.Sorted(slices.Values(ids))
	if len(ids) == 0 {
		return m, nil
	}
	var found int
	limit := 4 * len(ids)
	err = tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM snapshot_row WHERE county_code = ?1 AND party_id >= ?2 AND party_id <= ?3 LIMIT ?4) AS near`,
		tx.County, m.ids[0], m.ids[len(ids)-1], limit).Scan(&found)
	m.dense = found < limit
	return m, err
}

// ask runs a query about the subjects, which says {subject} for the column that names them. Where they lie beside one another it is one range of an index; else one
// question of many parts ([store.Among]). of is the subject of a row.
func ask[T any](tx *store.Tx, m many, scan func(*store.Rows) (T, error), of func(*T) string, query string, args ...any) ([]T, error) {
	if len(m.ids) == 0 {
		return nil, nil
	}
	before, rest, _ := strings.Cut(query, "{")
	column, after, _ := strings.Cut(rest, "}")
	if !m.dense {
		return store.Among(tx, scan, before+column+` = ?*`+after, m.ids, args...)
	}
	n := len(args)
	args = append(slices.Clone(args), m.ids[0], m.ids[len(m.ids)-1])
	list, err := store.All(tx, scan, before+column+" >= "+placeholder(n+1)+" AND "+column+" <= "+placeholder(n+2)+after, args...)
	return slices.DeleteFunc(list, func(t T) bool { _, among := slices.BinarySearch(m.ids, of(&t)); return !among }), err
}

func placeholder(n int) string { return "?" + string(rune('0'+n)) }

// OfMany are the determinations of approved runs about many subjects, by subject, as [Of] has them of one.
func OfMany(tx *store.Tx, subjects []string) (map[string][]Determination, error) {
	return approvedOf(tx, many{ids: slices.Sorted(slices.Values(subjects))}, 0)
}

// Stretch is a time in every month of which the same was due by a scheme.
type Stretch struct {
	Scheme   string
	From, To period.Month
	Amount   money.Fen // a month
	Exit     bool      // a step of a gradual exit
}

// Stretches are what a subject's determinations made due before a month, in order. What a document paid afterwards is left out: nothing else stands on it.
func Stretches(all []Determination, before period.Month) []Stretch {
	t := tracks{}
	for _, scheme := range schemesIn(all) {
		for month := firstOf(all); month < before; month++ {
			t.learn(scheme, month, standing(all, scheme, month))
		}
	}
	var list []Stretch
	for scheme, tr := range t {
		for _, s := range tr.spans {
			list = append(list, Stretch{scheme, s.from, s.to, monthly(s.cell), s.cell.exit})
		}
	}
	slices.SortFunc(list, func(a, b Stretch) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Scheme, b.Scheme)) })
	return list
}
