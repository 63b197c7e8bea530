package present

import (
	"fmt"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/simulate"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Simulation is what a draft would mean for the people of a county.
type Simulation struct {
	*simulate.Simulation
	Sample  []*simulate.Shown
	County  ident.Division
	Draft   *policy.Pack
	Against []Against                 // what it is compared with
	Towns   map[ident.Division]string // their names
}

// Against is a pack that a draft is compared with.
type Against struct {
	Division ident.Division // that adopted it; "" for one that was named
	Pack     *policy.Pack
}

var effectWords = map[simulate.Effect]fault.Text{simulate.Enter: {ZH: "新享受", EN: "enters"}, simulate.Leave: {ZH: "不再享受", EN: "leaves"},
	simulate.Gain: {ZH: "增加", EN: "gains"}, simulate.Lose: {ZH: "减少", EN: "loses"}}

var effectTones = map[simulate.Effect]Tone{simulate.Enter: Good, simulate.Gain: Good, simulate.Leave: Bad, simulate.Lose: Bad}

// Simulated is a simulation for people: benefits, towns, months, then some of the people with the reasons of both sides.
func Simulated(s *Simulation, o Options) *Page {
	t := teller{Options: o, basis: policy.NewBasis(s.Draft, nil)}
	page := &Page{Lang: t.lang(), Title: t.say("政策测算", "Simulation of a policy"), Fields: t.simulatedHead(s)}
	page.Sections = []Section{t.simulatedBenefits(s), t.simulatedTowns(s), t.simulatedMonths(s)}
	for _, one := range s.Sample {
		page.Sections = append(page.Sections, t.shown(one, s)...)
	}
	return page
}

func (t teller) simulatedHead(s *Simulation) []Field {
	fields := []Field{{Name: t.say("草案", "Draft"), Value: t.packLine(s.Draft)}}
	for _, a := range s.Against {
		value := t.packLine(a.Pack)
		if a.Division != "" {
			value += t.brackets(t.say("%s 采用", "adopted by %s", string(a.Division)))
		}
		fields = append(fields, Field{Name: t.say("对比", "Compared with"), Value: value})
	}
	if len(s.Against) == 0 {
		fields = append(fields, Field{Name: t.say("对比", "Compared with"), Value: t.say("没有施行中的政策", "no policy in force")})
	}
	return append(fields, Field{Name: t.say("地区", "County"), Value: string(s.County)}, Field{Name: t.say("月份", "Months"), Value: t.monthSpan(s.From, s.To)},
		Field{Name: t.say("人数", "People"), Value: fmt.Sprint(s.People)})
}

func (t teller) monthSpan(from, to period.Month) string {
	if from == to {
		return from.String()
	}
	return from.String() + " – " + to.String()
}

// tallyColumns are the headings of a tally, behind that of what is counted.
func (t teller) tallyColumns(first Column) []Column {
	right := func(zh, en string) Column { return Column{Title: t.say(zh, en), Right: true} }
	return []Column{first, right("新享受", "Enter"), right("不再享受", "Leave"), right("增加", "Gain"), right("减少", "Lose"), right("不变", "Same"), right("缺材料", "Open"),
		right("原支出（元）", "Before"), right("新支出（元）", "After"), right("差额（元）", "Difference")}
}

func tallyCells(name string, c *simulate.Tally) []string {
	return []string{name, fmt.Sprint(c.Enter), fmt.Sprint(c.Leave), fmt.Sprint(c.Gain), fmt.Sprint(c.Lose), fmt.Sprint(c.Same), fmt.Sprint(c.Unknown),
		c.Before.Grouped(), c.After.Grouped(), signed(c.After - c.Before)}
}

// signed is an amount whose sign is always said.
func signed(f money.Fen) string {
	if f > 0 {
		return "+" + f.Grouped()
	}
	return f.Grouped()
}

func (t teller) simulatedBenefits(s *Simulation) Section {
	table := &Table{Columns: t.tallyColumns(Column{Title: t.say("待遇", "Benefit"), Flex: true})}
	for _, b := range s.Benefits {
		if b.Tally == (simulate.Tally{}) {
			continue // nobody has it on either side
		}
		name := t.in(b.Name)
		switch {
		case !b.InOld:
			name += t.brackets(t.say("新设", "new"))
		case !b.InNew:
			name += t.brackets(t.say("取消", "ends"))
		}
		table.Rows = append(table.Rows, Row{Cells: tallyCells(name, &b.Tally)})
	}
	table.Rows = append(table.Rows, Row{Kind: Sum, Cells: tallyCells(t.say("人数合计", "People, all together"), &s.Total)})
	return Section{Title: t.say("各项待遇", "By benefit"), Table: table, Notes: []string{
		t.say("“缺材料”的人判定不了，可能另有变动；按户的待遇以户主计一次", "those counted as open cannot be decided and may change too; what is a household's is counted with its head"),
		t.say("没有申请记录的，两边都按已申请并批准计算", "who has no application on the register counts on both sides as having applied and been approved"),
		t.say("按次发放的待遇、要排序选人的名额不在测算内", "what is paid for single events is left out, and so are quotas, which wait for a ranking")}}
}

func (t teller) townName(s *Simulation, code ident.Division) string {
	switch {
	case code == "":
		return t.say("没有住址登记", "no dwelling registered")
	case s.Towns[code] != "":
		return s.Towns[code]
	}
	return string(code)
}

func (t teller) simulatedTowns(s *Simulation) Section {
	columns := t.tallyColumns(Column{Title: t.say("乡镇", "Town"), Flex: true, Least: 10})
	table := &Table{Columns: append(columns[:1:1], append([]Column{{Title: t.say("登记人数", "People"), Right: true}}, columns[1:]...)...)}
	for _, town := range s.Simulation.Towns {
		cells := tallyCells(t.townName(s, town.Division), &town.Tally)
		table.Rows = append(table.Rows, Row{Cells: append(cells[:1:1], append([]string{fmt.Sprint(town.People)}, cells[1:]...)...)})
	}
	return Section{Title: t.say("各乡镇", "By town"), Table: table}
}

func (t teller) simulatedMonths(s *Simulation) Section {
	table := &Table{Columns: []Column{{Title: t.say("月份", "Month"), Flex: true}, {Title: t.say("原支出（元）", "Before"), Right: true}, {Title: t.say("新支出（元）", "After"), Right: true},
		{Title: t.say("差额（元）", "Difference"), Right: true}}}
	for _, m := range s.Months {
		table.Rows = append(table.Rows, Row{Cells: []string{m.Month.String(), m.Before.Grouped(), m.After.Grouped(), signed(m.After - m.Before)}})
	}
	table.Rows = append(table.Rows, Row{Kind: Sum, Cells: []string{t.say("合计", "Sum"), s.Total.Before.Grouped(), s.Total.After.Grouped(), signed(s.Total.After - s.Total.Before)}})
	return Section{Title: t.say("各月支出", "Cost by month"), Table: table, Notes: []string{t.say("按季、半年、学年等计发的，记在该期在测算月份内的第一个月", "what is due for a quarter or longer stands in its first month among these")}}
}

// shown is somebody of the sample: what changes, then the reasons before and after by the renderer of every decision.
func (t teller) shown(one *simulate.Shown, s *Simulation) []Section {
	head := Section{Title: t.say("抽样：", "Sample: ") + t.name(one.Subject.Name) + t.say("，", ", ") + t.townName(s, one.Town) + t.say("，", ", ") + t.in(one.Benefit.Name),
		Status: t.in(effectWords[one.Effect]), Tone: effectTones[one.Effect],
		Fields: []Field{{Name: t.say("测算月份合计", "Over the months"), Value: one.AmountBefore.Grouped() + " → " + t.yuan(one.AmountAfter)}}}
	return []Section{head, t.sideOf(one.Before, t.say("原", "Before"), one.On), t.sideOf(one.After, t.say("新", "After"), one.On)}
}

func (t teller) sideOf(o *entitle.Outcome, title string, on period.Day) Section {
	title += t.brackets(on.String())
	if o == nil {
		return Section{Title: title, Notes: []string{t.say("没有这一待遇", "there is no such benefit")}}
	}
	t.basis = o.Basis
	section := t.outcome(Due{Outcome: o})
	section.Title = title + t.say("：", ": ") + section.Title
	return section
}

// TallyView counts and adds up.
type TallyView struct {
	Enter   int       `json:"enter"`
	Leave   int       `json:"leave"`
	Gain    int       `json:"gain"`
	Lose    int       `json:"lose"`
	Same    int       `json:"same"`
	Unknown int       `json:"unknown"`
	Before  money.Fen `json:"before"`
	After   money.Fen `json:"after"`
}

// SimulatedBenefitView is a benefit of either side.
type SimulatedBenefitView struct {
	ID    string    `json:"id"`
	Name  Label     `json:"name"`
	Every string    `json:"every"`
	InOld bool      `json:"in_old"`
	InNew bool      `json:"in_new"`
	Tally TallyView `json:"tally"`
}

// SimulatedTownView is a town.
type SimulatedTownView struct {
	Division string    `json:"division"`
	Name     string    `json:"name"`
	People   int       `json:"people"`
	Tally    TallyView `json:"tally"`
}

// SimulatedMonthView is a month.
type SimulatedMonthView struct {
	Month  string    `json:"month"`
	Before money.Fen `json:"before"`
	After  money.Fen `json:"after"`
}

// AgainstView is a pack that a draft is compared with.
type AgainstView struct {
	Division string   `json:"division"`
	Pack     PackView `json:"pack"`
}

// ShownView is somebody of the sample.
type ShownView struct {
	Name     string      `json:"name"`
	Division string      `json:"division"`
	Benefit  BlockView   `json:"benefit"`
	Effect   string      `json:"effect"`
	On       Day         `json:"on"`
	Before   money.Fen   `json:"before"`
	After    money.Fen   `json:"after"`
	Was      *ReasonSide `json:"was"`
	Becomes  *ReasonSide `json:"becomes"`
}

// ReasonSide is why a side decides as it does.
type ReasonSide struct {
	Verdict    string        `json:"verdict"`
	Amount     AmountView    `json:"amount"`
	Conditions []ReasonView  `json:"conditions"`
	Missing    []MissingView `json:"missing"`
}

// SimulationView is a simulation for machines.
type SimulationView struct {
	Format   string                 `json:"format"`
	County   string                 `json:"county"`
	From     string                 `json:"from"`
	To       string                 `json:"to"`
	Draft    PackView               `json:"draft"`
	Against  []AgainstView          `json:"against"`
	People   int                    `json:"people"`
	Total    TallyView              `json:"total"`
	Benefits []SimulatedBenefitView `json:"benefits"`
	Towns    []SimulatedTownView    `json:"towns"`
	Months   []SimulatedMonthView   `json:"months"`
	Sample   []ShownView            `json:"sample"`
}

// ViewSimulation is a simulation for machines.
func ViewSimulation(s *Simulation, o Options) SimulationView {
	t := teller{Options: o}
	v := SimulationView{Format: "doudi.simulation/1", County: string(s.County), From: s.From.String(), To: s.To.String(), Draft: packOnly(s.Draft), Against: []AgainstView{},
		People: s.People, Total: TallyView(s.Total), Benefits: []SimulatedBenefitView{}, Towns: []SimulatedTownView{}, Months: []SimulatedMonthView{}, Sample: []ShownView{}}
	for _, a := range s.Against {
		v.Against = append(v.Against, AgainstView{string(a.Division), packOnly(a.Pack)})
	}
	for _, b := range s.Benefits {
		v.Benefits = append(v.Benefits, SimulatedBenefitView{b.ID, label(b.Name), string(b.Every), b.InOld, b.InNew, TallyView(b.Tally)})
	}
	for _, town := range s.Simulation.Towns {
		v.Towns = append(v.Towns, SimulatedTownView{string(town.Division), s.Towns[town.Division], town.People, TallyView(town.Tally)})
	}
	for _, m := range s.Months {
		v.Months = append(v.Months, SimulatedMonthView{m.Month.String(), m.Before, m.After})
	}
	for _, one := range s.Sample {
		v.Sample = append(v.Sample, ShownView{Name: t.name(one.Subject.Name), Division: string(one.Town), Benefit: blockView(one.Benefit.Block), Effect: string(one.Effect), On: one.On,
			Before: one.AmountBefore, After: one.AmountAfter, Was: t.reasonSide(one.Before), Becomes: t.reasonSide(one.After)})
	}
	return v
}

func (t teller) reasonSide(o *entitle.Outcome) *ReasonSide {
	if o == nil {
		return nil
	}
	t.basis = o.Basis
	return &ReasonSide{Verdict: string(o.Verdict), Amount: t.amountView(o.Amount), Conditions: t.reasonViews(o.Reasons), Missing: t.missingViews(o.Missing)}
}
