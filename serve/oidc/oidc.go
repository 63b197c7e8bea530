// Package oidc speaks with an office's own identity provider (OpenID Connect, 统一身份认证): it sends a browser there and checks what comes back.
//
// It follows the code flow with PKCE. What is taken for true: an ID token that the provider has signed with a key it publishes, issued for
// this office alone, still valid, and carrying the nonce this very browser was sent with. Everything else is refused with what was wrong, and
// nothing of the token is kept but the provider's word for the person and whether it has seen a second factor. Who that is here is no matter of
// this package (record/auth).
package oidc

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	provider "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Config is what the office and its identity provider have agreed upon.
type Config struct {
	Issuer   string   `json:"issuer"`        // https://…, as the provider writes it in its tokens
	Client   string   `json:"client_id"`     // the office's name there
	Secret   string   `json:"client_secret"` // "" for a public client
	Office   string   `json:"office"`        // where browsers reach the office: https://…, without a path
	Name     string   `json:"name"`          // what the provider is called on the page to sign in on; "" for 统一身份认证
	Scopes   []string `json:"scopes"`        // besides openid
	Strong   []string `json:"second_factor"` // values of amr or acr by which the provider says that it has seen a second factor
	Password string   `json:"passwords"`     // "administrators": only they may use a password; "" for everybody
}

// CallbackPath is where the provider sends browsers back to. It is registered there, behind Config.Office.
const CallbackPath = "/sign-in/oidc/callback"

// answerTime bounds how long the provider may take.
const answerTime = 10 * time.Second

// ReadConfig reads a file of JSON. Codes: oidc.config.
func ReadConfig(name string) (c Config, err error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return c, configWrong(fault.Text{ZH: "文件打不开", EN: "its file cannot be read"}, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, configWrong(fault.Text{ZH: "不是说明里的 JSON", EN: "it is not the JSON that is described"}, err)
	}
	return c, c.check()
}

// check refuses what cannot be meant. Plain http is for a provider on the same machine alone.
func (c Config) check() error {
	for _, field := range [][2]string{{"issuer", c.Issuer}, {"office", c.Office}} {
		u, err := url.Parse(field[1])
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
			return configWrong(fault.Text{ZH: field[0] + " 不是 https 地址", EN: field[0] + " is no https address"}, err)
		}
		if field[0] == "office" && u.Path != "" {
			return configWrong(fault.Text{ZH: "office 不应带路径", EN: "office has a path"}, nil)
		}
	}
	switch {
	case c.Client == "":
		return configWrong(fault.Text{ZH: "没有 client_id", EN: "client_id is missing"}, nil)
	case c.Password != "" && c.Password != "administrators":
		return configWrong(fault.Text{ZH: "passwords 只能是 administrators 或不写", EN: "passwords is neither empty nor administrators"}, nil)
	}
	return nil
}

func loopback(host string) bool { return host == "127.0.0.1" || host == "::1" || host == "localhost" }

// Provider is the identity provider. What it publishes about itself is asked when it is first needed, so that an office starts while it is away.
// It may be used by many goroutines.
type Provider struct {
	Config
	client *http.Client

	mutex sync.Mutex
	found *discovered
}

// discovered is what a provider publishes about itself.
type discovered struct {
	*provider.Provider
	EndSession string   `json:"end_session_endpoint"`
	Methods    []string `json:"token_endpoint_auth_methods_supported"` // none said is client_secret_basic
}

// New is the provider of a configuration. Code: oidc.config.
func New(c Config) (*Provider, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Provider{Config: c, client: &http.Client{Timeout: answerTime}}, nil
}

// Started is what a browser keeps while its holder is at the provider.
type Started struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE
}

// Identity is who came back.
type Identity struct {
	Issuer, Subject string
	Strong          bool // the provider says that it has seen a second factor
}

// discover asks what the provider publishes, once. The answer stands until the program ends; its keys are asked anew when a token names
// another one.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := provider.NewProvider(p.context(context.WithoutCancel(ctx)), p.Issuer) // it outlives the request, with its keys
	if err != nil {
		return nil, away(err)
	}
	d := &discovered{Provider: found}
	if err := found.Claims(d); err != nil {
		return nil, away(err)
	}
	p.found = d
	return d, nil
}

func (p *Provider) context(ctx context.Context) context.Context {
	return provider.ClientContext(ctx, p.client)
}

func (p *Provider) flow(d *discovered) *oauth2.Config {
	endpoint := d.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // said, not found out: trying both ways would hand in a code twice
	if p.Secret == "" || len(d.Methods) > 0 && !slices.Contains(d.Methods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: endpoint, RedirectURL: p.Office + CallbackPath, Scopes: append([]string{provider.ScopeOpenID}, p.Scopes...)}
}

// Begin answers where to send a browser, and what it keeps meanwhile. Code: oidc.away.
func (p *Provider) Begin(ctx context.Context) (address string, started Started, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", started, err
	}
	started = Started{rand.Text(), rand.Text(), oauth2.GenerateVerifier()}
	return p.flow(d).AuthCodeURL(started.State, provider.Nonce(started.Nonce), oauth2.S256ChallengeOption(started.Verifier)), started, nil
}

// Finish checks what a browser came back with. now is when. Codes: oidc.state when it is not the browser that was sent, or came too late; oidc.denied when the
// provider says no; oidc.away; oidc.answer for a token that is not true, with what was wrong in its cause.
func (p *Provider) Finish(ctx context.Context, started Started, answer url.Values, now time.Time) (Identity, error) {
	if started.State == "" || subtle.ConstantTimeCompare([]byte(started.State), []byte(answer.Get("state"))) != 1 {
		return Identity{}, stateWrong()
	}
	if iss := answer.Get("iss"); iss != "" && iss != p.Issuer { // RFC 9207: another provider's answer
		return Identity{}, untrue(errors.New("the answer names another issuer"))
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return Identity{}, denied()
	}
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	tokens, err := p.flow(d).Exchange(p.context(ctx), answer.Get("code"), oauth2.VerifierOption(started.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return Identity{}, untrue(errors.New("the code was refused: " + refused.ErrorCode))
	case err != nil:
		return Identity{}, away(err)
	}
	written, ok := tokens.Extra("id_token").(string)
	if !ok || written == "" {
		return Identity{}, untrue(errors.New("there is no ID token"))
	}
	return p.check(ctx, d, written, tokens.AccessToken, started, now)
}

// check verifies an ID token.
func (p *Provider) check(ctx context.Context, d *discovered, written, access string, started Started, now time.Time) (Identity, error) {
	verifier := d.Verifier(&provider.Config{ClientID: p.Client, Now: func() time.Time { return now }})
	token, err := verifier.Verify(p.context(ctx), written)
	if err != nil {
		return Identity{}, untrue(err)
	}
	var claims struct {
		Party string   `json:"azp"`
		How   []string `json:"amr"`
		Level string   `json:"acr"`
	}
	if err := token.Claims(&claims); err != nil {
		return Identity{}, untrue(err)
	}
	const skew = 5 * time.Minute
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(started.Nonce)) != 1:
		return Identity{}, untrue(errors.New("the nonce is another one"))
	case token.Subject == "":
		return Identity{}, untrue(errors.New("there is no subject"))
	case claims.Party != "" && claims.Party != p.Client, len(token.Audience) > 1 && claims.Party == "":
		return Identity{}, untrue(errors.New("the token was issued to somebody else"))
	case token.IssuedAt.After(now.Add(skew)):
		return Identity{}, untrue(errors.New("the token is from the future"))
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return Identity{}, untrue(err)
		}
	}
	strong := slices.ContainsFunc(append(claims.How, claims.Level), func(how string) bool { return how != "" && slices.Contains(p.Strong, how) })
	return Identity{Issuer: token.Issuer, Subject: token.Subject, Strong: strong}, nil
}

// SignOut is where a browser signs out at the provider as well; "" when it has no such place, or is away.
func (p *Provider) SignOut(ctx context.Context) string {
	d, err := p.discover(ctx)
	if err != nil || d.EndSession == "" {
		return ""
	}
	u, err := url.Parse(d.EndSession)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.Client)
	q.Set("post_logout_redirect_uri", p.Office+"/sign-in")
	u.RawQuery = q.Encode()
	return u.String()
}

func refuse(kind fault.Kind, code string, cause error, message, hint fault.Text) error {
	return &fault.Error{Kind: kind, Code: "oidc." + code, Op: "oidc", Cause: cause, Message: message, Hint: hint}
}

func configWrong(what fault.Text, cause error) error {
	return refuse(fault.Invalid, "config", cause, text.Tell("统一身份认证的配置不能用：%s", "the configuration of the identity provider is not usable: %s", what),
		text.Say("见 docs/sign-in.md 里的例子", "see the example in docs/sign-in.md"))
}

func away(cause error) error {
	return refuse(fault.Unavailable, "away", cause, text.Say("统一身份认证现在没有回应，没有登录", "the identity provider does not answer; you are not signed in"),
		text.Say("稍后再试；系统管理员可以用密码登录", "try again a little later; administrators can use their password"))
}

func stateWrong() error {
	return refuse(fault.Forbidden, "state", nil, text.Say("登录没有从这个浏览器开始，或过了时间，没有登录", "the sign-in did not begin in this browser, or took too long; you are not signed in"), text.Say("回到登录页重新开始", "begin again on the page to sign in on"))
}

func denied() error {
	return refuse(fault.Forbidden, "denied", nil, text.Say("统一身份认证没有放行，没有登录", "the identity provider has said no; you are not signed in"), text.Say("重新登录，或联系统一身份认证的管理员", "try again, or ask who runs the identity provider"))
}

func untrue(cause error) error {
	return refuse(fault.Forbidden, "answer", cause, text.Say("统一身份认证的答复核对不上，没有登录", "the answer of the identity provider does not hold; you are not signed in"), text.Say("重新登录；还不行，请把支持编号告诉系统管理员", "try again; if it stays so, tell the administrator the support number"))
}
