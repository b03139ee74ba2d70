package files

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Config says where the bucket is.
type S3Config struct {
	Endpoint  string // host:port or host, without https://
	Region    string // as the provider calls it; may be empty for a server of one's own
	Bucket    string
	AccessKey string
	SecretKey string
	Secure    bool          // TLS
	Timeout   time.Duration // of one call with all its attempts; 30 s when zero
}

// S3 keeps files in a bucket, so that several machines can share them. Encryption at rest, versions and backups are
// the bucket's own settings.
type S3 struct {
	client  *minio.Client
	bucket  string
	timeout time.Duration
	secrets []string
}

// OpenS3 makes sure that the bucket is there and may be asked; it makes none. No error holds the keys.
func OpenS3(ctx context.Context, c S3Config) (*S3, error) {
	if c.Endpoint == "" || strings.ContainsAny(c.Endpoint, "/@?# ") {
		return nil, errors.New("the S3 endpoint is a host or host:port, without https:// and without keys")
	}
	if c.Bucket == "" || c.AccessKey == "" || c.SecretKey == "" {
		return nil, errors.New("S3 needs a bucket, an access key and a secret key")
	}
	s := &S3{bucket: c.Bucket, timeout: cmp.Or(c.Timeout, 30*time.Second), secrets: []string{c.SecretKey, c.AccessKey}}
	client, err := minio.New(c.Endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:     c.Secure,
		Region:     c.Region,
		Transport:  transport(s.timeout),
		MaxRetries: 3,
	})
	if err != nil {
		return nil, s.wrap("opening S3", err)
	}
	s.client = client
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	there, err := client.BucketExists(ctx, c.Bucket)
	if err != nil {
		return nil, s.wrap("looking for the bucket "+c.Bucket, err)
	}
	if !there {
		return nil, fmt.Errorf("there is no bucket %q at %s, or the keys may not see it: make it first, and let nobody but the mailbox read it", c.Bucket, c.Endpoint)
	}
	return s, nil
}

// transport waits for nothing longer than a call may take.
func transport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: min(timeout, 5*time.Second), KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   min(timeout, 10*time.Second),
		ResponseHeaderTimeout: timeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       time.Minute,
		MaxIdleConnsPerHost:   16,
		// Kept as they came: a server that packs its answers would hide their length.
		DisableCompression: true,
	}
}

// Put keeps data under key; S3 shows an object whole or not at all.
func (s *S3) Put(ctx context.Context, key string, data []byte) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("keeping a file: %w", err)
	}
	if len(data) > MaxSize {
		return fmt.Errorf("keeping a file: %w", errSize)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.client.PutObject(ctx, s.bucket, key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{
		// Should a bucket ever be opened to browsers, they are offered a download and nothing to show.
		ContentType:        "application/octet-stream",
		ContentDisposition: "attachment",
		DisableMultipart:   true,
		SendContentMd5:     true, // the server refuses what arrived changed
	})
	return s.wrap("keeping a file", err)
}

// Get fetches what is kept under key, or gives ErrMissing.
func (s *S3) Get(ctx context.Context, key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	object, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, s.wrap("fetching a file", err)
	}
	data, err := readBounded(object)
	if closing := object.Close(); err == nil {
		err = closing
	}
	if minio.ToErrorResponse(err).Code == "NoSuchKey" {
		return nil, fmt.Errorf("fetching a file: %w", ErrMissing)
	}
	if err != nil {
		return nil, s.wrap("fetching a file", err)
	}
	return data, nil
}

// Delete removes what is kept under key; in a bucket with versions an older one stays until the bucket's own rules
// remove it.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return fmt.Errorf("removing a file: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{})
	if minio.ToErrorResponse(err).Code == "NoSuchKey" {
		return nil
	}
	return s.wrap("removing a file", err)
}

// wrap adds what was tried and the server's code. An error that quotes a key loses its chain with it.
func (s *S3) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	code := ""
	if answer := (minio.ErrorResponse{}); errors.As(err, &answer) {
		code = " (" + answer.Code + ")"
	}
	if text != err.Error() {
		return fmt.Errorf("%s%s: %s", doing, code, text)
	}
	return fmt.Errorf("%s%s: %w", doing, code, err)
}
