package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"doudi/kernel/fault"
)

// FuzzBody reads anything as the body of every kind. It is refused with a code and a status of ours, or it is what the operation's own type
// takes: nothing that passed the schema fails afterwards.
func FuzzBody(f *testing.F) {
	s := &server{Config: Config{Log: slog.New(slog.DiscardHandler)}}
	s.describe(http.NewServeMux())
	registry := s.huma.OpenAPI().Components.Schemas
	kinds := []reflect.Type{reflect.TypeFor[billBody](), reflect.TypeFor[confirmBody](), reflect.TypeFor[reverseBody](), reflect.TypeFor[replaceBody](),
		reflect.TypeFor[papersBody](), reflect.TypeFor[advanceBody](), reflect.TypeFor[completeBody](), reflect.TypeFor[splitBody](), reflect.TypeFor[leaveBody]()}
	for _, seed := range []any{billExample, map[string]any{}, map[string]any{"reason": "录入有误"}, map[string]any{"reason": "更正", "bill": billExample},
		map[string]any{"document": "d", "day": "2021-10-12", "shows": map[string]any{"visit": map[string]any{"referred": true}}},
		map[string]any{"bill": billExample, "deposit": "0.00", "day": "2021-11-08", "reason": "x"},
		map[string]any{"members": []any{map[string]any{"person": "p", "relation": "head"}}, "division": "1", "from": "2021-01-01", "source": "x"},
		map[string]any{"last": "2021-01-01", "next": map[string]any{"head": "p"}, "source": "x"}, []any{}, nil, 7, "text"} {
		content, err := json.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	for _, seed := range []string{"", "{", "{}{}", "\xef\xbb\xbf{}", "{\"reason\": \"\xff\"}", `{"reason": "\ud83d"}`, `{"reason": "x", "reason": "y"}`, `{"Reason": "x"}`, `{"reason": null}`,
		`{"reason": 1e400}`, `{"reason": "\u0000"}`, "{\n\t\"digest\":\t\"x\"\n}", `{digest: x}`, "digest: x", strings.Repeat("[", 300), `{"bill": {"document": {"bill": {"no": 1}}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, of := range kinds {
			err := decoded(registry, of, content)
			if err == nil {
				continue
			}
			for _, lang := range []string{"zh", "en"} {
				if p := problemOf(err, lang, s.Log); p.Status < 400 || p.Status > 499 || p.Detail == "" || p.Code == "" {
					t.Errorf("%q as %s is answered %+v for %v", content, of.Name(), p, err)
				}
			}
		}
	})
}

// decoded reads a body as an operation does.
func decoded(registry huma.Registry, of reflect.Type, content []byte) error {
	r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(strings.NewReader(string(content))))
	r.Header.Set("Content-Type", "application/json")
	content, node, err := readBody(httptest.NewRecorder(), r)
	if err == nil {
		err = checkBody(registry, registry.Schema(of, true, of.Name()), node)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, reflect.New(of).Interface()); err != nil {
		return &fault.Error{Kind: fault.Internal, Code: "passed the schema", Cause: err}
	}
	return nil
}
