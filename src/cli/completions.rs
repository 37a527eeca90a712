//! `bulkhead completions`: what a shell needs to complete verbs, flags and their values.

use std::io::stdout;

use clap::Args;
use clap_complete::{Shell, generate};

use super::{command, terminal};

const MORE: &str = "\
Install, for the current user:
  bash        bulkhead completions bash > ~/.local/share/bash-completion/completions/bulkhead
  zsh         bulkhead completions zsh > ~/.zfunc/_bulkhead
              with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  fish        bulkhead completions fish > ~/.config/fish/completions/bulkhead.fish
  powershell  bulkhead completions powershell >> $PROFILE
  elvish      bulkhead completions elvish >> ~/.config/elvish/rc.elv

Exit codes:
  0  fine
  2  the shell is not known, or standard output cannot be written";

/// Print the completions of a shell; the help says how to install them
#[derive(Args, Debug)]
#[command(after_help = MORE)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    // Made in memory: the generator panics where it cannot write.
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "bulkhead", &mut script);
    terminal::put(stdout().lock(), &script)
}
