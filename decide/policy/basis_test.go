package policy_test

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"testing"

	"doudi/decide/policy"
)

func onAdoption(t testing.TB) *policy.Pack { t.Helper(); return nil }
func valueError(v ref.Val) error {
	if e, ok := v.(*types.Err); ok {
		return e
	}
	return nil
}
