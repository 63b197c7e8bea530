package main

import (
	"embed"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/provider"
)

// demoFiles are the counties of the demonstration, one file each.
//
//go:embed demo/*.yaml
var demoFiles embed.FS

// demoCounty is a county that is to be set up.
type demoCounty struct {
	code       string
	title      string
	pack       *policy.Pack
	adoption   string     // as an office would write it
	registered period.Day // when everything is set up
	on         period.Day // the day of the decisions
	divisions  []demoDivision
	providers  map[string]*demoProvider
	households []*demoHousehold
}

type demoDivision struct {
	code ident.Division
	name string
}

type demoProvider struct {
	provider.Provider
	facts rule.Facts
	id    string // on record
}

type demoHousehold struct {
	division ident.Division
	facts    rule.Facts
	members  []*demoMember
}

type demoMember struct {
	relation string
	known    *subject.Subject // what is registered
	asked    *subject.Subject // what a decision is told besides; nil for somebody nothing is decided about
	bills    []*demoBill
	id       string // on record
}

type demoBill struct {
	provider string
	received period.Day
	page     bool   // it is shown as a page of its own
	content  string // as a hospital would write it
	id       string // on record
}

// demoCounties reads the counties, in the language asked for.
func (a *app) demoCounties(library *policy.Library) ([]*demoCounty, error) {
	names, err := fs.Glob(demoFiles, "demo/*.yaml")
	if err != nil {
		return nil, err
	}
	var counties []*demoCounty
	for _, name := range names {
		content, err := fs.ReadFile(demoFiles, name)
		if err != nil {
			return nil, err
		}
		doc, err := text.Parse(name, a.translated(content))
		if err != nil {
			return nil, err
		}
		reader := demoReader{&text.Report{}, library.Vocabulary}
		c := reader.county(doc)
		if err := reader.Err(); err != nil {
			return nil, err
		}
		c.code = strings.TrimSuffix(path.Base(name), ".yaml")
		if c.pack, err = library.Pack(word(doc, "pack")); err != nil {
			return nil, err
		}
		counties = append(counties, c)
	}
	return counties, nil
}

var bothLanguages = regexp.MustCompile(`‹([^|›]*)\|([^›]*)›`)

// translated leaves of every ‹中文|English› the language asked for.
func (a *app) translated(content []byte) []byte {
	return bothLanguages.ReplaceAll(content, []byte(a.say("$1", "$2")))
}

// demoReader reads the file of a county.
type demoReader struct {
	*text.Report
	vocabulary *rule.Vocabulary
}

func (r demoReader) county(n *text.Node) *demoCounty {
	m := r.Map(n)
	m.Need("pack") // read by its owner
	c := &demoCounty{title: m.Text("title"), adoption: m.Text("adoption"), registered: r.Day(m.Need("registered")), on: r.Day(m.Need("on")), providers: map[string]*demoProvider{}}
	for _, field := range r.Fields(m.Get("divisions")) {
		c.divisions = append(c.divisions, demoDivision{ident.Division(field.Key.Value), r.Text(field.Value)})
	}
	for _, field := range r.Fields(m.Get("providers")) {
		c.providers[field.Key.Value] = r.provider(field.Value)
	}
	for _, item := range r.Items(m.Get("households")) {
		c.households = append(c.households, r.household(item))
	}
	m.Done()
	return c
}

func (r demoReader) provider(n *text.Node) *demoProvider {
	m := r.Map(n)
	p := &demoProvider{Provider: provider.Provider{Kind: provider.Kind(m.Text("kind")), Name: m.Text("name"), Division: ident.Division(m.Text("division"))}, facts: rule.Facts{}}
	r.vocabulary.ReadGroup(r.Report, p.facts, "visit.hospital", m.Get("facts"))
	m.Done()
	return p
}

func (r demoReader) household(n *text.Node) *demoHousehold {
	m := r.Map(n)
	h := &demoHousehold{division: ident.Division(m.Text("division")), facts: rule.Facts{}}
	r.vocabulary.ReadGroup(r.Report, h.facts, "household", m.Get("facts"))
	for _, item := range r.Items(m.Get("members")) {
		h.members = append(h.members, r.member(item))
	}
	m.Done()
	return h
}

func (r demoReader) member(n *text.Node) *demoMember {
	m := r.Map(n)
	member := &demoMember{relation: m.Text("relation"), known: subject.ReadMap(r.Report, m, r.vocabulary)}
	if asked := m.Get("asked"); asked != nil {
		inner := r.Map(asked)
		member.asked = subject.ReadMap(r.Report, inner, r.vocabulary)
		inner.Done()
	}
	for _, item := range r.Items(m.Get("bills")) {
		bill := r.Map(item)
		member.bills = append(member.bills, &demoBill{provider: bill.Text("provider"), received: r.Day(bill.Need("received")), page: r.Bool(bill.Get("page")), content: bill.Text("content")})
		bill.Done()
	}
	m.Done()
	return member
}
