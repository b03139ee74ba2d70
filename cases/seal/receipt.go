package seal

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"mailbox/cases/receipt"
)

// maxReceiptKeys is how often receipt keys can be changed: each start derives all of them, 50 µs each.
const maxReceiptKeys = 1000

// deriveReceiptKeys makes the receipt keys: the one in use, the old ones, and the next. Key n is derived from
// the root as "mailbox receipt n", so that the old ones need no keeping and old receipts stay valid. The next
// is known ahead, so that while processes are started again one by one after a rotation, those that have
// not yet been take the receipts of those that have.
func (k *Keys) deriveReceiptKeys(root []byte, inUse int) error {
	if inUse > maxReceiptKeys {
		return fmt.Errorf("receipt_key is %d; %d is the most", inUse, maxReceiptKeys)
	}
	for i := range inUse + 1 {
		n := inUse - i
		if n == 0 {
			n = inUse + 1
		}
		seed, err := hkdf.Key(sha256.New, root, nil, "mailbox receipt "+strconv.Itoa(n), ed25519.SeedSize)
		if err != nil {
			return fmt.Errorf("derive receipt key %d: %w", n, err)
		}
		private := ed25519.NewKeyFromSeed(seed)
		if n == inUse {
			k.signing = private
		}
		public, _ := private.Public().(ed25519.PublicKey) // is one, says crypto/ed25519
		k.signers = append(k.signers, receipt.KeyOf(public))
	}
	return nil
}

// SignReceipt writes the signed receipt for a statement, with the receipt key in use.
func (k *Keys) SignReceipt(s receipt.Statement) ([]byte, error) {
	return receipt.Sign(s, k.signers[0].ID, func(message []byte) []byte { return ed25519.Sign(k.signing, message) })
}

// ReceiptKeys are the public keys of all receipts ever signed with this key file, the one in use first, and
// last the one that comes next. They are for everybody.
func (k *Keys) ReceiptKeys() receipt.Keys { return k.signers }

// RotateReceiptKey has the key file at path name the next receipt key as the one in use. The file is replaced
// whole, with the owner and the mode that it had; all else in it stays as it is. Running processes sign with
// the new key from their next start.
func RotateReceiptKey(path string) (*Keys, error) {
	keys, err := Read(path)
	if err != nil {
		return nil, err
	}
	err = edit(path, func(all map[string]json.RawMessage, _ *file) error {
		all["receipt_key"] = json.RawMessage(strconv.Itoa(len(keys.signers))) // which counts the next one too
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Read(path)
}

// replace puts a file in another's place: whoever reads it finds the old one or the new one, whole.
func replace(path string, data []byte) error {
	was, err := os.Stat(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // it was moved into place, or is of no use
	if _, err := tmp.Write(data); err != nil {
		return errors.Join(err, tmp.Close())
	}
	// Run by root, the file must stay readable for the mailbox's own account.
	if err := errors.Join(giveTo(tmp, was), tmp.Chmod(was.Mode().Perm()), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil // the file is in place; only a power cut this instant could bring back the old one
	}
	_ = dir.Sync() // not every system can do this to a directory; the same holds
	return dir.Close()
}
