package rule

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Type is the unit of a value: units are types, so money never meets a bare number.
type Type uint8

// The types of facts, parameters, table columns, questions and results.
const (
	NoType Type = iota
	TextType
	IntType
	BoolType
	DayType
	MoneyType
	RateType
	DivisionType
	ListType     // list of text
	BandsType    // rate bands of an amount
	RatesType    // list of rates, a schedule
	CountsType   // list of int
	RoundingType // how an amount is rounded
)

var typeNames = []string{"none", "text", "int", "bool", "day", "money", "rate", "division", "list", "bands", "rates", "counts", "rounding"}

// String is the type's name in the pack language.
func (t Type) String() string { return typeNames[t] }

// ParseType reads a type's name; NoType when there is none of that name.
func ParseType(name string) Type {
	for i, known := range typeNames {
		if i > 0 && name == known {
			return Type(i)
		}
	}
	return NoType
}

// TypeNames are the names ParseType knows.
func TypeNames() []string { return typeNames[1:] }

// UnitType is the type of a parameter's or column's unit: yuan, yuan/month, rate, count, day, text, bool, bands, rates, counts.
func UnitType(unit string) Type {
	switch {
	case unit == "yuan" || strings.HasPrefix(unit, "yuan/"):
		return MoneyType
	case unit == "count" || strings.HasPrefix(unit, "count/"):
		return IntType
	default:
		return ParseType(unit)
	}
}

const arithmetic = traits.AdderType | traits.SubtractorType | traits.MultiplierType | traits.ComparerType | traits.NegatorType

var celTypes = []*types.Type{
	TextType: types.StringType, IntType: types.IntType, BoolType: types.BoolType,
	DayType: types.NewOpaqueType("day"), MoneyType: types.NewOpaqueType("money"), RateType: types.NewOpaqueType("rate"),
	DivisionType: types.NewOpaqueType("division"), ListType: types.NewListType(types.StringType),
	BandsType: types.NewOpaqueType("bands"), RatesType: types.NewOpaqueType("rates"),
	CountsType: types.NewListType(types.IntType), RoundingType: types.NewOpaqueType("rounding"),
}

var (
	moneyRuntime    = cel.ObjectType("money", arithmetic)
	rateRuntime     = cel.ObjectType("rate", traits.ComparerType)
	dayRuntime      = cel.ObjectType("day", traits.ComparerType)
	divisionRuntime = cel.ObjectType("division")
	bandsRuntime    = cel.ObjectType("bands")
	ratesRuntime    = cel.ObjectType("rates")
	roundingRuntime = cel.ObjectType("rounding")
)

// Money is an amount as a value of an expression.
type Money money.Fen

// Rate is a rate as a value of an expression.
type Rate money.Rate

// Day is a day as a value of an expression.
type Day period.Day

// Division is an administrative division as a value of an expression.
type Division ident.Division

// Bands are rate bands as a value of an expression.
type Bands []money.Band

// Rates are a schedule of rates as a value of an expression.
type Rates []money.Rate

// Rounding is a declared rounding as a value of an expression.
type Rounding money.Rounding

func noConversion(v ref.Val) ref.Val {
	return types.NewErr("%s has no conversion", v.Type().TypeName())
}

// ConvertToNative is part of ref.Val; no rule needs it.
func (m Money) ConvertToNative(reflect.Type) (any, error) { return money.Fen(m), nil }

// ConvertToType is part of ref.Val; money converts to nothing.
func (m Money) ConvertToType(ref.Type) ref.Val { return noConversion(m) }

// Equal compares two amounts.
func (m Money) Equal(other ref.Val) ref.Val { o, ok := other.(Money); return types.Bool(ok && m == o) }

// Type is the runtime type.
func (m Money) Type() ref.Type { return moneyRuntime }

// Value is the amount itself.
func (m Money) Value() any { return money.Fen(m) }

// Add is the sum of two amounts.
func (m Money) Add(other ref.Val) ref.Val { return m.with(other, money.Add) }

// Subtract is the difference of two amounts.
func (m Money) Subtract(other ref.Val) ref.Val { return m.with(other, money.Sub) }

// Multiply is the amount a whole number of times.
func (m Money) Multiply(other ref.Val) ref.Val {
	n, ok := other.(types.Int)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return moneyOrErr(money.Mul(money.Fen(m), int64(n)))
}

// Negate is the amount with the other sign.
func (m Money) Negate() ref.Val { return Money(0).with(m, money.Sub) }

func (m Money) with(other ref.Val, op func(a, b money.Fen) (money.Fen, error)) ref.Val {
	o, ok := other.(Money)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return moneyOrErr(op(money.Fen(m), money.Fen(o)))
}

// Compare orders two amounts.
func (m Money) Compare(other ref.Val) ref.Val { o, ok := other.(Money); return order(ok, m, o, other) }

func moneyOrErr(f money.Fen, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return Money(f)
}

func order[T ~int32 | ~int64](ok bool, a, b T, other ref.Val) ref.Val {
	switch {
	case !ok:
		return types.MaybeNoSuchOverloadErr(other)
	case a < b:
		return types.IntNegOne
	case a > b:
		return types.IntOne
	default:
		return types.IntZero
	}
}

// ConvertToNative is part of ref.Val.
func (r Rate) ConvertToNative(reflect.Type) (any, error) { return money.Rate(r), nil }

// ConvertToType is part of ref.Val.
func (r Rate) ConvertToType(ref.Type) ref.Val { return noConversion(r) }

// Equal compares two rates.
func (r Rate) Equal(other ref.Val) ref.Val { o, ok := other.(Rate); return types.Bool(ok && r == o) }

// Type is the runtime type.
func (r Rate) Type() ref.Type { return rateRuntime }

// Value is the rate itself.
func (r Rate) Value() any { return money.Rate(r) }

// Compare orders two rates.
func (r Rate) Compare(other ref.Val) ref.Val { o, ok := other.(Rate); return order(ok, r, o, other) }

// ConvertToNative is part of ref.Val.
func (d Day) ConvertToNative(reflect.Type) (any, error) { return period.Day(d), nil }

// ConvertToType is part of ref.Val.
func (d Day) ConvertToType(ref.Type) ref.Val { return noConversion(d) }

// Equal compares two days.
func (d Day) Equal(other ref.Val) ref.Val { o, ok := other.(Day); return types.Bool(ok && d == o) }

// Type is the runtime type.
func (d Day) Type() ref.Type { return dayRuntime }

// Value is the day itself.
func (d Day) Value() any { return period.Day(d) }

// Compare orders two days.
func (d Day) Compare(other ref.Val) ref.Val { o, ok := other.(Day); return order(ok, d, o, other) }

// ConvertToNative is part of ref.Val.
func (d Division) ConvertToNative(reflect.Type) (any, error) { return ident.Division(d), nil }

// ConvertToType is part of ref.Val.
func (d Division) ConvertToType(ref.Type) ref.Val { return noConversion(d) }

// Equal compares two divisions.
func (d Division) Equal(other ref.Val) ref.Val {
	o, ok := other.(Division)
	return types.Bool(ok && d == o)
}

// Type is the runtime type.
func (d Division) Type() ref.Type { return divisionRuntime }

// Value is the division itself.
func (d Division) Value() any { return ident.Division(d) }

// ConvertToNative is part of ref.Val.
func (b Bands) ConvertToNative(reflect.Type) (any, error) { return []money.Band(b), nil }

// ConvertToType is part of ref.Val.
func (b Bands) ConvertToType(ref.Type) ref.Val { return noConversion(b) }

// Equal is false: bands are not compared by rules.
func (b Bands) Equal(ref.Val) ref.Val { return types.False }

// Type is the runtime type.
func (b Bands) Type() ref.Type { return bandsRuntime }

// Value is the bands themselves.
func (b Bands) Value() any { return []money.Band(b) }

// ConvertToNative is part of ref.Val.
func (r Rates) ConvertToNative(reflect.Type) (any, error) { return []money.Rate(r), nil }

// ConvertToType is part of ref.Val.
func (r Rates) ConvertToType(ref.Type) ref.Val { return noConversion(r) }

// Equal is false: schedules are not compared by rules.
func (r Rates) Equal(ref.Val) ref.Val { return types.False }

// Type is the runtime type.
func (r Rates) Type() ref.Type { return ratesRuntime }

// Value is the rates themselves.
func (r Rates) Value() any { return []money.Rate(r) }

// ConvertToNative is part of ref.Val.
func (r Rounding) ConvertToNative(reflect.Type) (any, error) { return money.Rounding(r), nil }

// ConvertToType is part of ref.Val.
func (r Rounding) ConvertToType(ref.Type) ref.Val { return noConversion(r) }

// Equal compares two roundings.
func (r Rounding) Equal(other ref.Val) ref.Val {
	o, ok := other.(Rounding)
	return types.Bool(ok && money.Rounding(r).String() == money.Rounding(o).String()) // fen may be said or left unsaid
}

// Type is the runtime type.
func (r Rounding) Type() ref.Type { return roundingRuntime }

// Value is the rounding itself.
func (r Rounding) Value() any { return money.Rounding(r) }

// Int and Text are shorthands for cel-go's own values.
func Int(n int64) ref.Val   { return types.Int(n) }
func Text(s string) ref.Val { return types.String(s) }
func Bool(b bool) ref.Val   { return types.Bool(b) }

// Texts is a list of text.
func Texts(items []string) ref.Val { return types.DefaultTypeAdapter.NativeToValue(items) }

// Counts is a list of int.
func Counts(items []int64) ref.Val { return types.DefaultTypeAdapter.NativeToValue(items) }

// ReadValue reads a value of a type from a document; what is wrong is recorded and nil returned.
func ReadValue(r *text.Report, n *text.Node, t Type) ref.Val {
	if r.Blank(n) {
		return nil
	}
	before := len(r.List)
	value := readValue(r, n, t)
	if len(r.List) > before {
		return nil
	}
	return value
}

func readValue(r *text.Report, n *text.Node, t Type) ref.Val {
	switch t {
	case TextType:
		return Text(r.Text(n))
	case IntType:
		return Int(r.Int(n))
	case BoolType:
		if n.Kind == text.Scalar && n.Value == "" { // which Bool takes for an entry left out
			r.At(n, "text.not-a-bool", text.Say("这里要写 true 或 false", "expected true or false"), fault.Text{})
		}
		return Bool(r.Bool(n))
	case DayType:
		return Day(r.Day(n))
	case MoneyType:
		return Money(r.Money(n))
	case RateType:
		return Rate(r.Rate(n))
	case DivisionType:
		return Division(parsed(r, n, ident.ParseDivision))
	default:
		return readCompound(r, n, t)
	}
}

func readCompound(r *text.Report, n *text.Node, t Type) ref.Val {
	switch t {
	case ListType:
		var items []string
		for _, item := range r.Items(n) {
			if !r.Blank(item) {
				items = append(items, r.Text(item))
			}
		}
		return Texts(items)
	case CountsType:
		var items []int64
		for _, item := range r.Items(n) {
			items = append(items, r.Int(item))
		}
		return Counts(items)
	case RatesType:
		var items Rates
		for _, item := range r.Items(n) {
			items = append(items, r.Rate(item))
		}
		return items
	case BandsType:
		return readBands(r, n)
	case RoundingType:
		return Rounding(parsed(r, n, money.ParseRounding))
	}
	r.At(n, "rule.type", text.Say("这里不能写值", "no value may stand here"), fault.Text{})
	return nil
}

// parsed reads a single value by a parser of the kernel.
func parsed[T any](r *text.Report, n *text.Node, parser func(string) (T, error)) T {
	var none T
	if n.Kind != text.Scalar {
		r.Text(n) // refuses it
		return none
	}
	value, err := parser(n.Value)
	r.Add(text.Placed(err, n))
	return value
}

func readBands(r *text.Report, n *text.Node) ref.Val {
	var bands []money.Band
	before := len(r.List)
	for _, item := range r.Items(n) {
		pair := r.Items(item)
		if len(pair) != 2 {
			r.At(item, "rule.bands", text.Say("每一段写成 [起点, 比例]", "a band is written [from, rate]"), fault.Text{})
			return nil
		}
		bands = append(bands, money.Band{From: r.Money(pair[0]), Rate: r.Rate(pair[1])})
	}
	if err := money.CheckBands(bands); err != nil && len(r.List) == before {
		r.Add(text.Placed(err, n))
	}
	return Bands(bands)
}

// Display shows a value to people: money with thousands separators, rates in percent, words by their labels.
func Display(v ref.Val, lang string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case Money:
		return money.Fen(v).Grouped()
	case Rate:
		return money.Rate(v).String()
	case Day:
		return period.Day(v).String()
	case Division:
		return string(v)
	case Rounding:
		return money.Rounding(v).Label(lang)
	case types.Bool:
		if lang == "en" {
			return map[bool]string{true: "yes", false: "no"}[bool(v)]
		}
		return map[bool]string{true: "是", false: "否"}[bool(v)]
	case types.Int:
		return strconv.FormatInt(int64(v), 10)
	case types.String:
		return string(v)
	default:
		return displayList(v, lang)
	}
}

func displayList(v ref.Val, lang string) string {
	var parts []string
	switch v := v.(type) {
	case Bands:
		for _, band := range v {
			parts = append(parts, fmt.Sprintf("≥%s: %s", band.From.Grouped(), band.Rate))
		}
	case Rates:
		for _, rate := range v {
			parts = append(parts, rate.String())
		}
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			parts = append(parts, Display(it.Next(), lang))
		}
	default:
		return ""
	}
	return strings.Join(parts, "、")
}

// Written is a value as packs and adoptions write it, to be changed by hand: 1000.00, 80%, [[0.00, 50%], [1000.00, 80%]].
func Written(v ref.Val) string {
	switch v := v.(type) {
	case Money:
		return strings.ReplaceAll(money.Fen(v).Grouped(), ",", "")
	case types.Bool:
		return strconv.FormatBool(bool(v))
	case Bands:
		var bands []string
		for _, band := range v {
			bands = append(bands, "["+Written(Money(band.From))+", "+band.Rate.String()+"]")
		}
		return "[" + strings.Join(bands, ", ") + "]"
	case Rates:
		var rates []string
		for _, rate := range v {
			rates = append(rates, rate.String())
		}
		return "[" + strings.Join(rates, ", ") + "]"
	case traits.Lister:
		var items []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			items = append(items, Written(it.Next()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return Display(v, "")
}
