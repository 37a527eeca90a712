//! Parses the command line, calls one verb, maps errors to an exit code.

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use bulkhead::cli::Cli;
use clap::Parser as _;

/// Something that was given cannot be used: a flag, a file, an address.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            // Without standard error there is nobody to tell.
            drop(writeln!(stderr(), "error: {error:#}"));
            ExitCode::from(UNUSABLE)
        }
    }
}
