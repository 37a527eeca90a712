//! Nothing is nothing, whichever way it comes.

use std::fs;
use std::process::Command;
use std::thread;

use super::{check, command, folder, pod};
use crate::support::{Ended, pipe, run};

const EMPTY: [&str; 4] = ["", "# nothing\n---\n", "---\nnull\n---\n# c\n", "\n\n"];

fn error(name: &str) -> String {
    format!("error: {name}: holds no object; did the command before it fail?\n")
}

/// What comes of a text through `-`, /dev/stdin as a pipe and as a file, a named pipe, a file, and a
/// folder.
fn every_way(text: &str, flags: &[&str]) -> Vec<(&'static str, Ended)> {
    let dir = folder(&[("file", text), ("folder/a.yaml", text), ("folder/sub/b.yaml", "")]);
    let path = |name: &str| dir.path().join(name);
    let with = |name: &'static str| [flags, &[name]].concat();
    let mut ended: Vec<_> = ["-", "/dev/stdin"]
        .map(|name| (name, check(dir.path(), &with(name), text)))
        .into_iter()
        .collect();
    ended.push(("-", check(dir.path(), flags, text)));
    let direct = command(dir.path(), &with("/dev/stdin"));
    let mut redirected = Command::new("sh");
    redirected.current_dir(dir.path()).args(["-c", "exec \"$0\" \"$@\" < file"]);
    redirected.arg(direct.get_program()).args(direct.get_args());
    ended.push(("/dev/stdin", run(redirected)));
    pipe(&path("pipe"));
    let writer = {
        let (pipe, text) = (path("pipe"), text.to_owned());
        thread::spawn(move || fs::write(pipe, text).unwrap())
    };
    ended.push(("pipe", check(dir.path(), &with("pipe"), "")));
    writer.join().unwrap();
    ended.extend(["file", "folder"].map(|name| (name, check(dir.path(), &with(name), ""))));
    ended
}

#[test]
fn nothing_is_an_error_by_every_way_in() {
    for text in EMPTY {
        for form in [&[][..], &["--fix"]] {
            for (name, ended) in every_way(text, form) {
                assert_eq!(
                    (ended.code, ended.stderr.lines().next()),
                    (Some(2), error(name).lines().next()),
                    "{name}: {text:?}"
                );
            }
        }
        for (name, ended) in every_way(text, &["--allow-empty"]) {
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}: {text:?}");
        }
    }
    // Something that is skipped is something.
    for (name, ended) in every_way("kind: Config\n", &[]) {
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
    }
}

/// A file that only has comments is nothing unusual in a folder; one that was named was meant.
#[test]
fn only_what_is_named_must_hold_something() {
    let good = pod("p", "");
    let dir = folder(&[("a.yaml", &good), ("b.yaml", "# later\n"), ("none/notes.txt", "")]);
    let ended = check(dir.path(), &["."], "");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let ended = check(dir.path(), &["a.yaml", "b.yaml"], "");
    assert_eq!((ended.code, ended.stderr), (Some(2), error("b.yaml")));
    let ended = check(dir.path(), &["--allow-empty", "a.yaml", "b.yaml", "none"], "");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    // What is not there is no emptiness.
    let ended = check(dir.path(), &["--allow-empty", "no.yaml"], "");
    assert_eq!(ended.code, Some(2));
}

/// What a command that failed may print.
#[test]
fn text_that_holds_no_object_is_nothing() {
    let dir = folder(&[]);
    for text in ["[]", "\"\"", "false\n", "{}", "Error, the chart was not found\n", "[]\n---\n{}\n"]
    {
        let ended = check(dir.path(), &["-"], text);
        assert_eq!(ended.code, Some(2), "{text}");
        assert!(ended.stderr.contains("holds no object"), "{text}: {}", ended.stderr);
    }
}
