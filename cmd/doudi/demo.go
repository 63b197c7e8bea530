package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/internal/county"
	"doudi/internal/staff"
	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/store"
	"doudi/serve/present"
)

func (a *app) demoCommand() *cobra.Command {
	var people int
	var office string
	command := &cobra.Command{
		Use:   "demo [FOLDER]",
		Short: "看一遍：六个县各一家，三张账单，真的记录在案 · a walk through: a family of each place and three bills, really on record",
		Long: `在一个目录里建起六个虚构的县：密钥、数据库、区划、机构、专账、采用的政策包、六家人和他们的账单，再从记录里把判定和结算单打印出来；
另建一个两千人的县（--people 另定人数），六份政策都在施行。
不写 FOLDER 就用新的临时目录；写了就用它，已经是演示目录的接着用。不需要网络。
在终端里运行时，接着在一个空闲的本机端口上打开经办系统，每个角色一个用户；Ctrl-C 结束，临时目录随之删除（--office 另定）。

Sets up six invented counties in a folder: secrets, a database, divisions, institutions, special accounts, adopted packs, six families and
their bills; then prints decisions and statements from the record. Beside them a county of two thousand people, or as many as --people says, lives by all six. Without FOLDER it is a new temporary one; a folder of the demonstration
is gone on with. It needs no network.
In a terminal it then opens the office on a free port of this machine, with one account for each role, until Ctrl-C; a temporary folder is removed with it
(--office says otherwise).`,
		Example: `  doudi demo
  doudi demo ./try`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if !command.Flags().Changed("people") {
				people = 0
			}
			open, err := a.opensOffice(office)
			if err != nil {
				return err
			}
			return a.demo(command.Context(), strings.Join(args, ""), people, open)
		},
	}
	command.Flags().IntVar(&people, "people", county.Small.People, "另建的县有多少人，只对新目录有效 · how many people live in the county beside, for a new folder only")
	command.Flags().StringVar(&office, "office", "auto", "打开经办系统 · open the office: auto | yes | no")
	return command
}

// opensOffice tells whether the demonstration goes on with the office.
func (a *app) opensOffice(office string) (bool, error) {
	switch office {
	case "auto":
		return isTerminal(a.out), nil
	case "yes", "no":
		return office == "yes", nil
	}
	return false, usage{errors.New(a.say("--office 应为 auto、yes 或 no", "--office is auto, yes or no"))}
}

// demo makes or goes on with a demonstration; people is 0 when nobody said how many there are to be, and office says that it goes on with the office.
func (a *app) demo(ctx context.Context, folder string, people int, office bool) error {
	if err := a.forPeople("demo"); err != nil {
		return err
	}
	library, err := a.all()
	if err != nil {
		return err
	}
	counties, err := a.demoCounties(library)
	if err != nil {
		return err
	}
	passing := office && folder == ""
	if folder, people, err = demoFolder(folder, people); err != nil {
		return err
	}
	d := &demo{app: a, folder: folder, people: people, passing: passing, inHand: office, library: library}
	err = d.shown(ctx, counties)
	if err == nil && office {
		err = d.openOffice(ctx)
	}
	if passing {
		err = errors.Join(err, folderUnusable(folder, os.RemoveAll(folder)))
	}
	return err
}

// shown fills the record and prints what it shows.
func (d *demo) shown(ctx context.Context, counties []*demoCounty) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	a := d.app
	pages, err := d.run(ctx, counties)
	if err != nil {
		return err
	}
	if err := a.print(append(pages, &present.Page{Title: a.say("三、接下来可以试", "3. What to try next")})...); err != nil {
		return err
	}
	d.afterwards(counties[0])
	return nil
}

// demo is a folder with a record in it.
type demo struct {
	app     *app
	folder  string
	people  int  // of the county beside
	passing bool // the folder is removed at the end
	inHand  bool // work waits on the desks: the demonstration goes on with the office
	library *policy.Library
	record  *record.Record
	county  *county.County // of many people
	staff   []staff.SignIn // of that county
}

func (d *demo) database() string { return "sqlite:" + filepath.Join(d.folder, "doudi.db") }

func (d *demo) secrets() string { return filepath.Join(d.folder, "secrets") }

// run fills the record and draws up what it shows. Every command has a key, so that what an earlier run has done is not done again,
// and what it did not come to is.
func (d *demo) run(ctx context.Context, counties []*demoCounty) (pages []*present.Page, err error) {
	if err := d.open(ctx, counties); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.record.Close()) }()
	var households, statements []*present.Page
	for _, c := range counties {
		if err := d.fill(ctx, c); err != nil {
			return nil, err
		}
		family, bills, err := d.show(ctx, c)
		if err != nil {
			return nil, err
		}
		households, statements = append(households, family), append(statements, bills...)
		if _, err := sealCounty(ctx, d.record.Store, c.code, county.Morning(county.Today)); err != nil {
			return nil, err
		}
	}
	if d.county, err = d.around(ctx); err != nil {
		return nil, err
	}
	if d.staff, err = staff.Seed(ctx, d.record, d.county.Code, morning(county.Opening)); err != nil {
		return nil, err
	}
	first := &present.Page{Title: d.app.say("一、六个县的六家人", "1. Six families of six places"), Sections: []present.Section{{Notes: []string{
		d.app.say("政策包照公布的文件写成；人、账单和编号为9999的地区都是虚构的。", "The packs are published documents made executable; people, bills and the divisions 9999xx are invented.")}}}}
	second := &present.Page{Title: d.app.say("二、三张账单，已收单、结算并记入专账", "2. Three bills, received, settled and entered into the special accounts")}
	return slices.Concat([]*present.Page{first}, households, []*present.Page{second}, statements), nil
}

// open makes the secrets and the database where they are missing.
func (d *demo) open(ctx context.Context, counties []*demoCounty) error {
	if _, err := os.Stat(d.secrets()); errors.Is(err, fs.ErrNotExist) {
		if err := d.createSecrets(counties); err != nil {
			return err
		}
	}
	s, err := store.Connect(ctx, d.database())
	if err != nil {
		return err
	}
	if err := errors.Join(s.Migrate(ctx), s.Close()); err != nil {
		return err
	}
	d.record, err = record.Open(ctx, record.Config{DSN: d.database(), Secrets: d.secrets(), Library: d.library})
	return err
}

// createSecrets makes them aside first, so that a run that was cut off leaves all of them or none.
func (d *demo) createSecrets(counties []*demoCounty) error {
	codes := []string{county.Code}
	for _, c := range counties {
		codes = append(codes, c.code)
	}
	aside := d.secrets() + ".new"
	if err := os.RemoveAll(aside); err != nil {
		return folderUnusable(d.folder, err)
	}
	if err := record.CreateSecrets(aside, codes...); err != nil {
		return folderUnusable(d.folder, err)
	}
	return folderUnusable(d.folder, os.Rename(aside, d.secrets()))
}

// demoMark is the file by which a folder of the demonstration is known.
const demoMark = "DEMO.txt"

const demoMarked = `doudi demo 的目录：人、账单和地区都是虚构的，可以随时整个删除。真实的密钥不要和数据库放在一起。
A folder of doudi demo: people, bills and divisions are invented; it may be removed as a whole. Real secrets are kept apart from the database.
`

// mostDemoPeople is how many people a demonstration has time for.
const mostDemoPeople = 400_000

// demoFolder is the folder to work in, with how many people its county has: a new temporary one for "", or the one named, which is made when
// there is none. people is 0 for as many as there are, or as usual.
func demoFolder(name string, people int) (string, int, error) {
	if people < 0 || people > mostDemoPeople {
		return "", 0, &fault.Error{Kind: fault.Invalid, Code: "demo.people", Message: text.Say("--people 应为 1 到 %d", "--people must be from 1 to %d", mostDemoPeople)}
	}
	if name == "" {
		made, err := os.MkdirTemp("", "doudi-demo-")
		if err != nil {
			return "", 0, folderUnusable(os.TempDir(), err)
		}
		return markDemo(made, people)
	}
	if err := os.MkdirAll(name, 0o755); err != nil {
		return "", 0, folderUnusable(name, err)
	}
	found, err := os.ReadDir(name)
	if err != nil {
		return "", 0, folderUnusable(name, err)
	}
	if len(found) == 0 {
		return markDemo(name, people)
	}
	if mark, err := os.ReadFile(filepath.Join(name, demoMark)); err == nil {
		return markedDemo(name, string(mark), people)
	}
	return "", 0, &fault.Error{Kind: fault.Conflict, Code: "demo.folder-in-use", Message: text.Say("目录 %s 里有别的东西，没有动它", "the folder %s holds something else and was left as it is", name),
		Hint: text.Say("写一个空的或还没有的目录，或不写目录", "name an empty folder, or one that is not there yet, or none")}
}

func markDemo(folder string, people int) (string, int, error) {
	people = cmp.Or(people, county.Small.People)
	return folder, people, folderUnusable(folder, os.WriteFile(filepath.Join(folder, demoMark), fmt.Append(nil, demoMarked, peopleMark, people, "\n"), 0o644))
}

// peopleMark stands before how many people the county of a demonstration has.
const peopleMark = "people: "

// markedDemo goes on with a folder of the demonstration.
func markedDemo(folder, mark string, people int) (string, int, error) {
	there := county.Small.People
	if _, number, ok := strings.Cut(mark, peopleMark); ok {
		if n, err := strconv.Atoi(strings.TrimSpace(number)); err == nil {
			there = n
		}
	}
	if people == 0 || people == there {
		return folder, there, nil
	}
	return "", 0, &fault.Error{Kind: fault.Conflict, Code: "demo.other-people", Message: text.Say("目录 %s 里的县有 %d 人，没有动它", "the county in the folder %s has %d people; it was left as it is", folder, there),
		Hint: text.Say("不写 --people，或写一个新目录", "leave out --people, or name a new folder")}
}

// folderUnusable tells what the file system refused; nil for nothing.
func folderUnusable(folder string, cause error) error {
	if cause == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Code: "demo.folder", Cause: cause, Message: text.Say("目录 %s 不能用", "the folder %s cannot be used", folder),
		Hint: text.Say("核对路径、权限和剩余空间，再运行一次会接着做", "check the path, its permissions and the space left; running it again goes on")}
}

// afterwards says where the record is and what to try next. Commands are never broken over lines: they are there to be copied.
func (d *demo) afterwards(c *demoCounty) {
	a := d.app
	where := " --db " + shellWord(d.database()) + " --secrets " + shellWord(d.secrets())
	a.printf("\n%s\n", fmt.Sprintf(a.say("另有一个虚构的县 %s：%d 人、%d 个乡镇采用六份政策，一年的变动和账单都已记录在案。", "Beside them the invented county %s: %d people in %d towns that apply the six policies, with the changes and bills of a year on record."), d.county.Code, d.county.People, len(d.county.Towns)))
	kept := a.say("数据留在 ", "The record is kept in ")
	if d.passing {
		kept = a.say("写一个目录（doudi demo try）数据就会留下；这次的在结束时删除：", "Name a folder (doudi demo try) to keep the record; this one is removed at the end: ")
	}
	a.printf("%s%s\n", kept, d.folder)
	for _, try := range [][2]string{
		{"doudi verify" + where, a.say("核验：每张账单按封存的情况重算，审计、专账和累计逐项核对", "compute every bill again from what was frozen, and compare audit, special accounts and counters")},
		{"doudi import " + shellWord(filepath.Join(d.rolls(), "残疾人两项补贴花名册.xlsx")) + " --county " + d.county.Code + " --source " + a.say("县残联", "federation") + " --since 2021-01-01" + where,
			a.say("导入一份名单，先看比对结果，加 --apply 才写入；别的名单也在那里", "stage a roll and see how it compares; --apply writes it; the others are there, too")},
		{"doudi serve --today " + county.Today.String() + where, a.say("打开经办系统，用下面任何一个用户登录（县区 ", "open the office and sign in as anybody below (county ") + d.county.Code + a.say("）", ")")},
		{"doudi key add " + c.providers["clinic"].id + " --county " + c.code + " --name HIS --scope bills,settlements,register.read --to 2099-12-31" + where,
			a.say("给示例镇卫生院的系统发一把接口密钥", "issue a key for the API to the town hospital's system")},
		{"doudi demo " + shellWord(d.folder), a.say("用这个目录再看一遍，什么都不会重做", "look again; nothing is done twice")},
		{"doudi policy test", a.say("运行全部案例", "run every worked case")},
		{"doudi settle BILL.yaml", a.say("分一张您自己的账单（写法见 docs/pack-language.md 第7节）", "divide a bill of your own (docs/pack-language.md §7)")},
		{"doudi policy new packs/mycounty-2026 --jurisdiction 370124 --name 平阴县", a.say("从示例长出您县的政策包", "grow a pack for your county")},
	} {
		a.printf("  %s\n      %s\n", try[0], try[1])
	}
	a.printf("\n%s\n", a.say("每个角色一个用户，密码都是 ", "One account for each role; the password of all is ")+shellWord(staff.Password))
	for _, s := range d.staff {
		a.printf("  %s\n", s.In(a.lang))
	}
}

// openOffice opens the office until it is interrupted.
func (d *demo) openOffice(ctx context.Context) error {
	a := d.app
	r, err := record.Open(ctx, record.Config{DSN: d.database(), Secrets: d.secrets(), Library: d.library})
	if err != nil {
		return err
	}
	err = a.serve(ctx, r, serving{place: place{database: database{dsn: d.database()}, secrets: d.secrets()}, listen: "127.0.0.1:0", parallel: jobsAtOnce, now: from(county.Today), log: slog.New(grave{slog.NewJSONHandler(a.errors, nil)}),
		told: func(_ context.Context, address string) error {
			a.printf("\n%s\n", fmt.Sprintf(a.say("经办系统已打开：http://%s　县区 %s，今天是 %s；Ctrl-C 结束", "The office is open: http://%s (county %s, where today is %s); Ctrl-C ends it"), address, d.county.Code, county.Today))
			return nil
		}})
	return errors.Join(err, r.Close())
}

// shellWord writes a word so that a shell reads it as one.
func shellWord(s string) string {
	if !strings.ContainsAny(s, ", \t\"'$`\\&|;<>()*?[]#~!") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
