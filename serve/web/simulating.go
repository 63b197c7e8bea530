package web

import (
	"cmp"
	"encoding/json"
	"net/http"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/record/job"
	"doudi/record/simulation"
	"doudi/record/store"
	"doudi/serve/present"
)

// simulationPage asks what a policy would mean for the people on the register, and shows what came of it.
type simulationPage struct {
	packHead
	Key      string
	Fields   []field
	Problems []problem
	Adopt    string // the adoption that is asked about; "" for the pack by itself
	Own      bool   // the adoption of the job can be proposed from here
	Reason   field
	Job      *job.Job
	Result   *present.SimulationView
	Earlier  []job.Job
}

// The months a simulation is about unless somebody says otherwise, how many people it shows of each effect, and how many earlier ones a page lists.
const (
	simulatedMonths  = 3
	simulatedSample  = 5
	simulationsShown = 10
)

func (v *view) simulation() error { return v.showSimulation(http.StatusOK, nil) }

func (v *view) showSimulation(status int, wrong error) error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	page := simulationPage{Key: cmp.Or(v.typed("key"), newKey())}
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		page = simulationPage{Key: page.Key}
		if page.packHead, err = v.packHead(tx, p, "simulate"); err != nil {
			return err
		}
		if page.Earlier, err = v.simulations(tx, p); err != nil {
			return err
		}
		return v.fillSimulation(tx, &page)
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		page.Problems = []problem{{"", v.wrong(wrong)}}
	}
	return v.show(status, v.errorTitle(page.Problems, v.say("影响测算", "Simulation")), simulationPageOf(v, page))
}

func (v *view) fillSimulation(tx *store.Tx, page *simulationPage) error {
	first := v.today().Month() + 1
	from, to := first.String(), (first + simulatedMonths - 1).String()
	if id := v.r.FormValue("job"); id != "" {
		j, err := v.Record.Jobs.Get(tx, id)
		if fault.KindOf(err) == fault.NotFound || err == nil && (j.Work.Kind != job.Simulate || j.Work.Draft != page.ID) {
			return refuse(fault.NotFound, "simulation-unknown", fault.Text{ZH: "没有这次测算", EN: "there is no such simulation"}, fault.Text{ZH: "从影响测算打开", EN: "open one from the page of simulations"})
		}
		if err != nil {
			return err
		}
		page.Job, page.Adopt, from, to = &j, j.Work.Adopt, j.Work.Month.String(), j.Work.To.String()
		if page.Result, err = v.simulated(tx, &j); err != nil {
			return err
		}
	}
	page.Reason = field{Name: "reason", Label: v.say("依据或理由", "Grounds")}
	page.Fields = []field{{Name: "from", Label: v.say("自（月份）", "From (month)"), Need: true, Value: v.typedOr("from", from)}, {Name: "to", Label: v.say("至（月份）", "To (month)"), Need: true, Value: v.typedOr("to", to)}}
	against := field{Name: "against", Label: v.say("与什么比", "Compared with"), Value: v.typed("against"), Unchosen: v.say("各地现行采用的", "what each division has adopted")}
	for _, p := range page.Others {
		against.Options = append(against.Options, option{p.ID, v.in(p.Title) + " " + p.Version})
	}
	if len(against.Options) > 0 && page.Adopt == "" {
		page.Fields = append(page.Fields, against)
	}
	return nil
}

// simulated is what came of a simulation; nil while it is not done.
func (v *view) simulated(tx *store.Tx, j *job.Job) (*present.SimulationView, error) {
	if !j.Answers {
		return nil, nil
	}
	answer, err := v.Record.Jobs.Answer(tx, j.ID)
	if err != nil {
		return nil, err
	}
	var result present.SimulationView
	return &result, json.Unmarshal(answer, &result)
}

// simulations are the newest simulations of a pack.
func (v *view) simulations(tx *store.Tx, p *policy.Pack) (list []job.Job, err error) {
	all, err := v.Record.Jobs.List(tx, job.Filter{Kinds: []job.Kind{job.Simulate}}, "", 10*simulationsShown)
	for _, j := range all {
		if j.Work.Draft == p.ID && len(list) < simulationsShown {
			list = append(list, j)
		}
	}
	return list, err
}

// simulate starts a simulation in the background: of a pack by itself, or of an adoption that is proposed or about to be.
func (v *view) simulate() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	w := job.Work{Kind: job.Simulate, Draft: p.ID, Against: v.asked("against"), Sample: simulatedSample}
	if w.Month, err = period.ParseMonth(v.asked("from")); err == nil {
		w.To, err = period.ParseMonth(v.asked("to"))
	}
	if err == nil && (w.To < w.Month || w.To-w.Month >= simulation.MostMonths) {
		err = refuse(fault.Invalid, "months", text.Say("测算的月份应从先到后，至多 %d 个月", "months run forwards, at most %d of them", simulation.MostMonths), fault.Text{ZH: "核对起止月份", EN: "check the first and the last month"})
	}
	if err != nil {
		return v.showSimulation(http.StatusUnprocessableEntity, err)
	}
	return v.startSimulation(p, w)
}

// startSimulation keeps a job and goes where it is shown.
func (v *view) startSimulation(p *policy.Pack, w job.Work) error {
	outcome, err := v.onceFor("web.simulate", func(tx *store.Tx) (any, error) {
		if id := v.asked("adoption"); id != "" {
			r, err := adoption.Get(tx, id)
			if err != nil {
				return nil, err
			}
			w.Adopt = r.Content
		}
		j, err := v.Record.Jobs.Start(tx, w)
		return j.ID, err
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.NotFound:
		if err != nil {
			return v.showSimulation(statuses[fault.KindOf(err)], err)
		}
	}
	if err != nil {
		return err
	}
	var id string
	if err := json.Unmarshal(outcome.Result, &id); err != nil {
		return err
	}
	return v.see(v.packAddress(p, "/simulate?job="+query(id)))
}

// simulateAsked starts a simulation of the adoption that a form asks for, over its first months.
func (v *view) simulateAsked(p *policy.Pack, content []byte) error {
	from, err := period.ParseDay(tidied(v.asked("from")))
	if err != nil {
		return v.showProposal(http.StatusUnprocessableEntity, true)
	}
	return v.startSimulation(p, job.Work{Kind: job.Simulate, Draft: p.ID, Adopt: string(content), Sample: simulatedSample, Month: from.Month(), To: v.simulatedTo(period.Span{From: from, To: p.InForce.To})})
}

// simulationOf is the newest simulation of exactly what an adoption says; nil for none.
func (v *view) simulationOf(tx *store.Tx, p *policy.Pack, content string) (*job.Job, *present.SimulationView, error) {
	list, err := v.simulations(tx, p)
	for _, j := range list {
		if j.Work.Adopt == content {
			result, err := v.simulated(tx, &j)
			return &j, result, err
		}
	}
	return nil, nil, err
}

// label is a label of a view in the reader's language.
func (v *view) label(l present.Label) string {
	return fault.Text{ZH: l.ZH, EN: l.EN}.In(v.lang)
}

// signed is a difference whose sign is always said.
func signed(f money.Fen) string {
	if f > 0 {
		return "+" + f.Grouped()
	}
	return f.Grouped()
}

// effectWord is what a change does to somebody, and its colour.
func (v *view) effectWord(effect string) (word, class string) {
	switch effect {
	case "enter":
		return v.say("新享受", "enters"), "ok"
	case "leave":
		return v.say("不再享受", "leaves"), "bad"
	case "gain":
		return v.say("增加", "gains"), "ok"
	}
	return v.say("减少", "loses"), "bad"
}

// truthMark is a condition's answer.
func truthMark(truth string) string {
	return map[string]string{"met": "y", "not-met": "x", "unknown": "o"}[truth]
}

// townOf is what a town of a simulation is called.
func (v *view) townOf(t present.SimulatedTownView) string {
	return cmp.Or(t.Name, t.Division, v.say("没有住址登记", "no dwelling registered"))
}

// simulatedTo is the last month that a simulation of an adoption is about.
func (v *view) simulatedTo(s period.Span) period.Month {
	return min(s.From.Month()+simulatedMonths-1, s.To.Month())
}
