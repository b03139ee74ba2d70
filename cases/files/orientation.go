package files

import (
	"bytes"
	"encoding/binary"
)

// jpegHead is what is read of a JPEG's segments before it is decoded.
type jpegHead struct {
	orientation int // 1 to 8, EXIF 2.32, tag 0x0112; 1 when there is none
	progressive bool
	scans       int
}

// readJPEGHead walks over the segments of a JPEG, up to its end or the first thing that is none. It never fails: the
// decoder judges.
func readJPEGHead(data []byte) jpegHead {
	head := jpegHead{orientation: 1}
	seen := false
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xff {
			// Compressed data after a start of scan: on to the next marker.
			next := bytes.IndexByte(data[i:], 0xff)
			if next < 0 {
				break
			}
			i += next
			continue
		}
		marker := data[i+1]
		switch {
		case marker == 0xd9:
			return head
		case marker == 0xff: // a fill byte
			i++
			continue
		case marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8: // a stuffed 0xff, or a marker without a body
			i += 2
			continue
		}
		size := int(binary.BigEndian.Uint16(data[i+2:]))
		end := i + 2 + size
		if size < 2 || end > len(data) {
			return head
		}
		switch body := data[i+4 : end]; marker {
		case 0xc2:
			head.progressive = true
		case 0xda:
			head.scans++
		case 0xe1:
			if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && !seen {
				head.orientation, seen = exifOrientation(tiff), true
			}
		}
		i = end
	}
	return head
}

// exifOrientation reads how to turn a picture upright from the TIFF part of its EXIF data: 1 to 8, and 1 when it
// says nothing or nonsense. Only the first directory is read, and only inside tiff; a directory has at most
// 65,535 entries of 12 bytes.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	start := uint64(order.Uint32(tiff[4:]))
	if start < 8 || start+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(entries) < 12 {
			return 1
		}
		const tagOrientation, typeShort = 0x0112, 3
		if order.Uint16(entries) == tagOrientation {
			value := int(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != typeShort || order.Uint32(entries[4:]) != 1 || value < 1 || value > 8 {
				return 1
			}
			return value
		}
		entries = entries[12:]
	}
	return 1
}
