package web_test

import (
	"regexp"
	"strings"
	"testing"

	"doudi/decide/policy"
	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/record/dated"
	"doudi/record/store"
)

// paperOf is the form of a pack as the pack lays it out.
func (d *desk) paperOf(pack, id string) *policy.Paper {
	d.Helper()
	for _, p := range d.Benefits.Packs {
		for _, x := range p.Procedures {
			for _, form := range x.Forms {
				if p.ID == pack && form.ID == id && form.Paper != nil {
					return form.Paper
				}
			}
		}
	}
	d.Fatalf("no form %s of %s", id, pack)
	return nil
}

var tags = regexp.MustCompile(`<[^>]*>`)

// told is what stands on the last paper, without the bar above it.
func (d *desk) told() string {
	_, paper, _ := strings.Cut(d.lastAnswer, "<main")
	return tags.ReplaceAllString(paper, " ")
}

// The approval form is filled in with what the record knows, in two copies; what it does not know stays blank, and so does what a post does not see.
func TestApprovalForm(t *testing.T) {
	f := openFamily(t)
	must(t, f.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := f.Register.Record(tx, f.woman, "person.disability.kind", rule.Fact{Value: rule.Text("limb"), Span: dated.Always, Source: "县残联"}, "")
		return err
	}))
	f.signIn("town")
	f.get("/people/" + f.woman)
	f.get(f.link("/people/" + f.woman + "/papers"))
	f.is(200, "一式 2 份", "按登记填写", "一人一档（A4）")
	before := f.looksBy(f.woman, "孙倩")
	path := f.link("/people/" + f.woman + "/forms/pingyin-2021/approval-form")
	f.get(path)
	f.is(200, "平阴县建档立卡重度残疾人衔接推进乡村振兴补助资金申请审批表", "李桂芳", f.identity, "肢体 </td>", " 2 </td>", "女 </td>", "示范村", "（2寸照片<br> 粘贴处）", "注：此表一式二份", `rowspan="4"`)
	if f.looksBy(f.woman, "孙倩") != before+1 {
		t.Error("printing was not recorded")
	}
	if n := strings.Count(f.lastAnswer, `class="official"`); n != 2 {
		t.Errorf("%d copies", n)
	}
	f.signIn("village")
	f.get(path)
	f.is(200, "李桂芳", f.identity)
	f.not("肢体")
	for _, wrong := range []string{"/people/" + f.woman + "/forms/pingyin-2021/nothing", "/people/" + f.woman + "/forms/nothing/approval-form", "/people/nobody/forms/pingyin-2021/approval-form"} {
		f.get(wrong)
		f.is(404)
	}
}

// delicate are words that papers for people do not say, beyond what a form of a document itself says.
var delicate = []string{"贫困", "脱贫", "建档立卡", "低保", "特困", "残疾", "重残", "疾病", "慢性病", "慢病", "失能", "患病", "监测对象", "困难户"}

func TestPapersAreDiscreet(t *testing.T) {
	f := openFamily(t)
	f.signIn("cashier")
	f.confirmed()
	f.get("/settlements/" + number + ".print")
	f.is(200, "李桂芳")
	papers := map[string]string{"the statement": f.told()}
	f.signIn("town")
	f.get("/people/" + f.woman + "/print")
	f.is(200, "李桂芳", "专项生活补助", "100.00", "999901********0029", "本人（家属）签字")
	papers["the person's file"] = f.told()
	f.get("/en/people/" + f.woman + "/print")
	f.is(200, "Special living allowance")
	papers["the person's file in English"] = f.told()
	f.get("/people/" + f.woman + "/forms/pingyin-2021/approval-form")
	form, own := f.told(), f.paperOf("pingyin-2021", "approval-form")
	var said strings.Builder // what the document's form says itself
	said.WriteString(own.Heading + own.Note)
	for _, row := range own.Rows {
		for _, c := range row {
			said.WriteString(c.Text)
		}
	}
	for _, word := range delicate {
		for name, paper := range papers {
			if strings.Contains(paper, word) {
				t.Errorf("%s says %s:\n%s", name, word, paper)
			}
		}
		if strings.Count(form, word) != 2*strings.Count(said.String(), word) {
			t.Errorf("the form says %s more often than the document", word)
		}
	}
}

// A paper as PDF needs Chromium; without it the page says so and what to do.
func TestPaperWithoutChromium(t *testing.T) {
	f := openFamily(t)
	t.Setenv("PATH", t.TempDir())
	f.signIn("town")
	for _, path := range []string{"/people/" + f.woman + "/print?as=pdf", "/people/" + f.woman + "/forms/pingyin-2021/approval-form?as=pdf"} {
		f.get(path)
		f.is(503, "没有装 Chromium", "Ctrl+P", "支持编号")
	}
}
