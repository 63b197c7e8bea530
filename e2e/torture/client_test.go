package torture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"doudi/kernel/money"
	"doudi/record/claim"
)

// command is a request with its key, and the answer once there is one.
type command struct {
	key    string
	path   string
	body   []byte
	answer []byte
	bill   *tallied
	makes  claim.State // of the bill
}

// client is a cashier who sends one command after the other and notes every answer. What was not answered is sent again, with the same
// key, before anything else.
type client struct {
	name    string
	world   *world
	chance  *rand.Rand
	http    *http.Client
	sent    int
	cut     int // commands that were sent and not answered
	pending *command
	done    []*command
	bills   []*tallied // all that were received
}

// tallied is a bill as the client knows it from answers alone.
type tallied struct {
	id     string
	person string
	yuan   int
	state  claim.State
}

func newClient(w *world, seed uint64, number int) *client {
	return &client{name: fmt.Sprintf("c%d", number), world: w, chance: rand.New(rand.NewPCG(seed, uint64(number))),
		http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}}
}

// step sends the pending command, or a new one. It answers errAgain when there was no answer, which leaves it pending.
func (c *client) step(address string) error {
	if c.pending == nil {
		c.pending = c.choose()
	}
	k := c.pending
	answer, err := c.send(address, k)
	if err != nil {
		c.cut++
		return err
	}
	k.answer, k.bill.state = answer, k.makes
	c.done, c.pending = append(c.done, k), nil
	if k.makes == claim.Received {
		return c.received(k)
	}
	return nil
}

// received reads the id under which a bill is on record.
func (c *client) received(k *command) error {
	var said struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(k.answer, &said); err != nil || said.ID == "" {
		return fmt.Errorf("answer %s: %v", k.answer, err)
	}
	k.bill.id = said.ID
	c.bills = append(c.bills, k.bill)
	return nil
}

// send posts a command and answers the body of its answer. A server that is gone, or says that it cannot work, has not answered.
func (c *client) send(address string, k *command) ([]byte, error) {
	request, err := http.NewRequest(http.MethodPost, address+k.path, bytes.NewReader(k.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.world.key)
	request.Header.Set("Idempotency-Key", k.key)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, errors.Join(errAgain, err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, errors.Join(errAgain, err)
	}
	switch {
	case response.StatusCode/100 == 2:
		return body, nil
	case response.StatusCode == http.StatusServiceUnavailable:
		return nil, fmt.Errorf("%w: %s", errAgain, body)
	}
	return nil, fmt.Errorf("%s %s: %s: %s", c.name, k.path, response.Status, body)
}

// choose decides what to do next: a new bill, the confirmation of one, or, less often, its reversal.
func (c *client) choose() *command {
	c.sent++
	key := fmt.Sprintf("%s-%d", c.name, c.sent)
	roll := c.chance.IntN(10)
	if b := c.any(claim.Confirmed); b != nil && roll < 3 {
		return &command{key: key, path: "/api/v1/bills/" + b.id + "/reversal", body: []byte(`{"reason": "录入有误"}`), bill: b, makes: claim.Reversed}
	}
	if b := c.any(claim.Received); b != nil && roll < 7 {
		return &command{key: key, path: "/api/v1/bills/" + b.id + "/settlement", body: []byte(`{}`), bill: b, makes: claim.Confirmed}
	}
	b := &tallied{person: c.world.people[c.chance.IntN(len(c.world.people))], yuan: 5 * (1 + c.chance.IntN(160))}
	body, err := json.Marshal(map[string]any{"person": b.person, "series": pack, "document": json.RawMessage(bill(key, b.yuan))})
	if err != nil {
		panic(err) // texts can always be written
	}
	return &command{key: key, path: "/api/v1/bills", body: body, bill: b, makes: claim.Received}
}

// any is one of the client's bills in a state; nil when there is none.
func (c *client) any(state claim.State) *tallied {
	var found []*tallied
	for _, b := range c.bills {
		if b.state == state {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found[c.chance.IntN(len(found))]
}

// tally is what the record must say by the answers alone.
func tally(clients []*client) *picture {
	p := &picture{bills: map[string]standing{}, counters: map[string]money.Fen{}, left: granted, entries: map[string]int{}}
	fees := map[string]int{} // yuan that stand, by person
	for _, c := range clients {
		for _, b := range c.bills {
			p.bills[b.id] = standing{b.person, b.state}
			p.entries["claim.receive"]++
			if b.state != claim.Received {
				p.entries["claim.confirm"]++
				fees[b.person] += 0 // the person's cap was asked for
			}
			switch b.state {
			case claim.Confirmed:
				fees[b.person] += b.yuan
			case claim.Reversed:
				p.entries["claim.reverse"]++
			}
		}
	}
	for person, yuan := range fees {
		due := min(money.Yuan(int64(yuan))*share/100, money.Yuan(cap))
		p.counters[person] = due
		p.left -= due
	}
	return p
}

// differences are what the record says otherwise than the tally: what was lost, and what was doubled.
func differences(says, must *picture) (found []string) {
	differ := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for id, b := range must.bills {
		if says.bills[id] != b {
			differ("the bill %s of %s is %q, want %q", id, b.person, says.bills[id].state, b.state)
		}
	}
	if len(says.bills) != len(must.bills) {
		differ("%d bills are on record, want %d", len(says.bills), len(must.bills))
	}
	for person, due := range must.counters {
		if says.counters[person] != due {
			differ("%s used %s of the cap, want %s", person, says.counters[person], due)
		}
	}
	if says.left != must.left {
		differ("the special account has %s left, want %s", says.left, must.left)
	}
	for name, count := range must.entries {
		if says.entries[name] != count {
			differ("the log has %d entries %s, want %d", says.entries[name], name, count)
		}
	}
	return found
}

// The tally must find what it is there for: each change of a record below is one that no fault may leave behind.
func TestDifferences(t *testing.T) {
	a, b := &tallied{id: "a", person: "p", yuan: 500, state: claim.Confirmed}, &tallied{id: "b", person: "p", yuan: 2000, state: claim.Reversed}
	clients := []*client{{bills: []*tallied{a}}, {bills: []*tallied{b, {id: "c", person: "q", yuan: 2000, state: claim.Confirmed}}}}
	if found := differences(tally(clients), tally(clients)); len(found) > 0 {
		t.Errorf("the tally differs from itself: %v", found)
	}
	if p := tally(clients); p.counters["p"] != money.Yuan(300) || p.counters["q"] != money.Yuan(cap) || p.left != granted-money.Yuan(1300) {
		t.Errorf("the tally is %+v", p)
	}
	tests := []struct {
		name   string
		change func(p *picture)
		finds  string
	}{
		{"lost", func(p *picture) { delete(p.bills, "a") }, `the bill a of p is "", want "confirmed"`},
		{"half done", func(p *picture) { p.bills["a"] = standing{"p", claim.Received} }, `the bill a of p is "received"`},
		{"not taken back", func(p *picture) { p.bills["b"] = standing{"p", claim.Confirmed} }, `the bill b of p is "confirmed"`},
		{"received twice", func(p *picture) { p.bills["a2"] = standing{"p", claim.Received} }, "4 bills are on record, want 3"},
		{"counted twice", func(p *picture) { p.counters["p"] = money.Yuan(600) }, "p used 600.00 of the cap, want 300.00"},
		{"paid twice", func(p *picture) { p.left -= money.Yuan(300) }, "the special account has"},
		{"logged twice", func(p *picture) { p.entries["claim.reverse"]++ }, "the log has 2 entries claim.reverse, want 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tally(clients)
			tt.change(p)
			if found := strings.Join(differences(p, tally(clients)), "\n"); !strings.Contains(found, tt.finds) {
				t.Errorf("found %q, want %q", found, tt.finds)
			}
		})
	}
}
