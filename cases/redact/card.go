package redact

// The lengths of a card's number (ISO/IEC 7812-1; UnionPay's go to 19).
const (
	shortestCard = 13
	longestCard  = 19
)

// card gives how many digits of run from i on are a bank card's, 0 if none: 13 to 19 that begin with 3 to 6 (travel
// and banking; 62 is UnionPay) and pass Luhn's check. Of several the longest is taken.
func card(run []digit, i int) int {
	if len(run)-i < shortestCard || run[i].value < 3 || run[i].value > 6 {
		return 0
	}
	for n := min(longestCard, len(run)-i); n >= shortestCard; n-- {
		if free(run, i+n) && luhn(run[i:i+n]) {
			return n
		}
	}
	return 0
}

// luhn tells whether the last digit checks the others: every second from the right is doubled.
func luhn(run []digit) bool {
	sum := 0
	for k := range run {
		v := int(run[len(run)-1-k].value)
		if k%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
