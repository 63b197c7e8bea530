package subject_test

import (
	"strings"
	"testing"

	"doudi/decide/subject"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// TestPapersAgree: an identity number, a certificate and what is stated beside them must not contradict each other.
func TestPapersAgree(t *testing.T) {
	const id, certificate = `id: "11010519491231002X"`, `certificate_number: "11010519491231002X42"` // limb, level two
	for _, test := range []struct{ person, code string }{
		{"{" + id + ", birth: 1949-12-31, disability: {" + certificate + ", kind: limb, level: 2}}", ""},
		{"{" + id + ", disability: {" + certificate + "}}", ""},
		{"{disability: {" + certificate + ", level: 2}}", ""},
		{"{" + id + ", birth: 1949-12-30}", "person.birth-differs"},
		{"{" + id + ", birth: {value: 1949-12-30, from: 2020-01-01}}", ""},
		{`{id: "440524188001010014", disability: {` + certificate + "}}", "ident.certificate-holder-differs"},
		{"{disability: {" + certificate + ", kind: sight}}", "ident.certificate-category-differs"},
		{"{disability: {" + certificate + ", level: 1}}", "ident.certificate-level-differs"},
	} {
		doc, err := text.Parse("person.yaml", []byte("person: "+test.person+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = subject.Read(vocabulary(t), doc)
		if said := fault.RenderError(err, "zh"); test.code == "" && err != nil || test.code != "" && (fault.CodeOf(first(err)) != test.code || !strings.Contains(said, "person.yaml:1:")) {
			t.Errorf("%s: %s", test.person, said)
		}
	}
}

func first(err error) error {
	if list, ok := err.(fault.List); ok {
		return list[0]
	}
	return err
}
