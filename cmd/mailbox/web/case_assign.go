package web

import (
	"context"
	"strconv"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// assignFields offers the people of the lead department, oneself first, and nobody.
func assignFields(f *deedForm) []fieldView {
	options := []option{{Value: "0", Label: f.s.words.in(f.lang, "desk.hands.nobody")}}
	for _, one := range f.v.Hands {
		o := option{Value: strconv.FormatInt(one.ID, 10), Label: one.Name}
		if one.ID == f.self {
			o.Label = f.s.words.in(f.lang, "assign.self", one.Name)
			options = append([]option{o}, options...)
			continue
		}
		options = append(options, o)
	}
	return []fieldView{f.choices("holder", "select", strconv.FormatInt(f.v.HolderID, 10), options)}
}

func doAssign(ctx context.Context, desk *cases.Desk, d deedCall) error {
	account, err := strconv.ParseInt(d.line("holder"), 10, 64)
	if err != nil {
		return errs.Invalid("holder", "please choose somebody of your department", "请选择本单位的人员")
	}
	_, err = desk.Assign(ctx, d.actor, d.id, d.seen, account)
	return err
}
