//! The processes of a node.

use std::env::var_os;
use std::ffi::OsStr;
use std::fs::{File, exists};
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;

use crate::support::until;

/// A node, and what it was started with.
pub(super) struct Running {
    process: Process,
    dir: TempDir,
    cluster: PathBuf,
    images: Vec<PathBuf>,
}

/// All of its processes. They end when the standard input of the first does, so they cannot outlive
/// this one however that ends.
struct Process {
    child: Child,
    hold: Option<ChildStdin>,
}

impl Running {
    /// Starts one with these images besides the probes'.
    pub(super) fn start(images: &[PathBuf]) -> Result<Self, String> {
        let cluster = built("BULKHEAD_TEST_CLUSTER", "cluster")?;
        // Below the build folder, where what a killed run leaves is found and cleaned.
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))
            .map_err(|error| format!("no temporary folder: {error}"))?;
        let process = Process::up(dir.path(), &cluster, images, &[])?;
        Ok(Self { process, dir, cluster, images: images.to_vec() })
    }

    /// Ends all processes, and starts them on the objects that are there.
    pub(super) fn again(self) -> Result<Self, String> {
        let Self { process, dir, cluster, images } = self;
        drop(process);
        let process = Process::up(dir.path(), &cluster, &images, &["--again"])?;
        Ok(Self { process, dir, cluster, images })
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
        self.process.child.id()
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    pub(super) fn kubectl(&self) -> PathBuf {
        self.cluster.join("kubectl")
    }
}

impl Process {
    fn up(dir: &Path, cluster: &Path, images: &[PathBuf], flags: &[&str]) -> Result<Self, String> {
        let program = program()?;
        let images = images.iter().flat_map(|image| [OsStr::new("--image"), image.as_os_str()]);
        let mut child = Command::new(&program)
            .args(["up", "--dir"])
            .arg(dir)
            .arg("--cluster")
            .arg(cluster)
            .args(images)
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let hold = child.stdin.take();
        let mut ready = String::new();
        let output = child.stdout.take().map(BufReader::new);
        let read = output.map(|mut output| output.read_line(&mut ready));
        // Dropped on every way out, also on the one below.
        let process = Self { child, hold };
        if matches!(read, Some(Ok(_))) && ready.starts_with("ready ") {
            Ok(process)
        } else {
            Err(format!("{} did not become ready, see above", program.display()))
        }
    }
}

impl Drop for Process {
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
