package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"bulkhead.dev/image/oci"
)

// stage is what a stage from scratch says of its image.
type stage struct {
	copied   []copied
	env      []string
	labels   map[string]string
	ports    map[string]struct{}
	programs map[string][]string // ENTRYPOINT and CMD
	user     string
	// What ARG has declared so far, and what all arguments are.
	declared, arguments map[string]string
}

func newStage(arguments map[string]string) *stage {
	return &stage{
		labels: map[string]string{}, ports: map[string]struct{}{}, programs: map[string][]string{},
		declared: map[string]string{}, arguments: arguments,
	}
}

func (s *stage) config() oci.Object {
	return oci.Object{
		"Cmd": s.programs["CMD"], "Entrypoint": s.programs["ENTRYPOINT"], "Env": s.env,
		"ExposedPorts": s.ports, "Labels": s.labels, "User": s.user,
	}
}

// copied is one COPY.
type copied struct {
	from    string // a stage; the context if empty
	sources []string
	to      string // absolute
	mode    int64
}

// lastStage reads the last stage. It knows what the Dockerfile of this project needs; anything else is
// an error rather than an image that lacks something.
func lastStage(text string, arguments map[string]string) (*stage, error) {
	var last *stage
	lines := strings.Split(text, "\n")
	for at := 0; at < len(lines); at++ {
		first, line := at+1, strings.TrimSpace(lines[at])
		if line == "" || line[0] == '#' {
			continue
		}
		for strings.HasSuffix(line, `\`) && at+1 < len(lines) {
			at++
			next := strings.TrimSpace(lines[at])
			if next == "" || next[0] != '#' {
				line = strings.TrimSuffix(line, `\`) + next
			}
		}
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if word == "FROM" {
			last = nil
			if rest == "scratch" {
				last = newStage(arguments)
			}
		} else if last != nil {
			if err := last.read(word, rest); err != nil {
				return nil, fmt.Errorf("%d: %s: %w", first, word, err)
			}
		}
	}
	if last == nil {
		return nil, errors.New(" the last stage is not FROM scratch")
	}
	return last, nil
}

func (s *stage) read(word, rest string) error {
	if word == "ENTRYPOINT" || word == "CMD" {
		var words []string
		if err := json.Unmarshal([]byte(rest), &words); err != nil {
			return errors.New("write it as a JSON list: there is no shell in the image")
		}
		s.programs[word] = words
		return nil
	}
	words, err := s.words(rest)
	if err != nil {
		return err
	}
	switch word {
	case "ARG":
		return s.declare(words)
	case "COPY":
		return s.copy(words)
	case "ENV":
		s.env = append(s.env, words...)
	case "EXPOSE":
		for _, port := range words {
			s.ports[port+"/tcp"] = struct{}{}
		}
	case "LABEL":
		for _, word := range words {
			if err := pair(word, s.labels); err != nil {
				return err
			}
		}
	case "USER":
		s.user = rest
	default:
		return errors.New("the last stage may not have this: nothing runs in it, and image/dockerfile.go knows no more")
	}
	return nil
}

func (s *stage) declare(names []string) error {
	for _, name := range names {
		value, given := s.arguments[name]
		if !given {
			return fmt.Errorf("%s is not given", name)
		}
		s.declared[name] = value
	}
	return nil
}

func (s *stage) copy(words []string) error {
	made := copied{mode: -1}
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		name, value, _ := strings.Cut(words[0], "=")
		words = words[1:]
		switch name {
		case "--from":
			made.from = value
		case "--chmod":
			mode, err := strconv.ParseInt(value, 8, 64)
			if err != nil {
				return fmt.Errorf("%q is no octal mode", value)
			}
			made.mode = mode
		default:
			return fmt.Errorf("%s is not known here", name)
		}
	}
	if made.mode < 0 {
		return errors.New("say --chmod: the modes of a checkout depend on whose it is")
	}
	if len(words) < 2 {
		return errors.New("a source and a place are needed")
	}
	made.sources, made.to = words[:len(words)-1], words[len(words)-1]
	if made.to[0] != '/' || len(made.sources) > 1 && !strings.HasSuffix(made.to, "/") {
		return fmt.Errorf("%s is not the place of a file, or a folder with / at its end", made.to)
	}
	s.copied = append(s.copied, made)
	return nil
}

// words splits at spaces that are not between quotes, and puts in what ARG declared.
func (s *stage) words(text string) ([]string, error) {
	if strings.ContainsAny(text, `'\`) {
		return nil, errors.New(`of quotes only " are known here, and no escapes`)
	}
	quoted := false
	words := strings.FieldsFunc(text, func(letter rune) bool {
		if letter == '"' {
			quoted = !quoted
		}
		return !quoted && (letter == ' ' || letter == '\t')
	})
	var unknown error
	for i, word := range words {
		words[i] = os.Expand(strings.ReplaceAll(word, `"`, ""), func(name string) string {
			value, known := s.declared[name]
			if !known {
				unknown = fmt.Errorf("no ARG declares %s", name)
			}
			return value
		})
	}
	return words, unknown
}
