package files

// ExifOrientation and the two below are looked at by the fuzz tests.
var (
	ExifOrientation = exifOrientation
	ReadOLE         = func(data []byte) (int, error) { entries, err := readOLE(data); return len(entries), err }
)

// Turns gives the places of pictures in work, to be taken by a test.
func Turns() chan struct{} { return turn }
