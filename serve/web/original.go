package web

import (
	"net/http"
	"slices"

	"doudi/decide/policy"
	"doudi/kernel/fault"
	"doudi/kernel/period"
	archive "doudi/record/file"
	"doudi/record/store"
)

// originalKind is what the document of a policy is called in the county's archive.
const originalKind = "政策原文"

// originalUpload is a document as a page takes it: scans of thirty pages have some ten megabytes.
var originalUpload = upload{archive.Largest, fault.Text{ZH: "降低扫描分辨率（300 dpi 足够），或另存为压缩的 PDF", EN: "scan it with less resolution (300 dpi will do), or save it as a compressed PDF"}}

// original is the document itself (原文), as the county has uploaded it.
type original struct {
	archive.Document
	Clauses map[string][]string // its paragraphs by clause; none for a picture or a PDF
	Missing int                 // clauses whose number was not found in it
	Trouble string              // why its text cannot be shown
}

// originalOf is the newest document of a policy that was not withdrawn; nil for none.
func (v *view) originalOf(tx *store.Tx, p *policy.Pack) (*original, error) {
	documents, err := v.Record.Files.About(tx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Backward(documents) {
		if d.Kind == originalKind && d.Withdrawn == nil && !d.Destroyed {
			return &original{Document: d}, nil
		}
	}
	return nil, nil
}

// read divides the text of a document among the clauses.
func (v *view) readOriginal(tx *store.Tx, p *policy.Pack, o *original) error {
	if !archive.HasText(o.Media) {
		return nil
	}
	content, err := v.Record.Files.Public(tx, o.ID)
	if err != nil {
		return err
	}
	from, err := content.Open(v.r.Context())
	if err != nil {
		o.Trouble = v.wrong(err)
		return nil
	}
	paragraphs, err := archive.Paragraphs(o.Media, from)
	if closed := from.Close(); err == nil {
		err = closed
	}
	if err != nil {
		o.Trouble = v.wrong(err)
		return nil
	}
	o.Clauses = policy.Divide(p, paragraphs)
	o.Missing = len(p.Clauses) - len(o.Clauses)
	return nil
}

// uploadOriginal files the document of a policy in the county's archive.
func (v *view) uploadOriginal() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	upload, header, err := v.r.FormFile("file")
	if err != nil {
		return v.showPack(http.StatusUnprocessableEntity, refuse(fault.Invalid, "no-file", fault.Text{ZH: "没有选择文件，没有保存", EN: "no file was chosen; nothing was kept"},
			fault.Text{ZH: "选 Word（docx）或 UTF-8 纯文本可以逐条对照；PDF 和照片只能整份查看", EN: "choose Word (docx) or plain text in UTF-8 to have it clause by clause; PDF and photos are shown as a whole"}))
	}
	stored, err := v.Record.Files.Store(v.r.Context(), v.County, upload)
	if closed := upload.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = v.once("web.original", func(tx *store.Tx) (any, error) {
			county, err := archive.County(tx)
			if err != nil {
				return nil, err
			}
			d, err := v.Record.Files.Add(tx, archive.Paper{Owner: county, About: p.ID, Kind: originalKind, Name: header.Filename, Day: v.issued(p), By: v.Operator.Name}, stored)
			return d.ID, err
		})
	}
	switch kind := fault.KindOf(err); kind {
	case fault.Invalid, fault.Conflict:
		return v.showPack(statuses[kind], err)
	}
	return v.orSee(err, v.packAddress(p, ""))
}

// issued is the day on the document, as far as it is known and past.
func (v *view) issued(p *policy.Pack) period.Day {
	if p.HasIssued && p.Issued <= v.today() {
		return p.Issued
	}
	return 0
}

// withdrawOriginal takes the document back when it was the wrong one; it stays in the archive.
func (v *view) withdrawOriginal() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	err = v.once("web.original.withdraw", func(tx *store.Tx) (any, error) {
		o, err := v.originalOf(tx, p)
		if err == nil && o != nil {
			err = v.Record.Files.Withdraw(tx, o.ID, v.asked("reason"))
		}
		return nil, err
	})
	if fault.KindOf(err) == fault.Invalid {
		return v.showPack(http.StatusUnprocessableEntity, err)
	}
	return v.orSee(err, v.packAddress(p, ""))
}

// original hands out the document itself.
func (v *view) originalFile() error {
	p, err := v.packAt()
	if err != nil {
		return err
	}
	return v.sendDocument(func(tx *store.Tx) (archive.Content, error) {
		o, err := v.originalOf(tx, p)
		if err != nil {
			return archive.Content{}, err
		}
		if o == nil {
			return archive.Content{}, refuse(fault.NotFound, "no-original", fault.Text{ZH: "还没有上传这份政策的原文", EN: "the document of this policy was not uploaded yet"}, fault.Text{ZH: "由政策管理员上传", EN: "the policy officer uploads it"})
		}
		return v.Record.Files.Public(tx, o.ID)
	})
}
