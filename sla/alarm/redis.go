package alarm

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"mailbox/cases/errs"
)

// setting is what an error about the address names. The address itself is never repeated: it may
// hold a password, and a mistyped address may hold it in any place.
const setting = "MAILBOX_REDIS_URL"

// Waiting for Redis is bounded everywhere: a Redis that takes connections and says nothing must not
// hold up a shutdown or a sweep.
const (
	dialTimeout  = 2 * time.Second
	replyTimeout = 3 * time.Second
	retries      = 1
	// A failed command waits at least this long before its repetition: asynq asks for tasks without
	// a pause while Redis is away.
	retryPause = 100 * time.Millisecond
)

// Connection reaches a Redis. Safe for concurrent use.
type Connection struct {
	client redis.UniversalClient
	inside *inside // nil when Redis is a server of its own
}

// Connect prepares the connection named by rawURL without dialling: a Redis that is down is no error.
//
//	(empty)                                            the one inside this process
//	redis://user:password@host:6379/0                  one server; rediss:// with TLS
//	redis-sentinel://user:password@h1:26379,h2/0?master=NAME&sentinel_password=…
//	redis-cluster://user:password@h1:6379,h2:6379
//
// User, password and database may be left out, and the port if it is the usual one.
//
// Errors: invalid, naming MAILBOX_REDIS_URL and never showing any of its text.
func Connect(rawURL string) (*Connection, error) {
	quietLibrary()
	if rawURL == "" {
		in := startInside()
		return &Connection{client: in.client(), inside: in}, nil
	}
	a, err := parseAddress(rawURL)
	if err != nil {
		return nil, err
	}
	return &Connection{client: a.client()}, nil
}

// Ping tells whether Redis answers, within three seconds.
func (c *Connection) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, replyTimeout)
	defer cancel()
	if err := c.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	return nil
}

// Close ends the connection, and the Redis inside the process with everything in it.
func (c *Connection) Close() error {
	err := c.client.Close()
	if c.inside != nil {
		c.inside.stop()
	}
	return err
}

// quietLibrary silences the client library, which writes each failed dial to standard error as plain
// text. All of it comes back as errors too, and those are logged here.
var quietLibrary = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// address is a parsed rawURL.
type address struct {
	scheme           string
	user, password   string
	hosts            []string // host:port
	db               int
	master           string // sentinel only
	sentinelPassword string
}

// The schemes.
const (
	plain    = "redis"
	withTLS  = "rediss"
	sentinel = "redis-sentinel"
	cluster  = "redis-cluster"
)

// parseAddress reads an address by hand: net/url refuses several hosts with ports, and asynq's own
// parser drops the user and takes a sentinel's password for the server's.
func parseAddress(rawURL string) (address, error) {
	var a address
	scheme, rest, _ := strings.Cut(rawURL, "://")
	switch scheme {
	case plain, withTLS, sentinel, cluster:
		a.scheme = scheme
	default:
		return a, errs.Invalid(setting,
			"must begin with redis://, rediss://, redis-sentinel:// or redis-cluster://, or be empty for the Redis inside the program",
			"须以 redis://、rediss://、redis-sentinel:// 或 redis-cluster:// 开头；留空则使用程序内置的 Redis")
	}
	rest, query, _ := strings.Cut(rest, "?")
	// A password may hold an @ or a / that somebody forgot to escape, a host cannot.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, password, _ := strings.Cut(rest[:at], ":")
		var err1, err2 error
		a.user, err1 = url.PathUnescape(user)
		a.password, err2 = url.PathUnescape(password)
		if err1 != nil || err2 != nil {
			return a, errs.Invalid(setting,
				"the user or the password has a % that is not followed by two hexadecimal digits; write % as %25",
				"用户名或密码中的 % 后须为两位十六进制数；% 本身请写作 %25")
		}
		rest = rest[at+1:]
	}
	hosts, path, _ := strings.Cut(rest, "/")
	if err := a.readHosts(hosts); err != nil {
		return a, err
	}
	if err := a.readDatabase(path); err != nil {
		return a, err
	}
	return a, a.readQuery(query)
}

func (a *address) readHosts(hosts string) error {
	port := "6379"
	if a.scheme == sentinel {
		port = "26379"
	}
	for _, host := range strings.Split(hosts, ",") {
		name, number, err := net.SplitHostPort(host)
		if err != nil { // no port, or no host at all
			name, number, err = net.SplitHostPort(host + ":" + port)
		}
		n, notNumber := strconv.Atoi(number)
		if err != nil || notNumber != nil || n < 1 || n > 65535 || name == "" || strings.ContainsAny(name, " \t\r\n") {
			return errs.Invalid(setting,
				"after the password, if any, it needs a host or host:port (several with commas between them)",
				"须写明主机或“主机:端口”（多个以逗号分隔），如有密码则写在其前并以 @ 隔开")
		}
		a.hosts = append(a.hosts, net.JoinHostPort(name, number))
	}
	if len(a.hosts) > 1 && (a.scheme == plain || a.scheme == withTLS) {
		return errs.Invalid(setting,
			"names several hosts; for that it must begin with redis-sentinel:// or redis-cluster://",
			"包含多个主机，须以 redis-sentinel:// 或 redis-cluster:// 开头")
	}
	return nil
}

func (a *address) readDatabase(path string) error {
	if path == "" {
		return nil
	}
	n, err := strconv.Atoi(path)
	if err != nil || n < 0 {
		return errs.Invalid(setting,
			"the part after the host must be the number of a database, such as /0",
			"主机之后须为数据库编号，例如 /0")
	}
	if a.scheme == cluster && n != 0 {
		return errs.Invalid(setting, "a cluster has the database 0 only", "集群只有 0 号数据库")
	}
	a.db = n
	return nil
}

func (a *address) readQuery(query string) error {
	values, err := url.ParseQuery(query)
	if err == nil && a.scheme == sentinel {
		a.master, a.sentinelPassword = values.Get("master"), values.Get("sentinel_password")
		values.Del("master")
		values.Del("sentinel_password")
	}
	switch {
	case err != nil || len(values) > 0:
		return errs.Invalid(setting,
			"after the question mark only redis-sentinel:// knows something: master and sentinel_password",
			"问号之后仅 redis-sentinel:// 可用 master 和 sentinel_password")
	case a.scheme == sentinel && a.master == "":
		return errs.Invalid(setting,
			"needs the name of the master at its end: ?master=NAME",
			"末尾须写明主节点名称：?master=名称")
	}
	return nil
}

// client makes the client; go-redis dials when the first command comes.
func (a *address) client() redis.UniversalClient {
	switch a.scheme {
	case sentinel:
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: a.master, SentinelAddrs: a.hosts, SentinelPassword: a.sentinelPassword,
			Username: a.user, Password: a.password, DB: a.db,
			DialTimeout: dialTimeout, ReadTimeout: replyTimeout, WriteTimeout: replyTimeout, DialerRetries: 1,
			MaxRetries: retries, MinRetryBackoff: retryPause, ContextTimeoutEnabled: true,
		})
	case cluster:
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: a.hosts, Username: a.user, Password: a.password,
			DialTimeout: dialTimeout, ReadTimeout: replyTimeout, WriteTimeout: replyTimeout, DialerRetries: 1,
			MinRetryBackoff: retryPause, ContextTimeoutEnabled: true, MaintNotificationsConfig: noMaintenance(),
		})
	default:
		o := &redis.Options{
			Addr: a.hosts[0], Username: a.user, Password: a.password, DB: a.db,
			DialTimeout: dialTimeout, ReadTimeout: replyTimeout, WriteTimeout: replyTimeout, DialerRetries: 1,
			MaxRetries: retries, MinRetryBackoff: retryPause, ContextTimeoutEnabled: true,
			MaintNotificationsConfig: noMaintenance(),
		}
		if a.scheme == withTLS {
			host, _, _ := net.SplitHostPort(a.hosts[0])
			o.TLSConfig = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
		}
		return redis.NewClient(o)
	}
}

// noMaintenance spares every new connection a question that only Redis' own cloud can answer.
func noMaintenance() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// inside is a Redis in this process, reached through pipes: no port is opened. It keeps nothing over
// a restart, and slows quadratically beyond some 10,000 scheduled tasks, so only near alarms belong
// in it; the sweep brings them back.
type inside struct {
	redis *miniredis.Miniredis
	done  chan struct{}
	wait  sync.WaitGroup
}

func startInside() *inside {
	in := &inside{redis: miniredis.NewMiniRedis(), done: make(chan struct{})}
	in.wait.Go(func() {
		// Keys expire only when told that time has passed: without this, locks would be held for
		// ever and dead servers be listed for ever.
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-in.done:
				return
			case <-second.C:
				in.redis.FastForward(time.Second)
			}
		}
	})
	return in
}

func (in *inside) stop() {
	close(in.done)
	in.wait.Wait()
	in.redis.Close()
}

func (in *inside) client() redis.UniversalClient {
	return redis.NewClient(&redis.Options{
		Dialer:      func(context.Context, string, string) (net.Conn, error) { return in.redis.Dial() },
		ReadTimeout: replyTimeout, WriteTimeout: replyTimeout, ContextTimeoutEnabled: true,
		MaxRetries: retries, MinRetryBackoff: retryPause, MaintNotificationsConfig: noMaintenance(),
		// Messages are a few hundred bytes; the default of 32 KiB twice for each of 20 connections
		// would be a tenth of the whole program.
		ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, PipelinePoolSize: -1,
	})
}
