// Package web is what people of an office work with in a browser: work queues, files of people and households, the settlement desk of a
// hospital, accounts and posts.
//
// Everything but signing in and setting up is behind a sign-in (package auth). Each address says which permissions open it; to a post without
// them, and to nobody signed in, it does not exist. What a post may open is bounded once more by what it is about: a hospital's own bills,
// the people of a post's division. A form that comes when the session is over is kept in the page that asks to sign in; what is typed and not
// sent is kept as a draft (package desk), for every form there is ([slip]).
//
// Pages are made on the server (templ) and work without JavaScript; with it, forms swap the middle of the page instead of loading it
// anew (htmx) and the keys of the desk work. Nothing is fetched from elsewhere, and the strict content policy allows neither script nor
// style inside a page.
//
// An address names what it shows by the number that stands on paper; a person by the id on the register, never by an
// identity number. What is typed into the search travels in the body of a request, so that no log of addresses holds it. The same
// address answers a fragment to a request of htmx. A form that did something ends with a redirect, so that loading again does
// nothing again; what was to be settled carries a key, so that sending twice does nothing twice, and the figures that were shown, so
// that others are never settled unseen.
//
// Every look at a person is recorded (package audit) with who looked, in which post and what for.
package web
