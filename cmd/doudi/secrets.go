package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"doudi/record"
)

// place is the flags that say where the record is: its database and, beside it, the folder of its secrets.
type place struct {
	database
	secrets string
}

const secretsVariable = "DOUDI_SECRETS"

func (p *place) flag(command *cobra.Command) {
	p.database.flag(command)
	command.Flags().StringVar(&p.secrets, "secrets", os.Getenv(secretsVariable), "密钥目录 folder of secrets, made by doudi secrets; default $"+secretsVariable)
}

// useRecord opens the record with all packs, hands it over and closes it. An interrupt from the keyboard ends what is under way.
func (a *app) useRecord(command *cobra.Command, p *place, do func(context.Context, *record.Record) error) error {
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
	r, err := record.Open(ctx, record.Config{DSN: p.dsn, Secrets: p.secrets, Library: library})
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, r), r.Close())
}

func (a *app) secretsCommand() *cobra.Command {
	var counties []string
	command := &cobra.Command{
		Use:   "secrets FOLDER",
		Short: "建立密钥目录 · make the secrets of a record",
		Long: `新建一个密钥目录：加密个人内容的主密钥、查人用的盲索引密钥、各县签署转移文件的密钥。已有的密钥绝不覆盖。
密钥丢失，加密的内容就再也打不开；请离线另存一份，不要和数据库及其备份放在一起。

Makes a folder of secrets: the master key of personal content, the key by which people are found, and the keys with which the counties sign
transfers. Secrets that are there are never overwritten. What was written under lost secrets cannot be read again: keep a copy off line, and
never beside the database or its backups.`,
		Example: `  doudi secrets /etc/doudi/secrets --county 370124,370126`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := record.CreateSecrets(args[0], counties...); err != nil {
				return err
			}
			return a.report("已建立密钥目录 %s（%s）；请离线另存一份\n", "made the secrets %s (%s); keep a copy off line\n", args[0], strings.Join(counties, " "))
		},
	}
	command.Flags().StringSliceVar(&counties, "county", nil, "县级区划代码，逗号隔开 codes of the counties, with commas")
	_ = command.MarkFlagRequired("county") // the flag was declared in the line above
	return command
}
