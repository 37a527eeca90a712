// image writes the images of the node's pods into one OCI archive: the sandbox's, and the probe
// under three users, each without and with ("armed") programs that change who runs them.
//
//	image ARCHIVE PROBE PAUSE
//
// The same programs give the same bytes.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// ids are those that tests give to containers, as user and as group.
var ids = []int{0, 1000, 2000, 3000}

type object = map[string]any

// image is what differs between the images. Layers of equal content are shared.
type image struct {
	name       string
	layers     [][]byte
	entrypoint []string
	env        []string
	user       string
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: image ARCHIVE PROBE PAUSE")
		os.Exit(2)
	}
	probe, err := os.ReadFile(os.Args[2])
	must(err)
	pause, err := os.ReadFile(os.Args[3])
	must(err)
	must(os.WriteFile(os.Args[1], archive(images(probe, pause)), 0o644))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func images(probe, pause []byte) []image {
	base := layer(append(folders(),
		entry{name: "probe", data: probe},
		entry{name: "etc/mark", mode: 0o644, data: []byte("marked\n")},
	))
	armed := layer(helpers(probe))
	all := []image{{
		name:       "localhost/pause:1",
		layers:     [][]byte{layer(append(folders(), entry{name: "pause", data: pause}))},
		entrypoint: []string{"/pause"},
	}}
	for _, user := range users {
		accounts := layer(user.accounts())
		plain := image{
			name:       "localhost/probe:" + user.tag,
			layers:     [][]byte{base, accounts},
			entrypoint: []string{"/probe"},
			env:        []string{"PROBE_MARK=in-environ"},
			user:       user.user,
		}
		with := plain
		with.name += "-armed"
		with.layers = [][]byte{base, armed, accounts}
		all = append(all, plain, with)
	}
	return all
}

// users are the three ways in which an image says who runs it.
var users = []account{
	{tag: "root"},
	{tag: "user", user: "user", passwd: "user:x:1000:1000::/:\n", group: "user:x:1000:\nin-image:x:50000:user\n"},
	{tag: "user-2000", user: "2000", passwd: "other:x:2000:2000::/:\n", group: "other:x:2000:\n"},
}

type account struct{ tag, user, passwd, group string }

func (a account) accounts() []entry {
	return []entry{
		{name: "etc/passwd", mode: 0o644, data: []byte("root:x:0:0:root:/:\n" + a.passwd)},
		{name: "etc/group", mode: 0o644, data: []byte("root:x:0:\n" + a.group)},
	}
}

// entry is a file, or a folder when it has no data.
type entry struct {
	name         string
	mode         int64 // 0o755 if 0
	uid, gid     int
	capabilities bool // all of them, permitted
	data         []byte
}

// folders are those a runtime mounts something on.
func folders() []entry {
	all := []entry{{name: "tmp", mode: 0o1777}}
	for _, name := range []string{"dev", "etc", "proc", "sys"} {
		all = append(all, entry{name: name})
	}
	return all
}

// helpers are copies of the probe that give who runs them another user, another group, and all
// capabilities of the bounding set. The capabilities are permitted and not effective: such a
// file can be executed also when the bounding set lacks some of them.
func helpers(probe []byte) []entry {
	all := []entry{{name: "armed"}, {name: "armed/capabilities", capabilities: true, data: probe}}
	for _, uid := range ids {
		for _, gid := range ids {
			all = append(all, entry{
				name: fmt.Sprintf("armed/%d-%d", uid, gid), mode: 0o6755, uid: uid, gid: gid,
				capabilities: true, data: probe,
			})
		}
	}
	return all
}

func layer(entries []entry) []byte {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, entry := range entries {
		header := tar.Header{
			Name: entry.name, Typeflag: tar.TypeReg, Mode: entry.mode, Size: int64(len(entry.data)),
			Uid: entry.uid, Gid: entry.gid,
		}
		if header.Mode == 0 {
			header.Mode = 0o755
		}
		if entry.data == nil {
			header.Typeflag = tar.TypeDir
		}
		if entry.capabilities {
			header.Format = tar.FormatPAX
			header.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": allPermitted()}
		}
		must(writer.WriteHeader(&header))
		_, err := writer.Write(entry.data)
		must(err)
	}
	must(writer.Close())
	return buffer.Bytes()
}

// allPermitted is a struct vfs_cap_data of version 2, without the flag that makes it effective.
func allPermitted() string {
	const version2 = 0x0200_0000
	var data []byte
	for _, word := range []uint32{version2, 0xffff_ffff, 0, 0xffff_ffff, 0} {
		data = binary.LittleEndian.AppendUint32(data, word)
	}
	return string(data)
}

// archive is an OCI layout: blobs named by their SHA-256, and an index that points to manifests,
// which point to a config and layers.
func archive(images []image) []byte {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	written := map[string]bool{}
	file := func(name string, data []byte) {
		if written[name] {
			return
		}
		written[name] = true
		must(writer.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}))
		_, err := writer.Write(data)
		must(err)
	}
	blob := func(kind string, data []byte) object {
		sum := fmt.Sprintf("%x", sha256.Sum256(data))
		file("blobs/sha256/"+sum, data)
		return object{"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + sum, "size": len(data)}
	}
	var manifests []object
	for _, image := range images {
		var layers, sums []any
		for _, data := range image.layers {
			described := blob("layer.v1.tar", data)
			layers, sums = append(layers, described), append(sums, described["digest"])
		}
		config := blob("config.v1+json", text(object{
			"architecture": runtime.GOARCH, "os": "linux",
			"config": object{"Entrypoint": image.entrypoint, "Env": image.env, "User": image.user},
			"rootfs": object{"type": "layers", "diff_ids": sums},
		}))
		manifest := blob("manifest.v1+json", text(object{
			"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
			"config": config, "layers": layers,
		}))
		manifest["annotations"] = object{"io.containerd.image.name": image.name}
		manifests = append(manifests, manifest)
	}
	file("index.json", text(object{"schemaVersion": 2, "manifests": manifests}))
	file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	must(writer.Close())
	return buffer.Bytes()
}

func text(value any) []byte {
	data, err := json.Marshal(value)
	must(err)
	return data
}
