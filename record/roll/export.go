package roll

import (
	"context"
	"io"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// Query is which persons a list has, and what it says of them.
type Query struct {
	Day      period.Day
	Division ident.Division // only those whose household lives in it; "" for all
	Roster   string         // only those on it (roster.dibao); "" for all
	Columns  []string       // facts and rosters; those of the household as well
	Purpose  string         // what the list is for, kept in the log

	// Sees tells which facts may be shown; the others are withheld, and so are names and numbers without rule.Identity.
	Sees func(rule.Sensitivity) bool
}

// withheld stands in place of what may not be seen.
const withheld = "＊＊＊"

// Export writes a list of persons, with its filters above it, and answers how many there are. Everybody on it is named in the log. Codes: roll.purpose,
// register.fact-unknown, register.roster-unknown.
func (r *Rolls) Export(ctx context.Context, by By, q Query, format sheet.Format, w io.Writer) (written int, err error) {
	if strings.TrimSpace(q.Purpose) == "" {
		return 0, purposeMissing()
	}
	types, err := r.columns(q)
	if err != nil {
		return 0, err
	}
	out, err := sheet.NewWriter(w, format, r.title(by, q, types))
	if err != nil {
		return 0, err
	}
	for after := ""; err == nil; {
		var lines [][]sheet.Cell
		var persons []string
		lines, persons, after, err = r.listed(ctx, by.County, q, types, after)
		if err == nil && len(persons) > 0 {
			err = r.looked(ctx, by, "register.export", "", map[string]any{"purpose": q.Purpose, "filters": q.filters()}, persons)
		}
		for _, line := range lines {
			if err == nil {
				err = out.Write(line)
				written++
			}
		}
		if after == "" {
			break
		}
	}
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return written, err
}

func purposeMissing() error {
	return refused(fault.Invalid, "purpose", text.Say("没有写明导出的用途", "what the list is for is missing"), text.Say("写明用途，例如“入户核查”", "say what it is for"))
}

func (r *Rolls) columns(q Query) (types []*rule.FactType, err error) {
	for _, name := range append([]string{nameField, numberField}, q.Columns...) {
		t, err := r.Register.Type(name)
		if err != nil {
			return nil, err
		}
		types = append(types, t)
	}
	if q.Roster != "" {
		_, err = r.Register.Type(q.Roster)
	}
	return types, err
}

func (q Query) filters() []string {
	filters := []string{"日期：" + q.Day.String()}
	if q.Division != "" {
		filters = append(filters, "地域："+string(q.Division))
	}
	if q.Roster != "" {
		filters = append(filters, "名册："+q.Roster)
	}
	return filters
}

func (r *Rolls) title(by By, q Query, types []*rule.FactType) sheet.Export {
	e := sheet.Export{Title: "人员名单", Filters: append(q.filters(), "用途："+q.Purpose), By: by.Actor.Name, At: store.FormatInstant(by.Instant)}
	for _, t := range types {
		e.Columns = append(e.Columns, t.Label.ZH)
	}
	return e
}

// listed are the lines of the next persons, and after whom to go on; "" at the end.
func (r *Rolls) listed(ctx context.Context, county string, q Query, types []*rule.FactType, after string) (lines [][]sheet.Cell, persons []string, next string, err error) {
	err = r.Store.Read(ctx, county, func(tx *store.Tx) error {
		lines, persons, next = nil, nil, ""
		ids, err := dated.Parties(tx, register.PersonKind, after, page)
		if err != nil {
			return err
		}
		if len(ids) == page {
			next = ids[page-1]
		}
		return r.Register.Rehearse(tx, register.Ahead{Parties: slices.Clone(ids)}, func(many *register.Register) error {
			for _, id := range ids {
				line, err := q.line(tx, many, types, id)
				if err != nil {
					return err
				}
				if line != nil {
					lines, persons = append(lines, line), append(persons, id)
				}
			}
			return nil
		})
	})
	return lines, persons, next, err
}

// line is what the list says of a person, nil for one who is not on it.
func (q Query) line(tx *store.Tx, many *register.Register, types []*rule.FactType, person string) ([]sheet.Cell, error) {
	s, err := many.Subject(tx, person, q.Day, rule.Forever)
	if fault.KindOf(err) == fault.OutOfForce { // not the county's on that day
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if on, known := s.Facts.At(q.Roster, q.Day); q.Roster != "" && (!known || on.Value != rule.Bool(true)) {
		return nil, nil
	}
	if q.Division != "" {
		inside, err := q.inside(tx, many, person)
		if err != nil || !inside {
			return nil, err
		}
	}
	cells := make([]sheet.Cell, len(types))
	for i, t := range types {
		fact, known := s.Facts.At(t.Name, q.Day)
		switch {
		case !known:
		case t.Sensitivity != rule.Plain && !q.Sees(t.Sensitivity):
			cells[i] = sheet.Cell{Kind: sheet.Text, Text: withheld}
		default:
			cells[i] = cellOf(t, *fact)
		}
	}
	return cells, nil
}

func (q Query) inside(tx *store.Tx, many *register.Register, person string) (bool, error) {
	household, err := many.HouseholdOf(tx, person, q.Day, rule.Forever)
	if err != nil || household == "" {
		return false, err
	}
	h, err := many.Household(tx, household, q.Day, rule.Forever)
	return ident.Contains(q.Division, h.Division), err
}

// cellOf is a value that may be seen, whole.
func cellOf(t *rule.FactType, f rule.Fact) sheet.Cell {
	switch {
	case t.Type == rule.MoneyType || t.Type == rule.IntType:
		return sheet.Cell{Kind: sheet.Number, Text: strings.ReplaceAll(t.Show(f.Value, "zh"), ",", "")}
	case t.Format != "":
		return sheet.Cell{Kind: sheet.Text, Text: rule.Display(f.Value, "")} // shown whole, where pages show a part
	}
	return sheet.Cell{Kind: sheet.Text, Text: t.Show(f.Value, "zh")}
}
