package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/BurntSushi/toml"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
	"mailbox/migrations"
	"mailbox/sla/report"
)

// settings is everything an operator can set. The tag is the name; flag, environment variable and key in
// the file follow from it: --public-url, MAILBOX_PUBLIC_URL, public_url.
type settings struct {
	Listen         string // where the pages are served
	Data           string // directory of the database, the keys and the outbox
	DatabaseURL    string
	RedisURL       string
	SMTPURL        string
	SMSURL         string
	FilesURL       string
	ProofOfWork    string
	PerContact     string
	EraseAfter     string
	SilenceDays    string
	SecondFactor   string
	OIDCIssuer     string
	OIDCClientID   string
	OIDCSecret     string
	OIDCName       string
	OIDCClaim      string
	OIDCRoles      string
	OIDCACR        string
	MailFrom       string
	PublicURL      string
	TrustedProxies string
	KeyFile        string
	Timezone       string
	MetricsListen  string
	City           string
	Language       string
	LogLevel       string

	// sources says for each name where its value came from.
	sources map[string]string
	file    string
}

// setting is one line per setting: field, name, default, meaning in both languages.
type setting struct {
	name   string
	value  func(*settings) *string
	preset string
	secret bool // may hold a password: shown without it
	zh, en string
}

var allSettings = []setting{
	{"listen", func(s *settings) *string { return &s.Listen }, "127.0.0.1:8080", false, "网页服务监听地址", "where the pages are served"},
	{"data", func(s *settings) *string { return &s.Data }, "./data", false, "数据目录：数据库、密钥、发件箱", "directory of the database, the keys and the outbox"},
	{"database_url", func(s *settings) *string { return &s.DatabaseURL }, "", true, "postgres://…；留空则用数据目录中的 SQLite", "postgres://…; empty: SQLite in the data directory"},
	{"redis_url", func(s *settings) *string { return &s.RedisURL }, "", true, "redis://、rediss://、redis-sentinel://、redis-cluster://；留空则用进程内队列", "redis://, rediss://, redis-sentinel://, redis-cluster://; empty: in the process"},
	{"smtp_url", func(s *settings) *string { return &s.SMTPURL }, "", true, "smtp://用户:密码@主机:587 或 smtps://…:465；留空则邮件写入数据目录的发件箱", "smtp://user:password@host:587 or smtps://…:465; empty: mail is written to the outbox in the data directory"},
	{"sms_url", func(s *settings) *string { return &s.SMSURL }, "", true, "短信网关 https://用户:密码@主机/路径；留空则不发短信", "SMS gateway, https://user:password@host/path; empty: no short messages"},
	{"files_url", func(s *settings) *string { return &s.FilesURL }, "", true, "附件存储 s3://密钥:口令@主机/桶?region=…（无 TLS 用 s3+http://）；留空则存于数据目录的 files", "store for attachments, s3://key:secret@host/bucket?region=… (s3+http:// without TLS); empty: the directory files in the data directory"},
	{"proof_of_work", func(s *settings) *string { return &s.ProofOfWork }, "50000", false, "防机器来信：浏览器最多需尝试的次数，0 为不要求", "against machines that write letters: how many numbers a browser has to try at most; 0: none"},
	{"contact_limit", func(s *settings) *string { return &s.PerContact }, "20", false, "同一电话或邮箱一天内最多来信件数", "how many letters may come under one telephone number or e-mail address within a day"},
	{"erase_after", func(s *settings) *string { return &s.EraseAfter }, "5", false, "办结后多少年抹除来信人信息和文字；never 为不抹除", "years after a case has ended until its writer's data and texts are erased; never: they are not"},
	{"silence_days", func(s *settings) *string { return &s.SilenceDays }, "0", false, "答复后多少天未评价，在报表另列的满意率中视为满意；0 为不另列", "days without a rating after which silence counts as content in a second satisfaction rate beside the first; 0: there is none"},
	{"second_factor", func(s *settings) *string { return &s.SecondFactor }, "supervisor,administrator", false, "登录须两步验证的角色，逗号分隔；none 为均不要求", "roles whose holders must use a second factor at sign-in, separated by commas; none: nobody must"},
	{"oidc_issuer", func(s *settings) *string { return &s.OIDCIssuer }, "", false, "单点登录（OpenID Connect）的签发者网址；留空则不用", "the single sign-on's address as it calls itself (OpenID Connect); empty: none"},
	{"oidc_client_id", func(s *settings) *string { return &s.OIDCClientID }, "", false, "在单点登录处登记的客户端编号", "the mailbox's client id at the single sign-on"},
	{"oidc_client_secret", func(s *settings) *string { return &s.OIDCSecret }, "", true, "客户端口令", "and its secret"},
	{"oidc_name", func(s *settings) *string { return &s.OIDCName }, "单点登录", false, "登录页上按钮的文字", "label of the button on the page for signing in"},
	{"oidc_claim", func(s *settings) *string { return &s.OIDCClaim }, "groups", false, "表明人员岗位的声明", "the claim that tells somebody's place"},
	{"oidc_roles", func(s *settings) *string { return &s.OIDCRoles }, "", false, "声明的值对应的角色，如 mailbox-clerk=clerk,water-staff=handler:D012", "what its values mean, as in mailbox-clerk=clerk,water-staff=handler:D012"},
	{"oidc_acr", func(s *settings) *string { return &s.OIDCACR }, "", false, "视为已两步验证的 acr 值，逗号分隔；amr 含 mfa 的总是", "values of acr that mean two factors, separated by commas; mfa in amr always does"},
	{"mail_from", func(s *settings) *string { return &s.MailFrom }, "mailbox@localhost", false, "邮件发件人地址", "the sender of mails"},
	{"public_url", func(s *settings) *string { return &s.PublicURL }, "", false, "公众访问的网址，邮件中的链接由此生成；留空则为 http://监听地址", "where the public reaches the pages; links in mails are made from it; empty: http:// and the listening address"},
	{"trusted_proxies", func(s *settings) *string { return &s.TrustedProxies }, "", false, "可信反向代理的 IP 或网段，逗号分隔", "addresses or networks of reverse proxies that may name the client, separated by commas"},
	{"key_file", func(s *settings) *string { return &s.KeyFile }, "", false, "密钥文件；留空则为数据目录中的 keys.json", "the key file; empty: keys.json in the data directory"},
	{"timezone", func(s *settings) *string { return &s.Timezone }, "Asia/Shanghai", false, "时区，首次启动后固定", "the zone of working days, fixed at first start"},
	{"metrics_listen", func(s *settings) *string { return &s.MetricsListen }, "", false, "Prometheus 指标监听地址（仅限本机）；留空则不开", "loopback address for Prometheus metrics; empty: none"},
	{"city", func(s *settings) *string { return &s.City }, "本市", false, "城市名称，用于页面和通知", "name of the city, on pages and in notices"},
	{"language", func(s *settings) *string { return &s.Language }, "", false, "命令行的语言：zh 或 en；留空则按系统环境", "language of the command line: zh or en; empty: as the system says"},
	{"log_level", func(s *settings) *string { return &s.LogLevel }, "info", false, "日志级别：debug、info、warn、error", "debug, info, warn or error"},
}

func (s setting) flag() string        { return strings.ReplaceAll(s.name, "_", "-") }
func (s setting) environment() string { return "MAILBOX_" + strings.ToUpper(s.name) }

// environment looks up a variable, as os.LookupEnv does.
type environment func(string) (string, bool)

// flags declares every setting on f; load reads them after f was parsed.
func flags(f *flag.FlagSet, lang errs.Lang) (load func(environment) (*settings, error)) {
	values := map[string]*string{}
	for _, s := range allSettings {
		values[s.name] = f.String(s.flag(), "", fmt.Sprintf("%s [%s=%s]", s.in(lang), s.environment(), s.preset))
	}
	file := f.String("config", "", choose(lang, "配置文件（TOML）；默认读数据目录中的 mailbox.toml", "configuration file (TOML); mailbox.toml in the data directory when there is one"))
	return func(env environment) (*settings, error) {
		given := map[string]bool{}
		f.Visit(func(one *flag.Flag) { given[one.Name] = true })
		s := &settings{sources: map[string]string{}}
		for _, one := range allSettings {
			*one.value(s), s.sources[one.name] = one.preset, "default"
			if v, ok := env(one.environment()); ok {
				*one.value(s), s.sources[one.name] = v, "environment"
			}
			if given[one.flag()] {
				*one.value(s), s.sources[one.name] = *values[one.name], "flag"
			}
		}
		if err := s.readFile(*file, env); err != nil {
			return nil, err
		}
		return s, s.check()
	}
}

// readFile fills what neither a flag nor the environment has set.
func (s *settings) readFile(path string, env environment) error {
	if path == "" {
		path, _ = env("MAILBOX_CONFIG")
	}
	wanted := path != ""
	if !wanted {
		path = filepath.Join(s.Data, "mailbox.toml")
	}
	var values map[string]any
	if _, err := toml.DecodeFile(path, &values); err != nil {
		if !wanted && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
			return nil // a data directory that is none is said where it is used
		}
		return errs.Invalid("config", "the configuration file %[1]s cannot be read: %[2]v", "配置文件 %[1]s 无法读取：%[2]v", path, err)
	}
	s.file = path
	known := map[string]setting{}
	for _, one := range allSettings {
		known[one.name] = one
	}
	for name, value := range values {
		one, ok := known[name]
		text, isText := value.(string)
		switch {
		case !ok:
			return errs.Invalid("config", "%[1]s: there is no setting %[2]q", "%[1]s：没有“%[2]s”这个配置项", path, name)
		case !isText:
			return errs.Invalid("config", "%[1]s: %[2]s must be a text in quotes", "%[1]s：%[2]s 应为带引号的文字", path, name)
		case s.sources[name] == "default":
			*one.value(s), s.sources[name] = text, "file"
		}
	}
	return nil
}

// check refuses settings that cannot work, naming the setting.
func (s *settings) check() error {
	// Absolute, so that messages say where it is, and a relative one is not read as the host of a file URL.
	data, err := filepath.Abs(s.Data)
	if err != nil || s.Data == "" {
		return errs.Invalid("MAILBOX_DATA", "the data directory must be named", "须指定数据目录").Because(err)
	}
	s.Data = data
	if s.KeyFile == "" {
		s.KeyFile = filepath.Join(s.Data, "keys.json")
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "" || s.Timezone == "Local" {
		return errs.Invalid("MAILBOX_TIMEZONE", "there is no zone %q; it should be a name such as Asia/Shanghai", "没有“%s”这个时区，应形如 Asia/Shanghai", s.Timezone)
	}
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return errs.Invalid("MAILBOX_PUBLIC_URL", "it should be an address such as https://mailbox.example.org", "应为网址，如 https://mailbox.example.org")
		}
		s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	}
	if n, err := s.work(); err != nil || n < 0 || n > 5_000_000 {
		return errs.Invalid("MAILBOX_PROOF_OF_WORK", "it should be a number from 0 to 5000000", "应为 0 至 5000000 的整数")
	}
	if n, err := s.perContact(); err != nil || n < 1 {
		return errs.Invalid("MAILBOX_CONTACT_LIMIT", "it should be a number, 1 or more", "应为不小于 1 的整数")
	}
	if n, err := s.eraseAfter(); err != nil || n < 0 || n > 100 {
		return errs.Invalid("MAILBOX_ERASE_AFTER", "it should be a number of years from 1 to 100, or never", "应为 1 至 100 的年数，或 never")
	}
	if _, err := s.secondFactor(); err != nil {
		return err
	}
	if _, err := s.sso(); err != nil {
		return err
	}
	if _, err := s.proxies(); err != nil {
		return err
	}
	switch s.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		return errs.Invalid("MAILBOX_LOG_LEVEL", "it is debug, info, warn or error, not %q", "应为 debug、info、warn 或 error，而不是“%s”", s.LogLevel)
	}
	if n, err := strconv.Atoi(s.SilenceDays); err != nil || n < 0 || n > 365 {
		return errs.Invalid("MAILBOX_SILENCE_DAYS", "it should be a number of days from 0 to 365", "应为 0 至 365 的天数")
	}
	if s.Language != "" && s.Language != "zh" && s.Language != "en" {
		return errs.Invalid("MAILBOX_LANGUAGE", "it is zh or en, not %q", "应为 zh 或 en，而不是“%s”", s.Language)
	}
	return nil
}

// eraseAfter is after how many years what is personal is erased; 0: never.
func (s *settings) eraseAfter() (int, error) {
	if s.EraseAfter == "never" {
		return 0, nil
	}
	n, err := strconv.Atoi(s.EraseAfter)
	if n == 0 {
		n = -1
	}
	return n, err
}

// figures makes the engine of reports as the city counts.
func (s *settings) figures(db *migrations.DB, loc *time.Location) *report.Engine {
	engine := report.New(db, loc)
	engine.SilenceDays, _ = strconv.Atoi(s.SilenceDays) // check has looked at it
	return engine
}

// secondFactor are the roles whose holders must have a second factor.
func (s *settings) secondFactor() ([]people.Role, error) {
	if s.SecondFactor == "none" {
		return nil, nil
	}
	var roles []people.Role
	for name := range strings.SplitSeq(s.SecondFactor, ",") {
		role := people.Role(strings.TrimSpace(name))
		if !slices.Contains(people.Grantable, role) {
			return nil, errs.Invalid("MAILBOX_SECOND_FACTOR", "%q is no role; it should be some of %[2]v, separated by commas, or none", "没有“%s”这个角色；应为 %[2]v 中的若干个，以逗号分隔，或 none", name, people.Grantable)
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// sso is the single sign-on, nil for none. Whether it answers is seen when somebody wants to sign in by it.
func (s *settings) sso() (*web.SSO, error) {
	if s.OIDCIssuer == "" {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	issuer, err := url.Parse(s.OIDCIssuer)
	if err != nil || issuer.Host == "" || issuer.Scheme != "https" && (issuer.Scheme != "http" || !loopback(issuer.Hostname())) {
		return nil, errs.Invalid("MAILBOX_OIDC_ISSUER", "it should be an address such as https://login.example.org, by https", "应为 https 网址，如 https://login.example.org")
	}
	if s.OIDCClientID == "" {
		return nil, errs.Invalid("MAILBOX_OIDC_CLIENT_ID", "the single sign-on needs the mailbox's client id", "使用单点登录须填写客户端编号")
	}
	roles, err := web.ParseSSORoles(s.OIDCRoles)
	if err != nil {
		return nil, errs.Invalid("MAILBOX_OIDC_ROLES", "it should be a list such as mailbox-clerk=clerk,water-staff=handler:D012: %v", "应形如 mailbox-clerk=clerk,water-staff=handler:D012：%v", err)
	}
	var acr []string
	for value := range strings.SplitSeq(s.OIDCACR, ",") {
		if value = strings.TrimSpace(value); value != "" {
			acr = append(acr, value)
		}
	}
	return &web.SSO{
		Issuer: s.OIDCIssuer, ClientID: s.OIDCClientID, ClientSecret: s.OIDCSecret, Name: s.OIDCName,
		Claim: s.OIDCClaim, Roles: roles, ACR: acr,
	}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// proxies reads the list of trusted proxies.
func (s *settings) proxies() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range strings.Split(s.TrustedProxies, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil {
				return nil, errs.Invalid("MAILBOX_TRUSTED_PROXIES", "%q is neither an address nor a network", "“%s”既不是 IP 也不是网段", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		list = append(list, prefix)
	}
	return list, nil
}

// location is the city's zone; check has made sure that it exists.
func (s *settings) location() (*time.Location, error) { return time.LoadLocation(s.Timezone) }

// shown is a value as it may be printed. Of an address that may hold a password only what cannot be one
// is shown: scheme, user, hosts and path; of a text that is no address, nothing.
func (s setting) shown(value string) string {
	if !s.secret || value == "" {
		return value
	}
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		return "***"
	}
	user := ""
	// A password may hold any mark that somebody forgot to escape, a host no @.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		name, _, _ := strings.Cut(rest[:at], ":")
		user, rest = name+":***@", rest[at+1:]
	}
	// After the question mark libpq and the sentinels take passwords, too.
	if hosts, _, asked := strings.Cut(rest, "?"); asked {
		rest = hosts + "?***"
	}
	return scheme + "://" + user + rest
}

func (s setting) in(lang errs.Lang) string { return choose(lang, s.zh, s.en) }

func choose(lang errs.Lang, zh, en string) string {
	if lang == errs.EN {
		return en
	}
	return zh
}

// languageOf is the command line's language: MAILBOX_LANGUAGE, or else what the system speaks. Chinese
// when the system says nothing; a bare C or POSIX may not be able to show it.
func languageOf(env environment) errs.Lang {
	if v, _ := env("MAILBOX_LANGUAGE"); v == "zh" || v == "en" {
		return errs.Lang(v)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v, ok := env(name); ok && v != "" {
			if strings.HasPrefix(v, "zh") {
				return errs.ZH
			}
			return errs.EN
		}
	}
	return errs.ZH
}

// printConfig shows each setting with value, source and meaning.
func printConfig(w io.Writer, s *settings, lang errs.Lang) error {
	for _, one := range allSettings {
		value := one.shown(*one.value(s))
		if value == "" {
			value = choose(lang, "（空）", "(empty)")
		}
		source := map[string]string{
			"default":     choose(lang, "默认", "default"),
			"environment": choose(lang, "环境变量", "environment"),
			"flag":        choose(lang, "命令行", "flag"),
			"file":        choose(lang, "文件 ", "file ") + s.file,
		}[s.sources[one.name]]
		if _, err := fmt.Fprintf(w, "%-24s %s\n    %s · %s\n", one.environment(), value, source, one.in(lang)); err != nil {
			return err
		}
	}
	return nil
}

// forPages gives every setting as the administrator's page shows it: of one that may hold a password, only whether it is set.
func (s *settings) forPages() []web.Setting {
	var all []web.Setting
	for _, one := range allSettings {
		value := *one.value(s)
		row := web.Setting{
			Name: one.environment(), Preset: one.preset, Source: s.sources[one.name], Secret: one.secret, Set: value != "",
			Meaning: map[errs.Lang]string{errs.ZH: one.zh, errs.EN: one.en},
		}
		if !one.secret {
			row.Value = value
		}
		all = append(all, row)
	}
	return all
}

// systemEnvironment is the process's own environment.
func systemEnvironment(name string) (string, bool) { return os.LookupEnv(name) }

// work is how much is asked of a browser before it sends a letter.
func (s *settings) work() (int64, error) { return strconv.ParseInt(s.ProofOfWork, 10, 64) }

// perContact is how many letters may come under one contact within a day.
func (s *settings) perContact() (int, error) { return strconv.Atoi(s.PerContact) }
