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

func signInWrong() error {
	return refused(fault.Forbidden, "sign-in", text.Say("用户名、密码或动态码不对，没有登录", "the name, the password or the code is wrong; you are not signed in"),
		text.Say("核对后再试；连续输错 %d 次，这个用户名 %d 分钟内不能登录。忘记密码请系统管理员重置", "check them and try again; after %d wrong tries this name cannot sign in for %d minutes. If you forgot the password ask the administrator", lockFailures, int(LockWindow.Minutes())))
}

func signedOut() error {
	return refused(fault.Forbidden, "signed-out", text.Say("登录已过期", "your session is over"), text.Say("重新登录", "sign in again"))
}

func loginMalformed() error {
	return refused(fault.Invalid, "login", text.Say("用户名写法不对", "this is no user name"), text.Say("3 至 32 个小写字母、数字、点或连字符，以字母开头，例如 sunqian", "3 to 32 small letters, digits, points or hyphens, beginning with a letter, such as sunqian"))
}

func loginTaken() error {
	return refused(fault.Conflict, "login-taken", text.Say("这个用户名已有人用", "this user name is taken"), text.Say("换一个，例如加上机构拼音", "choose another"))
}

func personNameMalformed() error {
	return refused(fault.Invalid, "person-name", text.Say("没有填姓名，或写得过长", "the name is missing or too long"), text.Say("填写真实姓名", "give the real name"))
}

func passwordLength() error {
	return refused(fault.Invalid, "password", text.Say("密码太短或太长", "the password is too short or too long"), text.Say("至少 %d 个字符；几个词连起来好记也安全", "at least %d characters; several words together are safe and easy to remember", shortest))
}

func passwordMixed() error {
	return refused(fault.Invalid, "password", text.Say("密码太简单", "the password is too simple"), text.Say("要有字母，也要有数字或符号，不要总重复几个字符", "use letters and also digits or signs, not the same few characters"))
}

func passwordName() error {
	return refused(fault.Invalid, "password", text.Say("密码里有用户名或姓名", "the password holds the user name or the name"), text.Say("换一个猜不到的", "choose one that cannot be guessed"))
}

func passwordCommon() error {
	return refused(fault.Invalid, "password", text.Say("这个密码太常见，最先被人试到", "this password is among the first that are tried"), text.Say("换一个猜不到的", "choose one that cannot be guessed"))
}

func passwordWrong() error {
	return refused(fault.Invalid, "password-wrong", text.Say("现在的密码不对，没有修改", "the present password is wrong; nothing was changed"), text.Say("核对后再试", "check it and try again"))
}

func passwordSame() error {
	return refused(fault.Invalid, "password-same", text.Say("新密码与现在的相同", "the new password is the present one"), text.Say("换一个", "choose another"))
}

func factorWrong() error {
	return refused(fault.Invalid, "factor-wrong", text.Say("动态码不对，二次验证没有开通", "the code is wrong; the second factor is not set up"), text.Say("核对手机时间，输入应用里现在显示的六位数字", "check the phone's clock and type the six digits the app shows now"))
}

func accountUnknown() error {
	return refused(fault.NotFound, "account-unknown", text.Say("没有这个用户", "there is no such account"), text.Say("从用户列表选择", "choose one from the list"))
}

func closeSelf() error {
	return refused(fault.Conflict, "close-self", text.Say("不能停用自己的用户", "nobody closes the own account"), text.Say("请另一位系统管理员停用", "ask another administrator"))
}

func postUnknown() error {
	return refused(fault.NotFound, "post-unknown", text.Say("没有这个岗位", "there is no such post"), text.Say("从列表选择", "choose one from the list"))
}

func roleUnknown(role string) error {
	return refused(fault.Invalid, "role-unknown", text.Say("没有角色 %s", "there is no role %s", fault.Quote(role)), text.Say("从列表选择", "choose one from the list"))
}

func roleKind(r *Role, organisation string) error {
	return refused(fault.Invalid, "role-kind", text.Tell("%s没有“%s”岗位", "%s has no posts of the role %s", fault.Text{ZH: organisation, EN: organisation}, r.Name),
		text.Say("选择这个岗位所在的机构", "choose an organisation that has such posts"))
}

func deputySelf() error {
	return refused(fault.Invalid, "deputy-self", text.Say("不能代自己的岗", "nobody stands in for the own post"), text.Say("选择另一个人", "choose somebody else"))
}

func deputyUnknown() error {
	return refused(fault.NotFound, "deputy-unknown", text.Say("没有这条代岗，或已经结束", "there is no such cover, or it has ended"), text.Say("从列表选择", "choose one from the list"))
}

func coverReason() error {
	return refused(fault.Invalid, "reason", text.Say("没有写明理由", "the reason is missing"), text.Say("写明理由", "say why"))
}

func setupWrong() error {
	return refused(fault.Forbidden, "setup-code", text.Say("设置代码不对，或已经用过", "the code is wrong, or was used"), text.Say("用 doudi serve 启动时显示的代码；重新启动会显示新的", "use the one doudi serve showed when it started; starting it again shows a new one"))
}

func organisationMissing() error {
	return refused(fault.Invalid, "organisation", text.Say("没有填机构名称", "the name of the organisation is missing"), text.Say("例如：县民政局", "for example: County Civil Affairs Bureau"))
}

func lastAdministrator() error {
	return refused(fault.Conflict, "last-administrator", text.Say("这是最后一个系统管理员岗位，没有离岗", "this is the last post of an administrator; it was not ended"), text.Say("先任命另一位系统管理员", "appoint another administrator first"))
}

func subjectMalformed() error {
	return refused(fault.Invalid, "subject", text.Say("统一身份认证里的标识没有填写，或写法不对", "the word of the identity provider for the person is missing or malformed"), text.Say("填写对方系统里这个人的 sub，至多 %d 个字节", "write the provider's sub of the person, at most %d bytes", longestSubject))
}

func alreadyLinked() error {
	return refused(fault.Conflict, "linked", text.Say("这个标识已经对应另一个用户", "that person of the identity provider is another account here"), text.Say("先解除那个用户的对应", "unlink that account first"))
}

func notLinked() error {
	return refused(fault.Forbidden, "not-linked", text.Say("这个身份在本县没有对应的用户，没有登录", "this identity is nobody's account in this county; you are not signed in"), text.Say("请系统管理员在用户页面对应您的身份", "ask the administrator to link your account"))
}

func ticketOver() error {
	return refused(fault.Forbidden, "ticket", text.Say("等动态码的时间过了，没有登录", "the time to type the code is over; you are not signed in"), text.Say("重新从统一身份认证登录", "sign in with the identity provider again"))
}

func codeWrong() error {
	return refused(fault.Forbidden, "sign-in", text.Say("动态码不对，没有登录", "the code is wrong; you are not signed in"), text.Say("等应用显示下一个数字再试；连错多次会锁定一刻钟", "wait for the next digits and try again; several wrong ones lock the name for a quarter of an hour"))
}
