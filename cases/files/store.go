package files

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
)

// Store keeps bytes under a key. Keys come from NewKey. All is safe for concurrent use.
type Store interface {
	// Put keeps data; when it returns nil, data survives a power cut. A key that is there already is replaced whole.
	Put(ctx context.Context, key string, data []byte) error
	// Get gives what was kept, or ErrMissing.
	Get(ctx context.Context, key string) ([]byte, error)
	// Delete forgets a key; one that is not there is no error.
	Delete(ctx context.Context, key string) error
}

var (
	// ErrMissing is given by Get for a key that is not there.
	ErrMissing = errors.New("no such file is kept")

	errKey  = errors.New("a key of the file store has 32 hexadecimal digits")
	errSize = errors.New("larger than any file that is kept")
)

// NewKey gives a random key of 32 hexadecimal digits: it says nothing of the file and cannot be guessed.
func NewKey() string {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(key[:])
}

// checkKey lets only small hexadecimal digits through, so that no key can name another place.
func checkKey(key string) error {
	if len(key) != 32 {
		return errKey
	}
	for i := range len(key) {
		if c := key[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return errKey
		}
	}
	return nil
}
