//! Parses the command line, calls one verb, maps errors to an exit code.

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use bulkhead::cli::{Cli, Exit, is_closed, shown};
use clap::Parser as _;

/// Of the sources, where whoever builds a release says so (`make run`, `make image`). Here and not in
/// the library, which is then not compiled again for each commit.
const COMMIT: Option<&str> = option_env!("BULKHEAD_COMMIT");

fn main() -> ExitCode {
    let exit = Cli::parse().run(COMMIT).unwrap_or_else(|error| {
        if is_closed(&error) {
            // Whoever closed standard output has seen enough.
            return Exit::Clean;
        }
        for line in shown(&error) {
            // Without standard error there is nobody to say it to.
            drop(writeln!(stderr(), "error: {line}"));
        }
        Exit::Unusable
    });
    exit.into()
}
