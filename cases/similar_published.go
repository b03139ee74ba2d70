package cases

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/alike"
	"mailbox/cases/grams"
	"mailbox/cases/search"
)

const (
	// similarPublishedMost is how many can be asked for.
	similarPublishedMost = 5
	// rarePairs of the title are looked up, and of the letters found for each the newest perPair.
	rarePairs, perPair = 6, 60
	// titleAlike is how much of what a title says, by rarity, a published letter's own title must say; read off
	// invented titles: two on one matter share half and more, two of one department a quarter.
	titleAlike = 0.45
)

// SimilarPublished gives published answers on the matter of a letter that is being written, the closest first and n
// at most: those whose text is alike by the same measure as letters that repeat others, then those whose title says
// the same by its rare words. Nothing unrelated: rather none. What is compared is what is published, so that nobody
// can feel out by a letter what was hidden.
func (d *Desk) SimilarPublished(ctx context.Context, title, body string, n int) ([]PublishedHit, error) {
	n = min(n, similarPublishedMost)
	ids, letters, err := d.publishedCandidates(ctx, title, body)
	if err != nil || n <= 0 || len(ids) == 0 {
		return nil, err
	}
	var rows []publishedRow
	err = d.db.Read.NewRaw("SELECT "+publishedColumns+" FROM publications AS p WHERE p.withdrawn_at IS NULL AND p.id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read published letters alike: %w", err)
	}
	letter := letters[0]
	type found struct {
		row *publishedRow
		matter
	}
	var all []found
	for i := range rows {
		if f := (found{&rows[i], matterOf(letter, title, rows[i].Title, rows[i].Body)}); f.found() {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(a.closer(b.matter), cmp.Compare(b.row.ID, a.row.ID)) })
	hits := make([]PublishedHit, 0, n)
	for _, f := range all[:min(n, len(all))] {
		hits = append(hits, f.row.hit())
	}
	return hits, nil
}

// publishedCandidates finds publications by the keys of letters and by the rare pairs of the title.
func (d *Desk) publishedCandidates(ctx context.Context, title, body string) ([]int64, []readLetter, error) {
	if len(title) > 4*MaxTitle || len(body) > 4*MaxBody { // no letter is as long
		return nil, nil, nil
	}
	cased, letters, err := d.keyed(ctx, asked{title: title, body: body}, alike.Compared)
	if err != nil || len(letters) == 0 {
		return nil, nil, err
	}
	var ids []int64
	if len(cased) > 0 {
		err := d.db.Read.NewRaw("SELECT id FROM publications WHERE withdrawn_at IS NULL AND case_id IN (?)", bun.List(cased)).Scan(ctx, &ids)
		if err != nil {
			return nil, nil, fmt.Errorf("look for published letters alike: %w", err)
		}
	}
	found := map[int64]float64{}
	for _, p := range rareOf(title, letters[0].counts) {
		q := search.Query{Terms: []string{p.pair}}
		some, err := d.published().find(ctx, everywhere(q, nil), perPair)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range some {
			found[id] += p.weight
		}
	}
	best := make([]int64, 0, len(found))
	for id := range found {
		best = append(best, id)
	}
	slices.SortFunc(best, func(a, b int64) int { return cmp.Or(cmp.Compare(found[b], found[a]), cmp.Compare(b, a)) })
	for _, id := range best[:min(len(best), alike.Compared)] {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, letters, nil
}

type weighed struct {
	pair   string
	weight float64
}

// rareOf are the pairs of a title that say most.
func rareOf(title string, c *grams.Counts) []weighed {
	var all []weighed
	for pair, weight := range pairsOf(title, c) {
		all = append(all, weighed{pair, weight})
	}
	slices.SortFunc(all, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.pair, b.pair))
	})
	return all[:min(len(all), rarePairs)]
}

// pairsOf are the pairs of characters of a text with what each says.
func pairsOf(text string, c *grams.Counts) map[string]float64 {
	pairs := map[string]float64{}
	runes := grams.Fold(text).Runes
	for i := 0; i+2 <= len(runes); i++ {
		if grams.IsWord(runes[i]) && grams.IsWord(runes[i+1]) {
			pairs[string(runes[i:i+2])] = c.Weight(grams.Hash(runes[i : i+2]))
		}
	}
	return pairs
}

// titleShare is how much of what both titles say both say, 0 to 1.
func titleShare(a, b string, c *grams.Counts) float64 {
	x, y := pairsOf(a, c), pairsOf(b, c)
	both, all := 0.0, 0.0
	for pair, weight := range x {
		all += weight
		if _, ok := y[pair]; ok {
			both += 2 * weight
		}
	}
	for _, weight := range y {
		all += weight
	}
	if len(x) < 3 || all == 0 { // "你好" is no matter
		return 0
	}
	return both / all
}
