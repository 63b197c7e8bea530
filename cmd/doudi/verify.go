package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/store"
)

func (a *app) verifyCommand() *cobra.Command {
	var p place
	var county, proved string
	command := &cobra.Command{
		Use:   "verify [SEAL…]",
		Short: "核验：有没有被改动、对不对得上 · look for the first difference in the record",
		Long: `逐县核验数据库，指出第一处不符：审计链、专账、累计、证件和照片，以及按封存的情况重算每一张结算。重算要读密封的内容，须用 --secrets 写明密钥目录；
没有密钥时只核对不密封的部分，并写明哪些没有看。SEAL 是月度封存文件，按月份先后给出：先脱离数据库核验文件本身和前后衔接，再与
数据库比对；只给文件、不给 --db，就只做前一半。--evidence 核验审计岗导出的一份结算证据包，不用数据库：逐个文件核对摘要，用内置的政策包重算，
核对审计记录在封存链里的位置；同时给了 SEAL，再与封存文件比对。有不符时退出码为 1。

Checks the record county by county and names the first difference: the chain of the audit log, the special accounts, the counters, the
evidence, and every settlement computed again from the facts frozen with it. What is sealed can be read with --secrets only; without, verify says what it did not
look at. SEAL are monthly seals in their order: they are checked by themselves, then against the database; without --db only by themselves.
--evidence checks the evidence package of one settlement without a database: the digest of every file, the settlement computed again by the pack in the program,
the entries of the log and their place in the chain; with SEAL, against those files too. The exit status is 1 when there is a difference.`,
		Example: `  doudi verify --db sqlite:doudi.db --secrets secrets
  doudi verify seal-2026-03.json seal-2026-04.json
  doudi verify --evidence evidence-999901-ZY20260308-0037.zip seal-2026-03.json`,
		RunE: func(command *cobra.Command, args []string) error {
			months, err := a.checkMonths(args)
			if err != nil {
				return err
			}
			if proved != "" {
				return a.checkEvidence(proved, months)
			}
			if p.dsn == "" && len(args) > 0 {
				return nil
			}
			v := &verification{app: a, months: months, only: county, progress: a.progress()}
			if p.secrets == "" {
				v.kept.Box = p.box(p.dsn)
				return errors.Join(a.use(command, &p.database, store.Open, v.run), v.kept.Box.Close())
			}
			return a.useRecord(command, &p, func(ctx context.Context, r *record.Record) error {
				v.kept = record.Kept{Record: r, Box: r.Files.Box}
				return v.run(ctx, r.Store)
			})
		},
	}
	p.flag(command)
	command.Flags().StringVar(&county, "county", "", "只核验这个县（六位区划代码）this county only")
	command.Flags().StringVar(&proved, "evidence", "", "核验一份结算证据包，不用数据库 check the evidence package of one settlement, without a database")
	return command
}

// checkMonths checks monthly seals without the database: each by itself, and each as the next of the one before.
func (a *app) checkMonths(files []string) ([]*audit.Month, error) {
	var months []*audit.Month
	for i, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		month, err := audit.CheckOffline(bytes.NewReader(content))
		if err == nil && i > 0 {
			err = month.Follows(months[i-1])
		}
		if err != nil {
			return nil, inFile(name, err)
		}
		if a.json { // the months are told with the database they are compared with
			months = append(months, month)
			continue
		}
		if err := a.report("%s：%s %s，%d 批 %d 条，末批摘要 %s\n", "%s: %s %s, %d seals over %d entries, last digest %s\n",
			name, month.County, month.Month, len(month.Seals), month.Entries(), month.Last().Digest); err != nil {
			return nil, err
		}
		months = append(months, month)
	}
	return months, nil
}

// inFile says which file a fault is about.
func inFile(name string, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	named := *f
	named.Message = fault.Text{ZH: name + "：" + f.Message.ZH, EN: name + ": " + f.Message.EN}
	return &named
}

// allCounties is the county of a read that asks for the counties there are.
const allCounties = "000000"

func counties(ctx context.Context, s *store.Store, one string) (list []string, err error) {
	if one != "" {
		return []string{one}, nil
	}
	err = s.Read(ctx, allCounties, func(tx *store.Tx) (err error) { list, err = audit.Counties(tx); return err })
	return list, err
}

// verification is one run of verify.
type verification struct {
	app      *app
	kept     record.Kept
	months   []*audit.Month
	only     string // a county; "" for all
	progress progress
	seen     verified
}

// verified is what verify tells machines (docs/json.md).
type verified struct {
	Format     string        `json:"format"`
	Secrets    bool          `json:"secrets"` // what is sealed was looked at
	Checks     []checked     `json:"checks"`
	Unseen     []checked     `json:"unseen"`     // what was not looked at
	Difference *differenceAt `json:"difference"` // the first; null for none
}

type checked struct {
	County string `json:"county"`
	Check  string `json:"check"`
	Said   words  `json:"said"`
}

type differenceAt struct {
	checked
	Code string `json:"code"`
	Hint words  `json:"hint"`
}

// words is a text as machines read it.
type words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// run looks at each county, until the first difference.
func (v *verification) run(ctx context.Context, s *store.Store) error {
	v.seen = verified{Format: "doudi.verification/1", Secrets: v.kept.Record != nil, Checks: []checked{}, Unseen: []checked{}}
	list, err := counties(ctx, s, v.only)
	if err != nil {
		return err
	}
	for _, county := range list {
		if err = s.Read(ctx, county, v.county); err != nil {
			break
		}
	}
	if v.app.json {
		return v.tellMachines(err)
	}
	if err != nil {
		return err
	}
	return v.tellPeople(len(list))
}

// county runs all checks on one picture of a county. It may be called again when the connection broke.
func (v *verification) county(tx *store.Tx) error {
	v.seen.Checks = slices.DeleteFunc(v.seen.Checks, func(c checked) bool { return c.County == tx.County })
	for _, c := range record.Checks() {
		if err := v.check(tx, c); err != nil {
			return err
		}
	}
	for _, month := range v.months {
		if month.County != tx.County {
			continue
		}
		if err := v.check(tx, record.Check{Name: "seal " + month.Month, Run: func(_ record.Kept, tx *store.Tx) (fault.Text, error) {
			return text.Say("%s 的月度封存与数据库相符", "the monthly seal of %s agrees with the database", month.Month), month.Matches(tx)
		}}); err != nil {
			return err
		}
	}
	return nil
}

func (v *verification) check(tx *store.Tx, c record.Check) error {
	var said fault.Text
	err := v.progress.during(tx.County+" "+c.Name, func() (err error) {
		said, err = c.Run(v.kept, tx)
		return err
	})
	if err != nil {
		v.seen.Difference = &differenceAt{checked: checked{County: tx.County, Check: c.Name}}
		return inFile(tx.County, err)
	}
	v.seen.Checks = append(v.seen.Checks, checked{tx.County, c.Name, words(said)})
	if v.app.json {
		return nil
	}
	return v.app.report("%s %s：%s\n", "%s %s: %s\n", tx.County, c.Name, said.In(v.app.lang))
}

// unseen is what cannot be looked at without the secrets.
func (v *verification) unseen() []checked {
	list := []checked{}
	for _, c := range record.Checks() {
		if v.kept.Record == nil && c.Without.ZH != "" {
			list = append(list, checked{v.only, c.Name, words(c.Without)})
		}
	}
	return list
}

func (v *verification) tellPeople(counties int) error {
	for _, u := range v.unseen() {
		if err := v.app.report("没有看 %s：%s（须用 --secrets）\n", "not looked at, %s: %s (needs --secrets)\n", u.Check, fault.Text(u.Said).In(v.app.lang)); err != nil {
			return err
		}
	}
	return v.app.report("没有发现不符（%d 个县）\n", "no difference found (counties: %d)\n", counties)
}

// tellMachines writes what was seen. An error that is no difference, such as a database that went away, is told as any other.
func (v *verification) tellMachines(err error) error {
	var f *fault.Error
	if err != nil && (v.seen.Difference == nil || !errors.As(err, &f) || f.Kind != fault.Conflict) {
		return err
	}
	v.seen.Unseen = v.unseen()
	if err == nil {
		return v.app.printJSON(v.seen)
	}
	v.seen.Difference.Said, v.seen.Difference.Code, v.seen.Difference.Hint = words(f.Message), f.Code, words(f.Hint)
	return errors.Join(v.app.printJSON(v.seen), errSilent)
}

// program is the actor of what nobody in particular does.
var program = store.Actor{ID: "doudi", Name: "doudi", Post: "system"}

func (a *app) sealCommand() *cobra.Command {
	var d database
	var county, month, out string
	command := &cobra.Command{
		Use:   "seal",
		Short: "封存审计记录，导出月度封存 · seal the audit log, and export a month's seal",
		Long: `封存各县还没有封存的审计记录。写明 --county、--month 和 --out，另把该月的封存导出成文件，交审计部门保管；文件可脱离数据库核验。

Seals the entries of the audit log that no seal covers yet. With --county, --month and --out it also exports the month's seal as a file to
be kept by an auditor, who can check it without the database.`,
		Example: `  doudi seal --db sqlite:doudi.db
  doudi seal --db sqlite:doudi.db --county 999901 --month 2026-03 --out seal-2026-03.json`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if (month == "") != (out == "") || month != "" && county == "" {
				return usage{errors.New(a.say("--month 和 --out 要一起给，并写明 --county", "--month and --out go together, with --county"))}
			}
			return a.use(command, &d, store.Open, func(ctx context.Context, s *store.Store) error {
				if err := a.seal(ctx, s, county); err != nil || month == "" {
					return err
				}
				return a.exportMonth(ctx, s, county, month, out)
			})
		},
	}
	d.flag(command)
	command.Flags().StringVar(&county, "county", "", "只封存这个县（六位区划代码）this county only")
	command.Flags().StringVar(&month, "month", "", "导出的月份，如 2026-03 month to export")
	command.Flags().StringVar(&out, "out", "", "导出的文件，不覆盖已有的 file to write, which must not exist")
	return command
}

func (a *app) seal(ctx context.Context, s *store.Store, one string) error {
	list, err := counties(ctx, s, one)
	if err != nil {
		return err
	}
	for _, county := range list {
		total, err := sealCounty(ctx, s, county, time.Now())
		if err != nil {
			return inFile(county, err)
		}
		if err := a.report("%s：封存 %d 条\n", "%s: %d entries sealed\n", county, total); err != nil {
			return err
		}
	}
	return nil
}

// sealCounty seals batch after batch until nothing is left.
func sealCounty(ctx context.Context, s *store.Store, county string, instant time.Time) (int, error) {
	total := 0
	for {
		n := 0
		_, err := s.Write(ctx, store.Command{Name: "audit.seal", County: county, Actor: program, Instant: instant}, func(tx *store.Tx) (any, error) {
			var err error
			n, err = audit.Seal(tx)
			return n, err
		})
		if err != nil || n == 0 {
			return total, err
		}
		total += n
	}
}

func (a *app) exportMonth(ctx context.Context, s *store.Store, county, month, out string) error {
	var file bytes.Buffer
	var m *audit.Month
	err := s.Read(ctx, county, func(tx *store.Tx) (err error) {
		file.Reset()
		m, err = audit.Export(tx, month, time.Now(), &file)
		return err
	})
	if err != nil {
		return err
	}
	if err := writeNew(out, file.Bytes()); err != nil {
		return err
	}
	return a.report("已导出 %s，末批摘要 %s\n", "exported %s, last digest %s\n", out, m.Last().Digest)
}

// writeNew writes a file that must not exist.
func writeNew(name string, content []byte) error {
	file, err := newFile(name, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// newFile makes a file that is not there yet.
func newFile(name string, mode os.FileMode) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Conflict, Code: "file.not-written", Cause: err,
			Message: fault.Text{ZH: "不能新建文件 " + name, EN: "cannot make the file " + name},
			Hint:    fault.Text{ZH: "已有的文件不会被覆盖：换一个文件名，或核对目录和权限", EN: "an existing file is not overwritten: use another name, or check the folder and its permissions"}}
	}
	return file, nil
}
