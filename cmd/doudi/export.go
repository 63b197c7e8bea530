package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doudi/decide/rule"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/dated"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
)

// exporting is what doudi export is asked for.
type exporting struct {
	keyed
	day, division, roster, purpose string
	columns, sees                  []string
}

func (a *app) exportCommand() *cobra.Command {
	var e exporting
	command := &cobra.Command{
		Use:   "export FILE",
		Short: "导出人员名单 · export a list of people",
		Long: `把某一天的人员名单写进 xlsx 或 CSV（看文件名的结尾），筛选条件写在表头上面。姓名、号码和敏感情况默认不显示，用 --sees 写明可以显示哪些；
导出的每个人都记入审计。单元格不会被表格软件当作公式。

Writes a list of people on a day as xlsx or CSV, by the end of the file's name, with its filters above it. Names, numbers and sensitive facts are withheld unless
--sees names their kind. Everybody on the list is named in the log. No cell is taken for a formula.`,
		Example: `  doudi export 低保.xlsx --county 999901 --roster roster.dibao --columns person.insured --sees identity --purpose 入户核查`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &e.place, func(ctx context.Context, r *record.Record) error { return a.export(ctx, r, &e, args[0]) })
		},
	}
	e.flags(command)
	flags := command.Flags()
	flags.StringVar(&e.day, "day", "", "日期，默认今天 day, by default today")
	flags.StringVar(&e.division, "division", "", "只要住在这里的 only those who live there")
	flags.StringVar(&e.roster, "roster", "", "只要在这个名册上的 only those on this roster: roster.dibao")
	flags.StringSliceVar(&e.columns, "columns", nil, "姓名、号码以外的列 facts besides name and number, with commas")
	flags.StringSliceVar(&e.sees, "sees", nil, "可以显示的敏感种类 what may be shown: identity, finance, health, child")
	flags.StringVar(&e.purpose, "purpose", "", "用途 what it is for")
	_ = command.MarkFlagRequired("purpose") // declared in the line above
	return command
}

func (a *app) export(ctx context.Context, r *record.Record, e *exporting, name string) error {
	by := roll.By{County: e.county, Actor: program, Instant: time.Now()}
	q := roll.Query{Day: dated.Day(by.Instant), Roster: e.roster, Columns: e.columns, Purpose: e.purpose,
		Sees: func(s rule.Sensitivity) bool { return slices.Contains(e.sees, string(s)) }}
	var err error
	if e.day != "" {
		if q.Day, err = period.ParseDay(e.day); err != nil {
			return err
		}
	}
	if e.division != "" {
		if q.Division, err = ident.ParseDivision(e.division); err != nil {
			return err
		}
	}
	format := sheet.XLSX
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		format = sheet.CSV
	}
	var written int
	err = replaced(name, func(w io.Writer) (err error) {
		written, err = r.Rolls.Export(ctx, by, q, format, w)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"file": name, "rows": written})
	}
	return a.report("%s：%d 人\n", "%s: %d people\n", name, written)
}
