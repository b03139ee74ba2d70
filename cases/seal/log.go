package seal

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/note"
)

// logKeys sign and verify the checkpoints of the record. They are made and changed like those of receipts, from the
// root as "mailbox log n", so that no signature of one can pass for one of the other.
type logKeys struct {
	signer note.Signer
	public []string        // all keys in the form of signed notes: the one in use, the old ones, the next
	known  []note.Verifier // the same
}

// logSigner signs as signed notes want it.
type logSigner struct {
	note.Verifier // its name and number

	private ed25519.PrivateKey
}

func (s logSigner) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.private, message), nil }

// deriveLogKeys makes the keys of the record. The record is named after the key file, whatever address the city's
// pages may move to.
func (k *Keys) deriveLogKeys(root []byte, inUse int) error {
	all, err := deriveSigning(root, "mailbox log ", inUse)
	if err != nil {
		return err
	}
	name := "mailbox-log/" + k.Mark()[:16]
	for i, private := range all {
		public, _ := private.Public().(ed25519.PublicKey) // is one, says crypto/ed25519
		text, err := note.NewEd25519VerifierKey(name, public)
		if err != nil {
			return fmt.Errorf("log key: %w", err)
		}
		verifier, err := note.NewVerifier(text)
		if err != nil {
			return fmt.Errorf("log key: %w", err)
		}
		if i == 0 {
			k.log.signer = logSigner{verifier, private}
		}
		k.log.public, k.log.known = append(k.log.public, text), append(k.log.known, verifier)
	}
	return nil
}

// LogSigner signs checkpoints with the key in use.
func (k *Keys) LogSigner() note.Signer { return k.log.signer }

// LogKeys are the public keys of all checkpoints ever signed with this key file, as signed notes write them: the one in
// use first, and last the one that comes next. They are for everybody.
func (k *Keys) LogKeys() []string { return k.log.public }

// LogVerifiers verify what any of LogKeys has signed.
func (k *Keys) LogVerifiers() note.Verifiers { return note.VerifierList(k.log.known...) }

// RotateLogKey has the key file at path name the next log key as the one in use, as RotateReceiptKey does for receipts.
func RotateLogKey(path string) (*Keys, error) {
	keys, err := Read(path)
	if err != nil {
		return nil, err
	}
	err = edit(path, func(all map[string]json.RawMessage, _ *file) error {
		all["log_key"] = json.RawMessage(strconv.Itoa(len(keys.log.public))) // which counts the next one too
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Read(path)
}
