package main

import (
	"context"
	"flag"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/gofrs/flock"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/seal"
	"mailbox/migrations"
)

// keysCommand lists and changes the keys that contacts and files are sealed with.
func keysCommand(ctx context.Context, p *program, args []string) error {
	var copied bool
	s, rest, err := p.parse("keys", args, func(f *flag.FlagSet) {
		f.BoolVar(&copied, "copied", false, choose(p.lang, "rotate：密钥文件已复制到每台机器", "rotate: the key file has been copied to every machine"))
	})
	if err != nil {
		return err
	}
	var do func(context.Context, *opened) error
	switch {
	case len(rest) == 1 && rest[0] == "list":
		do = p.listKeys
	case len(rest) == 1 && rest[0] == "rotate":
		do = func(ctx context.Context, o *opened) error { return p.rotateKeys(ctx, o, copied) }
	case len(rest) == 2 && rest[0] == "drop":
		id, err := strconv.ParseInt(rest[1], 10, 64)
		if err != nil {
			return errUsage
		}
		do = func(ctx context.Context, o *opened) error { return p.dropKey(ctx, o, id) }
	default:
		return errUsage
	}
	o, err := p.open(ctx, s, how{files: true})
	if err != nil {
		return err
	}
	defer o.db.Close() //nolint:errcheck // what was written is committed
	return do(ctx, o)
}

// keyLock is held by whoever changes the key file, alone, and by backups, together: a backup with files sealed with a key
// that it does not have would be worth nothing. The lock goes when its process ends, however it ends.
func (s *settings) keyLock() *flock.Flock {
	return flock.New(filepath.Join(filepath.Dir(s.KeyFile), ".keys.lock"))
}

// lockKeys takes the lock alone.
func (s *settings) lockKeys() (unlock func() error, err error) {
	lock := s.keyLock()
	got, err := lock.TryLock()
	if err != nil {
		return nil, errs.Invalid("MAILBOX_KEY_FILE", "the directory of the key file cannot be written to", "无法写入密钥文件所在目录").Because(err)
	}
	if !got {
		return nil, errs.Conflict("keys are being changed, or a backup is being made; wait until that has ended", "正在更换密钥或备份，请稍后再试")
	}
	return lock.Unlock, nil
}

func (p *program) listKeys(ctx context.Context, o *opened) error {
	all, err := o.desk.SealingKeys(ctx)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	p.say(out, "编号\t状态\t联系方式\t文件\t开始使用", "key\tstate\tcontacts\tfiles\tsince")
	for _, k := range all {
		since := "-"
		if !k.BegunAt.IsZero() && k.DroppedAt.IsZero() {
			since = k.BegunAt.In(o.desk.Location()).Format(time.DateTime)
		}
		p.say(out, "%d\t%s\t%d\t%d\t%s", "%d\t%s\t%d\t%d\t%s", k.ID, p.keyState(k), k.Contacts, k.Files, since)
	}
	return out.Flush()
}

func (p *program) keyState(k cases.SealingKey) string {
	switch {
	case !k.DroppedAt.IsZero():
		return choose(p.lang, "已删除", "dropped")
	case !k.Here:
		return choose(p.lang, "不在本机密钥文件中", "not in this key file")
	case k.Current && unfinished(k):
		return choose(p.lang, "更换中", "rotating to")
	case k.Current:
		return choose(p.lang, "使用中", "in use")
	case k.Used():
		return choose(p.lang, "旧，仍在用", "old, still used")
	case k.BegunAt.IsZero() && k.ID > 1:
		return choose(p.lang, "待启用", "next")
	}
	return choose(p.lang, "旧，可删除", "old, can be dropped")
}

func unfinished(k cases.SealingKey) bool { return !k.BegunAt.IsZero() && k.FinishedAt.IsZero() }

// rotateKeys makes a new key and seals everything with it. Cut off anywhere, the next run goes on from there: the key
// file says which key is next or in use, the database whether everything has been sealed with it.
func (p *program) rotateKeys(ctx context.Context, o *opened, copied bool) error {
	unlock, err := o.settings.lockKeys()
	if err != nil {
		return err
	}
	defer unlock() //nolint:errcheck // the lock goes with the process
	all, err := o.desk.SealingKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		if !k.Here && k.DroppedAt.IsZero() && (!k.BegunAt.IsZero() || k.Used()) {
			return errs.Conflict("key %[1]d is in use elsewhere and not in this key file; copy the key file of the other machines here first",
				"第 %[1]d 号密钥在其他机器上使用而不在本机密钥文件中，请先从其他机器复制密钥文件", k.ID)
		}
	}
	at := slices.IndexFunc(all, func(k cases.SealingKey) bool { return k.Current })
	if !unfinished(all[at]) {
		ready, err := p.nextKey(ctx, o, all, copied)
		if err != nil || !ready {
			return err
		}
	}
	return p.sealAnew(ctx, o)
}

// nextKey puts the next key in use, making it where there is none. On PostgreSQL other machines may need a copy of the
// key file before anything is sealed with it: then it is not ready, and says so.
func (p *program) nextKey(ctx context.Context, o *opened, all []cases.SealingKey, copied bool) (ready bool, err error) {
	path, current, next := o.settings.KeyFile, o.keys.Current(), int64(0)
	for _, k := range all {
		if k.Here && k.ID > current && k.DroppedAt.IsZero() {
			next = k.ID
		}
	}
	made := next == 0
	if made {
		if next, err = seal.AddSealingKey(path); err != nil {
			return false, errs.Invalid("MAILBOX_KEY_FILE", "the key file could not be changed and is as it was", "密钥文件未能更改，保持原样").Because(err)
		}
	}
	if o.db.Dialect() == migrations.PostgreSQL && (made || !copied) {
		p.say(p.stdout,
			"密钥文件 %[2]s 中已加入第 %[1]d 号密钥，尚未启用。请将该文件复制到每台机器（运行中的进程会自行读取，无须重启），然后运行 mailbox keys rotate --copied。",
			"key %[1]d is in the key file %[2]s and not in use yet. Copy the file to every machine (running processes read it by themselves), then run: mailbox keys rotate --copied",
			next, path)
		return false, nil
	}
	if err := o.desk.BeginSealingKey(ctx, next); err != nil {
		return false, err
	}
	if err := seal.UseSealingKey(path, next); err != nil {
		return false, errs.Invalid("MAILBOX_KEY_FILE", "the key file could not be changed and is as it was", "密钥文件未能更改，保持原样").Because(err)
	}
	return true, nil
}

func (p *program) sealAnew(ctx context.Context, o *opened) error {
	key := o.keys.Current()
	p.say(p.stdout, "正在用第 %d 号密钥重新加密；可随时中断，再次运行即从中断处继续。", "sealing with key %d; this can be cut off at any time, and goes on when it is run again", key)
	bar := p.progress()
	var last int64
	missing, err := o.desk.Reseal(ctx, func(done, total int64) {
		last = done
		bar.at(done, total, func() string { return choose(p.lang, "已加密 ", "sealed ") + strconv.FormatInt(done, 10) })
	})
	if err != nil {
		return err
	}
	bar.end(func() string { return choose(p.lang, "已加密 ", "sealed ") + strconv.FormatInt(last, 10) })
	for _, id := range missing {
		p.say(p.stderr, "附件 %d 在存储中已不存在，无法加密", "file %d is missing in the store and could not be sealed", id)
	}
	p.say(p.stdout, "已完成：%[2]d 条联系方式和文件改用第 %[1]d 号密钥加密。请备份；旧密钥在 keys list 中显示可删除后用 keys drop 删除。",
		"done: %[2]d contacts and files are sealed with key %[1]d. Make a backup; drop the old key (keys drop) once keys list says that it can be.", key, last)
	return nil
}

func (p *program) dropKey(ctx context.Context, o *opened, id int64) error {
	unlock, err := o.settings.lockKeys()
	if err != nil {
		return err
	}
	defer unlock() //nolint:errcheck // the lock goes with the process
	if err := o.desk.DropSealingKey(ctx, id); err != nil {
		return err
	}
	if err := seal.DropSealingKey(o.settings.KeyFile, id); err != nil {
		return errs.Invalid("MAILBOX_KEY_FILE", "the key file could not be changed and is as it was", "密钥文件未能更改，保持原样").Because(err)
	}
	p.say(p.stdout, "已删除第 %d 号密钥。请把密钥文件复制到其他机器；更早的备份仍含旧密钥。",
		"key %d is dropped. Copy the key file to the other machines; earlier backups still hold the old key.", id)
	return nil
}
