package api

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"doudi/decide/settle"
	"doudi/decide/subject"
	"doudi/record/auth"
	"doudi/record/store"
	"doudi/serve/present"
)

// The kinds in which an explanation can be had.
const (
	jsonKind = "application/json"
	textKind = "text/plain"
	htmlKind = "text/html"
)

var explanationKinds = []string{jsonKind, textKind, htmlKind}

// written is an answer that is not JSON alone.
type written struct {
	Type     string `header:"Content-Type"`
	Language string `header:"Content-Language"`
	Vary     string `header:"Vary"`
	Body     []byte
}

type explanationParams struct {
	ID     string `path:"id" doc:"账单编号 id of the bill"`
	Accept string `header:"Accept" doc:"application/json、text/plain 或 text/html，不写为 JSON; JSON when left out"`
}

// explanationOperations registers what explains a settlement.
func (s *server) explanationOperations() {
	op := operation{method: http.MethodGet, path: "/settlements/{id}/explanation", id: "explain-settlement", scope: auth.Settlements, summary: "结算说明 · the explanation of a settlement",
		description: "每个付款方付多少、为什么、依据哪一条。按 Accept 给出 JSON（doudi.statement/1）、可打印的文字或一段 HTML；语言按 Accept-Language。每次都记入日志。\n\n" +
			"What each payer pays, why, and by which clause: as JSON (doudi.statement/1), as text for a terminal or as a fragment of HTML, by Accept, in the language of Accept-Language. Each look is kept in the log."}
	add(s, op, explain)
	view := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[present.StatementView](), true, "")
	responses := s.huma.OpenAPI().Paths[Prefix+op.path].Get.Responses
	responses["406"] = &huma.Response{Description: http.StatusText(http.StatusNotAcceptable), Content: responses["400"].Content}
	responses["200"].Content = map[string]*huma.MediaType{
		jsonKind: {Schema: view}, textKind: {Schema: &huma.Schema{Type: huma.TypeString}}, htmlKind: {Schema: &huma.Schema{Type: huma.TypeString}}}
}

func explain(c *call, p *explanationParams, _ *none) (written, error) {
	kind, ok := acceptable(p.Accept, explanationKinds)
	if !ok {
		return written{}, notAcceptable(explanationKinds)
	}
	answer := written{Type: kind, Language: c.lang, Vary: "Accept, Accept-Language"}
	if kind != jsonKind {
		answer.Type += "; charset=utf-8"
	}
	err := c.look("api.explain-settlement", func(tx *store.Tx) error {
		result, subject, err := c.statement(tx, p.ID)
		if err != nil {
			return err
		}
		answer.Body, err = c.draw(kind, result, subject)
		return err
	})
	return answer, err
}

// draw tells a settlement in one of the kinds.
func (c *call) draw(kind string, r *settle.Result, s *subject.Subject) ([]byte, error) {
	options := c.options()
	if kind == jsonKind {
		return json.Marshal(present.ViewStatement(r, s, options))
	}
	page := present.Statement(r, s, options)
	if kind == textKind {
		return []byte(present.Draw(page, false)), nil
	}
	var b bytes.Buffer
	err := present.Fragment(page).Render(c.ctx, &b)
	return b.Bytes(), err
}

// acceptable chooses among kinds by an Accept header (RFC 9110, 12.5.1). Of those wanted equally the earlier one is taken; without a
// header the first.
func acceptable(header string, kinds []string) (kind string, ok bool) {
	if header == "" {
		return kinds[0], true
	}
	best := 0.0
	for _, one := range kinds {
		if q := wantedBy(header, one); q > best {
			kind, best = one, q
		}
	}
	return kind, best > 0
}

// wantedBy is the weight that a header gives to a kind; of several ranges that it falls in, the narrowest counts.
func wantedBy(header, kind string) (weight float64) {
	group, _, _ := strings.Cut(kind, "/")
	narrowest := -1
	for part := range strings.SplitSeq(header, ",") {
		named, params, err := mime.ParseMediaType(part)
		width := map[string]int{"*/*": 0, group + "/*": 1, kind: 2}
		if known, within := width[named]; err == nil && within && known > narrowest {
			narrowest, weight = known, 1
			if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
				weight = q
			}
		}
	}
	return weight
}
