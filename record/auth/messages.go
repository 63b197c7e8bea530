package auth

import (
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/provider"
)

// Every message of this package stands in this file.

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "auth." + code, Op: "auth", Message: message, Hint: hint}
}

func keyWrong() error {
	return refused(fault.Forbidden, "key-wrong", text.Say("密钥不对", "the key is wrong"), text.Say("核对密钥是否完整；遗失了请经办机构重新发放", "check that the key is complete; if it is lost, ask the office for a new one"))
}

func keyRevoked(when string) error {
	return refused(fault.Forbidden, "key-revoked", text.Say("密钥已于 %s 吊销", "the key was revoked at %s", when), text.Say("请经办机构重新发放", "ask the office for a new one"))
}

func keyEnded(s period.Span) error {
	return refused(fault.Forbidden, "key-ended", text.Say("密钥自 %s 起至 %s 止有效，今天不在其内", "the key holds from %s to %s, which leaves out today", s.From, s.To), text.Say("请经办机构重新发放", "ask the office for a new one"))
}

func tooMany() error {
	return refused(fault.Unavailable, "too-many", text.Say("这个地址用错误的密钥试得太多，暂不受理", "this address has tried too many wrong keys and is not answered for now"), text.Say("一分钟后再来", "come again in a minute"))
}

func keyUnknown(id string) error {
	return refused(fault.NotFound, "key-unknown", text.Say("没有密钥 %s", "there is no key %s", fault.Quote(id)), text.Say("用 doudi key list 查看", "see doudi key list"))
}

func reasonMissing() error {
	return refused(fault.Invalid, "reason", text.Say("没有写明吊销的理由", "the reason for revoking is missing"), text.Say("写明理由", "say why"))
}

func partyUnknown(party string) error {
	return refused(fault.NotFound, "party-unknown", text.Say("本县没有机构 %s", "this county has no institution %s", fault.Quote(party)), text.Say("先登记机构，再用它的编号", "register the institution first, then use its id"))
}

func noKeys(kind provider.Kind) error {
	return refused(fault.Invalid, "no-keys", text.Say("这类机构（%s）不发密钥", "institutions of this kind (%s) get no keys", kind), text.Say("密钥发给医疗机构、药店和经办机构", "keys are for hospitals, pharmacies and offices"))
}

func nameMalformed() error {
	return refused(fault.Invalid, "name", text.Say("没有写明密钥给哪个系统用，或写得过长", "for which system the key is meant is missing or too long"), text.Say("例如：医院信息系统；至多 %d 个字", "for example: hospital information system; at most %d characters", longestName))
}

func spanMalformed(s period.Span) error {
	return refused(fault.Invalid, "span", text.Say("有效期 %s 至 %s 写法不对", "the days %s to %s are no span of time", s.From, s.To), text.Say("止日不早于起日", "it ends on or after the day it begins"))
}

func scopeMissing() error {
	return refused(fault.Invalid, "scope-missing", text.Say("没有写明密钥可以做什么", "what the key may be used for is missing"), text.Say("可写：%s", "known: %s", words(ofOffices)))
}

func scopeUnknown(s Scope) error {
	return refused(fault.Invalid, "scope-unknown", text.Say("没有权限 %s", "there is no scope %s", fault.Quote(string(s))), text.Say("可写：%s", "known: %s", words(ofOffices)))
}

func scopeKind(s Scope, kind provider.Kind) error {
	return refused(fault.Invalid, "scope-kind", text.Say("权限 %s 不能给这类机构（%s）", "the scope %s is not for institutions of this kind (%s)", s, kind), text.Say("可写：%s", "known: %s", words(scopesOf(kind))))
}

// ScopeNeeded is the refusal of a key that lacks a scope.
func ScopeNeeded(s Scope) error {
	return refused(fault.Forbidden, "scope-needed", text.Say("这把密钥没有权限 %s", "this key lacks the scope %s", s), text.Say("请经办机构发放有此权限的密钥", "ask the office for a key that has it"))
}
