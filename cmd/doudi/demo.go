package main

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/period"
	"doudi/serve/present"
)

// demoFiles are the invented people and bills of the demonstration.
//
//go:embed demo/*.yaml
var demoFiles embed.FS

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "看一遍：六个县各一户，三张账单 · a walk through: a household of each place and three bills",
		Long: `用内置政策包判定六个县的六户虚构人家，把三张虚构账单分成一页的结算单。不需要网络和数据库。

Decides six invented households by the shipped packs and divides three invented bills into one-page statements. It needs
neither network nor database.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.demo() },
	}
}

func (a *app) demo() error {
	if err := a.forPeople("demo"); err != nil {
		return err
	}
	library, files, err := a.library()
	if err != nil {
		return err
	}
	d := demo{app: a, library: library, files: files, packs: map[string]*policy.Pack{}}
	pages := []*present.Page{{Title: a.say("一、六个县的六户人家", "1. Six households of six places"), Sections: []present.Section{{Notes: []string{
		a.say("政策包照公布的文件写成；人、账单和编号为9999的地区都是虚构的。", "The packs are published documents made executable; people, bills and the divisions 9999xx are invented.")}}}}}
	households, err := d.households()
	if err != nil {
		return err
	}
	pages = append(append(pages, households...), &present.Page{Title: a.say("二、三张账单，各分成一页结算单", "2. Three bills, each a statement of one page")})
	bills, err := d.bills()
	if err != nil {
		return err
	}
	return a.print(append(append(pages, bills...), a.afterwards())...)
}

// demo decides with packs that are loaded once.
type demo struct {
	app     *app
	library *policy.Library
	files   fs.FS
	packs   map[string]*policy.Pack
}

// read is one of the demonstration's files in the language asked for.
func (d *demo) read(name string) ([]*text.Node, error) {
	content, err := fs.ReadFile(demoFiles, "demo/"+name)
	if err != nil {
		return nil, err
	}
	doc, err := text.Parse(name, content)
	if err != nil {
		return nil, err
	}
	d.translate(doc)
	return doc.Items, nil
}

// translate leaves of every “中文 | English” the language asked for.
func (d *demo) translate(n *text.Node) {
	if zh, en, both := strings.Cut(n.Value, " | "); both {
		n.Value = d.app.say(zh, en)
	}
	for _, item := range n.Items {
		d.translate(item)
	}
	for _, field := range n.Fields {
		d.translate(field.Value)
	}
}

// basis is the pack that an entry names, as its fictional division adopts it.
func (d *demo) basis(entry *text.Node) (*policy.Basis, error) {
	id := word(entry, "pack")
	if d.packs[id] == nil {
		pack, err := d.library.Load(d.files, id)
		if err != nil {
			return nil, err
		}
		d.packs[id] = pack
	}
	adoption, err := policy.ReadAdoption(d.packs[id], entry.Get("adopt"))
	if err != nil {
		return nil, err
	}
	return policy.NewBasis(d.packs[id], adoption), nil
}

func (d *demo) households() ([]*present.Page, error) {
	entries, err := d.read("households.yaml")
	if err != nil {
		return nil, err
	}
	var pages []*present.Page
	for _, entry := range entries {
		page, err := d.household(entry)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

func (d *demo) household(entry *text.Node) (*present.Page, error) {
	basis, err := d.basis(entry)
	if err != nil {
		return nil, err
	}
	on, err := period.ParseDay(word(entry, "on"))
	if err != nil {
		return nil, err
	}
	var members []present.Member
	for _, item := range entry.Get("members").Items {
		s, err := subject.Read(basis.Pack.Vocabulary, item)
		if err != nil {
			return nil, err
		}
		member, err := decideMember(basis, s, on)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	return present.Household(word(entry, "title"), basis, on, members, present.Options{Lang: d.app.lang, Short: true}), nil
}

// decideMember decides everything about one person: benefits, services, and the bill if there is one.
func decideMember(b *policy.Basis, s *subject.Subject, on period.Day) (m present.Member, err error) {
	m.Subject = s
	decision, err := entitle.Decide(b, s, on)
	if err != nil {
		return m, err
	}
	if m.Dues, err = allDue(b, s, decision.Outcomes); err != nil {
		return m, err
	}
	for _, service := range b.Pack.Services {
		outcome, err := entitle.Serve(b, s, service, on)
		if err != nil {
			return m, err
		}
		m.Owed = append(m.Owed, outcome)
	}
	if s.Bill != nil {
		m.Settled, err = settle.Settle(b, s)
	}
	return m, err
}

func (d *demo) bills() ([]*present.Page, error) {
	entries, err := d.read("bills.yaml")
	if err != nil {
		return nil, err
	}
	var pages []*present.Page
	for _, entry := range entries {
		basis, err := d.basis(entry)
		if err != nil {
			return nil, err
		}
		s, err := subject.Read(basis.Pack.Vocabulary, entry.Get("given"))
		if err != nil {
			return nil, err
		}
		result, err := settle.Settle(basis, s)
		if err != nil {
			return nil, err
		}
		pages = append(pages, present.Statement(result, s, present.Options{Lang: d.app.lang, Short: true}))
	}
	return pages, nil
}

// afterwards says what to try next.
func (a *app) afterwards() *present.Page {
	tries := [][2]string{
		{"doudi policy check", a.say("检查全部政策包", "check every pack")},
		{"doudi policy test", a.say("运行全部案例", "run every worked case")},
		{"doudi settle BILL.yaml", a.say("分一张您自己的账单（写法见 docs/pack-language.md 第7节）", "divide a bill of your own (docs/pack-language.md §7)")},
		{"doudi entitle PERSON.yaml --month 2021-11", a.say("判定一个人该享受什么", "decide what a person is due")},
		{"doudi policy new packs/mycounty-2026 --jurisdiction 370124 --name 平阴县", a.say("从示例长出您县的政策包", "grow a pack for your county")},
	}
	var section present.Section
	for _, try := range tries {
		section.Items = append(section.Items, present.Item{Text: fmt.Sprintf("%s    %s", try[0], try[1])})
	}
	return &present.Page{Title: a.say("三、接下来可以试", "3. What to try next"), Sections: []present.Section{section}}
}
