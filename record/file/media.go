package file

import (
	"bufio"
	"io"
	"slices"

	"github.com/gabriel-vasile/mimetype"
)

// Media are the types of content that are taken in: what a browser shows or an office opens, and what runs no programs.
var Media = []string{
	"image/jpeg", "image/png", "application/pdf", "text/plain", "text/csv",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

// headBytes is how much of a content is looked at to find its type: the parts of an office document are named behind each other.
const headBytes = 64 << 10

func init() { mimetype.SetLimit(headBytes) }

// sniff finds the type of a content by its beginning. Codes: file.empty, file.media.
func sniff(content *bufio.Reader) (string, error) {
	head, err := content.Peek(headBytes)
	if err != nil && err != io.EOF {
		return "", unread(err)
	}
	if len(head) == 0 {
		return "", empty()
	}
	found := mimetype.Detect(head)
	i := slices.IndexFunc(Media, found.Is)
	if i < 0 {
		return "", mediaRefused(found.String())
	}
	return Media[i], nil
}
