//! Patterns of image references.

use std::borrow::Cow;
use std::iter::once;

use super::Pattern;
use crate::pod::{DIGESTS, Image, LATEST, OFFICIAL};

/// A pattern of references to images, matched part by part as the runtime reads them.
///
/// `*` stands for any run of characters within a part, and in a path for none with `/`; `**` for
/// any run there. What the pattern leaves out means what it means in a reference: `docker.io`,
/// `library/`, `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePattern {
    registry: Pattern,
    /// Any of them.
    repositories: Vec<Path>,
    tag: Option<Pattern>,
    digest: Option<Pattern>,
}

impl ImagePattern {
    /// Reads a pattern; `None` for one that no reference to an image can match.
    pub fn new(text: &str) -> Option<Self> {
        let parts = Image::split(text);
        let possible = parts.digest.is_none_or(is_possible_digest);
        let named = text.split('@').next().unwrap_or_default();
        // A digit is right wherever a letter can be, but where digits are an id; nothing is where the
        // rest is as long as may be.
        let mut stands = ["1", "x", ""].into_iter().map(|run| named.replace('*', run));
        if !possible || !stands.any(|named| Image::parse(&named).is_some()) {
            return None;
        }
        // What had no `/` until it was put into `library/`: `**` may stand for one.
        let short = match &parts.repository {
            Cow::Owned(path) if path.contains("**") => path.strip_prefix(OFFICIAL),
            Cow::Owned(_) | Cow::Borrowed(_) => None,
        };
        let repositories = once(&*parts.repository).chain(short).map(Path::new).collect();
        Some(Self {
            registry: Pattern::new(parts.registry),
            repositories,
            tag: meant_tag(&parts).map(Pattern::new),
            digest: parts.digest.map(Pattern::new),
        })
    }

    /// Whether the whole reference matches. A digest decides what runs: a pattern without one
    /// matches no image with one, and a pattern with one needs no tag.
    pub fn matches(&self, image: &Image<'_>) -> bool {
        let fits =
            |pattern: &Pattern, text: Option<&str>| text.is_some_and(|it| pattern.matches(it));
        let tag = meant_tag(image);
        self.digest.is_some() == image.digest.is_some()
            && self.tag.as_ref().is_none_or(|pattern| fits(pattern, tag))
            && self.digest.as_ref().is_none_or(|pattern| fits(pattern, image.digest))
            && self.registry.matches(image.registry)
            && self.repositories.iter().any(|path| path.matches(&image.repository))
    }
}

/// The tag that is written, or meant where nothing is.
fn meant_tag<'a>(image: &Image<'a>) -> Option<&'a str> {
    if image.digest.is_some() { image.tag } else { image.tag.or(Some(LATEST)) }
}

/// A pattern of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Path(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Letter(char),
    /// A run of characters without `/`.
    Star,
    /// Any run.
    Stars,
}

impl Path {
    fn new(text: &str) -> Self {
        Self(tokens(text))
    }

    fn matches(&self, path: &str) -> bool {
        let letters: Vec<_> = path.chars().collect();
        fits(&self.0, &letters)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for letter in text.chars() {
        let token = match (letter, tokens.last()) {
            ('*', Some(Token::Star | Token::Stars)) => {
                tokens.pop();
                Token::Stars
            }
            ('*', _) => Token::Star,
            (letter, _) => Token::Letter(letter),
        };
        tokens.push(token);
    }
    tokens
}

/// Whether tokens stand for the whole of a text. No more steps than tokens times letters: each
/// token turns the places reached before it into those reached behind it.
fn fits<T: Copy + PartialEq<char>>(tokens: &[Token], text: &[T]) -> bool {
    let mut reached: Vec<bool> = once(true).chain(text.iter().map(|_| false)).collect();
    for token in tokens {
        let before = once(None).chain(text.iter().copied().zip(reached.iter().copied()).map(Some));
        let behind = before.zip(&reached).scan(false, |run, (before, here)| {
            *run = match (*token, before) {
                (Token::Letter(letter), Some((it, true))) => it == letter,
                (Token::Letter(_), Some((_, false)) | None) => false,
                (Token::Star, Some((it, _))) => *here || *run && it != '/',
                (Token::Stars, Some(_)) => *here || *run,
                (Token::Star | Token::Stars, None) => *here,
            };
            Some(*run)
        });
        reached = behind.collect();
    }
    reached.last().is_some_and(|end| *end)
}

/// A letter of a digest: this one, or any digit.
#[derive(Clone, Copy, Debug)]
enum Letter {
    One(char),
    Digit,
}

impl PartialEq<char> for Letter {
    fn eq(&self, letter: &char) -> bool {
        match self {
            Self::One(own) => own == letter,
            Self::Digit => matches!(letter, '0'..='9' | 'a'..='f'),
        }
    }
}

fn is_possible_digest(pattern: &str) -> bool {
    let tokens = tokens(pattern);
    DIGESTS.into_iter().any(|(algorithm, digits)| {
        let named = algorithm.chars().chain([':']).map(Letter::One);
        let letters: Vec<_> = named.chain((0..digits).map(|_| Letter::Digit)).collect();
        fits(&tokens, &letters)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ImagePattern;
    use crate::pod::{Image, LATEST};

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// Whether a pattern matches; `#` stands for a digest.
    fn matches(pattern: &str, image: &str) -> bool {
        let whole = |text: &str| text.replace('#', &format!("sha256:{HEX}"));
        let pattern = ImagePattern::new(&whole(pattern)).unwrap_or_else(|| panic!("{pattern}"));
        Image::parse(&whole(image)).is_some_and(|image| pattern.matches(&image))
    }

    /// (pattern, images that match, images that do not)
    const TABLE: &[(&str, &[&str], &[&str])] = &[
        (
            "nginx",
            &[
                "nginx",
                "nginx:latest",
                "docker.io/nginx",
                "library/nginx",
                "index.docker.io/library/nginx:latest",
            ],
            &[
                "nginx:1",
                "nginx@#",
                "nginx:latest@#",
                "a/nginx",
                "quay.io/nginx",
                "quay.io/library/nginx",
                "Docker.io/nginx",
            ],
        ),
        (
            "tools:*",
            &["tools", "tools:1", "tools:5000", "docker.io/tools:1"],
            &[
                "tools:5000/evil",
                "tools:5000/evil:1",
                "tools:1@#",
                "tools@#",
                "tools/evil:1",
                "localhost/tools:1",
            ],
        ),
        (
            "tools:5000/*:*",
            &["tools:5000/evil:1", "tools:5000/a"],
            &["tools:5001/evil:1", "tools:5000/a/b", "tools:5000"],
        ),
        ("*", &["nginx", "a:latest"], &["nginx:1", "a/b", "quay.io/a", "a@#"]),
        ("**", &["nginx", "a/b/c"], &["a/b:1", "quay.io/a", "localhost/a", "a@#"]),
        ("**:*", &["nginx:1", "a/b/c"], &["quay.io/a", "localhost:5000/a", "a:1@#"]),
        ("**@*", &["nginx@#", "a/b:1@#"], &["nginx:1", "quay.io/a@#"]),
        (
            "*/tools:1",
            &["a/tools:1", "library/tools:1", "tools:1"],
            &["quay.io/tools:1", "a/b/tools:1"],
        ),
        ("**/tools:1", &["a/b/tools:1", "tools:1"], &["quay.io/tools:1", "a/b/mytools:1"]),
        ("tools**:1", &["tools:1", "tools-x:1", "tools/x/y:1"], &["a/tools:1", "quay.io/tools:1"]),
        (
            "r.example/*:1",
            &["r.example/a:1"],
            &["r.example/a/b:1", "r.example/a", "a.r.example/a:1"],
        ),
        (
            "r.example/**:1",
            &["r.example/a:1", "r.example/a/b:1"],
            &["r.example:80/a:1", "r.example.evil/a:1"],
        ),
        ("r.example/*/x", &["r.example/a/x"], &["r.example/x", "r.example/a/b/x"]),
        (
            "r.example/a*/**/x*:v*",
            &["r.example/ab/c/d/x-y:v1"],
            &["r.example/ab/c/d/x/y:v1", "r.example/a/x:1"],
        ),
        (
            "*.example/a:1",
            &["r.example/a:1", "x.r.example/a:1"],
            &["r.example/b/c.example/a:1", "r.example:80/a:1", "example/a:1"],
        ),
        ("r.example:*/a:1", &["r.example:80/a:1"], &["r.example/a:1", "r.example:80/b/a:1"]),
        ("localhost/*:*", &["localhost/a:1"], &["localhost:5000/a:1", "localhost"]),
        ("[::1]:5000/*", &["[::1]:5000/a"], &["[::2]:5000/a", "[::1]/a"]),
        ("Tools/a", &["Tools/a"], &["tools/a"]),
        (
            "r.example/a@*",
            &["r.example/a@#", "r.example/a:1@#"],
            &["r.example/a:1", "r.example/b@#"],
        ),
        ("r.example/a@sha256:0123*", &["r.example/a@#"], &["r.example/a"]),
        ("r.example/a@sha256:1*", &[], &["r.example/a@#"]),
        ("r.example/a@#", &["r.example/a@#", "r.example/a:9@#"], &["r.example/a:9"]),
        (
            "r.example/a:1@#",
            &["r.example/a:1@#"],
            &["r.example/a@#", "r.example/a:2@#", "r.example/a:1"],
        ),
        ("r.example/a:*@*", &["r.example/a:1@#"], &["r.example/a@#", "r.example/a:1"]),
        ("sha256:*", &["sha256:v1"], &["#", "sha256:1"]),
        ("**:*", &[], &["#", "", "a b", "Tools", "a:1:2", "http://a/b"]),
    ];

    #[test]
    fn stars_stop_at_the_ends_of_their_part() {
        for (pattern, right, wrong) in TABLE {
            for (images, expected) in [(right, true), (wrong, false)] {
                for image in *images {
                    assert_eq!(matches(pattern, image), expected, "{pattern} {image}");
                }
            }
        }
    }

    #[test]
    fn what_no_image_can_match() {
        for pattern in [
            "",
            "a b",
            "A",
            "a/B*",
            "a..*",
            "a:-*",
            "a@*1*g",
            "a@sha256",
            "a@md5:*",
            "a@",
            "a@@*",
            "a:",
            "a:b/*",
            "-*",
            "*-",
            "a//*",
            "*.example:x/a",
            "http://*",
            "é*",
            "?",
            "[*]/a",
            HEX,
            "a@sha256:*@*",
            &format!("sha256:{HEX}"),
            &format!("a@sha256:{HEX}0*"),
            &format!("a:{}*", "a".repeat(129)),
        ] {
            assert_eq!(ImagePattern::new(pattern), None, "{pattern}");
        }
        for pattern in [
            "a@*",
            "a@*256:*f*",
            "a@sha5*:*",
            "a@*****",
            "*",
            "***",
            "*:*",
            "*@*",
            "*:*/a",
            "a_*_b",
            &format!("a:{}*", "a".repeat(128)),
        ] {
            assert!(ImagePattern::new(pattern).is_some(), "{pattern}");
        }
    }

    /// As long as anything here may be, and made to try every division of the text.
    #[test]
    fn no_pattern_takes_long() {
        let pattern = ImagePattern::new(&format!("r.example/{}b:*", "a**a*".repeat(50))).unwrap();
        let text = format!("r.example/{}", "a".repeat(255));
        let image = Image::parse(&text).unwrap();
        assert!((0..100).all(|_| !pattern.matches(&image)));
    }

    /// Every image in the one form that says all.
    fn normal(image: &str) -> String {
        let image = Image::parse(image).unwrap();
        match image.digest {
            Some(digest) => format!("{}/{}@{digest}", image.registry, image.repository),
            None => {
                format!("{}/{}:{}", image.registry, image.repository, image.tag.unwrap_or(LATEST))
            }
        }
    }

    proptest! {
        #[test]
        fn without_a_star_it_is_the_image_itself(
            one in "(docker\\.io/|quay\\.io/|localhost:5000/|a/|library/)?[ab](:1|:latest)?(@#)?",
            other in "(docker\\.io/|quay\\.io/|localhost:5000/|a/|library/)?[ab](:1|:latest)?(@#)?",
        ) {
            let tagged = one.contains("@#") && one.split('@').next().is_some_and(|it| Image::split(it).tag.is_some());
            prop_assume!(!tagged);
            let whole = |text: &str| normal(&text.replace('#', &format!("sha256:{HEX}")));
            prop_assert_eq!(matches(&one, &other), whole(&one) == whole(&other));
            prop_assert!(matches(&one, &one));
        }

        #[test]
        fn any_text_is_read(pattern in ".*", image in ".*") {
            let pattern = ImagePattern::new(&pattern);
            let image = Image::parse(&image);
            if let (Some(pattern), Some(image)) = (pattern, image) {
                pattern.matches(&image);
            }
        }

        /// What a pattern matches is within what the old rule matched, as far as the image is
        /// written out in full and the pattern, too.
        #[test]
        fn stars_never_cross(pattern in "r\\.example/[ab*/]{1,6}:[1*]{1,3}", image in "r\\.example/[ab/]{1,6}:1") {
            let old = super::Pattern::new(&pattern);
            if let (Some(new), Some(parsed)) = (ImagePattern::new(&pattern), Image::parse(&image)) {
                prop_assert!(!new.matches(&parsed) || old.matches(&image), "{} {}", pattern, image);
            }
        }
    }
}
