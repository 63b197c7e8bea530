package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/proof"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
)

func (a *app) newCommand() *cobra.Command {
	var seed seed
	command := &cobra.Command{
		Use:   "new DIR",
		Short: "从示例包长出一个新政策包 · grow a new pack from the example",
		Long: `在空目录里建一个能通过检查和案例的新政策包，再逐条换成您的文件。--jurisdiction 是县级行政区划代码，--name 是县名。

Makes a pack in an empty folder that passes its checks and its cases, to be turned into yours clause by clause.
--jurisdiction is the county's division code, --name its Chinese name, --name-en its English one.`,
		Example: `  doudi policy new packs/mycounty-2026 --jurisdiction 370124 --name 平阴县 --name-en "Pingyin County"
  doudi policy test packs/mycounty-2026`,
		Args: a.needs("DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.new(args[0], seed) },
	}
	flags := command.Flags()
	flags.StringVar(&seed.division, "jurisdiction", "", "县级行政区划代码，6位 division code of the county")
	flags.StringVar(&seed.name, "name", "", "县名 Chinese name of the county")
	flags.StringVar(&seed.english, "name-en", "", "英文县名 English name of the county")
	flags.StringVar(&seed.from, "from", "example", "以哪个内置政策包为底 shipped pack to grow from")
	return command
}

// seed is what a new pack is grown from.
type seed struct{ division, name, english, from string }

func (a *app) new(dir string, s seed) error {
	if err := a.forPeople("policy new"); err != nil {
		return err
	}
	if s.division == "" || s.name == "" {
		return usage{errors.New(a.say("请用 --jurisdiction 写明县级行政区划代码，用 --name 写明县名", "name the county's division code with --jurisdiction and its Chinese name with --name"))}
	}
	division, err := countyCode(s.division)
	if err != nil {
		return err
	}
	id := filepath.Base(filepath.Clean(dir))
	if !packID.MatchString(id) {
		return &fault.Error{Kind: fault.Invalid, Code: "new.id", Message: text.Say("目录名 %s 不能作政策包名称", "the folder's name %s cannot be a pack's id", id),
			Hint: text.Say("用小写字母、数字和连字符，如 mycounty-2026", "lower-case letters, digits and hyphens, such as mycounty-2026")}
	}
	if err := mustBeEmpty(dir); err != nil {
		return err
	}
	library, shipped, err := a.library()
	if err != nil {
		return err
	}
	parent, err := shippedPack(library, shipped, s.from)
	if err != nil {
		return err
	}
	files, err := grow(parent, shipped, id, division, s)
	if err != nil {
		return err
	}
	if err := write(dir, files); err != nil {
		return err
	}
	if err := a.explainNew(dir); err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, a.nextSteps(dir, id, len(files)))
	return err
}

// explainNew puts the explanations that the parent's cases keep into the new pack's own words.
func (a *app) explainNew(dir string) error {
	p, err := a.loadFolder(dir)
	if err != nil {
		return err
	}
	cases, err := proof.Read(p)
	if err != nil {
		return err
	}
	_, err = writeExplanations(dir, cases)
	return err
}

var packID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// countyCode reads a division code of county level: the cases of the parent speak of places below it.
func countyCode(s string) (ident.Division, error) {
	division, err := ident.ParseDivision(s)
	if err != nil {
		return "", err
	}
	const county = 3
	if division.Level() != county || len(division) != 6 {
		return "", &fault.Error{Kind: fault.Invalid, Code: "new.jurisdiction", Message: text.Say("%s 不是县级行政区划代码", "%s is not the code of a county", s),
			Hint: text.Say("县级代码是6位，末两位不为00，如 370124", "a county's code has 6 digits, the last two not 00, such as 370124")}
	}
	return division, nil
}

func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) || err == nil && len(entries) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Conflict, Code: "new.not-empty", Cause: err, Message: text.Say("目录 %s 不是空的，什么都没有写", "the folder %s is not empty; nothing was written", dir),
		Hint: text.Say("换一个新目录", "name a new folder")}
}

// grow is every file of the new pack: the parent's, with place, name and identity replaced.
func grow(parent *policy.Pack, shipped fs.FS, id string, division ident.Division, s seed) (map[string]string, error) {
	if parent.Jurisdiction == "" {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "new.parent", Message: text.Say("政策包 %s 没有写明地区，不能作底", "pack %s states no place and cannot be grown from", parent.ID), Hint: text.Say("用 --from example", "use --from example")}
	}
	english := s.english
	if english == "" {
		english = "Division " + string(division)
	}
	replace := strings.NewReplacer(
		string(parent.Jurisdiction), string(division),
		neighbour(parent.Jurisdiction), neighbour(division),
		parent.Place.ZH, s.name, parent.Place.EN, english,
		"（虚构）", "（待改）", " (fictional)", " (to be rewritten)")
	files := map[string]string{}
	err := fs.WalkDir(shipped, parent.ID, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(shipped, name)
		files[strings.TrimPrefix(name, parent.ID+"/")] = replace.Replace(string(content))
		return err
	})
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "new.parent", Cause: err, Message: text.Say("读不全政策包 %s", "pack %s cannot be read in full", parent.ID), Hint: text.Say("用 --from example", "use --from example")}
	}
	header := regexp.MustCompile(`(?m)^(id|series|version|document_number): .*$`)
	files["pack.yaml"] = header.ReplaceAllStringFunc(files["pack.yaml"], func(line string) string {
		switch key, _, _ := strings.Cut(line, ":"); key {
		case "id":
			return "id: " + id
		case "series":
			return "series: " + id
		case "version":
			return "version: 0.1.0"
		default:
			return "# document_number: 文号 number of the document"
		}
	})
	files["CHANGELOG.md"] = fmt.Sprintf("# 变更记录 · Changes\n\n## 0.1.0\n\n由政策包 %[1]s 生成，内容待改。影响期间：无，尚未使用。影响人员：无。\n\nGrown from pack %[1]s, still to be rewritten. Impacted period: none, not in use. Impacted people: none.\n", parent.ID)
	return files, nil
}

// neighbour is a county that is not the one given; cases about people of another county speak of it.
func neighbour(d ident.Division) string {
	code := []byte(d)
	if code[5] == '9' {
		code[5] = '8'
	} else {
		code[5]++
	}
	return string(code)
}

func write(dir string, files map[string]string) error {
	for name, content := range files {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return unwritable(target, err)
		}
		if err := os.WriteFile(target, []byte(content), 0o644); err != nil {
			return unwritable(target, err)
		}
	}
	return nil
}

func unwritable(name string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "file.unwritable", Cause: cause, Message: text.Say("写不了文件 %s", "cannot write the file %s", name), Hint: text.Say("核对目录的权限和磁盘空间", "check permissions and free space")}
}

func (a *app) nextSteps(dir, id string, count int) string {
	return fmt.Sprintf(a.say(`已在 %[1]s 写入 %[3]d 个文件。接下来：
  1. doudi policy test %[1]s        先看它通过
  2. 改 %[4]s：标题、发文机关、印发和施行日期
  3. 逐条改 %[5]s：先写条文大意，再改规则；每改一条就加一个案例
  4. doudi policy check %[1]s       改完检查
  5. doudi policy diff example %[1]s
写法见 docs/pack-language.md
`, `Wrote %[3]d files into %[1]s. Next:
  1. doudi policy test %[1]s        see it pass
  2. edit %[4]s: title, issuer, days of issue and of coming into force
  3. rewrite %[5]s clause by clause: the restatement first, then the rule; add a case for each
  4. doudi policy check %[1]s       after every change
  5. doudi policy diff example %[1]s
The language is described in docs/pack-language.md
`), dir, id, count, filepath.Join(dir, "pack.yaml"), filepath.Join(dir, "policy.md"))
}
