package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mailbox/cases"
	"mailbox/cases/people"
)

// Whose hands a case is in, as the filter writes it; else it is an account's number.
const (
	heldByMe     = "mine"
	heldByNobody = "nobody"
)

// filterFrom reads a filter from what stands in an address or was kept of one. What cannot be one is left out: an old
// link still opens a list.
func filterFrom(v url.Values, piles []cases.Pile) deskFilter {
	f := deskFilter{Pile: cases.Pile(v.Get("pile")), Text: strings.TrimSpace(readable(v.Get("text"))), Page: 1}
	if !slices.Contains(piles, f.Pile) {
		f.Pile = piles[0]
	}
	if utf8.RuneCountInString(f.Text) > maxSearch {
		f.Text = string([]rune(f.Text)[:maxSearch])
	}
	if channel := v.Get("channel"); slices.Contains(cases.Channels, channel) {
		f.Channel = channel
	}
	if kind := v.Get("kind"); slices.Contains(cases.Kinds, kind) {
		f.Kind = kind
	}
	if id, err := strconv.ParseInt(v.Get("department"), 10, 64); err == nil && id > 0 {
		f.Department = id
	}
	switch holder := v.Get("holder"); holder {
	case heldByMe, heldByNobody:
		f.Holder = holder
	default:
		if id, err := strconv.ParseInt(holder, 10, 64); err == nil && id > 0 {
			f.Holder = strconv.FormatInt(id, 10)
		}
	}
	if extension := cases.ExtensionState(v.Get("extension")); slices.Contains(listedExtensions, extension) {
		f.Extension = extension
	}
	if hour := v.Get("hour"); hourForm.MatchString(hour) {
		f.Hour = hour
	}
	f.Waiting = v.Get("waiting") == "yes"
	if sort := cases.Sort(v.Get("sort")); slices.Contains(cases.Sorts, sort) {
		f.Sort = sort
	}
	return f
}

var hourForm = regexp.MustCompile(`^([01][0-9]|2[0-3])$`)

// listedExtensions are what a list can be narrowed to.
var listedExtensions = []cases.ExtensionState{cases.ExtensionAsked, cases.ExtensionGranted, cases.ExtensionRefused}

func (f deskFilter) query(a people.Actor) cases.Query {
	q := cases.Query{
		Pile: f.Pile, Department: f.Department, Channel: f.Channel, Kind: f.Kind, Text: f.Text, Hour: f.Hour,
		Waiting: f.Waiting, Extension: f.Extension, Sort: f.Sort,
		Limit: pageLength, Offset: (f.Page - 1) * pageLength,
	}
	switch f.Holder {
	case "":
	case heldByMe:
		q.Holder = a.Account
	case heldByNobody:
		q.Unheld = true
	default:
		q.Holder, _ = strconv.ParseInt(f.Holder, 10, 64) // filterFrom has read it
	}
	return q
}

// narrowed tells whether anything but the pile and the order was chosen.
func (f deskFilter) narrowed() bool {
	return f.Text != "" || f.Channel != "" || f.Kind != "" || f.Department != 0 || f.Hour != "" || f.Holder != "" || f.Extension != "" || f.Waiting
}

// values are the filter as it stands in an address.
func (f deskFilter) values() url.Values {
	v := url.Values{"pile": {string(f.Pile)}}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("text", f.Text)
	set("channel", f.Channel)
	set("kind", f.Kind)
	set("hour", f.Hour)
	set("holder", f.Holder)
	set("extension", string(f.Extension))
	set("sort", string(f.Sort))
	if f.Waiting {
		v.Set("waiting", "yes")
	}
	if f.Department != 0 {
		v.Set("department", strconv.FormatInt(f.Department, 10))
	}
	if f.Page > 1 {
		v.Set("page", strconv.Itoa(f.Page))
	}
	return v
}

// href is the address of the list at base under this filter.
func (f deskFilter) href(base string) string { return base + "?" + f.values().Encode() }
