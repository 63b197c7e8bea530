package policy

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"doudi/decide/rule"
	"doudi/decide/text"
	"doudi/kernel/fault"
)

// declare reads parameters, tables and questions, and makes the environment in which the rules are compiled.
func (l *loader) declare() {
	seen := map[string]rawBlock{}
	for _, raw := range l.raw {
		name := namespace(raw.kind) + raw.id
		if first, twice := seen[name]; twice {
			l.At(raw.node, "pack.duplicate", text.Say("名称 %s 已用于第 %d 行的 %s", "the id %s is already used by the %[3]s on line %[2]d", raw.id, first.line, first.kind), fault.Text{})
		}
		seen[name] = raw
		l.idStyle(raw)
		l.counterNames(raw)
	}
	var variables []rule.Variable
	for _, raw := range l.raw {
		variables = append(variables, l.free(raw.node, l.names(raw))...)
	}
	for id, isCount := range l.counters {
		t := rule.MoneyType
		if isCount {
			t = rule.IntType
		}
		variables = append(variables, rule.Variable{Name: "counter." + id, Type: t, Label: fault.Text{ZH: "此前累计", EN: "used before"}})
	}
	l.extend(variables)
	l.pack.Env = l.env
}

// names are what expressions may call a block and its parts.
func (l *loader) names(raw rawBlock) []rule.Variable {
	switch raw.kind {
	case "parameters":
		return l.parameters(raw)
	case "table":
		return []rule.Variable{l.table(raw)}
	case "question":
		return []rule.Variable{l.question(raw)}
	case "benefit":
		return []rule.Variable{{Name: "determined." + raw.id, Type: rule.BoolType, Label: text.Say("此前已核定 %s", "%s determined before", raw.id)}}
	}
	return nil
}

// free refuses names that mean something else already: a fact, or a figure of the engine.
func (l *loader) free(n *text.Node, variables []rule.Variable) []rule.Variable {
	return slices.DeleteFunc(variables, func(v rule.Variable) bool {
		taken := l.env.Variable(v.Name)
		if taken != nil {
			l.At(n, "pack.names", fault.Text{ZH: "名称 " + v.Name + " 已用于“" + taken.Label.ZH + "”", EN: "the name " + v.Name + " already means “" + taken.Label.In("en") + "”"}, text.Say("换一个名称", "choose another name"))
		}
		return taken != nil
	})
}

// namespace tells which names may not be alike: those that expressions use, questions, and the blocks that results name.
func namespace(kind string) string {
	switch kind {
	case "parameters", "table":
		return "value "
	case "question":
		return "question "
	default:
		return "block "
	}
}

// distinct drops repeated names, which have been complained about already, so that checking can go on.
func distinct(variables []rule.Variable) []rule.Variable {
	seen := map[string]bool{}
	return slices.DeleteFunc(variables, func(v rule.Variable) bool {
		twice := seen[v.Name] || v.Name == ""
		seen[v.Name] = true
		return twice
	})
}

func (l *loader) idStyle(raw rawBlock) {
	style, words := kebab, text.Say("小写字母、数字和连字符", "lower-case letters, digits and hyphens")
	if slices.Contains([]string{"parameters", "table", "question"}, raw.kind) {
		style, words = snake, text.Say("小写字母、数字和下划线", "lower-case letters, digits and underscores")
	}
	if !style.MatchString(raw.id) {
		l.At(raw.node, "pack.id-style", text.Say("名称 %s 的写法不对", "the id %s is badly formed", raw.id), words)
	}
}

func (l *loader) counterNames(raw rawBlock) {
	for _, field := range (&text.Report{}).Fields(raw.node.Get("accumulate")) {
		for _, variant := range l.Items(field.Value) {
			of := variant.Get("of")
			l.counters[field.Key.Value] = of != nil && of.Value == "count"
		}
	}
}

// block starts a block: its identity, and the mapping to read the rest from.
func (l *loader) block(raw rawBlock) (*Block, *text.Map) {
	m := l.Map(raw.node)
	b := &Block{Kind: raw.kind, ID: raw.id, Clause: raw.clause, Node: raw.node, Items: m.Texts("items")}
	for _, item := range l.Items(raw.node.Get("items")) {
		if !strings.HasPrefix(item.Value, l.pack.ItemPrefix+"-") {
			l.At(item, "pack.item", text.Say("事项 %s 不属于本包（%s-…）", "item %s is not of this pack (%s-…)", item.Value, l.pack.ItemPrefix), fault.Text{})
		}
	}
	raw.clause.Blocks = append(raw.clause.Blocks, b)
	l.pack.Blocks = append(l.pack.Blocks, b)
	return b, m
}

func (l *loader) parameters(raw rawBlock) []rule.Variable {
	b, m := l.block(raw)
	var variables []rule.Variable
	for _, field := range l.Report.Fields(raw.node) {
		if field.Key.Value == "items" {
			continue
		}
		m.Get(field.Key.Value)
		p := l.parameter(b, field)
		l.pack.Parameters[p.Name] = p
		if p.Type != rule.NoType {
			variables = append(variables, rule.Variable{Name: p.Name, Type: p.Type, Origin: rule.FromParameter, Label: p.Label})
		}
	}
	return variables
}

func (l *loader) parameter(b *Block, field text.Field) *Parameter {
	m := l.Map(field.Value)
	unit := m.Need("unit")
	p := &Parameter{Name: b.ID + "." + field.Key.Value, Label: l.label(m.Need("label")), Unit: l.Report.Text(unit), Block: b}
	p.Type = l.unit(unit)
	if unset := m.Get("unset"); unset != nil {
		why := l.label(unset)
		p.Unset = &why
		m.Get("values")
	}
	values := field.Value.Get("values")
	if p.Unset == nil {
		values = m.Need("values")
	}
	l.history(p, values)
	m.Done()
	return p
}

// history reads a parameter's values by the day from which each holds.
func (l *loader) history(p *Parameter, values *text.Node) {
	blank := func(n *text.Node) {
		l.At(n, "pack.blank-value", text.Say("参数值不能空着", "a parameter's value cannot be blank"), text.Say("文件没给就写 unset: 原因", "write unset: reason if the document gives none"))
	}
	fields := l.Report.Fields(values)
	if values != nil && values.Kind == text.Mapping && len(fields) == 0 {
		blank(values)
	}
	for _, dated := range fields {
		if dated.Value.IsNull() {
			blank(dated.Key)
			continue
		}
		if p.Type == rule.NoType {
			continue // its unit has been refused
		}
		if v := rule.ReadValue(&l.Report, dated.Value, p.Type); v != nil {
			from := l.Day(dated.Key)
			if slices.ContainsFunc(p.Values, func(other Dated) bool { return other.From == from }) {
				l.At(dated.Key, "pack.duplicate", text.Say("%s 的值写了两次", "the value from %s is given twice", from), text.Say("只保留一处", "keep one of them"))
			}
			p.Values = append(p.Values, Dated{From: from, Value: v})
		}
	}
	sort.SliceStable(p.Values, func(i, j int) bool { return p.Values[i].From < p.Values[j].From })
}

func (l *loader) unit(n *text.Node) rule.Type {
	t := rule.UnitType(l.Report.Text(n))
	if t == rule.NoType && n != nil {
		l.At(n, "pack.unit", text.Say("不认识的单位 %s", "unknown unit %s", n.Value), text.Say("可用：yuan、yuan/month、rate、count、day、text、bool、bands、rates、counts", "known: yuan, yuan/month, rate, count, day, text, bool, bands, rates, counts"))
	}
	return t
}

// reserved are words that mean something else behind a table's name, or nothing that an expression could say.
var reserved = []string{"has", "has_any", "all", "exists", "exists_one", "filter", "map", "type", "dyn", "matches", "size", "in", "true", "false", "null", "yuan", "pct", "day", "division"}

func (l *loader) table(raw rawBlock) rule.Variable {
	b, m := l.block(raw)
	t := &TableBlock{Block: b, Type: &rule.TableType{Name: b.ID, Label: l.label(m.Need("label"))}}
	b.Name = t.Type.Label
	for _, key := range l.Report.Fields(m.Need("keys")) {
		t.Type.Keys = append(t.Type.Keys, l.keyColumn(key))
	}
	refused := false
	for _, value := range l.Report.Fields(m.Get("values")) {
		if slices.Contains(reserved, value.Key.Value) || !snake.MatchString(value.Key.Value) {
			l.At(value.Key, "pack.column", text.Say("列名 %s 不能用", "the column name %s cannot be used", value.Key.Value), fault.Text{})
			refused = true
			continue
		}
		t.Type.Values = append(t.Type.Values, rule.Column{Name: value.Key.Value, Type: l.unit(value.Value)})
	}
	t.ToVerify = l.oneOf(m.Need("status"), "complete", "待核实") == "待核实"
	if note := m.Get("note"); note != nil || t.ToVerify {
		t.Note = l.label(m.Need("note"))
	}
	if rows, file := m.Get("rows"), m.Get("file"); !refused { // a column less, no row would fit
		t.Rows = l.rows(t.Type, rows, file)
	}
	m.Done()
	l.pack.Tables[b.ID] = t
	return rule.Variable{Name: b.ID, Origin: rule.FromTable, Label: t.Type.Label, Table: t.Type}
}

func (l *loader) keyColumn(field text.Field) rule.Column {
	c := rule.Column{Name: field.Key.Value}
	kind := l.Report.Text(field.Value)
	fact, isEnum := strings.CutPrefix(kind, "enum:")
	switch {
	case kind == "icd10":
		c.Type, c.ICD10 = rule.TextType, true
	case kind == "fee_item":
		c.Type, c.Words = rule.TextType, l.pack.Vocabulary.Facts["line.item"].Words()
	case isEnum && l.pack.Vocabulary.Facts[fact] != nil:
		c.Type, c.Words = l.pack.Vocabulary.Facts[fact].Type, l.pack.Vocabulary.Facts[fact].Words()
		if c.Type == rule.ListType {
			c.Type = rule.TextType
		}
	case isEnum:
		l.unknownFact(field.Value, "pack.key-type", fact)
		c.Type = rule.TextType
	default:
		if c.Type = rule.UnitType(kind); c.Type == rule.NoType {
			l.At(field.Value, "pack.key-type", text.Say("键列类型 %s 不能用", "the key type %s cannot be used", kind), text.Say("可用：text、count、icd10、fee_item、enum:<情况>", "known: text, count, icd10, fee_item, enum:<fact>"))
			c.Type = rule.TextType
		}
	}
	return c
}

func (l *loader) unknownFact(n *text.Node, code, name string) {
	l.At(n, code, text.Say("词汇表里没有 %s", "the vocabulary has no %s", name), text.DidYouMean(name, keysOf(l.pack.Vocabulary.Facts)))
}

func (l *loader) rows(t *rule.TableType, written, file *text.Node) [][]ref.Val {
	var rows [][]ref.Val
	source := l.Items(written)
	if file != nil {
		source = l.csvRows(t, file)
	}
	lines := map[string]int{}
	for _, n := range source {
		row := readRow(&l.Report, t, n)
		if row == nil {
			continue
		}
		var keys []string
		for _, key := range row[:len(t.Keys)] {
			keys = append(keys, rule.Display(key, ""))
		}
		shown := strings.Join(keys, "、")
		if first, twice := lines[shown]; twice {
			l.At(n, "pack.row-repeated", text.Say("“%s”已在第 %d 行", "“%s” stands on line %d already", shown, first), text.Say("只保留一行", "keep one of them"))
		}
		lines[shown] = n.Line
		rows = append(rows, row)
	}
	return rows
}

// csvRows reads a table's file as rows of nodes that know their places.
func (l *loader) csvRows(t *rule.TableType, file *text.Node) []*text.Node {
	name := path.Join(l.dir, l.Report.Text(file))
	content, err := readFile(l.fsys, name)
	if err != nil || !fs.ValidPath(file.Value) { // such as one of another pack, which this pack's hash would not cover
		l.At(file, "pack.table-file", text.Say("读不到表 %s", "cannot read the table %s", file.Value), text.Say("表放在本包的 tables 目录里，写作 tables/x.csv", "keep it in the pack's folder, such as tables/x.csv"))
		return nil
	}
	rows, err := text.CSV(name, content)
	l.Add(err)
	var want []string
	for _, column := range append(slices.Clone(t.Keys), t.Values...) {
		want = append(want, column.Name)
	}
	if len(rows) == 0 {
		return nil
	}
	var found []string
	for _, cell := range rows[0].Items {
		found = append(found, cell.Value)
	}
	if !slices.Equal(found, want) {
		l.At(rows[0], "pack.table-header", text.Say("表头应为 %s", "the header must read %s", strings.Join(want, ",")), fault.Text{})
		return nil
	}
	return rows[1:]
}

func readRow(r *text.Report, t *rule.TableType, n *text.Node) []ref.Val {
	cells := r.Items(n)
	if want := len(t.Keys) + len(t.Values); len(cells) != want {
		r.At(n, "pack.row", text.Say("这一行应有 %d 列，实有 %d 列", "this row needs %d columns, it has %d", want, len(cells)), fault.Text{})
		return nil
	}
	row := make([]ref.Val, len(cells))
	for i, column := range append(slices.Clone(t.Keys), t.Values...) {
		if i >= len(t.Keys) && (cells[i].IsNull() || cells[i].Value == "") {
			continue // a cell the document does not give
		}
		if column.Type == rule.NoType {
			continue // its unit has been refused
		}
		if row[i] = rule.ReadValue(r, cells[i], column.Type); row[i] == nil {
			return nil
		}
		if word := cells[i].Value; column.Words != nil && !slices.Contains(column.Words, word) {
			r.At(cells[i], "pack.row-word", text.Say("没有“%s”这一项", "there is no “%s”", word), text.DidYouMean(word, column.Words))
		}
	}
	return row
}

func (l *loader) question(raw rawBlock) rule.Variable {
	b, m := l.block(raw)
	q := &Question{Block: b, About: m.Texts("about"), Wording: readLabel(&l.Report, m.Need("wording")), Open: l.Bool(m.Get("open")), Why: l.label(m.Need("why")), Type: rule.TextType}
	if t := m.Get("type"); t != nil {
		if q.Type = rule.UnitType(l.Report.Text(t)); q.Type == rule.NoType {
			l.unit(t)
			q.Type = rule.TextType
		}
	}
	b.Name = q.Wording
	for _, field := range l.Report.Fields(m.Need("readings")) {
		if v := l.reading(q, field.Key); v != nil {
			q.Readings = append(q.Readings, Reading{Key: field.Key.Value, Value: v, Label: l.label(field.Value)})
		}
	}
	if len(q.Readings) < 2 {
		l.At(raw.node, "pack.readings", text.Say("疑义至少要有两种读法", "a question has at least two readings"), fault.Text{})
	}
	l.applied(q, m.Need("applied"))
	m.Done()
	l.pack.Questions[b.ID] = q
	v := rule.Variable{Name: "question." + b.ID, Type: q.Type, Origin: rule.FromQuestion, Label: q.Wording}
	if q.Type == rule.TextType {
		for _, reading := range q.Readings {
			v.Words = append(v.Words, reading.Key)
		}
	}
	return v
}

// reading reads the key of a reading, which for lists is YAML inside a text.
func (l *loader) reading(q *Question, n *text.Node) ref.Val {
	if q.Type == rule.CountsType || q.Type == rule.RatesType {
		inner, err := text.ParseBlock(n.Source(), n.Value, n.Line-1)
		if err != nil {
			l.Add(err)
			return nil
		}
		return rule.ReadValue(&l.Report, inner, q.Type)
	}
	return rule.ReadValue(&l.Report, n, q.Type)
}

func (l *loader) applied(q *Question, n *text.Node) {
	if n == nil {
		return
	}
	var list ref.Val
	if n.Kind == text.List {
		if list = rule.ReadValue(&l.Report, n, q.Type); list == nil {
			return
		}
	}
	var known []string
	for _, reading := range q.Readings {
		known = append(known, reading.Key)
		if list == nil && reading.Key == n.Value || list != nil && Same(list, reading.Value) {
			q.Applied = reading.Value
		}
	}
	if q.Applied == nil {
		l.At(n, "pack.applied", text.Say("applied 应是读法之一", "applied must be one of the readings"), text.Known(known))
	}
}

var deadlineForm = regexp.MustCompile(`^(\d+) (working days?|natural days?|months?)$`)
var lengthForm = regexp.MustCompile(`^(?:every )?(\d+) (years?|months?|days?)$`)
