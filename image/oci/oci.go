// Package oci writes images into archives: OCI layouts in tar files. The same images give the same
// bytes, whatever version of Go writes them: nothing is compressed.
package oci

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// Object is one of JSON. Its names are written in their order, which makes the bytes the same.
type Object = map[string]any

// Entry is a file, or a folder when it has no data.
type Entry struct {
	Name     string
	Mode     int64
	UID, GID int
	Records  map[string]string // of PAX, such as extended attributes
	Data     []byte
}

// Layer is a tar file with these entries, all modified at one time.
func Layer(entries []Entry, modified time.Time) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, entry := range entries {
		header := tar.Header{
			Name: entry.Name, Typeflag: tar.TypeReg, Mode: entry.Mode, Size: int64(len(entry.Data)),
			Uid: entry.UID, Gid: entry.GID, ModTime: modified,
		}
		if entry.Data == nil {
			header.Typeflag = tar.TypeDir
		}
		if entry.Records != nil {
			header.Format, header.PAXRecords = tar.FormatPAX, entry.Records
		}
		if err := add(writer, header, entry.Data); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

func add(writer *tar.Writer, header tar.Header, data []byte) error {
	if err := writer.WriteHeader(&header); err != nil {
		return fmt.Errorf("%s: %w", header.Name, err)
	}
	_, err := writer.Write(data)
	return err
}

// Image is one of an archive. Layers of equal content are stored once.
type Image struct {
	Name         string // with registry and tag, as runtimes complete it
	Architecture string
	Created      string // in RFC 3339; not said if empty
	Config       Object // how containers are started
	Layers       [][]byte
}

// Archive is an OCI layout: blobs named by their SHA-256, and an index that points to manifests,
// which point to a config and layers.
func Archive(images []Image) ([]byte, error) {
	var buffer bytes.Buffer
	layout := layout{writer: tar.NewWriter(&buffer), written: map[string]bool{}}
	var manifests []Object
	for _, image := range images {
		manifests = append(manifests, layout.image(image))
	}
	layout.file("index.json", layout.text(Object{"schemaVersion": 2, "manifests": manifests}))
	layout.file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	if layout.failed == nil {
		layout.failed = layout.writer.Close()
	}
	return buffer.Bytes(), layout.failed
}

// layout is an archive that is being written, up to its first failure.
type layout struct {
	writer  *tar.Writer
	written map[string]bool
	failed  error
}

// image writes all of an image; the result describes its manifest.
func (l *layout) image(image Image) Object {
	var layers, sums []any
	for _, data := range image.Layers {
		described := l.blob("layer.v1.tar", data)
		layers, sums = append(layers, described), append(sums, described["digest"])
	}
	about := Object{
		"architecture": image.Architecture, "os": "linux", "config": image.Config,
		"rootfs": Object{"type": "layers", "diff_ids": sums},
	}
	if image.Created != "" {
		about["created"] = image.Created
	}
	config := l.blob("config.v1+json", l.text(about))
	manifest := l.blob("manifest.v1+json", l.text(Object{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": config, "layers": layers,
	}))
	// The first is how containerd names what it imports, the second how Podman does.
	manifest["annotations"] = Object{
		"io.containerd.image.name": image.Name, "org.opencontainers.image.ref.name": image.Name,
	}
	return manifest
}

func (l *layout) blob(kind string, data []byte) Object {
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	l.file("blobs/sha256/"+sum, data)
	return Object{"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + sum, "size": len(data)}
}

func (l *layout) file(name string, data []byte) {
	if l.failed != nil || l.written[name] {
		return
	}
	l.written[name] = true
	l.failed = add(l.writer, tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}, data)
}

func (l *layout) text(value any) []byte {
	data, err := json.Marshal(value)
	if l.failed == nil {
		l.failed = err
	}
	return data
}
