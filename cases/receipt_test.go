package cases_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/receipt"
	"mailbox/cases/seal"
)

func TestTheSignedReceiptSaysWhatWasPromisedAtReceipt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		r := c.submit(t, aLetter())
		writer := people.TheWriter(int64(r.ID), errs.ZH)
		before, err := c.desk.SignedReceipt(ctx, writer, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		must := must(t)
		must(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		must(c.desk.AskExtension(ctx, c.waterworks, r.ID, cases.AnyVersion, 2, "需停水检修，无法按期完成。"))
		extended := must(c.desk.GrantExtension(ctx, c.supervisor, r.ID, cases.AnyVersion, 2, "停水需协调"))
		if extended.DueAt.Equal(r.Due) {
			t.Fatal("the extension moved nothing")
		}
		after, err := c.desk.SignedReceipt(ctx, c.clerk, r.ID)
		if err != nil || string(after) != string(before) {
			t.Errorf("after an extension: %v\n%s\nbefore:\n%s", err, after, before)
		}
		s, err := c.desk.VerifyReceipt(before)
		if err != nil {
			t.Fatal(err)
		}
		l := aLetter()
		if s.Number != r.Number || !s.Due.Equal(r.Due) || !s.ReceivedAt.Equal(r.ReceivedAt) || s.City != "云湘市" || s.Provisional || !s.IsOf(l.Title, l.Body) {
			t.Errorf("%+v", s)
		}
		if _, err := c.desk.VerifyReceipt([]byte(strings.Replace(string(before), r.Number, "20260305-0002-4", 1))); err == nil {
			t.Error("another number was taken")
		}
		for name, who := range map[string]struct {
			actor people.Actor
			code  errs.Code
		}{
			"another writer": {people.TheWriter(int64(r.ID)+1, errs.ZH), errs.CodeNotFound},
			"nobody":         {people.TheWriter(0, errs.ZH), errs.CodeNotFound},
			"another office": {c.roadworks, errs.CodeNotFound},
			"the department": {c.waterworks, errs.CodeForbidden},
			"the auditor":    {c.auditor, errs.CodeForbidden},
		} {
			if _, err := c.desk.SignedReceipt(ctx, who.actor, r.ID); errs.CodeOf(err) != who.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestNoReceiptIsSignedForATextThatWasNotReceived(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE cases SET body = ? WHERE id = ?", "改过的内容", r.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.desk.SignedReceipt(t.Context(), c.clerk, r.ID)
		wantCode(t, err, errs.CodeConflict)
	})
}

func TestReceiptsStayValidWhenTheKeyChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		old, err := c.desk.SignedReceipt(t.Context(), c.clerk, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.RotateReceiptKey(c.keyFile); err != nil {
			t.Fatal(err)
		}
		restarted := c.anotherDesk(t) // the database still takes the file for its own
		if _, err := restarted.VerifyReceipt(old); err != nil {
			t.Error(err)
		}
		latest, err := restarted.SignedReceipt(t.Context(), c.clerk, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := receipt.Parse(latest)
		if err != nil || strings.Contains(string(old), parsed.KeyID) {
			t.Errorf("signed with %s again, %v", parsed.KeyID, err)
		}
		if _, err := c.desk.VerifyReceipt(latest); err != nil {
			t.Errorf("a process not yet started again: %v", err)
		}
	})
}
