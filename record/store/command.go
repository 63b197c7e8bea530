package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
)

const longestKey = 200

func (c Command) check() error {
	wrong := ""
	switch {
	case !isCounty(c.County):
		return badCounty(c.County)
	case c.Name == "":
		wrong = "name"
	case c.Actor.ID == "":
		wrong = "actor"
	case c.Instant.IsZero():
		wrong = "instant"
	case len(c.Key) > longestKey:
		wrong = "key"
	default:
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Code: "store.command-invalid", Op: "store.Write",
		Message: fault.Text{ZH: "命令缺少或写错了 " + wrong, EN: "the command's " + wrong + " is missing or not usable"}}
}

func isCounty(code string) bool {
	if len(code) != 6 {
		return false
	}
	for _, c := range []byte(code) {
		if c < '0' || '9' < c {
			return false
		}
	}
	return true
}

// digest is what a key stands for: who asked for what. Lengths stand before the parts, so that no two commands look alike.
func (c Command) digest() string {
	h := sm3.New()
	for _, part := range [][]byte{[]byte(c.Name), []byte(c.Actor.ID), c.Content} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// replay looks, after a command failed, whether that was because its key had been used: the answer is then the one kept, or that the key
// stands for something else. A first look before every command would cost more than doing the few repeated ones in vain.
func (s *Store) replay(ctx context.Context, c Command, failed error) (outcome Outcome, done bool, err error) {
	if c.Key == "" || conflicting(failed) || lost(failed) || ctx.Err() != nil {
		return Outcome{}, false, nil
	}
	err = s.Read(ctx, c.County, func(t *Tx) (err error) {
		outcome, done, err = t.replayed(c)
		return err
	})
	return outcome, done || err != nil && fault.CodeOf(err) == keyReused, err
}

const keyReused = "store.key-reused"

// replayed is what the command answered, if the key has been used in this county.
func (t *Tx) replayed(c Command) (Outcome, bool, error) {
	var digest, result string
	err := t.QueryRow(`SELECT content_digest, result FROM command WHERE county_code = ?1 AND command_key = ?2`, c.County, c.Key).Scan(&digest, &result)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Outcome{}, false, nil
	case err != nil:
		return Outcome{}, false, err
	case digest != c.digest():
		return Outcome{}, false, &fault.Error{Kind: fault.Conflict, Code: keyReused, Op: c.Name,
			Message: fault.Text{ZH: "幂等键" + fault.Quote(c.Key) + "已用于另一个内容不同的请求，本次没有执行", EN: "the idempotency key " + fault.QuoteEN(c.Key) + " stands for another request already; this one was not done"},
			Hint:    fault.Text{ZH: "新的请求用新的键；重发原请求须内容完全相同", EN: "use a new key for a new request; to repeat one, send exactly the same content"}}
	}
	return Outcome{Result: json.RawMessage(result), Replayed: true}, true, nil
}

// errDone says that somebody else has used the key.
var errDone = errors.New("store: the key has been used")

// keep keeps what a command answered under its key.
func (t *Tx) keep(c Command, result []byte) error {
	return t.Later(func(added int64) error {
		if added == 0 {
			return errDone
		}
		return nil
	}, `INSERT INTO command (county_code, command_key, name, content_digest, result, instant) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`,
		c.County, c.Key, c.Name, c.digest(), string(result), FormatInstant(c.Instant))
}

// lanes let the commands of a county that met a conflict go one after the other within this process, so that each gets its
// turn instead of all disturbing one another again. Commands without a conflict never wait here.
type lanes struct{ open chan map[string]chan struct{} }

func newLanes() *lanes {
	l := &lanes{make(chan map[string]chan struct{}, 1)}
	l.open <- map[string]chan struct{}{}
	return l
}

// of is the lane of the county: a channel with room for the one that drives on it.
func (l *lanes) of(county string) chan struct{} {
	all := <-l.open
	defer func() { l.open <- all }()
	if all[county] == nil {
		all[county] = make(chan struct{}, 1)
	}
	return all[county]
}

// lane is one command's place.
type lane struct {
	lanes  *lanes
	county string
	inside bool
}

func (l *lane) enter(ctx context.Context) error {
	if l.inside {
		return nil
	}
	select {
	case l.lanes.of(l.county) <- struct{}{}:
		l.inside = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lane) leave() {
	if l.inside {
		<-l.lanes.of(l.county)
	}
}
