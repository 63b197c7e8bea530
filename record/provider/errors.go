package provider

import (
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "provider." + code, Message: message, Hint: hint}
}

func kindUnknown(kind Kind) error {
	var known []string
	for k := range groups {
		known = append(known, string(k))
	}
	return refused(fault.Invalid, "kind", text.Say("没有“%s”这类机构", "there is no kind of provider “%s”", kind), text.DidYouMean(string(kind), known))
}

func nameMissing() error {
	return refused(fault.Invalid, "name-missing", text.Say("没有写名称", "the name is missing"), fault.Text{})
}

func unknown(id string) error {
	return refused(fault.NotFound, "unknown", text.Say("本县没有登记机构 %s", "this county has no provider %s", fault.Quote(id)), text.Say("先登记，或核对编号", "register it first, or check the id"))
}

func codeKnown(owner string) error {
	return refused(fault.Conflict, "code-known", text.Say("这个统一社会信用代码已登记（%s）", "this credit code is registered already (%s)", owner), text.Say("打开已有登记", "use the entry that is there"))
}

func wrongWorld(fictional bool) error {
	if fictional {
		return refused(fault.Invalid, "fictional", text.Say("区划以 9999 开头的信用代码是虚构的，只用于演示", "a credit code of a division that begins with 9999 is fictional and serves demonstrations only"), text.Say("核对证照；要演示请用 doudi demo", "check the licence; to try things out use doudi demo"))
	}
	return refused(fault.Invalid, "not-fictional", text.Say("这里是演示，不登记真实的信用代码", "this is a demonstration; real credit codes are not registered"), fault.Text{})
}

func (p *Providers) factUnknown(name, group string) error {
	var known []string
	for fact := range p.vocabulary.Facts {
		if strings.HasPrefix(fact, group) {
			known = append(known, fact)
		}
	}
	return refused(fault.NotFound, "fact-unknown", text.Say("这类机构没有 %s 这项情况", "a provider of this kind has no fact %s", fault.Quote(name)), text.DidYouMean(name, known))
}

func notAFact() error {
	return refused(fault.Invalid, "not-a-fact", text.Say("这一条不是机构的情况", "this statement is no fact of a provider"), fault.Text{})
}

func listOverlap(list string) error {
	return refused(fault.Conflict, "list-overlap", text.Say("这段时间已在名单“%s”上", "it is on the list “%s” already during that time", list), text.Say("更正原来的一条", "correct the entry that is there"))
}

func closed(day period.Day) error {
	return refused(fault.OutOfForce, "closed", text.Say("%s 该机构尚未设立或已经关闭", "on %s the provider was not open", day), text.Say("核对日期和机构", "check the day and the provider"))
}

func officeUnknown(id string, day period.Day) error {
	return refused(fault.NotFound, "office-unknown", text.Say("%s 没有部门 %s，也没有承接的部门", "on %s there is no office %s, nor one that took over", day, fault.Quote(id)), text.Say("登记部门，或写明由谁承接", "register the office, or say who took over"))
}

func officeOverlap(id string) error {
	return refused(fault.Conflict, "office-overlap", text.Say("部门 %s 这段时间已有名称", "the office %s has a name for that time", id), text.Say("核对起止日期", "check the days"))
}

func officeCircle(office, by string) error {
	return refused(fault.Invalid, "office-circle", text.Say("%s 的职责最终又回到 %s", "what %s does would come back to %s", by, office), text.Say("核对承接关系", "check who took over from whom"))
}
