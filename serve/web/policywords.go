package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/period"
	"doudi/record/adoption"
	"doudi/serve/present"
)

// fewCases is how many worked cases stand beside a clause before the others are folded away.
const fewCases = 4

// soon is how many days before a policy ends its end is warned of.
const soon = 60

// appliesIn is where a pack applies; what the document does not state itself is said so.
func (v *view) appliesIn(p *policy.Pack) string {
	place := v.in(p.Place)
	if p.Jurisdiction != "" {
		place = strings.TrimSpace(place + " " + string(p.Jurisdiction))
	}
	switch p.Attribution {
	case "inferred":
		place += v.say("（推定）", " (inferred)")
	case "unset":
		place += v.say("（文件没有写明）", " (not stated)")
	}
	return dash(strings.TrimSpace(place))
}

func (v *view) inForceWords(p *policy.Pack) string {
	switch {
	case p.OnAdoption:
		return v.say("自采用之日", "from its adoption")
	case p.InForce.From == rule.Beginning && p.InForce.To == rule.Forever:
		return v.say("没有写明", "not stated")
	case p.InForce.From == rule.Beginning:
		return v.say("至 %s", "until %s", p.InForce.To)
	}
	return v.spanWords(p.InForce)
}

func (v *view) issuedWords(p *policy.Pack) string {
	words := p.Number
	if p.HasIssued {
		words = strings.TrimSpace(words + " " + p.Issued.String())
	}
	return dash(words)
}

// ending is when the first of the adoptions in force today ends; -1 days when none does.
func (v *view) ending(rows []adopted) (ends period.Day, left int) {
	left = -1
	for _, a := range rows {
		if a.Now && a.Span.To < period.Latest && (left < 0 || a.Span.To < ends) {
			ends, left = a.Span.To, int(a.Span.To-v.today())
		}
	}
	return ends, left
}

// blockName is what a rule is called in a list.
func (v *view) blockName(b *policy.Block) string {
	kind := present.BlockKind(b.Kind, v.told())
	if name := v.in(b.Name); name != "" && b.Kind != "parameters" {
		return kind + v.say("：", ": ") + name
	}
	return kind
}

// checkerOf is who approved an adoption.
func (v *view) checkerOf(r adoption.Record) string {
	if a := answered(r).Answer; a != nil {
		return a.Checker.Name
	}
	return dash("")
}

// adoptedDays are the days of an adoption; one that has none left says so.
func (v *view) adoptedDays(a adopted) string {
	if a.Span.Empty() {
		return v.say("%s 起（已撤销）", "from %s (undone)", a.Span.From)
	}
	return v.spanWords(a.Span)
}

// marked tells whether something is to be mended in one of the fields.
func marked(fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.Problem != "" })
}

// filled tells whether one of the catalogues has rows of the division's own, or rows to be mended.
func filled(tables []tableField) bool {
	return slices.ContainsFunc(tables, func(f tableField) bool { return f.Value != "" || f.Problem != "" })
}

// packPlace is the short name of a pack among others: where its document comes from, and of what year.
func (v *view) packPlace(p *policy.Pack) string {
	name := cmp.Or(v.in(p.Place), v.in(p.Title))
	if p.HasIssued {
		name += " " + strconv.Itoa(p.Issued.Year())
	}
	return name
}

// edition is which edition of a pack this is. Its id, which is for files and commands, is nothing for people.
func (v *view) edition(p *policy.Pack) string { return v.say("版本 ", "version ") + p.Version }
