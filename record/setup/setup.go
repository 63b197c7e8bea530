// Package setup sets an office up for the first time, step by step: where its database is, under which secrets it is kept, that a copy of them is kept
// apart, its tables, and its first administrator. What was chosen is kept in one file of the folder the program is started in, so that who leaves, or
// whose machine went down, goes on where they stopped, and a program started there later knows where everything is. Nothing of the office is open
// before the last step is done.
package setup

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/audit"
	"doudi/record/store"
)

// File is where the choices stand, in the folder the program is started in. It may hold the password of a database, so only its owner can read it.
const File = "doudi.json"

// Settings are what was chosen.
type Settings struct {
	DB      string `json:"db,omitempty"`      // "sqlite:PATH" or "postgres://…"
	Secrets string `json:"secrets,omitempty"` // folder
	Files   string `json:"files,omitempty"`   // where evidence lies
	Copied  string `json:"copied,omitempty"`  // number of the recovery sheet that somebody has
	Done    bool   `json:"done,omitempty"`
}

// Read reads the choices of a folder; without a file there are none. Code: setup.settings.
func Read(folder string) (s Settings, err error) {
	name := filepath.Join(folder, File)
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	if err != nil {
		return s, unreadable(name, err)
	}
	return s, nil
}

// Stage is a step of setting up.
type Stage int

// The steps, in their order.
const (
	Database Stage = iota
	Secrets
	Copy
	Tables
	Administrator
	Done
)

// Config is what an office is set up with.
type Config struct {
	Folder  string // absolute: where the file of choices, and by default everything else, lies
	DB      string // named at the start, and not to be chosen; "" leaves it to the page
	Library *policy.Library
}

// Setup is an office that is being set up. It may be used by many goroutines.
type Setup struct {
	Config
	mutex    sync.Mutex
	settings Settings
	making   making
	record   *record.Record // once the tables are there
	begun    bool           // the record has accounts
	working  sync.WaitGroup
}

// making is the tables on their way.
type making struct {
	under bool // way
	store *store.Store
	err   error // why the last try ended
}

// Open goes on with what was chosen in a folder. Codes: setup.settings; setup.other where an office with another database is open already.
func Open(ctx context.Context, c Config) (*Setup, error) {
	settings, err := Read(c.Folder)
	if err != nil {
		return nil, err
	}
	if c.DB = Within(c.Folder, c.DB); c.DB != "" && c.DB != settings.DB {
		if settings.Done {
			return nil, another(c.Folder)
		}
		settings = Settings{Secrets: settings.Secrets, Copied: settings.Copied}
	}
	s := &Setup{Config: c, settings: settings}
	if settings.DB != "" && settings.Secrets != "" && settings.Copied != "" {
		s.making.err = s.openRecord(ctx) // where it cannot be opened the page says why
	}
	return s, nil
}

// Close ends what is under way, and lets go of a record that was not handed over.
func (s *Setup) Close() error {
	s.working.Wait()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.record == nil {
		return nil
	}
	r := s.record
	s.record = nil
	return r.Close()
}

// Stage is the first step that is not done.
func (s *Setup) Stage() Stage {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.settings.DB == "":
		return Database
	case s.settings.Secrets == "":
		return Secrets
	case s.settings.Copied == "":
		return Copy
	case s.record == nil:
		return Tables
	case !s.begun:
		return Administrator
	}
	return Done
}

// Settings are what was chosen so far.
func (s *Setup) Settings() Settings {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.settings
}

// UseDatabase tries a database and keeps that it is the one. Codes: those of [store.Try]; setup.unwritten, setup.too-late.
func (s *Setup) UseDatabase(ctx context.Context, dsn string) error {
	dsn = Within(s.Folder, dsn)
	if _, err := store.Try(ctx, dsn); err != nil {
		return err
	}
	return s.choose(func(c *Settings) {
		c.DB, c.Files = dsn, cmp.Or(record.FilesBeside(dsn), filepath.Join(s.Folder, "files"))
	})
}

// Within is the address of a database as it is kept: that of a file from its root on.
func Within(folder, dsn string) string {
	if path, isFile := strings.CutPrefix(dsn, "sqlite:"); isFile && path != "" && !filepath.IsAbs(path) {
		return "sqlite:" + filepath.Join(folder, path)
	}
	return dsn
}

// choose keeps a choice, unless the tables are made already.
func (s *Setup) choose(change func(*Settings)) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.making.under || s.record != nil {
		return tooLate()
	}
	return s.keep(change)
}

// keep writes the choices so that the file holds either the old ones or the new ones.
func (s *Setup) keep(change func(*Settings)) error {
	changed := s.settings
	change(&changed)
	content, err := json.MarshalIndent(changed, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(s.Folder, File)
	if err := write(name, append(content, '\n')); err != nil {
		return unwritten(name, err)
	}
	s.settings = changed
	return nil
}

func write(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), File+".*") // only its owner can read it
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that matters is the one above
	}
	return err
}

// InUse tells whether the database holds something that was sealed under secrets: then it needs those.
func (s *Setup) InUse(ctx context.Context) (used bool, err error) {
	err = s.connected(ctx, func(st *store.Store) error {
		if have, _, err := st.Version(ctx); err != nil || have == 0 {
			return err
		}
		return st.Read(ctx, anywhere, func(tx *store.Tx) (err error) {
			used, err = audit.Used(tx)
			return err
		})
	})
	return used, err
}

// anywhere is the county of what concerns the whole database.
const anywhere = "000000"

func (s *Setup) connected(ctx context.Context, do func(*store.Store) error) error {
	st, err := store.Connect(ctx, s.Settings().DB)
	if err != nil {
		return err
	}
	return errors.Join(do(st), st.Close())
}

// MakeTables begins to make the tables, or to bring them up to date, unless that is under way. [Setup.Progress] tells how far it is.
func (s *Setup) MakeTables(ctx context.Context) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.making.under || s.record != nil {
		return
	}
	s.making = making{under: true}
	s.working.Go(func() {
		err := s.migrate(ctx)
		if err == nil {
			err = s.openRecord(ctx)
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.making = making{err: err}
	})
}

func (s *Setup) migrate(ctx context.Context) error {
	return s.connected(ctx, func(st *store.Store) error {
		s.mutex.Lock()
		s.making.store = st
		s.mutex.Unlock()
		err := st.Migrate(ctx)
		s.mutex.Lock()
		s.making.store = nil
		s.mutex.Unlock()
		return err
	})
}

// Progress is how far the tables are.
type Progress struct {
	Under      bool // way
	Have, Want int64
	Err        error // why the last try ended
}

// Progress tells how far the tables are, as the database itself says.
func (s *Setup) Progress(ctx context.Context) (p Progress) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	p.Under, p.Err = s.making.under, s.making.err
	if st := s.making.store; st != nil {
		have, want, err := st.Version(ctx)
		if err == nil {
			p.Have, p.Want = have, want
		}
	}
	return p
}

// openRecord opens the record whose tables are made.
func (s *Setup) openRecord(ctx context.Context) error {
	c := s.Settings()
	r, err := record.Open(ctx, record.Config{DSN: c.DB, Secrets: c.Secrets, Files: c.Files, Library: s.Library})
	if err != nil {
		return err
	}
	begun, err := s.hasAccounts(ctx, r)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.record, s.begun = r, begun
	return nil
}

// hasAccounts tells whether any county of the secrets has accounts.
func (s *Setup) hasAccounts(ctx context.Context, r *record.Record) (begun bool, err error) {
	counties, err := s.Counties()
	for _, county := range counties {
		if err == nil && !begun {
			err = r.Store.Read(ctx, county, func(tx *store.Tx) (err error) {
				begun, err = r.Staff.Begun(tx)
				return err
			})
		}
	}
	return begun, err
}

// Wait waits until the tables are made, and answers why they are not.
func (s *Setup) Wait() error {
	s.working.Wait()
	return s.Progress(context.Background()).Err
}

// Record is the record for the first administrator; nil before the tables are made. It stays with the set-up until [Setup.Finish].
func (s *Setup) Record() *record.Record {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.record
}

// Finish keeps that everything is done, the first account included, and hands the record over. Where that cannot be kept it may be asked again.
// Code: setup.unfinished.
func (s *Setup) Finish() (*record.Record, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.begun = true
	if err := s.keep(func(c *Settings) { c.Done = true }); err != nil {
		return nil, unfinished(filepath.Join(s.Folder, File), err)
	}
	r := s.record
	s.record = nil
	return r, nil
}

// Shown is the address of a database without its password.
func Shown(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.User == nil {
		return dsn
	}
	u.User = url.User(u.User.Username())
	q := u.Query()
	q.Del("password")
	u.RawQuery = q.Encode()
	return u.String()
}

func unreadable(name string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "setup.settings", Op: "setup", Cause: cause, Message: fault.Text{ZH: "读不出设置文件 " + name, EN: "the settings in " + name + " cannot be read"},
		Hint: fault.Text{ZH: "核对权限和内容；不要了就移走它，从头设置（数据库和密钥不受影响）", EN: "check its permissions and content; without it the set-up begins anew, and database and secrets stay as they are"}}
}

func unwritten(name string, cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "setup.unwritten", Op: "setup", Cause: cause, Message: fault.Text{ZH: "写不了 " + name + "，这一步没有保存", EN: name + " cannot be written; this step was not kept"},
		Hint: fault.Text{ZH: "核对目录的权限和磁盘空间，再按一次", EN: "check the folder's permissions and the space on the disk, and try again"}}
}

func unfinished(name string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "setup.unfinished", Op: "setup", Cause: cause, Message: fault.Text{ZH: "管理员建好了，前面各步也都在，只是写不了 " + name + "，还没有开办", EN: "the administrator and all steps before are kept, but " + name + " cannot be written: the office is not open yet"},
		Hint: fault.Text{ZH: "核对目录的权限和磁盘空间，再打开这个网址；不用重填", EN: "check the folder's permissions and the space on the disk, and open this address again; nothing need be filled in twice"}}
}

func another(folder string) error {
	return &fault.Error{Kind: fault.Conflict, Code: "setup.other", Op: "setup", Message: fault.Text{ZH: "目录 " + folder + " 里已经开办了另一个数据库的办公室", EN: "an office with another database is open in the folder " + folder + " already"},
		Hint: fault.Text{ZH: "在另一个目录里设置新的；只是打开已有的，同时写明 --secrets", EN: "set the new one up in another folder; to open one there is, name --secrets, too"}}
}

func tooLate() error {
	return &fault.Error{Kind: fault.Conflict, Code: "setup.too-late", Op: "setup", Message: fault.Text{ZH: "表已经建好，不能再换数据库和密钥", EN: "the tables are made: database and secrets stay as they are"},
		Hint: fault.Text{ZH: "接着往下办；要换，停下程序，移走 " + File + "，再从头设置", EN: "go on; to change them end the program, move " + File + " away, and begin anew"}}
}
