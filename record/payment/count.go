package payment

import (
	"strings"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/record/benefit"
	"doudi/record/dated"
	"doudi/record/store"
)

// Counting is which office verifies how many are on the lists of a scheme before they are paid, and by which facts, as its pack says.
type Counting struct {
	Office string // key of the office in the pack
	Name   fault.Text
	Act    fault.Text
	Facts  []string
}

// Counting is how lists of a scheme are verified; nil where no pack has them verified. Of several versions of a pack the latest says it.
func (p *Payments) Counting(scheme string) (c *Counting) {
	for _, pack := range p.packs {
		for _, b := range pack.Benefits {
			if benefit.SchemeOf(pack, b) == scheme {
				c = countingOf(pack, b)
			}
		}
	}
	return c
}

func countingOf(pack *policy.Pack, b *policy.Benefit) *Counting {
	for _, step := range StepsOf(pack, b) {
		if len(step.Counts) > 0 {
			return &Counting{Office: step.Office, Name: pack.Offices[step.Office], Act: step.Act, Facts: step.Counts}
		}
	}
	return nil
}

// StepsOf are the steps of the procedure by which a benefit is given.
func StepsOf(pack *policy.Pack, b *policy.Benefit) []policy.Step {
	for _, x := range pack.Procedures {
		if x.ID == b.Procedure {
			return x.Steps
		}
	}
	return nil
}

// Count says that the number of a batch that was handed in is verified. The number stands with the act; a batch that is changed afterwards is counted anew. Codes:
// payment.batch-unknown, payment.state, payment.same-person for who had a hand in making it.
func (p *Payments) Count(tx *store.Tx, batch, note string) error {
	b, err := checking(tx, batch)
	if err != nil {
		return err
	}
	if err := act(tx, &b, Count, strings.TrimSpace(note)); err != nil {
		return err
	}
	return b.save(tx, ToCheck)
}

// Counted is the act by which the number that stands in the batch was verified since it was last handed in; nil when it was not.
func (b *Batch) Counted() *Act {
	for i := len(b.Acts) - 1; i >= 0; i-- {
		switch a := &b.Acts[i]; a.Kind {
		case HandIn, SendBack:
			return nil
		case Count:
			if a.People == b.People && a.Total == b.Total {
				return a
			}
			return nil
		}
	}
	return nil
}

// counted refuses to go on with a batch whose number its office has still to verify, where the county has that office; and nobody locks what they verified themselves.
func (p *Payments) counted(tx *store.Tx, b *Batch) error {
	c := p.Counting(b.Scheme)
	if c == nil {
		return nil
	}
	if a := b.Counted(); a != nil {
		if a.Actor.ID == tx.Actor.ID {
			return samePerson()
		}
		return nil
	}
	kind, err := dated.KindOf(tx, c.Office)
	if err != nil || kind != officeKind {
		return err
	}
	return notCounted(c)
}

// officeKind is the kind of party that an office is.
const officeKind = "office"
