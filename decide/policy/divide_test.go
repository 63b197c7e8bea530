package policy_test

import (
	"slices"
	"testing"

	"doudi/decide/policy"
)

func TestDivideTheDocument(t *testing.T) {
	p := &policy.Pack{}
	for _, number := range []string{"通知", "一", "二", "二（一）", "二（二）1", "二（二）2（1）", "第三条", "附件"} {
		p.Clauses = append(p.Clauses, &policy.Clause{Number: number})
	}
	got := policy.Divide(p, []string{"某县某年文件", "一、总体目标", "目标的话。", "二、具体工作", "（一）学生", "1. 包里没有的一款", "(二) 残疾人", "1．范围", "每月 100 元。", "2、流程", "（1）申请", "（2）包里没有的", "三十人以上的，另行通知。", "第三条 其他", "附件：申请表"})
	want := map[string][]string{"一": {"一、总体目标", "目标的话。"}, "二": {"二、具体工作", "(二) 残疾人", "2、流程"}, "二（一）": {"（一）学生", "1. 包里没有的一款"}, "二（二）1": {"1．范围", "每月 100 元。"},
		"二（二）2（1）": {"（1）申请", "（2）包里没有的", "三十人以上的，另行通知。"}, "第三条": {"第三条 其他"}, "附件": {"附件：申请表"}}
	for number, paragraphs := range want {
		if !slices.Equal(got[number], paragraphs) {
			t.Errorf("%s: %q, want %q", number, got[number], paragraphs)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d clauses, want %d: %q", len(got), len(want), got)
	}
}
