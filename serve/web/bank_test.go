package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"doudi/record/payment"
)

// returnedBy is what the bank returns of the first order of a batch.
func returnedBy(b payment.Batch, file, amount, result, message string) []byte {
	return []byte("批次明细ID,姓名,银行卡号,实发金额,发放状态(01成功 02失败),提示信息\n" + b.Number + "-" + file + "-000001,李桂芳,9012345678," + amount + "," + result + "," + message + "\n")
}

// A locked batch is sent to the bank, comes back, is mended by one person and sent again by another; its page ends in a difference of zero all the way.
func TestBank(t *testing.T) {
	f := openFamily(t)
	b := f.quarter(f.as("register"))
	f.openOffice(time.Date(2021, 12, 27, 2, 0, 0, 0, time.UTC))
	here := "/payments/batches/" + b.Number
	f.signIn("register")
	f.get(here)
	f.is(200, "勾稽：", "合计 1 人 300.00 元", "专账占用 1 笔 300.00 元", "差 0.00", "金额＝标准×月数：1 人", "没有重复", "新增 +1")
	f.post(here+"/hand-in", f.form())
	f.sends(here)
	f.signIn("finance")
	f.get(here)
	f.post(here+"/lock", with(f.form(), "key", "l1"))
	f.sends(here)
	f.get("/")
	f.is(200, "待生成银行文件")
	f.waiting("1 0 0 0 0")
	f.get(here)
	f.is(200, "待送银行", "导出银行文件 1 笔 300.00 元", "银行文件 未生成")
	f.sendFile(here+"/returns", "r0", "回盘.csv", returnedBy(b, "1", "300.00", "01", ""))
	f.is(422, "不是批次", "整份没有记账", "差 0.00")
	f.post(here+"/bank-files", url.Values{"key": {"o1"}})
	f.sends(here + "/bank-files/1.xlsx")
	f.post(here+"/bank-files", url.Values{"key": {"o1"}}) // sent twice
	f.sends(here + "/bank-files/1.xlsx")
	f.get(here + "/bank-files/1.csv")
	f.is(200, "批次明细ID,姓名,银行卡号", b.Number+"-1-000001,李桂芳,9012345678,300.00")
	f.not("残疾")
	f.get(here + "/bank-files/9.csv")
	f.is(404)
	f.get(here + "/bank-files/x.doc")
	f.is(404)
	f.get(here)
	f.is(200, "已送银行", "银行文件 1 笔 300.00 元", "未回 1 笔 300.00 元", "差 0.00")
	f.sendFile(here+"/returns", "r1", "回盘.csv", nil)
	f.is(422, "没有选择回盘文件")
	f.sendFile(here+"/returns", "r2", "回盘.csv", returnedBy(b, "1", "0.00", "02", "户名不符"))
	f.sends(here)
	f.get(here)
	f.is(200, "部分失败", "退回待处理 1 笔 300.00 元", "户名不符", "退回 1 笔 300.00 元", "差 0.00")
	f.get(here + "/orders/1-1")
	f.is(200, "李桂芳", "户名不符", "列入补发")
	f.not("9012345678")
	f.post(here+"/orders/1-1", url.Values{"key": {"m1"}, "number": {"12"}})
	f.is(422, "银行账号应为", `value="12"`)
	f.post(here+"/orders/1-1", url.Values{"key": {"m2"}, "number": {"9012345679"}})
	f.sends(here + "#returned")
	f.get(here)
	f.is(200, "生成补发文件 1 笔 300.00 元")
	f.post(here+"/bank-files", url.Values{"key": {"o2"}})
	f.is(403, "补发文件须由另一人生成")
	f.get(here + "/orders/9-9")
	f.is(404)
	f.signIn("checker")
	f.post(here+"/bank-files", url.Values{"key": {"o3"}})
	f.sends(here + "/bank-files/2.xlsx")
	f.sendFile(here+"/returns", "r3", "回盘2.csv", returnedBy(b, "2", "300.00", "01", ""))
	f.sends(here)
	f.get(here)
	f.is(200, "已完结", "回盘成功 1 笔 300.00 元", "专账已支付 300.00 元", "差 0.00", "（补发）")
	f.not("退回待处理", "生成补发文件")
	f.get(here + "/differences")
	f.is(200, "李桂芳", "新增")
	f.get(here + "/differences?after=nothing")
	f.is(422)
	f.signIn("register") // who made it
	f.get(here)
	f.is(200, "已完结")
	f.not("导入回盘并记账")
	f.get(here + "/bank-files/1.xlsx")
	f.is(404)
	if strings.Contains(f.lastAnswer, "9012345678") {
		t.Error("the account is shown")
	}
}
