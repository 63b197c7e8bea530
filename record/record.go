// Package record opens everything that is kept as one thing: the database, the secrets, and the subjects that stand on them.
// Whoever serves people or other systems is handed a [Record] and nothing else.
package record

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/record/adoption"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// Config is what a record is opened with.
type Config struct {
	DSN     string // of the database: "sqlite:PATH" or "postgres://…"
	Secrets string // the folder that [CreateSecrets] made; keep it apart from the database and its backups
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
}

// The files in the folder of the secrets.
const (
	masterFile   = "master.key"    // package audit
	registerFile = "register.json" // package register
)

// CreateSecrets makes the secrets of a new record for counties, in a folder that is made when there is none. Secrets that are
// there already are never overwritten. Codes: record.secrets-exist; those of the file system.
func CreateSecrets(folder string, counties ...string) error {
	for _, name := range []string{masterFile, registerFile} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return secretsExist(filepath.Join(folder, name))
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if _, err := audit.CreateKeys(filepath.Join(folder, masterFile)); err != nil {
		return err
	}
	keys, err := register.NewKeys(counties...)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, registerFile), append(keys, '\n'), 0o600)
}

// Open opens a record whose tables are those of this program. Codes: those of [store.Open], [audit.ReadKeys] and
// [register.ReadKeys]; record.no-secrets.
func Open(ctx context.Context, c Config) (*Record, error) {
	master, err := audit.ReadKeys(filepath.Join(c.Secrets, masterFile))
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
	log := audit.NewLog(master)
	cipher := dated.Cipher{Seal: log.Seal, Open: log.Open}
	r := &Record{Store: s, Log: log, Register: register.New(c.Library.Vocabulary, cipher, keys), Providers: provider.New(c.Library.Vocabulary), Adoptions: adoption.New(c.Library.Packs)}
	r.Claims = claim.New(claim.Config{Vocabulary: c.Library.Vocabulary, Packs: c.Library.Packs, Register: r.Register, Providers: r.Providers,
		Adoptions: r.Adoptions, Cipher: cipher, Token: keys.ClaimToken, Log: log})
	return r, nil
}

// Close ends all connections.
func (r *Record) Close() error { return r.Store.Close() }

func readRegisterKeys(file string) (*register.Keys, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, noSecrets(file, err)
	}
	return register.ReadKeys(content)
}

func secretsExist(file string) error {
	return &fault.Error{Kind: fault.Conflict, Code: "record.secrets-exist", Op: "record.CreateSecrets",
		Message: fault.Text{ZH: "密钥文件 " + file + " 已经存在，没有改动", EN: "the file of secrets " + file + " exists already and was left as it is"},
		Hint:    fault.Text{ZH: "换一个目录；旧密钥丢了，用它加密的内容就打不开", EN: "use another folder: without the old secrets nothing written under them can be read"}}
}

func noSecrets(file string, cause error) error {
	kind := fault.NotFound
	if !errors.Is(cause, fs.ErrNotExist) {
		kind = fault.Unavailable
	}
	return &fault.Error{Kind: kind, Code: "record.no-secrets", Op: "record.Open", Cause: cause,
		Message: fault.Text{ZH: "读不到密钥文件 " + file, EN: "cannot read the file of secrets " + file},
		Hint:    fault.Text{ZH: "核对密钥目录和权限；新建用 doudi keys", EN: "check the folder of secrets and its permissions; doudi keys makes new ones"}}
}
