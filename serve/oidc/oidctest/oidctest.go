// Package oidctest is a small identity provider that runs inside a test: it publishes itself and its keys, gives codes, checks PKCE and signs
// ID tokens. A test may bend what it says.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The office as the provider knows it.
const (
	Client = "doudi"
	Secret = "between us"
)

// Provider is the provider.
type Provider struct {
	*httptest.Server
	Subject string                                      // who is signed in there
	Claims  map[string]any                              // put over those of the next token; nil takes one away
	Now     time.Time                                   // the provider's clock
	Forge   bool                                        // sign with a key that is not published
	Token   func(w http.ResponseWriter, idToken string) // answers in place of the provider; nil to answer well

	mutex sync.Mutex
	keys  [2]*ecdsa.PrivateKey // published, and not
	asked map[string]url.Values
}

// New starts a provider, which ends with the test.
func New(t testing.TB, now time.Time) *Provider {
	t.Helper()
	p := &Provider{Subject: "person-1", Now: now, asked: map[string]url.Values{}}
	for i := range p.keys {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		p.keys[i] = key
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.publish)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.keys[0].Public(), KeyID: "1", Algorithm: string(jose.ES256), Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func answer(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what) // who hung up gets no answer
}

func (p *Provider) publish(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"end_session_endpoint": p.URL + "/end", "id_token_signing_alg_values_supported": []string{"ES256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
}

// authorize is the page on which people sign in there: somebody has, and is sent back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	p.mutex.Lock()
	p.asked[code] = q
	p.mutex.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusSeeOther)
}

// token gives an ID token for a code, once, to who knows the verifier and the secret.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	code := r.PostFormValue("code")
	asked, known := p.asked[code]
	delete(p.asked, code)
	client, secret, basic := r.BasicAuth()
	if !basic {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	secret, _ = url.QueryUnescape(secret)
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || client != Client || secret != Secret || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	signed, err := p.sign(asked.Get("nonce"))
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case p.Token != nil:
		p.Token(w, signed)
	default:
		answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": signed})
	}
}

func (p *Provider) sign(nonce string) (string, error) {
	claims := map[string]any{"iss": p.URL, "sub": p.Subject, "aud": Client, "nonce": nonce, "iat": p.Now.Unix(), "exp": p.Now.Add(5 * time.Minute).Unix()}
	for name, value := range p.Claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	key := p.keys[0]
	if p.Forge {
		key = p.keys[1]
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
