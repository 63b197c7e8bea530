package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // opens s3://
	"gocloud.dev/gcerrors"
)

// Box is where sealed contents lie. It is opened when it is first used, and may be used by many goroutines.
type Box struct {
	where string

	mutex  sync.Mutex
	bucket *blob.Bucket
}

// bucketScheme begins the address of S3-compatible storage.
const bucketScheme = "s3://"

// NewBox names a folder, which is made when it is first used, or a bucket: s3://NAME?endpoint=https://…&region=…, with the
// credentials in the environment as Amazon's tools take them. "" is none: using it is refused (file.no-place).
func NewBox(where string) *Box { return &Box{where: where} }

// Where is the folder or address it was named with.
func (b *Box) Where() string { return b.where }

func (b *Box) isFolder() bool { return !strings.HasPrefix(b.where, bucketScheme) }

func (b *Box) open(ctx context.Context) (*blob.Bucket, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.bucket != nil {
		return b.bucket, nil
	}
	var err error
	switch {
	case b.where == "":
		return nil, noPlace()
	case b.isFolder():
		b.bucket, err = fileblob.OpenBucket(b.where, &fileblob.Options{CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	default:
		b.bucket, err = blob.OpenBucket(ctx, b.where)
	}
	if err != nil {
		return nil, unavailable(b.where, err)
	}
	return b.bucket, nil
}

// Close ends what was opened.
func (b *Box) Close() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.bucket == nil {
		return nil
	}
	return b.bucket.Close()
}

// write puts a content under a name. It is there whole, and safe from a power cut, or not at all.
func (b *Box) write(ctx context.Context, name string, content func(io.Writer) error) error {
	bucket, err := b.open(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := bucket.NewWriter(ctx, name, &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true})
	if err != nil {
		return unavailable(b.where, err)
	}
	if err := content(w); err != nil {
		cancel()
		_ = w.Close() // gives up what was written so far
		return err
	}
	if err := w.Close(); err != nil {
		return unavailable(b.where, err)
	}
	if err := b.sync(name); err != nil {
		return unavailable(b.where, err)
	}
	return nil
}

// sync makes a content survive a power cut. Other storage than a folder answers only once it is safe.
func (b *Box) sync(name string) error {
	if !b.isFolder() {
		return nil
	}
	paths := []string{filepath.Join(b.where, filepath.FromSlash(name))}
	for dir := name; strings.Contains(dir, "/"); { // the folders, whose new entries are part of it
		dir = dir[:strings.LastIndex(dir, "/")]
		paths = append(paths, filepath.Join(b.where, filepath.FromSlash(dir)))
	}
	for _, path := range append(paths, b.where) {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// read opens a content. When there is none the error is [fs.ErrNotExist].
func (b *Box) read(ctx context.Context, name string) (io.ReadCloser, error) {
	bucket, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	r, err := bucket.NewReader(ctx, name, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, unavailable(b.where, err)
	}
	return r, nil
}
