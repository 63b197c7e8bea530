// Package fault is the one error design of the system: what happened, what was
// kept and what to do next, in Chinese first and in English.
//
// Every error that a person may see is an [*Error]. It carries a stable Code
// that programs compare, a Kind that decides how it is answered, and, where the
// fault lies in a text, the place in that text. Everything else counts as
// internal: [RenderError] shows its existence and never its words, because the
// words of an unknown error may hold a person's data.
package fault

import (
	"errors"
	"strconv"
	"strings"
)

// Kind says what sort of fault it is, and thereby how it is answered. The
// strings are stable: they appear in interfaces and in stored records.
type Kind string

const (
	// Invalid is input that is wrong in itself, whatever is on record.
	Invalid Kind = "invalid"
	// NotFound is a thing that does not exist, or that the actor may not learn of.
	NotFound Kind = "not-found"
	// OutOfForce is a question outside the time or place a rule applies to.
	OutOfForce Kind = "out-of-force"
	// Conflict is input that contradicts what is on record.
	Conflict Kind = "conflict"
	// Missing means that facts are needed before an answer is possible.
	Missing Kind = "missing"
	// Forbidden is an act the actor has no right to.
	Forbidden Kind = "forbidden"
	// Unavailable is a fault that may pass if tried again later.
	Unavailable Kind = "unavailable"
	// Internal is a defect of the system itself; its details are not public.
	Internal Kind = "internal"
)

var kindLabels = map[Kind]Text{
	Invalid:     {"内容有误", "invalid input"},
	NotFound:    {"没有找到", "not found"},
	OutOfForce:  {"不在规则适用的时间或地域之内", "outside the time or place the rule applies to"},
	Conflict:    {"与已有记录冲突", "in conflict with what is on record"},
	Missing:     {"缺少作出决定所需的情况", "facts are needed"},
	Forbidden:   {"没有权限", "not permitted"},
	Unavailable: {"暂时不可用", "unavailable for now"},
	Internal:    {"内部错误", "internal error"},
}

// Label returns the public name of the kind. An unknown kind reads as Internal.
func (k Kind) Label(lang string) string {
	if label, ok := kindLabels[k]; ok {
		return label.In(lang)
	}
	return kindLabels[Internal].In(lang)
}

// Text is a sentence in Chinese and in English. The Chinese one leads; the
// English one may be empty.
type Text struct{ ZH, EN string }

// In returns the sentence in the language: English for "en" and its regional
// forms such as "en-GB" if there is an English sentence, Chinese otherwise.
func (t Text) In(lang string) string {
	english := lang == "en" || strings.HasPrefix(lang, "en-")
	if t.EN != "" && (english || t.ZH == "") {
		return t.EN
	}
	return t.ZH
}

// Error is one fault. Message says what happened and what was kept, Hint what
// to do; both are public. Cause is private: it is for logs and errors.Is, and
// is never shown.
type Error struct {
	Kind    Kind
	Code    string    // stable dotted name, such as "bill.payers-exceed"
	Op      string    // the operation that failed, such as "money.ParseYuan"; for logs
	Message Text      // what happened
	Hint    Text      // what to do; may be empty
	At      *Position // where in a text; nil if the fault lies in no text
	Cause   error     // the private reason; may be nil
}

// Error returns the fault in Chinese on a single line:
// "file:line:column: message（hint）".
func (e *Error) Error() string {
	line := e.At.prefix() + e.message("zh")
	if hint := e.Hint.In("zh"); hint != "" {
		line += "（" + hint + "）"
	}
	return oneLine(line)
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error whose Kind and Code, where not empty,
// equal those of e. A target with neither matches nothing.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok || t == nil || (t.Kind == "" && t.Code == "") {
		return false
	}
	return (t.Kind == "" || t.Kind == e.Kind) && (t.Code == "" || t.Code == e.Code)
}

// Render returns the fault for a person, on several lines and without a final
// line break:
//
//	packs/example/policy.md:12:7: message
//	    | the line of text
//	    |       ^^^^
//	  提示：hint
//
// A fault of Kind Internal shows only that it is one.
func (e *Error) Render(lang string) string {
	if e.Kind == Internal {
		return Internal.Label(lang)
	}
	lines := e.At.prefix() + clean(e.message(lang))
	if snippet := e.At.snippet(); snippet != "" {
		lines += "\n" + snippet
	}
	if hint := e.Hint.In(lang); hint != "" {
		lines += "\n" + hintLabel.In(lang) + clean(hint)
	}
	return lines
}

var hintLabel = Text{"  提示：", "  hint: "}

// message falls back to the kind, so that an error built only to be compared
// still says something if it is shown.
func (e *Error) message(lang string) string {
	if text := e.Message.In(lang); text != "" {
		return text
	}
	return e.Kind.Label(lang)
}

// RenderError returns any error for a person. An [*Error] or a [List] found in
// the chain is rendered; anything else reads "内部错误" or "internal error" and
// nothing more. A nil error renders as "".
func RenderError(err error, lang string) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *Error:
		if e != nil {
			return e.Render(lang)
		}
	case List:
		return e.Render(lang)
	case *List:
		if e != nil {
			return e.Render(lang)
		}
	case interface{ Unwrap() []error }:
		return renderAll(e.Unwrap(), lang)
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			return RenderError(cause, lang)
		}
	}
	return Internal.Label(lang)
}

func renderAll(errs []error, lang string) string {
	var parts []string
	for _, err := range errs {
		if part := RenderError(err, lang); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return Internal.Label(lang)
	}
	return strings.Join(parts, "\n")
}

// KindOf returns the kind of the first [*Error] in the chain of err, Internal
// if there is none, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) && e != nil && e.Kind != "" {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the code of the first [*Error] in the chain of err, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e.Code
	}
	return ""
}

// Quote returns s between Chinese quotation marks for use inside a message,
// shortened to forty characters so that a message stays a sentence.
func Quote(s string) string { return "“" + shorten(s) + "”" }

// QuoteEN is [Quote] with English quotation marks.
func QuoteEN(s string) string { return `"` + shorten(s) + `"` }

func shorten(s string) string {
	const longest = 40
	seen := 0
	for i := range s {
		if seen == longest {
			return s[:i] + "…"
		}
		seen++
	}
	return s
}

// clean replaces what could disturb a terminal or reorder a line (control
// characters and directional overrides) by U+FFFD; tab and line break stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case r < 0x20, 0x7F <= r && r < 0xA0,
			0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0x2028, r == 0x2029:
			return '\uFFFD'
		}
		return r
	}, s)
}

func oneLine(s string) string {
	return clean(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " "))
}

func number(n int) string { return strconv.Itoa(n) }
