package api_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"doudi/serve/api"
)

var update = flag.Bool("update", false, "rewrite docs/openapi.json; read the difference before keeping it")

// TestMain sees at the end that no test left a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestDocument keeps docs/openapi.json what the server says of itself.
func TestDocument(t *testing.T) {
	const name = "../../docs/openapi.json"
	document, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	document = append(document, '\n')
	if *update {
		if err := os.WriteFile(name, document, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, document) {
		t.Errorf("%s is not what the server says: run go test ./serve/api -update and read the difference", name)
	}
}
