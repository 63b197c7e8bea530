package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

// rollOf is a roll of the two allowances for disabled people: the same number under two names, and somebody new.
func (w *world) rollOf() string {
	w.asked += 2
	twice, once := fiction.Number("19810101", fmt.Sprintf("%03d", w.asked-1)), fiction.Number("19810101", fmt.Sprintf("%03d", w.asked))
	const header = "乡镇,姓名,身份证号码,残疾人证号,补贴类型,补贴对象类型,补贴金额,享受补贴起始月份\n"
	return header + fmt.Sprintf(",李四,%s,,护理补贴,,100,2021-01\n,李五,%s,,护理补贴,,100,2021-01\n,周九,%s,,护理补贴,,100,2021-01\n", twice, twice, once)
}

func (w *world) rolls() (*roll.Rolls, roll.By) {
	return w.county.Rolls, roll.By{County: fiction.Code, Actor: store.Actor{ID: "u1", Name: "王经办"}, Instant: now}
}

// handedIn is a new import that is not read yet.
func (w *world) handedIn() string {
	w.Helper()
	rolls, by := w.rolls()
	content := w.rollOf()
	i, err := rolls.Receive(w.Context(), by, roll.Upload{Source: "县残联", Name: "名单.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: 18000})
	if err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return i.ID
}

// staged is a new import that is ready for review.
func (w *world) staged() string {
	w.Helper()
	rolls, by := w.rolls()
	id := w.handedIn()
	if _, err := rolls.Stage(w.Context(), by, id, nil); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return id
}

// mapped is a source whose mapping is kept.
func (w *world) mapped() string {
	w.Helper()
	for _, county := range []string{fiction.Code, otherCounty} {
		w.in(county, func(tx *store.Tx) error {
			return w.county.Rolls.KeepMapping(tx, "县医保局", sheet.Mapping{Columns: []sheet.Column{{Header: "证号", As: "person.id"}}})
		})
	}
	return "县医保局"
}

func (w *world) applied() string {
	w.Helper()
	rolls, by := w.rolls()
	id := w.staged()
	if _, err := rolls.Apply(w.Context(), by, id, nil); err != nil {
		w.Fatal(fault.RenderError(err, "zh"), err)
	}
	return id
}

// disagreement is a new one about a fact that the register has from the health insurance.
func (w *world) disagreement() (id string) {
	w.Helper()
	rolls, by := w.rolls()
	w.asked++
	number, name := fiction.Number("19820101", fmt.Sprintf("%03d", w.asked)), "吴"+string(rune('一'+w.asked)) // of whom there is one
	if _, err := w.county.Add(fiction.Named{Name: name, Number: number}); err != nil {
		w.Fatal(err)
	}
	for _, said := range [][2]string{{"县医保局", "是"}, {fmt.Sprint("乡镇", w.asked), "否"}} { // in this order: the other way round the office's counts at once
		source, insured := said[0], said[1]
		content := "姓名,证件号码,参加基本医疗保险\n" + name + "," + string(number) + "," + insured + "\n"
		mapping := sheet.Mapping{Columns: []sheet.Column{{Header: "姓名", As: "person.name"}, {Header: "证件号码", As: "person.id"}, {Header: "参加基本医疗保险", As: "person.insured"}}}
		i, err := rolls.Receive(w.Context(), by, roll.Upload{Source: source, Name: "名单.csv", Content: strings.NewReader(content), Size: int64(len(content)), Since: 18000, Wish: sheet.Wish{Mapping: &mapping}})
		if err == nil {
			_, err = rolls.Stage(w.Context(), by, i.ID, nil)
		}
		if err == nil {
			_, err = rolls.Apply(w.Context(), by, i.ID, nil)
		}
		if err != nil {
			w.Fatal(fault.RenderError(err, "zh"), err)
		}
	}
	w.in(fiction.Code, func(tx *store.Tx) error {
		open, err := rolls.Disagreements(tx, roll.Unsettled, "", 1000)
		if len(open) > 0 {
			id = open[len(open)-1].ID
		}
		return err
	})
	return id
}

func TestImports(t *testing.T) { each(t, imports) }

func imports(w *world) {
	plain, full := w.key("county-insurance", auth.RegisterWrite), w.key("county-insurance", append(allFacts, auth.RegisterWrite)...)
	content := base64.StdEncoding.EncodeToString([]byte(w.rollOf()))
	body := `{"source": "县残联", "name": "名单.csv", "content": "` + content + `", "since": "2021-01-01"}`
	received := w.send("POST", "/imports", plain, "roll-1", body)
	if received.status != 200 {
		w.Fatal(received.text)
	}
	id := received.json["id"].(string)
	if received.json["state"] != "staging" || received.json["template"] != "disability_allowances" {
		w.Errorf("received: %s", received.text)
	}
	if again := w.send("POST", "/imports", plain, "roll-1", body); again.json["id"] != id || again.header.Get("Idempotency-Replayed") != "true" {
		w.Errorf("the same upload again: %s", again.text)
	}
	staged := w.send("POST", "/imports/"+id+"/staging", plain, "", "")
	if verdicts := staged.json["verdicts"].(map[string]any); staged.json["state"] != "ready" || verdicts["ambiguous"] != 2.0 || verdicts["new"] != 1.0 {
		w.Errorf("staged: %s", staged.text)
	}
	path := "/imports/" + id + "/rows?verdict=ambiguous&purpose=" + url.QueryEscape("审核")
	hidden, shown := w.list(w.send("GET", path, plain, "", ""), "rows"), w.list(w.send("GET", path, full, "", ""), "rows")
	if len(hidden) != 2 || len(hidden[0]["cells"].([]any)) != 0 || len(shown[0]["cells"].([]any)) == 0 {
		w.Errorf("rows: %v %v", hidden, shown)
	}
	page := w.send("GET", path+"&limit=1", plain, "", "")
	if rest := w.list(w.send("GET", path+"&limit=1&cursor="+page.json["next"].(string), plain, "", ""), "rows"); len(rest) != 1 || rest[0]["row"] != 2.0 {
		w.Errorf("the second page: %v", rest)
	}
	w.expect(w.send("POST", "/imports/"+id+"/decision", plain, "d1", `{"row": "1", "take": "new"}`), 200, "")
	w.expect(w.send("POST", "/imports/"+id+"/decision", plain, "d2", `{"row": "3", "take": "new"}`), 409, "roll.not-ambiguous")
	w.expect(w.send("POST", "/imports/"+id+"/decision", plain, "d3", `{"row": "x", "take": "new"}`), 400, "api.parameter")
	w.expect(w.send("GET", "/imports/"+id+"/refused", plain, "", ""), 403, "auth.scope-needed")
	back := w.send("GET", "/imports/"+id+"/refused", full, "", "")
	if workbook, err := base64.StdEncoding.DecodeString(back.json["content"].(string)); err != nil || back.json["rows"] != 1.0 || !bytes.HasPrefix(workbook, []byte("PK")) {
		w.Errorf("the error workbook: %s, %v", back.text, err)
	}
	if applied := w.send("POST", "/imports/"+id+"/application", plain, "", ""); applied.json["state"] != "applied" || applied.json["applied"] != 2.0 {
		w.Errorf("applied: %s", applied.text)
	}
	if undone := w.send("POST", "/imports/"+id+"/undo", plain, "", `{"leave": false}`); undone.json["state"] != "undone" || undone.json["undone"] != 2.0 {
		w.Errorf("taken back: %s", undone.text)
	}
	w.expect(w.send("POST", "/imports/"+id+"/drop", plain, "drop", ""), 409, "roll.state")
	w.expect(w.send("POST", "/imports/"+id+"/application", plain, "", ""), 409, "roll.state")
	w.expect(w.send("GET", "/imports/nothing", plain, "", ""), 404, "roll.unknown")
	w.expect(w.send("GET", path[:len(path)-10], plain, "", ""), 422, "api.purpose")
	w.expect(w.send("GET", strings.Replace(path, "ambiguous", "odd", 1), plain, "", ""), 400, "api.parameter")
	w.expect(w.send("POST", "/imports", plain, "roll-2", `{"source": "县残联", "name": "x", "content": "???"}`), 400, "api.parameter")
	w.expect(w.send("POST", "/imports", plain, "roll-3", `{"source": "县残联", "name": "x", "content": "JVBERi0xLjc="}`), 422, "sheet.no-table")
	if list := w.list(w.send("GET", "/imports", plain, "", ""), "imports"); len(list) != 1 || list[0]["id"] != id {
		w.Errorf("imports: %v", list)
	}
}

func TestDisagreements(t *testing.T) { each(t, disagreements) }

func disagreements(w *world) {
	key := w.key("county-insurance", auth.RegisterWrite)
	id := w.disagreement()
	open := w.list(w.send("GET", "/disagreements?"+purpose, key, "", ""), "disagreements")
	if len(open) != 1 || open[0]["id"] != id || open[0]["fact"] != "person.insured" {
		w.Fatalf("open: %v", open)
	}
	if a := w.send("POST", "/disagreements/"+id+"/decision", key, "r1", `{"take": false, "reason": "核对过"}`); a.json["id"] != id {
		w.Errorf("decided: %s", a.text)
	}
	w.expect(w.send("POST", "/disagreements/"+id+"/decision", key, "r2", `{"take": true, "reason": "再想"}`), 409, "roll.disagreement-decided")
	if kept := w.list(w.send("GET", "/disagreements?state=kept&"+purpose, key, "", ""), "disagreements"); len(kept) != 1 {
		w.Errorf("kept: %v", kept)
	}
	w.expect(w.send("GET", "/disagreements", key, "", ""), 422, "api.purpose")
}

// What an office calls its columns is kept, used for its files and for another's that asks for it, and deleted.
func TestMappings(t *testing.T) { each(t, mappings) }

func mappings(w *world) {
	key := w.key("county-insurance", auth.RegisterWrite)
	number := string(fiction.Number("19830101", "001"))
	content := base64.StdEncoding.EncodeToString([]byte("参保人,证号,备注\n赵一," + number + ",无\n"))
	const columns = `"columns": [{"header": "参保人", "as": "person.name"}, {"header": "证号", "as": "person.id"}, {"header": "备注", "as": ""}]`
	w.expect(w.send("POST", "/imports", key, "m1", `{"source": "县医保局", "name": "名单.csv", "content": "`+content+`"}`), 422, "sheet.header")
	w.expect(w.send("POST", "/import-mappings", key, "m2", `{"source": "县医保局", "columns": [{"header": "参保人", "as": "person.name"}]}`), 422, "sheet.identity")
	w.expect(w.send("POST", "/import-mappings", key, "m3", `{"source": "县医保局", `+columns+`}`), 200, "")
	kept := w.list(w.send("GET", "/import-mappings", key, "", ""), "mappings")
	if len(kept) != 1 || kept[0]["source"] != "县医保局" || len(kept[0]["columns"].([]any)) != 3 {
		w.Errorf("kept: %v", kept)
	}
	w.expect(w.send("POST", "/imports", key, "m4", `{"source": "县医保局", "name": "名单.csv", "content": "`+content+`"}`), 200, "")
	w.expect(w.send("POST", "/imports", key, "m5", `{"source": "税务局", "mapping": "县医保局", "name": "名单.csv", "content": "`+content+`"}`), 200, "")
	w.expect(w.send("POST", "/import-mappings/removal", key, "m6", `{"source": "县医保局"}`), 200, "")
	w.expect(w.send("POST", "/import-mappings/removal", key, "m7", `{"source": "县医保局"}`), 404, "roll.mapping-unknown")
	w.expect(w.send("POST", "/imports", key, "m8", `{"source": "税务局", "mapping": "县医保局", "name": "名单.csv", "content": "`+content+`"}`), 404, "roll.mapping-unknown")
	if swept := w.send("POST", "/imports/sweep", key, "", `{"days": "1"}`); swept.json["swept"] != 0.0 {
		w.Errorf("swept: %s", swept.text)
	}
	w.expect(w.send("POST", "/imports/sweep", key, "", `{"days": "0"}`), 400, "api.parameter")
}
