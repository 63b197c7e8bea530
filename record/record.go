// Package record opens everything that is kept as one thing: the database, the secrets, and the subjects that stand on them.
// Whoever serves people or other systems is handed a [Record] and nothing else.
package record

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"doudi/decide/policy"
	"doudi/record/adoption"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/desk"
	"doudi/record/file"
	"doudi/record/job"
	"doudi/record/move"
	"doudi/record/payment"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/roll"
	"doudi/record/simulation"
	"doudi/record/snapshot"
	"doudi/record/store"
	"doudi/record/task"
	"doudi/record/upkeep"
)

// Config is what a record is opened with.
type Config struct {
	DSN     string // of the database: "sqlite:PATH" or "postgres://…"
	Secrets string // the folder that [CreateSecrets] made; keep it apart from the database and its backups
	Files   string // where evidence lies: a folder or s3://… ([file.NewBox]); "" is [FilesBeside] the database
	Library *policy.Library
}

// Record is a database with everything that is kept in it. It may be used by many goroutines.
type Record struct {
	Store     *store.Store
	Log       *audit.Log
	Register  *register.Register
	Providers *provider.Providers
	Adoptions *adoption.Adoptions
	Claims    *claim.Claims
	Files     *file.Files
	Rolls     *roll.Rolls
	Snapshots *snapshot.Snapshots
	Benefits  *benefit.Benefits
	Payments  *payment.Payments
	Moves     *move.Moves
	Jobs      *job.Jobs
	Keys      *auth.Keys
	Staff     *auth.Staff
	Upkeep    *upkeep.Keeper
	Desks     *desk.Desks
	Tasks     *task.Tasks
}

// FilesBeside is where evidence lies unless somebody says otherwise: the folder “files” beside a SQLite file. Beside another
// database there is no such place, "".
func FilesBeside(dsn string) string {
	path, isFile := strings.CutPrefix(dsn, "sqlite:")
	if !isFile {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	return filepath.Join(filepath.Dir(path), "files")
}

// anywhere is the county of what concerns the whole database.
const anywhere = "000000"

// Open opens a record whose tables are those of this program. Codes: those of [store.Open], [audit.ReadKeys] and
// [register.ReadKeys]; record.no-secrets; audit.other-master where the record was written under other secrets.
func Open(ctx context.Context, c Config) (*Record, error) {
	master, err := Master(c.Secrets)
	if err != nil {
		return nil, err
	}
	keys, err := readRegisterKeys(filepath.Join(c.Secrets, registerFile))
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, c.DSN)
	if err != nil {
		return nil, err
	}
	if err := s.Read(ctx, anywhere, master.Check); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	log := audit.NewLog(master)
	cipher := dated.CipherOf(log)
	r := &Record{Store: s, Log: log, Register: register.New(c.Library.Vocabulary, cipher, keys), Providers: provider.New(c.Library.Vocabulary), Adoptions: adoption.New(c.Library.Packs)}
	r.Claims = claim.New(claim.Config{Vocabulary: c.Library.Vocabulary, Register: r.Register, Providers: r.Providers,
		Adoptions: r.Adoptions, Cipher: cipher, Token: keys.ClaimToken, Log: log})
	r.Files = file.New(file.Config{Box: file.NewBox(cmp.Or(c.Files, FilesBeside(c.DSN))), Cipher: cipher, Token: keys.FileToken, Log: log})
	r.Rolls = roll.Open(roll.Config{Store: s, Register: r.Register, Vocabulary: c.Library.Vocabulary, Cipher: cipher, Token: keys.RollToken, Log: log})
	r.Snapshots = snapshot.New(c.Library.Vocabulary, r.Register, cipher)
	r.Benefits = benefit.New(benefit.Config{Vocabulary: c.Library.Vocabulary, Packs: c.Library.Packs, Register: r.Register, Adoptions: r.Adoptions, Snapshots: r.Snapshots,
		Cipher: cipher, Log: log})
	r.Payments = payment.New(payment.Config{Register: r.Register, Cipher: cipher, Token: keys.PaymentToken, Calls: payment.CallsOf(r.Benefits), Packs: c.Library.Packs,
		Catalogue: r.Rolls.Catalogue})
	r.Moves = &move.Moves{Register: r.Register, Claims: r.Claims, Benefits: r.Benefits, Log: log}
	r.Jobs = job.New(job.Config{Store: s, Rolls: r.Rolls, Benefits: r.Benefits, Payments: r.Payments, Simulator: simulation.Simulator{Register: r.Register, Adoptions: r.Adoptions},
		Checks: r.checks(), Cipher: cipher, Log: log})
	r.Desks, r.Tasks = desk.New(cipher), &task.Tasks{Log: log}
	r.Keys, r.Staff = auth.New(r.Providers, log), auth.NewStaff(r.Register, r.Providers, log)
	r.Upkeep = &upkeep.Keeper{Vocabulary: c.Library.Vocabulary, Packs: c.Library.Packs, Register: r.Register, Providers: r.Providers, Log: log}
	return r, nil
}

// Close ends all connections.
func (r *Record) Close() error { return errors.Join(r.Files.Box.Close(), r.Store.Close()) }
