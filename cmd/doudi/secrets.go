package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/spf13/cobra"

	"doudi/record"
	"doudi/record/calendar"
	"doudi/record/setup"
	"doudi/record/store"
)

// place is the flags that say where the record is: its database and evidence and, apart from them, the folder of its secrets.
type place struct {
	database
	evidence
	secrets string
}

const secretsVariable = "DOUDI_SECRETS"

func (p *place) flag(command *cobra.Command) {
	p.database.flag(command)
	p.evidence.flag(command)
	command.Flags().StringVar(&p.secrets, "secrets", os.Getenv(secretsVariable), "密钥目录 folder of secrets, made by doudi secrets; default $"+secretsVariable)
}

// settle takes what was set up by pages in this folder, where nothing else says where the record is.
func (p *place) settle() error {
	if p.secrets != "" {
		return nil
	}
	folder, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	found, err := setup.Read(folder)
	if err != nil || !found.Done || p.dsn != "" && setup.Within(folder, p.dsn) != found.DB {
		return err
	}
	p.dsn, p.secrets, p.files = found.DB, found.Secrets, cmp.Or(p.files, found.Files)
	return nil
}

// useRecord opens the record with all packs, hands it over and closes it. An interrupt from the keyboard ends what is under way.
func (a *app) useRecord(command *cobra.Command, p *place, do func(context.Context, *record.Record) error) error {
	if err := p.settle(); err != nil {
		return err
	}
	switch {
	case p.dsn == "":
		return a.databaseMissing()
	case p.secrets == "":
		return usage{errors.New(a.say("请用 --secrets 或环境变量 "+secretsVariable+" 写明密钥目录", "name the folder of secrets with --secrets or in "+secretsVariable))}
	}
	library, err := a.all()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(command.Context(), os.Interrupt)
	defer stop()
	r, err := record.Open(ctx, record.Config{DSN: p.dsn, Secrets: p.secrets, Files: p.files, Library: library})
	if err != nil {
		return err
	}
	if err := a.completeCalendar(ctx, r); err != nil {
		return errors.Join(err, r.Close())
	}
	return errors.Join(do(ctx, r), r.Close())
}

// completeCalendar takes the years that the program did not come with from what the counties hold, before anything is decided.
func (a *app) completeCalendar(ctx context.Context, r *record.Record) error {
	list, err := counties(ctx, r.Store, "")
	for _, county := range list {
		if err == nil {
			err = r.Store.Read(ctx, county, func(tx *store.Tx) error { return calendar.Complete(tx, a.calendar) })
		}
	}
	return err
}

func (a *app) secretsCommand() *cobra.Command {
	var counties []string
	var add bool
	var public, trust, recovered string
	command := &cobra.Command{
		Use:   "secrets FOLDER",
		Short: "密钥目录：新建、加县、与别处交换公钥 · make the secrets of a record, add counties, exchange public keys",
		Long: `--county 新建一个密钥目录：加密个人内容的主密钥、查人用的盲索引密钥、各县签署转移文件的密钥（SM2）。加上 --add 则给已有的目录增加县。
已有的密钥绝不覆盖。密钥丢失，加密的内容就再也打不开；请离线另存一份，不要和数据库及其备份放在一起。

与另一处安装互转人员，先交换公钥：--public 把本处的公钥写成文件（不含秘密），对方用 --trust 收下，双方在电话里核对指纹。
不带选项则列出目录里有哪些县的密钥及其指纹。

--county makes a folder of secrets: the master key of personal content, the key by which people are found, and the keys with which the counties
sign transfers (SM2). With --add it adds counties to secrets there are. Secrets are never overwritten. What was written under lost
secrets cannot be read again: keep a copy off line, and never beside the database or its backups.

Two installations that hand people over exchange public keys first: --public writes ours into a file, which holds no secret, --trust takes in
theirs; compare the fingerprints by telephone. Without options the keys there are, with their fingerprints, are listed.`,
		Example: `  doudi secrets /etc/doudi/secrets --county 370124,370126
  doudi secrets /etc/doudi/secrets --county 370125 --add
  doudi secrets /etc/doudi/secrets --public ours.json
  doudi secrets /etc/doudi/secrets --trust theirs.json
  doudi secrets /etc/doudi/secrets --recover doudi-recovery.txt`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := args[0]
			if add && len(counties) == 0 {
				return usage{errors.New(a.say("--add 要和 --county 一起给", "--add goes with --county"))}
			}
			if err := changeSecrets(folder, counties, add, trust); err != nil {
				return err
			}
			if recovered != "" {
				if err := recoverSecrets(folder, recovered); err != nil {
					return err
				}
			}
			if public != "" {
				return a.writePublic(folder, public)
			}
			return a.listSecrets(folder)
		},
	}
	command.Flags().StringSliceVar(&counties, "county", nil, "县级区划代码，逗号隔开 codes of the counties, with commas")
	command.Flags().BoolVar(&add, "add", false, "增加到已有的密钥目录 add the counties to secrets there are")
	command.Flags().StringVar(&public, "public", "", "把本处公钥写进文件，不覆盖已有的 file for our public keys, which must not exist")
	command.Flags().StringVar(&trust, "trust", "", "收下别处的公钥文件 file of another installation's public keys")
	command.Flags().StringVar(&recovered, "recover", "", "用首次设置时留的恢复单恢复密钥 recovery sheet of the first set-up, to make the secrets from")
	command.MarkFlagsMutuallyExclusive("county", "public", "trust", "recover")
	return command
}

// changeSecrets does what the flags ask for; with none of them nothing.
func changeSecrets(folder string, counties []string, add bool, trust string) error {
	switch {
	case add:
		return record.AddCounties(folder, counties...)
	case len(counties) > 0:
		return record.CreateSecrets(folder, counties...)
	case trust != "":
		content, err := os.ReadFile(trust)
		if err != nil {
			return unreadable(trust, err)
		}
		return record.TrustKeys(folder, content)
	}
	return nil
}

// recoverSecrets makes the secrets in a folder from a recovery sheet.
func recoverSecrets(folder, sheet string) error {
	content, err := os.ReadFile(sheet)
	if err != nil {
		return unreadable(sheet, err)
	}
	return setup.Recover(folder, content)
}

func (a *app) writePublic(folder, name string) error {
	content, err := record.PublicKeys(folder)
	if err != nil {
		return err
	}
	if err := writeNew(name, append(content, '\n')); err != nil {
		return err
	}
	return a.report("已写出公钥 %s\n", "wrote the public keys %s\n", name)
}

// listSecrets tells whose keys there are.
func (a *app) listSecrets(folder string) error {
	counties, err := record.Counties(folder)
	if err != nil {
		return err
	}
	if a.json {
		list := []secretOf{}
		for _, c := range counties {
			list = append(list, secretOf(c))
		}
		return a.printJSON(map[string]any{"folder": folder, "counties": list})
	}
	for _, c := range counties {
		use := a.say("只验签", "checks only")
		if c.Signs {
			use = a.say("签名、验签", "signs and checks")
		}
		if err := a.report("%s  %s  指纹 %s\n", "%s  %s  fingerprint %s\n", c.County, use, c.Fingerprint); err != nil {
			return err
		}
	}
	return a.report("密钥目录 %s；请离线另存一份\n", "the secrets are in %s; keep a copy off line\n", folder)
}

// secretOf is the key of a county as machines read it.
type secretOf struct {
	County      string `json:"county"`
	Signs       bool   `json:"signs"`
	Fingerprint string `json:"fingerprint"`
}
