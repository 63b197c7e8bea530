package present

// HasOffice tells whether an office of the vocabulary has an English name.
func HasOffice(name string) bool {
	_, ok := offices[name]
	return ok
}
