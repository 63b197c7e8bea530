package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doudi/decide/rule"
	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/dated"
	"doudi/record/payment"
	"doudi/record/provider"
	"doudi/record/register"
	"doudi/record/store"
)

// Who comes with a key that holds. Each key carries every scope that its kind may have, so that what is refused is refused for what it
// asks for.
const (
	own       = "the hospital of the bill"
	other     = "another hospital"
	pharmacy  = "a pharmacy"
	office    = "the office"
	elsewhere = "a hospital of another county"
)

// access is what an operation answers to whom.
type access struct {
	scope auth.Scope
	to    map[string]string // by holder: "200", or the status and the code of a problem
	id    func(*world) string
	query func(w *world, holder string) string
	fill  func(w *world, example map[string]any) // what else the example needs of this world, once the thing is there
}

const (
	noScope     = "403 auth.scope-needed" // for what only an office may ask
	unknownBill = "404 claim.unknown"
	unknownJob  = "404 job.unknown"
)

// Those who see what is their own, and what is foreign to the others.
var (
	ofItself   = map[string]string{own: "200", other: "200", pharmacy: "200", office: "200", elsewhere: "200"}
	foreign    = map[string]string{own: "200", other: unknownBill, pharmacy: unknownBill, office: "200", elsewhere: unknownBill}
	handedIn   = map[string]string{own: "200", other: "200", pharmacy: "200", office: "200", elsewhere: "404 dated.party-unknown"}
	countyOnly = map[string]string{own: noScope, other: noScope, pharmacy: noScope, office: "200", elsewhere: noScope}
	noBatch    = map[string]string{own: noScope, other: noScope, pharmacy: noScope, office: "404 payment.batch-unknown", elsewhere: noScope}
	notRun     = map[string]string{own: noScope, other: noScope, pharmacy: noScope, office: "404 payment.scheme-unclear", elsewhere: noScope}
	noJob      = map[string]string{own: unknownJob, other: unknownJob, pharmacy: unknownJob, office: "200", elsewhere: unknownJob}
	notAwaited = map[string]string{own: "409 claim.papers-not-awaited", other: unknownBill, pharmacy: unknownBill, office: "409 claim.papers-not-awaited", elsewhere: unknownBill}
	ofCounty   = map[string]string{own: "200", other: "200", pharmacy: "200", office: "200", elsewhere: "404 provider.unknown"}
	inForce    = map[string]string{own: "200", other: "200", pharmacy: "200", office: "200", elsewhere: "409 adoption.none"}
	ofRegister = map[string]string{own: "200", other: "200", pharmacy: "200", office: "200", elsewhere: "404 dated.party-unknown"}
	settled    = map[string]string{own: "200", other: "200", pharmacy: "422 claim.documents-needed", office: "200", elsewhere: "404 dated.party-unknown"}
)

// rows say of each operation of the document who may ask for it. A new operation needs a row: its scope; what it answers to whom; for a
// path with {id} what makes a new one of that kind, of the hospital of the bill; what the query must say, if it must. Bodies are the examples
// of the document with the world's person and a new number.
var rows = map[string]access{
	"receive-bill":   {scope: auth.Bills, to: handedIn},
	"list-bills":     {scope: auth.Bills, to: ofItself},
	"read-bill":      {scope: auth.Bills, to: foreign, id: (*world).received},
	"preview-bill":   {scope: auth.Bills, to: foreign, id: (*world).received},
	"confirm-bill":   {scope: auth.Settlements, to: foreign, id: (*world).received},
	"settle-bill":    {scope: auth.Settlements, to: settled},
	"read-statement": {scope: auth.Settlements, to: foreign, id: (*world).confirmed},
	"reverse-bill":   {scope: auth.Settlements, to: foreign, id: (*world).confirmed},
	"replace-bill":   {scope: auth.Settlements, to: foreign, id: (*world).confirmed},

	"advance-bill":    {scope: auth.Bills, to: handedIn},
	"complete-bill":   {scope: auth.Settlements, to: foreign, id: (*world).advanced},
	"list-advances":   {scope: auth.Bills, to: ofItself, query: ofProvider},
	"read-papers-due": {scope: auth.Bills, to: foreign, id: (*world).confirmed},
	"hand-in-papers":  {scope: auth.Settlements, to: notAwaited, id: (*world).confirmed},

	"explain-settlement": {scope: auth.Settlements, to: foreign, id: (*world).confirmed},
	"list-providers":     {to: ofItself},
	"read-provider":      {to: ofCounty, id: func(w *world) string { return w.county.Hospital }},
	"policy-in-force":    {to: inForce, query: func(*world, string) string { return "division=" + fiction.Code + "&series=" + fiction.Pingyin }},

	"lookup-person":   {scope: auth.RegisterRead, to: ofItself},
	"read-person":     {scope: auth.RegisterRead, to: ofRegister, id: func(w *world) string { return w.person }, query: whatFor},
	"read-household":  {scope: auth.RegisterRead, to: ofRegister, id: (*world).home, query: whatFor},
	"open-household":  {scope: auth.RegisterWrite, to: countyOnly, fill: func(w *world, b map[string]any) { b["head"] = w.newcomer() }},
	"join-household":  {scope: auth.RegisterWrite, to: countyOnly, id: (*world).home, fill: func(w *world, b map[string]any) { b["person"] = w.newcomer() }},
	"leave-household": {scope: auth.RegisterWrite, to: countyOnly, id: (*world).spouse},
	"change-head":     {scope: auth.RegisterWrite, to: countyOnly, id: (*world).home, fill: func(w *world, b map[string]any) { b["head"] = w.couple[1] }},
	"split-household": {scope: auth.RegisterWrite, to: countyOnly, id: (*world).home, fill: func(w *world, b map[string]any) { b["members"] = roles(w.couple[1], "head") }},
	"merge-household": {scope: auth.RegisterWrite, to: countyOnly, id: (*world).home, fill: func(w *world, b map[string]any) {
		b["members"] = append(roles(w.couple[0], "parent"), roles(w.couple[1], "parent")...)
		b["into"] = w.home()
	}},
	"move-household": {scope: auth.RegisterWrite, to: countyOnly, id: (*world).home},

	"search-people": {scope: auth.RegisterSearch, to: countyOnly},
	"add-person":    {scope: auth.RegisterWrite, to: countyOnly},
	"record-fact":   {scope: auth.RegisterWrite, to: countyOnly},
	"correct-fact":  {scope: auth.RegisterWrite, to: countyOnly, id: (*world).fact},
	"end-fact":      {scope: auth.RegisterWrite, to: countyOnly, id: (*world).fact},
	"withdraw-fact": {scope: auth.RegisterWrite, to: countyOnly, id: (*world).fact},

	"run-month":          {scope: auth.BenefitsWrite, to: countyOnly},
	"list-runs":          {scope: auth.BenefitsRead, to: countyOnly},
	"read-run":           {scope: auth.BenefitsRead, to: countyOnly, id: (*world).inReview},
	"run-differences":    {scope: auth.BenefitsRead, to: countyOnly, id: (*world).inReview, query: whatFor},
	"explain-difference": {scope: auth.BenefitsRead, to: countyOnly, id: (*world).newcomers, query: inRun},
	"approve-run":        {scope: auth.BenefitsWrite, to: countyOnly, id: (*world).inReview},
	"void-run":           {scope: auth.BenefitsWrite, to: countyOnly, id: (*world).inReview},
	"read-benefits":      {scope: auth.BenefitsRead, to: countyOnly, id: func(w *world) string { return w.person }, query: whatFor},
	"list-acts":          {scope: auth.BenefitsRead, to: countyOnly, id: func(w *world) string { return w.person }, query: whatFor},
	"decide-benefit":     {scope: auth.BenefitsWrite, to: countyOnly, fill: func(w *world, b map[string]any) { b["subject"] = w.person }},
	"withdraw-act":       {scope: auth.BenefitsWrite, to: countyOnly, id: (*world).act},

	"list-bank-accounts": {scope: auth.PaymentsRead, to: countyOnly, id: func(w *world) string { return w.person }, query: whatFor},
	"open-bank-account":  {scope: auth.PaymentsWrite, to: countyOnly, id: func(w *world) string { return w.person }, fill: func(_ *world, b map[string]any) { b["number"], b["holder"] = "9012345678", "赵长河" }},
	"close-bank-account": {scope: auth.PaymentsWrite, to: countyOnly, id: (*world).bankAccount},
	"list-batches":       {scope: auth.PaymentsRead, to: countyOnly},
	"read-batch":         {scope: auth.PaymentsRead, to: noBatch, id: func(*world) string { return absentID }},
	"batch-lines":        {scope: auth.PaymentsRead, to: noBatch, id: func(*world) string { return absentID }, query: whatFor},
	"make-batch":         {scope: auth.PaymentsWrite, to: notRun},
	"move-batch":         {scope: auth.PaymentsWrite, to: noBatch, id: func(*world) string { return absentID }},

	"list-transfers":  {scope: auth.Transfers, to: countyOnly},
	"offer-transfer":  {scope: auth.Transfers, to: countyOnly, fill: func(w *world, b map[string]any) { b["person"] = w.newcomer() }},
	"read-transfer":   {scope: auth.Transfers, to: countyOnly, id: func(w *world) string { id, _ := w.leaves(); return id }},
	"accept-transfer": {scope: auth.Transfers, to: countyOnly, fill: func(w *world, b map[string]any) { signedInto(b, w.comes()) }},
	"refuse-transfer": {scope: auth.Transfers, to: countyOnly, fill: func(w *world, b map[string]any) { signedInto(b["document"].(map[string]any), w.comes()) }},
	"answer-transfer": {scope: auth.Transfers, to: countyOnly, fill: func(w *world, b map[string]any) { signedInto(b, w.receipt()) }},
	"tell-counters":   {scope: auth.Transfers, to: countyOnly, id: (*world).gone},
	"hear-counters":   {scope: auth.Transfers, to: countyOnly, fill: func(w *world, b map[string]any) { signedInto(b, w.saidAnew()) }},

	"receive-import":        {scope: auth.RegisterWrite, to: countyOnly},
	"list-imports":          {scope: auth.RegisterWrite, to: countyOnly},
	"read-import":           {scope: auth.RegisterWrite, to: countyOnly, id: (*world).handedIn},
	"stage-import":          {scope: auth.RegisterWrite, to: countyOnly, id: (*world).handedIn},
	"list-import-rows":      {scope: auth.RegisterWrite, to: countyOnly, id: (*world).staged, query: func(w *world, holder string) string { return "verdict=new&" + whatFor(w, holder) }},
	"decide-import-row":     {scope: auth.RegisterWrite, to: countyOnly, id: (*world).staged},
	"apply-import":          {scope: auth.RegisterWrite, to: countyOnly, id: (*world).staged},
	"undo-import":           {scope: auth.RegisterWrite, to: countyOnly, id: (*world).applied},
	"drop-import":           {scope: auth.RegisterWrite, to: countyOnly, id: (*world).handedIn},
	"read-refused-rows":     {scope: auth.RegisterWrite, to: countyOnly, id: (*world).staged},
	"sweep-imports":         {scope: auth.RegisterWrite, to: countyOnly},
	"list-import-mappings":  {scope: auth.RegisterWrite, to: countyOnly},
	"keep-import-mapping":   {scope: auth.RegisterWrite, to: countyOnly},
	"forget-import-mapping": {scope: auth.RegisterWrite, to: countyOnly, fill: func(w *world, b map[string]any) { b["source"] = w.mapped() }},
	"list-disagreements":    {scope: auth.RegisterWrite, to: countyOnly, query: whatFor},
	"resolve-disagreement":  {scope: auth.RegisterWrite, to: countyOnly, id: (*world).disagreement},

	"list-jobs":        {to: ofItself},
	"read-job":         {to: noJob, id: (*world).job},
	"read-job-answer":  {to: noJob, id: (*world).answeredJob},
	"cancel-job":       {to: noJob, id: (*world).job},
	"retry-job":        {to: noJob, id: (*world).cancelledJob},
	"start-import-job": {scope: auth.RegisterWrite, to: countyOnly, id: (*world).handedIn},
	"start-run-job":    {scope: auth.BenefitsWrite, to: countyOnly},
	"start-batch-job":  {scope: auth.PaymentsWrite, to: countyOnly},
	"simulate":         {scope: auth.BenefitsWrite, to: countyOnly},

	"list-funds":     {scope: auth.FundsRead, to: countyOnly},
	"fund-balance":   {scope: auth.FundsRead, to: countyOnly, id: account},
	"fund-lines":     {scope: auth.FundsRead, to: countyOnly, id: account, query: func(*world, string) string { return "account=bank/main" }},
	"fund-debts":     {scope: auth.FundsRead, to: countyOnly, id: account},
	"trial-balance":  {scope: auth.FundsRead, to: countyOnly},
	"debts-to-payee": {scope: auth.FundsOwed, to: ofItself, query: payee},
	"debt-items":     {scope: auth.FundsOwed, to: ofItself, query: payee},
}

// account is the code of a special account.
func account(*world) string { return "assistance" }

// payee is said by the office, which sees what is owed to everybody.
func payee(w *world, holder string) string {
	if holder == office {
		return "payee=provider/" + w.county.Hospital
	}
	return ""
}

// whatFor says what somebody is looked at for.
func whatFor(*world, string) string { return "purpose=" + url.QueryEscape("核对") }

// bankAccount is an account of the person.
func (w *world) bankAccount() (id string) {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) (err error) {
		id, err = w.county.Payments.Open(tx, w.person, payment.Account{Number: "9012345678", Bank: "农村信用社", Holder: "赵长河", As: payment.Own}, dated.Day(now)-1000, dated.Said{Source: "存折"})
		return err
	})
	return id
}

// newcomer is somebody new.
func (w *world) newcomer() string {
	w.Helper()
	w.asked++
	person, err := w.county.Add(fiction.Named{Name: "钱新", Number: fiction.Number("19700101", fmt.Sprintf("%03d", w.asked))})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return person
}

// home is a new household of a new couple.
func (w *world) home() (id string) {
	w.Helper()
	w.couple = [2]string{w.newcomer(), w.newcomer()}
	from, said := dated.Day(now)-1000, dated.Said{Source: "户口簿"}
	w.in(fiction.Code, func(tx *store.Tx) (err error) {
		if id, err = w.county.Register.AddHousehold(tx, register.Dwelling{Division: fiction.FirstVillage}, w.couple[0], from, said); err != nil {
			return err
		}
		return w.county.Register.Join(tx, id, w.couple[1], "spouse", from, said)
	})
	return id
}

// spouse is somebody in a new household.
func (w *world) spouse() string {
	w.Helper()
	w.home()
	return w.couple[1]
}

// roles is a list with one member.
func roles(person, relation string) []any {
	return []any{map[string]any{"person": person, "relation": relation}}
}

// fact is a statement about the person.
func (w *world) fact() (id string) {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) (err error) {
		id, err = w.county.Register.Record(tx, w.person, "person.insured", rule.Fact{Value: rule.Bool(true), Span: dated.From(18000), Source: "县医保局"}, "")
		return err
	})
	return id
}

// ofProvider says whose list the office asks for.
func ofProvider(w *world, holder string) string {
	if holder == office {
		return "provider=" + w.county.Hospital
	}
	return ""
}

// advanced is a bill that the hospital paid in advance.
func (w *world) advanced() (id string) {
	w.Helper()
	w.asked++
	b := w.county.Stay(w.person, fmt.Sprint("A", w.asked))
	b.Content, _, _ = bytes.Cut(b.Content, []byte("  paid:"))
	w.in(fiction.Code, func(tx *store.Tx) error {
		a, err := w.county.Claims.Advance(tx, b, claim.Discharge{Day: dated.Day(now), Reason: "医保接口不通"})
		id = a.Claim
		return err
	})
	return id
}

// bill makes a bill of the hospital, as far as act brings it.
func (w *world) bill(act func(tx *store.Tx, id string) error) (id string) {
	w.Helper()
	w.bills++
	err := w.county.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		kept, err := w.county.Claims.Receive(tx, w.county.Stay(w.person, fmt.Sprintf("T%d", w.bills)))
		if err != nil {
			return err
		}
		id = kept.ID
		return act(tx, id)
	})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return id
}

func (w *world) received() string { return w.bill(func(*store.Tx, string) error { return nil }) }

func (w *world) confirmed() string {
	return w.bill(func(tx *store.Tx, id string) error { _, err := w.county.Claims.Confirm(tx, id, ""); return err })
}

// keyring are keys of every holder, and one that was revoked, one that ended and, by scope, one that lacks it.
type keyring struct {
	of             map[string]string
	revoked, ended string
	without        map[auth.Scope]string
}

var (
	institutions = []auth.Scope{auth.Bills, auth.Settlements, auth.RegisterRead, auth.FundsOwed, auth.IdentityFacts, auth.FinanceFacts, auth.HealthFacts, auth.ChildFacts}
	offices      = append([]auth.Scope{auth.RegisterSearch, auth.RegisterWrite, auth.FundsRead, auth.BenefitsRead, auth.BenefitsWrite, auth.PaymentsRead, auth.PaymentsWrite, auth.Transfers}, institutions...)
)

const otherCounty = fiction.Neighbour

// in runs one command of a county.
func (w *world) in(county string, act func(tx *store.Tx) error) {
	w.Helper()
	command := store.Command{Name: "fiction", County: county, Actor: fiction.Clerk, Instant: now}
	_, err := w.county.Store.Write(w.Context(), command, func(tx *store.Tx) (any, error) { return nil, act(tx) })
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
}

// granted is a key that holds from long ago until the day.
func (w *world) granted(county, party string, scopes []auth.Scope, to period.Day) (key auth.Key, written string) {
	w.Helper()
	w.in(county, func(tx *store.Tx) (err error) {
		key, written, err = w.county.Keys.Issue(tx, auth.Grant{Party: party, Name: "系统", Scopes: scopes, Span: period.Span{From: 18000, To: to}})
		return err
	})
	return key, written
}

// institution puts a hospital or a pharmacy on the list of a county.
func (w *world) institution(county string, kind provider.Kind) (id string) {
	w.Helper()
	w.in(county, func(tx *store.Tx) (err error) {
		p := provider.Provider{Kind: kind, Name: "另一家" + string(kind), Division: ident.Division(county + "100"), Span: dated.Always}
		id, err = w.county.Providers.Add(tx, p)
		return err
	})
	return id
}

// second is another hospital of the county, for which everything is known that a bill asks of it.
func (w *world) second() (id string) {
	w.Helper()
	w.in(fiction.Code, func(tx *store.Tx) (err error) {
		id, err = w.county.AddHospital(tx, "第二医院", fiction.FirstTown, "county")
		return err
	})
	return id
}

func (w *world) keyring() keyring {
	w.Helper()
	k, later := keyring{of: map[string]string{}, without: map[auth.Scope]string{}}, dated.Day(now)+100
	_, k.of[own] = w.granted(fiction.Code, w.county.Hospital, institutions, later)
	_, k.of[other] = w.granted(fiction.Code, w.second(), institutions, later)
	_, k.of[pharmacy] = w.granted(fiction.Code, w.institution(fiction.Code, provider.Pharmacy), institutions, later)
	_, k.of[office] = w.granted(fiction.Code, insurance, offices, later)
	_, k.of[elsewhere] = w.granted(otherCounty, w.institution(otherCounty, provider.Hospital), institutions, later)
	_, k.ended = w.granted(fiction.Code, w.county.Hospital, institutions, dated.Day(now)-1)
	gone, written := w.granted(fiction.Code, w.county.Hospital, institutions, later)
	k.revoked = written
	w.in(fiction.Code, func(tx *store.Tx) error { return w.county.Keys.Revoke(tx, gone.ID, "更换系统") })
	for _, scope := range offices {
		rest := slices.DeleteFunc(slices.Clone(offices), func(s auth.Scope) bool { return s == scope })
		_, k.without[scope] = w.granted(fiction.Code, insurance, rest, later)
	}
	return k
}

// absentID has the form of an id and is nobody's.
const absentID = "00000000-0000-7000-8000-000000000000"

var parameter = regexp.MustCompile(`\{[a-z_]+\}`)

// ask sends an operation what its example says, about a thing with an id.
func (w *world) ask(o *operation, holder, key, id, body string) answer {
	w.Helper()
	path, once := parameter.ReplaceAllString(o.path, id), ""
	if query := rows[o.ID].query; query != nil {
		path += "?" + query(w, holder)
	}
	if o.has("Idempotency-Key") {
		w.asked++
		once = fmt.Sprint("ask-", w.asked)
	}
	return w.send(o.method, path, key, once, body)
}

// example is the body that the document shows, with people and numbers of this world; who sends it as an office says whose it is.
func (w *world) example(o *operation, holder string) string {
	w.Helper()
	if o.Body == nil {
		return ""
	}
	var shown any
	if err := json.Unmarshal(o.Body.Content["application/json"].Example, &shown); err != nil {
		w.Fatalf("%s shows no example: %v", o.ID, err)
	}
	w.fill(shown, holder)
	if fill := rows[o.ID].fill; fill != nil {
		fill(w, shown.(map[string]any))
	}
	body, err := json.Marshal(shown)
	if err != nil {
		w.Fatal(err)
	}
	return string(body)
}

// fill puts this world's ids into an example.
func (w *world) fill(shown any, holder string) {
	object, _ := shown.(map[string]any)
	for name, value := range object {
		switch name {
		case "person":
			object[name] = w.person
			if _, isBill := object["series"]; isBill && holder == office {
				object["provider"] = w.county.Hospital
			}
		case "party":
			object[name] = w.person
		case "number":
			w.asked++
			object[name] = string(fiction.Number("19800101", fmt.Sprintf("%03d", w.asked)))
		case "no":
			w.asked++
			object[name] = fmt.Sprint("E", w.asked)
		case "document":
			if _, isID := value.(string); isID {
				w.asked++
				object[name] = w.document(w.person, fmt.Sprint(w.asked))
			}
			w.fill(value, holder)
		default:
			w.fill(value, holder)
		}
	}
}

// TestAccess asks for every operation of the document with every kind of key.
func TestAccess(t *testing.T) { each(t, everyAccess) }

func everyAccess(w *world) {
	keys, all := w.keyring(), operations()
	for id := range rows {
		if all[id] == nil {
			w.Errorf("the row %s is of no operation", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		row, known := rows[id]
		if !known {
			w.Errorf("the operation %s has no row: say in rows who may ask for it", id)
			continue
		}
		w.serve()
		w.allowed(all[id], row, keys)
		w.refused(all[id], row, keys)
	}
}

// thing is the id of something new that an operation is about; "" when it is about nothing in particular.
func (w *world) thing(row access) string {
	if row.id == nil {
		return ""
	}
	return row.id(w)
}

// allowed asks with the keys that hold. What is another's is answered like what is not there.
func (w *world) allowed(o *operation, row access, keys keyring) {
	w.Helper()
	for _, holder := range []string{own, other, pharmacy, office, elsewhere} {
		thing := w.thing(row)
		a := w.ask(o, holder, keys.of[holder], thing, w.example(o, holder))
		w.describes(o, a)
		w.compare(o, holder, a, row.to[holder])
		if a.status != 404 || thing == "" {
			continue
		}
		unknown := w.ask(o, holder, keys.of[holder], absentID, w.example(o, holder))
		if strings.ReplaceAll(a.text, thing, "") != strings.ReplaceAll(unknown.text, absentID, "") {
			w.Errorf("%s answers %s %s, and %s of what is not there", o.ID, holder, a.text, unknown.text)
		}
	}
}

// compare compares an answer with what a row says.
func (w *world) compare(o *operation, holder string, a answer, want string) {
	w.Helper()
	found := fmt.Sprint(a.status)
	if code, is := a.json["code"].(string); is && a.status != 200 {
		found += " " + code
	}
	if found != want {
		w.Errorf("%s answers %s: %s, want %s: %s", o.ID, holder, found, want, a.text)
	}
}

// refused asks with what opens nothing.
func (w *world) refused(o *operation, row access, keys keyring) {
	w.Helper()
	thing := w.thing(row)
	for _, tt := range []struct {
		name, key string
		status    int
		code      string
	}{
		{"no key", "", 401, "api.key-missing"},
		{"what is no key", "doudi_999901", 401, "auth.key-wrong"},
		{"a key that was never issued", strings.Replace(keys.of[own], "_", "_0", 1), 401, "auth.key-wrong"},
		{"a key that was revoked", keys.revoked, 401, "auth.key-revoked"},
		{"a key that ended", keys.ended, 401, "auth.key-ended"},
		{"a key without the scope", keys.without[row.scope], 403, "auth.scope-needed"},
	} {
		if tt.status == 403 && row.scope == "" {
			continue // any key may ask
		}
		a := w.ask(o, office, tt.key, thing, w.example(o, office))
		w.expect(a, tt.status, tt.code)
		w.describes(o, a)
		if tt.status == 401 && a.header.Get("WWW-Authenticate") != "Bearer" {
			w.Errorf("%s does not tell %s how to come in", o.ID, tt.name)
		}
		if tt.status == 403 && !strings.Contains(a.text, string(row.scope)) {
			w.Errorf("%s does not say that %s is missing: %s", o.ID, row.scope, a.text)
		}
	}
}

// TestExamples sends every example of the document, each as it stands but for the ids, from a hospital or, where only an office may ask,
// from the office.
func TestExamples(t *testing.T) { each(t, examples) }

func examples(w *world) {
	keys := w.keyring()
	for _, o := range operations() {
		row, known := rows[o.ID]
		if o.Body == nil || !known {
			continue
		}
		holder := own
		if row.to[own] == noScope {
			holder = office
		}
		a := w.ask(o, holder, keys.of[holder], w.thing(row), w.example(o, holder))
		w.describes(o, a)
		w.compare(o, holder, a, row.to[holder])
	}
}
