// image writes the images of the node's pods into one OCI archive: the sandbox's, and the probe
// under three users, each without and with ("armed") programs that change who runs them.
//
//	image ARCHIVE PROBE PAUSE
//
// The same programs give the same bytes.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"time"

	"bulkhead.dev/image/oci"
)

// ids are those that tests give to containers, as user and as group.
var ids = []int{0, 1000, 2000, 3000}

// image is what differs between the images.
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
	var all []oci.Image
	for _, image := range images(probe, pause) {
		all = append(all, oci.Image{
			Name: image.name, Architecture: runtime.GOARCH, Layers: image.layers,
			Config: oci.Object{"Entrypoint": image.entrypoint, "Env": image.env, "User": image.user},
		})
	}
	archive, err := oci.Archive(all)
	must(err)
	must(os.WriteFile(os.Args[1], archive, 0o644))
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
	var all []oci.Entry
	for _, entry := range entries {
		made := oci.Entry{Name: entry.name, Mode: entry.mode, UID: entry.uid, GID: entry.gid, Data: entry.data}
		if made.Mode == 0 {
			made.Mode = 0o755
		}
		if entry.capabilities {
			made.Records = map[string]string{"SCHILY.xattr.security.capability": allPermitted()}
		}
		all = append(all, made)
	}
	data, err := oci.Layer(all, time.Time{})
	must(err)
	return data
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
