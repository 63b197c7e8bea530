package file_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/record/file"
	"doudi/record/store"
)

// What lies in the county's own archive is public; what is a person's is not to be had this way.
func TestTheCountysOwnArchive(t *testing.T) {
	each(t, func(a archive) {
		content := []byte("一、总体目标\n每月 100 元。\n")
		public, private := a.stored(content), a.stored([]byte("残疾证"))
		var ids [2]string
		a.must(func(tx *store.Tx) error {
			county, err := file.County(tx)
			if err != nil {
				return err
			}
			for i, p := range []file.Paper{{Owner: county, About: "pingyin-2021", Kind: "政策原文", Name: "方案.txt"}, {Owner: a.person, Kind: "残疾证", Name: "证.txt"}} {
				d, err := a.Add(tx, p, []*file.Stored{public, private}[i])
				if err != nil {
					return err
				}
				ids[i] = d.ID
			}
			again, err := file.County(tx)
			if again != county {
				t.Errorf("another archive, %s", again)
			}
			return err
		})
		var read file.Content
		a.look(func(tx *store.Tx) (err error) {
			if _, err := a.Public(tx, ids[1]); fault.CodeOf(err) != "file.unknown" {
				t.Errorf("a person's document: %v", err)
			}
			read, err = a.Public(tx, ids[0])
			return err
		})
		from, err := read.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(from)
		if err != nil || !bytes.Equal(got, content) || from.Close() != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestParagraphs(t *testing.T) {
	const word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	for _, c := range []struct {
		media, content, code string
		want                 int
	}{{"text/plain", "\ufeff一\r\n二\n", "", 4}, {"text/plain", "\xb2\xdd", "file.text", 0}, {word, "PK nothing", "file.text", 0}, {word, "", "file.text", 0}, {"application/pdf", "%PDF", "", 0}} {
		got, err := file.Paragraphs(c.media, strings.NewReader(c.content))
		if fault.CodeOf(err) != c.code || len(got) != c.want {
			t.Errorf("%s %q: %q, %v", c.media, c.content, got, err)
		}
	}
}
