package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/store"
)

// row is a bill of a list.
type row struct {
	Claim          claim.Claim
	Person         string // masked
	Total, Patient string // "" while it is not settled
}

// day is the bills of one day at this desk.
type day struct {
	Day   period.Day
	State string // the one asked for; "" for all
	Open  int
	Rows  []row
	Sum   money.Fen // what patients pay of those settled, of the rows shown
	Count int       // of all rows
	Page  int       // from 1
	Pages int
	Kept  string // the number of a bill that was put aside for now
	Mine  bool   // today
	Owed  []putUp
	More  bool // more was put up than is shown

	OwedAll claim.Waiting // all that was put up, shown or not
}

// putUp is a bill whose fees the institution has put up, and which waits for what others pay.
type putUp struct {
	Claim  claim.Claim
	Person string // masked
	Since  period.Day
	Days   int // it has waited
	Amount money.Fen
}

// pagePutUp is how many of them a window shows, the oldest first.
const pagePutUp = 20

// pageRows is how many bills a page of a list shows: each is opened under its person's key.
const pageRows = 50

// window is a cashier's page: who comes next, and today's bills.
func (v *view) window() error {
	d, err := v.day(v.today(), "", 1)
	if err != nil {
		return err
	}
	if err := v.look(func(tx *store.Tx) error { return v.owed(tx, &d) }); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("窗口", "Desk"), homePage(v, d))
}

// owed fills in what was put up and waits to be completed.
func (v *view) owed(tx *store.Tx, d *day) error {
	open, err := claim.OpenAdvances(tx, v.Provider, claim.Advance{}, pagePutUp+1)
	if err != nil {
		return err
	}
	if d.OwedAll, err = claim.AdvancesBy(tx, v.Provider); err != nil {
		return err
	}
	d.Owed, d.More = nil, len(open) > pagePutUp
	var people []string
	for _, a := range open[:min(len(open), pagePutUp)] {
		w := putUp{Since: a.Day, Days: a.Age(v.today()), Amount: a.Amount}
		if w.Claim, err = claim.Get(tx, a.Claim); err != nil {
			return err
		}
		if w.Person, err = v.maskedName(tx, w.Claim.Person); err != nil {
			return err
		}
		d.Owed, people = append(d.Owed, w), append(people, w.Claim.Person)
	}
	if len(people) == 0 {
		return nil
	}
	return v.looked(tx, "web.advances", "", people...)
}

func (v *view) list() error {
	on := v.today()
	if asked := tidied(v.asked("day")); asked != "" {
		var err error
		if on, err = period.ParseDay(asked); err != nil {
			return err
		}
	}
	state := v.asked("state")
	if state != "" && claim.State(state).Label() == (fault.Text{}) {
		return refuse(fault.Invalid, "state", fault.Text{ZH: "没有这种状态", EN: "there is no such state"}, fault.Text{ZH: "从列表上方选择", EN: "choose one above the list"})
	}
	page, err := strconv.Atoi(cmp.Or(v.asked("page"), "1"))
	if err != nil || page < 1 {
		return refuse(fault.Invalid, "page", fault.Text{ZH: "没有这一页", EN: "there is no such page"}, fault.Text{ZH: "从第一页看起", EN: "begin with the first"})
	}
	d, err := v.day(on, state, page)
	if err != nil {
		return err
	}
	d.Kept = v.asked("kept")
	return v.show(http.StatusOK, v.say("结算单", "Settlements"), settlementsPage(v, d))
}

// day reads a page of the bills of a day. Whose they are is told with masked names; the look is recorded all the same.
func (v *view) day(on period.Day, state string, page int) (d day, err error) {
	from := time.Unix(int64(on)*86400-8*3600, 0)
	err = v.look(func(tx *store.Tx) error {
		d = day{Day: on, State: state, Mine: on == v.today(), Page: page}
		span := claim.Span{Provider: v.Provider, From: from, To: from.Add(24 * time.Hour), State: claim.State(state)}
		counts, err := claim.CountIn(tx, span)
		if err != nil {
			return err
		}
		for s, n := range counts {
			if isOpen(claim.Claim{State: s}) {
				d.Open += n
			}
			if state == "" || string(s) == state {
				d.Count += n
			}
		}
		d.Pages = max((d.Count+pageRows-1)/pageRows, 1)
		claims, err := claim.In(tx, span, pageRows, (min(page, d.Pages+1)-1)*pageRows)
		if err != nil {
			return err
		}
		return v.rows(tx, &d, claims)
	})
	return d, err
}

// rows fills a list with the bills of a page.
func (v *view) rows(tx *store.Tx, d *day, claims []claim.Claim) error {
	kept, err := v.Record.Claims.Kept(tx, claims)
	if err != nil {
		return err
	}
	var people []string
	for _, c := range claims {
		if !slices.Contains(people, c.Person) {
			people = append(people, c.Person)
		}
	}
	if err := v.ahead(tx, people); err != nil {
		return err
	}
	for _, c := range claims {
		r := row{Claim: c}
		if r.Person, err = v.maskedName(tx, c.Person); err != nil {
			return err
		}
		if k, ok := kept[c.ID]; ok {
			b := k.Figures.Bill
			r.Total, r.Patient = (b.InScope + b.SelfFirst + b.OverLimit + b.OutOfScope).Grouped(), k.Figures.Patient.Grouped()
			d.Sum += k.Figures.Patient
		}
		d.Rows = append(d.Rows, r)
	}
	return v.looked(tx, "web.list", d.Day.String(), people...)
}

// maskedName is who a row of a list is about.
func (v *view) maskedName(tx *store.Tx, person string) (string, error) {
	s, err := v.register().Subject(tx, person, v.today(), v.today())
	switch {
	case gone(err):
		return v.say("已迁出", "moved away"), nil
	case err != nil:
		return "", err
	default:
		return ident.MaskName(s.Name), nil
	}
}

// states are the filters above a list.
var states = []claim.State{"", claim.Received, claim.Previewed, claim.Advanced, claim.Confirmed, claim.Reversed}

func (v *view) stateName(s claim.State) string {
	if s == "" {
		return v.say("全部", "All")
	}
	return v.in(s.Label())
}

// paged is a list's next or earlier page.
func paged(d day, page int) string {
	return filtered(d.Day, claim.State(d.State)) + "&page=" + itoa(page)
}

// filtered is a list with its filters in the address.
func filtered(on period.Day, state claim.State) string {
	q := url.Values{"day": {on.String()}}
	if state != "" {
		q.Set("state", string(state))
	}
	return "/settlements?" + q.Encode()
}

// address is where a bill of a list is: by its number, and its revision where that was reversed.
func address(c claim.Claim) string {
	if c.State == claim.Reversed {
		return at(c.Number) + "?revision=" + itoa(c.Revision)
	}
	return at(c.Number)
}

func (v *view) help() error {
	return v.show(http.StatusOK, v.say("操作说明", "Help"), helpPage(v))
}

// display keeps how large letters are shown, and goes back to where it was asked for.
func (v *view) display() error {
	size := "md"
	if v.asked("size") == "lg" {
		size = "lg"
	}
	if v.session != nil {
		if err := v.act("desk.size", func(tx *store.Tx) error { return v.Record.Desks.SetSize(tx, v.session.Account.ID, size) }); err != nil {
			return err
		}
	}
	v.keepSize(size)
	return v.goOn(v.asked("back"))
}

// keepSize lets the browser remember how large letters are shown, so that the page to sign in on has them too.
func (v *view) keepSize(size string) {
	http.SetCookie(v.w, &http.Cookie{Name: "size", Value: size, Path: "/", MaxAge: 365 * 86400, HttpOnly: true, Secure: v.Secure || v.r.TLS != nil, SameSite: http.SameSiteLaxMode})
}

func (v *view) nowhere() error {
	return refuse(fault.NotFound, "nowhere", fault.Text{ZH: "没有这个页面", EN: "there is no such page"}, fault.Text{ZH: "回到工作台，从那里打开", EN: "go back to the work queue and open it from there"})
}
