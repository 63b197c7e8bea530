package rule

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Every message of the expression checker stands in this file.

var (
	literalRefused   = fault.Text{ZH: "这里不能写这种常数", EN: "this kind of constant cannot be used"}
	literalHint      = fault.Text{ZH: "金额写 yuan('0.50')，比例写 pct('12.5')，日期写 day('2021-01-01')；不使用小数", EN: "write yuan('0.50'), pct('12.5'), day('2021-01-01'); there are no decimals"}
	constructRefused = fault.Text{ZH: "规则里不能用这种写法", EN: "this construct is not part of the language"}
	tooLongHint      = fault.Text{ZH: "拆成几个条件，或用 let 分步", EN: "divide it into several conditions, or into steps with let"}
	constructHint    = fault.Text{ZH: "规则没有循环、结构和映射；汇总用 total、number 等函数", EN: "rules have no loops, structures or maps; use total, number and the like"}
)

// undeclared is the message for a name that nothing declares.
func (e *Env) undeclared(dotted string) (message, hint fault.Text) {
	if roster, ok := strings.CutPrefix(dotted, "roster."); ok {
		return text.Say("词汇表里没有名册 %s", "the vocabulary has no roster %s", roster), text.OneOf(roster, sortedKeys(e.Vocabulary.Rosters))
	}
	if event, ok := strings.CutPrefix(dotted, "events."); ok {
		event, _, _ = strings.Cut(event, ".")
		return text.Say("词汇表里没有事项 %s", "the vocabulary has no event %s", event), text.OneOf(event, sortedKeys(e.Vocabulary.Events))
	}
	if e.Vocabulary.IsGroup(dotted) {
		return text.Say("%s 是一组情况，不是一项", "%s is a group of facts, not one", dotted), text.OneOf("", e.Vocabulary.Under(dotted))
	}
	if dotted == "" {
		return text.Say("函数结果不能再用“.”取值", "a function's result has no fields"), fault.Text{}
	}
	return text.Say("未知的名称 %s", "unknown name %s", dotted), text.DidYouMean(dotted, e.Names())
}

func undeclaredFunction(name string, known []string) (message, hint fault.Text) {
	if sign, ok := operators.FindReverse(name); ok {
		if name == operators.Index {
			sign = "[ ]"
		}
		return text.Say("规则里没有运算 %s", "the language has no operator %s", sign), text.Say("均分用 per(金额, 数)，比值用 ratio、rate_of，第几档用 step", "use per(amount, n) to divide, ratio and rate_of for ratios, step for an entry of a schedule")
	}
	return text.Say("没有函数 %s", "there is no function %s", name), text.OneOf(name, known)
}

func noColumn(table, column string, known []string) (message, hint fault.Text) {
	return text.Say("表 %s 没有 %s 这一列", "table %s has no column %s", table, column), text.OneOf(column, known)
}

// unknownWord is the message for a word that a fact or question does not have.
func unknownWord(of fault.Text, word string) fault.Text {
	return fault.Text{ZH: fmt.Sprintf("%s 没有“%s”这一项", of.ZH, word), EN: fmt.Sprintf("%s knows no “%s”", of.In("en"), word)}
}

func outOfRange(f *FactType, found int64) fault.Text {
	lowest, highest := f.Range[0], f.Range[1]
	return fault.Text{ZH: fmt.Sprintf("%s 应在 %d 到 %d 之间，写的是 %d", f.Label.ZH, lowest, highest, found),
		EN: fmt.Sprintf("%s must lie between %d and %d, found %d", f.Label.In("en"), lowest, highest, found)}
}

func wrongResult(want Type, found *cel.Type) fault.Text {
	return text.Say("这里要得到 %s，写的是 %s", "expected %s here, found %s", want, showType(found.String()))
}

var (
	noOverload  = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	member      = regexp.MustCompile(`^.*\.\((.*)\)$`)
	wrongType   = regexp.MustCompile(`^expected type '(.*)' but found '(.*)'$`)
	takesName   = regexp.MustCompile(`^(.*)\('…'\) takes a name in quotes$`)
	unsupported = regexp.MustCompile(`^unsupported syntax '(.*)'`)
)

// translate puts a message of cel-go into the words of the pack language. Of a call of a function it also gives the
// function's name, behind which cel-go places it.
func translate(message string) (code string, said, hint fault.Text, function string) {
	if m := noOverload.FindStringSubmatch(message); m != nil {
		name, types := m[1], strings.TrimSuffix(showTypes(m[2]), ", rounding") // which the block declares, not the call
		sign, isOperator := operators.FindReverse(name)
		if !isOperator {
			return "rule.types", text.Say("%s 不能用于（%s）", "%s does not apply to (%s)", name, types), typesHint(types), name
		}
		if name == operators.Conditional {
			return "rule.types", text.Say("条件或结果的类型不对（%s）", "the condition or the results are of the wrong type (%s)", types), text.Say("条件要是 bool，两个结果要是同一类型", "the condition is a bool, the two results are of one type"), ""
		}
		return "rule.types", text.Say("%s 不能用于（%s）", "%s does not apply to (%s)", sign, types), typesHint(types), ""
	}
	if rest, ok := strings.CutPrefix(message, "Syntax error: "); ok {
		zh, en := syntax(rest)
		return "rule.syntax", fault.Text{ZH: "表达式写法有误：" + zh, EN: "syntax error: " + en}, text.Say("文字用单引号；比较用 ==；并且 &&，或者 ||，非 !", "texts in single quotes; compare with ==; and &&, or ||, not !"), ""
	}
	if m := wrongType.FindStringSubmatch(message); m != nil {
		return "rule.types", text.Say("这里要写 %s，写的是 %s", "expected %s here, found %s", showType(m[1]), showType(m[2])), fault.Text{}, ""
	}
	if m := takesName.FindStringSubmatch(message); m != nil {
		return "rule.constant", text.Say("%s('…') 里只能写加引号的名称", "%s('…') takes a name in quotes", m[1]), fault.Text{}, ""
	}
	if m := unsupported.FindStringSubmatch(message); m != nil {
		return "rule.construct", constructRefused, constructHint, ""
	}
	switch {
	case message == "invalid int literal":
		return "rule.literal", text.Say("整数过大", "the whole number is too large"), literalHint, ""
	case strings.Contains(message, "recursion limit"):
		return "rule.too-long", text.Say("表达式嵌套过深", "the expression is nested too deeply"), tooLongHint, ""
	case strings.Contains(message, "size exceeds limit"):
		return "rule.too-long", text.Say("表达式过长，最多 4096 个字符", "the expression is too long, at most 4096 characters"), tooLongHint, ""
	}
	return "rule.check", text.Say("表达式有误：%s", "the expression is wrong: %s", message), fault.Text{}, ""
}

// showTypes names the types of arguments, of a member function without what it is called on.
func showTypes(types string) string {
	if m := member.FindStringSubmatch(types); m != nil {
		return showType(m[1])
	}
	return showType(strings.TrimSuffix(strings.TrimPrefix(types, "("), ")"))
}

var (
	input      = regexp.MustCompile(`(?s)(?:input|at:|at) '(.*?)'(?:$| )`)
	missing    = regexp.MustCompile(`^missing '(.*?)' at`)
	recognised = "token recognition error at: '"
)

// syntax says where the parser stopped without its list of tokens.
func syntax(message string) (zh, en string) {
	if rest, ok := strings.CutPrefix(message, recognised); ok {
		if found := strings.TrimSpace(strings.TrimSuffix(rest, "'")); found != "" && !strings.ContainsAny(found[:1], `'"`) {
			return "读到“" + found + "”时不合语法", "unexpected “" + found + "”"
		}
		return "引号没有成对", "a quotation mark is not closed"
	}
	if m := missing.FindStringSubmatch(message); m != nil {
		return "少了“" + m[1] + "”", "“" + m[1] + "” is missing"
	}
	m := input.FindStringSubmatch(message)
	switch {
	case m == nil:
		return message, message
	case m[1] == "<EOF>":
		return "没有写完", "it ends too early"
	default:
		return "读到“" + m[1] + "”时不合语法", "unexpected “" + m[1] + "”"
	}
}

func typesHint(types string) fault.Text {
	if strings.Contains(types, "money") && strings.Contains(types, "int") {
		return text.Say("金额不能与数字直接加减或比较，写 yuan(…)", "money does not mix with bare numbers; write yuan(…)")
	}
	if strings.Contains(types, "money") && strings.Contains(types, "rate") {
		return text.Say("按比例计算用 share(金额, 比例)，舍入才有明确规定", "use share(amount, rate), so that rounding is declared")
	}
	return fault.Text{}
}

// showType names CEL's types in the pack language's words.
func showType(t string) string {
	return strings.NewReplacer("list(string)", "list", "list(int)", "counts", "string", "text").Replace(t)
}
