package benefit

import (
	"time"

	"doudi/decide/explain"
	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
)

// State is where a run stands.
type State string

// The states of a run.
const (
	Computing State = "computing"
	Review    State = "review"
	Approval  State = "approved"
	Void      State = "void"
)

var stateLabels = map[State]fault.Text{
	Computing: {ZH: "计算中", EN: "computing"},
	Review:    {ZH: "待审核", EN: "in review"},
	Approval:  {ZH: "已批准", EN: "approved"},
	Void:      {ZH: "已作废", EN: "void"},
}

// Label is how the state is called.
func (s State) Label() fault.Text { return stateLabels[s] }

// Run is one look at everybody for a month.
type Run struct {
	ID         string
	Number     int64
	Month      period.Month
	CalledFrom period.Month // the first month it calls to be paid; after Month when an earlier run called it already
	State      State
	Pass       int64 // how often it was computed
	Generation int64 // of the snapshot it read
	since      int64 // only what was read after that generation was looked at
	sweep      int64 // of what was read after that one all months were decided again
	Maker      store.Actor
	Started    time.Time
	Checker    store.Actor // zero until approved or void
	Closed     time.Time
	Note       string

	bases string
}

// Kind is what sort of difference something is.
type Kind string

// The kinds of differences, in the order in which people look at them.
const (
	Added    Kind = "new"          // due in the run's month and not in the one before
	Stopped  Kind = "stopped"      // the other way
	Changed  Kind = "changed"      // another amount, or another sort of verdict
	Arrears  Kind = "arrears"      // more for a month before
	Recovery Kind = "recovery"     // less for a month before
	Held     Kind = "held"         // due, and held back by a person
	Unknown  Kind = "unknown"      // documents are needed
	Recheck  Kind = "review"       // due, and the yearly review has not been done
	Outside  Kind = "not-selected" // eligible, and others went before
)

// Kinds are all of them, in that order.
var Kinds = []Kind{Added, Stopped, Changed, Arrears, Recovery, Held, Unknown, Recheck, Outside}

var kindLabels = map[Kind]fault.Text{
	Added:    {ZH: "新增", EN: "new"},
	Stopped:  {ZH: "停发", EN: "stopped"},
	Changed:  {ZH: "变动", EN: "changed"},
	Arrears:  {ZH: "补发", EN: "arrears"},
	Recovery: {ZH: "追回", EN: "recovery"},
	Held:     {ZH: "暂缓", EN: "held"},
	Unknown:  {ZH: "待补材料", EN: "documents needed"},
	Recheck:  {ZH: "待复核", EN: "review due"},
	Outside:  {ZH: "符合条件未入选", EN: "eligible, not selected"},
}

// Label is how the kind is called.
func (k Kind) Label() fault.Text { return kindLabels[k] }

// Reason is the kind of reason of a verdict: the key by which differences are counted. The whole reason is the explanation.
type Reason string

// The kinds of reasons.
const (
	Met         Reason = "met"   // its conditions are met
	Unmet       Reason = "unmet" // a condition is not met
	Unconcerned Reason = "not-concerned"
	NotYet      Reason = "not-yet"      // its first month is still to come
	Over        Reason = "over"         // its last month is past
	Idle        Reason = "idle"         // the month does not count
	Exit        Reason = "exit"         // a step of a gradual exit
	Stacked     Reason = "stacked"      // another scheme took its place or lowered it
	Instead     Reason = "instead"      // another scheme serves the case
	Outranked   Reason = "not-selected" // others went before
	Documents   Reason = "documents"    // facts are missing
	ReviewDue   Reason = "review"
	Died        Reason = "died"
	Left        Reason = "left"       // the person is another county's, or the household is no more
	Elsewhere   Reason = "elsewhere"  // another county paid the month
	NoPolicy    Reason = "no-policy"  // no pack of the series is in force
	Backpay     Reason = "transition" // the document pays the time before it was issued
	OnHold      Reason = "held"
	Granted     Reason = "granted" // a person set the amount
	Broken      Reason = "broken"  // the rule cannot be computed for the facts; the explanation says why
)

var reasonLabels = map[Reason]fault.Text{
	Met:         {ZH: "符合条件", EN: "conditions met"},
	Unmet:       {ZH: "条件不符合", EN: "a condition is not met"},
	Unconcerned: {ZH: "不涉及", EN: "not concerned"},
	NotYet:      {ZH: "未到起发月份", EN: "not begun yet"},
	Over:        {ZH: "已过止发月份", EN: "has ended"},
	Idle:        {ZH: "本月不计发", EN: "the month does not count"},
	Exit:        {ZH: "渐退期", EN: "gradual exit"},
	Stacked:     {ZH: "与其他待遇不重复享受", EN: "another scheme bears on it"},
	Instead:     {ZH: "由其他待遇保障", EN: "served by another scheme"},
	Outranked:   {ZH: "符合条件未入选", EN: "eligible, not selected"},
	Documents:   {ZH: "缺少材料", EN: "documents missing"},
	ReviewDue:   {ZH: "到期未复核", EN: "review overdue"},
	Died:        {ZH: "已去世", EN: "died"},
	Left:        {ZH: "已迁出或销户", EN: "moved away, or household dissolved"},
	Elsewhere:   {ZH: "外县已发", EN: "paid by another county"},
	NoPolicy:    {ZH: "没有施行中的政策", EN: "no policy in force"},
	Backpay:     {ZH: "政策过渡补发", EN: "back pay of a new policy"},
	OnHold:      {ZH: "暂缓发放", EN: "held back"},
	Granted:     {ZH: "人工核定", EN: "set by a person"},
	Broken:      {ZH: "无法计算", EN: "cannot be computed"},
}

// Label is how the reason is called.
func (r Reason) Label() fault.Text { return reasonLabels[r] }

// NoEnd is the last month of what holds until further notice.
var NoEnd = period.Latest.Month()

// Determination is what a subject is due by a scheme from a month to a month.
type Determination struct {
	Subject  string
	Scheme   string // series/benefit
	Run      string
	From, To period.Month  // To is NoEnd until further notice
	Every    policy.Period // month: Amount is due in each month; else once, in From
	Verdict  explain.Verdict
	Reason   Reason
	Amount   money.Fen
	Held     bool // a person holds it back: due, and not paid
	Exit     bool // a step of a gradual exit
	Adoption string
	Division ident.Division
	ReviewBy period.Day // by when it is to be looked at again; 0 when its document asks for no review
}

// Due is what the determination makes payable for a month it names.
func (d *Determination) Due(m period.Month) money.Fen {
	if d.Held || m < d.From || d.To < m || d.Every != policy.EveryMonth && m != d.From {
		return 0
	}
	return d.Amount
}

// Difference is a month for which a run says otherwise than the runs before.
type Difference struct {
	Subject       string
	Scheme        string
	Month         period.Month
	Kind          Kind
	Before, After money.Fen // payable for the month
	Reason        Reason
	Division      ident.Division
}

// Line is an amount that a run calls to be paid, or when it is negative to be got back.
type Line struct {
	Run      string
	Subject  string // a person or household
	Receiver string // whose account it goes to: the person, of a household its head in the run's month; "" when there is none any more
	Scheme   string
	Month    period.Month
	Amount   money.Fen
	Paid     policy.Period  // how often it is paid out: month, quarter, half-year, year or once
	Fund     string         // key of the special account in its pack
	Payer    string         // key of the office in its pack
	Division ident.Division // where the subject lives
}

// LineFilter chooses lines; an empty field chooses all.
type LineFilter struct {
	Scheme, Fund, Payer string
	Division            ident.Division // it, or one inside it
}

// Tally is a scheme in a run.
type Tally struct {
	Scheme string
	Kind   Kind
	People int64     // subjects
	Months int64     // differences
	Amount money.Fen // of all of them, after less before
}

// Balance is the reconciliation of a run for its month: Carried and Differences make Determined and Evaluated.
type Balance struct {
	Carried     money.Fen // what stood for the month before the run
	Differences money.Fen // of the month
	Determined  money.Fen // the sum over the determinations in force with the run
	Expected    money.Fen // of the subjects looked at: what stood before and the differences
	Evaluated   money.Fen // of the subjects looked at: what the rules give
}

// Difference is what does not reconcile: nothing.
func (b Balance) Difference() money.Fen {
	return b.Carried + b.Differences - b.Determined + (b.Expected - b.Evaluated)
}
