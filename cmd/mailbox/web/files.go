package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
)

// fileKinds is what the choice of files offers on a telephone or a desk.
const fileKinds = "image/jpeg,image/png,image/webp,application/pdf,.doc,.docx"

// maxUpload is the largest form with files, in bytes: as many and as large as may be attached, and the letter.
const maxUpload = files.MaxFiles*files.MaxSize + maxBody

// uploadTime is how long a form with files may take to come in: fifty megabytes over a poor line.
const uploadTime = 10 * time.Minute

// takesFiles are the paths whose forms may carry files. All others are cut off at maxBody.
var takesFiles = map[string]bool{
	"/write/check": true, "/track/material": true, "/cases/:number/reply": true, "/cases/:number/propose": true,
}

// uploads are the forms with files that come in at once; more wait at the door with a friendly page. Each takes
// a megabyte of memory, the rest of it lies on the disk while it is looked at.
const uploads = 16

// receiveFiles gives a form with files the time and the room that it needs.
func (s *Server) receiveFiles(c echo.Context) {
	control := http.NewResponseController(c.Response())
	until := time.Now().Add(uploadTime) // of the connection, which knows no other clock
	err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(time.Minute)))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // a recorder in a test has no deadline
		s.logTrouble(c, err) // it comes in within the usual time, or not at all
	}
}

// attachment is a file as pages show it.
type attachment struct {
	ID    int64
	Name  string
	Size  string
	Href  string
	Image bool
	Warns bool // a PDF or Word file, which keeps what it tells about its maker
}

func (s *Server) attachmentsOf(lang errs.Lang, rows []cases.File, base string) []attachment {
	var all []attachment
	for _, f := range rows {
		all = append(all, attachment{
			ID: f.ID, Name: f.Name, Size: s.sizeOf(lang, f.Size), Image: f.Type.Image(), Warns: f.KeepsOwnData,
			Href: base + strconv.FormatInt(f.ID, 10),
		})
	}
	return all
}

// filesOn are some of a case's files for the page of those who work on it.
func (s *Server) filesOn(lang errs.Lang, v *cases.View, which func(cases.File) bool) []attachment {
	return s.attachmentsOf(lang, filesOf(v, which), "/cases/"+v.Number()+"/files/")
}

// sizeOf says how large a file is.
func (s *Server) sizeOf(lang errs.Lang, bytes int64) string {
	if bytes < 1<<20 {
		return s.words.in(lang, "files.kb", (bytes+1023)/1024)
	}
	return s.words.in(lang, "files.mb", fmt.Sprintf("%.1f", float64(bytes)/(1<<20)))
}

// attached reads and looks at the files of a field, all of them: what is wrong with one is said with the others'.
func attached(c echo.Context, field string) ([]files.Clean, error) {
	sent := c.Request().MultipartForm
	if sent == nil {
		return nil, nil
	}
	var clean []files.Clean
	var wrong []error
	for i, file := range sent.File[field] {
		if file.Filename == "" && file.Size == 0 {
			continue // no file was chosen
		}
		if i >= files.MaxFiles {
			wrong = append(wrong, errs.Invalid("files", "at most %d files can be attached", "最多可添加 %d 个附件", files.MaxFiles))
			break
		}
		one, err := acceptFile(c.Request().Context(), file)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		clean = append(clean, one)
	}
	return clean, errors.Join(wrong...)
}

func acceptFile(ctx context.Context, sent *multipart.FileHeader) (files.Clean, error) {
	f, err := sent.Open()
	if err != nil {
		return files.Clean{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, files.MaxSize+1))
	if err != nil {
		return files.Clean{}, err
	}
	return files.Accept(ctx, sent.Filename, data)
}

// sendFile gives a file out. Only images are shown in the page; everything else is saved, so that nothing that
// somebody sent runs under our name.
func (s *Server) sendFile(c echo.Context, open func(int64) (cases.File, []byte, error)) error {
	number, err := strconv.ParseInt(c.Param("file"), 10, 64)
	if err != nil {
		return errs.NotFound("there is no such file", "没有这个文件")
	}
	f, data, err := open(number)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, files.Disposition(f.Name, f.Type))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, f.Type.Media(), data)
}

// letterFile gives a file to the writer of the letter in hand.
func (s *Server) letterFile(c echo.Context) error {
	v, err := s.open(c)
	if err != nil {
		return err
	}
	return s.sendFile(c, func(file int64) (cases.File, []byte, error) {
		return s.Desk.OpenFile(c.Request().Context(), s.writer(c), v.ID, file)
	})
}

// caseFile gives a file to those who work on the case.
func (s *Server) caseFile(c echo.Context) error {
	id, err := s.Desk.Find(c.Request().Context(), c.Param("number"))
	if err != nil {
		return err
	}
	return s.sendFile(c, func(file int64) (cases.File, []byte, error) {
		return s.Desk.OpenFile(c.Request().Context(), s.actor(c), id, file)
	})
}

// isUpload tells whether a form carries files.
func isUpload(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEMultipartForm)
}
