package report

import (
	"slices"
	"strings"
)

// Branch is a topic with all that stands below it.
type Branch struct {
	Topic string // its whole path, as [Query.Topic] takes it, which opens its figures; "" for letters without a topic
	Name  string // the last level of the path
	Depth int    // 0 for the first level
	Figures
}

// Branches puts the groups of a report by topic into a tree: a branch before those below it, of two beside each other
// the one with more valid letters first. The figures of a branch are those of all letters in it, so a rate is made from
// sums and a median from all days, never from those of its parts. Comparisons are not added up.
func Branches(groups []Figures) []Branch {
	nodes := map[string]*tally{}
	below := map[string][]string{}
	var none *tally
	for i := range groups {
		own := groups[i].tally()
		path := branch(groups[i].GroupID)
		if path == "" {
			if none == nil {
				none = newTally("")
			}
			none.plus(own)
			continue
		}
		levels := strings.Split(path, "/")
		for n := range levels {
			at := strings.Join(levels[:n+1], "/")
			if nodes[at] == nil {
				nodes[at] = newTally(at)
				above := strings.Join(levels[:n], "/")
				below[above] = append(below[above], at)
			}
			nodes[at].plus(own)
		}
	}
	var tree []Branch
	var add func(above string, depth int)
	add = func(above string, depth int) {
		children := below[above]
		slices.SortFunc(children, func(a, b string) int {
			if more := nodes[b].Valid - nodes[a].Valid; more != 0 {
				return int(more)
			}
			return strings.Compare(a, b)
		})
		for _, at := range children {
			nodes[at].settle()
			tree = append(tree, Branch{at, at[strings.LastIndex(at, "/")+1:], depth, nodes[at].Figures})
			add(at, depth+1)
		}
	}
	add("", 0)
	if none != nil {
		none.settle()
		tree = append(tree, Branch{Figures: none.Figures})
	}
	return tree
}

// tally is the figures as they were while they were counted.
func (f *Figures) tally() *tally {
	t := newTally(f.GroupID)
	for _, one := range figures {
		*one.in(&t.Figures) = *one.in(f)
	}
	for _, took := range f.Took {
		t.days[took.Days] = took.Letters
	}
	for _, took := range f.DepartmentTook {
		t.departmentDays[took.Days] = took.Letters
	}
	return t
}
