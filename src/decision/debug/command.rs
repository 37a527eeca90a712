//! A command to type, with words for the user to fill in where its own would need quotes or room.

/// A command, word by word.
pub(in crate::decision) struct Command(Vec<Word>);

struct Word {
    /// What stands before the value; all of a word that has none.
    flag: &'static str,
    value: String,
    placeholder: &'static str,
}

impl Command {
    pub(super) fn new(start: &'static str) -> Self {
        Self(vec![Word { flag: start, value: String::new(), placeholder: "" }])
    }

    /// A word as it is.
    pub(super) fn plain(&mut self, flag: &'static str, value: &str) {
        self.0.push(Word { flag, value: value.to_owned(), placeholder: "" });
    }

    /// A word with a name of somebody else's: where a shell would not take it as it is, or kubectl
    /// as a value, the user fills it in.
    pub(super) fn name(&mut self, flag: &'static str, value: &str, placeholder: &'static str) {
        let is_inner = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let is_plain =
            value.starts_with(|it: char| it.is_ascii_alphanumeric()) && value.chars().all(is_inner);
        let value = if is_plain { value } else { placeholder };
        self.0.push(Word { flag, value: value.to_owned(), placeholder });
    }

    /// The same for an image, of which kubectl checks the form.
    pub(super) fn image(&mut self, image: &str) {
        let value = if is_reference(image) { image } else { "IMAGE" };
        self.0.push(Word { flag: "--image=", value: value.to_owned(), placeholder: "IMAGE" });
    }

    /// The command in at most so many characters: the longest values are left to the user, the
    /// flags stay.
    pub(in crate::decision) fn within(mut self, room: usize) -> String {
        loop {
            let words: Vec<_> =
                self.0.iter().map(|it| [it.flag, it.value.as_str()].concat()).collect();
            let line = words.join(" ");
            let spare = |word: &&mut Word| word.value.len() > word.placeholder.len();
            let filled =
                self.0.iter_mut().filter(|word| !word.placeholder.is_empty()).filter(spare);
            match filled.max_by_key(|word| word.value.len()) {
                Some(longest) if line.len() > room => {
                    longest.value = longest.placeholder.to_owned();
                }
                Some(_) | None => return line,
            }
        }
    }
}

/// Whether this is a reference to an image (`github.com/distribution/reference`), and so without
/// letters that a shell reads. A registry at a bare IPv6 address counts as none.
fn is_reference(image: &str) -> bool {
    let (named, digest) = match image.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (image, None),
    };
    let (path, tag) = match named.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        Some(_) | None => (named, None),
    };
    let (domain, path) = match path.split_once('/') {
        Some((domain, path)) if domain.contains(['.', ':']) || domain == "localhost" => {
            (Some(domain), path)
        }
        Some(_) | None => (None, path),
    };
    domain.is_none_or(is_domain)
        && path.split('/').all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_label = |label: &str| {
        let inner = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        !label.is_empty()
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    host.split('.').all(is_label) && port.is_none_or(is_number)
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

/// Of the algorithms only those in use.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    ["sha256", "sha384", "sha512"].contains(&algorithm)
        && hex.len() >= 32
        && hex.bytes().all(|it| it.is_ascii_hexdigit())
}
