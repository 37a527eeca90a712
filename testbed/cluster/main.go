// bulkhead-cluster is a real Kubernetes API for tests: etcd, kube-apiserver and kubectl in one
// program. The name it is called by (a symlink) picks the part, so that the libraries the parts
// share are compiled and linked once. By its own name it starts a control plane, see up.go.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	_ "time/tzdata" // the apiserver checks time zones of CronJobs, also where none are installed

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"

	// What the upstream mains register by blank imports.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// programs is every name this program answers to. A new one is one line here and one in
// `build`, which makes the symlinks. Each reads os.Args itself and returns the exit code.
var programs = map[string]func() int{
	"bulkhead-cluster": runCluster,
	"etcd":             runEtcd,
	"kube-apiserver":   func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kubectl":          runKubectl,
	"kubectl-read":     runRead,
}

func main() {
	name := filepath.Base(os.Args[0])
	program, known := programs[name]
	if !known {
		names := slices.Sorted(maps.Keys(programs))
		fmt.Fprintf(os.Stderr, "called as %q, but must be one of: %s\n", name, strings.Join(names, ", "))
		os.Exit(2)
	}
	os.Exit(program())
}

func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

// runKubectl is upstream's main: cli.Run would lose kubectl's own exit codes and error format.
// Newer ones also log from before the flags are read; the oldest version built here cannot.
func runKubectl() int {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err) // exits
	}
	return 0
}
