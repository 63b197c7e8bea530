package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"doudi/record"
	"doudi/record/file"
	"doudi/record/store"
)

// evidence is the flag that says where papers and photos lie.
type evidence struct{ files string }

const filesVariable = "DOUDI_FILES"

func (e *evidence) flag(command *cobra.Command) {
	command.Flags().StringVar(&e.files, "files", os.Getenv(filesVariable), "证件、照片 evidence: folder | s3://…; default $"+filesVariable+", or files beside a SQLite file")
}

// box is where the evidence of a database lies.
func (e *evidence) box(dsn string) *file.Box {
	return file.NewBox(cmp.Or(e.files, record.FilesBeside(dsn)))
}

func (a *app) filesCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "files",
		Short: "证件、照片的存放 · the place of evidence: copy it, sweep it",
	}
	command.AddCommand(a.filesCopyCommand(), a.filesSweepCommand())
	return command
}

// filesFlags are what the commands about the place of evidence share.
type filesFlags struct {
	database
	evidence
	county string
}

func (f *filesFlags) flag(command *cobra.Command) {
	f.database.flag(command)
	f.evidence.flag(command)
	command.Flags().StringVar(&f.county, "county", "", "只办这个县（六位区划代码）this county only")
}

// each opens the place of evidence and does something for each county, on one picture of it.
func (f *filesFlags) each(a *app, command *cobra.Command, do func(*file.Box, *store.Tx) error) error {
	box := f.box(f.dsn)
	err := a.use(command, &f.database, store.Open, func(ctx context.Context, s *store.Store) error {
		list, err := counties(ctx, s, f.county)
		if err != nil {
			return err
		}
		for _, county := range list {
			err := s.Read(ctx, county, func(tx *store.Tx) error {
				return a.progress().during(county+" "+command.Name(), func() error { return do(box, tx) })
			})
			if err != nil {
				return inFile(county, err)
			}
		}
		return nil
	})
	return errors.Join(err, box.Close())
}

func (a *app) filesCopyCommand() *cobra.Command {
	var f filesFlags
	command := &cobra.Command{
		Use:   "copy TO",
		Short: "把证件、照片复制到别处并逐份读回核对 · copy the evidence and read every copy back",
		Long: `把证件、照片复制到另一个目录或 s3:// 地址，逐份读回核对；已经在那里且相符的只核对，不重写。内容一直是密封的，不需要密钥。
备份时先 doudi backup，后 files copy；恢复时调换方向：--files 写备份目录，TO 写新的位置。

Copies the evidence into another folder or s3:// address and reads every copy back. What is there already and agrees is not written again.
The contents stay sealed, no secrets are needed. For a backup run doudi backup first, then files copy; to restore, copy the other way:
--files names the copy, TO the new place.`,
		Example: `  doudi files copy /mnt/backup/files --db sqlite:doudi.db
  doudi files copy files --db sqlite:restored.db --files /mnt/backup/files`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			to := file.NewBox(args[0])
			all := map[string]file.Copied{}
			err := f.each(a, command, func(box *file.Box, tx *store.Tx) error {
				c, err := box.CopyTo(tx, to)
				all[tx.County] = c
				if err != nil || a.json {
					return err
				}
				return a.report("%s：%d 份都在 %s，其中新写 %d 份、%d 字节\n", "%s: all %d are in %s, of which %d were written, %d bytes\n", tx.County, c.Documents, args[0], c.Written, c.Bytes)
			})
			if err = errors.Join(err, to.Close()); err != nil || !a.json {
				return err
			}
			return a.printJSON(map[string]any{"to": args[0], "counties": all})
		},
	}
	f.flag(command)
	return command
}

func (a *app) filesSweepCommand() *cobra.Command {
	var f filesFlags
	var remove bool
	command := &cobra.Command{
		Use:   "sweep",
		Short: "找出没有归档的内容，可清理 · find contents that belong to no document, and remove them",
		Long: `归档中途放弃会留下没有登记的内容。列出存放超过一天、数据库里没有登记的；加上 --delete 才清理。已登记的一份也不会动，撤回的也不动。

A filing that was given up leaves content without a document. Lists what has lain there for more than a day and is not in the database; only with
--delete is it removed. What has a document is never touched, withdrawn or not.`,
		Example: `  doudi files sweep --db sqlite:doudi.db
  doudi files sweep --db sqlite:doudi.db --delete`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			before := time.Now().Add(-file.Grace)
			all := map[string]swept{}
			err := f.each(a, command, func(box *file.Box, tx *store.Tx) error {
				s, err := box.Sweep(tx, before, remove)
				all[tx.County] = swept{s.Kept, append([]string{}, s.Loose...), remove}
				if err != nil || a.json {
					return err
				}
				return a.tellSwept(tx.County, s, remove)
			})
			if err != nil || !a.json {
				return err
			}
			return a.printJSON(map[string]any{"counties": all})
		},
	}
	f.flag(command)
	command.Flags().BoolVar(&remove, "delete", false, "清理列出的内容 remove what is listed")
	return command
}

// swept is what a sweep tells machines of a county.
type swept struct {
	Kept    int      `json:"kept"`
	Loose   []string `json:"loose"`
	Removed bool     `json:"removed"`
}

func (a *app) tellSwept(county string, s file.Swept, removed bool) error {
	for _, name := range s.Loose {
		if err := a.report("  %s\n", "  %s\n", name); err != nil {
			return err
		}
	}
	if removed {
		return a.report("%s：清理 %d 份，留下 %d 份\n", "%s: %d removed, %d kept\n", county, len(s.Loose), s.Kept)
	}
	return a.report("%s：%d 份没有归档，%d 份留下；加 --delete 清理\n", "%s: %d belong to no document, %d are kept; --delete removes them\n", county, len(s.Loose), s.Kept)
}
