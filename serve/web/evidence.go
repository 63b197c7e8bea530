package web

import (
	"bytes"
	"net/http"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/evidence"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/serve/present"
)

// mostDrawn is how many settlements are listed to draw one from.
const mostDrawn = 50

// drawnRow is a settlement to be drawn. It says nothing of the person.
type drawnRow struct {
	claim.Claim
	Provider string
}

// drawPage is where an auditor draws a settlement: of a number, or of the latest.
type drawPage struct {
	Number string
	Rows   []drawnRow
}

// draw finds a settlement by its number; what is the only one is opened at once.
func (v *view) draw() error {
	if !v.opensAll() {
		return v.nowhere()
	}
	p := drawPage{Number: v.asked("no")}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		p.Rows = nil
		var list []claim.Claim
		if p.Number != "" {
			list, err = claim.Numbered(tx, p.Number)
		} else {
			list, err = claim.Newest(tx, mostDrawn)
		}
		if err != nil {
			return err
		}
		for _, c := range list {
			row := drawnRow{Claim: c}
			if row.Provider, err = v.payeeName(tx, fund.Payee{Kind: fund.Provider, ID: c.Provider}); err != nil {
				return err
			}
			p.Rows = append(p.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(p.Rows) == 1 && p.Number != "" && p.Rows[0].State == claim.Confirmed {
		return v.see(drawnAddress(p.Rows[0].ID))
	}
	return v.show(http.StatusOK, v.say("抽查结算", "Draw a settlement"), drawOf(v, p))
}

func drawnAddress(claim string) string { return "/audit/settlements/" + claim }

// drawnPage is a settlement that was drawn, and once it was computed again what came of that.
type drawnPage struct {
	card
	*claim.Evidence
	Provider string
	Compared []claim.Compared // nil before
	Trace    *present.Page
}

func (p drawnPage) differs() *claim.Compared { return claim.Differs(p.Compared) }

// drawn opens a settlement for who may see everything of everybody; to others there is none. The look is recorded under a name.
func (v *view) drawn(tx *store.Tx) (p drawnPage, err error) {
	if !v.opensAll() {
		return p, v.nowhere()
	}
	p.Evidence, err = v.Record.Claims.Evidence(tx, v.r.PathValue("claim"))
	if fault.CodeOf(err) == "claim.unknown" {
		return p, refuse(fault.NotFound, "settlement-unknown", fault.Text{ZH: "没有这张结算单", EN: "there is no such settlement"}, fault.Text{ZH: "在审计页按单号查找", EN: "find it by its number on the audit page"})
	}
	if err != nil {
		return p, err
	}
	if p.card, err = v.card(tx, p.Bill.Claim.Person); err != nil {
		return p, err
	}
	p.Name = ident.MaskName(p.Name)
	p.Provider, err = v.payeeName(tx, fund.Payee{Kind: fund.Provider, ID: p.Bill.Claim.Provider})
	return p, err
}

func (v *view) showDrawn() error {
	var p drawnPage
	err := v.look(func(tx *store.Tx) (err error) {
		if p, err = v.drawn(tx); err != nil {
			return err
		}
		return v.looked(tx, "web.drawn", p.Bill.Claim.ID, p.Bill.Claim.Person)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("抽查结算单 ", "Settlement drawn: ")+p.Bill.Claim.Number, drawnOf(v, p))
}

// recompute computes a settlement again now, from what was frozen with it.
func (v *view) recompute() error {
	var p drawnPage
	err := v.look(func(tx *store.Tx) (err error) {
		if p, err = v.drawn(tx); err != nil {
			return err
		}
		if p.Compared, err = p.Recompute(v.Record.Claims.Vocabulary, v.packs()); err != nil {
			return err
		}
		if p.Trace, err = v.traceOf(tx, p); err != nil {
			return err
		}
		return v.looked(tx, "web.recompute", p.Bill.Claim.ID, p.Bill.Claim.Person)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("复算 ", "Computed again: ")+p.Bill.Claim.Number, recomputedOf(v, p))
}

// traceOf is how a settlement was computed, clause by clause.
func (v *view) traceOf(tx *store.Tx, p drawnPage) (*present.Page, error) {
	result, who, _, err := v.Record.Claims.Statement(tx, p.Bill.Claim.ID)
	if err != nil {
		return nil, err
	}
	who.Name = p.Name
	o := v.options()
	o.Why = true
	return present.Statement(result, who, o), nil
}

// evidenceFile is everything about a settlement as a file that can be checked without the database. What waits is sealed first, so that every entry in it is
// proved; the download is an entry itself, with the digest of what was handed out.
func (v *view) evidenceFile() error {
	if !v.opensAll() {
		return v.nowhere()
	}
	if err := v.sealWaiting(); err != nil {
		return err
	}
	var file bytes.Buffer
	var p drawnPage
	err := v.look(func(tx *store.Tx) (err error) {
		file.Reset()
		if p, err = v.drawn(tx); err != nil {
			return err
		}
		if p.Trace, err = v.traceOf(tx, p); err != nil {
			return err
		}
		papers, err := v.tracePapers(p)
		if err != nil {
			return err
		}
		digest, err := evidence.Make(tx, evidence.Order{Settled: p.Evidence, Person: evidence.Person{Name: p.Name, Number: p.Number}, Provider: p.Provider, Purpose: v.purpose(), Papers: papers}, &file)
		if err != nil {
			return err
		}
		_, err = v.Record.Log.Look(tx, audit.Note{Name: "web.evidence", Subject: p.Bill.Claim.ID, Persons: map[string]any{p.Bill.Claim.Person: nil},
			Content: map[string]string{"purpose": v.purpose(), "organisation": v.Provider, "manifest": digest}})
		return err
	})
	if err != nil {
		return err
	}
	return v.attach("evidence-"+v.County+"-"+p.Bill.Claim.Number+".zip", "application/zip", file.Bytes())
}

// tracePapers are the computation for people to read: as text, and as a page that can be printed.
func (v *view) tracePapers(p drawnPage) ([]evidence.Paper, error) {
	var page bytes.Buffer
	frame := present.Frame{Title: v.say("计算过程 ", "Computation ") + p.Bill.Claim.Number, Stylesheet: asset("desk.css"), Script: asset("desk.js")}
	if err := present.Paper(p.Trace, frame).Render(v.r.Context(), &page); err != nil {
		return nil, err
	}
	return []evidence.Paper{
		{Name: "trace.txt", Says: fault.Text{ZH: "计算过程（文字）", EN: "the computation as text"}, Content: []byte(present.Draw(p.Trace, false))},
		{Name: "trace.html", Says: fault.Text{ZH: "计算过程（可打印）", EN: "the computation, to be printed"}, Content: selfContained(page.String())},
	}, nil
}

func (v *view) drawTable(p drawPage) table {
	return table{Name: v.say("结算单", "Settlements"), Shown: len(p.Rows),
		Columns: []column{{Name: v.say("单号", "Number")}, {Name: v.say("机构", "Institution")}, {Name: v.say("状态", "State")}},
		Empty:   v.say("没有这个单号的结算单。核对单号；留空可以看最近的结算单。", "There is no settlement of that number. Check it, or leave it empty to see the latest.")}
}
