package roll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// Upload is a file that an office hands in.
type Upload struct {
	Source   string // the office, in the field's words: 县残联
	Name     string // of the file
	Content  io.ReaderAt
	Size     int64
	Since    period.Day     // from when its undated facts hold; rule.Beginning for always
	Wish     sheet.Wish     // what it is taken for; the source's own mapping when it says nothing
	Sender   string         // the organisation that hands it in; "" when that is not known
	Offices  []string       // whose facts alone it may state, in the vocabulary's words; none for all
	Division ident.Division // the town or village whose households alone it may touch, as far as who hands it in reaches; "" for the whole county
	Mapping  string         // the source whose mapping it is read by, when it is not its own; "" otherwise
	Ask      bool           // a file whose columns are not known is kept, for a person to say what they are
}

// The size of a piece of a file, and how many are kept by one command.
const (
	partSize  = 256 << 10
	partsOnce = 16
)

// Receive keeps a file of any size and answers the import, whose rows are to be staged. A file that cannot be understood is refused before anything is kept, or kept
// as one whose columns a person is to name ([Upload].Ask, [Asking]).
// Codes: roll.source, roll.mapping-unknown, roll.division, roll.not-for-register, roll.not-theirs and those of [sheet.Open] and [sheet.Catalogue.Recognise].
func (r *Rolls) Receive(ctx context.Context, by By, u Upload) (Import, error) {
	var layout *sheet.Layout
	err := r.Store.Read(ctx, by.County, func(tx *store.Tx) (err error) {
		layout, err = r.recognise(tx, u)
		return err
	})
	if err != nil {
		return Import{}, err
	}
	var i Import
	command := store.Command{Name: "roll.receive", Content: []byte(u.Source), County: by.County, Actor: by.Actor, Instant: by.Instant}
	_, err = r.Store.Write(ctx, command, func(tx *store.Tx) (_ any, err error) {
		i, err = r.begin(tx, u, layout)
		return nil, err
	})
	if err != nil {
		return Import{}, err
	}
	for part := int64(0); part*partSize < u.Size; part += partsOnce {
		err := r.step(ctx, by, i.ID, Receiving, func(tx *store.Tx, i *Import) (work, error) { return work{}, r.keepParts(tx, i, u, part) })
		if err != nil {
			return Import{}, err
		}
	}
	err = r.step(ctx, by, i.ID, Receiving, func(_ *store.Tx, i *Import) (work, error) {
		i.turn(next(layout))
		return work{}, nil
	})
	if err != nil {
		return Import{}, err
	}
	return r.get(ctx, by.County, i.ID)
}

// ReceiveSmall is [Rolls.Receive] for a file of a few megabytes, in the transaction of a command.
func (r *Rolls) ReceiveSmall(tx *store.Tx, u Upload) (Import, error) {
	layout, err := r.recognise(tx, u)
	if err != nil {
		return Import{}, err
	}
	before, err := r.begin(tx, u, layout)
	if err != nil {
		return Import{}, err
	}
	i := before
	for part := int64(0); part*partSize < u.Size; part += partsOnce {
		if err := r.keepParts(tx, &i, u, part); err != nil {
			return Import{}, err
		}
	}
	i.turn(next(layout))
	return i, i.save(tx, before)
}

// next is the state of an import whose file has arrived: without a layout its columns are not known.
func next(layout *sheet.Layout) State {
	if layout == nil {
		return Asking
	}
	return Staging
}

// recognise finds out what a file holds, by the source's own mapping unless the wish says otherwise; nil when a person is to say.
func (r *Rolls) recognise(tx *store.Tx, u Upload) (*sheet.Layout, error) {
	if strings.TrimSpace(u.Source) == "" {
		return nil, sourceMissing()
	}
	book, err := sheet.Open(sheet.Source{Name: u.Name, Content: u.Content, Size: u.Size})
	if err != nil {
		return nil, err
	}
	wish, err := r.wish(tx, u)
	if err != nil {
		return nil, err
	}
	catalogue, err := r.Catalogue()
	if err != nil {
		return nil, err
	}
	layout, err := catalogue.Recognise(book, wish)
	if err != nil {
		if u.asks(err) {
			return nil, nil
		}
		return nil, err
	}
	if t := layout.Template; t != nil && !t.StatesFacts() {
		return nil, notForRegister(t.Label)
	}
	if err := r.Within(u.Offices, layout.Mapping()); err != nil {
		return nil, err
	}
	return layout, nil
}

// wish is what a file is taken for: what was said, or by the mapping that is kept.
func (r *Rolls) wish(tx *store.Tx, u Upload) (wish sheet.Wish, err error) {
	wish = u.Wish
	switch {
	case strings.TrimSpace(u.Mapping) != "":
		var m sheet.Mapping
		m, err = r.KnownMapping(tx, u.Mapping)
		wish.Mapping = &m
	case wish.Mapping == nil && wish.Template == "":
		wish.Mapping, err = r.Mapping(tx, u.Source)
	}
	return wish, err
}

func (r *Rolls) begin(tx *store.Tx, u Upload, layout *sheet.Layout) (Import, error) {
	i := Import{ID: tx.NewID(), Source: strings.TrimSpace(u.Source), Name: path.Base(strings.ReplaceAll(u.Name, `\`, "/")), Size: u.Size, Since: u.Since, Division: u.Division, Sender: u.Sender, Offices: u.Offices, State: Receiving, Lasting: true, Maker: tx.Actor, Begun: tx.Instant}
	if layout != nil {
		i.Sheet, i.Mapping = layout.Sheet, layout.Mapping()
	}
	i.Template = i.Mapping.Template
	if i.Division == ident.Division(tx.County) {
		i.Division = ""
	}
	if i.Division != "" && !ident.Contains(ident.Division(tx.County), i.Division) {
		return Import{}, divisionElsewhere(i.Division)
	}
	if err := i.insert(tx); err != nil {
		return Import{}, err
	}
	return i, r.note(tx, "roll.receive", i, work{})
}

func (i *Import) insert(tx *store.Tx) error {
	mapping, err := json.Marshal(i.Mapping)
	if err != nil {
		return err
	}
	now := store.FormatInstant(tx.Instant)
	_, err = tx.Exec(`INSERT INTO roll_import (county_code, import_id, source, name, size, template, sheet, mapping, since, division, sender, offices, state, place, done, rows, counts, lasting, instant, actor_id, actor_name, changed, changer_id, changer)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?15, ?16, ?11, '', 0, 0, '{}', 1, ?12, ?13, ?14, ?12, ?13, ?14)`,
		tx.County, i.ID, i.Source, i.Name, i.Size, i.Template, i.Sheet, string(mapping), sinceText(i.Since), string(i.Division), string(i.State), now, tx.Actor.ID, tx.Actor.Name, i.Sender, strings.Join(i.Offices, " "))
	return err
}

func sinceText(day period.Day) string {
	if day == rule.Beginning {
		return ""
	}
	return day.String()
}

// keepParts keeps some pieces of the file, sealed.
func (r *Rolls) keepParts(tx *store.Tx, i *Import, u Upload, first int64) error {
	var plain [][]byte
	for part := first; part < first+partsOnce && part*partSize < u.Size; part++ {
		piece := make([]byte, min(partSize, u.Size-part*partSize))
		if n, err := u.Content.ReadAt(piece, part*partSize); err != nil && (!errors.Is(err, io.EOF) || n < len(piece)) {
			return err
		}
		plain = append(plain, piece)
	}
	sealed, err := r.seal(tx, i.ID, plain)
	if err != nil {
		return err
	}
	var rows [][]any
	for n, content := range sealed {
		rows = append(rows, []any{tx.County, i.ID, first + int64(n), content})
	}
	i.Done += int64(len(rows))
	return tx.Load("roll_part", []string{"county_code", "import_id", "part", "content"}, rows)
}

// seal seals contents under the import's key.
func (r *Rolls) seal(tx *store.Tx, id string, plain [][]byte) ([]string, error) {
	owners := make([]string, len(plain))
	for i := range owners {
		owners[i] = id
	}
	return r.Cipher.SealAll(tx, owners, plain)
}

// kept is the content of a file that was received. It reads pieces as they are asked for, and remembers the last few.
type kept struct {
	rolls  *Rolls
	ctx    context.Context
	county string
	id     string
	size   int64
	parts  map[int64][]byte
	order  []int64
}

// remembered is how many pieces are remembered: a workbook is read in a few places at once.
const remembered = 8

func (k *kept) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= k.size {
			return n, io.EOF
		}
		part, err := k.part(off / partSize)
		if err != nil {
			return n, err
		}
		copied := copy(p[n:], part[off%partSize:])
		n, off = n+copied, off+int64(copied)
	}
	return n, nil
}

func (k *kept) part(number int64) ([]byte, error) {
	if part, ok := k.parts[number]; ok {
		return part, nil
	}
	var sealed string
	var plain [][]byte
	err := k.rolls.Store.Read(k.ctx, k.county, func(tx *store.Tx) error {
		found, err := only(tx.QueryRow(`SELECT content FROM roll_part WHERE county_code = ?1 AND import_id = ?2 AND part = ?3`, tx.County, k.id, number), &sealed)
		if err != nil {
			return err
		}
		if !found {
			return gone()
		}
		plain, err = k.rolls.Cipher.Open(tx, k.id, sealed)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(k.order) >= remembered {
		delete(k.parts, k.order[0])
		k.order = k.order[1:]
	}
	k.parts[number], k.order = plain[0], append(k.order, number)
	return plain[0], nil
}

// Content is the file of an import, as long as what was staged lasts. A look at it is for whoever may see all that is in it.
func (r *Rolls) content(ctx context.Context, county string, i Import) sheet.Source {
	return sheet.Source{Name: i.Name, Size: i.Size, Content: &kept{rolls: r, ctx: ctx, county: county, id: i.ID, size: i.Size, parts: map[int64][]byte{}}}
}

// placeOf is where a row stands: behind those of its group, which stand at the first of them.
func placeOf(first, row int64) string { return fmt.Sprintf("%0*d%010d", shortToken, first, row) }
