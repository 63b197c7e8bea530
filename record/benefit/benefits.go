package benefit

import (
	"cmp"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/record/adoption"
	"doudi/record/audit"
	"doudi/record/dated"
	"doudi/record/register"
	"doudi/record/snapshot"
)

// Config is what benefits stand on.
type Config struct {
	Vocabulary *rule.Vocabulary
	Packs      []*policy.Pack
	Register   *register.Register
	Adoptions  *adoption.Adoptions
	Snapshots  *snapshot.Snapshots
	Cipher     dated.Cipher
	Log        *audit.Log
}

// Benefits decides and keeps what people are due. It may be used by many goroutines.
type Benefits struct{ Config }

// New decides by what is adopted.
func New(c Config) *Benefits { return &Benefits{c} }

// SchemeOf is the name of a benefit's scheme.
func SchemeOf(p *policy.Pack, x *policy.Benefit) string { return cmp.Or(p.Series, p.ID) + "/" + x.ID }

// benefitOf is the benefit of a scheme in some pack this program has; nil for none.
func (b *Benefits) benefitOf(scheme string) *policy.Benefit {
	series, id, _ := strings.Cut(scheme, "/")
	for _, p := range b.Packs {
		if cmp.Or(p.Series, p.ID) != series {
			continue
		}
		for _, x := range p.Benefits {
			if x.ID == id {
				return x
			}
		}
	}
	return nil
}

// NameOf is how a scheme is called; its id when no pack of this program has it.
func (b *Benefits) NameOf(scheme string) fault.Text {
	if x := b.benefitOf(scheme); x != nil {
		return x.Name
	}
	return fault.Text{ZH: scheme, EN: scheme}
}
