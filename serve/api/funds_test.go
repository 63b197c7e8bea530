package api_test

import (
	"net/url"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/store"
)

// key issues one more key to an institution.
func (w *world) key(party string, scopes ...auth.Scope) (written string) {
	w.Helper()
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		_, written, err = w.county.Keys.Issue(tx, auth.Grant{Party: party, Name: "系统", Scopes: scopes, Span: period.Span{From: 18000, To: 20000}})
		return err
	})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return written
}

// looks are the entries about looks under a name.
func (w *world) looks(name string) []audit.Entry {
	w.Helper()
	return w.entries(audit.Look, name)
}

// entries are those of the log of a kind and a name.
func (w *world) entries(kind audit.Kind, name string) (found []audit.Entry) {
	w.Helper()
	err := w.county.Store.Read(w.Context(), fiction.Code, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT entry_id FROM audit_entry WHERE county_code = ?1 AND name = ?2 AND kind = ?3 ORDER BY entry_id`, fiction.Code, name, string(kind))
		if err != nil {
			return err
		}
		var ids []string
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		for _, id := range ids {
			entry, err := w.county.Log.Entry(tx, id)
			if err != nil {
				return err
			}
			found = append(found, *entry)
		}
		return rows.Err()
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// list is a list of an answer.
func (w *world) list(a answer, name string) []map[string]any {
	w.Helper()
	w.expect(a, 200, "")
	items, ok := a.json[name].([]any)
	if !ok {
		w.Fatalf("%s is no list: %s", name, a.text)
	}
	list := []map[string]any{}
	for _, item := range items {
		list = append(list, item.(map[string]any))
	}
	return list
}

func TestFunds(t *testing.T) { each(t, funds) }

func funds(w *world) {
	office, own := w.key("county-insurance", auth.FundsRead, auth.FundsOwed), w.key(w.county.Hospital, auth.FundsOwed)
	settled := w.send("POST", "/settlements", w.own, "k1", w.stay("ZY1", ""))
	w.expect(settled, 200, "")
	w.expect(w.send("POST", "/settlements", w.own, "k2", w.stay("ZY2", "")), 200, "")

	if list := w.list(w.send("GET", "/funds", office, "", ""), "funds"); len(list) != 7 || list[0]["code"] != "assistance" || list[0]["from"] != "2018-01-01" {
		w.Errorf("the funds are %v", list)
	}
	debts := w.list(w.send("GET", "/debts", own, "", ""), "debts")
	if len(debts) == 0 || debts[0]["payee"] != "provider/"+w.county.Hospital {
		w.Fatalf("debts %v", debts)
	}
	code := debts[0]["fund"].(string)
	if all := w.list(w.send("GET", "/funds/"+code+"/debts", office, "", ""), "debts"); len(all) != 1 || all[0]["amount"] != debts[0]["amount"] {
		w.Errorf("the fund owes %v, the hospital is owed %v", all, debts)
	}
	balance := w.send("GET", "/funds/"+code+"/balance", office, "", "")
	accounts := w.list(balance, "accounts")
	if balance.json["available"] == "1000000.00" || len(accounts) < 4 {
		w.Errorf("the balance is %s", balance.text)
	}
	if early := w.list(w.send("GET", "/funds/"+code+"/balance?day=2018-01-01", office, "", ""), "accounts"); len(early) != 2 || early[0]["closing"] != "1000000.00" {
		w.Errorf("on the first day the balance is %v", early)
	}
	ledger := w.send("GET", "/trial-balance", office, "", "")
	if w.expect(ledger, 200, ""); ledger.json["debit"] != ledger.json["credit"] || ledger.json["debit"] == "0.00" || ledger.json["from"] != "2021-01-01" {
		w.Errorf("the trial balance is %s", ledger.text)
	}
	w.fundPages(office, own, code)
	w.fundRefusals(office, own, code)
}

// fundPages reads lists in pages of one.
func (w *world) fundPages(office, own, code string) {
	w.Helper()
	for _, tt := range []struct{ path, key, list, id string }{
		{"/funds/" + code + "/lines?account=suspense&from=2021-01-01", office, "lines", "entry"}, {"/debts/items?", own, "owed", "id"},
		{"/debts/items?payee=provider/" + w.county.Hospital, office, "owed", "id"},
	} {
		whole := w.list(w.send("GET", tt.path, tt.key, "", ""), tt.list)
		var seen []map[string]any
		for next := ""; ; {
			a := w.send("GET", tt.path+"&limit=1&cursor="+next, tt.key, "", "")
			seen = append(seen, w.list(a, tt.list)...)
			if next, _ = a.json["next"].(string); next == "" || len(seen) > 100 {
				break
			}
		}
		if len(seen) != len(whole) || len(seen) < 2 || seen[0][tt.id] != whole[0][tt.id] || seen[len(seen)-1][tt.id] != whole[len(whole)-1][tt.id] {
			w.Errorf("%s in pages is %v, whole %v", tt.path, seen, whole)
		}
	}
}

func (w *world) fundRefusals(office, own, code string) {
	w.Helper()
	person, foreign := url.QueryEscape("person/"+w.person), url.QueryEscape("provider/nobody")
	for _, tt := range []struct {
		key, path string
		status    int
		code      string
	}{
		{own, "/funds", 403, "auth.scope-needed"},
		{own, "/funds/" + code + "/balance", 403, "auth.scope-needed"},
		{own, "/debts?payee=" + foreign, 404, "api.payee"},
		{own, "/debts?payee=" + person, 404, "api.payee"},
		{own, "/debts/items?payee=" + person, 404, "api.payee"},
		{office, "/debts", 422, "api.payee"},
		{office, "/debts?payee=" + foreign, 404, "api.payee"},
		{office, "/debts?payee=person/" + w.county.Hospital, 404, "api.payee"},
		{office, "/debts?payee=somebody", 404, "api.payee"},
		{office, "/debts?payee=" + person, 422, "api.purpose"},
		{office, "/debts?payee=" + person + "&purpose=" + url.QueryEscape("核对"), 200, ""},
		{office, "/debts/items?cursor=x&payee=" + person, 400, "api.parameter"},
		{office, "/funds/none/balance", 404, "fund.unknown"},
		{office, "/funds/none/debts", 404, "fund.unknown"},
		{office, "/funds/" + code + "/balance?day=soon", 400, "api.parameter"},
		{office, "/funds/" + code + "/lines?account=bank/none", 404, "api.account"},
		{office, "/funds/" + code + "/lines?account=bank/main&cursor=e30", 400, "api.parameter"},
		{office, "/funds/" + code + "/lines?account=bank/main&from=2021-02-30", 400, "api.parameter"},
		{office, "/trial-balance?from=2022-01-01&to=2021-01-01", 400, "api.parameter"},
		{office, "/trial-balance?fund=none", 404, "fund.unknown"},
	} {
		a := w.send("GET", tt.path, tt.key, "", "")
		if w.expect(a, tt.status, tt.code); strings.Contains(a.text, w.person) && tt.key == own {
			w.Errorf("%s repeats a person's id", tt.path)
		}
	}
	if looks := w.looks("fund.debts"); len(looks) != 1 || looks[0].Persons[0].ID != w.person || !strings.Contains(string(looks[0].Content), "核对") {
		w.Errorf("looks at a person's money: %+v", looks)
	}
}
