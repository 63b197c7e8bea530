package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	fiction "doudi/internal/county"
	"doudi/record/dated"
	"doudi/record/move"
	"doudi/record/register"
	"doudi/record/store"
)

// signedInto puts a document into a body.
func signedInto(body map[string]any, s register.Signed) {
	body["county"], body["content"], body["signature"] = s.County, s.Content, s.Signature
}

// leaves offers somebody new to the neighbours and answers the id and the document.
func (w *world) leaves() (transfer string, signed register.Signed) {
	w.Helper()
	person := w.newcomer()
	w.in(fiction.Code, func(tx *store.Tx) (err error) {
		signed, err = w.county.Moves.Offer(tx, move.Leaving{Person: person, To: fiction.Neighbour, Last: dated.Day(now) - 10})
		return err
	})
	var t register.Transfer
	if err := json.Unmarshal([]byte(signed.Content), &t); err != nil {
		w.Fatal(err)
	}
	return t.ID, signed
}

// gone is somebody who has moved to the neighbours.
func (w *world) gone() string {
	w.Helper()
	_, signed := w.leaves()
	var t register.Transfer
	if err := json.Unmarshal([]byte(signed.Content), &t); err != nil {
		w.Fatal(err)
	}
	return t.Person
}

// receipt is what the neighbours answer to an offer.
func (w *world) receipt() (s register.Signed) {
	w.Helper()
	_, offered := w.leaves()
	w.in(fiction.Neighbour, func(tx *store.Tx) error {
		a, err := w.county.Moves.Accept(tx, offered)
		s = a.Receipt
		return err
	})
	return s
}

// comes offers somebody of the neighbours'.
func (w *world) comes() (s register.Signed) {
	w.Helper()
	w.asked++
	w.in(fiction.Neighbour, func(tx *store.Tx) error {
		person, err := w.county.Register.AddPerson(tx, register.Person{Number: fiction.Number("19700101", fmt.Sprintf("%03d", w.asked)), Name: "孙和", From: dated.Day(now) - 1000})
		if err != nil {
			return err
		}
		s, err = w.county.Moves.Offer(tx, move.Leaving{Person: person, To: fiction.Code, Last: dated.Day(now) - 10})
		return err
	})
	return s
}

// saidAnew is what the neighbours say anew of somebody who came from there.
func (w *world) saidAnew() (s register.Signed) {
	w.Helper()
	var here register.Arrival
	offered := w.comes()
	w.in(fiction.Code, func(tx *store.Tx) (err error) { here, err = w.county.Moves.Accept(tx, offered); return err })
	w.in(fiction.Neighbour, func(tx *store.Tx) (err error) { s, err = w.county.Moves.Tell(tx, here.Transfer.Person); return err })
	return s
}

// A person is offered, taken in by another county and acknowledged; what was changed on the way is refused, and what comes twice is done once.
func TestTransfers(t *testing.T) {
	each(t, func(w *world) {
		office := w.keyring().of[office]
		post := func(path, once string, body any) answer {
			w.Helper()
			written, err := json.Marshal(body)
			if err != nil {
				w.Fatal(err)
			}
			return w.send("POST", path, office, once, string(written))
		}
		person := w.newcomer()
		a := post("/transfers", "offer", map[string]any{"person": person, "to": fiction.Neighbour, "last": "2021-10-31", "source": "县公安局"})
		w.expect(a, 200, "")
		id := fmt.Sprint(a.json["transfer"])
		if listed := w.send("GET", "/transfers", office, "", ""); !strings.Contains(listed.text, id) {
			t.Errorf("the offer is not listed: %s", listed.text)
		}
		document := w.send("GET", "/transfers/"+id, office, "", "")
		w.expect(document, 200, "")
		signed := register.Signed{County: fmt.Sprint(document.json["county"]), Content: fmt.Sprint(document.json["content"]), Signature: fmt.Sprint(document.json["signature"])}
		var receipt register.Signed
		w.in(fiction.Neighbour, func(tx *store.Tx) error {
			a, err := w.county.Moves.Accept(tx, signed)
			receipt = a.Receipt
			return err
		})
		w.expect(post("/transfers/answers", "a1", register.Signed{County: receipt.County, Content: strings.Replace(receipt.Content, "true", "false", 1), Signature: receipt.Signature}), 422, "register.signature")
		w.expect(post("/transfers/answers", "a2", receipt), 200, "")
		if again := post("/transfers/answers", "a3", receipt); again.json["replayed"] != true {
			t.Errorf("the second time: %s", again.text)
		}

		comes := w.comes()
		changed := comes
		changed.Content = strings.Replace(changed.Content, "孙和", "孙河", 1)
		w.expect(post("/transfers/arrivals", "b1", changed), 422, "register.signature")
		w.expect(post("/transfers/arrivals", "b2", signed), 422, "register.transfer-elsewhere")
		w.expect(post("/transfers/arrivals", "b3", register.Signed{County: "999902", Content: "[]", Signature: "30"}), 422, "register.document")
		first := post("/transfers/arrivals", "b4", comes)
		w.expect(first, 200, "")
		second := post("/transfers/arrivals", "b5", comes)
		if second.json["replayed"] != true || second.json["person"] != first.json["person"] {
			t.Errorf("the second time: %s", second.text)
		}
		w.expect(post("/transfers/refusals", "b6", map[string]any{"document": comes, "reason": "户口未迁入"}), 409, "register.transfer-answered")
	})
}
