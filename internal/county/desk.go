package county

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// The town and village in which people of a [Desk] live.
const (
	FirstTown    = ident.Division(Code + "100")
	FirstVillage = ident.Division(Code + "100001")
)

// Neighbour is a county beside a [Desk]'s whose keys are in its secrets: people may move there and come from there.
const Neighbour = "999902"

// The series of the packs that a [Desk]'s county has adopted.
const (
	Pingyin = "pingyin-medical-help"
	Guangxi = "guangxi-health-poverty-backstop"
)

// Items are what packs are measured against, as the program has them.
var Items = sync.OnceValues(func() ([]proof.Item, error) {
	content, err := fs.ReadFile(packs.Files, "items.csv")
	if err != nil {
		return nil, err
	}
	return proof.ReadItems("items.csv", content)
})

// Desk is a hospital in a county with nobody in it yet. Tests of pages and interfaces add the few people they name.
type Desk struct {
	*record.Record
	Hospital string // id on the list of providers
}

var begin = period.MustDay(2018, 1, 1)

// deskPacks are read once: packs do not change.
var deskPacks = sync.OnceValues(func() (*policy.Library, error) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"pingyin-2021", "guangxi-2018"} {
		if _, err := library.Load(packs.Files, name); err != nil {
			return nil, err
		}
	}
	return library, nil
})

// everyPack are the packs that come with the program, read once.
var everyPack = sync.OnceValues(func() (*policy.Library, error) {
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		return nil, err
	}
	return library, library.LoadAll(packs.Files)
})

// OpenOn makes a desk in an empty database, with its secrets and its evidence in a folder.
func OpenOn(ctx context.Context, dsn, folder string) (*Desk, error) {
	library, err := deskPacks()
	if err != nil {
		return nil, err
	}
	r, err := emptyRecord(ctx, dsn, folder, library)
	if err != nil {
		return nil, err
	}
	providers, err := (&Office{r, Code, library.Vocabulary}).Found(ctx, deskPlace(library))
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return &Desk{r, providers["hospital"]}, nil
}

// emptyRecord makes the tables of a database and secrets in a folder, and opens them.
func emptyRecord(ctx context.Context, dsn, folder string, library *policy.Library) (*record.Record, error) {
	secrets := filepath.Join(folder, "secrets")
	if err := errors.Join(migrate(ctx, dsn), record.CreateSecrets(secrets, Code, Neighbour)); err != nil {
		return nil, err
	}
	return record.Open(ctx, record.Config{DSN: dsn, Secrets: secrets, Files: filepath.Join(folder, "files"), Library: library})
}

// Towns is a [County] whose towns, institutions and adopted packs are on record, and nobody yet: each town applies a pack of its own.
type Towns struct {
	*Writer
	*County
}

// OpenTowns makes a small county of towns in a folder, in an SQLite database of its own.
func OpenTowns(ctx context.Context, folder string) (*Towns, error) {
	library, err := everyPack()
	if err != nil {
		return nil, err
	}
	c, err := New(library, Code, 1, Small)
	if err != nil {
		return nil, err
	}
	r, err := emptyRecord(ctx, "sqlite:"+filepath.Join(folder, "doudi.db"), folder, library)
	if err != nil {
		return nil, err
	}
	t := &Towns{NewWriter(r, c), c}
	if err := t.Found(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return t, nil
}

// Town is the first town that applies a pack.
func (t *Towns) Town(pack string) *Town {
	return t.Towns[slices.IndexFunc(t.Towns, func(town *Town) bool { return town.Pack.ID == pack })]
}

// Settle registers the first household of a situation that a plan names in a town, and answers it with the ids of its members.
func (t *Towns) Settle(town *Town, situation string) (h *Household, ids []string, err error) {
	for h = range t.Households() {
		if h.Town == town && h.Situation == situation {
			break
		}
	}
	if h == nil || h.Town != town || h.Situation != situation {
		return nil, nil, fmt.Errorf("no household %q in %s", situation, town.Name)
	}
	err = t.Do(context.Background(), Step{"settle " + situation + " " + string(town.Code), Opening, Clerk}, &ids, func(tx *store.Tx) (any, error) {
		return AddHousehold(tx, t.Register, h, since)
	})
	return h, ids, err
}

// migrate makes the tables of a database.
func migrate(ctx context.Context, dsn string) error {
	s, err := store.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// listed are the rosters that both packs ask for. The county keeps them complete.
var listed = []string{"out_of_poverty_with_policy", "registered_poor"}

func deskPlace(library *policy.Library) Place {
	p := Place{Code: Code, Day: begin, Rosters: listed, Money: money.Yuan(1_000_000),
		Divisions: []register.Division{division(FirstTown, "城关镇"), division(FirstVillage, "示范村")},
		Providers: map[string]Provider{"hospital": hospital("县人民医院", FirstTown, "county")}}
	for _, pack := range library.Packs {
		p.Adoptions = append(p.Adoptions, Adoption{pack, "采用.yaml", fmt.Sprintf("pack: %s\ndivision: %q\nlabel: {zh: 示例, en: example}\n", pack.ID, Code)})
	}
	return p
}

// hospital is a designated hospital of a tier.
func hospital(name string, at ident.Division, tier string) Provider {
	p := Provider{Kind: "hospital", Name: name, Division: at, Facts: rule.Facts{}}
	p.Facts.Set("visit.hospital.designated", rule.Bool(true))
	p.Facts.Set("visit.hospital.tier", rule.Text(tier))
	return p
}

// Do runs one command at an instant.
func (d *Desk) Do(at time.Time, by store.Actor, act func(tx *store.Tx) error) error {
	_, err := d.Store.Write(context.Background(), store.Command{Name: "desk", County: Code, Actor: by, Instant: at}, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	return err
}

// AddHospital registers a designated hospital, and answers its id.
func (d *Desk) AddHospital(tx *store.Tx, name string, at ident.Division, tier string) (id string, err error) {
	ids, err := (&Office{Record: d.Record, Code: Code}).AddProviders(tx, map[string]Provider{name: hospital(name, at, tier)})
	return ids[name], err
}

// Named is somebody of [FirstVillage] whom a test names.
type Named struct {
	Name    string
	Number  ident.PersonID
	Listed  bool // on the rosters that both packs ask for
	Insured bool
}

// Add registers somebody and answers with the id.
func (d *Desk) Add(n Named) (id string, err error) {
	facts := rule.Facts{"person.hukou": {{Value: rule.Division(FirstVillage), Span: dated.Always, Source: "县公安局"}},
		"person.insured": {{Value: rule.Bool(n.Insured), Span: dated.From(begin), Source: "县医保局"}}}
	if n.Listed {
		for _, roster := range listed {
			facts["roster."+roster] = []rule.Fact{{Value: rule.Bool(true), Span: dated.From(begin), Source: "县乡村振兴局"}}
		}
	}
	err = d.Do(noon(begin), Clerk, func(tx *store.Tx) (err error) {
		id, err = addPerson(tx, d.Register, &Person{Name: n.Name, Number: n.Number, Facts: facts})
		return err
	})
	return id, err
}

// Number is an identity number of the county: a birthday such as 19540302 and a sequence of three digits below those that invented households
// use, odd for men. It is "" for a day or sequence that is none.
func Number(birth, sequence string) ident.PersonID {
	const checks = "0123456789X"
	i := slices.IndexFunc([]byte(checks), func(check byte) bool {
		_, err := ident.ParsePersonID(Code + birth + sequence + string(rune(check)))
		return err == nil
	})
	if i < 0 {
		return ""
	}
	return ident.PersonID(Code + birth + sequence + checks[i:i+1])
}

// Stay is the bill of ten days in the hospital in 2021, as a hospital's system sends it: 38,642.50 yuan, of which most is in scope and five
// pay in turn.
func (d *Desk) Stay(person, number string) claim.Bill {
	return d.bill(person, Pingyin, number, `
visit: {kind: inpatient, admitted: 2021-10-29, discharged: 2021-11-08, diagnosis_name: 股骨颈骨折, diagnosis: S72.0}
bill:
  no: `+number+`
  lines:
    - {item: bed, amount: 1200.00, in_scope: 1000.00}
    - {item: drug, name: 注射用药, amount: 9442.50, in_scope: 8856.20}
    - {item: surgery, amount: 28000.00, in_scope: 27500.00}
  paid: {basic_insurance: 27642.15, serious_illness_insurance: 2828.43, hospital_reduction: 186.00, medical_assistance: 4689.73}
`)
}

// Filled is a stay of 2021 by the rules that fill up to a share of the bill.
func (d *Desk) Filled(person, number, on string) claim.Bill {
	return d.bill(person, Guangxi, number, `
visit: {kind: inpatient, admitted: `+on+`, discharged: `+on+`, diagnosis_name: 肺炎}
bill: {no: `+number+`, amount: 10000.00, in_scope: 9000.00, paid: {basic_insurance: 6000.00, serious_illness: 500.00, medical_assistance: 0.00, other_compensation: 0.00}}
`)
}

func (d *Desk) bill(person, series, number, content string) claim.Bill {
	return claim.Bill{Person: person, Provider: d.Hospital, Series: series, Name: number + ".yaml", Content: []byte(content)}
}

// Send takes in a bill at an instant, as the interface for hospitals does.
func (d *Desk) Send(at time.Time, b claim.Bill) error {
	return d.Do(at, Clerk, func(tx *store.Tx) error { _, err := d.Claims.Receive(tx, b); return err })
}

// noon is an instant of a day at noon in China.
func noon(d period.Day) time.Time { return Morning(d).Add(2 * time.Hour) }
