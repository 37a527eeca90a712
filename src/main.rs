//! Parses the command line, calls one verb, maps errors to an exit code.

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use bulkhead::cli::{Cli, Exit, is_closed, printable};
use clap::Parser as _;

fn main() -> ExitCode {
    let exit = Cli::parse().run().unwrap_or_else(|error| {
        // Whoever closed standard output has seen enough, but not all.
        if !is_closed(&error) {
            for line in format!("{error:#}").lines() {
                // Without standard error there is nobody to say it to.
                drop(writeln!(stderr(), "error: {}", printable(line)));
            }
        }
        Exit::Unusable
    });
    exit.into()
}
