package auth_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const (
	county = "999901"
	absent = "0199f3c29d0070008f1e8c6f0a4b2d17"
	office = "county-insurance"
)

// What all tests of the record have.
var day, noon, vocabulary = recordtest.Day, recordtest.Noon, recordtest.Vocabulary

var (
	today = day("2026-03-01")
	clerk = store.Actor{ID: "u1", Name: "孙倩", Post: "经办"}
)

// world is a county with one institution of each kind.
type world struct {
	*testing.T
	*auth.Keys
	store *store.Store
	log   *audit.Log
	of    map[provider.Kind]string // ids
}

func each(t *testing.T, test func(w world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(open(t, s)) })
}

func open(t *testing.T, s *store.Store) world {
	t.Helper()
	log, providers := recordtest.Log(), provider.New(vocabulary())
	w := world{t, auth.New(providers, log), s, log, map[provider.Kind]string{auth.OfficeKind: office}}
	w.must(func(tx *store.Tx) (err error) {
		if err = (dated.Book{}).MarkDemo(tx); err != nil {
			return err
		}
		for _, kind := range []provider.Kind{provider.Hospital, provider.Pharmacy, provider.School, provider.Doctor} {
			p := provider.Provider{Kind: kind, Name: "示例" + string(kind), Division: "999901000", Span: dated.Always}
			if w.of[kind], err = providers.Add(tx, p); err != nil {
				return err
			}
		}
		return providers.AddOffice(tx, provider.Office{ID: office, Name: "县医保局", Span: dated.From(today)}, dated.Said{})
	})
	return w
}

func (w world) desk(county string) recordtest.Desk {
	return recordtest.Desk{TB: w.T, Store: w.store, County: county, Actor: clerk, At: noon(today)}
}

func (w world) do(county string, act func(tx *store.Tx) error) error { return w.desk(county).Do(act) }

func (w world) must(act func(tx *store.Tx) error) {
	w.Helper()
	w.desk(county).Must(act)
}

func (w world) look(county string, act func(tx *store.Tx) error) error {
	return w.store.Read(context.Background(), county, act)
}

// grant is what a hospital's key is issued with in these tests.
func (w world) grant() auth.Grant {
	return auth.Grant{Party: w.of[provider.Hospital], Name: "医院信息系统", Scopes: []auth.Scope{auth.Bills}, Span: period.Span{From: today, To: today + 10}}
}

func (w world) issue(g auth.Grant) (key auth.Key, written string) {
	w.Helper()
	w.must(func(tx *store.Tx) (err error) { key, written, err = w.Issue(tx, g); return err })
	return key, written
}

func (w world) check(county, written string, on period.Day) (key auth.Key, err error) {
	err = w.look(county, func(tx *store.Tx) (err error) { key, err = auth.Check(tx, written, on); return err })
	return key, err
}

func (w world) list() (keys []auth.Key) {
	w.Helper()
	if err := w.look(county, func(tx *store.Tx) (err error) { keys, err = auth.List(tx); return err }); err != nil {
		w.Fatal(err)
	}
	return keys
}

// entries are those of the log about keys.
func (w world) entries() (found []audit.Entry) {
	w.Helper()
	err := w.look(county, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT entry_id FROM audit_entry WHERE county_code = ?1 AND name LIKE 'auth.%' ORDER BY entry_id`, county)
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
			e, err := w.log.Entry(tx, id)
			if err != nil {
				return err
			}
			found = append(found, *e)
		}
		return rows.Err()
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

func (w world) want(err error, code string) {
	w.Helper()
	if fault.CodeOf(err) != code {
		w.Errorf("error %v of code %q, want %q", err, fault.CodeOf(err), code)
	}
}

func TestAKeyThatWasIssuedHolds(t *testing.T) { each(t, holds) }

func holds(w world) {
	g := w.grant()
	g.Name, g.Scopes = " 医院信息系统 ", []auth.Scope{auth.Settlements, auth.Bills, auth.HealthFacts, auth.Bills}
	issued, written := w.issue(g)
	if got, err := auth.CountyOf(written); err != nil || got != county {
		w.Errorf("%s is of county %q: %v", written, got, err)
	}
	for _, on := range []period.Day{today, today + 10} {
		key, err := w.check(county, written, on)
		if err != nil {
			w.Fatal(err)
		}
		got := fmt.Sprintf("%t %t %s %s %v %t %q %q %t", key.ID == issued.ID, key.Party == g.Party, key.Kind, key.Name, key.Scopes, key.Span == g.Span, key.Revoked, key.LastUsed, key.County())
		if want := `true true hospital 医院信息系统 [bills facts.health settlements] true "" "" false`; got != want {
			w.Errorf("the key is %s, want %s", got, want)
		}
		if !key.May(auth.Bills) || key.May(auth.RegisterRead) {
			w.Errorf("the key may do what its scopes do not say: %v", key.Scopes)
		}
		if !key.Sees(rule.Plain) || !key.Sees(rule.Health) || key.Sees(rule.Finance) || key.Sees(rule.Identity) || key.Sees(rule.Child) {
			w.Error("the key opens other facts than its scopes say")
		}
	}
}

// Who may have which scopes: each scope for each kind of institution.
func TestScopesByKind(t *testing.T) { each(t, scopesByKind) }

func scopesByKind(w world) {
	facts := []auth.Scope{auth.IdentityFacts, auth.FinanceFacts, auth.HealthFacts, auth.ChildFacts}
	own := append([]auth.Scope{auth.Bills, auth.Settlements, auth.RegisterRead, auth.FundsOwed}, facts...)
	all := append([]auth.Scope{auth.RegisterSearch, auth.RegisterWrite, auth.FundsRead}, own...)
	for kind, may := range map[provider.Kind][]auth.Scope{provider.Hospital: own, provider.Pharmacy: own, auth.OfficeKind: all, provider.School: nil, provider.Doctor: nil} {
		for _, scope := range all {
			g := w.grant()
			g.Party, g.Scopes = w.of[kind], []auth.Scope{scope}
			code := ""
			switch {
			case may == nil:
				code = "auth.no-keys"
			case !slices.Contains(may, scope):
				code = "auth.scope-kind"
			}
			err := w.do(county, func(tx *store.Tx) error {
				key, _, err := w.Issue(tx, g)
				if err == nil && key.County() != (kind == auth.OfficeKind) {
					w.Errorf("a key of the kind %s sees the county: %v", kind, key.County())
				}
				return err
			})
			if fault.CodeOf(err) != code {
				w.Errorf("%s for the kind %s: %v, want %q", scope, kind, err, code)
			}
		}
	}
}

func TestIssueRefuses(t *testing.T) { each(t, issueRefuses) }

func issueRefuses(w world) {
	for _, tt := range []struct {
		name   string
		change func(g *auth.Grant)
		code   string
	}{
		{"unknown institution", func(g *auth.Grant) { g.Party = "nobody" }, "auth.party-unknown"},
		{"no institution", func(g *auth.Grant) { g.Party = "" }, "auth.party-unknown"},
		{"a school", func(g *auth.Grant) { g.Party = w.of[provider.School] }, "auth.no-keys"},
		{"no scope", func(g *auth.Grant) { g.Scopes = nil }, "auth.scope-missing"},
		{"unknown scope", func(g *auth.Grant) { g.Scopes = []auth.Scope{auth.Bills, "everything"} }, "auth.scope-unknown"},
		{"two scopes in one", func(g *auth.Grant) { g.Scopes = []auth.Scope{"bills settlements"} }, "auth.scope-unknown"},
		{"an office's scope", func(g *auth.Grant) { g.Scopes = []auth.Scope{auth.RegisterWrite} }, "auth.scope-kind"},
		{"no name", func(g *auth.Grant) { g.Name = " \t" }, "auth.name"},
		{"a name too long", func(g *auth.Grant) { g.Name = strings.Repeat("系", 101) }, "auth.name"},
		{"a name with a control character", func(g *auth.Grant) { g.Name = "a\x1b[2J" }, "auth.name"},
		{"a name in two lines", func(g *auth.Grant) { g.Name = "a\nb" }, "auth.name"},
		{"ends before it begins", func(g *auth.Grant) { g.Span.To = g.Span.From - 1 }, "auth.span"},
		{"begins before days are known", func(g *auth.Grant) { g.Span.From = period.Earliest - 1 }, "auth.span"},
		{"ends after days are known", func(g *auth.Grant) { g.Span.To = period.Latest + 1 }, "auth.span"},
		{"the longest name", func(g *auth.Grant) { g.Name = strings.Repeat("系", 100) }, ""},
		{"one day", func(g *auth.Grant) { g.Span.To = g.Span.From }, ""},
	} {
		g := w.grant()
		tt.change(&g)
		err := w.do(county, func(tx *store.Tx) error { _, _, err := w.Issue(tx, g); return err })
		if fault.CodeOf(err) != tt.code {
			w.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
	if keys, entries := len(w.list()), len(w.entries()); keys != 2 || entries != 2 {
		w.Errorf("%d keys and %d entries were kept of 2 that were issued", keys, entries)
	}
	g := w.grant()
	w.want(w.do("999902", func(tx *store.Tx) error { _, _, err := w.Issue(tx, g); return err }), "auth.party-unknown")
}

func TestCheckRefuses(t *testing.T) { each(t, checkRefuses) }

func checkRefuses(w world) {
	key, written := w.issue(w.grant())
	revoked, gone := w.issue(w.grant())
	w.must(func(tx *store.Tx) error { return w.Revoke(tx, revoked.ID, "更换系统") })
	secret := written[strings.LastIndex(written, "_")+1:]
	wrong := strings.Repeat("0", len(secret))
	unknown := "doudi_" + county + "_" + absent + "_" + secret
	for _, tt := range []struct {
		name, county, written string
		on                    period.Day
		code                  string
	}{
		{"not yet", county, written, today - 1, "auth.key-ended"},
		{"ended", county, written, today + 11, "auth.key-ended"},
		{"revoked", county, gone, today, "auth.key-revoked"},
		{"revoked and ended", county, gone, today + 11, "auth.key-revoked"},
		{"unknown id", county, unknown, today, "auth.key-wrong"},
		{"wrong secret", county, strings.Replace(written, secret, wrong, 1), today, "auth.key-wrong"},
		{"wrong secret of a revoked one", county, "doudi_" + county + "_" + revoked.ID + "_" + wrong, today, "auth.key-wrong"},
		{"wrong secret of one that ended", county, "doudi_" + county + "_" + key.ID + "_" + wrong, today + 11, "auth.key-wrong"},
		{"another's secret", county, "doudi_" + county + "_" + revoked.ID + "_" + secret, today, "auth.key-wrong"},
		{"asked of another county", "999902", written, today, "auth.key-wrong"},
		{"written for another county", "999902", strings.Replace(written, county, "999902", 1), today, "auth.key-wrong"},
		{"no key", county, "", today, "auth.key-wrong"},
		{"in capitals", county, strings.ToUpper(written), today, "auth.key-wrong"},
		{"with a blank", county, written + " ", today, "auth.key-wrong"},
	} {
		found, err := w.check(tt.county, tt.written, tt.on)
		if fault.CodeOf(err) != tt.code || found.ID != "" {
			w.Errorf("%s: key %q, %v, want %s", tt.name, found.ID, err, tt.code)
		}
		if _, plain := w.check(county, unknown, today); tt.code == "auth.key-wrong" && fault.RenderError(err, "zh") != fault.RenderError(plain, "zh") {
			w.Errorf("%s is answered %q, an unknown key %q", tt.name, fault.RenderError(err, "zh"), fault.RenderError(plain, "zh"))
		}
	}
}

func TestRevoke(t *testing.T) { each(t, revoke) }

func revoke(w world) {
	key, written := w.issue(w.grant())
	stays, other := w.issue(w.grant())
	revoke := func(id, reason string) error {
		return w.do(county, func(tx *store.Tx) error { return w.Revoke(tx, id, reason) })
	}
	w.want(revoke(key.ID, " \n"), "auth.reason")
	w.want(revoke(absent, "更换系统"), "auth.key-unknown")
	w.want(w.do("999902", func(tx *store.Tx) error { return w.Revoke(tx, key.ID, "更换系统") }), "auth.key-unknown")
	if _, err := w.check(county, written, today); err != nil {
		w.Fatalf("after refused revocations: %v", err)
	}
	w.want(revoke(key.ID, " 更换系统 "), "")
	err := revoke(key.ID, "再来一次")
	if w.want(err, "auth.key-revoked"); !strings.Contains(fault.RenderError(err, "zh"), "2026-03-01") {
		w.Errorf("the second revocation does not tell when the first was: %s", fault.RenderError(err, "zh"))
	}
	if _, err := w.check(county, other, today); err != nil {
		w.Errorf("another key of the same institution: %v", err)
	}
	var standing []string
	for _, k := range w.list() {
		if k.Revoked == "" {
			standing = append(standing, k.ID)
		}
	}
	if !slices.Equal(standing, []string{stays.ID}) {
		w.Errorf("the keys that stand are %v, want %s", standing, stays.ID)
	}
}

// One of many who revoke a key at once does it; the others are told that it was.
func TestRevokedOnce(t *testing.T) { each(t, revokedOnce) }

func revokedOnce(w world) {
	key, _ := w.issue(w.grant())
	errs := storetest.Together(6, func(int) error {
		return w.do(county, func(tx *store.Tx) error { return w.Revoke(tx, key.ID, "遗失") })
	})
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
			continue
		}
		w.want(err, "auth.key-revoked")
	}
	if entries := w.entries(); done != 1 || len(entries) != 2 {
		w.Errorf("%d of 6 revoked the key, and the log has %d entries", done, len(entries))
	}
}

func TestTheLogTellsOfKeys(t *testing.T) { each(t, logged) }

func logged(w world) {
	g := w.grant()
	g.Scopes = []auth.Scope{auth.Settlements, auth.Bills}
	key, _ := w.issue(g)
	w.must(func(tx *store.Tx) error { return w.Revoke(tx, key.ID, " 更换系统 ") })
	var told []string
	for _, e := range w.entries() {
		if e.Subject != key.ID || e.Actor != clerk || !e.Instant.Equal(noon(today)) || e.Kind != audit.Command {
			w.Errorf("an entry about %s by %v at %s", e.Subject, e.Actor, e.Instant)
		}
		told = append(told, e.Name+" "+string(e.Content))
	}
	want := []string{`auth.issue {"from":"2026-03-01","party":"` + g.Party + `","scopes":"bills settlements","to":"2026-03-11"}`, `auth.revoke {"reason":"更换系统"}`}
	if !slices.Equal(told, want) {
		w.Errorf("the log tells\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

// The day of the last use is written once a day, and never set back by who still counts an earlier day.
func TestUsedOnceADay(t *testing.T) { each(t, usedOnceADay) }

func usedOnceADay(w world) {
	key, _ := w.issue(w.grant())
	_, _ = w.issue(w.grant()) // another that is not used
	var seen []string
	for _, on := range []period.Day{today, today, today + 2, today + 1} {
		w.must(func(tx *store.Tx) error { return auth.Used(tx, key, on) })
		for _, k := range w.list() {
			if k.ID == key.ID {
				seen = append(seen, k.LastUsed)
			} else if k.LastUsed != "" {
				w.Errorf("a key that was not used was used on %s", k.LastUsed)
			}
		}
	}
	if want := []string{"2026-03-01", "2026-03-01", "2026-03-03", "2026-03-03"}; !slices.Equal(seen, want) {
		w.Errorf("the days of the last use are %v, want %v", seen, want)
	}
}

// columns are all columns of all tables, by database.
var columns = map[string]string{
	"sqlite":   `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2`,
	"postgres": `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`,
}

// No piece of a key can be read in the database, in any column of any table, whatever was done with it.
func TestTheSecretIsKeptNowhere(t *testing.T) { each(t, keptNowhere) }

func keptNowhere(w world) {
	key, written := w.issue(w.grant())
	w.must(func(tx *store.Tx) error { return auth.Used(tx, key, today) })
	w.must(func(tx *store.Tx) error { return w.Revoke(tx, key.ID, "遗失") })
	secret := written[strings.LastIndex(written, "_")+1:]
	if found := w.holding(key.ID); !slices.Contains(found, "auth_key.key_id") || !slices.Contains(found, "audit_entry.subject") {
		w.Fatalf("the search finds the id in %v only: it would not find a secret", found)
	}
	for _, piece := range []string{written, secret[:12], secret[26:38], secret[52:]} {
		if found := w.holding(piece); len(found) > 0 {
			w.Errorf("a piece of the key can be read in %v", found)
		}
	}
}

// holding are the columns in which a text stands.
func (w world) holding(piece string) (found []string) {
	w.Helper()
	err := w.look(county, func(tx *store.Tx) error {
		rows, err := tx.Query(columns[w.store.Dialect()])
		if err != nil {
			return err
		}
		for rows.Next() {
			var table, column string
			if err := rows.Scan(&table, &column); err != nil {
				return err
			}
			var n int
			query := fmt.Sprintf(`SELECT COUNT(*) FROM %q WHERE CAST(%q AS TEXT) LIKE ?1`, table, column)
			if err := tx.QueryRow(query, "%"+piece+"%").Scan(&n); err != nil {
				return fmt.Errorf("%s.%s: %w", table, column, err)
			}
			if n > 0 {
				found = append(found, table+"."+column)
			}
		}
		return rows.Err()
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}
