package settle_test

import (
	"os"
	"testing"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

const packs = "../../packs"

// shipped loads a pack that ships with the product.
func shipped(t testing.TB, id string) *policy.Pack {
	t.Helper()
	library, err := policy.OpenLibrary(os.DirFS(packs), period.DefaultCalendar())
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	p, err := library.Load(os.DirFS(packs), id)
	if err != nil {
		t.Fatal(fault.RenderError(err, "zh"))
	}
	return p
}
