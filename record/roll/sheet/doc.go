// Package sheet reads the rolls that offices really have, workbooks (xlsx) and tables as text (CSV), and writes those they get back.
// It knows nothing of the register: it turns a file into rows that say, in the words of the vocabulary, what stands in them, and names
// what cannot be read by its place.
//
// # From a file to rows
//
//	book, err := sheet.Open(sheet.Source{Name: "花名册.xlsx", Content: f, Size: n})  // refuses what is no table, with advice
//	layout, err := catalogue.Recognise(book, sheet.Wish{})                       // which sheet, which row is the header, which template
//	mapping := layout.Mapping()                                                   // to be confirmed by a person, and kept
//	for row, err := range catalogue.Rows(book, layout) { … }                      // one at a time; memory does not grow with the file
//
// A [Mapping] that was confirmed goes back in as Wish.Mapping; a file whose headers are no longer those of the mapping is refused
// with the headers that differ. Reading the same file again gives the same rows with the same places, so that an import can go on
// where it was cut off: skip the rows up to the last one kept.
//
// An error that ends the rows means that the rest of the file is not known; what was read before it must not be used alone.
//
// # What is never guessed
//
// A cell that was damaged is refused with the reason, not repaired: an identity or account number in scientific notation or with its
// last digits turned to zeros, a day whose month and day may have been swapped, garbled characters, a formula nobody computed. A row with any
// problem says nothing ([Row.Data] still holds what could be read, to be shown). A blank cell says nothing; it does not say “no”.
//
// # Formulas
//
// Of a formula the value that was saved with it is taken: it is what the office saw. A formula without one, or with an error for a
// value, is a problem of its row. Nothing is computed, and no other workbook is opened for a link to it.
//
// # Policy is data
//
// The columns of the known templates, and which facts each states, stand in data/templates.yaml; data/xlsx_templates.csv is
// the list of columns they were taken from. A file without a template is read by a mapping whose columns name fields themselves.
package sheet
