package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doudi/record/desk"
	"doudi/record/store"
)

// draftRoutes are what is typed into forms and not sent yet. The form's own route says who may keep a draft of it.
var draftRoutes = []route{
	{pattern: "POST /drafts", do: (*view).keepDraft},
	{pattern: "POST /drafts/drop", do: (*view).dropDraft},
}

// formField names the form a draft is of, and is no field of any form. (A field called “form” would hide a form's own from scripts.)
const formField = "draft-of"

// secretFields are never kept, nor sent back: passwords, codes, and what a second factor is made of.
var secretFields = []string{"password", "again", "present", "code", "secret"}

// shareable is what was typed into a form without what is secret. What comes to be kept as a draft is as secret as the form it is of.
func (o *office) shareable(r route, typed url.Values) url.Values {
	if of, found := o.routeOf(http.MethodPost, typed.Get(formField)); found {
		r = of
	}
	kept := url.Values{}
	for name, values := range typed {
		if !r.secret || !slices.Contains(secretFields, name) {
			kept[name] = values
		}
	}
	return kept
}

// routeOf is the route an address is answered by.
func (o *office) routeOf(method, address string) (route, bool) {
	u, err := url.Parse(address)
	if err != nil || !local(address) {
		return route{}, false
	}
	_, pattern := o.mux.Handler(&http.Request{Method: method, URL: u, Host: "office"})
	r, found := o.known[pattern]
	return r, found && pattern != "/"
}

// pageOf is the page a form is on: its own address, or the nearest above that shows anything.
func (o *office) pageOf(form string) string {
	form, part, parts := strings.Cut(form, "#")
	if page := o.pageAt(form); parts {
		return page + "#" + part
	} else {
		return page
	}
}

func (o *office) pageAt(form string) string {
	if _, shows := o.routeOf(http.MethodGet, form); shows {
		return form
	}
	path, _, _ := strings.Cut(form, "?")
	for local(path) && len(path) > 1 {
		path = path[:strings.LastIndexByte(path, '/')]
		if _, shows := o.routeOf(http.MethodGet, path); shows {
			return path
		}
	}
	return "/"
}

// nameOf is what a form is called among those not sent: the entry of the menu it belongs to.
func (v *view) nameOf(form string) string {
	name := ""
	for _, e := range v.menu() {
		if e.path != "/" && strings.HasPrefix(headOf(form), e.path) {
			name = e.name
		}
	}
	return name
}

// onPage tells whether a form is on the page asked for.
func (v *view) onPage(form string) bool {
	page, _, _ := strings.Cut(v.pageOf(form), "#")
	if strings.Contains(page, "?") {
		return page == v.here
	}
	here, _, _ := strings.Cut(v.here, "?")
	return page == here
}

// readDrafts reads what the one signed in has typed and not sent, and opens what belongs on the page asked for.
func (v *view) readDrafts(tx *store.Tx, account string) (err error) {
	if v.drafts, err = v.Record.Desks.Drafts(tx, account, v.now); err != nil {
		return err
	}
	for i := range v.drafts {
		if v.r.Method == http.MethodGet && v.onPage(v.drafts[i].Form) {
			if err := v.Record.Desks.Open(tx, account, &v.drafts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// draftOf is the draft of a form that is on this page, or none.
func (v *view) draftOf(form string) *desk.Draft {
	for i := range v.drafts {
		if d := &v.drafts[i]; d.Form == form && d.Fields != nil {
			return d
		}
	}
	return nil
}

// sentForm is what the form of this request is known by.
func (v *view) sentForm() string { return slip{Action: v.here, Part: v.asked(partField)}.form() }

// forget throws the draft of a form away that has just been sent. That it was sent stands; a draft that stays is seen and thrown away by its owner.
func (v *view) forget() {
	if v.session == nil || v.r.Method != http.MethodPost || !slices.ContainsFunc(v.drafts, func(d desk.Draft) bool { return d.Form == v.sentForm() }) {
		return
	}
	if err := v.act("desk.drop", func(tx *store.Tx) error { return v.Record.Desks.Drop(tx, v.session.Account.ID, v.sentForm()) }); err != nil {
		slog.Warn("draft not thrown away", "error", private(err))
	}
}

// mayKeep finds the form whose draft is meant. To who may not send the form it does not exist.
func (v *view) mayKeep() (form string, r route, ok bool) {
	form = v.r.PostFormValue(formField)
	r, ok = v.routeOf(http.MethodPost, form)
	return form, r, ok && !r.open && v.allowed(r.may)
}

// keepDraft keeps what is in a form, after each field while scripts run, or when asked to.
func (v *view) keepDraft() error {
	form, r, ok := v.mayKeep()
	if !ok {
		return v.nowhere()
	}
	draft := desk.Draft{Form: form, Key: v.asked("key"), Fields: v.shareable(r, v.r.PostForm)}
	draft.Fields.Del(formField)
	if err := v.act("desk.keep", func(tx *store.Tx) error { return v.Record.Desks.Keep(tx, v.session.Account.ID, draft) }); err != nil {
		return err
	}
	if v.r.Header.Get("Draft") == "" {
		return v.see(v.pageOf(form))
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(v.w, v.say("已暂存 ", "kept ")+clock(v.now)); err != nil { // the reader has gone
		slog.Debug("answer not sent", "error", err)
	}
	return nil
}

// dropDraft throws a draft away. One whose page may not be opened any more can still be thrown away: it is the account's own.
func (v *view) dropDraft() error {
	form := v.r.PostFormValue(formField)
	page := v.pageOf(form)
	if !local(form) {
		return v.nowhere()
	}
	if _, _, ok := v.mayKeep(); !ok || v.asked("back") != "" {
		page = "/"
	}
	return v.orSee(v.act("desk.drop", func(tx *store.Tx) error { return v.Record.Desks.Drop(tx, v.session.Account.ID, form) }), page)
}

// keepHeld keeps a form with secrets in it, which cannot be sent on after signing in again, as a draft without them.
func (v *view) keepHeld(form string, r route, fields url.Values) error {
	draft := desk.Draft{Form: form, Key: fields.Get("key"), Fields: v.shareable(r, fields)}
	err := v.act("desk.keep", func(tx *store.Tx) error { return v.Record.Desks.Keep(tx, v.session.Account.ID, draft) })
	return v.orSee(err, v.pageOf(form))
}
