package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/move"
	"doudi/record/register"
	"doudi/record/store"
)

func (a *app) transferCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "transfer",
		Short: "人员转移：迁往外县、从外县迁入 · people who move to another county, or come from one",
		Long: `迁出县提出（offer），写成一份签名的文件：登记情况、已用的累计额度、各项待遇发到哪个月、未追回的款项。迁入县接收（accept）或退回（refuse），
写成签名的回执；迁出县收下回执（answered）。文件怎样送去都可以，改动一个字也验不过；同一份文件再来一次什么也不会重复。
迁走以后又结算或冲销了迁走以前的账单，用 tell 写明现在的累计，对方用 hear 收下；list 列出还要办的。两处安装先用 doudi secrets 交换公钥。

The county that is left offers a person in a signed document: what is known, what was used of counters, the last month paid by each scheme, and what is owed.
The other county accepts or refuses with a signed receipt, which comes back with answered. Documents may travel in any way: one changed letter
and they are refused; one that comes twice does nothing the second time. When a bill of the time before the move is settled or reversed later, tell
says what is used now and hear takes it in; list shows what is to be done. Installations exchange public keys first (doudi secrets).`,
	}
	command.AddCommand(a.transferOfferCommand(), a.transferAgainCommand(), a.transferAcceptCommand(), a.transferRefuseCommand(), a.transferAnsweredCommand(),
		a.transferTellCommand(), a.transferHearCommand(), a.transferListCommand())
	return command
}

// transferShown is what the commands of doudi transfer tell machines (docs/json.md).
type transferShown struct {
	Format     string   `json:"format"`
	Done       string   `json:"done"` // offer, again, accept, refuse, answered, tell or hear
	Transfer   string   `json:"transfer"`
	Person     string   `json:"person"` // the id here; "" of a refusal
	File       string   `json:"file"`   // that was written; "" for none
	Accepted   bool     `json:"accepted"`
	Rejoined   bool     `json:"rejoined"` // of a refusal: a member of the household again
	Onward     string   `json:"onward"`   // the county that needs the same document; "" for none
	Replayed   bool     `json:"replayed"` // it was done before
	Unanswered []string `json:"unanswered"`
	Untold     []string `json:"untold"`
}

// told prints what was done.
func (a *app) told(shown transferShown, zh, en string, args ...any) error {
	if !a.json {
		return a.report(zh, en, args...)
	}
	shown.Format = "doudi.transfer/1"
	shown.Unanswered, shown.Untold = append([]string{}, shown.Unanswered...), append([]string{}, shown.Untold...)
	return a.printJSON(shown)
}

// again says that something had been done before.
func (a *app) again(replayed bool) string {
	if !replayed {
		return ""
	}
	return a.say("（以前办过，没有重复）", " (done before, nothing was done twice)")
}

// into makes the file for a document before anything is done, so that nothing is done whose document cannot be kept. It is readable by its owner alone: it
// holds what is known of a person.
func into(name string, do func() (register.Signed, error)) (err error) {
	file, err := newFile(name, 0o600)
	if err != nil {
		return err
	}
	signed, err := do()
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(name))
	}
	encoder := json.NewEncoder(file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return errors.Join(encoder.Encode(signed), file.Sync(), file.Close())
}

// signedIn reads a document that another county wrote.
func signedIn(name string) (s register.Signed, err error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return s, unreadable(name, err)
	}
	if err := json.Unmarshal(content, &s); err != nil || s.County == "" || s.Content == "" || s.Signature == "" {
		return s, &fault.Error{Kind: fault.Invalid, Code: "transfer.file", Op: "transfer", Cause: err,
			Message: text.Say("%s 不是转移文件", "%s is not a document of a transfer", name),
			Hint:    text.Say("转移文件和回执由 doudi transfer 写出，含 county、content、signature 三项；没有改动登记", "documents and receipts are written by doudi transfer and hold county, content and signature; the register was left as it is")}
	}
	return s, nil
}

// moving runs one command on moves for the operator.
func (b *batched) moving(a *app, command *cobra.Command, name string, do func(*store.Tx, *move.Moves) error) error {
	return a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error {
		return b.command(ctx, a, r, "transfer."+name, func(tx *store.Tx) error { return do(tx, r.Moves) })
	})
}

func (a *app) transferOfferCommand() *cobra.Command {
	var b batched
	var l move.Leaving
	var last, out string
	command := &cobra.Command{
		Use:   "offer PERSON",
		Short: "提出转移，写成文件 · offer a person to another county",
		Long: `--last 是在本县的最后一天。户主迁走时用 --head 写明由谁接：家庭的待遇和欠款留给留下的人。全家迁走的逐人提出，家庭的待遇和欠款随最后一人转去。
文件写到 --out，只有本人可读，请安全送达。

--last is the last day in this county. When the head of a household goes, --head says who follows: what the household is paid and owes stays with those who
stay. A family that moves is offered one by one, and what the household is paid and owes goes with the last of it. The document is written to --out, readable by its owner
alone: send it by a safe way.`,
		Example: `  doudi transfer offer 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --to 999902 --last 2021-06-30 --out move.json --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("PERSON"),
		RunE: func(command *cobra.Command, args []string) (err error) {
			if l.Last, err = parse(a, "last", last, period.ParseDay); err != nil {
				return err
			}
			l.Person = args[0]
			return a.writes(command, &b, "offer", out, func(tx *store.Tx, m *move.Moves) (register.Signed, error) { return m.Offer(tx, l) })
		},
	}
	b.flags(a, command)
	flags := command.Flags()
	flags.StringVar(&l.To, "to", "", "迁往哪个县，六位区划代码 code of the county")
	flags.StringVar(&last, "last", "", "在本县的最后一天 last day in this county")
	flags.StringVar(&out, "out", "", "写到这个新文件 new file for the document")
	flags.StringVar(&l.Next.Head, "head", "", "户主迁走时的新户主 who is head when the head goes")
	flags.StringVar(&l.Said.Source, "source", "", "谁说的 who says so")
	flags.StringVar(&l.Said.Evidence, "evidence", "", "凭证编号 id of the document that shows it")
	for _, needed := range []string{"to", "last", "out"} {
		_ = command.MarkFlagRequired(needed) // declared in the lines above
	}
	return command
}

// writes runs a command whose outcome is a document of ours.
func (a *app) writes(command *cobra.Command, b *batched, name, out string, do func(*store.Tx, *move.Moves) (register.Signed, error)) error {
	var signed register.Signed
	err := into(out, func() (register.Signed, error) {
		err := b.moving(a, command, name, func(tx *store.Tx, m *move.Moves) (err error) { signed, err = do(tx, m); return err })
		return signed, err
	})
	if err != nil {
		return err
	}
	var of struct{ ID, Person, To string }
	if err := json.Unmarshal([]byte(signed.Content), &of); err != nil {
		return err
	}
	return a.told(transferShown{Done: name, Transfer: of.ID, Person: of.Person, File: out}, "已签名写出 %s（编号 %s），请送交对方县\n", "signed and written: %s (%s); send it to the other county\n", out, of.ID)
}

func (a *app) transferAgainCommand() *cobra.Command {
	return a.written(&cobra.Command{
		Use:     "again TRANSFER",
		Short:   "再写一次已提出的文件 · write the document of an offer once more",
		Example: `  doudi transfer again 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --out move.json --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("TRANSFER"),
	}, func(tx *store.Tx, m *move.Moves, transfer string) (register.Signed, error) {
		return m.Again(tx, transfer)
	})
}

func (a *app) transferTellCommand() *cobra.Command {
	return a.written(&cobra.Command{
		Use:     "tell PERSON",
		Short:   "迁走以后累计有变，写成文件告知 · tell the county somebody moved to what is used of counters now",
		Example: `  doudi transfer tell 0199f3c2-9d00-7000-8f1e-8c6f0a4b2d17 --out more.json --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("PERSON"),
	}, func(tx *store.Tx, m *move.Moves, person string) (register.Signed, error) { return m.Tell(tx, person) })
}

// written is a command that writes a document about its argument.
func (a *app) written(command *cobra.Command, do func(tx *store.Tx, m *move.Moves, about string) (register.Signed, error)) *cobra.Command {
	var b batched
	var out string
	command.RunE = func(command *cobra.Command, args []string) error {
		return a.writes(command, &b, command.Name(), out, func(tx *store.Tx, m *move.Moves) (register.Signed, error) { return do(tx, m, args[0]) })
	}
	b.flags(a, command)
	command.Flags().StringVar(&out, "out", "", "写到这个新文件 new file for the document")
	_ = command.MarkFlagRequired("out") // declared in the line above
	return command
}

func (a *app) transferAcceptCommand() *cobra.Command {
	var b batched
	var receipt string
	command := &cobra.Command{
		Use:   "accept FILE",
		Short: "接收迁入的人，写回执 · take somebody in and write the receipt",
		Long: `验过签名，登记从迁出次日起在本县，带来的情况、累计、发到的月份和欠款一并记下。身份证号已在本县的，就是那个人。
全家迁来的，等人都接收了再登记家庭：还是原来那一户，发到的月份和欠款接着算。

Checks the signature; from the day after the last day there the person is this county's, with the facts, counters, last months paid and debts that came along. A
person whose identity number is on the register already is that person. Of a family that comes as a whole, register the household once all were accepted: it is the same
household, with the last months it was paid and what it owes.`,
		Example: `  doudi transfer accept move.json --receipt receipt.json --county 999902 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("FILE"),
		RunE: func(command *cobra.Command, args []string) error {
			signed, err := signedIn(args[0])
			if err != nil {
				return err
			}
			var arrival register.Arrival
			err = into(receipt, func() (register.Signed, error) {
				err := b.moving(a, command, "accept", func(tx *store.Tx, m *move.Moves) (err error) { arrival, err = m.Accept(tx, signed); return err })
				return arrival.Receipt, err
			})
			if err != nil {
				return err
			}
			t := arrival.Transfer
			return a.told(transferShown{Done: "accept", Transfer: t.ID, Person: arrival.Person, File: receipt, Accepted: true, Replayed: arrival.Replayed},
				"已接收%s，本县编号 %s：累计 %d 项，发到的月份 %d 项，欠款 %d 项；回执 %s\n", "accepted%s, the id here is %s: %d counters, %d schemes with the last month paid, %d debts; the receipt is %s\n",
				a.again(arrival.Replayed), arrival.Person, len(t.Counters), len(t.Paid), len(t.Debts), receipt)
		},
	}
	b.flags(a, command)
	command.Flags().StringVar(&receipt, "receipt", "", "回执写到这个新文件 new file for the receipt")
	_ = command.MarkFlagRequired("receipt") // declared in the line above
	return command
}

func (a *app) transferRefuseCommand() *cobra.Command {
	var b batched
	var receipt, reason string
	command := &cobra.Command{
		Use:     "refuse FILE",
		Short:   "退回，写回执 · refuse and write the receipt",
		Example: `  doudi transfer refuse move.json --reason 户口未迁入 --receipt receipt.json --county 999902 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("FILE"),
		RunE: func(command *cobra.Command, args []string) error {
			signed, err := signedIn(args[0])
			if err != nil {
				return err
			}
			var answer register.Signed
			err = into(receipt, func() (register.Signed, error) {
				err := b.moving(a, command, "refuse", func(tx *store.Tx, m *move.Moves) (err error) { answer, err = m.Refuse(tx, signed, reason); return err })
				return answer, err
			})
			if err != nil {
				return err
			}
			var of register.Receipt
			if err := json.Unmarshal([]byte(answer.Content), &of); err != nil {
				return err
			}
			return a.told(transferShown{Done: "refuse", Transfer: of.Transfer, File: receipt}, "已退回转移 %s，回执 %s\n", "refused the transfer %s; the receipt is %s\n", of.Transfer, receipt)
		},
	}
	b.flags(a, command)
	command.Flags().StringVar(&receipt, "receipt", "", "回执写到这个新文件 new file for the receipt")
	command.Flags().StringVar(&reason, "reason", "", "理由 reason")
	for _, needed := range []string{"receipt", "reason"} {
		_ = command.MarkFlagRequired(needed) // declared in the lines above
	}
	return command
}

func (a *app) transferAnsweredCommand() *cobra.Command {
	var b batched
	command := &cobra.Command{
		Use:     "answered FILE",
		Short:   "收下对方的回执 · take in the receipt of the other county",
		Example: `  doudi transfer answered receipt.json --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("FILE"),
		RunE: func(command *cobra.Command, args []string) error {
			receipt, err := signedIn(args[0])
			if err != nil {
				return err
			}
			var answer register.Answer
			if err := b.moving(a, command, "answered", func(tx *store.Tx, m *move.Moves) (err error) { answer, err = m.Answered(tx, receipt); return err }); err != nil {
				return err
			}
			said := a.say("对方已接收", "the other county took the person in")
			if !answer.Accepted {
				said = a.say("对方退回，此人仍是本县的", "the other county refused; the person is this county's again")
				if answer.Left != "" && !answer.Rejoined {
					said += a.say("，但原来的家庭已有变动，请核对后重新入户", ", but the household has changed since: look and let the person join again")
				}
			}
			return a.told(transferShown{Done: "answered", Person: answer.Person, Accepted: answer.Accepted, Rejoined: answer.Rejoined, Replayed: answer.Replayed},
				"%s%s：%s\n", "%s%s: %s\n", said, a.again(answer.Replayed), answer.Person)
		},
	}
	b.flags(a, command)
	return command
}

func (a *app) transferHearCommand() *cobra.Command {
	var b batched
	command := &cobra.Command{
		Use:     "hear FILE",
		Short:   "收下迁出县告知的累计 · take in what the county somebody came from says anew",
		Example: `  doudi transfer hear more.json --county 999902 --operator 'u1,孙倩,经办'`,
		Args:    a.needs("FILE"),
		RunE: func(command *cobra.Command, args []string) error {
			signed, err := signedIn(args[0])
			if err != nil {
				return err
			}
			var heard register.Heard
			if err := b.moving(a, command, "hear", func(tx *store.Tx, m *move.Moves) (err error) { heard, err = m.Hear(tx, signed); return err }); err != nil {
				return err
			}
			onward := ""
			if heard.Onward != "" {
				onward = a.say("；此人已迁往 "+heard.Onward+"，请把同一份文件转去", "; the person has moved on to "+heard.Onward+": pass the same document on")
			}
			return a.told(transferShown{Done: "hear", Transfer: heard.Supplement.ID, Person: heard.Person, Onward: heard.Onward, Replayed: heard.Replayed},
				"已收下 %s 的累计 %d 项%s%s\n", "took in what %s used: %d counters%s%s\n", heard.Person, len(heard.Supplement.Counters), a.again(heard.Replayed), onward)
		},
	}
	b.flags(a, command)
	return command
}

func (a *app) transferListCommand() *cobra.Command {
	var b batched
	command := &cobra.Command{
		Use:     "list",
		Short:   "还没有回执的转移、还要告知的人 · what is to be done about moves",
		Example: `  doudi transfer list --county 999901 --operator 'u1,孙倩,经办'`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			var w move.Waiting
			err := a.useRecord(command, &b.place, func(ctx context.Context, r *record.Record) error {
				return r.Store.Read(ctx, b.county, func(tx *store.Tx) (err error) { w, err = r.Moves.Waiting(tx); return err })
			})
			switch {
			case err != nil:
				return err
			case a.json:
				return a.told(transferShown{Done: "list", Unanswered: w.Unanswered, Untold: w.Untold}, "", "")
			}
			for _, id := range w.Unanswered {
				if err := a.report("没有回执 %s\n", "no receipt yet %s\n", id); err != nil {
					return err
				}
			}
			for _, person := range w.Untold {
				if err := a.report("要告知 %s（doudi transfer tell）\n", "to be told %s (doudi transfer tell)\n", person); err != nil {
					return err
				}
			}
			if len(w.Unanswered)+len(w.Untold) == 0 {
				return a.report("没有要办的转移\n", "nothing is to be done about moves\n")
			}
			return nil
		},
	}
	b.flags(a, command)
	return command
}
