package web

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// inChinese is a stretch of Chinese in a text.
var inChinese = regexp.MustCompile(`\p{Han}(?:[\p{Han}，。、；：？！（）《》〔〕“”·…—0-9]*[\p{Han}）》〕])?`)

// unmarked are elements whose text is no place for a mark: what may be marked is the element itself, or nothing.
var unmarked = map[string]bool{"title": true, "script": true, "style": true, "textarea": true, "option": true}

// markChinese says of all Chinese on an English page that it is Chinese: names, places, what a document or a person said in its own words. Whoever reads the
// page aloud then reads it right. It is done to the page as a whole, for such words come from everywhere.
func markChinese(page []byte) []byte {
	var b bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(page))
	inside, depth := "", 0 // an element that is marked already, or takes no mark
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case html.ErrorToken: // the end: what we write can be read
			return b.Bytes()
		case html.TextToken:
			if inside == "" {
				raw = inChinese.ReplaceAll(raw, []byte(`<bdi lang="zh-CN">$0</bdi>`))
			}
		case html.StartTagToken:
			raw = bytes.Clone(raw) // a look at the name changes it
			name, more := z.TagName()
			switch {
			case inside == string(name):
				depth++
			case inside == "" && (unmarked[string(name)] || more && chineseTag(z)):
				inside, depth = string(name), 1
			}
		case html.EndTagToken:
			raw = bytes.Clone(raw)
			if name, _ := z.TagName(); inside == string(name) {
				if depth--; depth == 0 {
					inside = ""
				}
			}
		}
		b.Write(raw)
	}
}

// chineseTag tells whether the tag just read says that it holds Chinese.
func chineseTag(z *html.Tokenizer) bool {
	for {
		name, value, more := z.TagAttr()
		if string(name) == "lang" {
			return strings.HasPrefix(string(value), "zh")
		}
		if !more {
			return false
		}
	}
}
