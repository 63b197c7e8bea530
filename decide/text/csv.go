package text

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"

	"doudi/kernel/fault"
)

// CSV reads a table of comma-separated values as one List node a row whose cells know their places.
func CSV(name string, content []byte) ([]*Node, error) {
	source, content, err := Open(name, content)
	if err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.FieldsPerRecord = -1
	var rows []*Node
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, csvFault(source, err)
		}
		line, _ := reader.FieldPos(0)
		row := &Node{Kind: List, Line: line, Column: 1, source: source}
		for i, value := range record {
			line, column := reader.FieldPos(i)
			row.Items = append(row.Items, source.cell(value, line, column))
		}
		rows = append(rows, row)
	}
}

// cell is a value of a table; one in quotes begins inside them.
func (s *Source) cell(value string, line, byteColumn int) *Node {
	cell := &Node{Kind: Scalar, Value: value, Line: line, Column: s.runeColumn(line, byteColumn), source: s}
	if text := s.Lines[line-1]; byteColumn <= len(text) && text[byteColumn-1] == '"' {
		cell.Quoted, cell.Column = true, cell.Column+1
	}
	return cell
}

func csvFault(source *Source, err error) error {
	line, column := 1, 1
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		line, column = parse.Line, source.runeColumn(parse.Line, parse.Column)
	}
	return &fault.Error{Kind: fault.Invalid, Code: "text.syntax", At: source.Position(line, column, 1),
		Message: Say("CSV 写法有误", "CSV syntax"), Hint: Say("含逗号或引号的值要加双引号", "quote values that contain commas or quotes")}
}

// runeColumn turns a byte column into one of runes.
func (s *Source) runeColumn(line, column int) int {
	if line < 1 || line > len(s.Lines) || column < 1 || column-1 > len(s.Lines[line-1]) {
		return max(column, 1)
	}
	return len([]rune(s.Lines[line-1][:column-1])) + 1
}
