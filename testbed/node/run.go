package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// The first address of Services is the API server itself: pods are told to find it there.
	apiserver    = "10.96.0.1:443"
	services     = "10.96.0.0/24"
	bridge       = "cni0"
	address      = "10.244.0.1" // of the node, and of the bridge
	pods         = "10.244.0.0/24"
	socket       = "/run/containerd/containerd.sock"
	nodeName     = "node"
	readyTimeout = 60 * time.Second
)

// run starts all that makes a node, says so when it is ready, and stays.
func run(o options) error {
	f := &family{o: o, died: make(chan *child)}
	ready := make(chan error, 1)
	go func() { ready <- bringUp(f) }()
	for {
		select {
		case err := <-ready:
			if err != nil {
				return err
			}
			if err := os.Symlink("cluster/kubeconfig", o.path("kubeconfig")); err != nil {
				return err
			}
			fmt.Println("ready")
		case c := <-f.died:
			return c.failure()
		}
	}
}

// bringUp starts the control plane and containerd at the same time; the rest needs the former.
func bringUp(f *family) error {
	if err := network(); err != nil {
		return err
	}
	if err := configure(f.o); err != nil {
		return err
	}
	cluster, err := startCluster(f)
	if err != nil {
		return err
	}
	if _, err := f.start(filepath.Join(f.o.programs, "containerd"), false, "--config", containerdConfig); err != nil {
		return err
	}
	imported := make(chan error, 1)
	go func() { imported <- importImages(f.o) }()
	if line, err := cluster.output.ReadString('\n'); err != nil || !strings.HasPrefix(line, "ready ") {
		return fmt.Errorf("no control plane: %w\n%s", err, cluster.tail())
	}
	if err := keepFromProxy(f.o); err != nil {
		return err
	}
	admin := "--kubeconfig=" + f.o.path("cluster/kubeconfig")
	for name, flags := range map[string][]string{
		"kube-controller-manager": append(controllerFlags(f.o), admin),
		"kube-scheduler":          {admin, "--leader-elect=false", "--bind-address=127.0.0.1"},
		"kube-proxy":              append(proxyFlags(), admin),
		"kubelet":                 kubeletFlags(f.o),
	} {
		if _, err := f.start(filepath.Join(f.o.programs, name), false, flags...); err != nil {
			return err
		}
	}
	if err := <-imported; err != nil {
		return err
	}
	return awaitNode(f.o)
}

func network() error {
	for _, words := range []string{
		"link set lo up",
		"addr add 10.96.0.1/32 dev lo",
		// Before the CNI plugin would make it: its address is the node's, which may not be a
		// loopback one, and the kubelet needs it from the beginning.
		"link add " + bridge + " type bridge",
		"addr add " + address + "/24 dev " + bridge,
		"link set " + bridge + " up",
		// Nothing answers there: kube-proxy rewrites the address, of what has a route at all.
		"route add " + services + " dev " + bridge,
	} {
		if err := command("ip", strings.Fields(words)...); err != nil {
			return err
		}
	}
	return nil
}

func startCluster(f *family) (*child, error) {
	pki := f.o.path("cluster/pki")
	flags := []string{
		"--service-cluster-ip-range=" + services,
		"--authorization-mode=Node", // added to RBAC
		"--enable-admission-plugins=NodeRestriction",
		// For logs and exec. The default tries the host name first, which nothing resolves.
		"--kubelet-preferred-address-types=InternalIP",
		"--kubelet-client-certificate=" + pki + "/admin.crt",
		"--kubelet-client-key=" + pki + "/admin.key",
	}
	up := []string{"up", "--dir", f.o.path("cluster"), "--address", apiserver}
	if f.o.again {
		up = append(up, "--again")
	}
	flags = slices.Concat(up, []string{"--"}, flags, f.o.apiserverFlags)
	return f.start(filepath.Join(f.o.cluster, "bulkhead-cluster"), true, flags...)
}

func controllerFlags(o options) []string {
	pki := o.path("cluster/pki")
	return []string{
		"--leader-elect=false",
		"--bind-address=127.0.0.1",
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + pki + "/sa.key",
		"--root-ca-file=" + pki + "/ca.crt",
	}
}

func proxyFlags() []string {
	return []string{
		"--proxy-mode=iptables",
		"--hostname-override=" + nodeName,
		"--cluster-cidr=" + pods,
		// Pods share a bridge: without it, one would answer another past the rule that it came by.
		"--masquerade-all",
		"--iptables-localhost-nodeports=false",
		"--healthz-bind-address=127.0.0.1:10256",
		"--metrics-bind-address=127.0.0.1:10249",
		// These settings are the machine's.
		"--conntrack-max-per-core=0",
		"--conntrack-tcp-timeout-established=0s",
		"--conntrack-tcp-timeout-close-wait=0s",
	}
}

// keepFromProxy has kube-proxy leave the Service of the API server alone: that has no endpoints,
// and so would be refused.
func keepFromProxy(o options) error {
	client, err := administrator(o)
	if err != nil {
		return err
	}
	change := `{"metadata": {"labels": {"service.kubernetes.io/service-proxy-name": "none"}}}`
	deadline := time.Now().Add(readyTimeout)
	for {
		err := patch(client, "/api/v1/namespaces/default/services/kubernetes", change)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(poll)
	}
}

// importImages waits for containerd, and gives it the archives of our folder and those asked for.
func importImages(o options) error {
	deadline := time.Now().Add(readyTimeout)
	for {
		connection, err := net.Dial("unix", socket)
		if err == nil {
			connection.Close()
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("containerd does not answer: %w", err)
		}
		time.Sleep(poll)
	}
	archives, err := filepath.Glob(filepath.Join(o.programs, "*.oci.tar"))
	if err == nil && len(archives) == 0 {
		err = fmt.Errorf("no images in %s (testbed/node/build makes them)", o.programs)
	}
	for _, archive := range append(archives, o.images...) {
		err = errors.Join(err, command(filepath.Join(o.programs, "ctr"), "-a", socket, "-n", "k8s.io", "images", "import", archive))
	}
	return err
}

// awaitNode waits until a pod can be created and would run.
func awaitNode(o options) error {
	client, err := administrator(o)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(readyTimeout)
	for {
		err := errors.Join(nodeReady(client), get(client, "/api/v1/namespaces/default/serviceaccounts/default", nil))
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %v, see %s: %w", readyTimeout, o.path("log"), err)
		}
		time.Sleep(poll)
	}
}

func nodeReady(client *http.Client) error {
	var node struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := get(client, "/api/v1/nodes/"+nodeName, &node); err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return nil
		}
	}
	return fmt.Errorf("the node says %v", node.Status.Conditions)
}

// administrator is a client with the certificate that the API server has for kubelets.
func administrator(o options) (*http.Client, error) {
	pair, err := tls.LoadX509KeyPair(o.path("cluster/pki/admin.crt"), o.path("cluster/pki/admin.key"))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		Certificates:       []tls.Certificate{pair},
		InsecureSkipVerify: true, // nobody else is in this network
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}, nil
}

func get(client *http.Client, path string, into any) error {
	return call(client, http.MethodGet, path, "", into)
}

func patch(client *http.Client, path, change string) error {
	return call(client, http.MethodPatch, path, change, nil)
}

func call(client *http.Client, method, path, change string, into any) error {
	request, err := http.NewRequest(method, "https://"+apiserver+path, strings.NewReader(change))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/merge-patch+json")
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
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}
