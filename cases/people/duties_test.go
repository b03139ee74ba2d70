package people_test

import (
	"strings"
	"testing"

	"mailbox/cases/errs"
)

func TestDutiesCanBeSaidAnew(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, dir city) {
		lamps, roads := dir.department(t, "LD", "市路灯处"), dir.department(t, "SZ", "市政工程处")
		if err := dir.SetDuties(t.Context(), lamps, " 路灯、\n亮化；　景观照明 "); err != nil {
			t.Fatal(err)
		}
		if d, err := dir.Department(t.Context(), lamps); err != nil || d.Duties != "路灯、 亮化； 景观照明" {
			t.Errorf("kept as %q, %v", d.Duties, err)
		}
		if err := dir.SetDuties(t.Context(), lamps, ""); err != nil {
			t.Errorf("to none: %v", err)
		}
		if err := dir.SetDuties(t.Context(), lamps, strings.Repeat("管", 2001)); errs.FieldOf(err) != "duties" {
			t.Errorf("too long: %v", err)
		}
		if err := dir.SetDuties(t.Context(), 999, "路灯"); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("nobody's: %v", err)
		}
		if err := dir.MergeDepartment(t.Context(), lamps, roads, false); err != nil {
			t.Fatal(err)
		}
		if err := dir.SetDuties(t.Context(), lamps, "路灯"); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("of one that has ended: %v", err)
		}
	})
}
