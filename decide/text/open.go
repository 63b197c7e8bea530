package text

import (
	"bytes"
	"unicode/utf8"

	"doudi/kernel/fault"
)

// MaxBytes bounds a document, MaxDepth its nesting: a reader that lets a file exhaust the machine is a way in.
const (
	MaxBytes = 8 << 20
	MaxDepth = 64
)

// Open checks that a file is text of a size that is read, and returns it without a byte order mark and with plain line
// feeds, beside the source that messages quote. Codes: "text.too-large"; "text.encoding" for what is not UTF-8, or was
// damaged before it became so; "text.control" for characters that no one can see.
func Open(name string, content []byte) (*Source, []byte, error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	content = bytes.ReplaceAll(content, []byte("\r"), []byte("\n"))
	source := NewSource(name, content)
	if len(content) > MaxBytes {
		return nil, nil, &fault.Error{Kind: fault.Invalid, Code: "text.too-large", At: source.Position(1, 1, 1),
			Message: fault.Text{ZH: "文件超过 8 MiB", EN: "the file is larger than 8 MiB"},
			Hint:    fault.Text{ZH: "拆成几个文件", EN: "split it into several files"}}
	}
	for offset := 0; offset < len(content); {
		r, size := utf8.DecodeRune(content[offset:])
		if r == utf8.RuneError && size == 1 {
			return nil, nil, notUTF8(source, content, offset)
		}
		if err := refused(r); err != nil {
			err.At = source.at(content, offset)
			return nil, nil, err
		}
		offset += size
	}
	return source, content, nil
}

// at is the place of a byte of the content the source was made of.
func (s *Source) at(content []byte, offset int) *fault.Position {
	before := content[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return s.Position(bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[start:])+1, 1)
}

var saveAsUTF8 = fault.Text{
	ZH: "在编辑器或表格软件里另存为 UTF-8 编码后再读",
	EN: "save it as UTF-8 in the editor or spreadsheet, then read it again",
}

func notUTF8(source *Source, content []byte, offset int) *fault.Error {
	e := &fault.Error{Kind: fault.Invalid, Code: "text.encoding", At: source.at(content, offset), Hint: saveAsUTF8}
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		e.Message = fault.Text{ZH: "文件是 UTF-16 编码，应为 UTF-8", EN: "the file is encoded in UTF-16, expected UTF-8"}
	case looksLikeGBK(content):
		e.Message = fault.Text{ZH: "文件像是 GBK（ANSI）编码，应为 UTF-8", EN: "the file looks encoded in GBK (ANSI), expected UTF-8"}
	default:
		e.Message = fault.Text{ZH: "文件不是 UTF-8 编码的文字", EN: "the file is not text in UTF-8"}
	}
	return e
}

// looksLikeGBK tells whether every byte outside ASCII belongs to a pair of GBK, the encoding in which spreadsheets on
// Chinese Windows save by default.
func looksLikeGBK(content []byte) bool {
	for i := 0; i < len(content); i++ {
		lead := content[i]
		if lead < 0x80 {
			continue
		}
		if i++; lead == 0x80 || lead == 0xff || i >= len(content) {
			return false
		}
		if trail := content[i]; trail < 0x40 || trail == 0x7f || trail == 0xff {
			return false
		}
	}
	return true
}

// refused is the error for a character that must not stand in a document, without its place; nil for any other. Line
// feed and tab are the only control characters of a text. Marks that reverse the direction of writing can make a rule
// read differently from what it says; the replacement character is what a failed conversion leaves of a name.
func refused(r rune) *fault.Error {
	switch {
	case r == utf8.RuneError:
		return &fault.Error{Kind: fault.Invalid, Code: "text.encoding", Hint: saveAsUTF8,
			Message: fault.Text{ZH: "这里的文字在转换编码时已经损坏", EN: "the text here was damaged by a conversion of its encoding"}}
	case r == '\t' || r == '\n':
		return nil
	case r < 0x20, 0x7f <= r && r < 0xa0, r == 0x2028, r == 0x2029, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069, r == 0xfeff:
		return &fault.Error{Kind: fault.Invalid, Code: "text.control", Hint: Say("删去它，或重新输入这一行", "delete it, or type the line again"),
			Message: Say("这里有看不见的字符 %U", "there is an invisible character %U here", r)}
	}
	return nil
}

// legible is the scalar, or an error when an escape such as \u0000 has given it a character no document may hold.
func legible(n *Node) (*Node, error) {
	for _, r := range n.Value {
		if err := refused(r); err != nil {
			err.At = n.Position()
			return nil, err
		}
	}
	return n, nil
}
