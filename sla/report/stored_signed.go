package report

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"

	"mailbox/cases/errs"
	"mailbox/cases/receipt"
	"mailbox/cases/seal"
)

// signedReport is what is signed of a report, after the heading: what it is about, and the digest of each document.
func signedReport(r *StoredReport) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: from %s until before %s\nas of %d, made %d by version %q\n", r.Kind, r.Period, r.FromDay, r.ToDay, r.AsOf.Unix(), r.MadeAt.Unix(), r.Version)
	for _, f := range r.Files {
		fmt.Fprintf(&b, "%s %s: %d bytes, SHA-256 %s\n", f.Form, f.Language, f.Size, f.Digest)
	}
	return []byte(b.String())
}

// genuine tells whether the report, with its list of files, is what was signed. One that was never signed passes.
func (r *StoredReport) genuine(keys receipt.Keys) error {
	if r.KeyID == "" && r.Signature == nil {
		return nil
	}
	i := slices.IndexFunc(keys, func(k receipt.Key) bool { return k.ID == r.KeyID })
	if i < 0 || !ed25519.Verify(keys[i].Public, append([]byte(seal.ReportHeading), signedReport(r)...), r.Signature) {
		return changedReport()
	}
	return nil
}

func changedReport() error {
	return errs.Conflict("this report was changed after it was stored: do not rely on it", "该报告在保存之后被改动过，不可采信")
}

// VerifiedReports is what a look at all stored reports has found.
type VerifiedReports struct {
	All, Unsigned int
	Changed       []*StoredReport // since they were stored
}

// VerifyAll looks at every stored report: at its signature, and at every byte of its documents. progress, if not nil, is
// told how many of how many it has seen.
func (b *StoredReports) VerifyAll(ctx context.Context, progress func(done, all int)) (found VerifiedReports, err error) {
	var ids []int64
	if err := b.db.Read.NewRaw("SELECT id FROM stored_reports ORDER BY id").Scan(ctx, &ids); err != nil {
		return found, fmt.Errorf("list stored reports: %w", err)
	}
	for i, id := range ids {
		r, err := b.get(ctx, id)
		if err != nil {
			return found, err
		}
		changed := len(r.Files) != 2*len(StoredForms)
		for _, f := range r.Files {
			_, err := b.file(ctx, r, f.Form, f.Language)
			if err != nil && errs.CodeOf(err) != errs.CodeConflict {
				return found, err
			}
			changed = changed || err != nil
		}
		switch {
		case changed:
			found.Changed = append(found.Changed, r)
		case r.Signature == nil:
			found.Unsigned++
		}
		found.All++
		if progress != nil {
			progress(i+1, len(ids))
		}
	}
	return found, nil
}
