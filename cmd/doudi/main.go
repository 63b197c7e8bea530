// Command doudi is the whole system in one binary: it checks, tests and explains policy packs, decides who is due what,
// and divides medical bills.
package main

import (
	"io"
	"os"

	"doudi/decide/policy"
)

func main() {
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Main runs one command line and returns the exit status: 0 done, 1 refused or failed, 2 wrong usage. The end-to-end
// tests run it in the same process as the program does.
func Main(args []string, in io.Reader, out, errors io.Writer) int {
	a := &app{in: in, out: out, errors: errors, folders: map[*policy.Pack]string{}}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errors)
	return a.status(root.Execute())
}
