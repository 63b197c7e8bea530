package api

import (
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Every message of this package stands in this file.

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "api." + code, Op: "api", Message: message, Hint: hint}
}

func keyMissing() error {
	return refused(fault.Forbidden, "key-missing", text.Say("请求没有带密钥", "the request carries no key"), text.Say("写在 Authorization: Bearer 后面", "put it behind Authorization: Bearer"))
}

func nowhere() error {
	return refused(fault.NotFound, "nowhere", text.Say("没有这个地址", "there is no such address"), text.Say("接口说明在 /api/v1/openapi.json", "the interface is described at /api/v1/openapi.json"))
}

func methodWrong(method string) error {
	return refused(fault.Invalid, "method", text.Say("这个地址不接受 %s", "this address does not take %s", method), text.Say("接口说明在 /api/v1/openapi.json", "the interface is described at /api/v1/openapi.json"))
}

func mediaType() error {
	return refused(fault.Invalid, "media-type", text.Say("请求内容应为 JSON", "the body must be JSON"), text.Say("写 Content-Type: application/json", "send Content-Type: application/json"))
}

func tooLarge() error {
	return refused(fault.Invalid, "too-large", text.Say("请求内容超过 %d MiB，没有收下", "the body is larger than %d MiB and was not taken in", largestBody>>20), text.Say("分成几张账单", "divide it into several bills"))
}

func bodyMissing() error {
	return refused(fault.Invalid, "body-missing", text.Say("请求没有内容", "the request has no body"), text.Say("按接口说明写 JSON", "send JSON as the interface describes"))
}

func bodyBroken(cause error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "api.body-missing", Op: "api", Cause: cause, Message: text.Say("请求内容没有收全", "the body did not arrive in full"), Hint: text.Say("重新发送", "send it again")}
}

func idempotencyKey() error {
	return refused(fault.Invalid, "idempotency-key", text.Say("没有写幂等键，或写法不对", "the idempotency key is missing or malformed"),
		text.Say("每个新的请求用一个新的 Idempotency-Key：1 到 %d 个可见的 ASCII 字符", "give each new request a new Idempotency-Key of 1 to %d visible ASCII characters", longestKey))
}

func parameter(name, value string) error {
	return refused(fault.Invalid, "parameter", text.Tell("参数 %s 写的是%s，不能用", "the parameter %s cannot be %s", name, fault.Text{ZH: fault.Quote(value), EN: fault.QuoteEN(value)}), text.Say("核对接口说明", "see the description of the interface"))
}

func parameterUnknown(name string, known []string) error {
	return refused(fault.Invalid, "parameter", text.Say("没有参数 %s", "there is no parameter %s", name), text.DidYouMean(name, known))
}

func notAcceptable(kinds []string) error {
	return refused(fault.Invalid, "not-acceptable", text.Say("没有请求所要的格式", "there is no such representation"), text.Say("Accept 写 %s 之一", "ask for one of %s in Accept", strings.Join(kinds, " ")))
}

func factHidden(label fault.Text) error {
	return refused(fault.Forbidden, "fact-hidden", text.Tell("这把密钥看不到“%s”这类情况，也不能登记", "this key may not see facts such as “%s”, and so may not record them", label), text.Say("请经办机构发放有相应 facts 权限的密钥", "ask the office for a key with the facts scope for it"))
}

func transferHidden() error {
	return refused(fault.Forbidden, "transfer-hidden", text.Say("转移文件里有此人的全部情况，这把密钥只看得到一部分", "the document of a transfer holds all that is known of the person, and this key may see only part of it"), text.Say("请经办机构发放有全部 facts 权限的密钥", "ask the office for a key with all facts scopes"))
}

func purposeMissing() error {
	return refused(fault.Invalid, "purpose", text.Say("没有写明为什么查看，或写得过长", "what the look is for is missing or too long"), text.Say("用 purpose 写明，例如：结算；不写人名，至多 %d 个字", "say it with purpose, for example: settlement; no names, at most %d characters", longestPurpose))
}

func accountUnknown(account string) error {
	return refused(fault.NotFound, "account", text.Tell("这个专账没有账户 %s", "this fund has no account %s", fault.Text{ZH: fault.Quote(account), EN: fault.QuoteEN(account)}), text.Say("从余额里抄写，例如 bank/main", "copy it from the balance, for example bank/main"))
}

func payeeNeeded() error {
	return refused(fault.Invalid, "payee", text.Say("没有写明收款方", "whose money it is is missing"), text.Say("写 payee，例如 provider/机构编号", "state payee, for example provider/ID"))
}

func payeeUnknown() error {
	return refused(fault.NotFound, "payee", text.Say("没有这个收款方", "there is no such payee"), text.Say("写 provider/机构编号 或 person/人员编号", "write provider/ID or person/ID"))
}

func providerForeign() error {
	return refused(fault.Forbidden, "provider", text.Say("只能递交本机构的账单", "an institution hands in its own bills only"), text.Say("不写 provider", "leave provider out"))
}

func providerNeeded() error {
	return refused(fault.Invalid, "provider", text.Say("没有写明是哪家机构的账单", "whose bill it is is missing"), text.Say("写 provider", "state the provider"))
}

func laterBill(e *fault.Error) error {
	return &fault.Error{Kind: e.Kind, Code: e.Code, Op: e.Op, Cause: e.Cause, Message: text.Say("此人在别处还有账单与这一张相关，因此不能办理，没有改动", "this person has bills elsewhere that this one bears on, so it cannot be done; nothing was changed"),
		Hint: text.Say("请联系经办机构", "ask the office")}
}

func unexpected(n *text.Node, want fault.Text) error {
	return n.Fault("api.value", text.Tell("这里应写%s", "%s is expected here", want), text.Say("核对接口说明", "see the description of the interface"))
}

func fieldUnknown(key *text.Node, known []string) error {
	return key.Fault("api.field-unknown", text.Say("不认识的字段 %s", "unknown field %s", key.Value), text.DidYouMean(key.Value, known))
}

func fieldMissing(n *text.Node, name string) error {
	return n.Fault("api.field-missing", text.Say("缺少字段 %s", "the field %s is missing", name), text.Say("核对接口说明", "see the description of the interface"))
}

func personTwice(person string) error {
	return refused(fault.Invalid, "person-twice", text.Say("名单里人员 %s 写了两次", "the list names the person %s twice", person), text.Say("每人写一次", "name each once"))
}
