// Package logfile is SQLite's file system with one difference: what a transaction adds to the log is written at once.
//
// SQLite writes each page of its log by two calls of the operating system, one for a header of 24 bytes and one for the page. A company of settlements adds a hundred pages, and those calls took a quarter of
// the writer's time. Here what is written to a log one after the other is gathered, and written before the log is read, before it is waited for, and before anything is said in the memory that
// the connections to a database share; so nobody finds a log that he would not have found otherwise. With synchronous=FULL, as record/store has it, a transaction is gathered until it is to reach the disk, and what goes
// wrong is said there: the transaction fails.
//
// Sources: the interface of file systems of SQLite (sqlite.org/vfs.html) and the format of its log (sqlite.org/walformat.html).
package logfile

import (
	"errors"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite "modernc.org/sqlite/lib"
)

// Name is what a database is opened with, as vfs=doudi, to be written so.
const Name = "doudi"

// room is how many bytes are gathered at most: SQLite takes the length of what is written to a file as 17 bits.
const room = 1<<17 - 1

// Register makes the file system known to SQLite.
var Register = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	usual := sqlite.Xsqlite3_vfs_find(tls, 0)
	ours := allocate[sqlite.Tsqlite3_vfs](tls)
	name, err := libc.CString(Name)
	if err != nil || usual == 0 || ours == 0 {
		return errors.Join(errors.New("SQLite has no file system, or there is no memory for another"), err)
	}
	system := at[sqlite.Tsqlite3_vfs](ours)
	*system = *at[sqlite.Tsqlite3_vfs](usual)
	system.FzName, system.FpAppData, system.FxOpen = name, usual, address(open)
	if code := sqlite.Xsqlite3_vfs_register(tls, ours, 0); code != sqlite.SQLITE_OK {
		return errors.New("SQLite does not take another file system")
	}
	return nil
})

// log is an open log, in SQLite's memory.
type log struct {
	methods  sqlite.Tsqlite3_io_methods // what SQLite calls, which it finds at the beginning
	usual    uintptr                    // what SQLite's own file system does
	file     uintptr
	database database
	from     int64 // where in the log the bytes belong that are not written yet,
	length   int   // and how many they are
	gathered [room]byte
}

// database is the file of the database that a log belongs to. Through it connections share memory.
type database struct {
	methods sqlite.Tsqlite3_io_methods
	usual   uintptr
	file    uintptr
	log     uintptr
}

// What SQLite calls of a file system and of its files.
type (
	openFunc  = func(tls *libc.TLS, system, name, file uintptr, flags int32, opened uintptr) int32
	closeFunc = func(tls *libc.TLS, file uintptr) int32
	bytesFunc = func(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32
	syncFunc  = func(tls *libc.TLS, file uintptr, flags int32) int32
	lockFunc  = func(tls *libc.TLS, file uintptr, first, n, flags int32) int32
	orderFunc = func(tls *libc.TLS, file uintptr)
)

// open opens any file as usual, and stands between SQLite and a log from then on.
func open(tls *libc.TLS, system, name, file uintptr, flags int32, opened uintptr) int32 {
	usual := at[sqlite.Tsqlite3_vfs](system).FpAppData
	code := function[openFunc](at[sqlite.Tsqlite3_vfs](usual).FxOpen)(tls, usual, name, file, flags, opened)
	if code != sqlite.SQLITE_OK || flags&sqlite.SQLITE_OPEN_WAL == 0 {
		return code
	}
	place := allocate[log](tls)
	if place == 0 {
		return sqlite.SQLITE_OK // without memory it is written as usual
	}
	l := at[log](place)
	*l = log{file: file, usual: *methods(file), database: database{log: place, file: sqlite.Xsqlite3_database_file_object(tls, name)}}
	l.methods = *l.own()
	l.methods.FxClose, l.methods.FxRead, l.methods.FxWrite, l.methods.FxSync = address(closing), address(read), address(write), address(toDisk)
	*methods(file) = place
	d := &l.database
	d.usual = *methods(d.file)
	d.methods = *d.own()
	d.methods.FxShmLock, d.methods.FxShmBarrier = address(lock), address(order)
	*methods(d.file) = place + unsafe.Offsetof(l.database)
	return sqlite.SQLITE_OK
}

func (l *log) own() *sqlite.Tsqlite3_io_methods { return at[sqlite.Tsqlite3_io_methods](l.usual) }

func (d *database) own() *sqlite.Tsqlite3_io_methods { return at[sqlite.Tsqlite3_io_methods](d.usual) }

func logOf(file uintptr) *log { return at[log](*methods(file)) }

func databaseOf(file uintptr) *database { return at[database](*methods(file)) }

// write gathers.
func write(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	l := logOf(file)
	if offset != l.from+int64(l.length) || l.length+int(n) > room {
		if code := l.write(tls); code != sqlite.SQLITE_OK {
			return code
		}
		l.from = offset
	}
	if n > room {
		return function[bytesFunc](l.own().FxWrite)(tls, file, bytes, n, offset)
	}
	l.length += copy(l.gathered[l.length:], unsafe.Slice(at[byte](bytes), n))
	return sqlite.SQLITE_OK
}

// write writes what was gathered. What cannot be written is forgotten, as the transaction it belongs to fails.
func (l *log) write(tls *libc.TLS) int32 {
	n := l.length
	if n == 0 {
		return sqlite.SQLITE_OK
	}
	l.length = 0
	code := function[bytesFunc](l.own().FxWrite)(tls, l.file, uintptr(unsafe.Pointer(&l.gathered)), int32(n), l.from)
	l.from += int64(n)
	return code
}

func read(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	l := logOf(file)
	if code := l.write(tls); code != sqlite.SQLITE_OK {
		return code
	}
	return function[bytesFunc](l.own().FxRead)(tls, file, bytes, n, offset)
}

func toDisk(tls *libc.TLS, file uintptr, flags int32) int32 {
	l := logOf(file)
	if code := l.write(tls); code != sqlite.SQLITE_OK {
		return code
	}
	return function[syncFunc](l.own().FxSync)(tls, file, flags)
}

// closing gives log and database back to SQLite's own file system. Nothing is left to be written: who closes has given back his locks.
func closing(tls *libc.TLS, file uintptr) int32 {
	place := *methods(file)
	defer libc.Xfree(tls, place)
	l := at[log](place)
	*methods(l.database.file), *methods(file) = l.database.usual, l.usual
	return function[closeFunc](l.own().FxClose)(tls, file)
}

// lock writes the log before a lock is given back: from then on others may write to the same place of it, even if what stands there was taken back. A lock is given back even if that fails: what reaches
// the disk was written before ([toDisk]), so that only what was taken back is lost.
func lock(tls *libc.TLS, file uintptr, first, n, flags int32) int32 {
	d := databaseOf(file)
	if code := at[log](d.log).write(tls); code != sqlite.SQLITE_OK && flags&sqlite.SQLITE_SHM_UNLOCK == 0 {
		return code
	}
	return function[lockFunc](d.own().FxShmLock)(tls, file, first, n, flags)
}

// order writes the log before anybody is told of it.
func order(tls *libc.TLS, file uintptr) {
	d := databaseOf(file)
	at[log](d.log).write(tls)
	function[orderFunc](d.own().FxShmBarrier)(tls, file)
}

// methods is where SQLite finds the functions of a file.
func methods(file uintptr) *uintptr { return &at[sqlite.Tsqlite3_file](file).FpMethods }

func allocate[T any](tls *libc.TLS) uintptr {
	return libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*new(T))))
}

// at is what stands at an address of SQLite's memory, which Go neither moves nor frees.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// address is where SQLite finds a function of this package, and function what is found there: the driver calls C's functions so.
func address(f any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&f))[1] }

func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{address})) }
