package main

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/register"
	"doudi/record/store"
)

// The people of the demonstration's offices: what one makes another checks.
var (
	demoMaker   = store.Actor{ID: "demo-maker", Name: "经办员", Post: "经办"}
	demoChecker = store.Actor{ID: "demo-checker", Name: "复核员", Post: "复核"}
)

// demoStep is one command on a county's record, done on a day.
type demoStep struct {
	county *demoCounty
	name   string // unique in the county: the command's key
	day    period.Day
	by     store.Actor
}

// step does a command once, and reads what it answered then.
func (d *demo) step(ctx context.Context, s demoStep, answer any, do func(*store.Tx) (any, error)) error {
	command := store.Command{Key: "demo " + s.name, Name: "demo", County: s.county.code, Actor: s.by, Instant: morning(s.day)}
	done, err := d.record.Store.Write(ctx, command, do)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(done.Result, answer)
}

// morning is ten in the morning of a day in China.
func morning(day period.Day) time.Time { return time.Unix(int64(day)*86400+2*3600, 0).UTC() }

// fill sets a county up.
func (d *demo) fill(ctx context.Context, c *demoCounty) error {
	if err := d.setUp(ctx, c); err != nil {
		return err
	}
	if err := d.adopt(ctx, c); err != nil {
		return err
	}
	for i := range c.households {
		if err := d.household(ctx, c, i); err != nil {
			return err
		}
	}
	return nil
}

// setUp makes what a county needs before anybody comes: divisions, providers and special accounts.
func (d *demo) setUp(ctx context.Context, c *demoCounty) error {
	ids := map[string]string{}
	err := d.step(ctx, demoStep{c, "set up", c.registered, demoMaker}, &ids, func(tx *store.Tx) (any, error) {
		if err := d.record.Register.MarkDemo(tx); err != nil {
			return nil, err
		}
		for _, division := range c.divisions {
			if err := d.record.Register.AddDivision(tx, register.Division{Code: division.code, Name: division.name, Span: dated.Always}, dated.Said{}); err != nil {
				return nil, err
			}
		}
		if err := d.keepRosters(tx); err != nil {
			return nil, err
		}
		for _, code := range slices.Sorted(maps.Keys(c.pack.Funds)) {
			if err := openFund(tx, c, code); err != nil {
				return nil, err
			}
		}
		return d.providers(tx, c)
	})
	for name, id := range ids {
		c.providers[name].id = id
	}
	return err
}

// keepRosters says that the county keeps all rosters complete: who is not on one is known not to be.
func (d *demo) keepRosters(tx *store.Tx) error {
	for _, roster := range slices.Sorted(maps.Keys(d.library.Vocabulary.Rosters)) {
		if _, err := d.record.Register.KeepRoster(tx, roster, dated.Always, dated.Said{}); err != nil {
			return err
		}
	}
	return nil
}

// providers registers the institutions of a county and answers their ids by the names they have in its file.
func (d *demo) providers(tx *store.Tx, c *demoCounty) (map[string]string, error) {
	ids := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.providers)) {
		p := c.providers[name]
		p.Span = dated.Always
		id, err := d.record.Providers.Add(tx, p.Provider)
		if err != nil {
			return nil, err
		}
		err = each(p.facts, func(fact string, value rule.Fact) error {
			_, err := d.record.Providers.State(tx, id, fact, value, "")
			return err
		})
		if err != nil {
			return nil, err
		}
		ids[name] = id
	}
	return ids, nil
}

// each calls do for every fact, in the order of names.
func each(facts rule.Facts, do func(name string, fact rule.Fact) error) error {
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		for _, fact := range facts[name] {
			if err := do(name, fact); err != nil {
				return err
			}
		}
	}
	return nil
}

// openFund opens a special account of the pack for what the pack pays from it, with a million yuan in it.
func openFund(tx *store.Tx, c *demoCounty, code string) error {
	uses := fundUses(c.pack, code)
	if len(uses) == 0 {
		return nil
	}
	year := strconv.Itoa(c.registered.Year())
	first, err := period.ParseDay(year + "-01-01")
	if err != nil {
		return err
	}
	f := fund.Fund{Code: code, Name: c.pack.Funds[code], Purpose: fault.Text{ZH: "民生保障资金", EN: "Money of the safety net"}, Uses: uses,
		Span: period.Span{From: first, To: period.Latest}} // so that a reader can settle another bill on any day
	if err := fund.Open(tx, f); err != nil {
		return err
	}
	for _, a := range []fund.Account{{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "县财政", EN: "County finance"}},
		{AccountID: fund.AccountID{Kind: fund.Bank, Code: "main"}, Name: fault.Text{ZH: "专户", EN: "Special bank account"}}} {
		if err := fund.OpenAccount(tx, code, a); err != nil {
			return err
		}
	}
	_, err = fund.Receive(tx, fund.Movement{Fund: code, Amount: money.Yuan(1_000_000), Source: "finance", Into: "main", Day: c.registered,
		Origin: fund.Origin{Kind: fund.FromDocument, ID: year + "-01"}, Reason: "演示拨款"})
	return err
}

// fundUses are the settlements and benefits that a pack pays from a fund.
func fundUses(p *policy.Pack, code string) (uses []fund.Use) {
	for _, s := range p.Settlement {
		for _, payer := range s.Payers {
			if slices.ContainsFunc(append(payer.Members, payer), func(p *policy.Payer) bool { return p.Fund == code }) {
				uses = append(uses, fund.Use{Kind: fund.Settlement, Name: s.ID})
			}
		}
	}
	for _, b := range p.Benefits {
		if b.Fund == code {
			uses = append(uses, fund.Use{Kind: fund.Scheme, Name: b.ID})
		}
	}
	return slices.Compact(uses)
}

// adopt lets one person propose the pack and another approve it.
func (d *demo) adopt(ctx context.Context, c *demoCounty) error {
	var decision string
	err := d.step(ctx, demoStep{c, "propose", c.registered, demoMaker}, &decision, func(tx *store.Tx) (any, error) {
		_, decision, err := d.record.Adoptions.Propose(tx, c.pack, c.code+".yaml", []byte(c.adoption), "演示")
		return decision, err
	})
	if err != nil {
		return err
	}
	return d.step(ctx, demoStep{c, "approve", c.registered, demoChecker}, nil, func(tx *store.Tx) (any, error) {
		return nil, d.record.Adoptions.Approve(tx, decision, "同意")
	})
}

// household registers a household with its members and settles their bills.
func (d *demo) household(ctx context.Context, c *demoCounty, i int) error {
	h := c.households[i]
	var ids []string
	err := d.step(ctx, demoStep{c, "household " + strconv.Itoa(i), c.registered, demoMaker}, &ids, func(tx *store.Tx) (any, error) {
		return d.register(tx, h, c.registered)
	})
	if err != nil {
		return err
	}
	for i, m := range h.members {
		m.id = ids[i]
		for _, bill := range m.bills {
			if err := d.settleBill(ctx, c, m, bill); err != nil {
				return err
			}
		}
	}
	return nil
}

// register answers the ids of the members.
func (d *demo) register(tx *store.Tx, h *demoHousehold, from period.Day) ([]string, error) {
	var ids []string
	household := ""
	for _, m := range h.members {
		id, err := d.person(tx, m)
		if err != nil {
			return nil, err
		}
		if household == "" {
			household, err = d.record.Register.AddHousehold(tx, register.Dwelling{Division: h.division}, id, from, dated.Said{})
		} else {
			err = d.record.Register.Join(tx, household, id, m.relation, from, dated.Said{})
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, d.facts(tx, household, h.facts)
}

func (d *demo) person(tx *store.Tx, m *demoMember) (string, error) {
	p := register.Person{Name: m.known.Name, From: rule.Beginning}
	facts := maps.Clone(m.known.Facts)
	if number, ok := facts.At("person.id", rule.Forever); ok {
		p.Number = ident.PersonID(rule.Display(number.Value, ""))
		for _, name := range []string{"person.id", "person.birth", "person.sex"} { // the number says it
			delete(facts, name)
		}
	}
	id, err := d.record.Register.AddPerson(tx, p)
	if err != nil {
		return "", err
	}
	return id, d.facts(tx, id, facts)
}

// facts records what the county knows of a person or household. Of a roster only who is on it is said.
func (d *demo) facts(tx *store.Tx, party string, facts rule.Facts) error {
	return each(facts, func(name string, fact rule.Fact) error {
		if fact.Value == rule.Bool(false) && d.library.Vocabulary.Facts[name] == nil {
			return nil
		}
		_, err := d.record.Register.Record(tx, party, name, fact, "")
		return err
	})
}

// settleBill receives a bill and confirms it.
func (d *demo) settleBill(ctx context.Context, c *demoCounty, m *demoMember, bill *demoBill) error {
	name := bill.provider + " " + bill.received.String()
	var received claim.Claim
	err := d.step(ctx, demoStep{c, "receive " + name, bill.received, demoMaker}, &received, func(tx *store.Tx) (any, error) {
		return d.record.Claims.Receive(tx, claim.Bill{Person: m.id, Provider: c.providers[bill.provider].id, Series: seriesOf(c.pack), Name: "bill.yaml", Content: []byte(bill.content)})
	})
	if err != nil {
		return err
	}
	bill.id = received.ID
	return d.step(ctx, demoStep{c, "confirm " + name, bill.received, demoMaker}, nil, func(tx *store.Tx) (any, error) {
		return d.record.Claims.Confirm(tx, bill.id, "")
	})
}

func seriesOf(p *policy.Pack) string { return cmp.Or(p.Series, p.ID) }
