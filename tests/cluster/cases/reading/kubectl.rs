//! kubectl's own reader, one text after the other through one process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use serde::Deserialize;
use serde_json::Value;

use crate::setup::World;

/// What was read of a text, up to the first error.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Reading {
    pub(super) objects: Vec<Value>,
    pub(super) error: Option<String>,
}

/// What kubectl reads in each of these.
pub(super) fn read(world: &World, texts: &[Vec<u8>]) -> Vec<Reading> {
    let mut reader = Command::new(world.cluster.program("kubectl-read"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    let output = BufReader::new(reader.stdout.take().unwrap());
    let readings = thread::scope(|scope| {
        scope.spawn(move || {
            for text in texts {
                input.write_all(&u32::try_from(text.len()).unwrap().to_le_bytes()).unwrap();
                input.write_all(text).unwrap();
            }
        });
        output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect::<Vec<_>>()
    });
    assert!(reader.wait().unwrap().success());
    assert_eq!(readings.len(), texts.len());
    readings
}
