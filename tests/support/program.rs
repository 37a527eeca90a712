//! Programs that end by themselves: ours and others.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::PATIENCE;

/// The program without any flags, not started yet.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bulkhead"))
}

/// What a program that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` where it had to be killed, because it did not end.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Runs a command to its end, with `input` as its standard input.
    pub(crate) fn of(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // Beside reading, as it may print before it has read all. Who refuses its arguments reads nothing.
            scope.spawn(move || drop(stdin.write_all(input.as_bytes())));
            Self::after(child.wait_with_output().unwrap())
        })
    }

    fn after(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }
}

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// Makes a pipe that has a name.
pub(crate) fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Runs a command that is to end by itself.
pub(crate) fn run(mut command: Command) -> Ended {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    drop(child.kill());
    Ended::after(child.wait_with_output().unwrap())
}
