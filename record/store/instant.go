package store

import "time"

const instantLayout = "2006-01-02T15:04:05.000000Z"

// FormatInstant writes an instant as it is stored: RFC 3339 in UTC with microseconds, 27 characters, so that text order is
// order in time.
func FormatInstant(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(instantLayout)
}

// ParseInstant reads what FormatInstant wrote.
func ParseInstant(s string) (time.Time, error) { return time.Parse(instantLayout, s) }
