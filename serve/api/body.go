package api

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

const (
	largestBody = 4 << 20
	bodyName    = "body.json"

	byteOrderMark = "\ufeff" // some systems write it before a text; package text passes over it, the decoder does not
)

// readBody reads what a request sends, as far as it is legible JSON.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *text.Node, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, nil, mediaType()
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, nil, tooLarge()
	case err != nil:
		return nil, nil, bodyBroken(err)
	case len(content) == 0:
		return nil, nil, bodyMissing()
	}
	node, err := text.Parse(bodyName, content)
	return bytes.TrimPrefix(content, []byte(byteOrderMark)), node, err
}

// checker compares a body with its schema.
type checker struct {
	registry huma.Registry
	report   text.Report
}

// checkBody refuses a body that is not what the schema describes, with everything that is wrong with it.
func checkBody(registry huma.Registry, schema *huma.Schema, node *text.Node) error {
	c := &checker{registry: registry}
	c.check(schema, node)
	return c.report.Err()
}

func (c *checker) check(schema *huma.Schema, n *text.Node) {
	if schema.Ref != "" {
		schema = c.registry.SchemaFromRef(schema.Ref)
	}
	switch {
	case n.Kind == text.Null && schema.Nullable, schema.Type == "":
	case schema.Type == huma.TypeObject && n.Kind == text.Mapping:
		c.object(schema, n)
	case schema.Type == huma.TypeArray && n.Kind == text.List:
		for _, item := range n.Items {
			c.check(schema.Items, item)
		}
	case schema.Type == huma.TypeString && n.Kind == text.Scalar && n.Quoted:
		c.words(schema, n)
	case schema.Type == huma.TypeBoolean && n.Kind == text.Scalar && !n.Quoted && (n.Value == "true" || n.Value == "false"):
	default:
		c.report.Add(unexpected(n, wanted[schema.Type]))
	}
}

// wanted are the types of schemas in words.
var wanted = map[string]fault.Text{
	huma.TypeObject: {ZH: "对象 {…}", EN: "an object {…}"}, huma.TypeArray: {ZH: "数组 […]", EN: "an array […]"},
	huma.TypeString: {ZH: "带引号的文字", EN: "a text in quotes"}, huma.TypeBoolean: {ZH: "true 或 false", EN: "true or false"},
}

func (c *checker) object(schema *huma.Schema, n *text.Node) {
	open := schema.AdditionalProperties != nil && schema.AdditionalProperties != false
	for _, field := range n.Fields {
		switch property := schema.Properties[field.Key.Value]; {
		case property != nil:
			c.check(property, field.Value)
		case !open:
			c.report.Add(fieldUnknown(field.Key, slices.Sorted(maps.Keys(schema.Properties))))
		}
	}
	for _, name := range schema.Required {
		if n.Get(name) == nil {
			c.report.Add(fieldMissing(n, name))
		}
	}
}

func (c *checker) words(schema *huma.Schema, n *text.Node) {
	length := utf8.RuneCountInString(n.Value)
	switch {
	case schema.MaxLength != nil && length > *schema.MaxLength:
		c.report.Add(unexpected(n, text.Say("至多 %d 个字", "at most %d characters", *schema.MaxLength)))
	case schema.MinLength != nil && length < *schema.MinLength:
		c.report.Add(unexpected(n, text.Say("至少 %d 个字", "at least %d characters", *schema.MinLength)))
	case len(schema.Enum) > 0 && !slices.Contains(schema.Enum, any(n.Value)):
		var known []string
		for _, value := range schema.Enum {
			known = append(known, value.(string))
		}
		c.report.Add(unexpected(n, text.Say("%s 之一", "one of %s", strings.Join(known, " "))))
	}
}
