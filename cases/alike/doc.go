// Package alike says how alike letters are: which repeat others, word for word, edited, copied in parts or in
// words of their own, and which matters many write about. Text in, judgement out; no database, no clock.
//
// Start with [Read], which prepares a letter, and [Compare], which grades two. Among a million letters the few worth
// comparing are found by keys: [Letter.Keys] are stored with each, [Letter.Seek] are looked up for a new one. [Index]
// does the same in memory for a file.
//
// All of it rests on [grams.Counts]: how common a run of characters is in the city's own letters. While they have
// read fewer than [enoughRead] letters, what stands in every letter (stock.go) is all that is known.
package alike
