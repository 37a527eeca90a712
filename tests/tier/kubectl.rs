//! The real kubectl.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::Ended;

/// kubectl of one cluster.
pub(crate) struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    /// Its home, so that the settings and caches of whoever runs the tests do not count.
    home: TempDir,
}

/// What it did.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Kubectl {
    pub(crate) fn new(program: &Path, kubeconfig: &Path) -> Result<Self, String> {
        let home = TempDir::new().map_err(|error| format!("no home for kubectl: {error}"))?;
        Ok(Self { program: program.to_owned(), kubeconfig: kubeconfig.to_owned(), home })
    }

    /// Runs it with `input` as its standard input.
    pub(crate) fn run(&self, args: &[&str], input: &str) -> Said {
        let mut command = Command::new(&self.program);
        command.args(args);
        self.said(command, input)
    }

    /// Runs lines of a shell that finds it by its name.
    pub(crate) fn shell(&self, lines: &str) -> Said {
        let mut command = Command::new("bash");
        let folder = self.program.parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).unwrap());
        self.said(command, lines)
    }

    fn said(&self, mut command: Command, input: &str) -> Said {
        command.env("KUBECONFIG", &self.kubeconfig).env("HOME", self.home.path());
        command.env("KUBECACHEDIR", self.home.path().join("cache"));
        let Ended { code, stdout, stderr } = Ended::of(command, input);
        Said { succeeded: code == Some(0), stdout, stderr }
    }
}
