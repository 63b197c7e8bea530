package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/rule"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/calendar"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/serve/present"
)

// settlement is the page of one bill.
type settlement struct {
	card
	Claim     claim.Claim
	Waterfall *present.Waterfall // nil when the document has no rule for the bill
	Page      *present.Page      // what is told then
	Checks    []present.Check
	Deadlines []deadline
	Changes   []claim.Change // of later bills
	Differs   []difference   // from what was shown before
	Trouble   trouble        // why it cannot be settled, when it cannot
	Payable   bool
	Key       string
	Digest    string
	Shown     string // the figures shown, for Differs
	Successor string // the number of the bill that replaced this one
	Reason    string // why it was reversed
}

// deadline is something that can still be done about a refusal, and until when.
type deadline struct {
	Act  string
	Due  period.Day
	Left int // working days; below zero it is late
}

// difference is a figure that is another one than was shown.
type difference struct{ Name, Before, After string }

// suffix of the address of a bill's paper. A number may end in it too, and then counts more.
const printSuffix = ".print"

// bill finds the bill of the address: the revision asked for, or the latest. Code: web.bill-unknown.
func (v *view) bill(tx *store.Tx) (claim.Claim, error) {
	number := v.r.PathValue("no")
	revision, err := strconv.Atoi(cmp.Or(v.asked("revision"), "0"))
	if err != nil || revision < 0 {
		return claim.Claim{}, refuse(fault.Invalid, "revision", fault.Text{ZH: "网址里的版次写错了", EN: "the revision in the address is not a number"}, fault.Text{ZH: "从结算单列表打开", EN: "open it from the list"})
	}
	c, err := claim.ByNumber(tx, v.Provider, number, revision)
	if paper, ok := strings.CutSuffix(number, printSuffix); ok && fault.CodeOf(err) == "claim.unknown" {
		number = paper
		c, err = claim.ByNumber(tx, v.Provider, number, revision)
	}
	if fault.CodeOf(err) == "claim.unknown" {
		return c, refuse(fault.NotFound, "bill-unknown", fault.Text{ZH: "本院没有账单 " + fault.Quote(number), EN: "this hospital has no bill " + fault.QuoteEN(number)},
			fault.Text{ZH: "核对单号；或按身份证号查找病人", EN: "check the number, or search the patient"})
	}
	return c, err
}

// settlement shows a bill where it stands: what would come of it, what came of it, or that it was taken back.
func (v *view) settlement() error {
	if strings.HasSuffix(v.r.PathValue("no"), printSuffix) {
		if err := v.print(); !errors.Is(err, errNoPaper) {
			return err
		}
	}
	return v.showSettlement(http.StatusOK, "", nil)
}

// errNoPaper tells that the address is that of a bill itself.
var errNoPaper = errors.New("not the address of a paper")

// showSettlement shows it after an act that did not come about, too: was are the figures shown then.
func (v *view) showSettlement(status int, was string, why error) error {
	var s settlement
	err := v.look(func(tx *store.Tx) (err error) {
		s = settlement{Key: newKey()}
		if s.Claim, err = v.bill(tx); err != nil {
			return err
		}
		if s.card, err = v.card(tx, s.Claim.Person); err != nil {
			return err
		}
		switch s.Claim.State {
		case claim.Confirmed:
			return v.settled(tx, &s)
		case claim.Reversed:
			return v.reversed(tx, &s)
		default:
			return v.previewed(tx, &s)
		}
	})
	if err != nil {
		return err
	}
	if why != nil {
		s.Trouble = v.trouble(why)
		s.Differs = v.differences(was, s.Shown)
	}
	v.here = address(s.Claim)
	title := s.Claim.Number + " " + v.in(s.Claim.State.Label())
	return v.show(status, title, settlementPage(v, s))
}

// previewed is what would come of a bill that is not settled yet. What stands in the way of settling it is told on its page.
func (v *view) previewed(tx *store.Tx, s *settlement) error {
	p, err := v.Record.Claims.Preview(tx, s.Claim.ID, v.purpose())
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unavailable {
			return err
		}
		s.Trouble = v.trouble(err) // and the look is recorded all the same
		return v.looked(tx, "web.settlement", s.Claim.ID, s.Claim.Person)
	}
	s.Claim, s.Digest, s.Changes = p.Claim, p.Digest, p.Changes
	s.Shown, err = shownFigures(p.Settled.Figures)
	if err != nil {
		return err
	}
	s.Payable = settles(p.Result)
	v.tell(s, p.Result, p.Subject)
	days, err := calendar.Of(tx)
	if err != nil {
		return err
	}
	if s.Deadlines, err = v.deadlines(days, p.Result, p.Subject); err != nil {
		return err
	}
	return v.overlaps(tx, s, p.Settled.Figures)
}

// settled is a bill that was settled, with the words of then.
func (v *view) settled(tx *store.Tx, s *settlement) error {
	result, who, kept, err := v.Record.Claims.Statement(tx, s.Claim.ID)
	if err != nil {
		return err
	}
	v.tell(s, result, who)
	if err := v.overlaps(tx, s, kept.Figures); err != nil {
		return err
	}
	return v.looked(tx, "web.statement", s.Claim.ID, s.Claim.Person)
}

// reversed is a bill that was taken back: why, and what stands in its place.
func (v *view) reversed(tx *store.Tx, s *settlement) error {
	next, found, err := claim.Replacing(tx, s.Claim.ID)
	if err != nil {
		return err
	}
	if found {
		s.Successor = next.Number
	}
	if s.Reason, err = v.reason(tx, s.Claim); err != nil {
		return err
	}
	return v.looked(tx, "web.settlement", s.Claim.ID, s.Claim.Person)
}

// tell puts a result into words for this desk.
func (v *view) tell(s *settlement, r *settle.Result, who *subject.Subject) {
	who.Name = s.Name
	s.Waterfall = present.Layers(r, who, v.options())
	if s.Waterfall == nil {
		s.Page = present.Statement(r, who, v.options())
		return
	}
	if v.may(auth.SeePolicies) {
		s.Waterfall.Link = string(v.href(v.clauseAddress(r.Basis.Pack, r.Settlement.Clause.Number)))
	}
	s.Checks = append(s.Checks, present.Check{Mark: present.Yes, Text: v.say("已登记为本县居民", "registered in this county"), Source: s.Home})
	s.Checks = append(s.Checks, s.Waterfall.Checks...)
}

// settles tells whether a result can be confirmed.
func settles(r *settle.Result) bool {
	return r.PatientKnown && (r.Verdict == "pays" || r.Verdict == "covered")
}

// overlaps looks for settled bills of the same days.
func (v *view) overlaps(tx *store.Tx, s *settlement, f claim.Figures) error {
	all, err := claim.Of(tx, s.Claim.Person)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(c claim.Claim) bool { return c.ID == s.Claim.ID || c.State != claim.Confirmed })
	kept, err := v.Record.Claims.Kept(tx, all)
	if err != nil {
		return err
	}
	clear := true
	for _, c := range all {
		if k, ok := kept[c.ID]; ok && overlap(k.Figures, f) {
			clear = false
			number := c.Number
			if c.Provider != v.Provider {
				number = v.say("其他机构", "another institution")
			}
			s.Checks = append(s.Checks, present.Check{Mark: present.Open, Text: v.say("与已结算的账单日期重叠：%s", "days overlap with a settled bill: %s", number), Source: daysOf(k.Figures)})
		}
	}
	if clear {
		s.Checks = append(s.Checks, present.Check{Mark: present.Yes, Text: v.say("没有重复，日期不与其他账单重叠", "no duplicate, no days shared with another bill"), Source: v.say("已结算 %d 张", "%d settled", len(all))})
	}
	return nil
}

// overlap tells whether two settlements are of the same days; those without a span count by the day that decides.
func overlap(a, b claim.Figures) bool {
	from, to := daySpan(a)
	from2, to2 := daySpan(b)
	return from <= to2 && from2 <= to
}

func daySpan(f claim.Figures) (from, to string) {
	return cmp.Or(f.From, f.Decided.String()), cmp.Or(f.To, f.Decided.String())
}

func daysOf(f claim.Figures) string {
	from, to := daySpan(f)
	if from == to {
		return from
	}
	return from + " – " + to
}

// deadlines are, with the working days of the county, what the document lets people still do about a bill that its payers do not bear: the steps with a last day of the
// procedures that belong to the settlement.
func (v *view) deadlines(days *period.Calendar, r *settle.Result, s *subject.Subject) ([]deadline, error) {
	if r.Settlement == nil || settles(r) {
		return nil, nil
	}
	from, ok := arrival(s)
	if !ok {
		return nil, nil
	}
	asked := *s
	asked.Procedure = subject.Progress{Start: from, Started: true}
	var list []deadline
	for _, x := range r.Basis.Pack.Procedures {
		if !belongs(r, x.ID, x.Items) || r.Basis.InForce(from) != nil {
			continue
		}
		steps, err := entitle.Steps(r.Basis, &asked, x, from)
		if err != nil {
			return nil, err
		}
		for _, step := range steps.Steps {
			if step.Applies == rule.Met && step.Due != nil && step.Step.Within != nil {
				left, err := workingDays(days, v.today(), *step.Due)
				if err != nil {
					return nil, err
				}
				list = append(list, deadline{v.in(step.Step.Act), *step.Due, left})
			}
		}
	}
	return list, nil
}

// arrival is the day from which what comes late is counted.
func arrival(s *subject.Subject) (period.Day, bool) {
	for _, name := range []string{"visit.arrived", "visit.admitted", "visit.date"} {
		if fact, ok := s.Facts.At(name, rule.Forever); ok {
			if day, ok := fact.Value.(rule.Day); ok {
				return period.Day(day), true
			}
		}
	}
	return 0, false
}

// belongs tells whether a procedure is about the settlement's matter: they share an item of the document, or a benefit that does names it.
func belongs(r *settle.Result, procedure string, items []string) bool {
	share := func(other []string) bool {
		return slices.ContainsFunc(other, func(item string) bool { return slices.Contains(r.Settlement.Items, item) })
	}
	if share(items) {
		return true
	}
	for _, b := range r.Basis.Pack.Benefits {
		if b.Procedure == procedure && share(b.Items) {
			return true
		}
	}
	return false
}

// workingDays counts the working days from today to a day; below zero when it has passed.
func workingDays(days *period.Calendar, today, due period.Day) (int, error) {
	if due < today {
		n, err := days.WorkingBetween(due, today)
		return -max(n, 1), err
	}
	return days.WorkingBetween(today, due)
}

// shown is a figure as it was shown, kept in the form so that what changed can be named.
type shown struct {
	Payer  string
	Amount money.Fen
}

func shownFigures(f claim.Figures) (string, error) {
	list := []shown{{"", f.Patient}}
	for _, p := range f.Payers {
		list = append(list, shown{p.ID, p.Amount})
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// differences name what is another figure now. What the form carried is compared and never trusted.
func (v *view) differences(before, after string) []difference {
	var was, is []shown
	if json.Unmarshal([]byte(before), &was) != nil || json.Unmarshal([]byte(after), &is) != nil {
		return nil
	}
	var list []difference
	for _, now := range is {
		for _, then := range was {
			if then.Payer == now.Payer && then.Amount != now.Amount {
				list = append(list, difference{cmp.Or(now.Payer, v.say("个人应付", "Patient pays")), then.Amount.Grouped(), now.Amount.Grouped()})
			}
		}
	}
	return list
}

// confirm settles what was shown. The form's key makes sending it twice do it once; the digest keeps it to the figures shown.
func (v *view) confirm() error {
	digest := v.asked("digest")
	if digest == "" || v.asked("key") == "" {
		return refuse(fault.Invalid, "form-stale", fault.Text{ZH: "没有核对过的数字，没有结算", EN: "there are no figures that were looked at; nothing was settled"}, fault.Text{ZH: "打开账单，核对后再确认", EN: "open the bill, check the figures and confirm then"})
	}
	var c claim.Claim
	content := []byte(v.r.PathValue("no") + "\n" + v.asked("revision") + "\n" + digest)
	_, err := v.Record.Store.Write(v.r.Context(), v.command("web.confirm", v.asked("key"), content), func(tx *store.Tx) (any, error) {
		var err error
		if c, err = v.bill(tx); err != nil {
			return nil, err
		}
		return v.Record.Claims.Confirm(tx, c.ID, digest)
	})
	switch fault.KindOf(err) {
	case "":
		return v.see(at(strings.TrimSpace(v.r.PathValue("no")), printSuffix+"?now=1"))
	case fault.Conflict, fault.Missing:
		return v.showSettlement(statuses[fault.KindOf(err)], v.asked("shown"), err)
	default:
		return err
	}
}

// trace is the whole computation, as every page of a decision tells it.
func (v *view) trace() error {
	var page *present.Page
	var s settlement
	err := v.look(func(tx *store.Tx) error {
		result, who, err := v.result(tx, &s)
		if err != nil {
			return err
		}
		o := v.options()
		o.Why = true
		page = present.Statement(result, who, o)
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, s.Claim.Number+" "+v.say("计算过程", "computation"), tracePage(v, s, page))
}

// result is what came of a bill, or would come of it.
func (v *view) result(tx *store.Tx, s *settlement) (r *settle.Result, who *subject.Subject, err error) {
	if s.Claim, err = v.bill(tx); err != nil {
		return nil, nil, err
	}
	if s.card, err = v.card(tx, s.Claim.Person); err != nil {
		return nil, nil, err
	}
	if isOpen(s.Claim) {
		p, err := v.Record.Claims.Preview(tx, s.Claim.ID, v.purpose())
		if err != nil {
			return nil, nil, err
		}
		p.Subject.Name = s.Name
		return p.Result, p.Subject, nil
	}
	if r, who, _, err = v.Record.Claims.Statement(tx, s.Claim.ID); err != nil {
		return nil, nil, err
	}
	who.Name = s.Name
	return r, who, v.looked(tx, "web.statement", s.Claim.ID, s.Claim.Person)
}

// print is the statement on paper. Only what is settled is printed.
func (v *view) print() error {
	var w *present.Waterfall
	var s settlement
	err := v.look(func(tx *store.Tx) (err error) {
		if s.Claim, err = v.bill(tx); err != nil {
			return err
		}
		if s.Claim.Number == v.r.PathValue("no") {
			return errNoPaper
		}
		if s.Claim.State != claim.Confirmed {
			return refuse(fault.Conflict, "not-settled", fault.Text{ZH: "这张账单" + s.Claim.State.Label().ZH + "，没有结算单可以打印", EN: "this bill is " + s.Claim.State.Label().EN + ": there is no statement to print"},
				fault.Text{ZH: "结算后再打印", EN: "settle it first"})
		}
		result, who, err := v.result(tx, &s)
		if err != nil {
			return err
		}
		if w = present.Layers(result, who, v.options()); w == nil {
			return refuse(fault.Internal, "no-settlement", fault.Text{ZH: "已结算的账单没有结算规则", EN: "a settled bill without a rule"}, fault.Text{})
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.Person = s.line()
	return v.sendPaper(present.StatementPaper(w, v.paper(s)), "statement")
}

// paper is what a printed statement carries besides the figures.
func (v *view) paper(s settlement) present.Frame {
	printed := dated.Day(v.now).String() + " " + clock(v.now)
	return present.Frame{
		Title:      v.say("结算单 ", "Statement ") + s.Claim.Number,
		Line:       v.say("单号 %s　打印 %s　经办 %s　第 1 联（患者留存）", "No. %s · printed %s · by %s · copy 1 (patient)", s.Claim.Number, printed, v.Operator.Name),
		Signatures: []string{v.say("患者（家属）签字：", "Patient or family:"), v.say("经办人签字：", "Clerk:"), v.say("定点医疗机构盖章：", "Institution's seal:")},
		Stylesheet: asset("desk.css"), Script: asset("desk.js"), Bar: paperBar(v, s)}
}
