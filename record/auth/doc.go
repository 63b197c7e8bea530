// Package auth says who may do what. So far it knows the keys with which other systems come: a hospital's, a pharmacy's, an office's.
//
// # A key
//
// A key belongs to one county and one institution on its list (package provider), and carries scopes: what may be asked for with it
// ([Scope]). It is 256 random bits written behind its county and its id,
//
//	doudi_999901_0199f3c29d0070008f1e8c6f0a4b2d17_4f1c…64 hexadecimal digits…9b
//
// so that whoever finds one in a file knows what it is, and the county whose record is asked is known before anything is read. It is
// shown once, when it is issued; the record keeps its SM3 digest. A digest without salt is enough: what is random over 256 bits is
// found in no table.
//
// A key holds from a day to a day and can be revoked. [Keys.Issue] and [Keys.Revoke] add entries to the log. The day on which a key was last
// used is kept, so that forgotten ones can be found.
//
// # What is refused
//
// Whoever comes with a key that was never issued learns nothing but that: an unknown county, an unknown id and a wrong secret
// answer alike (auth.key-wrong) and take alike. Only the holder of the true key is told that it has ended or was revoked. A [Guard]
// bounds how many wrong keys an address may try.
package auth
