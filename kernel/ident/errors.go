package ident

import (
	"fmt"

	"doudi/kernel/fault"
)

// This file holds every message of the package. None repeats a person's number:
// positions are enough for whoever holds the document, and no help to others.

func refuse(code, op string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Op: op, Message: message, Hint: hint}
}

var checkDocument = fault.Text{
	ZH: "请对照证件原件逐位核对",
	EN: "compare it with the document, character by character",
}

func idLengthWrong(op string, found int) *fault.Error {
	return refuse("ident.id-length", op, fault.Text{
		ZH: fmt.Sprintf("身份证号应为 18 位，现有 %d 位", found),
		EN: fmt.Sprintf("a personal id has 18 characters, this one has %d", found),
	}, fault.Text{
		ZH: "请检查是否漏输、多输或带了空格；表格中的号码应存为文本，以免末几位变成 0",
		EN: "check for missing or extra characters and blanks; spreadsheets must hold it as text, or its last digits turn to 0",
	})
}

func oldID(op string) *fault.Error {
	return refuse("ident.id-old", op, fault.Text{
		ZH: "这是 15 位的第一代身份证号，不能直接使用",
		EN: "this is a personal id of the first generation, with 15 digits, which cannot be used as it is",
	}, fault.Text{
		ZH: "请按户口簿录入 18 位号码；没有时可先升为 18 位，再与本人核对",
		EN: "enter the 18 characters from the household book; failing that, upgrade it and confirm it with the person",
	})
}

func oldIDLengthWrong(op string, found int) *fault.Error {
	return refuse("ident.id-length", op, fault.Text{
		ZH: fmt.Sprintf("第一代身份证号应为 15 位，现有 %d 位", found),
		EN: fmt.Sprintf("a personal id of the first generation has 15 digits, this one has %d", found),
	}, checkDocument)
}

func idCharacter(op string, place int) *fault.Error {
	return refuse("ident.id-character", op, fault.Text{
		ZH: fmt.Sprintf("身份证号第 %d 位不是数字（只有最后一位可以是 X）", place),
		EN: fmt.Sprintf("character %d of the personal id is not a digit (only the last of 18 may be X)", place),
	}, fault.Text{
		ZH: "请检查是否把 0、1 输成了字母，或中间带有空格",
		EN: "check for letters typed for 0 or 1, and for blanks",
	})
}

func idRegion(op string) *fault.Error {
	return refuse("ident.id-region", op, fault.Text{
		ZH: "身份证号前 6 位（行政区划）不能以 0 开头",
		EN: "the first 6 digits of the personal id (division) cannot begin with 0",
	}, checkDocument)
}

func idBirth(op string, ends int, cause error) *fault.Error {
	e := refuse("ident.id-birth", op, fault.Text{
		ZH: fmt.Sprintf("身份证号第 7 至 %d 位（出生日期）不是真实的日期", ends),
		EN: fmt.Sprintf("digits 7 to %d of the personal id (birth date) are not a real date", ends),
	}, checkDocument)
	e.Cause = cause
	return e
}

// idCheckWrong does not tell the right character: it would invite making the
// number fit instead of finding the wrong digit.
func idCheckWrong(op string) *fault.Error {
	return refuse("ident.id-check", op, fault.Text{
		ZH: "身份证号最后一位（校验码）与前 17 位不符，其中至少有一位输错",
		EN: "the last character of the personal id (check) does not fit the 17 before it: at least one is wrong",
	}, checkDocument)
}

func idCentury(op string) *fault.Error {
	return refuse("ident.id-century", op, fault.Text{
		ZH: "15 位号码的末三位为 996 至 999（当时的百岁老人），不能确定出生的世纪",
		EN: "the last three of the 15 digits are 996 to 999 (a hundred years old at the time), so the century of birth is not certain",
	}, fault.Text{
		ZH: "请按户口簿录入 18 位号码",
		EN: "enter the 18 characters from the household book",
	})
}

const certificateOp = "ident.ParseCertificate"

func certificateLengthWrong(found int) *fault.Error {
	return refuse("ident.certificate-length", certificateOp, fault.Text{
		ZH: fmt.Sprintf("残疾人证号应为 20 位或 22 位，现有 %d 位", found),
		EN: fmt.Sprintf("a disability certificate number has 20 or 22 characters, this one has %d", found),
	}, fault.Text{
		ZH: "残疾人证号由 18 位身份证号、1 位类别、1 位等级组成，有的另有 2 位；请检查是否只填了身份证号",
		EN: "it is the personal id (18), category (1), level (1), sometimes 2 more; check whether only the id was entered",
	})
}

func certificateHolder(cause *fault.Error) *fault.Error {
	e := refuse("ident.certificate-holder", certificateOp, fault.Text{
		ZH: "残疾人证号前 18 位有误：" + cause.Message.ZH,
		EN: "the first 18 characters of the certificate number are wrong: " + cause.Message.EN,
	}, cause.Hint)
	e.Cause = cause
	return e
}

func certificateCategory() *fault.Error {
	return refuse("ident.certificate-category", certificateOp, fault.Text{
		ZH: "残疾人证号第 19 位（类别）应为 1 至 7",
		EN: "character 19 of the certificate number (category) must be 1 to 7",
	}, fault.Text{
		ZH: "1 视力、2 听力、3 言语、4 肢体、5 智力、6 精神、7 多重；请对照证件核对",
		EN: "1 visual, 2 hearing, 3 speech, 4 physical, 5 intellectual, 6 mental, 7 multiple; compare it with the certificate",
	})
}

func certificateLevel() *fault.Error {
	return refuse("ident.certificate-level", certificateOp, fault.Text{
		ZH: "残疾人证号第 20 位（等级）应为 1 至 4",
		EN: "character 20 of the certificate number (level) must be 1 to 4",
	}, checkDocument)
}

func certificateSuffix() *fault.Error {
	return refuse("ident.certificate-suffix", certificateOp, fault.Text{
		ZH: "残疾人证号第 21、22 位应为两位数字，或字母 B 加一位数字",
		EN: "characters 21 and 22 of the certificate number must be two digits, or the letter B and a digit",
	}, checkDocument)
}

func conflict(code, op string, message, hint fault.Text) *fault.Error {
	e := refuse(code, op, message, hint)
	e.Kind = fault.Conflict
	return e
}

func holderDiffers() *fault.Error {
	return conflict("ident.certificate-holder-differs", "ident.CertificateNumber.Agrees", fault.Text{
		ZH: "残疾人证号前 18 位与本人身份证号不一致",
		EN: "the first 18 characters of the certificate number are not the person's id",
	}, fault.Text{
		ZH: "请核对是否拿错了证件；身份证号变更过的，请先到残联换证",
		EN: "check whether it is another person's certificate; after a change of id it must be reissued by the disabled persons' federation",
	})
}

func categoryDiffers(certificate, stated int) *fault.Error {
	return conflict("ident.certificate-category-differs", "ident.CertificateNumber.AgreesStated", fault.Text{
		ZH: fmt.Sprintf("所填残疾类别为%s，残疾人证号第 19 位为%s", nameOr(CategoryName(stated, "zh"), stated), nameOr(CategoryName(certificate, "zh"), certificate)),
		EN: fmt.Sprintf("the stated category is %s, character 19 of the certificate number says %s", nameOr(CategoryName(stated, "en"), stated), nameOr(CategoryName(certificate, "en"), certificate)),
	}, statedHint)
}

func levelDiffers(certificate, stated int) *fault.Error {
	return conflict("ident.certificate-level-differs", "ident.CertificateNumber.AgreesStated", fault.Text{
		ZH: fmt.Sprintf("所填残疾等级为%s，残疾人证号第 20 位为%s", nameOr(LevelName(stated, "zh"), stated), nameOr(LevelName(certificate, "zh"), certificate)),
		EN: fmt.Sprintf("the stated level is %s, character 20 of the certificate number says %s", nameOr(LevelName(stated, "en"), stated), nameOr(LevelName(certificate, "en"), certificate)),
	}, statedHint)
}

var statedHint = fault.Text{
	ZH: "请以残疾人证原件为准改正其中一项；重新评定过的，请录入新证号",
	EN: "correct one of them from the certificate itself; after a new assessment enter the new number",
}

func nameOr(name string, value int) string {
	if name == "" {
		return fmt.Sprintf("“%d”", value)
	}
	return name
}

const creditOp = "ident.ParseCreditCode"

func creditLengthWrong(found int) *fault.Error {
	return refuse("ident.credit-length", creditOp, fault.Text{
		ZH: fmt.Sprintf("统一社会信用代码应为 18 位，现有 %d 位", found),
		EN: fmt.Sprintf("a unified social credit code has 18 characters, this one has %d", found),
	}, fault.Text{
		ZH: "请检查是否误填了旧的组织机构代码（9 位）或注册号（15 位）",
		EN: "check whether an old organisation code (9) or registration number (15) was entered",
	})
}

func creditCharacter(place int, found rune) *fault.Error {
	return refuse("ident.credit-character", creditOp, fault.Text{
		ZH: fmt.Sprintf("统一社会信用代码第 %d 位“%c”不在可用字符之内", place, found),
		EN: fmt.Sprintf("character %d of the credit code, %q, is not one that such codes use", place, found),
	}, fault.Text{
		ZH: "代码只用数字和大写字母，不用 I、O、S、V、Z；请检查是否应为 1、0、5、U、2",
		EN: "codes use digits and capitals without I, O, S, V, Z; check whether 1, 0, 5, U or 2 is meant",
	})
}

func creditRegion() *fault.Error {
	return refuse("ident.credit-region", creditOp, fault.Text{
		ZH: "统一社会信用代码第 3 至 8 位（登记机关行政区划）应为数字",
		EN: "characters 3 to 8 of the credit code (division of registration) must be digits",
	}, checkDocument)
}

func creditCheckWrong() *fault.Error {
	return refuse("ident.credit-check", creditOp, fault.Text{
		ZH: "统一社会信用代码最后一位（校验码）与前 17 位不符，其中至少有一位输错",
		EN: "the last character of the credit code (check) does not fit the 17 before it: at least one is wrong",
	}, checkDocument)
}

const divisionOp = "ident.ParseDivision"

var divisionHint = fault.Text{
	ZH: "县为 6 位（如 370124），乡镇为 9 位，村、社区为 12 位，不用的部分以 0 补齐",
	EN: "a county has 6 digits (such as 370124), a town 9, a village 12; parts not used are filled with zeros",
}

func divisionLengthWrong(found int) *fault.Error {
	return refuse("ident.division-length", divisionOp, fault.Text{
		ZH: fmt.Sprintf("行政区划代码应为 6、9 或 12 位，现有 %d 位", found),
		EN: fmt.Sprintf("a division code has 6, 9 or 12 digits, this one has %d characters", found),
	}, divisionHint)
}

func divisionCharacter(place int) *fault.Error {
	return refuse("ident.division-character", divisionOp, fault.Text{
		ZH: fmt.Sprintf("行政区划代码第 %d 位不是数字", place),
		EN: fmt.Sprintf("character %d of the division code is not a digit", place),
	}, divisionHint)
}

func divisionStructure(place int) *fault.Error {
	return refuse("ident.division-structure", divisionOp, fault.Text{
		ZH: fmt.Sprintf("行政区划代码从第 %d 位起的一级为 0，而其下级不为 0", place),
		EN: fmt.Sprintf("the part of the division code from digit %d is zero although a part below it is not", place),
	}, divisionHint)
}
