package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const usage = `usage: bulkhead-cluster up --dir DIR [--address IP:PORT [--again]] [--audit-policy FILE] [-- APISERVER-FLAGS...]

Starts etcd and kube-apiserver on free ports of 127.0.0.1, prints "ready DIR/kubeconfig" and runs
until stdin ends, SIGTERM or SIGINT comes, or one of the two dies (exit code 1).

  --dir DIR            certificates, data, log/*.log, kubeconfig and audit.log; emptied of these first
  --address IP:PORT    where kube-apiserver listens instead, such as the first address of Services
  --again              goes on with the objects and certificates that an earlier up left in DIR
  --audit-policy FILE  instead of the built-in one (metadata of pods and workloads)
`

const (
	readyTimeout = 60 * time.Second
	readyPoll    = 50 * time.Millisecond
	lockTimeout  = 2 * time.Second
	lockName     = "bulkhead-cluster.lock"
	auditPolicy  = "audit-policy.yaml"
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// owned is all that `up` writes into its directory, and so all that it may remove there.
var owned = []string{"etcd", "pki", "log", "kubeconfig", "node.kubeconfig", "audit.log", auditPolicy}

var folders = []string{"etcd", "pki", "log"}

//go:embed audit-policy.yaml
var defaultAuditPolicy []byte

type options struct {
	dir            string         // absolute
	address        netip.AddrPort // invalid for a free port of 127.0.0.1
	again          bool           // nothing is emptied
	auditPolicy    string         // absolute, or empty for the built-in one
	apiserverFlags []string
}

func runCluster() int {
	options, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bulkhead-cluster: %v\n%s", err, usage)
		return 2
	}
	if err := up(options); err != nil {
		fmt.Fprintf(os.Stderr, "bulkhead-cluster: %v\n", err)
		return 1
	}
	return 0
}

func parse(args []string) (options, error) {
	var o options
	if len(args) > 0 && slices.Contains([]string{"-h", "--help", "help"}, args[0]) {
		return o, flag.ErrHelp
	}
	if len(args) == 0 || args[0] != "up" {
		return o, errors.New("the only verb is up")
	}
	args = args[1:]
	if i := slices.Index(args, "--"); i >= 0 {
		args, o.apiserverFlags = args[:i], args[i+1:]
	}
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error, once
	flags.StringVar(&o.dir, "dir", "", "")
	flags.TextVar(&o.address, "address", netip.AddrPort{}, "")
	flags.BoolVar(&o.again, "again", false, "")
	flags.StringVar(&o.auditPolicy, "audit-policy", "", "")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected %q; flags of the apiserver go after --", flags.Arg(0))
	}
	if o.dir == "" {
		return o, errors.New("--dir is missing")
	}
	if o.again && !o.address.IsValid() {
		return o, errors.New("--again needs the --address of before, which the kubeconfig names")
	}
	for _, path := range []*string{&o.dir, &o.auditPolicy} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return o, err
		}
		*path = absolute
	}
	return o, nil
}

func up(o options) error {
	// The children are told to die with the thread that started them (see start). This pins
	// that thread to this goroutine, which lives as long as the process.
	runtime.LockOSThread()

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()

	lock, err := claim(o)
	if err != nil {
		return err
	}
	defer lock.Close()
	if o.auditPolicy == "" {
		o.auditPolicy = filepath.Join(o.dir, auditPolicy)
		if err := os.WriteFile(o.auditPolicy, defaultAuditPolicy, 0o600); err != nil {
			return err
		}
	}
	etcdPort, err := reservePort()
	if err != nil {
		return err
	}
	if !o.address.IsValid() {
		port, err := reservePort()
		if err != nil {
			return err
		}
		o.address = netip.AddrPortFrom(loopback, uint16(port))
	}
	if !o.again {
		if err := writePKI(o.dir, o.address); err != nil {
			return err
		}
	}
	client, err := administrator(o.dir)
	if err != nil {
		return err
	}

	// Both at once: the apiserver waits for etcd, and has enough to do until it is there.
	deadline := time.Now().Add(readyTimeout)
	etcd, err := start("etcd", o.dir, lock, etcdFlags(o, etcdPort))
	if err != nil {
		return err
	}
	defer etcd.stop()
	api, err := start("kube-apiserver", o.dir, lock, apiserverFlags(o, etcdPort))
	if err != nil {
		return err
	}
	defer api.stop() // before etcd, without which it would not end in time

	// The namespace comes after /readyz says yes, and nothing can be created without it.
	for _, path := range []string{"/readyz", "/api/v1/namespaces/default"} {
		url := fmt.Sprintf("https://%s%s", o.address, path)
		if err := await(ctx, deadline, client, url, etcd, api); err != nil {
			return err
		}
	}
	fmt.Println("ready", filepath.Join(o.dir, "kubeconfig"))

	select {
	case <-ctx.Done():
		return nil
	case <-etcd.done:
		return etcd.died()
	case <-api.done:
		return api.died()
	}
}

func etcdFlags(o options, port int) []string {
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	return []string{
		"--data-dir=" + filepath.Join(o.dir, "etcd"),
		"--unsafe-no-fsync", // nothing in here outlives the machine
		"--log-level=warn",
		"--listen-client-urls=" + url,
		"--advertise-client-urls=" + url,
		"--socket-reuse-port", // see reservePort
		// There are no peers, but etcd insists on listening for them.
		"--listen-peer-urls=http://127.0.0.1:0",
	}
}

func apiserverFlags(o options, etcdPort int) []string {
	pki := func(name string) string { return filepath.Join(o.dir, "pki", name) }
	return append([]string{
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", etcdPort),
		"--bind-address=" + o.address.Addr().String(),
		fmt.Sprintf("--secure-port=%d", o.address.Port()),
		"--permit-port-sharing", // see reservePort
		// A loopback address cannot be an endpoint of the Service "kubernetes".
		"--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.96.0.0/24",
		"--tls-cert-file=" + pki("apiserver.crt"),
		"--tls-private-key-file=" + pki("apiserver.key"),
		"--client-ca-file=" + pki("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + pki("sa.key"),
		"--service-account-signing-key-file=" + pki("sa.key"),
		"--authorization-mode=RBAC",
		"--allow-privileged",
		"--audit-policy-file=" + o.auditPolicy,
		"--audit-log-path=" + filepath.Join(o.dir, "audit.log"),
		"--audit-log-mode=blocking", // written when the answer is, not some time later
		"--audit-log-maxsize=0",     // a reader does not want it renamed at 100 MB
		"--profiling=false",
	}, o.apiserverFlags...)
}

// await asks the apiserver for the URL until it answers 200.
func await(ctx context.Context, deadline time.Time, client *http.Client, url string, etcd, api *child) error {
	for {
		notReady := probe(ctx, client, url)
		if notReady == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %v: %w\n%s", readyTimeout, notReady, api.tail())
		}
		select {
		case <-ctx.Done():
			return errors.New("stopped before it was ready")
		case <-etcd.done:
			return etcd.died()
		case <-api.done:
			return api.died()
		case <-time.After(readyPoll):
		}
	}
}

func probe(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", url, response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

// claim makes the directory and locks it. What an earlier `up` left there is removed, or has to be
// there when this one goes on with it.
func claim(o options) (*os.File, error) {
	dir := o.dir
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	// The lock file also marks a directory as ours: "log" in somebody else's is not ours to remove.
	path := filepath.Join(dir, lockName)
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		for _, name := range owned {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return nil, fmt.Errorf("%s has a %q that is not from here; choose another --dir", dir, name)
			}
		}
	}
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	// The children hold the lock too. Those of an `up` that was killed are about to die.
	for deadline := time.Now().Add(lockTimeout); ; time.Sleep(readyPoll) {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Now().After(deadline) {
			lock.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, fmt.Errorf("%s is in use by another bulkhead-cluster up", dir)
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
	prepare := empty
	if o.again {
		prepare = check
	}
	if err := prepare(dir); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// empty removes what an earlier `up` left, and makes the folders.
func empty(dir string) error {
	for _, name := range owned {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for _, folder := range folders {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// check says what is missing to go on with.
func check(dir string) error {
	for _, name := range append([]string{"kubeconfig"}, folders...) {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("--again, but no earlier up left its work in %s: %w", dir, err)
		}
	}
	return nil
}
