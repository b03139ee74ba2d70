package main

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/files"
)

// storeTimeout is how long a file may take to or from the store.
const storeTimeout = 30 * time.Second

// store is where attachments lie: a directory beside the database, or a bucket that several machines reach.
func (s *settings) store(ctx context.Context) (files.Store, error) {
	if s.FilesURL == "" {
		return files.OpenDirectory(filepath.Join(s.Data, "files"))
	}
	config, err := bucketOf(s.FilesURL)
	if err != nil {
		return nil, err
	}
	store, err := files.OpenS3(ctx, config)
	if err != nil {
		return nil, errs.Invalid("MAILBOX_FILES_URL",
			"the store for attachments cannot be used: is the server running, does the bucket exist, and are the keys right?",
			"无法使用附件存储：请检查服务是否运行、存储桶是否存在、密钥是否正确").Because(err)
	}
	return store, nil
}

// bucketOf reads s3://key:secret@host:port/bucket?region=…, s3+http:// for a server without TLS.
func bucketOf(text string) (files.S3Config, error) {
	wrong := errs.Invalid("MAILBOX_FILES_URL", "it should look like s3://key:secret@host/bucket?region=cn-north-1",
		"应形如 s3://key:secret@host/bucket?region=cn-north-1")
	u, err := url.Parse(text)
	if err != nil {
		return files.S3Config{}, wrong // without its cause, which repeats the address with the secret
	}
	secret, given := u.User.Password()
	bucket := strings.Trim(u.Path, "/")
	if u.Scheme != "s3" && u.Scheme != "s3+http" || u.Host == "" || !given || bucket == "" || strings.Contains(bucket, "/") {
		return files.S3Config{}, wrong
	}
	return files.S3Config{
		Endpoint: u.Host, Region: u.Query().Get("region"), Bucket: bucket,
		AccessKey: u.User.Username(), SecretKey: secret, Secure: u.Scheme == "s3", Timeout: storeTimeout,
	}, nil
}
