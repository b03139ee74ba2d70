package ledger

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/uptrace/bun"
	"golang.org/x/mod/sumdb/tlog"
)

// The record of all cases is one Merkle tree as of RFC 6962, whose leaves are the events in the order in which
// checkpoints found them. Kept of it are the hashes of the leaves and those of complete subtrees of 256, 65,536 …
// leaves; every other hash is worked out from at most 255 of those.

// subtreeBits is by how many levels of the tree the kept levels lie apart.
const subtreeBits = 8

// subtreeLeaves is how many hashes of a kept level make one of the next.
const subtreeLeaves = 1 << subtreeBits

// LeafHash is the hash of an event's leaf: of the line "mailbox event v1", the case's id and the event's number in the
// case as eight bytes each, highest first, and the event's hash.
func LeafHash(caseID, seq int64, hash []byte) tlog.Hash {
	data := append(make([]byte, 0, 96), "mailbox event v1\n"...)
	data = binary.BigEndian.AppendUint64(data, uint64(caseID))
	data = binary.BigEndian.AppendUint64(data, uint64(seq))
	return tlog.RecordHash(append(data, hash...))
}

// leafRow is an event's place in the tree.
type leafRow struct {
	bun.BaseModel `bun:"table:log_leaves"`

	Leaf   int64 `bun:",pk"`
	CaseID int64
	Seq    int64
	Hash   []byte
}

// subtreeRow is the hash of the n-th complete subtree of 256^level leaves.
type subtreeRow struct {
	bun.BaseModel `bun:"table:log_subtrees"`

	Level int64 `bun:",pk"`
	N     int64 `bun:",pk"`
	Hash  []byte
}

// tree reads hashes of the tree for tlog.
type tree struct {
	ctx context.Context // tlog gives its reader none
	db  bun.IDB
}

// ReadHashes gives the hashes that tlog asks for, each of a complete subtree.
func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		kept := level / subtreeBits
		above := level % subtreeBits
		hashes, err := keptHashes(t.ctx, t.db, kept, n<<above, (n+1)<<above)
		if err != nil {
			return nil, err
		}
		all[i] = fold(hashes)
	}
	return all, nil
}

// keptHashes reads the hashes from until to (not included) of a kept level; level 0 are the leaves.
func keptHashes(ctx context.Context, db bun.IDB, level int, from, to int64) ([]tlog.Hash, error) {
	if from == to {
		return nil, nil
	}
	var rows [][]byte
	query := db.NewSelect().Table("log_leaves").Column("hash").Where("leaf >= ? AND leaf < ?", from, to).Order("leaf")
	if level > 0 {
		query = db.NewSelect().Table("log_subtrees").Column("hash").Where("level = ? AND n >= ? AND n < ?", level, from, to).Order("n")
	}
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read the record's tree: %w", err)
	}
	if int64(len(rows)) != to-from {
		return nil, fmt.Errorf("%w: %d of %d hashes of level %d from %d on", errIncomplete, len(rows), to-from, level, from)
	}
	hashes := make([]tlog.Hash, len(rows))
	for i, row := range rows {
		if copy(hashes[i][:], row) != tlog.HashSize {
			return nil, fmt.Errorf("%w: a hash of %d bytes", errIncomplete, len(row))
		}
	}
	return hashes, nil
}

// fold gives the hash over a complete subtree of 1, 2, 4 … hashes, in whose place it works.
func fold(hashes []tlog.Hash) tlog.Hash {
	for len(hashes) > 1 {
		for i := range len(hashes) / 2 {
			hashes[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
		}
		hashes = hashes[:len(hashes)/2]
	}
	return hashes[0]
}

// grow gives the subtrees that become complete when fresh leaves follow the first size ones.
func grow(ctx context.Context, db bun.IDB, size int64, fresh []tlog.Hash) ([]subtreeRow, error) {
	var rows []subtreeRow
	for level := 0; ; level++ {
		first := size / subtreeLeaves
		all, err := keptHashes(ctx, db, level, first*subtreeLeaves, size)
		if err != nil {
			return nil, err
		}
		all = append(all, fresh...)
		fresh = nil
		for ; len(all) >= subtreeLeaves; all = all[subtreeLeaves:] {
			hash := fold(all[:subtreeLeaves])
			rows = append(rows, subtreeRow{Level: int64(level) + 1, N: first + int64(len(fresh)), Hash: hash[:]})
			fresh = append(fresh, hash)
		}
		if len(fresh) == 0 {
			return rows, nil
		}
		size = first
	}
}

// frontier is a tree that grows leaf by leaf: the hashes of its complete subtrees from left to right, each of a power
// of two of leaves, as many as its size has ones in binary.
type frontier struct {
	size   int64
	hashes []tlog.Hash
}

// add appends a leaf and says which complete subtrees it has finished of those that are kept, by level.
func (f *frontier) add(leaf tlog.Hash, finished func(level, n int64, hash tlog.Hash)) {
	h, size, level := leaf, f.size, int64(0)
	for ; size&1 == 1; size >>= 1 {
		last := len(f.hashes) - 1
		h = tlog.NodeHash(f.hashes[last], h)
		f.hashes = f.hashes[:last]
		if level++; level%subtreeBits == 0 {
			finished(level/subtreeBits, size>>1, h)
		}
	}
	f.hashes = append(f.hashes, h)
	f.size++
}

// root is the hash of the whole tree; of an empty one the zero hash.
func (f *frontier) root() (h tlog.Hash) {
	for i := len(f.hashes) - 1; i >= 0; i-- {
		if i == len(f.hashes)-1 {
			h = f.hashes[i]
			continue
		}
		h = tlog.NodeHash(f.hashes[i], h)
	}
	return h
}

// Proof shows that an event is in the tree of a checkpoint: check it with tlog.CheckRecord.
type Proof struct {
	Leaf   int64
	Hash   tlog.Hash
	Hashes tlog.RecordProof
}

// ProveEvent proves that an event is in the tree of so many leaves. Errors: sql.ErrNoRows when no checkpoint has come
// since the event.
func ProveEvent(ctx context.Context, db bun.IDB, caseID, seq, size int64) (Proof, error) {
	var row leafRow
	if err := db.NewSelect().Model(&row).Where("case_id = ? AND seq = ? AND leaf < ?", caseID, seq, size).Scan(ctx); err != nil {
		return Proof{}, fmt.Errorf("look for event %d of case %d in the record: %w", seq, caseID, err)
	}
	p := Proof{Leaf: row.Leaf}
	copy(p.Hash[:], row.Hash)
	var err error
	p.Hashes, err = tlog.ProveRecord(size, row.Leaf, tree{ctx, db})
	return p, err
}

// ProveGrowth proves that the tree of size leaves begins with that of was leaves: check it with tlog.CheckTree.
func ProveGrowth(ctx context.Context, db bun.IDB, was, size int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(size, was, tree{ctx, db})
}

// RootOf works the root of the first so many leaves out of what is kept.
func RootOf(ctx context.Context, db bun.IDB, size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, tree{ctx, db})
}
