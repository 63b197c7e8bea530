package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// given is what the flags of a decision name: the rules to decide by and how to show the result.
type given struct {
	pack  string
	adopt string
	hide  bool
	why   bool // readings are told with their reasons
}

func (g *given) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&g.pack, "pack", "", "政策包：内置的名称或目录 pack: id of a shipped one, or a folder")
	flags.StringVar(&g.adopt, "adopt", "", "采用文件：读法、参数、目录 adoption file: readings, parameters, rows")
	flags.BoolVar(&g.hide, "hide-sensitive", false, "隐去健康、收入、儿童、身份情况 withhold facts on health, finance, children and identity")
}

// decide reads the person or bill of a file and the rules it is decided by. Without a pack named on the command line, in
// the adoption or in the file, the packs in force at the household registration on a day are looked up; day finds it.
func (a *app) decide(file string, g *given, day func(*subject.Subject) (period.Day, bool)) (*policy.Basis, *subject.Subject, error) {
	doc, err := a.read(file)
	if err != nil {
		return nil, nil, err
	}
	adoption, err := a.readAdoption(g)
	if err != nil {
		return nil, nil, err
	}
	name := firstOf(g.pack, word(adoption, "pack"), word(doc, "pack"))
	if name == "" {
		return a.decideByPlace(doc, adoption, day)
	}
	pack, err := a.open(name)
	if err != nil {
		return nil, nil, placedAt(err, doc, name)
	}
	s, err := subject.Read(pack.Vocabulary, doc)
	if err != nil {
		return nil, nil, err
	}
	basis, err := adopted(pack, adoption)
	return basis, s, err
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func word(n *text.Node, key string) string {
	if value := n.Get(key); value != nil && value.Kind == text.Scalar {
		return value.Value
	}
	return ""
}

// placedAt moves the complaint about a pack to the place in the file that names it.
func placedAt(err error, doc *text.Node, name string) error {
	if n := doc.Get("pack"); n != nil && n.Value == name {
		return text.Placed(err, n)
	}
	return err
}

func (a *app) readAdoption(g *given) (*text.Node, error) {
	if g.adopt == "" {
		return nil, nil
	}
	return a.read(g.adopt)
}

// adopted binds a pack to the adoption of a file, if there is one.
func adopted(pack *policy.Pack, n *text.Node) (*policy.Basis, error) {
	if n == nil {
		return policy.NewBasis(pack, nil), nil
	}
	if named := n.Get("pack"); named != nil && named.Value != pack.ID {
		return nil, named.Fault("adoption.other-pack", text.Say("采用文件是为 %s 写的，不是 %s", "the adoption is for %s, not for %s", named.Value, pack.ID),
			text.Say("换用 %s 的采用文件，或去掉 --pack", "use an adoption of %s, or leave out --pack", pack.ID))
	}
	adoption, err := policy.ReadAdoption(pack, n)
	if err != nil {
		return nil, err
	}
	return policy.NewBasis(pack, adoption), nil
}

// open loads one pack, given as a folder or as the id of a shipped one. Only if there is none of that name are the
// others looked at, to name the nearest.
func (a *app) open(name string) (*policy.Pack, error) {
	if _, err := os.Stat(filepath.Join(name, "pack.yaml")); err == nil {
		return a.loadFolder(name)
	}
	library, files, err := a.library()
	if err != nil {
		return nil, err
	}
	return shippedPack(library, files, name)
}

// shippedPack loads the pack of an id from the shipped ones, or from those of --packs.
func shippedPack(library *policy.Library, files fs.FS, id string) (*policy.Pack, error) {
	if fs.ValidPath(id) {
		if _, err := fs.Stat(files, path.Join(id, "pack.yaml")); err == nil {
			return library.Load(files, id)
		}
	}
	return nil, noSuchPack(id, files)
}

func noSuchPack(name string, files fs.FS) error {
	var known []string
	found, _ := fs.Glob(files, "*/pack.yaml") // the pattern is constant, so it cannot be malformed
	for _, file := range found {
		known = append(known, path.Dir(file))
	}
	hint := text.DidYouMeanOr(name, known, text.Say("可用：%s；或写政策包目录", "known: %s; or name a pack's folder", strings.Join(known, " ")))
	return &fault.Error{Kind: fault.NotFound, Code: "pack.not-found", Message: text.Say("没有政策包 %s", "there is no pack %s", name), Hint: hint}
}

// decideByPlace finds the one pack that is in force where the person is registered.
func (a *app) decideByPlace(doc, adoption *text.Node, day func(*subject.Subject) (period.Day, bool)) (*policy.Basis, *subject.Subject, error) {
	library, err := a.all()
	if err != nil {
		return nil, nil, err
	}
	s, err := subject.Read(library.Vocabulary, doc)
	if err != nil {
		return nil, nil, err
	}
	on, dated := day(s)
	hukou, ok := s.Facts.At("person.hukou", on)
	division, isDivision := hukouOf(hukou)
	if !ok || !isDivision || !dated {
		return nil, nil, noPackNamed(library, ok && isDivision)
	}
	pack, err := choose(library, division, on)
	if err != nil {
		return nil, nil, err
	}
	basis, err := adopted(pack, adoption)
	return basis, s, err
}

// pointed adds to the refusal of a day outside a pack's time the packs of its series that are in force on it.
func (a *app) pointed(err error, b *policy.Basis, day period.Day) error {
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Code != "pack.out-of-force" {
		return err
	}
	var applying []*policy.Pack
	for _, p := range a.series(b.Pack) {
		if p.InForce.Contains(day) {
			applying = append(applying, p)
		}
	}
	pointed := *refused
	if pointed.Hint = text.Say("没有收录那天有效的同系列政策包", "no pack of its series that was in force then is at hand"); len(applying) > 0 {
		pointed.Hint = text.Say("那天有效的是 %s，用 --pack 指定", "in force then: %s; name it with --pack", inForce(applying))
	}
	return &pointed
}

// series are the other packs of a pack's series, from where the pack came from. One that cannot be read is not of help.
func (a *app) series(of *policy.Pack) []*policy.Pack {
	library, files, err := a.library()
	if dir, ok := a.folders[of]; ok {
		files = os.DirFS(filepath.Dir(dir))
	}
	if err != nil {
		return nil
	}
	_ = library.LoadAll(files) // what does load is looked at
	var others []*policy.Pack
	for _, p := range library.Packs {
		if p.Series == of.Series && p.ID != of.ID {
			others = append(others, p)
		}
	}
	return others
}

func hukouOf(fact *rule.Fact) (ident.Division, bool) {
	if fact == nil {
		return "", false
	}
	division, ok := fact.Value.(rule.Division)
	return ident.Division(division), ok
}

// choose takes the one pack that applies; none or several is an error that lists what there is.
func choose(library *policy.Library, division ident.Division, on period.Day) (*policy.Pack, error) {
	found := library.Applying(division, on)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, &fault.Error{Kind: fault.Invalid, Code: "pack.several", Message: text.Say("%s 在 %s 有几个政策包适用，不能替您选", "several packs apply to %s on %s; which one is yours to say", division, on),
			Hint: several(found)}
	}
	var here []*policy.Pack
	for _, p := range library.Packs {
		if p.Jurisdiction != "" && ident.Contains(p.Jurisdiction, division) {
			here = append(here, p)
		}
	}
	if len(here) > 0 {
		return nil, &fault.Error{Kind: fault.OutOfForce, Code: "pack.none-in-force", Message: text.Say("%s 在 %s 没有施行中的政策包", "no pack is in force at %s on %s", division, on),
			Hint: text.Say("那里的政策包：%s", "packs of that place: %s", inForce(here))}
	}
	return nil, &fault.Error{Kind: fault.NotFound, Code: "pack.none-for-place", Message: text.Say("没有适用于 %s 的政策包", "no pack applies to %s", division), Hint: several(library.Packs)}
}

func several(packs []*policy.Pack) fault.Text {
	return text.Say("用 --pack 指定：%s", "name one with --pack: %s", inForce(packs))
}

// inForce lists packs with their place and time.
func inForce(packs []*policy.Pack) string {
	var words []string
	for _, p := range packs {
		words = append(words, p.ID+"（"+firstOf(string(p.Jurisdiction), "–")+"，"+policy.ShowSpan(p.InForce)+"）")
	}
	return strings.Join(words, "、")
}

func noPackNamed(library *policy.Library, placed bool) error {
	missing := text.Say("没有指定政策包，也没有户籍地可查", "no pack is named and there is no household registration to look one up by")
	if placed {
		missing = text.Say("没有指定政策包，也没有日期可查", "no pack is named and there is no day to look one up by")
	}
	hint := several(library.Packs)
	return &fault.Error{Kind: fault.Missing, Code: "pack.not-named", Message: missing,
		Hint: fault.Text{ZH: hint.ZH + "；或在文件里写 pack:、person.hukou", EN: hint.EN + "; or write pack: or person.hukou in the file"}}
}

// parse reads a day or month of a flag; what cannot be read is wrong usage.
func parse[T any](a *app, flag, value string, parser func(string) (T, error)) (T, error) {
	parsed, err := parser(value)
	if err != nil {
		return parsed, usage{errors.New("--" + flag + ": " + fault.RenderError(err, a.lang))}
	}
	return parsed, nil
}

// needs refuses a command line without exactly the arguments named.
func (a *app) needs(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return usage{fmt.Errorf(a.say("要写 %s，写了 %d 个参数", "expected %s, found %d arguments"), strings.Join(names, " "), len(args))}
	}
}
