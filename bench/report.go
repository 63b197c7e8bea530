package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"doudi/record/store/storetest"
)

// report is what was measured, as Markdown; each part is shown when it is there.
type report struct {
	text strings.Builder
	out  io.Writer
	file string // "" to keep nothing
	when string // the day and the machine, said with each part: parts are measured anew by themselves
}

func newReport(ctx context.Context, o *options, out io.Writer) (*report, error) {
	machine, err := machine(ctx)
	if err != nil {
		return nil, err
	}
	r := &report{out: out, file: o.out, when: cmp.Or(o.date, "day not stated") + ", " + machine}
	return r, r.say("# Results\n\nWritten by `go run . all -date DAY -out RESULTS.md` in this folder, or by one measurement in place of `all`, which writes its own part anew. " +
		"Absolute figures tell of the machine; what counts are the ratios to a peer that took turns with doudi in the same run.\n")
}

func (r *report) say(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	r.text.WriteString(text)
	_, err := io.WriteString(r.out, text)
	return err
}

// part begins the part of a database.
func (r *report) part(title string) error { return r.say("\n### %s\n\n%s\n", title, r.when) }

// keep writes the results to their file. What the file says of other measurements, or of another database, stays.
func (r *report) keep() error {
	if r.file == "" {
		return nil
	}
	before, err := os.ReadFile(r.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	kept := sections(string(before), 2)
	kept.renew(sections(r.text.String(), 2))
	return os.WriteFile(r.file, []byte(kept.String()), 0o644)
}

// section is a heading with what stands under it.
type section struct {
	title, text string
	parts       []*section
}

// sections takes a text apart at its headings of a depth and of the one below.
func sections(text string, depth int) *section {
	s := &section{}
	if depth > 3 {
		s.text = text
		return s
	}
	heading := "\n" + strings.Repeat("#", depth) + " "
	parts := strings.Split(text, heading)
	s.text = parts[0]
	for _, part := range parts[1:] {
		title, rest, _ := strings.Cut(part, "\n")
		inner := sections("\n"+rest, depth+1)
		inner.title = heading + title
		s.parts = append(s.parts, inner)
	}
	return s
}

// renew takes over what another says, part by part.
func (s *section) renew(by *section) {
	s.text = by.text
	for _, part := range by.parts {
		i := slices.IndexFunc(s.parts, func(old *section) bool { return old.title == part.title })
		if i < 0 {
			s.parts = append(s.parts, part)
			continue
		}
		s.parts[i].renew(part)
	}
}

func (s *section) String() string {
	var b strings.Builder
	b.WriteString(s.title + s.text)
	for _, part := range s.parts {
		b.WriteString(part.String())
	}
	return b.String()
}

// table is rows of text under a head, the first column to the left and all others to the right.
type table [][]string

func (t *table) row(cells ...string) { *t = append(*t, cells) }

// say adds the table.
func (t table) say(r *report) error {
	var b strings.Builder
	b.WriteString("\n")
	for i, row := range t {
		for column, cell := range row {
			width := t.width(column)
			space := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
			if column == 0 {
				cell += space
			} else {
				cell = space + cell
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			for column := range row {
				line := strings.Repeat("-", t.width(column)+1)
				if column == 0 {
					b.WriteString("|:" + line)
				} else {
					b.WriteString("|" + line + ":")
				}
			}
			b.WriteString("|\n")
		}
	}
	return r.say("%s", b.String())
}

func (t table) width(column int) int {
	widest := 1
	for _, row := range t {
		widest = max(widest, utf8.RuneCountInString(row[column]))
	}
	return widest
}

// machine is what was measured on.
func machine(ctx context.Context) (string, error) {
	postgres, err := storetest.Version()
	if err != nil {
		return "", err
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", err
	}
	var sqlite string
	err = db.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&sqlite)
	return fmt.Sprintf("%d × %s, %s of memory, %s; %s, SQLite %s, %s.", runtime.NumCPU(), field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal"), system(),
		postgres, sqlite, runtime.Version()), errors.Join(err, db.Close())
}

// field is the first line of a name in a file of the system, "unknown" where there is none.
func field(file, name string) string {
	content, _ := os.ReadFile(file)
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func system() string {
	said, err := exec.Command("uname", "-sr").Output()
	if err != nil {
		return runtime.GOOS
	}
	return strings.TrimSpace(string(said))
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e6) }

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2
	}
	return values[middle]
}

// share is the wait that a share of all, in percent, did not exceed. The waits are in order.
func share(waits []time.Duration, percent int) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	return waits[(len(waits)-1)*percent/100]
}
