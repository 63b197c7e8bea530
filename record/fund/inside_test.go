package fund

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/store"
	"doudi/record/store/storetest"
)

// An entry that does not balance is refused before anything is written.
func TestUnbalancedEntryIsRefused(t *testing.T) {
	a, b := AccountID{Kind: Bank, Code: "a"}, AccountID{Kind: Source, Code: "b"}
	tests := []struct {
		name  string
		lines []line
		code  string
	}{
		{"nothing", nil, "fund.unbalanced"},
		{"one line", []line{{account: a, amount: 1}}, "fund.unbalanced"},
		{"a fen too much", []line{{account: a, amount: 2}, {account: b, amount: -1}}, "fund.unbalanced"},
		{"a line of zero", []line{{account: a}, {account: b}}, "fund.line-amount"},
		{"too large", []line{{account: a, amount: LargestAmount + 1}, {account: b, amount: -LargestAmount - 1}}, "fund.line-amount"},
		{"too small", []line{{account: a, amount: -LargestAmount - 1}, {account: b, amount: LargestAmount + 1}}, "fund.line-amount"},
		{"a sum out of range", slices.Repeat([]line{{account: a, amount: LargestAmount}}, 9300), "money.overflow"},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, tt := range tests {
			err := write(s, func(tx *store.Tx) error {
				_, err := entry{kind: TypeReceive, fund: "aid", lines: tt.lines}.write(tx)
				return err
			})
			if fault.CodeOf(err) != tt.code {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if err := s.Read(context.Background(), county, Verify); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range tests {
		if tt.code != "money.overflow" && fault.KindOf((entry{lines: tt.lines}).balanced()) != fault.Internal {
			t.Errorf("%s: not told as a defect", tt.name)
		}
	}
}

const county = "999901"

func write(s *store.Store, do func(*store.Tx) error) error {
	_, err := s.Write(context.Background(), store.Command{Name: "test.fund", County: county, Actor: store.Actor{ID: "u-1"}, Instant: time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)},
		func(tx *store.Tx) (any, error) { return nil, do(tx) })
	return err
}

// A plan takes exactly what is asked, from nowhere more than there is, and is short only when all is taken.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := make([]money.Fen, rapid.IntRange(1, 20).Draw(t, "blocks"))
		var all money.Fen
		for i := range blocks {
			blocks[i] = money.Fen(rapid.Int64Range(0, 50).Draw(t, "left"))
			all += blocks[i]
		}
		home := rapid.IntRange(0, len(blocks)-1).Draw(t, "home")
		amount := money.Fen(rapid.Int64Range(1, 600).Draw(t, "amount"))
		parts, short := plan(blocks, home, amount)
		var taken money.Fen
		for i, part := range parts {
			if part < 0 || part > blocks[i] {
				t.Fatalf("block %d of %s gives %s", i, blocks[i], part)
			}
			taken += part
		}
		if taken+short != amount || short != money.Max(0, amount-all) || blocks[home] > 0 && parts[home] == 0 {
			t.Fatalf("asked %s of %s: took %s, short of %s, from home %s", amount, all, taken, short, parts[home])
		}
	})
}

// Transactions one after the other begin at all blocks alike.
func TestHomesAreSpread(t *testing.T) {
	f := Fund{Blocks: defaultBlocks}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		hits := make([]int, f.Blocks)
		for range 2 * f.Blocks {
			if err := write(s, func(tx *store.Tx) error { hits[f.home(tx)]++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for block, n := range hits {
			if n != 2 {
				t.Errorf("block %d is the home of %d, 2 expected", block, n)
			}
		}
	})
}

// Every statement about rows that exist names the county.
func TestStatementsNameTheCounty(t *testing.T) {
	seen := 0
	for name, literal := range literals(t) {
		for _, s := range literal {
			verb, _, _ := strings.Cut(s, " ")
			if !slices.Contains([]string{"SELECT", "UPDATE", "DELETE", "WHERE"}, verb) || s == selectCommitment {
				continue
			}
			seen++
			if !strings.Contains(s, "county_code = ?1") {
				t.Errorf("%s: %s", name, s)
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d statements were found", seen)
	}
}

// literals are the string literals of the package's files.
func literals(t *testing.T) map[string][]string {
	t.Helper()
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					found[name] = append(found[name], s)
				}
			}
			return true
		})
	}
	return found
}

// The bound in the query of the check is that of the package.
func TestVerifyKnowsTheLargestAmount(t *testing.T) {
	for _, i := range inconsistencies {
		if i.code == "fund.line-amount" && !strings.Contains(i.query, "amount > "+strconv.FormatInt(int64(LargestAmount), 10)) {
			t.Error(i.query)
		}
	}
}

// A block that another part of this package left short of what was planned is a defect and keeps nothing.
func TestDrawTellsShortBlocks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := write(s, func(tx *store.Tx) error {
			f := Fund{Code: "aid", Name: fault.Text{ZH: "甲"}, Purpose: fault.Text{ZH: "乙"}, Span: period.Span{To: 1}, Uses: []Use{{Scheme, "x"}}, Blocks: 2}
			if err := Open(tx, f); err != nil {
				return err
			}
			if err := f.level(tx, 5); err != nil {
				return err
			}
			for _, tt := range []struct {
				block  int
				amount money.Fen
				done   bool
			}{{0, 4, false}, {0, 3, true}, {0, 1, false}, {1, 2, true}, {2, 1, false}} {
				if done, err := f.draw(tx, tt.block, tt.amount); err != nil || done != tt.done {
					t.Errorf("%+v: %v %v", tt, done, err)
				}
			}
			return f.drawAll(tx, []money.Fen{0, 1})
		}); fault.CodeOf(err) != "fund.block-short" {
			t.Error(err)
		}
	})
}
