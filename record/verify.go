package record

import (
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/benefit"
	"doudi/record/claim"
	"doudi/record/file"
	"doudi/record/fund"
	"doudi/record/job"
	"doudi/record/payment"
	"doudi/record/store"
)

// Kept is what is verified.
type Kept struct {
	Record *Record   // nil without the secrets
	Box    *file.Box // where the evidence lies
}

// Check is one way of looking for what is wrong in the record of a county. It answers in a line what it looked at, or the first
// difference as a fault of kind Conflict.
type Check struct {
	Name    string
	Title   fault.Text
	Run     func(Kept, *store.Tx) (fault.Text, error)
	Without fault.Text // what is not looked at without the secrets; "" when nothing
}

// Checks are all of them, in their order. A subject that keeps something adds its own.
func Checks() []Check {
	return []Check{
		{Name: "audit", Title: fault.Text{ZH: "审计链", EN: "the chain of the log"}, Run: checkAudit},
		{Name: "fund", Title: fault.Text{ZH: "资金专账", EN: "special accounts"}, Run: checkFunds},
		{Name: "claim", Title: fault.Text{ZH: "医疗结算", EN: "settlements"}, Run: checkClaims, Without: fault.Text{ZH: "各张结算没有按封存的情况重算", EN: "no settlement was computed again from what was frozen with it"}},
		{Name: "benefit", Title: fault.Text{ZH: "待遇核定", EN: "determinations"}, Run: checkBenefits, Without: fault.Text{ZH: "各项待遇没有按封存的情况重算", EN: "no determination was computed again from what was frozen with it"}},
		{Name: "payment", Title: fault.Text{ZH: "发放批次", EN: "payment batches"}, Run: checkPayments, Without: fault.Text{ZH: "发放批次没有与核发逐笔核对", EN: "batches of payments were not compared with what the runs call"}},
		{Name: "file", Title: fault.Text{ZH: "证件照片", EN: "evidence"}, Run: checkFiles, Without: fault.Text{ZH: "证件、照片只核对了密封后的字节，没有打开", EN: "evidence was compared byte for byte as it lies there, sealed, and not opened"}},
	}
}

// checks are all of them on this record, for who looks in the background.
func (r *Record) checks() (list []job.Check) {
	for _, c := range Checks() {
		list = append(list, job.Check{Name: c.Name, Title: c.Title, Run: func(tx *store.Tx) (fault.Text, error) { return c.Run(Kept{Record: r, Box: r.Files.Box}, tx) }})
	}
	return list
}

// checkFunds checks the special accounts of a county: balanced, reserved as computed, nothing ended twice.
func checkFunds(_ Kept, tx *store.Tx) (fault.Text, error) {
	return fault.Text{ZH: "资金专账相符", EN: "the special accounts agree"}, fund.Verify(tx)
}

func checkAudit(_ Kept, tx *store.Tx) (fault.Text, error) {
	c, err := audit.Verify(tx)
	return text.Say("%d 批封存、%d 条记录相符，%d 条待封存", "%d seals over %d entries agree, %d entries not sealed yet", c.Seals, c.Sealed, c.Tail), err
}

// checkClaims computes every settlement again from the facts frozen with it. Without secrets it looks at what is not sealed.
func checkClaims(k Kept, tx *store.Tx) (fault.Text, error) {
	if k.Record == nil {
		c, err := claim.VerifySums(tx)
		return text.Say("%d 张账单的结算、发票和专账依据相符，%d 项累计相符", "settlements, invoices and origins of %d bills agree, %d counters agree", c.Settlements, c.Counters), err
	}
	c, err := k.Record.Claims.Verify(tx)
	return text.Say("%d 张账单重算相符，%d 项累计相符，%d 人的内容已按期销毁、只核对合计", "%d bills computed again, %d counters agree; of %d chains nothing but sums is left, as the law asks", c.Settlements, c.Counters, c.Destroyed), err
}

// checkBenefits computes every determination again from the facts frozen with it. Without secrets it looks at what is not sealed.
func checkBenefits(k Kept, tx *store.Tx) (fault.Text, error) {
	if k.Record == nil {
		c, err := benefit.VerifySums(tx)
		return text.Say("%d 次核定、%d 项待遇的合计相符", "the sums of %d runs over %d determinations agree", c.Runs, c.Determinations), err
	}
	c, err := k.Record.Benefits.Verify(tx)
	return text.Say("%d 次核定的 %d 项待遇重算相符，%d 项的依据已按期销毁、只核对合计", "%d runs agree, %d determinations computed again; of %d subjects nothing but sums is left, as the law asks", c.Runs, c.Determinations, c.Destroyed), err
}

// checkPayments compares every batch with what the runs call, its lines with its special account. Without secrets only sums are.
func checkPayments(k Kept, tx *store.Tx) (fault.Text, error) {
	if k.Record == nil {
		c, err := payment.VerifySums(tx)
		return text.Say("%d 个发放批次、%d 行的合计和专账相符", "the sums and special accounts of %d batches, %d lines, agree", c.Batches, c.Lines), err
	}
	c, err := k.Record.Payments.Verify(tx)
	return text.Say("%d 个发放批次、%d 行相符，%d 次核发的 %d 笔都有依据、没有重复", "%d batches of %d lines agree; of %d runs %d amounts are taken up, each once and with its determination", c.Batches, c.Lines, c.Runs, c.Items), err
}

// checkFiles compares the content of every document with what was filed. Without secrets it is compared as it lies there, sealed.
func checkFiles(k Kept, tx *store.Tx) (fault.Text, error) {
	if k.Record == nil {
		c, err := file.Verify(tx, k.Box)
		return text.Say("%d 份证件、照片的密封内容相符", "the sealed contents of %d documents agree", c.Documents), err
	}
	c, err := k.Record.Files.Verify(tx)
	return text.Say("%d 份证件、照片的内容相符，其中 %d 份已按期销毁", "the contents of %d documents agree, of which %d are destroyed as the law asks", c.Documents, c.Destroyed), err
}
