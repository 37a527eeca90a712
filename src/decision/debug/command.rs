//! A command to type, with words for the user to fill in where its own would need quotes or room.

use crate::pod::Image;

/// A command, word by word.
pub(super) struct Command(Vec<Word>);

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

    /// The same for an image, of which kubectl checks the form. The brackets around an address are
    /// the only letters of a reference that a shell reads.
    pub(super) fn image(&mut self, image: &str) {
        let is_plain = Image::parse(image).is_some() && !image.contains('[');
        let value = if is_plain { image } else { "IMAGE" };
        self.0.push(Word { flag: "--image=", value: value.to_owned(), placeholder: "IMAGE" });
    }

    /// The command in at most so many characters: the longest values are left to the user, the
    /// flags stay.
    pub(super) fn within(mut self, room: usize) -> String {
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
