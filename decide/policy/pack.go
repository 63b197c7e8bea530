package policy

import (
	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Pack is one published document of one jurisdiction, made executable. It is read once and not changed; it does not
// know who uses it (see Basis).
type Pack struct {
	ID           string
	Version      string
	Series       string // packs of one series succeed one another
	Hash         string // SHA-256 of every file of the pack, so that an adoption names exactly what it adopted
	Title        fault.Text
	Jurisdiction ident.Division // "" when the document hides it
	Place        fault.Text
	Attribution  string // stated, inferred or unset: how we know the place
	Note         fault.Text
	Issuer       fault.Text
	Number       string
	Issued       period.Day
	HasIssued    bool
	Draft        bool
	InForce      period.Span // To is rule.Forever when open
	OnAdoption   bool        // in force only from the day a division adopts it
	ItemPrefix   string
	Funds        map[string]fault.Text
	Offices      map[string]fault.Text
	Cycles       map[string]period.Cycle

	Vocabulary *rule.Vocabulary
	Calendar   *period.Calendar
	Env        *rule.Env // vocabulary, parameters, questions and tables
	Clauses    []*Clause
	Parameters map[string]*Parameter // by full name, disability.monthly
	Tables     map[string]*TableBlock
	Questions  map[string]*Question
	Benefits   []*Benefit // these and the following in written order
	Settlement []*Settlement
	Services   []*Service
	Procedures []*Procedure
	Screens    []*Screen
	Duties     []*Duty
	Transition []*Transition
	Outside    []*Outside
	Blocks     []*Block // all of them
	Cases      []*text.Node
	CaseFiles  []string
	Changelog  string
	Explained  string            // cases/explained.txt: reviewed explanations of cases marked so
	English    map[string]string // locale/en.yaml
}

// Clause is a numbered clause of the document with our restatement of it.
type Clause struct {
	Number string
	Title  fault.Text
	Level  int // of its heading, 2 to 4
	Prose  []string
	Line   int
	Blocks []*Block
}

// Block is what every rule has: its kind and name, the clause it stands under, the items it carries out.
type Block struct {
	Kind   string
	ID     string
	Name   fault.Text
	Items  []string
	Clause *Clause
	Node   *text.Node
}

// Condition is one line of a when: what people read, and the expression behind it.
type Condition struct {
	Label fault.Text
	Test  *rule.Expression // of bool
}

// Parameter is a named value with a dated history.
type Parameter struct {
	Name   string // disability.monthly
	Label  fault.Text
	Unit   string
	Type   rule.Type
	Values []Dated     // ascending
	Unset  *fault.Text // why the document gives no value; nil when it does
	Block  *Block
}

// Dated is a value from a day on.
type Dated struct {
	From  period.Day
	Value ref.Val
}

// TableBlock is a table of the pack.
type TableBlock struct {
	*Block
	Type     *rule.TableType
	Rows     [][]ref.Val
	ToVerify bool // 待核实
	Note     fault.Text
}

// Question is what the text leaves open.
type Question struct {
	*Block
	About    []string
	Wording  fault.Text
	Type     rule.Type
	Readings []Reading
	Applied  ref.Val
	Open     bool
	Why      fault.Text
}

// Reading is one way to read an open wording.
type Reading struct {
	Key   string
	Value ref.Val
	Label fault.Text
}

// Period names how often something is due or paid.
type Period string

// The periods. SchoolYear runs from 1 September to 31 August.
const (
	EveryDay        Period = "day"
	EveryWeek       Period = "week"
	EveryMonth      Period = "month"
	EveryQuarter    Period = "quarter"
	EveryHalfYear   Period = "half-year"
	EveryYear       Period = "year"
	EverySchoolYear Period = "school-year"
	Once            Period = "once"
	PerEvent        Period = "event"
	Lifetime        Period = "lifetime"
)

// Benefit is an allowance in cash or kind.
type Benefit struct {
	*Block
	PublicName fault.Text // neutral, for notices and bank texts
	Form       string     // cash, in-kind, waiver, premium or loan
	For        string     // person, household, provider or area
	PerMember  bool       // the amount is for each member of the household
	About      *rule.Expression
	When       []Condition
	Amount     *rule.Expression // nil for help in kind
	Every      PeriodRule
	Months     *rule.Expression // list of int; nil when every month counts
	Starts     *rule.Expression // day
	Ends       *rule.Expression // day
	StatusOn   StatusDay
	Paid       PeriodRule
	Fund       string
	Payer      string
	PaidTo     fault.Text
	Procedure  string
	Review     int // months between reviews, 0 for none
	Rounding   RoundingRule
	Instead    *Instead
	Excludes   []string
	HigherOf   []string
	TopsUp     string
	Quota      *Quota
	Exit       *Exit
	Discretion *Discretion
	OncePer    Period // "" when it may be paid again
	Accumulate []Counter
	Recover    fault.Text
}

// PeriodRule is a period, or the question that decides it.
type PeriodRule struct {
	Fixed    Period
	Question string // "" when fixed
}

// StatusDay says when facts are read: on the asked day, the first or last day of its month, or a day of an expression.
type StatusDay struct {
	MonthStart, MonthEnd bool
	Day                  *rule.Expression
}

// RoundingRule is a declared rounding, or the question that decides it.
type RoundingRule struct {
	Fixed    money.Rounding
	Question string // "" when fixed
}

// Instead names the scheme that serves a case this one refuses.
type Instead struct {
	When   *rule.Expression
	Scheme string
	Reason fault.Text
}

// Quota is a ranked selection of a share of a frozen roster.
type Quota struct {
	Share    *rule.Expression // rate
	Of       fault.Text
	Rounding ModeRule
	Rank     *rule.Expression // int or money, smallest first
	Ties     *rule.Expression // int, smallest first; nil leaves the roster's order
}

// ModeRule is a rounding mode, or the question (readings down, up, half-up) that decides it.
type ModeRule struct {
	Fixed    money.Mode
	Question string
}

// Exit is a gradual exit after the last paid month.
type Exit struct {
	When     *rule.Expression
	Schedule *rule.Expression // rates
}

// Discretion marks what a person decides.
type Discretion struct {
	Office string
	Ask    fault.Text
	Bound  *rule.Expression // money; nil when there is none
}

// Counter is a named, dated total that a decision reads and moves.
type Counter struct {
	ID       string
	Of       string           // cost, patient, count, amount, payer.<id> (what it paid), base.<id> (what it could draw on), or "" for Sum
	Sum      *rule.Expression // money, evaluated after the last payer; nil unless Of is ""
	Key      []*rule.Expression
	Window   Window
	DatedBy  *rule.Expression
	Counts   string           // accepted, approved or paid
	When     *rule.Expression // nil: always
	Cap      *rule.Expression // money or int; nil: none
	IsCount  bool
	Position *text.Node
}

// Window is the span a counter adds up over.
type Window struct {
	Period  Period // visit is PerEvent; calendar-year is EveryYear
	Cycle   string
	Rolling *Length
}

// Length is a stretch of time.
type Length struct{ Years, Months, Days int }

// Settlement divides one medical bill.
type Settlement struct {
	*Block
	PublicName fault.Text
	For        *rule.Expression
	Over       string // visit, application or cycle
	Cycle      string
	DecidedOn  *rule.Expression
	StatusOn   *rule.Expression
	When       []Condition
	Groups     []LineGroup
	Let        []Let // named steps, in written order, evaluated anew before each payer
	Rounding   RoundingRule
	Payers     []*Payer // in legal order
	Due        *rule.Expression
	Accumulate []Counter
	Notch      *Notch
}

// Let names a step that several payers' expressions share; calc.<name> in expressions.
type Let struct {
	Name  string // calc.<name>
	Value *rule.Expression
}

// LineGroup is a named set of bill lines; Test nil is “otherwise”.
type LineGroup struct {
	ID   string
	Test *rule.Expression
	Node *text.Node
}

// Payer is one payer of the legal order, or a group whose division may be provisional.
type Payer struct {
	ID       string
	Name     fault.Text
	Given    bool             // settled upstream and stated by the bill
	Amount   *rule.Expression // money; of a given payer what counts when the bill does not state it
	EachLine *rule.Expression // rate, over line.*
	Takes    string           // a line group; "" is all lines
	Draws    []subject.Part
	When     []Condition
	Rounding *RoundingRule // nil: the settlement's
	Fund     string
	Items    []string
	Members  []*Payer         // of a group
	Total    *rule.Expression // of a group
	Node     *text.Node
}

// Notch marks that under a reading of a question a fen more may cost the patient more.
type Notch struct {
	Question string
	Reading  ref.Val
}

// Service is something owed to people.
type Service struct {
	*Block
	For         string
	About       *rule.Expression
	When        []Condition
	Obligations []Obligation
	Pays        *ServicePay
	Rounding    RoundingRule
}

// Obligation is a visit, check-up or other act owed every so often.
type Obligation struct {
	ID     string
	Label  fault.Text
	Who    string
	Every  Period
	Count  int64
	Window *rule.Expression // text: calendar or rolling; nil is calendar
}

// ServicePay is what the provider of a service is paid for one person.
type ServicePay struct {
	Amount *rule.Expression
	To     fault.Text
	Every  Period
	Fund   string
}

// Procedure is an application's way.
type Procedure struct {
	*Block
	Applicants []fault.Text
	FoundBy    []fault.Text
	Documents  []Document
	Begins     *rule.Expression // day it begins when nobody states one; nil for none
	Steps      []Step
	Refusal    fault.Text
	Incomplete fault.Text
	Forms      []Form
	Papers     []fault.Text
}

// Document is a paper an applicant brings.
type Document struct {
	Name     fault.Text
	Copies   int64
	Original string // kept, shown or none
	When     *rule.Expression
}

// Step is one act of a procedure with its office and deadline.
type Step struct {
	ID          string
	Act         fault.Text
	Office      string
	From        string // a step, or start; "" is the step before
	Within      *Deadline
	At          []fault.Text
	Shows       []string // facts that its papers show
	Counts      []string // facts by which the office verifies how many are on a list that is to be paid; none where it does not
	ObjectionTo string
	When        *rule.Expression
	Simplified  *rule.Expression
	Skipped     *rule.Expression
}

// Deadline is a number of days or months from an event; the day of the event is not counted.
type Deadline struct {
	Count *rule.Expression // int; nil when Fixed
	Fixed int
	Unit  string           // working-days, natural-days or months
	Roll  *rule.Expression // bool; nil is no
}

// Screen is a finding and what must be done about it.
type Screen struct {
	*Block
	For     string
	Sources []fault.Text
	About   *rule.Expression
	When    []Condition
	Finding *rule.Expression
	Found   fault.Text
	Action  fault.Text
	Office  string
	Within  *Deadline
	By      *rule.Expression // day
	Ledger  *Ledger
}

// Ledger is a register that an office keeps.
type Ledger struct {
	Name    fault.Text
	Columns []fault.Text
}

// Duty is what an office owes.
type Duty struct {
	*Block
	Form        string // report, task, supervision, ledger or role
	Who         []string
	To          []string
	Lead        string
	Responsible []string
	Content     fault.Text
	Yearly      []MonthDay       // due on these days of every year
	By          *rule.Expression // day
	Monthly     int              // day of every month; 0 for none
	Every       Period           // due at the end of every period; "" for none
	Roll        *rule.Expression
	Indicator   *Indicator
	Ledger      *Ledger
}

// MonthDay is a day of every year.
type MonthDay struct{ Month, Day int }

// Indicator is a measured value with dated targets.
type Indicator struct {
	Counts   map[string]fault.Text
	Value    *rule.Expression // rate or int
	IsRate   bool
	Targets  []Target
	AtMost   bool
	Position *text.Node
}

// Target is what an indicator must have reached by a day.
type Target struct {
	By    period.Day
	Value *rule.Expression // rate or int, like the indicator's value
}

// Transition says what a change of policy means for the time before.
type Transition struct {
	*Block
	Benefits    []string
	Settlements []string
	From        *rule.Expression
	To          *rule.Expression
	Applies     *rule.Expression // nil: yes
	MetOn       *rule.Expression // day on which a benefit's conditions must have been met; nil: no such limit
	Procedure   string           // required or waived
	Bills       string           // preview, resettle, on-request or none
	Due         *rule.Expression
}

// Outside is a clause that no software carries out.
type Outside struct {
	*Block
	Reason fault.Text
}
