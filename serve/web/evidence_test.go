package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"doudi/decide/policy"
	fiction "doudi/internal/county"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/packs"
	"doudi/record/audit"
	"doudi/record/evidence"
	"doudi/record/store"
)

func library(t *testing.T) *policy.Library {
	t.Helper()
	l, err := policy.OpenLibrary(packs.Files, period.DefaultCalendar())
	must(t, err)
	_, err = l.Load(packs.Files, "pingyin-2021")
	must(t, err)
	return l
}

// openDrawn is an office whose auditor has drawn the settlement, computed it again and downloaded its evidence.
func openDrawn(t *testing.T) (d *desk, file []byte) {
	d = openPaid(t)
	d.signIn("auditor")
	d.get("/audit")
	d.is(200, "抽一笔结算")
	d.get("/audit/settlements?no=" + number)
	page := "/audit/settlements/" + d.claim(number, 1).ID
	d.sends(page)
	d.get(page)
	d.is(200, "李**", number, "复算")
	d.not("李桂芳", d.identity)
	d.get(d.link(page + "/recompute"))
	d.is(200, "复算一致", "个人负担", "资金专账", "逐条依据", "导出证据包")
	d.not("不同</span>", "李桂芳")
	d.get(d.link(page + "/evidence"))
	d.is(200)
	if name := d.headers.Get("Content-Disposition"); !strings.Contains(name, "evidence-999901-"+number+".zip") {
		t.Error(name)
	}
	return d, []byte(d.lastAnswer)
}

// An auditor draws a settlement, has it computed again and takes its evidence along; the download is in the log with the digest of what was handed out.
func TestEvidence(t *testing.T) {
	d, file := openDrawn(t)
	checked, err := evidence.Check(file, library(t))
	must(t, err)
	if checked.Settlement.Number != number || checked.Person.Name != "李**" || checked.Made.By.Name != "沈审计" || checked.Proof.Waiting() != 0 || len(checked.Proof.Entries) < 3 || len(checked.Compared) < 8 {
		t.Errorf("%+v", checked)
	}
	if bytes.Contains(file, []byte(d.identity)) {
		t.Error("the package holds the whole number")
	}
	d.get("/audit?name=web.evidence")
	d.is(200, "导出结算证据包", "李**")
	d.get(d.link("/audit/entries/[^\"]*"))
	d.is(200, checked.Digest)
	d.get("/audit/settlements")
	d.is(200, number)
	for path, status := range map[string]int{"/audit/settlements?no=nobodys": 200, "/audit/settlements/nobodys": 404, "/audit/settlements/nobodys/recompute": 404, "/audit/settlements/nobodys/evidence": 404} {
		d.get(path)
		d.is(status)
	}
	d.get("/en/audit/settlements/" + d.claim(number, 1).ID + "/recompute")
	d.is(200, "Computed again: the same")
}

// A settlement that was changed behind the program's back is shown with its first difference.
func TestRecomputeDiffers(t *testing.T) {
	d := openPaid(t)
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE fund_commitment SET amount = amount - 1 WHERE county_code = ?1 AND origin_id = ?2`, tx.County, d.claim(number, 1).ID)
		return err
	}))
	d.signIn("auditor")
	d.get("/audit/settlements/" + d.claim(number, 1).ID + "/recompute")
	d.is(200, "复算不一致", "第一处不同", "资金专账", "不同</span>")
}

// A package of which a byte of any file was changed, one is missing or one was added is refused, and the file is named.
func TestEvidenceTampered(t *testing.T) {
	_, file := openDrawn(t)
	packs := library(t)
	names, contents := unzipped(t, file)
	if len(names) != 10 {
		t.Errorf("%d files: %v", len(names), names)
	}
	for i, name := range names {
		changed := append([][]byte{}, contents...)
		changed[i] = bytes.Clone(contents[i])
		changed[i][len(changed[i])/2] ^= 1
		named := name
		if name == "manifest.sm3" {
			named = "manifest.json"
		}
		refused(t, packs, zipped(t, names, changed), named)
		if name != "manifest.json" && name != "manifest.sm3" {
			refused(t, packs, zipped(t, append(append([]string{}, names[:i]...), names[i+1:]...), append(append([][]byte{}, contents[:i]...), contents[i+1:]...)), name)
		}
	}
	refused(t, packs, zipped(t, append(names, "more.txt"), append(contents, []byte("more"))), "more.txt")
	refused(t, packs, zipped(t, append(names, "bill.json"), append(contents, []byte("{}"))), "bill.json")
	for _, broken := range [][]byte{nil, []byte("no zip"), file[:len(file)/2]} {
		if _, err := evidence.Check(broken, packs); fault.CodeOf(err) != "evidence.not-package" {
			t.Errorf("%v", err)
		}
	}
}

// Whoever changes a file and every digest with it is found by what the settlement comes to, or by the chain.
func TestEvidenceForged(t *testing.T) {
	d, file := openDrawn(t)
	packs := library(t)
	for _, tt := range []struct{ file, old, new, code string }{
		{"settled.json", `"verdict": "pays"`, `"verdict": "covered"`, "evidence.differs"},
		{"bill.json", "1200.00", "1100.00", "evidence.differs"},
		{"audit.json", "claim.confirm", "claim.reverse", "audit.changed"},
		{"audit.json", `"previous": "`, `"previous": "0`, "audit.changed"},
		{"bill.json", number, "ZY-OTHER", "evidence.changed"},
	} {
		forged := forge(t, file, tt.file, tt.old, tt.new)
		if _, err := evidence.Check(forged, packs); fault.CodeOf(err) != tt.code {
			t.Errorf("%s %s: %v, want %s", tt.file, tt.old, err, tt.code)
		}
	}
	packs.Packs = nil
	if _, err := evidence.Check(file, packs); fault.CodeOf(err) != "adoption.pack-missing" {
		t.Errorf("%v", err)
	}
	var month *audit.Month
	must(t, d.Do(now, fiction.Clerk, func(tx *store.Tx) error { _, err := audit.Seal(tx); return err })) // the download itself
	must(t, d.Store.Read(context.Background(), fiction.Code, func(tx *store.Tx) error {
		var b bytes.Buffer
		if _, err := audit.Export(tx, "2021-11", now.AddDate(0, 1, 0), &b); err != nil {
			return err
		}
		var err error
		month, err = audit.CheckOffline(&b)
		return err
	}))
	checked, err := evidence.Check(file, library(t))
	must(t, err)
	if both, err := checked.Proof.Agrees(month); err != nil || both != len(checked.Proof.Seals) || both == 0 {
		t.Errorf("%d %v", both, err)
	}
	month.Seals[0].Digest = "0"
	if _, err := checked.Proof.Agrees(month); fault.CodeOf(err) != "audit.changed" {
		t.Errorf("%v", err)
	}
}

func refused(t *testing.T, packs *policy.Library, file []byte, named string) {
	t.Helper()
	_, err := evidence.Check(file, packs)
	if fault.CodeOf(err) != "evidence.changed" || !strings.Contains(fault.RenderError(err, "zh"), named) {
		t.Errorf("%s: %v", named, err)
	}
}

// forge changes a text of a file, and every digest that tells.
func forge(t *testing.T, file []byte, name, old, now string) []byte {
	t.Helper()
	names, contents := unzipped(t, file)
	for i := range names {
		if names[i] != name {
			continue
		}
		changed := bytes.Replace(contents[i], []byte(old), []byte(now), 1)
		if bytes.Equal(changed, contents[i]) {
			t.Fatalf("%s does not say %s:\n%s", name, old, contents[i])
		}
		manifest := bytes.Replace(contents[0], []byte(audit.SM3(contents[i])), []byte(audit.SM3(changed)), 1)
		manifest = bytes.Replace(manifest, sized(contents[i]), sized(changed), 1)
		contents[i], contents[0], contents[1] = changed, manifest, []byte(audit.SM3(manifest))
	}
	return zipped(t, names, contents)
}

// sized is how a manifest writes the size of a file.
func sized(content []byte) []byte { return fmt.Appendf(nil, `"bytes": %d,`, len(content)) }

func unzipped(t *testing.T, file []byte) (names []string, contents [][]byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		names, contents = append(names, f.Name), append(contents, content)
	}
	return names, contents
}

func zipped(t *testing.T, names []string, contents [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, name := range names {
		w, err := z.Create(name)
		must(t, err)
		_, err = w.Write(contents[i])
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}
