package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/calendar"
	"doudi/record/store"
)

// waitingRoutes are what the latest approved month left open, for those who look at people, and the same in figures, for those who lead.
var waitingRoutes = []route{
	{pattern: "GET /waiting", may: only(auth.SeePeople), do: (*view).waiting},
	{pattern: "GET /overview", may: only(auth.SeeOverview), do: (*view).overview},
	{pattern: "GET /overview/{division}", may: only(auth.SeeOverview), do: (*view).overviewOf},
}

// monthEnds remembers what stands by an approved run: it is the same until another run is approved, and takes a look at every determination.
type monthEnds struct {
	sync.Mutex
	byCounty map[string]monthEnd
}

// monthEnd is what a month left, added up.
type monthEnd struct {
	run    string
	month  period.Month
	stands []benefit.Stand
}

// monthEnd is what stands by the latest approved run; a month of 0 while there is none.
func (v *view) monthEnd(tx *store.Tx) (monthEnd, error) {
	run, err := benefit.Latest(tx)
	if err != nil || run == nil {
		return monthEnd{}, err
	}
	v.monthEnds.Lock()
	defer v.monthEnds.Unlock()
	if known := v.monthEnds.byCounty[tx.County]; known.run == run.ID {
		return known, nil
	}
	s := monthEnd{run: run.ID, month: run.Month}
	if s.stands, err = benefit.Stands(tx, run.Month); err == nil {
		v.monthEnds.byCounty[tx.County] = s
	}
	return s, err
}

// readMonth is what stands by the latest approved run of the benefits whose verdicts the post may read.
func (v *view) readMonth(tx *store.Tx) (monthEnd, error) {
	s, err := v.monthEnd(tx)
	known := map[string]bool{}
	for _, one := range s.stands {
		if _, ok := known[one.Scheme]; !ok {
			known[one.Scheme] = v.readsScheme(one.Scheme)
		}
	}
	s.stands = slices.DeleteFunc(slices.Clone(s.stands), func(one benefit.Stand) bool { return !known[one.Scheme] })
	return s, err
}

// schemes are those that something stands of, or the one asked for if it is among them.
func (s monthEnd) schemes(asked string) (list []string) {
	for _, one := range s.stands {
		if !slices.Contains(list, one.Scheme) && (asked == "" || asked == one.Scheme) {
			list = append(list, one.Scheme)
		}
	}
	return list
}

// count adds up a verdict in a division.
func (s monthEnd) count(verdict explain.Verdict, in ident.Division) (n int) {
	for _, one := range s.stands {
		if one.Verdict == verdict && strings.HasPrefix(string(one.Division), string(in)) {
			n += one.Subjects
		}
	}
	return n
}

// sum adds up what is due in a division in the month.
func (s monthEnd) sum(in ident.Division) (sum money.Fen) {
	for _, one := range s.stands {
		if one.Verdict != explain.DocumentsNeeded && ident.Contains(in, one.Division) {
			sum += one.Amount
		}
	}
	return sum
}

// area is the division the post looks at.
func (v *view) area() ident.Division { return v.session.Post.Organisation.Division }

// openVerdicts are the verdicts that wait for somebody, in the order in which they press.
var openVerdicts = []explain.Verdict{explain.ReviewDue, explain.DocumentsNeeded}

func (v *view) openName(verdict explain.Verdict) string {
	if verdict == explain.ReviewDue {
		return v.say("到期待复核", "Reviews due")
	}
	return v.say("缺材料待补", "Documents needed")
}

// comingTab names the list of reviews that come soon, among the verdicts that name the others.
const comingTab = "coming"

// waitingAddress is a list of what is open, in a part of the post's division; "" for all of it.
func (v *view) waitingAddress(list string, place ident.Division) string {
	q := url.Values{"verdict": {list}}
	if place != "" && place != v.area() {
		q.Set("place", string(place))
	}
	return addressWith("/waiting", q)
}

// waitingRow is a subject for whom something is open.
type waitingRow struct {
	Path, Name, Place, Scheme, Reason string
	Due                               period.Day // of a review; 0 for none
	Left                              int        // working days until then
}

// waitingPage is the list of what is open.
type waitingPage struct {
	Month  period.Month
	List   string // a verdict, or comingTab
	Tabs   []tab
	Fields []field
	Rows   []waitingRow
	Next   string
}

// pageWaiting is how many rows a page of it has.
const pageWaiting = 50

// listName is what a list of open cases is called.
func (v *view) listName(list string) string {
	if list == comingTab {
		return v.say("即将到期（%d 天内）", "Coming within %d days", reviewsCome)
	}
	return v.openName(explain.Verdict(list))
}

// waiting lists who waits for a review or for documents in the post's division.
func (v *view) waiting() error {
	p := waitingPage{List: cmp.Or(v.asked("verdict"), string(explain.ReviewDue))}
	if p.List != comingTab && !slices.Contains(openVerdicts, explain.Verdict(p.List)) {
		return refuse(fault.Invalid, "verdict", fault.Text{ZH: "没有这种名单", EN: "there is no such list"}, fault.Text{ZH: "从列表上方选择", EN: "choose one above the list"})
	}
	err := v.look(func(tx *store.Tx) error {
		s, err := v.readMonth(tx)
		if err != nil {
			return err
		}
		places, err := v.divisionNames(tx)
		if err != nil {
			return err
		}
		p.Month, p.Rows, p.Next = s.month, nil, ""
		if p.Tabs, err = v.waitingTabs(tx, s, p.List); err != nil {
			return err
		}
		p.Fields = []field{v.waitingSchemes(s, p.List), v.waitingPlaces(places)}
		p.Fields = slices.DeleteFunc(p.Fields, func(f field) bool { return len(f.Options) == 0 }) // nothing to choose among
		if s.month == 0 {
			return nil
		}
		list, next, err := benefit.Standing(tx, v.openOnes(s, p.List), s.month, v.r.URL.Query().Get("after"), pageWaiting)
		if err != nil {
			return err
		}
		if next != "" {
			p.Next = v.further("after", next)
		}
		return v.waitingRows(tx, &p, list, places)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.listName(p.List), waitingList(v, p))
}

// openOnes are the determinations of a list that the address asks for. A place outside the post's division holds none.
func (v *view) openOnes(s monthEnd, list string) benefit.Standings {
	chosen := benefit.Standings{Verdict: explain.Verdict(list), Division: v.area(), Schemes: s.schemes(v.asked("scheme"))}
	if list == comingTab {
		chosen.Verdict, chosen.Until = "", v.today().AddDays(reviewsCome)
	}
	if place := ident.Division(v.asked("place")); place != "" {
		if chosen.Division = place; !ident.Contains(v.area(), place) {
			chosen.Division = nowhereAtAll
		}
	}
	return chosen
}

// nowhereAtAll is a code in which nothing lies.
const nowhereAtAll ident.Division = "-"

func (v *view) waitingRows(tx *store.Tx, p *waitingPage, list []benefit.Determination, places names) error {
	days, err := calendar.Of(tx)
	if err != nil {
		return err
	}
	var subjects, people []string
	for _, d := range list {
		subjects = append(subjects, d.Subject)
	}
	if err := v.ahead(tx, subjects); err != nil {
		return err
	}
	for _, d := range list {
		name, who, err := v.subjectName(tx, d.Subject)
		if err != nil {
			return err
		}
		path := "/people/" + d.Subject
		if len(who) > 0 && who[0] != d.Subject {
			if path, err = householdAddress(tx, d.Subject); err != nil {
				return err
			}
		}
		row := waitingRow{Path: path, Name: name, Place: places.of(d.Division), Scheme: v.schemeName(d.Scheme), Reason: v.in(d.Reason.Label()), Due: d.ReviewBy}
		if p.List == comingTab {
			row.Reason = v.say("每年复核一次", "looked at every year")
		}
		if row.Due != 0 {
			if row.Left, err = leftUntil(days, v.today(), row.Due); err != nil {
				return err
			}
		}
		p.Rows = append(p.Rows, row)
		people = append(people, who...)
	}
	return v.looked(tx, "web.waiting", p.List, people...)
}

// waitingTabs are the lists with how much is in each.
func (v *view) waitingTabs(tx *store.Tx, s monthEnd, here string) (tabs []tab, err error) {
	for _, verdict := range openVerdicts {
		tabs = append(tabs, tab{link{v.openName(verdict), v.waitingAddress(string(verdict), "")}, itoa(s.count(verdict, v.area())), string(verdict) == here})
	}
	coming, err := v.coming(tx, s)
	return append(tabs, tab{link{v.listName(comingTab), v.waitingAddress(comingTab, "")}, itoa(coming), here == comingTab}), err
}

// waitingSchemes is the choice of the benefits that are in a list.
func (v *view) waitingSchemes(s monthEnd, list string) field {
	f := field{Name: "scheme", Label: v.say("待遇", "Benefit"), Value: v.asked("scheme")}
	for _, one := range s.stands {
		known := slices.ContainsFunc(f.Options, func(o option) bool { return o.Value == one.Scheme })
		if (string(one.Verdict) == list || list == comingTab && v.reviewed(one.Scheme)) && !known && ident.Contains(v.area(), one.Division) {
			f.Options = append(f.Options, option{one.Scheme, v.schemeName(one.Scheme)})
		}
	}
	return f
}

// reviewed tells whether some document asks that a scheme be looked at again from time to time.
func (v *view) reviewed(scheme string) bool {
	return slices.ContainsFunc(v.Record.Benefits.Packs, func(p *policy.Pack) bool {
		return slices.ContainsFunc(p.Benefits, func(b *policy.Benefit) bool { return b.Review > 0 && benefit.SchemeOf(p, b) == scheme })
	})
}

// waitingPlaces is the choice of the towns of the county, or of the villages of a town.
func (v *view) waitingPlaces(places names) field {
	f := field{Name: "place", Label: v.say("乡镇、村", "Town, village"), Value: v.asked("place")}
	for code := range places {
		if ident.Contains(v.area(), code) && code != v.area() && v.partOfArea(code) == code {
			f.Options = append(f.Options, option{string(code), places[code]})
		}
	}
	slices.SortFunc(f.Options, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	return f
}

// noneWaits says why a list is empty, and what comes next.
func (v *view) noneWaits(p waitingPage) string {
	if p.Month == 0 {
		return v.say("还没有批准过月度核定；批准后，到期待复核和缺材料的人会列在这里。", "No monthly run was approved yet. Once one is, those whose review is due or whose documents are missing are listed here.")
	}
	if p.List == comingTab {
		return v.say("%d 天内没有到期的复核。", "No review comes within %d days.", reviewsCome)
	}
	return v.say("没有。下一个月度核定批准后再看。", "None. Look again when the next monthly run is approved.")
}

// names are what divisions are called.
type names map[ident.Division]string

func (v *view) divisionNames(tx *store.Tx) (names, error) {
	all, err := v.Record.Register.Divisions(tx, v.today(), rule.Forever)
	list := names{}
	for _, d := range all {
		list[d.Code] = d.Name
	}
	return list, err
}

// of is a division with the town it lies in.
func (n names) of(d ident.Division) string {
	town, name := n[townOf(d)], n[d]
	if name == "" {
		name = string(d)
	}
	if town == "" || townOf(d) == d {
		return name
	}
	return town + " " + name
}

// townOf is the town a division lies in, or the division itself above towns.
func townOf(d ident.Division) ident.Division { return d[:min(len(d), townDigits)] }

// townDigits is how long the code of a town is, and villageDigits that of a village.
const townDigits, villageDigits = 9, 12

// figure is a line of the overview: of a town, a village or a benefit.
type figure struct {
	Name, Path         string
	Given              int // how often something is given in the month
	Amount             money.Fen
	Documents, Reviews int
}

func (f *figure) add(s benefit.Stand) {
	switch s.Verdict {
	case explain.DocumentsNeeded:
		f.Documents += s.Subjects
	case explain.ReviewDue:
		f.Reviews += s.Subjects
	}
	if s.Verdict != explain.DocumentsNeeded {
		f.Amount += s.Amount
	}
	if s.Verdict == explain.Pays || s.Verdict == explain.Covered {
		f.Given += s.Subjects
	}
}

// overviewPage are figures by division and by benefit; of people it says nothing.
type overviewPage struct {
	Month     period.Month
	Title     string
	Up        string // the address of what is around it; "" for the county
	Places    []figure
	Schemes   []figure
	Sum       figure
	PlaceName string
	Late      latePart
	Tasks     workPage // what waits for the reader
}

func (v *view) overview() error { return v.showOverview(ident.Division(v.County)) }

// overviewOf is a town of the county.
func (v *view) overviewOf() error { return v.showOverview(ident.Division(v.r.PathValue("division"))) }

func (v *view) showOverview(of ident.Division) error {
	p := overviewPage{Title: v.say("全县进展", "The county"), PlaceName: v.say("乡镇", "Town")}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		places, err := v.divisionNames(tx)
		if err != nil {
			return err
		}
		digits := townDigits
		if of != ident.Division(v.County) {
			if _, ok := places[of]; !ok || len(of) != townDigits || !v.session.Covers(of) {
				return v.nowhere()
			}
			p.Title, p.Up, p.PlaceName, digits = places[of], "/overview", v.say("村（社区）", "Village"), villageDigits
		}
		s, err := v.monthEnd(tx)
		p.Month = s.month
		if err != nil {
			return err
		}
		v.addUp(&p, s, of, digits, places)
		p.Late, p.Tasks = latePart{}, workPage{Places: places}
		if p.Up == "" {
			if p.Tasks.Tasks, err = v.tasks(tx); err != nil {
				return err
			}
		}
		return v.fillLate(tx, &p, s, of, digits, places)
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, p.Title, overviewTables(v, p))
}

// addUp fills the tables from what stands.
func (v *view) addUp(p *overviewPage, s monthEnd, of ident.Division, digits int, places names) {
	for code, name := range places {
		if len(code) == digits && strings.HasPrefix(string(code), string(of)) {
			f := figure{Name: name, Path: string(code)}
			for _, one := range s.stands {
				if strings.HasPrefix(string(one.Division), string(code)) {
					f.add(one)
				}
			}
			p.Places = append(p.Places, f)
		}
	}
	slices.SortFunc(p.Places, func(a, b figure) int { return strings.Compare(a.Path, b.Path) })
	at := map[string]int{}
	for _, one := range s.stands {
		if !strings.HasPrefix(string(one.Division), string(of)) {
			continue
		}
		i, ok := at[one.Scheme]
		if !ok {
			i = len(p.Schemes)
			at[one.Scheme], p.Schemes = i, append(p.Schemes, figure{Name: v.schemeName(one.Scheme)})
		}
		p.Schemes[i].add(one)
		p.Sum.add(one)
	}
}
