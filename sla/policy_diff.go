package sla

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Change is one field in which two versions of the policy differ.
type Change struct {
	Where string // "default", "notices", or what the rule matches, such as channel "site_error"
	Field string // its name in JSON, such as answer_days
	Old   string // JSON; "" where the rule or the field is not there
	New   string // the same
}

// DiffPolicies returns what the later of two versions changes, apart from its number and its
// start: first in the default, then in the hours for notices, then rule by rule, in the order of
// the earlier version and then of those added. A rule taken away or added is a change of each
// field it sets; the order in which rules are written is none.
func DiffPolicies(before, after PolicyVersion) []Change {
	changes := diffFields("default", everyField(before.Default), everyField(after.Default))
	changes = append(changes, diffFields("notices", before.Notices, after.Notices)...)
	kept := make(map[string]Override, len(after.Rules))
	for _, r := range after.Rules {
		kept[r.selector()] = r.Override
	}
	had := make(map[string]bool, len(before.Rules))
	for _, r := range before.Rules {
		had[r.selector()] = true
		changes = append(changes, diffFields(r.selector(), r.Override, kept[r.selector()])...)
	}
	for _, r := range after.Rules {
		if !had[r.selector()] {
			changes = append(changes, diffFields(r.selector(), Override{}, r.Override)...)
		}
	}
	return changes
}

// diffFields compares two structs of one type field by field.
func diffFields[T any](where string, before, after T) []Change {
	var changes []Change
	for i := range reflect.TypeFor[T]().NumField() {
		field, _, _ := strings.Cut(reflect.TypeFor[T]().Field(i).Tag.Get("json"), ",")
		was, is := fieldText(reflect.ValueOf(before).Field(i)), fieldText(reflect.ValueOf(after).Field(i))
		if was != is {
			changes = append(changes, Change{Where: where, Field: field, Old: was, New: is})
		}
	}
	return changes
}

// fieldText returns the JSON of a field, "" for one that a rule does not set. Numbers, words,
// sets and times of day can always be written.
func fieldText(v reflect.Value) string {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		panic(fmt.Sprintf("sla: a field of a policy: %v", err))
	}
	return string(text)
}
