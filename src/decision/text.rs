//! The one text of findings, for denial, warning, audit annotation and every later way out.

use super::joined::{policies, words};
use crate::controls::{NAMES, Scene};
use crate::policy::{Mode, Ruling};
use crate::text::{clean, cut, plural};

/// What the API server keeps of a warning where those of an answer are longer together than
/// [`WARNINGS`] (`pkg/endpoints/filters/warning.go`), in characters.
pub(super) const LINE: usize = 256;

/// What it keeps of all of them.
const WARNINGS: usize = 4096;

/// More lines than this help nobody at a prompt.
pub(super) const LINES: usize = 10;

/// An audit annotation has no limit of its own; an audit log does.
const ANNOTATION: usize = 16 * 1024;

/// Less than this of a path says nothing.
const SHORTEST_PATH: usize = 12;

/// The line of a finding, or of several that share one ([`joined`]): whom it is about, what to do,
/// why, the field, and whose policy it is. The same in denials, warnings, audit annotations and on
/// the command line.
///
/// [`joined`]: super::joined()
pub fn line(scene: &Scene<'_, '_>, group: &[&Ruling]) -> String {
    Draft { scene, group, form: Form::Found }.within(Room::Any)
}

/// Something to say of rulings that share a line.
#[derive(Clone, Copy)]
struct Draft<'d, 'p, 'a> {
    scene: &'d Scene<'p, 'a>,
    group: &'d [&'d Ruling],
    form: Form,
}

/// In which words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// What is wrong.
    Found,
    /// What would be wrong with the pods of a kind of object.
    WouldDeny(&'static str),
    /// What was repaired.
    Repaired,
    /// What will be repaired in the pods of a kind of object.
    WillRepair(&'static str),
}

/// How long a line may be.
#[derive(Clone, Copy)]
pub(super) enum Room {
    /// As long as it is.
    Any,
    /// So many characters.
    Of(usize),
}

/// A line of an answer, to be made.
pub(super) type Item<'d> = Box<dyn Fn(Room) -> String + 'd>;

/// The first groups, and a count of those left out.
pub(super) fn items<'d>(
    scene: &'d Scene<'_, '_>,
    groups: &[&'d [&'d Ruling]],
    form: Form,
) -> Vec<Item<'d>> {
    let item = |group: &&'d [&'d Ruling]| -> Item<'d> {
        let draft = Draft { scene, group, form };
        Box::new(move |room| draft.within(room))
    };
    let mut items: Vec<_> = groups.iter().take(LINES).map(item).collect();
    let rest = groups.len().saturating_sub(LINES);
    if rest > 0 {
        let what = match form {
            Form::Found | Form::WouldDeny(_) => "more finding",
            Form::Repaired | Form::WillRepair(_) => "more repair",
        };
        // The command knows what will be repaired, not what was.
        let all =
            if form == Form::Repaired { "" } else { "; `bulkhead check FILE` lists them all" };
        let line = format!("and {}{all}", plural(rest, what));
        items.push(Box::new(move |_| line.clone()));
    }
    items
}

/// The message of a denial: a list, apart from what the API server writes before it.
pub(super) fn denial(items: &[Item<'_>], advice: Option<&str>) -> String {
    let line = |item: &Item<'_>| format!("\n- {}", item(Room::Any));
    items.iter().map(line).chain(advice.map(|line| format!("\n{line}"))).collect()
}

/// Warnings: whole, unless they are so long together that the API server would cut each of them.
pub(super) fn warnings(items: &[Item<'_>], advice: Option<&str>) -> Vec<String> {
    let lines = |room: Room| -> Vec<String> {
        items.iter().map(|item| item(room)).chain(advice.map(str::to_owned)).collect()
    };
    let whole = lines(Room::Any);
    let all: usize = whole.iter().map(|line| length(line)).sum();
    if all > WARNINGS { lines(Room::Of(share(&whole))) } else { whole }
}

/// How long each of these lines may be, so that all of them are kept: short ones leave their room to
/// the others.
fn share(lines: &[String]) -> usize {
    let mut lengths: Vec<_> = lines.iter().map(|line| length(line)).collect();
    lengths.sort_unstable();
    let (mut left, mut count) = (WARNINGS, lengths.len());
    for length in lengths {
        if length * count > left {
            break;
        }
        (left, count) = (left - length, count - 1);
    }
    LINE.max(left / count.max(1))
}

/// The audit annotations: nothing where nothing was found.
pub(super) fn annotations(
    scene: &Scene<'_, '_>,
    groups: &[&[&Ruling]],
    is_denial: impl Fn(Mode) -> bool,
) -> Vec<(&'static str, String)> {
    let mut annotations = Vec::new();
    let first = groups.iter().filter_map(|group| Some((group, *group.first()?)));
    if first.clone().next().is_none() {
        return annotations;
    }
    let denied = first.clone().any(|(_, one)| !one.is_exempt() && is_denial(one.mode));
    annotations.push(("verdict", if denied { "denied" } else { "allowed" }.to_owned()));
    let exempt = first.clone().filter_map(|(group, one)| Some((group, one.exempt.as_deref()?)));
    let found = first.filter(|(_, one)| !one.is_exempt());
    let found = found.map(|(group, one)| (group, one.mode.as_str()));
    let line = |(group, word): (&&[&Ruling], &str)| {
        let draft = Draft { scene, group, form: Form::Found };
        let whole = draft.within(Room::Any);
        // A few names that nobody has must not take the room of all others.
        let line = if whole.len() > ANNOTATION / 4 { draft.within(Room::Of(LINE)) } else { whole };
        format!("{word} {line}")
    };
    for (key, list) in [("exceptions", bounded(exempt, line)), ("findings", bounded(found, line))] {
        if !list.is_empty() {
            annotations.push((key, list));
        }
    }
    annotations
}

/// Lines up to the limit, then a count: a line that is not shown is not made.
fn bounded<T>(mut items: impl Iterator<Item = T>, line: impl Fn(T) -> String) -> String {
    let mut text = String::new();
    while let Some(item) = items.next() {
        let line = line(item);
        if text.len() + line.len() > ANNOTATION {
            let rest = 1 + items.count();
            return format!("{text}\nand {rest} more");
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}

impl Draft<'_, '_, '_> {
    fn within(self, room: Room) -> String {
        let whole = self.sentence(NAMES);
        let Room::Of(most) = room else { return clean(&whole.whole()).into_owned() };
        let few = [whole, self.sentence(3), self.sentence(1)];
        let text = few.iter().find_map(|it| it.short(most));
        let text = text.or_else(|| few.last().map(|it| it.cut(most)));
        clean(&text.unwrap_or_default()).into_owned()
    }

    fn sentence(self, names: usize) -> Sentence {
        let words = words(self.scene, self.group, names);
        let first = self.group.first();
        let control = first.map(|ruling| ruling.control());
        let repair = control.and_then(|control| control.repair);
        let is_of_pod = first.is_none_or(|it| it.finding.subject.container().is_none());
        let repaired = |clause: &str| {
            if is_of_pod { clause.to_owned() } else { format!("{clause} {}", words.who) }
        };
        let is_repair = matches!(self.form, Form::Repaired | Form::WillRepair(_));
        let (start, remedy) = match (self.form, repair) {
            (Form::Repaired, Some(repair)) => ("Bulkhead ".to_owned(), repaired(repair.did)),
            (Form::WillRepair(kind), Some(repair)) => (
                format!("when pods of this {kind} are created, Bulkhead will "),
                repaired(repair.will),
            ),
            (Form::WouldDeny(kind), _) => {
                let who = if is_of_pod { String::new() } else { format!("{}: ", words.who) };
                (format!("pods of this {kind} would be denied: {who}"), words.remedy.clone())
            }
            (Form::Found | Form::Repaired | Form::WillRepair(_), _) => {
                (format!("{}: ", words.who), words.remedy.clone())
            }
        };
        // Of what was done nobody asks why, nor where there is but one field of its name.
        let (why, place) = match self.form {
            Form::Repaired => (None, (!is_of_pod).then(|| words.place())),
            Form::Found | Form::WouldDeny(_) | Form::WillRepair(_) => {
                (Some(words.why.clone()), Some(words.place()))
            }
        };
        Sentence {
            start,
            remedy,
            shorter: words.shorter.filter(|_| !is_repair),
            why,
            place,
            control: control.map_or("", |control| control.id),
            whose: whose(self.group, is_repair),
        }
    }
}

/// Whose policy it is, and whether it may not apply.
fn whose(group: &[&Ruling], is_repair: bool) -> String {
    let names = policies(group, is_repair);
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let word = if names.len() == 1 { "policy" } else { "policies" };
    let whose = format!(", {word} {}", name(&names.join(", ")));
    match group.first().and_then(|first| first.conditional.as_deref()) {
        Some(exception) => format!("{whose}, unless exception {} applies", name(exception)),
        None => whose,
    }
}

/// A name, or a list of them, that leaves room for the finding.
fn name(name: &str) -> String {
    cut(name, LINE / 4).into_owned()
}

/// The parts of a line.
struct Sentence {
    start: String,
    remedy: String,
    shorter: Option<&'static str>,
    why: Option<String>,
    place: Option<String>,
    control: &'static str,
    whose: String,
}

impl Sentence {
    fn compose(&self, remedy: &str, place: Option<&str>, whose: &str) -> String {
        let part = |word: &str, text: Option<&str>| text.map(|text| format!("; {word}{text}"));
        let why = part("", self.why.as_deref()).unwrap_or_default();
        let place = part("see ", place).unwrap_or_default();
        format!("{}{remedy}{why}{place} [{}{whose}]", self.start, self.control)
    }

    fn whole(&self) -> String {
        self.compose(&self.remedy, self.place.as_deref(), &self.whose)
    }

    /// With as little less as makes it fit: first the path gives way, then the second of two remedies,
    /// then whose policy it is. `None` where that is not enough.
    fn short(&self, most: usize) -> Option<String> {
        let without = self.compose(&self.remedy, None, &self.whose);
        let room = most.checked_sub(length(&without) + "; see ".len());
        let place = self.place.as_deref().zip(room).and_then(|(place, room)| end_of(place, room));
        let least = self.shorter.unwrap_or(&self.remedy);
        let lines = [
            place.map(|place| self.compose(&self.remedy, Some(&place), &self.whose)),
            Some(without),
            Some(self.compose(least, None, &self.whose)),
            Some(self.compose(least, None, "")),
        ];
        lines.into_iter().flatten().find(|line| length(line) <= most)
    }

    /// Cut: names that nobody has leave no room.
    fn cut(&self, most: usize) -> String {
        let end = format!(" [{}]", self.control);
        let why = self.why.as_deref().unwrap_or_default();
        let body = format!("{}{}; {why}", self.start, self.shorter.unwrap_or(&self.remedy));
        fit(most, ["", &body, &end])
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// A path, or its end: that is where the field is named.
fn end_of(path: &str, room: usize) -> Option<String> {
    let length = length(path);
    if length <= room {
        return Some(path.to_owned());
    }
    let end: String = path.chars().skip(length + 1 - room.max(1)).collect();
    (room >= SHORTEST_PATH).then(|| format!("…{end}"))
}

/// One clean line of at most so many characters: the middle part gives way.
pub(super) fn fit(most: usize, [start, body, end]: [&str; 3]) -> String {
    let room = most.saturating_sub(start.chars().count() + end.chars().count());
    clean(&format!("{start}{}{end}", cut(body, room))).into_owned()
}
