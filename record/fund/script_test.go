package fund_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// scripts are tables of actions, one a row: the action, what it answers, and what is available afterwards. Words with "="
// replace what an action takes by default (see script.run); names stand for the ids of entries and commitments. After each row
// the whole record is verified.
var scripts = []struct{ name, rows string }{
	{"the way of a settlement", `
		receive r 100.00                        | ok                     | 100.00
		commit a 60.00                          | ok                     | 40.00
		pay a=60.00                             | fund.not-posted        | 40.00
		post a                                  | ok                     | 40.00
		post a                                  | fund.resolved          | 40.00
		void a                                  | fund.resolved          | 40.00
		pay a=60.01                             | fund.not-owed          | 40.00
		pay a=20.00                             | ok                     | 40.00
		pay a=40.00                             | ok                     | 40.00
		pay a=0.01                              | fund.not-owed          | 40.00
		commit b 40.00                          | ok                     | 0.00
		commit c 0.01                           | fund.short             | 0.00
		void b                                  | ok                     | 40.00
		void b                                  | fund.resolved          | 40.00
		post b                                  | fund.resolved          | 40.00
		pay b=40.00                             | fund.not-posted        | 40.00
		return b 40.00                          | fund.not-posted        | 40.00
		bounce b 40.00                          | fund.not-posted        | 40.00
		commit c 40.00                          | ok                     | 0.00
	`},
	{"limits of the treasury", `
		budget l 50.00                          | ok                     | 50.00
		receive r 10.00                         | ok                     | 60.00
		commit a 60.00                          | ok                     | 0.00
		post a                                  | ok                     | 0.00
		pay a=60.00 from=bank/main              | fund.account-short     | 0.00
		pay a=10.01 from=bank/main              | fund.account-short     | 0.00
		pay a=10.00 from=bank/main              | ok                     | 0.00
		pay a=50.00 from=limit/treasury         | ok                     | 0.00
		pay a=50.00 from=source/finance         | fund.account-unknown   | 0.00
		pay a=50.00 from=bank/mian              | fund.account-unknown   | 0.00
	`},
	{"money that comes back", `
		receive r 100.00                        | ok                     | 100.00
		commit a 100.00                         | ok                     | 0.00
		post a                                  | ok                     | 0.00
		bounce a 1.00                           | fund.not-paid          | 0.00
		return a 1.00 into=bank/main            | fund.not-paid          | 0.00
		return a 30.00                          | ok                     | 30.00
		pay a=70.01                             | fund.not-owed          | 30.00
		pay a=70.00                             | ok                     | 30.00
		return a 0.01                           | fund.not-owed          | 30.00
		bounce a 70.01                          | fund.not-paid          | 30.00
		bounce a 50.00 into=bank/mian           | fund.account-unknown   | 30.00
		bounce a 50.00 into=                    | fund.account-unknown   | 30.00
		bounce a 50.00                          | ok                     | 30.00
		return a 20.00 into=bank/mian           | fund.account-unknown   | 30.00
		return a 20.00 into=bank/main           | ok                     | 50.00
		return a 20.00 into=bank/main           | fund.not-paid          | 50.00
		return a 50.00                          | ok                     | 100.00
		return a 0.01                           | fund.not-owed          | 100.00
		commit b 100.00                         | ok                     | 0.00
	`},
	{"set aside", `
		receive r 100.00                        | ok                     | 100.00
		setaside s 30.00                        | ok                     | 70.00
		setaside s 70.01                        | fund.short             | 70.00
		release t 30.01                         | fund.reserve-short     | 70.00
		release t 10.00                         | ok                     | 80.00
		commit a 80.01                          | fund.short             | 80.00
		adjust s 9.99                           | fund.reserve-short     | 80.00
		adjust s 10.00                          | ok                     | 100.00
		adjust t 10.01                          | fund.reserve-short     | 100.00
		adjust t 4.00                           | ok                     | 94.00
		adjust s 104.01                         | fund.short             | 94.00
		adjust s 104.00                         | ok                     | 0.00
		release u 0.01                          | ok                     | 0.01
		adjust u 0.02                           | ok                     | 0.02
	`},
	{"corrections", `
		receive r 100.00                        | ok                     | 100.00
		adjust r 100.00                         | fund.adjust-nothing    | 100.00
		adjust r 80.00                          | ok                     | 80.00
		adjust r 80.00                          | fund.adjust-nothing    | 80.00
		adjust r -1.00                          | fund.amount            | 80.00
		adjust r 90.00 reason=                  | fund.reason            | 80.00
		adjust r 90.00 origin=document/         | fund.origin-malformed  | 80.00
		adjust r 90.00 day=2021-02-28           | fund.day-backwards     | 80.00
		adjust nobody 90.00                     | fund.entry-unknown     | 80.00
		adjust x 90.00 id=                      | fund.entry-unknown     | 80.00
		commit a 50.00                          | ok                     | 30.00
		adjust r 49.99                          | fund.short             | 30.00
		adjust r 50.00 as=k                     | ok                     | 0.00
		adjust k 60.00                          | fund.adjust-type       | 0.00
		budget l 50.00                          | ok                     | 50.00
		post a as=p                             | ok                     | 50.00
		adjust p 60.00                          | fund.adjust-type       | 50.00
		pay a=50.00                             | ok                     | 50.00
		adjust r 0                              | fund.account-short     | 50.00
		adjust l 0                              | ok                     | 0.00
		adjust l 20.00                          | ok                     | 20.00
	`},
	{"purposes", `
		receive r 100.00                        | ok                     | 100.00
		commit a 1.00 use=settlement/stays      | fund.use-not-allowed   | 100.00
		commit a 1.00 use=scheme/inpatient      | fund.use-not-allowed   | 100.00
		commit a 1.00 use=scheme/x category=教育 | fund.use-not-allowed   | 100.00
		commit a 1.00 use=scheme/x category=医疗 | ok                     | 99.00
		commit b 1.00 use=category/医疗          | ok                     | 98.00
		commit c 1.00 use=place/x               | fund.use-malformed     | 98.00
		commit c 1.00 use=scheme/               | fund.use-malformed     | 98.00
		allow education/x                       | fund.use-malformed     | 98.00
		allow scheme/y fund=aids                | fund.unknown           | 98.00
		allow scheme/y                          | ok                     | 98.00
		allow scheme/y                          | ok                     | 98.00
		commit c 1.00 use=scheme/y              | ok                     | 97.00
		post c                                  | ok                     | 97.00
		pay c=1.00                              | ok                     | 97.00
	`},
	{"what is malformed", `
		receive r 100.00                        | ok                     | 100.00
		receive x 0.00                          | fund.amount            | 100.00
		receive x -5.00                         | fund.amount            | 100.00
		receive x 10000000000000.01             | fund.amount            | 100.00
		receive x 5.00 source=finances          | fund.account-unknown   | 100.00
		receive x 5.00 into=treasury            | fund.account-unknown   | 100.00
		receive x 5.00 origin=                  | fund.origin-malformed  | 100.00
		receive x 5.00 origin=letter/1          | fund.origin-malformed  | 100.00
		receive x 5.00 fund=nofund              | fund.unknown           | 100.00
		receive x 5.00 fund=Aid                 | fund.unknown           | 100.00
		receive x 5.00 reason=LONG              | fund.reason            | 100.00
		budget x 5.00 into=main                 | fund.account-unknown   | 100.00
		budget x 0.00                           | fund.amount            | 100.00
		setaside x 0.00                         | fund.amount            | 100.00
		release x 0.00                          | fund.amount            | 100.00
		release x 5.00 fund=aids                | fund.unknown           | 100.00
		setaside x 5.00 fund=aids               | fund.unknown           | 100.00
		commit x 0.00                           | fund.amount            | 100.00
		commit x 1.00 fund=aids                 | fund.unknown           | 100.00
		commit x 1.00 to=provider/              | fund.payee-malformed   | 100.00
		commit x 1.00 to=child/7                | fund.payee-malformed   | 100.00
		commit x 1.00 origin=settlement/LONG    | fund.origin-malformed  | 100.00
		commit a 10.00                          | ok                     | 90.00
		post a reason=LONG                      | fund.reason            | 90.00
		post a origin=batch/                    | fund.origin-malformed  | 90.00
		post nobody                             | fund.commitment-unknown| 90.00
		post x id=                              | fund.commitment-unknown| 90.00
		void nobody                             | fund.commitment-unknown| 90.00
		post a origin=batch/7                   | ok                     | 90.00
		pay a=0.00                              | fund.amount            | 90.00
		pay a=1.00 origin=batch/                | fund.origin-malformed  | 90.00
		pay a=1.00 fund=aids                    | fund.unknown           | 90.00
		pay from=bank/main                      | fund.dues              | 90.00
		pay nobody=1.00                         | fund.commitment-unknown| 90.00
		pay a=5.00,a=5.01                       | fund.not-owed          | 90.00
		pay a=5.00,a=10000000000000.00          | fund.not-owed          | 90.00
		pay a=5.00,a=5.00                       | ok                     | 90.00
		bounce a 0.00                           | fund.amount            | 90.00
		bounce nobody 1.00                      | fund.commitment-unknown| 90.00
		return a 0.00                           | fund.amount            | 90.00
	`},
	{"days", `
		receive r 100.00 day=2021-01-01         | ok                     | 100.00
		receive x 1.00 day=2020-12-31           | fund.not-in-force      | 100.00
		budget x 1.00 day=2022-01-01            | fund.not-in-force      | 100.00
		setaside x 1.00 day=2022-01-01          | fund.not-in-force      | 100.00
		release x 1.00 day=2022-01-01           | fund.not-in-force      | 100.00
		commit a 1.00 day=2022-01-01            | fund.not-in-force      | 100.00
		commit a 1.00 day=2021-12-31            | ok                     | 99.00
		commit b 1.00 day=2021-12-31            | ok                     | 98.00
		post a day=2021-12-30                   | fund.day-backwards     | 98.00
		void b day=2021-12-30                   | fund.day-backwards     | 98.00
		post a day=2022-01-05                   | ok                     | 98.00
		void b day=2022-01-05                   | ok                     | 99.00
		pay a=1.00 day=2022-01-04               | fund.day-backwards     | 99.00
		pay a=1.00 day=2022-01-31               | ok                     | 99.00
		bounce a 1.00 day=2022-01-30            | fund.day-backwards     | 99.00
		bounce a 1.00 day=2022-02-01            | ok                     | 99.00
		return a 1.00 day=2022-01-31            | fund.day-backwards     | 99.00
		return a 1.00 day=2022-02-02            | ok                     | 100.00
	`},
	{"an origin commits to a fund once", `
		receive r 100.00                        | ok                     | 100.00
		commit a 1.00 origin=batch/B1#1         | ok                     | 99.00
		commit b 1.00 origin=batch/B1#1         | fund.committed-already | 99.00
		commit b 1.00 origin=batch/B1#2         | ok                     | 98.00
		commit c 1.00 origin=settlement/B1#1    | ok                     | 97.00
		void a                                  | ok                     | 98.00
		commit d 1.00 origin=batch/B1#1         | fund.committed-already | 98.00
	`},
	{"the last fen, from many blocks", `
		receive r 0.17                          | ok                     | 0.17
		commit a 0.16                           | ok                     | 0.01
		commit b 0.02                           | fund.short             | 0.01
		commit b 0.01                           | ok                     | 0.00
		commit c 0.01                           | fund.short             | 0.00
		void a                                  | ok                     | 0.16
		commit c 0.10                           | ok                     | 0.06
		receive r 100.00                        | ok                     | 100.06
		commit d 100.00                         | ok                     | 0.06
	`},
	{"opening", `
		open                                    | fund.exists            | 0.00
		open code=other                         | ok                     | 0.00
		open code=Other                         | fund.code-malformed    | 0.00
		open code=                              | fund.code-malformed    | 0.00
		open code=a name=                       | fund.name-missing      | 0.00
		open code=a name=LONG                   | fund.name-missing      | 0.00
		open code=a from=2022-01-01             | fund.span-empty        | 0.00
		open code=a blocks=257                  | fund.blocks            | 0.00
		open code=a blocks=-1                   | fund.blocks            | 0.00
		open code=a use=                        | fund.use-missing       | 0.00
		open code=a use=x/y                     | fund.use-malformed     | 0.00
		account bank/second                     | ok                     | 0.00
		account bank/second                     | fund.exists            | 0.00
		account bank/Second                     | fund.account-malformed | 0.00
		account payable/x                       | fund.account-malformed | 0.00
		account bank/x name=                    | fund.account-malformed | 0.00
		account bank/x fund=othr                | fund.unknown           | 0.00
		account source/finance fund=other       | ok                     | 0.00
		account bank/main fund=other            | ok                     | 0.00
		receive r 5.00 fund=other               | ok                     | 0.00
		commit o 5.00 fund=other                | ok                     | 0.00
		post o                                  | ok                     | 0.00
		pay o=5.00                              | fund.other-fund        | 0.00
		pay o=5.00 fund=other                   | ok                     | 0.00
		receive s 5.00 into=second              | ok                     | 5.00
	`},
}

func TestActions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, sc := range scripts {
			t.Run(sc.name, func(t *testing.T) {
				at := fmt.Sprintf("9999%02d", i)
				open(t, s, at, 16)
				x := &script{s: s, county: at, ids: map[string]string{}}
				for row := range strings.Lines(sc.rows) {
					if strings.TrimSpace(row) != "" {
						x.row(t, strings.TrimSpace(row))
					}
				}
			})
		}
	})
}

// script runs rows against one county.
type script struct {
	s      *store.Store
	county string
	ids    map[string]string
}

func (x *script) row(t *testing.T, row string) {
	t.Helper()
	columns := strings.Split(row, "|")
	action, want, left := columns[0], strings.TrimSpace(columns[1]), strings.TrimSpace(columns[2])
	words := strings.Fields(action)
	id, err := try(x.s, x.county, func(tx *store.Tx) (string, error) { return x.run(tx, words[0], words[1:]) })
	switch got := fault.CodeOf(err); {
	case want == "ok" && err != nil, want != "ok" && got != want:
		t.Errorf("%s: got %v", row, err)
	case err == nil:
		x.keep(words, id)
	default:
		complete(t, err)
	}
	if have, err := sound(x.s, x.county); err != nil || have.String() != left {
		t.Errorf("%s: available %s, %v", row, have, err)
	}
}

// complete checks that a refusal says in both languages what happened.
func complete(t *testing.T, err error) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Message.ZH == "" || e.Message.EN == "" || (e.Hint.ZH == "") != (e.Hint.EN == "") || strings.Contains(e.Render("en")+e.Render("zh"), "%!") {
		t.Errorf("a refusal that does not say it all: %#v", err)
	}
}

// keep lets later rows call by name what an action made: by its second word if it made something new, else by as=.
func (x *script) keep(words []string, id string) {
	as := options(words[1:], nil)["as"]
	if as == "" && slices.Contains([]string{"receive", "budget", "setaside", "release", "commit"}, words[0]) {
		as = words[1]
	}
	x.ids[as] = id
}

func options(words []string, defaults map[string]string) map[string]string {
	found := map[string]string{}
	for key, value := range defaults {
		found[key] = value
	}
	for _, w := range words {
		if key, value, ok := strings.Cut(w, "="); ok {
			found[key] = strings.ReplaceAll(value, "LONG", strings.Repeat("长", 201))
		}
	}
	return found
}

func (x *script) run(tx *store.Tx, verb string, words []string) (string, error) {
	o := options(words, map[string]string{"fund": "aid", "day": today.String(), "source": "finance", "into": "main", "origin": "document/财1", "use": "settlement/inpatient",
		"to": "provider/H1", "from": "bank/main", "reason": "核对", "name": "名称", "code": "aid", "blocks": "16"})
	switch verb {
	case "open":
		return "", fund.Open(tx, opened(words, o))
	case "account":
		id := account(words[0])
		return "", fund.OpenAccount(tx, o["fund"], fund.Account{AccountID: id, Name: fault.Text{ZH: o["name"]}})
	case "allow":
		return "", fund.Allow(tx, o["fund"], use(words[0]))
	case "commit":
		return fund.Commit(tx, x.request(words, o))
	case "adjust":
		to, err := money.ParseYuan(words[1])
		if err != nil {
			return "", err
		}
		return fund.Adjust(tx, fund.Adjustment{Entry: x.id(words, o), To: to, Day: day(o["day"]), Origin: origin(o["origin"]), Reason: o["reason"]})
	case "pay":
		return x.pay(tx, words[0], o)
	case "post", "void", "bounce", "return":
		return x.move(tx, verb, words)
	}
	return movement(tx, verb, words, o)
}

func opened(words []string, o map[string]string) fund.Fund {
	f := aid(0)
	f.Code, f.Name.ZH = o["code"], o["name"]
	if _, err := fmt.Sscan(o["blocks"], &f.Blocks); err != nil {
		panic(err)
	}
	given := options(words, nil)
	if from := given["from"]; from != "" {
		f.Span.From = day(from)
	}
	if u, changed := given["use"]; changed {
		f.Uses = nil
		if u != "" {
			f.Uses = []fund.Use{use(u)}
		}
	}
	return f
}

func movement(tx *store.Tx, verb string, words []string, o map[string]string) (string, error) {
	amount, err := money.ParseYuan(words[1])
	if err != nil {
		return "", err
	}
	if verb == "budget" && options(words, nil)["into"] == "" {
		o["into"] = "treasury"
	}
	m := fund.Movement{Fund: o["fund"], Amount: amount, Source: o["source"], Into: o["into"], Day: day(o["day"]), Origin: origin(o["origin"]), Reason: o["reason"]}
	return map[string]func(*store.Tx, fund.Movement) (string, error){"receive": fund.Receive, "budget": fund.Budget, "setaside": fund.SetAside, "release": fund.Release}[verb](tx, m)
}

func (x *script) request(words []string, o map[string]string) fund.Request {
	amount, err := money.ParseYuan(words[1])
	if err != nil {
		panic(err)
	}
	kind, id, _ := strings.Cut(o["to"], "/")
	from := options(words, map[string]string{"origin": "settlement/" + words[0]})["origin"]
	return fund.Request{Fund: o["fund"], Purpose: fund.Purpose{Use: use(o["use"]), Category: o["category"]}, Payee: fund.Payee{Kind: fund.PayeeKind(kind), ID: id},
		Amount: amount, Day: day(o["day"]), Origin: origin(from)}
}

func (x *script) pay(tx *store.Tx, dues string, o map[string]string) (string, error) {
	p := fund.Payment{Fund: o["fund"], From: account(o["from"]), Day: day(o["day"]), Origin: origin(options([]string{"origin=" + o["origin"]}, nil)["origin"]), Reason: o["reason"]}
	for _, due := range strings.Split(dues, ",") {
		name, text, _ := strings.Cut(due, "=")
		if name == "from" { // a row that pays nothing
			break
		}
		amount, err := money.ParseYuan(text)
		if err != nil {
			return "", err
		}
		p.Dues = append(p.Dues, fund.Due{Commitment: x.known(name), Amount: amount})
	}
	return fund.Pay(tx, p)
}

// move posts, voids, bounces or returns; its origin is the commitment's unless the row names one.
func (x *script) move(tx *store.Tx, verb string, words []string) (string, error) {
	o := options(words, map[string]string{"day": today.String()})
	step := fund.Step{Commitment: x.id(words, o), Day: day(o["day"]), Reason: o["reason"]}
	if from := o["origin"]; from != "" {
		step.Origin = origin(from)
	}
	switch verb {
	case "post":
		return fund.Post(tx, step)
	case "void":
		return fund.Void(tx, step)
	}
	amount, err := money.ParseYuan(words[1])
	if err != nil {
		return "", err
	}
	r := fund.Reversal{Step: step, Amount: amount}
	into, given := o["into"]
	if into != "" {
		r.Account = account(into)
	}
	if verb == "return" {
		return fund.Return(tx, r)
	}
	if !given {
		r.Account = bank
	}
	return fund.Bounce(tx, r)
}

// id is what the first word stands for, unless the row gives an id.
func (x *script) id(words []string, o map[string]string) string {
	if id, given := o["id"]; given {
		return id
	}
	return x.known(words[0])
}

func (x *script) known(name string) string {
	if id := x.ids[name]; id != "" {
		return id
	}
	return name
}

func account(s string) fund.AccountID {
	kind, code, _ := strings.Cut(s, "/")
	return fund.AccountID{Kind: fund.Kind(kind), Code: code}
}

func use(s string) fund.Use {
	kind, name, _ := strings.Cut(s, "/")
	return fund.Use{Kind: fund.UseKind(kind), Name: name}
}

func origin(s string) fund.Origin {
	kind, rest, _ := strings.Cut(s, "/")
	id, line, _ := strings.Cut(rest, "#")
	return fund.Origin{Kind: fund.OriginKind(kind), ID: id, Line: line}
}

func TestRefusalsNameBothSides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		open(t, s, county, 4)
		write(t, s, county, func(tx *store.Tx) (string, error) { return fund.Receive(tx, received(money.Yuan(1000))) })
		for _, tt := range []struct{ row, zh, en string }{
			{"commit a 1.00 use=scheme/schooling", "专账“医疗救助资金”（aid）不得用于待遇“schooling”，没有记账", `the fund “Medical aid” (aid) may not be used for scheme "schooling"; nothing was entered`},
			{"commit a 1000.01", "专账“医疗救助资金”（aid）可用额度 1,000.00 元，不够 1,000.01 元，没有记账", "the fund “Medical aid” (aid) has 1,000.00 yuan left, which does not cover 1,000.01; nothing was entered"},
			{"receive r 1.00 into=mian", "专账“医疗救助资金”没有可用的账户 bank/mian，没有记账", "the fund “Medical aid” has no account bank/mian to be used for this; nothing was entered"},
			{"receive r 1.00 fund=aidd", "本县没有专账“aidd”", "this county has no fund “aidd”"},
		} {
			words := strings.Fields(tt.row)
			x := &script{s: s, county: county}
			_, err := try(s, county, func(tx *store.Tx) (string, error) { return x.run(tx, words[0], words[1:]) })
			var e *fault.Error
			if !errors.As(err, &e) || e.Message.ZH != tt.zh || e.Message.EN != tt.en {
				t.Errorf("%s: %v", tt.row, err)
			}
		}
	})
}
