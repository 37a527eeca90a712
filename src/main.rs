//! Parses the command line, calls one verb, maps errors to an exit code.

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use bulkhead::cli::{Cli, printable};
use clap::Parser as _;

/// Something that was given cannot be used: a flag, a file, an address.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        // Whoever closed standard output has seen enough, but not all.
        Err(error) if is_closed(&error) => ExitCode::from(UNUSABLE),
        Err(error) => {
            for line in format!("{error:#}").lines() {
                // Without standard error there is nobody to tell.
                drop(writeln!(stderr(), "error: {}", printable(line)));
            }
            ExitCode::from(UNUSABLE)
        }
    }
}

fn is_closed(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
