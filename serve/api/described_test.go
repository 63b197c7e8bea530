package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"doudi/serve/api"
)

// described is what the OpenAPI document says, as far as the tests hold the server to it.
type described struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]map[string]any `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	Body *struct {
		Content map[string]struct {
			Example json.RawMessage `json:"example"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema map[string]any `json:"schema"`
		} `json:"content"`
	} `json:"responses"`

	method, path string // behind the prefix
}

// has tells whether the operation has a parameter.
func (o *operation) has(parameter string) bool {
	for _, p := range o.Parameters {
		if p.Name == parameter {
			return true
		}
	}
	return false
}

// document is read once: it does not depend on a record.
var document = sync.OnceValue(func() *described {
	content, err := api.Document()
	var d described
	if err == nil {
		err = json.Unmarshal(content, &d)
	}
	if err != nil {
		panic(err)
	}
	for path, methods := range d.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), strings.TrimPrefix(path, api.Prefix)
		}
	}
	return &d
})

// operations are those of the document, by id.
func operations() map[string]*operation {
	all := map[string]*operation{}
	for _, methods := range document().Paths {
		for _, o := range methods {
			all[o.ID] = o
		}
	}
	return all
}

// describes compares an answer with what the document says of the operation's answers: its status, its type, its schema.
func (w *world) describes(o *operation, a answer) {
	w.Helper()
	response, known := o.Responses[strconv.Itoa(a.status)]
	if !known {
		w.Errorf("%s answers %d, which the document does not know: %s", o.ID, a.status, a.text)
		return
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	content, known := response.Content[kind]
	if !known {
		w.Errorf("%s answers %d as %q, which the document does not know", o.ID, a.status, kind)
		return
	}
	for _, difference := range differences("", content.Schema, a.json) {
		w.Errorf("%s answers %d otherwise than described: %s", o.ID, a.status, difference)
	}
}

// differences are where a value is not what a schema describes.
func differences(at string, schema map[string]any, value any) (found []string) {
	if ref, is := schema["$ref"].(string); is {
		schema = document().Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
	}
	if either, is := schema["oneOf"].([]any); is { // an object, or null
		if value == nil {
			return nil
		}
		return differences(at, either[0].(map[string]any), value)
	}
	if !slices.Contains(typesOf(schema), typeOf(value)) {
		return []string{fmt.Sprintf("%s is %v, want %v", at, value, schema["type"])}
	}
	if known, is := schema["enum"].([]any); is && !slices.Contains(known, value) {
		found = append(found, fmt.Sprintf("%s is %v, want one of %v", at, value, known))
	}
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			found = append(found, differences(fmt.Sprintf("%s[%d]", at, i), items, item)...)
		}
	case map[string]any:
		found = append(found, objectDifferences(at, schema, v)...)
	}
	return found
}

func objectDifferences(at string, schema, value map[string]any) (found []string) {
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, there := value[name.(string)]; !there {
			found = append(found, fmt.Sprintf("%s.%s is missing", at, name))
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if property, known := properties[name].(map[string]any); known {
			found = append(found, differences(at+"."+name, property, value[name])...)
		} else if schema["additionalProperties"] == false {
			found = append(found, fmt.Sprintf("%s.%s is not described", at, name))
		}
	}
	return found
}

// typesOf are the types a schema allows; one without a type allows them all.
func typesOf(schema map[string]any) []string {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, one := range t {
			all = append(all, one.(string))
		}
		return all
	}
	return []string{"null", "boolean", "string", "integer", "number", "array", "object"}
}

// typeOf is the type of what was decoded. All numbers of this interface are whole.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}
