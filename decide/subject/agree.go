package subject

import (
	"cel.dev/cel-go/common/types"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/ident"
	"doudi/kernel/period"
)

// categories are the digits of a disability certificate (its 19th character) for the vocabulary's words.
var categories = map[string]int{"sight": 1, "hearing": 2, "speech": 3, "limb": 4, "intellectual": 5, "mental": 6, "multiple": 7}

// agree refuses a person's numbers that contradict each other or what is stated beside them: one of the two is wrong, and
// nobody can say which. Codes: "ident.…-differs", "person.birth-differs".
func agree(r *text.Report, person *text.Node, facts rule.Facts) {
	id, _ := stated[types.String](facts, "person.id")
	if birth, ok := stated[rule.Day](facts, "person.birth"); ok && id != "" && ident.PersonID(id).Birth() != period.Day(birth) {
		r.At(person.Get("birth"), "person.birth-differs", text.Say("出生日期与身份证号中的 %s 不一致", "the date of birth differs from that of the identity number, %s", ident.PersonID(id).Birth()),
			text.Say("核对证件，改正其中一个", "check the papers and correct one of the two"))
	}
	certificate, ok := stated[types.String](facts, "person.disability.certificate_number")
	if !ok {
		return
	}
	number, n := ident.CertificateNumber(certificate), person.Get("disability").Get("certificate_number")
	if id != "" {
		r.Add(text.Placed(number.Agrees(ident.PersonID(id)), n))
	}
	kind, _ := stated[types.String](facts, "person.disability.kind")
	level, _ := stated[types.Int](facts, "person.disability.level")
	r.Add(text.Placed(number.AgreesStated(categories[string(kind)], int(level)), n))
}

// stated is a fact's value when it is known for all time; of a history no single value could be held against a number.
func stated[T any](facts rule.Facts, name string) (T, bool) {
	var none T
	if len(facts[name]) != 1 || facts[name][0].Span.From != rule.Beginning || facts[name][0].Span.To != rule.Forever {
		return none, false
	}
	v, ok := facts[name][0].Value.(T)
	return v, ok
}
