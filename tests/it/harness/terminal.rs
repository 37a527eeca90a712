//! Pseudo-terminals: what a program shows to a person.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a command shows on a terminal with so many columns, escape characters as `␛`.
pub(crate) fn on_terminal(mut command: Command, columns: u16) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let other = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    if command.get_envs().all(|(name, _)| name != "TERM") {
        command.env("TERM", "xterm-256color");
    }
    command.env_remove("CLICOLOR_FORCE");
    command.stdin(Stdio::null()).stdout(other()).stderr(other());
    let mut child = command.spawn().unwrap();
    // The command holds the other side: it must not, or the end is never seen.
    drop(command);
    let mut shown = Vec::new();
    // At the end of the last holder reading fails.
    drop(File::from(terminal).read_to_end(&mut shown));
    child.wait().unwrap();
    String::from_utf8(shown).unwrap().replace("\r\n", "\n").replace('\u{1b}', "␛")
}
