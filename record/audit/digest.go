package audit

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/fault"
	"doudi/record/store"
)

// frame writes texts one after the other, each behind its length, so that no two lists look alike.
func frame(parts ...string) []byte {
	length := 0
	for _, part := range parts {
		length += 8 + len(part)
	}
	b := make([]byte, 0, length)
	for _, part := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

func digest(parts ...string) string {
	sum := sm3.Sum(frame(parts...))
	return hex.EncodeToString(sum[:])
}

// digestOf is the digest of an entry: SM3 over all it says, each part behind its length in eight bytes. Whom it concerns
// comes last, in the order of the ids, as id and ciphertext.
func digestOf(county string, e *Entry) string {
	parts := []string{"doudi entry 1", county, e.ID, store.FormatInstant(e.Instant), e.Actor.ID, e.Actor.Name, e.Actor.Post,
		string(e.Kind), e.Name, e.Subject, string(e.Content)}
	for _, p := range e.Persons {
		parts = append(parts, p.ID, p.sealed)
	}
	return digest(parts...)
}

// digest of a seal: SM3 over county, number, instant, count, the digest over the entries, and the seal before.
func (s Sealed) digest(county string) string {
	return digest("doudi seal 1", county, strconv.FormatInt(s.Batch, 10), s.Instant, strconv.FormatInt(s.Entries, 10), s.EntriesDigest, s.Previous)
}

// canonical writes a value as JSON in the one way there is: names in order, no spaces, numbers as written. A value that is no JSON
// is an error.
func canonical(value any) ([]byte, error) {
	plain, err := plainOf(value)
	if err != nil {
		return nil, fmt.Errorf("audit content: %w", err)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b) // writes the names of a map in order
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(plain)
	return bytes.TrimSpace(b.Bytes()), err
}

// plainOf is a value as maps, lists, texts and numbers. What most entries say is a map of texts already.
func plainOf(value any) (plain any, err error) {
	if texts, ok := value.(map[string]string); ok {
		return texts, nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	err = decoder.Decode(&plain)
	return plain, err
}

func sortPersons(list []Person) {
	slices.SortFunc(list, func(a, b Person) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
}

func say(zh, en string, args ...any) fault.Text {
	return fault.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}
