package audit

import (
	"encoding/json"
	"slices"
	"time"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// Proof is some entries of a county's log with what shows, without the database, that they stand in its chain unchanged. What an entry says of a person stays
// sealed in it, under a key that the proof does not hold: its digest was made of what is sealed.
type Proof struct {
	Form    string        `json:"form"`
	County  string        `json:"county"`
	Entries []Proven      `json:"entries"` // the oldest first
	Seals   []MonthSealed `json:"seals"`   // from the first that covers an entry to the last, without gap; digests only of those that cover one
}

// Proven is an entry to the letter.
type Proven struct {
	ID      string         `json:"id"`
	Instant string         `json:"instant"`
	Actor   store.Actor    `json:"actor"`
	Kind    Kind           `json:"kind"`
	Name    string         `json:"name"`
	Subject string         `json:"subject"`
	Content string         `json:"content"` // canonical JSON, as its digest was made of it
	Persons []ProvenPerson `json:"persons"`
	Digest  string         `json:"digest"`
	Batch   int64          `json:"batch"` // of the seal that covers it; 0 while it waits for one
}

// ProvenPerson is somebody an entry concerns.
type ProvenPerson struct {
	ID     string `json:"id"`
	Sealed string `json:"sealed"`
}

const proofForm = "doudi log proof 1"

// Prove collects the entries that concern a person and have a subject, the oldest first, with the seals that cover them.
func Prove(tx *store.Tx, person, subject string) (*Proof, error) {
	const page = 200
	p := &Proof{Form: proofForm, County: tx.County, Entries: []Proven{}, Seals: []MonthSealed{}}
	q := Query{From: time.Unix(0, 0), To: tx.Instant.Add(time.Second), Person: person, Subject: subject}
	for before := ""; ; {
		list, err := Search(tx, q, before, page)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if err := p.add(tx, e); err != nil {
				return nil, err
			}
			before = e.ID
		}
		if len(list) < page {
			break
		}
	}
	slices.Reverse(p.Entries)
	return p, p.collect(tx)
}

func (p *Proof) add(tx *store.Tx, e *Entry) error {
	seal, _, err := SealOf(tx, e.ID)
	if err != nil {
		return err
	}
	proven := Proven{e.ID, store.FormatInstant(e.Instant), e.Actor, e.Kind, e.Name, e.Subject, string(e.Content), []ProvenPerson{}, e.Digest, seal.Batch}
	for _, person := range e.Persons {
		proven.Persons = append(proven.Persons, ProvenPerson{person.ID, person.sealed})
	}
	p.Entries = append(p.Entries, proven)
	return nil
}

// batches are the seals that cover an entry, from the first to the last; 0 and 0 for none.
func (p *Proof) batches() (first, last int64) {
	for _, e := range p.Entries {
		if e.Batch > 0 && (first == 0 || e.Batch < first) {
			first = e.Batch
		}
		last = max(last, e.Batch)
	}
	return first, last
}

func (p *Proof) collect(tx *store.Tx) error {
	next, last := p.batches()
	for next > 0 && next <= last {
		list, err := seals(tx, next, int(min(last-next+1, 100)))
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return changed(nil, "第 %d 批封存不见了", "batch %d is missing", next)
		}
		for _, s := range list {
			one := MonthSealed{Sealed: s, Digests: []string{}}
			if p.covers(s.Batch) {
				if one.Digests, err = digestsOf(tx, s.Batch); err != nil {
					return err
				}
			}
			p.Seals, next = append(p.Seals, one), s.Batch+1
		}
	}
	return nil
}

func (p *Proof) covers(batch int64) bool {
	return slices.ContainsFunc(p.Entries, func(e Proven) bool { return e.Batch == batch })
}

// Waiting is how many of the entries no seal covers yet: of them only their own digest can be checked.
func (p *Proof) Waiting() (n int) {
	for _, e := range p.Entries {
		if e.Batch == 0 {
			n++
		}
	}
	return n
}

// Check computes every digest again, without a database. Codes: audit.not-proof; audit.changed, which names the first difference.
func (p *Proof) Check() error {
	if p.Form != proofForm {
		return &fault.Error{Kind: fault.Invalid, Code: "audit.not-proof", Op: "audit.Check",
			Message: fault.Text{ZH: "这不是审计记录的证明", EN: "this is no proof of entries of the log"}}
	}
	sealed := map[int64][]string{}
	for i, s := range p.Seals {
		previous := Sealed{Batch: s.Batch - 1, Digest: s.Previous} // of the first nothing is known but its digest
		if i > 0 {
			previous = p.Seals[i-1].Sealed
		}
		if err := follows(p.County, previous, s.Sealed); err != nil {
			return err
		}
		if p.covers(s.Batch) && (int64(len(s.Digests)) != s.Entries || digest(s.Digests...) != s.EntriesDigest) {
			return changed(nil, "第 %d 批封存的记录有增减或调换", "entries were added to, removed from or moved in batch %d", s.Batch)
		}
		sealed[s.Batch] = s.Digests
	}
	for _, e := range p.Entries {
		if err := e.check(p.County); err != nil {
			return err
		}
		if e.Batch > 0 && !slices.Contains(sealed[e.Batch], e.Digest) {
			return changed(nil, "记录 %s 不在第 %d 批封存里", "entry %s does not stand in batch %d", e.ID, e.Batch)
		}
	}
	return nil
}

func (e Proven) check(county string) error {
	instant, err := store.ParseInstant(e.Instant)
	if err != nil {
		return changed(err, "记录 %s 的时间被改动", "the instant of entry %s was changed", e.ID)
	}
	entry := &Entry{ID: e.ID, Instant: instant, Actor: e.Actor, Kind: e.Kind, Name: e.Name, Subject: e.Subject, Content: json.RawMessage(e.Content)}
	for _, person := range e.Persons {
		entry.Persons = append(entry.Persons, Person{ID: person.ID, sealed: person.Sealed})
	}
	if digestOf(county, entry) != e.Digest {
		return changed(nil, "记录 %s 的内容被改动", "the content of entry %s was changed", e.ID)
	}
	return nil
}

// Agrees compares the seals of the proof with a monthly seal that somebody else has kept, and answers how many both hold.
func (p *Proof) Agrees(m *Month) (both int, err error) {
	if p.County != m.County {
		return 0, nil
	}
	for _, kept := range m.Seals {
		for _, s := range p.Seals {
			if s.Batch != kept.Batch {
				continue
			}
			if s.Sealed != kept.Sealed {
				return both, changed(nil, "第 %d 批与 %s 的封存文件不同", "batch %d differs from the sealed file of %s", s.Batch, m.Month)
			}
			both++
		}
	}
	return both, nil
}
