package adoption

import (
	"errors"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

func refused(kind fault.Kind, code string, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "adoption." + code, Message: message, Hint: hint}
}

func otherPack(n *text.Node, id string) error {
	return n.Fault("adoption.other-pack", text.Say("这份采用文件是 %s 的，不是 %s 的", "this adoption is of %s, not of %s", n.Value, id), text.Say("核对政策包", "check the pack"))
}

func divisionMissing(pack string) error {
	return refused(fault.Missing, "division-missing", text.Say("政策包 %s 没有写明地区，采用时必须写明", "pack %s does not say for which place it is; its adoption must", pack), text.Say("写 division: 区划代码", "write division: CODE"))
}

func outsideCounty(division ident.Division, county string) error {
	return refused(fault.Invalid, "outside-county", text.Say("%s 不在本县（%s）", "%s is not in this county (%s)", division, county), text.Say("由所在的县采用", "let its own county adopt"))
}

func otherPlace(p *policy.Pack, division ident.Division) error {
	return refused(fault.OutOfForce, "other-place", text.Say("《%s》是 %s 的文件，%s 不能采用", "“%s” is a document of %s, which %s cannot adopt", p.Title.ZH, p.Jurisdiction, division),
		text.Say("只作示例时写 label: 示例", "write label: 示例 if it only serves as an example"))
}

func draft(p *policy.Pack) error {
	return refused(fault.OutOfForce, "draft", text.Say("《%s》是征求意见稿，还不能采用", "“%s” is a draft and cannot be adopted yet", p.Title.ZH), text.Say("只作示例时写 label: 示例", "write label: 示例 if it only serves as an example"))
}

func fromMissing(p *policy.Pack) error {
	return refused(fault.Missing, "from-missing", text.Say("《%s》没有施行日期，采用时必须写明自哪天起", "“%s” has no day on which it comes into force; its adoption must say from when", p.Title.ZH), text.Say("写 from: 日期", "write from: DAY"))
}

func outsidePack(p *policy.Pack, a *policy.Adoption) error {
	return refused(fault.OutOfForce, "outside-pack", text.Say("采用的时间没有一天在《%s》的施行期内（%s）", "no day of the adoption lies within the time of “%s” (%s)", p.Title.ZH, policy.ShowSpan(p.InForce)),
		text.Say("采用的是 %s", "the adoption is for %s", policy.ShowSpan(period.Span{From: a.From, To: a.To})))
}

func overlap(r Record) error {
	return refused(fault.Conflict, "overlap", text.Say("%s 已采用 %s %s（%s），时间重叠", "%s has adopted %s %s already (%s), which shares days", r.Division, r.PackID, r.PackVersion, policy.ShowSpan(r.Span)),
		text.Say("先办理撤回，或改起止日期", "withdraw that one first, or change the days"))
}

func unknown(id string) error {
	return refused(fault.NotFound, "unknown", text.Say("没有采用记录 %s", "there is no adoption %s", fault.Quote(id)), fault.Text{})
}

func notApproved(r Record) error {
	return refused(fault.Conflict, "not-approved", text.Say("%s %s 没有生效，不用撤回", "%s %s is not in force, so there is nothing to withdraw", r.PackID, r.PackVersion), text.Say("未审核的可以直接退回", "what is not approved yet can be rejected"))
}

func endsAlready(r Record) error {
	return refused(fault.Invalid, "ends-already", text.Say("它到 %s 为止，撤回日期要更早", "it ends by itself (%s); a withdrawal must be earlier", policy.ShowSpan(r.Span)), fault.Text{})
}

func reasonMissing() error {
	return refused(fault.Invalid, "reason-missing", text.Say("没有写明理由", "the reason is missing"), fault.Text{})
}

func decisionUnknown() error {
	return refused(fault.NotFound, "decision-unknown", text.Say("没有这一项待审核的决定", "there is no such decision"), fault.Text{})
}

func answered() error {
	return refused(fault.Conflict, "answered", text.Say("这项决定已经审核过，没有改动", "this decision has been answered already; nothing was changed"), text.Say("需要改变时另行提出", "propose a new one to change it"))
}

func together() error {
	return refused(fault.Conflict, "together", text.Say("这项终止随接替它的采用一起审核", "this end is decided with the adoption that takes its place"), text.Say("打开接替的采用审核", "open that adoption and answer it there"))
}

func samePerson() error {
	return refused(fault.Forbidden, "same-person", text.Say("提出的人不能审核自己的决定", "who proposed it cannot approve it"), text.Say("请另一人审核", "let somebody else check it"))
}

func none(division ident.Division, day period.Day, series string, records []Record) error {
	var known []string
	for _, r := range records {
		if r.State == Approved || r.State == Withdrawn && !r.Span.Empty() {
			known = append(known, string(r.Division)+" "+policy.ShowSpan(r.Span))
		}
	}
	hint := text.Say("由本县采用这一政策，并经另一人审核", "let the county adopt the policy and somebody else approve it")
	if len(known) > 0 {
		hint = text.Say("已采用的：%s", "adopted: %s", strings.Join(known, "、"))
	}
	return refused(fault.OutOfForce, "none", text.Say("%s 在 %s 没有采用 %s", "%s had adopted no %[3]s on %[2]s", division, day, fault.Quote(series)), hint)
}

func packMissing(r *Record) error {
	return refused(fault.NotFound, "pack-missing", text.Say("采用的是 %s %s（%s），本程序没有这一版", "%s %s (%s) was adopted, which this program does not have", r.PackID, r.PackVersion, r.PackHash[:min(12, len(r.PackHash))]),
		text.Say("装入这一版政策包，内容要完全相同", "install that version of the pack; its content must be exactly the same"))
}

// isSamePerson tells whether the only objection is that the maker asks.
func isSamePerson(err error) bool {
	return errors.Is(err, &fault.Error{Code: "adoption.same-person"})
}
