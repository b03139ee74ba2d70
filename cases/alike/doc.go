// Package alike says how alike letters are: which repeat others, word for word, edited, copied in parts or in
// words of their own, and which matters many write about. Text in, judgement out; no database, no clock.
//
// Start with [Read], which prepares a letter, and [Compare], which grades two. Among a million letters the few worth
// comparing are found by keys: [Letter.Keys] are stored with each, [Letter.Seek] are looked up for a new one. [Index]
// does the same in memory for a file.
//
// All of it rests on [grams.Counts]: how common a run of characters is in the city's own letters. While they have
// read fewer than [enoughRead] letters, what stands in every letter (stock.go) is all that is known.
//
// # What it is worth
//
// Measured on 4,326 messages to one city and 3,686 letters to another, all pairs of each compared: 240 exact, 1,626
// near, 2,233 on the same matter. Read one by one, drawn at random:
//
//   - near with a similarity under 0.8: 62 of 65 read as one text edited or copied. Formulas fool it ("请加快……的建设
//     力度"). A campaign that complains of many companies in one text is near, though each complaint is another matter;
//   - the same matter: 56 of 70 were. The others mostly named one place and two troubles, or quoted one regulation. The
//     two matters that hundreds wrote about were left out of these, and nearly all of theirs are right;
//   - what two letters share must say enough: of 60 pairs with a cosine from 0.3 to 0.55, 21 were the same matter. Of
//     those, all 21 are kept; of the 39 others (公积金, 落户积分, 经济适用房 asked about twice), 12.
//
// Keys find 99.9 % of the near and 99 % of the same-matter pairs among those 14,364 letters (with another file of 6,352
// between). With only three letters looked at for each key, as few as if there were half a million, they find at least
// one for all letters with an exact repeat, for 99.4 % with a near one and for 97.7 % with one on the same matter.
//
// Among 1,000,000 invented letters on two cores a search took 10 ms at the median and 15 ms at the 99th percentile, on
// SQLite and on PostgreSQL (BenchmarkSimilar with MAILBOX_BENCH_CASES=1000000). Letters of before are keyed at 3,000 a
// second.
package alike
