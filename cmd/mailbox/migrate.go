package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"mailbox/migrations"
)

// migrate changes or shows the schema.
func migrate(ctx context.Context, p *program, args []string) error {
	s, rest, err := p.parse("migrate", args, nil)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errUsage
	}
	do, ok := map[string]func(context.Context, *program, *migrations.DB) error{
		"up": migrateUp, "down": migrateDown, "status": migrateStatus, "unlock": migrateUnlock,
	}[rest[0]]
	if !ok {
		return errUsage
	}
	db, err := migrations.Open(ctx, s.DatabaseURL, s.Data)
	if err != nil {
		return s.databaseTrouble(err)
	}
	if err := do(ctx, p, db); err != nil {
		return errors.Join(s.databaseTrouble(err), db.Close())
	}
	return db.Close()
}

func migrateUp(ctx context.Context, p *program, db *migrations.DB) error {
	applied, err := db.Up(ctx)
	if err != nil {
		return err
	}
	if len(applied) == 0 {
		p.say(p.stdout, "数据库结构已是最新。", "The schema is current.")
		return nil
	}
	p.say(p.stdout, "已升级：%s", "applied: %s", strings.Join(applied, ", "))
	return nil
}

func migrateDown(ctx context.Context, p *program, db *migrations.DB) error {
	undone, err := db.Down(ctx)
	if err != nil {
		return err
	}
	p.say(p.stdout, "已回退：%s", "undone: %s", strings.Join(undone, ", "))
	return nil
}

func migrateStatus(ctx context.Context, p *program, db *migrations.DB) error {
	steps, err := db.Status(ctx)
	if err != nil {
		return err
	}
	for _, step := range steps {
		when := choose(p.lang, "未应用", "not applied")
		if !step.AppliedAt.IsZero() {
			when = step.AppliedAt.UTC().Format(time.RFC3339)
		}
		p.say(p.stdout, "%-40s %s", "%-40s %s", step.Name, when)
	}
	return nil
}

func migrateUnlock(ctx context.Context, p *program, db *migrations.DB) error {
	if err := db.Unlock(ctx); err != nil {
		return err
	}
	p.say(p.stdout, "已解除升级锁。", "The lock is gone.")
	return nil
}
