// Package staff gives a county of demonstration people to work with: one account for each role, with a password that everybody may know.
// It refuses every real county.
package staff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/store"
)

// Password is that of all accounts made here.
const Password = "county 9999 try"

// SignIn is an account to sign in with.
type SignIn struct {
	County, Login, Name string
	Account             string // id
	Role                *auth.Role
	Organisation        string // its name
}

// names are whom the roles are played by; a role that is not among them is played by one of its own name.
var names = map[string]string{"cashier": "赵敏", "village": "陈村", "town": "孙倩", "register": "周经办", "checker": "李审核", "disability": "吴残联", "education": "郑教体",
	"insurance": "王医保", "finance": "冯财政", "policy": "蒋政策", "auditor": "沈审计", "leader": "韩县长", "admin": "杨管理"}

// bureaus are the offices of their own that roles belong to, under the words that packs use for them; the other roles share the first office there is.
var bureaus = map[string]provider.Office{"education": {ID: "county-education", Name: "县教育和体育局", Span: dated.Always}}

var actor = store.Actor{ID: "demonstration", Name: "演示", Post: "演示"}

// Seed makes an account for each role that has an organisation in the county, in posts that hold from a day on. What an earlier run has
// made is left as it is.
func Seed(ctx context.Context, r *record.Record, county string, at time.Time) ([]SignIn, error) {
	var made []SignIn
	command := store.Command{Name: "staff.seed", County: county, Actor: actor, Instant: at}
	_, err := r.Store.Write(ctx, command, func(tx *store.Tx) (any, error) {
		made = nil
		demo, err := r.Register.IsDemo(tx)
		if err != nil {
			return nil, err
		}
		if !demo {
			return nil, real()
		}
		made, err = seed(tx, r)
		return nil, err
	})
	return made, err
}

func seed(tx *store.Tx, r *record.Record) ([]SignIn, error) {
	organisations, err := withOffice(tx, r)
	if err != nil {
		return nil, err
	}
	accounts, err := r.Staff.Accounts(tx)
	if err != nil {
		return nil, err
	}
	var made []SignIn
	for _, role := range auth.Roles() {
		i := slices.IndexFunc(organisations, func(o auth.Organisation) bool {
			return slices.Contains(role.Organisations, o.Kind) && o.ID == cmp.Or(bureaus[role.ID].ID, o.ID) && (bureaus[role.ID].ID != "" || !isBureau(o.ID))
		})
		if i < 0 {
			continue
		}
		s := SignIn{tx.County, role.ID, names[role.ID], "", role, organisations[i].Name}
		if s.Name == "" {
			s.Name = role.Name.ZH
		}
		if known := slices.IndexFunc(accounts, func(a auth.Account) bool { return a.Login == s.Login }); known >= 0 {
			s.Account = accounts[known].ID
		} else if s.Account, err = Open(tx, r, s, organisations[i].ID); err != nil {
			return nil, err
		}
		made = append(made, s)
	}
	return made, nil
}

func isBureau(office string) bool {
	for _, b := range bureaus {
		if b.ID == office {
			return true
		}
	}
	return false
}

// withOffice are the county's organisations today, with an office among them and the bureaus.
func withOffice(tx *store.Tx, r *record.Record) ([]auth.Organisation, error) {
	list, err := r.Staff.Organisations(tx, dated.Today(tx))
	if err != nil {
		return nil, err
	}
	var missing []provider.Office
	if !slices.ContainsFunc(list, func(o auth.Organisation) bool { return o.Kind == auth.OfficeKind && !isBureau(o.ID) }) {
		missing = append(missing, provider.Office{ID: auth.SetupOffice, Name: "县民生保障中心", Span: dated.Always})
	}
	for _, b := range bureaus {
		if !slices.ContainsFunc(list, func(o auth.Organisation) bool { return o.ID == b.ID }) {
			missing = append(missing, b)
		}
	}
	for _, o := range missing {
		if err := r.Providers.AddOffice(tx, o, dated.Said{}); err != nil {
			return nil, err
		}
	}
	return r.Staff.Organisations(tx, dated.Today(tx))
}

// Open opens an account in a post at an organisation.
func Open(tx *store.Tx, r *record.Record, s SignIn, organisation string) (account string, err error) {
	account, err = r.Staff.Open(tx, auth.NewAccount{Login: s.Login, Name: s.Name, Password: Password, Own: true})
	if err != nil {
		return "", err
	}
	_, err = r.Staff.Appoint(tx, account, s.Role.ID, organisation, period.Span{From: period.Earliest, To: period.Latest})
	return account, err
}

func real() error {
	return &fault.Error{Kind: fault.Forbidden, Code: "staff.real", Op: "staff.Seed", Message: fault.Text{ZH: "这不是演示县，没有建立演示用户", EN: "this is no county of demonstration; no accounts were made"},
		Hint: fault.Text{ZH: "真实的用户由系统管理员开通", EN: "an administrator opens real accounts"}}
}

// In is the sign-in on one line: what to type, and who that is.
func (s SignIn) In(lang string) string {
	return fmt.Sprintf("%-11s %s · %s %s", s.Login, s.Organisation, s.Role.Name.In(lang), s.Name)
}
