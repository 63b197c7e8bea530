package rule

import (
	"math"
	"math/bits"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"doudi/kernel/fault"
	"doudi/kernel/ident"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// allowed are the functions and operators of CEL itself that packs may use. Everything that could read a clock, loop,
// touch floating point or convert units silently is left out.
var allowed = map[string]bool{
	operators.LogicalAnd: true, operators.LogicalOr: true, operators.LogicalNot: true, operators.Conditional: true,
	operators.Equals: true, operators.NotEquals: true, operators.Less: true, operators.LessEquals: true,
	operators.Greater: true, operators.GreaterEquals: true, operators.In: true,
	operators.Add: true, operators.Subtract: true, operators.Multiply: true, operators.Negate: true,
	"startsWith": true,
}

type overload struct {
	args   []Type
	result Type
	call   func(args ...ref.Val) ref.Val
}

// functions is the documented library (docs/pack-language.md §6).
func functions(calendar *period.Calendar) map[string][]overload {
	m, i, d := MoneyType, IntType, DayType
	return map[string][]overload{
		operators.Multiply: {{[]Type{m, i}, m, nil}},
		operators.Add:      {{[]Type{m, m}, m, nil}},
		operators.Subtract: {{[]Type{m, m}, m, nil}},
		operators.Negate:   {{[]Type{m}, m, nil}},

		operators.Less: compare(), operators.LessEquals: compare(), operators.Greater: compare(), operators.GreaterEquals: compare(),

		"yuan": {{[]Type{i}, m, yuanInt}, {[]Type{TextType}, m, func(a ...ref.Val) ref.Val {
			f, err := money.ParseYuan(word(a[0]))
			return moneyOrErr(f, err)
		}}},
		"pct": {{[]Type{i}, RateType, pctInt}, {[]Type{TextType}, RateType, func(a ...ref.Val) ref.Val {
			r, err := money.ParseRate(word(a[0]) + "%")
			return orErr(Rate(r), err)
		}}},
		"day":      {{[]Type{TextType}, d, func(a ...ref.Val) ref.Val { v, err := period.ParseDay(word(a[0])); return orErr(Day(v), err) }}},
		"division": {{[]Type{TextType}, DivisionType, func(a ...ref.Val) ref.Val { v, err := ident.ParseDivision(word(a[0])); return orErr(Division(v), err) }}},

		"share": {{[]Type{m, RateType, RoundingType}, m, func(a ...ref.Val) ref.Val {
			return moneyOrErr(money.Share(fen(a[0]), rate(a[1]), rounding(a[2])))
		}}},
		"half": {{[]Type{m, RoundingType}, m, func(a ...ref.Val) ref.Val {
			return moneyOrErr(money.Share(fen(a[0]), money.Percent(50), rounding(a[1])))
		}}},
		"rounded": {{[]Type{m, RoundingType}, m, func(a ...ref.Val) ref.Val { return moneyOrErr(money.Round(fen(a[0]), rounding(a[1]))) }}},
		"tiers": {{[]Type{m, BandsType, RoundingType}, m, func(a ...ref.Val) ref.Val {
			return moneyOrErr(money.Tiers(fen(a[0]), bands(a[1]), rounding(a[2])))
		}}},
		"whole_tier": {{[]Type{m, BandsType, RoundingType}, m, func(a ...ref.Val) ref.Val {
			return moneyOrErr(money.WholeTier(fen(a[0]), bands(a[1]), rounding(a[2])))
		}}},
		"guarantee": {{[]Type{m, RateType, m, RoundingType}, m, func(a ...ref.Val) ref.Val {
			promised, err := money.Share(fen(a[0]), rate(a[1]), rounding(a[3]))
			if err != nil {
				return types.WrapErr(err)
			}
			missing, err := money.Sub(promised, fen(a[2]))
			return moneyOrErr(max(0, missing), err)
		}}},
		"per": {{[]Type{m, i, RoundingType}, m, func(a ...ref.Val) ref.Val {
			return moneyOrErr(money.Divide(fen(a[0]), int64(a[1].(types.Int)), rounding(a[2])))
		}}},
		"cap": either(lower), "min": either(lower), "atleast": either(higher), "max": either(higher),
		"step": {{[]Type{RatesType, i}, RateType, step}},

		"within": {{[]Type{DivisionType, DivisionType}, BoolType, func(a ...ref.Val) ref.Val {
			return Bool(ident.Contains(ident.Division(a[1].(Division)), ident.Division(a[0].(Division))))
		}}},
		"rate_of": {{[]Type{m, m}, RateType, func(a ...ref.Val) ref.Val { return quotient(int64(fen(a[0])), int64(fen(a[1]))) }}},
		"ratio":   {{[]Type{i, i}, RateType, func(a ...ref.Val) ref.Val { return quotient(int64(a[0].(types.Int)), int64(a[1].(types.Int))) }}},

		"age": {{[]Type{d, d}, i, func(a ...ref.Val) ref.Val {
			n, err := period.AgeOn(when(a[0]), when(a[1]))
			return orErr(Int(int64(n)), err)
		}}},
		"full_months":  {{[]Type{d, d}, i, func(a ...ref.Val) ref.Val { return Int(int64(period.FullMonths(when(a[0]), when(a[1])))) }}},
		"days_between": {{[]Type{d, d}, i, func(a ...ref.Val) ref.Val { return Int(int64(when(a[1])) - int64(when(a[0]))) }}},
		"add_days":     {{[]Type{d, i}, d, move(period.Day.AddDays)}},
		"add_months":   {{[]Type{d, i}, d, move(period.Day.AddMonths)}},
		"add_years":    {{[]Type{d, i}, d, move(period.Day.AddYears)}},
		"working_days_after": {{[]Type{d, i}, d, func(a ...ref.Val) ref.Val {
			v, err := calendar.AddWorking(when(a[0]), number(a[1]))
			return orErr(Day(v), err)
		}}},
		"month_start": dayOf(func(d period.Day) period.Day { return d.Month().First() }),
		"month_end":   dayOf(func(d period.Day) period.Day { return d.Month().Last() }),
		"month_after": dayOf(func(d period.Day) period.Day { return d.Month().Last().AddDays(1) }),
		"year_start":  dayOf(func(d period.Day) period.Day { return period.YearOf(d).From }),
		"year_end":    dayOf(func(d period.Day) period.Day { return period.YearOf(d).To }),
		"year_of":     {{[]Type{d}, i, func(a ...ref.Val) ref.Val { return Int(int64(when(a[0]).Year())) }}},
		"month_of":    {{[]Type{d}, i, func(a ...ref.Val) ref.Val { return Int(int64(when(a[0]).Month().Number())) }}},
		"date": {{[]Type{i, i, i}, d, func(a ...ref.Val) ref.Val {
			v, err := period.NewDay(number(a[0]), number(a[1]), number(a[2]))
			return orErr(Day(v), err)
		}}},
	}
}

func library(calendar *period.Calendar) []cel.EnvOption {
	var options []cel.EnvOption
	for name, overloads := range functions(calendar) {
		var opts []cel.FunctionOpt
		for _, o := range overloads {
			opts = append(opts, o.option(name))
		}
		options = append(options, cel.Function(name, opts...))
	}
	known := cel.Overload("known_any", []*cel.Type{cel.TypeParamType("T")}, cel.BoolType, cel.OverloadIsNonStrict(),
		cel.UnaryBinding(func(v ref.Val) ref.Val {
			if types.IsError(v) { // a parameter without a value on the day is a mistake, not something nobody knows
				return v
			}
			return Bool(!types.IsUnknown(v))
		}))
	return append(options, cel.Function("known", known))
}

// option declares an overload; operators that the values themselves carry (money + money, a < b) need no binding.
func (o overload) option(name string) cel.FunctionOpt {
	id := "doudi_" + name
	args := make([]*cel.Type, len(o.args))
	for i, t := range o.args {
		args[i] = celTypes[t]
		id += "_" + t.String()
	}
	if o.call == nil {
		return cel.Overload(id, args, celTypes[o.result])
	}
	call := o.call
	switch len(args) {
	case 1:
		return cel.Overload(id, args, celTypes[o.result], cel.UnaryBinding(func(a ref.Val) ref.Val { return call(a) }))
	case 2:
		return cel.Overload(id, args, celTypes[o.result], cel.BinaryBinding(func(a, b ref.Val) ref.Val { return call(a, b) }))
	default:
		return cel.Overload(id, args, celTypes[o.result], cel.FunctionBinding(call))
	}
}

func compare() []overload {
	var list []overload
	for _, t := range []Type{MoneyType, RateType, DayType} {
		list = append(list, overload{[]Type{t, t}, BoolType, nil})
	}
	return list
}

// either declares a choice between two values of one type.
func either(choose func(a, b int64) int64) []overload {
	return []overload{
		{[]Type{MoneyType, MoneyType}, MoneyType, func(a ...ref.Val) ref.Val { return Money(choose(int64(fen(a[0])), int64(fen(a[1])))) }},
		{[]Type{IntType, IntType}, IntType, func(a ...ref.Val) ref.Val { return Int(choose(int64(number(a[0])), int64(number(a[1])))) }},
		{[]Type{DayType, DayType}, DayType, func(a ...ref.Val) ref.Val { return Day(choose(int64(when(a[0])), int64(when(a[1])))) }},
	}
}

func lower(a, b int64) int64  { return min(a, b) }
func higher(a, b int64) int64 { return max(a, b) }

func dayOf(f func(period.Day) period.Day) []overload {
	return []overload{{[]Type{DayType}, DayType, func(a ...ref.Val) ref.Val { return Day(f(when(a[0]))) }}}
}

// move shifts a day by a number that is bounded, so that no rule can leave the calendar.
func move(f func(period.Day, int) period.Day) func(...ref.Val) ref.Val {
	return func(a ...ref.Val) ref.Val {
		n := number(a[1])
		if n < -100_000 || n > 100_000 {
			return failure("rule.date-range", "日期的加减数超出范围", "the number added to a day is out of range")
		}
		return Day(f(when(a[0]), n))
	}
}

func failure(code, zh, en string) ref.Val {
	return types.WrapErr(&fault.Error{Kind: fault.Invalid, Code: code, Message: fault.Text{ZH: zh, EN: en}})
}

func orErr(v ref.Val, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return v
}

// The checker has proved the types of arguments, so these are plain reads.
func fen(v ref.Val) money.Fen           { return money.Fen(v.(Money)) }
func rate(v ref.Val) money.Rate         { return money.Rate(v.(Rate)) }
func rounding(v ref.Val) money.Rounding { return money.Rounding(v.(Rounding)) }
func bands(v ref.Val) []money.Band      { return v.(Bands) }
func when(v ref.Val) period.Day         { return period.Day(v.(Day)) }
func number(v ref.Val) int              { return int(v.(types.Int)) }
func word(v ref.Val) string             { return string(v.(types.String)) }

func yuanInt(a ...ref.Val) ref.Val {
	return moneyOrErr(money.Mul(100, int64(a[0].(types.Int))))
}

func pctInt(a ...ref.Val) ref.Val {
	n := int64(a[0].(types.Int))
	if n < 0 || n > 100_000 {
		return failure("rule.rate-range", "比例超出范围", "the rate is out of range")
	}
	return Rate(money.Percent(n))
}

func step(a ...ref.Val) ref.Val {
	schedule, k := a[0].(Rates), number(a[1])
	if k < 1 || k > len(schedule) {
		return Rate(0)
	}
	return Rate(schedule[k-1])
}

// quotient is a ÷ b as an exact rate in millionths, rounded down so that a target is never declared met by rounding.
func quotient(a, b int64) ref.Val {
	if b <= 0 || a < 0 {
		return failure("rule.ratio", "比值的分母应大于零，分子不能为负", "a ratio needs a positive denominator and no negative numerator")
	}
	high, low := bits.Mul64(uint64(a), uint64(money.Whole))
	if high >= uint64(b) {
		return failure("rule.ratio", "比值过大", "the ratio is too large")
	}
	q, _ := bits.Div64(high, low, uint64(b))
	if q > math.MaxInt64 {
		return failure("rule.ratio", "比值过大", "the ratio is too large")
	}
	return Rate(money.Rate(q))
}
