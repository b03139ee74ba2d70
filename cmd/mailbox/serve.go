package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
	"mailbox/notify"
	"mailbox/sla/alarm"
	"mailbox/sla/report"
)

// serve runs pages and jobs in one process: the embedded default.
func serve(ctx context.Context, p *program, args []string) error {
	demo := false
	s, rest, err := p.parse("serve", args, func(f *flag.FlagSet) {
		f.BoolVar(&demo, "demo", false, choose(p.lang, "装入一座虚构城市供试用", "fill in an invented city to try it out"))
	})
	if err != nil {
		return err
	}
	if len(rest) != 0 {
		return errUsage
	}
	return p.run(ctx, s, parts{pages: true, jobs: true, demo: demo})
}

// webOnly serves the pages only.
func webOnly(ctx context.Context, p *program, args []string) error {
	return p.split(ctx, "web", args, parts{pages: true})
}

// work does the jobs only.
func work(ctx context.Context, p *program, args []string) error {
	return p.split(ctx, "work", args, parts{jobs: true})
}

// split starts one of several processes, which needs a database and a queue that all of them reach.
func (p *program) split(ctx context.Context, name string, args []string, what parts) error {
	s, rest, err := p.parse(name, args, nil)
	if err != nil {
		return err
	}
	switch {
	case len(rest) != 0:
		return errUsage
	case s.DatabaseURL == "":
		return errs.Invalid("MAILBOX_DATABASE_URL",
			"`mailbox %[1]s` is for many processes and needs PostgreSQL; on one machine use `mailbox serve`",
			"mailbox %[1]s 用于多进程部署，需要 PostgreSQL；单机请用 mailbox serve", name)
	case s.RedisURL == "":
		return errs.Invalid("MAILBOX_REDIS_URL",
			"`mailbox %[1]s` is for many processes and needs Redis; on one machine use `mailbox serve`",
			"mailbox %[1]s 用于多进程部署，需要 Redis；单机请用 mailbox serve", name)
	}
	return p.run(ctx, s, what)
}

// parts is what a process does.
type parts struct{ pages, jobs, demo bool }

// The limits of a connection: nobody may hold one without sending or reading.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 120 * time.Second
	shutdownTimeout   = 15 * time.Second
)

// run starts the parts and waits until ctx ends or one of them fails.
func (p *program) run(ctx context.Context, s *settings, what parts) (err error) {
	log := newLogger(p.stderr, s.LogLevel)
	release, err := s.lockData()
	if err != nil {
		return err
	}
	defer release()
	l, err := s.listen(ctx, what)
	if err != nil {
		return err
	}
	defer l.close()
	b, err := p.build(ctx, s, what, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.connection.Close(), b.db.Close()) }()
	if err := p.firstStart(ctx, b.opened, what.demo); err != nil {
		return err
	}
	return p.untilDone(ctx, b, what, l, log)
}

// listeners are the ports of a process; nil where it has none.
type listeners struct{ pages, metrics net.Listener }

// listen comes first: a port that is taken is said before anything is written.
func (s *settings) listen(ctx context.Context, what parts) (l listeners, err error) {
	config := net.ListenConfig{}
	if what.pages {
		if l.pages, err = config.Listen(ctx, "tcp", s.Listen); err != nil {
			return l, errs.Invalid("MAILBOX_LISTEN", "cannot listen on %[1]s", "无法监听 %[1]s", s.Listen).Because(err)
		}
		s.Listen = l.pages.Addr().String()
	}
	if s.MetricsListen == "" {
		return l, nil
	}
	// A loopback address only: figures about a running city are nobody else's.
	host, _, err := net.SplitHostPort(s.MetricsListen)
	if err != nil || !loopback(host) {
		l.close()
		return l, errs.Invalid("MAILBOX_METRICS_LISTEN",
			"it must be a loopback address such as 127.0.0.1:9090", "必须是本机回环地址，如 127.0.0.1:9090")
	}
	if l.metrics, err = config.Listen(ctx, "tcp", s.MetricsListen); err != nil {
		l.close()
		return l, errs.Invalid("MAILBOX_METRICS_LISTEN", "cannot listen on %[1]s", "无法监听 %[1]s", s.MetricsListen).Because(err)
	}
	s.MetricsListen = l.metrics.Addr().String()
	return l, nil
}

func (l listeners) close() {
	for _, one := range []net.Listener{l.pages, l.metrics} {
		if one != nil {
			_ = one.Close() // its server has closed it, or nobody was served
		}
	}
}

// built is a process put together.
type built struct {
	*opened
	connection *alarm.Connection
	queue      *alarm.Queue
	alarms     *alarm.Alarms
	pages      *web.Server
	registry   *prometheus.Registry
}

// build wires everything. The queue's wake-ups and the desk need each other, so the desk is given a
// function that finds the queue when it is called.
func (p *program) build(ctx context.Context, s *settings, what parts, log *slog.Logger) (*built, error) {
	b := &built{registry: prometheus.NewRegistry()}
	b.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	var err error
	if b.connection, err = alarm.Connect(s.RedisURL); err != nil {
		return nil, err
	}
	metrics := alarm.NewMetrics(b.registry)
	b.queue = alarm.NewQueue(b.connection, p.clock, log, metrics)
	// `serve` migrates whatever it is given; `web` and `work` may be many and leave it to `migrate up`.
	b.opened, err = p.open(ctx, s, how{migrate: what.pages && what.jobs, files: true, wake: b.queue.Wake})
	if err != nil {
		return nil, errors.Join(err, b.connection.Close())
	}
	if err := b.rest(p, s, what, log, metrics); err != nil {
		return nil, errors.Join(err, b.connection.Close(), b.db.Close())
	}
	return b, nil
}

func (b *built) rest(p *program, s *settings, what parts, log *slog.Logger, metrics *alarm.Metrics) error {
	senders, outbox, err := s.senders()
	if err != nil {
		return err
	}
	from, err := notify.ParseAddress(s.MailFrom)
	if err != nil {
		return errs.Invalid("MAILBOX_MAIL_FROM", "it should be an e-mail address", "应为电子邮箱地址").Because(err)
	}
	host, err := url.Parse(s.publicURL())
	if err != nil {
		return err
	}
	loc, err := s.location()
	if err != nil {
		return err
	}
	figures := s.figures(b.db, loc)
	stored := report.NewStoredReports(figures, b.desk, b.db, b.keys, p.clock, s.City, version())
	delivery, err := notify.NewDelivery(notify.DeliveryConfig{
		DB: b.db, Senders: senders, Addresses: b.desk, Fill: filled(b.desk, stored),
		Clock: p.clock, From: from, PublicHost: host.Hostname(), Log: log,
	})
	if err != nil {
		return err
	}
	sessions := people.NewSessions(b.db, p.clock)
	b.alarms, err = alarm.New(alarm.Config{
		Queue: b.queue, Desk: b.desk, Delivery: delivery, Sessions: sessions, Log: log, Metrics: metrics,
		Fold: figures.Fold, VerifyFigures: verifyNightly(figures), StoreReports: stored.MakeDue,
	})
	if err != nil || !what.pages {
		return err
	}
	proxies, err := s.proxies()
	if err != nil {
		return err
	}
	work, err := s.work()
	if err != nil {
		return err
	}
	second, err := s.secondFactor()
	if err != nil {
		return err
	}
	if what.demo {
		second = nil // nobody can look into the invented city otherwise
	}
	sso, err := s.sso()
	if err != nil {
		return err
	}
	b.pages, err = web.New(web.Config{
		Desk: b.desk, Directory: b.directory, Sessions: sessions, Keys: b.keys, Report: figures, DB: b.db,
		Outbox: outbox, Clock: p.clock, Log: log, City: s.City, Version: version(), PublicURL: s.publicURL(), Demo: what.demo,
		TrustedProxies: proxies, SecondFactor: second, SSO: sso, Work: work, Ready: b.ready, Observe: observer(b.registry),
		Jobs: alarm.NewJobs(b.connection), Settings: s.forPages(),
	})
	return err
}

// filled puts into a notice, just before it is sent, what the outbox does not hold: a writer's secret, a report's document.
func filled(desk *cases.Desk, stored *report.StoredReports) func(context.Context, notify.Notice) (notify.Notice, error) {
	return func(ctx context.Context, n notify.Notice) (notify.Notice, error) {
		n, err := desk.Fill(ctx, n)
		if err != nil {
			return n, err
		}
		return stored.Attach(ctx, n)
	}
}

// senders are SMTP, or the file outbox when no mail server is set, and the SMS gateway when one is set.
func (s *settings) senders() (map[string]notify.Sender, *notify.FileOutbox, error) {
	senders := map[string]notify.Sender{}
	if s.SMSURL != "" {
		gateway, err := notify.NewSMSGateway(s.SMSURL, nil)
		if err != nil {
			return nil, nil, errs.Invalid("MAILBOX_SMS_URL", "the SMS gateway's address cannot be used", "短信网关地址无法使用").Because(err)
		}
		senders[notify.SMS] = gateway
	}
	if s.SMTPURL == "" {
		outbox, err := notify.NewFileOutbox(filepath.Join(s.Data, "outbox"))
		senders[notify.Email] = outbox
		return senders, outbox, err
	}
	mail, err := notify.NewSMTP(s.SMTPURL, s.MailFrom)
	if err != nil {
		return nil, nil, errs.Invalid("MAILBOX_SMTP_URL", "the mail server's address cannot be used", "邮件服务器地址无法使用").Because(err)
	}
	senders[notify.Email] = mail
	return senders, nil, nil
}

// ready says what the process depends on and what is wrong with it.
func (b *built) ready(ctx context.Context) map[string]error {
	return map[string]error{
		"database":   b.db.Ping(ctx),
		"migrations": b.db.Current(ctx),
		"queue":      b.connection.Ping(ctx),
	}
}

// observer counts requests by route, status and time, for Prometheus.
func observer(registry prometheus.Registerer) func(method, path string, status int, took time.Duration) {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "mailbox_http_request_seconds", Help: "Time to answer a request, by route.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "path", "status"})
	registry.MustRegister(seconds)
	return func(method, path string, status int, took time.Duration) {
		seconds.WithLabelValues(method, path, fmt.Sprintf("%dxx", status/100)).Observe(took.Seconds())
	}
}

// lockData keeps a second server off a data directory with SQLite. Commands that run once may go beside
// a server: they write in short transactions.
func (s *settings) lockData() (release func(), err error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, errs.Invalid("MAILBOX_DATA", "the data directory %[1]s cannot be made", "无法建立数据目录 %[1]s", s.Data).Because(err)
	}
	if s.DatabaseURL != "" {
		return func() {}, nil
	}
	lock := flock.New(filepath.Join(s.Data, "lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, errs.Invalid("MAILBOX_DATA", "the data directory %[1]s cannot be used: is it writable?", "无法使用数据目录 %[1]s：请检查是否可写", s.Data).Because(err)
	}
	if !ok {
		return nil, errs.Invalid("MAILBOX_DATA", "another mailbox is already serving from %[1]s", "已有另一个服务在使用数据目录 %[1]s", s.Data)
	}
	return func() { _ = lock.Close() }, nil
}

// untilDone runs what was built until ctx ends, then lets requests and jobs finish.
func (p *program) untilDone(ctx context.Context, b *built, what parts, l listeners, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	failures := make(chan error, 4)
	start := func(name string, do func() error) {
		all.Go(func() {
			if err := do(); err != nil {
				failures <- fmt.Errorf("%s: %w", name, err)
			}
			stop()
		})
	}
	if what.jobs {
		start("jobs", func() error { return b.alarms.Run(ctx) })
	} else {
		start("queue", func() error { b.queue.Run(ctx); return nil })
	}
	if l.metrics != nil {
		start("metrics", func() error { return serveUntil(ctx, b.metricsServer(), l.metrics) })
		log.InfoContext(ctx, "metrics", "listen", b.settings.MetricsListen)
	}
	if what.pages {
		server := pagesServer(b.pages.Handler(), log)
		server.RegisterOnShutdown(b.pages.EndStreams)
		start("pages", func() error { return serveUntil(ctx, server, l.pages) })
		p.say(p.stdout, "市长信箱已启动：http://%s", "The mailbox is open: http://%s", l.pages.Addr())
	}
	all.Wait()
	close(failures)
	var err error
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	return err
}

// serveUntil serves until ctx ends; requests that are under way are finished.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// pagesServer gives nobody a connection for longer than a page takes; streams of news set limits of their own.
func pagesServer(pages http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: pages, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func (b *built) metricsServer() *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(b.registry, promhttp.HandlerOpts{}))
	return &http.Server{Handler: mux, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout}
}

// firstStart makes what an empty system needs: the demonstration's city, or the first administrator,
// whose password is shown this once.
func (p *program) firstStart(ctx context.Context, o *opened, demo bool) error {
	if demo {
		return p.fillDemo(ctx, o)
	}
	has, err := o.directory.HasAccounts(ctx)
	if err != nil || has {
		return err
	}
	password := madeUp()
	_, err = o.directory.AddAccount(ctx, people.NewAccount{
		Login: "admin", Name: choose(p.lang, "管理员", "Administrator"), Language: p.lang, Password: password, MustChange: true,
		Grants: []people.Grant{{Role: people.Administrator}},
	})
	if errs.CodeOf(err) == errs.CodeInvalid || errs.CodeOf(err) == errs.CodeConflict {
		return nil // another process starting beside this one was first, and has shown it
	}
	if err != nil {
		return err
	}
	p.say(p.stdout, "首次启动：管理员账号 admin，初始密码 %s（只显示这一次，首次登录须修改）",
		"First start: sign in as admin with the password %s (shown only now; it must be changed)", password)
	return nil
}
