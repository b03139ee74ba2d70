package intake

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"mailbox/cases/errs"
)

// field is a part of a letter that a column can hold.
type field int

const (
	fieldNumber field = iota
	fieldChannel
	fieldKind
	fieldTopic
	fieldDistrict
	fieldTitle
	fieldBody
	fieldDepartment
	fieldWriterName
	fieldWriterPhone
	fieldWriterEmail
	fieldStatus
	fieldReceived
	fieldRouted
	fieldReplied
	fieldReply
	fieldRating
	fieldResolved
	fieldValid
	fieldDuplicate
	fieldCount
)

// fieldNames are the keys of [columns] in a map, in the order of the constants.
var fieldNames = [fieldCount]string{
	"number", "channel", "kind", "topic", "district", "title", "body", "department",
	"writer_name", "writer_phone", "writer_email", "status", "received", "routed", "replied", "reply",
	"rating", "resolved", "valid", "duplicate",
}

// Encodings a map may name.
const (
	encodingAuto    = "auto"
	encodingUTF8    = "utf-8"
	encodingGB18030 = "gb18030"
)

// delimiters are the signs that may part the columns of a CSV file: none of them is ever a part of a
// longer character, in UTF-8 or once GB18030 is decoded.
const delimiters = ",;\t|"

// Map says what the columns and words of one source mean. It is written in TOML; docs/import holds
// examples, [Guess] writes a first one.
type Map struct {
	Source    string   `toml:"source"`    // name of the source; part of a letter's identity
	Timezone  string   `toml:"timezone"`  // IANA zone of the dates; Asia/Shanghai
	Encoding  string   `toml:"encoding"`  // of CSV: auto, utf-8, gb18030; auto
	Delimiter string   `toml:"delimiter"` // of CSV: one of , ; tab |; a comma
	Sheet     string   `toml:"sheet"`     // of XLSX; the first
	Dates     []string `toml:"dates"`     // notations, tried in order; YYYY-MM-DD hh:mm:ss

	Columns map[string]string `toml:"columns"` // field (see fieldNames) → header
	Default Defaults          `toml:"default"`
	Words   Words             `toml:"words"`

	zone     *time.Location
	patterns []pattern
}

// Defaults are taken when there is no such column, its cell is empty (and words do not list ""), or
// its word is unknown. Without a default an unknown word is refused; so is an empty channel or kind.
type Defaults struct {
	Channel string `toml:"channel"`
	Kind    string `toml:"kind"` // unspecified when there is no column for it
	Status  string `toml:"status"`
}

// Words translate what stands in the file. Words of the domain ("complaint") need no translation.
type Words struct {
	Channel    map[string]string `toml:"channel"`
	Kind       map[string]string `toml:"kind"`
	Status     map[string]string `toml:"status"`
	Department map[string]string `toml:"department"` // renames; a name not listed stays as it is
	Rating     map[string]string `toml:"rating"`
	Resolved   map[string]bool   `toml:"resolved"`
	Valid      map[string]bool   `toml:"valid"`
	Duplicate  map[string]bool   `toml:"duplicate"`
}

// LoadMap reads the map at path. A map that cannot be used is invalid, naming the key or the line.
func LoadMap(path string) (*Map, error) {
	data, err := os.ReadFile(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, errs.Invalid("map", "%s cannot be read", "无法读取映射文件 %s", path).Because(err)
	}
	return ParseMap(data)
}

// ParseMap reads a map. Errors are invalid and name the key, or the line when it is not TOML.
func ParseMap(data []byte) (*Map, error) {
	m := Map{Timezone: "Asia/Shanghai", Encoding: encodingAuto, Delimiter: ",", Dates: []string{plainNotation}}
	// A map saved by a Windows editor begins with a byte order mark, which TOML does not allow.
	text := strings.TrimPrefix(string(data), "\ufeff")
	meta, err := toml.Decode(text, &m)
	if err != nil {
		if broken, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, errs.Invalid(cmp.Or(broken.LastKey, "map"), "line %[1]d of the map: %[2]s", "映射文件第 %[1]d 行有误：%[2]s",
				broken.Position.Line, broken.Message).Because(err)
		}
		return nil, errs.Invalid("map", "the map cannot be read: %v", "映射文件无法读取：%v", err).Because(err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, errs.Invalid(unknown[0].String(), "the map has no such key", "映射文件没有这个键")
	}
	for _, check := range []func() *errs.Error{m.checkFile, m.checkDates, m.checkColumns, m.checkWords} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

func (m *Map) checkFile() *errs.Error {
	m.Source = tidyShort(m.Source)
	if m.Source == "" {
		return errs.Invalid("source", "name the source, such as \"city-a\"", "请填写来源名称，如 \"city-a\"")
	}
	if err := refuseText("source", m.Source, MaxShort); err != nil {
		return err
	}
	if !slices.Contains([]string{encodingAuto, encodingUTF8, encodingGB18030}, m.Encoding) {
		return errs.Invalid("encoding", "%q is none of auto, utf-8, gb18030", "%q 不是 auto、utf-8、gb18030 之一", m.Encoding)
	}
	if len(m.Delimiter) != 1 || !strings.Contains(delimiters, m.Delimiter) {
		return errs.Invalid("delimiter", `%q is none of "," ";" "\t" "|"`, `%q 不是 "," ";" "\t" "|" 之一`, m.Delimiter)
	}
	return nil
}

func (m *Map) checkDates() *errs.Error {
	zone, err := time.LoadLocation(m.Timezone)
	// "Local" would make the same file mean something else on another machine.
	if err != nil || m.Timezone == "Local" || m.Timezone == "" {
		return errs.Invalid("timezone", "%q is no known zone", "%q 不是已知的时区", m.Timezone).Because(err)
	}
	m.zone = zone
	for _, notation := range m.Dates {
		p, err := compilePattern(notation)
		if err != nil {
			return err
		}
		m.patterns = append(m.patterns, p)
	}
	if !slices.Contains(m.Dates, plainNotation) {
		p, err := compilePattern(plainNotation)
		if err != nil {
			return err
		}
		m.patterns = append(m.patterns, p)
	}
	return nil
}

func (m *Map) checkColumns() *errs.Error {
	read := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(m.Columns)) {
		if !slices.Contains(fieldNames[:], key) {
			return errs.Invalid("columns."+key, "a letter has no such field; there are %s", "信件没有这个字段；可用的字段有 %s",
				strings.Join(fieldNames[:], ", "))
		}
		header := tidyShort(m.Columns[key])
		m.Columns[key] = header
		if header == "" {
			return errs.Invalid("columns."+key, "name the column, or leave the line out", "请填写列名，或删除这一行")
		}
		if other, taken := read[header]; taken {
			return errs.Invalid("columns."+key, "column %[1]q is already read as %[2]s", "列“%[1]s”已用作 %[2]s", header, other)
		}
		read[header] = key
	}
	if !m.has(fieldReceived) {
		return errs.Invalid("columns.received", "say which column holds the time of the letter", "请指明来信时间是哪一列")
	}
	if !m.has(fieldTitle) && !m.has(fieldBody) {
		return errs.Invalid("columns.body", "say which column holds the text or the title", "请指明来信内容或标题是哪一列")
	}
	if !m.has(fieldChannel) && m.Default.Channel == "" {
		return errs.Invalid("default.channel", "say through which channel the letters came", "请指明来信渠道")
	}
	if !m.has(fieldKind) && m.Default.Kind == "" {
		m.Default.Kind = KindUnspecified
	}
	return nil
}

func (m *Map) has(f field) bool { return m.Columns[fieldNames[f]] != "" }

func (m *Map) checkWords() *errs.Error {
	for _, list := range []struct {
		name    string
		standby string
		words   map[string]string
		known   []string
	}{
		{"channel", m.Default.Channel, m.Words.Channel, channels},
		{"kind", m.Default.Kind, m.Words.Kind, kinds},
		{"status", m.Default.Status, m.Words.Status, statuses},
		{"rating", "", m.Words.Rating, ratings},
	} {
		if list.standby != "" && !slices.Contains(list.known, list.standby) {
			return unknownWord("default."+list.name, list.standby, list.known)
		}
		for _, word := range slices.Sorted(maps.Keys(list.words)) {
			if meaning := list.words[word]; !slices.Contains(list.known, meaning) {
				return unknownWord(fmt.Sprintf("words.%s.%q", list.name, word), meaning, list.known)
			}
		}
	}
	for _, word := range slices.Sorted(maps.Keys(m.Words.Department)) {
		key := fmt.Sprintf("words.department.%q", word)
		name, err := short(key, m.Words.Department[word])
		if err != nil {
			return err
		}
		m.Words.Department[word] = name
	}
	return nil
}

func unknownWord(key, word string, known []string) *errs.Error {
	return errs.Invalid(key, "%[1]q is none of %[2]s", "%[1]q 不在 %[2]s 之中", word, strings.Join(known, ", "))
}
