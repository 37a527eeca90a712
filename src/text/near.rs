//! What a word that is not known was meant to be.

/// Words that are longer are not compared: nobody mistypes them, and it would take long.
const LONGEST: usize = 64;

/// Fewer letters say too little to be taken for the beginning of a word.
const BEGINNING: usize = 3;

/// What to put behind a message that refuses `word`: the known word it was probably meant to be,
/// or nothing where none is near.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The known word that `word` was probably meant to be. Case and dashes do not matter.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let letters = plain(word);
    let near = known.iter().filter_map(|known| Some((distance(&letters, &plain(known))?, *known)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Without case and dashes: `ptraceCapability` and `ptrace-capability` are one word.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect()
}

/// How many letters differ, if few do: a third of what was written, or all behind its beginning.
fn distance(word: &str, known: &str) -> Option<usize> {
    let distance = strsim::osa_distance(word, known);
    let begins = |one: &str, other: &str| one.len() >= BEGINNING && other.starts_with(one);
    let near = distance * 3 <= word.len() || begins(word, known) || begins(known, word);
    (near && !word.is_empty()).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_what_is_near_is_suggested() {
        let modes = ["Disabled", "Audit", "Warn", "Deny"];
        let controls = ["shareProcessNamespace", "ptraceCapability", "processReach"];
        let table: &[(&str, &[&str], Option<&str>)] = &[
            ("deny", &modes, Some("Deny")),
            ("AUDIT", &modes, Some("Audit")),
            ("Dney", &modes, Some("Deny")),
            ("Disable", &modes, Some("Disabled")),
            ("Warning", &modes, Some("Warn")),
            // A third of the letters is near, more is not.
            ("Dent", &modes, Some("Deny")),
            ("Dart", &modes, None),
            ("Enforce", &modes, None),
            ("no", &modes, None),
            ("de", &modes, None),
            ("", &modes, None),
            ("ptrace-capability", &controls, Some("ptraceCapability")),
            ("sharedProcessNamespace", &controls, Some("shareProcessNamespace")),
            ("process_reach", &controls, Some("processReach")),
            ("sharedProcesses", &controls, None),
            ("ptrace", &controls, Some("ptraceCapability")),
            // Of several the nearest.
            ("In", &["NotIn", "In"], Some("In")),
            ("exist", &["DoesNotExist", "Exists"], Some("Exists")),
            ("é", &modes, None),
        ];
        for (word, known, expected) in table {
            assert_eq!(nearest(word, known), *expected, "{word}");
        }
        assert_eq!(nearest(&"deny".repeat(100), &modes), None);
    }
}
