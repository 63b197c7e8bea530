package roll

import (
	"context"
	"io"
	"iter"

	"doudi/record/audit"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// page is how many rows are read at once for a file that is written.
const page = 500

// WriteRefused writes the error workbook of an import: each row that was refused, and each that nobody decided, as it stands in the file, with the reasons behind it. It
// answers how many there are. The look at them is kept in the log. Codes: roll.unknown, roll.destroyed.
func (r *Rolls) WriteRefused(ctx context.Context, by By, id, lang string, w io.Writer) (written int, err error) {
	i, err := r.get(ctx, by.County, id)
	if err != nil {
		return 0, err
	}
	if !i.Lasting {
		return 0, gone()
	}
	if err := r.looked(ctx, by, "roll.refused", id, map[string]any{"source": i.Source}, nil); err != nil {
		return 0, err
	}
	book, err := sheet.Open(r.content(ctx, by.County, i))
	if err != nil {
		return 0, err
	}
	catalogue, err := r.Catalogue()
	if err != nil {
		return 0, err
	}
	layout, err := catalogue.Recognise(book, sheet.Wish{Sheet: i.Sheet, Mapping: &i.Mapping})
	if err != nil {
		return 0, err
	}
	return catalogue.WriteRefused(w, book, layout, r.refusals(ctx, by.County, id, lang))
}

// looked keeps a look in the log, in a command of its own.
func (r *Rolls) looked(ctx context.Context, by By, name, subject string, content map[string]any, persons []string) error {
	concerned := map[string]any{}
	for _, person := range persons {
		concerned[person] = nil
	}
	_, err := r.Store.Write(ctx, store.Command{Name: name, County: by.County, Actor: by.Actor, Instant: by.Instant}, func(tx *store.Tx) (any, error) {
		return r.Log.Look(tx, audit.Note{Name: name, Subject: subject, Content: content, Persons: concerned})
	})
	return err
}

// refusals are the rows that were left out for a reason, in their order.
func (r *Rolls) refusals(ctx context.Context, county, id, lang string) iter.Seq2[sheet.Refusal, error] {
	return func(yield func(sheet.Refusal, error) bool) {
		for after := int64(0); ; {
			var rows []Row
			err := r.Store.Read(ctx, county, func(tx *store.Tx) (err error) {
				rows, err = r.rows(tx, id, Refused, Ambiguous, after, page)
				return err
			})
			if err != nil {
				yield(sheet.Refusal{}, err)
				return
			}
			for _, row := range rows {
				if row.Decision == nil && !yield(row.refusal(lang), nil) {
					return
				}
			}
			if len(rows) < page {
				return
			}
			after = rows[len(rows)-1].No
		}
	}
}

func (r Row) refusal(lang string) sheet.Refusal {
	refusal := sheet.Refusal{Row: r.Line}
	for _, reason := range r.Reasons {
		refusal.Reasons = append(refusal.Reasons, reason.Render(lang))
	}
	return refusal
}

// Render is the reason on one line in a language: C12（证件号码）：….
func (r Reason) Render(lang string) string {
	line := r.Text.In(lang)
	if hint := r.Hint.In(lang); hint != "" {
		line += "（" + hint + "）"
	}
	where := r.Place
	if r.Header != "" {
		where += "（" + r.Header + "）"
	}
	if where == "" {
		return line
	}
	return where + "：" + line
}
