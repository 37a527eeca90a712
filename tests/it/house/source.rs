//! Sources as the compiler's tokens, and the paths in them.

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

/// Reads the path, or the tree of a `use`, at the head of `rest`; returns what follows it.
fn tree<'a>(
    mut rest: &'a [Token],
    mut path: Vec<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) -> &'a [Token] {
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

/// The paths in code, as far as their first name leads anywhere, and how many modules below the
/// crate root each is written.
pub(super) fn paths<'a>(
    code: &'a [Token],
    depth: usize,
    leads: &dyn Fn(&str) -> bool,
) -> Vec<(usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    let mut rest = code;
    while let [first, after @ ..] = rest {
        let mut here = Vec::new();
        rest = match (first, after) {
            // In a module `super` leads less far.
            (Token::Word(word), [Token::Word(_), Token::Inside('{', inside), after @ ..])
                if word == "mod" =>
            {
                found.extend(paths(inside, depth + 1, leads));
                after
            }
            // `impl Trait + use<'a>` imports nothing.
            (Token::Word(word), [next, ..]) if word == "use" && !next.is("<") => {
                tree(after, Vec::new(), &mut here)
            }
            // A name that leads nowhere is passed alone: it may be a `return` before `::tokio`.
            (Token::Word(name), [next, ..]) if next.is("::") && leads(name) => {
                tree(rest, Vec::new(), &mut here)
            }
            (Token::Inside(_, inside), _) => {
                found.extend(paths(inside, depth, leads));
                after
            }
            (Token::Word(_), _) => after,
        };
        found.extend(here.into_iter().map(|path| (depth, path)));
    }
    found
}
