package browser_test

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/store"
)

const number = "ZY20211108-0037"

// kept is the bill on record.
func (d *desk) kept() (c claim.Claim) {
	d.Helper()
	must(d.T, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) (err error) {
		c, err = claim.ByNumber(tx, d.Hospital, number, 0)
		return err
	}))
	return c
}

// The cashier's first task: a discharge whose fees came through the interface. The budget is three clicks and one field.
func TestDischarge(t *testing.T) {
	d := open(t)
	d.see("/")
	d.write("#who", d.number)
	d.click(".hero button")
	d.at("/settlements/" + number)
	if title := ask[string](d, "document.title"); !strings.Contains(title, number) || strings.Contains(title, d.number) {
		t.Errorf("the title is %q", title)
	}
	d.has("李桂芳", "999901********0029", "1,286.30", "勾稽一致，差 0.00", "县乡村振兴局")
	d.picture("settle-desk")
	d.sound()
	d.press(kb.F9)
	d.at("/settlements/" + number + ".print")
	d.has("集中费用帮扶 结算单", "患者（家属）签字")
	if d.clicks > 3 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 3 and 1", d.clicks, d.typed)
	}
	if c := d.kept(); c.State != claim.Confirmed {
		t.Errorf("the bill is %s", c.State)
	}
	d.picture("settle-paper")
	d.sound()
	pdf := d.pdf()
	if pages := len(regexp.MustCompile(`/Type\s*/Page[^s]`).FindAll(pdf, -1)); pages != 1 {
		t.Errorf("the statement prints on %d pages, want one", pages)
	}
	if !bytes.Contains(pdf, []byte("/MediaBox [0 0 594.95996 841.91998]")) && !bytes.Contains(pdf, []byte("/MediaBox [0 0 595")) {
		t.Errorf("the paper is not A4: %s", regexp.MustCompile(`/MediaBox[^\]]*\]`).Find(pdf))
	}
	d.keepPDF("settle-paper", pdf)
	d.onPaper()
	d.fits()
	d.picture("settle-print")
}

// A bill entered by hand, with the keyboard alone.
func TestEnterByHand(t *testing.T) {
	d := openOn(t, now, false)
	d.see("/")
	d.do(chromedp.SendKeys("#who", "lgf"))
	d.next(chromedp.KeyEvent(kb.Enter))
	if ask[bool](d, `!!document.querySelector('a[href^="/people/"]')`) {
		t.Error("by name the window finds somebody who was never its patient")
	}
	d.see("/")
	d.do(chromedp.SendKeys("#who", d.number))
	d.next(chromedp.KeyEvent(kb.Enter))
	d.at("/people/" + d.person)
	d.picture("person")
	d.sound()
	d.click(`a[href*="rule=inpatient"]`)
	d.sound()
	d.press(kb.F9)
	d.waitFor("#problems")
	if focused := ask[string](d, "document.activeElement.id"); focused != "problems" {
		t.Errorf("the cursor is at %q, want at what is to be mended", focused)
	}
	d.picture("form-problems")
	d.sound()
	for _, entry := range [][2]string{{"#bill-no", "ZY-9"}, {"#visit-admitted", "20211101"}, {"#visit-discharged", "20211105"}, {"#line-0-amount", "1000"},
		{"#line-0-in_scope", "900"}, {"#paid-basic_insurance", "600"}, {"#paid-medical_assistance", "0"}} {
		d.write(entry[0], entry[1])
	}
	d.press(kb.F9)
	d.at("/settlements/ZY-9")
	d.has("300.00", "100.00", "确认结算并打印")
	d.press(kb.F8)
	d.at("/settlements?kept=ZY-9")
	d.has("已暂存")
	d.picture("list")
	d.sound()
	d.press("?")
	d.at("/help")
	d.sound()
	d.do(chromedp.KeyEvent("/"))
	if focused := ask[string](d, "document.activeElement.id"); focused != "q" {
		t.Errorf("the cursor is at %q, want in the search", focused)
	}
}

// Enter goes on to the next field of a bill, as cashiers are used to.
func TestEnterGoesOn(t *testing.T) {
	d := openOn(t, now, false)
	d.see("/settlements/new?person=" + d.person + "&policy=pingyin-medical-help&rule=inpatient")
	d.do(chromedp.Focus("#visit-admitted"), chromedp.KeyEvent("20211101"+kb.Enter+"20211105"))
	if typed := ask[string](d, `document.getElementById("visit-admitted").value + " " + document.getElementById("visit-discharged").value`); typed != "20211101 20211105" {
		t.Errorf("typed %q", typed)
	}
	if focused := ask[string](d, "document.activeElement.id"); focused != "visit-discharged" {
		t.Errorf("Enter leads to %q, want the next field", focused)
	}
	d.at("/settlements/new?person=" + d.person + "&policy=pingyin-medical-help&rule=inpatient")
}

// Sending a form twice settles once, and so does pressing its key twice.
func TestDoubleSubmit(t *testing.T) {
	d := open(t)
	d.see("/settlements/" + number)
	answers := later[[]string](d, `(async () => {
		const form = document.querySelector(".act form"), body = new URLSearchParams(new FormData(form));
		const sent = await Promise.all([0, 1, 2].map(() => fetch(form.action, {method: "POST", body})));
		return sent.map(r => r.status + " " + new URL(r.url).pathname);
	})()`)
	for _, answer := range answers {
		if answer != "200 /settlements/"+number+".print" {
			t.Errorf("answer %q", answer)
		}
	}
	if c := d.kept(); c.State != claim.Confirmed || c.Version != 1 {
		t.Errorf("settled as %+v", c)
	}
}

// Figures that changed since they were shown are shown, and nothing is settled.
func TestChangedFigures(t *testing.T) {
	d := open(t)
	d.see("/settlements/" + number)
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		entries, err := d.Register.Facts(tx, d.person, rule.Forever)
		for _, e := range entries {
			if err == nil && strings.HasPrefix(e.Name, "roster.") {
				_, err = d.Register.Withdraw(tx, e.ID, dated.Said{Source: "县乡村振兴局"})
			}
		}
		return err
	}))
	d.press(kb.F9)
	d.has("住院帮扶: 2,009.89 → 0.00", "个人应付: 1,286.30 → 3,296.19", "未列入")
	d.picture("settle-refused")
	d.sound()
	if c := d.kept(); c.State == claim.Confirmed {
		t.Error("settled all the same")
	}
}

// Without JavaScript the same forms do the same.
func TestWithoutScript(t *testing.T) {
	d := open(t)
	d.withoutScript()
	d.see("/")
	d.do(chromedp.SendKeys("#who", d.number))
	if _, err := chromedp.RunResponse(d.Context, chromedp.Click(".hero button")); err != nil {
		t.Fatal(err)
	}
	d.at("/settlements/" + number)
	if _, err := chromedp.RunResponse(d.Context, chromedp.Click(".act button")); err != nil {
		t.Fatal(err)
	}
	d.at("/settlements/" + number + ".print?now=1")
	d.has("集中费用帮扶 结算单", "请用浏览器的打印功能")
	if c := d.kept(); c.State != claim.Confirmed {
		t.Errorf("the bill is %s", c.State)
	}
}

func TestEnglish(t *testing.T) {
	d := open(t)
	d.see("/settlements/" + number)
	d.click(`a[hreflang="en"]`)
	d.at("/en/settlements/" + number)
	d.has("Settle and print", "reconciled, difference 0.00", "Patient pays")
	d.picture("settle-en")
	d.sound()
	d.fits()
	d.click(".act button[data-key=F9]")
	d.has("Patient or family")
}

// On a phone nothing scrolls sideways; in large letters and on a middling screen neither.
func TestNarrow(t *testing.T) {
	d := open(t)
	middling := []string{"/", "/settlements/" + number, "/settlements/" + number + "/edit"}
	pages := []string{"/", "/settlements/" + number, "/settlements/" + number + "/bill", "/settlements/" + number + "/trace", "/settlements/" + number + "/edit", "/people/" + d.person, "/settlements", "/help", "/en/settlements/" + number}
	for _, size := range []struct {
		width, height int64
		large         bool
	}{{390, 844, false}, {390, 844, true}, {1024, 768, false}, {1366, 768, true}} {
		d.size(size.width, size.height)
		d.see("/display?size=" + map[bool]string{true: "lg", false: "md"}[size.large] + "&back=/")
		if size.width > 390 {
			pages = middling
		}
		for _, path := range pages {
			d.see(path)
			d.fits()
		}
	}
	d.see("/display?size=md&back=/")
	d.size(390, 844)
	d.see("/settlements/" + number)
	d.picture("settle-phone")
	d.sound()
	d.do(chromedp.ScrollIntoView(".layers tfoot"))
	d.picture("settle-phone-table")
	d.see("/settlements/" + number + "/edit")
	d.picture("form-phone")
	d.sound()
}

// A payer that fills up to a share is marked on the bar.
func TestTarget(t *testing.T) {
	d := open(t)
	must(t, d.Send(now, d.Filled(d.person, "G-1", "2021-11-05")))
	d.see("/settlements/G-1")
	d.has("至 90%", "健康扶贫保险")
	d.picture("settle-target")
	d.sound()
}

// The other pages of a bill, to their end.
func TestReverseAndReplace(t *testing.T) {
	d := open(t)
	d.see("/settlements/" + number)
	d.press(kb.F9)
	d.press(kb.Escape)
	d.at("/settlements/" + number)
	d.has("已结算")
	d.picture("settled")
	d.sound()
	d.click(`a[href$="/edit"]`)
	d.write("#line-0-amount", "1300")
	d.write("#reason", "床位费少计一天")
	d.press(kb.F9)
	d.has("核对更正后的结算", "1,386.30")
	d.picture("replace")
	d.sound()
	d.press(kb.F9)
	d.has("38,742.50", "患者（家属）签字")
	d.press(kb.Escape)
	d.click(`a[href$="/reverse"]`)
	d.sound()
	d.write("#reason", "录入有误")
	d.click("main form .btn.danger")
	d.has("已冲销", "录入有误", "赵敏")
	d.picture("reversed")
	d.sound()
	d.see("/settlements/" + number + "/trace")
	d.has("支持编号")
	d.sound()
	d.openLater(48 * time.Hour)
	d.see("/")
	d.has("今天还没有账单")
	d.picture("empty")
	d.sound()
}

// What a page asks of the network comes from the desk alone, and the browser finds nothing against its policy.
func TestNothingFromElsewhere(t *testing.T) {
	d := open(t)
	for _, path := range []string{"/", "/settlements/" + number, "/settlements/" + number + "/edit", "/help"} {
		d.see(path)
		for _, asked := range ask[[]string](d, `performance.getEntriesByType("resource").map(e => e.name)`) {
			if !strings.HasPrefix(asked, d.url) {
				t.Errorf("%s asks %s", path, asked)
			}
		}
		if broken := d.violations(); len(broken) > 0 {
			t.Errorf("%s: %v", path, broken)
		}
	}
}

// violations are what the browser refused by the content policy since the page was opened.
func (d *desk) violations() []string {
	d.Helper()
	return later[[]string](d, `new Promise(done => {
		new ReportingObserver(found => done(found.map(r => JSON.stringify(r.body))), {types: ["csp-violation"], buffered: true}).observe();
		requestAnimationFrame(() => requestAnimationFrame(() => done([])));
	})`)
}

// The check above must be able to fail.
func TestViolationsAreSeen(t *testing.T) {
	d := open(t)
	d.see("/help")
	ask[int](d, `document.body.insertAdjacentHTML("beforeend", "<p style='color:red'>x</p>"), 1`)
	if len(d.violations()) == 0 {
		t.Error("a style inside the page is not seen")
	}
}
