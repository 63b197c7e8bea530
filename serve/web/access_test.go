package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/kernel/ident"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/job"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/record/task"
	"doudi/serve/web"
)

// foreign is what lies beside everybody's own: another town's village with somebody in it, another hospital's bill.
type foreign struct {
	*desk
	person, number string // of the other village
	bill           string
	households     [2]string // ours and theirs
	slips          []string  // to our town and to theirs
	imports, jobs  [2]string // of the education office and of another, and what is under way about them
}

func openForeign(t *testing.T) *foreign {
	t.Helper()
	f := &foreign{desk: office(t), number: string(fiction.Number("19700101", "005")), bill: "QT-1"}
	must(t, f.Do(now, fiction.Clerk, func(tx *store.Tx) (err error) {
		for _, d := range []register.Division{{Code: "999901200", Name: "东关镇", Span: dated.Always}, {Code: "999901200001", Name: "东关村", Span: dated.Always}} {
			if err := f.Register.AddDivision(tx, d, dated.Said{}); err != nil {
				return err
			}
		}
		if f.person, err = f.Register.AddPerson(tx, register.Person{Name: "李外村", Number: ident.PersonID(f.number), From: rule.Beginning}); err != nil {
			return err
		}
		if _, err = f.Register.Record(tx, f.person, "person.hukou", rule.Fact{Value: rule.Division("999901200001"), Span: dated.Always}, ""); err != nil {
			return err
		}
		if f.households[0], err = f.Register.AddHousehold(tx, register.Dwelling{Division: fiction.FirstVillage}, f.listed, dated.Today(tx)-100, dated.Said{}); err != nil {
			return err
		}
		if f.households[1], err = f.Register.AddHousehold(tx, register.Dwelling{Division: "999901200001"}, f.person, dated.Today(tx)-100, dated.Said{}); err != nil {
			return err
		}
		other, err := f.AddHospital(tx, "邻镇卫生院", fiction.FirstTown, "town")
		if err != nil {
			return err
		}
		bill := f.Stay(f.listed, f.bill)
		bill.Provider = other
		if _, err = f.Claims.Receive(tx, bill); err != nil {
			return err
		}
		for _, m := range []task.Matter{{Division: fiction.FirstTown, Addressee: "城关镇"}, {Division: "999901200", Addressee: "东关镇"}} {
			m.Scheme, m.Overdue = fiction.Pingyin+"/severe-disability", 1
			n, err := f.Tasks.Send(tx, m, "请办结", 0)
			if err != nil {
				return err
			}
			f.slips = append(f.slips, n.String())
		}
		return f.rolls(tx)
	}))
	return f
}

// rolls hands in a roll of the education office and one of another, lets them be read, and keeps what the columns of both are.
func (f *foreign) rolls(tx *store.Tx) error {
	m := sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "学段", As: "person.school.stage"}}}
	for n, sender := range []provider.Office{{ID: "county-education", Name: "县教育和体育局"}, {ID: "county-disabled", Name: "县残联"}} {
		content := "姓名,证件号码,学段\n李外村," + f.number + ",小学\n"
		i, err := f.Rolls.ReceiveSmall(tx, roll.Upload{Source: sender.Name, Sender: sender.ID, Offices: []string{"教体局"}, Name: "外村名册.csv", Content: strings.NewReader(content), Size: int64(len(content)),
			Since: dated.Today(tx), Wish: sheet.Wish{Mapping: &m}})
		if err != nil {
			return err
		}
		j, err := f.Jobs.Start(tx, job.Work{Kind: job.StageImport, Import: i.ID})
		if err != nil {
			return err
		}
		if err := f.Rolls.KeepMapping(tx, sender.Name, m); err != nil {
			return err
		}
		f.imports[n], f.jobs[n] = i.ID, j.ID
	}
	for n, scheme := range []string{"student-aid", "severe-disability"} { // of the education office, and none of its work
		id, number := tx.NewID(), []string{"FF-OURS-2", "FF-THEIRS-2"}[n]
		_, err := tx.Exec(`INSERT INTO payment_batch (county_code, batch_id, number, seq, scheme, payer, fund, paid, from_month, to_month, part, state, total, people)
			VALUES (?1, ?2, ?3, ?4, ?5, 'town', 'county-budget', 'half-year', '2021-07', '2021-12', 1, 'check', 0, 0)`, tx.County, id, number, n+1, fiction.Pingyin+"/"+scheme)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO payment_act (county_code, batch_id, act, kind, note, instant, actor_id, actor_name) VALUES (?1, ?2, 1, 'hand-in', '', ?3, 'u', '周经办')`, tx.County, id, store.FormatInstant(tx.Instant)); err != nil {
			return err
		}
	}
	return nil
}

// words are what stands in the places of addresses: our own, a foreign one, and one that does not exist.
func (f *foreign) words() map[string][3]string {
	return map[string][3]string{
		"{person}":    {f.listed, f.person, "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
		"{household}": {f.households[0], f.households[1], "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d16"},
		"{batch}":     {"FF-OURS-1", "FF-THEIRS-1", "FF-NOBODYS-1"},
		"{import}":    {f.imports[0], f.imports[1], "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
		"{source}":    {"县教育和体育局", "县残联", "无此来源"},
		"{slip}":      {f.slips[0], f.slips[1], "DB99999"},
		"{job}":       {f.jobs[0], f.jobs[1], "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
		"{file}":      {"1.xlsx", "2.xlsx", "9.csv"},
		"{order}":     {"1-1", "1-2", "9-9"},
		"{list}":      {"FF-OURS-2", "FF-THEIRS-2", "FF-NOBODYS-2"},
		"{no}":        {number, f.bill, "KEINE-1"},
		"{fund}":      {"assistance", "assistance-2", "nobodys"},
		"{entry}":     {"0199f3c2-9d00-7000-8f1e-8c6f0a4b2d22", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d23", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
		"{claim}":     {"0199f3c2-9d00-7000-8f1e-8c6f0a4b2d24", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d25", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
		"{adoption}":  {"0199f3c2-9d00-7000-8f1e-8c6f0a4b2d26", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d27", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
		"{pack}":      {"pingyin-2021", "xinbin-2018", "no-such-pack"},
		"{month}":     {"2021-10", "2021-09", "nothing"},
		"{change}":    {"0199f3c2-9d00-7000-8f1e-8c6f0a4b2d30", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d31", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d32"},
		"{document}":  {"0199f3c2-9d00-7000-8f1e-8c6f0a4b2d33", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d34", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d35"},
		"{division}":  {string(fiction.FirstTown), "999901200", "999901999"},
		"{party}":     {"county-office", "county-health", "county-nobody"},
		"{act}":       {"close", "rename", "burn"},
		"{form}":      {"approval-form", "no-such-form", "nothing"},
		"{apikey}":    {"0199f3c29d0070008f1e8c6f0a4b2d18", "0199f3c29d0070008f1e8c6f0a4b2d19", "0199f3c29d0070008f1e8c6f0a4b2d17"},
		"{account}":   {"0199f3c2-9d00-7000-8f1e-8c6f0a4b2d18", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d19", "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"},
	}
}

// address is a pattern with its places filled: 0 ours, 1 foreign, 2 nobody's.
func (f *foreign) address(pattern string, which int) (method, path string) {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "GET", "/no-such-page"
	}
	for place, words := range f.words() {
		path = strings.ReplaceAll(path, place, words[which])
	}
	return method, strings.ReplaceAll(path, "{$}", "")
}

// forms are what is sent with a POST.
var forms = url.Values{"reason": {"理由"}, "key": {"k"}, "digest": {"d"}, "q": {"李"}}

// ask sends a request and answers what came back, without what differs from one request to the next: support numbers, keys of forms,
// and the words of the address itself.
func (f *foreign) ask(method, path string) string {
	f.Helper()
	r := httptest.NewRequest(method, path, nil)
	if method == http.MethodPost {
		r = httptest.NewRequest(method, path, strings.NewReader(forms.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	f.send(r)
	answer := f.lastAddress + "\n" + f.lastAnswer
	for _, words := range f.words() {
		for _, word := range words {
			answer = strings.ReplaceAll(answer, word, "…")
		}
	}
	return changing.ReplaceAllString(strings.ReplaceAll(answer, ` aria-current="page"`, ""), "…")
}

var changing = regexp.MustCompile(`(支持编号 )[A-Z0-9]{8}|(name="key" value=")[A-Z0-9]+|href="[^"]*"`)

// done counts what was done about the register and bills: the log's commands.
func (d *desk) done() (n int) {
	d.Helper()
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM audit_entry WHERE county_code = ?1 AND kind = ?2 AND name NOT LIKE 'auth.%'`, fiction.Code, string(audit.Command)).Scan(&n)
	}))
	return n
}

// Every address, asked for by every role: what the role may not open answers as an address that does not exist, and does nothing.
func TestEveryRouteByEveryRole(t *testing.T) {
	f := openForeign(t)
	for _, role := range auth.Roles() {
		f.signIn(role.ID)
		before, absent := f.done(), f.ask("GET", "/no-such-page")
		f.is(404, "没有这个页面")
		opened := 0
		for _, route := range web.Routes() {
			may := len(route.May) == 0 || slices.ContainsFunc(route.May, func(p auth.Permission) bool { _, ok := role.May(p); return ok })
			if may {
				opened++
				continue
			}
			for which := range 3 {
				method, path := f.address(route.Pattern, which)
				if answer := f.ask(method, path); f.lastCode != 404 || answer != absent {
					t.Errorf("%s asks for %s %s and is answered %d:\n%s", role.ID, method, path, f.lastCode, answer)
				}
			}
		}
		if f.done() != before {
			t.Errorf("%s did something", role.ID)
		}
		if opened == 0 {
			t.Errorf("%s can open nothing", role.ID)
		}
	}
}

// Every address about something, asked for by every role that may open it: a foreign thing answers as one that does not exist.
func TestForeignThingsDoNotExist(t *testing.T) {
	f := openForeign(t)
	for _, role := range auth.Roles() {
		f.signIn(role.ID)
		for _, route := range web.Routes() {
			if !slices.ContainsFunc([]string{"{person}", "{no}", "{household}", "{import}", "{source}", "{job}", "{list}", "{slip}"}, func(place string) bool { return strings.Contains(route.Pattern, place) }) {
				continue
			}
			if !f.confined(role, route) {
				continue
			}
			method, path := f.address(route.Pattern, 2)
			absent, status := f.ask(method, path), f.lastCode
			method, path = f.address(route.Pattern, 1)
			if answer := f.ask(method, path); f.lastCode != status || answer != absent {
				t.Errorf("%s asks for %s %s and is answered %d, of what does not exist %d:\n%s\n%s", role.ID, method, path, f.lastCode, status, answer, absent)
			}
			if status == 200 {
				t.Errorf("%s asks for %s %s and finds what does not exist", role.ID, method, path)
			}
			method, path = f.address(route.Pattern, 0)
			if f.ask(method, path); f.lastCode == 404 {
				t.Errorf("%s asks for the own %s %s and is told that it does not exist", role.ID, method, path)
			}
		}
	}
	var c claim.Claim // of the other hospital, and untouched
	must(t, f.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		all, err := claim.Of(tx, f.listed)
		for _, one := range all {
			if one.Number == f.bill {
				c = one
			}
		}
		return err
	}))
	if c.State != claim.Received {
		t.Errorf("another hospital's bill is %s", c.State)
	}
}

// confined tells whether a role may open an address, and only for a part of the county.
func (f *foreign) confined(role *auth.Role, route web.Route) bool {
	for _, p := range route.May {
		if _, ok := role.May(p); !ok {
			continue
		}
		if a, _ := role.May(p); strings.HasPrefix(string(p), string(auth.SeeImports)) || strings.HasPrefix(string(p), string(auth.SeeLists)) {
			return a.Reach == auth.Own
		}
		bills := strings.Contains(route.Pattern, "{no}")
		return p == auth.Settle && bills || slices.Contains([]auth.Permission{auth.SeePeople, auth.SeeTasks, auth.AnswerTasks}, p) && !bills && !slices.Contains(role.Organisations, auth.OfficeKind)
	}
	return false
}

// Nor do they show in what a page lists, counts or finds.
func TestForeignThingsDoNotLeak(t *testing.T) {
	f := openForeign(t)
	for _, role := range auth.Roles() {
		f.signIn(role.ID)
		county := slices.Contains(role.Organisations, auth.OfficeKind)
		for _, path := range []string{"/", "/settlements", "/settlements?day=2021-11-08", "/search", "/account", "/help", "/admin/staff"} {
			f.get(path)
			f.not("李外村", f.bill, f.number)
		}
		if a, may := role.May(auth.SeeImports); may && a.Reach == auth.Own {
			for _, path := range []string{"/", "/imports", "/jobs", "/mappings", "/lists", "/lists?state=check"} {
				f.get(path)
				f.not(f.imports[1], f.jobs[1], "县残联", "FF-THEIRS-2")
			}
		}
		if _, may := role.May(auth.AnswerTasks); may {
			for _, path := range []string{"/", "/tasks", "/tasks?before=DB00009"} {
				f.get(path)
				f.is(200, f.slips[0])
				f.not(f.slips[1], "东关镇")
			}
		}
		_, people := role.May(auth.SeePeople)
		if county || !people {
			continue
		}
		for _, typed := range []string{"李", "lwc", "李外村", f.number} {
			f.post("/search", url.Values{"q": {typed}})
			f.not("李外村</a>", "东关", f.person)
		}
		outside := f.found(f.number)
		if nobody := f.found(string(fiction.Number("19700101", "007"))); outside != nobody {
			t.Errorf("%s finds out that somebody is registered elsewhere:\n%s\n%s", role.ID, outside, nobody)
		}
	}
}

// A search that ends before everybody of a name was looked at says so, and never that nobody is there.
func TestSearchSaysThatItWasCut(t *testing.T) {
	f := openForeign(t)
	must(t, f.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		return f.Register.Bulk(tx, register.Ahead{}, func(many *register.Register) error {
			for i := range 2001 {
				born := time.Date(1950, 1, 1+i, 0, 0, 0, 0, time.UTC).Format("20060102")
				id, err := many.AddPerson(tx, register.Person{Name: "钱同名", Number: fiction.Number(born, "007"), From: rule.Beginning})
				if err != nil {
					return err
				}
				if _, err := many.Record(tx, id, "person.hukou", rule.Fact{Value: rule.Division("999901200001"), Span: dated.Always}, ""); err != nil {
					return err
				}
			}
			return nil
		})
	}))
	f.signIn("village")
	f.post("/search", url.Values{"q": {"钱同名"}})
	f.is(404, "没有找到")
	web.SearchAtMost(t, 1000)
	f.post("/search", url.Values{"q": {"钱同名"}})
	f.is(200, "太多，没有查完", "身份证号")
	f.not("没有找到", f.person)
	f.post("/search", url.Values{"q": {"李外村"}})
	f.is(404, "没有找到")
	f.signIn("cashier")
	f.post("/search", url.Values{"q": {"钱同名"}})
	f.is(200, "太多，没有查完")
}

// found is what a search for a number answers, without the number.
func (f *foreign) found(number string) string {
	f.post("/search", url.Values{"q": {number}})
	return changing.ReplaceAllString(strings.ReplaceAll(f.lastAnswer, number, "…"), "…")
}
