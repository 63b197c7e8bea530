package roll

import (
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
)

// All messages of imports. None repeats a name or number of a person.

func refused(kind fault.Kind, code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: kind, Code: "roll." + code, Op: "roll", Message: message, Hint: hint}
}

func unknown(id string) error {
	return refused(fault.NotFound, "unknown", text.Say("没有编号为 %s 的导入", "there is no import %s", fault.Quote(id)), text.Say("刷新列表", "look at the list again"))
}

// errMovedOn is for comparing.
var errMovedOn = &fault.Error{Code: "roll.moved-on"}

func movedOn() error {
	return refused(fault.Conflict, "moved-on", text.Say("这次导入已由别人推进，本次没有改动", "somebody else went on with the import; nothing was changed"), text.Say("刷新后查看", "look again"))
}

func wrongState(i Import, want string) error {
	return refused(fault.Conflict, "state", text.Say("这次导入现在是“%s”，不能%s", "the import is %[1]s and cannot be %[2]s", stateLabels[i.State].ZH, want), text.Say("刷新后查看它走到哪一步", "look where it stands"))
}

var stateLabels = map[State]fault.Text{
	Receiving: {ZH: "正在接收", EN: "being received"},
	Asking:    {ZH: "待说明各列", EN: "its columns are to be named"},
	Staging:   {ZH: "正在读取", EN: "being read"},
	Comparing: {ZH: "正在比对", EN: "being compared"},
	Ready:     {ZH: "待审核", EN: "ready for review"},
	Applying:  {ZH: "正在写入", EN: "being applied"},
	Applied:   {ZH: "已写入", EN: "applied"},
	Undoing:   {ZH: "正在撤回", EN: "being taken back"},
	Undone:    {ZH: "已撤回", EN: "taken back"},
	Dropped:   {ZH: "已放弃", EN: "given up"},
}

// Label is how the state is called.
func (s State) Label() fault.Text { return stateLabels[s] }

var verdictLabels = map[Verdict]fault.Text{
	New:       {ZH: "新增", EN: "new"},
	Changed:   {ZH: "变更", EN: "changed"},
	Same:      {ZH: "无变化", EN: "same"},
	Refused:   {ZH: "不能导入", EN: "refused"},
	Ambiguous: {ZH: "待人工判断", EN: "ambiguous"},
	Absent:    {ZH: "登记里没有", EN: "not on the register"},
}

// Label is how the verdict is called.
func (v Verdict) Label() fault.Text { return verdictLabels[v] }

func sourceMissing() error {
	return refused(fault.Invalid, "source", text.Say("没有写明来源单位", "the office it comes from is missing"), text.Say("写明出具名单的单位，如“县残联”", "name the office that issued the roll"))
}

func mappingUnknown(source string) error {
	return refused(fault.NotFound, "mapping-unknown", text.Say("没有为来源 %s 保存过列的对照", "no mapping is kept for the source %s", fault.Quote(source)), text.Say("查看已保存的对照，或先保存一份", "look at those that are kept, or keep one first"))
}

func divisionElsewhere(d ident.Division) error {
	return refused(fault.Invalid, "division", text.Say("本县没有区划 %s", "the county has no division %s", fault.Quote(string(d))), text.Say("写本县的乡镇或村的代码", "give the code of a town or village of the county"))
}

func notForRegister(label fault.Text) error {
	return refused(fault.Invalid, "not-for-register", text.Say("“%s”是发放文件，不是登记用的名单，没有导入", "“%[2]s” is a file of payments, no roll for the register; it was not imported", label.ZH, label.In("en")),
		text.Say("发放和回盘文件在发放批次里办理", "files of payments belong to their batch"))
}

func absent() *fault.Error {
	return refused(fault.NotFound, "absent", text.Say("登记里没有这个人，这一行不登记", "the person is not on the register; the row registers nobody"), fault.Text{})
}

func notTheirs(facts []fault.Text) error {
	var zh, en []string
	for _, f := range facts {
		zh, en = append(zh, f.ZH), append(en, f.In("en"))
	}
	return refused(fault.Invalid, "not-theirs", text.Say("这份名册写的“%s”不归交来的单位管，没有导入", "the roll states what is not for the office that sends it in: %[2]s; it was not imported", strings.Join(zh, "、"), strings.Join(en, ", ")),
		text.Say("这几列不读；确需更改的，由主管单位报送名册", "leave these columns out; the office that is responsible sends in a roll of its own"))
}

func gone() error {
	return refused(fault.Conflict, "destroyed", text.Say("这次导入的暂存内容已按期清除", "what was staged of this import has been destroyed as planned"), text.Say("需要时重新导入原文件", "import the file again if needed"))
}

func rowUnknown(row int64) error {
	return refused(fault.NotFound, "row", text.Say("这次导入没有第 %d 行", "the import has no row %d", row), fault.Text{})
}

func notAmbiguous(row int64) error {
	return refused(fault.Conflict, "not-ambiguous", text.Say("第 %d 行不需要人工判断", "row %d needs no decision", row), fault.Text{})
}

func decisionInvalid() error {
	return refused(fault.Invalid, "decision", text.Say("判断应是：不导入、作为另一人登记，或指明是哪一个人", "a decision is: leave it out, register somebody else, or which person it is"), fault.Text{})
}

func candidateUnknown() error {
	return refused(fault.Invalid, "candidate", text.Say("所选的人不在这一行的候选之列", "the person is none of those this row may be about"), text.Say("从候选人中选择", "choose one of those"))
}

func undoStands(rows []int64) error {
	var shown []string
	for _, row := range rows[:min(len(rows), 10)] {
		shown = append(shown, text.Say("%d", "%d", row).ZH)
	}
	list := strings.Join(shown, "、")
	if len(rows) > 10 {
		list += "……"
	}
	return refused(fault.Conflict, "undo-stands", text.Say("有 %d 行之后又有新的登记依据它，整个撤回没有做：第 %s 行", "later news stands on %d rows, so nothing was taken back: rows %s", len(rows), list),
		text.Say("先处理这些登记；或确认保留这些行，撤回其余", "deal with that news first, or confirm that these rows stay and take back the others"))
}

func disagreementUnknown(id string) error {
	return refused(fault.NotFound, "disagreement", text.Say("没有编号为 %s 的不一致", "there is no disagreement %s", fault.Quote(id)), fault.Text{})
}

func disagreementDecided() error {
	return refused(fault.Conflict, "disagreement-decided", text.Say("这条不一致已经处理过，没有改动", "this disagreement has been decided; nothing was changed"), text.Say("刷新列表", "look at the list again"))
}

func standingChanged() error {
	return refused(fault.Conflict, "standing-changed", text.Say("登记中的那一条之后已被更正，没有改动", "what stood in the register has been corrected since; nothing was changed"), text.Say("核对现在的登记，再决定", "look at what stands there now"))
}

// Reasons of rows.

func numberMissing() *fault.Error {
	return refused(fault.Invalid, "number-missing", text.Say("没有身份号码，不能确认是谁", "there is no identity number, so it is not known who this is"), text.Say("补上身份号码；没有号码的人逐个登记", "supply it; people without a number are registered one by one"))
}

func nameMissing() *fault.Error {
	return refused(fault.Missing, "name-missing", text.Say("登记里没有这个号码，这一行又没有姓名", "the number is not on the register, and the row has no name"), text.Say("补上姓名", "supply the name"))
}

func headUnknown() *fault.Error {
	return refused(fault.Missing, "head-unknown", text.Say("户主还没有登记", "the head of the household is not on the register"), text.Say("先导入有成员名单的花名册", "import a roll that lists the members first"))
}

func noHousehold() *fault.Error {
	return refused(fault.Missing, "no-household", text.Say("此人不在任何家庭里，家庭的情况无处登记", "the person is in no household, so facts of a household have no place"), text.Say("先登记家庭，或在表里写明户主和与户主关系", "register the household first, or state head and relation in the roll"))
}

// outside says the same of somebody who lives elsewhere as of somebody whom nobody knows.
func outside(d ident.Division) *fault.Error {
	return refused(fault.Missing, "outside", text.Say("这次导入限于 %s 已登记的家庭，这一行不在其中", "the import is for registered households of %s, and this row is about none of them", string(d)),
		text.Say("其他乡镇的人和还没有登记的人，由县里导入", "people of other towns, and those who are not on the register yet, are imported by the county"))
}

func duplicateRow(first int64) *fault.Error {
	return refused(fault.Conflict, "duplicate", text.Say("与第 %d 行完全相同", "the same as row %d", first), text.Say("删去重复的一行", "delete the repeated row"))
}

func townUnknown(name string, known []string) *fault.Error {
	return refused(fault.Invalid, "town-unknown", text.Say("本县没有登记乡镇（街道）%s", "the county has no town %s", fault.Quote(name)), text.DidYouMean(name, known))
}

// What a person decides.

func twoNames(rows string) *fault.Error {
	return refused(fault.Conflict, "two-names", text.Say("同一个身份号码下有不同的姓名（第 %s 行）", "one identity number stands under different names (rows %s)", rows), text.Say("对照证件，确定这个号码是谁的", "compare with the documents whose number it is"))
}

func twoNumbers(rows string) *fault.Error {
	return refused(fault.Conflict, "two-numbers", text.Say("姓名和出生日期相同，身份号码不同（第 %s 行）", "the same name and birthday stand under different identity numbers (rows %s)", rows), text.Say("确定是一个人还是两个人", "find out whether it is one person or two"))
}

func twoHouseholds(rows string) *fault.Error {
	return refused(fault.Conflict, "two-households", text.Say("同一个人列在不同的户里（第 %s 行）", "one person is listed in different households (rows %s)", rows), text.Say("确定属于哪一户，其余不导入", "find out which household it is and leave out the others"))
}

func contradiction(rows string) *fault.Error {
	return refused(fault.Conflict, "contradiction", text.Say("同一个人的几行互相矛盾（第 %s 行）", "rows about one person contradict each other (rows %s)", rows), text.Say("确定哪一行是对的，其余不导入", "find out which is right and leave out the others"))
}

func householdContradiction(fact fault.Text, rows string) *fault.Error {
	return refused(fault.Conflict, "contradiction", text.Say("几行说的是同一户，“%s”却互相矛盾（第 %[3]s 行）", "rows about one household contradict each other in “%[2]s” (rows %[3]s)", fact.ZH, fact.In("en"), rows),
		text.Say("确定哪一行是对的，其余不导入", "find out which is right and leave out the others"))
}

// contradictsApplied is [contradiction] with a row of the same import that has been applied, since the register moved on.
func contradictsApplied(fact fault.Text) *fault.Error {
	return refused(fault.Conflict, "contradiction", text.Say("与本次导入已写入的另一行在“%s”上互相矛盾", "contradicts another row of this import, which has been applied, in “%[2]s”", fact.ZH, fact.In("en")),
		text.Say("核对登记后，再单独导入这一行", "look at the register, then import this row by itself"))
}

func otherName() *fault.Error {
	return refused(fault.Conflict, "other-name", text.Say("这个身份号码在登记中是另一个姓名", "on the register this identity number has another name"), text.Say("确定是同一个人（改名、错字）还是号码错了", "find out whether it is the same person or the number is wrong"))
}

func otherNumber() *fault.Error {
	return refused(fault.Conflict, "other-number", text.Say("登记中有姓名和出生日期相同的人，身份号码不同", "on the register somebody with the same name and birthday has another identity number"), text.Say("确定是同一个人还是另一个人", "find out whether it is the same person"))
}

// What is only remarked.

func headMissing() *fault.Error {
	return refused(fault.Missing, "head-missing", text.Say("名单里没有这一户的户主，此人暂不编入家庭", "the roll has no head of this household; the person is registered without one"), text.Say("补上户主后再导入一次", "import it again with the head"))
}

func otherHousehold() *fault.Error {
	return refused(fault.Conflict, "other-household", text.Say("登记中此人是另一户的成员，家庭没有改动", "on the register the person is a member of another household; that was not changed"), text.Say("确属分户、迁移的，在家庭里办理", "if the person left, record that with the household"))
}

func villageUnknown(name string) *fault.Error {
	return refused(fault.Missing, "village-unknown", text.Say("本县没有登记村（居）%s，住处登记到乡镇", "the county has no village %s; the household is placed in the town", fault.Quote(name)), text.Say("登记这个村后，再办理家庭的住处", "register the village, then move the household there"))
}
