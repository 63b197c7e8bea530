package web

import "testing"

func TestMarkChinese(t *testing.T) {
	for page, want := range map[string]string{
		`<p>plain &amp; simple</p>`: `<p>plain &amp; simple</p>`,
		`<title>李 · doudi</title><p class="a" id=b>by 李桂芳 (“三免六减半”, 2021)</p>`:                                  `<title>李 · doudi</title><p class="a" id=b>by <bdi lang="zh-CN">李桂芳</bdi> (“<bdi lang="zh-CN">三免六减半</bdi>”, 2021)</p>`,
		`<div lang="zh-CN"><div>一</div>二</div>三<br/>四，五`:                                                        `<div lang="zh-CN"><div>一</div>二</div><bdi lang="zh-CN">三</bdi><br/><bdi lang="zh-CN">四，五</bdi>`,
		`<textarea name="x">张三</textarea><select><option value="1">城关镇</option></select><a title="中">二（三）1</a>`: `<textarea name="x">张三</textarea><select><option value="1">城关镇</option></select><a title="中"><bdi lang="zh-CN">二（三）</bdi>1</a>`,
	} {
		if got := string(markChinese([]byte(page))); got != want {
			t.Errorf("%s\nbecomes\n%s\nwant\n%s", page, got, want)
		}
	}
}
