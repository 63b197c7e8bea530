package browser_test

import (
	"strings"
	"testing"

	fiction "doudi/internal/county"
)

// looks looks at a page at a desk, on a phone and in large letters.
func (d *desk) looks(name string) {
	d.Helper()
	d.sound()
	d.fits()
	d.picture(name)
	d.size(390, 844)
	d.fits()
	d.picture(name + "-phone")
	ask[string](d, `document.documentElement.dataset.size = "lg"`)
	d.fits()
	d.picture(name + "-large")
	ask[string](d, `document.documentElement.dataset.size = "md"`)
	d.size(1366, 768)
}

// The pages of the administration are as sound in English as in Chinese, and with nothing in their lists.
func TestAdministrationInBothLanguages(t *testing.T) {
	d := openOn(t, now, false)
	d.inNewTab(func() {
		d.signIn("admin")
		d.size(1366, 768)
		for _, lang := range []string{"", "/en"} {
			for name, path := range map[string]string{"changes": "/admin/changes", "answered": "/admin/changes?state=answered", "divisions": "/admin/divisions", "no-division": "/admin/divisions?q=x", "new-division": "/admin/divisions/new",
				"division": "/admin/divisions/" + string(fiction.FirstTown), "offices": "/admin/institutions", "hospitals": "/admin/institutions?kind=hospital", "new-hospital": "/admin/institutions/new?kind=hospital", "calendar": "/admin/calendar?year=2021",
				"no-calendar": "/admin/calendar?year=2030", "parameters": "/admin/parameters", "staff": "/admin/staff", "nobody": "/admin/staff?q=x", "new-account": "/admin/staff/new", "keys": "/admin/keys", "new-key": "/admin/keys/new", "system": "/admin/system", "start": "/admin/start"} {
				d.see(lang + path)
				d.looks("admin" + strings.ReplaceAll(lang, "/", "-") + "-" + name)
			}
		}
	})
}
