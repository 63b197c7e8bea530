package auth

import (
	"bytes"
	"image/png"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"doudi/record/audit"
	"doudi/record/store"
)

// A second factor is a code of six digits that changes every 30 seconds (RFC 6238). One step before and after is taken as well, for clocks
// that go wrong; a code that was used is not taken again.
const (
	factorStep = 30 * time.Second
	factorSkew = 1
	issuer     = "doudi"
)

// Factor is a second factor that is to be set up.
type Factor struct {
	Secret string // base32, to be typed
	Link   string // otpauth://…
	Square []byte // the link as a square to be photographed, PNG
}

// NewFactor is a fresh secret for an account. It counts only once [Staff.SetFactor] has seen a code made with it.
func NewFactor(login string) (Factor, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: login})
	if err != nil {
		return Factor{}, err
	}
	return factorOf(key)
}

// SameFactor is the factor of a secret that was shown before.
func SameFactor(login, secret string) (Factor, error) {
	key, err := otp.NewKeyFromURL("otpauth://totp/" + issuer + ":" + login + "?secret=" + secret + "&issuer=" + issuer)
	if err != nil || !validSecret(secret) {
		return Factor{}, factorWrong()
	}
	return factorOf(key)
}

func factorOf(key *otp.Key) (Factor, error) {
	const side = 200
	square, err := key.Image(side, side)
	if err != nil {
		return Factor{}, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, square)
	return Factor{key.Secret(), key.URL(), b.Bytes()}, err
}

func validSecret(secret string) bool {
	_, err := hotp.GenerateCode(secret, 1)
	return err == nil && len(secret) >= 16
}

// stepOf is the step a code is for, later than the last one used; 0 when it is for none.
func stepOf(secret, code string, at time.Time, last int64) int64 {
	now := at.Unix() / int64(factorStep/time.Second)
	found := int64(0)
	for step := now - factorSkew; step <= now+factorSkew; step++ {
		if ok, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix}); err == nil && ok && step > last {
			found = step
		}
	}
	return found
}

// SetFactor sets up a second factor that was shown, when the code was made with it. Codes: auth.factor-wrong.
func (s *Staff) SetFactor(tx *store.Tx, account, secret, code string) error {
	step := stepOf(secret, code, tx.Instant, 0)
	if step == 0 || !validSecret(secret) {
		return factorWrong()
	}
	sealed, err := s.log.Seal(tx, account, []byte(secret))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE auth_account SET factor = ?3, factor_step = ?4 WHERE county_code = ?1 AND account_id = ?2`, tx.County, account, sealed, step); err != nil {
		return err
	}
	return s.record(tx, "auth.factor", account, nil)
}

// secretOf is the secret of an account's second factor, "" without one.
func (s *Staff) secretOf(tx *store.Tx, a *Account) (string, error) {
	if a.factor == "" {
		return "", nil
	}
	plain, err := s.log.Open(tx, a.ID, a.factor)
	if err != nil {
		return "", err
	}
	return string(plain[0]), nil
}

// record adds an entry about an account to the log.
func (s *Staff) record(tx *store.Tx, name, account string, content map[string]string) error {
	_, err := s.log.Record(tx, audit.Note{Name: name, Subject: account, Content: content})
	return err
}
