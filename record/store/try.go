package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite/lib"

	"doudi/kernel/fault"
)

// tryTime is how long a database is waited for when it is tried.
const tryTime = 10 * time.Second

// pgNoPermission is PostgreSQL's refusal of what the user may not do.
const pgNoPermission = "42501"

// Try connects to a database, tries whether tables can be made in it, and tells at which step its tables are, 0 for none. Of a SQLite database the folder is made. What stands in the
// way is told for whoever sets an office up, part by part of the address. Codes: store.bad-dsn; store.try for what somebody can mend; store.try-foreign where another program's tables
// are.
func Try(ctx context.Context, dsn string) (have int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	if path, isFile := strings.CutPrefix(dsn, "sqlite:"); isFile {
		path, _, _ = strings.Cut(path, "?")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return 0, fileTrouble(path, err)
		}
	}
	s, err := Connect(ctx, dsn)
	if err != nil {
		return 0, explained(dsn, err)
	}
	have, err = s.tried(ctx)
	if err != nil {
		err = explained(dsn, err)
	}
	return have, errors.Join(err, s.Close())
}

// tried makes a table and thinks better of it.
func (s *Store) tried(ctx context.Context) (have int64, err error) {
	have, want, err := s.Version(ctx)
	if err != nil {
		return 0, err
	}
	if have > want {
		return 0, newer(have, want)
	}
	if have == 0 {
		if err := s.refuseForeign(ctx); err != nil {
			return 0, err
		}
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `CREATE TABLE doudi_try (county_code TEXT)`)
	if undone := tx.Rollback(); err == nil && !errors.Is(undone, sql.ErrTxDone) {
		err = undone
	}
	return have, err
}

// refuseForeign refuses a database without our tables that has others.
func (s *Store) refuseForeign(ctx context.Context) error {
	tables := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'`
	if s.dialect.name == postgresName {
		tables = `SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema()`
	}
	var there int
	if err := s.reader.QueryRowContext(ctx, tables).Scan(&there); err != nil || there == 0 {
		return err
	}
	return &fault.Error{Kind: fault.Conflict, Code: "store.try-foreign", Op: "store.Try", Message: text("这个数据库里有别的程序的 %d 张表，没有动它", "this database holds %d tables of another program; it was left as it is", there),
		Hint: fault.Text{ZH: "给兜底单独建一个空数据库，再写它的地址", EN: "make an empty database for doudi alone, and name that"}}
}

// explained puts what stands in the way of a database into words that name the part of its address to look at.
func explained(dsn string, err error) error {
	if path, isFile := strings.CutPrefix(dsn, "sqlite:"); isFile {
		path, _, _ = strings.Cut(path, "?")
		return fileTrouble(path, err)
	}
	if fault.CodeOf(err) == "store.bad-dsn" || fault.CodeOf(err) == "store.schema-newer" || fault.CodeOf(err) == "store.try-foreign" {
		return err
	}
	config, broken := pgx.ParseConfig(dsn)
	if broken != nil {
		return badDSN()
	}
	return serverTrouble(config, err)
}

// cannotUse is a database that was tried in vain.
func cannotUse(cause error, message, hint fault.Text) error {
	return &fault.Error{Kind: fault.Invalid, Code: "store.try", Op: "store.Try", Cause: cause, Message: message, Hint: hint}
}

// serverTrouble tells why a PostgreSQL server did not take us.
func serverTrouble(c *pgx.ConnConfig, err error) error {
	var unknown *net.DNSError
	var network net.Error
	code := pgCode(err)
	switch {
	case errors.As(err, &unknown):
		return cannotUse(err, text("找不到主机 %s", "the host %s is not known", c.Host), fault.Text{ZH: "核对主机名，或直接写 IP 地址", EN: "check its name, or write its IP address"})
	case errors.Is(err, syscall.ECONNREFUSED):
		return cannotUse(err, text("主机 %s 的 %d 端口上没有数据库在工作", "no database answers at %s, port %d", c.Host, c.Port),
			fault.Text{ZH: "启动 PostgreSQL（systemctl start postgresql），核对端口；在别的机器上时，还要让它接受外来连接（listen_addresses）", EN: "start PostgreSQL (systemctl start postgresql) and check the port; on another machine it must also accept connections from outside (listen_addresses)"})
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return cannotUse(err, text("主机 %s 在 10 秒内没有回应", "the host %s did not answer within 10 seconds", c.Host), fault.Text{ZH: "核对地址，以及中间的防火墙是否放行", EN: "check the address, and whether a firewall lets us through"})
	case strings.HasPrefix(code, "28"):
		return cannotUse(err, text("数据库不让用户 %s 进：密码不对，或没有这个用户", "the database does not let the user %s in: the password is wrong, or there is no such user", c.User),
			fault.Text{ZH: "核对用户和密码；都对时看服务器的 pg_hba.conf", EN: "check user and password; if both are right look at the server's pg_hba.conf"})
	case strings.HasPrefix(code, "3D"):
		return cannotUse(err, text("没有数据库 %s", "there is no database %s", c.Database), text("先建一个：createdb -O %s %s", "make it first: createdb -O %s %s", c.User, c.Database))
	case code == pgNoPermission:
		return cannotUse(err, text("用户 %s 不能在数据库 %s 里建表", "the user %s may not make tables in the database %s", c.User, c.Database),
			text("让这个用户成为数据库的所有者：ALTER DATABASE %s OWNER TO %s", "let that user own the database: ALTER DATABASE %s OWNER TO %s", c.Database, c.User))
	case noEncryption(err):
		return cannotUse(err, text("主机 %s 的数据库不加密传输", "the database at %s does not encrypt what is sent", c.Host),
			fault.Text{ZH: "只在同一台机器上时，可以在连接串末尾加 ?sslmode=disable；否则先给服务器装证书", EN: "on the same machine alone put ?sslmode=disable behind the address; otherwise give the server a certificate first"})
	case full(err):
		return translate(err)
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) || lost(err) || fault.CodeOf(err) != "" {
		return cannotUse(err, text("连不上主机 %s 上的数据库 %s", "the database %[2]s at %[1]s cannot be reached", c.Host, c.Database), fault.Text{ZH: "核对连接串的每一部分，问数据库管理员", EN: "check each part of the address, and ask whoever runs the database"})
	}
	return translate(err)
}

func noEncryption(err error) bool {
	var connecting *pgconn.ConnectError
	return errors.As(err, &connecting) && strings.Contains(connecting.Error(), "refused TLS connection")
}

// fileTrouble tells why a SQLite file cannot be made or used.
func fileTrouble(path string, err error) error {
	folder := filepath.Dir(path)
	code := primary(sqliteCode(err))
	switch {
	case fault.CodeOf(err) == "store.schema-newer", fault.CodeOf(err) == "store.try-foreign", fault.CodeOf(err) == "store.bad-dsn":
		return err
	case errors.Is(err, syscall.ENOSPC), full(err):
		return cannotUse(err, text("%s 所在的磁盘满了", "the disk of %s is full", folder), fault.Text{ZH: "腾出空间，或换一块盘上的目录", EN: "free some space, or name a folder on another disk"})
	case damaged(err):
		return cannotUse(err, text("%s 不是数据库，没有动它", "%s is no database; it was left as it is", path), fault.Text{ZH: "换一个文件名", EN: "name another file"})
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), code == sqlite3.SQLITE_CANTOPEN, code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_PERM:
		return cannotUse(err, text("不能在 %s 里写文件", "no file can be written in %s", folder), fault.Text{ZH: "换一个目录，或让运行 doudi 的用户成为它的所有者", EN: "name another folder, or let the user who runs doudi own it"})
	case locked(err):
		return cannotUse(err, text("%s 正被另一个程序占着", "%s is in use by another program", path), fault.Text{ZH: "关掉另一个 doudi，再试一次", EN: "end the other doudi and try again"})
	}
	return translate(err)
}
