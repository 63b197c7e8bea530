package proof

import (
	"fmt"
	"slices"
	"strings"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
)

// Failure is one expectation that was not met.
type Failure struct {
	Case    *Case
	Message fault.Text
	At      *fault.Position
}

// checker compares one block's result with what the case expects of it.
type checker struct {
	run   *run
	block string
	node  *text.Node
	asked map[string]bool
	ended bool // an error ended the evaluation
}

func (c *checker) fail(at *text.Node, zh, en string, args ...any) {
	message := text.Say(zh, en, args...)
	message.ZH, message.EN = c.block+"："+message.ZH, c.block+": "+message.EN
	c.run.failures = append(c.run.failures, Failure{Case: c.run.of, Message: message, At: at.Position()})
}

// get marks a key as checked.
func (c *checker) get(key string) *text.Node {
	c.asked[key] = true
	return c.node.Get(key)
}

func (c *checker) differ(at *text.Node, key string, want, got any) {
	c.fail(at, "%s 应为 %v，得到 %v", "%s should be %v, got %v", key, want, got)
}

func (c *checker) word(key, got string) {
	if n := c.get(key); n != nil && n.Value != got {
		c.differ(n, key, n.Value, got)
	}
}

func (c *checker) number(key string, got int64) {
	if n := c.get(key); n != nil && n.Value != fmt.Sprint(got) {
		c.differ(n, key, n.Value, got)
	}
}

// money compares an amount; null or “unknown” expects that it is not known.
func (c *checker) money(key string, got money.Fen, known bool) {
	n := c.get(key)
	if n == nil {
		return
	}
	c.amount(n, key, got, known)
}

func (c *checker) amount(n *text.Node, key string, got money.Fen, known bool) {
	if n.IsNull() || n.Value == "unknown" {
		if known {
			c.differ(n, key, "unknown", got)
		}
		return
	}
	want, err := money.ParseYuan(n.Value)
	if err != nil {
		c.fail(n, "%s 不是金额", "%s is not an amount", key)
		return
	}
	switch {
	case !known:
		c.differ(n, key, want, "unknown")
	case want != got:
		c.differ(n, key, want, got)
	}
}

func (c *checker) day(key string, got *period.Day) {
	if n := c.get(key); n != nil {
		c.dayAt(n, key, got)
	}
}

func (c *checker) dayAt(n *text.Node, key string, got *period.Day) {
	switch {
	case n.IsNull():
		if got != nil {
			c.differ(n, key, "null", *got)
		}
	case got == nil:
		c.differ(n, key, n.Value, "null")
	case got.String() != n.Value:
		c.differ(n, key, n.Value, *got)
	}
}

// set compares names without regard to order.
func (c *checker) set(key string, got []string) {
	n := c.get(key)
	if n == nil {
		return
	}
	var want []string
	for _, item := range c.run.report.Items(n) {
		want = append(want, item.Value)
	}
	got = slices.Clone(got)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, slices.Compact(got)) {
		c.differ(n, key, "["+strings.Join(want, " ")+"]", "["+strings.Join(slices.Compact(got), " ")+"]")
	}
}

func (c *checker) labels(key string, got []fault.Text) {
	var names []string
	for _, label := range got {
		names = append(names, label.ZH)
	}
	c.set(key, names)
}

func (c *checker) contains(key string, got ...fault.Text) {
	n := c.get(key)
	if n == nil {
		return
	}
	for _, text := range got {
		if text.ZH != "" && strings.Contains(text.ZH, n.Value) {
			return
		}
	}
	c.differ(n, key, n.Value, got)
}

// unknown refuses a word, with the nearest known one if there is one.
func (c *checker) unknown(n *text.Node, known []string, zh, en string) {
	if near := fault.Nearest(n.Value, known); near != "" {
		c.fail(n, zh+"，是否想写 %s？", en+"; did you mean %s?", n.Value, near)
		return
	}
	c.fail(n, zh, en, n.Value)
}

// done refuses expectations that no one compared: a misspelt key would pass silently.
func (c *checker) done() {
	if c.node == nil {
		return
	}
	var known []string
	for key := range c.asked {
		known = append(known, key)
	}
	for _, field := range c.node.Fields {
		if !c.asked[field.Key.Value] {
			c.unknown(field.Key, known, "这里不能期望 %s", "%s cannot be expected here")
		}
	}
}
