package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	containerdConfig = "/run/node/containerd.toml"
	kubeletConfig    = "/run/node/kubelet.yaml"
)

//go:embed containerd.toml
var containerdTOML string

//go:embed kubelet.yaml
var kubeletYAML string

//go:embed bridge.conflist
var bridgeConflist string

// configure writes what containerd and the kubelet read.
func configure(o options) error {
	words := strings.NewReplacer("@PROGRAMS@", o.programs, "@SOCKET@", socket,
		"@ADDRESS@", address, "@PODS@", pods, "@BRIDGE@", bridge, "@CGROUP@", "/"+o.cgroup)
	if err := os.MkdirAll("/run/node/static-pods", 0o755); err != nil {
		return err
	}
	for path, text := range map[string]string{
		containerdConfig:                containerdTOML,
		kubeletConfig:                   kubeletYAML,
		"/run/node/cni/bridge.conflist": bridgeConflist,
		"/run/node/resolv.conf":         "", // there are no names here
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(words.Replace(text)), 0o644); err != nil {
			return fmt.Errorf("configure: %w", err)
		}
	}
	return nil
}

func kubeletFlags(o options) []string {
	return []string{
		"--config=" + kubeletConfig,
		"--kubeconfig=" + o.path("cluster/node.kubeconfig"),
		"--hostname-override=" + nodeName,
		"--node-ip=" + address,
	}
}
