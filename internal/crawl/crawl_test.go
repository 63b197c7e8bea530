package crawl_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doudi/internal/crawl"
)

func TestPages(t *testing.T) {
	site := map[string]string{
		"/":       `<a href="/runs/1">1</a> <a class="x" href="/runs/2?a=1&amp;b=2">2</a> <a href="/runs/3">3</a> <a href="/runs/4">4</a> <a href="/en/">EN</a> <a href="//elsewhere/">x</a> <a href="#main">m</a>`,
		"/runs/1": `<a href="/">back</a> <a href="/gone">gone</a>`, "/runs/2?a=1&b=2": "", "/runs/3": "", "/runs/4": "", "/en/": "", "//elsewhere/": "",
	}
	found := crawl.Pages([]string{"/"}, func(path string) (string, bool) { page, ok := site[path]; return page, ok })
	want := []string{"/", "/runs/1", "/runs/2?a=1&b=2", "/runs/3"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(found))); diff != "" {
		t.Error(diff)
	}
	if kind := crawl.Kind("/people/0160af72-6d00-700f-8215-4dfb85f5f6f5/history?at=1"); kind != "/people/*/history" {
		t.Error(kind)
	}
	if kind := crawl.Kind("/funds/assistance/ledger"); kind != "/funds/*/ledger" {
		t.Error(kind)
	}
}
