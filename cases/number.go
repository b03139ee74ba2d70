package cases

import (
	"strconv"
	"strings"

	"mailbox/cases/errs"
)

// Number makes the number of a case: the day it was received, a serial and a check digit, such as
// 20261123-0042-7. The serial is the case's identity, so a number needs no counter of its own, is
// never given twice and cannot be confused between two days.
//
// The check digit is ISO/IEC 7064 MOD 11,10: it finds every wrong digit and nearly every swapped pair,
// as they happen when a number is read over the telephone.
func Number(receivedDay string, id ID) string {
	day := strings.ReplaceAll(receivedDay, "-", "")
	serial := strconv.FormatInt(int64(id), 10)
	if n := 4 - len(serial); n > 0 {
		serial = "0000"[:n] + serial
	}
	return day + "-" + serial + "-" + string('0'+checkDigit(day+serial))
}

// ParseNumber reads a number as people write it: with or without hyphens, with spaces, in full-width
// digits. The error says what to look at again.
func ParseNumber(text string) (id ID, receivedDay string, err error) {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case strings.ContainsRune(" -－—–\t\u3000", r):
		default:
			return 0, "", badNumber()
		}
	}
	digits := b.String()
	if len(digits) < 13 || len(digits) > 27 {
		return 0, "", badNumber()
	}
	body, check := digits[:len(digits)-1], rune(digits[len(digits)-1])
	if '0'+checkDigit(body) != check {
		return 0, "", errs.Invalid("number",
			"a digit of this number is wrong: please compare it with your receipt",
			"办件编号有误，请对照回执逐位核对")
	}
	n, err := strconv.ParseInt(body[8:], 10, 64)
	if err != nil || n <= 0 {
		return 0, "", badNumber()
	}
	return ID(n), body[:4] + "-" + body[4:6] + "-" + body[6:8], nil
}

func badNumber() error {
	return errs.Invalid("number",
		"a number looks like 20261123-0042-7: date, serial and a check digit",
		"办件编号形如 20261123-0042-7：日期、序号和一位校验码")
}

// checkDigit computes ISO/IEC 7064 MOD 11,10 over decimal digits.
func checkDigit(digits string) rune {
	p := 10
	for _, r := range digits {
		s := (p + int(r-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return rune((11 - p) % 10)
}
