package file

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// largestText bounds what a text has, and what is unpacked of a Word document: its text alone is never longer.
const largestText = 16 << 20

// wordMedia ends the type of Word documents.
const wordMedia = "wordprocessingml.document"

// HasText tells whether contents of a type say something paragraph by paragraph.
func HasText(media string) bool { return media == "text/plain" || strings.HasSuffix(media, wordMedia) }

// Paragraphs are what a content says, paragraph by paragraph: that of plain text and of Word documents. Of other types there is no text, nil. A number that Word sets
// by itself is no part of it. Code: file.text for a content that is damaged, or a text that is longer than any document.
func Paragraphs(media string, content io.Reader) ([]string, error) {
	switch {
	case media == "text/plain":
		return plainText(content)
	case HasText(media):
		return wordText(content)
	}
	return nil, nil
}

func plainText(content io.Reader) ([]string, error) {
	whole, err := io.ReadAll(io.LimitReader(content, largestText+1))
	if err != nil {
		return nil, err
	}
	if len(whole) > largestText || !utf8.Valid(whole) {
		return nil, textWrong(nil)
	}
	return strings.Split(strings.ReplaceAll(strings.TrimPrefix(string(whole), "\ufeff"), "\r", "\n"), "\n"), nil
}

// wordText reads a Word document. Its parts are found from its end, and its pictures may be large: meanwhile it lies in a file that nobody else can open by
// name, and that goes with the program.
func wordText(content io.Reader) (paragraphs []string, err error) {
	aside, err := os.CreateTemp("", "doudi-word-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, aside.Close()) }()
	if err := os.Remove(aside.Name()); err != nil {
		return nil, err
	}
	size, err := io.Copy(aside, content)
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(aside, size)
	if err != nil {
		return nil, textWrong(err)
	}
	part, err := archive.Open("word/document.xml")
	if err != nil {
		return nil, textWrong(err)
	}
	paragraphs, err = paragraphsOf(xml.NewDecoder(io.LimitReader(part, largestText)))
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, textWrong(err)
	}
	return paragraphs, nil
}

// paragraphsOf reads the runs of text of each paragraph.
func paragraphsOf(d *xml.Decoder) (paragraphs []string, err error) {
	var said strings.Builder
	inText := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return paragraphs, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			inText = t.Name.Local == "t"
			if t.Name.Local == "tab" || t.Name.Local == "br" {
				said.WriteByte(' ')
			}
		case xml.CharData:
			if inText {
				said.Write(t)
			}
		case xml.EndElement:
			inText = false
			if t.Name.Local == "p" {
				paragraphs = append(paragraphs, said.String())
				said.Reset()
			}
		}
	}
}

func textWrong(cause error) error {
	return caused(cause, refused(fault.Invalid, "text", text.Say("读不出这份文件里的文字", "the text of this document cannot be read"),
		text.Say("另存为 Word（docx），或 UTF-8 的纯文本，再上传", "save it as Word (docx) or as plain text in UTF-8, and upload it again")))
}
