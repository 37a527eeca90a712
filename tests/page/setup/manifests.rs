//! The pages that are opened, and the manifests they are made of.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ended, place, program};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// README's example: two containers.
    First,
    /// Every grade, the node and a way through another container.
    Grades,
    /// More containers than fit a window.
    Wide,
    /// As many containers as make a matrix.
    Widest,
    /// A folder of all examples.
    Folder,
}

impl Page {
    /// All but the widest, which takes long and is like the wide one.
    pub(crate) const USUAL: [Self; 4] = [Self::First, Self::Grades, Self::Wide, Self::Folder];

    /// The file of the page, below a folder.
    pub(super) fn written(self, folder: &Path) -> PathBuf {
        let file = folder.join(format!("{self:?}.html"));
        if !file.exists() {
            let html = self.html();
            // Another case may write the same.
            let own = folder.join(format!("{self:?}-{:?}", std::thread::current().id()));
            fs::write(&own, html).unwrap();
            fs::rename(own, &file).unwrap();
        }
        file
    }

    fn html(self) -> String {
        let (path, input) = match self {
            Self::First => ("examples/tasks/share-process-namespace.yaml", String::new()),
            Self::Folder => ("examples/tasks", String::new()),
            Self::Grades => ("-", GRADES.to_owned()),
            Self::Wide => ("-", wide(WIDE)),
            Self::Widest => ("-", wide(WIDEST)),
        };
        let mut command = program();
        command.current_dir(place("")).env("SOURCE_DATE_EPOCH", "1767225600");
        command.args(["reach", "--output", "html", path]);
        let ended = Ended::of(command, &input);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    }
}

/// How many containers [`Page::Wide`] has.
pub(crate) const WIDE: usize = 24;

/// How many containers [`Page::Widest`] has.
pub(crate) const WIDEST: usize = 64;

fn wide(containers: usize) -> String {
    let mut text = String::from(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: widest}\nspec:\n  shareProcessNamespace: true\n  containers:\n",
    );
    for number in 0..containers {
        let name = format!("container-with-a-name-{number:02}");
        writeln!(text, "  - {{name: {name}, image: 'registry.example/{name}:1'}}").unwrap();
    }
    text
}

const GRADES: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: grades, namespace: shop}
spec:
  hostPID: true
  initContainers:
  - name: migrate
    image: registry.example/migrate:1
    securityContext: {runAsUser: 5, runAsGroup: 5, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  containers:
  - name: app
    image: registry.example/app:1
    env: [{name: KEY, valueFrom: {secretKeyRef: {name: keys, key: main}}}]
    securityContext: {runAsUser: 1000, runAsGroup: 1000, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  - name: twin
    image: registry.example/twin:1
    securityContext: {runAsUser: 1000, runAsGroup: 1000}
  - name: killer
    image: registry.example/killer:1
    securityContext: {runAsUser: 0, runAsGroup: 0, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [KILL]}}
  - name: agent
    image: registry.example/agent:1
    securityContext: {privileged: true}
";
