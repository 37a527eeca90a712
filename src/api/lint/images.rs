//! Patterns of images that covered more while `*` stood for any run of characters.

use crate::api::compile::Faults;
use crate::path::FieldPath;
use crate::pod::{DOCKER_HUB, Image};

/// Advice on each pattern of an exception.
pub(super) fn advise(images: &[String], faults: &mut Faults) {
    let path = FieldPath::of(&["spec", "images"]);
    for (index, text) in images.iter().enumerate() {
        let message = narrowed(text, images);
        faults.require(message.is_none(), path.clone().index(index), &message.unwrap_or_default());
    }
}

/// What a pattern does not cover that it covered once, and what does; `None` where it covers all of
/// that, by itself or together with the others of the list.
fn narrowed(text: &str, all: &[impl AsRef<str>]) -> Option<String> {
    let (named, pinned) = text.split_once('@').map_or((text, None), |(one, two)| (one, Some(two)));
    let Image { registry, tag, .. } = Image::split(named);
    let name = tag.and_then(|tag| named.strip_suffix(tag)?.strip_suffix(':')).unwrap_or(named);
    let first = named.split('/').next().unwrap_or_default();
    let anywhere = registry == DOCKER_HUB && first.contains('*');
    let crossed = name.split(|letter| letter != '*').any(|run| run == "*");
    let last = name.rsplit('/').next().unwrap_or_default();
    let untagged = tag.is_none() && pinned.is_none() && last.contains('*');
    let wide = [if anywhere { "REGISTRY/" } else { "" }, &widened(name)].concat();
    let is_listed =
        |digest: &str| all.iter().any(|one| one.as_ref().strip_prefix(&*wide) == Some(digest));
    let unpinned = pinned.is_none()
        && tag.is_some_and(may_end_in_a_digest)
        && !["@*", "@sha256:*"].into_iter().any(is_listed);
    let reasons: Vec<_> = [
        (anywhere, "without a registry it means docker.io"),
        (crossed, "`*` does not stand for `/`"),
        (untagged, "without tag and digest it means `latest`"),
        (unpinned, "with a tag alone it covers no image with a digest"),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect();
    if reasons.is_empty() {
        return None;
    }
    let end = if untagged { ":*" } else { text.strip_prefix(name).unwrap_or_default() };
    let digest = if untagged || unpinned { format!(" and {wide}@*") } else { String::new() };
    Some(format!(
        "covers fewer images than it once did: {}; to cover those, too, write {wide}{end}{digest}",
        reasons.join(", ")
    ))
}

/// The pattern of a name with every `*` as `**`.
fn widened(name: &str) -> String {
    let mut wide = name.to_owned();
    while wide.contains("**") {
        wide = wide.replace("**", "*");
    }
    wide.replace('*', "**")
}

/// Whether `*` in a pattern of tags stood for a tag and a digest: what stands behind the last one
/// would be the end of the digest.
fn may_end_in_a_digest(tag: &str) -> bool {
    let end = tag.rsplit_once('*').map(|(_, end)| end);
    end.is_some_and(|end| end.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::narrowed;
    use crate::pod::Image;
    use crate::policy::{ImagePattern, Pattern};

    const HEX: &str = "a123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn what_to_write_instead() {
        let (registry, crossed) =
            ("without a registry it means docker.io", "`*` does not stand for `/`");
        let latest = "without tag and digest it means `latest`";
        let tag = "with a tag alone it covers no image with a digest";
        let table: &[(&str, &[&str], &str)] = &[
            ("*", &[registry, crossed, latest], "REGISTRY/**:* and REGISTRY/**@*"),
            ("good/*", &[crossed, latest], "good/**:* and good/**@*"),
            ("tools:*", &[registry, tag], "REGISTRY/tools:* and REGISTRY/tools@*"),
            ("*/tools:1", &[registry, crossed], "REGISTRY/**/tools:1"),
            ("r.example/a*@sha256:*", &[crossed], "r.example/a**@sha256:*"),
            ("r.example/**", &[latest], "r.example/**:* and r.example/**@*"),
            ("r.example/a:1*", &[tag], "r.example/a:1* and r.example/a@*"),
        ];
        for (text, reasons, write) in table {
            let expected = format!(
                "covers fewer images than it once did: {}; to cover those, too, write {write}",
                reasons.join(", ")
            );
            assert_eq!(narrowed(text, &[text]), Some(expected), "{text}");
        }
        for text in [
            "a",
            "a:1",
            "r.example/a@sha256:*",
            "r.example/a@*",
            "r.example/**@*",
            "r.example/a:*-x",
            "r.example/***:1",
            "docker.io/a:1",
            "r.example:80/a:1",
        ] {
            assert_eq!(narrowed(text, &[text]), None, "{text}");
        }
        for digest in ["r.example/a@*", "r.example/a@sha256:*"] {
            assert_eq!(narrowed("r.example/a:*", &["r.example/a:*", digest]), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn whatever_covers_less_is_reported(
            pattern in "(r\\.example/|\\*\\.example/|\\*/|t:[5*]/|docker\\.io/)?[at*]{1,2}(/[at*]{1,2})?(:[1a*]{1,2})?(@sha256:\\*|@\\*)?",
            image in "(r\\.example/|t:5/|docker\\.io/)?[at](/[at])?(:[1a])?(@#)?",
        ) {
            let image = image.replace('#', &format!("sha256:{HEX}"));
            if let (Some(new), Some(parsed)) = (ImagePattern::new(&pattern), Image::parse(&image)) {
                let less = Pattern::new(&pattern).matches(&image) && !new.matches(&parsed);
                prop_assert!(!less || narrowed(&pattern, &[&pattern]).is_some(), "{} {}", pattern, image);
            }
        }
    }
}
