// Package file keeps evidence: the papers, photos and files that show what is on record, one archive for each person and each
// household.
//
// # A document
//
// A [Document] belongs to one person or household, has a kind, the name it came with, the day on the paper and who brought it; it
// may be about something else on record, such as a bill. Its type is found in its content, never taken from its name, and only
// types of a short list are taken in. Nothing is deleted: a document that was filed by mistake is withdrawn with a reason, and
// stays listed. What the register states may name a document as its evidence; [Refer] sees to it that it is one of the
// person or household in question.
//
// # Where the content lies
//
// The content lies sealed in a [Box] beside the database: in a folder, or in S3-compatible storage that many processes share. It is
// sealed with SM4-GCM in blocks, under a key of its own, which stands in the database under the key of the person or
// household. Whoever destroys that key (audit.Log.Destroy) destroys the photo with it, in every copy there is.
//
// Content goes first ([Files.Store]), onto the disk, under a name that means nothing; then its document is added in a transaction
// ([Files.Add]). So a document without content is damage, which [Verify] finds. Content without a document is what is left of a
// command that was given up: [Box.Sweep] removes it when it is old enough.
//
// # What can be checked without keys
//
// The database holds size and SM3 of the sealed content. So [Verify] and [Box.CopyTo] check every byte without being able to read
// any of it; [Files.Verify] opens it besides and compares it with the blind token of what was brought.
package file
