//! The Dockerfile, read without the code that carries it out.

use std::collections::BTreeMap;
use std::fs::read_to_string;

use super::here;

/// One instruction: its word, and the words after it.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    pub(crate) word: String,
    pub(crate) words: Vec<String>,
}

/// All instructions, comments left out and lines joined.
pub(crate) fn instructions() -> Vec<Instruction> {
    let text = read_to_string(here().join("Dockerfile")).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let read = |line: &str| {
        let mut words = words(line).into_iter();
        Some(Instruction { word: words.next()?, words: words.collect() })
    };
    joined.lines().filter_map(read).collect()
}

/// Those of the last stage, its FROM included.
pub(crate) fn last_stage() -> Vec<Instruction> {
    let all = instructions();
    let from = all.iter().rposition(|instruction| instruction.word == "FROM").unwrap();
    all[from..].to_vec()
}

/// Splits at spaces outside of quotes, which go.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    // A mark that no Dockerfile has stands for the spaces that split.
    let marked = parts.map(|(at, part)| match at % 2 {
        0 => part.replace([' ', '\t'], "\0"),
        _ => part.to_owned(),
    });
    let marked: String = marked.collect();
    marked.split('\0').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The `NAME=VALUE` among all words of an instruction.
pub(crate) fn pairs(stage: &[Instruction], word: &str) -> BTreeMap<String, String> {
    let all = stage.iter().filter(|instruction| instruction.word == word);
    let pairs = all.flat_map(|instruction| &instruction.words).map(|word| {
        let (name, value) = word.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    pairs.collect()
}

/// The words of the only instruction with this word.
pub(crate) fn only(stage: &[Instruction], word: &str) -> Vec<String> {
    let all: Vec<_> = stage.iter().filter(|instruction| instruction.word == word).collect();
    let [one] = all.as_slice() else {
        panic!("{word} is there {} times", all.len());
    };
    one.words.clone()
}

/// The list of an instruction in the form of JSON, whose quotes were taken for a shell's.
pub(crate) fn list(stage: &[Instruction], word: &str) -> Vec<String> {
    let words = only(stage, word).concat();
    let inside = words.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap();
    inside.split(',').map(str::to_owned).collect()
}
