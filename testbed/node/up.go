package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

const lockName = "bulkhead-node.lock"

// owned is all that is written into the directory, and so all that may be removed there.
var owned = []string{"kubeconfig", "netns", "cluster", "log"}

// up is the process outside: it starts the others, tells when they are ready, ends them and
// removes the one thing that does not vanish with them, their cgroups.
func up(o options) error {
	if os.Geteuid() != 0 {
		return errors.New("needs root, for namespaces and containers")
	}
	// Process 1 is told to die with the thread that started it. This pins that thread to this
	// goroutine, which lives as long as the process.
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
	if err := os.Mkdir(o.path("log"), 0o755); err != nil {
		return err
	}
	sweepCgroups()
	o.cgroup = fmt.Sprint(cgroupPrefix, os.Getpid())
	defer func() { // also when only some were made
		if err := removeCgroup(o.cgroup); err != nil {
			fmt.Fprintf(os.Stderr, "bulkhead-node: left behind: %v\n", err)
		}
	}()
	if err := makeCgroup(o.cgroup); err != nil {
		return err
	}
	return inside(ctx, o)
}

// inside starts process 1 of the new namespaces, and ends it when the context does.
func inside(ctx context.Context, o options) error {
	said, says, err := os.Pipe()
	if err != nil {
		return err
	}
	defer said.Close()
	init := exec.Command(o.program(), o.arguments(verbInit)...)
	init.Stdout, init.Stderr = says, os.Stderr
	init.Dir = "/"
	// A proxy or other settings of the caller are none of the node's.
	init.Env = []string{"PATH=" + o.programs + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"}
	init.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
		Setpgid:    true, // Ctrl-C in a terminal is for us
	}
	err = init.Start()
	says.Close()
	if err != nil {
		return fmt.Errorf("cannot start in new namespaces: %w", err)
	}
	if err := os.Symlink(fmt.Sprintf("/proc/%d/ns/net", init.Process.Pid), o.path("netns")); err != nil {
		return errors.Join(err, init.Process.Kill(), init.Wait())
	}
	ended := make(chan error, 1)
	ready := make(chan string, 1)
	go func() {
		if line, err := bufio.NewReader(said).ReadString('\n'); err == nil {
			ready <- line
		}
	}()
	go func() { ended <- init.Wait() }()
	return attend(ctx, o, init.Process, ready, ended)
}

func attend(ctx context.Context, o options, init *os.Process, ready <-chan string, ended <-chan error) error {
	wasReady := false
	for {
		select {
		case <-ready:
			wasReady = true
			fmt.Println("ready", o.path("kubeconfig"))
		case <-ended:
			return errTold
		case <-ctx.Done():
			// The kernel ends everything inside before this one can be waited for. Nothing is lost by
			// that: all it wrote is thrown away.
			_ = init.Kill()
			<-ended
			if !wasReady {
				return errors.New("stopped before it was ready")
			}
			return nil
		}
	}
}

// claim makes the directory, locks it and removes what an earlier `up` left there, except for the
// control plane's where this one goes on with that.
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
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%s is in use by another bulkhead-node up", dir)
	}
	for _, name := range owned {
		if err == nil && !(o.again && name == "cluster") {
			err = os.RemoveAll(filepath.Join(dir, name))
		}
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}
