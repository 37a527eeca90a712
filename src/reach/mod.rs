//! Who can reach whom: for each ordered pair of a pod's containers, what the process of the first
//! reaches of the second, by which rule of the kernel, and how sure that is.
//!
//! Comes in: a [`PodView`] and a [`Model`], which says what is assumed about it. Goes out: a
//! [`Matrix`], which answers for each container, [`Target`] and aspect with yes, possible or no,
//! with the causes, with what would turn it to no, and with the phrases for all that. The room is
//! pure; `make test-node` compares its answers with what real containers can do to each other on a
//! real kernel.

mod aspect;
mod case;
mod cause;
mod fresh;
mod groups;
mod kernel;
mod matrix;
mod phrase;
mod process;
mod remedy;
mod transitive;

use std::collections::BTreeMap;

pub use aspect::{Answer, Answers, Aspect, Aspects};
pub use cause::{Cause, Reason};
pub use groups::Groups;
pub use kernel::Rule;
pub use matrix::{Matrix, Target};
pub use phrase::{Exposure, Verdict};
pub use process::{ImageUser, ImageUserEffect};
pub use remedy::{Hardening, Remedy, Sharing};

use crate::pod::{PodView, Runtime};
use kernel::Rules;

/// What is taken for granted about every pod.
#[derive(Clone, Debug)]
pub struct Model {
    runtimes: &'static [Runtime],
    users: BTreeMap<String, ImageUser>,
    /// The user of every other image.
    other_users: Option<ImageUser>,
    rules: Rules,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            runtimes: &Runtime::ALL,
            users: BTreeMap::new(),
            other_users: None,
            rules: Rules::ALL,
        }
    }
}

impl Model {
    /// The same for one runtime; without, an answer must hold for every one.
    #[must_use]
    pub fn on(mut self, runtime: Runtime) -> Self {
        self.runtimes = match runtime {
            Runtime::Containerd => &[Runtime::Containerd],
            Runtime::CriO => &[Runtime::CriO],
        };
        self
    }

    /// The same with a known user of the image of the container of this name. It counts where the
    /// spec leaves the user to the image.
    #[must_use]
    pub fn with_image_user(mut self, container: &str, user: ImageUser) -> Self {
        self.users.insert(container.to_owned(), user);
        self
    }

    /// The same with a user that every image has of which none is known by the name of its container.
    #[must_use]
    pub fn with_user_of_other_images(mut self, user: ImageUser) -> Self {
        self.other_users = Some(user);
        self
    }

    /// The same without one of its rules: for tests that show that the rule is needed.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.rules = self.rules.except(rule);
        self
    }

    /// The matrix of a pod. Linear in its containers; each answer is worked out once, when it is
    /// asked for.
    pub fn matrix<'p, 'a>(&self, pod: &'p PodView<'a>) -> Matrix<'p, 'a> {
        Matrix::new(self, pod)
    }
}
