package seal

import "crypto/ed25519"

// ClosingHeading begins whatever is signed for a closed period, so that no such signature can pass for one of a receipt
// or of anything else.
const ClosingHeading = "mailbox closing v1\n"

// ReportHeading begins whatever is signed for a report of the rhythm of months and years, for the same reason.
const ReportHeading = "mailbox report v1\n"

// SignReport signs a text about a stored report, after [ReportHeading], as SignClosing does.
func (k *Keys) SignReport(text []byte) (signature []byte, keyID string) {
	return ed25519.Sign(k.signing, append([]byte(ReportHeading), text...)), k.signers[0].ID
}

// SignClosing signs a text about a closed period, after [ClosingHeading], with the receipt key in use, and says which
// that is. It is verified with [Keys.ReceiptKeys].
func (k *Keys) SignClosing(text []byte) (signature []byte, keyID string) {
	return ed25519.Sign(k.signing, append([]byte(ClosingHeading), text...)), k.signers[0].ID
}
