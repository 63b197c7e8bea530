package text

import (
	"errors"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"doudi/kernel/fault"
)

// Parse reads a document; a name ending in .json is read as JSON, everything else as YAML.
func Parse(name string, content []byte) (*Node, error) {
	source, content, err := Open(name, content)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".json") {
		return parseJSON(source, content)
	}
	return ParseBlock(source, string(content), 0)
}

// ParseBlock reads YAML that stands inside a larger file, below the given number of earlier lines.
func ParseBlock(source *Source, content string, linesBefore int) (node *Node, err error) {
	reader := &yamlReader{source: source, offset: linesBefore}
	if line := exhausting(content); line > 0 {
		return nil, reader.fault(line, 1, "text.too-deep", "嵌套过深，或一层里的键过多", "nested too deeply, or too many keys on one level")
	}
	defer func() { // the YAML library may give up on hostile input; that is a bad file, not a crash of ours
		if recover() != nil {
			node, err = nil, reader.fault(1, 1, "text.unreadable", "无法读懂这个文件", "the file cannot be understood")
		}
	}()
	file, parseErr := parser.ParseBytes([]byte(content), 0, parser.AllowDuplicateMapKey()) // refused below, in our words
	if parseErr != nil {
		return nil, reader.syntax(parseErr)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return &Node{Kind: Null, Line: linesBefore + 1, Column: 1, source: source}, nil
	}
	if directive, ok := file.Docs[0].Body.(*ast.DirectiveNode); ok {
		return nil, reader.unsupported(directive)
	}
	if len(file.Docs) > 1 {
		return nil, reader.fault(file.Docs[1].Start.Position.Line, 1, "text.several-documents", "一个文件只能有一份内容", "one file holds one document")
	}
	return reader.node(file.Docs[0].Body, 0)
}

// exhausting returns the first line at which a document nests so deeply, or holds so many keys on one level, that the
// YAML library would use up the machine; 0 if there is none. It does not know which brackets are text, such as those of
// [0, 1000), so it lets many pass; the exact bound of nesting is kept when the tree is built.
func exhausting(content string) int {
	const brackets, keys = 4000, 20_000
	open, level := 0, map[int]int{} // brackets not closed; lines by indentation since a line further left
	var deeper []int
	for i, line := range strings.Split(content, "\n") {
		indent := indentation(line)
		var most int
		if open, most = unclosed(line, open); most > brackets || indent > 4*MaxDepth || indentsMuch(line[indent:]) {
			return i + 1
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		for len(deeper) > 0 && deeper[len(deeper)-1] > indent {
			delete(level, deeper[len(deeper)-1])
			deeper = deeper[:len(deeper)-1]
		}
		if level[indent] == 0 {
			deeper = append(deeper, indent)
		}
		if level[indent]++; level[indent] > keys && line[indent] != '-' {
			return i + 1
		}
	}
	return 0
}

// unclosed is how many brackets are open after a line, given how many were before it, and how many at most inside it.
func unclosed(line string, before int) (open, most int) {
	open = before
	for i := range len(line) {
		switch line[i] {
		case '[', '{':
			open++
			most = max(most, open)
		case ']', '}':
			open = max(open-1, 0)
		}
	}
	return open, most
}

// indentsMuch tells whether a line opens more levels by itself than a document may have.
func indentsMuch(line string) bool {
	return strings.Count(line, "- ") > MaxDepth && strings.HasPrefix(line, "- - ") || strings.Count(line, "? ") > MaxDepth && strings.HasPrefix(line, "? ")
}

type yamlReader struct {
	source *Source
	offset int // lines before the YAML

	current    int // the line whose characters are kept
	characters []rune
}

func (r *yamlReader) fault(line, column int, code, zh, en string) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Message: fault.Text{ZH: zh, EN: en}, At: r.source.Position(line+r.offset, column, 1)}
}

func (r *yamlReader) tooDeep(line, column int) *fault.Error {
	return r.fault(line, column, "text.too-deep", "嵌套过深", "nested too deeply")
}

// unsupported refuses anchors, aliases and merge keys, which let a small file grow without bound, and tags, directives
// and “?” keys, which no document of ours needs.
func (r *yamlReader) unsupported(n ast.Node) *fault.Error {
	at := n.GetToken().Position
	return r.fault(at.Line, at.Column, "text.unsupported", "这里不支持锚点、别名、合并键、标签、指令和“?”键", "anchors, aliases, merge keys, tags, directives and “?” keys are not supported here")
}

func (r *yamlReader) syntax(err error) error {
	said, line, column := err.Error(), 1, 1
	var yamlErr yaml.Error
	if errors.As(err, &yamlErr) && yamlErr.GetToken() != nil {
		said, line, column = yamlErr.GetMessage(), yamlErr.GetToken().Position.Line, yamlErr.GetToken().Position.Column
	}
	zh, en := complaint(said)
	placed := r.fault(line, column, "text.syntax", "YAML 写法有误："+zh, "YAML syntax: "+en)
	placed.Hint = fault.Text{ZH: "含“: ”或“ #”的文字、三元表达式要加引号", EN: "quote texts that contain “: ” or “ #”, and ternary expressions"}
	return placed
}

// complaints are the commonest messages of the YAML library, by words they contain, in words for authors.
var complaints = []struct{ contains, zh, en string }{
	{"mapping value is not allowed", "这里多了一个“: ”", "there is a “: ” too many"},
	{"could not find end character", "引号没有成对", "the quotation mark is not closed"},
	{"end token ']' not found", "方括号没有成对", "the square bracket is not closed"},
	{"',' or ']' must be specified", "方括号没有成对，或少了逗号", "the square bracket is not closed, or a comma is missing"},
	{"end token '}'", "花括号没有成对", "the brace is not closed"},
	{"',' or '}' must be specified", "花括号没有成对，或少了逗号", "the brace is not closed, or a comma is missing"},
	{"corresponding to", "括号没有成对", "the bracket was not opened"},
	{"tab character", "缩进不能用制表符，要用空格", "indent with spaces, not with tabs"},
	{"that cannot start any token", "缩进不能用制表符，要用空格", "indent with spaces, not with tabs"},
	{"is a reserved character", "值不能以 @ 或 ` 开头，要加引号", "a value cannot begin with @ or `; quote it"},
	{"directive", "值不能以 % 开头，要加引号", "a value cannot begin with %; quote it"},
	{"block sequence entries are not allowed", "列表的“- ”要另起一行", "the “- ” of a list begins a line of its own"},
	{"value is not allowed in this context", "缩进不对，或键和列表混在了一起", "the indentation is wrong, or keys and a list are mixed"},
	{"non-map value is specified", "这里要写“键: 值”", "expected “key: value”"},
	{"invalid key", "这样的键不能用", "such a key cannot be used"},
}

func complaint(said string) (zh, en string) {
	for _, c := range complaints {
		if strings.Contains(said, c.contains) {
			return c.zh, c.en
		}
	}
	return "这里读不懂", strings.ToValidUTF8(said, "\uFFFD")
}

func (r *yamlReader) node(n ast.Node, depth int) (*Node, error) {
	if n != nil && depth > MaxDepth {
		return nil, r.tooDeep(n.GetToken().Position.Line, n.GetToken().Position.Column)
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.GetToken(), n.Values, depth)
	case *ast.MappingValueNode:
		return r.mapping(n.GetToken(), []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		return r.list(n, depth)
	case *ast.NullNode:
		return r.at(Null, n.GetToken()), nil
	case *ast.LiteralNode:
		return r.literal(n)
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return r.scalar(n.GetToken())
	case nil:
		return &Node{Kind: Null, Line: r.offset + 1, Column: 1, source: r.source}, nil
	default:
		return nil, r.unsupported(n)
	}
}

func (r *yamlReader) at(kind Kind, t *token.Token) *Node {
	return &Node{Kind: kind, Line: t.Position.Line + r.offset, Column: t.Position.Column, source: r.source}
}

func (r *yamlReader) scalar(t *token.Token) (*Node, error) {
	node := r.at(Scalar, t)
	switch t.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		node.Value, node.Quoted, node.quote = t.Value, true, '\''
		if t.Type == token.DoubleQuoteType {
			node.quote = '"'
		}
		node.Column++
	default:
		node.Value = strings.Trim(t.Value, " \t\n")
		line := r.runes(node.Line)
		for node.Column-1 < len(line) && (line[node.Column-1] == ' ' || line[node.Column-1] == '\t') {
			node.Column++ // the library places a value behind a tab at the tab
		}
	}
	return legible(node)
}

// runes is a line of the source. Values come in order, so the last line is kept: all of a file may stand on one.
func (r *yamlReader) runes(line int) []rune {
	if line != r.current && line <= len(r.source.Lines) {
		r.current, r.characters = line, []rune(r.source.Lines[line-1])
	}
	return r.characters
}

// literal reads a block scalar; it begins on the line below its sign, in the column to which it is indented.
func (r *yamlReader) literal(n *ast.LiteralNode) (*Node, error) {
	node := r.at(Scalar, n.GetToken())
	node.Value, node.Quoted, node.Column = n.Value.Value, true, 1
	node.Line = min(node.Line+1, len(r.source.Lines))
	for line := node.Line; line <= len(r.source.Lines); line++ {
		if text := r.source.Lines[line-1]; strings.TrimSpace(text) != "" {
			blank := len(node.Value) - len(strings.TrimLeftFunc(node.Value, unicode.IsSpace))
			value := node.Value[strings.LastIndex(node.Value[:blank], "\n")+1:]
			node.Column += indentation(text) - indentation(value)
			break
		}
	}
	return legible(node)
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func (r *yamlReader) mapping(start *token.Token, values []*ast.MappingValueNode, depth int) (*Node, error) {
	node := r.at(Mapping, start)
	seen := map[string]bool{}
	for i, pair := range values {
		key, err := r.node(pair.Key, depth+1)
		if err != nil {
			return nil, err
		}
		if i == 0 && start.Type != token.MappingStartType {
			node.Line, node.Column = key.Line, key.Column
		}
		if key.Kind != Scalar || seen[key.Value] {
			return nil, badKey(key)
		}
		seen[key.Value] = true
		value, err := r.node(pair.Value, depth+1)
		if err != nil {
			return nil, err
		}
		node.Fields = append(node.Fields, Field{key, value})
	}
	return node, nil
}

// badKey refuses a key that stands twice in its mapping, or that is no text.
func badKey(key *Node) *fault.Error {
	if key.Kind != Scalar {
		return key.Fault("text.key", fault.Text{ZH: "键要写成文字", EN: "a key must be a text"}, fault.Text{})
	}
	return key.Fault("text.key", Say("键重复：%s", "key repeated: %s", key.Value), Say("只保留一处", "keep one of them"))
}

func (r *yamlReader) list(n *ast.SequenceNode, depth int) (*Node, error) {
	node := r.at(List, n.GetToken())
	for _, item := range n.Values {
		value, err := r.node(item, depth+1)
		if err != nil {
			return nil, err
		}
		node.Items = append(node.Items, value)
	}
	return node, nil
}
