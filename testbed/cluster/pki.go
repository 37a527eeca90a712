package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

const (
	validity     = 30 * 24 * time.Hour // longer than any test, also one kept up by hand
	probeTimeout = 5 * time.Second
)

// pair is a certificate and its key.
type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// writePKI makes one authority, what the apiserver needs of it, DIR/kubeconfig for an
// administrator and DIR/node.kubeconfig for a kubelet.
func writePKI(dir string, address netip.AddrPort) error {
	authority, err := issue(nil, &x509.Certificate{
		Subject:               pkix.Name{CommonName: "bulkhead-cluster"},
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	})
	if err != nil {
		return err
	}
	apiserver, err := issue(authority, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: []net.IP{address.Addr().AsSlice()},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return err
	}
	admin, err := issue(authority, user("admin", "system:masters"))
	if err != nil {
		return err
	}
	node, err := issue(authority, user("system:node:node", "system:nodes"))
	if err != nil {
		return err
	}
	serviceAccounts, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}

	adminKey, err := keyPEM(admin.key)
	if err != nil {
		return err
	}
	nodeKey, err := keyPEM(node.key)
	if err != nil {
		return err
	}
	apiserverKey, err := keyPEM(apiserver.key)
	if err != nil {
		return err
	}
	serviceAccountsKey, err := keyPEM(serviceAccounts)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"pki/ca.crt":        authority.certificatePEM(),
		"pki/apiserver.crt": apiserver.certificatePEM(),
		"pki/apiserver.key": apiserverKey,
		"pki/sa.key":        serviceAccountsKey,
		// What the apiserver shows to kubelets, when flags tell it to.
		"pki/admin.crt":   admin.certificatePEM(),
		"pki/admin.key":   adminKey,
		"kubeconfig":      kubeconfig(address, authority.certificatePEM(), admin.certificatePEM(), adminKey),
		"node.kubeconfig": kubeconfig(address, authority.certificatePEM(), node.certificatePEM(), nodeKey),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// administrator is a client with all rights, by what writePKI wrote.
func administrator(dir string) (*http.Client, error) {
	authority, err := os.ReadFile(filepath.Join(dir, "pki/ca.crt"))
	if err != nil {
		return nil, err
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, "pki/admin.crt"), filepath.Join(dir, "pki/admin.key"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &http.Client{
		Timeout: probeTimeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs:      roots,
			Certificates: []tls.Certificate{own},
		}},
	}, nil
}

// user is a client of this name and group.
func user(name, group string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: name, Organization: []string{group}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// issue signs a certificate for a new key; without an authority it is one, signed by itself.
func issue(authority *pair, template *x509.Certificate) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(validity)
	if authority == nil {
		authority = &pair{template, key}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, authority.certificate, &key.PublicKey, authority.key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &pair{certificate, key}, nil
}

func (p *pair) certificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw})
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), nil
}

func kubeconfig(address netip.AddrPort, ca, certificate, key []byte) []byte {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: bulkhead-cluster
clusters:
- name: bulkhead-cluster
  cluster:
    server: https://%s
    certificate-authority-data: %s
users:
- name: user
  user:
    client-certificate-data: %s
    client-key-data: %s
contexts:
- name: bulkhead-cluster
  context:
    cluster: bulkhead-cluster
    user: user
`, address, encode(ca), encode(certificate), encode(key))
}
