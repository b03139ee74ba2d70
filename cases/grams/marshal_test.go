package grams

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"pgregory.net/rapid"
)

func TestStoredCountsAreReadAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var c, read Counts
		for _, letter := range rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("路灯不亮水管漏小区门口，")), 0, 30, -1), 0, 20).Draw(t, "letters") {
			c.Add(Fold(letter))
		}
		stored, err := c.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := read.UnmarshalBinary(stored); err != nil {
			t.Fatal(err)
		}
		again, err := read.MarshalBinary()
		if err != nil || !bytes.Equal(stored, again) {
			t.Fatalf("stored again they differ: %v", err)
		}
		for _, gram := range []string{"路灯", "不亮", "门口", "，路"} {
			if h := Hash([]rune(gram)); c.In(h) != read.In(h) || c.Weight(h) != read.Weight(h) {
				t.Fatalf("%s: in %d letters, read back %d", gram, c.In(h), read.In(h))
			}
		}
	})
}

// sealed makes a stored form with the right checksum of any numbers.
func sealed(numbers ...uint64) []byte {
	b := []byte(countsFormat)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func TestCountsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	long := []byte(countsFormat + "\x81\x00") // 1, in two bytes where one does
	for name, b := range map[string][]byte{
		"nothing":                     {},
		"another format":              append([]byte("grc2"), sealed(0)[4:]...),
		"a flipped bit":               append(sealed(1)[:4], append([]byte{3}, sealed(1)[5:]...)...),
		"no number of letters":        sealed(),
		"more letters than there are": sealed(1 << 40),
		"a run in more letters":       sealed(1, 5, 2),
		"a run in no letter":          sealed(1, 5, 0),
		"a bucket twice":              sealed(1, 5, 1, 0, 1),
		"a bucket too far":            sealed(1, buckets+1, 1),
		"runs without letters":        sealed(0, 1, 1),
		"cut off":                     sealed(1, 5),
		"written too long":            binary.BigEndian.AppendUint32(long, crc32.ChecksumIEEE(long)),
	} {
		c := Counts{Letters: 7}
		if err := c.UnmarshalBinary(b); !errors.Is(err, ErrBroken) || c.Letters != 7 {
			t.Errorf("%s: %v, %d letters", name, err, c.Letters)
		}
	}
	var c Counts
	if err := c.UnmarshalBinary(sealed(1, buckets, 1)); err != nil { // the last bucket there is
		t.Error(err)
	}
}

func FuzzCountsUnmarshal(f *testing.F) {
	f.Add(sealed(0))
	f.Add(sealed(3, 1, 1, 7, 3))
	f.Add([]byte("grc1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 { // with the right checksum, or nothing would ever be looked at behind it
			b = binary.BigEndian.AppendUint32(b[:len(b)-4:len(b)-4], crc32.ChecksumIEEE(b[:len(b)-4]))
		}
		var c Counts
		if c.UnmarshalBinary(b) != nil {
			return
		}
		again, err := c.MarshalBinary()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was read, and is written as %x, %v", b, again, err)
		}
	})
}
