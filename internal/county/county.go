package county

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// Size is how large a county is.
type Size struct {
	People   int
	Assisted int // of them, roughly: members of households that the state assists
	Towns    int
	Villages int // of each town
}

// The sizes: one to look at, that of a county with the assisted of one, and that of a large one.
var (
	Small  = Size{People: 2_000, Assisted: 800, Towns: 7, Villages: 3}
	Middle = Size{People: 370_000, Assisted: 30_000, Towns: 21, Villages: 12}
	Large  = Size{People: 1_000_000, Assisted: 81_000, Towns: 35, Villages: 18}
)

// Of is the size with other people, of whom as large a part is assisted.
func (s Size) Of(people int) Size {
	s.Assisted = s.Assisted * people / s.People
	s.People = people
	return s
}

// mostPeople is for how many there are numbers: four hundred of each sex may be born on one day.
const mostPeople = 5_000_000

// Code is the county that is meant when no other is named.
const Code = "999901"

// Year is the year that a county lives through: all packs are in force in it.
const Year = 2021

// Opening is its first day, on which the register is as [Household] says.
var Opening = period.MustDay(Year, 1, 1)

// County is an invented county before anybody lives in it.
type County struct {
	Code string
	Seed uint64
	Size
	Towns []*Town

	vocabulary   *rule.Vocabulary
	groups       []*group
	groupWeights []int
	shapeWeights []int
}

// Town is a town and what stands in it.
type Town struct {
	Code     ident.Division
	Name     string
	Pack     *policy.Pack
	Adoption string // of the pack by the town, as its office would write it
	Villages []Village
	Provider map[string]Provider // "hospital", "clinic", "pharmacy", "doctor"
	Doctors  []*subject.Subject  // village doctors who are paid for what they do, with what they did in the year
	plan     *plan
}

// Village is a village of a town.
type Village struct {
	Code ident.Division
	Name string
}

// Provider is a hospital, clinic, pharmacy or village doctor.
type Provider struct {
	Kind     string // as package provider calls it
	Name     string
	Division ident.Division
	Facts    rule.Facts
}

// Series is the series of the town's pack.
func (t *Town) Series() string { return cmp.Or(t.Pack.Series, t.Pack.ID) }

//go:embed plans/*.yaml
var planFiles embed.FS

// plans are the files of the packs, in the order of the towns: the first seven towns have one each, then they begin again.
var plans = []string{"zhengan-2018", "pingyin-2021", "huining-2020", "guangxi-2018", "xinbin-2018", "jiangmen-draft", "zhengan-2018-cash"}

// New lays out a county of a size, for the packs of a library. A code that is not fictional is refused (county.code), and a size without
// people or towns (county.size). The library must hold the packs of the plans.
func New(library *policy.Library, code string, seed uint64, size Size) (*County, error) {
	if division, err := ident.ParseDivision(code); err != nil || !division.Fictional() || len(code) != 6 {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "county.code", Op: "county.New", Message: text.Say("%s 不是虚构的县级代码", "%s is not the code of a fictional county", fault.Quote(code)),
			Hint: text.Say("用9999开头的六位代码", "use six digits that begin with 9999")}
	}
	if size.People < 1 || size.Towns < 1 || size.Villages < 1 || size.Towns > 800 || size.Villages > 199 || size.People > mostPeople {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "county.size", Op: "county.New", Message: text.Say("人数、乡镇数和村数至少为1；至多%d人、800个乡镇，每镇199个村", "people, towns and villages begin at one; at most %d people, and 800 towns with 199 villages each", mostPeople)}
	}
	c := &County{Code: code, Seed: seed, Size: size, vocabulary: library.Vocabulary, shapeWeights: shapeWeights()}
	if err := c.common(); err != nil {
		return nil, err
	}
	for i := range size.Towns {
		town, err := c.town(library, i)
		if err != nil {
			return nil, err
		}
		c.Towns = append(c.Towns, town)
	}
	return c, nil
}

// town lays out the i-th town with its villages, its plan and its providers.
func (c *County) town(library *policy.Library, i int) (*Town, error) {
	t := &Town{Code: ident.Division(fmt.Sprintf("%s%03d", c.Code, 100+i)), Name: townName(i)}
	for v := range c.Villages {
		t.Villages = append(t.Villages, Village{ident.Division(fmt.Sprintf("%s%03d", t.Code, 201+v)), villageName(i*c.Villages + v)})
	}
	return t, c.readPlan(library, t, plans[i%len(plans)])
}

// read reads a file of the folder plans; ${county} and ${town} in it are the codes of these, ${name} is the town's.
func (c *County) read(name string, town *Town) (*text.Node, error) {
	content, err := fs.ReadFile(planFiles, "plans/"+name+".yaml")
	if err != nil {
		return nil, err
	}
	filled := strings.NewReplacer("${county}", c.Code, "${town}", string(town.Code), "${name}", town.Name).Replace(string(content))
	return text.Parse(name+".yaml", []byte(filled))
}
