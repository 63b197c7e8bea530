package dated

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Encode checks the value of a fact as if it had been read from a document (type, words, range, format) and writes it in its
// normal form as JSON. Errors are those of [rule.FactType.Read], without the value, which may be personal.
func Encode(t *rule.FactType, fact rule.Fact) (string, error) {
	written, err := encode(t, fact)
	if err != nil {
		return "", err
	}
	fact.Value, err = readValue(t, string(written), t.Read)
	if err != nil {
		return "", err
	}
	written, err = encode(t, fact)
	return string(written), err
}

// Decode reads what Encode wrote into the fact. Words and ranges are not checked again: the vocabulary may have changed since.
func Decode(t *rule.FactType, value string, fact rule.Fact) (rule.Fact, error) {
	bare := rule.FactType{Name: t.Name, Type: t.Type, Label: t.Label}
	var err error
	fact.Value, err = readValue(t, value, bare.Read)
	return fact, err
}

func encode(t *rule.FactType, fact rule.Fact) (json.RawMessage, error) {
	if fact.Value == nil {
		return nil, valueMissing(t)
	}
	var native any
	switch v := fact.Value.Value().(type) {
	case string, int64, bool, money.Fen, period.Day, ident.Division:
		native = v
	case money.Rate:
		native = v.String()
	default:
		list, err := fact.Value.ConvertToNative(reflect.TypeFor[[]string]())
		words, isList := list.([]string)
		if err != nil || !isList {
			return nil, valueKind(t, err)
		}
		native = append([]string{}, words...) // no words are [], not null
	}
	return json.Marshal(native)
}

// readValue reads JSON with a reader of facts. Its errors lose their place, which would show the value.
func readValue[V any](t *rule.FactType, written string, read func(*text.Report, *text.Node) V) (V, error) {
	var none V
	if node := scalar(written); node != nil {
		r := &text.Report{}
		if value := read(r, node); len(r.List) == 0 {
			return value, nil
		}
	}
	node, err := text.Parse("value.json", []byte(written))
	if err != nil {
		return none, valueKind(t, err)
	}
	r := &text.Report{}
	value := read(r, node)
	if len(r.List) == 0 {
		return value, nil
	}
	first := *r.List[0]
	first.At, first.Op = nil, "dated.Encode"
	first.Message = fault.Text{ZH: fmt.Sprintf("%s（%s）：%s", t.Label.ZH, t.Name, first.Message.ZH), EN: fmt.Sprintf("%s (%s): %s", t.Label.EN, t.Name, first.Message.In("en"))}
	return none, &first
}

// scalar is a single value of JSON without anything that needs a reader, as nearly all facts are; nil for any other. A settlement reads a dozen.
func scalar(written string) *text.Node {
	inner, quoted := strings.CutPrefix(written, `"`)
	closed := false
	if quoted {
		inner, closed = strings.CutSuffix(inner, `"`)
	}
	if inner == "" || quoted != closed || strings.ContainsAny(inner, "\"\\{}[]") || strings.ContainsFunc(inner, unicode.IsControl) {
		return nil
	}
	if first := inner[0]; !quoted && inner != "true" && inner != "false" && (first < '1' || '9' < first) {
		return nil
	}
	return &text.Node{Kind: text.Scalar, Value: inner, Quoted: quoted, Line: 1, Column: 1}
}
