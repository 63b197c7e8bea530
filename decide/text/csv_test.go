package text_test

import (
	"fmt"
	"strings"
	"testing"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

func TestCSVPlaces(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"plain", "code,name\nI60,蛛网膜下腔出血\n", "code@1:1 name@1:6|I60@2:1 蛛网膜下腔出血@2:5"},
		{"Chinese before", "平阴,县,a\n", "平阴@1:1 县@1:4 a@1:6"},
		{"quoted", "县,\"a,b\",\"说\"\"好\"\"\"\n", `县@1:1 a,b@1:4 说"好"@1:10`},
		{"line break inside", "a,\"甲\n乙\",b\nc\n", "a@1:1 甲\n乙@1:4 b@2:4|c@3:1"},
		{"empty cells", "a,,\n,b\n", "a@1:1 @1:3 @1:4|@2:1 b@2:2"},
		{"CRLF and byte order mark", "\ufeff县,b\r\nc,d\r\n", "县@1:1 b@1:3|c@2:1 d@2:3"},
		{"blank lines", "a\n\nb\n", "a@1:1|b@3:1"},
		{"rows of different length", "a,b\nc\n", "a@1:1 b@1:3|c@2:1"},
		{"nothing", "", ""},
		{"no last line break", "a,b", "a@1:1 b@1:3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := text.CSV("f.csv", []byte(test.source))
			if err != nil {
				t.Fatal(fault.RenderError(err, "zh"))
			}
			var lines []string
			for _, row := range rows {
				var cells []string
				for _, cell := range row.Items {
					cells = append(cells, fmt.Sprintf("%s@%d:%d", cell.Value, cell.Line, cell.Column))
				}
				if row.Kind != text.List || row.Line != row.Items[0].Line {
					t.Errorf("a row is %+v", row)
				}
				lines = append(lines, strings.Join(cells, " "))
			}
			if got := strings.Join(lines, "|"); got != test.want {
				t.Errorf("read\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestCSVErrors(t *testing.T) {
	for _, test := range []struct {
		name, source string
		line, column int
	}{
		{"quote inside a bare cell", "县,a\n乙,平\"阴\n", 2, 4},
		{"quote not closed", "a,b\n县,\"c\n", 2, 5},
		{"text behind a quote", "\"县\"x,b\n", 1, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := text.CSV("f.csv", []byte(test.source))
			refused, ok := err.(*fault.Error)
			if !ok || rows != nil || refused.Code != "text.syntax" || refused.Hint.ZH == "" {
				t.Fatalf("%v with %d rows", err, len(rows))
			}
			if refused.At.File != "f.csv" || refused.At.Line != test.line || refused.At.Column != test.column {
				t.Errorf("placed at %d:%d, want %d:%d", refused.At.Line, refused.At.Column, test.line, test.column)
			}
		})
	}
}
