package period_test

import (
	"testing"

	"doudi/kernel/period"
)

func BenchmarkParseDay(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := period.ParseDay("2021-06-28"); err != nil {
			b.Fatal(err)
		}
	}
}
