package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"doudi/kernel/fault"
	"doudi/record"
	"doudi/record/auth"
	"doudi/record/setup"
	"doudi/record/store"
)

// SetupConfig is what the set-up of an office is served with.
type SetupConfig struct {
	Setup  *setup.Setup
	Code   string // shown to who starts the program; whoever has it sets the office up
	Now    func() time.Time
	Secure bool

	// Opened is handed the record when everything is done, before the one who did it is sent to sign in: from then on the office is served, and this set-up no more.
	Opened func(*record.Record) error
}

// founding is the pages of a first set-up.
type founding struct {
	SetupConfig
	*office
	guard auth.Guard
	token string // of the browser that came with the code
}

// NewSetup is the pages on which an office is set up for the first time: one for each step, in their order. Nothing else is there before it is done.
func NewSetup(c SetupConfig) (http.Handler, error) {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	f := &founding{SetupConfig: c, office: &office{Config: Config{Now: c.Now, Secure: c.Secure}}, token: newKey()}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", lasting(http.FileServerFS(files))))
	for pattern, do := range map[string]func(*founding, *view) error{
		"GET /setup/database": (*founding).database, "POST /setup/database": (*founding).useDatabase,
		"GET /setup/secrets": (*founding).secrets, "POST /setup/secrets": (*founding).useSecrets,
		"GET /setup/copy": (*founding).copy, "POST /setup/copy": (*founding).confirmCopy,
		"GET /setup/copy/sheet": (*founding).sheet, "GET /setup/copy/doudi-recovery.txt": (*founding).sheetFile,
		"GET /setup/tables": (*founding).tables, "POST /setup/tables": (*founding).makeTables,
		"GET /setup/administrator": (*founding).administrator, "POST /setup/administrator": (*founding).makeAdministrator,
		"POST /setup/again": (*founding).goOn,
	} {
		mux.Handle(pattern, f.page(do, true))
	}
	mux.Handle("GET /setup", f.page((*founding).enterForm, false))
	mux.Handle("POST /setup", f.page((*founding).enter, false))
	mux.Handle("GET /display", f.page(func(_ *founding, v *view) error { return v.display() }, false))
	mux.Handle("/", f.page((*founding).elsewhere, false))
	short, err := shortened()
	if err != nil {
		return nil, err
	}
	return short(guarded(english(mux))), nil
}

// largestSheet bounds the forms of the set-up: the longest is a recovery sheet.
const largestSheet = 256 << 10

// page answers with what a step does. Without the code there is nothing but the page that asks for it.
func (f *founding) page(do func(*founding, *view) error, inside bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := f.view(w, r)
		r.Body = http.MaxBytesReader(w, r.Body, largestSheet)
		err := parseForm(r, largestSheet)
		switch {
		case err != nil:
			err = unreadable(err)
		case inside && !f.known(r):
			err = v.see("/setup")
		default:
			err = do(f, v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

const setupCookie = "setup"

// known tells whether a request is of the browser that came with the code.
func (f *founding) known(r *http.Request) bool {
	c, err := r.Cookie(setupCookie)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(f.token)) == 1
}

// elsewhere leads people to the set-up, and tells programs that the office is not open.
func (f *founding) elsewhere(v *view) error {
	if v.r.Method == http.MethodGet && !strings.HasPrefix(v.r.URL.Path, "/api/") {
		return v.see("/setup")
	}
	return &fault.Error{Kind: fault.Unavailable, Code: "web.setup", Op: "web", Message: fault.Text{ZH: "这里还在首次设置，没有开办", EN: "the office is being set up and not open yet"}, Hint: fault.Text{ZH: "设置完再来", EN: "come back when that is done"}}
}

// stages are the addresses of the steps.
var stages = []string{"/setup/database", "/setup/secrets", "/setup/copy", "/setup/tables", "/setup/administrator", "/sign-in?new=1"}

// here sends the reader to the first step that is not done. When all are, the office is opened, and they are sent to sign in.
func (f *founding) here(v *view) error {
	at := f.Setup.Stage()
	if at == setup.Done {
		if err := f.open(); err != nil {
			return err
		}
	}
	return v.see(stages[at])
}

func (f *founding) open() error {
	r, err := f.Setup.Finish()
	if err != nil || r == nil { // somebody else was first
		return err
	}
	return f.Opened(r)
}

func (f *founding) enterForm(v *view) error {
	if f.known(v.r) {
		return f.here(v)
	}
	return f.showEnter(v, http.StatusOK, nil)
}

func (f *founding) showEnter(v *view, status int, problem error) error {
	s := f.stage(v, -1, problem, field{Name: "code", Label: v.say("设置代码", "Set-up code"), Need: true, Hint: v.say("启动 doudi serve 的窗口里显示的 16 位代码", "the 16 letters and digits shown where doudi serve was started")})
	return v.show(status, v.errorTitle(s.Problems, s.Title), enterPage(v, s))
}

// enter takes the code. Who tries too many is told to wait.
func (f *founding) enter(v *view) error {
	if err := f.guard.Allows(v.address(), v.now); err != nil {
		return f.showEnter(v, http.StatusTooManyRequests, err)
	}
	if subtle.ConstantTimeCompare([]byte(plainCode(v.asked("code"))), []byte(plainCode(f.Code))) != 1 {
		f.guard.Wrong(v.address(), v.now)
		return f.showEnter(v, http.StatusForbidden, &fault.Error{Kind: fault.Forbidden, Code: "auth.setup-code", Op: "web", Message: fault.Text{ZH: "设置代码不对", EN: "the set-up code is wrong"},
			Hint: fault.Text{ZH: "照抄启动 doudi serve 的窗口里的代码；每次启动都换一个", EN: "copy the one shown where doudi serve was started; it changes with each start"}})
	}
	http.SetCookie(v.w, &http.Cookie{Name: setupCookie, Value: f.token, Path: "/", HttpOnly: true, Secure: v.Secure || v.r.TLS != nil, SameSite: http.SameSiteStrictMode})
	return f.here(v)
}

func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}

// stage is a page of the set-up.
type stage struct {
	Title    string
	At       setup.Stage // -1 before the first
	Now      setup.Stage // the first that is not done
	Fields   []field
	Problems []problem
	Trouble  trouble
}

// titles are the names of the steps.
func (v *view) stageTitles() []string {
	return []string{v.say("数据库", "Database"), v.say("密钥", "Secrets"), v.say("恢复单", "Recovery sheet"), v.say("建表", "Tables"), v.say("管理员", "Administrator")}
}

// setupFieldOf is the field of the set-up that an error is about.
var setupFieldOf = map[string]string{"auth.setup-code": "code", "auth.too-many": "code", "setup.folder": "secrets", "setup.in-use": "how", "setup.other-secrets": "secrets", "record.sheet": "sheet",
	"record.no-secrets": "secrets", "setup.sheet-number": "number", "auth.factor-wrong": "digits", "store.bad-dsn": "server"}

func (f *founding) stage(v *view, at setup.Stage, err error, fields ...field) stage {
	s := stage{Title: v.say("首次设置", "First set-up"), At: at, Now: f.Setup.Stage(), Fields: fields}
	if at >= 0 {
		s.Title = v.stageTitles()[at]
	}
	if err == nil {
		return s
	}
	name := setupFieldOf[fault.CodeOf(err)]
	if name == "" {
		name = fieldOf[fault.CodeOf(err)]
	}
	var m misplaced
	if errors.As(err, &m) {
		name = m.field
	}
	t := v.trouble(err)
	message := t.Message + v.say("。", ". ") + t.Hint
	s.Problems = []problem{{"", message}}
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			s.Fields[i].Problem, s.Problems = message, []problem{{s.Fields[i].id(), message}}
		}
	}
	return s
}

// mended shows a step again when who filled it in can mend it, and fails otherwise.
func mended(err error, show func(status int, problem error) error) error {
	switch kind := fault.KindOf(err); kind {
	case fault.Internal:
		return err
	default:
		return show(statuses[kind], err)
	}
}

const (
	onFile   = "file"
	onServer = "server"
)

func (f *founding) database(v *view) error { return f.showDatabase(v, http.StatusOK, nil) }

func (f *founding) showDatabase(v *view, status int, problem error) error {
	chosen := f.Setup.Settings().DB
	path, isFile := strings.CutPrefix(chosen, "sqlite:")
	kind, server := onFile, ""
	if !isFile {
		path = filepath.Join(f.Setup.Folder, "doudi.db")
	}
	if chosen != "" && !isFile {
		kind, server = onServer, setup.Shown(chosen)
	}
	if v.r.PostForm.Has("server") {
		kind, path, server = v.asked("kind"), v.asked("path"), setup.Shown(v.asked("server"))
	}
	s := f.stage(v, setup.Database, problem,
		field{Name: "path", Label: v.say("文件", "File"), Value: path, Hint: v.say("目录没有时会建好", "its folder is made when there is none")},
		field{Name: "server", Label: v.say("连接串", "Address"), Value: server, Hint: v.say("postgres://用户@主机:5432/数据库；先请数据库管理员建好空的数据库", "postgres://user@host:5432/database; have an empty database made first")},
		field{Name: "password", Label: v.say("数据库密码", "Password of the database"), Hidden: true, Hint: v.say("写在连接串里的不用再填", "not needed when it stands in the address")})
	return v.show(status, v.errorTitle(s.Problems, s.Title), databasePage(v, s, kind, f.Setup.DB))
}

// useDatabase tries the database and keeps that it is the one.
func (f *founding) useDatabase(v *view) error {
	dsn, err := f.Setup.DB, error(nil)
	if dsn == "" {
		dsn, err = f.typedDatabase(v)
	}
	if err == nil {
		err = f.Setup.UseDatabase(v.r.Context(), dsn)
	}
	if err != nil {
		if fault.CodeOf(err) == "store.try" || fault.CodeOf(err) == "store.try-foreign" {
			err = misplaced{err, map[string]string{onFile: "path", onServer: "server"}[v.asked("kind")]}
		}
		return mended(err, func(status int, problem error) error { return f.showDatabase(v, status, problem) })
	}
	return f.here(v)
}

// typedDatabase is the address of the database that was typed, with its password.
func (f *founding) typedDatabase(v *view) (string, error) {
	if v.asked("kind") != onServer {
		if v.asked("path") == "" {
			return "", misplaced{refuse(fault.Invalid, "no-path", fault.Text{ZH: "没有写数据库文件", EN: "the file of the database is missing"}, fault.Text{ZH: "写一个文件名，例如 doudi.db", EN: "name one, such as doudi.db"}), "path"}
		}
		return "sqlite:" + v.asked("path"), nil
	}
	u, err := url.Parse(v.asked("server"))
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return "", misplaced{refuse(fault.Invalid, "no-server", fault.Text{ZH: "连接串写法不对", EN: "the address is not understood"}, fault.Text{ZH: "写成 postgres://用户@主机:5432/数据库", EN: "write postgres://user@host:5432/database"}), "server"}
	}
	if password := v.r.PostFormValue("password"); password != "" {
		u.User = url.UserPassword(u.User.Username(), password)
	}
	return u.String(), nil
}

const (
	newSecrets = "new"
	fromSheet  = "sheet"
)

func (f *founding) secrets(v *view) error { return f.showSecrets(v, http.StatusOK, nil) }

func (f *founding) showSecrets(v *view, status int, problem error) error {
	if f.Setup.Settings().DB == "" {
		return f.here(v)
	}
	used, err := f.Setup.InUse(v.r.Context())
	if err != nil && problem == nil {
		problem = err
	}
	how := newSecrets
	if used {
		how = fromSheet
	}
	folder := f.Setup.Settings().Secrets
	if folder == "" {
		folder = filepath.Join(f.Setup.Folder, "secrets")
	}
	s := f.stage(v, setup.Secrets, problem,
		field{Name: "county", Label: v.say("县（区）代码", "Code of the county"), Value: v.typed("county"), Hint: v.say("六位区划代码，例如 370124；不能再改", "six digits, such as 370124; it stays for ever")},
		field{Name: "secrets", Label: v.say("密钥目录", "Folder of the secrets"), Need: true, Value: v.typedOr("secrets", folder), Hint: v.say("只有运行 doudi 的用户读得到；不要放进备份", "only the user who runs doudi can read it; keep it out of backups")},
		field{Name: "sheet", Label: v.say("恢复单的内容", "What the sheet says"), Long: true, Hint: v.say("或选择下载过的恢复单文件", "or choose the file that was downloaded")})
	if v.asked("how") != "" {
		how = v.asked("how")
	}
	return v.show(status, v.errorTitle(s.Problems, s.Title), secretsPage(v, s, how, used))
}

// useSecrets makes the secrets, or takes those there are, or brings them back from a sheet.
func (f *founding) useSecrets(v *view) error {
	var err error
	switch {
	case v.asked("secrets") == "":
		err = misplaced{refuse(fault.Invalid, "no-folder", fault.Text{ZH: "没有写密钥目录", EN: "the folder of the secrets is missing"}, fault.Text{ZH: "写一个目录，例如 secrets", EN: "name one, such as secrets"}), "secrets"}
	case v.asked("how") == fromSheet && (v.asked("sheet") != "" || f.sent(v)):
		var sheet []byte
		if sheet, err = f.sheetSent(v); err == nil {
			err = f.Setup.Recover(v.r.Context(), v.asked("secrets"), sheet)
		}
	default:
		err = f.Setup.MakeSecrets(v.r.Context(), v.asked("secrets"), tidied(v.asked("county")))
	}
	if fault.CodeOf(err) == "record.county" {
		err = misplaced{refuse(fault.Invalid, "county", fault.Text{ZH: "县（区）代码应是六位数字，没有建立密钥", EN: "the code of a county has six digits; no secrets were made"}, fault.Text{ZH: "例如 370124；市、乡镇的代码不行", EN: "such as 370124; codes of cities and towns will not do"}), "county"}
	}
	if err != nil {
		return mended(err, func(status int, problem error) error { return f.showSecrets(v, status, problem) })
	}
	return f.here(v)
}

// sent tells whether a file came with the form.
func (f *founding) sent(v *view) bool {
	return v.r.MultipartForm != nil && len(v.r.MultipartForm.File["file"]) > 0 && v.r.MultipartForm.File["file"][0].Size > 0
}

// sheetSent is the recovery sheet, as a file or as it was typed.
func (f *founding) sheetSent(v *view) ([]byte, error) {
	if !f.sent(v) {
		return []byte(v.r.PostFormValue("sheet")), nil
	}
	file, _, err := v.r.FormFile("file")
	if err != nil {
		return nil, unreadable(err)
	}
	content, err := io.ReadAll(file)
	return content, errors.Join(err, file.Close())
}

func (f *founding) copy(v *view) error { return f.showCopy(v, http.StatusOK, nil) }

func (f *founding) showCopy(v *view, status int, problem error) error {
	if f.Setup.Stage() < setup.Copy {
		return f.here(v)
	}
	s := f.stage(v, setup.Copy, problem, field{Name: "number", Label: v.say("恢复单上的编号", "Number on the sheet"), Need: true, Value: v.typed("number"), Hint: v.say("八位，在恢复单的第三行；填上它，表示单子确实在您手里", "eight digits in its third line; they show that you have it")})
	return v.show(status, v.errorTitle(s.Problems, s.Title), copyPage(v, s))
}

func (f *founding) confirmCopy(v *view) error {
	if err := f.Setup.Confirm(v.asked("number")); err != nil {
		return mended(err, func(status int, problem error) error { return f.showCopy(v, status, problem) })
	}
	f.Setup.MakeTables(context.WithoutCancel(v.r.Context()))
	return f.here(v)
}

// sheet shows the recovery sheet, to be printed.
func (f *founding) sheet(v *view) error {
	s, err := f.Setup.Sheet()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("恢复单", "Recovery sheet"), sheetPage(v, s.Text))
}

// sheetFile is the recovery sheet, to be kept on a stick.
func (f *founding) sheetFile(v *view) error {
	s, err := f.Setup.Sheet()
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="doudi-recovery.txt"`)
	_, _ = io.WriteString(v.w, s.Text) // who hung up fetches it again
	return nil
}

func (f *founding) tables(v *view) error {
	if f.Setup.Stage() < setup.Tables {
		return f.here(v)
	}
	p := f.Setup.Progress(v.r.Context())
	if v.r.Header.Get("HX-Request") == "true" && p.Under {
		return v.write(http.StatusOK, tablesProgress(v, p))
	}
	if v.r.Header.Get("HX-Request") == "true" { // it is over: the page is another one
		v.w.Header().Set("HX-Redirect", string(v.href("/setup")))
		return nil
	}
	s := f.stage(v, setup.Tables, nil)
	if p.Err != nil {
		s.Trouble = v.trouble(p.Err)
	}
	return v.show(http.StatusOK, s.Title, tablesPage(v, s, p))
}

func (f *founding) makeTables(v *view) error {
	if f.Setup.Stage() < setup.Tables {
		return f.here(v)
	}
	f.Setup.MakeTables(context.WithoutCancel(v.r.Context()))
	return v.see("/setup/tables")
}

// goOn goes on from the tables once they are made.
func (f *founding) goOn(v *view) error { return f.here(v) }

func (f *founding) administrator(v *view) error {
	return f.showAdministrator(v, http.StatusOK, nil)
}

func (f *founding) showAdministrator(v *view, status int, problem error) error {
	if f.Setup.Stage() != setup.Administrator {
		return f.here(v)
	}
	counties, err := f.Setup.Counties()
	if err != nil {
		return err
	}
	login := v.asked("login")
	factor, err := auth.SameFactor(login, v.asked("secret")) // the same square, so that it need not be photographed again
	if err != nil {
		factor, err = auth.NewFactor("doudi")
	}
	if err != nil {
		return err
	}
	fields := append(v.setupFields()[1:], field{Name: "digits", Label: v.say("应用里现在显示的六位数字", "The six digits the app shows now"), Need: true})
	s := f.stage(v, setup.Administrator, problem, fields...)
	return v.show(status, v.errorTitle(s.Problems, s.Title), administratorPage(v, s, counties, account{Factor: factor}))
}

// makeAdministrator makes the first account with its second factor, and opens the office.
func (f *founding) makeAdministrator(v *view) error {
	if f.Setup.Stage() != setup.Administrator {
		return f.here(v)
	}
	if err := f.appoint(v, f.Setup.Record()); err != nil {
		return mended(err, func(status int, problem error) error { return f.showAdministrator(v, status, problem) })
	}
	if err := f.open(); err != nil { // the account is made: the next to come opens the office
		return err
	}
	return v.see(stages[setup.Done])
}

func (f *founding) appoint(v *view, r *record.Record) error {
	counties, err := f.Setup.Counties()
	if err != nil {
		return err
	}
	county := v.asked("county")
	if len(counties) > 0 && county == "" {
		county = counties[0]
	}
	n := auth.Setup{Organisation: v.asked("organisation"), NewAccount: auth.NewAccount{Login: v.asked("login"), Name: v.asked("name"), Password: v.r.PostFormValue("password")}}
	if n.Password != v.r.PostFormValue("again") {
		return passwordsDiffer()
	}
	c := store.Command{Name: "auth.set-up", County: county, Actor: store.Actor{ID: "set-up", Name: n.Name}, Instant: v.now}
	_, err = r.Store.Write(v.r.Context(), c, func(tx *store.Tx) (any, error) {
		n := n
		var err error
		if n.Code, err = r.Staff.SetupCode(tx); err != nil {
			return nil, err
		}
		account, err := r.Staff.SetUp(tx, n)
		if err != nil {
			return nil, err
		}
		return nil, r.Staff.SetFactor(tx, account, v.asked("secret"), v.asked("digits"))
	})
	return err
}
