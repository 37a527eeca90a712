//! What stands before a value: anchors and tags.

use super::scanner::{ScanResult, Scanner, wrong};
use super::token::{Kind, Token};

/// What `!!` stands for.
pub(super) const YAMLS_OWN: &str = "tag:yaml.org,2002:";

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_uri(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte)
}

impl<'t> Scanner<'t> {
    /// `&name` or `*name`.
    pub(super) fn anchor(&mut self) -> ScanResult<Token<'t>> {
        let (start, is_alias) = (self.at.mark, self.at.peek(0) == b'*');
        self.at.skip();
        let name = self.at.skip_while(is_word);
        if name.is_empty() || !(self.at.is_space(0) || b"?:,]}%@`".contains(&self.at.peek(0))) {
            return Err(self.wrong(if is_alias {
                "`*` names an anchor, in letters, digits, `-` and `_`: text that begins with it needs quotes"
            } else {
                "`&` names an anchor, in letters, digits, `-` and `_`: text that begins with it needs quotes"
            }));
        }
        let kind = if is_alias { Kind::Alias(name) } else { Kind::Anchor(name) };
        Ok(Token { kind, start, end: self.at.mark })
    }

    /// `!`, `!own`, `!!yaml`, `!<whole>`.
    pub(super) fn tag(&mut self) -> ScanResult<Token<'t>> {
        let start = self.at.mark;
        self.at.skip();
        let tag = if self.at.peek(0) == b'<' {
            self.at.skip();
            let tag = self.uri(String::new())?;
            if tag.is_empty() || self.at.peek(0) != b'>' {
                return Err(self.wrong("a tag that begins with `!<` ends with `>`"));
            }
            self.at.skip();
            Some(tag)
        } else {
            self.short_tag()?
        };
        if !self.at.is_space(0) {
            return Err(
                self.wrong("a blank must follow a tag; text that begins with `!` needs quotes")
            );
        }
        Ok(Token { kind: Kind::Tag(tag), start, end: self.at.mark })
    }

    /// A tag behind its first `!`. Its handle is `!` or `!!`: any other one needs a `%TAG` line.
    fn short_tag(&mut self) -> ScanResult<Option<String>> {
        let name = self.at.skip_while(is_word);
        if self.at.peek(0) != b'!' {
            return self.uri(format!("!{name}")).map(Some);
        }
        self.at.skip();
        let tag = self.uri(YAMLS_OWN.to_owned())?;
        if tag == YAMLS_OWN {
            return Err(self.wrong(format!("`!{name}!` needs a name behind it")));
        }
        Ok(name.is_empty().then_some(tag))
    }

    /// A line that says something about the document behind it.
    pub(super) fn directive(&mut self) -> ScanResult<Token<'t>> {
        let start = self.at.mark;
        let line = self.at.skip_while(|_| true);
        if !["%YAML ", "%TAG "].iter().any(|known| line.replace('\t', " ").starts_with(known)) {
            return Err(wrong(start, "text that begins with `%` needs quotes"));
        }
        Ok(Token { kind: Kind::Directive, start, end: self.at.mark })
    }

    /// `head` and the characters of a URI.
    fn uri(&mut self, head: String) -> ScanResult<String> {
        let mut bytes = head.into_bytes();
        loop {
            bytes.extend_from_slice(self.at.skip_while(is_uri).as_bytes());
            if self.at.peek(0) != b'%' {
                break;
            }
            let code = self.at.slice(self.at.mark.offset + 1, self.at.mark.offset + 3);
            let Ok(byte) = u8::from_str_radix(code, 16) else {
                return Err(self.wrong("`%` in a tag needs two hexadecimal digits behind it"));
            };
            bytes.push(byte);
            self.at.skip_many(3);
        }
        String::from_utf8(bytes).map_err(|_| self.wrong("the `%` escapes of a tag are no UTF-8"))
    }
}
