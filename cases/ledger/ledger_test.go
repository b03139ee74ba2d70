package ledger_test

import (
	"slices"
	"testing"
	"time"

	"mailbox/cases/ledger"
	"mailbox/migrations"
)

// chain makes the events of one case.
func chain(t *testing.T, texts ...string) (events []ledger.Event, head []byte) {
	t.Helper()
	for i, text := range texts {
		e := ledger.Event{
			CaseID: 7, Seq: int64(i) + 1, At: migrations.At(time.Unix(int64(i), 0)), RecordedAt: migrations.At(time.Unix(int64(i), 0)),
			Actor: "clerk", Verb: "accept", Detail: `{"state":"screened"}`, Text: text,
		}
		if err := e.Seal(head); err != nil {
			t.Fatal(err)
		}
		head = e.Hash
		events = append(events, e)
	}
	return events, head
}

func TestAnUntouchedChainVerifies(t *testing.T) {
	t.Parallel()
	events, head := chain(t, "", "because", "")
	if seq, why := ledger.Verify(events, head); why != nil {
		t.Errorf("event %d: %v", seq, why)
	}
}

func TestEveryChangeToTheRecordIsFound(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func([]ledger.Event) []ledger.Event{
		"another time":       func(e []ledger.Event) []ledger.Event { e[1].At = migrations.At(time.Unix(99, 0)); return e },
		"another actor":      func(e []ledger.Event) []ledger.Event { e[0].Actor = "writer"; return e },
		"another account":    func(e []ledger.Event) []ledger.Event { e[2].AccountID = 3; return e },
		"another value":      func(e []ledger.Event) []ledger.Event { e[1].Detail = `{"state":"declined"}`; return e },
		"another text":       func(e []ledger.Event) []ledger.Event { e[1].Text = "for no reason"; return e },
		"moved boundary":     func(e []ledger.Event) []ledger.Event { e[1].Actor, e[1].Verb = "cler", "kaccept"; return e },
		"one left out":       func(e []ledger.Event) []ledger.Event { return slices.Delete(e, 1, 2) },
		"the end cut off":    func(e []ledger.Event) []ledger.Event { return e[:2] },
		"two in wrong order": func(e []ledger.Event) []ledger.Event { e[0], e[1] = e[1], e[0]; return e },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, head := chain(t, "", "because", "")
			if _, why := ledger.Verify(tamper(events), head); why == nil {
				t.Error("it was not found")
			}
		})
	}
}

func TestAnErasedTextLeavesTheChainWhole(t *testing.T) {
	t.Parallel()
	events, head := chain(t, "my neighbour's name", "")
	events[0].Text = ""
	if seq, why := ledger.Verify(events, head); why != nil {
		t.Errorf("event %d: %v", seq, why)
	}
}

func TestTheSameTextHasAnotherDigestEachTime(t *testing.T) {
	t.Parallel()
	events, _ := chain(t, "yes", "yes")
	if slices.Equal(events[0].TextDigest, events[1].TextDigest) {
		t.Error("a short text could be guessed from its digest")
	}
}

func TestDetailIsWrittenOneWayOnly(t *testing.T) {
	t.Parallel()
	got, err := ledger.Detail(map[string]any{"b": int64(2), "a": "<&>"})
	if err != nil || got != `{"a":"<&>","b":2}` {
		t.Errorf("%s, %v", got, err)
	}
}
