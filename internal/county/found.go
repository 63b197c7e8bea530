package county

import (
	"context"
	"encoding/json"
	"fmt"
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
	"doudi/record"
	"doudi/record/dated"
	"doudi/record/fund"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// The people of the offices: what one enters or proposes another approves; and a cashier.
var (
	Clerk   = store.Actor{ID: "u1", Name: "孙倩", Post: "经办"}
	Checker = store.Actor{ID: "u2", Name: "李审核", Post: "审核"}
	Cashier = store.Actor{ID: "u3", Name: "赵敏", Post: "收费员"}
)

// Place is what a county has before anybody comes.
type Place struct {
	Code      string
	Day       period.Day // on which all of it is set up
	Divisions []register.Division
	Rosters   []string            // that the county keeps complete; nil for all that the vocabulary has
	Providers map[string]Provider // by names of one's own
	Adoptions []Adoption
	Money     money.Fen // in each special account
}

// Adoption is that a pack is applied, as an office writes it.
type Adoption struct {
	Pack    *policy.Pack
	Name    string // of the file
	Content string
}

// Office acts in a county of a record. What it is told to do under a name it does once: asked again, it gives the answer of the first time.
type Office struct {
	*record.Record
	Code       string
	Vocabulary *rule.Vocabulary
}

// Step is one command of an office.
type Step struct {
	Name string // unique in the county
	Day  period.Day
	By   store.Actor
}

// Do does a step, and reads into answer, unless it is nil, what the step answered when it was done.
func (o Office) Do(ctx context.Context, s Step, answer any, act func(*store.Tx) (any, error)) error {
	command := store.Command{Key: "county " + s.Name, Name: "county", County: o.Code, Actor: s.By, Instant: Morning(s.Day)}
	done, err := o.Store.Write(ctx, command, act)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(done.Result, answer)
}

// Morning is ten in the morning of a day in China.
func Morning(day period.Day) time.Time { return time.Unix(int64(day)*86400+2*3600, 0).UTC() }

// Found sets a county up: divisions, rosters, institutions, special accounts and adopted packs. It answers the ids of the providers by their names.
func (o Office) Found(ctx context.Context, p Place) (providers map[string]string, err error) {
	err = o.Do(ctx, Step{"set up", p.Day, Clerk}, &providers, func(tx *store.Tx) (any, error) { return o.setUp(tx, p) })
	if err != nil {
		return nil, err
	}
	for i, a := range p.Adoptions {
		if err := o.adopt(ctx, "adoption "+strconv.Itoa(i), p.Day, a); err != nil {
			return nil, err
		}
	}
	return providers, nil
}

func (o Office) setUp(tx *store.Tx, p Place) (map[string]string, error) {
	if err := o.Register.MarkDemo(tx); err != nil {
		return nil, err
	}
	for _, d := range p.Divisions {
		if err := o.Register.AddDivision(tx, d, dated.Said{}); err != nil {
			return nil, err
		}
	}
	rosters := p.Rosters
	if rosters == nil {
		rosters = slices.Sorted(maps.Keys(o.Vocabulary.Rosters))
	}
	for _, roster := range rosters {
		if _, err := o.Register.KeepRoster(tx, roster, dated.Always, dated.Said{}); err != nil {
			return nil, err
		}
	}
	if err := openFunds(tx, p); err != nil {
		return nil, err
	}
	return o.AddProviders(tx, p.Providers)
}

// AddProviders registers institutions, and answers their ids by the names given.
func (o Office) AddProviders(tx *store.Tx, providers map[string]Provider) (map[string]string, error) {
	ids := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		p := providers[name]
		id, err := o.Providers.Add(tx, provider.Provider{Kind: provider.Kind(p.Kind), Name: p.Name, Division: p.Division, Span: dated.Always})
		if err != nil {
			return nil, err
		}
		err = each(p.Facts, func(fact string, value rule.Fact) error {
			_, err := o.Providers.State(tx, id, fact, value, "")
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

// openFunds opens the special accounts of the adopted packs, each once, with money in it.
func openFunds(tx *store.Tx, p Place) error {
	opened := map[string]bool{}
	for _, a := range p.Adoptions {
		for _, code := range slices.Sorted(maps.Keys(a.Pack.Funds)) {
			if uses := fundUses(a.Pack, code); len(uses) > 0 && !opened[code] {
				opened[code] = true
				if err := openFund(tx, p, fund.Fund{Code: code, Name: a.Pack.Funds[code], Uses: uses}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func openFund(tx *store.Tx, p Place, f fund.Fund) error {
	f.Purpose = fault.Text{ZH: "民生保障资金", EN: "Money of the safety net"}
	f.Span = period.Span{From: period.MustDay(p.Day.Year(), 1, 1), To: period.Latest} // so that a bill of any later day can be settled
	if err := fund.Open(tx, f); err != nil {
		return err
	}
	for _, a := range []fund.Account{{AccountID: fund.AccountID{Kind: fund.Source, Code: "finance"}, Name: fault.Text{ZH: "县财政", EN: "County finance"}},
		{AccountID: fund.AccountID{Kind: fund.Bank, Code: "main"}, Name: fault.Text{ZH: "专户", EN: "Special bank account"}}} {
		if err := fund.OpenAccount(tx, f.Code, a); err != nil {
			return err
		}
	}
	_, err := fund.Receive(tx, fund.Movement{Fund: f.Code, Amount: p.Money, Source: "finance", Into: "main", Day: p.Day,
		Origin: fund.Origin{Kind: fund.FromDocument, ID: fmt.Sprintf("%d-01", p.Day.Year())}, Reason: "演示拨款"})
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

// adopt lets one person propose a pack and another approve it.
func (o Office) adopt(ctx context.Context, name string, day period.Day, a Adoption) error {
	var decision string
	err := o.Do(ctx, Step{name + " proposed", day, Clerk}, &decision, func(tx *store.Tx) (any, error) {
		_, decision, err := o.Adoptions.Propose(tx, a.Pack, a.Name, []byte(a.Content), "演示")
		return decision, err
	})
	if err != nil {
		return err
	}
	return o.Do(ctx, Step{name + " approved", day, Checker}, nil, func(tx *store.Tx) (any, error) {
		return nil, o.Adoptions.Approve(tx, decision, "同意")
	})
}

// AddHousehold registers a household and its members, the head first, and answers the ids of the members.
func AddHousehold(tx *store.Tx, many *register.Register, h *Household, from period.Day) (ids []string, err error) {
	household := ""
	for _, p := range h.Members {
		id, err := addPerson(tx, many, p)
		if err != nil {
			return nil, err
		}
		since := max(from, p.Number.Birth())
		if household == "" {
			household, err = many.AddHousehold(tx, register.Dwelling{Division: h.Village.Code, Address: h.Address}, id, since, dated.Said{})
		} else {
			err = many.Join(tx, household, id, p.Relation, since, dated.Said{})
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, recordFacts(tx, many, household, h.Facts)
}

// addPerson registers somebody with what is known.
func addPerson(tx *store.Tx, many *register.Register, p *Person) (id string, err error) {
	if id, err = many.AddPerson(tx, register.Person{Name: p.Name, Number: p.Number, From: rule.Beginning}); err != nil {
		return "", err
	}
	return id, recordFacts(tx, many, id, p.Facts)
}

func recordFacts(tx *store.Tx, many *register.Register, party string, facts rule.Facts) error {
	return each(facts, func(name string, fact rule.Fact) error {
		_, err := many.Record(tx, party, name, fact, "")
		return err
	})
}

// division is one that was always there.
func division(code ident.Division, name string) register.Division {
	return register.Division{Code: code, Name: name, Span: dated.Always}
}
