package oidc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doudi/kernel/fault"
	"doudi/serve/oidc"
	"doudi/serve/oidc/oidctest"
)

var now = time.Date(2021, 11, 8, 2, 42, 0, 0, time.UTC)

func config(issuer string) oidc.Config {
	return oidc.Config{Issuer: issuer, Client: oidctest.Client, Secret: oidctest.Secret, Office: "https://office.example", Strong: []string{"mfa"}}
}

// way is one browser on its way to the provider and back.
type way struct {
	*testing.T
	there   *oidctest.Provider
	here    *oidc.Provider
	started oidc.Started
}

func set(t *testing.T) *way {
	t.Helper()
	there := oidctest.New(t, now)
	here, err := oidc.New(config(there.URL))
	if err != nil {
		t.Fatal(err)
	}
	return &way{T: t, there: there, here: here}
}

// sent goes to the provider and answers what the browser comes back with.
func (w *way) sent() url.Values {
	w.Helper()
	address, started, err := w.here.Begin(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	w.started = started
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	back, err := answer.Location()
	if err != nil {
		w.Fatal(err)
	}
	if !strings.HasPrefix(back.String(), "https://office.example"+oidc.CallbackPath+"?") {
		w.Fatalf("sent back to %s", back)
	}
	return back.Query()
}

func (w *way) finish(answer url.Values) (oidc.Identity, error) {
	return w.here.Finish(context.Background(), w.started, answer, now)
}

func (w *way) refused(err error, code string) {
	w.Helper()
	if fault.CodeOf(err) != code {
		w.Errorf("code %q, want %q: %v", fault.CodeOf(err), code, err)
	}
}

func TestSignIn(t *testing.T) {
	w := set(t)
	who, err := w.finish(w.sent())
	if err != nil || who.Issuer != w.there.URL || who.Subject != "person-1" || who.Strong {
		t.Errorf("%+v, %v", who, err)
	}
	for _, claims := range []map[string]any{{"amr": []string{"pwd", "mfa"}}, {"acr": "mfa"}} {
		w.there.Claims = claims
		if who, err := w.finish(w.sent()); err != nil || !who.Strong {
			t.Errorf("%v: %+v, %v", claims, who, err)
		}
	}
	w.there.Claims = map[string]any{"aud": []string{oidctest.Client, "other"}, "azp": oidctest.Client, "amr": []string{"pwd"}}
	if who, err := w.finish(w.sent()); err != nil || who.Strong {
		t.Errorf("%+v, %v", who, err)
	}
	if out := w.here.SignOut(context.Background()); !strings.HasPrefix(out, w.there.URL+"/end?") || !strings.Contains(out, url.QueryEscape("https://office.example/sign-in")) {
		t.Errorf("signing out there: %s", out)
	}
}

// A token of which anything is not true signs nobody in.
func TestBadTokens(t *testing.T) {
	w := set(t)
	for name, claims := range map[string]map[string]any{
		"another issuer":        {"iss": "https://elsewhere.example"},
		"no issuer":             {"iss": nil},
		"another audience":      {"aud": "other"},
		"no audience":           {"aud": nil},
		"several audiences":     {"aud": []string{oidctest.Client, "other"}},
		"another party":         {"azp": "other"},
		"another nonce":         {"nonce": "x"},
		"no nonce":              {"nonce": nil},
		"expired":               {"exp": now.Add(-time.Second).Unix()},
		"no expiry":             {"exp": nil},
		"from the future":       {"iat": now.Add(time.Hour).Unix()},
		"not yet":               {"nbf": now.Add(time.Hour).Unix()},
		"nobody":                {"sub": ""},
		"no subject":            {"sub": nil},
		"another access token":  {"at_hash": base64.RawURLEncoding.EncodeToString(make([]byte, 16))},
		"a subject of no words": {"sub": 7},
	} {
		w.there.Claims = claims
		who, err := w.finish(w.sent())
		if fault.CodeOf(err) != "oidc.answer" || who != (oidc.Identity{}) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

func TestBadSignatures(t *testing.T) {
	w := set(t)
	w.there.Forge = true
	_, err := w.finish(w.sent())
	w.refused(err, "oidc.answer")
	w.there.Forge = false
	for name, bend := range map[string]func(token string) string{
		"none":    func(token string) string { return unsigned(token) },
		"changed": func(token string) string { return token[:len(token)-4] + "AAAA" },
		"cut":     func(token string) string { return strings.Join(strings.Split(token, ".")[:2], ".") },
		"empty":   func(string) string { return "" },
		"noise":   func(string) string { return "a.b.c" },
	} {
		w.there.Token = func(out http.ResponseWriter, token string) {
			out.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(out).Encode(map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": bend(token)})
		}
		if _, err := w.finish(w.sent()); fault.CodeOf(err) != "oidc.answer" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// unsigned is a token that says it needs no signature.
func unsigned(token string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(token, ".")[1] + "."
}

// Who comes back without having been sent, with another's answer, or with a code that was used.
func TestBadAnswers(t *testing.T) {
	w := set(t)
	answer := w.sent()
	stolen := w.started
	for _, bad := range []url.Values{{}, {"state": {""}, "code": answer["code"]}, {"state": {"x"}, "code": answer["code"]}} {
		_, err := w.finish(bad)
		w.refused(err, "oidc.state")
	}
	_, err := w.here.Finish(context.Background(), oidc.Started{}, url.Values{"state": {""}, "code": answer["code"]}, now)
	w.refused(err, "oidc.state")
	_, err = w.finish(url.Values{"state": answer["state"], "error": {"access_denied"}})
	w.refused(err, "oidc.denied")
	_, err = w.finish(url.Values{"state": answer["state"]})
	w.refused(err, "oidc.denied")
	_, err = w.finish(url.Values{"state": answer["state"], "code": answer["code"], "iss": {"https://elsewhere.example"}})
	w.refused(err, "oidc.answer")
	_, err = w.finish(url.Values{"state": answer["state"], "code": {"made up"}})
	w.refused(err, "oidc.answer")
	w.started.Verifier = "of somebody else, who has the code but not the browser"
	_, err = w.finish(answer)
	w.refused(err, "oidc.answer")
	w.started = stolen
	_, err = w.finish(answer) // the code is used up
	w.refused(err, "oidc.answer")
}

func TestProviderAway(t *testing.T) {
	w := set(t)
	answer := w.sent()
	w.there.Token = func(out http.ResponseWriter, _ string) { http.Error(out, "down", http.StatusBadGateway) }
	_, err := w.finish(answer)
	w.refused(err, "oidc.away")
	away, err := oidc.New(config("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = away.Begin(context.Background())
	w.refused(err, "oidc.away")
	if out := away.SignOut(context.Background()); out != "" {
		t.Errorf("signing out there: %s", out)
	}
	_, err = away.Finish(context.Background(), oidc.Started{State: "s"}, url.Values{"state": {"s"}, "code": {"c"}}, now)
	w.refused(err, "oidc.away")
	other, err := oidc.New(config(w.there.URL + "/")) // publishes another issuer than was agreed
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = other.Begin(context.Background())
	w.refused(err, "oidc.away")
}

func TestReadConfig(t *testing.T) {
	write := func(content string) string {
		name := filepath.Join(t.TempDir(), "oidc.json")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	c, err := oidc.ReadConfig(write(`{"issuer":"https://id.example/realms/county","client_id":"doudi","client_secret":"s","office":"https://office.example","second_factor":["mfa"],"passwords":"administrators"}`))
	if err != nil || c.Client != "doudi" || c.Password != "administrators" || c.Strong[0] != "mfa" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []string{``, `{`, `[]`, `{"isuer":"https://id.example"}`, `{"issuer":"https://id.example","office":"https://office.example"}`,
		`{"issuer":"http://id.example","client_id":"d","office":"https://office.example"}`, `{"issuer":"https://id.example","client_id":"d","office":"office.example"}`,
		`{"issuer":"https://id.example","client_id":"d","office":"https://office.example/doudi"}`, `{"issuer":"https://a:b@id.example","client_id":"d","office":"https://office.example"}`,
		`{"issuer":"https://id.example","client_id":"d","office":"https://office.example","passwords":"off"}`} {
		if _, err := oidc.ReadConfig(write(bad)); fault.CodeOf(err) != "oidc.config" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := oidc.ReadConfig(filepath.Join(t.TempDir(), "none.json")); fault.CodeOf(err) != "oidc.config" {
		t.Errorf("no file: %v", err)
	}
	if _, err := oidc.New(oidc.Config{}); fault.CodeOf(err) != "oidc.config" {
		t.Errorf("nothing: %v", err)
	}
}
