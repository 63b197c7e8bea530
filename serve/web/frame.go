package web

import (
	"strconv"
	"strings"
)

func (v *view) product() string {
	return v.say("兜底 · 民生保障经办", "doudi · benefits desk")
}

func (v *view) htmlLang() string {
	if v.english() {
		return "en"
	}
	return "zh-CN"
}

func (v *view) otherLang() string {
	if v.english() {
		return "zh-CN"
	}
	return "en"
}

func (v *view) otherName() string {
	if v.english() {
		return "中文"
	}
	return "EN"
}

func (v *view) size() string {
	if v.large {
		return "lg"
	}
	return "md"
}

// inside tells whether the page asked for belongs to an entry of the menu.
func (v *view) inside(path string) bool {
	if path == "/" {
		return v.r.URL.Path == "/" || strings.HasPrefix(v.r.URL.Path, "/people/")
	}
	return v.r.URL.Path == path || strings.HasPrefix(v.r.URL.Path, path+"/")
}

// keys are the keys of the desk and what they do.
func (v *view) keys() [][2]string {
	return [][2]string{
		{"/", v.say("到查找框", "to the search")},
		{"F8", v.say("暂存，先办下一位", "put aside, next patient")},
		{"F9", v.say("本页的主要操作，例如确认结算并打印", "what the page is for, such as settling and printing")},
		{"Esc", v.say("返回", "back")},
		{"?", v.say("打开这一页", "open this page")},
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// class is a CSS class where something holds.
func class(name string, when bool) string {
	if when {
		return name
	}
	return ""
}
