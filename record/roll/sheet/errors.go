package sheet

import (
	"fmt"
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// All messages about files and cells. None repeats a number or the name of a person.

func refused(code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: "sheet." + code, Op: "sheet", Message: message, Hint: hint}
}

func caused(cause error, e *fault.Error) *fault.Error {
	e.Cause = cause
	return e
}

// Of whole files.

var saveAsXLSX = text.Say("在 Excel 或 WPS 里打开，另存为“Excel 工作簿（*.xlsx）”再导入", "open it in Excel or WPS, save it as “Excel workbook (*.xlsx)” and import that")

func oldExcel() error {
	return refused("xls", text.Say("这是旧格式的 Excel 文件（xls），没有读", "this is a workbook of the old format (xls); it was not read"), saveAsXLSX)
}

func encrypted() error {
	return refused("encrypted", text.Say("工作簿设了打开密码，没有读", "the workbook is protected by a password; it was not read"),
		text.Say("在 Excel 里去掉密码（文件—信息—保护工作簿—用密码进行加密，清空）再导入", "remove the password in Excel (File, Info, Protect Workbook, Encrypt with Password) and import it again"))
}

func macros() error {
	return refused("macros", text.Say("工作簿带有宏程序，没有读", "the workbook holds macros; it was not read"), saveAsXLSX)
}

func binaryWorkbook() error {
	return refused("binary", text.Say("这是二进制工作簿（xlsb），没有读", "this is a binary workbook (xlsb); it was not read"), saveAsXLSX)
}

func openDocument() error {
	return refused("ods", text.Say("这是 OpenDocument 表格（ods），没有读", "this is an OpenDocument spreadsheet (ods); it was not read"), saveAsXLSX)
}

func webPage() error {
	return refused("html", text.Say("这是网页，只是取了表格的名字，没有读", "this is a web page with the name of a spreadsheet; it was not read"), saveAsXLSX)
}

func notATable(found string) error {
	return refused("no-table", text.Say("这不是表格（%s），没有读", "this is no table (%s); it was not read", found),
		text.Say("收 Excel 工作簿（xlsx）和 CSV 文本", "Excel workbooks (xlsx) and text as CSV are read"))
}

func empty() error {
	return refused("empty", text.Say("文件是空的", "the file is empty"), text.Say("核对选的文件", "check which file was chosen"))
}

func fileTooLarge(limit int64) error {
	return refused("file-size", text.Say("文件超过 %d MB，没有读", "the file is larger than %d MB; it was not read", limit>>20), text.Say("按乡镇分成几个文件", "divide it by towns"))
}

func textsTooMany(limit int) error {
	return refused("file-size", text.Say("工作簿里的文字超过 %d MB，没有读", "the texts of the workbook take more than %d MB; it was not read", limit>>20), text.Say("按乡镇分成几个文件，或存为 CSV", "divide it by towns, or save it as CSV"))
}

func bomb() error {
	return refused("bomb", text.Say("文件解压后大得不合常理，没有读", "the file unpacks to an implausible size; it was not read"),
		text.Say("在 Excel 里打开，只复制有数据的区域到新工作簿，另存后再导入；打不开时不要使用这个文件", "open it in Excel, copy only the area with data to a new workbook and import that; if it does not open, do not use the file"))
}

func broken(cause error) error {
	return caused(cause, refused("broken", text.Say("工作簿已损坏或没有传完整，没有读", "the workbook is damaged or did not arrive whole; it was not read"), text.Say("重新导出或重新上传", "export or upload it again")))
}

func unread(cause error) error {
	e := caused(cause, refused("unread", text.Say("文件读到一半读不下去了", "the file could not be read to its end"), text.Say("再试一次；没有保存任何一行", "try again; no row was kept")))
	e.Kind = fault.Unavailable
	return e
}

func notText() error {
	return refused("encoding", text.Say("文字编码既不是 UTF-8 也不是 GBK，没有读", "the text is neither UTF-8 nor GBK; it was not read"),
		text.Say("在 Excel 里打开，另存为“CSV UTF-8”或 xlsx 再导入", "open it in Excel, save it as “CSV UTF-8” or xlsx and import that"))
}

func at(p Place, e *fault.Error) error {
	where := p.Text()
	e.Message = fault.Text{ZH: where.ZH + "：" + e.Message.ZH, EN: where.EN + ": " + e.Message.EN}
	return e
}

func rowsTooMany(limit int) error {
	return refused("rows", text.Say("超过 %d 行，没有读", "more than %d rows; it was not read", limit), text.Say("按乡镇分成几个文件", "divide it by towns"))
}

func workbookFull() error {
	return refused("rows", text.Say("一张工作表至多 %d 行", "a sheet of a workbook holds at most %d rows", lastRow), text.Say("改用 CSV，或缩小范围", "use CSV, or ask for less"))
}

func refusalUnknown(row int) error {
	return refused("refusals", text.Say("文件没有第 %d 行，或顺序不对", "the file has no row %d, or it is out of order", row), text.Say("核对是不是同一个文件", "check whether it is the same file"))
}

func columnsTooMany(p Place, limit int) error {
	return at(p, refused("columns", text.Say("超过 %d 列", "more than %d columns", limit), text.Say("核对分隔符，删去多余的列", "check what separates the columns, and delete those that are not needed")))
}

func cellTooLarge(p Place, limit int) error {
	return at(p, refused("cell-size", text.Say("这里的内容超过 %d 字节，没有读下去", "what stands here is longer than %d bytes; reading stopped", limit),
		text.Say("Excel 的一个单元格至多 32767 个字；CSV 里多半是少了一个引号", "a cell of Excel holds at most 32,767 characters; in CSV a quotation mark is probably missing")))
}

func quotes(p Place, cause error) error {
	return at(p, caused(cause, refused("quotes", text.Say("引号不成对", "a quotation mark has no partner"), text.Say("含逗号、引号或换行的内容要用双引号括起来，其中的双引号写两个", "what holds a comma, a quotation mark or a line break stands in double quotes, and a double quote in it is written twice"))))
}

func sheetUnknown(name string, known []string) error {
	return refused("sheet", text.Say("没有名为%s的工作表；有：%s", "there is no sheet %s; there are: %s", fault.Quote(name), strings.Join(known, "、")), text.DidYouMean(name, known))
}

// Of headers.

func headerMissing() error {
	return refused("header", text.Say("前 %d 行里没有找到认识的表头", "no known header in the first %d rows", headerRows),
		text.Say("表头应有“姓名”“证件号码”这样的列名；列名不同时，先为这个来源指定各列是什么", "a header has names of columns such as 姓名 and 证件号码; if yours differ, say first what the columns of this source are"))
}

// miss is a template that a file resembles, with what it lacks.
type miss struct {
	template *Template
	lacks    []string
	near     map[string]string // what the file has that is probably meant, by what it lacks
}

func templateMissed(m miss) error {
	var zh, en []string
	for _, lack := range m.lacks {
		z, e := "“"+lack+"”", lack
		if near := m.near[lack]; near != "" {
			z, e = z+"（文件里的"+fault.Quote(near)+"是否就是它？）", e+" (is it "+fault.QuoteEN(near)+" of the file?)"
		}
		zh, en = append(zh, z), append(en, e)
	}
	return refused("columns-missing", fault.Text{
		ZH: fmt.Sprintf("表头最像“%s”，但缺少：%s", m.template.Label.ZH, strings.Join(zh, "、")),
		EN: fmt.Sprintf("the header resembles “%s” but lacks: %s", m.template.Label.In("en"), strings.Join(en, ", ")),
	}, text.Say("改正表头，或为这个来源指定各列是什么", "correct the header, or say what the columns of this source are"))
}

func headerTwice(p Place, header string) error {
	return at(p, refused("header-twice", text.Say("“%s”这一列出现了两次", "the column “%s” stands there twice", header), text.Say("删去或改名其中一列", "delete or rename one of them")))
}

func severalSheets(names []string) error {
	return refused("several-sheets", text.Say("有 %d 张工作表都像要导入的数据：%s", "%d sheets look like the data: %s", len(names), strings.Join(names, "、")), text.Say("指定要读哪一张，其余的另外导入", "say which to read, and import the others by themselves"))
}

func severalTemplates(a, b *Template) error {
	return refused("several-templates", text.Say("表头既像“%s”又像“%s”", "the header fits both “%s” and “%s”", a.Label.ZH, b.Label.ZH), text.Say("指定是哪一种", "say which it is"))
}

func headerGarbled(meant string) error {
	return refused("header-garbled", text.Say("表头是乱码，原来是“%s”：UTF-8 文件曾被当作 GBK 保存", "the header is garbled and once was “%s”: a file in UTF-8 was saved as if it were GBK", meant),
		text.Say("其中的字已经丢失，请来源单位重新导出", "characters are lost; have it exported again"))
}

func templateUnknown(id string, known []string) error {
	return refused("template", text.Say("没有模板 %s", "there is no template %s", fault.Quote(id)), text.DidYouMean(id, known))
}

func fieldUnknown(as string, known []string) error {
	return refused("field", text.Say("没有“%s”这个列、字段或事实", "there is no column, field or fact “%s”", as), text.DidYouMean(as, known))
}

func mappingChanged(lacks []string, near map[string]string) error {
	var zh []string
	for _, lack := range lacks {
		if near[lack] != "" {
			lack += "（是否改成了“" + near[lack] + "”？）"
		}
		zh = append(zh, lack)
	}
	return refused("mapping", text.Say("文件的表头与这个来源以前的不同，缺少：%s", "the header is not the one this source had before; missing: %s", strings.Join(zh, "、")), text.Say("核对文件，或重新确认各列是什么", "check the file, or confirm anew what the columns are"))
}

func wordTarget(word string) error {
	return refused("word", text.Say("“%s”不是这一列认识的词", "“%s” is no word this column knows", word), fault.Text{})
}

func identityMissing() error {
	return refused("identity", text.Say("没有一列说明是谁（证件号码、户主证件号码或户编号）", "no column says who it is about (an identity number, that of the head, or a household number)"), text.Say("补上证件号码一列", "add a column with identity numbers"))
}

// Of cells and rows.

func malformed(message fault.Text) *fault.Error {
	return refused("malformed", message, text.Say("在文件里改正", "correct it in the file"))
}

func formulaFailed(shown string) error {
	return refused("formula-error", text.Say("公式出错（%s）", "the formula failed (%s)", fault.Quote(shown)), text.Say("改正公式，或写成数值", "correct the formula, or write the value"))
}

func formulaUncomputed() error {
	return refused("formula", text.Say("公式没有算出的值", "the formula has no value"), text.Say("在 Excel 里打开并保存一次，或粘贴为数值", "open and save it once in Excel, or paste it as values"))
}

func merged() error {
	return refused("merged", text.Say("这一格与别的格合并了，不知道是不是也属于本行", "this cell is merged with others; whether it belongs to this row is not known"), text.Say("取消合并，在每一行写明", "unmerge the cells and write it in each row"))
}

func garbledCell() error {
	return refused("garbled", text.Say("内容是乱码，有字丢失", "the text is garbled; characters are lost"), text.Say("请来源单位用 UTF-8 或 xlsx 重新导出", "have it exported again as UTF-8 or xlsx"))
}

func characterLost() error {
	return refused("character-lost", text.Say("姓名里有问号，多半是生僻字在转码时丢失了", "the name holds a question mark: a rare character was probably lost in conversion"), text.Say("对照证件补上这个字；用 UTF-8 或 xlsx 导出不会丢", "supply the character from the document; exporting as UTF-8 or xlsx keeps it"))
}

var storeAsText = text.Say("先把这一列设为文本，再从来源重新粘贴号码；在坏了的号码上改格式找不回丢失的数字", "format the column as text, then paste the numbers again from their source; changing the format of a damaged number does not bring its digits back")

func scientificNumber() error {
	return refused("scientific", text.Say("号码被 Excel 变成了科学记数法，后几位已经丢失", "Excel turned the number into scientific notation; its last digits are lost"), storeAsText)
}

func digitsLost() error {
	return refused("digits-lost", text.Say("号码曾按数字保存，15 位以后变成了 0", "the number was stored as a quantity; the digits after the fifteenth turned to zeros"), storeAsText)
}

func notWhole() error {
	return refused("not-whole", text.Say("号码里有小数点", "the number has a decimal point"), storeAsText)
}

var yearFirst = text.Say("写成 2021-11-08 的样子，年在前", "write it like 2021-11-08, the year first")

func dayAmbiguous() error {
	return refused("day-ambiguous", text.Say("看不出哪个是月、哪个是日，或年份只有两位", "which is the month and which the day, or the century, cannot be told"), yearFirst)
}

func daySwapped() error {
	return refused("day-swapped", text.Say("月份大于 12，月和日多半写反了", "the month is greater than 12; month and day are probably swapped"), yearFirst)
}

func dayOutside() error {
	return refused("day-outside", text.Say("日期不在 1900 至 2099 年之间", "the day is not within 1900 to 2099"), yearFirst)
}

func spanBackwards() error {
	return refused("span", text.Say("截止日期早于起始日期", "the last day is before the first"), text.Say("核对两个日期", "check both days"))
}

// wordUnknown does not repeat the word: in a row that slipped it may be a name.
func wordUnknown(word string, known []string) error {
	return refused("word-unknown", text.Say("不认识这里的词", "the word here is not known"), hintWords(word, known))
}

// wordsShown is how many of the known words a hint lists.
const wordsShown = 12

func hintWords(word string, known []string) fault.Text {
	if near := fault.Nearest(word, known); near != "" {
		return text.Say("是否“%s”？也可以在来源的对照里写明它是什么", "“%s”? Or say in the mapping of the source what it means", near)
	}
	return text.Say("可以写：%s；也可以在来源的对照里写明它是什么", "write one of: %s; or say in the mapping of the source what it means", strings.Join(known[:min(len(known), wordsShown)], "、"))
}

func nobody(labels fault.Text) error {
	return refused("nobody", text.Tell("没有写明是谁：%s都空着", "it does not say who: %s are blank", labels), text.Say("补上，或删去这一行", "supply it, or delete the row"))
}

func shifted(p Place) error {
	return refused("shifted", text.Say("证件号码写在了旁边的 %s 列，本行多半错了列", "the identity number stands in the neighbouring column %s; the row has probably slipped", Letter(p.Column)), text.Say("把本行移回原来的列", "move the row back to its columns"))
}
