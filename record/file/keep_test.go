package file_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"doudi/record/file"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

func TestSweep(t *testing.T) {
	each(t, func(a archive) {
		sweep := func(before time.Time, remove bool) (s file.Swept, err error) {
			a.look(func(tx *store.Tx) error { s, err = a.Box.Sweep(tx, before, remove); return nil })
			return s, err
		}
		now := time.Now()
		later := now.Add(file.Grace + time.Hour)
		a.stored(scan) // a command that was given up
		swept, err := sweep(later.Add(-file.Grace), true)
		if expect(t, err, "file.other-database"); len(swept.Loose) != 1 {
			t.Errorf("a county without documents: %+v", swept)
		}
		d := a.filed(a.person, photo)
		if swept, err := sweep(now.Add(-file.Grace), true); err != nil || swept.Kept != 2 || len(swept.Loose) != 0 {
			t.Errorf("young contents: %+v, %v", swept, err)
		}
		for range 2 { // looking removes nothing
			if swept, err := sweep(later.Add(-file.Grace), false); err != nil || swept.Kept != 1 || len(swept.Loose) != 1 {
				t.Errorf("looked: %+v, %v", swept, err)
			}
		}
		if swept, err := sweep(later.Add(-file.Grace), true); err != nil || len(swept.Loose) != 1 {
			t.Errorf("swept: %+v, %v", swept, err)
		}
		if swept, err := sweep(later.Add(-file.Grace), true); err != nil || swept.Kept != 1 || len(swept.Loose) != 0 {
			t.Errorf("swept again: %+v, %v", swept, err)
		}
		if content, err := a.content(d.ID); err != nil || !bytes.Equal(content, photo) {
			t.Errorf("after the sweep %d bytes, %v", len(content), err)
		}
	})
}

func TestCopy(t *testing.T) {
	each(t, func(a archive) {
		a.filed(a.person, photo)
		a.filed(a.household, scan)
		elsewhere := filepath.Join(t.TempDir(), "copy")
		other := file.NewBox(elsewhere)
		copyTo := func() (c file.Copied, err error) {
			a.look(func(tx *store.Tx) error { c, err = a.Box.CopyTo(tx, other); return nil })
			return c, err
		}
		if c, err := copyTo(); err != nil || c.Documents != 2 || c.Written != 2 || c.Bytes == 0 {
			t.Errorf("copied %+v, %v", c, err)
		}
		if c, err := copyTo(); err != nil || c.Documents != 2 || c.Written != 0 {
			t.Errorf("copied again %+v, %v", c, err)
		}
		copies := contents(t, elsewhere)
		if err := os.WriteFile(copies[0], []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := copyTo(); err != nil || c.Written != 1 {
			t.Errorf("a damaged copy was not replaced: %+v, %v", c, err)
		}
		for _, path := range contents(t, a.folder) { // what is lost here comes back from there
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(copies[0]); err != nil {
			t.Fatal(err)
		}
		_, err := copyTo()
		expect(t, err, "file.missing")
		a.look(func(tx *store.Tx) error {
			_, err := other.CopyTo(tx, a.Box)
			expect(t, err, "file.missing")
			return nil
		})
	})
}

// The same in S3-compatible storage, over HTTP.
func TestBucket(t *testing.T) {
	storage := s3mem.New()
	if err := storage.CreateBucket("evidence"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(storage).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	address := "s3://evidence?region=cn-north-1&use_path_style=true&prefix=county/&endpoint=" + url.QueryEscape(server.URL)
	a := open(t, storetest.Open(t, storetest.SQLite(t)), address)

	d := a.filed(a.person, bytes.Repeat(photo, 1000))
	content, err := a.content(d.ID)
	if err != nil || !bytes.Equal(content, bytes.Repeat(photo, 1000)) {
		t.Errorf("read %d bytes, %v", len(content), err)
	}
	if checked, err := a.verify(); err != nil || checked.Documents != 1 {
		t.Errorf("verified %+v, %v", checked, err)
	}
	other := file.NewBox(t.TempDir())
	a.look(func(tx *store.Tx) error {
		c, err := a.Box.CopyTo(tx, other)
		if c.Written != 1 {
			t.Errorf("copied %+v", c)
		}
		return err
	})
	a.stored(scan)
	a.look(func(tx *store.Tx) error {
		swept, err := a.Box.Sweep(tx, time.Now().Add(time.Hour), true)
		if swept.Kept != 1 || len(swept.Loose) != 1 {
			t.Errorf("swept %+v", swept)
		}
		return err
	})
	server.Close()
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // it would try again for a while
	defer cancel()
	_, err = a.Store(soon, here, bytes.NewReader(photo))
	expect(t, err, "file.unavailable")
}
