//! A writer of manifests with as many habits as people have.

use serde_json::{Map, Value};

/// Decisions, from the numbers that a case was made of; all 0 once they are used up.
pub(crate) struct Dice(std::vec::IntoIter<u8>);

impl Dice {
    pub(crate) fn new(numbers: Vec<u8>) -> Self {
        Self(numbers.into_iter())
    }

    pub(crate) fn below(&mut self, sides: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % sides
    }

    /// Once in `sides` times.
    pub(crate) fn once_in(&mut self, sides: usize) -> bool {
        self.below(sides) + 1 == sides
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

pub(crate) struct Writer<'d> {
    dice: &'d mut Dice,
    newline: &'static str,
    step: usize,
    dash: usize,
    /// Once in how many times an object or a list stands in brackets.
    flow: usize,
    comments: bool,
    quote: &'static str,
    written: usize,
    text: String,
}

pub(crate) fn write(value: &Value, dice: &mut Dice) -> String {
    let newline = dice.pick(&["\n", "\r\n"]);
    let step = dice.pick(&[2, 2, 4, 3, 1]);
    let dash = dice.pick(&[0, step, 2]);
    let (flow, comments) = (dice.pick(&[2, 5, 100]), dice.below(2) == 0);
    let quote = dice.pick(&["", "", "\"", "'"]);
    if dice.once_in(4) {
        return json(value, dice, newline);
    }
    let text = String::new();
    let mut writer = Writer { dice, newline, step, dash, flow, comments, quote, written: 0, text };
    writer.own_line(0);
    writer.block(value, 0);
    let mut text = writer.text;
    if dice.once_in(3) {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    text
}

fn json(value: &Value, dice: &mut Dice, newline: &str) -> String {
    let unit = dice.pick(&["  ", "    ", "\t"]);
    let text = if dice.once_in(3) {
        value.to_string()
    } else {
        let pretty = serde_json::to_string_pretty(value).unwrap();
        let lines = pretty.lines().map(|line| {
            let inside = line.trim_start();
            unit.repeat((line.len() - inside.len()) / 2) + inside
        });
        lines.collect::<Vec<_>>().join(newline)
    };
    text + dice.pick(&["", newline])
}

impl Writer<'_> {
    fn comment(&mut self) -> String {
        self.written += 1;
        format!("# é{}.", self.written)
    }

    fn own_line(&mut self, column: usize) {
        if self.comments && self.dice.once_in(5) {
            let comment = self.comment();
            self.text.extend([&" ".repeat(column), &comment, self.newline]);
        }
    }

    fn end_line(&mut self) {
        if self.comments && self.dice.once_in(4) {
            let comment = self.comment();
            self.text.extend([" ", &comment]);
        }
        self.text += self.newline;
    }

    fn scalar(&mut self, value: &Value) -> String {
        match value {
            Value::String(text) if text.is_ascii() && !self.quote.is_empty() => {
                format!("{0}{text}{0}", self.quote)
            }
            Value::String(text) => text.clone(),
            Value::Null => self.dice.pick(&["null", "~"]).to_owned(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                value.to_string()
            }
        }
    }

    /// Lines from `column` on, which the text has reached if it ends in blanks.
    fn block(&mut self, value: &Value, column: usize) {
        let mut first = !self.text.is_empty() && !self.text.ends_with('\n');
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    self.begin(&mut first, column);
                    self.text += key;
                    self.text += ":";
                    self.below(value, column, if value.is_array() { self.dash } else { self.step });
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.begin(&mut first, column);
                    self.text += "-";
                    self.below(item, column, 2);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                panic!("a scalar has no lines")
            }
        }
    }

    fn begin(&mut self, first: &mut bool, column: usize) {
        if !std::mem::take(first) {
            self.own_line(column);
            self.text += &" ".repeat(column);
        }
    }

    /// A value behind its colon or dash.
    fn below(&mut self, value: &Value, column: usize, step: usize) {
        let parts = value.as_array().map_or(0, Vec::len) + value.as_object().map_or(0, Map::len);
        if parts == 0 || self.dice.once_in(self.flow) {
            if !value.is_null() || self.dice.below(2) == 0 {
                self.text += " ";
                self.brackets(value, column);
            }
            self.end_line();
        } else if self.text.ends_with('-') && !self.dice.once_in(4) {
            self.text += " ";
            self.block(value, column + 2);
        } else {
            self.end_line();
            self.own_line(column + step);
            self.block(value, column + step);
        }
    }

    /// A value in brackets, on one line or on several.
    fn brackets(&mut self, value: &Value, column: usize) {
        let (open, close) = if value.is_array() { ("[", "]") } else { ("{", "}") };
        let parts: Vec<(Option<&String>, &Value)> = match value {
            Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
            Value::Object(members) => members.iter().map(|it| (Some(it.0), it.1)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let scalar = self.scalar(value);
                self.text += &scalar;
                return;
            }
        };
        let lines = !parts.is_empty() && self.dice.once_in(3);
        let inside = column + self.step;
        let pad = if lines { "" } else { self.dice.pick(&["", "", " "]) };
        let last = parts.len().saturating_sub(1);
        self.text += open;
        self.text += pad;
        for (at, (key, value)) in parts.into_iter().enumerate() {
            if lines {
                self.end_line();
                self.own_line(inside);
                self.text += &" ".repeat(inside);
            }
            if let Some(key) = key {
                self.text.extend([key.as_str(), ": "]);
            }
            self.brackets(value, inside);
            if at < last || lines && self.dice.once_in(4) {
                self.text += if lines { "," } else { ", " };
            }
        }
        if lines {
            self.end_line();
            self.own_line(inside);
            self.text += &" ".repeat(column);
        }
        self.text += pad;
        self.text += close;
    }
}
