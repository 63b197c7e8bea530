package register_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestFind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		wang := number("19900101", "123")
		w.must(here, today, func(tx *store.Tx) error {
			var all error
			for _, p := range []register.Person{{Name: "王小明", Number: wang}, {Name: "王小红"}, {Name: "单雄信"}, {Name: "欧阳 修"}, {Name: "阿卜杜拉·买买提"}, {Name: "Anna"}, {Name: "一二三四五六七"}, {Name: "一二三四五六八"}} {
				p.From = rule.Beginning
				_, err := w.AddPerson(tx, p)
				all = errors.Join(all, err)
			}
			return all
		})
		tests := []struct{ typed, want string }{
			{string(wang), "王小明"},
			{strings.ToLower(string(wang)), "王小明"},
			{"99990119900101001X", ""},
			{"王", "王小明 王小红"},
			{"王小", "王小明 王小红"},
			{"王小明", "王小明"},
			{"王大", ""},
			{"小明", ""}, // the beginning only
			{"wx", "王小明 王小红"},
			{"WXM", "王小明"},
			{"xm", ""},
			{"dxx", "单雄信"}, // in each reading of the surname
			{"sxx", "单雄信"},
			{"欧阳修", "欧阳 修"},
			{"欧 阳", "欧阳 修"},
			{"阿卜杜拉买", "阿卜杜拉·买买提"},
			{"阿卜杜拉•买买提", "阿卜杜拉·买买提"},
			{"abdl", "阿卜杜拉·买买提"},
			{"an", "Anna"},
			{"一二三四五六", "一二三四五六七 一二三四五六八"},
			{"一二三四五六八", "一二三四五六八"},
			{"%", ""},
			{"王%", ""},
			{"' OR 1=1 --", ""},
		}
		for _, tt := range tests {
			if got := w.names(tt.typed); got != tt.want {
				t.Errorf("%q finds %q, want %q", tt.typed, got, tt.want)
			}
		}
		w.look(here, func(tx *store.Tx) error {
			_, err := w.Find(tx, " · ", "", 10)
			expect(t, err, "register.search-empty")
			return nil
		})
		w.look(there, func(tx *store.Tx) error {
			page, err := w.Find(tx, "王", "", 10)
			if len(page.Found) != 0 {
				t.Errorf("another county finds %v", page.Found)
			}
			return err
		})
	})
}

// names are the names a search finds, in order of registration.
func (w world) names(typed string) string {
	w.Helper()
	var names []string
	w.look(here, func(tx *store.Tx) error {
		page, err := w.Find(tx, typed, "", 10)
		for _, f := range page.Found {
			names = append(names, f.Name)
		}
		return err
	})
	return strings.Join(names, " ")
}

func TestFindPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		for i := range 7 {
			w.person(here, fmt.Sprintf("李%c", '甲'+rune(i)))
		}
		seen, after, pages := map[string]bool{}, "", 0
		for {
			var page register.Page
			w.look(here, func(tx *store.Tx) (err error) { page, err = w.Find(tx, "李", after, 3); return err })
			for _, f := range page.Found {
				if seen[f.Person] {
					t.Errorf("%s is found twice", f.Name)
				}
				seen[f.Person] = true
			}
			if after, pages = page.Next, pages+1; after == "" {
				break
			}
		}
		if len(seen) != 7 || pages != 3 {
			t.Errorf("%d persons on %d pages", len(seen), pages)
		}
	})
}

func TestNumberBelongsToOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		right, wrong := number("19900101", "123"), number("19850505", "211")
		var person, statement string
		w.must(here, today, func(tx *store.Tx) (err error) {
			if person, err = w.AddPerson(tx, register.Person{Name: "甲", Number: wrong}); err != nil {
				return err
			}
			entries, err := w.Facts(tx, person, rule.Forever)
			for _, e := range entries {
				if e.Name == "person.id" {
					statement = e.ID
				}
			}
			return err
		})
		add := func(tx *store.Tx) error {
			_, err := w.AddPerson(tx, register.Person{Name: "王五", Number: wrong})
			return err
		}
		expect(t, w.do(here, today, add), "register.person-known")
		w.must(here, today, func(tx *store.Tx) error {
			_, err := w.Correct(tx, statement, always(rule.Fact{Value: rule.Text(string(right))}), "")
			return err
		})
		w.look(here, func(tx *store.Tx) error {
			found, err := w.ByNumber(tx, right)
			none, laterErr := w.ByNumber(tx, wrong)
			if found != person || none != "" {
				t.Errorf("the right number finds %q, the wrong one %q", found, none)
			}
			return errors.Join(err, laterErr)
		})
		w.must(here, today, add) // the number is free for its owner
		w.must(here, today, func(tx *store.Tx) error { return w.Forget(tx, person) })
		if got := w.names("甲") + w.names("j") + w.names(string(right)); got != "" {
			t.Errorf("after forgetting %q is found", got)
		}
		if got := w.names(string(wrong)); got != "王五" {
			t.Errorf("the other's number finds %q", got)
		}
	})
}

// Of many who register one number at the same time one succeeds, and the others learn who.
func TestNumberAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		id := number("19900101", "123")
		codes := make([]string, 8)
		var wait sync.WaitGroup
		for i := range codes {
			wait.Go(func() {
				codes[i] = fault.CodeOf(w.do(here, today, func(tx *store.Tx) error {
					_, err := w.AddPerson(tx, register.Person{Name: "甲", Number: id})
					return err
				}))
			})
		}
		wait.Wait()
		counts := map[string]int{}
		for _, code := range codes {
			counts[code]++
		}
		if counts[""] != 1 || counts["register.person-known"] != len(codes)-1 {
			t.Errorf("answers %v", counts)
		}
	})
}

func TestFictionalNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := bare(t, s)
		add := func(id ident.PersonID) func(tx *store.Tx) error {
			return func(tx *store.Tx) error {
				_, err := w.AddPerson(tx, register.Person{Name: "甲", Number: id})
				return err
			}
		}
		fictional := number("19900101", "123")
		expect(t, w.do(here, today, add(fictional)), "register.fictional")
		w.must(here, today, w.MarkDemo)
		w.must(here, today, add(fictional))
		expect(t, w.do(here, today, add("11010519491231002X")), "register.not-fictional")
		expect(t, w.do(there, today, add(fictional)), "register.fictional") // the mark is the county's own
		w.must(there, today, add("11010519491231002X"))
		expect(t, w.do(there, today, w.MarkDemo), "register.demo-late")
	})
}

func TestReadKeysRefuses(t *testing.T) {
	good := string(keyFile())
	for name, content := range map[string]string{
		"no JSON": "x", "empty": "{}", "short": `{"lookup": "00"}`, "letters": `{"lookup": "` + strings.Repeat("zz", 32) + `"}`,
		"another's public key": strings.Replace(good, `"public": "`+good[strings.Index(good, `"public": "`)+11:][:8], `"public": "00000000`, 1),
		"short private key":    strings.Replace(good, `"private": "`, `"private": "00`, 1),
		"no hexadecimal":       strings.Replace(good, `"private": "`, `"private": "zz`, 1),
		"no public key":        `{"lookup": "` + strings.Repeat("00", 32) + `", "counties": {"999901": {}}}`,
	} {
		_, err := register.ReadKeys([]byte(content))
		if fault.CodeOf(err) != "register.keys" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOldKeysAreRefused(t *testing.T) {
	old := `{"lookup": "` + strings.Repeat("00", 32) + `", "counties": {"999901": {"private": "` + strings.Repeat("11", 32) + `", "public": "` + strings.Repeat("22", 32) + `"}}}`
	_, err := register.ReadKeys([]byte(old))
	if expect(t, err, "register.keys-old"); !strings.Contains(fault.RenderError(err, "en"), "secrets --add") {
		t.Errorf("the hint does not say what to do: %v", fault.RenderError(err, "en"))
	}
	_, err = register.AddCounties([]byte(old), there)
	expect(t, err, "register.keys-old")
	emptied := `{"lookup": "` + strings.Repeat("00", 32) + `", "counties": {}}`
	if _, err := register.AddCounties([]byte(emptied), here); err != nil {
		t.Error(err)
	}
}

// Two installations exchange the public parts of their key files; nothing secret travels.
func TestExchangeKeys(t *testing.T) {
	ours, err := register.NewKeys(here)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := register.NewKeys(there)
	if err != nil {
		t.Fatal(err)
	}
	public, err := register.PublicKeys(theirs)
	if err != nil || strings.Contains(string(public), "private") || strings.Contains(string(public), "lookup") {
		t.Fatalf("the public part: %s (%v)", public, err)
	}
	for range 2 { // the second time changes nothing
		if ours, err = register.TrustKeys(ours, public); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := register.ReadKeys(ours)
	if err != nil {
		t.Fatal(err)
	}
	list, err := keys.Counties()
	if err != nil || len(list) != 2 || list[0].County != here || !list[0].Signs || list[1].Signs || list[0].Fingerprint == list[1].Fingerprint || len(list[1].Fingerprint) != 16 {
		t.Errorf("counties %+v (%v)", list, err)
	}
	if again, err := register.PublicKeys(ours); err != nil || strings.Contains(string(again), there) {
		t.Errorf("another's key is handed on as ours: %s (%v)", again, err)
	}
	other, err := register.NewKeys(there)
	if err != nil {
		t.Fatal(err)
	}
	if other, err = register.PublicKeys(other); err != nil {
		t.Fatal(err)
	}
	_, err = register.TrustKeys(ours, other)
	expect(t, err, "register.key-there")
	_, err = register.AddCounties(ours, there)
	expect(t, err, "register.key-there")
	for name, content := range map[string]string{"no JSON": "x", "wrong": `{"counties": {"999903": {"public": "04"}}}`} {
		if _, err := register.TrustKeys(ours, []byte(content)); fault.CodeOf(err) != "register.keys" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The tokens of one key file mean nothing to another.
func TestTokensNeedTheKey(t *testing.T) {
	id := number("19900101", "123")
	tokens := map[string]bool{}
	for range 3 {
		content, err := register.NewKeys(here)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := register.ReadKeys(content)
		if err != nil {
			t.Fatal(err)
		}
		again, err := register.ReadKeys(content)
		if err != nil || keys.NumberToken(id) != again.NumberToken(id) || len(keys.NumberToken(id)) != 64 {
			t.Errorf("tokens %s and %s of one file (%v)", keys.NumberToken(id), again.NumberToken(id), err)
		}
		tokens[keys.NumberToken(id)] = true
	}
	if len(tokens) != 3 {
		t.Errorf("three files give %d tokens", len(tokens))
	}
}

// A search reads an index, never a table, however many people there are.
func TestSearchPlans(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.must(here, today, func(tx *store.Tx) error {
			const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) `
			var all error
			fills := []string{
				`INSERT INTO party (county_code, party_id, kind, instant, actor_id) ` + many + `SELECT '999901', 'p' || CAST(i AS TEXT), 'person', '', '' FROM n`,
				`INSERT INTO person_number (county_code, token, party_id) ` + many + `SELECT '999901', 't' || CAST(i AS TEXT), 'p' || CAST(i AS TEXT) FROM n`,
				`INSERT INTO person_name (county_code, token, party_id) ` + many + `SELECT '999901', 't' || CAST(i % 50 AS TEXT), 'p' || CAST(i AS TEXT) FROM n`,
				`INSERT INTO statement (county_code, statement_id, subject_id, name, sealed, content, from_day, to_day, learned_day, withdrawn, instant, actor_id) ` +
					many + `SELECT '999901', 's' || CAST(i AS TEXT), 'p' || CAST(i AS TEXT), 'x', 0, '{}', '', '9999-12-31', '2026-01-01', 0, '', '' FROM n`}
			if s.Dialect() == "postgres" { // which counts by itself; SQLite never does
				fills = append(fills, `ANALYZE`)
			}
			for _, fill := range fills {
				_, err := tx.Exec(fill)
				all = errors.Join(all, err)
			}
			return all
		})
		for name, query := range register.Queries() {
			w.look(here, func(tx *store.Tx) error {
				plan, err := explain(s, tx, query)
				t.Logf("%s\n%s", name, plan)
				if bad := scansTable(s.Dialect(), plan); bad != "" {
					t.Errorf("%s reads a whole table: %s", name, bad)
				}
				return err
			})
		}
		// The check itself can fail.
		w.look(here, func(tx *store.Tx) error {
			plan, err := explain(s, tx, `SELECT subject_id FROM statement WHERE content = ?1`)
			if scansTable(s.Dialect(), plan) == "" {
				t.Errorf("no scan is seen in\n%s", plan)
			}
			return err
		})
	})
}

// explain is the plan of a query of up to seven parameters.
func explain(s *store.Store, tx *store.Tx, query string) (string, error) {
	return storetest.PlanOf(s, tx, query, []any{"999901", "t7", "", 50, "a", "b", "c"}[:highest(query)]...)
}

func highest(query string) int {
	for n := 7; n > 0; n-- {
		if strings.Contains(query, fmt.Sprintf("?%d", n)) {
			return n
		}
	}
	return 0
}

// scansTable is the line of a plan that reads all of a table or index, or "".
func scansTable(dialect, plan string) string {
	for _, line := range strings.Split(plan, "\n") {
		switch {
		case dialect != "sqlite" && strings.Contains(line, "Seq Scan"):
			return line
		case dialect == "sqlite" && strings.Contains(line, "SCAN") && !strings.Contains(line, "SCAN found"):
			return line // found is what the inner query found, at most a page
		case dialect == "sqlite" && (strings.Contains(line, "(county_code=?)") || strings.Contains(line, "ANY(")):
			return line // all rows of the county, or a leap to each value of a column
		}
	}
	return ""
}

func TestHistoryStatementsBelongTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		person := w.person(here, "甲")
		for name, act := range map[string]func(tx *store.Tx) error{
			"a presence": func(tx *store.Tx) error {
				var id string
				if err := tx.QueryRow(`SELECT statement_id FROM statement WHERE county_code = ?1 AND subject_id = ?2 ORDER BY statement_id LIMIT 1`, tx.County, person).Scan(&id); err != nil {
					return err
				}
				_, err := w.Withdraw(tx, id, dated.Said{})
				return err
			},
			"a death": func(tx *store.Tx) error {
				if err := w.Die(tx, person, today, register.Succession{}, dated.Said{}); err != nil {
					return err
				}
				entries, err := w.Facts(tx, person, rule.Forever)
				if err != nil {
					return err
				}
				_, err = w.Withdraw(tx, entries[len(entries)-1].ID, dated.Said{})
				return err
			},
		} {
			if got := fault.CodeOf(w.do(here, today, act)); got != "register.not-a-fact" {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

// Whoever is registered in a division, or once was, is found there, and so is everybody of a division that went into it; others are not even read.
func TestFindAmongThoseOfADivision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.must(here, today, func(tx *store.Tx) error {
			return errors.Join(w.AddDivision(tx, register.Division{Code: "999901100201", Name: "李家村", Span: dated.Always}, dated.Said{}),
				w.AddDivision(tx, register.Division{Code: "999901101202", Name: "王家村", Span: dated.Always}, dated.Said{}))
		})
		registered := func(name string, homes ...string) (person string) {
			person = w.person(here, name)
			for i, home := range homes {
				from := today - 10 + period.Day(i)
				w.must(here, today, func(tx *store.Tx) error {
					_, err := w.Record(tx, person, "person.hukou", rule.Fact{Value: rule.Division(home), Span: period.Span{From: from, To: from}, Source: "公安"}, "")
					return err
				})
			}
			return person
		}
		registered("王一", "999901100201")
		registered("王二", "999901101202")
		moved := registered("王三", "999901101202", "999901100201")
		registered("王四", "999901100")
		registered("王五") // nobody has said where
		find := func(division ident.Division) string {
			var names []string
			w.look(here, func(tx *store.Tx) error {
				made, err := w.MadeOf(tx, division, today)
				if err != nil {
					return err
				}
				page, err := w.FindAmong(tx, "w", "", 10, w.RegisteredIn(made))
				for _, f := range page.Found {
					names = append(names, f.Name)
				}
				return err
			})
			return strings.Join(names, " ")
		}
		expect := func(division ident.Division, want string) {
			t.Helper()
			if got := find(division); got != want {
				t.Errorf("in %s are found %q, want %q", division, got, want)
			}
		}
		expect("999901100", "王一 王三 王四 王五")
		expect("999901100201", "王一 王三 王五")
		expect("999901101", "王二 王三 王五")
		w.must(here, today, func(tx *store.Tx) error {
			return w.EndDivision(tx, "999901101202", today-1, "999901100201", dated.Said{Source: "民政厅批复"})
		})
		expect("999901100", "王一 王二 王三 王四 王五")
		expect("999901100201", "王一 王二 王三 王五")
		w.must(here, today, func(tx *store.Tx) error { return w.Forget(tx, moved) })
		expect("999901100201", "王一 王二 王五")
		var rows int
		w.look(here, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COUNT(*) FROM person_name WHERE county_code = ?1 AND party_id = ?2`, here, moved).Scan(&rows)
		})
		if rows != 0 {
			t.Errorf("after forgetting %d tokens are left", rows)
		}
		// Of three who are looked at none may be from here: the search goes on after them.
		w.look(here, func(tx *store.Tx) error {
			page, err := w.FindAmong(tx, "王", "", 3, func(*store.Tx, []string) ([]string, error) { return nil, nil })
			if len(page.Found) != 0 || page.Next == "" {
				t.Errorf("nobody is chosen, and found are %v, to go on after %q", page.Found, page.Next)
			}
			return err
		})
	})
}
