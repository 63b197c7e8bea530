package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"doudi/kernel/fault"
)

// parseJSON reads JSON token by token: tokens have offsets, and numbers stay as written.
func parseJSON(source *Source, content []byte) (*Node, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(content), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	reader := &jsonReader{source: source, content: content, decoder: decoder, line: 1, column: 1}
	node, err := reader.value(0)
	if err != nil {
		return nil, err
	}
	behind := reader.next()
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, reader.fault(behind, "text.several-documents", "一个文件只能有一份内容", "one file holds one document")
	}
	return node, nil
}

type jsonReader struct {
	source  *Source
	content []byte
	decoder *jsontext.Decoder

	offset, line, column int // how far lines and columns have been counted
}

// next is the offset of the next token: the decoder's offset less the separators that it has not read yet.
func (r *jsonReader) next() int {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.content) && bytes.IndexByte([]byte(" \t\r\n,:"), r.content[offset]) >= 0 {
		offset++
	}
	return offset
}

// place counts on from the last place asked for, because a long file has many.
func (r *jsonReader) place(offset int) (line, column int) {
	for ; r.offset < offset && r.offset < len(r.content); r.offset++ {
		switch b := r.content[r.offset]; {
		case b == '\n':
			r.line, r.column = r.line+1, 1
		case utf8.RuneStart(b):
			r.column++
		}
	}
	return r.line, r.column
}

func (r *jsonReader) fault(offset int, code, zh, en string) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Message: fault.Text{ZH: zh, EN: en}, At: r.source.at(r.content, min(max(offset, 0), len(r.content)))}
}

func (r *jsonReader) value(depth int) (*Node, error) {
	start := r.next()
	if depth > MaxDepth {
		return nil, r.fault(start, "text.too-deep", "嵌套过深", "nested too deeply")
	}
	line, column := r.place(start)
	node := &Node{Kind: Scalar, Line: line, Column: column, source: r.source}
	t, err := r.decoder.ReadToken()
	if err != nil {
		return nil, r.syntax(start, err)
	}
	switch t.Kind() {
	case '{':
		node.Kind = Mapping
		return node, r.fill(node, depth)
	case '[':
		node.Kind = List
		return node, r.fill(node, depth)
	case 'n':
		node.Kind = Null
		return node, nil
	case '"':
		node.Column, node.Quoted, node.quote = column+1, true, '"'
	}
	node.Value = t.String()
	return legible(node)
}

func (r *jsonReader) fill(node *Node, depth int) error {
	seen := map[string]bool{}
	for kind := r.decoder.PeekKind(); kind != ']' && kind != '}'; kind = r.decoder.PeekKind() {
		var key *Node
		if node.Kind == Mapping {
			var err error
			if key, err = r.value(depth + 1); err != nil {
				return err
			}
			if seen[key.Value] {
				return badKey(key)
			}
			seen[key.Value] = true
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		if key != nil {
			node.Fields = append(node.Fields, Field{key, value})
		} else {
			node.Items = append(node.Items, value)
		}
	}
	start := r.next()
	if _, err := r.decoder.ReadToken(); err != nil {
		return r.syntax(start, err)
	}
	return nil
}

func (r *jsonReader) syntax(offset int, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fault(len(r.content), "text.syntax", "JSON 没有写完", "the JSON ends too early")
	}
	var whole json.RawMessage
	var syntaxErr *json.SyntaxError
	if errors.As(json.Unmarshal(r.content, &whole), &syntaxErr) { // which counts from the start, unlike the decoder
		offset = int(syntaxErr.Offset) - 1
	}
	found, _ := utf8.DecodeRune(r.content[min(max(offset, 0), len(r.content)):])
	return r.fault(offset, "text.syntax", "JSON 写法有误：这里不该有“"+string(found)+"”", "JSON syntax: unexpected “"+string(found)+"”")
}
