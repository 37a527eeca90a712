// bulkhead-node is a real Kubernetes node for tests: the control plane of testbed/cluster with
// controllers, scheduler, containerd and kubelet, in namespaces of their own.
//
// It runs as three processes. `up` stays outside, starts the second and cleans up after it. That one
// is process 1 of a new PID, mount, network and IPC namespace: it mounts, then reaps orphans (the
// shims of containerd among them). The third, `run`, starts everything else. When process 1 ends,
// for whatever reason, the kernel ends all processes of the namespace, and with the last of them
// the mounts and interfaces are gone.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const usage = `usage: bulkhead-node up --dir DIR [--cluster FOLDER] [--image ARCHIVE]... [--again] [-- APISERVER-FLAGS...]

Starts a Kubernetes node in namespaces of its own, prints "ready DIR/kubeconfig" and runs until
stdin ends, SIGTERM or SIGINT comes, or a part of it dies (exit code 1). Needs root. What talks to
it enters its network first: nsenter --net=DIR/netns kubectl --kubeconfig DIR/kubeconfig ...

  --dir DIR         kubeconfig, netns, cluster/ (see testbed/cluster) and log/; emptied of these first
  --image ARCHIVE   an image for pods, besides the probes
  --again           goes on with the objects that an earlier up left in DIR, all else is new
  --cluster FOLDER  of bulkhead-cluster; default: the folder cluster beside the one of this program
`

// The verbs of the second and third process. They are not for people.
const (
	verbInit = "init"
	verbRun  = "run"
)

type options struct {
	dir            string   // absolute
	cluster        string   // absolute
	programs       string   // absolute, the folder of this program
	cgroup         string   // name of the pods' cgroup
	images         []string // absolute
	again          bool
	apiserverFlags []string
}

func main() {
	verb := map[string]func(options) error{"up": up, verbInit: runInit, verbRun: run}
	o, name, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bulkhead-node: %v\n%s", err, usage)
		os.Exit(2)
	}
	if err := verb[name](o); err != nil {
		if !errors.Is(err, errTold) {
			fmt.Fprintf(os.Stderr, "bulkhead-node: %v\n", err)
		}
		os.Exit(1)
	}
}

// errTold is the end of a child that has already said why.
var errTold = errors.New("told before")

func parse(args []string) (options, string, error) {
	var o options
	if len(args) > 0 && slices.Contains([]string{"-h", "--help", "help"}, args[0]) {
		return o, "", flag.ErrHelp
	}
	if len(args) == 0 || !slices.Contains([]string{"up", verbInit, verbRun}, args[0]) {
		return o, "", errors.New("the only verb is up")
	}
	self, err := os.Executable()
	if err != nil {
		return o, "", err
	}
	o.programs = filepath.Dir(self)
	name, args := args[0], args[1:]
	if i := slices.Index(args, "--"); i >= 0 {
		args, o.apiserverFlags = args[:i], args[i+1:]
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error, once
	flags.StringVar(&o.dir, "dir", "", "")
	flags.StringVar(&o.cluster, "cluster", filepath.Join(o.programs, "../cluster"), "")
	flags.BoolVar(&o.again, "again", false, "")
	flags.Func("image", "", func(archive string) error {
		archive, err := filepath.Abs(archive)
		o.images = append(o.images, archive)
		return err
	})
	if name != "up" {
		flags.StringVar(&o.cgroup, "cgroup", "", "")
	}
	if err := flags.Parse(args); err != nil {
		return o, "", err
	}
	if flags.NArg() > 0 {
		return o, "", fmt.Errorf("unexpected %q; flags of the apiserver go after --", flags.Arg(0))
	}
	if o.dir == "" {
		return o, "", errors.New("--dir is missing")
	}
	for _, path := range []*string{&o.dir, &o.cluster} {
		if *path, err = filepath.Abs(*path); err != nil {
			return o, "", err
		}
	}
	for _, hidden := range hidden {
		if strings.HasPrefix(o.dir+"/", hidden+"/") {
			return o, "", fmt.Errorf("--dir below %s, where the node puts its own; choose another", hidden)
		}
	}
	return o, name, nil
}

// arguments gives the same options to the next process.
func (o options) arguments(verb string) []string {
	args := []string{verb, "--dir", o.dir, "--cluster", o.cluster, "--cgroup", o.cgroup}
	if o.again {
		args = append(args, "--again")
	}
	for _, archive := range o.images {
		args = append(args, "--image", archive)
	}
	return append(append(args, "--"), o.apiserverFlags...)
}

// program is this program.
func (o options) program() string {
	return filepath.Join(o.programs, "bulkhead-node")
}

func (o options) path(names ...string) string {
	return filepath.Join(append([]string{o.dir}, names...)...)
}
