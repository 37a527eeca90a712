//! docs/quickstart.md, typed word for word on a node that has no image.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::Case;
use crate::node::Node;
use crate::node::processes::descendants;
use crate::support::{Ended, place};
use crate::tier::cases;
use crate::tier::programs::kept;

pub(super) fn cases() -> Vec<Case> {
    cases! { Case::new: every_command_can_be_typed; }
}

/// The commands of each section, in order, and whether it says that they are run here.
fn sections(page: &str) -> Vec<(String, bool, Vec<String>)> {
    let parts = page.split("\n#").skip(1);
    let sections = parts.map(|part| {
        let (title, text) = part.split_once('\n').unwrap();
        let runs = text.trim_start().starts_with("Run by the tests.");
        let says_not = text.trim_start().starts_with("Not run by the tests");
        let blocks = text.split("```console\n").skip(1);
        let blocks = blocks.map(|block| block.split("```").next().unwrap());
        let lines = blocks.map(|block| block.replace("\\\n", " "));
        let commands: Vec<_> = lines
            .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
            .map(|line| line.strip_prefix("$ ").unwrap_or_else(|| panic!("{line}")).to_owned())
            .collect();
        assert!(commands.is_empty() || runs || says_not, "{title} does not say whether it is run");
        (title.trim_start_matches('#').trim().to_owned(), runs, commands)
    });
    sections.collect()
}

fn every_command_can_be_typed(_: &Node) {
    // On a node of its own, which a thread of its own enters.
    std::thread::spawn(type_all).join().unwrap();
}

fn type_all() {
    let page = read_to_string(place("docs/quickstart.md")).unwrap();
    assert!(page.contains(&format!("bulkhead:{}", env!("CARGO_PKG_VERSION"))));
    let sections = sections(&page);
    let by_title: BTreeMap<_, _> = sections
        .iter()
        .map(|(title, runs, commands)| (title.as_str(), (*runs, commands.len())))
        .collect();
    let apart = ["kind", "k3d", "minikube", "A registry"].map(|title| by_title[title].0);
    assert_eq!(apart, [false; 4]);
    let typed: Vec<_> = sections.iter().filter(|(_, runs, _)| *runs).collect();
    assert_eq!(typed.len(), 5, "{typed:?}");

    let node = Node::with(&[]).unwrap();
    let shell = Shell::on(&node);
    let mut typed_before = String::new();
    for (title, _, commands) in typed {
        // In one shell, as the page says: what was set before is set.
        let lines = format!("set -euo pipefail\n{typed_before}");
        let ended = shell.run(&format!("{lines}{}\n", commands.join("\n")));
        match title.as_str() {
            "4. See a denial" => {
                let denial = "denied the request: ";
                assert!(
                    ended.code != Some(0) && ended.stderr.contains(denial),
                    "{title}: {ended:?}"
                );
                assert!(ended.stderr.contains("SYS_PTRACE"), "{ended:?}");
            }
            _ => assert_eq!(ended.code, Some(0), "{title}: {}{}", ended.stdout, ended.stderr),
        }
        if title.starts_with("1.") {
            typed_before = commands.join("\n") + "\n";
        }
    }
}

/// bash at the root of the clone, with the programs of the node by their names.
struct Shell {
    path: std::ffi::OsString,
    kubeconfig: PathBuf,
    containerd: PathBuf,
    home: TempDir,
}

impl Shell {
    fn on(node: &Node) -> Self {
        let folders = [
            kept("BULKHEAD_TEST_HELM", "helm"),
            kept("BULKHEAD_TEST_CLUSTER", "cluster"),
            kept("BULKHEAD_TEST_NODE", "node"),
        ];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = folders.into_iter().chain(std::env::split_paths(&path));
        let all = descendants(node.process());
        let (id, _) = all.into_iter().find(|(_, name)| name == "containerd").unwrap();
        Self {
            path: std::env::join_paths(path).unwrap(),
            kubeconfig: node.kubeconfig(),
            // In the file system of the node, where ctr would find it by itself.
            containerd: Path::new("/proc")
                .join(id.to_string())
                .join("root")
                .join("run/containerd/containerd.sock"),
            home: TempDir::new().unwrap(),
        }
    }

    fn run(&self, lines: &str) -> Ended {
        let mut command = Command::new("bash");
        command.current_dir(place(".")).env("PATH", &self.path).env("KUBECONFIG", &self.kubeconfig);
        command.env("CONTAINERD_ADDRESS", &self.containerd);
        for home in ["KUBECACHEDIR", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
            command.env(home, self.home.path().join(home));
        }
        Ended::of(command, lines)
    }
}
