//! An OCI archive, read without the code that wrote it: by tar and sha256sum.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{architecture, folder, output, text};

/// A file or folder of the image.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// As `ls -l` writes it.
    pub(crate) mode: String,
    pub(crate) owner: String,
    /// `YYYY-MM-DD HH:MM:SS`.
    pub(crate) time: String,
    pub(crate) path: String,
}

pub(crate) struct Archive {
    /// The OCI layout that was in it.
    layout: TempDir,
    /// What the index says of the only image.
    pub(crate) described: Value,
    pub(crate) config: Value,
    layers: Vec<PathBuf>,
}

impl Archive {
    /// Where `image/build` has put the one for this machine.
    pub(crate) fn path() -> PathBuf {
        let version = env!("CARGO_PKG_VERSION");
        folder().join(format!("bulkhead-{version}-{}.oci.tar", architecture()))
    }

    /// That one.
    pub(crate) fn open() -> Self {
        let path = Self::path();
        assert!(path.exists(), "{} is missing: `make image` writes it", path.display());
        Self::read(&path)
    }

    pub(crate) fn read(path: &Path) -> Self {
        let layout = TempDir::new().unwrap();
        output(Command::new("tar").arg("-xf").arg(path).arg("-C").arg(layout.path()));
        let version = json(&layout.path().join("oci-layout"));
        assert_eq!(version, serde_json::json!({"imageLayoutVersion": "1.0.0"}));
        let index = json(&layout.path().join("index.json"));
        let [described] = index["manifests"].as_array().unwrap().as_slice() else {
            panic!("not one image: {index}");
        };
        let blob = |described: &Value, kind: &str| blob(layout.path(), described, kind);
        let manifest = json(&blob(described, "manifest.v1+json"));
        let config = json(&blob(&manifest["config"], "config.v1+json"));
        let layers = manifest["layers"].as_array().unwrap();
        // Layers that are not compressed are named twice by the same sum.
        let sums: Vec<_> = layers.iter().map(|layer| layer["digest"].clone()).collect();
        assert_eq!(config["rootfs"], serde_json::json!({"type": "layers", "diff_ids": sums}));
        let layers = layers.iter().map(|layer| blob(layer, "layer.v1.tar")).collect();
        let described = described.clone();
        Self { layout, described, config, layers }
    }

    /// All files and folders, in their order.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut all = Vec::new();
        for layer in &self.layers {
            let listing = text(
                Command::new("tar")
                    .args(["-tv", "--numeric-owner", "--full-time", "--utc", "-f"])
                    .arg(layer),
            );
            all.extend(listing.lines().map(|line| {
                let mut words = line.split_whitespace().map(str::to_owned);
                let mut word = || words.next().unwrap();
                let (mode, owner, _size) = (word(), word(), word());
                Entry { mode, owner, time: format!("{} {}", word(), word()), path: word() }
            }));
        }
        all
    }

    /// Puts the root file system below a folder.
    pub(crate) fn unpack(&self, root: &Path) {
        for layer in &self.layers {
            output(Command::new("tar").arg("-xpf").arg(layer).arg("-C").arg(root));
        }
    }

    /// The sum of the bytes that a node downloads and keeps.
    pub(crate) fn bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.metadata().unwrap().len()).sum()
    }

    /// The files of the layout, each once.
    pub(crate) fn blobs(&self) -> usize {
        self.layout.path().join("blobs/sha256").read_dir().unwrap().count()
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The file of what is described so, which must be what it says.
fn blob(layout: &Path, described: &Value, kind: &str) -> PathBuf {
    assert_eq!(described["mediaType"], format!("application/vnd.oci.image.{kind}"));
    let (algorithm, sum) = described["digest"].as_str().unwrap().split_once(':').unwrap();
    let path = layout.join("blobs").join(algorithm).join(sum);
    assert_eq!(described["size"], path.metadata().unwrap().len());
    let printed = text(Command::new(format!("{algorithm}sum")).arg(&path).stdin(Stdio::null()));
    assert_eq!(printed.split(' ').next(), Some(sum));
    path
}
