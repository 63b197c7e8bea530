package web

import "strings"

// slip is a form that changes something. Every form does one thing under one key, so that sending it twice does nothing twice, and what is
// typed into it is never lost. A page draws it by [slipOf] with its fields as children:
//
//	@slipOf(v, slip{Action: "/admin/divisions/new", Key: p.Key, Back: "/admin/divisions", Send: v.say("登记区划", "Register it")}) {
//		<section class="card"><div class="body grid">
//			for _, f := range p.Fields { @inputOf(v, f) }
//		</div></section>
//	}
//
// with [summary] above it for what is to be mended. A field's value is v.typed(name), or v.typedOr(name, what the record says); names of
// fields are unique in a page. Its handler runs under [view.once], marks what is wrong by [view.marked], and shows the page again with
// everything that was typed; when it is done it ends with [view.see].
type slip struct {
	Action string // where it is sent
	Part   string // what tells it from other forms of its page that are sent there too; "" for none
	Key    string // it is sent once under
	Back   string // the address behind it; no link without
	Send   string // its button, which says with what consequence; none when the children bring their own
	Class  string // "entry" where none is given: a page of its own with its button at the foot
	File   bool   // it takes a file, which no draft keeps; its children bring its button
	Swap   bool   // what comes back takes the place of the page's middle, and Enter goes on to the next field
}

// typed is what somebody typed into a field: now, or before and kept it.
func (v *view) typed(name string) string { return v.typedOr(name, "") }

// typedOr is what somebody typed into a field, and what the record says where nobody has touched it yet.
func (v *view) typedOr(name, recorded string) string {
	if v.r.PostForm.Has(name) {
		return v.asked(name)
	}
	for _, d := range v.drafts {
		if d.Fields.Has(name) {
			return strings.TrimSpace(visible(d.Fields.Get(name)))
		}
	}
	return recorded
}

// partField carries a form's part.
const partField = "proposal"

// form is what a form is known by.
func (s slip) form() string {
	if s.Part == "" {
		return s.Action
	}
	return s.Action + "#" + s.Part
}

// key is what a form is sent once under: that of its draft, so that the draft is over when it was sent.
func (s slip) key(v *view) string {
	if d := v.draftOf(s.form()); d != nil && d.Key != "" {
		return d.Key
	}
	return s.Key
}
