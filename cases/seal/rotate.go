package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// ring are the sealing keys as the key file had them at some moment.
type ring struct {
	current int64
	aeads   map[int64]cipher.AEAD
	marks   map[int64]string
	stamp   stamp
}

// stamp tells whether the file has been replaced since.
type stamp struct {
	at   time.Time
	size int64
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime(), info.Size()}, nil
}

// latest gives the keys as they stand in the file, which another process may have added one to since we read it. To
// look whether the file is another one costs a microsecond. What cannot be read, such as a file that is just being
// copied, changes nothing: the keys that we have go on working.
func (k *Keys) latest() *ring {
	have := k.ring.Load()
	if k.path == "" {
		return have
	}
	now, err := stampOf(k.path)
	if err != nil || now == have.stamp {
		return have
	}
	data, err := os.ReadFile(k.path)
	if err != nil {
		return have
	}
	read, err := Parse(data)
	if err != nil || read.Mark() != k.Mark() { // another city's
		return have
	}
	fresh := read.ring.Load()
	fresh.stamp = now
	k.ring.Store(fresh)
	return fresh
}

func (r *ring) open(sealed []byte, id int64) ([]byte, error) {
	aead := r.aeads[id]
	if aead == nil {
		return nil, fmt.Errorf("sealed with key %d, which the key file does not have", id)
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errShort
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
}

// Current is the number of the key that is sealed with.
func (k *Keys) Current() int64 { return k.latest().current }

// Sealing are the numbers of all keys that can be opened with, in order.
func (k *Keys) Sealing() []int64 { return slices.Sorted(maps.Keys(k.latest().aeads)) }

// SealingMark tells a sealing key from another of the same number, without giving anything of it away; "" for one that
// the file does not have.
func (k *Keys) SealingMark(id int64) string { return k.latest().marks[id] }

func sealingMark(raw []byte) string {
	sum := sha256.Sum256(append([]byte("mailbox sealing key "), raw...))
	return hex.EncodeToString(sum[:8])
}

// AddSealingKey writes a new sealing key into the key file at path and gives its number. Nothing is sealed with it until
// UseSealingKey.
func AddSealingKey(path string) (id int64, err error) {
	err = editSealing(path, func(f *file) error {
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			return err
		}
		id = slices.Max(slices.Collect(maps.Keys(f.Sealing))) + 1
		f.Sealing[id] = hex.EncodeToString(raw)
		return nil
	})
	return id, err
}

// UseSealingKey has everything sealed with this key from now on, in all processes that read this file.
func UseSealingKey(path string, id int64) error {
	return editSealing(path, func(f *file) error { f.Current = id; return nil })
}

// DropSealingKey removes a key from the file. What is still sealed with it can never be opened again.
func DropSealingKey(path string, id int64) error {
	return editSealing(path, func(f *file) error {
		if id == f.Current {
			return fmt.Errorf("key %d is in use", id)
		}
		delete(f.Sealing, id)
		return nil
	})
}

func editSealing(path string, change func(*file) error) error {
	return edit(path, func(all map[string]json.RawMessage, f *file) error {
		if err := change(f); err != nil {
			return err
		}
		sealing, err := json.Marshal(f.Sealing)
		if err != nil {
			return err
		}
		all["sealing"], all["current"] = sealing, json.RawMessage(strconv.FormatInt(f.Current, 10))
		return nil
	})
}

// edit changes the key file at path. The file is replaced whole, with the owner and the mode that it had; all else in
// it stays as it is. What cannot be used is not changed, and nothing is written that cannot be used.
func edit(path string, change func(map[string]json.RawMessage, *file) error) error {
	path, err := filepath.EvalSymlinks(path) // the file is replaced, not a link to it
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	var f file
	all := map[string]json.RawMessage{}
	if _, err := f.parse(data); err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	if err := change(all, &f); err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	if data, err = json.MarshalIndent(all, "", "  "); err != nil {
		return err
	}
	if _, err := Parse(data); err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	if err := replace(path, append(data, '\n')); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return nil
}
