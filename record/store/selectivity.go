package store

import (
	"context"
	"database/sql"
)

// SQLite chooses the way to a row by statistics of the tables, or by a guess where there are none: that each column of a key leaves
// a tenth. For county_code, which leads nearly every key and which all rows of an office share, the guess is wrong, and a person's few
// rows in the order of their ids are looked for among all rows of the county because those are in order already. So SQLite is
// told how our keys are: the county leaves everything, what follows it leaves little, and an id that leads a key leaves next to nothing. That is said once, with the tables, and
// holds for an empty and for a full database, so that no query becomes slow on the day somebody counts, or because nobody did.
// PostgreSQL counts by itself. docs/decisions/0011 says what else was considered.
const selectivity = `INSERT INTO sqlite_stat1 (tbl, idx, stat)
	SELECT m.name, i.name, '1000000 ' || group_concat(CASE
		WHEN i."unique" AND c.seqno = (SELECT MAX(seqno) FROM pragma_index_info(i.name)) THEN 1
		WHEN (SELECT name FROM pragma_index_info(i.name) WHERE seqno = 0) <> 'county_code' THEN 2
		WHEN c.seqno = 0 THEN 1000000
		ELSE MAX(2, 1000 >> (3 * (c.seqno - 1))) END, ' ' ORDER BY c.seqno)
	FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
	WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'river%'
	GROUP BY m.name, i.name`

// tellSelectivity replaces SQLite's statistics by ours. The table of statistics is made anew, because connections that are open
// read it again only when tables have changed.
func (s *Store) tellSelectivity(ctx context.Context) error {
	begun, err := s.begin(ctx, s.writer, &sql.TxOptions{})
	if err != nil {
		return translate(err)
	}
	defer begun.end()
	for _, statement := range []string{`DROP TABLE IF EXISTS sqlite_stat1`, `ANALYZE sqlite_schema`, selectivity, `ANALYZE sqlite_schema`} {
		if _, err := begun.tx.ExecContext(ctx, statement); err != nil {
			return translate(err)
		}
	}
	return translate(s.commit(ctx, begun.keep))
}
