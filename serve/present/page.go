package present

// Page is what is to be said, in one language, before anybody decides how it looks.
type Page struct {
	Lang     string // zh or en
	Title    string
	Mark     string // set beside the title where not empty: 示例
	Fields   []Field
	Sections []Section
}

// Section is a part of a page. Everything in it is optional; what is there is shown in this order.
type Section struct {
	Title  string
	Status string // the verdict, beside the title
	Tone   Tone   // of the status
	Fields []Field
	Table  *Table
	Items  []Item
	Notes  []string
	Sheet  bool // begins a new sheet on paper
}

// Field is a name with its value. A value may hold line breaks.
type Field struct {
	Name, Value string
	Strong      bool
	Exact       bool // for machines and auditors: ids and digests, which say nothing to others
}

// Table is rows under headings.
type Table struct {
	Columns []Column
	Rows    []Row
}

// Column is a heading and how its cells are set.
type Column struct {
	Title string
	Right bool // figures stand to the right and are never broken
	Flex  bool // takes the width that the others leave
	Least int  // characters that a flexible column needs; 0 leaves it to the drawer
	Toned bool // shows the row's tone
}

// Row is one line of a table.
type Row struct {
	Kind  RowKind
	Tone  Tone
	Cells []string
}

// RowKind says what a row is, so that every drawer sets it off in its own way.
type RowKind uint8

// The kinds of rows.
const (
	Plain       RowKind = iota
	Detail              // belongs to the row above
	Provisional         // not final
	Share               // the patient's
	Sum                 // adds up the column
)

// Item is a condition with its answer and the facts it was answered by, or any other marked line.
type Item struct {
	Mark  Mark
	Text  string
	Facts []Fact
	Notes []string
}

// Mark is the answer in front of an item.
type Mark uint8

// The marks.
const (
	NoMark Mark = iota
	Yes
	No
	Open
)

// Fact is a value that something was decided by.
type Fact struct {
	Name   string
	Value  string
	Source string // office and days, in words
	Guard  string // why it is protected: 健康; "" when it is not
}

// Tone is what a word means to its reader: colour on a screen, nothing on plain paper.
type Tone uint8

// The tones.
const (
	Neutral Tone = iota
	Good         // paid, met, closed
	Bad          // refused, not met
	Waiting      // something is missing or due
)
