package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doudi/record/audit"
	"doudi/record/store"
)

// office is a folder with a database in it, driven through the command line.
type office struct {
	t   *testing.T
	dir string
}

func (o office) path(name string) string { return filepath.Join(o.dir, name) }

// run expects the exit status and all texts in what is printed.
func (o office) run(status int, args string, says ...string) {
	o.t.Helper()
	var words []string
	for _, word := range strings.Fields(args) {
		words = append(words, strings.ReplaceAll(word, "@", o.dir+string(filepath.Separator)))
	}
	var out bytes.Buffer
	if got := Main(words, strings.NewReader("口令\n"), &out, &out); got != status {
		o.t.Errorf("doudi %s: status %d, want %d\n%s", args, got, status, out.String())
	}
	for _, text := range says {
		if !strings.Contains(out.String(), text) {
			o.t.Errorf("doudi %s does not say %q:\n%s", args, text, out.String())
		}
	}
}

// work adds entries to the audit log of two counties and seals, or not.
func (o office) work(instant time.Time, sealed bool) {
	o.t.Helper()
	s, err := store.Open(context.Background(), "sqlite:"+o.path("a.db"))
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			o.t.Error(err)
		}
	}()
	keys, err := audit.CreateKeys(o.path("master.key"))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, county := range []string{"999901", "999902", "999901"} {
		c := store.Command{Name: "test.do", County: county, Actor: program, Instant: instant}
		if _, err := audit.NewLog(keys).Write(context.Background(), s, c, nil, func(*store.Tx) (any, error) { return nil, nil }); err != nil {
			o.t.Fatal(err)
		}
		c.Name = "audit.seal"
		if _, err := s.Write(context.Background(), c, func(tx *store.Tx) (any, error) {
			if !sealed {
				return 0, nil
			}
			return audit.Seal(tx)
		}); err != nil {
			o.t.Fatal(err)
		}
	}
}

func TestDatabaseCommands(t *testing.T) {
	o := office{t, t.TempDir()}
	march := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	if err := os.WriteFile(o.path("phrase"), []byte("口令\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	o.run(1, "verify --db sqlite:@a.db", "doudi migrate")
	o.run(0, "migrate --db sqlite:@a.db", "第 0 版 →")
	o.run(0, "migrate --db sqlite:@a.db --json", `"before"`, `"after"`)
	o.work(march, false)
	o.run(0, "verify --db sqlite:@a.db", "999901 audit：0 批封存、0 条记录相符，2 条待封存", "999902 audit：", "没有发现不符（2 个县）")
	o.run(0, "seal --db sqlite:@a.db", "999901：封存 2 条", "999902：封存 1 条")
	o.run(0, "verify --db sqlite:@a.db --county 999901 --lang en", "999901 audit: 1 seals over 2 entries agree, 0 entries not sealed yet", "no difference found (counties: 1)")

	o.run(0, "backup @a.backup --db sqlite:@a.db --passphrase-file @phrase", "已备份并读回核验", "audit_entry")
	o.run(1, "backup @a.backup --db sqlite:@a.db --passphrase-file @phrase", "已存在，没有覆盖")
	o.run(1, "restore @a.backup --db sqlite:@b.db --passphrase-file @master.key", "口令不对")
	o.run(0, "restore @a.backup --db sqlite:@b.db --passphrase-file -", "已恢复并逐表核对")
	o.run(0, "verify --db sqlite:@b.db", "没有发现不符（2 个县）")
	o.run(1, "restore @a.backup --db sqlite:@b.db --passphrase-file @phrase", "不是空的")

	o.run(2, "migrate", "--db")
	o.run(2, "seal --db sqlite:@a.db --month 2026-03", "--out")
	o.run(2, "backup @x --db sqlite:@a.db", "passphrase-file")
	o.run(1, "backup @x --db sqlite:@a.db --passphrase-file @gone", "读不到文件")
	o.run(1, "migrate --db oracle:x", "sqlite:文件路径")
}

func TestMonthlySealCommands(t *testing.T) {
	o := office{t, t.TempDir()}
	o.run(0, "migrate --db sqlite:@a.db")
	then := time.Now().AddDate(0, -2, 0)
	o.work(then, true)
	o.run(0, "seal --db sqlite:@a.db")
	month := then.In(time.FixedZone("", 8*60*60)).Format("2006-01")
	o.run(0, "seal --db sqlite:@a.db --county 999901 --month "+month+" --out @seal.json", "已导出")
	o.run(1, "seal --db sqlite:@a.db --county 999901 --month "+month+" --out @seal.json", "不能新建文件")
	o.run(1, "seal --db sqlite:@a.db --county 999901 --month 9999-01 --out @other.json", "还没有结束")
	o.run(0, "verify @seal.json", "999901 "+month+"，2 批 2 条")
	o.run(0, "verify @seal.json --db sqlite:@a.db", "没有发现不符")
	o.run(1, "verify @seal.json @seal.json", "接不上")
	o.run(1, "verify @master.key", "master.key：这不是月度封存文件")
	o.run(1, "verify @gone.json", "读不到文件")
}
