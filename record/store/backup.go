package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"doudi/kernel/fault"
)

// Copied is what a backup holds, or what was restored from one.
type Copied struct {
	Made   time.Time        // instant of the backup
	Schema int64            // number of the last step of the tables
	Rows   map[string]int64 // of each table
}

// A backup's content is, compressed, for each table a line {"table":…,"columns":[…]}, a line per row, and a line
// {"rows":…,"digest":…}; at the end an empty line.

// Backup writes everything into the file, which must not exist, while others go on working, and reads it back. The file
// appears under its name only when it is whole. Whoever loses the passphrase loses the backup.
func (s *Store) Backup(ctx context.Context, file, passphrase string, made time.Time) (Copied, error) {
	if passphrase == "" {
		return Copied{}, noPassphrase()
	}
	if _, err := os.Lstat(file); err == nil {
		return Copied{}, &fault.Error{Kind: fault.Conflict, Code: "store.backup-exists", Op: "store.Backup",
			Message: text("文件 %s 已存在，没有覆盖", "the file %s exists and was not overwritten", file),
			Hint:    fault.Text{ZH: "换一个文件名", EN: "use another name"}}
	}
	partial := file + ".partial"
	written, err := s.writeBackup(ctx, partial, passphrase, made)
	if err == nil {
		var read Copied
		if read, err = CheckBackup(partial, passphrase); err == nil && !sameRows(read.Rows, written.Rows) {
			err = damagedBackup(nil, "读回的行数与写入的不同", "it does not read back as many rows as were written")
		}
	}
	if err != nil {
		_ = os.Remove(partial) // what is left of a failed backup is no use, and perhaps no file
		return Copied{}, translate(unwritable(err))
	}
	return written, unwritable(errors.Join(os.Rename(partial, file), syncFolder(file)))
}

func sameRows(a, b map[string]int64) bool {
	for name := range a {
		if a[name] != b[name] {
			return false
		}
	}
	return len(a) == len(b)
}

// writeBackup writes the file and waits until the disk has it.
func (s *Store) writeBackup(ctx context.Context, name, passphrase string, made time.Time) (Copied, error) {
	have, _, err := s.Version(ctx)
	if err != nil {
		return Copied{}, err
	}
	h, err := newHead(made, have)
	if err != nil {
		return Copied{}, err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return Copied{}, err
	}
	copied := Copied{Made: made, Schema: have}
	err = s.pour(ctx, file, passphrase, h, &copied)
	return copied, errors.Join(err, file.Sync(), file.Close())
}

// pour writes the content through its layers: lines, compressed, encrypted.
func (s *Store) pour(ctx context.Context, to io.Writer, passphrase string, h head, copied *Copied) error {
	buffered := bufio.NewWriterSize(to, blockSize)
	sealed, err := newSealer(buffered, passphrase, h)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(sealed)
	begun, err := s.begin(ctx, s.reader, s.snapshot())
	if err != nil {
		return err
	}
	defer begun.end()
	if copied.Rows, err = s.dump(ctx, begun.tx, packed); err != nil {
		return err
	}
	return errors.Join(packed.Close(), sealed.Close(), buffered.Flush())
}

// dump writes the lines of all tables and answers how many rows each has.
func (s *Store) dump(ctx context.Context, tx *sql.Tx, to io.Writer) (map[string]int64, error) {
	tables, err := s.tables(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows := map[string]int64{}
	for _, t := range append(tables, jobTable) {
		title, err := jsonLine(t)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(append(title, '\n')); err != nil {
			return nil, err
		}
		total := newSumming()
		err = s.eachRow(ctx, tx, t, func(line []byte) error {
			total.add(line)
			_, err := to.Write(append(line, '\n'))
			return err
		})
		if err != nil {
			return nil, err
		}
		end, err := jsonLine(total.sum())
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(append(end, '\n')); err != nil {
			return nil, err
		}
		rows[t.Name] = total.rows
	}
	_, err = to.Write([]byte("\n"))
	return rows, err
}

// CheckBackup reads a whole backup and proves that it is as it was written.
func CheckBackup(file, passphrase string) (Copied, error) {
	return readBackup(file, passphrase, func(table, []byte) error { return nil }, func(table, sum) error { return nil })
}

// readBackup hands over each row, and each table's sum after its rows have been compared with it.
func readBackup(name, passphrase string, row func(table, []byte) error, end func(table, sum) error) (Copied, error) {
	if passphrase == "" {
		return Copied{}, noPassphrase()
	}
	file, err := os.Open(name)
	if err != nil {
		return Copied{}, &fault.Error{Kind: fault.NotFound, Code: "file.unreadable", Op: "store.Restore", Cause: err,
			Message: text("读不到文件 %s", "cannot read the file %s", name), Hint: fault.Text{ZH: "核对路径和权限", EN: "check the path and its permissions"}}
	}
	defer func() { _ = file.Close() }() // only read
	opened, err := newOpener(bufio.NewReaderSize(file, blockSize), passphrase)
	if err != nil {
		return Copied{}, err
	}
	copied := Copied{Schema: opened.head.Schema, Rows: map[string]int64{}}
	if copied.Made, err = ParseInstant(opened.head.Made); err != nil {
		return Copied{}, notBackup(err)
	}
	unpacked, err := gzip.NewReader(opened)
	if err != nil {
		return Copied{}, broken(err)
	}
	lines := bufio.NewReader(unpacked)
	for {
		done, err := readTable(lines, copied.Rows, row, end)
		if err != nil {
			return Copied{}, err
		}
		if done {
			return copied, drained(lines)
		}
	}
}

// drained reads to the end, so that the last block and the checksum of the compression have been seen.
func drained(lines *bufio.Reader) error {
	n, err := io.Copy(io.Discard, lines)
	if n > 0 {
		err = errors.New("something follows the last table")
	}
	return broken(err)
}

// readTable reads one table; done is true at the empty line that ends the content.
func readTable(lines *bufio.Reader, rows map[string]int64, row func(table, []byte) error, end func(table, sum) error) (done bool, err error) {
	title, err := readLine(lines)
	if err != nil {
		return false, broken(err)
	}
	if len(title) == 0 {
		return true, nil
	}
	var t table
	if err := json.Unmarshal(title, &t); err != nil {
		return false, broken(err)
	}
	total := newSumming()
	for {
		line, err := readLine(lines)
		if err != nil {
			return false, broken(err)
		}
		if !bytes.HasPrefix(line, []byte("[")) {
			return false, closeTable(t, line, total, rows, end)
		}
		total.add(line)
		if err := row(t, line); err != nil {
			return false, err
		}
	}
}

func closeTable(t table, line []byte, total *summing, rows map[string]int64, end func(table, sum) error) error {
	var want sum
	if err := json.Unmarshal(line, &want); err != nil {
		return broken(err)
	}
	if want != total.sum() {
		return damagedBackup(nil, "表 %s 的内容与校验值不符", "table %s does not match its digest", t.Name)
	}
	rows[t.Name] = total.rows
	return end(t, want)
}

// broken says that the content cannot be read; a fault of the blocks below says it better.
func broken(err error) error {
	var named *fault.Error
	if err == nil || errors.As(err, &named) {
		return err
	}
	return damagedBackup(err, "内容不完整", "its content is not whole")
}

// syncFolder makes the new name of a file last.
func syncFolder(file string) error {
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// unwritable turns a failure of the disk the backup goes to into a fault.
func unwritable(err error) error {
	var path *os.PathError
	var link *os.LinkError
	var named *fault.Error
	if err == nil || errors.As(err, &named) || !errors.As(err, &path) && !errors.As(err, &link) {
		return err
	}
	return unavailable("store.backup-unwritable", err, fault.Text{ZH: "备份文件写不进去，没有留下半份备份", EN: "the backup cannot be written; no part of it was left"},
		fault.Text{ZH: "核对目录、权限和剩余空间", EN: "check the folder, its permissions and the space left"})
}

func noPassphrase() error {
	return &fault.Error{Kind: fault.Invalid, Code: "store.no-passphrase", Op: "store.Backup",
		Message: fault.Text{ZH: "备份口令是空的", EN: "the passphrase of the backup is empty"},
		Hint:    fault.Text{ZH: "把口令写进一个只有本人可读的文件，用 --passphrase-file 指定", EN: "put it into a file only you can read and name it with --passphrase-file"}}
}
