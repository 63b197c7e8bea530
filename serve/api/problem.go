package api

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"doudi/kernel/fault"
)

// Problem is an error as RFC 9457 writes it.
type Problem struct {
	Type     string    `json:"type" doc:"urn:doudi:fault: 加错误代码 followed by the code"`
	Title    string    `json:"title" doc:"错误的种类 the kind of error"`
	Status   int       `json:"status"`
	Code     string    `json:"code" doc:"不变的错误代码 the lasting code"`
	Detail   string    `json:"detail" doc:"发生了什么、保存了什么 what happened and what was kept"`
	Hint     string    `json:"hint,omitempty" doc:"怎么办 what to do"`
	Position *Position `json:"position,omitempty" doc:"在请求内容里的位置 where in the body"`
	Errors   []Problem `json:"errors,omitempty" doc:"内容里的每一处错误 everything that is wrong with the body"`
	Support  string    `json:"support,omitempty" doc:"报修用的编号 number to tell the maintainers"`
}

// Position is a place in the body of the request.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Error makes a problem an error, so that a handler can answer with it.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// statusOfKind is the status of faults of a kind; statusOfCode that of faults for which HTTP has a word of its own.
var (
	statusOfKind = map[fault.Kind]int{
		fault.Invalid: http.StatusUnprocessableEntity, fault.NotFound: http.StatusNotFound, fault.OutOfForce: http.StatusConflict, fault.Conflict: http.StatusConflict,
		fault.Missing: http.StatusUnprocessableEntity, fault.Forbidden: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
	}
	statusOfCode = map[string]int{
		"auth.key-wrong": http.StatusUnauthorized, "auth.key-revoked": http.StatusUnauthorized, "auth.key-ended": http.StatusUnauthorized, "api.key-missing": http.StatusUnauthorized,
		"auth.too-many": http.StatusTooManyRequests, "text.syntax": http.StatusBadRequest, "text.encoding": http.StatusBadRequest, "text.control": http.StatusBadRequest,
		"text.too-deep": http.StatusBadRequest, "text.bad-key": http.StatusBadRequest, "text.several-documents": http.StatusBadRequest, "api.body-missing": http.StatusBadRequest,
		"api.idempotency-key": http.StatusBadRequest, "api.parameter": http.StatusBadRequest, "api.too-large": http.StatusRequestEntityTooLarge, "text.too-large": http.StatusRequestEntityTooLarge,
		"api.media-type": http.StatusUnsupportedMediaType, "api.method": http.StatusMethodNotAllowed, "api.not-acceptable": http.StatusNotAcceptable,
	}
)

func statusOf(e *fault.Error) int {
	if status, known := statusOfCode[e.Code]; known {
		return status
	}
	if status, known := statusOfKind[e.Kind]; known {
		return status
	}
	return http.StatusInternalServerError
}

// problemOf is any error as a problem. What is not a fault that people may see is kept in the log under a support number.
func problemOf(err error, lang string, log *slog.Logger) *Problem {
	var done *Problem
	if errors.As(err, &done) {
		return done
	}
	var list fault.List
	if errors.As(err, &list) && len(list) > 1 {
		p := public(list[0], lang)
		for _, e := range list {
			p.Errors = append(p.Errors, *public(e, lang))
		}
		return p
	}
	var e *fault.Error
	if errors.As(err, &e) && e != nil && e.Kind != fault.Internal && e.Kind != "" {
		if e.Kind == fault.Unavailable {
			log.Warn("unavailable", "code", e.Code, "cause", e.Cause)
		}
		return public(e, lang)
	}
	p := public(&fault.Error{Kind: fault.Internal, Code: "internal", Message: fault.Text{ZH: "内部错误，请求没有完成", EN: "internal error; the request was not done"},
		Hint: fault.Text{ZH: "请把编号告诉维护人员", EN: "tell the maintainers the support number"}}, lang)
	p.Support = supportNumber()
	log.Error("internal error", "support", p.Support, "code", fault.CodeOf(err), "error", err)
	return p
}

func public(e *fault.Error, lang string) *Problem {
	p := &Problem{Type: "urn:doudi:fault:" + e.Code, Title: e.Kind.Label(lang), Status: statusOf(e), Code: e.Code, Detail: e.Message.In(lang), Hint: e.Hint.In(lang)}
	if e.At != nil && e.At.Line > 0 {
		p.Position = &Position{e.At.Line, e.At.Column}
	}
	return p
}

func supportNumber() string {
	var b [5]byte
	rand.Read(b[:]) // never fails: package crypto/rand ends the program instead
	return strings.ToUpper(hex.EncodeToString(b[:]))
}

// write answers with the problem.
func (p *Problem) write(w http.ResponseWriter, lang string) {
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Content-Language", lang)
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests:
		h.Set("Retry-After", "60")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who hung up gets no answer
}

// language is what an Accept-Language header asks for: Chinese unless English stands before it.
func language(header string) string {
	for _, part := range strings.Split(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag = strings.ToLower(tag)
		switch {
		case tag == "en" || strings.HasPrefix(tag, "en-"):
			return "en"
		case tag == "zh" || strings.HasPrefix(tag, "zh-"):
			return "zh"
		}
	}
	return "zh"
}
