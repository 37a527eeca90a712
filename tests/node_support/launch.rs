//! The processes of a node.

use std::env::var_os;
use std::fs::{File, exists};
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;

use crate::support::until;

/// A node that ends when its standard input does, so it cannot outlive this process however that
/// ends.
pub(super) struct Running {
    child: Child,
    hold: Option<ChildStdin>,
    dir: TempDir,
    cluster: PathBuf,
}

impl Running {
    pub(super) fn start() -> Result<Self, String> {
        let cluster = built("BULKHEAD_TEST_CLUSTER", "cluster")?;
        let program = program()?;
        // Below the build folder, where what a killed run leaves is found and cleaned.
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))
            .map_err(|error| format!("no temporary folder: {error}"))?;
        let mut child = Command::new(&program)
            .args(["up", "--dir"])
            .arg(dir.path())
            .arg("--cluster")
            .arg(&cluster)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let hold = child.stdin.take();
        let mut ready = String::new();
        let output = child.stdout.take().map(BufReader::new);
        let read = output.map(|mut output| output.read_line(&mut ready));
        // Dropped on every way out, also on the one below.
        let running = Self { child, hold, dir, cluster };
        if matches!(read, Some(Ok(_))) && ready.starts_with("ready ") {
            Ok(running)
        } else {
            Err(format!("{} did not become ready, see above", program.display()))
        }
    }

    /// Moves this thread into the network of the node.
    pub(super) fn enter(&self) -> Result<(), String> {
        let path = self.dir.path().join("netns");
        let failed = |error: &dyn std::error::Error| format!("{}: {error}", path.display());
        let file = File::open(&path).map_err(|error| failed(&error))?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .map_err(|error| failed(&error))
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    pub(super) fn kubectl(&self) -> PathBuf {
        self.cluster.join("kubectl")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.hold.take());
        until("the node to end", || !matches!(self.child.try_wait(), Ok(None)));
    }
}

/// `bulkhead-node`.
pub(crate) fn program() -> Result<PathBuf, String> {
    built("BULKHEAD_TEST_NODE", "node").map(|folder| folder.join("bulkhead-node"))
}

/// The folder that this variable names, default `target/NAME`, with `bulkhead-NAME` in it; built
/// there when that is missing.
fn built(variable: &str, name: &str) -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = var_os(variable).map_or_else(|| here.join("target").join(name), PathBuf::from);
    if exists(folder.join(format!("bulkhead-{name}"))).unwrap_or(false) {
        return Ok(folder);
    }
    let script = here.join("tests").join(name).join("build");
    match Command::new(&script).arg(&folder).status() {
        Ok(status) if status.success() => Ok(folder),
        Ok(status) => Err(format!("{}: {status}, see above", script.display())),
        Err(error) => Err(format!("cannot run {}: {error}", script.display())),
    }
}
