package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
)

const modulesFile = "modules.txt"

// module is a library at a version, as the go command found and verified it.
type module struct {
	Path, Version, Sum, Dir, Error string
}

// newest is the highest patch of each minor.
func newest() (map[int]string, error) {
	out, err := goTool("list", "-m", "-versions", "-json", libraries[0])
	if err != nil {
		return nil, err
	}
	var list struct{ Versions []string } // ascending
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, err
	}
	versions := map[int]string{}
	for _, version := range list.Versions {
		for minor := firstMinor; minor <= lastMinor; minor++ {
			if released(minor).MatchString(version) {
				versions[minor] = version
			}
		}
	}
	return versions, complete(versions)
}

func released(minor int) *regexp.Regexp {
	return regexp.MustCompile(fmt.Sprintf(`^v0\.%d\.[0-9]+$`, minor))
}

// pinned is what modulesFile says.
func pinned(text []byte) (map[int]string, error) {
	versions := map[int]string{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var minor int
		var path, version, sum string
		if _, err := fmt.Sscanf(line, "1.%d %s %s %s\n", &minor, &path, &version, &sum); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", modulesFile, line, err)
		}
		if known := versions[minor]; known != "" && known != version {
			return nil, fmt.Errorf("%s: 1.%d is %s and %s", modulesFile, minor, known, version)
		}
		versions[minor] = version
	}
	return versions, complete(versions)
}

func complete(versions map[int]string) error {
	for minor := firstMinor; minor <= lastMinor; minor++ {
		if versions[minor] == "" {
			return fmt.Errorf("no version for 1.%d", minor)
		}
	}
	return nil
}

// download finds a library in the module cache, or puts it there; the go command compares it with
// the public checksum database.
func download(path, version string) (module, error) {
	var found module
	out, err := goTool("mod", "download", "-json", path+"@"+version)
	if jsonErr := json.Unmarshal(out, &found); jsonErr != nil {
		return found, errors.Join(err, jsonErr)
	}
	if found.Error != "" {
		return found, errors.New(found.Error)
	}
	return found, err
}

func goTool(args ...string) ([]byte, error) {
	command := exec.Command("go", args...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return out, err
}
