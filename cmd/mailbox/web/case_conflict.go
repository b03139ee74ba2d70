package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// conflictView is what was done to a case while somebody typed: nobody's words are overwritten, and both stand side by
// side where both wrote the same thing.
type conflictView struct {
	Title   string
	Changes []step
	Pair    *pairView // nil: nobody wrote the same thing
	Send    string    // the form to send again, having seen this; "" when it cannot be done any more
	Button  string
	Drop    string // leads back to the case without what was typed
	Draft   string // the draft that dropping forgets
}

// pairView is one text as its two writers have it, what only one has marked.
type pairView struct {
	MineTitle, TheirsTitle string
	Mine, Theirs           []passage
	Same                   bool
}

// movedByOneself is told instead of "somebody else" to those who have the case open twice.
func movedByOneself(cause error) error {
	return errs.Conflict(
		"you have worked on this case yourself since you opened it here, in another tab perhaps; your text is kept, please look at the changes and send it again",
		"您打开本页后，自己已在别处（例如另一个标签页）处理过该办件；您填写的内容已保留，请查看变化后再提交").Because(cause)
}

// changesSince are the events after the version that somebody saw.
func changesSince(v *cases.View, seen cases.Version) []cases.Entry {
	if seen <= 0 || int(seen) >= len(v.History) {
		return nil
	}
	return v.History[seen:]
}

// ownOnly tells whether nobody but the actor has changed the case; what the program did in consequence counts for nobody.
func ownOnly(since []cases.Entry, a people.Actor) bool {
	own := false
	for _, e := range since {
		if e.Role == people.System {
			continue
		}
		if own = e.AccountID == a.Account; !own {
			return false
		}
	}
	return own
}

// doneBefore tells whether the deed was done already, by the same person with the same words: the answer to the first
// sending got lost on its way, and the form was sent again.
func doneBefore(v *cases.View, since []cases.Entry, call deedCall) bool {
	d := deedOf(call.verb)
	if d.do == nil {
		return false // a new secret is shown once only
	}
	text, only := onlyText(d)
	if !only {
		return false
	}
	return slices.ContainsFunc(since, func(e cases.Entry) bool {
		return e.Verb == call.verb && e.AccountID == call.actor.Account &&
			(text == "" || kept(call.text(text)) == eventText(v, e)) && len(call.files) == filesWith(v, e)
	})
}

// onlyText names the one field of a deed that asks for one text; only is false when it asks for more than that.
func onlyText(d deed) (field string, only bool) {
	if d.fields == nil {
		return "", true
	}
	field = textFields[d.verb]
	return field, field != ""
}

// textFields are the deeds whose form is one text, with the field's name.
var textFields = map[people.Verb]string{
	people.Reply: "reply", people.Answer: "reply", people.Contribute: "reply", people.Supplement: "reply",
	people.AnswerOrder: "text", people.Remind: "text", people.AskWriter: "question", people.SendBack: "comment",
	people.Return: "reason", people.Void: "reason", people.Reopen: "reason",
	people.RefuseExtension: "reason", people.RefuseRework: "reason",
}

// kept is a text as the desk keeps it.
func kept(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// eventText is what somebody wrote with an event.
func eventText(v *cases.View, e cases.Entry) string {
	switch e.Verb {
	case people.Reply, people.Answer, people.Supplement:
		if r := replyOfEvent(v, e); r != nil {
			return r.Body
		}
	case people.Contribute:
		for _, a := range v.Assists {
			if a.Department == e.Department {
				return a.Body
			}
		}
	case people.AnswerOrder:
		for _, o := range v.Orders {
			if o.AnsweredAt.Equal(e.At) {
				return o.Answer
			}
		}
	default:
	}
	return e.Text
}

func replyOfEvent(v *cases.View, e cases.Entry) *cases.ReplyView {
	id := number(e.Detail["reply"])
	i := slices.IndexFunc(v.Replies, func(r cases.ReplyView) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Replies[i]
}

func filesWith(v *cases.View, e cases.Entry) (n int) {
	r := replyOfEvent(v, e)
	if r == nil || e.Verb != people.Reply {
		return 0
	}
	for _, f := range v.Files {
		if f.ReplyID == r.ID {
			n++
		}
	}
	return n
}

// sayDoneBefore leads to the case, as the first sending would have.
func (s *Server) sayDoneBefore(c echo.Context, v *cases.View, verb people.Verb) error {
	if err := s.tell(c, "good", "conflict.done_before", v.Number(), wording.VerbName(visitOf(c).lang, string(verb))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cases/"+v.Number())
}

// sameThing are the verbs whose text stands against the text of one that was tried, besides the verb itself: who mends
// a reply to answer with it may find another reply in its place.
var sameThing = map[people.Verb][]people.Verb{
	people.Answer:          {people.Reply},
	people.GrantExtension:  {people.RefuseExtension},
	people.RefuseExtension: {people.GrantExtension},
	people.GrantRework:     {people.RefuseRework},
	people.RefuseRework:    {people.GrantRework},
}

// conflictOf tells what was done since typed.seen, nil if nothing was. Whether the deed can still be done is for
// addDeeds to say.
func (s *Server) conflictOf(c echo.Context, v *cases.View, typed typedDeed, names map[int64]string) *conflictView {
	since := changesSince(v, typed.seen)
	if len(since) == 0 {
		return nil
	}
	lang := visitOf(c).lang
	view := &conflictView{
		Title: s.words.in(lang, "conflict.others"), Changes: s.historyOf(lang, v, since, names),
		Drop: "/cases/" + v.Number(), Draft: draftOf(typed.verb, v), Button: s.words.in(lang, "conflict.send", wording.VerbName(lang, string(typed.verb))),
	}
	if ownOnly(since, s.actor(c)) {
		view.Title = s.words.in(lang, "conflict.own")
	}
	mine := typedText(typed)
	for _, e := range slices.Backward(since) {
		if e.Verb != typed.verb && !slices.Contains(sameThing[typed.verb], e.Verb) {
			continue
		}
		if theirs := eventText(v, e); theirs != "" && mine != "" {
			view.Pair = &pairView{
				MineTitle: s.words.in(lang, "conflict.mine"), Same: mine == theirs,
				TheirsTitle: s.words.in(lang, "conflict.theirs", whoDid(lang, e), wording.DateTime(e.At, lang, s.loc)),
			}
			view.Pair.Mine, view.Pair.Theirs = differ(mine, theirs)
			break
		}
	}
	return view
}

// typedText is the longest text that was typed for a deed: the one that took somebody's time.
func typedText(typed typedDeed) (longest string) {
	for name, values := range typed.form.values {
		if !strings.HasPrefix(name, fieldName(typed.verb, "")) {
			continue
		}
		for _, value := range values {
			if text := kept(readable(value)); len(text) > len(longest) {
				longest = text
			}
		}
	}
	return longest
}
