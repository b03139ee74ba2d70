package people_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// ensure is what an import does with a name.
func (c city) ensure(t *testing.T, name string) (id int64, created bool, err error) {
	t.Helper()
	err = c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
		id, created, err = people.EnsureDepartment(ctx, tx, name, c.clock.now())
		return err
	})
	return id, created, err
}

func TestADepartmentIsReadAsItWasAdded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		id, err := c.AddDepartment(t.Context(), people.Department{
			Code: "jyj ", Name: " 教育局　", Kind: "office", Duties: "入学、收费；\n校外培训", Email: "edu@example.org", Phone: "0700-55500103",
		})
		if err != nil {
			t.Fatal(err)
		}
		want := people.Department{
			ID: id, Code: "JYJ", Name: "教育局", Kind: "office", Duties: "入学、收费； 校外培训", Email: "edu@example.org", Phone: "0700-55500103",
			Since: time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC),
		}
		got, err := c.Department(t.Context(), id)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || !got.TakesCases() {
			t.Error(diff, err)
		}
		got, err = c.DepartmentByName(t.Context(), "　教育局")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		_, err = c.DepartmentByName(t.Context(), "公安局")
		wantCode(t, err, errs.CodeNotFound, "")
		_, err = c.Department(t.Context(), id+1)
		wantCode(t, err, errs.CodeNotFound, "")
	})
}

func TestADepartmentThatCannotBeNamesItsField(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		c.department(t, "GAJ", "公安局")
		for _, bad := range []struct {
			field string
			dep   people.Department
		}{
			{"code", people.Department{Name: "教育局"}},
			{"code", people.Department{Name: "教育局", Code: "教育"}},
			{"code", people.Department{Name: "教育局", Code: "U-1"}},
			{"code", people.Department{Name: "教育局", Code: "gaj"}},
			{"name", people.Department{Name: "", Code: "JYJ"}},
			{"name", people.Department{Name: "教育局\u200b", Code: "JYJ"}},
			{"name", people.Department{Name: "教育\n局", Code: "JYJ"}},
			{"name", people.Department{Name: " 公安局", Code: "JYJ"}},
			{"kind", people.Department{Name: "教育局", Code: "JYJ", Kind: "ministry"}},
			{"duties", people.Department{Name: "教育局", Code: "JYJ", Duties: strings.Repeat("管", 2001)}},
			{"email", people.Department{Name: "教育局", Code: "JYJ", Email: "x"}},
			{"phone", people.Department{Name: "教育局", Code: "JYJ", Phone: strings.Repeat("1", 41)}},
		} {
			_, err := c.AddDepartment(t.Context(), bad.dep)
			wantCode(t, err, errs.CodeInvalid, bad.field)
		}
		if list, err := c.Departments(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("%d departments after refusals, %v", len(list), err)
		}
	})
}

func TestTheUnconfirmedStandBehindTheConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		for _, name := range []string{"D", "A"} {
			if _, _, err := c.ensure(t, name); err != nil {
				t.Fatal(err)
			}
		}
		c.department(t, "CC", "C")
		c.department(t, "BB", "B")
		list, err := c.Departments(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range list {
			got = append(got, d.Name)
		}
		if diff := cmp.Diff([]string{"B", "C", "A", "D"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnUnknownNameBecomesAnUnconfirmedDepartmentOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		known := c.department(t, "JYJ", "教育局")
		if id, created, err := c.ensure(t, "教育局　"); id != known || created || err != nil {
			t.Errorf("a known name: %d, %t, %v", id, created, err)
		}
		first, created, err := c.ensure(t, "园林中心")
		if err != nil || !created {
			t.Fatalf("an unknown name: %t, %v", created, err)
		}
		if again, created, err := c.ensure(t, " 园林中心"); again != first || created || err != nil {
			t.Errorf("once more: %d, %t, %v", again, created, err)
		}
		dep, err := c.Department(ctx, first)
		if err != nil || !dep.Unconfirmed || !strings.HasPrefix(dep.Code, "U-") || dep.Name != "园林中心" {
			t.Errorf("%+v, %v", dep, err)
		}
		for _, bad := range []string{"", "　", "园\x01林", "\xff"} {
			_, _, err := c.ensure(t, bad)
			wantCode(t, err, errs.CodeInvalid, "department")
		}

		wantCode(t, c.ConfirmDepartment(ctx, first, "JYJ"), errs.CodeInvalid, "code")
		wantCode(t, c.ConfirmDepartment(ctx, first, "u-x"), errs.CodeInvalid, "code")
		wantCode(t, c.ConfirmDepartment(ctx, first+1000, "YLZ"), errs.CodeNotFound, "")
		if err := c.ConfirmDepartment(ctx, first, "ylz"); err != nil {
			t.Fatal(err)
		}
		if dep, err = c.Department(ctx, first); err != nil || dep.Unconfirmed || dep.Code != "YLZ" {
			t.Errorf("confirmed: %+v, %v", dep, err)
		}
		wantCode(t, c.ConfirmDepartment(ctx, first, "YLX"), errs.CodeConflict, "")
	})
}

func TestImportsAtOnceMakeOneDepartmentOfAName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		var (
			all  sync.WaitGroup
			lock sync.Mutex
			ids  []int64
			made int
		)
		for range 8 {
			all.Go(func() {
				id, created, err := c.ensure(t, "园林中心")
				if err != nil {
					t.Error(err)
				}
				lock.Lock()
				defer lock.Unlock()
				ids = append(ids, id)
				if created {
					made++
				}
			})
		}
		all.Wait()
		slices.Sort(ids)
		if made != 1 || len(slices.Compact(ids)) != 1 {
			t.Errorf("made %d times, ids %v", made, ids)
		}
	})
}

func TestAMergedDepartmentTakesNoCasesAndPassesOnItsName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		old, _, err := c.ensure(t, "园林局")
		if err != nil {
			t.Fatal(err)
		}
		between, last := c.department(t, "CGJ", "城管局"), c.department(t, "ZFJ", "综合执法局")
		for _, step := range [][2]int64{{old, between}, {between, last}} {
			if err := c.MergeDepartment(ctx, step[0], step[1], false); err != nil {
				t.Fatal(err)
			}
		}
		dep, err := c.Department(ctx, old)
		if err != nil || dep.TakesCases() || dep.SuccessorID != between || !dep.EndedAt.Equal(c.clock.now()) {
			t.Errorf("%+v, %v", dep, err)
		}
		if id, created, err := c.ensure(t, "园林局"); id != last || created || err != nil {
			t.Errorf("its name gives %d, %t, %v; want %d", id, created, err, last)
		}
		wantCode(t, c.ConfirmDepartment(ctx, old, "YLJ"), errs.CodeConflict, "")
	})
}

func TestSuccessorsNeverRunInACircle(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		a, b, z := c.department(t, "AA", "A"), c.department(t, "BB", "B"), c.department(t, "ZZ", "Z")
		wantCode(t, c.MergeDepartment(ctx, a, a, false), errs.CodeInvalid, "into")
		wantCode(t, c.MergeDepartment(ctx, a, 999, false), errs.CodeNotFound, "")
		wantCode(t, c.MergeDepartment(ctx, 999, a, false), errs.CodeNotFound, "")
		if err := c.MergeDepartment(ctx, a, b, false); err != nil {
			t.Fatal(err)
		}
		wantCode(t, c.MergeDepartment(ctx, b, a, false), errs.CodeConflict, "") // back
		wantCode(t, c.MergeDepartment(ctx, a, z, false), errs.CodeConflict, "") // a second successor
		if err := c.MergeDepartment(ctx, b, z, false); err != nil {
			t.Fatal(err)
		}
		wantCode(t, c.MergeDepartment(ctx, z, a, false), errs.CodeConflict, "") // round three corners
	})
}

func TestOfTwoMergesThatCrossOneIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		a, b := c.department(t, "AA", "A"), c.department(t, "BB", "B")
		results := make(chan error, 2)
		go func() { results <- c.MergeDepartment(t.Context(), a, b, false) }()
		go func() { results <- c.MergeDepartment(t.Context(), b, a, false) }()
		codes := map[errs.Code]int{}
		for range 2 {
			if err := <-results; err == nil {
				codes["done"]++
			} else {
				codes[errs.CodeOf(err)]++
			}
		}
		if diff := cmp.Diff(map[errs.Code]int{"done": 1, errs.CodeConflict: 1}, codes); diff != "" {
			t.Error(diff)
		}
	})
}
