package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// What kubectl reads in a text, before it looks at kinds.
type reading struct {
	// Those before the first one that it cannot read; half a surrogate pair is U+FFFD, as for the
	// API server.
	Objects []any  `json:"objects"`
	Error   string `json:"error,omitempty"`
}

// runRead answers texts with what kubectl reads in them. Each text comes behind its length in bytes
// (32 bits, little endian), and is answered by one line of JSON.
func runRead() int {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var length uint32
		err := binary.Read(in, binary.LittleEndian, &length)
		if errors.Is(err, io.EOF) {
			return 0
		}
		text := make([]byte, length)
		if err == nil {
			_, err = io.ReadFull(in, text)
		}
		if err == nil {
			err = json.NewEncoder(out).Encode(read(text))
		}
		if err == nil && in.Buffered() == 0 {
			err = out.Flush()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "kubectl-read:", err)
			return 1
		}
	}
}

// read does what the FileVisitor and the StreamVisitor of k8s.io/cli-runtime do.
func read(text []byte) (found reading) {
	found.Objects = []any{}
	decoded := transform.NewReader(bytes.NewReader(text), unicode.BOMOverride(unicode.UTF8.NewDecoder()))
	decoder := yaml.NewYAMLOrJSONDecoder(decoded, 4096)
	for {
		var object runtime.RawExtension
		if err := decoder.Decode(&object); err != nil {
			if !errors.Is(err, io.EOF) {
				found.Error = err.Error()
			}
			return found
		}
		object.Raw = bytes.TrimSpace(object.Raw)
		if len(object.Raw) != 0 && !bytes.Equal(object.Raw, []byte("null")) {
			var value any
			numbers := json.NewDecoder(bytes.NewReader(object.Raw))
			numbers.UseNumber()
			if err := numbers.Decode(&value); err != nil {
				panic(err) // it is what a JSON decoder or encoder made
			}
			found.Objects = append(found.Objects, value)
		}
	}
}
