package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"strings"

	"mailbox/cases/errs"
	signed "mailbox/cases/receipt"
	"mailbox/cases/seal"
)

// receiptCommand verifies signed receipts, shows the keys for that, and changes the signing key. It needs no
// database.
func receiptCommand(_ context.Context, p *program, args []string) error {
	var keys, text string
	s, rest, err := p.parse("receipt", args, func(f *flag.FlagSet) {
		f.StringVar(&keys, "keys", "", choose(p.lang, "verify：公钥列表文件（/receipt/keys.json）；留空则用本机密钥文件", "verify: the list of keys from /receipt/keys.json; empty: those of the key file"))
		f.StringVar(&text, "text", "", choose(p.lang, "verify：同时核对的来信（首行标题，其余正文）", "verify: a letter to compare as well: its title on the first line, then its text"))
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 2 && rest[0] == "verify":
		return p.verifyReceipt(s, rest[1], keys, text)
	case len(rest) == 1 && rest[0] == "keys":
		return p.showReceiptKeys(s)
	case len(rest) == 1 && rest[0] == "rotate":
		return p.rotateReceiptKey(s)
	}
	return errUsage
}

// verifyReceipt ends well only for a genuine receipt and, with a letter, one that is for it.
func (p *program) verifyReceipt(s *settings, file, keysFile, textFile string) error {
	data, err := p.readReceipt(file)
	if err != nil {
		return err
	}
	keys, err := receiptKeys(s, keysFile)
	if err != nil {
		return err
	}
	r, err := signed.Parse(data)
	if err != nil {
		return err
	}
	if err := r.Verify(keys); err != nil {
		return err
	}
	if textFile != "" {
		letter, err := readFile(textFile)
		if err != nil {
			return err
		}
		title, body, _ := strings.Cut(string(bytes.TrimPrefix(letter, []byte("\uFEFF"))), "\n")
		if !r.IsOf(title, body) {
			return errs.Invalid(textFile, "the receipt is genuine, but it is for another letter: the text is not the one that was received",
				"回执真实有效，但不是这封信的：内容与收到时不同")
		}
	}
	due := choose(p.lang, "无", "none")
	if !r.Due.IsZero() {
		due = r.Due.Format("2006-01-02 15:04:05 -07:00")
	}
	if r.Provisional {
		due += choose(p.lang, "（暂定）", " (provisional)")
	}
	p.say(p.stdout, "回执真实有效：%s\n编号：%s\n收到时间：%s\n答复期限：%s", "the receipt is genuine: %s\nnumber: %s\nreceived: %s\ndue: %s",
		r.City, r.Number, r.ReceivedAt.Format("2006-01-02 15:04:05 -07:00"), due)
	if textFile != "" {
		p.say(p.stdout, "来信内容与收到时一致", "the text is the one that was received")
	}
	return nil
}

// readReceipt reads a receipt's file, or standard input; no more of it than Parse would look at.
func (p *program) readReceipt(file string) ([]byte, error) {
	if file != "-" {
		return readFile(file)
	}
	data, err := io.ReadAll(io.LimitReader(p.stdin, signed.MaxSize+1))
	if err != nil {
		return nil, unusable(errs.Invalid("-", "standard input cannot be read", "无法读取标准输入").Because(err))
	}
	return data, nil
}

// receiptKeys reads the list of keys given, or else those of the key file, which is never made here.
func receiptKeys(s *settings, file string) (signed.Keys, error) {
	if file == "" {
		keys, err := s.readKeys()
		if err != nil {
			return nil, err
		}
		return keys.ReceiptKeys(), nil
	}
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	keys, err := signed.ParseKeys(data)
	return keys, unusable(err)
}

// readKeys reads the key file for commands that need no database.
func (s *settings) readKeys() (*seal.Keys, error) {
	keys, err := seal.Read(s.KeyFile)
	return keys, s.keyFileTrouble(err)
}

// keyFileTrouble says what an operator can do about it.
func (s *settings) keyFileTrouble(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unusable(errs.Invalid("MAILBOX_KEY_FILE",
			"there is no key file %[1]s here; name the data directory (--data), or give the city's public keys (--keys keys.json, from its /receipt/keys.json)",
			"没有密钥文件 %[1]s；请用 --data 指明数据目录，或用 --keys 给出该市的公钥列表（其网站的 /receipt/keys.json）", s.KeyFile))
	case err != nil:
		return unusable(errs.Invalid("MAILBOX_KEY_FILE", "the key file cannot be used", "密钥文件无法使用").Because(err))
	}
	return nil
}

// showReceiptKeys prints what /receipt/keys.json gives.
func (p *program) showReceiptKeys(s *settings) error {
	keys, err := s.readKeys()
	if err != nil {
		return err
	}
	out := json.NewEncoder(p.stdout)
	out.SetIndent("", "  ")
	return out.Encode(keys.ReceiptKeys())
}

func (p *program) rotateReceiptKey(s *settings) error {
	if _, err := s.readKeys(); err != nil {
		return err
	}
	keys, err := seal.RotateReceiptKey(s.KeyFile)
	if err != nil {
		return errs.Invalid("MAILBOX_KEY_FILE", "the key file could not be changed and is as it was", "密钥文件未能更改，保持原样").Because(err)
	}
	p.say(p.stdout,
		"已更换回执签名密钥，新密钥为 %[1]s。原有回执仍然有效。\n运行中的进程下次启动后才用新密钥；每台机器都须有同一份密钥文件，请复制 %[2]s 并更新备份。",
		"receipts have a new signing key: %[1]s. All earlier receipts stay valid.\nRunning processes use it from their next start; every machine needs the same key file: copy %[2]s, and keep a fresh backup of it.",
		keys.ReceiptKeys()[0].ID, s.KeyFile)
	return nil
}
