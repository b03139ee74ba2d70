// Package receipt is the signed receipt: a short text that says which letter arrived when, and when its
// answer is due, under the city's Ed25519 signature. A writer can keep it and show it to anybody.
//
// The text is made to be read by people, and every byte of it up to its last line, "Signature:", is what is
// signed. It begins with a line of its own, [Heading], so that no signature made for something else can ever
// pass for one on a receipt, nor the other way round.
//
// The room is pure. [Sign] writes a receipt, [Parse] reads one, [Signed.Verify] says whether it is genuine.
package receipt
