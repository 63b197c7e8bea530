// Package auth says who may do what: people with accounts and posts ([Staff]), and the keys with which other systems come ([Keys]): a
// hospital's, a pharmacy's, an office's.
//
// # People
//
// An account is one person's. A post (岗位) gives it a role at an organisation from a day to a day: a county office, a town, a village, a
// hospital, a school. Organisations are those of the register and of the list of providers; who took over from one that is no more, its
// posts belong to. What a role may do, how far that reaches, what for, and which protected facts it needs are two tables, roles.csv and
// access.csv: no role stands in the program. While somebody is away another may act in the post ([Staff.Cover]), and still under the own
// id, so that nobody checks what the same person has made.
//
// A password is kept as argon2id. Five wrong tries lock a name for a quarter of an hour, whether or not there is such an account, and the
// answer never says which it was. A role may ask for a second factor. A session ends after half an hour without use, after twelve hours,
// when the password changes and when the account is closed; the record keeps only its digest. The first account of a county is made
// with a code that the program shows to who starts it ([Staff.SetUp]).
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
