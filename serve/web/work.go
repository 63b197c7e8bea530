package web

import (
	"net/http"
	"slices"

	"doudi/record/adoption"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/roll"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// queue is one line of the work queue: what waits, how much of it, and where it is done.
type queue struct {
	Name, Path string
	Count      int
	Empty      string   // what is said when nothing waits
	Items      []string // the addresses of what waits
}

// home is where somebody's day begins: a cashier's window, a leader's figures, everybody else's queues.
func (v *view) home() error {
	if access, ok := v.session.May(auth.Settle); ok {
		v.permission, v.access = auth.Settle, access
		return v.window()
	}
	if v.may(auth.SeeOverview) {
		return v.overview()
	}
	queues, err := v.queues()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("工作台", "Work queue"), workPage(v, queues))
}

// next opens what waits after the thing somebody has just dealt with.
func (v *view) next() error {
	queues, err := v.queues()
	if err != nil {
		return err
	}
	var items []string
	for _, q := range queues {
		items = append(items, q.Items...)
	}
	from := slices.Index(items, v.asked("from"))
	if len(items) == 0 || from >= 0 && len(items) == 1 {
		return v.see("/")
	}
	return v.see(items[(from+1)%len(items)])
}

// queues are what waits for the post that is acted in. What somebody has made does not wait for the same person's check.
func (v *view) queues() (list []queue, err error) {
	err = v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		list = nil
		if v.may(auth.SeePeople) {
			if err := v.waitingQueues(tx, &list); err != nil {
				return err
			}
		}
		if v.may(auth.SeeImports) {
			if err := v.importQueue(tx, &list); err != nil {
				return err
			}
		}
		if v.may(auth.SeeRuns) {
			if err := v.runQueue(tx, &list); err != nil {
				return err
			}
		}
		if v.may(auth.CheckStanding) {
			if err := v.changeQueue(tx, changesOf[upkeep.Standing], v.say("待复核的区划、机构、日历变更", "Changes of divisions, institutions, calendar"), &list); err != nil {
				return err
			}
		}
		if v.may(auth.CheckFunds) {
			if err := v.changeQueue(tx, changesOf[upkeep.Money], v.say("待复核的专账拨款、额度、更正", "Entries of special accounts to check"), &list); err != nil {
				return err
			}
		}
		if v.may(auth.CheckPolicies) {
			if err := v.policyQueue(tx, &list); err != nil {
				return err
			}
		}
		if v.may(auth.MakeBatches) || v.may(auth.CheckBatches) {
			if err := v.batchQueue(tx, &list); err != nil {
				return err
			}
			return v.payQueue(tx, &list)
		}
		return nil
	})
	return list, err
}

func (v *view) importQueue(tx *store.Tx, list *[]queue) error {
	imports, err := v.Record.Rolls.List(tx, roll.Filter{Sender: v.sender()}, "", pageImports)
	if err != nil {
		return err
	}
	q := queue{Name: v.say("待审阅的名册", "Rolls to look at"), Path: "/imports", Empty: v.say("没有", "none")}
	for _, i := range imports {
		if i.State == roll.Ready && (v.may(auth.CheckImports) && i.Maker.ID != v.Operator.ID || v.may(auth.MakeImports) && i.Maker.ID == v.Operator.ID) {
			q.Items = append(q.Items, "/imports/"+i.ID)
		}
	}
	q.Count = len(q.Items)
	*list = append(*list, q)
	return nil
}

func (v *view) runQueue(tx *store.Tx, list *[]queue) error {
	open, err := benefit.Open(tx)
	if err != nil {
		return err
	}
	q := queue{Name: v.say("待复核的月度核定", "Runs to check"), Path: "/runs", Empty: v.say("没有", "none")}
	if open != nil && open.State == benefit.Review {
		q.Name, q.Path = open.Month.String()+v.say(" 核定待复核", " run waits for a check"), runAddress(open.Number, "", "", "")
		if v.may(auth.CheckRuns) && open.Maker.ID != v.Operator.ID {
			q.Count, q.Items = 1, []string{q.Path}
		}
		q.Empty = v.say("等另一人复核", "another person checks it")
	}
	*list = append(*list, q)
	return nil
}

// policyQueue is what others propose about policies.
func (v *view) policyQueue(tx *store.Tx, list *[]queue) error {
	all, err := adoption.All(tx)
	if err != nil {
		return err
	}
	q := queue{Name: v.say("待复核的政策采用", "Adoptions of policies to check"), Path: "/policies", Empty: v.say("没有", "none")}
	for _, a := range all {
		if d, waits := undecided(a); waits && d.Maker.ID != v.Operator.ID {
			q.Count++
			q.Path = "/adoptions/" + a.ID
		}
	}
	if q.Count > 1 {
		q.Path = "/policies"
	}
	*list = append(*list, q)
	return nil
}
