package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"doudi/decide/entitle"
	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/settle"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/serve/present"
)

// explanationsFile keeps the explanations of the cases marked “explain: true”, as people read them, in both languages.
// They are reviewed by diff; verdicts and amounts stand in the cases alone.
const explanationsFile = "cases/explained.txt"

const explanationHead = "=== "

// explanations splits the file by case.
func explanations(content string) map[string]string {
	kept := map[string]string{}
	for _, part := range strings.Split("\n"+content, "\n"+explanationHead)[1:] {
		name, body, _ := strings.Cut(part, "\n")
		kept[name] = strings.TrimRight(body, "\n")
	}
	return kept
}

// explanation is what people are told of everything a case expects something of.
func explanation(c *proof.Case) (string, error) {
	var b strings.Builder
	for _, lang := range []string{"zh", "en"} {
		for _, field := range c.Expect {
			page, err := casePage(c, field.Key.Value, present.Options{Lang: lang})
			if err != nil {
				return "", err
			}
			b.WriteString(present.Draw(page, false))
			b.WriteString("\n")
		}
	}
	var lines []string
	for _, line := range strings.Split(b.String(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n"), nil
}

func casePage(c *proof.Case, block string, o present.Options) (*present.Page, error) {
	basis := c.Basis()
	for _, x := range c.Pack.Benefits {
		if x.ID == block {
			return benefitPage(basis, c, x, o)
		}
	}
	if find(c.Pack.Settlement, block) != nil {
		result, err := settle.Settle(basis, c.Subject)
		if err != nil {
			return nil, err
		}
		return present.Statement(result, c.Subject, o), nil
	}
	page, _, err := ruleResult(basis, c.Subject, block, c.On, o)
	return page, err
}

func benefitPage(basis *policy.Basis, c *proof.Case, x *policy.Benefit, o present.Options) (*present.Page, error) {
	outcome, err := entitle.One(basis, c.Subject, x, c.On)
	if err != nil {
		return nil, err
	}
	due, err := dueNow(basis, c.Subject, outcome)
	if err != nil {
		return nil, err
	}
	return present.Benefit(due, c.Subject, o), nil
}

// explained compares a case's explanation with the kept one; nil when they agree or the case keeps none.
func explained(c *proof.Case, kept map[string]string) error {
	if !c.Explain {
		return nil
	}
	told, err := explanation(c)
	if err != nil {
		return err
	}
	want, ok := kept[c.Name]
	if ok && want == told {
		return nil
	}
	return &fault.Error{Kind: fault.Conflict, Code: "case.explanation", Message: firstDifference(want, told),
		Hint: text.Say("核对后用 doudi policy test 目录 --update 更新 %s，再看 diff", "check it, then doudi policy test DIR --update rewrites %s; review the diff", explanationsFile)}
}

// firstDifference shows the first line that differs.
func firstDifference(want, got string) fault.Text {
	wanted, gotten := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; i < max(len(wanted), len(gotten)); i++ {
		var a, b string
		if i < len(wanted) {
			a = wanted[i]
		}
		if i < len(gotten) {
			b = gotten[i]
		}
		if a != b {
			return text.Say("说明文字变了：原为“%s”，现为“%s”", "the explanation changed from “%s” to “%s”", strings.TrimSpace(a), strings.TrimSpace(b))
		}
	}
	return text.Say("说明文字变了", "the explanation changed")
}

// update rewrites the kept explanations of a pack that was given as a folder.
func (a *app) update(p *policy.Pack, cases []*proof.Case) error {
	dir, ok := a.folders[p]
	if !ok {
		return usage{errors.New(a.say("--update 要给出政策包目录", "--update needs the folder of a pack"))}
	}
	var b strings.Builder
	for _, c := range cases {
		if !c.Explain {
			continue
		}
		told, err := explanation(c)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s%s\n%s\n\n", explanationHead, c.Name, told)
	}
	if b.Len() == 0 {
		return nil
	}
	name := filepath.Join(dir, explanationsFile)
	if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
		return &fault.Error{Kind: fault.Unavailable, Code: "file.unwritable", Cause: err, Message: text.Say("写不了 %s，原文件未动", "cannot write %s; it was left as it was", name)}
	}
	fmt.Fprintln(a.out, a.say("已更新 ", "updated ")+name)
	return nil
}
