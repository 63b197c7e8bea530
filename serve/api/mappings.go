package api

import (
	"net/http"

	"doudi/record/auth"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
)

type mappingColumn struct {
	Header string            `json:"header" minLength:"1" maxLength:"300" doc:"文件里的列名 as it stands in the file"`
	As     string            `json:"as" maxLength:"100" doc:"模板的列，或情况的名称，如 person.name；空表示不读 a column of the template or the name of a fact; empty when it is left out"`
	Words  map[string]string `json:"words,omitempty" doc:"文件里的词是什么意思，如 老公 是 配偶 what words of the file mean"`
}

type mappingBody struct {
	Source   string          `json:"source" minLength:"1" maxLength:"100" doc:"来源单位 the office that issues the rolls"`
	Template string          `json:"template,omitempty" maxLength:"50" doc:"模板；不写则各列直接写情况的名称 template; without one every column names a fact"`
	Columns  []mappingColumn `json:"columns" nullable:"false" minItems:"1" maxItems:"512"`
}

type mappingView struct {
	Source   string          `json:"source"`
	Template string          `json:"template,omitempty"`
	Columns  []mappingColumn `json:"columns" nullable:"false"`
	Kept     string          `json:"kept" doc:"保存的时间 when it was kept"`
	Actor    string          `json:"actor" doc:"谁保存的 who kept it"`
}

type mappingsView struct {
	Mappings []mappingView `json:"mappings" nullable:"false"`
}

type sourceBody struct {
	Source string `json:"source" minLength:"1" maxLength:"100" doc:"来源单位 the office"`
}

// mappingOperations registers what the columns of the offices' own files are.
func (s *server) mappingOperations() {
	reads(s, operation{method: http.MethodGet, path: "/import-mappings", id: "list-import-mappings", scope: auth.RegisterWrite, summary: "已保存的列对照 · kept mappings",
		description: "各来源的文件里，哪一列是什么。\n\nWhat the columns of each source's files are."}, listMappings)
	writes(s, operation{method: http.MethodPost, path: "/import-mappings", id: "keep-import-mapping", scope: auth.RegisterWrite, summary: "保存列对照 · keep a mapping",
		example:     map[string]any{"source": "县医保局", "columns": []map[string]any{{"header": "参保人", "as": "person.name"}, {"header": "证号", "as": "person.id"}, {"header": "备注", "as": ""}}},
		description: "这个来源以后的文件都照此读取；再次保存就换成新的。读不了任何文件的对照不收。\n\nFiles of the source are read by it from now on. A mapping by which no file can be read is refused."}, keepMapping)
	writes(s, operation{method: http.MethodPost, path: "/import-mappings/removal", id: "forget-import-mapping", scope: auth.RegisterWrite, summary: "删除列对照 · delete a mapping",
		example: map[string]any{"source": "县医保局"}, description: "以后按表头识别。\n\nFiles are recognised by their headers again."}, forgetMapping)
}

func (b *mappingBody) mapping() sheet.Mapping {
	m := sheet.Mapping{Template: b.Template}
	for _, c := range b.Columns {
		m.Columns = append(m.Columns, sheet.Column(c))
	}
	return m
}

func viewMapping(k roll.KeptMapping) mappingView {
	view := mappingView{k.Source, k.Mapping.Template, []mappingColumn{}, store.FormatInstant(k.Kept), k.Actor}
	for _, c := range k.Mapping.Columns {
		view.Columns = append(view.Columns, mappingColumn(c))
	}
	return view
}

func listMappings(c *call, _ *none, _ *none) (mappingsView, error) {
	view := mappingsView{Mappings: []mappingView{}}
	err := c.read(func(tx *store.Tx) error {
		kept, err := c.Record.Rolls.Mappings(tx)
		view.Mappings = view.Mappings[:0]
		for _, k := range kept {
			view.Mappings = append(view.Mappings, viewMapping(k))
		}
		return err
	})
	return view, err
}

func keepMapping(c *call, tx *store.Tx, _ *none, b *mappingBody) (sourceBody, error) {
	return sourceBody{b.Source}, c.Record.Rolls.KeepMapping(tx, b.Source, b.mapping())
}

func forgetMapping(c *call, tx *store.Tx, _ *none, b *sourceBody) (sourceBody, error) {
	return sourceBody{b.Source}, c.Record.Rolls.ForgetMapping(tx, b.Source)
}
