//! Patterns of names.

/// A name with `*` for any run of characters, also none. Everything else stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern as written.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether the whole of `name` matches. Linear in pattern times name, no backtracking blow-up:
    /// each literal piece is taken at its first place, which is always as good as a later one.
    pub fn matches(&self, name: &str) -> bool {
        let Some((head, rest)) = self.0.split_once('*') else {
            return self.0 == name;
        };
        let Some(mut name) = name.strip_prefix(head) else {
            return false;
        };
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        for piece in middle.split('*') {
            let Some((_, after)) = name.split_once(piece) else {
                return false;
            };
            name = after;
        }
        name.ends_with(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn star_stands_for_any_run() {
        let table = [
            ("debugger-*", "debugger-x7", true),
            ("debugger-*", "debugger-", true),
            ("debugger-*", "a-debugger-x", false),
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("app", "app", true),
            ("app", "application", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("a**b", "ab", true),
            ("*@sha256:1*", "r.example/t@sha256:12", true),
            ("*ab*ab*", "ab", false),
            ("?", "x", false),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern} {name}");
        }
    }
}
