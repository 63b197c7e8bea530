package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/store"
	"doudi/record/store/storetest"
	"doudi/serve/api"
)

// insurance is the id of the office.
const insurance = "county-insurance"

var now = time.Date(2021, 11, 9, 2, 0, 0, 0, time.UTC)

// world is the invented county behind a real HTTP server, with the keys of two hospitals and of an office.
type world struct {
	*testing.T
	county             *fiction.Desk
	address, person    string
	own, other, office string // keys
	logged             *bytes.Buffer
	bills, asked       int       // so many were made
	couple             [2]string // head and spouse of the household that was made last
}

// each runs the test on both databases.
func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.EachDSN(t, func(t *testing.T, dsn string) { test(open(t, dsn)) })
}

func open(t *testing.T, dsn string) *world {
	t.Helper()
	county, err := fiction.OpenOn(context.Background(), dsn, t.TempDir())
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"), err)
	}
	t.Cleanup(func() {
		if err := county.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{T: t, county: county, logged: &bytes.Buffer{}}
	w.in(fiction.Neighbour, func(tx *store.Tx) error { return county.Register.MarkDemo(tx) })
	if w.person, err = county.Add(fiction.Named{Name: "赵长河", Number: fiction.Number("19600101", "001"), Listed: true, Insured: true}); err != nil {
		t.Fatal(err)
	}
	w.keys()
	w.serve()
	return w
}

// serve starts a server, which knows of no wrong keys yet.
func (w *world) serve() {
	server := httptest.NewServer(api.New(api.Config{Record: w.county.Record, Log: slog.New(slog.NewTextHandler(w.logged, nil)), Now: func() time.Time { return now }}))
	w.Cleanup(server.Close)
	w.address = server.URL + api.Prefix
}

func (w *world) keys() {
	w.Helper()
	span := period.Span{From: 18000, To: 20000}
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		other, err := w.county.AddHospital(tx, "中医院", fiction.FirstTown, "county")
		if err != nil {
			return err
		}
		if err := w.county.Providers.AddOffice(tx, provider.Office{ID: insurance, Name: "县医保局", Span: span}, dated.Said{}); err != nil {
			return err
		}
		for party, key := range map[string]*string{w.county.Hospital: &w.own, other: &w.other, insurance: &w.office} {
			if _, *key, err = w.county.Keys.Issue(tx, auth.Grant{Party: party, Name: "系统", Scopes: []auth.Scope{auth.Bills, auth.Settlements}, Span: span}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (w *world) send(method, path, key, once, body string) answer {
	w.Helper()
	return w.sendAs("application/json", method, path, key, once, body)
}

// sendAs sends a body of a media type.
func (w *world) sendAs(kind, method, path, key, once, body string) answer {
	w.Helper()
	r, err := http.NewRequest(method, w.address+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + key, "Idempotency-Key": once, "Content-Type": kind} {
		if value != "" && value != "Bearer " {
			r.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		w.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(content)}
	if err := json.Unmarshal(content, &a.json); err != nil {
		w.Fatalf("%s %s answers %d %s", method, path, a.status, content)
	}
	return a
}

// expect compares the status of an answer and, of a problem, its code.
func (w *world) expect(a answer, status int, code string) {
	w.Helper()
	found, _ := a.json["code"].(string)
	if a.status != status || found != code {
		w.Errorf("answer %d %s, want %d %s: %s", a.status, found, status, code, a.text)
	}
	if code != "" && a.header.Get("Content-Type") != "application/problem+json" {
		w.Errorf("a problem of type %s", a.header.Get("Content-Type"))
	}
}

// stay is a bill of ten days in hospital.
func (w *world) stay(number, more string) string {
	return `{"person": "` + w.person + `", "series": "pingyin-medical-help",` + more + ` "document": {
  "visit": {"kind": "inpatient", "admitted": "2021-10-29", "discharged": "2021-11-08", "diagnosis": "S72.0"},
  "bill": {"no": "` + number + `", "lines": [{"item": "bed", "amount": "1200.00", "in_scope": "1000.00"}, {"item": "surgery", "amount": "28000.00", "in_scope": "27500.00"}],
    "paid": {"basic_insurance": "20000.00", "serious_illness_insurance": "1000.00", "hospital_reduction": "0.00", "medical_assistance": "500.00"}}}}`
}

func TestFromBillToReversal(t *testing.T) { each(t, fromBillToReversal) }

func fromBillToReversal(w *world) {
	received := w.send("POST", "/bills", w.own, "k1", w.stay("ZY1", ""))
	w.expect(received, 200, "")
	id := received.json["id"].(string)
	preview := w.send("POST", "/bills/"+id+"/preview", w.own, "", "")
	w.expect(preview, 200, "")
	settled := w.send("POST", "/bills/"+id+"/settlement", w.own, "k2", `{"digest": "`+preview.json["digest"].(string)+`"}`)
	w.expect(settled, 200, "")
	again := w.send("POST", "/bills/"+id+"/settlement", w.own, "k2", ` { "digest":"`+preview.json["digest"].(string)+`" }`)
	if again.text != settled.text || again.header.Get("Idempotency-Replayed") != "true" {
		w.Errorf("a replay answers %s (%s), not %s", again.text, again.header.Get("Idempotency-Replayed"), settled.text)
	}
	w.expect(w.send("POST", "/bills/"+id+"/settlement", w.own, "k2", `{}`), 409, "store.key-reused")
	statement := w.send("GET", "/bills/"+id+"/settlement", w.own, "", "")
	w.expect(statement, 200, "")
	if statement.json["difference"] != "0.00" || strings.Contains(settled.text, "赵长河") {
		w.Errorf("statement with a difference of %v; %s", statement.json["difference"], settled.text)
	}
	list := w.send("GET", "/bills?state=confirmed&limit=1", w.own, "", "")
	if bills := list.json["bills"].([]any); len(bills) != 1 {
		w.Errorf("the list is %s", list.text)
	}
	replaced := w.send("POST", "/bills/"+id+"/replacement", w.own, "k3", `{"reason": "更正", "bill": `+w.stay("ZY1-2", "")+`}`)
	w.expect(replaced, 200, "")
	w.expect(w.send("POST", "/bills/"+replaced.json["bill"].(string)+"/reversal", w.own, "k4", `{"reason": "录入有误"}`), 200, "")
	w.expect(w.send("POST", "/settlements", w.own, "k5", w.stay("ZY2", "")), 200, "")
	w.expect(w.send("POST", "/settlements", w.office, "k5", w.stay("ZY3", `"provider": "`+w.county.Hospital+`",`)), 200, "")
	if strings.Contains(w.logged.String(), "赵长河") {
		w.Error("the log names a person")
	}
}

// What is another's answers as what does not exist, but for the id in the words.
func TestForeignBillsDoNotExist(t *testing.T) { each(t, foreignBillsDoNotExist) }

func foreignBillsDoNotExist(w *world) {
	id := w.send("POST", "/bills", w.own, "k1", w.stay("ZY1", "")).json["id"].(string)
	absent := "00000000-0000-7000-8000-000000000000"
	for _, tt := range []struct{ method, path, body string }{
		{"GET", "/bills/ID", ""}, {"POST", "/bills/ID/preview", ""}, {"POST", "/bills/ID/settlement", "{}"}, {"GET", "/bills/ID/settlement", ""},
		{"POST", "/bills/ID/reversal", `{"reason": "x"}`}, {"POST", "/bills/ID/replacement", `{"reason": "x", "bill": ` + w.stay("Z", "") + `}`},
	} {
		foreign := w.send(tt.method, strings.Replace(tt.path, "ID", id, 1), w.other, "f", tt.body)
		unknown := w.send(tt.method, strings.Replace(tt.path, "ID", absent, 1), w.other, "f", tt.body)
		w.expect(foreign, 404, "claim.unknown")
		if strings.ReplaceAll(foreign.text, id, "") != strings.ReplaceAll(unknown.text, absent, "") {
			w.Errorf("%s %s: a foreign bill answers %s, an unknown one %s", tt.method, tt.path, foreign.text, unknown.text)
		}
	}
	if bills := w.send("GET", "/bills", w.other, "", "").json["bills"].([]any); len(bills) != 0 {
		w.Errorf("another's list has %d bills", len(bills))
	}
	w.expect(w.send("POST", "/bills", w.other, "k1", w.stay("X1", `"replaces": "`+id+`",`)), 404, "claim.unknown")
	w.expect(w.send("POST", "/bills", w.other, "k2", w.stay("X1", `"provider": "`+w.county.Hospital+`",`)), 403, "api.provider")
}

func TestWrongInput(t *testing.T) { each(t, wrongInput) }

func wrongInput(w *world) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for _, tt := range []struct {
		name, once, body string
		status           int
		code             string
	}{
		{"no key", "", w.stay("1", ""), 400, "api.idempotency-key"},
		{"a key with blanks", "a b", w.stay("1", ""), 400, "api.idempotency-key"},
		{"broken JSON", "k", `{"person": `, 400, "text.syntax"},
		{"no body", "k", ``, 400, "api.body-missing"},
		{"too deep", "k", deep, 400, "text.too-deep"},
		{"control character", "k", `{"person": "a\u0000"}`, 400, "text.control"},
		{"unknown field", "k", w.stay("1", `"colour": "red",`), 422, "api.field-unknown"},
		{"missing field", "k", `{"person": "x", "series": "y"}`, 422, "api.field-missing"},
		{"number for an amount's text", "k", `{"person": 1, "series": "y", "document": {"bill": {}}}`, 422, "api.value"},
		{"too large", "k", strings.Repeat(" ", 5<<20), 413, "api.too-large"},
		{"unknown person", "k", strings.Replace(w.stay("1", ""), w.person, "nobody", 1), 404, "dated.party-unknown"},
		{"unknown fact in the document", "k", strings.Replace(w.stay("1", ""), `"kind"`, `"kinds"`, 1), 422, "fact.unknown"},
	} {
		w.Run(tt.name, func(t *testing.T) {
			inner := *w
			inner.T = t
			inner.expect(inner.send("POST", "/bills", w.own, tt.once, tt.body), tt.status, tt.code)
		})
	}
	position := w.send("POST", "/bills", w.own, "k", strings.Replace(w.stay("1", ""), `"kind"`, `"kinds"`, 1)).json["position"].(map[string]any)
	if position["line"] != 2.0 {
		w.Errorf("the unknown fact is said to stand at %v", position)
	}
	w.expect(w.send("GET", "/bills?colour=red", w.own, "", ""), 400, "api.parameter")
	w.expect(w.send("GET", "/bills", "", "", ""), 401, "api.key-missing")
	w.expect(w.send("GET", "/bills", strings.Replace(w.own, "999901", "999902", 1), "", ""), 401, "auth.key-wrong")
	w.expect(w.send("GET", "/nowhere", w.own, "", ""), 404, "api.nowhere")
	w.expect(w.send("DELETE", "/bills", w.own, "", ""), 405, "api.method")
	for range 30 {
		w.send("GET", "/bills", "doudi_wrong", "", "")
	}
	w.expect(w.send("GET", "/bills", "doudi_wrong", "", ""), 429, "auth.too-many")
}

func TestOneKeySettlesOnce(t *testing.T) { each(t, oneKeySettlesOnce) }

func oneKeySettlesOnce(w *world) {
	body := w.stay("ZY1", "")
	answers := make([]answer, 8)
	storetest.Together(len(answers), func(i int) error { answers[i] = w.send("POST", "/settlements", w.own, "same", body); return nil })
	for _, a := range answers {
		w.expect(a, 200, "")
		if a.text != answers[0].text {
			w.Errorf("one key answers %s and %s", a.text, answers[0].text)
		}
	}
}
