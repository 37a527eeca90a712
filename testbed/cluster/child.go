package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	stopTimeout = 3 * time.Second
	tailLines   = 15
	tailBytes   = 8 << 10
)

// child is a running part of the control plane.
type child struct {
	name    string
	logPath string
	command *exec.Cmd
	done    chan struct{} // closed when it ended; exit is set by then
	exit    error
}

// start runs this very program under another name. The child ends with the thread that calls
// this, however that ends, and holds the lock until then.
func start(name, dir string, lock *os.File, flags []string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{
		name:    name,
		logPath: filepath.Join(dir, "log", name+".log"),
		command: exec.Command(filepath.Join(filepath.Dir(self), name), flags...),
		done:    make(chan struct{}),
	}
	log, err := os.Create(c.logPath)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.command.Stdout, c.command.Stderr = log, log
	c.command.ExtraFiles = []*os.File{lock}
	// Nothing from the caller's environment: etcd does not start when an ETCD_* variable and a
	// flag speak of the same thing, and a proxy would get the apiserver's calls to webhooks.
	c.command.Env = []string{}
	c.command.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		Setpgid:   true, // Ctrl-C in a terminal is for us; we stop them in order
	}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("%w (testbed/cluster/build makes the symlinks)", err)
	}
	go func() {
		c.exit = c.command.Wait()
		close(c.done)
	}()
	return c, nil
}

// stop asks, waits a little, then insists. Nothing is lost by that: the data is thrown away.
func (c *child) stop() {
	_ = c.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(stopTimeout):
		_ = c.command.Process.Kill()
		<-c.done
	}
}

// died describes a child that ended unasked.
func (c *child) died() error {
	status := "exit status 0"
	if c.exit != nil {
		status = c.exit.Error()
	}
	return fmt.Errorf("%s died: %s\n%s", c.name, status, c.tail())
}

// tail is the end of the log, under a line that names the file.
func (c *child) tail() string {
	text, err := readEnd(c.logPath)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	lines = lines[max(0, len(lines)-tailLines):]
	return fmt.Sprintf("--- end of %s\n%s", c.logPath, bytes.Join(lines, []byte("\n")))
}

func readEnd(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	text := make([]byte, min(info.Size(), tailBytes))
	_, err = file.ReadAt(text, info.Size()-int64(len(text)))
	return text, err
}

// reservePort finds a free port of 127.0.0.1 and keeps it for as long as this process lives, by a
// socket that is bound to it and never listens. With SO_REUSEPORT a child of the same user can bind
// it all the same, while no other bind(0) or outgoing connection is given it: several `up` at once
// never meet on a port, as they would had it been freed again first.
func reservePort() (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("reserve a port: %w", err)
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}),
	)
	if err != nil {
		return 0, fmt.Errorf("reserve a port: %w", err)
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		return 0, fmt.Errorf("reserve a port: %w", err)
	}
	return address.(*unix.SockaddrInet4).Port, nil
}
