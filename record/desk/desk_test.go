package desk_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doudi/kernel/fault"
	"doudi/record/dated"
	"doudi/record/desk"
	"doudi/record/recordtest"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

const (
	county = "999901"
	form   = "/admin/staff/new"
)

var now = time.Date(2021, 11, 8, 2, 0, 0, 0, time.UTC)

// world is a county with desks.
type world struct {
	*testing.T
	store *store.Store
	desks *desk.Desks
}

func each(t *testing.T, test func(w world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		test(world{t, s, desk.New(dated.CipherOf(recordtest.Log()))})
	})
}

// do runs a command at an instant, under a key unless that is "".
func (w world) do(at time.Time, key string, do func(tx *store.Tx) error) {
	w.Helper()
	_, err := w.store.Write(context.Background(), store.Command{Name: "test", Key: key, County: county, Actor: store.Actor{ID: "a", Name: "孙倩"}, Instant: at},
		func(tx *store.Tx) (any, error) { return nil, do(tx) })
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"))
	}
}

func (w world) keep(at time.Time, account string, d desk.Draft) {
	w.Helper()
	w.do(at, "", func(tx *store.Tx) error { return w.desks.Keep(tx, account, d) })
}

// kept are an account's drafts with what was typed.
func (w world) kept(at time.Time, account string) (list []desk.Draft) {
	w.Helper()
	w.do(at, "", func(tx *store.Tx) (err error) {
		if list, err = w.desks.Drafts(tx, account, at); err != nil {
			return err
		}
		for i := range list {
			if err := w.desks.Open(tx, account, &list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return list
}

func typed(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func TestKeep(t *testing.T) {
	each(t, func(w world) {
		w.keep(now, "sun", desk.Draft{Form: form, Key: "k1", Fields: typed("name", "何", "note", "𠮷\n第二行", "note", "再")})
		w.keep(now.Add(time.Minute), "sun", desk.Draft{Form: form, Key: "k1", Fields: typed("name", "何新")})
		w.keep(now, "sun", desk.Draft{Form: "/runs/1/approve", Key: "k2", Fields: typed("reason", "<script>'; --")})
		want := []desk.Draft{{Form: form, Key: "k1", Saved: now.Add(time.Minute), Fields: typed("name", "何新")},
			{Form: "/runs/1/approve", Key: "k2", Saved: now, Fields: typed("reason", "<script>'; --")}}
		if diff := cmp.Diff(want, w.kept(now, "sun")); diff != "" {
			w.Error(diff)
		}
		if others := w.kept(now, "zhou"); len(others) != 0 {
			w.Errorf("somebody else has %v", others)
		}
		w.do(now, "", func(tx *store.Tx) error {
			return errors.Join(w.desks.Drop(tx, "sun", form), w.desks.Drop(tx, "sun", form))
		})
		if list := w.kept(now, "sun"); len(list) != 1 {
			w.Errorf("after throwing one away: %v", list)
		}
	})
}

// What lies in the database cannot be read there, and not as another account's.
func TestSealed(t *testing.T) {
	each(t, func(w world) {
		w.keep(now, "sun", desk.Draft{Form: form, Key: "k1", Fields: typed("name", "何新")})
		w.keep(now, "zhou", desk.Draft{Form: form, Key: "k2", Fields: typed("name", "周")})
		w.do(now, "", func(tx *store.Tx) error {
			var sealed string
			if err := tx.QueryRow(`SELECT sealed FROM desk_draft WHERE county_code = ?1 AND account_id = ?2`, county, "sun").Scan(&sealed); err != nil {
				return err
			}
			if strings.Contains(sealed, "何新") {
				w.Error("what was typed lies open")
			}
			_, err := tx.Exec(`UPDATE desk_draft SET sealed = ?2 WHERE county_code = ?1 AND account_id = 'zhou'`, county, sealed)
			if err != nil {
				return err
			}
			d := desk.Draft{Form: form}
			if err := w.desks.Open(tx, "zhou", &d); fault.CodeOf(err) != "audit.changed" {
				w.Errorf("another's draft: %v, %v", d, err)
			}
			return nil
		})
	})
}

// A draft is over when its form was sent, even if the page keeps it once more afterwards; and when nobody touches it.
func TestOver(t *testing.T) {
	each(t, func(w world) {
		w.keep(now, "sun", desk.Draft{Form: form, Key: "k1", Fields: typed("name", "何新")})
		w.do(now, "k1", func(tx *store.Tx) error { return nil })
		if list := w.kept(now, "sun"); len(list) != 0 {
			w.Errorf("sent and still there: %v", list)
		}
		w.keep(now, "sun", desk.Draft{Form: form, Key: "k1", Fields: typed("name", "何新")})
		if list := w.kept(now, "sun"); len(list) != 0 {
			w.Errorf("came late and was kept: %v", list)
		}
		w.keep(now, "sun", desk.Draft{Form: form, Key: "k2", Fields: typed("name", "何新")})
		if n := len(w.kept(now.Add(desk.Lasting), "sun")); n != 1 {
			w.Errorf("%d drafts on the last day, want 1", n)
		}
		if list := w.kept(now.Add(desk.Lasting+time.Second), "sun"); len(list) != 0 {
			w.Errorf("too old and still there: %v", list)
		}
		w.keep(now.Add(desk.Lasting+time.Second), "zhou", desk.Draft{Form: form, Key: "k3", Fields: typed("name", "周")})
		w.do(now, "", func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow(`SELECT COUNT(*) FROM desk_draft WHERE county_code = ?1`, county).Scan(&n)
			if n != 1 {
				w.Errorf("%d rows, want the new one alone", n)
			}
			return err
		})
	})
}

func TestBounds(t *testing.T) {
	each(t, func(w world) {
		for i := range 45 {
			w.keep(now.Add(time.Duration(i)*time.Second), "sun", desk.Draft{Form: fmt.Sprint("/f/", i), Key: fmt.Sprint("k", i), Fields: typed("name", "何")})
		}
		list := w.kept(now, "sun")
		if len(list) != 40 || list[0].Form != "/f/44" || list[39].Form != "/f/5" {
			w.Errorf("%d drafts", len(list))
		}
		for _, d := range []desk.Draft{{Form: form, Fields: typed("name", strings.Repeat("何", 100_000))}, {Form: "/" + strings.Repeat("f", 500)}} {
			_, err := w.store.Write(context.Background(), store.Command{Name: "test", County: county, Actor: store.Actor{ID: "a"}, Instant: now}, func(tx *store.Tx) (any, error) {
				return nil, w.desks.Keep(tx, "sun", d)
			})
			if fault.CodeOf(err) != "desk.too-much" {
				w.Errorf("too much: %v", err)
			}
		}
	})
}

func TestSize(t *testing.T) {
	each(t, func(w world) {
		w.do(now, "", func(tx *store.Tx) error {
			if err := w.desks.SetSize(tx, "sun", "huge"); fault.CodeOf(err) != "desk.size" {
				w.Errorf("huge: %v", err)
			}
			if size, err := w.desks.Size(tx, "sun"); size != desk.Normal || err != nil {
				w.Errorf("at first %s, %v", size, err)
			}
			for _, size := range []string{desk.Large, desk.Normal, desk.Large} {
				if err := w.desks.SetSize(tx, "sun", size); err != nil {
					return err
				}
				if got, err := w.desks.Size(tx, "sun"); got != size || err != nil {
					w.Errorf("set to %s: %s, %v", size, got, err)
				}
			}
			if size, err := w.desks.Size(tx, "zhou"); size != desk.Normal || err != nil {
				w.Errorf("somebody else: %s, %v", size, err)
			}
			return nil
		})
	})
}

// What somebody has taken note of is theirs alone, and is kept for a year.
func TestSeen(t *testing.T) {
	each(t, func(w world) {
		seen := func(account string) (list map[string]bool) {
			w.do(now, "", func(tx *store.Tx) (err error) {
				list, err = w.desks.Seen(tx, account)
				return err
			})
			return list
		}
		w.do(now, "", func(tx *store.Tx) error {
			for _, wrong := range []string{"", strings.Repeat("x", 201)} {
				if err := w.desks.Saw(tx, "sun", wrong); fault.CodeOf(err) != "desk.seen" {
					w.Errorf("%q: %v", wrong, err)
				}
			}
			return errors.Join(w.desks.Saw(tx, "sun", "/runs/1 void"), w.desks.Saw(tx, "sun", "/runs/1 void"))
		})
		if list := seen("sun"); len(list) != 1 || !list["/runs/1 void"] || len(seen("zhou")) != 0 {
			w.Errorf("seen %v, by somebody else %v", list, seen("zhou"))
		}
		w.do(now.Add(desk.SeenFor+time.Hour), "", func(tx *store.Tx) error { return w.desks.Saw(tx, "sun", "/runs/2 void") })
		if list := seen("sun"); len(list) != 1 || !list["/runs/2 void"] {
			w.Errorf("a year later %v", list)
		}
	})
}
