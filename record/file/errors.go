package file

import (
	"errors"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/period"
)

// All messages about documents. None repeats what a document says.

func refused(kind fault.Kind, code string, message, hint fault.Text) *fault.Error {
	return &fault.Error{Kind: kind, Code: "file." + code, Op: "file", Message: message, Hint: hint}
}

func caused(cause error, e *fault.Error) *fault.Error {
	e.Cause = cause
	return e
}

func noPlace() error {
	return refused(fault.Missing, "no-place", text.Say("没有写明证件、照片存在哪里", "it is not known where evidence is kept"),
		text.Say("用 --files 或环境变量 DOUDI_FILES 写明目录或 s3:// 地址", "name a folder or an s3:// address with --files or in DOUDI_FILES"))
}

func unavailable(where string, cause error) error {
	var known *fault.Error
	if errors.As(cause, &known) {
		return cause
	}
	return caused(cause, refused(fault.Unavailable, "unavailable", text.Say("存放证件、照片的 %s 用不了", "the place of evidence %s cannot be used", where),
		text.Say("核对地址、权限和剩余空间，再试一次；没有登记任何文件", "check the address, the permissions and the space left, and try again; no document was added")))
}

func unread(cause error) error {
	return caused(cause, refused(fault.Unavailable, "unread", text.Say("文件没有收完整，没有保存", "the file did not arrive whole and was not kept"), text.Say("再传一次", "send it again")))
}

func empty() error {
	return refused(fault.Invalid, "empty", text.Say("文件是空的", "the file is empty"), text.Say("核对选的文件", "check which file was chosen"))
}

func tooLarge() error {
	return refused(fault.Invalid, "too-large", text.Say("文件超过 %d MB，没有保存", "the file is larger than %d MB and was not kept", Largest>>20), text.Say("降低扫描分辨率，或分成几份", "scan it with less resolution, or in parts"))
}

func mediaRefused(found string) error {
	return refused(fault.Invalid, "media", text.Say("不收这种文件（%s），没有保存", "files of this type (%s) are not taken; it was not kept", found),
		text.Say("收 JPEG、PNG 照片，PDF，Excel（xlsx）、Word（docx）文件，纯文本和 CSV", "photos as JPEG or PNG, PDF, Excel (xlsx), Word (docx), plain text and CSV are taken"))
}

func ownerUnknown(id string) error {
	return refused(fault.NotFound, "owner", text.Say("本县没有登记 %s 这个人或家庭，没有归档", "this county has no person or household %s; nothing was filed", fault.Quote(id)), text.Say("先登记人员或家庭", "register the person or household first"))
}

func kindWrong() error {
	return refused(fault.Invalid, "kind", text.Say("没有写明是什么材料，或过长", "what the document is, is missing or too long"), text.Say("写一行，至多 %d 个字，如“残疾证”", "one line of at most %d characters, such as 残疾证", longestKind))
}

func nameWrong() error {
	return refused(fault.Invalid, "name", text.Say("文件名没有写，或过长", "the name of the file is missing or too long"), text.Say("写一行，至多 %d 个字", "one line of at most %d characters", longestName))
}

func byWrong() error {
	return refused(fault.Invalid, "by", text.Say("送交人过长", "who brought it is too long"), text.Say("写一行，至多 %d 个字", "one line of at most %d characters", longestBy))
}

func reasonWrong() error {
	return refused(fault.Invalid, "reason", text.Say("没有写明撤回的理由，或过长", "the reason of the withdrawal is missing or too long"), text.Say("写一行，至多 %d 个字", "one line of at most %d characters", longestReason))
}

func purposeWrong() error {
	return refused(fault.Invalid, "purpose", text.Say("没有写明查看的目的，或过长", "the purpose of the look is missing or too long"), text.Say("写一行，至多 %d 个字；目的会记入审计", "one line of at most %d characters; it is kept in the audit log", longestPurpose))
}

func dayLater(day period.Day) error {
	return refused(fault.Invalid, "day", text.Say("材料上的日期 %s 还没有到", "the day on the paper, %s, is yet to come", day), text.Say("核对日期", "check the day"))
}

func otherCounty(county string) error {
	return refused(fault.Internal, "county", text.Say("内容是为 %s 存的", "the content was stored for %s", county), fault.Text{})
}

func duplicate(id string) error {
	return refused(fault.Conflict, "duplicate", text.Say("同样的内容已经归档（%s），没有重复归档", "the same content is on file already (%s); it was not filed again", id), text.Say("直接引用已有的那一份", "refer to the one that is there"))
}

// Unknown is the error for a document that is not on file, or that whoever asks must not know of. Code: file.unknown.
func Unknown(id string) error {
	return refused(fault.NotFound, "unknown", text.Say("档案里没有文件 %s", "there is no document %s on file", fault.Quote(id)), text.Say("先归档，再引用它的编号", "file it first, then refer to it by its id"))
}

func otherOwner(id string) error {
	return refused(fault.Conflict, "other-owner", text.Say("文件 %s 不在此人或其家庭的档案里", "the document %s is not in the archive of this person or household", id), text.Say("核对编号；确是同一份材料时，也归入此人的档案", "check the id; if it is the same paper, file it for this person, too"))
}

func withdrawn(id string) error {
	return refused(fault.Conflict, "withdrawn", text.Say("文件 %s 已撤回", "the document %s was withdrawn", id), text.Say("引用正确的那一份", "refer to the right one"))
}

func destroyed(id string) error {
	return refused(fault.Conflict, "destroyed", text.Say("文件 %s 的保存期已满，内容已按规定销毁", "retention of the document %s has ended and its content was destroyed", id), fault.Text{})
}

func missing(id string) error {
	return refused(fault.Conflict, "missing", text.Say("文件 %s 的内容不见了", "the content of the document %s is missing", id), text.Say("用 doudi files copy 从备份目录补回", "bring it back from a copy with doudi files copy"))
}

func differs(id string, cause error) error {
	return caused(cause, refused(fault.Conflict, "differs", text.Say("文件 %s 的内容不是归档时的内容", "the content of the document %s is not the one that was filed", id), text.Say("保留现状，用 doudi files copy 从备份目录补回", "keep it as it is and bring the original back from a copy with doudi files copy")))
}

func damaged(id string, cause error) error {
	return caused(cause, refused(fault.Internal, "damaged", text.Say("文件 %s 的记录无法读出", "the record of the document %s cannot be read", id), fault.Text{}))
}

func otherDatabase(where, county string) error {
	return refused(fault.Conflict, "other-database", text.Say("%s 里有 %s 的内容，数据库里却一份文件也没有，没有清理", "%s holds contents of %s, but the database has no document at all; nothing was removed", where, county),
		text.Say("多半是数据库与目录不配套；核对 --db 和 --files", "most likely the database is not the one that belongs to it; check --db and --files"))
}
