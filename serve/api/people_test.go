package api_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// purpose is written behind an address.
var purpose = "purpose=" + url.QueryEscape("结算")

// allFacts open everything that is protected.
var allFacts = []auth.Scope{auth.IdentityFacts, auth.FinanceFacts, auth.HealthFacts, auth.ChildFacts}

// facts are the facts of an answer by name.
func (w *world) facts(a answer) map[string]map[string]any {
	w.Helper()
	facts := map[string]map[string]any{}
	for _, fact := range w.list(a, "facts") {
		facts[fact["name"].(string)] = fact
	}
	return facts
}

func TestFindPeople(t *testing.T) { each(t, findPeople) }

func findPeople(w *world) {
	second, err := w.county.Add(fiction.Named{Name: "赵长江", Number: fiction.Number("19620101", "003")})
	if err != nil {
		w.Fatal(err)
	}
	hospital, office := w.key(w.county.Hospital, auth.RegisterRead), w.key("county-insurance", auth.RegisterSearch)
	number := string(fiction.Number("19600101", "001"))
	found := w.list(w.send("POST", "/people/lookup", hospital, "", `{"number": "`+number+`", "purpose": "结算"}`), "found")
	if len(found) != 1 || found[0]["id"] != w.person || found[0]["name"] != "赵**" || strings.Contains(found[0]["number"].(string), "1960") {
		w.Errorf("by number: %v", found)
	}
	if nobody := w.list(w.send("POST", "/people/lookup", hospital, "", `{"number": "`+string(fiction.Number("19990101", "001"))+`", "purpose": "结算"}`), "found"); len(nobody) != 0 {
		w.Errorf("a number nobody has finds %v", nobody)
	}
	for typed, want := range map[string]int{"赵": 2, "赵长江": 1, "zcj": 1, "zc": 2, "ZC": 2, "钱": 0, number: 1} {
		if found := w.list(w.send("POST", "/people/search", office, "", `{"text": "`+typed+`", "purpose": "受理"}`), "found"); len(found) != want {
			w.Errorf("%s finds %v, want %d", typed, found, want)
		}
	}
	first := w.send("POST", "/people/search", office, "", `{"text": "赵", "purpose": "受理", "limit": "1"}`)
	next := w.send("POST", "/people/search", office, "", `{"text": "赵", "purpose": "受理", "limit": "1", "cursor": "`+first.json["next"].(string)+`"}`)
	if found := w.list(next, "found"); len(found) != 1 || found[0]["id"] != second {
		w.Errorf("the second page is %v", found)
	}
	looks := w.looks("register.lookup")
	if len(looks) != 2 || len(looks[0].Persons) != 1 || looks[0].Persons[0].ID != w.person || len(looks[1].Persons) != 0 || !strings.Contains(string(looks[0].Content), "结算") {
		w.Errorf("looks: %+v", looks)
	}
	if looks := w.looks("register.search"); len(looks) != 9 {
		w.Errorf("%d searches are kept", len(looks))
	}
	if strings.Contains(w.logged.String(), "赵") || strings.Contains(w.logged.String(), number) {
		w.Error("the log names somebody")
	}
	w.expect(w.send("POST", "/people/search", hospital, "", `{"text": "赵", "purpose": "x"}`), 403, "auth.scope-needed")
	w.expect(w.send("POST", "/people/lookup", office, "", `{"number": "`+number+`", "purpose": "x"}`), 403, "auth.scope-needed")
	w.expect(w.send("POST", "/people/lookup", hospital, "", `{"number": "123", "purpose": "x"}`), 422, "ident.id-length")
	w.expect(w.send("POST", "/people/lookup", hospital, "", `{"number": "`+number+`"}`), 422, "api.field-missing")
	w.expect(w.send("POST", "/people/lookup", hospital, "", `{"number": "`+number+`", "purpose": " "}`), 422, "api.purpose")
	w.expect(w.send("POST", "/people/search", office, "", `{"text": " · ", "purpose": "x"}`), 422, "register.search-empty")
	w.expect(w.send("POST", "/people/search", office, "", `{"text": "赵", "purpose": "x", "limit": "0"}`), 400, "api.parameter")
	w.expect(w.send("GET", "/people/search", office, "", ""), 403, "auth.scope-needed")
}

func TestReadPerson(t *testing.T) { each(t, readPerson) }

func readPerson(w *world) {
	plain := w.key(w.county.Hospital, auth.RegisterRead)
	health := w.key(w.county.Hospital, auth.RegisterRead, auth.HealthFacts)
	full := w.key("county-insurance", append(allFacts, auth.RegisterRead)...)
	household, ill := w.household()
	path := "/people/" + w.person + "?" + purpose

	facts := w.facts(w.send("GET", path, plain, "", ""))
	if facts["person.insured"]["value"] != true || facts["person.insured"]["source"] != "县医保局" || facts["household.size"]["value"] != 1.0 {
		w.Errorf("what is plain: %v %v", facts["person.insured"], facts["household.size"])
	}
	a := w.send("GET", path, plain, "", "")
	if strings.Contains(a.text, "赵长河") || strings.Contains(a.text, "1960") || strings.Contains(a.text, "县卫健局") || strings.Contains(a.text, ill) {
		w.Errorf("a key without facts is told %s", a.text)
	}
	for _, name := range []string{"person.name", "person.serious_illness", "household.income_per_head", "person.orphan"} {
		if f := facts[name]; f["withheld"] != true || f["value"] != nil || f["source"] != "" || f["from"] != nil {
			w.Errorf("%s is %v", name, f)
		}
	}
	if f := w.facts(w.send("GET", path, health, "", "")); f["person.serious_illness"]["value"] != true || f["person.serious_illness"]["id"] != ill || f["person.name"]["withheld"] != true {
		w.Errorf("with the scope for health: %v %v", f["person.serious_illness"], f["person.name"])
	}
	whole := w.send("GET", path, full, "", "")
	if f := w.facts(whole); f["person.name"]["value"] != "赵长河" || strings.Contains(whole.text, "19600101001") || f["household.income_per_head"]["value"] != "3000.00" || whole.json["household"] != household {
		w.Errorf("with all scopes: %s", whole.text)
	}
	if f := w.facts(w.send("GET", path+"&day=2020-12-31", full, "", "")); f["person.serious_illness"] != nil || f["household.size"] != nil {
		w.Errorf("on an earlier day: %v", f)
	}
	if f := w.facts(w.send("GET", path+"&known=2018-06-01", full, "", "")); f["person.serious_illness"] != nil || f["person.insured"]["value"] != true {
		w.Errorf("as known earlier: %v", f)
	}
	w.withheldTellsNothing(plain)
	if looks := w.looks("register.person"); len(looks) != 8 || looks[0].Persons[0].ID != w.person {
		w.Errorf("%d looks", len(looks))
	}
	w.expect(w.send("GET", "/people/"+w.person, plain, "", ""), 422, "api.purpose")
	w.expect(w.send("GET", "/people/nobody?"+purpose, plain, "", ""), 404, "dated.party-unknown")
	w.expect(w.send("GET", "/people/"+household+"?"+purpose, plain, "", ""), 404, "dated.party-unknown")
	w.expect(w.send("GET", path+"&day=x", plain, "", ""), 400, "api.parameter")
	w.expect(w.send("GET", path+"&known=x", plain, "", ""), 400, "api.parameter")
	w.expect(w.send("GET", path, w.own, "", ""), 403, "auth.scope-needed")
	w.readHousehold(household, plain, full)
}

// withheldTellsNothing compares what is withheld of somebody with much on record and of somebody with little.
func (w *world) withheldTellsNothing(key string) {
	w.Helper()
	other, err := w.county.Add(fiction.Named{Name: "钱二", Number: fiction.Number("19700101", "001")})
	if err != nil {
		w.Fatal(err)
	}
	var said [2]string
	for i, person := range []string{w.person, other} {
		var withheld []map[string]any
		for _, fact := range w.list(w.send("GET", "/people/"+person+"?"+purpose, key, "", ""), "facts") {
			if fact["withheld"] == true {
				withheld = append(withheld, fact)
			}
		}
		text, err := json.Marshal(withheld)
		if err != nil {
			w.Fatal(err)
		}
		said[i] = string(text)
	}
	if said[0] != said[1] || len(said[0]) < 1000 {
		w.Errorf("what is withheld tells two people apart:\n%s\n%s", said[0], said[1])
	}
}

// household puts the person into a household with an income, and makes the person ill; it answers with the ids of the household
// and of the record about the illness.
func (w *world) household() (household, ill string) {
	w.Helper()
	said := dated.Said{Source: "县公安局"}
	from := rule.Fact{Span: dated.From(18628), Source: "县卫健局"} // 2021-01-01
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		if household, err = w.county.Register.AddHousehold(tx, register.Dwelling{Division: fiction.FirstVillage, Address: "示范村12号"}, w.person, from.Span.From, said); err != nil {
			return err
		}
		from.Value = rule.Bool(true)
		if ill, err = w.county.Register.Record(tx, w.person, "person.serious_illness", from, ""); err != nil {
			return err
		}
		from.Value = rule.Money(300000)
		_, err = w.county.Register.Record(tx, household, "household.income_per_head", from, "")
		return err
	})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return household, ill
}

func (w *world) readHousehold(household, plain, full string) {
	w.Helper()
	path := "/households/" + household + "?" + purpose
	read := w.send("GET", path, full, "", "")
	members := w.list(read, "members")
	if len(members) != 1 || members[0]["person"] != w.person || members[0]["relation"] != "head" || read.json["address"] != "示范村12号" || members[0]["from"] != "2021-01-01" || members[0]["to"] != nil {
		w.Errorf("the household is %s", read.text)
	}
	if hidden := w.send("GET", path, plain, "", ""); hidden.json["address"] != nil || hidden.json["withheld"] != true || len(w.list(hidden, "members")) != 1 {
		w.Errorf("without the scope it is %s", hidden.text)
	}
	if before := w.list(w.send("GET", path+"&day=2020-01-01", full, "", ""), "members"); len(before) != 0 {
		w.Errorf("before its time it has %v", before)
	}
	if looks := w.looks("register.household"); len(looks) != 3 || looks[0].Persons[0].ID != w.person {
		w.Errorf("looks at the household: %+v", looks)
	}
	w.expect(w.send("GET", "/households/"+w.person+"?"+purpose, full, "", ""), 404, "dated.party-unknown")
	w.expect(w.send("GET", "/households/"+household, full, "", ""), 422, "api.purpose")
	w.expect(w.send("GET", path+"&known=x", full, "", ""), 400, "api.parameter")
}
