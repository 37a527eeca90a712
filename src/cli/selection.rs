//! Which of the files and folders that are named are read.

use std::path::{Path, PathBuf};
use std::{env, iter};

use anyhow::{anyhow, bail};
use clap::Args;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::folder;
use super::inputs::{Input, Source};
use crate::diagnostic::Diagnostic;

/// What is read of what is named.
#[derive(Args, Clone, Debug)]
pub(super) struct SelectionArgs {
    /// Leave out files and folders that match, in the syntax of .gitignore: what is named itself, and
    /// below a folder what matches from there; may be given several times
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Take it that there is nothing: no object in a file, pipe or folder
    #[arg(long)]
    allow_empty: bool,
}

/// The same, ready for use.
pub(super) struct Selection {
    excluded: Gitignore,
    allow_empty: bool,
}

impl SelectionArgs {
    /// The paths that are not left out, and what is read of them.
    pub(super) fn of(&self, paths: Vec<PathBuf>) -> anyhow::Result<(Vec<PathBuf>, Selection)> {
        // What is matched is relative: to a folder that is named, or where the program runs.
        let mut globs = GitignoreBuilder::new("");
        for glob in &self.exclude {
            let added = globs.add_line(None, glob);
            added.map_err(|error| anyhow!("--exclude {glob}: {error}"))?;
        }
        let selection = Selection { excluded: globs.build()?, allow_empty: self.allow_empty };
        let left: Vec<_> = paths.into_iter().filter(|path| !selection.is_left_out(path)).collect();
        if left.is_empty() && !self.allow_empty {
            bail!("--exclude leaves out everything that is named (--allow-empty takes that)");
        }
        Ok((left, selection))
    }
}

impl Selection {
    /// Whether an argument, or a folder it is in, is left out.
    fn is_left_out(&self, argument: &Path) -> bool {
        if self.excluded.is_empty() || Source::of(argument) == Source::StandardInput {
            return false;
        }
        // A pattern counts from where the program runs; elsewhere only the name is compared.
        let here = env::current_dir().ok();
        let below = here.and_then(|here| argument.strip_prefix(here).ok().map(Path::to_owned));
        let elsewhere = || argument.file_name().map_or_else(|| argument.into(), PathBuf::from);
        let path = below
            .unwrap_or_else(|| if argument.is_absolute() { elsewhere() } else { argument.into() });
        path.ancestors().enumerate().any(|(above, path)| {
            let is_folder = above > 0 || argument.is_dir();
            path.file_name().is_some() && self.excluded.matched(path, is_folder).is_ignore()
        })
    }

    /// What an argument leads to: itself, or everything below a folder.
    pub(super) fn inputs(
        &self,
        argument: &Path,
    ) -> Box<dyn Iterator<Item = Result<Input, Diagnostic>>> {
        let source = Source::of(argument);
        if source == Source::StandardInput || !argument.is_dir() {
            return Box::new(iter::once(Ok(Input::Text(source))));
        }
        Box::new(folder::below(argument, self.excluded.clone(), self.allow_empty))
    }

    /// Whether nothing at all is no mistake.
    pub(super) fn takes_nothing(&self) -> bool {
        self.allow_empty
    }

    /// What is wrong with an argument that leads to no object. Empty input usually means that the
    /// command before us in a pipe failed: that must not pass.
    pub(super) fn nothing(&self, argument: &Path) -> Option<Diagnostic> {
        let message = "holds no object; did the command before it fail?";
        (!self.allow_empty).then(|| Diagnostic::of_file(Source::of(argument).name(), message))
    }
}
