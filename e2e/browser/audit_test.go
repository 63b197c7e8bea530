package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// An auditor finds who looked at somebody, and has the record verified: each in a few clicks.
func TestAuditor(t *testing.T) {
	d := open(t)
	d.see("/settlements/ZY20211108-0037")
	d.press(kb.F9)
	d.signIn("auditor")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`#side a[href="/audit"]`)
	d.has("赵敏", "结算")
	d.picture("audit")
	d.write("#subject-q", d.number)
	d.click(`main form[action="/audit/person"] button`)
	d.at("/audit?person=" + d.person)
	d.has("只列涉及")
	d.click(`main table a[href^="/audit/entries/"]`)
	d.has("待封存", "李**")
	if d.clicks > 4 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 4 and 1", d.clicks, d.typed)
	}
	d.picture("audit-entry")
	d.sound()
	d.fits()
	d.see("/audit/verify")
	d.picture("audit-verify")
	d.press(kb.F9)
	d.has("复算核对", "取消任务")
	d.picture("audit-verifying")
	d.sound()
	d.fits()
	stop := d.works()
	d.waitFor(`main a[href^="/audit/verify/"]`)
	stop()
	d.press(kb.F9)
	d.has("没有发现不符", "资金专账相符")
	d.picture("audit-verified")
	d.sound()
	d.fits()
	pages := [][2]string{{"audit", "/audit"}, {"audit-seals", "/audit/seals"}, {"audit-verify", "/audit/verify"}}
	d.looksRight(append(pages, [2]string{"audit-en", "/en/audit"}), "")
	d.size(390, 844)
	d.looksRight(pages, "-phone")
}

// An auditor draws a settlement, has it computed again and takes its evidence along: four clicks and one field from the work queue.
func TestAuditorDrawsASettlement(t *testing.T) {
	d := open(t)
	d.see("/settlements/ZY20211108-0037")
	d.press(kb.F9)
	d.signIn("auditor")
	d.see("/")
	d.clicks, d.typed = 0, 0
	d.click(`#side a[href="/audit"]`)
	d.write("#draw-no", "ZY20211108-0037")
	d.click(`main form[action="/audit/settlements"] button`)
	d.has("李**", "复算")
	d.picture("audit-drawn")
	d.sound()
	d.fits()
	d.click(`main a[href$="/recompute"]`)
	d.has("复算一致", "逐条依据", "个人负担")
	d.picture("audit-recomputed")
	d.sound()
	d.fits()
	here := ask[string](d, "location.pathname")
	d.clicks++ // the file comes by the link's own address; a download leaves the page where it is
	size := later[int](d, `fetch(document.querySelector("main a[download]").href).then(r => r.ok ? r.arrayBuffer() : new ArrayBuffer(0)).then(b => b.byteLength)`)
	if size < 1000 {
		t.Errorf("the evidence has %d bytes", size)
	}
	if d.clicks > 4 || d.typed > 1 {
		t.Errorf("%d clicks and %d fields, want at most 4 and 1", d.clicks, d.typed)
	}
	pages := [][2]string{{"audit-draw", "/audit/settlements"}, {"audit-recomputed", here}}
	d.looksRight(pages, "")
	d.size(390, 844)
	d.looksRight(pages, "-phone")
}
