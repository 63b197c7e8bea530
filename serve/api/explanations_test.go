package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// explained asks for an explanation in a kind and a language, and answers with status, type and text.
func (w *world) explained(bill, key, accept, lang string) (int, string, string) {
	w.Helper()
	r, err := http.NewRequest("GET", w.address+"/settlements/"+bill+"/explanation", nil)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Language", lang)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		w.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(content)
}

func TestExplanation(t *testing.T) { each(t, explanation) }

func explanation(w *world) {
	settled := w.send("POST", "/settlements", w.own, "k1", w.stay("ZY1", ""))
	w.expect(settled, 200, "")
	bill, patient := settled.json["bill"].(string), settled.json["patient"].(string)
	for _, tt := range []struct{ accept, lang, kind, says string }{
		{"application/json", "zh", "application/json", `"format":"doudi.statement/1"`},
		{"*/*", "zh", "application/json", patient},
		{"text/plain", "zh", "text/plain; charset=utf-8", patient},
		{"text/plain", "en", "text/plain; charset=utf-8", "Patient"},
		{"text/*;q=0.5, text/plain;q=0, */*;q=0.1", "zh", "text/html; charset=utf-8", "<table"},
		{"", "zh", "application/json", patient},
		{"text/html, */*;q=0.1", "zh", "text/html; charset=utf-8", "<table"},
		{"text/html;q=0.1, text/plain", "zh", "text/plain; charset=utf-8", "支付"},
	} {
		status, kind, content := w.explained(bill, w.own, tt.accept, tt.lang)
		if status != 200 || kind != tt.kind || !strings.Contains(strings.ReplaceAll(content, ",", ""), strings.ReplaceAll(tt.says, ",", "")) {
			w.Errorf("%s in %s: %d %s without %q: %s", tt.accept, tt.lang, status, kind, tt.says, content)
		}
		if strings.Contains(content, "赵长河") || strings.Contains(content, "\x1b") {
			w.Errorf("%s names the person or colours: %s", tt.accept, content)
		}
	}
	if looks := w.looks("claim.statement"); len(looks) != 8 || looks[0].Persons[0].ID != w.person {
		w.Errorf("%d looks are kept", len(looks))
	}
	if status, kind, content := w.explained(bill, w.own, "image/png", "zh"); status != 406 || kind != "application/problem+json" || !strings.Contains(content, "api.not-acceptable") {
		w.Errorf("an image answers %d %s %s", status, kind, content)
	}
	if status, kind, content := w.explained(bill, w.other, "text/html", "zh"); status != 404 || kind != "application/problem+json" || !strings.Contains(content, "claim.unknown") {
		w.Errorf("another's bill answers %d %s %s", status, kind, content)
	}
	open := w.send("POST", "/bills", w.own, "k2", w.stay("ZY2", "")).json["id"].(string)
	w.expect(w.send("GET", "/settlements/"+open+"/explanation", w.own, "", ""), 409, "claim.state")
}
