package record

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/record/audit"
	"doudi/record/register"
)

// The files in the folder of the secrets.
const (
	masterFile   = "master.key"    // package audit
	registerFile = "register.json" // package register
)

// secretsFolder makes the folder for secrets when there is none, and refuses one that has some. Codes: record.secrets-exist, record.secrets-unwritten.
func secretsFolder(folder string) error {
	for _, name := range []string{masterFile, registerFile} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return secretsExist(filepath.Join(folder, name))
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return unwritten(folder, err)
	}
	return nil
}

// CreateSecrets makes the secrets of a new record for counties, in a folder that is made when there is none. Secrets that are
// there already are never overwritten. Codes: record.secrets-exist, record.county, record.secrets-unwritten.
func CreateSecrets(folder string, counties ...string) error {
	if err := areCounties(counties); err != nil {
		return err
	}
	if err := secretsFolder(folder); err != nil {
		return err
	}
	keys, err := register.NewKeys(counties...)
	if err != nil {
		return err
	}
	// The master key comes last: as long as it is missing nothing can have been written under these secrets.
	if err := replaceFile(filepath.Join(folder, registerFile), keys); err != nil {
		return err
	}
	_, err = audit.CreateKeys(filepath.Join(folder, masterFile))
	return err
}

// AddCounties adds the keys with which further counties sign to the secrets in a folder. Codes: record.county,
// record.no-secrets, register.key-there, record.secrets-unwritten.
func AddCounties(folder string, counties ...string) error {
	if err := areCounties(counties); err != nil {
		return err
	}
	return changeKeys(folder, func(content []byte) ([]byte, error) { return register.AddCounties(content, counties...) })
}

// TrustKeys takes in what [PublicKeys] of another installation gave, so that its counties can be dealt with. Codes: as for
// AddCounties; register.keys for what is none.
func TrustKeys(folder string, public []byte) error {
	return changeKeys(folder, func(content []byte) ([]byte, error) { return register.TrustKeys(content, public) })
}

// PublicKeys is the part of the secrets that is none: with it other installations check what the counties here sign.
func PublicKeys(folder string) ([]byte, error) {
	content, err := readSecret(filepath.Join(folder, registerFile))
	if err != nil {
		return nil, err
	}
	return register.PublicKeys(content)
}

// Counties tells whose signatures can be made and checked with the secrets in a folder.
func Counties(folder string) ([]register.CountyKey, error) {
	keys, err := readRegisterKeys(filepath.Join(folder, registerFile))
	if err != nil {
		return nil, err
	}
	return keys.Counties()
}

func changeKeys(folder string, change func([]byte) ([]byte, error)) error {
	file := filepath.Join(folder, registerFile)
	content, err := readSecret(file)
	if err != nil {
		return err
	}
	if content, err = change(content); err != nil {
		return err
	}
	return replaceFile(file, content)
}

func areCounties(codes []string) error {
	for _, code := range codes {
		if d, err := ident.ParseDivision(code); err != nil || d.Level() != ident.County || string(d) != code {
			return notACounty(code)
		}
	}
	return nil
}

// replaceFile writes a file that only its owner can read, so that it holds either all of the old content or all of the new.
func replaceFile(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return unwritten(name, err)
	}
	_, err = f.Write(append(content, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that matters is the one above
		return unwritten(name, err)
	}
	return nil
}

func readRegisterKeys(file string) (*register.Keys, error) {
	content, err := readSecret(file)
	if err != nil {
		return nil, err
	}
	return register.ReadKeys(content)
}

func readSecret(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, noSecrets(file, err)
	}
	return content, nil
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
		Hint:    fault.Text{ZH: "核对密钥目录和权限；新建用 doudi secrets", EN: "check the folder of secrets and its permissions; doudi secrets makes new ones"}}
}

func notACounty(code string) error {
	return &fault.Error{Kind: fault.Invalid, Code: "record.county", Op: "record.CreateSecrets",
		Message: fault.Text{ZH: fault.Quote(code) + " 不是县级区划代码，没有建立密钥", EN: fault.QuoteEN(code) + " is not the code of a county; no secrets were made"},
		Hint:    fault.Text{ZH: "写六位代码，几个县用逗号隔开：370124,370126", EN: "write six digits, several with commas: 370124,370126"}}
}

func unwritten(file string, cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: "record.secrets-unwritten", Op: "record.CreateSecrets", Cause: cause,
		Message: fault.Text{ZH: "写不了密钥文件 " + file + "，原有内容没有改动", EN: "cannot write the secrets " + file + "; what was there is unchanged"},
		Hint:    fault.Text{ZH: "核对目录、权限和磁盘空间", EN: "check the folder, its permissions and the space on the disk"}}
}

// Master is the master key in a folder of secrets. Codes: record.no-secrets; those of [audit.ReadKeys].
func Master(folder string) (*audit.Keys, error) {
	if _, err := os.Stat(filepath.Join(folder, masterFile)); err != nil {
		return nil, noSecrets(filepath.Join(folder, masterFile), err)
	}
	return audit.ReadKeys(filepath.Join(folder, masterFile))
}
