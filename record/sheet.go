package record

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/register"
)

// Sheet is the secrets of a record written down as text, to be printed or kept on a stick away from the machine: from it they can be made again.
type Sheet struct {
	Number string // eight digits of its digest, by which somebody shows to have it, and a slip in copying is noticed
	Text   string
}

// What stands before the number and around the two files of the secrets.
const (
	sheetNumber   = "编号 number: "
	sheetMaster   = "-----master-----"
	sheetRegister = "-----register-----"
	sheetEnd      = "-----end-----"
)

const sheetSays = `兜底 doudi 恢复单 · recovery sheet

%s%s

这张单子就是密钥：有了它和数据库，就能读出全部内容；没有它，机器坏了以后，任何备份都打不开。
打印一份装进信封封好，或存进一个专用的 U 盘，锁在另一间屋子的保险柜里。不要放在这台机器上、备份里、邮件或聊天里。
恢复：在新机器上运行 doudi serve，在“密钥”一步选用恢复单；或 doudi secrets 目录 --recover 本文件。

This sheet is the secrets: with it and the database everything can be read, and without it no backup can be opened once the machine is gone.
Print it and seal it in an envelope, or keep it on a stick of its own, in a safe in another room; never on this machine, in a backup, a mail or a chat.
To recover: start doudi serve on the new machine and choose the recovery sheet in the step of the secrets, or doudi secrets FOLDER --recover THIS-FILE.

%s
%s
%s
%s
%s
`

// SheetOf writes down the secrets in a folder. Codes: record.no-secrets; those of [audit.ReadKeys] and [register.ReadKeys].
func SheetOf(folder string) (Sheet, error) {
	if _, err := Master(folder); err != nil {
		return Sheet{}, err
	}
	master, err := readSecret(filepath.Join(folder, masterFile))
	if err != nil {
		return Sheet{}, err
	}
	keys, err := readSecret(filepath.Join(folder, registerFile))
	if err != nil {
		return Sheet{}, err
	}
	master, keys = bytes.TrimSpace(master), bytes.TrimSpace(keys)
	number := numberOf(master, keys)
	return Sheet{number, fmt.Sprintf(sheetSays, sheetNumber, number, sheetMaster, master, sheetRegister, keys, sheetEnd)}, nil
}

// numberOf is the number of a sheet: of what its secrets say, however they are spaced.
func numberOf(master, keys []byte) string {
	sum := sm3.Sum(append(unspaced(string(master)), unspaced(string(keys))...))
	number := strings.ToUpper(hex.EncodeToString(sum[:4]))
	return number[:4] + "-" + number[4:]
}

// unspaced is a text without any space: on paper lines break anywhere, and nothing in secrets has spaces.
func unspaced(text string) []byte { return []byte(strings.Join(strings.Fields(text), "")) }

// RecoverSecrets writes the secrets of a sheet into a folder without any. Codes: record.sheet, record.secrets-exist, record.secrets-unwritten.
func RecoverSecrets(folder string, sheet []byte) error {
	master, keys, err := readSheet(strings.ReplaceAll(string(sheet), "\r", ""))
	if err != nil {
		return err
	}
	if err := secretsFolder(folder); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(folder, registerFile), keys); err != nil {
		return err
	}
	return replaceFile(filepath.Join(folder, masterFile), master)
}

// readSheet finds the two files on a sheet and looks whether they are what was written down.
func readSheet(text string) (master, keys []byte, err error) {
	_, rest, numbered := strings.Cut(text, sheetNumber)
	number, rest, _ := strings.Cut(rest, "\n")
	_, rest, begins := strings.Cut(rest, sheetMaster)
	first, rest, goesOn := strings.Cut(rest, sheetRegister)
	second, _, ends := strings.Cut(rest, sheetEnd)
	if !numbered || !begins || !goesOn || !ends {
		return nil, nil, notSheet(errors.New("a part is missing"))
	}
	master, keys = unspaced(first), unspaced(second)
	if !json.Valid(keys) || !strings.EqualFold(strings.TrimSpace(number), numberOf(master, keys)) {
		return nil, nil, notSheet(errors.New("its number is another"))
	}
	raw, err := hex.DecodeString(string(master))
	if err == nil {
		_, err = audit.NewKeys(raw)
	}
	if err == nil {
		_, err = register.ReadKeys(keys)
	}
	if err != nil {
		return nil, nil, notSheet(errors.New("it holds no secrets")) // the cause would show part of them
	}
	return master, keys, nil
}

func notSheet(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "record.sheet", Op: "record.RecoverSecrets", Cause: cause,
		Message: fault.Text{ZH: "这不是完整的恢复单，或抄写有误，没有恢复密钥", EN: "that is no whole recovery sheet, or it was copied wrongly; no secrets were made"},
		Hint:    fault.Text{ZH: "用下载的原文件；从纸上录入时，从“编号”到“-----end-----”一行不漏，逐位核对", EN: "use the file that was downloaded; from paper type everything from its number to “-----end-----”, and compare it digit by digit"}}
}
