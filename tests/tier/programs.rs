//! Programs that scripts of the tests compile, once, and that tests then run.

use std::env::var_os;
use std::io::{BufRead as _, BufReader, Write as _, stderr};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::support::{place, until};

/// The folder that this variable names, default `target/NAME`.
pub(crate) fn kept(variable: &str, name: &str) -> PathBuf {
    var_os(variable).map_or_else(|| place("target").join(name), PathBuf::from)
}

/// The same with this program in it, compiled by `testbed/NAME/build` when it is missing.
pub(crate) fn built(variable: &str, name: &str, program: &str) -> Result<PathBuf, String> {
    let folder = kept(variable, name);
    if folder.join(program).exists() {
        return Ok(folder);
    }
    let script = format!("testbed/{name}/build");
    drop(writeln!(
        stderr(),
        "there is no {program} in {}: compiling with {script}, once",
        folder.display()
    ));
    match Command::new(place(&script)).arg(&folder).status() {
        Ok(status) if status.success() => Ok(folder),
        Ok(status) => Err(format!("{script}: {status}, see above")),
        Err(error) => Err(format!("cannot run {script}: {error}")),
    }
}

/// A folder below the build folder, where what a killed run leaves is found and cleaned.
pub(crate) fn scratch() -> Result<TempDir, String> {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))
        .map_err(|error| format!("no temporary folder: {error}"))
}

/// A program that says when it is ready, and ends when its standard input does, so that it cannot
/// outlive this process however that ends.
pub(crate) struct Held {
    child: Child,
    input: Option<ChildStdin>,
}

impl Held {
    /// Starts it and waits for its line `ready ...`; what went wrong it says itself.
    pub(crate) fn start(mut command: Command) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("cannot start {name}: {error}"))?;
        let input = child.stdin.take();
        let mut ready = String::new();
        let output = child.stdout.take().map(BufReader::new);
        let read = output.map(|mut output| output.read_line(&mut ready));
        // Dropped on every way out, also on the one below.
        let held = Self { child, input };
        if matches!(read, Some(Ok(_))) && ready.starts_with("ready ") {
            Ok(held)
        } else {
            Err(format!("{name} did not become ready, see above"))
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.input.take());
        until("a program to end with its input", || !matches!(self.child.try_wait(), Ok(None)));
    }
}
