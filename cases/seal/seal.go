// Package seal keeps the city's keys: what is personal is sealed with them (AES-256-GCM), telephone
// numbers and e-mail addresses are looked up by keyed hash, a writer's secret is derived from them, and
// receipts and the checkpoints of the record are signed with keys derived from them.
//
// The keys stand in one file, made at first start and readable by its owner only. Whoever has the
// database without the file can read no contact; whoever loses the file loses the contacts, so it
// belongs in every backup. Start with [Open].
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"mailbox/cases/receipt"
)

// Keys are the city's keys; safe for concurrent use.
type Keys struct {
	path    string // where they were read from; empty: nowhere, and they never change
	ring    atomic.Pointer[ring]
	lookup  []byte
	secret  []byte
	cookie  []byte
	signing ed25519.PrivateKey // the receipt key in use
	signers receipt.Keys       // all receipt keys, the one in use first
	log     logKeys
}

// file is how the key file is written: every sealing key ever used stays in it, so that what was
// sealed with an old one can still be opened.
type file struct {
	Current int64            `json:"current"`
	Sealing map[int64]string `json:"sealing"` // key id → 32 bytes in hex
	Root    string           `json:"root"`    // 32 bytes in hex; hashes, secrets and receipt keys are derived from it

	// ReceiptKey numbers the receipt key in use; none means 1, as in files older than receipt keys.
	ReceiptKey int `json:"receipt_key,omitempty"`
	// LogKey numbers the key that checkpoints of the record are signed with, in the same way.
	LogKey int `json:"log_key,omitempty"`
}

// parse reads the text of a key file and its root.
func (f *file) parse(data []byte) (root []byte, err error) {
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("not a key file: %w", err)
	}
	root, err = hex.DecodeString(f.Root)
	if err != nil || len(root) != 32 {
		return nil, errors.New("root must be 32 bytes in hex")
	}
	return root, nil
}

// Open reads the key file at path, or makes it (mode 0600) when there is none: for a first start.
func Open(path string) (*Keys, error) {
	keys, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return Read(path)
}

// Read reads the key file at path. The error is fs.ErrNotExist when there is none.
func Read(path string) (*Keys, error) {
	at, err := stampOf(path) // before reading: what comes between is read again
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	keys, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	keys.path, keys.ring.Load().stamp = path, at
	return keys, nil
}

// Parse reads the text of a key file.
func Parse(data []byte) (*Keys, error) {
	var f file
	root, err := f.parse(data)
	if err != nil {
		return nil, err
	}
	k, r := &Keys{}, &ring{current: f.Current, aeads: make(map[int64]cipher.AEAD, len(f.Sealing)), marks: map[int64]string{}}
	for id, text := range f.Sealing {
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("sealing key %d must be 32 bytes in hex", id)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", id, err)
		}
		if r.aeads[id], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", id, err)
		}
		r.marks[id] = sealingMark(raw)
	}
	if r.aeads[r.current] == nil {
		return nil, fmt.Errorf("current names sealing key %d, which is not in the file", r.current)
	}
	k.ring.Store(r)
	for _, part := range []struct {
		name string
		key  *[]byte
	}{{"lookup", &k.lookup}, {"secret", &k.secret}, {"cookie", &k.cookie}} {
		if *part.key, err = hkdf.Key(sha256.New, root, nil, "mailbox "+part.name, 32); err != nil {
			return nil, fmt.Errorf("derive %s key: %w", part.name, err)
		}
	}
	if err := k.deriveReceiptKeys(root, max(f.ReceiptKey, 1)); err != nil {
		return nil, err
	}
	return k, k.deriveLogKeys(root, max(f.LogKey, 1))
}

// create writes a new key file. It links the finished file into place, so that of two processes that
// start together one makes the keys and the other reads them.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	random := make([]byte, 64)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	data, err := json.MarshalIndent(file{
		Current: 1,
		Sealing: map[int64]string{1: hex.EncodeToString(random[:32])},
		Root:    hex.EncodeToString(random[32:]),
	}, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // it was linked, or is of no use
	if _, err := tmp.Write(append(data, '\n')); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Mark tells these keys from others without giving anything of them away: kept with a database, it keeps
// the wrong key file from being used with it.
func (k *Keys) Mark() string {
	return hex.EncodeToString(mac(k.secret, []byte("mailbox keys"))[:16])
}

// Seal encrypts plain and says under which key. The same text sealed twice looks different.
func (k *Keys) Seal(plain []byte) (sealed []byte, keyID int64, err error) {
	r := k.latest()
	aead := r.aeads[r.current]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, 0, err
	}
	return aead.Seal(nonce, nonce, plain, nil), r.current, nil
}

// Unseal decrypts what Seal made under the key keyID. While keys are being changed a file may be sealed with the next one
// already when its row still names the one before: then the others are tried, which can open nothing that is not theirs.
func (k *Keys) Unseal(sealed []byte, keyID int64) ([]byte, error) {
	plain, err := k.ring.Load().open(sealed, keyID)
	if err == nil {
		return plain, nil
	}
	r := k.latest()
	for id := range r.aeads {
		if plain, other := r.open(sealed, id); other == nil {
			return plain, nil
		}
	}
	return nil, err
}

var errShort = errors.New("sealed text is too short")

// LookupHash is the keyed hash under which a normalised telephone number or e-mail address is found
// again; nil for the empty text.
func (k *Keys) LookupHash(normalised string) []byte {
	if normalised == "" {
		return nil
	}
	return mac(k.lookup, []byte(normalised))
}

// CookieKey is for signing what a browser keeps.
func (k *Keys) CookieKey() []byte { return k.cookie }

// alphabet is Crockford's base 32: no I, L, O or U, so that nobody reads a 1 for an I.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Secret derives the writer's secret for a case: twelve characters (60 bits) in three groups.
// Nothing but its hash is stored, and yet a repeated submission shows the same secret again.
func (k *Keys) Secret(caseID, version int64) string {
	message := make([]byte, 16)
	binary.BigEndian.PutUint64(message, uint64(caseID))
	binary.BigEndian.PutUint64(message[8:], uint64(version))
	bits := binary.BigEndian.Uint64(mac(k.secret, message))
	var b strings.Builder
	for i := range 12 {
		if i == 4 || i == 8 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[bits>>(5*i)&31])
	}
	return b.String()
}

// HashSecret is what is stored of a secret. The secret may be written with or without its hyphens,
// in small letters, with O for 0 or I and L for 1.
func HashSecret(salt []byte, secret string) []byte {
	return mac(salt, []byte(normaliseSecret(secret)))
}

// SameSecret compares in constant time.
func SameSecret(hash, salt []byte, secret string) bool {
	return len(hash) > 0 && subtle.ConstantTimeCompare(hash, HashSecret(salt, secret)) == 1
}

func normaliseSecret(secret string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= 'ｚ' { // full-width forms, as Chinese input methods write them
			r -= '０' - '0'
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		switch {
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		case strings.ContainsRune(alphabet, r):
			return r
		}
		return -1
	}, secret)
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}
