// pod-schema reduces the published API of Kubernetes to what tests/it/reading/pod_schema reads: the kinds
// that hold pods, and the fields of these and of all that they contain, by the minors that have
// them. `write FOLDER` takes the newest patch of each minor; `check FOLDER` takes the patches that
// are written there and tells whether the rest is what they say.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The minors of Kubernetes 1 that Bulkhead supports.
const (
	firstMinor = 33
	lastMinor  = 37
)

// libraries are the Go modules with the API; both are published as v0.MINOR.PATCH.
var libraries = []string{"k8s.io/api", "k8s.io/apimachinery"}

func main() {
	if len(os.Args) != 3 || (os.Args[1] != "write" && os.Args[1] != "check") {
		fmt.Fprintln(os.Stderr, "usage: pod-schema write|check FOLDER")
		os.Exit(2)
	}
	do := check
	if os.Args[1] == "write" {
		do = write
	}
	if err := do(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pod-schema:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	versions, err := newest()
	if err != nil {
		return err
	}
	files, err := reduce(versions)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func check(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, modulesFile))
	if err != nil {
		return err
	}
	versions, err := pinned(text)
	if err != nil {
		return err
	}
	files, err := reduce(versions)
	if err != nil {
		return err
	}
	var differ []string
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(have, want) {
			differ = append(differ, name+firstDifference(have, want))
		}
	}
	if len(differ) > 0 {
		return errors.New("not what the modules say; `make pod-schema` writes it\n" + strings.Join(differ, "\n"))
	}
	fmt.Printf("%s is what %s of 1.%d to 1.%d say\n", folder, strings.Join(libraries, " and "), firstMinor, lastMinor)
	return nil
}

func firstDifference(have, want []byte) string {
	haveLines, wantLines := strings.Split(string(have), "\n"), strings.Split(string(want), "\n")
	for i, line := range wantLines {
		if i >= len(haveLines) || haveLines[i] != line {
			return fmt.Sprintf(":%d: should be: %s", i+1, line)
		}
	}
	return fmt.Sprintf(":%d: should end here", len(wantLines))
}
