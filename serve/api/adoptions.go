package api

import (
	"net/http"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/store"
	"doudi/serve/present"
)

type forceView struct {
	ID         string         `json:"id" doc:"采用的编号 id of the adoption"`
	Series     string         `json:"series"`
	Division   string         `json:"division" doc:"采用它的地方：所问的地方或包含它的地方 which adopted it: the division asked about or one around it"`
	From       period.Day     `json:"from"`
	To         *period.Day    `json:"to" doc:"没有止日为 null when it has no end"`
	Pack       adoptedPack    `json:"pack"`
	Label      present.Label  `json:"label" doc:"例如“示例” such as “example”"`
	Readings   map[string]any `json:"readings" doc:"文件没有写死的，本地怎么办 how the division reads what the document leaves open"`
	Parameters map[string]any `json:"parameters" doc:"文件留给本地定的数 what the document leaves for the division to set"`
}

type adoptedPack struct {
	ID      string        `json:"id"`
	Version string        `json:"version"`
	Hash    string        `json:"hash" doc:"政策包内容的 SHA-256 of the pack's files"`
	Title   present.Label `json:"title"`
}

type forceParams struct {
	Division string `query:"division" required:"true" doc:"区划代码，6、9 或 12 位 code of the division, 6, 9 or 12 digits"`
	Day      string `query:"day" doc:"不写为今天 by default today"`
	Series   string `query:"series" required:"true" doc:"哪一项政策 which policy"`
}

// adoptionOperations registers what is asked about policy in force, which is public: any key may ask.
func (s *server) adoptionOperations() {
	reads(s, operation{method: http.MethodGet, path: "/adoptions/in-force", id: "policy-in-force", summary: "施行的政策 · the policy in force",
		description: "一个地方某一天施行哪一版政策，以及本地的选择。没有施行的就是错误，不当作零。任何密钥都可以查。\n\n" +
			"Which version of a policy a division applies on a day, with its own choices. A day without one is an error, never zero. Any key may ask."}, inForce)
}

func inForce(c *call, p *forceParams, _ *none) (forceView, error) {
	day, err := c.day("day", p.Day)
	if err != nil {
		return forceView{}, err
	}
	division, err := ident.ParseDivision(p.Division)
	if err != nil {
		return forceView{}, parameter("division", p.Division)
	}
	var view forceView
	err = c.read(func(tx *store.Tx) error {
		force, err := c.Record.Adoptions.InForce(tx, division, day, p.Series)
		if err == nil {
			view = viewForce(force.Basis)
			view.ID, view.Series = force.ID, p.Series
		}
		return err
	})
	return view, err
}

func viewForce(b *policy.Basis) forceView {
	view := forceView{Division: string(b.Division()), From: b.Span().From, Label: labelOf(b.Adoption.Label),
		Pack:     adoptedPack{b.Pack.ID, b.Pack.Version, b.Pack.Hash, labelOf(b.Pack.Title)},
		Readings: map[string]any{}, Parameters: map[string]any{}}
	if to := b.Span().To; to != rule.Forever && to != period.Latest {
		view.To = &to
	}
	for name, value := range b.Adoption.Readings {
		view.Readings[name] = present.Native(value)
	}
	for name, value := range b.Adoption.Parameters {
		view.Parameters[name] = present.Native(value)
	}
	return view
}
