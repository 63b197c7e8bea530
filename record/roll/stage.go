package roll

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// chunk is how many rows are staged, compared, applied or taken back by one command.
const chunk = 1000

// row is a row as it is staged.
type row struct {
	No       int64        `json:"no"` // from 1, among the rows of the import
	Place    sheet.Place  `json:"place"`
	Cells    []sheet.Cell `json:"cells"`
	Data     []datum      `json:"data,omitempty"`
	Problems []Reason     `json:"problems,omitempty"`

	place    string
	verdict  Verdict
	decision *Decision
}

// datum is one thing a row says.
type datum struct {
	Field string          `json:"f"`
	Value json.RawMessage `json:"v"`
	From  string          `json:"from,omitempty"` // a day; "" when the row does not say
	To    string          `json:"to,omitempty"`
}

// Reason is why a row has its verdict, without a name or number of a person.
type Reason struct {
	Code   string     `json:"code"`
	Place  string     `json:"place,omitempty"` // the cell
	Header string     `json:"header,omitempty"`
	Text   fault.Text `json:"text"`
	Hint   fault.Text `json:"hint,omitzero"`
}

func reasonOf(f *fault.Error) Reason { return Reason{Code: f.Code, Text: f.Message, Hint: f.Hint} }

// Stage reads the rows of an import and compares them with the register, until it is ready for review. It goes on where it stopped.
func (r *Rolls) Stage(ctx context.Context, by By, id string, tell func(Import)) (Import, error) {
	i, err := r.get(ctx, by.County, id)
	if err != nil {
		return i, err
	}
	if i.State == Staging {
		if err := r.readRows(ctx, by, i, tell); err != nil && !errors.Is(err, errMovedOn) {
			return i, err
		}
	}
	return r.compare(ctx, by, id, tell)
}

// readRows stages the rows that are not yet.
func (r *Rolls) readRows(ctx context.Context, by By, i Import, tell func(Import)) error {
	book, err := sheet.Open(r.content(ctx, by.County, i))
	if err != nil {
		return err
	}
	catalogue, err := r.Catalogue()
	if err != nil {
		return err
	}
	layout, err := catalogue.Recognise(book, sheet.Wish{Sheet: i.Sheet, Mapping: &i.Mapping})
	if err != nil {
		return err
	}
	st := &stager{Rolls: r, by: by, imported: i, tell: tell, headings: headingsOf(layout)}
	var waiting []*row
	number := int64(0)
	for read, err := range catalogue.Rows(book, layout) {
		if err != nil {
			return err
		}
		if number++; number <= i.Rows {
			continue
		}
		staged, err := r.staged(number, read)
		if err != nil {
			return err
		}
		if waiting = append(waiting, staged); len(waiting) == chunk {
			if err := st.keep(ctx, waiting, false); err != nil {
				return err
			}
			waiting = waiting[:0]
		}
	}
	return st.keep(ctx, waiting, true)
}

func (r *Rolls) staged(number int64, read sheet.Row) (*row, error) {
	staged := &row{No: number, Place: read.Place, Cells: read.Cells}
	for _, p := range read.Problems {
		reason := reasonOf(p.Fault)
		reason.Place, reason.Header = p.Place.String(), p.Header
		staged.Problems = append(staged.Problems, reason)
	}
	for _, d := range read.Data {
		kept, err := r.datum(d)
		var bad *fault.Error
		if errors.As(err, &bad) && bad.Kind == fault.Invalid {
			staged.Problems = append(staged.Problems, reasonOf(bad))
			continue
		}
		if err != nil {
			return nil, err
		}
		staged.Data = append(staged.Data, kept)
	}
	return staged, nil
}

// factType is the type of a fact or roster, or nil for a field of files.
func (r *Rolls) factType(name string) *rule.FactType {
	if roster, ok := strings.CutPrefix(name, "roster."); ok {
		return r.Vocabulary.Rosters[roster]
	}
	return r.Vocabulary.Facts[name]
}

// datum is what a row says as it is kept: a fact as the register writes it.
func (r *Rolls) datum(d sheet.Datum) (datum, error) {
	kept := datum{Field: d.Field}
	if d.Span.From != rule.Beginning {
		kept.From = d.Span.From.String()
	}
	if d.Span.To != rule.Forever {
		kept.To = d.Span.To.String()
	}
	if t := r.factType(d.Field); t != nil {
		value, err := dated.Encode(t, d.Fact)
		kept.Value = json.RawMessage(value)
		return kept, err
	}
	var err error
	kept.Value, err = json.Marshal(d.Value.Value())
	return kept, err
}

// text is what a row says of a field of text, "" when it says nothing.
func (r *row) text(field string) string {
	i := slices.IndexFunc(r.Data, func(d datum) bool { return d.Field == field })
	if i < 0 {
		return ""
	}
	var s string
	if json.Unmarshal(r.Data[i].Value, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// The fields that say who a row is about.
const (
	numberField    = "person.id"
	nameField      = "person.name"
	headField      = "head.id"
	householdField = "member.household"
	relationField  = "member.relation"
	townField      = "place.town"
	villageField   = "place.village"
	deathField     = "person.death"
	hukouField     = "person.hukou"
)

// number is the identity number of whom the row is about: the person's or, when it is about a household, the head's.
func (r *row) number() (number ident.PersonID, ofHead bool) {
	text := r.text(numberField)
	if text == "" {
		text, ofHead = r.text(headField), true
	}
	number, err := ident.ParsePersonID(text)
	if err != nil {
		return "", ofHead
	}
	return number, ofHead
}

// namesake is the person's name and birthday, if the row gives them.
func (r *row) namesake() (n register.Namesake, known bool) {
	number, ofHead := r.number()
	name := r.text(nameField)
	if ofHead || number == "" || name == "" {
		return n, false
	}
	return register.Namesake{Name: name, Birth: number.Birth()}, true
}

// household is by what the source knows the household, "" when the row does not say.
func (r *row) household() string {
	if code := r.text(householdField); code != "" {
		return "code\n" + code
	}
	if head := r.text(headField); head != "" {
		return "head\n" + head
	}
	return ""
}

// tokens are by what rows of one file are compared with each other.
type tokens struct{ group, number, born, all string }

func (r *Rolls) tokens(i Import, staged *row) (t tokens, err error) {
	if id, _ := staged.number(); id != "" {
		t.number = r.short("number\n" + string(id))
		t.group = t.number
	}
	if n, known := staged.namesake(); known {
		t.born = r.short("born\n" + n.Name + "\n" + n.Birth.String())
	}
	if household := staged.household(); household != "" {
		t.group = r.householdToken(i, household)[:shortToken]
	}
	content, err := json.Marshal(staged.Data)
	t.all = r.short("row\n" + string(content))
	return t, err
}

// shortToken is how long the tokens within an import are: two of a million rows are alike by chance once in ten million imports.
const shortToken = 16

func (r *Rolls) short(text string) string { return r.Token(text)[:shortToken] }

func (r *Rolls) householdToken(i Import, household string) string {
	return r.Token("household\n" + i.Source + "\n" + household)
}

// headingsOf are the headings of a file by the place of their column.
func headingsOf(l *sheet.Layout) []string {
	var all []string
	for _, h := range l.Headings {
		all = append(all, make([]string, max(0, h.Number-len(all)))...)
		all[h.Number-1] = h.Header
	}
	return all
}

// head keeps the headings over the rows.
func (i *Import) head(tx *store.Tx, headings []string) error {
	content, err := json.Marshal(headings)
	if err != nil {
		return err
	}
	i.Headings = headings
	_, err = tx.Exec(`UPDATE roll_import SET headings = ?3 WHERE county_code = ?1 AND import_id = ?2`, tx.County, i.ID, string(content))
	return err
}

// stager stages the rows of a file, some at a time.
type stager struct {
	*Rolls
	by       By
	imported Import
	tell     func(Import)
	headings []string
	group    string // of the row before
	first    int64  // where the rows of that group that follow each other begin
}

// keep keeps rows as staged; the last of them end the reading.
func (s *stager) keep(ctx context.Context, rows []*row, last bool) error {
	if len(rows) == 0 && !last {
		return nil
	}
	plain, all, faults := make([][]byte, len(rows)), make([]tokens, len(rows)), make([]error, len(rows))
	audit.Share(len(rows), func(n int) {
		var err error
		plain[n], err = json.Marshal(rows[n])
		all[n], faults[n] = s.tokens(s.imported, rows[n])
		faults[n] = cmp.Or(err, faults[n])
	})
	if err := errors.Join(faults...); err != nil {
		return err
	}
	for n, staged := range rows {
		staged.place = s.place(all[n].group, staged.No)
	}
	var after Import
	err := s.step(ctx, s.by, s.imported.ID, Staging, func(tx *store.Tx, i *Import) (work, error) {
		if len(rows) > 0 && i.Rows != rows[0].No-1 {
			return work{}, movedOn()
		}
		sealed, err := s.seal(tx, i.ID, plain)
		if err != nil {
			return work{}, err
		}
		kept := make([][]any, len(rows))
		for n, staged := range rows {
			kept[n] = []any{tx.County, i.ID, staged.place, staged.No, all[n].group, all[n].number, all[n].born, all[n].all, sealed[n]}
		}
		if i.Rows == 0 {
			if err := i.head(tx, s.headings); err != nil {
				return work{}, err
			}
		}
		i.Rows += int64(len(rows))
		i.Done = i.Rows
		if last {
			i.turn(Comparing)
		}
		after = *i
		return work{}, tx.Load("roll_row", []string{"county_code", "import_id", "place", "row_no", "group_token", "number_token", "born_token", "row_token", "content"}, kept)
	})
	if err == nil && s.tell != nil {
		s.tell(after)
	}
	return err
}

// place is where the next row stands: with those of its group that come right before it. Others of its group are brought there by [Rolls.arrange].
func (s *stager) place(group string, no int64) string {
	if group == "" || group != s.group {
		s.group, s.first = group, no
	}
	return placeOf(s.first, no)
}

// days are the days between which a datum holds, or otherwise those of others.
func (d datum) days(otherwise period.Span) (period.Span, error) {
	span := otherwise
	var err error
	if d.From != "" {
		if span.From, err = period.ParseDay(d.From); err != nil {
			return span, err
		}
	}
	if d.To != "" {
		span.To, err = period.ParseDay(d.To)
		if span.From > span.To && d.From == "" {
			span.From = rule.Beginning
		}
	}
	return span, err
}
