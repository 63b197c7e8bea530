package audit

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// china is the time by which a month begins: UTC+8, without daylight saving.
var china = time.FixedZone("UTC+8", 8*60*60)

// Month is what a monthly seal says, as it stands in its file. The file is one JSON document:
//
//	{"form":"doudi monthly seal 1","county":…,"month":"2026-03","before":{a seal},"seals":[{a seal with "digests" of its entries},…]}
//
// “before” is the last seal of the months before, with batch 0 and empty texts when there is none.
type Month struct {
	Form   string        `json:"form"`
	County string        `json:"county"`
	Month  string        `json:"month"` // 2026-03, by Chinese time of the seals
	Before Sealed        `json:"before"`
	Seals  []MonthSealed `json:"seals"`
}

// MonthSealed is a seal with what it covers.
type MonthSealed struct {
	Sealed
	Digests []string `json:"digests"` // of its entries, in order
}

const monthForm = "doudi monthly seal 1"

// Last is the last seal of the month; that of before when the month has none. Its digest is what the auditor notes down.
func (m *Month) Last() Sealed {
	if len(m.Seals) == 0 {
		return m.Before
	}
	return m.Seals[len(m.Seals)-1].Sealed
}

// Entries is how many entries the month's seals cover.
func (m *Month) Entries() int64 {
	total := int64(0)
	for _, s := range m.Seals {
		total += s.Entries
	}
	return total
}

// Export writes the monthly seal of the transaction's county. The month, 2026-03, must be over at now, and its entries must all be
// sealed: a later export of the same month would say more otherwise.
func Export(tx *store.Tx, month string, now time.Time, to io.Writer) (*Month, error) {
	first, err := time.ParseInLocation("2006-01", month, china)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "audit.bad-month", Op: "audit.Export", Cause: err,
			Message: say("月份应写成 2026-03，收到的是%s", "a month is written 2026-03, not %s", fault.Quote(month))}
	}
	from, until := store.FormatInstant(first), store.FormatInstant(first.AddDate(0, 1, 0))
	if store.FormatInstant(now) < until {
		return nil, notOver(month)
	}
	if err := noTail(tx, until); err != nil {
		return nil, err
	}
	m := &Month{Form: monthForm, County: tx.County, Month: month}
	m.Before, err = scan(tx.QueryRow(sealColumns+`AND instant < ?2 ORDER BY batch DESC LIMIT 1`, tx.County, from))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err := m.collect(tx, until); err != nil {
		return nil, err
	}
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", " ")
	return m, encoder.Encode(m)
}

// collect reads the month's seals; they follow each other in the chain because instants of seals never go back.
func (m *Month) collect(tx *store.Tx, until string) error {
	for {
		list, err := seals(tx, m.Last().Batch+1, 100)
		if err != nil {
			return err
		}
		for _, s := range list {
			if s.Instant >= until {
				return nil
			}
			digests, err := digestsOf(tx, s.Batch)
			if err != nil {
				return err
			}
			m.Seals = append(m.Seals, MonthSealed{s, digests})
		}
		if len(list) == 0 {
			return nil
		}
	}
}

// digestsOf are the digests of the entries that a seal covers, in its order.
func digestsOf(tx *store.Tx, batch int64) ([]string, error) {
	return store.All(tx, store.Text, `SELECT e.digest FROM audit_link l JOIN audit_entry e ON e.county_code = l.county_code AND e.entry_id = l.entry_id
		WHERE l.county_code = ?1 AND l.batch = ?2 ORDER BY l.position`, tx.County, batch)
}

// noTail refuses a month of which entries wait for a seal.
func noTail(tx *store.Tx, until string) error {
	var waiting int64
	err := tx.QueryRow(`SELECT COUNT(*) FROM audit_tail t JOIN audit_entry e ON e.county_code = t.county_code AND e.entry_id = t.entry_id
		WHERE t.county_code = ?1 AND e.instant < ?2`, tx.County, until).Scan(&waiting)
	if err != nil || waiting == 0 {
		return err
	}
	return &fault.Error{Kind: fault.Conflict, Code: "audit.not-sealed", Op: "audit.Export",
		Message: say("还有 %d 条记录待封存", "%d entries are not sealed yet", waiting),
		Hint:    fault.Text{ZH: "先运行 doudi seal", EN: "run doudi seal first"}}
}

func notOver(month string) error {
	return &fault.Error{Kind: fault.Conflict, Code: "audit.month-not-over", Op: "audit.Export", Message: say("%s 还没有结束", "%s is not over", month),
		Hint: fault.Text{ZH: "下月再导出", EN: "export it next month"}}
}

// CheckOffline reads a monthly seal and recomputes every digest in it, without a database.
func CheckOffline(from io.Reader) (*Month, error) {
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	m := &Month{}
	if err := decoder.Decode(m); err != nil {
		return nil, notMonth(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, notMonth(err)
	}
	if m.Form != monthForm {
		return nil, notMonth(fmt.Errorf("form %q", m.Form))
	}
	previous := m.Before
	if previous.Batch > 0 && previous.digest(m.County) != previous.Digest {
		return nil, changed(nil, "上月末的封存被改动", "the last seal before the month was changed")
	}
	for _, s := range m.Seals {
		if err := follows(m.County, previous, s.Sealed); err != nil {
			return nil, err
		}
		if int64(len(s.Digests)) != s.Entries || digest(s.Digests...) != s.EntriesDigest {
			return nil, changed(nil, "第 %d 批封存的记录有增减或调换", "entries were added to, removed from or moved in batch %d", s.Batch)
		}
		previous = s.Sealed
	}
	return m, nil
}

func notMonth(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "audit.not-month", Op: "audit.CheckOffline", Cause: cause,
		Message: fault.Text{ZH: "这不是月度封存文件，或文件不完整", EN: "this is no monthly seal, or it is not whole"}}
}

// Follows checks that the month comes after an earlier one of the same county and continues it: no seal lies between them and
// none was replaced.
func (m *Month) Follows(earlier *Month) error {
	if m.County != earlier.County || m.Month <= earlier.Month || m.Before != earlier.Last() {
		return changed(nil, "%s 的封存与 %s 的接不上", "the seal of %s does not continue that of %s", m.Month, earlier.Month)
	}
	return nil
}

// Matches checks that the database still tells what the file tells: that the chain was not written anew since.
func (m *Month) Matches(tx *store.Tx) error {
	last := m.Last()
	if last.Batch == 0 {
		return nil
	}
	there, err := scan(tx.QueryRow(sealColumns+`AND batch = ?2`, tx.County, last.Batch))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if there != last {
		return changed(nil, "数据库第 %d 批与 %s 的封存文件不同", "batch %d of the database differs from the sealed file of %s", last.Batch, m.Month)
	}
	return nil
}
