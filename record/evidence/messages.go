package evidence

import (
	_ "embed" // what a package says of itself

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/claim"
	"doudi/record/fund"
)

// readme tells who has a package and nothing else how to check it.
//
//go:embed readme.txt
var readme string

func notOf(id string) func(fund.Commitment) bool {
	return func(c fund.Commitment) bool { return c.Origin.Kind != fund.FromSettlement || c.Origin.ID != id }
}

func refused(kind fault.Kind, code string, message fault.Text, cause error) error {
	return &fault.Error{Kind: kind, Code: "evidence." + code, Op: "evidence.Check", Message: message, Cause: cause,
		Hint: text.Say("不要用这份文件作依据；请审计岗重新导出，与本文件比对", "do not rely on this file; have the auditor export it again, and compare")}
}

func changed(cause error, name string) error {
	return refused(fault.Conflict, "changed", text.Say("证据包里的文件 %s 被改动", "the file %s of the package was changed", name), cause)
}

func misfit(message fault.Text) error { return refused(fault.Conflict, "changed", message, nil) }

func differs(d *claim.Compared) error {
	return refused(fault.Conflict, "differs", fault.Text{ZH: "复算结果不同：" + d.Name.ZH + "，当时 " + d.Kept.ZH + "，复算 " + d.Now.ZH,
		EN: "computed again it comes out otherwise: " + d.Name.EN + ", then " + d.Kept.EN + ", now " + d.Now.EN}, nil)
}

func notPackage(cause error) error {
	return refused(fault.Invalid, "not-package", text.Say("这不是证据包，或文件不完整", "this is no evidence package, or it is not whole"), cause)
}
