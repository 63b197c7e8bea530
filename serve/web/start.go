package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"

	"doudi/decide/rule"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	"doudi/record/benefit"
	"doudi/record/job"
	"doudi/record/roll"
	rolls "doudi/record/roll/sheet"
	"doudi/record/store"
)

// startForm is a page on which work in the background is begun.
type startForm struct {
	Title, Says, Act, Path string
	Back                   link
	Fields, More           []field
	Problems               []problem
	Key                    string
}

func (v *view) newRun() error { return v.showNewRun(http.StatusOK, nil) }

func (v *view) showNewRun(status int, problem error) error {
	f := startForm{Title: v.say("核定一个月", "Run a month"), Says: v.say("全县逐人逐户核定，只记与以前不同的；另一人批准后才算数", "everybody is decided, and only what differs is kept; it counts once another person approves it"),
		Act: v.say("开始核定", "Begin the run"), Path: "/runs/new", Back: link{v.say("月度核定", "Monthly runs"), "/runs"}, Key: cmp.Or(v.asked("key"), newKey())}
	err := v.Record.Store.Read(v.r.Context(), v.County, func(tx *store.Tx) error {
		opening, err := benefit.Opening(tx)
		if err != nil {
			return err
		}
		open, err := benefit.Open(tx)
		if err != nil {
			return err
		}
		month := v.today().Month()
		if open != nil {
			month = open.Month
		}
		f.Fields = []field{{Name: "month", Label: v.say("月份", "Month"), Need: true, Value: v.typedOr("month", month.String()), Hint: v.say("写作 2021-11", "written 2021-11")}}
		if opening == 0 {
			f.Fields = append(f.Fields, field{Name: "since", Label: v.say("从哪个月起由本系统核定", "First month that is run here"), Value: v.typed("since"),
				Hint: v.say("只在首次；不写就是本月，更早的月份会算成补发", "of the first run only; by default the month itself, earlier ones come as arrears")})
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.Problems = v.marked(f.Fields, problem)
	return v.show(status, v.errorTitle(f.Problems, f.Title), startPage(v, f))
}

func (v *view) startRun() error {
	w := job.Work{Kind: job.RunMonth}
	var err error
	if w.Month, err = v.month("month"); err == nil && v.asked("since") != "" {
		w.Since, err = v.month("since")
	}
	if err != nil {
		return v.showNewRun(http.StatusUnprocessableEntity, err)
	}
	return v.begin(w, v.showNewRun)
}

// month is a month that was typed. Codes: web.month, web.since.
func (v *view) month(name string) (period.Month, error) {
	month, err := period.ParseMonth(tidied(v.asked(name)))
	if err != nil {
		return 0, refuse(fault.Invalid, name, fault.Text{ZH: "月份写法不对，没有开始", EN: "the month is not understood; nothing was begun"}, fault.Text{ZH: "写作 2021-11", EN: "write it as 2021-11"})
	}
	return month, nil
}

// begin starts a job and goes to its page, or shows the form again with what stood in the way.
func (v *view) begin(w job.Work, again func(status int, problem error) error) error {
	var id string
	err := v.answered("web.job.start", &id, func(tx *store.Tx) (any, error) {
		j, err := v.Record.Jobs.Start(tx, w)
		return j.ID, err
	})
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict:
		if err != nil {
			return again(statuses[fault.KindOf(err)], err)
		}
	}
	return v.orSee(err, jobAddress(id))
}

// answered is once with what the command answers, also when the form is sent a second time.
func (v *view) answered(name string, into any, do func(tx *store.Tx) (any, error)) error {
	outcome, err := v.Record.Store.Write(v.r.Context(), v.command(name, v.asked("key"), []byte(v.r.URL.Path+"\n"+v.r.PostForm.Encode())), do)
	if err != nil {
		return err
	}
	return json.Unmarshal(outcome.Result, into)
}

func (v *view) newBatch() error { return v.showNewBatch(http.StatusOK, nil) }

func (v *view) showNewBatch(status int, problem error) error {
	scheme := field{Name: "scheme", Label: v.say("待遇", "Benefit"), Need: true, Value: v.typed("scheme")}
	only := v.say("按核定，只有一处时不用选", "as the runs say; needed only where there are several")
	payer := field{Name: "payer", Label: v.say("发放单位", "Payer"), Unchosen: only}
	account := field{Name: "fund", Label: v.say("专账", "Special account"), Unchosen: only}
	for _, p := range v.Record.Benefits.Packs {
		for _, b := range p.Benefits {
			payer.offer(b.Payer, v.in(p.Offices[b.Payer]))
			account.offer(b.Fund, v.in(p.Funds[b.Fund]))
			id := benefit.SchemeOf(p, b)
			if !slices.ContainsFunc(scheme.Options, func(o option) bool { return o.Value == id }) {
				scheme.Options = append(scheme.Options, option{id, v.in(b.Name)})
			}
		}
	}
	f := startForm{Title: v.say("生成发放批次", "Make a payment batch"), Says: v.say("由批准的核定生成，占用专账额度；送复核后由另一人锁定", "from approved runs; its money is spoken for, and another person locks it"),
		Act: v.say("生成批次", "Make the batch"), Path: "/payments/batches/new", Back: link{v.say("发放批次", "Payment batches"), "/payments/batches"}, Key: cmp.Or(v.asked("key"), newKey()),
		Fields: []field{scheme, {Name: "month", Label: v.say("这一期里的任一个月", "Any month of the period"), Need: true, Value: v.typedOr("month", v.today().Month().String()), Hint: v.say("写作 2021-11；按月、季、半年由政策定", "written 2021-11; whether months, quarters or half-years the policy says")},
			{Name: "again", Label: v.say("已锁定的一期再生成一批", "A further batch of a locked period"), Value: v.typed("again"), Unchosen: v.say("否", "no"), Options: []option{{"1", v.say("是，为后来可发的", "yes, for what can be paid now")}}}},
		More: []field{payer.preset(v), account.preset(v)}}
	f.Problems = v.marked(f.Fields, problem)
	return v.show(status, v.errorTitle(f.Problems, f.Title), startPage(v, f))
}

// offer adds a word to a choice, once, by its name or for want of one by itself.
func (f *field) offer(value, label string) {
	if value != "" && !slices.ContainsFunc(f.Options, func(o option) bool { return o.Value == value }) {
		f.Options = append(f.Options, option{value, cmp.Or(label, value)})
	}
}

// preset is a choice with what was chosen, or else with the only word there is.
func (f field) preset(v *view) field {
	only := ""
	if len(f.Options) == 1 {
		only = f.Options[0].Value
	}
	f.Value = v.typedOr(f.Name, only)
	return f
}

func (v *view) makeBatch() error {
	w := job.Work{Kind: job.MakeBatch, Scheme: v.asked("scheme"), Payer: v.asked("payer"), Fund: v.asked("fund"), Again: v.asked("again") == "1"}
	var err error
	if w.Month, err = v.month("month"); err == nil && w.Scheme == "" {
		err = refuse(fault.Invalid, "scheme", fault.Text{ZH: "没有选择待遇，没有开始", EN: "no benefit was chosen; nothing was begun"}, fault.Text{ZH: "从列表选择", EN: "choose one from the list"})
	}
	if err != nil {
		return v.showNewBatch(http.StatusUnprocessableEntity, err)
	}
	return v.begin(w, v.showNewBatch)
}

// uploadForm is the page on which a roll is handed in.
type uploadForm struct {
	Fields      []field
	FileProblem string
	Problems    []problem
	Key         string
}

func (v *view) newImport() error { return v.showUpload(http.StatusOK, nil) }

func (v *view) showUpload(status int, failed error) error {
	catalogue, err := v.Record.Rolls.Catalogue()
	if err != nil {
		return err
	}
	template := field{Name: "template", Label: v.say("模板", "Template"), Value: v.typed("template"), Unchosen: v.say("自动识别", "recognise it"), Hint: v.say("自动识别时先按这个来源以前的列", "recognising begins with the columns this source had before")}
	for _, t := range catalogue.Templates {
		if t.StatesFacts() && v.Record.Rolls.Suits(v.offices(), t) {
			template.Options = append(template.Options, option{t.ID, v.in(t.Label)})
		}
	}
	f := uploadForm{Key: newKey(), Fields: []field{
		{Name: "since", Label: v.say("没有写日期的情况从哪天起", "Since when undated facts hold"), Value: v.typedOr("since", v.today().String()), Hint: v.say("日期，或“一直”", "a day, or always")},
		template,
		{Name: "sheet", Label: v.say("工作表", "Sheet"), Value: v.typed("sheet"), Hint: v.say("工作簿里有几张像数据的表时写明", "where several sheets of a workbook look like data")}}}
	if v.sender() == "" { // an office sends in its own
		f.Fields = slices.Insert(f.Fields, 0, field{Name: "source", Label: v.say("来源单位", "Office that issued it"), Need: true, Value: v.typed("source"), Hint: v.say("如“县残联”；登记里会写明是它说的", "such as the disabled persons' federation; the register will name it")})
	}
	f.Problems = v.marked(f.Fields, failed)
	if failed != nil && f.Problems[0].Field == "" {
		f.FileProblem, f.Problems = f.Problems[0].Message, []problem{{"file", f.Problems[0].Message}}
	}
	return v.show(status, v.errorTitle(f.Problems, v.say("上传名册", "Upload a roll")), uploadPage(v, f))
}

// upload keeps a roll and lets it be read in the background, or asks what its columns are. A file that cannot be read is refused before anything is kept.
func (v *view) upload() error {
	id, err := v.received()
	switch {
	case err != nil && (fault.KindOf(err) == fault.Invalid || fault.KindOf(err) == fault.Missing):
		return v.showUpload(http.StatusUnprocessableEntity, err)
	case err != nil:
		return err
	}
	return v.seeAsked(id)
}

// received keeps the file of the form once, however often it is sent.
func (v *view) received() (id string, err error) {
	since, err := v.since()
	if err != nil {
		return "", err
	}
	content, head, err := v.r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || err == nil && head.Size == 0 {
		return "", refuse(fault.Invalid, "file", fault.Text{ZH: "没有选择文件，或文件是空的", EN: "no file was chosen, or it is empty"}, fault.Text{ZH: "选择 xlsx 或 CSV 文件", EN: "choose a file in xlsx or CSV"})
	}
	if err != nil {
		return "", unreadable(err)
	}
	defer func() { _ = content.Close() }() // only read
	u := roll.Upload{Source: v.source(), Sender: v.Provider, Offices: v.offices(), Name: path.Base(visible(head.Filename)), Content: content, Size: head.Size, Since: since, Ask: true, Wish: rolls.Wish{Template: v.asked("template"), Sheet: v.asked("sheet")}}
	kept, err := v.Record.Rolls.Receive(v.r.Context(), v.by(), u)
	if err != nil {
		return "", err
	}
	err = v.answered("web.import.upload", &id, func(tx *store.Tx) (any, error) {
		if kept.State == roll.Asking {
			return kept.ID, nil
		}
		_, err := v.Record.Jobs.Start(tx, job.Work{Kind: job.StageImport, Import: kept.ID})
		return kept.ID, err
	})
	if err == nil && id != kept.ID { // sent twice: the first one counts
		_, err = v.Record.Store.Write(v.r.Context(), v.command("web.import.drop", "", nil), func(tx *store.Tx) (any, error) { return nil, v.Record.Rolls.Drop(tx, kept.ID) })
	}
	return id, err
}

// source is the office that a roll is said to come from: of who sends in its own the organisation itself.
func (v *view) source() string {
	if v.sender() != "" {
		return v.session.Post.Organisation.Name
	}
	return v.asked("source")
}

// since is from when undated facts hold. Code: web.since-day.
func (v *view) since() (period.Day, error) {
	switch written := strings.ToLower(v.asked("since")); written {
	case "":
		return v.today(), nil
	case "always", "一直":
		return rule.Beginning, nil
	default:
		day, err := period.ParseDay(tidied(written))
		if err != nil {
			return 0, refuse(fault.Invalid, "since-day", fault.Text{ZH: "日期写法不对，没有收下", EN: "the day is not understood; nothing was taken in"}, fault.Text{ZH: "写作 2021-11-08，或“一直”", EN: "write it as 2021-11-08, or always"})
		}
		return day, nil
	}
}
