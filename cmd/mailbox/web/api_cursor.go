package web

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"mailbox/cases/errs"
)

// cursor is where a list of the API goes on, for programs a word without a meaning. It ends with a checksum: one that was
// cut off or mistyped is refused, and not taken for another place.
func cursor(place ...int64) string {
	var raw []byte
	for _, n := range place {
		raw = binary.BigEndian.AppendUint64(raw, uint64(n))
	}
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw)))
}

// cursor reads where to go on, into as many numbers as the list's place has; false: from the beginning. Errors are left
// in q.
func (q *question) cursor(place ...*int64) bool {
	text := q.text("cursor")
	if text == "" {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	numbers := len(raw) - crc32.Size
	if err != nil || numbers != 8*len(place) || binary.BigEndian.Uint32(raw[numbers:]) != crc32.ChecksumIEEE(raw[:numbers]) {
		q.blame(errs.Invalid("cursor", "this is no place to go on from; please use the one in next", "无效的翻页标记，请使用next中给出的值"))
		return false
	}
	for i, n := range place {
		*n = int64(binary.BigEndian.Uint64(raw[8*i:]))
	}
	return true
}
