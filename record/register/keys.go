package register

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"

	"github.com/emmansun/gmsm/sm3"

	"doudi/kernel/ident"
)

// Keys are the secrets of the register: the key of the blind tokens, which is one for all counties of an installation, and
// the keys with which counties sign transfers.
type Keys struct {
	lookup  []byte
	private map[string]ed25519.PrivateKey
	public  map[string]ed25519.PublicKey
}

// keyFile is the form of the file that holds them.
type keyFile struct {
	Lookup   string               `json:"lookup"` // hexadecimal, 32 bytes
	Counties map[string]countyKey `json:"counties"`
}

// countyKey holds an Ed25519 key in hexadecimal, 32 bytes each: the seed of the private key only where the county signs.
type countyKey struct {
	Private string `json:"private,omitempty"`
	Public  string `json:"public"`
}

const lookupBytes = 32

// NewKeys makes the content of a new key file for counties. Keep it secret and apart from the database: without it nobody is
// found by number or name any more.
func NewKeys(counties ...string) ([]byte, error) {
	lookup := make([]byte, lookupBytes)
	rand.Read(lookup) // never fails: package crypto/rand ends the program instead
	file := keyFile{Lookup: hex.EncodeToString(lookup), Counties: map[string]countyKey{}}
	for _, county := range counties {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, err
		}
		file.Counties[county] = countyKey{hex.EncodeToString(private.Seed()), hex.EncodeToString(public)}
	}
	return json.MarshalIndent(file, "", "  ")
}

// ReadKeys reads the content of a key file. Code: register.keys, naming the entry that is wrong and never its content.
func ReadKeys(content []byte) (*Keys, error) {
	var file keyFile
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, badKeys("JSON", err)
	}
	k := &Keys{private: map[string]ed25519.PrivateKey{}, public: map[string]ed25519.PublicKey{}}
	var err error
	if k.lookup, err = hex.DecodeString(file.Lookup); err != nil || len(k.lookup) != lookupBytes {
		return nil, badKeys("lookup", err)
	}
	for county, key := range file.Counties {
		if err := k.add(county, key); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *Keys) add(county string, key countyKey) error {
	public, err := hex.DecodeString(key.Public)
	if err != nil || len(public) != ed25519.PublicKeySize {
		return badKeys(county, err)
	}
	k.public[county] = public
	if key.Private == "" {
		return nil
	}
	seed, err := hex.DecodeString(key.Private)
	if err != nil || len(seed) != ed25519.SeedSize {
		return badKeys(county, err)
	}
	k.private[county] = ed25519.NewKeyFromSeed(seed)
	if !k.private[county].Public().(ed25519.PublicKey).Equal(k.public[county]) {
		return badKeys(county, nil)
	}
	return nil
}

// token is the blind token of a text: its SM3-HMAC, different for each purpose.
func (k *Keys) token(purpose, s string) string {
	mac := hmac.New(sm3.New, k.lookup)
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
	return hex.EncodeToString(ed25519.Sign(key, []byte(county+"\x00"+text))), nil
}

// check refuses a text that the county did not sign.
func (k *Keys) check(county, text, signature string) error {
	key := k.public[county]
	if key == nil {
		return noKey(county)
	}
	raw, err := hex.DecodeString(signature)
	if err != nil || !ed25519.Verify(key, []byte(county+"\x00"+text), raw) {
		return badSignature(county)
	}
	return nil
}
