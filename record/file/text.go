package file

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"

	"doudi/decide/text"
	"doudi/kernel/fault"
)

// largestText bounds what is unpacked of a Word document: its text alone is never longer.
const largestText = 16 << 20

// Paragraphs are what a content says, paragraph by paragraph: that of plain text and of Word documents. Of other types there is no text, nil. A number that Word sets
// by itself is no part of it. Code: file.text for a content that is damaged.
func Paragraphs(media string, content io.Reader) ([]string, error) {
	whole, err := io.ReadAll(io.LimitReader(content, Largest))
	if err != nil {
		return nil, err
	}
	switch {
	case media == "text/plain":
		if !utf8.Valid(whole) {
			return nil, textWrong(nil)
		}
		return strings.Split(strings.ReplaceAll(strings.TrimPrefix(string(whole), "\ufeff"), "\r", "\n"), "\n"), nil
	case strings.HasSuffix(media, "wordprocessingml.document"):
		return wordText(whole)
	}
	return nil, nil
}

func wordText(whole []byte) ([]string, error) {
	archive, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		return nil, textWrong(err)
	}
	part, err := archive.Open("word/document.xml")
	if err != nil {
		return nil, textWrong(err)
	}
	paragraphs, err := paragraphsOf(xml.NewDecoder(io.LimitReader(part, largestText)))
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
