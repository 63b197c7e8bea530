package policy

import (
	"slices"
	"strings"

	"doudi/decide/text"
)

// references checks what blocks say of one another once all have been read.
func (l *loader) references() {
	benefits, procedures, settlements := ids(l.pack.Benefits), ids(l.pack.Procedures), ids(l.pack.Settlement)
	for _, b := range l.pack.Benefits {
		for _, key := range []string{"excludes", "higher_of", "tops_up"} {
			l.refer(b.Block, b.Node.Get(key), benefits)
		}
		l.refer(b.Block, b.Node.Get("instead").Get("scheme"), benefits)
		l.refer(b.Block, b.Node.Get("procedure"), procedures)
	}
	for _, t := range l.pack.Transition {
		l.refer(t.Block, t.Node.Get("benefits"), benefits)
		l.refer(t.Block, t.Node.Get("settlements"), settlements)
	}
	l.everyQuestionAsked()
	l.shownLater()
}

// shownLater refuses a step whose papers show the day that decides a bill: the bill would change its place among others when they come.
func (l *loader) shownLater() {
	for _, p := range l.pack.Procedures {
		for i, step := range p.Steps {
			for _, s := range l.pack.Settlement {
				if s.DecidedOn != nil && slices.ContainsFunc(step.Shows, func(name string) bool { return slices.Contains(s.DecidedOn.Refs, name) }) {
					l.At(l.Items(p.Node.Get("steps"))[i].Get("shows"), "pack.shows-day", text.Say("%s 的结算日期由这些材料决定，不能事后补交", "the day that decides %s depends on these papers, so they cannot follow later", s.ID),
						text.Say("只列不影响 decided_on 的情况", "list only facts that decided_on does not ask for"))
				}
			}
		}
	}
}

func ids[T interface{ Identity() string }](blocks []T) []string {
	var list []string
	for _, b := range blocks {
		list = append(list, b.Identity())
	}
	return list
}

// Identity is the block's id; blocks of every kind have it.
func (b *Block) Identity() string { return b.ID }

// refer checks ids of this pack; pack/id names a block of another pack, which is looked up when both are adopted.
func (l *loader) refer(b *Block, names *text.Node, known []string) {
	for _, n := range l.Items(names) {
		if name := n.Value; n.Kind == text.Scalar && !strings.Contains(name, "/") && !slices.Contains(known, name) {
			l.At(n, "pack.unknown-reference", text.Say("%s 引用的 %s 不存在", "%s refers to %s, which does not exist", b.ID, name), text.DidYouMean(name, known))
		}
	}
}

// everyQuestionAsked refuses a question that no rule listens to: it would promise a choice that changes nothing.
func (l *loader) everyQuestionAsked() {
	used := l.pack.questionsUsed()
	for _, id := range keysOf(l.pack.Questions) {
		if !used[id] {
			l.At(l.pack.Questions[id].Node, "pack.idle-question", text.Say("没有规则用到疑义 %s", "no rule uses the question %s", id), text.Say("在规则里引用 question.%s", "refer to question.%s in a rule", id))
		}
	}
}

func (p *Pack) questionsUsed() map[string]bool {
	used := map[string]bool{}
	for _, b := range p.Blocks {
		visitScalars(b.Node, func(value string) {
			for _, part := range strings.Split(value, "question.")[1:] {
				end := strings.IndexFunc(part, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
				if end < 0 {
					end = len(part)
				}
				used[part[:end]] = true
			}
		})
	}
	for _, s := range p.Settlement {
		if s.Notch != nil {
			used[s.Notch.Question] = true
		}
	}
	return used
}

func visitScalars(n *text.Node, f func(string)) {
	if n == nil {
		return
	}
	if n.Kind == text.Scalar {
		f(n.Value)
	}
	for _, item := range n.Items {
		visitScalars(item, f)
	}
	for _, field := range n.Fields {
		visitScalars(field.Value, f)
	}
}
