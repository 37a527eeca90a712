//! The node itself: two beside each other, and what is left of one that was killed.

use std::fs::read_dir;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

use super::Case;
use crate::setup::processes::{descendants, is_alive};
use crate::setup::{Node, program};
use crate::support::until;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new: a_killed_node_leaves_nothing_running_and_others_alone;
    }
}

fn a_killed_node_leaves_nothing_running_and_others_alone(node: &Node) {
    let namespace = node.namespace();
    let manifest = json!({"spec": {"containers": [
        {"name": "app", "image": "localhost/probe:root"},
    ]}});
    let survivor = namespace.run(&manifest, "survivor");
    let before = survivor.live()["status"]["containerStatuses"].clone();

    // The second node is entered by a thread of its own.
    let second = std::thread::spawn(move || {
        let second = Node::open().unwrap();
        // Not deleted at their end: the API server is gone by then.
        let namespace = ManuallyDrop::new(second.namespace());
        let pod = ManuallyDrop::new(namespace.run(&manifest, "victim"));
        assert_eq!(pod.exec("app", &["--print", "/etc/mark"]).stdout, "marked\n");
        let up = second.process();
        let all = descendants(up);
        for program in ["kubelet", "containerd", "etcd", "containerd-shim", "probe", "pause"] {
            assert!(all.values().any(|name| name.starts_with(program)), "no {program}: {all:?}");
        }
        kill_process(Pid::from_raw(up.cast_signed()).unwrap(), Signal::KILL).unwrap();
        until("all processes of the killed node to end", || !all.keys().any(|id| is_alive(*id)));
        up
    });
    let up = second.join().unwrap();

    assert_eq!(survivor.live()["status"]["containerStatuses"], before);
    assert_eq!(survivor.exec("app", &["--print", "/etc/mark"]).stdout, "marked\n");
    let left = cgroups(up);
    assert!(!left.is_empty(), "nothing that the next node could clean up");
    let failed = fail_to_start();
    let said = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("/nowhere/bulkhead-cluster: no such file or directory"), "{said}");
    assert!(failed.stdout.is_empty());
    assert!(cgroups(up).is_empty(), "not cleaned up: {:?}", cgroups(up));
    assert!(!cgroups(node.process()).is_empty());
}

/// Starts a node without a control plane.
fn fail_to_start() -> Output {
    let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut up = Command::new(program().unwrap());
    up.args(["up", "--cluster", "/nowhere", "--dir"]).arg(dir.path());
    let child = up.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Its standard input stays open until it ends by itself.
    let mut child = child.spawn().unwrap();
    let hold = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(hold);
    output
}

/// The cgroups of the node of this process, one in each hierarchy.
fn cgroups(up: u32) -> Vec<PathBuf> {
    let name = format!("bulkhead-node-{up}");
    let root = PathBuf::from("/sys/fs/cgroup");
    let hierarchies = read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let all = hierarchies.chain([root]).map(|hierarchy| hierarchy.join(&name));
    all.filter(|path| path.exists()).collect()
}
