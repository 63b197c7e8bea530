package proof

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Item is one requirement of the list that packs are measured against.
type Item struct {
	Code    string
	Tags    string // C computable, P process, K target, L ledger, R report, S supervision, D discretionary
	Outside bool   // may be left outside software
	Text    fault.Text
	Node    *text.Node
}

// Computable tells whether the item needs a rule that computes.
func (i Item) Computable() bool { return strings.Contains(i.Tags, "C") }

// ReadItems reads items.csv.
func ReadItems(name string, content []byte) ([]Item, error) {
	rows, err := text.CSV(name, content)
	if err != nil {
		return nil, err
	}
	r := &text.Report{}
	var items []Item
	for i, row := range rows {
		if len(row.Items) != 5 {
			r.At(row, "items.row", text.Say("这一行应有 5 列", "this row needs 5 columns"), text.Say("code、tags、outside_allowed、zh、en", "code, tags, outside_allowed, zh, en"))
			continue
		}
		if i > 0 {
			items = append(items, Item{Code: row.Items[0].Value, Tags: row.Items[1].Value, Outside: row.Items[2].Value == "yes", Text: fault.Text{ZH: row.Items[3].Value, EN: row.Items[4].Value}, Node: row})
		}
	}
	return items, r.Err()
}

// Covered is how far one item is carried out and proved.
type Covered struct {
	Item       Item
	Blocks     []*policy.Block
	Constructs []string
	Cases      int
	Gaps       []Gap
}

// Done tells whether nothing is missing.
func (c Covered) Done() bool { return len(c.Gaps) == 0 }

// Coverage is what the cases of a pack prove.
type Coverage struct {
	Pack     *policy.Pack
	Cases    int
	Run      []*Case // all of them
	Failures []Failure
	Items    []Covered
	Gaps     []Gap // of questions and of blocks beside the items
}

// Done tells whether every case passes and nothing is missing.
func (c *Coverage) Done() bool {
	return len(c.Failures) == 0 && len(c.Gaps) == 0 && !slices.ContainsFunc(c.Items, func(i Covered) bool { return !i.Done() })
}

// computing are the kinds of blocks that carry out a computable item.
var computing = []string{"benefit", "settlement", "service", "screen", "transition"}

// Measure runs every case of a pack and says what it proves of the items with the pack's prefix.
func Measure(p *policy.Pack, items []Item) (*Coverage, error) {
	cases, err := Read(p)
	if err != nil {
		return nil, err
	}
	seen := newSeen()
	c := &Coverage{Pack: p, Cases: len(cases), Run: cases}
	for _, one := range cases {
		c.Failures = append(c.Failures, runOn(one, one.Basis(), seen)...)
	}
	m := measure{seen: seen, pack: p, blockGaps: map[string][]Gap{}}
	m.blocks()
	for _, item := range items {
		if strings.HasPrefix(item.Code, p.ItemPrefix+"-") {
			c.Items = append(c.Items, m.item(item))
		}
	}
	c.Gaps = append(c.Gaps, unknownItems(p, items)...)
	c.Gaps = append(c.Gaps, questions(p, cases)...)
	return c, nil
}

type measure struct {
	seen      *Seen
	pack      *policy.Pack
	blockGaps map[string][]Gap
	about     *rule.Expression // of the block being looked at
}

// blocks finds what the cases leave unshown of each block's conditions and amounts.
func (m *measure) blocks() {
	for _, b := range m.pack.Benefits {
		m.about = b.About
		m.expressions(b.Block, conditionsOf(b.About, b.When), b.Amount)
		m.about = nil
	}
	for _, s := range m.pack.Settlement {
		var amounts []*rule.Expression
		conditions := conditionsOf(nil, s.When)
		for _, p := range allPayers(s.Payers) {
			amounts = append(amounts, p.Amount, p.EachLine)
			conditions = append(conditions, conditionsOf(nil, p.When)...)
		}
		m.expressions(s.Block, conditions, amounts...)
	}
	for _, s := range m.pack.Services {
		m.expressions(s.Block, conditionsOf(nil, s.When))
	}
	for _, s := range m.pack.Screens {
		m.expressions(s.Block, append(conditionsOf(nil, s.When), s.Finding))
	}
	for _, t := range m.pack.Transition {
		m.expressions(t.Block, nil)
	}
}

func allPayers(payers []*policy.Payer) []*policy.Payer {
	var all []*policy.Payer
	for _, p := range payers {
		all = append(append(all, p), allPayers(p.Members)...)
	}
	return all
}

func conditionsOf(about *rule.Expression, when []policy.Condition) []*rule.Expression {
	var list []*rule.Expression
	if about != nil {
		list = append(list, about)
	}
	for _, c := range when {
		list = append(list, c.Test)
	}
	return list
}

func (m *measure) expressions(b *policy.Block, conditions []*rule.Expression, amounts ...*rule.Expression) {
	var gaps []Gap
	if m.seen.cases[b.ID] == 0 {
		gaps = append(gaps, Gap{b.Node, text.Say("%s 没有案例", "%s has no case", b.ID)})
	}
	for _, x := range conditions {
		gaps = append(gaps, m.seen.gaps(x, true, m.about)...)
	}
	for _, x := range amounts {
		gaps = append(gaps, m.seen.gaps(x, false, nil)...)
	}
	m.blockGaps[b.ID] = gaps
}

func (m *measure) item(item Item) Covered {
	c := Covered{Item: item}
	computes := false
	for _, b := range m.pack.Blocks {
		if !slices.Contains(b.Items, item.Code) {
			continue
		}
		c.Blocks = append(c.Blocks, b)
		c.Cases += m.seen.cases[b.ID]
		for _, construct := range Constructs(m.pack, b) {
			if !slices.Contains(c.Constructs, construct) {
				c.Constructs = append(c.Constructs, construct)
			}
		}
		if slices.Contains(computing, b.Kind) {
			computes = true
			c.Gaps = append(c.Gaps, m.blockGaps[b.ID]...)
		}
		if b.Kind == "outside" && !item.Outside {
			c.Gaps = append(c.Gaps, Gap{b.Node, text.Say("%s 不能放在软件之外", "%s may not be left outside", item.Code)})
		}
	}
	carried := slices.ContainsFunc(c.Blocks, func(b *policy.Block) bool {
		return !slices.Contains([]string{"parameters", "table", "question"}, b.Kind)
	})
	switch {
	case !carried:
		c.Gaps = append(c.Gaps, Gap{item.Node, text.Say("%s 没有规则块", "%s has no block", item.Code)})
	case c.Cases == 0 && !slices.ContainsFunc(c.Blocks, func(b *policy.Block) bool { return b.Kind == "outside" }):
		c.Gaps = append(c.Gaps, Gap{item.Node, text.Say("%s 没有案例", "%s has no case", item.Code)})
	case item.Computable() && !computes:
		c.Gaps = append(c.Gaps, Gap{item.Node, text.Say("%s 是计算项，却没有计算块", "%s is computable but no block computes it", item.Code)})
	}
	return c
}

func unknownItems(p *policy.Pack, items []Item) []Gap {
	known := map[string]bool{}
	for _, item := range items {
		known[item.Code] = true
	}
	var gaps []Gap
	for _, b := range p.Blocks {
		for _, code := range b.Items {
			if !known[code] {
				gaps = append(gaps, Gap{b.Node, text.Say("清单里没有事项 %s", "the list has no item %s", code)})
			}
		}
	}
	return gaps
}

// questions finds questions whose other readings no case shows to change a result: the case is run again under the
// applied reading and must then fail.
func questions(p *policy.Pack, cases []*Case) []Gap {
	proved := map[string]bool{}
	for _, c := range cases {
		if c.Adoption == nil {
			continue
		}
		for id, reading := range c.Adoption.Readings {
			if !proved[id] && !policy.Same(reading, p.Questions[id].Applied) {
				proved[id] = len(runOn(c, without(c, id), nil)) > 0
			}
		}
	}
	var gaps []Gap
	for _, id := range slices.Sorted(maps.Keys(p.Questions)) {
		if !proved[id] {
			gaps = append(gaps, Gap{p.Questions[id].Node, text.Say("疑义 %s 没有换一种读法就改变结果的案例", "no case shows another reading of %s changing a result", id)})
		}
	}
	return gaps
}

// without is a case's basis with one question read as applied.
func without(c *Case, id string) *policy.Basis {
	adoption := *c.Adoption
	adoption.Readings = map[string]ref.Val{}
	for other, reading := range c.Adoption.Readings {
		if other != id {
			adoption.Readings[other] = reading
		}
	}
	return policy.NewBasis(c.Pack, &adoption)
}

// Constructs names the constructs of the language that a block uses.
func Constructs(p *policy.Pack, b *policy.Block) []string {
	found := map[string]bool{b.Kind: true}
	for _, c := range constructs {
		if c.used(p, b) {
			found[c.name] = true
		}
	}
	names := slices.Collect(maps.Keys(found))
	sort.Strings(names)
	return names
}
