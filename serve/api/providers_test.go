package api_test

import (
	"testing"

	fiction "doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/store"
)

// credit is a credit code of the invented county.
func credit(t *testing.T) ident.CreditCode {
	t.Helper()
	for _, check := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		if code, err := ident.ParseCreditCode("12" + fiction.Code + "000000001" + string(check)); err == nil {
			return code
		}
	}
	t.Fatal("no check character fits")
	return ""
}

func TestProviders(t *testing.T) { each(t, providers) }

func providers(w *world) {
	code, pharmacy := credit(w.T), ""
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		open := period.Span{From: 18000, To: 18900} // closes on 2021-09-30
		if pharmacy, err = w.county.Providers.Add(tx, provider.Provider{Kind: provider.Pharmacy, Name: "百姓药房", Code: code, Division: fiction.FirstTown, Span: open}); err != nil {
			return err
		}
		_, err = w.county.Providers.Enlist(tx, pharmacy, "双通道", open, dated.Said{})
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	key := w.key(w.county.Hospital, "bills")
	if all := w.list(w.send("GET", "/providers", key, "", ""), "providers"); len(all) != 3 {
		w.Errorf("the list has %v", all)
	}
	first := w.send("GET", "/providers?kind=hospital&limit=1", key, "", "")
	second := w.send("GET", "/providers?kind=hospital&limit=1&cursor="+first.json["next"].(string), key, "", "")
	if a, b := w.list(first, "providers"), w.list(second, "providers"); len(a) != 1 || len(b) != 1 || a[0]["id"] == b[0]["id"] || second.json["next"] != nil {
		w.Errorf("in pages the hospitals are %v and %v", a, b)
	}
	if found := w.list(w.send("GET", "/providers?code="+string(code)+"&day=2021-01-01", key, "", ""), "providers"); len(found) != 1 || found[0]["id"] != pharmacy || found[0]["open"] != true {
		w.Errorf("by its code: %v", found)
	}
	profile := w.send("GET", "/providers/"+pharmacy+"?day=2021-01-01", key, "", "")
	if lists := profile.json["lists"].([]any); len(lists) != 1 || lists[0] != "双通道" {
		w.Errorf("the pharmacy is %s", profile.text)
	}
	if later := w.send("GET", "/providers/"+pharmacy, key, "", ""); later.json["provider"].(map[string]any)["open"] != false || len(later.json["facts"].([]any)) != 0 {
		w.Errorf("after its time it is %s", later.text)
	}
	facts := map[any]any{}
	for _, fact := range w.list(w.send("GET", "/providers/"+w.county.Hospital, key, "", ""), "facts") {
		facts[fact["name"]] = fact["value"]
	}
	if facts["visit.hospital.tier"] != "county" || facts["visit.hospital.designated"] != true || facts["visit.hospital.above_county"] != false {
		w.Errorf("the hospital's facts are %v", facts)
	}
	for path, want := range map[string]string{"/providers/nobody": "provider.unknown", "/providers?kind=office": "provider.kind", "/providers?day=x": "api.parameter", "/providers?limit=1000": "api.parameter",
		"/providers?code=1": "ident.credit-length", "/providers/" + pharmacy + "?known=x": "api.parameter", "/providers/" + w.person: "provider.unknown"} {
		if a := w.send("GET", path, key, "", ""); a.json["code"] != want || a.status < 400 || a.status >= 500 {
			w.Errorf("%s answers %s", path, a.text)
		}
	}
}
