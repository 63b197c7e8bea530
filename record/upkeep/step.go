package upkeep

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/calendar"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// The steps of changes. An end at [rule.Forever] is written as the last day that can be written.

// AddDivision is a town or village that exists from a day.
type AddDivision struct {
	Code ident.Division `json:"code"`
	Name string         `json:"name"`
	From period.Day     `json:"from"`
}

func (s *AddDivision) do(tx *store.Tx, k *Keeper, why by) error {
	return k.Register.AddDivision(tx, register.Division{Code: s.Code, Name: s.Name, Span: dated.From(s.From)}, why.Said)
}

func (s *AddDivision) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("设立 %s（%s），自 %s 起", "%s (%s) exists from %s", s.Name, s.Code, s.From), nil
}

// RenameDivision gives a town or village another name from a day.
type RenameDivision struct {
	Code ident.Division `json:"code"`
	Name string         `json:"name"`
	From period.Day     `json:"from"`
}

func (s *RenameDivision) do(tx *store.Tx, k *Keeper, why by) error {
	if err := k.Register.EndDivision(tx, s.Code, s.From-1, "", why.Said); err != nil {
		return err
	}
	return k.Register.AddDivision(tx, register.Division{Code: s.Code, Name: s.Name, Span: dated.From(s.From)}, why.Said)
}

func (s *RenameDivision) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("%s 更名为 %s，自 %s 起", "%s is called %s from %s", s.Code, s.Name, s.From), nil
}

// EndDivision is that a town or village is no more after a last day, and which one it went into.
type EndDivision struct {
	Code ident.Division `json:"code"`
	Last period.Day     `json:"last"`
	Into ident.Division `json:"into"` // "" for none
}

func (s *EndDivision) do(tx *store.Tx, k *Keeper, why by) error {
	return k.Register.EndDivision(tx, s.Code, s.Last, s.Into, why.Said)
}

func (s *EndDivision) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	if s.Into == "" {
		return text.Say("撤销 %s，最后一天 %s", "%s ends on %s", s.Code, s.Last), nil
	}
	return text.Say("%s 并入 %s，最后一天 %s", "%s goes into %s; its last day is %s", s.Code, s.Into, s.Last), nil
}

// AddOffice is an office that exists from a day.
type AddOffice struct {
	ID   string     `json:"id"` // the word that policies use for it
	Name string     `json:"name"`
	From period.Day `json:"from"`
}

var officeForm = regexp.MustCompile(`\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z`)

func (s *AddOffice) do(tx *store.Tx, k *Keeper, why by) error {
	const longest = 40
	if !officeForm.MatchString(s.ID) || len(s.ID) > longest {
		return refused(fault.Invalid, "office-id", text.Say("部门代号 %s 写法不对", "the word %s for the office is malformed", fault.Quote(s.ID)), text.Say("小写字母、数字和连字符，字母开头，例如 county-health", "small letters, digits and hyphens, beginning with a letter, such as county-health"))
	}
	return k.Providers.AddOffice(tx, provider.Office{ID: s.ID, Name: s.Name, Span: dated.From(s.From)}, why.Said)
}

func (s *AddOffice) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("登记部门 %s（%s），自 %s 起", "the office %s (%s) exists from %s", s.Name, s.ID, s.From), nil
}

// RenameOffice gives an office another name from a day.
type RenameOffice struct {
	ID   string     `json:"id"`
	Name string     `json:"name"`
	From period.Day `json:"from"`
}

func (s *RenameOffice) do(tx *store.Tx, k *Keeper, why by) error {
	return k.Providers.RenameOffice(tx, provider.Office{ID: s.ID, Name: s.Name, Span: dated.From(s.From)}, why.Said)
}

func (s *RenameOffice) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("部门 %s 更名为 %s，自 %s 起", "the office %s is called %s from %s", s.ID, s.Name, s.From), nil
}

// Succeed is that another office takes over from a day.
type Succeed struct {
	Office string     `json:"office"`
	By     string     `json:"by"`
	From   period.Day `json:"from"`
}

func (s *Succeed) do(tx *store.Tx, k *Keeper, why by) error {
	return k.Providers.Succeed(tx, s.Office, s.By, s.From, why.Said)
}

func (s *Succeed) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("自 %s 起，%s 的职责由 %s 承接", "from %s what %s did is done by %s", s.From, s.Office, s.By), nil
}

// AddProvider is a hospital, pharmacy, school or doctor that is open from a day, with what is known of it.
type AddProvider struct {
	Kind     provider.Kind              `json:"kind"`
	Name     string                     `json:"name"`
	Code     ident.CreditCode           `json:"code"`
	Division ident.Division             `json:"division"`
	From     period.Day                 `json:"from"`
	Facts    map[string]json.RawMessage `json:"facts"` // by name, true from the same day
}

func (s *AddProvider) do(tx *store.Tx, k *Keeper, why by) error {
	id, err := k.Providers.Add(tx, provider.Provider{Kind: s.Kind, Name: s.Name, Code: s.Code, Division: s.Division, Span: dated.From(s.From), Said: why.Said})
	if err != nil {
		return err
	}
	for _, name := range sorted(s.Facts) {
		fact := StateFact{Provider: id, Fact: name, Value: s.Facts[name], From: s.From, To: period.Latest}
		if err := fact.do(tx, k, why); err != nil {
			return err
		}
	}
	return nil
}

func (s *AddProvider) tell(_ *store.Tx, k *Keeper, _ period.Day) (fault.Text, error) {
	t := text.Say("登记机构 %s，自 %s 起", "%s is registered, open from %s", s.Name, s.From)
	for _, name := range sorted(s.Facts) {
		said, err := k.shown(name, s.Facts[name])
		if err != nil {
			return t, err
		}
		t.ZH, t.EN = t.ZH+"；"+said.ZH, t.EN+"; "+said.EN
	}
	return t, nil
}

// StateFact is a fact of a provider over a span: its level, its designation.
type StateFact struct {
	Provider string          `json:"provider"`
	Fact     string          `json:"fact"`
	Value    json.RawMessage `json:"value"`
	From     period.Day      `json:"from"`
	To       period.Day      `json:"to"`
}

func (s *StateFact) do(tx *store.Tx, k *Keeper, why by) error {
	t := k.Vocabulary.Facts[s.Fact]
	fact := rule.Fact{Span: span(s.From, s.To), Source: why.Source}
	if t != nil {
		var err error
		if fact, err = dated.Decode(t, string(s.Value), fact); err != nil {
			return err
		}
	}
	_, err := k.Providers.State(tx, s.Provider, s.Fact, fact, "") // who names a fact that does not exist is told there
	return err
}

func (s *StateFact) tell(tx *store.Tx, k *Keeper, day period.Day) (fault.Text, error) {
	said, err := k.shown(s.Fact, s.Value)
	if err != nil {
		return said, err
	}
	return k.about(tx, s.Provider, day, text.Tell("%s，%s", "%s, %s", said, told(s.From, s.To)))
}

// Enlist puts a provider on a list over a span.
type Enlist struct {
	Provider string     `json:"provider"`
	List     string     `json:"list"`
	From     period.Day `json:"from"`
	To       period.Day `json:"to"`
}

func (s *Enlist) do(tx *store.Tx, k *Keeper, why by) error {
	_, err := k.Providers.Enlist(tx, s.Provider, s.List, span(s.From, s.To), why.Said)
	return err
}

func (s *Enlist) tell(tx *store.Tx, k *Keeper, day period.Day) (fault.Text, error) {
	return k.about(tx, s.Provider, day, text.Tell("列入名单“%s”，%s", "is on the list “%s”, %s", fault.Text{ZH: s.List, EN: s.List}, told(s.From, s.To)))
}

// EndFact is that what was stated of a provider held no longer than to a day.
type EndFact struct {
	Provider  string     `json:"provider"`
	Statement string     `json:"statement"`
	What      string     `json:"what"` // the name of the fact, or the list
	Last      period.Day `json:"last"`
}

func (s *EndFact) do(tx *store.Tx, k *Keeper, why by) error {
	_, err := k.Providers.End(tx, s.Statement, s.Last, why.Said)
	return err
}

func (s *EndFact) tell(tx *store.Tx, k *Keeper, day period.Day) (fault.Text, error) {
	what := fault.Text{ZH: s.What, EN: s.What}
	if t := k.Vocabulary.Facts[s.What]; t != nil {
		what = t.Label
	}
	return k.about(tx, s.Provider, day, text.Tell("%s到 %s 为止", "%s ends on %s", what, fault.Text{ZH: s.Last.String(), EN: s.Last.String()}))
}

// CloseProvider is that a provider is no more after a last day.
type CloseProvider struct {
	Provider string     `json:"provider"`
	Last     period.Day `json:"last"`
}

func (s *CloseProvider) do(tx *store.Tx, k *Keeper, why by) error {
	return k.Providers.Close(tx, s.Provider, s.Last, why.Said)
}

func (s *CloseProvider) tell(tx *store.Tx, k *Keeper, day period.Day) (fault.Text, error) {
	return k.about(tx, s.Provider, day, text.Say("停办，最后一天 %s", "closes; its last day is %s", s.Last))
}

// SetDay says how the county works a day.
type SetDay struct {
	Day     period.Day `json:"day"`
	Name    string     `json:"name"`
	Working bool       `json:"working"`
}

func (s *SetDay) do(tx *store.Tx, _ *Keeper, why by) error {
	return calendar.Set(tx, calendar.Day{Day: s.Day, Name: s.Name, Working: s.Working, Said: why.Said})
}

func (s *SetDay) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	if s.Working {
		return text.Say("%s 上班（%s）", "%s is worked (%s)", s.Day, s.Name), nil
	}
	return text.Say("%s 放假（%s）", "%s is a day off (%s)", s.Day, s.Name), nil
}

// UnsetDay takes back what the county said of a day.
type UnsetDay struct {
	Day period.Day `json:"day"`
}

func (s *UnsetDay) do(tx *store.Tx, _ *Keeper, why by) error {
	return calendar.Unset(tx, s.Day, why.Said)
}

func (s *UnsetDay) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("取消本县对 %s 的规定", "what the county said of %s is taken back", s.Day), nil
}

// HoldYear says that all special days of a year are stated.
type HoldYear struct {
	Year int `json:"year"`
}

func (s *HoldYear) do(tx *store.Tx, _ *Keeper, why by) error {
	return calendar.Hold(tx, s.Year, why.Said)
}

func (s *HoldYear) tell(*store.Tx, *Keeper, period.Day) (fault.Text, error) {
	return text.Say("%d 年的放假安排已录全，可以计算工作日", "all special days of %d are stated; working days can be counted", s.Year), nil
}

// kinds are the words for the steps.
var kinds = map[string]func() Step{
	"division.add": func() Step { return &AddDivision{} }, "division.rename": func() Step { return &RenameDivision{} }, "division.end": func() Step { return &EndDivision{} },
	"office.add": func() Step { return &AddOffice{} }, "office.rename": func() Step { return &RenameOffice{} }, "office.succeed": func() Step { return &Succeed{} },
	"provider.add": func() Step { return &AddProvider{} }, "provider.state": func() Step { return &StateFact{} }, "provider.enlist": func() Step { return &Enlist{} },
	"provider.end": func() Step { return &EndFact{} }, "provider.close": func() Step { return &CloseProvider{} },
	"calendar.set": func() Step { return &SetDay{} }, "calendar.unset": func() Step { return &UnsetDay{} }, "calendar.hold": func() Step { return &HoldYear{} },
	"fund.open": func() Step { return &OpenFund{} }, "fund.account": func() Step { return &OpenAccount{} }, "fund.use": func() Step { return &AllowUse{} },
	"fund.enter": func() Step { return &Enter{} }, "fund.correct": func() Step { return &Correct{} },
}

// kindOf is the word for a step.
func kindOf(s Step) string {
	for kind, fresh := range kinds {
		if fmt.Sprintf("%T", fresh()) == fmt.Sprintf("%T", s) {
			return kind
		}
	}
	return ""
}

func readStep(w written) (Step, error) {
	fresh := kinds[w.Kind]
	if fresh == nil {
		return nil, fmt.Errorf("upkeep: no step %q", w.Kind)
	}
	s := fresh()
	return s, json.Unmarshal(w.Step, s)
}

// span is a span whose end is open on the last day that is written.
func span(from, to period.Day) period.Span {
	if to >= period.Latest {
		to = rule.Forever
	}
	return period.Span{From: from, To: to}
}

func told(from, to period.Day) fault.Text {
	if to >= period.Latest {
		return text.Say("自 %s 起", "from %s", from)
	}
	return text.Say("%s 至 %s", "%s to %s", from, to)
}

// about puts a provider's name before what is said of it.
func (k *Keeper) about(tx *store.Tx, id string, day period.Day, said fault.Text) (fault.Text, error) {
	p, err := k.Providers.Profile(tx, id, day, rule.Forever)
	if fault.KindOf(err) == fault.NotFound {
		p.Name, err = id, nil
	}
	return text.Tell("%s：%s", "%s: %s", fault.Text{ZH: p.Name, EN: p.Name}, said), err
}

// shown is a fact's value in words.
func (k *Keeper) shown(name string, value json.RawMessage) (fault.Text, error) {
	t := k.Vocabulary.Facts[name]
	if t == nil {
		return fault.Text{ZH: name, EN: name}, nil
	}
	fact, err := dated.Decode(t, string(value), rule.Fact{})
	if err != nil {
		return fault.Text{}, err
	}
	return fault.Text{ZH: t.Label.ZH + "：" + t.Show(fact.Value, "zh"), EN: t.Label.EN + ": " + t.Show(fact.Value, "en")}, nil
}

func sorted(facts map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(facts)) }
