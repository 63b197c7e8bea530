package fault

import (
	"cmp"
	"slices"
	"strings"
)

// List is several faults found in one go, so that a person can mend them all
// before trying again. The zero value is an empty list.
type List []*Error

// Add appends a fault; nil is ignored.
func (l *List) Add(e *Error) {
	if e != nil {
		*l = append(*l, e)
	}
}

// Err returns the list as an error, or nil if it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error returns the first fault by place on a single line, in Chinese, and how
// many more there are.
func (l List) Error() string {
	sorted := l.sorted()
	switch len(sorted) {
	case 0:
		return "没有错误"
	case 1:
		return sorted[0].Error()
	}
	return sorted[0].Error() + "；另有 " + number(len(sorted)-1) + " 处错误"
}

// Render returns all faults for a person, by file, line and column; those
// without a place come last, in the order they were added.
func (l List) Render(lang string) string {
	sorted := l.sorted()
	parts := make([]string, len(sorted))
	for i, e := range sorted {
		parts[i] = e.Render(lang)
	}
	return strings.Join(parts, "\n")
}

// Unwrap returns the faults in the order they were added, for errors.Is and
// errors.As.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

func (l List) sorted() []*Error {
	sorted := slices.DeleteFunc(slices.Clone(l), func(e *Error) bool { return e == nil })
	slices.SortStableFunc(sorted, byPlace)
	return sorted
}

func byPlace(a, b *Error) int {
	switch {
	case a.At == nil && b.At == nil:
		return 0
	case a.At == nil:
		return 1
	case b.At == nil:
		return -1
	}
	return cmp.Or(
		cmp.Compare(a.At.File, b.At.File),
		cmp.Compare(a.At.Line, b.At.Line),
		cmp.Compare(a.At.Column, b.At.Column),
	)
}
