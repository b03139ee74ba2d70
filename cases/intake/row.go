package intake

import (
	"slices"
	"strings"
	"time"

	"mailbox/cases/errs"
)

// letter reads one row by the map, or says why it is refused. rec.cells has the header's width.
func (r *Reader) letter(rec record) (Letter, *errs.Error) {
	r.writeInstants(rec.cells)
	if err := refuseUnreadable(r.header, rec.cells); err != nil {
		return Letter{}, err
	}
	l := Letter{Line: rec.line, Source: r.m.Source, Raw: rec.cells}
	for _, step := range []func(*Letter, []string) *errs.Error{r.texts, r.words, r.times, r.status, r.rating} {
		if err := step(&l, rec.cells); err != nil {
			return Letter{}, err
		}
	}
	return l, nil
}

// writeInstants replaces what XLSX keeps in a date cell (days since 1900, such as 43461.6447) by the
// date as text, in place: so a refused row can be read by people, and by the same map again.
func (r *Reader) writeInstants(cells []string) {
	for _, f := range []field{fieldReceived, fieldRouted, fieldReplied} {
		column := r.at[f]
		if column < 0 || cells[column] == "" {
			continue
		}
		if at, ok := r.table.instant(cells[column], r.m.zone); ok {
			if _, err := r.m.readDate("", strings.TrimSpace(cells[column])); err != nil {
				cells[column] = at.Format(time.DateTime)
			}
		}
	}
}

// cell gives the name and the content of the column for f, both empty when the map has none.
func (r *Reader) cell(cells []string, f field) (column, value string) {
	if r.at[f] < 0 {
		return "", ""
	}
	return r.header[r.at[f]], cells[r.at[f]]
}

func (r *Reader) texts(l *Letter, cells []string) *errs.Error {
	for _, target := range []struct {
		field field
		value *string
		tidy  func(column, s string) (string, *errs.Error)
	}{
		{fieldNumber, &l.Number, short},
		{fieldTitle, &l.Title, short},
		{fieldBody, &l.Body, long},
		{fieldReply, &l.Reply, long},
		{fieldTopic, &l.Topic, short},
		{fieldDistrict, &l.District, short},
		{fieldDepartment, &l.Department, short},
		{fieldWriterName, &l.Writer.Name, short},
		{fieldWriterPhone, &l.Writer.Phone, short},
		{fieldWriterEmail, &l.Writer.Email, short},
	} {
		column, value := r.cell(cells, target.field)
		tidied, err := target.tidy(column, value)
		if err != nil {
			return err
		}
		*target.value = tidied
	}
	if name, renamed := r.m.Words.Department[l.Department]; renamed {
		l.Department = name
	}
	if l.Title == "" && l.Body == "" {
		return errs.Invalid("", "the letter has neither a title nor a text", "来信的标题和内容都是空的")
	}
	return nil
}

// words translates channel and kind.
func (r *Reader) words(l *Letter, cells []string) *errs.Error {
	var err *errs.Error
	if l.Channel, err = r.word(cells, fieldChannel, channels, r.m.Words.Channel, r.m.Default.Channel); err != nil {
		return err
	}
	if l.Kind, err = r.word(cells, fieldKind, kinds, r.m.Words.Kind, r.m.Default.Kind); err != nil {
		return err
	}
	for _, required := range []struct {
		field field
		value string
	}{{fieldChannel, l.Channel}, {fieldKind, l.Kind}} {
		if required.value == "" {
			column, _ := r.cell(cells, required.field)
			return errs.Invalid(column, `is empty; the map may say what that means: words.%[1]s."" or default.%[1]s`,
				`为空；可在映射文件的 words.%[1]s."" 或 default.%[1]s 中指明含义`, fieldNames[required.field])
		}
	}
	return nil
}

// word translates the cell of f. An empty cell that the map does not speak of gives standby.
func (r *Reader) word(cells []string, f field, known []string, words map[string]string, standby string) (string, *errs.Error) {
	column, value := r.cell(cells, f)
	value = tidyShort(value)
	if meaning, ok := words[value]; ok && column != "" {
		return meaning, nil
	}
	if slices.Contains(known, value) {
		return value, nil
	}
	if standby != "" || value == "" {
		return standby, nil
	}
	return "", errs.Invalid(column, "the map does not know the word %[1]q (words.%[2]s)", "映射文件没有说明“%[1]s”的含义（words.%[2]s）",
		clip(value), fieldNames[f])
}

// times reads the three instants and checks their order.
func (r *Reader) times(l *Letter, cells []string) *errs.Error {
	columns := [3]string{}
	read := [3]moment{}
	for i, f := range []field{fieldReceived, fieldRouted, fieldReplied} {
		column, value := r.cell(cells, f)
		columns[i] = column
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		var err *errs.Error
		if read[i], err = r.m.readDate(column, value); err != nil {
			return err
		}
		if !r.latest.IsZero() && read[i].at.After(r.latest) {
			return errs.Invalid(column, "%s is in the future", "%s 晚于当前时间", value)
		}
	}
	if read[0].at.IsZero() {
		return errs.Invalid(columns[0], "the letter has no time of receipt", "来信没有时间")
	}
	if err := r.inOrder(columns, &read); err != nil {
		return err
	}
	l.ReceivedAt, l.RoutedAt, l.RepliedAt = read[0].at, read[1].at, read[2].at
	return nil
}

// inOrder refuses a time that stands before an earlier step's. A date without an hour means "some
// time that day": on the same day as the step before, it is taken as the same instant.
func (r *Reader) inOrder(columns [3]string, read *[3]moment) *errs.Error {
	names := [3][2]string{{"the letter", "来信"}, {"the routing", "转办"}, {"the reply", "答复"}}
	before := 0
	for i := 1; i < len(read); i++ {
		earlier, later := read[before].at.In(r.m.zone), read[i].at.In(r.m.zone)
		if read[i].at.IsZero() {
			continue
		}
		if later.Before(earlier) {
			if !read[i].dayOnly || later.Format(time.DateOnly) != earlier.Format(time.DateOnly) {
				return errs.Invalid(columns[i], "%[1]s (%[3]s) precedes %[2]s (%[4]s)", "%[5]s时间（%[3]s）早于%[6]s时间（%[4]s）",
					names[i][0], names[before][0], later.Format(time.DateTime), earlier.Format(time.DateTime),
					names[i][1], names[before][1])
			}
			read[i].at = read[before].at
		}
		before = i
	}
	return nil
}

// status settles what has become of the letter, and that reply, reply time and status agree.
func (r *Reader) status(l *Letter, cells []string) *errs.Error {
	column, _ := r.cell(cells, fieldStatus)
	status, err := r.word(cells, fieldStatus, statuses, r.m.Words.Status, r.m.Default.Status)
	if err != nil {
		return err
	}
	replyColumn, _ := r.cell(cells, fieldReply)
	replied := !l.RepliedAt.IsZero()
	if l.Reply != "" && !replied {
		return errs.Invalid(replyColumn, "there is a reply, but no time of it", "有答复内容，但没有答复时间")
	}
	switch {
	case status == "" && replied:
		status = StatusAnswered
	case status == "":
		status = StatusOpen
	case status == StatusAnswered && !replied:
		return errs.Invalid(column, "the letter is answered, but there is no time of the reply", "来信已答复，但没有答复时间")
	case status == StatusOpen && replied:
		return errs.Invalid(column, "the letter is still open, but there is a time of the reply", "来信尚未办结，但有答复时间")
	}
	l.Status = status
	return nil
}

// rating reads what the writer thought of the answer, and the other system's own verdicts.
func (r *Reader) rating(l *Letter, cells []string) *errs.Error {
	grade, err := r.word(cells, fieldRating, ratings, r.m.Words.Rating, "")
	if err != nil {
		return err
	}
	l.Rating = slices.Index(ratings, grade) + 1
	for _, flag := range []struct {
		field field
		words map[string]bool
		value **bool
	}{
		{fieldResolved, r.m.Words.Resolved, &l.Resolved},
		{fieldValid, r.m.Words.Valid, &l.Valid},
		{fieldDuplicate, r.m.Words.Duplicate, &l.Duplicate},
	} {
		if *flag.value, err = r.flag(cells, flag.field, flag.words); err != nil {
			return err
		}
	}
	if (l.Rating != 0 || l.Resolved != nil) && l.RepliedAt.IsZero() {
		f := fieldRating
		if l.Rating == 0 {
			f = fieldResolved
		}
		column, _ := r.cell(cells, f)
		return errs.Invalid(column, "the letter is rated, but not answered", "来信有评价，但没有答复")
	}
	return nil
}

// flag reads a yes or no; an empty cell that the map does not speak of is neither.
func (r *Reader) flag(cells []string, f field, words map[string]bool) (*bool, *errs.Error) {
	column, value := r.cell(cells, f)
	if column == "" {
		return nil, nil
	}
	value = tidyShort(value)
	if meaning, ok := words[value]; ok {
		return &meaning, nil
	}
	switch value {
	case "":
		return nil, nil
	case "是", "yes":
		return new(true), nil
	case "否", "no":
		return new(false), nil
	}
	return nil, errs.Invalid(column, "the map does not know the word %[1]q (words.%[2]s)", "映射文件没有说明“%[1]s”的含义（words.%[2]s）",
		clip(value), fieldNames[f])
}
