package cases

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// ProposalStatus is where a reply stands between a department's handler and its leader.
type ProposalStatus string

// The ways of a proposal.
const (
	ProposalWaits      ProposalStatus = "waiting"
	ProposalSigned     ProposalStatus = "signed"
	ProposalTurnedBack ProposalStatus = "turned_back"
	ProposalDropped    ProposalStatus = "dropped" // the case left the department, or a leader replied
)

type proposalRow struct {
	bun.BaseModel `bun:"table:proposals,alias:p"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Round        int64
	DepartmentID int64
	AccountID    int64
	Body         string
	FilesKey     string // under which its files wait; "" once they are gone from here
	Status       ProposalStatus
	ProposedAt   migrations.Instant
	DecidedAt    migrations.Instant
	DeciderID    int64 `bun:",nullzero"`
	Comment      string
}

// Propose sends a reply to the department's leader, where the department wants that. Nothing is handed in by it, and no
// clock stops: it is a fact beside the state. As replying does, it implies signing for the case. keep are the files of
// the proposal that was turned back that go along again.
func (d *Desk) Propose(ctx context.Context, a people.Actor, id ID, seen Version, body string, keep []int64, attached ...files.Clean) (*Case, error) {
	body, err := clean("reply", "the reply", "答复内容", body, MaxReply, true)
	if err != nil {
		return nil, err
	}
	return d.changeWith(ctx, a, people.Propose, id, seen, attached, func(ctx context.Context, w *work, stored []File) error {
		wants, err := people.WantsApproval(ctx, w.Tx, w.now, w.c.LeadID)
		if err != nil {
			return err
		}
		if !wants {
			return errs.Conflict("your department hands replies in without its leader; please do so", "贵单位的答复无须审签，请直接报送")
		}
		if waits, err := w.proposal(ctx, ProposalWaits); err != nil || waits != nil {
			if err == nil {
				err = errs.Conflict("a reply is with the leader already", "已有答复正在送审签")
			}
			return err
		}
		if w.c.AcknowledgedAt.IsZero() {
			w.c.AcknowledgedAt = migrations.At(w.now)
		}
		row := proposalRow{
			CaseID: w.c.ID, Round: w.c.Round, DepartmentID: w.c.LeadID, AccountID: a.Account, Body: body,
			FilesKey: "proposal-" + rand.Text(), Status: ProposalWaits, ProposedAt: migrations.At(w.now),
		}
		if err := w.proposeFiles(ctx, row.FilesKey, keep, stored); err != nil {
			return err
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write proposal: %w", err)
		}
		w.detail["proposal"], w.detail["digest"] = row.ID, digestOf(w.c, body)
		to, err := leadersOf(ctx, w.Tx, w.now, w.c.LeadID)
		if err != nil {
			return err
		}
		name, err := w.departmentName(ctx, w.c.LeadID)
		if err != nil {
			return err
		}
		return w.tell(wording.Proposed, to, func(n *wording.Data) { n.Department, n.Person = name, a.Name })
	})
}

// proposeFiles puts the files under the key of a proposal: new ones, and those kept of the last that was turned back.
// They are no files of the case until the reply is handed in, so that nobody else is shown them.
func (w *work) proposeFiles(ctx context.Context, key string, keep []int64, stored []File) error {
	back, err := w.proposal(ctx, ProposalTurnedBack)
	if err != nil {
		return err
	}
	var kept []File
	if back != nil && back.FilesKey != "" {
		if len(keep) > 0 {
			err := w.NewRaw("UPDATE files SET draft = ? WHERE draft = ? AND id IN (?) RETURNING *", key, back.FilesKey, bun.List(keep)).Scan(ctx, &kept)
			if err != nil {
				return fmt.Errorf("keep files: %w", err)
			}
		}
		back.FilesKey = "" // the others are cleared away as any that nobody sent
		if _, err := w.NewUpdate().Model(back).Column("files_key").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("let files go: %w", err)
		}
	}
	if len(kept)+len(stored) > files.MaxFiles {
		return tooManyFiles()
	}
	if len(stored) > 0 {
		for i := range stored {
			stored[i].Draft = key
		}
		if _, err := w.NewInsert().Model(&stored).Exec(ctx); err != nil {
			return fmt.Errorf("write files: %w", err)
		}
	}
	w.recordFiles(append(kept, stored...))
	return nil
}

// proposal reads the newest proposal of the running round with its present lead, if it has the status.
func (w *work) proposal(ctx context.Context, status ProposalStatus) (*proposalRow, error) {
	var rows []proposalRow
	err := w.NewSelect().Model(&rows).Where("p.case_id = ? AND p.round = ? AND p.department_id = ?", w.c.ID, w.c.Round, w.c.LeadID).
		Order("p.id DESC").Limit(1).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read proposal: %w", err)
	}
	if len(rows) == 0 || rows[0].Status != status {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	return &rows[0], nil
}

// waitingProposal is the one that the leader decides on.
func (w *work) waitingProposal(ctx context.Context) (*proposalRow, error) {
	row, err := w.proposal(ctx, ProposalWaits)
	if err == nil && row == nil {
		err = errs.Conflict("no reply waits to be signed off here", "该办件没有待签发的答复")
	}
	return row, err
}

func (w *work) decide(ctx context.Context, row *proposalRow, status ProposalStatus, by int64, comment string) error {
	row.Status, row.DecidedAt, row.DeciderID, row.Comment = status, migrations.At(w.now), by, comment
	if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("decide on proposal: %w", err)
	}
	w.detail["proposal"] = row.ID
	return nil
}

// SignOff lets a proposed reply be handed in, exactly as Reply does, by the leader who signs; its author stays who wrote
// it. The leader may have mended the wording: the proposal keeps the handler's own words.
func (d *Desk) SignOff(ctx context.Context, a people.Actor, id ID, seen Version, edited string) (*Case, error) {
	edited, err := clean("reply", "the reply", "答复内容", edited, MaxReply, false)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.SignOff, id, seen, func(ctx context.Context, w *work) error {
		row, err := w.waitingProposal(ctx)
		if err != nil {
			return err
		}
		body, key := row.Body, row.FilesKey
		if edited != "" && edited != body {
			body, w.detail["edited"] = edited, true
		}
		row.FilesKey = ""
		if err := w.decide(ctx, row, ProposalSigned, a.Account, ""); err != nil {
			return err
		}
		w.then = append(w.then, following{a, people.Reply, w.handIn(row.AccountID, body, func(ctx context.Context, reply int64) error {
			var went []File
			err := w.NewRaw("UPDATE files SET draft = NULL, case_id = ?, reply_id = ? WHERE draft = ? RETURNING *", w.c.ID, reply, key).Scan(ctx, &went)
			if err != nil {
				return fmt.Errorf("give files to the reply: %w", err)
			}
			w.recordFiles(went)
			return nil
		})})
		return nil
	})
}

// TurnBack gives a proposed reply back to who wrote it, with what should be changed. Text and files are kept for the next.
func (d *Desk) TurnBack(ctx context.Context, a people.Actor, id ID, seen Version, comment string) (*Case, error) {
	comment, err := clean("comment", "what should be changed", "修改意见", comment, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.TurnBack, id, seen, func(ctx context.Context, w *work) error {
		row, err := w.waitingProposal(ctx)
		if err != nil {
			return err
		}
		if err := w.decide(ctx, row, ProposalTurnedBack, a.Account, comment); err != nil {
			return err
		}
		w.text = comment
		to, err := accounts(ctx, w.Tx, w.now, "g.role = 'handler' AND a.id = ?", row.AccountID)
		if err == nil && len(to) == 0 { // gone, or without an address
			to, err = w.lead(ctx)
		}
		if err != nil {
			return err
		}
		return w.tell(wording.TurnedBack, to, func(n *wording.Data) { n.Person, n.Reason = a.Name, comment })
	})
}

// needsNoApproval refuses a handler's reply where the department wants its leader to sign it. A leader's own needs nobody.
func (w *work) needsNoApproval(ctx context.Context, a people.Actor) error {
	if a.Leads(w.c.LeadID) {
		return nil
	}
	wants, err := people.WantsApproval(ctx, w.Tx, w.now, w.c.LeadID)
	if err == nil && wants {
		err = errs.Conflict("a leader of your department signs off its replies; your text is kept, please send it to the leader", "贵单位的答复须经负责人审签；您填写的内容已保留，请送审签")
	}
	return err
}

// atDepartment tells whether a department has the case to work on.
func atDepartment(s State) bool { return s == Routed || s == Acknowledged }

// dropProposals ends what waits for a leader once the case is no more with the department to reply to: nobody could
// decide on it. Their files are cleared away as any that nobody sent.
func (w *work) dropProposals(ctx context.Context) error {
	if !atDepartment(w.before.State) || atDepartment(w.c.State) && w.c.LeadID == w.led {
		return nil
	}
	_, err := w.NewRaw(`UPDATE proposals SET files_key = '', status = CASE WHEN status = 'waiting' THEN 'dropped' ELSE status END,
		decided_at = COALESCE(decided_at, ?) WHERE case_id = ? AND (status = 'waiting' OR files_key <> '')`, migrations.At(w.now), w.c.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("drop proposals: %w", err)
	}
	return nil
}

// moveHands takes along, to the department that does the work of the one that has ended, who has the case in hand and
// what waits for the leader.
func (w *work) moveHands(ctx context.Context, was, next int64) error {
	w.led = next
	for _, table := range []string{"holders", "proposals"} {
		_, err := w.NewRaw("UPDATE ? SET department_id = ? WHERE case_id = ? AND department_id = ?", bun.Ident(table), next, w.c.ID, was).Exec(ctx)
		if err != nil {
			return fmt.Errorf("move %s: %w", table, err)
		}
	}
	return nil
}

// ProposalView is a proposed reply with the names of those concerned, for the department's own people.
type ProposalView struct {
	ID                    int64
	Body, Comment         string
	Status                ProposalStatus
	Author, Decider       string
	ProposedAt, DecidedAt migrations.Instant
	Files                 []File
}

// Approval is what a case's page says of replies on their way to the department's leader.
type Approval struct {
	ProposedAt    migrations.Instant // for the staff: since when a reply waits for the leader
	Proposals     []ProposalView     // for the lead department, oldest first: those of this round
	NeedsApproval bool               // the actor's reply goes to the leader first
}

// readProposals reads since when a reply waits for the leader, for all of the staff, and the proposals themselves for
// the lead department.
func (d *Desk) readProposals(ctx context.Context, a people.Actor, v *View, n *naming) error {
	if v.LeadID == 0 {
		return nil
	}
	var rows []proposalRow
	err := d.db.Read.NewSelect().Model(&rows).Where("p.case_id = ? AND p.round = ? AND p.department_id = ?", v.ID, v.Round, v.LeadID).Order("p.id").Scan(ctx)
	if err != nil {
		return fmt.Errorf("read proposals: %w", err)
	}
	if atDepartment(v.State) && a.WorksFor(v.LeadID) && !a.Leads(v.LeadID) {
		if v.NeedsApproval, err = people.WantsApproval(ctx, d.db.Read, d.Now(), v.LeadID); err != nil {
			return err
		}
	}
	v.Proposals = make([]ProposalView, len(rows))
	for i, r := range rows {
		if r.Status == ProposalWaits {
			v.ProposedAt = r.ProposedAt
		}
		one := &v.Proposals[i]
		*one = ProposalView{ID: r.ID, Body: r.Body, Comment: r.Comment, Status: r.Status, ProposedAt: r.ProposedAt, DecidedAt: r.DecidedAt}
		n.account(r.AccountID, &one.Author)
		n.account(r.DeciderID, &one.Decider)
		if r.FilesKey != "" {
			if one.Files, err = filesWhere(ctx, d.db.Read, "f.draft = ?", r.FilesKey); err != nil {
				return err
			}
		}
	}
	if !a.WorksFor(v.LeadID) {
		v.Proposals = nil
	}
	return nil
}

// TurnedBack is the proposal that its author is to change, nil for none.
func (v *View) TurnedBack() *ProposalView { return v.lastProposal(ProposalTurnedBack) }

// Proposed is the proposal that waits for the leader, nil for none.
func (v *View) Proposed() *ProposalView { return v.lastProposal(ProposalWaits) }

func (v *View) lastProposal(status ProposalStatus) *ProposalView {
	if i := len(v.Proposals) - 1; i >= 0 && v.Proposals[i].Status == status {
		return &v.Proposals[i]
	}
	return nil
}
