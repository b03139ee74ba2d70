package intake

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailbox/cases/errs"
)

func writeTable(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letters.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestColumnsAreFoundByNameInTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	path := writeTable(t, "\ufeff编号,标题,内容\n1,路灯,\"不亮，\n三天了\"\n\n2,停水\n3,噪声,夜里施工\n")
	c, err := OpenColumns(path, "内容", "标题")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // only read
	var got []string
	refused := 0
	for {
		_, cells, rejection, err := c.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rejection != nil {
			refused++
			if rejection.Line != 5 {
				t.Errorf("line %d is refused, want 5", rejection.Line)
			}
			continue
		}
		got = append(got, strings.Join(cells, "|"))
	}
	if want := "不亮，\n三天了|路灯;夜里施工|噪声"; strings.Join(got, ";") != want || refused != 1 {
		t.Errorf("%q, %d refused; want %q, 1", got, refused, want)
	}
}

func TestAColumnThatIsNotThereIsNamedWithThoseThatAre(t *testing.T) {
	t.Parallel()
	_, err := OpenColumns(writeTable(t, "编号,标题\n1,路灯\n"), "标题", "部门")
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || !strings.Contains(e.In(errs.ZH), "“部门”") || !strings.Contains(e.In(errs.ZH), "编号, 标题") {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"", "\n"} {
		if _, err := OpenColumns(writeTable(t, text), "标题"); err == nil {
			t.Errorf("a file with %q is read", text)
		}
	}
}
