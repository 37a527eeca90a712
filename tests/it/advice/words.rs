//! Names and images are anybody's text: no word of a command, and no line, is more than it seems.

use bulkhead::admission::{self, AcceptedKinds};
use bulkhead::decision::Phase;
use bulkhead::text;
use serde_json::{Value, json};

use super::*;
use crate::harness::judging::{decide, snapshot_of};
use crate::support::review;

#[test]
fn words_are_safe() {
    let image = |image: &str| advice_for(|new, _| added(new)["image"] = json!(image));
    for odd in [
        "a; rm -rf ~ #",
        "$(id)",
        "-x",
        "Tools",
        "a..b",
        "a b",
        "a/",
        "a:",
        "a@sha256:12",
        "[::1]/a",
        "registry.example:x/a",
        "a:$IFS",
        "a\u{202e}b",
        "",
    ] {
        let line = image(odd);
        assert!(line.ends_with(&format!("{TYPED} p --image=IMAGE --profile=baseline")), "{line}");
    }
    for plain in [
        "tools",
        "a/b__c/d-e--f.g",
        "registry.example:5000/Tools".to_lowercase().as_str(),
        "Registry.example:5000/tools:V1_2.3-x",
        "localhost/tools",
        "tools:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ] {
        let line = image(plain);
        assert!(line.contains(&format!(" --image={plain} ")), "{line}");
    }
    let line = advice_for(|new, _| added(new)["name"] = json!("-x"));
    assert!(line.contains(" -c NAME "), "{line}");
    let line = advice_for(|_, old| old["metadata"]["name"] = json!("$(x)"));
    assert!(line.contains(" -n shop POD "), "{line}");
}

#[test]
fn lines_are_short() {
    let line = advice_for(|new, _| {
        added(new)["image"] = json!(format!("registry.example/{}:1", "x".repeat(300)));
    });
    assert!(line.ends_with(&format!("{TYPED} p --image=IMAGE --profile=baseline")), "{line}");
    // An ordinary image with its digest stays whole.
    let pinned =
        format!("registry.example.com/platform/tools@sha256:{}", "0123456789abcdef".repeat(4));
    let line = advice_for(|new, old| {
        added(new)["image"] = json!(pinned);
        old["metadata"]["name"] = json!("ledger-api-7d9f8b6c5d-x2x4z");
    });
    let command =
        format!("{TYPED} ledger-api-7d9f8b6c5d-x2x4z --image={pinned} --profile=baseline");
    assert!(line.ends_with(&command), "{line}");
    let line = advice_for(|new, _| added(new)["name"] = json!("n".repeat(300)));
    assert!(
        line.ends_with("--image=registry.example/tools:1 -c NAME --profile=baseline"),
        "{line}"
    );
    // The longest words go until the line fits; no flag does.
    let line = advice_for(|new, old| {
        added(new)["name"] = json!("n".repeat(63));
        added(new)["image"] = json!(pinned);
        added(new)["targetContainerName"] = json!("t".repeat(62));
        old["metadata"]["name"] = json!("p".repeat(253));
    });
    let words =
        format!("{TYPED} POD --image=IMAGE -c {} --target={} ", "n".repeat(63), "t".repeat(62));
    assert!(line.contains(&words), "{line}");
    let line = advice_for(|new, _| added(new)["targetContainerName"] = json!("$(x)"));
    assert!(line.contains(" --target=TARGET "), "{line}");
}

/// What breaks a line, commands a terminal or turns the direction of text is in no text of an
/// answer, for people or for programs.
#[test]
fn no_text_has_letters_that_are_not_seen() {
    let (mut new, mut old) = debugged(&general(), None, &json!({}));
    let hidden = "\u{0}\u{7}\n\u{1b}\u{7f}\u{9b}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    for letter in hidden.chars() {
        assert!(text::is_hidden(letter), "{letter:?}");
        let odd = format!("o{letter}d");
        added(&mut new)["name"] = json!(odd);
        added(&mut new)["image"] = json!(odd);
        old["metadata"]["name"] = json!(odd);
        let review = review("UPDATE", "pods/ephemeralcontainers", &new, &old).to_string();
        let request = admission::decode(review.as_bytes(), AcceptedKinds::Pods).unwrap();
        let rules = snapshot_of(&format!("{{{PTRACE}}}"));
        let decision = decide(Phase::Validate, &rules, &serde_json::from_str(&review).unwrap());
        let answer: Value =
            serde_json::from_slice(&admission::encode(&request, &decision).unwrap()).unwrap();
        let status = &answer["response"]["status"];
        let cause = status["details"]["causes"][0]["message"].as_str().unwrap();
        let message = status["message"].as_str().unwrap();
        let notes = &answer["response"]["auditAnnotations"]["findings"];
        for line in message.split('\n').skip(1).chain([cause, notes.as_str().unwrap()]) {
            assert!(line.contains("o\u{fffd}d") && !line.contains(text::is_hidden), "{line:?}");
        }
        assert_eq!(message.split('\n').count(), 3, "{message}");
    }
    let seen = ['a', 'é', '…', ' ', '\u{a0}', '\u{200d}', '日', 'ש'];
    assert!(!seen.into_iter().any(text::is_hidden));
}

#[test]
fn the_namespace_is_filled_in_where_it_must_be() {
    let (new, old) = debugged(&general(), None, &json!({}));
    let mut review = review("UPDATE", "pods/ephemeralcontainers", &new, &old);
    review["request"]["namespace"] = json!("a b");
    let line =
        last(&decide(Phase::Validate, &snapshot_of(&format!("{{{PTRACE}}}")), &review)).unwrap();
    assert!(line.contains("kubectl debug -it -n NAMESPACE p --image="), "{line}");
}
