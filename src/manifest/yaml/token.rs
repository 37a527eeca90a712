use std::borrow::Cow;

use super::cursor::Mark;

/// A token and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    pub kind: Kind<'t>,
    pub start: Mark,
    pub end: Mark,
}

/// What a token says; those that block style only implies have no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'t> {
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    StreamEnd,
    /// `%YAML`, `%TAG`
    Directive,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    /// `- `
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `? `, or implied.
    Key,
    /// `: `
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    /// In full, `tag:yaml.org,2002:str` for `!!str`; `None` where nothing says what it stands for.
    Tag(Option<String>),
    Scalar(Style, Cow<'t, str>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}
