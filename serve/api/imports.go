package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strconv"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/auth"
	"doudi/record/roll"
	"doudi/record/roll/sheet"
	"doudi/record/store"
	"doudi/serve/present"
)

type importBody struct {
	Source   string `json:"source" minLength:"1" maxLength:"100" doc:"来源单位 the office that issued the roll"`
	Name     string `json:"name" minLength:"1" maxLength:"200" doc:"文件名 name of the file"`
	Content  string `json:"content" minLength:"1" doc:"文件内容，base64，至多约 3 MB；更大的用 doudi import the file as base64, some 3 MB at most; larger ones with doudi import"`
	Since    string `json:"since,omitempty" maxLength:"10" doc:"没有写日期的情况从哪天起，不写为今天 since when undated facts hold, by default today"`
	Template string `json:"template,omitempty" maxLength:"50" doc:"模板，不写则自动识别 template; recognised when left out"`
	Sheet    string `json:"sheet,omitempty" maxLength:"100" doc:"工作表 sheet of the workbook"`
	Mapping  string `json:"mapping,omitempty" maxLength:"100" doc:"按哪个来源保存的列对照读，不写为本来源的 the source whose mapping it is read by, by default its own"`
}

type importView struct {
	ID            string           `json:"id"`
	Source        string           `json:"source"`
	Name          string           `json:"name"`
	Template      string           `json:"template"`
	State         string           `json:"state" enum:"receiving,asking,staging,comparing,ready,applying,applied,undoing,undone,dropped"`
	Label         present.Label    `json:"label"`
	Rows          int64            `json:"rows" doc:"已读的行数 rows read so far"`
	Done          int64            `json:"done" doc:"这一步已办的行数 rows done in this state"`
	Verdicts      map[string]int64 `json:"verdicts" doc:"每种结论的行数 rows by verdict"`
	Applied       int64            `json:"applied"`
	LeftOut       int64            `json:"leftOut"`
	Undone        int64            `json:"undone"`
	Disagreements int64            `json:"disagreements" doc:"与其他来源不一致的情况 facts that other sources state otherwise"`
	Lasting       bool             `json:"lasting" doc:"false：暂存内容已清除 what was staged has been destroyed"`
	Begun         string           `json:"begun"`
}

func viewImport(i roll.Import) importView {
	label := i.State.Label()
	view := importView{ID: i.ID, Source: i.Source, Name: i.Name, Template: i.Template, State: string(i.State), Label: labelOf(label), Rows: i.Rows, Done: i.Done,
		Verdicts: map[string]int64{}, Applied: i.Counts.Applied, LeftOut: i.Counts.LeftOut, Undone: i.Counts.Undone, Disagreements: i.Counts.Disagreements, Lasting: i.Lasting, Begun: store.FormatInstant(i.Begun)}
	for _, verdict := range roll.Verdicts {
		view.Verdicts[string(verdict)] = i.Counts.Verdicts[verdict]
	}
	return view
}

type importsView struct {
	Imports []importView `json:"imports" nullable:"false"`
	Next    string       `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type importListParams struct {
	Cursor string `query:"cursor"`
	Limit  string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type oneImport struct {
	ID string `path:"id" doc:"导入的编号 id of the import"`
}

type importRowsParams struct {
	ID      string `path:"id" doc:"导入的编号 id of the import"`
	Verdict string `query:"verdict" required:"true" doc:"ambiguous refused absent new changed same 之一 one of them"`
	Purpose string `query:"purpose" required:"true" doc:"查看目的 what the look is for"`
	Cursor  string `query:"cursor"`
	Limit   string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type importReason struct {
	Code   string        `json:"code"`
	Place  string        `json:"place,omitempty" doc:"文件里的位置 where in the file"`
	Header string        `json:"header,omitempty"`
	Says   present.Label `json:"says"`
	Hint   present.Label `json:"hint"`
}

type importChange struct {
	Fact   string        `json:"fact"`
	Label  present.Label `json:"label"`
	Kind   string        `json:"kind" enum:"stated,restated,ended,disagrees"`
	Old    *string       `json:"old" doc:"没有或不给看为 null null when nothing is known or withheld"`
	New    *string       `json:"new"`
	Source string        `json:"source,omitempty" doc:"原来的是谁说的 who said the old one"`
	Known  string        `json:"known,omitempty" doc:"原来的何时得知 when the old one was learnt"`
}

type importRowView struct {
	Row       int64          `json:"row"`
	Place     string         `json:"place" doc:"文件里的位置 where in the file"`
	Verdict   string         `json:"verdict" enum:"ambiguous,refused,absent,new,changed,same"`
	Person    string         `json:"person,omitempty"`
	Cells     []string       `json:"cells" nullable:"false" doc:"这把密钥不能看全部敏感情况时为空 empty unless the key may see all that is protected"`
	Reasons   []importReason `json:"reasons" nullable:"false"`
	Changes   []importChange `json:"changes" nullable:"false"`
	Others    []string       `json:"others" nullable:"false" doc:"可能是哪些人 whom it may be about"`
	Decided   string         `json:"decided,omitempty" doc:"none new person：已经怎样判断 what was decided"`
	DecidedOn string         `json:"decidedOn,omitempty" doc:"判断为哪个人 which person it was said to be"`
}

type importRowsView struct {
	Rows []importRowView `json:"rows" nullable:"false"`
	Next string          `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type decideBody struct {
	Row    string `json:"row" minLength:"1" maxLength:"10" doc:"行 the row"`
	Take   string `json:"take" enum:"none,new,person" doc:"不导入、作为新的人、或是 person 这个人 leave it out, somebody new, or this person"`
	Person string `json:"person,omitempty" maxLength:"40"`
}

type undoBody struct {
	Leave bool `json:"leave" doc:"true：之后又有登记依据的行保留，撤回其余 rows on which later news stands stay, the others are taken back"`
}

type refusedView struct {
	Rows    int64  `json:"rows"`
	Content string `json:"content" doc:"工作簿，base64 the workbook as base64"`
}

type disagreementView struct {
	ID       string        `json:"id"`
	Party    string        `json:"party"`
	Import   string        `json:"import"`
	Row      int64         `json:"row"`
	Fact     string        `json:"fact"`
	Label    present.Label `json:"label"`
	Withheld bool          `json:"withheld" doc:"true：这把密钥看不到 the key may not see it"`
	Standing sideView      `json:"standing" doc:"登记中的，未处理前以它为准 in the register; counts as long as nobody decided"`
	Other    sideView      `json:"other" doc:"另一来源所说 what the other source says"`
	State    string        `json:"state" enum:"open,taken,kept,undone"`
}

type sideView struct {
	Value  string     `json:"value"`
	Source string     `json:"source"`
	Day    period.Day `json:"day" doc:"得知的日期 when it was learnt"`
}

type disagreementsView struct {
	Disagreements []disagreementView `json:"disagreements" nullable:"false"`
	Next          string             `json:"next,omitempty" doc:"下一页的 cursor the cursor of the next page"`
}

type disagreementsParams struct {
	State   string `query:"state" doc:"open taken kept undone，不写为 open by default open"`
	Purpose string `query:"purpose" required:"true" doc:"查看目的 what the look is for"`
	Cursor  string `query:"cursor"`
	Limit   string `query:"limit" doc:"1 到 100，不写为 50 1 to 100, by default 50"`
}

type oneDisagreement struct {
	ID string `path:"id" doc:"不一致的编号 id of the disagreement"`
}

type resolveBody struct {
	Take   bool   `json:"take" doc:"true：改以另一来源为准；false：登记中的不变 the other source counts from now on; or what stands stays"`
	Reason string `json:"reason" minLength:"1" maxLength:"200"`
}

// importOperations registers how rolls come into the register.
func (s *server) importOperations() {
	writes(s, operation{method: http.MethodPost, path: "/imports", id: "receive-import", scope: auth.RegisterWrite, summary: "上传名单 · hand in a roll",
		example:     map[string]any{"source": "县残联", "name": "名单.csv", "content": base64.StdEncoding.EncodeToString([]byte(exampleRoll))},
		description: "收下一份 xlsx 或 CSV 名单，登记没有改动。看不懂的文件不收，并说明缺什么。\n\nTakes in a roll as xlsx or CSV; the register is not changed. A file that cannot be understood is refused, with what it lacks."}, receiveImport)
	reads(s, operation{method: http.MethodGet, path: "/imports", id: "list-imports", scope: auth.RegisterWrite, summary: "导入一览 · list imports", description: "新的在前。\n\nThe newest first."}, listImports)
	reads(s, operation{method: http.MethodGet, path: "/imports/{id}", id: "read-import", scope: auth.RegisterWrite, summary: "一次导入 · read an import", description: "走到哪一步，各种结论有多少行。\n\nWhere it stands, and how many rows have which verdict."}, readImport)
	const goesOn = "每次办几秒钟，没有办完就再发一次，直到状态改变；办过的不会再办。\n\nWorks for some seconds; send it again until the state is another one. Nothing is done twice."
	reads(s, operation{method: http.MethodPost, path: "/imports/{id}/staging", id: "stage-import", scope: auth.RegisterWrite, summary: "读取并比对 · read the rows and compare them",
		description: "逐行读取，与登记比对，得出结论。" + goesOn}, stageImport)
	reads(s, operation{method: http.MethodGet, path: "/imports/{id}/rows", id: "list-import-rows", scope: auth.RegisterWrite, summary: "各行的结论 · rows by verdict",
		description: "每次查看都记入日志。\n\nEach look is kept in the log."}, listImportRows)
	writes(s, operation{method: http.MethodPost, path: "/imports/{id}/decision", id: "decide-import-row", scope: auth.RegisterWrite, summary: "判断有歧义的一行 · decide an ambiguous row",
		example: map[string]any{"row": "1", "take": "none"}, description: "写入之前可以改。\n\nIt can be said anew until the import is applied."}, decideRow)
	reads(s, operation{method: http.MethodPost, path: "/imports/{id}/application", id: "apply-import", scope: auth.RegisterWrite, summary: "写入登记 · apply an import",
		description: "没有判断的、现在会被拒绝的行不写入，并说明原因。" + goesOn}, applyImport)
	reads(s, operation{method: http.MethodPost, path: "/imports/{id}/undo", id: "undo-import", scope: auth.RegisterWrite, summary: "撤回整次导入 · take an import back", example: map[string]any{"leave": false},
		description: "撤回的都留有记录，不删除。" + goesOn}, undoImport)
	writes(s, operation{method: http.MethodPost, path: "/imports/{id}/drop", id: "drop-import", scope: auth.RegisterWrite, summary: "放弃 · give an import up", description: "写入之前。\n\nBefore it is applied."}, dropImport)
	reads(s, operation{method: http.MethodGet, path: "/imports/{id}/refused", id: "read-refused-rows", scope: auth.RegisterWrite, summary: "退回的工作簿 · the error workbook",
		description: "不能导入和没有判断的行，后面写着原因；改好后可以重新上传。密钥要能看全部敏感情况。\n\nRows that were refused or that nobody decided, with the reasons behind them, to be corrected and handed in again. The key must see all that is protected."}, readRefused)
	reads(s, operation{method: http.MethodPost, path: "/imports/sweep", id: "sweep-imports", scope: auth.RegisterWrite, summary: "清除暂存内容 · destroy what was staged", example: map[string]any{"days": "30"},
		description: "已办结、已放弃或读到一半搁下满这么多天的导入，其文件、逐行内容和结论清除；写入登记的、撤回的依据都保留，待审核的不清除。每次办几秒钟，没有清完就再发一次。\n\n" +
			"Destroys the file, rows and verdicts of imports that were done with, given up or left lying so many days ago. What they made stays and can be taken back; what waits for review stays. Works for some seconds; send it again until nothing is left."}, sweepImports)
	s.mappingOperations()
	reads(s, operation{method: http.MethodGet, path: "/disagreements", id: "list-disagreements", scope: auth.RegisterWrite, summary: "来源不一致 · where sources disagree",
		description: "两种说法都保留，没有处理前以登记中的为准。\n\nBoth stand; what is in the register counts as long as nobody decided."}, listDisagreements)
	writes(s, operation{method: http.MethodPost, path: "/disagreements/{id}/decision", id: "resolve-disagreement", scope: auth.RegisterWrite, summary: "处理不一致 · decide a disagreement",
		example: map[string]any{"take": true, "reason": "以残联核定为准"}, description: "另一来源的说法从现在起算数，或者登记不变；两种说法都留着。\n\nThe other source counts from now on, or what stands stays; both remain on record."}, resolveDisagreement)
}

const exampleRoll = "乡镇,姓名,身份证号码,残疾人证号,补贴类型,补贴对象类型,补贴金额,享受补贴起始月份\n"

func receiveImport(c *call, tx *store.Tx, _ *none, b *importBody) (importView, error) {
	content, err := base64.StdEncoding.DecodeString(b.Content)
	if err != nil {
		return importView{}, parameter("content", "base64")
	}
	u := roll.Upload{Source: b.Source, Sender: c.key.Party, Name: b.Name, Content: bytes.NewReader(content), Size: int64(len(content)), Mapping: b.Mapping, Wish: sheet.Wish{Template: b.Template, Sheet: b.Sheet}}
	if u.Since, err = c.written("since", b.Since, c.today()); err != nil {
		return importView{}, err
	}
	i, err := c.Record.Rolls.ReceiveSmall(tx, u)
	return viewImport(i), err
}

func listImports(c *call, p *importListParams, _ *none) (importsView, error) {
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return importsView{}, err
	}
	view := importsView{Imports: []importView{}}
	err = c.read(func(tx *store.Tx) error {
		found, err := c.Record.Rolls.List(tx, roll.Filter{}, page.after, page.more())
		found, view.Next = cut(page, found, func(i roll.Import) string { return i.ID })
		for _, i := range found {
			view.Imports = append(view.Imports, viewImport(i))
		}
		return err
	})
	return view, err
}

func readImport(c *call, p *oneImport, _ *none) (view importView, err error) {
	err = c.read(func(tx *store.Tx) error {
		i, err := c.Record.Rolls.Get(tx, p.ID)
		view = viewImport(i)
		return err
	})
	return view, err
}

// workOn works on an import for a while and answers where it stands.
func (c *call) workOn(id string, do func(ctx context.Context, by roll.By) error) (importView, error) {
	err := c.awhile(func(ctx context.Context) error {
		return do(ctx, roll.By{County: c.county, Actor: c.actor(), Instant: c.now})
	})
	if err != nil {
		return importView{}, err
	}
	return readImport(c, &oneImport{id}, nil)
}

func stageImport(c *call, p *oneImport, _ *none) (importView, error) {
	return c.workOn(p.ID, func(ctx context.Context, by roll.By) error {
		_, err := c.Record.Rolls.Stage(ctx, by, p.ID, nil)
		return err
	})
}

func applyImport(c *call, p *oneImport, _ *none) (importView, error) {
	return c.workOn(p.ID, func(ctx context.Context, by roll.By) error {
		_, err := c.Record.Rolls.Apply(ctx, by, p.ID, nil)
		return err
	})
}

func undoImport(c *call, p *oneImport, b *undoBody) (importView, error) {
	return c.workOn(p.ID, func(ctx context.Context, by roll.By) error {
		_, err := c.Record.Rolls.Undo(ctx, by, p.ID, b.Leave, nil)
		return err
	})
}

func dropImport(c *call, tx *store.Tx, p *oneImport, _ *none) (importView, error) {
	if err := c.Record.Rolls.Drop(tx, p.ID); err != nil {
		return importView{}, err
	}
	i, err := c.Record.Rolls.Get(tx, p.ID)
	return viewImport(i), err
}

type sweepBody struct {
	Days string `json:"days" minLength:"1" maxLength:"4" doc:"满多少天，至少 1 how many days ago, at least 1"`
}

type sweptView struct {
	Swept int64 `json:"swept" doc:"清除了多少次导入 how many imports"`
}

func sweepImports(c *call, _ *none, b *sweepBody) (view sweptView, err error) {
	days, err := strconv.Atoi(b.Days)
	if err != nil || days < 1 {
		return view, parameter("days", b.Days)
	}
	err = c.awhile(func(ctx context.Context) error {
		swept, err := c.Record.Rolls.Sweep(ctx, roll.By{County: c.county, Actor: c.actor(), Instant: c.now}, c.now.AddDate(0, 0, -days))
		view.Swept = int64(swept)
		return err
	})
	return view, err
}

// seesAll tells whether the key may see everything that is protected, as a file may hold all of it.
func (c *call) seesAll() bool {
	return c.key.Sees(rule.Identity) && c.key.Sees(rule.Finance) && c.key.Sees(rule.Health) && c.key.Sees(rule.Child)
}

func listImportRows(c *call, p *importRowsParams, _ *none) (importRowsView, error) {
	page, err := readPage[int64](p.Limit, p.Cursor)
	if err != nil {
		return importRowsView{}, err
	}
	if label := roll.Verdict(p.Verdict).Label(); label.ZH == "" {
		return importRowsView{}, parameter("verdict", p.Verdict)
	}
	view := importRowsView{Rows: []importRowView{}}
	err = c.look("api.list-import-rows", func(tx *store.Tx) error {
		found, err := c.Record.Rolls.Rows(tx, p.ID, roll.Verdict(p.Verdict), page.after, page.more())
		if err != nil {
			return err
		}
		view.Rows = view.Rows[:0]
		found, view.Next = cut(page, found, func(r roll.Row) int64 { return r.No })
		var people []string
		for _, r := range found {
			if r.Person != "" {
				people = append(people, r.Person)
			}
			view.Rows = append(view.Rows, c.viewRow(r))
		}
		return c.seen(tx, "roll.rows", p.ID, p.Purpose, people...)
	})
	return view, err
}

func (c *call) viewRow(r roll.Row) importRowView {
	view := importRowView{Row: r.No, Place: r.Place, Verdict: string(r.Verdict), Person: r.Person, Cells: []string{}, Reasons: []importReason{}, Changes: []importChange{}, Others: append([]string{}, r.Others...)}
	if c.seesAll() {
		view.Cells = append(view.Cells, r.Cells...)
	}
	if r.Decision != nil {
		view.Decided, view.DecidedOn = string(r.Decision.Take), r.Decision.Person
	}
	for _, reason := range r.Reasons {
		view.Reasons = append(view.Reasons, importReason{reason.Code, reason.Place, reason.Header, labelOf(reason.Text), labelOf(reason.Hint)})
	}
	for _, change := range r.Changes {
		view.Changes = append(view.Changes, c.viewChange(change))
	}
	return view
}

func labelOf(t fault.Text) present.Label { return present.Label{ZH: t.ZH, EN: t.In("en")} }

// viewChange is a change without the values of what the key may not see.
func (c *call) viewChange(change roll.Change) importChange {
	view := importChange{Fact: change.Field, Label: labelOf(change.Label), Kind: string(change.Kind)}
	t, err := c.Record.Register.Type(change.Field)
	if err == nil && !c.key.Sees(t.Sensitivity) {
		return view
	}
	view.New, view.Source, view.Known = &change.New, change.Source, change.Known
	if change.Old != "" {
		view.Old = &change.Old
	}
	return view
}

func decideRow(c *call, tx *store.Tx, p *oneImport, b *decideBody) (importView, error) {
	row, err := strconv.ParseInt(b.Row, 10, 64)
	if err != nil {
		return importView{}, parameter("row", b.Row)
	}
	if err := c.Record.Rolls.Decide(tx, p.ID, row, roll.Decision{Take: roll.Take(b.Take), Person: b.Person}); err != nil {
		return importView{}, err
	}
	i, err := c.Record.Rolls.Get(tx, p.ID)
	return viewImport(i), err
}

func readRefused(c *call, p *oneImport, _ *none) (refusedView, error) {
	if !c.seesAll() {
		return refusedView{}, auth.ScopeNeeded(auth.IdentityFacts)
	}
	var b bytes.Buffer
	n, err := c.Record.Rolls.WriteRefused(c.ctx, roll.By{County: c.county, Actor: c.actor(), Instant: c.now}, p.ID, c.lang, &b)
	return refusedView{int64(n), base64.StdEncoding.EncodeToString(b.Bytes())}, err
}

func listDisagreements(c *call, p *disagreementsParams, _ *none) (disagreementsView, error) {
	page, err := readPage[string](p.Limit, p.Cursor)
	if err != nil {
		return disagreementsView{}, err
	}
	state := roll.Unsettled
	if p.State != "" {
		state = roll.Settled(p.State)
	}
	view := disagreementsView{Disagreements: []disagreementView{}}
	err = c.look("api.list-disagreements", func(tx *store.Tx) error {
		found, err := c.Record.Rolls.Disagreements(tx, state, page.after, page.more())
		if err != nil {
			return err
		}
		view.Disagreements = view.Disagreements[:0]
		found, view.Next = cut(page, found, func(d roll.Disagreement) string { return d.ID })
		var parties []string
		for _, d := range found {
			parties = append(parties, d.Party)
			view.Disagreements = append(view.Disagreements, c.viewDisagreement(d))
		}
		return c.seen(tx, "roll.disagreements", "", p.Purpose, parties...)
	})
	return view, err
}

func (c *call) viewDisagreement(d roll.Disagreement) disagreementView {
	view := disagreementView{ID: d.ID, Party: d.Party, Import: d.Import, Row: d.RowNo, Fact: d.Type.Name, Label: labelOf(d.Type.Label), State: string(d.State), Withheld: !c.key.Sees(d.Type.Sensitivity),
		Standing: sideView{"", "", d.Standing.Day}, Other: sideView{"", "", d.Other.Day}}
	if !view.Withheld {
		view.Standing.Value, view.Standing.Source = d.Standing.Value, d.Standing.Source
		view.Other.Value, view.Other.Source = d.Other.Value, d.Other.Source
	}
	return view
}

func resolveDisagreement(c *call, tx *store.Tx, p *oneDisagreement, b *resolveBody) (idView, error) {
	return idView{p.ID}, c.Record.Rolls.Resolve(tx, p.ID, b.Take, b.Reason)
}
