//! `bulkhead explain`: the controls, in their own words.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command};

use super::page::{BOLD, page, terminal};
use super::terminal;
use crate::controls::{ALL, Descriptor};
use crate::text::nearest;

const MORE: &str = "\
Examples:
  bulkhead explain
  bulkhead explain ptrace-capability
  bulkhead explain ptraceCapability | less

Exit codes:
  0  fine
  2  there is no such control, or standard output cannot be written

The same text is in docs/controls. Policies: docs/policy.md";

/// Explain a control: hazard, fields, repair, settings, an example; without one, list all
#[derive(Args, Debug)]
#[command(after_help = MORE)]
pub(super) struct ExplainArgs {
    /// Id of a control, or its field in a policy, such as ptraceCapability
    #[arg(value_name = "CONTROL", value_parser = Names)]
    control: Option<&'static Descriptor>,
}

/// Prints what is known.
pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<()> {
    let text = match args.control {
        Some(control) => terminal(&page(control), terminal::width()),
        None => list(),
    };
    terminal::put(anstream::stdout().lock(), text.as_bytes())
}

/// Every control in two lines.
fn list() -> String {
    let longest = ALL.iter().map(|control| control.id.len()).max().unwrap_or_default();
    let head =
        format!("{BOLD}{:longest$}  {:6}  {}{BOLD:#}\n", "CONTROL", "REPAIR", "POLICY FIELD");
    let lines = ALL.iter().map(|control| {
        let repair = if control.repairs() { "yes" } else { "no" };
        let (id, field, summary) = (control.id, control.policy_field(), control.summary);
        format!("{id:longest$}  {repair:6}  {field}\n    {summary}\n")
    });
    let lines: String = lines.collect();
    format!("{head}{lines}\n`bulkhead explain CONTROL` explains one.\n")
}

/// Reads the name of a control.
#[derive(Clone)]
struct Names;

impl TypedValueParser for Names {
    type Value = &'static Descriptor;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        TypedValueParser::parse_ref(&named, command, argument, value)
    }

    /// For help and completions.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let ids = ALL.iter().map(|control| PossibleValue::new(control.id).help(control.summary));
        Some(Box::new(ids))
    }
}

/// The control with this id or policy field, or what else could have been meant.
fn named(name: &str) -> Result<&'static Descriptor, String> {
    let known = ALL.iter().find(|control| control.id == name || control.policy_field() == name);
    known.copied().ok_or_else(|| {
        let ids: Vec<_> = ALL.iter().map(|control| control.id).collect();
        match nearest(name, &ids) {
            Some(id) => format!("there is no such control; did you mean {id}?"),
            None => "there is no such control; `bulkhead explain` lists all".to_owned(),
        }
    })
}
