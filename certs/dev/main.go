// dev makes an authority and a certificate of it, to try Bulkhead with. The keys are for a machine of
// one's own: nothing renews or protects them.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// names is a flag that may come several times.
type names []string

func (n *names) String() string { return fmt.Sprint(*n) }
func (n *names) Set(name string) error {
	if name == "" {
		return errors.New("empty")
	}
	*n = append(*n, name)
	return nil
}

func main() {
	var hosts names
	out := flag.String("out", "", "folder to write ca.crt, ca.key, tls.crt and tls.key into")
	days := flag.Int("days", 30, "lifetime of both")
	flag.Var(&hosts, "name", "name or address the certificate is for, NAME.NAMESPACE.svc for a Service; repeatable")
	flag.Parse()
	if err := run(*out, *days, hosts, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "certs/dev:", err)
		os.Exit(1)
	}
}

func run(out string, days int, hosts names, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected %q", rest[0])
	case out == "":
		return errors.New("--out FOLDER is missing")
	case len(hosts) == 0:
		return errors.New("--name is missing, such as --name bulkhead.bulkhead-system.svc")
	case days < 1 || days > 825:
		return fmt.Errorf("--days %d: must be 1 to 825", days)
	}
	authority, authorityKey, err := sign(template(days, pkix.Name{CommonName: "Bulkhead development"}, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid = true, true
		c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}), nil, nil)
	if err != nil {
		return err
	}
	leaf, leafKey, err := sign(template(days, pkix.Name{CommonName: "bulkhead"}, func(c *x509.Certificate) {
		c.BasicConstraintsValid = true
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		for _, host := range hosts {
			if address := net.ParseIP(host); address != nil {
				c.IPAddresses = append(c.IPAddresses, address)
			} else {
				c.DNSNames = append(c.DNSNames, host)
			}
		}
	}), authority, authorityKey)
	if err != nil {
		return err
	}
	return writeAll(out, authority, authorityKey, leaf, leafKey)
}

// template is what both have in common. It begins an hour ago: clocks differ.
func template(days int, subject pkix.Name, change func(*x509.Certificate)) *x509.Certificate {
	now := time.Now()
	certificate := &x509.Certificate{Subject: subject, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, days)}
	change(certificate)
	return certificate
}

// sign makes a key and has it certified: by itself without an authority.
func sign(wanted, authority *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if wanted.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, err
	}
	if authority == nil {
		authority, by = wanted, key
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, authority, &key.PublicKey, by)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return certificate, key, err
}

func writeAll(out string, authority *x509.Certificate, authorityKey *ecdsa.PrivateKey, leaf *x509.Certificate, leafKey *ecdsa.PrivateKey) error {
	if err := os.MkdirAll(out, 0o700); err != nil {
		return err
	}
	for _, file := range []struct {
		name, kind string
		mode       os.FileMode
		bytes      func() ([]byte, error)
	}{
		{"ca.crt", "CERTIFICATE", 0o644, func() ([]byte, error) { return authority.Raw, nil }},
		{"ca.key", "PRIVATE KEY", 0o600, func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(authorityKey) }},
		{"tls.crt", "CERTIFICATE", 0o644, func() ([]byte, error) { return leaf.Raw, nil }},
		{"tls.key", "PRIVATE KEY", 0o600, func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(leafKey) }},
	} {
		bytes, err := file.bytes()
		if err != nil {
			return err
		}
		if err := writeNew(filepath.Join(out, file.name), file.mode, func(w io.Writer) error {
			return pem.Encode(w, &pem.Block{Type: file.kind, Bytes: bytes})
		}); err != nil {
			return err
		}
	}
	return nil
}

// writeNew refuses to replace a file: somebody may trust what is there.
func writeNew(path string, mode os.FileMode, fill func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	return errors.Join(fill(file), file.Close())
}
