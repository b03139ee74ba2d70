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

// maxSigningKeys is how often the keys of receipts or those of the record can be changed: each start derives all of
// them, 50 µs each.
const maxSigningKeys = 1000

// deriveSigning makes the signing keys of one purpose: the one in use, the old ones, and the next. Key n is derived from
// the root as the purpose and n, so that the old ones need no keeping and old signatures stay valid. The next
// is known ahead, so that while processes are started again one by one after a rotation, those that have
// not yet been take the signatures of those that have.
func deriveSigning(root []byte, purpose string, inUse int) ([]ed25519.PrivateKey, error) {
	if inUse > maxSigningKeys {
		return nil, fmt.Errorf("%snumber %d; %d is the most", purpose, inUse, maxSigningKeys)
	}
	keys := make([]ed25519.PrivateKey, 0, inUse+1)
	for i := range inUse + 1 {
		n := inUse - i
		if n == 0 {
			n = inUse + 1
		}
		seed, err := hkdf.Key(sha256.New, root, nil, purpose+strconv.Itoa(n), ed25519.SeedSize)
		if err != nil {
			return nil, fmt.Errorf("derive %s%d: %w", purpose, n, err)
		}
		keys = append(keys, ed25519.NewKeyFromSeed(seed))
	}
	return keys, nil
}

// deriveReceiptKeys makes the receipt keys.
func (k *Keys) deriveReceiptKeys(root []byte, inUse int) error {
	all, err := deriveSigning(root, "mailbox receipt ", inUse)
	if err != nil {
		return err
	}
	k.signing = all[0]
	for _, private := range all {
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
