package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/payment"
	"doudi/record/store"
	"doudi/serve/present"
)

func (a *app) batchCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "batch",
		Short: "发放批次：生成、查看、送复核、锁定、花名册 · batches of payments",
		Long: `批准的核发按待遇、发放单位和发放周期生成批次：每笔只进一批，专账先占用额度；没有账户、户名不符、待追回的移出，下期再发。
制单人生成并送复核，另一人锁定；锁定后不再改动。

What approved runs call is gathered in batches by scheme, payer and period: each amount once, its money spoken for; who has no account, another name or
a debt is left out and comes again. The maker makes a batch and hands it in, another person locks it; then it is never changed.`,
	}
	command.AddCommand(a.batchCreateCommand(), a.batchListCommand(), a.batchShowCommand(), a.batchRosterCommand(),
		a.batchStep("hand-in", "送复核 · hand a draft in to be checked", false, func(p *payment.Payments, tx *store.Tx, b, _ string) error { return p.HandIn(tx, b) }),
		a.batchStep("send-back", "退回制单 · send a batch back to its maker", true, func(p *payment.Payments, tx *store.Tx, b, note string) error { return p.SendBack(tx, b, note) }),
		a.batchStep("lock", "复核通过并锁定 · approve and lock a batch", false, func(p *payment.Payments, tx *store.Tx, b, note string) error { return p.Lock(tx, b, note) }),
		a.batchStep("void", "作废 · make a batch void", true, func(p *payment.Payments, tx *store.Tx, b, note string) error { return p.Discard(tx, b, note) }),
		a.batchMoveOutCommand())
	return command
}

// batched is what all commands on batches are given.
type batched struct {
	place
	county, operator string
}

func (b *batched) flags(a *app, command *cobra.Command) {
	command.PreRunE = func(*cobra.Command, []string) error { _, err := b.actor(a); return err }
	b.flag(command)
	command.Flags().StringVar(&b.county, "county", "", "县级区划代码 code of the county")
	command.Flags().StringVar(&b.operator, "operator", "", "经办人 who does it: ID,姓名,岗位")
	for _, needed := range []string{"county", "operator"} {
		_ = command.MarkFlagRequired(needed) // declared in the lines above
	}
}

// actor reads --operator.
func (b *batched) actor(a *app) (store.Actor, error) {
	parts := strings.Split(b.operator, ",")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return store.Actor{}, usage{errors.New(a.say("--operator 写成 'ID,姓名,岗位'", "--operator is 'ID,name,post'"))}
	}
	return store.Actor{ID: parts[0], Name: parts[1], Post: parts[2]}, nil
}

// write runs one command for the operator, with its entry in the log.
func (b *batched) write(ctx context.Context, a *app, r *record.Record, name, subject string, do func(*store.Tx) error) error {
	return b.command(ctx, a, r, name, func(tx *store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		_, err := r.Log.Record(tx, audit.Note{Name: name, Subject: subject})
		return err
	})
}

// command runs one command for the operator that keeps its entries in the log itself.
func (b *batched) command(ctx context.Context, a *app, r *record.Record, name string, do func(*store.Tx) error) error {
	actor, err := b.actor(a)
	if err != nil {
		return err
	}
	_, err = r.Store.Write(ctx, store.Command{Name: name, County: b.county, Actor: actor, Instant: time.Now()}, func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

func (a *app) batchCreateCommand() *cobra.Command {
	var b batched
	var q payment.Request
	var month string
	command := &cobra.Command{
		Use:   "create",
		Short: "生成一期的批次 · make the batch of a period",
		Long: `按 --month 所在的发放周期（月、季、半年，以政策包为准）生成批次。再次运行得到同一批；已锁定的，用 --again 为后来可发的另生成一批。

Makes the batch of the period that holds --month. Run again it answers the same batch; once that is locked, --again makes a further one for what could
not be paid then.`,
		Example: `  doudi batch create --county 999901 --scheme pingyin-medical-help/severe-disability --month 2021-12 --operator 'u1,孙倩,经办'`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) (err error) {
			if q.Month, err = parse(a, "month", month, period.ParseMonth); err != nil {
				return err
			}
			return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error {
				var made payment.Batch
				err := a.progress().during(a.say("生成批次", "making the batch"), func() error {
					return b.write(ctx, a, r, "payment.create", q.Scheme, func(tx *store.Tx) (err error) { made, err = r.Payments.Create(tx, q); return err })
				})
				if err != nil {
					return err
				}
				return a.showBatch(ctx, r, b.county, made.ID)
			})
		},
	}
	b.flags(a, command)
	flags := command.Flags()
	flags.StringVar(&q.Scheme, "scheme", "", "待遇：系列/编号 scheme: series/benefit")
	flags.StringVar(&month, "month", "", "这一期里的任一个月 any month of the period")
	flags.StringVar(&q.Payer, "payer", "", "发放单位，有几个时要写 payer, where there are several")
	flags.StringVar(&q.Fund, "fund", "", "专账，有几个时要写 special account, where there are several")
	flags.BoolVar(&q.Again, "again", false, "已锁定的一期再生成一批 a further batch of a locked period")
	for _, needed := range []string{"scheme", "month"} {
		_ = command.MarkFlagRequired(needed) // declared in the lines above
	}
	return command
}

// batchStep is a command that moves a batch on.
func (a *app) batchStep(name, short string, reason bool, do func(p *payment.Payments, tx *store.Tx, batch, note string) error) *cobra.Command {
	var b batched
	var note string
	command := &cobra.Command{
		Use:     name + " NUMBER",
		Short:   short,
		Example: "  doudi batch " + name + " FF2021Q4-0001 --county 999901 --operator 'u2,周敏,复核'",
		Args:    a.needs("NUMBER"),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error {
				err := b.write(ctx, a, r, "payment."+name, args[0], func(tx *store.Tx) error { return do(r.Payments, tx, args[0], note) })
				if err != nil {
					return err
				}
				return a.showBatch(ctx, r, b.county, args[0])
			})
		},
	}
	b.flags(a, command)
	command.Flags().StringVar(&note, "note", "", "理由或意见 reason or opinion")
	if reason {
		_ = command.MarkFlagRequired("note") // declared in the line above
	}
	return command
}

func (a *app) batchMoveOutCommand() *cobra.Command {
	var b batched
	var subject, note string
	command := &cobra.Command{
		Use:     "move-out NUMBER",
		Short:   "把一人（户）移出草稿，下期再发 · take somebody out of a draft",
		Example: `  doudi batch move-out FF2021Q4-0001 --subject 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --note 本人申请缓发 --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("NUMBER"),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error {
				err := b.write(ctx, a, r, "payment.move-out", args[0], func(tx *store.Tx) error { return r.Payments.MoveOut(tx, args[0], subject, note) })
				if err != nil {
					return err
				}
				return a.showBatch(ctx, r, b.county, args[0])
			})
		},
	}
	b.flags(a, command)
	command.Flags().StringVar(&subject, "subject", "", "人员或家庭编号 id of the person or household")
	command.Flags().StringVar(&note, "note", "", "理由 reason")
	for _, needed := range []string{"subject", "note"} {
		_ = command.MarkFlagRequired(needed) // declared in the lines above
	}
	return command
}

func (a *app) batchListCommand() *cobra.Command {
	var b batched
	var f payment.Filter
	var state string
	command := &cobra.Command{
		Use:     "list",
		Short:   "列出批次，新的在前 · list batches, the newest first",
		Example: `  doudi batch list --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			f.State = payment.State(state)
			return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error { return a.listBatches(ctx, r, b.county, f) })
		},
	}
	b.flags(a, command)
	command.Flags().StringVar(&f.Scheme, "scheme", "", "只列这项待遇 this scheme only")
	command.Flags().StringVar(&state, "state", "", "只列这个状态 this state only: draft, check, locked, void")
	return command
}

func (a *app) listBatches(ctx context.Context, r *record.Record, county string, f payment.Filter) error {
	const most = 1000
	var list []payment.Batch
	if err := r.Store.Read(ctx, county, func(tx *store.Tx) (err error) { list, err = payment.Batches(tx, f, "", most); return err }); err != nil {
		return err
	}
	if a.json {
		views := make([]present.BatchView, len(list))
		for i := range list {
			views[i] = viewBatch(&list[i])
		}
		return a.printJSON(present.ViewBatches(views))
	}
	var out bytes.Buffer
	for _, b := range list {
		fmt.Fprintf(&out, "%-14s %s–%s  %-10s %6d %16s  %s\n", b.Number, b.From, b.To, b.State.Label().In(a.lang), b.People, b.Total.Grouped(), b.Scheme)
	}
	_, err := a.out.Write(out.Bytes())
	return err
}

// viewBatch is a batch for machines.
func viewBatch(b *payment.Batch) present.BatchView {
	return present.BatchView{Number: b.Number, Scheme: b.Scheme, Payer: b.Payer, Fund: b.Fund, Paid: string(b.Paid), From: b.From.String(), To: b.To.String(), Part: b.Part,
		State: string(b.State), People: b.People, Total: b.Total}
}

func (a *app) batchShowCommand() *cobra.Command {
	var b batched
	command := &cobra.Command{
		Use:     "show NUMBER",
		Short:   "看一个批次，差异在前 · show a batch, differences first",
		Example: `  doudi batch show FF2021Q4-0001 --county 999901 --operator 'u2,周敏,复核'`,
		Args:    a.needs("NUMBER"),
		RunE: func(command *cobra.Command, args []string) error {
			return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error { return a.showBatch(ctx, r, b.county, args[0]) })
		},
	}
	b.flags(a, command)
	return command
}

// showBatch prints a batch with masked names: who needs the whole list prints the roster.
func (a *app) showBatch(ctx context.Context, r *record.Record, county, number string) error {
	var b payment.Batch
	var shown *present.Batch
	err := r.Store.Read(ctx, county, func(tx *store.Tx) (err error) {
		if b, err = payment.Get(tx, number); err != nil {
			return err
		}
		shown, err = batchOf(tx, r, &b)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(present.ViewBatch(viewBatch(&b)))
	}
	return a.print(present.BatchOverview(shown, present.Options{Lang: a.lang, HideSensitive: true}))
}

func (a *app) batchRosterCommand() *cobra.Command {
	var b batched
	var out string
	var public bool
	command := &cobra.Command{
		Use:   "roster NUMBER",
		Short: "打印发放花名册 · print the list of a batch",
		Long: `发放花名册：姓名、账号、标准×月数、金额，末行合计和大写。--out 写成 A4 横排的 HTML 文件供打印。谁看过记入审计。
--public 是公示用的：中性的事项名称、姓名只显示姓，不含账号、原因和未成年人。

The list of a batch with names, accounts and amounts, the sum in figures and words. --out writes HTML for A4 in landscape. That it was looked at is kept in
the log. --public is the one that may be put up: neutral names, without accounts, reasons and children.`,
		Example: `  doudi batch roster FF2021Q4-0001 --county 999901 --operator 'u1,孙倩,经办' --out roster.html`,
		Args:    a.needs("NUMBER"),
		RunE: func(command *cobra.Command, args []string) error {
			if err := a.forPeople("batch roster"); err != nil {
				return err
			}
			return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error {
				var page *present.Page
				err := b.write(ctx, a, r, "payment.roster", args[0], func(tx *store.Tx) (err error) {
					page, err = a.roster(tx, r, args[0], public)
					return err
				})
				if err != nil || out == "" {
					return errors.Join(err, a.printIf(page, err == nil))
				}
				var paper bytes.Buffer
				frame := present.Frame{Landscape: true, Signatures: []string{a.say("制单：", "Made by: "), a.say("复核：", "Checked by: "), a.say("（盖章）", "(seal)")}}
				if err := present.Paper(page, frame).Render(ctx, &paper); err != nil {
					return err
				}
				return writeNew(out, paper.Bytes())
			})
		},
	}
	b.flags(a, command)
	command.Flags().StringVar(&out, "out", "", "写成 HTML 文件，不覆盖已有的 write HTML to a file that must not exist")
	command.Flags().BoolVar(&public, "public", false, "公示用的名单 the list that may be put up in public")
	return command
}

func (a *app) printIf(page *present.Page, there bool) error {
	if !there {
		return nil
	}
	return a.print(page)
}

// roster is the list as a page.
func (a *app) roster(tx *store.Tx, r *record.Record, number string, public bool) (*present.Page, error) {
	b, err := payment.Get(tx, number)
	if err != nil {
		return nil, err
	}
	shown, err := batchOf(tx, r, &b)
	if err != nil {
		return nil, err
	}
	if public {
		return present.PublicRoster(shown, present.Options{Lang: a.lang}), nil
	}
	return present.Roster(shown, present.Options{Lang: a.lang}), nil
}

// batchOf reads everything that is shown of a batch.
func batchOf(tx *store.Tx, r *record.Record, b *payment.Batch) (*present.Batch, error) {
	shown := &present.Batch{Number: b.Number, Payer: b.Payer, Fund: b.Fund, From: b.From, To: b.To, State: b.State.Label(), Total: b.Total, People: b.People,
		Scheme: fault.Text{ZH: b.Scheme}, PublicName: fault.Text{ZH: "补助", EN: "allowance"}}
	if p, x := schemeOf(r.Payments.Packs(), b.Scheme); x != nil {
		shown.Scheme, shown.PublicName = x.Name, x.PublicName
		shown.Payer, shown.Fund = named(p.Offices, b.Payer), named(p.Funds, b.Fund)
	}
	for _, act := range b.Acts {
		shown.Done = append(shown.Done, present.BatchAct{What: act.Kind.Label(), Who: act.Actor.Name, When: act.When.In(china).Format("2006-01-02 15:04"), Note: act.Note})
	}
	places, err := placesOf(tx, r, b.To.Last())
	if err != nil {
		return nil, err
	}
	rows, err := r.Payments.Roster(tx, b, "", 1<<30)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i := range rows {
		names[rows[i].Subject] = rows[i].Name
		shown.Rows = append(shown.Rows, rowOf(b, &rows[i], places))
	}
	list, err := r.Payments.Differences(tx, b.ID)
	for _, d := range list {
		if _, read := names[d.Subject]; !read {
			if names[d.Subject], err = r.Payments.NameOf(tx, d.Subject, d.Receiver); err != nil {
				return nil, err
			}
		}
		why := d.Reason.Label()
		if d.Out != "" {
			why = d.Out.Label()
		}
		shown.Differences = append(shown.Differences, present.BatchDifference{Change: d.Change.Label(), Name: names[d.Subject], Place: places[townCode(d.Division)], Before: d.Before, After: d.After, Why: why})
	}
	return shown, err
}

// china is the one time zone in which acts are shown.
var china = time.FixedZone("CST", 8*60*60)

func named(of map[string]fault.Text, key string) string {
	if name := of[key].ZH; name != "" {
		return name
	}
	return key
}

// schemeOf finds the benefit that a scheme names, in the latest version of its pack.
func schemeOf(packs []*policy.Pack, scheme string) (*policy.Pack, *policy.Benefit) {
	series, id, _ := strings.Cut(scheme, "/")
	for _, p := range slices.Backward(packs) {
		if p.Series != series && p.ID != series {
			continue
		}
		if b := benefitNamed(p, id); b != nil {
			return p, b
		}
	}
	return nil, nil
}

func placesOf(tx *store.Tx, r *record.Record, day period.Day) (map[ident.Division]string, error) {
	divisions, err := r.Register.Divisions(tx, day, rule.Forever)
	places := map[ident.Division]string{}
	for _, d := range divisions {
		places[d.Code] = d.Name
	}
	return places, err
}

// townCode is the town that a village lies in.
func townCode(d ident.Division) ident.Division {
	const town = 9
	return d[:min(len(d), town)]
}

// rowOf is a line as it is printed: the months of the period gathered by amount, then those of other times.
func rowOf(b *payment.Batch, r *payment.Row, places map[ident.Division]string) present.BatchRow {
	row := present.BatchRow{Name: r.Name, Place: places[townCode(r.Division)], Child: r.Child, Bank: r.Account.Bank, Holder: r.Account.Holder, Account: r.Account.Number, Months: r.Months, Amount: r.Amount, Note: r.Note}
	if r.Out != "" {
		row.Out = r.Out.Label()
	}
	for _, item := range r.Items {
		i := slices.IndexFunc(row.Parts, func(p present.BatchPart) bool { return p.Amount == item.Amount && p.Arrears == item.Arrears(b) })
		if i < 0 {
			i = len(row.Parts)
			row.Parts = append(row.Parts, present.BatchPart{Amount: item.Amount, Arrears: item.Arrears(b)})
		}
		row.Parts[i].Months++
	}
	return row
}
