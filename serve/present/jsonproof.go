package present

import (
	"doudi/decide/policy"
	"doudi/decide/proof"
)

// CheckView is the result of policy check for machines.
type CheckView struct {
	Format string        `json:"format"`
	Packs  []CheckedView `json:"packs"`
}

// CheckedView is one pack that was found well formed.
type CheckedView struct {
	Pack      PackView `json:"pack"`
	Clauses   int      `json:"clauses"`
	Blocks    int      `json:"blocks"`
	Cases     int      `json:"cases"`
	Questions int      `json:"questions"`
}

// ViewCheck lists packs that were read without a fault.
func ViewCheck(packs []*policy.Pack) CheckView {
	v := CheckView{Format: "doudi.check/1", Packs: []CheckedView{}}
	for _, p := range packs {
		v.Packs = append(v.Packs, CheckedView{Pack: packOnly(p), Clauses: len(p.Clauses), Blocks: len(p.Blocks), Cases: len(p.Cases), Questions: len(p.Questions)})
	}
	return v
}

// TestView is the result of policy test for machines.
type TestView struct {
	Format string       `json:"format"`
	Passed int          `json:"passed"`
	Failed int          `json:"failed"`
	Packs  []TestedView `json:"packs"`
}

// TestedView is one pack's cases.
type TestedView struct {
	Pack  PackView   `json:"pack"`
	Cases []CaseView `json:"cases"`
}

// CaseView is one case and what was not as expected; failures are empty when it passed.
type CaseView struct {
	Name     string        `json:"name"`
	Clause   string        `json:"clause"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Passed   bool          `json:"passed"`
	Failures []FailureView `json:"failures"`
}

// FailureView is one expectation that was not met.
type FailureView struct {
	Line    int   `json:"line"` // of the file, 0 where there is none
	Message Label `json:"message"`
}

// ViewTest starts a result without packs.
func ViewTest() TestView { return TestView{Format: "doudi.test/1", Packs: []TestedView{}} }

// Tested is a pack without cases yet.
func Tested(p *policy.Pack) TestedView { return TestedView{Pack: packOnly(p), Cases: []CaseView{}} }

// ViewCase is one case that was run.
func ViewCase(c *proof.Case, failures []proof.Failure) CaseView {
	v := CaseView{Name: c.Name, Clause: c.Clause, Passed: len(failures) == 0, Failures: []FailureView{}}
	if at := c.Node.Position(); at != nil {
		v.File, v.Line = at.File, at.Line
	}
	for _, failure := range failures {
		f := FailureView{Message: label(failure.Message)}
		if failure.At != nil {
			f.Line = failure.At.Line
		}
		v.Failures = append(v.Failures, f)
	}
	return v
}

// CoverageView is the result of policy coverage for machines.
type CoverageView struct {
	Format     string         `json:"format"`
	Done       bool           `json:"done"`
	Packs      []CoveredView  `json:"packs"`
	Constructs ConstructsView `json:"constructs"`
}

// ConstructsView is which powers of the language the covered items use.
type ConstructsView struct {
	Used   []string `json:"used"`
	Unused []string `json:"unused"`
}

// CoveredView is what the cases of one pack prove.
type CoveredView struct {
	Pack   PackView   `json:"pack"`
	Cases  int        `json:"cases"`
	Failed int        `json:"failed"`
	Items  []ItemView `json:"items"`
	Gaps   []Label    `json:"gaps"` // beside the items'
}

// ItemView is one requirement.
type ItemView struct {
	Code       string      `json:"code"`
	Tags       string      `json:"tags"`
	Text       Label       `json:"text"`
	Done       bool        `json:"done"`
	Blocks     []BlockView `json:"blocks"`
	Constructs []string    `json:"constructs"`
	Cases      int         `json:"cases"`
	Gaps       []Label     `json:"gaps"`
}

// ViewCoverage is what packs' cases prove.
func ViewCoverage(list []*proof.Coverage) CoverageView {
	v := CoverageView{Format: "doudi.coverage/1", Done: true, Packs: []CoveredView{}, Constructs: ConstructsView{Used: []string{}, Unused: []string{}}}
	used := map[string]bool{}
	for _, c := range list {
		covered := CoveredView{Pack: packOnly(c.Pack), Cases: c.Cases, Failed: len(c.Failures), Items: []ItemView{}, Gaps: gapLabels(c.Gaps)}
		for _, item := range c.Items {
			covered.Items = append(covered.Items, viewItem(item))
			for _, construct := range item.Constructs {
				used[construct] = true
			}
		}
		v.Packs, v.Done = append(v.Packs, covered), v.Done && c.Done()
	}
	for _, name := range proof.ConstructNames() {
		if used[name] {
			v.Constructs.Used = append(v.Constructs.Used, name)
		} else {
			v.Constructs.Unused = append(v.Constructs.Unused, name)
		}
	}
	return v
}

func viewItem(item proof.Covered) ItemView {
	v := ItemView{Code: item.Item.Code, Tags: item.Item.Tags, Text: label(item.Item.Text), Done: item.Done(), Blocks: []BlockView{}, Constructs: []string{}, Cases: item.Cases, Gaps: gapLabels(item.Gaps)}
	v.Constructs = append(v.Constructs, item.Constructs...)
	for _, b := range item.Blocks {
		v.Blocks = append(v.Blocks, BlockView{ID: b.ID, Name: label(b.Name), Clause: b.Clause.Number})
	}
	return v
}

func gapLabels(gaps []proof.Gap) []Label {
	list := []Label{}
	for _, gap := range gaps {
		list = append(list, Label{ZH: gap.In("zh"), EN: gap.In("en")})
	}
	return list
}
