package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/dated"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// importing is what doudi import is asked for.
type importing struct {
	keyed
	source, since, template, sheet string
	mapping, division              string
	id, errors                     string
	apply, undo, leave, drop       bool
	sweep                          int // days
}

func (a *app) importCommand() *cobra.Command {
	var m importing
	command := &cobra.Command{
		Use:   "import [FILE]",
		Short: "导入名单：暂存、比对、写入、撤回 · import a roll: stage, compare, apply, take back",
		Long: `读入 xlsx 或 CSV 名单，逐行与登记比对，列出每种结论的行数；此时登记没有改动。加上 --apply 写入登记；--undo 撤回整次导入。
有歧义的行（一号两人、一人两号）从不自动合并，由人判断后才导入；不同来源说法不一的，两种说法都保留，由人决定。
中途断了，用 --id 接着做，不会做两遍；编号用 doudi import list 查。列名与模板不同的来源，用 doudi import mapping 保存一次“哪一列是什么”。

Reads a roll (xlsx or CSV) and compares every row with the register, which is not changed yet; --apply writes it, --undo takes the whole import back. Rows that are
ambiguous are never merged by themselves. Where sources disagree both stand. What was cut off goes on with --id (doudi import list tells it), and nothing is done twice. For a source with columns of its own,
doudi import mapping keeps what they are.`,
		Example: `  doudi import 残疾人两项补贴.xlsx --county 999901 --source 县残联 --since 2026-01-01 --errors 退回.xlsx
  doudi import --id 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --county 999901 --apply
  doudi import --id 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --county 999901 --undo`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if m.sweep >= 0 {
				return a.useRecord(command, &m.place, func(ctx context.Context, r *record.Record) error { return a.sweepImports(ctx, r, &m) })
			}
			if (len(args) == 0) == (m.id == "") {
				return usage{errors.New(a.say("请写一个文件，或用 --id 写明已有的导入", "name a file, or an import with --id"))}
			}
			return a.useRecord(command, &m.place, func(ctx context.Context, r *record.Record) error { return a.importRoll(ctx, r, &m, args) })
		},
	}
	m.flags(command)
	flags := command.Flags()
	flags.StringVar(&m.source, "source", "", "来源单位 office that issued the roll")
	flags.StringVar(&m.since, "since", "", "没有写日期的情况从哪天起：日期或 always，默认今天 since when undated facts hold")
	flags.StringVar(&m.template, "template", "", "模板 template, when it is not to be recognised")
	flags.StringVar(&m.sheet, "sheet", "", "工作表 sheet of the workbook")
	flags.StringVar(&m.mapping, "mapping", "", "按哪个来源保存的列对照读，默认本来源的 source whose mapping it is read by, by default its own")
	flags.StringVar(&m.division, "division", "", "只及这个乡镇或村已登记的家庭 touch only registered households of this town or village")
	flags.StringVar(&m.id, "id", "", "已有的导入 an import that was begun before")
	flags.StringVar(&m.errors, "errors", "", "不能导入和待判断的行连同原因写进这个工作簿 workbook for rows that were refused or are ambiguous")
	flags.BoolVar(&m.apply, "apply", false, "写入登记 write it to the register")
	flags.BoolVar(&m.undo, "undo", false, "撤回整次导入 take the whole import back")
	flags.BoolVar(&m.leave, "leave", false, "撤回时保留之后又有登记依据的行 when taking back, leave rows on which later news stands")
	flags.BoolVar(&m.drop, "drop", false, "放弃，不写入 give it up")
	flags.IntVar(&m.sweep, "sweep", -1, "清除办结满这么多天的导入的暂存内容 destroy what was staged of imports that were done with so many days ago")
	command.MarkFlagsMutuallyExclusive("apply", "undo", "drop", "sweep")
	command.MarkFlagsMutuallyExclusive("mapping", "template")
	command.AddCommand(a.importListCommand(), a.mappingCommand())
	return command
}

func (a *app) importListCommand() *cobra.Command {
	var k keyed
	command := &cobra.Command{
		Use: "list", Short: "最近的导入，走到哪一步 · the latest imports, and where they stand", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				var list []roll.Import
				err := r.Store.Read(ctx, k.county, func(tx *store.Tx) (err error) {
					list, err = r.Rolls.List(tx, roll.Filter{}, "", latestImports)
					return err
				})
				if err != nil {
					return err
				}
				return a.listImports(list)
			})
		},
	}
	k.flags(command)
	return command
}

// latestImports is how many imports are listed.
const latestImports = 50

func (a *app) listImports(list []roll.Import) error {
	views := []importView{}
	for _, i := range list {
		views = append(views, viewImport(i))
	}
	if a.json {
		return a.printJSON(views)
	}
	for _, i := range list {
		state := i.State.Label()
		a.printf("%s\t%s\t%s\t%s\t%d\n", i.ID, state.In(a.lang), i.Source, i.Name, i.Rows)
	}
	return nil
}

func (a *app) importRoll(ctx context.Context, r *record.Record, m *importing, args []string) error {
	by := roll.By{County: m.county, Actor: program, Instant: time.Now()}
	id := m.id
	if id == "" {
		i, err := a.receive(ctx, r, m, by, args[0])
		if err != nil {
			return err
		}
		id = i.ID
	}
	i, err := a.workOn(ctx, r, m, by, id)
	if err != nil {
		return err
	}
	if m.errors != "" {
		if err := replaced(m.errors, func(w io.Writer) error { _, err := r.Rolls.WriteRefused(ctx, by, id, a.lang, w); return err }); err != nil {
			return err
		}
	}
	return a.showImport(i)
}

// sweepImports destroys what was staged of imports that were done with.
func (a *app) sweepImports(ctx context.Context, r *record.Record, m *importing) error {
	by := roll.By{County: m.county, Actor: program, Instant: time.Now()}
	swept, err := r.Rolls.Sweep(ctx, by, by.Instant.AddDate(0, 0, -m.sweep))
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]int{"swept": swept})
	}
	return a.report("清除了 %d 次导入的暂存内容\n", "what was staged of %d imports was destroyed\n", swept)
}

func (a *app) receive(ctx context.Context, r *record.Record, m *importing, by roll.By, name string) (roll.Import, error) {
	u := roll.Upload{Source: m.source, Name: name, Since: dated.Day(by.Instant), Mapping: m.mapping, Division: ident.Division(m.division), Wish: sheet.Wish{Sheet: m.sheet, Template: m.template}}
	switch m.since {
	case "":
	case "always":
		u.Since = rule.Beginning
	default:
		var err error
		if u.Since, err = period.ParseDay(m.since); err != nil {
			return roll.Import{}, err
		}
	}
	file, err := os.Open(name)
	if err != nil {
		return roll.Import{}, unreadable(name, err)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return roll.Import{}, unreadable(name, err)
	}
	u.Content, u.Size = file, info.Size()
	return r.Rolls.Receive(ctx, by, u)
}

// workOn stages an import if it is not yet, and does what was asked for.
func (a *app) workOn(ctx context.Context, r *record.Record, m *importing, by roll.By, id string) (roll.Import, error) {
	tell, quiet := a.telling()
	defer quiet()
	if m.drop {
		if err := m.write(ctx, r, "roll.drop", func(tx *store.Tx) error { return r.Rolls.Drop(tx, id) }); err != nil {
			return roll.Import{}, err
		}
	}
	i, err := r.Rolls.Stage(ctx, by, id, tell)
	if err != nil {
		return i, err
	}
	switch {
	case m.apply:
		return r.Rolls.Apply(ctx, by, id, tell)
	case m.undo:
		return r.Rolls.Undo(ctx, by, id, m.leave, tell)
	}
	return i, nil
}

// telling shows how far an import is on one line, if somebody looks; quiet wipes it.
func (a *app) telling() (tell func(roll.Import), quiet func()) {
	p := a.progress()
	if p.to == nil {
		return nil, func() {}
	}
	tell = func(i roll.Import) {
		label := i.State.Label()
		p.say("\r\033[K%s %d/%d", label.In(a.lang), i.Done, max(i.Rows, i.Done))
	}
	return tell, func() { p.say("\r\033[K") }
}

// replaced writes a file so that it is there whole or as it was.
func replaced(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".doudi-*")
	if err != nil {
		return unwritable(name, err)
	}
	err = write(f)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = unwritable(name, closeErr)
	}
	if err == nil {
		if renameErr := os.Rename(f.Name(), name); renameErr != nil {
			err = unwritable(name, renameErr)
		}
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that matters is the one above
	}
	return err
}

// importView is an import as machines read it.
type importView struct {
	ID       string      `json:"id"`
	Source   string      `json:"source"`
	Name     string      `json:"name"`
	Template string      `json:"template"`
	State    roll.State  `json:"state"`
	Rows     int64       `json:"rows"`
	Counts   roll.Counts `json:"counts"`
}

func viewImport(i roll.Import) importView {
	return importView{i.ID, i.Source, i.Name, i.Template, i.State, i.Rows, i.Counts}
}

func (a *app) showImport(i roll.Import) error {
	if a.json {
		return a.printJSON(viewImport(i))
	}
	state := i.State.Label()
	if err := a.report("%s\n%s（%s）：%d 行，%s\n", "%s\n%s (%s): %d rows, %s\n", i.ID, i.Name, i.Source, i.Rows, state.In(a.lang)); err != nil {
		return err
	}
	for _, v := range roll.Verdicts {
		if n := i.Counts.Verdicts[v]; n > 0 {
			label := v.Label()
			a.printf("  %s %d\n", label.In(a.lang), n)
		}
	}
	if i.State == roll.Applied || i.State == roll.Undone {
		return a.report("写入 %d 行，未写入 %d 行，撤回 %d 行；来源不一致 %d 处\n", "applied %d rows, left out %d, taken back %d; sources disagree in %d places\n", i.Counts.Applied, i.Counts.LeftOut, i.Counts.Undone, i.Counts.Disagreements)
	}
	return nil
}
