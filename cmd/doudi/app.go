package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
)

// app is what every command shares: the streams and the flags that hold for all of them.
type app struct {
	in     io.Reader
	out    io.Writer
	errors io.Writer

	lang  string
	json  bool
	color string
	packs string // a folder of packs in place of the shipped ones

	calendar *period.Calendar // by which the packs that were opened last count working days

	folders map[*policy.Pack]string // of packs that were given as folders
	broken  error                   // the output could not be written
}

// usage marks an error of the command line itself.
type usage struct{ error }

// errSilent is a failure whose output has been printed already.
var errSilent = errors.New("failed")

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "doudi",
		Short: "兜底：县级民生保障政策引擎 · the engine of a county's safety net",
		Long: `doudi 把县里公布的文件变成可执行的政策包：谁该享受什么、一张医疗账单各方各付多少、每个数字出自哪一条。

doudi turns published county documents into executable policy packs: who is due what, who pays which part of a
medical bill, and which clause every figure comes from.`,
		Example: `  doudi demo
  doudi policy check packs/pingyin-2021
  doudi entitle person.json --month 2021-11 --pack pingyin-2021
  doudi settle bill.json --lang en`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.checkFlags() },
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	flags := root.PersistentFlags()
	flags.StringVar(&a.lang, "lang", "zh", "语言 language: zh | en")
	flags.BoolVar(&a.json, "json", false, "输出 JSON（docs/json.md）output for machines")
	flags.StringVar(&a.color, "color", "auto", "颜色 colour: auto | always | never")
	flags.StringVar(&a.packs, "packs", "", "政策包目录，默认用内置的 folder of packs instead of the shipped ones")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	root.AddCommand(a.demoCommand(), a.entitleCommand(), a.settleCommand(), a.policyCommand(),
		a.secretsCommand(), a.migrateCommand(), a.backupCommand(), a.restoreCommand(), a.sealCommand(), a.verifyCommand(), a.runCommand(), a.serveCommand(), a.workCommand(), a.jobCommand(), a.keyCommand(), a.filesCommand(), a.importCommand(), a.exportCommand(), a.batchCommand(), a.transferCommand())
	return root
}

func (a *app) checkFlags() error {
	if a.lang != "zh" && a.lang != "en" {
		return usage{fmt.Errorf("--lang 只能是 zh 或 en · --lang is zh or en")}
	}
	if a.color != "auto" && a.color != "always" && a.color != "never" {
		return usage{fmt.Errorf("--color 只能是 auto、always、never · --color is auto, always or never")}
	}
	return nil
}

// forPeople refuses --json where there is nothing for machines to read: silence would be taken for an answer.
func (a *app) forPeople(command string) error {
	if a.json {
		return usage{fmt.Errorf(a.say("doudi %s 没有 JSON 输出", "doudi %s has no JSON output"), command)}
	}
	return nil
}

// status prints an error for people and turns it into the exit status.
func (a *app) status(err error) int {
	var wrong usage
	switch {
	case err == nil && a.broken == nil:
		return 0
	case err == nil:
		a.complain(a.say("输出没有写完", "the output could not be written in full"))
		return 1
	case errors.Is(err, errSilent):
		return 1
	case errors.As(err, &wrong), isUsage(err):
		a.complain(err.Error(), a.say("用 --help 查看用法", "see --help"))
		return 2
	default:
		a.complain(fault.RenderError(err, a.lang))
		return 1
	}
}

// complain writes to the error output. Where even that cannot be written there is nobody left to tell.
func (a *app) complain(lines ...string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(a.errors, line)
	}
}

// printf writes to the output and keeps the first error, which ends the command with status 1: a result that was cut off
// must not look like one that was not.
func (a *app) printf(format string, args ...any) {
	if a.broken == nil {
		_, a.broken = fmt.Fprintf(a.out, format, args...)
	}
}

// isUsage recognises cobra's own complaints, which are plain errors: unknown commands and wrong numbers of arguments.
func isUsage(err error) bool {
	var named *fault.Error
	var list fault.List
	return !errors.As(err, &named) && !errors.As(err, &list)
}

func (a *app) say(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(a.lang) }

// library opens the packs: the shipped ones, or those of --packs.
func (a *app) library() (*policy.Library, fs.FS, error) {
	var files fs.FS = packs.Files
	if a.packs != "" {
		files = os.DirFS(a.packs)
	}
	a.calendar = period.DefaultCalendar()
	library, err := policy.OpenLibrary(files, a.calendar)
	return library, files, err
}

// all is the library with every pack loaded.
func (a *app) all() (*policy.Library, error) {
	library, files, err := a.library()
	if err != nil {
		return nil, err
	}
	return library, library.LoadAll(files)
}

// load reads one pack given as a folder or as the id of a shipped one.
func (a *app) load(name string) (*policy.Pack, error) {
	if _, err := os.Stat(filepath.Join(name, "pack.yaml")); err == nil {
		return a.loadFolder(name)
	}
	library, err := a.all()
	if err != nil {
		return nil, err
	}
	return library.Pack(filepath.Base(filepath.Clean(name)))
}

// loadFolder reads a pack from disk with the vocabulary beside it, or the shipped one.
func (a *app) loadFolder(dir string) (*policy.Pack, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	parent := filepath.Dir(absolute)
	var vocabulary fs.FS = packs.Files
	if _, err := os.Stat(filepath.Join(parent, "vocabulary.yaml")); err == nil {
		vocabulary = os.DirFS(parent)
	}
	library, err := policy.OpenLibrary(vocabulary, period.DefaultCalendar())
	if err != nil {
		return nil, err
	}
	p, err := library.Load(os.DirFS(parent), filepath.Base(absolute))
	if err == nil {
		a.folders[p] = absolute
	}
	return p, err
}

// read parses a file a person gave; “-” is the standard input.
func (a *app) read(name string) (*text.Node, error) {
	var content []byte
	var err error
	if name == "-" {
		content, err = io.ReadAll(io.LimitReader(a.in, text.MaxBytes+1))
	} else {
		content, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.NotFound, Code: "file.unreadable", Cause: err, Message: text.Say("读不到文件 %s", "cannot read the file %s", name),
			Hint: text.Say("核对路径和权限", "check the path and its permissions")}
	}
	return text.Parse(name, content)
}
