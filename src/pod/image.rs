use std::borrow::Cow;

/// The registry of a reference that names none.
pub const DOCKER_HUB: &str = "docker.io";

/// Another name of it.
const DOCKER_INDEX: &str = "index.docker.io";

/// Where what has no path but a name is kept there.
pub const OFFICIAL: &str = "library/";

/// The tag of a reference that has neither tag nor digest.
pub const LATEST: &str = "latest";

/// The longest path.
const LONGEST: usize = 255;

/// The algorithms of digests, and how many hexadecimal digits each has.
pub const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// A reference to an image, taken apart as kubelet and runtimes do it
/// (`github.com/distribution/reference`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// Host and port; [`DOCKER_HUB`] where none is written.
    pub registry: &'a str,
    /// The path in the registry, e.g. `library/nginx`.
    pub repository: Cow<'a, str>,
    /// As written; the runtime ignores it beside a digest.
    pub tag: Option<&'a str>,
    /// Algorithm and digits.
    pub digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Reads a reference; `None` for what names no image, or one of the node's by its id: whose
    /// that is, nobody knows.
    pub fn parse(text: &'a str) -> Option<Self> {
        // containerd takes the beginning of one for an id, too.
        let is_short = |text: &str| text.bytes().all(|it| it.is_ascii_hexdigit());
        let is_id = is_digest(text)
            || is_hexadecimal(text, 64)
            || text.strip_prefix("sha256:").is_some_and(is_short);
        let image = Self::split(text);
        let is_image = is_registry(image.registry)
            && image.repository.len() <= LONGEST
            && image.repository.split('/').all(is_component)
            && image.tag.is_none_or(is_tag)
            && image.digest.is_none_or(is_digest);
        (is_image && !is_id).then_some(image)
    }

    /// Takes a text apart at the marks of a reference, whatever letters are between them: it may
    /// be a pattern of references.
    pub fn split(text: &'a str) -> Self {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match named.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            Some(_) | None => (named, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((DOCKER_INDEX, path)) => (DOCKER_HUB, path),
            Some((first, path)) if names_registry(first) => (first, path),
            Some(_) | None => (DOCKER_HUB, name),
        };
        let repository = if registry == DOCKER_HUB && !path.contains('/') {
            Cow::Owned([OFFICIAL, path].concat())
        } else {
            Cow::Borrowed(path)
        };
        Self { registry, repository, tag, digest }
    }
}

/// Whether the text before the first `/` is a registry, and no part of the path.
fn names_registry(first: &str) -> bool {
    first == "localhost" || first.contains(|it: char| ".:".contains(it) || it.is_ascii_uppercase())
}

fn is_registry(text: &str) -> bool {
    let bracketed = text.strip_prefix('[').and_then(|text| text.split_once(']'));
    let (is_host, port) = if let Some((address, port)) = bracketed {
        (is_address(address), port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (host.split('.').all(is_label), port)
    };
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_number))
}

/// An IPv6 address, no more exactly than the runtimes look.
fn is_address(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_hexdigit() || it == ':')
}

fn is_label(text: &str) -> bool {
    let end = |letter: char| letter.is_ascii_alphanumeric();
    text.starts_with(end) && text.ends_with(end) && text.chars().all(|it| end(it) || it == '-')
}

/// Lower-case words between single separators.
fn is_component(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_separator =
        |run: &str| [".", "_", "__"].contains(&run) || run.bytes().all(|it| it == b'-');
    text.starts_with(plain) && text.ends_with(plain) && text.split(plain).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let first = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    (1..=128).contains(&text.len())
        && text.starts_with(first)
        && text.chars().all(|letter| first(letter) || ".-".contains(letter))
}

fn is_digest(text: &str) -> bool {
    let fits = |(algorithm, digits): (&str, usize)| {
        let hex = text.strip_prefix(algorithm).and_then(|rest| rest.strip_prefix(':'));
        hex.is_some_and(|hex| is_hexadecimal(hex, digits))
    };
    DIGESTS.into_iter().any(fits)
}

/// As digests are written: in lower case.
fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::Image;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// As `github.com/distribution/reference` has it (`normalize_test.go`, `reference_test.go`).
    #[test]
    fn references_are_read_as_the_runtime_reads_them() {
        let table: &[(&str, &str, &str, Option<&str>)] = &[
            ("nginx", "docker.io", "library/nginx", None),
            ("nginx:1", "docker.io", "library/nginx", Some("1")),
            ("docker.io/nginx", "docker.io", "library/nginx", None),
            ("index.docker.io/nginx", "docker.io", "library/nginx", None),
            ("index.docker.io/a/b", "docker.io", "a/b", None),
            ("library/nginx", "docker.io", "library/nginx", None),
            ("a/b/c:V1_2.3-x", "docker.io", "a/b/c", Some("V1_2.3-x")),
            ("tools:5000/evil", "tools:5000", "evil", None),
            ("tools:5000/evil:1", "tools:5000", "evil", Some("1")),
            ("tools:5000", "docker.io", "library/tools", Some("5000")),
            ("localhost", "docker.io", "library/localhost", None),
            ("localhost/tools", "localhost", "tools", None),
            ("localhost:5000/tools", "localhost:5000", "tools", None),
            ("registry.example", "docker.io", "library/registry.example", None),
            ("registry.example/a/b__c/d--e.f", "registry.example", "a/b__c/d--e.f", None),
            ("127.0.0.1:80/a", "127.0.0.1:80", "a", None),
            ("[::1]/tools:1", "[::1]", "tools", Some("1")),
            ("[2001:db8::1]:5000/a/b", "[2001:db8::1]:5000", "a/b", None),
            // An upper-case letter makes a registry; its name is as written.
            ("Tools/a", "Tools", "a", None),
            ("Docker.io/nginx", "Docker.io", "nginx", None),
            ("sha256:v1", "docker.io", "library/sha256", Some("v1")),
        ];
        for (text, registry, repository, tag) in table {
            let image = Image::parse(text).unwrap_or_else(|| panic!("{text}"));
            let (found, path) = (image.registry, &*image.repository);
            assert_eq!((found, path, image.tag), (*registry, *repository, *tag), "{text}");
            if !text.starts_with("sha256") {
                let pinned = format!("{text}@sha256:{HEX}");
                let pinned = Image::parse(&pinned).unwrap();
                assert_eq!(pinned.digest, Some(&*format!("sha256:{HEX}")), "{text}");
                assert_eq!(Image { digest: None, ..pinned }, image, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_reference() {
        let long = |length: usize| "a".repeat(length);
        let texts = [
            "",
            " ",
            "a b",
            " a",
            "a ",
            "Tools",
            "a/B",
            "a..b",
            "a/",
            "/a",
            "a//b",
            "a:",
            ":1",
            "a_",
            "-a",
            "a___b",
            "a:-1",
            "a:1:2",
            "a@",
            "@sha256:0",
            "a@sha256:12",
            "sha256:0123456789ab",
            "a$b",
            "é",
            "*",
            "a:*",
            ".a/b",
            "-a.b/c",
            "a-.b/c",
            "a.b:/c",
            "a.b:x/c",
            "a:b/c",
            "[::1]",
            "[]/a",
            "[::1/a",
            "[::g]/a",
            "[::1]5000/a",
            "[::1]:x/a",
            "http://a.b/c",
            "a\n",
            "a\u{0}",
        ];
        let mut all: Vec<String> = texts.map(str::to_owned).into();
        // Ids of images of the node.
        all.extend([HEX.to_owned(), format!("sha256:{HEX}"), format!("sha512:{HEX}{HEX}")]);
        for digest in ["sha256", "md5:", "sha384:", "sha512:", "SHA256:"] {
            all.push(format!("a@{digest}{HEX}"));
        }
        all.push(format!("a@sha256:{}", HEX.to_uppercase()));
        all.push(format!("a@sha256:{HEX}@sha256:{HEX}"));
        all.push(format!("a:{}", long(129)));
        all.push(long(248));
        all.push(format!("a.b/{}", long(256)));
        for text in all {
            assert_eq!(Image::parse(&text), None, "{text}");
        }
        for text in [long(247), format!("a.b/{}", long(255)), format!("a:{}", long(128))] {
            assert!(Image::parse(&text).is_some(), "{text}");
        }
    }
}
