package present_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/serve/present"
)

// batch is a quarter of three people, one of them a child and one left out.
func batch(t *testing.T) *present.Batch {
	t.Helper()
	first := day(t, "2021-10-01").Month()
	hundred := money.Yuan(100)
	return &present.Batch{Number: "FF2021Q4-0007", Scheme: fault.Text{ZH: "重度残疾人补助", EN: "Severe disability allowance"}, PublicName: fault.Text{ZH: "专项生活补助", EN: "Special living allowance"},
		Payer: "镇", Fund: "县财政", From: first, To: first + 2, State: fault.Text{ZH: "已锁定", EN: "locked"}, Total: money.Yuan(800), People: 2,
		Done:        []present.BatchAct{{What: fault.Text{ZH: "制单", EN: "made"}, Who: "孙倩", When: "2021-12-20 09:00"}, {What: fault.Text{ZH: "退回", EN: "sent back"}, Who: "周敏", When: "2021-12-20 10:00", Note: "再核"}},
		Differences: []present.BatchDifference{{Change: fault.Text{ZH: "停发", EN: "stopped"}, Name: "赵四", Place: "城关镇", Before: money.Yuan(300), Why: fault.Text{ZH: "已去世", EN: "died"}}},
		Rows: []present.BatchRow{
			{Name: "张三丰", Place: "城关镇", Bank: "农村信用社", Holder: "张三丰", Account: "9012345678", Parts: []present.BatchPart{{Amount: hundred, Months: 3}, {Amount: hundred, Months: 3, Arrears: true}, {Amount: -hundred, Months: 1, Arrears: true}}, Months: 3, Amount: money.Yuan(500)},
			{Name: "王小明", Place: "城关镇", Child: true, Bank: "农村信用社", Holder: "王大山", Account: "9012345699", Parts: []present.BatchPart{{Amount: hundred, Months: 3}}, Months: 3, Amount: money.Yuan(300)},
			{Name: "李四", Place: "东关镇", Months: 3, Amount: money.Yuan(300), Parts: []present.BatchPart{{Amount: hundred, Months: 3}}, Out: fault.Text{ZH: "人工移出", EN: "moved out by a person"}, Note: "本人申请缓发"},
		}}
}

func TestBatch(t *testing.T) {
	b := batch(t)
	golden(t, "batch.golden", present.Draw(present.BatchOverview(b, zh), false))
	golden(t, "roster.golden", present.Draw(present.Roster(b, zh), false))
	golden(t, "roster-en.golden", present.Draw(present.Roster(b, en), false))
	golden(t, "roster-public.golden", present.Draw(present.PublicRoster(b, zh), false))
	var paper bytes.Buffer
	if err := present.Paper(present.Roster(b, zh), present.Frame{Landscape: true, Signatures: []string{"制单："}}).Render(context.Background(), &paper); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"size:A4 landscape", `class="paper wide"`, "9012345678</td>", "捌佰元整", "制单："} {
		if !strings.Contains(strings.ReplaceAll(paper.String(), ` class="num"`, ""), part) {
			t.Errorf("the paper lacks %s", part)
		}
	}
	view := present.BatchView{Number: b.Number, Scheme: "a/b", Payer: "town", Fund: "f", Paid: "quarter", From: b.From.String(), To: b.To.String(), Part: 1, State: "locked", People: 2, Total: b.Total}
	all := readSchemas(t)
	all.view(t, present.ViewBatch(view))
	all.view(t, present.ViewBatches([]present.BatchView{view}))
}
