package api_test

import (
	"fmt"
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/snapshot"
	"doudi/record/store"
)

const (
	allowance = "pingyin-medical-help/severe-disability"
	finance   = "finance-bureau"
)

// entitled makes the person one who meets the conditions of an allowance of 100.00 a month, and opens a second office in the county.
func (w *world) entitled(from period.Month) {
	w.Helper()
	w.disabled(w.person, from)
	w.in(fiction.Code, func(tx *store.Tx) error {
		return w.county.Providers.AddOffice(tx, provider.Office{ID: finance, Name: "县财政局", Span: period.Span{From: 18000, To: 20000}}, dated.Said{})
	})
}

// disabled makes somebody one who meets the conditions of the allowance.
func (w *world) disabled(person string, from period.Month) {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) error {
		for name, fact := range map[string]rule.Fact{"person.hukou": {Value: rule.Division(fiction.FirstVillage)}, "person.function_loss": {Value: rule.Bool(false)},
			"person.disability.level": {Value: rule.Int(1)}, "person.disability.certificate_generation": {Value: rule.Int(2)}} {
			fact.Span = dated.Always
			if _, err := w.county.Register.Record(tx, person, name, fact, ""); err != nil {
				return err
			}
		}
		approved := fmt.Sprintf("%q", from.First()-20)
		_, err := w.county.Benefits.Act(tx, benefit.Act{Subject: person, Scheme: allowance, Kind: benefit.Approve, Day: from.First() - 20, Reason: "批准",
			Facts: map[string]string{"application.day": approved, "approval.day": approved}})
		return err
	})
}

// due makes the person one who is due the allowance by approved runs of a quarter.
func (w *world) due(from period.Month) {
	w.Helper()
	w.entitled(from)
	for m := from; m <= from+2; m++ {
		ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: fiction.Clerk, Instant: now}, Month: m}
		run, err := w.county.Benefits.Start(w.Context(), w.county.Store, ask)
		if err == nil {
			run, err = w.county.Benefits.Compute(w.Context(), w.county.Store, ask, run.ID, 1)
		}
		if err != nil {
			w.Fatal(fault.RenderError(err, "zh"), err)
		}
		_, err = w.county.Store.Write(w.Context(), store.Command{Name: "test", County: fiction.Code, Actor: store.Actor{ID: "approver"}, Instant: now}, func(tx *store.Tx) (any, error) {
			return w.county.Benefits.Approve(tx, run.ID, "")
		})
		if err != nil {
			w.Fatal(fault.RenderError(err, "zh"), err)
		}
	}
}

// TestBatches: one office makes a batch, another locks it.
func TestBatches(t *testing.T) { each(t, batches) }

func batches(w *world) {
	from := period.MustDay(2021, 7, 1).Month()
	w.due(from)
	scopes := []auth.Scope{auth.PaymentsRead, auth.PaymentsWrite, auth.IdentityFacts, auth.FinanceFacts}
	_, maker := w.granted(fiction.Code, insurance, scopes, dated.Day(now)+10)
	_, checker := w.granted(fiction.Code, finance, scopes[:2], dated.Day(now)+10)
	asked := 0
	post := func(key, path, body string) answer {
		asked++
		return w.send("POST", path, key, fmt.Sprint("batch-", asked), body)
	}
	account := `{"number": "9012 3456 78", "bank": "农村信用社", "holder": "赵长河", "as": "own", "from": "2018-01-01", "source": "存折"}`
	w.expect(post(maker, "/people/"+w.person+"/accounts", `{"number": "1", "bank": "b", "holder": "赵长河", "as": "own", "from": "2018-01-01", "source": "存折"}`), 422, "payment.account-number")
	if a := post(maker, "/people/"+w.person+"/accounts", account); a.status != 200 {
		w.Fatal(a.text)
	}
	read := func(key string) string {
		return w.send("GET", "/people/"+w.person+"/accounts?"+whatFor(w, ""), key, "", "").text
	}
	if seen := read(maker); !contains(seen, `"9012345678"`, "赵长河") {
		w.Error(seen)
	}
	if seen := read(checker); !contains(seen, `"******5678"`, `"holder":""`, `"withheld":true`) {
		w.Error(seen)
	}
	made := post(maker, "/batches", fmt.Sprintf(`{"scheme": %q, "month": %q}`, allowance, from+1))
	if made.status != 200 || made.json["state"] != "draft" || made.json["people"] != 1.0 {
		w.Fatal(made.text)
	}
	number := made.json["number"].(string)
	if a := post(maker, "/batches", fmt.Sprintf(`{"scheme": %q, "month": %q}`, allowance, from)); a.json["number"] != number {
		w.Errorf("the same period made %s", a.text)
	}
	step := func(key, step string) answer {
		return post(key, "/batches/"+number+"/steps", fmt.Sprintf(`{"step": %q, "note": "同意"}`, step))
	}
	w.expect(step(checker, "lock"), 409, "payment.state")
	w.expect(step(maker, "hand-in"), 200, "")
	w.expect(step(maker, "lock"), 403, "payment.same-person")
	w.expect(step(checker, "lock"), 200, "")
	w.expect(step(maker, "void"), 200, "")
	w.expect(step(maker, "void"), 409, "payment.state")
	if a := w.send("GET", "/batches/"+number, maker, "", ""); !contains(a.text, `"state":"void"`, `"kind":"lock"`, `"change":"new"`) {
		w.Error(a.text)
	}
	if a := w.send("GET", "/batches/"+number+"/lines?"+whatFor(w, ""), maker, "", ""); !contains(a.text, w.person, `"run"`, `"100.00"`) {
		w.Error(a.text)
	}
	w.expect(w.send("GET", "/batches/"+number+"/lines", maker, "", ""), 422, "api.purpose")
	w.expect(w.send("GET", "/batches?state=paid", maker, "", ""), 400, "api.parameter")
	if a := w.send("GET", "/batches?state=void&limit=1", checker, "", ""); !contains(a.text, number) {
		w.Error(a.text)
	}
}

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
