package web

import (
	"net/http"
	"net/url"
	"slices"

	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/kernel/period"
	"doudi/record/auth"
	archive "doudi/record/file"
	"doudi/record/fund"
	"doudi/record/store"
	"doudi/record/upkeep"
)

// fundChangeRoutes are what special accounts are given and what of it is put right: proposed by one person with the document it goes by, entered when
// another approves.
var fundChangeRoutes = []route{
	{pattern: "GET /fund-changes", may: only(auth.SeeFunds), do: of(upkeep.Money, (*view).changes)},
	{pattern: "GET /fund-changes/new", may: only(auth.MakeFunds), do: (*view).newFund},
	{pattern: "POST /fund-changes/new", may: only(auth.MakeFunds), do: (*view).openFund},
	{pattern: "GET /fund-changes/{change}", may: only(auth.SeeFunds), do: of(upkeep.Money, (*view).oneChange)},
	{pattern: "POST /fund-changes/{change}/approve", may: only(auth.CheckFunds), do: of(upkeep.Money, (*view).approveChange)},
	{pattern: "POST /fund-changes/{change}/reject", may: only(auth.MakeFunds, auth.CheckFunds), do: of(upkeep.Money, (*view).rejectChange)},
	{pattern: "POST /fund-changes/{change}/paper", may: only(auth.MakeFunds, auth.CheckFunds), do: (*view).fileChangePaper, upload: &originalUpload},
	{pattern: "GET /fund-changes/{change}/papers/{document}", may: only(auth.SeeFunds), do: (*view).changePaper},
	{pattern: "GET /funds/{fund}/enter", may: only(auth.MakeFunds), do: (*view).entering},
	{pattern: "POST /funds/{fund}/enter/{act}", may: only(auth.MakeFunds), do: (*view).proposeEntry},
	{pattern: "POST /funds/{fund}/entries/{entry}/correct", may: only(auth.MakeFunds), do: (*view).correctEntry},
}

// grantKind is what the document of a change is called in the county's archive.
const grantKind = "专账依据"

// moneyChange is what a change does to its special account, and the documents filed with it.
type moneyChange struct {
	Fund          string
	Name          string // "" before it is opened
	Before, After fund.Position
	Moves         bool
	Papers        []archive.Document
}

// parts are the figures of a position in the order in which people add them up, now and after.
func (m *moneyChange) parts(v *view) []positionPart {
	return []positionPart{
		{v.say("已到账", "Received"), m.Before.Received, m.After.Received}, {v.say("用款额度", "Limit"), m.Before.Granted, m.After.Granted},
		{v.say("已支出", "Paid"), m.Before.Paid, m.After.Paid}, {v.say("在途", "Not paid yet"), m.Before.Due, m.After.Due},
		{v.say("预留", "Set aside"), m.Before.SetAside, m.After.SetAside}, {v.say("可用余额", "Headroom"), m.Before.Available, m.After.Available},
	}
}

// positionPart is one figure of a position.
type positionPart struct {
	Name          string
	Before, After money.Fen
}

// More is by how much it becomes more, with its sign; "" when it stays.
func (p positionPart) More() string {
	switch more := p.After - p.Before; {
	case more > 0:
		return "+" + more.Grouped()
	case more < 0:
		return more.Grouped()
	}
	return ""
}

func (v *view) moneyChange(tx *store.Tx, c upkeep.Change) (*moneyChange, error) {
	m := &moneyChange{Fund: c.Fund}
	f, err := fund.Find(tx, c.Fund)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	m.Name = v.in(f.Name)
	if c.Answer == nil && m.Name != "" {
		if m.Before, m.After, m.Moves, err = upkeep.Effect(tx, c); err != nil {
			return nil, err
		}
	}
	m.Papers, err = v.Record.Files.About(tx, c.ID)
	return m, err
}

// fileChangePaper files the document that a change goes by, for as long as nobody has answered it.
func (v *view) fileChangePaper() error {
	of := changesOf[upkeep.Money]
	content, header, err := v.r.FormFile("file")
	if err != nil {
		return v.showChange(of, http.StatusUnprocessableEntity, refuse(fault.Invalid, "no-file", fault.Text{ZH: "没有选择文件，没有保存", EN: "no file was chosen; nothing was kept"},
			fault.Text{ZH: "选拨款文件的扫描件：PDF、照片或 Word", EN: "choose a scan of the document: PDF, photo or Word"}))
	}
	stored, err := v.Record.Files.Store(v.r.Context(), v.County, content)
	if closed := content.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = v.once("web.fund-paper", func(tx *store.Tx) (any, error) {
			c, err := v.changeOf(tx, of)
			if err != nil {
				return nil, err
			}
			if c.Answer != nil {
				return nil, refuse(fault.Conflict, "paper-late", fault.Text{ZH: "这一项已经复核过，不能再附文件", EN: "this was answered already; no document can be added"}, fault.Text{ZH: "刷新后查看", EN: "look again"})
			}
			county, err := archive.County(tx)
			if err != nil {
				return nil, err
			}
			d, err := v.Record.Files.Add(tx, archive.Paper{Owner: county, About: c.ID, Kind: grantKind, Name: header.Filename, By: v.Operator.Name}, stored)
			return d.ID, err
		})
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		return v.showChange(of, statuses[kind], err)
	}
	return v.orSee(err, of.change(v.r.PathValue("change"), "?done=3"))
}

// changePaper hands out a document of a change.
func (v *view) changePaper() error {
	return v.sendDocument(func(tx *store.Tx) (archive.Content, error) {
		c, err := v.changeOf(tx, changesOf[upkeep.Money])
		if err != nil {
			return archive.Content{}, err
		}
		papers, err := v.Record.Files.About(tx, c.ID)
		if err != nil {
			return archive.Content{}, err
		}
		if !slices.ContainsFunc(papers, func(d archive.Document) bool { return d.ID == v.r.PathValue("document") }) {
			return archive.Content{}, v.nowhere()
		}
		return v.Record.Files.Public(tx, v.r.PathValue("document"))
	})
}

// typedAmount is an amount that was typed into a form.
func (v *view) typedAmount(form string) (money.Fen, error) {
	amount, err := money.ParseYuan(v.asked(form + ".amount"))
	if err != nil {
		return 0, misplaced{err, "amount"}
	}
	return amount, nil
}

// by asks for the document that money is entered by, which is kept as what the entry comes from.
func (e *proposal) by(v *view) {
	e.field(v, "reason", v.say("依据（文件名称和文号）", "By which document (name and number)"), "", true).Hint = v.say("例如：县财社〔2021〕17 号；提交后可附扫描件", "for example the letter of appropriation; a scan can be filed afterwards")
}

// newFund asks for a new special account with its first source and the account its money lies in.
func (v *view) newFund() error { return v.showNewFund(http.StatusOK, nil) }

func (v *view) showNewFund(status int, wrong error) error {
	e := v.proposal("new", "/fund-changes/new", "", v.say("提交复核", "Hand in for a check"))
	e.field(v, "name", v.say("专账名称", "Name"), "", true)
	e.field(v, "code", v.say("代码", "Code"), "", true).Hint = v.say("小写字母、数字和连字符，例如 assistance-2022", "small letters, digits and hyphens, such as assistance-2022")
	e.field(v, "purpose", v.say("对外用途说明", "What it is called in public"), "", true).Hint = v.say("印在收据和公示上，不写收款人的情况，例如：民生保障资金", "on receipts and notices; it says nothing of who is paid")
	e.field(v, "use", v.say("用于（以后可以增加）", "To be used for (more can be added)"), "", true).Options = v.useOptions(nil)
	e.field(v, "source", v.say("拨款来源", "Where its money comes from"), v.say("县财政", "County finance"), true)
	e.field(v, "place", v.say("存放方式", "Where it lies"), string(fund.Bank), true).Options = []option{{string(fund.Bank), v.say("专户存款", "special bank account")}, {string(fund.Limit), v.say("财政授权支付额度", "limit of the treasury")}}
	e.field(v, "account", v.say("专户或额度账户名称", "Name of that account"), v.say("专户", "Special account"), true)
	e.field(v, "from", v.say("自", "From"), period.MustDay(v.today().Year(), 1, 1).String(), true)
	e.field(v, "to", v.say("至（可空）", "To (may be empty)"), "", false)
	e.by(v)
	e.mark(v, wrong)
	return v.show(status, v.errorTitle(e.Problems, v.say("开立专账", "Open a special account")), newFundPage(v, e))
}

// The codes of the first source and of the first account of a fund. Others are given theirs by people.
const (
	firstSource = "finance"
	firstPlace  = "main"
)

func (v *view) openFund() error {
	return v.propose("new", func() ([]upkeep.Step, error) {
		from, err := v.typedDay("new", "from")
		if err != nil {
			return nil, err
		}
		to, err := v.until("new", "to")
		if err != nil {
			return nil, err
		}
		code := v.asked("new.code")
		use, err := v.askedUse("new")
		if err != nil {
			return nil, err
		}
		return []upkeep.Step{&upkeep.OpenFund{Fund: code, Name: v.asked("new.name"), Purpose: v.asked("new.purpose"), From: from, To: to, Uses: []fund.Use{use}},
			&upkeep.OpenAccount{Fund: code, Kind: fund.Source, Code: firstSource, Name: v.asked("new.source")},
			&upkeep.OpenAccount{Fund: code, Kind: fund.Kind(v.asked("new.place")), Code: firstPlace, Name: v.asked("new.account")}}, nil
	}, v.showNewFund)
}

// useOptions are what the policies pay for, without what a special account may be used for already.
func (v *view) useOptions(without []fund.Use) (list []option) {
	add := func(u fund.Use, name, of fault.Text) {
		o := option{string(u.Kind) + "/" + u.Name, v.in(name) + v.say("（%s）", " (%s)", v.in(of))}
		if !slices.Contains(without, u) && !slices.ContainsFunc(list, func(other option) bool { return other.Value == o.Value }) {
			list = append(list, o)
		}
	}
	for _, p := range v.Record.Upkeep.Packs {
		for _, b := range p.Benefits {
			add(fund.Use{Kind: fund.Scheme, Name: b.ID}, b.Name, p.Title)
		}
		for _, s := range p.Settlement {
			add(fund.Use{Kind: fund.Settlement, Name: s.ID}, s.Name, p.Title)
		}
	}
	return list
}

func (v *view) askedUse(form string) (fund.Use, error) {
	for _, o := range v.useOptions(nil) {
		if o.Value == v.asked(form+".use") {
			return parseUse(o.Value), nil
		}
	}
	return fund.Use{}, misplaced{refuse(fault.Invalid, "use", fault.Text{ZH: "没有选择用途", EN: "no use was chosen"}, fault.Text{ZH: "从列表里选择", EN: "choose one of the list"}), "use"}
}

// enteringPage is what can be proposed for a special account.
type enteringPage struct {
	fundRow
	Forms []proposal
}

func (v *view) entering() error { return v.showEntering(http.StatusOK, nil) }

func (v *view) showEntering(status int, wrong error) error {
	var p enteringPage
	err := v.inFund(func(tx *store.Tx, code string) (err error) {
		p = enteringPage{}
		if p.fundRow, err = fundOf(tx, code); err != nil {
			return err
		}
		accounts, err := v.books(tx, code)
		p.Forms = v.enteringForms(p.Fund, accounts)
		return err
	})
	if err != nil {
		return err
	}
	if err := v.markForms(p.Forms, wrong); err != nil {
		return err
	}
	return v.show(status, v.errorTitle(problemsOf(p.Forms), v.in(p.Name)+v.say(" 记账", ": propose an entry")), enteringPageOf(v, p))
}

// entries are the forms that enter money: the kind of account it goes into, "" for none.
var entriesOf = []struct {
	what upkeep.Entering
	into fund.Kind
	lead fault.Text
}{
	{upkeep.Receive, fund.Bank, fault.Text{ZH: "钱到了专户。可用余额增加。", EN: "Money arrived in the bank account. There is more to commit."}},
	{upkeep.Grant, fund.Limit, fault.Text{ZH: "财政下达用款额度，不划款，支付时由国库直接付。可用余额增加。", EN: "The treasury pays up to this, without transferring it first. There is more to commit."}},
	{upkeep.SetAside, "", fault.Text{ZH: "留出一部分不用。可用余额减少。", EN: "A part is kept. There is less to commit."}},
	{upkeep.Release, "", fault.Text{ZH: "把预留的放回可用余额。", EN: "What was set aside may be committed again."}},
}

// enteringForms are what can be entered into a special account, as far as it has the accounts for it.
func (v *view) enteringForms(f fund.Fund, accounts []accountRow) (forms []proposal) {
	form := func(act, title string) proposal {
		return v.proposal(act, "/funds/"+f.Code+"/enter/"+act, title, v.say("提交复核", "Hand in for a check"))
	}
	choice := func(kind fund.Kind) (list []option) {
		for _, a := range accounts {
			if a.Kind == kind {
				list = append(list, option{a.Code, v.in(a.Name)})
			}
		}
		return list
	}
	for _, x := range entriesOf {
		e := form(string(x.what), v.in(x.what.Label()))
		e.Lead = v.in(x.lead)
		e.field(v, "amount", v.say("金额（元）", "Amount (yuan)"), "", true).Amount = true
		sources, places := choice(fund.Source), choice(x.into)
		if len(sources) == 0 || x.into != "" && len(places) == 0 {
			continue // the account is added first, below
		}
		e.field(v, "source", v.say("拨款来源", "Source"), sources[0].Value, true).Options = sources
		if x.into != "" {
			e.field(v, "into", v.in(x.into.Label()), places[0].Value, true).Options = places
		}
		e.field(v, "day", v.say("记账日", "Day"), v.today().String(), true)
		e.field(v, "note", v.say("摘要（可空）", "What it is (may be empty)"), "", false)
		e.by(v)
		forms = append(forms, e)
	}
	account := form("account", v.say("增加账户", "Add an account"))
	account.field(v, "kind", v.say("种类", "Kind"), "", true).Options = []option{{string(fund.Source), v.in(fund.Source.Label())}, {string(fund.Bank), v.in(fund.Bank.Label())}, {string(fund.Limit), v.in(fund.Limit.Label())}}
	account.field(v, "code", v.say("代码", "Code"), "", true).Hint = v.say("小写字母、数字和连字符", "small letters, digits and hyphens")
	account.field(v, "name", v.say("名称", "Name"), "", true)
	account.by(v)
	forms = append(forms, account)
	if uses := v.useOptions(f.Uses); len(uses) > 0 {
		use := form("use", v.say("增加用途", "Allow another use"))
		use.Lead = v.say("用途只增不减：已经按原用途占用的仍然有效。", "Uses are only added: what was committed for one stays.")
		use.field(v, "use", v.say("用于", "To be used for"), "", true).Options = uses
		use.by(v)
		forms = append(forms, use)
	}
	return forms
}

func (v *view) proposeEntry() error {
	act, code := v.r.PathValue("act"), v.r.PathValue("fund")
	if err := v.inFund(func(tx *store.Tx, code string) error { _, err := fund.Find(tx, code); return err }); err != nil {
		return err
	}
	var steps func() ([]upkeep.Step, error)
	switch act {
	case "account":
		steps = func() ([]upkeep.Step, error) {
			return []upkeep.Step{&upkeep.OpenAccount{Fund: code, Kind: fund.Kind(v.asked("account.kind")), Code: v.asked("account.code"), Name: v.asked("account.name")}}, nil
		}
	case "use":
		steps = func() ([]upkeep.Step, error) {
			use, err := v.askedUse("use")
			return []upkeep.Step{&upkeep.AllowUse{Fund: code, Uses: []fund.Use{use}}}, err
		}
	default:
		if upkeep.Entering(act).Label().ZH == "" {
			return v.nowhere()
		}
		steps = func() ([]upkeep.Step, error) { return v.entered(code, act) }
	}
	return v.propose(act, steps, v.showEntering)
}

// entered is what a form enters.
func (v *view) entered(code, act string) ([]upkeep.Step, error) {
	amount, err := v.typedAmount(act)
	if err != nil {
		return nil, err
	}
	day, err := v.typedDay(act, "day")
	if err != nil {
		return nil, err
	}
	return []upkeep.Step{&upkeep.Enter{Fund: code, What: upkeep.Entering(act), Amount: amount, Source: v.asked(act + ".source"), Into: v.asked(act + ".into"), Day: day, Note: v.asked(act + ".note")}}, nil
}

// correction is the form that puts an entry right; nil for one that is not corrected like this, and for who may not.
func (v *view) correction(tx *store.Tx, code string, e fund.Entry) (*proposal, error) {
	what, _ := upkeep.EnteredAs(e)
	if what == "" || !v.may(auth.MakeFunds) {
		return nil, nil
	}
	now, err := fund.StandsAt(tx, e)
	if err != nil {
		return nil, err
	}
	form := v.proposal("correct", entryAddress(code, e.ID)+"/correct", v.say("更正这张凭证", "Put this entry right"), v.say("提交复核", "Hand in for a check"))
	form.Lead = v.say("这张凭证现为 %s 元（%s）。原凭证不改，差额由新的凭证记。", "The entry stands at %s yuan (%s). It stays as it is; the difference is entered by a new one.", now.Grouped(), v.in(what.Label()))
	form.field(v, "amount", v.say("应为（元；不该有的写 0）", "Should be (yuan; 0 if it should not be there)"), now.String(), true).Amount = true
	form.field(v, "day", v.say("记账日", "Day"), v.today().String(), true)
	form.field(v, "note", v.say("更正原因", "Why"), "", true)
	form.by(v)
	return &form, nil
}

func (v *view) correctEntry() error {
	code, entry := v.r.PathValue("fund"), v.r.PathValue("entry")
	if err := v.inFund(func(tx *store.Tx, code string) error { _, err := fund.EntryOf(tx, code, entry); return err }); err != nil {
		return err
	}
	return v.propose("correct", func() ([]upkeep.Step, error) {
		to, err := v.typedAmount("correct")
		if err != nil {
			return nil, err
		}
		day, err := v.typedDay("correct", "day")
		if err != nil {
			return nil, err
		}
		return []upkeep.Step{&upkeep.Correct{Fund: code, Entry: entry, To: to, Day: day, Why: v.asked("correct.note")}}, nil
	}, v.showEntry)
}

func enterAddress(code string) string { return "/funds/" + url.PathEscape(code) + "/enter" }
