package api

import (
	"net/http"

	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

type householdView struct {
	ID       string            `json:"id"`
	Day      period.Day        `json:"day"`
	Division string            `json:"division,omitempty"`
	Address  *string           `json:"address" doc:"没有登记或不给看为 null null when not known or withheld"`
	Withheld bool              `json:"withheld" doc:"true：这把密钥看不到住址 true when the key may not see addresses"`
	Members  []householdMember `json:"members" nullable:"false" doc:"户主在前 the head first"`
}

type householdMember struct {
	Person   string        `json:"person"`
	Relation string        `json:"relation" doc:"与户主关系 relation to the head"`
	Label    present.Label `json:"label"`
	From     *period.Day   `json:"from"`
	To       *period.Day   `json:"to"`
}

// householdOperations registers what is asked of households.
func (s *server) householdOperations() {
	reads(s, operation{method: http.MethodGet, path: "/households/{id}", id: "read-household", scope: auth.RegisterRead, summary: "某一天的家庭 · a household on a day",
		description: "这一天的成员和住处，可以按另一天所知。每次都记入日志，记到每个成员。\n\nIts members and where it lives on a day, as known on another if asked. Each look is kept in the log, under each member."}, readHousehold)
}

func readHousehold(c *call, p *partyParams, _ *none) (householdView, error) {
	day, known, err := c.days(p)
	if err != nil {
		return householdView{}, err
	}
	var view householdView
	err = c.look("api.read-household", func(tx *store.Tx) error {
		h, err := c.Record.Register.Household(tx, p.ID, day, known)
		if err != nil {
			return err
		}
		view = householdView{ID: h.ID, Day: day, Division: string(h.Division), Withheld: !c.key.Sees(rule.Identity), Members: []householdMember{}}
		if h.Address != "" && !view.Withheld {
			view.Address = &h.Address
		}
		var people []string
		for _, m := range h.Members {
			people = append(people, m.Person)
			view.Members = append(view.Members, viewHouseholdMember(m))
		}
		return c.seen(tx, "register.household", h.ID, p.Purpose, people...)
	})
	return view, err
}

func viewHouseholdMember(m register.Member) householdMember {
	label := register.Relations[m.Relation]
	view := householdMember{Person: m.Person, Relation: m.Relation, Label: present.Label{ZH: label.ZH, EN: label.In("en")}}
	if m.Span.From != rule.Beginning {
		view.From = &m.Span.From
	}
	if m.Span.To != rule.Forever {
		view.To = &m.Span.To
	}
	return view
}
