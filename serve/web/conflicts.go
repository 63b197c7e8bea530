package web

import (
	"net/url"
	"strings"

	"doudi/kernel/fault"
)

// takePrefix goes before the name of a field in a form that says which of two values is to stand: "=" and the value that was not typed, or nothing.
const takePrefix = "take."

// choose puts the values that were chosen in place of those typed.
func choose(form url.Values) {
	for name, values := range form {
		field, asked := strings.CutPrefix(name, takePrefix)
		if !asked {
			continue
		}
		delete(form, name)
		if value, theirs := strings.CutPrefix(values[0], "="); theirs {
			form.Set(field, value)
		}
	}
}

// as is a field with another value.
func (f field) as(value string) field {
	f.Value = value
	return f
}

// merge brings together what three know of a form's fields: what stood there when the form was opened, what was typed, and what stands there now.
// What was not touched takes the new value; what both changed alike stands; what both changed differently is marked, for the one who sent
// the form to choose, and answered for the summary.
func (v *view) merge(fields []*field, was, now url.Values) (problems []problem) {
	for _, f := range fields {
		before, theirs := was.Get(f.Name), now.Get(f.Name)
		switch {
		case theirs == before || theirs == f.Value:
		case f.Value == before:
			f.Value = theirs
		default:
			f.Theirs = &difference{f.Label, before, theirs}
			f.Problem = v.say("您填写期间，别人改了这一项", "somebody else changed this while you were filling it in")
			problems = append(problems, problem{f.id(), f.Label + v.say("：", ": ") + f.Problem})
		}
	}
	return problems
}

// overtaken tells that the record changed after a form was opened.
func overtaken() error {
	return refuse(fault.Conflict, "overtaken", fault.Text{ZH: "您填写期间别人改了同一份记录，还没有保存；您填写的内容都在", EN: "somebody else changed the same record meanwhile; nothing was saved, and what you typed is all here"},
		fault.Text{ZH: "看一看标出的各项，选定以哪个为准，再提交", EN: "look at what is marked, choose which value is to stand, and send it again"})
}
