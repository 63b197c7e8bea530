package county_test

import (
	"runtime"
	"strings"
	"testing"

	"doudi/decide/rule"
	"doudi/internal/county"
	"doudi/kernel/ident"
)

// quick is the county of the middle size made smaller: as many of ten thousand are assisted.
var quick = county.Size{People: 15_000, Assisted: 12_000, Towns: 7, Villages: 6}

// TestProportions compares a county with what the documents and the census say of theirs.
func TestProportions(t *testing.T) {
	found := map[string]int{}
	for h := range newCounty(t, 5, quick).Households() {
		found["households"]++
		if h.Group != "" {
			found["assisted households"]++
			found[h.Group]++
		}
		for _, p := range h.Members {
			count(found, p)
		}
	}
	for _, tt := range []struct {
		part, whole string
		low, high   int // in a thousand
	}{
		{"unexited", "assisted households", 117, 127}, {"monitored", "assisted households", 150, 161}, {"marginal", "assisted households", 117, 128},
		{"tekun", "assisted households", 45, 56}, {"dibao", "assisted households", 85, 100}, {"children", "assisted households", 8, 13},
		{"households", "people", 310, 360}, // about three in a household
		{"children under 15", "people", 140, 210}, {"sixty and older", "people", 180, 260}, {"men", "people", 490, 525},
		{"accounts", "grown-ups", 915, 940}, {"misnamed", "accounts", 18, 32},
		{"level 1 or 2", "disabled", 400, 700},
		{"Wang", "people", 60, 85},
	} {
		if share := found[tt.part] * 1000 / found[tt.whole]; share < tt.low || share > tt.high {
			t.Errorf("%s are %d in a thousand %s, not %d to %d", tt.part, share, tt.whole, tt.low, tt.high)
		}
	}
}

func count(found map[string]int, p *county.Person) {
	is := func(what string, true bool) {
		if true {
			found[what]++
		}
	}
	age := p.Age(county.Opening)
	level, leveled := p.Facts.At("person.disability.level", county.Opening)
	is("people", true)
	is("men", p.Number.Sex() == ident.Male)
	is("children under 15", age < 15)
	is("sixty and older", age >= 60)
	is("grown-ups", age >= 18)
	is("accounts", p.Account != nil)
	is("misnamed", p.Account != nil && p.Account.Holder != p.Name)
	is("disabled", leveled)
	is("level 1 or 2", leveled && (level.Value == rule.Int(1) || level.Value == rule.Int(2)))
	is("Wang", strings.HasPrefix(p.Name, "王"))
}

func TestMemoryIsFlat(t *testing.T) {
	peak := func(size county.Size) uint64 {
		var most uint64
		var m runtime.MemStats
		runtime.GC()
		n := 0
		for range newCounty(t, 1, size).Households() {
			if n++; n%1000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		return most
	}
	small, large := peak(county.Size{People: 6_000, Assisted: 1_800, Towns: 7, Villages: 3}), peak(county.Size{People: 30_000, Assisted: 9_000, Towns: 7, Villages: 3})
	t.Logf("live heap: %d KB for 6,000 people, %d KB for 30,000", small/1024, large/1024)
	if large > small+small/4 {
		t.Errorf("the live heap grew from %d to %d bytes", small, large)
	}
}

func BenchmarkHouseholds(b *testing.B) {
	size := county.Size{People: 100_000, Assisted: 8_100, Towns: 7, Villages: 9}
	c := newCounty(b, 1, size)
	people := 0
	b.ReportAllocs()
	for b.Loop() {
		for h := range c.Households() {
			people += len(h.Members)
		}
	}
	b.ReportMetric(float64(people)/b.Elapsed().Seconds(), "people/s")
}
