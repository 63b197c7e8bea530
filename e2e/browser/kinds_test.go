package browser_test

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	fiction "doudi/internal/county"
	"doudi/internal/staff"
	"doudi/record/auth"
	"doudi/record/claim"
	"doudi/record/store"
)

// towns is a window of a county whose towns apply a pack each.
type towns struct {
	*desk
	*fiction.Towns
}

// openTowns opens it on a day late in 2021, when all packs are in force.
func openTowns(t *testing.T) *towns {
	t.Helper()
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	county, err := fiction.OpenTowns(context.Background(), t.TempDir())
	must(t, err)
	_, err = staff.Seed(context.Background(), county.Record, fiction.Code, now)
	must(t, err)
	return &towns{office(t, &fiction.Desk{Record: county.Record}, now), county}
}

// patient settles the household of a situation, and answers the member whom its plan gives bills.
func (w *towns) patient(pack, situation string) (p *fiction.Person, id string) {
	w.Helper()
	h, ids, err := w.Settle(w.Town(pack), situation)
	must(w.T, err)
	for i, member := range h.Members {
		if len(member.Bills) > 0 {
			return member, ids[i]
		}
	}
	w.Fatal("nobody of ", situation, " has bills")
	return nil, ""
}

// cashierOf signs in the cashier of an institution of a town, whom it makes first.
func (w *towns) cashierOf(town *fiction.Town, institution string) {
	w.Helper()
	w.Hospital = w.Provider(town, institution)
	login := institution + string(town.Code)
	must(w.T, w.desk.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		accounts, err := w.desk.Staff.Accounts(tx)
		if err != nil || slices.ContainsFunc(accounts, func(a auth.Account) bool { return a.Login == login }) {
			return err
		}
		_, err = staff.Open(tx, w.desk.Record, staff.SignIn{Login: login, Name: "赵敏", Role: auth.RoleOf("cashier")}, w.Hospital)
		return err
	}))
	w.signIn(login)
}

// send lets a hospital's system send a bill of a patient to the institution at whose window somebody is.
func (w *towns) send(town *fiction.Town, person, number, content string) {
	w.Helper()
	must(w.T, w.desk.Do(now.Add(-time.Minute), fiction.Clerk, func(tx *store.Tx) error {
		_, err := w.desk.Claims.Receive(tx, claim.Bill{Person: person, Provider: w.Hospital, Series: town.Series(), Name: number + ".yaml", Content: []byte(content)})
		return err
	}))
}

// settled is a bill that is settled at a window: where, for whom, and what the pages are to say. The figures are worked out by hand from the documents.
type settled struct {
	name, pack, situation, institution, content string

	desk  []string // on the page
	paper []string // on the statement
}

var everyKind = []settled{
	{name: "outpatient", pack: "pingyin-2021", situation: "慢病患者", institution: "clinic", content: `
visit: {kind: outpatient, clinic: convenience, date: 2021-11-08, diagnosis: I10, diagnosis_name: 高血压}
bill:
  no: K-outpatient
  lines:
    - {item: registration_ordinary, amount: 5.00, in_scope: 5.00}
    - {item: drug, name: 氨氯地平片, amount: 120.00, in_scope: 100.00, self_first: 20.00, listed_drug: true, in_plan: true, days_supply: 30}
    - {item: laboratory, amount: 1500.00, in_scope: 1500.00}
  paid: {basic_insurance: 400.00, medical_assistance: 0.00}
`, // The registration is free (5.00). Insurance pays 400.00 on 1,600.00 in scope: 25.00 of the drug, 375.00 of the laboratory. What the drug leaves, 95.00, is borne
		// whole; of 1,125.00 the first 1,000.00 by half, the rest by four fifths: 600.00. 1,625.00 − 5 − 400 − 95 − 600 = 525.00.
		desk: []string{"门诊帮扶", "医疗机构减免", "5.00", "慢病帮扶", "95.00", "600.00", "医疗救助", "525.00"}, paper: []string{"日常费用帮扶 结算单", "伍佰贰拾伍元整"}},
	{name: "cycle", pack: "guangxi-2018", situation: "门诊特殊慢性病", institution: "clinic", content: `
visit: {kind: outpatient, clinic: chronic, date: 2021-11-08, diagnosis: I10.x00x032, diagnosis_name: 高血压}
bill:
  no: K-cycle
  lines:
    - {item: drug, date: 2020-12-20, amount: 300.00, in_scope: 250.00, out_of_scope: 50.00}
    - {item: drug, date: 2021-05-20, amount: 700.00, in_scope: 600.00, out_of_scope: 100.00}
  paid: {basic_insurance: 500.00}
`, // The cycle began on 1 December 2020. Eight tenths of 1,000.00 are 800.00, of which insurance has paid 500.00. It is due fifteen days after the cycle.
		desk: []string{"门诊特殊慢性病周期结算", "2020-12-01 至 2021-11-30", "至 80%", "300.00", "200.00", "2021-12-15"}, paper: []string{"门诊费用周期补偿 结算单", "贰佰元整"}},
	{name: "long-chronic", pack: "guangxi-2018", situation: "长期慢性病", institution: "clinic", content: `
visit: {kind: outpatient, clinic: long_chronic, date: 2021-11-08, diagnosis: J45.900, diagnosis_name: 支气管哮喘}
bill: {no: K-long-chronic, amount: 400.00, in_scope: 350.00, out_of_scope: 50.00, paid: {basic_insurance: 200.00}}
`, // Eight tenths of 400.00 are 320.00, of which 200.00 are paid.
		desk: []string{"长期慢性病门诊结算", "120.00", "80.00", "基本医保补足"}, paper: []string{"门诊费用补偿 结算单", "捌拾元整"}},
	{name: "chronic-drugs", pack: "xinbin-2018", situation: "慢病投药", institution: "clinic", content: `
visit: {kind: outpatient, clinic: ordinary, date: 2021-11-08, diagnosis: I10, diagnosis_name: 高血压}
bill:
  no: K-chronic-drugs
  lines:
    - {item: registration, amount: 5.00, in_scope: 5.00}
    - {item: drug, name: 硝苯地平片, amount: 1600.00, in_scope: 1500.00, out_of_scope: 100.00}
  paid: {basic_insurance: 400.00}
`, // The registration is waived. Insurance leaves 1,200.00 of the drugs, of which the fund pays 1,000.00 a year.
		desk: []string{"慢病门诊投药结算", "医疗减免", "5.00", "健康扶贫专项基金", "1,000.00", "200.00", "新农合二次补偿"}, paper: []string{"门诊用药结算 结算单", "贰佰元整"}},
	{name: "grave", pack: "xinbin-2018", situation: "脑出血住院", institution: "hospital", content: `
visit: {kind: inpatient, admitted: 2021-10-20, discharged: 2021-11-08, date: 2021-11-08, diagnosis: I61.0, diagnosis_name: 脑出血}
bill:
  no: K-grave
  lines:
    - {item: bed, amount: 600.00, in_scope: 600.00}
    - {item: surgery, amount: 4000.00, in_scope: 4000.00}
    - {item: ct, amount: 400.00, in_scope: 400.00}
    - {item: drug, amount: 5000.00, in_scope: 4000.00, out_of_scope: 1000.00}
  paid: {basic_insurance: 5000.00, serious_illness_insurance: 500.00, medical_assistance: 500.00}
`, // A fifth of bed, surgery and scan is waived: 1,000.00. The three insurers leave 2,000.00 in scope and 1,000.00 out of it. 9,000.00 stand against a limit of
		// 8,700.00: the fund pays 2,000.00 − 300.00, the hospital the other 1,300.00, the patient nothing.
		desk: []string{"重病兜底结算", "定点医疗机构承担", "1,700.00", "1,300.00", "0.00"}, paper: []string{"专项医疗结算 结算单", "零元整"}},
}

// A cashier settles every kind of bill that its institution's system has sent: the budget is three clicks and one field.
func TestEveryKindOfSettlement(t *testing.T) {
	w := openTowns(t)
	w.inNewTab(func() {
		w.size(1366, 768)
		for _, k := range everyKind {
			person, id := w.patient(k.pack, k.situation)
			town := w.Town(k.pack)
			w.cashierOf(town, k.institution)
			w.send(town, id, "K-"+k.name, k.content)
			w.see("/")
			w.clicks, w.typed = 0, 0
			w.write("#who", string(person.Number))
			w.click(".hero button")
			w.at("/settlements/K-" + k.name)
			w.has(append(k.desk, "勾稽一致，差 0.00")...)
			w.picture("kind-" + k.name)
			w.sound()
			w.fits()
			w.press(kb.F9)
			w.at("/settlements/K-" + k.name + ".print")
			w.has(append(k.paper, "患者（家属）签字")...)
			w.picture("kind-" + k.name + "-paper")
			if w.clicks > 3 || w.typed > 1 {
				t.Errorf("%s: %d clicks and %d fields, want at most 3 and 1", k.name, w.clicks, w.typed)
			}
			if pages := len(regexp.MustCompile(`/Type\s*/Page[^s]`).FindAll(w.pdf(), -1)); pages != 1 {
				t.Errorf("%s: the statement prints on %d pages", k.name, pages)
			}
		}
		w.capAndCycle()
	})
}

// capAndCycle sends what those patients cannot be given a second time: drugs beyond the year's limit, and a cycle that was settled.
func (w *towns) capAndCycle() {
	w.Helper()
	_, id := w.patient("xinbin-2018", "慢病投药")
	w.cashierOf(w.Town("xinbin-2018"), "clinic")
	w.send(w.Town("xinbin-2018"), id, "K-cap", `
visit: {kind: outpatient, clinic: ordinary, date: 2021-11-08, diagnosis: I10}
bill: {no: K-cap, lines: [{item: drug, amount: 100.00, in_scope: 100.00}], paid: {basic_insurance: 40.00}}
`)
	w.see("/settlements/K-cap")
	w.has("健康扶贫专项基金", "限额内以前已用 1,000.00", "账单里没有由它承担的项目", "账单没有载明，按 0.00 计", "60.00", "勾稽一致，差 0.00")
	w.picture("kind-cap")
	_, id = w.patient("guangxi-2018", "门诊特殊慢性病")
	w.cashierOf(w.Town("guangxi-2018"), "clinic")
	w.send(w.Town("guangxi-2018"), id, "K-again", `
visit: {kind: outpatient, clinic: chronic, date: 2021-11-08, diagnosis: I10.x00x032}
bill: {no: K-again, amount: 100.00, in_scope: 100.00, paid: {basic_insurance: 10.00}}
`)
	w.see("/settlements/K-again")
	if ask[bool](w.desk, `!!document.querySelector(".act button[data-key=F9]")`) {
		w.press(kb.F9)
	}
	w.has("2020-12-01 至 2021-11-30 这一周期已由账单", "K-cycle")
	w.sound()
}

// At a pharmacy the application is entered by hand, invoice by invoice; an invoice counts once, and a year's aid has a limit.
func TestInvoicesCountOnce(t *testing.T) {
	w := openTowns(t)
	w.inNewTab(func() {
		w.size(1366, 768)
		person, id := w.patient("jiangmen-draft", "长期用药")
		w.cashierOf(w.Town("jiangmen-draft"), "pharmacy")
		w.see("/")
		w.write("#who", string(person.Number))
		w.click(".hero button")
		w.at("/people/" + id)
		w.click(`a[href*="rule=medicine-aid"]`)
		w.apply("K-1", "降压药", "FP-1", "500", "")
		w.has("发票号码：没有填写")
		w.sound()
		w.picture("kind-application")
		w.apply("K-1", "降压药", "FP-1", "500", "#line-0-invoice")
		w.at("/settlements/K-1")
		w.has("补充医疗保障药费救助", "500.00 × 80%", "400.00", "100.00")
		w.press(kb.F9)
		w.has("补充保障 结算单")
		entry := "/settlements/new?person=" + id + "&policy=" + w.Town("jiangmen-draft").Series() + "&rule=medicine-aid"
		w.see(entry)
		w.apply("K-2", "胰岛素", "FP-1", "500", "#line-0-invoice")
		w.has("发票 FP-1 已用于以前的结算", "一张发票只能用一次")
		w.sound()
		w.see(entry)
		w.apply("K-3", "胰岛素", "FP-3", "900", "#line-0-invoice") // 720.00 by rate, of which 600.00 are left of the year's 1,000.00
		w.has("600.00", "300.00")
		w.press(kb.F9)
		w.see(entry)
		w.apply("K-4", "止痛药", "FP-4", "100", "#line-0-invoice")
		w.has("本季度申领次数未满", "不符合")
		if ask[bool](w.desk, `!!document.querySelector(".act button[data-key=F9]")`) {
			t.Error("a third application of the quarter can be settled")
		}
	})
}

// apply enters an application for medicines of one invoice and sends it; invoice is the field its number goes into, "" to leave it out.
func (w *towns) apply(number, matter, invoice, amount, field string) {
	w.Helper()
	for _, entry := range [][2]string{{"#bill-no", number}, {"#visit-date", "20211105"}, {"#application-day", "20211108"}, {"#application-matter", matter}, {"#application-cause", matter},
		{"#application-diagnosis_proof", "true"}, {"#application-proof_local", "true"}, {"#application-proof_kind", "certificate"}, {"#application-declared_net", "true"},
		{"#application-exception", "false"}, {"#approval-day", "20211108"}, {"#line-0-item", "drug"}, {"#line-0-date", "20211105"}, {"#line-0-amount", amount}, {"#line-0-in_scope", "0"},
		{"#line-0-pharmacy_designated", "true"}, {"#line-0-for_disease", "true"}, {"#line-0-compliant", "true"}, {"#line-0-dual_channel", "false"}, {"#line-0-other_scheme", "false"}} {
		w.write(entry[0], entry[1])
	}
	if field != "" {
		w.write(field, invoice)
	}
	w.press(kb.F9)
}

// The form of a cycle says which cycles there are and which illnesses it is for; a bill of a policy that has ended can still be entered.
func TestFormsOfKinds(t *testing.T) {
	w := openTowns(t)
	w.inNewTab(func() {
		w.size(1366, 768)
		_, id := w.patient("guangxi-2018", "门诊特殊慢性病")
		w.cashierOf(w.Town("guangxi-2018"), "clinic")
		w.see("/settlements/new?person=" + id + "&policy=" + w.Town("guangxi-2018").Series() + "&rule=opsp-cycle")
		w.has("上一周期 2019-12-01 至 2020-11-30，本周期 2020-12-01 至 2021-11-30", "病种目录（")
		w.do(chromedp.Click("details.more summary"))
		w.has("冠心病", "B18;K73")
		w.picture("kind-cycle-form")
		w.sound()
		w.fits()
		_, old := w.patient("pingyin-2021", "慢病患者")
		w.server.Config.Handler = handlerAt(t, w.desk.Desk, now.AddDate(1, 0, 0))
		w.cashierOf(w.Town("guangxi-2018"), "clinic")
		w.see("/people/" + old)
		w.has("门诊帮扶", "2021-12-31 及以前的账单")
		w.sound()
		w.click(`a[href*="rule=outpatient"]`)
		for _, entry := range [][2]string{{"#bill-no", "K-late"}, {"#visit-date", "20211201"}, {"#line-0-amount", "100"}, {"#line-0-in_scope", "100"}, {"#line-0-item", "laboratory"},
			{"#paid-basic_insurance", "40"}, {"#paid-medical_assistance", "0"}} {
			w.write(entry[0], entry[1])
		}
		w.press(kb.F9)
		w.at("/settlements/K-late")
		w.has("60.00 × 50%", "30.00")
	})
}
