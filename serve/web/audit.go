package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/job"
	"doudi/record/register"
	"doudi/record/store"
)

// auditRoutes are the log: who did and who saw what, its monthly seals, and whether the record still is what it was.
var auditRoutes = []route{
	{pattern: "GET /audit", may: only(auth.SeeAudit), do: (*view).auditLog},
	{pattern: "POST /audit/person", may: only(auth.SeeAudit), do: (*view).auditPerson},
	{pattern: "GET /audit/entries/{entry}", may: only(auth.SeeAudit), do: (*view).auditEntry},
	{pattern: "GET /audit/seals", may: only(auth.SeeAudit), do: (*view).auditSeals},
	{pattern: "POST /audit/seals", may: only(auth.SeeAudit), do: (*view).sealNow},
	{pattern: "GET /audit/seals/{month}", may: only(auth.SeeAudit), do: (*view).sealFile},
	{pattern: "GET /audit/settlements", may: only(auth.SeeAudit), do: (*view).draw},
	{pattern: "GET /audit/settlements/{claim}", may: only(auth.SeeAudit), do: (*view).showDrawn},
	{pattern: "GET /audit/settlements/{claim}/recompute", may: only(auth.SeeAudit), do: (*view).recompute},
	{pattern: "GET /audit/settlements/{claim}/evidence", may: only(auth.SeeAudit), do: (*view).evidenceFile},
	{pattern: "GET /audit/verify", may: only(auth.SeeAudit), do: (*view).verification},
	{pattern: "POST /audit/verify", may: only(auth.SeeAudit), do: (*view).verify},
	{pattern: "GET /audit/verify/{entry}", may: only(auth.SeeAudit), do: (*view).verified},
}

// auditRow is an entry of a list.
type auditRow struct {
	*audit.Entry
	Concerned []string // masked names, a few
	More      int      // whom it concerns besides
	Path      string
}

// auditPage is a page of the log.
type auditPage struct {
	Fields   []field
	Problems []problem
	Rows     []auditRow
	Next     string
	Person   string // the name of whom the entries concern, when that was asked
	Typed    string // who was searched for
	Found    []card
	Trouble  trouble
}

const (
	pageLog      = 50
	mostNamed    = 3   // people named in a row
	mostOpened   = 50  // people of an entry whose part is opened
	longestQuery = 366 // days
)

func (v *view) auditLog() error { return v.showLog(http.StatusOK, auditPage{}) }

func (v *view) showLog(status int, p auditPage) error {
	q, fields, problems := v.logQuery()
	p.Fields, p.Problems = fields, problems
	if len(problems) > 0 {
		return v.show(http.StatusUnprocessableEntity, v.errorTitle(problems, v.say("审计", "Audit")), auditOf(v, p))
	}
	err := v.look(func(tx *store.Tx) (err error) {
		p.Rows, p.Next = nil, ""
		entries, err := audit.Search(tx, q, v.r.URL.Query().Get("before"), pageLog)
		if err != nil {
			return err
		}
		if len(entries) == pageLog {
			p.Next = v.further("before", entries[len(entries)-1].ID)
		}
		if q.Person != "" {
			if p.Person, err = v.maskedName(tx, q.Person); err != nil {
				return personUnknown(err)
			}
		}
		return v.fillLog(tx, &p, entries)
	})
	if err != nil {
		return err
	}
	return v.show(status, v.say("审计", "Audit"), auditOf(v, p))
}

// logQuery is what the address asks for: of the last seven days, unless it says otherwise; of a person, of the last year.
func (v *view) logQuery() (q audit.Query, fields []field, problems []problem) {
	q = audit.Query{Actor: v.asked("actor"), Kind: audit.Kind(v.asked("kind")), Name: v.asked("name"), Subject: v.asked("subject"), Person: v.asked("person")}
	s := period.Span{From: v.today() - 6, To: v.today()}
	if q.Person != "" || q.Subject != "" {
		s.From = v.today() - longestQuery
	}
	fields = []field{{Name: "from", Label: v.say("自", "From"), Value: cmp.Or(v.asked("from"), s.From.String())}, {Name: "to", Label: v.say("至", "To"), Value: cmp.Or(v.asked("to"), s.To.String())},
		{Name: "actor", Label: v.say("谁（姓名）", "By whom"), Value: q.Actor}, {Name: "kind", Label: v.say("类别", "Kind"), Value: string(q.Kind)}}
	for _, k := range []audit.Kind{audit.Command, audit.Look, audit.Destroyed} {
		fields[3].Options = append(fields[3].Options, option{string(k), v.in(k.Label())})
	}
	for i, day := range []*period.Day{&s.From, &s.To} {
		var err error
		if *day, err = period.ParseDay(tidied(fields[i].Value)); err != nil {
			fields[i].Problem = v.trouble(err).Message
			problems = append(problems, problem{fields[i].Name, fields[i].Problem})
		}
	}
	switch {
	case len(problems) > 0:
	case s.Empty():
		fields[1].Problem = v.say("止日早于起日", "the last day lies before the first")
		problems = append(problems, problem{"to", fields[1].Problem})
	case int(s.To-s.From) > longestQuery:
		fields[0].Problem = v.say("一次最多查一年", "at most a year at a time")
		problems = append(problems, problem{"from", fields[0].Problem})
	}
	q.From, q.To = beginning(s.From), beginning(s.To+1)
	return q, fields, problems
}

// beginning is the instant a day begins at in China.
func beginning(day period.Day) time.Time { return time.Unix(int64(day)*86400-8*3600, 0) }

// fillLog names whom entries concern, a few each. That is a look at them.
func (v *view) fillLog(tx *store.Tx, p *auditPage, entries []*audit.Entry) error {
	people := []string{}
	for _, e := range entries {
		for _, person := range e.Persons[:min(len(e.Persons), mostNamed)] {
			people = append(people, person.ID)
		}
	}
	if err := v.ahead(tx, people); err != nil {
		return err
	}
	people = people[:0]
	for _, e := range entries {
		row := auditRow{Entry: e, Path: "/audit/entries/" + e.ID, More: max(len(e.Persons)-mostNamed, 0)}
		for _, person := range e.Persons[:min(len(e.Persons), mostNamed)] {
			name, err := v.concernedName(tx, person.ID)
			if err != nil {
				return err
			}
			row.Concerned = append(row.Concerned, name)
			if !slices.Contains(people, person.ID) {
				people = append(people, person.ID)
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return v.looked(tx, "web.audit", "", people...)
}

// concernedName is a masked name; of a household, or of somebody whose content was destroyed, what can still be said.
func (v *view) concernedName(tx *store.Tx, id string) (string, error) {
	kind, err := dated.KindOf(tx, id)
	if err != nil {
		return "", err
	}
	if kind != register.PersonKind {
		return v.called(tx, id)
	}
	name, err := v.maskedName(tx, id)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal && kind != fault.Unavailable {
		return v.called(tx, id)
	}
	return name, err
}

// auditPerson finds whom the entries are to concern. What is typed travels in the body, so that no log of addresses holds it.
func (v *view) auditPerson() error {
	p := auditPage{Typed: v.asked("q")}
	if p.Typed == "" {
		p.Trouble = v.trouble(refuse(fault.Invalid, "search-empty", fault.Text{ZH: "没有输入要查的人", EN: "nobody to search for was typed"}, fault.Text{ZH: "输入身份证号、姓名或拼音首字母", EN: "type an identity number, a name or its pinyin initials"}))
		return v.showLog(http.StatusUnprocessableEntity, p)
	}
	err := v.look(func(tx *store.Tx) (err error) {
		p.Found, _, err = v.ofDivision(tx, p.Typed)
		return err
	})
	status := http.StatusOK
	switch {
	case fault.KindOf(err) == fault.Invalid:
		status, p.Trouble = http.StatusUnprocessableEntity, v.trouble(err)
	case err != nil:
		return err
	case len(p.Found) == 1:
		return v.see("/audit?person=" + p.Found[0].ID)
	case len(p.Found) == 0:
		status, p.Trouble = http.StatusNotFound, v.trouble(nobodyHere(p.Typed))
	}
	return v.showLog(status, p)
}

// concernedPart is somebody an entry concerns, with what it says about them when the post may see that.
type concernedPart struct {
	ID, Name  string
	Content   string
	Destroyed bool
	Withheld  bool // it says something that this post does not see
}

// auditEntryPage is one entry.
type auditEntryPage struct {
	*audit.Entry
	About   string // what the subject is called
	Content string
	Parts   []concernedPart
	More    int
	Seal    audit.Sealed
	Sealed  bool
}

func (v *view) auditEntry() error {
	var p auditEntryPage
	err := v.look(func(tx *store.Tx) (err error) {
		p = auditEntryPage{}
		if p.Entry, err = v.Record.Log.Entry(tx, v.r.PathValue("entry")); err != nil {
			return entryUnknown(err)
		}
		p.Content = indented(p.Entry.Content)
		if p.About, err = v.subjectOf(tx, p.Subject); err != nil {
			return err
		}
		if p.Seal, p.Sealed, err = audit.SealOf(tx, p.ID); err != nil {
			return err
		}
		return v.fillParts(tx, &p)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("审计记录", "Entry of the log"), auditEntryOf(v, p))
}

func entryUnknown(err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return refuse(fault.NotFound, "log-entry-unknown", fault.Text{ZH: "没有这条审计记录", EN: "there is no such entry of the log"}, fault.Text{ZH: "从列表打开", EN: "open one from the list"})
}

// fillParts names whom an entry concerns, and opens what it says about them to who may see everything of a person.
func (v *view) fillParts(tx *store.Tx, p *auditEntryPage) error {
	opens := v.opensAll()
	p.More = max(len(p.Persons)-mostOpened, 0)
	var people []string
	for _, person := range p.Persons[:min(len(p.Persons), mostOpened)] {
		part := concernedPart{ID: person.ID, Destroyed: person.Destroyed}
		var err error
		if part.Name, err = v.concernedName(tx, person.ID); err != nil {
			return err
		}
		switch {
		case len(person.Content) == 0:
		case opens:
			part.Content = indented(person.Content)
		default:
			part.Withheld = true
		}
		p.Parts = append(p.Parts, part)
		people = append(people, person.ID)
	}
	return v.looked(tx, "web.audit-entry", p.ID, people...)
}

// opensAll tells whether the post may see everything of everybody: only then what an entry says of a person is shown, whatever it is.
func (v *view) opensAll() bool {
	access, ok := v.session.May(auth.SeePeople)
	for _, s := range []rule.Sensitivity{rule.Identity, rule.Finance, rule.Health, rule.Child} {
		ok = ok && access.Shows(s)
	}
	return ok && v.wholeCounty()
}

// indented is JSON for people.
func indented(content json.RawMessage) string {
	var b bytes.Buffer
	if len(content) == 0 || string(content) == "null" || json.Indent(&b, content, "", "  ") != nil {
		return strings.TrimSuffix(string(content), "null")
	}
	return b.String()
}

// sealsPage is the monthly seals.
type sealsPage struct {
	Months  []audit.SealedMonth
	Waiting int64
	Key     string
	Problem error
}

func (v *view) auditSeals() error { return v.showSeals(http.StatusOK, nil) }

func (v *view) showSeals(status int, problem error) error {
	p := sealsPage{Key: newKey(), Problem: problem}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		if p.Months, err = audit.Months(tx, v.now); err != nil {
			return err
		}
		p.Waiting, err = audit.Waiting(tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.say("月度封存", "Monthly seals"), sealsOf(v, p))
}

// mostSealed bounds how many seals one press of the button makes; each covers up to a thousand entries.
const mostSealed = 100

// sealNow seals what no seal covers yet.
func (v *view) sealNow() error {
	if err := v.sealWaiting(); err != nil {
		return v.showSeals(statuses[fault.KindOf(err)], err)
	}
	return v.see("/audit/seals")
}

// sealWaiting seals what waits. It is the program's doing, not somebody's: it changes nothing and says nothing new.
func (v *view) sealWaiting() error {
	command := v.command("audit.seal", "", nil)
	command.Actor = store.Actor{ID: "doudi", Name: "doudi", Post: "system"}
	for range mostSealed {
		n := 0
		_, err := v.Record.Store.Write(v.r.Context(), command, func(tx *store.Tx) (_ any, err error) {
			n, err = audit.Seal(tx)
			return n, err
		})
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// sealFile is the monthly seal as a file to be kept by somebody else, who can check it without the database.
func (v *view) sealFile() error {
	month := v.r.PathValue("month")
	if _, err := time.Parse("2006-01", month); err != nil {
		return v.nowhere()
	}
	var file bytes.Buffer
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		file.Reset()
		_, err := audit.Export(tx, month, v.now, &file)
		return err
	})
	switch fault.CodeOf(err) {
	case "audit.not-sealed", "audit.month-not-over":
		return v.showSeals(http.StatusConflict, err)
	}
	if err != nil {
		return err
	}
	return v.attach("seal-"+v.County+"-"+month+".json", "application/json", file.Bytes())
}

// verifyPage is where a verification is asked for, with the one under way.
type verifyPage struct {
	Key string
	Job *job.Job // the newest one; nil for none
}

func (v *view) verification() error {
	p := verifyPage{Key: newKey()}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		list, err := v.Record.Jobs.List(tx, job.Filter{Kinds: []job.Kind{job.Verify}}, "", 1)
		if len(list) > 0 {
			p.Job = &list[0]
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("复算核对", "Verify"), verifyOf(v, p))
}

// verify has the county's record compared with itself, in the background: that of a million people takes its time.
func (v *view) verify() error {
	started, err := v.onceFor("web.verify", func(tx *store.Tx) (any, error) {
		j, err := v.Record.Jobs.Start(tx, job.Work{Kind: job.Verify})
		return j.ID, err
	})
	if err != nil {
		return err
	}
	var id string
	if err := json.Unmarshal(started.Result, &id); err != nil {
		return err
	}
	return v.see(jobAddress(id))
}

func verifiedAddress(entry string) string { return "/audit/verify/" + url.PathEscape(entry) }

// verifiedPage is a verification that was made.
type verifiedPage struct {
	*audit.Entry
	job.Verdict
	Seal   audit.Sealed
	Sealed bool
}

func (v *view) verified() error {
	var p verifiedPage
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		if p.Entry, err = v.Record.Log.Entry(tx, v.r.PathValue("entry")); err != nil {
			return entryUnknown(err)
		}
		if p.Name != job.VerifiedName {
			return entryUnknown(&fault.Error{Kind: fault.NotFound})
		}
		if p.Seal, p.Sealed, err = audit.SealOf(tx, p.ID); err != nil {
			return err
		}
		return json.Unmarshal(p.Entry.Content, &p.Verdict)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("核对结果", "Verification"), verifiedOf(v, p))
}

func (v *view) logTable(p auditPage) table {
	return table{Name: v.say("审计记录", "Entries of the log"), Shown: len(p.Rows), Next: p.Next,
		Columns: []column{{Name: v.say("时间", "When")}, {Name: v.say("谁（岗位）", "By whom")}, {Name: v.say("类别", "Kind")}, {Name: v.say("做了什么", "What")}, {Name: v.say("涉及的人", "About")}},
		Empty:   v.say("这一期间没有这样的记录。放长期间，或去掉一项筛选。", "There are no such entries in this period. Choose a longer one, or take a filter away.")}
}

func (v *view) sealsTable(p sealsPage) table {
	return table{Name: v.say("月度封存", "Monthly seals"), Shown: len(p.Months),
		Columns: []column{{Name: v.say("月份", "Month")}, {Name: v.say("批", "Seals"), Figures: true}, {Name: v.say("记录", "Entries"), Figures: true}, {Name: v.say("封存文件", "File")}},
		Empty:   v.say("还没有封存过。", "Nothing was sealed yet.")}
}

func logClass(k audit.Kind) string {
	return map[audit.Kind]string{audit.Command: "info", audit.Destroyed: "bad"}[k]
}

func checkTag(s job.CheckState) string {
	return map[job.CheckState]string{job.Agrees: "ok", job.Differs: "bad"}[s]
}

func (v *view) checkWords(s job.CheckState) string {
	return map[job.CheckState]string{job.Agrees: v.say("相符", "agrees"), job.Differs: v.say("不符", "differs"), job.Undone: v.say("未看", "not looked at")}[s]
}
