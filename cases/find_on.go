package cases

import (
	"context"

	"mailbox/cases/people"
)

// FoundMost is how many cases a program gets at once.
const FoundMost = 200

// Newest is the place before the newest letter, where going through what was found begins.
const Newest int64 = farthest

// SearchOn goes through all that [Desk.Search] finds, the newest letters first, limit cases at once: from is Newest,
// then the next that came with the cases before; none says that there are no more. A letter that comes in meanwhile
// moves no place. There may be fewer cases than limit though more follow.
//
// Errors: as Search.
func (d *Desk) SearchOn(ctx context.Context, a people.Actor, s Search, from int64, limit int) (items []Item, next *int64, err error) {
	q, err := d.looked(a, s)
	if err != nil {
		return nil, nil, err
	}
	if from != Newest {
		q.before = min(q.before, from)
		// The second bounds what the index of receipts reads, the first says where in that second.
		q.where.add(keySQL+" < ? AND c.received_at <= ?", from, from>>keyBits+keyEpoch)
	}
	limit = min(max(limit, 1), FoundMost)
	keys, err := d.keysOf(ctx, q, limit+1)
	if err != nil {
		return nil, nil, err
	}
	if len(keys) > limit {
		keys = keys[:limit]
		next = &keys[limit-1]
	}
	items, err = d.itemsAt(ctx, q, keys)
	return items, next, err
}
