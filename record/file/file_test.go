package file_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/file"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestFileAndRead(t *testing.T) {
	each(t, func(a archive) {
		day, err := period.ParseDay("2026-02-27")
		if err != nil {
			t.Fatal(err)
		}
		s := a.stored(photo)
		var d file.Document
		a.must(func(tx *store.Tx) (err error) {
			d, err = a.Add(tx, file.Paper{Owner: a.person, About: "claim-1", Kind: " 转诊单 ", Name: `C:\照片\转诊 1.xlsx`, Day: day, By: "村医"}, s)
			return err
		})
		if d.Kind != "转诊单" || d.Name != "转诊 1.xlsx" || d.Media != "image/jpeg" || d.Size != int64(len(photo)) {
			t.Errorf("filed %+v", d)
		}
		a.look(func(tx *store.Tx) error {
			found, err := a.Of(tx, a.person)
			about, aboutErr := a.About(tx, "claim-1")
			none, noneErr := a.About(tx, "")
			others, othersErr := a.Of(tx, a.household)
			if len(found) != 1 || len(about) != 1 || len(others)+len(none) != 0 || found[0].ID != d.ID || found[0].Day != day || found[0].By != "村医" || !found[0].Recorded.Equal(noon) || found[0].Actor != "u1" {
				t.Errorf("found %+v, about %d, of nothing %d, of the household %d", found, len(about), len(none), len(others))
			}
			return errors.Join(err, aboutErr, noneErr, othersErr)
		})
		content, err := a.content(d.ID)
		if err != nil || !bytes.Equal(content, photo) {
			t.Errorf("read %d bytes (%v), want %d", len(content), err, len(photo))
		}
		a.look(func(tx *store.Tx) error {
			ids, err := audit.About(tx, a.person)
			if err != nil || len(ids) != 2 {
				t.Fatalf("entries %v, %v", ids, err)
			}
			look, err := a.log.Entry(tx, ids[1])
			if look.Kind != audit.Look || look.Name != "file.look" || !strings.Contains(string(look.Content), "审核") || look.Subject != d.ID {
				t.Errorf("the look left %+v", look)
			}
			return err
		})
		checked, err := a.verify()
		if err != nil || checked.Documents != 1 || checked.Bytes <= int64(len(photo)) {
			t.Errorf("verified %+v, %v", checked, err)
		}
	})
}

// Neither the folder nor the database holds anything of the content, the name or the kind as it was written.
func TestNothingIsReadable(t *testing.T) {
	each(t, func(a archive) {
		secret := []byte("残疾等级一级，诊断：慢性肾功能衰竭")
		s := a.stored(secret)
		a.must(func(tx *store.Tx) error {
			_, err := a.Add(tx, file.Paper{Owner: a.person, Kind: "诊断证明", Name: "诊断.txt", By: "其子"}, s)
			return err
		})
		var names []string
		err := filepath.WalkDir(a.folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			names = append(names, path)
			content, err := os.ReadFile(path)
			if bytes.Contains(content, secret[:9]) {
				t.Errorf("%s holds the content", path)
			}
			return err
		})
		if err != nil || len(names) != 1 {
			t.Fatalf("files %v (%v)", names, err)
		}
		a.look(func(tx *store.Tx) error {
			var row string
			err := tx.QueryRow(`SELECT sealed || blob || token || digest FROM document WHERE county_code = ?1`, here).Scan(&row)
			for _, word := range []string{"诊断", "其子", "text/plain"} {
				if strings.Contains(row, word) {
					t.Errorf("the row holds %s: %s", word, row)
				}
			}
			return err
		})
	})
}

func TestTypesComeFromTheContent(t *testing.T) {
	each(t, func(a archive) {
		for _, tt := range []struct {
			name    string
			content []byte
			want    string // type, or code of the refusal
		}{
			{"jpeg", photo, "image/jpeg"},
			{"png", scan, "image/png"},
			{"pdf", []byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj"), "application/pdf"},
			{"excel", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
			{"word", office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
			{"text", []byte("情况说明：属实。\n"), "text/plain"},
			{"csv", []byte("姓名,金额\n甲,100\n乙,200\n"), "text/csv"},
			{"nothing", nil, "file.empty"},
			{"zip", func() []byte {
				b := office("a.txt")
				return bytes.Replace(b, []byte("[Content_Types].xml"), []byte("[Content-Types].xml"), -1)
			}(), "file.media"},
			{"slides", office("ppt/presentation.xml"), "file.media"},
			{"html", []byte("<html><script>alert(1)</script></html>"), "file.media"},
			{"svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "file.media"},
			{"program", []byte("MZ\x90\x00\x03\x00\x00\x00"), "file.media"},
			{"elf", []byte("\x7fELF\x02\x01\x01\x00\x00"), "file.media"},
			{"bytes", []byte{0, 1, 2, 3, 4, 5, 6, 7}, "file.media"},
			{"gif", []byte("GIF89a\x01\x00\x01\x00"), "file.media"},
		} {
			s, err := a.Store(context.Background(), here, bytes.NewReader(tt.content))
			if err == nil && s.Media() != tt.want || err != nil && fault.CodeOf(err) != tt.want {
				t.Errorf("%s: %v, %v, want %s", tt.name, s, err, tt.want)
			}
		}
	})
}

func TestSizes(t *testing.T) {
	a := open(t, storetest.Open(t, storetest.SQLite(t)), filepath.Join(t.TempDir(), "files"))
	line := []byte("一行文字，用来凑够大小。\n")
	largest := bytes.Repeat(line, file.Largest/len(line)+1)[:file.Largest]
	largest = append(largest[:file.Largest-1], '\n')
	d := a.filed(a.person, largest)
	content, err := a.content(d.ID)
	if err != nil || !bytes.Equal(content, largest) {
		t.Errorf("read %d bytes (%v), want %d", len(content), err, len(largest))
	}
	_, err = a.Store(context.Background(), here, io.MultiReader(bytes.NewReader(largest), strings.NewReader("x")))
	expect(t, err, "file.too-large")
	_, err = a.Store(context.Background(), here, io.MultiReader(bytes.NewReader(largest[:1<<20]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	expect(t, err, "file.unread")
	_, err = a.Store(context.Background(), here, iotest.ErrReader(io.ErrUnexpectedEOF))
	expect(t, err, "file.unread")
	if left := contents(t, a.folder); len(left) != 1 {
		t.Errorf("what was refused left %v", left)
	}
}

// contents are the files below a folder.
func contents(t *testing.T, folder string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestAddRefuses(t *testing.T) {
	each(t, func(a archive) {
		s := a.stored(photo)
		tomorrow := period.Day(noon.Unix()/86400 + 1)
		for code, p := range map[string]file.Paper{
			"file.owner": {Owner: "office", Kind: "证", Name: "a"},
			"file.kind":  {Owner: a.person, Kind: " ", Name: "a"},
			"file.name":  {Owner: a.person, Kind: "证", Name: "a/"},
			"file.by":    {Owner: a.person, Kind: "证", Name: "a", By: strings.Repeat("人", 101)},
			"file.day":   {Owner: a.person, Kind: "证", Name: "a", Day: tomorrow},
		} {
			expect(t, a.do(func(tx *store.Tx) error { _, err := a.Add(tx, p, s); return err }), code)
		}
		expect(t, a.do(func(tx *store.Tx) error {
			_, err := a.Add(tx, file.Paper{Owner: "nobody", Kind: "证", Name: "a"}, s)
			return err
		}), "file.owner")
		expect(t, a.do(func(tx *store.Tx) error {
			_, err := a.Add(tx, file.Paper{Owner: a.person, Kind: "两\n行", Name: "a"}, s)
			return err
		}), "file.kind")
		elsewhere, err := a.Store(context.Background(), there, bytes.NewReader(photo))
		if err != nil {
			t.Fatal(err)
		}
		expect(t, a.do(func(tx *store.Tx) error {
			_, err := a.Add(tx, file.Paper{Owner: a.person, Kind: "证", Name: "a"}, elsewhere)
			return err
		}), "file.county")
		a.look(func(tx *store.Tx) error {
			found, err := a.Of(tx, a.person)
			if len(found) != 0 {
				t.Errorf("refused, and yet there is %+v", found)
			}
			return err
		})
		none := file.New(file.Config{Box: file.NewBox(""), Token: token})
		_, err = none.Store(context.Background(), here, bytes.NewReader(photo))
		expect(t, err, "file.no-place")
		blocked := file.New(file.Config{Box: file.NewBox(filepath.Join(contents(t, a.folder)[0], "below a file")), Token: token})
		_, err = blocked.Store(context.Background(), here, bytes.NewReader(photo))
		expect(t, err, "file.unavailable")
	})
}

func TestDuplicatesAndWithdrawals(t *testing.T) {
	each(t, func(a archive) {
		first := a.filed(a.person, photo)
		again := a.stored(photo)
		add := func(tx *store.Tx) error {
			_, err := a.Add(tx, file.Paper{Owner: a.person, Kind: "证", Name: "b.jpg"}, again)
			return err
		}
		err := a.do(add)
		if expect(t, err, "file.duplicate"); !strings.Contains(fault.RenderError(err, "zh"), first.ID) {
			t.Errorf("the refusal does not name the document: %v", err)
		}
		second := a.filed(a.other, photo) // the same photo for somebody else is on file twice, and can be found
		a.look(func(tx *store.Tx) error {
			alike, err := a.Alike(tx, first)
			if len(alike) != 1 || alike[0].ID != second.ID || alike[0].Owner != a.other {
				t.Errorf("alike: %+v", alike)
			}
			return err
		})
		expect(t, a.do(func(tx *store.Tx) error { return a.Withdraw(tx, first.ID, " ") }), "file.reason")
		expect(t, a.do(func(tx *store.Tx) error { return a.Withdraw(tx, "gone", "x") }), "file.unknown")
		a.must(func(tx *store.Tx) error { return a.Withdraw(tx, first.ID, "归错了人") })
		expect(t, a.do(func(tx *store.Tx) error { return a.Withdraw(tx, first.ID, "再一次") }), "file.withdrawn")
		a.must(add)
		a.look(func(tx *store.Tx) error {
			found, err := a.Of(tx, a.person)
			if len(found) != 2 || found[0].Withdrawn == nil || found[0].Withdrawn.Reason != "归错了人" || found[0].Withdrawn.Actor != "u1" || found[1].Withdrawn != nil {
				t.Errorf("on file: %+v", found)
			}
			return err
		})
		if content, err := a.content(first.ID); err != nil || !bytes.Equal(content, photo) {
			t.Errorf("a withdrawn document reads %d bytes, %v", len(content), err)
		}
	})
}

// Of many who file the same paper at the same moment one succeeds.
func TestFiledTogether(t *testing.T) {
	each(t, func(a archive) {
		var all [6]*file.Stored
		for i := range all {
			all[i] = a.stored(photo)
		}
		filed := 0
		for _, err := range storetest.Together(len(all), func(i int) error {
			return a.do(func(tx *store.Tx) error {
				_, err := a.Add(tx, file.Paper{Owner: a.person, Kind: "证", Name: "a.jpg"}, all[i])
				return err
			})
		}) {
			if err == nil {
				filed++
			} else {
				expect(t, err, "file.duplicate")
			}
		}
		if checked, err := a.verify(); err != nil || filed != 1 || checked.Documents != 1 {
			t.Errorf("%d filed it, %d documents, %v", filed, checked.Documents, err)
		}
	})
}

func TestRefer(t *testing.T) {
	each(t, func(a archive) {
		mine, ours := a.filed(a.person, photo), a.filed(a.household, scan)
		a.look(func(tx *store.Tx) error {
			expect(t, file.Refer(tx, mine.ID, a.person), "")
			expect(t, file.Refer(tx, ours.ID, a.person, a.household), "")
			expect(t, file.Refer(tx, ours.ID, a.person), "file.other-owner")
			expect(t, file.Refer(tx, mine.ID), "file.other-owner")
			expect(t, file.Refer(tx, "scan-77", a.person), "file.unknown")
			return nil
		})
		a.must(func(tx *store.Tx) error { return a.Withdraw(tx, mine.ID, "错") })
		a.look(func(tx *store.Tx) error { expect(t, file.Refer(tx, mine.ID, a.person), "file.withdrawn"); return nil })
	})
}

func TestLookNeedsAPurpose(t *testing.T) {
	each(t, func(a archive) {
		d := a.filed(a.person, photo)
		look := func(id, purpose string) error {
			return a.do(func(tx *store.Tx) error { _, err := a.Look(tx, id, purpose); return err })
		}
		expect(t, look(d.ID, " "), "file.purpose")
		expect(t, look("gone", "审核"), "file.unknown")
		expect(t, look(d.ID, "审核"), "")
		err := a.store.Read(context.Background(), here, func(tx *store.Tx) error { _, err := a.Look(tx, d.ID, "审核"); return err })
		if err == nil {
			t.Error("a look that leaves no trace was allowed")
		}
	})
}

// Destroying the person's key destroys the photo, in this folder and in every copy.
func TestDestroyedKey(t *testing.T) {
	each(t, func(a archive) {
		mine, ours := a.filed(a.person, photo), a.filed(a.household, scan)
		a.must(func(tx *store.Tx) error { return a.Withdraw(tx, mine.ID, "错") })
		a.must(func(tx *store.Tx) error { return a.log.Destroy(tx, a.person, "保存期满") })
		expect(t, a.do(func(tx *store.Tx) error { _, err := a.Look(tx, mine.ID, "审核"); return err }), "file.destroyed")
		a.look(func(tx *store.Tx) error {
			found, err := a.Of(tx, a.person)
			if len(found) != 1 || !found[0].Destroyed || found[0].Kind+found[0].Name != "" || found[0].Withdrawn == nil || found[0].Withdrawn.Reason != "" {
				t.Errorf("what is left: %+v", found)
			}
			return err
		})
		if content, err := a.content(ours.ID); err != nil || !bytes.Equal(content, scan) {
			t.Errorf("another's document reads %d bytes, %v", len(content), err)
		}
		checked, err := a.verify()
		if err != nil || checked.Documents != 2 || checked.Destroyed != 1 {
			t.Errorf("verified %+v, %v", checked, err)
		}
	})
}

// Whatever is done to a content in the folder, verify finds it with and without keys, and nobody is shown anything else.
func TestVerifyFindsDamage(t *testing.T) {
	each(t, func(a archive) {
		d := a.filed(a.person, bytes.Repeat([]byte("很长的说明。\n"), 10_000))
		e := a.filed(a.household, scan)
		paths := contents(t, a.folder)
		for _, path := range paths {
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			id := d.ID
			if len(whole) < 1000 {
				id = e.ID
			}
			for name, tt := range map[string]struct {
				content []byte
				code    string
			}{
				"removed": {nil, "file.missing"},
				"cut off": {whole[:len(whole)-1], "file.differs"},
				"longer":  {append(slices.Clone(whole), 0), "file.differs"},
				"changed": {func() []byte { b := slices.Clone(whole); b[len(b)/2] ^= 1; return b }(), "file.differs"},
				"exchanged": {func() []byte {
					b, _ := os.ReadFile(paths[0])
					c, _ := os.ReadFile(paths[1])
					return bytes.Replace(append(b, c...), whole, nil, 1)
				}(), "file.differs"},
			} {
				err := os.Remove(path)
				if tt.content != nil {
					err = os.WriteFile(path, tt.content, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				_, err = a.verify()
				if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), id) {
					t.Errorf("%s: %v, want %s of %s", name, err, tt.code, id)
				}
				a.look(func(tx *store.Tx) error {
					_, err := file.Verify(tx, a.Box)
					if fault.CodeOf(err) != tt.code {
						t.Errorf("%s without keys: %v, want %s", name, err, tt.code)
					}
					return nil
				})
				if _, err := a.content(id); fault.CodeOf(err) != tt.code {
					t.Errorf("%s: reading answers %v", name, err)
				}
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := a.verify(); err != nil {
			t.Error(err)
		}
	})
}

// A row that was changed besides the commands is found with keys even where the content is whole.
func TestVerifyFindsAnotherToken(t *testing.T) {
	each(t, func(a archive) {
		a.filed(a.person, photo)
		a.must(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE document SET token = 'other' WHERE county_code = ?1`, here)
			return err
		})
		_, err := a.verify()
		expect(t, err, "file.differs")
	})
}

// Any content comes back as it was, whatever its length is to the blocks it is sealed in.
func TestRoundTrip(t *testing.T) {
	each(t, func(a archive) {
		rapid.Check(t, func(r *rapid.T) {
			length := rapid.OneOf(rapid.IntRange(1, 200), rapid.IntRange(64<<10-2, 64<<10+2), rapid.IntRange(128<<10-2, 128<<10+2)).Draw(r, "length")
			content := bytes.Repeat([]byte(rapid.StringMatching(`[a-z]{7} `).Draw(r, "text")), length/8+1)[:length]
			s, err := a.Store(context.Background(), here, iotest.HalfReader(bytes.NewReader(content)))
			if err != nil {
				r.Fatal(err)
			}
			var d file.Document
			err = a.do(func(tx *store.Tx) (err error) {
				d, err = a.Add(tx, file.Paper{Owner: a.person, Kind: "说明", Name: "a.txt"}, s)
				return err
			})
			if fault.CodeOf(err) == "file.duplicate" {
				return
			}
			if err != nil {
				r.Fatal(err)
			}
			if got, err := a.content(d.ID); err != nil || !bytes.Equal(got, content) {
				r.Errorf("%d bytes came back as %d (%v)", length, len(got), err)
			}
		})
	})
}
