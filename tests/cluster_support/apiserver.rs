//! The control plane of this run: started here, or somebody else's.

use std::env::var_os;
use std::fs::exists;
use std::io::{BufRead as _, BufReader, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::support::until;

/// An API server, and what is needed to use it.
pub(crate) struct ApiServer {
    /// Of an administrator.
    pub(crate) kubeconfig: PathBuf,
    /// Where it writes its audit log, if that can be read here.
    pub(crate) audit_log: Option<PathBuf>,
    pub(crate) kubectl: PathBuf,
    /// The name by which it reaches this machine.
    pub(crate) webhook_host: String,
    own: Option<Running>,
}

/// A control plane that ends when its standard input does, so it cannot outlive this process
/// however that ends.
struct Running {
    child: Child,
    hold: Option<ChildStdin>,
    _dir: TempDir,
}

impl ApiServer {
    /// The one that the environment names, else a new one.
    pub(crate) fn find() -> Result<Self, String> {
        match var_os("BULKHEAD_TEST_KUBECONFIG") {
            Some(kubeconfig) => Ok(Self::elsewhere(kubeconfig.into())),
            None => Self::start(),
        }
    }

    fn elsewhere(kubeconfig: PathBuf) -> Self {
        let host = var_os("BULKHEAD_TEST_WEBHOOK_HOST");
        let ours = programs().join("kubectl");
        Self {
            kubeconfig,
            audit_log: var_os("BULKHEAD_TEST_AUDIT_LOG").map(Into::into),
            kubectl: if ours.exists() { ours } else { "kubectl".into() },
            webhook_host: host.map_or_else(loopback, |host| host.to_string_lossy().into_owned()),
            own: None,
        }
    }

    fn start() -> Result<Self, String> {
        let folder = programs();
        let program = folder.join("bulkhead-cluster");
        if !exists(&program).unwrap_or(false) {
            build(&folder)?;
        }
        // Below the build folder, where what a killed run leaves is found and cleaned.
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))
            .map_err(|error| format!("no temporary folder: {error}"))?;
        let mut child = Command::new(&program)
            .args(["up", "--dir"])
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let hold = child.stdin.take();
        let mut ready = String::new();
        let output = child.stdout.take().map(BufReader::new);
        let read = output.map(|mut output| output.read_line(&mut ready));
        let kubeconfig = dir.path().join("kubeconfig");
        let audit_log = dir.path().join("audit.log");
        // Dropped on every way out, also on the one below.
        let own = Running { child, hold, _dir: dir };
        if !(matches!(read, Some(Ok(_))) && ready.starts_with("ready ")) {
            return Err(format!("{} did not become ready, see above", program.display()));
        }
        Ok(Self {
            kubeconfig,
            audit_log: Some(audit_log),
            kubectl: folder.join("kubectl"),
            webhook_host: loopback(),
            own: Some(own),
        })
    }

    /// Whether it was started here, bare: no controllers, no kubelets, the default plugins.
    pub(crate) fn is_bare(&self) -> bool {
        self.own.is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.hold.take());
        until("the API server to end", || !matches!(self.child.try_wait(), Ok(None)));
    }
}

/// The folder of `bulkhead-cluster` and `kubectl`.
fn programs() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match var_os("BULKHEAD_TEST_CLUSTER") {
        Some(folder) => folder.into(),
        None => here.join("target/cluster"),
    }
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}

fn build(folder: &Path) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/build");
    drop(writeln!(
        stderr(),
        "there is no API server in {}: compiling one with tests/cluster/build, once",
        folder.display()
    ));
    match Command::new(&script).arg(folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("tests/cluster/build: {status}, see above")),
        Err(error) => Err(format!("cannot run {}: {error}", script.display())),
    }
}
