package wording

import "testing"

func TestVariablesAreFilledOnceAndUnknownOnesAreNamed(t *testing.T) {
	t.Parallel()
	values := map[Variable]string{VarNumber: "20260305-0001-2", VarTitle: "{{部门}}的{{x}}", VarDepartment: "市水务集团"}
	for text, want := range map[string]string{
		"您好：":                   "您好：",
		"{{编号}}、{{ number }}":   "20260305-0001-2、20260305-0001-2",
		"{{标题}}":                "{{部门}}的{{x}}",
		"{{Department}} {{电话}}": "市水务集团 {{电话}}",
		"{{单位}}":                "{{单位}}",
		"{编号} }}":               "{编号} }}",
		"{{编号}}{{编号}}":          "20260305-0001-220260305-0001-2",
		"{{\n编号\n}}":            "20260305-0001-2",
		"{{{编号}}}":              "{20260305-0001-2}",
		"办理期限{{期限}}，请致电{{phone}}": "办理期限{{期限}}，请致电{{phone}}",
	} {
		if got := Fill(text, values); got != want {
			t.Errorf("Fill(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"您好，{{编号}} {{due}}": "", "{{单位}}": "{{单位}}", "{{}}": "{{}}", "{{编号": "{{", "编号}}": "}}", "{编号}": "", "": "",
	} {
		if got := UnknownVariable(text, Variables); got != want {
			t.Errorf("UnknownVariable(%q) = %q, want %q", text, got, want)
		}
	}
	if got := UnknownVariable("{{编号}}{{phone}}", []Variable{VarNumber, VarTitle}); got != "{{phone}}" {
		t.Errorf("a variable of other texts is unknown as %q", got)
	}
}
