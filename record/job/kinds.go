package job

import (
	"context"
	"runtime"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record/audit"
	"doudi/record/benefit"
	"doudi/record/payment"
	"doudi/record/roll"
	"doudi/record/simulation"
	"doudi/record/snapshot"
	"doudi/record/store"
)

// Kind is what sort of work a job does.
type Kind string

// The kinds of jobs.
const (
	StageImport Kind = "import-stage" // reads a roll and compares it with the register
	ApplyImport Kind = "import-apply"
	UndoImport  Kind = "import-undo"
	RunMonth    Kind = "run"
	MakeBatch   Kind = "batch"
	Simulate    Kind = "simulation"
	Verify      Kind = "verify" // compares the whole record with itself
)

// kind is what there is to know of a kind: how it is called, what is kept when it does not come to its end, how far it may begin, and what does it.
type kind struct {
	label fault.Text
	kept  fault.Text
	check func(*Jobs, *store.Tx, Work) (subject, target string, err error)
	do    func(context.Context, *attempt) error
}

var kinds map[Kind]kind

func init() { // a table whose entries refer to it
	kinds = map[Kind]kind{
		StageImport: {fault.Text{ZH: "读取并比对名册", EN: "read and compare a roll"},
			fault.Text{ZH: "已读的行都留着，登记没有改动；重试时接着做", EN: "the rows that were read are kept and the register was not changed; trying again goes on"}, (*Jobs).checkStage, stage},
		ApplyImport: {fault.Text{ZH: "应用名册", EN: "apply a roll"},
			fault.Text{ZH: "已写入的行在登记里，其余没有改动；重试时接着写，不会写两遍", EN: "the rows that were applied stand, the others changed nothing; trying again goes on, and nothing is written twice"}, (*Jobs).checkApply, apply},
		UndoImport: {fault.Text{ZH: "整份撤回名册", EN: "take a roll back"},
			fault.Text{ZH: "已撤回的行保持撤回，其余没有改动；重试时接着撤", EN: "the rows that were taken back stay so, the others changed nothing; trying again goes on"}, (*Jobs).checkUndo, undo},
		RunMonth: {fault.Text{ZH: "月度核定", EN: "monthly run"},
			fault.Text{ZH: "已算的部分都留着，没有批准前不算数；重试时接着算", EN: "the parts that were computed are kept, and count only once approved; trying again goes on"}, (*Jobs).checkRun, run},
		MakeBatch: {fault.Text{ZH: "生成发放批次", EN: "make a payment batch"},
			fault.Text{ZH: "没有生成批次，也没有占用额度", EN: "no batch was made and no money spoken for"}, (*Jobs).checkBatch, batch},
		Simulate: {fault.Text{ZH: "政策测算", EN: "simulate a policy"},
			fault.Text{ZH: "测算只读，什么都没有改动；重试时从头算", EN: "a simulation only reads, nothing was changed; trying again begins anew"}, (*Jobs).checkSimulation, simulate},
		Verify: {fault.Text{ZH: "复算核对", EN: "verify the record"},
			fault.Text{ZH: "核对只读，什么都没有改动；重试时从头核对", EN: "a verification only reads, nothing was changed; trying again begins anew"}, (*Jobs).checkVerify, verify},
	}
}

// Kinds are all of them.
var Kinds = []Kind{StageImport, ApplyImport, UndoImport, RunMonth, MakeBatch, Simulate, Verify}

// Label is how the kind is called.
func (k Kind) Label() fault.Text { return kinds[k].label }

// Kept is what stands when a job of the kind fails or is cancelled, and what trying it again does.
func (k Kind) Kept() fault.Text { return kinds[k].kept }

// What is under way beside the states of imports.
const (
	readingStage  = string(benefit.Reading)
	decidingStage = string(benefit.Deciding)
	lookingStage  = string(payment.Looking)
	writingStage  = string(payment.Writing)
	peopleStage   = "people"
)

// stages are what is under way, and in which unit it is counted.
var stages = map[string]struct{ label, unit fault.Text }{
	string(roll.Staging):   {roll.Staging.Label(), fault.Text{ZH: "行", EN: "rows"}},
	string(roll.Comparing): {roll.Comparing.Label(), fault.Text{ZH: "行", EN: "rows"}},
	string(roll.Applying):  {roll.Applying.Label(), fault.Text{ZH: "行", EN: "rows"}},
	string(roll.Undoing):   {roll.Undoing.Label(), fault.Text{ZH: "行", EN: "rows"}},
	readingStage:           {fault.Text{ZH: "读取登记", EN: "reading the register"}, fault.Text{ZH: "人（户）", EN: "people and households"}},
	decidingStage:          {fault.Text{ZH: "逐人核定", EN: "deciding"}, fault.Text{ZH: "段", EN: "parts"}},
	lookingStage:           {fault.Text{ZH: "核对收款账户", EN: "looking at the accounts"}, fault.Text{ZH: "笔", EN: "lines"}},
	writingStage:           {fault.Text{ZH: "写入批次", EN: "writing the batch"}, fault.Text{ZH: "笔", EN: "lines"}},
	peopleStage:            {fault.Text{ZH: "逐人测算", EN: "deciding"}, fault.Text{ZH: "人", EN: "people"}},
	checkStage("audit"):    {fault.Text{ZH: "核对审计链", EN: "the chain of the log"}, fault.Text{ZH: "条", EN: "entries"}},
	checkStage("fund"):     {fault.Text{ZH: "核对资金专账", EN: "special accounts"}, fault.Text{ZH: "类", EN: "kinds of differences"}},
	checkStage("claim"):    {fault.Text{ZH: "重算医疗结算", EN: "settlements computed again"}, fault.Text{ZH: "张", EN: "bills"}},
	checkStage("benefit"):  {fault.Text{ZH: "重算待遇核定", EN: "determinations computed again"}, fault.Text{ZH: "项", EN: "determinations"}},
	checkStage("payment"):  {fault.Text{ZH: "核对发放批次", EN: "payment batches"}, fault.Text{ZH: "个", EN: "batches and runs"}},
	checkStage("file"):     {fault.Text{ZH: "核对证件照片", EN: "evidence"}, fault.Text{ZH: "份", EN: "documents"}},
}

// StageLabel is what is under way, for people.
func (j *Job) StageLabel() fault.Text { return stages[j.Stage].label }

// Unit is what Done and Total count.
func (j *Job) Unit() fault.Text { return stages[j.Stage].unit }

func (j *Jobs) checkStage(tx *store.Tx, w Work) (subject, target string, err error) {
	return j.checkImport(tx, w, roll.Receiving, roll.Staging, roll.Comparing)
}

func (j *Jobs) checkApply(tx *store.Tx, w Work) (subject, target string, err error) {
	return j.checkImport(tx, w, roll.Ready, roll.Applying)
}

func (j *Jobs) checkUndo(tx *store.Tx, w Work) (subject, target string, err error) {
	return j.checkImport(tx, w, roll.Applied, roll.Undoing)
}

// checkImport refuses work on an import that is not where such work begins or goes on.
func (j *Jobs) checkImport(tx *store.Tx, w Work, from ...roll.State) (subject, target string, err error) {
	i, err := j.Rolls.Get(tx, w.Import)
	if err != nil {
		return "", "", err
	}
	for _, state := range from {
		if i.State == state {
			return i.ID, "import:" + i.ID, nil
		}
	}
	return "", "", outOfTurn(w.Kind, i.State.Label())
}

func (j *Jobs) checkRun(_ *store.Tx, w Work) (subject, target string, err error) {
	if w.Month == 0 {
		return "", "", incomplete(w.Kind)
	}
	return "", "run", nil // a county has one open run
}

func (j *Jobs) checkBatch(_ *store.Tx, w Work) (subject, target string, err error) {
	if w.Month == 0 || w.Scheme == "" {
		return "", "", incomplete(w.Kind)
	}
	return "", "batch:" + w.Scheme, nil
}

func (j *Jobs) checkSimulation(tx *store.Tx, w Work) (subject, target string, err error) {
	if _, err := j.question(w); err != nil {
		return "", "", err
	}
	return "", "simulation:" + tx.NewID(), nil // it only reads, so any number may be under way
}

// by is who works on an import.
func (a *attempt) by() roll.By {
	return roll.By{County: a.county, Actor: a.job.Asker, Instant: a.Now()}
}

// tellImport tells how far an import is. How many rows there are is known once all are read.
func (a *attempt) tellImport(i roll.Import) {
	switch i.State {
	case roll.Staging:
		a.tell(string(i.State), i.Rows, 0)
	case roll.Undoing:
		a.tell(string(i.State), i.Done, i.Counts.Applied)
	case roll.Comparing, roll.Applying:
		a.tell(string(i.State), i.Done, i.Rows)
	}
}

func stage(ctx context.Context, a *attempt) error {
	_, err := a.Rolls.Stage(ctx, a.by(), a.job.Work.Import, a.tellImport)
	return err
}

func apply(ctx context.Context, a *attempt) error {
	_, err := a.Rolls.Apply(ctx, a.by(), a.job.Work.Import, a.tellImport)
	return err
}

func undo(ctx context.Context, a *attempt) error {
	_, err := a.Rolls.Undo(ctx, a.by(), a.job.Work.Import, a.job.Work.Leave, a.tellImport)
	return err
}

func run(ctx context.Context, a *attempt) error {
	ask := benefit.Ask{As: snapshot.As{County: a.county, Actor: a.job.Asker, Instant: a.Now()}, Month: a.job.Work.Month, Since: a.job.Work.Since,
		Tell: func(what benefit.Stage, done, of int64) { a.tell(string(what), done, of) }}
	r, err := a.Benefits.Start(ctx, a.Store, ask)
	if err != nil {
		return err
	}
	a.found(r.ID)
	_, err = a.Benefits.Compute(ctx, a.Store, ask, r.ID, runtime.GOMAXPROCS(0))
	return err
}

// batch makes a batch and is done in the same transaction: there is a batch exactly if its job says so.
func batch(ctx context.Context, a *attempt) error {
	w := a.job.Work
	tell := func(what payment.Stage, done, of int64) { a.tell(string(what), done, of) }
	_, err := a.Store.Write(ctx, a.command("payment.create"), func(tx *store.Tx) (any, error) {
		b, err := a.Payments.Create(tx, payment.Request{Scheme: w.Scheme, Payer: w.Payer, Fund: w.Fund, Month: w.Month, Again: w.Again, Tell: tell})
		if err != nil {
			return nil, err
		}
		if _, err := a.Jobs.Log.Record(tx, audit.Note{Name: "payment.create", Subject: b.ID}); err != nil {
			return nil, err
		}
		a.found(b.ID)
		return nil, a.complete(tx)
	})
	return err
}

// question is what a simulation is asked. Codes: job.incomplete, job.pack-unknown.
func (j *Jobs) question(w Work) (q simulation.Question, err error) {
	if w.Month == 0 || w.To == 0 || w.Draft == "" {
		return q, incomplete(w.Kind)
	}
	q = simulation.Question{From: w.Month, To: w.To, Sample: w.Sample}
	for _, p := range j.Benefits.Packs {
		if p.ID == w.Draft {
			q.Draft = p
		}
		if p.ID == w.Against {
			q.Against = p
		}
	}
	switch {
	case q.Draft == nil:
		return q, packUnknown(w.Draft)
	case q.Against == nil && w.Against != "":
		return q, packUnknown(w.Against)
	case w.Adopt != "":
		node, err := text.Parse("adoption.json", []byte(w.Adopt))
		if err != nil {
			return q, err
		}
		q.Adopt, err = policy.ReadAdoption(q.Draft, node)
		return q, err
	}
	return q, nil
}

func simulate(ctx context.Context, a *attempt) error {
	q, err := a.question(a.job.Work)
	if err != nil {
		return err
	}
	answer, err := a.Simulator.Run(ctx, a.Store, a.county, q, func(people, of int) { a.tell(peopleStage, int64(people), int64(of)) })
	if err != nil {
		return err
	}
	a.answer, err = a.Simulated(answer)
	return err
}
