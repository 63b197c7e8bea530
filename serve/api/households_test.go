package api_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/register"
	"doudi/serve/api"
)

func TestHouseholds(t *testing.T) { each(t, households) }

// households lets a family live: founded, grown, under another head, moved, divided, put together again, left.
func households(w *world) {
	key := w.key(insurance, append(allFacts, auth.RegisterRead, auth.RegisterWrite)...)
	asked := 0
	change := func(path, body string) string {
		w.Helper()
		asked++
		a := w.send("POST", path, key, fmt.Sprint("h", asked), `{`+body+`, "source": "户口簿"}`)
		w.expect(a, 200, "")
		id, _ := a.json["id"].(string)
		return id
	}
	members := func(household, day string) string {
		w.Helper()
		var found []string
		a := w.send("GET", "/households/"+household+"?"+purpose+"&day="+day, key, "", "")
		for _, m := range w.list(a, "members") {
			found = append(found, m["person"].(string)+" "+m["relation"].(string))
		}
		if at, is := a.json["address"].(string); is {
			found = append(found, at)
		}
		return strings.Join(found, ", ")
	}
	man, woman, son := w.person, w.newcomer(), w.newcomer()
	home := change("/households", `"division": "`+string(fiction.FirstVillage)+`", "address": "12号", "head": "`+man+`", "from": "2021-01-01"`)
	if id := change("/households/"+home+"/members", `"person": "`+woman+`", "relation": "spouse", "from": "2021-02-01"`); id != home {
		w.Errorf("joining answers %s", id)
	}
	change("/households/"+home+"/members", `"person": "`+son+`", "relation": "son", "from": "2021-02-01"`)
	change("/households/"+home+"/head", `"head": "`+woman+`", "relations": [{"person": "`+man+`", "relation": "spouse"}], "from": "2021-04-01"`)
	change("/households/"+home+"/move", `"division": "`+string(fiction.FirstTown)+`", "address": "34号", "from": "2021-05-01"`)
	grown := change("/households/"+home+"/split", `"members": [{"person": "`+son+`", "relation": "head"}], "division": "`+string(fiction.FirstVillage)+`", "from": "2021-06-01"`)
	change("/households/"+grown+"/merger", `"into": "`+home+`", "members": [{"person": "`+son+`", "relation": "son"}], "from": "2021-08-01"`)
	left := change("/people/"+woman+"/departure", `"last": "2021-09-30", "next": {"head": "`+man+`"}`)
	if left != home || grown == home {
		w.Errorf("the households are %s, %s and %s", home, grown, left)
	}
	for _, tt := range []struct{ household, day, want string }{
		{home, "2021-01-15", man + " head, 12号"},
		{home, "2021-03-01", man + " head, " + woman + " spouse, " + son + " son, 12号"},
		{home, "2021-04-01", woman + " head, " + son + " son, " + man + " spouse, 12号"},
		{home, "2021-05-31", woman + " head, " + son + " son, " + man + " spouse, 34号"},
		{home, "2021-06-01", woman + " head, " + man + " spouse, 34号"},
		{grown, "2021-06-01", son + " head"},
		{grown, "2021-08-01", ""},
		{home, "2021-09-30", woman + " head, " + man + " spouse, " + son + " son, 34号"},
		{home, "2021-10-01", man + " head, " + son + " son, 34号"},
	} {
		if got := members(tt.household, tt.day); got != tt.want {
			w.Errorf("on %s it is %s, want %s", tt.day, got, tt.want)
		}
	}
	for act, of := range map[string][]string{"register.add-household": {man, son}, "register.join": {man, woman}, "register.change-head": {man}, "register.move": {son},
		"register.split": {son, woman}, "register.merge": {son}, "register.leave": {woman, man}} {
		for _, person := range of {
			if !w.logs(act, person) {
				w.Errorf("the log has no %s under %s", act, person)
			}
		}
	}
	w.householdRefusals(key, home, man, woman)
}

// logs tells whether the log has an act that concerns a person.
func (w *world) logs(act, person string) bool {
	w.Helper()
	for _, entry := range w.entries(audit.Command, act) {
		for _, p := range entry.Persons {
			if p.ID == person {
				return true
			}
		}
	}
	return false
}

// householdRefusals asks for what is refused; nothing of it is kept, and what was done is not done again.
func (w *world) householdRefusals(key, home, man, gone string) {
	w.Helper()
	const said = `, "from": "2021-11-01", "source": "户口簿"}`
	before := w.send("GET", "/households/"+home+"?"+purpose, key, "", "").text
	role := func(person, relation string) string {
		return `{"person": "` + person + `", "relation": "` + relation + `"}`
	}
	for i, tt := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/households", `{"division": "999901100001", "head": "` + man + `"` + said, 409, "register.member-elsewhere"},
		{"/households", `{"division": "99990110000", "head": "` + gone + `"` + said, 422, "ident.division-length"},
		{"/households", `{"division": "999901100999", "head": "` + gone + `"` + said, 404, "register.division-unknown"},
		{"/households", `{"division": "999901100001", "head": "nobody"` + said, 404, "dated.party-unknown"},
		{"/households", `{"division": "999901100001", "head": "` + gone + `", "from": "2021-13-01", "source": "户口簿"}`, 422, "period.no-such-day"},
		{"/households", `{"division": "999901100001", "head": "` + gone + `", "source": "户口簿"}`, 422, "api.field-missing"},
		{"/households", `{"division": "999901100001", "head": "` + gone + `", "evidence": "none"` + said, 404, "file.unknown"},
		{"/households/" + home + "/members", `{"person": "` + gone + `", "relation": "cousin"` + said, 422, "api.value"},
		{"/households/" + home + "/members", `{"person": "` + gone + `", "relation": "head"` + said, 409, "register.two-heads"},
		{"/households/" + man + "/members", `{"person": "` + gone + `", "relation": "son"` + said, 404, "dated.party-unknown"},
		{"/people/" + gone + "/departure", `{"last": "2021-10-31", "source": "户口簿"}`, 409, "register.not-a-member"},
		{"/people/" + home + "/departure", `{"last": "2021-10-31", "source": "户口簿"}`, 404, "dated.party-unknown"},
		{"/people/" + man + "/departure", `{"last": "2021-10-31", "source": "户口簿"}`, 422, "register.head-needed"},
		{"/people/" + man + "/departure", `{"last": "2021-10-31", "next": {"head": "` + gone + `", "relations": [` + role(man, "son") + `, ` + role(man, "son") + `]}, "source": "户口簿"}`, 422, "api.person-twice"},
		{"/households/" + home + "/head", `{"head": "` + gone + `"` + said, 409, "register.not-a-member"},
		{"/households/" + home + "/split", `{"members": [], "division": "999901100001"` + said, 422, "register.split-nobody"},
		{"/households/" + home + "/split", `{"members": [` + role(gone, "head") + `], "division": "999901100001"` + said, 422, "register.split-other"},
		{"/households/" + home + "/split", `{"members": [` + role(man, "head") + `], "division": "1"` + said, 422, "ident.division-length"},
		{"/households/" + home + "/merger", `{"into": "` + home + `", "members": [` + role(man, "parent") + `]` + said, 422, "register.merge-self"},
		{"/households/" + home + "/move", `{"division": "x"` + said, 422, "ident.division-length"},
	} {
		w.expect(w.send("POST", tt.path, key, fmt.Sprint("r", i), tt.body), tt.status, tt.code)
	}
	if after := w.send("GET", "/households/"+home+"?"+purpose, key, "", "").text; after != before {
		w.Errorf("after what was refused the household is %s, not %s", after, before)
	}
	body := `{"division": "999901100001", "head": "` + gone + `"` + said
	first := w.send("POST", "/households", key, "once", body)
	w.expect(first, 200, "")
	if again := w.send("POST", "/households", key, "once", body); again.text != first.text || again.header.Get("Idempotency-Replayed") != "true" {
		w.Errorf("the same key answers %s and %s", first.text, again.text)
	}
	w.expect(w.send("POST", "/households", key, "once", strings.Replace(body, "户口簿", "村委会", 1)), 409, "store.key-reused")
}

// The document names the relations that the register knows.
func TestRelations(t *testing.T) {
	schema := document().Components.Schemas["Role"]["properties"].(map[string]any)["relation"].(map[string]any)["enum"].([]any)
	var named []string
	for _, relation := range schema {
		named = append(named, relation.(string))
	}
	slices.Sort(named)
	if known := slices.Sorted(maps.Keys(register.Relations)); !slices.Equal(named, known) {
		t.Errorf("%s/openapi.json names %v, the register knows %v", api.Prefix, named, known)
	}
}
