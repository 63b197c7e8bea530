package web_test

import (
	"strings"
	"testing"
)

// A roll with headings that nobody knows is kept, a person says what its columns are and sees how the first rows are read, and the office's next file is read by itself.
func TestNameTheColumns(t *testing.T) {
	d := office(t)
	content := "某县花名册\n甲,乙,丙,丁\n李桂芳," + d.identity + ",2,闺女\n赵新,19990101,3,本人\n"
	d.signIn("register")
	d.get("/mappings")
	d.is(200, "还没有保存过哪一列是什么")
	d.get("/imports/new")
	form := with(d.form(), "source", "县残联", "since", "一直")
	d.uploads("名册.csv", content, form)
	columns := d.lastAddress
	if d.lastCode != 303 || !strings.HasSuffix(columns, "/columns") {
		t.Fatalf("%d to %s:\n%s", d.lastCode, columns, d.lastAnswer)
	}
	here := strings.TrimSuffix(columns, "/columns")
	d.uploads("名册.csv", content, form) // sent twice
	d.sends(columns)
	d.get(here)
	d.is(200, "待说明各列", "说明各列", "不用了")
	d.not("读取并比对</button>")

	d.get(columns)
	d.is(200, "第 2 行：甲 · 乙 · 丙 · 丁", "李桂芳 · 赵新", `<optgroup label="本人">`, `value="person.disability.level"`, "不读取", "本次查看已留痕")
	said := with(d.form(), "as-1", "person.name", "as-2", "person.id", "as-3", "person.disability.level", "as-4", "member.relation")
	d.post(columns, with(d.form()))
	d.is(422, "有 1 处要改", "支持编号")
	d.post(columns, with(said, "as-4", "person.name"))
	d.is(422, "有 1 处要改", `<option value="person.disability.level" selected>`)
	d.post(columns, with(said, "words-4", "闺女是女儿"))
	d.is(422, "词语对照写法不对", `value="闺女是女儿"`)
	d.post(columns, with(said, "step", "look"))
	d.is(200, "前几行读成这样", "姓名：李桂芳", "残疾等级：2", "证件号码", "闺女")
	said = with(said, "words-4", "闺女=女儿")
	d.post(columns, with(said, "step", "look"))
	d.is(200, "与户主关系：女<", `value="闺女=女儿"`)
	d.get(columns + "?row=3")
	d.is(200, `<option value="3" selected>`)
	d.get(columns + "?row=99&sheet=nowhere")
	d.is(200, `<option value="2" selected>`)

	d.post(columns, said)
	d.sends(here)
	d.post(columns, said) // sent twice
	d.sends(here)
	d.get(columns)
	d.sends(here)
	d.worked()
	d.get(here + "?verdict=refused")
	d.is(200, "待审核", "赵新")

	d.get("/mappings")
	d.is(200, "县残联")
	mapping := "/mappings/%E5%8E%BF%E6%AE%8B%E8%81%94"
	d.get(mapping)
	d.is(200, "县残联", `<option value="person.disability.level" selected>`, `value="闺女=女儿"`)
	kept := with(d.form(), "as-1", "person.name", "as-2", "person.id")
	d.post(mapping, with(kept, "as-2", ""))
	d.is(422, "有 1 处要改")
	d.post(mapping, with(kept, "words-1", "是"))
	d.is(422, "词语对照写法不对")
	d.post(mapping, kept)
	d.sends("/mappings")
	d.get(mapping)
	d.not(`<option value="person.disability.level" selected>`)
	d.get("/imports/new")
	again := with(d.form(), "source", "县残联", "since", "一直")
	d.uploads("下月.csv", content, again) // by what is kept, nobody is asked
	if d.lastCode != 303 || strings.HasSuffix(d.lastAddress, "/columns") {
		t.Errorf("%d to %s", d.lastCode, d.lastAddress)
	}
	d.post(mapping+"/forget", with(kept, "key", "forget-1"))
	d.sends("/mappings")
	d.get(mapping)
	d.is(404, "没有这个页面")
	d.post(mapping+"/forget", with(kept, "key", "forget-2"))
	d.is(404)

	d.signIn("checker")
	for _, path := range []string{columns, "/mappings", mapping} {
		d.get(path)
		d.is(404, "没有这个页面")
	}
}
