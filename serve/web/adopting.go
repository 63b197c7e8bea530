package web

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/job"
	"doudi/record/store"
	"doudi/serve/present"
)

// adoptionFile is the file in which what a form asks for is proposed and kept.
const adoptionFile = "adoption.json"

// adoptionAsked is the form by which an adoption is proposed: where and from when, and what differs from what the pack says itself.
type adoptionAsked struct {
	packHead
	Key        string
	Now        *adopted // in force today, whose choices the form begins with; nil for none
	Where      []field  // division, first and last day
	Parameters []field
	Readings   []field
	Tables     []tableField
	Reason     field
	Problems   []problem
	Content    string // what is proposed, once it can be read
	Effect     *effect
}

// tableField is a catalogue of the pack, whose rows a division may put in place.
type tableField struct {
	field
	Clause, Columns string
	Complete        bool
	ToVerify        bool
}

// effect is what an adoption would change.
type effect struct {
	Place   string
	Span    period.Span
	Changes []string
	Ends    []adopted // whose place it takes
	Late    bool      // it begins before today
}

// adoptForm asks how a pack is to be adopted.
func (v *view) adoptForm() error { return v.showProposal(http.StatusOK, false) }

// adopt checks what was filled in, and proposes it when that is asked for.
func (v *view) adopt() error {
	step := v.asked("step")
	if step != "propose" && step != "simulate" {
		return v.showProposal(http.StatusOK, true)
	}
	p, err := v.packAt()
	if err != nil {
		return err
	}
	content, problems, err := v.askedOrSimulated(p)
	switch {
	case err != nil:
		return err
	case len(problems) > 0:
		return v.showProposal(http.StatusUnprocessableEntity, true)
	case step == "simulate":
		return v.simulateAsked(p, content)
	}
	outcome, err := v.onceFor("web.adoption.propose", func(tx *store.Tx) (any, error) {
		id, _, err := v.Record.Adoptions.Replace(tx, p, adoptionFile, content, v.asked("reason"))
		if err != nil {
			return nil, err
		}
		return id, v.noted(tx, "adoption.propose", id)
	})
	if mendable(err) || fault.KindOf(err) == fault.OutOfForce || fault.KindOf(err) == fault.Missing {
		return v.showProposal(http.StatusUnprocessableEntity, true)
	}
	if err != nil {
		return err
	}
	var id string
	if err := json.Unmarshal(outcome.Result, &id); err != nil {
		return err
	}
	return v.see("/adoptions/" + id)
}

// askedOrSimulated is the adoption that the form asks for, or the very one that a simulation was about.
func (v *view) askedOrSimulated(p *policy.Pack) (content []byte, problems []problem, err error) {
	id := v.asked("job")
	if id == "" {
		content, problems = v.proposed(p)
		return content, problems, nil
	}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		j, err := v.Record.Jobs.Get(tx, id)
		content = []byte(j.Work.Adopt)
		if err == nil && (j.Work.Kind != job.Simulate || j.Work.Adopt == "") {
			return refuse(fault.NotFound, "simulation-unknown", fault.Text{ZH: "没有这次测算", EN: "there is no such simulation"}, fault.Text{ZH: "从影响测算打开", EN: "open one from the page of simulations"})
		}
		return err
	})
	return content, nil, err
}

func (v *view) showProposal(status int, check bool) error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	f := adoptionAsked{Key: cmp.Or(v.asked("key"), newKey())}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		f = adoptionAsked{Key: f.Key}
		if f.packHead, err = v.packHead(tx, p, "adoptions"); err != nil {
			return err
		}
		if err := v.fillProposal(tx, &f); err != nil || !check {
			return err
		}
		return v.checkProposal(tx, &f)
	})
	if err != nil {
		return err
	}
	if len(f.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, v.errorTitle(f.Problems, v.say("采用政策", "Adopt a policy")), adoptionFormPage(v, f))
}

// begun is what the form begins with: what applies today, or the pack as published.
func (v *view) begun(tx *store.Tx, f *adoptionAsked) (*policy.Basis, error) {
	i := slices.IndexFunc(f.Rows, func(a adopted) bool { return a.Now && (v.asked("as") == "" || v.asked("as") == a.ID) })
	if i >= 0 {
		f.Now = &f.Rows[i]
		return v.Record.Adoptions.AsStood(tx, v.stood(f.Rows, f.Now.ID))
	}
	return policy.NewBasis(f.Pack, nil), nil
}

func (v *view) fillProposal(tx *store.Tx, f *adoptionAsked) error {
	basis, err := v.begun(tx, f)
	if err != nil {
		return err
	}
	places, err := v.places(tx)
	if err != nil {
		return err
	}
	where, from := ident.Division(v.County), v.nextMonth(basis)
	if f.Now != nil {
		where = f.Now.Division
	}
	division := field{Name: "division", Label: v.say("采用地区", "Division"), Need: true, Value: v.typedOr("division", string(where)), Options: []option{{v.County, v.say("全县", "the whole county")}}}
	for _, code := range sortedDivisions(places) {
		if code != ident.Division(v.County) {
			division.Options = append(division.Options, option{string(code), places[code]})
		}
	}
	f.Where = []field{division,
		{Name: "from", Label: v.say("施行首日", "First day"), Need: true, Value: v.typedOr("from", from.String()), Hint: v.say("早于今天的，已过的月份会重算", "months before today are decided again if it is earlier")},
		{Name: "to", Label: v.say("施行末日（可空）", "Last day (may be empty)"), Value: v.typedOr("to", ""), Hint: v.say("不填为文件的施行期满", "empty: as long as the document")}}
	f.Parameters = v.parameterFields(f.Pack, basis)
	f.Readings = v.readingFields(f.Pack, basis)
	f.Tables = v.tableFields(f.Pack, basis)
	f.Reason = field{Name: "reason", Label: v.say("依据或理由", "Grounds"), Value: v.typedOr("reason", ""), Hint: v.say("例如会议纪要、文号；复核人会看到", "such as minutes or a document number; the checker sees it")}
	return nil
}

func sortedDivisions(places map[ident.Division]string) []ident.Division {
	var list []ident.Division
	for code := range places {
		list = append(list, code)
	}
	slices.Sort(list)
	return list
}

// nextMonth is the first day of the month that comes, or the nearest day on which the pack is in force.
func (v *view) nextMonth(b *policy.Basis) period.Day {
	next := (v.today().Month() + 1).First()
	return min(max(next, b.Pack.InForce.From), b.Pack.InForce.To)
}

// parameterFields are the values of a pack, as they apply or as they were typed.
func (v *view) parameterFields(p *policy.Pack, basis *policy.Basis) (list []field) {
	frame := basis.Frame(v.valued(basis))
	for _, b := range p.Blocks {
		if b.Kind != "parameters" {
			continue
		}
		for _, x := range b.Node.Fields {
			parameter := p.Parameters[b.ID+"."+x.Key.Value]
			if parameter == nil {
				continue
			}
			f := field{Name: "p." + parameter.Name, Label: b.Clause.Number + " " + v.in(parameter.Label), Amount: parameter.Type == rule.MoneyType, Hint: v.published(parameter)}
			if value, ok := basis.Adoption.Parameters[parameter.Name]; ok {
				f.Value = rule.Written(value)
			} else if value := frame[parameter.Name]; value != nil {
				f.Value = rule.Written(value)
			}
			f.Value = v.typedOr(f.Name, f.Value)
			list = append(list, f)
		}
	}
	return list
}

// published is what a pack itself says of a parameter.
func (v *view) published(p *policy.Parameter) string {
	if p.Unset != nil && len(p.Values) == 0 {
		return v.say("文件没有给出：", "not given: ") + v.in(*p.Unset)
	}
	last := p.Values[len(p.Values)-1]
	return v.say("文件 %s（%s 起）", "document: %s (from %s)", rule.Display(last.Value, v.lang), last.From)
}

// readingFields are the questions of a pack, each with the reading that applies or was chosen.
func (v *view) readingFields(p *policy.Pack, basis *policy.Basis) (list []field) {
	for _, b := range p.Blocks {
		q := p.Questions[b.ID]
		if b.Kind != "question" || q == nil {
			continue
		}
		f := field{Name: "q." + q.ID, Label: b.Clause.Number + " " + v.in(q.Wording)}
		for _, r := range q.Readings {
			label := v.in(r.Label)
			if policy.Same(r.Value, q.Applied) {
				label += v.say("（政策包的读法）", " (the pack's own)")
			}
			f.Options = append(f.Options, option{r.Key, label})
			if policy.Same(r.Value, basis.Reading(q.ID)) {
				f.Value = r.Key
			}
		}
		f.Value = v.typedOr(f.Name, f.Value)
		list = append(list, f)
	}
	return list
}

// tableFields are the catalogues of a pack; one is empty as long as the division follows the pack's own rows.
func (v *view) tableFields(p *policy.Pack, basis *policy.Basis) (list []tableField) {
	for _, b := range p.Blocks {
		t := p.Tables[b.ID]
		if b.Kind != "table" || t == nil {
			continue
		}
		f := tableField{field: field{Name: "t." + t.ID, Label: v.in(t.Name), Hint: v.say("政策包有 %d 行；不填就沿用", "the pack has %d rows; leave it empty to follow them", len(t.Rows))}, Clause: b.Clause.Number, ToVerify: t.ToVerify}
		columns, _, _ := present.Catalogue(basis, t.ID, 0, v.told())
		f.Columns = strings.Join(columns, v.say("，", ", "))
		if overlay, ok := basis.Adoption.Tables[t.ID]; ok {
			f.Value, f.Complete = rowsText(overlay), overlay.Complete
		}
		if f.Value = v.typedOr(f.Name, f.Value); len(v.r.PostForm) > 0 {
			f.Complete = v.asked(f.Name+".complete") != ""
		}
		list = append(list, f)
	}
	return list
}

// rowsText are rows as lines of values with commas between them.
func rowsText(o policy.Overlay) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, row := range o.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, rule.Written(cell))
		}
		_ = w.Write(cells) // a builder takes everything
	}
	w.Flush()
	return b.String()
}

// proposed is the adoption that the form asks for, or what is to be mended in it. What the pack says itself is left out.
func (v *view) proposed(p *policy.Pack) (content []byte, problems []problem) {
	file := map[string]any{"pack": p.ID, "division": v.asked("division"), "from": tidied(v.asked("from"))}
	if to := tidied(v.asked("to")); to != "" {
		file["to"] = to
	}
	if ident.Division(v.asked("division")).Fictional() { // every output of an invented county says so
		file["label"] = map[string]string{"zh": "示例", "en": "example"}
	}
	plain := policy.NewBasis(p, nil)
	parts := map[string]map[string]any{"readings": {}, "parameters": {}, "tables": {}}
	put := func(field, part, name string, value any, err error) {
		if err == nil {
			_, err = readPart(p, part, name, value)
		}
		if err != nil {
			problems = append(problems, problem{strings.ReplaceAll(field, ".", "-"), v.wrong(err)})
			return
		}
		parts[part][name] = value
	}
	for _, f := range v.parameterFields(p, plain) {
		name := strings.TrimPrefix(f.Name, "p.")
		if typed := v.asked(f.Name); typed != "" && !v.says(p, "parameters", name, typed) {
			value, err := written(typed, p.Parameters[name].Type)
			put(f.Name, "parameters", name, value, err)
		}
	}
	for id, q := range p.Questions {
		if key := v.asked("q." + id); key != "" && !v.says(p, "readings", id, key) {
			value, err := written(key, q.Type)
			put("q."+id, "readings", id, value, err)
		}
	}
	for id := range p.Tables {
		if typed := v.asked("t." + id); typed != "" {
			rows, err := typedRows(typed)
			put("t."+id, "tables", id, map[string]any{"rows": rows, "complete": v.asked("t."+id+".complete") != ""}, err)
		}
	}
	for part, values := range parts {
		if len(values) > 0 {
			file[part] = values
		}
	}
	content, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		problems = append(problems, problem{"", v.wrong(err)})
	}
	return content, problems
}

// says tells whether a pack itself says what was typed: then the adoption need not.
func (v *view) says(p *policy.Pack, part, name, typed string) bool {
	plain := policy.NewBasis(p, nil)
	if part == "readings" {
		q := p.Questions[name]
		i := slices.IndexFunc(q.Readings, func(r policy.Reading) bool { return r.Key == typed })
		return i >= 0 && policy.Same(q.Readings[i].Value, q.Applied)
	}
	day := v.valued(plain)
	if from, err := period.ParseDay(tidied(v.asked("from"))); err == nil {
		day = min(max(from, plain.Span().From), plain.Span().To)
	}
	value := plain.Frame(day)[name]
	return value != nil && rule.Written(value) == typed
}

// readPart reads one choice of an adoption by itself, so that what is wrong with it is told beside it.
func readPart(p *policy.Pack, part, name string, value any) (*policy.Adoption, error) {
	content, err := json.Marshal(map[string]any{"pack": p.ID, part: map[string]any{name: value}})
	if err != nil {
		return nil, err
	}
	node, err := text.Parse(adoptionFile, content)
	if err != nil {
		return nil, err
	}
	return policy.ReadAdoption(p, node)
}

// written is what was typed for a value of a type: lists are typed as packs write them.
func written(typed string, t rule.Type) (any, error) {
	switch t {
	case rule.ListType, rule.CountsType, rule.RatesType, rule.BandsType:
		node, err := text.Parse("value.yaml", []byte(typed))
		if err != nil {
			return nil, err
		}
		return node.JSON(), nil
	}
	return typed, nil
}

// typedRows are lines of values with commas between them.
func typedRows(typed string) (rows [][]string, err error) {
	r := csv.NewReader(strings.NewReader(typed))
	r.TrimLeadingSpace, r.FieldsPerRecord = true, -1
	if rows, err = r.ReadAll(); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "web.rows", Op: "web", Cause: err, Message: fault.Text{ZH: "这几行读不出来", EN: "these rows cannot be read"},
			Hint: fault.Text{ZH: "一行一项，各列用逗号分开", EN: "write one row a line with commas between its columns"}}
	}
	return rows, nil
}

// wrong is an error in the words of a form.
func (v *view) wrong(err error) string {
	if list, ok := err.(fault.List); ok && len(list) > 0 {
		err = list[0]
	}
	t := v.trouble(err)
	if t.Hint == "" {
		return t.Message
	}
	return t.Message + v.say("。", ". ") + t.Hint
}

// dayFields are the fields that errors of adopting are about.
var dayFields = map[string]string{"adoption.from-missing": "from", "adoption.outside-pack": "from", "adoption.span": "to", "adoption.division-missing": "division", "adoption.outside-county": "division", "adoption.other-place": "division"}

// checkProposal reads what was filled in, and says what it would change.
func (v *view) checkProposal(tx *store.Tx, f *adoptionAsked) error {
	content, problems := v.proposed(f.Pack)
	for _, name := range []string{"from", "to"} {
		if typed := tidied(v.asked(name)); typed != "" || name == "from" {
			if _, err := period.ParseDay(typed); err != nil {
				problems = append(problems, problem{name, v.wrong(err)})
			}
		}
	}
	if len(problems) == 0 {
		basis, err := adoption.Try(tx, f.Pack, adoptionFile, content)
		switch {
		case fault.KindOf(err) == fault.Internal, fault.KindOf(err) == fault.Unavailable:
			return err
		case err != nil:
			problems = append(problems, problem{dayFields[fault.CodeOf(err)], v.wrong(err)})
		default:
			f.Content = string(content)
			if f.Effect, err = v.effectOf(tx, basis, ""); err != nil {
				return err
			}
		}
	}
	f.Problems = problems
	mark(problems, f.Where, f.Parameters, f.Readings)
	for i := range f.Tables {
		list := []field{f.Tables[i].field}
		mark(problems, list)
		f.Tables[i].field = list[0]
	}
	return nil
}

// mark puts what is wrong beside the fields it is about.
func mark(problems []problem, lists ...[]field) {
	for _, p := range problems {
		for _, list := range lists {
			for i := range list {
				if list[i].id() == p.Field {
					list[i].Problem = p.Message
				}
			}
		}
	}
}

// effectOf is what an adoption would change: against what the division has in force on its first day, or else against the pack itself.
func (v *view) effectOf(tx *store.Tx, basis *policy.Basis, except string) (*effect, error) {
	places, err := v.places(tx)
	if err != nil {
		return nil, err
	}
	e := &effect{Place: v.placeName(places, basis.Division()), Span: basis.Span(), Late: basis.Span().From < v.today()}
	before := policy.NewBasis(basis.Pack, nil)
	records, err := adoption.Of(tx, seriesOf(basis.Pack))
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		standing := r.State == adoption.Approved || r.State == adoption.Withdrawn
		if r.ID == except || !standing || r.Division != basis.Division() || !r.Span.Overlaps(basis.Span()) {
			continue
		}
		e.Ends = append(e.Ends, adopted{r, v.placeName(places, r.Division), r.Span.Contains(v.today())})
	}
	if len(e.Ends) > 0 {
		last := e.Ends[len(e.Ends)-1]
		if before, err = v.Record.Adoptions.AsStood(tx, adoption.Stood{ID: last.ID, Hash: last.PackHash, Division: last.Division, Span: last.Span}); err != nil {
			return nil, err
		}
	}
	if before.Pack != basis.Pack {
		d := policy.Compare(before.Pack, basis.Pack)
		for _, c := range d.Clauses {
			e.Changes = append(e.Changes, v.changed(c.Changes)...)
		}
	}
	e.Changes = append(e.Changes, v.changed(policy.CompareBases(before, basis, v.valued(basis)))...)
	return e, nil
}

// changed are changes in sentences.
func (v *view) changed(list []policy.Change) []string { return present.Changes(list, v.told()) }
