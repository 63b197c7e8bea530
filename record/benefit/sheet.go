package benefit

import (
	"cmp"
	"maps"
	"slices"

	"doudi/decide/counter"
	"doudi/decide/entitle"
	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/register"
	"doudi/record/snapshot"
)

var calendar = counter.Calendar

// matter is one subject with everything its months follow from.
type matter struct {
	policies *policies
	county   string
	party    snapshot.Party
	subject  *subject.Subject
	acts     []Act
	facts    []rule.Facts // of the acts
	carried  []carried
	before   []Determination // in force before the run, in the order of their runs
	opening  period.Month    // of the county
	month    period.Month    // the run's

	unknown int64 // verdicts that wait for documents
}

// cell is what a subject is due by a scheme in a month.
type cell struct {
	verdict  explain.Verdict // "" for nothing
	amount   money.Fen
	held     bool
	exit     bool
	every    policy.Period
	first    period.Month // when due once in a longer period: the month it is due in; else the month itself does not matter, 0
	to       period.Month // likewise the last month of the period
	reason   Reason       // where it is known without asking the rule
	adoption string
	division ident.Division
	review   period.Day // by when it is to be looked at again; 0 for never
}

func gives(v explain.Verdict) bool {
	return v == explain.Pays || v == explain.Covered || v == explain.ReviewDue
}

// same tells whether two cells say the same, so that nothing has to be written.
func (c *cell) same(o *cell) bool {
	if !gives(c.verdict) && !gives(o.verdict) {
		return c.verdict == o.verdict
	}
	return c.verdict == o.verdict && c.amount == o.amount && c.held == o.held && c.exit == o.exit && c.first == o.first
}

// due is what the cell makes payable in its month.
func (c *cell) due(m period.Month) money.Fen {
	if !gives(c.verdict) || c.held || c.first != 0 && c.first != m {
		return 0
	}
	return c.amount
}

// standing is the cell that determinations make for a scheme and month: of several the latest run's.
func standing(all []Determination, scheme string, m period.Month) cell {
	for i := len(all) - 1; i >= 0; i-- {
		if d := &all[i]; d.Scheme == scheme && d.From <= m && m <= d.To {
			return d.cell()
		}
	}
	return cell{}
}

func (d *Determination) cell() cell {
	c := cell{verdict: d.Verdict, amount: d.Amount, held: d.Held, exit: d.Exit, every: d.Every, reason: d.Reason, adoption: d.Adoption, division: d.Division, review: d.ReviewBy}
	if !gives(d.Verdict) {
		if d.Verdict != explain.DocumentsNeeded && d.Verdict != explain.NotSelected {
			c.verdict = ""
		}
		return c
	}
	if d.Every != policy.EveryMonth {
		c.first, c.to = d.From, d.To
	}
	return c
}

// sheet is what a subject is due month by month.
type sheet struct {
	from  period.Month // the first that was decided; cells before it are back pay
	cells map[string]map[period.Month]cell
}

func (s *sheet) put(scheme string, m period.Month, c cell) {
	if s.cells[scheme] == nil {
		s.cells[scheme] = map[period.Month]cell{}
	}
	s.cells[scheme][m] = c
}

// sweep decides the months from one to the run's, each with what those before it gave.
func (m *matter) sweep(from period.Month) (*sheet, error) {
	s := &sheet{from: from, cells: map[string]map[period.Month]cell{}}
	tracks := m.tracks(nil, from)
	for month := from; month <= m.month; month++ {
		if err := m.decide(s, tracks, month); err != nil {
			return nil, err
		}
		for scheme, cells := range s.cells {
			tracks.learn(scheme, month, cells[month])
		}
	}
	m.backpay(s)
	return s, nil
}

// decide fills a month of the sheet.
func (m *matter) decide(s *sheet, tracks tracks, month period.Month) error {
	day, gone := m.dayIn(month)
	if gone == Left && len(m.carried) > 0 {
		day = m.lastHere(month)
	}
	if day == 0 {
		for _, name := range m.known(tracks) {
			s.put(name, month, cell{reason: gone})
		}
		return nil
	}
	division := m.home(day)
	forces := m.policies.in(m.county, division, day)
	decided := map[string]bool{}
	for i := range forces {
		f := &forces[i]
		for j := range f.schemes {
			x := &f.schemes[j]
			if x.x.For != m.party.Kind {
				continue
			}
			decided[x.name] = true
			if gone != "" && !m.handedOver(x.name, month) {
				s.put(x.name, month, cell{reason: gone})
				continue
			}
			if gone != "" && m.party.Kind == register.HouseholdKind { // at the end of the month nobody is left of whom it could be decided: what was paid stands
				s.put(x.name, month, standing(m.before, x.name, month))
				continue
			}
			c, err := m.one(f, x, tracks, month)
			if err != nil {
				return err
			}
			if c.adoption, c.division = f.ID, division; c.verdict != "" || c.reason != "" || tracks[x.name] != nil || len(m.before) > 0 {
				s.put(x.name, month, c)
			}
		}
	}
	for _, name := range m.known(tracks) {
		if !decided[name] {
			s.put(name, month, cell{reason: NoPolicy, division: division})
		}
	}
	return nil
}

// known are the schemes by which the subject was due something before.
func (m *matter) known(t tracks) []string {
	var names []string
	for name := range t {
		names = append(names, name)
	}
	for i := range m.before {
		names = append(names, m.before[i].Scheme)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// dayIn is the day on which a month is decided: its last, or that of the death. It is 0 with the reason when the subject was not here.
func (m *matter) dayIn(month period.Month) (period.Day, Reason) {
	day := month.Last()
	if m.party.Dead {
		if m.party.Died < month.First() {
			return 0, Died
		}
		day = min(day, m.party.Died)
	}
	if !slices.ContainsFunc(m.party.Here, func(s register.Stay) bool { return s.Span.Contains(day) }) {
		return 0, Left
	}
	return day, ""
}

// lastHere is the last day on which somebody who left was here, up to the end of a month; 0 for none.
func (m *matter) lastHere(month period.Month) (last period.Day) {
	for _, s := range m.party.Here {
		if s.Span.From <= month.Last() {
			last = max(last, min(s.Span.To, month.Last()))
		}
	}
	return last
}

// home is where the subject lived on a day, or is registered; "" when neither is known to be in the county.
func (m *matter) home(day period.Day) ident.Division {
	for i := len(m.party.Homes) - 1; i >= 0; i-- {
		if m.party.Homes[i].Span.Contains(day) {
			return m.party.Homes[i].Division
		}
	}
	if fact, ok := m.subject.Facts.At("person.hukou", day); ok {
		if at, ok := fact.Value.(rule.Division); ok && ident.Contains(ident.Division(m.county), ident.Division(at)) {
			return ident.Division(at)
		}
	}
	return ""
}

// one decides a scheme for a month.
func (m *matter) one(f *force, x *scheme, tracks tracks, month period.Month) (cell, error) {
	if through := m.paidElsewhere(x.name); through >= month {
		return cell{reason: Elsewhere}, nil
	}
	if x.x.Quota != nil {
		return m.selected(f, x, month), nil
	}
	c := cell{every: x.every}
	if x.every != policy.EveryMonth {
		if t := tracks[x.name]; t != nil {
			if from, to := x.window(f.day); from <= t.last.first && t.last.first <= to {
				if t.last.to < month { // due once: it stands, and covers no later month
					return cell{}, nil
				}
				c = t.last
				c.held = held(m.acts, x.name, c.first, m.month)
				return c, nil
			}
		}
	}
	asked := m.asked(f, x, tracks, month)
	verdict, amount, err := entitle.Quick(f.basis, asked, x.x, f.day)
	switch {
	case err != nil: // it concerns this subject alone: others are decided all the same
		m.unknown++
		return cell{verdict: explain.DocumentsNeeded, reason: Broken}, nil
	case verdict == explain.DocumentsNeeded:
		return m.incomplete(f, x, asked, tracks)
	case !gives(verdict):
		return cell{}, nil
	}
	if missing, err := entitle.Unfixed(f.basis, asked, x.x, f.day); err != nil || len(missing) > 0 {
		return m.incomplete(f, x, asked, tracks)
	}
	c.verdict, c.amount, c.review = verdict, amount, m.reviewBy(f, x, tracks[x.name], month)
	if x.every != policy.EveryMonth {
		_, c.to = x.window(f.day)
		if c.first = month; x.every == policy.Once || x.every == policy.Lifetime {
			c.to = month
		}
	}
	if x.x.Exit != nil {
		out, err := entitle.One(f.basis, asked, x.x, f.day)
		if err != nil {
			return c, err
		}
		c.exit = out.Exit != nil && out.Exit.Known
	}
	c.held = held(m.acts, x.name, month, m.month)
	return c, nil
}

// incomplete is a verdict that waits for documents. It is listed where it is known that the scheme concerns the subject, or was paid before; of all
// others there may be as many as there are people, and they are only counted.
func (m *matter) incomplete(f *force, x *scheme, asked *subject.Subject, t tracks) (cell, error) {
	m.unknown++
	if t[x.name] == nil {
		if x.x.About == nil {
			return cell{}, nil
		}
		concerned, err := entitle.Concerns(f.basis, asked, x.x, f.day)
		if err != nil || concerned != rule.Met {
			return cell{}, nil // Quick has said what is wrong with it
		}
	}
	return cell{verdict: explain.DocumentsNeeded, every: x.every}, nil
}

// asked is the subject as a scheme's rule sees it in a month: with the approval of its application, what persons decided, and what was due before.
func (m *matter) asked(f *force, x *scheme, tracks tracks, month period.Month) *subject.Subject {
	s := *m.subject
	s.History.Determinations = tracks.history(m, f, x, month)
	if len(m.acts) == 0 {
		return &s
	}
	for i := range m.acts {
		if a := &m.acts[i]; a.Kind == Approve && !a.Withdrawn && a.Scheme == x.name {
			if i == 0 || len(s.Facts) == len(m.subject.Facts) {
				s.Facts = maps.Clone(m.subject.Facts)
			}
			maps.Copy(s.Facts, m.facts[i])
		}
	}
	if a := latest(m.acts, Grant, x.name, f.day); a != nil {
		s.Decisions = map[string]subject.Decision{x.x.ID: {Amount: a.Amount, Reason: a.Reason, By: a.By.Name}}
	}
	return &s
}

// track is what a subject was due by one scheme up to some month.
type track struct {
	spans []stretch
	last  cell
}

// stretch is a time for which the same was due without a gap.
type stretch struct {
	from, to period.Month
	cell     cell
}

// tracks are all of a subject's, by scheme.
type tracks map[string]*track

// tracks are what is known at the beginning of a month: of the sheet, and where it does not reach, of earlier runs.
func (m *matter) tracks(s *sheet, until period.Month) tracks {
	t := tracks{}
	begun := m.month
	if s != nil {
		begun = s.from
	}
	if begun = min(begun, until); begun > m.opening || s == nil {
		m.remember(t, begun)
	}
	if s == nil {
		return t
	}
	for month := s.from; month < until; month++ {
		for scheme, cells := range s.cells {
			t.learn(scheme, month, cells[month])
		}
	}
	return t
}

// remember takes the months before one from what earlier runs determined.
func (m *matter) remember(t tracks, until period.Month) {
	if until <= m.opening {
		return
	}
	lowest := until
	for i := range m.before {
		lowest = min(lowest, m.before[i].From)
	}
	for _, scheme := range m.known(nil) {
		for month := max(lowest, m.opening); month < until; month++ {
			t.learn(scheme, month, standing(m.before, scheme, month))
		}
	}
}

// learn adds a month.
func (t tracks) learn(scheme string, month period.Month, c cell) {
	if !gives(c.verdict) || c.reason == Backpay { // back pay comes afterwards, and nothing else stands on it
		return
	}
	if t[scheme] == nil {
		t[scheme] = &track{}
	}
	tr := t[scheme]
	tr.last = c
	if n := len(tr.spans); n > 0 && tr.spans[n-1].to == month-1 && tr.spans[n-1].cell.exit == c.exit && tr.spans[n-1].cell.amount == c.amount {
		tr.spans[n-1].to = month
		return
	}
	tr.spans = append(tr.spans, stretch{month, month, c})
}

// begun is the first month of the time without a gap that a stretch belongs to.
func (t *track) begun(i int) period.Month {
	for i > 0 && t.spans[i-1].to == t.spans[i].from-1 {
		i--
	}
	return t.spans[i].from
}

// history is the record as a rule sees it in a month. What was due until the month before is still on record in it; only of a scheme with a gradual exit
// its own has ended, or the exit would never begin. Steps of an exit are no determinations that another exit begins from.
func (t tracks) history(m *matter, f *force, x *scheme, month period.Month) []subject.Determination {
	var list []subject.Determination
	for name, tr := range t {
		for i, s := range tr.spans {
			own := name == x.name
			if own && x.x.Exit != nil && s.cell.exit {
				continue
			}
			d := subject.Determination{Scheme: m.policies.named(f, name), From: s.from, To: s.to, Amount: monthly(s.cell)}
			if i == len(tr.spans)-1 && s.to == month-1 && s.cell.every == policy.EveryMonth && !(own && x.x.Exit != nil) {
				d.To, d.Standing = month, true
			}
			d.Reviewed, d.HasDay = m.reviewed(name, tr.begun(i), f.day), true
			list = append(list, d)
		}
	}
	for i := range m.carried {
		if c := &m.carried[i]; c.kind == paidKind && c.direction == inward {
			list = append(list, subject.Determination{Scheme: m.policies.named(f, c.scheme), From: c.month, To: c.month, Amount: c.amount})
		}
	}
	slices.SortFunc(list, func(a, b subject.Determination) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Scheme, b.Scheme))
	})
	return list
}

// reviewed is the day of the last review or approval; where neither is on record, of the first decision.
func (m *matter) reviewed(scheme string, from period.Month, day period.Day) period.Day {
	var last *Act
	for _, kind := range []ActKind{Approve, Reviewed} {
		if a := latest(m.acts, kind, scheme, day); a != nil && (last == nil || last.Day < a.Day) {
			last = a
		}
	}
	if last == nil {
		return from.Last()
	}
	return last.Day
}

// reviewBy is the day by which what a scheme gives in a month is to be looked at again; 0 when its document asks for no review.
func (m *matter) reviewBy(f *force, x *scheme, t *track, month period.Month) period.Day {
	if x.x.Review == 0 {
		return 0
	}
	if t != nil && len(t.spans) > 0 {
		month = t.begun(len(t.spans) - 1)
	}
	return m.reviewed(x.name, month, f.day).AddMonths(x.x.Review)
}

// monthly is what a cell comes to in a month.
func monthly(c cell) money.Fen {
	parts := map[policy.Period]int64{policy.EveryQuarter: 3, policy.EveryHalfYear: 6, policy.EveryYear: 12, policy.EverySchoolYear: 12}[c.every]
	if parts == 0 {
		return c.amount
	}
	month, err := money.Divide(c.amount, parts, money.Rounding{})
	if err != nil {
		return c.amount
	}
	return month
}
