package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/provider"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// institutionKinds are the kinds that a list shows, offices first.
var institutionKinds = []provider.Kind{auth.OfficeKind, provider.Hospital, provider.Pharmacy, provider.School, provider.Doctor}

func (v *view) kindName(k provider.Kind) string {
	names := map[provider.Kind]fault.Text{auth.OfficeKind: {ZH: "部门", EN: "Offices"}, provider.Hospital: {ZH: "医院、卫生院、村卫生室", EN: "Hospitals and clinics"}, provider.Pharmacy: {ZH: "药店", EN: "Pharmacies"},
		provider.School: {ZH: "学校", EN: "Schools"}, provider.Doctor: {ZH: "乡村医生", EN: "Village doctors"}}
	return v.in(names[k])
}

// institutionLine is an office or a provider of a list.
type institutionLine struct {
	ID, Name, State, Class string
	Known                  []string // its level, designation, lists
	Place                  string
}

// institutionsPage is a list of one kind on a day.
type institutionsPage struct {
	Kind  provider.Kind
	At    period.Day
	Typed string
	Lines []institutionLine
	Next  string // the last id, when there are more
}

// pageInstitutions is how many a page shows.
const pageInstitutions = 50

func (v *view) institutions() error {
	p := institutionsPage{Kind: provider.Kind(v.asked("kind"))}
	if !slices.Contains(institutionKinds, p.Kind) {
		p.Kind = auth.OfficeKind
	}
	p.At, p.Typed = v.askedDay()
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) (err error) {
		if p.Kind == auth.OfficeKind {
			p.Lines, err = v.officeLines(tx, p.At)
			return err
		}
		p.Lines, p.Next, err = v.providerLines(tx, p, v.asked("after"))
		return err
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Typed != "" {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, v.say("部门与机构", "Offices and institutions"), institutionsPageOf(v, p))
}

// institutionsList is the institutions of a kind.
func (v *view) institutionsList(p institutionsPage) listing {
	l := listing{Title: v.say("部门与机构", "Offices and institutions"), Fields: []field{v.dayField(p.At, p.Typed)}, Files: v.files(),
		Table: table{Name: v.kindName(p.Kind), Shown: len(p.Lines), Empty: v.say("还没有登记%s。", "No %s is on record yet.", v.kindName(p.Kind)),
			Columns: []column{{Name: v.say("名称", "Name")}, {Name: v.say("情况", "What is known")}, {Name: v.say("所在", "Where")}, {Name: v.say("状态", "State")}}}}
	for _, k := range institutionKinds {
		l.Tabs = append(l.Tabs, tab{link: link{v.kindName(k), "/admin/institutions?kind=" + string(k)}, Here: k == p.Kind})
	}
	if p.Next != "" {
		l.Table.Next = v.further("after", p.Next)
	}
	if v.may(auth.MakeStanding) {
		l.Act = link{v.say("登记", "Register one"), "/admin/institutions/new?kind=" + string(p.Kind)}
	}
	return l
}

// officeLines are all offices there ever were, by the name of the day.
func (v *view) officeLines(tx *store.Tx, on period.Day) (lines []institutionLine, err error) {
	all, err := v.Record.Providers.Offices(tx)
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.Names[len(o.Names)-1].Name
	}
	for _, o := range all {
		l := institutionLine{ID: o.ID, Name: names[o.ID], State: v.say("不在", "not there")}
		for _, n := range o.Names {
			if n.Span.Contains(on) {
				l.Name, l.State, l.Class = n.Name, v.say("在", "there"), "ok"
			}
		}
		if o.By != "" && o.Since <= on {
			l.State = v.say("%s 起由 %s 承接", "from %s done by %s", o.Since, names[o.By])
		}
		lines = append(lines, l)
	}
	return lines, err
}

func (v *view) providerLines(tx *store.Tx, p institutionsPage, after string) (lines []institutionLine, next string, err error) {
	ids, err := v.Record.Providers.List(tx, p.Kind, after, pageInstitutions+1)
	if err != nil {
		return nil, "", err
	}
	if len(ids) > pageInstitutions {
		ids = ids[:pageInstitutions]
		next = ids[len(ids)-1]
	}
	places, err := v.placeNames(tx)
	if err != nil {
		return nil, "", err
	}
	for _, id := range ids {
		l, err := v.providerLine(tx, id, p.At, places)
		if err != nil {
			return nil, "", err
		}
		lines = append(lines, l)
	}
	return lines, next, nil
}

// placeNames are today's divisions by their codes.
func (v *view) placeNames(tx *store.Tx) (map[ident.Division]string, error) {
	list, err := v.Record.Register.Divisions(tx, v.today(), rule.Forever)
	names := map[ident.Division]string{}
	for _, d := range list {
		names[d.Code] = d.Name
	}
	return names, err
}

func (v *view) providerLine(tx *store.Tx, id string, on period.Day, places map[ident.Division]string) (l institutionLine, err error) {
	profile, err := v.Record.Providers.Profile(tx, id, on, rule.Forever)
	if err != nil {
		return l, err
	}
	l = institutionLine{ID: id, Name: profile.Name, Place: places[profile.Division], State: v.say("停办或未设", "closed or not open yet")}
	if !profile.Open {
		l.Name, err = v.providerName(tx, id, profile.Name)
		return l, err
	}
	l.State, l.Class = v.say("开办", "open"), "ok"
	facts, err := v.Record.Providers.Facts(tx, id, on, rule.Forever)
	if err != nil {
		return l, err
	}
	for _, name := range v.Record.Providers.FactsOf(profile.Kind) {
		if fact, holds := facts.At(name, on); holds && !strings.HasSuffix(name, ".name") && !strings.HasSuffix(name, ".division") {
			l.Known = append(l.Known, v.factWords(name, fact))
		}
	}
	lists, err := v.Record.Providers.Lists(tx, id, on, rule.Forever)
	l.Known = append(l.Known, lists...)
	return l, err
}

// providerName is any name a provider ever had, when the day has none.
func (v *view) providerName(tx *store.Tx, id, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	said, err := v.Record.Providers.Statements(tx, id, rule.Forever)
	for _, s := range said {
		if strings.HasSuffix(s.Name, ".name") {
			name = rule.Display(s.Fact.Value, v.lang)
		}
	}
	return name, err
}

// factWords is a fact of an institution in few words: the word alone where it says enough.
func (v *view) factWords(name string, fact *rule.Fact) string {
	t := v.Record.Claims.Vocabulary.Facts[name]
	if t.Type != rule.BoolType {
		return t.Show(fact.Value, v.lang)
	}
	if fact.Value == rule.Bool(true) {
		return v.in(t.Label)
	}
	return v.say("不是", "not: ") + v.in(t.Label)
}

// institutionPage is an office or a provider with all that was ever said of it.
type institutionPage struct {
	ID, Name string
	Kind     provider.Kind
	Code     ident.CreditCode
	Place    string
	Line     institutionLine
	Said     []statedLine
	Names    []provider.Office // of an office
	By       string
	Since    period.Day
	Forms    []proposal
}

// statedLine is one thing said of a provider.
type statedLine struct {
	What, Value, Source string
	Span                period.Span
}

func (v *view) institution() error { return v.showInstitution(http.StatusOK, nil) }

func (v *view) showInstitution(status int, wrong error) error {
	p := institutionPage{ID: v.r.PathValue("party")}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		kind, err := v.Record.Providers.KindOf(tx, p.ID)
		if fault.CodeOf(err) == "provider.unknown" {
			return v.fillOffice(tx, &p)
		}
		if err != nil {
			return err
		}
		p.Kind = kind
		return v.fillProvider(tx, &p)
	})
	if err != nil {
		return err
	}
	if err := v.markForms(p.Forms, wrong); err != nil {
		return err
	}
	return v.show(status, v.errorTitle(problemsOf(p.Forms), p.Name), institutionPageOf(v, p))
}

func (v *view) fillOffice(tx *store.Tx, p *institutionPage) error {
	all, err := v.Record.Providers.Offices(tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(o provider.OfficeHistory) bool { return o.ID == p.ID })
	if i < 0 {
		return refuse(fault.NotFound, "institution", fault.Text{ZH: "没有这个机构", EN: "there is no such institution"}, fault.Text{ZH: "回到列表重新打开", EN: "open it from the list"})
	}
	o := all[i]
	p.Kind, p.Names, p.Since, p.Name = auth.OfficeKind, o.Names, o.Since, o.Names[len(o.Names)-1].Name
	others := []option{}
	for _, other := range all {
		name := other.Names[len(other.Names)-1].Name
		if other.ID == o.By {
			p.By = name
		}
		if other.ID != p.ID {
			others = append(others, option{other.ID, name})
		}
	}
	if o.By == "" {
		p.Forms = v.officeForms(p.ID, others)
	}
	return nil
}

func (v *view) institutionEntry(id, act, title string) proposal {
	return v.proposal(act, "/admin/institutions/"+url.PathEscape(id)+"/"+act, title, v.say("提交复核", "Hand in for a check"))
}

// officeForms are what can be changed of an office.
func (v *view) officeForms(id string, others []option) []proposal {
	rename := v.institutionEntry(id, "rename", v.say("更名", "Another name"))
	rename.field(v, "name", v.say("新名称", "New name"), "", true)
	rename.field(v, "from", v.say("自", "From"), v.today().String(), true)
	rename.why(v)
	succeed := v.institutionEntry(id, "succeed", v.say("职责由别的部门承接", "Another office takes over"))
	succeed.Lead = v.say("原部门的岗位和未办完的事自那天起归承接部门。", "Its posts, and what it has not finished, belong to the other office from that day.")
	succeed.field(v, "by", v.say("承接部门", "By"), "", true).Options = others
	succeed.field(v, "from", v.say("自", "From"), v.today().String(), true)
	succeed.why(v)
	return []proposal{rename, succeed}
}

func (v *view) fillProvider(tx *store.Tx, p *institutionPage) error {
	places, err := v.placeNames(tx)
	if err != nil {
		return err
	}
	if p.Line, err = v.providerLine(tx, p.ID, v.today(), places); err != nil {
		return err
	}
	p.Name, p.Place = p.Line.Name, p.Line.Place
	if p.Code, err = v.Record.Providers.CodeOf(tx, p.ID); err != nil {
		return err
	}
	said, err := v.Record.Providers.Statements(tx, p.ID, rule.Forever)
	if err != nil {
		return err
	}
	standingNow := []option{}
	for _, s := range said {
		l := statedLine{What: v.say("名单", "List"), Value: s.List, Source: s.Source, Span: s.Span}
		if t := v.Record.Claims.Vocabulary.Facts[s.Name]; t != nil {
			l.What, l.Value = v.in(t.Label), t.Show(s.Fact.Value, v.lang)
			if code, ok := s.Fact.Value.(rule.Division); ok {
				l.Value = cmp.Or(places[ident.Division(code)], l.Value)
			}
		}
		p.Said = append(p.Said, l)
		if s.Span.To >= v.today() && !strings.HasSuffix(s.Name, ".name") {
			standingNow = append(standingNow, option{s.ID, l.What + " " + l.Value + " " + v.spanWords(s.Span)})
		}
	}
	p.Forms = v.providerForms(p, standingNow)
	return nil
}

// providerForms are what can be changed of a provider.
func (v *view) providerForms(p *institutionPage, standingNow []option) []proposal {
	forms := []proposal{}
	for _, name := range v.Record.Providers.FactsOf(p.Kind) {
		if strings.HasSuffix(name, ".division") {
			continue
		}
		t := v.Record.Claims.Vocabulary.Facts[name]
		e := v.institutionEntry(p.ID, "fact-"+strings.ReplaceAll(name, ".", "-"), v.in(t.Label))
		e.field(v, "value", v.in(t.Label), "", true).Options = v.factOptions(t)
		v.spanFields(&e)
		forms = append(forms, e)
	}
	list := v.institutionEntry(p.ID, "list", v.say("列入名单", "Put on a list"))
	list.field(v, "list", v.say("名单", "List"), "", true).Hint = v.say("例如：双通道、免挂号费", "for example: two channels")
	v.spanFields(&list)
	end := v.institutionEntry(p.ID, "end", v.say("终止一项情况或名单", "End a fact or a place on a list"))
	end.field(v, "statement", v.say("哪一项", "Which"), "", true).Options = standingNow
	end.field(v, "last", v.say("最后一天", "Last day"), "", true)
	end.why(v)
	shut := v.institutionEntry(p.ID, "close", v.say("停办", "Close it"))
	shut.field(v, "last", v.say("最后一天", "Last day"), "", true)
	shut.why(v)
	return append(forms, list, end, shut)
}

func (v *view) spanFields(e *proposal) {
	e.field(v, "from", v.say("自", "From"), v.today().String(), true)
	e.field(v, "to", v.say("至（可空）", "To (may be empty)"), "", false)
	e.why(v)
}

// factOptions are the words a fact may take, none where it is free.
func (v *view) factOptions(t *rule.FactType) (list []option) {
	if t.Type == rule.BoolType {
		return []option{{"true", v.say("是", "yes")}, {"false", v.say("否", "no")}}
	}
	for word, label := range t.Values {
		list = append(list, option{word, v.in(label)})
	}
	slices.SortFunc(list, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	return list
}

// factValue is what was typed for a fact, as JSON.
func (v *view) factValue(t *rule.FactType, typed string) (json.RawMessage, error) {
	if typed == "" {
		return nil, misplaced{refuse(fault.Invalid, "value", fault.Text{ZH: "没有填写“" + t.Label.ZH + "”", EN: "“" + t.Label.EN + "” is missing"}, fault.Text{ZH: "填上或选择一项", EN: "fill it in or choose one"}), "value"}
	}
	switch t.Type {
	case rule.BoolType:
		return json.Marshal(typed == "true")
	case rule.IntType:
		n, err := strconv.ParseInt(typed, 10, 64)
		if err != nil {
			return nil, misplaced{refuse(fault.Invalid, "value", fault.Text{ZH: "“" + t.Label.ZH + "”要填整数", EN: "“" + t.Label.EN + "” is a whole number"}, fault.Text{ZH: "改成整数", EN: "write a whole number"}), "value"}
		}
		return json.Marshal(n)
	default:
		return json.Marshal(typed)
	}
}

func (v *view) newInstitution() error { return v.showNewInstitution(http.StatusOK, nil) }

// newInstitutionPage is the form for a new office or provider.
type newInstitutionPage struct {
	Kind  provider.Kind
	Entry proposal
}

func (v *view) askedKind() provider.Kind {
	if k := provider.Kind(v.asked("kind")); slices.Contains(institutionKinds, k) {
		return k
	}
	return auth.OfficeKind
}

func (v *view) showNewInstitution(status int, wrong error) error {
	p := newInstitutionPage{Kind: v.askedKind()}
	p.Entry = v.proposal("new", "/admin/institutions/new?kind="+string(p.Kind), "", v.say("提交复核", "Hand in for a check"))
	e := &p.Entry
	e.field(v, "name", v.say("名称", "Name"), "", true)
	if p.Kind == auth.OfficeKind {
		e.field(v, "id", v.say("代号", "Word"), "", true).Hint = v.say("政策包里用的代号，例如 county-health", "the word policies use, such as county-health")
	} else if err := v.providerFields(e, p.Kind); err != nil {
		return err
	}
	e.field(v, "from", v.say("自", "From"), longAgo, true)
	e.why(v)
	e.mark(v, wrong)
	return v.show(status, v.errorTitle(e.Problems, v.say("登记机构", "Register an institution")), newInstitutionPageOf(v, p))
}

// providerFields ask what is known of a new provider.
func (v *view) providerFields(e *proposal, kind provider.Kind) error {
	if kind != provider.Doctor {
		e.field(v, "code", v.say("统一社会信用代码（可空）", "Credit code (may be empty)"), "", false)
	}
	place := e.field(v, "division", v.say("所在乡镇、村", "Where it is"), "", false)
	for _, name := range v.Record.Providers.FactsOf(kind) {
		if t := v.Record.Claims.Vocabulary.Facts[name]; !strings.HasSuffix(name, ".name") && !strings.HasSuffix(name, ".division") && !strings.HasSuffix(name, ".above_county") {
			e.field(v, name, v.in(t.Label), "", false).Options = v.factOptions(t)
		}
	}
	place = &e.Fields[slices.IndexFunc(e.Fields, func(f field) bool { return f.Name == place.Name })]
	return v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		all, err := v.Record.Register.Divisions(tx, v.today(), rule.Forever)
		place.Options = []option{{v.County, v.say("县城", "the county seat")}}
		for _, d := range all {
			place.Options = append(place.Options, option{string(d.Code), d.Name + " " + string(d.Code)})
		}
		return err
	})
}

func (v *view) addInstitution() error {
	return v.propose("new", func() ([]upkeep.Step, error) {
		from, err := v.typedDay("new", "from")
		if err != nil {
			return nil, err
		}
		kind := v.askedKind()
		if kind == auth.OfficeKind {
			return []upkeep.Step{&upkeep.AddOffice{ID: v.asked("new.id"), Name: v.asked("new.name"), From: from}}, nil
		}
		s := &upkeep.AddProvider{Kind: kind, Name: v.asked("new.name"), Code: ident.CreditCode(v.asked("new.code")), Division: ident.Division(v.asked("new.division")), From: from, Facts: map[string]json.RawMessage{}}
		for _, name := range v.Record.Providers.FactsOf(kind) {
			if typed := v.asked("new." + name); typed != "" && !strings.HasSuffix(name, ".name") && !strings.HasSuffix(name, ".division") {
				if s.Facts[name], err = v.factValue(v.Record.Claims.Vocabulary.Facts[name], typed); err != nil {
					return nil, err
				}
			}
		}
		return []upkeep.Step{s}, nil
	}, v.showNewInstitution)
}

// changeInstitution proposes one of the changes that a page of an institution asks for.
func (v *view) changeInstitution() error {
	id, form := v.r.PathValue("party"), v.r.PathValue("act") // a form is named by what it does
	word, _, _ := strings.Cut(form, "-")
	read := map[string]func() (upkeep.Step, error){
		"rename": func() (upkeep.Step, error) {
			from, err := v.typedDay(form, "from")
			return &upkeep.RenameOffice{ID: id, Name: v.asked(form + ".name"), From: from}, err
		},
		"succeed": func() (upkeep.Step, error) {
			from, err := v.typedDay(form, "from")
			return &upkeep.Succeed{Office: id, By: v.asked(form + ".by"), From: from}, err
		},
		"fact": func() (upkeep.Step, error) { return v.statedFact(id, form) },
		"list": func() (upkeep.Step, error) {
			from, to, err := v.fromTo(form)
			return &upkeep.Enlist{Provider: id, List: v.asked(form + ".list"), From: from, To: to}, err
		},
		"end": func() (upkeep.Step, error) {
			last, err := v.typedDay(form, "last")
			return v.ended(id, v.asked(form+".statement"), last, err)
		},
		"close": func() (upkeep.Step, error) {
			last, err := v.typedDay(form, "last")
			return &upkeep.CloseProvider{Provider: id, Last: last}, err
		},
	}[word]
	if read == nil {
		return v.nowhere()
	}
	return v.propose(form, func() ([]upkeep.Step, error) {
		s, err := read()
		return []upkeep.Step{s}, err
	}, v.showInstitution)
}

func (v *view) fromTo(form string) (from, to period.Day, err error) {
	if from, err = v.typedDay(form, "from"); err != nil {
		return from, to, err
	}
	to, err = v.until(form, "to")
	return from, to, err
}

// statedFact is the fact that a form is about, by the form's name.
func (v *view) statedFact(id, form string) (upkeep.Step, error) {
	for name, t := range v.Record.Claims.Vocabulary.Facts {
		if form != "fact-"+strings.ReplaceAll(name, ".", "-") {
			continue
		}
		value, err := v.factValue(t, v.asked(form+".value"))
		if err != nil {
			return nil, err
		}
		from, to, err := v.fromTo(form)
		return &upkeep.StateFact{Provider: id, Fact: name, Value: value, From: from, To: to}, err
	}
	return nil, v.nowhere()
}

// ended ends one thing said of a provider.
func (v *view) ended(id, statement string, last period.Day, wrong error) (upkeep.Step, error) {
	if wrong != nil {
		return nil, wrong
	}
	step := &upkeep.EndFact{Provider: id, Statement: statement, Last: last}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		said, err := v.Record.Providers.Statements(tx, id, rule.Forever)
		for _, s := range said {
			if s.ID == statement {
				step.What = s.Name + s.List
			}
		}
		return err
	})
	if err == nil && step.What == "" {
		err = misplaced{refuse(fault.Invalid, "statement", fault.Text{ZH: "没有选择要终止哪一项", EN: "what is to end was not chosen"}, fault.Text{ZH: "从列表选择", EN: "choose it from the list"}), "statement"}
	}
	return step, err
}
