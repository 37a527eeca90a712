//! The processes of a node.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;

use crate::tier::programs::{Held, built, scratch};

/// A node, and what it was started with.
pub(super) struct Running {
    /// All of its processes end with this one.
    process: Held,
    dir: TempDir,
    cluster: PathBuf,
    images: Vec<PathBuf>,
}

impl Running {
    /// Starts one with these images besides the probes'.
    pub(super) fn start(images: &[PathBuf]) -> Result<Self, String> {
        let cluster = built("BULKHEAD_TEST_CLUSTER", "cluster", "bulkhead-cluster")?;
        let dir = scratch()?;
        let process = up(dir.path(), &cluster, images, &[])?;
        Ok(Self { process, dir, cluster, images: images.to_vec() })
    }

    /// Ends all processes, and starts them on the objects that are there.
    pub(super) fn again(self) -> Result<Self, String> {
        let Self { process, dir, cluster, images } = self;
        drop(process);
        let process = up(dir.path(), &cluster, &images, &["--again"])?;
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
        self.process.id()
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    pub(super) fn kubectl(&self) -> PathBuf {
        self.cluster.join("kubectl")
    }
}

fn up(dir: &Path, cluster: &Path, images: &[PathBuf], flags: &[&str]) -> Result<Held, String> {
    let mut command = Command::new(program()?);
    command.args(["up", "--dir"]).arg(dir).arg("--cluster").arg(cluster).args(flags);
    for image in images {
        command.arg("--image").arg(image);
    }
    Held::start(command)
}

/// `bulkhead-node`.
pub(crate) fn program() -> Result<PathBuf, String> {
    let name = "bulkhead-node";
    built("BULKHEAD_TEST_NODE", "node", name).map(|folder| folder.join(name))
}
