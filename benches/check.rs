//! `bulkhead check` on a folder of generated manifests against reading the same YAML alone, in the
//! same run: time, processor time, cores in use and the peak of memory, which should not grow with
//! the number of files.
//!
//! Run by `benches/run` as `check PROGRAM`; it runs itself as `check --parse FOLDER`.

use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use ignore::WalkBuilder;
use rayon::iter::{ParallelBridge as _, ParallelIterator as _};
use serde_json::Value;

/// Compare `bulkhead check` with reading YAML alone.
#[derive(Parser)]
struct Args {
    /// The program to measure
    program: Option<PathBuf>,
    /// Read the YAML of a folder and do nothing with it
    #[arg(long, conflicts_with = "program")]
    parse: Option<PathBuf>,
    /// How many manifests
    #[arg(long, default_value = "20000")]
    files: usize,
    /// How many pairs of runs
    #[arg(long, default_value = "5")]
    pairs: usize,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(folder) = args.parse {
        return parse(&folder);
    }
    let program = args.program.context("which program?")?;
    let scratch = tempfile::tempdir()?;
    let (all, tenth) = (scratch.path().join("all"), scratch.path().join("tenth"));
    let bytes = generate(&all, args.files)?;
    generate(&tenth, args.files / 10)?;
    let mut out = stdout().lock();
    writeln!(out, "check: {} manifests, {} KiB, JSON output", args.files, bytes / 1024)?;
    let own = std::env::current_exe()?;
    let check = |folder: &Path| run(&program, &["check", "--output", "json"], folder);
    let (mut ratios, mut runs) = (Vec::new(), Vec::new());
    check(&all)?;
    for _ in 0..args.pairs {
        let (alone, judged) = (run(&own, &["--parse"], &all)?, check(&all)?);
        ratios.push(judged.wall.as_secs_f64() / alone.wall.as_secs_f64());
        runs.push((alone, judged));
    }
    ratios.sort_by(f64::total_cmp);
    for (alone, judged) in &runs {
        writeln!(out, "  reading alone: {alone}\n  bulkhead check: {judged}")?;
    }
    writeln!(
        out,
        "  time against reading alone: {:.2} (median of {ratios:.2?})",
        ratios[ratios.len() / 2]
    )?;
    writeln!(out, "  a tenth of the manifests: {}", check(&tenth)?)?;
    Ok(())
}

/// One run of a program.
struct Run {
    wall: Duration,
    cpu: Duration,
    /// In KiB, as last seen before its end.
    peak: u64,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wall, cpu) = (self.wall.as_secs_f64(), self.cpu.as_secs_f64());
        write!(f, "{wall:.2} s, {:.2} cores in use, peak {} MiB", cpu / wall, self.peak / 1024)
    }
}

fn run(program: &Path, args: &[&str], folder: &Path) -> anyhow::Result<Run> {
    let (begin, before) = (Instant::now(), children()?);
    let mut child = Command::new(program).args(args).arg(folder).stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        match child.try_wait()? {
            Some(code) => break code,
            None => std::thread::park_timeout(Duration::from_millis(2)),
        }
    };
    ensure!(code.code().is_some_and(|code| code < 2), "{} ended with {code}", program.display());
    Ok(Run { wall: begin.elapsed(), cpu: children()?.saturating_sub(before), peak })
}

/// The processor time of all children that have ended.
fn children() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").context("no such format")?;
    let ticks: u64 =
        fields.split(' ').skip(13).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    // USER_HZ is 100 on Linux, whatever the kernel's own clock.
    Ok(Duration::from_millis(ticks * 10))
}

fn parse(folder: &Path) -> anyhow::Result<()> {
    let files = WalkBuilder::new(folder).standard_filters(false).build().filter_map(Result::ok);
    let files =
        files.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file())).par_bridge();
    files.try_for_each(|entry| {
        let text = fs::read_to_string(entry.path())?;
        let options = serde_saphyr::options! { legacy_octal_numbers: true };
        let read: Vec<Value> = serde_saphyr::from_multiple_with_options(&text, options)?;
        ensure!(!read.is_empty(), "nothing in {}", entry.path().display());
        Ok(())
    })
}

/// Writes manifests, a hundred to a folder; returns their bytes.
fn generate(folder: &Path, files: usize) -> anyhow::Result<usize> {
    let mut bytes = 0;
    for number in 0..files {
        let parent = folder.join(format!("{:03}", number / 100));
        fs::create_dir_all(&parent)?;
        let text = manifest(number);
        bytes += text.len();
        fs::write(parent.join(format!("{number}.yaml")), text)?;
    }
    Ok(bytes)
}

/// A Deployment of ordinary size; one of ten has something to find.
fn manifest(number: usize) -> String {
    let spec = if number.is_multiple_of(10) { "      shareProcessNamespace: true\n" } else { "" };
    let container = |name: &str| {
        format!(
            "      - name: {name}\n        image: registry.example/{name}:{number}\n        ports: [{{containerPort: 8080}}]\n        env:\n        - {{name: MODE, value: production}}\n        - name: PEER\n          valueFrom: {{configMapKeyRef: {{name: peers, key: first}}}}\n        resources:\n          requests: {{cpu: 100m, memory: 128Mi}}\n          limits: {{memory: 256Mi}}\n        securityContext:\n          allowPrivilegeEscalation: false\n          capabilities:\n            drop:\n            - ALL\n"
        )
    };
    format!(
        "# generated\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n  labels:\n    app: app-{number}\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: app-{number}\n  template:\n    metadata:\n      labels:\n        app: app-{number}\n    spec:\n{spec}      securityContext:\n        runAsNonRoot: true\n        supplementalGroupsPolicy: Strict\n      containers:\n{}{}",
        container("app"),
        container("agent"),
    )
}
