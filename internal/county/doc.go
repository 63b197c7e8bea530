// Package county invents a county: its towns and villages, its households and what the offices know of them, and what happens to them in a
// year. It is made for demonstrations, measurements and tests.
//
// # The stream
//
// [New] lays a county out; [County.Households] then makes its households one after the other and forgets them, so that a county of a million
// people needs no more memory than one of two thousand. Nothing in it depends on a database. The same code, seed and size give the same county on
// every machine, to the letter.
//
//	c, err := county.New(library, county.Code, 1, county.Small)
//	for h := range c.Households() {
//	    for _, p := range h.Members { … p.Facts, p.Asked, p.Account, p.Bills … }
//	}
//
// Codes and identity numbers begin with 9999; a register takes them in only where it was marked as a demonstration.
//
// # Towns stand for counties
//
// Each of the packs that come with the program was written for a county of its own. Here each is adopted by towns ([Town.Adoption]), all of them in
// force in the year [Year], and all that a pack asks for is found in its towns: hospital, clinic, pharmacy, village doctors, and households in every
// situation that it speaks of.
//
// What there is and how often stands in the files of the folder plans: one for what all towns share, one for each pack with its adoption and its
// situations. A situation is a household with what is known of its members, what they applied for, what will happen to them, and their bills. In the first
// town of each plan every situation comes up once; beyond that chance decides, by weights. The groups of assisted households are dealt evenly: in
// ten thousand of them are 1,216 not yet out of poverty, 1,555 monitored and 1,225 on the margin, as in the screening of Huining.
//
// # The year
//
// [Household.Changes] is what happens in the year and when the office hears of it, some of it late: births, deaths, moves, pupils who leave
// school, certificates that expire, incomes that rise. [Person.Bills] is what hospitals and pharmacies send. [Person.Asked] is what people applied
// for, [Person.Approved] what of it was approved. [Person.Account] is the bank account on file; some people have none, and some accounts are in
// another's name.
//
// # The record
//
// [Writer] writes the stream into a record through the packages of the record: [Writer.Found] what is there before anybody comes, [Writer.People] the
// register of the first day, [Writer.Accounts] the bank accounts, [Writer.Month] what happens in a month: bills, decisions on applications, and what the offices hear of. What was written
// before is not written twice, so that whoever was cut off begins again. [County.Rolls] are the same people as offices have them in their tables.
//
// Every other county of a demonstration, a measurement or a test is set up the same way, by [Office.Found] from a [Place]. [Open] is the one in which tests
// of pages and interfaces work: a hospital, and the few people they name.
package county
