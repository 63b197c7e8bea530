package auth

import (
	"bytes"
	_ "embed" // the tables of roles
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/provider"
)

// Permission is something that a post may do or look at.
type Permission string

// The permissions that pages ask for. Which role has which, how far it reaches and what for stands in access.csv.
const (
	Settle        Permission = "settle"        // bills of the own institution, and the patients they are for
	SeePeople     Permission = "people"        // search the register, open files of people and households
	SeeImports    Permission = "imports"       // look at what was brought in and its verdicts
	MakeImports   Permission = "imports.make"  // bring in a roll
	CheckImports  Permission = "imports.check" // let one take effect
	SeeRuns       Permission = "runs"
	MakeRuns      Permission = "runs.make"
	CheckRuns     Permission = "runs.check"
	SeeBatches    Permission = "batches"
	MakeBatches   Permission = "batches.make"
	CheckBatches  Permission = "batches.check"
	PayBatches    Permission = "batches.pay" // tell the bank what to pay, enter what it returns, and mend what came back
	SeeLists      Permission = "lists"       // the lists of payments of the benefits in which the own office has a part
	CountLists    Permission = "lists.count" // verify how many are on one
	SeeFunds      Permission = "funds"
	MakeFunds     Permission = "funds.make"  // propose to open special accounts, to enter what they are given, and to put right what was entered
	CheckFunds    Permission = "funds.check" // let the proposals of others take effect
	SeeAdvances   Permission = "advances"
	SeePolicies   Permission = "policies"
	MakePolicies  Permission = "policies.make"  // propose to adopt one, and see what it would mean
	CheckPolicies Permission = "policies.check" // let an adoption take effect
	SeeAudit      Permission = "audit"
	ManageStaff   Permission = "staff"

	SeeStanding   Permission = "standing"       // divisions, institutions, working days, what is adopted
	MakeStanding  Permission = "standing.make"  // propose changes of them
	CheckStanding Permission = "standing.check" // let the proposals of others take effect
	SeeSystem     Permission = "system"         // how the program and its database are
	SeeOverview   Permission = "overview"       // how far the county is, in figures that name nobody
	SeeTasks      Permission = "tasks"          // supervision slips
	MakeTasks     Permission = "tasks.make"     // send one, and close it or send it back
	AnswerTasks   Permission = "tasks.answer"
)

var permissions = []Permission{Settle, SeePeople, SeeImports, MakeImports, CheckImports, SeeRuns, MakeRuns, CheckRuns, SeeBatches, MakeBatches, CheckBatches, PayBatches,
	SeeLists, CountLists, SeeFunds, MakeFunds, CheckFunds, SeeAdvances, SeePolicies, MakePolicies, CheckPolicies, SeeAudit, ManageStaff, SeeStanding, MakeStanding, CheckStanding, SeeSystem, SeeOverview, SeeTasks, MakeTasks, AnswerTasks}

// Reach is how far a permission goes.
type Reach string

// The reaches. A post's division is that of its organisation: of a village's the village, of an office's the county.
const (
	Own        Reach = "own"      // what belongs to the organisation itself
	InDivision Reach = "division" // what lies in the post's division
)

// Access is one line of the table of access.
type Access struct {
	Reach   Reach
	Purpose fault.Text         // what it is for; kept with every look at a person
	Sees    []rule.Sensitivity // the protected facts the purpose needs; plain ones are seen always
	Keeps   []string           // the offices of the vocabulary whose work the purpose is
}

// Role is what somebody in a post may do.
type Role struct {
	ID            string
	Name          fault.Text
	Organisations []provider.Kind // whose posts may be of this role
	Factor        bool            // signs in with a second factor
	access        map[Permission]Access
}

// May is the role's access under a permission.
func (r *Role) May(p Permission) (a Access, ok bool) {
	if r == nil {
		return Access{}, false
	}
	a, ok = r.access[p]
	return a, ok
}

// Shows tells whether values of a sensitivity are shown.
func (a Access) Shows(s rule.Sensitivity) bool { return s == rule.Plain || slices.Contains(a.Sees, s) }

// Reads tells whether the purpose needs what came of a benefit. It does when it sees every fact the verdict tells something of (asks); and when it is the
// work of an office that alone keeps what makes somebody a case of the benefit (concerns): who examines disability answers for what is given because
// of it. Neither depends on anybody's facts, so that what is left out says nothing of whom it is left out for.
func (a Access) Reads(asks, concerns []*rule.FactType) bool {
	unseen := func(f *rule.FactType) bool { return !a.Shows(f.Sensitivity) }
	if !slices.ContainsFunc(asks, unseen) {
		return true
	}
	concerns = slices.DeleteFunc(slices.Clone(concerns), func(f *rule.FactType) bool { return f.Sensitivity == rule.Plain })
	foreign := func(f *rule.FactType) bool { return !slices.Contains(a.Keeps, f.Office) }
	return len(concerns) > 0 && !slices.ContainsFunc(concerns, foreign)
}

// The kinds of organisations that are divisions; those of institutions are package provider's.
const (
	TownKind    provider.Kind = "town"
	VillageKind provider.Kind = "village"
)

//go:embed roles.csv
var rolesTable []byte

//go:embed access.csv
var accessTable []byte

// Roles are all roles, in the order of the table.
var Roles = sync.OnceValue(func() []*Role {
	list, err := readRoles(rolesTable, accessTable)
	if err != nil {
		panic(err) // the tables are part of the program, and a test reads them
	}
	return list
})

// RoleOf is a role by its word, nil when there is none.
func RoleOf(id string) *Role {
	list := Roles()
	if i := slices.IndexFunc(list, func(r *Role) bool { return r.ID == id }); i >= 0 {
		return list[i]
	}
	return nil
}

var kinds = []provider.Kind{provider.Hospital, provider.Pharmacy, provider.School, OfficeKind, TownKind, VillageKind}

func readRoles(roles, access []byte) ([]*Role, error) {
	lines, err := table(roles, "role,zh,en,organisations,factor")
	if err != nil {
		return nil, err
	}
	var list []*Role
	byID := map[string]*Role{}
	for _, l := range lines {
		r := &Role{ID: l[0], Name: fault.Text{ZH: l[1], EN: l[2]}, Factor: l[4] == "yes", access: map[Permission]Access{}}
		for _, word := range strings.Fields(l[3]) {
			r.Organisations = append(r.Organisations, provider.Kind(word))
			if !slices.Contains(kinds, provider.Kind(word)) {
				return nil, fmt.Errorf("roles: %s: no kind of organisation %q", r.ID, word)
			}
		}
		if r.ID == "" || byID[r.ID] != nil || len(r.Organisations) == 0 || l[4] != "yes" && l[4] != "no" {
			return nil, fmt.Errorf("roles: %q", l)
		}
		list, byID[r.ID] = append(list, r), r
	}
	lines, err = table(access, "role,may,reach,sees,keeps,zh,en")
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := byID[l[0]].give(l); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// give adds one line of the table of access.
func (r *Role) give(l []string) error {
	if r == nil {
		return fmt.Errorf("access: no role %q", l[0])
	}
	p, a := Permission(l[1]), Access{Reach: Reach(l[2]), Keeps: strings.Fields(l[4]), Purpose: fault.Text{ZH: l[5], EN: l[6]}}
	for _, word := range strings.Fields(l[3]) {
		if ofSensitivity[rule.Sensitivity(word)] == "" {
			return fmt.Errorf("access: no sensitivity %q", word)
		}
		a.Sees = append(a.Sees, rule.Sensitivity(word))
	}
	_, twice := r.access[p]
	if twice || !slices.Contains(permissions, p) || a.Reach != Own && a.Reach != InDivision || a.Purpose.ZH == "" || a.Purpose.EN == "" {
		return fmt.Errorf("access: %q", l)
	}
	if p == SeeImports && a.Reach == Own && len(a.Keeps) == 0 { // its rolls state the facts of the offices whose work it is
		return fmt.Errorf("access: %s brings in rolls of its own that state nothing", r.ID)
	}
	r.access[p] = a
	return nil
}

// table reads lines under a heading.
func table(content []byte, heading string) ([][]string, error) {
	lines, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 || strings.Join(lines[0], ",") != heading {
		return nil, fmt.Errorf("a table that does not begin with %q", heading)
	}
	return lines[1:], nil
}
