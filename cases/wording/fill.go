package wording

import (
	"regexp"
	"slices"
	"strings"

	"mailbox/cases/errs"
)

// Variable is what stands in a template for something of the case at hand, with its name in both languages.
type Variable struct{ ZH, EN string }

// The variables of templates.
var (
	VarNumber     = Variable{"编号", "number"}
	VarTitle      = Variable{"标题", "title"}
	VarDepartment = Variable{"部门", "department"}
	VarDue        = Variable{"期限", "due"}
	VarPhone      = Variable{"电话", "phone"}
)

// Variables lists them.
var Variables = []Variable{VarNumber, VarTitle, VarDepartment, VarDue, VarPhone}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

func variableOf(name string) (Variable, bool) {
	i := slices.IndexFunc(Variables, func(v Variable) bool { return v.ZH == name || v.EN == strings.ToLower(name) })
	if i < 0 {
		return Variable{}, false
	}
	return Variables[i], true
}

// UnknownVariable gives the first placeholder of a text that none of some variables is called by, as it is written; "" if
// there is none. Braces that belong to no placeholder are one as well: somebody meant something by them.
func UnknownVariable(text string, of []Variable) string {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if v, known := variableOf(found[1]); !known || !slices.Contains(of, v) {
			return found[0]
		}
	}
	rest := placeholder.ReplaceAllString(text, "")
	for _, braces := range []string{"{{", "}}"} {
		if strings.Contains(rest, braces) {
			return braces
		}
	}
	return ""
}

// Fill puts values in the places of a template's variables, each once: what a value says is never a place itself. A
// variable without a value stays as it is written, to be seen.
func Fill(text string, values map[Variable]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(written string) string {
		v, known := variableOf(placeholder.FindStringSubmatch(written)[1])
		if value := values[v]; known && value != "" {
			return value
		}
		return written
	})
}

// VariableNames lists variables as one writes them, in the reader's language.
func VariableNames(lang errs.Lang, of []Variable) string {
	names := make([]string, len(of))
	for i, v := range of {
		names[i] = "{{" + v.ZH + "}}"
		if lang == errs.EN {
			names[i] = "{{" + v.EN + "}}"
		}
	}
	return strings.Join(names, " ")
}
