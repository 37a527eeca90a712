//! The page of a control: one sequence of blocks, for a terminal and as Markdown.

use std::borrow::Cow;

use clap::builder::styling::Style;

use crate::controls::{Descriptor, Setting, Text};

/// The style of headings in a terminal.
pub(super) const BOLD: Style = Style::new().bold();

/// How long a line of Markdown is, as in the pages that are written by hand.
const MARKDOWN: usize = 100;

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What the page is about.
    Title(&'static str),
    /// What the next blocks are about.
    Heading(&'static str),
    /// A paragraph or, if it begins with `- `, an item of a list.
    Text(Cow<'static, str>),
    /// What Bulkhead says.
    Quote(String),
    /// A manifest.
    Yaml(&'static str),
}

impl Block {
    fn is_item(&self) -> bool {
        matches!(self, Self::Text(text) if text.starts_with(ITEM))
    }
}

const ITEM: &str = "- ";

/// Everything there is to say about a control.
pub fn page(control: &Descriptor) -> Vec<Block> {
    let said = &control.explanation;
    let owned = |text: String| Block::Text(Cow::Owned(text));
    let repair = if control.repairs() { "yes" } else { "no" };
    let field = control.policy_field();
    let mut page = vec![
        Block::Title(control.id),
        owned(format!("Finds that {}.", control.summary)),
        owned(format!("Field of a policy: `spec.controls.{field}`. Repair: {repair}.")),
    ];
    let sections: [(_, Text); 6] = [
        ("Hazard", said.hazard),
        ("Fields", said.fields),
        ("Allowed", said.allowed),
        ("What to change", said.change),
        ("Repair", said.repair),
        ("Since", said.since),
    ];
    for (heading, text) in sections {
        page.push(Block::Heading(heading));
        page.extend(text.iter().map(|block| Block::Text(Cow::Borrowed(block))));
    }
    page.push(Block::Heading("Settings"));
    page.extend(control.settings().map(|setting| owned(describe(setting))));
    page.extend([
        Block::Heading("Example"),
        Block::Text("This pod is found:".into()),
        Block::Yaml(said.example.wrong),
        Block::Text("What is said about it:".into()),
        Block::Quote(format!("{} [{}, policy NAME]", said.example.said, control.id)),
        Block::Text("The same pod as it should be:".into()),
        Block::Yaml(said.example.right),
    ]);
    page
}

fn describe(setting: &Setting) -> String {
    let values: Vec<_> = setting.values.iter().map(|value| format!("`{value}`")).collect();
    let (values, list) = (values.join(", "), if setting.many { "a list of " } else { "" });
    let default = match setting.default {
        Some(default) => format!("default `{default}`"),
        None => "required".to_owned(),
    };
    format!("{ITEM}`{}` ({list}{values}; {default}): {}", setting.name, setting.meaning)
}

/// A page as Markdown.
pub fn markdown(page: &[Block]) -> String {
    lay_out(page, |block| match block {
        Block::Title(text) => format!("# {text}"),
        Block::Heading(text) => format!("## {text}"),
        Block::Text(text) => wrap(text, MARKDOWN, ""),
        Block::Quote(text) => wrap(text, MARKDOWN, "> "),
        Block::Yaml(text) => format!("```yaml\n{}\n```", text.trim_end()),
    })
}

/// A page for a terminal, with escape codes that make headings bold.
pub(super) fn terminal(page: &[Block], width: usize) -> String {
    lay_out(page, |block| match block {
        Block::Title(text) | Block::Heading(text) => format!("{BOLD}{text}{BOLD:#}"),
        Block::Text(text) => wrap(text, width, "  "),
        Block::Quote(text) => wrap(text, width, "    "),
        Block::Yaml(text) => {
            let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
            lines.join("\n")
        }
    })
}

/// The blocks with a blank line between them, which the items of a list do not have.
fn lay_out(page: &[Block], show: impl Fn(&Block) -> String) -> String {
    let mut text = String::new();
    let mut last = None::<&Block>;
    for block in page {
        if last.is_some_and(|last| !(last.is_item() && block.is_item())) {
            text.push('\n');
        }
        text.push_str(&show(block));
        text.push('\n');
        last = Some(block);
    }
    text
}

/// A text in lines that begin with `indent` and are not longer than `width`, unless a word is. The
/// lines of an item begin below its first word.
pub(super) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let hanging = if text.starts_with(ITEM) { ITEM.len() } else { 0 };
    let start = format!("\n{indent}{}", " ".repeat(hanging));
    let mut wrapped = indent.to_owned();
    let mut column = indent.len();
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width {
            wrapped.push_str(&start);
            column = indent.len() + hanging;
        } else if index > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces() {
        for (text, indent, expected) in [
            ("", "", ""),
            ("one two", "", "one two"),
            ("one two three", "", "one two\nthree"),
            ("one two t", "", "one two t"),
            ("one two t", "> ", "> one two\n> t"),
            ("- one two three", "", "- one two\n  three"),
            ("- one two three", "  ", "  - one\n    two\n    three"),
            ("a longer-than-wide b", "", "a\nlonger-than-wide\nb"),
            // Letters count, not bytes.
            ("äöü äöü ä", "", "äöü äöü ä"),
        ] {
            assert_eq!(wrap(text, 9, indent), expected, "{text}");
        }
    }
}
