package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheSettingsOnThePageHoldNoSecret(t *testing.T) {
	t.Parallel()
	s := &settings{sources: map[string]string{}}
	for _, one := range allSettings {
		*one.value(s) = "value-of-" + one.name
	}
	for i, row := range s.forPages() {
		if one := allSettings[i]; one.secret == strings.Contains(fmt.Sprint(row), "value-of-") || !row.Set {
			t.Errorf("%s: %+v", one.name, row)
		}
	}
}
