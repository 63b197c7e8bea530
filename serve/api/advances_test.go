package api_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/file"
	"doudi/record/store"
)

// emergency is a stay far away that ended before the referral was on paper.
func (w *world) emergency(number string) string {
	return strings.Replace(strings.Replace(w.stay(number, ""), `"admitted": "2021-10-29"`, `"admitted": "2021-10-29", "arrived": "2021-10-29", "emergency": true, "referred": false`, 1), `"diagnosis": "S72.0"`, `"diagnosis": "I21.9"`, 1)
}

// issue gives a party another key.
func (w *world) issue(party string, scopes ...auth.Scope) (key string) {
	w.Helper()
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		_, key, err = w.county.Keys.Issue(tx, auth.Grant{Party: party, Name: "另一系统", Scopes: scopes, Span: period.Span{From: 18000, To: 20000}})
		return err
	})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return key
}

// far is a hospital of the province, with its key.
func (w *world) far() string {
	w.Helper()
	var id string
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		id, err = w.county.AddHospital(tx, "省级医院", ident.Division("370102001"), "province")
		return err
	})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return w.issue(id, auth.Bills, auth.Settlements)
}

func (w *world) document(person, content string) (id string) {
	w.Helper()
	stored, err := w.county.Files.Store(context.Background(), fiction.Code, bytes.NewReader([]byte("%PDF-1.4\n"+content)))
	if err == nil {
		err = w.county.Do(now, fiction.Clerk, func(tx *store.Tx) error {
			d, err := w.county.Files.Add(tx, file.Paper{Owner: person, Kind: "转诊单", Name: "转诊单.pdf"}, stored)
			id = d.ID
			return err
		})
	}
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return id
}

func TestPapers(t *testing.T) {
	each(t, func(w *world) {
		key := w.far()
		received := w.send("POST", "/bills", key, "k0", w.emergency("JZ0"))
		preview := w.send("POST", "/bills/"+received.json["id"].(string)+"/preview", key, "", "")
		if awaited, _ := preview.json["awaited"].(map[string]any); awaited["due"] != "2021-11-09" {
			w.Errorf("the preview awaits %v", preview.json["awaited"])
		}
		settled := w.send("POST", "/settlements", key, "k1", w.emergency("JZ1"))
		w.expect(settled, 200, "")
		awaited, _ := settled.json["awaited"].(map[string]any)
		if settled.json["own"] != "0.00" || awaited["due"] != "2021-11-09" || awaited["clause"] != "二（三）3" {
			w.Errorf("without papers: %s", settled.text)
		}
		id := settled.json["bill"].(string)
		if due := w.send("GET", "/bills/"+id+"/papers", key, "", "").json["awaited"].(map[string]any); due["due"] != "2021-11-09" {
			w.Errorf("papers are awaited until %v", due)
		}
		stranger, err := w.county.Add(fiction.Named{Name: "李四", Number: fiction.Number("19700101", "003")})
		if err != nil {
			w.Fatal(err)
		}
		paper, foreign := w.document(w.person, "1"), w.document(stranger, "2")
		body := func(document, day, shows string) string {
			return `{"document": "` + document + `", "day": "` + day + `", "by": "家属", "shows": ` + shows + `}`
		}
		const done = `{"visit": {"referred": true, "referral_day": "2021-11-09"}}`
		w.expect(w.send("POST", "/bills/"+id+"/papers", w.other, "p", body(paper, "2021-11-09", done)), 404, "claim.unknown")
		w.expect(w.send("GET", "/bills/"+id+"/papers", w.other, "", ""), 404, "claim.unknown")
		w.expect(w.send("POST", "/bills/"+id+"/papers", key, "p1", body(foreign, "2021-11-09", done)), 404, "file.unknown")
		w.expect(w.send("POST", "/bills/"+id+"/papers", key, "p2", body(paper, "9 November", done)), 422, "period.malformed-day")
		w.expect(w.send("POST", "/bills/"+id+"/papers", key, "p3", body(paper, "2021-11-09", `{"visit": {"emergency": true}}`)), 422, "claim.papers-other-fact")
		w.expect(w.send("POST", "/bills/"+id+"/papers", key, "p4", body(paper, "2021-11-09", `{"bill": {}}`)), 422, "api.field-unknown")
		mended := w.send("POST", "/bills/"+id+"/papers", key, "p5", body(paper, "2021-11-09", done))
		w.expect(mended, 200, "")
		if mended.json["version"] != 2.0 || mended.json["own"] == "0.00" || mended.json["awaited"] != nil {
			w.Errorf("with papers: %s", mended.text)
		}
		if after := w.send("GET", "/bills/"+id+"/papers", key, "", ""); after.json["awaited"] != nil {
			w.Errorf("papers are awaited still: %s", after.text)
		}
	})
}

func TestAdvancesAndDues(t *testing.T) {
	each(t, func(w *world) {
		owed := w.issue(w.county.Hospital, auth.FundsOwed)
		bare := strings.Replace(w.stay("DF1", ""), `,
    "paid": {"basic_insurance": "20000.00", "serious_illness_insurance": "1000.00", "hospital_reduction": "0.00", "medical_assistance": "500.00"}`, "", 1)
		advance := func(bill, deposit string) string {
			return `{"bill": ` + bill + `, "deposit": "` + deposit + `", "day": "2021-11-08", "reason": "医保接口不通"}`
		}
		w.expect(w.send("POST", "/advances", w.own, "a0", advance(bare, "much")), 422, "money.malformed")
		w.expect(w.send("POST", "/advances", w.own, "a1", advance(bare, "29200.00")), 422, "claim.advance-deposit")
		first := w.send("POST", "/advances", w.own, "a2", advance(bare, "200.00"))
		w.expect(first, 200, "")
		second := w.send("POST", "/advances", w.own, "a3", advance(strings.Replace(bare, "DF1", "DF2", 1), "0.00"))
		w.expect(second, 200, "")
		if first.json["amount"] != "29000.00" || first.json["age"] != 1.0 || first.json["state"] != "open" {
			w.Errorf("the advance is %s", first.text)
		}
		page := w.send("GET", "/advances?limit=1", w.own, "", "")
		next := w.send("GET", "/advances?limit=1&cursor="+page.json["next"].(string), w.own, "", "")
		if list := next.json["advances"].([]any); len(list) != 1 || list[0].(map[string]any)["id"] != second.json["id"] || next.json["next"] != nil {
			w.Errorf("the second page: %s", next.text)
		}
		if list := w.send("GET", "/advances", w.other, "", "").json["advances"].([]any); len(list) != 0 {
			w.Errorf("another sees %d advances", len(list))
		}
		w.expect(w.send("GET", "/advances?provider="+w.county.Hospital, w.other, "", ""), 403, "api.provider")
		w.expect(w.send("GET", "/advances", w.office, "", ""), 422, "api.provider")
		w.expect(w.send("GET", "/advances?provider="+w.county.Hospital, w.office, "", ""), 200, "")
		w.expect(w.send("GET", "/advances?cursor=eA", w.own, "", ""), 400, "api.parameter")
		w.expect(w.send("GET", "/advances?limit=0", w.own, "", ""), 400, "api.parameter")

		id := first.json["bill"].(string)
		w.expect(w.send("POST", "/bills/"+id+"/completion", w.other, "c1", `{"bill": `+w.stay("DF1", "")+`}`), 404, "claim.unknown")
		w.expect(w.send("POST", "/bills/"+id+"/completion", w.own, "c2", `{"bill": `+bare+`}`), 422, "claim.documents-needed")
		closed := w.send("POST", "/bills/"+id+"/completion", w.own, "c3", `{"bill": `+w.stay("DF1", "")+`}`)
		w.expect(closed, 200, "")
		if a, _ := closed.json["advance"].(map[string]any); a["id"] != first.json["id"] || a["state"] != "settled" || a["bill"] != closed.json["bill"] {
			w.Errorf("closed: %s", closed.text)
		}
		dues := w.send("GET", "/debts/items", owed, "", "")
		w.expect(dues, 200, "")
		if one := dues.json["owed"].([]any)[0].(map[string]any); one["unpaid"] != closed.json["own"] || one["due"] != "2021-11-08" {
			w.Errorf("owed: %s", dues.text)
		}
	})
}
