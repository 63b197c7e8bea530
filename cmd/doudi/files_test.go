package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doudi/decide/policy"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record"
	"doudi/record/file"
	"doudi/record/register"
	"doudi/record/store"
)

// open makes a record in the office's folder.
func (o office) open() *record.Record {
	o.t.Helper()
	o.run(0, "secrets @keys --county 999901")
	o.run(0, "migrate --db sqlite:@a.db")
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	if err != nil {
		o.t.Fatal(err)
	}
	r, err := record.Open(context.Background(), record.Config{DSN: "sqlite:" + o.path("a.db"), Secrets: o.path("keys"), Library: library})
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// archive makes a record with one person and one document in the office's folder, and answers the document's id.
func (o office) archive() (id string) {
	o.t.Helper()
	ctx, r := context.Background(), o.open()
	content, err := r.Files.Store(ctx, "999901", strings.NewReader("情况属实。\n"))
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := r.Files.Store(ctx, "999901", strings.NewReader("写到一半放弃的。\n")); err != nil {
		o.t.Fatal(err)
	}
	c := store.Command{Name: "test.file", County: "999901", Actor: program, Instant: time.Now()}
	_, err = r.Store.Write(ctx, c, func(tx *store.Tx) (any, error) {
		person, err := r.Register.AddPerson(tx, register.Person{Name: "甲", From: period.MustDay(2020, 1, 1)})
		if err != nil {
			return nil, err
		}
		d, err := r.Files.Add(tx, file.Paper{Owner: person, Kind: "说明", Name: "说明.txt"}, content)
		id = d.ID
		return nil, err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		o.t.Fatal(err)
	}
	return id
}

// contents are the files of evidence in a folder of the office.
func (o office) contents(folder string) []string {
	o.t.Helper()
	found, err := filepath.Glob(o.path(folder) + "/999901/*/*")
	if err != nil {
		o.t.Fatal(err)
	}
	return found
}

func TestFilesCommands(t *testing.T) {
	o := office{t, t.TempDir()}
	id := o.archive()
	if err := os.WriteFile(o.path("phrase"), []byte("口令\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const db = " --db sqlite:@a.db"
	o.run(0, "verify"+db+" --secrets @keys", "999901 file：1 份证件、照片的内容相符", "没有发现不符（1 个县）")
	o.run(0, "verify"+db, "1 份证件、照片的密封内容相符", "没有看 file：", "没有看 claim：")

	// Contents without a document: young ones stay, old ones are listed, and removed only when told to.
	o.run(0, "files sweep"+db+" --delete", "999901：清理 0 份，留下 2 份")
	yesterday := time.Now().Add(-file.Grace - time.Hour)
	for _, path := range o.contents("files") {
		if err := os.Chtimes(path, yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	o.run(0, "files sweep"+db, "999901：1 份没有归档，1 份留下", "--delete", "  999901/")
	o.run(0, "files sweep"+db+" --json", `"loose": [`, `"removed": false`)
	o.run(0, "files sweep"+db+" --delete --lang en", "999901: 1 removed, 1 kept")
	if left := o.contents("files"); len(left) != 1 {
		t.Errorf("the sweep left %v", left)
	}

	// A backup in two parts, and back.
	o.run(0, "backup @a.backup"+db+" --passphrase-file @phrase", "另有 1 份证件、照片不在备份里", "doudi files copy")
	o.run(0, "files copy @copy"+db, "999901：1 份都在", "新写 1 份")
	o.run(0, "files copy @copy"+db+" --json", `"written": 0`)
	if err := os.Mkdir(o.path("restored"), 0o700); err != nil {
		t.Fatal(err)
	}
	o.run(0, "restore @a.backup --db sqlite:@restored/b.db --passphrase-file @phrase")
	o.run(1, "verify --db sqlite:@restored/b.db --secrets @keys", id, "不见了", "doudi files copy")
	o.run(0, "files copy @restored/files --db sqlite:@restored/b.db --files @copy", "新写 1 份")
	o.run(0, "verify --db sqlite:@restored/b.db --secrets @keys", "没有发现不符（1 个县）")
	o.run(0, "verify --db sqlite:@restored/b.db --secrets @keys --files @copy", "没有发现不符（1 个县）")

	// One bit of the content.
	path := o.contents("files")[0]
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	o.run(1, "verify"+db+" --secrets @keys", "999901：文件 "+id+" 的内容不是归档时的内容")
	o.run(1, "verify"+db+" --lang en", "999901: the content of the document "+id)
	o.run(1, "verify"+db+" --secrets @keys --json", `"check": "file"`, `"code": "file.differs"`, id)
	o.run(1, "files copy @other"+db, id)
	o.run(1, "files copy @other --db sqlite:@a.db --files @gone", "不见了")
	o.run(2, "files copy @other", "--db")
}

// Whatever somebody changes in the database besides the commands, verify names it and exits with 1.
func TestVerifyNamesDifferences(t *testing.T) {
	o := office{t, t.TempDir()}
	o.run(0, "demo @demo --people 60")
	o.run(0, "verify --db sqlite:@demo/doudi.db --secrets @demo/secrets", "没有发现不符（7 个县）")
	for name, tt := range map[string]struct{ change, code, says string }{
		"audit":    {`UPDATE audit_entry SET actor_name = '别人' WHERE name = 'claim.settle'`, "audit.changed", "内容被改动"},
		"counter":  {`UPDATE claim_counter SET used = used + 1`, "claim.counter-differs", "累计"},
		"money":    {`UPDATE fund_commitment SET amount = amount - 1`, "fund.", "占用记录"},
		"result":   {`UPDATE claim_settlement SET result = frozen`, "claim.differs", "重算"},
		"exchange": {`UPDATE claim SET decided_day = '2021-01-02' WHERE state = 'confirmed'`, "claim.differs", "排在"},
	} {
		t.Run(name, func(t *testing.T) {
			o := office{t, o.dir}
			if err := os.RemoveAll(o.path("case")); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(o.path("case"), os.DirFS(o.path("demo"))); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", o.path("case/doudi.db"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(tt.change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			o.run(1, "verify --db sqlite:@case/doudi.db --secrets @demo/secrets --json", `"difference": {`, `"code": "`+tt.code, tt.says)
		})
	}
}
