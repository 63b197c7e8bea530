package web

import (
	"net/http"

	"doudi/record/auth"
)

// queue is one line of the work queue: what waits, how much of it, and where it is done.
type queue struct {
	Name, Path string
	Count      int
	Empty      string // what is said when nothing waits
}

// home is where somebody's day begins: a cashier's window, everybody else's queues.
func (v *view) home() error {
	if access, ok := v.session.May(auth.Settle); ok {
		v.permission, v.access = auth.Settle, access
		return v.window()
	}
	queues, err := v.queues()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("工作台", "Work queue"), workPage(v, queues))
}

// queues are what waits for the post that is acted in.
func (v *view) queues() ([]queue, error) {
	return nil, nil
}
