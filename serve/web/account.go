package web

import (
	"encoding/base64"
	"net/http"

	"doudi/kernel/fault"
	"doudi/record/auth"
	"doudi/record/store"
)

// account is the page of who is signed in.
type account struct {
	Passwords []field
	Factor    auth.Factor // to be set up
	Code      field
	Problems  []problem
	Done      string
}

// square is the second factor's square as an address.
func (a account) square() string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(a.Factor.Square)
}

// account shows the own posts, and where the password and the second factor are set.
func (v *view) account() error {
	done := map[string]string{"password": v.say("密码已修改", "The password was changed"), "factor": v.say("二次验证已开通，下次登录起要输入动态码", "The second factor is set up; it is asked for from the next sign-in on"),
		"post": v.say("岗位已切换", "You act in another post now")}[v.asked("done")]
	return v.showAccount(http.StatusOK, account{Done: done}, nil)
}

func (v *view) showAccount(status int, a account, err error) error {
	a.Passwords = []field{
		{Name: "present", Label: v.say("现在的密码", "Present password"), Need: true, Hidden: true},
		{Name: "password", Label: v.say("新密码", "New password"), Need: true, Hidden: true, Hint: v.say("至少 10 个字符", "at least 10 characters")},
		{Name: "again", Label: v.say("再输一遍新密码", "The new password again"), Need: true, Hidden: true},
	}
	a.Code = field{Name: "code", Label: v.say("应用里现在显示的六位数字", "The six digits the app shows now"), Need: true}
	if a.Factor.Secret == "" {
		var made error
		if a.Factor, made = auth.NewFactor(v.session.Account.Login); made != nil {
			return made
		}
	}
	fields := append(a.Passwords, a.Code)
	a.Problems = v.marked(fields, err)
	a.Passwords, a.Code = fields[:len(a.Passwords)], fields[len(a.Passwords)]
	title := v.say("我的账户", "My account")
	if len(a.Problems) > 0 {
		title = v.say("错误：", "Error: ") + title
	}
	return v.show(status, title, accountPage(v, a))
}

// changePassword changes the own password. That ends every session of the account, so the holder is signed in anew.
func (v *view) changePassword() error {
	password := v.r.PostFormValue("password")
	if password != v.r.PostFormValue("again") {
		return v.showAccount(http.StatusUnprocessableEntity, account{}, passwordsDiffer())
	}
	err := v.act("auth.password", func(tx *store.Tx) error {
		return v.Record.Staff.ChangePassword(tx, v.session.Account.ID, v.r.PostFormValue("present"), password)
	})
	if fault.KindOf(err) == fault.Invalid {
		return v.showAccount(http.StatusUnprocessableEntity, account{}, err)
	}
	if err != nil {
		return err
	}
	v.remember("")
	return v.see("/sign-in?changed=1")
}

func (v *view) setFactor() error {
	secret := v.asked("secret")
	err := v.act("auth.factor", func(tx *store.Tx) error {
		return v.Record.Staff.SetFactor(tx, v.session.Account.ID, secret, v.asked("code"))
	})
	if fault.KindOf(err) != fault.Invalid {
		return v.orSee(err, "/account?done=factor")
	}
	factor, broken := auth.SameFactor(v.session.Account.Login, secret) // the same square, so that it need not be photographed again
	if broken != nil {
		factor = auth.Factor{}
	}
	return v.showAccount(http.StatusUnprocessableEntity, account{Factor: factor}, err)
}

// orSee sends the reader on, unless something went wrong.
func (v *view) orSee(err error, path string) error {
	if err != nil {
		return err
	}
	return v.see(path)
}

func (v *view) choosePost() error {
	return v.orSee(v.act("auth.choose", func(tx *store.Tx) error { return v.Record.Staff.Choose(tx, v.session, v.asked("post")) }), "/?post=1")
}
