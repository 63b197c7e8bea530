package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doudi/kernel/fault"
	"doudi/record/setup"
	"doudi/record/store"
)

// database is the flag that says where the record is kept.
type database struct{ dsn string }

const databaseVariable = "DOUDI_DB"

func (d *database) flag(command *cobra.Command) {
	command.Flags().StringVar(&d.dsn, "db", os.Getenv(databaseVariable), "数据库 database: sqlite:PATH | postgres://…; default $"+databaseVariable)
}

// settle takes the database that was set up by pages in this folder, where nothing else names one.
func (d *database) settle() error {
	if d.dsn != "" {
		return nil
	}
	found, err := setup.Read(".")
	if err == nil && found.Done {
		d.dsn = found.DB
	}
	return err
}

// use opens the database with open, hands it over and closes it. An interrupt from the keyboard ends what is under way.
func (a *app) use(command *cobra.Command, d *database, open func(context.Context, string) (*store.Store, error), do func(context.Context, *store.Store) error) error {
	if err := d.settle(); err != nil {
		return err
	}
	if d.dsn == "" {
		return a.databaseMissing()
	}
	ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt)
	defer stop()
	s, err := open(ctx, d.dsn)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, s), s.Close())
}

func (a *app) databaseMissing() error {
	return usage{errors.New(a.say("请用 --db 或环境变量 "+databaseVariable+" 写明数据库", "name the database with --db or in "+databaseVariable))}
}

func (a *app) migrateCommand() *cobra.Command {
	var d database
	command := &cobra.Command{
		Use:   "migrate",
		Short: "建立或升级数据库的表 · make the tables of a database, or bring them up to date",
		Long: `建立数据库的表，或升级到本程序的版本。可以反复运行；多个程序同时运行也只做一次。升级前请先备份。

Makes the tables, or brings them to those of this program. It can be run again and by several at once. Make a backup first.`,
		Example: `  doudi migrate --db sqlite:doudi.db
  doudi migrate --db postgres://doudi@localhost/doudi`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.use(command, &d, store.Connect, func(ctx context.Context, s *store.Store) error {
				before, _, err := s.Version(ctx)
				if err != nil {
					return err
				}
				if err := s.Migrate(ctx); err != nil {
					return err
				}
				after, _, err := s.Version(ctx)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(map[string]int64{"before": before, "after": after})
				}
				return a.report("数据库结构：第 %d 版 → 第 %d 版\n", "tables: step %d → step %d\n", before, after)
			})
		},
	}
	d.flag(command)
	return command
}

// passphrase is the flag that names the file with the passphrase of a backup. It is never an argument, where others could see it.
type passphrase struct{ file string }

func (p *passphrase) flag(command *cobra.Command) {
	command.Flags().StringVar(&p.file, "passphrase-file", "", "口令文件，“-”为标准输入 file with the passphrase; - for standard input")
	_ = command.MarkFlagRequired("passphrase-file") // the flag was declared in the line above
}

const longestPassphrase = 4 << 10

// read is the file's content without the end of its line.
func (p *passphrase) read(a *app) (string, error) {
	var from io.Reader = a.in
	if p.file != "-" {
		file, err := os.Open(p.file)
		if err != nil {
			return "", unreadable(p.file, err)
		}
		defer func() { _ = file.Close() }() // only read
		from = file
	}
	content, err := io.ReadAll(io.LimitReader(from, longestPassphrase))
	if err != nil {
		return "", unreadable(p.file, err)
	}
	return string(bytes.TrimRight(content, "\r\n")), nil
}

func unreadable(name string, cause error) error {
	return &fault.Error{Kind: fault.NotFound, Code: "file.unreadable", Cause: cause,
		Message: fault.Text{ZH: "读不到文件 " + name, EN: "cannot read the file " + name},
		Hint:    fault.Text{ZH: "核对路径和权限", EN: "check the path and its permissions"}}
}

func (a *app) backupCommand() *cobra.Command {
	var d database
	var p passphrase
	command := &cobra.Command{
		Use:   "backup FILE",
		Short: "备份：在线、加密、写完核验 · back up while others work, encrypted and read back",
		Long: `把全部数据写进一个加密文件，期间不影响他人工作；写完读回核验后才出现在 FILE。可恢复到 SQLite 或 PostgreSQL。
口令丢失，备份就打不开；密钥目录不在备份里，请另行保存；证件、照片也不在备份里，用 doudi files copy 另存。

Writes everything into one encrypted file while others work. It appears as FILE only after it was read back. It can be restored into
SQLite or PostgreSQL. Without its passphrase it cannot be opened. The folder of the secrets is not in it, nor is the evidence: doudi files copy
keeps that.`,
		Example: `  doudi backup 2026-03-01.backup --db sqlite:doudi.db --passphrase-file passphrase`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			phrase, err := p.read(a)
			if err != nil {
				return err
			}
			// A database of an older step can be backed up too: that is what one does before migrating.
			return a.use(command, &d, store.Connect, func(ctx context.Context, s *store.Store) error {
				copied, err := s.Backup(ctx, args[0], phrase, time.Now())
				if err != nil {
					return err
				}
				rows := int64(0)
				for _, n := range copied.Rows {
					rows += n
				}
				if err := s.NoteBackup(ctx, copied.Made, rows); err != nil {
					return err
				}
				if err := a.printCopied("已备份并读回核验：", "backed up and read back: ", args[0], copied); err != nil || a.json || copied.Rows["document"] == 0 {
					return err
				}
				return a.report("另有 %d 份证件、照片不在备份里：用 doudi files copy 另存\n", "%d documents are not in it: keep their contents with doudi files copy\n", copied.Rows["document"])
			})
		},
	}
	d.flag(command)
	p.flag(command)
	return command
}

func (a *app) restoreCommand() *cobra.Command {
	var d database
	var p passphrase
	command := &cobra.Command{
		Use:   "restore FILE",
		Short: "把备份恢复到空数据库 · restore a backup into an empty database",
		Long: `先核验整个备份，再恢复到一个空数据库（可与原来的种类不同），最后逐表核对。要么全部恢复，要么什么都没有。

Checks the whole backup, restores it into an empty database, which may be of the other kind, and compares every table: all of it or
nothing.`,
		Example: `  doudi restore 2026-03-01.backup --db postgres://doudi@localhost/doudi --passphrase-file passphrase`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			phrase, err := p.read(a)
			if err != nil {
				return err
			}
			return a.use(command, &d, store.Connect, func(ctx context.Context, s *store.Store) error {
				copied, err := s.Restore(ctx, args[0], phrase)
				if err != nil {
					return err
				}
				return a.printCopied("已恢复并逐表核对：", "restored and compared: ", args[0], copied)
			})
		},
	}
	d.flag(command)
	p.flag(command)
	return command
}

// printCopied tells what a backup holds.
func (a *app) printCopied(zh, en, file string, copied store.Copied) error {
	if a.json {
		return a.printJSON(map[string]any{"file": file, "made": copied.Made, "schema": copied.Schema, "rows": copied.Rows})
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, a.say(zh, en)+file)
	for _, name := range slices.Sorted(maps.Keys(copied.Rows)) {
		fmt.Fprintf(&b, "  %-24s %10d\n", name, copied.Rows[name])
	}
	_, err := a.out.Write(b.Bytes())
	return err
}

func (a *app) report(zh, en string, args ...any) error {
	_, err := fmt.Fprintf(a.out, a.say(zh, en), args...)
	return err
}
