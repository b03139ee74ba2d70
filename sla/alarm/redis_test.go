package alarm

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mailbox/cases/errs"
)

func TestAddressesAreRead(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]address{
		"redis://redis.example.org":                 {scheme: plain, hosts: []string{"redis.example.org:6379"}},
		"redis://:se%25cret@127.0.0.1:6380/3":       {scheme: plain, password: "se%cret", hosts: []string{"127.0.0.1:6380"}, db: 3},
		"rediss://mailbox:p@ss/word@r.example.org/": {scheme: withTLS, user: "mailbox", password: "p@ss/word", hosts: []string{"r.example.org:6379"}},
		"redis://[2001:db8::7]:6379":                {scheme: plain, hosts: []string{"[2001:db8::7]:6379"}},
		"redis://[2001:db8::7]":                     {scheme: plain, hosts: []string{"[2001:db8::7]:6379"}},
		"redis-sentinel://u:p@s1,s2:26380/1?master=city&sentinel_password=q": {
			scheme: sentinel, user: "u", password: "p", hosts: []string{"s1:26379", "s2:26380"}, db: 1, master: "city", sentinelPassword: "q",
		},
		"redis-cluster://u:p@h1:7000,h2:7001,h3": {scheme: cluster, user: "u", password: "p", hosts: []string{"h1:7000", "h2:7001", "h3:6379"}},
	} {
		got, err := parseAddress(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(address{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

func TestBadAddressesAreRefusedWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	const secret = "topsecret"
	for _, raw := range []string{
		secret, secret + "@host", "http://x:" + secret + "@host", "redis://", "redis://x:" + secret + "@",
		"redis://x:" + secret + "@host:notaport", "redis://x:" + secret + "@host:70000", "redis://x:" + secret + "%zz@host",
		"redis://host/" + secret, "redis://host/-1", "redis://x:" + secret, "redis://h1,h2", "redis://host:6379?password=" + secret,
		"redis-sentinel://:" + secret + "@h1:26379", "redis-cluster://:" + secret + "@h1/2", "redis-cluster://h1,,h2", "redis://my host",
	} {
		_, err := Connect(raw)
		if err == nil {
			t.Errorf("%q is taken", raw)
			continue
		}
		if errs.FieldOf(err) != setting || errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("%q: the error does not name the setting: %v", raw, err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if text := e.Error() + errs.Message(e, errs.ZH); strings.Contains(text, secret) {
				t.Errorf("%q: the error shows the password: %s", raw, text)
			}
		}
	}
}

func TestEveryKindOfServerHasItsClient(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                    "*redis.Client",
		"redis://127.0.0.1":                   "*redis.Client",
		"rediss://127.0.0.1":                  "*redis.Client",
		"redis-sentinel://127.0.0.1?master=m": "*redis.Client",
		"redis-cluster://127.0.0.1,127.0.0.2": "*redis.ClusterClient",
	} {
		c, err := Connect(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%T", c.client); got != want {
			t.Errorf("%q: %s, want %s", raw, got, want)
		}
		if o, ok := c.client.(*redis.Client); ok && (o.Options().TLSConfig != nil) != strings.HasPrefix(raw, "rediss:") {
			t.Errorf("%q: TLS is %v", raw, o.Options().TLSConfig != nil)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRedisThatIsAwayIsAnErrorOfPingNotOfConnect(t *testing.T) {
	t.Parallel()
	c, err := Connect("redis://:topsecret@" + closedPort(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // nothing was opened
	if err := c.Ping(t.Context()); err == nil || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("ping: %v", err)
	}
}

func TestRedisInsideOpensNoPort(t *testing.T) { //nolint:paralleltest // other tests open ports
	before := listening(t)
	c, err := Connect("")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // of no interest here
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, listening(t)); diff != "" {
		t.Errorf("a port was opened: %s", diff)
	}
}

// TestKeysInsideExpire holds the second's tick: without it a lock of asynq's would be held for ever.
func TestKeysInsideExpire(t *testing.T) {
	t.Parallel()
	c, err := Connect("")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // of no interest here
	if err := c.client.SetNX(t.Context(), "lock", 1, 2_000_000_000).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the lock", func() bool { return c.client.Exists(t.Context(), "lock").Val() == 0 })
}

// closedPort is an address at which nobody listens.
func closedPort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was never used
	return l.Addr().String()
}

// listening lists the inodes of this process' listening TCP sockets.
func listening(t *testing.T) []string {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(fds) == 0 {
		t.Skip("no /proc here to list open ports")
	}
	mine := map[string]bool{}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			mine[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	var found []string
	for _, name := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(name)
		if err != nil {
			t.Skip(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			// sl local remote state … inode: state 0A is LISTEN.
			if field := strings.Fields(lines.Text()); len(field) > 9 && field[3] == "0A" && mine[field[9]] {
				found = append(found, field[9])
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return found
}
