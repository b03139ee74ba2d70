package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// Directory keeps files on this machine: key 0123… as 01/23/0123…, so that no folder grows beyond what file systems
// like (a million files are fifteen a folder). Folders are for their owner only (0700), files too (0600).
type Directory struct {
	root *os.Root // nothing outside it can be reached, not even through a link
}

const (
	unfinished = "new" // the folder of files that are being written
	abandoned  = 24 * time.Hour
)

// OpenDirectory opens a store in a directory, which it makes when it is not there. What a crash left half written a
// day ago or longer is removed. Several processes may use one directory.
func OpenDirectory(path string) (*Directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of attachments: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("opening the directory of attachments: %w", err)
	}
	d := &Directory{root: root}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the directory of attachments: %w", err), root.Close())
	}
	return d, nil
}

// Close gives back what the store holds open; files stay.
func (d *Directory) Close() error { return d.root.Close() }

// prepare shows that the directory can be written to, and sweeps. The age of a file is measured by the file system's
// own clock: against a file made just now.
func (d *Directory) prepare() error {
	if err := d.root.Chmod(".", 0o700); err != nil {
		return err
	}
	if err := d.root.MkdirAll(unfinished, 0o700); err != nil {
		return err
	}
	probe := path.Join(unfinished, NewKey())
	if err := d.write(probe, nil); err != nil {
		return err
	}
	now, err := d.root.Stat(probe)
	if err := errors.Join(err, d.root.Remove(probe)); err != nil {
		return err
	}
	entries, err := fs.ReadDir(d.root.FS(), unfinished)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || now.ModTime().Sub(info.ModTime()) < abandoned {
			continue // another process has just finished it, or is still writing
		}
		if err := d.root.Remove(path.Join(unfinished, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Put writes the file aside, has it written to the disk, and moves it to its place: nobody ever sees half of it.
func (d *Directory) Put(ctx context.Context, key string, data []byte) error {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return fmt.Errorf("keeping a file: %w", err)
	}
	if len(data) > MaxSize {
		return fmt.Errorf("keeping a file: %w", errSize)
	}
	first, second := key[:2], key[:2]+"/"+key[2:4]
	if err := d.root.MkdirAll(second, 0o700); err != nil {
		return fmt.Errorf("keeping a file: %w", err)
	}
	aside := path.Join(unfinished, NewKey())
	err := d.write(aside, data)
	if err == nil {
		err = d.root.Rename(aside, second+"/"+key)
	}
	if err != nil {
		_ = d.root.Remove(aside) // it may never have been there; the sweep takes what is left
		return fmt.Errorf("keeping a file: %w", err)
	}
	for _, folder := range []string{second, first, "."} {
		if err := d.sync(folder); err != nil {
			return fmt.Errorf("keeping a file: %w", err)
		}
	}
	return nil
}

func (d *Directory) write(name string, data []byte) error {
	file, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// sync makes the names in a folder survive a power cut. Some systems cannot do that with folders, and need not.
func (d *Directory) sync(folder string) error {
	dir, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, errors.ErrUnsupported) || err != nil && (strings.Contains(err.Error(), "invalid argument") || errors.Is(err, fs.ErrPermission)) {
		err = nil
	}
	return errors.Join(err, dir.Close())
}

// Get reads a file back, or gives ErrMissing.
func (d *Directory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	file, err := d.root.Open(place(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("fetching a file: %w", ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	data, err := readBounded(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("fetching a file: %w", err)
	}
	return data, nil
}

// Delete removes a file; its folders stay.
func (d *Directory) Delete(ctx context.Context, key string) error {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return fmt.Errorf("removing a file: %w", err)
	}
	if err := d.root.Remove(place(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a file: %w", err)
	}
	return nil
}

func place(key string) string { return key[:2] + "/" + key[2:4] + "/" + key }

// readBounded reads no more than a store ever took, whatever lies there.
func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err == nil && len(data) > MaxSize {
		err = errSize
	}
	return data, err
}
