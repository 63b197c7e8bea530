package policy_test

import (
	"fmt"
	"os"
	"testing"

	"doudi/kernel/fault"
)

func TestTmp(t *testing.T) {
	out, _ := os.Create("/tmp/polgen/out.txt")
	for _, b := range brokenPacks(t) {
		func() {
			defer func() {
				if e := recover(); e != nil {
					fmt.Fprintln(out, "=== ", b.name, "PANIC", e)
				}
			}()
			list := faults(t, b.load(t))
			fmt.Fprintln(out, "=== ", b.name)
			for _, e := range list {
				fmt.Fprint(out, e.Code, " ")
			}
			fmt.Fprintln(out)
			if len(list) > 0 {
				fmt.Fprintln(out, fault.RenderError(list, "zh"))
				fmt.Fprintln(out, fault.RenderError(list, "en"))
			}
		}()
	}
}
