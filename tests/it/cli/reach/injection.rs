//! Names and images are anyone's text: they are shown, and stay text.

use serde_json::{Value, json};

use super::{documents, folder, reach, shown};

const NAMES: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"quoted\" onmouseover=\"x\"",
    "it's &amp; <b>bold</b>",
    "two\nlines\u{1b}[31m\u{7f}",
    "]]>--><!--\\\" ; }",
    "turned\u{202e}txt\u{ffff}",
];

fn hostile() -> String {
    let container = |name: &&str| json!({"name": name, "image": name, "securityContext": {}});
    let pod: Value = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "</title><img src=x>", "namespace": NAMES[1]},
        "spec": {
            "shareProcessNamespace": true,
            "containers": NAMES.iter().map(container).collect::<Vec<_>>(),
            "ephemeralContainers": [{"name": "d", "image": "d", "targetContainerName": NAMES[0]}],
        },
    });
    // No YAML or JSON that kubectl reads holds them as they are.
    pod.to_string().replace('\u{7f}', "\\u007f").replace('\u{ffff}', "\\uffff")
}

#[test]
fn pages_and_pictures_hold_no_foreign_markup() {
    for form in ["svg", "html"] {
        let text = shown(&["--output", form], &hostile());
        for word in [
            "<script>alert",
            "<b>bold",
            "<img",
            "onmouseover=\"",
            "<!--",
            "\u{1b}",
            "\u{ffff}",
            "\u{202e}",
        ] {
            assert!(!text.contains(word), "{form}: {word}");
        }
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{form}");
        assert!(text.contains("&amp;amp;"), "{form}: what looks escaped is escaped again");
        // Between quotes of an attribute there is no quote.
        for part in text.split("aria-label=\"").skip(1) {
            let (label, after) = part.split_once('"').unwrap();
            assert!(!label.contains('<'), "{label}");
            assert!(after.starts_with(['>', ' ']), "{form}: {label}");
        }
    }
}

#[test]
fn graphs_hold_each_name_in_its_quotes() {
    let text = shown(&["--output", "dot"], &hostile());
    for line in text.lines().filter(|line| line.contains("label=\"")) {
        let (_, rest) = line.split_once("label=\"").unwrap();
        // From here to the first quote without a backslash before it.
        let mut escaped = false;
        let end = rest.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        });
        let after = &rest[end.unwrap() + 1..];
        assert!(after.starts_with(['[', ']', ';', ',']), "{line}");
    }
    assert!(!text.contains('\u{1b}') && text.contains("two\\\\nlines"), "{text}");
}

#[test]
fn terminals_get_no_codes_and_json_gets_the_names() {
    let text = shown(&[], &hostile());
    assert!(text.contains("two\\nlines\\u{1b}[31m\\u{7f}"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{7f}', '\u{202e}']));
    let [document] = &documents(&[], &hostile())[..] else { panic!("one pod") };
    let first = &document["pairs"][NAMES.len() * 3 + 1];
    assert_eq!((&first["from"], &first["to"]), (&json!(NAMES[3]), &json!(NAMES[1])));
    let dir = folder(&[("pod.json", &hostile())]);
    let ended = reach(dir.path(), &["--explain", NAMES[3], NAMES[0], "pod.json"], "");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
}
