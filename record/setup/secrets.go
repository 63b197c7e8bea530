package setup

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/store"
)

// Counties are the counties of the secrets that were chosen.
func (s *Setup) Counties() ([]string, error) { return counties(s.Settings().Secrets) }

func counties(folder string) (codes []string, err error) {
	keys, err := record.Counties(folder)
	for _, k := range keys {
		if k.Signs {
			codes = append(codes, k.County)
		}
	}
	return codes, err
}

// MakeSecrets makes secrets for a county in a folder, all of them or none, unless the database was written under others. Secrets that are there are taken
// as they are, with the county added. Codes: setup.in-use, setup.folder; those of [record.CreateSecrets]; setup.unwritten, setup.too-late.
func (s *Setup) MakeSecrets(ctx context.Context, folder, county string) error {
	folder = s.within(folder)
	if there(folder) {
		return s.takeSecrets(ctx, folder, county)
	}
	used, err := s.InUse(ctx)
	if err != nil {
		return err
	}
	if used {
		return inUse()
	}
	err = aside(folder, func(made string) error { return record.CreateSecrets(made, county) })
	if err != nil {
		return err
	}
	return s.chosen(folder)
}

// within is a folder as it was written, from the folder of the set-up.
func (s *Setup) within(folder string) string {
	if filepath.IsAbs(folder) {
		return filepath.Clean(folder)
	}
	return filepath.Join(s.Folder, folder)
}

// there tells whether a folder holds secrets.
func there(folder string) bool {
	_, err := record.Counties(folder)
	return err == nil
}

func (s *Setup) takeSecrets(ctx context.Context, folder, county string) error {
	if err := s.belongs(ctx, folder); err != nil {
		return err
	}
	known, err := counties(folder)
	if err == nil && county != "" && !slices.Contains(known, county) {
		err = record.AddCounties(folder, county)
	}
	if err != nil {
		return err
	}
	return s.chosen(folder)
}

// chosen keeps that these are the secrets: of others no copy was seen yet.
func (s *Setup) chosen(folder string) error {
	return s.choose(func(c *Settings) { c.Secrets, c.Copied = folder, "" })
}

// belongs refuses secrets under which the database was not written. Code: audit.other-master.
func (s *Setup) belongs(ctx context.Context, folder string) error {
	master, err := record.Master(folder)
	if err != nil {
		return err
	}
	return s.connected(ctx, func(st *store.Store) error {
		if have, _, err := st.Version(ctx); err != nil || have == 0 {
			return err
		}
		err := st.Read(ctx, anywhere, func(tx *store.Tx) error { return master.Check(tx) })
		if fault.CodeOf(err) == "audit.other-master" {
			return otherSecrets(folder, err)
		}
		return err
	})
}

// aside makes a folder of secrets beside where it will be, so that it is there whole or not at all. Code: setup.folder.
func aside(folder string, fill func(folder string) error) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return folderUnusable(folder, err)
	}
	if found, err := os.ReadDir(folder); err == nil && len(found) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderUnusable(folder, err)
	}
	made, err := os.MkdirTemp(filepath.Dir(folder), ".secrets-*") // only its owner can look into it
	if err != nil {
		return folderUnusable(folder, err)
	}
	if err = fill(made); err == nil {
		if err = os.Rename(made, folder); err != nil {
			err = folderUnusable(folder, err)
		}
	}
	if err != nil {
		_ = os.RemoveAll(made) // the error that matters is the one above
	}
	return err
}

// Sheet is the secrets written down, to be kept apart from the machine.
func (s *Setup) Sheet() (record.Sheet, error) { return record.SheetOf(s.Settings().Secrets) }

// Recover makes a folder of secrets from a sheet. Codes: record.sheet; as for [Setup.MakeSecrets].
func (s *Setup) Recover(ctx context.Context, folder string, sheet []byte) error {
	folder = s.within(folder)
	if there(folder) {
		return folderUnusable(folder, nil)
	}
	if err := Recover(folder, sheet); err != nil {
		return err
	}
	err := s.takeSecrets(ctx, folder, "")
	if err != nil {
		_ = os.RemoveAll(folder) // what was made of the sheet a moment ago; the error that matters is the one above
	}
	return err
}

// Recover writes the secrets of a sheet into a folder that is empty or not there yet. Codes: record.sheet, setup.folder.
func Recover(folder string, sheet []byte) error {
	return aside(folder, func(made string) error { return record.RecoverSecrets(made, sheet) })
}

// Confirm keeps that somebody has the sheet: its number stands nowhere else. Codes: setup.sheet-number, setup.unwritten.
func (s *Setup) Confirm(number string) error {
	sheet, err := s.Sheet()
	if err != nil {
		return err
	}
	if plain(number) != plain(sheet.Number) {
		return wrongNumber()
	}
	return s.choose(func(c *Settings) { c.Copied = sheet.Number })
}

func plain(number string) string {
	return string(bytes.ToUpper([]byte(strings.NewReplacer("-", "", " ", "", "－", "").Replace(number))))
}

func inUse() error {
	return &fault.Error{Kind: fault.Conflict, Code: "setup.in-use", Op: "setup", Message: fault.Text{ZH: "这个数据库已经在用，里面的内容是用别的密钥加密的，没有新建密钥", EN: "this database is in use: what it holds is sealed under other secrets; none were made"},
		Hint: fault.Text{ZH: "写原来密钥的目录，或用恢复单恢复；要另开一个办公室，返回上一步换一个空数据库", EN: "name the folder of those secrets, or bring them back from a recovery sheet; for another office go back and name an empty database"}}
}

func otherSecrets(folder string, cause error) error {
	return &fault.Error{Kind: fault.Conflict, Code: "setup.other-secrets", Op: "setup", Cause: cause, Message: fault.Text{ZH: "数据库不是用 " + folder + " 里的密钥写的，打不开它的内容", EN: "the database was not written under the secrets in " + folder + "; they do not open it"},
		Hint: fault.Text{ZH: "换用建库时的密钥目录或恢复单；或返回上一步换一个数据库", EN: "use the secrets or the recovery sheet the database was set up with, or go back and name another database"}}
}

func folderUnusable(folder string, cause error) error {
	if cause == nil {
		return &fault.Error{Kind: fault.Conflict, Code: "setup.folder", Op: "setup", Message: fault.Text{ZH: "目录 " + folder + " 里有别的东西，没有动它", EN: "the folder " + folder + " holds something else and was left as it is"},
			Hint: fault.Text{ZH: "写一个空的或还没有的目录", EN: "name an empty folder, or one that is not there yet"}}
	}
	return &fault.Error{Kind: fault.Invalid, Code: "setup.folder", Op: "setup", Cause: cause, Message: fault.Text{ZH: "不能在 " + filepath.Dir(folder) + " 里建目录", EN: "no folder can be made in " + filepath.Dir(folder)},
		Hint: fault.Text{ZH: "核对权限和磁盘空间，或换一个目录", EN: "check its permissions and the space on the disk, or name another folder"}}
}

func wrongNumber() error {
	return &fault.Error{Kind: fault.Invalid, Code: "setup.sheet-number", Op: "setup", Message: fault.Text{ZH: "编号和恢复单上的不一样", EN: "that is not the number on the recovery sheet"},
		Hint: fault.Text{ZH: "打开下载或打印出来的恢复单，照抄上面的编号", EN: "open the sheet you downloaded or printed and copy its number"}}
}
