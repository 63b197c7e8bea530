package rule

import (
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"doudi/kernel/fault"
)

// Column is a key or value column of a table.
type Column struct {
	Name  string
	Type  Type
	ICD10 bool     // a key matched by ICD-10 prefix, range (I60-I64) or a list of such separated by “;”
	Words []string // a key's permitted words, when they are few
}

// TableType is a table's shape; its rows are a Table.
type TableType struct {
	Name   string
	Label  fault.Text
	Keys   []Column
	Values []Column
}

// Table is rows of a table: the pack's own, or those of an adoption's overlay.
type Table struct {
	*TableType
	Rows     [][]ref.Val // keys first, then values
	ToVerify bool        // 待核实: the document does not print it, so an absent row is unknown
	index    map[string]int
	runtime  ref.Type
}

// NewTable indexes rows.
func NewTable(t *TableType, rows [][]ref.Val, toVerify bool) *Table {
	table := &Table{TableType: t, Rows: rows, ToVerify: toVerify, index: map[string]int{}, runtime: types.NewTypeValue(t.celName())}
	for i, row := range rows {
		table.index[keyOf(row[:len(t.Keys)])] = i
	}
	return table
}

func (t *TableType) celName() string { return "table." + t.Name }

func keyOf(keys []ref.Val) string {
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = Display(key, "")
	}
	return strings.Join(parts, "\x1f")
}

// declare gives the table's variable its functions: one a value column, has, and has_any for a single text key.
func (t *TableType) declare() []cel.EnvOption {
	self := types.NewOpaqueType(t.celName())
	args := []*cel.Type{self}
	for _, key := range t.Keys {
		args = append(args, celTypes[key.Type])
	}
	member := func(name string, args []*cel.Type, result Type, call func(t *Table, keys []ref.Val) ref.Val) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload(t.celName()+"."+name, args, celTypes[result], cel.FunctionBinding(func(a ...ref.Val) ref.Val {
			return call(a[0].(*Table), a[1:])
		})))
	}
	options := []cel.EnvOption{cel.Variable(t.Name, self), member("has", args, BoolType, (*Table).has)}
	for i, column := range t.Values {
		options = append(options, member(column.Name, args, column.Type, func(t *Table, keys []ref.Val) ref.Val { return t.value(i, keys) }))
	}
	if len(t.Keys) == 1 && t.Keys[0].Type == TextType {
		options = append(options, member("has_any", []*cel.Type{self, celTypes[ListType]}, BoolType, (*Table).hasAny))
	}
	return options
}

func (t *Table) unknown() ref.Val {
	return types.NewUnknown(1, types.NewAttributeTrail(t.celName()))
}

func (t *Table) find(keys []ref.Val) (int, bool) {
	if !slices.ContainsFunc(t.Keys, func(c Column) bool { return c.ICD10 }) {
		row, ok := t.index[keyOf(keys)]
		return row, ok
	}
	for i, row := range t.Rows {
		if t.matches(row, keys) {
			return i, true
		}
	}
	return 0, false
}

func (t *Table) matches(row, keys []ref.Val) bool {
	for i, key := range keys {
		if t.Keys[i].ICD10 {
			if !CoversICD10(word(row[i]), word(key)) {
				return false
			}
		} else if row[i].Equal(key) != types.True {
			return false
		}
	}
	return true
}

func (t *Table) has(keys []ref.Val) ref.Val {
	_, ok := t.find(keys)
	if !ok && t.ToVerify {
		return t.unknown()
	}
	return Bool(ok)
}

func (t *Table) hasAny(keys []ref.Val) ref.Val {
	for it := keys[0].(traits.Lister).Iterator(); it.HasNext() == types.True; {
		if _, ok := t.find([]ref.Val{it.Next()}); ok {
			return Bool(true)
		}
	}
	if t.ToVerify {
		return t.unknown()
	}
	return Bool(false)
}

func (t *Table) value(column int, keys []ref.Val) ref.Val {
	row, ok := t.find(keys)
	if ok && t.Rows[row][len(t.Keys)+column] != nil {
		return t.Rows[row][len(t.Keys)+column]
	}
	if t.ToVerify {
		return t.unknown()
	}
	var shown []string
	for _, key := range keys {
		shown = append(shown, Display(key, "zh"))
	}
	return types.WrapErr(&fault.Error{Kind: fault.NotFound, Code: "rule.table-miss",
		Message: fault.Text{ZH: "表“" + t.Label.ZH + "”里没有 " + strings.Join(shown, "、"), EN: "table “" + t.Label.In("en") + "” has no row for " + strings.Join(shown, ", ")},
		Hint:    fault.Text{ZH: "核对所填的值，或在该地区采用的目录中补充这一行", EN: "check the value, or add the row to the adopted catalogue"}})
}

// CoversICD10 tells whether a table's cell covers a diagnosis code: by prefix, because hospitals use longer local codes.
func CoversICD10(cell, code string) bool {
	code = strings.ToUpper(strings.TrimSpace(code))
	for _, part := range strings.Split(cell, ";") {
		part = strings.ToUpper(strings.TrimSpace(part))
		low, high, isRange := strings.Cut(strings.ReplaceAll(part, " ", ""), "-")
		if isRange && len(code) >= len(low) && low != "" {
			if category := code[:len(low)]; low <= category && category <= high {
				return true
			}
		} else if part != "" && strings.HasPrefix(code, part) {
			return true
		}
	}
	return false
}

// ConvertToNative is part of ref.Val.
func (t *Table) ConvertToNative(reflect.Type) (any, error) { return t, nil }

// ConvertToType is part of ref.Val.
func (t *Table) ConvertToType(ref.Type) ref.Val { return noConversion(t) }

// Equal is identity.
func (t *Table) Equal(other ref.Val) ref.Val { o, ok := other.(*Table); return Bool(ok && o == t) }

// Type is the runtime type.
func (t *Table) Type() ref.Type { return t.runtime }

// Value is the table itself.
func (t *Table) Value() any { return t }
