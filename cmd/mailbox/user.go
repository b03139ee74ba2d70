package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"strings"

	"golang.org/x/term"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// user adds and lists accounts and sets passwords.
func user(ctx context.Context, p *program, args []string) error {
	var name, email, role, department string
	s, rest, err := p.parse("user", args, func(f *flag.FlagSet) {
		f.StringVar(&name, "name", "", choose(p.lang, "姓名", "the person's name"))
		f.StringVar(&email, "email", "", choose(p.lang, "电子邮箱", "e-mail address"))
		f.StringVar(&role, "role", "", "clerk | handler | leader | supervisor | administrator | auditor")
		f.StringVar(&department, "department", "", choose(p.lang, "所在单位名称（handler、leader 必填）", "name of the department (for handler and leader)"))
	})
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 1 && rest[0] == "list":
		return p.with(ctx, s, func(o *opened) error { return p.listUsers(ctx, o) })
	case len(rest) == 2 && rest[0] == "passwd":
		return p.with(ctx, s, func(o *opened) error { return p.setPassword(ctx, o, rest[1]) })
	case len(rest) == 2 && rest[0] == "add" && role != "":
		return p.with(ctx, s, func(o *opened) error {
			grant := people.Grant{Role: people.Role(role)}
			if department != "" {
				d, err := o.directory.DepartmentByName(ctx, department)
				if err != nil {
					return err
				}
				grant.Department = d.ID
			}
			return p.addUser(ctx, o, rest[1], name, email, grant)
		})
	}
	return errUsage
}

// addUser makes an account with a first password that must be changed, read from standard input or else
// made up and shown once.
func (p *program) addUser(ctx context.Context, o *opened, login, name, email string, grant people.Grant) error {
	password, made, err := p.newPassword()
	if err != nil {
		return err
	}
	if name == "" {
		name = login
	}
	_, err = o.directory.AddAccount(ctx, people.NewAccount{
		Login: login, Name: name, Email: email, Language: p.lang, Password: password, MustChange: true, Grants: []people.Grant{grant},
	})
	if err != nil {
		return err
	}
	p.say(p.stdout, "已添加账号 %s（%s）。", "added %s (%s).", login, grant.Role)
	p.showPassword(password, made)
	return nil
}

func (p *program) setPassword(ctx context.Context, o *opened, login string) error {
	password, made, err := p.newPassword()
	if err != nil {
		return err
	}
	if err := o.directory.SetPassword(ctx, login, password); err != nil {
		return err
	}
	p.say(p.stdout, "%s 的密码已重置，首次登录须修改。", "the password of %s is set; it must be changed at the next sign-in.", login)
	p.showPassword(password, made)
	return nil
}

func (p *program) showPassword(password string, made bool) {
	if made {
		p.say(p.stdout, "初始密码：%s（只显示这一次）", "first password: %s (shown only now)", password)
	}
}

// newPassword takes a password from standard input when one is piped in, and makes one up otherwise.
func (p *program) newPassword() (password string, made bool, err error) {
	if f, ok := p.stdin.(interface{ Fd() uintptr }); !ok || !term.IsTerminal(int(f.Fd())) {
		scanner := bufio.NewScanner(p.stdin)
		if scanner.Scan() && scanner.Text() != "" {
			return scanner.Text(), false, nil
		}
		if err := scanner.Err(); err != nil {
			return "", false, errs.Invalid("password", "the password cannot be read", "无法读取密码").Because(err)
		}
	}
	return madeUp(), true, nil
}

// madeUp is a password of 80 random bits in four groups that can be read aloud.
func madeUp() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789z"
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[r&31])
	}
	return b.String()
}

func (p *program) listUsers(ctx context.Context, o *opened) error {
	accounts, err := o.directory.Accounts(ctx)
	if err != nil {
		return err
	}
	departments, err := o.directory.Departments(ctx)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, d := range departments {
		names[d.ID] = d.Name
	}
	for _, a := range accounts {
		var roles []string
		for _, g := range a.Grants {
			role := string(g.Role)
			if g.Department != 0 {
				role = fmt.Sprintf("%s (%s)", role, names[g.Department])
			}
			roles = append(roles, role)
		}
		state := ""
		if !a.DisabledAt.IsZero() {
			state = choose(p.lang, "  已停用", "  disabled")
		}
		p.say(p.stdout, "%-16s %s  %s%s", "%-16s %s  %s%s", a.Login, a.Name, strings.Join(roles, ", "), state)
	}
	return nil
}
