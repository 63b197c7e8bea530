package register

import (
	"strings"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/dated"
)

// All messages of the register. None repeats a name or number of a person.

func refused(kind fault.Kind, code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: kind, Code: "register." + code, Message: message, Hint: hint}
}

func nameMissing() error {
	return refused(fault.Invalid, "name-missing", text.Say("没有写姓名", "the name is missing"), text.Say("写上姓名；不知道时写“不详”", "write the name, or “不详” if it is not known"))
}

func personKnown(id string) error {
	return refused(fault.Conflict, "person-known", text.Say("这个身份号码已在本县登记（%s），没有重复登记", "this identity number is on the register already (%s); nobody was added", id),
		text.Say("打开已有登记；号码确属他人时先更正那一条", "use the entry that is there; if the number belongs to somebody else, correct that entry first"))
}

func wrongWorld(fictional bool) error {
	if fictional {
		return refused(fault.Invalid, "fictional", text.Say("9999 开头的号码是虚构的，只用于演示，没有登记", "a number that begins with 9999 is fictional and serves demonstrations only; it was not registered"),
			text.Say("核对身份证件；要演示请用 doudi demo", "check the identity document; to try things out use doudi demo"))
	}
	return refused(fault.Invalid, "not-fictional", text.Say("这里是演示，不登记真实的身份号码", "this is a demonstration; real identity numbers are not registered"),
		text.Say("演示用 9999 开头的虚构号码", "use fictional numbers, which begin with 9999"))
}

func demoLate() error {
	return refused(fault.Conflict, "demo-late", text.Say("本县已有人员登记，不能再标为演示", "the county has people on its register and cannot become a demonstration"),
		text.Say("演示另用一个空的数据库", "use an empty database for a demonstration"))
}

func dead() error {
	return refused(fault.Conflict, "dead", text.Say("此人已登记死亡", "this person is registered as dead"), text.Say("核对日期；登记有误时先撤销死亡登记", "check the day; withdraw the death first if it was recorded by mistake"))
}

func notDead() error {
	return refused(fault.Conflict, "not-dead", text.Say("此人没有死亡登记", "no death of this person is on record"), fault.Text{})
}

func absent(day period.Day) error {
	return refused(fault.OutOfForce, "person-absent", text.Say("此人在 %s 不属本县", "on %s this person was not this county's", day), text.Say("核对日期和户籍", "check the day and the county"))
}

func moved(to, last string) error {
	return refused(fault.OutOfForce, "person-moved", text.Say("此人已转往 %s，在本县到 %s 为止", "this person moved to %s; the last day here was %s", to, last),
		text.Say("由转入的县办理", "the county of arrival is responsible"))
}

func (r *Register) factUnknown(name string) error {
	var known []string
	for fact := range r.vocabulary.Facts {
		known = append(known, fact)
	}
	if roster, ok := strings.CutPrefix(name, rosterPrefix); ok {
		return r.rosterUnknown(roster)
	}
	return refused(fault.NotFound, "fact-unknown", text.Say("词汇表里没有 %s", "the vocabulary has no %s", fault.Quote(name)), text.DidYouMean(name, known))
}

func (r *Register) rosterUnknown(roster string) error {
	var known []string
	for name := range r.vocabulary.Rosters {
		known = append(known, name)
	}
	return refused(fault.NotFound, "roster-unknown", text.Say("没有名册 %s", "there is no roster %s", fault.Quote(roster)), text.DidYouMean(roster, known))
}

func factOther(t *rule.FactType, kind string) error {
	of := map[string]fault.Text{PersonKind: {ZH: "个人", EN: "a person"}, HouseholdKind: {ZH: "家庭", EN: "a household"}}[kind]
	return refused(fault.Invalid, "fact-other", text.Say("%s（%s）不是%s的情况", "%[4]s (%[2]s) is no fact of %[5]s", t.Label.ZH, t.Name, of.ZH, t.Label.EN, of.EN), text.Say("登记到正确的对象上", "record it where it belongs"))
}

func derived(t *rule.FactType) error {
	return refused(fault.Invalid, "fact-derived", text.Say("%s不能直接填写", "%s cannot be stated", t.Label.ZH),
		text.Say("家庭人口按成员计算；死亡用死亡登记", "the size of a household is counted from its members; a death has its own act"))
}

func notAFact() error {
	return refused(fault.Invalid, "not-a-fact", text.Say("这一条不能直接更正", "this statement cannot be corrected by itself"), text.Say("用相应的办理：成员变动、死亡登记、迁移", "use its own act: a change of members, a death, a move"))
}

func rosterFalse(t *rule.FactType) error {
	return refused(fault.Invalid, "roster-false", text.Say("名册“%s”只登记在册的人", "the roster “%s” holds only those on it", t.Label.ZH), text.Say("退出时写明最后一天", "state the last day of who leaves it"))
}

func rosterOverlap(t *rule.FactType, span period.Span) error {
	return refused(fault.Conflict, "roster-overlap", text.Say("此人这段时间已在名册“%s”上", "the person is on the roster “%s” already during that time", t.Label.ZH), text.Say("更正原来的一条", "correct the entry that is there"))
}

func searchEmpty() error {
	return refused(fault.Invalid, "search-empty", text.Say("没有输入要查找的内容", "nothing was typed to search for"), text.Say("输入身份号码、姓名开头或拼音首字母", "type an identity number, the beginning of a name, or pinyin initials"))
}

func relationUnknown(relation string) error {
	var known []string
	for word := range Relations {
		known = append(known, word)
	}
	return refused(fault.Invalid, "relation", text.Say("没有“%s”这种与户主关系", "there is no relation “%s”", relation), text.DidYouMean(relation, known))
}

func memberElsewhere(m dated.Statement) error {
	return refused(fault.Conflict, "member-elsewhere", text.Say("此人自 %s 起已是家庭 %s 的成员", "since %s the person is a member of household %s", m.Span.From, m.Object),
		text.Say("先办理离户或分户", "let the person leave that household first"))
}

func notAMember(day period.Day) error {
	return refused(fault.Conflict, "not-a-member", text.Say("%s 没有相应的家庭成员", "nobody of that kind is a member on %s", day), text.Say("核对家庭和日期", "check the household and the day"))
}

func headNeeded(day period.Day) error {
	return refused(fault.Missing, "head-needed", text.Say("这样家庭自 %s 起没有户主，没有改动", "the household would have no head from %s; nothing was changed", day), text.Say("写明由谁接任户主", "say who becomes head"))
}

func twoHeads(day period.Day) error {
	return refused(fault.Conflict, "two-heads", text.Say("这样家庭在 %s 有两个户主，没有改动", "the household would have two heads on %s; nothing was changed", day), text.Say("写明与户主的关系，或办理户主变更", "state the relation to the head, or change the head"))
}

func splitOther(person string) error {
	return refused(fault.Invalid, "split-other", text.Say("%s 不是这个家庭的成员", "%s is not a member of this household", person), text.Say("核对名单和日期", "check the list and the day"))
}

func splitNobody() error {
	return refused(fault.Invalid, "split-nobody", text.Say("没有写明谁分出去", "nobody is named to leave"), fault.Text{})
}

func splitAll() error {
	return refused(fault.Invalid, "split-all", text.Say("所有成员都分出去，等于没有分户", "everybody would leave, which is no split"), text.Say("整户搬迁用迁移办理", "use the move of the household"))
}

func mergeSelf() error {
	return refused(fault.Invalid, "merge-self", text.Say("不能与自己并户", "a household cannot be merged with itself"), fault.Text{})
}

func divisionUnknown(code ident.Division, day period.Day) error {
	return refused(fault.NotFound, "division-unknown", text.Say("本县在 %s 没有区划 %s", "on %s the county has no division %s", day, code), text.Say("核对代码，或先登记这个乡镇、村", "check the code, or register the town or village first"))
}

func divisionNever(code ident.Division) error {
	return refused(fault.NotFound, "division-unknown", text.Say("本县从来没有区划 %s", "the county never had a division %s", code), text.Say("核对代码", "check the code"))
}

func divisionOutside(code ident.Division, county string) error {
	return refused(fault.Invalid, "division-outside", text.Say("%s 不是 %s 的乡镇或村", "%s is no town or village of %s", code, county), fault.Text{})
}

func divisionParent(code, parent ident.Division) error {
	return refused(fault.Missing, "division-parent", text.Say("%s 所在的乡镇 %s 没有登记", "the town %[2]s of %[1]s is not registered", code, parent), text.Say("先登记乡镇", "register the town first"))
}

func divisionOverlap(code ident.Division, span period.Span) error {
	return refused(fault.Conflict, "division-overlap", text.Say("%s 这段时间已经登记", "%s is registered already for that time", code), text.Say("核对起止日期", "check the days"))
}

func transferSelf(to string) error {
	return refused(fault.Invalid, "transfer-self", text.Say("%s 不是可以转入的县", "%s is no other county", fault.Quote(to)), text.Say("写转入县的六位代码", "write the six digits of the county of arrival"))
}

func transferElsewhere(to string) error {
	return refused(fault.Invalid, "transfer-elsewhere", text.Say("这份转移单是给 %s 的", "this transfer is for %s", to), fault.Text{})
}

func transferUnknown() error {
	return refused(fault.NotFound, "transfer-unknown", text.Say("本县没有发出这份转移单", "this county offered no such transfer"), fault.Text{})
}

func transferDiffers() error {
	return refused(fault.Conflict, "transfer-differs", text.Say("内容与先前收到或发出的转移单不符，没有办理", "the content is not that of the transfer on record; nothing was done"), text.Say("请对方重发原件", "ask for the original to be sent again"))
}

func transferAnswered() error {
	return refused(fault.Conflict, "transfer-answered", text.Say("这份转移单已有另一种答复，没有改动", "this transfer was answered otherwise already; nothing was changed"), text.Say("需要改变时由对方另发一份", "to change it, let a new one be offered"))
}

func notMoved() error {
	return refused(fault.Conflict, "not-moved", text.Say("这个人没有迁往别县，没有可补充告知的", "the person has not moved to another county; there is nobody to tell"), text.Say("迁出时由转移单一并说明", "the transfer says it when the person moves"))
}

func supplementEarly(from string) error {
	return refused(fault.NotFound, "supplement-early", text.Say("本县还没有 %s 来的这个人，没有办理", "the person has not come from %s yet; nothing was done", from), text.Say("先接收转移单，再接收补充", "accept the transfer first, then the supplement"))
}

func reasonMissing() error {
	return refused(fault.Invalid, "reason-missing", text.Say("没有写明理由", "the reason is missing"), fault.Text{})
}

func carriedNegative(what string) error {
	return refused(fault.Invalid, "carried-negative", text.Say("%s 的金额或次数为负", "the amount or count of %s is negative", what), fault.Text{})
}

func badDocument(cause error) error {
	e := refused(fault.Invalid, "document", text.Say("这不是一份完整的转移单或回执", "this is no complete transfer or receipt"), text.Say("请对方重发原件", "ask for the original to be sent again"))
	e.Cause = cause
	return e
}

func badSignature(county string) error {
	return refused(fault.Invalid, "signature", text.Say("签名不是 %s 的，或内容被改动过，没有办理", "it was not signed by %s, or was changed since; nothing was done", county), text.Say("请对方重发原件；仍不符时核对双方的密钥文件", "ask for the original to be sent again; then compare the key files"))
}

func noKey(county string) error {
	return refused(fault.Missing, "key-missing", text.Say("密钥文件里没有 %s 的密钥", "the key file has no key of %s", county), text.Say("本县的用 doudi secrets --add 新建，别县的用 doudi secrets --trust 收下", "doudi secrets --add makes one of our own, doudi secrets --trust takes in another county's"))
}

func oldKeys(county string) error {
	return refused(fault.Invalid, "keys-old", text.Say("密钥文件里 %s 的密钥是旧式（Ed25519）的，现在用 SM2 签名", "the key file has a key of %s of the old kind (Ed25519); counties sign with SM2 now", county),
		text.Say("保留 lookup，把 counties 清空成 {}，再用 doudi secrets --add 建新的签名密钥", "keep lookup, empty counties to {}, then make new signing keys with doudi secrets --add"))
}

func keyThere(county string) error {
	return refused(fault.Conflict, "key-there", text.Say("密钥文件里已有 %s 的另一个密钥，没有改动", "the key file has another key of %s already; nothing was changed", county),
		text.Say("与对方电话核对指纹；确已换用，先从密钥文件中删去旧的", "compare fingerprints by telephone; if it was replaced indeed, remove the old one from the key file first"))
}

func badKeys(entry string, cause error) error {
	e := refused(fault.Invalid, "keys", text.Say("密钥文件的 %s 有误", "%s in the key file is wrong", entry), text.Say("从备份恢复密钥文件；新建的密钥打不开已有数据", "restore the key file; a new one does not open what is on record"))
	e.Cause = cause
	return e
}
