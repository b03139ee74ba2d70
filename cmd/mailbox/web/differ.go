package web

import (
	"slices"
	"strings"
	"unicode"
)

// mostEdits bounds the work of one comparison: two replies of 10,000 characters that share nothing would cost some
// 10⁸ steps and 800 MB. Texts further apart are compared by sentences, and then not at all.
const mostEdits = 1000

// differ compares two texts for people: what only one of them has is marked in each. Han characters are compared one
// by one, other words as wholes. The passages of each side add up to its text.
func differ(mine, theirs string) (ofMine, ofTheirs []passage) {
	for _, cut := range []func(string) []string{tokens, sentences} {
		a, b := cut(mine), cut(theirs)
		if inA, inB, ok := shared(a, b); ok {
			settle(inA, inB)
			return passages(a, inA), passages(b, inB)
		}
	}
	return whole(mine), whole(theirs)
}

func whole(text string) []passage {
	if text == "" {
		return nil
	}
	return []passage{{Text: text, Mark: true}}
}

// tokens cuts a text into its smallest pieces: a word or a number of other scripts, else one character.
func tokens(text string) []string {
	var all []string
	word := -1 // where the running word begins
	for i, r := range text {
		if (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r) {
			if word < 0 {
				word = i
			}
			continue
		}
		if word >= 0 {
			all, word = append(all, text[word:i]), -1
		}
		all = append(all, string(r))
	}
	if word >= 0 {
		all = append(all, text[word:])
	}
	return all
}

// sentences cuts a text after every full stop and line.
func sentences(text string) []string {
	var all []string
	for text != "" {
		end := strings.IndexAny(text, "。！？!?\n")
		if end < 0 {
			return append(all, text)
		}
		for _, r := range text[end:] {
			end += len(string(r))
			break
		}
		all, text = append(all, text[:end]), text[end:]
	}
	return all
}

// shared tells of every piece of a and of b whether it stands in both, along a longest common line (Myers, "An O(ND)
// Difference Algorithm", 1986). ok is false when more than mostEdits pieces differ.
func shared(a, b []string) (inA, inB []bool, ok bool) {
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		inA[from], inB[from] = true, true
		from++
	}
	endA, endB := len(a), len(b)
	for endA > from && endB > from && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
		inA[endA], inB[endB] = true, true
	}
	path, ok := edits(a[from:endA], b[from:endB])
	for _, p := range path {
		inA[from+p[0]], inB[from+p[1]] = true, true
	}
	return inA, inB, ok
}

// edits gives the pairs of places that are the same in a and b.
func edits(a, b []string) (same [][2]int, ok bool) {
	most := min(len(a)+len(b), mostEdits)
	// reach[at(k)] is how far in a the best path on diagonal k has come; rows keeps it for every number of edits.
	var rows [][]int
	reach, at := make([]int, 2*most+3), func(k int) int { return k + most + 1 }
	for d := 0; d <= most; d++ {
		row := make([]int, 0, d+1)
		for k := -d; k <= d; k += 2 {
			x := reach[at(k-1)] + 1
			if k == -d || k != d && reach[at(k-1)] < reach[at(k+1)] {
				x = reach[at(k+1)]
			}
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x, y = x+1, y+1
			}
			reach[at(k)] = x
			row = append(row, x)
			if x >= len(a) && y >= len(b) {
				return trace(append(rows, row), a, b), true
			}
		}
		rows = append(rows, row)
	}
	return nil, false
}

// trace goes the path back from its end, row by row: rows[d][(k+d)/2] is the reach on diagonal k after d edits.
func trace(rows [][]int, a, b []string) (same [][2]int) {
	x, y := len(a), len(b)
	for d := len(rows) - 1; d > 0; d-- {
		at := func(k int) int { return rows[d-1][(k+d-1)/2] }
		k := x - y
		down := k == -d || k != d && at(k-1) < at(k+1)
		fromK := k - 1
		if down {
			fromK = k + 1
		}
		fromX := at(fromK)
		fromY := fromX - fromK
		startX, startY := fromX+1, fromY // after the edit, before the run of what is the same
		if down {
			startX, startY = fromX, fromY+1
		}
		for x > startX && y > startY {
			x, y = x-1, y-1
			same = append(same, [2]int{x, y})
		}
		x, y = fromX, fromY
	}
	for x > 0 && y > 0 {
		x, y = x-1, y-1
		same = append(same, [2]int{x, y})
	}
	slices.Reverse(same)
	return same
}

// settle takes a lone piece or two between two longer changes for changed as well, in both texts: chance agreements of
// single characters would make the marks a confetti.
func settle(inA, inB []bool) {
	// between counts what differs from a place on, in both.
	between := func(i, j int) (nextI, nextJ int) {
		for i < len(inA) && !inA[i] {
			i++
		}
		for j < len(inB) && !inB[j] {
			j++
		}
		return i, j
	}
	const long, short = 4, 2
	i, j := between(0, 0)
	before := i + j
	for i < len(inA) {
		n := 0
		for i+n < len(inA) && j+n < len(inB) && inA[i+n] && inB[j+n] {
			n++
		}
		nextI, nextJ := between(i+n, j+n)
		after := nextI + nextJ - i - j - 2*n
		if n <= short && before >= long && after >= long {
			for k := range n {
				inA[i+k], inB[j+k] = false, false
			}
		}
		i, j, before = nextI, nextJ, after
	}
}

// passages joins the pieces, those that the other text lacks marked.
func passages(text []string, in []bool) []passage {
	var all []passage
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && in[end] == in[i] {
			end++
		}
		all = append(all, passage{Text: strings.Join(text[i:end], ""), Mark: !in[i]})
		i = end
	}
	return all
}
