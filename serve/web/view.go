package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/desk"
	"doudi/record/register"
	"doudi/record/store"
	"doudi/serve/present"
)

// view is one request with everything its page needs.
type view struct {
	*office
	w   http.ResponseWriter
	r   *http.Request
	now time.Time

	session    *auth.Session // nil while nobody is signed in
	County     string        // of the session
	Provider   string        // id of the organisation, whose own bills a cashier sees
	Operator   store.Actor
	permission auth.Permission // by which the request was let through
	access     auth.Access
	together   *register.Register // what of the register was read ahead in the transaction
	support    string             // the number of what went wrong last
	drafts     []desk.Draft       // of the one signed in; those of this page with what was typed

	known *present.Places // how divisions are called, once the page has read them

	lang  string
	large bool   // 大字
	here  string // the address asked for, without /en
}

func (o *office) view(w http.ResponseWriter, r *http.Request) *view {
	v := &view{office: o, w: w, r: r, now: o.Now(), lang: "zh", here: r.URL.RequestURI()}
	if r.Context().Value(languageKey{}) != nil {
		v.lang = "en"
	}
	if size, err := r.Cookie("size"); err == nil && size.Value == "lg" {
		v.large = true
	}
	w.Header().Add("Vary", "HX-Request")
	return v
}

// say is a sentence of ours in the reader's language.
func (v *view) say(zh, en string, args ...any) string {
	s := zh
	if v.english() {
		s = en // which may be nothing, where Chinese needs a word more
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// in is a label in the reader's language.
func (v *view) in(t fault.Text) string { return t.In(v.lang) }

func (v *view) english() bool { return v.lang == "en" }

// href is an address of the office in the reader's language.
func (v *view) href(path string) templ.SafeURL {
	if v.english() {
		path = "/en" + path
	}
	return templ.SafeURL(path)
}

// other is this page in the other language.
func (v *view) other() templ.SafeURL {
	if v.english() {
		return templ.SafeURL(v.here)
	}
	return templ.SafeURL("/en" + v.here)
}

// resize is where the size of the letters is changed, and back to this page.
func (v *view) resize() templ.SafeURL {
	size := "lg"
	if v.large {
		size = "md"
	}
	return v.href("/display?" + url.Values{"size": {size}, "back": {string(v.href(v.here))}}.Encode())
}

// at is the address of a bill by its number; an earlier one under the same number is named by its revision.
func at(number string, more ...string) string {
	return "/settlements/" + url.PathEscape(number) + strings.Join(more, "")
}

// options are how results are told at this desk.
func (v *view) options() present.Options {
	return present.Options{Lang: v.lang, Window: true, Desk: true, Places: v.known}
}

func (v *view) today() period.Day { return dayOf(v.now) }

func dayOf(t time.Time) period.Day { return dated.Day(t) }

// clock is the time of day in China.
func clock(t time.Time) string { return t.UTC().Add(8 * time.Hour).Format("15:04") }

// command is a change asked for by who is signed in.
func (v *view) command(name, key string, content []byte) store.Command {
	return store.Command{Name: name, Key: key, Content: content, County: v.County, Actor: v.Operator, Instant: v.now}
}

// look reads what concerns people. What is read, and what was written down about the look, is one transaction: nothing is shown that was not
// recorded.
func (v *view) look(read func(*store.Tx) error) error {
	_, err := v.Record.Store.Write(v.r.Context(), v.command("web.look", "", nil), func(tx *store.Tx) (any, error) {
		v.together = nil
		return nil, read(tx)
	})
	return err
}

// ahead reads together what a page is about to show of many people and households. What cannot be read so is read one by one, and says itself why not.
func (v *view) ahead(tx *store.Tx, parties []string) (err error) {
	v.together, err = v.Record.Register.Together(tx, slices.Clone(parties))
	switch kind := fault.KindOf(err); {
	case err == nil:
	case kind == fault.Internal, kind == fault.Unavailable:
		return err
	default:
		v.together = nil
	}
	return nil
}

// register is the register with what was read ahead.
func (v *view) register() *register.Register { return cmp.Or(v.together, v.Record.Register) }

// looked records that people were looked at.
func (v *view) looked(tx *store.Tx, name, subject string, people ...string) error {
	if len(people) == 0 {
		return nil
	}
	concerned := map[string]any{}
	for _, person := range people {
		concerned[person] = nil
	}
	_, err := v.Record.Log.Look(tx, audit.Note{Name: name, Subject: subject, Content: map[string]string{"purpose": v.purpose(), "organisation": v.Provider}, Persons: concerned})
	return err
}

// purpose is what people are looked at for in this request, in the words of the table of access.
func (v *view) purpose() string { return v.access.Purpose.ZH }

// show writes a page, or only its middle for htmx, which asked for a part.
func (v *view) show(status int, title string, middle templ.Component) error {
	page := frame(v, title, middle)
	if v.r.Header.Get("HX-Request") == "true" {
		page = part(v, title, middle)
		v.w.Header().Set("HX-Push-Url", string(v.href(v.here)))
		if v.r.Method != http.MethodGet {
			v.w.Header().Set("HX-Push-Url", "false")
		}
	}
	return v.write(status, page)
}

// write renders before anything is sent, so that what fails half way is not shown as if it were whole.
func (v *view) write(status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(context.WithoutCancel(v.r.Context()), &b); err != nil {
		return err
	}
	content := b.Bytes()
	if v.lang == "en" {
		content = markChinese(content)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, err := v.w.Write(content)
	if err != nil { // the reader has gone
		slog.Debug("page not sent", "error", err)
	}
	return nil
}

// see sends the reader on after something was done.
func (v *view) see(path string) error {
	v.forget()
	http.Redirect(v.w, v.r, string(v.href(path)), http.StatusSeeOther)
	return nil
}

var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.NotFound: http.StatusNotFound, fault.OutOfForce: http.StatusUnprocessableEntity,
	fault.Conflict: http.StatusConflict, fault.Missing: http.StatusUnprocessableEntity, fault.Forbidden: http.StatusForbidden,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// trouble is an error as people are told it: what happened and was kept, what to do, and a number for those who are asked for help.
type trouble struct {
	Title, Message, Hint, Number string
}

// fail shows an error as a page of its own.
func (v *view) fail(err error) {
	t := v.trouble(err)
	if err := v.show(statuses[fault.KindOf(err)], t.Title, troublePage(v, t)); err != nil {
		slog.Error("error page", "error", err)
		http.Error(v.w, t.Message, http.StatusInternalServerError)
	}
}

// trouble puts an error into words and writes it to the log under its number, without anything that was typed.
func (v *view) trouble(err error) trouble {
	kind := fault.KindOf(err)
	t := trouble{Title: kind.Label(v.lang), Number: supportNumber()}
	v.support = t.Number
	level := slog.LevelInfo
	if kind == fault.Internal || kind == fault.Unavailable {
		level = slog.LevelError
	}
	slog.Log(v.r.Context(), level, "page", "number", t.Number, "code", fault.CodeOf(err), "route", v.r.Pattern, "error", private(err))
	var f *fault.Error
	if !errors.As(err, &f) || kind == fault.Internal {
		t.Message = v.say("系统出错，这一步没有办成，已有的记录没有改动", "something went wrong in the system; this step was not done and the records are as they were")
		t.Hint = v.say("请稍后再试；还不行，请把支持编号告诉系统管理员", "try again a little later; if it stays so, tell the administrator the support number")
		return t
	}
	t.Message, t.Hint = f.Message.In(v.lang), f.Hint.In(v.lang)
	return t
}

// private is what a log may hold of an error: the causes of defects, but no message that may repeat what was typed.
func private(err error) string {
	if fault.KindOf(err) == fault.Internal {
		return fmt.Sprint(err)
	}
	return ""
}

func supportNumber() string { return rand.Text()[:8] }

// newKey is what a form is sent once under.
func newKey() string { return rand.Text() }

// asked is a value of the address or the form.
func (v *view) asked(name string) string { return strings.TrimSpace(visible(v.r.FormValue(name))) }

// visible is what was typed without what cannot be seen: the control characters that card readers add, and signs that turn the direction
// of writing. Line breaks stay.
func visible(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' { // between the columns of a spreadsheet that were pasted
			return ' '
		}
		if r != '\n' && unicode.IsControl(r) || 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069 || r == 0x2028 || r == 0x2029 || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, typed)
}
