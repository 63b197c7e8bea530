package browser_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"doudi/decide/policy"
	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/internal/debian"
	"doudi/internal/staff"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record/dated"
	"doudi/record/store"
	"doudi/serve/pdf"
	"doudi/serve/present"
)

// leaf is a PDF as those programs see it that read one: its text in the order it stands on the paper, its pages, and what is wrong with its fonts.
type leaf struct {
	*testing.T
	text  string
	pages string
}

// read looks at a PDF by the programs of Debian's poppler-utils, which the set-up of the tests installs.
func read(t *testing.T, name string, content []byte) leaf {
	t.Helper()
	must(t, debian.Need(map[string]string{"pdftotext": "poppler-utils", "pdfinfo": "poppler-utils", "pdffonts": "poppler-utils", "pdftoppm": "poppler-utils"}))
	if !bytes.HasPrefix(content, []byte("%PDF-")) {
		t.Fatalf("%s is no PDF: %s", name, content[:min(len(content), 500)])
	}
	file := filepath.Join(t.TempDir(), name+".pdf")
	must(t, os.WriteFile(file, content, 0o600))
	run := func(program string, args ...string) string {
		out, err := exec.Command(program, args...).CombinedOutput()
		if err != nil {
			t.Fatal(program, err, string(out))
		}
		return string(out)
	}
	for _, font := range strings.Split(strings.TrimSpace(run("pdffonts", file)), "\n")[2:] {
		if !strings.Contains(font, " yes ") {
			t.Errorf("%s: a font is not embedded: %s", name, font)
		}
	}
	if *pictures != "" {
		run("pdftoppm", "-r", "70", "-png", file, filepath.Join(*pictures, name))
	}
	s := leaf{T: t, text: strings.Join(strings.Fields(run("pdftotext", "-layout", file, "-")), " ")}
	if found := regexp.MustCompile(`Pages: +(\d+)[\s\S]*Page size: +(.*)`).FindStringSubmatch(run("pdfinfo", file)); found != nil {
		s.pages = found[1]
		if !strings.Contains(found[2], "A4") && !strings.HasPrefix(found[2], "594.9") && !strings.HasPrefix(found[2], "595") {
			t.Errorf("%s is not A4: %s", name, found[2])
		}
	}
	return s
}

// says fails unless the paper has so many pages and says something.
func (s leaf) says(pages string, words ...string) {
	s.Helper()
	if s.pages != pages {
		s.Errorf("%s pages, want %s:\n%s", s.pages, pages, s.text)
	}
	for _, word := range words {
		if !strings.Contains(s.text, word) {
			s.Errorf("the paper does not say %q:\n%s", word, s.text)
		}
	}
}

// fetch asks for something as somebody of the demonstration.
func (d *desk) fetch(login, path string) []byte {
	d.Helper()
	return d.fetchAs(login, path, "application/pdf")
}

// fetchAs is fetch of a file of some media type.
func (d *desk) fetchAs(login, path, media string) []byte {
	d.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	signed, err := client.PostForm(d.url+"/sign-in", url.Values{"county": {fiction.Code}, "login": {login}, "password": {staff.Password}})
	must(d.T, err)
	must(d.T, signed.Body.Close())
	request, err := http.NewRequestWithContext(d.T.Context(), http.MethodGet, d.url+path, nil)
	must(d.T, err)
	request.AddCookie(signed.Cookies()[0])
	answer, err := client.Do(request)
	must(d.T, err)
	content, err := io.ReadAll(answer.Body)
	must(d.T, err)
	must(d.T, answer.Body.Close())
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != media {
		d.Fatalf("%s: %s %s\n%s", path, answer.Status, answer.Header.Get("Content-Type"), content[:min(len(content), 2000)])
	}
	return content
}

// What the server prints: the statement on one page, the person's file on one, the approval form on two, once for each office.
func TestServerPapers(t *testing.T) {
	d := open(t)
	d.family()
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := d.Register.Record(tx, d.person, "person.disability.kind", rule.Fact{Value: rule.Text("limb"), Span: dated.Always, Source: "县残联"}, "")
		return err
	}))
	d.see("/settlements/ZY20211108-0037")
	d.press(kb.F9)
	statement := read(t, "statement", d.fetch("cashier", "/settlements/ZY20211108-0037.print?as=pdf"))
	statement.says("1", "李桂芳", "38,642.50", "勾稽一致", "患者（家属）签字")
	file := read(t, "person", d.fetch("town", "/people/"+d.person+"/print?as=pdf"))
	file.says("1", "一人一档", "李桂芳", "专项生活补助", "100.00", "经办机构盖章")
	form := read(t, "approval-form", d.fetch("town", "/people/"+d.person+"/forms/pingyin-2021/approval-form?as=pdf"))
	form.says("2", "申请审批表", "李桂芳", d.number, "肢体", "粘贴处", "县残联", "注：此表一式二份")
	for _, screen := range []string{"下载 PDF", "返回"} {
		if strings.Contains(statement.text+file.text+form.text, screen) {
			t.Errorf("the bar of the screen is printed: %s", screen)
		}
	}
	d.signIn("town")
	d.looksRight([][2]string{{"papers", "/people/" + d.person + "/papers"}, {"approval-form", "/people/" + d.person + "/forms/pingyin-2021/approval-form"}, {"person-print", "/people/" + d.person + "/print"}}, "")
	d.size(390, 844)
	d.looksRight([][2]string{{"papers", "/people/" + d.person + "/papers"}, {"approval-form", "/people/" + d.person + "/forms/pingyin-2021/approval-form"}, {"person-print", "/people/" + d.person + "/print"}}, "-phone")
}

// laidOut is a form of a shipped pack.
func laidOut(t *testing.T, pack, id string) policy.Form {
	t.Helper()
	library, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	must(t, err)
	p, err := library.Load(packs.Files, pack)
	must(t, err)
	for _, x := range p.Procedures {
		for _, form := range x.Forms {
			if form.ID == id && form.Paper != nil {
				return form
			}
		}
	}
	t.Fatalf("no form %s of %s", id, pack)
	return policy.Form{}
}

// An application form on paper: one page, its three opinions one below the other, and nothing filled in that nobody knows.
func TestBlankApplicationForm(t *testing.T) {
	must(t, installed())
	form := laidOut(t, "jiangmen-draft", "application-form")
	var b bytes.Buffer
	must(t, present.FormPaper(form.Paper, form.Copies, map[string]string{"person.name": "欧阳𠮷祥"}, present.Frame{Title: form.Paper.Heading}).Render(t.Context(), &b))
	content, err := pdf.New().Print(t.Context(), b.Bytes())
	must(t, err)
	paper := read(t, "application-form", content)
	paper.says("1", "江门市易返贫致贫人口补充医疗保障申请表", "欧阳𠮷祥", "临床诊断", "本人声明", "经办人（签名）")
	if n := strings.Count(paper.text, "盖章"); n != 3 {
		t.Errorf("%d seals", n)
	}
}

// Both annexes have the cells of the documents' tables, in their order.
func TestFormsMatchTheDocuments(t *testing.T) {
	for _, tt := range []struct {
		pack, form string
		cells      []string // of each row, as the document's table has them: a label, or _ for what is filled in
	}{
		{"pingyin-2021", "approval-form", []string{"姓名 _ 性别 _ 民族 _ （2寸照片粘贴处）", "残疾类别 _ 残疾等级 _", "家庭住址 _", "身份证号码 _", "残疾人证号 _ 联系电话 _", "镇（街道）残联意见 _", "县残联审核意见 _"}},
		{"jiangmen-draft", "application-form", []string{"姓名 _ 性别 _ 年龄 _", "身份证号码 _ 联系电话 _", "居住地址 _", "临床诊断 _", "申请日期 _ 申请金额 _",
			"情况说明（说明申请人身体情况，所需药物，具体使用情况，如不够填写可另附页） 本人声明：上述申请金额为已经江门市基本医疗保险、大病保险、医疗救助和其它补充医疗保险支付后的药品费用。申请人（签名）：",
			"村（居）委会审核意见 审核意见：经办人（签名）：盖章：", "镇（街）乡村振兴部门复核意见 乡村振兴部门复核意见：经办人（签名）：盖章：", "镇（街）人民政府审批意见 审核意见：经办人（签名）：盖章：", "备注 _"}},
	} {
		paper := laidOut(t, tt.pack, tt.form).Paper
		var rows []string
		for _, row := range paper.Rows {
			var cells []string
			for _, c := range row {
				text := strings.NewReplacer(" ", "", "\n", "").Replace(c.Text)
				if text == "" {
					text = "_"
				}
				cells = append(cells, text)
			}
			rows = append(rows, strings.Join(cells, " "))
		}
		if got, want := strings.Join(rows, "\n"), strings.Join(tt.cells, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.pack, got, want)
		}
	}
}
