package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mailbox/cases"
	"mailbox/cases/people"
)

// How many streams there may be. An office of many hundred people may stand behind one address; a person has a few
// windows, of which only those in sight hold a stream.
const (
	maxStreams           = 5000
	maxStreamsPerAddress = 2000
	maxStreamsPerSession = 8
)

// How often the hub looks for what is new while anybody listens. Commits of its own process wake it at once, though
// no sooner after the last look than lookPause.
const (
	lookEvery = 500 * time.Millisecond
	lookPause = 100 * time.Millisecond
)

// news is what a page is told: that something is different, and never what. Unread is how many notices wait for the
// page's reader.
type news struct {
	List    bool `json:"list,omitempty"`
	Case    bool `json:"case,omitempty"`
	Note    bool `json:"note,omitempty"`
	Present bool `json:"present,omitempty"`
	Unread  *int `json:"unread,omitempty"`
}

func (n news) none() bool { return n == news{} }

func (n news) json() string {
	text, _ := json.Marshal(n) //nolint:errchkjson // flags and a number
	return string(text)
}

// stream is one page that listens.
type stream struct {
	account people.Account
	token   string // of its session
	address string
	caseID  cases.ID // the case that the page shows, 0 for none

	ring chan struct{} // there is something to take
	over chan struct{} // closed when the stream must end

	mu      sync.Mutex
	waiting news
	ended   bool
}

// tell adds to what the stream has to say. It never waits: what a slow reader has not taken yet is said in one.
func (st *stream) tell(n news) {
	if n.none() {
		return
	}
	st.mu.Lock()
	w := &st.waiting
	w.List, w.Case, w.Note, w.Present = w.List || n.List, w.Case || n.Case, w.Note || n.Note, w.Present || n.Present
	if n.Unread != nil {
		w.Unread = n.Unread
	}
	st.mu.Unlock()
	select {
	case st.ring <- struct{}{}:
	default:
	}
}

func (st *stream) take() news {
	st.mu.Lock()
	defer st.mu.Unlock()
	n := st.waiting
	st.waiting = news{}
	return n
}

func (st *stream) end() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.ended {
		st.ended = true
		close(st.over)
	}
}

// hub tells all streams of the process what one look at the database has found: a thousand open desks ask no more of it
// than one.
type hub struct {
	desk      *cases.Desk
	directory *people.Directory
	stored    *people.Sessions
	log       *slog.Logger
	// proveEvery is how often it is looked whether those who listen still may.
	proveEvery time.Duration
	primed     atomic.Bool // it is known how things stand

	mu        sync.Mutex
	streams   map[*stream]bool
	byAddress map[string]int
	bySession map[string]int
	looking   bool
	closed    chan struct{}
}

func newHub(c Config) *hub {
	return &hub{
		desk: c.Desk, directory: c.Directory, stored: c.Sessions, log: c.Log, streams: map[*stream]bool{},
		byAddress: map[string]int{}, bySession: map[string]int{}, closed: make(chan struct{}), proveEvery: 10 * time.Second,
	}
}

// add takes a stream up, unless there are too many already or the server is shutting down.
func (h *hub) add(st *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
		return false
	default:
	}
	if len(h.streams) >= maxStreams || h.byAddress[st.address] >= maxStreamsPerAddress || h.bySession[st.token] >= maxStreamsPerSession {
		return false
	}
	h.streams[st] = true
	h.byAddress[st.address]++
	h.bySession[st.token]++
	if !h.looking {
		h.looking = true
		go h.look()
	}
	return true
}

func (h *hub) remove(st *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, st)
	drop(h.byAddress, st.address)
	drop(h.bySession, st.token)
}

func drop(counts map[string]int, key string) {
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
		return
	default:
	}
	close(h.closed)
	for st := range h.streams {
		st.end()
	}
}

// all gives the streams there are. When there are none the looking ends, and the next stream begins it anew.
func (h *hub) all() []*stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looking = len(h.streams) > 0
	return slices.Collect(maps.Keys(h.streams))
}

// look asks the database what is new as long as somebody listens.
func (h *hub) look() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-h.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	every, prove := time.NewTicker(lookEvery), time.NewTicker(h.proveEvery)
	defer every.Stop()
	defer prove.Stop()
	watcher := h.desk.NewWatcher()
	h.primed.Store(false)
	for {
		streams := h.all()
		if len(streams) == 0 {
			return
		}
		if err := h.spread(ctx, watcher, streams); err != nil && ctx.Err() == nil {
			h.log.WarnContext(ctx, "open pages cannot be told what is new", "error", err)
		}
		pause := time.NewTimer(lookPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
		select {
		case <-every.C:
		case <-h.desk.Stirred():
		case <-prove.C:
			if err := h.prove(ctx, streams); err != nil && ctx.Err() == nil {
				h.log.WarnContext(ctx, "who listens cannot be proved", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// spread tells each stream what of the news is for it.
func (h *hub) spread(ctx context.Context, watcher *cases.Watcher, streams []*stream) error {
	found, err := watcher.Look(ctx)
	if err != nil {
		return err
	}
	h.primed.Store(true)
	if !found.Flood && len(found.Changes) == 0 && len(found.Present) == 0 && len(found.Noted) == 0 && len(found.Told) == 0 {
		return nil
	}
	for _, st := range streams {
		actor, n := st.account.Actor(), news{List: found.Flood, Case: found.Flood && st.caseID != 0}
		for _, change := range found.Changes {
			if change.Concerns(actor) {
				n.List, n.Case = true, n.Case || change.ID == st.caseID
			}
		}
		if found.Told[st.account.ID] {
			unread, err := h.desk.Unread(ctx, st.account.ID)
			if err != nil {
				return err
			}
			n.Unread = &unread
		}
		n.Note = st.caseID != 0 && found.Noted[st.caseID]
		n.Present = st.caseID != 0 && found.Present[st.caseID]
		st.tell(n)
	}
	return nil
}

// accountState is what a stream was begun with and ends with: its password, its roles.
type accountState struct {
	stamp    string
	disabled bool
	grants   []people.Grant
}

// same tells whether an account may still do what it could when its stream began.
func (a accountState) same(b accountState) bool {
	return a.stamp == b.stamp && a.disabled == b.disabled && slices.Equal(a.grants, b.grants)
}

func stateOf(a people.Account) accountState {
	return accountState{a.Stamp, !a.DisabledAt.IsZero(), a.Grants}
}

// prove ends the streams of those whose session is over or whose account is another now.
func (h *hub) prove(ctx context.Context, streams []*stream) error {
	accounts, err := h.directory.Accounts(ctx)
	if err != nil {
		return err
	}
	now := make(map[int64]accountState, len(accounts))
	for _, a := range accounts {
		now[a.ID] = stateOf(a)
	}
	tokens := make([]string, len(streams))
	for i, st := range streams {
		tokens[i] = st.token
	}
	alive, err := h.stored.Alive(ctx, tokens)
	if err != nil {
		return err
	}
	for _, st := range streams {
		if !alive[st.token] || !stateOf(st.account).same(now[st.account.ID]) {
			st.end()
		}
	}
	return nil
}
