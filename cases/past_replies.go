package cases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// PastReply is what somebody else was answered on the matter of a letter.
type PastReply struct {
	From       string // what [Desk.PastAnswer] calls it
	ID         ID     // of the case; 0 where the reader may only read what is published of it
	Number     string // of the case, "" as well
	Published  int64  // the published letter where that is all the reader may read
	Title      string
	Department string // that answered
	Day        string // local date of the answer
	Rating     int64  // 5 very satisfied … 1 very dissatisfied, 0 none; of what is published it is not told
	Answer     string
	alike.Likeness
}

// pastCompared is how many answered letters are compared, those with most keys in common: it is reading them that takes
// the time, a fifth of a millisecond each, and five are shown.
const pastCompared = 20

// pastFrom begins the name of what is published, so that it can be no case's number.
const pastFrom = "letter-"

// PastReplies lists answered cases on the matter of a case with their answers, the closest first, at most so many:
// those whose letter is alike by the measure of [Desk.Similar], then those whose title says the same by its
// rare words. An answer is that of the latest round with what was added to it; a voided one is none.
//
// Those who may see every case are shown them all. A department is shown its own, and of others what the public may
// read: of those the published letter is compared, too, so that nobody can feel out what was hidden in it.
//
// Errors: not_found where the actor may not see the case.
func (d *Desk) PastReplies(ctx context.Context, a people.Actor, id ID, most int) ([]PastReply, error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return nil, err
	}
	ids, letters, err := d.keyed(ctx, asked{id: id, title: c.Title, body: c.Body}, ownSearch)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(other ID) bool { return other == c.MergedInto || other == c.SplitFrom })
	own, published, err := d.answeredAmong(ctx, a, ids)
	if err != nil {
		return nil, err
	}
	rows, err := d.pastRows(ctx, own, published)
	if err != nil {
		return nil, err
	}
	var found []pastFound
	for i := range rows {
		r := &rows[i]
		if r.SplitFrom != 0 && (r.SplitFrom == c.ID || r.SplitFrom == c.SplitFrom) { // another matter of the same letter
			continue
		}
		if m := matterOf(letters[0], c.Title, r.Title, r.Body); m.found() {
			found = append(found, pastFound{r, m})
		}
	}
	slices.SortFunc(found, func(x, y pastFound) int { return cmp.Or(x.closer(y.matter), cmp.Compare(y.ID, x.ID)) })
	return d.withAnswers(ctx, found, most)
}

// matter is how close a letter is to another: by its text, else by its title.
type matter struct {
	like  alike.Likeness
	title float64 // how much of what both titles say both say
}

// matterOf compares a letter with another.
func matterOf(letter readLetter, title, otherTitle, otherBody string) matter {
	return matter{alike.Compare(letter.Letter, alike.Read(otherTitle, otherBody, letter.counts)), titleShare(title, otherTitle, letter.counts)}
}

// found tells whether it is close enough to be shown.
func (m matter) found() bool { return m.like.Grade != alike.Unlike || m.title >= titleAlike }

// closer orders by closeness: letters that are alike before those of which only the title is.
func (m matter) closer(n matter) int {
	if x, y := m.like.Grade != alike.Unlike, n.like.Grade != alike.Unlike; x != y {
		if x {
			return -1
		}
		return 1
	} else if x {
		return alike.Closer(m.like, n.like)
	}
	return cmp.Compare(n.title, m.title)
}

// pastRow is an answered letter as it is read: a case, or what is published of one.
type pastRow struct {
	ID          ID
	SplitFrom   ID
	Published   int64
	Title, Body string
	Answer      string // of what is published
	Department  string
	ReceivedDay string
	AnsweredAt  migrations.Instant
	AnsweredDay string
	Rating      int64
}

// pastFound is one with how close it is.
type pastFound struct {
	*pastRow
	matter
}

// answeredAmong picks the first pastCompared of some cases that were answered and that the actor may read: the cases
// themselves, or what is published of them.
func (d *Desk) answeredAmong(ctx context.Context, a people.Actor, ids []ID) (own []ID, published []int64, err error) {
	departments := a.Departments()
	all := seesEveryCase(a)
	if len(ids) == 0 || !all && len(departments) == 0 {
		return nil, nil, nil
	}
	mine, args := "TRUE", []any{}
	if !all {
		mine, args = `(c.lead_id IN (?) OR EXISTS (SELECT 1 FROM assists AS s WHERE s.case_id = c.id AND s.department_id IN (?) AND s.released_at IS NULL))`,
			[]any{bun.List(departments), bun.List(departments)}
	}
	type answered struct {
		ID        ID
		Mine      bool
		Published int64
	}
	var rows []answered
	err = d.db.Read.NewRaw(`SELECT * FROM (SELECT c.id, COALESCE(`+mine+`, FALSE) AS mine, COALESCE(p.id, 0) AS published FROM cases AS c
		LEFT JOIN publications AS p ON p.case_id = c.id AND p.withdrawn_at IS NULL
		WHERE c.id IN (?) AND c.state IN ('answered', 'closed') AND c.answered_at IS NOT NULL) AS f WHERE mine OR published <> 0`,
		append(args, bun.List(ids))...).Scan(ctx, &rows)
	if err != nil {
		return nil, nil, fmt.Errorf("look for answered letters alike: %w", err)
	}
	place := make(map[ID]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(x, y answered) int { return cmp.Compare(place[x.ID], place[y.ID]) })
	for _, r := range rows[:min(len(rows), pastCompared)] {
		if r.Mine {
			own = append(own, r.ID)
		} else {
			published = append(published, r.Published)
		}
	}
	return own, published, nil
}

// pastRows reads the letters that are to be compared.
func (d *Desk) pastRows(ctx context.Context, own []ID, published []int64) (rows []pastRow, err error) {
	if len(own) > 0 {
		err = d.db.Read.NewRaw(`SELECT c.id, COALESCE(c.split_from, 0) AS split_from, c.title, c.body, c.received_day, c.answered_at, COALESCE(c.rating, 0) AS rating,
			COALESCE(p.name, '') AS department FROM cases AS c LEFT JOIN departments AS p ON p.id = COALESCE(c.answered_by_id, c.lead_id) WHERE c.id IN (?)`,
			bun.List(own)).Scan(ctx, &rows)
	}
	if err == nil && len(published) > 0 {
		var read []pastRow
		err = d.db.Read.NewRaw(`SELECT p.id AS published, p.title, p.body, p.answer, p.answered_day, COALESCE(d.name, '') AS department
			FROM publications AS p LEFT JOIN departments AS d ON d.id = p.department_id WHERE p.withdrawn_at IS NULL AND p.id IN (?)`,
			bun.List(published)).Scan(ctx, &read)
		rows = append(rows, read...)
	}
	if err != nil {
		return nil, fmt.Errorf("read answered letters: %w", err)
	}
	return rows, nil
}

// withAnswers gives the first so many of those of which an answer stands.
func (d *Desk) withAnswers(ctx context.Context, found []pastFound, most int) ([]PastReply, error) {
	found = found[:min(len(found), 2*most)] // some answer may have been voided in this moment
	var ids []ID
	for i := range found {
		if found[i].ID != 0 {
			ids = append(ids, found[i].ID)
		}
	}
	answers, err := d.answersOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]PastReply, 0, most)
	for i := range found {
		r := found[i]
		one := PastReply{
			From: pastFrom + strconv.FormatInt(r.Published, 10), ID: r.ID, Published: r.Published, Title: r.Title, Department: r.Department,
			Day: r.AnsweredDay, Rating: r.Rating, Answer: r.Answer, Likeness: r.like,
		}
		if r.ID != 0 {
			one.Number, one.Answer, one.Day = Number(r.ReceivedDay, r.ID), answers[r.ID], r.AnsweredAt.In(d.Location()).Format(time.DateOnly)
			one.From = one.Number
		}
		if one.Answer != "" && len(list) < most {
			list = append(list, one)
		}
	}
	return list, nil
}

// answersOf reads the answers that stand: of the latest round that has one, with what was added to it.
func (d *Desk) answersOf(ctx context.Context, ids []ID) (map[ID]string, error) {
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // reading an empty map is fine
	}
	var rows []ReplyRow
	err := d.db.Read.NewSelect().Model(&rows).Column("case_id", "round", "body").Where("r.case_id IN (?) AND r.status = ?", bun.List(ids), AnsweredReply).
		Order("r.case_id", "r.round", "r.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	texts, rounds := map[ID][]string{}, map[ID]int64{}
	for _, r := range rows {
		if rounds[r.CaseID] != r.Round {
			texts[r.CaseID], rounds[r.CaseID] = nil, r.Round
		}
		texts[r.CaseID] = append(texts[r.CaseID], r.Body)
	}
	answers := make(map[ID]string, len(texts))
	for id, all := range texts {
		answers[id] = strings.Join(all, "\n\n")
	}
	return answers, nil
}

// PastAnswer is the answer of a PastReply by its name, for whoever writes one of their own.
//
// Errors: not_found where there is none that the actor may read, or it was taken back meanwhile.
func (d *Desk) PastAnswer(ctx context.Context, a people.Actor, from string) (string, error) {
	gone := errs.NotFound("this answer is not there any more, or not yours to read", "该答复已不存在，或您无权查看")
	if text, published := strings.CutPrefix(from, pastFrom); published {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", gone
		}
		hit, err := d.PublishedLetter(ctx, id)
		if err == nil && hit.Withdrawn {
			err = gone
		}
		return hit.Answer, err
	}
	id, err := d.Find(ctx, from)
	if err != nil {
		return "", gone.Because(err)
	}
	if _, _, err := d.seen(ctx, a, id); errs.CodeOf(err) == errs.CodeNotFound {
		return "", gone
	} else if err != nil {
		return "", err
	}
	answers, err := d.answersOf(ctx, []ID{id})
	if err != nil {
		return "", err
	}
	if answers[id] == "" {
		return "", gone
	}
	return answers[id], nil
}
