//! Text as kubectl reads it. What is expected here was seen with kubectl 1.36.3 and a real
//! kube-apiserver, which `tests/cluster/cases/text.rs` asks again.

use bulkhead::manifest::documents;
use bulkhead::path::FieldPath;
use serde_json::{Value, json};

fn read(text: &str) -> Result<Vec<Value>, String> {
    documents(text)
        .map(|document| match document {
            Ok(document) => Ok(serde_json::to_value(&document.root).unwrap()),
            Err(broken) => {
                let span = broken.span;
                Err(format!("{}:{}: {}", span.line, span.column, broken.message))
            }
        })
        .collect()
}

fn one(text: &str) -> Value {
    let mut all = read(text).unwrap_or_else(|message| panic!("{text:?}: {message}"));
    assert_eq!(all.len(), 1, "{text:?}: {all:?}");
    all.remove(0)
}

#[test]
fn scalars() {
    let table: &[(&str, Value)] = &[
        ("yes Yes YES y Y on On ON true True TRUE", json!(true)),
        ("no No NO n N off Off OFF false False FALSE", json!(false)),
        ("~ null Null NULL", Value::Null),
        ("0777 07_7_7 0__777 0o777 0x1FF 0x_1F_F 511. 511.0 5.11e2 +511 0b111111111", json!(511)),
        ("1_000 1000_ 1__000 1e3 1E3 1.0e+3 01750", json!(1000)),
        ("08 0_8 8 8.0 +8 010", json!(8)),
        ("0 -0 0.0 00 0x0", json!(0)),
        ("-5 -05 -0x5 -5.0", json!(-5)),
        (".5 0.5 5e-1", json!(0.5)),
        ("9223372036854775807", json!(i64::MAX)),
        ("9223372036854775808", json!(9_223_372_036_854_775_808_u64)),
    ];
    let mut wrong = Vec::new();
    for (spellings, expected) in table {
        for spelling in spellings.split(' ') {
            for text in [
                format!("v: {spelling}"),
                format!("{{v: {spelling}}}"),
                format!("v:\n  - {spelling}"),
            ] {
                let found = one(&text)["v"].clone();
                let found = if found.is_array() { found[0].clone() } else { found };
                if found != *expected {
                    wrong.push(format!("{text:?}: {found} instead of {expected}"));
                }
            }
        }
    }
    for text in [
        "yEs",
        "tRue",
        "nUll",
        "'yes'",
        "\"true\"",
        "!!str yes",
        "!foo true",
        "190:20:30",
        "2001-01-01",
        "1.2.3",
        "0x",
        "1_000a",
        "o7",
        "'5'",
        "<<",
    ] {
        let found = one(&format!("v: {text}"));
        if !found["v"].is_string() {
            wrong.push(format!("{text:?}: {found} instead of text"));
        }
    }
    for text in ["!!bool yes", "!!bool \"yes\"", "!!bool true"] {
        let found = read(&format!("v: {text}"));
        if found != Ok(vec![json!({"v": true})]) {
            wrong.push(format!("{text:?}: {found:?} instead of true"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn keys() {
    assert_eq!(
        one("1: a\nyes: b\n1.5: c\n'no': d\n0x10: e\n"),
        json!({"1": "a", "true": "b", "1.5": "c", "no": "d", "16": "e"})
    );
    for text in ["null: a", "[a]: b", "? {a: b}\n: c"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn the_last_of_two_counts_and_a_merge_where_it_stands() {
    let table = [
        ("a: 1\na: 2", json!({"a": 2})),
        ("{a: 1, b: 2, a: 3}", json!({"a": 3, "b": 2})),
        ("{\"a\": 1, \"b\": 2, \"a\": 3}", json!({"a": 3, "b": 2})),
        (
            "x: &x {a: 1, b: 2}\nz:\n  a: 7\n  <<: *x\n",
            json!({"x": {"a": 1, "b": 2}, "z": {"a": 1, "b": 2}}),
        ),
        (
            "x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  a: 7\n",
            json!({"x": {"a": 1, "b": 2}, "z": {"a": 7, "b": 2}}),
        ),
        ("z:\n  <<: [{a: 1}, {a: 2, b: 3}]\n", json!({"z": {"a": 1, "b": 3}})),
        ("z:\n  <<: {a: 1}\n  <<: {b: 2}\n", json!({"z": {"a": 1, "b": 2}})),
        ("z: {!!merge <<: {a: 1}}", json!({"z": {"a": 1}})),
        // In quotes, or as text by its tag, it is a key like others.
        ("z: {a: 1, '<<': {a: 2}}", json!({"z": {"a": 1, "<<": {"a": 2}}})),
        ("z: {a: 1, !!str <<: {a: 2}}", json!({"z": {"a": 1, "<<": {"a": 2}}})),
        ("{\"a\": 1, \"<<\": {\"a\": 2}}", json!({"a": 1, "<<": {"a": 2}})),
        ("x: &x {<<: {a: 1}}\nz: *x\n", json!({"x": {"a": 1}, "z": {"a": 1}})),
        ("x: &x {'<<': {a: 1}}\nz: *x\n", json!({"x": {"<<": {"a": 1}}, "z": {"<<": {"a": 1}}})),
        ("x: &x tRue\nz: *x\n", json!({"x": "tRue", "z": "tRue"})),
    ];
    for (text, expected) in table {
        assert_eq!(one(text), expected, "{text}");
    }
}

/// A hash can look like a number that is too large for one.
#[test]
fn a_number_that_is_too_large_is_text() {
    assert_eq!(one("a: 123e4567\nb: [-1e999]\n"), json!({"a": "123e4567", "b": ["-1e999"]}));
    assert_eq!(one("a: '.inf'\n"), json!({"a": ".inf"}));
    for text in ["a: .inf", "a: [-.inf]", "a: .nan", "a: +.Inf"] {
        assert!(read(text).unwrap_err().ends_with("is not a finite number"), "{text}");
    }
}

/// kubectl takes `?` in brackets for the mark of a key, without a blank behind it, too.
#[test]
fn a_key_in_brackets_is_marked_without_a_blank() {
    let table = [
        ("a: {?b: 1}", json!({"a": {"b": 1}})),
        ("[?a: 1]", json!([{"a": 1}])),
        ("{?\"a\": 1}", json!({"a": 1})),
        ("{? a : 1, \"?b\": 2}", json!({"a": 1, "?b": 2})),
        ("?a: 1", json!({"?a": 1})),
    ];
    for (text, expected) in table {
        assert_eq!(one(text), expected, "{text}");
    }
}

/// What a comment hides from a reader who knows fewer ends of a line.
#[test]
fn kubectl_knows_more_ends_of_lines_than_people_see() {
    for end in ["\u{85}", "\u{2028}", "\u{2029}", "\r"] {
        let text = format!("a: 1\n---\nb: 1 # é{end}c: 2\nd: x\n---\ne: 3\n");
        let found: Vec<_> = documents(&text).map(Result::unwrap).collect();
        assert_eq!(
            serde_json::to_value(&found[1].root).unwrap(),
            json!({"b": 1, "c": 2, "d": "x"})
        );
        // Places are as people count.
        let place = |key| found[1].root.locate(&FieldPath::of(&[key]));
        assert_eq!((place("c").line, place("c").column), (3, 10), "{end:?}");
        assert_eq!((place("d").line, place("d").column), (4, 1), "{end:?}");
        // In JSON it is a letter like others.
        let letter = serde_json::to_string(end).unwrap();
        assert_eq!(one(&format!("{{\"a\": {letter}}}")), json!({"a": end}));
    }
}

/// What other readers of YAML refuse or read otherwise.
#[test]
fn what_kubectl_takes() {
    let aliases = format!("a: &a [1]\nb: [{}]\n", vec!["*a"; 100].join(", "));
    let merges = format!("a: &a {{k: 1}}\nb:\n{}", "- {<<: *a}\n".repeat(100));
    let table = [
        (aliases.as_str(), json!({"a": [1], "b": vec![[1]; 100]})),
        (&merges, json!({"a": {"k": 1}, "b": vec![json!({"k": 1}); 100]})),
        ("a:\n  b: \"x\n  y\n\n  z\"\nc: 'p\nq'\n", json!({"a": {"b": "x y\nz"}, "c": "p q"})),
        ("a: \"y\"#c\n", json!({"a": "y"})),
        ("a: [x,\n\tz]\n", json!({"a": ["x", "z"]})),
        (
            "a: !!timestamp 2001-12-14t21:59:43.10-05:00\n",
            json!({"a": "2001-12-14t21:59:43.10-05:00"}),
        ),
        ("a: \"it\\'s\"", json!({"a": "it's"})),
        ("a: {b:}\nc: [d:,e]\n", json!({"a": {"b:": null}, "c": ["d:", "e"]})),
        ("a: [!x,y z]\nb: [!x/[] z]\n", json!({"a": ["z"], "b": ["z"]})),
        ("a: !!binary aGk=\n", json!({"a": "hi"})),
        ("a: |\n  x", json!({"a": "x\n"})),
        ("1e6: a\n1000000.5: b\n.5: c\n", json!({"1e+06": "a", "1.0000005e+06": "b", "0.5": "c"})),
        ("{\"a\": \"\\ud83d\"}", json!({"a": "\u{fffd}"})),
    ];
    for (text, expected) in table {
        assert_eq!(one(text), expected, "{text}");
    }
}

#[test]
fn what_kubectl_refuses() {
    let table = [
        ("a: \"\\/\"", "1:5: `\\/` is no escape"),
        ("# c\n\u{feff}a: 1", "2:1: a byte order mark"),
        ("%YAML 1.1\n---\na: 1\n", "1:1: kubectl reads no document that begins with a `%YAML`"),
        ("a: b: c", "1:5: a second key cannot stand on this line"),
        ("a:\n\tb: 1", "2:1: a tab cannot indent"),
        ("a: *b", "1:4: `*` names an anchor that is not there"),
        ("a: &a [*a]", "1:8: an alias cannot stand inside its own anchor"),
        ("a: 'x", "1:4: the quote that opens here is not closed"),
        ("a: [b\n", "1:4: the bracket that opens here is not closed"),
        ("a: [b\nc: {d", "2:2: `,` or `]` was expected, not `:`; the bracket opens in line 1"),
        ("a: [1 }", "1:7: `,` or `]` was expected, not `}`"),
        ("a: @b", "1:4: text that begins with `@` needs quotes"),
        ("a: 1\n  b: 2", "2:4: a second key"),
        ("a:\n  - b\n c: d", "3:2: a key was expected at this column"),
        ("a: !!int x", "1:10: `!!int` wants a whole number"),
        ("a: !e!x y", "1:4: nothing says what this tag stands for"),
        ("a: |x\n  b", "1:5: behind `|` or `>`"),
        ("a: \u{7f}", "1:4: the character U+007F cannot stand in YAML"),
        ("a: 1\n...\nb: 2", "3:1: kubectl reads nothing behind the end"),
        ("<<: [a]", "1:1: `<<` merges an object"),
        ("{\"a\": 1}{\"b\": 2}\n---\nc: 3", "2:1: behind several values of JSON"),
        ("---#c\na: 1", "1:1: a blank must stand between `---` and `#`"),
        ("--- # c\u{2028}a: 1\n", "1:1: a line `---` holds a character"),
        ("a: 1\n---\n{\"b\": \"\\/\"}", "3:8: `\\/` is no escape"),
    ];
    for (text, expected) in table {
        let broken = read(text).unwrap_err();
        assert!(broken.starts_with(expected), "{text:?}: {broken}");
    }
}

/// Where an error is found late, the text before it costs no more than its length.
#[test]
fn depth_and_aliases_are_bounded() {
    let deep = |open: &str, close: &str, many: usize| {
        format!("a: {}{}", open.repeat(many), close.repeat(many))
    };
    assert!(read(&deep("[", "]", 198)).is_ok());
    for text in [
        deep("[", "]", 100_000),
        "[".repeat(1_000_000),
        "{a: ".repeat(1_000_000),
        "- ".repeat(1_000_000),
        (0..2000).flat_map(|depth| [" ".repeat(depth), "a:\n".to_owned()]).collect(),
    ] {
        assert!(read(&text).unwrap_err().ends_with("is nested too deeply"));
    }
    // Anchors inside each other share what they hold.
    let nested: String =
        (0..190).map(|depth| ["{a: &a", &depth.to_string(), " "].concat()).collect();
    let text = format!("{nested}[{}]{}\n", "x, ".repeat(100_000), "}".repeat(190));
    assert!(read(&text).is_ok());
    let copies =
        format!("a: &a [{}]\nb: [{}]\n", vec!["1"; 1000].join(","), vec!["*a"; 5000].join(","));
    // A few aliases of a long text are more than any API server takes.
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(100));
    for text in [copies, long] {
        assert!(read(&text).unwrap_err().ends_with("most of it would be copies by aliases"));
    }
}

#[test]
fn json_is_read_as_json() {
    assert_eq!(
        one(
            "{\n\t\"a\":\t\"\\u0078\\/\\ud83d\\ude00\\u00e9\\n\",\n\t\"b\": [1e3, -0.5, true, null]\n}\n"
        ),
        json!({"a": "x/😀é\n", "b": [1000, -0.5, true, null]})
    );
    assert_eq!(
        read("{\"a\": 1}\n{\"b\": 2}{\"c\": 3}\n"),
        Ok(vec![json!({"a": 1}), json!({"b": 2}), json!({"c": 3})])
    );
    assert_eq!(one("\u{feff}{\"a\": 1}"), json!({"a": 1}));
}

#[test]
fn documents_are_told_apart_and_keep_their_places() {
    let text = "# first\na: 1\n---\n---\r\n# only a comment\n--- # a comment\nb:\r\n  - {c: 2}\r\n---\n\"---\": d\n";
    let found: Vec<_> = documents(text).map(Result::unwrap).collect();
    let values: Vec<_> = found.iter().map(|it| serde_json::to_value(&it.root).unwrap()).collect();
    assert_eq!(values, [json!({"a": 1}), json!({"b": [{"c": 2}]}), json!({"---": "d"})]);
    let place = found[1].root.locate(&FieldPath::of(&["b"]).index(0).field("c"));
    assert_eq!((place.line, place.column), (8, 6));
    assert_eq!(text[place.offset as usize..].chars().next(), Some('c'));
    assert_eq!(found[1].start.line, 7);
    for document in &found {
        assert!(text[document.start.offset as usize..].starts_with(document.text));
    }
    assert_eq!(read("").unwrap(), [Value::Null; 0]);
    assert_eq!(one("\u{feff}a: é\n"), json!({"a": "é"}));
}

#[test]
fn one_that_cannot_be_read_does_not_hide_the_others() {
    let text = "a: 1\n---\nb: [\n---\nc: 3\n---x\n{\"d\": 4}\n";
    let found: Vec<_> = documents(text).collect();
    let shown: Vec<_> = found
        .iter()
        .map(|found| match found {
            Ok(document) => serde_json::to_string(&document.root).unwrap(),
            Err(broken) => format!("{}:{}", broken.span.line, broken.span.column),
        })
        .collect();
    assert_eq!(shown, ["{\"a\":1}", "3:4", "{\"c\":3}", "6:1", "{\"d\":4}"]);
}
