package api_test

import (
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
)

func TestRegisterPeopleAndFacts(t *testing.T) { each(t, registerPeopleAndFacts) }

func registerPeopleAndFacts(w *world) {
	full := w.key("county-insurance", append(allFacts, auth.RegisterRead, auth.RegisterWrite)...)
	body := `{"name": "孙小梅", "number": "` + string(fiction.Number("20150601", "002")) + `", "source": "县公安局"}`
	added := w.send("POST", "/people", full, "p1", body)
	w.expect(added, 200, "")
	person := added.json["id"].(string)
	if again := w.send("POST", "/people", full, "p1", body); again.text != added.text || again.header.Get("Idempotency-Replayed") != "true" {
		w.Errorf("again: %s", again.text)
	}
	w.expect(w.send("POST", "/people", full, "p2", body), 409, "register.person-known")

	read := func(name string) map[string]any {
		return w.facts(w.send("GET", "/people/"+person+"?"+purpose, full, "", ""))[name]
	}
	write := func(once, path, body string) string {
		a := w.send("POST", path, full, once, body)
		w.expect(a, 200, "")
		id, _ := a.json["id"].(string)
		return id
	}
	if f := read("person.birth"); f["value"] != "2015-06-01" {
		w.Errorf("the birthday is %v", f)
	}
	id := write("f1", "/facts", `{"party": "`+person+`", "name": "person.premium", "value": "280.00", "from": "2021-01-01", "source": "县医保局"}`)
	if f := read("person.premium"); f["value"] != "280.00" || f["id"] != id || f["to"] != nil || f["source"] != "县医保局" {
		w.Errorf("recorded: %v", f)
	}
	id = write("f2", "/facts/"+id+"/correction", `{"value": "320.00", "from": null, "to": "2021-12-31", "source": "县医保局"}`)
	if f := read("person.premium"); f["value"] != "320.00" || f["id"] != id || f["from"] != nil || f["to"] != "2021-12-31" {
		w.Errorf("corrected: %v", f)
	}
	id = write("f3", "/facts/"+id+"/end", `{"last": "2021-06-30", "source": "县医保局"}`)
	if f := read("person.premium"); f != nil {
		w.Errorf("ended: %v", f)
	}
	write("f4", "/facts/"+id+"/withdrawal", `{"source": "县医保局"}`)
	write("f5", "/facts", `{"party": "`+person+`", "name": "roster.registered_poor", "value": true, "from": "2021-03-01", "source": "县乡村振兴局"}`)
	if f := read("roster.registered_poor"); f["value"] != true || f["from"] != "2021-03-01" {
		w.Errorf("on the roster: %v", f)
	}
	w.factRefusals(person, full, id)
	if strings.Contains(w.logged.String(), "孙小梅") {
		w.Error("the log names somebody")
	}
}

func (w *world) factRefusals(person, full, id string) {
	w.Helper()
	var tier, ill string
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		if tier, err = w.county.Providers.State(tx, w.county.Hospital, "visit.hospital.tier", rule.Fact{Value: rule.Text("city"), Span: dated.Always}, ""); err != nil {
			return err
		}
		ill, err = w.county.Register.Record(tx, person, "person.serious_illness", rule.Fact{Value: rule.Bool(true), Span: dated.Always}, "")
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	blind, read := w.key("county-insurance", auth.RegisterWrite), w.key(w.county.Hospital, auth.RegisterRead)
	const said = `"from": "2021-01-01", "source": "县医保局"}`
	fact := func(name, value string) string {
		return `{"party": "` + person + `", "name": "` + name + `", "value": ` + value + `, ` + said
	}
	for i, tt := range []struct {
		key, path, body string
		status          int
		code            string
	}{
		{read, "/facts", fact("person.insured", "true"), 403, "auth.scope-needed"},
		{read, "/people", `{"name": "x", "source": "x"}`, 403, "auth.scope-needed"},
		{blind, "/facts", fact("person.insured", "true"), 200, ""},
		{blind, "/facts", fact("person.serious_illness", "true"), 403, "api.fact-hidden"},
		{blind, "/facts/" + ill + "/correction", `{"value": false, ` + said, 404, "dated.statement-unknown"},
		{blind, "/facts/" + ill + "/end", `{"last": "2021-01-01", "source": "x"}`, 404, "dated.statement-unknown"},
		{blind, "/facts/" + ill + "/withdrawal", `{"source": "x"}`, 404, "dated.statement-unknown"},
		{full, "/facts/none/withdrawal", `{"source": "x"}`, 404, "dated.statement-unknown"},
		{full, "/facts/" + tier + "/withdrawal", `{"source": "x"}`, 422, "register.not-a-fact"},
		{full, "/facts/" + id + "/withdrawal", `{"source": "x"}`, 409, "dated.already-corrected"},
		{full, "/facts/" + ill + "/end", `{"last": "soon", "source": "x"}`, 422, "period.malformed-day"},
		{full, "/facts", fact("person.colour", `"red"`), 404, "register.fact-unknown"},
		{full, "/facts", fact("household.poor", "true"), 422, "register.fact-other"},
		{full, "/facts", fact("household.size", "3"), 422, "register.fact-derived"},
		{full, "/facts", fact("roster.registered_poor", "true"), 409, "register.roster-overlap"},
		{full, "/facts", fact("person.premium", `"abc"`), 422, "money.malformed"},
		{full, "/facts", fact("person.disability.level", "9"), 422, "fact.out-of-range"},
		{full, "/facts", strings.Replace(fact("person.insured", "true"), person, "nobody", 1), 404, "dated.party-unknown"},
		{full, "/facts", strings.Replace(fact("person.insured", "true"), `"from": "2021-01-01", `, "", 1), 422, "api.field-missing"},
		{full, "/facts", strings.Replace(fact("person.insured", "true"), `"2021-01-01"`, `"2021-13-01"`, 1), 422, "period.no-such-day"},
		{full, "/facts", strings.Replace(fact("person.insured", "true"), `"source"`, `"colour": "x", "source"`, 1), 422, "api.field-unknown"},
		{full, "/people", `{"name": "孙", "number": "1", "source": "x"}`, 422, "ident.id-length"},
		{full, "/people", `{"name": " ", "source": "x"}`, 422, "register.name-missing"},
		{full, "/people", `{"name": "孙", "birth": "x", "source": "x"}`, 422, "period.malformed-day"},
		{full, "/people", `{"name": "孙", "from": "x", "source": "x"}`, 422, "period.malformed-day"},
		{full, "/people", `{"name": "孙", "number": "11010519491231002X", "source": "x"}`, 422, "register.not-fictional"},
	} {
		a := w.send("POST", tt.path, tt.key, "refused-"+string(rune('a'+i)), tt.body)
		if code, _ := a.json["code"].(string); a.status != tt.status || code != tt.code {
			w.Errorf("%s %s answers %d %s, want %d %s", tt.path, tt.body, a.status, a.text, tt.status, tt.code)
		}
	}
}
