package api_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestEveryOperationRefuses sends to each operation of the document what it must not take in.
func TestEveryOperationRefuses(t *testing.T) { each(t, everyRefusal) }

func everyRefusal(w *world) {
	keys, all := w.keyring(), operations()
	for _, id := range slices.Sorted(maps.Keys(all)) {
		row, known := rows[id]
		if !known {
			continue // which TestAccess tells
		}
		o, thing := all[id], w.thing(row)
		body := w.example(o, office)
		w.refusedKeys(o, keys.of[office], thing, body)
		if o.Body != nil {
			w.refusedBodies(o, keys.of[office], thing, body)
		}
		a := w.send(o.method, parameter.ReplaceAllString(o.path, thing)+"?colour=red", keys.of[office], "k", body)
		w.expect(a, 400, "api.parameter")
		w.describes(o, a)
	}
}

// refusedKeys sends idempotency keys that are none. What only reads needs none.
func (w *world) refusedKeys(o *operation, key, thing, body string) {
	w.Helper()
	if !o.has("Idempotency-Key") {
		return
	}
	path := parameter.ReplaceAllString(o.path, thing)
	for _, once := range []string{"", strings.Repeat("k", 121), "a b", "钥匙", "a\tb"} {
		a := w.send(o.method, path, key, once, body)
		w.expect(a, 400, "api.idempotency-key")
		w.describes(o, a)
	}
}

// refusedBodies sends bodies that are not taken in.
func (w *world) refusedBodies(o *operation, key, thing, body string) {
	w.Helper()
	path := parameter.ReplaceAllString(o.path, thing)
	inside := strings.TrimPrefix(body, "{")
	first := `{"colour": "red"`
	if inside != "}" {
		first += ", "
	}
	for i, tt := range []struct {
		kind, body string
		status     int
		code       string
	}{
		{"", body, 415, "api.media-type"},
		{"text/plain", body, 415, "api.media-type"},
		{"application/x-www-form-urlencoded", body, 415, "api.media-type"},
		{"application/jsonp", body, 415, "api.media-type"},
		{"application/json", "", 400, "api.body-missing"},
		{"application/json", "{", 400, "text.syntax"},
		{"application/json", body + body, 400, "text.several-documents"},
		{"application/json", "{\"a\": \"\x01\"}", 400, "text.control"},
		{"application/json", `{"a": "\u0007"}`, 400, "text.control"},
		{"application/json", "{\"a\": \"\xff\"}", 400, "text.encoding"},
		{"application/json", strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), 400, "text.too-deep"},
		{"application/json", strings.Repeat("[", 100_000), 400, "text.too-deep"},
		{"application/json", strings.Repeat(" ", 4<<20) + body, 413, "api.too-large"},
		{"application/json", first + inside, 422, "api.field-unknown"},
		{"application/json", `[]`, 422, "api.value"},
		{"application/json", `"text"`, 422, "api.value"},
		{"application/json", `null`, 422, "api.value"},
		{"application/json", `7`, 422, "api.value"},
	} {
		a := w.sendAs(tt.kind, o.method, path, key, fmt.Sprint(o.ID, i), tt.body)
		w.expect(a, tt.status, tt.code)
		w.describes(o, a)
	}
	for _, kind := range []string{"application/json; charset=utf-8", "Application/JSON"} {
		if a := w.sendAs(kind, o.method, path, key, "broken "+kind, "{"); a.status == 415 {
			w.Errorf("%s does not take %s", o.ID, kind)
		}
	}
}
