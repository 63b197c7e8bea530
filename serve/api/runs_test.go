package api_test

import (
	"fmt"
	"testing"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// inReview is a new run of the month that somebody else than the office made.
func (w *world) inReview() string {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) error {
		open, err := benefit.Open(tx)
		if err == nil && open != nil {
			_, err = w.county.Benefits.Void(tx, open.ID, "重来")
		}
		return err
	})
	ask := benefit.Ask{As: snapshot.As{County: fiction.Code, Actor: fiction.Clerk, Instant: now}, Month: dated.Day(now).Month()}
	run, err := w.county.Benefits.Start(w.Context(), w.county.Store, ask)
	if err == nil {
		run, err = w.county.Benefits.Compute(w.Context(), w.county.Store, ask, run.ID, 1)
	}
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return run.ID
}

// newcomers is a new run with somebody new in it.
func (w *world) newcomers() string {
	w.Helper()
	w.asked++
	person, err := w.county.Add(fiction.Named{Name: "孙新", Number: fiction.Number("19600102", fmt.Sprintf("%03d", w.asked)), Listed: true, Insured: true})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	w.disabled(person, dated.Day(now).Month()-1)
	return w.inReview()
}

// inRun names a difference of the open run.
func inRun(w *world, holder string) (query string) {
	w.in(fiction.Code, func(tx *store.Tx) error {
		open, err := benefit.Open(tx)
		if err != nil {
			return err
		}
		list, _, err := benefit.Differences(tx, open.ID, benefit.Filter{}, "", 1)
		if err != nil || len(list) == 0 {
			return err
		}
		query = fmt.Sprintf("subject=%s&scheme=%s&month=%s&%s", list[0].Subject, list[0].Scheme, list[0].Month, whatFor(w, holder))
		return err
	})
	return query
}

// act is a hold on all the person's benefits.
func (w *world) act() (id string) {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) (err error) {
		id, err = w.county.Benefits.Act(tx, benefit.Act{Subject: w.person, Kind: benefit.Hold, Reason: "核对"})
		return err
	})
	return id
}

// twoOffices are the keys of two offices, of which one checks what the other makes.
func (w *world) twoOffices(from period.Month) (maker, checker string) {
	w.Helper()
	w.entitled(from)
	scopes := append([]auth.Scope{auth.BenefitsRead, auth.BenefitsWrite}, allFacts...)
	_, maker = w.granted(fiction.Code, insurance, scopes, dated.Day(now)+10)
	_, checker = w.granted(fiction.Code, finance, scopes[:2], dated.Day(now)+10)
	return maker, checker
}

// once sends what is done once, each time something new.
func (w *world) once(key, path, body string) answer {
	w.Helper()
	w.asked++
	return w.send("POST", path, key, fmt.Sprint("once-", w.asked), body)
}

// told asks for something and compares the answer with the document.
func (w *world) told(id, path, key string) answer {
	w.Helper()
	a := w.send("GET", path, key, "", "")
	w.describes(operations()[id], a)
	return a
}

// ran runs a month until it is in review.
func (w *world) ran(key string, month period.Month) (id string, a answer) {
	w.Helper()
	for range 100 {
		a = w.send("POST", "/runs", key, "", fmt.Sprintf(`{"month": %q}`, month))
		w.describes(operations()["run-month"], a)
		run, is := a.json["run"].(map[string]any)
		if !is || run["state"] == "void" || run["state"] == "approved" {
			break
		}
		if run["state"] == "review" {
			return run["id"].(string), a
		}
	}
	w.Fatalf("the run of %s is not in review: %s", month, a.text)
	return "", a
}

// TestRuns: one office runs a month, another approves it.
func TestRuns(t *testing.T) { each(t, runs) }

func runs(w *world) {
	month := period.MustDay(2021, 7, 1).Month()
	maker, checker := w.twoOffices(month)
	run, a := w.ran(maker, month)
	if progress, balance := a.json["progress"].(map[string]any), a.json["balance"].(map[string]any); progress["parts"] != progress["done"] || balance["difference"] != "0.00" || balance["determined"] != "100.00" {
		w.Error(a.text)
	}
	if again, _ := w.ran(checker, month); again != run {
		w.Errorf("sent again it is the run %s, not %s", again, run)
	}
	w.differencesOf(run, maker)
	w.explanationsOf(run, maker, checker, month)
	w.expect(w.once(maker, "/runs/"+run+"/approval", `{}`), 403, "benefit.same-person")
	w.expect(w.once(checker, "/runs/"+run+"/approval", `{"note": "同意"}`), 200, "")
	w.expect(w.once(checker, "/runs/"+run+"/void", `{"reason": "x"}`), 409, "benefit.run-state")
	w.expect(w.send("POST", "/runs", maker, "", fmt.Sprintf(`{"month": %q}`, month-1)), 409, "benefit.before-opening")
	w.expect(w.send("POST", "/runs", maker, "", fmt.Sprintf(`{"month": %q, "since": %q}`, month+1, month+1)), 409, "benefit.opened-already")
	w.expect(w.send("POST", "/runs", maker, "", `{"month": "2021-13"}`), 422, "period.no-such-month")
	w.expect(w.send("GET", "/runs/nothing", maker, "", ""), 404, "benefit.run-unknown")
	next, _ := w.ran(maker, month+1)
	w.expect(w.send("POST", "/runs", maker, "", fmt.Sprintf(`{"month": %q}`, month+2)), 409, "benefit.run-open")
	w.expect(w.once(maker, "/runs/"+next+"/void", `{"reason": " "}`), 422, "benefit.reason-missing")
	w.expect(w.once(maker, "/runs/"+next+"/void", `{"reason": "登记有误"}`), 200, "")
	first := w.told("list-runs", "/runs?limit=1", checker)
	rest := w.told("list-runs", "/runs?limit=1&cursor="+first.json["next"].(string), checker)
	if !contains(first.text, next, `"state":"void"`, "登记有误") || !contains(rest.text, run, `"state":"approved"`, finance) || contains(rest.text, "next") {
		w.Errorf("runs: %s, then %s", first.text, rest.text)
	}
}

// differencesOf reads them whole and one by one.
func (w *world) differencesOf(run, key string) {
	w.Helper()
	path := "/runs/" + run + "/differences?" + whatFor(w, "")
	all := w.list(w.told("run-differences", path, key), "differences")
	var single []string
	for next := ""; ; {
		a := w.told("run-differences", path+"&limit=1&cursor="+next, key)
		for _, d := range w.list(a, "differences") {
			single = append(single, fmt.Sprint(d))
		}
		if next, _ = a.json["next"].(string); next == "" || len(single) > len(all) {
			break
		}
	}
	if len(single) != len(all) || fmt.Sprint(all[0]) != single[0] {
		w.Errorf("one by one the differences are %v, not %v", single, all)
	}
	added := w.list(w.told("run-differences", path+"&kind=new&scheme="+allowance+"&division="+fiction.Code, key), "differences")
	if len(added) != 1 || added[0]["subject"] != w.person || added[0]["after"] != "100.00" || added[0]["reason"] != "met" {
		w.Errorf("new is %v", added)
	}
	w.expect(w.send("GET", path+"&kind=odd", key, "", ""), 400, "api.parameter")
	w.expect(w.send("GET", path+"&division=x", key, "", ""), 400, "api.parameter")
	w.expect(w.send("GET", "/runs/"+run+"/differences", key, "", ""), 422, "api.purpose")
	w.expect(w.send("GET", "/runs/nothing/differences?"+whatFor(w, ""), key, "", ""), 404, "benefit.run-unknown")
}

// explanationsOf asks why the person is new: a key that sees everything, and one that does not.
func (w *world) explanationsOf(run, full, plain string, month period.Month) {
	w.Helper()
	path := fmt.Sprintf("/runs/%s/explanation?subject=%s&scheme=%s&month=%s", run, w.person, allowance, month)
	why := w.told("explain-difference", path+"&"+whatFor(w, ""), full)
	if outcome, is := why.json["outcome"].(map[string]any); !is || outcome["verdict"] != "pays" || why.json["after"] != "100.00" || !contains(why.text, "批准", "application.day") {
		w.Error(why.text)
	}
	if hidden := w.told("explain-difference", path+"&"+whatFor(w, ""), plain); hidden.status != 200 || contains(hidden.text, "批准\"") || !contains(hidden.text, `"withheld":true`) {
		w.Error(hidden.text)
	}
	w.expect(w.send("GET", path, full, "", ""), 422, "api.purpose")
	w.expect(w.send("GET", path+"x&"+whatFor(w, ""), full, "", ""), 400, "api.parameter")
}

// TestActs: what persons decide counts from the next run on.
func TestActs(t *testing.T) { each(t, acts) }

func acts(w *world) {
	month := period.MustDay(2021, 7, 1).Month()
	maker, checker := w.twoOffices(month)
	due := func(month period.Month) answer {
		return w.told("read-benefits", "/subjects/"+w.person+"/benefits?month="+month.String()+"&"+whatFor(w, ""), checker)
	}
	approved := func(month period.Month) {
		run, _ := w.ran(maker, month)
		w.expect(w.once(checker, "/runs/"+run+"/approval", `{}`), 200, "")
	}
	if a := due(month); a.json["total"] != "0.00" {
		w.Error(a.text)
	}
	hold := w.once(maker, "/acts", fmt.Sprintf(`{"subject": %q, "kind": "hold", "day": %q, "reason": "账户不符"}`, w.person, month.First())).json["id"].(string)
	approved(month)
	if a := due(month); a.json["total"] != "0.00" || !contains(a.text, `"held":true`, `"to":null`) {
		w.Error(a.text)
	}
	w.expect(w.once(checker, "/acts/"+hold+"/withdrawal", `{"reason": "已更正"}`), 200, "")
	w.expect(w.once(checker, "/acts/"+hold+"/withdrawal", `{"reason": "已更正"}`), 409, "benefit.act-withdrawn")
	w.expect(w.once(checker, "/acts/nothing/withdrawal", `{"reason": "x"}`), 404, "benefit.act-unknown")
	approved(month + 1)
	for _, m := range []period.Month{month, month + 1} {
		if a := due(m); a.json["total"] != "100.00" || contains(a.text, `"total":"0.00"`) {
			w.Errorf("once released, of %s: %s", m, a.text)
		}
	}
	path := "/subjects/" + w.person + "/acts?" + whatFor(w, "")
	if a := w.told("list-acts", path, maker); !contains(a.text, "账户不符", `"withdrawn":true`, `"kind":"approve"`, "application.day") {
		w.Error(a.text)
	}
	if a := w.told("list-acts", path, checker); contains(a.text, "账户不符") || !contains(a.text, `"withheld":true`) {
		w.Error(a.text)
	}
	w.wrongActs(maker)
}

func (w *world) wrongActs(key string) {
	w.Helper()
	for _, tt := range []struct {
		subject, more string
		status        int
		code          string
	}{
		{absentID, `"kind": "hold", "reason": "x"`, 404, "benefit.subject-unknown"},
		{w.person, `"kind": "hold"`, 422, "benefit.act-incomplete"},
		{w.person, `"kind": "review"`, 422, "benefit.act-incomplete"},
		{w.person, `"kind": "review", "scheme": "no/such"`, 404, "benefit.scheme-unknown"},
		{w.person, `"kind": "grant", "reason": "x", "amount": "-1.00", "scheme": "` + allowance + `"`, 422, "benefit.act-incomplete"},
		{w.person, `"kind": "grant", "reason": "x", "amount": "1.001", "scheme": "` + allowance + `"`, 422, "money.too-precise"},
		{w.person, `"kind": "approve", "day": "2021-02-30", "scheme": "` + allowance + `"`, 422, "period.no-such-day"},
		{w.person, `"kind": "approve", "facts": {"person.rural": true}, "scheme": "` + allowance + `"`, 422, "benefit.fact-unusable"},
		{w.person, `"kind": "approve", "facts": {"application.day": 7}, "scheme": "` + allowance + `"`, 422, "benefit.fact-unusable"},
	} {
		w.expect(w.once(key, "/acts", fmt.Sprintf(`{"subject": %q, %s}`, tt.subject, tt.more)), tt.status, tt.code)
	}
	w.expect(w.send("GET", "/subjects/"+absentID+"/benefits?"+whatFor(w, ""), key, "", ""), 404, "dated.party-unknown")
	w.expect(w.send("GET", "/subjects/"+absentID+"/acts?"+whatFor(w, ""), key, "", ""), 404, "dated.party-unknown")
	w.expect(w.send("GET", "/subjects/"+w.person+"/benefits?month=x&"+whatFor(w, ""), key, "", ""), 400, "api.parameter")
	w.expect(w.send("GET", "/subjects/"+w.person+"/benefits", key, "", ""), 422, "api.purpose")
}
