package register

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// keyFile is the form of the file that holds the keys. Without lookup it is the public part, for other installations.
type keyFile struct {
	Lookup   string               `json:"lookup,omitempty"` // hexadecimal, 32 bytes
	Counties map[string]countyKey `json:"counties"`
}

// countyKey holds an SM2 key in hexadecimal: the private one, 32 bytes, only where the county signs; the public one as a point
// not compressed, 65 bytes.
type countyKey struct {
	Private string `json:"private,omitempty"`
	Public  string `json:"public"`
}

const (
	lookupBytes  = 32
	privateBytes = 32
	oldBytes     = 32 // of a public key when counties signed with Ed25519
)

// NewKeys makes the content of a new key file for counties. Keep it secret and apart from the database: without it nobody is
// found by number or name any more.
func NewKeys(counties ...string) ([]byte, error) {
	lookup := make([]byte, lookupBytes)
	rand.Read(lookup) // never fails: package crypto/rand ends the program instead
	file := keyFile{Lookup: hex.EncodeToString(lookup), Counties: map[string]countyKey{}}
	return file.withCounties(counties)
}

// AddCounties is the content of a key file with signing keys for further counties. One that has a key is refused
// (register.key-there), even one that is only checked by it so far.
func AddCounties(content []byte, counties ...string) ([]byte, error) {
	file, err := readKeyFile(content)
	if err != nil {
		return nil, err
	}
	return file.withCounties(counties)
}

func (f keyFile) withCounties(counties []string) ([]byte, error) {
	for _, county := range counties {
		if _, there := f.Counties[county]; there {
			return nil, keyThere(county)
		}
		key, err := sm2.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		pair, err := key.ECDH() // package ecdsa writes keys of its own curves only
		if err != nil {
			return nil, err
		}
		f.Counties[county] = countyKey{hex.EncodeToString(pair.Bytes()), hex.EncodeToString(pair.PublicKey().Bytes())}
	}
	return f.write()
}

// PublicKeys is the part of a key file that other installations need to check what the counties here sign. It holds no secret.
func PublicKeys(content []byte) ([]byte, error) {
	file, err := readKeyFile(content)
	if err != nil {
		return nil, err
	}
	public := keyFile{Counties: map[string]countyKey{}}
	for county, key := range file.Counties {
		if key.Private != "" {
			public.Counties[county] = countyKey{Public: key.Public}
		}
	}
	return public.write()
}

// TrustKeys is the content of a key file with what PublicKeys of another installation gave. Private keys in it are left out.
// Code: register.key-there for a county whose key here is another.
func TrustKeys(content, public []byte) ([]byte, error) {
	file, err := readKeyFile(content)
	if err != nil {
		return nil, err
	}
	other, err := parseKeyFile(public)
	if err != nil {
		return nil, err
	}
	for _, county := range slices.Sorted(maps.Keys(other.Counties)) {
		known, there := file.Counties[county]
		if there && known.Public != other.Counties[county].Public {
			return nil, keyThere(county)
		}
		if !there {
			file.Counties[county] = countyKey{Public: other.Counties[county].Public}
		}
	}
	return file.write()
}

func (f keyFile) write() ([]byte, error) { return json.MarshalIndent(f, "", "  ") }

// ReadKeys reads the content of a key file. Codes: register.keys, naming the entry that is wrong and never its content;
// register.keys-old for keys of a county that are of the kind used before SM2.
func ReadKeys(content []byte) (*Keys, error) {
	file, err := readKeyFile(content)
	if err != nil {
		return nil, err
	}
	return file.keys()
}

// readKeyFile reads a key file whose every entry is right.
func readKeyFile(content []byte) (keyFile, error) {
	file, err := parseKeyFile(content)
	if err != nil {
		return file, err
	}
	if lookup, err := hex.DecodeString(file.Lookup); err != nil || len(lookup) != lookupBytes {
		return file, badKeys("lookup", nil) // a cause would show part of the key
	}
	return file, nil
}

// parseKeyFile reads a key file or its public part.
func parseKeyFile(content []byte) (keyFile, error) {
	var file keyFile
	if err := json.Unmarshal(content, &file); err != nil {
		return file, badKeys("JSON", nil)
	}
	if file.Counties == nil {
		file.Counties = map[string]countyKey{}
	}
	_, err := file.keys()
	return file, err
}

func (f keyFile) keys() (*Keys, error) {
	k := newKeys()
	k.lookup, _ = hex.DecodeString(f.Lookup) // readKeyFile has looked at it
	for county, key := range f.Counties {
		if err := k.add(county, key); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *Keys) add(county string, key countyKey) error {
	raw, err := hex.DecodeString(key.Public)
	if err == nil && len(raw) == oldBytes {
		return oldKeys(county)
	}
	if err != nil {
		return badKeys(county, nil)
	}
	public, err := sm2.NewPublicKey(raw)
	if err != nil {
		return badKeys(county, nil)
	}
	k.public[county] = public
	if key.Private == "" {
		return nil
	}
	raw, err = hex.DecodeString(key.Private)
	if err != nil || len(raw) != privateBytes {
		return badKeys(county, nil)
	}
	private, err := sm2.NewPrivateKey(raw)
	if err != nil || !private.PublicKey.Equal(public) {
		return badKeys(county, nil)
	}
	k.private[county] = private
	return nil
}

// CountyKey is what may be told about the key of a county.
type CountyKey struct {
	County      string
	Signs       bool   // the private key is here
	Fingerprint string // beginning of the SM3 of the public key, to be compared by telephone
}

// Counties are the counties whose signatures can be checked, by code.
func (k *Keys) Counties() ([]CountyKey, error) {
	var list []CountyKey
	for _, county := range slices.Sorted(maps.Keys(k.public)) {
		public, err := sm2.PublicKeyToECDH(k.public[county])
		if err != nil {
			return nil, err
		}
		sum := sm3.Sum(public.Bytes())
		list = append(list, CountyKey{county, k.private[county] != nil, hex.EncodeToString(sum[:8])})
	}
	return list, nil
}
