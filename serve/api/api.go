package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/auth"
	"doudi/record/dated"
	"doudi/record/store"
)

// Config is what the interface stands on.
type Config struct {
	Record *record.Record
	Log    *slog.Logger
	Now    func() time.Time
}

// server answers requests. It holds no state between them but how many wrong keys came from where.
type server struct {
	Config
	guard auth.Guard
	huma  huma.API
}

// Prefix begins every address of the interface.
const Prefix = "/api/v1"

// New is the interface as a handler for [Prefix] and what stands below it.
func New(c Config) http.Handler {
	s := &server{Config: c}
	mux := http.NewServeMux()
	s.describe(mux)
	document, err := json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
	mux.HandleFunc("GET "+Prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			s.fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document) // who hung up gets no answer
	})
	return s.outside(mux)
}

// Document is the OpenAPI document.
func Document() ([]byte, error) {
	s := &server{}
	s.describe(http.NewServeMux())
	return json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
}

// describe registers all operations.
func (s *server) describe(mux *http.ServeMux) {
	info := &huma.Info{Title: "兜底接口 · doudi", Version: "1", Description: "一县的登记、机构、政策采用、账单结算、待遇核定、发放和专账。从密钥到结算见 docs/api.md。金额是以元为单位、两位小数的文字，日期是 YYYY-MM-DD。\n\n" +
		"The register, providers, adoptions, bills, monthly runs, payments and special accounts of a county; docs/api.md leads from a key to a settled bill. Amounts are decimal strings in yuan with two places, days are YYYY-MM-DD."}
	s.huma = humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{OpenAPI: "3.1.0", Info: info, Security: []map[string][]string{{"key": {}}},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "经办机构发放的密钥 the key that the office issued"}}}},
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}, DefaultFormat: "application/json",
	})
	s.billOperations()
	s.explanationOperations()
	s.personOperations()
	s.factOperations()
	s.householdOperations()
	s.importOperations()
	s.providerOperations()
	s.adoptionOperations()
	s.fundOperations()
	s.advanceOperations()
	s.runOperations()
	s.benefitOperations()
	s.paymentOperations()
	s.transferOperations()
	s.jobOperations()
	nullable(s.huma.OpenAPI().Components.Schemas)
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // the library's own errors, which are never sent
		delete(s.huma.OpenAPI().Components.Schemas.Map(), unused)
	}
}

// nullable says of fields that point to an object that they may be null, which the library does not see.
func nullable(registry huma.Registry) {
	for name, schema := range registry.Map() {
		of := registry.TypeFromRef("#/components/schemas/" + name)
		for i := range of.NumField() {
			field := of.Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if property := schema.Properties[name]; field.Type.Kind() == reflect.Pointer && property != nil && property.Ref != "" && options == "" {
				schema.Properties[name] = &huma.Schema{OneOf: []*huma.Schema{property, {Type: "null"}}}
			}
		}
	}
}

// outside is what every request passes first: no caching, a defect becomes an answer, an unknown address a problem.
func (s *server) outside(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if defect := recover(); defect != nil {
				s.Log.Error("defect", "path", r.URL.Path, "panic", defect)
				s.fail(w, r, errors.New("a handler panicked"))
			}
		}()
		if _, pattern := mux.Handler(r); pattern == "" {
			s.fail(w, r, s.astray(mux, r))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// astray is the error for an address nobody answers: the wrong method, or none at all.
func (s *server) astray(mux *http.ServeMux, r *http.Request) error {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		if other.Method = method; method != r.Method {
			if _, pattern := mux.Handler(other); pattern != "" {
				return methodWrong(r.Method)
			}
		}
	}
	return nowhere()
}

func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	lang := language(r.Header.Get("Accept-Language"))
	problemOf(err, lang, s.Log).write(w, lang)
}

// call is one admitted request.
type call struct {
	*server
	ctx     context.Context
	key     auth.Key
	county  string
	now     time.Time
	lang    string
	path    string
	once    string // the idempotency key; "" for what only reads
	content []byte // of the body
	node    *text.Node
}

type callKey struct{}

// operation is what is said of an operation besides its types.
type operation struct {
	method, path, id string
	scope            auth.Scope
	summary          string // Chinese, then English
	description      string
	writes           bool
	together         bool // what it writes may travel with that of others ([store.Command.Together])
	example          any  // a body
}

// none is the body of an operation that has none.
type none struct{}

// answered is what an operation answers with.
type answered[O any] struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true：这个请求以前办过，这是当时的答复 true when this had been done before and the answer is that of then"`
	Body     O
}

// reads registers an operation that answers from the record.
func reads[P, B, O any](s *server, op operation, do func(c *call, params *P, body *B) (O, error)) {
	add(s, op, func(c *call, params *P, body *B) (answer answered[O], err error) {
		answer.Body, err = do(c, params, body)
		return answer, err
	})
}

// writes registers an operation that is one command, done once for each idempotency key.
func writes[P, B, O any](s *server, op operation, do func(c *call, tx *store.Tx, params *P, body *B) (O, error)) {
	op.writes = true
	add(s, op, func(c *call, params *P, body *B) (answer answered[O], err error) {
		command := store.Command{Key: c.key.Party + " " + c.once, Name: "api." + op.id, Content: c.canonical(), County: c.county, Actor: c.actor(), Instant: c.now, Together: op.together}
		outcome, err := s.Record.Store.Write(c.ctx, command, func(tx *store.Tx) (any, error) { return do(c, tx, params, body) })
		if err != nil {
			return answer, err
		}
		if outcome.Replayed {
			answer.Replayed = "true"
		}
		return answer, json.Unmarshal(outcome.Result, &answer.Body)
	})
}

// add registers an operation with parameters P, body B and answer A.
func add[P, B, A any](s *server, op operation, run func(c *call, params *P, body *B) (A, error)) {
	registry := s.huma.OpenAPI().Components.Schemas
	var schema *huma.Schema
	if of := reflect.TypeFor[B](); of != reflect.TypeFor[none]() {
		schema = registry.Schema(of, true, of.Name())
	}
	described := huma.Operation{Method: op.method, Path: Prefix + op.path, OperationID: op.id, Summary: op.summary, Description: op.description,
		SkipValidateParams: true, SkipValidateBody: true, Responses: problemResponses(registry, op),
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) { s.admit(op, schema, ctx, next) }}}
	if op.writes {
		described.Parameters = append(described.Parameters, &huma.Param{Name: idempotencyHeader, In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			Description: "每个新的请求用一个新的键，重发时用原来的 a new key for each new request, the same one to send it again"})
	}
	huma.Register(s.huma, described, func(ctx context.Context, params *P) (*A, error) {
		c := ctx.Value(callKey{}).(*call)
		var body B
		if schema != nil {
			if err := json.Unmarshal(c.content, &body); err != nil {
				return nil, problemOf(bodyBroken(err), c.lang, s.Log)
			}
		}
		answer, err := run(c, params, &body)
		if err != nil {
			return nil, problemOf(c.discreet(err), c.lang, s.Log)
		}
		return &answer, nil
	})
	if schema != nil { // said afterwards, because we read the body ourselves
		s.huma.OpenAPI().Paths[described.Path].Post.RequestBody = &huma.RequestBody{Required: true,
			Content: map[string]*huma.MediaType{"application/json": {Schema: schema, Example: op.example}}}
	}
}

// problemResponses are the answers of an operation that are errors.
func problemResponses(registry huma.Registry, op operation) map[string]*huma.Response {
	schema := registry.Schema(reflect.TypeFor[Problem](), true, "Problem")
	statuses := []int{400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503}
	if op.method == http.MethodGet {
		statuses = []int{400, 401, 403, 404, 409, 429, 500, 503}
	}
	responses := map[string]*huma.Response{}
	for _, status := range statuses {
		responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{problemType: {Schema: schema}}}
	}
	return responses
}

const (
	idempotencyHeader = "Idempotency-Key"
	longestKey        = 120
)

// admit lets a request in whose key holds and carries the scope, whose parameters are known and whose body is legible.
func (s *server) admit(op operation, schema *huma.Schema, ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	c := &call{server: s, ctx: r.Context(), now: s.Now(), lang: language(r.Header.Get("Accept-Language")), path: r.URL.Path}
	err := c.enter(r)
	if err == nil && op.scope != "" && !c.key.May(op.scope) {
		err = auth.ScopeNeeded(op.scope)
	}
	if err == nil {
		err = knownParameters(ctx.Operation(), r)
	}
	if c.once = r.Header.Get(idempotencyHeader); err == nil && op.writes && !isKey(c.once) {
		err = idempotencyKey()
	}
	if err == nil && schema != nil {
		if c.content, c.node, err = readBody(w, r); err == nil {
			err = checkBody(s.huma.OpenAPI().Components.Schemas, schema, c.node)
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	next(huma.WithValue(ctx, callKey{}, c))
}

// enter finds out with which key somebody comes.
func (c *call) enter(r *http.Request) error {
	scheme, written, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || written == "" {
		return keyMissing()
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if err := c.guard.Allows(address, c.now); err != nil {
		return err
	}
	err = c.checkKey(strings.TrimSpace(written))
	if fault.CodeOf(err) == "auth.key-wrong" {
		c.guard.Wrong(address, c.now)
	}
	return err
}

func (c *call) checkKey(written string) (err error) {
	if c.county, err = auth.CountyOf(written); err != nil {
		return err
	}
	today := dated.Day(c.now)
	if err := c.read(func(tx *store.Tx) (err error) { c.key, err = auth.Check(tx, written, today); return err }); err != nil || c.key.LastUsed >= today.String() {
		return err
	}
	_, err = c.Record.Store.Write(c.ctx, store.Command{Name: "auth.used", County: c.county, Actor: c.actor(), Instant: c.now}, func(tx *store.Tx) (any, error) {
		return nil, auth.Used(tx, c.key, today)
	})
	return err
}

// read answers from one picture of the county.
func (c *call) read(do func(*store.Tx) error) error { return c.Record.Store.Read(c.ctx, c.county, do) }

// look runs what leaves an entry about a look in the log.
func (c *call) look(name string, do func(*store.Tx) error) error {
	command := store.Command{Name: name, County: c.county, Actor: c.actor(), Instant: c.now}
	_, err := c.Record.Store.Write(c.ctx, command, func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

// actor is the institution, so that a request can be repeated with its next key; the post says with which key it came.
func (c *call) actor() store.Actor {
	return store.Actor{ID: c.key.Party, Name: c.key.Name, Post: "key " + c.key.ID}
}

// canonical is what the idempotency key stands for: the address and what the body says, however it is laid out.
func (c *call) canonical() []byte {
	var b bytes.Buffer
	b.WriteString(c.path + "\n")
	decoder := json.NewDecoder(bytes.NewReader(c.content))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return append(b.Bytes(), c.content...) // what cannot be read is refused before it is done
	}
	_ = json.NewEncoder(&b).Encode(value) // what was decoded can be encoded
	return b.Bytes()
}

// discreet hides from an institution what an error says about bills of others.
func (c *call) discreet(err error) error {
	var e *fault.Error
	if !c.key.County() && errors.As(err, &e) && slices.Contains([]string{"claim.follower", "claim.cycle-settled"}, e.Code) {
		return laterBill(e)
	}
	return err
}

func isKey(s string) bool {
	return s != "" && len(s) <= longestKey && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// knownParameters refuses parameters the operation does not have.
func knownParameters(op *huma.Operation, r *http.Request) error {
	var known []string
	for _, p := range op.Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if !slices.Contains(known, name) {
			return parameterUnknown(name, known)
		}
	}
	return nil
}
