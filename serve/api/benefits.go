package api

import (
	"cmp"
	"encoding/json"
	"net/http"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

type determinationView struct {
	Scheme   string        `json:"scheme" doc:"系列/待遇 series/benefit"`
	Name     present.Label `json:"name"`
	Run      string        `json:"run" doc:"写下它的核定 id of the run that determined it"`
	From     string        `json:"from" doc:"月 month"`
	To       *string       `json:"to" doc:"月；没有止月为 null month; null until further notice"`
	Every    string        `json:"every" doc:"month 是每月，其余只在 from 那个月 month: in each month; else once, in from"`
	Verdict  string        `json:"verdict"`
	Reason   string        `json:"reason" doc:"原因的种类 kind of reason"`
	Says     present.Label `json:"says"`
	Amount   money.Fen     `json:"amount"`
	Held     bool          `json:"held" doc:"true：应发，暂缓 due, and held back"`
	Division string        `json:"division,omitempty"`
}

type benefitsView struct {
	Month          string              `json:"month"`
	Total          money.Fen           `json:"total" doc:"这个月应发 payable for the month"`
	Due            []determinationView `json:"due" nullable:"false" doc:"这个月算数的 those that count in the month"`
	Owed           []toGiveBackView    `json:"owed" nullable:"false" doc:"多发而没有追回的，含外县移交的 what turned out to be too much and was not got back, with what other counties handed over"`
	Determinations []determinationView `json:"determinations" nullable:"false" doc:"历次核定的全部；同一个月后面的算数 all, in the order of the runs: of two that name a month the later counts"`
}

type toGiveBackView struct {
	Reason string     `json:"reason"`
	Since  period.Day `json:"since"`
	Amount money.Fen  `json:"amount"`
}

type actView struct {
	ID        string            `json:"id"`
	Kind      string            `json:"kind" enum:"approve,review,grant,hold"`
	Scheme    string            `json:"scheme,omitempty" doc:"没有写为全部待遇 every scheme when not given"`
	Day       period.Day        `json:"day"`
	Until     *period.Day       `json:"until" doc:"没有止日为 null null when it has no end"`
	Amount    *money.Fen        `json:"amount" doc:"只有 grant 有 of a grant"`
	Reason    string            `json:"reason,omitempty"`
	Facts     map[string]string `json:"facts" doc:"申请和批准的情况，值是 JSON what is said of the application, as JSON"`
	Withheld  bool              `json:"withheld" doc:"true：有密钥看不到的 the key may not see all of it"`
	By        string            `json:"by"`
	At        string            `json:"at" doc:"时刻 when"`
	Withdrawn bool              `json:"withdrawn"`
}

type actsView struct {
	Acts []actView `json:"acts" nullable:"false"`
}

type benefitsParams struct {
	ID      string `path:"id" doc:"人员或家庭编号 id of the person or household"`
	Month   string `query:"month" doc:"月，不写为本月 by default this month"`
	Purpose string `query:"purpose" doc:"查看目的，记入日志 what the look is for, kept in the log"`
}

type actsParams struct {
	ID      string `path:"id" doc:"人员或家庭编号 id of the person or household"`
	Purpose string `query:"purpose" doc:"查看目的，记入日志 what the look is for, kept in the log"`
}

type oneAct struct {
	ID string `path:"id" doc:"决定的编号 id of the act"`
}

type actBody struct {
	Subject string                     `json:"subject" minLength:"1" maxLength:"40" doc:"人员或家庭编号 id of a person or household"`
	Scheme  string                     `json:"scheme,omitempty" maxLength:"200" doc:"系列/待遇；hold 不写为全部 series/benefit; a hold may leave it out for all"`
	Kind    string                     `json:"kind" enum:"approve,review,grant,hold" doc:"批准申请、完成复核、核定金额、暂缓发放 an application was approved, the review was done, an amount was set, payment is held back"`
	Day     string                     `json:"day,omitempty" maxLength:"10" doc:"哪天（grant、hold 从哪天起），不写为今天 when, or since when; by default today"`
	Until   string                     `json:"until,omitempty" maxLength:"10" doc:"hold 的止日，不写为直到解除 last day of a hold; without it until it is withdrawn"`
	Amount  string                     `json:"amount,omitempty" maxLength:"20" doc:"grant 的金额 of a grant"`
	Reason  string                     `json:"reason,omitempty" maxLength:"200" doc:"hold、grant 要写 needed for a hold and a grant"`
	Facts   map[string]json.RawMessage `json:"facts,omitempty" doc:"批准的申请：application.*、approval.*，写法同人员文件 of an approved application, as in a file about a person"`
}

type withdrawActBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"200"`
}

// benefitOperations registers what people are due, and what persons decide about it.
func (s *server) benefitOperations() {
	const anyone = "0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17"
	reads(s, operation{method: http.MethodGet, path: "/subjects/{id}/benefits", id: "read-benefits", scope: auth.BenefitsRead, summary: "一个人（户）的待遇 · what somebody is due",
		description: "按已批准的核定。每次都记入日志。\n\nBy the approved runs. Each look is kept in the log."}, readBenefits)
	reads(s, operation{method: http.MethodGet, path: "/subjects/{id}/acts", id: "list-acts", scope: auth.BenefitsRead, summary: "一个人（户）的人工决定 · what persons decided about somebody",
		description: "撤回的也在内。每次都记入日志。\n\nWithdrawn ones too. Each look is kept in the log."}, listActs)
	writes(s, operation{method: http.MethodPost, path: "/acts", id: "decide-benefit", scope: auth.BenefitsWrite, summary: "批准申请、复核、核定金额、暂缓 · approve, review, grant or hold",
		example:     map[string]any{"subject": anyone, "scheme": "pingyin-medical-help/severe-disability", "kind": "approve", "day": "2021-10-20", "facts": map[string]any{"application.day": "2021-10-11"}},
		description: "下一次核定时起作用。已经批准的月份不能再暂缓。密钥看不到的类别不能写。\n\nThe next run takes it into account. Nothing is held back of months that were approved. What the key may not see it may not state."}, decideBenefit)
	writes(s, operation{method: http.MethodPost, path: "/acts/{id}/withdrawal", id: "withdraw-act", scope: auth.BenefitsWrite, summary: "撤回决定、解除暂缓 · withdraw an act, release a hold",
		example:     map[string]any{"reason": "已核实"},
		description: "下一次核定时重新判定；暂缓期间的补发。\n\nThe next run decides again; what was held back comes as arrears."}, withdrawAct)
}

// known refuses what is neither a person nor a household of the county. Code: dated.party-unknown.
func known(tx *store.Tx, subject string) error {
	kind, err := dated.KindOf(tx, subject)
	if err == nil && kind != register.PersonKind && kind != register.HouseholdKind {
		return dated.PartyUnknown(subject)
	}
	return err
}

func readBenefits(c *call, p *benefitsParams, _ *none) (view benefitsView, err error) {
	month := c.today().Month()
	if p.Month != "" {
		if month, err = period.ParseMonth(p.Month); err != nil {
			return view, parameter("month", p.Month)
		}
	}
	err = c.look("api.read-benefits", func(tx *store.Tx) error {
		if err := known(tx, p.ID); err != nil {
			return err
		}
		due, err := benefit.DueIn(tx, p.ID, month)
		if err != nil {
			return err
		}
		all, err := benefit.Of(tx, p.ID)
		if err != nil {
			return err
		}
		owed, err := c.Record.Moves.Owed(tx, p.ID)
		if err != nil {
			return err
		}
		view = benefitsView{Month: month.String(), Due: c.viewDeterminations(due), Owed: []toGiveBackView{}, Determinations: c.viewDeterminations(all)}
		for _, d := range owed {
			view.Owed = append(view.Owed, toGiveBackView{d.Reason, d.Since, d.Amount})
		}
		for i := range due {
			view.Total += due[i].Due(month)
		}
		return c.seen(tx, "benefit.due", p.ID, p.Purpose, p.ID)
	})
	return view, err
}

func (c *call) viewDeterminations(list []benefit.Determination) []determinationView {
	views := []determinationView{}
	for _, d := range list {
		view := determinationView{d.Scheme, c.schemeName(d.Scheme), d.Run, d.From.String(), nil, string(d.Every), string(d.Verdict), string(d.Reason), labelOf(d.Reason.Label()), d.Amount, d.Held, string(d.Division)}
		if d.To != benefit.NoEnd {
			to := d.To.String()
			view.To = &to
		}
		views = append(views, view)
	}
	return views
}

func listActs(c *call, p *actsParams, _ *none) (view actsView, err error) {
	err = c.look("api.list-acts", func(tx *store.Tx) error {
		if err := known(tx, p.ID); err != nil {
			return err
		}
		acts, err := c.Record.Benefits.Acts(tx, p.ID)
		if err != nil {
			return err
		}
		view = actsView{c.viewActs(acts)}
		return c.seen(tx, "benefit.acts", p.ID, p.Purpose, p.ID)
	})
	return view, err
}

func (c *call) viewActs(acts []benefit.Act) []actView {
	views := []actView{}
	for i := range acts {
		views = append(views, c.viewAct(&acts[i]))
	}
	return views
}

// viewAct is an act as far as the key may see it. A reason may say anything, so that it is shown to who may see all.
func (c *call) viewAct(a *benefit.Act) actView {
	view := actView{ID: a.ID, Kind: string(a.Kind), Scheme: a.Scheme, Day: a.Day, Facts: map[string]string{}, By: a.By.Name, At: store.FormatInstant(a.At), Withdrawn: a.Withdrawn}
	if a.Until < period.Latest {
		view.Until = &a.Until
	}
	if a.Kind == benefit.Grant {
		view.Amount = &a.Amount
	}
	if view.Withheld = a.Reason != "" && !c.seesAll(); !view.Withheld {
		view.Reason = a.Reason
	}
	for name, value := range a.Facts {
		if t := c.Record.Benefits.Vocabulary.Facts[name]; t != nil && !c.key.Sees(t.Sensitivity) {
			view.Withheld = true
			continue
		}
		view.Facts[name] = value
	}
	return view
}

func decideBenefit(c *call, tx *store.Tx, _ *none, b *actBody) (idView, error) {
	a := benefit.Act{Subject: b.Subject, Scheme: b.Scheme, Kind: benefit.ActKind(b.Kind), Reason: b.Reason, Facts: map[string]string{}}
	var err error
	if a.Day, err = c.written("day", b.Day, 0); err != nil {
		return idView{}, err
	}
	if a.Until, err = c.written("until", b.Until, rule.Forever); err != nil {
		return idView{}, err
	}
	if a.Amount, err = money.ParseYuan(cmp.Or(b.Amount, "0")); err != nil {
		return idView{}, text.Placed(err, c.node.Get("amount"))
	}
	for name, value := range b.Facts {
		if t := c.Record.Benefits.Vocabulary.Facts[name]; t != nil && !c.key.Sees(t.Sensitivity) {
			return idView{}, factHidden(t.Label)
		}
		a.Facts[name] = string(value)
	}
	id, err := c.Record.Benefits.Act(tx, a)
	return idView{id}, err
}

func withdrawAct(c *call, tx *store.Tx, p *oneAct, b *withdrawActBody) (idView, error) {
	return idView{p.ID}, c.Record.Benefits.Withdraw(tx, p.ID, b.Reason)
}
