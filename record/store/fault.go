package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"doudi/kernel/fault"
)

// What PostgreSQL calls the conditions we tell apart (appendix A of its manual).
const (
	pgSerialization   = "40001"
	pgDeadlock        = "40P01"
	pgUnknownOutcome  = "40003"
	pgUnique          = "23505"
	pgCanceled        = "57014"
	pgReadOnly        = "25006"
	pgConnectionClass = "08"
	pgResourceClass   = "53" // disk full, out of memory, too many connections
	pgDiskFull        = "53100"
	pgStoppingClass   = "57P"
	pgInternal        = "XX000"
	pgDataCorrupted   = "XX001"
	pgIndexCorrupted  = "XX002"
	pgIOClass         = "58" // the operating system failed the server
)

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// sqliteCode is SQLite's result code, extended; 0 when err is none of SQLite's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// primary is the result code without its extension.
func primary(code int) int { return code & 0xFF }

// IsUnique tells whether a statement was refused because such a row exists already. The transaction is lost with it:
// domain code that expects the case asks first, or inserts with ON CONFLICT DO NOTHING.
func IsUnique(err error) bool {
	code := sqliteCode(err)
	return pgCode(err) == pgUnique || code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// conflicting tells whether another transaction stood in the way; the same one may pass if tried again.
func conflicting(err error) bool {
	switch pgCode(err) {
	case pgSerialization, pgDeadlock:
		return true
	}
	return locked(err)
}

// locked tells whether another process kept a SQLite file to itself for longer than busy_timeout.
func locked(err error) bool {
	code := primary(sqliteCode(err))
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// lost tells whether the conversation with the server broke. What was not committed is not kept.
func lost(err error) bool {
	code := pgCode(err)
	if strings.HasPrefix(code, pgConnectionClass) || strings.HasPrefix(code, pgStoppingClass) {
		return true
	}
	if code != "" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network *net.OpError
	var connecting *pgconn.ConnectError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &network) || errors.As(err, &connecting) || pgconn.SafeToRetry(err)
}

// answered tells whether the database itself refused a commit, so that it is known not to be kept.
func answered(err error) bool {
	if code := pgCode(err); code != "" {
		return code != pgUnknownOutcome && !lost(err)
	}
	return sqliteCode(err) != 0 || errors.Is(err, sql.ErrTxDone)
}

// full tells whether the disk is. SQLite says it in other words of the file that its connections share, which is the first thing a connection writes.
func full(err error) bool {
	code := sqliteCode(err)
	return pgCode(err) == pgDiskFull || primary(code) == sqlite3.SQLITE_FULL || code == sqlite3.SQLITE_IOERR_SHMSIZE
}

func damaged(err error) bool {
	switch pgCode(err) {
	case pgDataCorrupted, pgIndexCorrupted:
		return true
	}
	code := primary(sqliteCode(err))
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// failing tells whether the database is there but not able to work: no access to its file, no memory, no connection left.
func failing(err error) bool {
	switch primary(sqliteCode(err)) {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return true
	}
	code := pgCode(err)
	return strings.HasPrefix(code, pgResourceClass) || strings.HasPrefix(code, pgIOClass) || code == pgInternal
}

// translate turns an error of a database into a fault people can act on. Faults, and errors of the domain, pass.
func translate(err error) error {
	var named *fault.Error
	switch {
	case err == nil, errors.As(err, &named):
		return err
	case errors.Is(err, errUnknown):
		return unavailable("store.outcome-unknown", err, fault.Text{
			ZH: "数据库在提交时失去联系，不知道这次操作是否已保存", EN: "the database went away during the commit; whether this was kept is not known"},
			fault.Text{ZH: "先查看是否已有记录，再决定是否重做", EN: "look whether it is on record before doing it again"})
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), pgCode(err) == pgCanceled, primary(sqliteCode(err)) == sqlite3.SQLITE_INTERRUPT:
		return unavailable("store.timeout", err, fault.Text{ZH: "数据库没有在规定时间内完成，什么都没有保存", EN: "the database did not finish in time; nothing was kept"},
			fault.Text{ZH: "稍后重试；经常出现时请管理员查看数据库负载", EN: "try again later; if it happens often, have the load of the database looked at"})
	case full(err):
		return unavailable("store.disk-full", err, fault.Text{ZH: "数据库所在磁盘已满，什么都没有保存", EN: "the disk of the database is full; nothing was kept"},
			fault.Text{ZH: "请管理员腾出空间后重试，不需要其他处理", EN: "free some space and try again; nothing else is needed"})
	case damaged(err):
		return unavailable("store.damaged", err, fault.Text{ZH: "数据库文件已损坏，或不是数据库", EN: "the database is damaged, or the file is none"},
			fault.Text{ZH: "保留现有文件，用 doudi restore 从备份恢复到新的数据库", EN: "keep the files as they are and restore a backup into a new database with doudi restore"})
	case conflicting(err):
		return busy(err)
	case lost(err), failing(err):
		return unavailable("store.unavailable", err, fault.Text{ZH: "数据库连接不上或无法工作，什么都没有保存", EN: "the database cannot be reached or cannot work; nothing was kept"},
			fault.Text{ZH: "恢复后会自动继续，稍后重试；请管理员检查数据库服务、地址和权限", EN: "work goes on by itself once it is back: try again later; have the service, its address and permissions checked"})
	case pgCode(err) == pgReadOnly:
		return readOnly()
	case connectionRefused(err):
		return unavailable("store.unavailable", err, fault.Text{ZH: "数据库拒绝了连接", EN: "the database refused the connection"},
			fault.Text{ZH: "核对地址里的数据库名、用户和密码", EN: "check the name of the database, the user and the password in its address"})
	}
	return err
}

// connectionRefused knows the classes for a wrong password and an unknown database.
func connectionRefused(err error) bool {
	code := pgCode(err)
	return strings.HasPrefix(code, "28") || strings.HasPrefix(code, "3D")
}

func unavailable(code string, cause error, message, hint fault.Text) error {
	return &fault.Error{Kind: fault.Unavailable, Code: code, Op: "store", Message: message, Hint: hint, Cause: cause}
}

func busy(cause error) error {
	return unavailable("store.busy", cause, fault.Text{ZH: "同一数据正被很多人同时修改，多次尝试仍未轮到，什么都没有保存", EN: "too many are changing the same data at once; after many attempts nothing was kept"},
		fault.Text{ZH: "稍后重试", EN: "try again in a moment"})
}

func readOnly() error {
	return &fault.Error{Kind: fault.Internal, Code: "store.read-only", Op: "store.Read", Message: fault.Text{ZH: "查询中不能写入", EN: "a read cannot write"}}
}

func badDSN() error {
	return &fault.Error{Kind: fault.Invalid, Code: "store.bad-dsn", Op: "store.Open",
		Message: fault.Text{ZH: "数据库地址写法不对", EN: "the address of the database is not understood"},
		Hint:    fault.Text{ZH: "写成 sqlite:文件路径，或 postgres://用户:密码@主机:端口/数据库", EN: "write sqlite:PATH, or postgres://user:password@host:port/database"}}
}

func badCounty(county string) error {
	return &fault.Error{Kind: fault.Invalid, Code: "store.bad-county", Op: "store",
		Message: fault.Text{ZH: "县级区划代码应为六位数字，收到的是" + fault.Quote(county), EN: "the code of a county is six digits, not " + fault.QuoteEN(county)}}
}

func text(zh, en string, args ...any) fault.Text {
	return fault.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}
