// Package debian sees to the programs that tests drive: it installs Debian's packages where it may, and otherwise names what is missing.
package debian

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Need makes sure that programs, named as on the path, and files, by their paths, are there. files says which package each comes with.
func Need(files map[string]string) error {
	if len(missing(files)) == 0 {
		return nil
	}
	packages := missing(files)
	if err := Install(packages...); err != nil {
		return err
	}
	if still := missing(files); len(still) > 0 {
		return fmt.Errorf("the packages %s of Debian do not bring what the tests need", strings.Join(still, " "))
	}
	return nil
}

func missing(files map[string]string) []string {
	packages := map[string]bool{}
	for file, name := range files {
		var err error
		if strings.Contains(file, "/") {
			_, err = os.Stat(file)
		} else {
			_, err = exec.LookPath(file)
		}
		if err != nil {
			packages[name] = true
		}
	}
	return slices.Sorted(maps.Keys(packages))
}

// Install installs packages. Who may not, or has no apt-get, is told which they are.
func Install(packages ...string) error {
	named := strings.Join(packages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return errors.New("these tests need Debian's packages " + named + ": apt-get install " + named)
	}
	install := append([]string{"install", "-y", "--no-install-recommends"}, packages...)
	if run(install...) == nil {
		return nil
	}
	// The list of packages may be missing or old.
	if err := errors.Join(run("update"), run(install...)); err != nil {
		return fmt.Errorf("these tests need Debian's packages %s, and installing them failed: %w", named, err)
	}
	return nil
}

func run(args ...string) error {
	command := exec.Command("apt-get", args...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
