package benefit

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"doudi/decide/rule"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
)

// ActKind is what a person decided.
type ActKind string

// The kinds of acts.
const (
	Approve  ActKind = "approve"  // an application was approved on Day, with Facts of application and approval
	Reviewed ActKind = "review"   // the yearly review was done on Day
	Grant    ActKind = "grant"    // Amount, where the document leaves it to judgement, from Day on
	Hold     ActKind = "hold"     // nothing is paid from the month of Day on, until Until; no month that an approved run has called
	withdraw ActKind = "withdraw" // another act counts no more
)

// Act is what a person decided about a subject and a scheme.
type Act struct {
	ID        string
	Subject   string
	Scheme    string // "" for every scheme; of a hold only
	Kind      ActKind
	Day       period.Day
	Until     period.Day // of a hold its last day; rule.Forever for until it is withdrawn
	Amount    money.Fen
	Reason    string
	Facts     map[string]string // application.* and approval.* as JSON, by names of the vocabulary
	By        store.Actor
	At        time.Time
	Withdrawn bool
}

// sealedAct is what is sealed of an act.
type sealedAct struct {
	Reason string            `json:"reason,omitempty"`
	Facts  map[string]string `json:"facts,omitempty"`
}

// Act keeps what a person decided and answers its id. The next run takes it into account. Codes: benefit.subject-unknown,
// benefit.scheme-unknown, benefit.act-incomplete, benefit.fact-unusable.
func (b *Benefits) Act(tx *store.Tx, a Act) (id string, err error) {
	if err := b.checkAct(tx, &a); err != nil {
		return "", err
	}
	return b.addAct(tx, a, nil)
}

func (b *Benefits) checkAct(tx *store.Tx, a *Act) error {
	kind, err := dated.KindOf(tx, a.Subject)
	switch {
	case err != nil:
		return err
	case kind != register.PersonKind && kind != register.HouseholdKind:
		return subjectUnknown(a.Subject)
	case a.Scheme != "" && b.benefitOf(a.Scheme) == nil:
		return schemeUnknown(a.Scheme)
	case a.Scheme == "" && a.Kind != Hold, strings.TrimSpace(a.Reason) == "" && (a.Kind == Hold || a.Kind == Grant), a.Amount < 0, a.Kind != Grant && a.Amount != 0:
		return actIncomplete(a.Kind)
	case !slices.Contains([]ActKind{Approve, Reviewed, Grant, Hold}, a.Kind):
		return actIncomplete(a.Kind)
	}
	if a.Day == 0 {
		a.Day = dated.Today(tx)
	}
	if a.Until == 0 {
		a.Until = rule.Forever
	}
	if a.Kind == Hold { // what an approved run has called is no more for this to hold back
		last, err := Latest(tx)
		if err != nil {
			return err
		}
		if last != nil {
			a.Day = max(a.Day, (last.Month + 1).First())
		}
	}
	if a.Until < a.Day {
		return actIncomplete(a.Kind)
	}
	_, err = b.actFacts(a)
	return err
}

func (b *Benefits) addAct(tx *store.Tx, a Act, ends any) (id string, err error) {
	content, err := json.Marshal(sealedAct{strings.TrimSpace(a.Reason), a.Facts})
	if err != nil {
		return "", err
	}
	sealed, err := b.Cipher.Seal(tx, a.Subject, content)
	if err != nil {
		return "", err
	}
	id = tx.NewID()
	_, err = tx.Exec(`INSERT INTO benefit_act (county_code, act_id, subject_id, scheme, kind, from_day, to_day, amount, ends_id, content, instant, actor_id, actor_name)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`, tx.County, id, a.Subject, a.Scheme, string(a.Kind), a.Day.String(), min(a.Until, period.Latest).String(),
		int64(a.Amount), ends, sealed, store.FormatInstant(tx.Instant), tx.Actor.ID, tx.Actor.Name)
	if err != nil {
		return "", err
	}
	if err := dated.Changed(tx, a.Subject); err != nil {
		return "", err
	}
	_, err = b.Log.Record(tx, audit.Note{Name: "benefit." + string(a.Kind), Subject: id, Content: map[string]any{"scheme": a.Scheme}, Persons: map[string]any{a.Subject: nil}})
	return id, err
}

// Withdraw ends an act: a hold is released, an approval taken back. What was determined with it is decided again by the next run. Codes:
// benefit.act-unknown, benefit.act-withdrawn.
func (b *Benefits) Withdraw(tx *store.Tx, act, reason string) error {
	found, err := store.All(tx, scanAct, actQuery+` AND act_id = ?2 ORDER BY act_id`, tx.County, act)
	if err != nil {
		return err
	}
	if len(found) == 0 || found[0].Kind == withdraw {
		return actUnknown(act)
	}
	var ended int64
	if err := tx.QueryRow(`SELECT COUNT(*) FROM benefit_act WHERE county_code = ?1 AND ends_id = ?2`, tx.County, act).Scan(&ended); err != nil {
		return err
	}
	if ended > 0 {
		return actWithdrawn()
	}
	a := found[0].Act
	_, err = b.addAct(tx, Act{Subject: a.Subject, Scheme: a.Scheme, Kind: withdraw, Day: dated.Today(tx), Until: rule.Forever, Reason: reason}, act)
	return err
}

// storedAct is an act as it is stored.
type storedAct struct {
	Act
	ends, content string
}

const actQuery = `SELECT act_id, subject_id, scheme, kind, from_day, to_day, amount, COALESCE(ends_id, ''), content, instant, actor_id, actor_name FROM benefit_act WHERE county_code = ?1`

func scanAct(rows *store.Rows) (a storedAct, err error) {
	var from, to, at string
	if err := rows.Scan(&a.ID, &a.Subject, &a.Scheme, &a.Kind, &from, &to, &a.Amount, &a.ends, &a.content, &at, &a.By.ID, &a.By.Name); err != nil {
		return a, err
	}
	var errs [3]error
	a.Day, errs[0] = period.ParseDay(from)
	if a.Until, errs[1] = period.ParseDay(to); a.Until == period.Latest {
		a.Until = rule.Forever
	}
	a.At, errs[2] = store.ParseInstant(at)
	return a, errors.Join(errs[:]...)
}

// Acts are what persons decided about a subject, in that order; withdrawn ones too.
func (b *Benefits) Acts(tx *store.Tx, subject string) ([]Act, error) {
	all, err := b.actsOf(tx, between([]string{subject}))
	return all[subject], err
}

// actsOf are the acts of many subjects, opened.
func (b *Benefits) actsOf(tx *store.Tx, subjects many) (map[string][]Act, error) {
	stored, err := ask(tx, subjects, scanAct, func(a *storedAct) string { return a.Subject }, actQuery+` AND {subject_id}`, tx.County)
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	slices.SortFunc(stored, func(x, y storedAct) int { return cmp.Compare(x.ID, y.ID) })
	ended := map[string]bool{}
	for _, s := range stored {
		ended[s.ends] = true
	}
	all := map[string][]Act{}
	for _, s := range stored {
		if s.Kind == withdraw {
			continue
		}
		opened, err := b.Cipher.Open(tx, s.Subject, s.content)
		if err != nil {
			return nil, err
		}
		var kept sealedAct
		if err := json.Unmarshal(opened[0], &kept); err != nil {
			return nil, damaged(err)
		}
		s.Reason, s.Facts, s.Withdrawn = kept.Reason, kept.Facts, ended[s.ID]
		all[s.Subject] = append(all[s.Subject], s.Act)
	}
	return all, nil
}

// actFacts are the facts an act states: what it says of the application, and the day of the approval.
func (b *Benefits) actFacts(a *Act) (rule.Facts, error) {
	facts := rule.Facts{}
	if a.Kind == Approve {
		facts.Set("approval.day", rule.Day(a.Day))
	}
	for name, value := range a.Facts {
		t := b.Vocabulary.Facts[name]
		if t == nil || !strings.HasPrefix(name, "application.") && !strings.HasPrefix(name, "approval.") {
			return nil, factUnusable(name, nil)
		}
		fact, err := dated.Decode(t, value, rule.Fact{Span: dated.Always, Learned: rule.Beginning})
		if err != nil {
			return nil, factUnusable(name, err)
		}
		facts[name] = []rule.Fact{fact}
	}
	return facts, nil
}

// held tells whether payment of a scheme for a month is held back, as it stands in a run's month.
func held(acts []Act, scheme string, month, run period.Month) bool {
	return slices.ContainsFunc(acts, func(a Act) bool {
		return a.Kind == Hold && !a.Withdrawn && (a.Scheme == "" || a.Scheme == scheme) && a.Day.Month() <= month && run <= a.Until.Month()
	})
}

// latest is the last act of a kind about a scheme up to a day; nil for none.
func latest(acts []Act, kind ActKind, scheme string, day period.Day) *Act {
	for i := len(acts) - 1; i >= 0; i-- {
		if a := &acts[i]; a.Kind == kind && !a.Withdrawn && a.Scheme == scheme && a.Day <= day {
			return a
		}
	}
	return nil
}
