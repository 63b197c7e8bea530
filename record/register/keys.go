package register

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"hash"
	"sync"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/ident"
)

// Keys are the secrets of the register: the key of the blind tokens, which is one for all counties of an installation, and
// the keys with which counties sign transfers (SM2 with SM3, GB/T 32918).
type Keys struct {
	lookup  []byte
	macs    sync.Pool // of hash.Hash: what is keyed once makes many tokens
	private map[string]*sm2.PrivateKey
	public  map[string]*ecdsa.PublicKey
}

func newKeys() *Keys {
	k := &Keys{private: map[string]*sm2.PrivateKey{}, public: map[string]*ecdsa.PublicKey{}}
	k.macs.New = func() any { return hmac.New(sm3.New, k.lookup) }
	return k
}

// token is the blind token of a text: its SM3-HMAC, different for each purpose.
func (k *Keys) token(purpose, s string) string {
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(purpose + "\x00" + s)) // a hash never fails to take what is written
	return hex.EncodeToString(mac.Sum(nil))
}

// shortToken is half as long: a wrong hit among names is found out when the name is read, and there are many of them.
func (k *Keys) shortToken(purpose, s string) string { return k.token(purpose, s)[:32] }

func (k *Keys) nameToken(name string) string { return k.shortToken("statement", name) }

// NumberToken is the blind token of an identity number. It is the same in every county, so that it can be asked whether a person
// is registered in two.
func (k *Keys) NumberToken(id ident.PersonID) string { return k.token("number", string(id)) }

// ClaimToken is the blind token of what a bill says, or of what came of it.
func (k *Keys) ClaimToken(text string) string { return k.token("claim", text) }

// FileToken is the blind token of the content of a document.
func (k *Keys) FileToken(text string) string { return k.token("file", text) }

// RollToken is the blind token of what a row of an import says of whom.
func (k *Keys) RollToken(text string) string { return k.token("roll", text) }

// PaymentToken is the blind token of a statement about a bank account.
func (k *Keys) PaymentToken(text string) string { return k.token("payment", text) }

// digest is the SM3 of a text.
func digest(text string) string {
	sum := sm3.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sign signs a text for a county. The county's code is signed with it, so that no signature passes for another's.
func (k *Keys) sign(county, text string) (string, error) {
	key := k.private[county]
	if key == nil {
		return "", noKey(county)
	}
	signature, err := key.Sign(rand.Reader, []byte(county+"\x00"+text), sm2.DefaultSM2SignerOpts)
	return hex.EncodeToString(signature), err
}

// check refuses a text that the county did not sign.
func (k *Keys) check(county, text, signature string) error {
	key := k.public[county]
	if key == nil {
		return noKey(county)
	}
	raw, err := hex.DecodeString(signature)
	if err != nil || !sm2.VerifyASN1WithSM2(key, nil, []byte(county+"\x00"+text), raw) {
		return badSignature(county)
	}
	return nil
}
