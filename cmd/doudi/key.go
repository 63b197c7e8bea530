package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
)

func (a *app) keyCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "key",
		Short: "接口密钥：发放、列出、吊销 · keys for the API: add, list, revoke",
		Long: `密钥发给一家机构的一个系统，只显示一次，库里只留摘要。

A key is for one system of one institution. It is shown once; the record keeps its digest only.`,
	}
	command.AddCommand(a.keyAddCommand(), a.keyListCommand(), a.keyRevokeCommand())
	return command
}

// keyed is what all commands on keys are given.
type keyed struct {
	place
	county string
}

func (k *keyed) flags(command *cobra.Command) {
	k.flag(command)
	command.Flags().StringVar(&k.county, "county", "", "县级区划代码 code of the county")
	_ = command.MarkFlagRequired("county") // the flag was declared in the line above
}

// write runs one command of the program itself.
func (k *keyed) write(ctx context.Context, r *record.Record, name string, do func(*store.Tx) error) error {
	_, err := r.Store.Write(ctx, store.Command{Name: name, County: k.county, Actor: program, Instant: time.Now()}, func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

func (a *app) keyAddCommand() *cobra.Command {
	var k keyed
	var g auth.Grant
	var scopes []string
	var from, to string
	command := &cobra.Command{
		Use:   "add PARTY",
		Short: "给机构发一把密钥 · issue a key to an institution",
		Long: `给医院、药店或经办机构发一把密钥。机构只见自己的账单，经办机构见全县的。密钥只显示这一次。

Issues a key to a hospital, a pharmacy or an office. An institution sees its own bills, an office the county's. It is shown this once.`,
		Example: `  doudi key add 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --county 999901 --name 医院信息系统 --scope bills,settlements,register.read --to 2027-12-31`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) (err error) {
			g.Party = args[0]
			for _, s := range scopes {
				g.Scopes = append(g.Scopes, auth.Scope(s))
			}
			g.Span.From = dated.Day(time.Now())
			if from != "" {
				if g.Span.From, err = period.ParseDay(from); err != nil {
					return err
				}
			}
			if g.Span.To, err = period.ParseDay(to); err != nil {
				return err
			}
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error { return a.addKey(ctx, r, &k, g) })
		},
	}
	k.flags(command)
	flags := command.Flags()
	flags.StringVar(&g.Name, "name", "", "给哪个系统用 which system it is for")
	flags.StringSliceVar(&scopes, "scope", nil, "可以做什么，逗号隔开 scopes, with commas")
	flags.StringVar(&from, "from", "", "起日，默认今天 first day, by default today")
	flags.StringVar(&to, "to", "", "止日 last day")
	for _, needed := range []string{"name", "scope", "to"} {
		_ = command.MarkFlagRequired(needed) // declared in the lines above
	}
	return command
}

func (a *app) addKey(ctx context.Context, r *record.Record, k *keyed, g auth.Grant) error {
	var written string
	var key auth.Key
	err := k.write(ctx, r, "auth.issue", func(tx *store.Tx) (err error) { key, written, err = r.Keys.Issue(tx, g); return err })
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]string{"id": key.ID, "key": written})
	}
	return a.report("%s\n密钥 %s 只显示这一次，请当面交给使用的机构\n", "%s\nThe key %s is shown this once: hand it to the institution that uses it\n", written, key.ID)
}

func (a *app) keyListCommand() *cobra.Command {
	var k keyed
	command := &cobra.Command{
		Use:     "list",
		Short:   "列出一个县的密钥 · list the keys of a county",
		Example: `  doudi key list --county 999901`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				var list []auth.Key
				if err := r.Store.Read(ctx, k.county, func(tx *store.Tx) (err error) { list, err = auth.List(tx); return err }); err != nil {
					return err
				}
				return a.listKeys(list)
			})
		},
	}
	k.flags(command)
	return command
}

// keyOf is a key as machines read it.
type keyOf struct {
	ID       string       `json:"id"`
	Party    string       `json:"party"`
	Name     string       `json:"name"`
	Scopes   []auth.Scope `json:"scopes"`
	From     period.Day   `json:"from"`
	To       period.Day   `json:"to"`
	Revoked  string       `json:"revoked"`   // "" while it stands
	LastUsed string       `json:"last_used"` // "" while it never was
}

func (a *app) listKeys(list []auth.Key) error {
	views := []keyOf{}
	for _, key := range list {
		views = append(views, keyOf{key.ID, key.Party, key.Name, key.Scopes, key.Span.From, key.Span.To, key.Revoked, key.LastUsed})
	}
	if a.json {
		return a.printJSON(views)
	}
	for _, v := range views {
		var scopes []string
		for _, s := range v.Scopes {
			scopes = append(scopes, string(s))
		}
		state := a.say("在用", "in use")
		if v.Revoked != "" {
			state = a.say("已吊销 ", "revoked ") + v.Revoked
		}
		if v.LastUsed == "" {
			v.LastUsed = a.say("从未", "never")
		}
		if err := a.report("%s  %s  %s  %s 至 %s  最近使用 %s  %s\n    %s\n", "%s  %s  %s  %s to %s  last used %s  %s\n    %s\n",
			v.ID, v.Party, v.Name, v.From, v.To, v.LastUsed, state, strings.Join(scopes, " ")); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) keyRevokeCommand() *cobra.Command {
	var k keyed
	var reason string
	command := &cobra.Command{
		Use:     "revoke ID",
		Short:   "吊销一把密钥，立即生效 · revoke a key at once",
		Example: `  doudi key revoke 0199f3c29d0070008f1e8c6f0a4b2d17 --county 999901 --reason 更换系统`,
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return usage{errors.New(a.say("请用 --reason 写明理由", "say why with --reason"))}
			}
			return a.useRecord(command, &k.place, func(ctx context.Context, r *record.Record) error {
				if err := k.write(ctx, r, "auth.revoke", func(tx *store.Tx) error { return r.Keys.Revoke(tx, args[0], reason) }); err != nil {
					return err
				}
				return a.report("已吊销 %s\n", "revoked %s\n", args[0])
			})
		},
	}
	k.flags(command)
	command.Flags().StringVar(&reason, "reason", "", "理由 why")
	return command
}
