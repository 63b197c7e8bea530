package api_test

import "testing"

func TestPolicyInForce(t *testing.T) { each(t, policyInForce) }

func policyInForce(w *world) {
	const asked = "/adoptions/in-force?series=pingyin-medical-help&division="
	force := w.send("GET", asked+"999901100001", w.own, "", "")
	w.expect(force, 200, "")
	if pack := force.json["pack"].(map[string]any); force.json["division"] != "999901" || pack["id"] != "pingyin-2021" || len(pack["hash"].(string)) != 64 {
		w.Errorf("in force is %s", force.text)
	}
	for path, want := range map[string]int{asked + "999901100&day=1999-01-01": 409, asked + "110105": 409, asked + "x": 400, asked + "999901&day=x": 400,
		"/adoptions/in-force?series=none&division=999901": 409, "/adoptions/in-force?division=999901": 409, "/adoptions/in-force?series=pingyin-medical-help": 400} {
		if a := w.send("GET", path, w.own, "", ""); a.status != want {
			w.Errorf("%s answers %s, want %d", path, a.text, want)
		}
	}
}
