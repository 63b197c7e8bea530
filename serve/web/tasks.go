package web

import (
	"slices"
	"strconv"
	"strings"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/fund"
	"doudi/record/job"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// taskSources are where tasks come from, with the permissions of which one is needed.
var taskSources = []struct {
	may []auth.Permission
	of  func(v *view, tx *store.Tx) ([]task, error)
}{
	{only(auth.MakeTasks, auth.AnswerTasks), (*view).slipTasks},
	{only(auth.SeePeople), (*view).openCases},
	{only(auth.MakeImports, auth.CheckImports), (*view).importTasks},
	{only(auth.MakeRuns, auth.CheckRuns), (*view).runTasks},
	{only(auth.MakeBatches, auth.CheckBatches), (*view).batchTasks},
	{only(auth.CountLists), (*view).listTasks},
	{only(auth.PayBatches), (*view).payTasks},
	{only(auth.MakeStanding, auth.CheckStanding), func(v *view, tx *store.Tx) ([]task, error) { return v.changeTasks(tx, upkeep.Standing, ofStanding) }},
	{only(auth.MakeFunds, auth.CheckFunds), func(v *view, tx *store.Tx) ([]task, error) { return v.changeTasks(tx, upkeep.Money, ofMoney) }},
	{only(auth.MakeFunds), (*view).debtTasks},
	{only(auth.MakePolicies, auth.CheckPolicies), (*view).policyTasks},
	{only(auth.MakeImports, auth.MakeRuns, auth.MakeBatches, auth.MakePolicies), (*view).jobTasks},
}

// collects tells whether the post sees to reviews and documents. Who checks what others did, and who audits, looks at people without that.
func (v *view) collects() bool {
	return v.may(auth.SeePeople) && !v.may(auth.CheckRuns) && !v.may(auth.SeeAudit)
}

// openCases are the reviews that are due and the documents that are missing by the latest approved month, place by place: a town's by villages, the county's by towns.
func (v *view) openCases(tx *store.Tx) (list []task, err error) {
	if !v.collects() {
		return nil, nil
	}
	s, err := v.readMonth(tx)
	if err != nil {
		return nil, err
	}
	places, err := v.divisionNames(tx)
	for _, one := range s.stands {
		if !slices.Contains(openVerdicts, one.Verdict) || !ident.Contains(v.area(), one.Division) {
			continue
		}
		part := v.partOfArea(one.Division)
		t := task{Matter: ofDocuments, Name: places.of(part) + " " + v.openName(one.Verdict), Place: part, Count: one.Subjects, Path: v.waitingAddress(string(one.Verdict), part)}
		if one.Verdict == explain.ReviewDue {
			t.Matter, t.Due = ofReviews, one.ReviewBy
		}
		same := func(o task) bool {
			return o.Matter == t.Matter && o.Place == t.Place && (o.Due == 0) == (t.Due == 0) && (o.Due < v.today()) == (t.Due < v.today())
		}
		if i := slices.IndexFunc(list, same); i >= 0 {
			list[i].Count += t.Count
			list[i].Due = min(list[i].Due, t.Due)
			continue
		}
		list = append(list, t)
	}
	for i := range list {
		if t := &list[i]; t.Due != 0 && t.Count > 1 {
			t.Said = v.say("最早的 %s 到期", "the earliest were due on %s", t.Due)
		} else if t.Due != 0 {
			t.Said = v.say("%s 到期", "due on %s", t.Due)
		}
	}
	return list, err
}

// partOfArea is the part of the post's division that something lies in: of the county a town, of a town a village.
func (v *view) partOfArea(d ident.Division) ident.Division {
	digits := townDigits
	if len(v.area()) >= townDigits {
		digits = villageDigits
	}
	return d[:min(len(d), digits)]
}

// importTasks are the rolls that somebody else may let into the register, and those of one's own that ask something or were given up by another.
func (v *view) importTasks(tx *store.Tx) (list []task, err error) {
	imports, err := v.Record.Rolls.List(tx, roll.Filter{Sender: v.sender()}, "", pageTasks)
	for _, i := range imports {
		own := i.Maker.ID == v.Operator.ID
		t := task{Matter: ofImports, Name: i.Name + " · " + i.Source, Place: i.Division, Count: 1, Since: i.Changed, By: i.Maker.Name, Path: "/imports/" + i.ID}
		switch {
		case i.State == roll.Ready && v.may(auth.CheckImports) && !own:
			t.Check, t.Said = true, v.say("%d 行待审阅写入", "%d rows to look at and let in", i.Rows)
		case i.State == roll.Ready && v.may(auth.MakeImports) && own && i.Counts.Verdicts[roll.Ambiguous] > 0:
			t.Said = v.say("%d 行要您定夺", "%d rows ask for your decision", i.Counts.Verdicts[roll.Ambiguous])
		case i.State == roll.Asking && v.may(auth.MakeImports) && own:
			t.Path, t.Said = t.Path+"/columns", v.say("要写明各列是什么", "it is to be said what its columns are")
		case i.State == roll.Dropped && own && i.Changer.ID != v.Operator.ID:
			t.Back, t.By, t.Seen, t.Said = true, i.Changer.Name, t.Path+" dropped", v.say("没有写入登记，整份放弃了", "it was given up and did not enter the register")
		default:
			continue
		}
		list = append(list, t)
	}
	return list, err
}

// runTasks are a month that waits for a check, and one of one's own that somebody made void.
func (v *view) runTasks(tx *store.Tx) ([]task, error) {
	runs, err := benefit.Runs(tx)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	r, own := runs[0], runs[0].Maker.ID == v.Operator.ID
	t := task{Matter: ofRuns, Name: r.Month.String() + v.say(" 核定", " run"), Count: 1, Since: r.Started, By: r.Maker.Name, Path: runAddress(r.Number, "", "", "")}
	switch {
	case r.State == benefit.Review && v.may(auth.CheckRuns) && !own:
		t.Check, t.Said = true, v.say("先看差异，再复核", "differences first, then the check")
	case r.State == benefit.Void && own && r.Checker.ID != v.Operator.ID:
		t.Back, t.By, t.Since, t.Said, t.Seen = true, r.Checker.Name, r.Closed, r.Note, t.Path+" void"
	default:
		return nil, nil
	}
	return []task{t}, nil
}

// batchTasks are batches to hand in, those that came back among them, and those of others to check.
func (v *view) batchTasks(tx *store.Tx) (list []task, err error) {
	for _, step := range []struct {
		state payment.State
		may   auth.Permission
	}{{payment.Draft, auth.MakeBatches}, {payment.ToCheck, auth.CheckBatches}, {payment.Void, auth.MakeBatches}} {
		if !v.may(step.may) {
			continue
		}
		batches, err := payment.Batches(tx, payment.Filter{State: step.state}, "", pageBatches)
		if err != nil {
			return nil, err
		}
		for _, b := range batches {
			whole, err := payment.Get(tx, b.ID)
			if err != nil {
				return nil, err
			}
			if t, waits := v.batchTask(whole); waits {
				list = append(list, t)
			}
		}
	}
	return list, nil
}

func (v *view) batchTask(b payment.Batch) (t task, waits bool) {
	t = task{Matter: ofBatches, Name: b.Number + " · " + v.schemeName(b.Scheme), Count: 1, Path: batchAddress(b.Number, ""), Said: v.say("%d 人，%s 元", "%d people, %s yuan", b.People, b.Total.Grouped())}
	last := b.Acts[len(b.Acts)-1]
	t.Since, t.By = last.When, last.Actor.Name
	switch b.State {
	case payment.Draft:
		if back := b.Last(payment.SendBack); back != nil && (b.Last(payment.HandIn) == nil || !back.When.Before(b.Last(payment.HandIn).When)) {
			t.Back, t.By, t.Since, t.Said = true, back.Actor.Name, back.When, back.Note
		}
		return t, true
	case payment.ToCheck:
		t.Check = true
		return t, !madeBy(b, v.Operator.ID)
	}
	t.Back, t.Said, t.Seen = true, last.Note, t.Path+" void"
	return t, madeBy(b, v.Operator.ID) && last.Actor.ID != v.Operator.ID
}

// payTasks are locked batches that the bank was not told of, or has not paid whole: what came back is sent back.
func (v *view) payTasks(tx *store.Tx) (list []task, err error) {
	unpaid, err := payment.Unpaid(tx, pageBatches)
	if err != nil {
		return nil, err
	}
	for _, b := range unpaid {
		sums, err := payment.SumsOf(tx, &b)
		if err != nil {
			return nil, err
		}
		t := task{Matter: ofBatches, Name: b.Number + " · " + v.schemeName(b.Scheme), Count: 1, Path: batchAddress(b.Number, "")}
		switch {
		case sums.Failed.Number > 0:
			t.Back, t.Count, t.Said = true, int(sums.Failed.Number), v.say("银行退回 %d 笔 %s 元，等处理", "%d payments of %s yuan came back from the bank", sums.Failed.Number, sums.Failed.Amount.Grouped())
		case sums.Mended.Number > 0 || sums.Ordered.Number == 0:
			t.Said = v.say("待生成银行文件", "a file for the bank is to be drawn up")
		default:
			t.Said = v.say("已送银行 %d 笔，待导入回盘", "%d payments are at the bank, its answer is to be read", sums.Sent.Number)
		}
		list = append(list, t)
	}
	return list, nil
}

// changeTasks are the changes of an area that wait for the reader's check, and the reader's own that were sent back.
func (v *view) changeTasks(tx *store.Tx, area upkeep.Area, about matter) (list []task, err error) {
	waiting, err := upkeep.Waiting(tx, area)
	if err != nil {
		return nil, err
	}
	answered, err := upkeep.Answered(tx, area, pageChanges)
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Concat(waiting, answered) {
		t := task{Matter: about, Count: 1, Since: c.Made, By: c.Maker.Name, Said: c.Reason, Path: changesOf[area].change(c.ID)}
		switch a := c.Answer; {
		case v.mayApprove(c):
			t.Check = true
		case a != nil && !a.Approved && c.Maker.ID == v.Operator.ID && a.Checker.ID != v.Operator.ID:
			t.Back, t.By, t.Since, t.Said, t.Seen = true, a.Checker.Name, a.Given, a.Note, t.Path+" back"
		default:
			continue
		}
		l, err := v.changeLine(tx, c)
		if err != nil {
			return nil, err
		}
		t.Name = v.summed(l.Told)
		list = append(list, t)
	}
	return list, nil
}

// policyTasks are adoptions, and the ends of some, that others propose, and the reader's own that were sent back.
func (v *view) policyTasks(tx *store.Tx) (list []task, err error) {
	all, err := adoption.All(tx)
	if err != nil {
		return nil, err
	}
	places, err := v.divisionNames(tx)
	for _, a := range all {
		t := task{Matter: ofPolicies, Name: v.packTitle(a.PackID) + " · " + places.of(a.Division), Count: 1, Path: "/adoptions/" + a.ID}
		last := a.Decisions[len(a.Decisions)-1]
		d, waits := undecided(a)
		switch answer := last.Answer; {
		case waits && v.may(auth.CheckPolicies) && d.Maker.ID != v.Operator.ID:
			t.Check, t.By, t.Since, t.Said = true, d.Maker.Name, d.Made, d.Reason
		case answer != nil && !answer.Approved && last.Maker.ID == v.Operator.ID && answer.Checker.ID != v.Operator.ID:
			t.Back, t.By, t.Since, t.Said, t.Seen = true, answer.Checker.Name, answer.Given, answer.Note, t.Path+" "+last.ID
		default:
			continue
		}
		list = append(list, t)
	}
	return list, err
}

// packTitle is what a pack is called; one that this program does not have is told by its id.
func (v *view) packTitle(id string) string {
	if i := slices.IndexFunc(v.Record.Benefits.Packs, func(p *policy.Pack) bool { return p.ID == id }); i >= 0 {
		return v.in(v.Record.Benefits.Packs[i].Title)
	}
	return id
}

// debtTasks are what special accounts owe institutions by a day that a document sets.
func (v *view) debtTasks(tx *store.Tx) (list []task, err error) {
	owed, err := v.owedBy(tx)
	for _, o := range owed {
		t := task{Matter: ofDebts, Name: v.say("付给 %s", "pay %s", o.Name), Count: o.Count, Due: o.First, Path: o.Path, Said: v.in(o.FundName) + v.say(" %s 元", ", %s yuan", o.Amount.Grouped())}
		if o.Overdue > 0 {
			t.Count, t.Said = o.Overdue, v.in(o.FundName)+v.say(" 逾期 %s 元", ", %s yuan late", o.Late.Grouped())
		}
		list = append(list, t)
	}
	return list, err
}

// owedTo is what a fund owes an institution by some day.
type owedTo struct {
	debtRow
	FundName fault.Text
}

// owedBy are the debts of all special accounts to institutions that are due by some day.
func (v *view) owedBy(tx *store.Tx) (list []owedTo, err error) {
	codes, err := fund.Codes(tx)
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		totals, err := fund.TotalsOf(tx, code, v.today())
		if err != nil {
			return nil, err
		}
		for _, t := range totals {
			if t.First == 0 || t.Payee.Kind != fund.Provider {
				continue
			}
			f, err := fund.Find(tx, code)
			if err != nil {
				return nil, err
			}
			o := owedTo{debtRow{Total: t, Path: debtsAddress(code, t.Payee.ID, fund.Commitment{})}, f.Name}
			if o.Name, err = v.payeeName(tx, t.Payee); err != nil {
				return nil, err
			}
			list = append(list, o)
		}
	}
	return list, nil
}

// jobTasks are the reader's jobs that failed and were not begun again.
func (v *view) jobTasks(tx *store.Tx) (list []task, err error) {
	failed, err := v.Record.Jobs.List(tx, job.Filter{Kinds: v.jobKinds(true), State: job.Failed}, "", pageJobs)
	for _, j := range failed {
		if j.Asker.ID != v.Operator.ID || j.Failure == nil {
			continue
		}
		name := strings.TrimSpace(v.in(j.Work.Kind.Label()) + " " + v.about(j))
		list = append(list, task{Matter: ofJobs, Name: name, Count: 1, Back: true, Since: j.Changed, Said: v.in(j.Failure.Message), Path: jobAddress(j.ID), Seen: jobAddress(j.ID) + " " + strconv.FormatInt(j.Attempt, 10)})
	}
	return list, err
}

// Within so many days a policy that ends, and a review that comes, are reminded of.
const (
	policyEnds  = 60
	reviewsCome = 30
)

// reminders are what is not a task yet: policies that end, reviews that come, an office that is not open yet.
func (v *view) reminders(tx *store.Tx) (list []link, err error) {
	all, err := adoption.All(tx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		left := int(a.Span.To - v.today())
		here := ident.Contains(a.Division, v.area()) || ident.Contains(v.area(), a.Division)
		if v.may(auth.SeePolicies) && here && v.standing(a) && a.Span.Contains(v.today()) && a.Span.To != period.Latest && left <= policyEnds {
			list = append(list, link{v.say("%s %d 天后到期", "%s ends in %d days", v.packTitle(a.PackID), left), "/adoptions/" + a.ID})
		}
	}
	if !v.collects() {
		return list, nil
	}
	s, err := v.readMonth(tx)
	if err != nil {
		return nil, err
	}
	coming, err := v.coming(tx, s)
	if coming > 0 {
		list = append(list, link{v.say("年度复核 %d 人次 %d 天内到期", "%d yearly reviews come within %d days", coming, reviewsCome), v.waitingAddress(comingTab, "")})
	}
	return list, err
}

// coming is how many reviews come soon in the post's division, of the benefits it may read.
func (v *view) coming(tx *store.Tx, s monthEnd) (n int, err error) {
	if s.month == 0 {
		return 0, nil
	}
	list, err := benefit.ComingReviews(tx, benefit.Standings{Division: v.area(), Schemes: s.schemes(""), Until: v.today().AddDays(reviewsCome)}, s.month)
	for _, c := range list {
		n += c.Subjects
	}
	return n, err
}

// fillNumbers adds the figures that the record knows of the month: of people where the post sees to them, else of money.
func (v *view) fillNumbers(tx *store.Tx, p *workPage) error {
	switch {
	case v.may(auth.SeePeople):
		s, err := v.readMonth(tx)
		if err != nil || s.month == 0 {
			return err
		}
		given := s.count(explain.Pays, v.area()) + s.count(explain.Covered, v.area())
		p.NumbersOf = v.say("%s 核定", "run of %s", s.month)
		p.Numbers = []number{{v.say("享受人次", "given"), thousands(int64(given))}, {v.openName(explain.ReviewDue), thousands(int64(s.count(explain.ReviewDue, v.area())))},
			{v.openName(explain.DocumentsNeeded), thousands(int64(s.count(explain.DocumentsNeeded, v.area())))}}
		if access, _ := v.session.May(auth.SeePeople); access.Shows(rule.Finance) {
			p.Numbers = append(p.Numbers, number{v.say("本月金额（元）", "this month (yuan)"), s.sum(v.area()).Grouped()})
		}
	case v.may(auth.SeeFunds):
		at, err := positionOfAll(tx)
		if err != nil {
			return err
		}
		p.NumbersOf = v.say("资金专账（元）", "special accounts (yuan)")
		p.Numbers = []number{{v.say("预算", "given"), at.Budget().Grouped()}, {v.say("已支出", "paid"), at.Paid.Grouped()}, {v.say("在途", "not paid yet"), at.Due.Grouped()}, {v.say("可用余额", "headroom"), at.Available.Grouped()}}
	}
	return nil
}

// positionOfAll is where the money of all special accounts stands together.
func positionOfAll(tx *store.Tx) (all fund.Position, err error) {
	codes, err := fund.Codes(tx)
	if err != nil {
		return all, err
	}
	for _, code := range codes {
		at, err := fund.PositionOf(tx, code)
		if err != nil {
			return all, err
		}
		if all, err = all.Add(at); err != nil {
			return all, err
		}
	}
	return all, nil
}
