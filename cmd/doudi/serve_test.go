package main

import (
	"context"
	"io"
	"strings"
	"testing"
)

// TestServeInterruptedAtOnce asks doudi serve to stop before it has told its set-up codes: it ends in good order, with the first line told.
func TestServeInterruptedAtOnce(t *testing.T) {
	o := office{t, t.TempDir()}
	r := o.open()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out strings.Builder
	a := &app{out: &out, errors: io.Discard, lang: "zh"}
	if err := a.serve(ctx, r, serving{place: place{secrets: o.path("keys")}, listen: "127.0.0.1:0"}); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(out.String(), "http://127.0.0.1:") {
		t.Errorf("said %q", out.String())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
