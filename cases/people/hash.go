package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"mailbox/cases/errs"
)

// cost is how dear one guess at a password is made.
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes over it
	threads uint8
}

// presentCost is what OWASP asks of argon2id: some 28 ms and 19 MiB for each guess.
var presentCost = cost{memory: 19 * 1024, time: 2, threads: 1}

const (
	saltLength = 16 // bytes
	keyLength  = 32 // bytes

	// maxWait is how long a sign-in waits for its turn. At four turns of 28 ms that is a queue of 700.
	maxWait = 5 * time.Second
)

// errPHC says that a stored password hash is not one of ours; its text shows nothing of it.
var errPHC = errors.New("not an argon2id hash in PHC form")

// passwordHash is what is kept of a password.
type passwordHash struct {
	cost cost
	salt []byte
	key  []byte
}

// String gives the PHC form, as $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func (h passwordHash) String() string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.memory, h.cost.time, h.cost.threads, b.EncodeToString(h.salt), b.EncodeToString(h.key))
}

// parseHash reads the PHC form, and only as String writes it: one hash has one spelling.
// The bounds keep a damaged row from taking all memory (1 GiB at most) or hours.
func parseHash(phc string) (passwordHash, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || len(phc) > 512 {
		return passwordHash{}, errPHC
	}
	var h passwordHash
	for i, setting := range strings.Split(parts[3], ",") {
		name, digits, _ := strings.Cut(setting, "=")
		n, err := strconv.ParseUint(digits, 10, 32)
		switch {
		case err != nil || n == 0:
			return passwordHash{}, errPHC
		case i == 0 && name == "m" && 8 <= n && n <= 1<<20:
			h.cost.memory = uint32(n)
		case i == 1 && name == "t" && n <= 64:
			h.cost.time = uint32(n)
		case i == 2 && name == "p" && n <= 64:
			h.cost.threads = uint8(n)
		default:
			return passwordHash{}, errPHC
		}
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(h.salt) < 8 || len(h.key) < 16 || h.String() != phc {
		return passwordHash{}, errPHC
	}
	return h, nil
}

// hasher makes and compares password hashes, a few at a time: each takes 19 MiB and a core, and a
// flood of sign-ins must not take them all.
type hasher struct {
	cost   cost
	turns  chan struct{}
	derive func(password, salt []byte, time, memory uint32, threads uint8, keyLength uint32) []byte
}

func newHasher() *hasher {
	return &hasher{
		cost:   presentCost,
		turns:  make(chan struct{}, min(max(2, runtime.GOMAXPROCS(0)), 8)),
		derive: argon2.IDKey,
	}
}

// turn waits until a hash may be taken, maxWait at most; release gives the turn back.
func (h *hasher) turn(ctx context.Context) (release func(), err error) {
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, errs.Limited(
			"very many people are signing in at this moment; please try again in a few seconds",
			"当前登录人数较多，请几秒后再试")
	}
}

// hash makes what is kept of a new password. The caller holds a turn.
func (h *hasher) hash(password string) passwordHash {
	made := passwordHash{cost: h.cost, salt: make([]byte, saltLength)}
	_, _ = rand.Read(made.salt) // never fails: the program ends instead (crypto/rand)
	made.key = h.derive([]byte(password), made.salt, h.cost.time, h.cost.memory, h.cost.threads, keyLength)
	return made
}

// matches compares in constant time. The caller holds a turn.
func (h *hasher) matches(kept passwordHash, password string) bool {
	key := h.derive([]byte(password), kept.salt, kept.cost.time, kept.cost.memory, kept.cost.threads, uint32(len(kept.key)))
	return subtle.ConstantTimeCompare(key, kept.key) == 1
}

// pretend takes as long as matches, for a login that does not exist. The caller holds a turn.
func (h *hasher) pretend(password string) {
	h.derive([]byte(password), make([]byte, saltLength), h.cost.time, h.cost.memory, h.cost.threads, keyLength)
}

// hashAlone takes a turn for one hash.
func (h *hasher) hashAlone(ctx context.Context, password string) (passwordHash, error) {
	release, err := h.turn(ctx)
	if err != nil {
		return passwordHash{}, err
	}
	defer release()
	return h.hash(password), nil
}
