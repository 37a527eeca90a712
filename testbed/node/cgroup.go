package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	cgroups       = "/sys/fs/cgroup"
	cgroupPrefix  = "bulkhead-node-" // and the process id of its `up`
	cgroupTimeout = 5 * time.Second
	poll          = 20 * time.Millisecond
)

// hierarchies are the roots of the cgroup trees: one in version 2, one per controller in version 1.
func hierarchies() []string {
	if _, err := os.Stat(filepath.Join(cgroups, "cgroup.controllers")); err == nil {
		return []string{cgroups}
	}
	found, _ := filepath.Glob(cgroups + "/*/cgroup.procs")
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// makeCgroup makes the cgroup that all pods of a node are in. A kubelet removes what it does not
// know below its own, so that two nodes must not share one.
func makeCgroup(name string) error {
	roots := hierarchies()
	if len(roots) == 0 {
		return fmt.Errorf("no cgroups at %s", cgroups)
	}
	for _, root := range roots {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			return err
		}
	}
	if roots[0] == cgroups {
		return delegate(name)
	}
	return nil
}

// delegate lets the children of a version 2 cgroup have the controllers that a kubelet wants.
func delegate(name string) error {
	for _, folder := range []string{cgroups, filepath.Join(cgroups, name)} {
		for _, controller := range []string{"cpu", "cpuset", "memory", "pids"} {
			path := filepath.Join(folder, "cgroup.subtree_control")
			if err := os.WriteFile(path, []byte("+"+controller), 0o644); err != nil {
				return fmt.Errorf("controller %s: %w", controller, err)
			}
		}
	}
	return nil
}

// removeCgroup waits for the last process to be gone, which the kernel notes a little late.
func removeCgroup(name string) error {
	deadline := time.Now().Add(cgroupTimeout)
	for {
		var failed error
		for _, root := range hierarchies() {
			failed = errors.Join(failed, removeTree(filepath.Join(root, name)))
		}
		if failed == nil || time.Now().After(deadline) {
			return failed
		}
		time.Sleep(poll)
	}
}

func removeTree(top string) error {
	var folders []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, folder := range slices.Backward(folders) {
		err = errors.Join(err, os.Remove(folder))
	}
	return err
}

// sweepCgroups removes those of an `up` that was killed. Their processes are gone; what cannot be
// removed is left for the next one.
func sweepCgroups() {
	for _, root := range hierarchies() {
		left, _ := filepath.Glob(filepath.Join(root, cgroupPrefix+"*"))
		for _, folder := range left {
			id := strings.TrimPrefix(filepath.Base(folder), cgroupPrefix)
			program, _ := os.Readlink(filepath.Join("/proc", id, "exe"))
			if _, err := strconv.Atoi(id); err == nil && filepath.Base(program) != "bulkhead-node" {
				_ = removeTree(folder)
			}
		}
	}
}
