//! Texts that people write, and texts that only a generator does.

use std::sync::OnceLock;

use crate::support::place;
use crate::tier::random::Random;

/// What texts are made of.
const PIECES: &[&str] = &[
    "a",
    "b",
    "a: ",
    "b: ",
    "c:",
    ": ",
    ":",
    "- ",
    "-",
    "? ",
    "?",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n    ",
    " ",
    "  ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "\"",
    "\"",
    "'",
    "'",
    "# c",
    "#",
    " #",
    "&a ",
    "&b ",
    "*a",
    "*b",
    "*a ",
    "!!str ",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!null ",
    "!!binary ",
    "!!timestamp ",
    "!x ",
    "! ",
    "!<tag:yaml.org,2002:str> ",
    "!!",
    "!",
    "!e!x ",
    "!a%41 ",
    "|\n",
    ">\n",
    "|-\n",
    ">+\n",
    "|2\n",
    "|+1\n",
    ">-2 # c\n",
    "<<: ",
    "<<",
    "1",
    "0x1",
    "08",
    "1_0",
    "1.5",
    "1e3",
    ".5",
    ".inf",
    "-",
    "+1",
    "yes",
    "no",
    "true",
    "null",
    "~",
    "on",
    "2001-01-01",
    "2001-02-30",
    "\\",
    "\\n",
    "\\/",
    "\\'",
    "\\x41",
    "\\u00e9",
    "\\ud83d",
    "\\\n",
    "\u{85}",
    "\u{2028}",
    "é",
    "😀",
    "\u{feff}",
    "\r\n",
    "\r",
    "\n---\n",
    "---\n",
    "--- # c\n",
    "---",
    "...\n",
    "\n...\n",
    "%YAML 1.1\r---\r",
    "{1: a, \"1\": b}",
    "%YAML 1.1\n",
    "@",
    "`",
    "%",
    "=",
    "x y",
    "http://a:80/?q=[1]",
    "{{ .V }}",
    "[]: b",
    "{}: b",
    "---#",
    "null: 1",
    "1: 2",
    "\"1\": 3",
    "[a]: b",
    "{a: 1}",
    "{a: 1, b: [c, d]}",
    "[a, b]",
    "\"a b\"",
    "'a ''b'",
    "kind: Pod\n",
    "spec:\n",
    "  x: |\n    y\n",
    "\u{7f}",
    "\u{0}",
];

/// What spells scalars.
const LETTERS: &[&str] = &[
    "0",
    "1",
    "2",
    "7",
    "8",
    "9",
    "_",
    "+",
    "-",
    ".",
    "e",
    "E",
    "x",
    "X",
    "o",
    "O",
    "b",
    "B",
    "f",
    "a",
    "n",
    "N",
    "y",
    "t",
    "T",
    "~",
    ":",
    "i",
    "inf",
    "nan",
    "NaN",
    "true",
    "yes",
    "0x",
    "0b",
    "0o",
    "00",
    "1e",
    "18446744073709551615",
    "9223372036854775808",
    "2001-",
    "-01",
    "12:00:00",
    "Z",
    "T12:30:00",
    " ",
];

const TAGS: &[&str] = &[
    "",
    "",
    "",
    "",
    "!!int ",
    "!!float ",
    "!!str ",
    "!!bool ",
    "!!null ",
    "!!timestamp ",
    "!x ",
    "! ",
];

/// Manifests that people wrote: those of the documentation and of the examples.
fn manifests() -> &'static [String] {
    static MANIFESTS: OnceLock<Vec<String>> = OnceLock::new();
    MANIFESTS.get_or_init(|| {
        let mut found = Vec::new();
        for folder in ["examples", "deploy", "docs/controls"] {
            let mut walk = ignore::WalkBuilder::new(place(folder));
            for entry in walk.standard_filters(false).sort_by_file_name(Ord::cmp).build() {
                let path = entry.unwrap().into_path();
                if path.extension().is_some_and(|it| it == "yaml" || it == "md" || it == "json") {
                    let text = std::fs::read_to_string(path).unwrap();
                    found.push(text.chars().take(3000).collect());
                }
            }
        }
        assert!(found.len() > 5);
        found
    })
}

/// Bytes that are no UTF-8.
const WRONG: &[&[u8]] = &[&[0xe4], &[0xe4, 0xb8], &[0xf0, 0x9f, 0x98], &[0xc0, 0x80]];

/// The text of a number.
pub(super) fn text(seed: u64, number: u64) -> Vec<u8> {
    let mut random = Random::new(seed, number);
    let text = match random.below(10) {
        0..=3 => soup(&mut random),
        4..=6 => changed(&mut random),
        7 => scalars(&mut random),
        8 => lines(&mut random),
        9 if random.chance(30) => stream(&mut random),
        _ => aliases(&mut random),
    };
    encoded(&mut random, text)
}

fn soup(random: &mut Random) -> String {
    let length = 1 + random.below(14);
    (0..length).map(|_| *random.pick(PIECES)).collect()
}

/// A manifest with some places changed.
fn changed(random: &mut Random) -> String {
    let mut letters: Vec<char> = random.pick(manifests()).chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(letters.len() + 1);
        let to = (at + random.below(4)).min(letters.len());
        let new: Vec<char> =
            if random.chance(70) { random.pick(PIECES).chars().collect() } else { vec![] };
        letters.splice(at..to, new);
    }
    let text: String = letters.into_iter().collect();
    if random.chance(10) { text.replace('\n', "\r\n") } else { text }
}

fn scalar(random: &mut Random) -> String {
    let length = 1 + random.below(6);
    (0..length).map(|_| *random.pick(LETTERS)).collect()
}

/// Scalars as values, as keys, in brackets.
fn scalars(random: &mut Random) -> String {
    let mut text = String::new();
    for key in 0..=random.below(4) {
        let (tag, value) = (*random.pick(TAGS), scalar(random));
        let quote = *random.pick(&["", "", "", "'", "\""]);
        let value = format!("{tag}{quote}{value}{quote}");
        let line = match random.below(4) {
            0 => format!("{value}: {key}\n"),
            1 => format!("k{key}: [{value}, x]\n"),
            _ => format!("k{key}: {value}\n"),
        };
        text += &line;
    }
    text
}

/// Values of JSON one after the other, and what follows them.
fn stream(random: &mut Random) -> String {
    const VALUES: &[&str] = &[
        "{}",
        "{\"a\": 1}",
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "1e1",
        "1.5",
        "\"x\"",
        "[]",
        "[1]",
        "\n",
        " ",
        "\t",
        "\n---\n",
        "x",
        "1.",
        "-",
        "{\"b\": \"\\/\"}",
        "{c: d}",
    ];
    let length = 1 + random.below(6);
    (0..length).fold("{\"first\": 1}".to_owned(), |text, _| text + *random.pick(VALUES))
}

/// Lines of random depth.
fn lines(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..2 + random.below(7) {
        text += &" ".repeat(random.below(4));
        for _ in 0..=random.below(4) {
            text += random.pick(PIECES).trim_matches('\n');
        }
        text += "\n";
    }
    text
}

/// Anchors, aliases and merge keys.
fn aliases(random: &mut Random) -> String {
    let mut text = "a: &a {x: 1, y: [2, 3]}\nb: &b [p, *a]\nc: &c\n  <<: *a\n  z: 4\n".to_owned();
    for key in 0..=random.below(5) {
        let value = *random.pick(&[
            "*a",
            "*b",
            "*c",
            "*d",
            "[*a, *b, *c]",
            "{<<: *a, x: 9}",
            "{<<: [*a, *c]}",
            "{x: 9, <<: *c}",
            "{<<: *b}",
            "{<<: [*b]}",
            "{<<: {n: 1}, <<: {n: 2}}",
            "&d [*d]",
            "&a [*a]",
            "&a {k: &a 1, l: *a}",
            "{*b : 1}",
            "{? *a : 1}",
            "&e\n  - *a\n  - *a",
            "{'<<': *a}",
            "{!!merge '<<': *a}",
            "{! <<: *a}",
            "{!!str <<: *a}",
            "{1: a, '1': b, 1.0: c}",
        ]);
        text.extend([format!("k{key}: "), value.to_owned(), "\n".to_owned()]);
    }
    let many = if random.chance(5) { 1500 } else { random.below(3) };
    let item = *random.pick(&["*a", "*b", "*c", "{<<: *a}"]);
    text + "m: [" + &vec![item; many].join(", ") + "]\n"
}

/// As editors and shells store it.
fn encoded(random: &mut Random, text: String) -> Vec<u8> {
    let units = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(order).collect()
    };
    match random.below(40) {
        0 => units(u16::to_le_bytes),
        1 => units(u16::to_be_bytes),
        2 => format!("\u{feff}{text}").into_bytes(),
        3 => {
            let mut bytes = text.into_bytes();
            let at = random.below(bytes.len() + 1);
            let wrong = *random.pick(WRONG);
            bytes.splice(at..at, wrong.iter().copied());
            bytes
        }
        _ => text.into_bytes(),
    }
}
