// Package crawl finds the pages of the office by following links, for tests that hold for every page: a new one cannot be forgotten.
package crawl

import (
	"regexp"
	"strings"
)

var (
	thing  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|ZY\d+-\d+|FF\w+-\w+|\d{9,12}|\b((?:runs|funds|policies|institutions|jobs|households)/)[^/?]+`)
	linked = regexp.MustCompile(`<a[^>]* href="(/[^"#]*)`)
)

// Kind is what an address is of: the address without the thing it is about and without filters.
func Kind(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return thing.ReplaceAllString(path, "$1*")
}

// Pages are the pages that are reached from some addresses on, by address: a few of each kind. Get answers a page, or false for what is none.
func Pages(start []string, get func(path string) (page string, ok bool)) map[string]string {
	const few = 3
	found, kinds, queue := map[string]string{}, map[string]int{}, start
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, seen := found[path]; seen || kinds[Kind(path)] >= few || passed(path) {
			continue
		}
		kinds[Kind(path)]++
		page, ok := get(path)
		if !ok {
			continue
		}
		found[path] = page
		for _, m := range linked.FindAllStringSubmatch(page, -1) {
			queue = append(queue, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	return found
}

// passed are addresses that are no pages of their own: the other language's, files, and those that lead on.
func passed(path string) bool {
	for _, prefix := range []string{"/en", "/assets/", "/display", "/next", "//"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}
