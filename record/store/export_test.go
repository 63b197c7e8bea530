package store

import "context"

// MigrateTo brings the tables to an earlier step.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	if err := s.migrateTo(ctx, version); err != nil {
		return err
	}
	return s.migrateQueue(ctx)
}

// Translate is what Write does with the errors of a database.
var Translate = translate

func init() { iterations, maxIterations = 1000, 10_000 } // the tests guess no passphrases
