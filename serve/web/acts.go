package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/store"
)

// newBill is the empty form of a kind for a person.
func (v *view) newBill() error {
	f, err := v.fresh(nil)
	if err != nil {
		return err
	}
	return v.showForm(http.StatusOK, f)
}

// fresh is a form for the person and the kind of the address, with what was typed.
func (v *view) fresh(typed url.Values) (f form, err error) {
	person := v.r.URL.Query().Get("person")
	err = v.look(func(tx *store.Tx) error {
		c, err := v.card(tx, person)
		if err != nil {
			return personUnknown(err)
		}
		kinds, err := v.kinds(tx, person)
		if err != nil {
			return err
		}
		k, ok := chosen(kinds, v.r.URL.Query().Get("policy"), v.r.URL.Query().Get("rule"))
		if !ok {
			return refuse(fault.NotFound, "kind-unknown", fault.Text{ZH: "本县今天没有这种结算", EN: "there is no such settlement in this county today"},
				fault.Text{ZH: "从病人页面选择结算种类", EN: "choose one on the patient's page"})
		}
		if d := v.draftOf(v.here); typed == nil && d != nil {
			typed = d.Fields
		}
		f = v.blank(c, k, typed)
		return v.looked(tx, "web.enter", person, person)
	})
	return f, err
}

func (v *view) showForm(status int, f form) error {
	title := v.say("填写费用", "Enter the bill")
	if len(f.Problems) > 0 {
		title = v.say("错误：", "Error: ") + title
	}
	return v.show(status, title, formPage(v, f))
}

// receive takes in what was entered, or asks for it to be mended with everything that was typed still there.
func (v *view) receive() error {
	f, err := v.fresh(v.r.PostForm)
	if err != nil {
		return err
	}
	if done, err := v.grow(f); done || err != nil {
		return err
	}
	f.check(v)
	if len(f.Problems) > 0 {
		return v.showForm(http.StatusUnprocessableEntity, f)
	}
	content, places := f.file(nil)
	_, err = v.Record.Store.Write(v.r.Context(), v.command("web.receive", f.Key, content), func(tx *store.Tx) (any, error) {
		return v.Record.Claims.Receive(tx, claim.Bill{Person: f.ID, Provider: v.Provider, Series: f.Kind.Series, Name: fileName, Content: content})
	})
	if err != nil {
		return v.again(f, err, places)
	}
	return v.see(at(strings.TrimSpace(f.Number.Value)))
}

// fileName is what a bill entered here is called.
const fileName = "desk.json"

// addressed is the address of a form with its question mark.
func (v *view) addressed() string { return string(v.href(v.r.URL.RequestURI())) }

// grow answers a form that asks for one more line, or one less.
func (v *view) grow(f form) (done bool, err error) {
	switch step := v.asked("step"); {
	case step == "more" && len(f.Lines) >= mostLines:
		return true, tooManyLines()
	case step == "more":
		f.Lines = append(f.Lines, v.line(f.Kind, len(f.Lines), nil))
	case step == "less" && len(f.Lines) > 1:
		f.Lines = f.Lines[:len(f.Lines)-1]
	default:
		return false, nil
	}
	return true, v.showForm(http.StatusOK, f)
}

// again shows a form with what is wrong with it.
func (v *view) again(f form, err error, places map[int]string) error {
	if !f.explain(v, err, places) {
		return err
	}
	return v.showForm(statuses[fault.KindOf(err)], f)
}

// correction is a bill that is to be corrected: as it was received, with the kind it was for.
type correction struct {
	claim  claim.Claim
	before *text.Node
	form   form
}

// settled tells whether the bill is, or was, settled: then another replaces it in one act.
func (c correction) settled() bool {
	return c.claim.State == claim.Confirmed || c.claim.State == claim.Reversed && c.claim.Version > 0
}

// correctable reads the bill of the address for a form.
func (v *view) correctable(typed url.Values) (c correction, err error) {
	err = v.look(func(tx *store.Tx) (err error) {
		if c.claim, err = v.bill(tx); err != nil {
			return err
		}
		if typed == nil && c.claim.State == claim.Reversed { // a form that was sent may have done so itself: its key tells
			return refuse(fault.Conflict, "reversed", fault.Text{ZH: "这张账单已冲销，不能再改", EN: "this bill was reversed and cannot be corrected any more"}, fault.Text{ZH: "为病人另填一张", EN: "enter another bill for the patient"})
		}
		name, content, err := v.Record.Claims.Content(tx, c.claim.ID)
		if err != nil {
			return err
		}
		if c.before, err = text.Parse(name, content); err != nil {
			return err
		}
		if lines := c.before.Get("bill").Get("lines"); lines != nil && len(lines.Items) > mostLines {
			return tooManyLines()
		}
		filled := typed
		if filled == nil {
			filled = values(c.before)
			if d := v.draftOf(v.here); d != nil {
				maps.Copy(filled, d.Fields)
			}
		}
		who, err := v.card(tx, c.claim.Person)
		if err != nil {
			return err
		}
		k, err := v.kindOf(tx, c.claim)
		if err != nil {
			return err
		}
		c.form = v.blank(who, k, filled)
		c.form.Revision = c.claim.Revision
		return v.looked(tx, "web.correct", c.claim.ID, c.claim.Person)
	})
	if c.settled() {
		c.form.Reason = &field{Name: "reason", Label: v.say("更正理由", "Reason for the correction"), Need: true, Value: visible(typed.Get("reason"))}
	}
	return c, err
}

// kindOf is the kind a bill was for: that of its result, or any of its series when it has none.
func (v *view) kindOf(tx *store.Tx, c claim.Claim) (kind, error) {
	var none kind
	kinds, err := v.kinds(tx, c.Person)
	if err != nil {
		return none, err
	}
	kinds = slices.DeleteFunc(kinds, func(k kind) bool { return k.Series != c.Series })
	if len(kinds) == 0 {
		return none, refuse(fault.OutOfForce, "kind-unknown", fault.Text{ZH: "本县今天没有适用的政策，不能改这张账单", EN: "no policy applies in this county today by which this bill could be corrected"},
			fault.Text{ZH: "请联系政策管理员", EN: "ask the policy officer"})
	}
	settlement := v.asked("rule") // which a form that was sent says
	switch {
	case settlement != "":
	case c.State == claim.Confirmed:
		kept, err := v.Record.Claims.Kept(tx, []claim.Claim{c})
		if err != nil {
			return none, err
		}
		settlement = kept[c.ID].Settlement
	default:
		p, err := v.Record.Claims.Preview(tx, c.ID, v.purpose())
		if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unavailable {
			return none, err
		}
		if err == nil && p.Result.Settlement != nil {
			settlement = p.Result.Settlement.ID
		}
	}
	if k, ok := chosen(kinds, c.Series, settlement); ok {
		return k, nil
	}
	return kinds[0], nil
}

func (v *view) editBill() error {
	c, err := v.correctable(nil)
	if err != nil {
		return err
	}
	return v.showForm(http.StatusOK, c.form)
}

// correct puts a bill that is not settled aside for the corrected one; a settled one is replaced, after its new figures were shown.
func (v *view) correct() error {
	c, err := v.correctable(v.r.PostForm)
	if err != nil {
		return err
	}
	if v.asked("step") == "back" {
		return v.showForm(http.StatusOK, c.form)
	}
	if done, err := v.grow(c.form); done || err != nil {
		return err
	}
	c.form.check(v)
	if len(c.form.Problems) > 0 {
		return v.showForm(http.StatusUnprocessableEntity, c.form)
	}
	content, places := c.form.file(c.before)
	bill := claim.Bill{Person: c.claim.Person, Provider: v.Provider, Series: c.claim.Series, Name: fileName, Content: content, PayTo: c.claim.PayTo, Replaces: c.claim.ID}
	if c.settled() || c.claim.State == claim.Advanced || v.asked("act") == completing {
		return v.replace(c, bill, places)
	}
	_, err = v.Record.Store.Write(v.r.Context(), v.command("web.correct", c.form.Key, bill.Content), func(tx *store.Tx) (any, error) {
		if err := v.unchanged(tx, c); err != nil {
			return nil, err
		}
		if _, err := v.Record.Claims.Reverse(tx, c.claim.ID, v.say("退回改费用", "put back to correct the fees")); err != nil {
			return nil, err
		}
		return v.Record.Claims.Receive(tx, bill)
	})
	if errors.Is(err, errOvertaken) {
		return v.bringTogether(c)
	}
	if err != nil {
		return v.again(c.form, err, places)
	}
	return v.see(at(strings.TrimSpace(c.form.Number.Value)))
}

// errOvertaken ends a correction of a bill that somebody else has corrected meanwhile.
var errOvertaken = errors.New("the bill is another one by now")

// unchanged is errOvertaken unless a bill is still the latest under its number.
func (v *view) unchanged(tx *store.Tx, c correction) error {
	latest, err := claim.ByNumber(tx, v.Provider, c.claim.Number, 0)
	if err == nil && latest.ID != c.claim.ID {
		err = errOvertaken
	}
	return err
}

// bringTogether shows a correction again, of the bill as it is now: with what both have changed marked, and everything that was typed.
func (v *view) bringTogether(c correction) error {
	v.r.Form.Del("revision")
	typed, was := v.r.PostForm, values(c.before)
	typed.Set("key", newKey())
	latest, err := v.correctable(typed)
	if err != nil {
		return err
	}
	now := values(latest.before)
	if countLines(now) > countLines(typed) { // lines that came meanwhile
		typed.Set("lines", now.Get("lines"))
		if latest, err = v.correctable(typed); err != nil {
			return err
		}
	}
	t := v.trouble(overtaken())
	latest.form.Problems = append([]problem{{"", t.Message + v.say("。", ". ") + t.Hint}}, v.merge(latest.form.inputs(), was, now)...)
	return v.showForm(http.StatusConflict, latest.form)
}

// errTried ends a replacement that was only tried, so that nothing of it is kept.
var errTried = errors.New("tried only")

// replace shows what a replacement would come to, and does it when exactly that was shown.
func (v *view) replace(c correction, bill claim.Bill, places map[int]string) error {
	var s settlement
	key, digest := v.asked("key"), v.asked("digest")
	act := func(tx *store.Tx) (any, error) {
		s = settlement{card: c.form.card, Key: newKey()}
		if err := v.unchanged(tx, c); err != nil {
			return nil, err
		}
		done, err := v.inPlaceOf(tx, c, bill)
		if err != nil {
			return nil, err
		}
		if s.Claim, err = claim.Get(tx, done.Claim); err != nil {
			return nil, err
		}
		if err := v.settled(tx, &s); err != nil {
			return nil, err
		}
		figures, err := v.figures(tx, s.Claim)
		if err != nil {
			return nil, err
		}
		if s.Digest = v.Record.Claims.Token("web replace\n" + figures); s.Digest != digest {
			return nil, errTried
		}
		return done, nil
	}
	_, err := v.Record.Store.Write(v.r.Context(), v.command("web.replace", key, append([]byte(digest+"\n"), bill.Content...)), act)
	switch {
	case errors.Is(err, errOvertaken):
		return v.bringTogether(c)
	case err == nil:
		return v.see(at(strings.TrimSpace(c.form.Number.Value), printSuffix+"?now=1"))
	case !errors.Is(err, errTried):
		return v.again(c.form, err, places)
	}
	if digest != "" {
		s.Trouble = v.trouble(refuse(fault.Conflict, "changed", fault.Text{ZH: "核对之后情况有变，结果不同，没有更正", EN: "something changed since you looked and other figures come out; nothing was corrected"},
			fault.Text{ZH: "核对新的数字再确认", EN: "check the new figures and confirm them"}))
	}
	return v.show(http.StatusOK, v.say("核对更正", "Check the correction"), replacePage(v, c, s, v.addressed()))
}

// completing is what the form of an advanced bill says it does: so it still does when the bill has been completed by it.
const completing = "complete"

// inPlaceOf settles a bill in place of the one that is corrected: one whose fees the hospital put up is completed, a settled one replaced.
func (v *view) inPlaceOf(tx *store.Tx, c correction, bill claim.Bill) (claim.Confirmation, error) {
	if !c.settled() {
		return v.Record.Claims.Complete(tx, bill)
	}
	return v.Record.Claims.Replace(tx, bill, c.form.Reason.Value)
}

// figures are a settlement's figures as a text that is the same for the same figures.
func (v *view) figures(tx *store.Tx, c claim.Claim) (string, error) {
	kept, err := v.Record.Claims.Kept(tx, []claim.Claim{c})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(kept[c.ID].Figures)
	return string(text), err
}

// reversal is the page that asks why.
type reversal struct {
	card
	Claim    claim.Claim
	Key      string
	Reason   field
	Problems []problem
}

func (v *view) askReverse() error { return v.showReverse(http.StatusOK, nil) }

func (v *view) showReverse(status int, problem error) error {
	fields := []field{{Name: "reason", Label: v.say("理由（写入操作留痕）", "Reason (kept in the log)"), Need: true, Long: true, Value: v.typed("reason")}}
	r := reversal{Key: cmp.Or(v.asked("key"), newKey())}
	err := v.look(func(tx *store.Tx) (err error) {
		if r.Claim, err = v.bill(tx); err != nil {
			return err
		}
		if r.card, err = v.card(tx, r.Claim.Person); err != nil {
			return err
		}
		return v.looked(tx, "web.reverse", r.Claim.ID, r.Claim.Person)
	})
	if err != nil {
		return err
	}
	r.Problems = v.marked(fields, problem)
	r.Reason = fields[0]
	return v.show(status, v.errorTitle(r.Problems, v.say("冲销", "Reverse")), reversePage(v, r))
}

// longestReason is how many characters a reason may have.
const longestReason = 500

// reverse takes a bill back for the reason given.
func (v *view) reverse() error {
	reason := v.asked("reason")
	if reason == "" {
		return v.showReverse(http.StatusUnprocessableEntity, refuse(fault.Invalid, "reason", fault.Text{ZH: "没有写明理由", EN: "the reason is missing"}, fault.Text{ZH: "写一句为什么", EN: "say why in a sentence"}))
	}
	if utf8.RuneCountInString(reason) > longestReason {
		return v.showReverse(http.StatusUnprocessableEntity, refuse(fault.Invalid, "reason", fault.Text{ZH: "理由超过 500 个字，没有办理", EN: "the reason has more than 500 characters; nothing was done"}, fault.Text{ZH: "写短一些", EN: "make it shorter"}))
	}
	var c claim.Claim
	content := []byte(v.r.PathValue("no") + "\n" + v.asked("revision") + "\n" + reason)
	_, err := v.Record.Store.Write(v.r.Context(), v.command("web.reverse", v.asked("key"), content), func(tx *store.Tx) (any, error) {
		var err error
		if c, err = v.bill(tx); err != nil {
			return nil, err
		}
		return v.Record.Claims.Reverse(tx, c.ID, reason)
	})
	if err != nil {
		return err
	}
	return v.see(at(v.r.PathValue("no")))
}

// reason is why a bill was reversed, from the log's entry about it.
func (v *view) reason(tx *store.Tx, c claim.Claim) (string, error) {
	entries, err := audit.About(tx, c.Person)
	if err != nil {
		return "", err
	}
	for _, id := range slices.Backward(entries) {
		e, err := v.Record.Log.Entry(tx, id)
		if err != nil {
			return "", err
		}
		if e.Name != "claim.reverse" || e.Subject != c.ID || len(e.Persons) == 0 {
			continue
		}
		var said struct{ Reason string }
		if content := e.Persons[0].Content; len(content) > 0 {
			if err := json.Unmarshal(content, &said); err != nil {
				return "", err
			}
		}
		return said.Reason + v.say("（%s %s，%s）", " (%s %s, %s)", dayOf(e.Instant), clock(e.Instant), e.Actor.Name), nil
	}
	return "", nil
}
