package store

import "context"

// wholeRows tells PostgreSQL to keep the rows of our tables in one piece and not to compress their texts: the long ones are
// ciphertexts, which do not become shorter, and a settlement that is put aside in slices takes three times as long to write. Rows longer than a
// page are still put aside.
const wholeRows = `DO $$
DECLARE c RECORD;
BEGIN
	FOR c IN SELECT t.oid::regclass AS name, t.oid FROM pg_class t
		WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND t.relname NOT LIKE 'river%' AND t.relname NOT LIKE 'goose%'
			AND COALESCE(array_to_string(t.reloptions, ','), '') NOT LIKE '%toast_tuple_target%'
			AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND a.attname IN ('frozen', 'result', 'document', 'sealed', 'content'))
	LOOP
		EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', c.name);
		EXECUTE (SELECT format('ALTER TABLE %s ', c.name) || string_agg(format('ALTER COLUMN %I SET STORAGE EXTERNAL', a.attname), ', ')
			FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attname IN ('frozen', 'result', 'document', 'sealed', 'content') AND a.atttypid = 'text'::regtype);
	END LOOP;
END $$`

// tune tells the database what it cannot know of our tables.
func (s *Store) tune(ctx context.Context) error {
	if s.dialect.name == sqliteName {
		return s.tellSelectivity(ctx)
	}
	if spread, err := s.spreads(ctx); err != nil || spread {
		return err // each was told when it was made
	}
	_, err := s.writer.ExecContext(ctx, wholeRows)
	return translate(err)
}
