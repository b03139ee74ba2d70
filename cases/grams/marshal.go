package grams

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Counts are stored as: four letters that name the format, the number of letters read, then for each bucket that is
// not empty how far it is from the one before and what it counts, and a checksum. A hundred thousand letters take
// some 400 kB.
const countsFormat = "grc1"

// ErrBroken says that stored counts are not what MarshalBinary wrote.
var ErrBroken = errors.New("stored counts are broken")

// MarshalBinary writes the counts so that UnmarshalBinary can read them; the same counts always as the same bytes.
func (c *Counts) MarshalBinary() ([]byte, error) {
	b := append(make([]byte, 0, 1<<12), countsFormat...)
	b = binary.AppendUvarint(b, uint64(c.Letters))
	last := -1
	for i, n := range c.in {
		if n > 0 {
			b = binary.AppendUvarint(b, uint64(i-last))
			b = binary.AppendUvarint(b, uint64(n))
			last = i
		}
	}
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and nothing else: on any other bytes it gives ErrBroken and leaves
// the counts as they are.
func (c *Counts) UnmarshalBinary(b []byte) error {
	end := len(b) - 4
	if end < len(countsFormat) || string(b[:len(countsFormat)]) != countsFormat {
		return fmt.Errorf("%w: no such format", ErrBroken)
	}
	if crc32.ChecksumIEEE(b[:end]) != binary.BigEndian.Uint32(b[end:]) {
		return fmt.Errorf("%w: the checksum differs", ErrBroken)
	}
	r := uvarints{b[len(countsFormat):end]}
	letters, ok := r.next()
	if !ok || letters > math.MaxInt32 {
		return fmt.Errorf("%w: the number of letters", ErrBroken)
	}
	read := Counts{Letters: int(letters)}
	if letters > 0 {
		read.in = make([]uint32, buckets)
	}
	for at := -1; len(r.left) > 0; {
		gap, ok := r.next()
		n, also := r.next()
		if !ok || !also || gap == 0 || gap >= uint64(buckets-at) || n == 0 || n > letters {
			return fmt.Errorf("%w: after bucket %d", ErrBroken, at)
		}
		at += int(gap)
		read.in[at] = uint32(n)
	}
	*c = read
	return nil
}

// uvarints reads numbers that were written in the shortest way.
type uvarints struct{ left []byte }

func (r *uvarints) next() (n uint64, ok bool) {
	n, size := binary.Uvarint(r.left)
	if size <= 0 || size > 1 && r.left[size-1] == 0 {
		return 0, false
	}
	r.left = r.left[size:]
	return n, true
}
