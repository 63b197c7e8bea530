package web

import (
	"net/http"
	"slices"

	"doudi/decide/policy"
	"doudi/record/adoption"
	"doudi/record/store"
)

// reading is one way to read an open wording, and who applies it.
type reading struct {
	Label     string
	Published bool // the pack's own choice
	By        []appliedBy
}

// appliedBy is an adoption that applies a reading.
type appliedBy struct {
	adopted
	Chosen bool // it says so itself; otherwise it follows the pack
}

// question is what a document leaves open.
type question struct {
	ID, Clause, Wording, Why string
	Readings                 []reading
}

// packQuestions are a pack's questions.
type packQuestions struct {
	packRow
	Questions []question // those that nobody has decided first
}

// open is how many of them the county has decided nothing about: it follows the pack.
func (p packQuestions) open() (n int) {
	for _, q := range p.Questions {
		if q.open() {
			n++
		}
	}
	return n
}

// counted says how many there are, and how many of them are open.
func (p packQuestions) counted(v *view) string {
	return v.say("%d 处，未选定 %d 处", "%d questions, %d not decided", len(p.Questions), p.open())
}

// anchor is where they stand on the page.
func (p packQuestions) anchor() string { return "of-" + p.ID }

// open tells whether no adoption says itself how the wording is read.
func (q question) open() bool {
	return !slices.ContainsFunc(q.Readings, func(r reading) bool {
		return slices.ContainsFunc(r.By, func(by appliedBy) bool { return by.Chosen })
	})
}

// questionsPage is the register of open questions (政策疑义).
type questionsPage struct {
	Packs []packQuestions
	Pack  *policy.Pack   // the one asked for; nil for those that are adopted
	All   []*policy.Pack // that have questions
}

// questions lists what documents leave open: of the pack asked for, or of all that the county has adopted.
func (v *view) questions() error {
	var page questionsPage
	if name := v.asked("pack"); name != "" {
		p, err := v.packNamed(name)
		if err != nil {
			return err
		}
		page.Pack = p
	}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		page.Packs, page.All = nil, nil
		rows, err := v.packRows(tx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if len(row.Questions) == 0 {
				continue
			}
			page.All = append(page.All, row.Pack)
			if page.Pack == nil && len(row.Adopted) == 0 || page.Pack != nil && row.Pack != page.Pack {
				continue
			}
			list, err := v.questionsOf(tx, row)
			if err != nil {
				return err
			}
			slices.SortStableFunc(list, func(a, b question) int { return a.place() - b.place() })
			page.Packs = append(page.Packs, packQuestions{row, list})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("政策疑义", "Open questions"), questionsPageOf(v, page))
}

// place puts what is open before what is decided.
func (q question) place() int {
	if q.open() {
		return 0
	}
	return 1
}

// questionsOf are a pack's questions in the order of the document, each reading with who applies it today.
func (v *view) questionsOf(tx *store.Tx, row packRow) ([]question, error) {
	bases := map[string]*policy.Basis{}
	for _, a := range row.Adopted {
		b, err := v.Record.Adoptions.AsStood(tx, v.stood(row.Adopted, a.ID))
		if err != nil {
			return nil, err
		}
		bases[a.ID] = b
	}
	var list []question
	for _, b := range row.Blocks {
		q := row.Questions[b.ID]
		if b.Kind != "question" || q == nil {
			continue
		}
		one := question{ID: q.ID, Clause: b.Clause.Number, Wording: v.in(q.Wording), Why: v.in(q.Why)}
		for _, r := range q.Readings {
			shown := reading{Label: v.in(r.Label), Published: policy.Same(r.Value, q.Applied)}
			for _, a := range row.Adopted {
				_, chosen := bases[a.ID].Adoption.Readings[q.ID]
				if policy.Same(bases[a.ID].Reading(q.ID), r.Value) {
					shown.By = append(shown.By, appliedBy{a, chosen})
				}
			}
			one.Readings = append(one.Readings, shown)
		}
		list = append(list, one)
	}
	return list, nil
}

// answered is the decision by which an adoption came about, with who made and who checked it.
func answered(r adoption.Record) adoption.Decision { return r.Decisions[0] }
