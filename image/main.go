// image-writer carries out the last stage of a Dockerfile without a container engine, and writes the
// image into an OCI archive. What other stages made is in folders that they would have as their root.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bulkhead.dev/image/oci"
)

const usage = `usage: image-writer -dockerfile FILE -name NAME -architecture ARCH [-stage NAME=FOLDER]... ARCHIVE [ARG=VALUE]...

The arguments are those of a build, SOURCE_DATE_EPOCH among them: the time of everything in the image.
`

type options struct {
	dockerfile, name, architecture, archive string
	stages                                  map[string]string // the folders of what is copied from
	arguments                               map[string]string
	time                                    time.Time
}

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "image-writer: %v\n%s", err, usage)
		os.Exit(2)
	}
	if err := write(o); err != nil {
		fmt.Fprintf(os.Stderr, "image-writer: %v\n", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	o := options{stages: map[string]string{}, arguments: map[string]string{}}
	flags := flag.NewFlagSet("image-writer", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error, once
	flags.StringVar(&o.dockerfile, "dockerfile", "", "")
	flags.StringVar(&o.name, "name", "", "")
	flags.StringVar(&o.architecture, "architecture", "", "")
	flags.Func("stage", "", func(text string) error { return pair(text, o.stages) })
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() == 0 || o.dockerfile == "" || o.name == "" || o.architecture == "" {
		return o, errors.New("something is missing")
	}
	o.archive = flags.Arg(0)
	for _, text := range flags.Args()[1:] {
		if err := pair(text, o.arguments); err != nil {
			return o, err
		}
	}
	seconds, err := strconv.ParseInt(o.arguments["SOURCE_DATE_EPOCH"], 10, 64)
	if err != nil {
		return o, errors.New("SOURCE_DATE_EPOCH=SECONDS is missing")
	}
	o.time = time.Unix(seconds, 0).UTC()
	// The context of the build is the folder of the Dockerfile.
	o.stages[""] = filepath.Dir(o.dockerfile)
	return o, nil
}

func pair(text string, into map[string]string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return fmt.Errorf("%q is not NAME=VALUE", text)
	}
	into[name] = value
	return nil
}

func write(o options) error {
	text, err := os.ReadFile(o.dockerfile)
	if err != nil {
		return err
	}
	stage, err := lastStage(string(text), o.arguments)
	if err != nil {
		return fmt.Errorf("%s:%w", o.dockerfile, err)
	}
	var layers [][]byte
	for _, copied := range stage.copied {
		layer, err := layer(o, copied)
		if err != nil {
			return err
		}
		layers = append(layers, layer)
	}
	archive, err := oci.Archive([]oci.Image{{
		Name: o.name, Architecture: o.architecture, Created: o.time.Format(time.RFC3339),
		Config: stage.config(), Layers: layers,
	}})
	if err != nil {
		return err
	}
	return os.WriteFile(o.archive, archive, 0o644)
}

// layer is that of one COPY: the files, and before them the folders on the way to them.
func layer(o options, copied copied) ([]byte, error) {
	root, known := o.stages[copied.from]
	if !known {
		return nil, fmt.Errorf("COPY --from=%s: no folder of that stage is given", copied.from)
	}
	var entries []oci.Entry
	for at, letter := range copied.to {
		if letter == '/' && at > 0 {
			entries = append(entries, oci.Entry{Name: copied.to[1:at] + "/", Mode: 0o755})
		}
	}
	for _, source := range copied.sources {
		data, err := os.ReadFile(filepath.Join(root, source))
		if err != nil {
			return nil, err
		}
		to := copied.to[1:]
		if to == "" || strings.HasSuffix(to, "/") {
			to += filepath.Base(source)
		}
		entries = append(entries, oci.Entry{Name: to, Mode: copied.mode, Data: data})
	}
	return oci.Layer(entries, o.time)
}
