package api

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
)

const (
	pageSize = 50
	mostPage = 100
)

// page is how much of a list is asked for, and behind which of its rows. A mark is the place of a row in the list; none is the beginning.
type page[Mark any] struct {
	limit int
	after Mark
}

// readPage reads the parameters limit and cursor.
func readPage[Mark any](limit, written string) (p page[Mark], err error) {
	p.limit = pageSize
	if limit != "" {
		if p.limit, err = strconv.Atoi(limit); err != nil || p.limit < 1 || p.limit > mostPage {
			return p, parameter("limit", limit)
		}
	}
	if written == "" {
		return p, nil
	}
	content, err := base64.RawURLEncoding.DecodeString(written)
	if err != nil || json.Unmarshal(content, &p.after) != nil {
		return p, parameter("cursor", written)
	}
	return p, nil
}

// more is how many rows to ask for: one more than the page holds tells whether there is another.
func (p page[Mark]) more() int { return p.limit + 1 }

// cut is the page of the rows that were found, and the cursor of the next page; "" when this is the last.
func cut[Mark, Row any](p page[Mark], found []Row, mark func(Row) Mark) (rows []Row, next string) {
	if len(found) <= p.limit {
		return found, ""
	}
	return found[:p.limit], cursor(mark(found[p.limit-1]))
}

// cursor stands for a mark.
func cursor(mark any) string {
	content, _ := json.Marshal(mark) // texts, numbers and days can always be written
	return base64.RawURLEncoding.EncodeToString(content)
}
