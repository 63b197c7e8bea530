// Package proof runs a pack's worked cases and measures what they prove: which items have rules, which conditions were
// met, not met and unknown, which boundaries were tried on both sides, and whether another reading of a question really
// changes a result.
package proof

import (
	"doudi/decide/policy"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// Case is one worked case of a pack.
type Case struct {
	Name    string
	Clause  string
	Items   []string
	On      period.Day
	Because string
	Explain bool // its explanation is kept as a reviewed text
	Node    *text.Node

	Pack     *policy.Pack
	Adoption *policy.Adoption
	Subject  *subject.Subject
	Expect   []text.Field
	Refused  error // the given could not be read: right when the case expects that error
}

// Basis is the pack as the case adopts it.
func (c *Case) Basis() *policy.Basis { return policy.NewBasis(c.Pack, c.Adoption) }

// Read reads every case of a pack. Errors in the cases' own writing come together.
func Read(p *policy.Pack) ([]*Case, error) {
	r := &text.Report{}
	whole := map[string]*text.Node{}
	var cases []*Case
	for _, n := range p.Cases {
		merged := inherit(r, whole, n)
		if name := n.Get("name"); name != nil {
			if whole[name.Value] != nil {
				r.At(name, "case.duplicate", text.Say("案例名重复：%s", "the case name is repeated: %s", name.Value), fault.Text{})
			}
			whole[name.Value] = merged
		}
		cases = append(cases, readCase(r, p, merged))
	}
	return cases, r.Err()
}

// inherit lays a case over the one it is like; name, items, expect and because are always its own.
func inherit(r *text.Report, whole map[string]*text.Node, n *text.Node) *text.Node {
	like := n.Get("like")
	if like == nil {
		return n
	}
	base := whole[like.Value]
	if base == nil {
		var names []string
		for name := range whole {
			names = append(names, name)
		}
		r.At(like, "case.unknown-like", text.Say("前面没有案例“%s”", "there is no earlier case “%s”", like.Value), text.DidYouMean(like.Value, names))
		return n
	}
	inherited := &text.Node{Kind: text.Mapping}
	for _, key := range []string{"on", "adopt", "given"} {
		if v := base.Get(key); v != nil {
			inherited.Fields = append(inherited.Fields, text.Field{Key: &text.Node{Kind: text.Scalar, Value: key}, Value: v})
		}
	}
	return text.Merge(inherited, n)
}

func readCase(r *text.Report, p *policy.Pack, n *text.Node) *Case {
	m := r.Map(n)
	c := &Case{Node: n, Pack: p, Name: r.Text(m.Need("name")), Clause: m.Text("clause"), Items: m.Texts("items"), Because: m.Text("because"), Explain: r.Bool(m.Get("explain"))}
	c.On = r.Day(m.Need("on"))
	m.Text("like")
	if adopt := m.Get("adopt"); adopt != nil {
		inner := r.Map(adopt)
		c.Adoption = policy.ReadAdoptionMap(r, inner, p)
		inner.Done()
	}
	c.Subject, c.Refused = given(p, m.Get("given"))
	if expect := m.Need("expect"); expect != nil {
		c.Expect = r.Map(expect).Node.Fields
	}
	m.Done()
	checkClause(r, p, c)
	if c.Refused != nil && n.Get("expect").Get("error") == nil && !expectsError(c) {
		r.Add(c.Refused)
	}
	return c
}

func expectsError(c *Case) bool {
	for _, field := range c.Expect {
		if field.Value.Get("error") != nil {
			return true
		}
	}
	return false
}

func given(p *policy.Pack, n *text.Node) (*subject.Subject, error) {
	if n == nil {
		n = &text.Node{Kind: text.Mapping}
	}
	return subject.Read(p.Vocabulary, n)
}

func checkClause(r *text.Report, p *policy.Pack, c *Case) {
	if c.Clause == "" {
		return
	}
	var numbers []string
	for _, clause := range p.Clauses {
		if clause.Number == c.Clause {
			return
		}
		numbers = append(numbers, clause.Number)
	}
	r.At(c.Node.Get("clause"), "case.clause", text.Say("政策包没有条文 %s", "the pack has no clause %s", c.Clause), text.DidYouMean(c.Clause, numbers))
}
