package roll

import (
	"context"
	"encoding/json"

	"doudi/kernel/fault"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// askable are the faults of a file that can be read once a person has said what its columns are.
var askable = map[string]bool{"sheet.header": true, "sheet.columns-missing": true, "sheet.mapping": true, "sheet.identity": true}

// asks tells whether a file that was not understood is kept for a person to say what its columns are.
func (u Upload) asks(err error) bool { return u.Ask && askable[fault.CodeOf(err)] }

// Question is what a person is asked about an import: what the columns of its file are.
type Question struct {
	*sheet.Outline
	Import Import
	Sheets []string // of the file
	Why    error    // what could not be understood by itself; nil when it can by now
}

// Ask is the question about an import's file. Columns of which the source's mapping knows are said already. name is the sheet, "" for the first one,
// and header 0 for the row that looks most like it. Codes: roll.unknown, roll.destroyed and those of [sheet.Book.Lines].
func (r *Rolls) Ask(ctx context.Context, county, id, name string, header int) (q Question, err error) {
	var book *sheet.Book
	if q.Import, book, err = r.book(ctx, county, id); err != nil {
		return q, err
	}
	if q.Sheets = book.Sheets; name == "" && len(book.Sheets) > 0 {
		name = book.Sheets[0]
	}
	catalogue, err := r.Catalogue()
	if err != nil {
		return q, err
	}
	if q.Outline, err = catalogue.Outline(book, name, header); err != nil {
		return q, err
	}
	return q, r.Store.Read(ctx, county, func(tx *store.Tx) error {
		kept, err := r.Mapping(tx, q.Import.Source)
		if err != nil {
			return err
		}
		if kept != nil {
			q.Say(*kept)
		}
		_, q.Why = catalogue.Recognise(book, sheet.Wish{Mapping: kept})
		return nil
	})
}

// book opens the file of an import.
func (r *Rolls) book(ctx context.Context, county, id string) (i Import, b *sheet.Book, err error) {
	if i, err = r.get(ctx, county, id); err != nil {
		return i, nil, err
	}
	if !i.Lasting {
		return i, nil, gone()
	}
	b, err = sheet.Open(r.content(ctx, county, i))
	return i, b, err
}

// Try reads the first rows of an import's file by a mapping, at most limit. Codes: roll.unknown, roll.destroyed, and those of [sheet.Catalogue.Recognise].
func (r *Rolls) Try(ctx context.Context, county, id, name string, m sheet.Mapping, limit int) (rows []sheet.Row, err error) {
	_, book, err := r.book(ctx, county, id)
	if err != nil {
		return nil, err
	}
	catalogue, err := r.Catalogue()
	if err != nil {
		return nil, err
	}
	layout, err := catalogue.Recognise(book, sheet.Wish{Sheet: name, Mapping: &m})
	if err != nil {
		return nil, err
	}
	for row, err := range catalogue.Rows(book, layout) {
		if err != nil {
			return nil, err
		}
		if rows = append(rows, row); len(rows) == limit {
			break
		}
	}
	return rows, nil
}

// Understand says what the columns of an import's file are, of which [Rolls.Try] has been seen to read; its rows are to be staged next. Codes: roll.state, roll.not-theirs.
func (r *Rolls) Understand(tx *store.Tx, id, name string, m sheet.Mapping) error {
	before, err := r.Get(tx, id)
	if err != nil {
		return err
	}
	if before.State != Asking {
		return wrongState(before, "说明各列")
	}
	if err := r.Within(before.Offices, m); err != nil {
		return err
	}
	i := before
	i.turn(Staging)
	if err := i.save(tx, before); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE roll_import SET mapping = ?3, sheet = ?4, template = ?5 WHERE county_code = ?1 AND import_id = ?2`, tx.County, id, string(text), name, m.Template); err != nil {
		return err
	}
	return r.note(tx, "roll.understand", i, work{said: string(text)})
}
