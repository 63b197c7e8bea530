package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

func (a *app) mappingCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "mapping",
		Short: "各来源的列对照：列出、查看、保存、删除 · what the columns of each source's files are",
		Long: `来源的列名与模板不同时，写明一次“哪一列是什么”，以后它的文件都照此读取。对照是一份 JSON：columns 里每列写 header（文件里的列名）、as（模板的列，或情况的名称，
如 person.name，空着表示不读）、words（文件里的词是什么意思）；template 写模板的编号，不写则每列直接写情况的名称。

For a source whose columns are called otherwise than in the templates, says once what each column is. A mapping is JSON: for each of its columns the header in the
file, as what it is read (a column of the template, or the name of a fact; empty: not at all) and what words of the file mean.`,
	}
	command.AddCommand(a.mappingListCommand(), a.mappingShowCommand(), a.mappingKeepCommand(), a.mappingDeleteCommand())
	return command
}

func (a *app) mappingListCommand() *cobra.Command {
	var k keyed
	command := &cobra.Command{
		Use: "list", Short: "已保存的对照 · mappings that are kept", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				kept, err := k.mappings(ctx, r)
				if err != nil || a.json {
					return errors.Join(err, a.showMappings(kept))
				}
				for _, m := range kept {
					a.printf("%s\t%s\t%d\t%s\n", m.Source, m.Mapping.Template, len(m.Mapping.Columns), store.FormatInstant(m.Kept))
				}
				return nil
			})
		},
	}
	k.flags(command)
	return command
}

func (k *keyed) mappings(ctx context.Context, r *record.Record) (kept []roll.KeptMapping, err error) {
	err = r.Store.Read(ctx, k.county, func(tx *store.Tx) error {
		kept, err = r.Rolls.Mappings(tx)
		return err
	})
	return kept, err
}

// showMappings writes them for machines, by source.
func (a *app) showMappings(kept []roll.KeptMapping) error {
	all := map[string]sheet.Mapping{}
	for _, m := range kept {
		all[m.Source] = m.Mapping
	}
	return a.printJSON(all)
}

func (a *app) mappingShowCommand() *cobra.Command {
	var k keyed
	command := &cobra.Command{
		Use: "show SOURCE", Short: "一个来源的对照，可改好再保存 · the mapping of a source, to be edited and kept again", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				var m sheet.Mapping
				err := r.Store.Read(ctx, k.county, func(tx *store.Tx) (err error) {
					m, err = r.Rolls.KnownMapping(tx, args[0])
					return err
				})
				if err != nil {
					return err
				}
				return a.printJSON(m)
			})
		},
	}
	k.flags(command)
	return command
}

func (a *app) mappingKeepCommand() *cobra.Command {
	var k keyed
	var id string
	command := &cobra.Command{
		Use: "keep SOURCE [FILE]", Short: "保存一个来源的对照 · keep the mapping of a source", Args: cobra.RangeArgs(1, 2),
		Long: `从 JSON 文件保存，或用 --id 保存一次导入所用的对照。

Keeps what a file of JSON says or, with --id, what an import was read by.`,
		Example: `  doudi import mapping show 县残联 --county 999901 > 对照.json
  doudi import mapping keep 县残联 对照.json --county 999901`,
		RunE: func(command *cobra.Command, args []string) error {
			if (len(args) == 2) == (id != "") {
				return usage{errors.New(a.say("请写一个 JSON 文件，或用 --id 写明一次导入", "name a file of JSON, or an import with --id"))}
			}
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				return k.write(ctx, r, "roll.keep-mapping", func(tx *store.Tx) error {
					m, err := mappingOf(tx, r, id, args)
					if err != nil {
						return err
					}
					return r.Rolls.KeepMapping(tx, args[0], m)
				})
			})
		},
	}
	k.flags(command)
	command.Flags().StringVar(&id, "id", "", "一次导入 an import")
	return command
}

// mappingOf is that of an import or of a file.
func mappingOf(tx *store.Tx, r *record.Record, id string, args []string) (m sheet.Mapping, err error) {
	if id != "" {
		i, err := r.Rolls.Get(tx, id)
		return i.Mapping, err
	}
	content, err := os.ReadFile(args[1])
	if err != nil {
		return m, unreadable(args[1], err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, &fault.Error{Kind: fault.Invalid, Code: "mapping.json", Cause: err, Message: text.Say("文件 %s 不是一份列对照", "the file %s is no mapping", args[1]),
			Hint: fault.Text{ZH: "照 doudi import mapping show 的样子写", EN: "write it as doudi import mapping show does"}}
	}
	return m, nil
}

func (a *app) mappingDeleteCommand() *cobra.Command {
	var k keyed
	command := &cobra.Command{
		Use: "delete SOURCE", Short: "删除一个来源的对照，以后按表头识别 · delete the mapping of a source", Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				return k.write(ctx, r, "roll.forget-mapping", func(tx *store.Tx) error { return r.Rolls.ForgetMapping(tx, args[0]) })
			})
		},
	}
	k.flags(command)
	return command
}
