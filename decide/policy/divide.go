package policy

import (
	"regexp"
	"slices"
	"strings"
)

// mark is the number in front of a clause: 二、 （二） 1. （1） 第二条 附件.
var mark = regexp.MustCompile(`^(第[一二三四五六七八九十百]+条|[（(][一二三四五六七八九十]+[）)]|[（(][0-9]+[）)]|[一二三四五六七八九十]+[、．.]|[0-9]+[、．.]|附件?[0-9一二三四五六七八九十]*|通知)`)

// step is one part of a clause's number in a pack: 二（二）1 is 二, （二） and 1.
var step = regexp.MustCompile(`第[一二三四五六七八九十百]+条|（[一二三四五六七八九十0-9]+）|[一二三四五六七八九十]+|[0-9]+|[^（0-9]+`)

// Divide gives each clause of a pack the paragraphs of the document's own text that stand under its number. A number that the pack does not have belongs to
// the clause it stands in, and what stands before the first number to nobody.
func Divide(p *Pack, paragraphs []string) map[string][]string {
	paths := map[string][]string{}
	for _, c := range p.Clauses {
		paths[c.Number] = step.FindAllString(c.Number, -1)
	}
	divided, here := map[string][]string{}, []string(nil)
	for _, paragraph := range paragraphs {
		paragraph = strings.TrimSpace(paragraph)
		if paragraph == "" {
			continue
		}
		if number := mark.FindString(paragraph); number != "" {
			if next, ok := below(paths, here, plainMark(number)); ok {
				here = next
			}
		}
		if clause := clauseAt(paths, here); clause != "" {
			divided[clause] = append(divided[clause], paragraph)
		}
	}
	return divided
}

// plainMark is a number as packs write it.
func plainMark(number string) string {
	number = strings.NewReplacer("(", "（", ")", "）").Replace(number)
	return strings.TrimRight(number, "、．.")
}

// below is where a number leads from where the text is: under it, or else beside one of the clauses around it.
func below(paths map[string][]string, here []string, number string) ([]string, bool) {
	for n := len(here); n >= 0; n-- {
		next := append(slices.Clone(here[:n]), number)
		for _, path := range paths {
			if len(path) >= len(next) && slices.Equal(path[:len(next)], next) {
				return next, true
			}
		}
	}
	return nil, false
}

// clauseAt is the clause at a place, or the nearest around it.
func clauseAt(paths map[string][]string, here []string) string {
	for n := len(here); n > 0; n-- {
		for number, path := range paths {
			if slices.Equal(path, here[:n]) {
				return number
			}
		}
	}
	return ""
}
