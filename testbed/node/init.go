package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// hidden are the folders that get an empty file system of the node's own over them. Everything a
// node writes is there, and so neither disturbs nor outlives anything; the places are fixed in
// kubelet, containerd and the CNI library, and so they exist on the machine, empty.
var hidden = []string{"/run", "/var/lib/containerd", "/var/lib/kubelet", "/var/lib/cni", "/var/log/containers", "/var/log/pods"}

// runInit is process 1 of the namespaces.
func runInit(o options) error {
	if err := mountAll(); err != nil {
		return err
	}
	main := exec.Command(o.program(), o.arguments(verbRun)...)
	main.Stdout, main.Stderr = os.Stdout, os.Stderr
	if err := main.Start(); err != nil {
		return err
	}
	for {
		var status syscall.WaitStatus
		id, err := syscall.Wait4(-1, &status, 0, nil)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		if id == main.Process.Pid {
			if status.Signaled() {
				return fmt.Errorf("ended by %v", status.Signal())
			}
			return errTold
		}
	}
}

func mountAll() error {
	// What is mounted from here on stays here, and can be shared with pods that ask for that.
	for _, flag := range []uintptr{syscall.MS_PRIVATE, syscall.MS_SHARED} {
		if err := syscall.Mount("", "/", "", syscall.MS_REC|flag, ""); err != nil {
			return fmt.Errorf("propagation of mounts: %w", err)
		}
	}
	if err := mount("proc", "/proc"); err != nil {
		return err
	}
	for _, folder := range hidden {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := mount("tmpfs", folder); err != nil {
			return err
		}
	}
	return nil
}

func mount(kind, folder string) error {
	data := ""
	if kind == "tmpfs" {
		data = "mode=755"
	}
	if err := syscall.Mount(kind, folder, kind, 0, data); err != nil {
		return fmt.Errorf("mount %s on %s: %w", kind, folder, err)
	}
	return nil
}
