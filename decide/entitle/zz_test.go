package entitle_test

import (
	"os"
	"testing"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

func TestZZ(t *testing.T) {
	fsys := os.DirFS("../../packs")
	l, err := policy.OpenLibrary(fsys, period.DefaultCalendar())
	if err != nil {
		t.Fatal(fault.RenderError(err, "en"))
	}
	for _, id := range []string{"pingyin-2021", "guangxi-2018", "xinbin-2018", "zhengan-2018"} {
		_, err := l.Load(fsys, id)
		s := fault.RenderError(err, "en")
		if len(s) > 2500 {
			s = s[:2500]
		}
		t.Log(id, s)
	}
}
