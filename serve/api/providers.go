package api

import (
	"net/http"
	"slices"
	"strings"

	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/provider"
	"doudi/record/store"
	"doudi/serve/present"
)

type providerView struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"hospital,pharmacy,school,doctor"`
	Name     string `json:"name"`
	Division string `json:"division,omitempty"`
	Open     bool   `json:"open" doc:"这一天开业 whether it exists on the day"`
}

type providersView struct {
	Day       period.Day     `json:"day"`
	Providers []providerView `json:"providers" nullable:"false"`
	Next      string         `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type profileView struct {
	Provider providerView      `json:"provider"`
	Day      period.Day        `json:"day"`
	Lists    []string          `json:"lists" nullable:"false" doc:"这一天在哪些名单上 the lists it is on"`
	Facts    []present.UseView `json:"facts" nullable:"false" doc:"这一天的情况：等级、定点 …… what holds on the day: level, designation …"`
}

type providersParams struct {
	Kind   string `query:"kind" doc:"hospital、pharmacy、school 或 doctor，不写为全部 by default all"`
	Code   string `query:"code" doc:"统一社会信用代码 credit code"`
	Day    string `query:"day" doc:"不写为今天 by default today"`
	Cursor string `query:"cursor"`
	Limit  string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type oneProvider struct {
	ID    string `path:"id" doc:"机构编号 id of the provider"`
	Day   string `query:"day" doc:"不写为今天 by default today"`
	Known string `query:"known" doc:"按这一天所知，不写为今天 as known on this day, by default today"`
}

// providerOperations registers what is asked of the list of providers, which is public: any key may ask.
func (s *server) providerOperations() {
	reads(s, operation{method: http.MethodGet, path: "/providers", id: "list-providers", summary: "机构列表 · list providers",
		description: "全县的医院、药店、学校和村医，或凭信用代码找一家。任何密钥都可以查。\n\nThe hospitals, pharmacies, schools and village doctors of the county, or the one with a credit code. Any key may ask."}, listProviders)
	reads(s, operation{method: http.MethodGet, path: "/providers/{id}", id: "read-provider", summary: "机构情况 · a provider on a day",
		description: "某一天的等级、定点和名单，可以按另一天所知。任何密钥都可以查。\n\nLevel, designation and lists on a day, as known on another if asked. Any key may ask."}, readProvider)
}

func listProviders(c *call, p *providersParams, _ *none) (providersView, error) {
	day, err := c.day("day", p.Day)
	if err != nil {
		return providersView{}, err
	}
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return providersView{}, err
	}
	var view providersView
	err = c.read(func(tx *store.Tx) error {
		view = providersView{Day: day, Providers: []providerView{}} // it may be read again
		ids, err := c.providers(tx, p, page.after, page.more())
		if err != nil {
			return err
		}
		ids, view.Next = cut(page, ids, func(id string) string { return id })
		for _, id := range ids {
			profile, err := c.Record.Providers.Profile(tx, id, day, c.today())
			if err != nil {
				return err
			}
			view.Providers = append(view.Providers, viewProvider(profile))
		}
		return nil
	})
	return view, err
}

// providers are the ids asked for.
func (c *call) providers(tx *store.Tx, p *providersParams, after string, limit int) ([]string, error) {
	ids, err := c.Record.Providers.List(tx, provider.Kind(p.Kind), after, limit)
	if err != nil || p.Code == "" {
		return ids, err
	}
	code, err := ident.ParseCreditCode(p.Code)
	if err != nil {
		return nil, err
	}
	id, err := c.Record.Providers.ByCode(tx, code)
	if err != nil || id == "" {
		return nil, err
	}
	return []string{id}, nil
}

func viewProvider(p provider.Profile) providerView {
	return providerView{p.ID, string(p.Kind), p.Name, string(p.Division), p.Open}
}

func readProvider(c *call, p *oneProvider, _ *none) (view profileView, err error) {
	day, err := c.day("day", p.Day)
	if err != nil {
		return view, err
	}
	known, err := c.day("known", p.Known)
	if err != nil {
		return view, err
	}
	err = c.read(func(tx *store.Tx) error {
		profile, err := c.Record.Providers.Profile(tx, p.ID, day, known)
		if err != nil {
			return err
		}
		view = profileView{Provider: viewProvider(profile), Day: day, Lists: []string{}, Facts: []present.UseView{}}
		if !profile.Open {
			return nil
		}
		lists, err := c.Record.Providers.Lists(tx, p.ID, day, known)
		view.Lists = append(view.Lists, lists...)
		if err != nil {
			return err
		}
		view.Facts, err = c.providerFacts(tx, p.ID, day, known)
		return err
	})
	return view, err
}

// providerFacts are the facts of a provider that hold on a day, by name.
func (c *call) providerFacts(tx *store.Tx, id string, day, known period.Day) ([]present.UseView, error) {
	facts, err := c.Record.Providers.Facts(tx, id, day, known)
	if err != nil {
		return nil, err
	}
	views := []present.UseView{}
	for name := range facts {
		if fact, holds := facts.At(name, day); holds {
			views = append(views, present.ViewFact(c.Record.Claims.Vocabulary.Facts[name], fact))
		}
	}
	slices.SortFunc(views, func(a, b present.UseView) int { return strings.Compare(a.Name, b.Name) })
	return views, nil
}
