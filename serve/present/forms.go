package present

import (
	"strconv"

	"doudi/decide/policy"
)

// shares are the widths of a form's columns in hundredths of the table, as HTML writes them.
func shares(p *policy.Paper) (list []string) {
	var sum int64
	for _, width := range p.Widths {
		sum += width
	}
	for _, width := range p.Widths {
		list = append(list, strconv.FormatInt(width*100/sum, 10)+"%")
	}
	return list
}

// pixels are millimetres on paper in pixels of a style sheet, 96 to the inch.
func pixels(millimetres int) string { return strconv.Itoa(millimetres * 960 / 254) }

func nextSheet(next bool) string {
	if next {
		return "next-sheet"
	}
	return ""
}
