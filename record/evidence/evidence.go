// Package evidence makes the file by which one settlement is proved to somebody who has no database (证据包), and checks such a file.
//
// It is a zip. manifest.json says what it is, of whom, made when and by whom, and the SM3 of every other file; manifest.sm3 is its own. The bill, the facts
// frozen with it, what came of it, what the special accounts hold and the entries of the log about it are JSON; what is for people to read is given by who
// makes it. [Check] compares the digests, computes the settlement again by the pack of the same content, and checks the entries against the seals of the log.
// Whoever changed a file and all digests with it is found by the log: the entry of the download holds the digest of the manifest.
package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"doudi/decide/policy"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/audit"
	"doudi/record/claim"
	"doudi/record/store"
)

// Manifest is what stands first in a package.
type Manifest struct {
	Format     string     `json:"format"`
	County     string     `json:"county"`
	Settlement Settlement `json:"settlement"`
	Person     Person     `json:"person"`
	Made       Made       `json:"made"`
	Pack       Pack       `json:"pack"`
	Files      []Listed   `json:"files"`
}

// Settlement names the bill.
type Settlement struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"`
	Revision int        `json:"revision"`
	Version  int        `json:"version"` // how often it was settled; the package is about the last
	Provider string     `json:"provider"`
	Decided  period.Day `json:"decided"`
}

// Person is whose bill it is, as far as who made the package may see it.
type Person struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

// Made says who made the package, and what for.
type Made struct {
	Instant string      `json:"instant"`
	By      store.Actor `json:"by"`
	Purpose string      `json:"purpose"`
}

// Pack names the policy that it was settled by: the content whose SHA-256 over all its files this is.
type Pack struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	SHA256   string `json:"sha256"`
	Adoption string `json:"adoption"`
}

// Listed is a file of the package.
type Listed struct {
	Name  string `json:"name"`
	Says  words  `json:"says"`
	Bytes int    `json:"bytes"`
	SM3   string `json:"sm3"`
}

type words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Paper is a file for people to read.
type Paper struct {
	Name    string
	Says    fault.Text
	Content []byte
}

// Order is what a package is made with besides the record.
type Order struct {
	Settled  *claim.Evidence
	Person   Person
	Provider string // what the institution is called
	Purpose  string
	Papers   []Paper
}

const (
	format       = "doudi evidence 1"
	manifestName = "manifest.json"
	digestName   = "manifest.sm3"
	billName     = "bill.json"
	frozenName   = "frozen.json"
	settledName  = "settled.json"
	postingsName = "postings.json"
	auditName    = "audit.json"

	mostFiles = 50
	largest   = 64 << 20 // bytes of one file
)

// Make writes a package and answers the SM3 of its manifest, which who makes it records with the look.
func Make(tx *store.Tx, o Order, to io.Writer) (digest string, err error) {
	c, kept := o.Settled.Bill.Claim, o.Settled.Settled
	proof, err := audit.Prove(tx, c.Person, c.ID)
	if err != nil {
		return "", err
	}
	papers := []Paper{{"README.txt", text.Say("怎样核验", "how to check it"), []byte(fmt.Sprintf(readme, c.Number))}}
	for _, part := range []struct {
		name  string
		says  fault.Text
		value any
	}{
		{billName, text.Say("收到的账单", "the bill as it was received"), o.Settled.Bill},
		{frozenName, text.Say("结算时封存的情况和采用的参数", "the facts frozen with it, and what the adoption states"), o.Settled.Frozen},
		{settledName, text.Say("结算结果和当时的说明", "what came of it, in the words of then"), o.Settled.Settled},
		{postingsName, text.Say("资金专账的记录", "what the special accounts hold"), o.Settled.Postings},
		{auditName, text.Say("有关的审计记录和封存", "the entries of the log about it, with their seals"), proof},
	} {
		content, err := written(part.value)
		if err != nil {
			return "", err
		}
		papers = append(papers, Paper{part.name, part.says, content})
	}
	papers = append(papers, o.Papers...)
	m := Manifest{Format: format, County: tx.County, Person: o.Person, Made: Made{store.FormatInstant(tx.Instant), tx.Actor, o.Purpose},
		Settlement: Settlement{c.ID, c.Number, c.Revision, c.Version, o.Provider, kept.Figures.Decided}, Pack: Pack{kept.Pack, kept.Version, kept.Hash, kept.Adoption}}
	for _, p := range papers {
		m.Files = append(m.Files, Listed{p.Name, words(p.Says), len(p.Content), audit.SM3(p.Content)})
	}
	manifest, err := written(m)
	if err != nil {
		return "", err
	}
	digest = audit.SM3(manifest)
	papers = append([]Paper{{Name: manifestName, Content: manifest}, {Name: digestName, Content: []byte(digest + "\n")}}, papers...)
	return digest, pack(tx, papers, to)
}

func pack(tx *store.Tx, papers []Paper, to io.Writer) error {
	z := zip.NewWriter(to)
	for _, p := range papers {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.Name, Method: zip.Deflate, Modified: tx.Instant.UTC()})
		if err != nil {
			return err
		}
		if _, err := w.Write(p.Content); err != nil {
			return err
		}
	}
	return z.Close()
}

// written is a value as it stands in a package: to be read by people, too.
func written(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return b.Bytes(), err
}

// Checked is what a package said when it was checked.
type Checked struct {
	Manifest
	Digest   string // SM3 of the manifest
	Compared []claim.Compared
	Proof    *audit.Proof
}

// Check reads a package and looks for what was changed, without a database. Codes, the first of which names the file or the figure: evidence.changed,
// evidence.differs; audit.changed of the entries; evidence.not-package; adoption.pack-missing when the library does not have the pack.
func Check(content []byte, library *policy.Library) (*Checked, error) {
	files, err := unpack(content)
	if err != nil {
		return nil, err
	}
	done := &Checked{Digest: audit.SM3(files[manifestName])}
	if done.Digest != strings.TrimSpace(string(files[digestName])) {
		return nil, changed(nil, manifestName)
	}
	if err := read(files, manifestName, &done.Manifest); err != nil {
		return nil, err
	}
	if done.Format != format {
		return nil, notPackage(fmt.Errorf("format %q", done.Format))
	}
	if err := done.whole(files); err != nil {
		return nil, err
	}
	var settled claim.Evidence
	done.Proof = &audit.Proof{}
	if err := errors.Join(read(files, billName, &settled.Bill), read(files, frozenName, &settled.Frozen), read(files, settledName, &settled.Settled),
		read(files, postingsName, &settled.Postings), read(files, auditName, done.Proof)); err != nil {
		return nil, err
	}
	if err := done.fits(&settled); err != nil {
		return nil, err
	}
	if done.Compared, err = settled.Recompute(library.Vocabulary, library.Packs); err != nil {
		return nil, err
	}
	if d := claim.Differs(done.Compared); d != nil {
		return nil, differs(d)
	}
	return done, done.Proof.Check()
}

// whole compares every file with the manifest.
func (c *Checked) whole(files map[string][]byte) error {
	listed := map[string]bool{manifestName: true, digestName: true}
	for _, f := range c.Files {
		content, there := files[f.Name]
		if !there {
			return misfit(text.Say("证据包里少了文件 %s", "the file %s is missing from the package", f.Name))
		}
		if len(content) != f.Bytes || audit.SM3(content) != f.SM3 {
			return changed(nil, f.Name)
		}
		listed[f.Name] = true
	}
	for name := range files {
		if !listed[name] {
			return misfit(text.Say("证据包里多了文件 %s", "the file %s does not belong to the package", name))
		}
	}
	return nil
}

// fits tells whether all files are about what the manifest names.
func (c *Checked) fits(e *claim.Evidence) error {
	b, k := e.Bill.Claim, e.Settled
	switch {
	case b.ID != c.Settlement.ID || b.Number != c.Settlement.Number || b.Revision != c.Settlement.Revision || b.Version != c.Settlement.Version:
		return changed(nil, billName)
	case e.Frozen.Adopted.ID != c.Pack.Adoption || e.Frozen.Adopted.PackHash != c.Pack.SHA256:
		return changed(nil, frozenName)
	case k.Pack != c.Pack.ID || k.Version != c.Pack.Version || k.Hash != c.Pack.SHA256 || k.Adoption != c.Pack.Adoption || k.Figures.Decided != c.Settlement.Decided:
		return changed(nil, settledName)
	case slices.ContainsFunc(e.Postings.Commitments, notOf(b.ID)):
		return changed(nil, postingsName)
	case c.Proof.County != c.County:
		return changed(nil, auditName)
	}
	for _, entry := range c.Proof.Entries {
		if entry.Subject != b.ID {
			return changed(nil, auditName)
		}
	}
	return nil
}

// unpack reads every file of a zip, so many and so large at most.
func unpack(content []byte) (map[string][]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, notPackage(err)
	}
	if len(z.File) > mostFiles {
		return nil, notPackage(fmt.Errorf("%d files", len(z.File)))
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		if _, twice := files[f.Name]; twice {
			return nil, misfit(text.Say("证据包里有两个文件 %s", "the package holds the file %s twice", f.Name))
		}
		if files[f.Name], err = open(f); err != nil {
			return nil, changed(err, f.Name)
		}
	}
	if files[manifestName] == nil {
		return nil, notPackage(errors.New("no manifest"))
	}
	return files, nil
}

func open(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err == nil && len(content) > largest {
		err = fmt.Errorf("more than %d bytes", largest)
	}
	return content, errors.Join(err, r.Close())
}

func read(files map[string][]byte, name string, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(files[name]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return changed(err, name)
	}
	return nil
}
