package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decodeFile reads the JSON of a whole file into v, see decodeStrictly. Errors name the line.
func decodeFile(data []byte, v any) error {
	offset, err := decodeStrictly(data, v)
	if err != nil {
		line := 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	return nil
}

// decodeStrictly reads exactly one JSON value into v and refuses fields it does not know, so
// that a misspelt name is an error and not a silent default. The decoder speaks of Go types;
// these errors speak to whoever wrote the JSON. offset is where, in bytes, the error was met.
func decodeStrictly(data []byte, v any) (offset int64, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err = dec.Decode(v)
	var mismatch *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return dec.InputOffset(), errors.New("more text follows the JSON")
		}
		return 0, nil
	case errors.As(err, &mismatch):
		// The Go name of a rule's embedded part is no part of the JSON.
		field := strings.TrimPrefix(mismatch.Field, "Override.")
		if field == "" {
			field = "this value"
		}
		return mismatch.Offset, fmt.Errorf("%s cannot be a JSON %s", field, mismatch.Value)
	case errors.As(err, &syntax):
		return syntax.Offset, err
	case errors.Is(err, io.EOF):
		return 0, errors.New("no JSON found")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return int64(len(data)), errors.New("the JSON ends too early")
	}
	return dec.InputOffset(), err
}
