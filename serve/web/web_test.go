package web_test

import (
	"context"
	"testing"

	"doudi/internal/fiction"
)

func TestX(t *testing.T) {
	c, err := fiction.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}
