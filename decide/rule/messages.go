package rule

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// Every message of the expression checker stands in this file.

var (
	literalRefused   = fault.Text{ZH: "这里不能写这种常数", EN: "this kind of constant cannot be used"}
	literalHint      = fault.Text{ZH: "金额写 yuan('0.50')，比例写 pct('12.5')，日期写 day('2021-01-01')；不使用小数", EN: "write yuan('0.50'), pct('12.5'), day('2021-01-01'); there are no decimals"}
	constructRefused = fault.Text{ZH: "规则里不能用这种写法", EN: "this construct is not part of the language"}
	constructHint    = fault.Text{ZH: "规则没有循环、结构和映射；汇总用 total、number 等函数", EN: "rules have no loops, structures or maps; use total, number and the like"}
)

// undeclared is the message for a name that nothing declares.
func (e *Env) undeclared(dotted string) (message, hint fault.Text) {
	if roster, ok := strings.CutPrefix(dotted, "roster."); ok {
		return text.Say("词汇表里没有名册 %s", "the vocabulary has no roster %s", roster), hintWords(roster, sortedKeys(e.Vocabulary.Rosters))
	}
	if event, ok := strings.CutPrefix(dotted, "events."); ok {
		event, _, _ = strings.Cut(event, ".")
		return text.Say("词汇表里没有事项 %s", "the vocabulary has no event %s", event), hintWords(event, sortedKeys(e.Vocabulary.Events))
	}
	if e.Vocabulary.IsGroup(dotted) {
		return text.Say("%s 是一组情况，不是一项", "%s is a group of facts, not one", dotted), hintWords("", e.Vocabulary.Under(dotted))
	}
	if dotted == "" {
		return text.Say("函数结果不能再用“.”取值", "a function's result has no fields"), fault.Text{}
	}
	return text.Say("未知的名称 %s", "unknown name %s", dotted), text.DidYouMean(dotted, e.Names())
}

func undeclaredFunction(name string, known []string) (message, hint fault.Text) {
	return text.Say("没有函数 %s", "there is no function %s", name), hintWords(name, known)
}

func noColumn(table, column string, known []string) (message, hint fault.Text) {
	return text.Say("表 %s 没有 %s 这一列", "table %s has no column %s", table, column), hintWords(column, known)
}

func wrongResult(want Type, found *cel.Type) fault.Text {
	return text.Say("这里要得到 %s，写的是 %s", "expected %s here, found %s", want, showType(found.String()))
}

var (
	noOverload = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	operator   = regexp.MustCompile(`^_?(.*?)_?$`)
)

// translate puts a message of cel-go into the words of the pack language.
func translate(message string) (code string, said, hint fault.Text) {
	if m := noOverload.FindStringSubmatch(message); m != nil {
		name, types := strings.Trim(operator.FindStringSubmatch(strings.TrimPrefix(m[1], "@"))[1], "_"), showType(strings.Trim(m[2], "()"))
		said = text.Say("%s 不能用于（%s）", "%s does not apply to (%s)", name, types)
		return "rule.types", said, typesHint(types)
	}
	if rest, ok := strings.CutPrefix(message, "Syntax error: "); ok {
		zh, en := syntax(rest)
		return "rule.syntax", fault.Text{ZH: "表达式写法有误：" + zh, EN: "syntax error: " + en}, text.Say("文字用单引号；比较用 ==；并且 &&，或者 ||，非 !", "texts in single quotes; compare with ==; and &&, or ||, not !")
	}
	return "rule.check", text.Say("表达式有误：%s", "the expression is wrong: %s", message), fault.Text{}
}

var input = regexp.MustCompile(`(?:input|at:) '([^']*)'`)

// syntax says where the parser stopped without its list of tokens.
func syntax(message string) (zh, en string) {
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
