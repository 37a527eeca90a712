package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	core = "k8s.io.api.core.v1."
	meta = "k8s.io.apimachinery.pkg.apis.meta.v1."
	made = "# Made by `make pod-schema`, which also checks it: do not edit.\n"
)

// held is what a kind that holds pods holds, somewhere.
var held = []string{core + "PodSpec", core + "PodTemplateSpec", core + "Container", core + "EphemeralContainer"}

// table is lines, each with the minors that have it.
type table map[string][]int

// reduce makes the files of these versions.
func reduce(versions map[int]string) (map[string][]byte, error) {
	var modules bytes.Buffer
	modules.WriteString(made)
	kinds, fields, groups := table{}, table{}, table{}
	for minor := firstMinor; minor <= lastMinor; minor++ {
		all := schema{}
		for _, library := range libraries {
			found, err := download(library, versions[minor])
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&modules, "1.%d %s %s %s\n", minor, found.Path, found.Version, found.Sum)
			if err := errors.Join(all.load(found.Dir), groups.registered(minor, found.Dir)); err != nil {
				return nil, err
			}
		}
		if err := all.list(minor, kinds, fields); err != nil {
			return nil, fmt.Errorf("1.%d: %w", minor, err)
		}
	}
	return map[string][]byte{
		modulesFile:  modules.Bytes(),
		"kinds.txt":  kinds.print("KIND PATH TYPE"),
		"fields.txt": fields.print("MESSAGE.FIELD TYPE"),
		"groups.txt": groups.print("GROUP/KIND"),
	}, nil
}

// list adds what one minor has: the kinds that hold pods, and the fields of those at v1. Older and
// newer versions of a kind are converted to it before a webhook sees them.
func (s schema) list(minor int, kinds, fields table) error {
	seen := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(s)) {
		kind := s[id]
		if !slices.ContainsFunc(kind.fields, func(f field) bool { return f.name == "metadata" && f.typ == meta+"ObjectMeta" }) {
			continue
		}
		places := s.holds(id, nil)
		if len(places) == 0 || strings.HasSuffix(id, "TemplateSpec") { // a part of kinds
			continue
		}
		for _, place := range places {
			line := strings.TrimPrefix(id, "k8s.io.api.") + " " + place
			kinds[line] = append(kinds[line], minor)
		}
		if strings.HasSuffix(kind.pkg, ".v1") {
			if err := s.describe(id, seen); err != nil {
				return err
			}
		}
	}
	for name := range seen {
		for _, f := range s.members(seen[name]) {
			if f.name == unnamed {
				return fmt.Errorf("%s has a field that its Go type lacks", name)
			}
			line := fmt.Sprintf("%s.%s %s%s", name, f.name, f.prefix, f.typ[strings.LastIndex(f.typ, ".")+1:])
			fields[line] = append(fields[line], minor)
		}
	}
	return nil
}

// holds is where the nearest pods stand in a message, and of which type they are.
func (s schema) holds(id string, above []string) []string {
	var places []string
	if slices.Contains(above, id) {
		return nil
	}
	above = append(slices.Clone(above), id)
	for _, f := range s.members(id) {
		switch {
		case slices.Contains(held, f.typ):
			places = append(places, f.name+f.prefix+" "+f.typ[strings.LastIndex(f.typ, ".")+1:])
		default:
			for _, place := range s.holds(f.typ, above) {
				places = append(places, f.name+f.prefix+"."+place)
			}
		}
	}
	return places
}

// describe adds a message and all that it contains to those that are seen, by the short name.
// What Kubernetes reports about an object is nobody's wish.
func (s schema) describe(id string, seen map[string]string) error {
	m, known := s[id]
	if !known || leaves[id] {
		return nil
	}
	if other, is := seen[m.name]; is {
		if other != id {
			return errors.New("two messages with one name: " + id + ", " + other)
		}
		return nil
	}
	seen[m.name] = id
	for _, f := range s.members(id) {
		if f.name == "status" {
			continue
		}
		if err := s.describe(f.typ, seen); err != nil {
			return err
		}
	}
	return nil
}

// members are the fields as they stand in JSON.
func (s schema) members(id string) []field {
	if leaves[id] || s[id] == nil {
		return nil
	}
	var members []field
	for _, f := range s[id].fields {
		if f.name == "" {
			members = append(members, s.members(f.typ)...)
		} else {
			members = append(members, f)
		}
	}
	return members
}

// print writes the lines in order.
func (t table) print(columns string) []byte {
	var out bytes.Buffer
	out.WriteString(made + "# " + columns + " [MINORS, where it is not all of them]\n")
	for _, line := range slices.Sorted(maps.Keys(t)) {
		out.WriteString(line)
		if len(t[line]) <= lastMinor-firstMinor {
			for i, minor := range t[line] {
				fmt.Fprintf(&out, "%c1.%d", " ,"[min(i, 1)], minor)
			}
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}
