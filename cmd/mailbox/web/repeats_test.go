package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestTheOfficeSeesWhatALetterMayRepeatAndTheFormThatMergesBeginsWithIt(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	first := c.aNewLetter(t, "东湖小区三号楼连续停水三天", "东湖小区三号楼自周一起停水，打电话给物业和水务都说不清楚何时恢复，家里有老人，请尽快处理。")
	second := c.aNewLetter(t, "东湖小区三号楼连续停水<三天>", "东湖小区三号楼自周一起停水，打电话给物业和水务都说不清楚何时恢复，家里有老人和孩子，请尽快处理！")
	other := c.aNewLetter(t, "申请公园增设长椅", "南门公园散步的老人多，想请园林部门在湖边增设几张长椅。")
	clerk := c.as(t, "clerk")
	page := clerk.get("/cases/"+second.Number).must(t, http.StatusOK, "可能重复", first.Number, "into="+first.Number)
	sound(t, "what a letter may repeat", page)
	_, found, _ := strings.Cut(page.body, `id="repeats"`)
	if found, _, _ = strings.Cut(found, "</section>"); strings.Contains(found, other.Number) {
		t.Error("a letter about something else is said to be repeated")
	}
	clerk.get("/cases/"+second.Number+"?into="+first.Number).must(t, http.StatusOK, `value="`+first.Number+`"`)
	clerk.get("/cases/"+first.Number).must(t, http.StatusOK, "请打开该件并入本件") // the later one is merged, not the earlier
	clerk.get("/desk/office?pile=screening").must(t, http.StatusOK, "/cases/"+second.Number+"#repeats")

	var said struct {
		Number      string
		Departments []struct{ Name string }
		Similar     []struct {
			Number, Grade string
			Similarity    float64
		}
	}
	answer := clerk.get("/cases/"+second.Number+"/suggestion").must(t, http.StatusOK)
	if err := json.Unmarshal([]byte(answer.body), &said); err != nil {
		t.Fatal(err)
	}
	if said.Number != second.Number || len(said.Departments) == 0 || len(said.Similar) != 1 || said.Similar[0].Number != first.Number ||
		said.Similar[0].Grade != "near" || said.Similar[0].Similarity < 0.5 || said.Similar[0].Similarity >= 1 {
		t.Errorf("for programs: %s", answer.body)
	}
}

func TestWhatALetterMayRepeatIsForTheOfficeAlone(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.aNewLetter(t, "家里停水两天了", "水压太低，洗不了澡。")
	r := c.aNewLetter(t, "家里停水两天了", "水压太低，洗不了澡。")
	c.as(t, "clerk").get("/cases/"+r.Number).must(t, http.StatusOK, `id="repeats"`)
	if page := c.as(t, "water").get("/cases/" + r.Number); strings.Contains(page.body, `id="repeats"`) {
		t.Error("a department is shown what a letter repeats")
	}
	if page := c.as(t, "water").get("/cases/" + r.Number + "/suggestion"); page.status == http.StatusOK {
		t.Errorf("a department has the suggestion as data: %s", page.body)
	}
}
