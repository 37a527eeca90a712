package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// message is a message of a generated.proto.
type message struct {
	pkg    string // k8s.io.api.core.v1
	name   string // PodSpec
	fields []field
}

// field is a field of a message, by the name that it has in JSON.
type field struct {
	name   string // empty where the members of its type stand in its place
	prefix string // [] or {}, of a list or a map
	typ    string // string, or pkg.Name of a message
}

// leaves are messages whose JSON is not an object of their fields.
var leaves = map[string]bool{
	"k8s.io.apimachinery.pkg.api.resource.Quantity":   true,
	"k8s.io.apimachinery.pkg.apis.meta.v1.Duration":   true,
	"k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1":   true,
	"k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime":  true,
	"k8s.io.apimachinery.pkg.apis.meta.v1.Time":       true,
	"k8s.io.apimachinery.pkg.runtime.RawExtension":    true,
	"k8s.io.apimachinery.pkg.util.intstr.IntOrString": true,
}

var (
	packageLine = regexp.MustCompile(`^package ([\w.]+);$`)
	messageLine = regexp.MustCompile(`^message (\w+) \{$`)
	fieldLine   = regexp.MustCompile(`^  (optional|repeated) \.?([\w.]+) \w+ = (\d+);$`)
	mapLine     = regexp.MustCompile(`^  map<string, \.?([\w.]+)> \w+ = (\d+);$`)
)

// schema is every message of a minor, by pkg.Name.
type schema map[string]*message

// load reads every generated.proto below a folder.
func (s schema) load(root string) error {
	return filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.Name() != "generated.proto" {
			return err
		}
		return s.read(path)
	})
}

// read adds the messages of one file.
func (s schema) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	names, err := jsonNames(filepath.Dir(path))
	if err != nil {
		return err
	}
	var pkg string
	var current *message
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		switch found := messageLine.FindStringSubmatch(line); {
		case found != nil:
			current = &message{pkg: pkg, name: found[1]}
			s[pkg+"."+current.name] = current
		case packageLine.MatchString(line):
			pkg = packageLine.FindStringSubmatch(line)[1]
		case line == "}":
			current = nil
		case current != nil && line != "" && !strings.HasPrefix(strings.TrimSpace(line), "//"):
			if err := current.add(line, names); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return lines.Err()
}

// add reads the line of a field.
func (m *message) add(line string, names map[string]map[int]string) error {
	var f field
	var number string
	if found := fieldLine.FindStringSubmatch(line); found != nil {
		f.typ, number = found[2], found[3]
		if found[1] == "repeated" {
			f.prefix = "[]"
		}
	} else if found := mapLine.FindStringSubmatch(line); found != nil {
		f.prefix, f.typ, number = "{}", found[1], found[2]
	} else {
		return fmt.Errorf("message %s: not understood: %s", m.name, line)
	}
	if strings.ToUpper(f.typ[:1]) == f.typ[:1] { // a message of the same package
		f.typ = m.pkg + "." + f.typ
	}
	at, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	name, known := names[m.name][at]
	if !known {
		name = unnamed
	}
	f.name = name
	m.fields = append(m.fields, f)
	return nil
}
