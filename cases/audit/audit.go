package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// Deed is what was done.
type Deed string

// The deeds. Each has words in both languages on the page that lists them.
const (
	AccountAdded        Deed = "account_added"
	AccountChanged      Deed = "account_changed"
	AccountDisabled     Deed = "account_disabled"
	AccountEnabled      Deed = "account_enabled"
	RoleGranted         Deed = "role_granted"
	RoleEnded           Deed = "role_ended"
	PasswordReset       Deed = "password_reset"
	FactorRemoved       Deed = "factor_removed"
	DepartmentAdded     Deed = "department_added"
	DepartmentConfirmed Deed = "department_confirmed"
	DepartmentChanged   Deed = "department_changed"
	DepartmentMerged    Deed = "department_merged"
	DepartmentDissolved Deed = "department_dissolved"
	CalendarLoaded      Deed = "calendar_loaded"
	PolicyLoaded        Deed = "policy_loaded"
	RulesChanged        Deed = "rules_changed"
	TemplateChanged     Deed = "template_changed"
	NoticeRevived       Deed = "notice_revived"
	JobRun              Deed = "job_run"
	JobDeleted          Deed = "job_deleted"
	SettingChanged      Deed = "setting_changed"
	KeysRotated         Deed = "keys_rotated"
	RecipientAdded      Deed = "recipient_added"
	RecipientEnded      Deed = "recipient_ended"
	AppraisalChanged    Deed = "appraisal_changed"
	TokenMade           Deed = "token_made"
	TokenRevoked        Deed = "token_revoked"
)

// Deeds lists all deeds.
var Deeds = []Deed{
	AccountAdded, AccountChanged, AccountDisabled, AccountEnabled, RoleGranted, RoleEnded, PasswordReset, FactorRemoved,
	DepartmentAdded, DepartmentConfirmed, DepartmentChanged, DepartmentMerged, DepartmentDissolved,
	CalendarLoaded, PolicyLoaded, RulesChanged, TemplateChanged, NoticeRevived, JobRun, JobDeleted, SettingChanged, KeysRotated, TokenMade, TokenRevoked,
}

// Subject is the kind of thing that a deed is about.
type Subject string

// The subjects.
const (
	Account    Subject = "account"
	Department Subject = "department"
	Calendar   Subject = "calendar"
	Policy     Subject = "policy"
	Rules      Subject = "rules"
	Template   Subject = "template"
	Notice     Subject = "notice"
	Job        Subject = "job"
	Setting    Subject = "setting"
	Keys       Subject = "keys"
	Report     Subject = "report"
)

// Subjects lists all subjects.
var Subjects = []Subject{Account, Department, Calendar, Policy, Rules, Template, Notice, Job, Setting, Keys, Report}

// Values are what stood there, by name: "email", "roles", "duties". Nothing secret belongs here.
type Values map[string]string

// Line is one deed as its verb writes it down.
type Line struct {
	Deed    Deed
	Subject Subject
	ID      int64  // of the subject, 0 if it has none
	Name    string // what the subject is called at this moment
	Was, Is Values // before and after; what is equal in both is left out
}

type actorKey struct{}

// By is the context of somebody who acts: what is written under it names the account.
func By(ctx context.Context, account int64) context.Context {
	return context.WithValue(ctx, actorKey{}, account)
}

// Who is the account that acts, 0 for a command on the machine itself.
func Who(ctx context.Context) int64 {
	account, _ := ctx.Value(actorKey{}).(int64)
	return account
}

type row struct {
	bun.BaseModel `bun:"table:admin_log"`

	ID        int64 `bun:",pk,autoincrement"`
	At        migrations.Instant
	AccountID int64 `bun:",nullzero"`
	Deed      Deed
	Subject   Subject
	SubjectID int64
	Name      string
	Was       string
	Became    string
}

// Write adds a line in the transaction of its deed.
func Write(ctx context.Context, tx bun.IDB, at migrations.Instant, l Line) error {
	was, is := different(l.Was, l.Is)
	r := row{At: at, AccountID: Who(ctx), Deed: l.Deed, Subject: l.Subject, SubjectID: l.ID, Name: l.Name, Was: was, Became: is}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return fmt.Errorf("write the record of administration: %w", err)
	}
	return nil
}

// different gives both sides as JSON objects, without what is equal in both.
func different(was, is Values) (string, string) {
	was, is = maps.Clone(was), maps.Clone(is)
	for name, value := range was {
		if other, ok := is[name]; ok && other == value {
			delete(was, name)
			delete(is, name)
		}
	}
	return text(was), text(is)
}

func text(v Values) string {
	if v == nil {
		return "{}"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "{}" // a map of texts can always be written
	}
	return string(raw)
}
