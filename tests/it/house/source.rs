//! Sources as the compiler's tokens, and where the paths in them lead.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A word, `::` or a mark; or what is inside a pair of brackets, by the opening one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Inside(char, Vec<Self>),
}

impl Token {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }
}

/// The tokens of a text without comments, literals, and items under `#[cfg(test)]`: tests may use
/// what they like.
pub(super) fn shipped(text: &str) -> Vec<Token> {
    let stream = text.parse::<TokenStream>();
    without_tests(stream.unwrap_or_else(|error| panic!("{error}: {text}")))
}

fn without_tests(stream: TokenStream) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = stream.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Literal(_) => {}
            // Of a raw name only the name.
            TokenTree::Ident(word) => {
                found.push(Token::Word(word.to_string().trim_start_matches("r#").to_owned()));
            }
            TokenTree::Punct(mark) => match (mark.as_char(), mark.spacing()) {
                // Of a lifetime: its name begins no path.
                ('\'', _) => {}
                (':', Spacing::Joint) if rest.next_if(is_colon).is_some() => {
                    found.push(Token::Word("::".to_owned()));
                }
                (mark, _) => found.push(Token::Word(mark.to_string())),
            },
            TokenTree::Group(group) if found.last().is_some_and(|last| last.is("#")) => {
                if group.stream().to_string().replace(' ', "") == "cfg(test)" {
                    found.pop();
                    skip_item(&mut rest);
                } else {
                    found.push(Token::Inside('[', without_tests(group.stream())));
                }
            }
            TokenTree::Group(group) => {
                let open = match group.delimiter() {
                    Delimiter::Brace => '{',
                    Delimiter::Bracket => '[',
                    Delimiter::Parenthesis | Delimiter::None => '(',
                };
                found.push(Token::Inside(open, without_tests(group.stream())));
            }
        }
    }
    found
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':')
}

/// Too early an end only shows more.
fn skip_item(rest: &mut impl Iterator<Item = TokenTree>) {
    rest.find(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => [';', ','].contains(&mark.as_char()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    });
}

/// All tokens, with a space between each and the next.
pub(super) fn text_of(code: &[Token]) -> String {
    let text = |token: &Token| match token {
        Token::Word(word) => word.clone(),
        Token::Inside(open, inside) => format!("{open} {}", text_of(inside)),
    };
    code.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// The names a path can begin with to leave the house.
fn dependencies() -> BTreeSet<String> {
    let manifest = include_str!("../../../Cargo.toml");
    assert!(!manifest.contains("[dependencies.") && !manifest.contains("[target."), "unread");
    let tables = manifest.split("\n[");
    let own = tables.filter_map(|table| table.strip_prefix("dependencies]\n")).flat_map(str::lines);
    let named = own.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    named.map(|(name, _)| name.trim().replace('-', "_")).collect()
}

/// Reads the path, or the tree of a `use`, at the head of `rest`; returns what follows it.
fn tree<'a, 'b>(
    mut rest: &'b [Token],
    mut path: Vec<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) -> &'b [Token]
where
    'b: 'a,
{
    while let [first, after @ ..] = rest {
        match first {
            Token::Inside('{', inside) => {
                let branches = inside.split(|token| token.is(","));
                for branch in branches.filter(|branch| !branch.is_empty()) {
                    // What is left of it is an `as` and its name.
                    tree(branch, path.clone(), found);
                }
                return after;
            }
            Token::Word(colons) if colons == "::" => rest = after,
            Token::Word(name)
                if name.starts_with(['*', '_']) || name.starts_with(char::is_alphabetic) =>
            {
                path.push(name);
                rest = after;
                if !after.first().is_some_and(|token| token.is("::")) {
                    break;
                }
            }
            Token::Word(_) | Token::Inside(..) => break,
        }
    }
    found.push(path);
    rest
}

/// Where a path leads that is written `depth` modules below the root; nothing if it stays there.
fn resolve(path: &[&str], depth: usize, crates: &BTreeSet<String>) -> Option<String> {
    let (head, rest) = path.split_first()?;
    let below_root = match *head {
        name if crates.contains(name) => return Some(format!("the crate {name}")),
        "std" | "core" | "alloc" => return Some(format!("std::{}", rest.join("::"))),
        "crate" => rest,
        "self" | "super" => {
            let path = path.strip_prefix(&["self"]).unwrap_or(path);
            let up = path.iter().take_while(|name| **name == "super").count();
            path.get(up..).filter(|_| up >= depth)?
        }
        _ => return None,
    };
    Some(match below_root.first() {
        // By the root every room can be reached.
        None | Some(&("self" | "*")) => "the crate root".to_owned(),
        Some(name) => format!("the room {name}"),
    })
}

/// All that code uses outside its own module, and the path as written.
pub(super) fn uses(code: &[Token], depth: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    search(code, depth, &dependencies(), &mut found);
    found
}

fn search(
    code: &[Token],
    depth: usize,
    crates: &BTreeSet<String>,
    found: &mut Vec<(String, String)>,
) {
    let mut rest = code;
    while let [first, after @ ..] = rest {
        let mut paths = Vec::new();
        rest = match (first, after) {
            // In a module `super` leads less far.
            (Token::Word(word), [Token::Word(_), Token::Inside('{', inside), after @ ..])
                if word == "mod" =>
            {
                search(inside, depth + 1, crates, found);
                after
            }
            // `impl Trait + use<'a>` imports nothing.
            (Token::Word(word), [next, ..]) if word == "use" && !next.is("<") => {
                tree(after, Vec::new(), &mut paths)
            }
            // A name that leads nowhere is passed alone: it may be a `return` before `::tokio`.
            (Token::Word(name), [next, ..])
                if next.is("::") && resolve(&[name], 0, crates).is_some() =>
            {
                tree(rest, Vec::new(), &mut paths)
            }
            (Token::Inside(_, inside), _) => {
                search(inside, depth, crates, found);
                after
            }
            (Token::Word(_), _) => after,
        };
        for path in paths {
            found.extend(resolve(&path, depth, crates).map(|used| (used, path.join("::"))));
        }
    }
}
