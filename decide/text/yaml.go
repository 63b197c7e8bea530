package text

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"doudi/kernel/fault"
)

// MaxBytes bounds a document, MaxDepth its nesting: a reader that lets a file exhaust the machine is a way in.
const (
	MaxBytes = 8 << 20
	MaxDepth = 64
)

// Parse reads a document; a name ending in .json is read as JSON, everything else as YAML.
func Parse(name string, content []byte) (*Node, error) {
	source := NewSource(name, content)
	if len(content) > MaxBytes {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "text.too-large", At: source.Position(1, 1, 1),
			Message: fault.Text{ZH: "文件超过 8 MiB", EN: "the file is larger than 8 MiB"},
			Hint:    fault.Text{ZH: "拆成几个文件", EN: "split it into several files"}}
	}
	if strings.HasSuffix(name, ".json") {
		return parseJSON(source, content)
	}
	return ParseBlock(source, string(content), 0)
}

// ParseBlock reads YAML that stands inside a larger file, below the given number of earlier lines.
func ParseBlock(source *Source, content string, linesBefore int) (node *Node, err error) {
	reader := yamlReader{source: source, offset: linesBefore}
	if line := tooDeep(content); line > 0 {
		return nil, reader.fault(line, 1, "text.too-deep", "嵌套过深", "nested too deeply")
	}
	defer func() { // the YAML library may give up on hostile input; that is a bad file, not a crash of ours
		if recover() != nil {
			node, err = nil, reader.fault(1, 1, "text.unreadable", "无法读懂这个文件", "the file cannot be understood")
		}
	}()
	file, parseErr := parser.ParseBytes([]byte(content), 0)
	if parseErr != nil {
		return nil, reader.syntax(parseErr)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return &Node{Kind: Null, Line: linesBefore + 1, Column: 1, source: source}, nil
	}
	if len(file.Docs) > 1 {
		return nil, reader.fault(file.Docs[1].Start.Position.Line, 1, "text.several-documents", "一个文件只能有一份内容", "one file holds one document")
	}
	return reader.node(file.Docs[0].Body)
}

// tooDeep returns the first line whose brackets or leading dashes nest deeper than any document of ours, or 0.
func tooDeep(content string) int {
	depth := 0
	for i, line := range strings.Split(content, "\n") {
		trimmed := strings.TrimLeft(line, " ")
		if len(line)-len(trimmed) > 4*MaxDepth || strings.Count(line, "- ") > MaxDepth && strings.HasPrefix(trimmed, "- - ") || strings.Count(line, "? ") > MaxDepth {
			return i + 1
		}
		for _, r := range line {
			switch r {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(depth-1, 0)
			}
			if depth > MaxDepth {
				return i + 1
			}
		}
	}
	return 0
}

type yamlReader struct {
	source *Source
	offset int
}

func (r yamlReader) fault(line, column int, code, zh, en string) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Message: fault.Text{ZH: zh, EN: en}, At: r.source.Position(line+r.offset, column, 1)}
}

func (r yamlReader) syntax(err error) error {
	var yamlErr yaml.Error
	if !errors.As(err, &yamlErr) || yamlErr.GetToken() == nil {
		return r.fault(1, 1, "text.syntax", "YAML 写法有误："+err.Error(), "YAML syntax: "+err.Error())
	}
	at := yamlErr.GetToken().Position
	fault0 := r.fault(at.Line, at.Column, "text.syntax", "YAML 写法有误："+yamlErr.GetMessage(), "YAML syntax: "+yamlErr.GetMessage())
	fault0.Hint = fault.Text{ZH: "含“: ”或“ #”的文字、三元表达式要加引号", EN: "quote texts that contain “: ” or “ #”, and ternary expressions"}
	return fault0
}

func (r yamlReader) node(n ast.Node) (*Node, error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.GetToken(), n.Values)
	case *ast.MappingValueNode:
		return r.mapping(n.GetToken(), []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		return r.list(n)
	case *ast.NullNode:
		return r.at(Null, n.GetToken()), nil
	case *ast.LiteralNode:
		return r.literal(n), nil
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return r.scalar(n.GetToken()), nil
	case nil:
		return &Node{Kind: Null, Line: r.offset + 1, Column: 1, source: r.source}, nil
	default: // anchors, aliases, merge keys and tags let a small file grow without bound
		at := n.GetToken().Position
		return nil, r.fault(at.Line, at.Column, "text.unsupported", "这里不支持锚点、别名、合并键和标签", "anchors, aliases, merge keys and tags are not supported here")
	}
}

func (r yamlReader) at(kind Kind, t *token.Token) *Node {
	return &Node{Kind: kind, Line: t.Position.Line + r.offset, Column: t.Position.Column, source: r.source}
}

func (r yamlReader) scalar(t *token.Token) *Node {
	node := r.at(Scalar, t)
	node.Value = t.Value
	if t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		node.Quoted = true
		node.Column++
	} else if t.Type == token.StringType || t.Type == token.IntegerType || t.Type == token.FloatType {
		node.Value = strings.TrimSpace(t.Value)
	}
	return node
}

func (r yamlReader) literal(n *ast.LiteralNode) *Node {
	node := r.at(Scalar, n.GetToken())
	node.Value, node.Quoted, node.block = n.Value.Value, true, true
	node.Line++
	if node.Line-1 < len(r.source.Lines) {
		line := r.source.Lines[node.Line-1]
		node.Column = len(line) - len(strings.TrimLeft(line, " ")) + 1
	}
	return node
}

func (r yamlReader) mapping(start *token.Token, values []*ast.MappingValueNode) (*Node, error) {
	node := r.at(Mapping, start)
	seen := map[string]bool{}
	for i, pair := range values {
		key, err := r.node(pair.Key)
		if err != nil {
			return nil, err
		}
		if i == 0 && start.Type != token.MappingStartType {
			node.Line, node.Column = key.Line, key.Column
		}
		if key.Kind != Scalar || seen[key.Value] {
			return nil, key.Fault("text.key", fault.Text{ZH: "键重复或不是文字：" + key.Value, EN: "key repeated or not a text: " + key.Value}, fault.Text{})
		}
		seen[key.Value] = true
		value, err := r.node(pair.Value)
		if err != nil {
			return nil, err
		}
		node.Fields = append(node.Fields, Field{key, value})
	}
	return node, nil
}

func (r yamlReader) list(n *ast.SequenceNode) (*Node, error) {
	node := r.at(List, n.GetToken())
	for _, item := range n.Values {
		value, err := r.node(item)
		if err != nil {
			return nil, err
		}
		node.Items = append(node.Items, value)
	}
	return node, nil
}
