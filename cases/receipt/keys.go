package receipt

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"mailbox/cases/errs"
)

// Key is a public key with which receipts are verified.
type Key struct {
	ID     string
	Public ed25519.PublicKey
}

// Keys are all that the city has ever signed receipts with, and the next: the one in use first.
type Keys []Key

// KeyOf gives a public key its id: the first eight bytes of its SHA-256, in hex.
func KeyOf(public ed25519.PublicKey) Key {
	sum := sha256.Sum256(public)
	return Key{hex.EncodeToString(sum[:8]), public}
}

// jwk is a key as RFC 8037 writes it, and once more as PEM, which openssl reads.
type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	ID        string `json:"kid"`
	X         string `json:"x"`
	PEM       string `json:"pem,omitempty"`
}

type jwks struct {
	Keys []jwk `json:"keys"`
}

// MarshalJSON writes the keys as a JSON Web Key Set (RFC 7517).
func (k Keys) MarshalJSON() ([]byte, error) {
	set := jwks{Keys: make([]jwk, len(k))}
	for i, key := range k {
		der, err := x509.MarshalPKIXPublicKey(key.Public)
		if err != nil {
			return nil, err
		}
		set.Keys[i] = jwk{
			Type: "OKP", Curve: "Ed25519", Algorithm: "EdDSA", Use: "sig", ID: key.ID,
			X:   base64.RawURLEncoding.EncodeToString(key.Public),
			PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		}
	}
	return json.Marshal(set)
}

// ParseKeys reads what MarshalJSON writes. The ids are worked out anew: nobody can give a key another's.
func ParseKeys(data []byte) (Keys, error) {
	var set jwks
	err := json.Unmarshal(data, &set)
	if err == nil && len(set.Keys) == 0 {
		err = errs.Invalid("keys", "there are no keys in it", "其中没有密钥")
	}
	if err != nil {
		return nil, errs.Invalid("keys", "this is not the list of keys that /receipt/keys.json gives",
			"这不是 /receipt/keys.json 给出的密钥列表").Because(err)
	}
	keys := make(Keys, 0, len(set.Keys))
	for i, one := range set.Keys {
		public, err := base64.RawURLEncoding.DecodeString(one.X)
		if err == nil && (one.Curve != "Ed25519" || len(public) != ed25519.PublicKeySize) {
			err = fmt.Errorf("curve %q, %d bytes", one.Curve, len(public))
		}
		if err != nil {
			return nil, errs.Invalid("keys", "key %d is not an Ed25519 key", "第 %d 个密钥不是 Ed25519 公钥", i+1).Because(err)
		}
		keys = append(keys, KeyOf(public))
	}
	return keys, nil
}
