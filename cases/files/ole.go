package files

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// oleEntry is one name in the directory of a compound file.
type oleEntry struct {
	name    string
	storage bool // a folder, not a stream
	top     bool // directly under the root
}

var errOLE = errors.New("not a readable compound file")

const (
	oleStorage  = 1
	oleStream   = 2
	oleChainEnd = 0xfffffffe
	oleDirEntry = 128 // bytes
)

// oleFile is as much of a compound file (MS-CFB) as it takes to list its names: header, sectors, allocation table.
//
// The reader that comes with our spreadsheet library keeps the path of every entry, so that a file of 10 MB with
// nested folders takes 50 GB; here all work is bounded by the number of sectors, at most 20,480.
type oleFile struct {
	data    []byte
	size    int      // of a sector: 512 or 4,096 bytes
	fat     []uint32 // where the table's own sectors are
	entries int      // of the table, a sector
}

// readOLE lists the names in a compound file, used ones only.
func readOLE(data []byte) ([]oleEntry, error) {
	if len(data) < 512 || string(data[:8]) != oleMagic {
		return nil, errOLE
	}
	f := &oleFile{data: data}
	switch binary.LittleEndian.Uint16(data[30:]) {
	case 9:
		f.size = 512
	case 12:
		f.size = 4096
	default:
		return nil, errOLE
	}
	f.entries = f.size / 4
	if err := f.readTable(); err != nil {
		return nil, err
	}
	var raw []byte
	at := binary.LittleEndian.Uint32(data[48:])
	for range len(data)/f.size + 1 { // a chain that is longer runs in a circle
		if at == oleChainEnd {
			return listOLE(raw), nil
		}
		sector, err := f.sector(at)
		if err != nil {
			return nil, err
		}
		raw = append(raw, sector...)
		if at, err = f.next(at); err != nil {
			return nil, err
		}
	}
	return nil, errOLE
}

// sector gives a sector's bytes; the last of a file may be cut short, as some programs write it, and never counts.
func (f *oleFile) sector(n uint32) ([]byte, error) {
	start := (int64(n) + 1) * int64(f.size)
	if start+int64(f.size) > int64(len(f.data)) {
		return nil, errOLE
	}
	return f.data[start : start+int64(f.size)], nil
}

// readTable lists the sectors of the allocation table: 109 stand in the header, the rest in a chain of its own.
func (f *oleFile) readTable() error {
	for i := 76; i < 512; i += 4 {
		f.fat = append(f.fat, binary.LittleEndian.Uint32(f.data[i:]))
	}
	at := binary.LittleEndian.Uint32(f.data[68:])
	for range min(binary.LittleEndian.Uint32(f.data[72:]), uint32(len(f.data)/f.size)) {
		if at >= oleChainEnd {
			break
		}
		sector, err := f.sector(at)
		if err != nil {
			return err
		}
		for i := 0; i < f.size-4; i += 4 {
			f.fat = append(f.fat, binary.LittleEndian.Uint32(sector[i:]))
		}
		at = binary.LittleEndian.Uint32(sector[f.size-4:])
	}
	return nil
}

func (f *oleFile) next(n uint32) (uint32, error) {
	index := int64(n) / int64(f.entries)
	if index >= int64(len(f.fat)) {
		return 0, errOLE
	}
	sector, err := f.sector(f.fat[index])
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(sector[int(n)%f.entries*4:]), nil
}

// listOLE reads the directory. Entries count whether or not the tree reaches them, so that none can hide; only what
// stands directly under the root is marked, by walking the root's children once.
func listOLE(raw []byte) []oleEntry {
	count := len(raw) / oleDirEntry
	top := make([]bool, count)
	var todo []uint32
	push := func(n uint32) {
		if int64(n) < int64(count) && n != 0 && !top[n] {
			top[n] = true
			todo = append(todo, n)
		}
	}
	if count > 0 {
		push(binary.LittleEndian.Uint32(raw[76:]))
	}
	for len(todo) > 0 {
		entry := raw[int(todo[len(todo)-1])*oleDirEntry:]
		todo = todo[:len(todo)-1]
		push(binary.LittleEndian.Uint32(entry[68:])) // left
		push(binary.LittleEndian.Uint32(entry[72:])) // right
	}
	entries := make([]oleEntry, 0, count)
	for i := range count {
		entry := raw[i*oleDirEntry : (i+1)*oleDirEntry]
		kind := entry[66]
		if kind != oleStorage && kind != oleStream {
			continue
		}
		length := min(int(binary.LittleEndian.Uint16(entry[64:])), 64)/2 - 1 // the last is a zero
		name := make([]uint16, 0, 32)
		for c := range max(length, 0) {
			name = append(name, binary.LittleEndian.Uint16(entry[2*c:]))
		}
		entries = append(entries, oleEntry{name: string(utf16.Decode(name)), storage: kind == oleStorage, top: top[i]})
	}
	return entries
}
