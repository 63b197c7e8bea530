package api

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/store"
)

// today is the day of the request.
func (c *call) today() period.Day { return dated.Day(c.now) }

// day reads a parameter that is a day; left out, it is today.
func (c *call) day(name, written string) (period.Day, error) {
	if written == "" {
		return c.today(), nil
	}
	day, err := period.ParseDay(written)
	if err != nil {
		return 0, parameter(name, written)
	}
	return day, nil
}

// span reads the parameters from and to; left out, it is the first of the year up to today.
func (c *call) span(from, to string) (s period.Span, err error) {
	if s.To, err = c.day("to", to); err != nil {
		return s, err
	}
	if from == "" {
		s.From, err = period.NewDay(s.To.Year(), 1, 1)
	} else {
		s.From, err = c.day("from", from)
	}
	if err == nil && s.Empty() {
		err = parameter("from", from)
	}
	return s, err
}

// workTime bounds how long one request works on what takes longer; the next one goes on.
const workTime = 15 * time.Second

// awhile does something that may be gone on with until its time is over, which is no error.
func (c *call) awhile(do func(ctx context.Context) error) error {
	ctx, stop := context.WithTimeout(c.ctx, workTime)
	defer stop()
	if err := do(ctx); err != nil && (ctx.Err() == nil || c.ctx.Err() != nil) {
		return err
	}
	return nil
}

// longestPurpose bounds what somebody is looked at for.
const longestPurpose = 100

// seen keeps in the log that people were looked at, and what for. Code: api.purpose.
func (c *call) seen(tx *store.Tx, name, subject, purpose string, people ...string) error {
	purpose = strings.TrimSpace(purpose)
	if purpose == "" || utf8.RuneCountInString(purpose) > longestPurpose || strings.ContainsFunc(purpose, unicode.IsControl) {
		return purposeMissing()
	}
	persons := map[string]any{}
	for _, person := range people {
		persons[person] = nil
	}
	_, err := c.Record.Log.Look(tx, audit.Note{Name: name, Subject: subject, Content: map[string]string{"purpose": purpose}, Persons: persons})
	return err
}
