package policy_test
import "testing"
func TestTmp(t *testing.T){ p:=small(t, smallFiles(t)); t.Log(p.Hash) }
